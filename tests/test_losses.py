"""Losses against numbers worked out by hand, with unequal inputs."""

import math

import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import losses

REAL = tf.constant([[2.0], [-1.0]])
FAKE = tf.constant([[0.5], [-3.0]])


def _probability(logit):
    return 1 / (1 + math.exp(-logit))


def test_non_saturating_pair_by_hand():
    real = -(math.log(_probability(2)) + math.log(_probability(-1))) / 2
    fake = -(math.log(1 - _probability(0.5)) + math.log(1 - _probability(-3))) / 2
    d_loss = losses.non_saturating_discriminator_loss(REAL, FAKE)
    assert float(d_loss) == pytest.approx(real + fake, rel=1e-6)
    assert float(d_loss) == pytest.approx(1.231427, rel=1e-6)
    g_loss = losses.non_saturating_generator_loss(FAKE)
    by_hand = -(math.log(_probability(0.5)) + math.log(_probability(-3))) / 2
    assert float(g_loss) == pytest.approx(by_hand, rel=1e-6)


# By hand, from the logits 2 and -1 (real), 0.5 and -3 (fake):
#   minimax: G -(ln(1 + e^0.5) + ln(1 + e^-3)) / 2
#   non-saturating: D as minimax (the test above), G (ln(1 + e^-0.5) + ln(1 + e^3)) / 2
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
    discriminator_loss = getattr(losses, f"{family}_discriminator_loss")
    generator_loss = getattr(losses, f"{family}_generator_loss")
    assert float(discriminator_loss(REAL, FAKE)) == pytest.approx(d_loss, rel=1e-5)
    assert float(generator_loss(FAKE)) == pytest.approx(g_loss, rel=1e-5)
    # An uneven number of real and fake images: each counts as one mean.
    more = tf.concat([FAKE, FAKE], axis=0)
    assert float(discriminator_loss(REAL, more)) == pytest.approx(d_loss, rel=1e-5)


@pytest.mark.parametrize(
    "family", ["minimax", "non_saturating", "least_squares", "hinge", "wasserstein"]
)
def test_downhill_on_each_loss_moves_the_logits_the_right_way(family):
    real, fake = tf.constant([[0.3]]), tf.constant([[-0.2]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss = getattr(losses, f"{family}_discriminator_loss")(real, fake)
        g_loss = getattr(losses, f"{family}_generator_loss")(fake)
    # Downhill, the discriminator lifts real logits, and the generator fake ones.
    assert tape.gradient(d_loss, real).numpy().item() < 0
    assert tape.gradient(g_loss, fake).numpy().item() < 0


@pytest.mark.parametrize(
    ("family", "gradient"), [("minimax", -0.01), ("non_saturating", -0.99)]
)
def test_gradient_where_the_discriminator_is_sure(family, gradient):
    logit = tf.constant([[math.log(0.01 / 0.99)]])  # D(G(z)) = 0.01
    with tf.GradientTape() as tape:
        tape.watch(logit)
        g_loss = getattr(losses, f"{family}_generator_loss")(logit)
    found = tape.gradient(g_loss, logit).numpy().item()
    assert found == pytest.approx(gradient, rel=1e-5)


def test_chance_level_is_two_log_two():
    zeros = tf.zeros((5, 1))
    d_loss = losses.non_saturating_discriminator_loss(zeros, zeros)
    assert float(d_loss) == pytest.approx(1.386294, abs=1e-6)


def test_uneven_batches_each_count_as_one_mean():
    real, fake = tf.zeros((3, 1)), tf.constant([[1.0]])
    d_loss = losses.non_saturating_discriminator_loss(real, fake)
    assert float(d_loss) == pytest.approx(math.log(2) + math.log(1 + math.e), rel=1e-6)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_huge_logits_stay_finite(size):
    logits = tf.constant([[size]])
    assert np.isfinite(losses.non_saturating_discriminator_loss(logits, logits))
    assert np.isfinite(losses.non_saturating_generator_loss(logits))
