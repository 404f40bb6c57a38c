"""A picture of a vessel as a client would see it: turned, glazed and softly lit.

The camera looks down a little, without perspective. So each level of a vessel is an
ellipse, and what is highest on a line of sight is seen. How a surface looks depends on
its direction alone, and is painted once on a ball ("lit sphere"), from which each
pixel takes its colour; what lies deep inside, or near the ground, is darkened.

Source: the lit sphere is Sloan and others', Graphics Interface (2001).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design import bodies
from gan_tutorial.design.curves import Outline


class Glaze(NamedTuple):
    """What covers the clay.

    Args:
        colour: of the glaze, red, green and blue from 0 to 255.
        cover: how much of the clay it hides, from 0 to 1.
        gloss: from 0, matt, to 1, a mirror's edge on its highlights.
    """

    colour: tuple[int, int, int]
    cover: float
    gloss: float


CLAYS = {  # red, green and blue, from 0 to 255
    "porcelain": (244, 241, 235),
    "white stoneware": (226, 217, 202),
    "buff stoneware": (203, 176, 140),
    "red earthenware": (178, 96, 66),
    "black stoneware": (58, 54, 52),
}
GLAZES = {
    "unglazed": Glaze((255, 255, 255), 0.0, 0.0),
    "clear": Glaze((250, 246, 238), 0.15, 0.9),
    "satin white": Glaze((240, 237, 229), 0.92, 0.35),
    "celadon": Glaze((158, 188, 166), 0.86, 0.9),
    "cobalt": Glaze((36, 66, 128), 0.95, 0.95),
    "tenmoku": Glaze((52, 28, 20), 0.95, 1.0),
    "honey": Glaze((190, 126, 52), 0.85, 0.9),
    "sea green": Glaze((54, 112, 108), 0.93, 0.8),
}
_TILT = np.radians(17)  # by which the camera looks down
_SIN, _COS = np.float32(np.sin(_TILT)), np.float32(np.cos(_TILT))
_SIDE = 256  # pixels of a lit sphere
_FINER = 2  # lines of sight in each pixel, each way
_LEVELS = 401  # of the outside and of the inside, without the lip
_LIGHT = np.array([-0.55, 0.55, 0.63])  # where it comes from: right, front, up
_SHADOW = 0.42, -0.40  # where the top's shadow falls, in heights: right, front
_GROUND = np.array([0.875, 0.865, 0.848], np.float32)


def shade(
    outline: Outline,
    clay: str = "white stoneware",
    glaze: str = "clear",
    width_px: int = 320,
    height_px: int | None = None,
    wall_mm: float = bodies.WALL_MM,
    frame_mm: float | None = None,
) -> np.ndarray:
    """A vessel on a quiet ground.

    Where the wall would fill it, a vessel is drawn as deep as it is hollow.

    Args:
        outline: of its outside.
        clay: a name of `CLAYS`; it shows at the foot and where the glaze is thin.
        glaze: a name of `GLAZES`.
        width_px: of the picture.
        height_px: of the picture; None for 5/4 of its width.
        wall_mm: thickness of the wall.
        frame_mm: height of what the picture shows, so that several vessels can be
            compared; None for one that fits this vessel.

    Returns:
        uint8 `(height_px, width_px, 3)`.

    Raises:
        ValueError: unknown names, or sizes that are not positive.
    """
    width_px = checks.whole_number("width_px", width_px, 16)
    height_px = round(1.25 * width_px) if height_px is None else height_px
    height_px = checks.whole_number("height_px", height_px, 16)
    spheres = _lit_spheres(clay, glaze)
    outer, inner = _surfaces(outline, wall_mm)
    scale, ground = _place(outer, width_px, height_px, frame_mm)
    outer, inner = outer * scale, inner * scale
    picture = _draw_ground(outer, width_px, height_px, ground)
    # Lines of sight through the right half of what can be seen, from the foot up.
    widest = outer[:, 0].max()
    low = max(math.floor(-_SIN * widest) - 2, -ground)
    high = min(math.ceil(_COS * outer[-1, 1] + _SIN * widest) + 2, height_px - ground)
    y = _split(np.arange(low, high))
    x = _split(np.arange(min(math.ceil(widest) + 2, -(-width_px // 2))))
    colours, cover = _draw_vessel(y, x, outer, inner, spheres)
    _lay_over(picture, colours, cover, height_px - ground - high)
    return np.rint(255 * picture).astype(np.uint8)


def locate(
    outline: Outline, width_px: int, height_px: int, wall_mm: float = bodies.WALL_MM
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which place of the outside each pixel of `shade` shows, with the same arguments.

    Returns:
        `(height_px, width_px)` each: whether it shows the outside; if so, the angle
        around the axis, in radians, 0 in front and growing to the right; and the length
        of the outline from the foot up to there, in mm.
    """
    outer, _ = _surfaces(outline, wall_mm)
    scale, ground = _place(outer, width_px, height_px, None)
    radii, levels = (outer * scale).T
    steps = np.hypot(*np.diff(outer, axis=0, prepend=outer[:1]).T)
    lengths = np.cumsum(steps)
    y = height_px - ground - np.arange(height_px) - 0.5
    x = np.arange(width_px) + 0.5 - width_px / 2
    is_outside = np.zeros((height_px, width_px), bool)
    angles, found = np.zeros((2, height_px, width_px))
    for k in range(width_px):
        deep = np.sqrt(np.maximum(radii**2 - x[k] ** 2, 0))
        # A level hides what is lower and farther: its near edge is the highest below.
        near = np.where(deep > 0, _COS * levels - _SIN * deep, np.inf)
        lowest = np.minimum.accumulate(near[::-1])[::-1]
        level = np.searchsorted(lowest, y, side="right") - 1
        is_met = (level >= 0) & (y <= _COS * levels[level] + _SIN * deep[level])
        above = (y - _COS * levels[-1]) / _SIN
        is_outside[:, k] = is_met & (above**2 + x[k] ** 2 > radii[-1] ** 2)
        angles[:, k] = np.arctan2(x[k], deep[level])
        found[:, k] = lengths[level]
    return is_outside, angles, found


