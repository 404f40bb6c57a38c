"""Search for the inputs of a generator whose picture scores best.

A point of the search is a row of numbers, such as latents, and wishes scaled to be as
wide as latents. Each number stays within `LIMIT` on both sides of 0. Drawn evenly
between these limits, a number has a variance of 1, as latents have in training. But
points in the corners of this box are longer than nearly all latents in training, and a
search likes to go where a generator, or a score, is wrong: look at what it finds.

All three searches count evaluations, which are pictures made and scored, so that they
can be compared at as many. By time, gradients cost more.
"""

import math
import reprlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from keras import optimizers

from gan_tutorial import checks
from gan_tutorial.synthetic import turned

LIMIT = 3**0.5
NUM_PARENTS, NUM_CHILDREN = 5, 50  # of evolution
NUM_STARTS, LEARNING_RATE = 10, 0.1  # of gradients; by Adam


class Found(NamedTuple):
    """What a search found.

    Attributes:
        point: the best one, float32 `(num_numbers,)`.
        score: its score.
        curve: the best score so far after each evaluation, `(num_evaluations,)`.
    """

    point: np.ndarray
    score: float
    curve: np.ndarray


def search_at_random(
    score: Callable, num_numbers: int, num_evaluations: int, seed: int = 0
) -> Found:
    """The best of `num_evaluations` points that are drawn evenly.

    Args:
        score: function from points, a float32 tensor `(n, num_numbers)`, to scores
            `(n,)`; larger is better.
        num_numbers: numbers in one point.
        num_evaluations: how many points are scored.
        seed: from which the points follow.

    Raises:
        ValueError: a number below 1, or scores of another shape or not finite.
    """
    points = _draw(np.random.default_rng(seed), num_evaluations, num_numbers)
    parts = [points[i : i + 250] for i in range(0, num_evaluations, 250)]
    return _best(points, np.concatenate([_evaluate(score, part) for part in parts]))


def search_by_evolution(
    score: Callable, num_numbers: int, num_evaluations: int, seed: int = 0
) -> Found:
    """Keeps the best points, and draws new ones near them, nearer in each generation.

    The first 50 are drawn evenly. Each later generation, of 50 again, comes from the
    best five of all points so far: a child is one of them, chosen at random, plus
    normal noise, whose standard deviation falls evenly from 1 to 0.05. The last
    generation may be smaller. Arguments and errors as in `search_at_random`.

    Source: the (mu + lambda) evolution strategy; Beyer and Schwefel, Natural Computing
    1 (2002).
    """
    rng = np.random.default_rng(seed)
    points = _draw(rng, min(NUM_CHILDREN, num_evaluations), num_numbers)
    scores = _evaluate(score, points)
    while len(points) < num_evaluations:
        spread = 1 - 0.95 * len(points) / num_evaluations
        parents = points[np.argsort(-scores, kind="stable")[:NUM_PARENTS]]
        num_new = min(NUM_CHILDREN, num_evaluations - len(points))
        noise = rng.normal(0, spread, (num_new, num_numbers)).astype(np.float32)
        children = parents[rng.integers(len(parents), size=num_new)] + noise
        children = children.clip(-LIMIT, LIMIT)
        points = np.concatenate([points, children])
        scores = np.concatenate([scores, _evaluate(score, children)])
    return _best(points, scores)


def search_by_gradient(
    score: Callable, num_numbers: int, num_evaluations: int, seed: int = 0
) -> Found:
    """Goes uphill from ten points at once, by Adam on the score's gradient.

    Each step scores all ten once, and also needs their gradients. By time that costs
    some three times as much as scoring alone, in lesson 08.

    Args:
        score: as in `search_at_random`, but made of TensorFlow's functions, so that it
            has a gradient.
        num_numbers: numbers in one point.
        num_evaluations: how many points are scored in all, ten a step; what is left
            over is not used.
        seed: from which the starts follow.

    Raises:
        ValueError: fewer evaluations than ten, scores of another shape or not finite,
            or scores without a gradient.
    """
    checks.whole_number("num_evaluations", num_evaluations, NUM_STARTS)
    points = tf.Variable(_draw(np.random.default_rng(seed), NUM_STARTS, num_numbers))
    optimizer = optimizers.Adam(LEARNING_RATE)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            scores = score(tf.convert_to_tensor(points))
            loss = -tf.reduce_sum(scores)
        return scores, tape.gradient(loss, points)

    visited, found = [], []
    for _ in range(num_evaluations // NUM_STARTS):
        visited.append(points.numpy())
        scores, gradient = step()
        found.append(_check_scores(scores, NUM_STARTS))
        optimizer.apply([gradient], [points])
        points.assign(tf.clip_by_value(points, -LIMIT, LIMIT))
    return _best(np.concatenate(visited), np.concatenate(found))


def measure_softly(
    images: tf.Tensor, side_mm: float = 300.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Volume and tilt of massive bodies of revolution, with a gradient to each pixel.

    A stand-in for `solids.measure_bodies`, whose steps have no gradient. Each row of a
    picture becomes a disc as wide as the row is bright. The bodies are massive: they
    weigh more at the belly than vessels do, so the figures differ from those of
    vessels. This one works on what a network gives, not on uint8: rounding would lose
    the gradient.

    Args:
        images: float32 `(n, side, side, 1)` in [-1, 1], of products that stand on the
            ground line of `synthetic.vases`.
        side_mm: what a picture's side is in the world.

    Returns:
        volume: litres that the body takes up, `(n,)`.
        tilt: degrees by which it can lean before it falls over its foot, `(n,)`.
    """
    side = images.shape[1]
    grey = (images[..., 0] + 1) / 2
    grey /= tf.maximum(tf.reduce_max(grey, axis=(1, 2), keepdims=True), 0.1)
    # What is as bright as the edge of a product, or brighter, counts in full, from the
    # middle to the first ground: a search must gain nothing by spots beside a foot.
    full = tf.minimum(grey / turned.EDGE, 1)
    halves = full[..., side // 2 - 1 :: -1], full[..., side // 2 :]
    reach = [tf.reduce_sum(tf.math.cumprod(half, axis=2), axis=2) for half in halves]
    widths = side_mm / side * (reach[0] + reach[1])
    slices = math.pi / 4 * widths**2 * side_mm / side + 1e-3  # mm³; no division by 0
    ground = side - side // 14
    middles = (ground - tf.range(side, dtype=tf.float32) - 0.5) * side_mm / side
    volume = tf.reduce_sum(slices, axis=1)
    centre = tf.reduce_sum(slices * tf.maximum(middles, 0), axis=1) / volume
    foot = tf.reduce_mean(widths[:, ground - 2 : ground], axis=1)
    return volume / 1e6, tf.atan2(foot / 2, centre) * 180 / math.pi


def _draw(rng, num_points, num_numbers):
    checks.whole_number("num_evaluations", num_points, 1)
    checks.whole_number("num_numbers", num_numbers, 1)
    points = rng.uniform(-LIMIT, LIMIT, (num_points, num_numbers))
    return points.astype(np.float32)


def _evaluate(score, points):
    return _check_scores(score(tf.convert_to_tensor(points)), len(points))


def _check_scores(scores, num_points):
    scores = np.asarray(scores, float)
    if scores.shape != (num_points,) or not np.isfinite(scores).all():
        raise ValueError(
            f"score gave {reprlib.repr(scores)}; expected one finite number for each "
            f"of {num_points} points."
        )
    return scores


def _best(points, scores):
    best = int(scores.argmax())
    return Found(points[best], float(scores[best]), np.maximum.accumulate(scores))
