"""Designs that leave the notebook: contact sheet, outline, solid to print, and recipe.

A picture here is one product on a dark ground, `(height, width, 1 or 3)`, uint8 or
float32 in [-1, 1]. Every file is written under another name and then renamed, so that
none is ever half-written.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from matplotlib import pyplot as plt

from gan_tutorial import data
from gan_tutorial.solids import WALL_MM, in_millimetres, outline, revolve, to_pixels
from gan_tutorial.solids import plot_solid as plot_solid

_FORMAT = "gan_tutorial design 1"


@dataclass(frozen=True)
class Design:
    """What it takes to draw a generated product again.

    Args:
        latents: the numbers from which the generator drew it, `(latent_dim,)`.
        model: `hash_weights` of that generator.
        label: class, for a generator with classes.
        attributes: for a generator with attributes, as it takes them.
        seed: from which the latents were drawn, if any.
        brief: what was asked for.
        scores: name and number of each score.
    """

    latents: list[float]
    model: str
    label: int | None = None
    attributes: list[float] | None = None
    seed: int | None = None
    brief: str = ""
    scores: dict[str, float] = field(default_factory=dict)


def make_design(
    generator, latents, label=None, attributes=None, seed=None, brief="", scores=None
) -> Design:
    """A `Design` of plain numbers, which a file can hold exactly.

    Raises:
        ValueError: latents or conditions that this generator does not take.
    """
    design = Design(
        latents=_floats(latents),
        model=hash_weights(generator),
        label=None if label is None else int(label),
        attributes=None if attributes is None else _floats(attributes),
        seed=None if seed is None else int(seed),
        brief=str(brief),
        scores={str(name): float(score) for name, score in (scores or {}).items()},
    )
    _inputs(generator, design)
    return design


def hash_weights(generator) -> str:
    """SHA-256 of a network's weights and of the kinds of its layers, in their order.

    It changes when one bit of a weight does, and when the pictures are changed behind
    the last layer.
    """
    operations = getattr(generator, "operations", generator.layers)
    kinds = " ".join(type(operation).__name__ for operation in operations)
    digest = hashlib.sha256(kinds.encode())
    for array in generator.get_weights():
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def draw(generator, design: Design) -> np.ndarray:
    """The picture of a design, uint8 `(height, width, channels)`.

    It is drawn alone: in a batch, sums may be taken in another order, and the last bits
    may differ.

    Raises:
        ValueError: a design of another model.
    """
    if hash_weights(generator) != design.model:
        raise ValueError(
            f"The design is from another model: its weights have the hash "
            f"{design.model[:12]}…, these have {hash_weights(generator)[:12]}…. Load "
            "the weights with which it was made."
        )
    images = generator(_inputs(generator, design), training=False)
    return data.to_display_range(np.asarray(images))[0]


def save_design(path, design: Design) -> None:
    """Writes a design as JSON, with a checksum.

    Raises:
        OSError: the file cannot be written.
    """
    content = {"format": _FORMAT, "design": asdict(design)}
    content["sha256"] = _digest(content["design"])
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    _write(path, text.encode())


def read_design(path) -> Design:
    """Reads a design, without drawing it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is damaged or holds no design.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged or is no JSON: {error}.") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise ValueError(f"{path} holds no design; expected one of `save_design`.")
    if content.get("sha256") != _digest(content.get("design")):
        raise ValueError(
            f"{path} is damaged or was changed: its content does not match its "
            "checksum. Export the design again."
        )
    try:
        return Design(**content["design"])
    except TypeError:
        raise ValueError(
            f"{path} holds a design with other fields than ours."
        ) from None


def load_design(path, generator) -> np.ndarray:
    """Draws a saved design again, pixel for pixel (on the same machine).

    Returns:
        uint8 `(height, width, channels)`, the picture that `draw` gave.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a damaged file, or a design of another model.
    """
    return draw(generator, read_design(path))


def write_contact_sheet(path, images, texts, title: str = "", columns: int = 4) -> None:
    """Writes pictures with texts (such as scores and seeds) below them as a PNG.

    Args:
        path: of the file.
        images: `(num_images, height, width, channels)`, or a list of pictures.
        texts: one for each picture; may have several lines.
        title: the brief; of several lines, such as a table, each letter is as wide.
        columns: pictures in one row.

    Raises:
        ValueError: not one text for each picture.
        OSError: the file cannot be written.
    """
    if len(images) != len(texts) or not len(texts):
        raise ValueError(
            f"There are {len(images)} pictures and {len(texts)} texts; expected at "
            "least one picture, and as many texts."
        )
    rows, columns = -(-len(texts) // columns), min(columns, len(texts))
    lines = max(text.count("\n") + 1 for text in texts)
    size = 2.2 * columns, rows * (2.0 + 0.2 * lines) + 0.5
    figure, axes = plt.subplots(
        rows, columns, figsize=size, squeeze=False, layout="constrained"
    )
    plt.close(figure)
    # Without mathematics, because a brief may name a price in $.
    font = {"family": "monospace", "ma": "left"} if "\n" in title else {"wrap": True}
    figure.suptitle(title, fontsize=11, parse_math=False, **font)
    for axis in axes.ravel():
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for axis, image, text in zip(axes.ravel(), images, texts, strict=False):
        pixels = to_pixels(image).squeeze()
        # Smooth: a sheet is for people, and they should see the shape, not the grid.
        axis.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="bicubic")
        axis.set_xlabel(text, fontsize=9, parse_math=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150, metadata={"Software": None})
    _write(path, file.getvalue())