def mix(clay: str, glaze: str) -> tuple[np.ndarray, float]:
    """The colour of a glazed clay, uint8 red, green and blue, and its gloss.

    Raises:
        ValueError: names that are not in `CLAYS` and `GLAZES`.
    """
    for kind, name, known in (("clay", clay, CLAYS), ("glaze", glaze, GLAZES)):
        if name not in known:
            raise ValueError(f"{kind} is {name!r}; expected one of {', '.join(known)}.")
    glaze = GLAZES[glaze]
    colour = glaze.cover * np.array(glaze.colour)
    colour = colour + (1 - glaze.cover) * np.array(CLAYS[clay])
    return np.rint(colour).astype(np.uint8), glaze.gloss


def _surfaces(outline, wall_mm):
    """Radius and height in mm of the outside and of the inside, from the bottom up.

    Both end on the crest of the lip; a height comes once.
    """
    rim = float(outline.points[-1, 0])
    wall_mm = checks.number("wall_mm", wall_mm, 0.01)
    wall_mm = min(wall_mm, outline.height_mm / 8, rim / 2)
    outside, lip, inside = bodies.cut(outline, wall_mm, _LEVELS)
    top = int(lip[:, 1].argmax())
    is_floor = (inside[:, 0] < 0.05 * wall_mm) | (inside[:, 1] < wall_mm)
    inside = inside[: max(int(is_floor.argmax()), 2)]
    outer = np.concatenate([outside[:-1], lip[: top + 1 : 2]])
    inner = np.concatenate([lip[top::2], inside[1:]])[::-1]
    return outer.astype(np.float32), inner.astype(np.float32)


def _place(outer, width_px, height_px, frame_mm):
    """Pixels in a mm, and how far the middle of the foot is above the lower edge."""
    widest, tallest = outer[:, 0].max(), outer[-1, 1]
    top = _COS * tallest + _SIN * outer[-1, 0]
    bottom = _SIN * outer[0, 0]
    if frame_mm is None:
        frame_mm = max((top + bottom) / 0.72, 2 * widest / 0.7 * height_px / width_px)
    scale = height_px / checks.number("frame_mm", frame_mm, 0.01)
    ground = round(scale * bottom + 0.4 * (height_px - scale * (top + bottom)))
    return np.float32(scale), max(ground, round(0.06 * height_px))


def _split(pixels):
    """The middles of the finer pixels."""
    offsets = (np.arange(_FINER) + 0.5) / _FINER
    return (pixels[:, None] + offsets).ravel().astype(np.float32)


