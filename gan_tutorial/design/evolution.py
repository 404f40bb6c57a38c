"""Interactive evolution of products: genes, generations, and the states of a session.

Candidates are bred like plants: someone chooses some, their genes are mixed, and chance
changes a little. Genes are what a generator draws from, as a dictionary of arrays:
"latents", float32 `(n, latent_dim)`; "label", the number of the class, `(n,)`; and each
attribute by its name, in natural units, `(n,)`.

Source: Takagi, Interactive Evolutionary Computation, Proceedings of the IEEE 89 (2001).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from keras import Model, layers

from gan_tutorial import border, checks, data, gan
from gan_tutorial.design.briefs import Brief

_STEP = 0.3  # standard deviation of an attribute's mutation, in widths of its range


class Declined(Exception):
    """An action that makes no sense now. Its message says what to do."""


def take(arrays: dict[str, np.ndarray], rows) -> dict[str, np.ndarray]:
    """Some rows of each array."""
    return {name: values[rows] for name, values in arrays.items()}


def draw_genes(
    num_candidates: int,
    latent_dim: int,
    ranges: dict[str, tuple[float, float]],
    num_classes: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Genes of a first generation: normal latents, all else evenly drawn."""
    rng = np.random.default_rng(seed)
    shape = num_candidates, latent_dim
    genes = {"latents": rng.standard_normal(shape, dtype=np.float32)}
    genes["label"] = rng.integers(0, num_classes, num_candidates)
    return genes | {n: rng.uniform(*r, num_candidates) for n, r in ranges.items()}


