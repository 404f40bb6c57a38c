"""The two players: steps, conditions, sampling, and `fit` as Keras users know it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import data, gan, losses, networks

SIZE = 16


def _build(
    d_penalty_fn=None,
    learning_rate=0.01,
    interval=1,
    conditions=(),
    run_eagerly=True,
    **kwargs,
):
    """A tiny GAN, the same one for the same seed; few steps are quicker eagerly."""
    keras.utils.set_random_seed(5)
    generator = networks.build_generator(4, (SIZE, SIZE, 1), 2, *conditions)
    discriminator = networks.build_discriminator((SIZE, SIZE, 1), 2, *conditions)
    model = gan.GAN(generator, discriminator, 4, **{"seed": 1, **kwargs})
    model.compile(
        keras.optimizers.Adam(learning_rate),
        keras.optimizers.Adam(learning_rate),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
        d_penalty_fn,
        d_penalty_weight=0.5,
        d_penalty_interval=interval,
        run_eagerly=run_eagerly,
    )
    return model


def _images(num_images=10, channels=1):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, SIZE, SIZE, channels), dtype=np.uint8)


def _weights(network):
    return [w.numpy() for w in network.trainable_variables]


def _same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_each_step_moves_one_player_only():
    model = _build()
    images = tf.constant(data.to_model_range(_images()))
    g, d = _weights(model.generator), _weights(model.discriminator)
    model._discriminator_step(images, [])
    assert _same(g, _weights(model.generator))
    assert not _same(d, _weights(model.discriminator))
    d = _weights(model.discriminator)
    model._generator_step(images, [])
    assert not _same(g, _weights(model.generator))
    assert _same(d, _weights(model.discriminator))


def test_one_step_against_plain_gradient_descent():
    """The discriminator's step, worked out again without the class."""
    model = _build()
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
    )
    twin = _build()
    images = tf.constant(data.to_model_range(_images()))
    latents = keras.random.normal((10, 4), seed=keras.random.SeedGenerator(1))
    with tf.GradientTape() as tape:
        real = tf.sigmoid(twin.discriminator(images))
        fake = tf.sigmoid(twin.discriminator(twin.generator(latents, training=True)))
        loss = -tf.reduce_mean(tf.math.log(real)) - tf.reduce_mean(
            tf.math.log(1 - fake)
        )
    gradients = tape.gradient(loss, twin.discriminator.trainable_variables)
    pairs = zip(_weights(twin.discriminator), gradients, strict=True)
    expected = [w - 0.1 * g for w, g in pairs]
    model._discriminator_step(images, [])
    for now, then in zip(_weights(model.discriminator), expected, strict=True):
        np.testing.assert_allclose(now, then, atol=1e-6)


def test_d_steps_counts_updates():
    model = _build(d_steps=3, run_eagerly=False)
    model.fit(_images(), batch_size=5, epochs=1, verbose=0)
    assert int(model.d_optimizer.iterations) == 6
    assert int(model.g_optimizer.iterations) == 2


@pytest.mark.parametrize(("interval", "factors"), [(1, [1, 1, 1]), (2, [2, 0, 2])])
def test_penalty_is_weighted_and_taken_at_its_interval(interval, factors):
    model = _build(lambda *_: tf.constant(3.0), interval=interval)
    images = tf.constant(data.to_model_range(_images()))
    for factor in factors:
        penalty = model._penalty(lambda x: x, images, images)
        assert float(penalty) == pytest.approx(0.5 * 3 * factor)
        model._discriminator_step(images, [])


def test_penalty_reaches_the_discriminator():
    images = _images()
    weights = []
    for penalty in (None, losses.r1_penalty):
        model = _build(penalty, interval=2)
        model.fit(images, batch_size=10, epochs=1, verbose=0)
        weights.append(_weights(model.discriminator))
    assert not _same(*weights)


@pytest.mark.parametrize(("steps_before", "momentum"), [(0, 2 / 11), (500, 0.9)])
def test_average_follows_its_formula(steps_before, momentum):
    model = _build(ema_momentum=0.9)
    model.g_optimizer.iterations.assign(steps_before)
    before = [w.numpy() for w in model.ema_generator.weights]
    model.fit(_images(), batch_size=10, epochs=1, verbose=0)
    for average, old, new in zip(
        model.ema_generator.weights, before, model.generator.weights, strict=True
    ):
        expected = momentum * old + (1 - momentum) * new.numpy()
        np.testing.assert_allclose(average.numpy(), expected, atol=1e-6)


