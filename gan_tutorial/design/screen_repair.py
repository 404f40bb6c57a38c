"""Cleans the ragged screens of a network, within limits."""

import numpy as np

from gan_tutorial.design import screens
from gan_tutorial.synthetic import interfaces
from gan_tutorial.synthetic.interfaces import CARDS, COLUMNS, PARTS, ROWS

MOST_CHANGED = ROWS * COLUMNS // 8  # cells; what changes more is no clean-up


def repair(maps) -> np.ndarray:
    """Evens out what is ragged: each row shows what most of its cells show.

    Ten properties are read off each map: the heights of header and navigation, the kind
    of cards and their columns, how many there are, the medians of their heights, of
    their texts' and of the gaps, and where the button is. Then the screen is drawn anew
    by the rules. Where that would change more than an eighth of the cells, or something
    is missing, the map stays as it was.

    Args:
        maps: `(n, 32, 16)`.

    Returns:
        uint8 of the same shape.

    Raises:
        ValueError: no such maps.
    """
    cleaned = screens.check_maps(maps).copy()
    for k, cells in enumerate(cleaned):
        drawn = [interfaces.paint(boxes) for boxes in _read(cells) if boxes]
        changed = [(one != cells).sum() for one in drawn]
        if drawn and min(changed) <= MOST_CHANGED:
            cleaned[k] = drawn[int(np.argmin(changed))]
    return cleaned


def _read(cells):
    """The layouts that a ragged screen may stand for: none, or two."""
    shown = {part: cells == number for number, part in enumerate(PARTS)}
    top = _count_rows(shown["header"])
    foot = _count_rows(shown["navigation"][::-1])
    button = shown["button"][shown["button"].sum(axis=1) >= 3]
    if not top or not foot or not len(button):
        return []
    columns = np.arange(COLUMNS)
    masks = {
        slot: (columns >= left) & (columns < left + width)
        for slot, (left, width) in interfaces.SLOTS.items()
    }
    slot = min(masks, key=lambda k: np.abs(button.mean(axis=0) - masks[k]).sum())

    counts = {part: shown[part].sum() for part in ("image", "list", "text")}
    part = "image" if counts["image"] >= 8 else max(counts, key=counts.get)
    in_middle = shown["image"][:, COLUMNS // 2].sum()
    is_shop = part == "image" and 2 * in_middle < shown["image"].any(axis=1).sum()
    slots = ("left", "right") if is_shop else ("whole",)
    least = 2 if part == "image" else 1  # rows; what is lower is a speck
    runs = [_find_runs(shown[part][:, masks[k]], least) for k in slots]
    cards = sum(map(len, runs))
    if not runs[0] or not CARDS[0] <= cards <= CARDS[1]:
        return []
    text = 0
    if part == "image":
        texts = _find_runs(shown["text"][:, masks[slots[0]]], 1)
        text = _median([height for _, height in texts] or [1], (1, 2))
    screen = {"list": "menu", "text": "form"}.get(part, "shop" if is_shop else "feed")
    heights = [height + text for run in runs for _, height in run]
    height = _median(heights, interfaces.HEIGHTS[screen])
    starts = np.array([start for start, _ in runs[0]])
    gap = _median([starts[0] - top, *(np.diff(starts) - height)], interfaces.GAPS)
    found = screen, cards, top, foot, gap, height, text, slot
    return [interfaces.lay_out(*found, at_foot) for at_foot in (False, True)]


def _count_rows(is_part):
    """The height of a bar that starts in the first row; 0 where there is none."""
    rows = int(np.argmin([*(is_part.mean(axis=1) > 0.5), False]))
    return _median([rows], interfaces.BAR_HEIGHTS) if rows else 0


def _find_runs(is_part, least):
    """Start and length of each stretch of rows in which most cells are of a part."""
    is_row = is_part.mean(axis=1) > 0.5
    edges = np.flatnonzero(np.diff([False, *is_row, False])).reshape(-1, 2)
    return [(int(a), int(b - a)) for a, b in edges if b - a >= least]


def _median(values, ends):
    return int(np.clip(np.floor(np.median(values) + 0.5), *ends))
