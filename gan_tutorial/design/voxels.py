"""Bodies of voxels from three X-ray pictures: two classical ways, and a network.

Volumes are those of `synthetic.volumes`: 0 and 1, `(n, height, width, depth)`, as long
as wide and high. Their X-ray pictures are uint8 `(n, size, size, 3)`; the three
channels are the views from the front, the side and above, and a pixel is the brighter
the more of the body lies on its line of sight: 255 where that is inside all the way.
"""

import keras
import numpy as np
from keras import Input, Model, layers

from gan_tutorial import checks
from gan_tutorial.synthetic.volumes import check_volumes


def x_ray(volumes, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """X-ray pictures of volumes.

    Args:
        volumes: of equal sides.
        noise: standard deviation of the error of each pixel, in voxels. Where a line of
            sight meets the body, the pixel stays above 0, else it is 0: the outline is
            exact.
        seed: from which the errors follow.

    Raises:
        ValueError: no such volumes, or a negative noise.
    """
    volumes = check_volumes(volumes)
    size = volumes.shape[1]
    if volumes.shape[1:] != (size, size, size):
        raise ValueError(
            f"The volumes have sides of {volumes.shape[1:]} voxels; expected equal "
            "sides, because the three pictures are kept as one."
        )
    rng = np.random.default_rng(seed)
    counts = np.stack([volumes.sum(axis, dtype=float) for axis in (3, 2, 1)], axis=-1)
    errors = rng.normal(0, checks.number("noise", noise, 0), counts.shape)
    counts = np.where(counts > 0, np.clip(counts + errors, 1, size), 0)
    return np.rint(counts * 255 / size).astype(np.uint8)


def _check_pictures(pictures):
    pictures = np.asarray(pictures)
    size = pictures.shape[1] if pictures.ndim == 4 else 0
    if pictures.shape[1:] != (size, size, 3) or not pictures.size:
        raise ValueError(
            f"The pictures have shape {pictures.shape}; expected (n, size, size, 3), "
            "one channel for each view, as x_ray makes them."
        )
    if pictures.dtype != np.uint8:
        raise ValueError(f"The pictures are of type {pictures.dtype}; expected uint8.")
    return pictures


def spread(pictures):
    """Lays each picture through the cube, along its own line of sight.

    Args:
        pictures: an array or tensor `(n, size, size, 3)`.

    Returns:
        A tensor `(n, size, size, size, 3)`.
    """
    views = (pictures[..., k] for k in range(3))
    pairs = zip(views, (3, 2, 1), strict=True)
    laid = [
        keras.ops.repeat(keras.ops.expand_dims(view, axis), pictures.shape[1], axis)
        for view, axis in pairs
    ]
    return keras.ops.stack(laid, axis=-1)


def hull(pictures) -> np.ndarray:
    """The visual hull: the largest body that has these three outlines.

    Args:
        pictures: X-ray pictures.

    Returns:
        uint8 volumes.

    Source: Laurentini, The Visual Hull Concept for Silhouette-Based Image
    Understanding, IEEE PAMI 16 (1994), doi 10.1109/34.273735.
    """
    laid = np.asarray(spread(_check_pictures(pictures) > 0))
    return laid.all(axis=-1).astype(np.uint8)


def reconstruct(pictures, rounds: int = 10, smoothing: float = 0.5) -> np.ndarray:
    """The classical way: a hull that is weakened until it throws these pictures.

    In turn for each view, all voxels on a line of sight are multiplied so that their
    sum is what the picture says; then each is mixed with the mean of its neighbours,
    which is against noise.

    Args:
        pictures: X-ray pictures.
        rounds: how often.
        smoothing: share of the neighbours, 0 to 1; without noise, 0 is best.

    Returns:
        uint8 volumes, each with as many voxels as its pictures add up to.

    Source: the multiplicative rule of Gordon, Bender and Herman, Journal of Theoretical
    Biology 29 (1970), doi 10.1016/0022-5193(70)90109-8, known as MART; the smoothing is
    ours.
    """
    pictures = _check_pictures(pictures)
    rounds = checks.whole_number("rounds", rounds, 1)
    smoothing = checks.number("smoothing", smoothing, 0, 1)
    inside = hull(pictures)
    wanted = pictures * (pictures.shape[1] / 255)
    found = 0.5 * inside
    for _ in range(rounds):
        for view, axis in enumerate((3, 2, 1)):
            sums = found.sum(axis)
            factors = wanted[..., view] / np.where(sums > 0, sums, 1)
            found = np.minimum(found * np.expand_dims(factors, axis), 1)
        found = inside * ((1 - smoothing) * found + smoothing * smooth(found))
    # The sum of an X-ray is the volume: so many voxels, the fullest first.
    numbers = np.rint(wanted.sum(axis=(1, 2)).mean(axis=1)).astype(int)
    flat = found.reshape(len(found), -1)
    ranks = (-flat).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return inside * (ranks < numbers[:, None]).reshape(found.shape).astype(np.uint8)


def smooth(volumes) -> np.ndarray:
    """Each voxel as the mean of the 3 x 3 x 3 around it; beyond the cube all is 0."""
    volumes = np.asarray(volumes, float)
    for axis in (1, 2, 3):
        around = [(1, 1) if k == axis else (0, 0) for k in range(4)]
        walled = np.moveaxis(np.pad(volumes, around), axis, 0)
        volumes = np.moveaxis((walled[:-2] + walled[1:-1] + walled[2:]) / 3, 0, axis)
    return volumes


def look_up(pictures, known_pictures, known_volumes) -> np.ndarray:
    """For each picture, the known volume whose pictures are nearest."""
    known, asked = _check_pictures(known_pictures), _check_pictures(pictures)
    if known.shape[1:] != asked.shape[1:] or len(known) != len(known_volumes):
        raise ValueError(
            f"{len(known_volumes)} known volumes, known pictures {known.shape}, "
            f"pictures {asked.shape}; expected one size, and a volume for each known "
            "picture."
        )
    known, asked = (some.reshape(len(some), -1) / 255 for some in (known, asked))
    squares = (known**2).sum(axis=1) - 2 * asked @ known.T
    return check_volumes(known_volumes)[squares.argmin(axis=1)]


def dice(real, made) -> np.ndarray:
    """How much two bodies share: twice the common voxels by the sum of both.

    Args:
        real: volumes.
        made: as many, of the same size.

    Returns:
        float `(n,)`, 0 where they share nothing to 1 where they are equal. Two empty
        volumes are equal.

    Raises:
        ValueError: no volumes, or other shapes.

    Source: Dice, Ecology 26 (1945), doi 10.2307/1932409.
    """
    real, made = check_volumes(real), check_volumes(made)
    if real.shape != made.shape:
        shapes = f"{real.shape} and {made.shape}"
        raise ValueError(f"The volumes have shapes {shapes}; expected equal ones.")
    axes = (1, 2, 3)
    common = (real & made).sum(axes)
    both = real.sum(axes, dtype=int) + made.sum(axes, dtype=int)
    return np.where(both > 0, 2 * common / np.maximum(both, 1), 1.0)


def build_sculptor(size: int, filters: int = 8) -> Model:
    """A U-Net in three dimensions, from X-ray pictures to volumes.

    Each picture is laid through the cube; two halvings see it whole, and what was seen
    at each size joins on the way back. Outside the hull all stays empty.

    Args:
        size: voxels along each side, a multiple of 4.
        filters: channels at full size; each halving doubles them.

    Returns:
        Model from `source` `(n, size, size, 3)` in [-1, 1] to `(n, size, size, size)`
        in [-1, 1], above 0 inside: depth stands where pictures have their channels.

    Source: Çiçek, Abdulkadir, Lienkamp, Brox and Ronneberger, arXiv 1606.06650.
    """
    if checks.whole_number("size", size, 8) % 4:
        raise ValueError(f"size is {size}; expected a multiple of 4.")
    source = Input((size, size, 3), name="source")
    laid = spread(source)
    full = _convolve(laid, filters)
    half = _convolve(full, 2 * filters, strides=2)
    x = _convolve(_convolve(half, 4 * filters, strides=2), 4 * filters)
    for seen in (half, full):
        x = layers.Concatenate()([layers.UpSampling3D()(x), seen])
        x = _convolve(x, filters)
    x = layers.Conv3D(1, 3, padding="same", activation="tanh")(x)[..., 0]
    inside = keras.ops.cast(keras.ops.all(laid > -1, axis=-1), "float32")
    return Model(source, inside * (x + 1) - 1, name="generator")


def _convolve(x, num_filters, strides=1):
    x = layers.Conv3D(num_filters, 3, strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.GroupNormalization(groups=-1)(x))
