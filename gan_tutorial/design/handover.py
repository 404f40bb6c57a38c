"""Designs that leave the notebook: pictures, drawings, solids and a record of each.

A set of designs becomes one folder of its own, which other programs can use without
this one: PNG, SVG and DXF, STL and GLB, JSON, and a sheet for a client.
"""

import hashlib
import json
import math
import platform
import warnings
from base64 import b32encode
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from matplotlib import font_manager
from PIL.PngImagePlugin import PngInfo

from gan_tutorial import __version__, checks, files, plotting
from gan_tutorial.design import bodies, drawings, shading
from gan_tutorial.design.curves import Outline, measure
from gan_tutorial.design.drawings import flatten
from gan_tutorial.design.model_card import FILE_NAME, ModelCard
from gan_tutorial.design.provenance import Provenance

# From who made a design to the term of IPTC for such a source.
SOURCE_TYPES = {
    name: f"http://cv.iptc.org/newscodes/digitalsourcetype/{term}"
    for name, term in {
        "made by a generator": "trainedAlgorithmicMedia",
        "made without a generator": "digitalCreation",
    }.items()
}
RIGHTS = "Nobody has stated rights to this design; ask whoever gave you the file."
_FORMAT = "gan_tutorial handover 1"
_FOOT = "flat"  # of all vessels; it counts in numbers and stands in records
_STEP_MM = 0.0001  # to which an outline counts in a design's number
_WIDE_LETTERS = ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "SimHei")


@dataclass(frozen=True)
class Product:
    """A design as it is handed over.

    Args:
        outline: of its outside, in mm.
        title: any text.
        wall_mm: thickness of the wall.
        clay: a name of `shading.CLAYS`.
        glaze: a name of `shading.GLAZES`.
        brief: what was asked, any text, such as `str` of a `briefs.Brief`.
        wishes: from what was wished to whether it is fulfilled, such as
            `{"capacity": True}`.
        provenance: from what a generator drew it, or None.
        made_by: a name of `SOURCE_TYPES`: all files say it that can.

    Raises:
        ValueError: an outline that holds numbers that are not finite, or another
            `made_by`.
    """

    outline: Outline
    title: str = ""
    wall_mm: float = bodies.WALL_MM
    clay: str = "white stoneware"
    glaze: str = "clear"
    brief: str = ""
    wishes: dict = field(default_factory=dict)
    provenance: Provenance | None = None
    made_by: str = "made by a generator"

    def __post_init__(self):  # noqa: D105
        bodies.require_finite(self.outline)
        if self.made_by not in SOURCE_TYPES:
            known = ", ".join(map(repr, SOURCE_TYPES))
            raise ValueError(f"made_by is {self.made_by!r}; expected one of {known}.")

    @property
    def number(self) -> str:
        """Eight letters and digits that name what would be made, and nothing else.

        They stand for the outline to a ten-thousandth of a mm, the wall, the clay
        and the glaze; not for title, brief or provenance. Two designs share a number
        by chance once in 10^12 pairs; `write_set` refuses that.
        """
        return b32encode(hashlib.sha256(self._content().encode()).digest())[:8].decode()

    def _content(self):
        """What the number stands for, as text."""
        points = np.rint(np.asarray(self.outline.points, float) / _STEP_MM)
        given = points.astype(int).tolist(), float(self.wall_mm)
        return json.dumps([*given, _FOOT, self.clay, self.glaze])


