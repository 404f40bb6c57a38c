"""The programs crash and mislead as lesson 05 says, and the mended ones do not."""

import os
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib import pyplot as plt

from gan_tutorial.lab import faults
from gan_tutorial.lab.faults import PROGRAM_1, PROGRAM_2, Program
from gan_tutorial.synthetic import vases

# Name, the program's line that raises, and the message, in the order of meeting them.
CRASHES_1 = [
    ("buffer size", "dataset = data", "NameError: name 'buffer_size' is not defined"),
    ("arguments", "for epoch in", "TypeError: '_VariantDataset' object cannot be int"),
    ("batch size", "noise = tf", "TypeError: Failed to convert elements of (None, 1"),
    ("stride", "fake = disc", "ValueError: Input 0 with name 'None' of layer"),
    ("file name", "generator.save", "ValueError: The filename must end in `.weights."),
    ("compiled loop", "generator.save", "NotImplementedError: numpy() is only avail"),
]
CRASHES_2 = [
    ("input shape", "layers.Input(", "ValueError: Cannot convert '784' to a shape"),
    ("stride", "return tf.keras.Seq", "ValueError: Input 0 with name 'input_layer"),
]
CASES = [
    (PROGRAM_1, CRASHES_1, ["labels", "sigmoid", "relu", "at once"]),
    (PROGRAM_2, CRASHES_2, ["shuffle", "stages", "grey range"]),
]


@pytest.mark.parametrize(("program", "crashes", "silent"), CASES)
def test_faults_crash_one_after_the_other(program, crashes, silent):
    left = list(program.faults)
    assert left == [name for name, _, _ in crashes] + silent
    for fault, code, message in crashes:
        source = program.source(*left).splitlines()
        report = program.run(*left).report.replace("\n    ", " ").splitlines()
        (place,) = (k for k, line in enumerate(report) if line.startswith("line "))
        number, _, shown = report[place].removeprefix("line ").partition(": ")
        assert shown.startswith(code) and source[int(number) - 1].strip() == shown
        assert report[place + 1].startswith(message)
        left.remove(fault)
    # A crash while saving leaves a file that is far too small.
    files = report[place + 2 :]
    assert (len(files) == 1 and files[0].endswith(": 8,888 bytes")) == (
        program is PROGRAM_1
    )
    # Keras sees one silent fault.
    report = program.run(*left).report
    assert "ran to its end" in report
    assert report.startswith("warning: `binary_cross") == (program is PROGRAM_1)


@pytest.mark.parametrize("program", [PROGRAM_1, PROGRAM_2])
def test_mended_program_runs_without_a_warning(program):
    end, *files = program.run().report.splitlines()
    assert end == "ran to its end" and len(files) == 2
    if program is PROGRAM_1:
        # 840,193 trainable numbers and 2 averages for each of 64 maps, in 4 bytes each.
        size = int(files[0].split()[2].replace(",", ""))
        assert 4 * (840_193 + 128) < size < 4 * 860_000


@pytest.mark.parametrize("fault", [None, "labels", "at once"])
def test_one_step_of_the_first_program(fault):
    """Inverted labels turn the verdict round; at once, the old discriminator judges."""
    untrained = PROGRAM_1.faults | {
        "untrained": {"epochs = 100, 32, 2": "epochs = 100, 32, 0"}
    }
    names = (
        PROGRAM_1._replace(faults=untrained)
        .run("untrained", *filter(None, [fault]))
        .names
    )
    # Plain descent, so that the step of the generator shows its gradient.
    names["g_optimizer"] = keras.optimizers.SGD(1.0)
    names["d_optimizer"] = keras.optimizers.SGD(0.5)
    generator, discriminator = names["generator"], names["discriminator"]
    images = tf.constant(names["train_images"])
    noise = tf.random.stateless_normal((64, 100), seed=(1, 2))
    old_generator = keras.models.clone_model(generator)
    old_generator.set_weights(generator.get_weights())
    old_discriminator = keras.models.clone_model(discriminator)
    old_discriminator.set_weights(discriminator.get_weights())

    names["train_step"].python_function(images, noise)
    fakes = old_generator(noise, training=True)
    gap, old_gap = (
        float(tf.reduce_mean(judge(images)) - tf.reduce_mean(judge(fakes)))
        for judge in (discriminator, old_discriminator)
    )
    assert (gap < old_gap) == (fault == "labels")
    pairs = zip(
        old_generator.trainable_variables, generator.trainable_variables, strict=True
    )
    steps = [(before - after).numpy() for before, after in pairs]
    judges = [discriminator, old_discriminator]
    expected, other = (
        faults.generator_gradient(old_generator, judge, noise)
        for judge in (judges[::-1] if fault == "at once" else judges)
    )
    for step, gradient in zip(steps, expected, strict=True):
        np.testing.assert_allclose(step, gradient, rtol=1e-2, atol=1e-5)
    assert max(np.abs(s - g).max() for s, g in zip(steps, other, strict=True)) > 1e-4


@pytest.mark.parametrize("is_broken", [False, True])
def test_what_the_second_program_feeds_and_shows(is_broken, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        plt, "imsave", lambda *args, **kwargs: drawn.append((args, kwargs))
    )
    names = PROGRAM_2.run(*CASES[1][2][: 3 * is_broken]).names
    first_batch = next(iter(names["dataset"])).numpy()
    assert np.array_equal(first_batch, names["train_images"][:32]) == is_broken
    ((_, first), first_range), ((_, last), last_range) = drawn
    assert np.array_equal(first, last) == is_broken
    # Without a range, imsave takes that of each picture.
    fixed = {} if is_broken else {"vmin": -1, "vmax": 1}
    assert first_range == last_range == {"cmap": "gray"} | fixed


