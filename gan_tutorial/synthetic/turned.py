"""What all products on a potter's wheel or a lathe share: drawing and measuring.

A family of products knows only the widths of its outlines. This module draws random
attributes, fills an outline, lights it, reads widths off a picture and fits outlines to
them. Heights and widths are fractions of the image side unless they are said to be
pixels.
"""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic.silhouettes import EDGE, find_products

SUBROWS = 4  # heights in each row of pixels at which the outline is computed
_CHUNK = 250  # pictures handled at once; keeps the memory small


def make(num_images, image_size, seed, family, ranges, styles, widths):
    """Draws random products; see `vases.make`.

    Args:
        num_images: how many.
        image_size: side in pixels.
        seed: from which all that is random follows.
        family: numbers that give each family of products random numbers of its own.
        ranges: lowest and highest value of each measure, by name.
        styles: names of the families of outlines.
        widths: as in `outline`.
    """
    num_images = checks.whole_number("num_images", num_images, 1)
    seed = checks.whole_number("seed", seed, 0)
    # One row of random numbers a product, so that a longer run begins with the same.
    rng = np.random.default_rng([seed, *family])
    random = rng.random((num_images, len(ranges) + 2), dtype=np.float32)
    attributes = {
        name: np.float32(low) + np.float32(high - low) * random[:, i]
        for i, (name, (low, high)) in enumerate(ranges.items())
    }
    attributes["style"] = (len(styles) * random[:, -2].astype(float)).astype(np.int64)
    tone = 0.8 + 0.2 * random[:, -1]  # how light the clay is
    return draw(attributes, tone, image_size, styles, widths), attributes