def write_set(
    folder,
    products,
    rights: str = RIGHTS,
    width_px: int = 640,
    card: ModelCard | None = None,
) -> Path:
    """Writes designs for those who sell, draw, make and show them.

    A design with the number N gets `N.png` (shaded), `N.svg` and `N.dxf` (the maker's
    drawing, true size), `N.stl` (mm, upright along z), `N.glb` (metres, upright along
    y, as glTF wants it) and `N.json` (all that is known of it). `sheet.png` shows all
    of them to one scale.

    They go into a new folder inside `folder`, whose name follows from the numbers. So a
    set never mixes with an older one, nothing is deleted, and the same designs, written
    again, replace their own files, all together or not at all (`files.whole_set`).

    Args:
        folder: is made where it is missing.
        products: a list of `Product`, at least one.
        rights: a sentence that says who may do what; it stands in each file that can
            hold it.
        width_px: of a shaded picture.
        card: of the model that made the designs: the set gets `MODEL_CARD.md`, and
            the record of each design made by a generator names it.

    Returns:
        The folder of the set.

    Raises:
        ValueError: no designs, one that is there twice, one that cannot be made, with
            its place in the list, or the card of another model; then nothing is
            written.
        ImportError: ezdxf or trimesh is missing; then nothing is written.
        OSError: the folder cannot be written to, or the disk is full; then no file has
            changed.
    """
    numbers, contents = _check(products), {}
    for k, product in enumerate(products, 1):
        try:
            made = _make_files(product, rights, width_px, card)
        except ValueError as error:
            name = f"Design {k} of {len(products)}, {product.title!r},"
            raise ValueError(f"{name} cannot be handed over: {error}") from None
        except ModuleNotFoundError as error:
            raise ImportError(
                f"Files of a design need {error.name}, which is not installed: "
                f"pip install {error.name}."
            ) from None
        contents |= {f"{product.number}.{kind}": made[kind] for kind in made}
    contents["sheet.png"] = draw_sheet(products, rights)
    if card is not None:
        contents[FILE_NAME] = card.to_markdown().encode()
    digest = hashlib.sha256(" ".join(numbers).encode()).digest()
    name = numbers[0] if len(numbers) == 1 else f"set_{b32encode(digest)[:8].decode()}"
    place = Path(folder) / name
    with files.whole_set(place) as aside:
        for name, content in contents.items():
            (aside / name).write_bytes(content)
    return place


def read_product(path) -> Product:
    """Reads a design from the JSON of `write_set`, without any network.

    The curve itself is in the file. The provenance, which only its generator
    understands, stays there.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is damaged, was changed, or holds no such design.
    """
    content = files.read(path, most=2**22)
    try:
        record = json.loads(content)
        points = np.array(record["outline"]["points"], float)
        words = {key: str(record[key]) for key in ("title", "clay", "glaze")}
        product = Product(
            Outline(points),
            wall_mm=checks.number("wall", record["wall"], 0.01),
            brief=str(record["brief"]),
            made_by=str(record["made_by"]),
            wishes={str(k): bool(v) for k, v in record["wishes"].items()},
            **words,
        )
        is_curve = points.ndim == 2 and points.shape[1] == 2 and len(points) >= 4
        known = record["format"], record["foot"], record["number"]
        if (
            is_curve
            and np.isfinite(points).all()
            and known == (_FORMAT, _FOOT, product.number)
        ):
            return product
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # what Python says of a strange file helps nobody
    raise ValueError(
        f"{path} is no design that this version can read, is damaged, or was changed: "
        "its number is not that of its content. Write the design again."
    )


