"""Checks never raise, know right answers in any form, and name each misconception."""

import dataclasses
import fractions
import functools
import math
import operator
import pkgutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import exercises
from gan_tutorial.exercises import Exercise, Result, check, grade

LESSONS = [module.name for module in pkgutil.iter_modules(exercises.__path__)]
TABLE = [
    (f"{lesson}.{name}", exercise)
    for lesson in LESSONS
    for name, exercise in exercises.load_table(lesson).items()
]
MISCONCEPTIONS = [
    pytest.param(full_name, message, wrong, id=f"{full_name}-{misconception}-{number}")
    for full_name, exercise in TABLE
    for misconception, (message, *answers) in exercise.misconceptions.items()
    for number, wrong in enumerate(answers)
]

MEAN = Exercise(
    reference=lambda values: np.mean(values),
    why="the mean is right.",
    hint="Add, then divide.",
    cases=((np.array([1.0, 2.0, 6.0]),), (np.array([4.0, 5.0]),)),
    misconceptions={
        "sum": ("a sum.", np.sum),
        "middle": ("a median.", np.median, lambda values: np.sort(values)[1]),
    },
)
SHIFT = Exercise(
    reference=lambda values: values + 0.5,
    why="half is added.",
    hint="Add.",
    cases=((np.array([[0.5, 1.5, 2.5]]),), (np.float64(1.5),)),
)
CHOICE = Exercise(
    reference="b",
    why="b is right.",
    hint="Choose a, b or c.",
    misconceptions={"first": ("not a.", "a"), "last": ("not c.", "c")},
)
RATIO = Exercise(reference=0.25, why="a quarter.", hint="One number.", tolerance=1e-3)


@np.errstate(all="ignore")  # as in `check`: a wrong answer may divide by 0
def faults(exercise: Exercise) -> list[str]:
    """What is wrong with an exercise in a table."""
    found = []
    entries = exercise.misconceptions.values()
    texts = [exercise.why, exercise.hint, *(entry[0] for entry in entries)]
    if grade(exercise, exercise.reference) != Result("right", exercise.why):
        found.append("the reference is not right")
    if not all(text.endswith((".", "?")) for text in texts):
        found.append("a text is not a sentence")
    if len(set(texts)) < len(texts):
        found.append("two texts are the same")
    if any(len(entry) < 2 for entry in entries):
        found.append("a misconception has no answer")
    for message, *answers in entries:
        for wrong in answers:
            if grade(exercise, wrong) != Result("wrong", message):
                found.append(f"{message!r} is not what its wrong answer gets")
    if callable(exercise.reference) and not exercise.judge:
        if len(exercise.cases) < 2:
            found.append("a function needs two cases or more")
        for message, *answers in entries:
            for wrong in answers:
                if not largest_difference(exercise, wrong) > 10 * exercise.tolerance:
                    found.append(f"{message!r} hardly differs from the reference")
    return found


def largest_difference(exercise: Exercise, wrong) -> float:
    """Found without the code under test; NaN where an output is no array of numbers."""
    differences = []
    for args in exercise.cases:
        try:
            expected = np.asarray(exercise.reference(*args), float)
            with np.errstate(all="ignore"):
                given = np.asarray(wrong(*args), float)
        except (AttributeError, TypeError, ValueError):
            return np.nan
        if given.shape != expected.shape:
            return np.inf
        differences.append(np.max(np.nan_to_num(np.abs(given - expected), nan=np.inf)))
    return max(differences)


# The tables of the lessons


@pytest.mark.parametrize(("full_name", "exercise"), TABLE)
def test_table_has_no_fault(full_name, exercise):
    assert faults(exercise) == []


@pytest.mark.parametrize(("full_name", "exercise"), TABLE)
def test_reference_is_right(full_name, exercise):
    assert check(full_name, exercise.reference) == Result("right", exercise.why)


@pytest.mark.parametrize(("full_name", "message", "wrong"), MISCONCEPTIONS)
def test_misconception_gets_its_own_message(full_name, message, wrong):
    assert check(full_name, wrong) == Result("wrong", message)


@pytest.mark.parametrize("full_name", [full_name for full_name, _ in TABLE])
@pytest.mark.parametrize("stub", [None, ..., [1, ...]])
def test_empty_answer_is_open(full_name, stub):
    assert check(full_name, stub).state == "open"


@pytest.mark.parametrize(
    "change",
    [
        {"reference": lambda values: "text"},
        {"why": "no full stop"},
        {"hint": "a sum."},
        {"misconceptions": {"empty": ("nothing.",)}},
        {"misconceptions": {"right": ("it is right.", np.mean)}},
        {"misconceptions": {"a": ("one.", np.sum), "b": ("two.", sum)}},
        {"misconceptions": {"raises": ("an error.", lambda values: values.nothing)}},
        {"misconceptions": {"near": ("near.", lambda v: np.mean(v) + 3e-5)}},
        {"cases": (([1.0, 3.0],),)},
    ],
)
def test_broken_table_is_found(change):
    assert faults(MEAN) == []
    assert faults(dataclasses.replace(MEAN, **change)) != []


# Start here: numbers worked out by hand


def test_scale_pixels_reference_by_hand():
    table = exercises.load_table("start_here")
    scaled = table["scale_pixels"].reference(np.array([0, 51, 255], np.uint8))
    np.testing.assert_allclose(scaled, [-1.0, -0.6, 1.0], atol=1e-12)