def _highest(radii, levels, side, y, x):
    """The number of the highest level whose edge is below each line of sight.

    Args:
        radii: of a surface, from the lowest level up, in pixels.
        levels: their heights, in pixels.
        side: -1 for the edges that are near to the camera, 1 for the far ones. Where a
            level does not reach as far as x, none of them is near, and all are far.
        y: of the lines of sight, in pixels, from the lowest up.
        x: of the lines of sight, in pixels to the right of the axis.

    Returns:
        int16 `(len(y), len(x))`; -1 where no edge is below.
    """
    depths = radii[:, None] ** 2 - x**2
    edges = _COS * levels[:, None] + side * _SIN * np.sqrt(np.maximum(depths, 0))
    edges = _FINER * (edges - y[0])
    rows = np.clip(np.ceil(edges), 0, len(y)).astype(np.int32)
    rows[depths <= 0] = len(y) if side < 0 else 0
    rows *= len(x)
    rows += np.arange(len(x), dtype=np.int32)
    found = np.full((len(y) + 1, len(x)), -1, np.int16)
    # Of several levels that begin in one place, the last one stays: the highest.
    numbers = np.repeat(np.arange(len(levels), dtype=np.int16), len(x))
    found.ravel()[rows.ravel()] = numbers
    return np.maximum.accumulate(found[:-1], axis=0, out=found[:-1])


def _draw_vessel(y, x, outer, inner, spheres):
    """Colours of the right and of the left half, and how far they are covered.

    Returns:
        float32 `(2, num_rows, num_columns, 3)` and `(num_rows, num_columns)`, in whole
        pixels.
    """
    radii, levels = outer.T
    found = _highest(radii, levels, -1, y, x)
    # A row of the picture is as wide as the widest ellipse at that row.
    off = (y[:, None] - _COS * levels[::2]) / _SIN
    widest = np.sqrt(np.maximum((radii[::2] ** 2 - off**2).max(axis=1), 0))
    inside = widest[:, None] - x
    slope = np.hypot(1, np.gradient(widest, y))[:, None]
    cover = np.clip(_FINER * inside / slope + 0.5, 0, 1)

    spots = np.flatnonzero((inside > 0) & (found >= 0)).astype(np.int32)
    row, column = np.divmod(spots, np.int32(len(x)))
    level, sight, across = found.ravel()[spots].astype(np.int32), y[row], x[column]
    off = (sight - _COS * levels[level]) / _SIN
    beyond = np.flatnonzero(off**2 + across**2 > radii[level] ** 2)
    if len(beyond):  # over an edge, to the far side of what is below: few are
        off = (sight[beyond, None] - _COS * levels) / _SIN
        is_met = off**2 + across[beyond, None] ** 2 <= radii**2
        is_met[np.arange(len(beyond)), level[beyond]] |= ~is_met.any(axis=1)
        level[beyond] = len(levels) - 1 - is_met[:, ::-1].argmax(axis=1)
    share, depth = _meet(radii, levels, level, across, sight, 1)
    height, light = _mix(levels, level, share), _mix(_hidden(outer), level, share)
    right, front, up = _directions(radii, levels, level, share, across, depth)
    light = 1 - light * (0.75 - 0.25 * up)
    is_bare = height < 0.02 * levels[-1] + 0.03 * radii[0]

    # Through the opening, to the inside or to the floor.
    off = (sight - _COS * levels[-1]) / _SIN
    through = np.flatnonzero(off**2 + across**2 < radii[-1] ** 2)
    if len(through):
        radii, levels = inner.T
        row_, column_ = row[through], column[through]
        rows = slice(row_.min(), row_.max() + 1)
        found = _highest(radii, levels, 1, y[rows], x[: column_.max() + 1])
        level = found[row_ - rows.start, column_].astype(np.int32)
        is_floor, level = level < 0, np.maximum(level, 0)
        across = across[through]
        share, depth = _meet(radii, levels, level, across, sight[through], -1)
        normals = _directions(radii, levels, level, share, across, depth)
        for normal, wall, floor in zip(
            (right, front, up), normals, (0, 0, 1), strict=True
        ):
            normal[through] = np.where(is_floor, floor, -wall)
        deep = (levels[-1] - _mix(levels, level, share)) / radii[-1]
        # What faces up meets more of the light that comes in.
        light[through] = 0.14 + 0.84 / (1 + (2 - 1.7 * up[through]) * deep**1.2)
        is_bare[through] = False

    place = np.clip((_COS * up - _SIN * front + 1) * (_SIDE / 2), 0, _SIDE - 1)
    place = place.astype(np.int32) * _SIDE + is_bare * np.int32(_SIDE**2)
    turned = np.clip((right + 1) * (_SIDE / 2), 0, _SIDE - 1).astype(np.int32)
    shape = len(y) // _FINER, len(x) // _FINER
    pixel = row // _FINER * np.int32(shape[1]) + column // _FINER
    size = shape[0] * shape[1]
    number = np.bincount(pixel, minlength=size)
    colours = np.empty((2, size, 3), np.float32)
    for half, across in enumerate((place + turned, place + (_SIDE - 1 - turned))):
        for channel, sphere in enumerate(spheres):
            sums = np.bincount(pixel, sphere[across] * light, size)
            colours[half, :, channel] = sums / np.maximum(number, 1)
    cover = cover[0::2] + cover[1::2]
    cover = (cover[:, 0::2] + cover[:, 1::2]) / 4 * (number > 0).reshape(shape)
    return colours.reshape(2, *shape, 3), cover


