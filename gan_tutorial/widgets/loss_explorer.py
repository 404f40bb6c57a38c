"""Explore the losses: two verdicts of a discriminator, and what each loss says to them.

`LossExplorer().widget` has sliders, numbers and curves. `LossExplorer().figure()` shows
the same curves as a still figure.
"""

from __future__ import annotations

import io
import math
import threading

import ipywidgets as widgets
import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial.plotting import FAKE_COLOR, REAL_COLOR
from gan_tutorial.widgets import LOSSES, one_at_a_time, replace_previous

LOWEST, HIGHEST = 0.01, 0.99  # probabilities that the sliders reach

LOGITS_AND_PROBABILITIES = "-4\n0.02", "-2\n0.12", "0\n0.50", "2\n0.88", "4\n0.98"

# By loss, the real and the fake logit for which the discriminator pays nothing. With
# one of them in its place, its loss is what the other logit costs.
FREE_LOGITS = {
    "non-saturating": (np.inf, -np.inf),
    "minimax": (np.inf, -np.inf),
    "least squares": (1.0, 0.0),
    "hinge": (1.0, -1.0),
    "Wasserstein": (0.0, 0.0),
}


def logit_of(probability: float) -> float:
    """The logit whose sigmoid is a probability above 0 and below 1."""
    return math.log(probability / (1 - probability))


def work_out(family: str, real_logit: float, fake_logit: float) -> dict[str, float]:
    """The losses of one real and one fake logit, and their gradients.

    Args:
        family: one of `LOSSES`, such as `"hinge"`.
        real_logit: the discriminator's output for a real image.
        fake_logit: its output for a generated image.

    Returns:
        `real_part` and `fake_part`, which add up to `d_loss`; `g_loss`; and the
        gradients `d_real_slope`, `d_fake_slope` and `g_slope` to the logits.
    """
    g_loss_fn, d_loss_fn = LOSSES[family]
    free_real, free_fake = map(tf.constant, FREE_LOGITS[family])
    real, fake = tf.constant(real_logit), tf.constant(fake_logit)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([real, fake])
        d_loss, g_loss = d_loss_fn(real, fake), g_loss_fn(fake)
    d_real_slope, d_fake_slope = tape.gradient(d_loss, [real, fake])
    found = {
        "real_part": d_loss_fn(real, free_fake),
        "fake_part": d_loss_fn(free_real, fake),
        "d_loss": d_loss,
        "g_loss": g_loss,
        "d_real_slope": d_real_slope,
        "d_fake_slope": d_fake_slope,
        "g_slope": tape.gradient(g_loss, fake),
    }
    return {name: float(value) for name, value in found.items()}


class LossDrawing:
    """The curves of one family, with dots and tangents that can be moved.

    Args:
        family: one of `LOSSES`.
        is_still: whether the figure is to be shown by itself. If not, `png` draws the
            curves once and afterwards only what moves, which is fast.
    """

    CURVES = (  # panel, number, slope, colour, label
        (0, "real_part", "d_real_slope", REAL_COLOR, "real part"),
        (0, "fake_part", "d_fake_slope", FAKE_COLOR, "fake part"),
        (1, "g_loss", "g_slope", FAKE_COLOR, "generator's loss"),
    )

    def __init__(self, family: str, is_still: bool = True):
        self.family = family
        self.figure = Figure(figsize=(9, 3.2), dpi=80, layout="constrained")
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.subplots(1, 2)
        self._background = None
        end = logit_of(HIGHEST)
        logits = np.linspace(-end, end, 93)
        points = [work_out(family, logit, logit) for logit in logits.tolist()]
        self.dots, self.tangents = [], []
        for panel, number, _, color, label in self.CURVES:
            axis = self.axes[panel]
            heights = [point[number] for point in points]
            axis.plot(logits, heights, color=color, lw=2, label=label)
            moving = {"animated": not is_still}
            self.tangents += axis.plot([], [], lw=3, color="0.1", **moving)
            self.dots += axis.plot(
                [], [], "o", ms=10, mec="white", color=color, **moving
            )
        titles = "discriminator's loss, two parts", "generator's loss"
        for axis, title in zip(self.axes, titles, strict=True):
            axis.set_title(title, fontsize=12)
            axis.set_xticks((-4, -2, 0, 2, 4), LOGITS_AND_PROBABILITIES)
            axis.set_xlabel("output of D, and below it its sigmoid", fontsize=11)
            axis.margins(x=0.02, y=0.1)
            axis.autoscale(False)
            axis.axhline(0, color="0.8", lw=0.8, zorder=0)
            axis.axvline(0, color="0.8", lw=0.8, zorder=0)
            axis.spines[["top", "right"]].set_visible(False)
        self.axes[0].legend(loc="upper center", frameon=False, fontsize=11)

    def move(self, real_logit: float, fake_logit: float) -> dict[str, float]:
        """Puts the dots in their places; returns the numbers of `work_out`."""
        found = work_out(self.family, real_logit, fake_logit)
        places = real_logit, fake_logit, fake_logit
        for (_, number, slope, *_), logit, dot, tangent in zip(
            self.CURVES, places, self.dots, self.tangents, strict=True
        ):
            height, ends = found[number], np.array([-0.8, 0.8])
            dot.set_data([logit], [height])
            tangent.set_data(logit + ends, height + ends * found[slope])
        return found

    def png(self) -> bytes:
        """The picture, for a drawing that is not still."""
        canvas = self.figure.canvas
        if self._background is None:
            canvas.draw()
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        canvas.restore_region(self._background)
        for artist in self.tangents + self.dots:
            artist.axes.draw_artist(artist)
        file = io.BytesIO()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        picture.save(file, "PNG", compress_level=1)
        return file.getvalue()


