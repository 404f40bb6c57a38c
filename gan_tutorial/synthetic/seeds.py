"""Random numbers for draws that other draws call as well, with their own generator."""

import numpy as np


def make_rng(seed) -> np.random.Generator:
    """The generator that NumPy makes of a seed.

    Args:
        seed: a whole number, 0 or more; a list of them; or a NumPy generator, which
            goes on where it is.

    Raises:
        ValueError: NumPy does not take it.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError):
        raise ValueError(
            f"seed is {seed!r}; expected a whole number, 0 or more, a list of them, or "
            "a NumPy generator."
        ) from None
