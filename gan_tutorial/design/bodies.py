"""Vessels of an even wall, turned from an outline: section, mesh, measures, faults.

Lengths are in mm, angles in degrees, capacities in litres. A vessel stands at height 0.
This is the vessel as it will be made: the wall is even all around, the lip is round,
and a thin stem is solid. Where there is only a picture, `solids` estimates capacity and
tilt ring by ring, by simpler rules; on vases the two agree to 4 %.
"""

from dataclasses import dataclass

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design.curves import Outline, landmarks
from gan_tutorial.synthetic.silhouettes import NOT_FOUND

WALL_MM = 4.0  # of a vessel of clay
LEAST_TILT = 10.0  # degrees
LEAST_OPENING_MM = 20.0
STEEPEST_OVERHANG = 45.0  # degrees from the vertical
_BORE = 1.0  # mm: what is narrower than twice that is filled
_TOLERANCE = 0.02  # mm by which a mesh may leave the surface of a small vessel
_SHARE = 1 / 20000  # of the height, by which that of a large one may
_LEVELS = 1601  # heights at which a section is computed
_DIRECTIONS = 97  # in which the wall is measured from a point inside
_MOST_SECTORS = 720


@dataclass(frozen=True)
class Vessel:
    """Half of a cut through the axis of a vessel, as lines of radius and height in mm.

    The lines follow each other: `outside`, `lip` and `inside` go from the edge of the
    flat foot around the clay to the axis above the floor. `(num_points, 2)` each.

    Attributes:
        outline: of which the vessel was made.
        wall_mm: thickness of the wall, at right angles to its surface.
        outside: from the edge of the foot to where the lip begins.
        lip: half a circle, as wide as the wall; its top is as high as the outline.
        inside: from where the lip ends, down, to the axis.
    """

    outline: Outline
    wall_mm: float
    outside: np.ndarray
    lip: np.ndarray
    inside: np.ndarray

    @property
    def line(self) -> np.ndarray:
        """The lines as one, from the axis below the floor on, `(num_points, 2)`."""
        lines = [[0.0, 0.0]], self.outside, self.lip[1:], self.inside[1:]
        return np.concatenate(lines)

    @property
    def floor_mm(self) -> float:
        """Height of the inner floor."""
        return float(self.inside[-1, 1])

    @property
    def lip_centre(self) -> np.ndarray:
        """Radius and height of the middle of the lip's half circle."""
        return (self.lip[0] + self.lip[-1]) / 2


def make_vessel(outline: Outline, wall_mm: float = WALL_MM) -> Vessel:
    """A vessel with a flat foot, a wall of even thickness and a rounded lip.

    The inside is as near to the outside as a ball allows that has the radius of the
    wall: where the outline bends more tightly than that, the wall is thicker, and no
    lines cross. The floor is as thick as the wall. A stem below the belly that leaves
    no bore of 2 mm is solid.

    Args:
        outline: of the outside; its height is that of the vessel.
        wall_mm: thickness of the wall.

    Raises:
        ValueError: a wall that fills neck, belly or height; an outline whose radius is
            not positive.
    """
    wall_mm = checks.number("wall_mm", wall_mm, 0.01)
    outside, lip, inside = cut(outline, wall_mm)
    inside = inside[: _find_bottom(outline, inside, wall_mm)]
    floor = max(float(inside[-1, 1]), wall_mm)
    edge = np.interp(floor, *inside[::-1, ::-1].T)
    inside = inside[inside[:, 1] > floor + 1e-6]
    inside = np.concatenate([inside, [[edge, floor], [0.0, floor]]])
    return Vessel(outline, wall_mm, outside, lip, inside)


