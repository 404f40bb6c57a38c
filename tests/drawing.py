"""A generator that nobody has to train: it draws the outline that is asked for."""

import numpy as np
from keras import Input, Model, ops

from gan_tutorial import data
from gan_tutorial.design import curves

RANGES = {"height": (180.0, 260.0), "belly": (120.0, 220.0), "neck": (30.0, 72.0)}
STYLES = "plain", "round", "flared"


def build():
    """By formula, without weights, from latents, labels and attributes.

    Height, belly and neck are exactly as asked: a curve touches its control points
    where four in a row are equal. A latent moves the foot, and the style the lip.
    """
    latents = Input((8,), name="latents")
    labels = Input((), dtype="int32", name="labels")
    attributes = Input((3,), name="attributes")
    ends = {name: np.array(ends) for name, ends in RANGES.items()}
    low, high = np.stack(list(ends.values()), axis=1).astype("float32")
    first, last = data.scale_attributes(ends, RANGES)
    asked = (attributes - first) / (last - first) * (high - low) + low
    height, belly, neck = (asked[:, i, None] for i in range(3))
    place = np.arange(curves.NUM_POINTS, dtype="float32")
    low, high = np.clip(1 - place / 9, 0, 1), np.clip((place - 13) / 5, 0, 1)
    foot = 80 + 10 * ops.tanh(latents[:, :1])
    widths = belly + (foot - belly) * low**1.5 + (neck - belly) * high
    lip = 1.1 + 0.1 * ops.cast(labels, "float32")[:, None]
    widths = ops.where(place >= 22, neck * lip, widths)
    lengths = ops.concatenate([height, widths / 2], axis=1)
    return Model([latents, labels, attributes], ops.log(lengths / 100))
