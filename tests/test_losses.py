"""Losses by hand, penalties against closed forms, with unequal inputs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import losses

REAL = tf.constant([[2.0], [-1.0]])
FAKE = tf.constant([[0.5], [-3.0]])

FAMILIES = {
    "minimax": losses.MINIMAX,
    "non_saturating": losses.NON_SATURATING,
    "least_squares": losses.LEAST_SQUARES,
    "hinge": losses.HINGE,
    "wasserstein": losses.WASSERSTEIN,
}


# By hand, from the logits 2 and -1 (real), 0.5 and -3 (fake):
#   minimax: G -(ln(1 + e^0.5) + ln(1 + e^-3)) / 2
#     D (ln(1 + e^-2) + ln(1 + e^1)) / 2 + (ln(1 + e^0.5) + ln(1 + e^-3)) / 2
#   non-saturating: D as minimax, G (ln(1 + e^-0.5) + ln(1 + e^3)) / 2
#   least squares: D ((1^2 + 2^2) + (0.5^2 + 3^2)) / 4, G (0.5^2 + 4^2) / 4
#   hinge: D (0 + 2) / 2 + (1.5 + 0) / 2, G -(0.5 - 3) / 2
#   Wasserstein: D (0.5 - 3) / 2 - (2 - 1) / 2, G -(0.5 - 3) / 2
@pytest.mark.parametrize(
    ("family", "d_loss", "g_loss"),
    [
        ("minimax", 1.231427, -0.511332),
        ("non_saturating", 1.231427, 1.761332),
        ("least_squares", 3.5625, 4.0625),
        ("hinge", 1.75, 1.25),
        ("wasserstein", -1.75, 1.25),
    ],
)
def test_each_family_by_hand(family, d_loss, g_loss):
    loss = FAMILIES[family]
    assert loss.generator is getattr(losses, f"{family}_generator_loss")
    assert loss.discriminator is getattr(losses, f"{family}_discriminator_loss")
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(d_loss, rel=1e-5)
    assert float(loss.generator(FAKE)) == pytest.approx(g_loss, rel=1e-5)
    # An uneven number of real and fake images: each counts as one mean.
    more = tf.concat([FAKE, FAKE], axis=0)
    assert float(loss.discriminator(REAL, more)) == pytest.approx(d_loss, rel=1e-5)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_huge_logits_stay_finite(size):
    logits = tf.constant([[size]])
    assert np.isfinite(losses.non_saturating_discriminator_loss(logits, logits))
    assert np.isfinite(losses.non_saturating_generator_loss(logits))


# Penalties

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


def test_of_a_patch_gan_the_mean_logit_counts():
    # Four patches of each image: x, 2 x, 3 x and y; their mean is (6 x + y) / 4.
    points = tf.constant([[1.0, 5.0], [-2.0, 0.0]])

    def judge(p):
        patches = tf.concat([p[:, :1], 2 * p[:, :1], 3 * p[:, :1], p[:, 1:]], axis=1)
        return tf.reshape(patches, (-1, 2, 2, 1))

    expected = (6**2 + 1) / 4**2
    assert float(losses.r1_penalty(judge, points)) == pytest.approx(expected)


def test_penalties_with_their_weights_by_hand():
    # logit = x^2 + 3 y; at (1, 5) its gradient is (2, 3), at (-2, 0) it is (-4, 3).
    points = tf.constant([[1.0, 5.0], [-2.0, 0.0]])

    def judge(p):
        return p[:, :1] ** 2 + 3 * p[:, 1:]

    assert float(losses.r1_penalty(judge, points)) == pytest.approx((13 + 25) / 2)
    # The fakes do not count, and the interval is left to the GAN.
    penalty = losses.R1(gamma=0.2, interval=4)(judge, points, 7 * points)
    assert float(penalty) == pytest.approx(0.2 / 2 * 19)
    assert losses.R1() == (0.1, 1) and losses.GradientPenalty() == (10, 1)
    # logit = 3 x + 4 y has a slope of 5 everywhere.
    critic = _linear(np.float32([3, 4]))
    penalty = losses.GradientPenalty(weight=2.0, interval=3)(critic, points, -points)
    assert float(penalty) == pytest.approx(2 * (5 - 1) ** 2)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("length", [0.2, 7.0])
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
    # Uniform: variance 1/12, a tenth of them in each tenth.
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


@pytest.mark.parametrize("shape", SHAPES)
def test_constant_critic_gives_a_finite_penalty_and_gradient(shape):
    dense = keras.layers.Dense(1, kernel_initializer="zeros")
    critic = keras.Sequential([keras.Input(shape), keras.layers.Flatten(), dense])
    real, fake = _draw(shape), _draw(shape, 1)
    for penalty_fn, expected in ((losses.R1(2.0), 0), (losses.GradientPenalty(1.0), 1)):
        with tf.GradientTape() as tape:
            penalty = penalty_fn(critic, real, fake)
        assert float(penalty) == pytest.approx(expected, abs=1e-5)
        assert np.isfinite(tape.gradient(penalty, dense.kernel)).all()


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


def test_compiled_for_any_batch_size():
    weights = _draw((4, 3, 1), 3, num=1)[0]
    images = tf.TensorSpec([None, 4, 3, 1])

    @tf.function(input_signature=[images, images])
    def penalties(real, fake):
        critic = _linear(weights)
        return losses.R1(2.0)(critic, real), losses.GradientPenalty(1.0)(
            critic, real, fake
        )

    squares = np.sum(weights**2)
    for num in (2, 5):
        r1, gradient = penalties(_draw((4, 3, 1), 0, num), _draw((4, 3, 1), 1, num))
        assert float(r1) == pytest.approx(squares, rel=1e-5)
        assert float(gradient) == pytest.approx((squares**0.5 - 1) ** 2, abs=1e-4)


@pytest.mark.parametrize(("num_real", "num_fake"), [(7, 3), (2, 9)])
def test_what_is_left_of_a_longer_batch_is_not_used(num_real, num_fake):
    real = np.full((num_real, 1), 10.0, np.float32)
    fake = np.full((num_fake, 1), 20.0, np.float64)  # of another type, too
    images = _seen_by_the_critic(real, fake)
    assert images.shape == (min(num_real, num_fake), 1)
    assert images.min() >= 10 and images.max() <= 20


@pytest.mark.parametrize("penalty", [losses.R1(), losses.GradientPenalty()])
def test_images_without_a_gradient_are_refused(penalty):
    critic = _linear(np.ones(2, np.float32))
    for images, message in (
        (np.zeros((2, 16, 16, 1), np.uint8), "uint8.*to_model_range"),
        (np.zeros((0, 2), np.float32), "shape \\(0, 2\\).*at least one image"),
    ):
        with pytest.raises(ValueError, match=message):
            penalty(critic, images, images)

    @tf.function(input_signature=[tf.TensorSpec(None)])
    def compiled(images):
        return penalty(critic, images, images)

    with pytest.raises(ValueError, match="unknown number of axes.*set_shape"):
        compiled(_draw((2,)))
