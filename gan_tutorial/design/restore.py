"""Damage that is known exactly, and the classical ways to undo it.

Pictures are uint8 `(n, height, width, channels)`. Masks are uint8 `(n, height, width,
1)`: 1 in the hole, where a pixel is unknown, and 0 where it is known. What fills a hole
does not read what is in it, and leaves the known pixels as they are.

Each function raises a `ValueError` for pictures that are not uint8, for masks of
another size or with other values, and for a hole that leaves nothing to fill it from.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from gan_tutorial import checks, data

METHODS = "nearest", "bilinear", "bicubic", "lanczos"
_ROWS = 500  # pictures handled at once; keeps the memory small


def hole_masks(num_masks, image_size=28, hole_size=10, seed=0) -> np.ndarray:
    """Masks with one square hole each, somewhere wholly inside the picture.

    Args:
        num_masks: how many.
        image_size: height and width of the pictures, in pixels.
        hole_size: height and width of the hole, in pixels.
        seed: from which the places follow.
    """
    checks.whole_number("num_masks", num_masks, 1)
    checks.whole_number("image_size", image_size, 1)
    checks.whole_number("hole_size", hole_size, 1, image_size)
    rng = np.random.default_rng(seed)
    starts = rng.integers(image_size - hole_size + 1, size=(num_masks, 2, 1))
    pixels = np.arange(image_size)
    inside = (pixels >= starts) & (pixels < starts + hole_size)
    return (inside[:, 0, :, None] & inside[:, 1, None, :])[..., None].astype(np.uint8)


def stripe_masks(num_masks, image_size=28, num_stripes=4, width=3, seed=0):
    """Masks as in `hole_masks`, but with stripes of missing rows.

    There are `num_stripes` in each, `width` rows wide, with a known row or more between
    any two.
    """
    checks.whole_number("num_masks", num_masks, 1)
    checks.whole_number("image_size", image_size, 2)
    checks.whole_number("width", width, 1, image_size - 1)
    most = (image_size + 1) // (width + 1)
    checks.whole_number("num_stripes", num_stripes, 1, most)
    rng = np.random.default_rng(seed)
    # Where a stripe may begin, if all stripes had a width of 0.
    num_free = image_size - num_stripes * width
    masks = np.zeros((num_masks, image_size, image_size, 1), np.uint8)
    for mask in masks:
        starts = np.sort(rng.choice(num_free + 1, num_stripes, replace=False))
        rows = (starts + width * np.arange(num_stripes))[:, None] + np.arange(width)
        mask[rows.ravel()] = 1
    return masks


def zero_fill(images, masks) -> np.ndarray:
    """The pictures with black holes: what no method may be worse than."""
    images, masks = _check(images, masks)
    return np.where(masks, np.uint8(0), images)


def fill_smoothly(images, masks, order: int = 2) -> np.ndarray:
    """Fills each hole with the smoothest surface that fits to what is known around it.

    Order 1 is harmonic: each unknown pixel is the mean of its four neighbours, so the
    Laplacian is 0. Order 2 is biharmonic: the Laplacian of the Laplacian is 0, so that
    slopes go on into the hole. Beyond the picture, its last pixels are repeated.

    The memory grows with the square of a hole's area: 50 x 50 pixels take 300 MB.

    Source: Damelin and Hoang, On Surface Completion and Image Inpainting by Biharmonic
    Functions: Numerical Aspects, International Journal of Mathematics and Mathematical
    Sciences (2018).
    """
    checks.whole_number("order", order, 1, 2)
    images, masks = _check(images, masks, needs_known=True)
    filled = images.copy()
    kinds, kind_of = np.unique(masks[..., 0], axis=0, return_inverse=True)
    for number, mask in enumerate(kinds):
        if not mask.any():
            continue
        # An equation reaches `order` pixels beyond the hole: the rest need not be read.
        sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
        part = tuple(slice(max(k[0] - order, 0), k[-1] + order + 1) for k in sides)
        hole = mask[part].astype(bool)
        columns = np.zeros((hole.sum(), *hole.shape))
        columns[np.arange(len(columns)), *np.nonzero(hole)] = 1
        for _ in range(order):
            columns = _laplacian(columns)
        columns = columns.reshape(len(columns), -1)
        rows = kind_of == number
        surfaces = np.moveaxis(images[rows][:, *part], 0, 2).astype(float)
        known = np.where(hole[..., None, None], 0, surfaces).reshape(hole.size, -1)
        found = np.linalg.solve(columns[:, hole.ravel()], -columns @ known)
        surfaces[hole] = found.reshape(len(columns), *surfaces.shape[2:])
        filled[rows, *part] = np.moveaxis(_to_uint8(surfaces), 2, 0)
    return filled


def _laplacian(fields):
    """Four times each pixel, less its four neighbours; `(n, height, width)`."""
    padded = np.pad(fields, ((0, 0), (1, 1), (1, 1)), mode="edge")
    beside = padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]
    return 4 * fields - beside - padded[:, :-2, 1:-1] - padded[:, 2:, 1:-1]


def blur(images, sigma: float) -> np.ndarray:
    """Blurs pictures with a Gaussian; beyond the edge, the last pixels are repeated.

    Its standard deviation is `sigma`, in pixels, 0.1 or more.
    """
    (images,) = _check(images)
    ways, weights = _gaussian(sigma)
    blurred = images.astype(float)
    for axis in (1, 2):
        around = [(0, 0)] * 4
        around[axis] = (ways[-1], ways[-1])
        padded = np.pad(blurred, around, mode="edge")
        blurred = sliding_window_view(padded, len(ways), axis) @ weights
    return _to_uint8(blurred)


def wiener(images, sigma: float, noise: float) -> np.ndarray:
    """Undoes a Gaussian blur frequency by frequency, where noise allows it.

    Blur multiplies each frequency by a factor `h`. Division by `h` would undo it, and
    make rounding and noise huge where `h` is small; so each is multiplied by `h / (h^2
    + noise)`. The pictures are mirrored at their borders first, because the Fourier
    transform takes them as periodic.

    Args:
        images: blurred ones, uint8 `(n, height, width, channels)`.
        sigma: the blur's standard deviation, in pixels.
        noise: power of the noise, as a share of the signal's, above 0. Choose it on
            pictures that are not tested.

    Source: Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time
    Series (1949).
    """
    (images,) = _check(images)
    checks.number("noise", noise, 1e-12)
    ways, weights = _gaussian(sigma)
    size = height, width = images.shape[1:3]
    # Cosines alone: the kernel is the same on both sides.
    factors = [
        np.cos(2 * np.pi * np.outer(np.fft.fftfreq(2 * side), ways)) @ weights
        for side in size
    ]
    h = factors[0][:, None, None] * factors[1][:, None]
    around = ((0, 0), (0, height), (0, width), (0, 0))
    sharp = np.empty_like(images)
    for start in range(0, len(images), _ROWS):
        part = images[start : start + _ROWS]
        means = part.mean(axis=(1, 2), keepdims=True)  # no blur changes them
        mirrored = np.pad(part - means, around, mode="symmetric")
        spectra = np.fft.fft2(mirrored, axes=(1, 2)) * h / (h**2 + noise)
        found = np.fft.ifft2(spectra, axes=(1, 2)).real[:, :height, :width]
        sharp[start : start + _ROWS] = _to_uint8(found + means)
    return sharp


def _gaussian(sigma):
    """Whole steps to both sides, and the weight of each; the weights add up to 1."""
    sigma = checks.number("sigma", sigma, 0.1)
    reach = int(np.ceil(4 * sigma))
    ways = np.arange(-reach, reach + 1)
    weights = np.exp(-((ways / sigma) ** 2) / 2)
    return ways, weights / weights.sum()


def shrink(images, factor: int = 4) -> np.ndarray:
    """Pictures with fewer pixels: each is the mean of a block, `factor` wide and high.

    The height and the width must be multiples of `factor`.
    """
    (images,) = _check(images)
    checks.whole_number("factor", factor, 1)
    n, height, width, channels = images.shape
    if height % factor or width % factor:
        raise ValueError(
            f"The pictures are {height} x {width} pixels; expected sides that are "
            f"multiples of the factor, {factor}. Crop them, or take another factor."
        )
    blocks = (n, height // factor, factor, width // factor, factor, channels)
    return _to_uint8(images.reshape(blocks).mean(axis=(2, 4)))


def enlarge(images, image_size: int, method: str = "bicubic") -> np.ndarray:
    """Pictures of `image_size` x `image_size` pixels, interpolated as Pillow does.

    The method is one of `METHODS`.
    """
    (images,) = _check(images)
    checks.whole_number("image_size", image_size, 1)
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {[*METHODS]}.")
    size, kind = (image_size, image_size), Image.Resampling[method.upper()]
    # Channel by channel, because Pillow takes a fourth one as transparency.
    channels = np.moveaxis(images, 3, 1).reshape(-1, *images.shape[1:3])
    large = [Image.fromarray(channel).resize(size, kind) for channel in channels]
    large = np.stack(large).reshape(len(images), -1, *size)
    return np.moveaxis(large, 1, 3)


def nearest(images, masks, catalogue, num_best: int = 1) -> np.ndarray:
    """Fills each hole from the pictures of a catalogue that fit best around it.

    The best have the least sum of squared differences over the known pixels; of equally
    near ones the first come first. The hole gets the mean of the `num_best` best. The
    catalogue is uint8 `(m, height, width, channels)`, such as all training pictures.
    """
    images, masks = _check(images, masks, needs_known=True)
    (catalogue,) = _check(catalogue)
    if catalogue.shape[1:] != images.shape[1:]:
        raise ValueError(
            f"The catalogue's pictures have shape {catalogue.shape[1:]} and the "
            f"damaged ones {images.shape[1:]}; expected the same."
        )
    checks.whole_number("num_best", num_best, 1, len(catalogue))
    # With 128 taken away, the sums for small pictures stay below 2^24: up to there
    # float32 is exact for whole numbers.
    goods = catalogue.reshape(len(catalogue), -1).astype(np.float32) - 128
    half_squares = (goods**2 / 2).T
    filled = images.copy()
    for start in range(0, len(images), _ROWS):
        part = images[start : start + _ROWS]
        known = np.broadcast_to(1 - masks[start : start + _ROWS], part.shape)
        known = known.reshape(len(part), -1).astype(np.float32)
        pictures = known * (part.reshape(len(part), -1).astype(np.float32) - 128)
        # Half the distance, less what is the same for the whole catalogue.
        far = known @ half_squares - pictures @ goods.T
        best = far.argsort(axis=1, kind="stable")[:, :num_best]
        pieces = _to_uint8(catalogue[best].mean(axis=1))
        hole = masks[start : start + _ROWS]
        filled[start : start + _ROWS] = np.where(hole, pieces, part)
    return filled


def _to_uint8(values):
    return np.rint(values).clip(0, 255).astype(np.uint8)


def _check(images, masks=None, needs_known=False):
    """The pictures, and the masks if some are given, as all functions take them."""
    images = data.check_pictures(images)
    if not images.size:
        raise ValueError(f"images have shape {images.shape}; expected at least one.")
    if masks is None:
        return (images,)
    masks, expected = np.asarray(masks), (*images.shape[:3], 1)
    if masks.shape != expected:
        raise ValueError(
            f"masks have shape {masks.shape}; expected {expected}: one for each "
            "picture, of its height and width."
        )
    if masks.dtype not in (np.uint8, bool) or masks.max() > 1:
        raise ValueError(
            f"masks are {masks.dtype} from {masks.min()} to {masks.max()}; expected "
            "uint8, 1 in the hole and 0 where a pixel is known."
        )
    is_full = masks.all(axis=(1, 2, 3))
    if needs_known and is_full.any():
        raise ValueError(
            f"The hole of picture {is_full.argmax()} covers everything, so nothing is "
            "known to fill it from. Leave some pixels of it."
        )
    return images, masks.astype(np.uint8)
