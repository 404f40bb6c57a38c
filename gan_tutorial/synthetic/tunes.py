"""Tunes of four bars, drawn by rules: which of 32 pitches sound in which of 32 steps.

Such a picture is a piano roll: time goes from left to right, 8 steps to a bar, and the
top row is the highest pitch. The rules:

* the bass has the lower 12 pitches, the melody the other 20; each always sounds one
  note, and two notes of the same pitch that follow each other are one longer note;
* all notes belong to the key, whose minor is the natural one;
* a chord is a root with the second and fourth notes of the scale above it. Those of the
  four bars stand on the notes 1, x, 1, 5 of the scale, where x is 2, 4, 5 or 6, so that
  the end leads back to the beginning;
* the bass plays the root and the top of the chord in turn, in the rhythm of the mood;
* the melody starts on the middle note of the first chord. At the start and in the
  middle of a bar it takes another note of the chord, up to four notes of the scale
  away; elsewhere it goes up or down by one or two;
* bar 3 repeats bar 1.
"""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.synthetic import seeds

STEPS, PITCHES, BAR = 32, 32, 8
LOWEST = 48  # MIDI number of the lowest pitch, a C; the middle C is 60
BASS_PITCHES = 12  # the bass's; the others are the melody's
MOODS = ("calm", "march", "dance")
KEYS = {  # in semitones above C, from the tonic up
    "C major": (0, 2, 4, 5, 7, 9, 11),
    "G major": (7, 9, 11, 0, 2, 4, 6),
    "D minor": (2, 4, 5, 7, 9, 10, 0),
    "G minor": (7, 9, 10, 0, 2, 3, 5),
}
SECOND_ROOTS = (1, 3, 4, 5)  # notes of the scale above the tonic
# Lengths of the notes in a bar, in steps.
BASS = {"calm": (8,), "march": (2, 2, 2, 2), "dance": (3, 3, 2)}
RHYTHMS = {
    "calm": ((4, 4), (4, 2, 2), (2, 2, 4), (6, 2)),
    "march": ((2, 2, 2, 2), (3, 1, 2, 2), (3, 1, 3, 1), (2, 2, 3, 1)),
    "dance": ((3, 3, 2), (1, 2, 1, 2, 2), (3, 1, 2, 2), (1, 2, 3, 1, 1)),
}


def make(num_images: int, image_size: int = STEPS, seed: int = 0) -> tuple:
    """Draws random tunes; a seed gives the same tunes at every size.

    Args:
        num_images: how many.
        image_size: sides in pixels, a multiple of 32.
        seed: a whole number, 0 or more.

    Returns:
        rolls: uint8 ``(num_images, image_size, image_size, 1)``: 255 where a pitch
            sounds, else 0.
        attributes: int64 ``(num_images,)`` each: ``labels``, the number of the mood in
            `MOODS`, and ``keys``, that of the key in `KEYS`.

    Raises:
        ValueError: an argument is not such a number.
    """
    checks.whole_number("num_images", num_images, 1)
    if checks.whole_number("image_size", image_size, STEPS) % STEPS:
        raise ValueError(f"image_size is {image_size}; expected a multiple of {STEPS}.")
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    labels = rng.integers(len(MOODS), size=num_images)
    keys = rng.integers(len(KEYS), size=num_images)
    rolls, cell = draw(labels, keys, rng), image_size // STEPS
    return rolls.repeat(cell, 1).repeat(cell, 2), {"labels": labels, "keys": keys}


def draw(labels, keys, seed=0) -> np.ndarray:
    """Draws tunes of these moods in these keys, by the rules alone.

    Args:
        labels: numbers of moods in `MOODS`, ``(n,)``.
        keys: numbers of keys in `KEYS`, ``(n,)``.
        seed: see `seeds.make_rng`.

    Returns:
        uint8 ``(n, 32, 32, 1)``, as `make` returns them.

    Raises:
        ValueError: a number of a mood or a key that is not there, not as many of both,
            or no seed.
    """
    check_pairs(labels=labels, keys=keys)
    rng, rolls = seeds.make_rng(seed), []
    for label, key in zip(labels, keys, strict=True):
        mood = MOODS[checks.whole_number("A label", label, 0, len(MOODS) - 1)]
        rolls.append(_draw_tune(mood, scale_of(key), rng))
    return np.array(rolls, np.uint8).reshape(-1, PITCHES, STEPS, 1)


