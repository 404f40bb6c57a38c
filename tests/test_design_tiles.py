"""Tiles: seams and spectra by hand, quilts without a seam, vessels, files."""

import itertools
import json

import keras
import numpy as np
import pytest
from PIL import Image
from turned_shapes import cylinder, outline

from gan_tutorial import gan, networks
from gan_tutorial.design import provenance, quilting, shading, tiles
from gan_tutorial.synthetic import materials

RNG = np.random.default_rng(0)
PIECES, FACTS = materials.make(100, 64, seed=5)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return gan.GAN(
        networks.build_seamless_generator(9, 3, 2, num_classes=5),
        networks.build_patch_discriminator((16, 16, 3), 2, num_classes=5),
        seed=1,
    )


def test_maps_share_a_part_and_differ_in_the_rest():
    maps = tiles.make_latents(40, 3, 5, 12, seed=2)
    assert maps.shape == (40, 3, 5, 12) and maps.dtype == np.float32
    assert np.ptp(maps[..., : tiles.SAME], axis=(1, 2)).max() == 0
    assert np.ptp(maps[..., tiles.SAME :], axis=(1, 2)).min() > 0.5
    for part in (maps[:, 0, 0, : tiles.SAME], maps[..., tiles.SAME :]):
        assert abs(part.mean()) < 0.2 and abs(part.std() - 1) < 0.2
    np.testing.assert_array_equal(tiles.make_latents(3, 3, 5, 12, seed=2), maps[:3])


def test_tiles_of_any_size_and_material(model):
    small, large = (tiles.generate(model, "brick", 2, side, 3) for side in (64, 200))
    assert small.shape == (2, 64, 64, 3) and large.shape == (2, 200, 200, 3)
    assert small.dtype == np.uint8
    other = tiles.generate(model, "wood", 2, 64, 3)
    assert np.abs(other - small.astype(int)).max() > 0
    maps = tiles.make_latents(2, 8, 8, 9, seed=3)
    for whole, tile in zip(
        model.generate(latents=maps, labels=[4, 4]), small, strict=True
    ):
        # The same tile, cut open at another place.
        cuts = [np.roll(whole, (i, j), (0, 1)) for i in range(64) for j in range(64)]
        assert [(cut == tile).all() for cut in cuts].count(True) == 1
        assert (whole != tile).any()
    many = tiles.generate(model, "brick", 5, 240, 3)  # in several goes
    assert many.shape == (5, 240, 240, 3)
    np.testing.assert_array_equal(
        many[3:4], tiles.generate(model, "brick", 4, 240, 3)[3:]
    )


def test_what_no_tile_can_be_is_refused(model):
    with pytest.raises(ValueError, match="'cork'; expected one of wood, .*, brick. A"):
        tiles.generate(model, "cork", 1)
    with pytest.raises(
        ValueError, match="100 pixels; .* multiple of 8.* Take 96 or 104"
    ):
        tiles.generate(model, "wood", 1, 100)
    with pytest.raises(ValueError, match="side is 0; expected a whole number, 8 or"):
        tiles.generate(model, "wood", 1, 0)


def test_a_seam_by_hand():
    # A ramp of 2 from row to row, of 5 rows: 8 across the seam; columns are alike.
    ramp = (
        np.zeros((1, 5, 3, 1), np.uint8)
        + 2 * np.arange(5, dtype=np.uint8)[:, None, None]
    )
    assert tiles.seam_error(ramp) == pytest.approx(4)
    # Steps down 1, 3 (mean 2), seam 4; steps to the right 10 and 2 (mean 6), seam 12.
    both = np.add.outer([0, 1, 4], [0, 10, 12])[None, :, :, None].astype(np.uint8)
    assert tiles.seam_error(both) == pytest.approx((4 + 12) / (2 + 6))
    noise = RNG.integers(0, 256, (20, 40, 40, 3), dtype=np.uint8)
    assert tiles.seam_error(noise) == pytest.approx(1, abs=0.03)
    assert tiles.seam_error(PIECES) > 2


def test_a_spectrum_by_hand():
    noise = RNG.normal(128, 10, (400, 32, 32, 1)).repeat(3, axis=3)
    weak, strong = (np.rint(128 + k * (noise - 128)) for k in (1, 3))
    weak, strong = weak.astype(np.uint8), strong.astype(np.uint8)
    # Three times as far from the mean is 20 log10(3) = 9.54 dB.
    assert tiles.spectrum_distance(strong, weak) == pytest.approx(9.54, abs=0.15)
    assert tiles.spectrum_distance(weak, strong) == pytest.approx(9.54, abs=0.15)
    assert tiles.spectrum_distance(weak, weak) == 0
    halves = PIECES[FACTS["labels"] == 3][::2], PIECES[FACTS["labels"] == 3][1::2]
    same = tiles.spectrum_distance(*halves)
    assert same < 0.4 * tiles.spectrum_distance(halves[0], PIECES[::5])
    # A bad set with the right spectrum: all pixels moved to where nothing fits.
    moved = np.roll(halves[0][:, ::-1, ::-1], 0, axis=1)
    assert tiles.spectrum_distance(moved, halves[0]) < 0.5
    with pytest.raises(ValueError, match="same size"):
        tiles.spectrum_distance(PIECES, PIECES[:, :32])


