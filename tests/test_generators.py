"""Generators in files: they come back, they come to nobody's harm, and are one form.

Whether another version of Keras reads them is seen in tests/colab.
"""

import io
import zipfile

import drawing
import h5py
import keras
import numpy as np
import pytest
from keras import layers

from gan_tutorial import files, generators, networks


def make_network():
    """A network of many kinds of layers, each weight another number."""
    keras.utils.set_random_seed(3)
    latents = keras.Input((5,), name="latents")
    x = layers.Dense(48, use_bias=False, kernel_initializer="he_normal")(latents)
    x = layers.Reshape((4, 4, 3))(layers.BatchNormalization(momentum=0.8)(x))
    x = layers.UpSampling2D(interpolation="bilinear")(layers.LeakyReLU(0.2)(x))
    x = layers.Conv2DTranspose(4, 4, strides=2, padding="same")(x)
    x = layers.Dropout(0.3)(layers.GroupNormalization(2)(x)) * 0.5
    x = layers.SpectralNormalization(layers.Conv2D(3, 3, padding="same"))(x)
    x = layers.Concatenate()([x, keras.ops.flip(x, axis=2)])
    chain = keras.Sequential([keras.Input((16, 16, 6)), layers.SeparableConv2D(1, 3)])
    network = keras.Model(latents, keras.ops.tanh(chain(x)))
    rng = np.random.default_rng(0)
    shapes = [(weight.shape, weight.dtype) for weight in network.get_weights()]
    network.set_weights([rng.uniform(0.1, 1, s).astype(d) for s, d in shapes])
    return network


@pytest.fixture(scope="module")
def network():
    return make_network()


@pytest.fixture
def path(tmp_path, network):
    generators.save(network, tmp_path / "a.keras")
    return tmp_path / "a.keras"


LATENTS = np.random.default_rng(1).normal(size=(3, 5)).astype(np.float32)


@pytest.mark.parametrize("read", [generators.load, keras.models.load_model])
def test_a_network_comes_back(network, path, read):
    again = read(path)
    np.testing.assert_array_equal(again(LATENTS), network(LATENTS))
    assert generators.describe(again) == generators.describe(network)


def test_the_same_network_gives_the_same_bytes(network, path):
    generators.save(generators.load(path), path.with_name("b.keras"))
    assert path.with_name("b.keras").read_bytes() == path.read_bytes()
    assert sorted(file.name for file in path.parent.iterdir()) == ["a.keras", "b.keras"]


def test_what_keras_itself_wrote_is_read_too(network, tmp_path):
    network.save(tmp_path / "a.keras")
    again = generators.load(tmp_path / "a.keras")
    np.testing.assert_array_equal(again(LATENTS), network(LATENTS))


def settings_of(network, name):
    (found,) = (
        layer["config"]
        for layer in generators.describe(network)["config"]["layers"]
        if layer["config"].get("name") == name
    )
    return found


def test_only_what_is_not_at_its_default_is_written():
    x = keras.Input((4,))
    plain, other = layers.BatchNormalization(name="a"), layers.Dense(1, name="b")
    other.use_bias = False
    center = layers.BatchNormalization(epsilon=0.5, center=False, name="c")
    network = keras.Model(x, other(center(plain(x))))
    assert set(settings_of(network, "a")) <= {"name", "trainable", "dtype", "axis"} | {
        key for key in settings_of(network, "a") if "initializer" in key
    }
    assert settings_of(network, "b")["use_bias"] is False
    found = settings_of(network, "c")
    assert (found["epsilon"], found["center"]) == (0.5, False)
    assert "momentum" not in found and "renorm_momentum" not in found


@keras.saving.register_keras_serializable("tests")
class Twice(layers.Layer):
    def call(self, x):
        return 2 * x


class Thrice(layers.Layer):
    def call(self, x):
        return 3 * x


@pytest.mark.parametrize("layer", [Twice(), Thrice(), layers.Lambda(lambda x: x)])
def test_what_only_its_author_can_read_is_said_when_it_is_saved(tmp_path, layer):
    x = keras.Input((2,))
    network = keras.Model(x, layer(x))
    name = type(layer).__name__
    with pytest.raises(ValueError, match=rf"not Keras's own: {name}\. .*network\.save"):
        generators.save(network, tmp_path / "a.keras")
    assert list(tmp_path.iterdir()) == []
    network.save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match=rf"a.keras was not read.* own \({name}\)"):
        generators.load(tmp_path / "a.keras")


