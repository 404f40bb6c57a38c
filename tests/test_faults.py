"""The programs crash and mislead as lesson 05 says, and the mended ones do not."""

import functools
import os
import re
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize

from gan_tutorial.lab import faults
from gan_tutorial.lab.faults import PROGRAM_1, PROGRAM_2, Outcome, Program
from gan_tutorial.synthetic import vases

# Name, the program's line that raises, and the message, in the order of meeting them.
CRASHES_1 = [
    ("buffer size", "buffer_size", r"NameError: name 'buffer_size' is not defined"),
    ("arguments", "for epoch in", r"TypeError: '_VariantDataset' object cannot be int"),
    ("batch size", "noise = tf", r"TypeError: Failed to convert elements of \(None, 1"),
    ("stride", "discriminator(", r"ValueError: Input 0 .* value 784, .* \(None, 196\)"),
    ("file name", "save_weights", r"ValueError: .* must end in `\.weights\.h5`"),
    ("compiled loop", "save_weights", r"NotImplementedError: numpy\(\) .* only avail"),
]
CRASHES_2 = [
    ("input shape", "Input(", r"ValueError: Cannot convert '784' to a shape"),
    ("stride", "Sequential(", r"ValueError: .*28, 28, 1\), found shape=\(None, 14, 14"),
]
SILENT_1 = ["labels", "sigmoid", "relu", "at once"]
SILENT_2 = ["shuffle", "stages", "grey range", "momentum", "epochs"]


@functools.cache
def _run(file, *names):
    return {p.file: p for p in (PROGRAM_1, PROGRAM_2)}[file].run(*names)


def run(program, *names):
    """The outcome of a run, which several tests look at and none changes."""
    return _run(program.file, *names)


@pytest.mark.parametrize(
    ("program", "crashes", "silent"),
    [(PROGRAM_1, CRASHES_1, SILENT_1), (PROGRAM_2, CRASHES_2, SILENT_2)],
)
def test_faults_crash_one_after_the_other(program, crashes, silent):
    assert list(program.faults) == [name for name, _, _ in crashes] + silent
    left = [fault for fault in program.faults if fault != "epochs"]
    for fault, code, pattern in crashes:
        outcome = run(program, *left)
        assert re.match(pattern, outcome.error)
        assert code in outcome.code
        assert program.source(*left).splitlines()[outcome.line - 1].strip() == (
            outcome.code
        )
        left.remove(fault)
    outcome = run(program, *left)
    assert outcome.error == ""
    assert "ran to its end" in str(outcome)


@pytest.mark.parametrize("program", [PROGRAM_1, PROGRAM_2])
def test_mended_program_runs_without_a_warning(program):
    outcome = run(program)
    assert (outcome.error, outcome.line, outcome.warnings) == ("", 0, ())
    assert len(outcome.files) == 2


@pytest.mark.parametrize("fault", SILENT_1)
def test_silent_fault_does_not_crash(fault):
    outcome = run(PROGRAM_1, fault)
    assert outcome.error == ""
    assert [name[:2] for name in outcome.files] == ["1_", "2_"]
    # Keras sees one of them.
    warned = "produced by a Sigmoid" in "".join(outcome.warnings)
    assert warned == (fault == "sigmoid")


def test_crash_while_saving_leaves_a_broken_file():
    broken = run(PROGRAM_1, "compiled loop").files
    whole = run(PROGRAM_1).files
    assert list(broken) == ["1_generator.weights.h5"]
    # 840,193 trainable numbers, and 2 averages for each of 64 maps, of 4 bytes each.
    assert whole["1_generator.weights.h5"] > 4 * (840_193 + 128)
    assert broken["1_generator.weights.h5"] < 20_000


