"""A folder in which a run lives: it trains, goes on where it stopped, draws samples.

It holds `run.json`, the plan, written before the first step; `run.checkpoint`, on which
the next step depends, replaced after each part of the run; `stages`, what the same
latents gave on the way; `generator.keras`, the result; and `report.html`.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from gan_tutorial import (
    callbacks,
    checkpoints,
    checks,
    data,
    distribution,
    environment,
    files,
    generators,
    latent,
    metrics,
    networks,
    plotting,
    recipes,
)
from gan_tutorial.command import plan as plans
from gan_tutorial.command import report

NOTE, CHECKPOINT, GENERATOR = "run.json", "run.checkpoint", "generator.keras"
SHARES = 0, 0.02, 0.1, 0.25, 0.5, 1  # of the run, at which stages are taken
LEAST_PICTURES = 4
MOST_MEASURED = 4000  # pictures of the folder that the distance looks at


def train(
    folder,
    out=None,
    size=None,
    channels=None,
    minutes=None,
    steps=None,
    seed=None,
    devices=None,
) -> Path:
    """Trains on a folder of pictures, or goes on with a run that was stopped.

    Args:
        folder: with the pictures; subfolders are kinds of product.
        out: folder of the run; made where it is missing.
        size: side in pixels that the pictures get.
        channels: 1 for grey, 3 for colour.
        minutes: about how long the training takes.
        steps: generator steps, in place of minutes.
        seed: whole number from which all that is random follows.
        devices: how many share the work.

    Returns:
        The page that tells what came out.

    Raises:
        ValueError: pictures or options that do not suit.
        OSError: a file that cannot be read or written.
    """
    _check(folder, size, minutes, steps, seed)
    with environment.quietly():
        strategy = distribution.strategy(devices)
        tf.config.list_logical_devices()
    is_first = strategy.extended.should_checkpoint  # of several machines
    folder = Path(folder).expanduser()
    out = Path(out or f"{folder.resolve().name}-gan").expanduser()
    if out.resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"The run would be written to {out}, inside of the pictures' folder, where "
            "the next run would take its files for pictures. Give --out elsewhere."
        )
    asked = {"size": size, "channels": channels, "minutes": minutes}
    asked |= {"steps": steps, "seed": seed}
    with alone_in(out) if is_first else contextlib.nullcontext():
        with strategy.scope():
            plan, reasons, pictures = _begin(folder, out, asked, is_first)
            gan = plan.build()
        images = pictures.images
        if (out / CHECKPOINT).exists():
            _go_on(gan, plan, out)
        print("Getting ready ...", flush=True)
        random = np.random.default_rng(plan.seed)
        some = random.permutation(len(images))[:MOST_MEASURED]
        distance = metrics.OwnDistance(images[some], plan.seed)
        stages = Stages(plan, out / "stages", distance)
        watchers = [stages] if is_first else []
        if plan.augments:
            watchers.append(callbacks.AdaptiveAugmentation())
        watchers.append(callbacks.Checkpoint(out / CHECKPOINT))
        if is_first:
            watchers.append(Progress(plan))  # last: what it tells is kept
        try:
            gan.fit(
                plan.batches(images, pictures.labels),
                epochs=plan.num_parts,
                initial_epoch=gan.finished_epochs,
                verbose=0,
                callbacks=watchers,
            )
        except FloatingPointError as error:
            raise FloatingPointError(
                f"The training broke down at step {gan.steps_taken:,}, and would do so "
                "again. Begin anew with another --seed and another --out."
            ) from error
        if is_first:
            generators.save(gan.ema_generator, out / GENERATOR)
            page = report.make(plan, reasons, pictures, gan, stages.read(), distance)
            files.write_whole(out / "report.html", page)
    print(f"Done. Open {out / 'report.html'} in a browser.")
    return out / "report.html"


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
        ValueError: there is no such run or no such kind.
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
    names = _read_note(run)["class_names"]
    if label is not None and label not in names:
        kinds = f"its kinds are {', '.join(names)}" if names else "it has no kinds"
        raise ValueError(f"The run knows no {label!r}: {kinds}.")
    kinds = np.arange(num) % max(len(names), 1)
    if label is not None:
        kinds = np.full(num, names.index(label))
    given = latent.sample_latents(num, recipes.LATENT_DIM, seed), kinds
    out, paths = Path(out or run / "samples").expanduser(), []
    _make_folder(out)
    step = data.rows_at_once(generator.output_shape)
    for start in range(0, num, step):
        piece = [values[start : start + step] for values in given]
        made = generator.predict_on_batch(piece if names else piece[0])
        for picture in data.to_display_range(made):
            kind = Path(names[kinds[len(paths)]]).name + "_" if names else ""
            paths.append(out / f"{kind}seed{seed}_{len(paths) + 1:05}.png")
            paths[-1].write_bytes(plotting.encode(picture))
    height, width = made.shape[1:3]
    print(
        f"{num} pictures of {width} x {height} pixels were written to {out}. Another "
        "--seed gives others."
    )
    return paths


@contextlib.contextmanager
def alone_in(out):
    """Makes the folder of a run, and keeps others out of it while it is used.

    Raises:
        ValueError: another process works there.
    """
    _make_folder(out)
    try:
        # The lock of a database is let go when its process ends, however it ends.
        lock = sqlite3.connect(out / ".lock", timeout=0)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise ValueError(
                f"Another run is at work in {out}. Let it end, or give --out."
            ) from error
        raise OSError(
            f"{out} cannot be used ({error}). Give another folder with --out."
        ) from error
    try:
        yield
    finally:
        lock.close()
        if not (out / NOTE).exists():  # nothing was begun, so nothing is left behind
            with contextlib.suppress(OSError):
                (out / ".lock").unlink()
                out.rmdir()


def _make_folder(out):
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            f"{out} cannot be a folder ({error.strerror}). Give another one with --out."
        ) from error


class Progress(keras.callbacks.Callback):
    """Prints after each part how far the run is, and how long it may still take.

    Args:
        plan: of the run.
    """

    def __init__(self, plan):
        super().__init__()
        self.plan, self.start = plan, None

    def on_epoch_end(self, epoch, logs=None):
        """Prints one line."""
        done, total = epoch + 1, self.plan.num_parts
        line = f"step {done * self.plan.steps_in_part:,} of {self.plan.num_steps:,}"
        line += f" ({done / total:.0%})"
        if self.start is None:  # the first part also took the time of getting ready
            self.start, self.before = time.monotonic(), done
        else:
            seconds = (time.monotonic() - self.start) / (done - self.before)
            left = round(seconds * (total - done))
            line += f", {left // 60} min {left % 60} s left"
        print(line, flush=True)


class Stages(keras.callbacks.Callback):
    """Writes what the same latents give at some parts of a run, and its distance.

    Args:
        plan: of the run.
        folder: for the files.
        distance: a `metrics.OwnDistance`.
    """

    def __init__(self, plan, folder, distance):
        super().__init__()
        self.plan, self.folder, self.distance = plan, folder, distance
        self.parts = sorted({round(share * plan.num_parts) for share in SHARES})

    def on_train_begin(self, logs=None):
        """Takes the stage before the first step."""
        if self.model.finished_epochs == 0:
            self._take(0)

    def on_epoch_end(self, epoch, logs=None):
        """Takes a stage where one is due."""
        if epoch + 1 in self.parts:
            self._take(epoch + 1)

    def read(self):
        """All stages as `(step, sheet of pictures, distance)`."""
        found = []
        for path in sorted(self.folder.glob("step_*.json")):
            note = json.loads(path.read_text("utf-8"))
            with Image.open(path.with_suffix(".png")) as sheet:
                found.append((note["step"], np.asarray(sheet), note["distance"]))
        return found

    def _take(self, part):
        step, number = part * self.plan.steps_in_part, self.distance.num_images
        made = self.plan.draw(self.model, max(number, report.NUM_SHOWN))
        note = {"step": step, "distance": self.distance(made[:number])}
        sheet = plotting.image_grid(made[: report.NUM_SHOWN], report.NUM_SHOWN)
        # The pictures first: a note alone would tell of a stage that is not there.
        path = self.folder / f"step_{step:07}.png"
        files.write_whole(path, plotting.encode(sheet))
        files.write_whole(path.with_suffix(".json"), json.dumps(note).encode())


def _check(folder, size, minutes, steps, seed):
    """Refuses what cannot be trained before anything is written."""
    if not Path(folder).expanduser().is_dir():
        raise ValueError(f"There is no folder {folder}; give one with your pictures.")
    if size is not None:
        networks.check_image_shape((size, size, 3))
    if minutes is not None:
        checks.number("--minutes", minutes, 0.1)
    if steps is not None:
        checks.whole_number("--steps", steps, 1)
    elif os.environ.get("TF_CONFIG"):
        raise ValueError(
            "TF_CONFIG names several machines, and each would measure its own speed. "
            "Give --steps."
        )
    if seed is not None:
        checks.whole_number("--seed", seed, 0)


def _read_note(run):
    """What `train` noted of a run before its first step."""
    try:
        note = json.loads(files.read(run / NOTE))
        names = "asked", "reasons", "class_names", "pictures"
        return {name: note[name] for name in names} | {
            "plan": plans.Plan(**note["plan"])
        }
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{run / NOTE} is damaged ({error}). Give another --out and train again."
        ) from error


def _go_on(gan, plan, out):
    try:
        checkpoints.load(gan, out / CHECKPOINT)
    except ValueError as error:
        raise ValueError(
            f"{error} Or delete this file, and the run begins anew."
        ) from error
    if gan.finished_epochs == plan.num_parts:
        print(
            f"This run is finished, with {plan.num_steps:,} steps. For a longer one "
            "give another --out."
        )
    else:
        print(f"Going on after step {gan.steps_taken:,} of {plan.num_steps:,}.")


def _begin(folder, out, asked, is_first):
    """The plan of a run, new or as it was begun, with its reasons and pictures."""
    kept = _read_note(out) if (out / NOTE).exists() else None
    if kept:
        plan = kept["plan"]
        begun = kept["asked"] | plan.as_asked()
        for name, value in asked.items():
            if value is not None and value != begun[name]:
                was = begun[name] or f"{plan.num_steps} steps"
                raise ValueError(
                    f"The run in {out} was begun with {name} {was}, and now {name} "
                    f"{value} came. A run stays as it was begun: leave --{name} out to "
                    "go on, or give another --out to begin anew."
                )
        size, channels = plan.image_size, plan.channels
    else:
        size, channels = asked["size"], asked["channels"] or 3
        size = size or plans.choose_size(folder)
    pictures = data.load(folder, image_size=size, channels=channels)
    images = pictures.images
    if len(images) < LEAST_PICTURES:
        raise ValueError(
            f"{folder} holds {len(images)} pictures; expected {LEAST_PICTURES} or "
            "more, better hundreds."
        )
    if (images == images[:1]).all():
        raise ValueError(
            f"All {len(images)} pictures in {folder} are equal, so there is nothing to "
            "learn. Give pictures that differ."
        )
    if kept is None and not asked["channels"] and (images == images[..., :1]).all():
        pictures = pictures._replace(images=images[..., :1])  # all are grey
    labels = b"" if pictures.labels is None else pictures.labels.tobytes()
    digest = hashlib.sha256(pictures.images.tobytes() + labels).hexdigest()
    if kept:
        if kept["pictures"] != digest:
            raise ValueError(
                f"The pictures in {folder} are not those with which the run in {out} "
                "was begun. Put them back, or give another --out to begin anew."
            )
        return plan, kept["reasons"], pictures
    seed = 0 if asked["seed"] is None else asked["seed"]
    plan, reasons = plans.make(pictures, seed, asked["minutes"], asked["steps"])
    reasons = plans.explain_form(folder, pictures) + reasons
    print(*reasons, sep="\n")
    kept = {"plan": plan._asdict(), "asked": asked, "reasons": reasons}
    kept |= {"class_names": pictures.class_names, "pictures": digest}
    note = json.dumps(kept, indent=1)
    if is_first:
        files.write_whole(out / NOTE, note.encode())
    return plan, reasons, pictures
