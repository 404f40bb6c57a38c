"""Damage and its classical repair, against brute force and numbers by hand."""

import numpy as np
import pytest
from PIL import Image

from gan_tutorial.design import restore
from gan_tutorial.design.restore import fill_smoothly, hole_masks, stripe_masks

RNG = np.random.default_rng(4)
NOISE = RNG.integers(0, 256, (6, 9, 11, 3), np.uint8)
HOLES = (RNG.random((6, 9, 11, 1)) < 0.4).astype(np.uint8)


def picture(rows):
    return np.array(rows, np.uint8)[None, ..., None]


def beside(row, column, shape):
    """The four neighbours of a pixel; beyond the edge it is its own."""
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        yield (
            min(max(row + down, 0), shape[0] - 1),
            min(max(column + right, 0), shape[1] - 1),
        )


def laplacian(pixels):
    found = np.zeros(pixels.shape)
    for place in np.ndindex(pixels.shape):
        around = [pixels[other] for other in beside(*place, pixels.shape)]
        found[place] = 4 * pixels[place] - sum(around)
    return found


# Damage


def test_each_mask_has_one_square_hole_wholly_inside():
    masks = hole_masks(500, image_size=12, hole_size=5, seed=3)
    assert masks.shape == (500, 12, 12, 1) and masks.dtype == np.uint8
    corners = set()
    for mask in masks[..., 0]:
        rows, columns = np.nonzero(mask)
        corner = rows.min(), columns.min()
        expected = np.zeros((12, 12))
        expected[corner[0] : corner[0] + 5, corner[1] : corner[1] + 5] = 1
        np.testing.assert_array_equal(mask, expected)
        corners.add(corner)
    assert len(corners) == 64  # each place that there is
    np.testing.assert_array_equal(masks, hole_masks(500, 12, 5, seed=3))
    assert (masks != hole_masks(500, 12, 5, seed=4)).any()


def test_each_mask_has_whole_stripes_apart_from_each_other():
    masks = stripe_masks(300, image_size=13, num_stripes=3, width=2, seed=5)
    assert masks.shape == (300, 13, 13, 1) and masks.dtype == np.uint8
    missing = masks[:, :, 0, 0]
    assert (masks[..., 0] == missing[:, :, None]).all()
    kinds = set()
    for rows in missing:
        text = "".join(map(str, rows))
        assert sorted(filter(None, text.split("0"))) == ["11"] * 3
        kinds.add(text)
    # Three stripes and ten places, of which seven are filled by known rows.
    assert len(kinds) == 8 * 7 * 6 / 6
    full = stripe_masks(1, 11, num_stripes=4, width=2)  # there is just room
    assert "".join(map(str, full[0, :, 0, 0])) == "11011011011"


def test_what_is_zero_filled_is_black_in_the_hole_alone():
    filled = restore.zero_fill(NOISE, HOLES)
    assert filled.dtype == np.uint8
    for place in np.ndindex(NOISE.shape):
        expected = 0 if HOLES[(*place[:3], 0)] else NOISE[place]
        assert filled[place] == expected


# Holes that are filled smoothly


@pytest.mark.parametrize("order", [1, 2])
def test_the_laplacian_is_zero_in_the_hole(order, monkeypatch):
    monkeypatch.setattr(restore, "_to_uint8", lambda values: values)
    monkeypatch.setattr(restore.data, "check_pictures", lambda images: images)
    images = NOISE.astype(float)  # so that nothing is rounded
    filled = fill_smoothly(images, HOLES, order)
    for image, mask, before in zip(filled, HOLES[..., 0], images, strict=True):
        for channel in range(3):
            bend = image[..., channel]
            for _ in range(order):
                bend = laplacian(bend)
            np.testing.assert_allclose(bend[mask == 1], 0, atol=1e-8)
        np.testing.assert_array_equal(image[mask == 0], before[mask == 0])


def test_smooth_fillings_by_hand():
    # Along a row the harmonic filling is a straight line, and so is the biharmonic one.
    row = picture([[10, 99, 99, 70, 70]])
    mask = picture([[0, 1, 1, 0, 0]])
    np.testing.assert_array_equal(
        fill_smoothly(row, mask, order=1), picture([[10, 30, 50, 70, 70]])
    )
    # One unknown pixel u of 8, 0, u, 60, 40. With repeated edges the Laplacians are
    # 8, -8 - u, 2u - 60, 80 - u, -20; the middle one's own is 6u - 192.
    row, mask = picture([[8, 0, 99, 60, 40]]), picture([[0, 0, 1, 0, 0]])
    np.testing.assert_array_equal(
        fill_smoothly(row, mask, order=2), picture([[8, 0, 32, 60, 40]])
    )
    # In a corner only two neighbours count.
    corner = picture([[99, 10], [40, 200]])
    filled = fill_smoothly(corner, picture([[1, 0], [0, 0]]), order=1)
    np.testing.assert_array_equal(filled, picture([[25, 10], [40, 200]]))


