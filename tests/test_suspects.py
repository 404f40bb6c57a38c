"""Each suspect of lesson 06 pleases its measure, and another measure finds it."""

import numpy as np
import pytest

from gan_tutorial import metrics
from gan_tutorial.lab import suspects
from gan_tutorial.synthetic import vases

IMAGES, ATTRIBUTES = vases.make(900, 28, seed=1)
CATALOGUE, NEW, REAL = np.split(IMAGES, [200, 400])


@pytest.fixture(scope="module")
def sets():
    types = ATTRIBUTES["style"][:200]
    return suspects.deliver(CATALOGUE, types, NEW, "vases", seed=2)


@pytest.fixture(scope="module")
def distance():
    return metrics.FrechetDistance("vases", REAL)


def test_each_hands_in_as_many_pictures_as_the_catalogue_has(sets):
    assert [*sets] == ["A", "B", "C", "D"]
    for pictures in sets.values():
        assert pictures.shape == CATALOGUE.shape and pictures.dtype == np.uint8


def test_copies_are_as_near_as_real_ones_and_all_in_the_catalogue(sets, distance):
    assert distance(sets["A"]) < 1.5 * distance(NEW)
    _, lengths = metrics.nearest_neighbours(
        distance.features(CATALOGUE), distance.features(sets["A"])
    )
    assert lengths.max() < 1e-3
    assert len(np.unique(sets["A"], axis=0)) == len(np.unique(CATALOGUE, axis=0))


def test_one_new_picture_is_good_and_covers_nothing(sets, distance):
    one = sets["B"][0]
    assert (sets["B"] == one).all() and (NEW == one).all(axis=(1, 2, 3)).any()
    ours = distance.features(sets["B"])
    assert metrics.precision_recall(distance.real_features, ours) == (1, 0)
    assert metrics.density_coverage(distance.real_features, ours)[1] < 0.1


def test_painted_noise_is_near_and_not_good(sets, distance):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, CATALOGUE.shape, np.uint8)
    assert distance(sets["C"]) < 0.1 * distance(noise)
    ours = distance.features(sets["C"])
    assert metrics.precision_recall(distance.real_features, ours)[0] < 0.5
    # Neighbouring pixels of a vase are alike, those of noise are not.
    steps = [np.abs(np.diff(x.astype(int), axis=2)).mean() for x in (sets["C"], NEW)]
    assert steps[0] > 3 * steps[1]


def test_layers_have_all_types_and_are_far(sets, distance):
    classifier = metrics.load_classifier("vases")
    assert metrics.class_shares(classifier, sets["D"]).min() > 0.15
    assert distance(sets["D"]) > 10 * distance(NEW)
