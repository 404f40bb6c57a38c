"""Levels that a network made: read from its shares, walked through, repaired, compared.

A level is a map of tiles as `synthetic.levels` draws it. A place is a row and a column.
"""

from heapq import heappop, heappush

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic import levels as rules
from gan_tutorial.synthetic.levels import GOAL, START, TILES, WALKABLE

# What the repair puts where the way is blocked.
OPENED = {
    rules.TREE: rules.PATH,
    rules.WATER: rules.PATH,
    rules.WALL: rules.DOOR,
    rules.HOUSE: rules.PATH,
}


def one_hot(maps) -> np.ndarray:
    """Maps as networks take them: float32 `(n, height, width, 10)`, a channel a tile.

    Raises:
        ValueError: an array of another form, or with other numbers.
    """
    return np.eye(len(TILES), dtype=np.float32)[check_levels(maps)]


def to_maps(shares) -> np.ndarray:
    """The way back: in each cell, the tile with the largest share wins.

    But a level has one start and one goal. So the start is where its share is largest,
    and the goal where its share is largest of the other cells; nowhere else are they.

    Args:
        shares: float `(n, height, width, 10)`, of 2 cells or more.

    Returns:
        uint8 `(n, height, width)`.

    Raises:
        ValueError: an array of another shape, or with numbers that are not finite.
    """
    shares = np.array(checks.finite("The shares", shares), float)  # a copy
    num_cells = np.prod(shares.shape[1:3])
    if shares.ndim != 4 or shares.shape[3] != len(TILES) or num_cells < 2:
        raise ValueError(
            f"The shares have shape {shares.shape}; expected (n, height, width, "
            f"{len(TILES)}), one share for each tile, and 2 cells or more."
        )
    ends = shares[..., [START, GOAL]].reshape(len(shares), num_cells, 2)
    shares[..., [START, GOAL]] = -np.inf
    maps = shares.argmax(axis=3).astype(np.uint8)
    for cells, (start, goal) in zip(maps, np.moveaxis(ends, 2, 1), strict=True):
        first = start.argmax()
        goal[first] = -np.inf
        cells.flat[first], cells.flat[goal.argmax()] = START, GOAL
    return maps


def find_route(cells) -> list[tuple[int, int]]:
    """The cheapest way from start to goal: the fewest blocked cells, then steps.

    So where one can walk, it is a shortest walk; else it says where to open the way.

    Args:
        cells: one level, `(height, width)`.

    Returns:
        Places, from the start to the goal.

    Raises:
        ValueError: no level, or not one start and one goal.

    Source: Dijkstra, A note on two problems in connexion with graphs, Numerische
    Mathematik 1, 1959, with pairs (blocked cells, steps) as lengths. Where nothing is
    blocked, it is breadth-first search.
    """
    (cells,) = check_levels([cells])
    ends = [np.argwhere(cells == tile).tolist() for tile in (START, GOAL)]
    if [len(found) for found in ends] != [1, 1]:
        raise ValueError(
            f"The level has {len(ends[0])} starts and {len(ends[1])} goals; expected "
            "one of each. Set them before you look for a way."
        )
    start, goal = (tuple(found[0]) for found in ends)
    came_from, waiting = {}, [(0, 0, start, None)]
    while goal not in came_from:
        blocked, steps, place, before = heappop(waiting)
        if place in came_from:
            continue
        came_from[place] = before
        for down, right in ((-1, 0), (0, -1), (0, 1), (1, 0)):
            y, x = place[0] + down, place[1] + right
            if 0 <= y < cells.shape[0] and 0 <= x < cells.shape[1]:
                price = blocked + int(cells[y, x] >= len(WALKABLE))
                heappush(waiting, (price, steps + 1, (y, x), place))
    route = [goal]
    while route[-1] != start:
        route.append(came_from[route[-1]])
    return route[::-1]


def is_playable(maps) -> np.ndarray:
    """Whether each level has one start, one goal and a way between, bool `(n,)`."""
    maps = check_levels(maps)
    ends = [(maps == tile).sum(axis=(1, 2)) for tile in (START, GOAL)]
    has_ends = np.all(np.equal(ends, 1), axis=0)
    return np.array(
        [
            is_whole
            and all(cells[place] < len(WALKABLE) for place in find_route(cells))
            for cells, is_whole in zip(maps, has_ends, strict=True)
        ],
        bool,
    )


def repair(maps) -> np.ndarray:
    """Opens the cheapest way in each level: paths through all, but doors in walls.

    It changes the fewest cells that can be, and none of a level that is playable.

    Args:
        maps: `(n, height, width)`, each with one start and one goal.

    Returns:
        uint8 of the same shape, all playable.

    Raises:
        ValueError: no levels, or one without a start and a goal.
    """
    mended = check_levels(maps).copy()
    for cells in mended:
        for place in find_route(cells):
            cells[place] = OPENED.get(int(cells[place]), cells[place])
    return mended


def pattern_shares(maps) -> np.ndarray:
    """How often each square of 2 x 2 tiles occurs in levels: shares that add up to 1.

    Args:
        maps: `(n, height, width)`.

    Returns:
        float `(10, 10, 10, 10)`: by the tiles above left, above right, below left and
        below right.
    """
    maps = check_levels(maps).astype(int)
    above, below = maps[:, :-1], maps[:, 1:]
    square = above[..., :-1], above[..., 1:], below[..., :-1], below[..., 1:]
    shape = (len(TILES),) * 4
    numbers = np.ravel_multi_index(square, shape).ravel()
    return np.bincount(numbers, minlength=len(TILES) ** 4).reshape(shape) / len(numbers)


def pattern_distance(maps, others) -> float:
    """How much two lots of levels differ in their 2 x 2 patterns, from 0 to 1 bit.

    It is the Jensen-Shannon divergence: 1 where they share no pattern.

    Source: Lucas and Volz, arXiv 1905.05077, who take another divergence.
    """
    shares = pattern_shares(maps), pattern_shares(others)
    middle = sum(shares) / 2
    parts = [p[p > 0] * np.log2(p[p > 0] / middle[p > 0]) for p in shares]
    return float(sum(part.sum() for part in parts) / 2)


def count_changes(maps, others) -> np.ndarray:
    """In how many cells each level differs from the nearest of others, `(n,)`."""
    maps, others = check_levels(maps), check_levels(others)
    if maps.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"The levels have shapes {maps.shape} and {others.shape}; expected levels "
            "of the same size."
        )
    return np.array([(others != cells).sum(axis=(1, 2)).min() for cells in maps])


def check_levels(maps) -> np.ndarray:
    """Levels as uint8; a `ValueError` for what is none."""
    maps = np.asarray(maps)
    is_map = maps.ndim == 3 and len(maps) and min(maps.shape[1:]) > 1
    if not is_map or maps.dtype.kind not in "iu":
        raise ValueError(
            f"The levels have shape {maps.shape} and type {maps.dtype}; expected whole "
            "numbers (n, height, width), 2 cells or more each way."
        )
    if not 0 <= maps.min() <= maps.max() < len(TILES):
        raise ValueError(
            f"The tiles go from {maps.min()} to {maps.max()}; expected numbers of "
            f"TILES, 0 to {len(TILES) - 1}."
        )
    return maps.astype(np.uint8)
