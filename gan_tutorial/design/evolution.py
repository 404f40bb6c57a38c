"""Genes of products, and how they are bred: interactive evolution.

Candidates are bred like plants: someone chooses some, their genes are mixed, and chance
changes a little. Genes are what a generator draws from, as a dictionary of arrays:
"latents", float32 `(n, latent_dim)`; "style", the number of the class, `(n,)`; and each
attribute by its name, in natural units, `(n,)`.

Source: Takagi, Interactive Evolutionary Computation, Proceedings of the IEEE 89 (2001).
"""

import math

import numpy as np

_STEP = 0.3  # standard deviation of an attribute's mutation, in widths of its range


def take(arrays: dict[str, np.ndarray], rows) -> dict[str, np.ndarray]:
    """Some rows of each array."""
    return {name: values[rows] for name, values in arrays.items()}


def stack(rows: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The genes of single products as arrays with a row for each."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def draw_genes(
    num_candidates: int,
    latent_dim: int,
    ranges: dict[str, tuple[float, float]],
    num_styles: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Genes of a first generation: normal latents, all else evenly drawn."""
    shape = num_candidates, latent_dim
    genes = {"latents": rng.standard_normal(shape, dtype=np.float32)}
    genes["style"] = rng.integers(0, num_styles, num_candidates)
    return genes | {n: rng.uniform(*r, num_candidates) for n, r in ranges.items()}


def make_children(
    parents: dict[str, np.ndarray],
    num_children: int,
    mutation: float,
    ranges: dict[str, tuple[float, float]],
    num_styles: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Genes of children, each of two parents drawn at random, maybe the same twice.

    Latents take each number from one parent or the other, and then become
    `sqrt(1 - m**2) * z + m * noise` with the mutation m. Both steps keep the numbers
    normal with a variance of 1, as the generator knows them; a mean would not. An
    attribute lies between those of the parents; then m moves it, and the ends of its
    range reflect it. The style is that of a parent or, with a chance of m / 2, another.

    Args:
        parents: genes of one or more.
        num_children: how many.
        mutation: from 0 (all comes from the parents) to 1 (latents are new).
        ranges: lowest and highest value of each attribute.
        num_styles: how many styles there are.
        rng: where chance comes from.
    """
    num_parents = len(parents["style"])
    mother, father = (
        take(parents, rng.integers(0, num_parents, num_children)) for _ in range(2)
    )
    shape = mother["latents"].shape
    latents = np.where(rng.random(shape) < 0.5, mother["latents"], father["latents"])
    noise = rng.standard_normal(shape)
    latents = math.sqrt(1 - mutation**2) * latents + mutation * noise

    is_mothers = rng.random(num_children) < 0.5
    style = np.where(is_mothers, mother["style"], father["style"])
    others = (style + rng.integers(1, max(num_styles, 2), num_children)) % num_styles
    style = np.where(rng.random(num_children) < mutation / 2, others, style)

    children = {"latents": latents.astype(np.float32), "style": style}
    for name, (low, high) in ranges.items():
        way = father[name] - mother[name]
        between = mother[name] + rng.random(num_children) * way
        moved = (between - low) / (high - low)  # 0 at the lower end, 1 at the higher
        moved += mutation * _STEP * rng.standard_normal(num_children)
        children[name] = low + (high - low) * (1 - np.abs(1 - moved % 2))
    return children
