"""A generator that nobody has to train: it draws the vase that is asked for."""

import numpy as np
from keras import Input, Model, ops

from gan_tutorial import data
from gan_tutorial.synthetic import vases

RANGES = {name: vases.RANGES[name] for name in ("height", "belly", "neck")}


def build():
    """By formula, without weights, from latents, labels and attributes."""
    latents = Input((8,), name="latents")
    labels = Input((), dtype="int32", name="labels")
    attributes = Input((3,), name="attributes")
    ends = {name: np.array(ends) for name, ends in RANGES.items()}
    low, high = np.stack(list(ends.values()), axis=1).astype("float32")
    first, last = data.scale_attributes(ends, RANGES)
    asked = (attributes - first) / (last - first) * (high - low) + low
    height, belly, neck = (asked[:, i, None, None] for i in range(3))
    side = (np.arange(64, dtype="float32") + 0.5) / 64
    t = ops.divide(60 / 64 - side[:, None], height)  # 0 at the foot, 1 at the lip
    bend = 0.7 + 0.1 * latents[:, :1, None] ** 2
    bend = bend + 0.05 * ops.cast(labels, "float32")[:, None, None]
    radius = neck / 2 + (belly - neck) / 2 * ops.sin(np.pi * ops.clip(t, 0, 1) ** bend)
    shape = ops.sigmoid(150 * (radius - np.abs(side - 0.5)))
    shape = shape * ops.sigmoid(300 * t) * ops.sigmoid(300 * (1 - t))
    return Model([latents, labels, attributes], (1.8 * shape - 1)[..., None])
