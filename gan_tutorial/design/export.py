"""Designs that leave the notebook: contact sheet, outline, solid to print, and recipe.

A picture here is one product on a dark ground, uint8 `(height, width, 1 or 3)`. Files
are written under other names and then renamed, so that none is ever half-written.
"""

import contextlib
import hashlib
import io
import json
import math
import os
import reprlib
import tempfile
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from matplotlib import pyplot as plt

from gan_tutorial import border, data, gan
from gan_tutorial.design.outlines import in_millimetres, outline
from gan_tutorial.design.solids import WALL_MM, revolve

_FORMAT = "gan_tutorial design 2"  # 1 knew no other conditions than label, attributes


@dataclass(frozen=True)
class Design:
    """What it takes to draw a generated product again.

    Args:
        latents: the numbers from which the generator drew it, `(latent_dim,)`.
        model: `hash_weights` of that generator.
        conditions: what else the generator took, by name, such as
            `{"labels": 3, "attributes": [0.5, -1.2]}`.
        seed: from which the latents were drawn, if any.
        brief: what was asked for.
        scores: name and number of each score.
    """

    latents: list[float]
    model: str
    conditions: dict = field(default_factory=dict)
    seed: int | None = None
    brief: str = ""
    scores: dict[str, float] = field(default_factory=dict)


def make_design(
    generator, latents, conditions=None, seed=None, brief="", scores=None
) -> Design:
    """A `Design` of plain numbers, which a file can hold exactly.

    Raises:
        ValueError: latents or conditions that this generator does not take.
    """
    inputs = _inputs(generator, {"latents": latents} | (conditions or {}))
    plain = {name: values[0].tolist() for name, values in inputs.items()}
    return Design(
        latents=plain.pop("latents"),
        model=hash_weights(generator),
        conditions=plain,
        seed=None if seed is None else int(seed),
        brief=str(brief),
        scores={str(name): float(score) for name, score in (scores or {}).items()},
    )


def hash_weights(generator) -> str:
    """SHA-256 of all that decides what a network draws.

    These are its weights, its layers with their settings, such as an activation or a
    slope, and how they are connected; not their names. The hash changes when one bit of
    a weight does, and when the pictures are changed behind the last layer.
    """
    described = generator.get_config()["layers"]
    numbers = {layer["config"]["name"]: i for i, layer in enumerate(described)}
    text = json.dumps([_settings(layer, numbers) for layer in described], default=str)
    digest = hashlib.sha256(text.encode())
    for array in generator.get_weights():
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def draw(generator, design: Design) -> np.ndarray:
    """The picture of a design, uint8 `(height, width, channels)`.

    It is drawn alone: in a batch, sums may be taken in another order, and the last bits
    may differ.

    Raises:
        ValueError: a design of another model, or one that holds what this model does
            not take.
    """
    if hash_weights(generator) != design.model:
        raise ValueError(
            f"The design is from another model: its weights have the hash "
            f"{design.model[:12]}…, these have {hash_weights(generator)[:12]}…. Load "
            "the weights with which it was made."
        )
    given = _inputs(generator, {"latents": design.latents} | design.conditions)
    images = gan.call(generator, border.name_inputs(generator, "latents"), given)
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
        digest = _digest(content.get("design")) if isinstance(content, dict) else ""
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged or is no JSON: {error}.") from None
    if not digest or "format" not in content:
        raise ValueError(f"{path} holds no design; expected one of `save_design`.")
    if content["format"] != _FORMAT:
        raise ValueError(
            f"{path} has the format {reprlib.repr(content['format'])}; this version "
            f"reads {_FORMAT!r}. Export the design again."
        )
    if content.get("sha256") != digest:
        raise ValueError(
            f"{path} is damaged or was changed: its content does not match its "
            "checksum. Export the design again."
        )
    try:
        design = Design(**content["design"])
        is_sound = isinstance(design.conditions, dict) and isinstance(design.model, str)
    except TypeError:
        is_sound = False
    if not is_sound:
        raise ValueError(f"{path} holds a design with other fields than ours.")
    return design


def load_design(path, generator) -> np.ndarray:
    """Draws a saved design again, pixel for pixel (on the same machine).

    Returns:
        uint8 `(height, width, channels)`, the picture that `draw` gave.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as `read_design` and `draw`.
    """
    return draw(generator, read_design(path))


