"""The distance for any pictures orders known damage, without labels or weights."""

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from gan_tutorial import data, metrics
from gan_tutorial.synthetic import lamps


def _buttons(number, seed, size=32):
    """Four outlines, each in its own range of colours."""
    rng = np.random.default_rng(seed)
    kinds, pictures = rng.integers(0, 4, number), []
    for kind in kinds:
        picture = Image.new("RGB", (4 * size, 4 * size), (240, 235, 225))
        pen = ImageDraw.Draw(picture)
        x, y = rng.uniform(1.8, 2.2, 2) * size
        radius = rng.uniform(0.9, 1.5) * size
        colour = rng.integers(20, 90, 3)
        colour[kind % 3] += 120
        sides = (40, 4, 3, 6)[kind]
        pen.regular_polygon((x, y, radius), sides, fill=tuple(map(int, colour)))
        for hole in (-0.3, 0.3):
            middle = x + hole * radius
            pen.regular_polygon((middle, y, radius / 8), 20, fill=(240, 235, 225))
        pictures.append(np.asarray(picture.resize((size, size), Image.Resampling.BOX)))
    return np.stack(pictures), kinds


def _lamps(number, seed):
    """In three colours on white."""
    drawn, attributes = lamps.make(number, image_size=32, seed=seed)
    glazes = np.array([[200, 60, 90], [70, 140, 60], [60, 60, 170]])
    glazes = glazes[np.random.default_rng(seed).integers(0, 3, number), None, None]
    images = np.where(drawn == 0, 255, drawn / 255 * glazes).astype(np.uint8)
    return images, attributes["style"]


def _fashion(number, seed):
    products = data.load("fashion_mnist", "test")
    rows = np.random.default_rng(seed).permutation(10_000)[:number]
    return products.images[rows], products.labels[rows]


def blurred(images, radius):
    """Pictures of grey or colour, `(n, height, width, channels)`."""

    def blur(image):
        picture = Image.fromarray(image.squeeze())
        picture = picture.filter(ImageFilter.GaussianBlur(radius))
        return np.asarray(picture).reshape(image.shape)

    return np.stack([blur(image) for image in images])


def _bent(images, rng, share):
    """Each row moved along a wave."""
    size = images.shape[1]
    angles = 4 * np.pi * np.arange(size) / size + rng.uniform(0, 6, (len(images), 1))
    moves = np.rint(share * size * np.sin(angles)).astype(int)
    columns = (np.arange(size) + moves[..., None]) % size
    return np.take_along_axis(images, columns[..., None], axis=2)


