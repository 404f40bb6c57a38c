"""Phantoms: made-up grey slices through a body, some with lesions. Not clinical.

A slice shows a body, two dark organs, a bright one below them, and a fine texture. A
lesion is a small bright disc. All is drawn by formula and resembles no patient, so what
holds here need not hold for anybody's pictures.
"""

import numpy as np

from gan_tutorial import checks

SIDE = 32  # pixels; all lengths here are for this side, and grow with it
MOST_LESIONS = 3
RADII, CONTRASTS = (1.4, 2.0), (45.0, 70.0)  # of lesions: pixels; grey levels
_TEXTURE, _GRAIN = 5.0, 0.8  # standard deviation, in grey levels; width, in pixels
# Lowest and highest centre (row, column; from the middle), half axes and brightness.
_BODY = ((-0.8, -0.8, 10.5, 12.5, 105), (0.8, 0.8, 12.5, 14.5, 130))
_ORGANS = (
    ((-2.5, -6.5, 4.5, 3.0, -45), (-0.5, -5.0, 6.0, 4.0, -30)),
    ((-2.5, 5.0, 4.5, 3.0, -45), (-0.5, 6.5, 6.0, 4.0, -30)),
    ((5.5, -1.0, 2.5, 3.0, 20), (6.5, 1.0, 3.5, 4.5, 35)),
)


def make(num_images: int, image_size: int = SIDE, seed: int = 0, share: float = 0.5):
    """Draws random phantoms; a `ValueError` for arguments that are not as below.

    Args:
        num_images: how many.
        image_size: side in pixels, at least 32.
        seed: a whole number, 0 or more.
        share: of the phantoms that have lesions, 1 to 3 of them, from 0 to 1.

    Returns:
        images: uint8 ``(num_images, image_size, image_size, 1)``.
        attributes: int64 ``(num_images,)``: ``labels``, 1 where there is a lesion, and
            ``number``, how many; float32 ``(num_images, 3, ...)``: ``centres``, row and
            column, ``radii``, both in pixels, and ``contrasts``, in grey levels. The
            first ``number`` of the three count, the others are 0. Centres are more than
            4 pixels (of 32) apart.
    """
    n = checks.whole_number("num_images", num_images, 1)
    size = checks.whole_number("image_size", image_size, SIDE)
    share = checks.number("share", share, 0, 1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    unit = size / SIDE
    # The middle of a pixel, in pixels of 32, from the middle of the picture.
    places = (np.arange(size, dtype=np.float32) + 0.5) / unit - SIDE / 2

    body = rng.uniform(*_BODY, (n, 5)).astype(np.float32)
    inside = _ellipses(places, body, 0.4)
    pictures = body[:, 4, None, None] * inside
    for ends in _ORGANS:
        organ = rng.uniform(*ends, (n, 5)).astype(np.float32)
        organ[:, :2] += body[:, :2]
        pictures += organ[:, 4, None, None] * _ellipses(places, organ, 1.0)
    grain = rng.standard_normal((n, size, size), np.float32)
    grain = _smooth(grain, _GRAIN * unit)
    pictures += _TEXTURE * inside * grain / grain.std()

    some = rng.random(n) < share
    number = np.where(some, rng.integers(1, MOST_LESIONS + 1, n), 0)
    exists = np.arange(MOST_LESIONS) < number[:, None]
    centres, radii, contrasts = _place_lesions(body, rng)
    for k in range(MOST_LESIONS):
        disc = np.column_stack([centres[:, k], radii[:, k], radii[:, k]])
        light = (contrasts[:, k] * exists[:, k])[:, None, None]
        pictures += light * _ellipses(places, disc, 0.4)
    images = np.rint(pictures.clip(0, 255)).astype(np.uint8)[..., None]
    return images, {
        "labels": some.astype(np.int64),
        "number": number,
        "centres": exists[..., None] * ((centres + SIDE / 2) * unit - 0.5),
        "radii": exists * radii * np.float32(unit),
        "contrasts": exists * contrasts,
    }


def scan_again(images: np.ndarray, seed: int = 0) -> np.ndarray:
    """The same phantoms, as another scanner shows them: shifted data.

    It is softer (a Gaussian of 0.5 pixels), shows four fifths of the contrast on a
    ground of 25 grey levels, and adds noise with a standard deviation of 6. Pictures,
    in and out, are uint8 ``(n, side, side, 1)``; else a ``ValueError``.
    """
    images = _check(images)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    soft = _smooth(images[..., 0].astype(np.float32), 0.5 * images.shape[1] / SIDE)
    noise = rng.standard_normal(soft.shape, np.float32)
    return np.rint(25 + 0.8 * soft + 6 * noise).clip(0, 255).astype(np.uint8)[..., None]


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """What tells one scanner from another.

    Args:
        images: uint8 ``(n, side, side, 1)``; else a ``ValueError``.

    Returns:
        float32 ``(n,)`` each: ``level``, the mean brightness; ``contrast``, its
        standard deviation; ``noise``, that of the steps between pixels in the upper
        corners, where there is no body, divided by the root of 2.
    """
    images = _check(images).astype(np.float32)
    side = images.shape[1] // 8
    corners = np.stack([images[:, :side, :side], images[:, :side, -side:]])
    return {
        "level": images.mean(axis=(1, 2, 3)),
        "contrast": images.std(axis=(1, 2, 3)),
        "noise": np.diff(corners, axis=3).std(axis=(0, 2, 3, 4)) / np.float32(2**0.5),
    }


def _place_lesions(body, rng):
    """Centres from the middle of the picture, radii and contrasts; three of each."""
    shape = len(body), MOST_LESIONS
    turns = rng.uniform(0, 1, (len(body), 1)) + np.arange(3) / 3
    angles = 2 * np.pi * (turns + rng.uniform(-0.06, 0.06, shape))
    far = np.sqrt(rng.uniform(0.16, 0.6, shape))  # evenly over the area of a ring
    ways = np.stack([np.sin(angles), np.cos(angles)], axis=2) * far[..., None]
    centres = body[:, None, :2] + ways * body[:, None, 2:4]
    found = centres, rng.uniform(*RADII, shape), rng.uniform(*CONTRASTS, shape)
    return [values.astype(np.float32) for values in found]


def _ellipses(places, shapes, softness):
    """1 inside and 0 outside; rows of `shapes` are centre and half axes."""
    row, column, height, width = (shapes[:, k, None] for k in range(4))
    down, across = ((places - row) / height) ** 2, ((places - column) / width) ** 2
    far = np.sqrt(down[:, :, None] + across[:, None]) - 1
    steep = (np.sqrt(height * width) / softness)[..., None]
    return 1 / (1 + np.exp((steep * far).clip(-30, 30)))


def _smooth(fields, width):
    """A Gaussian over `(n, side, side)`; its weights add up to 1 also at the edge."""
    way = np.subtract.outer(*[np.arange(fields.shape[1])] * 2)
    weights = np.exp(-((way / width) ** 2) / 2).astype(np.float32)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights @ fields @ weights.T


def _check(images):
    images = np.asarray(images)
    side = images.shape[1] if images.ndim == 4 else 0
    if images.dtype != np.uint8 or images.shape[1:] != (side, side, 1):
        raise ValueError(
            f"images are {images.dtype}, {images.shape}; expected uint8 (n, k, k, 1)."
        )
    return images