def test_the_cheapest_cut_by_brute_force():
    for _ in range(5):
        cost = RNG.integers(0, 50, (5, 4))
        ways = [
            way
            for way in itertools.product(range(4), repeat=5)
            if np.abs(np.diff(way)).max() <= 1
        ]
        least = min(sum(cost[range(5), way]) for way in ways)
        found = quilting.cut(cost)
        way = found.argmax(axis=1)
        assert (found == (np.arange(4) >= way[:, None])).all()
        assert np.abs(np.diff(way)).max() <= 1
        assert sum(cost[range(5), way]) == least


@pytest.mark.parametrize("label", range(5))
def test_a_quilt_comes_round_and_is_made_of_the_picture(label):
    chosen = PIECES[FACTS["labels"] == label][:6]
    made = np.stack([quilting.quilt(one, 72, seed=k) for k, one in enumerate(chosen)])
    assert made.shape == (6, 72, 72, 3) and made.dtype == np.uint8
    assert tiles.seam_error(made) < 1.35 < tiles.seam_error(chosen)
    colours = {tuple(c) for c in chosen[0].reshape(-1, 3)}
    assert {tuple(c) for c in made[0].reshape(-1, 3)} <= colours
    with pytest.raises(ValueError, match="24 x 64 pixels; expected more than a block"):
        quilting.quilt(chosen[0][:24], 72)


def test_a_vessel_wears_its_tile_upright_and_evenly():
    """On a cylinder, rings are evenly spaced, and upright lines stand at sines."""
    shape, high = cylinder(200, 60), 2 * np.pi * 60 / 8
    bare = shading.shade(shape, "porcelain", "unglazed", 300).astype(int)
    dark = {}
    for name, line in (("rings", np.s_[:1]), ("upright", np.s_[:, :1])):
        tile = np.full((10, 10, 3), 255, np.uint8)
        tile[line] = 0
        picture = tiles.wrap(tile, shape, tile_mm=high, width_px=300)
        assert picture.shape == (375, 300, 3) and picture.dtype == np.uint8
        dark[name] = (bare - picture).max(axis=2) > 60
        # The ground and the inside stay as they were.
        is_outside, _, _ = shading.locate(shape, 300, 375)
        assert (np.abs(bare - picture) > 3).any(axis=2)[~is_outside].mean() < 0.02
    width = np.ptp(np.flatnonzero(is_outside.any(axis=0))) + 1
    scale = width / 120  # pixels in a mm
    is_dark = dark["rings"][:, 149]
    gaps = np.diff(np.flatnonzero(is_dark & ~np.roll(is_dark, 1)))
    assert len(gaps) >= 3
    np.testing.assert_allclose(gaps, high * scale * np.cos(np.radians(17)), atol=2)
    is_dark = dark["upright"][np.flatnonzero(is_outside[:, 149])[40]]
    starts = np.flatnonzero(is_dark & ~np.roll(is_dark, 1)) - 149.5
    expected = width / 2 * np.sin(np.arange(-1, 2) * np.pi / 4)
    assert np.abs(starts[:, None] - expected).min(axis=0).max() < 4


def test_places_on_a_cone_by_its_formula():
    cone = outline(200, 40 + 100 * np.linspace(0, 1, 201))
    is_outside, angles, lengths = shading.locate(cone, 240, 300)
    assert 0.1 < is_outside.mean() < 0.6
    # The whole line is as long as the way up and outwards, less half of the lip.
    assert lengths[is_outside].max() == pytest.approx(np.hypot(200, 100), rel=0.03)
    assert np.abs(angles[is_outside]).max() <= np.pi / 2 + 0.01
    middle = angles[is_outside & (np.abs(angles) < 0.02)]
    assert len(middle) > 50
    assert (np.diff(angles, axis=1)[is_outside[:, 1:] & is_outside[:, :-1]] >= 0).all()
    up = lengths[:, 120][is_outside[:, 120]]
    assert (np.diff(up) <= 0).all() and up[-1] < 6
    # Down the middle of the front lengths grow evenly, as those of a straight line.
    steps = -np.diff(up[5:-5])
    assert steps.std() < 0.35 * steps.mean()


def test_files_tile_and_say_where_they_come_from(model, tmp_path):
    maps = tiles.make_latents(1, 4, 4, 9, seed=1)
    tile = model.generate(latents=maps, labels=[3])[0]
    source = provenance.make_provenance(
        model.ema_generator, maps[0], {"labels": 3}, brief="a floor"
    )
    path = tiles.write(tmp_path, "floor", tile, source, "For a test.")
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.asarray(picture), tile)
        packet = picture.info["XML:com.adobe.xmp"]
    assert "trainedAlgorithmicMedia" in packet and "For a test." in packet
    about = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert about["pixels"] == [32, 32] and about["made_by"] == "made by a generator"
    assert about["seam_error"] == pytest.approx(tiles.seam_error([tile]), abs=1e-3)
    again = provenance.Provenance(**about["recipe"])
    np.testing.assert_array_equal(provenance.draw(model.ema_generator, again), tile)

    path = tiles.write(tmp_path, "drawn", materials.draw("wood", 40))
    about = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert about["recipe"] is None and about["made_by"] == "made without a generator"
    assert {p.name for p in tmp_path.iterdir()} == {
        f"{name}.{kind}" for name in ("floor", "drawn") for kind in ("png", "json")
    }
    with pytest.raises(ValueError, match="float64 of shape"):
        tiles.write(tmp_path, "floor", tile / 255)
    with pytest.raises(ValueError, match="The name is '/abs'; expected a file name"):
        tiles.write(tmp_path, "/abs", tile)
