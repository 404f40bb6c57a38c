"""The remedies of lesson 07 against numbers worked out by hand; their comparison."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from gan_tutorial import data, losses, metrics, networks
from gan_tutorial.gan import GAN
from gan_tutorial.lab import figures, remedies, variants
from gan_tutorial.synthetic import points, vases


def test_stddev_of_a_batch_by_hand():
    # First column: 1 and 5 differ from 3 by 2. Second column: no difference.
    examples = np.array([[1.0, 7.0], [5.0, 7.0]], "float32")
    outputs = remedies.MinibatchStddev()(examples).numpy()
    np.testing.assert_allclose(outputs, [[1, 7, 1], [5, 7, 1]], atol=1e-3)
    equal = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(equal)
        outputs = remedies.MinibatchStddev()(equal)
    assert np.isfinite(tape.gradient(outputs, equal)).all()


def test_spectral_norm_divides_by_the_largest_singular_value():
    network = networks.build_point_discriminator(2)
    weights = [5 * weight for weight in network.get_weights()]
    bounded = remedies.with_spectral_norm(network)
    for layer, kernel, bias in zip(
        bounded.layers[1:], weights[::2], weights[1::2], strict=True
    ):
        layer.layer.set_weights([kernel, bias + 1])
    places = np.random.default_rng(0).standard_normal((64, 2)).astype("float32")
    for _ in range(100):  # each call takes one step of the power iteration
        bounded(places, training=True)
    expected = places
    for number, (kernel, bias) in enumerate(
        zip(weights[::2], weights[1::2], strict=True)
    ):
        expected = expected @ (kernel / np.linalg.svd(kernel)[1][0]) + bias + 1
        expected = np.maximum(expected, 0) if number < 2 else expected
    np.testing.assert_allclose(bounded(places), expected, rtol=1e-3, atol=1e-4)
    squared = losses.squared_gradient_norms(bounded, tf.constant(places))
    assert np.sqrt(squared).max() <= 1.01
    # The kernels stay as they are, and their gradient knows of the division: a longer
    # kernel makes no difference.
    np.testing.assert_array_equal(bounded.layers[1].layer.kernel, weights[0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(bounded(places) ** 2)
    gradients = tape.gradient(total, bounded.trainable_variables[::2])
    for gradient, kernel in zip(gradients, weights[::2], strict=True):
        along = float(tf.reduce_sum(gradient * kernel))
        assert abs(along) < 1e-3 * np.linalg.norm(gradient) * np.linalg.norm(kernel)


@pytest.mark.parametrize(
    "wrapper", [remedies.SpectralNormalization, layers.SpectralNormalization]
)
def test_spectral_norm_of_convolutions_trains_in_a_gan(wrapper):
    discriminator = networks.build_discriminator((16, 16, 1), 4)
    gan = GAN(
        networks.build_generator(4, (16, 16, 1), 4),
        remedies.with_spectral_norm(discriminator, wrapper),
        seed=0,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.HINGE,
        losses.R1(0.1),
        run_eagerly=True,
    )
    before = [weight.numpy() for weight in gan.discriminator.trainable_variables]
    gan.fit(vases.make(16, image_size=16, seed=0)[0], batch_size=8, verbose=0)
    pairs = zip(before, gan.discriminator.trainable_variables, strict=True)
    assert sum(np.allclose(old, new) for old, new in pairs) <= 1  # the last bias


def test_points_stand_in_their_panels():
    real, made = np.zeros((3, 2)), np.array([[1.0, 2.0], [-1.0, 9.0]])
    figure = figures.plot_points({"one": made, "two": -made}, real)
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    for axis, expected in zip(figure.axes, (made, -made), strict=True):
        np.testing.assert_array_equal(axis.lines[0].get_xydata(), real)
        shown = np.clip(expected, -3, 3)  # a point outside stands on the frame
        np.testing.assert_array_equal(axis.lines[1].get_xydata(), shown)
        assert axis.get_xlim() == axis.get_ylim() == (-3, 3)


# The comparison of many variants


def test_changed_networks_compute_what_they_say():
    points_d = networks.build_point_discriminator(2)
    kinds = [
        type(layer).__name__ for layer in variants.with_batch_norm(points_d).layers
    ]
    assert kinds[1:] == [*["Dense", "BatchNormalization", "ReLU"] * 2, "Dense"]
    generator = networks.build_generator(4, (16, 16, 1), 4)
    bare = variants.without_batch_norm(generator)
    assert not any(isinstance(n, layers.BatchNormalization) for n in bare.layers)
    assert bare.output_shape == generator.output_shape
    stddev = variants.with_stddev(points_d)
    assert stddev.layers[-1].input_shape[-1] == 3
    clipped = variants.clip_weights(points_d, limit=0.1)
    for weight in clipped.trainable_variables:
        assert np.abs(weight.constraint(3 * tf.ones((2, 2)))).max() == np.float32(0.1)


def test_smooth_labels_and_matched_features_by_hand():
    real, fake = tf.constant([[2.0]]), tf.constant([[-1.0]])
    expected = 0.9 * np.log1p(np.exp(-2)) + 0.1 * np.log1p(np.exp(2))
    expected += np.log1p(np.exp(-1))
    assert float(variants.smooth_labels(real, fake)) == pytest.approx(expected)
    discriminator = networks.build_point_discriminator(2)
    distance = variants.match_features(discriminator)
    a, b = (tf.constant(points.ring(8, seed)) for seed in (0, 1))
    hidden = keras.Model(
        discriminator.inputs, discriminator.get_layer("layer_2").output
    )
    gap = np.mean(hidden(a), axis=0) - np.mean(hidden(b), axis=0)
    assert float(distance(b, {"images": a})) == pytest.approx(gap @ gap, rel=1e-4)


def test_pairs_and_both_penalties_by_hand():
    real, fake = tf.constant([[2.0]]), tf.constant([[-1.0]])
    expected = np.log1p(np.exp(-3))
    assert float(variants.compare_with_fakes(real, fake)) == pytest.approx(expected)
    loss = variants.compare_with_real(lambda points_in: 2 * points_in)
    expected = np.log1p(np.exp(6))  # the fake is 6 behind: -2 against 4
    assert float(loss(fake, {"images": real})) == pytest.approx(expected)
    # A slope of 3 everywhere: 0.1 / 2 times 9, for the real and for the fake point.
    both = variants.R1AndR2(0.1)(lambda points_in: 3 * points_in, real, fake)
    assert float(both) == pytest.approx(0.9)


def test_measures_of_dots_and_of_nothing():
    dots = np.repeat(points.ring_modes(), 100, axis=0)
    found = variants.measure(dots)
    assert (found["modes"], found["good"], found["width"]) == (8, 1, 0)
    assert found["distance"] < 0.1
    wide = variants.measure(points.ring(20_000, 0))
    assert wide["width"] == pytest.approx(0.1, abs=0.005)  # 1 % lie outside
    far = variants.measure(np.zeros((10, 2)))
    assert np.isnan(far["width"]) and variants.describe(far).endswith("width –")
    broken = {"modes": 0, "good": 0, "distance": None, "width": None}
    assert "no longer finite" in variants.describe(broken)


def test_remedies_are_ticked_together_or_refused():
    settings = variants.tick("rates 1e-3", "R1")
    expected = {"beta_1": 0.9, "g_rate": 1e-3, "d_rate": 1e-3}
    assert settings == expected | {"d_penalty": losses.R1(0.1)}
    assert variants.tick() == variants.COLLAPSING
    with pytest.raises(ValueError, match="'R1' and \"R3GAN's loss\" both set d_pen"):
        variants.tick("R1", "R3GAN's loss")
    with pytest.raises(ValueError, match="No remedy is named 'R2'"):
        variants.tick("R2")


def test_points_come_as_the_variant_says():
    rng = np.random.default_rng(0)
    for draw in (variants.fresh_points, variants.sorted_points, variants.same_points):
        drawn = draw(410, rng)
        assert drawn.shape == (410 * 128, 2) and drawn.dtype == np.float32
    assert len(np.unique(drawn, axis=0)) == 40
    batches = variants.sorted_points(410, rng).reshape(410, 128, 2)
    for step, bell in ((0, 0), (49, 0), (50, 1), (399, 7), (400, 0)):
        distance = np.linalg.norm(batches[step] - points.ring_modes()[bell], axis=1)
        assert distance.max() < 0.6


def test_a_training_on_the_ring_takes_the_steps_of_the_class():
    changes = variants.GRADIENT_PENALTY | {"d_steps": 2}
    found = variants.judge_on_ring(7, num_steps=6, **changes)
    keras.utils.set_random_seed(7)
    players = (
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
    )
    by_hand = variants.make_gan(7, *players, 6, **variants.PLAIN | changes)
    rng = np.random.default_rng(7)
    for _ in range(6):
        by_hand.train_step({"images": tf.constant(points.ring(128, rng))})
    assert int(by_hand.d_optimizer.iterations) == 12
    samples = by_hand.generate(2000, seed=7)
    distance = metrics.sliced_wasserstein(points.ring(2000, seed=0), samples)
    assert found["distance"] == pytest.approx(distance, abs=1e-3)
    assert (found["modes"], found["good"]) == pytest.approx(points.count_modes(samples))


@pytest.mark.parametrize("rate", [1e4, 1e30])
def test_a_training_that_breaks_covers_nothing(rate):
    settings = {"optimizer": keras.optimizers.SGD, "g_rate": rate, "d_rate": rate}
    found = variants.judge_on_ring(0, num_steps=60, **settings)
    assert found == {"modes": 0, "good": 0, "distance": None, "width": None}


@pytest.mark.parametrize(
    ("name", "settings"),
    [*variants.RING.items(), *variants.COLLAPSE.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_variant_on_the_ring_can_be_built(name, settings):
    changes = {k: v for k, v in settings.items() if k != "real_points"}
    gan = variants.make_gan(
        0,
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
        10,
        **variants.PLAIN | changes,
    )
    gan.train_step({"images": tf.constant(points.ring(8, 0))})


def test_recommended_covers_the_ring_and_the_bad_recipe_collapses():
    """In 800 steps instead of 3,000, and on a seed of which nothing is stored."""
    good = variants.judge_on_ring(4321, 800, **variants.RING["recommended"])
    assert good["modes"] == 8 and good["good"] >= 0.6 and good["distance"] < 0.2
    bad, *_ = variants.COLLAPSE.values()
    assert variants.judge_on_ring(4321, 800, **bad)["modes"] <= 3


def test_variants_on_pictures_train_and_are_measured(monkeypatch):
    images, attributes = vases.make(64, image_size=16, seed=0)
    data_set = data.DataSet("vases", images, attributes["style"])
    batches, fit = [], GAN.fit

    def fit_eagerly(gan, examples, **kwargs):
        batches.append(examples)
        gan.run_eagerly = True
        return fit(gan, examples, **kwargs)

    monkeypatch.setattr(GAN, "fit", fit_eagerly)
    for name in ("not shuffled", "200 pictures, translated"):
        settings = variants.PICTURES[name] | {"num_steps": 2}
        found = variants.judge_on_pictures(0, data_set, np.mean, **settings)
        assert set(found) == {"averaged", "last"}
    order = np.random.default_rng(0).permutation(64)[:32]
    order = order[np.argsort(attributes["style"][order], kind="stable")]
    first = next(iter(batches[0]))["images"]
    np.testing.assert_array_equal(first, images[order][:16])
