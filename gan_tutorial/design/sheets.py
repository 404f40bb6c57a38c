"""Sprite sheets: many small pictures in one file, and a map that game engines read.

Pixel art is only ever enlarged by whole numbers, each pixel to a square: by other
factors pixels become unequal, or, where neighbours are averaged, colours mix.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gan_tutorial import __version__, checks, files, plotting
from gan_tutorial.design import handover
from gan_tutorial.synthetic import sprites
from gan_tutorial.synthetic.sprites import check_sprites

OPAQUE = 128  # of 255; what has less opacity becomes clear
CHANNELS = 1 + len(sprites.PALETTE)  # clear, and each colour


def find_colours(images, palette=sprites.PALETTE) -> np.ndarray:
    """The number of each pixel's colour in a palette, from 1; 0 where it is clear.

    Where the palette lacks a colour, the nearest one counts, by the distance of red,
    green and blue. A pixel is clear if its opacity is below 128.

    Args:
        images: uint8 `(n, height, width, 4)`.
        palette: uint8 `(k, 3)`, up to 255 colours.

    Returns:
        uint8 `(n, height, width)`.

    Raises:
        ValueError: pictures without opacity, or no such palette.
    """
    images, palette = check_sprites(images), np.asarray(palette)
    is_palette = palette.shape[1:] == (3,) and 1 <= len(palette) <= 255
    if palette.dtype != np.uint8 or not is_palette:
        raise ValueError(
            f"The palette is {palette.dtype} of shape {palette.shape}; expected uint8 "
            "(k, 3), k up to 255: one row of red, green and blue for each colour."
        )
    numbers = np.zeros(images.shape[:3], np.uint8)
    least = np.full(images.shape[:3], np.inf)
    for k, colour in enumerate(palette, 1):  # one by one, which needs little memory
        squares = ((images[..., :3] - colour.astype(np.float32)) ** 2).sum(axis=-1)
        closer = squares < least
        numbers[closer], least[closer] = k, squares[closer]
    return np.where(images[..., 3] < OPAQUE, np.uint8(0), numbers)


def one_hot(images) -> np.ndarray:
    """Sprites as networks take them: one channel for clear, one for each colour.

    Args:
        images: uint8 `(n, height, width, 4)`.

    Returns:
        float32 `(n, height, width, CHANNELS)`, 1 in the channel of `find_colours`.
    """
    return np.eye(CHANNELS, dtype=np.float32)[find_colours(images)]


def to_sprites(shares) -> np.ndarray:
    """The way back: each pixel gets the colour with the largest share, or is clear.

    Args:
        shares: `(n, height, width, CHANNELS)`.

    Returns:
        uint8 `(n, height, width, 4)`.

    Raises:
        ValueError: an array of another shape, or with numbers that are not finite.
    """
    shares = checks.finite("The shares", shares)
    if shares.ndim != 4 or shares.shape[3] != CHANNELS:
        raise ValueError(
            f"The shares have shape {shares.shape}; expected (n, height, width, "
            f"{CHANNELS}): one channel for clear, and one for each colour."
        )
    colours = np.pad(sprites.PALETTE, ((0, 0), (0, 1)), constant_values=255)
    return np.pad(colours, ((1, 0), (0, 0)))[shares.argmax(axis=-1)]


def count_changed(images, others) -> np.ndarray:
    """In how many pixels each picture differs from each of others, `(n, m)`.

    Args:
        images: uint8 `(n, height, width, 4)`.
        others: uint8 `(m, height, width, 4)`.
    """
    images, others = check_sprites(images), check_sprites(others)
    if images.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"The sprites have shapes {images.shape} and {others.shape}; expected "
            "pictures of the same size."
        )
    colours, others = (
        np.ascontiguousarray(one).view(np.uint32).reshape(len(one), -1)
        for one in (images, others)
    )
    return np.array([(row != others).sum(axis=1) for row in colours])


def enlarge(images, scale: int) -> np.ndarray:
    """Each pixel becomes a square of `scale` x `scale`; no colour is mixed."""
    scale = checks.whole_number("scale", scale, 1)
    return check_sprites(images).repeat(scale, axis=1).repeat(scale, axis=2)


def find_frame(k: int, columns: int, width: int, height: int, gap: int = 1) -> dict:
    """Where sprite `k`, from 0, stands in a sheet that is filled row by row.

    Args:
        k: number of the sprite.
        columns: sprites in one row.
        width: of a sprite, in pixels.
        height: of a sprite, in pixels.
        gap: clear pixels between two sprites.

    Returns:
        x and y of its upper left corner, from that of the sheet, and w and h.

    Raises:
        ValueError: no such number of a sprite, or of columns.
    """
    k = checks.whole_number("k", k, 0)
    columns = checks.whole_number("columns", columns, 1)
    row, column = divmod(k, columns)
    x, y = column * (width + gap), row * (height + gap)
    return {"x": x, "y": y, "w": width, "h": height}


def write(
    folder,
    name: str,
    pictures: dict,
    columns: int = 8,
    scale: int = 4,
    recipes: dict | None = None,
    rights: str = handover.RIGHTS,
) -> Path:
    """Writes `name.png`, a sheet, and `name.json`, which says where each sprite is.

    The map is the "JSON hash" of TexturePacker and Aseprite, for which Phaser 3 has
    `load.atlas` and PixiJS `Assets.load`. What else we know, such as who made the
    sprites and from what, stands in its "meta". One sprite with a recipe marks the
    whole sheet.

    Args:
        folder: is made where it is missing.
        name: of the files, without an ending.
        pictures: from the name of a sprite to uint8 `(height, width, 4)`, all of one
            size.
        columns: sprites in one row.
        scale: pixels of the sheet for one of a sprite, each way.
        recipes: from the name of a sprite to its `Provenance`, for those that a
            generator drew.
        rights: a sentence that says who may do what.

    Returns:
        Path of the JSON.

    Raises:
        ValueError: no sprites, sprites of several sizes or without opacity, a recipe
            for a sprite that is not there, or a name that files cannot have.
        OSError: the folder cannot be written to; then both files stay as they were.

    Source: of the format, https://pixijs.download/release/docs/assets.SpritesheetData.html
    and Phaser.Loader.LoaderPlugin#atlas in https://docs.phaser.io/api-documentation.
    """
    files.check_name(name)
    recipes = recipes or {}
    sizes = sorted({np.shape(picture) for picture in pictures.values()})
    if len(sizes) != 1:
        raise ValueError(
            f"The sheet {name!r} would hold {len(pictures)} sprites of the shapes "
            f"{sizes}; expected one sprite or more, all of one shape."
        )
    if unknown := [sprite for sprite in recipes if sprite not in pictures]:
        raise ValueError(f"There are recipes for {unknown}, but no such sprites.")
    large = enlarge(np.stack(list(pictures.values())), scale)
    num, height, width, _ = large.shape
    places = [find_frame(k, columns, width, height) for k in range(num)]
    whole = {"w": max(p["x"] for p in places) + width}
    whole["h"] = places[-1]["y"] + height
    sheet = np.zeros((whole["h"], whole["w"], 4), np.uint8)
    for place, picture in zip(places, large, strict=True):
        sheet[place["y"] :, place["x"] :][:height, :width] = picture
    frames = dict(zip(pictures, map(_describe, places), strict=True))
    about = {
        "app": "gan_tutorial",
        "version": __version__,
        "image": f"{name}.png",
        "format": "RGBA8888",
        "size": whole,
        "scale": "1",
        **handover.origin(bool(recipes), rights),
        "recipes": {sprite: asdict(recipe) for sprite, recipe in recipes.items()},
    }
    packet = handover.to_pnginfo(handover.xmp(name, name, rights, about["made_by"]))
    with files.whole_set(folder) as aside:
        (aside / f"{name}.png").write_bytes(plotting.encode(sheet, pnginfo=packet))
        text = json.dumps({"frames": frames, "meta": about}, indent=1)
        (aside / f"{name}.json").write_text(text, "utf-8")
    return Path(folder) / f"{name}.json"


def _describe(place):
    """One entry of the map: a sprite that stands upright and was cut from nothing."""
    size = {"w": place["w"], "h": place["h"]}
    return {
        "frame": place,
        "rotated": False,
        "trimmed": False,
        "spriteSourceSize": {"x": 0, "y": 0, **size},
        "sourceSize": size,
    }
