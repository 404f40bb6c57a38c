"""Vessels: against formulas, brute force over points, and meshes in trimesh."""

from dataclasses import replace

import numpy as np
import pytest
from trimesh.creation import revolve
from turned_shapes import cylinder, outline, some_vases

from gan_tutorial.design import bodies
from gan_tutorial.design.curves import Outline

T = np.linspace(0, 1, 201)
# Where wall and outside are all but the same in two lines of sight.
SHAPES = {
    "vase": some_vases(1)[0],
    "gourd": some_vases(8)[7],
    "bowl": outline(80, 30 + 90 * np.sqrt(T + 0.001)),
    "plate": outline(30, 50 + 100 * T**1.5),
    "tiny": outline(20, 9 + 3 * np.sin(5 * T)),
    "huge": outline(2000, 600 + 300 * np.sin(5 * T)),
}
WALLS = {"plate": 3, "tiny": 1.5, "huge": 25}


def thin(line, ends=1):
    """Every ninth point of a dense line, and some at its ends."""
    return np.concatenate([line[:ends], line[ends:-ends:9], line[-ends:]])


def on_line(points, step):
    """Points along straight lines, no farther apart than a step."""
    parts = [points[:1]]
    for a, b in zip(points[:-1], points[1:], strict=True):
        number = int(np.linalg.norm(b - a) / step) + 1
        parts.append(a + np.linspace(0, 1, number + 1)[1:, None] * (b - a))
    return np.concatenate(parts)


@pytest.mark.parametrize("name", SHAPES)
def test_walls_are_as_thick_as_asked(name):
    shape, wall = SHAPES[name], WALLS.get(name, 4)
    vessel = bodies.make_vessel(shape, wall)
    h = np.linspace(0, vessel.outside[-1, 1], 20001)
    outside = np.stack([shape.radii(h), h], axis=1)
    inside = vessel.inside[:-1]
    above_floor = inside[inside[:, 1] > vessel.floor_mm + 2 * wall][::9]
    for point in above_floor:
        nearest = np.hypot(*(outside - point).T).min()
        assert nearest == pytest.approx(wall, abs=0.1), point
    assert vessel.floor_mm == pytest.approx(wall)


def test_an_outline_that_bends_tightly_thickens_the_wall():
    # A ridge that sticks out like a blade: a wall of 6 mm cannot follow it.
    shape = outline(100, 40 + 25 * np.exp(-(((T - 0.5) / 0.05) ** 2)))
    vessel = bodies.make_vessel(shape, 6)
    h = np.linspace(0, vessel.outside[-1, 1], 5001)
    outside = np.stack([shape.radii(h), h], axis=1)
    inside = vessel.inside[:-1]
    far = [np.hypot(*(outside - point).T).min() for point in inside[::7]]
    assert min(far) > 5.99
    assert np.all(np.diff(inside[:, 1]) < 0)  # goes down, without loops
    assert bodies.mesh(vessel).is_volume


@pytest.mark.parametrize("name", SHAPES)
def test_meshes_are_closed_true_to_size_and_hold_as_much_as_is_said(name):
    shape, wall = SHAPES[name], WALLS.get(name, 4)
    vessel = bodies.make_vessel(shape, wall)
    mesh = bodies.mesh(vessel)
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
    assert mesh.bounds[0, 2] == pytest.approx(0, abs=1e-6)
    assert mesh.bounds[1, 2] == pytest.approx(shape.height_mm, abs=0.05)
    radii = shape.radii(np.linspace(0, vessel.outside[-1, 1], 5001))
    widest = max(radii.max(), vessel.lip[:, 0].max())
    assert mesh.bounds[1, 0] == pytest.approx(widest, abs=0.05)
    measured = bodies.measure_vessel(vessel)
    assert measured["clay"] == pytest.approx(mesh.volume / 1e6, rel=0.01)
    (foot_mm,) = shape.radii([0])
    tilt = np.degrees(np.arctan(foot_mm / mesh.center_mass[2]))
    assert measured["tilt"] == pytest.approx(tilt, abs=0.1)


