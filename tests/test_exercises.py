"""Checks know right answers in any form, name mistakes, and never raise."""

import itertools
import math
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
import tensorflow as tf
from exercise_answers import RIGHT, WRONG, stages

from gan_tutorial import data, exercises
from gan_tutorial.design.briefs import Brief
from gan_tutorial.exercises import Function, Process, Value, _words, check, grade
from gan_tutorial.synthetic import materials, vases

TABLE = {
    f"{lesson}.{name}": exercise
    for lesson in exercises.list_lessons()
    for name, exercise in exercises.load_table(lesson).items()
}
COMPARED = {k: item for k, item in TABLE.items() if not isinstance(item, Process)}
OWN_BRIEF = "explore_product_appearances.own_brief"
OWN_PRODUCT = "hand_over_a_design.own_product"
OWN_MATERIAL = "design_materials_and_interfaces.own_material"
OWN_SCREEN = "design_materials_and_interfaces.own_screen"
STAGES = "train_the_dcgan.digit_stages"
VASES = vases.make(64, 28, seed=1)[0]


def assert_wrong(name, answer, part):
    result = check(name, answer)
    assert result.state == "wrong" and part in result.message, result
    assert result.message.endswith((".", "?")) and len(result.message) < 500


@pytest.fixture(autouse=True)
def known_pictures(monkeypatch):
    """The pictures that a training has seen are few, and need no file."""
    monkeypatch.setattr(data, "load", lambda name, split: data.DataSet(name, VASES))


# The tables


@pytest.mark.parametrize("name", COMPARED)
def test_each_wrong_answer_of_a_table_gets_its_own_message(name):
    item = COMPARED[name]
    assert check(name, item.right) == exercises.Result("right", item.why)
    for wrong, message in item.wrong:
        assert check(name, wrong) == exercises.Result("wrong", message)
    messages = [item.why, item.hint, *(message for _, message in item.wrong)]
    assert all(message.endswith((".", "?")) for message in messages)
    assert len(set(messages)) == len(messages) <= 8


@pytest.mark.parametrize("name", TABLE)
def test_answers_of_learners(name):
    for number, answer in enumerate(RIGHT.get(name, [])):
        result = check(name, answer)
        assert result.state == "right", (number, result)
    for answer, part in WRONG.get(name, []):
        assert_wrong(name, answer, part)
    own = {OWN_BRIEF, OWN_MATERIAL, OWN_PRODUCT, OWN_SCREEN}
    assert {name} <= {*own, *COMPARED, *RIGHT}


def test_stamps_are_even_where_every_place_gets_as_many():
    for kernel_size, stride in itertools.product(range(1, 8), range(1, 5)):
        counts = np.zeros(stride * 20 + kernel_size)
        for start in range(0, stride * 20, stride):
            counts[start : start + kernel_size] += 1
        middle = counts[kernel_size : stride * 20 - kernel_size]
        even = TABLE["build_a_dcgan.stamps_evenly"].right(kernel_size, stride)
        assert even == (middle.min() == middle.max())


def test_fresh_pictures_are_no_stages():
    fresh = [{k: s[k] for k in ("step", "fixed")} for s in stages(fresh=True)]
    assert_wrong(STAGES, fresh, "at random")


def test_stages_of_the_products_of_the_lesson_are_refused(monkeypatch):
    sets = {"mnist": VASES, "fashion_mnist": 255 - VASES}
    monkeypatch.setattr(data, "is_cached", lambda name: True)
    monkeypatch.setattr(data, "load", lambda name, _: data.DataSet(name, sets[name]))
    taken = stages(shape=VASES[:8].shape)
    for name, drawn in sets.items():
        for number, stage in enumerate(taken[1:], start=1):
            # Nearly black or white, and no picture of the set.
            mixed = drawn[5:13] * 0.6 + drawn[15:23] * 0.4
            stage["fixed"] = (mixed + 3 * number).clip(0, 255).astype(np.uint8)
        if name == "mnist":
            assert check(STAGES, taken).state == "right"
        else:
            assert_wrong(STAGES, taken, "products of this lesson")


