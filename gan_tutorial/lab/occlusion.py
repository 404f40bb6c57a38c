"""Occlusion maps of a discriminator, and flaws of known place to test them with.

Pictures are uint8 `(n, height, width, 1)`, all square.
"""

import math

import numpy as np

from gan_tutorial import data

FLAWS = ("bite", "shadow")
FLAW = 4  # pixels: side of a flaw
REACH = 3  # pixels, in both directions: a peak so near counts as found
FILLED = 60  # grey levels: what is brighter belongs to the vase


def hide_flaw(picture, kind: str, rng):
    """A copy of a picture with a flaw at a random place.

    Args:
        picture: uint8 `(height, width, 1)`, a bright thing on a black ground.
        kind: "bite", out of the outline, or "shadow", inside it.
        rng: NumPy generator.

    Returns:
        The copy, and the middle of the flaw, `(row, column)`.

    Raises:
        ValueError: there is no place for such a flaw.
    """
    windows = np.lib.stride_tricks.sliding_window_view(picture[..., 0], (FLAW, FLAW))
    filled = (windows > FILLED).sum(axis=(2, 3))
    least, most = (6, 10) if kind == "bite" else (FLAW**2, FLAW**2)
    places = np.argwhere((least <= filled) & (filled <= most))
    if not len(places):
        raise ValueError(f"The picture has no place for a {kind}; expected a vase.")
    top, left = rng.choice(places)
    flawed = picture.copy()
    patch = flawed[top : top + FLAW, left : left + FLAW]
    patch[:] = 0 if kind == "bite" else patch // 2
    return flawed, (top + FLAW // 2, left + FLAW // 2)


def patch_masks(side: int, size: int, stride: int):
    """One mask for each place of a square patch, and the middles of the patches.

    Returns:
        bool `(n, side, side, 1)`, True within the patch, and `(n, 2)`.
    """
    starts = np.arange(0, side - size + 1, stride)
    inside = np.arange(side) - starts[:, None]
    inside = (inside >= 0) & (inside < size)
    masks = inside[:, None, :, None] & inside[:, None]
    corners = [(top, left) for top in starts for left in starts]
    return masks.reshape(-1, side, side, 1), np.array(corners) + size / 2


def map_logits(discriminator, pictures, fill, masks) -> np.ndarray:
    """How much the logit of each picture rises if a patch is covered, `(n, patches)`.

    Args:
        discriminator: Keras model from images to one logit each.
        pictures: uint8.
        fill: what covers: a grey level, or a picture whose patch is shown instead.
        masks: of `patch_masks`.

    Source: Zeiler and Fergus, Visualizing and Understanding Convolutional Networks,
    arXiv 1311.2901, for classifiers.
    """

    def logits(images):
        images = data.to_model_range(images.astype(np.uint8))
        return discriminator.predict(images, batch_size=1000, verbose=0)[:, 0]

    covered = np.where(masks, fill, pictures[:, None])
    covered = logits(covered.reshape(-1, *pictures.shape[1:]))
    return covered.reshape(len(pictures), -1) - logits(pictures)[:, None]


def share_found(peaks, places, side=None) -> float:
    """How often a peak lies within 3 pixels of the flaw, in percent.

    Args:
        peaks: `(n, 2)`.
        places: `(n, 2)`.
        side: of the pictures, where the mirror image of a peak counts, too.
    """
    off = np.abs(np.asarray(peaks) - places)
    if side is not None:
        mirrored = np.abs(side - np.asarray(peaks)[:, 1] - np.asarray(places)[:, 1])
        off[:, 1] = np.minimum(off[:, 1], mirrored)
    return 100 * (off <= REACH).all(axis=1).mean()


def share_by_chance(places, side: int) -> dict[str, float]:
    """`share_found` of peaks that lie where the flaws of all other pictures do.

    Returns:
        "chance", and "chance_mirror" where the mirror image of a peak counts, too.
    """
    turns = [np.roll(places, k, axis=0) for k in range(1, len(places))]
    found = {}
    for name, width in {"chance": None, "chance_mirror": side}.items():
        shares = [share_found(turn, places, width) for turn in turns]
        found[name] = float(np.mean(shares))
    return found


def to_pictures(maps, side: int) -> np.ndarray:
    """Maps as square pictures: white is the highest rise of each, black none.

    Args:
        maps: `(n, patches)`, of as many rows as columns of patches.
        side: of the pictures; around the map they stay black.
    """
    num = math.isqrt(maps.shape[1])
    rise = np.maximum(maps, 0) / np.maximum(maps.max(axis=1, keepdims=True), 1e-9)
    large = rise.reshape(-1, num, num).repeat(side // num, 1).repeat(side // num, 2)
    left = side - large.shape[1]
    edge = left // 2, left - left // 2
    large = np.pad(large, ((0, 0), edge, edge))
    return np.rint(255 * large).astype(np.uint8)[..., None]
