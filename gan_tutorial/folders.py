"""Folders of a learner's own pictures: which files count, and how each is read."""

import contextlib
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

# Pillow opens these and then needs another program, or shows nothing.
_NO_PICTURES = ("BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF")
_MOST_NAMES = 10  # in one message


def read(folder: Path, image_size: int, channels: int):
    """Reads all pictures in a folder and in the folders in it.

    The suffix says whether a file is meant as a picture, its content of which format.
    What is left out is printed in one line.

    Args:
        folder: a folder that is there.
        image_size: side of the pictures in pixels.
        channels: 1 (grey) or 3 (colour).

    Returns:
        uint8 `(n, image_size, image_size, channels)`, in the order of the paths; labels
        int64 `(n,)` or None; the names of the classes.

    Raises:
        ValueError: a file cannot be read, or there is no picture.
    """
    formats = [name for name in _all_formats() if name not in _NO_PICTURES]
    pictures, others, hidden, broken = _look_through(folder, formats)
    images = np.empty((len(pictures), image_size, image_size, channels), np.uint8)
    for i, path in enumerate(pictures):  # one by one: only small ones are kept
        try:
            images[i] = _read_picture(path, formats, image_size, channels)
        except Exception as error:  # Each format has errors of its own.
            broken[path] = _explain(error)

    def names(paths, most=3):
        shown = [repr(os.path.relpath(path, folder)) for path in paths[:most]]
        return ", ".join(shown) + (", ..." if len(paths) > most else "")

    if broken:
        shown = [f"{names([path])} ({broken[path]})" for path in sorted(broken)]
        more = len(shown) - _MOST_NAMES
        rest = f", and {more} more" if more > 0 else ""
        raise ValueError(
            f"{_count(len(broken), 'thing')} in the folder {str(folder)!r} cannot be "
            f"read: {', '.join(shown[:_MOST_NAMES])}{rest}. Mend or remove what is "
            "named."
        )
    notes = []
    if others:
        what = _count(len(others), "file")
        notes.append(f"{what} without a picture's suffix left out ({names(others)})")
    if hidden:
        notes.append(f"{len(hidden)} hidden left out ({names(hidden)})")
    if not pictures:
        raise ValueError(
            f"The folder {str(folder)!r} holds no picture, such as a .png, .jpg or "
            f".webp file{': ' if notes else ''}{'; '.join(notes)}."
        )
    labels, class_names, num_beside = _find_classes(folder, pictures)
    if num_beside:
        what = _count(num_beside, "picture")
        notes.append(f"no labels, because of {what} beside the subfolders")
    if len(pictures) == 1:
        notes.append("a GAN needs two or more, better hundreds")
    elif all(np.array_equal(images[0], image) for image in images[1:]):
        notes.append("all pictures are equal, so there is nothing to learn")
    if notes:
        print(f"{_count(len(pictures), 'picture')} read; {'; '.join(notes)}.")
    return images, labels, class_names


def _all_formats():
    Image.init()  # Pillow knows its rarer formats only after this.
    return list(Image.OPEN)


def _look_through(folder, formats):
    """Paths of pictures, of other files and of hidden things; folders that are shut."""
    suffixes = {
        suffix
        for suffix, name in Image.registered_extensions().items()
        if name in formats or name == "MPO"  # several JPEGs in one file
    }
    pictures, others, hidden, broken, seen = [], [], [], {}, set()

    def note(error):
        broken[Path(error.filename)] = _explain(error)

    for place, folders, files in os.walk(folder, onerror=note, followlinks=True):
        place, real = Path(place), os.path.realpath(place)
        if real in seen:  # Links can lead back, without an end.
            others.append(place)
            folders.clear()
            continue
        seen.add(real)
        hidden += [place / name for name in folders + files if name.startswith(".")]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (place / name for name in files if not name.startswith(".")):
            is_picture = path.suffix.lower() in suffixes
            (pictures if is_picture else others).append(path)
    return sorted(pictures), sorted(others), sorted(hidden), broken


def _find_classes(folder, paths):
    """Labels, names of the classes, and how many pictures spoil them.

    Two or more subfolders are classes, where no picture lies beside them.
    """
    parts = [path.relative_to(folder).parts for path in paths]
    names = sorted({part[0] for part in parts if len(part) > 1})
    num_beside = sum(len(part) == 1 for part in parts)
    if num_beside or len(names) < 2:
        return None, (), num_beside if names else 0
    return np.array([names.index(part[0]) for part in parts]), tuple(names), 0


def _read_picture(path, formats, image_size, channels):
    """The square in the middle of a picture, scaled, on white: uint8."""
    if not path.is_file():
        what = "a link that leads nowhere" if path.is_symlink() else "no ordinary file"
        raise ValueError(what)
    if not path.stat().st_size:
        raise ValueError("empty")
    size = image_size, image_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of faults that Pillow gets over
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(path, formats=formats) as file:
            file.draft(None, (2 * image_size, 2 * image_size))  # A JPEG shrinks here.
            ImageOps.exif_transpose(file, in_place=True)  # Cameras store a turn apart.
            picture = _to_eight_bits(file)
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    box = left, top, left + side, top + side
    picture = picture.resize(size, Image.Resampling.BILINEAR, box)
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", size, "white")
        picture = Image.alpha_composite(ground, picture)
    picture = picture.convert("L" if channels == 1 else "RGB")
    return np.asarray(picture).reshape(*size, channels)


def _to_eight_bits(picture):
    """A picture as L, RGB or RGBA, in which black is 0 and white 255."""
    picture.load()
    if picture.mode[0] in "IF":  # Pillow itself would cut off what is above 255.
        values = np.array(picture, np.float32)
        white = 1 if picture.mode == "F" else 65535
        low, high = values.min(), values.max()
        if not (low >= 0 and high <= white):
            raise ValueError(
                f"numbers from {low:g} to {high:g}; expected 0 to {white}, or 8 bits"
            )
        if "transparency" in picture.info:  # the one shade that is none
            values[values == picture.info["transparency"]] = white
        return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("LA") if picture.mode == "La" else picture
        return picture.convert("RGBA")
    return picture.convert("L" if picture.mode == "L" else "RGB")


def _explain(error):
    """Why a file cannot be read, in few words."""
    if isinstance(error, UnidentifiedImageError):
        return "no picture that Pillow knows"
    if isinstance(error, Image.DecompressionBombWarning | Image.DecompressionBombError):
        return f"more than {Image.MAX_IMAGE_PIXELS / 1e6:.0f} million pixels"
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(reason.split())


def _count(number, what):
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def sizes(folder: Path) -> list[tuple[int, int]]:
    """Width and height of each picture in a folder, in pixels, from its first bytes."""
    formats = [name for name in _all_formats() if name not in _NO_PICTURES]
    found = []
    for path in _look_through(folder, formats)[0]:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `read` names what cannot be read
            if path.is_file():
                with Image.open(path, formats=formats) as file:
                    found.append(file.size)
    return found
