"""Flow matching: Euler and the loss against sums by hand, and tiny trainings."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import data, latent
from gan_tutorial.lab import flow_matching


class Given(keras.layers.Layer):
    """A velocity that is known: 2 x + 3 t + label, for points with two numbers."""

    def call(self, images, times, labels):  # noqa: D102
        return 2 * images + 3 * times + tf.cast(labels, tf.float32)[:, None]


def known_velocity():
    images, times = keras.Input((2,), name="images"), keras.Input((1,), name="times")
    labels = keras.Input((), dtype="int32", name="labels")
    # Not in the order of the alphabet, in which Keras would take a dictionary.
    return keras.Model([times, images, labels], Given()(images, times, labels))


def test_generate_is_eulers_method_from_the_latents():
    flow = flow_matching.FlowMatching(known_velocity())
    labels = np.array([0, 4, 1, 2, 7])
    for num_steps in (1, 3):
        places = latent.sample_latents(5, (2,), 8)
        for k in range(num_steps):
            way = 2 * places + 3 * k / num_steps + labels[:, None]
            places = places + way / num_steps
        made = flow.generate(5, num_steps, seed=8, labels=labels)
        np.testing.assert_allclose(made, places, rtol=1e-5)


def test_many_rows_are_made_as_few_are():
    flow = flow_matching.FlowMatching(known_velocity())
    labels = np.arange(700) % 5
    many = flow.generate(700, 2, seed=1, labels=labels)
    few = flow.generate(3, 2, seed=1, labels=labels[:3])
    np.testing.assert_allclose(many[:3], few, rtol=1e-5)
    assert many.shape == (700, 2)


@pytest.mark.parametrize(("near_end", "by_hand"), [(0.0, 7 / 3 + 3), (0.5, 4.70833)])
def test_the_loss_is_the_squared_error_of_the_direction(near_end, by_hand):
    """A velocity equal to the place, data of 3: by hand E(2 - t)^2 + 9 E(1 - t)^2.

    With a bound, the later half of both integrals is multiplied by 4 (1 - t)^2.
    """
    images, times = keras.Input((2,), name="images"), keras.Input((1,), name="times")
    same = keras.layers.Dense(2, kernel_initializer="identity")
    model = keras.Model([images, times], same(images))
    flow = flow_matching.FlowMatching(model, near_end=near_end)
    flow.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    points = np.full((8000, 2), 3, np.float32)
    history = flow.fit({"images": points}, batch_size=1000, verbose=0)
    assert history.history["loss"][0] == pytest.approx(by_hand, abs=0.15)


def test_the_average_follows_the_weights():
    images, times = keras.Input((1,), name="images"), keras.Input((1,), name="times")
    dense = keras.layers.Dense(1, kernel_initializer="zeros")
    flow = flow_matching.FlowMatching(keras.Model([images, times], dense(images)), 0.5)
    flow.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    averages = [weight.numpy() for weight in flow.ema_velocity.weights]
    points = np.linspace(1, 2, 8, dtype=np.float32)[:, None]
    for step in range(1, 9):
        flow.fit({"images": points}, batch_size=8, verbose=0)
        keep = min(0.5, (1 + step) / (10 + step))
        pairs = zip(averages, flow.velocity.weights, strict=True)
        averages = [keep * old + (1 - keep) * new.numpy() for old, new in pairs]
    for average, weight in zip(averages, flow.ema_velocity.weights, strict=True):
        np.testing.assert_allclose(weight.numpy(), average, rtol=1e-4)
    assert abs(averages[1]) > 0.1


def pictures():
    """Bright pictures of class 0, dark ones of class 1."""
    labels = np.arange(64, dtype=np.int32) % 2
    levels = np.where(labels == 0, 230, 20).astype(np.uint8)
    return {"images": np.tile(levels[:, None, None, None], (1, 16, 16, 1))} | {
        "labels": labels
    }


def test_pictures_come_in_the_class_that_was_asked():
    keras.utils.set_random_seed(3)
    velocity = flow_matching.build_velocity((16, 16, 1), 2, width=32)
    flow = flow_matching.FlowMatching(velocity, 0.9, seed=3)
    flow.compile(keras.optimizers.Adam(1e-2), jit_compile=False)
    flow.fit(data.batches(pictures(), 16, steps=90), verbose=0)
    asked = np.arange(40) % 3 % 2  # 27 bright ones, 13 dark ones
    made = flow.generate(40, 4, seed=1, labels=asked)
    assert made.dtype == np.uint8 and made.shape == (40, 16, 16, 1)
    bright, dark = (made[asked == label].mean(axis=(1, 2, 3)) for label in (0, 1))
    assert np.mean(bright > 180) > 0.9 and np.mean(dark < 80) > 0.9


def test_one_pass_leads_to_the_picture_that_the_network_guesses():
    """At every time the guess is the same place: where the velocity ends."""
    keras.utils.set_random_seed(1)
    velocity = flow_matching.build_velocity((16, 20, 3), 4, width=32)
    places = np.random.default_rng(0).normal(size=(3, 16, 20, 3)).astype(np.float32)
    for time in (0.0, 0.4, 0.8, 15 / 16):
        times = np.full((3, 1), time, np.float32)
        way = velocity([places, times, np.array([0, 3, 1])]).numpy()
        assert way.shape == places.shape
        assert np.abs(places + (1 - time) * way).max() <= 1 + 1e-4


def test_bad_networks_and_numbers_are_refused():
    images = keras.Input((2,), name="images")
    with pytest.raises(ValueError, match="times"):
        flow_matching.FlowMatching(keras.Model(images, images))
    flow = flow_matching.FlowMatching(known_velocity())
    with pytest.raises(ValueError, match="near_end is 2"):
        flow_matching.FlowMatching(known_velocity(), near_end=2)
    with pytest.raises(ValueError, match="num_steps is 0"):
        flow.generate(2, 0, labels=[0, 1])
    with pytest.raises(ValueError, match="labels"):
        flow.generate(2, 1)
    with pytest.raises(ValueError, match="width"):
        flow_matching.build_velocity((28, 28, 1), 10, width=0)
