"""What all products on a potter's wheel or a lathe share: drawing and measuring.

A family of products knows only the widths of its outlines. This module fills an
outline, lights it in grey, reads widths off a picture and fits outlines to them.
Heights and widths are fractions of the image side unless they are said to be pixels.
"""

import numpy as np

SUBROWS = 4  # heights in each row of pixels at which the outline is computed
EDGE = 0.5  # brightness at the outline, where the middle is about 1


def check_arguments(num_images, image_size, seed) -> None:
    """A `ValueError` unless these are what `make` can work with."""
    given = {"num_images": num_images, "image_size": image_size, "seed": seed}
    for (name, value), least in zip(given.items(), (1, 16, 0), strict=True):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(
                f"{name} is {value!r}; give a whole number of at least {least}."
            )
    if image_size % 4:
        raise ValueError(f"image_size is {image_size}; give a multiple of 4.")


def draw_attributes(random, ranges, num_styles) -> dict[str, np.ndarray]:
    """Attributes from random numbers `(n, len(ranges) + 1)` between 0 and 1."""
    attributes = {
        name: np.float32(low) + np.float32(high - low) * random[:, i]
        for i, (name, (low, high)) in enumerate(ranges.items())
    }
    attributes["style"] = choose(random[:, len(ranges)], num_styles)
    return attributes


def choose(random, num_choices) -> np.ndarray:
    """Whole numbers from 0 to below `num_choices`, int64, from numbers in [0, 1)."""
    return (num_choices * random.astype(float)).astype(np.int64)


def subrow_heights(size) -> np.ndarray:
    """Heights of the sub-rows above the ground, in pixels, from the top down."""
    y = size - size // 14 - (np.arange(size * SUBROWS) + 0.5) / SUBROWS
    return y.astype(np.float32)


def fill(radius, height, size) -> tuple[np.ndarray, np.ndarray]:
    """Fills outlines.

    Args:
        radius: in pixels, at each sub-row, `(n, size * SUBROWS)`.
        height: of the product, in pixels, `(n, 1)`.
        size: side of the picture.

    Returns:
        The share of each pixel that lies inside, `(n, size, size // 2)`, for the right
        half of the picture; and the radius at each row, `(n, size)`.
    """
    y = subrow_heights(size)
    filled = np.clip((height - y) * SUBROWS + 0.5, 0, 1) * (y > 0) / SUBROWS
    radius, filled = (a.reshape(len(radius), size, SUBROWS) for a in (radius, filled))
    x = np.arange(size // 2, dtype=np.float32)
    inside = sum(
        np.clip(radius[:, :, i, None] - x, 0, 1) * filled[:, :, i, None]
        for i in range(SUBROWS)
    )
    return inside, radius.mean(axis=2)


def light(radius) -> tuple[np.ndarray, np.ndarray]:
    """Slope of the outline at each row, and the brightness in the middle of the row.

    The light comes from the front and above: where the clay faces up it is bright.
    """
    slope = np.gradient(radius, axis=1)
    return slope, 0.84 + 0.16 * slope / np.sqrt(1 + slope**2)


def draw_grey(inside, radius, tone) -> np.ndarray:
    """Grey pictures, uint8 `(n, size, size, 1)`, with dark edges; the ground is 0."""
    x = np.arange(inside.shape[2], dtype=np.float32)
    _, middle = light(radius)
    across = np.minimum((x + 0.5) / np.maximum(radius, 0.5)[:, :, None], 1)
    shade = EDGE + (middle[:, :, None] - EDGE) * (1 - across**2)
    half = np.rint(255 * inside * shade * tone[:, None, None]).astype(np.uint8)
    return np.concatenate([half[:, :, ::-1], half], axis=2)[..., None]


def check_images(images) -> np.ndarray:
    """Pictures for `measure` as an array; a `ValueError` where they are no such."""
    images = np.asarray(images)
    shape = images.shape
    if images.ndim != 4 or shape[1] != shape[2] or shape[3] not in (1, 3):
        raise ValueError(
            f"images have shape {shape}; give grey squares, (n, side, side, 1), or "
            "squares in colour, (n, side, side, 3)."
        )
    in_range = images.dtype.kind == "f" and bool(np.all(np.abs(images) <= 1.001))
    if images.dtype != np.uint8 and not in_range:
        raise ValueError(
            f"images are {images.dtype}; give uint8, or floats in [-1, 1] without nan."
        )
    return images


def to_fractions(images) -> np.ndarray:
    """Pixels as float32 from 0 to 1."""
    pixels = images.astype(np.float32)
    return pixels / 255 if images.dtype == np.uint8 else (pixels + 1) / 2


def read_widths(images):
    """Reads the width of each row off pictures, to a fraction of a pixel.

    Args:
        images: `(n, side, side, 1 or 3)`; in colour the brightest channel counts.

    Returns:
        Widths `(n, side)`; heights `t` of the rows, from 0 (foot) to 1 (top), as far as
        they lie within; which rows the product fills; where it begins, in rows from the
        top; its height in rows `(n, 1)`; and which pictures are empty `(n,)`.
    """
    side = images.shape[1]
    grey = to_fractions(images).max(axis=3)
    peak = grey.max(axis=(1, 2))
    empty = peak < 0.1
    grey /= np.where(empty, 1, peak)[:, None, None]
    # A trace of grey is ground; what is as bright as an edge, or brighter, is inside.
    widths = np.clip((grey - 0.04) / (EDGE - 0.04), 0, 1).mean(axis=2)
    brightest = grey.max(axis=2)
    top, bottom = _end(brightest), side - _end(brightest[:, ::-1])
    height = np.maximum(bottom - top, 1)[:, None]
    t = (bottom[:, None] - np.arange(side, dtype=np.float32) - 0.5) / height
    whole = (t * height > 0.4) & ((1 - t) * height > 0.5)  # rows that are full
    return np.where(whole, widths, 0), np.clip(t, 0, 1), whole, top, height, empty


def _end(brightest):
    """Where the product begins, in rows, if its rows are read from one end."""
    first = (brightest > EDGE / 2).argmax(axis=1)[:, None]
    padded = np.pad(brightest, ((0, 0), (1, 1)))
    before, at, after = (
        np.take_along_axis(padded, first + i, axis=1)[:, 0] for i in range(3)
    )
    after = np.maximum(after, EDGE / 2)  # a whole row, to measure the part rows by
    return first[:, 0] + 1 - np.minimum(at / after, 1) - np.minimum(before / after, 1)


def fit(outline, guess, widths, rows) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares fit of an outline to the widths of pictures.

    Args:
        outline: function from values `(n, k)` to widths `(n, side)`.
        guess: values to start from, `(n, k)`.
        widths: as `read_widths` returns them.
        rows: which rows count, `(n, side)`.

    Returns:
        The values after two Gauss-Newton steps, and the squared error `(n,)`.
    """
    values = guess
    num_values = guess.shape[1]
    steps = 0.01 * np.eye(num_values, dtype=np.float32)

    def difference(values):
        return np.where(rows, outline(values) - widths, 0)

    for _ in range(2):
        error = difference(values)
        slopes = (
            np.stack([difference(values + s) - error for s in steps], axis=2) / 0.01
        )
        normal = np.einsum("nri,nrj->nij", slopes, slopes) + 0.001 * np.eye(num_values)
        right = np.einsum("nri,nr->ni", slopes, error)
        change = np.linalg.solve(normal, right[..., None])[..., 0]
        values = np.clip(values - change, 0.02, 0.9).astype(np.float32)
    return values, (difference(values) ** 2).sum(axis=1)
