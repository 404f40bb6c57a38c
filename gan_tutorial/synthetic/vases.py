"""Vases on a black ground, drawn by formula, with exactly known attributes.

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

from gan_tutorial.synthetic import turned

STYLES = ("round", "bottle", "flared", "amphora", "gourd")
RANGES = {
    "height": (0.58, 0.86),
    "belly": (0.42, 0.74),
    "shoulder": (0.34, 0.60),
    "neck": (0.10, 0.24),
    "foot": (0.18, 0.36),
}
_OUTLINE = ("belly", "shoulder", "neck", "foot")


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
    return turned.make(num_images, image_size, seed, (), RANGES, STYLES, widths)


def draw(
    attributes: dict[str, np.ndarray], image_size: int = 28, seed: int = 0
) -> np.ndarray:
    """Draws the vases that have these attributes, in clay of a random tone.

    Args:
        attributes: as `make` returns them, ``(n,)`` each. Measures may lie beyond
            `RANGES`; what does not fit into the picture is cut off.
        image_size: side in pixels, a multiple of 4, at least 16.
        seed: from which the tones follow.

    Returns:
        uint8 ``(n, image_size, image_size, 1)``.
    """
    values = {name: np.asarray(attributes[name], np.float32) for name in RANGES}
    values["style"] = np.asarray(attributes["style"])
    random = np.random.default_rng(seed).random(len(values["style"]), np.float32)
    return turned.draw(values, 0.8 + 0.2 * random, image_size, STYLES, widths)


def measure(images: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the attributes back off pictures, by fitting the outline of each.

    The widths of a picture's rows, to a fraction of a pixel, are compared with those of
    every style, each fitted by two Gauss-Newton steps; the nearest style is reported.

    Args:
        images: uint8 ``(n, side, side, 1, 3 or 4)``.

    Returns:
        The measures and the style that `make` returns; nan and -1 where there is no
        product to be found.

    Raises:
        ValueError: images of another shape or kind.
    """
    return turned.measure(images, _measure)


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


def widths(style, attributes, t):
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


def _measure(covered):
    seen, t, whole, _, height, empty = turned.read_widths(covered)
    num, side = seen.shape
    # First guess: the widest row, its height, the narrowest row above, the lowest row.
    rows = np.arange(num)
    shoulder = np.clip(t[rows, seen.argmax(axis=1)], 0.2, 0.8)
    neck = np.where(whole & (t > shoulder[:, None]), seen, 1).min(axis=1)
    foot = seen[rows, side - 1 - whole[:, ::-1].argmax(axis=1)]
    guess = np.stack([seen.max(axis=1), shoulder, neck, foot], axis=1)
    outlines = [lambda v, s=s: widths(s, _name(v), t) for s in STYLES]
    style, fitted = turned.fit_styles(outlines, guess, seen, whole)
    found = {"height": height[:, 0] / side} | _name(fitted)
    found = {name: np.where(empty, np.nan, values) for name, values in found.items()}
    return found | {"style": np.where(empty, -1, style)}


def _name(values):
    return dict(zip(_OUTLINE, values.T, strict=True))
