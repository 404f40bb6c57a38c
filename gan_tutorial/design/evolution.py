"""Interactive evolution of products: genes, generations, and the states of a session.

Candidates are bred like plants: someone chooses some, their genes are mixed, and chance
changes a little. Genes are what a generator draws from, as a dictionary of arrays:
"latents", float32 `(n, latent_dim)`; "style", the number of the class, `(n,)`; and each
attribute by its name, in natural units, `(n,)`.

Source: Takagi, Interactive Evolutionary Computation, Proceedings of the IEEE 89 (2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from gan_tutorial import checks

_STEP = 0.3  # standard deviation of an attribute's mutation, in widths of its range


class Declined(Exception):
    """An action that makes no sense now. Its message says what to do."""


def take(arrays: dict[str, np.ndarray], rows) -> dict[str, np.ndarray]:
    """Some rows of each array."""
    return {name: values[rows] for name, values in arrays.items()}


def join(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The rows of several such dictionaries, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def draw_genes(
    num_candidates: int,
    latent_dim: int,
    ranges: dict[str, tuple[float, float]],
    num_styles: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Genes of a first generation: normal latents, all else evenly drawn."""
    rng = np.random.default_rng(seed)
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
class Generation:
    """Candidates that are shown together. They have numbers, from 1.

    Attributes:
        genes: from which they were drawn.
        images: uint8 `(n, height, width, channels)`.
        measured: quantities by name, `(n,)` each.
        scores: `(n,)`, higher is better.
        checks: by constraint of the brief, whether it is met, `(n,)`.
        parent: number of the generation that it was bred from; None for the first.
        marks: "kept" or "discarded", by the number of the candidate.
    """

    genes: dict[str, np.ndarray]
    images: np.ndarray
    measured: dict[str, np.ndarray]
    scores: np.ndarray
    checks: dict[str, np.ndarray]
    parent: int | None = None
    marks: dict[int, str] = field(default_factory=dict)

    @property
    def passes(self) -> np.ndarray:
        """Whether a candidate meets the whole brief, `(n,)`."""
        return np.all(list(self.checks.values()), axis=0)

    def rows(self, mark: str) -> np.ndarray:
        """Where the candidates with a mark stand in the arrays."""
        return np.array(sorted(n for n in self.marks if self.marks[n] == mark), int) - 1

    def describe(self, number: int) -> tuple[str, str, str]:
        """A candidate's mark and score, and how it does by the brief."""
        score = self.scores[number - 1]
        failed = [name for name, met in self.checks.items() if not met[number - 1]]
        return (
            self.marks.get(number, ""),
            f"score {score:.3g}" if np.isfinite(score) else "no score",
            f"fails: {', '.join(failed)}" if failed else "meets the brief",
        )


@dataclass(frozen=True, eq=False)
class State:
    """All that a session has come to. An action makes a new one of it.

    Attributes:
        generations: all of them, numbered from 1.
        number: of the generation that is shown.
        locks: the value of each gene that is locked, by name.
    """

    generations: tuple[Generation, ...]
    number: int = 1
    locks: dict[str, float] = field(default_factory=dict)

    @property
    def shown(self) -> Generation:
        """The generation that is shown."""
        return self.generations[self.number - 1]

    def mark(self, number: int, mark: str) -> State:
        """Marks a candidate as "kept" or "discarded", or takes that mark away."""
        checks.whole_number("The candidate", number, 1, len(self.shown.images))
        marks = dict(self.shown.marks)
        if marks.pop(number, None) != mark:
            marks[number] = mark
        generations = list(self.generations)
        generations[self.number - 1] = replace(self.shown, marks=marks)
        return replace(self, generations=tuple(generations))

    def lock(self, name: str) -> State:
        """Locks a gene to its value in the first kept candidate, or unlocks it."""
        names = [gene for gene in self.shown.genes if gene != "latents"]
        if name not in names:
            raise ValueError(f"There is no gene {name!r} to lock; expected {names}.")
        locks, kept = dict(self.locks), self.shown.rows("kept")
        if name in locks:
            del locks[name]
        elif len(kept):
            locks[name] = self.shown.genes[name][kept[0]].item()
        else:
            raise Declined("Keep a candidate first: a lock takes its value.")
        return replace(self, locks=locks)

    def go_to(self, generation: int) -> State:
        """Shows another generation, with its marks."""
        checks.whole_number("The generation", generation, 1, len(self.generations))
        is_shown = generation == self.number
        return self if is_shown else replace(self, number=generation)

    def add(self, generation: Generation) -> State:
        """Shows a new generation, which comes after all others."""
        generations = *self.generations, generation
        return replace(self, generations=generations, number=len(generations))


def next_genes(
    state: State,
    mutation: float,
    ranges: dict[str, tuple[float, float]],
    num_styles: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Genes of the next generation: those of the kept, then children that obey locks.

    Chance follows from the seed and from how many generations there are.

    Raises:
        Declined: all candidates are discarded, or all are kept.
    """
    shown, num_candidates = state.shown, len(state.shown.images)
    kept, discarded = shown.rows("kept"), shown.rows("discarded")
    if num_candidates in (len(kept), len(discarded)):
        raise Declined(
            "All are kept, or all are discarded. Take the mark off some: children need "
            "parents, and room."
        )
    rest = np.delete(np.arange(num_candidates), discarded)
    children = make_children(
        take(shown.genes, kept if len(kept) else rest),
        num_candidates - len(kept),
        mutation,
        ranges,
        num_styles,
        np.random.default_rng([seed, len(state.generations)]),
    )
    for name, value in state.locks.items():
        children[name][:] = value
    return join([take(shown.genes, kept), children])
