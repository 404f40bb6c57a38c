"""Pairs of pictures, one pair after the other, of which one picture is chosen."""

from __future__ import annotations

import threading
import time

import ipywidgets as widgets

from gan_tutorial.widgets import WRAPPED, Panel, one_at_a_time, replace_previous

_LEAST_LOOK_S = 0.5  # a click that comes sooner was meant for the pair before


class Choice:
    """Two pictures, a button below each, and what is told of the answers so far.

    A subclass says what a pair shows (`_draw`, two HTML texts for its number), what is
    asked (`_ask`), what the answer is that a side stands for (`_judge`), and what is
    told of all (`summarise`). A new widget closes the one of its kind before.

    Attributes:
        widget: what a notebook shows. *Tab* moves to a button, *Enter* presses it.
        buttons: the two buttons, from left to right.
        answers: what was answered so far.
        seconds: how long each answer took.

    Args:
        kind: name of the kind of widget.
        num_pairs: how many are asked.
        sides: from the name of each button to its tooltip.
        width: of a button, in pixels.
    """

    def __init__(self, kind: str, num_pairs: int, sides: dict, width: int):
        self.num_pairs, self.answers, self.seconds = num_pairs, [], []
        self._lock = threading.RLock()  # clicks can come from several threads
        self._question, self._result = widgets.HTML(), widgets.HTML()
        self._pictures = [widgets.HTML() for _ in sides]
        layout = {"width": f"{width}px"}
        self.buttons = [
            widgets.Button(description=name, tooltip=tooltip, layout=layout)
            for name, tooltip in sides.items()
        ]
        for number, button in enumerate(self.buttons):
            button.on_click(lambda _button, number=number: self.answer(number))
        columns = zip(self._pictures, self.buttons, strict=True)
        pair = widgets.HBox([widgets.VBox(c) for c in columns], layout=WRAPPED)
        self.widget = Panel([self._question, pair, self._result])
        self._show()
        replace_previous(kind, self.widget)

    @one_at_a_time
    def answer(self, side: int) -> None:
        """Takes an answer, 0 for left and 1 for right, and shows the next pair.

        After the last pair it does nothing, nor for the second half of a double click.
        """
        took = time.monotonic() - self._shown_at
        if took >= _LEAST_LOOK_S and len(self.answers) < self.num_pairs:
            self.answers.append(self._judge(len(self.answers), int(side)))
            self.seconds.append(took)
            self._show()

    def _show(self):
        """The next pair, or the last one again where all are answered."""
        is_over = len(self.answers) == self.num_pairs
        number = min(len(self.answers), self.num_pairs - 1)
        parts = zip(self._pictures, self.buttons, self._draw(number), strict=True)
        for picture, button, shown in parts:
            picture.value, button.disabled = shown, is_over
        self._question.value = (
            f"All {self.num_pairs} pairs are answered."
            if is_over
            else f"Pair {number + 1} of {self.num_pairs}{self._ask(number)}"
        )
        self._result.value = self.summarise()
        self._shown_at = time.monotonic()