def test_step_downhill_reference_by_hand():
    step = exercises.load_table("start_here")["step_downhill"].reference
    assert step(1.0, 2.0, 0.1) == pytest.approx(0.8)
    assert step(-3.0, -0.5, 0.4) == pytest.approx(-2.8)


def test_build_a_dcgan_references_by_hand():
    table = exercises.load_table("build_a_dcgan")
    # Three kernels of 2 x 2 for each of 5 channels: 60 weights, and 3 biases.
    assert table["count_parameters"].reference(2, 5, 3) == 63
    for kernel_size in range(1, 8):
        for stride in range(1, 5):
            # In the middle of a long line, how many stamps cover each place?
            counts = np.zeros(stride * 20 + kernel_size)
            for start in range(0, stride * 20, stride):
                counts[start : start + kernel_size] += 1
            middle = counts[kernel_size : stride * 20 - kernel_size]
            even = table["stamps_evenly"].reference(kernel_size, stride)
            assert even == (middle.min() == middle.max())


def test_a_generator_of_ones_own_may_be_built_in_other_ways():
    from keras import Input, Model, Sequential, layers

    def enlarge():
        return Sequential(
            [
                Input((16,)),
                layers.Dense(4 * 3 * 8),
                layers.Reshape((4, 3, 8)),
                layers.UpSampling2D(16),
                layers.Conv2D(3, 3, padding="same", activation="tanh"),
            ]
        )

    network = enlarge()
    model = Model(network.inputs, network.outputs)
    for answer in (enlarge, lambda: model, model):
        assert check("build_a_dcgan.build_my_generator", answer).state == "right"


@pytest.mark.parametrize(
    "scale",
    [
        lambda pixels: pixels.astype("float32") / 255 * 2 - 1,
        lambda pixels: (pixels.astype(float) - 127.5) / 127.5,
        lambda pixels: np.interp(pixels, [0, 255], [-1, 1]),
        lambda pixels: [row / 127.5 - 1 for row in pixels],
        lambda pixels: [[value / 127.5 - 1 for value in row] for row in pixels],
    ],
)
def test_scale_pixels_accepts_other_spellings(scale):
    assert check("start_here.scale_pixels", scale).state == "right"


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [
        ("count_numbers", 32 * 32, "number of pixels"),
        ("count_numbers", 28 * 28, "our products"),
        ("count_numbers", 32 ^ 2, "not a power"),
        ("count_numbers", 32 ^ 2 * 3, "not a power"),
        ("count_numbers", "32*32*3", "without quotation marks"),
        ("count_numbers", (32, 32, 3), "the sides"),
        ("count_numbers", 3072 * 16, "what comes out"),
        ("scale_pixels", lambda p: p - 127, "uint8"),
        ("scale_pixels", lambda p: p - 128, "uint8"),
        ("scale_pixels", lambda p: p - 1, "uint8"),
        ("scale_pixels", lambda p: p * 2 - 1, "uint8"),
        ("scale_pixels", lambda p: p * 2 / p.max() - 1, "uint8"),
        ("scale_pixels", lambda p: np.round(p / 127.5 - 1, 2), "rounded"),
        ("scale_pixels", lambda p: np.where(p < 128, -1.0, 1.0), "rounded"),
        ("scale_pixels", lambda p: p / 128 - 1, "exactly half of 255?"),
        ("scale_pixels", lambda p: p / 127.5, "What is missing?"),
        ("scale_pixels", lambda p: p / 2, "and one grey"),
        ("step_downhill", lambda w, g, rate: f"{w - rate * g}", "this is text"),
        ("step_downhill", lambda w, g, rate: w - rate * w, "Use the gradient"),
        ("step_downhill", lambda w, g, rate: w - g / rate, "a smaller step"),
        ("step_downhill", lambda w, g, rate: w - rate * abs(g), "sign"),
        ("step_downhill", lambda w, g, rate: w, "did not change"),
        ("step_downhill", lambda w, g, rate: (w - rate) * g, "brackets"),
        ("step_downhill", lambda w, g, rate: w - 10 * rate * g, "one step only"),
    ],
)
def test_learners_mistake_is_named(name, answer, part):
    result = check(f"start_here.{name}", answer)
    assert result.state == "wrong"
    assert part in result.message
    assert "is 127.5" not in result.message
    assert "subtract" not in result.message.casefold()


def test_answers_of_tensorflow_and_keras_are_accepted():
    import keras
    import tensorflow as tf

    scale = "start_here.scale_pixels"
    rescaling = keras.layers.Rescaling(1 / 127.5, offset=-1.0)
    assert check(scale, lambda p: tf.cast(p, tf.float32) / 127.5 - 1).state == "right"
    assert check(scale, lambda p: keras.ops.divide(p, 127.5) - 1).state == "right"
    assert check(scale, rescaling).state == "right"
    assert check(scale, lambda p: list(tf.cast(p, tf.float32) / 127.5 - 1)).state == (
        "right"
    )
    assert grade(RATIO, tf.constant([0.25], tf.float16)).state == "right"
    assert grade(RATIO, keras.Variable(0.25)).state == "right"
    assert grade(RATIO, keras.Input((3,))).state == "wrong"
    assert check(scale, lambda p: keras.Input((3,))).state == "wrong"
    assert check(scale, lambda p: keras.Input((3,)) + p).state == "wrong"
    graph = tf.function(lambda x: grade(RATIO, x).state == "wrong")
    assert graph(tf.constant(0.25))