def cut(
    outline: Outline, wall_mm: float, num_levels: int = _LEVELS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A wall without a floor: the lines that go up outside, over the lip and down.

    Args:
        outline: of the outside.
        wall_mm: thickness of the wall.
        num_levels: heights at which it is computed.

    Returns:
        `outside` and `lip` of a `Vessel`, and the inside from the lip down to height 0;
        where the wall fills the vessel, its radii are 0 or less.

    Raises:
        ValueError: a wall of more than a quarter of the height, or an outline whose
            radius is not positive.
    """
    heights, radii = _table(outline, num_levels)
    slope = np.gradient(radii, heights)
    end = _find_lip(heights, slope, wall_mm)
    turn, outer = np.interp(end, heights, slope), np.interp(end, heights, radii)
    right = np.array([1.0, -turn]) / np.hypot(1, turn)  # out of the wall
    middle = np.array([outer, end]) - wall_mm / 2 * right
    along = np.array([-right[1], right[0]])
    top = np.arctan2(along[1], right[1])
    angles = np.union1d(np.linspace(0, np.pi, 33), top)[:, None]
    lip = middle + wall_mm / 2 * (np.cos(angles) * right + np.sin(angles) * along)
    below = heights < end - 1e-6
    outside = np.stack([radii[below], heights[below]], axis=1)
    outside = np.concatenate([outside, lip[:1]])
    levels = np.linspace(lip[-1, 1], 0, num_levels)
    inner = _hollow(heights, radii, wall_mm, end, levels)
    # Where the outline bends tightly at its end, the hollow is narrower than the lip.
    inside = np.stack([inner, levels], axis=1)[1:]
    return outside, lip, np.concatenate([lip[-1:], inside])


def mesh(vessel: Vessel):
    """The surface of a vessel as a `trimesh.Trimesh` in mm, upright along z.

    Its triangles are within 0.02 mm of the surface, or a 20,000th part of its height,
    or little more.

    Raises:
        ImportError: trimesh is missing.
    """
    from trimesh.creation import revolve

    tolerance = max(_TOLERANCE, _SHARE * vessel.outline.height_mm)
    line = simplify(vessel.line, tolerance)
    widest = line[:, 0].max()
    # A chord leaves its circle by r (1 - cos(pi / n)), or nearly r (pi / n)^2 / 2.
    sectors = int(np.ceil(np.pi * (widest / 2 / tolerance) ** 0.5))
    sectors = min(max(sectors, 96), _MOST_SECTORS)
    return revolve(line, sections=sectors)


def require_finite(outline: Outline) -> None:
    """Refuses what `curves.read` gives for a picture without a product.

    Raises:
        ValueError: points that are not finite, with `silhouettes.NOT_FOUND`.
    """
    if not np.isfinite(outline.points).all():
        raise ValueError(
            "The outline holds numbers that are not finite. Was it read off a picture? "
            + NOT_FOUND
        )


def simplify(line, tolerance: float = _TOLERANCE) -> np.ndarray:
    """The fewest points of a line that keep it within a tolerance, or nearly so.

    Source: Douglas and Peucker, Cartographica 10 (1973).
    """
    line = np.asarray(line, float)
    kept, open_parts = {0, len(line) - 1}, [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        way = line[last] - line[first]
        off = line[first + 1 : last] - line[first]
        share = np.clip(off @ way / max(way @ way, 1e-12), 0, 1)
        far = np.linalg.norm(off - share[:, None] * way, axis=1)
        if far.max() > tolerance:
            middle = first + 1 + int(far.argmax())
            kept.add(middle)
            open_parts += [(first, middle), (middle, last)]
    return line[sorted(kept)]


def measure_vessel(vessel: Vessel) -> dict[str, float]:
    """What can be said of a vessel in numbers.

    Returns:
        * capacity: litres up to the rim, the highest circle of the lip;
        * tilt: degrees by which the empty vessel can lean before it falls over its
          foot: the arc tangent of the foot's radius over the height of the centre of
          mass;
        * clay: litres of material;
        * opening: width in mm of the narrowest place above the belly, inside;
        * solid_below: height in mm up to which the vessel is filled.
    """
    top = int(vessel.lip[:, 1].argmax())
    cavity = np.concatenate([vessel.lip[top:], vessel.inside[1:]])
    clay, moment = _integrate(vessel.line)
    opening = np.interp(_find_opening(vessel), *vessel.inside[-2::-1].T[::-1])
    foot = vessel.outside[0, 0]
    return {
        "capacity": -_integrate(cavity)[0] / 1e6,
        "tilt": float(np.degrees(np.arctan2(foot * clay, moment))),
        "clay": clay / 1e6,
        "opening": 2 * float(opening),
        "solid_below": vessel.floor_mm,
    }


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and where.

    Args:
        name: of the rule, such as "overhang".
        is_fine: whether what was found is as expected.
        found: what was found, a short text with its unit.
        expected: what was expected, likewise.
        low_mm: lower end of the place.
        high_mm: upper end of the place.
    """

    name: str
    is_fine: bool
    found: str
    expected: str
    low_mm: float
    high_mm: float

    def __str__(self):  # noqa: D105
        place = f"{self.low_mm:.0f} to {self.high_mm:.0f} mm"
        verdict = "fine" if self.is_fine else "NOT AS EXPECTED"
        return (
            f"{self.name}: {self.found}; expected {self.expected}; {place}: {verdict}"
        )


def inspect(
    outline: Outline,
    wall_mm: float = WALL_MM,
    capacity: tuple[float | None, float | None] = (None, None),
) -> list[Finding]:
    """Looks for what would make a vessel fail in the workshop or on the table.

    * wall: the thinnest place is as thick as asked, to 0.1 mm. It is searched for: the
      shortest of all distances between points inside and outside.
    * overhang: no surface that faces down leans by more than 45 degrees from the
      vertical, outside or inside, if the vessel is printed standing. A rule of thumb of
      printing without supports; clay and resin have others.
    * stands: the empty vessel can lean by 10 degrees. An assumption: a table that is
      knocked, not a norm.
    * capacity: within the range that is asked, in litres, None for an open end.
    * opening: the narrowest place above the belly lets a brush of 20 mm pass. An
      assumption.

    Where the wall fills the vessel, there is one finding, which says where.

    Args:
        outline: of the outside.
        wall_mm: thickness of the wall that is asked.
        capacity: lowest and highest, in litres.

    Raises:
        ValueError: as `make_vessel`, where the cause is not a wall that fills the
            vessel.
    """
    try:
        vessel = make_vessel(outline, wall_mm)
    except _Filled as error:
        least = f"{2 * (wall_mm + _BORE):.1f} mm for two walls and a bore"
        return [Finding("wall", False, error.found, least, *error.place)]
    measured = measure_vessel(vessel)
    height, holds, leans = outline.height_mm, measured["capacity"], measured["tilt"]
    low, high = (
        edge if end is None else end
        for end, edge in zip(capacity, (0, np.inf), strict=True)
    )
    asked = f"{low:g} to {high:g} litres"
    asked = f"at least {low:g} litres" if high == np.inf else asked
    narrow = _find_opening(vessel)
    return [
        _inspect_wall(vessel),
        *_inspect_overhangs(vessel),
        Finding(
            "stands",
            leans >= LEAST_TILT,
            f"falls when it leans by {leans:.1f}°",
            f"at least {LEAST_TILT:g}°",
            0.0,
            2 * wall_mm,
        ),
        Finding(
            "capacity",
            low <= holds <= high,
            f"{holds:.3g} litres",
            asked,
            vessel.floor_mm,
            height,
        ),
        Finding(
            "opening",
            measured["opening"] >= LEAST_OPENING_MM,
            f"{measured['opening']:.1f} mm wide inside",
            f"at least {LEAST_OPENING_MM:g} mm",
            max(narrow - wall_mm, 0.0),
            min(narrow + wall_mm, height),
        ),
    ]


class _Filled(ValueError):
    """A wall leaves no hollow; knows where."""

    def __init__(self, message, found, place):
        super().__init__(message)
        self.found, self.place = found, place


def _table(outline, num_levels):
    """Heights and radii of an outline, dense enough for straight lines between them."""
    require_finite(outline)
    if outline.height_mm <= 0:
        raise ValueError(
            f"The outline is {outline.height_mm:g} mm high; expected more than 0."
        )
    heights, radii = outline.profile(num_levels)
    if radii.min() <= 0:
        at = heights[radii.argmin()]
        raise ValueError(
            f"The outline has a radius of {radii.min():.1f} mm at a height of {at:.0f} "
            "mm; expected more than 0 everywhere."
        )
    return heights, radii


def _find_lip(heights, slope, wall_mm):
    """The height at which the lip's half circle begins, so that it ends at the top."""
    tops = heights + wall_mm / 2 * (1 + slope / np.hypot(1, slope))
    k = int((tops >= heights[-1]).argmax())
    if k == 0 or heights[-1] < 4 * wall_mm:
        height = float(heights[-1])
        raise _Filled(
            f"A wall of {wall_mm:g} mm is too thick for a height of {height:g} mm; "
            "expected at most a quarter of it. Make the wall thinner or the product "
            "higher.",
            f"{height:.1f} mm high",
            (0.0, height),
        )
    share = (heights[-1] - tops[k - 1]) / (tops[k] - tops[k - 1])
    return heights[k - 1] + share * (heights[k] - heights[k - 1])


def _hollow(heights, radii, wall_mm, end, levels):
    """Radii of what lies `wall_mm` inside the outline below the lip.

    A point of the outline at a height h keeps the hollow at a height z within a radius
    of R(h) - sqrt(wall^2 - (z - h)^2), as far as it reaches; the least of these counts.
    """
    sines = np.sin(np.linspace(-np.pi / 2, np.pi / 2, _DIRECTIONS))
    places = np.clip(levels[:, None] + wall_mm * sines, 0, end)
    reach = wall_mm**2 - (places - levels[:, None]) ** 2
    bounds = np.interp(places, heights, radii) - np.sqrt(np.maximum(reach, 0))
    return np.where(reach >= -1e-9, bounds, np.inf).min(axis=1)


def _find_bottom(outline, inside, wall_mm):
    """How many points of the inside, from the lip down, are hollow."""
    inner, levels = inside.T
    is_filled = inner <= _BORE
    first = int(is_filled.argmax()) if is_filled.any() else len(inner)
    belly = landmarks(outline)["belly"]
    if first > 1 and (first == len(inner) or levels[first] < belly):
        return first
    hollow_below = np.flatnonzero(~is_filled[first:])
    part = slice(first, first + hollow_below[0] if len(hollow_below) else None)
    at = float(levels[part][inner[part].argmin()])
    width = 2 * float(outline.radii([at])[0])
    raise _Filled(
        f"A wall of {wall_mm:g} mm fills the product where it is {width:.1f} mm wide, "
        f"at a height of {at:.0f} mm. Make the wall thinner or the product larger.",
        f"{width:.1f} mm wide",
        (float(levels[part][-1]), float(levels[part][0])),
    )


def _integrate(line):
    """Volume and first moment over the height of what a line encloses when it turns."""
    (r, z), (s, t) = line[:-1].T, line[1:].T
    rise = np.pi * (t - z)
    volume = rise * (r * r + r * s + s * s) / 3
    moment = z * (3 * r * r + 2 * r * s + s * s) + t * (r * r + 2 * r * s + 3 * s * s)
    return float(volume.sum()), float((rise * moment).sum() / 12)


def _find_opening(vessel):
    """The height of the narrowest place of the inside, from the belly up."""
    inner, levels = vessel.inside[:-1].T
    belly = max(landmarks(vessel.outline)["belly"], levels[-1])
    return float(levels[np.where(levels >= belly, inner, np.inf).argmin()])


def _inspect_wall(vessel):
    inner = vessel.inside[1:-1:4]
    gaps = vessel.outside - inner[:, None]
    nearest = np.minimum(np.hypot(*gaps.T).min(axis=0), inner[:, 1])
    k = nearest.argmin()
    return Finding(
        "wall",
        bool(nearest[k] >= vessel.wall_mm - 0.1),
        f"{nearest[k]:.2f} mm at its thinnest",
        f"at least {vessel.wall_mm:g} mm",
        max(float(inner[k, 1]) - vessel.wall_mm, 0.0),
        float(inner[k, 1]) + vessel.wall_mm,
    )


def _inspect_overhangs(vessel):
    """One finding for each stretch that leans too far, or one that says all is well."""
    lines = {"outside": vessel.outside, "inside": vessel.inside[:-1]}
    expected, worst, faults = f"at most {STEEPEST_OVERHANG:g}°", 0.0, []
    for name, line in lines.items():
        run, rise = np.diff(line, axis=0).T
        # The clay is on the left of each line: what runs outwards faces down.
        angles = np.degrees(np.arctan2(np.maximum(run, 0), np.abs(rise)))
        worst = max(worst, float(angles.max()))
        is_steep = np.pad(angles > STEEPEST_OVERHANG + 0.5, 1)
        ends = np.flatnonzero(is_steep[1:] != is_steep[:-1]).reshape(-1, 2)
        # What is nearer than a wall is one place.
        gaps = np.abs(line[ends[1:, 0], 1] - line[ends[:-1, 1], 1]) > vessel.wall_mm
        starts, lasts = np.append(True, gaps), np.append(gaps, True)
        if len(ends):
            ends = np.stack([ends[starts, 0], ends[lasts, 1]], axis=1)
        for first, last in ends:
            low, high = np.sort(line[[first, last], 1])
            found = f"{angles[first:last].max():.0f}° from the vertical, {name}"
            faults.append(Finding("overhang", False, found, expected, low, high))
    found = f"{worst:.0f}° from the vertical"
    fine = Finding("overhang", True, found, expected, 0.0, vessel.outline.height_mm)
    return faults or [fine]
