"""The design studio of lesson 09: a session of design, with sliders and buttons."""

from __future__ import annotations

import html
from functools import partial

import ipywidgets as widgets
from matplotlib.figure import Figure

from gan_tutorial import plotting
from gan_tutorial.design import shading
from gan_tutorial.design.session import NUM_WIDTHS, Session
from gan_tutorial.widgets import NAMED, WRAPPED, Panel, columns, replace_previous
from gan_tutorial.widgets.pictures import (
    draw_design,
    draw_drawing,
    plot_generation,
    to_html,
)

_LARGE, _MIDDLE, _SMALL = 280, 220, 120  # widths of pictures, in pixels
_ROW = 32  # height of a row of controls, in pixels
_UNITS = {"shoulder": "share"}  # all else is in mm, as in `curves.measure`
_LEGEND = "What is yours stays. What is the model's changes by chance and breeding."


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
        widest = session.ranges.get("belly", (0, tallest))[1]
        # One scale for all pictures: what is higher is higher on the screen.
        self._frame_mm = max(1.3 * tallest, 1.5 * widest)
        self.message = widgets.HTML(layout={"min_height": "32px"})  # so nothing jumps
        self.tools = {
            "Generations": self._build_breeding(),
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
            name: _button("", partial(session.lock, name), 160)
            for name in ("style", *session.ranges)
        }
        self.numbers = {
            name: self._number(name, *ends, partial(session.ask, name))
            for name, ends in session.ranges.items()
        }
        self._made = {name: widgets.HTML() for name in session.ranges}
        self.chance_button = _button("Chance", session.chance)
        self.undo_button = _button("Undo", session.undo)
        self.place_buttons = {
            place: _button(f"Put in {place}", partial(session.compare, place))
            for place in "AB"
        }
        controls = [
            _row(self.style, self.lock_buttons["style"], self.glaze),
            *(
                _row(*self.numbers[name], self.lock_buttons[name], self._made[name])
                for name in session.ranges
            ),
            self._facts,
            _row(self.chance_button, self.undo_button, *self.place_buttons.values()),
        ]
        controls = widgets.VBox(controls, layout={"flex": "1 1 300px"})
        return _row(self._picture, controls)

    def _build_breeding(self):
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
        self.card_buttons = {
            name: [_button(f"{name} {n}", partial(action, n), 96) for n in numbers]
            for name, action in (
                ("Keep", session.keep),
                ("Discard", session.discard),
                ("Open", session.open),
            )
        }
        self._cards = [(widgets.HTML(), widgets.HTML()) for _ in numbers]
        cards = [
            _row(picture, widgets.VBox([text, *buttons]))
            for (picture, text), *buttons in zip(
                self._cards, *self.card_buttons.values(), strict=True
            )
        ]
        grid = widgets.GridBox(cards, layout=columns(232, 1090))
        controls = _row(self.breed_button, self.mutation, self.generation)
        return widgets.VBox([controls, self._headline, grid])

    def _build_drawing(self):
        session = self.session
        self._silhouette, self._off = widgets.HTML(), widgets.HTML()
        most = round(session.ranges.get("belly", session.ranges["height"])[1] / 2)
        self.half_widths = [
            self._number(f"half-width {k + 1}", 1, most, partial(session.draw, k))
            for k in range(NUM_WIDTHS)
        ]
        self.trace_button = _button("Begin from the design", session.trace, 180)
        self.nearest_button = _button("Nearest design", session.nearest, 180)
        self.nearest_button.button_style = "primary"
        sliders = [widgets.HBox(pair) for pair in reversed(self.half_widths)]
        buttons = [self.nearest_button, self.trace_button, self._off]
        return _row(self._silhouette, widgets.VBox(sliders), widgets.VBox(buttons))

    def _build_comparison(self):
        self._compared, self._table = widgets.HTML(), widgets.HTML()
        return _row(self._compared, self._table)

    def _build_export(self):
        session = self.session

        def export(designs):
            session.export(self.folder.value, designs)

        # Sent as a whole: letter by letter, the last ones could come after a press.
        self.folder = widgets.Text(
            value="designs",
            description="Folder",
            continuous_update=False,
            **_narrow(260),
        )
        self.export_buttons = [
            _button("Export this design", lambda: export([session.state.design]), 180),
            _button("Export all kept", lambda: export(session.kept()), 180),
        ]
        return _row(self.folder, *self.export_buttons)

    def _number(self, name, low, high, action):
        """A slider, and a box that does the same: the slider's handle has no name."""
        step = 10.0 ** -self.session.decimals.get(name, 0)
        named = f"{name}, {_UNITS.get(name, 'mm')}"
        given = {"min": low, "max": high, "step": step, "description": named}
        layout = {"width": "290px", "max_width": "100%"}
        style = {"description_width": "110px"}
        slider = widgets.FloatSlider(
            **given, value=low, readout=False, layout=layout, style=style
        )
        style = {"description_width": "0px"}  # it is heard, and not seen twice
        box = widgets.BoundedFloatText(
            **given, value=low, layout={"width": "72px"}, style=style
        )
        for control in (slider, box):
            self._listen(control, action)
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
        self._show_design()
        self._show_generation()
        self._show_drawing()
        self._show_comparison()
        message = html.escape(self.session.message).replace("\n", "<br>")
        self.message.value = f'<b role="alert">{message}</b>' if message else ""
        self._is_showing = False

    def _show_design(self):
        session, design = self.session, self.session.state.design
        self._picture.value = self._draw(design, _LARGE, "The open design")
        self.style.value = session.styles[design.genes["style"]]
        self.glaze.value = session.state.glaze
        for name, button in self.lock_buttons.items():
            button.description = f"{name}: {design.decided(name)}"
            button.button_style = "primary" if name in design.yours else ""
        for name, pair in self.numbers.items():
            for control in pair:
                control.value = design.genes[name]
            self._made[name].value = f"made {self._measured(design, name)}"
        more = [
            f"{name} {self._measured(design, name)}"
            for name in design.measured
            if name not in session.ranges
        ]
        facts = [design.origin, design.verdict, *more]
        facts = html.escape("; ".join(facts)).capitalize()
        self._facts.value = f"{facts}.<br>{_LEGEND}"

    def _show_generation(self):
        session, state = self.session, self.session.state
        for number, design in enumerate(state.shown.designs, 1):
            picture, text = self._cards[number - 1]
            mark = state.shown.marks.get(number, "")
            frame = plotting.REAL_COLOR if mark == "kept" else "transparent"
            pale = 0.25 if mark == "discarded" else 1
            style = f"border: 4px solid {frame}; opacity: {pale}"
            name, verdict = f"Design {number}", html.escape(design.verdict)
            picture.value = self._draw(design, _SMALL, name, style)
            text.value = (
                '<div style="line-height: 1.3; height: 4em; width: 96px; overflow: '
                f'auto"><b>No {number}</b> {mark}<br>{verdict}</div>'
            )
        num_passing = sum(not design.fails for design in state.shown.designs)
        asked = "; ".join(str(session.brief or "").splitlines())
        self._headline.value = (
            f"<b>Generation {_name(state, state.number)}: {num_passing} of "
            f"{len(state.shown.designs)} meet the brief</b> ({html.escape(asked)})"
        )
        numbers = range(1, len(state.generations) + 1)
        self.generation.options = [(_name(state, n), n) for n in numbers]
        self.generation.value = state.number

    def _show_drawing(self):
        state = self.session.state
        for pair, half_width in zip(self.half_widths, state.drawing, strict=True):
            for control in pair:
                control.value = half_width
        self._silhouette.value = draw_drawing(
            state.drawn, state.design.outline, _LARGE, _ROW
        )
        mean, most = self.session.off()
        self._off.value = (
            f"The open design (dashed) is {mean:.1f} mm<br>off your drawing in the "
            f"mean,<br>{most:.1f} mm at most."
        )

    def _show_comparison(self):
        compared = self.session.state.compared
        if len(compared) < 2:
            self._compared.value = "Put one design in A and another in B."
            self._table.value = ""
            return
        pair = [compared[place] for place in "AB"]
        self._compared.value = "".join(
            f'<div style="display: inline-block; margin-right: 8px"><b>{place}</b>'
            f"{self._draw(design, _MIDDLE, f'Design {place}')}</div>"
            for place, design in zip("AB", pair, strict=True)
        )
        styles = [self.session.styles[design.genes["style"]] for design in pair]
        rows = [("style", *styles, "" if styles[0] == styles[1] else "another")]
        for name in pair[0].measured:
            texts = [
                f"{design.measured[name]:.{self._decimals(name)}f}"
                f"{' (yours)' if name in design.yours else ''}"
                for design in pair
            ]
            gap = pair[1].measured[name] - pair[0].measured[name]
            gap = f"{gap:+.{self._decimals(name)}f}"
            rows.append((f"{name}, {self._unit(name)}", *texts, gap))
        rows.append(("brief", *(design.verdict for design in pair), ""))
        self._table.value = _table(("", "A", "B", "B less A"), rows)

    def _draw(self, design, width, alt, style=""):
        file = draw_design(design, self.session.state.glaze, width, self._frame_mm)
        return to_html(file, alt, width, style)

    def _measured(self, design, name):
        """A quantity with its unit."""
        value = f"{design.measured[name]:.{self._decimals(name)}f}"
        return f"{value} {self._unit(name)}".strip()

    def _unit(self, name):
        if name in self.session.ranges:
            return _UNITS.get(name, "mm")
        return getattr(self.session.brief, "units", {}).get(name, "")

    def _decimals(self, name):
        return self.session.decimals.get(name, 1) + 1


def _narrow(width):
    return NAMED | {"layout": {"width": f"{width}px", "max_width": "100%"}}


def _row(*parts):
    return widgets.HBox(parts, layout=WRAPPED)


def _button(description, action, width=110):
    layout = {"width": f"{width}px", "max_width": "100%"}
    button = widgets.Button(description=description, layout=layout)
    button.on_click(lambda _: action())
    return button


def _name(state, number):
    """A generation's number, and from which one it was bred."""
    parent = state.generations[number - 1].parent
    return f"{number}, bred from {parent}" if parent else f"{number}"


def _table(head, rows):
    """An HTML table whose first row and first column are headings."""
    style = 'style="padding: 2px 10px; text-align: left; font-weight: '
    head = "".join(f'<th scope="col" {style}bold">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row" {style}bold">{html.escape(name)}</th>'
        + "".join(f'<td {style}normal">{html.escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
