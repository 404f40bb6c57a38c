"""Where a product stands in its picture: its outline and its profile.

A picture here is one product with a little room around it, uint8 `(height, width, 1, 3
or 4)`; `synthetic.silhouettes` says on what grounds it is found.
"""

import numpy as np
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from gan_tutorial import checks
from gan_tutorial.synthetic.silhouettes import NOT_FOUND, find_product

NUM_LEVELS = 161  # heights at which a profile is taken


def outline(image) -> np.ndarray:
    """The closed, smoothed outline of a product, without its holes.

    The line runs where half of a pixel is covered by the product. On a black ground
    that is where pixels are 40 % as bright as the brightest of their neighbours,
    because products are darker at their edges. But there what is less than 16 % as
    bright as the picture's brightest spot is always ground, and what is more than 36 %
    never is.
    Smoothing moves the line by less than a pixel, at corners.

    Args:
        image: a picture.

    Returns:
        Points x and y in pixels, `(num_points, 2)`, two for each pixel of its length; y
        grows downwards, and the picture's upper left corner is 0, 0.

    Raises:
        ValueError: as `silhouettes.find_product`; with the same sentence, too, where
            there are several products, and none is by far the largest.
    """
    covered = np.pad(find_product(image), 2)
    most = sliding_window_view(covered, (3, 3)).max(axis=(2, 3))
    is_lit, covered = covered.max() > 1, covered[1:-1, 1:-1]
    if is_lit:
        inside = 1.25 * covered / np.maximum(most, 0.8)
        covered = np.where(covered > 0.72, np.maximum(inside, 0.51), inside)
    (lines,) = Figure().subplots().contour(covered, [0.5]).allsegs
    areas = np.array([_area(line) for line in lines])
    if np.sum(areas > areas.max() / 4) > 1:
        raise ValueError(NOT_FOUND)
    points = lines[areas.argmax()] - 0.5
    way = np.concatenate([[0], np.cumsum(_lengths(points))])
    places = np.linspace(0, way[-1], max(round(2 * way[-1]), 8), endpoint=False)
    points = np.stack([np.interp(places, way, column) for column in points.T], axis=1)
    for _ in range(5):  # together a bell with a standard deviation of 0.8 pixels
        around = np.roll(points, 1, axis=0) + np.roll(points, -1, axis=0)
        points = 0.5 * points + 0.25 * around
    return points


def profile(image, height_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights and radii in mm, `(161,)` each, from the foot up.

    Each row of the picture becomes a circle as wide as the outline is there.

    Raises:
        ValueError: as `outline`, or a height that is not positive.
    """
    points = outline(image)
    x, y = in_millimetres(points, height_mm).T
    heights = np.linspace(0, height_mm, NUM_LEVELS)
    # Smoothing has rounded the outline's corners: stay off either end.
    inset = 1.5 * height_mm / np.ptp(points[:, 1])
    rows = y.max() - np.clip(heights, inset, height_mm - inset)[:, None]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    crosses = (y <= rows) != (next_y <= rows)
    rise = np.where(next_y == y, 1, next_y - y)
    places = x + (rows - y) / rise * (next_x - x)
    right = np.where(crosses, places, -np.inf).max(axis=1)
    left = np.where(crosses, places, np.inf).min(axis=1)
    return heights, (right - left) / 2


def in_millimetres(points, height_mm: float) -> np.ndarray:
    """An outline in pixels, scaled so that its height is `height_mm`."""
    checks.number("height_mm", height_mm, 0.01)
    return points * (height_mm / np.ptp(points[:, 1]))


def _area(points):
    """Of what a closed line surrounds; negative where it is a hole."""
    x, y = points.T
    return (x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2


def _lengths(points):
    return np.linalg.norm(np.diff(points, axis=0), axis=1)
