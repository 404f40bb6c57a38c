"""Clipped, noisy steps against a loop over single pairs, and against a plain GAN."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from gan_tutorial import gan, losses, networks, translation
from gan_tutorial.lab import private

TERMS_BY_PLACE = losses.NON_SATURATING, None, translation.Distance(1)


def build(limit=1.0, noise=0.0, rate=0.1, plain=False, **terms):
    keras.utils.set_random_seed(3)
    pair = networks.build_generator(4, (16, 16, 1), 2), judge()
    model = gan.GAN(*pair, seed=1)
    if not plain:
        model = private.NoisyGAN(*pair, limit, noise, seed=1)
    model.compile(
        keras.optimizers.SGD(rate),
        keras.optimizers.SGD(rate),
        losses.NON_SATURATING,
        run_eagerly=True,
        **terms,
    )
    return model


def judge(**changes):
    return networks.build_discriminator((16, 16, 1), 2, **changes)


def step_of(model, batch):
    """What a step with the rate 0.1 of plain SGD says that the gradient was."""
    before = [v.numpy() for v in model.d_variables]
    model.discriminator_step(batch)
    after = [v.numpy() for v in model.d_variables]
    return np.concatenate(
        [(b - a).ravel() / 0.1 for b, a in zip(before, after, strict=True)]
    )


def draw_batch(num, scale=1.0):
    rng = np.random.default_rng(num)
    real = rng.uniform(-scale, scale, (num, 16, 16, 1)).astype(np.float32)
    return {"images": real, "latents": rng.normal(size=(num, 4)).astype(np.float32)}


def gradients_one_by_one(model, batch):
    """The gradient of each pair by itself, from the loss written out."""
    fakes = model.make_fakes(batch)
    for real, fake in zip(batch["images"], fakes, strict=True):
        with tf.GradientTape() as tape:
            a, b = model.discriminator(real[None]), model.discriminator(fake[None])
            loss = tf.math.log1p(tf.exp(-a[0, 0])) + tf.math.log1p(tf.exp(b[0, 0]))
        parts = tape.gradient(loss, model.d_variables)
        yield np.concatenate([part.numpy().ravel() for part in parts])


def test_each_pair_is_clipped_before_they_are_added():
    model = build()
    batch = draw_batch(5)
    batch["images"] *= np.arange(5).reshape(5, 1, 1, 1) / 4  # some short, some long
    rows = list(gradients_one_by_one(model, batch))
    lengths = [np.linalg.norm(row) for row in rows]
    model.limit = float(np.median(lengths))
    expected = [r * min(1, model.limit / n) for r, n in zip(rows, lengths, strict=True)]
    assert min(lengths) < model.limit < max(lengths)
    np.testing.assert_allclose(step_of(model, batch), np.mean(expected, 0), atol=2e-6)


def test_without_a_limit_and_noise_it_is_a_plain_gan():
    batch = draw_batch(3)
    with_limit, plain = (build(1e6, plain=plain) for plain in (False, True))
    steps = [step_of(model, batch) for model in (with_limit, plain)]
    np.testing.assert_allclose(*steps, atol=2e-6)
    figures = [
        {name: float(t.result()) for name, t in model.trackers.items()}
        for model in (with_limit, plain)
    ]
    assert figures[0] == pytest.approx(figures[1])


def test_the_noise_has_the_spread_that_was_asked_and_is_new_in_each_step():
    batch, model = draw_batch(4), build(0.5, noise=3.0, rate=0.0)
    quiet = step_of(build(0.5), batch)
    model.d_optimizer.learning_rate = 0.1
    first = step_of(model, batch) - quiet
    assert first.std() == pytest.approx(3.0 * 0.5 / 4, rel=0.1)
    assert abs(first.mean()) < 5 * first.std() / np.sqrt(first.size)
    again = build(0.5, noise=3.0)
    np.testing.assert_allclose(step_of(again, batch) - quiet, first, atol=1e-5)
    rows = tf.zeros((4, 200))
    one, two = again.noisy_mean(rows), again.noisy_mean(rows)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.3


def test_it_trains_in_compiled_code():
    model = build(noise=0.1, rate=0.01)
    model.run_eagerly = False
    history = model.fit(tiny.pictures(8), batch_size=4, verbose=0)
    assert 0 < history.history["d_loss"][-1] < 5
    assert model.generate(2, seed=0).shape == (2, 16, 16, 1)


def with_batch_norm():
    inner = keras.Sequential(
        [keras.layers.Flatten(), keras.layers.BatchNormalization()]
    )
    images = keras.Input((16, 16, 1), name="images")
    return keras.Model(images, keras.layers.Dense(1)(inner(images)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build(limit=0), "limit is 0; expected a number, 1e-06, or more"),
        (lambda: build(noise=-1.0), "noise is -1.0; expected a number, 0, or more"),
        (lambda: build(d_penalty=losses.R1(0.1)), "R1.* and g_term is None; expected"),
        (lambda: build(g_term=translation.Distance(1)), "None and g_term is Distance"),
        (
            lambda: build().compile(
                keras.optimizers.SGD(), keras.optimizers.SGD(), *TERMS_BY_PLACE
            ),
            "g_term is Distance",
        ),
        (
            lambda: private.NoisyGAN(
                networks.build_generator(4, (16, 16, 1), 2), with_batch_norm(), 1, 0
            ),
            "has BatchNormalization",
        ),
        (
            lambda: private.NoisyGAN(
                networks.build_generator(4, (16, 16, 1), 2, num_classes=3),
                judge(num_classes=3),
                1.0,
                0.0,
            ),
            "a condition would be a second way",
        ),
    ],
)
def test_other_ways_to_the_weights_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
