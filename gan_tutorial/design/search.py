"""Search for the inputs of a generator whose design scores best.

A point of the search is a row of numbers, such as latents, and wishes scaled to be as
wide as latents. Each number stays within `LIMIT` on both sides of 0. Drawn evenly
between these limits, a number has a variance of 1, as latents have in training. But
points in the corners of this box are longer than nearly all latents in training, and a
search likes to go where a generator, or a score, is wrong: look at what it finds.
"""

import reprlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gan_tutorial import checks

LIMIT = 3**0.5
NUM_PARENTS, NUM_CHILDREN = 5, 50


class Found(NamedTuple):
    """What a search found.

    Attributes:
        point: the best one, float32 `(num_numbers,)`.
        score: its score.
    """

    point: np.ndarray
    score: float


def search_by_evolution(
    score: Callable, num_numbers: int, num_evaluations: int, seed: int = 0
) -> Found:
    """Keeps the best points, and draws new ones near them, nearer in each generation.

    The first 50 are drawn evenly. Each later generation, of 50 again, comes from the
    best five of all points so far: a child is one of them, chosen at random, plus
    normal noise, whose standard deviation falls evenly from 1 to 0.05. The last
    generation may be smaller.

    Args:
        score: function from points, float32 `(n, num_numbers)`, to scores `(n,)`;
            larger is better.
        num_numbers: numbers in one point.
        num_evaluations: how many points are scored.
        seed: from which the points follow.

    Raises:
        ValueError: a number below 1, or scores of another shape or not finite.

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
    best = int(scores.argmax())
    return Found(points[best], float(scores[best]))


def _draw(rng, num_points, num_numbers):
    checks.whole_number("num_evaluations", num_points, 1)
    checks.whole_number("num_numbers", num_numbers, 1)
    points = rng.uniform(-LIMIT, LIMIT, (num_points, num_numbers))
    return points.astype(np.float32)


def _evaluate(score, points):
    scores = np.asarray(score(points), float)
    if scores.shape != (len(points),) or not np.isfinite(scores).all():
        raise ValueError(
            f"score gave {reprlib.repr(scores)}; expected one finite number for each "
            f"of {len(points)} points."
        )
    return scores