# The laboratory


def test_mend_shows_the_changed_lines():
    assert PROGRAM_1.mend("arguments").splitlines() == [
        "-train(epochs, dataset)",
        "+train(dataset, epochs)",
    ]
    assert PROGRAM_2.mend("stages", context=1).splitlines() == [
        "         train_step(real_images)",
        "-for epoch in range(epochs):",
        "     draw_stage(epoch)",
    ]
    for program in (PROGRAM_1, PROGRAM_2):
        for fault in program.faults:
            assert {line[0] for line in program.mend(fault).splitlines()} <= {"-", "+"}
            assert program.mend(fault)


def small_program(text):
    """A program of these lines."""
    return Program("program_1.py", {"all": {PROGRAM_1.source(): text}})


def test_a_run_leaves_the_folder_alone_and_names_the_innermost_line():
    before = os.getcwd(), sorted(os.listdir())
    text = "from pathlib import Path\n\ndef f():\n    int('a')\n\n"
    text += "Path('a.txt').write_text('abc')\nf()\n"
    report = small_program(text).run("all").report
    assert (os.getcwd(), sorted(os.listdir())) == before
    assert report.splitlines() == [
        "line 4: int('a')",
        "ValueError: invalid literal for int() with base 10: 'a'",
        "file a.txt: 3 bytes",
    ]


def test_interruption_ends_the_lesson_not_only_the_program():
    with pytest.raises(KeyboardInterrupt):
        small_program("raise KeyboardInterrupt").run("all")


def test_warnings_of_keras_are_kept_once_and_not_shown(capfd):
    def warn(text, category, file):
        warnings.warn_explicit(text, category, str(Path("site", file)), 1, file)

    with faults.recorded_warnings() as messages:
        for _ in range(2):
            warn("look here\nand there", UserWarning, "keras.src.a")
        warn("for its makers", DeprecationWarning, "keras.src.a")
        warn("about a seed", UserWarning, "tensorflow.a")
    assert messages == ["look here"]
    assert capfd.readouterr() == ("", "")


# The instruments


@pytest.fixture
def model():
    return faults.build_plain_gan(1, (16, 16, 1), momentum=0.7)


@pytest.fixture
def latents():
    return np.random.default_rng(1).normal(size=(32, 16)).astype("float32")


def test_generator_gradient_is_the_slope_of_its_loss(model, latents):
    players = model.generator, model.discriminator
    weights = [network.get_weights() for network in players]
    gradients = faults.generator_gradient(*players, latents)
    for network, kept in zip(players, weights, strict=True):
        for a, b in zip(network.get_weights(), kept, strict=True):
            np.testing.assert_array_equal(a, b)

    # Along its gradient, the loss changes by the square of the gradient's length.
    size = 1e-3 / float(tf.linalg.global_norm(gradients))
    values = []
    for sign in (1, -1):
        for weight, gradient in zip(
            model.generator.trainable_variables, gradients, strict=True
        ):
            weight.assign_add(sign * size * gradient)
        fakes = model.generator(latents, training=True)
        probability = tf.sigmoid(model.discriminator(fakes)).numpy()
        values.append(-np.log(probability).mean())
        model.generator.set_weights(weights[0])
    slope = (values[0] - values[1]) / (2 * size)
    squared = float(tf.linalg.global_norm(gradients)) ** 2
    assert slope == pytest.approx(squared, rel=0.05)


def test_gradient_record_takes_notes_and_changes_nothing(model):
    images = vases.make(20, image_size=16, seed=0)[0]
    record = faults.GradientRecord()
    other = faults.build_plain_gan(1, (16, 16, 1), momentum=0.7)
    for trained, callbacks in ((model, [record]), (other, [])):
        trained.run_eagerly = True
        trained.fit(images, batch_size=2, callbacks=callbacks, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert record.steps == [10] and record.norms[0] > 0


def test_gradients_are_compared_across_a_step_of_the_discriminator(model, latents):
    images = vases.make(32, image_size=16, seed=0)[0]
    players = model.generator, model.discriminator
    weights = [variable.numpy() for variable in model.generator.trainable_variables]
    before = faults.generator_gradient(*players, latents)
    likeness = faults.compare_gradients(model, images, latents)
    after = faults.generator_gradient(*players, latents)
    assert int(model.d_optimizer.iterations) == 1 and model.steps_taken == 0
    for kept, variable in zip(
        weights, model.generator.trainable_variables, strict=True
    ):
        np.testing.assert_array_equal(kept, variable.numpy())
    dot = sum(np.sum(a * b) for a, b in zip(before, after, strict=True))
    norms = [np.sqrt(sum(np.sum(g**2) for g in side)) for side in (before, after)]
    assert likeness == pytest.approx(dot / np.prod(norms), abs=1e-3)
    assert likeness < 0.99


def test_each_training_step_moves_the_averages_twice(model):
    average = model.generator.non_trainable_variables[0]
    average.assign(tf.fill(average.shape, 1e9))
    model.run_eagerly = True
    model.fit(vases.make(24, image_size=16, seed=0)[0], batch_size=8, verbose=0)
    np.testing.assert_allclose(average.numpy() / 1e9, 0.7**6, rtol=1e-4)