def write_contact_sheet(path, images, texts, title: str = "", columns: int = 4) -> None:
    """Writes pictures with texts (such as scores and seeds) below them as a PNG.

    Args:
        path: of the file.
        images: pictures, `(num_images, height, width, 1 or 3)`.
        texts: one for each picture; may have several lines.
        title: the brief; of several lines, such as a table, each letter is as wide.
        columns: pictures in one row.

    Raises:
        ValueError: no uint8 pictures, or not one text for each.
        OSError: the file cannot be written.
    """
    if len(images) != len(texts) or not len(texts):
        raise ValueError(
            f"There are {len(images)} pictures and {len(texts)} texts; expected at "
            "least one picture, and as many texts."
        )
    images = data.check_pictures(images)
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
        # Smooth: a sheet is for people, and they should see the shape, not the grid.
        smooth = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "bicubic"}
        axis.imshow(image.squeeze(), **smooth)
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
        ValueError: as `outlines.outline`, or a height that is not positive.
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
        ValueError: as `solids.revolve`.
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
    content = b"millimetres".ljust(80) + count.tobytes() + triangles.tobytes()
    _write(path, content)


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
        OSError: the folder cannot be written, or is full; then no file has changed.
    """
    if not len(designs) == len(heights_mm) == len(texts) > 0:
        raise ValueError(
            f"There are {len(designs)} designs, {len(heights_mm)} heights and "
            f"{len(texts)} texts; expected at least one design, and as many of each."
        )
    images = [draw(generator, design) for design in designs]
    names, problems, folder = [], [], Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Aside at first: a folder never holds the half of an export.
    with tempfile.TemporaryDirectory(prefix=".export_", dir=folder) as aside:

        def write(writer, name, *content):
            try:
                writer(Path(aside) / name, *content)
            except ValueError as error:
                problems.append(f"{name} was left out: {error}")
            else:
                names.append(name)

        captions = []
        products = zip(designs, images, heights_mm, texts, strict=True)
        for k, (design, image, height, text) in enumerate(products, 1):
            write(save_design, f"design_{k}.json", design)
            write(write_svg, f"design_{k}.svg", image, height, f"Design {k}")
            write(write_stl, f"design_{k}.stl", image, height)
            size = f"{height:.0f} mm high, seed {design.seed}"
            captions.append(f"design {k}: {text}\n{size}")
        # As many columns as rows, or a few more; at most four.
        layout = designs[0].brief, min(math.ceil(len(images) ** 0.5), 4)
        write(write_contact_sheet, "sheet.png", images, captions, *layout)
        generator.save(Path(aside) / "generator.keras")
        names.append("generator.keras")
        for name in names:
            os.replace(Path(aside) / name, folder / name)
    if older := {path.name for path in folder.glob("design_*")} - set(names):
        problems.append(f"Older files stay there: {', '.join(sorted(older))}.")
    return [folder / name for name in names], problems


def _inputs(generator, given):
    """What a generator takes, checked, as a batch of one, by name."""
    wanted = border.name_inputs(generator, "latents")
    if set(given) != set(wanted):
        raise ValueError(
            f"The generator takes {list(wanted)}, but the design has {list(given)}."
        )
    try:
        batch = {name: np.asarray(values)[None] for name, values in given.items()}
    except ValueError:
        raise ValueError("The design holds lists of unequal lengths.") from None
    return border.check_inputs(batch, wanted)


def _settings(value, numbers):
    """What of a layer's description decides its output; `numbers` stand for names.

    Left out is how weights were begun and bounded, and what is not set, because a later
    Keras may know more settings.
    """
    if isinstance(value, dict):
        return {
            key: _settings(part, numbers)
            for key, part in sorted(value.items())
            if part is not None
            and part is not False
            and key not in ("module", "registered_name", "build_config", "trainable")
            and not key.endswith(("initializer", "regularizer", "constraint"))
        }
    if isinstance(value, list | tuple):
        return [_settings(part, numbers) for part in value]
    return numbers.get(value, value) if isinstance(value, str) else value


def _digest(design):
    text = json.dumps(design, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path, content):
    """Writes a file whole or not at all."""
    path = Path(path)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(draft, "xb") as file:  # never another's file, nor through a link
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError as error:
        with contextlib.suppress(OSError):  # it may never have been there
            draft.unlink()
        raise OSError(
            error.errno,
            f"{path} was not written: {error.strerror}. Give a folder that is there, "
            "can be written and has room",
        ) from error
