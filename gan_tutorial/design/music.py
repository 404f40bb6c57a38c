"""Tunes that a network made: asked for, read as notes, measured.

A roll is a picture of `synthetic.tunes`. Its notes are runs of cells in a row.
"""

from typing import NamedTuple

import numpy as np

from gan_tutorial.synthetic import tunes
from gan_tutorial.synthetic.tunes import BAR, KEYS, LOWEST, MOODS, PITCHES, STEPS

NUM_WISHES = len(MOODS) * len(KEYS)
MELODY_ROWS = PITCHES - tunes.BASS_PITCHES  # the upper ones


class Note(NamedTuple):
    """A note: the step at which it starts, its MIDI number, its length in steps."""

    start: int
    pitch: int
    length: int


def wish(mood: str, key: str) -> int:
    """The label of a mood in a key, as the network takes it: 0 to 11.

    Raises:
        ValueError: a mood or a key that is not there.
    """
    for name, value, known in (("mood", mood, MOODS), ("key", key, tuple(KEYS))):
        if value not in known:
            raise ValueError(f"There is no {name} {value!r}; expected one of {known}.")
    return MOODS.index(mood) * len(KEYS) + list(KEYS).index(key)


def to_wishes(attributes) -> np.ndarray:
    """The labels of many tunes, `(n,)`, from `labels` and `keys` of each.

    Raises:
        ValueError: the number of a mood or a key that is not there.
    """
    for name, known in (("labels", MOODS), ("keys", KEYS)):
        if (wrong := np.setdiff1d(attributes[name], np.arange(len(known)))).size:
            raise ValueError(
                f"Some {name} are {wrong[:3]}; expected whole numbers, 0 to "
                f"{len(known) - 1}."
            )
    return np.asarray(attributes["labels"]) * len(KEYS) + attributes["keys"]


def to_rolls(pictures) -> np.ndarray:
    """Pictures as rolls: at each step each voice keeps its brightest pitch, or rests.

    It rests where none is 128 or more. What obeys the rules stays as it is.

    Args:
        pictures: uint8 `(n, 32, 32, 1)`.

    Returns:
        uint8 of the same shape, 255 and 0.
    """
    pictures = check_rolls(pictures)
    rolls = np.zeros_like(pictures)
    for rows in (slice(MELODY_ROWS), slice(MELODY_ROWS, PITCHES)):
        voice = pictures[:, rows]
        kept = np.arange(voice.shape[1])[:, None, None] == voice.argmax(1)[:, None]
        rolls[:, rows] = 255 * (kept & (voice >= 128))
    return rolls


def find_notes(roll) -> tuple[Note, ...]:
    """The notes of one roll, by start, and from the lowest up.

    Args:
        roll: uint8 `(32, 32, 1)`; 128 and more sounds.

    Returns:
        None at all where it is silent.
    """
    sounds = check_rolls([roll])[0, ..., 0] >= 128
    edges = np.diff(np.pad(sounds, ((0, 0), (1, 1))).astype(int), axis=1)
    (rows, starts), (_, ends) = (np.nonzero(edges == sign) for sign in (1, -1))
    pitches = LOWEST + PITCHES - 1 - rows
    notes = np.stack([starts, pitches, ends - starts], axis=1).tolist()
    return tuple(sorted(Note(*note) for note in notes))


def share_in_key(rolls, keys) -> float:
    """Which share of all notes belongs to the keys that were asked for, from 0 to 1.

    Args:
        rolls: `(n, 32, 32, 1)`.
        keys: the number of each tune's key in `KEYS`, `(n,)`.

    Returns:
        0 where all is silent: then no note is in any key.

    Raises:
        ValueError: no rolls, no key, or not one key for each roll.
    """
    tunes.check_pairs(rolls=rolls, keys=keys)
    fits = [
        note.pitch % 12 in tunes.scale_of(key)
        for roll, key in zip(check_rolls(rolls), keys, strict=True)
        for note in find_notes(roll)
    ]
    return float(np.mean(fits)) if fits else 0.0


def rhythm_distance(rolls, others) -> float:
    """How far two sets of tunes are apart in their rhythm, from 0 to 1.

    Each note counts for its voice, the step in the bar at which it starts, and its
    length. Compared are the shares of all such kinds: half the sum of the absolute
    differences, which is 0 where they are equal, and 1 where no kind is common.

    Args:
        rolls: `(n, 32, 32, 1)`.
        others: likewise.

    Returns:
        1 where one of the two is silent.
    """
    shares = []
    for some in (rolls, others):
        counts = np.zeros((2, BAR, STEPS + 1))
        for note in (note for roll in check_rolls(some) for note in find_notes(roll)):
            is_bass = note.pitch < LOWEST + tunes.BASS_PITCHES
            counts[int(is_bass), note.start % BAR, note.length] += 1
        shares.append(counts / max(counts.sum(), 1))
    if not shares[0].any() or not shares[1].any():
        return 1.0
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def repeat_share(rolls) -> float:
    """How much of the melody's bar 3 repeats bar 1.

    That is the share of cells that sound in both, of those that sound in one or both.
    The bass counts for nothing: its bars 1 and 3 follow from mood and key.

    Args:
        rolls: `(n, 32, 32, 1)`.

    Returns:
        From 0 to 1; 0 where the melody is silent.
    """
    melody = check_rolls(rolls)[:, :MELODY_ROWS] >= 128
    bars = np.split(melody, STEPS // BAR, axis=2)
    either = (bars[0] | bars[2]).sum()
    return float((bars[0] & bars[2]).sum() / max(either, 1))


def check_rolls(rolls) -> np.ndarray:
    """Rolls as an array; a `ValueError` if they are none."""
    rolls = np.asarray(rolls)
    if rolls.dtype != np.uint8 or rolls.shape[1:] != (PITCHES, STEPS, 1):
        raise ValueError(
            f"The rolls are {rolls.dtype} of shape {rolls.shape}; expected uint8 "
            f"(n, {PITCHES}, {STEPS}, 1), 255 where a pitch sounds."
        )
    return rolls