# Right and wrong answers


@pytest.mark.parametrize(
    "answer",
    [0.25, "0.25", " .25 ", np.float32(0.25), np.array([0.25]), [[0.25]], 0.2504]
    + [fractions.Fraction(1, 4)],
)
def test_number_in_any_form_is_right(answer):
    assert grade(RATIO, answer).state == "right"


@pytest.mark.parametrize("answer", ["a quarter", "", "0,25", "1 / 4", "1/4", ["a"]])
def test_text_for_a_number_is_named(answer):
    message = "this is text. Give a number without quotation marks."
    assert grade(RATIO, answer) == Result("wrong", message)
    assert grade(MEAN, lambda values: "3 / 1").message == message
    assert grade(MEAN, lambda values: f"{np.mean(values)}").message == message


@pytest.mark.parametrize(
    "answer",
    [0.26, True, math.nan, math.inf, [0.25, 0.25], {}]
    + [0.25j, b"0.25", lambda: 0.25, {0.25}, [[1], [1, 2]], np.array(["0.25"]), 10**400]
    + [np.datetime64("2020-01-01"), np.array([]), iter([0.25])],
)
def test_other_value_is_wrong(answer):
    result = grade(RATIO, answer)
    assert result.state == "wrong"
    assert result.message.endswith(RATIO.hint)


@pytest.mark.parametrize("answer", [0.5, "a half", math.nan, np.zeros(20)])
def test_right_value_of_a_question_stays_hidden(answer):
    assert "0.25" not in grade(RATIO, answer).message


def test_true_is_not_the_number_one():
    one = Exercise(reference=1, why="one.", hint="A number.")
    assert grade(one, 1.0).state == "right"
    assert grade(one, True).state == "wrong"


@pytest.mark.parametrize("answer", ["b", "B", " b ", "b)", "(B)", "b.", np.str_("b")])
def test_choice_in_any_spelling_is_right(answer):
    assert grade(CHOICE, answer).state == "right"


@pytest.mark.parametrize("answer", ["d", "", "bb", 2, b"b", {"b"}, np.nan, []])
def test_unknown_choice_is_wrong(answer):
    result = grade(CHOICE, answer)
    assert result.state == "wrong"
    assert result.message.endswith(CHOICE.hint)


def test_order_of_letters_may_be_a_list_or_text():
    order = Exercise(reference="c a b", why="so it is.", hint="Three letters.")
    for answer in ["cab", "c, a, b", "C-A-B", ["c", "a", "b"], ("C", "A ", "b)")]:
        assert grade(order, answer).state == "right"
    assert grade(order, ["a", "b", "c"]).state == "wrong"


def test_several_numbers_at_once():
    both = Exercise(reference=(0.0, 1.5), why="both fit.", hint="Two numbers.")
    for answer in [(0, 1.5), [0.0, 1.5], np.array([0, 1.5], np.float32)]:
        assert grade(both, answer).state == "right"
    assert grade(both, (1.5, 0)).state == "wrong"
    assert grade(both, (0, ...)).state == "open"


def test_unrecognised_function_sees_the_first_case_that_differs():
    result = grade(MEAN, lambda values: 3.0)
    assert result.state == "wrong"
    for part in ["values = [4.0, 5.0]", "gave 3.0", "expected: 4.5", MEAN.hint]:
        assert part in result.message


@pytest.mark.parametrize(
    ("function", "part"),
    [
        (lambda v: np.ravel(v)[:1, None] + 0.5, "[[1.0]] (1 × 1 decimal numbers)"),
        (lambda v: (v + 0.5).astype(int), "[[1, 2, 3]] (1 × 3 whole numbers)"),
        (lambda v: v > 1, "True or False"),
        (lambda v: v * np.nan, "nan"),
        (lambda v: np.zeros((9, 9)), "an array (9 × 9 decimal numbers)"),
        (lambda v: None if v.ndim else v + 0.5, "gave nothing; expected"),
        (lambda v: v.sum, "gave a function;"),
        (lambda v: (x for x in [v]), "a value of type generator"),
    ],
)
def test_message_says_what_a_function_gave(function, part):
    result = grade(SHIFT, function)
    assert result.state == "wrong"
    assert part in result.message
    assert SHIFT.hint in result.message


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda v: 1 / 0, ", ZeroDivisionError: division by zero."),
        (lambda v: v * rate, ", NameError: name 'rate' is not defined."),  # noqa: F821
        (lambda v: v.nothing if v.ndim == 0 else 1, "has no attribute 'nothing'"),
        (lambda v: sys.exit("bye?"), ", SystemExit: bye? Mend"),
        (lambda: 1, "takes 0 positional arguments but 1 was given."),
        (
            lambda v: 0 if v > 1 else 1,
            ", `if` looks at one number, and this is an array",
        ),
        (lambda v: operator.itruediv(v.astype(int), 2), ", `/=` cannot make whole"),
        (lambda v: math.log(v), ", a function such as `math.log` takes one number"),
    ],
)
def test_error_in_a_function_is_not_an_error_of_calculation(function, error):
    result = grade(SHIFT, function)
    assert result.state == "wrong"
    assert result.message.startswith("your function stopped with an error")
    assert error in result.message
    assert result.message.endswith(" Mend the error first, then check again.")
    assert SHIFT.hint not in result.message
    assert "expected" not in result.message


