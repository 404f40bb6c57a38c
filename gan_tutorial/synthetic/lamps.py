"""Table lamps on a black ground, drawn by formula, with exactly known attributes.

A lamp is a solid of revolution: a turned base, a stem and a shade. It has six measures,
drawn independently of each other and of the style (lengths are fractions of the image
side):

* ``height``: from the ground to the top of the shade;
* ``rim``: height of the shade's lower edge, as a fraction of the lamp's own height;
* ``base``: full width of the foot;
* ``stem``: full width just below the shade;
* ``shade``: full width of the shade's lower edge;
* ``top``: full width of the shade's upper edge.

``style`` numbers the family of outlines: an index into `STYLES`. In colour a lamp is
lit; it also has the ``glaze`` of its base, the ``fabric`` of its shade and the
``pattern`` of that, indices into `GLAZES`, `GLAZES` and `PATTERNS`.
"""

import numpy as np

from gan_tutorial.synthetic import glazes, turned

GLAZES = tuple(glazes.GLAZES)
PATTERNS = glazes.PATTERNS
STYLES = ("column", "ball", "bottle", "candlestick", "mushroom")
RANGES = {
    "height": (0.62, 0.86),
    "rim": (0.48, 0.62),
    "base": (0.28, 0.46),
    "stem": (0.06, 0.16),
    "shade": (0.50, 0.80),
    "top": (0.18, 0.40),
}
_WIDTHS = ("base", "stem", "shade", "top")
_CHUNK = 250  # lamps handled at once; keeps the memory small


