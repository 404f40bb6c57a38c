"""Sheets: colours by brute force, frames by hand, files as an engine reads them."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from gan_tutorial import gan, networks
from gan_tutorial.design import provenance, sheets
from gan_tutorial.synthetic import sprites

IMAGES, FACTS = sprites.make(36, seed=2)
RNG = np.random.default_rng(0)


def test_the_nearest_colour_by_brute_force():
    noise = RNG.integers(0, 256, (3, 5, 4, 4), dtype=np.uint8)
    noise[0, 0, :2, 3] = 127, 128
    found = sheets.find_colours(noise)
    assert found.dtype == np.uint8 and found.shape == (3, 5, 4)
    for pixel, number in zip(noise.reshape(-1, 4), found.ravel(), strict=True):
        squares = [
            sum((int(a) - int(b)) ** 2 for a, b in zip(pixel, colour, strict=False))
            for colour in sprites.PALETTE
        ]
        assert number == (0 if pixel[3] < 128 else 1 + np.argmin(squares))


def test_a_palette_of_ones_own():
    image = np.array(
        [[[[200, 10, 10, 255], [9, 9, 250, 255], [9, 9, 250, 0]]]], np.uint8
    )
    palette = np.array([[0, 0, 255], [255, 255, 255], [255, 0, 0]], np.uint8)
    assert sheets.find_colours(image, palette).tolist() == [[[3, 1, 0]]]


def test_sprites_go_to_channels_and_come_back():
    channels = sheets.one_hot(IMAGES)
    assert channels.shape == (36, 16, 16, 28) and channels.dtype == np.float32
    assert (channels.sum(axis=3) == 1).all()
    np.testing.assert_array_equal(channels[..., 0] == 1, IMAGES[..., 3] == 0)
    np.testing.assert_array_equal(sheets.to_sprites(channels), IMAGES)
    shares = np.full((1, 1, 2, 28), 0.03)
    shares[0, 0, 0, 9], shares[0, 0, 1, 0] = 0.1, 0.04
    first, second = sheets.to_sprites(shares)[0, 0]
    assert first.tolist() == [*sprites.PALETTE[8], 255] and second.tolist() == [0] * 4


def test_pixels_that_differ_by_hand():
    some = IMAGES[:2].copy()
    others = IMAGES[:3].copy()
    others[0, 0, 0, 3] ^= 1
    others[0, 5, 7, 1] ^= 9
    found = sheets.count_changed(some, others)
    assert found.shape == (2, 3) and found[0, 0] == 2 and found[1, 1] == 0
    assert found[1, 2] == (some[1] != others[2]).any(axis=-1).sum()


def test_enlarging_mixes_nothing():
    large = sheets.enlarge(IMAGES, 3)
    assert large.shape == (36, 48, 48, 4)
    for i in range(3):
        for j in range(3):
            np.testing.assert_array_equal(large[:, i::3, j::3], IMAGES)


def test_frames_by_hand():
    frame = sheets.find_frame(7, columns=3, width=10, height=20, gap=2)
    assert frame == {"x": 12, "y": 44, "w": 10, "h": 20}
    assert sheets.find_frame(0, 1, 5, 4) == {"x": 0, "y": 0, "w": 5, "h": 4}


@pytest.mark.parametrize(("number", "columns"), [(7, 3), (2, 8), (4, 1)])
def test_an_engine_cuts_each_sprite_out_of_the_sheet(tmp_path, number, columns):
    pictures = {f"sprite_{k}": IMAGES[k] for k in range(number)}
    path = sheets.write(tmp_path, "crew", pictures, columns, scale=2, rights="Mine.")
    data = json.loads(path.read_text("utf-8"))
    assert list(data) == ["frames", "meta"] and list(data["frames"]) == list(pictures)
    with Image.open(tmp_path / data["meta"]["image"]) as picture:
        assert picture.mode == "RGBA" and "Mine." in picture.info["XML:com.adobe.xmp"]
        assert "digitalCreation" in picture.info["XML:com.adobe.xmp"]
        size, sheet = picture.size, np.asarray(picture)
    assert data["meta"]["size"] == {"w": size[0], "h": size[1]}
    assert data["meta"]["scale"] == "1" and data["meta"]["format"] == "RGBA8888"
    used = np.zeros(sheet.shape[:2], int)
    for name, entry in data["frames"].items():
        x, y, w, h = (entry["frame"][key] for key in "xywh")
        cut = sheet[y : y + h, x : x + w]
        np.testing.assert_array_equal(cut[::2, 1::2], pictures[name])
        used[y : y + h, x : x + w] += 1
        assert entry["rotated"] is entry["trimmed"] is False
        assert entry["sourceSize"] == {"w": w, "h": h} == {"w": 32, "h": 32}
        assert entry["spriteSourceSize"] == {"x": 0, "y": 0, "w": w, "h": h}
    assert used.max() == 1 and not sheet[used == 0].any()
    assert {p.name for p in tmp_path.iterdir()} == {"crew.png", "crew.json"}


def test_a_sheet_says_from_what_a_generator_drew_it(tmp_path):
    keras.utils.set_random_seed(1)
    conditions = {"num_classes": 9}
    model = gan.GAN(
        networks.build_generator(4, (16, 16, 4), 2, **conditions),
        networks.build_discriminator((16, 16, 4), 2, **conditions),
    )
    latents = RNG.normal(size=(1, 4)).astype(np.float32)
    drawn = model.generate(latents=latents, labels=[3])
    made = sheets.to_sprites(sheets.one_hot(drawn))
    recipe = provenance.make_provenance(model.ema_generator, latents[0], {"labels": 3})
    pictures = {"smith": made[0], "drawn": IMAGES[0]}
    path = sheets.write(tmp_path, "two", pictures, recipes={"smith": recipe})
    meta = json.loads(path.read_text("utf-8"))["meta"]
    assert meta["made_by"] == "made by a generator"
    assert meta["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    again = provenance.Provenance(**meta["recipes"]["smith"])
    drawn = provenance.draw(model.ema_generator, again)
    again = sheets.to_sprites(sheets.one_hot(drawn[None]))
    np.testing.assert_array_equal(again, made)
    with pytest.raises(ValueError, match=r"recipes for \['mage'\], but no such"):
        sheets.write(tmp_path, "two", pictures, recipes={"mage": recipe})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: sheets.one_hot(IMAGES[..., :3]),
            r"expected uint8 \(n, height, width, 4",
        ),
        (lambda: sheets.find_colours(IMAGES / 255), "are float64 of shape"),
        (lambda: sheets.find_colours(IMAGES, [[0, 0, 0]]), "palette is int64 of shape"),
        (
            lambda: sheets.find_colours(IMAGES, sprites.PALETTE[:0]),
            r"of shape \(0, 3\)",
        ),
        (lambda: sheets.find_colours(IMAGES, 5), r"palette is int64 of shape \(\)"),
        (
            lambda: sheets.find_colours(IMAGES, np.zeros((256, 3), np.uint8)),
            r"of shape \(256, 3\)",
        ),
        (
            lambda: sheets.to_sprites(np.full((1, 2, 2, 28), np.nan)),
            "The shares are not finite; the training may have failed",
        ),
        (lambda: sheets.count_changed(IMAGES[:0], IMAGES), "expected 1 or"),
        (lambda: sheets.find_frame(-1, 3, 5, 4), "k is -1; expected a whole number, 0"),
        (lambda: sheets.find_frame(1, 0, 5, 4), "columns is 0; expected a whole"),
        (lambda: sheets.to_sprites(IMAGES), r"expected \(n, height, width, 28\)"),
        (lambda: sheets.enlarge(IMAGES, 1.5), "scale is 1.5; expected a whole number"),
        (lambda: sheets.count_changed(IMAGES, IMAGES[:, :8]), "of the same size"),
    ],
)
def test_what_is_no_sprite_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        ({}, "would hold 0 sprites of the shapes .*; expected one sprite or more"),
        ({"a": IMAGES[0], "b": IMAGES[0][:8]}, "hold 2 sprites .* all of one shape"),
        ({"a": IMAGES[0, ..., :3]}, "opacity"),
        ({"a": IMAGES[0] / 255}, "float64"),
    ],
)
def test_no_half_sheet_is_written(tmp_path, pictures, message):
    with pytest.raises(ValueError, match=message):
        sheets.write(tmp_path, "sheet", pictures)
    with pytest.raises(ValueError, match="The name is 'a/b'; expected a file name"):
        sheets.write(tmp_path, "a/b", {"a": IMAGES[0]})
    assert not any(tmp_path.iterdir())
