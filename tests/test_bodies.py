"""Vessels measured off pictures: against formulas, meshes and floods by hand."""

import numpy as np
import pytest
import trimesh

from gan_tutorial import data, solids
from gan_tutorial.synthetic import lamps, vases

FLAGS = ("is_one_piece", "is_symmetric", "is_standing")


def picture(*boxes):
    """Bright boxes (top, bottom, left, right) on a picture of 64 x 64."""
    image = np.zeros((64, 64, 1), np.uint8)
    for top, bottom, left, right in boxes:
        image[top:bottom, left:right] = 200
    return image


def measure(image, **lengths):
    return {n: a[0] for n, a in solids.measure_bodies(image[None], **lengths).items()}


def flood(cells, start, steps):
    """The cells that can be reached from one of them."""
    left, edge = set(cells) - {start}, [start]
    while edge:
        y, x = edge.pop()
        near = {(y + dy, x + dx) for dy, dx in steps} & left
        left -= near
        edge += near
    return set(cells) - left


SIDES = [(1, 0), (-1, 0), (0, 1), (0, -1)]
CORNERS = SIDES + [(1, 1), (1, -1), (-1, 1), (-1, -1)]


def is_one_piece(mask):
    """One flood fills the mask; another fills all around it, also past corners."""
    cells = list(zip(*np.nonzero(mask), strict=True))
    ground = list(zip(*np.nonzero(~np.pad(mask, 1)), strict=True))
    if not cells or flood(cells, cells[0], SIDES) != set(cells):
        return False
    return flood(ground, ground[0], CORNERS) == set(ground)


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


@pytest.mark.parametrize(("side_mm", "wall_mm"), [(300, 4), (180, 2.5), (410, 9)])
def test_vases_hold_and_tilt_as_their_formula_says(side_mm, wall_mm):
    images, attributes = vases.make(60, 64, seed=3)
    found = solids.measure_bodies(images, side_mm, wall_mm)
    t = np.linspace(0, 1, 4001)[None].repeat(60, axis=0)
    radii = side_mm / 2 * vases.outline(attributes, t).astype(float)
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


@pytest.mark.parametrize(("side_mm", "wall_mm"), [(300, 4), (150, 2.5)])
def test_the_solid_that_is_printed_holds_and_weighs_as_much(side_mm, wall_mm):
    images, attributes = vases.make(15, 64, seed=8)
    found = solids.measure_bodies(images, side_mm, wall_mm)
    for i, image in enumerate(images):
        height = side_mm * float(attributes["height"][i])
        shell, full = (
            trimesh.Trimesh(
                corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3)
            )
            for corners in (solids.revolve(image, height, w) for w in (wall_mm, None))
        )
        capacity = (full.volume - shell.volume) / 1e6
        assert found["capacity"][i] == pytest.approx(capacity, rel=0.04), i
        foot = side_mm / 2 * attributes["foot"][i]  # the mesh has smoother corners
        tilt = np.degrees(np.arctan(foot / shell.center_mass[2]))
        assert found["tilt"][i] == pytest.approx(tilt, rel=0.04), i


def test_sizes_scale_and_values_do_not_depend_on_the_batch_or_the_kind():
    images, _ = vases.make(260, 28, seed=2)
    found = solids.measure_bodies(images, 300, 4)
    twice = solids.measure_bodies(images, 600, 8)
    np.testing.assert_allclose(twice["capacity"], 8 * found["capacity"])
    np.testing.assert_allclose(twice["tilt"], found["tilt"])
    # The last pictures, which come in a second chunk, alone, as floats and in colour.
    for others in (images, data.to_model_range(images), np.repeat(images, 3, axis=3)):
        alone = solids.measure_bodies(others[240:], 300, 4)
        for name, values in alone.items():
            np.testing.assert_allclose(values, found[name][240:], rtol=1e-4)


# Is it sound?


@pytest.mark.parametrize("family", [vases, lamps])
@pytest.mark.parametrize("seed", [0, 11, 12])
def test_nearly_all_real_products_are_sound(family, seed):
    for number, colour, least in [(1000, False, 0.999), (200, True, 0.99)]:
        images, _ = family.make(number, 64, seed=seed, colour=colour)
        found = solids.measure_bodies(images)
        for name in FLAGS:
            assert found[name].mean() >= least, name


