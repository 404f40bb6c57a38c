"""Exercises of lesson 08: their references, and the check of a brief of one's own."""

import itertools
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import data, exercises, solids
from gan_tutorial.briefs import Brief
from gan_tutorial.briefs import shortlist as list_designs
from gan_tutorial.exercises import check
from gan_tutorial.synthetic import lamps, vases

NAME = "explore_product_appearances.own_brief"
TABLE = exercises.load_table("explore_product_appearances")
LAMPS = lamps.make(24, 32, seed=3)[0]
HEIGHTS = np.linspace(4, 28, 16).astype(int)  # 4 to 28 pixels, each another one
BRIGHTNESS = 100 + 9 * (np.arange(16) * 7 % 16)


def boxes(channels=1):
    """Boxes on black, as high and as bright as the lists above say."""
    images = np.zeros((16, 32, 32, channels), np.uint8)
    for number, height in enumerate(HEIGHTS):
        images[number, 32 - height :, 4 : 8 + 5 * number % 23] = BRIGHTNESS[number]
    return images


def measure(images):
    height = (images.max(axis=(2, 3)) > 0).sum(axis=1)
    return {"height": height, "brightness": images.max(axis=(1, 2, 3))}


def process(**changes):
    """A right process with some parts changed."""
    return {
        "images": boxes(),
        "measure": measure,
        "brief": Brief({"height": (None, 20), "brightness": (120, None)}),
        "shortlist": [9, 4, 6],
    } | changes


# The references of the other exercises


def test_both_constraints_by_trying_all_overlaps():
    # In tens: 70 of 100 meet the one; which counts of both are possible for 50?
    possible = [both for both in range(101) if both <= 50 and 70 + 50 - both <= 100]
    assert TABLE["both_constraints"].reference == [10 * possible[0], 10 * possible[-1]]


def test_smallest_move_is_the_least_squares_solution():
    exercise = TABLE["smallest_move"]
    for weights, change in exercise.cases:
        expected = np.linalg.lstsq(weights[None], [change], rcond=None)[0]
        np.testing.assert_allclose(exercise.reference(weights, change), expected)
    np.testing.assert_allclose(exercise.reference(np.array([1.0, 2.0]), 10), [2, 4])


def test_each_pick_is_the_farthest_from_those_before_it():
    exercise = TABLE["pick_diverse"]
    for points, num in exercise.cases:
        picked = exercise.reference(points, num)
        assert picked[0] == 0
        assert len(set(picked)) == num
        for place in range(1, num):
            gaps = [
                min(sum((point - points[j]) ** 2) ** 0.5 for j in picked[:place])
                for point in points
            ]
            assert picked[place] == gaps.index(max(gaps))
    assert exercise.reference(np.array([[0], [9], [10], [4]]), 3) == [0, 2, 3]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("both_constraints", (200.0, 500)),
        ("both_constraints", np.array([200, 500])),
        ("both_constraints", [500 - 300, 500]),
        ("smallest_move", lambda w, c: [c * x / sum(w * w) for x in w]),
        ("smallest_move", lambda w, c: np.linalg.pinv(w[None]) @ [c]),
        ("smallest_move", lambda w, c: tf.constant(c * w) / tf.reduce_sum(w * w)),
        ("pick_diverse", lambda p, n: np.array(TABLE["pick_diverse"].reference(p, n))),
    ],
)
def test_right_answers_in_other_forms(name, answer):
    assert check(f"explore_product_appearances.{name}", answer).state == "right"


# Wrong answers, as learners write them


def without_axis(points, num):
    chosen, nearest = [0], np.linalg.norm(points - points[0])
    while len(chosen) < num:
        chosen.append(int(np.argmax(nearest)))
        distance = np.linalg.norm(points - points[chosen[-1]])
        nearest = np.minimum(nearest, distance)
    return chosen


