"""Wireframes as boxes, and the rules that they obey or break.

A wireframe is a map as `synthetic.interfaces` draws it, uint8 `(32, 16)`: the number of
a part for each cell.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from gan_tutorial.synthetic import interfaces
from gan_tutorial.synthetic.interfaces import COLUMNS, PARTS, ROWS


class Box(NamedTuple):
    """A rectangle of cells that show one part."""

    part: str
    top: int
    left: int
    height: int
    width: int


def find_boxes(cells) -> tuple[Box, ...]:
    """The boxes around all regions of one screen, from the top and from the left.

    A region is what hangs together, side by side, and shows one part. The background
    has no box.
    """
    cells, boxes = check_maps(cells), []
    free = {(int(y), int(x)) for y, x in np.argwhere(cells)}
    while free:
        region = [free.pop()]
        for y, x in region:  # which grows meanwhile
            beside = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & free
            beside = {place for place in beside if cells[place] == cells[y, x]}
            free -= beside
            region += beside
        (top, left), (bottom, right) = np.min(region, axis=0), np.max(region, axis=0)
        size = int(bottom - top) + 1, int(right - left) + 1
        boxes.append(Box(PARTS[cells[region[0]]], int(top), int(left), *size))
    return tuple(sorted(boxes, key=lambda box: box[1:]))


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a cell."""
    starts = max(one.top, other.top), max(one.left, other.left)
    ends = (min(b.top + b.height for b in (one, other)),)
    ends += (min(b.left + b.width for b in (one, other)),)
    return starts[0] < ends[0] and starts[1] < ends[1]


def find_faults(cells) -> list[str]:
    """What is wrong with one screen, in words; nothing where it obeys all rules.

    The rules are those of `synthetic.interfaces`, but for the heights of cards, which
    are free.
    """
    boxes = find_boxes(cells)
    by_part = {part: [box for box in boxes if box.part == part] for part in PARTS}
    headers, feet, buttons = (by_part[p] for p in ("header", "navigation", "button"))
    inside = [box for box in boxes if box.part not in ("header", "navigation")]
    bars = [(box.left, box.width) for box in headers + feet]
    tests = {
        "a part is no whole rectangle": (paint(boxes) == cells).all(),
        "parts overlap": not any(overlap(*pair) for pair in combinations(boxes, 2)),
        "there is not one header at the top and one navigation at the foot": (
            [box.top for box in headers] == [0]
            and [box.top + box.height for box in feet] == [ROWS]
            and bars == [(0, COLUMNS)] * 2
            and all(b.height in interfaces.BAR_HEIGHTS for b in headers + feet)
        ),
        "a part stands in the margin": all(
            box.left >= 1 and box.left + box.width <= COLUMNS - 1 for box in inside
        ),
        "there is a button too many": len(buttons) < 2,
        "there is not one button of the right size": len(buttons) > 1
        or (
            [box.height for box in buttons] == [interfaces.BUTTON_HEIGHT]
            and (buttons[0].left, buttons[0].width) in interfaces.SLOTS.values()
        ),
    }
    faults = [fault for fault, is_fine in tests.items() if not is_fine]
    return faults or _find_card_faults(by_part)


def _find_card_faults(by_part):
    """The same for cards and gaps, where all else is fine."""
    (header,), (foot,), (button,) = (
        by_part[part] for part in ("header", "navigation", "button")
    )
    images, texts, rows = (by_part[part] for part in ("image", "text", "list"))
    cards = images or rows or texts
    kinds = [bool(images), bool(rows), bool(texts) and not images]
    below = [(box.top + box.height, box.left, box.width) for box in images]
    if sum(kinds) != 1 or (images and below != [box[1:3] + box[4:] for box in texts]):
        return ["there are no cards, or of two kinds, or without their text"]
    text = texts[0].height if images else 0
    if len({box.height for box in cards}) > 1 or len({b.height for b in texts}) > 1:
        return ["the cards differ in height"]
    places = [(box.left, box.width) for box in cards]
    two = [interfaces.SLOTS[slot] for slot in ("left", "right")]
    if images and places[0] == two[0]:
        is_right, columns = places == [two[k % 2] for k in range(len(cards))], 2
    else:
        is_right, columns = set(places) == {interfaces.SLOTS["whole"]}, 1
    tops = [box.top for box in cards]
    if not is_right or any(top != tops[k - k % columns] for k, top in enumerate(tops)):
        return ["the cards do not stand in columns"]
    ends = [header.height, *(top + cards[0].height + text for top in tops[::columns])]
    gaps = [b - a for a, b in zip(ends, tops[::columns], strict=False)]
    free = button.top - ends[-1], foot.top - button.top - button.height
    if set(gaps) - set(interfaces.GAPS) or len(set(gaps)) > 1 or gaps[0] not in free:
        return ["the gaps differ"]
    return ["the gaps differ"] if min(free) < gaps[0] else []


def is_valid(maps) -> np.ndarray:
    """Whether each screen obeys all rules, bool `(n,)`."""
    return np.array([not find_faults(cells) for cells in check_maps(maps)], bool)


def describe(cells) -> str:
    """What a screen shows, from the top, in words: for who cannot see its picture."""
    boxes = find_boxes(cells)
    parts = [
        f"{box.part} in rows {box.top + 1} to {box.top + box.height}" for box in boxes
    ]
    return ", ".join(parts)


def paint(boxes) -> np.ndarray:
    """The map of boxes, uint8 ``(32, 16)``; later ones cover earlier ones."""
    cells = np.zeros((ROWS, COLUMNS), np.uint8)
    for part, top, left, height, width in boxes:
        cells[top : top + height, left : left + width] = PARTS.index(part)
    return cells


def check_maps(maps) -> np.ndarray:
    """One screen or several, as uint8; a `ValueError` for what is none."""
    maps = np.asarray(maps)
    if maps.shape[-2:] != (ROWS, COLUMNS) or maps.dtype.kind not in "iu":
        raise ValueError(
            f"The screens have shape {maps.shape} and type {maps.dtype}; expected "
            f"whole numbers (n, {ROWS}, {COLUMNS}), as interfaces.make and to_maps "
            "give them."
        )
    if maps.size and not 0 <= maps.min() <= maps.max() < len(PARTS):
        raise ValueError(
            f"The parts go from {maps.min()} to {maps.max()}; expected numbers of "
            f"PARTS, 0 to {len(PARTS) - 1}."
        )
    return maps.astype(np.uint8)
