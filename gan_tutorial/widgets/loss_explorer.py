"""Two verdicts of a discriminator, and what each family of losses says to them."""

import functools

import ipywidgets as widgets
import numpy as np
import tensorflow as tf

from gan_tutorial import plotting
from gan_tutorial.plotting import FAKE_COLOR, REAL_COLOR
from gan_tutorial.widgets import CONTROL, LOSSES, Panel, replace_previous
from gan_tutorial.widgets.pictures import figure_to_png, to_html

COLORS = REAL_COLOR, FAKE_COLOR, FAKE_COLOR  # two for the discriminator's loss
LOWEST, HIGHEST = 0.01, 0.99  # probabilities that can be asked for

# By loss, the real and the fake logit for which the discriminator pays nothing. With
# one of them in its place, its loss is what the other logit costs.
FREE_LOGITS = {
    "non-saturating": (np.inf, -np.inf),
    "minimax": (np.inf, -np.inf),
    "least squares": (1.0, 0.0),
    "hinge": (1.0, -1.0),
    "Wasserstein": (0.0, 0.0),
}


def work_out(family: str, logits) -> tuple[np.ndarray, np.ndarray]:
    """What one real and one fake logit cost both players, and the gradients.

    Args:
        family: one of `LOSSES`, such as `"hinge"`.
        logits: of the real image, of the fake one for the discriminator, and of the
            fake one for the generator.

    Returns:
        The two parts of the discriminator's loss and the generator's loss, `(3,)`, and
        the gradient of each to its logit, `(3,)`.
    """
    loss, (free_real, free_fake) = LOSSES[family], FREE_LOGITS[family]
    logits = tf.constant(logits, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        costs = tf.stack(
            [
                loss.discriminator(logits[0], tf.constant(free_fake)),
                loss.discriminator(tf.constant(free_real), logits[1]),
                loss.generator(logits[2]),
            ]
        )
    return costs.numpy(), tape.gradient(costs, logits).numpy()


@functools.cache
def _curves(family):
    """Logits `(93,)`, and what each of them costs `(93, 3)`."""
    logits = np.linspace(_logit(LOWEST), _logit(HIGHEST), 93)
    return logits, np.stack([work_out(family, [logit] * 3)[0] for logit in logits])


def _logit(probability):
    return np.log(probability / (1 - probability))


def plot_losses(family: str = "non-saturating", real: float = 0.9, fake: float = 0.8):
    """The losses of both players as curves, with a dot and its tangent on each.

    Args:
        family: one of `LOSSES`, such as `"hinge"`.
        real: D(x), the verdict on a real image, between 0 and 1.
        fake: D(G(z)), the verdict on a generated image.
    """
    logits = _logit(np.array([real, fake, fake]))
    costs, slopes = work_out(family, logits)
    places, curves = _curves(family)
    figure, axes = plotting.new_figure(9, 3.4, columns=2, layout="constrained")
    left, right = axes[0]
    names = "real part", "fake part", "generator's loss"
    parts = list(enumerate(zip((left, left, right), names, COLORS, strict=True)))
    for k, (axis, name, color) in parts:
        label = f"{name}, gradient {slopes[k]:.4f}"
        axis.plot(places, curves[:, k], color=color, lw=2, label=label)
    for axis, heights in ((left, curves[:, :2]), (right, curves[:, 2])):
        # The axes stay as they are while a verdict moves; above is room for the legend.
        low, high = heights.min(), heights.max()
        room = np.array([-0.1, 0.45]) * (high - low)
        axis.set(xlim=places[[0, -1]] * 1.05, ylim=(low, high) + room)
    ends = np.array([-0.8, 0.8])
    for k, (axis, _, color) in parts:
        axis.plot(logits[k] + ends, costs[k] + slopes[k] * ends, color="0.1", lw=3)
        axis.plot(logits[k], costs[k], "o", ms=10, mec="white", color=color)
    d_loss = f"{costs[0]:.4f} + {costs[1]:.4f} = {costs[0] + costs[1]:.4f}"
    left.set_title(f"discriminator's loss {d_loss}", fontsize=12)
    right.set_title(f"generator's loss {costs[2]:.4f}", fontsize=12)
    for axis in (left, right):
        ticks = np.array([-4, -2, 0, 2, 4])
        axis.set_xticks(ticks, [f"{t}\n{1 / (1 + np.exp(-t)):.2f}" for t in ticks])
        axis.set_xlabel("output of D, and below it its sigmoid", fontsize=11)
        axis.axhline(0, color="0.8", lw=0.8, zorder=0)
        axis.axvline(0, color="0.8", lw=0.8, zorder=0)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(loc="upper center", frameon=False, fontsize=10)
    return figure


def explore(real: float = 0.9, fake: float = 0.8) -> widgets.Widget:
    """`plot_losses` with a menu and a box for each verdict; closes the one before.

    Args:
        real: what stands in the box of D(x) first, 0.01 to 0.99.
        fake: what stands in the box of D(G(z)) first.
    """
    controls = [widgets.Dropdown(options=list(LOSSES), description="family", **CONTROL)]
    for name, value in (("D(x)", real), ("D(G(z))", fake)):
        controls.append(
            widgets.BoundedFloatText(
                value=value,
                min=LOWEST,
                max=HIGHEST,
                step=0.01,
                description=name,
                **CONTROL,
            )
        )
    picture = widgets.HTML()

    def draw(_change=None):
        figure = plot_losses(*(control.value for control in controls))
        titles = " and ".join(axis.get_title() for axis in figure.axes)
        alt = f"Curves with a dot and a tangent on each: {titles}"
        picture.value = to_html(figure_to_png(figure), alt, width=720)

    draw()
    for control in controls:
        control.observe(draw, "value")
    panel = widgets.VBox(controls, layout={"max_width": "340px"})
    widget = Panel([panel, picture])
    replace_previous("loss explorer", widget)
    return widget
