"""Ask people: of two pictures, one real and one made, which one is real?

This is a two-alternative test. Who sees no difference is right in half of the cases.
"""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from gan_tutorial import checks, data, plotting
from gan_tutorial.lab.intervals import wilson
from gan_tutorial.widgets.choice import Choice
from gan_tutorial.widgets.pictures import to_html, to_png

SIDES = ("left", "right")
NUM_STILL = 8  # pairs in the still figure, which are not asked in the test
_SIDE_PIXELS = 196  # of a picture on the screen


class RealOrFake(Choice):
    """The test as a widget: two pictures, a button below each, and a running score.

    Attributes:
        sides: on which side the real picture is, 0 or 1, for each pair.
        answers: for each answer so far, whether it was right.

    Args:
        real_images: uint8 `(n, height, width, channels)`; at least eight more than
            `num_pairs`. Those are for `figure`.
        fake_images: made pictures of the same shape, as many or more.
        num_pairs: how many pairs are asked.
        seed: which pictures are taken, in which order, and on which sides.
        real_labels: the class of each real picture, `(n,)`. With it, and with
            `fake_labels`, both pictures of a pair are of one class: otherwise one might
            compare two products, and not two sources.
        fake_labels: likewise, for the made pictures.

    Raises:
        ValueError: too few pictures or pairs, other shapes, or values out of range.
    """

    def __init__(
        self,
        real_images,
        fake_images,
        num_pairs: int = 20,
        seed: int = 0,
        real_labels=None,
        fake_labels=None,
    ):
        real_images = data.check_pictures(real_images, "real_images")
        fake_images = data.check_pictures(fake_images, "fake_images")
        if real_images.shape[1:] != fake_images.shape[1:]:
            raise ValueError(
                f"Real pictures have shape {real_images.shape[1:]} and made ones "
                f"{fake_images.shape[1:]}; with two sizes one could tell them apart."
            )
        if (real_labels is None) != (fake_labels is None):
            raise ValueError("Give both real_labels and fake_labels, or neither.")
        if real_labels is None:  # all of one class
            real_labels, fake_labels = (
                np.zeros(len(images), int) for images in (real_images, fake_images)
            )
        num_pairs = checks.whole_number("num_pairs", num_pairs, 1)
        rng = np.random.default_rng(seed)
        num_all = num_pairs + NUM_STILL
        pairs = _pair(np.asarray(real_labels), np.asarray(fake_labels), num_all, rng)
        real, fake = real_images[pairs[:, 0]], fake_images[pairs[:, 1]]
        self.sides = rng.integers(0, 2, num_all)
        is_right = (self.sides == 1).reshape(-1, 1, 1, 1)
        self._shown = np.where(is_right, fake, real), np.where(is_right, real, fake)
        sides = {
            side.capitalize(): f"The {side} picture is the real one" for side in SIDES
        }
        super().__init__("real or fake", num_pairs, sides, _SIDE_PIXELS)

    def figure(self) -> Figure:
        """Eight more pairs, below one another, and the solution upside down."""
        still = slice(self.num_pairs, None)
        top, bottom = (images[still] for images in self._shown)
        solution = [f"{('top', 'bottom')[side]}\nis real" for side in self.sides[still]]
        figure = plotting.plot_image_rows(
            {"top": top, "bottom": bottom}, NUM_STILL, names=solution
        )
        for label in figure.axes[-1].get_xticklabels():
            label.set(rotation=180, ha="center")
        return figure

    def summarise(self) -> str:
        """Whether the last answer was right, the score so far, and what it shows."""
        asked, right = len(self.answers), sum(self.answers)
        if not asked:
            return "No answer yet."
        low, high = wilson(right, asked)
        last, side = self.answers[-1], SIDES[self.sides[asked - 1]]
        text = (
            f"{'Right' if last else 'Wrong'}: the real one was {side}. Score: {right} "
            f"of {asked}, <b>{right / asked:.0%}</b>. 95 % interval: {low:.0%} to "
            f"{high:.0%}. Guessing gives 50 %."
        )
        if asked < self.num_pairs:
            return text
        if low > 0.5:
            verdict = "You see which ones are made."
        elif high < 0.5:
            verdict = "You see a difference, but take made pictures for real ones."
        else:
            verdict = (
                "The interval holds 50 %: this test does not show that you see a "
                "difference. More pairs would make it narrower."
            )
        return f"{text}<br><b>{verdict}</b>"

    def _judge(self, number, side):
        return bool(side == self.sides[number])

    def _ask(self, number):
        return ": <b>which one is real?</b>"

    def _draw(self, number):
        for images, side in zip(self._shown, SIDES, strict=True):
            png, alt = to_png(images[number], _SIDE_PIXELS), f"The {side} picture"
            yield to_html(png, alt, _SIDE_PIXELS)


def _pair(real_labels, fake_labels, num_pairs, rng):
    """Rows of real and made pictures of one class, each used once: `(num_pairs, 2)`."""
    free = {
        label: rng.permutation(np.flatnonzero(fake_labels == label)).tolist()
        for label in np.unique(fake_labels)
    }
    pairs = [
        (real, free[real_labels[real]].pop())
        for real in rng.permutation(len(real_labels))
        if free.get(real_labels[real])
    ]
    if len(pairs) < num_pairs:
        raise ValueError(
            f"There are only {len(pairs)} pairs of one class; needed are {num_pairs}, "
            f"{NUM_STILL} of them for the figure. Give more pictures, a smaller "
            "num_pairs, or no labels."
        )
    return np.array(pairs[:num_pairs])