def by_brute_force(points, num):
    def gap(group):
        pairs = itertools.combinations(points[list(group)], 2)
        return min((sum((a - b) ** 2) for a, b in pairs), default=0)

    groups = itertools.combinations(range(len(points)), num)
    return max((group for group in groups if group[0] == 0), key=gap)


def shortlist(points, num):
    scores, passes = -np.arange(len(points)), np.ones(len(points), bool)
    return list_designs(scores, points, passes, num, 1.0)


def as_floats(points, num):
    return np.array(TABLE["pick_diverse"].reference(points, num), float)


@pytest.mark.parametrize(
    ("name", "answer", "part"),
    [
        ("both_constraints", [500, 300], "count candidates that *fail*"),
        ("both_constraints", "between 200 and 500", "two numbers in a list"),
        ("both_constraints", "200 - 500", "two numbers in a list"),
        ("both_constraints", [150, 500], "the largest is right"),
        ("both_constraints", [350, 500], "the largest is right"),
        ("both_constraints", [200, 450], "the smallest is right"),
        ("both_constraints", [200, 350], "the smallest is right"),
        ("smallest_move", lambda w, c: np.round(c * w / (w @ w), 3), "are rounded"),
        ("smallest_move", lambda w, c: c * w / (2 * w @ w), "the length is not"),
        ("smallest_move", lambda w, c: 2 * c * w / (w @ w), "the length is not"),
        ("smallest_move", lambda w, c: 2 * w, "same move for every `change`"),
        ("pick_diverse", without_axis, "Is `axis=1` missing"),
        ("pick_diverse", by_brute_force, "the best group as a whole"),
        ("pick_diverse", shortlist, "as `briefs.shortlist` does"),
        ("pick_diverse", as_floats, "decimal ones"),
        ("pick_diverse", lambda p, n: {*range(n)}, "Give a list of whole numbers"),
        ("pick_diverse", lambda p, n: as_floats(p, n).astype(int) + 1, "begin at 1"),
    ],
)
def test_wrong_answer_gets_a_message_that_fits(name, answer, part):
    result = check(f"explore_product_appearances.{name}", answer)
    assert result.state == "wrong"
    assert part in result.message


# Right processes


def colour_measure(images):
    red, green, _ = np.moveaxis(images.mean(axis=(1, 2)), 1, 0)
    return {"redness": red - green, "light": tf.reduce_mean(red[:, None], axis=1)}


def network_measure(images):
    """Features of an untrained network: decimal numbers with rounding."""
    keras.utils.set_random_seed(1)
    network = keras.layers.Dense(2)
    features = network(images.reshape(len(images), -1) / np.float32(255))
    return {"a": features[:, 0], "b": features[:, 1]}


