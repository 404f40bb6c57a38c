"""The two programs of the article as a laboratory, with one switch a fault.

`program_1.py` and `program_2.py` are mended, and each of them runs by itself. They are
our own code with the article's structure. Below stand the faults of the article's
programs: `PROGRAM_1.run("stride")` puts one back, runs the program and says how it
ended.
"""

import ast
import contextlib
import difflib
import re
import tempfile
import textwrap
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import data, gan, latent, losses, networks, recipes


@dataclass(frozen=True)
class Outcome:
    """How a program ended.

    Attributes:
        error: type and first line of the message; "" where it ran to its end.
        line: number of the program's line that raised, 0 where none did.
        code: that line.
        warnings: what Keras warned about, each message once.
        files: by name, the size in bytes of each file that the program left.
        names: the variables and functions of the program.
    """

    error: str = ""
    line: int = 0
    code: str = ""
    warnings: tuple[str, ...] = ()
    files: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        """What a reader needs to find the fault."""
        lines = [f"warning: {message}" for message in self.warnings]
        if self.error:
            lines += [f"line {self.line}: {self.code}", self.error]
        else:
            lines += ["ran to its end"]
        for name, size in self.files.items():
            lines += [f"file {name}: {size:,} bytes"]
        wrapped = (textwrap.fill(line, 76, subsequent_indent="    ") for line in lines)
        return "\n".join(wrapped)


@dataclass(frozen=True)
class Program:
    """A mended program, and the faults that can be put back into it.

    Attributes:
        file: name of the mended program in this folder.
        faults: for each fault, pairs of mended lines and the broken ones in their
            place. Crashes come first, in the order in which a reader meets them.
    """

    file: str
    faults: Mapping[str, tuple[tuple[str, str], ...]]

    def source(self, *faults: str) -> str:
        """The text of the program with these faults in it.

        Raises:
            ValueError: a fault that this program does not have.
        """
        text = Path(__file__).with_name(self.file).read_text("utf-8")
        for fault in faults:
            if fault not in self.faults:
                known = ", ".join(self.faults)
                raise ValueError(f"{self.file} has no fault {fault!r}; it has {known}.")
            for mended, broken in self.faults[fault]:
                if text.count(mended) != 1:
                    raise ValueError(f"{fault!r} cannot be put in with {faults}.")
                text = text.replace(mended, broken)
        return text

    def listing(self, *faults: str) -> str:
        """The text of the program with these faults, its lines numbered."""
        lines = enumerate(self.source(*faults).splitlines(), start=1)
        return "\n".join(f"{number:2}  {line}".rstrip() for number, line in lines)

    def function(self, name: str, *faults: str) -> str:
        """The text of one function of the program with these faults.

        Raises:
            ValueError: a function that this program does not have.
        """
        text = self.source(*faults)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
        raise ValueError(f"{self.file} has no function {name!r}.")

    def mend(self, fault: str, context: int = 0) -> str:
        """The lines of one fault, broken ones after a minus, mended after a plus.

        Args:
            fault: one of `faults`.
            context: lines before and after them to show as well.
        """
        broken, mended = (
            text.splitlines() for text in (self.source(fault), self.source())
        )
        changes = difflib.unified_diff(broken, mended, lineterm="", n=context)
        lines = list(changes)[2:]  # without the names of two files
        lines = [line for line in lines if not line.startswith("@@")]
        if not context:  # all broken lines together, which reads better
            lines.sort(key=lambda line: "-+".index(line[0]))
        return "\n".join(lines)

    def run(self, *faults: str) -> Outcome:
        """Runs the program with these faults, in a temporary folder.

        What it raises ends it, and is reported. TensorFlow wants to read the source of
        what it compiles, so the text is first written to a file.
        """
        text = self.source(*faults)
        names, error, place = {"__name__": "program"}, "", 0
        with (
            tempfile.TemporaryDirectory() as code,
            tempfile.TemporaryDirectory() as work,
        ):
            path = Path(code, self.file)
            path.write_text(text, "utf-8")
            with contextlib.chdir(work), recorded_warnings() as messages:
                try:
                    exec(compile(text, str(path), "exec"), names)
                except Exception as raised:
                    error, place = describe(raised), line_of(raised, path)
            files = {p.name: p.stat().st_size for p in sorted(Path(work).iterdir())}
        code = text.splitlines()[place - 1].strip() if place else ""
        return Outcome(error, place, code, tuple(messages), files, names)


