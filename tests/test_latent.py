"""Points in latent space."""

import numpy as np
import pytest

from gan_tutorial import latent


def test_samples_follow_the_seed_and_are_standard_normal():
    few, more = latent.sample_latents(5, 16, 3), latent.sample_latents(4000, 16, 3)
    assert few.dtype == np.float32 and few.shape == (5, 16)
    np.testing.assert_array_equal(few, more[:5])
    assert not np.array_equal(few, latent.sample_latents(5, 16, 4))
    assert abs(more.mean()) < 0.02 and abs(more.std() - 1) < 0.02


def test_lerp_and_slerp_by_hand():
    start, end = np.array([2.0, 0.0]), np.array([0.0, 4.0])
    np.testing.assert_allclose(latent.lerp(start, end, 0.25), [1.5, 1.0])
    # A third of a right angle is 30 degrees, and a third of the way from 2 to 4 is 8/3.
    expected = 8 / 3 * np.array([np.sqrt(3) / 2, 0.5])
    np.testing.assert_allclose(latent.slerp(start, end, 1 / 3), expected, rtol=1e-6)


@pytest.mark.parametrize("path", [latent.lerp, latent.slerp])
def test_paths_keep_their_ends(path):
    start, end = latent.sample_latents(2, 8, 1)
    steps = latent.interpolate(start, end, 5, path)
    assert steps.shape == (5, 8)
    np.testing.assert_allclose(steps[[0, -1]], [start, end], atol=1e-6)


def test_slerp_keeps_between_the_lengths_at_wide_angles():
    wide = np.radians(179.0)
    end = 2 * np.array([np.cos(wide), np.sin(wide)])
    middle = latent.slerp(np.array([1, 0]), end, 0.5)
    assert np.linalg.norm(middle) == pytest.approx(1.5, rel=1e-3)


@pytest.mark.parametrize("sign", [1, -1])
def test_slerp_without_an_angle_is_a_line(sign):
    start = np.array([1.0, 2.0])
    middle = latent.slerp(start, sign * start, 0.5)
    np.testing.assert_allclose(middle, (start + sign * start) / 2)


def test_slerp_takes_whole_batches():
    starts, ends = latent.sample_latents(3, 8, 1), latent.sample_latents(3, 8, 2)
    both = latent.slerp(starts, ends, 0.3)
    for i in range(3):
        alone = latent.slerp(starts[i], ends[i], 0.3)
        np.testing.assert_allclose(both[i], alone, rtol=1e-5)


def test_a_path_needs_two_ends():
    with pytest.raises(ValueError, match="num_steps is 1"):
        latent.interpolate(np.zeros(2), np.ones(2), 1)


def test_truncation_shortens_latents_and_keeps_their_directions():
    latents = np.array([[3.0, -4.0], [0.6, 0.8]])
    np.testing.assert_allclose(
        latent.truncate(latents, 0.25), [[0.75, -1.0], [0.15, 0.2]], rtol=1e-6
    )
    np.testing.assert_array_equal(latent.truncate(latents, 0), np.zeros((2, 2)))


@pytest.mark.parametrize("psi", [-0.1, 1.5, np.nan])
def test_truncation_needs_a_psi(psi):
    with pytest.raises(ValueError, match=f"psi is {psi}; expected a number, 0 to 1"):
        latent.truncate(np.ones((1, 2)), psi)