def _meet(radii, levels, level, across, sight, sign):
    """Where lines of sight meet a surface between a level and the next above it.

    There the line's distance to the axis is the radius: a quadratic equation.

    Args:
        radii: of the surface, in pixels.
        levels: their heights, in pixels.
        level: numbers of the levels, one for each line of sight.
        across: places of the lines to the right of the axis, in pixels.
        sight: their places on the picture above the foot, in pixels.
        sign: 1 where the lines come from outside, -1 where they come from inside.

    Returns:
        The share of the way to the next level, from 0 to 1, and how far the place is in
        front of the axis, in pixels.
    """
    rises = _COS / _SIN * np.diff(levels, append=levels[-1:])
    grows = np.diff(radii, append=radii[-1:])
    radius, rise, grow = radii[level], rises[level], grows[level]
    behind = (sight - _COS * levels[level]) / _SIN
    a = rise**2 - grow**2
    b = -behind * rise - radius * grow
    c = across**2 + behind**2 - radius**2
    below = sign * b + np.sqrt(np.maximum(b**2 - a * c, 0))
    share = np.clip(-sign * c / np.maximum(below, np.float32(1e-6)), 0, 1)
    return share, share * rise - behind


def _directions(radii, levels, level, share, across, depth):
    """Where a surface faces, outwards: right, front and up."""
    lean = _mix(np.gradient(radii, levels), level, share)
    radius = np.maximum(np.hypot(across, depth), np.float32(1e-6))
    steep = 1 / np.hypot(1, lean)
    return across / radius * steep, depth / radius * steep, -lean * steep


def _mix(values, level, share):
    rises = np.diff(values, append=values[-1:])
    return values[level] + share * rises[level]


def _hidden(outer):
    """How much of the light each level of the outside misses, `(num_levels,)`.

    That is what lies in a hollow of the outline, and what is near to the ground.
    """
    radii, levels = outer.T
    tallest, even = levels[-1], np.linspace(0, levels[-1], 129)
    shape = np.interp(even, levels, radii)
    weights = np.exp(-0.5 * (np.arange(-20, 21) / 9.0) ** 2)
    smooth = np.convolve(
        np.pad(shape, 20, mode="edge"), weights / weights.sum(), "valid"
    )
    hollow = np.clip(5 * (smooth - shape) / tallest, 0, 0.45)
    ground = 0.42 * np.exp(-even / (0.09 * tallest))
    return np.interp(levels, even, 1 - (1 - hollow) * (1 - ground)).astype(np.float32)


@lru_cache(maxsize=64)
def _lit_spheres(clay, glaze):
    """The colours of a ball in each direction that can be seen: glazed, and bare.

    Returns:
        float32 `(3, 2 * side * side)`, from 0 to 1, rows from the lowest up.
    """
    covered, gloss = mix(clay, glaze)
    lit = [_light_sphere(covered, gloss), _light_sphere(np.array(CLAYS[clay]), 0.0)]
    return np.ascontiguousarray(np.concatenate(lit).T, np.float32)


def _light_sphere(colour, gloss):
    middles = (np.arange(_SIDE) + 0.5) / (_SIDE / 2) - 1
    up, right = np.meshgrid(middles, middles, indexing="ij")
    length = np.maximum(np.hypot(up, right), 1)
    up, right = up / length, right / length
    near = np.sqrt(np.maximum(1 - up**2 - right**2, 0))
    # From the camera's directions to those of the room: right, front, up.
    normals = np.stack([right, _COS * near - _SIN * up, _COS * up + _SIN * near], -1)
    key = np.clip((normals @ (_LIGHT / np.linalg.norm(_LIGHT)) + 0.22) / 1.22, 0, 1)
    fill = np.clip(normals @ np.array([0.8, 0.5, 0.33]), 0, 1)
    sky = 0.5 + 0.5 * normals[..., 2]
    light = 0.10 + 0.74 * key**1.15 + 0.14 * fill + 0.20 * sky
    warm = np.array([0.05, 0.045, 0.038]) * (1 - sky)[..., None]
    linear = (colour / 255) ** 2.2 * (light[..., None] + warm)
    if gloss:
        linear = linear + _mirror(normals, near, gloss)[..., None]
    linear = np.where(linear > 0.8, 0.8 + 0.2 * np.tanh((linear - 0.8) / 0.2), linear)
    return (linear ** (1 / 2.2)).reshape(-1, 3)


