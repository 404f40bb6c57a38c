"""What is handed over: drawings and solids that agree, records, and whole folders."""

import errno
import io
import json
import os
import re
import sys
from xml.etree import ElementTree

import ezdxf
import numpy as np
import pytest
import trimesh
from ezdxf.entities.text import plain_text
from PIL import Image
from turned_shapes import cylinder, outline, scaled, some_vases

from gan_tutorial.design import bodies, drawings, handover
from gan_tutorial.design.provenance import Provenance

T = np.linspace(0, 1, 201)
SVG = "{http://www.w3.org/2000/svg}"
STRANGE = "Für 5 $ & <zwei> \"Öl' 花瓶 100 %%c ^J ]]> {\\P} \\U+0041"
SHAPES = {"vase": some_vases(2)[1], "bowl": outline(80, 30 + 90 * np.sqrt(T + 0.001))}


# Readers of our own for each file: radii of the outside and of the inside at heights


def read_svg(content):
    """The lines of each layer of an SVG, `(num_points, 2)` each, y upwards in mm."""
    root = ElementTree.fromstring(content)
    size = [root.get(side).removesuffix("mm") for side in ("width", "height")]
    assert root.get("viewBox") == f"0 0 {size[0]} {size[1]}"
    layers = {}
    for group in root.findall(f"{SVG}g"):
        lines = layers[group.get("id")] = []
        for part in group:
            if part.tag == f"{SVG}path":
                lines.append(read_path(part.get("d")))
            elif part.tag == f"{SVG}polyline":
                pairs = part.get("points").split()
                lines.append(np.array([pair.split(",") for pair in pairs], float))
    return {name: [line * [1, -1] for line in lines] for name, lines in layers.items()}


def read_path(text):
    """Points on a path of Bezier curves, or on one of an arc."""
    start, rest = re.fullmatch(r"M([-\d.]+,[-\d.]+)(.*)", text).groups()
    place = np.array(start.split(","), float)
    if rest.startswith("A"):
        r, _, _, large, sweep, end = re.split(r"[A ,]+", rest[1:], maxsplit=5)
        end = np.array(end.split(","), float)
        return on_arc(place, end, float(r), large == "1", sweep == "1")
    points, t = [place[None]], np.linspace(0, 1, 60)[:, None]
    for curve in rest[1:].split("C"):
        a, b, c = (np.array(pair.split(","), float) for pair in curve.split())
        bend = 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b
        points.append((1 - t) ** 3 * place + bend + t**3 * c)
        place = c
    return np.concatenate(points)


def on_arc(start, end, radius, is_large, is_clockwise):
    """Points on an arc of SVG, whose y grows downwards."""
    half = (end - start) / 2
    rise = np.sqrt(max(radius**2 - half @ half, 0))
    side = np.array([-half[1], half[0]]) / np.linalg.norm(half)
    centre = start + half + rise * side * (1 if is_large != is_clockwise else -1)
    first, last = (np.arctan2(*(p - centre)[::-1]) for p in (start, end))
    turn = (last - first) % (2 * np.pi)
    turn = turn if is_clockwise else turn - 2 * np.pi
    angles = first + np.linspace(0, 1, 100) * turn
    return centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def read_dxf(content):
    """The lines of each layer of a DXF, as ezdxf draws them."""
    document = ezdxf.read(io.StringIO(content.decode("utf-8")))
    assert not document.audit().has_errors
    layers = {}
    for entity in document.modelspace():
        if entity.dxftype() in ("SPLINE", "ARC"):
            points = [tuple(p)[:2] for p in entity.flattening(0.002)]
        elif entity.dxftype() == "LWPOLYLINE":
            points = [tuple(p)[:2] for p in entity.get_points()]
        else:
            continue
        layers.setdefault(entity.dxf.layer, []).append(np.array(points))
    return layers


def cross(lines, heights, base):
    """Where lines cross heights above a base: the outermost and the innermost place."""
    outer, inner = np.zeros(len(heights)), np.full(len(heights), np.inf)
    for line in lines:
        for (x, y), (u, v) in zip(line[:-1], line[1:], strict=True):
            low, high = sorted((y, v))
            meets = (heights + base >= low) & (heights + base <= high) & (low < high)
            places = x + (heights + base - y) / (v - y if v != y else 1) * (u - x)
            outer = np.where(meets, np.maximum(outer, np.abs(places)), outer)
            inner = np.where(meets, np.minimum(inner, np.abs(places)), inner)
    return outer, inner