class ProbabilityControl:
    """A slider, a box to type in, and a message, for one probability."""

    def __init__(self, name: str, value: float):
        self.slider = widgets.FloatSlider(
            value=value,
            min=LOWEST,
            max=HIGHEST,
            step=0.01,
            description=name,
            readout=False,
        )
        self.text = widgets.Text(
            value=f"{value:g}",
            description="or type it",
            continuous_update=False,
            layout={"width": "170px"},
        )
        self.message = widgets.Label()
        self.slider.observe(self._show_value, "value")
        self.text.observe(self._read, "value")
        # Where there is little room, the message goes into a line of its own.
        self.widget = widgets.HBox(
            [self.slider, self.text, self.message], layout={"flex_flow": "row wrap"}
        )

    def _show_value(self, _change=None):
        self.message.value = ""
        self.text.value = f"{self.slider.value:g}"

    def _read(self, _change):
        typed = self.text.value.strip()
        try:
            value = float(typed.replace(",", "."))
        except ValueError:
            value = math.nan
        if LOWEST <= value <= HIGHEST:
            self.slider.value = round(value, 2)  # the slider has steps of 0.01
            self._show_value()
        else:
            self.message.value = (
                f"{typed[:12] or 'Nothing'!r} is no number from {LOWEST} to {HIGHEST}, "
                "such as 0.25."
            )


class LossExplorer:
    """Sliders for D(x) and D(G(z)), and all that follows from them.

    A new explorer closes the one before.

    Attributes:
        widget: what a notebook shows.
        real, fake: the controls of D(x) and of D(G(z)).
        family: the control of the family of losses.

    Args:
        real_probability: D(x), the verdict on a real image.
        fake_probability: D(G(z)), the verdict on a generated image.
        family: one of `LOSSES`, such as `"hinge"`.
    """

    def __init__(
        self,
        real_probability: float = 0.9,
        fake_probability: float = 0.8,
        family: str = "non-saturating",
    ):
        self.real = ProbabilityControl("D(x)", real_probability)
        self.fake = ProbabilityControl("D(G(z))", fake_probability)
        self.family = widgets.Dropdown(
            options=list(LOSSES), value=family, description="family"
        )
        self.numbers = widgets.HTML()
        self.picture = widgets.Image(format="png", layout={"max_width": "720px"})
        self.widget = widgets.VBox(
            [
                self.family,
                self.real.widget,
                self.fake.widget,
                self.numbers,
                self.picture,
            ]
        )
        self._drawings: dict[str, LossDrawing] = {}
        # JupyterLab can let two widgets call their functions at the same time.
        self._lock = threading.RLock()
        for control in (self.real.slider, self.fake.slider, self.family):
            control.observe(self._update, "value")
        self._update()
        replace_previous("loss explorer", self.widget)

    @property
    def logits(self) -> tuple[float, float]:
        """The real and the fake logit."""
        return logit_of(self.real.slider.value), logit_of(self.fake.slider.value)

    def figure(self) -> Figure:
        """The picture as it is now, as a figure that does not move."""
        drawing = LossDrawing(self.family.value)
        drawing.move(*self.logits)
        return drawing.figure

    @one_at_a_time
    def _update(self, _change=None):
        family, logits = self.family.value, self.logits
        if family not in self._drawings:
            self._drawings[family] = LossDrawing(family, is_still=False)
        found = self._drawings[family].move(*logits)
        self.picture.value = self._drawings[family].png()
        self.numbers.value = _table(*logits, found)


def _table(real_logit: float, fake_logit: float, found: dict[str, float]) -> str:
    """The numbers as HTML: a row for each player."""
    rows = (
        (
            "discriminator",
            f"{found['real_part']:.4f} + {found['fake_part']:.4f} = "
            f"<b>{found['d_loss']:.4f}</b>",
            f"{found['d_real_slope']:.4f}",
            f"{found['d_fake_slope']:.4f}",
        ),
        ("generator", f"<b>{found['g_loss']:.4f}</b>", "–", f"{found['g_slope']:.4f}"),
    )
    heads = (
        "",
        "loss",
        f"gradient to the real logit {real_logit:.2f}",
        f"gradient to the fake logit {fake_logit:.2f}",
    )
    cell = '<{0} style="padding: 0 1em; text-align: right">{1}</{0}>'
    lines = ["".join(cell.format("th", head) for head in heads)]
    lines += ["".join(cell.format("td", text) for text in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"
