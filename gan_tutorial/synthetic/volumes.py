"""Lumpy bodies of voxels: a ball that grew lobes and has dents, drawn by a formula.

In each direction from the middle the surface lies at one distance: that of the ball,
plus what the lobes near this direction add, less what the dents take. Near the middle
there is a hollow, a ball of its own; some are too small to show. Such a body resembles
a tumour as a potato does: these are synthetic phantoms, not clinical.
"""

import numpy as np

from gan_tutorial import checks

SIZE = 16  # voxels along each side
RADII = (0.5, 0.6)  # of the ball; 1 reaches from the middle to a side of the cube
LOBES, DENTS = (3, 6), (3, 6)  # the fewest and the most of each
RISES, FALLS = (0.4, 0.9), (0.5, 0.9)  # of the surface, in radii of the ball
NARROWNESS = (4.0, 14.0)  # of a lobe or dent: 4 is wide, 14 narrow
SHALLOWEST = 0.35  # the surface stays so far from the middle, in radii of the ball
LARGEST = 0.94  # the surface stays inside the cube
HOLLOWS = (0.0, 0.7)  # radius of the hollow, in radii of the ball


def make(num_volumes: int, size: int = SIZE, seed: int = 0) -> tuple:
    """Draws random bodies; a seed gives the same bodies at every size.

    Args:
        num_volumes: how many.
        size: voxels along each side of the cube, 8 to 64.
        seed: a whole number, 0 or more.

    Returns:
        volumes: uint8 ``(num_volumes, size, size, size)``, 1 inside and 0 outside; the
            axes are height (downwards), width and depth.
        attributes: int64 ``(num_volumes,)`` each: ``lobes`` and ``dents``, how many of
            them the formula has; they may overlap.

    Raises:
        ValueError: an argument is not such a number.
    """
    checks.whole_number("num_volumes", num_volumes, 1)
    checks.whole_number("size", size, 8, 64)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    lobes = rng.integers(LOBES[0], LOBES[1] + 1, num_volumes)
    dents = rng.integers(DENTS[0], DENTS[1] + 1, num_volumes)
    middles = (np.arange(size) + 0.5) * 2 / size - 1
    points = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1)
    distances = np.linalg.norm(points, axis=-1)
    directions = points / distances[..., None]
    pairs = zip(lobes, dents, strict=True)
    volumes = [_body(points, distances, directions, *pair, rng) for pair in pairs]
    return np.array(volumes, np.uint8), {"lobes": lobes, "dents": dents}


def _body(points, distances, directions, num_lobes, num_dents, rng):
    """What lies below the surface and outside of the hollow."""
    radius, num = rng.uniform(*RADII), num_lobes + num_dents
    aims = rng.normal(size=(num, 3))
    aims /= np.linalg.norm(aims, axis=1, keepdims=True)
    heights = np.append(rng.uniform(*RISES, num_lobes), -rng.uniform(*FALLS, num_dents))
    narrowness = rng.uniform(*NARROWNESS, num)
    bumps = heights * np.exp(narrowness * (directions @ aims.T - 1))
    surface = radius * np.maximum(1 + bumps.sum(axis=-1), SHALLOWEST)
    hollow = np.linalg.norm(points - rng.uniform(-0.1, 0.1, 3), axis=-1)
    is_outside = hollow > radius * rng.uniform(*HOLLOWS)
    return (distances < np.minimum(surface, LARGEST)) & is_outside


def measure(volumes: np.ndarray) -> dict[str, np.ndarray]:
    """Measures bodies by counting.

    Args:
        volumes: 0 and 1, ``(n, height, width, depth)``.

    Returns:
        int64 ``(n,)`` each: ``voxels``, how many are inside, and ``faces``, how many
        sides of voxels lie between inside and outside.

    Raises:
        ValueError: an array of another form, or with other numbers.
    """
    volumes = check_volumes(volumes)
    walled = np.pad(volumes, ((0, 0), (1, 1), (1, 1), (1, 1))).astype(bool)
    faces = sum(
        np.diff(walled, axis=axis).sum(axis=(1, 2, 3), dtype=np.int64)
        for axis in (1, 2, 3)
    )
    return {"voxels": volumes.sum(axis=(1, 2, 3), dtype=np.int64), "faces": faces}


def check_volumes(volumes) -> np.ndarray:
    """Volumes as uint8 ``(n, height, width, depth)``, of 0 and 1 only.

    Raises:
        ValueError: an array of another form, or with other numbers.
    """
    volumes = np.asarray(volumes)
    if volumes.ndim != 4 or not volumes.size:
        raise ValueError(
            f"The volumes have shape {volumes.shape}; expected (n, height, width, "
            "depth). A single one needs an axis before the others: volume[None]."
        )
    if not np.isin(volumes, (0, 1)).all():
        raise ValueError(
            "The volumes hold other numbers than 0 and 1: write volumes > 0 for those "
            "that a network made."
        )
    return volumes.astype(np.uint8)
