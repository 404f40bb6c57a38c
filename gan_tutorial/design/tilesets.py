"""Levels as pictures, and as files for Tiled, the free editor of mapeditor.org."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gan_tutorial import checks, files, plotting
from gan_tutorial.design import handover
from gan_tutorial.design.levels import check_levels, find_route
from gan_tutorial.design.provenance import Provenance
from gan_tutorial.synthetic.levels import TILES, WALKABLE

SIDE = 8  # points of a tile
COLOURS = {
    "g": "#74a84a",  # grass
    "G": "#639640",
    "p": "#d9b878",  # earth
    "P": "#c4a05f",
    "f": "#b9b0a2",  # stone
    "F": "#a79d8e",
    "w": "#5d5a66",  # wall
    "W": "#45424f",
    "t": "#2f6b3c",  # leaves
    "T": "#1f4d2e",
    "b": "#6b4526",  # wood
    "B": "#4a2e19",
    "a": "#4a90c8",  # water
    "A": "#78b4e0",
    "r": "#b5503c",  # roof
    "R": "#933c2c",
    "y": "#f4d35e",  # gold
    "m": "#fbf7ec",  # marble
    "k": "#26222b",  # ink
}
# In the order of TILES, five to a band; each letter is a point in its colour.
ART = """
gggggggg pppppppp ffffffff wwwwwwww gggggggg
ggGggggg ppPppppp ffffffFf wbbBbbBw gkyyyygg
gggggGgg pppppppp ffffffFf bbbBbbBb gkyyyyyg
ggggGggg ppppppPp FFFFFFFF bbbBbbBb gkyyyygg
gggggggg pPpppppp ffFfffff bbbBbbBb gkggggGg
gGgggggg pppppppp ffFfffff bbbBbyBb gkgggGgg
GggggGgg ppppPppp ffFfffff bbbBbbBb gkgggggg
gggggggg pppppppp FFFFFFFF bbbBbbBb kkkggggg