def test_the_average_makes_the_pictures():
    model = _build()
    model.fit(_images(), batch_size=5, epochs=2, verbose=0)
    latents = np.ones((2, 4), "float32")
    made = model.generate_from_latents(latents)
    np.testing.assert_allclose(made, model.ema_generator(latents), atol=1e-6)
    assert not np.allclose(made, model.generator(latents), atol=1e-4)
    np.testing.assert_allclose(made, model.predict(latents, verbose=0), atol=1e-6)


def test_generate_follows_the_seed():
    model = _build()
    first, again = model.generate(7, seed=3), model.generate(7, seed=3)
    assert first.dtype == np.float32 and first.shape == (7, SIZE, SIZE, 1)
    assert np.abs(first).max() <= 1
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, model.generate(7, seed=4))
    assert not np.array_equal(model.generate(7), model.generate(7))
    assert model.generate(251, seed=3).shape[0] == 251


def test_sampling_does_not_disturb_training():
    """A run with samples taken in between equals one without."""
    results = []
    for samples in (0, 5):
        model = _build()
        for epoch in range(2):
            goal = {"epochs": epoch + 1, "initial_epoch": epoch}
            model.fit(_images(), batch_size=5, verbose=0, **goal)
            for _ in range(samples):
                model.generate(3)
        results.append(_weights(model.generator))
    assert _same(*results)


def test_same_seed_same_run_and_other_seed_other_run():
    runs = []
    for seed in (1, 1, 2):
        model = _build(losses.r1_penalty, interval=2, seed=seed, run_eagerly=False)
        model.fit(_images(), batch_size=4, epochs=2, verbose=0)
        runs.append(_weights(model.generator))
    assert _same(runs[0], runs[1])
    assert not _same(runs[0], runs[2])


def test_graph_and_eager_runs_agree():
    """The penalty's interval is a branch in the graph, a plain `if` without one."""
    results = []
    for run_eagerly in (True, False):
        model = _build(losses.r1_penalty, interval=3, run_eagerly=run_eagerly)
        model.fit(_images(), batch_size=5, epochs=2, verbose=0)
        results.append(_weights(model.discriminator))
    for eager, graph in zip(*results, strict=True):
        np.testing.assert_allclose(eager, graph, atol=1e-4)


def test_history_progress_bar_and_callbacks_work(capsys):
    model = _build()
    seen = []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs)))
    )
    history = model.fit(_images(), batch_size=4, epochs=2, callbacks=[callback])
    names = ["d_loss", "fake_accuracy", "g_loss", "real_accuracy"]
    assert seen == [(0, names), (1, names)]
    assert sorted(history.history) == names
    assert all(len(values) == 2 for values in history.history.values())
    assert "d_loss" in capsys.readouterr().out


def test_reported_losses_are_means_over_the_epoch():
    model = _build(learning_rate=0.0)
    history = model.fit(_images(), batch_size=10, epochs=1, verbose=0)
    images = data.to_model_range(_images())
    real = np.asarray(model.discriminator(images))
    assert history.history["real_accuracy"][0] == pytest.approx(np.mean(real > 0))


@pytest.mark.parametrize("num_images", [3, 9])
def test_short_batches_and_tiny_data_sets_train(num_images):
    model = _build(losses.r1_penalty)
    history = model.fit(_images(num_images), batch_size=4, epochs=1, verbose=0)
    assert np.isfinite(history.history["g_loss"]).all()
    assert int(model.g_optimizer.iterations) == -(-num_images // 4)


def test_fit_compiles_the_step_for_each_size_of_batch():
    model = _build(run_eagerly=False)
    sizes = []
    train_step = model.train_step

    def noting(batch):
        sizes.append(batch[0].shape[0])  # a known size, not None
        return train_step(batch)

    model.train_step = noting
    model.fit(_images(11), batch_size=4, epochs=3, verbose=0)
    assert sizes == [4, 3]


def test_tf_dataset_and_steps_per_execution_work():
    model = _build()
    images = data.to_model_range(_images())
    model.fit(tf.data.Dataset.from_tensor_slices(images).batch(4), epochs=2, verbose=0)
    assert int(model.g_optimizer.iterations) == 6
    model.compile(
        keras.optimizers.Adam(),
        keras.optimizers.Adam(),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
        steps_per_execution=2,
    )
    model.fit(images, batch_size=5, epochs=1, verbose=0)
    assert int(model.g_optimizer.iterations) == 2


@pytest.mark.parametrize("conditions", [(3, None), (None, 2), (3, 2)])
def test_conditions_train_and_are_obeyed_by_the_interface(conditions):
    num_classes, num_attributes = conditions
    model = _build(losses.r1_penalty, conditions=conditions, run_eagerly=False)
    assert (model.num_classes, model.num_attributes) == conditions
    labels = np.arange(10) % 3 if num_classes else None
    attributes = np.random.default_rng(0).random((10, 2)) if num_attributes else None
    given = [c for c in (labels, attributes) if c is not None]
    y = given[0] if len(given) == 1 else tuple(given)
    model.fit(_images(), y, batch_size=4, epochs=1, verbose=0)
    model.fit(
        data.batches(_images(), labels, attributes, batch_size=4), epochs=1, verbose=0
    )
    made = model.generate(10, labels, attributes, seed=0)
    assert made.shape == (10, SIZE, SIZE, 1)
    with pytest.raises(ValueError, match="give (labels|attributes)"):
        model.generate(3)
    other = [None if c is None else c[::-1].copy() for c in (labels, attributes)]
    assert not np.allclose(made, model.generate(10, *other, seed=0), atol=1e-5)


def test_interrupted_training_keeps_everything_and_goes_on():
    model = _build(run_eagerly=False)

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.g_optimizer.iterations) == 7:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(_images(), batch_size=5, epochs=9, callbacks=[Interrupt()], verbose=0)
    assert model.finished_epochs == 3
    assert len(model.history.history["g_loss"]) == 3
    assert np.isfinite(model.generate(2)).all()
    history = model.fit(
        _images(),
        batch_size=5,
        epochs=5,
        initial_epoch=model.finished_epochs,
        callbacks=[Interrupt()],
        verbose=0,
    )
    assert model.finished_epochs == 5
    assert len(history.history["g_loss"]) == 5


