"""Flaws, patches and maps against loops, and against a judge whose answer is known."""

import keras
import numpy as np
import pytest

from gan_tutorial.lab import occlusion
from gan_tutorial.synthetic import vases

PICTURES, _ = vases.make(6, seed=3)


def test_a_flaw_lies_where_it_says_and_nowhere_else():
    for kind in occlusion.FLAWS:
        rng, places = np.random.default_rng(4), set()
        for picture in PICTURES:
            flawed, (row, column) = occlusion.hide_flaw(picture, kind, rng)
            rows, columns, _ = np.nonzero(flawed != picture)
            assert len(rows) and set(rows) <= set(range(row - 2, row + 2))
            assert set(columns) <= set(range(column - 2, column + 2))
            before = picture[row - 2 : row + 2, column - 2 : column + 2]
            bright = (before > 60).sum()
            assert bright == 16 if kind == "shadow" else 6 <= bright <= 10
            places.add((row, column))
        assert len(places) > 1


def test_patches_are_at_all_places():
    masks, middles = occlusion.patch_masks(7, 3, 2)
    by_hand = []
    for top in (0, 2, 4):
        for left in (0, 2, 4):
            mask = np.zeros((7, 7, 1), bool)
            mask[top : top + 3, left : left + 3] = True
            by_hand.append(mask)
    np.testing.assert_array_equal(masks, by_hand)
    assert middles[1].tolist() == [1.5, 3.5]


def test_a_map_says_how_much_the_logit_rises():
    """A judge that dislikes one bright corner, by as much as it is bright."""
    images = keras.Input((28, 28, 1))
    corner = keras.ops.mean(images[:, :4, 24:], axis=(1, 2))
    judge = keras.Model(images, -3 * corner)
    picture = np.zeros((2, 28, 28, 1), np.uint8)
    picture[0, :4, 24:] = 255
    masks, _ = occlusion.patch_masks(28, 4, 4)
    maps = occlusion.map_logits(judge, picture, 0, masks)
    assert maps.shape == (2, 49)
    # From white, 1, to black, -1, the corner's logit rises from -3 to 3.
    assert maps[0, 6] == pytest.approx(6, abs=1e-4)
    assert np.abs(np.delete(maps[0], 6)).max() < 1e-4 and np.abs(maps[1]).max() < 1e-4
    white = np.full((28, 28, 1), 255, np.uint8)
    maps = occlusion.map_logits(judge, picture, white, masks)
    assert maps[1, 6] == pytest.approx(-6, abs=1e-4)


def test_peaks_near_the_flaw_count_and_mirrored_ones_where_asked():
    peaks, places = np.array([[5, 5], [5, 9], [20, 21]]), np.array([[8, 2], [5, 5]] * 2)
    places = places[:3]
    places[2] = (21, 6)
    assert occlusion.share_found(peaks, places) == pytest.approx(100 / 3)
    assert occlusion.share_found(peaks, places, side=28) == pytest.approx(200 / 3)


def test_chance_takes_the_flaws_of_all_other_pictures():
    places = np.array([[5, 5], [5, 7], [20, 21], [6, 24]])
    by_hand = {None: 0, 28: 0}
    for side in by_hand:
        for i, place in enumerate(places):
            for k, (row, column) in enumerate(places):
                columns = {column} if side is None else {column, side - column}
                near = any(abs(place[1] - c) <= 3 for c in columns)
                by_hand[side] += i != k and abs(place[0] - row) <= 3 and near
    found = occlusion.share_by_chance(places, 28)
    assert found["chance"] == pytest.approx(100 * by_hand[None] / 12)
    assert found["chance_mirror"] == pytest.approx(100 * by_hand[28] / 12)
    assert found["chance"] < found["chance_mirror"]


def test_the_highest_rise_is_white():
    maps = np.array([[-1.0, 2.0, 1.0, 0.0], [-3.0, -1.0, -2.0, -4.0]])
    first, second = occlusion.to_pictures(maps, 7)[..., 0]
    assert first[0, 3] == 255 and first[3, 0] == 128 and first[0, 0] == 0
    assert first.shape == (7, 7) and not second.any() and not first[6].any()


def test_a_picture_without_a_place_for_a_flaw_is_refused():
    black = np.zeros((28, 28, 1), np.uint8)
    with pytest.raises(ValueError, match="no place for a bite; expected a vase"):
        occlusion.hide_flaw(black, "bite", np.random.default_rng(0))
