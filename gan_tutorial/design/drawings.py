"""The maker's drawing of a vessel: half cut open, half from outside, with its measures.

A drawing is one list of lines, arcs, curves and texts in mm, y upwards, on layers that
say what they are. `to_svg` and `to_dxf` write the same list, both in true size.
"""

import io
import unicodedata
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from gan_tutorial.design import bodies
from gan_tutorial.design.curves import landmarks


class Layer(NamedTuple):
    """How the lines of a layer look: width in mm, and colours for both files."""

    width_mm: float
    svg: str
    dxf: int  # the number of the colour in AutoCAD's index
    is_dashed: bool = False


LAYERS = {
    "outline": Layer(0.25, "#000000", 7),
    "section": Layer(0.25, "#000000", 7),
    "hatching": Layer(0.13, "#777777", 8),
    "centre": Layer(0.13, "#000000", 1, True),
    "dimensions": Layer(0.13, "#0b4f8a", 5),
    "text": Layer(0.13, "#000000", 7),
    "findings": Layer(0.25, "#b3261e", 1),
}
_TOLERANCE = 0.01  # mm by which the inner wall's line may leave it


class Line(NamedTuple):
    """A line through points `(num_points, 2)`; `is_filled` makes it an area."""

    layer: str
    points: np.ndarray
    is_filled: bool = False


class Arc(NamedTuple):
    """Part of a circle, anticlockwise from one angle to another, in degrees."""

    layer: str
    centre: np.ndarray
    radius: float
    start: float
    end: float


class Curve(NamedTuple):
    """Cubic Bezier segments that follow each other, `(num_segments, 4, 2)`.

    At the segments' ends there are parameters, `breaks` `(num_segments + 1,)`, over
    which the curve is a cubic spline, smooth up to the curvature.
    """

    layer: str
    beziers: np.ndarray
    breaks: np.ndarray


class Text(NamedTuple):
    """One line of text: where it begins, has its middle or ends, and how high it is."""

    layer: str
    text: str
    place: np.ndarray
    height_mm: float
    align: str = "start"  # or "middle", "end"
    angle: float = 0.0  # degrees, anticlockwise


@dataclass(frozen=True)
class Drawing:
    """What `draw_vessel` gives: a title and a list of lines, arcs, curves and texts."""

    title: str
    parts: list

    @property
    def extent(self) -> np.ndarray:
        """The lower left and the upper right corner, `(2, 2)`, in mm."""
        points = np.concatenate([_reach(part) for part in self.parts])
        return np.stack([points.min(axis=0), points.max(axis=0)])


def draw_vessel(
    vessel: bodies.Vessel, number: str, title: str = "", findings=(), note: str = ""
) -> Drawing:
    """The left half cut open, the right half from outside, dimensions, title block.

    Args:
        vessel: as `bodies.make_vessel` gives it.
        number: of the design.
        title: of the product, any text; it is made smaller where it is long.
        findings: of `bodies.inspect`; what is not as expected is marked at its place
            and written below the title block.
        note: any text, such as who made it and who may use it.
    """
    measured = bodies.measure_vessel(vessel)
    low, high = vessel.line.min(axis=0), vessel.line.max(axis=0)
    unit = max((high - low).max() / 55, 1.6)  # height of a text
    parts = [*_draw_outside(vessel), *_draw_section(vessel, unit)]
    top, widest = high[1], high[0]
    ends = np.array([[0, -1.5 * unit], [0, top + 1.5 * unit]])
    parts += [Line("centre", ends), *_draw_dimensions(vessel, unit)]
    faults = [finding for finding in findings if not finding.is_fine]
    parts += _mark(faults, -widest - 11 * unit, unit)
    rows = [
        f"Design {number}",
        f"{title}",
        "Unit: mm   Scale 1:1   Turned around the centre line",
        f"Wall {vessel.wall_mm:g} mm   Capacity {measured['capacity']:.3g} litres   "
        f"Clay {measured['clay']:.3g} litres",
        *[note] * bool(note),
    ]
    notes = [f"{k}: {f.name}: {f.found}; {f.expected}" for k, f in enumerate(faults, 1)]
    parts += _write_block(rows, notes, -17 * unit, max(widest, 24 * unit), unit)
    return Drawing(f"{number} {title}".strip(), parts)


