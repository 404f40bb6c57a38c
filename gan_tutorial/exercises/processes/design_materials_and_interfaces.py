"""Lesson 11: a material of one's own, from a picture to a tile in a file."""

import io
from pathlib import Path

import numpy as np

from gan_tutorial.exercises import given, require
from gan_tutorial.exercises._words import describe

_PARTS = "picture", "tile", "path"
_MOST_SEAM = 1.3  # times the steepest place inside: one tile can have an edge there
_FARTHEST = 25  # levels between two mean colours


def own_material(answer):
    """Looks at the parts in the order of the work, so that a half can be checked."""
    is_whole = isinstance(answer, dict) and set(_PARTS) <= set(answer)
    names = ", ".join(_PARTS)
    require(is_whole, f"give a dict with three parts, spelled like this: {names}.")
    picture = _check_form("picture", given(answer["picture"]))
    tile = _check_form("tile", given(answer["tile"]))
    _check_tile(picture, tile)
    _check_file(given(answer["path"]), tile)


def _check_form(name, image):
    is_image = (
        isinstance(image, np.ndarray)
        and image.dtype == np.uint8
        and image.ndim == 3
        and image.shape[2] == 3
        and min(image.shape[:2]) >= 32
    )
    require(
        is_image,
        f"`{name}` must be one picture in colour, uint8 (height, width, 3), each side "
        f"32 pixels or more. This is {describe(image)}.",
    )
    require(image.std() >= 2, f"`{name}` has hardly any contrast: take another one.")
    return image


def _check_tile(picture, tile):
    seam = max(_compare_seam(tile, axis) for axis in (0, 1))
    require(
        seam <= _MOST_SEAM,
        f"the step across a seam of your tile is {seam:.1f} times the steepest step "
        f"inside; expected {_MOST_SEAM} times at most. Let `quilting.quilt` sew it, or "
        "try another seed.",
    )
    gap = np.abs(picture.mean(axis=(0, 1)) - tile.mean(axis=(0, 1))).max()
    require(
        gap <= _FARTHEST and tile.std() >= picture.std() / 2,
        "the tile has other colours, or much less contrast, than the picture: is it of "
        "the same material?",
    )


def _compare_seam(tile, axis):
    tile = tile.astype(float)
    steps = np.abs(tile - np.roll(tile, 1, axis)).mean(axis=(1 - axis, 2))
    return steps[0] / steps[1:].max()


def _check_file(path, tile):
    from PIL import Image

    is_file = isinstance(path, str | Path) and Path(path).is_file()
    require(
        is_file,
        "`path` must be what `tiles.write` gives back, the path of a PNG. This is "
        f"{describe(str(path) if isinstance(path, Path) else path)}.",
    )
    try:
        with Image.open(io.BytesIO(Path(path).read_bytes())) as image:
            pixels = np.asarray(image)
    except OSError:
        pixels = None
    require(pixels is not None, f"{Path(path).name} is no picture.")
    is_same = pixels.shape == tile.shape and np.array_equal(pixels, tile)
    require(
        is_same,
        "the file holds other pixels than your tile. Write the tile as it is, as PNG: "
        "a JPEG changes it.",
    )
