"""Tunes for the ear and for other programs: sound, WAV and MIDI."""

import io
import json
import wave
from dataclasses import asdict
from pathlib import Path

import numpy as np

from gan_tutorial import checks, files
from gan_tutorial.design import handover
from gan_tutorial.design.music import find_notes
from gan_tutorial.design.provenance import Provenance
from gan_tutorial.synthetic.tunes import STEPS

RATE, FILE_RATE = 8000, 44_100  # samples a second, in a lesson and in a file
PARTIALS = (1.0, 0.4, 0.2)  # strengths of the sines that make a note
FADE_S = 0.01  # at both ends of a note, or it would click
TICKS = 240  # of MIDI, in a step; two steps are a beat


def synthesise(roll, step_s: float = 0.2, rate: int = RATE) -> np.ndarray:
    """What a roll sounds like: each note is three sines that fade out.

    Args:
        roll: uint8 `(32, 32, 1)`.
        step_s: seconds that a step takes.
        rate: samples a second.

    Returns:
        float32, the loudest sample 1 or -1; all 0 where the roll is silent.
    """
    step_s = checks.number("step_s", step_s, 0.05, 2)
    rate = checks.whole_number("rate", rate, RATE, 192_000)
    sound = np.zeros(round(STEPS * step_s * rate))
    for note in find_notes(roll):
        hertz = 440 * 2 ** ((note.pitch - 69) / 12)
        start = round(note.start * step_s * rate)
        end = round((note.start + note.length) * step_s * rate)
        times = np.arange(end - start) / rate
        fade = np.minimum(np.minimum(times, times[-1] - times) / FADE_S, 1)
        for k, strength in enumerate(PARTIALS, 1):
            sine = np.sin(2 * np.pi * k * hertz * times)
            sound[start:end] += strength * fade * np.exp(-2 * times) * sine
    return (sound / max(np.abs(sound).max(), 1e-9)).astype(np.float32)


def to_wav(sound, rate: int = RATE) -> bytes:
    """The content of a WAV file, 16 bits a sample, of samples `(n,)` from -1 to 1.

    Raises:
        ValueError: several channels, or samples beyond -1 and 1.
    """
    sound = np.asarray(sound)
    if sound.ndim != 1 or not (np.abs(sound) <= 1).all():
        raise ValueError(
            f"The sound has shape {sound.shape}, and its loudest sample is "
            f"{np.abs(sound).max(initial=0):g}; expected (n,), from -1 to 1."
        )
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(np.rint(32767 * sound).astype("<i2").tobytes())
    return file.getvalue()


def to_midi(roll, step_s: float = 0.2) -> bytes:
    """The content of a MIDI file, which music programs play, print and change.

    Melody and bass share one track, which is as long as the roll, rests and all.

    Args:
        roll: uint8 `(32, 32, 1)`.
        step_s: seconds that a step takes.

    Raises:
        ImportError: mido is missing.
    """
    try:
        import mido
    except ModuleNotFoundError:
        raise ImportError(
            "A MIDI file needs mido, which is not installed: pip install mido."
        ) from None
    step_s = checks.number("step_s", step_s, 0.05, 2)
    events = []  # the end of a note before the start of the next
    for note in find_notes(roll):
        events.append((note.start, "note_on", note.pitch))
        events.append((note.start + note.length, "note_off", note.pitch))
    tempo = mido.MetaMessage("set_tempo", tempo=round(2e6 * step_s))
    track, now = mido.MidiTrack([tempo]), 0
    for step, kind, pitch in sorted(events):
        ticks = TICKS * (step - now)
        track.append(mido.Message(kind, note=pitch, velocity=80, time=ticks))
        now = step
    track.append(mido.MetaMessage("end_of_track", time=TICKS * (STEPS - now)))
    file = io.BytesIO()
    mido.MidiFile(type=0, ticks_per_beat=2 * TICKS, tracks=[track]).save(file=file)
    return file.getvalue()


def write(
    folder,
    name: str,
    roll,
    step_s: float = 0.2,
    provenance: Provenance | None = None,
    rights: str = handover.RIGHTS,
) -> Path:
    """Writes `name.wav` and `name.mid`, and `name.json`, which says what they are.

    Args:
        folder: is made where it is missing.
        name: of the files, without an ending.
        roll: uint8 `(32, 32, 1)`.
        step_s: seconds that a step takes.
        provenance: from what a generator drew it; None says that none did.
        rights: a sentence that says who may do what.

    Returns:
        Path of the WAV.

    Raises:
        ImportError: mido is missing; then nothing is written.
        OSError: the folder cannot be written to; then all files stay as they were.
        ValueError: no roll, or one that is silent; a name that files cannot have.
    """
    files.check_name(name)
    step_s = checks.number("step_s", step_s, 0.05, 2)
    if not (notes := find_notes(roll)):
        raise ValueError("The roll is silent; expected at least one note to write.")
    about = {
        **handover.origin(provenance is not None, rights),
        "seconds_per_step": step_s,
        "notes": [note._asdict() for note in notes],
        "recipe": provenance and asdict(provenance),
    }
    sound = synthesise(roll, step_s, FILE_RATE)
    with files.whole_set(folder) as aside:
        (aside / f"{name}.wav").write_bytes(to_wav(sound, FILE_RATE))
        (aside / f"{name}.mid").write_bytes(to_midi(roll, step_s))
        text = json.dumps(about, indent=1, ensure_ascii=False)
        (aside / f"{name}.json").write_text(text, "utf-8")
    return Path(folder) / f"{name}.wav"
