"""The two players: steps, sampling, and `fit` as Keras users know it."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import SIZE, build, pictures, same, weights

from gan_tutorial import data, latent, losses


def _batch(num_images=10):
    return {"images": tf.constant(data.to_model_range(pictures(num_images)))}


class Constant(NamedTuple):
    """A penalty that is always 1.5."""

    interval: int

    def __call__(self, judge, real_images, fake_images):
        return tf.constant(1.5)


def test_each_step_moves_one_player_only():
    model = build()
    g, d = weights(model.generator), weights(model.discriminator)
    model.discriminator_step(_batch())
    assert same(g, weights(model.generator))
    assert not same(d, weights(model.discriminator))
    d = weights(model.discriminator)
    model.generator_step(_batch())
    assert not same(g, weights(model.generator))
    assert same(d, weights(model.discriminator))


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_one_step_against_plain_gradient_descent(player):
    """A step of each player, worked out again without the class."""

    def distance(images, batch):
        return tf.reduce_mean(tf.abs(images - batch["images"]))

    model = build(optimizer=keras.optimizers.SGD, rate=0.1, g_term=distance)
    twin, batch = build(), _batch()
    latents = keras.random.normal((10, 4), seed=keras.random.SeedGenerator(1))
    with tf.GradientTape() as tape:
        made = twin.generator(latents, training=True)
        real = tf.sigmoid(twin.discriminator(batch["images"]))
        fake = tf.sigmoid(twin.discriminator(made))
        loss = -tf.reduce_mean(tf.math.log(fake))
        loss += tf.reduce_mean(tf.abs(made - batch["images"]))
        if player == "discriminator":
            loss = -tf.reduce_mean(tf.math.log(real) + tf.math.log(1 - fake))
    network = getattr(twin, player)
    gradients = tape.gradient(loss, network.trainable_variables)
    pairs = zip(weights(network), gradients, strict=True)
    expected = [w - 0.1 * g for w, g in pairs]
    getattr(model, f"{player}_step")(batch)
    for now, then in zip(weights(getattr(model, player)), expected, strict=True):
        np.testing.assert_allclose(now, then, atol=1e-6)
    tracker = model.trackers[f"{player[0]}_loss"]
    assert float(tracker.result()) == pytest.approx(float(loss), rel=1e-5)


def test_d_steps_counts_updates():
    model = build(d_steps=3, run_eagerly=False)
    model.fit(pictures(), batch_size=5, verbose=0)
    assert int(model.d_optimizer.iterations) == 6
    assert model.steps_taken == 2


@pytest.mark.parametrize(("interval", "factors"), [(1, [1, 1, 1]), (2, [2, 0, 2])])
def test_penalty_is_taken_at_its_interval_and_counts_as_often(interval, factors):
    model, batch = build(d_penalty=Constant(interval)), _batch()
    for factor in factors:
        penalty = model.penalty(batch["images"], batch["images"], batch)
        assert float(penalty) == 1.5 * factor
        model.discriminator_step(batch)


@pytest.mark.parametrize(("steps_before", "momentum"), [(0, 2 / 11), (500, 0.9)])
def test_average_follows_its_formula(steps_before, momentum):
    model = build(ema_momentum=0.9)
    model.g_optimizer.iterations.assign(steps_before)
    before = [w.numpy() for w in model.ema_generator.weights]
    model.fit(pictures(), batch_size=10, verbose=0)
    for average, old, new in zip(
        model.ema_generator.weights, before, model.generator.weights, strict=True
    ):
        expected = momentum * old + (1 - momentum) * new.numpy()
        np.testing.assert_allclose(average.numpy(), expected, atol=1e-6)


def test_the_average_makes_the_pictures():
    model = build()
    model.fit(pictures(), batch_size=5, epochs=2, verbose=0)
    latents = latent.sample_latents(2, 4, 0)
    made = model.generate(latents=latents)
    expected = np.asarray(model.ema_generator(latents))
    np.testing.assert_array_equal(made, data.to_display_range(expected))
    np.testing.assert_allclose(model.predict(latents, verbose=0), expected, atol=1e-6)
    assert not np.allclose(expected, model.generator(latents), atol=1e-2)


def test_generate_follows_the_seed():
    model = build()
    first, again = model.generate(7, seed=3), model.generate(7, seed=3)
    assert first.dtype == np.uint8 and first.shape == (7, SIZE, SIZE, 1)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, model.generate(7, seed=4))
    assert not np.array_equal(model.generate(7), model.generate(7))
    more = model.generate(251, seed=3)  # in more than one piece
    assert len(more) == 251
    np.testing.assert_allclose(more[:7].astype(int), first, atol=1)


def test_truncation_shortens_the_latents():
    model, latents = build(), latent.sample_latents(5, 4, 3)
    expected = model.generate(latents=0.25 * latents)
    assert not np.array_equal(expected, model.generate(5, seed=3))
    for sampled in ({"num_images": 5, "seed": 3}, {"latents": latents}):
        np.testing.assert_array_equal(
            model.generate(**sampled, truncation=0.25), expected
        )


def test_fakes_come_from_new_latents_or_from_those_of_the_batch():
    model, batch = build(), _batch()
    first, second = model.make_fakes(batch), model.make_fakes(batch)
    assert first.shape == batch["images"].shape
    assert not np.allclose(first, second)
    batch["latents"] = tf.constant(latent.sample_latents(10, 4, 2))
    expected = model.generator(batch["latents"], training=True)
    for _ in range(2):
        np.testing.assert_allclose(model.make_fakes(batch), expected, atol=1e-6)


def test_uint8_pictures_enter_the_networks_scaled():
    model, seen, images = build(), [], pictures(4)
    model.generator_step = lambda batch: seen.append(batch["images"].numpy())
    batches = data.batches(images, batch_size=4)
    assert batches[0]["images"].dtype == np.uint8
    dataset = tf.data.Dataset.from_tensors(images)
    for source in (batches, dataset, iter([{"images": images}])):
        model.fit(source, steps_per_epoch=1, verbose=0)
    expected = np.sort(data.to_model_range(images), axis=0)
    assert len(seen) == 3
    for taken in seen:
        np.testing.assert_array_equal(np.sort(taken, axis=0), expected)


def test_sampling_does_not_disturb_training():
    results = []
    for samples in (0, 5):
        model = build()
        for epoch in range(2):
            goal = {"epochs": epoch + 1, "initial_epoch": epoch}
            model.fit(pictures(), batch_size=5, verbose=0, **goal)
            for _ in range(samples):
                model.generate(3)
        results.append(weights(model.generator))
    assert same(*results)


def test_same_seed_same_run_and_other_seed_other_run():
    runs = []
    for seed in (1, 1, 2):
        model = build(d_penalty=losses.R1(1.0, 2), seed=seed, run_eagerly=False)
        model.fit(pictures(8), batch_size=4, epochs=2, verbose=0)
        runs.append(weights(model.generator))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_graph_and_eager_runs_agree():
    """The penalty's interval is a branch in the graph, a plain `if` without one."""
    results = []
    for run_eagerly in (True, False):
        model = build(d_penalty=losses.R1(1.0, 3), run_eagerly=run_eagerly)
        model.fit(pictures(), batch_size=5, epochs=2, verbose=0)
        results.append(weights(model.discriminator))
    for eager, graph in zip(*results, strict=True):
        np.testing.assert_allclose(eager, graph, atol=1e-4)


