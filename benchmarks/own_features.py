"""Which features judge pictures for which no trained network ships?

    python benchmarks/own_features.py

Stored are distances from 300 real to 300 damaged pictures, as shares of the way from
real pictures (0) to a Gaussian over pixels (1): means over two seeds of the judge and
three choices of pictures. `spread` is the standard deviation of real ones over these.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np

from gan_tutorial import data, environment, metrics
from gan_tutorial.files import write_whole
from gan_tutorial.synthetic import vases

NUMBER, CHOICES, SEEDS, STEPS = 300, 3, (1, 2), 200
STRENGTHS = {
    "blur": (0.4, 0.8, 1.6),  # standard deviation in pixels
    "noise": (8, 20, 50),  # standard deviation, of 255
    "kinds": (0.2, 0.5, 0.99),  # share of the classes that is missing
    "colour": (0.05, 0.12, 0.3),  # share of the light that the last channel loses
    "copies": (100, 30, 8),  # different pictures among 300
    "shape": (0.03, 0.06, 0.12),  # waves along the side, as a share of it
}


def pictures(family):
    """All pictures that a family needs, and their classes."""
    total = NUMBER * (CHOICES + 2)
    if family == "fashion_mnist":
        test = data.load(family, "test")
        return test.images[:total], test.labels[:total]
    drawn, attributes = vases.make(total, 32, 11)
    glazes = np.random.default_rng(11).uniform(40, 190, (total, 1, 1, 3))
    coloured = np.where(drawn == 0, 255, drawn / 255 * glazes)
    return coloured.astype(np.uint8), attributes["style"]


def damage(name, strength, images, kinds, rng):
    """The images, worse by `strength`."""
    places = np.arange(images.shape[1])
    if name == "blur":
        near = np.exp(-(((places[:, None] - places) / strength) ** 2) / 2)
        near /= near.sum(axis=1, keepdims=True)
        return np.einsum("ij,njkc,lk->nilc", near, images, near, optimize=True)
    if name == "noise":
        return images + rng.normal(0, strength, images.shape)
    if name == "kinds":
        kept = max(1, round((kinds.max() + 1) * (1 - strength)))
        return images[rng.choice(np.flatnonzero(kinds < kept), len(images))]
    if name == "colour":
        return images * np.append(np.ones(images.shape[3] - 1), 1 - strength)
    if name == "copies":
        return images[rng.integers(0, strength, len(images))]
    angles = 4 * np.pi * places / len(places) + rng.uniform(0, 6, (len(images), 1))
    moves = np.rint(strength * len(places) * np.sin(angles)).astype(int)[..., None]
    return np.take_along_axis(images, ((places + moves) % len(places))[..., None], 2)


def contrast(real, seed):
    """Two moved copies of a picture are to be alike: Chen et al., arXiv 2002.05709."""
    import keras
    from keras import layers, ops

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input(real.shape[1:]), layers.Rescaling(1 / 127.5)])
    model.add(layers.RandomZoom((-0.4, 0), seed=seed))
    model.add(layers.RandomTranslation(0.1, 0.1, seed=seed))
    for filters in (32, 64, 128):
        model.add(layers.Conv2D(filters, 3, 2, "same", activation="leaky_relu"))
        model.add(layers.GroupNormalization(8))
    for layer in layers.Flatten(), layers.Dense(64), layers.ReLU(), layers.Dense(64):
        model.add(layer)

    def loss(_, found):
        found = ops.normalize(found)
        logits = found @ ops.transpose(found) / 0.2 - 1e9 * ops.eye(128)
        partners = np.roll(np.arange(128), 64)
        return ops.sparse_categorical_crossentropy(partners, logits, from_logits=True)

    model.compile("adam", loss)
    rows = np.tile(np.random.default_rng(seed).integers(0, NUMBER, (STEPS, 64)), 2)
    model.fit(real[rows.ravel()], rows.ravel(), 128, shuffle=False, verbose=0)
    network = keras.Model(model.inputs, model.layers[-3].output)
    features = partial(network.predict, verbose=0)
    return lambda x: metrics.frechet_distance(*map(features, (real[:NUMBER], x)))


JUDGES = {"random network": metrics.OwnDistance, "contrast": contrast}


def judge(family):
    """What each judge finds in a family."""
    images, kinds = pictures(family)
    real, made = images[: 2 * NUMBER], {"real": [], "Gaussian": []}
    for start in range(2 * NUMBER, len(images), NUMBER):
        rng, rows = np.random.default_rng(start), slice(start, start + NUMBER)
        made["real"].append(images[rows])
        made["Gaussian"].append(metrics.gaussian_pictures(real, NUMBER, rng))
        for name, strengths in STRENGTHS.items():
            for strength in strengths:
                worse = damage(name, strength, images[rows], kinds[rows], rng)
                sets = made.setdefault(f"{name} {strength}", [])
                sets.append(worse.clip(0, 255).astype(np.uint8))
    found = {}
    for name, build in JUDGES.items():
        distances = [build(real, seed=seed) for seed in SEEDS]
        every = {k: [[d(x) for x in v] for d in distances] for k, v in made.items()}
        low, high = np.mean(every["real"]), np.mean(every["Gaussian"])
        shares = {k: (np.mean(v) - low) / (high - low) for k, v in every.items()}
        shares["spread"] = np.std(every["real"], axis=1).mean() / (high - low)
        found[name] = {key: round(float(share), 4) for key, share in shares.items()}
    return found


if __name__ == "__main__":
    environment.prepare(seed=0)
    families = {name: judge(name) for name in ("vases", "fashion_mnist")}
    stored = {"command": "python benchmarks/own_features.py", "families": families}
    text = json.dumps(stored, indent=1) + "\n"
    write_whole(Path(__file__).parent / "evidence/own_features.json", text.encode())