def slice_mesh(mesh, axis, heights):
    """The greatest and the least distance to the axis where a mesh is cut."""
    normal, found = np.eye(3)[axis], []
    for height in heights:
        cut = trimesh.intersections.mesh_plane(mesh, normal, height * normal)
        far = np.linalg.norm(np.delete(cut, axis, axis=2), axis=2)
        found.append([far.max(), far.mean(axis=1).min()])
    return np.array(found).T


def middle_of(layer):
    """Where the axis is in a drawing: at its centre line."""
    (line,) = layer
    assert line[0, 0] == line[1, 0]
    return line[0, 0]


@pytest.mark.parametrize("name", SHAPES)
def test_all_files_of_a_design_agree_at_every_height(tmp_path, name):
    shape = SHAPES[name]
    product = handover.Product(shape, STRANGE)
    folder = handover.write_set(tmp_path, [product], width_px=64)
    paths = {p.suffix[1:]: p for p in folder.iterdir() if p.stem == product.number}
    heights = np.linspace(0.6, shape.height_mm - 0.6, 97)
    heights = heights[np.abs(heights - 4) > 0.3]  # where the floor is
    is_hollow = heights > 4
    expected = shape.radii(np.minimum(heights, shape.height_mm))
    found = {}
    for kind, read in (("svg", read_svg), ("dxf", read_dxf)):
        layers = read(paths[kind].read_bytes())
        middle = middle_of(layers["centre"])
        for layer in ("outline", "section"):
            lines = [line - [middle, 0] for line in layers[layer]]
            # Outside is on the right of the centre line, and the cut on its left.
            assert all(
                (line[:, 0] * (layer == "outline" or -1)).min() > -2e-3
                for line in lines
            )
            base = min(line[:, 1].min() for line in lines)
            found[kind, layer] = cross(lines, heights, base)
    stl = trimesh.load_mesh(paths["stl"])
    assert stl.is_watertight and stl.is_winding_consistent and stl.volume > 0
    found["stl", ""] = slice_mesh(stl, 2, heights)
    glb = trimesh.load(paths["glb"], force="mesh")
    found["glb", ""] = 1000 * slice_mesh(glb, 1, heights / 1000)
    below_lip = heights < shape.height_mm - 5
    for one, (outer, inner) in found.items():
        np.testing.assert_allclose(outer[below_lip], expected[below_lip], atol=0.1)
        np.testing.assert_allclose(outer, found["stl", ""][0], atol=0.2, err_msg=one)
        if one[1] != "outline":
            np.testing.assert_allclose(
                inner[is_hollow], found["stl", ""][1][is_hollow], atol=0.2, err_msg=one
            )
    # The wall, measured across: thinner than 4 mm nowhere, as the section is cut.
    assert (found["svg", "section"][0] - found["svg", "section"][1])[
        is_hollow
    ].min() > 3.9 or (shape.height_mm - heights[-1] < 2)


def test_the_cut_is_one_line_without_gaps_or_ends():
    # The lip of a bowl leans far outwards: its half circle begins below the rim.
    drawing = drawings.draw_vessel(bodies.make_vessel(SHAPES["bowl"]), "N1")
    layers = read_dxf(drawings.to_dxf(drawing))
    top = SHAPES["bowl"].height_mm
    ends = np.array([line[k] for line in layers["section"] for k in (0, -1)])
    is_rim = np.abs(ends[:, 1] - top) < 1e-6  # the far rim, behind the cut
    at_axis = np.abs(ends[:, 0]) < 1e-9
    assert at_axis.sum() == 3 and is_rim.sum() == 2
    for end in ends[~is_rim & ~at_axis]:
        assert (np.hypot(*(ends - end).T) < 1e-6).sum() == 2, end


def test_the_outline_in_a_dxf_is_one_spline_with_few_points():
    shape = SHAPES["vase"]
    drawing = drawings.draw_vessel(bodies.make_vessel(shape), "ABC")
    document = ezdxf.read(io.StringIO(drawings.to_dxf(drawing).decode()))
    assert document.header["$INSUNITS"] == 4 and document.dxfversion == "AC1024"
    (spline,) = document.modelspace().query('SPLINE[layer=="outline"]')
    assert spline.dxf.degree == 3
    assert len(spline.control_points) <= len(shape.points)
    # Its lower part has the control points of the outline itself.
    ours = np.array([tuple(p)[:2] for p in spline.control_points])
    np.testing.assert_allclose(ours[:16], shape.points[:16], atol=1e-9)
    # A whole outline comes back as it is.
    beziers, breaks = drawings.truncate(shape, shape.height_mm)
    points, knots = drawings._to_spline(drawings.Curve("outline", beziers, breaks))
    np.testing.assert_allclose(points, shape.points, atol=1e-9)
    expected = [0, 0, 0, *np.linspace(0, 1, len(points) - 2), 1, 1, 1]
    np.testing.assert_allclose(knots / knots[-1], expected, atol=1e-9)