def describe(error: Exception) -> str:
    """Type and first line of an error's message.

    Where compiled code fails, TensorFlow puts the lines that led there before the
    message; Keras puts the name of the layer. Both are left out.
    """
    text = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # colours for terminals
    text = re.split(r"\n\s*\w+(?:Error|Exception): ", text)[-1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Exception encountered")]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"


def line_of(error: Exception, path: Path) -> int:
    """Number of the line in the file that led to the error; the innermost one."""
    frames = traceback.extract_tb(error.__traceback__)
    numbers = [frame.lineno for frame in frames if frame.filename == str(path)]
    # In compiled code. TensorFlow remembers functions that were compiled before, with
    # the folder that they were in: so only the name of the file is compared.
    inside = rf'{re.escape(path.name)}", line (\d+)'
    numbers += map(int, re.findall(inside, str(error)))
    return numbers[-1] if numbers else 0


@contextlib.contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """Collects the first lines of what Keras warns about, each once, and shows none."""
    messages = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield messages
    for warning in caught:
        first_line = str(warning.message).strip('"').splitlines()[0]
        is_keras = "keras" in Path(warning.filename).parts
        is_meant_for_users = issubclass(warning.category, UserWarning)
        if is_keras and is_meant_for_users and first_line not in messages:
            messages.append(first_line)


def build_plain_gan(seed, image_shape, loss=losses.NON_SATURATING, momentum=0.9):
    """The GAN with which the silent faults are shown, compiled.

    Args:
        seed: whole number; the same one gives the same first weights.
        image_shape: (height, width, channels).
        loss: a `losses.Loss`, mended or broken.
        momentum: share of the old average that BatchNormalization keeps.
    """
    keras.utils.set_random_seed(seed)
    model = gan.GAN(
        networks.build_generator(recipes.LATENT_DIM, image_shape),
        networks.build_discriminator(image_shape),
        seed=seed,
    )
    for norm in batch_norms(model.generator):
        norm.momentum = momentum
    adam = {"beta_1": recipes.BETA_1, "beta_2": recipes.BETA_2}
    model.compile(
        g_optimizer=keras.optimizers.Adam(1e-3, **adam),
        d_optimizer=keras.optimizers.Adam(1e-3, **adam),
        loss=loss,
    )
    return model


def batch_norms(network) -> list:
    """The BatchNormalization layers of a network, in their order."""
    kind = keras.layers.BatchNormalization
    return [layer for layer in network.layers if isinstance(layer, kind)]


class GradientRecord(keras.callbacks.Callback):
    """Notes how strongly the generator is taught while a GAN trains.

    Args:
        num_latents: the gradient is that of the loss of so many fixed latents.
        interval: steps between two notes.

    Attributes:
        steps: numbers of generator steps.
        norms: norm of the gradient of the non-saturating loss, at each of them.
    """

    def __init__(self, num_latents=64, interval=10):
        super().__init__()
        self.num_latents = num_latents
        self.interval = interval
        self.steps, self.norms = [], []

    def on_train_begin(self, logs=None):
        """Compiles the measurement, which changes nothing in the model."""
        model = self.model
        latents = latent.sample_latents(self.num_latents, model.latent_dim, seed=0)

        @tf.function
        def norm():
            _, gradients = generator_gradient(
                model.generator, model.discriminator, latents
            )
            return tf.linalg.global_norm(gradients)

        self._norm = norm

    def on_train_batch_end(self, batch, logs=None):
        """Takes a note when it is due."""
        step = self.model.steps_taken
        if step % self.interval == 0:
            self.steps.append(step)
            self.norms.append(float(self._norm()))


def generator_gradient(generator, discriminator, latents):
    """Loss of the generator and its gradient, as in a training step.

    The networks stay as they are, also the averages that BatchNormalization keeps.

    Returns:
        The non-saturating loss, and a list with a gradient for each trainable weight.
    """
    averages = generator.non_trainable_variables
    before = [tf.identity(average) for average in averages]
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss = losses.non_saturating_generator_loss(fake_logits)
    for average, value in zip(averages, before, strict=True):
        average.assign(value)
    return loss, tape.gradient(loss, generator.trainable_variables)


def compare_gradients(model, real_images, latents) -> float:
    """How alike the generator's gradients are before and after one step of D.

    The discriminator takes this step, as in a training; the generator stays.

    Args:
        model: a compiled GAN.
        real_images: uint8 pictures, a batch for the discriminator.
        latents: float32 `(batch_size, latent_dim)`, for both gradients and the step.

    Returns:
        The cosine: 1 for the same direction, 0 unrelated, -1 opposite.
    """
    players = model.generator, model.discriminator
    _, before = generator_gradient(*players, latents)
    real_images = data.to_model_range(real_images)
    model.discriminator_step({"images": real_images, "latents": latents})
    _, after = generator_gradient(*players, latents)
    return cosine(before, after)


def cosine(gradients, others) -> float:
    """How alike two directions are: 1 the same, 0 unrelated, -1 opposite.

    Args:
        gradients: list of arrays, one for each weight.
        others: arrays of the same shapes.
    """
    a, b = (np.concatenate([np.ravel(g) for g in side]) for side in (gradients, others))
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def seconds_for(function, *args, repeats: int = 15) -> float:
    """Mean time of a call, in seconds, after a first one that may compile it."""
    function(*args)
    start = time.perf_counter()
    for _ in range(repeats):
        function(*args)
    return (time.perf_counter() - start) / repeats


def autoscale(images) -> np.ndarray:
    """Each picture stretched from its darkest to its lightest pixel.

    It is what matplotlib's `imshow` does where it is given no `vmin` and `vmax`.

    Args:
        images: uint8 `(num_images, height, width, channels)`.

    Returns:
        uint8 of the same shape.
    """
    images = data.check_pictures(images).astype(np.float32)
    low = images.min(axis=(1, 2, 3), keepdims=True)
    high = images.max(axis=(1, 2, 3), keepdims=True)
    return np.rint(255 * (images - low) / np.maximum(high - low, 1)).astype(np.uint8)


def _edits(mended: str, broken: str) -> tuple[tuple[str, str]]:
    return ((mended, broken),)


_FIRST_DOUBLING = _edits(
    "layers.Conv2DTranspose(64, 5, strides=2", "layers.Conv2DTranspose(64, 5, strides=1"
)
_IN_TURNS = """\
    variables = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)

    with tf.GradientTape() as tape:
        fake_images = generator(noise, training=True)
        fake = discriminator(fake_images, training=True)
        g_loss = cross_entropy(tf.ones_like(fake), fake)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)
"""
_AT_ONCE = """\
        g_loss = cross_entropy(tf.ones_like(fake), fake)
    d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
    g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
    d_optimizer.apply(d_gradients, discriminator.trainable_variables)
    g_optimizer.apply(g_gradients, generator.trainable_variables)
"""
_STAGES_DURING = """\
        train_step(real_images)
    draw_stage(epoch)
"""
_STAGES_AFTER = """\
        train_step(real_images)
for epoch in range(epochs):
    draw_stage(epoch)
"""

PROGRAM_1 = Program(
    "program_1.py",
    {
        "buffer size": _edits("shuffle(len(train_images))", "shuffle(buffer_size)"),
        "arguments": _edits("\ntrain(dataset, epochs)\n", "\ntrain(epochs, dataset)\n"),
        "batch size": _edits("[tf.shape(real_images)[0],", "[real_images.shape[0],"),
        "stride": _FIRST_DOUBLING,
        "file name": _edits("_generator.weights.h5", "_generator_weights.h5"),
        "compiled loop": _edits("def train(", "@tf.function\ndef train("),
        "labels": (
            ("(tf.ones_like(real), real)", "(tf.zeros_like(real), real)"),
            ("(tf.zeros_like(fake), fake)", "(tf.ones_like(fake), fake)"),
        ),
        "sigmoid": _edits("layers.Dense(1),", 'layers.Dense(1, activation="sigmoid"),'),
        "relu": _edits("layers.Dense(128),", 'layers.Dense(128, activation="relu"),'),
        "at once": (
            (_IN_TURNS, _AT_ONCE),
            (
                "    with tf.GradientTape() as tape:\n",
                "    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:\n",
            ),
        ),
    },
)
PROGRAM_2 = Program(
    "program_2.py",
    {
        "input shape": _edits(
            "build_discriminator((28, 28, 1))", "build_discriminator(28 * 28 * 1)"
        ),
        "stride": _FIRST_DOUBLING,
        "shuffle": _edits("dataset.shuffle(len(train_images)).batch", "dataset.batch"),
        "stages": _edits(_STAGES_DURING, _STAGES_AFTER),
        "grey range": _edits(', cmap="gray", vmin=-1, vmax=1)', ', cmap="gray")'),
        "momentum": _edits(
            "layers.BatchNormalization(momentum=0.9)", "layers.BatchNormalization()"
        ),
        "epochs": _edits("epochs = 100, 32, 2\n", "epochs = 100, 32, 10_000\n"),
    },
)
