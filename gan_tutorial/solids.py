"""From a picture to a body: outline, profile, and solid of revolution.

A picture here is one product on a dark ground, `(height, width, 1 or 3)`, uint8 or
float32 in [-1, 1].
"""

from numbers import Real

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from numpy.lib.stride_tricks import sliding_window_view

from gan_tutorial import data
from gan_tutorial.synthetic import turned

UNITS = {"capacity": "litres", "tilt": "degrees"}  # for a `briefs.Brief`, as NAMES
NAMES = dict.fromkeys(("is_one_piece", "is_symmetric", "is_standing"), ("no", "yes"))
WALL_MM = 4.0  # of a vessel of clay
_LEVELS = 161  # heights at which a solid's radius is taken
_FINER = 8  # times as many levels, where the wall is measured
_SECTORS = 96  # corners of its rings
_BORE = 1.0  # mm: a narrower cavity is filled
_CHUNK = 250  # pictures measured at once; keeps the memory small


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
        ValueError: a picture without a product.
    """
    grey = np.pad(to_pixels(image).max(axis=2) / 255, 2)  # closes it at the border
    if grey.max() < 0.1:
        raise ValueError("The picture is all dark: there is no product to outline.")
    brightest = sliding_window_view(grey, (3, 3)).max(axis=(2, 3))
    peak, grey = grey.max(), grey[1:-1, 1:-1]
    inside = grey / np.maximum(brightest, 0.4 * peak)
    inside = np.where(grey > 0.36 * peak, np.maximum(inside, 0.41), inside)
    (lines,) = Figure().subplots().contour(inside, [0.4]).allsegs
    points = max(lines, key=lambda line: _lengths(line).sum()) - 0.5
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
        ValueError: a picture without a product, or a height that is not positive.
    """
    x, y = in_millimetres(outline(image), height_mm).T
    heights = np.linspace(0, height_mm, _LEVELS)
    # Smoothing has rounded the outline's corners: stay off either end.
    inset = 1.5 * height_mm / np.ptp(outline(image)[:, 1])
    rows = y.max() - np.clip(heights, inset, height_mm - inset)[:, None]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    crosses = (y <= rows) != (next_y <= rows)
    rise = np.where(next_y == y, 1, next_y - y)
    places = x + (rows - y) / rise * (next_x - x)
    right = np.where(crosses, places, -np.inf).max(axis=1)
    left = np.where(crosses, places, np.inf).min(axis=1)
    return heights, (right - left) / 2


def revolve(image, height_mm: float, wall_mm: float | None = WALL_MM) -> np.ndarray:
    """The solid of revolution of a product's outline, as triangles.

    It stands on a flat foot. Its cavity is open at the top, goes down as far as it is
    wider than 2 mm, and keeps the wall (and the floor) at least `wall_mm` thick.

    Args:
        image: a picture.
        height_mm: of the solid.
        wall_mm: thickness of the wall; None makes a solid without a cavity.

    Returns:
        Corners in mm, float32 `(num_triangles, 3, 3)`, anticlockwise seen from outside.

    Raises:
        ValueError: a picture without a product, or a wall that fills the opening.
    """
    rings, levels = _section(image, height_mm, wall_mm)
    angles = 2 * np.pi * np.arange(_SECTORS) / _SECTORS
    x, y = (rings[:, None] * wave(angles) + 0.0 for wave in (np.cos, np.sin))
    corners = np.stack([x, y, np.broadcast_to(levels[:, None], x.shape)], axis=2)
    corners = corners.astype(np.float32)
    a, d = corners[:-1], corners[1:]
    b, c = np.roll(a, -1, axis=1), np.roll(d, -1, axis=1)
    lower = np.stack([a, b, c], axis=2)[1:]  # the first ring is a point, and so is the
    upper = np.stack([a, c, d], axis=2)[:-1]  # last: each gives one triangle, not two
    return np.concatenate([lower.reshape(-1, 3, 3), upper.reshape(-1, 3, 3)])


def plot_solid(image):
    """The solid of revolution, open at the top, in the picture's own colours.

    Args:
        image: a picture. A grey one gives a solid of white clay.

    Returns:
        A matplotlib `Figure`.

    Raises:
        ValueError: a picture without a product, or one that reaches its border.
    """
    _require_room(image)
    figure, axis = plt.subplots(figsize=(4.5, 4.5), layout="constrained")
    plt.close(figure)
    axis.imshow(_render(image))
    axis.set_axis_off()
    return figure


