"""Figures that one lesson needs. A `plot_` function returns a matplotlib `Figure`."""

import numpy as np
import tensorflow as tf
from keras import Model, tree
from matplotlib import pyplot as plt
from PIL import Image

from gan_tutorial.networks import one_or_list
from gan_tutorial.plotting import (
    FAKE_COLOR,
    REAL_COLOR,
    encode,
    image_grid,
    new_figure,
    plot_curves,
    plot_image_rows,
)

# Colours and lines of up to four losses; none is that of a player.
LOSS_STYLES = ("0.1", "-"), ("#009E73", "--"), ("#CC79A7", "-."), ("0.5", ":")


def plot_feature_maps(network, inputs, layers):
    """What layers of a network give for some inputs, with a column for each input.

    Of each layer the two maps that vary most are shown, each by itself from black, its
    smallest number, to white, its largest.

    Args:
        network: a Keras model.
        inputs: what it takes, an array or several of equal length.
        layers: layers of it whose outputs are feature maps.
    """
    inside = Model(one_or_list(network.inputs), [layer.output for layer in layers])
    outputs = [np.asarray(maps) for maps in tree.flatten(inside(inputs))]
    tallest = max(maps.shape[1] for maps in outputs)
    rows = {}
    for maps in outputs:
        spread = maps.std(axis=(1, 2)).mean(axis=0)  # of each map, over its places
        strongest = np.argsort(-spread, kind="stable")[:2]
        factor = tallest // maps.shape[1]  # small maps are enlarged, pixel by pixel
        for number in strongest:
            shown = maps[..., [number]]
            shown = shown - shown.min(axis=(1, 2), keepdims=True)
            shown = shown / np.maximum(shown.max(axis=(1, 2), keepdims=True), 1e-9)
            shown = np.rint(255 * shown).astype(np.uint8)
            size = f"{maps.shape[1]} × {maps.shape[2]}"
            name = f"{size}\nmap {number}" if maps.shape[3] > 1 else f"picture\n{size}"
            rows[name] = shown.repeat(factor, axis=1).repeat(factor, axis=2)
    return plot_image_rows(rows, columns=len(maps))


def plot_numbers(arrays, width: float = 9.0):
    """Arrays of numbers side by side as grey squares, small ones with their values.

    Args:
        arrays: dictionary from a title to an array `(rows, columns)`. Black is the
            smallest and white the largest number of each array.
        width: of the figure, in inches.
    """
    shapes = [np.shape(array) for array in arrays.values()]
    columns = sum(shape[1] ** 0.5 for shape in shapes)
    figure, axes = new_figure(
        width,
        width * max(rows / c**0.5 for rows, c in shapes) / columns + 0.4,
        columns=len(arrays),
        gridspec_kw={"width_ratios": [shape[1] ** 0.5 for shape in shapes]},
        layout="constrained",
    )
    for axis, (title, array) in zip(axes[0], arrays.items(), strict=True):
        array = np.asarray(array, float)
        axis.imshow(array, cmap="gray")
        axis.set(title=title, xticks=[], yticks=[])
        if array.size > 120:
            continue
        middle = (array.min() + array.max()) / 2
        for (row, column), value in np.ndenumerate(array):
            text = f"{value:.2g}" if value % 1 else f"{value:.0f}"
            color = "white" if value <= middle else "black"
            axis.text(column, row, text, color=color, ha="center", va="center", size=8)
    return figure


def plot_descent(loss, weights, title: str = ""):
    """A loss as a curve over one weight, and the places that training visited.

    Args:
        loss: function from a weight to a loss; takes arrays.
        weights: the visited weights, in order.
        title: text above the figure.
    """
    figure, axes = new_figure(7, 3, layout="constrained")
    weights = np.asarray(weights)
    reach = 1.1 * np.abs(weights - weights[-1]).max()
    grid = np.linspace(weights[-1] - reach, weights[-1] + reach, 200)
    axes[0, 0].plot(grid, loss(grid), color="0.6")
    axes[0, 0].plot(weights, loss(weights), "o-", color="C1")
    for step in (0, 1, len(weights) - 1):
        place = weights[step], loss(weights[step])
        axes[0, 0].annotate(
            f"step {step}", place, xytext=(6, 6), textcoords="offset points"
        )
    axes[0, 0].set(xlabel="weight", ylabel="loss", title=title)
    return figure