def test_one_piece_is_what_two_floods_say():
    rng = np.random.default_rng(5)
    seen = []
    for size in (4, 5, 6, 12):
        for share in (0.2, 0.5, 0.7, 0.9):
            masks = rng.random((40, size, size)) < share
            images = (masks * rng.integers(80, 256, (40, 1, 1))).astype(np.uint8)
            found = solids.measure_bodies(images[..., None])["is_one_piece"]
            # What is a single row high counts as empty.
            expected = [m.any(axis=1).sum() > 1 and is_one_piece(m) for m in masks]
            np.testing.assert_array_equal(found, expected)
            seen += expected
    assert 0.1 < np.mean(seen) < 0.9
    # A spiral is one piece, however long it takes to go along it.
    spiral = picture(
        *((2, 4, 2, 60), (2, 60, 58, 60), (58, 60, 6, 60), (8, 60, 6, 8)),
        *((8, 10, 6, 54), (8, 54, 52, 54), (52, 54, 12, 54), (20, 54, 12, 14)),
    )
    assert measure(spiral)["is_one_piece"]
    spiral[30, 52:54] = 0
    assert not measure(spiral)["is_one_piece"]


def test_broken_products_are_no_single_piece():
    body = (20, 60, 20, 44)
    assert measure(picture(body))["is_one_piece"]
    assert not measure(picture(body, (10, 18, 30, 34)))["is_one_piece"]  # floats above
    assert not measure(picture(body, (16, 20, 44, 48)))["is_one_piece"]  # at a corner
    holed = picture(body)
    holed[30, 30] = 0
    assert not measure(holed)["is_one_piece"]
    # Two pieces with a hole, whose number of pieces less holes is 1 as well.
    holed[5, 5] = 200
    assert not measure(holed)["is_one_piece"]
    faint = picture(body)
    faint[5, 5] = 40  # less than half as bright as an edge: ground
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
    # By a loop over pixels, for blobs that are more or less symmetric.
    rng = np.random.default_rng(3)
    verdicts = []
    for _ in range(40):
        mask = picture((20, 60, 20, 44))[..., 0] > 0
        mask[30:50, 44:54] |= rng.random((20, 10)) < rng.choice([0.05, 0.15, 0.3])
        shares = []
        for twice_axis in range(61, 66):  # x and twice_axis - x are partners
            lonely = [
                not (0 <= twice_axis - x < 64 and mask[y, twice_axis - x])
                for y, x in zip(*np.nonzero(mask), strict=True)
            ]
            shares.append(np.mean(lonely))
        image = np.where(mask, 180, 0).astype(np.uint8)[..., None]
        verdicts.append(min(shares) < 0.03)
        assert measure(image)["is_symmetric"] == verdicts[-1]
    assert 5 < sum(verdicts) < 35


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


def test_empty_and_broken_pictures_are_measured_without_a_warning():
    rng = np.random.default_rng(1)
    dots = np.zeros((64, 64, 1), np.uint8)
    dots[3, 5] = dots[40, 60] = 255
    images = [
        *(picture(), np.full((64, 64, 1), 20, np.uint8), picture((9, 10, 5, 6))),
        *(np.full((64, 64, 1), 255, np.uint8), dots),
        picture((10, 20, 3, 60), (40, 60, 30, 40)),
        *rng.integers(0, 256, (20, 64, 64, 1)).astype(np.uint8),
    ]
    found = solids.measure_bodies(np.stack(images))
    for name in ("capacity", "tilt", "slenderness"):
        assert np.isnan(found[name][:3]).all()
        assert np.isfinite(found[name][3:]).all()
    for name in FLAGS:
        assert found[name].dtype == bool
        assert not found[name][:3].any()
    sound = np.all([found[name] for name in FLAGS], axis=0)
    assert not sound.any()
    for name, values in solids.measure_bodies(
        np.zeros((0, 64, 64, 1), np.uint8)
    ).items():
        assert values.shape == (0,), name


@pytest.mark.parametrize("value", [0, -3, np.nan, np.inf, "300", None])
@pytest.mark.parametrize("name", ["side_mm", "wall_mm"])
def test_lengths_that_make_no_sense_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}"):
        solids.measure_bodies(vases.make(1, 28)[0], **{name: value})


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((28, 28, 1), np.uint8), r"shape \(28, 28, 1\)"),
        (np.zeros((2, 28, 24, 1), np.uint8), "squares"),
        (np.full((2, 28, 28, 1), np.nan), "without nan"),
        (np.full((2, 28, 28, 1), 200.0), r"in \[-1, 1\]"),
    ],
)
def test_images_that_are_none_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        solids.measure_bodies(images)
