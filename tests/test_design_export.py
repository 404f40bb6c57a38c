"""Exported designs: they come back, they fit the picture, and they are true to size."""

import dataclasses
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

from gan_tutorial import data, latent
from gan_tutorial.design import export, outlines
from gan_tutorial.networks import build_generator, make_symmetric
from gan_tutorial.synthetic import vases

CONDITIONS = {"labels": 2, "attributes": [0.1, -0.7]}


def build():
    return build_generator(6, (16, 16, 1), 4, num_classes=3, num_attributes=2)


@pytest.fixture(scope="module")
def generator():
    return build()


def make_design(generator, seed=4, latents=None):
    latents = latent.sample_latents(1, 6, seed)[0] if latents is None else latents
    brief, scores = "a low lamp, 20 €", {"fit": 0.25}
    return export.make_design(generator, latents, CONDITIONS, seed, brief, scores)


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
    # A generator built anew draws the same, if it has the same weights.
    again = build()
    with pytest.raises(ValueError, match="from another model"):
        export.draw(again, design)
    again.set_weights(generator.get_weights())
    np.testing.assert_array_equal(export.draw(again, design), expected)


@pytest.mark.parametrize("conditions", [None, {"masks": np.ones((8, 8, 1)) / -2}])
def test_generators_are_drawn_through_the_inputs_that_they_name(conditions, tmp_path):
    latents = keras.Input((4,), name="latents")
    maps = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(latents))
    inputs = latents
    if conditions:
        inputs = [keras.Input((8, 8, 1), name="masks"), latents]
        maps = maps * inputs[0]
    network = keras.Model(inputs, keras.ops.tanh(maps))
    design = export.make_design(network, [0.5, -1, 2, 0.1], conditions)
    export.save_design(tmp_path / "design.json", design)
    image = export.load_design(tmp_path / "design.json", network)
    given = [np.array([[0.5, -1, 2, 0.1]], np.float32)]
    given = (
        [np.full((1, 8, 8, 1), -0.5, np.float32), *given] if conditions else given[0]
    )
    np.testing.assert_array_equal(
        image, data.to_display_range(np.asarray(network(given)))[0]
    )


def test_the_hash_knows_all_that_decides_a_picture(generator, tmp_path):
    def like(change):
        network = build()
        network.set_weights(generator.get_weights())
        change(network)
        return network

    def change_one_bit(network):
        weights = network.get_weights()
        weights[-1][0] = np.nextafter(weights[-1][0], np.float32(9))
        network.set_weights(weights)

    def change_activation(network):
        network.get_layer("images").activation = keras.activations.sigmoid

    def change_slope(network):
        network.get_layer("relu_1").negative_slope = 0.1

    others = [like(f) for f in (change_one_bit, change_activation, change_slope)]
    others += [keras.Model(generator.inputs, generator.output - x) for x in (0.1, 0.2)]
    others += [keras.Model(generator.inputs, 0.1 - generator.output)]
    hashes = {export.hash_weights(network) for network in (generator, *others)}
    assert len(hashes) == len(others) + 1
    # But neither names, nor a way through a file, change it.
    first, second = make_symmetric(generator), make_symmetric(like(lambda _: None))
    assert export.hash_weights(first) == export.hash_weights(second)
    first.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert export.hash_weights(again) == export.hash_weights(first)


UNFIT = [
    ({"labels": -1}, "labels go from -1 to -1; expected whole numbers from 0 to 2"),
    ({"labels": 99}, "labels go from 99 to 99"),
    ({"labels": 1.5}, "labels are of type float64; expected whole numbers"),
    ({"labels": "round"}, "labels are of type <U5"),
    ({"attributes": [0.5, [1]]}, "unequal lengths"),
    ({"attributes": [0.5, np.nan]}, "attributes hold NaN"),
    ({"attributes": [0.5, 10**400]}, "attributes hold NaN"),
    ({"attributes": []}, r"attributes have shape \(1, 0\); expected \(1, 2\)"),
    ({"latents": [0.1] * 5}, r"latents have shape \(1, 5\)"),
    ({"masks": 1}, "takes .*'attributes'.*, but the design has .*'masks'"),
]


