"""Lesson 11: a material of one's own, and a page from a wireframe."""

import io
import re
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from gan_tutorial.exercises import judge_parts, require
from gan_tutorial.exercises._words import describe, numbers

_MOST_SEAM = 1.3  # times the steepest place inside: one tile can have an edge there
# Of 20 pictures of each of the five materials and of cork, quilted with several sides
# and blocks, no tile was farther than 29 levels in a mean colour, nor below 0.38 of the
# picture's contrast. Those that kept 0.7 of it were at most 10.4 dB away; wood is
# 12 dB or more from fabric, terrazzo and cork. A bland part of a picture is far, too.
_FARTHEST = 32  # levels between two mean colours
_LEAST_CONTRAST, _FULL_CONTRAST = 1 / 3, 0.7  # of that of the picture
_MOST_DISTANCE = 11.5  # dB between two spectra
_LEAST = 8  # pixels that must come again before a tile counts as repeating itself
_PIECE = 32  # pixels, the least side of a picture


def own_material(answer):
    """Looks at the picture, at its tile, and at the file of the tile."""
    look = partial(_check_form, "picture")
    judge_parts(answer, picture=look, tile=_check_tile, path=_check_file)


def _check_form(name, image):
    is_image = (
        isinstance(image, np.ndarray)
        and image.dtype == np.uint8
        and image.ndim == 3
        and image.shape[2] == 3
        and min(image.shape[:2]) >= _PIECE
    )
    require(
        is_image,
        f"`{name}` must be one picture in colour, uint8 (height, width, 3), each side "
        f"{_PIECE} pixels or more. This is {describe(image)}.",
    )
    require(image.std() >= 2, f"`{name}` has hardly any contrast: take another one.")
    return image


def _check_tile(tile, picture):
    from gan_tutorial.design.tiles import spectrum_distance

    _check_form("tile", tile)
    unit = tile[: _find_period(tile), : _find_period(tile.swapaxes(0, 1))]
    repeats = f"where your tile repeats, after {len(unit)} × {unit.shape[1]} pixels,"
    for part, place in ((tile, "across a seam of your tile"), (unit, repeats)):
        seam = max(_compare_seam(part, axis) for axis in (0, 1))
        require(
            seam <= _MOST_SEAM,
            f"the step {place} is {seam:.1f} times the steepest step inside; expected "
            f"{_MOST_SEAM} times at most. Let `quilting.quilt` sew it, or try another "
            "seed.",
        )
    gap = np.abs(picture.mean(axis=(0, 1)) - tile.mean(axis=(0, 1))).max()
    contrast = tile.std() / picture.std()
    require(
        gap <= _FARTHEST and contrast >= _LEAST_CONTRAST,
        "the tile has other colours, or much less contrast, than the picture: is it of "
        "the same material?",
    )
    distance = spectrum_distance(_cut_pieces(picture), _cut_pieces(tile))
    require(
        distance <= _MOST_DISTANCE or contrast < _FULL_CONTRAST,
        f"in its spectrum the tile is {distance:.0f} dB from the picture, so it has "
        "another pattern: is it of the same material?",
    )
    return tile


def _find_period(tile):
    """Rows after which a tile repeats exactly; all of them where it does not."""
    for rows in range(_LEAST, len(tile) - _LEAST + 1):
        below, above = tile[rows:], tile[:-rows]
        is_like = np.array_equal(below[:_LEAST], above[:_LEAST])  # quick
        if is_like and np.array_equal(below, above):
            return rows
    return len(tile)


def _compare_seam(tile, axis):
    tile = tile.astype(float)
    steps = np.abs(tile - np.roll(tile, 1, axis)).mean(axis=(1 - axis, 2))
    return steps[0] / max(steps[1:].max(), 1e-9)


def _cut_pieces(image):
    """64 pieces from all over an image, so that its spectrum is a mean."""
    starts = [np.linspace(0, n - _PIECE, 8).astype(int) for n in image.shape[:2]]
    return np.stack(
        [image[y : y + _PIECE, x : x + _PIECE] for y in starts[0] for x in starts[1]]
    )


