"""Points on a line or in a plane: the smallest things that a GAN can learn to make.

Each target is a function `(num_points, seed) -> float32 (num_points, dim)` with `dim`
1 or 2. Nearly all of them lie between -3 and 3.
"""

import re

import numpy as np

RING_RADIUS = 2.0
RING_SPREAD = 0.1  # standard deviation of one mode, in each direction
_REACH = 2.0  # typed points are moved and scaled to lie between -2 and 2


def two_bells(num_points: int, seed=None) -> np.ndarray:
    """Two bell curves on a line: two fifths of the points near -1.5, the rest near 1.

    Args:
        num_points: how many.
        seed: whole number, or a NumPy generator to go on with.

    Returns:
        float32 `(num_points, 1)`.
    """
    rng = np.random.default_rng(seed)
    is_left = rng.random((num_points, 1)) < 0.4
    middle, spread = np.where(is_left, -1.5, 1.0), np.where(is_left, 0.3, 0.5)
    drawn = middle + spread * rng.standard_normal((num_points, 1))
    return drawn.astype("float32")


def ring(num_points: int, seed=None) -> np.ndarray:
    """Eight small round bells on a circle, equally likely.

    Arguments as in `two_bells`; returns float32 `(num_points, 2)`.
    """
    return _bells(ring_modes(), RING_SPREAD, num_points, seed)


def ring_modes() -> np.ndarray:
    """The middles of the eight bells of `ring`, `(8, 2)`."""
    angles = np.arange(8) * np.pi / 4
    return RING_RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid(num_points: int, seed=None) -> np.ndarray:
    """Twenty-five small round bells on a square grid, equally likely.

    Arguments as in `two_bells`; returns float32 `(num_points, 2)`.
    """
    x, y = np.meshgrid(np.arange(-2, 3), np.arange(-2, 3))
    return _bells(np.stack([x.ravel(), y.ravel()], axis=1), 0.07, num_points, seed)


def moons(num_points: int, seed=None) -> np.ndarray:
    """Two half circles, one within the other's reach.

    Arguments as in `two_bells`; returns float32 `(num_points, 2)`.
    """
    rng = np.random.default_rng(seed)
    angle = rng.uniform(0, np.pi, num_points)
    side = rng.choice([1.0, -1.0], num_points)
    x = 1.4 * side * np.cos(angle) - 0.7 * side
    y = 1.4 * side * np.sin(angle) - 0.4 * side
    noise = 0.1 * rng.standard_normal((num_points, 2))
    return (np.stack([x, y], axis=1) + noise).astype("float32")


def line(num_points: int, seed=None) -> np.ndarray:
    """A thin slanting line: points that have one degree of freedom, not two.

    Arguments as in `two_bells`; returns float32 `(num_points, 2)`.
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, num_points)
    noise = 0.05 * rng.standard_normal((num_points, 2))
    return (np.stack([x, 0.6 * x], axis=1) + noise).astype("float32")


TARGETS = {
    "two bells (on a line)": two_bells,
    "ring of 8": ring,
    "grid of 25": grid,
    "moons": moons,
    "line": line,
}


def count_modes(samples: np.ndarray) -> tuple[int, float]:
    """How many bells of `ring` a set of points covers, and how good its points are.

    Args:
        samples: `(num_points, 2)`.

    Returns:
        The number of modes that have at least 1 % of the points within three standard
        deviations, and the share of points that are so near to any mode.
    """
    samples = np.asarray(samples)
    distances = np.linalg.norm(samples[:, None] - ring_modes(), axis=2)
    is_near = distances < 3 * RING_SPREAD
    share_of_each = is_near.mean(axis=0)
    return int((share_of_each >= 0.01).sum()), float(is_near.any(axis=1).mean())


def read_points(text: str) -> np.ndarray:
    """Points as a learner types or pastes them: one a line, `x` or `x, y`.

    Commas, semicolons, tabs and blanks may stand between the numbers, and brackets
    around them. The points are moved and scaled to lie between -2 and 2, with one
    factor for both axes.

    Returns:
        float32 `(num_points, 1)` or `(num_points, 2)`.

    Raises:
        ValueError: text that holds no points, or the same one again and again.
    """
    rows = []
    for number, content in enumerate(text.splitlines(), start=1):
        words = re.sub(r"[,;()\[\]]", " ", content).split()
        try:
            row = [float(word) for word in words]
        except ValueError:
            row = []
        if words and len(row) not in ((1, 2) if not rows else (len(rows[0]),)):
            raise ValueError(
                f"Line {number} is {content[:30]!r}; expected one point in each line, "
                "with one number in all lines, or with two numbers in all lines."
            )
        rows += [row] if words else []
    points = check_points(rows)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half_width = (points - middle).max()
    if half_width <= 1e-9 * np.abs(points).max():
        raise ValueError("All points are the same; give two different ones or more.")
    return ((points - middle) * (_REACH / half_width)).astype("float32")


def check_points(points) -> np.ndarray:
    """Points as an array, float64 `(num_points, 1)` or `(num_points, 2)`.

    Args:
        points: the same, or `(num_points,)`; lists will do.

    Raises:
        ValueError: fewer than two points, or no finite numbers below 1e100.
    """
    try:
        found = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        found = np.empty(0)
    found = found[:, None] if found.ndim == 1 else found
    is_shape = found.ndim == 2 and len(found) > 1 and found.shape[1] in (1, 2)
    if not (is_shape and np.all(np.abs(found) < 1e100)):
        raise ValueError(
            "Expected two points or more, with one or two finite numbers each."
        )
    return found


def _bells(middles, spread, num_points, seed):
    rng = np.random.default_rng(seed)
    chosen = middles[rng.integers(len(middles), size=num_points)]
    drawn = chosen + spread * rng.standard_normal((num_points, 2))
    return drawn.astype("float32")