def test_each_picture_is_filled_by_itself_whatever_else_comes():
    masks = HOLES.copy()
    masks[3], masks[4] = masks[1], 0
    together = fill_smoothly(NOISE, masks)
    apart = [fill_smoothly(NOISE[i : i + 1], masks[i : i + 1])[0] for i in range(6)]
    np.testing.assert_array_equal(together, apart)
    np.testing.assert_array_equal(together[4], NOISE[4])  # no hole: the picture itself
    hidden = np.where(masks, np.uint8(77), NOISE)
    np.testing.assert_array_equal(fill_smoothly(hidden, masks), together)


# Blur, and what undoes it


def test_blur_weighs_pixels_by_a_gaussian_and_repeats_the_edge():
    sigma, image = 0.8, NOISE[0, ..., 1].astype(float)
    height, width = image.shape
    ways = np.arange(-4, 5)  # what lies beyond weighs 1e-6 or less
    weights = np.exp(-(ways[:, None] ** 2 + ways**2) / (2 * sigma**2))
    weights /= weights.sum()
    expected = np.zeros(image.shape)
    for row, column in np.ndindex(image.shape):
        for down, right in np.ndindex(9, 9):
            taken = min(max(row + down - 4, 0), height - 1)
            beside = min(max(column + right - 4, 0), width - 1)
            expected[row, column] += weights[down, right] * image[taken, beside]
    blurred = restore.blur(NOISE, sigma)
    assert blurred.dtype == np.uint8 and blurred.shape == NOISE.shape
    assert np.abs(blurred[0, ..., 1] - expected).max() <= 0.51
    even = np.full((1, 5, 4, 1), 93, np.uint8)
    np.testing.assert_array_equal(restore.blur(even, 30), even)


def test_wiener_solves_the_blur_that_is_mirrored_at_the_border():
    rng = np.random.default_rng(0)
    image = rng.integers(80, 170, (5, 4)).astype(np.uint8)
    sigma, noise = 1.2, 0.01
    # The same by a matrix: the blur of the mirrored picture, 10 x 8 and periodic.
    ways = np.arange(-5, 6)
    weights = np.exp(-((ways / sigma) ** 2) / 2)
    weights /= weights.sum()
    matrices = []
    for size in (10, 8):
        matrix = np.zeros((size, size))
        for row in range(size):
            for way, weight in zip(ways, weights, strict=True):
                matrix[row, (row + way) % size] += weight
        matrices.append(matrix)
    matrix = np.kron(*matrices)
    mirrored = np.pad(image - image.mean(), ((0, 5), (0, 4)), mode="symmetric")
    normal = matrix.T @ matrix + noise * np.eye(80)
    solved = np.linalg.solve(normal, matrix.T @ mirrored.ravel()).reshape(10, 8)
    expected = np.rint(solved[:5, :4] + image.mean()).clip(0, 255)
    both = np.stack([image, image[::-1], image], axis=2)  # each channel by itself
    found = restore.wiener(np.stack([0 * both, both]), sigma, noise)
    np.testing.assert_array_equal(found[1, ..., 0], expected)
    np.testing.assert_array_equal(found[1, ..., 1], expected[::-1])
    assert not found[0].any()


# Size


def test_shrunk_pixels_are_means_of_blocks():
    image = picture([[0, 4, 100, 101], [2, 8, 103, 108], [1, 1, 9, 9], [2, 2, 9, 255]])
    # 14 / 4 = 3.5 goes to the even 4; 412 / 4; 6 / 4 to 2; 282 / 4 to 70.
    np.testing.assert_array_equal(
        restore.shrink(image, 2), picture([[4, 103], [2, 70]])
    )
    found = restore.shrink(np.repeat(NOISE[:, :8, :8], 2, axis=1), 4)
    assert found.shape == (6, 4, 2, 3)
    expected = NOISE[2, 2:4, 4:8, 2].mean()
    assert abs(found[2, 1, 1, 2] - expected) <= 0.5


@pytest.mark.parametrize("method", restore.METHODS)
def test_enlarged_pictures_are_those_of_pillow(method):
    images = NOISE[:, :9, :9]
    large = restore.enlarge(images, 31, method)
    expected = Image.fromarray(images[1]).resize(
        (31, 31), Image.Resampling[method.upper()]
    )
    np.testing.assert_array_equal(large[1], expected)
    grey = restore.enlarge(images[..., 1:2], 31, method)
    np.testing.assert_array_equal(grey, large[..., 1:2])


