"""Pictures of a game on points: one that is drawn again and again, and still ones."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial import plotting
from gan_tutorial.lab.game import NUM_GRID, REACH
from gan_tutorial.plotting import FAKE_COLOR, REAL_COLOR

VERDICTS = LinearSegmentedColormap.from_list("verdicts", ["#F4C7A8", "w", "#A9CFE8"])
NUM_ARROWS = 60
_LONGEST_ARROW = 0.6


class GamePanel:
    """The points, the verdict and the gradients of a `Snapshot`, drawn into an axis.

    The verdict is the colour of the ground: blue where the discriminator says real,
    orange where it says fake, white where it cannot tell. Arrows are the negative
    gradients: where the generator's loss pulls a fake; they stop growing at a certain
    length.

    Args:
        axis: a matplotlib axis.
        dim: 1 or 2, numbers in one point.
        num_arrows: for how many fakes an arrow is drawn.
    """

    def __init__(self, axis, dim, num_arrows=NUM_ARROWS):
        self.axis, self.dim, self.num_arrows = axis, dim, num_arrows
        bottom, top = (-REACH, REACH) if dim == 2 else (-0.25, 1.1)
        self.ground = axis.imshow(
            np.full((NUM_GRID if dim == 2 else 1, NUM_GRID), 0.5),
            extent=(-REACH, REACH, bottom, top),
            origin="lower",
            cmap=VERDICTS,
            vmin=0.2,  # beyond it the colours do not get stronger
            vmax=0.8,
            aspect="auto",
        )
        if dim == 2:
            (self.real,) = axis.plot([], [], ".", ms=3, color=REAL_COLOR, label="real")
            (self.fake,) = axis.plot([], [], "x", ms=4, color=FAKE_COLOR, label="fake")
        else:
            # Outlines of histograms, and the verdict as a curve.
            (self.real,) = axis.plot([], [], lw=2, color=REAL_COLOR, label="real")
            (self.fake,) = axis.plot([], [], "--", lw=2, color=FAKE_COLOR, label="fake")
            (self.curve,) = axis.plot([], [], ":", color="k", label="D(x)")
            (self.rug,) = axis.plot([], [], "|", color=FAKE_COLOR)
        places = np.zeros(num_arrows)
        self.arrows = axis.quiver(
            places, places, places, places, **_ARROWS, color="#5A2A00"
        )
        self.moving = [self.ground, self.real, self.fake, self.arrows]
        self.moving += [self.curve, self.rug] if dim == 1 else []
        axis.set(xlim=(-REACH, REACH), ylim=(bottom, top), yticks=[], xticks=[])
        if dim == 2:
            axis.set_aspect("equal")
        else:
            axis.set_xticks([-2, 0, 2])
            axis.set_yticks([0, 0.5, 1])
            axis.tick_params(labelsize=8)

    def update(self, snapshot):
        """Shows another moment; only what has changed is drawn anew."""
        self.ground.set_data(np.atleast_2d(snapshot.verdict))
        arrows = snapshot.negative_gradients
        lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
        arrows = _LONGEST_ARROW * np.tanh(lengths) * arrows / (lengths + 1e-12)
        starts, arrows = snapshot.fake[: self.num_arrows], arrows[: self.num_arrows]
        if self.dim == 2:
            self.real.set_data(*snapshot.real.T)
            self.fake.set_data(*snapshot.fake.T)
        else:
            scale = _counts(
                snapshot.real
            ).max()  # for both, so that they can be compared
            self.real.set_data(*_outline(snapshot.real, scale))
            self.fake.set_data(*_outline(snapshot.fake, scale))
            self.curve.set_data(np.linspace(-REACH, REACH, NUM_GRID), snapshot.verdict)
            self.rug.set_data(snapshot.fake[:, 0], np.full(len(snapshot.fake), -0.06))
            starts = np.column_stack([starts, np.full(len(starts), -0.16)])
            arrows = np.column_stack([arrows, np.zeros(len(arrows))])
        self.arrows.set_offsets(starts)
        self.arrows.set_UVC(*arrows.T)


class CurvePanel:
    """Curves that grow, such as the losses of a game."""

    def __init__(self, axis, names, colors, title):
        self.axis = axis
        styles = dict(zip(names, ("-", "--"), strict=False))
        self.lines = {
            name: axis.plot([], [], style, color=color, label=names[name])[0]
            for (name, style), color in zip(styles.items(), colors, strict=True)
        }
        self.moving = list(self.lines.values())
        axis.set_title(title, fontsize=9, loc="left")
        axis.tick_params(labelsize=8)
        axis.set(xlim=(0, 100), ylim=(0, 1))

    def update(self, record):
        """Shows a record; returns whether the axes had to be widened."""
        for name, line in self.lines.items():
            line.set_data(record["step"], record[name])
        values = np.concatenate([record[name] for name in self.lines])
        values = values[np.isfinite(values)]
        low, high = (values.min(), values.max()) if len(values) else (0, 1)
        limits = self.axis.get_xlim()[1], *self.axis.get_ylim()
        last = record["step"][-1]
        # What is drawn must be inside, and not squeezed into a corner.
        fits = last <= limits[0] and limits[1] <= low and high <= limits[2]
        if fits and (last > limits[0] / 5 or limits[0] == 100):
            return False
        # With room to spare, so that this happens seldom.
        self.axis.set_xlim(0, max(100, 2 * last))
        self.axis.set_ylim(min(0, 1.3 * low), max(1.5, 1.3 * high))
        return True


class GamePicture:
    """The whole picture of a game, quick to draw again.

    Args:
        dim: 1 or 2, numbers in one point.
    """

    def __init__(self, dim):
        self.figure = Figure(figsize=(8.4, 4.2), dpi=80)
        self.canvas = FigureCanvasAgg(self.figure)
        self.panel = GamePanel(self.figure.add_axes((0.04, 0.06, 0.45, 0.86)), dim)
        self.panel.axis.legend(**_LEGEND, ncols=3, bbox_to_anchor=(0, 1))
        self.curves = [
            CurvePanel(
                self.figure.add_axes((0.56, 0.57, 0.42, 0.35)),
                {"d_loss": "L_D", "g_loss": "L_G"},
                (REAL_COLOR, FAKE_COLOR),
                "losses",
            ),
            CurvePanel(
                self.figure.add_axes((0.56, 0.09, 0.42, 0.35)),
                {"distance": "distance"},
                ("k",),
                "distance to the target, over steps of both players",
            ),
        ]
        self.curves[0].axis.legend(**_LEGEND, ncols=2, bbox_to_anchor=(0.5, 1))
        panels = [self.panel, *self.curves]
        self.moving = [(p.axis, artist) for p in panels for artist in p.moving]
        for _, artist in self.moving:
            artist.set_animated(True)  # left out of the ground, which is kept
        self.ground = None

    def draw(self, snapshot) -> bytes:
        """The picture of a snapshot, as a PNG file."""
        self.panel.update(snapshot)
        widened = [curve.update(snapshot.record) for curve in self.curves]
        if any(widened) or self.ground is None:
            self.canvas.draw()
            self.ground = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self.ground)
        for axis, artist in self.moving:
            axis.draw_artist(artist)
        return _png(np.asarray(self.canvas.buffer_rgba()))


def plot_snapshots(snapshots):
    """Moments of a game side by side, each with its distance to the target.

    Args:
        snapshots: in order, such as `game.snapshots([0, 100, 400])`.
    """
    dim = snapshots[0].fake.shape[1]
    side = 10 / len(snapshots)
    figure, axes = plotting.new_figure(
        10, side + 0.9, columns=len(snapshots), layout="constrained"
    )
    for axis, snapshot in zip(axes[0], snapshots, strict=True):
        GamePanel(axis, dim, num_arrows=25).update(snapshot)
        steps = f"D {snapshot.d_steps:,}, G {snapshot.g_steps:,} steps"
        axis.set_title(steps, fontsize=9)
        axis.set_xlabel(f"distance {snapshot.record['distance'][-1]:.2f}", fontsize=9)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, fontsize=9)
    return figure


def plot_record(snapshot, floor):
    """The losses and the distance of a game so far, over the steps of both players.

    Args:
        snapshot: the state of the game.
        floor: distance of real points from other real points, a dotted line.
    """
    figure, axes = plotting.new_figure(10, 2.4, columns=2, layout="constrained")
    left, right = axes[0]
    record = snapshot.record
    left.plot(record["step"], record["d_loss"], color=REAL_COLOR, label="L_D")
    left.plot(record["step"], record["g_loss"], "--", color=FAKE_COLOR, label="L_G")
    left.legend(frameon=False)
    left.set(title="losses", xlabel="steps of both players")
    right.plot(record["step"], record["distance"], color="k", label="fake to real")
    right.axhline(floor, color="k", ls=":", label="real to real")
    right.legend(frameon=False)
    right.set(title="distance to the target", xlabel="steps of both players")
    right.set_ylim(bottom=0)
    return figure


_ARROWS = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.006, "zorder": 3}
_LEGEND = {
    "fontsize": 8,
    "loc": "lower left",
    "frameon": False,
    "borderaxespad": 0.1,
    "columnspacing": 1,
}


_EDGES = np.linspace(-REACH, REACH, 37)  # of the bars of a histogram


def _counts(values):
    return np.histogram(values, bins=_EDGES)[0]


def _outline(values, scale):
    """The outline of a histogram; `scale` points in one bar are 1 high."""
    return np.repeat(_EDGES, 2)[1:-1], np.repeat(_counts(values) / scale, 2)


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels[..., :3]).save(file, "PNG", compress_level=1)
    return file.getvalue()