def make(
    num_images: int, image_size: int = 28, seed: int = 0, colour: bool = False
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws random lamps; a seed gives the same lamps at every image size.

    Args:
        num_images: how many; a longer run begins with the lamps of a shorter one.
        image_size: side in pixels, a multiple of 4, at least 16.
        seed: a whole number, 0 or more.
        colour: glazed, and lit from within; the shapes are those of the grey lamps.

    Returns:
        images: uint8, ``(num_images, image_size, image_size, 1 or 3)``, ground exactly
            0.
        attributes: float32 ``(num_images,)`` for each measure named above, exact, and
            ``style``, int64 ``(num_images,)``; in colour ``glaze``, ``fabric`` and
            ``pattern`` too.

    Raises:
        ValueError: an argument is not such a number.
    """
    turned.check_arguments(num_images, image_size, seed)
    # One row of random numbers a lamp, so that a longer run begins with the same lamps.
    rng = np.random.default_rng([seed, 2])
    random = rng.random((num_images, 8), dtype=np.float32)
    attributes = turned.draw_attributes(random, RANGES, len(STYLES))
    tone = 0.8 + 0.2 * random[:, 7]
    base_looks = shade_looks = {}
    if colour:
        random = np.random.default_rng([seed, 3]).random((num_images, 12))
        base_looks, shade_looks = map(glazes.draw_looks, (random[:, :6], random[:, 6:]))
        base_looks["glaze"] = shade_looks["partner"]  # one of those that go well
        base_looks["pattern"][:] = PATTERNS.index("plain")
    shape = (num_images, image_size, image_size, 3 if colour else 1)
    images = np.empty(shape, np.uint8)
    for start in range(0, num_images, _CHUNK):
        part = slice(start, start + _CHUNK)
        chunk = {name: values[part] for name, values in attributes.items()}
        inside, radius, t = _fill(chunk, image_size)
        if colour:
            looks, fabrics = (
                {name: values[part] for name, values in look.items()}
                for look in (base_looks, shade_looks)
            )
            images[part] = glazes.draw_colour(
                inside, radius, tone[part], looks, _glow(chunk, t), fabrics
            )
        else:
            images[part] = turned.draw_grey(inside, radius, tone[part])
    if colour:
        attributes["glaze"], attributes["fabric"] = (
            look["glaze"] for look in (base_looks, shade_looks)
        )
        attributes["pattern"] = shade_looks["pattern"]
    return images, attributes


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the attributes back off pictures, by fitting the outline of each.

    The shade's lower edge is where the widths change most from row to row. Above and
    below it the widths are compared with those of every style, each fitted by two
    Gauss-Newton steps; the nearest style is reported.

    Args:
        images: ``(n, side, side, 1 or 3)``, uint8, or floats in [-1, 1].

    Returns:
        The measures and the style that `make` returns, and in colour the glaze of the
        base; nan and -1 for an empty picture. Fabric and pattern are not read.

    Raises:
        ValueError: images of another shape or kind.
    """
    images = turned.check_images(images)
    starts = range(0, max(len(images), 1), _CHUNK)
    parts = [_measure(images[i : i + _CHUNK]) for i in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def outline(attributes: dict, heights) -> np.ndarray:
    """The exact widths of lamps, for solids and for checks.

    Args:
        attributes: as `make` returns them, ``(n,)`` each.
        heights: from 0 (ground) to 1 (top of the shade), ``(n, k)``.

    Returns:
        Full widths, as fractions of the image side, ``(n, k)``.
    """
    widths = np.empty_like(heights)
    for number, style in enumerate(STYLES):
        rows = attributes["style"] == number
        chosen = {name: attributes[name][rows] for name in ("rim", *_WIDTHS)}
        widths[rows] = _widths(style, chosen, heights[rows])
    return widths


def _ease(x):
    """Falls smoothly from 1 at x = 0 to 0 at x = 1; constant outside."""
    return 0.5 + 0.5 * np.cos(np.pi * np.clip(x, 0, 1))


def _ball(u, middle, radius):
    """Outline of a ball: 1 at its middle, 0 outside."""
    return np.sqrt(np.maximum(1 - ((u - middle) / radius) ** 2, 0))


# Bodies from the ground (u = 0) to the shade (u = 1): 1 is as wide as the foot, 0 as
# the stem.
_BODIES = {
    "column": lambda u: _ease((u - 0.08) / 0.10),
    "ball": lambda u: np.maximum(
        np.maximum(_ease((u - 0.05) / 0.06), 0.5 * _ease((u - 0.12) / 0.2)),
        1.2 * _ball(u, 0.44, 0.33),
    ),
    "bottle": lambda u: _ease(u / 0.85) ** 0.8 + 0.35 * _ease(np.abs(u - 0.3) / 0.3),
    "candlestick": lambda u: np.maximum(
        _ease((u - 0.05) / 0.10),
        0.5 * _ball(u, 0.30, 0.09) + 0.34 * _ball(u, 0.52, 0.07),
    ),
    "mushroom": lambda u: 1 - np.clip((u - 0.06) / 0.94, 0, 1) ** 0.6,
}
# Shades from the lower edge (v = 0) to the upper one (v = 1): the share of the way from
# the lower width to the upper one.
_SHADES = {
    "column": lambda v: v,
    "ball": lambda v: 0.5 * v + 0.5 * _ease(1 - v),
    "bottle": lambda v: 1 - (1 - v) ** 1.8,
    "candlestick": lambda v: np.clip((v - 0.12) / 0.88, 0, 1),
    "mushroom": lambda v: 1 - np.sqrt(1 - 0.96 * v**2.2) * 1.25 + 0.25,
}


def _widths(style, attributes, t):
    """Full widths, ``(n, k)``, at heights t from 0 (ground) to 1 (top)."""
    rim, base, stem, shade, top = (
        attributes[name][:, None] for name in ("rim", *_WIDTHS)
    )
    u, v = np.clip(t / rim, 0, 1), np.clip((t - rim) / (1 - rim), 0, 1)
    body = stem + (base - stem) * _BODIES[style](u)
    return np.where(t < rim, body, shade + (top - shade) * _SHADES[style](v))


def _fill(attributes, size):
    """Pixels inside the outlines, and the radius and the height t at each row."""
    height = size * attributes["height"][:, None]
    t = np.clip(turned.subrow_heights(size) / height, 0, 1)
    inside, radius = turned.fill(size / 2 * outline(attributes, t), height, size)
    return inside, radius, t.reshape(len(t), size, turned.SUBROWS).mean(axis=2)


def _glow(attributes, t):
    """Brightness of each row of the shade: the bulb stands in its lower half."""
    v = (t - attributes["rim"][:, None]) / (1 - attributes["rim"][:, None])
    return np.where(v > 0, 0.70 + 0.30 * np.exp(-(((v - 0.35) / 0.42) ** 2)), 0)


def _measure(images):
    widths, t, whole, top, height, empty = turned.read_widths(images)
    num, side = widths.shape
    rows, numbers = np.arange(num), np.arange(side)
    # The row in which the shade ends: between its neighbours the widths differ most.
    drop = np.zeros_like(widths)
    drop[:, 1:-1] = widths[:, :-2] - widths[:, 2:]
    drop[:, 1:-1] *= whole[:, :-2] & whole[:, 2:]
    end = np.clip(drop.argmax(axis=1), 1, side - 2)
    above, at, below = (widths[rows, end + i] for i in (-1, 0, 1))
    share = np.clip((at - below) / np.maximum(above - below, 0.01), 0, 1)
    rim = np.clip(1 - (end + share - top) / height[:, 0], 0.1, 0.9)
    # First guess: the lowest row, the narrowest below the shade, the shade's two ends.
    is_below = whole & (numbers > end[:, None] + 1)
    base = widths[rows, side - 1 - whole[:, ::-1].argmax(axis=1)]
    stem = np.where(is_below, widths, 1).min(axis=1)
    guess = np.stack([base, stem, above, widths[rows, whole.argmax(axis=1)]], axis=1)
    counts = whole & (np.abs(numbers - end[:, None]) > 1)
    # A row of pixels shows the mean width of its height, here taken at three places.
    places = t[:, :, None] + np.array([-1, 0, 1], np.float32) / 3 / height[:, :, None]
    places = places.reshape(num, 3 * side)

    def outline_of(style):
        return lambda values: (
            _widths(style, _name(rim, values), places)
            .reshape(num, side, 3)
            .mean(axis=2)
        )

    fits = [turned.fit(outline_of(s), guess, widths, counts) for s in STYLES]
    style = np.argmin([error for _, error in fits], axis=0)
    fitted = np.stack([values for values, _ in fits])[style, rows]
    found = {"height": height[:, 0] / side} | _name(rim, fitted)
    found = {name: np.where(empty, np.nan, values) for name, values in found.items()}
    found["style"] = np.where(empty, -1, style)
    if images.shape[3] == 3:
        glaze = glazes.nearest_glaze(images, is_below)
        found["glaze"] = np.where(empty, -1, glaze)
    return found


def _name(rim, values):
    return {"rim": rim} | dict(zip(_WIDTHS, values.T, strict=True))
