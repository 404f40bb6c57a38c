"""Wireframes of app screens, drawn by rules: which part each of 32 x 16 cells shows.

The rules:

* the header is at the top, the navigation at the foot, both 2 or 3 rows high and as
  wide as the screen; all else keeps a margin of one column;
* the cards are equal, in one column of 14 cells, or in two columns of 6 with 2 between.
  A feed has one column of cards, an image above a text; a shop has two columns of such
  cards; a form has texts, and a menu has list rows, in one column;
* there is one button, 2 rows high and 6 or 14 cells wide, below the cards or above the
  navigation;
* one gap, of 1 or 2 rows, separates header, rows of cards and button, and keeps the
  button from the navigation at least.
"""

from functools import cache
from itertools import product

import numpy as np

from gan_tutorial import checks

ROWS, COLUMNS = 32, 16  # cells
PARTS = ("background", "header", "image", "text", "button", "list", "navigation")
SCREENS = ("feed", "shop", "form", "menu")
CARDS = (1, 6)  # the fewest and the most on a screen
# Where parts may stand: first column and width.
SLOTS = {"whole": (1, 14), "left": (1, 6), "middle": (5, 6), "right": (9, 6)}
BAR_HEIGHTS, GAPS, BUTTON_HEIGHT = (2, 3), (1, 2), 2
HEIGHTS = {"feed": (3, 9), "shop": (3, 9), "form": (1, 3), "menu": (1, 3)}  # of cards
CARD_PARTS = {"feed": "image", "shop": "image", "form": "text", "menu": "list"}


def make(num_images: int, image_size: int = ROWS, seed: int = 0) -> tuple:
    """Draws random screens; a seed gives the same screens at every size.

    Args:
        num_images: how many.
        image_size: height in pixels, a multiple of 32; the width is half of it.
        seed: a whole number, 0 or more.

    Returns:
        maps: uint8 ``(num_images, image_size, image_size // 2)``: the number of each
            pixel's part in `PARTS`.
        attributes: int64 ``(num_images,)`` each: ``labels``, the number of the type in
            `SCREENS`, and ``cards``, how many there are.

    Raises:
        ValueError: an argument is not such a number.
    """
    checks.whole_number("num_images", num_images, 1)
    if checks.whole_number("image_size", image_size, ROWS) % ROWS:
        raise ValueError(f"image_size is {image_size}; expected a multiple of {ROWS}.")
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    labels = rng.integers(len(SCREENS), size=num_images)
    cards = rng.integers(CARDS[0], CARDS[1] + 1, num_images)
    maps, cell = draw(labels, cards, rng), image_size // ROWS
    return maps.repeat(cell, 1).repeat(cell, 2), {"labels": labels, "cards": cards}


def draw(labels, cards, seed=0) -> np.ndarray:
    """Draws screens of these types with these numbers of cards, by the rules alone.

    Args:
        labels: numbers of types in `SCREENS`, ``(n,)``.
        cards: numbers of cards, ``(n,)``.
        seed: a whole number, or a NumPy generator to go on with.

    Returns:
        uint8 ``(n, 32, 16)``, as `make` returns them. Errors are those of `layouts`.
    """
    rng, maps = np.random.default_rng(seed), []
    for label, number in zip(labels, cards, strict=True):
        screen = SCREENS[checks.whole_number("A label", label, 0, len(SCREENS) - 1)]
        possible = layouts(screen, number)
        maps.append(possible[rng.integers(len(possible))])
    return np.array(maps).reshape(-1, ROWS, COLUMNS)


def measure(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Reads type and number of cards off maps, by counting upper left corners.

    Args:
        maps: whole numbers ``(n, height, width)``, each part a whole rectangle.

    Returns:
        labels and cards, int64 ``(n,)``; -1 and 0 where there is no card.
    """
    maps = np.asarray(maps)

    def corners(part):
        seen = np.pad(maps == PARTS.index(part), ((0, 0), (1, 0), (1, 0)))
        new = seen[:, 1:, 1:] & ~seen[:, :-1, 1:] & ~seen[:, 1:, :-1]
        return new.sum(axis=(1, 2))

    images, texts, rows = (corners(part) for part in ("image", "text", "list"))
    middle = maps[:, :, maps.shape[2] // 2]  # which the images of a shop leave free
    is_feed = (middle == PARTS.index("image")).any(axis=1)
    kinds = [images > 0, rows > 0, texts > 0]
    labels = np.select(kinds, [np.where(is_feed, 0, 1), 3, 2], -1)
    return {"labels": labels, "cards": np.select(kinds, [images, rows, texts], 0)}


def check_wish(screen, cards) -> None:
    """Raises a `ValueError` for no type in `SCREENS`, too few or too many cards."""
    if screen not in SCREENS:
        raise ValueError(f"There is no screen {screen!r}; expected one of {SCREENS}.")
    checks.whole_number("The number of cards", cards, *CARDS)


@cache
def layouts(screen: str, cards: int) -> np.ndarray:
    """All screens of a type that have so many cards and obey the rules.

    Returns:
        uint8 ``(k, 32, 16)``, all different, not to be written to.

    Raises:
        ValueError: a type that is not there, or too few or too many cards.
    """
    check_wish(screen, cards)
    heights, bars = range(HEIGHTS[screen][0], HEIGHTS[screen][1] + 1), BAR_HEIGHTS
    texts = (1, 2) if CARD_PARTS[screen] == "image" else (0,)
    choices = product(bars, bars, GAPS, heights, texts, SLOTS.values(), (False, True))
    found = [_paint(screen, cards, *choice) for choice in choices]
    maps = np.unique([cells for cells in found if cells is not None], axis=0)
    maps.flags.writeable = False
    return maps


def _paint(screen, cards, top, foot, gap, height, text, slot, at_foot):
    """One screen, from the header down; None where it is too high."""
    slots = [SLOTS[k] for k in (("left", "right") if screen == "shop" else ("whole",))]
    num_rows, last = -(-cards // len(slots)), ROWS - foot - gap - BUTTON_HEIGHT
    below = top + gap + num_rows * (height + gap)  # where a button can stand
    if below > last or (text and height - text < 2):
        return None
    cells = np.zeros((ROWS, COLUMNS), np.uint8)

    def fill(part, start, height, left=0, width=COLUMNS):
        cells[start : start + height, left : left + width] = PARTS.index(part)

    fill("header", 0, top)
    fill("navigation", ROWS - foot, foot)
    fill("button", last if at_foot else below, BUTTON_HEIGHT, *slot)
    for k in range(cards):
        start = top + gap + k // len(slots) * (height + gap)
        fill(CARD_PARTS[screen], start, height - text, *slots[k % len(slots)])
        fill("text", start + height - text, text, *slots[k % len(slots)])
    return cells
