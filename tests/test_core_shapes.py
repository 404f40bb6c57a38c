"""Kinds of data and of networks that the core has never heard of: all of them train."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Input, Model, layers
from tiny import pictures

from gan_tutorial import callbacks, data, gan, losses, networks

RNG = np.random.default_rng(0)


def _u_net(with_latents=False, conditions="source", channels=3):
    """Two halvings and back, with a bridge; latents join in the middle."""
    source = Input((16, 16, channels), name=conditions)
    wide = layers.Conv2D(4, 4, 2, "same", activation="relu")(source)
    x = layers.Conv2D(4, 4, 2, "same", activation="relu")(wide)
    inputs = [source]
    if with_latents:
        inputs.append(Input((5,), name="latents"))
        extra = layers.Reshape((4, 4, 1))(layers.Dense(16)(inputs[1]))
        x = layers.Concatenate()([x, extra])
    x = layers.Conv2DTranspose(4, 4, 2, "same", activation="relu")(x)
    x = layers.Concatenate()([x, wide])
    images = layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x)
    return Model(inputs, images)


def _patch_gan(conditions="source", channels=3):
    source = Input((16, 16, channels), name=conditions)
    images = Input((16, 16, 3), name="images")
    x = layers.Concatenate()([source, images])
    x = layers.Conv2D(4, 4, 2, "same", activation="leaky_relu")(x)
    logits = layers.Conv2D(1, 3, padding="same")(x)
    return Model({conditions: source, "images": images}, logits)  # by name, not in line


def _tiles():
    latents = Input((4,))
    x = layers.Reshape((16, 16, 8))(layers.Dense(16 * 16 * 8)(latents))
    images = Input((16, 16, 8))
    features = layers.Flatten()(layers.Conv2D(4, 4, 4, activation="relu")(images))
    return Model(latents, layers.Softmax()(x)), Model(images, layers.Dense(1)(features))


def _table():
    """Four numbers and one of two kinds, one-hot, in one row."""
    latents = Input((4,))
    x = layers.Dense(8, activation="relu")(latents)
    kind = layers.Dense(2, activation="softmax")(x)
    rows = layers.Concatenate()([layers.Dense(4)(x), kind])
    return Model(latents, rows), networks.build_point_discriminator(6, 8)


def _dcgan(side, channels=1, **conditions):
    shape = side, side, channels
    return (
        networks.build_generator(4, shape, 4, **conditions),
        networks.build_discriminator(shape, 4, **conditions),
    )


def _pairs(num=6, name="source", channels=3):
    masks = 255 * RNG.integers(0, 2, (num, 16, 16, 1), dtype=np.uint8)
    source = masks if channels == 1 else pictures(num, 3)
    return {"images": 255 - pictures(num, 3), name: source}


def _conditions(side, num=6):
    return {
        "images": pictures(num, size=side),
        "labels": np.arange(num) % 3,
        "attributes": RNG.normal(size=(num, 2)),
    }


def _one_hot(shape, depth):
    return np.eye(depth, dtype="float32")[RNG.integers(0, depth, shape)]


def _mixed_table(num=6):
    numbers = RNG.normal(size=(num, 4)).astype("float32")
    return np.concatenate([numbers, _one_hot(num, 2)], axis=1)


def _distance(images, batch):
    return 10 * tf.reduce_mean(tf.abs(images - batch["images"]))


BOTH = {"num_classes": 3, "num_attributes": 2}
# What to build, what to train on, what `generate` takes, and what comes of it.
CASES = {
    "class and attributes, 64 pixels": (
        lambda: _dcgan(64, **BOTH),
        lambda: _conditions(64),
        {"num_images": 2, "labels": [0, 2], "attributes": np.zeros((2, 2))},
        ("uint8", (2, 64, 64, 1)),
    ),
    "picture to picture": (
        lambda: (_u_net(), _patch_gan()),
        _pairs,
        {"source": pictures(2, 3)},
        ("uint8", (2, 16, 16, 3)),
    ),
    "picture and latents to picture": (
        lambda: (_u_net(with_latents=True), _patch_gan()),
        _pairs,
        {"num_images": 2, "source": pictures(2, 3)},
        ("uint8", (2, 16, 16, 3)),
    ),
    "mask to picture": (
        lambda: (_u_net(False, "masks", 1), _patch_gan("masks", 1)),
        lambda: _pairs(6, "masks", 1),
        {"masks": np.full((2, 16, 16, 1), 255, np.uint8)},
        ("uint8", (2, 16, 16, 3)),
    ),
    "colour with opacity": (
        lambda: _dcgan(32, 4),
        lambda: pictures(6, 4, 32),
        {"num_images": 2},
        ("uint8", (2, 32, 32, 4)),
    ),
    "maps of tiles": (
        _tiles,
        lambda: _one_hot((6, 16, 16), 8),
        {"num_images": 2},
        ("float32", (2, 16, 16, 8)),
    ),
    "a table": (_table, _mixed_table, {"num_images": 2}, ("float32", (2, 6))),
}


def _compile(players, **settings):
    keras.utils.set_random_seed(1)
    model = gan.GAN(*players(), seed=1)
    optimizers = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)
    model.compile(*optimizers, losses.NON_SATURATING, losses.R1(0.1, 2), **settings)
    return model


def _train(model, source, **arguments):
    """Trains, and sees that all losses are finite and that both networks learned."""
    networks_ = model.generator, model.discriminator, model.ema_generator
    before = [network.get_weights() for network in networks_]
    history = model.fit(source, verbose=0, **arguments).history
    assert all(np.isfinite(values).all() for values in history.values())
    for old, network in zip(before, networks_, strict=True):
        for a, b, variable in zip(old, network.weights, network.weights, strict=True):
            unmoved = "bias" in variable.path  # some have no gradient, as in softmax
            assert unmoved or not np.array_equal(a, b), variable.path


@pytest.mark.parametrize("name", CASES)
def test_it_trains_and_generates(name):
    players, make, conditions, (dtype, shape) = CASES[name]
    source = make()
    paired = isinstance(source, dict) and not {"source", "masks"}.isdisjoint(source)
    model = _compile(players, g_term=_distance if paired else None)
    _train(model, source, batch_size=3)
    assert model.steps_taken == 2
    made = model.generate(**conditions)
    assert (made.dtype, made.shape) == (dtype, shape)
    if name == "maps of tiles":
        np.testing.assert_allclose(made.sum(axis=-1), 1, atol=1e-5)


def test_the_term_of_the_generator_sees_what_no_network_takes():
    seen = []

    def term(fake_images, batch):
        seen.append(batch["weights"])
        return tf.reduce_mean(batch["weights"])

    model = _compile(lambda: _dcgan(16), g_term=term, run_eagerly=True)
    given = {"images": pictures(3), "weights": np.array([0.5, 1.0, 3.0])}
    model.fit(given, batch_size=3, verbose=0)
    assert sorted(seen[0].numpy().tolist()) == [0.5, 1.0, 3.0]


@pytest.mark.parametrize("pattern", ["mixed", "none", "all"])
@pytest.mark.parametrize("form", ["bool", "float32", "int64", "0 and 1", "0 and 255"])
def test_masks_are_0_and_1_in_a_network_whichever_form_they_had(pattern, form):
    mixed = RNG.integers(0, 2, (6, 16, 16, 1)).astype(bool)
    masks = {"mixed": mixed, "none": mixed & False, "all": mixed | True}[pattern]
    given = masks.astype("uint8" if " " in form else form)
    given = 255 * given if "255" in form else given
    checked = data.check_batch({"images": pictures(6), "masks": given})["masks"]
    assert checked.dtype == bool and (checked == masks).all()
    for values in (given, checked):  # as a stream gives them, and as arrays do
        taken = gan.to_network({"masks": values})["masks"].numpy()
        assert taken.dtype == np.float32 and (taken == masks).all()


@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.5, 1.0), (0, 2), (0, 127, 255)])
def test_masks_that_leave_open_what_they_say_are_refused(values):
    kind = "uint8" if 127 in values else None
    masks = np.resize(np.array(values, kind), (6, 16, 16, 1))
    message = f"to {values[-1]:g}; expected True and False"
    with pytest.raises(ValueError, match=message):
        data.check_batch({"images": pictures(6), "masks": masks})


def test_without_latents_stages_are_made_from_the_conditions():
    pairs = _pairs(5)
    model, seen = _compile(lambda: (_u_net(), _patch_gan())), []
    stages = callbacks.Samples(
        [0],
        num_images=2,
        conditions={name: pairs[name] for name in model.g_inputs},
        measure=lambda images: seen.append(images) or 0.0,
    )
    stages.set_model(model)
    stages.on_train_begin()
    assert len(stages.stages[0]["fixed"]) == 2
    expected = model.generate(**{name: pairs[name] for name in model.g_inputs})
    np.testing.assert_array_equal(seen[0], expected)


def _generator():
    while True:
        yield _conditions(16, 3)


class _Own(keras.utils.PyDataset):
    """Batches that are made anew each time, such as with other holes."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return _conditions(16, 3)


