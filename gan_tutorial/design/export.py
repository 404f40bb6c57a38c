"""Designs that leave the notebook: contact sheet, outline, solid to print, and recipe.

A picture here is one product with a little room around it, as `outlines` takes it.
"""

import hashlib
import io
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from gan_tutorial import border, data, files, gan, generators, plotting
from gan_tutorial.design.bodies import to_stl
from gan_tutorial.design.outlines import in_millimetres, outline
from gan_tutorial.design.solids import WALL_MM, revolve

_FORMAT = "gan_tutorial design 4"  # another number where a design holds other things


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
    """

    latents: list[float]
    model: str
    conditions: dict = field(default_factory=dict)
    seed: int | None = None
    brief: str = ""


def make_design(generator, latents, conditions=None, seed=None, brief="") -> Design:
    """A `Design` of plain numbers, which a file can hold exactly.

    Raises:
        ValueError: latents or conditions that this generator does not take.
    """
    inputs = _check(generator, {"latents": latents} | (conditions or {}))
    plain = {name: values[0].tolist() for name, values in inputs.items()}
    return Design(
        latents=plain.pop("latents"),
        model=hash_weights(generator),
        conditions=plain,
        seed=None if seed is None else int(seed),
        brief=str(brief),
    )


def hash_weights(generator) -> str:
    """SHA-256 of all that decides what a network draws.

    These are its weights, its layers with their settings, such as an activation or a
    slope, and how they are connected; not their names. The hash changes when one bit of
    a weight does, and when the pictures are changed behind the last layer. It is the
    same in each version of Keras.
    """
    described = generators.describe(generator)["config"]["layers"]
    numbers = {layer["config"]["name"]: i for i, layer in enumerate(described)}
    text = json.dumps([_settings(layer, numbers) for layer in described])
    digest = hashlib.sha256(text.encode())
    for array in generator.get_weights():
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def draw_alone(generator, given: dict) -> np.ndarray:
    """One picture, uint8 `(height, width, channels)`, from what a generator takes.

    In a batch, sums may be taken in another order, and the last bits may differ.

    Args:
        generator: a network.
        given: its inputs by name, without the axis of the batch.

    Raises:
        ValueError: inputs that this generator does not take.
    """
    inputs = border.name_inputs(generator, "latents")
    images = gan.call(generator, inputs, _check(generator, given))
    return data.to_display_range(np.asarray(images))[0]


def draw(generator, design: Design) -> np.ndarray:
    """The picture of a design, pixel for pixel (on the same machine).

    Returns:
        uint8 `(height, width, channels)`.

    Raises:
        ValueError: a design of another model, or one that holds what this model does
            not take.
    """
    if hash_weights(generator) != design.model:
        raise ValueError(
            "The design is from another model: its weights have the hash "
            f"{design.model[:12]}…, these have {hash_weights(generator)[:12]}…. Load "
            "the weights with which it was made."
        )
    return draw_alone(generator, {"latents": design.latents} | design.conditions)


def save_design(path, design: Design) -> None:
    """Writes a design as JSON, with a checksum."""
    content = {"format": _FORMAT, "design": asdict(design)}
    content["sha256"] = _digest(content["design"])
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    files.write_whole(path, text.encode())


def read_design(path) -> Design:
    """Reads a design; `draw` gives its picture.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is damaged, was changed, or holds no design.
    """
    content = files.read(path, most=2**20)
    try:
        read = json.loads(content)
        known = _FORMAT, _digest(read["design"])
        if (read["format"], read["sha256"]) != known:
            raise ValueError("its format or its checksum is another one")
        design = Design(**read["design"])
        _check_fields(design)
        return design
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        # Only our own words: what Python says of a strange file helps nobody.
        found = error if type(error) is ValueError else "it is not in the form of one"
        raise ValueError(
            f"{path} is no design that this version can read, is damaged, or was "
            f"changed: {found}. Export the design again."
        ) from None


def write_contact_sheet(path, images, texts, title: str = "") -> None:
    """Writes pictures with texts (such as scores and seeds) below them as a PNG.

    Args:
        path: of the file.
        images: pictures, at least one.
        texts: one for each picture; may have several lines.
        title: the brief.
    """
    # As many columns as rows, or a few more; at most four.
    columns = min(math.ceil(len(images) ** 0.5), 4)
    rows = -(-len(images) // columns)
    lines = max(text.count("\n") + 1 for text in texts)
    height = rows * (2.0 + 0.2 * lines) + 0.5 + 0.2 * title.count("\n")
    figure, axes = plotting.new_figure(
        2.2 * columns, height, rows, columns, layout="constrained"
    )
    # Without mathematics, because a brief may name a price in $.
    figure.suptitle(title, fontsize=11, parse_math=False)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for axis, image, text in zip(axes.flat, images, texts, strict=False):
        # Smooth: a sheet is for people, and they should see the shape, not the grid.
        smooth = {"cmap": "gray", "vmin": 0, "vmax": 255, "interpolation": "bicubic"}
        axis.imshow(image.squeeze(), **smooth)
        axis.set_xlabel(text, fontsize=9, parse_math=False)
    # Tight, so that no text is cut however many lines it has.
    settings = {"dpi": 150, "bbox_inches": "tight", "metadata": {"Software": None}}
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", **settings)
    files.write_whole(path, buffer.getvalue())


def write_svg(path, image, height_mm: float, title: str = "Outline") -> None:
    """Writes the outline as an SVG in millimetres: one smooth closed path.

    Args:
        path: of the file.
        image: a picture.
        height_mm: of the product.
        title: what readers and screen readers see as its name.

    Raises:
        ValueError: as `outlines.outline`, or a height that is not positive.
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
    files.write_whole(path, text.encode())