@pytest.mark.parametrize(("changes", "message"), UNFIT)
def test_designs_that_do_not_fit_are_refused(generator, changes, message):
    conditions = CONDITIONS | changes
    latents = conditions.pop("latents", [0.1] * 6)
    with pytest.raises(ValueError, match=message):
        export.make_design(generator, latents, conditions)
    # Likewise where a file from someone else holds them.
    other = export.Design(latents, export.hash_weights(generator), conditions)
    with pytest.raises(ValueError, match=message):
        export.draw(generator, other)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "damaged or is no JSON"),
        (lambda text: "\udcff", "damaged or is no JSON"),
        (lambda text: "[" * 100_000, "damaged or is no JSON: maximum recursion"),
        (lambda text: '{"design": ' * 100_000, "damaged or is no JSON: maximum recur"),
        (lambda text: "[1, 2]", "holds no design"),
        (lambda text: text.replace('"seed": 4', '"seed": 5'), "damaged or was changed"),
        (lambda text: text.replace('"sha256"', '"sha255"'), "damaged or was changed"),
        (lambda text: text.replace("design 2", "design 1"), "has the format .*Export"),
    ],
)
def test_damaged_files_are_refused_with_a_reason(generator, tmp_path, damage, message):
    path = tmp_path / "design.json"
    export.save_design(path, make_design(generator))
    damaged = damage(path.read_text(encoding="utf-8"))
    path.write_bytes(damaged.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=message):
        export.load_design(path, generator)


