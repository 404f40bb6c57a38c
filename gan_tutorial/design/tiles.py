"""Tiles of a texture: made, measured, laid around a vessel, written to files.

A tile is a picture whose opposite sides belong together: laid side by side, copies of
it make a surface without an end.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gan_tutorial import checks, files, latent, plotting
from gan_tutorial.design import handover, shading
from gan_tutorial.design.provenance import Provenance
from gan_tutorial.synthetic import materials

CELL = 8  # pixels that a seamless generator makes of one cell of latents, each way
_PIXELS_AT_ONCE = 2**17  # they are 32 times as many numbers inside of a generator
SAME = 8  # numbers of a latent that are alike in all cells of a tile


def make_latents(
    num_images: int, rows: int, columns: int, latent_dim: int = 16, seed: int = 0
) -> np.ndarray:
    """Maps of latents: the first `SAME` numbers are alike in all cells of a map.

    So a tile can have one tone and one scale, and yet each of its places is another.

    Args:
        num_images: how many.
        rows: cells from top to bottom.
        columns: cells from left to right.
        latent_dim: numbers in a cell, more than `SAME`.
        seed: a whole number; fewer maps are the first of more.

    Returns:
        float32 `(num_images, rows, columns, latent_dim)`.
    """
    latent_dim = checks.whole_number("latent_dim", latent_dim, SAME + 1)
    maps = latent.sample_latents(num_images, (rows, columns, latent_dim), seed)
    maps[..., :SAME] = maps[:, :1, :1, :SAME]
    return maps


def generate(model, material: str, num_images: int, side: int = 64, seed: int = 0):
    """Tiles of one material from a trained GAN.

    Args:
        model: a `gan.GAN` with a `networks.build_seamless_generator`, trained on maps
            of `make_latents` and on the labels of `materials.MATERIALS`.
        material: one of `materials.MATERIALS`.
        num_images: how many.
        side: in pixels, a multiple of `CELL`.
        seed: from which the latents follow.

    Returns:
        uint8 `(num_images, side, side, 3)`.

    Raises:
        ValueError: an unknown material, or a side that no cells give.
    """
    label = materials.find_label(material)
    side = checks.whole_number("side", side, CELL)
    if side % CELL:
        low = side // CELL * CELL
        raise ValueError(
            f"The side is {side} pixels; expected a multiple of {CELL}, because each "
            f"cell of latents becomes {CELL} x {CELL} pixels. Take {low} or "
            f"{low + CELL}; to cut a tile would open its seam."
        )
    maps = make_latents(
        num_images, side // CELL, side // CELL, model.latent_dim[-1], seed
    )
    step = max(_PIXELS_AT_ONCE // side**2, 1)
    parts = [maps[i : i + step] for i in range(0, num_images, step)]
    made = [model.generate(latents=p, labels=[label] * len(p)) for p in parts]
    # Lines like to lie where cells meet. A tile has no first row, so each is cut open
    # at a place of its own.
    cuts = np.random.default_rng([seed, label]).integers(side, size=(num_images, 2))
    pairs = zip(np.concatenate(made), cuts, strict=True)
    return np.stack([np.roll(tile, cut, (0, 1)) for tile, cut in pairs])


def seam_error(images) -> float:
    """How much larger the steps across the seam are than those between neighbours.

    The mean absolute difference between the last row and the first, and between the
    last column and the first, over that of all rows and columns that follow each other
    inside. 1 says that the seam is a place like all others; few tiles scatter, since
    any one row can hold an edge.

    Args:
        images: uint8 `(n, height, width, channels)`.
    """
    images = check_textures(images)
    across = inside = 0.0
    for axis in (1, 2):
        steps = np.abs(images - np.roll(images, 1, axis))
        steps = steps.mean(axis=(0, 3 - axis, 3))
        across, inside = across + steps[0], inside + steps[1:].mean()
    return float(across / max(inside, 1e-9))


def spectrum_distance(images, others) -> float:
    """How far two sets of textures are apart in their power spectra, in decibels.

    The spectrum says how strongly a brightness changes at each width and direction, and
    nothing of what stands where. Pictures fade out towards their border first, or the
    step between opposite sides would count. Mean absolute difference of the logarithms
    of the mean powers; 3 dB is twice the power.

    Args:
        images: uint8 `(n, height, width, channels)`.
        others: likewise, of the same size.
    """
    first, second = (
        _mean_power(check_textures(textures)) for textures in (images, others)
    )
    if first.shape != second.shape:
        raise ValueError(
            f"The spectra have {first.shape} and {second.shape} waves; expected "
            "pictures of the same size."
        )
    return float(10 * np.abs(np.log10(first / second)).mean())


def wrap(tile, outline, tile_mm: float = 60, width_px: int = 320) -> np.ndarray:
    """A vessel whose outside is covered with a tile, as a shaded picture.

    Around the vessel goes a whole number of copies, so that the last meets the first;
    where the vessel is narrow, they are narrow. From the foot up they follow the
    outline and are not stretched.

    Args:
        tile: uint8 `(height, width, 3)`.
        outline: of the vessel.
        tile_mm: side of a copy, about, where the vessel is widest.
        width_px: of the picture.

    Returns:
        uint8 `(5/4 of width_px, width_px, 3)`.
    """
    tile = check_textures([tile])[0]
    tile_mm = checks.number("tile_mm", tile_mm, 1)
    width_px = checks.whole_number("width_px", width_px, 16)
    size = 2 * width_px, 2 * round(1.25 * width_px)  # finer, then averaged
    picture = shading.shade(outline, "porcelain", "unglazed", *size).astype(float)
    is_outside, angles, lengths = shading.locate(outline, *size)
    around = max(round(2 * np.pi * outline.points[:, 0].max() / tile_mm), 1)
    copies = np.stack([-lengths / tile_mm, angles / (2 * np.pi) * around], axis=-1)
    rows, columns = np.moveaxis((copies % 1 * tile.shape[:2]).astype(int), -1, 0)
    colours = tile[rows, columns] / shading.CLAYS["porcelain"]
    picture = np.where(is_outside[..., None], picture * colours, picture)
    fine = picture.clip(0, 255).reshape(size[1] // 2, 2, width_px, 2, 3)
    return np.rint(fine.mean(axis=(1, 3))).astype(np.uint8)


def write(
    folder,
    name: str,
    tile,
    provenance: Provenance | None = None,
    rights: str = handover.RIGHTS,
) -> Path:
    """Writes `name.png`, which tiles, and `name.json`, which says where it comes from.

    Args:
        folder: is made where it is missing.
        name: of the files, without an ending.
        tile: uint8 `(height, width, 3)`.
        provenance: from what a generator drew it; None says that none did.
        rights: a sentence that says who may do what.

    Returns:
        Path of the PNG.

    Raises:
        OSError: the folder cannot be written to; then both files stay as they were.
        ValueError: no tile, or a name that files cannot have.
    """
    files.check_name(name)
    check_textures([tile])
    about = {
        **handover.origin(provenance is not None, rights),
        "pixels": list(np.shape(tile)[:2]),
        "seam_error": round(seam_error([tile]), 3),
        "recipe": provenance and asdict(provenance),
    }
    packet = handover.to_pnginfo(handover.xmp(name, name, rights, about["made_by"]))
    with files.whole_set(folder) as aside:
        (aside / f"{name}.png").write_bytes(plotting.encode(tile, pnginfo=packet))
        text = json.dumps(about, indent=1, ensure_ascii=False)
        (aside / f"{name}.json").write_text(text, "utf-8")
    return Path(folder) / f"{name}.png"


def check_textures(images) -> np.ndarray:
    """Textures as float32 of the same values; a `ValueError` if they are none."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or min(images.shape[1:3]) < 3:
        raise ValueError(
            f"The textures are {images.dtype} of shape {images.shape}; expected uint8 "
            "(n, height, width, channels), at least 3 pixels wide and high."
        )
    return images.astype(np.float32)


def _mean_power(images):
    light = images.mean(axis=3)
    light = light - light.mean(axis=(1, 2), keepdims=True)
    height, width = light.shape[1:]
    faded = light * np.hanning(height)[:, None] * np.hanning(width)
    # What rounding to whole levels adds keeps the logarithm from running away.
    return np.square(np.abs(np.fft.rfft2(faded))).mean(axis=0) + height * width / 12
