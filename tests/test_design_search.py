"""Searches in latent space, on scores whose best point is known."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import data
from gan_tutorial.design import search
from gan_tutorial.synthetic import turned, vases

SEARCHES = [
    search.search_at_random,
    search.search_by_evolution,
    search.search_by_gradient,
]
# Inside the limits but for the last number, whose best place is the limit itself.
MIDDLE = np.array([0.7, -1.2, 0.1, 1.0, 5.0], np.float32)


def bowl(points):
    """Best at MIDDLE; works for arrays and for tensors."""
    return -tf.reduce_sum((points - MIDDLE) ** 2, axis=1)


@pytest.mark.parametrize("method", SEARCHES)
def test_the_curve_is_the_best_of_all_that_was_scored(method):
    seen = []

    def score(points):
        scores = bowl(points)
        tf.py_function(
            lambda p, s: seen.append((p.numpy(), s.numpy())), [points, scores], []
        )
        return scores

    found = method(score, 5, 120, seed=3)
    points = np.concatenate([part for part, _ in seen])
    scores = np.concatenate([part for _, part in seen])
    assert len(scores) == len(found.curve) == 120
    best_so_far = [max(scores[: i + 1]) for i in range(120)]
    np.testing.assert_allclose(found.curve, best_so_far)
    np.testing.assert_array_equal(found.point, points[scores.argmax()])
    assert found.score == pytest.approx(scores.max())
    assert abs(points).max() <= search.LIMIT
    again = method(bowl, 5, 120, seed=3)
    np.testing.assert_array_equal(again.curve, found.curve)
    assert method(bowl, 5, 120, seed=4).score != found.score


def test_on_a_bowl_the_gradient_beats_evolution_and_evolution_beats_chance():
    best = np.minimum(MIDDLE, search.LIMIT)
    for seed in range(2):
        found = [method(bowl, 5, 600, seed=seed) for method in SEARCHES]
        assert found[0].score < found[1].score < found[2].score
        chance, evolution, gradient = (
            np.linalg.norm(one.point - best) for one in found
        )
        assert evolution < 0.4 and gradient < 0.1 < chance


def test_points_at_random_are_spread_like_latents_in_training():
    drawn = []

    def score(points):
        drawn.append(points)
        return np.zeros(len(points))

    found = search.search_at_random(score, 3, 4000, seed=2)
    drawn = np.concatenate(drawn)
    np.testing.assert_allclose(drawn.var(axis=0), 1, atol=0.05)
    np.testing.assert_allclose(abs(drawn).max(axis=0), search.LIMIT, atol=0.01)
    np.testing.assert_array_equal(found.point, drawn[0])  # of equal ones the first


def test_evolution_draws_nearer_to_its_parents_at_the_end():
    drawn = []

    def score(points):
        drawn.append(np.array(points))
        return -np.abs(points).sum(axis=1)

    found = search.search_by_evolution(score, 2, 275, 1)
    assert [len(points) for points in drawn] == [50, 50, 50, 50, 50, 25]
    ways = [np.abs(points - found.point).mean() for points in drawn]
    assert ways[-1] < 0.5 * ways[1]


@pytest.mark.parametrize("method", SEARCHES)
def test_what_makes_no_sense_is_refused(method):
    for num_numbers, num_evaluations in ((5, 0), (2.5, 50)):
        with pytest.raises(ValueError, match="expected a whole number"):
            method(bowl, num_numbers, num_evaluations)
    for score in (lambda p: tf.reduce_sum(p), lambda p: np.nan * bowl(p)):
        with pytest.raises(ValueError, match="one finite number for each of"):
            method(score, 5, 50)


def test_a_score_without_a_gradient_is_refused():
    with pytest.raises(ValueError, match="gradient"):
        search.search_by_gradient(lambda points: tf.zeros(len(points)), 5, 50)


def test_soft_measures_of_real_vases_agree_with_their_exact_outlines():
    images, attributes = vases.make(200, 64, seed=5)
    pixels = data.to_model_range(images)
    volume, tilt = (x.numpy() for x in search.measure_softly(pixels, side_mm=200))
    # By the formula behind the pictures: discs at 2,000 heights.
    t = np.tile((np.arange(2000) + 0.5) / 2000, (200, 1))
    height = 200 * attributes["height"][:, None]
    widths = 200 * turned.outline(vases.widths, vases.STYLES, attributes, t)
    slices = np.pi / 4 * widths**2 * height / 2000
    np.testing.assert_allclose(volume, slices.sum(axis=1) / 1e6, rtol=0.06)
    centre = (slices * t * height).sum(axis=1) / slices.sum(axis=1)
    expected = np.degrees(np.arctan(100 * attributes["foot"] / centre))
    assert np.corrcoef(tilt, expected)[0, 1] > 0.99
    np.testing.assert_allclose(tilt, expected, atol=2.5)
    # Spots beside the foot add nothing, and an empty picture gives finite numbers.
    pixels[:, 56:60, [2, 3, 60, 61]] = 0.2
    spotted, _ = search.measure_softly(pixels, side_mm=200)
    np.testing.assert_allclose(spotted, volume, rtol=1e-5)
    assert np.isfinite(search.measure_softly(-tf.ones((1, 64, 64, 1)))).all()


def test_soft_measures_have_a_slope_at_every_edge():
    images = tf.constant(data.to_model_range(vases.make(2, 64, seed=6)[0]))
    with tf.GradientTape() as tape:
        tape.watch(images)
        volume, _ = search.measure_softly(images)
    slope = tape.gradient(volume, images).numpy()
    assert (slope != 0).any(axis=(2, 3)).sum() > 60  # rows
    bright = images.numpy()[0] + 0.1 * np.sign(slope[0])
    larger, _ = search.measure_softly(tf.constant(bright[None].clip(-1, 1)))
    assert larger[0] > volume[0]