def _check_file(path, _picture, tile):
    from PIL import Image

    is_file = isinstance(path, str | Path) and Path(path).is_file()
    require(
        is_file,
        "`path` must be what `tiles.write` gives back, the path of a PNG. This is "
        f"{describe(str(path) if isinstance(path, Path) else path)}.",
    )
    try:
        with Image.open(io.BytesIO(Path(path).read_bytes())) as image:
            pixels = np.asarray(image)
    except OSError:
        pixels = None
    beside = Path(path).with_suffix(".png")
    is_beside = beside != Path(path) and beside.is_file()
    advice = f": give the {beside.name} beside it" if is_beside else ""
    require(pixels is not None, f"{Path(path).name} is no picture{advice}.")
    is_same = pixels.shape == tile.shape and np.array_equal(pixels, tile)
    require(
        is_same,
        "the file holds other pixels than your tile. Write the tile as it is, as PNG: "
        "a JPEG changes it.",
    )


def own_screen(answer):
    """Looks at the screen, then at its page."""
    judge_parts(answer, screen=_check_screen, page=_check_page)


def _check_screen(screen):
    """A valid screen, as an array."""
    from gan_tutorial.design import wireframes
    from gan_tutorial.synthetic import interfaces

    cells = numbers(screen)
    require(
        cells is not None and cells.shape == (32, 16) and cells.dtype.kind in "iu",
        "`screen` must be one screen, (32, 16) whole numbers, such as `mended[0]`. "
        f"This is {describe(screen)}.",
    )
    require(
        0 <= cells.min() and cells.max() < len(interfaces.PARTS),
        f"its parts go from {cells.min()} to {cells.max()}; they must be 0 to 6.",
    )
    faults = wireframes.find_faults(cells)
    require(not faults, f"this screen breaks the rules: {'; '.join(faults)}.")
    return cells


def _check_page(path, screen):
    from gan_tutorial.design import pages

    is_path = isinstance(path, Path) or (isinstance(path, str) and "\n" not in path)
    require(
        is_path and Path(path).is_file(),
        "`page` must be the path that `pages.write_page` gave back, of a file. This is "
        f"{Path(path).name if isinstance(path, Path) else describe(path)}.",
    )
    text = Path(path).read_text("utf-8", errors="replace")
    page, expected = _Page(text), _Page(pages.to_html(screen, "A page"))
    require(
        {"html", "h1", "main", "nav", "ul"} <= {tag for tag, _ in page.found},
        "this file is no page as `pages.write_page` writes it: the heading or a "
        "landmark is missing. Write it again, and change its words only.",
    )
    require(
        page.num_cards == expected.num_cards,
        f"the screen has {expected.num_cards} cards and the page {page.num_cards}: it "
        "is the page of another screen. Write it again.",
    )
    require(
        page.places == expected.places,
        "the parts of the page stand elsewhere than those of the screen: it is the "
        "page of another screen. Write it again, and change its words only.",
    )
    left = re.search(r"\b(Story|Product|Question|Entry) \d", text)
    require(not left, f"'{left and left[0]}' still stands there: put your own words.")
    nameless = [a for tag, a in page.found if tag == "img" and not a.get("alt")]
    require(
        not nameless and all(page.names),
        "a card, a button or a picture has lost its name: give it words.",
    )
    outside = [a["src"] for tag, a in page.found if "src" in a]
    require(
        all(source.startswith("data:") for source in outside),
        "the page loads something from outside. A prototype must work without a "
        "network.",
    )


class _Page(HTMLParser):
    """The elements of a page, where they stand, its cards, the words on its buttons."""

    def __init__(self, text):
        super().__init__()
        self.found, self.places, self.names = [], [], []
        self.num_cards, self._reads = 0, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):  # noqa: D102
        attributes = {name: value or "" for name, value in attributes}
        self.found.append((tag, attributes))
        if "grid-area" in attributes.get("style", ""):
            self.places.append(
                (tag, attributes["class"] if tag == "li" else "", attributes["style"])
            )
        self.num_cards += tag == "li" and "card" in attributes.get("class", "").split()
        self._reads = tag in ("button", "label", "h1")
        if self._reads:
            self.names.append("")

    def handle_endtag(self, tag):  # noqa: D102
        self._reads = False

    def handle_data(self, text):  # noqa: D102
        if self._reads:
            self.names[-1] += text.strip()