def verdicts(program, *names):
    """Mean logits of real pictures and of fakes, after some training."""
    keras.utils.set_random_seed(3)
    found = program.run(*names).names
    images = tf.constant(found["train_images"])
    noise = tf.random.normal((64, 100))
    for _ in range(20):
        found["train_step"](images, noise)
    fakes = found["generator"](noise, training=True)
    logits = [found["discriminator"](pictures) for pictures in (images, fakes)]
    return [float(tf.reduce_mean(values)) for values in logits]


def test_inverted_labels_turn_the_verdict_round():
    real, fake = verdicts(PROGRAM_1)
    assert real > fake
    real, fake = verdicts(PROGRAM_1, "labels")
    assert real < fake


@pytest.mark.parametrize(("names", "judged_by"), [((), "new"), (("at once",), "old")])
def test_at_once_the_old_discriminator_judges(names, judged_by):
    found = PROGRAM_1.run(*names).names
    # Plain descent, so that the step of the generator shows its gradient.
    found["g_optimizer"] = keras.optimizers.SGD(1.0)
    found["d_optimizer"] = keras.optimizers.SGD(0.5)
    generator, discriminator = found["generator"], found["discriminator"]
    images = tf.constant(found["train_images"])
    noise = tf.random.normal((64, 100))
    old = {}
    for name in ("generator", "discriminator"):
        old[name] = keras.models.clone_model(found[name])
        old[name].set_weights(found[name].get_weights())
    before = [weight.numpy() for weight in generator.trainable_variables]

    found["train_step"].python_function(images, noise)
    steps = [
        value - weight.numpy()
        for weight, value in zip(generator.trainable_variables, before, strict=True)
    ]
    expected = {
        name: faults.generator_gradient(old["generator"], judge, noise)[1]
        for name, judge in (("old", old["discriminator"]), ("new", discriminator))
    }
    for step, gradient in zip(steps, expected[judged_by], strict=True):
        np.testing.assert_allclose(step, gradient, rtol=1e-2, atol=1e-5)
    other = expected["old" if judged_by == "new" else "new"]
    assert max(np.abs(s - g).max() for s, g in zip(steps, other, strict=True)) > 1e-4


def stage_files(*names):
    """The two stage pictures that program 2 writes, as arrays."""
    source = PROGRAM_2.source(*names) + "\nstages = [plt.imread(f'stage_{e}.png')"
    source += " for e in range(epochs)]\n"
    program = Program(PROGRAM_2.file, {"read": ((PROGRAM_2.source(), source),)})
    kept = program.run("read").names["stages"]
    return [np.rint(255 * picture[..., 0]) for picture in kept]


def test_stages_drawn_after_the_training_are_the_same():
    first, last = stage_files("stages", "grey range")
    assert np.array_equal(first, last)
    for picture in (first, last):  # each spans the whole range of greys
        assert (picture.min(), picture.max()) == (0, 255)


def test_stages_drawn_while_training_differ_and_keep_their_greys():
    first, last = stage_files()
    assert not np.array_equal(first, last)
    # Hardly trained pictures are nearly grey.
    assert all(np.ptp(picture) < 200 for picture in (first, last))


def test_faults_that_neither_crash_nor_warn_are_in_the_programs():
    for names, in_order, momentum in (((), False, 0.9), (SILENT_2[:4], True, 0.99)):
        found = run(PROGRAM_2, *names).names
        first = next(iter(found["dataset"])).numpy()
        assert np.array_equal(first, found["train_images"][:32]) == in_order
        (norm,) = faults.batch_norms(found["generator"])
        assert norm.momentum == momentum
    assert "10_000" in PROGRAM_2.source("epochs")
    assert "10_000" not in PROGRAM_2.source()


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
    mend = PROGRAM_1.mend("at once").splitlines()
    assert (
        mend[0] == "-    with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:"
    )
    assert [line[0] for line in mend] == ["-"] * 5 + ["+"] * 9
    for program in (PROGRAM_1, PROGRAM_2):
        for fault in program.faults:
            assert {line[0] for line in program.mend(fault).splitlines()} <= {"-", "+"}


