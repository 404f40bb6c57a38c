"""Tiles as pictures, and maps as Tiled reads them."""

import json

import numpy as np
import pytest
from PIL import Image
from test_levels import read

from gan_tutorial.design import tilesets
from gan_tutorial.design.provenance import Provenance
from gan_tutorial.synthetic.levels import TILES, WALKABLE

CELLS = read("S.+~ ^#dG")
# What the format asks of each object: https://doc.mapeditor.org/en/stable/reference/
# json-map-format/. Width, height and the size of tiles are compared below.
MAP = {"type": "map", "version": "1.10", "orientation": "orthogonal", "infinite": False}
MAP |= {"renderorder": "right-down", "nextlayerid": 2, "nextobjectid": 1}
LAYER = {"type": "tilelayer", "id": 1, "x": 0, "y": 0, "opacity": 1, "visible": True}
TILESET = {"firstgid": 1, "margin": 0, "spacing": 0, "columns": 10, "tilecount": 10}


def render(path):
    """The picture of a map, from its files alone, as the format says it."""
    found = json.loads(path.read_text("utf-8"))
    (layer,), (tileset,) = found["layers"], found["tilesets"]
    side = tileset["tilewidth"]
    with Image.open(path.parent / tileset["image"]) as image:
        assert image.size == (tileset["imagewidth"], tileset["imageheight"])
        picture = Image.new("RGB", (found["width"] * side, found["height"] * side))
        for k, gid in enumerate(layer["data"]):
            row, column = divmod(gid - tileset["firstgid"], tileset["columns"])
            corner = column * side, row * side
            tile = image.crop((*corner, corner[0] + side, corner[1] + side))
            picture.paste(tile, (k % found["width"] * side, k // found["width"] * side))
    return np.asarray(picture)


def test_the_files_show_the_level(tmp_path):
    path = tilesets.write(tmp_path / "new", "yard", CELLS, rights="Free.")
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "yard.tmj",
        "yard_tiles.png",
    ]
    found = json.loads(path.read_text("utf-8"))
    (layer,), (tileset,) = found["layers"], found["tilesets"]
    for part, wanted in ((found, MAP), (layer, LAYER), (tileset, TILESET)):
        assert part | wanted == part
    for part in (found, layer):
        assert (part["width"], part["height"]) == (4, 2)
    for part in (found, tileset):
        assert (part["tilewidth"], part["tileheight"]) == (16, 16)
    assert layer["data"] == [5, 1, 2, 8, 7, 9, 4, 6]
    (picture,) = tilesets.draw([CELLS], scale=2)
    np.testing.assert_array_equal(render(path), picture)
    tiles = tileset["tiles"]
    assert [tile["id"] for tile in tiles] == list(range(10))
    assert [tile["type"] for tile in tiles] == list(TILES)
    walkable = [tile["properties"][0]["value"] for tile in tiles]
    assert walkable == [tile in WALKABLE for tile in TILES]


def test_the_files_say_where_the_level_comes_from(tmp_path):
    source = Provenance([0.5, -1.0], "abc", {"labels": 1}, brief="Ein Schloß")
    path = tilesets.write(tmp_path, "yard", CELLS, source, "Free.")
    facts = json.loads(path.read_text("utf-8"))["properties"]
    facts = {fact["name"]: fact["value"] for fact in facts}
    assert facts["rights"] == "Free." and facts["made_by"] == "made by a generator"
    assert facts["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert Provenance(**json.loads(facts["recipe"])) == source
    with Image.open(tmp_path / "yard_tiles.png") as image:  # no generator drew these
        packet = image.info["XML:com.adobe.xmp"]
    assert "digitalCreation" in packet and "Free." in packet
    assert "trainedAlgorithmicMedia" not in packet
    path = tilesets.write(tmp_path, "yard", CELLS)
    assert '"made without a generator"' in path.read_text("utf-8")
    assert "recipe" not in path.read_text("utf-8")


def test_each_tile_can_be_told_apart_also_in_grey():
    tiles = tilesets.paint_tiles(1)
    assert tiles.shape == (10, 8, 8, 3) and tiles.dtype == np.uint8
    grey = tiles @ np.array([0.3, 0.59, 0.11])
    for k in range(9):
        assert (np.abs(grey[k + 1 :] - grey[k]).mean(axis=(1, 2)) > 5).all()
    large = tilesets.paint_tiles(3)
    np.testing.assert_array_equal(large[:, 1::3, 2::3], tiles)
    known = {bytes.fromhex(colour[1:]) for colour in tilesets.COLOURS.values()}
    assert {bytes(point) for point in tiles.reshape(-1, 3)} <= known


def test_pictures_put_tiles_in_their_places():
    (picture,) = tilesets.draw([CELLS])
    assert picture.shape == (16, 32, 3)
    tiles = tilesets.paint_tiles(1)
    np.testing.assert_array_equal(picture[8:16, 16:24], tiles[TILES.index("door")])
    np.testing.assert_array_equal(picture[:8, 24:], tiles[TILES.index("water")])


def test_a_route_is_white_where_open_and_red_where_blocked():
    picture = tilesets.draw_route(read("S.~G ####"))
    plain = tilesets.draw([read("S.~G ####")])[0]
    assert picture[4, [4, 12, 28]].tolist() == [[255] * 3] * 3
    assert picture[4, 20].tolist() == [230, 0, 60]
    assert (picture[8:] == plain[8:]).all() and (picture[0] == plain[0]).all()


def test_what_is_no_level_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="go from 4 to 18"):
        tilesets.write(tmp_path, "yard", CELLS + [[4], [10]])
    with pytest.raises(ValueError, match=r"The name is '\.\./yard'; expected"):
        tilesets.write(tmp_path / "in", "../yard", CELLS)
    with pytest.raises(ValueError, match="0 starts and 1 goals"):
        tilesets.draw_route(read("..G ..."))
    assert list(tmp_path.iterdir()) == []
