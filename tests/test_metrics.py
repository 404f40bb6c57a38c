"""Measures against closed forms, numbers worked out by hand, and plain loops."""

import math

import keras
import numpy as np
import pytest

from gan_tutorial import metrics
from gan_tutorial.synthetic import vases


def _with_moments(mean, covariance, num=500, seed=0):
    """Features whose sample mean and covariance are exactly the ones asked for."""
    x = np.random.default_rng(seed).normal(size=(num, len(mean)))
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return x @ np.linalg.cholesky(covariance).T + mean


def test_closed_form_for_two_by_two_covariances():
    # For 2 x 2 matrices, trace of the root of M is sqrt(trace M + 2 sqrt(det M)).
    a, b = np.array([[2.0, 0.7], [0.7, 1.0]]), np.array([[1.0, -0.3], [-0.3, 3.0]])
    product = a @ b
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 1 + np.trace(a) + np.trace(b) - 2 * root
    distance = metrics.frechet_distance(
        _with_moments([0, 0], a), _with_moments([0, 1], b, num=300, seed=3)
    )
    assert distance == pytest.approx(expected, rel=1e-9)


def test_symmetric_and_zero_for_itself():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(80, 7)), rng.normal(1, 2, size=(90, 7))
    forth = metrics.frechet_distance(real, fake)
    assert forth == pytest.approx(metrics.frechet_distance(fake, real), rel=1e-9)
    assert metrics.frechet_distance(real, real) == pytest.approx(0, abs=1e-9)
    # To itself, shuffled: each lies in its own ball and, on average, in k others.
    shuffled = real[np.random.default_rng(1).permutation(len(real))]
    assert metrics.precision_recall(real, shuffled) == (1, 1)
    assert metrics.density_coverage(real, shuffled) == pytest.approx((6 / 5, 1))


def test_singular_covariances_and_few_samples_stay_finite():
    rng = np.random.default_rng(0)
    few = rng.normal(size=(5, 40))
    constant = np.ones((6, 40))
    assert np.isfinite(metrics.frechet_distance(few, 2 * few))
    expected = np.sum((few.mean(axis=0) - 1) ** 2) + few.var(axis=0, ddof=1).sum()
    assert metrics.frechet_distance(few, constant) == pytest.approx(expected)


def test_one_feature():
    real, fake = np.array([[0.0], [2.0]]), np.array([[5.0], [9.0]])
    expected = 36 + (np.sqrt(2) - np.sqrt(8)) ** 2
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected)


# The other measures, against loops that follow their definitions


def _draw_sets(num_real=23, num_fake=17, num_features=4, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(num_real, num_features))
    return real, rng.normal(0.3, 1.2, size=(num_fake, num_features))