def test_array_of_another_type_is_wrong_even_if_values_agree():
    assert grade(SHIFT, lambda v: (v + 0.5).astype(np.float32)).state == "right"
    assert grade(SHIFT, lambda v: (v + 0.5).astype(int)).state == "wrong"


def test_value_where_a_function_is_asked_for():
    result = grade(MEAN, 4.5)
    assert result.state == "wrong"
    assert "give a function" in result.message


def test_answer_may_change_its_arguments():
    def mean(values):
        values /= len(values)
        return values.sum()

    for _ in range(2):
        assert grade(MEAN, mean).state == "right"


def empty_body(values):
    """It has a docstring only."""
    ...


def not_implemented(values):
    raise NotImplementedError


def unfinished(values):
    total = ...
    return total


def only_pass(values):
    pass


def returns_none(values):
    """It has a docstring and a return."""
    return None


STUBS = [empty_body, not_implemented, unfinished, only_pass, returns_none]


@pytest.mark.parametrize("stub", STUBS)
def test_stub_of_a_function_is_open(stub):
    assert grade(MEAN, stub).state == "open"


def prints(values):
    print(np.mean(values))


def calculates(values):
    """It has a docstring."""
    values / 2


def stores(values):
    mean = values.mean()  # noqa: F841


@pytest.mark.parametrize("function", [prints, calculates, stores, [].append, print])
def test_forgotten_return_is_not_an_open_answer(function):
    result = grade(MEAN, function)
    assert result.state == "wrong"
    assert result.message.startswith("your function gives nothing back. End it with")


def test_judge_decides_about_a_process():
    def judge(history):
        if history["epochs"] == 0:
            return None
        return "" if history["epochs"] == 3 else "train for three epochs."

    exercise = Exercise(
        reference={"epochs": 3},
        why="three epochs were run.",
        hint="Look at fit.",
        misconceptions={"too short": ("train for three epochs.", {"epochs": 1})},
        judge=judge,
    )
    assert faults(exercise) == []
    assert grade(exercise, {"epochs": 3}).state == "right"
    assert grade(exercise, {"epochs": 2}).message == "train for three epochs."
    assert grade(exercise, {"epochs": 0}).state == "open"
    assert grade(exercise, ...).state == "open"


def test_judge_may_call_a_stub(monkeypatch):
    exercise = Exercise(None, "it fits.", "Look.", judge=lambda answer: answer(1))
    monkeypatch.setattr(exercises, "load_table", lambda lesson: {"run": exercise})
    assert check("start_here.run", not_implemented).state == "open"
    assert check("start_here.run", empty_body).state == "open"
    assert check("start_here.run", lambda x: "").state == "right"
    result = check("start_here.run", lambda x: x.name)
    assert result.state == "wrong"
    assert "AttributeError: 'int' object has no attribute 'name'" in result.message


# Nothing that is passed makes a check raise


class Weird:
    """Raises at whatever is asked of it."""

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __getattr__(self, name):
        raise RuntimeError("no attribute")

    def __bool__(self):
        raise RuntimeError("no truth value")

    def __array__(self, *args, **kwargs):
        raise KeyboardInterrupt

    def __repr__(self):
        raise SystemExit

    __hash__ = None


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def raises(error):
    def function(*args):
        raise error

    return function


def endless_recursion(*args):
    return endless_recursion(*args)


async def coroutine(*args):
    return 784


@pytest.mark.parametrize("full_name", [full_name for full_name, _ in TABLE])
@pytest.mark.parametrize(
    "answer",
    [Weird(), Weird, object(), type, b"\xff", {1: 2}, 10**10_000, "x" * 10**6]
    + [raises(UnprintableError()), raises(KeyboardInterrupt()), raises(SystemExit())]
    + [raises(GeneratorExit()), raises(MemoryError()), raises(StopIteration())]
    + [endless_recursion, lambda *args: Weird(), lambda *args: "x" * 10**6, np, range]
    + [lambda *args: np.empty((0, 3)), lambda *args: args, lambda *args: [[1], [2, 3]]]
    + [lambda *args: np.array(["a"]), float("-inf"), np.ma.masked, memoryview(b"ab")],
    ids=lambda value: getattr(type(value), "__name__", "value"),
)
def test_check_never_raises(full_name, answer):
    result = check(full_name, answer)
    assert result.state == "wrong"
    assert len(result.message) < 800
    assert "0x" not in repr(result)


def test_interrupted_answer_says_so():
    result = check("start_here.scale_pixels", raises(KeyboardInterrupt()))
    assert result == Result(
        "wrong", "it was stopped before it ended. Is a loop endless?"
    )


def test_coroutine_is_wrong():
    assert check("start_here.scale_pixels", coroutine).state == "wrong"


@pytest.mark.parametrize(
    "name",
    ["start_here.none", "start_here", "none.here", "", "..", None, 3, "os"],
)
def test_unknown_name_lists_the_known_ones(name):
    result = check(name, 1)
    assert result.state == "wrong"
    assert "start_here" in result.message.partition("Known: ")[2]


