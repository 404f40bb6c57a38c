"""Figures. Each `plot_` function returns a matplotlib `Figure` and shows nothing."""

import io

import numpy as np
from IPython import get_ipython
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial import data


class DescribedFigure(Figure):
    """A figure that gives a notebook its alternative text, for who cannot see it.

    Attributes:
        description: the text; without one, what `describe` finds.
    """

    description = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        formatters = get_ipython().display_formatter.formatters
        shown = {kind: formatters[kind](self) for kind in ("image/png", "text/plain")}
        metadata = {"image/png": {"alt": self.description or describe(self)}}
        return {kind: data for kind, data in shown.items() if data}, metadata


def describe(figure) -> str:
    """Says what a figure shows: titles, axes, and where each curve starts and ends."""
    parts = [figure.get_suptitle()]
    for axis in figure.axes:
        xlabel, ylabel = axis.get_xlabel(), axis.get_ylabel()
        axes = f"{ylabel} over {xlabel}" if xlabel and ylabel else xlabel or ylabel
        parts += [axis.get_title(), axes]
        for line in axis.lines:
            heights, name = np.asarray(line.get_ydata(), float), line.get_label()
            if not name.startswith("_") and heights.size:
                if line.get_linestyle() == "None":
                    parts.append(f"{heights.size} points: {name}")
                else:
                    parts.append(f"{name} from {heights[0]:.3g} to {heights[-1]:.3g}")
        if len(axis.texts) <= 20:
            parts.append(", ".join(text.get_text() for text in axis.texts))
    return "; ".join(part.strip().replace("\n", ", ") for part in parts if part)


def new_figure(width, height, rows=1, columns=1, **kwargs):
    """A figure that pyplot forgets, so that a notebook shows it once, not twice."""
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(width, height),
        squeeze=False,
        FigureClass=DescribedFigure,
        **kwargs,
    )
    plt.close(figure)
    return figure, axes


def encode(picture, kind: str = "PNG", **options) -> bytes:
    """A picture as the content of a file.

    Args:
        picture: a `Figure`, an image of Pillow, or uint8 `(height, width, 1 or 3)`.
        kind: of the file, a name that Pillow knows.
        **options: of Pillow's `save`, or of the figure's `savefig`.
    """
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture.squeeze())
    save = picture.savefig if isinstance(picture, Figure) else picture.save
    file = io.BytesIO()
    save(file, format=kind, **options)
    return file.getvalue()


def image_grid(images, columns: int, gap: int = 2) -> np.ndarray:
    """Joins images into one sheet, row by row, with light gaps between them.

    Args:
        images: uint8 `(num_images, height, width, channels)`. Where there are four
            channels, the fourth is opacity, and the ground is white.
        columns: images in one row.
        gap: pixels between two images.

    Returns:
        uint8 `(grid_height, grid_width, 1 or 3)`.
    """
    images = _on_white(data.check_pictures(images))
    num_images, height, width, channels = images.shape
    rows = -(-num_images // columns)
    grid = np.full(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, channels),
        255,
        np.uint8,
    )
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + gap), (i % columns) * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid


def _on_white(images):
    if images.shape[3] != 4:
        return images
    opacity = images[..., 3:] / 255
    return np.rint(opacity * images[..., :3] + 255 * (1 - opacity)).astype(np.uint8)


def _show_sheet(axis, sheet):
    # The range is fixed: a sheet of dark images must look dark.
    axis.imshow(sheet.squeeze(), cmap="gray", vmin=0, vmax=255)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)


def plot_images(images, columns: int = 10, title: str = "", width: float = 9.0):
    """Images as one sheet.

    Args:
        images: uint8 `(num_images, height, width, channels)`.
        columns: images in one row.
        title: text above the sheet.
        width: of the figure, in inches.
    """
    return plot_image_rows({"": images}, columns, title, width)


