"""Odd files and odd folders: each is read as it was drawn, or named in one sentence."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gan_tutorial import data, folders

DARK, LIGHT = 50, 200  # left and right half of what is drawn
RED, BLUE = (200, 30, 60), (20, 40, 180)


def halves(left, right, dtype=np.uint8, size=(40, 40)):
    """A picture of two halves, as an array; `size` is (width, height)."""
    array = np.empty((size[1], size[0], *np.shape(left)), dtype)
    array[:, : size[0] // 2], array[:, size[0] // 2 :] = left, right
    return array


def drawn(mode, left=None, right=None):
    """A picture of two halves in one of Pillow's modes."""
    if mode in ("RGB", "CMYK", "YCbCr", "P"):
        return Image.fromarray(halves(left or RED, right or BLUE)).convert(mode)
    return Image.fromarray(
        halves(DARK if left is None else left, right or LIGHT)
    ).convert(mode)


def png_by_hand(values, colour_type):
    """A PNG of 16 bits, which Pillow cannot write: header, rows, end."""
    height, width = values.shape[:2]
    rows = values.astype(">u2").reshape(height, -1)
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)

    def chunk(name, content):
        check = zlib.crc32(name + content)
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)
        )

    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(body)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*pair) for pair in chunks)


def packed(picture, form="PNG", **settings):
    """The bytes of a file."""
    out = io.BytesIO()
    picture.save(out, form, **settings)
    return out.getvalue()