def to_svg(drawing: Drawing, metadata: str = "", scale: float = 1.0) -> bytes:
    """A drawing as an SVG in mm, on white, with hairlines.

    Args:
        drawing: of `draw_vessel`.
        metadata: XML, such as an XMP packet, that is kept in the file.
        scale: 1 is the true size; a screen may need less.
    """
    (left, bottom), (right, top) = drawing.extent + [[-5, -5], [5, 5]]
    width, height = right - left, top - bottom

    def place(points):
        return (np.asarray(points) - [left, top]) * [1, -1]

    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{scale * width:.3f}mm" '
        f'height="{scale * height:.3f}mm" viewBox="0 0 {width:.3f} {height:.3f}">',
        f"<title>{_clean(drawing.title)}</title>",
    ]
    if metadata:
        lines.append(f"<metadata>{metadata}</metadata>")
    lines.append(f'<rect width="{width:.3f}" height="{height:.3f}" fill="white"/>')
    for name, layer in LAYERS.items():
        w = layer.width_mm
        dashes = f' stroke-dasharray="{40 * w} {8 * w} {8 * w} {8 * w}"'
        lines.append(
            f'<g id="{name}" fill="none" stroke="{layer.svg}" stroke-width="{w}" '
            f'stroke-linejoin="round"{dashes * layer.is_dashed}>'
        )
        parts = [part for part in drawing.parts if part.layer == name]
        lines += [_to_element(part, place, layer.svg) for part in parts]
        lines.append("</g>")
    return "\n".join([*lines, "</svg>\n"]).encode()


def to_dxf(drawing: Drawing) -> bytes:
    """A drawing as a DXF in mm, with a layer for each kind of line.

    Raises:
        ImportError: ezdxf is missing.
    """
    import ezdxf

    document = ezdxf.new("R2010", setup=["linetypes"])
    document.units = ezdxf.units.MM
    document.header["$LWDISPLAY"] = 1
    for name, layer in LAYERS.items():
        kind = "CENTER" if layer.is_dashed else "CONTINUOUS"
        document.layers.add(
            name,
            color=layer.dxf,
            linetype=kind,
            lineweight=round(100 * layer.width_mm),
        )
    # With letters of all languages.
    document.styles.add("letters", font="arial.ttf")
    for part in drawing.parts:
        _add_entity(document.modelspace(), part)
    stream = io.StringIO()
    document.write(stream)
    return document.encode(stream.getvalue())


