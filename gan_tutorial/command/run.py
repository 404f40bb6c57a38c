"""A folder in which a run lives: it trains, goes on where it stopped, draws samples.

    run.json          the plan, written before the first step
    run.checkpoint    all on which the next step depends; replaced after each part
    stages/           what was made from the same latents, part by part
    generator.keras   the result
    report.html       what came out, in one page that needs no network
"""

import contextlib
import hashlib
import io
import json
import sqlite3
import time
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from gan_tutorial import (
    callbacks,
    checkpoints,
    checks,
    data,
    files,
    generators,
    latent,
    plotting,
    recipes,
)
from gan_tutorial.command import plan as plans
from gan_tutorial.command import report

NUM_SHOWN = 10  # pictures in one stage
SHARES = 0, 0.02, 0.1, 0.25, 0.5, 1  # of the run, at which stages are taken
NOTE, CHECKPOINT, GENERATOR = "run.json", "run.checkpoint", "generator.keras"


def train(
    folder, out=None, size=None, channels=None, minutes=None, steps=None, seed=None
):
    """Trains on a folder of pictures, or goes on with a run that was stopped.

    Args:
        folder: with the pictures; subfolders are kinds of product.
        out: folder of the run; made where it is missing.
        size: side in pixels that the pictures get.
        channels: 1 for grey, 3 for colour.
        minutes: about how long the training takes.
        steps: generator steps, in place of minutes.
        seed: whole number from which all that is random follows.

    Raises:
        ValueError: pictures or options that do not suit.
        OSError: a file that cannot be read or written.
    """
    folder = Path(folder).expanduser()
    out = Path(out or f"{folder.resolve().name}-gan").expanduser()
    if out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"The run would be written to {out}, inside of the pictures' folder, where "
            "the next run would take its files for pictures. Give --out elsewhere."
        )
    with alone_in(out):
        asked = {"size": size, "channels": channels, "minutes": minutes}
        asked |= {"steps": steps, "seed": seed}
        plan, reasons, pictures = _begin(folder, out, asked)
        gan = plan.build()
        if (out / CHECKPOINT).exists():
            checkpoints.load(gan, out / CHECKPOINT)
            print(f"Going on after step {gan.steps_taken:,} of {plan.num_steps:,}.")
        if gan.finished_epochs < plan.num_parts:
            _fit(gan, plan, pictures, out)
        generators.save(gan.ema_generator, out / GENERATOR)
        print("Writing the report ...")
        report.write(out / "report.html", plan, reasons, pictures, gan, read_stages(out))
    print(f"Done. Open {out / 'report.html'} in a browser.")


def sample(run, out=None, num=16, label=None, seed=0) -> list[Path]:
    """Writes pictures of a finished run as PNG files.

    Args:
        run: the folder of the run.
        out: folder for the pictures; without one, `samples` in the run.
        num: how many.
        label: the name of a kind, where the run has kinds; without one, all in turn.
        seed: whole number from which the pictures follow.

    Returns:
        The files.

    Raises:
        ValueError: there is no such kind.
        OSError: files that cannot be read or written.
    """
    run = Path(run).expanduser()
    num = checks.whole_number("--num", num, 1, 100_000)
    seed = checks.whole_number("--seed", seed, 0)
    if not (run / GENERATOR).exists():
        raise ValueError(
            f"{run} holds no finished run: there is no {GENERATOR}. Give the folder "
            "that `train` named, and let the training end."
        )
    generator = generators.load(run / GENERATOR)
    names = json.loads((run / NOTE).read_text("utf-8"))["class_names"]
    if label is not None and label not in names:
        kinds = f"its kinds are {', '.join(names)}" if names else "it has no kinds"
        raise ValueError(f"The run knows no {label!r}: {kinds}.")
    given = {"latents": latent.sample_latents(num, recipes.LATENT_DIM, seed)}
    numbers = np.arange(num) % max(len(names), 1)
    if label is not None:
        numbers = np.full(num, names.index(label))
    if names:
        given["labels"] = numbers
    made = data.to_display_range(generator.predict(given, verbose=0))
    out = Path(out or run / "samples").expanduser()
    paths = []
    for k, picture in enumerate(made):
        name = f"{names[numbers[k]]}_" if names else ""
        path = out / f"{name}seed{seed}_{k + 1:04}.png"
        file = io.BytesIO()
        Image.fromarray(picture.squeeze()).save(file, "PNG")
        files.write_whole(path, file.getvalue())
        paths.append(path)
    print(f"{num} pictures are in {out}.")
    return paths


