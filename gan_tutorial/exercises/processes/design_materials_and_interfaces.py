"""Lesson 11: a material of one's own, and a page from a wireframe."""

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np

from gan_tutorial.exercises import given, require
from gan_tutorial.exercises._words import describe, numbers

_PARTS = "picture", "tile", "path"
_MOST_SEAM = 1.3  # times the steepest place inside: one tile can have an edge there
_FARTHEST = 25  # levels between two mean colours


def own_material(answer):
    """Looks at the parts in the order of the work, so that a half can be checked."""
    is_whole = isinstance(answer, dict) and set(_PARTS) <= set(answer)
    names = ", ".join(_PARTS)
    require(is_whole, f"give a dict with three parts, spelled like this: {names}.")
    picture = _check_form("picture", given(answer["picture"]))
    tile = _check_form("tile", given(answer["tile"]))
    _check_tile(picture, tile)
    _check_file(given(answer["path"]), tile)


def _check_form(name, image):
    is_image = (
        isinstance(image, np.ndarray)
        and image.dtype == np.uint8
        and image.ndim == 3
        and image.shape[2] == 3
        and min(image.shape[:2]) >= 32
    )
    require(
        is_image,
        f"`{name}` must be one picture in colour, uint8 (height, width, 3), each side "
        f"32 pixels or more. This is {describe(image)}.",
    )
    require(image.std() >= 2, f"`{name}` has hardly any contrast: take another one.")
    return image


def _check_tile(picture, tile):
    seam = max(_compare_seam(tile, axis) for axis in (0, 1))
    require(
        seam <= _MOST_SEAM,
        f"the step across a seam of your tile is {seam:.1f} times the steepest step "
        f"inside; expected {_MOST_SEAM} times at most. Let `quilting.quilt` sew it, or "
        "try another seed.",
    )
    gap = np.abs(picture.mean(axis=(0, 1)) - tile.mean(axis=(0, 1))).max()
    require(
        gap <= _FARTHEST and tile.std() >= picture.std() / 2,
        "the tile has other colours, or much less contrast, than the picture: is it of "
        "the same material?",
    )


def _compare_seam(tile, axis):
    tile = tile.astype(float)
    steps = np.abs(tile - np.roll(tile, 1, axis)).mean(axis=(1 - axis, 2))
    return steps[0] / steps[1:].max()


def _check_file(path, tile):
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
    require(pixels is not None, f"{Path(path).name} is no picture.")
    is_same = pixels.shape == tile.shape and np.array_equal(pixels, tile)
    require(
        is_same,
        "the file holds other pixels than your tile. Write the tile as it is, as PNG: "
        "a JPEG changes it.",
    )


def own_screen(answer):
    """Looks at the screen, then at its page, so that a half can be checked."""
    require(
        isinstance(answer, dict) and {"screen", "page"} <= set(answer),
        "give a dict with two parts, spelled like this: screen, page.",
    )
    num_cards = _check_screen(given(answer["screen"]))
    _check_page(given(answer["page"]), num_cards)


def _check_screen(screen):
    """The number of cards of a valid screen."""
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
    return int(interfaces.measure(cells[None])["cards"][0])


def _check_page(path, num_cards):
    is_path = isinstance(path, Path) or (isinstance(path, str) and "\n" not in path)
    require(
        is_path and Path(path).is_file(),
        "`page` must be the path that `pages.write_page` gave back, of a file. This is "
        f"{Path(path).name if isinstance(path, Path) else describe(path)}.",
    )
    text = Path(path).read_text("utf-8", errors="replace")
    page = _Page(text)
    require(
        {"html", "h1", "main", "nav", "ul"} <= {tag for tag, _ in page.found},
        "this file is no page as `pages.write_page` writes it: the heading or a "
        "landmark is missing. Write it again, and change its words only.",
    )
    require(
        page.num_cards == num_cards,
        f"the screen has {num_cards} cards and the page {page.num_cards}: it is the "
        "page of another screen. Write it again.",
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
    """The elements of a page, its cards, and the words on its buttons and labels."""

    def __init__(self, text):
        super().__init__()
        self.found, self.names, self.num_cards, self._reads = [], [], 0, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):  # noqa: D102
        attributes = {name: value or "" for name, value in attributes}
        self.found.append((tag, attributes))
        self.num_cards += tag == "li" and "card" in attributes.get("class", "").split()
        self._reads = tag in ("button", "label", "h1")
        if self._reads:
            self.names.append("")

    def handle_endtag(self, tag):  # noqa: D102
        self._reads = False

    def handle_data(self, text):  # noqa: D102
        if self._reads:
            self.names[-1] += text.strip()