# A brief of one's own


HEIGHTS = np.linspace(4, 28, 16).astype(int)  # 4 to 28 pixels, each another one
BRIGHTNESS = 100 + 9 * (np.arange(16) * 7 % 16)
BOXES = np.zeros((16, 32, 32, 1), np.uint8)
for number, height in enumerate(HEIGHTS):
    BOXES[number, 32 - height :, 4 : 8 + 5 * number % 23] = BRIGHTNESS[number]


def measure(images):
    height = (images.max(axis=(2, 3)) > 0).sum(axis=1)
    return {"height": height, "brightness": images.max(axis=(1, 2, 3))}


def unseen(images):
    """Sees nothing in picture 4, the only one that is 208 bright."""
    found = measure(images)
    return found | {"height": np.where(found["brightness"] == 208, 0, found["height"])}


def process(height=(None, 20), brightness=(120, None), **changes):
    """A right process with some parts changed."""
    return {
        "images": BOXES,
        "measure": measure,
        "brief": Brief({"height": height, "brightness": brightness}),
        "shortlist": [9, 4, 6],
    } | changes


def with_quantity(function):
    """A process with one more quantity, `extra`."""
    return process(measure=lambda images: measure(images) | {"extra": function(images)})


def instead(function):
    """A process whose brightness is measured by another function."""

    def changed(images):
        return measure(images) | {"brightness": function(images)}

    return process((9, 20), (1, 20), measure=changed)


def darken(images):
    images[images < 130] = 0
    return measure(images)


