"""Colour for the products: glazes, patterns, highlights and a lamp's glow.

The brightest channel of a coloured pixel is its grey shading: every glaze has one
channel at 1 and only lowers the others (where two glazes mix, none is quite at 1). So
the outline of a coloured product can be read off the brightest channel like that of a
grey one. The ground is black.
"""

import numpy as np

from gan_tutorial.synthetic.turned import EDGE, choose, light, to_fractions

GLAZES = {  # red, green, blue, and the glazes that go well with it
    "ivory": ((1.00, 0.93, 0.80), ("cobalt", "coral", "sage", "oxblood")),
    "cobalt": ((0.12, 0.31, 1.00), ("ivory", "ochre", "ice")),
    "turquoise": ((0.16, 0.86, 1.00), ("ivory", "cobalt", "coral")),
    "celadon": ((0.64, 1.00, 0.80), ("ivory", "plum", "turquoise")),
    "sage": ((0.76, 1.00, 0.60), ("ivory", "blush", "cobalt")),
    "ochre": ((1.00, 0.68, 0.16), ("ivory", "cobalt", "oxblood")),
    "coral": ((1.00, 0.46, 0.33), ("ivory", "turquoise", "blush")),
    "oxblood": ((1.00, 0.13, 0.16), ("ivory", "blush", "ochre")),
    "blush": ((1.00, 0.72, 0.72), ("ivory", "oxblood", "plum")),
    "plum": ((0.84, 0.42, 1.00), ("ivory", "ice", "blush")),
    "ice": ((0.62, 0.80, 1.00), ("ivory", "cobalt", "plum")),
}
PATTERNS = ("plain", "bands", "dots", "flutes", "dip", "waves", "lattice", "blend")
_RGB = np.array([rgb for rgb, _ in GLAZES.values()], np.float32)
_FINER = 3  # sub-pixels, each way, at which a pattern is drawn


def draw_looks(random) -> dict[str, np.ndarray]:
    """How products are glazed, from random numbers `(n, 6)` between 0 and 1.

    Returns:
        `glaze`, `partner` and `pattern`, int64, and three measures of the pattern from
        0 to 1: `count`, `phase` and `share`; each `(n,)`.
    """
    names = list(GLAZES)
    glaze = choose(random[:, 0], len(GLAZES))
    partners = [GLAZES[names[i]][1] for i in glaze]
    places = [int(r * len(p)) for r, p in zip(random[:, 1], partners, strict=True)]
    partner = [names.index(p[i]) for p, i in zip(partners, places, strict=True)]
    looks = {"glaze": glaze, "partner": np.array(partner, np.int64)}
    looks["pattern"] = choose(random[:, 2], len(PATTERNS))
    return looks | dict(zip(("count", "phase", "share"), random.T[3:6], strict=True))


def draw_colour(inside, radius, tone, looks, glow=None, inner_looks=None):
    """Pictures in colour, lit from the upper left.

    Args:
        inside: as `turned.fill` returns it.
        radius: in pixels, at each row, `(n, size)`.
        tone: brightness of each product, `(n,)`.
        looks: as `draw_looks` returns them.
        glow: for lamps, brightness of the rows that shine from within, `(n, size)`, and
            0 elsewhere.
        inner_looks: looks of the rows that shine.

    Returns:
        uint8 `(n, size, size, 3)`.
    """
    inside = np.concatenate([inside[:, :, ::-1], inside], axis=2)
    across = _across(radius, 1)
    slope, middle = light(radius)
    albedo, relief = _glaze(looks, inside, radius)
    # The brightest place of a row is left of its middle; the edges keep their tone.
    turned = across + 0.3 * (1 - across**2)
    middle = 0.08 + middle[:, :, None]  # glaze shines more than clay
    shade = EDGE + (middle - EDGE) * (1 - turned**2) * relief
    depth = 1.1 + 0.5 * across  # a glaze looks deeper in the shadow
    highlight = _highlight(across, slope)
    if glow is not None:
        fabric, folds = _glaze(inner_looks, inside, radius)
        shines = (glow > 0)[:, :, None]
        bright = glow[:, :, None] * (0.85 + 0.15 * folds)
        shade = np.where(shines, EDGE + (bright - EDGE) * (1 - across**4), shade)
        albedo = np.where(shines[..., None], fabric, albedo)
        bulb = (bright - 0.7) / 0.3 * np.exp(-3 * across**2)
        depth = np.where(shines, 1.6 - bulb, depth)
        highlight = np.where(shines, 0.45 * bulb**2, highlight)
    colour = albedo ** depth[..., None]
    colour += highlight[..., None] * (1 - colour)
    shade += highlight * (1 - shade)
    shade = np.minimum(shade, 1) * 255 * inside * (0.4 + 0.6 * tone[:, None, None])
    return np.rint(shade[..., None] * colour).astype(np.uint8)


