"""Measures of the vessels that pictures of turned products stand for.

A picture is read row by row: quick, for thousands of candidates, and as coarse as its
pixels. A design that has an outline is measured by `bodies`, exactly and by its own
rules: there the lip is round, and a wall that closes the neck is an error, not a 0.
"""

from functools import partial

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design.bodies import WALL_MM
from gan_tutorial.synthetic import turned
from gan_tutorial.synthetic.silhouettes import flood

UNITS = {"capacity": "litres", "tilt": "degrees"}  # for a `briefs.Brief`, as NAMES
NAMES = dict.fromkeys(("is_one_piece", "is_symmetric", "is_standing"), ("no", "yes"))


def measure_bodies(
    images, side_mm: float = 300.0, wall_mm: float = WALL_MM
) -> dict[str, np.ndarray]:
    """Measures the vessels that pictures of turned products stand for.

    Each row of a picture becomes a ring as wide as the product is there. The wall is
    measured at right angles to it, and the floor is as thick; what is
    narrower than two walls is solid. The shape of a product is the pixels of which it
    covers more than half, as `silhouettes.find_products` finds it.

    Args:
        images: uint8 `(n, side, side, 1, 3 or 4)`.
        side_mm: what a picture's side is in the world.
        wall_mm: thickness of the wall.

    Returns:
        One value for each picture, `(n,)`; NaN and False where no product is found, and
        where it is about a row high.

        * capacity: litres that can be poured in, up to the rim. Where the wall closes
          a neck, what lies below holds nothing.
        * tilt: degrees by which the empty vessel can lean before it falls over its
          foot: the arc tangent of the foot's radius over the height of the centre of
          mass of its wall and floor.
        * slenderness: height over greatest width.
        * is_one_piece: the shape's pixels touch each other side by side, not only at
          corners, and there is no hole in it.
        * is_symmetric: less than 3 % of the shape's pixels lack a partner on the other
          side of an axis that lies within a pixel of the picture's middle.
        * is_standing: the foot is within a pixel of the ground, at least 5 % of the
          side wide, and below the shape's centre.

    Raises:
        ValueError: images of another shape or kind, or lengths that are not positive.
    """
    checks.number("side_mm", side_mm, 0.01)
    checks.number("wall_mm", wall_mm, 0.01)
    lengths = {"side_mm": side_mm, "wall_mm": wall_mm}
    return turned.measure(images, partial(_measure_bodies, **lengths))


def _measure_bodies(covered, side_mm, wall_mm):
    side, shape = covered.shape[1], covered > 0.5
    widths, _, whole, top, height, empty = turned.read_widths(covered)
    empty = empty | (widths.max(axis=1) == 0)
    shape &= ~empty[:, None, None]
    # Rows that are partly filled, at either end, are as wide as the next whole one.
    rows = np.arange(side)
    first, last = whole.argmax(axis=1), side - 1 - whole[:, ::-1].argmax(axis=1)
    rows_read = np.clip(rows, first[:, None], last[:, None])
    radii = side_mm / 2 * np.take_along_axis(widths, rows_read, axis=1).astype(float)
    row_mm = side_mm / side
    upper = (top[:, None] + height - rows) * row_mm
    capacity, centre = _weigh(radii, upper, height * row_mm, row_mm, wall_mm)
    middle = (rows * shape).sum(axis=(1, 2)) / np.maximum(shape.sum(axis=(1, 2)), 1)
    foot = np.take_along_axis(shape, last[:, None, None], axis=1)[:, 0]
    left, right = foot.argmax(axis=1), side - 1 - foot[:, ::-1].argmax(axis=1)
    is_grounded = np.abs(top + height[:, 0] - (side - side // 14)) <= 1
    is_wide = radii[:, -1] >= 0.05 * side_mm / 2
    is_balanced = (left <= middle) & (middle <= right)
    measured = {
        "capacity": capacity,
        "tilt": np.degrees(np.arctan2(radii[:, -1], centre)),
        "slenderness": height[:, 0] / side / np.where(empty, 1, widths.max(axis=1)),
    }
    measured = {name: np.where(empty, np.nan, a) for name, a in measured.items()}
    return measured | {
        "is_one_piece": _are_connected(shape) & (_count_pieces_less_holes(shape) == 1),
        "is_symmetric": ~empty & (_shares_without_partner(shape) < 0.03),
        "is_standing": ~empty & is_grounded & is_wide & is_balanced,
    }


def _weigh(radii, upper, height, row_mm, wall_mm):
    """Capacity in litres and height of the centre of mass in mm, `(n,)` each.

    The rings have the radii and upper ends, `(n, side)`, from the top down.
    """
    slope = np.gradient(radii, row_mm, axis=1)
    inner = np.maximum(radii - wall_mm * np.hypot(1, slope), 0)
    inner *= np.logical_and.accumulate(radii > wall_mm, axis=1)  # open up to the rim
    upper, lower = (np.clip(z, 0, height) for z in (upper, upper - row_mm))
    above, below = np.maximum(upper, wall_mm), np.maximum(lower, wall_mm)
    cavity = (inner**2 * (above - below)).sum(axis=1)
    clay = (radii**2 * (upper - lower)).sum(axis=1) - cavity
    moment = radii**2 * (upper**2 - lower**2) - inner**2 * (above**2 - below**2)
    centre = moment.sum(axis=1) / 2 / np.where(clay > 0, clay, 1)
    return np.pi * cavity / 1e6, centre


def _are_connected(shapes):
    """Which masks `(n, side, side)` can be filled from one pixel, side by side."""
    flat = shapes.reshape(len(shapes), shapes.shape[1] * shapes.shape[2])
    first = np.arange(flat.shape[1]) == flat.argmax(axis=1)[:, None]
    return (flood(first.reshape(shapes.shape), shapes) == shapes).all(axis=(1, 2))


def _count_pieces_less_holes(shapes):
    """Euler's number of masks: pixels - pairs side by side + squares of four."""
    across = shapes[:, :, 1:] & shapes[:, :, :-1]
    down = shapes[:, 1:] & shapes[:, :-1]
    squares = across[:, 1:] & across[:, :-1]
    pixels, across, down, squares = (
        a.sum(axis=(1, 2)) for a in (shapes, across, down, squares)
    )
    return pixels - across - down + squares


def _shares_without_partner(shapes):
    """Share of pixels without a mirror image, at the best of five axes."""
    wide = np.pad(shapes, ((0, 0), (0, 0), (2, 2)))
    mirrored = wide[:, :, ::-1]
    lonely = [
        (wide & ~np.roll(mirrored, i, axis=2)).sum(axis=(1, 2)) for i in range(-2, 3)
    ]
    return np.min(lonely, axis=0) / np.maximum(shapes.sum(axis=(1, 2)), 1)