def plot_densities(panels, x):
    """Densities of real and of fake data, and a discriminator's verdict, side by side.

    Args:
        panels: dictionary from a title to three arrays `(num_points,)`: the density of
            the real data, that of the fakes, and a probability.
        x: `(num_points,)`, from left to right; places without data are left out.
    """
    names = "real data", "fakes", "D: how likely it is real"
    has_data = np.max([densities[:2] for densities in panels.values()], (0, 1)) > 1e-3
    first, *_, last = np.flatnonzero(has_data)
    shown = slice(first, last + 1)
    curves = {
        title: {
            name: (x[shown], y[shown]) for name, y in zip(names, heights, strict=True)
        }
        for title, heights in panels.items()
    }
    figure = plot_curves(curves, xlabel="x")
    for axis, (real, fake, _) in zip(figure.axes, panels.values(), strict=True):
        axis.fill_between(x[shown], real[shown], color=REAL_COLOR, alpha=0.25)
        axis.fill_between(x[shown], fake[shown], color=FAKE_COLOR, alpha=0.25)
        axis.axhline(0.5, color="0.6", lw=0.8, ls=":")
        axis.set(xlim=x[[first, last]], ylim=(0, 1.05))
    return figure


def plot_balls(real, fakes):
    """What precision and recall count, on points in a plane.

    A row for each set of fakes: on the left the balls of the real points and which
    fakes lie in them (precision), on the right the balls of the fakes and which real
    points lie in them (recall). A ball reaches to the third nearest point of its own
    set. A cross is a point that lies in no ball.

    Args:
        real: points `(num_points, 2)`.
        fakes: dictionary from a name to points `(num_points, 2)`.
    """
    every_point = np.concatenate([real, *fakes.values()])
    low, high = every_point.min(axis=0) - 0.4, every_point.max(axis=0) + 0.4
    height = 4.5 * (high - low)[1] / (high - low)[0]
    figure, axes = new_figure(
        9, (height + 0.4) * len(fakes), len(fakes), 2, layout="constrained"
    )
    for row, (name, fake) in zip(axes, fakes.items(), strict=True):
        for axis, measure, middles, points, colors in (
            (row[0], "precision", real, fake, (REAL_COLOR, FAKE_COLOR)),
            (row[1], "recall", fake, real, (FAKE_COLOR, REAL_COLOR)),
        ):
            radii = np.sort(_lengths(middles, middles), axis=1)[:, 3]
            inside = (_lengths(points, middles) <= radii).any(axis=1)
            for middle, radius in zip(middles, radii, strict=True):
                ball = plt.Circle(middle, radius, color=colors[0], alpha=0.12, lw=0)
                axis.add_patch(ball)
            axis.plot(*np.transpose(middles), ".", ms=3, color=colors[0])
            axis.plot(*points[inside].T, "o", ms=5, mec="white", color=colors[1])
            axis.plot(*points[~inside].T, "x", ms=7, mew=2, color=colors[1])
            axis.set_title(f"{name}: {measure} {inside.mean():.2f}")
            axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
            axis.set(xticks=[], yticks=[])
    return figure


def _lengths(a, b):
    return np.linalg.norm(np.asarray(a)[:, None] - np.asarray(b), axis=2)


def plot_loss_functions(loss_fns, logits, dot=None):
    """Losses on the left, and their gradients to the logit on the right.

    Args:
        loss_fns: dictionary from a name to a function from logits to a loss, such as
            those of `losses` for the generator; up to four.
        logits: `(num_points,)`, from left to right.
        dot: a logit; there a dot stands on each curve, with its height.
    """
    logits = tf.constant(logits, tf.float32)
    panels = {"generator's loss": {}, "its gradient": {}}
    for name, loss_fn in loss_fns.items():
        with tf.GradientTape() as tape:
            tape.watch(logits)
            # One loss for each logit, not the mean over all.
            heights = tf.stack([loss_fn(logit) for logit in tf.unstack(logits)])
        panels["generator's loss"][name] = heights.numpy()
        panels["its gradient"][name] = tape.gradient(heights, logits).numpy()
    dots = () if dot is None else [(name, dot) for name in loss_fns]
    xlabel = "output (logit) for a fake"
    return plot_functions(panels, logits.numpy(), dots, xlabel, 9, LOSS_STYLES)


