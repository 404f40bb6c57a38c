"""Exported designs: they come back, they fit the picture, and they can be printed."""

import errno
import json
import os
import re
from xml.etree import ElementTree

import keras
import numpy as np
import pytest
import trimesh
from PIL import Image

from gan_tutorial import data, export, latent
from gan_tutorial.networks import build_generator
from gan_tutorial.synthetic import lamps, vases

FAMILIES = {"vases": vases, "lamps": lamps}


@pytest.fixture(scope="module")
def generator():
    return build_generator(6, (16, 16, 3), 4, num_classes=3, num_attributes=2)


def make_design(generator, seed=4):
    latents = latent.sample_latents(1, 6, seed)[0]
    return export.make_design(
        generator, latents, 2, [0.1, -0.7], seed, "a low lamp, 20 €", {"fit": 0.25}
    )


def exact_radii(module, attributes, i, heights):
    """Radii of product i at heights from 0 to 1, in image sides."""
    one = {name: values[i : i + 1] for name, values in attributes.items()}
    return module.outline(one, heights[None])[0] / 2


def read_stl(path):
    mesh = trimesh.load_mesh(path)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    return mesh


# Designs


def test_a_design_comes_back_bit_for_bit(generator, tmp_path):
    design = make_design(generator)
    export.save_design(tmp_path / "design.json", design)
    assert export.read_design(tmp_path / "design.json") == design
    latents = latent.sample_latents(1, 6, 4)
    inputs = [latents, np.array([2]), np.array([[0.1, -0.7]], np.float32)]
    expected = data.to_display_range(np.asarray(generator(inputs)))[0]
    image = export.load_design(tmp_path / "design.json", generator)
    np.testing.assert_array_equal(image, expected)
    np.testing.assert_array_equal(image, export.draw(generator, design))
    # A generator built anew draws the same, if it has the same weights.
    again = build_generator(6, (16, 16, 3), 4, num_classes=3, num_attributes=2)
    with pytest.raises(ValueError, match="from another model"):
        export.load_design(tmp_path / "design.json", again)
    again.set_weights(generator.get_weights())
    image_again = export.load_design(tmp_path / "design.json", again)
    np.testing.assert_array_equal(image_again, image)


def test_the_hash_changes_with_one_bit_of_one_weight():
    network = build_generator(4, (16, 16, 1), 4)
    before = export.hash_weights(network)
    weights = network.get_weights()
    weights[-1][0] = np.nextafter(weights[-1][0], np.float32(9))
    network.set_weights(weights)
    assert export.hash_weights(network) != before


def test_the_hash_knows_what_is_done_with_the_pictures(generator, tmp_path):
    darker = keras.Model(generator.inputs, generator.output - 0.1)
    assert export.hash_weights(darker) != export.hash_weights(generator)
    darker.save(tmp_path / "darker.keras")
    again = keras.models.load_model(tmp_path / "darker.keras")
    assert export.hash_weights(again) == export.hash_weights(darker)
    export.save_design(tmp_path / "design.json", make_design(darker))
    with pytest.raises(ValueError, match="another model"):
        export.load_design(tmp_path / "design.json", generator)


def test_generators_without_conditions(tmp_path):
    network = build_generator(4, (16, 16, 1), 4)
    latents = np.array([0.5, -1, 2, 0.1], np.float32)
    design = export.make_design(network, latents)
    export.save_design(tmp_path / "design.json", design)
    image = export.load_design(tmp_path / "design.json", network)
    assert image.shape == (16, 16, 1)
    assert image.dtype == np.uint8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(latents=np.zeros(5), label=1, attributes=[0, 0]), r"latents': \(5,\)"),
        (dict(latents=np.zeros(6), attributes=[0, 0]), "labels"),
        (dict(latents=np.zeros(6), label=1), "attributes"),
        (dict(latents=np.full(6, np.nan), label=1, attributes=[0, 0]), "NaN"),
    ],
)
def test_designs_that_do_not_fit_are_refused(generator, arguments, message):
    with pytest.raises(ValueError, match=message):
        export.make_design(generator, **arguments)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "damaged or is no JSON"),
        (lambda text: "", "damaged or is no JSON"),
        (lambda text: b"\xff\xfe", "damaged or is no JSON"),
        (lambda text: "[1, 2]", "holds no design"),
        (lambda text: '{"format": "another"}', "holds no design"),
        (lambda text: text.replace('"seed": 4', '"seed": 5'), "damaged or was changed"),
        (lambda text: text.replace('"sha256"', '"sha255"'), "damaged or was changed"),
        (lambda text: re.sub(r"\.\d", ".", text, count=1), "damaged"),
    ],
)
def test_damaged_files_are_refused_with_a_reason(generator, tmp_path, damage, message):
    path = tmp_path / "design.json"
    export.save_design(path, make_design(generator))
    damaged = damage(path.read_text(encoding="utf-8"))
    path.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    with pytest.raises(ValueError, match=message):
        export.load_design(path, generator)