NAMED = process(
    measure=lambda images: {
        "is_high": measure(images)["height"] > 15,
        "shade": (images.max(axis=(1, 2, 3)) // 60) % 3,
    },
    brief=Brief(
        {"is_high": ["no"], "shade": ["pale", "dark"]},
        names={"is_high": ("no", "yes"), "shade": ("pale", "middle", "dark")},
    ),
    shortlist=[1, 5, 4],
)
RIGHT_PROCESSES = [
    process(shortlist=np.array([9, 4, 6], np.uint8)),
    process(images=BOXES.repeat(3, axis=3)),
    with_quantity(lambda images: tf.reduce_mean(images[..., 0], (1, 2))),
    with_quantity(lambda images: images.mean(axis=(1, 2, 3)).tolist()),
    process((0, 20), measure=unseen),  # 0 on purpose
    NAMED,
]
COUNTER = itertools.count()
WRONG_PROCESSES = [
    ([], "give a dict with 4 parts"),
    ({"images": BOXES, "measure": measure, "brief": 1}, "spelled like this"),
    (process(images="my_drawings"), "This is 'my_drawings'."),
    (process(images=data.to_model_range(BOXES)), "32 × 32 × 1 decimal numbers"),
    (process(images=BOXES[:, :20]), "`images` must be pictures"),
    (process(images=data.DataSet("boxes", BOXES)), "is a whole data set. Give"),
    (process(images=np.repeat(BOXES[:8], 2, 0)), "of 16 pictures 8 are different"),
    (process(measure=measure(BOXES)), "`measure` must be a function, by its name"),
    (process(measure=lambda images: 1 / 0), "it divides by 0"),
    (process(measure=darken), "overwrites the values"),
    (process(measure=lambda images: (1, 2)), "It gave [1, 2] (2 whole numbers)."),
    (with_quantity(lambda images: images.mean()), "`axis=(1, 2, 3)`"),
    (with_quantity(lambda images: np.squeeze(images.max((1, 2)))), "given 1 of the"),
    (with_quantity(lambda images: images[:, 15, 5, 0] / 0.0), "NaN) for picture 0"),
    (with_quantity(lambda i: i.mean((1, 2, 3)) + next(COUNTER)), "nothing random"),
    (with_quantity(lambda images: np.arange(len(images))), "comes alone"),
    (with_quantity(lambda images: images.mean((1, 2, 3)) / images.mean()), "alone"),
    (process(measure=lambda images: {}), "two quantities or more"),
    (instead(lambda images: images[:, 0, 0, 0]), "brightness is 0 for all pictures"),
    (instead(lambda images: 32.5 - measure(images)["height"]), "different things"),
    (process(brief={"height": (9, 20)}), "`brief` must be a brief"),
    (process(brief=Brief({"height": (9, 20), "width": (3, 9)})), "asks for width"),
    (process(brief=Brief({"height": (9, 20)})), "ask for two quantities or more"),
    (process(brightness=(300, 400)), "meets brightness. It goes from 100 to 235 here."),
    (process((2, 40)), "so it decides nothing. It goes from 4 to 28."),
    (process((280, 300)), "from 4 to 28 here. You ask for 280 to 300: in another unit"),
    (process((0, 280)), "from 4 to 28. You ask for 0 to 280: in another unit"),
    (process((None, 0.4)), "from 4 to 28 here. You ask for 0.4: in another unit"),
    (process((0.1, None)), "from 4 to 28. You ask for 0.1: in another unit"),
    (process((29, 279)), "no picture meets height. It goes from 4 to 28 here."),
    (process((None, 10), (200, None)), "2 of the pictures meet all constraints"),
    (process(shortlist=HEIGHTS > 9), "`np.flatnonzero(passes)` gives"),
    (process(shortlist=[9, 4, 6, 9]), "three different pictures or more"),
    (process(shortlist=[9, 4, -1]), "they go from 0 to 15"),
    (process(shortlist=[9, 4, 15]), "picture 15 is on the shortlist, but fails height"),
    (process(measure=unseen), "picture 4 has height 0"),
]


def test_right_brief_of_ones_own():
    for answer in RIGHT_PROCESSES:
        right = exercises.Result("right", TABLE[OWN_BRIEF].why)
        assert check(OWN_BRIEF, answer) == right


@pytest.mark.parametrize(("answer", "part"), WRONG_PROCESSES)
def test_wrong_brief_is_told_what_to_do(answer, part):
    assert_wrong(OWN_BRIEF, answer, part)


def test_an_answer_of_parts_is_judged_part_by_part():
    def look(part, *before):
        exercises.given(part)
        exercises.require(part == len(before), f"this is {part}.")
        return part

    checks = dict.fromkeys("abc", look)
    exercise = Process(lambda answer: exercises.judge_parts(answer, **checks), "so.")

    def judge(*parts):
        return grade(exercise, dict(zip("abc", parts, strict=False)))

    assert judge(0, 1, 2) == exercises.Result("right", "so.")
    assert judge(0, 1, 3) == exercises.Result("wrong", "this is 3.")
    assert judge(0, 5, ...).message == "this is 5."  # told at once
    assert "a dict with 3 parts, spelled like this: a, b, c." in judge(0, 1).message
    assert grade(exercise, [0, 1, 2]) == judge(0, 1)
    # What comes after a gap has not been looked at.
    assert judge(..., ..., ...) == judge(..., 9, 2) == grade(exercise, ...)
    for parts, text in (
        ((0, ..., 7), "`a` right so far, `b` still open."),
        ((0, 1, ...), "`a` and `b` right so far, `c` still open."),
    ):
        text += " Replace its ..., then run both cells."
        assert judge(*parts) == exercises.Result("open", text)


# What counts as an answer

MEAN = Function(
    right=lambda values: np.mean(values),
    cases=((np.array([1.0, 2.0, 6.0]),), (np.array([4.0, 5.0]),)),
    why="the mean is right.",
    hint="Add, then divide.",
)
RATIO = Value(right=0.25, why="a quarter.", hint="One number.", tolerance=1e-3)


def only_a_docstring(values):
    """It does nothing."""


def no_value(values):
    values.mean()


def raises(error):
    def function(*args):
        raise error

    return function


def not_implemented(values):
    raise NotImplementedError


def swallows_errors(values):
    values.undefined  # noqa: B018
    raise NotImplementedError


@pytest.mark.parametrize("name", TABLE)
def test_dots_are_not_an_answer_yet(name):
    assert check(name, ...).state == check(name, [1, ...]).state == "open"


@pytest.mark.parametrize("stub", [not_implemented, lambda values: ...])
def test_untouched_stub_is_open(stub):
    assert grade(MEAN, stub).state == "open"


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        *((f, "gives nothing back") for f in (print, only_a_docstring, no_value)),
        (lambda values: values.mean, "Are brackets missing"),
        (lambda values: str(np.mean(values)), "your function gives text, '3.0'"),
        (lambda: 3.0, "with one argument"),
        ("mean", "without quotation marks"),
        (lambda values: [None], "gave [None]; expected"),
        (swallows_errors, "has nothing named `undefined`"),
        (raises(NotImplementedError()), "NotImplementedError"),
        (lambda values: ... if len(values) < 3 else 3.0, "gave `...`"),
        (lambda values: None if len(values) < 3 else 3.0, "ends without `return`"),
        (lambda values: values[2] * 0 + 3, "called with values = [4.0, 5.0]"),
        (4.5, "give a function"),
    ],
)
def test_what_is_no_stub_is_an_answer(answer, part):
    result = grade(MEAN, answer)
    assert result.state == "wrong" and part in result.message
    assert grade(RATIO, (0.25, None)).state == "wrong"


