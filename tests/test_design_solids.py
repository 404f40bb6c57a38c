"""Measures of vessels in pictures: against formulas and pictures by hand."""

import numpy as np
import pytest

from gan_tutorial.design import solids
from gan_tutorial.synthetic import lamps, turned, vases

FLAGS = ("is_one_piece", "is_symmetric", "is_standing")


def picture(*boxes):
    """Bright boxes (top, bottom, left, right) on a picture of 64 x 64."""
    image = np.zeros((64, 64, 1), np.uint8)
    for top, bottom, left, right in boxes:
        image[top:bottom, left:right] = 200
    return image


def widths(family, attributes, heights):
    return turned.outline(family.widths, family.STYLES, attributes, heights)


def measure(image, **lengths):
    return {n: a[0] for n, a in solids.measure_bodies(image[None], **lengths).items()}


# Capacity, tilt, slenderness


def test_a_cylinder_and_a_step_are_as_computed_by_hand():
    # 5 mm a pixel: a cylinder 250 mm high, with a radius of 100 mm.
    found = measure(picture((10, 60, 12, 52)), side_mm=320, wall_mm=10)
    capacity = np.pi * 90**2 * 240
    assert found["capacity"] == pytest.approx(capacity / 1e6, rel=1e-4)
    outside = np.pi * 100**2 * 250
    centre = (outside * 125 - capacity * 130) / (outside - capacity)
    tilt = np.degrees(np.arctan(100 / centre))
    assert found["tilt"] == pytest.approx(tilt, rel=1e-4)
    assert found["slenderness"] == pytest.approx(250 / 200, rel=1e-4)
    # 20 rows with a radius of 80 mm below 25 rows with one of 30 mm; as good as solid.
    boxes = (15, 40, 26, 38), (40, 60, 16, 48)
    found = measure(picture(*boxes), side_mm=320, wall_mm=1000)
    low, high = 80**2 * 100, 30**2 * 125
    centre = (low * 50 + high * 162.5) / (low + high)
    assert found["tilt"] == pytest.approx(np.degrees(np.arctan(80 / centre)), rel=1e-4)
    assert found["capacity"] == 0
    assert found["slenderness"] == pytest.approx(225 / 160, rel=1e-4)


def test_a_closed_neck_leaves_only_what_is_above_it():
    # 5 mm a pixel: a neck with a radius of 10 mm, below a cup with one of 75 mm.
    neck = picture((10, 25, 17, 47), (25, 35, 30, 34), (35, 60, 12, 52))
    whole = measure(neck, side_mm=320, wall_mm=4)["capacity"]
    cup = measure(neck, side_mm=320, wall_mm=12)["capacity"]
    assert 0 < cup <= np.pi * 63**2 * 75 / 1e6
    assert cup > np.pi * 63**2 * 60 / 1e6  # all but the bend
    assert whole > 3 * cup


def test_vases_hold_and_tilt_as_their_formula_says():
    side_mm, wall_mm = 410, 9
    images, attributes = vases.make(60, 64, seed=3)
    found = solids.measure_bodies(images, side_mm, wall_mm)
    t = np.linspace(0, 1, 4001)[None].repeat(60, axis=0)
    radii = side_mm / 2 * widths(vases, attributes, t).astype(float)
    z = t * side_mm * attributes["height"][:, None]
    slope = np.diff(radii, axis=1, prepend=radii[:, :1]) / z[:, 1:2]
    inner = np.maximum(radii - wall_mm * np.sqrt(1 + slope**2), 0) * (z > wall_mm)
    capacity = np.pi * np.trapezoid(inner**2, z, axis=1) / 1e6
    clay = radii**2 - inner**2
    centre = np.trapezoid(clay * z, z, axis=1) / np.trapezoid(clay, z, axis=1)
    tilt = np.degrees(np.arctan(radii[:, 0] / centre))
    slenderness = attributes["height"] / attributes["belly"]
    np.testing.assert_allclose(found["capacity"], capacity, rtol=0.03)
    np.testing.assert_allclose(found["tilt"], tilt, rtol=0.04)
    np.testing.assert_allclose(found["slenderness"], slenderness, rtol=0.03)
    assert abs((found["capacity"] / capacity).mean() - 1) < 0.01
    assert abs((found["tilt"] / tilt).mean() - 1) < 0.01


def test_sizes_scale_and_values_do_not_depend_on_the_batch():
    images, _ = vases.make(260, 28, seed=2)
    found = solids.measure_bodies(images, 300, 4)
    twice = solids.measure_bodies(images, 600, 8)
    np.testing.assert_allclose(twice["capacity"], 8 * found["capacity"])
    np.testing.assert_allclose(twice["tilt"], found["tilt"])
    # The last pictures, which come in a second chunk, alone, and in colour.
    for others in (images, np.repeat(images, 3, axis=3)):
        for name, values in solids.measure_bodies(others[240:], 300, 4).items():
            np.testing.assert_allclose(values, found[name][240:], rtol=1e-4)


# Is it sound?


