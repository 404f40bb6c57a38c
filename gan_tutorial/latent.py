"""Points in latent space, and paths between them. Plain NumPy."""

import numpy as np

from gan_tutorial import checks


def sample_latents(num_images: int, latent_dim, seed=None) -> np.ndarray:
    """Draws latents from a standard normal distribution.

    Args:
        num_images: how many.
        latent_dim: numbers in one latent, or the shape of a map of them, such as
            `(height, width, channels)`.
        seed: whole number, a list of them, or None for different latents on every
            call. With one seed, fewer latents are the first of more.

    Returns:
        float32 `(num_images, latent_dim)`, or `(num_images, height, width, channels)`.
    """
    num_images = checks.whole_number("num_images", num_images, 1)
    sides = latent_dim if isinstance(latent_dim, (list, tuple)) else [latent_dim]
    sides = [checks.whole_number("latent_dim", side, 1) for side in sides]
    for part in seed if isinstance(seed, (list, tuple)) else [seed]:
        if part is not None:
            checks.whole_number("seed", part, 0)
    rng = np.random.default_rng(seed)
    return rng.standard_normal((num_images, *sides), dtype=np.float32)


def lerp(start, end, fraction):
    """Point at `fraction` (0 to 1) of the straight line from `start` to `end`."""
    return start + fraction * (end - start)


def slerp(start, end, fraction):
    """Point at `fraction` (0 to 1) of the arc from `start` to `end`.

    Normal latents lie near a sphere of radius `sqrt(latent_dim)`. A straight line cuts
    through the inside, where the generator has seen few latents. Here the direction
    turns evenly, and the length goes evenly from that of `start` to that of `end`.
    Where both point the same way or opposite ways, no arc is defined: then `lerp`.

    Args:
        start: `(latent_dim,)` or `(num_images, latent_dim)`, not zero.
        end: of the same shape.
        fraction: a number from 0 to 1.
    """
    start, end = np.asarray(start, np.float32), np.asarray(end, np.float32)
    lengths = [np.linalg.norm(x, axis=-1, keepdims=True) for x in (start, end)]
    first, last = start / lengths[0], end / lengths[1]
    angle = np.arccos(np.clip(np.sum(first * last, axis=-1, keepdims=True), -1, 1))
    straight = np.sin(angle) < 1e-3
    arc = np.sin((1 - fraction) * angle) * first + np.sin(fraction * angle) * last
    arc *= lerp(*lengths, fraction) / np.where(straight, 1, np.sin(angle))
    return np.where(straight, lerp(start, end, fraction), arc)


def interpolate(start, end, num_steps: int, path=slerp) -> np.ndarray:
    """Latents from `start` to `end`, both included, in equal steps along `path`.

    Args:
        start: `(latent_dim,)`.
        end: `(latent_dim,)`.
        num_steps: number of latents, at least 2.
        path: `slerp` or `lerp`.

    Returns:
        `(num_steps, latent_dim)`.
    """
    num_steps = checks.whole_number("num_steps", num_steps, 2)
    return np.stack([path(start, end, t) for t in np.linspace(0, 1, num_steps)])


def truncate(latents: np.ndarray, psi: float) -> np.ndarray:
    """Pulls latents towards 0, the middle of what the generator has seen.

    Less variety, and pictures that are more typical.

    Args:
        latents: of any shape.
        psi: the share of its length that a latent keeps, from 0 (all alike) to 1
            (unchanged).

    Raises:
        ValueError: a psi that is not from 0 to 1.

    Source: Karras, Laine and Aila, arXiv 1812.04948, where psi pulls an inner layer
    towards its mean. Brock, Donahue and Simonyan, arXiv 1809.11096, truncate the
    latents themselves, by drawing those anew that are far out.
    """
    psi = checks.number("psi", psi, 0, 1)
    return psi * np.asarray(latents, np.float32)


def draw(shape, seed_generator):
    """Latents for one training step, on the device that runs it.

    Args:
        shape: `(num_images, latent_dim)`, or with all sides of a map; may hold tensors.
        seed_generator: a `keras.random.SeedGenerator`; each call moves it on. All
            devices that train together have the same one: each draws the latents of
            the whole batch, and takes those of its own rows.

    Returns:
        float32 tensor.
    """
    import tensorflow as tf  # here, so that the rest of this module is plain NumPy

    from gan_tutorial import distribution

    seed = tf.cast(seed_generator.next(), tf.int32)
    start, num_all = distribution.place_in_batch(shape[0])
    latents = tf.random.stateless_normal((num_all, *shape[1:]), seed=seed)
    return latents if num_all is shape[0] else latents[start : start + shape[0]]
