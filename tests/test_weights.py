"""Weights that ship with the package: whole, checked, and as good as they should be."""

import shutil

import numpy as np
import pytest
from test_metrics_own import blurred

from gan_tutorial import data, metrics, weights


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the folder of weights, which a test may damage."""
    folder = shutil.copytree(weights.FOLDER, tmp_path / "weights")
    monkeypatch.setattr(weights, "FOLDER", folder)
    monkeypatch.setattr(weights, "SUMS", folder / "SHA256SUMS")
    return folder


def test_every_weights_file_has_its_checksum():
    files = sorted(path.stem for path in weights.FOLDER.glob("*.npz"))
    assert files == weights.names() and files
    for name in files:
        assert all(np.isfinite(array).all() for array in weights.load(name))


def test_stored_weights_come_back(copy):
    arrays = [np.linspace(-1, 1, 7), np.zeros((2, 3))]
    weights.save("trial", arrays)
    for old, new in zip(arrays, weights.load("trial"), strict=True):
        assert new.dtype == np.float32
        np.testing.assert_allclose(new, old, atol=1e-3)
    assert "trial" in weights.names() and len(weights.names()) > 1
    assert not list(copy.glob("*.part"))


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damaged_weights_are_refused(copy, damage):
    path = copy / "vases_classifier.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(content if damage == "flip" else content[:500])
    with pytest.raises(ValueError, match="vases_classifier.npz is missing or is not"):
        metrics.load_feature_network("vases")


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match="known: .*vases_classifier"):
        weights.load("shoes")
    with pytest.raises(ValueError, match="no weights 'shoes_classifier'; known"):
        metrics.load_feature_network("shoes")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((4, 32, 32, 3), "uint8"), r"expected \(num_images, 28, 28, 1\)"),
        (np.zeros((4, 28, 28, 1), "float32"), "float32 .*; expected uint8 pictures"),
        (np.zeros((1, 28, 28, 1), "uint8"), "at least 2"),
    ],
)
def test_pictures_that_cannot_be_measured_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        metrics.FrechetDistance("vases", images)


def _check(name, accuracy):
    products = data.load(name, "test")
    real, held_out = products.images[:5000], products.images[5000:]
    logits = metrics.load_classifier(name).predict(
        data.to_model_range(real), batch_size=500, verbose=0
    )
    assert np.mean(logits.argmax(axis=1) == products.labels[:5000]) > accuracy
    distance = metrics.FrechetDistance(name, real)
    features = distance.features(real)
    assert features.shape == (5000, 128) and features.min() >= 0
    assert distance(held_out) < 1 < 50 < distance(255 - held_out)
    assert distance(held_out) == metrics.frechet_distance(
        features, distance.features(held_out)
    )


def test_features_of_vases():
    _check("vases", 0.97)


@pytest.mark.real_data
def test_features_of_fashion():
    _check("fashion_mnist", 0.89)


def _noisy(images, strength):
    noise = np.random.default_rng(0).normal(0, strength, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)


@pytest.mark.real_data
@pytest.mark.parametrize("judge", ["fashion_mnist", "turned_fashion_mnist"])
def test_judges_order_known_damage(judge):
    products = data.load("fashion_mnist", "test")
    real, images, labels = products.images[:2500], *products[1:3]
    images, labels = images[2500:5000], labels[2500:5000]
    distance = metrics.FrechetDistance(judge, real)
    rng = np.random.default_rng(0)
    ladders = {
        "blur": [blurred(images, radius) for radius in (0.6, 1.0, 2.0)],
        "noise": [_noisy(images, strength) for strength in (10, 25, 60)],
        # As many each time: fewer pictures alone give a larger distance.
        "classes": [images[labels < number][:1000] for number in (9, 7, 4)],
        "copies": [images[rng.integers(0, n, 2500)] for n in (600, 150, 40)],
    }
    for name, ladder in ladders.items():
        found = [distance(damaged) for damaged in ladder]
        floor = distance(images[: len(ladder[0])])
        assert found == sorted(found), name
        assert found[0] > 1.5 * floor and found[-1] > 4 * found[0], name
    single = [distance(images[labels == label]) for label in (1, 6, 8)]
    assert min(single) > 5 * distance(images[: len(images) // 10])
