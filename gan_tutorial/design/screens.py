"""Wireframes that a network made: read as boxes, judged by rules, cleaned, tried out.

A screen is a map as `synthetic.interfaces` draws it, uint8 `(32, 16)`: the number of a
part for each cell.
"""

from itertools import combinations, product

import numpy as np

from gan_tutorial.synthetic import interfaces
from gan_tutorial.synthetic.interfaces import CARDS, COLUMNS, PARTS, ROWS, SCREENS, Box

NUM_WISHES = len(SCREENS) * CARDS[1]  # a type and a number of cards
MOST_CHANGED = ROWS * COLUMNS // 8  # cells; what changes more is no clean-up
START_MS, PER_BIT_MS = 230, 166  # of people with a mouse, see `tap_times`
COLOURS = "#ffffff #203e64 #6ea5cd #d6d6d0 #be4b0f #eecd82 #42424c"  # of PARTS


def wish(screen: str, cards: int) -> int:
    """The label of a type with a number of cards, as the network takes it: 0 to 23.

    Raises:
        ValueError: a type that is not there, or too few or too many cards.
    """
    interfaces.check_wish(screen, cards)
    return SCREENS.index(screen) * CARDS[1] + cards - 1


def to_wishes(attributes) -> np.ndarray:
    """The labels of many screens, `(n,)`, from `labels` and `cards` of each."""
    return np.asarray(attributes["labels"]) * CARDS[1] + attributes["cards"] - 1


def one_hot(maps) -> np.ndarray:
    """Maps as networks take them: float32 `(n, 32, 16, 7)`, one channel for each part.

    Raises:
        ValueError: an array of another shape, or with other numbers.
    """
    return np.eye(len(PARTS), dtype=np.float32)[check_maps(maps)]


def to_maps(made) -> np.ndarray:
    """The way back: the part of each cell is the channel with the largest number."""
    return np.asarray(made).argmax(axis=-1).astype(np.uint8)


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
        "a part is no whole rectangle": (interfaces.paint(boxes) == cells).all(),
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
        "there is not one button of the right size": (
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


def obeys(maps, wishes) -> np.ndarray:
    """Whether each screen is valid, and of the type and number of cards asked for.

    Args:
        maps: `(n, 32, 16)`.
        wishes: what was asked for, as `to_wishes` gives it, `(n,)`.
    """
    return is_valid(maps) & (to_wishes(interfaces.measure(maps)) == np.asarray(wishes))


def repair(maps) -> np.ndarray:
    """Puts the nearest allowed screen in the place of each ragged one.

    All screens that the rules allow are compared, of all types and numbers of cards,
    whatever was asked for. The nearest differs in the fewest cells. Where that would
    change more than an eighth of them, the map stays as it was.

    Args:
        maps: `(n, 32, 16)`.

    Returns:
        uint8 of the same shape.

    Raises:
        ValueError: no such maps.
    """
    cleaned = check_maps(maps).copy()
    wishes = product(SCREENS, range(CARDS[0], CARDS[1] + 1))
    allowed = np.concatenate([interfaces.layouts(*wish) for wish in wishes])
    for cells in cleaned:
        changed = (allowed != cells).sum(axis=(1, 2), dtype=np.uint16)
        if changed.min() <= MOST_CHANGED:
            cells[:] = allowed[changed.argmin()]
    return cleaned


def look_up(maps, attributes, wishes, seed: int = 0) -> np.ndarray:
    """The cheapest rival of a network: for each wish a random screen that has it.

    Args:
        maps: of a catalogue, `(n, 32, 16)`.
        attributes: of these, as `interfaces.make` gives them.
        wishes: what is asked for, `(k,)`.
        seed: from which the choice follows.

    Returns:
        uint8 `(k, 32, 16)`.

    Raises:
        ValueError: a wish that no screen of the catalogue has.
    """
    rng, known = np.random.default_rng(seed), to_wishes(attributes)
    rows = {number: np.flatnonzero(known == number) for number in set(wishes)}
    if missing := [int(number) for number, found in rows.items() if not len(found)]:
        raise ValueError(f"No screen of the catalogue has the wishes {missing}.")
    return np.asarray(maps)[[rng.choice(rows[number]) for number in wishes]]


def variety(maps) -> float:
    """The mean share of cells in which two of several screens differ, from 0 to 1."""
    pairs = combinations(check_maps(maps), 2)
    return float(np.mean([(one != other).mean() for one, other in pairs]))


def tap_times(boxes, start=(30.5, 8.0)) -> np.ndarray:
    """How long a *simulated* user needs to reach each box from one place, in ms.

    Fitts's law in Shannon's form: `230 + 166 * log2(distance / width + 1)`, with the
    distance to the middle of a box, and the smaller of its two sides as its width. The
    constants were fitted to 12 people with a mouse; a thumb has others. Nobody reads,
    decides or misses here: these are times of a formula.

    Args:
        boxes: targets, in cells.
        start: row and column where the pointer is: above the navigation's middle.

    Returns:
        float `(len(boxes),)`.

    Source: equation and constants of MacKenzie and Buxton, Extending Fitts' Law to
    Two-Dimensional Tasks, CHI '92, pages 219-226.
    """
    top, left, height, width = np.array([box[1:] for box in boxes], float).T
    distance = np.hypot(top + height / 2 - start[0], left + width / 2 - start[1])
    return START_MS + PER_BIT_MS * np.log2(distance / np.minimum(height, width) + 1)


def draw(maps, cell_px: int = 8) -> np.ndarray:
    """Pictures of screens, uint8 `(n, 32 * cell_px, 16 * cell_px, 3)`.

    Each part has its colour; a white line separates a part from its neighbours.
    """
    large = check_maps(maps).repeat(cell_px, axis=1).repeat(cell_px, axis=2)
    palette = [bytes.fromhex(colour[1:]) for colour in COLOURS.split()]
    pictures = np.array([list(colour) for colour in palette], np.uint8)[large]
    pictures[:, 1:][large[:, 1:] != large[:, :-1]] = 255
    pictures[:, :, 1:][large[:, :, 1:] != large[:, :, :-1]] = 255
    return pictures


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
