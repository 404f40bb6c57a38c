"""Where a product stands in its picture: its outline and its profile.

A picture here is one product on a dark ground, uint8 `(height, width, 1 or 3)`.
"""

import numpy as np
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from gan_tutorial import checks

NUM_LEVELS = 161  # heights at which a profile is taken


def outline(image) -> np.ndarray:
    """The closed, smoothed outline of a product: its longest line, without holes.

    The line runs where pixels are 40 % as bright as the brightest of their neighbours:
    there about half of a pixel is covered, because products are darker at their edges.
    But what is less than 16 % as bright as the picture's brightest spot is always
    ground, and what is more than 36 % never is.
    Smoothing moves the line by less than a pixel, at corners.

    Args:
        image: a picture.

    Returns:
        Points x and y in pixels, `(num_points, 2)`, two for each pixel of its length; y
        grows downwards, and the picture's upper left corner is 0, 0.

    Raises:
        ValueError: no such picture, one without a product, or one whose product reaches
            the border: it is cut, or the ground is bright.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(
            f"The picture is {image.dtype} of shape {image.shape}; expected uint8 "
            "(height, width, 1 or 3). A network's float32 in [-1, 1] becomes uint8 by "
            "data.to_display_range; a transparent ground must be made black first."
        )
    grey = np.pad(image.max(axis=2) / 255, 2)  # closes it at the border
    if grey.max() < 0.1:
        raise ValueError("The picture is all dark: there is no product to outline.")
    brightest = sliding_window_view(grey, (3, 3)).max(axis=(2, 3))
    peak, grey = grey.max(), grey[1:-1, 1:-1]
    inside = grey / np.maximum(brightest, 0.4 * peak)
    inside = np.where(grey > 0.36 * peak, np.maximum(inside, 0.41), inside)
    (lines,) = Figure().subplots().contour(inside, [0.4]).allsegs
    points = max(lines, key=lambda line: _lengths(line).sum()) - 0.5
    size = np.array([image.shape[1], image.shape[0]])
    # A product that is cut, or a bright ground, gives a line along the border.
    if (points < 0.5).any() or (points > size - 0.5).any():
        ends = np.clip([points.min(axis=0), points.max(axis=0)], 0, size)
        (left, top), (right, bottom) = np.rint(ends)
        raise ValueError(
            f"The product goes from {left:g} to {right:g} across and {top:g} to "
            f"{bottom:g} down, to the border of a picture of {size[0]} x {size[1]}. "
            "Give a whole product on a dark ground, with a little room around it."
        )
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


def _lengths(points):
    return np.linalg.norm(np.diff(points, axis=0), axis=1)
