"""The design studio of lesson 08: keep what you like, breed it, and export it."""

from __future__ import annotations

import html
import os
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from keras import Model
from matplotlib.figure import Figure

from gan_tutorial import border, checks, data
from gan_tutorial.design import evolution, export
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.evolution import Declined, Generation, State, join, take
from gan_tutorial.widgets import (
    NAMED,
    WRAPPED,
    Panel,
    columns,
    one_at_a_time,
    replace_previous,
)
from gan_tutorial.widgets.pictures import (
    describe_candidate,
    draw_candidate,
    plot_generation,
)

_WIDTH = {"width": "260px", "max_width": "100%"}  # of a control in a row


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
        mutation: its box, 0.05 to 1; `mutation.value = 0.2` sets it.

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
        self.generator, self.measure, self.score = generator, measure, score
        self.brief, self.ranges, self.styles = brief, ranges, styles
        self.seed, self.num_candidates = seed, num_candidates
        self._lock = threading.RLock()
        self._past: list[State] = []
        latent_dim = border.name_inputs(generator, "latents")["latents"].shape[1]
        last = {"labels": len(styles) - 1, "attributes": np.zeros(len(ranges))}
        export.draw_alone(generator, {"latents": np.zeros(latent_dim)} | last)
        genes = evolution.draw_genes(
            num_candidates, latent_dim, ranges, len(styles), seed
        )
        self.state = State((self._draw(genes),))
        self._build_controls()
        self._show()
        replace_previous("studio", self.widget)

    def keep(self, number: int) -> None:
        """Marks a candidate as kept, or takes that mark away."""
        self._act(lambda state: state.mark(number, "kept"))

    def discard(self, number: int) -> None:
        """Marks a candidate as discarded, or takes that mark away."""
        self._act(lambda state: state.mark(number, "discarded"))

    def lock(self, name: str) -> None:
        """Gives all children the value that a gene has in the first kept candidate.

        A second call unlocks the gene: "style", or an attribute.
        """
        self._act(lambda state: state.lock(name))

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
        designs, folder = self.designs(), str(folder).strip()
        if not designs or not folder:
            missing = "The folder has no name." if designs else "Nothing is kept."
            self._say(f"{missing} Keep what you like, name a folder, then export.")
            return []
        shown, rows = self.state.shown, self.state.shown.rows("kept")
        heights, texts = side_mm * shown.measured["height"][rows], []
        for number in (rows + 1).tolist():
            _, score, verdict = shown.describe(number)
            texts.append(f"{score}\n{textwrap.fill(verdict, 34)}")
        if "\0" in folder:
            self._say("The folder's name holds a character that no name can hold.")
            return []
        folder = Path(os.path.expanduser(folder)).absolute()
        try:
            written, problems = export.write_designs(
                folder, self.generator, designs, heights, texts
            )
        except OSError as error:
            self._say(f"The export stopped: {error}.")
            return []
        self._say("\n".join([f"{len(written)} files are in {folder}.", *problems]))
        return written

    def designs(self) -> list[export.Design]:
        """The kept candidates of the generation that is shown."""
        shown, designs = self.state.shown, []
        conditions = self._given(shown.genes)
        latents = conditions.pop("latents")
        for row in shown.rows("kept"):
            given = self.generator, latents[row], take(conditions, row)
            designs.append(export.make_design(*given, self.seed, self.brief))
        return designs

    def choices(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """What was preferred to what: each kept candidate to each discarded one.

        Pairs are made within a generation, whose candidates were seen together; all
        generations count.

        Returns:
            The measured quantities of the preferred and of the rejected ones, by name,
            `(num_pairs,)` each. What stands in the same place of both is a pair.
        """
        preferred, rejected = [], []
        for shown in self.state.generations:
            kept, discarded = shown.rows("kept"), shown.rows("discarded")
            preferred.append(take(shown.measured, np.repeat(kept, len(discarded))))
            rejected.append(take(shown.measured, np.tile(discarded, len(kept))))
        return join(preferred), join(rejected)

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
        num_kept = len(state.shown.rows("kept"))
        still_kept = dict.fromkeys(range(1, num_kept + 1), "kept")
        bred = replace(self._draw(genes), parent=state.number, marks=still_kept)
        return state.add(bred)

    def _given(self, genes):
        """What the generator takes, by name."""
        attributes = data.scale_attributes(genes, self.ranges)
        given = {"latents": genes["latents"], "labels": genes["style"]}
        return given | {"attributes": attributes}

    def _draw(self, genes):
        """Draws candidates, measures them, and holds them against the brief."""
        given, size = self._given(genes), (self.num_candidates,)
        # One by one, so that each is, bit for bit, what its design draws.
        images = np.stack(
            [
                export.draw_alone(self.generator, take(given, row))
                for row in range(*size)
            ]
        )
        measured = {name: np.asarray(a) for name, a in self.measure(images).items()}
        scores = np.asarray(self.score(measured))
        results = {"height": None} | measured | {"score": scores}
        for name, shape in {n: np.shape(a) for n, a in results.items()}.items():
            if shape != size:
                raise ValueError(
                    f"{name} has the shape {shape}; expected {size}. measure must give "
                    "the height and other quantities, and score the scores: one number "
                    "for each image."
                )
        return Generation(genes, images, measured, scores, self.brief.check(measured))

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
        for name, button in self.lock_buttons.items():
            button.description = f"Lock {name}"
            if (value := state.locks.get(name)) is not None:
                shown = self.styles[value] if name == "style" else f"{value:.2f}"
                button.description = f"Unlock {name} ({shown})"
        asked = "; ".join(str(self.brief).splitlines())
        self._headline.value = f"<b>{self._title()}</b> ({html.escape(asked)})"
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

    def _build_controls(self):
        self.breed_button = _button("Breed", lambda _: self.breed())
        self.breed_button.button_style = "primary"
        # Without any mutation, a single parent would have only copies of itself.
        self.mutation = widgets.BoundedFloatText(
            value=0.3,
            min=0.05,
            max=1,
            step=0.05,
            description="Mutation",
            layout=_WIDTH,
            **NAMED,
        )
        self.undo_button = _button("Undo", lambda _: self.undo())
        self.generation = widgets.Dropdown(
            options=[("1", 1)], description="Generation", layout=_WIDTH, **NAMED
        )
        self.generation.observe(self._choose_generation, "value")
        self.lock_buttons = {
            name: _button("", lambda _, name=name: self.lock(name), "180px")
            for name in ("style", *self.ranges)
        }
        # Sent as a whole: letter by letter, the last ones could come after a press.
        self.folder = widgets.Text(
            value="designs",
            description="Folder",
            continuous_update=False,
            layout=_WIDTH,
            **NAMED,
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
        self._headline = widgets.HTML()
        self.message = widgets.HTML(layout={"min_height": "32px"})  # so nothing jumps
        parts = self._texts, self.keep_buttons, self.discard_buttons
        cards = zip(self._pictures, *parts, strict=True)
        # Twelve cards are three or four columns, as there is room.
        grid = widgets.GridBox(
            [
                widgets.HBox([picture, widgets.VBox(rest)], layout=WRAPPED)
                for picture, *rest in cards
            ],
            layout=columns(268, 1090),
        )
        rows = (
            (self.breed_button, self.mutation, self.undo_button, self.generation),
            [*self.lock_buttons.values()],
            (self.folder, self.export_button),
        )
        rows = [widgets.HBox(row, layout=WRAPPED) for row in rows]
        self.widget = Panel([*rows, self._headline, self.message, grid])


def _button(description, action, width="120px"):
    button = widgets.Button(description=description, layout={"width": width})
    button.on_click(action)
    return button


def _name(state, number):
    """A generation's number, and from which one it was bred."""
    parent = state.generations[number - 1].parent
    return f"{number}, bred from {parent}" if parent else f"{number}"