@pytest.mark.parametrize("name", SHAPES)
def test_capacity_is_that_of_a_mesh_of_the_cavity(name):
    shape, wall = SHAPES[name], WALLS.get(name, 4)
    vessel = bodies.make_vessel(shape, wall)
    # The inside, from the floor up to the rim, closed there by a lid.
    top = vessel.lip[:, 1].argmax()
    line = np.concatenate([vessel.lip[top:], vessel.inside[1:]])[::-1]
    lid = [[0, line[-1, 1]]]
    cavity = revolve(np.concatenate([thin(line), lid]), sections=200)
    assert cavity.is_watertight
    measured = bodies.measure_vessel(vessel)
    capacity = measured["capacity"]
    assert capacity == pytest.approx(cavity.volume / 1e6, rel=0.01)
    # And as what is not clay, of all that the outside encloses.
    rim = vessel.lip[: top + 1]
    line = np.concatenate([[[0, 0]], vessel.outside, rim[1:], lid])
    whole = revolve(thin(line, 2), sections=200).volume / 1e6
    assert whole - measured["clay"] == pytest.approx(capacity, rel=0.01)


def test_a_cylinder_is_as_computed_by_hand():
    vessel = bodies.make_vessel(cylinder(120, 40), 5)
    measured = bodies.measure_vessel(vessel)
    # Up to where the lip begins, 2.5 mm below the rim; above it, a quarter circle less.
    straight = np.pi * 35**2 * (117.5 - 5)
    flare = np.pi * (37.5**2 * 2.5 - 2 * 37.5 * np.pi * 2.5**2 / 4 + 2 / 3 * 2.5**3)
    assert measured["capacity"] == pytest.approx((straight + flare) / 1e6, rel=1e-3)
    assert measured["opening"] == pytest.approx(70, abs=0.01)
    assert vessel.lip_centre == pytest.approx([37.5, 117.5], abs=0.01)
    np.testing.assert_allclose(
        np.hypot(*(vessel.lip - vessel.lip_centre).T), 2.5, atol=1e-6
    )


# What cannot be made


def neck(width):
    """A flask 200 mm high, whose neck is `width` mm wide from 140 mm up."""
    u = np.clip((T - 0.3) / 0.4, 0, 1)
    return outline(200, width / 2 + (60 - width / 2) * (0.5 + 0.5 * np.cos(np.pi * u)))


def test_a_neck_that_two_walls_fill_is_refused_with_its_place():
    with pytest.raises(
        ValueError,
        match=r"A wall of 4 mm fills .* where it is 7\.\d mm wide, at a height",
    ):
        bodies.make_vessel(neck(8), 4)
    bodies.make_vessel(neck(12), 4)
    (finding,) = bodies.inspect(neck(8), 4)
    assert finding.name == "wall" and not finding.is_fine
    assert 120 < finding.low_mm < finding.high_mm <= 200
    assert "mm wide" in finding.found


def test_a_thin_stem_below_the_belly_is_solid():
    # A goblet: a stem 6 mm wide up to 60 mm, a cup above.
    u = np.clip((T - 0.35) / 0.2, 0, 1)
    goblet = outline(150, 25 * np.exp(-((T / 0.05) ** 2)) + 3 + 37 * u**2 * (3 - 2 * u))
    vessel = bodies.make_vessel(goblet, 3)
    assert 50 < vessel.floor_mm < 75
    assert bodies.measure_vessel(vessel)["solid_below"] == vessel.floor_mm
    mesh = bodies.mesh(vessel)
    assert mesh.is_watertight and mesh.volume / 1e6 == pytest.approx(
        bodies.measure_vessel(vessel)["clay"], rel=0.01
    )