@pytest.mark.parametrize(
    "answer",
    [0.25, "0.25", " .25 ", np.float32(0.25), [[0.25]], 0.2504, tf.constant([0.25])],
)
def test_number_in_any_form_is_right(answer):
    assert grade(RATIO, answer).state == "right"


@pytest.mark.parametrize(
    "answer",
    [0.26, True, math.nan, [0.25, 0.25], {}, 0.25j, b"0.25", {0.25}, [[1], [1, 2]]]
    + [lambda: 0.25, 10**400, np.array([]), iter([0.25]), keras.Input((3,)), "0,25"],
)
def test_other_value_is_wrong_and_the_right_one_stays_hidden(answer):
    result = grade(RATIO, answer)
    assert result.state == "wrong"
    assert "is 0.25" not in result.message


# Nothing that is passed makes a check raise


class Weird:
    """Raises at whatever is asked of it."""

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    def __getattr__(self, name):
        raise RuntimeError("no attribute")

    def __array__(self, *args, **kwargs):
        raise KeyboardInterrupt

    def __repr__(self):
        raise SystemExit

    __hash__ = None


class UnprintableError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def endless_recursion(*args):
    return endless_recursion(*args)


async def coroutine(*args):
    return 784


@pytest.mark.parametrize("name", TABLE)
def test_check_never_raises(name):
    for answer in (
        *(Weird(), Weird, object(), type, b"\xff", {1: 2}, 10**10_000, "x" * 10**6),
        *(raises(UnprintableError()), raises(SystemExit()), raises(GeneratorExit())),
        *(endless_recursion, coroutine, lambda *args: Weird(), np, range, float("nan")),
        *(lambda *args: np.empty((0, 3)), lambda *args: args, memoryview(b"ab")),
        *(lambda *args: "x" * 10**6, lambda *args: [[1], [2, 3]], np.ma.masked),
    ):
        result = check(name, answer)
        assert result.state == "wrong" and len(result.message) < 700
        assert "0x" not in repr(result)


@pytest.mark.parametrize(
    "name", ["start_here.none", "start_here", "", "..", None, "os"]
)
def test_unknown_name_lists_the_known_ones(name):
    result = check(name, 1)
    assert result.state == "wrong"
    assert "start_here" in result.message.partition("Known: ")[2]