def write_stl(path, image, height_mm: float, wall_mm: float | None = WALL_MM) -> None:
    """Writes `revolve(image, height_mm, wall_mm)` as a binary STL in millimetres.

    Raises:
        ValueError: as `solids.revolve`.
    """
    files.write_whole(path, to_stl(revolve(image, height_mm, wall_mm)))


def write_designs(
    folder, generator, designs, heights_mm, texts
) -> tuple[list[Path], list[str]]:
    """Writes all that is handed over.

    These are for each design `design_1.json` (to draw it again), `design_1.svg`
    (outline) and `design_1.stl` (solid), and so on; `sheet.png`, a contact sheet with
    the brief of the first design as its title; and `generator.keras`, which
    `generators.load` and `keras.models.load_model` read: without it the JSON files draw
    nothing. All take their place together (`files.whole_set`).

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
    images = [draw(generator, design) for design in designs]
    names, problems, folder = [], [], Path(folder)
    with files.whole_set(folder) as aside:

        def write(name, writer, *content):
            try:
                writer(aside / name, *content)
            except ValueError as error:
                problems.append(f"{name} was left out: {error}")
            else:
                names.append(name)

        captions = []
        products = zip(designs, images, heights_mm, texts, strict=True)
        for k, (design, image, height, text) in enumerate(products, 1):
            write(f"design_{k}.json", save_design, design)
            write(f"design_{k}.svg", write_svg, image, height, f"Design {k}")
            write(f"design_{k}.stl", write_stl, image, height)
            size = f"{height:.0f} mm high, seed {design.seed}"
            captions.append(f"design {k}: {text}\n{size}")
        write("sheet.png", write_contact_sheet, images, captions, designs[0].brief)
        write("generator.keras", lambda path: generators.save(generator, path))
    if older := {path.name for path in folder.glob("design_*")} - set(names):
        problems.append(f"Older files stay there: {', '.join(sorted(older))}.")
    return [folder / name for name in names], problems


def _check(generator, given):
    """What a generator takes, checked, as a batch of one, by name."""
    wanted = border.name_inputs(generator, "latents")
    if set(given) != set(wanted):
        raise ValueError(f"The generator takes {list(wanted)}; given {list(given)}.")
    batch = {name: np.asarray(values)[None] for name, values in given.items()}
    return border.check_inputs(batch, wanted)


def _check_fields(design):
    """Whether each field is of its kind; what a generator takes, `draw` will see."""
    fits = {
        "latents": isinstance(design.latents, list),
        "model": isinstance(design.model, str),
        "conditions": isinstance(design.conditions, dict),
        "seed": design.seed is None or type(design.seed) is int,
        "brief": isinstance(design.brief, str),
    }
    for name, is_so in fits.items():
        if not is_so:
            raise ValueError(f"its {name} is of the wrong kind")


def _settings(value, numbers):
    """What of a layer's description decides its output; `numbers` stand for names.

    Left out is how weights were begun and bounded.
    """
    if isinstance(value, dict):
        return {
            key: _settings(part, numbers)
            for key, part in sorted(value.items())
            if key not in ("module", "registered_name", "build_config", "trainable")
            and not key.endswith(("initializer", "regularizer", "constraint"))
        }
    if isinstance(value, list | tuple):
        return [_settings(part, numbers) for part in value]
    return numbers.get(value, value) if isinstance(value, str) else value


def _digest(design):
    text = json.dumps(design, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
