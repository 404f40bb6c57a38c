"""Outlines of turned products as smooth curves, each given by a few points.

All lengths are in mm. `(n, NUM_POINTS, 2)` are the points of n outlines.
"""

from typing import NamedTuple

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic import turned

NUM_POINTS = 24  # more follow the pixels' steps, fewer round off lips and rings
NUM_LEVELS = 161  # heights at which a profile is taken
MEASURES = ("height", "belly", "shoulder", "neck", "foot")
_SMOOTH, _UPRIGHT = 0.03, 0.3  # what reading assumes, beside a row's weight of 1


class Outline(NamedTuple):
    """Half of the profile of a turned product: a clamped uniform cubic B-spline.

    The curve starts at the first point and ends at the last one; those between pull it
    near. Their heights are so spaced that the curve rises evenly: its radius is a
    function of its height.

    Attributes:
        points: the control points, float64 `(num_points, 2)`: radius and height of
            each in mm, from the foot up.

    Source: de Boor, A Practical Guide to Splines, Springer (1978); the heights are the
    averages of three neighbouring knots, which are named after Greville.
    """

    points: np.ndarray

    @property
    def height_mm(self) -> float:
        """From the foot to the lip."""
        return float(self.points[-1, 1])

    def radii(self, heights) -> np.ndarray:
        """Radii in mm at heights in mm, `(k,)`: exact, not read off a polygon.

        Raises:
            ValueError: a height below the foot or above the lip.
        """
        t = np.atleast_1d(np.asarray(heights, float)) / self.height_mm
        if not np.all((t >= -1e-9) & (t <= 1 + 1e-9)):
            raise ValueError(
                f"heights go from {np.min(heights):g} to {np.max(heights):g}; expected "
                f"0 to {self.height_mm:g}, the outline's own height in mm."
            )
        return basis(t, len(self.points)) @ self.points[:, 0]

    def profile(self, num_levels: int = NUM_LEVELS) -> tuple[np.ndarray, np.ndarray]:
        """Evenly spaced heights and the radii there in mm, from the foot up."""
        num_levels = checks.whole_number("num_levels", num_levels, 2)
        heights = np.linspace(0, self.height_mm, num_levels)
        return heights, self.radii(heights)

    def beziers(self) -> np.ndarray:
        """The same curve as cubic Bézier segments, `(num_points - 3, 4, 2)`.

        Each begins where the last one ended: radius and height in mm.
        """
        return _bezier_matrix(len(self.points)) @ self.points


def read(images, side_mm: float = 300.0) -> np.ndarray:
    """The outlines of the products in pictures, quickly: a smoothed least-squares fit.

    A row of pixels, as wide as the product covers it, gives the radius at its middle.
    Neighbouring points are drawn to a straight line, weakly, against ripples; and each
    end, where no whole row is, to the radius of the nearest whole row.

    Args:
        images: uint8 `(n, side, side, 1, 3 or 4)`, each with one product that stands
            upright, as `silhouettes.find_products` finds it.
        side_mm: what a picture's side is in the world.

    Returns:
        Control points in mm, float64 `(n, NUM_POINTS, 2)`; NaN where no product is
        found. On `vases` of 64 pixels the curves lie 0.06 pixels from the formula's
        outline in the mean, and 0.5 at most in 99 of 100 places. A step in an outline,
        as where the shade of a lamp begins, becomes a slope.

    Raises:
        ValueError: images of another shape or kind.
    """
    side_mm = checks.number("side_mm", side_mm, 1e-6)
    return side_mm * turned.measure(images, _read_chunk)["points"]


def measure(outline: Outline) -> dict[str, float]:
    """The measures of an outline, which a drawing would show.

    Returns:
        In mm: height; belly, the greatest full width; neck, the least full width above
        the belly; foot, the full width of the base. And shoulder: the height of the
        belly as a share of the height, from 0 to 1.
    """
    return {name: float(v[0]) for name, v in measure_all(outline.points[None]).items()}


def landmarks(outline: Outline) -> dict[str, float]:
    """At which height, in mm above the foot, each measure of `measure` is taken."""
    belly, neck, _, _ = (float(v[0]) for v in _extremes(outline.points[None, :, 0]))
    belly, neck = belly * outline.height_mm, neck * outline.height_mm
    tops = {"height": outline.height_mm, "belly": belly, "shoulder": belly}
    return tops | {"neck": neck, "foot": 0.0}


def measure_all(points) -> dict[str, np.ndarray]:
    """`measure` for many outlines: `(n, num_points, 2)` to `(n,)` for each measure."""
    points = np.asarray(points, float)
    at_belly, _, belly, neck = _extremes(points[..., 0])
    measured = {"height": points[:, -1, 1], "belly": 2 * belly, "shoulder": at_belly}
    return measured | {"neck": 2 * neck, "foot": 2 * points[:, 0, 0]}


