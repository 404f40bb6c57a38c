"""Levels of a game, drawn by rules: which tile lies on each cell of a square map.

The rules, by which a way always leads from start to goal:

* forest: trees; a path two cells wide winds from the start at the left edge to the goal
  at the right one, with grass beside it and clearings on it, and crosses a river;
* castle: a moat around a wall; two walls inside make four rooms, some with a pool. Each
  part of these two has a door of two cells in its middle. The start is at the foot of a
  lower room, the goal at the head of an upper one;
* city: two roads each way, two cells wide; between them houses with a door to a road,
  parks and ponds. The start is on a road at the left edge, the goal in a door's place.

One can walk from a cell to the four beside it, on the first six tiles only.
"""

from itertools import pairwise, product

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic import seeds

SIDE = 16  # cells
KINDS = ("forest", "castle", "city")
WALKABLE = ("grass", "path", "floor", "door", "start", "goal")
TILES = (*WALKABLE, "tree", "water", "wall", "house")
GRASS, PATH, FLOOR, DOOR, START, GOAL, TREE, WATER, WALL, HOUSE = range(len(TILES))
MARKS = ((TREE,), (WALL, FLOOR), (HOUSE, PATH))  # by which kinds are told apart


def make(num_images: int, image_size: int = SIDE, seed: int = 0) -> tuple:
    """Draws random levels, as many of each kind, in turn.

    Args:
        num_images: how many; a longer run begins with the levels of a shorter one.
        image_size: side of a map in cells, 16 to 32.
        seed: a whole number, 0 or more.

    Returns:
        maps: uint8 ``(num_images, image_size, image_size)``: numbers of tiles.
        attributes: ``labels``, int64 ``(num_images,)``: the number of each kind.

    Raises:
        ValueError: an argument is not such a number.
    """
    seed = checks.whole_number("seed", seed, 0)
    labels = np.arange(checks.whole_number("num_images", num_images, 1)) % len(KINDS)
    drawn = [draw(KINDS[k], image_size, [seed, i]) for i, k in enumerate(labels)]
    return np.stack(drawn), {"labels": labels}


def draw(kind: str, side: int = SIDE, seed=0) -> np.ndarray:
    """One level, by the rules alone.

    Args:
        kind: one of `KINDS`.
        side: in cells, 16 to 32.
        seed: see `seeds.make_rng`.

    Returns:
        uint8 ``(side, side)``, as `make` returns them.

    Raises:
        ValueError: an unknown kind, or a side or a seed that will not do.
    """
    side = checks.whole_number("The side of a level", side, SIDE, 2 * SIDE)
    painter = (_forest, _castle, _city)[find_label(kind)]
    return painter(side, seeds.make_rng(seed)).astype(np.uint8)


def measure(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Reads the kind off maps ``(n, height, width)``, by counting tiles.

    Returns:
        labels, int64 ``(n,)``: what there is most of, trees (forest), walls and floors
            (castle) or houses and roads (city); -1 where there is nothing of them.
    """
    if np.ndim(maps) != 3:
        raise ValueError(
            f"The levels have shape {np.shape(maps)}; expected (n, height, width)."
        )
    counts = np.stack([np.isin(maps, marks).sum(axis=(1, 2)) for marks in MARKS], 1)
    return {"labels": np.where(counts.any(axis=1), counts.argmax(axis=1), -1)}


def find_label(kind: str) -> int:
    """The number of a kind in `KINDS`; a `ValueError` for one that is not there."""
    if kind not in KINDS:
        raise ValueError(f"There is no level {kind!r}; expected one of {KINDS}.")
    return KINDS.index(kind)


def _forest(side, rng):
    cells = np.full((side, side), TREE)
    rows = _wander(side, rng, 2, side - 3)
    pairs = zip([rows[0], *rows], rows, strict=False)  # where it steps up or down
    way = [(row + k, x) for x, pair in enumerate(pairs) for row in pair for k in (0, 1)]
    clearings = [way[k] for k in rng.choice(len(way), side // 4, replace=False)]
    for reach, places in ((1, way), (2, clearings)):
        for y, x in places:
            top, left = max(y - reach, 0), max(x - reach, 0)
            cells[top : y + reach + 1, left : x + reach + 1] = GRASS
    for y, x in enumerate(_wander(side, rng, side // 3, side - side // 3)):
        cells[y, x : x + 2] = WATER
    cells[tuple(np.transpose(way))] = PATH
    cells[rows[0], 0], cells[rows[-1], -1] = START, GOAL
    return cells


def _wander(side, rng, low, high):
    """A place for each of `side` steps, each at most one from the last."""
    places = [int(rng.integers(low, high + 1))]
    for step in rng.integers(-1, 2, side - 1):
        places.append(int(np.clip(places[-1] + step, low, high)))
    return places


def _castle(side, rng):
    cells = np.full((side, side), WATER)
    cells[1:-1, 1:-1] = WALL
    across, upright = rng.integers(side * 3 // 8, side * 5 // 8, 2)
    spans = [[(2, middle), (middle + 1, side - 2)] for middle in (across, upright)]
    for (top, bottom), (left, right) in product(*spans):
        cells[top:bottom, left:right] = FLOOR
        if rng.random() < 0.6:  # a pool
            spots = range(top + 1, bottom), range(left + 1, right)
            edges = [sorted(rng.choice(spot, 2, replace=False)) for spot in spots]
            cells[slice(*edges[0]), slice(*edges[1])] = WATER
    rows, columns = np.sum(spans, axis=2) // 2  # the middles
    for k in (0, 1):
        cells[rows - k, upright] = cells[across, columns - k] = DOOR
    cells[-3, rng.choice(columns)], cells[2, rng.choice(columns)] = START, GOAL
    return cells


def _city(side, rng):
    cells = np.full((side, side), PATH)
    across, upright = rng.integers(-1, 2, (2, 2)) + [side * 3 // 16, side * 10 // 16]
    spans = [pairwise([-2, *roads, side]) for roads in (across, upright)]
    blocks = list(product(*spans))
    goal = rng.integers(len(blocks))
    for k, ((above, below), (before, after)) in enumerate(blocks):
        block = cells[above + 2 : below, before + 2 : after]
        use = rng.choice(["houses", "park", "pond"], p=[0.7, 0.2, 0.1])
        if use == "houses" or k == goal:
            block[:] = HOUSE
            front = -1 if below < side else 0  # the row beside a road
            block[front, block.shape[1] // 2] = GOAL if k == goal else DOOR
        elif use == "park":
            block[:] = np.where(rng.random(block.shape) < 0.4, TREE, GRASS)
        else:
            block[:] = GRASS
            block[1:-1, 1:-1] = WATER
    cells[rng.choice(across), 0] = START
    return cells
