"""What a vase sounds like when it is struck, by our own rule: its belly is a clay ring.

A sound is described by its spectrum: how loud each of `NOTES` is. `strike` makes
samples from it, and `pitch_of` hears them without knowing how they were made.
"""

import numpy as np

NOTES = np.arange(52, 100)  # MIDI numbers, a semitone apart; 69 has 440 hertz
RATE = 8000  # samples a second
_LOUDEST = 0.8  # in a spectrum; 1 less is 30 decibels softer
_STRENGTHS = np.array([[0], [-20], [-30]])  # decibels of the three lowest partials


def hertz(belly):
    """Frequency of the lowest partial; the belly in sides of the picture.

    A ring that is twice as large, its wall too, sounds half as high.
    """
    return 160 / belly


def make_spectra(belly) -> np.ndarray:
    """How loud each note is in the sound of vases, `(num_vases, 48)`, from -1 to 0.8.

    Args:
        belly: `(num_vases,)`, such as `vases.make` tells.

    Source: a ring's partials stand in the ratios of Hoppe, Vibrationen eines Ringes in
    seiner Ebene, Journal für die reine und angewandte Mathematik 73 (1871), doi
    10.1515/crll.1871.73.158.
    """
    mode = np.arange(2, 5)
    partials = mode * (mode**2 - 1) / np.sqrt(mode**2 + 1)
    found = hertz(np.asarray(belly, float))[:, None] * partials / partials[0]
    away = NOTES - (69 + 12 * np.log2(found / 440))[:, :, None]
    decibels = _STRENGTHS - 60 * (away / 6) ** 2
    return np.maximum(decibels.max(axis=1) / 30 + _LOUDEST, -1)


def strike(spectrum) -> np.ndarray:
    """Half a second of samples, from -1 to 1: a sine that fades for each peak.

    Args:
        spectrum: `(48,)`, as `make_spectra` gives.
    """
    decibels = 30 * (np.asarray(spectrum, float) - _LOUDEST)
    left, top, right = decibels[:-2], decibels[1:-1], decibels[2:]
    peaks = (top > left) & (top >= right) & (top > -45)
    times = np.arange(RATE // 2) / RATE
    wave = np.zeros(len(times))
    for k in np.flatnonzero(peaks):  # a parabola finds its top
        bend = left[k] - 2 * top[k] + right[k]
        note = NOTES[k + 1] + (left[k] - right[k]) / 2 / bend
        found = 440 * 2 ** ((note - 69) / 12)
        fading = np.exp(-found * times / 25)
        wave += 10 ** (top[k] / 20) * fading * np.sin(2 * np.pi * found * times)
    return wave / max(np.abs(wave).max(), 1e-9)


def pitch_of(wave) -> float:
    """Frequency of the strongest partial, by the Fourier transform; 0 for silence."""
    strength = np.abs(np.fft.rfft(wave))
    strength[0] = 0
    return float(strength.argmax() * RATE / len(wave))