def test_the_inner_wall_is_drawn_to_a_hundredth_of_a_millimetre():
    vessel = bodies.make_vessel(SHAPES["vase"])
    drawing = drawings.draw_vessel(vessel, "N1")
    lines = [p for p in drawing.parts if isinstance(p, drawings.Line)]
    line = max((p.points for p in lines if p.layer == "section"), key=len) * [-1, 1]
    np.testing.assert_array_equal(line[[0, -1]], vessel.inside[[0, -1]])
    assert len(line) < len(vessel.inside) / 5
    starts, ways = line[:-1], np.diff(line, axis=0)
    for point in vessel.inside[::11]:
        share = ((point - starts) * ways).sum(axis=1) / (ways**2).sum(axis=1)
        nearest = starts + np.clip(share, 0, 1)[:, None] * ways
        assert np.hypot(*(nearest - point).T).min() < 0.0101


def test_drawings_state_their_measures_and_mark_findings_at_their_place():
    radius = 20 + 60 * np.clip((T - 0.4) / 0.3, 0, 1)
    shape = outline(100, radius)
    findings = bodies.inspect(shape, 3)
    faults = [finding for finding in findings if not finding.is_fine]
    assert faults
    vessel = bodies.make_vessel(shape, 3)
    drawing = drawings.draw_vessel(vessel, "K7", "A dish", findings)
    texts = [part.text for part in drawing.parts if isinstance(part, drawings.Text)]
    radii = shape.radii(np.linspace(0, 100, 5001))
    for text in (f"Ø {2 * radii.max():.1f}", "Ø 40.0", "100.0", "wall 3", "Design K7"):
        assert any(text in one for one in texts), text
    assert any("mm" in text and "1:1" in text for text in texts)
    brackets = [
        part
        for part in drawing.parts
        if isinstance(part, drawings.Line) and part.layer == "findings"
    ]
    for fault, bracket in zip(faults, brackets, strict=True):
        low, high = bracket.points[:, 1].min(), bracket.points[:, 1].max()
        assert low == pytest.approx(fault.low_mm)
        assert high == pytest.approx(max(fault.high_mm, low), abs=1)
        assert any(fault.found in text for text in texts)
    # Nothing lies outside the sheet, and no text is marked where all is well.
    root = ElementTree.fromstring(drawings.to_svg(drawing))
    width, height = (float(root.get(s).removesuffix("mm")) for s in ("width", "height"))
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x")) < width and 0 < float(text.get("y")) < height
    fine = drawings.draw_vessel(bodies.make_vessel(cylinder()), "K8")
    assert not [part for part in fine.parts if part.layer == "findings"]


@pytest.mark.parametrize("title", [STRANGE, "a\nb\x07\tc", "", "long " * 80, "花" * 90])
def test_any_text_survives_in_both_drawings(title):
    drawing = drawings.draw_vessel(bodies.make_vessel(cylinder()), "N1", title)
    expected = "".join(c if c.isprintable() else " " for c in title).strip()
    root = ElementTree.fromstring(drawings.to_svg(drawing))
    texts = [text.text.strip() for text in root.iter(f"{SVG}text") if text.text]
    assert expected in texts or not expected
    document = ezdxf.read(io.StringIO(drawings.to_dxf(drawing).decode()))
    texts = [
        plain_text(t.dxf.text).strip() for t in document.modelspace().query("TEXT")
    ]
    assert expected in texts or not expected
    # A long one is smaller, and stays in its frame.
    frames = [
        p for p in drawing.parts if isinstance(p, drawings.Line) and p.layer == "text"
    ]
    right = max(frame.points[:, 0].max() for frame in frames)
    for part in drawing.parts:
        if isinstance(part, drawings.Text) and part.layer == "text":
            wide = drawings._width(part.text, part.height_mm)
            assert part.place[0] + wide <= right + 1e-6