def _mirror(normals, near, gloss):
    """The light of the room that a glaze throws back: a window, a screen, the sky."""
    away = 2 * near[..., None] * normals - np.array([0, _COS, _SIN])
    right = np.degrees(np.arctan2(away[..., 0], away[..., 1]))
    up = np.degrees(np.arcsin(np.clip(away[..., 2], -1, 1)))
    blur = 2 + 40 * (1 - gloss) ** 1.5  # degrees

    def box(left, r, low, high):
        edges = (right - left, r - right, up - low, high - up)
        return np.prod(
            [1 / (1 + np.exp(-np.clip(e / blur * 2, -40, 40))) for e in edges], 0
        )

    room = 9.0 * box(-75, -38, 12, 62) + 2.2 * box(58, 78, 2, 60)
    room = room + 0.9 / (1 + np.exp(-np.clip(up / (7 + blur), -40, 40))) + 0.25
    fresnel = 0.045 + 0.955 * (1 - near) ** 5
    return (0.2 + 0.8 * gloss) * np.minimum(fresnel, 0.5) * room


def _draw_ground(outer, width_px, height_px, ground):
    """A bright table without an edge, and the vessel's shadow on it."""
    picture = _light_table(width_px, height_px).copy()
    radii, levels = outer.T
    # The shadow is soft: it is computed for few places, and spread over the others.
    places = np.linspace(0, 1, 61, dtype=np.float32)
    y, x = height_px - ground - height_px * places, width_px * (places - 0.5)
    front = -y[:, None, None] / _SIN
    picks = np.linspace(0, len(levels) - 1, 16).astype(int)
    height, radius = levels[picks], radii[picks]
    off = (x[:, None] - _SHADOW[0] * height) ** 2 + (front - _SHADOW[1] * height) ** 2
    soft = 0.04 * levels[-1] + 0.30 * height + 0.08 * radii.max() + width_px / 60
    dark = 0.34 / (1 + 1.3 * height / levels[-1])
    shadow = np.clip((radius - np.sqrt(off)) / soft + 0.5, 0, 1)
    shadow = (dark * shadow**2 * (3 - 2 * shadow)).max(axis=2)
    light = 1 - _spread(_spread(shadow, height_px).T, width_px).T

    y = height_px - ground - np.arange(height_px, dtype=np.float32) - 0.5
    x = np.arange(width_px, dtype=np.float32) + 0.5 - width_px / 2
    off = np.sqrt((y / _SIN)[:, None] ** 2 + x**2) - radii[0]
    near = 1 / (1 + np.maximum(off, 0) / (0.14 * radii.max() + 0.14 * radii[0] + 2))
    near *= near
    light *= 1 - 0.55 * near * near
    for channel, share in enumerate((1, 0.98, 0.95)):  # shadows are a little cooler
        picture[..., channel] *= 1 - share * (1 - light)
    return picture


@lru_cache(maxsize=8)
def _light_table(width_px, height_px):
    y = np.linspace(0, 1, height_px, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width_px, dtype=np.float32)
    light = 1.055 - 0.16 * ((x - 0.42) ** 2 + (y - 0.62) ** 2) - 0.07 * (1 - y) ** 2
    return np.clip(light[..., None] * _GROUND, 0, 1)


def _spread(values, length):
    """As many values, `(length, ...)`, with straight lines between those that came."""
    places = (np.arange(length, dtype=np.float32) + 0.5) / length * (len(values) - 1)
    first = places.astype(np.int32)
    share = (places - first)[:, None]
    return values[first] + share * (values[first + 1] - values[first])


def _lay_over(picture, colours, cover, top):
    """Puts both halves of a vessel on the picture, whose middle is its axis."""
    rows, columns = cover.shape
    width = picture.shape[1]
    middle, odd = width // 2, width % 2
    for half, colour in enumerate(colours):
        colour, alpha = colour[::-1], cover[::-1, :, None]
        part = picture[top : top + rows]
        if half == 0:
            part = part[:, middle : middle + columns]
        else:
            part = part[:, : middle + odd][:, ::-1][:, :columns]
        size = part.shape[1]
        part += alpha[:, :size] * (colour[:, :size] - part)