def test_interruption_is_not_an_endless_loop():
    result = check("start_here.scale_pixels", raises(KeyboardInterrupt()))
    assert result.message == "you stopped it before it ended."


def goes_on(*args):
    while True:
        try:
            time.sleep(0.005)
        except Exception:
            pass


def catches_everything_twice(*args):
    while True:
        try:
            while True:
                try:
                    time.sleep(0.005)
                except:  # noqa: E722
                    pass
        except BaseException:
            continue


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers on this system")
@pytest.mark.parametrize("loop", [goes_on, catches_everything_twice])
def test_endless_loop_is_stopped(monkeypatch, loop):
    monkeypatch.setattr(exercises, "TIME_LIMIT_S", 0.1)
    before = signal.getsignal(signal.SIGALRM)
    assert_wrong("start_here.scale_pixels", loop, "endless")
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_endless_loop_is_stopped_in_another_thread(monkeypatch):
    monkeypatch.setattr(exercises, "TIME_LIMIT_S", 0.1)
    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(check, "start_here.scale_pixels", goes_on).result()
        right = pool.submit(check, "start_here.count_numbers", 3072).result()
    assert "endless" in stopped.message and right.state == "right"


# What the learner reads


@pytest.mark.parametrize(
    ("calculate", "part"),
    [
        (lambda: keras.layers.Dense(2)(tf.ones((1, 8)))[:, 5], "an index is too large"),
        (lambda: tf.ones(3) - tf.ones(2), "different sizes"),
        (lambda: np.ones((2, 3)) @ np.ones((2, 3)), "product of matrices"),
        (lambda: tf.math.log(3), "tf.cast"),
        (lambda: tf.ones(3) * tf.ones(3, tf.uint8), "does not mix kinds of numbers"),
        (lambda: tf.math.divide(tf.ones(3), tf.ones(3, tf.uint8)), "mix kinds"),
        (lambda: tf.raw_ops.AddV2(x=tf.ones(3), y=tf.ones(3, tf.uint8)), "mix kinds"),
        (lambda: tf.ones(3).mean(), "tf.reduce_mean"),
        (lambda: undefined, "the name `undefined` is not known"),  # noqa: F821
        (lambda: exp(1), "NumPy's is `np.exp`"),  # noqa: F821
        (lambda: 1 / 0, "divides by 0"),
        (lambda: {}["loss"], "no entry 'loss'"),
        (lambda: [1, 2][2], "an index is too large"),
        (lambda: math.expp(1), "`math` has nothing named `expp`"),
        (lambda: "a" + 1, "text and numbers cannot be combined"),
        (lambda: [1, 2] * 0.5, "np.array"),
        (lambda: 3 - ..., "a `...` is left in it"),
        (lambda: np.mean(), "`mean` gets too few or too many values"),
        (lambda: math.pi(3), "Is a `*` missing"),
        (lambda: float(np.ones(3)), "such as float() or a function of `math`"),
        (lambda: np.ones(3).numpy(), "only a tensor of TensorFlow has .numpy()"),
        (lambda: np.ones(3, np.uint8) * 256, "holds only 0 to 255"),
        (lambda: endless_recursion(), "calls itself"),
        (lambda: tf.random.normal(4), "one row of whole numbers"),
        (raises(ValueError("too late")), "It says ValueError: too late."),
    ],
)
def test_error_is_told_in_plain_words(calculate, part):
    message = grade(MEAN, lambda values: calculate()).message
    assert message.startswith("your function stopped with an error: ")
    assert part in message and "check again" in message
    assert not any(odd in message for odd in ("\x1b", "[Op:", "{{", "Arguments rec"))


