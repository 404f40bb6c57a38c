"""The sound of a struck vase against the rule, heard by counting zero crossings."""

import numpy as np
import pytest

from gan_tutorial.synthetic import struck

BELLIES = np.array([0.35, 0.5, 0.71])


def count_crossings(wave):
    """Frequency in the second half, where the high partials have faded."""
    late = wave[len(wave) // 2 :]
    return (np.diff(np.sign(late)) > 0).sum() * struck.RATE / len(late)


def test_the_pitch_is_that_of_the_rule():
    for belly, spectrum in zip(BELLIES, struck.make_spectra(BELLIES), strict=True):
        wave = struck.strike(spectrum)
        assert np.abs(wave).max() == pytest.approx(1) and len(wave) == 4000
        assert count_crossings(wave) == pytest.approx(160 / belly, rel=0.02)
        assert struck.pitch_of(wave) == pytest.approx(160 / belly, rel=0.01)


def test_partials_are_those_of_a_ring():
    """Of its first three shapes: 1, 2.83 and 5.42, each softer than the one before."""
    (spectrum,) = struck.make_spectra([0.5])
    inside = spectrum[1:-1]
    is_peak = (inside > spectrum[:-2]) & (inside >= spectrum[2:]) & (inside > -0.9)
    peaks = np.flatnonzero(is_peak) + 1
    asked = 69 + 12 * np.log2(320 * np.array([1, 2.828, 5.423]) / 440)
    assert np.abs(struck.NOTES[peaks] - asked).max() <= 0.5
    assert list(spectrum[peaks]) == sorted(spectrum[peaks], reverse=True)
    assert -1 <= spectrum.min() and spectrum.max() <= 0.8


def test_nothing_is_heard_where_nothing_was_struck():
    silence = struck.strike(np.full(48, -1.0))
    assert not silence.any() and struck.pitch_of(silence) == 0


def test_a_pitch_is_heard_whatever_the_level_of_the_wave():
    times = np.arange(4000) / struck.RATE
    assert struck.pitch_of(3 + 0.1 * np.sin(2 * np.pi * 440 * times)) == 440
