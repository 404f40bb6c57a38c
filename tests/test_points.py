"""Points as targets: where they lie, how modes are counted, how typed ones are read."""

import math

import numpy as np
import pytest

from gan_tutorial.synthetic import points


@pytest.mark.parametrize("draw", points.TARGETS.values(), ids=lambda f: f.__name__)
def test_targets_follow_the_seed_and_stay_in_the_picture(draw):
    drawn = draw(4000, 1)
    assert drawn.dtype == np.float32
    assert drawn.ndim == 2 and drawn.shape[0] == 4000 and drawn.shape[1] in (1, 2)
    np.testing.assert_array_equal(drawn, draw(4000, 1))
    assert not np.array_equal(drawn, draw(4000, 2))
    assert np.mean(np.abs(drawn) < 3) > 0.999
    # A generator goes on where it stopped.
    rng = np.random.default_rng(0)
    assert not np.array_equal(draw(10, rng), draw(10, rng))


def test_two_bells_have_the_mean_and_the_spread_of_their_formula():
    drawn = points.two_bells(200_000, 3)
    mean = 0.4 * -1.5 + 0.6 * 1.0
    second = 0.4 * (1.5**2 + 0.3**2) + 0.6 * (1.0**2 + 0.5**2)
    assert drawn.mean() == pytest.approx(mean, abs=0.01)
    assert drawn.std() == pytest.approx(math.sqrt(second - mean**2), rel=0.01)


def test_ring_by_hand():
    modes = points.ring_modes()
    np.testing.assert_allclose(modes[1], [math.sqrt(2), math.sqrt(2)], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*modes.T), 2)
    drawn = points.ring(80_000, 0)
    nearest = np.argmin(np.hypot(*(drawn[:, None] - modes).T), axis=0)
    for mode in range(8):
        own = drawn[nearest == mode]
        assert len(own) == pytest.approx(10_000, rel=0.05)
        assert own.std(axis=0) == pytest.approx(0.1, rel=0.05)


def test_grid_has_25_places():
    places = np.unique(np.round(points.grid(5000, 0)), axis=0)
    assert len(places) == 25


def test_count_modes_by_hand():
    modes = points.ring_modes()
    # 100 points: 97 on mode 0, one just inside 3 sigma of mode 3, one just outside of
    # mode 5, and one in the middle of the ring.
    samples = np.tile(modes[0], (100, 1))
    samples[97] = modes[3] + [0.299, 0]
    samples[98] = modes[5] + [0, 0.301]
    samples[99] = 0
    assert points.count_modes(samples) == (2, pytest.approx(0.98))
    assert points.count_modes(np.repeat(samples, 2, axis=0)[:-3])[0] == 2
    # Below one per cent a mode does not count, but its points are good.
    many = np.concatenate([samples, np.tile(modes[0], (100, 1))])
    assert points.count_modes(many) == (1, pytest.approx(0.99))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0\n1\n5", [[-2], [-1.2], [2]]),
        ("0, 0\n4, 1", [[-2, -0.5], [2, 0.5]]),
        ("(0; 0)\n\n[4\t1]\n", [[-2, -0.5], [2, 0.5]]),
        ("1e2 -3\n2e2 -3", [[-2, 0], [2, 0]]),
    ],
)
def test_typed_points_by_hand(text, expected):
    np.testing.assert_allclose(points.read_points(text), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "two points or more"),
        ("1, 2", "two points or more"),
        ("hello", "Line 1 is 'hello'; expected one point in each line"),
        ("1, 2\n\n3, four", "Line 3"),
        ("1\n2, 3", "Line 2 .* with one number in all lines"),
        ("1, 2, 3\n4, 5, 6", "Line 1"),
        ("1, 2\n1, 2", "All points are the same"),
        ("nan\n1", "finite"),
        ("1e300\n1", "finite"),
    ],
)
def test_typed_nonsense_is_explained(text, message):
    with pytest.raises(ValueError, match=message):
        points.read_points(text)


@pytest.mark.parametrize("given", [np.zeros((3, 3)), np.zeros((2, 2, 2)), "ab", 3.0])
def test_arrays_that_are_no_points_are_refused(given):
    with pytest.raises(ValueError, match="two points or more"):
        points.check_points(given)