def draw(attributes, tone, image_size, styles, widths) -> np.ndarray:
    """Draws the products that have these attributes; see `vases.draw`.

    Args:
        attributes: as `vases.make` returns them, `(n,)` each.
        tone: how light the clay is, from 0 to 1, `(n,)`.
        image_size: side in pixels.
        styles: names of the families of outlines.
        widths: as in `outline`.
    """
    image_size = checks.whole_number("image_size", image_size, 16)
    if image_size % 4:
        raise ValueError(f"image_size is {image_size}; expected a multiple of 4.")
    images = np.empty((len(tone), image_size, image_size, 1), np.uint8)
    for start in range(0, len(tone), _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = {name: values[part] for name, values in attributes.items()}
        height = image_size * chunk["height"][:, None]
        t = np.clip(_subrow_heights(image_size) / height, 0, 1)
        radius = image_size / 2 * outline(widths, styles, chunk, t)
        images[part] = _draw(radius, height, tone[part])
    return images


def outline(widths, styles, attributes, heights) -> np.ndarray:
    """The exact full widths of products of several styles, `(n, k)`.

    Args:
        widths: function from the name of a style, the attributes of some products of
            that style, and heights, to their widths.
        styles: names of the styles.
        attributes: as `vases.make` returns them, `(n,)` each.
        heights: from 0 (ground) to 1 (top), `(n, k)`.
    """
    joined = np.empty_like(heights)
    for number, style in enumerate(styles):
        rows = attributes["style"] == number
        chosen = {name: values[rows] for name, values in attributes.items()}
        joined[rows] = widths(style, chosen, heights[rows])
    return joined


def measure(images, measure_chunk) -> dict[str, np.ndarray]:
    """Finds and measures the products of some pictures at a time.

    Args:
        images: uint8 `(n, side, side, 1, 3 or 4)`.
        measure_chunk: function from how far their pixels are covered, `(n, side,
            side)`, to values by name, `(n,)` each.

    Raises:
        ValueError: images of another shape or kind.
    """
    images = np.asarray(images)
    shape = images.shape
    is_square = images.ndim == 4 and shape[1] == shape[2] and shape[3] in (1, 3, 4)
    if images.dtype != np.uint8 or not is_square:
        raise ValueError(
            f"images are {images.dtype} of shape {shape}; expected uint8 squares, "
            "(n, side, side, 1, 3 or 4). A network's float32 in [-1, 1] becomes uint8 "
            "by data.to_display_range."
        )
    starts = range(0, max(len(images), 1), _CHUNK)
    chunks = (find_products(images[i : i + _CHUNK]) for i in starts)
    parts = [measure_chunk(covered) for covered in chunks]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def read_widths(covered):
    """Reads the width of each row off pictures, to a fraction of a pixel.

    Args:
        covered: how far their pixels are covered, as `find_products` returns it.

    Returns:
        Widths `(n, side)`; heights `t` of the rows, from 0 (foot) to 1 (top), as far as
        they lie within; which rows the product fills; where it begins, in rows from the
        top; its height in rows `(n, 1)`; and which pictures are empty `(n,)`.
    """
    side, empty = covered.shape[1], ~covered.any(axis=(1, 2))
    # A trace of grey is ground.
    widths = np.clip((covered - 0.08) / 0.92, 0, 1).mean(axis=2)
    most = covered.max(axis=2)
    top, bottom = _end(most), side - _end(most[:, ::-1])
    height = np.maximum(bottom - top, 1)[:, None]
    t = (bottom[:, None] - np.arange(side, dtype=np.float32) - 0.5) / height
    whole = (t * height > 0.4) & ((1 - t) * height > 0.5)  # rows that are full
    return np.where(whole, widths, 0), np.clip(t, 0, 1), whole, top, height, empty


def fit_styles(outlines, guess, widths, rows) -> tuple[np.ndarray, np.ndarray]:
    """Which style's outline, fitted, comes nearest to the widths of pictures.

    Args:
        outlines: a function for each style from values `(n, k)` to widths `(n, side)`.
        guess: values to start from, `(n, k)`.
        widths: as `read_widths` returns them.
        rows: which rows count, `(n, side)`.

    Returns:
        The number of the style, int64 `(n,)`, and its fitted values `(n, k)`.
    """
    fits = [_fit(outline, guess, widths, rows) for outline in outlines]
    style = np.argmin([error for _, error in fits], axis=0)
    values = np.stack([values for values, _ in fits])
    return style, values[style, np.arange(len(style))]


def _subrow_heights(size):
    """Heights of the sub-rows above the ground, in pixels, from the top down."""
    y = size - size // 14 - (np.arange(size * SUBROWS) + 0.5) / SUBROWS
    return y.astype(np.float32)


def _draw(radius, height, tone):
    """Grey pictures with dark edges, uint8 `(n, size, size, 1)`; the ground is 0.

    The light comes from the front and above: where the clay faces up it is bright.

    Args:
        radius: in pixels, at each sub-row, `(n, size * SUBROWS)`.
        height: of the product, in pixels, `(n, 1)`.
        tone: brightness of each product, `(n,)`.
    """
    num, size = len(radius), radius.shape[1] // SUBROWS
    y = _subrow_heights(size)
    filled = np.clip((height - y) * SUBROWS + 0.5, 0, 1) * (y > 0) / SUBROWS
    radius, filled = (a.reshape(num, size, SUBROWS) for a in (radius, filled))
    x = np.arange(size // 2, dtype=np.float32)
    inside = sum(
        np.clip(radius[:, :, i, None] - x, 0, 1) * filled[:, :, i, None]
        for i in range(SUBROWS)
    )
    radius = radius.mean(axis=2)
    slope = np.gradient(radius, axis=1)
    middle = 0.84 + 0.16 * slope / np.sqrt(1 + slope**2)
    across = np.minimum((x + 0.5) / np.maximum(radius, 0.5)[:, :, None], 1)
    shade = EDGE + (middle[:, :, None] - EDGE) * (1 - across**2)
    half = np.rint(255 * inside * shade * tone[:, None, None]).astype(np.uint8)
    return np.concatenate([half[:, :, ::-1], half], axis=2)[..., None]


def _end(most):
    """Where the product begins, in rows, if its rows are read from one end."""
    first = (most > 0.5).argmax(axis=1)[:, None]
    padded = np.pad(most, ((0, 0), (1, 1)))
    before, at, after = (
        np.take_along_axis(padded, first + i, axis=1)[:, 0] for i in range(3)
    )
    after = np.maximum(after, 0.5)  # a whole row, to measure the part rows by
    return first[:, 0] + 1 - np.minimum(at / after, 1) - np.minimum(before / after, 1)


def _fit(outline, guess, widths, rows):
    """Values after two Gauss-Newton steps, and the squared error `(n,)`."""
    values, num_values = guess, guess.shape[1]
    steps = 0.01 * np.eye(num_values, dtype=np.float32)

    def difference(values):
        return np.where(rows, outline(values) - widths, 0)

    for _ in range(2):
        error = difference(values)
        moved = [difference(values + step) - error for step in steps]
        slopes = np.stack(moved, axis=2) / 0.01
        normal = np.einsum("nri,nrj->nij", slopes, slopes) + 0.001 * np.eye(num_values)
        right = np.einsum("nri,nr->ni", slopes, error)
        change = np.linalg.solve(normal, right[..., None])[..., 0]
        values = np.clip(values - change, 0.02, 0.9).astype(np.float32)
    return values, (difference(values) ** 2).sum(axis=1)