def plot_image_rows(
    rows, columns: int = 10, title: str = "", width: float = 9.0, names=()
):
    """Sheets of images below one another, each with its name on the left.

    Args:
        rows: dictionary from a name to images, as in `plot_images`.
        columns: images in one row of a sheet.
        title: text above the sheets.
        width: of the figure, in inches.
        names: texts below the columns, one for each.
    """
    sheets = {name: image_grid(images, columns) for name, images in rows.items()}
    heights = [sheet.shape[0] / sheet.shape[1] for sheet in sheets.values()]
    has_names = any(sheets)
    figure, axes = new_figure(
        width,
        sum(heights) * width * (0.82 if has_names else 0.97) + 0.4 * bool(title) + 0.1,
        rows=len(sheets),
        gridspec_kw={"height_ratios": heights},
        layout="constrained",
    )
    for axis, (name, sheet) in zip(axes[:, 0], sheets.items(), strict=True):
        _show_sheet(axis, sheet)
        axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    if names:
        side = sheet.shape[1] / columns
        places = (np.arange(columns) + 0.5) * side - 0.5
        axis.set_xticks(places, names, rotation=45, ha="right", fontsize=9)
        axis.tick_params(length=0)
        figure.set_figheight(figure.get_figheight() + 0.6)
    if title:
        figure.suptitle(title, fontsize=12)
    number = sum(map(len, rows.values()))
    parts = [f"{number} pictures in rows of {columns}", title, *filter(None, rows)]
    figure.description = "; ".join(filter(None, parts)).replace("\n", ", ")
    return figure


def plot_stages(stages, real_images, names=(), with_fresh: bool = False):
    """The stages of a training below one another, real images beneath them.

    Args:
        stages: `callbacks.Samples(...).stages`.
        real_images: uint8, at least as many as one row has.
        names: texts below the columns, one for each.
        with_fresh: to the right of the samples from the fixed latents, those from the
            fresh ones, which are others at each stage.
    """
    rows = {}
    for stage in stages:
        label = f"step {stage['step']:,}\n{stage['seconds']:.0f} s"
        if "distance" in stage:
            label += f"\ndistance {stage['distance']:.0f}"
        rows[label] = stage["fixed"]
        if with_fresh:
            gap = np.full_like(stage["fixed"][:1], 255)
            rows[label] = np.concatenate([stage["fixed"], gap, stage["fresh"]])
    columns = len(rows[label])
    rows["real\nproducts"] = real_images[:columns]
    return plot_image_rows(rows, columns, names=names)


def plot_losses(history, title: str = ""):
    """Both losses over the epochs, with the values that chance alone gives.

    Args:
        history: what `fit` returned.
        title: text above the figure.
    """
    figure, axes = new_figure(7, 3, layout="constrained")
    epochs = np.arange(1, len(history.history["d_loss"]) + 1)
    for key, label, chance, style in (
        ("d_loss", "discriminator", 2 * np.log(2), "o-"),
        ("g_loss", "generator", np.log(2), "s--"),
    ):
        (line,) = axes[0, 0].plot(epochs, history.history[key], style, label=label)
        axes[0, 0].axhline(chance, color=line.get_color(), lw=0.8, ls=":")
    axes[0, 0].set(xlabel="epoch", ylabel="loss", title=title)
    axes[0, 0].legend()
    return figure


REAL_COLOR, FAKE_COLOR = "#0072B2", "#D55E00"  # the colour-blind can tell them apart


def plot_curves(panels, log=(), xlabel: str = "step", width: float = 9.0):
    """Curves that were noted at different steps, in panels side by side.

    Args:
        panels: dictionary from a title to a dictionary from a name to the places and
            heights of a curve. A name has the same colour and line in all panels; up to
            four names.
        log: titles of the panels whose heights are on a logarithmic scale.
        xlabel: name of the x-axes.
        width: of the figure, in inches.
    """
    figure, axes = new_figure(width, 2.8, columns=len(panels), layout="constrained")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    styles = ((REAL_COLOR, "-"), (FAKE_COLOR, "--"), ("#009E73", "-."), ("0.2", ":"))
    for axis, (title, curves) in zip(axes[0], panels.items(), strict=True):
        for name, (places, heights) in curves.items():
            color, style = styles[names.index(name)]
            axis.plot(places, heights, color=color, ls=style, lw=2, label=name)
        axis.set(title=title, xlabel=xlabel)
        if title in log:
            axis.set_yscale("log")
        axis.spines[["top", "right"]].set_visible(False)
    lines, _ = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles=lines, loc="outside upper center", ncols=len(names), frameon=False
    )
    return figure
