"""Materials by formula: endless pieces, tiles that come round, what can be measured."""

import numpy as np
import pytest

from gan_tutorial.synthetic import materials

IMAGES, FACTS = materials.make(300, 64, seed=3)


def steps(images, axis):
    """Mean step from each row (or column) to the next; the first is the seam's."""
    images = np.asarray(images, float)
    return np.abs(images - np.roll(images, 1, axis)).mean(axis=(0, 3 - axis, 3))


def test_pieces_have_their_form_and_follow_the_seed():
    assert IMAGES.shape == (300, 64, 64, 3) and IMAGES.dtype == np.uint8
    assert FACTS["labels"].tolist() == [0, 1, 2, 3, 4] * 60
    again, facts = materials.make(7, 64, seed=3)
    np.testing.assert_array_equal(again, IMAGES[:7])
    for name, values in facts.items():
        np.testing.assert_array_equal(values, FACTS[name][:7])
    other, _ = materials.make(7, 64, seed=4)
    assert (other != again).mean() > 0.5
    assert materials.make(2, 100)[0].shape == (2, 100, 100, 3)


@pytest.mark.parametrize("label", range(5))
def test_a_material_is_alike_everywhere(label):
    chosen = IMAGES[FACTS["labels"] == label].astype(float)
    spread = chosen.mean(axis=(1, 2, 3)).std()
    for axis in (1, 2):
        lines = chosen.mean(axis=(0, 3 - axis, 3))
        assert np.ptp(lines) < 2.5 * spread + 8
        inner = steps(chosen, axis)[1:]  # no place is rougher than the others
        assert inner.max() < 2 * inner.mean() and inner.min() > 0.4 * inner.mean()


@pytest.mark.parametrize("material", materials.MATERIALS)
def test_a_formula_comes_round_and_a_crop_of_it_does_not(material):
    tiles = np.stack([materials.draw(material, 64, seed) for seed in range(100)])
    for axis in (1, 2):
        whole, cut = steps(tiles, axis), steps(tiles[:, :-9, :-9], axis)
        assert whole[0] < 1.3 * whole[1:].mean()
        if (material, axis) != ("wood", 2):  # which hardly changes along its rings
            assert cut[0] > 1.4 * cut[1:].mean()
    assert tiles.std(axis=0).mean() > 5


@pytest.mark.parametrize("label", range(5))
def test_the_scale_is_what_the_picture_shows(label):
    """Twice the scale, half as many changes: the mean wave number falls."""
    name = materials.MATERIALS[label]
    chosen = FACTS["labels"] == label
    low, high = materials.SCALES[name]
    scales = FACTS["scale"][chosen]
    assert low * 0.85 < scales.min() < scales.max() < high * 1.2
    assert np.ptp(scales) > 0.6 * (high - low)
    light = IMAGES[chosen].mean(axis=3)
    light = light - light.mean(axis=(1, 2), keepdims=True)
    power = np.square(np.abs(np.fft.rfft2(light * np.outer(*[np.hanning(64)] * 2))))
    waves = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.rfftfreq(64))
    mean_wave = (power * waves).sum(axis=(1, 2)) / power.sum(axis=(1, 2))
    assert np.corrcoef(scales, mean_wave)[0, 1] < -0.25


def test_courses_and_threads_by_counting():
    """Columns of a periodic tile: as many dark joints as there are threads."""
    tile = materials.draw("brick", 96, seed=1).mean(axis=(1, 2))
    is_joint = tile > tile.mean() + 10
    courses = np.count_nonzero(is_joint & ~np.roll(is_joint, 1))
    assert courses % 2 == 0 and 8 <= 96 / courses <= 12.1


def test_measures_by_hand():
    stripes = np.zeros((3, 8, 8, 3), np.uint8)
    stripes[0, ::2] = 100, 40, 10  # lines that lie flat
    stripes[1, :, ::2] = 90
    stripes[2, ::2, ::2] = 200
    found = materials.measure(stripes)
    np.testing.assert_allclose(found["colour"][0], [50, 20, 5])
    np.testing.assert_allclose(found["direction"], [-1, 1, 0], atol=1e-6)
    np.testing.assert_allclose(found["contrast"][:2], [25, 45])
    assert found["contrast"][2] == pytest.approx(200 * np.sqrt(3) / 4)
    assert materials.measure(IMAGES[::5])["direction"].max() < -0.5  # wood


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="'glass'; expected one of wood, marble, wov"):
        materials.draw("glass")
    with pytest.raises(ValueError, match="image_size is 8; expected"):
        materials.make(3, 8)
    with pytest.raises(ValueError, match="float64 of shape"):
        materials.measure(np.zeros((2, 8, 8, 3)))