def categories(images):
    is_high = measure(images)["height"] > 15
    return {"is_high": is_high, "shade": (images.max(axis=(1, 2, 3)) // 60) % 3}


def unseen(images):
    """Sees nothing in picture 4, the only one that is 208 bright."""
    found = measure(images)
    return found | {"height": np.where(found["brightness"] == 208, 0, found["height"])}


CATEGORIES = Brief(
    {"is_high": ["no"], "shade": ["pale", "dark"]},
    names={"is_high": ("no", "yes"), "shade": ("pale", "middle", "dark")},
)


def half_of_each(images, measure_fn):
    """A brief that about half of the pictures meet, and all that meet it."""
    measured = measure_fn(images)
    asked = {name: (np.quantile(measured[name], 0.3), None) for name in [*measured][:2]}
    brief = Brief(asked)
    shortlist = np.flatnonzero(brief.passes(measured))
    return process(images=images, measure=measure_fn, brief=brief, shortlist=shortlist)


RIGHT = {
    "the boxes": process(),
    "just enough": process(
        images=boxes()[:12],
        brief=Brief({"height": (None, 10), "brightness": (150, None)}),
        shortlist=[4, 2, 1],
    ),
    "a tuple": process(shortlist=(9, 4, 6)),
    "an array": process(shortlist=np.array([9, 4, 6], np.uint8)),
    "numbers of NumPy": process(shortlist=[np.int64(9), 4, 6]),
    "three channels": process(images=boxes(channels=3)),
    "a third quantity": process(
        measure=lambda images: measure(images) | {"mean": images.mean(axis=(1, 2, 3))}
    ),
    "a constant that nobody asks for": process(
        measure=lambda images: measure(images) | {"corner": images[:, 0, 0, 0] > 0}
    ),
    "0 on purpose": process(
        measure=unseen, brief=Brief({"height": (0, 20), "brightness": (120, None)})
    ),
    "0 outside the shortlist": process(measure=unseen, shortlist=[9, 6, 8]),
    "also in millimetres": process(
        measure=lambda images: measure(images) | {"mm": 2.5 * measure(images)["height"]}
    ),
    "lists": process(
        measure=lambda images: {k: v.tolist() for k, v in measure(images).items()}
    ),
    "another word": process(title="my boxes"),
    "colour": half_of_each(lamps.make(30, 64, 1, colour=True)[0], colour_measure),
    "a network": half_of_each(LAMPS, network_measure),
    "the course's measure": half_of_each(vases.make(20, 64)[0], vases.measure),
    "the course's bodies": process(
        images=lamps.make(24, 64)[0],
        measure=solids.measure_bodies,
        brief=Brief({"tilt": (26, None), "slenderness": (1.2, None)}),
        shortlist=[3, 7, 8],
    ),
    "names": process(measure=categories, brief=CATEGORIES, shortlist=[1, 5, 4]),
}


@pytest.mark.parametrize("answer", RIGHT.values(), ids=RIGHT)
def test_right_process(answer):
    assert check(NAME, answer) == exercises.Result("right", TABLE["own_brief"].why)


def test_pictures_from_a_folder(tmp_path):
    for number, image in enumerate(LAMPS):
        keras.utils.save_img(tmp_path / f"{number:02}.png", image, scale=False)
    images = data.load_image_folder(tmp_path, 32, 1)
    assert check(NAME, half_of_each(images, lamps.measure)).state == "right"


# Wrong processes


def rank(images):
    return measure(images) | {"rank": measure(images)["height"].argsort().argsort()}


def on_white(images):
    """Takes the black ground for the product, in every picture."""
    is_ink = images.min(axis=3) < 50
    return {"height": is_ink.any(2).mean(1), "width": is_ink.any(1).mean(1)}


def darken(images):
    images[images < 130] = 0
    return measure(images)


def with_quantity(function):
    """A measure with one more quantity, `extra`."""
    return process(measure=lambda images: measure(images) | {"extra": function(images)})


BOXES = boxes()
COUNTER = itertools.count()
WRONG = [
    # No process
    ([], "give a dict with four parts"),
    (measure, "give a dict with four parts"),
    ({"images": BOXES, "measure": measure, "brief": 1}, "give a dict with four parts"),
    ({"image": BOXES, "measure": 1, "brief": 1, "shortlist": 1}, "spelled like this"),
    # Pictures
    (process(images="my_drawings"), "load_image_folder(folder, 64, 1)` gives"),
    (process(images="my_drawings"), "This is 'my_drawings'."),
    (process(images=lamps.make(20, 32)), "This is a value of type tuple."),
    (process(images=data.to_model_range(BOXES)), "32 × 32 × 1 decimal numbers"),
    (process(images=BOXES.astype(int)), "`images` must be pictures"),
    (process(images=BOXES[..., 0]), "(16 × 32 × 32 whole numbers)"),
    (process(images=BOXES[:, :20]), "`images` must be pictures"),
    (process(images=np.repeat(BOXES, 2, axis=3)), "`images` must be pictures"),
    (process(images=BOXES[:11]), "of 11 pictures 11 are different"),
    (process(images=BOXES[:0]), "of 0 pictures 0 are different"),
    (process(images=np.repeat(BOXES[:1], 16, 0)), "of 16 pictures 1 are different"),
    (process(images=np.repeat(BOXES[:8], 2, 0)), "of 16 pictures 8 are different"),
    # The function
    (process(measure=measure(BOXES)), "by its name alone"),
    (process(measure="measure"), "by its name alone"),
    (
        process(measure=lambda images: 1 / 0),
        "16 of the pictures, your function stopped",
    ),
    (process(measure=lambda images: 1 / 0), "ZeroDivisionError"),
    (
        with_quantity(lambda images: images[1]),
        "given 16 of the pictures, extra must be",
    ),
    (with_quantity(lambda images: [i[5, 5, 0] for i in images[:3]]), "must be as many"),
    (process(measure=lambda: 1), "takes 0 positional arguments"),
    (process(measure=darken), "changes the pictures that it is given"),
    (process(measure=lambda images: None), "It gave nothing."),
    (process(measure=lambda images: images.mean(axis=(1, 2, 3))), "and a dict, such"),
    (process(measure=lambda images: (1, 2)), "It gave [1, 2] (2 whole numbers)."),
    (with_quantity(lambda images: images.mean()), "A mean over `axis=(1, 2, 3)`"),
    (with_quantity(lambda images: images.max(axis=(1, 2))), "It is an array (16 × 1 "),
    (with_quantity(lambda images: ["high"] * len(images)), "extra must be as many num"),
    (with_quantity(lambda images: np.squeeze(images.max((1, 2)))), "given 1 of the"),
    (
        with_quantity(lambda images: np.log(images[:, 15, 5, 0] / 1.0)),
        "extra is infinite or missing (NaN) for picture 0.",
    ),
    (
        with_quantity(lambda images: np.where(images[:, 9, 5, 0] > 0, np.nan, 1.0)),
        f"infinite or missing (NaN) for picture {np.argmax(HEIGHTS >= 23)}.",
    ),
    (
        process(
            measure=lambda images: {
                "height": measure(images)["height"],
                "brightness": np.full(len(images), 3.25),
            }
        ),
        "brightness is 3.25 for all pictures: nobody can choose by it.",
    ),
    (
        process(measure=on_white, brief=...),
        "`images.min(axis=3) < 200`",
    ),
    (
        with_quantity(lambda images: np.random.default_rng().normal(size=len(images))),
        "extra is different the second time",
    ),
    (
        with_quantity(lambda images: images.mean((1, 2, 3)) + next(COUNTER)),
        "extra is different the second time",
    ),
    # Not looking at the pictures, or not at each by itself
    (with_quantity(lambda images: np.arange(len(images))), "in the reverse order"),
    (with_quantity(lambda images: HEIGHTS[: len(images)]), "no list from outside"),
    (
        with_quantity(lambda images: np.random.default_rng(0).random(len(images))),
        "extra of a picture changes when the pictures come in the reverse order",
    ),
    (with_quantity(lambda images: np.cumsum(images.mean((1, 2, 3)))), "on the place"),
    (with_quantity(lambda images: HEIGHTS), "given 1 of the pictures, extra must be"),
    (process(measure=rank), "rank of a picture is different when the picture comes al"),
    (
        with_quantity(lambda images: images.mean((1, 2, 3)) / images.mean()),
        "no mean, maximum or rank of all",
    ),
    (
        with_quantity(lambda images: images.mean((1, 2, 3)) - images.mean()),
        "no mean, maximum or rank of all",
    ),
    # Too few quantities
    (process(measure=lambda images: {}), "measure two quantities or more"),
    (
        process(measure=lambda images: {"height": measure(images)["height"]}),
        "measure two quantities or more",
    ),
    (
        process(
            measure=lambda images: {
                "height": measure(images)["height"],
                "depth": 32.5 - measure(images)["height"],
            },
            brief=Brief({"height": (9, 20), "depth": (15, None)}),
        ),
        "that say different things",
    ),
    # The brief
    (process(brief={"height": (9, 20)}), "`brief` must be a brief"),
    (process(brief=str(process()["brief"])), "`brief` must be a brief"),
    (process(brief=Brief), "`brief` must be a brief"),
    (
        process(brief=Brief({"height": (9, 20), "width": (3, 9)})),
        "the brief asks for width. Your function measures height, brightness.",
    ),
    (process(brief=Brief({"height": (9, 20)})), "ask for two quantities or more"),
    (
        process(brief=Brief({"height": (9, 20), "brightness": (300, 400)})),
        "no picture meets brightness. It goes from 100 to 235 here.",
    ),
    (
        process(brief=Brief({"height": (2, 40), "brightness": (120, None)})),
        "all pictures meet height, so it decides nothing. It goes from 4 to 28.",
    ),
    (
        process(brief=Brief({"height": (None, 10), "brightness": (230, None)})),
        "0 of the pictures meet all constraints",
    ),
    (
        process(brief=Brief({"height": (None, 10), "brightness": (200, None)})),
        "2 of the pictures meet all constraints",
    ),
    # The shortlist
    (process(shortlist=BOXES[[9, 4, 6]]), "a list of the numbers of pictures"),
    (process(shortlist=HEIGHTS > 9), "`np.flatnonzero(passes)` gives"),
    (process(shortlist=[9.0, 4.0, 6.0]), "a list of the numbers of pictures"),
    (process(shortlist=["9", "4", "6"]), "a list of the numbers of pictures"),
    (process(shortlist="9, 4, 6"), "a list of the numbers of pictures"),
    (process(shortlist=4), "a list of the numbers of pictures"),
    (process(shortlist={9, 4, 6}), "a list of the numbers of pictures"),
    (process(shortlist=[9, 4]), "put three different pictures or more"),
    (process(shortlist=[9, 4, 6, 9]), "put three different pictures or more"),
    (process(shortlist=np.array([], int)), "put three different pictures or more"),
    (process(shortlist=[9, 4, 16]), "they go from 0 to 15"),
    (process(shortlist=[9, 4, -1]), "they go from 0 to 15"),
    (
        process(shortlist=[9, 4, 15]),
        "picture 15 is on the shortlist, but fails height.",
    ),
    (process(shortlist=[9, 4, 0]), "picture 0 is on the shortlist, but fails bright"),
    (
        process(measure=unseen),
        "picture 4 has height 0: is there anything in it that your function sees?",
    ),
]


@pytest.mark.parametrize(("answer", "part"), WRONG, ids=[part for _, part in WRONG])
def test_wrong_process_is_told_what_to_do(answer, part):
    result = check(NAME, answer)
    assert result.state == "wrong"
    assert part in result.message
    assert re.search(r"[.?]$", result.message)
    assert not result.message.endswith("..")
    assert len(result.message) < 400


def test_picture_that_fails_twice_names_both():
    brief = Brief({"height": (6, 20), "brightness": (120, None)})
    message = check(NAME, process(brief=brief, shortlist=[9, 4, 0])).message
    assert message.endswith("but fails height and brightness.")


# Parts that are not there yet


@pytest.mark.parametrize("empty", [..., None])
def test_process_can_be_checked_part_by_part(empty):
    parts = ["images", "measure", "brief", "shortlist"]
    for done in range(4):
        open_parts = dict.fromkeys(parts[done:], empty)
        assert check(NAME, process(**open_parts)).state == "open"
        if done:  # a mistake in a part before it is told at once
            wrong = {parts[done - 1]: "text"}
            assert check(NAME, process(**open_parts, **wrong)).state == "wrong"


def not_written(images):
    raise NotImplementedError


@pytest.mark.parametrize("stub", [lambda images: ..., not_written])
def test_function_not_written_yet_is_open(stub):
    assert check(NAME, process(measure=stub)).state == "open"
    half = with_quantity(lambda images: ...)
    assert check(NAME, half).state == "open"
