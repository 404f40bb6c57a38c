"""Exported designs: they come back, they fit the picture, and they are true to size."""

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

from gan_tutorial import data, generators, latent
from gan_tutorial.design import export, outlines
from gan_tutorial.networks import build_generator, make_symmetric
from gan_tutorial.synthetic import vases

CONDITIONS = {"labels": 2, "attributes": [0.1, -0.7]}


def build():
    return build_generator(6, (16, 16, 1), 4, num_classes=3, num_attributes=2)


@pytest.fixture(scope="module")
def generator():
    return build()


def make_design(generator, latents):
    return export.make_design(generator, latents, CONDITIONS, 4, "a low lamp, 20 €")


# Designs


def test_a_design_comes_back_bit_for_bit(generator, tmp_path):
    latents = latent.sample_latents(1, 6, 4)
    design = make_design(generator, latents[0])
    export.save_design(tmp_path / "design.json", design)
    assert export.read_design(tmp_path / "design.json") == design
    inputs = [latents, np.array([2]), np.array([[0.1, -0.7]], np.float32)]
    expected = data.to_display_range(np.asarray(generator(inputs)))[0]
    np.testing.assert_array_equal(export.draw(generator, design), expected)
    # A generator built anew draws the same, if it has the same weights.
    again = build()
    with pytest.raises(ValueError, match="from another model"):
        export.draw(again, design)
    again.set_weights(generator.get_weights())
    np.testing.assert_array_equal(export.draw(again, design), expected)


def test_generators_are_drawn_through_the_inputs_that_they_name():
    latents = keras.Input((4,), name="latents")
    masks = keras.Input((8, 8, 1), name="masks")
    maps = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(latents))
    network = keras.Model([masks, latents], keras.ops.tanh(maps * masks))
    half = np.full((8, 8, 1), -0.5, np.float32)
    design = export.make_design(network, [0.5, -1, 2, 0.1], {"masks": half})
    drawn = network([half[None], np.array([[0.5, -1, 2, 0.1]], np.float32)])
    np.testing.assert_array_equal(
        export.draw(network, design), data.to_display_range(np.asarray(drawn))[0]
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

    others = [like(change_one_bit), like(change_activation), make_symmetric(generator)]
    others += [keras.Model(generator.inputs, generator.output - x) for x in (0.1, 0.2)]
    hashes = {export.hash_weights(network) for network in (generator, *others)}
    assert len(hashes) == len(others) + 1
    # But neither names, nor a way through a file, change it.
    first, second = make_symmetric(generator), make_symmetric(like(lambda _: None))
    assert export.hash_weights(first) == export.hash_weights(second)
    first.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert export.hash_weights(again) == export.hash_weights(first)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": 99}, "labels go from 99 to 99; expected .* 0 to 2"),
        ({"labels": -1}, "labels go from -1 to -1; expected .* 0 to 2"),
        ({"labels": 1.5}, "labels are of type float64; expected whole numbers"),
        ({"labels": 2**70}, "labels are of type object; expected whole numbers"),
        ({"labels": "round"}, "labels are of type <U5"),
        ({"latents": [0.1] * 5 + [np.inf]}, "latents hold NaN, infinite"),
        ({"attributes": [0.5, np.nan]}, "attributes hold NaN"),
        ({"attributes": []}, r"attributes have shape \(1, 0\); expected \(1, 2\)"),
        ({"latents": [0.1] * 5}, r"latents have shape \(1, 5\)"),
        ({"masks": 1}, "takes .*'attributes'.*; given .*'masks'"),
    ],
)
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
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "[1, 2]",
        lambda text: text.replace('"seed": 4', '"seed": 5'),
        lambda text: text.replace('"sha256"', '"sha255"'),
        lambda text: text.replace("design 4", "design 1"),
    ],
)
def test_damaged_files_are_refused(generator, tmp_path, damage):
    path = tmp_path / "design.json"
    export.save_design(path, make_design(generator, [0.1] * 6))
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match="is damaged, or was changed"):
        export.read_design(path)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"latents": "0.1"}, "its latents is of the wrong kind"),
        ({"model": 5}, "its model is"),
        ({"conditions": [1, 2]}, "its conditions is"),
        ({"seed": 1.5}, "its seed is"),
        ({"brief": None}, "its brief is"),
        ({"more": 1}, "not in the form of one"),
    ],
)
def test_designs_of_strange_kinds_are_refused(generator, tmp_path, changes, found):
    path = tmp_path / "design.json"
    export.save_design(path, make_design(generator, [0.1] * 6))
    content = json.loads(path.read_text("utf-8"))
    content["design"] |= changes
    content["sha256"] = export._digest(content["design"])  # whoever made it knows how
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ValueError, match=f"design.json is no design .*{found}"):
        export.read_design(path)


@pytest.mark.parametrize(
    "text", ["[" * 10**5, '{"design":' * 10**4, "", "[]", "1" * 10**5, "{}"]
)
def test_files_that_are_no_designs_are_refused(tmp_path, text):
    path = tmp_path / "design.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="design.json (is no design|has 0 bytes)"):
        export.read_design(path)
    path.write_bytes(b" " * 2**21)
    with pytest.raises(ValueError, match="2097152 bytes; expected a file of 1 to"):
        export.read_design(path)


# Files


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
    export.write_contact_sheet(tmp_path / "b.png", images, [*texts[:4], ""], "")
    others = np.asarray(Image.open(tmp_path / "b.png").convert("RGB"))
    assert others.shape != sheet.shape or (others != sheet).any()


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
    image = vases.make(1, 64, seed=7)[0][0]
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
    kind = [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")]
    triangles = np.frombuffer(content[84:], kind)
    assert len(triangles) == int.from_bytes(content[80:84], "little")
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
    return [make_design(generator, [n, 0, 0, 0, 0, 0]) for n in numbers]


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
    (tmp_path / "notes.txt").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    again = tmp_path, generator, designs[::-1], [90, 80], ["a", "b"]

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for module, name in ((generators, "save"), (export, "write_stl"), (os, "rename")):
        with monkeypatch.context() as patches:
            patches.setattr(module, name, full)
            with pytest.raises(OSError, match=f"{tmp_path} was not .*No space left"):
                export.write_designs(*again)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    export.write_designs(*again)
    after = {path: path.read_bytes() for path in tmp_path.iterdir()}
    changed = {path.name for path in before if after[path] != before[path]}
    assert after.keys() == before.keys()
    assert changed == {path.name for path in before} - {"notes.txt", "generator.keras"}


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
    assert "No product was found" in problems[0] and "fills the opening" in problems[2]
