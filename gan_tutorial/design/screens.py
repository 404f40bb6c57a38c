"""Screens that a network made: asked for, cleaned, compared, and tried out.

A screen is a wireframe, see `design.wireframes`.
"""

from itertools import combinations, product

import numpy as np

from gan_tutorial.design.wireframes import check_maps, is_valid
from gan_tutorial.synthetic import interfaces
from gan_tutorial.synthetic.interfaces import CARDS, COLUMNS, PARTS, ROWS, SCREENS

NUM_WISHES = len(SCREENS) * CARDS[1]  # a type and a number of cards
MOST_CHANGED = ROWS * COLUMNS // 8  # cells; what changes more is no clean-up
START_MS, PER_BIT_MS = 230, 166  # of people with a mouse, see `tap_times`
COLOURS = "#f6f6f3 #203e64 #6ea5cd #d6d6d0 #be4b0f #eecd82 #42424c"  # of PARTS


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
    # Scalar products of the one-hot maps count the cells that two screens share.
    sides = -1, ROWS * COLUMNS * len(PARTS)
    made, rules = (one_hot(some).reshape(sides) for some in (cleaned, allowed))
    shared = made @ rules.T
    is_near = shared.max(axis=1) >= ROWS * COLUMNS - MOST_CHANGED
    cleaned[is_near] = allowed[shared[is_near].argmax(axis=1)]
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
    constants were fitted to people with a mouse; a thumb has others. Nobody reads,
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
