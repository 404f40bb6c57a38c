"""Pictures of a game on points: of one moment, of several, and of its numbers."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from gan_tutorial import plotting
from gan_tutorial.lab.game import NUM_GRID, REACH
from gan_tutorial.plotting import FAKE_COLOR, REAL_COLOR

VERDICTS = LinearSegmentedColormap.from_list("verdicts", ["#F4C7A8", "w", "#A9CFE8"])
_LONGEST_ARROW = 0.6
_ARROWS = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.006, "zorder": 3}
_BARS = np.linspace(-REACH, REACH, 37)  # ends of the bars of a histogram
_LEGEND = {"loc": "lower left", "frameon": False, "borderaxespad": 0.1, "fontsize": 8}


def draw_moment(axis, snapshot, num_arrows):
    """The points, the verdict and the gradients of a `Snapshot`, drawn into an axis.

    The verdict is the colour of the ground: blue where the discriminator says real,
    orange where it says fake, white where it cannot tell. Arrows are the negative
    gradients: where the generator's loss pulls a fake; they stop growing at a certain
    length.

    Args:
        axis: a matplotlib axis.
        snapshot: of a game on a line or in a plane.
        num_arrows: for how many fakes an arrow is drawn.
    """
    in_plane = snapshot.fake.shape[1] == 2
    bottom, top = (-REACH, REACH) if in_plane else (-0.25, 1.1)
    axis.imshow(
        np.atleast_2d(snapshot.verdict),
        extent=(-REACH, REACH, bottom, top),
        origin="lower",
        cmap=VERDICTS,
        vmin=0.2,  # beyond it the colours do not get stronger
        vmax=0.8,
        aspect="equal" if in_plane else "auto",
    )
    starts, arrows = snapshot.fake[:num_arrows], snapshot.negative_gradients
    lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
    arrows = _LONGEST_ARROW * np.tanh(lengths) * arrows / (lengths + 1e-12)
    if in_plane:
        axis.plot(*snapshot.real.T, ".", ms=3, color=REAL_COLOR, label="real")
        axis.plot(*snapshot.fake.T, "x", ms=4, color=FAKE_COLOR, label="fake")
        axis.set(xticks=[], yticks=[])
    else:
        _draw_line(axis, snapshot)
        starts = np.insert(starts, 1, -0.16, axis=1)
        arrows = np.insert(arrows, 1, 0, axis=1)
    axis.quiver(*starts.T, *arrows[:num_arrows].T, color="#5A2A00", **_ARROWS)
    axis.set(xlim=(-REACH, REACH), ylim=(bottom, top))


def _draw_line(axis, snapshot):
    """Outlines of histograms, the verdict as a curve, and a mark for each fake."""
    real, fake = (np.histogram(p, _BARS)[0] for p in (snapshot.real, snapshot.fake))
    scale = real.max()  # for both, so that they can be compared
    axis.stairs(real / scale, _BARS, lw=2, color=REAL_COLOR, label="real")
    axis.stairs(fake / scale, _BARS, lw=2, color=FAKE_COLOR, label="fake", ls="--")
    places = np.linspace(-REACH, REACH, NUM_GRID)
    axis.plot(places, snapshot.verdict, ":", color="k", label="D(x)")
    axis.plot(snapshot.fake, np.full(len(snapshot.fake), -0.06), "|", color=FAKE_COLOR)
    axis.set(xticks=[-2, 0, 2], yticks=[0, 0.5, 1])
    axis.tick_params(labelsize=8)


def draw_losses(axis, record):
    """The losses of both players, over the steps of both."""
    axis.plot(record["step"], record["d_loss"], color=REAL_COLOR, label="L_D")
    axis.plot(record["step"], record["g_loss"], "--", color=FAKE_COLOR, label="L_G")
    axis.legend(frameon=False, fontsize=8)
    axis.set_title("losses", fontsize=10)


def draw_distance(axis, record):
    """The distance of the fakes to the target, over the steps of both players."""
    axis.plot(record["step"], record["distance"], color="k", label="fake to real")
    axis.set_title("distance to the target", fontsize=10)
    axis.set_xlabel("steps of both players", fontsize=9)
    axis.set_ylim(bottom=0)


def plot_game(snapshot):
    """A moment of a game, and what was written down so far."""
    figure = Figure(figsize=(8.4, 4.2), dpi=80)
    axes = figure.subplot_mosaic([["game", "losses"], ["game", "distance"]])
    figure.subplots_adjust(0.04, 0.12, 0.98, 0.92, wspace=0.14, hspace=0.4)
    draw_moment(axes["game"], snapshot, num_arrows=60)
    for axis in (axes["losses"], axes["distance"]):
        axis.locator_params(nbins=4)  # numbers are what takes longest to draw
    axes["game"].legend(**_LEGEND, ncols=3, bbox_to_anchor=(0, 1))
    draw_losses(axes["losses"], snapshot.record)
    draw_distance(axes["distance"], snapshot.record)
    return figure


def plot_snapshots(snapshots):
    """Moments of a game side by side, each with its distance to the target.

    Args:
        snapshots: in order, such as `game.snapshots([0, 100, 400])`.
    """
    figure, axes = plotting.new_figure(
        10, 10 / len(snapshots) + 0.9, columns=len(snapshots), layout="constrained"
    )
    for axis, snapshot in zip(axes[0], snapshots, strict=True):
        draw_moment(axis, snapshot, num_arrows=25)
        steps = f"D {snapshot.d_steps:,}, G {snapshot.g_steps:,} steps"
        axis.set_title(steps, fontsize=9)
        axis.set_xlabel(f"distance {snapshot.record['distance'][-1]:.2f}", fontsize=9)
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, fontsize=9)
    return figure


def plot_record(snapshot, floor):
    """The losses and the distance of a game so far.

    Args:
        snapshot: the state of the game.
        floor: distance of real points from other real points, a dotted line.
    """
    figure, axes = plotting.new_figure(10, 2.4, columns=2, layout="constrained")
    left, right = axes[0]
    draw_losses(left, snapshot.record)
    left.set_xlabel("steps of both players", fontsize=9)
    draw_distance(right, snapshot.record)
    right.axhline(floor, color="k", ls=":", label="real to real")
    right.legend(frameon=False, fontsize=8)
    return figure