def _ladders(images, kinds, rng):
    """Damage by name, each in three strengths."""
    number = len(images)

    def some(rows):
        return images[rng.choice(np.flatnonzero(rows), number)]

    shades = [np.linspace(1, 1 - loss, images.shape[3]) for loss in (0.1, 0.25, 0.5)]
    if images.shape[3] == 1:
        shades = [[0.9], [0.75], [0.5]]
    last = kinds.max()
    return {
        "blur": [blurred(images, radius) for radius in (0.5, 1, 2)],
        "noise": [
            np.clip(images + rng.normal(0, spread, images.shape), 0, 255)
            for spread in (20, 40, 80)
        ],
        "kinds": [some(kinds < last), some(kinds < (last + 1) // 2), some(kinds == 0)],
        "colour": [images * shade for shade in shades],
        "copies": [images[rng.integers(0, n, number)] for n in (60, 20, 5)],
        "shape": [_bent(images, rng, share) for share in (0.04, 0.08, 0.16)],
    }


FAMILIES = {
    "buttons": _buttons,
    "lamps": _lamps,
    "fashion": pytest.param(_fashion, marks=pytest.mark.real_data),
}


@pytest.mark.parametrize("draw", FAMILIES.values(), ids=FAMILIES)
def test_orders_known_damage(draw):
    real, _ = draw(600, seed=31)
    distance = metrics.OwnDistance(real, seed=5)
    others = [distance(draw(300, seed)[0]) for seed in (32, 33)]
    floor = max(distance.floor, *others)
    assert max(others) < 1.5 * distance.floor < distance.baseline
    ladders = _ladders(*draw(300, seed=34), np.random.default_rng(0))
    for name, ladder in ladders.items():
        found = [distance(damaged.astype(np.uint8)) for damaged in ladder]
        assert floor < found[0] < found[1] < found[2], (name, floor, found)
        assert found[2] > 2 * floor, (name, floor, found)


def test_fifty_pictures_still_tell_large_damage():
    real, _ = _buttons(50, seed=41)
    distance = metrics.OwnDistance(real, seed=2)
    images, kinds = _buttons(150, seed=42)
    damaged = {
        "blur": blurred(images[:25], 2),
        "kind": images[kinds == 1][:25],
        "copies": np.repeat(images[:1], 25, axis=0),
        "colour": images[:25, ..., ::-1] // 2,
    }
    floor = max(distance.floor, distance(images[:25]))
    for name, pictures in damaged.items():
        assert distance(pictures) > 1.3 * floor, name


def test_a_seed_gives_the_same_network_whatever_was_drawn_before():
    images, _ = _buttons(20, seed=1)
    keras.utils.set_random_seed(1)
    first = metrics.OwnDistance(images, seed=3)
    keras.utils.set_random_seed(2)
    again, other = (metrics.OwnDistance(images, seed=seed) for seed in (3, 4))
    made, _ = _buttons(10, seed=2)
    assert (first.floor, first.baseline) == (again.floor, again.baseline)
    assert first(made) == again(made) != other(made)


def test_random_features_are_means_and_maxima_of_each_level():
    network = metrics.build_random_network((16, 24, 3), seed=1)
    maps = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(maps) == 2 and network.output_shape == (None, 64)
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (2, 16, 24, 3)).astype("float32")
    # A loop over places and filters, with a row and a column of 0 at the far ends.
    kernel = maps[0].kernel.numpy()
    padded = np.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0)))
    found = np.zeros((2, 8, 12, 16))
    for y in range(8):
        for x in range(12):
            patch = padded[:, 2 * y : 2 * y + 3, 2 * x : 2 * x + 3]
            found[:, y, x] = np.tensordot(patch, kernel, 3).clip(0)
    features = network.predict(images, verbose=0)
    np.testing.assert_allclose(features[:, :16], found.mean((1, 2)), atol=1e-5)
    np.testing.assert_allclose(features[:, 16:32], found.max((1, 2)), atol=1e-5)
    kernels = [layer.kernel.numpy().reshape(-1, 16) for layer in maps]
    for kernel in kernels:  # no filter repeats another
        np.testing.assert_allclose(kernel.T @ kernel, 2 * np.eye(16), atol=1e-5)
    assert not np.allclose(kernels[0][:27], kernels[1][:27])


def test_distance_is_that_of_scaled_features():
    real, _ = _buttons(40, seed=3)
    real[..., 2] = 200  # one channel tells nothing
    distance = metrics.OwnDistance(real)
    made, _ = _buttons(20, seed=4)
    variances = (distance.real_features * distance.scale).var(axis=0)
    expected = variances / (variances + variances.mean() / 10)
    np.testing.assert_allclose(distance.real_features.var(axis=0), expected, rtol=1e-3)
    assert distance(made) == metrics.frechet_distance(
        distance.real_features, distance.features(made)
    )


def test_gaussian_pictures_have_the_moments_of_the_real_ones():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(200, 3)) @ [[20, 5, 0], [0, 15, -9], [0, 0, 12]]
    real = np.rint(mixed + [120, 90, 140]).astype(np.uint8).reshape(200, 1, 1, 3)
    drawn = metrics.gaussian_pictures(real, 20_000, rng)
    assert drawn.dtype == np.uint8 and drawn.shape == (20_000, 1, 1, 3)
    wanted, found = real.reshape(-1, 3), drawn.reshape(-1, 3)
    np.testing.assert_allclose(found.mean(0), wanted.mean(0), atol=0.6)
    np.testing.assert_allclose(np.cov(found.T), np.cov(wanted.T), atol=12)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((10, 16, 16, 1), "uint8"), "expected \\(num_images, 16, 16, 3\\)"),
        (np.zeros((9, 16, 16, 3), "uint8"), "There are 9 images; expected 10"),
        (np.zeros((10, 16, 16, 3), "float32"), "float32 .*; expected uint8 pictures"),
    ],
)
def test_refuses_pictures_that_do_not_compare(images, message):
    distance = metrics.OwnDistance(_buttons(20, seed=1, size=16)[0])
    with pytest.raises(ValueError, match=message):
        distance(images)


def test_refuses_too_few_real_pictures():
    with pytest.raises(ValueError, match="There are 3 real images; expected 4"):
        metrics.OwnDistance(np.zeros((3, 16, 16, 3), np.uint8))