def save(path, content):
    """Writes bytes, or a picture in the format of the suffix; makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.save(path)
    return path


def alpha(left, right):
    """A picture with opacity: shades and opacities of both halves."""
    array = halves(left, right)
    return Image.fromarray(array, "RGBA" if len(left) == 4 else "LA")


def in_one_palette():
    """Red and blue by their numbers."""
    picture = Image.fromarray(halves(0, 1))
    picture.putpalette([*RED, *BLUE])
    return picture


def multiplied(left, right):
    """A TIFF that says that its shades are multiplied by their opacities."""
    says = struct.pack("<HHIH", 338, 3, 1, 2), struct.pack("<HHIH", 338, 3, 1, 1)
    return packed(alpha(left, right), "TIFF").replace(*says)


SIXTEEN = halves(257 * DARK, 257 * LIGHT, np.uint16)
TURN = Image.Exif()
TURN[0x0112] = 6  # to be shown turned by a quarter, clockwise
SEVERAL = {"save_all": True, "append_images": [drawn("RGB", BLUE, RED)]}
GREY = DARK, LIGHT
COLOUR = RED, BLUE
# Name of a file, what is in it, and the shades of its halves.
READABLE = {
    "grey.png": (drawn("L"), GREY),
    "GREY.PNG": (packed(drawn("L")), GREY),
    "colour.png": (drawn("RGB"), COLOUR),
    "16-bit grey.png": (Image.fromarray(SIXTEEN), GREY),
    "16-bit grey, other order.tiff": (Image.fromarray(SIXTEEN.astype(">u2")), GREY),
    "16-bit grey.pgm": (Image.fromarray(SIXTEEN.astype(np.int32)), GREY),
    "16-bit grey, one shade clear.png": (
        packed(Image.fromarray(SIXTEEN), transparency=257 * DARK),
        (255, LIGHT),
    ),
    "16-bit colour.png": (
        png_by_hand(halves(257 * np.array(RED), 257 * np.array(BLUE), int), 2),
        COLOUR,
    ),
    "16-bit grey, half clear.png": (
        png_by_hand(halves((257 * 100, 65535), (0, 0), int), 4),
        (100, 255),
    ),
    "32-bit grey.tif": (Image.fromarray(SIXTEEN.astype(np.int32)), GREY),
    "float.tif": (
        Image.fromarray(halves(DARK / 255, LIGHT / 255, np.float32)),
        GREY,
    ),
    "print.jpg": (drawn("CMYK"), COLOUR),
    "film.tif": (drawn("YCbCr"), COLOUR),
    "palette.png": (in_one_palette(), COLOUR),
    "palette, one clear.png": (packed(in_one_palette(), transparency=1), (RED, 255)),
    "palette, one half clear.png": (
        packed(in_one_palette(), transparency=bytes([255, 51])),
        (RED, (208, 212, 240)),  # 0.8 of white and 0.2 of blue
    ),
    "palette, one clear.gif": (
        packed(in_one_palette(), "GIF", transparency=0),
        (255, BLUE),
    ),
    "one bit.png": (drawn("1", 0, 255), (0, 255)),
    "grey, half clear.png": (alpha((80, 255), (0, 51)), (80, 204)),
    "colour, half clear.png": (alpha((*RED, 255), (9, 9, 9, 0)), (RED, 255)),
    "colour, half clear.webp": (alpha((*RED, 255), (9, 9, 9, 0)), (RED, 255)),
    "colour, half clear.tif": (alpha((*RED, 255), (0, 0, 0, 102)), (RED, 153)),
    "grey, multiplied.tif": (multiplied((80, 255), (30, 102)), (80, 183)),
    "black ground.png": (alpha((0, 0, 0, 255), (*BLUE, 255)), (0, BLUE)),
    "moves.gif": (packed(drawn("RGB"), "GIF", **SEVERAL), COLOUR),
    "moves.webp": (packed(drawn("RGB"), "WEBP", **SEVERAL), COLOUR),
    "several.mpo": (packed(drawn("RGB"), "MPO", **SEVERAL), COLOUR),
    "really a jpeg.png": (packed(drawn("RGB"), "JPEG"), COLOUR),
}


@pytest.mark.parametrize("name", READABLE)
def test_a_file_is_read_as_it_was_drawn(tmp_path, name, capsys):
    content, expected = READABLE[name]
    save(tmp_path / name, content)
    (image,) = data.load(tmp_path, image_size=16).images
    for column, colour in zip((4, 11), expected, strict=True):
        np.testing.assert_allclose(image[8, column], colour, atol=6)


def test_a_turn_by_the_camera_is_undone_before_the_middle_is_taken(tmp_path):
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, 40:80] = 255  # what is in the middle is white, and its upper half is red
    wide[:20, 40:80] = RED
    Image.fromarray(wide).save(tmp_path / "turned.jpg", exif=TURN)
    (image,) = data.load(tmp_path, image_size=16).images
    np.testing.assert_allclose(image[1:-1, 2], 255, atol=9)
    np.testing.assert_allclose(image[1:-1, 13], np.tile(RED, (14, 1)), atol=9)


def test_the_middle_square_is_taken_and_averaged(tmp_path):
    wide = np.zeros((40, 120, 3), np.uint8)
    wide[:, :40], wide[:, 80:] = RED, BLUE
    wide[:, 40:80:2] = 255
    save(tmp_path / "a.png", Image.fromarray(wide))
    save(tmp_path / "b.png", Image.fromarray(wide.transpose(1, 0, 2)))
    images = data.load(tmp_path, image_size=16).images
    np.testing.assert_allclose(images[:, 2:-2, 2:-2], 127.5, atol=8)


def test_grey_is_how_bright_the_colour_looks(tmp_path):
    save(tmp_path / "a.png", drawn("RGB"))
    (image,) = data.load(str(tmp_path), image_size=20, channels=1).images
    assert image.shape == (20, 20, 1)
    luma = np.array(COLOUR) @ [0.299, 0.587, 0.114]  # ITU-R 601
    np.testing.assert_allclose(image[10, [5, 15], 0], luma, atol=1)


NOISE = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
WHOLE = {form: packed(Image.fromarray(NOISE), form) for form in ("PNG", "JPEG", "TIFF")}


def says_it_is_huge():
    whole = WHOLE["PNG"]
    header = b"IHDR" + struct.pack(">II", 30_000, 30_000) + whole[24:29]
    return whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:]


BROKEN = {
    "text.png": (b"no picture", "no picture that Pillow knows"),
    "page.jpg": (b"<!DOCTYPE html><title>Log in</title>", "no picture that Pillow"),
    "paper.png": (packed(drawn("RGB"), "PDF"), "no picture that Pillow knows"),
    "drawing.png": (packed(drawn("RGB"), "EPS"), "no picture that Pillow knows"),
    "archive.gif": (b"PK\3\4" + bytes(200), "no picture that Pillow knows"),
    "empty.webp": (b"", "empty"),
    "short.png": (WHOLE["PNG"][:600], "truncated"),
    "short.jpg": (WHOLE["JPEG"][:900], "truncated"),
    "short.tif": (WHOLE["TIFF"][:-900], r"\w"),
    "huge.png": (says_it_is_huge(), "more than 89 million pixels"),
    "depth.tif": (
        Image.fromarray(halves(0.5, 7, np.float32)),
        "numbers from 0.5 to 7; expected 0 to 1, or 8 bits",
    ),
    "hole.tif": (Image.fromarray(halves(0.5, np.nan, np.float32)), "nan"),
    "below.tif": (Image.fromarray(halves(-3, 4, np.int32)), "from -3 to 4; .*65535"),
    "lost\nlink.png": (Path("nowhere.png"), "a link that leads nowhere"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named_with_its_reason(tmp_path, name):
    content, reason = BROKEN[name]
    save(tmp_path / "whole.png", drawn("L"))
    if isinstance(content, Path):
        (tmp_path / name).symlink_to(content)
    else:
        save(tmp_path / name, content)
    with pytest.raises(ValueError, match=reason) as caught:
        data.load(tmp_path, image_size=16)
    message = str(caught.value)
    assert message.startswith(f"1 thing in the folder {str(tmp_path)!r}")
    assert f"{name!r} (" in message and len(message) < 350 and "\n" not in message


def test_broken_files_are_named_all_at_once_up_to_ten(tmp_path):
    for number in range(13):
        save(tmp_path / "more" / f"{number:02}.png", b"no picture")
    os.mkfifo(tmp_path / "waits.png")
    with pytest.raises(ValueError, match="14 things .*, and 4 more") as caught:
        data.load(tmp_path)
    named = [f"{number:02}.png" in str(caught.value) for number in range(13)]
    assert named == 10 * [True] + 3 * [False]


@pytest.mark.parametrize("target", ["open", "walk"])
def test_what_may_not_be_read_is_named(tmp_path, monkeypatch, target):
    save(tmp_path / "shut" / "a.png", drawn("L"))
    save(tmp_path / "b.png", drawn("L"))
    path, scandir, open_file = tmp_path / "shut", os.scandir, Image.open

    def refuse(place, *args, **kwargs):
        if path in (Path(place), Path(place).parent):
            raise PermissionError(13, "Permission denied", str(place))
        return (scandir if target == "walk" else open_file)(place, *args, **kwargs)

    monkeypatch.setattr(
        *((os, "scandir") if target == "walk" else (Image, "open")), refuse
    )
    with pytest.raises(ValueError, match=r"'shut.*' \(Permission denied\)"):
        data.load(tmp_path)


NAMES = ["two words.png", "椅子.png", "new\nline.png", "~.png", "-x.png", "'\"$%#.png"]


def test_what_is_left_out_is_counted_and_named_in_one_line(tmp_path, capsys):
    for number, name in enumerate(NAMES):
        save(tmp_path / "looks like a.png" / name, drawn("L", number + 1))
    for name in ("notes.txt", "film.mpeg", "paper.pdf", "no suffix", "model.h5"):
        save(tmp_path / name, packed(drawn("L")))
    for name in (".DS_Store", ".cache/b.png", "looks like a.png/._x.png"):
        save(tmp_path / name, b"no picture")
    found = data.load(tmp_path, image_size=16)
    assert sorted(found.images[:, 8, 4, 0]) == list(range(1, len(NAMES) + 1))
    assert found.labels is None and found.name == tmp_path.name
    out = capsys.readouterr().out
    assert out == (
        "6 pictures read; 5 files without a picture's suffix left out ('film.mpeg', "
        "'model.h5', 'no suffix', ...); 3 hidden left out ('.DS_Store', '.cache', "
        "'looks like a.png/._x.png').\n"
    )


def test_a_folder_that_is_in_order_is_read_without_a_word(tmp_path, capsys):
    save(tmp_path / "lamps" / "a.png", drawn("L", 90))
    save(tmp_path / "chairs" / "old" / "b.png", drawn("L", 60))
    save(tmp_path / "chairs" / "c.png", drawn("L", 30))
    found = data.load(tmp_path, image_size=16)
    assert capsys.readouterr().out == ""
    assert found.class_names == ("chairs", "lamps")
    assert found.labels.tolist() == [0, 0, 1] and found.labels.dtype == np.int64
    assert found.images[:, 8, 4, 0].tolist() == [30, 60, 90]
    assert data.load(tmp_path / "chairs", image_size=16).labels is None

    save(tmp_path / "d.png", drawn("L", 10))
    assert data.load(tmp_path, image_size=16).labels is None
    out = capsys.readouterr().out
    assert "no labels, because of 1 picture beside the subfolders" in out


def test_a_folder_is_found_however_it_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "my chairs"
    save(folder / "a.png", drawn("L", 10))
    save(folder / "b.png", drawn("L"))
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(folder)
    places = {
        "my chairs": [folder, f"{folder}/", ".", "../my chairs", "~/my chairs"],
        "link": [tmp_path / "link", "../link/"],
    }
    for name, forms in places.items():
        for form in forms:
            found = data.load(form, image_size=16)
            assert (found.name, len(found.images)) == (name, 2)


def test_links_are_followed_and_never_without_end(tmp_path, capsys):
    save(tmp_path / "elsewhere" / "a.png", drawn("L", 10))
    save(tmp_path / "mine" / "b.png", drawn("L"))
    (tmp_path / "mine" / "others").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(tmp_path / "mine")
    found = data.load(tmp_path / "mine", image_size=16)
    assert found.images[:, 8, 4, 0].tolist() == [DARK, 10]
    assert "1 file without a picture's suffix left out" in capsys.readouterr().out


def test_a_folder_without_pictures_is_told_with_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match=r"holds no picture.*\.webp file\.$"):
        data.load(tmp_path)
    save(tmp_path / "notes.png.txt", b"no picture")
    with pytest.raises(ValueError, match="holds no picture.*1 file .*'notes.png.txt'"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ("a.png", r"a\.png' is a file, and no folder"),
        ("nowhere", "nowhere' is neither a data set nor a folder"),
        ("a\0b", "is neither a data set nor a folder"),
        ("", "the name of a data set or a folder"),
        (None, "source is None; expected the name of a data set or a folder"),
        (7, "source is 7"),
        (b"a", "source is b'a'"),
    ],
)
def test_what_is_no_folder_is_told(tmp_path, monkeypatch, form, message):
    save(tmp_path / "a.png", drawn("L"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        data.load(form)


def test_bad_content_is_told_in_the_line(tmp_path, capsys):
    save(tmp_path / "a.png", drawn("L"))
    assert len(data.load(tmp_path).images) == 1
    assert capsys.readouterr().out == (
        "1 picture read; a GAN needs two or more, better hundreds.\n"
    )
    save(tmp_path / "b.bmp", drawn("L"))
    assert len(data.load(tmp_path).images) == 2
    assert "2 pictures read; all pictures are equal" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 12}, "image_size is 12; expected a whole number, 16 to 128"),
        ({"image_size": 28.5}, "image_size is 28.5"),
        ({"channels": 4}, "channels is 4; expected 1 or 3"),
        ({"split": "test"}, "leave split out"),
    ],
)
def test_a_folder_needs_fitting_arguments(tmp_path, arguments, message):
    save(tmp_path / "a.png", drawn("L"))
    with pytest.raises(ValueError, match=message):
        data.load(tmp_path, **arguments)


def test_a_large_photograph_shrinks_while_it_is_read(tmp_path, monkeypatch):
    across = np.linspace(0, 255, 1600).astype(np.uint8)
    picture = Image.fromarray(np.tile(across[:, None], (1200, 1, 3)))
    save(tmp_path / "a.jpg", picture)
    save(tmp_path / "b.png", picture)
    sizes, read = [], folders._to_eight_bits
    monkeypatch.setattr(
        folders, "_to_eight_bits", lambda file: sizes.append(file.size) or read(file)
    )
    one, other = data.load(tmp_path, image_size=64).images.astype(int)
    assert sizes == [(200, 150), (1600, 1200)]
    assert np.abs(one - other).max() <= 3