def plot_functions(
    panels,
    x,
    dots=(),
    xlabel: str = "",
    width: float = 9.0,
    styles=((REAL_COLOR, "-"), (FAKE_COLOR, "-")),
):
    """Curves over the same places, in panels side by side, and dots on them.

    Args:
        panels: dictionary from a title to a dictionary from a name to the heights of a
            curve, `(num_points,)`. A name has the same colour in all panels.
        x: `(num_points,)`, from left to right.
        dots: pairs of a name and a place on the x-axis: there a dot stands on each
            curve of this name, with its height.
        xlabel: name of the x-axes.
        width: of the figure, in inches.
        styles: pairs of a colour and a line style, one for each name.
    """
    figure, axes = new_figure(width, 3.2, columns=len(panels), layout="constrained")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    for axis, (title, curves) in zip(axes[0], panels.items(), strict=True):
        for name, heights in curves.items():
            color, style = styles[names.index(name)]
            axis.plot(x, heights, color=color, ls=style, lw=2.5, label=name)
            for place in (place for dotted, place in dots if dotted == name):
                height = np.interp(place, x, heights)
                axis.plot(place, height, "o", ms=9, mec="white", color=color)
                # Beside the dot, on the side where the curve is lower.
                falls = np.interp(place, x, np.gradient(heights, x)) < 0
                axis.annotate(
                    f"{height:.2f}",
                    (place, height),
                    xytext=(4 if falls else -4, 7),
                    textcoords="offset points",
                    ha="left" if falls else "right",
                    color=color,
                )
        axis.set(title=title, xlabel=xlabel)
        axis.axhline(0, color="0.8", lw=0.8, zorder=0)
        axis.spines[["top", "right"]].set_visible(False)
    lines, _ = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles=lines, loc="outside upper center", ncols=len(names), frameon=False
    )
    return figure


def plot_points(panels, real_points, width: float = 10.0):
    """Points in a plane, panels side by side, over the real points in grey.

    Each panel shows from -3 to 3; points outside stand on its frame.

    Args:
        panels: dictionary from a title to made points `(num_points, 2)`.
        real_points: `(num_points, 2)`.
        width: of the figure, in inches.
    """
    side = width / len(panels)
    figure, axes = new_figure(
        width, side + 0.5, columns=len(panels), layout="constrained"
    )
    for axis, (title, made_points) in zip(axes[0], panels.items(), strict=True):
        axis.plot(*np.transpose(real_points), ".", ms=3, color="0.8", label="real")
        inside = np.clip(np.transpose(made_points), -3, 3)
        axis.plot(*inside, "x", ms=4, color=FAKE_COLOR, label="made")
        axis.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[])
        axis.set_aspect("equal")
        axis.set_title(title, fontsize=10)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, fontsize=9)
    return figure


def plot_agreement(panels, names=()):
    """What was asked for against what came, panels side by side.

    Args:
        panels: dictionary from a title to two arrays `(num_points,)`: asked and
            measured, in the same unit.
        names: of the x- and the y-axis.
    """
    figure, axes = new_figure(
        9, 9 / len(panels) + 0.2, columns=len(panels), layout="constrained"
    )
    for axis, (title, (asked, measured)) in zip(axes[0], panels.items(), strict=True):
        ends = np.nanmin([asked, measured]), np.nanmax([asked, measured])
        axis.plot(ends, ends, color="0.6", lw=1)
        axis.plot(asked, measured, ".", ms=3, color=FAKE_COLOR, alpha=0.6)
        axis.set(title=title, aspect="equal")
        axis.spines[["top", "right"]].set_visible(False)
    if names:
        axes[0, 0].set(xlabel=names[0], ylabel=names[1])
    return figure


def animate_stages(stages, columns: int) -> bytes:
    """The samples of fixed latents as a film that starts again when it ends.

    Args:
        stages: `callbacks.Samples(...).stages`.
        columns: images in one row.

    Returns:
        An animated PNG file of six seconds, each pixel of a sample twice as wide and
        high. It begins with the last picture, which stays for two seconds more.
    """
    pictures = []
    for stage in stages:
        sheet = Image.fromarray(image_grid(stage["fixed"], columns).squeeze())
        size = 2 * sheet.width, 2 * sheet.height
        pictures.append(sheet.resize(size, Image.Resampling.NEAREST))
    times = [round(6000 / len(stages))] * len(stages)
    times[-1] += 2000
    # The end comes first, because paper and some programs show the first picture only.
    pictures, times = (turn[-1:] + turn[:-1] for turn in (pictures, times))
    film = {"append_images": pictures[1:], "duration": times, "loop": 0}
    return encode(pictures[0], save_all=True, **film)