def basis(t, num_points: int = NUM_POINTS) -> np.ndarray:
    """How much each control point counts at shares `t` of the height, from 0 to 1.

    Returns:
        `(len(t), num_points)`; each row is not negative and adds up to 1. A curve is
        `basis(t) @ points`.

    Source: the recurrence of Cox and de Boor.
    """
    knots = _knots(num_points)
    # The last piece holds its own end, too.
    t = np.clip(np.asarray(t, float), 0, np.nextafter(1, 0))[:, None]
    weights = ((knots[:-1] <= t) & (t < knots[1:])).astype(float)
    for degree in (1, 2, 3):
        gaps = knots[degree:] - knots[:-degree]
        shares = (t - knots[:-degree]) / np.where(gaps > 0, gaps, 1)
        rising = np.where(gaps > 0, shares, 0)
        falling = np.where(gaps > 0, 1 - shares, 0)
        weights = rising[:, :-1] * weights[:, :-1] + falling[:, 1:] * weights[:, 1:]
    return weights


def greville(num_points: int = NUM_POINTS) -> np.ndarray:
    """The control points' heights as shares of the whole, `(num_points,)`."""
    knots = _knots(num_points)
    return (knots[1:-3] + knots[2:-2] + knots[3:-1]) / 3


def _knots(num_points):
    return np.concatenate([[0] * 3, np.linspace(0, 1, num_points - 2), [1] * 3])


def _bezier_matrix(num_points):
    """From control points to those of Bézier segments, `(segments, 4, num_points)`."""
    # A cubic is known from four of its points.
    u = np.array([0, 1, 2, 3])[:, None] / 3
    bernstein = np.array([1, 3, 3, 1]) * u ** [0, 1, 2, 3] * (1 - u) ** [3, 2, 1, 0]
    starts = np.arange(num_points - 3)[:, None]
    values = basis(((starts + u[:, 0]) / (num_points - 3)).ravel(), num_points)
    return np.linalg.inv(bernstein) @ values.reshape(-1, 4, num_points)


def _read_chunk(covered):
    widths, t, whole, _, height, empty = turned.read_widths(covered)
    num, side = widths.shape
    rows = np.arange(num)
    first, last = whole.argmax(axis=1), side - 1 - whole[:, ::-1].argmax(axis=1)
    matrix = basis(t.ravel()).reshape(num, side, -1) * whole[..., None]
    right = np.einsum("nrp,nr->np", matrix, widths / 2)
    right[:, 0] += _UPRIGHT * widths[rows, last] / 2
    right[:, -1] += _UPRIGHT * widths[rows, first] / 2
    bends = np.diff(np.eye(NUM_POINTS), 2, axis=0)
    normal = matrix.transpose(0, 2, 1) @ matrix + _SMOOTH * bends.T @ bends
    normal[:, [0, -1], [0, -1]] += _UPRIGHT
    radii = np.linalg.solve(normal, right[..., None])[..., 0]
    # A very thin stem may swing below 0 between two rows.
    radii = np.maximum(radii, 0.25 / side)
    points = np.stack([radii, height / side * greville()], axis=2)
    return {"points": np.where(empty[:, None, None], np.nan, points)}


def _extremes(radii):
    """Where the belly and the neck are, and their radii, for `(n, num_points)`.

    A cubic is greatest and least at its ends, or where its slope, a parabola, is 0.
    """
    b = np.einsum("sip,np->nsi", _bezier_matrix(radii.shape[1]), radii)
    slope = np.diff(b, axis=2)
    bend = slope[..., 0] - 2 * slope[..., 1] + slope[..., 2]
    half = slope[..., 1] - slope[..., 0]
    root = np.sqrt(np.maximum(half**2 - bend * slope[..., 0], 0))
    far = -(half + np.where(half < 0, -root, root))  # the sum that loses no digits
    u = np.zeros((*bend.shape, 4))
    u[..., 1] = 1
    np.divide(far, bend, out=u[..., 2], where=bend != 0)
    np.divide(slope[..., 0], far, out=u[..., 3], where=far != 0)
    u = np.clip(u, 0, 1)
    powers = u[..., None] ** [0, 1, 2, 3] * (1 - u[..., None]) ** [3, 2, 1, 0]
    values = powers @ (np.array([1, 3, 3, 1]) * b)[..., None]
    num_segments = b.shape[1]
    places = (np.arange(num_segments)[:, None] + u) / num_segments
    places, values = (a.reshape(len(radii), -1) for a in (places, values))
    rows = np.arange(len(radii))
    belly = values.argmax(axis=1)
    above = places >= places[rows, belly][:, None]
    neck = np.where(above, values, np.inf).argmin(axis=1)
    return (
        places[rows, belly],
        places[rows, neck],
        values[rows, belly],
        values[rows, neck],
    )