@contextlib.contextmanager
def alone_in(out):
    """Makes the folder of a run, and keeps others out of it while it is used."""
    out.mkdir(parents=True, exist_ok=True)
    # The lock of a database is let go when its process ends, however it ends.
    lock = sqlite3.connect(out / ".lock", timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise ValueError(
            f"Another run works in {out} ({error}). Wait for it, or give --out."
        ) from error
    try:
        yield
    finally:
        lock.close()


def _begin(folder, out, asked):
    """The plan of a run, new or as it was begun, with its reasons and pictures."""
    note = out / NOTE
    kept = json.loads(note.read_text("utf-8")) if note.exists() else None
    if kept:
        plan = plans.Plan(**kept["plan"])
        for name, value in asked.items():
            if value is not None and value != kept["asked"][name]:
                raise ValueError(
                    f"The run in {out} was begun with {name} {kept['asked'][name]}, "
                    f"and now {name} {value} came. Leave --{name} out to go on, or "
                    "give another --out to begin anew."
                )
        size, channels = plan.image_size, plan.channels
    else:
        size, channels = choose_form(folder, asked["size"], asked["channels"])
    pictures = data.load(folder, image_size=size, channels=channels)
    labels = b"" if pictures.labels is None else pictures.labels.tobytes()
    digest = hashlib.sha256(pictures.images.tobytes() + labels)
    if kept:
        if kept["pictures"] != digest.hexdigest():
            raise ValueError(
                f"The pictures in {folder} are not those with which the run in {out} "
                "was begun. Put them back, or give another --out to begin anew."
            )
        return plan, kept["reasons"], pictures
    plan, reasons = plans.make(
        pictures, asked["seed"] or 0, asked["minutes"], asked["steps"]
    )
    print(*reasons, sep="\n")
    content = {"plan": plan._asdict(), "asked": asked, "reasons": reasons}
    content |= {"class_names": pictures.class_names, "pictures": digest.hexdigest()}
    files.write_whole(note, json.dumps(content, indent=1, ensure_ascii=False).encode())
    return plan, reasons, pictures


class Progress(keras.callbacks.Callback):
    """Prints after each part how far the run is, and what it may still take."""

    def __init__(self, plan):
        super().__init__()
        self.plan = plan

    def on_train_begin(self, logs=None):
        """Starts the clock."""
        self.start, self.before = time.monotonic(), self.model.finished_epochs

    def on_epoch_end(self, epoch, logs=None):
        """Prints one line."""
        done, total = epoch + 1, self.plan.num_parts
        seconds = (time.monotonic() - self.start) / (done - self.before)
        minutes = seconds * (total - done) / 60
        left = f"about {minutes:.0f} minutes left" if minutes >= 1 else "nearly done"
        print(
            f"step {done * self.plan.steps_in_part:,} of {self.plan.num_steps:,}, "
            f"{done / total:.0%}, {left}",
            flush=True,
        )


class Stages(keras.callbacks.Callback):
    """Writes what the same latents give at some parts of a run, and its distance."""

    def __init__(self, plan, folder, distance):
        super().__init__()
        self.plan, self.folder, self.distance = plan, folder, distance
        self.parts = {round(share * plan.num_parts) for share in SHARES}

    def on_train_begin(self, logs=None):
        """Takes the stage before the first step."""
        if self.model.finished_epochs == 0:
            self._take(0)

    def on_epoch_end(self, epoch, logs=None):
        """Takes a stage where one is due."""
        if epoch + 1 in self.parts:
            self._take(epoch + 1)

    def _take(self, part):
        labels = self.plan.labels(1000)
        made = self.model.generate(1000, seed=self.plan.seed, **labels)
        step = part * self.plan.steps_in_part
        note = {"step": step, "distance": self.distance(made)}
        # The pictures first: a note without them would be a stage that is not there.
        stem = self.folder / f"step_{step:07}"
        files.write_whole(stem.with_suffix(".png"), to_png(made[:NUM_SHOWN]))
        files.write_whole(stem.with_suffix(".json"), json.dumps(note).encode())


def to_png(images, columns=NUM_SHOWN) -> bytes:
    """A sheet of pictures as a PNG file."""
    file = io.BytesIO()
    sheet = plotting.image_grid(images, columns, gap=0)
    Image.fromarray(sheet.squeeze()).save(file, "PNG")
    return file.getvalue()