def truncate(outline, height_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """The lower part of an outline as Bezier segments, exactly.

    Returns:
        The segments, `(num_segments, 4, 2)`, and the heights of their ends.
    """
    beziers = outline.beziers()
    beziers = beziers[beziers[:, 0, 1] < height_mm - 1e-9].copy()
    last = beziers[-1]
    share = (height_mm - last[0, 1]) / (last[3, 1] - last[0, 1])
    for kept in range(1, 4):  # de Casteljau
        last[kept:] = last[kept - 1 : -1] + share * (last[kept:] - last[kept - 1 : -1])
    return beziers, np.append(beziers[:, 0, 1], height_mm)


def flatten(text) -> str:
    """Any text on one line, without signs that a file cannot hold."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def _draw_outside(vessel):
    """Right of the centre line: the outline, the lip, and the edges seen from there."""
    beziers, breaks = truncate(vessel.outline, vessel.outside[-1, 1])
    middle, top = vessel.lip_centre, vessel.lip[:, 1].max()
    start = _angle(vessel.lip[0] - middle)
    return [
        Curve("outline", beziers, breaks),
        Arc("outline", middle, vessel.wall_mm / 2, start, 90.0),
        Line("outline", np.array([[middle[0], top], [0, top]])),
        Line("outline", vessel.line[:2]),
    ]


def _draw_section(vessel, gap):
    """Left of the centre line: the cut through the wall, hatched."""
    beziers, breaks = truncate(vessel.outline, vessel.outside[-1, 1])
    middle, top = vessel.lip_centre, vessel.lip[:, 1].max()
    start = _angle(vessel.lip[0] - middle)
    parts = [
        Line("section", vessel.line[:2]),
        Curve("section", beziers, breaks),
        Arc("section", middle, vessel.wall_mm / 2, start, start + 180),
        Line("section", bodies.simplify(vessel.inside, _TOLERANCE)),
        Line("section", np.array([[middle[0], top], [0, top]])),  # the far rim
    ]
    lines = [Line("hatching", ends) for ends in _hatch(vessel.line, gap)]
    return [_mirror(part) for part in parts + lines]


def _hatch(line, gap):
    """Lines at 45 degrees across what a line and the axis enclose, `(2, 2)` each."""
    line = bodies.simplify(line)
    x, y = np.concatenate([line, line[:1]]).T
    across, along, ends = (x - y) / 2**0.5, (x + y) / 2**0.5, []
    for place in np.arange(across.min() + gap / 2, across.max(), gap):
        is_right = across > place
        k = np.flatnonzero(is_right[1:] != is_right[:-1])
        share = (place - across[k]) / (across[k + 1] - across[k])
        meets = np.sort(along[k] + share * (along[k + 1] - along[k]))
        pairs = np.stack([meets + place, meets - place], axis=1) / 2**0.5
        ends += list(pairs.reshape(-1, 2, 2))
    return ends


def _draw_dimensions(vessel, unit):
    """Widths below and above, heights on the right, the wall at the belly."""
    outline, places = vessel.outline, landmarks(vessel.outline)
    top, widest = vessel.line[:, 1].max(), vessel.line[:, 0].max()
    radii = dict(zip(places, outline.radii(list(places.values())), strict=True))
    parts = []
    for name, level, row in (("foot", 0, -4), ("belly", places["belly"], -9)):
        parts += _measure_width(radii[name], level, row * unit, unit)
    parts += _measure_width(radii["neck"], places["neck"], top + 4 * unit, unit)
    rim, level = vessel.lip[vessel.lip[:, 0].argmax()]
    parts += _measure_width(rim, level, top + 9 * unit, unit)
    heights = {places["belly"]: radii["belly"], places["neck"]: radii["neck"], top: rim}
    column = widest
    for height, radius in sorted(heights.items()):
        if height > unit:
            column += 5 * unit
            parts += _measure_height(radius, height, column, unit)
    return parts + _measure_wall(vessel, unit)


def _measure_width(radius, level, row, unit):
    ends = np.array([[-radius, row], [radius, row]])
    over = np.sign(row - level) * unit / 2
    sides = [np.array([[x, level + over], [x, row + over]]) for x in (-radius, radius)]
    text = Text("dimensions", f"Ø {2 * radius:.1f}", ends.mean(axis=0), unit, "middle")
    return _draw_dimension(ends, sides, text, unit)


def _measure_height(radius, height, column, unit):
    ends = np.array([[column, 0.0], [column, height]])
    sides = [
        np.array([[radius + unit / 2, height], [column + unit / 2, height]]),
        np.array([[column - 4 * unit, 0.0], [column + unit / 2, 0.0]]),
    ]
    text = Text("dimensions", f"{height:.1f}", ends.mean(axis=0), unit, "middle", 90.0)
    return _draw_dimension(ends, sides, text, unit)


def _draw_dimension(ends, sides, text, unit):
    """A line with arrows at its ends, lines to what it measures, and the number.

    Where there is no room between the arrows, they stand outside.
    """
    way = ends[1] - ends[0]
    length = np.linalg.norm(way)
    way = way / length
    up = np.array([-way[1], way[0]])
    sign = 1 if length > 5 * unit else -1
    reach = ends if sign > 0 else ends + np.outer([-1, 1], 3 * unit * way)
    parts = [Line("dimensions", reach), *(Line("dimensions", s) for s in sides)]
    for end, inward in zip(ends, (way, -way), strict=True):
        parts.append(_draw_arrow(end, sign * inward, unit))
    shift = 0.4 * unit
    if length < _width(text.text, unit) + unit and text.angle == 0:  # beside it
        place = reach[1] + [0.5 * unit, -0.4 * unit]
        return [*parts, text._replace(place=place, align="start")]
    return [*parts, text._replace(place=text.place + shift * up)]


def _measure_wall(vessel, unit):
    """Two arrows across the wall, on the left, and the number beside them."""
    inner, levels = vessel.inside[:-1].T
    inside = levels[levels < vessel.lip[-1, 1]]
    height = np.clip(landmarks(vessel.outline)["belly"], inside.min(), inside.max())
    near = height + 1e-3 * vessel.wall_mm * np.array([-1, 0, 1])
    before, radius, after = vessel.outline.radii(near)
    slope = (after - before) / (near[2] - near[0])
    out = np.array([1, -slope]) / np.hypot(1, slope)
    outer = np.array([radius, height])
    inner = outer - vessel.wall_mm * out
    end = outer + 4 * unit * out
    parts = [
        Line("dimensions", np.stack([inner - 3 * unit * out, inner])),
        Line("dimensions", np.stack([outer, end])),
        _draw_arrow(outer, out, unit),
        _draw_arrow(inner, -out, unit),
    ]
    text = f"wall {vessel.wall_mm:g}"
    place = (end + [0.5 * unit, -0.4 * unit]) * [-1, 1]
    return [
        *(_mirror(part) for part in parts),
        Text("dimensions", text, place, unit, "end"),
    ]


def _draw_arrow(tip, way, unit):
    side = np.array([-way[1], way[0]]) * 0.18 * unit
    base = tip + way * unit
    return Line("dimensions", np.array([tip, base + side, base - side]), True)


def _mark(faults, column, unit):
    """Numbered brackets at the heights of what is not as expected, on the left."""
    parts = []
    for k, fault in enumerate(faults, 1):
        x = column - (k - 1) * 2.2 * unit
        low, high = fault.low_mm, max(fault.high_mm, fault.low_mm + unit / 4)
        hook = 0.8 * unit
        ends = [[x + hook, low], [x, low], [x, high], [x + hook, high]]
        parts.append(Line("findings", np.array(ends, float)))
        place = np.array([x, high + 0.5 * unit])
        parts.append(Text("findings", str(k), place, unit, "middle"))
    return parts


def _write_block(rows, notes, top, half, unit):
    """The title block, a frame with rows of text, and notes below it."""
    parts, step, left = [], 2.2 * unit, -half
    for k, row in enumerate(rows):
        base = np.array([left + unit, top - k * step - 1.5 * unit])
        parts.append(_fit_text("text", row, base, 2 * half - 2 * unit, unit))
        edge = top - (k + 1) * step
        parts.append(Line("text", np.array([[left, edge], [half, edge]])))
    bottom = top - len(rows) * step
    frame = [[left, top], [half, top], [half, bottom], [left, bottom], [left, top]]
    parts.append(Line("text", np.array(frame)))
    for k, note in enumerate(notes):
        base = np.array([left, bottom - (k + 1.2) * 1.8 * unit])
        parts.append(_fit_text("findings", note, base, 2 * half, unit))
    return parts


def _fit_text(layer, text, base, room, unit):
    """One line of text, smaller where it is longer than its room."""
    height = unit * min(1.0, room / max(_width(text, unit), 1e-9))
    return Text(layer, text, base, height)


def _width(text, height):
    """About how wide a text is: letters of East Asia are as wide as they are high."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return height * (0.78 * (len(text) - wide) + 1.4 * wide)


def _mirror(part):
    """The same part on the other side of the axis."""
    flip = np.array([-1.0, 1.0])
    if isinstance(part, Line):
        return part._replace(points=part.points * flip)
    if isinstance(part, Curve):
        return part._replace(beziers=part.beziers * flip)
    ends = {"start": 180 - part.end, "end": 180 - part.start}
    return part._replace(centre=part.centre * flip, **ends)


def _angle(way):
    return float(np.degrees(np.arctan2(way[1], way[0])))


def _reach(part):
    """Points that a part does not go beyond, `(num_points, 2)`."""
    if isinstance(part, Line):
        return part.points
    if isinstance(part, Curve):
        return part.beziers.reshape(-1, 2)
    if isinstance(part, Arc):
        return part.centre + part.radius * np.array([[-1, -1], [1, 1]])
    width = _width(part.text, part.height_mm)
    first = {"start": 0, "middle": -width / 2, "end": -width}[part.align]
    angle = np.radians(part.angle)
    way, up = np.array([np.cos(angle), np.sin(angle)]), [-np.sin(angle), np.cos(angle)]
    ends = part.place + np.outer([first, first + width], way)
    return np.concatenate([ends, ends + part.height_mm * np.array(up)])


def _clean(text):
    """As XML admits it: no control characters, and its own signs escaped."""
    return escape(flatten(text), {'"': "&quot;"})


def _to_element(part, place, colour):
    """The element of SVG that draws a part."""
    if isinstance(part, Line):
        points = " ".join(f"{x:.3f},{y:.3f}" for x, y in place(part.points))
        if part.is_filled:
            return f'<polygon points="{points}" fill="{colour}" stroke="none"/>'
        return f'<polyline points="{points}"/>'
    if isinstance(part, Curve):
        beziers = place(part.beziers)
        start = "M{:.3f},{:.3f}".format(*beziers[0, 0])
        ends = (" ".join(f"{x:.3f},{y:.3f}" for x, y in b[1:]) for b in beziers)
        return f'<path d="{start}{"".join("C" + end for end in ends)}"/>'
    if isinstance(part, Arc):
        angles = np.radians([part.start, part.end])
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        (a, b), (c, d) = place(part.centre + part.radius * ways)
        r, is_large = part.radius, int(part.end - part.start > 180)
        way = f"A{r:.3f},{r:.3f} 0 {is_large} 0 {c:.3f},{d:.3f}"
        return f'<path d="M{a:.3f},{b:.3f}{way}"/>'
    x, y = place(part.place)
    turn = f' transform="rotate({-part.angle:g} {x:.3f} {y:.3f})"' if part.angle else ""
    # The size of a font is its line; capital letters take about seven tenths of it.
    return (
        f'<text x="{x:.3f}" y="{y:.3f}" font-size="{part.height_mm / 0.72:.3f}" '
        f'text-anchor="{part.align}" font-family="sans-serif" fill="{colour}" '
        f'stroke="none"{turn}>{_clean(part.text)}</text>'
    )


def _add_entity(space, part):
    """The entity of DXF that draws a part."""
    layer = {"layer": part.layer}
    if isinstance(part, Line):
        if part.is_filled:
            a, b, c = part.points.tolist()
            space.add_solid([a, b, c], dxfattribs=layer)
        else:
            space.add_lwpolyline(part.points.tolist(), dxfattribs=layer)
    elif isinstance(part, Curve):
        points, knots = _to_spline(part)
        space.add_open_spline(points.tolist(), 3, knots.tolist(), dxfattribs=layer)
    elif isinstance(part, Arc):
        centre = part.centre.tolist()
        space.add_arc(centre, part.radius, part.start, part.end, dxfattribs=layer)
    else:
        from ezdxf.enums import TextEntityAlignment

        # DXF reads two signs as commands: a pair of % and a caret.
        text = flatten(part.text).replace("^", "^ ").replace("%%", "%%%%%%")
        align = {"start": "LEFT", "middle": "CENTER", "end": "RIGHT"}[part.align]
        entity = space.add_text(
            text,
            height=part.height_mm,
            rotation=part.angle,
            dxfattribs=layer | {"style": "letters"},
        )
        place = part.place.tolist()
        entity.set_placement(place, align=TextEntityAlignment[align])


def _to_spline(curve):
    """Control points and knots of a curve as one B-spline.

    It has one knot where two segments meet, and each control point is the blossom of a
    segment near to it.
    """
    beziers, breaks = curve.beziers, curve.breaks
    knots = np.concatenate([[breaks[0]] * 3, breaks, [breaks[-1]] * 3])
    points = []
    for i in range(len(knots) - 4):
        k = min(max(i - 1, 0), len(beziers) - 1)
        point = beziers[k]
        for knot in knots[i + 1 : i + 4]:
            share = (knot - breaks[k]) / (breaks[k + 1] - breaks[k])
            point = point[:-1] + share * (point[1:] - point[:-1])
        points.append(point[0])
    return np.array(points), knots