def test_an_even_picture_stays_even_in_any_size():
    even = np.full((2, 7, 7, 4), 131, np.uint8)
    even[..., 3] = 0  # of a transparent pixel the colour is kept, too
    np.testing.assert_array_equal(restore.shrink(restore.enlarge(even, 28), 4), even)


# The catalogue


@pytest.mark.parametrize("channels", [1, 3])
def test_nearest_takes_the_hole_from_the_best_fit_on_known_pixels(channels):
    catalogue = np.random.default_rng(1).integers(
        0, 256, (40, 9, 11, channels), np.uint8
    )
    images = NOISE[..., :channels]
    filled, of_three = restore.nearest(images, HOLES, catalogue), []
    for image, mask, found in zip(images, HOLES, filled, strict=True):
        gaps = [
            sum(
                (int(image[place]) - int(other[place])) ** 2
                for place in np.ndindex(image.shape)
                if not mask[(*place[:2], 0)]
            )
            for other in catalogue
        ]
        expected = np.where(mask == 1, catalogue[np.argmin(gaps)], image)
        np.testing.assert_array_equal(found, expected)
        order = sorted(range(len(gaps)), key=gaps.__getitem__)[:3]
        means = sum(catalogue[k].astype(int) for k in order) / 3
        of_three.append(np.where(mask == 1, np.rint(means), image))
    found = restore.nearest(images, HOLES, catalogue, num_best=3)
    np.testing.assert_array_equal(found, of_three)


def test_nearest_knows_the_picture_itself_among_nearly_the_same():
    base = np.random.default_rng(2).choice([0, 255], (1, 28, 28, 1)).astype(np.uint8)
    catalogue = np.repeat(base, 700, axis=0)
    for number, other in enumerate(catalogue):
        other[number // 28, number % 28] ^= 1  # one grey level in one pixel
    masks = hole_masks(700, 28, 10, seed=6)
    filled = restore.nearest(catalogue, masks, catalogue)
    is_known = np.array([not m[n // 28, n % 28] for n, m in enumerate(masks[..., 0])])
    np.testing.assert_array_equal(filled[is_known], catalogue[is_known])


# What does not fit

GREY, MASK = NOISE[..., :1], HOLES


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: restore.zero_fill(GREY / 255, MASK), "images are float64 .* uint8"),
        (lambda: restore.zero_fill(GREY[0], MASK), "expected uint8 pictures"),
        (lambda: restore.zero_fill(GREY[:0], MASK[:0]), "expected at least one"),
        (lambda: restore.zero_fill(GREY, MASK[0]), r"expected \(6, 9, 11, 1\): one"),
        (lambda: fill_smoothly(GREY, MASK[:, :8]), "of its height and width"),
        (lambda: fill_smoothly(NOISE, NOISE // 128), "masks have shape .* 3"),
        (lambda: fill_smoothly(GREY, MASK * 255), "uint8 from 0 to 255; expected"),
        (lambda: fill_smoothly(GREY, MASK * 0.5), "float64 from 0.0 to 0.5"),
        (lambda: fill_smoothly(GREY, MASK, order=3), "order is 3"),
        (
            lambda: fill_smoothly(GREY, np.stack([*MASK[:5], MASK[5] | 1])),
            "picture 5 covers everything",
        ),
        (lambda: restore.nearest(GREY, MASK | 1, GREY), "picture 0 covers everything"),
        (lambda: restore.nearest(GREY, MASK, NOISE), "expected the same"),
        (lambda: restore.nearest(GREY, MASK, GREY[:0]), "expected at least one"),
        (lambda: restore.blur(GREY, 0), "sigma is 0; expected a number, 0.1, or more"),
        (lambda: restore.wiener(GREY, 1, 0), "noise is 0; expected"),
        (lambda: restore.shrink(GREY), "are 9 x 11 pixels; .* multiples of .*, 4"),
        (lambda: restore.shrink(GREY, 0), "factor is 0"),
        (lambda: restore.enlarge(GREY, 20, "sharp"), "'bicubic', 'lanczos'"),
        (lambda: restore.enlarge(GREY, 1.5), "image_size is 1.5"),
        (lambda: hole_masks(3, 28, 29), "hole_size is 29; .* 1 to 28"),
        (lambda: hole_masks(0), "num_masks is 0"),
        (lambda: stripe_masks(3, 28, 8, 3), "num_stripes is 8; .* 1 to 7"),
        (lambda: stripe_masks(3, 28, 1, 28), "width is 28; .* 1 to 27"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_masks_of_true_and_false_count_as_well():
    for fill in (restore.zero_fill, fill_smoothly):
        np.testing.assert_array_equal(
            fill(NOISE, HOLES.astype(bool)), fill(NOISE, HOLES)
        )
