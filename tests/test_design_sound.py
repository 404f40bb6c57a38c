"""Tunes as sound and as files: pitches by Fourier, files by their own readers."""

import io
import json
import sys
import wave

import mido
import numpy as np
import pytest
from test_design_music import SILENCE, roll_of
from test_tunes import ROLLS

from gan_tutorial.design import music, provenance, sound
from gan_tutorial.networks import build_generator


def loudest(samples, rate):
    """The loudest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 2**18))
    return spectrum.argmax() * rate / 2**18


def test_a_note_sounds_at_its_pitch_and_in_its_time():
    # A4 is 440 Hz by convention; C3 and G5 from a table of equal temperament.
    roll = roll_of((0, 69, 8), (10, 48, 6), (20, 79, 12))
    for rate in (8000, 44_100):
        heard = sound.synthesise(roll, 0.25, rate)
        assert heard.dtype == np.float32 and len(heard) == 8 * rate
        assert np.abs(heard).max() == 1
        for start, hertz, length in ((0, 440, 8), (10, 130.81, 6), (20, 783.99, 12)):
            part = heard[int(start * rate / 4) : int((start + length) * rate / 4)]
            assert loudest(part, rate) == pytest.approx(hertz, abs=0.3)
        for start, end in ((2, 2.5), (4, 5)):
            assert not heard[int(start * rate) : int(end * rate)].any()
    silent = sound.synthesise(SILENCE)
    assert len(silent) == 6.4 * 8000 and not silent.any()


def test_notes_begin_and_end_without_a_click():
    heard = sound.synthesise(roll_of((1, 60, 3), (5, 72, 2)), 0.1)
    for edge in (800, 3200, 4000, 5600):
        assert np.abs(heard[edge - 3 : edge + 3]).max() < 0.1


def test_wav_has_the_samples_in_16_bits():
    with wave.open(io.BytesIO(sound.to_wav([0, 0.5, -1, 1], 8000))) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 4)
        samples = np.frombuffer(file.readframes(9), "<i2")
    assert samples.tolist() == [0, 16384, -32767, 32767]


def play(content):
    """What a MIDI file holds: start in seconds, number, seconds, of each note."""
    now, started, notes = 0.0, {}, []
    for message in mido.MidiFile(file=io.BytesIO(content)):
        now += message.time
        if message.type == "note_on":
            assert message.note not in started
            started[message.note] = now
        elif message.type == "note_off":
            start = started.pop(message.note)
            notes.append((start, message.note, now - start))
    assert not started
    return sorted(notes)


def test_midi_has_the_notes_in_seconds():
    roll = roll_of((0, 60, 4), (0, 48, 32), (4, 60 + 7, 1), (5, 61, 2), (7, 62, 2))
    found = play(sound.to_midi(roll, 0.15))
    expected = [
        (n.start * 0.15, n.pitch, n.length * 0.15) for n in music.find_notes(roll)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)
    for one in ROLLS[:10]:
        notes = [(n.start, n.pitch, n.length) for n in music.find_notes(one)]
        np.testing.assert_allclose(play(sound.to_midi(one, 1)), notes, atol=1e-9)
    assert play(sound.to_midi(SILENCE)) == []


@pytest.mark.parametrize("notes", [[(0, 60, 2)], [(0, 48, 32)], [(3, 70, 4)], []])
def test_midi_lasts_as_long_as_wav(notes):
    roll = roll_of(*notes)
    file = mido.MidiFile(file=io.BytesIO(sound.to_midi(roll, 0.2)))
    assert file.length == pytest.approx(6.4)
    assert len(sound.synthesise(roll, 0.2)) / sound.RATE == pytest.approx(6.4)


def test_files_stand_together_with_their_provenance(tmp_path):
    generator = build_generator(4, (32, 32, 1), 2, num_classes=12)
    source = provenance.make_provenance(generator, np.ones(4, "f4"), {"labels": 3})
    roll = ROLLS[5]
    path = sound.write(tmp_path, "loop", roll, 0.1, source, "For a test.")
    with wave.open(str(path)) as file:
        assert file.getframerate() == 44_100 and file.getnframes() == 141_120
        samples = np.frombuffer(file.readframes(10**6), "<i2") / 32767
    np.testing.assert_allclose(samples, sound.synthesise(roll, 0.1, 44_100), atol=2e-5)
    assert path.with_suffix(".mid").read_bytes() == sound.to_midi(roll, 0.1)
    about = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert (
        about["made_by"] == "made by a generator" and about["rights"] == "For a test."
    )
    assert about["seconds_per_step"] == 0.1
    sound.write(tmp_path, "loop", roll, np.float32(0.25))
    assert '"seconds_per_step": 0.25' in (tmp_path / "loop.json").read_text("utf-8")
    assert [music.Note(**note) for note in about["notes"]] == list(
        music.find_notes(roll)
    )
    again = provenance.Provenance(**about["recipe"])
    assert provenance.draw(generator, again).shape == (32, 32, 1)

    sound.write(tmp_path, "drawn", roll)
    about = json.loads((tmp_path / "drawn.json").read_text("utf-8"))
    assert about["recipe"] is None and about["made_by"] == "made without a generator"
    names = {
        f"{name}.{kind}"
        for name in ("loop", "drawn")
        for kind in ("wav", "mid", "json")
    }
    assert {p.name for p in tmp_path.iterdir()} == names


def test_without_mido_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    with pytest.raises(ImportError, match="needs mido, .*pip install mido"):
        sound.write(tmp_path, "loop", ROLLS[0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda folder: sound.write(folder, "a", SILENCE), "The roll is silent"),
        (lambda folder: sound.write(folder, "a", ROLLS), r"\(1, 240, 32, 32, 1\)"),
        (
            lambda _: sound.synthesise(ROLLS[0], 0),
            "step_s is 0; expected a number, 0.05",
        ),
        (lambda _: sound.synthesise(ROLLS[0], rate=4000), "rate is 4000; expected"),
        (lambda _: sound.to_midi(ROLLS[0], 9), "step_s is 9; expected"),
        (
            lambda folder: sound.write(folder / "in", "../a", ROLLS[0]),
            "The name is '../a'; expected a file name",
        ),
        (lambda _: sound.to_wav([0, np.nan]), "loudest sample is nan; expected"),
        (lambda _: sound.to_wav([0, -1.2]), "loudest sample is 1.2; expected"),
        (lambda _: sound.to_wav(np.zeros((9, 2))), r"has shape \(9, 2\)"),
    ],
)
def test_what_cannot_be_heard_is_refused(call, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        call(tmp_path)
    assert list(tmp_path.iterdir()) == []