ffffffff ggtttTgg aaaaaaaa wwwWwwww RRRRRRRR
ffffffff gtttttTg aaaaaaaa wwwWwwww rrrRrrrR
fkkkkkkf tttttttT aAAaaaaa wwwWwwww RRRRRRRR
kyyyyyyk tttttttT aaaaAAaa WWWWWWWW rRrrrRrr
kbbyybbk TttttttT aaaaaaaa wwwwwwwW RRRRRRRR
kkkyykkk gTttttTg aaaaaaaa wwwwwwwW mmmmmmmm
kbbbbbbk ggTbBGgg aAAaaaaa wwwwwwwW mkkmmkkm
kkkkkkkk gggbBggg aaaaaaaa WWWWWWWW mkkmmkkm
"""


def paint_tiles(scale: int = 2) -> np.ndarray:
    """The tiles as pictures, uint8 `(10, 8 * scale, 8 * scale, 3)`."""
    scale = checks.whole_number("scale", scale, 1)
    bands = [band.split() for band in ART.strip().split("\n\n")]
    rows = np.array([[list(letters) for letters in band] for band in bands])
    rows = rows.reshape(len(bands), SIDE, -1, SIDE).swapaxes(1, 2)
    letters = rows.reshape(-1, SIDE, SIDE)
    tiles = np.zeros((*letters.shape, 3), np.uint8)
    for letter, colour in COLOURS.items():
        tiles[letters == letter] = list(bytes.fromhex(colour[1:]))
    return tiles.repeat(scale, axis=1).repeat(scale, axis=2)


def draw(maps, scale: int = 1) -> np.ndarray:
    """Pictures of levels.

    Args:
        maps: `(n, height, width)`.
        scale: pixels for one point of a tile.

    Returns:
        uint8 `(n, 8 * scale * height, 8 * scale * width, 3)`.
    """
    tiles = paint_tiles(scale)[check_levels(maps)].swapaxes(2, 3)
    num, height, side, width = tiles.shape[:4]
    return tiles.reshape(num, height * side, width * side, 3)


def draw_route(cells, scale: int = 1) -> np.ndarray:
    """A level as a picture `(height, width, 3)`, its cheapest way as white squares.

    A square is red where the way is blocked. Errors are those of `levels.find_route`.
    """
    picture, side = draw([cells], scale)[0], SIDE * scale
    for y, x in find_route(cells):
        is_open = cells[y][x] < len(WALKABLE)
        middle = np.s_[side // 4 : -side // 4]
        cell = picture[y * side : (y + 1) * side, x * side : (x + 1) * side]
        cell[middle, middle] = (255, 255, 255) if is_open else (230, 0, 60)
    return picture


def write(
    folder,
    name: str,
    cells,
    provenance: Provenance | None = None,
    rights: str = handover.RIGHTS,
) -> Path:
    """Writes a level as `name.tmj`, which Tiled opens, and its tiles as a PNG.

    Tile k of `TILES` has the number k + 1 in the file, because 0 is no tile there. Each
    tile says its name, and whether one can walk on it; the map, where it comes from.
    The tiles are drawn by hand, as their PNG says.

    Args:
        folder: is made where it is missing.
        name: of the files, without an ending.
        cells: one level, `(height, width)`.
        provenance: from what a generator drew it; None says that none did.
        rights: a sentence that says who may do what.

    Returns:
        Path of the map.

    Raises:
        ValueError: no level, or a name that files cannot have.
        OSError: the folder cannot be written to; then both files stay as they were.

    Source: https://doc.mapeditor.org/en/stable/reference/json-map-format/.
    """
    files.check_name(name)
    _, by_hand = handover.SOURCE_TYPES  # the tiles, whoever drew the map
    about = {
        **handover.origin(provenance is not None, rights),
    }
    if provenance is not None:
        about["recipe"] = json.dumps(asdict(provenance), ensure_ascii=False)
    tiles, image = np.concatenate(paint_tiles(), axis=1), f"{name}_tiles.png"
    content = json.dumps(_to_tiled(cells, tiles, image, about), ensure_ascii=False)
    packet = handover.to_pnginfo(handover.xmp(name, name, rights, by_hand))
    with files.whole_set(folder) as aside:
        (aside / image).write_bytes(plotting.encode(tiles, pnginfo=packet))
        (aside / f"{name}.tmj").write_text(content, "utf-8")
    return Path(folder) / f"{name}.tmj"


def _to_tiled(cells, tiles, image, about):
    """The map as Tiled's JSON, with a tileset inside it."""
    (cells,) = check_levels([cells])
    side, size = len(tiles), {"width": cells.shape[1], "height": cells.shape[0]}
    grid, layer = {"tilewidth": side, "tileheight": side}, {"id": 1, "name": "level"}
    layer |= {"type": "tilelayer", "x": 0, "y": 0, "opacity": 1, "visible": True}
    tileset = {"firstgid": 1, "name": "tiles", "image": image, "margin": 0}
    tileset |= {"imagewidth": tiles.shape[1], "imageheight": side, "spacing": 0}
    tileset |= {"columns": len(TILES), "tilecount": len(TILES), "tiles": []}
    for k, tile in enumerate(TILES):
        walkable = {"name": "walkable", "type": "bool", "value": tile in WALKABLE}
        tileset["tiles"].append({"id": k, "type": tile, "properties": [walkable]})
    facts = [{"name": k, "type": "string", "value": text} for k, text in about.items()]
    return {
        "type": "map",
        "version": "1.10",
        "orientation": "orthogonal",
        "renderorder": "right-down",
        "infinite": False,
        **size,
        **grid,
        "nextlayerid": 2,
        "nextobjectid": 1,
        "properties": facts,
        "layers": [layer | size | {"data": (cells.flatten().astype(int) + 1).tolist()}],
        "tilesets": [tileset | grid],
    }