def _networks(**changes):
    arguments = {"latent_dim": 4, "made": 16, "judged": 16, "g": (), "d": ()} | changes
    return (
        networks.build_generator(
            arguments["latent_dim"], (arguments["made"],) * 2 + (1,), 2, *arguments["g"]
        ),
        networks.build_discriminator(
            (arguments["judged"],) * 2 + (1,), 2, *arguments["d"]
        ),
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"latent_dim": 5}, "latent_dim is 4, but the generator takes .*5,"),
        ({"judged": 20}, r"makes .*\(16, 16, 1\), .* takes \(20, 20, 1\)"),
        ({"g": (3,)}, "same num_classes"),
        ({"g": (3,), "d": (None, 2)}, "same num_classes"),
        ({"g": (3,), "d": (5,)}, "same num_classes"),
    ],
)
def test_networks_that_disagree_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        gan.GAN(*_networks(**changes), latent_dim=4)


def test_a_discriminator_must_give_one_logit():
    generator, discriminator = _networks()
    features = keras.Model(
        discriminator.inputs, discriminator.get_layer("features").output
    )
    with pytest.raises(ValueError, match="expected one logit"):
        gan.GAN(generator, features, latent_dim=4)


@pytest.mark.parametrize("change", [{"d_steps": 0}, {"ema_momentum": 1.0}])
def test_numbers_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match="d_steps is"):
        gan.GAN(*_networks(), latent_dim=4, **change)


def test_a_pair_of_conditions_must_be_a_pair():
    with pytest.raises(ValueError, match="pair"):
        _build(conditions=(3, 2)).fit(_images(), np.zeros(10, int), verbose=0)


def _pair():
    return keras.optimizers.Adam(), keras.optimizers.Adam()


def test_what_compile_cannot_use_is_refused():
    model, one = _build(), keras.optimizers.Adam()
    fns = (
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
    )
    for optimizers in ((one, one), (model.g_optimizer, one)):
        with pytest.raises(ValueError, match="a new one for each player"):
            model.compile(*optimizers, *fns)
    with pytest.raises(ValueError, match="expected two Keras optimizers"):
        model.compile("adam", "adam", *fns)
    with pytest.raises(ValueError, match="must be functions"):
        model.compile(*_pair(), None, None)
    with pytest.raises(ValueError, match="d_penalty_interval is 0"):
        model.compile(*_pair(), *fns, losses.r1_penalty, d_penalty_interval=0)


def test_conditions_of_other_names_or_without_an_embedding_are_refused():
    def build(name, dtype="int32"):
        latents = keras.Input((4,), name="latents")
        condition = keras.Input((), dtype=dtype, name=name)
        as_column = keras.layers.Reshape((1,))(condition)
        joined = keras.layers.Concatenate()([latents, as_column])
        images = keras.layers.Reshape((16, 16, 1))(keras.layers.Dense(256)(joined))
        return keras.Model([latents, condition], images)

    _, discriminator = _networks(d=(3,))
    with pytest.raises(ValueError, match=r"conditions named \['type'\]"):
        gan.GAN(build("type", "float32"), discriminator, latent_dim=4)
    with pytest.raises(ValueError, match="must go to an Embedding"):
        gan.GAN(build("labels", "float32"), discriminator, latent_dim=4)


