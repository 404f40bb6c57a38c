"""Grey vases on a black ground, drawn by formula, with exactly known attributes.

A vase is a solid of revolution seen from the side. Its smooth outline has five
measures, drawn independently of each other and of the style (lengths are fractions of
the image side):

* ``height``: from the ground under the foot to the top of the lip;
* ``belly``: full width at the widest point;
* ``shoulder``: height of the widest point, as a fraction of the vase's own height;
* ``neck``: smallest full width above the belly;
* ``foot``: full width of the base.

``style`` numbers the family of outlines: an index into `STYLES`.
"""

import numpy as np

STYLES = ("round", "bottle", "flared", "amphora", "gourd")
RANGES = {
    "height": (0.58, 0.86),
    "belly": (0.42, 0.74),
    "shoulder": (0.34, 0.60),
    "neck": (0.10, 0.24),
    "foot": (0.18, 0.36),
}
_OUTLINE = ("belly", "shoulder", "neck", "foot")
_SUBROWS = 4  # heights in each row of pixels at which the outline is computed
_EDGE = 0.5  # brightness at the outline, where the middle is about 1
_CHUNK = 2000  # vases handled at once; keeps the memory small


def make(
    num_images: int, image_size: int = 28, seed: int = 0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws random vases; a seed gives the same vases at every image size.

    Args:
        num_images: how many; a longer run begins with the vases of a shorter one.
        image_size: side in pixels, a multiple of 4, at least 16.
        seed: a whole number, 0 or more.

    Returns:
        images: uint8, ``(num_images, image_size, image_size, 1)``, ground exactly 0.
        attributes: float32 ``(num_images,)`` for each measure named above, exact, and
            ``style``, int64 ``(num_images,)``.

    Raises:
        ValueError: an argument is not such a number.
    """
    given = {"num_images": num_images, "image_size": image_size, "seed": seed}
    for (name, value), least in zip(given.items(), (1, 16, 0), strict=True):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(
                f"{name} is {value!r}; give a whole number of at least {least}."
            )
    if image_size % 4:
        raise ValueError(f"image_size is {image_size}; give a multiple of 4.")
    # One row of random numbers a vase, so that a longer run begins with the same vases.
    random = np.random.default_rng(seed).random((num_images, 7), dtype=np.float32)
    attributes = {
        name: np.float32(low) + np.float32(high - low) * random[:, i]
        for i, (name, (low, high)) in enumerate(RANGES.items())
    }
    attributes["style"] = (len(STYLES) * random[:, 5].astype(float)).astype(np.int64)
    tone = 0.8 + 0.2 * random[:, 6]  # how light the clay is
    images = np.empty((num_images, image_size, image_size, 1), np.uint8)
    for start in range(0, num_images, _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = {name: values[part] for name, values in attributes.items()}
        images[part, ..., 0] = _draw(chunk, tone[part], image_size)
    return images, attributes


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the attributes back off pictures, by fitting the outline of each.

    The widths of a picture's rows, to a fraction of a pixel, are compared with those of
    every style, each fitted by two Gauss-Newton steps; the nearest style is reported.

    Args:
        images: ``(n, side, side, 1)``, uint8, or floats in [-1, 1].

    Returns:
        The attributes that `make` returns; nan and style -1 for an empty picture.

    Raises:
        ValueError: images of another shape or kind.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 1:
        raise ValueError(
            f"images have shape {images.shape}; give grey squares, (n, side, side, 1)."
        )
    in_range = images.dtype.kind == "f" and bool(np.all(np.abs(images) <= 1.001))
    if images.dtype != np.uint8 and not in_range:
        raise ValueError(
            f"images are {images.dtype}; give uint8, or floats in [-1, 1] without nan."
        )
    starts = range(0, max(len(images), 1), _CHUNK)
    parts = [_measure(images[i : i + _CHUNK, ..., 0]) for i in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _ease(x):
    """Rises smoothly from 0 at x = 0 to 1 at x = 1; constant outside."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0, 1))


# A style's outline stands on a ring, rises to the belly (u = 0 to 1), and falls to the
# neck, which begins somewhere between belly and lip (v = 0 to 1). A bend below 1 makes
# an outline move early, above 1 late.
_SHAPES = {  # end of the ring (u), bend of the rise, start of the neck (v), bend
    "round": (0.06, 0.55, 0.86, 1.6),
    "bottle": (0.08, 0.55, 0.50, 1.2),
    "flared": (0.10, 0.75, 0.56, 1.0),
    "amphora": (0.30, 0.75, 0.62, 1.2),
    "gourd": (0.08, 0.62, 0.44, 1.0),
}
_LIPS = {  # what stands out from the neck: 1 is as wide as the belly
    "round": lambda v: 0.10 * _ease((v - 0.92) / 0.08),
    "bottle": lambda v: 0.14 * _ease((v - 0.90) / 0.06),
    "flared": lambda v: 0.65 * np.clip((v - 0.56) / 0.44, 0, 1) ** 1.6,
    "amphora": lambda v: 0.35 * _ease((v - 0.80) / 0.15),
    "gourd": lambda v: 0.42 * _ease(1 - np.abs(v - 0.72) / 0.28),
}


def _widths(style, attributes, t):
    """Full widths, ``(n, k)``, at heights t from 0 (foot) to 1 (top of the lip)."""
    belly, shoulder, neck, foot = (attributes[name][:, None] for name in _OUTLINE)
    ring, rise, fall_end, fall = _SHAPES[style]
    u, v = t / shoulder, np.clip((t - shoulder) / (1 - shoulder), 0, 1)
    lower = _ease(np.clip((u - ring) / (1 - ring), 0, 1) ** rise)
    upper = 1 - _ease((v / fall_end) ** fall) + _LIPS[style](v)
    lower = foot + (belly - foot) * lower
    if style == "amphora":  # it stands on a stem
        lower *= 1 - 0.45 * _ease(1 - np.abs(u - 0.27) / 0.22)
    return np.where(u < 1, lower, neck + (belly - neck) * upper)


def _draw(attributes, tone, size):
    """Grey pictures, uint8 ``(n, size, size)``, of vases with these attributes."""
    # Heights of the sub-rows above the ground, in pixels, from the picture's top down.
    y = size - size // 14 - (np.arange(size * _SUBROWS) + 0.5) / _SUBROWS
    y, height = y.astype(np.float32), size * attributes["height"][:, None]
    t = np.clip(y / height, 0, 1)
    radius = np.empty_like(t)
    for number, style in enumerate(STYLES):
        rows = attributes["style"] == number
        chosen = {name: attributes[name][rows] for name in _OUTLINE}
        radius[rows] = size / 2 * _widths(style, chosen, t[rows])
    filled = np.clip((height - y) * _SUBROWS + 0.5, 0, 1) * (y > 0) / _SUBROWS
    radius, filled = (a.reshape(len(t), size, _SUBROWS) for a in (radius, filled))
    # Share of each pixel inside the outline. The left half mirrors the right one.
    x = np.arange(size // 2, dtype=np.float32)
    inside = sum(
        np.clip(radius[:, :, i, None] - x, 0, 1) * filled[:, :, i, None]
        for i in range(_SUBROWS)
    )
    # Soft light from the front and above: dark edges, bright where the clay faces up.
    radius = radius.mean(axis=2)
    slope = np.gradient(radius, axis=1)
    middle = 0.84 + 0.16 * slope / np.sqrt(1 + slope**2)
    across = np.minimum((x + 0.5) / np.maximum(radius, 0.5)[:, :, None], 1)
    shade = _EDGE + (middle[:, :, None] - _EDGE) * (1 - across**2)
    half = np.rint(255 * inside * shade * tone[:, None, None]).astype(np.uint8)
    return np.concatenate([half[:, :, ::-1], half], axis=2)


def _measure(images):
    """Attributes of grey pictures ``(n, side, side)``."""
    num, side = images.shape[:2]
    grey = images.astype(np.float32)
    grey = grey / 255 if images.dtype == np.uint8 else (grey + 1) / 2
    peak = grey.max(axis=(1, 2))
    empty = peak < 0.1
    grey /= np.where(empty, 1, peak)[:, None, None]
    # A trace of grey is ground; all that is as bright as an edge, or brighter, is vase.
    widths = np.clip((grey - 0.04) / (_EDGE - 0.04), 0, 1).mean(axis=2)
    brightest = grey.max(axis=2)
    top, bottom = _end(brightest), side - _end(brightest[:, ::-1])
    height = np.maximum(bottom - top, 1)[:, None]
    t = (bottom[:, None] - np.arange(side, dtype=np.float32) - 0.5) / height
    whole = (t * height > 0.4) & ((1 - t) * height > 0.5)  # rows the vase fills
    widths, t = np.where(whole, widths, 0), np.clip(t, 0, 1)
    # First guess: the widest row, its height, the narrowest row above, the lowest row.
    rows = np.arange(num)
    shoulder = np.clip(t[rows, widths.argmax(axis=1)], 0.2, 0.8)
    neck = np.where(whole & (t > shoulder[:, None]), widths, 1).min(axis=1)
    foot = widths[rows, side - 1 - whole[:, ::-1].argmax(axis=1)]
    guess = np.stack([widths.max(axis=1), shoulder, neck, foot], axis=1)
    fits = [_fit(style, guess, t, widths, whole) for style in STYLES]
    style = np.argmin([error for _, error in fits], axis=0)
    fitted = np.stack([values for values, _ in fits])[style, rows]
    found = {"height": height[:, 0] / side} | dict(zip(_OUTLINE, fitted.T, strict=True))
    found = {name: np.where(empty, np.nan, values) for name, values in found.items()}
    return found | {"style": np.where(empty, -1, style)}


def _end(brightest):
    """Where the vase begins, in rows, if its rows are read from one end."""
    first = (brightest > _EDGE / 2).argmax(axis=1)[:, None]
    padded = np.pad(brightest, ((0, 0), (1, 1)))
    before, at, after = (
        np.take_along_axis(padded, first + i, axis=1)[:, 0] for i in range(3)
    )
    after = np.maximum(after, _EDGE / 2)  # a whole row, to measure the part rows by
    return first[:, 0] + 1 - np.minimum(at / after, 1) - np.minimum(before / after, 1)


def _fit(style, values, t, widths, whole):
    """Least-squares fit of one style: values ``(n, 4)`` and squared error ``(n,)``."""

    def difference(values):
        attributes = dict(zip(_OUTLINE, values.T, strict=True))
        return np.where(whole, _widths(style, attributes, t) - widths, 0)

    steps = 0.01 * np.eye(4, dtype=np.float32)
    for _ in range(2):
        error = difference(values)
        slopes = (
            np.stack([difference(values + s) - error for s in steps], axis=2) / 0.01
        )
        normal = np.einsum("nri,nrj->nij", slopes, slopes) + 0.001 * np.eye(4)
        right = np.einsum("nri,nr->ni", slopes, error)
        change = np.linalg.solve(normal, right[..., None])[..., 0]
        values = np.clip(values - change, 0.05, 0.9).astype(np.float32)
    return values, (difference(values) ** 2).sum(axis=1)