def test_listing_numbers_the_lines():
    lines = PROGRAM_1.listing("stride").splitlines()
    assert lines[0] == ' 1  """Program 1: train a GAN and keep its weights."""'
    assert lines[1] == " 2"
    outcome = run(PROGRAM_1, "compiled loop")
    assert lines[outcome.line - 2].endswith(outcome.code)  # a decorator is missing


def test_function_shows_all_of_its_lines():
    assert PROGRAM_2.function("build_gan").splitlines() == [
        "def build_gan(generator, discriminator):",
        '    """Both networks in one: from noise to logits."""',
        "    return tf.keras.Sequential([generator, discriminator])",
    ]
    assert "g_tape" in PROGRAM_1.function("train_step", "at once")
    assert "g_tape" not in PROGRAM_1.function("train_step")
    with pytest.raises(ValueError, match="has no function 'step'"):
        PROGRAM_1.function("step")


def test_unknown_fault_lists_the_known_ones():
    with pytest.raises(ValueError, match="no fault 'strides'; it has buffer size, arg"):
        PROGRAM_1.source("strides")
    with pytest.raises(ValueError, match="'stride' cannot be put in"):
        PROGRAM_1.source("stride", "stride")


def small_program(text):
    """A program of these lines."""
    return Program("program_1.py", {"all": ((PROGRAM_1.source(), text),)})


def test_run_leaves_the_folder_alone_and_reports_files():
    before = os.getcwd(), sorted(os.listdir())
    text = "from pathlib import Path\nPath('a.txt').write_text('abc')\n\n1 / 0\n"
    outcome = small_program(text).run("all")
    assert (os.getcwd(), sorted(os.listdir())) == before
    assert (outcome.line, outcome.code) == (4, "1 / 0")
    assert str(outcome).splitlines() == [
        "line 4: 1 / 0",
        "ZeroDivisionError: division by zero",
        "file a.txt: 3 bytes",
    ]


def test_innermost_line_of_the_program_is_named():
    text = "import json\n\ndef read(text):\n    return json.loads(text)\n\nread('{')\n"
    outcome = small_program(text).run("all")
    assert (outcome.line, outcome.code) == (4, "return json.loads(text)")


def test_interruption_ends_the_lesson_not_only_the_program():
    with pytest.raises(KeyboardInterrupt):
        small_program("raise KeyboardInterrupt").run("all")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("short", "ValueError: short"),
        ("", "ValueError: "),
        ("first\nsecond", "ValueError: first"),
        ("\x1b[1mbold\x1b[0m\nsecond", "ValueError: bold"),
        (
            "Exception encountered when calling Dense.call().\n\n\x1b[1mno\x1b[0m\n\na",
            "ValueError: no",
        ),
        (
            'in user code:\n\n    File "a.py", line 3, in f  *\n        g()\n\n'
            "    ValueError: it failed\n    and more\n",
            "ValueError: it failed",
        ),
    ],
)
def test_first_line_of_a_message(message, shown):
    assert faults.describe(ValueError(message)) == shown


