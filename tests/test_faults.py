"""The programs crash and mislead as lesson 05 says, and the mended ones do not."""

import os
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib import pyplot as plt

from gan_tutorial import data, gan
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
    (PROGRAM_1, CRASHES_1, ["targets", "sigmoid", "relu", "at once"]),
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


@pytest.mark.parametrize("fault", [None, "targets", "at once"])
def test_one_step_of_the_first_program(fault):
    """Exchanged targets turn the verdict round; at once, the old judge is followed."""
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
    assert (gap < old_gap) == (fault == "targets")
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


def test_mend_shows_no_lines_of_another_part():
    lines = PROGRAM_1.mend("at once", context=3).splitlines()
    assert lines[0] == " @tf.function"
    assert lines[-1].startswith("+    g_optimizer.apply(")
    assert not [line for line in lines if "def train(" in line]
    # Context within the part is kept, and a part without a change is not shown.
    assert " def train(dataset, epochs):" in PROGRAM_1.mend("batch size", context=4)
    assert "def " not in PROGRAM_1.mend("arguments", context=9)


@pytest.mark.parametrize("program", [PROGRAM_1, PROGRAM_2])
def test_programs_fit_the_page_with_numbers_and_signs(program):
    for faults_in_it in ([], program.faults):
        shown = program.listing(1, 200, *faults_in_it).splitlines()
        assert len(shown) == len(program.source(*faults_in_it).splitlines())
        assert [int(line[:2]) for line in shown] == list(range(1, len(shown) + 1))
    # What the lesson lists; everything else is shown by `mend`.
    for fault in program.faults:
        assert max(map(len, program.mend(fault, context=2).splitlines())) < 80
    assert program.listing(3, 4) == "\n".join(
        f"{number:2}  {line}"
        for number, line in enumerate(program.source().splitlines()[2:4], 3)
    )


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


def test_at_once_the_generator_follows_the_discriminator_of_before(latents):
    images = vases.make(16, image_size=16, seed=0)[0]
    batch = {"images": data.to_model_range(images), "latents": latents[:16]}
    moved = []
    for kind in (gan.GAN, faults.AtOnce):
        model = faults.build_plain_gan(1, (16, 16, 1), kind=kind)
        model.g_optimizer = keras.optimizers.SGD(1.0)
        players = model.generator, model.discriminator
        before = [v.numpy() for v in model.generator.trainable_variables]
        old_gradient = faults.generator_gradient(*players, latents[:16])
        model.train_step(batch)
        after = model.generator.trainable_variables
        moved.append([b - a.numpy() for a, b in zip(after, before, strict=True)])
        assert int(model.d_optimizer.iterations) == model.steps_taken == 1
    for _, at_once, expected in zip(*moved, old_gradient, strict=True):
        np.testing.assert_allclose(at_once, expected, rtol=1e-2, atol=1e-5)
    gaps = [
        np.abs(in_turn - gradient).max()
        for in_turn, gradient in zip(moved[0], old_gradient, strict=True)
    ]
    assert max(gaps) > 1e-4


def test_a_training_notes_its_curves_and_stages(capfd):
    images = vases.make(40, image_size=16, seed=0)[0]
    model, curves, stages = faults.train(images, 20, seed=1)
    assert model.steps_taken == 20 and list(curves) == list(faults.CURVES)
    steps, heights = curves["generator's loss"]
    assert list(steps) == list(range(1, 21)) and np.isfinite(heights).all()
    assert curves["generator's gradient"][0] == [10, 20]
    assert [stage["step"] for stage in stages] == [0, 1, 20]
    assert stages[0]["fixed"].shape == (4, 16, 16, 1)
    other = faults.train(images, 20, seed=1, kind=faults.AtOnce).curves
    assert list(other["generator's loss"][1]) != list(heights)
    assert "WARNING" not in "".join(capfd.readouterr())


def test_each_training_step_moves_the_averages_twice(model):
    average = model.generator.non_trainable_variables[0]
    average.assign(tf.fill(average.shape, 1e9))
    model.run_eagerly = True
    model.fit(vases.make(24, image_size=16, seed=0)[0], batch_size=8, verbose=0)
    np.testing.assert_allclose(average.numpy() / 1e9, 0.7**6, rtol=1e-4)