def test_lines_are_hairlines_on_named_layers():
    drawing = drawings.draw_vessel(bodies.make_vessel(cylinder()), "N1")
    root = ElementTree.fromstring(drawings.to_svg(drawing))
    groups = {group.get("id"): group for group in root.findall(f"{SVG}g")}
    used = {part.layer for part in drawing.parts}
    assert {"outline", "section", "centre", "dimensions", "text"} <= used <= set(groups)
    assert all(0.1 <= float(g.get("stroke-width")) <= 0.25 for g in groups.values())
    assert groups["centre"].get("stroke-dasharray")
    assert root.find(f"{SVG}rect").get("fill") == "white"
    document = ezdxf.read(io.StringIO(drawings.to_dxf(drawing).decode()))
    assert document.layers.get("centre").dxf.linetype == "CENTER"
    for layer in groups:
        assert 10 <= document.layers.get(layer).dxf.lineweight <= 25


# Numbers, records, metadata


def test_a_number_stands_for_what_would_be_made_and_for_nothing_else():
    shape = SHAPES["vase"]
    product = handover.Product(shape)
    same = handover.Product(
        shape._replace(points=shape.points + 1e-9),
        "Other",
        brief="x",
        wishes={"a": True},
    )
    assert product.number == same.number and re.fullmatch("[A-Z2-7]{8}", same.number)
    moved = shape.points.copy()
    moved[5, 0] += 0.01
    others = [
        handover.Product(shape._replace(points=moved)),
        handover.Product(scaled(shape, 1.001)),
        handover.Product(shape, wall_mm=5),
        handover.Product(shape, clay="porcelain"),
        handover.Product(shape, glaze="honey"),
    ]
    assert len({one.number for one in [product, *others]}) == 6


def test_a_number_stays_the_same_in_every_version():
    points = np.array([[30, 0], [40, 25], [50, 50], [20, 75], [25, 100]], float)
    product = handover.Product(some_vases(1)[0]._replace(points=points))
    assert product.number == "4Q3KCMUQ"


def read_xmp(text):
    """What an XMP packet says, by the last part of each property's name."""
    assert text.startswith("<?xpacket begin=") and text.endswith('<?xpacket end="w"?>')
    return {
        node.tag: "".join(node.itertext())
        for node in ElementTree.fromstring(text).iter()
        if not node.tag.startswith("{http://www.w3.org/1999")
    }


def check_xmp(found, title, number, rights):
    iptc, dc = (
        "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}",
        "{http://purl.org/dc/elements/1.1/}",
    )
    assert found[f"{iptc}DigitalSourceType"] == (
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    )
    assert found[f"{dc}title"] == title and found[f"{dc}identifier"] == number
    assert found[f"{dc}rights"] == rights
    assert found[f"{dc}description"] == "made by a generator"


def test_files_say_what_they_are_and_who_made_them(tmp_path):
    provenance = Provenance([0.5, -1.0], "abc" * 9, {"labels": 2}, 7, "a vase")
    rights = 'Only Anna & Ben may make it; <ask> them in "writing".'
    wishes = {"capacity": True, "neck": np.False_}
    product = handover.Product(
        SHAPES["vase"], STRANGE, brief="2 litres", wishes=wishes, provenance=provenance
    )
    folder = handover.write_set(tmp_path, [product], rights, width_px=64)
    number = product.number
    with Image.open(folder / f"{number}.png") as image:
        assert image.size == (64, 80)
        check_xmp(read_xmp(image.info["XML:com.adobe.xmp"]), STRANGE, number, rights)
    with Image.open(folder / "sheet.png") as image:
        found = read_xmp(image.info["XML:com.adobe.xmp"])
        check_xmp(found, "Sheet", number, rights)
        assert image.size[0] > 500
    root = ElementTree.parse(folder / f"{number}.svg").getroot()
    packet = root.find(f"{SVG}metadata")[0]
    found = {node.tag: "".join(node.itertext()) for node in packet.iter()}
    check_xmp(found, STRANGE, number, rights)
    assert root.find(f"{SVG}title").text == f"{number} {STRANGE}"
    scene = trimesh.load(folder / f"{number}.glb")
    assert scene.metadata["rights"] == rights and scene.metadata["number"] == number
    material = next(iter(scene.geometry.values())).visual.material
    assert tuple(material.baseColorFactor[:3]) == (230, 221, 207)
    head = (folder / f"{number}.stl").read_bytes()[:80].decode()
    assert number in head and "millimetres" in head and not head.startswith("solid")

    about = json.loads((folder / f"{number}.json").read_text("utf-8"))
    np.testing.assert_array_equal(about["outline"]["points"], SHAPES["vase"].points)
    assert about["wishes"] == {"capacity": True, "neck": False}
    assert about["recipe"]["latents"] == [0.5, -1.0] and about["recipe"]["seed"] == 7
    assert about["recipe"]["model"] == "abc" * 9
    assert about["made_by"] == "made by a generator" and about["rights"] == rights
    assert about["title"] == STRANGE and about["brief"] == "2 litres"
    assert about["versions"]["ezdxf"] == ezdxf.__version__
    mesh = trimesh.load_mesh(folder / f"{number}.stl")
    measures = about["measures"]
    assert measures["height"] == pytest.approx(mesh.extents[2], abs=0.05)
    assert measures["belly"] == pytest.approx(mesh.extents[0], abs=0.1)
    assert measures["clay"] == pytest.approx(mesh.volume / 1e6, rel=0.01)
    assert {finding["name"] for finding in about["findings"]} >= {"wall", "overhang"}


