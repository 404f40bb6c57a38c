"""Five materials, drawn by formula: colour pictures that look alike everywhere.

A picture is a crop of a larger texture, so it has no middle and no border, and does not
meet itself at its opposite sides. `draw` gives the larger texture itself, which does:
it is drawn on a torus, where noise comes round, and what repeats does so a whole number
of times.

Lengths are pixels, whatever the size of the picture: a larger one shows more.
"""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic import textures

MATERIALS = ("wood", "marble", "woven fabric", "terrazzo", "brick")
SCALES = {  # pixels: a ring, a vein, a thread, a chip, a course
    "wood": (6.0, 12.0),
    "marble": (9.0, 15.0),
    "woven fabric": (5.0, 8.0),
    "terrazzo": (8.0, 12.0),
    "brick": (8.0, 12.0),
}
_PAINTERS = {
    "wood": textures.wood,
    "marble": textures.marble,
    "woven fabric": textures.fabric,
    "terrazzo": textures.terrazzo,
    "brick": textures.brick,
}
_MORE = (24, 28, 32, 36, 40, 44)  # pixels by which a crop is smaller than its texture


def make(
    num_images: int, image_size: int = 64, seed: int = 0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws random pieces of the materials, as many of each, in turn.

    Args:
        num_images: how many; a longer run begins with the pieces of a shorter one.
        image_size: side in pixels, at least 16.
        seed: a whole number, 0 or more.

    Returns:
        images: uint8, ``(num_images, image_size, image_size, 3)``.
        attributes: ``(num_images,)`` each. ``labels``, int64, an index into
            `MATERIALS`; ``scale``, float32, in pixels, of what `SCALES` names; and
            ``tone``, float32, from 0 to 1, the place in the material's own colours.

    Raises:
        ValueError: an argument is not such a number.
    """
    num_images = checks.whole_number("num_images", num_images, 1)
    size = checks.whole_number("image_size", image_size, 16)
    seed = checks.whole_number("seed", seed, 0)
    images = np.empty((num_images, size, size, 3), np.uint8)
    labels = np.arange(num_images) % len(MATERIALS)
    drawn = np.empty((2, num_images), np.float32)
    for i, label in enumerate(labels):
        rng = np.random.default_rng([seed, i])
        side = size + int(rng.choice(_MORE))
        texture, *drawn[:, i] = _draw(MATERIALS[label], side, rng)
        images[i] = texture[:size, :size]
    return images, {"labels": labels, "scale": drawn[0], "tone": drawn[1]}


def draw(material: str, side: int = 64, seed: int = 0) -> np.ndarray:
    """A tile by formula: its opposite sides meet without a seam.

    Args:
        material: one of `MATERIALS`.
        side: in pixels, at least 16.
        seed: a whole number, 0 or more.

    Returns:
        uint8 ``(side, side, 3)``.

    Raises:
        ValueError: a material that is not in the list, or another number.
    """
    find_label(material)
    side = checks.whole_number("side", side, 16)
    seed = checks.whole_number("seed", seed, 0)
    return _draw(material, side, np.random.default_rng([seed, side]))[0]


def find_label(material: str) -> int:
    """The label of a material; a `ValueError` that names all, if there is none."""
    if material not in MATERIALS:
        raise ValueError(
            f"The material is {material!r}; expected one of {', '.join(MATERIALS)}. "
            "A generator draws what it was trained on: for another material, train "
            "one on pictures of it."
        )
    return MATERIALS.index(material)


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """What can be read off any texture.

    Args:
        images: uint8 ``(n, height, width, 3)``.

    Returns:
        float32, ``(n,)`` or ``(n, 3)``: ``colour``, the mean red, green and blue;
        ``contrast``, the standard deviation of the brightness; ``direction``, from -1,
        where all changes are from row to row (lines lie flat), to 1, where all are from
        column to column (lines stand).
    """
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(
            f"images are {images.dtype} of shape {images.shape}; expected uint8 "
            "(n, height, width, 3)."
        )
    light = images.mean(axis=3, dtype=np.float32)
    down = np.square(np.diff(light, axis=1)).mean(axis=(1, 2))
    across = np.square(np.diff(light, axis=2)).mean(axis=(1, 2))
    return {
        "colour": images.mean(axis=(1, 2), dtype=np.float32),
        "contrast": light.std(axis=(1, 2)),
        "direction": (across - down) / np.maximum(across + down, 1e-6),
    }


def _draw(material, side, rng):
    """A texture, its true scale and its tone."""
    count = side / rng.uniform(*SCALES[material])
    # Threads and courses take turns, so there must be an even number of them.
    count = 2 * round(count / 2) if material in ("woven fabric", "brick") else count
    count, tone = max(round(count), 2), rng.uniform()
    texture = _PAINTERS[material](side, count, tone, rng)
    # A torus has no first row: where it is cut open is left to chance.
    texture = np.roll(texture, rng.integers(side, size=2), (0, 1))
    return np.rint(255 * texture.clip(0, 1)).astype(np.uint8), side / count, tone
