"""Tunes as notes and numbers: against rolls written by hand, and silence."""

import numpy as np
import pytest
from test_tunes import FACTS, ROLLS, voices

from gan_tutorial.design import music
from gan_tutorial.design.music import Note
from gan_tutorial.synthetic import tunes

SILENCE = np.zeros((32, 32, 1), np.uint8)


def roll_of(*notes):
    """A roll of notes: start, MIDI number, length."""
    roll = SILENCE.copy()
    for start, pitch, length in notes:
        for step in range(start, start + length):
            roll[79 - pitch, step, 0] = 255
    return roll


def test_notes_are_runs_of_cells():
    notes = ((0, 48, 3), (0, 79, 32), (3, 49, 1), (5, 48, 2), (31, 60, 1))
    assert music.find_notes(roll_of(*notes)) == notes
    assert music.find_notes(roll_of((2, 60, 2), (4, 60, 3))) == (Note(2, 60, 5),)
    assert music.find_notes(SILENCE) == ()
    faint = roll_of((1, 50, 2)) // 255 * 127
    assert music.find_notes(faint) == () != music.find_notes(faint + 1)[:1]
    for roll in ROLLS[:20]:
        melody, bass = voices(roll)
        changes = (np.diff(melody) != 0).sum() + (np.diff(bass) != 0).sum()
        found = music.find_notes(roll)
        assert len(found) == changes + 2
        np.testing.assert_array_equal(roll_of(*found), roll)


def test_each_voice_keeps_its_brightest_pitch():
    picture = SILENCE.copy()
    picture[[3, 9, 19, 20, 31], 0, 0] = 140, 200, 199, 130, 129
    picture[[0, 25], 1, 0] = 127, 128
    (roll,) = music.to_rolls(picture[None])
    assert np.argwhere(roll[..., 0]).tolist() == [[9, 0], [20, 0], [25, 1]]
    assert roll.dtype == np.uint8 and roll.max() == 255
    np.testing.assert_array_equal(music.to_rolls(ROLLS), ROLLS)
    np.testing.assert_array_equal(music.to_rolls(SILENCE[None]), SILENCE[None])


def test_a_wish_is_a_mood_in_a_key():
    assert music.wish("calm", "C major") == 0 and music.wish("dance", "G minor") == 11
    wishes = music.to_wishes(FACTS)
    for number in (0, 7, 100):
        mood = tunes.MOODS[FACTS["labels"][number]]
        key = list(tunes.KEYS)[FACTS["keys"][number]]
        assert music.wish(mood, key) == wishes[number]
    assert set(wishes) == set(range(music.NUM_WISHES))


def test_the_share_in_key_counts_notes_however_long():
    # C major has C, E, B, not C sharp; D minor has none but C and E of these.
    one = roll_of((0, 48, 20), (3, 61, 1), (5, 64, 2), (9, 71, 1))
    two = roll_of((0, 61, 32))
    assert music.share_in_key([one, two], [0, 0]) == pytest.approx(3 / 5)
    assert music.share_in_key([one, two], [2, 0]) == pytest.approx(2 / 5)
    assert music.share_in_key([one, SILENCE], [0, 1]) == pytest.approx(3 / 4)
    assert music.share_in_key([SILENCE], [0]) == 0
    assert music.share_in_key(ROLLS, FACTS["keys"]) == 1
    every = np.full((1, 32, 32, 1), 255, np.uint8)
    # 19 of the 32 pitches from C to G are in C major.
    assert music.share_in_key(every, [0]) == pytest.approx(19 / 32)


def test_rhythms_are_compared_kind_by_kind():
    one = roll_of((0, 60, 2), (2, 62, 2), (8, 64, 2), (0, 48, 8))
    # Of four notes (0, 2) twice, (2, 2), and the bass; here (0, 2), (1, 2), two basses.
    two = roll_of((16, 70, 2), (9, 70, 2), (8, 50, 8), (24, 51, 8))
    # Shares 2/4, 1/4, 1/4 against 1/4, 1/4 elsewhere, 2/4.
    assert music.rhythm_distance([one], [two]) == pytest.approx(
        (1 / 4 + 1 / 4 + 1 / 4 + 1 / 4) / 2
    )
    moved = roll_of((8, 60, 2), (18, 79, 2), (24, 64, 2), (8, 59, 8))
    assert music.rhythm_distance([one], [moved]) == 0
    assert music.rhythm_distance([one, SILENCE], [one, one]) == 0
    assert music.rhythm_distance([one], [roll_of((0, 48, 2))]) == 1  # another voice
    assert music.rhythm_distance([SILENCE], [one]) == 1
    assert music.rhythm_distance([SILENCE], [SILENCE]) == 1


def test_the_repeat_compares_bars_1_and_3():
    roll = roll_of((0, 60, 4), (16, 60, 3), (16, 70, 2), (8, 71, 8), (0, 59, 5))
    assert music.repeat_share([roll]) == pytest.approx(3 / 6)
    assert music.repeat_share([roll, roll_of((1, 65, 2))]) == pytest.approx(3 / 8)
    assert music.repeat_share([roll_of((0, 50, 3), (16, 50, 3))]) == 0  # a bass
    assert music.repeat_share([SILENCE]) == 0
    assert music.repeat_share(ROLLS) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: music.wish("angry", "C major"), "no mood 'angry'; expected one of"),
        (lambda: music.wish("calm", "H major"), "no key 'H major'; expected one of"),
        (lambda: music.find_notes(ROLLS[:2]), r"shape \(1, 2, 32, 32, 1\); expected"),
        (lambda: music.to_rolls(ROLLS[:, :28]), r"shape \(240, 28, 32, 1\)"),
        (lambda: music.repeat_share(ROLLS / 255), "float64 .*expected uint8"),
        (lambda: music.share_in_key(ROLLS[:1], [4]), "A key is 4; expected .* 0 to 3"),
        (
            lambda: music.share_in_key(ROLLS[:3], [0, 1]),
            "There are 3 rolls and 2 keys; expected as many of each",
        ),
        (
            lambda: music.to_wishes({"labels": [0, 2], "keys": [3, 9]}),
            r"Some keys are \[9\]; expected whole numbers, 0 to 3",
        ),
        (
            lambda: music.to_wishes({"labels": [-1, 2], "keys": [3, 0]}),
            r"Some labels are \[-1\]; expected whole numbers, 0 to 2",
        ),
    ],
)
def test_what_is_no_roll_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
