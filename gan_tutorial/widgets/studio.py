"""The design studio of lesson 08: keep what you like, breed it, and export it."""

from __future__ import annotations

import html
import math
import os
import textwrap
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from keras import Model
from matplotlib.figure import Figure

from gan_tutorial import checks
from gan_tutorial.design import evolution, export
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.evolution import Declined, State, take
from gan_tutorial.design.outlines import check_length
from gan_tutorial.widgets import one_at_a_time, replace_previous
from gan_tutorial.widgets.pictures import (
    describe_candidate,
    draw_candidate,
    plot_generation,
)

_LEAST_LOOK_S = 0.3  # Breed pressed again sooner than this was a double click


class Studio:
    """Candidates with buttons: keep or discard, breed, lock, undo, go back, export.

    Show `studio.widget` as the last line of a cell. Every control also works from the
    keyboard: go to it with *Tab*, press *Enter*. Candidates and generations have the
    numbers that stand on the screen, from 1. A new studio closes the one before.

    All that is random follows from `seed` and the actions. What is undone counts as
    never done: the same action then gives the same candidates again. For others, go
    back to the parents with `go_to`, and breed from them once more.

    Attributes:
        widget: what a notebook shows.
        state: the `evolution.State` that it is in.
        mutation: the slider, 0.05 to 1; `mutation.value = 0.2` sets it.

    Args:
        generator: model from latents, labels and attributes to images in [-1, 1], as
            `networks.build_generator` makes it with classes and attributes.
        measure: from uint8 images to quantities by name, `(n,)` each. One of them must
            be "height", in fractions of the image side: `export` needs it.
        score: from the measured quantities to numbers `(n,)`; higher is better.
        brief: what is asked of the products.
        ranges: lowest and highest value of each attribute, in the generator's order.
        styles: names of the classes.
        seed: whole number, 0 or more.
        num_candidates: in each generation, 2 or more.

    Raises:
        ValueError: arguments that are not as above, or do not fit together.
    """

    def __init__(
        self,
        generator: Model,
        measure: Callable[[np.ndarray], dict[str, np.ndarray]],
        score: Callable[[dict[str, np.ndarray]], np.ndarray],
        brief: Brief,
        ranges: dict[str, tuple[float, float]],
        styles: tuple[str, ...],
        seed: int = 1,
        num_candidates: int = 12,
    ):
        checks.whole_number("seed", seed, 0)
        checks.whole_number("num_candidates", num_candidates, 2)
        latent_dim = evolution.check_generator(generator, ranges, styles)
        self.generator, self.measure, self.score = generator, measure, score
        self.brief, self.ranges, self.styles = brief, ranges, styles
        self.seed, self.num_candidates = seed, num_candidates
        self._asked = brief.summarise()
        self._lock = threading.RLock()
        self._past: list[State] = []
        genes = evolution.draw_genes(
            num_candidates, latent_dim, ranges, len(styles), seed
        )
        self.state = State((self._draw(genes),))
        self._build_controls()
        self._show()
        replace_previous("studio", self.widget)

    def keep(self, number: int) -> None:
        """Marks a candidate as kept, or takes that mark away."""
        self._act(lambda state: state.keep(number))

    def discard(self, number: int) -> None:
        """Marks a candidate as discarded, or takes that mark away."""
        self._act(lambda state: state.discard(number))

    def lock(self, name: str) -> None:
        """Gives all children the value that a gene has in the first kept candidate.

        A second call unlocks the gene: "style", or an attribute.
        """
        self._act(lambda state: state.lock(_gene(name)))

    def go_to(self, generation: int) -> None:
        """Shows any generation again, with its marks; none is ever lost."""
        self._act(lambda state: state.go_to(generation))

    def breed(self) -> None:
        """Makes a new generation: the kept candidates, and then their children.

        Where none is kept, all that are not discarded are parents.
        """
        self._act(self._breed)

    @one_at_a_time
    def undo(self) -> None:
        """Takes back the last action; called again, the one before."""
        if self._past:
            self.state = self._past.pop()
            self._show()
        else:
            self._say("There is nothing to undo.")

    @one_at_a_time
    def export(self, folder="designs", side_mm: float = 300.0) -> list[Path]:
        """Writes the kept candidates and their generator, by `export.write_designs`.

        A message says what could not be made, or why the folder cannot be written.

        Args:
            folder: is made where it is missing.
            side_mm: how high a whole image is, which gives the products' heights. It
                should be the one for which `measure` measures.

        Returns:
            The files that were written.
        """
        check_length("side_mm", side_mm)
        designs, folder = self.designs(), str(folder).strip()
        if not designs or not folder:
            missing = "The folder has no name." if designs else "Nothing is kept."
            self._say(f"{missing} Keep what you like, name a folder, then export.")
            return []
        shown, rows = self.state.shown, self.state.shown.kept_rows
        heights = side_mm * shown.measured["height"][rows]
        texts = []
        for number in (rows + 1).tolist():
            _, score, verdict = shown.describe(number)
            texts.append(f"{score}\n{textwrap.fill(verdict, 34)}")
        try:
            folder = Path(os.path.expanduser(folder)).absolute()
            written, problems = export.write_designs(
                folder, self.generator, designs, heights, texts
            )
        except OSError as error:
            self._say(f"The export stopped: {error}.")
            return []
        except ValueError:
            self._say(f"No folder can be called {str(folder)!r}. Give another name.")
            return []
        self._say("\n".join([f"{len(written)} files are in {folder}.", *problems]))
        return written

    @one_at_a_time
    def designs(self) -> list[export.Design]:
        """The kept candidates of the generation that is shown."""
        genes, scores = self.state.shown.genes, self.state.shown.scores
        conditions = evolution.name_conditions(genes, self.ranges)
        return [
            export.make_design(
                self.generator,
                genes["latents"][row],
                {name: values[row] for name, values in conditions.items()},
                self.seed,
                str(self.brief),
                # An empty picture may have no score, and JSON knows no NaN.
                {"score": scores[row]} if np.isfinite(scores[row]) else {},
            )
            for row in self.state.shown.kept_rows
        ]

    @one_at_a_time
    def choices(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """What was preferred to what: each kept candidate to each discarded one.

        Pairs are made within a generation, whose candidates were seen together; all
        generations count.

        Returns:
            The measured quantities of the preferred and of the rejected ones, by name,
            `(num_pairs,)` each. What stands in the same place of both is a pair.
        """
        sides = [], []
        for generation in self.state.generations:
            for side, rows in zip(sides, generation.pairs(), strict=True):
                side.append(take(generation.measured, rows))
        return tuple(
            {name: np.concatenate([part[name] for part in side]) for name in side[0]}
            for side in sides
        )

    @one_at_a_time
    def figure(self) -> Figure:
        """The generation that is shown: the kept are framed, the discarded pale."""
        return plot_generation(self.state.shown, self._title())

    # How it works

    @one_at_a_time
    def _act(self, action):
        """Goes to the state that an action makes of this one; `undo` goes back."""
        try:
            state = action(self.state)
        except Declined as advice:
            self._say(advice)
            return
        if state is not self.state:
            self._past.append(self.state)
        self.state = state
        self._show()

    def _breed(self, state):
        genes = evolution.next_genes(
            state, self.mutation.value, self.ranges, len(self.styles), self.seed
        )
        still_kept = frozenset(range(1, len(state.shown.kept) + 1))
        return state.add(
            replace(self._draw(genes), parent=state.number, kept=still_kept)
        )

    def _draw(self, genes):
        return evolution.draw_generation(
            genes, self.generator, self.measure, self.score, self.brief, self.ranges
        )

    def _title(self):
        num_passing = self.state.shown.passes.sum()
        name = _name(self.state, self.state.number)
        return (
            f"Generation {name}: {num_passing} of {self.num_candidates} meet the brief"
        )

    def _say(self, message):
        text = html.escape(str(message)).replace("\n", "<br>")
        self.message.value = f'<b role="alert">{text}</b>' if text else ""

    def _show(self):
        """Brings all that is on the screen in line with the state."""
        state = self.state
        for row in range(self.num_candidates):
            self._pictures[row].value = draw_candidate(state.shown, row + 1)
            self._texts[row].value = describe_candidate(state.shown, row + 1)
        locked = []
        for name, button in self.lock_buttons.items():
            value = state.locks.get(_gene(name))
            button.description = f"Lock {name}" if value is None else f"Unlock {name}"
            if value is not None:
                shown = self.styles[value] if name == "style" else f"{value:.2f}"
                locked.append(f"{name} locked at {shown}")
        self._locked.value = html.escape(", ".join(locked) or "nothing is locked")
        self._headline.value = f"<b>{self._title()}</b> ({html.escape(self._asked)})"
        numbers = range(1, len(state.generations) + 1)
        self._is_showing = True  # the menu moves, but nobody has chosen
        self.generation.options = [(_name(state, n), n) for n in numbers]
        self.generation.value = state.number
        self._is_showing = False
        self._say("")

    @one_at_a_time
    def _choose_generation(self, change):
        if not self._is_showing and change["new"] is not None:
            self.go_to(change["new"])

    @one_at_a_time
    def _press_breed(self, _button):
        """Breeds, but not at the second half of a double click."""
        is_quick = time.monotonic() - self._bred_at < _LEAST_LOOK_S
        if not (is_quick and self.state is self._bred):
            self.breed()
            self._bred_at, self._bred = time.monotonic(), self.state

    def _build_controls(self):
        self._bred_at, self._bred = -math.inf, None
        self.breed_button = _button("Breed", self._press_breed)
        self.breed_button.button_style = "primary"
        # Without any mutation, a single parent would have only copies of itself.
        self.mutation = widgets.FloatSlider(
            value=0.3, min=0.05, max=1, step=0.05, description="Mutation"
        )
        self.undo_button = _button("Undo", lambda _: self.undo())
        self.generation = widgets.Dropdown(
            options=[("1", 1)], description="Generation", layout={"width": "240px"}
        )
        self.generation.observe(self._choose_generation, "value")
        self.lock_buttons = {
            name: _button("", lambda _, name=name: self.lock(name))
            for name in ("style", *self.ranges)
        }
        # Sent as a whole: letter by letter, the last ones could come after a press.
        self.folder = widgets.Text(
            value="designs",
            description="Folder",
            style={"description_width": "60px"},
            continuous_update=False,
        )
        self.export_button = _button("Export", lambda _: self.export(self.folder.value))
        numbers = range(1, self.num_candidates + 1)
        self.keep_buttons = [
            _button(f"Keep {n}", lambda _, n=n: self.keep(n)) for n in numbers
        ]
        self.discard_buttons = [
            _button(f"Discard {n}", lambda _, n=n: self.discard(n)) for n in numbers
        ]
        self._pictures = [widgets.HTML() for _ in numbers]
        self._texts = [widgets.HTML() for _ in numbers]
        self._headline, self._locked = widgets.HTML(), widgets.HTML()
        self.message = widgets.HTML(layout={"min_height": "32px"})  # so nothing jumps
        cards = zip(
            self._pictures,
            *(self._texts, self.keep_buttons, self.discard_buttons),
            strict=True,
        )
        # Twelve cards are three or four columns, as there is room.
        grid = widgets.GridBox(
            [widgets.HBox([picture, widgets.VBox(rest)]) for picture, *rest in cards],
            layout={
                "grid_template_columns": "repeat(auto-fill, 268px)",
                "max_width": "1090px",
            },
        )
        rows = (
            (self.breed_button, self.mutation, self.undo_button, self.generation),
            (*self.lock_buttons.values(), self._locked),
            (self.folder, self.export_button),
        )
        wrapped = {"flex_flow": "row wrap"}
        rows = [widgets.HBox(row, layout=wrapped) for row in rows]
        self.widget = widgets.VBox([*rows, self._headline, self.message, grid])


def _button(description, action):
    button = widgets.Button(description=description, layout={"width": "120px"})
    button.on_click(action)
    return button


def _gene(name):
    """The gene behind a name on the screen, where classes are called styles."""
    return "label" if name == "style" else name


def _name(state, number):
    """A generation's number, and from which one it was bred."""
    parent = state.generations[number - 1].parent
    return f"{number}, bred from {parent}" if parent else f"{number}"