def test_result_is_plain_text_that_starts_with_its_sign():
    assert repr(check("start_here.count_numbers", ...)).startswith("○ not answered yet")
    assert repr(check("start_here.count_numbers", 3072)).startswith("✓ right")
    lines = repr(check("start_here.scale_pixels", lambda p: p)).splitlines()
    assert lines[0].startswith("✗ not right")
    assert all(len(line) <= 80 for line in lines)


def test_parts_of_an_answer_are_told_by_their_sizes():
    parts = np.zeros((3, 2)), np.zeros((3, 1))
    assert _words.describe(parts) == "2 parts, of 3 × 2 and 3 × 1 numbers"
    assert _words.describe((1.5, None)) == "(1.5, None)"
    assert _words.describe((np.zeros(2), "b", len)) == "a value of type tuple"


def test_warnings_of_an_answer_are_not_shown(capfd):
    assert check("start_here.scale_pixels", lambda p: np.log(p * 0.0)).state == "wrong"
    assert capfd.readouterr() == ("", "")


# A product of one's own, handed over


@pytest.fixture(scope="module")
def handed_over(tmp_path_factory):
    """A right answer; the folder is there, with a second one of another wall."""
    from gan_tutorial.design import bodies, curves, handover
    from gan_tutorial.synthetic import vases

    points = curves.read(vases.make(14, 64, seed=3)[0], side_mm=300)
    outline = curves.Outline(points[2])
    place = tmp_path_factory.mktemp("handed over")
    for wall_mm in (5, 3):
        product = handover.Product(outline, "A vase", wall_mm, made_by=NO_GENERATOR)
        folder = handover.write_set(place, [product], width_px=64)
    answer = {"points": points, "outline": outline, "folder": folder}
    return answer | {"findings": bodies.inspect(outline, 3)}


NO_GENERATOR = "made without a generator"


def check_product(answer):
    return exercises.check(OWN_PRODUCT, answer)


def test_right_product_of_ones_own(handed_over):
    assert check_product(handed_over).state == "right", check_product(handed_over)
    text = handed_over | {"folder": str(handed_over["folder"])}
    assert check_product(text).state == "right"


def test_wrong_products_of_ones_own(handed_over, tmp_path):
    from gan_tutorial.design import bodies, curves

    right, points = handed_over, handed_over["points"]
    other, nowhere = curves.Outline(points[5]), np.full_like(points, np.nan)
    other_wall = {*right["folder"].parent.iterdir()} - {right["folder"]}
    damaged = tmp_path / "damaged"
    shutil.copytree(right["folder"], damaged)
    next(damaged.glob("*.stl")).unlink()
    changed = tmp_path / "changed"
    shutil.copytree(right["folder"], changed)
    (record,) = changed.glob("*.json")
    record.write_text(record.read_text("utf-8").replace('"wall": 3.0', '"wall": 2.0'))
    for change, message in [
        ({"points": points[0]}, "control points of many outlines"),
        ({"points": points[:5]}, "read 12 or more"),
        ({"points": nowhere}, "no product was found in any picture"),
        ({"points": points[[1] * 14]}, "only 1 of them are different"),
        ({"outline": points[2]}, "such as `curves.Outline(my_points[0])`"),
        ({"outline": curves.Outline(points)}, "Its points are an array (14 × 24 × 2"),
        ({"outline": curves.Outline(nowhere[0])}, "NaN, which stands for a picture"),
        ({"outline": curves.Outline(100 * other.points)}, "is it one of them?"),
        ({"findings": "none"}, "must be the list that `bodies.inspect"),
        ({"findings": []}, "must be the list that `bodies.inspect"),
        ({"findings": bodies.inspect(other, 3)}, "Give the whole list"),
        ({"findings": bodies.inspect(right["outline"], 60)}, "this cannot be made"),
        ({"folder": right["folder"].parent}, "not the one around it"),
        ({"folder": "nowhere"}, "must be what `handover.write_set` gives back"),
        ({"folder": record}, ".json', and no folder"),
        ({"folder": points}, "This is an array"),
        (
            {"folder": other_wall.pop()},
            "inspected a wall of 3 mm, and handed over one of 5",
        ),
        ({"folder": damaged}, "files are missing in the folder: stl"),
        ({"folder": changed}, "was changed"),
        ({"outline": other, "findings": bodies.inspect(other, 3)}, "another outline"),
    ]:
        found = check_product(right | change)
        text = " ".join(str(found).split())
        assert found.state == "wrong" and message in text, (message, text)