def test_another_ending_is_refused_before_anything_is_written(network, tmp_path):
    with pytest.raises(ValueError, match="another ending; expected .* a.keras"):
        generators.save(network, tmp_path / "a.h5")


def hdf5(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


def in_weights(content, change):
    """The weights, after a change of one array: its group, and its name there."""
    buffer = io.BytesIO(content)
    with h5py.File(buffer, "r+") as file:
        found = []
        file.visititems(lambda name, item: found.append(name))
        name = next(n for n in found if isinstance(file[n], h5py.Dataset))
        values, group = file[name][...], file[name].parent
        del file[name]
        change(group, name.rpartition("/")[2], values)
    return buffer.getvalue()


def zeros(group, name, values):
    group.create_dataset(name, (10**4, 10**4), "f4", compression="gzip")


def hostile(members):
    """Other contents of the three files of a network; each with a message."""
    config, weights = members["config.json"], members["model.weights.h5"]
    about = members["metadata.json"]

    def made(config=config, weights=weights, about=about):
        files = {"config.json": config, "model.weights.h5": weights}
        return files | {"metadata.json": about}

    def with_array(change):
        return made(weights=in_weights(weights, change))

    damaged, other = "its weights are damaged", "its weights are not those"
    yield {}, "has no metadata.json"
    yield made(config=b"[" * 100_000), "config.json is damaged"
    yield made(config=b"[]"), "config.json is damaged"
    yield made(config=b"{}"), "no network that Keras can build"
    yield made(about=b"\xff"), "metadata.json is damaged"
    yield made(about=b'{"keras_version": "99.1"}', weights=b""), "Keras 99.1 wrote it"
    yield made(config.replace(b"48", b"49")), "no network that Keras can build"
    yield made(config.replace(b'"Dense"', b'"Lambda"')), r"not Keras's own \(Lambda\)"
    evil = config.replace(b'"Dense"', b'"system"').replace(b"keras.layers", b"os")
    yield made(evil), "not Keras's own .*system"
    evil = config.replace(b'"Dense"', b'"get_file"').replace(
        b"keras.layers", b"keras.utils"
    )
    yield made(evil), "no network that Keras can build"
    yield made(weights=b""), damaged
    yield made(weights=weights[: len(weights) // 2] + b"\0" * len(weights)), damaged
    yield with_array(zeros), damaged
    yield with_array(lambda group, name, values: None), other
    yield (
        with_array(lambda g, n, v: g.create_dataset(n, data=v.reshape(-1, 1, 1))),
        other,
    )
    yield with_array(lambda g, n, v: g.create_dataset(n, data=v * np.nan)), "hold NaN"
    elsewhere = h5py.ExternalLink("elsewhere.h5", "/a")
    yield with_array(lambda g, n, v: g.__setitem__(n, elsewhere)), damaged


def test_other_files_are_refused_in_one_sentence(path):
    members = files.unzip(path.read_bytes())
    for contents, message in hostile(members):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in contents.items():
                archive.writestr(name, content)
        with pytest.raises(ValueError, match=message) as caught:
            generators.load(path)
        assert str(caught.value).startswith(f"{path} was not read: ")
        assert str(caught.value).count("\n") == 0


def test_a_network_is_never_larger_than_its_file(tmp_path):
    """It describes a layer with more numbers than there is memory."""
    x = keras.Input((4,))
    generators.save(keras.Model(x, layers.Dense(3)(x)), tmp_path / "a.keras")
    members = files.unzip((tmp_path / "a.keras").read_bytes())
    members["config.json"] = members["config.json"].replace(
        b'"units": 3', b'"units": 99999999999'
    )
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ValueError, match="its weights are damaged"):
        generators.load(tmp_path / "a.keras")


def test_our_own_generators_come_back_with_their_conditions(tmp_path):
    network = networks.build_generator(6, (16, 16, 1), 2, 3, 2)
    generators.save(network, tmp_path / "a.keras")
    again = generators.load(tmp_path / "a.keras")
    given = [LATENTS[:, :1].repeat(6, 1), np.array([0, 2, 1]), LATENTS[:, :2]]
    np.testing.assert_array_equal(again(given), network(given))
    assert [tensor.name for tensor in again.inputs] == [
        "latents",
        "labels",
        "attributes",
    ]


def test_a_formula_without_weights_comes_back(tmp_path):
    network = drawing.build()
    generators.save(network, tmp_path / "a.keras")
    given = [np.ones((2, 8), "f4"), np.array([0, 1]), np.ones((2, 3), "f4") / 3]
    again = generators.load(tmp_path / "a.keras")
    np.testing.assert_array_equal(again(given), network(given))