def test_warnings_of_keras_are_kept_once_and_not_shown(capfd):
    def warn(text, category, file):
        warnings.warn_explicit(text, category, str(Path("site", *file)), 1)

    with faults.recorded_warnings() as messages:
        for _ in range(2):
            warn("look here\nand there", UserWarning, ["keras", "src", "a.py"])
        warn("for its makers", DeprecationWarning, ["keras", "src", "a.py"])
        warn("about a seed", UserWarning, ["tensorflow", "a.py"])
    assert messages == ["look here"]
    assert str(Outcome(warnings=tuple(messages))).startswith("warning: look here\n")
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
    loss, gradients = faults.generator_gradient(*players, latents)
    for network, kept in zip(players, weights, strict=True):
        for a, b in zip(network.get_weights(), kept, strict=True):
            np.testing.assert_array_equal(a, b)
    fakes = model.generator(latents, training=True)
    probability = tf.sigmoid(model.discriminator(fakes)).numpy()
    model.generator.set_weights(weights[0])
    assert float(loss) == pytest.approx(-np.log(probability).mean(), rel=1e-5)

    # Along its gradient, the loss changes by the square of the gradient's length.
    size = 1e-3 / float(tf.linalg.global_norm(gradients))
    values = []
    for sign in (1, -1):
        for weight, gradient in zip(
            model.generator.trainable_variables, gradients, strict=True
        ):
            weight.assign_add(sign * size * gradient)
        values.append(float(faults.generator_gradient(*players, latents)[0]))
        model.generator.set_weights(weights[0])
    slope = (values[0] - values[1]) / (2 * size)
    squared = float(tf.linalg.global_norm(gradients)) ** 2
    assert slope == pytest.approx(squared, rel=0.05)


def test_gradient_record_takes_notes_and_changes_nothing(model):
    images, _ = vases.make(64, image_size=16, seed=0)
    record = faults.GradientRecord(num_latents=16, interval=3)
    model.fit(images, batch_size=8, callbacks=[record], verbose=0)
    other = faults.build_plain_gan(1, (16, 16, 1), momentum=0.7)
    other.fit(images, batch_size=8, verbose=0)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert record.steps == [3, 6]
    assert len(record.norms) == 2 and all(norm > 0 for norm in record.norms)


def test_gradients_are_compared_across_a_step_of_the_discriminator(model, latents):
    images = vases.make(32, image_size=16, seed=0)[0]
    players = model.generator, model.discriminator
    weights = [variable.numpy() for variable in model.generator.trainable_variables]
    _, before = faults.generator_gradient(*players, latents)
    likeness = faults.compare_gradients(model, images, latents)
    _, after = faults.generator_gradient(*players, latents)
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
    average = faults.batch_norms(model.generator)[0].moving_mean
    average.assign(tf.fill(average.shape, 1e9))
    images, _ = vases.make(24, image_size=16, seed=0)
    model.fit(images, batch_size=8, epochs=1, verbose=0)  # three steps
    np.testing.assert_allclose(average.numpy() / 1e9, 0.7**6, rtol=1e-4)


def test_cosine_of_known_directions():
    right, up = [np.array([[2.0, 0.0]]), np.array([0.0])], [[[0.0, 3.0]], [0.0]]
    assert faults.cosine(right, right) == pytest.approx(1)
    assert faults.cosine(right, up) == pytest.approx(0)
    assert faults.cosine(right, [[[-1.0, 0.0]], [1.0]]) == pytest.approx(-(0.5**0.5))


def test_seconds_leave_the_first_call_out(monkeypatch):
    clock, calls = [0.0], []

    def work(argument):
        clock[0] += 7.0 if not calls else 0.25
        calls.append(argument)

    monkeypatch.setattr(faults.time, "perf_counter", lambda: clock[0])
    assert faults.seconds_for(work, "a", repeats=4) == 0.25
    assert calls == ["a"] * 5


def test_autoscale_is_what_imshow_and_imsave_do(tmp_path):
    images = np.random.default_rng(0).integers(120, 140, (3, 8, 6, 1)).astype(np.uint8)
    images[2] = 90  # all one grey
    stretched = faults.autoscale(images)
    assert stretched.shape == images.shape and stretched.dtype == np.uint8
    for image, result in zip(images[:2], stretched[:2], strict=True):
        np.testing.assert_allclose(result / 255, Normalize()(image), atol=0.003)
        plt.imsave(tmp_path / "own.png", image[..., 0], cmap="gray")
        written = 255 * plt.imread(tmp_path / "own.png")[..., :1]
        np.testing.assert_allclose(written, result, atol=1.5)
    assert np.ptp(stretched[2]) == 0