# Lesson 11: a material of one's own


@pytest.fixture(scope="module")
def own_material(tmp_path_factory):
    from gan_tutorial.design import quilting, tiles

    picture = materials.make(5, 64, seed=8)[0][3]
    tile = quilting.quilt(picture, 64)
    path = tiles.write(tmp_path_factory.mktemp("own"), "floor", tile)
    return {"picture": picture, "tile": tile, "path": path}


def test_right_material_of_ones_own(own_material):
    assert check(OWN_MATERIAL, own_material).state == "right"
    text = own_material | {"path": str(own_material["path"])}
    assert check(OWN_MATERIAL, text).state == "right"
    # Four tiles are a tile, and so are the lines of a comb, which have no steps.
    four = np.tile(own_material["tile"], (2, 2, 1))
    comb = np.tile(np.repeat(np.array([[[40], [90]]], np.uint8), 3, 2), (64, 32, 1))
    for picture, tile in ((own_material["picture"], four), (comb, comb)):
        judged = check(OWN_MATERIAL, dict(picture=picture, tile=tile, path=...))
        assert judged.state == "open"


@pytest.mark.parametrize("name", materials.MATERIALS)
def test_right_materials_are_not_refused(name):
    """Tiles by formula, and quilts but for a seam that happens to be steep."""
    from gan_tutorial.design import quilting

    pictures = materials.make(20, 64, seed=9)[0][materials.find_label(name) :: 5]
    large = materials.draw(name, 128, seed=6)
    pairs = [(large[:64, :64], large)]
    pairs += [(p, quilting.quilt(p, 64, seed=k)) for k, p in enumerate(pictures)]
    for picture, tile in pairs:
        result = check(OWN_MATERIAL, dict(picture=picture, tile=tile, path=...))
        assert result.state == "open" or "try another seed" in result.message, result


def make_cork(seed):
    """The picture that the notebook draws."""
    spots = np.random.default_rng(seed).normal(size=(100, 100, 1)).repeat(3, axis=2)
    for axis in (0, 1):
        spots = np.mean([np.roll(spots, n, axis) for n in range(4)], axis=0)
    return ([185, 140, 95] + 90 * spots).clip(0, 255).astype(np.uint8)[:80, :80]


def test_cork_side_by_side_or_of_wood_is_no_tile(own_material):
    from gan_tutorial.design import quilting

    for seed in range(5):
        cork, wood = make_cork(seed), materials.draw("wood", 64, seed).astype(float)
        right = own_material | {"picture": cork, "path": ...}
        sewn = check(OWN_MATERIAL, right | {"tile": quilting.quilt(cork, 96)})
        assert sewn.state == "open", sewn
        wood = (wood - wood.mean(axis=(0, 1))) / wood.std() * cork.std()
        wood = (wood + cork.mean(axis=(0, 1))).clip(0, 255).astype(np.uint8)
        repeated = "where your tile repeats, after 80 × 80 pixels"
        for tile, message in (
            (cork, "across a seam"),
            (np.tile(cork, (2, 2, 1)), repeated),
            (np.tile(cork, (2, 3, 1))[:100, :200], repeated),
            (wood, "so it has another pattern"),
        ):
            assert_wrong(OWN_MATERIAL, right | {"tile": tile}, message)