@pytest.mark.parametrize("change", [{"new": 1}, {"conditions": [1]}, {"model": None}])
def test_a_design_with_unknown_fields_is_refused(generator, tmp_path, change):
    design = dataclasses.asdict(make_design(generator)) | change
    content = {"format": "gan_tutorial design 2", "design": design}
    content["sha256"] = export._digest(design)
    (tmp_path / "design.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="other fields"):
        export.read_design(tmp_path / "design.json")


# Files


WRITERS = {
    "json": lambda path, image: export.save_design(path, export.Design([0.5], "abc")),
    "png": lambda path, image: export.write_contact_sheet(path, [image], ["one"]),
    "svg": lambda path, image: export.write_svg(path, image, 100),
    "stl": lambda path, image: export.write_stl(path, image, 100),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_where_writing_fails_nothing_has_changed(kind, tmp_path, monkeypatch):
    image = vases.make(1, 64)[0][0]
    with pytest.raises(FileNotFoundError, match="x was not written.*Give a folder"):
        WRITERS[kind](tmp_path / "nowhere" / "x", image)
    (tmp_path / "old").write_text("old")

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for function in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, fail)
            with pytest.raises(OSError, match="No space left") as caught:
                WRITERS[kind](tmp_path / "old", image)
            assert caught.value.errno == errno.ENOSPC
    assert (tmp_path / "old").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    WRITERS[kind](tmp_path / "old", image)
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_contact_sheet_shows_all_pictures_and_texts(tmp_path):
    images, _ = vases.make(5, 64)
    images = np.repeat(images, 3, axis=3) // np.array([1, 2, 4], np.uint8)
    texts = [f"seed {i}\n${i} to $9" for i in range(5)]
    export.write_contact_sheet(tmp_path / "a.png", images, texts, "Vases for $5")
    sheet = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    assert sheet.shape[0] > 600 and 0.2 < (sheet == 0).all(axis=2).mean() < 0.6
    # Each picture's strongest colours are there.
    for image in images:
        colour = image.reshape(-1, 3)[image.sum(axis=2).argmax()].astype(int)
        assert np.abs(sheet - colour).sum(axis=2).min() < 30
    export.write_contact_sheet(tmp_path / "b.png", images, texts[:4] + [""], "")
    others = np.asarray(Image.open(tmp_path / "b.png").convert("RGB"))
    assert others.shape != sheet.shape or (others != sheet).any()
    with pytest.raises(ValueError, match="5 pictures and 4 texts"):
        export.write_contact_sheet(tmp_path / "c.png", images, texts[:4])
    with pytest.raises(ValueError, match="float64.*expected uint8"):
        export.write_contact_sheet(tmp_path / "c.png", images / 255, texts)


def read_path(path):
    """Points on the curves of an SVG, and its size in mm."""
    root = ElementTree.parse(path).getroot()
    (line,) = root.findall("{http://www.w3.org/2000/svg}path")
    description = line.get("d")
    assert re.fullmatch(r"M[-\d.,\s]+(C[-\d.,\s]+)+Z", description)
    numbers = [float(word) for word in re.findall(r"-?[\d.]+", description)]
    points = np.array(numbers).reshape(-1, 2)
    start, curves = points[0], points[1:].reshape(-1, 3, 2)
    np.testing.assert_allclose(curves[-1, -1], start)  # closed, without a last jump
    firsts = np.concatenate([start[None], curves[:-1, -1]])
    t = np.linspace(0, 1, 5)[:, None, None]
    p, q, r = curves[:, 0], curves[:, 1], curves[:, 2]
    points = (1 - t) ** 3 * firsts + 3 * (1 - t) ** 2 * t * p
    points = points + 3 * (1 - t) * t**2 * q + t**3 * r
    size = [root.get(side).removesuffix("mm") for side in ("width", "height")]
    assert root.get("viewBox") == f"0 0 {size[0]} {size[1]}"
    return points.reshape(-1, 2), np.array(size, float)


def test_the_svg_is_the_outline_in_millimetres(tmp_path):
    for image in vases.make(3, 64, seed=7)[0]:
        export.write_svg(tmp_path / "a.svg", image, 120, "Vase & <lamp>")
        points, size = read_path(tmp_path / "a.svg")
        extent = np.ptp(points, axis=0)
        assert extent[1] == pytest.approx(120, abs=0.2)
        np.testing.assert_allclose(size, extent + 4, atol=0.2)  # two margins
        drawn = points - points.mean(axis=0)
        line = outlines.outline(image)
        line = (line - line.mean(axis=0)) * 120 / np.ptp(line[:, 1])
        for point in line:
            assert np.hypot(*(drawn - point).T).min() < 0.5
    assert "<title>Vase &amp; &lt;lamp&gt;</title>" in (tmp_path / "a.svg").read_text()


def test_an_stl_is_read_by_others_and_its_normals_point_outwards(tmp_path):
    export.write_stl(tmp_path / "a.stl", vases.make(1, 64)[0][0], 100)
    mesh = trimesh.load_mesh(tmp_path / "a.stl")
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
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


# All of it


@pytest.fixture
def drawn_vases(monkeypatch):
    """`draw` gives real vases, by the first latent: no training is needed."""
    images, attributes = vases.make(4, 64, seed=2)
    images[3] = 0  # nothing to outline
    monkeypatch.setattr(export, "draw", lambda _, d: images[int(d.latents[0])])
    return attributes


def some_designs(generator, numbers):
    return [make_design(generator, latents=[n, 0, 0, 0, 0, 0]) for n in numbers]


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_designs_are_written_with_a_sheet_and_in_true_size(
    generator, drawn_vases, tmp_path
):
    designs, folder = some_designs(generator, [2, 0]), tmp_path / "new" / "folder"
    given = folder, generator, designs, [180, 95.5], ["a", "b"]
    files, problems = export.write_designs(*given)
    assert problems == [] and sorted(files) == sorted(folder.iterdir())
    names = [f"design_{i}.{kind}" for i in (1, 2) for kind in ("json", "stl", "svg")]
    assert names_in(folder) == [*names, "generator.keras", "sheet.png"]
    again = keras.models.load_model(folder / "generator.keras")
    assert export.hash_weights(again) == designs[0].model
    for number, height in ((1, 180), (2, 95.5)):
        design = export.read_design(folder / f"design_{number}.json")
        assert design == designs[number - 1]
        mesh = trimesh.load_mesh(folder / f"design_{number}.stl")
        assert mesh.extents[2] == pytest.approx(height, abs=0.01)
    # The second solid is that of the second picture: as wide as its belly.
    ratio = drawn_vases["belly"][0] / drawn_vases["height"][0]
    assert mesh.extents[0] / height == pytest.approx(ratio, rel=0.03)
    # Fewer designs: what is older is named.
    _, problems = export.write_designs(folder, generator, designs[:1], [100], ["a"])
    older = "design_2.json, design_2.stl, design_2.svg"
    assert problems == [f"Older files stay there: {older}."]


def test_an_export_is_replaced_as_a_whole(
    generator, drawn_vases, tmp_path, monkeypatch
):
    designs = some_designs(generator, [2, 0])
    export.write_designs(tmp_path, generator, designs, [180, 95], ["a", "b"])
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(self, path, **_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(generator), "save", fail)  # all else is written by then
    with pytest.raises(OSError, match="No space left"):
        export.write_designs(tmp_path, generator, designs[::-1], [90, 80], ["a", "b"])
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_made_is_left_out_and_named(generator, drawn_vases, tmp_path):
    designs = some_designs(generator, [3, 1])
    files, problems = export.write_designs(
        tmp_path, generator, designs, [100, 10], ["a", "b"]
    )
    made = ["design_1.json", "design_2.json", "design_2.svg", "generator.keras"]
    assert names_in(tmp_path) == sorted(path.name for path in files)
    assert names_in(tmp_path) == [*made, "sheet.png"]
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
