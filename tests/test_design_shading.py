"""The shaded picture of a vessel: where it is, what it shows, and how it reacts."""

import time

import numpy as np
import pytest
from turned_shapes import cylinder, outline, some_vases

from gan_tutorial.design import shading

T = np.linspace(0, 1, 201)
TILT = np.radians(17)


def covered(shape, *size, **frame):
    """How far each pixel depends on the clay: the vessel, without its shadow."""
    light, dark = (
        shading.shade(shape, clay, "unglazed", *size, **frame).astype(float)
        for clay in ("porcelain", "black stoneware")
    )
    return (light - dark).mean(axis=2)


@pytest.mark.parametrize("shape", [*some_vases(4), outline(60, 90 - 40 * T)])
def test_the_outline_is_that_of_ellipses_one_above_the_other(shape):
    width, height, frame = 201, 260, 400.0
    seen = covered(shape, width, height, frame_mm=frame) > 40
    # Each level of the vessel is an ellipse; in pixels, from the middle of the foot.
    h, radii = shape.profile(2001)
    y = np.arange(-40, 240, 0.5) * frame / height
    off = (y[:, None] - h * np.cos(TILT)) / np.sin(TILT)
    half = np.sqrt(np.maximum(radii**2 - off**2, 0).max(axis=1)) * height / frame
    area = 2 * np.trapezoid(half, dx=0.5)
    assert seen.sum() == pytest.approx(area, rel=0.02)
    rows = np.flatnonzero(seen.any(axis=1))
    tall = np.flatnonzero(half > 0)
    assert len(rows) == pytest.approx((tall[-1] - tall[0]) / 2, abs=3)
    assert seen.sum(axis=1).max() == pytest.approx(2 * half.max(), abs=2)
    # Left and right are the same shape.
    assert (seen == seen[:, ::-1]).mean() > 0.995


def test_the_opening_shows_the_inside_and_the_floor():
    bowl = outline(70, 40 + 60 * T**0.5)
    picture = shading.shade(bowl, "porcelain", "unglazed", 320).astype(int)
    middle = picture[:, 160].sum(axis=1)
    rows = np.flatnonzero(np.abs(np.diff(middle)) > 25)
    # Down the middle: ground, rim, inside, rim, outside, ground: several edges.
    assert len(rows) >= 3
    # Through openings of one size, a deep vessel is darker than a shallow one.
    inside = {}
    for height in (300, 20):
        shape = cylinder(height, 60)
        seen = covered(shape, 320, frame_mm=480)[:, 160] > 40
        first = seen.argmax() + 6  # below the rim; the opening is 29 pixels high
        picture = shading.shade(shape, "porcelain", "unglazed", 320, frame_mm=480)
        inside[height] = picture[first : first + 15, 155:165].mean()
    assert inside[300] < inside[20] - 20


def test_glazes_and_clays_look_different_and_gloss_has_highlights():
    vase = some_vases(1)[0]
    pictures = {g: shading.shade(vase, glaze=g).astype(int) for g in shading.GLAZES}
    names = list(pictures)
    for i, one in enumerate(names):
        for other in names[:i]:
            far = np.abs(pictures[one] - pictures[other]).max(axis=2)
            assert (far > 8).mean() > 0.05, (one, other)

    # The brightest spot of a dark gloss is far above its median; not so on matt clay.
    def contrast(clay, glaze):
        picture = shading.shade(vase, clay, glaze).astype(float).mean(axis=2)
        body = picture[120:300, 110:210]
        return np.quantile(body, 0.995) - np.median(body)

    assert contrast("black stoneware", "tenmoku") > 60
    assert contrast("black stoneware", "unglazed") < 30


def test_the_light_comes_from_the_left_and_the_shadow_falls_to_the_right():
    picture = shading.shade(some_vases(1)[0], "white stoneware", "unglazed")
    light = picture.astype(float).mean(axis=2)
    assert light[180:260, 60:120].mean() > light[180:260, 200:260].mean() + 10
    ground = light[330:360]
    assert ground[:, 20:60].mean() > ground[:, 260:300].mean() + 10


def test_edges_are_smooth():
    cone = covered(outline(200, 90 - 60 * T), 200)
    left = cone[60:180, :100]
    # From ground to clay within few pixels, and through many shades on the whole.
    edge = (left > 5) & (left < 60)
    assert 1 <= edge.sum(axis=1).max() <= 3
    assert len(np.unique(left[edge] // 5)) >= 6


@pytest.mark.parametrize(
    ("width", "height"), [(320, 400), (33, 40), (161, 300), (400, 100), (16, 16)]
)
@pytest.mark.parametrize("frame", [None, 30.0, 5000.0])
def test_any_size_works(width, height, frame):
    for shape in (cylinder(), outline(30, 50 + 100 * T**1.5)):
        picture = shading.shade(shape, width_px=width, height_px=height, frame_mm=frame)
        assert picture.shape == (height, width, 3) and picture.dtype == np.uint8


def test_what_cannot_be_made_is_still_drawn():
    u = np.clip((T - 0.3) / 0.4, 0, 1)
    flask = outline(200, 2 + 58 * (0.5 + 0.5 * np.cos(np.pi * u)))
    assert shading.shade(flask, wall_mm=4).std() > 10
    assert shading.shade(cylinder(20, 9), wall_mm=50).std() > 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"clay": "mud"}, "clay is 'mud'; expected one of porcelain, white"),
        ({"glaze": "gold"}, "glaze is 'gold'; expected one of unglazed, clear"),
        ({"width_px": 0}, "width_px is 0; expected a whole number, 16 or more"),
        ({"height_px": 2.5}, "height_px is 2.5; expected"),
        ({"frame_mm": -1}, "frame_mm is -1; expected a number"),
        ({"wall_mm": 0}, "wall_mm is 0; expected a number"),
    ],
)
def test_what_is_not_known_is_said(arguments, message):
    with pytest.raises(ValueError, match=message):
        shading.shade(cylinder(), **arguments)


def test_two_calls_give_the_same_picture_and_leave_no_trace():
    vase, other = some_vases(2)
    first = shading.shade(vase)
    shading.shade(other, "red earthenware", "honey")
    np.testing.assert_array_equal(shading.shade(vase), first)


def test_a_studio_can_redraw_while_a_slider_moves():
    vases = some_vases(6)
    for vase in vases:
        shading.shade(vase)
    begin = time.process_time()
    for vase in vases:
        shading.shade(vase)
    # 15 ms of work a picture here; a guard, not a measurement.
    assert (time.process_time() - begin) / len(vases) < 0.2