@pytest.mark.parametrize("family", [vases, lamps])
def test_nearly_all_real_products_are_sound(family):
    found = solids.measure_bodies(family.make(1000, 64, seed=11)[0])
    for name in FLAGS:
        assert found[name].mean() >= 0.999, name


def test_one_piece_has_neither_parts_nor_holes():
    ring = (10, 12, 10, 30), (28, 30, 10, 30), (10, 30, 10, 12), (10, 30, 28, 30)
    for boxes_, is_one in [
        ([(20, 60, 20, 44)], True),
        ([(20, 40, 20, 44), (40, 60, 20, 44)], True),
        ([(20, 40, 20, 44), (40, 60, 44, 50)], False),  # touch at a corner
        (ring, False),
        ([*ring, (40, 60, 20, 44)], False),  # a hole and a second piece
        ([*ring, (11, 29, 11, 29)], True),
    ]:
        assert measure(picture(*boxes_))["is_one_piece"] == is_one, boxes_
    # A spiral is one piece, however long it takes to go along it.
    spiral = picture(
        *((2, 4, 2, 60), (2, 60, 58, 60), (58, 60, 6, 60), (8, 60, 6, 8)),
        *((8, 10, 6, 54), (8, 54, 52, 54), (52, 54, 12, 54), (20, 54, 12, 14)),
    )
    assert measure(spiral)["is_one_piece"]
    spiral[30, 52:54] = 0
    assert not measure(spiral)["is_one_piece"]


def test_what_is_faint_beside_a_product_is_ground():
    faint = picture((20, 60, 20, 44))
    faint[5, 5] = 40  # less than half as bright as an edge
    assert measure(faint)["is_one_piece"]
    faint[5, 5] = 60
    assert not measure(faint)["is_one_piece"]


def test_symmetry_allows_a_pixel_and_three_per_cent():
    image = vases.make(1, 64)[0][0]
    for shift, symmetric in [(-2, False), (-1, True), (0, True), (1, True), (2, False)]:
        moved = np.roll(image, shift, axis=1)
        assert measure(moved)["is_symmetric"] == symmetric, shift
    assert measure(picture((20, 60, 20, 46)))["is_symmetric"]  # about x = 33
    assert not measure(picture((20, 60, 20, 47)))["is_symmetric"]  # about x = 33.5
    # 24 x 40 pixels: 28 without a partner are 2.8 % of 988, and 30 are 3.03 % of 990.
    body = picture((20, 60, 20, 44))
    for rows, symmetric in [(28, True), (30, False)]:
        with_handle = body.copy()
        with_handle[30 : 30 + rows // 2, 44:46] = 200
        assert measure(with_handle)["is_symmetric"] == symmetric
        assert measure(with_handle[:, ::-1])["is_symmetric"] == symmetric


def test_standing_needs_ground_a_foot_and_balance():
    image = vases.make(1, 64)[0][0]
    for up, standing in [(2, False), (1, True), (0, True), (-1, True), (-2, False)]:
        assert measure(np.roll(image, -up, axis=0))["is_standing"] == standing, up
    assert measure(picture((20, 60, 20, 44)))["is_standing"]
    assert not measure(picture((20, 58, 20, 44)))["is_standing"]
    # A foot of 4 pixels is 6 % of the side; one of 3 is less than 5 %.
    assert measure(picture((20, 50, 20, 44), (50, 60, 30, 34)))["is_standing"]
    assert not measure(picture((20, 50, 20, 44), (50, 60, 30, 33)))["is_standing"]
    # Its foot is under its left end: it falls to the right, though it looks even.
    assert not measure(picture((20, 50, 20, 44), (50, 60, 20, 26)))["is_standing"]
    assert not measure(picture((20, 50, 20, 44), (50, 60, 38, 44)))["is_standing"]


def test_what_is_no_whole_product_is_not_measured():
    rng = np.random.default_rng(1)
    images = [
        *(picture(), np.full((64, 64, 1), 20, np.uint8), picture((9, 10, 5, 6))),
        np.full((64, 64, 1), 255, np.uint8),
        *rng.integers(0, 256, (5, 64, 64, 1)).astype(np.uint8),
        *(picture((0, 60, 20, 44)), picture((20, 60, 20, 64))),
        picture((10, 20, 3, 60), (40, 60, 30, 40)),  # two pieces
    ]
    found = solids.measure_bodies(np.stack(images))
    for name in ("capacity", "tilt", "slenderness"):
        assert np.isnan(found[name][:-1]).all() and np.isfinite(found[name][-1])
    for name in FLAGS:
        assert found[name].dtype == bool and not found[name][:-1].any()
    assert not found["is_one_piece"][-1]
    none = solids.measure_bodies(np.zeros((0, 64, 64, 1), np.uint8))
    assert {values.shape for values in none.values()} == {(0,)}


@pytest.mark.parametrize("value", [0, np.nan, "300"])
def test_lengths_that_make_no_sense_are_refused(value):
    images = vases.make(1, 64)[0]
    for name in ("side_mm", "wall_mm"):
        with pytest.raises(ValueError, match=f"{name} is {value!r}; expected a number"):
            solids.measure_bodies(images, **{name: value})