def draw_sheet(products, rights: str = RIGHTS) -> bytes:
    """A sheet for a client, as PNG: each design shaded, to one scale, with measures.

    Letters for which this machine has no font appear as boxes.

    Args:
        products: a list of `Product`, at least one.
        rights: the sentence at its foot.
    """
    columns = min(math.ceil(len(products) ** 0.5), 4)
    rows = -(-len(products) // columns)
    tallest = max(p.outline.height_mm for p in products)
    widest = max(2 * p.outline.points[:, 0].max() for p in products)
    frame = max(1.42 * tallest + 0.3 * widest, 1.8 * widest)
    figure, axes = plotting.new_figure(
        4.0 * columns, 6.3 * rows + 0.5, rows, columns, layout="constrained"
    )
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    plain = {"parse_math": False, "fontfamily": _fonts()}  # a title may hold a $
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, product in zip(axes.flat, products, strict=False):
        image = shading.shade(
            product.outline,
            product.clay,
            product.glaze,
            640,
            wall_mm=product.wall_mm,
            frame_mm=frame,
        )
        axis.imshow(image)
        axis.set_title(flatten(product.title) or " ", fontsize=13, **plain)
        text = "\n".join(_describe(product))
        axis.text(
            0.0, -0.03, text, fontsize=10, va="top", transform=axis.transAxes, **plain
        )
    # Where one of them was made by a generator, the sheet was.
    makers = [product.made_by for product in products]
    made_by = min(makers, key=list(SOURCE_TYPES).index)
    note = f"{made_by.capitalize()}. All to one scale. {flatten(rights)}"
    figure.supxlabel(note, fontsize=8, wrap=True, **plain)
    numbers = ", ".join(product.number for product in products)
    about = {"pnginfo": to_pnginfo(xmp("Sheet", numbers, rights, made_by))}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        return plotting.encode(figure, dpi=150, facecolor="white", pil_kwargs=about)


def origin(is_generated: bool, rights: str) -> dict[str, str]:
    """What each file that is handed over says: who made it, and who may do what."""
    made_by = list(SOURCE_TYPES)[not is_generated]
    kind = SOURCE_TYPES[made_by]
    return {"made_by": made_by, "digital_source_type": kind, "rights": rights}


def xmp(title: str, number: str, rights: str, made_by: str) -> str:
    """An XMP packet that says what a file is, and whether a generator made it.

    Source: property DigitalSourceType of the IPTC Photo Metadata Standard, and the
    terms of `SOURCE_TYPES`.
    """
    words = {"title": title or number, "rights": rights, "description": made_by}
    texts = "".join(
        f'<dc:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(flatten(text))}'
        f"</rdf:li></rdf:Alt></dc:{name}>"
        for name, text in words.items()
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f"<dc:identifier>{escape(number)}</dc:identifier>{texts}"
        f"<Iptc4xmpExt:DigitalSourceType>{SOURCE_TYPES[made_by]}"
        "</Iptc4xmpExt:DigitalSourceType>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _check(products):
    """The numbers of designs that can be told apart."""
    if not isinstance(products, list | tuple):
        kind = type(products).__name__
        raise ValueError(f"The designs are {kind}; expected a list: [product].")
    if not products:
        raise ValueError("There are no designs; give at least one.")
    seen = {}
    for k, product in enumerate(products, 1):
        other = seen.setdefault(product.number, k)
        if other != k:
            raise ValueError(
                f"Designs {other} and {k} have the same number, {product.number}: they "
                "would be the same product. Leave one of them out."
            )
    return list(seen)


def _make_files(product, rights, width_px, card):
    """The files of one design, as bytes, by their endings."""
    if card and product.provenance and product.provenance.model != card.model:
        raise ValueError(
            f"the card is that of the model {card.model[:12]}…, the design that of "
            f"{product.provenance.model[:12]}…. Give the card of its own model."
        )
    number, title = product.number, flatten(product.title)
    vessel = bodies.make_vessel(product.outline, product.wall_mm)
    findings = bodies.inspect(product.outline, product.wall_mm)
    packet = xmp(title, number, rights, product.made_by)
    drawing = drawings.draw_vessel(
        vessel, number, title, findings, f"{product.made_by.capitalize()}. {rights}"
    )
    solid = bodies.mesh(vessel)
    look = product.clay, product.glaze
    image = shading.shade(product.outline, *look, width_px, wall_mm=product.wall_mm)
    made = {
        "png": plotting.encode(image, pnginfo=to_pnginfo(packet)),
        "svg": drawings.to_svg(drawing, packet),
        "dxf": drawings.to_dxf(drawing),
        "stl": _to_stl(solid, f"millimetres; {number}; {product.made_by}"),
        "glb": _to_glb(solid, product, rights),
    }
    # Last: it names the versions of libraries, and by now none is missing.
    about = _record(product, vessel, findings, rights)
    if card and product.made_by == "made by a generator":
        about["model_card"] = FILE_NAME
    text = json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False)
    return made | {"json": text.encode()}


def _record(product, vessel, findings, rights):
    """All that is known of a design, in plain words and numbers."""
    measures = measure(product.outline) | bodies.measure_vessel(vessel)
    return {
        "format": _FORMAT,
        "number": product.number,
        "title": product.title,
        "made_by": product.made_by,
        "digital_source_type": SOURCE_TYPES[product.made_by],
        "rights": rights,
        "units": "mm, degrees, litres",
        "outline": {
            "kind": "clamped uniform cubic B-spline: radius and height of each "
            "control point, from the foot up",
            "points": np.asarray(product.outline.points, float).tolist(),
        },
        "wall": float(product.wall_mm),
        "foot": _FOOT,
        "clay": product.clay,
        "glaze": product.glaze,
        "measures": {name: float(value) for name, value in measures.items()},
        "findings": [_plain(asdict(finding)) for finding in findings],
        "brief": product.brief,
        "wishes": {name: bool(met) for name, met in product.wishes.items()},
        # The name of the field stays, so that all versions read each other's files.
        "recipe": product.provenance and asdict(product.provenance),
        "versions": _versions(),
    }


def _plain(values):
    return {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in values.items()
    }


def _versions():
    names = ("numpy", "matplotlib", "pillow", "ezdxf", "trimesh")
    found = {name: metadata.version(name) for name in names}
    return {
        "gan_tutorial": __version__,
        "python": platform.python_version(),
    } | found


def _describe(product):
    """What a client wants to know, in a few lines."""
    sizes = measure(product.outline)
    vessel = bodies.make_vessel(product.outline, product.wall_mm)
    holds = bodies.measure_vessel(vessel)
    lines = [
        f"Design {product.number}",
        f"{sizes['height']:.0f} mm high, {sizes['belly']:.0f} mm wide",
        f"foot {sizes['foot']:.0f} mm, opening {holds['opening']:.0f} mm wide",
        f"holds {holds['capacity']:.3g} litres",
        f"{product.clay}, {product.glaze}; wall {product.wall_mm:g} mm",
    ]
    met = [name for name, is_met in product.wishes.items() if is_met]
    if product.wishes:
        lines.append(f"{len(met)} of {len(product.wishes)} wishes fulfilled")
    return [flatten(line) for line in lines]


def to_pnginfo(packet: str) -> PngInfo:
    """An XMP packet as a PNG holds it."""
    about = PngInfo()
    about.add_itxt("XML:com.adobe.xmp", packet)
    return about


def _to_stl(solid, note):
    """A binary STL; trimesh leaves its head empty, which has room for 80 letters."""
    head = note.encode("ascii", "replace")[:80].ljust(80)
    return head + solid.export(file_type="stl")[80:]


def _to_glb(solid, product, rights):
    """A smooth solid in the colours of its clay and glaze; glTF wants metres, y up."""
    from trimesh import Scene, Trimesh, visual

    colour, gloss = shading.mix(product.clay, product.glaze)
    material = visual.material.PBRMaterial(
        name=f"{product.clay}, {product.glaze}",
        baseColorFactor=[*colour, 255],
        metallicFactor=0.0,
        roughnessFactor=0.9 - 0.75 * gloss,
    )
    corners, normals = (
        a[:, [0, 2, 1]] * [1, 1, -1] for a in (solid.vertices, _normals(solid))
    )
    mesh = Trimesh(
        corners / 1000,
        solid.faces,
        vertex_normals=normals,
        visual=visual.TextureVisuals(material=material),
        process=False,
    )
    scene = Scene(mesh)
    scene.metadata.update(
        number=product.number,
        title=product.title,
        made_by=product.made_by,
        digital_source_type=SOURCE_TYPES[product.made_by],
        rights=rights,
    )
    return scene.export(file_type="glb", include_normals=True)


def _normals(solid):
    """Where the surface faces at each corner: the mean of its triangles, by area.

    Without scipy, `solid.vertex_normals` takes half a minute.
    """
    ways = solid.face_normals * solid.area_faces[:, None]
    sums = np.zeros((len(solid.vertices), 3))
    np.add.at(sums, solid.faces, ways[:, None])
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def _fonts():
    known = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in _WIDE_LETTERS if name in known)]
