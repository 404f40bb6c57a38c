"""Ask yourself as the user: on which of two screens is the task done sooner?

The seconds until a choice count from when the notebook sent the pictures: the way to
the browser and back is in them.
"""

from __future__ import annotations

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design import screens, wireframes
from gan_tutorial.lab.intervals import wilson
from gan_tutorial.widgets.choice import Choice
from gan_tutorial.widgets.pictures import to_html, to_png

SIDES = ("A", "B")
_CELL_PIXELS = 10  # of a picture on the screen


class AOrB(Choice):
    """Two screens side by side, a task, a button below each, and a summary at the end.

    In half of the pairs, at random, the two change sides: who always presses the left
    button prefers neither.

    Attributes:
        swapped: for each pair, whether the second screen stands on the left.
        answers: for each answer so far, which screen of its pair was chosen, 0 or 1.

    Args:
        first: valid screens of the one design, `(n, 32, 16)`.
        second: as many of the other.
        tasks: one for each pair, such as "press the button", or one for all.
        names: what the two designs are called in the summary.
        seed: from which the order and the sides follow.

    Raises:
        ValueError: no screens, other numbers of them, or no task.
    """

    def __init__(
        self,
        first,
        second,
        tasks="press the button",
        names=("first", "second"),
        seed=0,
    ):
        first, second = wireframes.check_maps(first), wireframes.check_maps(second)
        if first.ndim != 3 or first.shape != second.shape or not len(first):
            raise ValueError(
                f"The screens have shapes {first.shape} and {second.shape}; expected "
                "as many of both, (n, 32, 16), and 1 or more."
            )
        tasks = [tasks] * len(first) if isinstance(tasks, str) else list(tasks)
        if len(tasks) != len(first) or not all(map(str.strip, tasks)):
            raise ValueError(f"{tasks} are no tasks for {len(first)} pairs; give each.")
        rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
        order = rng.permutation(len(first))
        self.swapped = rng.permutation(len(first)) % 2 == 1
        self._pairs = list(zip(first[order], second[order], strict=True))
        self._tasks, self._names = [tasks[k] for k in order], tuple(names)
        sides = {side: f"Screen {side}" for side in SIDES}
        super().__init__("a or b", len(first), sides, screens.COLUMNS * _CELL_PIXELS)

    def summarise(self) -> str:
        """Who was chosen how often, how long it took, and what that does not show."""
        asked, chosen = len(self.answers), sum(self.answers)
        if not asked:
            return "No answer yet."
        low, high = wilson(chosen, asked)
        text = (
            f"Chosen: {self._names[0]} {asked - chosen}, {self._names[1]} {chosen} of "
            f"{asked}. Mean time {np.mean(self.seconds):.1f} s. 95 % interval for "
            f"{self._names[1]}: {low:.0%} to {high:.0%}."
        )
        if low <= 0.5 <= high:
            return f"{text} It holds 50 %: so few answers show no preference."
        return f"{text} You prefer one of them; other people may prefer the other."

    def _judge(self, number, side):
        return side ^ int(self.swapped[number])

    def _ask(self, number):
        return (
            f". Task: {self._tasks[number]}. <b>On which screen is it done sooner?</b>"
        )

    def _draw(self, number):
        pair = self._pairs[number][:: -1 if self.swapped[number] else 1]
        for cells, side in zip(pair, SIDES, strict=True):
            drawn = screens.draw(cells[None], _CELL_PIXELS)[0]
            alt, width = f"Screen {side}: {wireframes.describe(cells)}", drawn.shape[1]
            yield to_html(to_png(drawn, width), alt, width)
