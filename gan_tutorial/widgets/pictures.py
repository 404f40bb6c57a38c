"""Pictures as widgets show them."""

import base64
import html
import io
import textwrap
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial import plotting
from gan_tutorial.design import shading
from gan_tutorial.design.curves import Outline
from gan_tutorial.design.evolution import Design, State

_COLUMNS = 4


def to_png(image: np.ndarray, width: int) -> bytes:
    """A picture as a PNG file of another size, in which each pixel stays a square.

    Args:
        image: uint8 `(height, width, 1 or 3)`.
        width: of the PNG, in pixels; its height follows.
    """
    size = width, width * image.shape[0] // image.shape[1]
    picture = Image.fromarray(image.squeeze())
    return plotting.encode(picture.resize(size, Image.Resampling.NEAREST))


def figure_to_png(figure: Figure) -> bytes:
    """A figure as a PNG file that is quickly made."""
    return plotting.encode(figure, pil_kwargs={"compress_level": 1})


def to_html(file: bytes, alt: str, width: int, style: str = "") -> str:
    """A picture for `ipywidgets.HTML`, whose `Image` takes no alternative text.

    Args:
        file: a PNG or JPEG.
        alt: what the picture shows.
        width: in pixels; where there is less room, the picture is smaller.
        style: more CSS, such as "opacity: 0.5".
    """
    with Image.open(io.BytesIO(file)) as picture:
        kind, height = picture.format.lower(), width * picture.height // picture.width
    return _to_img(kind, file, alt, width, height, style)


def _to_img(kind, file, alt, width, height, style):
    text, file = html.escape(alt), base64.b64encode(file).decode()
    return (  # its size is known before it is read, so that nothing jumps
        f'<img alt="{text}" src="data:image/{kind};base64,{file}" width="{width}" '
        f'height="{height}" decoding="sync" style="display: block; '
        f'box-sizing: border-box; max-width: 100%; height: auto; {style}">'
    )


@lru_cache(maxsize=64)  # one screen; what is undone is seen again at once
def draw_design(design: Design, glaze: str, width: int, frame_mm: float) -> bytes:
    """The shaded picture of a design as a JPEG file, which is quickly made and small.

    Args:
        design: of a session.
        glaze: a name of `shading.GLAZES`.
        width: in pixels.
        frame_mm: height of what the picture shows.
    """
    image = shading.shade(
        design.outline, glaze=glaze, width_px=width, frame_mm=frame_mm
    )
    return plotting.encode(image, "JPEG", quality=92, subsampling=0)


def draw_drawing(drawn: Outline, made: Outline, width: int, row: int) -> str:
    """A drawn outline, filled, and one that was made, dashed, as HTML.

    Args:
        drawn: what was drawn, with a point for each control.
        made: what it is held against.
        width: in pixels.
        row: height in pixels of a control that stands beside the picture; there is one
            for each point of the drawing, the lip's at the top.
    """
    num_rows = len(drawn.points)
    scale = (num_rows - 1) * row / drawn.height_mm
    foot = (num_rows - 0.5) * row

    def path(outline):
        heights, radii = outline.profile()
        x, y = scale * np.maximum(radii, 0), foot - scale * heights
        right = np.stack([width / 2 + x, y], axis=1)
        left = np.stack([width / 2 - x, y], axis=1)[::-1]
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in np.concatenate([right, left]))

    levels = np.linspace(0, drawn.height_mm, num_rows)
    marks = "".join(
        f'<path d="M{x:.1f},{y:.1f}H{width}" stroke="#999" stroke-dasharray="1 3"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{plotting.REAL_COLOR}"/>'
        for x, y in zip(
            width / 2 + scale * drawn.radii(levels), foot - scale * levels, strict=True
        )
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
        f'{num_rows * row}"><rect width="100%" height="100%" fill="#f4f3f0"/>'
        f'<polygon points="{path(drawn)}" fill="#cfe0ee" '
        f'stroke="{plotting.REAL_COLOR}" stroke-width="2"/>{marks}'
        f'<polygon points="{path(made)}" fill="none" stroke="{plotting.FAKE_COLOR}" '
        'stroke-width="2" stroke-dasharray="7 4"/></svg>'
    )
    alt = "Your drawing as a silhouette, and the open design as a dashed line"
    return _to_img("svg+xml", svg.encode(), alt, width, num_rows * row, "")


def plot_generation(state: State, frame_mm: float) -> Figure:
    """The generation that is shown: the kept are framed, the discarded pale."""
    shown = state.shown
    num_rows = -(-len(shown.designs) // _COLUMNS)
    figure, axes = plotting.new_figure(
        9, 3.2 * num_rows + 0.4, num_rows, _COLUMNS, layout="constrained"
    )
    figure.suptitle(f"Generation {state.number}")
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set(visible=False, color=plotting.REAL_COLOR, linewidth=4)
    for number, design in enumerate(shown.designs, 1):
        axis, mark = axes.flat[number - 1], shown.marks.get(number, "")
        image = shading.shade(design.outline, glaze=state.glaze, frame_mm=frame_mm)
        axis.imshow(image, alpha=0.25 if mark == "discarded" else 1)
        axis.spines[:].set_visible(mark == "kept")
        axis.set_title(f"{number} {mark}", fontsize=10)
        axis.set_xlabel(textwrap.fill(design.verdict, 30), fontsize=9)
    return figure
