"""The Fréchet distance against closed forms, and the feature networks."""

import numpy as np
import pytest

from gan_tutorial import metrics


def _with_moments(mean, covariance, num=500, seed=0):
    """Features whose sample mean and covariance are exactly the ones asked for."""
    x = np.random.default_rng(seed).normal(size=(num, len(mean)))
    x -= x.mean(axis=0)
    x = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return x @ np.linalg.cholesky(covariance).T + mean


def test_closed_form_for_diagonal_gaussians():
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 0.25, 1.0])
    real = _with_moments([0, 1, 2], np.diag(a))
    fake = _with_moments([3, 1, 0], np.diag(b), num=300, seed=1)
    expected = 9 + 4 + np.sum((np.sqrt(a) - np.sqrt(b)) ** 2)
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


def test_closed_form_for_two_by_two_covariances():
    # For 2 x 2 matrices, trace of the root of M is sqrt(trace M + 2 sqrt(det M)).
    a, b = np.array([[2.0, 0.7], [0.7, 1.0]]), np.array([[1.0, -0.3], [-0.3, 3.0]])
    product = a @ b
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    expected = 1 + np.trace(a) + np.trace(b) - 2 * root
    distance = metrics.frechet_distance(
        _with_moments([0, 0], a), _with_moments([0, 1], b, seed=3)
    )
    assert distance == pytest.approx(expected, rel=1e-9)


def test_symmetric_and_zero_for_itself():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(80, 7)), rng.normal(1, 2, size=(90, 7))
    forth = metrics.frechet_distance(real, fake)
    assert forth == pytest.approx(metrics.frechet_distance(fake, real), rel=1e-9)
    assert metrics.frechet_distance(real, real) == pytest.approx(0, abs=1e-9)


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


@pytest.mark.parametrize(
    ("fake", "message"),
    [
        (np.ones((4, 2)), "real has 3 features and fake 2"),
        (np.ones((0, 3)), "fake has shape \\(0, 3\\)"),
        (np.ones(3), "fake has shape \\(3,\\)"),
        (np.full((4, 3), np.nan), "fake holds NaN"),
    ],
)
def test_bad_features_are_refused(fake, message):
    with pytest.raises(ValueError, match=message):
        metrics.frechet_distance(np.ones((4, 3)), fake)