def test_unknown_name_lists_only_its_own_lesson():
    message = check("start_here.nothing", 1).message
    assert "start_here.count_numbers" in message
    assert "Weird" not in message


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
def test_endless_loop_is_stopped(monkeypatch):
    def loop(*args):
        while True:
            try:
                time.sleep(0.01)
            except Exception:
                pass

    monkeypatch.setattr(exercises, "TIME_LIMIT_S", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    start = time.perf_counter()
    result = check("start_here.scale_pixels", loop)
    assert time.perf_counter() - start < 5
    assert result.state == "wrong"
    assert "endless" in result.message
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
def test_time_limit_ends_with_the_check():
    assert check("start_here.count_numbers", 3072).state == "right"
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_check_works_outside_the_main_thread():
    results = []
    thread = threading.Thread(
        target=lambda: results.append(check("start_here.count_numbers", 3072))
    )
    thread.start()
    thread.join()
    assert results[0].state == "right"


def test_warnings_of_an_answer_are_not_shown(capfd):
    scale = "start_here.scale_pixels"
    assert check(scale, lambda p: np.log(p * 0.0)).state == "wrong"
    assert capfd.readouterr() == ("", "")


# What the learner sees


def test_result_is_plain_text_that_starts_with_its_sign():
    assert repr(check("start_here.count_numbers", ...)).startswith("○ not answered yet")
    assert repr(check("start_here.count_numbers", 3072)).startswith("✓ right")
    assert repr(check("start_here.count_numbers", 32)).startswith("✗ not right")
    lines = repr(check("start_here.scale_pixels", lambda p: p)).splitlines()
    assert all(len(line) <= 80 for line in lines)


def test_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        check("start_here.count_numbers", 3072).state = "wrong"


def test_import_is_light():
    code = """
    import sys
    from gan_tutorial import exercises
    exercises.check("start_here.count_numbers", 3072)
    heavy = {"tensorflow", "keras", "matplotlib", "ipywidgets", "scipy"}
    print(sorted(heavy & set(sys.modules)), "gan_tutorial.exercises" in sys.modules)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "True"]


def test_table_is_loaded_only_when_needed():
    code = """
    import sys
    from gan_tutorial import exercises
    print([name for name in sys.modules if name.startswith("gan_tutorial.exercises.")])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Debug a broken GAN: mended in other ways, and broken in others


def test_mend_loss_reference_by_hand():
    loss = exercises.load_table("debug_a_broken_gan")["mend_loss"].reference
    # Probabilities of 0.8 and 0.1: -log(0.8) - log(1 - 0.1).
    logits = np.log([[4.0]]), np.log([[1 / 9]])
    assert loss(*logits) == pytest.approx(0.2231436 + 0.1053605, abs=1e-6)


LOGITS = np.array([[2.0], [-1.0]], "float32"), np.array([[0.5], [-3.0]], "float32")


def test_mend_loss_accepts_other_spellings():
    import keras
    import tensorflow as tf

    from gan_tutorial import losses

    from_logits = keras.losses.BinaryCrossentropy(from_logits=True)
    of_probabilities = keras.losses.BinaryCrossentropy()

    def with_keras(real, fake):
        real_loss = from_logits(tf.ones_like(real), real)
        return real_loss + from_logits(tf.zeros_like(fake), fake)

    def with_probabilities(real, fake):
        real, fake = tf.sigmoid(real), tf.sigmoid(fake)
        real_loss = of_probabilities(tf.ones_like(real), real)
        return real_loss + of_probabilities(tf.zeros_like(fake), fake)

    def with_logarithms(real, fake):
        real, fake = 1 / (1 + np.exp(-real)), 1 / (1 + np.exp(-fake))
        return -np.mean(np.log(real)) - np.mean(np.log(1 - fake))

    def with_tensorflow(real, fake):
        function = tf.nn.sigmoid_cross_entropy_with_logits
        return tf.reduce_mean(function(tf.ones_like(real), real)) + tf.reduce_mean(
            function(tf.zeros_like(fake), fake)
        )

    for answer in (
        *(with_keras, with_probabilities, with_logarithms, with_tensorflow),
        losses.non_saturating_discriminator_loss,
        lambda real, fake: float(with_keras(real, fake)),
    ):
        assert check("debug_a_broken_gan.mend_loss", answer).state == "right"

    def with_repair(real, fake):
        real, fake = (keras.activations.sigmoid(tf.constant(x)) for x in (real, fake))
        return with_keras(real, fake)

    # Its value is right, because Keras undoes the sigmoid.
    with pytest.warns(UserWarning, match="produced by a Sigmoid"):
        value = float(with_repair(*LOGITS))
    assert value == pytest.approx(with_logarithms(*LOGITS), abs=1e-5)
    for answer, part in (
        (with_repair, "undone"),
        (lambda real, fake: tf.math.softplus(-real) + tf.math.softplus(fake), "mean"),
        (lambda real, fake: -with_logarithms(fake, real), "sign of the whole"),
        (lambda real, fake: -with_logarithms(real, fake), "sign of the whole"),
    ):
        result = check("debug_a_broken_gan.mend_loss", answer)
        assert result.state == "wrong" and part in result.message


def sixteen(pictures):
    return [pictures[i : i + 16] for i in range(0, len(pictures), 16)]


def test_mend_batches_accepts_other_spellings():
    import tensorflow as tf

    from gan_tutorial import data

    name = "debug_a_broken_gan.mend_batches"
    from_array = tf.data.Dataset.from_tensor_slices

    def with_labels(images):
        return from_array((images / 127.5 - 1, images[:, 0, 0, 0])).shuffle(1000)

    def in_place(images):
        images = images / 255 * 2 - 1
        np.random.default_rng(1).shuffle(images)
        return from_array(images).batch(16)

    def one_by_one(images):
        for rows in sixteen(np.random.default_rng(2).permutation(len(images))):
            yield data.to_model_range(images[rows])

    for answer in (
        *(in_place, one_by_one),
        lambda images: data.batches(images, batch_size=16),
        lambda images: with_labels(images).batch(16),
        lambda images: with_labels(images).batch(16, drop_remainder=True),
        lambda images: (
            from_array(images)
            .shuffle(5000)
            .batch(16)
            .map(lambda batch: tf.cast(batch, tf.float32) / 127.5 - 1)
        ),
    ):
        assert check(name, answer).state == "right"
    for answer, part in (
        (lambda i: from_array(i / 255).batch(16).shuffle(len(i)), "both faults"),
        (lambda i: from_array(i / 127.5 - 1).batch(16).shuffle(len(i)), "comes first"),
        (lambda i: from_array(i / 127.5 - 1).shuffle(100).batch(16), "buffer"),
        (lambda i: from_array(i / 127.5 - 1).shuffle(1000).repeat().batch(16), "end"),
        (lambda i: from_array(i / 127.5 - 1).shuffle(1000).batch(16).repeat(2), "once"),
        (lambda i: from_array(i / 127.5 - 1).shuffle(1000), "(16, 16, 16, 1)"),
        (lambda i: from_array((i - 127) / 128).shuffle(1000).batch(16), "exactly"),
        (lambda i: from_array(1 - i / 127.5).shuffle(1000).batch(16), "inverted"),
        (lambda i: from_array(i[:, ::-1] / 127.5 - 1).shuffle(1000).batch(16), "turn"),
        (lambda i: sixteen(np.concatenate([i[k::50] for k in range(50)])), "whole"),
        (
            lambda i: sixteen(
                np.concatenate([i[k::50] for k in range(50)]) / 127.5 - 1
            ),
            "pattern",
        ),
    ):
        result = check(name, answer)
        assert result.state == "wrong" and part in result.message


def test_mend_stages_accepts_other_spellings():
    import keras

    name = "debug_a_broken_gan.mend_stages"

    def as_one_array(generator, train_one_epoch, num_epochs):
        noise = keras.random.normal((4, 16))
        stages = []
        for _ in range(num_epochs):
            train_one_epoch()
            stages.append(generator(noise).numpy())
        return np.array(stages)

    def with_predict(generator, train_one_epoch, num_epochs):
        stages = {}
        for epoch in range(num_epochs):
            train_one_epoch()
            noise = keras.random.normal((4, 16), seed=7)  # the same every time
            stages[epoch] = generator.predict(noise, verbose=0)
        return tuple(stages.values())

    for answer in (as_one_array, with_predict):
        assert check(name, answer).state == "right"

    def with_the_initial_one(generator, train_one_epoch, num_epochs):
        noise = keras.random.normal((4, 16))
        return [generator(noise), *as_one_array(generator, train_one_epoch, num_epochs)]

    def of_nine(generator, train_one_epoch, num_epochs):
        noise = keras.random.normal((9, 16))
        return [train_one_epoch() or generator(noise) for _ in range(num_epochs)]

    for answer, part in ((with_the_initial_one, "too many"), (of_nine, "four")):
        result = check(name, answer)
        assert result.state == "wrong" and part in result.message


def test_mend_step_accepts_other_spellings():
    import keras
    import tensorflow as tf

    from gan_tutorial import losses

    name = "debug_a_broken_gan.mend_step"
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def teach_generator(
        generator,
        discriminator,
        optimizer,
        g_loss_fn=losses.non_saturating_generator_loss,
    ):
        with tf.GradientTape() as tape:
            fakes = generator(tf.random.normal((12, 16)), training=True)
            g_loss = g_loss_fn(discriminator(fakes))
        weights = generator.trainable_weights
        optimizer.apply_gradients(
            zip(tape.gradient(g_loss, weights), weights, strict=True)
        )

    def teach_discriminator(real_images, generator, discriminator, optimizer):
        with tf.GradientTape() as tape:
            fakes = generator(tf.random.normal((12, 16)), training=True)
            logits = discriminator(tf.concat([fakes, real_images], axis=0))
            labels = tf.concat([tf.zeros((12, 1)), tf.ones((12, 1))], axis=0)
            d_loss = cross_entropy(labels, logits)
        variables = discriminator.trainable_variables
        optimizer.apply(tape.gradient(d_loss, variables), variables)

    def generator_last(real_images, generator, discriminator, g_optimizer, d_optimizer):
        teach_discriminator(real_images, generator, discriminator, d_optimizer)
        teach_generator(generator, discriminator, g_optimizer)

    def generator_first(
        real_images, generator, discriminator, g_optimizer, d_optimizer
    ):
        teach_generator(generator, discriminator, g_optimizer)
        teach_discriminator(real_images, generator, discriminator, d_optimizer)

    def own_loss(real_images, generator, discriminator, g_optimizer, d_optimizer):
        teach_discriminator(real_images, generator, discriminator, d_optimizer)
        teach_generator(
            generator,
            discriminator,
            g_optimizer,
            lambda logits: cross_entropy(tf.ones_like(logits), logits),
        )

    for answer in (generator_last, own_loss, tf.function(own_loss)):
        for _ in range(5):  # with other noise each time
            assert check(name, answer).state == "right"

    def d_twice(real_images, generator, discriminator, g_optimizer, d_optimizer):
        teach_discriminator(real_images, generator, discriminator, d_optimizer)
        generator_last(real_images, generator, discriminator, g_optimizer, d_optimizer)

    def saturating(real_images, generator, discriminator, g_optimizer, d_optimizer):
        teach_discriminator(real_images, generator, discriminator, d_optimizer)
        teach_generator(
            generator,
            discriminator,
            g_optimizer,
            lambda logits: tf.reduce_mean(tf.math.log(1 - tf.sigmoid(logits))),
        )

    for answer, part in (
        (generator_first, "moves first"),
        (d_twice, "more than once"),
        (saturating, "saturates"),
    ):
        for _ in range(5):
            result = check(name, answer)
            assert result.state == "wrong" and part in result.message


# Work out the losses: numbers worked out by hand, and other ways to write them


def test_work_out_the_losses_references_by_hand():
    near = functools.partial(pytest.approx, rel=1e-5)
    table = exercises.load_table("work_out_the_losses")
    assert table["predict_loss"].reference == near(0.462035)
    # -ln 0.9 = 0.105361, -ln 0.5 = 0.693147, -ln 0.2 = 1.609438
    d_loss = table["loss_from_probabilities"].reference
    assert d_loss(np.array([0.9]), np.array([0.8])) == near(1.714798)
    assert d_loss(np.array([0.9, 0.5]), np.array([0.8])) == near(2.008692)
    # The logits ln 4 and ln 9 are the probabilities 0.8 and 0.9.
    g_loss = table["loss_from_logits"].reference
    assert g_loss(np.log([4.0, 9.0])) == near((0.223144 + 0.105361) / 2)
    assert g_loss(np.array([-1000.0, 1000.0])) == 500
    # 0.9 * 0.105361 + 0.1 * 2.302585 is 0.325083.
    smoothed = table["smoothed_loss"].reference
    assert smoothed(np.log([9.0]), np.log([4.0])) == near(0.325083 + 1.609438)


def _loss_of_lists(real_probabilities, fake_probabilities):
    real = [-math.log(p) for p in real_probabilities]
    fake = [-math.log(1 - p) for p in fake_probabilities]
    return sum(real) / len(real) + sum(fake) / len(fake)


def test_losses_may_be_written_in_other_ways():
    import keras
    import tensorflow as tf

    from gan_tutorial import losses

    of_probabilities = keras.losses.BinaryCrossentropy()
    of_logits = keras.losses.BinaryCrossentropy(from_logits=True)
    smoothing = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)
    ones, zeros, mean = np.ones_like, np.zeros_like, tf.reduce_mean
    softplus = tf.math.softplus
    answers = {
        "predict_loss": [
            0.462,
            "0.462",
            tf.constant(0.46204),
            -math.log(0.63),
            [0.462],
        ],
        "read_the_log": ["B", "(b)", " b. "],
        "loss_from_probabilities": [
            _loss_of_lists,
            lambda r, f: -np.log1p(-f).mean() - np.log(r).mean(),
            lambda r, f: -mean(tf.math.log(r)) - mean(tf.math.log(1 - f)),
            lambda r, f: of_probabilities(ones(r), r) + of_probabilities(zeros(f), f),
            lambda r, f: losses.non_saturating_discriminator_loss(
                *(tf.constant(np.log(p / (1 - p))) for p in (r, f))
            ),
        ],
        "loss_from_logits": [
            losses.non_saturating_generator_loss,
            lambda x: of_logits(ones(x), x),
            lambda x: -mean(tf.math.log_sigmoid(x)),
            lambda x: keras.ops.mean(keras.ops.softplus(-x)),
            lambda x: np.mean(np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))),
            lambda x: mean(tf.nn.sigmoid_cross_entropy_with_logits(ones(x), x)),
        ],
        "smoothed_loss": [
            lambda r, f: mean(softplus(f)) + mean(softplus(r) - 0.9 * r),
            lambda r, f: of_logits(0.9 * ones(r), r) + of_logits(zeros(f), f),
            lambda r, f: smoothing(ones(r), r) + of_logits(zeros(f), f),
            lambda r, f: losses.non_saturating_discriminator_loss(r, f) + mean(r) / 10,
        ],
    }
    for name, rights in answers.items():
        for number, right in enumerate(rights):
            result = check(f"work_out_the_losses.{name}", right)
            assert result.state == "right", (name, number, result)