SOURCES = {
    "DataSet": lambda: data.DataSet("own", pictures(6), np.arange(6) % 3),
    "dictionary": lambda: _conditions(16),
    "batches": lambda: data.batches(_conditions(16), batch_size=3),
    "tf.data": lambda: tf.data.Dataset.from_tensor_slices(_conditions(16)).batch(3),
    "generator": _generator,
    "own PyDataset": lambda: _Own(workers=1),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_of_batches_trains(name):
    attributes = {} if name == "DataSet" else {"num_attributes": 2}
    arrays = name in ("DataSet", "dictionary")
    model = _compile(
        lambda: _dcgan(16, num_classes=3, **attributes), run_eagerly=arrays
    )
    steps = {"steps_per_epoch": 2} if name == "generator" else {}
    _train(model, SOURCES[name](), **({"batch_size": 3} if arrays else steps))
    assert model.steps_taken == 2


def test_pictures_of_any_size_are_made_and_trained():
    """Networks that name no sides, as for tiles, take the recommended settings too."""
    from gan_tutorial import recipes

    noise = keras.Input((None, None, 2), name="source")
    made = keras.layers.Conv2D(3, 3, padding="same", activation="tanh")(noise)
    image = keras.Input((None, None, 3), name="images")
    logits = keras.layers.Conv2D(1, 4, strides=2)(image)
    model = gan.GAN(keras.Model(noise, made), keras.Model(image, logits), seed=0)
    recipes.compile_gan(model, 10, r1_gamma=None)
    assert float(model.g_optimizer.learning_rate) == pytest.approx(2e-3)
    source = np.random.default_rng(0).normal(size=(3, 20, 12, 2)).astype("float32")
    pictures = model.generate(source=source)
    assert pictures.shape == (3, 20, 12, 3) and pictures.dtype == np.uint8