def test_a_design_with_unknown_fields_is_refused(generator, tmp_path):
    path = tmp_path / "design.json"
    design = json.loads(json.dumps(make_design(generator).__dict__)) | {"new": 1}
    content = {"format": "gan_tutorial design 1", "design": design}
    path.write_text(json.dumps(content | {"sha256": export._digest(design)}))
    with pytest.raises(ValueError, match="other fields"):
        export.read_design(path)


# Files


def write_anything(kind, path, generator):
    image = vases.make(1, 64)[0][0]
    if kind == "json":
        export.save_design(path, make_design(generator))
    elif kind == "png":
        export.write_contact_sheet(path, [image], ["one"])
    elif kind == "svg":
        export.write_svg(path, image, 100)
    else:
        export.write_stl(path, image, 100)


@pytest.mark.parametrize("kind", ["json", "png", "svg", "stl"])
def test_where_writing_fails_no_file_is_left(kind, generator, tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="x was not written.*Give a folder"):
        write_anything(kind, tmp_path / "nowhere" / "x", generator)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(NotADirectoryError, match="was not written"):
        write_anything(kind, tmp_path / "file" / "x", generator)
    (tmp_path / "old").write_text("old")

    def fail(number):
        def raise_error(*_):
            raise OSError(number, os.strerror(number))

        return raise_error

    for function, number in (("fsync", errno.ENOSPC), ("replace", errno.EROFS)):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, fail(number))
            with pytest.raises(OSError, match=os.strerror(number)) as caught:
                write_anything(kind, tmp_path / "old", generator)
            assert caught.value.errno == number
    assert (tmp_path / "old").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "old"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(generator, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="was not written"):
        write_anything("svg", tmp_path / "x", generator)
    tmp_path.chmod(0o700)
    assert list(tmp_path.iterdir()) == []


def test_a_contact_sheet_shows_all_pictures_and_texts(tmp_path):
    images, _ = vases.make(5, 64, colour=True)
    texts = [f"seed {i}\n${i} to $9" for i in range(5)]
    export.write_contact_sheet(tmp_path / "a.png", images, texts, "Vases for $5")
    sheet = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    ground = (sheet == 0).all(axis=2)
    assert sheet.shape[0] > 600
    assert 0.2 < ground.mean() < 0.6
    # Each picture's strongest colours are there.
    for image in images:
        colour = image.reshape(-1, 3)[image.sum(axis=2).argmax()].astype(int)
        assert np.abs(sheet - colour).sum(axis=2).min() < 30
    export.write_contact_sheet(tmp_path / "b.png", images, texts[:4] + [""], "")
    others = np.asarray(Image.open(tmp_path / "b.png").convert("RGB"))
    assert others.shape != sheet.shape or (others != sheet).any()
    with pytest.raises(ValueError, match="5 pictures and 4 texts"):
        export.write_contact_sheet(tmp_path / "c.png", images, texts[:4])


# Outlines


def read_path(path):
    """Points on the curves of an SVG, its size in mm, and the height of its viewBox."""
    root = ElementTree.parse(path).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{space}svg"
    (line,) = root.findall(f"{space}path")
    description = line.get("d")
    assert re.fullmatch(r"M[-\d.,\s]+(C[-\d.,\s]+)+Z", description)
    numbers = [float(word) for word in re.findall(r"-?[\d.]+", description)]
    points = np.array(numbers).reshape(-1, 2)
    start, curves = points[0], points[1:].reshape(-1, 3, 2)
    np.testing.assert_allclose(curves[-1, -1], start)  # closed, without a last jump
    firsts = np.concatenate([start[None], curves[:-1, -1]])
    t = np.linspace(0, 1, 5)[:, None, None]
    p, q, r = curves[:, 0], curves[:, 1], curves[:, 2]
    points = (
        (1 - t) ** 3 * firsts
        + 3 * (1 - t) ** 2 * t * p
        + 3 * (1 - t) * t**2 * q
        + t**3 * r
    )
    assert root.get("width").endswith("mm")
    assert root.get("height").endswith("mm")
    size = float(root.get("width")[:-2]), float(root.get("height")[:-2])
    assert root.get("viewBox") == f"0 0 {size[0]:.3f} {size[1]:.3f}"
    return points.reshape(-1, 2), size