def nearest_glaze(images, rows=None) -> np.ndarray:
    """Number of the glaze that most of a product has, int64 `(n,)`.

    Args:
        images: in colour, `(n, side, side, 3)`.
        rows: which rows count, `(n, side)`; None takes all.
    """
    pixels = to_fractions(images)
    bright = pixels.max(axis=3)
    counts = bright > 0.6 * bright.max(axis=(1, 2), keepdims=True)
    if rows is not None:
        counts &= rows[:, :, None]
    hues = pixels / np.maximum(bright, 0.01)[..., None]
    found = np.zeros(len(images), np.int64)
    for i, (hue, count) in enumerate(zip(hues, counts, strict=True)):
        if count.any():
            distances = np.abs(np.median(hue[count], axis=0) - _RGB).sum(axis=1)
            found[i] = distances.argmin()
    return found


def _across(radius, finer):
    """Place of each pixel, or sub-pixel, across its row: -1 left edge, 1 right edge."""
    size = radius.shape[1]
    x = (np.arange(size * finer, dtype=np.float32) + 0.5) / finer - size / 2
    rows = np.repeat(np.maximum(radius, 0.5), finer, axis=1)
    return np.clip(x / rows[:, :, None], -1, 1)


def _highlight(across, slope):
    """White reflections of a lamp (a soft point) and of a window (a faint streak)."""
    towards = -0.40 * across + 0.42 * slope[:, :, None]
    towards = towards + 0.81 * np.sqrt(1 - across**2)
    towards = np.maximum(towards / np.sqrt(1 + slope[:, :, None] ** 2), 0)
    streak = np.exp(-(((across + 0.52) / 0.10) ** 2))
    return np.minimum(1.1 * towards**45 + 0.3 * streak, 1)


def _glaze(looks, inside, radius):
    """Colour `(n, size, size, 3)` without light, and depth of its relief, 0 to 1."""
    size = radius.shape[1]
    across = _across(radius, _FINER)
    angle = np.arcsin(across)
    rows = (np.arange(size * _FINER, dtype=np.float32) + 0.5) / _FINER
    above_ground = (size - size // 14 - rows)[:, None]
    height = above_ground / radius.max(axis=1)[:, None, None]
    level = above_ground / (inside[:, :, size // 2] > 0).sum(axis=1)[:, None, None]
    mask = np.zeros_like(angle)
    for number, name in enumerate(PATTERNS):
        chosen = looks["pattern"] == number
        if name != "plain" and chosen.any():
            count, phase, share = (
                looks[key][chosen][:, None, None] for key in ("count", "phase", "share")
            )
            draw = _PATTERNS[name]
            mask[chosen] = draw(
                angle[chosen], height[chosen], level[chosen], count, phase, share
            )
    blocks = mask.reshape(len(mask), size, _FINER, size, _FINER)
    mask = blocks.mean(axis=(2, 4))[..., None]
    # Flutes are cut into the clay: they change its relief, not its colour.
    is_fluted = (looks["pattern"] == PATTERNS.index("flutes"))[:, None, None]
    relief = np.where(is_fluted, 0.35 + 0.65 * mask[..., 0], 1)
    mask = np.where(is_fluted[..., None], 0, mask)
    first, second = (_RGB[looks[key]][:, None, None] for key in ("glaze", "partner"))
    colour = np.sqrt(first**2 + mask * (second**2 - first**2))  # mixed as light mixes
    return colour, relief


def _part(x):
    """What follows the decimal point, moved to lie between -0.5 and 0.5."""
    return x - np.floor(x) - 0.5


def _dots(angle, height, level, count, phase, share):
    cell = 2 * np.pi / np.round(8 + 7 * count)
    row = np.floor(height / cell)
    x, y = _part(angle / cell + 0.5 * (row % 2) + phase), _part(height / cell)
    return x**2 + y**2 < (0.2 + 0.14 * share) ** 2


def _lattice(angle, height, level, count, phase, share):
    cells, width = np.round(4 + 4 * count) / np.pi, 0.05 + 0.04 * share
    rising = _part((angle + height) * cells + phase)
    falling = _part((angle - height) * cells + phase)
    return (np.abs(rising) < width) | (np.abs(falling) < width)


# Each takes the angle around the product, the height above the ground in units of the
# largest radius and of the whole height, and the three measures of the look. It says
# where the partner's glaze lies, from 0 to 1.
_PATTERNS = {
    "bands": lambda angle, height, level, count, phase, share: (
        np.abs(_part(height * (0.6 + 1.8 * count) + phase)) < 0.07 + 0.10 * share
    ),
    "dots": _dots,
    "flutes": lambda angle, height, level, count, phase, share: (
        np.abs(np.cos(np.round(5 + 5 * count) * angle)) ** 0.7
    ),
    "dip": lambda angle, height, level, count, phase, share: (
        level > 0.58 + 0.24 * share + 0.02 * np.sin(5 * angle + 6.3 * phase)
    ),
    "waves": lambda angle, height, level, count, phase, share: (
        np.abs(_part(height * (0.8 + count) + 0.16 * np.sin(6 * angle) + phase))
        < 0.08 + 0.10 * share
    ),
    "lattice": _lattice,
    "blend": lambda angle, height, level, count, phase, share: np.clip(
        (level - 0.5 - 0.15 * share) / 0.4, 0, 1
    ),
}
