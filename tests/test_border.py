"""What people get wrong is told in one clear sentence before the first step."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, layers
from tiny import SIZE, build, pictures, same, weights

from gan_tutorial import border, data, gan, losses, networks

GOOD = pictures(10)
FLOATS = data.to_model_range(GOOD)
FROM_0_TO_1 = FLOATS / 2 + 0.5
LABELS, ATTRIBUTES = np.arange(10) % 3, np.ones((10, 2), "float32")


def _with_nan(values):
    values = np.array(values, "float32")
    values[7].flat[0] = np.nan
    return values


def _stream(arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(5)


def _refused(model, x, message, **arguments):
    before = weights(model.generator)
    with pytest.raises(ValueError, match=message) as caught:
        model.fit(x, verbose=0, **arguments)
    assert len(str(caught.value)) < 350
    assert model.steps_taken == 0 and model.history is None
    assert same(before, weights(model.generator))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (None, "came as NoneType; expected an array"),
        ([GOOD, GOOD], "came as list; expected an array"),
        (GOOD[..., 0], r"\(10, 16, 16\); expected a last axis"),
        (GOOD[:0], "no images"),
        (GOOD[:1], "There is one image; expected two or more"),
        (GOOD[:, :-2], r"\(10, 14, 16, 1\); expected \(n, 16, 16, 1\)"),
        (pictures(4, 3), r"\(4, 16, 16, 3\); expected \(n, 16, 16, 1\)"),
        (GOOD.astype("int32"), "int32 .*expected uint8 from 0 to 255"),
        (GOOD > 99, "Multiply by 255"),
        (pictures(4, 6), r"uint8 of shape \(4, 16, 16, 6\); expected pictures with 1"),
        (GOOD // 128, "from 0 to 1; .*Multiply by 255"),
        (FROM_0_TO_1, "Multiply by 2 and subtract 1"),
        (GOOD.astype("float64"), "Divide by 127.5 and subtract 1"),
        (1.1 * FLOATS, "from -1.1 to 1.1; expected"),
        (_with_nan(FLOATS), "images hold NaN"),
        (np.full_like(FLOATS, np.inf), "images hold NaN or infinite"),
        (GOOD.astype(str), "images are of type <U3; expected numbers"),
        ({"pictures": GOOD}, "'images' among them|'images'.* did not come"),
        (lambda: _stream(GOOD.astype("float32")), "Divide by 127.5"),
        (lambda: _stream(FROM_0_TO_1), "Multiply by 2 and subtract 1"),
        (lambda: _stream(_with_nan(FLOATS)[5:]), "images hold NaN"),
        (lambda: _stream((GOOD, LABELS)), "came as tuple; expected a dictionary"),
        (lambda: iter([(GOOD, LABELS)]), "came as tuple; expected a dictionary"),
        (lambda: iter([]), "stream is empty"),
    ],
)
def test_images(x, message):
    _refused(build(), x() if callable(x) else x, message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": None}, r"\['labels'\] did not come"),
        ({"labels": LABELS[:9]}, r"\(9,\), and there are 10 images"),
        ({"labels": LABELS[:, None]}, r"\(10, 1\); expected \(10,\)"),
        ({"labels": LABELS.astype(str)}, "np.unique"),
        ({"labels": LABELS + 0.5}, "float32; expected whole numbers from 0 to 2"),
        ({"labels": LABELS + 1}, "from 1 to 3; expected whole numbers from 0 to 2"),
        ({"labels": LABELS - 1}, "from -1 to 1; expected"),
        ({"attributes": None}, r"\['attributes'\] did not come"),
        ({"attributes": ATTRIBUTES[:, :1]}, r"\(10, 1\); expected \(10, 2\)"),
        ({"attributes": _with_nan(ATTRIBUTES)}, "attributes hold NaN"),
    ],
)
@pytest.mark.parametrize("form", [dict, _stream])
def test_conditions(change, message, form):
    given = {"images": GOOD, "labels": LABELS, "attributes": ATTRIBUTES} | change
    given = {name: values for name, values in given.items() if values is not None}
    if form is _stream:
        if len(given.get("labels", LABELS)) != len(GOOD):
            return  # TensorFlow itself refuses other numbers of rows
        message = message.replace("(10", "(5").replace("hold NaN", "")
        given = {name: values[5:] for name, values in given.items()}
        if "from" in message:
            message = "expected whole numbers from 0 to 2"
    _refused(build(3, 2), form(given), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": LABELS}, "takes no y: name the conditions"),
        ({"validation_data": GOOD}, "takes no validation_data"),
        ({"validation_split": 0.2}, "takes no validation_split"),
        ({"sample_weight": np.ones(10)}, "takes no sample_weight"),
        ({"batch_size": 2.5}, "batch_size is 2.5; expected a whole number, 1 or more"),
        ({"batch_size": 0}, "batch_size is 0; expected"),
        ({"epochs": 1.5}, "epochs is 1.5; expected a whole number"),
        ({"epochs": "2"}, "epochs is '2'"),
        ({"initial_epoch": -1}, "initial_epoch is -1"),
    ],
)
def test_arguments_of_fit(arguments, message):
    _refused(build(), GOOD, message, **arguments)


def _table_gan():
    model = gan.GAN(
        networks.build_point_generator(3, 4, 8),
        networks.build_point_discriminator(4, 8),
    )
    _compile(model)
    return model


def _compile(model, **changes):
    usual = {
        "g_optimizer": keras.optimizers.Adam(),
        "d_optimizer": keras.optimizers.Adam(),
        "loss": losses.NON_SATURATING,
        "run_eagerly": True,
    }
    model.compile(**(usual | changes))


def test_a_table_with_one_nan():
    table = np.random.default_rng(0).normal(size=(10, 4))
    _refused(_table_gan(), _with_nan(table), "images hold NaN")


def test_fit_before_compile():
    model = gan.GAN(*_networks())
    with pytest.raises(ValueError, match="call gan.compile"):
        model.fit(GOOD, verbose=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": "mse"}, "loss is 'mse'; expected a losses.Loss"),
        ({"loss": losses.hinge_generator_loss}, "expected a losses.Loss"),
        ({"g_optimizer": "adam"}, "expected two Keras optimizers"),
        ({"d_penalty": losses.r1_penalty}, "expected a penalty with its settings"),
        ({"d_penalty": losses.R1(1.0, 0)}, "interval of d_penalty is 0"),
        ({"d_penalty": losses.R1}, "expected a penalty with its settings"),
        ({"d_penalty": losses.R1(-1)}, "gamma of d_penalty is -1; expected a number"),
        ({"d_penalty": losses.GradientPenalty(np.nan)}, "weight of d_penalty is nan"),
        ({"g_term": "l1"}, "g_term is 'l1'; expected a function"),
    ],
)
def test_arguments_of_compile(changes, message):
    with pytest.raises(ValueError, match=message):
        _compile(gan.GAN(*_networks()), **changes)


def test_optimizers_that_remember():
    model, one = build(), keras.optimizers.Adam()
    for g_optimizer, d_optimizer in ((one, one), (model.g_optimizer, one)):
        with pytest.raises(ValueError, match="make a new one for each player"):
            _compile(model, g_optimizer=g_optimizer, d_optimizer=d_optimizer)


def _networks(made=SIZE, judged=SIZE):
    return (
        networks.build_generator(4, (made, made, 1), 2),
        networks.build_discriminator((judged, judged, 1), 2),
    )


@pytest.mark.parametrize(
    "change", [{"d_steps": 0}, {"ema_momentum": 1.0}, {"seed": -1}, {"seed": True}]
)
def test_settings_of_the_gan(change):
    (name,) = change
    with pytest.raises(ValueError, match=f"{name} is {change[name]}; expected"):
        gan.GAN(*_networks(), **change)


def test_networks_that_cannot_play_together():
    with pytest.raises(ValueError, match="latent_dim is 0; expected a whole number"):
        networks.build_generator(0, (16, 16, 1))
    with pytest.raises(ValueError, match=r"makes .*\(16, 16, 1\), .* \(20, 20, 1\)"):
        gan.GAN(*_networks(judged=20))
    generator, discriminator = _networks()
    with pytest.raises(ValueError, match="expected 'images' among them"):
        gan.GAN(generator, generator)
    with pytest.raises(ValueError, match="came function"):
        gan.GAN(lambda latents: latents, discriminator)
    two = keras.Model(generator.inputs, [generator.output, generator.output])
    named = keras.Model(generator.inputs, {"images": generator.output})
    half = keras.Model(generator.inputs, keras.ops.cast(generator.output, "float16"))
    for other in (two, named, half):
        with pytest.raises(ValueError, match="expected one float32 tensor"):
            gan.GAN(other, discriminator)
    discriminator.trainable = False
    with pytest.raises(ValueError, match="Set discriminator.trainable = True"):
        gan.GAN(generator, discriminator)
    discriminator.trainable = True
    unnamed = keras.Sequential([Input((16, 16, 1)), layers.Conv2D(1, 1)])
    with pytest.raises(ValueError, match='without a name; .* name="source"'):
        gan.GAN(unnamed, discriminator)


def _ending(*last):
    return keras.Sequential([Input((16, 16, 1)), layers.Flatten(), *last])


def _functional():
    images = Input((16, 16, 1), name="images")
    probabilities = keras.ops.sigmoid(_ending(layers.Dense(1))(images))
    return keras.Model(images, keras.ops.squeeze(probabilities, axis=1))


@pytest.mark.parametrize("last", ["relu", "log_sigmoid", "log_softmax", None])
def test_a_discriminator_may_end_in_what_gives_no_probabilities(last):
    gan.GAN(_networks()[0], _ending(layers.Dense(1, activation=last)))


@pytest.mark.parametrize(
    "build_discriminator",
    [
        lambda: _ending(layers.Dense(1, activation="sigmoid")),
        lambda: _ending(layers.Dense(1), layers.Activation("sigmoid")),
        lambda: _ending(keras.Sequential([layers.Dense(1, activation="sigmoid")])),
        lambda: _ending(layers.Dense(1, activation="hard_sigmoid"), layers.Flatten()),
        lambda: _ending(layers.Dense(2), layers.Softmax()),
        lambda: _ending(
            layers.SpectralNormalization(layers.Dense(1, activation="sigmoid"))
        ),
        lambda: _ending(layers.Dense(1), layers.Lambda(tf.sigmoid)),
        lambda: _ending(
            layers.Dense(1, activation="sigmoid"),
            layers.Dropout(0.1),
            layers.Activation("linear"),
        ),
        _functional,
    ],
    ids=[
        *("dense", "activation", "nested", "reshaped", "softmax"),
        *("wrapped", "lambda", "dropped", "functional"),
    ],
)
def test_a_discriminator_that_ends_in_a_sigmoid(build_discriminator):
    with pytest.raises(ValueError, match="sigmoid or softmax.*expected logits"):
        gan.GAN(_networks()[0], build_discriminator())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Give num_images, .* or latents"),
        ({"num_images": 2, "latents": np.ones((2, 4))}, "and not both"),
        ({"num_images": 0, "labels": []}, "num_images is 0; expected"),
        ({"num_images": 2, "truncation": 1.5, "labels": [0, 1]}, "psi is 1.5"),
        ({"num_images": 2, "seed": 1.5, "labels": [0, 1]}, "seed is 1.5; expected"),
        ({"num_images": 2, "seed": -1, "labels": [0, 1]}, "seed is -1; expected"),
        ({"num_images": 2}, r"\['labels'\] did not come"),
        ({"num_images": 2, "labels": [0, 3]}, "from 0 to 3; expected .*0 to 2"),
        ({"num_images": 2, "labels": ["a", "b"]}, "expected whole numbers"),
        ({"num_images": 2, "labels": 1}, r"shape \(\); expected \(2,\)"),
        ({"num_images": 3, "labels": [0, 1]}, r"\(2,\); expected \(3,\)"),
        ({"num_images": 2, "labels": [0, 1], "style": 1}, r"\['style'\] came"),
        ({"latents": np.ones((2, 5)), "labels": [0, 1]}, r"\(2, 5\); expected \(2, 4"),
        ({"latents": np.full((1, 4), np.nan), "labels": [0]}, "latents hold NaN"),
    ],
)
def test_arguments_of_generate(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(3).generate(**arguments)


def _later(name, values):
    """Ten rows whose eighth, in the second batch of five, is a fault."""
    arrays = {"images": FLOATS.copy(), "labels": LABELS.astype("int64")}
    arrays[name][7] = values
    return arrays


LATER = [
    ("images", np.nan, "images hold NaN"),
    ("images", 3.0, "images are float32 .*expected uint8 from 0 to 255, or floats"),
    ("images", 255.0, "images are float32 .*expected uint8 from 0 to 255, or floats"),
    ("labels", 3, "labels go from 0 to 3; expected whole numbers from 0 to 2"),
    ("labels", -1, "labels go from -1 to 2; expected whole numbers from 0 to 2"),
]


@pytest.mark.parametrize("run_eagerly", [True, False])
@pytest.mark.parametrize(("name", "values", "message"), LATER)
def test_a_later_batch_of_a_stream_is_refused_when_its_turn_comes(
    name, values, message, run_eagerly
):
    model = build(3, run_eagerly=run_eagerly)
    with pytest.raises(ValueError, match=f"^In a later batch, {message}") as caught:
        model.fit(_stream(_later(name, values)), verbose=0)
    assert len(str(caught.value)) < 250
    assert model.steps_taken == 1  # The first batch was sound.


def test_a_later_batch_of_a_generator_is_refused_in_the_same_words():
    model, wrong = build(), _later("images", 3.0)["images"]
    stream = iter([GOOD[:5], GOOD[5:], FLOATS[:5], wrong[5:]])  # Keras peeks at two
    with pytest.raises(ValueError, match="^In a later batch, images are float32"):
        model.fit(stream, steps_per_epoch=4, verbose=0)


def test_a_bright_later_batch_of_a_generator_is_no_fault():
    """By itself it would look like pictures from 0 to 1."""
    bright = np.full_like(FLOATS[:5], 0.75)
    model = build()
    model.fit(iter([FLOATS[:5], bright, bright]), steps_per_epoch=3, verbose=0)
    assert model.steps_taken == 3


def test_a_stream_that_needs_no_watch_is_left_as_it_is():
    """Nothing is added to pictures of whole numbers, nor to points."""
    for model, arrays in ((build(), GOOD), (_table_gan(), np.ones((10, 4), "float32"))):
        inputs, stream = model.d_inputs | model.g_inputs, _stream(arrays)
        first = border.check_first(next(iter(stream)), inputs)
        assert border.watch(stream, first, inputs, []) is stream


def test_a_sound_stream_comes_through_the_watch_unchanged():
    model, stream = build(3), _stream({"images": FLOATS, "labels": LABELS})
    inputs, faults = model.d_inputs | model.g_inputs, []
    first = border.check_first(next(iter(stream)), inputs)
    watched = border.watch(stream, first, inputs, faults)
    assert watched is not stream and watched.element_spec == stream.element_spec
    images = np.concatenate([batch["images"] for batch in watched])
    np.testing.assert_array_equal(images, FLOATS)
    assert faults == []


def test_every_fit_looks_again():
    model = build()
    model.fit(_stream(FLOATS), verbose=0)
    for wrong in (FROM_0_TO_1, _with_nan(FLOATS)[5:]):
        with pytest.raises(ValueError, match="images"):
            model.fit(_stream(wrong), verbose=0)
    assert model.steps_taken == 2


def test_nan_in_points_stops_the_run_and_names_the_step():
    model, table = _table_gan(), np.random.default_rng(0).normal(size=(10, 4))
    message = "_loss is nan since generator step 2: .* batch with NaN"
    with pytest.raises(FloatingPointError, match=message):
        model.fit(_stream(_with_nan(table)), verbose=0)
    assert model.steps_taken == 2


def _ends_in(activation, channels=1, scale=4.0):
    """A GAN whose generator's last layer gets numbers far from 0, some dropped."""
    latents, shape = Input((4,), name="latents"), (SIZE, SIZE, channels)
    x = layers.Dense(SIZE * SIZE * channels)(latents)
    x = layers.BatchNormalization(gamma_initializer=keras.initializers.Constant(scale))(
        x
    )
    x = layers.Reshape(shape)(layers.Dropout(0.3)(x))
    generator = keras.Model(latents, layers.Activation(activation)(x))
    judge = [Input(shape), layers.Flatten(), layers.Dense(1)]
    model = gan.GAN(generator, keras.Sequential(judge), seed=1)
    _compile(model)
    return model


