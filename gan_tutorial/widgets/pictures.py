"""Pictures as widgets show them."""

import base64
import html
import io
import textwrap

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial import plotting
from gan_tutorial.design.evolution import Generation

_SIDE_PIXELS = 128  # of a candidate's picture
_FRAME_PIXELS = 4
_COLUMNS = 4


def to_png(image: np.ndarray, width: int) -> bytes:
    """A picture as a PNG file of another size, in which each pixel stays a square.

    Args:
        image: uint8 `(height, width, 1 or 3)`.
        width: of the PNG, in pixels; its height follows.
    """
    size = width, width * image.shape[0] // image.shape[1]
    picture = Image.fromarray(image.squeeze()).resize(size, Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def figure_to_png(figure: Figure) -> bytes:
    """A figure as a PNG file that is quickly made."""
    file = io.BytesIO()
    figure.savefig(file, pil_kwargs={"compress_level": 1})
    return file.getvalue()


def to_html(png: bytes, alt: str, width: int, style: str = "") -> str:
    """A picture for `ipywidgets.HTML`, whose `Image` takes no alternative text.

    Args:
        png: a PNG file.
        alt: what the picture shows.
        width: in pixels; where there is less room, the picture is smaller.
        style: more CSS, such as "opacity: 0.5".
    """
    text, file = html.escape(alt), base64.b64encode(png).decode()
    columns, rows = (int.from_bytes(png[k : k + 4], "big") for k in (16, 20))
    return (  # its size is known before it is read, so that nothing jumps
        f'<img alt="{text}" src="data:image/png;base64,{file}" width="{width}" '
        f'height="{width * rows // columns}" decoding="sync" style="display: block; '
        f'box-sizing: border-box; max-width: 100%; height: auto; {style}">'
    )


def draw_candidate(generation: Generation, number: int) -> str:
    """The picture of a candidate as HTML: framed when kept, pale when discarded."""
    png = to_png(generation.images[number - 1], _SIDE_PIXELS)
    mark, *_ = generation.describe(number)
    frame = plotting.REAL_COLOR if mark == "kept" else "transparent"
    opacity = 0.25 if mark == "discarded" else 1
    style = f"border: {_FRAME_PIXELS}px solid {frame}; opacity: {opacity}"
    width = _SIDE_PIXELS + 2 * _FRAME_PIXELS
    return to_html(png, f"Candidate {number}", width, style)


def describe_candidate(generation: Generation, number: int) -> str:
    """What is known about a candidate, as HTML of fixed height."""
    mark, score, verdict = generation.describe(number)
    return (
        '<div style="line-height: 1.3; height: 5.2em; width: 118px; overflow: auto">'
        f"<b>No {number}</b> {mark}<br>{score}<br>{html.escape(verdict)}</div>"
    )


def plot_generation(generation: Generation, title: str) -> Figure:
    """The candidates of a generation: the kept are framed, the discarded pale."""
    num_rows = -(-len(generation.images) // _COLUMNS)
    figure, axes = plotting.new_figure(
        9, 2.9 * num_rows + 0.4, num_rows, _COLUMNS, layout="constrained"
    )
    figure.suptitle(title)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=False, color=plotting.REAL_COLOR, linewidth=4)
    for number, image in enumerate(generation.images, 1):
        axis = axes.flat[number - 1]
        mark, score, verdict = generation.describe(number)
        alpha = 0.25 if mark == "discarded" else 1
        axis.imshow(image.squeeze(), cmap="gray", vmin=0, vmax=255, alpha=alpha)
        axis.spines[:].set_visible(mark == "kept")
        axis.set_title(f"{number}: {score} {mark}", fontsize=10)
        axis.set_xlabel(textwrap.fill(verdict, 30), fontsize=9)
    return figure