def write_svg(path, image, height_mm: float, title: str = "Outline") -> None:
    """Writes the outline as an SVG in millimetres: one smooth closed path.

    Args:
        path: of the file.
        image: a picture.
        height_mm: of the product.
        title: what readers and screen readers see as its name.

    Raises:
        ValueError: a picture without a product, or a height that is not positive.
        OSError: the file cannot be written.
    """
    points, margin = in_millimetres(outline(image), height_mm), 2.0
    points = points - points.min(axis=0) + margin
    width, height = points.max(axis=0) + margin
    # Cubic Bézier curves through all points, with the slopes of a Catmull-Rom spline.
    slopes = (np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)) / 6
    ends = np.roll(points, -1, axis=0)
    handles = points + slopes, ends - np.roll(slopes, -1, axis=0), ends
    curves = "\n".join(
        "C" + " ".join(f"{x:.3f},{y:.3f}" for x, y in curve)
        for curve in zip(*handles, strict=True)
    )
    start = "M{:.3f},{:.3f}".format(*points[0])
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.3f}mm" '
        f'height="{height:.3f}mm" viewBox="0 0 {width:.3f} {height:.3f}">\n'
        f"<title>{escape(title)}</title>\n"
        '<path fill="none" stroke="black" stroke-width="0.5" '
        f'd="{start}\n{curves}Z"/>\n</svg>\n'
    )
    _write(path, text.encode())


def write_stl(path, image, height_mm: float, wall_mm: float | None = WALL_MM) -> None:
    """Writes `revolve(image, height_mm, wall_mm)` as a binary STL in millimetres.

    Raises:
        ValueError: as `revolve`.
        OSError: the file cannot be written.
    """
    corners = revolve(image, height_mm, wall_mm)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    triangles = np.zeros(
        len(corners),
        [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("unused", "<u2")],
    )
    triangles["normal"], triangles["corners"] = normals, corners
    count = np.uint32(len(triangles)).astype("<u4")
    _write(path, b"millimetres".ljust(80) + count.tobytes() + triangles.tobytes())


def write_designs(
    folder, generator, designs, heights_mm, texts
) -> tuple[list[Path], list[str]]:
    """Writes all that is handed over.

    These are for each design `design_1.json` (to draw it again), `design_1.svg`
    (outline) and `design_1.stl` (solid), and so on; `sheet.png`, a contact sheet with
    the brief of the first design as its title; and `generator.keras`, which
    `keras.models.load_model` reads: without it the JSON files draw nothing.

    Args:
        folder: is made where it is missing.
        generator: the one of all designs.
        designs: a list of `Design`, at least one.
        heights_mm: of the products.
        texts: what stands on the sheet beside number, height and seed, such as scores.

    Returns:
        files: paths of the files that were written.
        problems: a sentence for each file that could not be made, such as a solid whose
            wall fills its neck, and one that names older designs in the folder.

    Raises:
        ValueError: designs of another model, or not one height and text for each.
        OSError: the folder cannot be written, or is full; what is there then is whole.
    """
    if not len(designs) == len(heights_mm) == len(texts) > 0:
        raise ValueError(
            f"There are {len(designs)} designs, {len(heights_mm)} heights and "
            f"{len(texts)} texts; expected at least one design, and as many of each."
        )
    images = [draw(generator, design) for design in designs]
    files, problems, folder = [], [], Path(folder)
    folder.mkdir(parents=True, exist_ok=True)

    def write(writer, name, *content):
        try:
            writer(folder / name, *content)
        except ValueError as error:
            problems.append(f"{name} was left out: {error}")
        else:
            files.append(folder / name)

    for k, product in enumerate(zip(images, heights_mm, strict=True), 1):
        write(save_design, f"design_{k}.json", designs[k - 1])
        write(write_svg, f"design_{k}.svg", *product, f"Design {k}")
        write(write_stl, f"design_{k}.stl", *product)
    # As many columns as rows, or a few more; at most four.
    columns = min(math.ceil(len(images) ** 0.5), 4)
    captions = [
        f"design {k}: {text}\n{height:.0f} mm high, seed {design.seed}"
        for k, (text, height, design) in enumerate(
            zip(texts, heights_mm, designs, strict=True), 1
        )
    ]
    write(write_contact_sheet, "sheet.png", images, captions, designs[0].brief, columns)
    write(_save_generator, "generator.keras", generator)
    older = {path.name for path in folder.glob("design_*")} - {p.name for p in files}
    if older:
        problems.append(f"Older files stay there: {', '.join(sorted(older))}.")
    return files, problems


def _save_generator(path, generator):
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "generator.keras"
        generator.save(whole)
        _write(path, whole.read_bytes())


def _floats(values):
    return [float(value) for value in np.asarray(values, np.float32).ravel()]


def _inputs(generator, design):
    """What the generator takes, as a batch of one."""
    given = {
        "latents": np.array([design.latents], np.float32),
        "labels": np.array([design.label]),
        "attributes": np.array([design.attributes], np.float32),
    }
    if design.label is None:
        del given["labels"]
    if design.attributes is None:
        del given["attributes"]
    wanted = {tensor.name: tuple(tensor.shape[1:]) for tensor in generator.inputs}
    came = {name: values.shape[1:] for name, values in given.items()}
    if came != wanted:
        raise ValueError(f"The generator takes {wanted}, but the design has {came}.")
    if not all(np.isfinite(values).all() for values in given.values()):
        raise ValueError("The design holds NaN or infinite numbers.")
    inputs = [given[name] for name in wanted]
    return inputs if len(inputs) > 1 else inputs[0]


def _digest(design):
    text = json.dumps(design, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path, content):
    """Writes a file whole or not at all."""
    path = Path(path)
    temporary = path.with_name(path.name + ".part")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it may never have been there
            temporary.unlink()
        raise OSError(
            error.errno,
            f"{path} was not written: {error.strerror}. Give a folder that is there, "
            "can be written and has room",
        ) from error
