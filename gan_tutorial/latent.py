"""Points in latent space, and paths between them. Plain NumPy."""

import numpy as np


def sample_latents(num_images: int, latent_dim: int, seed=None) -> np.ndarray:
    """Draws latents from a standard normal distribution.

    Args:
        num_images: how many.
        latent_dim: numbers in one latent.
        seed: whole number, or None for different latents on every call. With one
            seed, fewer latents are the first of more.

    Returns:
        float32 `(num_images, latent_dim)`.
    """
    rng = np.random.default_rng(seed)
    return rng.standard_normal((num_images, latent_dim), dtype=np.float32)


def lerp(start, end, fraction):
    """Point at `fraction` (0 to 1) of the straight line from `start` to `end`."""
    return start + fraction * (end - start)


def slerp(start, end, fraction):
    """Point at `fraction` (0 to 1) of the arc from `start` to `end`.

    Normal latents lie near a sphere of radius `sqrt(latent_dim)`. A straight line
    cuts through the inside, where the generator has seen few latents; an arc keeps
    the length between those of its ends. Falls back to `lerp` where the two point
    the same way or opposite ways, since the arc is then not defined.

    Args:
        start: `(latent_dim,)` or `(num_images, latent_dim)`, not zero.
        end: of the same shape.
        fraction: a number from 0 to 1.

    Source: Shoemake, Animating Rotation with Quaternion Curves, SIGGRAPH 1985.
    """
    start, end = np.asarray(start), np.asarray(end)
    lengths = np.linalg.norm(start, axis=-1) * np.linalg.norm(end, axis=-1)
    cosine = np.clip(np.sum(start * end, axis=-1) / lengths, -1.0, 1.0)
    angle = np.arccos(cosine)[..., np.newaxis]
    straight = np.sin(angle) < 1e-4
    sine = np.where(straight, 1.0, np.sin(angle))
    arc = (
        np.sin((1 - fraction) * angle) * start + np.sin(fraction * angle) * end
    ) / sine
    return np.where(straight, lerp(start, end, fraction), arc).astype(start.dtype)


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
    if num_steps < 2:
        raise ValueError(f"num_steps is {num_steps}; a path has at least its 2 ends.")
    return np.stack([path(start, end, t) for t in np.linspace(0, 1, num_steps)])