def _grid_sets():
    """Points on a grid: many are equal or equally far, and some lie on a ball."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 4, (40, 2)).astype(float), rng.integers(0, 5, (30, 2)) + 0.0


def _length(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


def _radius(points, i, k):
    others = [_length(points[i], p) for j, p in enumerate(points) if j != i]
    return sorted(others)[k - 1]


def _inside(middles, k, points):
    """Table of whether a point (row) lies in the ball of a middle (column)."""
    radii = [_radius(middles, i, k) + 1e-12 for i in range(len(middles))]
    return [
        [_length(p, m) <= r for m, r in zip(middles, radii, strict=True)]
        for p in points
    ]


SETS = {"random": _draw_sets(), "few": _draw_sets(9, 40, 60), "grid": _grid_sets()}


@pytest.mark.parametrize("name", SETS)
def test_kernel_distance_is_a_double_loop(name):
    def mean(a, b):
        values = [
            (sum(p * q for p, q in zip(x, y, strict=True)) / len(x) + 1) ** 3
            for i, x in enumerate(a)
            for j, y in enumerate(b)
            if a is not b or i != j
        ]
        return sum(values) / len(values)

    real, fake = SETS[name]
    expected = mean(real, real) + mean(fake, fake) - 2 * mean(real, fake)
    assert metrics.kernel_distance(real, fake) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbour_measures_are_loops_over_balls(name, k):
    real, fake = SETS[name]
    in_real, in_fake = _inside(real, k, fake), _inside(fake, k, real)
    precision = sum(any(row) for row in in_real) / len(fake)
    recall = sum(any(row) for row in in_fake) / len(real)
    assert metrics.precision_recall(real, fake, k) == pytest.approx((precision, recall))
    density = sum(map(sum, in_real)) / (k * len(fake))
    coverage = sum(any(column) for column in zip(*in_real, strict=True)) / len(real)
    assert metrics.density_coverage(real, fake, k) == pytest.approx((density, coverage))


def test_usual_numbers_of_neighbours():
    real, fake = _draw_sets()
    assert metrics.precision_recall(real, fake) == metrics.precision_recall(
        real, fake, 3
    )
    assert metrics.density_coverage(real, fake) == metrics.density_coverage(
        real, fake, 5
    )


def test_constant_sets_lie_in_balls_of_no_size():
    # 0.1 has no exact binary form: rounding must not move the points.
    same = np.full((30, 50), 0.1)
    assert metrics.precision_recall(same, same[:20]) == (1, 1)
    assert metrics.precision_recall(same, same + 1e-3) == (0, 0)
    assert metrics.nearest_neighbours(same, same[:7])[1].max() == 0


def test_rounding_moves_no_image_in_or_out_of_a_ball():
    # Twins: with k = 1 each ball has radius 0, and still holds both of them.
    once = np.random.default_rng(0).normal(size=(150, 128))
    twins = np.concatenate([once, once])
    fake = twins[::-1][:200]
    assert metrics.precision_recall(twins, fake, k=1)[0] == 1
    assert metrics.density_coverage(twins, fake, k=1) == (2, 1)
    # Fakes from among the real ones: some lie exactly on the surface of a ball.
    real = np.random.default_rng(1).normal(size=(300, 128))
    distances = np.linalg.norm(real[:, None] - real, axis=2)
    inside = distances <= np.sort(distances)[:, 5]
    for seed in range(30):
        order = np.random.default_rng(seed).permutation(300)[: 300 - seed]
        expected = inside[order].sum() / (5 * len(order))
        density, _ = metrics.density_coverage(real, real[order])
        assert density == pytest.approx(expected, rel=1e-9)


def test_nearest_neighbours_is_a_loop():
    for real, fake in SETS.values():
        indices, distances = metrics.nearest_neighbours(real, fake)
        for point, index, distance in zip(fake, indices, distances, strict=True):
            lengths = [_length(point, other) for other in real]
            assert distance == pytest.approx(min(lengths), rel=1e-9, abs=1e-9)
            assert index == lengths.index(min(lengths))


def test_distances_far_from_zero_keep_their_digits():
    real, fake = _draw_sets()
    indices, distances = metrics.nearest_neighbours(real, fake)
    moved = metrics.nearest_neighbours(real + 1e6, fake + 1e6)
    np.testing.assert_array_equal(moved[0], indices)
    np.testing.assert_allclose(moved[1], distances, rtol=1e-6)


@pytest.mark.parametrize("num_far", [1, 20])
def test_far_points_do_not_cost_the_others_their_digits(num_far):
    # One far point, or nearly half of them: what is near is found as without them.
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 41, 3))
    real[:num_far] += 1e7
    fake[0] += 1e7
    indices, distances = metrics.nearest_neighbours(real, fake)
    lengths = np.sqrt(((fake[:, None] - real) ** 2).sum(axis=2))
    np.testing.assert_array_equal(indices, lengths.argmin(axis=1))
    np.testing.assert_allclose(distances, lengths.min(axis=1), rtol=1e-6)
    found = metrics.precision_recall(real, fake, k=1)
    table = np.array(_inside(real, 1, fake)), np.array(_inside(fake, 1, real))
    assert found == pytest.approx([part.any(axis=1).mean() for part in table])


def test_sets_larger_than_a_block():
    real, fake = _draw_sets(1203, 1101, 3)
    blocks = metrics.nearest_neighbours(real, fake)[1]
    differences = fake[:, None] - real
    np.testing.assert_allclose(blocks, np.sqrt((differences**2).sum(2)).min(1))
    squares = (real @ real.T / 3 + 1) ** 3
    np.fill_diagonal(squares, 0)
    within = squares.sum() / (1203 * 1202)
    squares = (fake @ fake.T / 3 + 1) ** 3
    np.fill_diagonal(squares, 0)
    within += squares.sum() / (1101 * 1100)
    expected = within - 2 * np.mean((real @ fake.T / 3 + 1) ** 3)
    assert metrics.kernel_distance(real, fake) == pytest.approx(expected, abs=1e-8)


# The sliced distance


def _distance_on_a_line(a, b):
    """Area between both shares of points below x, summed from point to point."""
    points = sorted([*a, *b])
    return sum(
        abs(sum(p <= x for p in a) / len(a) - sum(p <= x for p in b) / len(b)) * (y - x)
        for x, y in zip(points, points[1:], strict=False)
    )


@pytest.mark.parametrize(("num_real", "num_fake"), [(49, 49), (3, 7), (6, 4), (1, 9)])
def test_sliced_wasserstein_is_exact_on_a_line(num_real, num_fake):
    real, fake = _draw_sets(num_real, num_fake, 1)
    expected = _distance_on_a_line(real[:, 0].tolist(), fake[:, 0].tolist())
    assert metrics.sliced_wasserstein(real, fake) == pytest.approx(expected, rel=1e-9)


def test_sliced_wasserstein_is_the_mean_over_directions():
    real, fake = _draw_sets(8, 5, 3)
    rng = np.random.default_rng(2)
    directions = rng.normal(size=(3, 6))
    expected = 0
    for direction in directions.T:
        unit = direction / math.sqrt(sum(direction**2))
        line = [[float(p @ unit) for p in points] for points in (real, fake)]
        expected += _distance_on_a_line(*line) / 6
    found = metrics.sliced_wasserstein(real, fake, num_directions=6, seed=2)
    assert found == pytest.approx(expected, rel=1e-9)
    assert found != metrics.sliced_wasserstein(real, fake, num_directions=6, seed=3)


# What all measures refuse

MEASURES = [
    metrics.frechet_distance,
    metrics.kernel_distance,
    metrics.precision_recall,
    metrics.density_coverage,
    metrics.nearest_neighbours,
    metrics.sliced_wasserstein,
]


@pytest.mark.parametrize("measure", MEASURES, ids=lambda function: function.__name__)
@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (np.ones((9, 3)), np.ones((9, 2)), "real has 3 features and fake 2"),
        (np.ones((0, 3)), np.ones((9, 3)), "real has shape \\(0, 3\\)"),
        (np.ones((9, 3)), np.ones((0, 3)), "fake has shape \\(0, 3\\)"),
        (np.ones((9, 0)), np.ones((9, 0)), "real has shape \\(9, 0\\)"),
        (np.ones(9), np.ones(9), "real has shape \\(9,\\)"),
        (np.ones((9, 4, 4, 1)), np.ones((9, 4, 4, 1)), "images.reshape"),
        (np.ones((9, 3)), np.full((9, 3), np.nan), "fake holds NaN"),
        (np.full((9, 3), np.inf), np.ones((9, 3)), "real holds NaN or infinite"),
    ],
)
def test_all_measures_refuse_bad_features(measure, real, fake, message):
    with pytest.raises(ValueError, match=message):
        measure(real, fake)


@pytest.mark.parametrize("k", [0, -1, 9, 20])
@pytest.mark.parametrize(
    "measure", [metrics.precision_recall, metrics.density_coverage]
)
def test_number_of_neighbours_must_fit(measure, k):
    with pytest.raises(ValueError, match=f"k is {k} and real holds 9 images"):
        measure(np.ones((9, 3)), np.ones((30, 3)), k=k)


def test_recall_needs_neighbours_among_the_fakes():
    with pytest.raises(ValueError, match="fake holds 3 images"):
        metrics.precision_recall(np.ones((9, 3)), np.ones((3, 3)))
    assert metrics.density_coverage(np.ones((9, 3)), np.ones((3, 3)))[1] == 1


def test_sliced_wasserstein_needs_a_direction():
    with pytest.raises(ValueError, match="num_directions is 0"):
        metrics.sliced_wasserstein(np.ones((2, 2)), np.ones((2, 2)), num_directions=0)


# Shares of the classes


def test_class_shares_count_the_largest_logits():
    # A classifier that sees how light a picture is: three classes, the last unused.
    classifier = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, use_bias=False),
        ]
    )
    classifier.set_weights([np.array([[-1.0, 1.0, 0.0]])])
    images = np.zeros((8, 28, 28, 1), np.uint8)
    images[5:] = 255
    shares = metrics.class_shares(classifier, images)
    assert shares.tolist() == [5 / 8, 3 / 8, 0]


def test_class_shares_of_known_vases():
    images, attributes = vases.make(500, seed=3)
    shares = metrics.class_shares(metrics.load_classifier("vases"), images)
    expected = [np.mean(attributes["style"] == number) for number in range(5)]
    np.testing.assert_allclose(shares, expected, atol=0.01)


def test_class_shares_refuse_other_pictures():
    for images, message in (
        (np.zeros((3, 16, 16, 1), np.uint8), "images have shape \\(3, 16, 16, 1\\)"),
        (np.zeros((3, 28, 28, 1), np.float32), "float32 .*; expected uint8 pictures"),
    ):
        with pytest.raises(ValueError, match=message):
            metrics.class_shares(None, images)


def test_psnr_by_hand():
    real = np.zeros((2, 1, 4, 1), np.uint8)
    fake = real.copy()
    fake[0, 0, 0], fake[1, 0, 1] = 51, 102
    # 51^2 (1 + 4) / 8 = 51^2 * 5 / 8, and 255 = 5 * 51: 10 log10(25 * 8 / 5).
    assert metrics.psnr(real, fake) == pytest.approx(10 * np.log10(40))
    masks = np.zeros((2, 1, 4, 1), bool)
    masks[0, 0, :2] = True
    assert metrics.psnr(real, fake, masks) == pytest.approx(10 * np.log10(50))
    masks[0, 0, 0] = False
    assert metrics.psnr(real, fake, masks) == np.inf
    colour = np.repeat(fake, 3, axis=3)
    colour[0, 0, 0] = 51, 0, 0
    masks[0, 0] = True
    error = metrics.psnr(np.zeros_like(colour), colour, masks)
    assert error == pytest.approx(10 * np.log10(25 * 12))


def test_psnr_prefers_a_blur_to_a_sharp_picture_that_is_moved():
    """Why it is never the only measure."""
    rng = np.random.default_rng(0)
    real = 255 * rng.integers(0, 2, (20, 16, 16, 1), dtype=np.uint8)
    blurred = np.full_like(real, 128)
    moved = np.roll(real, 1, axis=2)
    assert metrics.psnr(real, blurred) > metrics.psnr(real, moved) + 2


@pytest.mark.parametrize(
    ("fake", "masks", "message"),
    [
        (np.zeros((2, 4, 4, 3), np.uint8), None, r"fake \(2, 4, 4, 3\); expected the"),
        (np.zeros((2, 4, 4, 1), "f4"), None, "fake are float32"),
        (None, np.ones((2, 4, 4), bool), r"expected bool \(2, 4, 4, 1\)"),
        (None, np.ones((2, 4, 4, 1), np.uint8), "masks are uint8"),
        (None, np.zeros((2, 4, 4, 1), bool), "False all over"),
    ],
)
def test_psnr_refuses_other_forms(fake, masks, message):
    real = np.zeros((2, 4, 4, 1), np.uint8)
    with pytest.raises(ValueError, match=message):
        metrics.psnr(real, real if fake is None else fake, masks)
