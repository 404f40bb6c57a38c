"""A search among points, on scores whose best point is known."""

import numpy as np
import pytest

from gan_tutorial.design.search import LIMIT, search_by_evolution

# Inside the limits but for the last number, whose best place is the limit itself.
MIDDLE = np.array([0.7, -1.2, 0.1, 1.0, 5.0], np.float32)


def bowl(points):
    """Best at MIDDLE."""
    return -((points - MIDDLE) ** 2).sum(axis=1)


def test_what_is_found_is_the_best_of_all_that_was_scored():
    seen = []

    def score(points):
        seen.append((points, bowl(points)))
        return seen[-1][1]

    found = search_by_evolution(score, 5, 120, seed=3)
    points, scores = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    assert len(scores) == 120
    np.testing.assert_array_equal(found.point, points[scores.argmax()])
    assert found.score == pytest.approx(scores.max())
    assert abs(points).max() <= LIMIT
    again = search_by_evolution(bowl, 5, 120, seed=3)
    np.testing.assert_array_equal(again.point, found.point)
    assert search_by_evolution(bowl, 5, 120, seed=4).score != found.score


def test_on_a_bowl_evolution_beats_chance():
    best = np.minimum(MIDDLE, LIMIT)
    for seed in range(2):
        found = search_by_evolution(bowl, 5, 600, seed=seed)
        rng = np.random.default_rng(seed)
        by_chance = rng.uniform(-LIMIT, LIMIT, (600, 5)).astype(np.float32)
        assert found.score > bowl(by_chance).max()
        assert np.linalg.norm(found.point - best) < 0.4


def test_the_first_points_are_spread_like_latents_in_training():
    drawn = []

    def score(points):
        drawn.append(points)
        return np.zeros(len(points))

    for seed in range(80):
        found = search_by_evolution(score, 3, 50, seed)
        np.testing.assert_array_equal(found.point, drawn[-1][0])  # the first of equals
    drawn = np.concatenate(drawn)
    assert drawn.shape == (4000, 3) and drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.var(axis=0), 1, atol=0.05)
    np.testing.assert_allclose(abs(drawn).max(axis=0), LIMIT, atol=0.01)


def test_evolution_draws_nearer_to_its_parents_at_the_end():
    drawn = []

    def score(points):
        drawn.append(points)
        return -np.abs(points).sum(axis=1)

    found = search_by_evolution(score, 2, 275, 1)
    assert [len(points) for points in drawn] == [50, 50, 50, 50, 50, 25]
    ways = [np.abs(points - found.point).mean() for points in drawn]
    assert ways[-1] < 0.5 * ways[1]


def test_what_makes_no_sense_is_refused():
    for num_numbers, num_evaluations in ((5, 0), (2.5, 50)):
        with pytest.raises(ValueError, match="expected a whole number"):
            search_by_evolution(bowl, num_numbers, num_evaluations)
    for score in (np.sum, lambda points: np.nan * bowl(points)):
        with pytest.raises(ValueError, match="one finite number for each of"):
            search_by_evolution(score, 5, 50)
