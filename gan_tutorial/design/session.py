"""A session of design: what is asked, what a generator makes of it, and who decided.

Nothing here draws on a screen: `widgets.studio` shows a session, and a program can lead
one. A design has genes: its style and its measures, which are asked for, and latents,
which are chance. Whatever the designer sets is the designer's, and stays; all else is
the model's, and may change with each draw.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf
from keras import Model

from gan_tutorial import border, checks, data, gan
from gan_tutorial.design import (
    curve_gan,
    curves,
    evolution,
    handover,
    search,
    shading,
)
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.curves import Outline
from gan_tutorial.design.evolution import Design, Generation, State, stack, take
from gan_tutorial.design.provenance import make_provenance

_NUM_LEVELS = 81  # at which two outlines are compared
_NUM_TRIES = 1000  # for each style, when the nearest design is looked for
_CHANGED = ", then changed"


class Declined(Exception):
    """An action that makes no sense now. Its message says what to do."""


class Session:
    """Designs are opened, changed, bred, compared and kept; each step can be undone.

    All that is random follows from `seed` and the actions. What is undone counts as
    never done: the same action then gives the same again.

    Attributes:
        state: the `State` that it is in.
        message: what the last action has to say; mostly nothing.
        on_change: function without arguments that is called after each action.
        guard: held by an action; JupyterLab may call from several threads.

    Args:
        generator: model from latents, labels and attributes to outlines, as
            `curve_gan.build_generator` makes it with classes and attributes.
        ranges: lowest and highest value of each measure that can be asked for, as
            `curve_gan.check_ranges` wants them: those that the generator was trained
            with. One is "height".
        styles: names of the classes.
        brief: what is asked of the products; None where nothing is.
        seed: whole number, 0 or more.
        num_candidates: designs in a generation, 2 or more.
        glaze: that the first pictures have.
        measure: from an outline to quantities by name; those of `ranges` among them.
            NaN stands for what cannot be measured, and meets no brief. An action that
            leads to an outline for which it fails is declined.

    Raises:
        ValueError: arguments that are not as above, or do not fit together, or a
            measure that fails for one of the first designs.
    """

    def __init__(
        self,
        generator: Model,
        ranges: dict[str, tuple[float, float]],
        styles: tuple[str, ...],
        brief: Brief | None = None,
        seed: int = 1,
        num_candidates: int = 8,
        glaze: str = "celadon",
        measure: Callable[[Outline], dict[str, float]] = curves.measure,
    ):
        self.seed = checks.whole_number("seed", seed, 0)
        checks.whole_number("num_candidates", num_candidates, 2)
        _check(generator, ranges, brief, glaze)
        self.generator, self.measure = generator, measure
        self.ranges, self.styles, self.brief = ranges, styles, brief
        # Measures are asked for in steps that a person can name: 1 mm, or 0.01.
        self.decimals = {
            name: max(0, -math.floor(math.log10((high - low) / 20)))
            for name, (low, high) in ranges.items()
        }
        self._compile()
        self.message, self.on_change = "", lambda: None
        self._past: list[State] = []
        self._moved, self.guard = None, threading.RLock()
        genes = self._draw_genes(num_candidates, np.random.default_rng(seed))
        try:
            first = self._make_all(genes, frozenset(), "drawn by chance")
        except Declined as error:
            raise ValueError(str(error)) from error
        drawing = evolution.measure_widths(first[0].outline)
        self.state = State(first[0], (Generation(first),), drawing, glaze)

    # One design

    def ask(self, name: str, value) -> None:
        """Asks for a style or a measure, which is the designer's from now on.

        Several moves of the same gene, one after the other, are undone together.

        Args:
            name: "style", or a measure.
            value: a name of `styles`, or a number within the measure's range, which is
                rounded to its step.
        """
        self._check_gene(name)
        if name == "style":
            if value not in self.styles:
                raise ValueError(
                    f"There is no style {value!r}; expected one of {self.styles}."
                )
            value = self.styles.index(value)
        else:
            (low, high), half = self.ranges[name], 0.5 * 10 ** -self.decimals[name]
            value = checks.number(name, value, low - half, high + half)

        def ask(state):
            old = state.design
            genes, yours = old.genes | {name: value}, old.yours | {name}
            origin = f"{old.origin.removesuffix(_CHANGED)}{_CHANGED}"
            return replace(state, design=self._make(genes, yours, origin))

        self._act(ask, move=name)

    def lock(self, name: str) -> None:
        """Makes a gene the designer's as it is; called again, the model's."""
        self._check_gene(name)

        def lock(state):
            design = replace(state.design, yours=state.design.yours ^ {name})
            return replace(state, design=design)

        self._act(lock)

    def chance(self) -> None:
        """Draws anew what is the model's: latents, and the measures left to it."""

        def draw(state):
            old = state.design
            genes = take(self._draw_genes(1, self._rng(state)), 0)
            genes |= {name: old.genes[name] for name in old.yours}
            design = self._make(genes, old.yours, "drawn by chance")
            return replace(state, design=design, num_draws=state.num_draws + 1)

        self._act(draw)

    def open(self, number: int) -> None:
        """Opens a design of the generation that is shown."""
        number = self._check_number(number)
        self._act(lambda s: replace(s, design=s.shown.designs[number - 1]))

    def compare(self, place: str) -> None:
        """Puts the open design in the place "A" or "B", to be seen side by side."""
        if place not in ("A", "B"):
            raise ValueError(f"The place is {place!r}; expected 'A' or 'B'.")
        self._act(lambda s: replace(s, compared=s.compared | {place: s.design}))

    def paint(self, glaze: str) -> None:
        """Shows all pictures in another glaze of `shading.GLAZES`."""
        _check_glaze(glaze)
        self._act(lambda s: replace(s, glaze=glaze))

    # An outline that the designer draws

    def draw(self, level: int, width: float) -> None:
        """Draws one width of an outline; several moves of it are undone together.

        Args:
            level: from 0, the foot, to 7, the lip.
            width: in mm, 1 or more.
        """
        level = checks.whole_number("The level", level, 0, evolution.NUM_WIDTHS - 1)
        width = checks.number("The width", width, 1)

        def draw(state):
            drawing = list(state.drawing)
            drawing[level] = width
            return replace(state, drawing=tuple(drawing))

        self._act(draw, move=level)

    def trace(self) -> None:
        """Begins the drawing anew, from the open design."""
        widths = evolution.measure_widths(self.state.design.outline)
        self._act(lambda state: replace(state, drawing=widths))

    def nearest(self) -> None:
        """Opens the design that the generator can make nearest to the drawing.

        What is the designer's stays, and so does the height. It is searched for by
        evolution, in each style: so there may be a nearer one that is not found.
        """
        self._act(self._find_nearest)

    def off(self) -> tuple[float, float]:
        """How far the open design is from the drawing in mm: mean, and most.

        Radii are compared at equal shares of the heights.
        """
        outlines = self.state.drawn, self.state.design.outline
        gaps = np.abs(np.subtract(*(o.profile(_NUM_LEVELS)[1] for o in outlines)))
        return float(gaps.mean()), float(gaps.max())

    # Many designs

    def keep(self, number: int) -> None:
        """Marks a design as kept, or takes that mark away."""
        self._mark(number, "kept")

    def discard(self, number: int) -> None:
        """Marks a design as discarded, or takes that mark away."""
        self._mark(number, "discarded")

    def go_to(self, generation: int) -> None:
        """Shows any generation again, with its marks; none is ever lost."""
        most = len(self.state.generations)
        checks.whole_number("The generation", generation, 1, most)
        if generation != self.state.number:
            self._act(lambda s: replace(s, number=generation))

    def breed(self, mutation: float = 0.3) -> None:
        """Makes a new generation: the kept designs, and then their children.

        Where none is kept, all that are not discarded are parents. What is the
        designer's in the open design, all children have.

        Args:
            mutation: as in `evolution.make_children`, but not 0, because the children
                of a single parent would be its copies.
        """
        mutation = checks.number("mutation", mutation, 0.01, 1)
        self._act(lambda state: self._breed(state, mutation))

    def kept(self) -> list[Design]:
        """The kept designs of the generation that is shown."""
        return self.state.shown.find("kept")

    def export(self, folder, designs: list[Design]) -> Path | None:
        """Writes designs, by `handover.write_set`; `message` says where, or why not.

        Args:
            folder: in which the set gets a folder of its own; "~" is the home.
            designs: such as `[session.state.design]`, or `session.kept()`.

        Returns:
            The folder of the set; None where nothing was written.
        """
        with self.guard:
            self.message = "The files are being written."  # for seconds
            self.on_change()
            place, self.message = self._export(str(folder).strip(), designs)
            self.on_change()
        return place

    def to_product(self, design: Design) -> handover.Product:
        """A design as it is handed over, with its provenance and who decided what."""
        conditions = {
            "labels": design.genes["style"],
            "attributes": data.scale_attributes(stack([design.genes]), self.ranges)[0],
        }
        style = self.styles[design.genes["style"]]
        asked = {"style": style} | {name: design.genes[name] for name in self.ranges}
        provenance = make_provenance(
            self.generator,
            design.genes["latents"],
            conditions,
            seed=self.seed,
            brief=str(self.brief or ""),
            asked=asked,
            designer_decided=[name for name in asked if name in design.yours],
            model_decided=["outline", *(n for n in asked if n not in design.yours)],
            origin=design.origin,
        )
        wishes = self.brief.constraints if self.brief else {}
        return handover.Product(
            design.outline,
            style,
            glaze=self.state.glaze,
            brief=provenance.brief,
            wishes={name: name not in design.fails for name in wishes},
            provenance=provenance,
        )

    def undo(self) -> None:
        """Takes back the last action; called again, the one before."""
        with self.guard:
            self.message = "" if self._past else "There is nothing to undo."
            self.state = self._past.pop() if self._past else self.state
            self._moved = None
            self.on_change()

    # Words

    def unit(self, name: str) -> str:
        """Of a quantity."""
        if name in curves.MEASURES:
            return "share" if name == "shoulder" else "mm"
        return getattr(self.brief, "units", {}).get(name, "")

    def describe(self, design: Design, name: str) -> str:
        """A design's style, or a measured quantity with its unit, in words."""
        if name == "style":
            return self.styles[design.genes["style"]]
        return f"{self._write(design.measured[name], name)} {self.unit(name)}".strip()

    def gap(self, first: Design, second: Design, name: str) -> str:
        """By how much the second design has more of a quantity, in words."""
        if name == "style":
            is_same = first.genes["style"] == second.genes["style"]
            return "the same" if is_same else "another"
        return self._write(second.measured[name] - first.measured[name], name, "+")

    # How it works

    def _act(self, action, move=None):
        """Goes to the state that an action makes of this one; `undo` goes back.

        Args:
            action: from a state to a state.
            move: names what is moved bit by bit, whose moves are undone together.
        """
        with self.guard:
            try:
                state, self.message = action(self.state), ""
            except Declined as advice:
                state, self.message = self.state, str(advice)
            if state is not self.state:
                if move is None or move != self._moved:
                    self._past.append(self.state)
                self._moved = move
            self.state = state
            self.on_change()

    def _write(self, value, name, sign=""):
        return f"{value:{sign}.{self.decimals.get(name, 1) + 1}f}"

    def _mark(self, number, mark):
        number = self._check_number(number)

        def change(state):
            marks = dict(state.shown.marks)
            if marks.pop(number, None) != mark:
                marks[number] = mark
            generations = list(state.generations)
            generations[state.number - 1] = replace(state.shown, marks=marks)
            return replace(state, generations=tuple(generations))

        self._act(change)

    def _breed(self, state, mutation):
        shown, yours = state.shown, state.design.yours
        kept, unmarked = shown.find("kept"), shown.find("")
        parents = kept or unmarked
        if not parents or len(kept) == len(shown.designs):
            raise Declined(
                "All are kept, or all are discarded. Take the mark off some: children "
                "need parents, and room."
            )
        genes = evolution.make_children(
            stack([parent.genes for parent in parents]),
            len(shown.designs) - len(kept),
            mutation,
            self.ranges,
            len(self.styles),
            self._rng(state),
        )
        for name in yours:
            genes[name][:] = state.design.genes[name]
        number = len(state.generations) + 1
        children = self._make_all(genes, yours, f"bred in generation {number}")
        marks = dict.fromkeys(range(1, len(kept) + 1), "kept")
        bred = Generation((*kept, *children), state.number, marks)
        return replace(
            state,
            generations=(*state.generations, bred),
            number=number,
            num_draws=state.num_draws + 1,
        )

    def _find_nearest(self, state):
        old, wanted = state.design, state.drawn.profile(_NUM_LEVELS)[1]
        held = {name: old.genes[name] for name in old.yours | {"height"}}
        free = [name for name in self.ranges if name not in held]
        low, high = np.array([self.ranges[name] for name in free]).reshape(-1, 2).T

        def to_genes(points, style):
            latents, measures = np.split(points, [self.latent_dim], axis=1)
            measures = low + (high - low) * (measures / search.LIMIT + 1) / 2
            genes = {"style": style} | dict(zip(free, measures.T, strict=True)) | held
            full = {n: np.broadcast_to(v, len(points)) for n, v in genes.items()}
            return full | {"latents": latents}

        def score(points, style):
            points = self._draw(to_genes(points, style))
            basis = curves.basis(np.linspace(0, 1, _NUM_LEVELS), points.shape[1])
            return -np.abs(points[..., 0] @ basis.T - wanted).mean(axis=1)

        styles = range(len(self.styles))
        found = {
            style: search.search_by_evolution(
                lambda points, style=style: score(points, style),
                self.latent_dim + len(free),
                _NUM_TRIES,
                [self.seed, state.num_draws],
            )
            for style in ([held["style"]] if "style" in held else styles)
        }
        best = max(found, key=lambda style: found[style].score)
        genes = take(to_genes(found[best].point[None], best), 0)
        origin = (
            f"nearest to the drawn widths {', '.join(f'{w:g}' for w in state.drawing)} "
            f"mm, {-found[best].score:.1f} mm off in the mean"
        )
        design = self._make(genes, old.yours, origin)
        return replace(state, design=design, num_draws=state.num_draws + 1)

    def _rng(self, state):
        return np.random.default_rng([self.seed, state.num_draws])

    def _draw_genes(self, num, rng):
        return evolution.draw_genes(
            num, self.latent_dim, self.ranges, len(self.styles), rng
        )

    def _make_all(self, genes, yours, origin):
        rows = (take(genes, row) for row in range(len(genes["style"])))
        return tuple(self._make(row, yours, origin) for row in rows)

    def _make(self, genes, yours, origin):
        """One design, drawn alone: in a batch, its last bits might be others."""
        asked = {n: round(float(genes[n]), k) for n, k in self.decimals.items()}
        genes = {"latents": genes["latents"], "style": int(genes["style"])} | asked
        outline = Outline(self._draw(stack([genes]))[0])
        measured = self._measure(outline)
        known = {n: np.array([v]) for n, v in measured.items()}
        known = {"style": np.array([genes["style"]])} | known
        fails = None
        if self.brief:
            met = self.brief.check(known)
            fails = tuple(name for name in met if not met[name])
        return Design(genes, frozenset(yours), origin, outline, measured, fails)

    def _measure(self, outline):
        try:
            measured = dict(self.measure(outline))
        except Exception as error:  # it is anybody's function
            raise Declined(
                f"measure stopped with {type(error).__name__}: {error} Let it take "
                "each outline, and give NaN for what cannot be measured."
            ) from error
        if not self.ranges.keys() <= measured.keys():
            raise Declined(
                f"measure gives {', '.join(measured)}; expected "
                f"{', '.join(self.ranges)} among them, as `curves.measure` gives them."
            )
        return measured

    def _draw(self, genes):
        """Control points of outlines, float64 `(n, num_points, 2)`."""
        given = {
            "latents": genes["latents"].astype(np.float32),
            "labels": genes["style"].astype(np.int32),
            "attributes": data.scale_attributes(genes, self.ranges),
        }
        return curve_gan.to_points(self._call(given))

    def _compile(self):
        """Makes one compiled function of the generator, for any number of rows."""
        inputs = border.name_inputs(self.generator, "latents")
        if sorted(inputs) != ["attributes", "labels", "latents"]:
            raise ValueError(
                f"The generator takes {list(inputs)}; expected latents, labels and "
                "attributes."
            )
        if "height" not in self.ranges:
            raise ValueError(f"ranges hold {list(self.ranges)}; expected height too.")
        self.latent_dim = inputs["latents"].shape[1]
        most = {
            "latents": np.zeros((1, self.latent_dim)),
            "labels": np.array([len(self.styles) - 1]),
            "attributes": np.zeros((1, len(self.ranges))),
        }
        border.check_inputs(most, inputs)
        signature = {
            name: tf.TensorSpec(tensor.shape, tensor.dtype)
            for name, tensor in inputs.items()
        }
        self._call = tf.function(
            lambda given: gan.call(self.generator, inputs, given), [signature]
        )

    def _export(self, folder, designs):
        if not designs:
            return None, "Nothing is kept. Keep what you like, then export."
        if not folder or "\0" in folder:
            return None, "That is no name of a folder. Give one, such as designs."
        folder = Path(os.path.expanduser(folder)).absolute()
        try:
            products = [self.to_product(design) for design in designs]
            place = handover.write_set(folder, products)
        except (ValueError, ImportError, OSError) as error:
            return None, f"Nothing was exported: {error}"
        return place, f"{len(list(place.iterdir()))} files are in {place}."

    def _check_gene(self, name):
        known = ["style", *self.ranges]
        if name not in known:
            raise ValueError(f"There is no gene {name!r}; expected one of {known}.")

    def _check_number(self, number):
        most = len(self.state.shown.designs)
        return checks.whole_number("The design", number, 1, most)


def _check(generator, ranges, brief, glaze):
    if not isinstance(generator, Model) or not hasattr(generator, "inputs"):
        raise ValueError(
            f"The generator is {type(generator).__name__}; expected a Keras model, "
            "such as gan.ema_generator."
        )
    curve_gan.check_ranges(ranges)
    if brief is not None and not isinstance(brief, Brief):
        raise ValueError(f"The brief is {type(brief).__name__}; expected briefs.Brief.")
    _check_glaze(glaze)


def _check_glaze(glaze):
    if glaze not in shading.GLAZES:
        known = ", ".join(shading.GLAZES)
        raise ValueError(f"There is no glaze {glaze!r}; expected one of {known}.")
