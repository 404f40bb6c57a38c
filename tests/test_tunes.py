"""Tunes by rules: the rules note by note, their attributes, and what is refused."""

import numpy as np
import pytest

from gan_tutorial.synthetic import tunes
from gan_tutorial.synthetic.tunes import KEYS, MOODS

ROLLS, FACTS = tunes.make(240, seed=3)
NAMES = "C C# D D# E F F# G G# A A# B".split()
# The seven notes of each key, and the root, middle and top of the chords on their 1st,
# 2nd, 4th, 5th and 6th notes, as a book of harmony has them (A# is B flat, D# E flat).
NOTES = {
    "C major": ("C D E F G A B", "CEG DFA FAC GBD ACE"),
    "G major": ("G A B C D E F#", "GBD ACE CEG DF#A EGB"),
    "D minor": ("D E F G A A# C", "DFA EGA# GA#D ACE A#DF"),
    "G minor": ("G A A# C D D# F", "GA#D ACD# CD#G DFA D#GA#"),
}


def voices(roll):
    """MIDI numbers of melody and bass at each step; fails unless there is one each."""
    sounds = roll[..., 0] == 255
    assert (sounds | (roll[..., 0] == 0)).all()
    melody, bass = sounds[:20], sounds[20:]
    assert (melody.sum(axis=0) == 1).all() and (bass.sum(axis=0) == 1).all()
    return 79 - melody.argmax(axis=0), 59 - bass.argmax(axis=0)


def spell(text):
    """The chords of a line, as lists of numbers above C."""
    chords = []
    for word in text.split():
        letters = word.replace("#", "")
        sharps = [f"{c}#" if f"{c}#" in word else c for c in letters]
        chords.append([NAMES.index(name) for name in sharps])
    return chords


def test_tunes_obey_the_rules_note_by_note():
    assert ROLLS.shape == (240, 32, 32, 1) and ROLLS.dtype == np.uint8
    seen = set()
    for roll, mood, key in zip(ROLLS, FACTS["labels"], FACTS["keys"], strict=True):
        notes, chords = NOTES[list(KEYS)[key]]
        scale, chords = [NAMES.index(name) for name in notes.split()], spell(chords)
        melody, bass = voices(roll)
        assert melody.min() >= 60 and set(np.append(melody, bass) % 12) <= set(scale)
        np.testing.assert_array_equal(roll[:, 16:24], roll[:, :8])
        assert melody[0] % 12 == chords[0][1]
        (second,) = {k for k in (1, 2, 3, 4) if chords[k][0] == bass[8] % 12}
        seen.add((key, second))
        for bar, number in enumerate((0, second, 0, 3)):
            root, _, top = chords[number]
            played = {"calm": [root] * 8, "march": [root, root, top, top] * 2}
            played["dance"] = [root] * 3 + [top] * 3 + [root] * 2
            here = slice(8 * bar, 8 * bar + 8)
            assert (bass[here] % 12).tolist() == played[MOODS[mood]]
            assert melody[8 * bar] % 12 in chords[number]
            if melody[8 * bar + 3] != melody[8 * bar + 4]:
                assert melody[8 * bar + 4] % 12 in chords[number]
        ladder = [p for p in range(60, 80) if p % 12 in scale]
        places = np.array([ladder.index(p) for p in melody])
        steps = np.abs(np.diff(places))
        free = np.arange(1, 32) % 4 != 0
        assert steps[free].max() <= 2
        assert 1 <= steps[[7, 23]].min() and steps[[3, 7, 11, 23, 27]].max() <= 4
    assert len(seen) == 16  # every second chord in every key


def test_moods_differ_in_their_lengths():
    calm, march, dance = (
        np.mean(
            [(np.diff(voices(r)[0]) != 0).sum() for r in ROLLS[FACTS["labels"] == k]]
        )
        for k in range(3)
    )
    assert calm + 3 < march < dance
    counts = np.bincount(FACTS["labels"] * 4 + FACTS["keys"], minlength=12)
    assert counts.min() > 8


def test_attributes_are_read_back_at_every_size():
    large, same = tunes.make(240, 64, seed=3)
    np.testing.assert_array_equal(large[:, 1::2, ::2], ROLLS)
    for rolls in (ROLLS, large):
        found = tunes.measure(rolls)
        for name in ("labels", "keys"):
            assert found[name].dtype == FACTS[name].dtype == np.int64
            np.testing.assert_array_equal(found[name], FACTS[name])
            np.testing.assert_array_equal(same[name], FACTS[name])
    silence = tunes.measure(np.zeros((2, 32, 32, 1), np.uint8))
    assert {name: v.tolist() for name, v in silence.items()} == {
        "labels": [0, 0],
        "keys": [0, 0],
    }


def test_a_wish_is_drawn_and_a_seed_repeats_it():
    labels, keys = np.repeat([0, 1, 2], 4), np.tile([0, 1, 2, 3], 3)
    rolls = tunes.draw(labels, keys, seed=1)
    found = tunes.measure(rolls)
    np.testing.assert_array_equal(found["labels"], labels)
    np.testing.assert_array_equal(found["keys"], keys)
    np.testing.assert_array_equal(rolls, tunes.draw(labels, keys, seed=1))
    assert (rolls != tunes.draw(labels, keys, seed=2)).any()
    rng = np.random.default_rng(1)  # goes on where it is
    halves = [
        tunes.draw(labels[some], keys[some], rng) for some in (np.s_[:5], np.s_[5:])
    ]
    np.testing.assert_array_equal(rolls, np.concatenate(halves))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tunes.draw([3], [0]), "A label is 3; expected .* 0 to 2"),
        (lambda: tunes.draw([0], [4]), "A key is 4; expected .* 0 to 3"),
        (lambda: tunes.draw([0], ["C"]), "A key is 'C'; expected a whole number"),
        (lambda: tunes.draw([0, 1], [2]), "There are 2 labels and 1 keys; expected as"),
        (lambda: tunes.draw([0], [0], seed=-1), "seed is -1; .* or a NumPy generator"),
        (
            lambda: tunes.draw([0], [0], seed=1.5),
            "seed is 1.5; expected a whole number",
        ),
        (lambda: tunes.measure(ROLLS[0]), r"shape \(32, 32, 1\); expected \(n, side"),
        (lambda: tunes.measure(ROLLS[:, :28]), r"shape \(240, 28, 32, 1\); expected"),
        (lambda: tunes.measure(ROLLS[:, ::2, ::2]), "side a multiple of 32"),
        (lambda: tunes.make(0), "num_images is 0"),
        (lambda: tunes.make(1, 33), "image_size is 33; expected a multiple of 32"),
        (lambda: tunes.make(1, seed=-1), "seed is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
