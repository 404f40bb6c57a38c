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

``style`` numbers the family of outlines: an index into `STYLES`.
"""

import numpy as np

from gan_tutorial.synthetic import turned

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


def make(
    num_images: int, image_size: int = 28, seed: int = 0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Draws random lamps; a seed gives the same lamps at every image size.

    Args, returns and errors are those of `vases.make`, with the measures named above.
    """
    return turned.make(num_images, image_size, seed, (2,), RANGES, STYLES, widths)


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the attributes back off pictures, by fitting the outline of each.

    The shade's lower edge is where the widths change most from row to row. Above and
    below it the widths are compared with those of every style, each fitted by two
    Gauss-Newton steps; the nearest style is reported.

    Args, returns and errors are those of `vases.measure`, with the measures above.
    """
    return turned.measure(images, _measure)


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


def widths(style, attributes, t):
    """Full widths, ``(n, k)``, at heights t from 0 (ground) to 1 (top)."""
    rim, base, stem, shade, top = (
        attributes[name][:, None] for name in ("rim", *_WIDTHS)
    )
    u, v = np.clip(t / rim, 0, 1), np.clip((t - rim) / (1 - rim), 0, 1)
    body = stem + (base - stem) * _BODIES[style](u)
    return np.where(t < rim, body, shade + (top - shade) * _SHADES[style](v))


def _measure(covered):
    seen, t, whole, top, height, empty = turned.read_widths(covered)
    num, side = seen.shape
    rows, numbers = np.arange(num), np.arange(side)
    # The row in which the shade ends: between its neighbours the widths differ most.
    drop = np.zeros_like(seen)
    drop[:, 1:-1] = seen[:, :-2] - seen[:, 2:]
    drop[:, 1:-1] *= whole[:, :-2] & whole[:, 2:]
    end = np.clip(drop.argmax(axis=1), 1, side - 2)
    above, at, below = (seen[rows, end + i] for i in (-1, 0, 1))
    share = np.clip((at - below) / np.maximum(above - below, 0.01), 0, 1)
    rim = np.clip(1 - (end + share - top) / height[:, 0], 0.1, 0.9)
    # First guess: the lowest row, the narrowest below the shade, the shade's two ends.
    is_below = whole & (numbers > end[:, None] + 1)
    base = seen[rows, side - 1 - whole[:, ::-1].argmax(axis=1)]
    stem = np.where(is_below, seen, 1).min(axis=1)
    guess = np.stack([base, stem, above, seen[rows, whole.argmax(axis=1)]], axis=1)
    counts = whole & (np.abs(numbers - end[:, None]) > 1)
    outlines = [lambda v, s=s: widths(s, _name(rim, v), t) for s in STYLES]
    style, fitted = turned.fit_styles(outlines, guess, seen, counts)
    found = {"height": height[:, 0] / side} | _name(rim, fitted)
    found = {name: np.where(empty, np.nan, values) for name, values in found.items()}
    return found | {"style": np.where(empty, -1, style)}


def _name(rim, values):
    return {"rim": rim} | dict(zip(_WIDTHS, values.T, strict=True))
