"""Two broken programs as a laboratory, with one switch a fault.

`program_1.py` and `program_2.py` are mended, and each of them runs by itself. They are
our own code with the structure of two programs in an article. Below stand the faults of
these: `PROGRAM_1.run("stride")` puts one back, runs the program and says how it ended.
Their lines are short enough to be shown with a number or a sign before them.
"""

import contextlib
import difflib
import re
import tempfile
import textwrap
import traceback
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import callbacks, data, gan, latent, losses, networks, recipes


class Outcome(NamedTuple):
    """How a program ended.

    Attributes:
        report: what Keras warned about, each message once; the line that raised and
            the first line of the error's message, or that the program ran to its end;
            the size of each file that it left.
        names: the variables and functions of the program.
    """

    report: str
    names: Mapping[str, Any]


class Program(NamedTuple):
    """A mended program, and the faults that can be put back into it.

    Attributes:
        file: name of the mended program in this folder.
        faults: for each fault, mended lines and the broken ones in their place. Crashes
            come first, in the order in which a reader meets them.
    """

    file: str
    faults: Mapping[str, Mapping[str, str]]

    def source(self, *faults: str) -> str:
        """The text of the program with these faults in it."""
        text = Path(__file__).with_name(self.file).read_text("utf-8")
        for fault in faults:
            for mended, broken in self.faults[fault].items():
                text = text.replace(mended, broken)
        return text

    def listing(self, first: int, last: int, *faults: str) -> str:
        """Some lines of the program with these faults in it, each with its number."""
        lines = list(enumerate(self.source(*faults).splitlines(), start=1))
        shown = lines[first - 1 : last]
        return "\n".join(f"{number:2}  {line}".rstrip() for number, line in shown)

    def mend(self, fault: str, context: int = 0) -> str:
        """The lines of one fault, broken ones after a minus, mended after a plus.

        Args:
            fault: one of `faults`.
            context: lines before and after them to show as well, as far as they belong
                to the same part of the program: two empty lines end a part.
        """
        broken, mended = self.source(fault), self.source()
        changes = difflib.unified_diff(
            broken.splitlines(), mended.splitlines(), lineterm="", n=context
        )
        lines = list(changes)[2:]  # without the names of two files
        text = "\n".join(line for line in lines if not line.startswith("@@"))
        parts = re.split(r"\n *\n *\n", f"\n{text}\n")
        changed = [part for part in parts if re.search("^[-+]", part, re.MULTILINE)]
        return "\n\n".join(part.strip("\n") for part in changed)

    def run(self, *faults: str) -> Outcome:
        """Runs the program with these faults, in a temporary folder.

        What it raises ends it, and is reported. TensorFlow wants to read the source of
        what it compiles, so the text is first written to a file.
        """
        text, names = self.source(*faults), {"__name__": "program"}
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
            recorded_warnings() as messages,
        ):
            path = Path(folder, self.file)
            path.write_text(text, "utf-8")
            try:
                exec(compile(text, str(path), "exec"), names)
                end = ["ran to its end"]
            except Exception as error:
                number = line_of(error, path)
                code = text.splitlines()[number - 1].strip()
                end = [f"line {number}: {code}", describe(error)]
            path.unlink()
            files = {p.name: p.stat().st_size for p in sorted(Path(folder).iterdir())}
        lines = [f"warning: {message}" for message in messages] + end
        lines += [f"file {name}: {size:,} bytes" for name, size in files.items()]
        wrapped = (textwrap.fill(line, 76, subsequent_indent="    ") for line in lines)
        return Outcome("\n".join(wrapped), names)


def describe(error: Exception) -> str:
    """Type and first line of an error's message.

    Where compiled code fails, TensorFlow puts the lines that led there before the
    message; Keras puts the name of the layer. Both are left out.
    """
    text = re.sub(r"\x1b\[[\d;]*m", "", str(error))  # colours for terminals
    text = re.split(r"\n\s*\w+(?:Error|Exception): ", text)[-1]
    text = re.sub(r"^Exception encountered.*", "", text).strip()
    first_line, _, _ = text.partition("\n")
    return f"{type(error).__name__}: {first_line}"


def line_of(error: Exception, path: Path) -> int:
    """Number of the line in the file that led to the error; the innermost one."""
    frames = traceback.extract_tb(error.__traceback__)
    numbers = [frame.lineno for frame in frames if frame.filename == str(path)]
    # In compiled code. TensorFlow remembers functions that were compiled before, with
    # the folder that they were in: so only the name of the file is compared.
    numbers += re.findall(rf'{re.escape(path.name)}", line (\d+)', str(error))
    return int(numbers[-1])


@contextlib.contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """Collects the first lines of what Keras warns about, each once, and shows none."""
    messages = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", category=UserWarning, module="keras")
        yield messages
    lines = (str(one.message).strip('"').splitlines()[0] for one in caught)
    messages += dict.fromkeys(lines)


class AtOnce(gan.GAN):
    """A GAN whose generator follows the discriminator from before its step."""

    def discriminator_step(self, batch):
        """Works out the generator's gradient first, then moves both players."""
        with tf.GradientTape() as tape:
            g_loss = self.loss.generator(self.judge(self.make_fakes(batch), batch))
        gradients = tape.gradient(g_loss, self.g_variables)
        super().discriminator_step(batch)
        self.g_optimizer.apply(gradients, self.g_variables)
        self.trackers["g_loss"].update_state(g_loss)

    def generator_step(self, batch):
        """Nothing is left to do."""
        return  # TensorFlow cannot compile a body that is a docstring alone