BAD_IMAGES = [
    (_images().astype("float64"), "float64"),
    (_images().astype("float32"), "-1 to 1"),
    (np.full((4, SIZE, SIZE, 1), np.nan, "float32"), "nan"),
    (_images()[..., 0], "shape"),
    (_images()[:0], "shape|no images|empty"),
    (_images()[:, :-2], "multiple"),
    (_images(channels=3), r"shape \(16, 16, 3\).*built for \(16, 16, 1\)"),
]


@pytest.mark.parametrize(("images", "message"), BAD_IMAGES)
def test_bad_images_are_refused_before_any_step(images, message):
    model = _build()
    before = _weights(model.generator)
    with pytest.raises(ValueError, match=message):
        model.fit(images, epochs=1, verbose=0)
    assert int(model.g_optimizer.iterations) == 0
    assert _same(before, _weights(model.generator))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(9), "9|length"),
        (np.full(10, 3), "whole numbers from 0 to 2"),
        (np.full(10, -1), "-1|0 or more"),
        (np.full(10, 0.5), "whole number"),
        (None, "give labels"),
    ],
)
def test_bad_labels_are_refused_before_any_step(labels, message):
    model = _build(conditions=(3,))
    with pytest.raises(ValueError, match=message):
        model.fit(_images(), labels, epochs=1, verbose=0)
    assert int(model.g_optimizer.iterations) == 0


def test_labels_for_a_gan_without_classes_are_refused():
    model = _build()
    with pytest.raises(ValueError, match="built without"):
        model.fit(_images(), np.zeros(10, int), epochs=1, verbose=0)
    with pytest.raises(ValueError, match="built without"):
        model.generate(2, labels=[0, 1])


def test_datasets_of_another_form_are_refused():
    images = data.to_model_range(_images(channels=3))
    with pytest.raises(ValueError, match=r"shape \(16, 16, 3\)"):
        _build().fit(
            tf.data.Dataset.from_tensor_slices(images).batch(4), epochs=1, verbose=0
        )
    images = images[..., :1]
    pairs = tf.data.Dataset.from_tensor_slices((images, np.zeros(10, int))).batch(4)
    with pytest.raises(ValueError, match="holds 1 conditions"):
        _build().fit(pairs, epochs=1, verbose=0)


def test_datasets_of_another_type_are_refused():
    dataset = tf.data.Dataset.from_tensor_slices(_images()).batch(4)
    with pytest.raises(ValueError, match="uint8 images; expected float32"):
        _build().fit(dataset, epochs=1, verbose=0)


@pytest.mark.parametrize(
    "arguments",
    [
        {"x": None},
        {"x": [_images(), _images()]},
        {"x": _images(), "validation_data": _images()},
        {"x": _images(), "validation_split": 0.2},
        {"x": _images(), "sample_weight": np.ones(10)},
        {"x": _images(), "batch_size": 0},
    ],
)
def test_arguments_of_fit_that_make_no_sense_are_refused(arguments):
    with pytest.raises(ValueError, match="came as|takes no|batch_size"):
        _build().fit(**arguments)


def test_a_fit_that_fails_at_once_keeps_the_history():
    model = _build()
    model.fit(_images(), epochs=2, verbose=0)
    figures = {name: list(values) for name, values in model.history.history.items()}
    with pytest.raises(ValueError):
        model.fit(data.batches(_images()), _images(), epochs=1, verbose=0)
    assert model.finished_epochs == 2
    assert model.history.history == figures


def test_a_run_that_goes_on_from_earlier_drops_the_later_figures():
    model = _build()
    first = model.fit(_images(), batch_size=5, epochs=3, verbose=0)
    again = model.fit(_images(), batch_size=5, epochs=4, initial_epoch=2, verbose=0)
    assert again.epoch == [0, 1, 2, 3]
    assert len(again.history["g_loss"]) == 4
    assert again.history["g_loss"][:2] == first.history["g_loss"][:2]
    assert len(first.history["g_loss"]) == 3


@pytest.mark.parametrize("width", [3, 5])
def test_latents_of_the_wrong_width_are_refused(width):
    with pytest.raises(ValueError, match=rf"\(2, {width}\); expected .* 4"):
        _build().generate_from_latents(np.zeros((2, width)))


def test_generate_refuses_no_images():
    with pytest.raises(ValueError, match="num_images is 0"):
        _build().generate(0)