def read_glb(content):
    """The arrays of the only mesh in a GLB, `(n, 3)`, by the names of glTF."""
    assert content[:4] == b"glTF"
    length = int.from_bytes(content[12:16], "little")
    tree, binary = json.loads(content[20 : 20 + length]), content[28 + length :]
    arrays = {}
    for name, number in tree["meshes"][0]["primitives"][0]["attributes"].items():
        accessor = tree["accessors"][number]
        view = tree["bufferViews"][accessor["bufferView"]]
        assert accessor["componentType"] == 5126 and accessor["type"] == "VEC3"
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        values = np.frombuffer(binary[start:], "<f4", 3 * accessor["count"])
        arrays[name] = values.reshape(-1, 3).astype(float)
    return arrays


def test_a_solid_looks_smooth_because_its_corners_know_their_directions(tmp_path):
    folder = handover.write_set(tmp_path, [handover.Product(cylinder())], width_px=64)
    arrays = read_glb(next(folder.glob("*.glb")).read_bytes())
    corners, normals = 1000 * arrays["POSITION"], arrays["NORMAL"]
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1, abs=1e-5)
    # On the lip they point away from its middle, 38 mm from the axis, 118 mm high.
    far = np.hypot(corners[:, 0], corners[:, 2])
    lip = corners[:, 1] > 118.3
    away = corners[lip][:, [0, 2]] / far[lip][:, None]
    facing = (normals[lip][:, [0, 2]] * away).sum(axis=1)
    assert lip.sum() > 500
    np.testing.assert_allclose(facing, (far[lip] - 38) / 2, atol=0.06)
    np.testing.assert_allclose(normals[lip, 1], (corners[lip, 1] - 118) / 2, atol=0.06)
    middle = (far < 1) & (corners[:, 1] > 3)
    np.testing.assert_allclose(normals[middle], [[0, 1, 0]], atol=1e-6)


# Folders


def products(number=2):
    return [
        handover.Product(vase, f"Vase {k}") for k, vase in enumerate(some_vases(number))
    ]


@pytest.fixture
def quick(monkeypatch):
    """Small files of each kind, so that what happens to folders is seen quickly."""
    monkeypatch.setattr(
        handover,
        "_make_files",
        lambda product, rights, *_: {
            kind: f"{product.title} {rights} {kind}".encode()
            for kind in ("png", "svg", "dxf", "stl", "glb", "json")
        },
    )
    monkeypatch.setattr(handover, "draw_sheet", lambda *_: b"sheet")


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_set_has_all_files_of_all_designs_in_a_folder_of_its_own(tmp_path):
    two = products()
    folder = handover.write_set(tmp_path / "new", two, width_px=64)
    kinds = ("png", "svg", "dxf", "stl", "glb", "json")
    names = {f"{one.number}.{kind}" for one in two for kind in kinds}
    assert {path.name for path in folder.iterdir()} == names | {"sheet.png"}
    assert folder.parent == tmp_path / "new"


def test_sets_never_mix(tmp_path, quick):
    three = products(3)
    (tmp_path / "mine.txt").write_text("mine")
    first = handover.write_set(tmp_path, three[:2])
    before = contents(tmp_path)
    second = handover.write_set(tmp_path, three[1:])
    assert first != second and contents(tmp_path).items() > before.items()
    # The same designs again, with other rights: the same folder, all files new.
    assert handover.write_set(tmp_path, three[:2], "Other rights.") == first
    after = contents(first)
    assert all(
        b"Other rights." in after[path] for path in after if path.suffix != ".png"
    )
    assert len(after) == 13