@pytest.mark.parametrize(
    ("shape", "wall", "message"),
    [
        (cylinder(20, 30), 6, "6 mm is too thick for a height of 20 mm; .* a quarter"),
        (
            cylinder(100, 10),
            9.5,
            "wall of 9.5 mm fills the product where it is 20.0 mm",
        ),
        (cylinder(), 0, "wall_mm is 0; expected a number, 0.01, or more"),
        (cylinder(), "4", "wall_mm is '4'; expected a number"),
        (outline(100, 30 - 40 * T), 2, "radius of -10.0 mm at a height of 100 mm"),
        (cylinder(), np.nan, "wall_mm is nan; expected a number"),
        (Outline(cylinder().points * [1, 0]), 4, "is 0 mm high; expected more than 0"),
    ],
)
def test_what_cannot_be_made_is_said_in_one_sentence(shape, wall, message):
    with pytest.raises(ValueError, match=message):
        bodies.make_vessel(shape, wall)


# Findings


def findings(shape, *args, **kwargs):
    found = bodies.inspect(shape, *args, **kwargs)
    return {
        name: [f for f in found if f.name == name] for name in {f.name for f in found}
    }


def test_a_sound_cylinder_passes_all_rules():
    found = findings(cylinder(), 4, capacity=(0.3, 0.6))
    assert set(found) == {
        "wall",
        "overhang",
        "stands",
        "capacity",
        "opening",
    }
    assert all(one.is_fine for group in found.values() for one in group)


def test_overhangs_are_found_at_their_place_and_angle():
    # A cone that widens from 20 to 80 mm between 40 and 70 mm: 63 degrees.
    radius = 20 + 60 * np.clip((T - 0.4) / 0.3, 0, 1)
    (fault,) = findings(outline(100, radius), 3)["overhang"]
    assert not fault.is_fine and "outside" in fault.found
    assert fault.low_mm == pytest.approx(40, abs=6)
    assert fault.high_mm == pytest.approx(70, abs=6)
    angle = float(fault.found.split("°")[0])
    assert angle == pytest.approx(np.degrees(np.arctan(2)), abs=6)
    # A belly that closes: steep inside, not outside.
    (fault,) = findings(outline(100, radius[::-1]), 3)["overhang"]
    assert not fault.is_fine and "inside" in fault.found
    # 40 degrees is fine.
    gentle = 20 + 100 * np.tan(np.radians(40)) * T
    assert findings(outline(100, gentle), 3)["overhang"][0].is_fine


def test_a_tiny_foot_falls_and_a_narrow_neck_lets_no_brush_in():
    u = 1 - (2 * T - 1) ** 2
    found = findings(outline(200, 6 + 60 * u), 2)
    (stands,), (opening,) = found["stands"], found["opening"]
    assert not stands.is_fine and "leans by 3." in stands.found
    assert not opening.is_fine and opening.high_mm > 190


def test_capacity_is_compared_with_what_is_asked():
    for asked, is_fine in (
        ((None, None), True),
        ((0.4, None), True),
        ((None, 0.4), False),
        ((0.6, 1), False),
    ):
        (finding,) = findings(cylinder(), 4, capacity=asked)["capacity"]
        assert finding.is_fine == is_fine, asked


def test_a_thin_wall_would_be_found():
    vessel = bodies.make_vessel(cylinder(), 4)
    inside = vessel.inside + [[1.0, 0]] * (vessel.inside[:, :1] > 0)
    thin = replace(vessel, inside=inside)
    finding = bodies._inspect_wall(thin)
    assert not finding.is_fine and finding.found.startswith("3.00 mm")


def test_a_simplified_line_stays_within_its_tolerance():
    angles = np.linspace(0, np.pi, 2001)
    line = 50 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    few = bodies.simplify(line, 0.05)
    assert len(few) < 80
    dense = on_line(few, 0.01)
    assert max(np.hypot(*(dense - point).T).min() for point in line[::20]) < 0.055