def name_conditions(
    genes: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """What a generator takes beside latents, by name: labels and scaled attributes."""
    attributes = data.scale_attributes(genes, ranges)
    return {"labels": genes["label"], "attributes": attributes}


def make_children(
    parents: dict[str, np.ndarray],
    num_children: int,
    mutation: float,
    ranges: dict[str, tuple[float, float]],
    num_classes: int,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Genes of children, each of two parents drawn at random, maybe the same twice.

    Latents take each number from one parent or the other, and then become
    `sqrt(1 - m**2) * z + m * noise` with the mutation m. Both steps keep the numbers
    normal with a variance of 1, as the generator knows them; a mean would not. An
    attribute lies between those of the parents; then m moves it, and the ends of its
    range reflect it. The label is that of a parent or, with a chance of m / 2, another.

    Args:
        parents: genes of one or more.
        num_children: how many.
        mutation: from 0 (all comes from the parents) to 1 (latents are new).
        ranges: lowest and highest value of each attribute.
        num_classes: how many classes there are.
        rng: where chance comes from.
    """
    num_parents = len(parents["label"])
    mother, father = (
        take(parents, rng.integers(0, num_parents, num_children)) for _ in range(2)
    )
    shape = mother["latents"].shape
    latents = np.where(rng.random(shape) < 0.5, mother["latents"], father["latents"])
    noise = rng.standard_normal(shape)
    latents = math.sqrt(1 - mutation**2) * latents + mutation * noise

    is_mothers = rng.random(num_children) < 0.5
    label = np.where(is_mothers, mother["label"], father["label"])
    others = (label + rng.integers(1, max(num_classes, 2), num_children)) % num_classes
    label = np.where(rng.random(num_children) < mutation / 2, others, label)

    children = {"latents": latents.astype(np.float32), "label": label}
    for name, (low, high) in ranges.items():
        between = mother[name] + rng.random(num_children) * (
            father[name] - mother[name]
        )
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
        kept, discarded: numbers of the marked candidates.
    """

    genes: dict[str, np.ndarray]
    images: np.ndarray
    measured: dict[str, np.ndarray]
    scores: np.ndarray
    checks: dict[str, np.ndarray]
    parent: int | None = None
    kept: frozenset[int] = frozenset()
    discarded: frozenset[int] = frozenset()

    @property
    def passes(self) -> np.ndarray:
        """Whether a candidate meets the whole brief, `(n,)`."""
        return np.all(list(self.checks.values()), axis=0)

    @property
    def kept_rows(self) -> np.ndarray:
        """Where the kept candidates stand in the arrays."""
        return np.array(sorted(self.kept), int) - 1

    @property
    def parent_rows(self) -> np.ndarray:
        """Those to breed from: the kept; if none, all that are not discarded."""
        everyone = frozenset(range(1, len(self.images) + 1))
        return np.array(sorted(self.kept or everyone - self.discarded), int) - 1

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of each kept candidate with each discarded one, `(num_pairs,)` each."""
        discarded = np.array(sorted(self.discarded), int) - 1
        kept = np.repeat(self.kept_rows, len(discarded))
        return kept, np.tile(discarded, len(self.kept))

    def describe(self, number: int) -> tuple[str, str, str]:
        """A candidate's mark and score, and how it does by the brief."""
        kept, discarded = number in self.kept, number in self.discarded
        score = self.scores[number - 1]
        failed = [name for name, met in self.checks.items() if not met[number - 1]]
        return (
            "kept" if kept else "discarded" if discarded else "",
            f"score {score:.3g}" if np.isfinite(score) else "no score",
            f"fails: {', '.join(failed)}" if failed else "meets the brief",
        )


def draw_generation(
    genes: dict[str, np.ndarray],
    generator: Model,
    measure: Callable[[np.ndarray], dict[str, np.ndarray]],
    score: Callable[[dict[str, np.ndarray]], np.ndarray],
    brief: Brief,
    ranges: dict[str, tuple[float, float]],
) -> Generation:
    """Draws candidates, measures them, and holds them against the brief.

    They are drawn one by one, so that each is, bit for bit, what `export.draw` draws:
    in a batch, sums may be taken in another order.

    Raises:
        ValueError: measures or scores that are not `(n,)`, no measured height, or a
            brief that asks for what is not measured.
    """
    given = {"latents": genes["latents"]} | name_conditions(genes, ranges)
    inputs = border.name_inputs(generator, "latents")
    drawn = [
        gan.call(generator, inputs, take(given, [row]))
        for row in range(len(genes["label"]))
    ]
    images = data.to_display_range(np.concatenate(drawn))
    measured = {name: np.asarray(values) for name, values in measure(images).items()}
    for name, values in measured.items():
        _check_shape(f"measure gives {name}", values, images)
    if "height" not in measured:
        raise ValueError(
            f"measure gives {list(measured)}; expected 'height' among them, in "
            "fractions of the image side, because export needs it."
        )
    scores = np.asarray(score(measured))
    _check_shape("score gives numbers", scores, images)
    return Generation(genes, images, measured, scores, brief.check(measured))


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

    def keep(self, number: int) -> State:
        """Marks a candidate as kept, or takes that mark away."""
        self._check_candidate(number)
        kept, discarded = self.shown.kept, self.shown.discarded
        return self._mark(kept ^ {number}, discarded - {number})

    def discard(self, number: int) -> State:
        """Marks a candidate as discarded, or takes that mark away."""
        self._check_candidate(number)
        kept, discarded = self.shown.kept, self.shown.discarded
        return self._mark(kept - {number}, discarded ^ {number})

    def lock(self, name: str) -> State:
        """Locks a gene to its value in the first kept candidate, or unlocks it."""
        names = [gene for gene in self.shown.genes if gene != "latents"]
        if name not in names:
            raise ValueError(f"There is no gene {name!r} to lock; expected {names}.")
        locks, kept = dict(self.locks), self.shown.kept_rows
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

    def _mark(self, kept, discarded):
        generations = list(self.generations)
        generations[self.number - 1] = replace(
            self.shown, kept=kept, discarded=discarded
        )
        return replace(self, generations=tuple(generations))

    def _check_candidate(self, number):
        checks.whole_number("The candidate", number, 1, len(self.shown.images))


def next_genes(
    state: State,
    mutation: float,
    ranges: dict[str, tuple[float, float]],
    num_classes: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Genes of the next generation: those of the kept, then children that obey locks.

    Chance follows from the seed and from how many generations there are.

    Raises:
        Declined: all candidates are discarded, or all are kept.
    """
    shown, num_candidates = state.shown, len(state.shown.images)
    num_kept = len(shown.kept)
    if len(shown.discarded) == num_candidates:
        raise Declined(
            "All are discarded, so there are no parents. Keep one, or press Discard "
            "again to take that mark away."
        )
    if num_kept == num_candidates:
        raise Declined(
            "All are kept, so there is no room for children. Press Keep again for "
            "those that you like least."
        )
    children = make_children(
        take(shown.genes, shown.parent_rows),
        num_candidates - num_kept,
        mutation,
        ranges,
        num_classes,
        np.random.default_rng([seed, len(state.generations)]),
    )
    for name, value in state.locks.items():
        children[name][:] = value
    kept = take(shown.genes, shown.kept_rows)
    return {name: np.concatenate([kept[name], children[name]]) for name in kept}


def check_generator(generator: Model, ranges: dict, styles: tuple[str, ...]) -> int:
    """The `latent_dim` of a generator; a `ValueError` where it takes something else."""
    inputs = border.name_inputs(generator, "latents")
    if set(inputs) != {"latents", "labels", "attributes"}:
        raise ValueError(
            f"The generator takes {list(inputs)}; expected latents, labels and "
            "attributes. Build it with num_classes and num_attributes."
        )
    num_attributes = inputs["attributes"].shape[1]
    reserved = {"latents", "label", "style"} & set(ranges)
    if num_attributes != len(ranges) or reserved:
        raise ValueError(
            f"The generator takes {num_attributes} attributes, but ranges are given "
            f"for {list(ranges)}; expected one for each, none named 'latents', 'label' "
            "or 'style'."
        )
    for name, (low, high) in ranges.items():
        if not low < high:
            raise ValueError(
                f"The range of {name} is {low} to {high}; expected a lower end, then a "
                "higher one."
            )
    for layer in generator.layers:
        if isinstance(layer, layers.Embedding) and layer.input_dim != len(styles):
            raise ValueError(
                f"The generator knows {layer.input_dim} classes, but styles has "
                f"{len(styles)} names: {list(styles)}."
            )
    return inputs["latents"].shape[1]


def _check_shape(what, values, images):
    if values.shape != (len(images),):
        raise ValueError(
            f"{what} of shape {values.shape}; expected ({len(images)},), one for each "
            "image."
        )
