"""Penalties of the discriminator: closed forms, kinds of inputs, finite gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import gan, losses, networks

SHAPES = [(16, 12, 3), (2,), (1,)]  # pictures, points in the plane, numbers


def _draw(shape, seed=0, num=6):
    return np.random.default_rng(seed).normal(size=(num, *shape)).astype("float32")


def _linear(weights):
    def critic(x):
        axes = list(range(1, len(weights.shape) + 1))
        return tf.reduce_sum(weights * x, axis=axes)[:, None]

    return critic


@pytest.mark.parametrize("shape", SHAPES)
def test_r1_penalty_closed_form(shape):
    # logit(x) = sum(w * x) + sum(v * x^2): its gradient is w + 2 v x.
    w, v, images = _draw(shape, num=1)[0], _draw(shape, 1, num=1)[0], _draw(shape, 2)

    def discriminator(x):
        return _linear(w)(x) + _linear(v)(x**2)

    squares = ((w + 2 * v * images) ** 2).reshape(len(images), -1)
    penalty = float(losses.r1_penalty(discriminator, images))
    assert penalty == pytest.approx(squares.sum(axis=1).mean(), rel=1e-5)


def test_r1_penalty_by_hand():
    # logit = x^2 + 3 y; at (1, 5) its gradient is (2, 3), at (-2, 0) it is (-4, 3).
    points = tf.constant([[1.0, 5.0], [-2.0, 0.0]])
    penalty = losses.r1_penalty(lambda p: p[:, :1] ** 2 + 3 * p[:, 1:], points)
    assert float(penalty) == pytest.approx((13 + 25) / 2)


def test_r1_penalty_ignores_fakes():
    images = _draw((16, 16, 1))
    critic = _linear(tf.ones((16, 16, 1)))
    given = float(losses.r1_penalty(critic, images, 5 * images))
    assert given == float(losses.r1_penalty(critic, images)) == 256


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", [0.2, 1.0, 7.0])
def test_gradient_penalty_of_a_linear_critic(shape, length):
    weights = _draw(shape, 3, num=1)[0]
    weights *= length / np.sqrt(np.sum(weights**2))
    penalty = losses.gradient_penalty(_linear(weights), _draw(shape), _draw(shape, 1))
    assert float(penalty) == pytest.approx((length - 1) ** 2, abs=1e-5)


def _seen_by_the_critic(real, fake):
    seen = []

    def critic(x):
        seen.append(x.numpy())
        return tf.reduce_sum(x, axis=list(range(1, len(x.shape))))[:, None]

    losses.gradient_penalty(critic, real, fake)
    (images,) = seen
    return images


def test_mixed_images_lie_evenly_on_the_way_from_fake_to_real():
    keras.utils.set_random_seed(0)
    fake = _draw((4, 4, 1), num=20_000)
    real = fake + 1 + np.abs(_draw((4, 4, 1), 1, num=20_000))
    shares = (_seen_by_the_critic(real, fake) - fake) / (real - fake)
    weights = shares.mean(axis=(1, 2, 3))
    # All pixels of an image have one weight, so each point lies on the segment.
    np.testing.assert_allclose(
        shares, np.broadcast_to(weights[:, None, None, None], shares.shape), atol=1e-4
    )
    assert weights.min() >= -1e-5 and weights.max() <= 1 + 1e-5
    # Uniform: mean 1/2, variance 1/12, a tenth of them in each tenth.
    assert weights.mean() == pytest.approx(1 / 2, abs=0.01)
    assert weights.var() == pytest.approx(1 / 12, abs=0.002)
    counts, _ = np.histogram(weights, bins=10, range=(0, 1))
    assert counts.min() > 1800 and counts.max() < 2200
    # Drawn for each image anew: neighbours in the batch are not alike.
    assert abs(np.corrcoef(weights[:-1], weights[1:])[0, 1]) < 0.03


def test_each_call_draws_new_weights_and_the_seed_repeats_them():
    real, fake = _draw((2,)), _draw((2,), 1)
    keras.utils.set_random_seed(5)
    first, second = (_seen_by_the_critic(real, fake) for _ in range(2))
    keras.utils.set_random_seed(5)
    again = _seen_by_the_critic(real, fake)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(first, again)


def test_a_curved_critic_is_judged_between_the_images():
    # logit = x^2 / 2 has slope x. Between 3 and 3 that is 3, wherever one looks.
    three = np.full((5, 1), 3.0, np.float32)
    penalty = losses.gradient_penalty(lambda x: x**2 / 2, three, three)
    assert float(penalty) == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_constant_critic_gives_a_finite_penalty_and_gradient(shape):
    critic = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer="zeros"),
        ]
    )
    real, fake = _draw(shape), _draw(shape, 1)
    for penalty_fn, expected in ((losses.r1_penalty, 0), (losses.gradient_penalty, 1)):
        with tf.GradientTape() as tape:
            penalty = penalty_fn(critic, real, fake)
        (kernel, _) = critic.trainable_variables
        assert float(penalty) == pytest.approx(expected, abs=1e-5)
        assert np.isfinite(tape.gradient(penalty, kernel)).all()


def test_a_critic_that_ignores_its_images_has_slope_zero():
    def critic(x):
        return tf.ones((x.shape[0], 1))

    real, fake = _draw((2,)), _draw((2,), 1)
    assert float(losses.r1_penalty(critic, real)) == 0
    penalty = float(losses.gradient_penalty(critic, real, fake))
    assert penalty == pytest.approx(1, abs=1e-5)


def test_gradient_with_respect_to_the_weights_by_hand():
    # Of w x + v y with w = 3, v = 4: norm 5, penalty 16, slopes 2 (5 - 1) (3, 4) / 5.
    weights = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(
            lambda x: tf.linalg.matvec(x, weights)[:, None], _draw((2,)), _draw((2,), 1)
        )
    assert float(penalty) == pytest.approx(16, rel=1e-5)
    found = tape.gradient(penalty, weights).numpy()
    np.testing.assert_allclose(found, [4.8, 6.4], rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_compiled_for_any_batch_size(shape):
    weights = _draw(shape, 3, num=1)[0]
    signature = [tf.TensorSpec([None, *shape]), tf.TensorSpec([None, *shape])]
    expected = (np.sqrt(np.sum(weights**2)) - 1) ** 2

    @tf.function(input_signature=signature)
    def penalties(real, fake):
        critic = _linear(weights)
        return (
            losses.r1_penalty(critic, real, fake),
            losses.gradient_penalty(critic, real, fake),
        )

    for num in (2, 5):
        r1, gradient = penalties(_draw(shape, num=num), _draw(shape, 1, num=num))
        assert float(r1) == pytest.approx(np.sum(weights**2), rel=1e-5)
        assert float(gradient) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("num_real", "num_fake"), [(7, 3), (2, 9)])
def test_what_is_left_of_a_longer_batch_is_not_used(num_real, num_fake):
    real = np.full((num_real, 1), 10.0, np.float32)
    fake = np.full((num_fake, 1), 20.0, np.float32)
    images = _seen_by_the_critic(real, fake)
    assert images.shape == (min(num_real, num_fake), 1)
    assert images.min() >= 10 and images.max() <= 20


def test_arrays_of_other_floats_are_taken():
    real, fake = _draw((2,)).astype("float64"), _draw((2,), 1)
    critic = _linear(np.array([0.6, 0.8]))
    assert float(losses.gradient_penalty(critic, real, fake)) < 1e-9


@pytest.mark.parametrize("penalty_fn", [losses.r1_penalty, losses.gradient_penalty])
def test_whole_numbers_are_refused(penalty_fn):
    images = np.zeros((2, 16, 16, 1), np.uint8)
    with pytest.raises(ValueError, match="uint8.*to_model_range"):
        penalty_fn(lambda x: x, images, images)


@pytest.mark.parametrize("penalty_fn", [losses.r1_penalty, losses.gradient_penalty])
def test_images_without_axes_or_without_images_are_refused(penalty_fn):
    critic = _linear(np.ones(2, np.float32))
    empty = np.zeros((0, 2), np.float32)
    with pytest.raises(ValueError, match="shape \\(0, 2\\).*at least one image"):
        penalty_fn(critic, empty, empty)

    @tf.function(input_signature=[tf.TensorSpec(None), tf.TensorSpec(None)])
    def compiled(real, fake):
        return penalty_fn(critic, real, fake)

    with pytest.raises(ValueError, match="unknown number of axes.*set_shape"):
        compiled(_draw((2,)), _draw((2,)))


def test_a_gan_trains_with_the_gradient_penalty():
    keras.utils.set_random_seed(0)
    model = gan.GAN(
        networks.build_generator(3, (16, 16, 1), filters=2),
        networks.build_discriminator((16, 16, 1), filters=2),
        latent_dim=3,
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.wasserstein_generator_loss,
        losses.wasserstein_discriminator_loss,
        losses.gradient_penalty,
        d_penalty_weight=10.0,
        d_penalty_interval=2,
    )
    # Ten pictures in batches of four: the last batch is shorter.
    images = _draw((16, 16, 1), num=10).clip(-1, 1)
    before = [weights.copy() for weights in model.discriminator.get_weights()]
    model.fit(images, batch_size=4, epochs=2, verbose=0)
    for old, new in zip(before, model.discriminator.get_weights(), strict=True):
        assert np.isfinite(new).all()
        assert new.size == 1 or not np.array_equal(old, new)  # one: the logit's bias