def test_mistakes_with_keras_are_named():
    import keras
    import tensorflow as tf

    ones, zeros = np.ones_like, np.zeros_like

    def d_loss(cross_entropy, real_label=ones, fake_label=zeros):
        return lambda r, f: (
            cross_entropy(real_label(r), r) + cross_entropy(fake_label(f), f)
        )

    of_probabilities = keras.losses.BinaryCrossentropy()
    of_logits = keras.losses.BinaryCrossentropy(from_logits=True)
    smoothing = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
    exchanged = [
        (name, wrong, "truth first")
        for cross_entropy in (of_probabilities, of_logits)
        for name, wrong in (
            (
                "loss_from_probabilities",
                lambda r, f, c=cross_entropy: c(r, ones(r)) + c(f, zeros(f)),
            ),
            ("loss_from_logits", lambda x, c=cross_entropy: c(x, ones(x))),
            (
                "smoothed_loss",
                lambda r, f, c=cross_entropy: c(r, 0.9 * ones(r)) + c(f, zeros(f)),
            ),
        )
    ]
    for name, wrong, part in (
        ("loss_from_probabilities", d_loss(of_logits), "sigmoid once more"),
        ("loss_from_probabilities", d_loss(of_probabilities, zeros, ones), "exchanged"),
        (
            "loss_from_logits",
            lambda x: of_probabilities(ones(x), x),
            "as probabilities",
        ),
        ("loss_from_logits", lambda x: of_logits(ones(x), tf.sigmoid(x)), "twice"),
        ("loss_from_logits", lambda x: of_logits(zeros(x), x), "not of 1 − D"),
        (
            "loss_from_logits",
            lambda x: of_probabilities(ones(x), tf.sigmoid(x)),
            "something was cut off",
        ),
        ("smoothed_loss", d_loss(smoothing), "towards ½"),
        ("smoothed_loss", d_loss(of_probabilities, lambda r: 0.9 * ones(r)), "as prob"),
        *exchanged,
    ):
        result = check(f"work_out_the_losses.{name}", wrong)
        assert result.state == "wrong"
        assert part in result.message, (name, part, result)


