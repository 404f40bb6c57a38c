"""Wave function collapse: new levels from the small squares of old ones, no training.

At first each place may hold any square of 2 x 2 tiles that occurs in the examples. One
square is drawn where the fewest are left; then all squares are struck out that no
longer fit beside what is left there, and so on. Where none is left, it begins again.

After the overlapping model of Gumin, WaveFunctionCollapse, 2016,
https://github.com/mxgmn/WaveFunctionCollapse, with the fewest squares in place of the
least entropy, no turned squares, and start and goal fixed first.
"""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design.levels import check_levels
from gan_tutorial.synthetic.levels import GOAL, START, TILES

OUTSIDE = len(TILES)  # one more tile, around each map: so edges are learned as well
FIXED = OUTSIDE, START, GOAL  # where they lie is decided first
# For each side: the two of the four tiles of a square that lie there.
SIDES = {(-1, 0): [0, 1], (0, -1): [0, 2], (0, 1): [1, 3], (1, 0): [2, 3]}
MOST_TRIES = 100


def collapse(examples, num_images: int, seed: int = 0) -> np.ndarray:
    """Levels in which each square of 2 x 2 tiles occurs in some example.

    Start and goal lie where an example has them, drawn at random.

    Args:
        examples: levels of one kind, `(n, height, width)`.
        num_images: how many to make.
        seed: a whole number, 0 or more; fewer levels are the first of more.

    Returns:
        uint8 `(num_images, height, width)`.

    Raises:
        ValueError: no levels, no such number, or a level that failed a hundred times.
    """
    padded = ((0, 0), (1, 1), (1, 1))
    squares = _squares(np.pad(check_levels(examples), padded, constant_values=OUTSIDE))
    num_images = checks.whole_number("num_images", num_images, 1)
    known, counts = np.unique(squares.reshape(-1, 4), axis=0, return_counts=True)
    fits = {
        (y, x): (known[:, None, ours] == known[:, SIDES[-y, -x]]).all(axis=2)
        for (y, x), ours in SIDES.items()
    }
    made, rng = [], np.random.default_rng(checks.whole_number("seed", seed, 0))
    for _ in range(num_images):
        for _ in range(MOST_TRIES):
            places = squares[rng.integers(len(squares))][:, :, None]
            is_fixed = np.isin(places, FIXED)
            agrees = np.where(is_fixed, places == known, ~np.isin(known, FIXED))
            possible = agrees.all(axis=3)
            if _settle(possible, fits, counts, rng):
                break
        else:
            raise ValueError(
                f"After {MOST_TRIES} tries no level came of {len(squares)} examples. "
                "Give more of them, or others."
            )
        made.append(known[possible.argmax(axis=2)][1:, 1:, 0])
    return np.array(made, np.uint8)


def _squares(maps):
    """All squares of maps, `(n, height - 1, width - 1, 4)`: above, then below."""
    above, below = maps[:, :-1], maps[:, 1:]
    parts = above[..., :-1], above[..., 1:], below[..., :-1], below[..., 1:]
    return np.stack(parts, axis=-1)


def _settle(possible, fits, counts, rng):
    """Draws square after square into `possible`; whether each place got one."""
    changed = list(np.ndindex(possible.shape[:2]))
    while _strike_out(possible, fits, changed):
        num_left = possible.sum(axis=2)
        if num_left.max() == 1:
            return True
        order = np.where(num_left > 1, num_left + rng.random(num_left.shape), np.inf)
        place = np.unravel_index(order.argmin(), order.shape)
        weights = counts * possible[place]
        possible[place] = False
        possible[place][rng.choice(len(counts), p=weights / weights.sum())] = True
        changed = [place]
    return False


def _strike_out(possible, fits, changed):
    """Removes what no longer fits beside changed places; whether some is left."""
    height, width = possible.shape[:2]
    while changed:
        y, x = changed.pop()
        for (down, right), fit in fits.items():
            place = y + down, x + right
            if not (0 <= place[0] < height and 0 <= place[1] < width):
                continue
            left = possible[place] & fit[possible[y, x]].any(axis=0)
            if not left.any():
                return False
            if (left != possible[place]).any():
                possible[place] = left
                changed.append(place)
    return True