def nearest(points, others):
    """From each point the distance to the nearest of the others."""
    return np.array([np.hypot(*(others - point).T).min() for point in points])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("size", "colour"), [(64, False), (64, True), (128, True)])
def test_the_svg_lies_within_a_pixel_of_the_outline(family, size, colour, tmp_path):
    module = FAMILIES[family]
    images, attributes = module.make(6, size, seed=7, colour=colour)
    for i, image in enumerate(images):
        export.write_svg(tmp_path / "a.svg", image, 120, "Vase & <lamp>")
        points, (width, height) = read_path(tmp_path / "a.svg")
        extent = np.ptp(points, axis=0)
        assert extent[1] == pytest.approx(120, abs=0.2)
        np.testing.assert_allclose([width, height], extent + 4, atol=0.2)
        # The exact outline, from the attributes, in pixels from the middle of the foot.
        heights = np.linspace(0, 1, 1500)
        radii = exact_radii(module, attributes, i, heights)
        x = size * np.concatenate([[0], radii, [0]])
        y = size * attributes["height"][i] * np.pad(heights, 1, mode="edge")
        way = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
        places = np.arange(0, way[-1], 0.1)
        right = np.stack([np.interp(places, way, line) for line in (x, y)], axis=1)
        exact = np.concatenate([right, right * [-1, 1]])
        scale = size * attributes["height"][i] / extent[1]
        middle = (points[:, 0].max() + points[:, 0].min()) / 2
        drawn = (points - [middle, points[:, 1].max()]) * [scale, -scale]
        assert nearest(drawn, exact).max() < 1, i
        # The outline of the image: where its rows, read from either side, first are as
        # bright as half an edge.
        grey = image.max(axis=2) / image.max()
        ends = []
        for row in np.flatnonzero((grey > 0.5).any(axis=1))[1:-1]:
            for side, line in ((-1, grey[row]), (1, grey[row, ::-1])):
                first = np.flatnonzero(line > 0.25)[0]
                part = (line[first] - 0.25) / (line[first] - line[first - 1])
                end = size / 2 - (first + 0.5 - part)
                ends.append((side * end, size - size // 14 - row - 0.5))
        assert nearest(np.array(ends), drawn).max() < 1, i


def test_outlines_of_disks_squares_and_nothing():
    y, x = np.mgrid[:64, :64] + 0.5
    disk = np.clip(20 - np.hypot(x - 30, y - 33) + 0.5, 0, 1)
    image = np.rint(200 * disk).astype(np.uint8)[..., None]
    distances = np.hypot(*(export.outline(image) - [30, 33]).T)
    np.testing.assert_allclose(distances, 20, atol=0.25)
    # A product that touches the border is closed there; a hole does not matter.
    square = np.full((16, 16, 1), 255, np.uint8)
    square[5:8, 5:8] = 0
    points = export.outline(square)
    np.testing.assert_allclose(np.ptp(points, axis=0), 16, atol=0.25)
    with pytest.raises(ValueError, match="all dark"):
        export.outline(np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(ValueError, match=r"shape \(16, 16\)"):
        export.outline(np.zeros((16, 16), np.uint8))


@pytest.mark.parametrize("height", [0, -3, np.nan, np.inf])
def test_heights_that_make_no_sense_are_refused(height, tmp_path):
    image = vases.make(1, 64)[0][0]
    for write in (export.write_svg, export.write_stl):
        with pytest.raises(ValueError, match="height_mm is"):
            write(tmp_path / "x", image, height)
    assert list(tmp_path.iterdir()) == []


# Solids


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("size", "colour"), [(64, False), (64, True), (128, True)])
def test_the_volume_is_that_of_the_attributes(family, size, colour, tmp_path):
    module = FAMILIES[family]
    images, attributes = module.make(15, size, seed=3, colour=colour)
    for i, image in enumerate(images):
        export.write_stl(tmp_path / "a.stl", image, 150, wall_mm=None)
        mesh = read_stl(tmp_path / "a.stl")
        np.testing.assert_allclose(np.ptp(mesh.bounds, axis=0)[2], 150, atol=1e-3)
        heights = np.linspace(0, 1, 3000)
        radii = (
            150 / attributes["height"][i] * exact_radii(module, attributes, i, heights)
        )
        volume = np.trapezoid(np.pi * radii**2, 150 * heights)
        assert mesh.volume == pytest.approx(volume, rel=0.05), i


def test_generated_noise_on_a_picture_changes_little(tmp_path):
    images, _ = vases.make(5, 64, seed=3, colour=True)
    noise = np.random.default_rng(0).normal(0, 0.03, images.shape)
    noisy = np.clip(images / 127.5 - 1 + noise, -1, 1).astype(np.float32)
    for image, other in zip(images, noisy, strict=True):
        export.write_stl(tmp_path / "a.stl", image, 150)
        export.write_stl(tmp_path / "b.stl", other, 150)
        volumes = [read_stl(tmp_path / name).volume for name in ("a.stl", "b.stl")]
        assert volumes[1] == pytest.approx(volumes[0], rel=0.03)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("wall", [0.6, 2.4, 5.0])
def test_the_solid_can_be_printed(family, wall, tmp_path):
    images, _ = FAMILIES[family].make(8, 64, seed=3)
    for image in images:
        export.write_stl(tmp_path / "a.stl", image, 150, wall)
        mesh = read_stl(tmp_path / "a.stl")
        export.write_stl(tmp_path / "b.stl", image, 150, None)
        assert mesh.volume < read_stl(tmp_path / "b.stl").volume
        # It stands on a flat foot: the triangles at height 0 face downwards.
        low = (np.abs(mesh.triangles[:, :, 2]) < 1e-6).all(axis=1)
        assert (mesh.face_normals[low, 2] < -0.999).all()
        radii = np.hypot(mesh.vertices[:, 0], mesh.vertices[:, 1])
        foot = radii[np.abs(mesh.vertices[:, 2]) < 1e-6].max()
        assert foot > 5
        assert mesh.area_faces[low].sum() == pytest.approx(np.pi * foot**2, rel=0.01)
        # The cavity is open at the top, and everywhere far enough from the outside.
        heights = np.unique(mesh.vertices[:, 2])
        outside, inside = [], []
        for height in heights:
            levels = np.unique(radii[mesh.vertices[:, 2] == height].round(3))
            levels = levels[levels > 0]
            outside.append((levels[-1], height))
            if levels[-1] - levels[0] > 0.3:
                inside.append((levels[0], height))
        assert inside[-1][1] == 150
        dense = np.linspace(0, 1, 4000) * (len(outside) - 1)
        number = np.arange(len(outside))
        line = [np.interp(dense, number, column) for column in np.transpose(outside)]
        assert nearest(np.array(inside), np.transpose(line)).min() > 0.93 * wall
        assert inside[0][1] >= wall


def test_walls_that_do_not_fit_are_refused(tmp_path):
    image = vases.make(1, 64)[0][0]
    with pytest.raises(ValueError, match="40 mm fills the opening, which is"):
        export.write_stl(tmp_path / "x", image, 100, 40)
    for wall in (0, -1, np.nan):
        with pytest.raises(ValueError, match="wall_mm is"):
            export.write_stl(tmp_path / "x", image, 100, wall)
    assert list(tmp_path.iterdir()) == []


def test_normals_in_the_file_point_outwards(tmp_path):
    export.write_stl(tmp_path / "a.stl", vases.make(1, 64)[0][0], 100)
    content = (tmp_path / "a.stl").read_bytes()
    count = int.from_bytes(content[80:84], "little")
    assert len(content) == 84 + 50 * count
    kind = [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")]
    triangles = np.frombuffer(content[84:], kind)
    assert np.linalg.norm(triangles["normal"], axis=1) == pytest.approx(1, abs=1e-3)
    # What is farthest out in each direction faces that way.
    middles = triangles["corners"].mean(axis=1)
    for axis in range(3):
        for sign in (-1, 1):
            farthest = (sign * middles[:, axis]).argmax()
            assert sign * triangles["normal"][farthest, axis] > 0.8


def test_the_view_of_a_solid_has_its_colours_and_its_shape():
    images, attributes = vases.make(300, 64, seed=6, colour=True)
    is_plain = attributes["pattern"] == vases.PATTERNS.index("plain")
    is_blue = attributes["glaze"] == vases.GLAZES.index("cobalt")
    image = images[np.flatnonzero(is_plain & is_blue)[0]]
    figure = export.plot_solid(image)
    (shown,) = figure.axes[0].images
    view = np.asarray(shown.get_array()).astype(int)
    lit = view.min(axis=2) < 250
    assert 0.1 < lit.mean() < 0.6
    assert (view[[0, -1]] == 255).all()
    assert (lit != lit[:, ::-1]).mean() < 0.01
    assert (view[lit][:, 2] > view[lit][:, 0]).mean() > 0.95
    for grey in (vases.make(1)[0][0], lamps.make(1, 28)[0][0]):
        (shown,) = export.plot_solid(grey).axes[0].images
        assert (np.ptp(shown.get_array().astype(int), axis=2) <= 1).all()


# All of it


@pytest.fixture
def drawn_vases(monkeypatch):
    """`draw` gives real vases, by the first latent: no training is needed."""
    images, attributes = vases.make(4, 64, seed=2)
    images[3] = 0  # nothing to outline
    monkeypatch.setattr(export, "draw", lambda _, d: images[int(d.latents[0])])
    return images, attributes


def some_designs(generator, numbers):
    return [
        export.make_design(generator, [number, 0, 0, 0, 0, 0], 1, [0.0, 0.0])
        for number in numbers
    ]


def test_designs_are_written_with_a_sheet_and_in_true_size(
    generator, drawn_vases, tmp_path
):
    designs, folder = some_designs(generator, [2, 0]), tmp_path / "new" / "folder"
    files, problems = export.write_designs(
        folder, generator, designs, [180, 95.5], ["a", "b"]
    )
    assert problems == [] and sorted(files) == sorted(folder.iterdir())
    names = [f"design_{i}.{kind}" for i in (1, 2) for kind in ("json", "stl", "svg")]
    assert sorted(path.name for path in files) == [
        *names,
        "generator.keras",
        "sheet.png",
    ]
    again = keras.models.load_model(folder / "generator.keras")
    assert export.hash_weights(again) == designs[0].model
    for number, height in ((1, 180), (2, 95.5)):
        design = export.read_design(folder / f"design_{number}.json")
        assert design == designs[number - 1]
        mesh = read_stl(folder / f"design_{number}.stl")
        assert mesh.extents[2] == pytest.approx(height, abs=0.01)
    # The second solid is that of the second picture: as wide as its belly.
    ratio = drawn_vases[1]["belly"][0] / drawn_vases[1]["height"][0]
    assert mesh.extents[0] / height == pytest.approx(ratio, rel=0.03)


def test_what_cannot_be_made_is_left_out_and_named(generator, drawn_vases, tmp_path):
    designs = some_designs(generator, [3, 1])
    files, problems = export.write_designs(
        tmp_path, generator, designs, [100, 10], ["a", "b"]
    )
    assert sorted(path.name for path in files) == sorted(os.listdir(tmp_path))
    assert sorted(os.listdir(tmp_path)) == [
        "design_1.json",
        "design_2.json",
        "design_2.svg",
        "generator.keras",
        "sheet.png",
    ]
    starts = ["design_1.svg was left out", "design_1.stl was left out"]
    for problem, start in zip(problems, [*starts, "design_2.stl was"], strict=True):
        assert problem.startswith(start)
    assert "all dark" in problems[0] and "fills the opening" in problems[2]


def test_designs_that_cannot_be_written_at_all(generator, drawn_vases, tmp_path):
    designs = some_designs(generator, [0])
    with pytest.raises(ValueError, match="1 designs, 1 heights and 0 texts"):
        export.write_designs(tmp_path / "a", generator, designs, [100], [])
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError):
        export.write_designs(tmp_path / "file", generator, designs, [100], ["a"])


def boxes(*places):
    image = np.zeros((64, 48, 1), np.uint8)
    for top, bottom, left, right in places:
        image[top:bottom, left:right] = 150
    return image


@pytest.mark.parametrize(
    "image",
    [
        boxes((40, 60, 2, 46)),  # wide at the foot, in the middle, at the lip
        boxes((32, 60, 20, 28), (41, 46, 2, 46)),
        boxes((20, 60, 20, 28), (20, 25, 2, 46)),
    ],
)
def test_the_view_of_what_is_wider_than_high_is_whole(image):
    (shown,) = export.plot_solid(image).axes[0].images
    view = shown.get_array()
    lit = view.min(axis=2) < 250
    assert lit.mean() > 0.1
    assert not lit[[0, -1]].any() and not lit[:, [0, -1]].any()
    assert np.diff(lit.any(axis=1).astype(int)).clip(0).sum() == 1  # nothing wraps


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (255 - boxes((20, 40, 9, 30)), "from 0 to 48 across and 0 to 64 down"),
        (boxes((0, 40, 9, 30)), "from 9 to 30 across and 0 to 40 down"),
        (boxes((20, 64, 9, 30)), "from 9 to 30 across and 20 to 64 down"),
        (boxes((20, 40, 0, 30)), "from 0 to 30 across and 20 to 40 down"),
        (boxes((20, 40, 9, 48)), "from 9 to 48 across .* of 48 x 64. Give a whole"),
    ],
)
def test_the_view_needs_a_whole_product_on_a_dark_ground(image, message):
    with pytest.raises(ValueError, match=message):
        export.plot_solid(image)
