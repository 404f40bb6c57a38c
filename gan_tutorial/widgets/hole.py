"""Make a hole in a picture, by mouse or by keyboard, and see it filled at once."""

import html
import threading
from functools import partial

import ipywidgets as widgets
import numpy as np

from gan_tutorial import data, metrics
from gan_tutorial.design import restore
from gan_tutorial.widgets import WRAPPED, Panel, one_at_a_time, replace_previous
from gan_tutorial.widgets.pictures import to_html, to_png

_WIDTH = 224  # of a picture on the screen, and of the grid, in pixels
_NUM_CELLS = 7  # of the grid, in a row and in a column
_NO_HOLE = "There is no hole. Press a cell, or give it a height and a width."
_ALL_HOLE = "The hole covers everything, so there is nothing to fill it from."


class HolePainter:
    """A picture with a hole, the same one filled, and whole; and what moves the hole.

    Show `painter.widget` as the last line of a cell. A press on a cell of the grid
    opens a hole there, or closes it. Sliders, and the boxes beside them, put a
    rectangle in its place. All work from the keyboard: go to one with *Tab*, then press
    *Space* or the arrows. A new painter closes the one before.

    Attributes:
        widget: what a notebook shows.
        number: which picture is shown, from 0.
        masks: its hole, uint8 `(1, height, width, 1)`, 1 in the hole.
        filled: what `fill` gave for it, uint8 `(1, height, width, channels)`; where
            nothing could be filled, the picture with a black hole.

    Args:
        images: uint8 `(n, height, width, channels)`.
        fill: function from pictures, whose holes are black, and masks to filled
            pictures, all uint8 as above; such as `design.restore.fill_smoothly`.
        masks: a hole for each picture, uint8 `(n, height, width, 1)`. None for one in
            the middle, which stays where it is when the next picture comes.

    Raises:
        ValueError: pictures or masks of another form.
    """

    def __init__(self, images, fill, masks=None):
        self._images, self._fill = data.check_pictures(images), fill
        self._starts, self._sides = masks, self._images.shape[1:3]
        nothing = np.zeros((*self._images.shape[:3], 1), np.uint8)
        # This says what does not fit.
        restore.zero_fill(self._images, nothing if masks is None else masks)
        self._lock, self._is_showing, self.number = threading.RLock(), False, -1
        self._build_controls()
        self.masks = self._rectangle()
        self.next_picture()
        replace_previous("hole painter", self.widget)

    @one_at_a_time
    def next_picture(self) -> None:
        """Shows the next picture; after the last one, the first."""
        self.number = (self.number + 1) % len(self._images)
        if self._starts is not None:
            start = self._starts[self.number : self.number + 1]
            self.masks = np.array(start, np.uint8)
        self._show()

    @one_at_a_time
    def clear(self) -> None:
        """Closes the hole."""
        self.masks = np.zeros_like(self.masks)
        self._show()

    @one_at_a_time
    def _place(self, _change):
        self.masks = self._rectangle()
        self._show()

    @one_at_a_time
    def _press(self, part, change):
        if not self._is_showing:  # else nobody has touched it
            self.masks = self.masks.copy()
            self.masks[part] = change["new"]
            self._show()

    def _rectangle(self):
        top, left, height, width = (box.value for _, box in self.places.values())
        mask = np.zeros((1, *self._sides, 1), np.uint8)
        mask[:, top : top + height, left : left + width] = 1
        return mask

    def _build_controls(self):
        middle = [round(side * 5 / 14) for side in self._sides]
        corner = [(side - m) // 2 for side, m in zip(self._sides, middle, strict=True)]
        most = *(side - 1 for side in self._sides), *self._sides
        names = "Top", "Left", "Height", "Width"
        self.places = {
            name: _number(name, *ends)
            for name, *ends in zip(names, corner + middle, most, strict=True)
        }
        for _, box in self.places.values():
            box.observe(self._place, "value")
        rows, columns = (
            [slice(k[0], k[-1] + 1) for k in np.array_split(np.arange(side), num)]
            for side, num in ((side, min(_NUM_CELLS, side)) for side in self._sides)
        )
        self._parts = {
            f"{chr(97 + j)}{i + 1}": (0, row, column)
            for i, row in enumerate(rows)
            for j, column in enumerate(columns)
        }
        self.cells = {name: _cell(name) for name in self._parts}
        for name, cell in self.cells.items():
            cell.observe(partial(self._press, self._parts[name]), "value")
        grid = widgets.GridBox(
            [*self.cells.values()],
            layout={"grid_template_columns": f"repeat({len(columns)}, 32px)"},
        )
        self.next_button = _button("Next picture", self.next_picture)
        self.clear_button = _button("Close the hole", self.clear)
        self._pictures = [widgets.HTML() for _ in range(3)]
        self.message = widgets.HTML(layout={"min_height": "32px"})  # so nothing jumps
        places = [_row(*pair) for pair in self.places.values()]
        moves = widgets.VBox([*places, _row(self.next_button, self.clear_button)])
        pictures, controls = _row(*self._pictures), _row(moves, grid)
        self.widget = Panel([pictures, self.message, controls])

    def _show(self):
        """Fills the hole, and brings all that is on the screen in line with it."""
        image = self._images[self.number : self.number + 1]
        holed = restore.zero_fill(image, self.masks)
        self.filled, message = self._try_to_fill(image, holed)
        # A hole may be as dark as the ground, so it is shown as a chessboard.
        squares = np.indices(self._sides).sum(axis=0)[..., None] % 2
        shown = np.where(self.masks, 96 + 64 * squares, image).astype(np.uint8)
        names = f"with a hole of {self.masks.sum()} pixels", "filled", "whole"
        parts = zip(self._pictures, (shown, self.filled, image), names, strict=True)
        for picture, pixels, name in parts:
            text = f"Picture {self.number + 1} {name}"
            file = to_html(to_png(pixels[0], _WIDTH), text, _WIDTH)
            picture.value = f"{text}<br>{file}"
        self.message.value = f'<b role="alert">{html.escape(message)}</b>'
        self._is_showing = True
        for name, cell in self.cells.items():
            cell.value = bool(self.masks[self._parts[name]].mean() > 0.5)
            cell.button_style = "primary" if cell.value else ""
            # Read by screen readers, to which a button of ipywidgets is never pressed.
            cell.tooltip = f"{name} is {'in the hole' if cell.value else 'known'}"
        self._is_showing = False

    def _try_to_fill(self, image, holed):
        """What `fill` gives, and what to say of it; it may have any fault."""
        if self.masks.all() or not self.masks.any():
            return holed, _ALL_HOLE if self.masks.all() else _NO_HOLE
        try:
            filled = np.asarray(self._fill(holed, self.masks.copy()))
        except Exception as error:
            return holed, f"The filling stopped with an error: {error}"
        if filled.dtype != np.uint8 or filled.shape != image.shape:
            came = f"{filled.dtype} of shape {filled.shape}"
            return holed, f"The filling is {came}; expected uint8 {image.shape}."
        decibels = metrics.psnr(image, filled, self.masks.astype(bool))
        return filled, f"PSNR in the hole: {decibels:.1f} dB."


def _number(name, value, most):
    """A slider, and a box that does the same: the slider's handle has no name."""
    given = {"value": value, "min": 0, "max": most, "description": name}
    slider = widgets.IntSlider(
        **given, readout=False, layout={"width": "220px", "max_width": "100%"}
    )
    box = widgets.BoundedIntText(
        **given,
        layout={"width": "72px"},
        style={"description_width": "0px"},  # it is heard, and not seen twice
    )
    widgets.link((slider, "value"), (box, "value"))
    return slider, box


def _cell(name):
    layout = {"width": "30px", "height": "30px", "padding": "0", "margin": "1px"}
    return widgets.ToggleButton(description=name, layout=layout)


def _button(name, action):
    button = widgets.Button(description=name, layout={"width": "130px"})
    button.on_click(lambda _button: action())
    return button


def _row(*parts):
    return widgets.HBox(parts, layout=WRAPPED)