def test_history_progress_bar_and_callbacks_work(capsys):
    model, seen = build(), []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs)))
    )
    history = model.fit(pictures(), batch_size=4, epochs=2, callbacks=[callback])
    names = ["d_loss", "fake_accuracy", "g_loss", "real_accuracy"]
    assert seen == [(0, names), (1, names)]
    assert sorted(history.history) == names
    assert all(len(values) == 2 for values in history.history.values())
    assert "d_loss" in capsys.readouterr().out


def test_reported_figures_are_means_over_the_epoch():
    model = build(rate=0.0)
    history = model.fit(pictures(), batch_size=5, verbose=0)
    real = np.asarray(model.discriminator(data.to_model_range(pictures())))
    assert history.history["real_accuracy"][0] == pytest.approx(np.mean(real > 0))


def test_fit_compiles_the_step_for_each_size_of_batch():
    model, sizes = build(run_eagerly=False), []
    train_step = model.train_step

    def noting(batch):
        sizes.append(batch["images"].shape[0])  # a known size, not None
        return train_step(batch)

    model.train_step = noting
    model.fit(pictures(11), batch_size=4, epochs=3, verbose=0)
    assert sizes == [4, 3]


def test_several_steps_in_one_execution():
    model = build(run_eagerly=False, steps_per_execution=2)
    model.fit(pictures(), batch_size=5, verbose=0)
    assert model.steps_taken == 2


def test_interrupted_training_keeps_everything_and_goes_on():
    model = build()

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.steps_taken == 7:
                raise KeyboardInterrupt

    arguments = {"batch_size": 5, "callbacks": [Interrupt()], "verbose": 0}
    with pytest.raises(KeyboardInterrupt):
        model.fit(pictures(), epochs=9, **arguments)
    assert model.finished_epochs == 3
    assert len(model.history.history["g_loss"]) == 3
    history = model.fit(pictures(), epochs=5, initial_epoch=3, **arguments)
    assert model.finished_epochs == 5
    assert len(history.history["g_loss"]) == 5


def test_a_fit_that_fails_at_once_keeps_the_history():
    model = build()
    model.fit(pictures(), epochs=2, verbose=0)
    figures = {name: list(values) for name, values in model.history.history.items()}
    for wrong in ({"y": pictures()}, {"callbacks": ["none"]}):
        with pytest.raises((ValueError, AttributeError)):
            model.fit(data.batches(pictures()), verbose=0, **wrong)
    assert model.finished_epochs == 2
    assert model.history.history == figures


def test_a_run_that_goes_on_from_earlier_drops_the_later_figures():
    model = build()
    first = model.fit(pictures(), batch_size=5, epochs=3, verbose=0)
    again = model.fit(pictures(), batch_size=5, epochs=4, initial_epoch=2, verbose=0)
    assert again.epoch == [0, 1, 2, 3]
    assert len(again.history["g_loss"]) == 4
    assert again.history["g_loss"][:2] == first.history["g_loss"][:2]
    assert len(first.history["g_loss"]) == 3