def build_plain_gan(
    seed, image_shape, loss=losses.NON_SATURATING, momentum=0.9, kind=gan.GAN
):
    """The GAN with which the silent faults are shown, compiled.

    Args:
        seed: whole number; the same one gives the same first weights.
        image_shape: (height, width, channels).
        loss: a `losses.Loss`, mended or broken.
        momentum: share of the old average that BatchNormalization keeps.
        kind: `gan.GAN`, or a class of its own kind.
    """
    keras.utils.set_random_seed(seed)
    model = kind(
        networks.build_generator(recipes.LATENT_DIM, image_shape),
        networks.build_discriminator(image_shape),
        seed=seed,
    )
    for layer in model.generator.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum
    adam = {"beta_1": recipes.BETA_1, "beta_2": recipes.BETA_2}
    model.compile(
        g_optimizer=keras.optimizers.Adam(1e-3, **adam),
        d_optimizer=keras.optimizers.Adam(1e-3, **adam),
        loss=loss,
    )
    return model


class Training(NamedTuple):
    """What a training leaves behind.

    Attributes:
        model: the trained GAN.
        curves: for each of `CURVES` the steps and the values that were noted.
        stages: what `callbacks.Samples` took before the first step, after a twentieth
            of them and after the last: four pictures of fixed latents.
    """

    model: gan.GAN
    curves: Mapping[str, tuple]
    stages: list


CURVES = "discriminator's loss", "generator's loss", "generator's gradient"


def train(images, num_steps, seed, loss=losses.NON_SATURATING, kind=gan.GAN):
    """Trains the GAN of `build_plain_gan` in 20 epochs, and notes its curves.

    Args:
        images: uint8 pictures, of which each epoch sees others, in batches of 16.
        num_steps: steps of each player, 20 or a multiple of it.
        seed: whole number from which weights, batches and latents follow.
        loss: as in `build_plain_gan`.
        kind: as in `build_plain_gan`.
    """
    steps, record = num_steps // 20, GradientRecord()
    samples = callbacks.Samples([0, steps, 20 * steps], num_images=4, seed=seed)
    model = build_plain_gan(seed, images.shape[1:], loss, kind=kind)
    batches = data.batches(images, batch_size=16, seed=seed, steps=steps)
    found = model.fit(batches, epochs=20, callbacks=[record, samples], verbose=0)
    ends = np.arange(1, 21) * steps
    noted = [(ends, found.history[key]) for key in ("d_loss", "g_loss")]
    noted.append((record.steps, record.norms))
    return Training(model, dict(zip(CURVES, noted, strict=True)), samples.stages)


class GradientRecord(keras.callbacks.Callback):
    """Notes every ten steps how strongly the generator is taught while a GAN trains.

    Attributes:
        steps: numbers of generator steps.
        norms: norm of the gradient of the non-saturating loss of 64 fixed latents, at
            each of them.
    """

    def __init__(self):
        super().__init__()
        self.steps, self.norms = [], []

    def on_train_begin(self, logs=None):
        """Compiles the measurement, which changes nothing in the model."""
        model = self.model
        latents = latent.sample_latents(64, model.latent_dim, seed=0)

        @tf.function
        def norm():
            players = model.generator, model.discriminator
            return tf.linalg.global_norm(generator_gradient(*players, latents))

        self._norm = norm

    def on_train_batch_end(self, batch, logs=None):
        """Takes a note when it is due."""
        if self.model.steps_taken % 10 == 0:
            self.steps.append(self.model.steps_taken)
            self.norms.append(float(self._norm()))


def generator_gradient(generator, discriminator, latents):
    """Gradient of the non-saturating loss, as the generator has it in a training step.

    The networks stay as they are, also the averages that BatchNormalization keeps.

    Returns:
        A list with a gradient for each trainable weight of the generator.
    """
    averages = generator.non_trainable_variables
    before = [tf.identity(average) for average in averages]
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss = losses.non_saturating_generator_loss(fake_logits)
    for average, value in zip(averages, before, strict=True):
        average.assign(value)
    return tape.gradient(loss, generator.trainable_variables)


_FIRST_DOUBLING = {
    "layers.Conv2DTranspose(64, 5, strides=2": "layers.Conv2DTranspose(64, 5, strides=1"
}
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
        "buffer size": {"shuffle(len(train_images))": "shuffle(buffer_size)"},
        "arguments": {"\ntrain(dataset, epochs)\n": "\ntrain(epochs, dataset)\n"},
        "batch size": {"[tf.shape(real_images)[0],": "[real_images.shape[0],"},
        "stride": _FIRST_DOUBLING,
        "file name": {"_generator.weights.h5": "_generator_weights.h5"},
        "compiled loop": {"def train(": "@tf.function\ndef train("},
        "targets": {
            "(tf.ones_like(real), real)": "(tf.zeros_like(real), real)",
            "(tf.zeros_like(fake), fake)": "(tf.ones_like(fake), fake)",
        },
        "sigmoid": {"layers.Dense(1),": 'layers.Dense(1, activation="sigmoid"),'},
        "relu": {"layers.Dense(128),": 'layers.Dense(128, activation="relu"),'},
        "at once": {
            _IN_TURNS: _AT_ONCE,
            "    with tf.GradientTape() as tape:\n": (
                "    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:\n"
            ),
        },
    },
)
PROGRAM_2 = Program(
    "program_2.py",
    {
        "input shape": {"((28, 28, 1))": "(28 * 28 * 1)"},
        "stride": _FIRST_DOUBLING,
        "shuffle": {"dataset.shuffle(len(train_images)).batch": "dataset.batch"},
        "stages": {_STAGES_DURING: _STAGES_AFTER},
        "grey range": {', cmap="gray", vmin=-1, vmax=1)': ', cmap="gray")'},
    },
)