def measure(rolls: np.ndarray) -> dict[str, np.ndarray]:
    """Reads mood and key off rolls.

    The mood follows from the steps in a bar at which the bass starts a note. The key is
    that of the most that sounds; of two, that on whose tonic the bass begins.

    Args:
        rolls: uint8 ``(n, side, side, 1)``; 128 and more sounds.

    Returns:
        labels and keys, int64 ``(n,)``; both are 0 where all is silent.

    Raises:
        ValueError: rolls of another shape.
    """
    cell = np.shape(rolls)[2] // STEPS if np.ndim(rolls) == 4 else 0
    if not cell or np.shape(rolls)[1:] != (cell * PITCHES, cell * STEPS, 1):
        raise ValueError(
            f"The rolls have shape {np.shape(rolls)}; expected (n, side, side, 1), the "
            f"side a multiple of {STEPS}."
        )
    sounds = (np.asarray(rolls)[:, ::cell, ::cell, 0] >= 128)[:, ::-1]  # from C up
    bass = sounds[:, :BASS_PITCHES]
    starts = bass & ~np.pad(bass, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    march, dance = (starts[:, :, k::BAR].any(axis=1).sum(axis=1) for k in (2, 3))
    labels = np.select([np.maximum(march, dance) < 2, march >= dance], [0, 1], 2)
    scales = np.array(list(KEYS.values()))
    notes = np.arange(PITCHES) % 12
    in_key = sounds.sum(axis=2) @ np.transpose([np.isin(notes, s) for s in scales])
    keys = (2 * in_key + bass[:, scales[:, 0], 0]).argmax(axis=1)
    return {"labels": labels.astype(np.int64), "keys": keys}


def check_pairs(**lists) -> None:
    """A `ValueError` where not each of one has its own of the other."""
    (first, some), (second, others) = lists.items()
    if len(some) != len(others):
        raise ValueError(
            f"There are {len(some)} {first} and {len(others)} {second}; expected as "
            "many of each."
        )


def scale_of(key) -> np.ndarray:
    """Notes of the key with this number, from the tonic up; a `ValueError` for none."""
    number = checks.whole_number("A key", key, 0, len(KEYS) - 1)
    return np.array(list(KEYS.values())[number])


def _draw_tune(mood, scale, rng):
    """One tune, ``(32, 32)``. Rows are counted from below, where row 0 is a C."""
    roll = np.zeros((PITCHES, STEPS), np.uint8)
    rows = np.arange(BASS_PITCHES, PITCHES)
    ladder = rows[np.isin(rows % 12, scale)]  # the melody's notes in the key
    place = None  # of the melody, on the ladder
    for bar, root in enumerate((0, rng.choice(SECOND_ROOTS), 0, 4)):
        chord = scale[(root + np.array([0, 2, 4])) % 7]
        if bar == 2:
            roll[:, 2 * BAR : 3 * BAR] = roll[:, :BAR]
            place = roll[ladder, BAR - 1].argmax()
            continue
        start = BAR * bar
        for k, length in enumerate(BASS[mood]):
            roll[chord[2 * (k % 2)], start : start + length] = 255
            start += length
        start, in_chord = BAR * bar, np.flatnonzero(np.isin(ladder % 12, chord))
        for length in RHYTHMS[mood][rng.integers(len(RHYTHMS[mood]))]:
            if place is None:
                options = np.flatnonzero(ladder % 12 == chord[1])
            elif start % 4 == 0:
                options = in_chord[np.isin(abs(in_chord - place), (1, 2, 3, 4))]
            else:
                options = place + np.array([-2, -1, 1, 2])
                options = options[(options >= 0) & (options < len(ladder))]
            place = rng.choice(options)
            roll[ladder[place], start : start + length] = 255
            start += length
    return roll[::-1]
