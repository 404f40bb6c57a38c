"""What a run is to do: chosen from the pictures and the time, each with its reason."""

import math
import time
from typing import NamedTuple

import keras
import numpy as np

from gan_tutorial import data, folders, recipes

MINUTES = 5.0  # where nobody says how long
MOST_PIXELS = 64  # of a side, where nobody says so: more take much longer
FEW_PICTURES = 50  # below this, the made pictures are expected to be copies
_ROUND = 10, 12, 15, 20, 25, 30, 40, 50, 60, 80
NUM_PARTS = 50  # of a run: after each, a checkpoint is written


class Plan(NamedTuple):
    """All on which a run depends, besides the pictures.

    Attributes:
        image_size: side of the square pictures, in pixels.
        channels: 1 for grey, 3 for colour.
        batch_size: pictures in one step, over all devices.
        steps_in_part: generator steps between two checkpoints.
        num_parts: of the run.
        num_classes: kinds of product, or None where there are no labels.
        num_epochs: how often each picture will be seen.
        seed: whole number from which all that is random follows.
    """

    image_size: int
    channels: int
    batch_size: int
    steps_in_part: int
    num_parts: int
    num_classes: int | None
    num_epochs: float
    seed: int

    @property
    def num_steps(self) -> int:
        """Generator steps of the whole run."""
        return self.steps_in_part * self.num_parts

    @property
    def augments(self) -> bool:
        """Whether the discriminator sees moved pictures."""
        return self.num_epochs > recipes.MANY_EPOCHS

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)`."""
        return self.image_size, self.image_size, self.channels

    def as_asked(self) -> dict:
        """The options of the command line that lead to this plan."""
        return {
            "size": self.image_size,
            "channels": self.channels,
            "steps": self.num_steps,
            "seed": self.seed,
        }

    def build(self):
        """The compiled GAN, with the first weights that follow from the seed."""
        keras.utils.set_random_seed(self.seed)
        return recipes.dcgan(
            self.image_shape,
            self.num_steps,
            self.seed,
            num_classes=self.num_classes,
            num_epochs=self.num_epochs,
        )

    def draw(self, gan, number) -> np.ndarray:
        """So many pictures, always the same, of all kinds in turn."""
        kinds = {}
        if self.num_classes is not None:
            kinds["labels"] = np.arange(number) % self.num_classes
        return gan.generate(number, seed=self.seed, **kinds)

    def batches(self, images, labels):
        """The batches of one part, as `fit` takes them."""
        arrays = {"images": images}
        if labels is not None:
            arrays["labels"] = labels
        return data.batches(
            arrays, self.batch_size, self.seed, steps=self.steps_in_part
        )


def choose_size(folder) -> int:
    """The side of the pictures of a run: that of most of the folder's, up to 64."""
    sides = [min(size) for size in folders.sizes(folder)] or [MOST_PIXELS]
    return int(np.clip(np.median(sides) // 4 * 4, 16, MOST_PIXELS))


def explain_form(folder, pictures) -> list[str]:
    """What becomes of the pictures of a folder, one sentence each."""
    _, side, _, channels = pictures.images.shape
    colour = "grey" if channels == 1 else "in colour"
    reasons = [f"The pictures are made {side} x {side} pixels, {colour}."]
    cut = sum(width != height for width, height in folders.sizes(folder))
    if cut:
        reasons.append(
            f"{cut:,} of them are not square: only the middle of each is used. Where "
            "that cuts the product off, make your files square first."
        )
    return reasons


def make(pictures, seed, minutes=None, steps=None) -> tuple[Plan, list[str]]:
    """A plan for pictures, and the reasons for what was chosen, one sentence each.

    Args:
        pictures: a `data.DataSet` of square pictures.
        seed: whole number.
        minutes: that the training may take; the speed of this machine is measured.
        steps: generator steps, in place of minutes.
    """
    images, reasons = pictures.images, []
    number, (side, _, channels) = len(images), images.shape[1:]
    num_classes = len(pictures.class_names) or None
    plan = Plan(side, channels, recipes.BATCH_SIZE, 1, 1, num_classes, 0, seed)
    is_measured = steps is None
    if is_measured:
        steps = _steps_for(plan, pictures, minutes or MINUTES)
    # By the steps alone, so that --steps with the same number gives the same run.
    plan = plan._replace(batch_size=recipes.batch_size(steps * recipes.BATCH_SIZE))
    in_part = max(round(steps / NUM_PARTS), 1)
    plan = plan._replace(steps_in_part=in_part, num_parts=math.ceil(steps / in_part))
    length = f"{plan.num_steps:,} steps of {plan.batch_size} pictures"
    if is_measured:
        why = "as asked" if minutes else "because nothing else was asked"
        reasons.append(
            f"{length}: about {minutes or MINUTES:g} minutes at the speed that this "
            f"machine has now, {why}. To get the same again, add --steps "
            f"{plan.num_steps} in place of minutes."
        )
    else:
        reasons.append(f"{length}, as asked.")
    plan = plan._replace(num_epochs=plan.num_steps * plan.batch_size / number)
    if plan.augments:
        reasons.append(
            f"Each of the {number:,} pictures will be seen {plan.num_epochs:,.0f} "
            "times, so the discriminator sees them moved, more of them the surer it "
            "gets (adaptive augmentation), or it would learn them by heart."
        )
    else:
        reasons.append(
            f"Each of the {number:,} pictures will be seen {plan.num_epochs:.3g} "
            "times, so they are shown as they are."
        )
    if num_classes:
        counts = np.bincount(pictures.labels, minlength=num_classes)
        pairs = zip(pictures.class_names, counts, strict=True)
        kinds = ", ".join(f"{name} ({count:,})" for name, count in pairs)
        reasons.append(f"Each subfolder is one kind of product: {kinds}.")
    if number < FEW_PICTURES:
        reasons.append(
            f"WARNING: {number} pictures are few. Expect near copies of them; the "
            "report shows the made pictures beside the nearest of yours."
        )
    return plan, reasons


def _steps_for(plan, pictures, minutes):
    """Steps that fit into a time, in batches of the size that follows from them."""
    best = 10
    for size in (1, 2, 4):
        batch_size = size * recipes.BATCH_SIZE
        steps = possible = _steps_in(
            plan._replace(batch_size=batch_size), pictures, minutes
        )
        while recipes.batch_size(steps * recipes.BATCH_SIZE) > batch_size:
            steps = _round_down(steps - 1)
        if recipes.batch_size(steps * recipes.BATCH_SIZE) == batch_size:
            best = steps
        if steps == possible:  # no larger batch is due
            break
    return best


def _steps_in(plan, pictures, minutes):
    """Steps that fit into a time, as a round number, with moved pictures."""
    trial, steps = plan._replace(steps_in_part=30, num_epochs=np.inf), 0
    gan = trial.build()
    batches = trial.batches(pictures.images, pictures.labels)
    gan.fit(batches, verbose=0)  # compiles
    start = time.perf_counter()
    while time.perf_counter() - start < 3:
        gan.fit(batches, verbose=0)
        steps += 30
    # The rest of the time is for stages and the report.
    possible = 0.9 * 60 * minutes * steps / (time.perf_counter() - start)
    return _round_down(max(possible, 10))


def _round_down(number):
    # Few numbers are round, so that a little noise does not change the run.
    unit = 10 ** math.floor(np.log10(number) - 1)
    return max(int(digits * unit) for digits in _ROUND if digits * unit <= number)