def measure_bodies(
    images, side_mm: float = 300.0, wall_mm: float = WALL_MM
) -> dict[str, np.ndarray]:
    """Measures the vessels that pictures of turned products stand for.

    Each row of a picture becomes a ring as wide as the row is bright. The wall is
    measured at right angles to it, and the floor is as thick, as in `revolve`; what is
    narrower than two walls is solid. The shape of a product is where its picture is
    more than half as bright as an edge.

    Args:
        images: `(n, side, side, 1 or 3)`, uint8, or floats in [-1, 1].
        side_mm: what a picture's side is in the world.
        wall_mm: thickness of the wall.

    Returns:
        One value for each picture, `(n,)`; NaN and False where a picture is empty or
        its product about a row high.

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
    images = turned.check_images(images)
    for name, value in {"side_mm": side_mm, "wall_mm": wall_mm}.items():
        if not (isinstance(value, Real) and 0 < value < np.inf):
            raise ValueError(f"{name} is {value!r}; expected a number of mm above 0.")
    starts = range(0, max(len(images), 1), _CHUNK)
    parts = [_measure_bodies(images[i : i + _CHUNK], side_mm, wall_mm) for i in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def to_pixels(image) -> np.ndarray:
    """A picture as uint8; a `ValueError` where it is none."""
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(
            f"The picture has shape {image.shape}; expected (height, width, 1 or 3)."
        )
    return image if image.dtype == np.uint8 else data.to_display_range(image)


def in_millimetres(points, height_mm: float) -> np.ndarray:
    """An outline in pixels, scaled so that its height is `height_mm`."""
    if not (np.isfinite(height_mm) and height_mm > 0):
        raise ValueError(f"height_mm is {height_mm!r}; expected a number above 0.")
    return points * (height_mm / np.ptp(points[:, 1]))


def _lengths(points):
    return np.linalg.norm(np.diff(points, axis=0), axis=1)


def _section(image, height_mm, wall_mm):
    """Half of a cut through the axis: radii and heights of a line around it.

    It goes from the middle of the foot up the outside, down the inside where there is a
    cavity, and back to the axis.
    """
    heights, radii = profile(image, height_mm)
    levels, rings = heights, radii
    if wall_mm is not None:
        inner = _inner_radii(heights, radii, wall_mm)
        first = np.flatnonzero(inner <= _BORE)[-1] + 1  # just above the cavity's floor
        if first >= _LEVELS - 1:
            raise ValueError(
                f"A wall of {wall_mm:g} mm fills the opening, which is "
                f"{2 * radii[-1]:.1f} mm wide. Make the wall thinner or the product "
                "higher; wall_mm=None makes it solid."
            )
        levels = np.concatenate([levels, heights[: first - 1 : -1]])
        rings = np.concatenate([rings, inner[: first - 1 : -1]])
    return np.pad(rings, 1), np.pad(levels, 1, mode="edge")


def _inner_radii(heights, radii, wall_mm):
    """The largest radii that stay `wall_mm` away from the outside; the top is open."""
    if not wall_mm > 0:
        raise ValueError(f"wall_mm is {wall_mm!r}; expected more than 0, or None.")
    fine = np.linspace(0, heights[-1], _FINER * (len(heights) - 1) + 1)
    radii, step = np.interp(fine, heights, radii), fine[1]
    reach = int(wall_mm / step)
    padded = np.concatenate([np.zeros(reach), radii, np.full(reach, np.inf)])
    inner = np.full(len(radii), np.inf)
    for i in range(-reach, reach + 1):
        shifted = padded[reach + i : reach + i + len(radii)]
        inner = np.minimum(inner, shifted - np.sqrt(wall_mm**2 - (i * step) ** 2))
    inner = inner[::_FINER]
    return np.where(heights < wall_mm, 0, inner)


def _require_room(image):
    """A product that is cut, or a bright ground, gives an outline along the border."""
    points, (height, width) = outline(image), to_pixels(image).shape[:2]
    if points.min() < 1 or (points > (width - 1, height - 1)).any():
        (left, top), (right, bottom) = np.rint([points.min(0), points.max(0)]) + 0.0
        raise ValueError(
            f"The product goes from {left:g} to {right:g} across and {top:g} to "
            f"{bottom:g} down, to the border of a picture of {width} x {height}. "
            "Give a whole product on a dark ground, with a little room around it."
        )


def _render(image, size=800, tilt=0.36):
    """A view from `tilt` radians above, uint8 `(rows, columns, 3)`, on white.

    The surface is covered with so many points that each pixel gets some. They are drawn
    from the farthest to the nearest, so that the nearest one stays.
    """
    levels, radii = profile(image, 1.0)
    up, out = np.cos(tilt) * levels, np.sin(tilt) * radii
    reaches = (up + out) / 0.85, (out - up) / 0.13, radii / 0.49  # of the view
    height = size * min(0.8, 1 / np.max(reaches))
    wall = min(0.02 * size, 0.3 * height * radii[-1])
    rings, levels = _section(image, height, wall)
    steps = np.hypot(np.diff(rings), np.diff(levels))
    way = np.concatenate([[0], np.cumsum(np.maximum(steps, 1e-6))])
    places = np.linspace(0, way[-1], round(1.3 * way[-1]))
    lines = rings, levels, np.gradient(levels, way), -np.gradient(rings, way)
    r, z, out, up = (np.interp(places, way, line)[:, None] for line in lines)
    angles = np.linspace(-np.pi, np.pi, round(8 * rings.max()))
    sines, cosines = np.sin(angles), np.cos(angles)
    # Axes: x to the right, y away from the eye before the view is tilted, z up.
    x, y = r * sines, -r * cosines
    normal = np.stack(np.broadcast_arrays(out * sines, -out * cosines, up))
    normal /= np.maximum(np.hypot(out, up), 1e-9)
    faces = -normal[1] * np.cos(tilt) + normal[2] * np.sin(tilt) > 0  # faces the eye
    x, y, z, *normal = (a[faces] for a in np.broadcast_arrays(x, y, z, *normal))

    light = np.tensordot([-0.55, -0.55, 0.63], normal, axes=1).clip(0, 1)
    gloss = np.tensordot([-0.31, -0.83, 0.47], normal, axes=1).clip(0, 1) ** 50
    shade = (0.32 + 0.68 * light)[:, None]
    colours = _unlit_colours(image, height, x, z) * shade + 0.35 * gloss[:, None]

    nearest_last = np.argsort(z * np.sin(tilt) - y * np.cos(tilt))
    columns = np.rint(size / 2 + x).astype(int)[nearest_last]
    rows = size - 1 - np.rint(0.14 * size + z * np.cos(tilt) + y * np.sin(tilt))
    canvas = np.ones((size, size, 3))
    canvas[rows.astype(int)[nearest_last], columns] = colours[nearest_last]
    canvas = canvas.reshape(size // 2, 2, size // 2, 2, 3).mean(axis=(1, 3))
    return np.rint(255 * canvas.clip(0, 1)).astype(np.uint8)


def _unlit_colours(image, height, x, z):
    """The picture's colours at places of the solid, without the picture's light."""
    pixels = to_pixels(image).astype(float)
    points = outline(image)
    scale = np.ptp(points[:, 1]) / height
    # The picture's edges are half ground: stay two pixels below the top and above the
    # foot, and a tenth within the sides.
    rows = points[:, 1].max() - np.clip(z * scale, 2, height * scale - 2) - 0.5
    middle = (points[:, 0].min() + points[:, 0].max()) / 2
    columns = middle + 0.9 * scale * x - 0.5
    top, left = rows.astype(int), columns.astype(int)
    down, across = (rows - top)[:, None], (columns - left)[:, None]
    upper = (1 - across) * pixels[top, left] + across * pixels[top, left + 1]
    lower = (1 - across) * pixels[top + 1, left] + across * pixels[top + 1, left + 1]
    colours = (1 - down) * upper + down * lower
    return 0.92 * colours / np.maximum(colours.max(axis=1, keepdims=True), 1)


def _measure_bodies(images, side_mm, wall_mm):
    side = images.shape[1]
    widths, _, whole, top, height, empty = turned.read_widths(images)
    empty = empty | (widths.max(axis=1) == 0)
    # Rows that are partly filled, at either end, are as wide as the next whole one.
    rows = np.arange(side)
    first, last = whole.argmax(axis=1), side - 1 - whole[:, ::-1].argmax(axis=1)
    rows_read = np.clip(rows, first[:, None], last[:, None])
    radii = side_mm / 2 * np.take_along_axis(widths, rows_read, axis=1).astype(float)
    row_mm = side_mm / side
    upper = (top[:, None] + height - rows) * row_mm
    capacity, centre = _weigh(radii, upper, height * row_mm, row_mm, wall_mm)
    measured = {
        "capacity": capacity,
        "tilt": np.degrees(np.arctan2(radii[:, -1], centre)),
        "slenderness": height[:, 0] / side / np.where(empty, 1, widths.max(axis=1)),
    }
    measured = {name: np.where(empty, np.nan, a) for name, a in measured.items()}

    grey = turned.to_fractions(images).max(axis=3)
    shape = grey > turned.EDGE / 2 * grey.max(axis=(1, 2), keepdims=True)
    shape &= ~empty[:, None, None]
    middle = (rows * shape).sum(axis=(1, 2)) / np.maximum(shape.sum(axis=(1, 2)), 1)
    foot = np.take_along_axis(shape, last[:, None, None], axis=1)[:, 0]
    left, right = foot.argmax(axis=1), side - 1 - foot[:, ::-1].argmax(axis=1)
    is_grounded = np.abs(top + height[:, 0] - (side - side // 14)) <= 1
    is_wide = radii[:, -1] >= 0.05 * side_mm / 2
    is_balanced = (left <= middle) & (middle <= right)
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
    shape = shapes.shape
    flat = shapes.reshape(len(shapes), shape[1] * shape[2])
    reached = np.arange(flat.shape[1]) == flat.argmax(axis=1)[:, None]
    reached, count = reached.reshape(shape) & shapes, -1
    while count != (count := np.count_nonzero(reached)):
        for _ in range(4):  # sweep down, then from each of the other sides
            for i in range(1, shape[1]):
                reached[:, i] |= reached[:, i - 1] & shapes[:, i]
            reached, shapes = (np.rot90(a, axes=(1, 2)) for a in (reached, shapes))
    return (reached == shapes).all(axis=(1, 2))


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