def _loss_of_pairs(real_probabilities, fake_probabilities):
    total = 0.0
    for real, fake in zip(real_probabilities, fake_probabilities, strict=False):
        total += -math.log(real) - math.log(1 - fake)
    return total / len(real_probabilities)


@pytest.mark.parametrize(
    ("name", "wrong", "part"),
    [
        *(("predict_loss", near, "almost") for near in (0.46, 0.4605, 0.461, 0.463)),
        *(("predict_loss", comma, "not a comma") for comma in ("0,462", (0, 462))),
        ("predict_loss", "Below.", "the number itself"),
        ("predict_loss", -0.105, "without its minus"),
        ("loss_from_probabilities", _loss_of_pairs, "shorter batch"),
        (
            "loss_from_probabilities",
            lambda r, f: -np.log(r).mean() - np.log(1 - f),
            "one of the two means",
        ),
        (
            "loss_from_probabilities",
            lambda r, f: -np.log(r).mean() - np.log(f - 1).mean(),
            "not D − 1",
        ),
        (
            "loss_from_probabilities",
            lambda r, f: _loss_of_lists(r.clip(0.05, 0.95), f.clip(0.05, 0.95)),
            "cut off",
        ),
        (
            "loss_from_logits",
            lambda x: (np.logaddexp(0, x) + np.logaddexp(0, -x)).mean() / 2,
            "as the discriminator does",
        ),
        (
            "smoothed_loss",
            lambda r, f: (
                0.9 * np.logaddexp(0, -r).mean() + 0.1 * np.logaddexp(0, f).mean()
            ),
            "belongs to the real pictures",
        ),
    ],
)
def test_mistakes_of_lesson_02_are_named(name, wrong, part):
    result = check(f"work_out_the_losses.{name}", wrong)
    assert result.state == "wrong"
    assert part in result.message


