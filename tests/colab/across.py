"""Writes what leaves a notebook, or reads it, maybe with another version of Keras.

python tests/colab/across.py write FOLDER
python tests/colab/across.py read FOLDER
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

from gan_tutorial import checkpoints, data, generators, losses, networks
from gan_tutorial.design import provenance
from gan_tutorial.gan import GAN

LATENTS = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
LABELS, ATTRIBUTES = np.array([0, 1, 2, 0]), LATENTS[:, :2]
RNG = np.random.default_rng(1)
GIVEN = {
    "labels": LABELS,
    "attributes": ATTRIBUTES,
    "source": RNG.uniform(-1, 1, (4, 16, 16, 1)).astype("float32"),
    "masks": RNG.integers(0, 2, (4, 16, 16, 1)).astype("float32"),
}
MAPS = RNG.normal(size=(4, 3, 5, 6)).astype("float32")


def of_a_learner():
    """A generator with layers and settings that ours do not have."""
    latents = keras.Input((6,), name="latents")
    x = layers.Dense(8 * 8 * 4, kernel_initializer="he_uniform")(latents)
    x = layers.PReLU(shared_axes=[1])(layers.BatchNormalization(momentum=0.8)(x))
    x = layers.UpSampling2D(interpolation="bilinear")(layers.Reshape((8, 8, 4))(x))
    x = layers.GroupNormalization(2)(layers.Conv2DTranspose(4, 3, padding="same")(x))
    x = layers.Dropout(0.3)(layers.SpectralNormalization(layers.Conv2D(4, 1))(x))
    x = layers.SeparableConv2D(1, 3, padding="same", activation="tanh")(x * 0.5)
    return keras.Model(latents, x)


def build(seed):
    """A compiled GAN and five generators, each weight another number."""
    keras.utils.set_random_seed(seed)
    gan = GAN(
        networks.build_generator(6, (16, 16, 1), 2, 3, 2),
        networks.build_discriminator((16, 16, 1), 2, 3, 2),
        seed=1,
    )
    adams = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3, beta_1=0.5)
    gan.compile(*adams, losses.NON_SATURATING, losses.R1(0.1, 4), run_eagerly=True)
    others = (
        networks.make_symmetric(gan.generator),
        of_a_learner(),
        networks.build_u_net((16, 16, 1), 2, latent_dim=6, masked=True),
        networks.build_seamless_generator(6, 1, 2, 3, 2),
    )
    return gan, [gan.generator, *others]


def draw(network):
    """What a generator makes of the same latents and conditions."""
    latents = {2: LATENTS, 4: MAPS}
    given = [
        latents[len(tensor.shape)] if tensor.name == "latents" else GIVEN[tensor.name]
        for tensor in network.inputs
    ]
    return np.asarray(network(given if len(given) > 1 else given[0]))


def values(gan):
    """All numbers that a checkpoint keeps."""
    return [variable.numpy() for variable in checkpoints._variables(gan)]


def write(folder):
    """Two steps of training, a checkpoint, generators, and three provenances."""
    gan, made = build(seed=3)
    pictures = data.to_display_range(draw(made[0]))
    batch = {"images": pictures, "labels": LABELS, "attributes": ATTRIBUTES}
    gan.fit(batch, batch_size=2, epochs=1, verbose=0)
    checkpoints.save(gan, folder / "run.ckpt")
    np.savez(folder / "values.npz", *values(gan))
    for k, network in enumerate(made):
        generators.save(network, folder / f"{k}.keras")
        np.save(folder / f"{k}.npy", draw(network))
    for k, network in enumerate(made[:3]):
        is_plain = len(network.inputs) == 1
        others = {} if is_plain else {"labels": 2, "attributes": ATTRIBUTES[2]}
        text = json.dumps(
            asdict(provenance.make_provenance(network, LATENTS[2], others))
        )
        (folder / f"{k}.json").write_text(text, "utf-8")


def read(folder):
    """Stops where something is not what was written."""
    gan, _ = build(seed=4)
    checkpoints.load(gan, folder / "run.ckpt")
    with np.load(folder / "values.npz") as stored:
        for found, key in zip(values(gan), stored.files, strict=True):
            np.testing.assert_array_equal(found, stored[key])
    for k in range(5):
        expected = np.load(folder / f"{k}.npy")
        for reader in (generators.load, keras.models.load_model):
            network = reader(folder / f"{k}.keras")
            np.testing.assert_allclose(draw(network), expected, atol=1e-5)
        if k > 2:
            continue
        read = json.loads((folder / f"{k}.json").read_text("utf-8"))
        picture = provenance.draw(network, provenance.Provenance(**read)).astype(int)
        assert abs(picture - data.to_display_range(expected)[2]).max() <= 1


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](Path(sys.argv[2]))
    print(keras.__version__)
