"""The outline of a turned product, as a smooth curve with few control points."""

from typing import NamedTuple

import numpy as np

NUM_POINTS = 24


class Outline(NamedTuple):
    """Half of a turned product's profile: a clamped uniform cubic B-spline.

    Args:
        points: radius and height in mm of each control point, float64 `(n, 2)`, from
            the foot up. The heights are the Greville abscissae times the product's
            height, so that the curve's radius is a function of its height.
    """

    points: np.ndarray

    @property
    def height_mm(self) -> float:
        """Height of the product."""
        return float(self.points[-1, 1])

    @property
    def knots(self) -> np.ndarray:
        """The full knot vector, in mm of height, `(n + 4,)`."""
        return _knots(len(self.points)) * self.height_mm

    def radii(self, heights) -> np.ndarray:
        """Radii in mm at heights in mm."""
        places = np.asarray(heights, float) / self.height_mm
        return _basis(places, len(self.points)) @ self.points[:, 0]

    def profile(self, num_levels: int = 161) -> tuple[np.ndarray, np.ndarray]:
        """Heights and radii in mm, `(num_levels,)` each, from the foot up."""
        heights = np.linspace(0, self.height_mm, num_levels)
        return heights, self.radii(heights)

    def beziers(self) -> np.ndarray:
        """The same curve as cubic Bezier segments, `(num_segments, 4, 2)`."""
        ends = np.linspace(0, self.height_mm, len(self.points) - 2)
        t = np.arange(4) / 3
        heights = ends[:-1, None] + np.diff(ends)[:, None] * t
        basis = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
        radii = np.linalg.solve(basis.T, self.radii(heights).T).T
        return np.stack([radii, heights], axis=-1)

    def scaled(self, factor: float) -> "Outline":
        """The same shape in another size."""
        return Outline(self.points * factor)


def fit(heights, radii, num_points: int = NUM_POINTS) -> Outline:
    """The outline nearest to a profile in mm, by least squares."""
    heights = np.asarray(heights, float)
    height, knots = heights[-1], _knots(num_points)
    basis = _basis(heights / height, num_points)
    found = np.linalg.lstsq(basis, np.asarray(radii, float), rcond=None)[0]
    greville = (knots[1:-3] + knots[2:-2] + knots[3:-1]) / 3
    return Outline(np.stack([found, greville * height], axis=1))


def measure(outline: Outline) -> dict[str, float]:
    """Height, belly, neck and foot in mm; shoulder as a share of the height."""
    places = landmarks(outline)
    widths = {name: 2 * float(outline.radii(z)) for name, z in places.items()}
    return {
        "height": outline.height_mm,
        "belly": widths["belly"],
        "shoulder": places["belly"] / outline.height_mm,
        "neck": widths["neck"],
        "foot": widths["foot"],
    }


def landmarks(outline: Outline) -> dict[str, float]:
    """The heights in mm at which belly, neck and foot are measured."""
    heights, radii = outline.profile(1601)
    belly = radii.argmax()
    neck = belly + radii[belly:].argmin()
    return {"belly": float(heights[belly]), "neck": float(heights[neck]), "foot": 0.0}


def _knots(num_points):
    inner = np.linspace(0, 1, num_points - 2)
    return np.concatenate([[0, 0, 0], inner, [1, 1, 1]])


def _basis(places, num_points):
    """All B-splines at places from 0 to 1, `(..., num_points)`, by Cox and de Boor."""
    knots, places = _knots(num_points), np.clip(places, 0, 1)[..., None]
    last = knots[3:-3][:-1].max()
    at = np.minimum(places, np.nextafter(1, 0)) if last < 1 else places
    basis = ((knots[:-1] <= at) & (at < knots[1:])).astype(float)
    for k in range(1, 4):
        left, right = knots[k:-1] - knots[: -k - 1], knots[k + 1 :] - knots[1:-k]
        rise = np.divide(1, left, out=np.zeros_like(left), where=left > 0)
        fall = np.divide(1, right, out=np.zeros_like(right), where=right > 0)
        up = (places - knots[: -k - 1]) * rise * basis[..., :-1]
        basis = up + (knots[k + 1 :] - places) * fall * basis[..., 1:]
    return basis