def _losses_added(labels_first, **options):
    """Keras's cross-entropy of the real and the made ones, made ones with label 0."""

    def loss(real, fake, target):
        cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True, **options)
        pairs = [(np.full_like(real, target), real), (np.zeros_like(fake), fake)]
        return sum(cross_entropy(*pair[:: 1 if labels_first else -1]) for pair in pairs)

    return loss


def _smoothed_by_keras(real, fake, target):
    smooth = keras.losses.BinaryCrossentropy(
        from_logits=True, label_smoothing=1 - target
    )
    return smooth(np.ones_like(real), real) + smooth(np.zeros_like(fake), fake)


@pytest.mark.parametrize(
    ("name", "wrong", "part"),
    [
        ("smooth_loss", _losses_added(labels_first=False), "swapped"),
        ("smooth_loss", _losses_added(True, reduction=None), "different sizes"),
        ("smooth_loss", _losses_added(True, reduction="sum"), "take the mean"),
        ("smooth_loss", _smoothed_by_keras, "of made ones as well"),
        (
            "clip_by_norm",
            lambda g, limit: (
                g * limit / sum(g**2) ** 0.5 if sum(g**2) ** 0.5 > limit else g
            ),
            "use np.sum",
        ),
        (
            "clip_by_norm",
            lambda g, limit: tf.clip_by_global_norm([g], limit)[0],
            "`[0]`",
        ),
        ("clip_by_norm", tf.clip_by_global_norm, "[0][0]"),
        ("repair", "my_gan", "begin with"),
    ],
)
def test_mistakes_of_lesson_07_are_named(name, wrong, part):
    result = check(f"stabilise_training.{name}", wrong)
    assert result.state == "wrong"
    assert part in result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("smooth_loss", _losses_added(labels_first=True)),
        ("clip_by_norm", tf.clip_by_norm),
        ("clip_by_norm", lambda g, limit: tf.clip_by_global_norm([g], limit)[0][0]),
        ("first_step", "0.01"),
    ],
)
def test_right_answers_of_lesson_07_in_other_forms(name, answer):
    assert check(f"stabilise_training.{name}", answer).state == "right"