def test_wrong_materials_of_ones_own(own_material):
    from PIL import Image

    path, picture = own_material["path"], own_material["picture"]
    jpeg = path.with_suffix(".jpg")
    Image.fromarray(own_material["tile"]).save(jpeg)
    for change, message in [
        ({"picture": picture / 255}, "uint8 (height, width, 3)"),
        ({"picture": picture[:16]}, "32 pixels or more"),
        ({"tile": picture[..., 0]}, "uint8 (height, width, 3)"),
        ({"tile": np.full_like(picture, 9)}, "hardly any contrast"),
        ({"tile": picture}, "the steepest step inside"),
        ({"tile": materials.draw("wood", 64)}, "is it of the same material?"),
        ({"path": path.parent}, "the path of a PNG"),
        ({"path": path.with_name("other.png")}, "the path of a PNG"),
        (
            {"path": path.with_suffix(".json")},
            "floor.json is no picture: give the floor.png beside it.",
        ),
        ({"path": jpeg}, "a JPEG changes it"),
    ]:
        assert_wrong(OWN_MATERIAL, own_material | change, message)


# Lesson 11: a page with own words


@pytest.fixture
def own_page(tmp_path):
    """A shop of three products, with words of somebody's own."""
    from gan_tutorial.design import pages
    from gan_tutorial.synthetic import interfaces

    cells = interfaces.draw([1], [3], seed=5)[0]
    path = pages.write_page(tmp_path / "page.html", cells, "Three pots")
    text = path.read_text("utf-8")
    for number, word in enumerate(("Milk jug", "Sugar bowl", "Tea pot"), 1):
        text = text.replace(f"Product {number}", word)
    path.write_text(text, "utf-8")
    return {"screen": cells, "page": path}


def test_right_page_of_ones_own(own_page):
    assert check(OWN_SCREEN, own_page).state == "right", check(OWN_SCREEN, own_page)
    as_lists = {"screen": own_page["screen"].tolist(), "page": str(own_page["page"])}
    assert check(OWN_SCREEN, as_lists).state == "right"


def test_wrong_pages_of_ones_own(own_page, tmp_path):
    from gan_tutorial.synthetic import interfaces

    screen, text = own_page["screen"], own_page["page"].read_text("utf-8")
    stray = screen.copy()
    y, x = np.argwhere(screen == interfaces.PARTS.index("background"))[40]
    stray[y, x] = interfaces.PARTS.index("button")
    pages = {
        "old": text.replace("Tea pot", "Product 3"),
        "other": text.replace("<main>", "<div>").replace("</main>", "</div>"),
        "nameless": text.replace("Milk jug</button>", "</button>"),
        "outside": text.replace("data:image/svg+xml,", "https://example.org/", 1),
        "blind": text.replace('alt="Milk jug, picture to come"', 'alt=""'),
    }
    for name, content in pages.items():
        pages[name] = tmp_path / f"{name}.html"
        pages[name].write_text(content, "utf-8")
    for change, message in [
        ({"screen": screen[None]}, "one screen, (32, 16)"),
        ({"screen": screen / 6}, "one screen, (32, 16)"),
        ({"screen": screen + 1}, "from 1 to 7"),
        ({"screen": np.roll(screen, 1, axis=1)}, "breaks the rules"),
        ({"screen": interfaces.draw([1], [4], 1)[0]}, "3: it is the page of another"),
        *(
            ({"screen": interfaces.draw([label], [3], 1)[0]}, "stand elsewhere")
            for label in range(4)
        ),
        ({"screen": stray}, "a button too many"),
        ({"page": text}, "must be the path"),
        ({"page": tmp_path / "none.html"}, "This is none.html"),
        ({"page": pages["old"]}, "'Product 3' still stands there"),
        ({"page": pages["other"]}, "a landmark is missing"),
        ({"page": pages["nameless"]}, "has lost its name"),
        ({"page": pages["blind"]}, "has lost its name"),
        ({"page": pages["outside"]}, "loads something from outside"),
    ]:
        assert_wrong(OWN_SCREEN, own_page | change, message)
