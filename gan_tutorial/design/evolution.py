"""Interactive evolution of products: their genes, and the states of a session.

Candidates are bred like plants: someone chooses some, their genes are mixed, and chance
changes a little. Genes are what a generator draws from, as a dictionary of arrays:
"latents", float32 `(n, latent_dim)`; "style", the number of the class, `(n,)`; and each
attribute by its name, in natural units, `(n,)`.

Source: Takagi, Interactive Evolutionary Computation, Proceedings of the IEEE 89 (2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gan_tutorial.design import curves
from gan_tutorial.design.curves import Outline

NUM_WIDTHS = 8  # of a drawing

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


@dataclass(frozen=True, eq=False)
class Design:
    """One product: what was asked, by whom, and what came of it.

    Attributes:
        genes: "latents", `(latent_dim,)`; "style", its number; each measure by name.
        yours: names of the genes that the designer decided.
        origin: how it came about, in words.
        outline: what the generator made of the genes.
        measured: quantities by name, read off the outline.
        fails: what the brief asks for and this does not meet; None without a brief.
    """

    genes: dict
    yours: frozenset[str]
    origin: str
    outline: Outline
    measured: dict[str, float]
    fails: tuple[str, ...] | None

    @property
    def verdict(self) -> str:
        """How it does by the brief, in words; "" without one."""
        if self.fails is None:
            return ""
        return f"fails: {', '.join(self.fails)}" if self.fails else "meets the brief"

    def decided(self, name: str) -> str:
        """Who decided a gene, in words."""
        return "yours" if name in self.yours else "the model's"


@dataclass(frozen=True, eq=False)
class Generation:
    """Designs that are shown together. They have numbers, from 1.

    Attributes:
        designs: all of them.
        parent: number of the generation that it was bred from; None for the first.
        marks: "kept" or "discarded", by the number of the design.
    """

    designs: tuple[Design, ...]
    parent: int | None = None
    marks: dict[int, str] = field(default_factory=dict)

    def mark(self, number: int) -> str:
        """Of a design; "" where it has none."""
        return self.marks.get(number, "")

    def find(self, mark: str) -> list[Design]:
        """The designs with a mark; "" finds those without one."""
        return [d for n, d in enumerate(self.designs, 1) if self.mark(n) == mark]


@dataclass(frozen=True, eq=False)
class State:
    """All that a session has come to. An action makes a new one of it.

    Attributes:
        design: the one that is open.
        generations: all of them, numbered from 1.
        drawing: widths in mm that the designer drew, evenly spaced from foot to lip.
        glaze: of all pictures, a name of `shading.GLAZES`.
        number: of the generation that is shown.
        compared: designs that were put side by side, by their place, "A" or "B".
        num_draws: how often chance was asked.
    """

    design: Design
    generations: tuple[Generation, ...]
    drawing: tuple[float, ...]
    glaze: str
    number: int = 1
    compared: dict[str, Design] = field(default_factory=dict)
    num_draws: int = 1

    @property
    def shown(self) -> Generation:
        """The generation that is shown."""
        return self.generations[self.number - 1]

    @property
    def drawn(self) -> Outline:
        """The drawing as an outline, as high as the design that is open."""
        matrix = curves.basis(np.linspace(0, 1, NUM_WIDTHS), NUM_WIDTHS)
        radii = np.linalg.solve(matrix, np.array(self.drawing) / 2)
        heights = self.design.measured["height"] * curves.greville(NUM_WIDTHS)
        return Outline(np.stack([radii, heights], axis=1))


def measure_widths(outline: Outline) -> tuple[float, ...]:
    """Widths in whole mm, as a drawing has them: evenly spaced, from foot to lip."""
    return tuple(np.round(2 * outline.profile(NUM_WIDTHS)[1]).tolist())
