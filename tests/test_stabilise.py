"""The parts of lesson 07 against numbers worked out by hand and other formulas."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import gan, losses, networks, plotting, stabilise


def test_stddev_of_a_batch_by_hand():
    # First column: 1 and 5 differ from 3 by 2. Second column: no difference.
    examples = np.array([[1.0, 7.0], [5.0, 7.0]], "float32")
    outputs = stabilise.MinibatchStddev()(examples).numpy()
    np.testing.assert_allclose(outputs, [[1, 7, 1], [5, 7, 1]], atol=1e-3)


def test_stddev_of_equal_examples_has_a_gradient():
    examples = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(examples)
        outputs = stabilise.MinibatchStddev()(examples)
    assert np.isfinite(tape.gradient(outputs, examples)).all()
    assert np.allclose(outputs[:, 3], 0, atol=1e-3)


def test_shifted_images_are_cut_from_a_frame():
    images = np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 2)).astype("float32")
    layer = stabilise.RandomShift(share=0.25, ground=-1.0, seed=1)
    shifted = layer(images, training=True).numpy()
    framed = np.full((6, 12, 12, 2), -1.0, "float32")
    framed[:, 2:10, 2:10] = images
    found = set()
    for image, frame in zip(shifted, framed, strict=True):
        places = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.array_equal(image, frame[i : i + 8, j : j + 8])
        ]
        assert len(places) == 1  # it is one of the 25 shifts, whole and unchanged
        found.add(places[0])
    assert len(found) > 1  # not all by the same way
    np.testing.assert_array_equal(layer(images, training=False), images)


def test_all_shifts_are_as_likely():
    dot = np.zeros((5000, 8, 8, 1), "float32")
    dot[:, 4, 4] = 1.0
    shifted = stabilise.RandomShift(share=0.125, ground=0.0, seed=0)(dot, training=True)
    shares = np.mean(shifted, axis=0)[..., 0]
    np.testing.assert_allclose(shares[3:6, 3:6], 1 / 9, atol=0.015)
    assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_gradients_go_back_to_the_place_they_came_from():
    images = tf.zeros((1, 8, 8, 1))
    layer = stabilise.RandomShift(share=0.25, seed=3)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(layer(images, training=True))
    gradient = tape.gradient(total, images).numpy()[0, ..., 0]
    # What stays in the frame counts once, what was pushed out not at all: whole rows
    # and columns, two of each at the most.
    rows, columns = gradient.max(axis=1), gradient.max(axis=0)
    np.testing.assert_array_equal(gradient, np.outer(rows, columns))
    assert set(rows) | set(columns) <= {0.0, 1.0}
    assert rows.sum() >= 6 and columns.sum() >= 6


def test_spectral_norm_bounds_every_layer():
    network = networks.build_point_discriminator(2)
    network.set_weights([5 * weight for weight in network.get_weights()])
    before = [np.linalg.svd(w)[1][0] for w in network.get_weights()[::2]]
    bounded = stabilise.with_spectral_norm(network)
    points = np.random.default_rng(0).standard_normal((64, 2)).astype("float32")
    for _ in range(60):  # each call takes one step of the power iteration
        bounded(points, training=True)
    after = [np.linalg.svd(layer.layer.kernel)[1][0] for layer in bounded.layers[1:]]
    assert min(before) > 2
    np.testing.assert_allclose(after, 1, atol=0.05)
    squared = losses.squared_gradient_norms(bounded, tf.constant(points))
    assert np.sqrt(squared).max() <= 1.1


def test_spectral_norm_trains_in_a_gan():
    model = gan.GAN(
        networks.build_point_generator(2, 2),
        stabilise.with_spectral_norm(networks.build_point_discriminator(2)),
        2,
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.hinge_generator_loss,
        losses.hinge_discriminator_loss,
    )
    before = model.discriminator.get_weights()
    model.train_step(tf.random.normal((8, 2)))
    after = model.discriminator.get_weights()
    assert any(not np.allclose(a, b) for a, b in zip(before, after, strict=True))


def test_power_iteration_against_the_decomposition():
    matrix = np.random.default_rng(4).standard_normal((30, 20))
    estimates = stabilise.power_iteration(matrix, 200, seed=1)
    largest = np.linalg.svd(matrix)[1][0]
    assert estimates[-1] == pytest.approx(largest, rel=1e-4)
    assert (np.diff(estimates) >= -1e-9).all() and estimates[0] < 0.95 * largest
    # A matrix that only stretches: after one step 3^2 and 1 stand in the vector.
    start = np.random.default_rng(2).standard_normal(2)
    forwards = np.array([3.0, 1.0]) * start
    by_hand = np.linalg.norm(np.array([3.0, 1.0]) * forwards / np.linalg.norm(forwards))
    first = stabilise.power_iteration(np.diag([3.0, 1.0]), 1, seed=2)
    assert first[0] == pytest.approx(by_hand)


def test_points_stand_in_their_panels():
    real, made = np.zeros((3, 2)), np.array([[1.0, 2.0], [-1.0, 9.0]])
    figure = plotting.plot_points({"one": made, "two": -made}, real)
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    for axis, expected in zip(figure.axes, (made, -made), strict=True):
        np.testing.assert_array_equal(axis.lines[0].get_xydata(), real)
        shown = np.clip(expected, -3, 3)  # a point outside stands on the frame
        np.testing.assert_array_equal(axis.lines[1].get_xydata(), shown)
        assert axis.get_xlim() == axis.get_ylim() == (-3, 3)