def test_what_fails_leaves_nothing_half_written(tmp_path, quick, monkeypatch):
    two = products()
    handover.write_set(tmp_path, two)
    before = contents(tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for owner, name in (
        (os, "rename"),
        (os, "replace"),
        (type(tmp_path), "write_bytes"),
    ):
        with monkeypatch.context() as patches:
            patches.setattr(owner, name, full)
            with pytest.raises(OSError, match="was not written: No space left"):
                handover.write_set(tmp_path, two, "Other rights.")
        assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "There are no designs; give at least one"),
        ([handover.Product(cylinder()), handover.Product(cylinder(), "again")],
         "Designs 1 and 2 have the same number"),
        ([handover.Product(cylinder()), handover.Product(cylinder(20, 30), "thick", 9)],
         "Design 2 of 2, 'thick', cannot be handed over: A wall of 9 mm is too thick"),
        ([handover.Product(cylinder(), clay="mud")], "Design 1 of 1.* clay is 'mud'"),
    ],
)  # fmt: skip
def test_designs_that_cannot_be_handed_over_are_named(
    tmp_path, given, message, monkeypatch
):
    monkeypatch.setattr(handover, "draw_sheet", lambda *_: b"")
    with pytest.raises(ValueError, match=message):
        handover.write_set(tmp_path / "new", given, width_px=16)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["ezdxf", "trimesh"])
def test_a_missing_library_is_named_before_anything_is_written(
    tmp_path, monkeypatch, name
):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=f"pip install {name}"):
        handover.write_set(
            tmp_path / "new", [handover.Product(cylinder())], width_px=16
        )
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("height", "wall"), [(20, 1.2), (2000, 20)])
def test_sizes_from_thimbles_to_columns_work(tmp_path, height, wall):
    shape = some_vases(1)[0]
    product = handover.Product(scaled(shape, height / shape.height_mm), "size", wall)
    folder = handover.write_set(tmp_path, [product], width_px=64)
    mesh = trimesh.load_mesh(next(folder.glob("*.stl")))
    assert mesh.is_watertight
    assert mesh.extents[2] == pytest.approx(height, rel=2e-3)
    root = ElementTree.parse(next(folder.glob("*.svg"))).getroot()
    assert height < float(root.get("height").removesuffix("mm")) < 3.5 * height + 40


def test_a_drawing_for_a_screen_is_smaller_and_else_the_same():
    drawing = drawings.draw_vessel(bodies.make_vessel(SHAPES["vase"]), "1")
    roots = [
        ElementTree.fromstring(drawings.to_svg(drawing, scale=s)) for s in (1.0, 0.4)
    ]
    sizes = [float(root.get("width").removesuffix("mm")) for root in roots]
    assert sizes[1] == pytest.approx(0.4 * sizes[0], abs=1e-3)
    assert roots[0].get("viewBox") == roots[1].get("viewBox")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A design, and its record as it was written."""
    product = handover.Product(
        SHAPES["vase"], STRANGE, 3.5, glaze="tenmoku", brief="a", wishes={"b": False}
    )
    folder = handover.write_set(tmp_path_factory.mktemp("record"), [product])
    return product, folder / f"{product.number}.json"


def test_a_design_is_read_again_bit_for_bit(written):
    product, path = written
    again = handover.read_product(path)
    assert again.outline.points.tobytes() == product.outline.points.tobytes()
    rest = [(p.title, p.wall_mm, p.glaze, p.wishes, p.brief) for p in (product, again)]
    assert rest[0] == rest[1] and again.number == product.number


def _bend(record):
    record["outline"]["points"][7][0] += 0.01


DAMAGES = {
    "a point was moved": _bend,
    "the wall is thinner": lambda record: record.update(wall=1.0),
    "another foot": lambda record: record.update(foot="ring"),
    "another version": lambda record: record.update(format="gan_tutorial handover 9"),
    "no curve": lambda record: record.update(outline={"points": [[1]]}),
    "NaN": lambda record: record["outline"]["points"].__setitem__(3, [float("nan"), 1]),
    "no wishes": lambda record: record.pop("wishes"),
    "wishes are text": lambda record: record.update(wishes="all"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_record_that_was_changed_is_refused(written, tmp_path, name):
    record = json.loads(written[1].read_text("utf-8"))
    DAMAGES[name](record)
    path = tmp_path / "a.json"
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match="a.json is no design .* Write the design"):
        handover.read_product(path)
    path.write_bytes(written[1].read_bytes()[:-9])
    with pytest.raises(ValueError, match="a.json is no design"):
        handover.read_product(path)
