"""Points on a line or in a plane: the smallest things that a GAN can learn to make.

Each target is a function `(num_points, seed) -> float32 (num_points, dim)` with `dim`
1 or 2. Nearly all of them lie between -3 and 3.
"""

import re

import numpy as np

RING_RADIUS = 2.0
RING_SPREAD = 0.1  # standard deviation of one mode, in each direction
LARGEST_NUMBER = 10_000  # of typed points
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
    around them. The points are moved and scaled to lie between -2 and 2; their shape
    stays the same.

    Returns:
        float32 `(num_points, 1)` or `(num_points, 2)`.

    Raises:
        ValueError: text that holds no points, one point, too many points, or anything
            else than one or two numbers in a line.
    """
    if text.count("\n") > LARGEST_NUMBER or len(text) > 50 * LARGEST_NUMBER:
        raise ValueError(f"That is too much: give {LARGEST_NUMBER:,} points at most.")
    rows = []
    for number, content in enumerate(text.splitlines(), start=1):
        words = [word for word in re.split(r"[,;\s()\[\]]+", content) if word]
        if not words:
            continue
        try:
            rows.append([float(word) for word in words])
        except ValueError:
            raise ValueError(
                f"Line {number} is {content[:30]!r}; expected one or two numbers, "
                "such as 0.5, -1.2"
            ) from None
        if len(words) > 2 or len(words) != len(rows[0]):
            raise ValueError(
                f"Line {number} is {content[:30]!r}; expected one point in each line, "
                "with one number in all lines, or with two numbers in all lines."
            )
    return scale_points(rows)


def scale_points(points) -> np.ndarray:
    """Moves and scales points to lie between -2 and 2, with one factor for both axes.

    Args:
        points: as in `check_points`.

    Returns:
        float32 `(num_points, 1)` or `(num_points, 2)`.

    Raises:
        ValueError: as `check_points`, and the same point again and again.
    """
    points = check_points(points)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    half_width = (points - middle).max()
    if half_width <= 1e-9 * np.abs(points).max():
        raise ValueError("All points are the same; give two different ones or more.")
    return ((points - middle) * (_REACH / half_width)).astype("float32")


def check_points(points) -> np.ndarray:
    """Points as an array.

    Args:
        points: numbers `(num_points, 1)`, `(num_points, 2)` or `(num_points,)`.

    Returns:
        float64 `(num_points, 1)` or `(num_points, 2)`.

    Raises:
        ValueError: no points, one point, too many, or no numbers.
    """
    try:
        points = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(
            "The points are no numbers, or not equally many for each; expected an "
            "array (num_points, 1 or 2)."
        ) from None
    if points.ndim < 2:
        points = points.reshape(-1, 1)
    if len(points) < 2:
        number = "one" if len(points) else "no"
        raise ValueError(f"That is {number} point; give 2 points or more.")
    if len(points) > LARGEST_NUMBER:
        raise ValueError(
            f"These are {len(points):,} points; give {LARGEST_NUMBER:,} at most."
        )
    if points.ndim != 2 or points.shape[1] not in (1, 2):
        raise ValueError(
            f"The points have shape {points.shape}; expected one or two numbers each."
        )
    if not (np.isfinite(points).all() and np.abs(points).max() < 1e100):
        raise ValueError("A number is too large, infinite or missing (NaN).")
    return points


def _bells(middles, spread, num_points, seed):
    rng = np.random.default_rng(seed)
    chosen = middles[rng.integers(len(middles), size=num_points)]
    drawn = chosen + spread * rng.standard_normal((num_points, 2))
    return drawn.astype("float32")