@pytest.mark.parametrize("activation", ["linear", "relu", "softplus"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_generator_whose_pictures_leave_the_range(activation, stream):
    model = _ends_in(activation)
    averages = [w.numpy() for w in model.generator.non_trainable_variables]
    message = r"makes pictures with values from .* to .*End it with activation=.tanh"
    _refused(model, _stream(GOOD) if stream else GOOD, message)
    assert same(averages, [w.numpy() for w in model.generator.non_trainable_variables])


def test_what_may_leave_the_range_passes():
    _ends_in("tanh").fit(GOOD, batch_size=5, verbose=0)
    model = _ends_in("linear", 5)  # maps of tiles of five kinds, as logits
    tiles = np.eye(5, dtype="float32")[
        np.arange(4 * SIZE * SIZE).reshape(4, SIZE, SIZE) % 5
    ]
    model.fit(tiles, verbose=0)
    assert model.steps_taken == 1 and np.abs(model.generate(4, seed=1)).max() > 1


def test_the_look_at_fakes_changes_no_training():
    """With dropout and averages in the generator: the same weights as without it."""
    found = []
    for looks in (1, 4):
        keras.utils.set_random_seed(3)
        model = _ends_in("tanh", scale=1.0)
        for _ in range(looks):
            model._check_fakes({"images": FLOATS})
        model.fit(GOOD, batch_size=5, verbose=0)
        found.append(model.generator.get_weights())
    assert same(*found)


def test_a_learning_rate_that_is_too_large_stops_the_run():
    model = build(optimizer=keras.optimizers.SGD, rate=1e30)
    with pytest.raises(FloatingPointError, match="learning rate that is too large"):
        model.fit(GOOD, batch_size=2, epochs=9, verbose=0)
    assert model.steps_taken < 9


def test_a_run_that_has_nothing_to_do_forgets_nothing():
    model = build()
    model.fit(GOOD, batch_size=5, epochs=2, verbose=0)
    before = dict(model.history.history)
    for epochs, initial_epoch in ((0, 0), (1, 5), (2, 2)):
        model.fit(GOOD, epochs=epochs, initial_epoch=initial_epoch, verbose=0)
        assert model.finished_epochs == 2 and model.history.history == before


def test_weights_that_break_in_the_last_step_are_noticed():
    model = build()
    model.g_optimizer.learning_rate = np.nan  # both losses are worked out before
    with pytest.raises(FloatingPointError, match="A weight is NaN .* step 1:"):
        model.fit(pictures(2), batch_size=2, verbose=0)
    assert model.finished_epochs == 0


def test_images_that_come_one_by_one_are_told_to_be_put_in_batches():
    stream = tf.data.Dataset.from_tensor_slices(GOOD)
    _refused(build(), stream, r"\(16, 16, 1\): the stream gives them one by one.*batch")


def test_a_condition_without_numbers_is_named():
    arrays = {"images": GOOD, "attributes": np.zeros((10, 0))}
    with pytest.raises(ValueError, match=r"attributes have shape \(10, 0\)"):
        data.batches(arrays)


def _translator():
    """A GAN from pictures to pictures: the generator takes no latents."""
    source = Input((SIZE, SIZE, 1), name="source")
    generator = keras.Model(source, layers.Conv2D(1, 1, activation="tanh")(source))
    return gan.GAN(generator, networks.build_discriminator((SIZE, SIZE, 1), 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": FROM_0_TO_1}, "Multiply by 2"),
        ({"source": GOOD.astype("float32")}, "Divide by 127.5"),
        ({"source": GOOD, "num_images": 7}, "and nothing else"),
        ({"source": GOOD, "seed": 1}, "and nothing else"),
        ({}, "no latents"),
    ],
)
def test_a_generator_without_latents_takes_its_conditions_alone(arguments, message):
    model = _translator()
    with pytest.raises(ValueError, match=message):
        model.generate(**arguments)
    assert model.generate(source=GOOD).shape == GOOD.shape
    assert model.steps_taken == 0  # also before compile
