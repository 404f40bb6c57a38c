"""Drifting against sums by hand and in loops, and whether a generator learns by it."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import metrics, networks
from gan_tutorial.lab import drifting

RNG = np.random.default_rng(3)
A, B, C = (RNG.standard_normal((n, 2)).astype("float32") for n in (5, 7, 4))


def shares(kernel, row, column):
    """The geometric mean of a number's shares of its row and of its column."""
    return kernel[row, column] / math.sqrt(kernel[row].sum() * kernel[:, column].sum())


def drift_in_loops(points, real, temperature):
    """Equation 11 of the paper, pair by pair; the points repel one another."""
    targets = np.concatenate([real, points])
    kernel = np.zeros((len(points), len(targets)))
    for i, point in enumerate(points):
        for k, target in enumerate(targets):
            if k != len(real) + i:
                kernel[i, k] = math.exp(-math.dist(point, target) / temperature)
    ways = np.zeros(points.shape)
    for i in range(len(points)):
        for k in range(len(real)):
            for j in range(len(real), len(targets)):
                weight = shares(kernel, i, k) * shares(kernel, i, j)
                ways[i] += weight * (targets[k] - targets[j])
    return ways


def test_drift_by_hand():
    # e^(-distance / temperature) is 1/2, 1/4 and 1/2: shares of the row 2, 1 and 2
    # fifths. With a single row, each is alone in its column.
    real, made = tf.constant([[1.0, 0], [0, 2]]), tf.constant([[-1.0, 0]])
    way = drifting.drift(tf.zeros((1, 2)), real, 1 / math.log(2), made)
    two, one = math.sqrt(2 / 5), math.sqrt(1 / 5)
    expected = [two * (two * 1 + (two + one) * 1), two * one * 2]
    np.testing.assert_allclose(way, [expected], rtol=1e-5)


@pytest.mark.parametrize("temperature", [0.3, 1.5])
def test_drift_in_loops(temperature):
    way = drifting.drift(tf.constant(A), tf.constant(B), temperature)
    np.testing.assert_allclose(way, drift_in_loops(A, B, temperature), atol=1e-5)


def test_drift_turns_round_with_its_sets_and_is_zero_between_equal_ones():
    a, b, places = map(tf.constant, (A, B, C))
    there, back = drifting.drift(places, a, 0.5, b), drifting.drift(places, b, 0.5, a)
    assert np.abs(there).max() > 0.1
    np.testing.assert_allclose(there, -back, atol=1e-6)
    np.testing.assert_allclose(drifting.drift(places, a, 0.5, a), 0, atol=1e-6)


def test_made_points_repel_and_real_ones_attract():
    # The real points lie above and below both made ones, so that only these differ.
    pair = tf.constant([[-0.1, 0], [0.1, 0]])
    way = drifting.drift(pair, tf.constant([[0.0, 1], [0, -1]]), 1.0).numpy()
    assert way[0, 0] < 0 < way[1, 0]
    pair = tf.constant([[0.0, 0.1], [0, -0.1]])
    way = drifting.drift(pair, tf.constant([[2.0, 0]]), 1.0).numpy()
    assert (way[:, 0] > 0).all()


def test_scales_are_added_each_with_the_same_length():
    made, real = tf.constant(A), tf.constant(B)
    targets = np.concatenate([B, A])
    mean = np.mean([math.dist(a, b) for a in A for b in targets])
    expected = np.zeros(A.shape)
    for share in (0.1, 0.4):
        way = drift_in_loops(A, B, share * mean)
        expected += way / np.sqrt((way**2).mean())
    expected *= mean / math.sqrt(2)
    found = drifting.drift_at_all_scales(made, real, (0.1, 0.4))
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    # In other units of length, the same picture.
    found = drifting.drift_at_all_scales(7 * made, 7 * real, (0.1, 0.4))
    np.testing.assert_allclose(found, 7 * expected, rtol=1e-3)


def test_drift_is_finite_for_points_in_one_place_and_far_away():
    for made in (np.ones((6, 2)), 1e3 + np.arange(12).reshape(6, 2)):
        made = tf.constant(made, tf.float32)
        assert np.isfinite(drifting.drift_at_all_scales(made, B, (0.02, 0.2))).all()


def two_places(num_points, seed):
    rng = np.random.default_rng(seed)
    middles = np.where(rng.random((num_points, 1)) < 0.5, [[-1.0, 1.0]], [[1.5, 0.5]])
    return (middles + 0.1 * rng.standard_normal((num_points, 2))).astype("float32")


def test_generator_learns_by_drifting():
    keras.utils.set_random_seed(1)
    model = drifting.Drifting(networks.build_point_generator(3, 2), (0.1, 0.5), seed=1)
    model.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    real, batches = two_places(1000, 0), two_places(300 * 64, 1).reshape(300, 64, 2)
    before = metrics.sliced_wasserstein(real, model.generate(1000, seed=2))
    model.fit(
        tf.data.Dataset.from_tensor_slices({"images": batches}),
        verbose=0,
        shuffle=False,
    )
    made = model.generate(1000, seed=2)
    assert metrics.sliced_wasserstein(real, made) < before / 5
    assert made.shape == (1000, 2) and made.dtype == np.float32
    # The average makes them, and the seed says which.
    latents = np.random.default_rng(2).standard_normal((1000, 3), dtype="float32")
    np.testing.assert_allclose(model.ema_generator(latents), made, atol=1e-6)
    assert not np.allclose(model.generator(latents), made, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"temperatures": (0.1, 0.0)},
            "The lowest temperature is 0.0; expected a number",
        ),
        ({"ema_momentum": 1}, "ema_momentum is 1; expected a number, 0 to"),
    ],
)
def test_nonsense_is_explained(settings, message):
    with pytest.raises(ValueError, match=message):
        drifting.Drifting(networks.build_point_generator(2, 2), **settings)
