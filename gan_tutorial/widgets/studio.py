"""The design studio of lesson 09: a session of design, with sliders and buttons."""

from __future__ import annotations

import html
from functools import partial

import ipywidgets as widgets
from matplotlib.figure import Figure

from gan_tutorial import plotting
from gan_tutorial.design import shading
from gan_tutorial.design.evolution import NUM_WIDTHS
from gan_tutorial.design.session import Session
from gan_tutorial.widgets import NAMED, WRAPPED, Panel, columns, replace_previous
from gan_tutorial.widgets.pictures import (
    draw_design,
    draw_drawing,
    plot_generation,
    to_html,
)

_LARGE, _MIDDLE, _SMALL = 280, 220, 120  # widths of pictures, in pixels
_ROW = 32  # height of a row of controls, in pixels
_LEGEND = "What is yours stays. What is the model's changes by chance and by breeding."


class Studio:
    """Shows a session: the design that is open and, below it, one of four tools.

    Show `studio.widget` as the last line of a cell. Every control also works from the
    keyboard: go to it with *Tab*, press *Enter* or the arrows. The box beside a slider
    does what the slider does. What other cells do with the session is shown as well. A
    new studio closes the one before.

    Attributes:
        widget: what a notebook shows.
        session: what it shows.

    Args:
        session: a `design.session.Session`.
    """

    def __init__(self, session: Session):
        self.session, self._is_showing = session, False
        tallest = session.ranges["height"][1]
        self._widest = session.ranges.get("belly", (0, tallest))[1]
        # One scale for all pictures: what is higher is higher on the screen.
        self._frame_mm = max(1.3 * tallest, 1.5 * self._widest)
        self.message = widgets.HTML(layout={"min_height": "32px"})  # so nothing jumps
        self.tools = {
            "Generations": self._build_generations(),
            "Draw an outline": self._build_drawing(),
            "Compare two": self._build_comparison(),
            "Export": self._build_export(),
        }
        self.tool_buttons = {
            name: _button(name, partial(self.show_tool, name), 150)
            for name in self.tools
        }
        design, tools = self._build_design(), _row(*self.tool_buttons.values())
        self.widget = Panel([design, self.message, tools, *self.tools.values()])
        self.show_tool("Generations")
        self._show()
        session.on_change = self._show
        replace_previous("studio", self.widget)

    def show_tool(self, name: str) -> None:
        """Shows one of the tools below the open design."""
        for tool, part in self.tools.items():
            part.layout.display = "flex" if tool == name else "none"
            self.tool_buttons[tool].button_style = "info" if tool == name else ""

    def figure(self) -> Figure:
        """The generation that is shown: the kept are framed, the discarded pale."""
        return plot_generation(self.session.state, self._frame_mm)

    # What there is on the screen

    def _build_design(self):
        session = self.session
        self._picture, self._facts = widgets.HTML(), widgets.HTML()
        self.style = self._menu("Style", session.styles, partial(session.ask, "style"))
        self.glaze = self._menu("Glaze", list(shading.GLAZES), session.paint)
        self.lock_buttons = {
            name: _button("", partial(session.lock, name), 175)
            for name in ("style", *session.ranges)
        }
        self.measures = {
            name: self._number(
                f"{name}, {session.unit(name)}",
                *ends,
                session.decimals[name],
                lambda name=name: session.state.design.genes[name],
                partial(session.ask, name),
            )
            for name, ends in session.ranges.items()
        }
        self._made = {name: widgets.HTML() for name in session.ranges}
        self.design_buttons = {
            "Chance": session.chance,
            "Undo": session.undo,
            "Put in A": partial(session.compare, "A"),
            "Put in B": partial(session.compare, "B"),
        }
        self.design_buttons = {n: _button(n, a) for n, a in self.design_buttons.items()}
        rows = [
            _row(*self.measures[name], self.lock_buttons[name], self._made[name])
            for name in session.ranges
        ]
        first = _row(self.style, self.lock_buttons["style"], self.glaze)
        last = _row(*self.design_buttons.values())
        controls = [first, *rows, self._facts, last]
        return _row(self._picture, widgets.VBox(controls, layout={"flex": "1 1 300px"}))

    def _build_generations(self):
        session = self.session
        self.mutation = widgets.BoundedFloatText(
            value=0.3,
            min=0.05,
            max=1,
            step=0.05,
            description="Mutation",
            **_narrow(160),
        )
        self.breed_button = _button("Breed", lambda: session.breed(self.mutation.value))
        self.breed_button.button_style = "primary"
        self.generation = self._menu("Generation", [("1", 1)], session.go_to)
        self._headline = widgets.HTML()
        numbers = range(1, len(session.state.shown.designs) + 1)
        actions = {"Keep": session.keep, "Discard": session.discard}
        actions["Open"] = session.open
        self.card_buttons = {
            name: [_button(f"{name} {n}", partial(action, n), 96) for n in numbers]
            for name, action in actions.items()
        }
        self._cards = [(widgets.HTML(), widgets.HTML()) for _ in numbers]
        pairs = zip(self._cards, *self.card_buttons.values(), strict=True)
        cards = [
            _row(picture, widgets.VBox([text, *buttons]))
            for (picture, text), *buttons in pairs
        ]
        grid = widgets.GridBox(cards, layout=columns(232, 1090))
        controls = _row(self.breed_button, self.mutation, self.generation)
        return widgets.VBox([controls, self._headline, grid])

    def _build_drawing(self):
        session = self.session
        self._silhouette, self._off = widgets.HTML(), widgets.HTML()
        between = [f"width {k}" for k in range(2, NUM_WIDTHS)]
        names = ["foot width", *between, "lip width"]
        self.widths = [
            self._number(
                f"{name}, mm",
                1,
                self._widest,
                0,
                lambda k=k: session.state.drawing[k],
                partial(session.draw, k),
            )
            for k, name in enumerate(names)
        ]
        self.nearest_button = _button("Nearest design", session.nearest, 180)
        self.nearest_button.button_style = "primary"
        self.trace_button = _button("Begin from the design", session.trace, 180)
        sliders = [widgets.HBox(pair, layout=WRAPPED) for pair in self.widths[::-1]]
        buttons = [self.nearest_button, self.trace_button, self._off]
        return _row(self._silhouette, widgets.VBox(sliders), widgets.VBox(buttons))

    def _build_comparison(self):
        self._compared, self._table = widgets.HTML(), widgets.HTML()
        return _row(self._compared, self._table)

    def _build_export(self):
        def export(choose):
            self.session.export(self.folder.value, choose())

        # Sent as a whole: letter by letter, the last ones could come after a press.
        self.folder = widgets.Text(
            value="designs",
            description="Folder",
            continuous_update=False,
            **_narrow(260),
        )
        choices = {
            "Export this design": lambda: [self.session.state.design],
            "Export all kept": self.session.kept,
        }
        self.export_buttons = [
            _button(name, partial(export, choose), 180)
            for name, choose in choices.items()
        ]
        return _row(self.folder, *self.export_buttons)

    def _number(self, name, low, high, decimals, current, action):
        """A slider, and a box that does the same: the slider's handle has no name."""
        given = {"value": low, "min": low, "max": high, "step": 10.0**-decimals}
        slider = widgets.FloatSlider(
            **given,
            description=name,
            readout=False,
            layout={"width": "290px", "max_width": "100%"},
            style={"description_width": "110px"},
        )
        box = widgets.BoundedFloatText(
            **given,
            description=name,
            layout={"width": "72px"},
            style={"description_width": "0px"},  # it is heard, and not seen twice
        )

        def act(value):
            # A slider reckons with fractions, and tells where it was put: 0.41 comes
            # back as 0.41000000000000003.
            if round(value, decimals) != current():
                action(round(value, decimals))

        for control in (slider, box):
            self._listen(control, act)
        return slider, box

    def _menu(self, name, options, action):
        menu = widgets.Dropdown(options=options, description=name, **_narrow(220))
        self._listen(menu, action)
        return menu

    def _listen(self, control, action):
        def act(change):
            with self.session.guard:
                if not self._is_showing:  # else nobody has touched it
                    action(change["new"])

        control.observe(act, "value")

    # What it shows

    def _show(self):
        """Brings all that is on the screen in line with the session."""
        self._is_showing = True
        try:
            self._show_design()
            self._show_generation()
            self._show_drawing()
            self._show_comparison()
        finally:
            self._is_showing = False
        message = html.escape(self.session.message)
        self.message.value = f'<b role="alert">{message}</b>' if message else ""

    def _show_design(self):
        session, design = self.session, self.session.state.design
        self._picture.value = self._draw(design, _LARGE, "The open design")
        self.style.value = session.styles[design.genes["style"]]
        self.glaze.value = session.state.glaze
        for name, button in self.lock_buttons.items():
            button.description = f"{name}: {design.decided(name)}"
            button.button_style = "primary" if name in design.yours else ""
        for name, pair in self.measures.items():
            _set(pair, design.genes[name])
            self._made[name].value = f"made {session.describe(design, name)}"
        others = [name for name in design.measured if name not in session.ranges]
        others = [f"{name} {session.describe(design, name)}" for name in others]
        facts = [design.origin, design.verdict, *others]
        facts = "; ".join(fact for fact in facts if fact)
        self._facts.value = _text(
            f"{html.escape(facts[:1].upper() + facts[1:])}.<br>{_LEGEND}"
        )

    def _show_generation(self):
        state, brief = self.session.state, self.session.brief
        for number, design in enumerate(state.shown.designs, 1):
            picture, text = self._cards[number - 1]
            mark, verdict = state.shown.mark(number), html.escape(design.verdict)
            frame = plotting.REAL_COLOR if mark == "kept" else "transparent"
            pale = 0.25 if mark == "discarded" else 1
            style = f"border: 4px solid {frame}; opacity: {pale}"
            picture.value = self._draw(design, _SMALL, f"Design {number}", style)
            words = f"<b>No {number}</b> {mark}<br>{verdict}"
            text.value = _text(words, "min-height: 4.2em; width: 96px")
        headline, asked = f"Generation {_name(state, state.number)}", ""
        if brief:
            num_passing = sum(not design.fails for design in state.shown.designs)
            headline += f": {num_passing} of {len(self._cards)} meet the brief"
            asked = f" ({html.escape('; '.join(str(brief).splitlines()))})"
        self._headline.value = f"<b>{headline}</b>{asked}"
        numbers = range(1, len(state.generations) + 1)
        self.generation.options = [(_name(state, n), n) for n in numbers]
        self.generation.value = state.number

    def _show_drawing(self):
        state, (mean, most) = self.session.state, self.session.off()
        for pair, width in zip(self.widths, state.drawing, strict=True):
            _set(pair, width)
        made = state.design.outline
        self._silhouette.value = draw_drawing(state.drawn, made, _LARGE, _ROW)
        self._off.value = _text(
            f"The open design, dashed, is {mean:.1f} mm off<br>your drawing in the "
            f"mean, {most:.1f} mm at most."
        )

    def _show_comparison(self):
        session, compared = self.session, self.session.state.compared
        if len(compared) < 2:
            self._compared.value = "Put one design in A and another one in B."
            self._table.value = ""
            return
        a, b = compared["A"], compared["B"]
        self._compared.value = "".join(
            f'<div style="display: inline-block; margin-right: 8px"><b>{place}</b>'
            f"{self._draw(design, _MIDDLE, f'Design {place}')}</div>"
            for place, design in (("A", a), ("B", b))
        )
        rows = [
            (
                name,
                *(
                    f"{session.describe(design, name)}, {design.decided(name)}"
                    if name in design.genes
                    else session.describe(design, name)
                    for design in (a, b)
                ),
                session.gap(a, b, name),
            )
            for name in ("style", *a.measured)
        ]
        rows.append(("brief", a.verdict, b.verdict, ""))
        self._table.value = _table(("measure", "A", "B", "B less A"), rows)

    def _draw(self, design, width, alt, style=""):
        file = draw_design(design, self.session.state.glaze, width, self._frame_mm)
        return to_html(file, alt, width, style)


def _set(pair, value):
    for control in pair:
        if abs(control.value - value) > control.step / 2:  # else it is there
            control.value = value


def _narrow(width):
    return NAMED | {"layout": {"width": f"{width}px", "max_width": "100%"}}


def _row(*parts):
    return widgets.HBox(parts, layout=WRAPPED)


def _button(description, action, width=110):
    layout = {"width": f"{width}px", "max_width": "100%"}
    button = widgets.Button(description=description, layout=layout)
    button.on_click(lambda _: action())
    return button


def _text(words, style=""):
    return f'<div style="line-height: 1.4; {style}">{words}</div>'


def _name(state, number):
    """A generation's number, and from which one it was bred."""
    parent = state.generations[number - 1].parent
    return f"{number}, bred from {parent}" if parent else f"{number}"


def _table(head, rows):
    """An HTML table whose first row and first column are headings."""
    style = 'style="line-height: 1.8; padding-right: 14px; text-align: left"'
    head = "".join(f'<th scope="col" {style}>{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row" {style}>{html.escape(name)}</th>'
        + "".join(f"<td {style}>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
