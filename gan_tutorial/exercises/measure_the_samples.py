"""Exercises of lesson 06: who sees copies, balls by hand, when to stop, a collapse."""

import numpy as np

from gan_tutorial import metrics
from gan_tutorial.exercises import Exercise
from gan_tutorial.synthetic import points

spot_copies = Exercise(
    reference="c",
    why="the copies are real pictures, so every measure that compares sets finds them "
    "as good and as varied as real ones. Only the question 'are they new?' tells: look "
    "for the nearest training pictures.",
    hint="Give one letter, such as `answer_1 = 'a'`. For each explanation, ask which "
    "of the five figures it would move.",
    misconceptions={
        "missing types": (
            "missing types lower recall and coverage, and these are as high as those "
            "of real pictures.",
            "a",
        ),
        "broken": (
            "halves that do not fit lower precision and density, and these are as high "
            "as those of real pictures.",
            "b",
        ),
        "one picture": (
            "1,000 times one picture is a collapse: recall and coverage would be near "
            "0.",
            "d",
        ),
    },
)

_BALLS = {
    "swapped": (
        "the two are swapped. Precision is a share of the five fakes, recall a "
        "share of the four real numbers.",
        [0.5, 0.8],
    ),
    "surface": (
        "a ball holds its own surface: the fake 1 lies in [1, 3], and the real 2 "
        "lies in [0, 2].",
        [0.6, 0.25],
        [0.8, 0.25],
    ),
    "nearest only": (
        "look again at the fakes 1 and 5. A ball holds its own surface, so 1 lies "
        "in [1, 3]. And look at all balls: 5 lies in the ball of 7, [3, 11].",
        [0.6, 0.5],
        [0.4, 0.5],
    ),
    "itself": (
        "a number is not its own neighbour: its ball reaches to the nearest "
        "*other* number of its set.",
        [0, 0],
    ),
    "two neighbours": (
        "these balls reach to the second neighbour. Here k is 1.",
        [1, 0.75],
    ),
    "other set": (
        "a ball reaches to the nearest number of its *own* set, not of the other one.",
        [0.8, 0.75],
    ),
    "counts": ("these are counts. Divide each by the size of its set.", [4, 2]),
    "per cent": ("give shares from 0 to 1, not per cent.", [80, 50]),
    "wrong size": (
        "precision is divided by the number of fakes, five, and recall by the "
        "number of real ones, four.",
        [1.0, 0.4],
        [0.8, 0.4],
        [1.0, 0.5],
    ),
    "outside": ("these are the shares *outside* of the balls.", [0.2, 0.5]),
    "one of them": (
        "give both, precision first, in a list such as [0.2, 0.3].",
        *(0.8, 0.5),
    ),
}
_KNOWN = tuple(_BALLS)
_BALLS |= {  # what is said of all other answers
    "names": (
        "give the two numbers alone, in a list such as [0.2, 0.3].",
        {"precision": 0.8, "recall": 0.5},
    ),
    "text": (
        "this is text. Give two numbers without quotation marks.",
        "0.8, 0.5",
        ["0.8", "0.5"],
    ),
    "how many": (
        "give two numbers: precision and recall.",
        [0.8, 0.5, 0.6],
        [],
        [[0.8, 0.5], [0.8, 0.5]],
    ),
    "precision right": (
        "the first number is right. For the second, take the balls of the fakes, and "
        "count the real numbers in them.",
        [0.8, 0.49],
        [0.8, 0],
    ),
    "recall right": (
        "the second number is right. For the first, take the balls of the real "
        "numbers, and count the fakes in them.",
        [0.79, 0.5],
        [0, 0.5],
    ),
    "neither": (
        "neither number is right. Write down each ball first: the real 2 has its "
        "nearest neighbour at 3, so its ball is [1, 3]; that of 13 is [7, 19].",
        [0.33, 0.67],
    ),
}


def _judge_balls(answer):
    """The message for two shares: a known mistake, or which of the two is right."""
    message = {name: entry[0] for name, entry in _BALLS.items()}
    if isinstance(answer, dict):
        return message["names"]
    parts = answer if isinstance(answer, list | tuple) else [answer]
    if any(isinstance(part, str) for part in parts):
        return message["text"]
    try:
        given = np.asarray(answer, dtype=float).squeeze()
    except (TypeError, ValueError):
        return message["how many"]
    for name in _KNOWN:
        text, *wrong_answers = _BALLS[name]
        for wrong in wrong_answers:
            if np.shape(wrong) == given.shape and np.allclose(wrong, given, atol=1e-5):
                return text
    if given.shape != (2,):
        return message["how many"]
    is_right = np.isclose(given, [0.8, 0.5], atol=1e-5)
    names = {(1, 0): "precision right", (0, 1): "recall right", (0, 0): "neither"}
    return "" if is_right.all() else message[names[tuple(is_right.astype(int))]]


count_balls = Exercise(
    reference=[0.8, 0.5],
    why="the balls of the real numbers are [1, 3], [2, 4], [3, 11] and [7, 19]: of "
    "five fakes, only 0 lies outside. The balls of the fakes are [-1, 1], [0, 2], "
    "[4, 6], [5, 7] and [6, 10]: they hold 2 and 7, two of four.",
    hint="Give two shares, such as [0.2, 0.3]. Write down each ball first: the real 2 "
    "has its nearest neighbour at 3, so its ball is [1, 3]; that of 13 is [7, 19].",
    misconceptions=_BALLS,
    judge=_judge_balls,
)


def _stop_early(distances, patience):
    best = 0
    for epoch, distance in enumerate(distances):
        if distance < distances[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def _where_it_stops(distances, patience):
    best = 0
    for epoch, distance in enumerate(distances):
        if distance < distances[best]:
            best = epoch
        elif epoch - best >= patience:
            return epoch
    return len(distances) - 1


def _where_it_stops_else_best(distances, patience):
    best = _stop_early(distances, patience)
    return best + patience if best + patience < len(distances) else best


def _where_it_stops_or_nothing(distances, patience):
    stop = _stop_early(distances, patience) + patience
    return stop if stop < len(distances) else None


def _last_smallest(distances, patience):
    """Stops where it should, and keeps the last of several equal distances."""
    seen = distances[: _where_it_stops(distances, patience) + 1]
    return len(seen) - 1 - int(np.argmin(seen[::-1]))


def _only_if_it_stops(distances, patience):
    best = 0
    for epoch, distance in enumerate(distances):
        if distance < distances[best]:
            best = epoch
        elif epoch - best >= patience:
            return best


def _from_the_one_before(distances, patience):
    """Waits while a distance is not below the one before it."""
    best = waited = 0
    for epoch in range(1, len(distances)):
        waited = 0 if distances[epoch] < distances[epoch - 1] else waited + 1
        if distances[epoch] < distances[best]:
            best = epoch
        if waited >= patience:
            break
    return best


def _before_the_first_rise(distances, patience):
    for epoch in range(1, len(distances)):
        if distances[epoch] > distances[epoch - 1]:
            return epoch - 1
    return len(distances) - 1


def _never_reset(distances, patience):
    best = waited = 0
    for epoch in range(1, len(distances)):
        if distances[epoch] < distances[best]:
            best = epoch
        else:
            waited += 1
        if waited >= patience:
            break
    return best


def _last_of_equals(distances, patience):
    best = 0
    for epoch, distance in enumerate(distances):
        if distance <= distances[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


stop_early = Exercise(
    reference=_stop_early,
    why="it keeps the best epoch so far, and gives up when the wait is over.",
    hint="Keep the epoch with the smallest distance so far. Stop as soon as the "
    "current epoch is `patience` epochs after it.",
    cases=(
        ([50.0, 30.0, 20.0, 22.0, 25.0, 24.0, 15.0, 26.0, 27.0, 28.0, 29.0, 10.0], 3),
        ([9.0, 8.0, 8.5, 7.0, 7.5, 7.2, 7.1, 3.0], 2),
        ([4.0, 3.0, 3.0, 3.0, 2.5, 1.0], 2),
        ([5.0, 4.0, 6.0, 6.0, 3.5, 5.0], 4),
        ([7.0, 6.0, 9.0, 5.5, 8.0, 8.0], 1),
        ([8.0, 9.0, 7.0, 7.5, 7.6, 6.0, 6.5, 6.4, 6.3, 1.0], 3),
        ([3.0, 2.0, 1.0], 2),
    ),
    misconceptions={
        "looks ahead": (
            "this takes the smallest of all distances, also of those after the stop. "
            "Who has stopped does not see them.",
            lambda d, p: int(np.argmin(d)),
        ),
        "where it stops": (
            "this is the epoch at which you stop. Keep the best one before it.",
            _where_it_stops,
            _where_it_stops_else_best,
            _where_it_stops_or_nothing,
            lambda d, p: _where_it_stops(d, p) - 1,
            lambda d, p: _where_it_stops(d, p) + 1,
            lambda d, p: _stop_early(d, p) + p,
        ),
        "epoch and distance": (
            "give the epoch alone, one number, without its distance or the stop.",
            lambda d, p: (_stop_early(d, p), d[_stop_early(d, p)]),
            lambda d, p: (d[_stop_early(d, p)], _stop_early(d, p)),
            lambda d, p: (_stop_early(d, p), _where_it_stops(d, p)),
            lambda d, p: (_where_it_stops(d, p), _stop_early(d, p)),
        ),
        "last of equal ones": (
            "of several equal smallest distances, keep the first.",
            _last_smallest,
        ),
        "no end": (
            "where the wait is never over, your function gives nothing back. Return "
            "the best epoch after the loop, too.",
            _only_if_it_stops,
        ),
        "last": (
            "this is the last epoch of all. When would you have stopped?",
            lambda d, p: len(d) - 1,
            lambda d, p: len(d),
            lambda d, p: -1,
        ),
        "distance": (
            "this is the smallest distance. Give the number of its epoch.",
            lambda d, p: d[_stop_early(d, p)],
            lambda d, p: min(d),
        ),
        "counts from 1": (
            "epochs are counted from 0 here, as Python counts.",
            lambda d, p: _stop_early(d, p) + 1,
            lambda d, p: int(np.argmin(d)) + 1,
        ),
        "no patience": (
            "this stops as soon as a distance is not smaller. Wait for `patience` "
            "epochs.",
            lambda d, p: _stop_early(d, 1),
            _before_the_first_rise,
        ),
        "one before": (
            "compare each distance with the smallest one so far, not with the one "
            "before it.",
            _from_the_one_before,
        ),
        "never reset": (
            "the wait starts anew at each new smallest distance. `patience` counts "
            "epochs in a row.",
            _never_reset,
        ),
        "too long": (
            "it waits too long: after `patience` epochs without a new "
            "smallest distance, stop.",
            lambda d, p: _stop_early(d, p + 1),
        ),
        "too short": (
            "it gives up too soon: `patience` epochs must bring nothing new.",
            lambda d, p: _stop_early(d, max(p - 1, 1)),
            lambda d, p: _stop_early(d, p - 1),
        ),
        "equal is new": (
            "an equal distance is not smaller: use `<`, so that the wait goes on.",
            _last_of_equals,
        ),
        "largest": (
            "a *small* distance is good.",
            lambda d, p: int(np.argmax(d)),
            lambda d, p: _stop_early(-np.asarray(d), p),
        ),
        "patience as a number of epochs": (
            "`patience` is how long to wait *after* the best epoch, not how many "
            "epochs there are.",
            lambda d, p: p,
            lambda d, p: int(np.argmin(d[:p])),
        ),
    },
)


_MOONS = points.moons(200, seed=0)
_COLLAPSE = {
    "shape": "give an array of 200 points, each with x and y: shape (200, 2).",
    "not finite": "some numbers are infinite or missing (NaN).",
    "one place": "all 200 points are the same one. Choose a few of the real points, "
    "and add other noise to each copy.",
    "rounded": "these points are rounded, so some are equal. Leave the rounding out.",
    "repeated": "some points are equal. Add a little noise to each, and draw it "
    "anew for each point.",
    "the real ones": "these are the real points. Make new ones near a few of them.",
    "some real ones": "some of these points are real ones. Add a little noise to "
    "those, too.",
    "bad and varied": "these are both too bad (precision below 0.95) and too varied "
    "(coverage above 0.6), as fresh moons and large noise are. Take "
    "only a few of the real points, and put new ones close to them.",
    "bad": "the precision is below 0.95: some points lie outside of all balls. Put "
    "them closer to real points.",
    "varied": "the coverage is above 0.6: these points still show much of the variety. "
    "Leave more of the real points alone.",
}


def _judge_collapse(answer):
    try:
        fake = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return _COLLAPSE["shape"]
    if fake.shape != (200, 2):
        return _COLLAPSE["shape"]
    if not np.isfinite(fake).all():
        return _COLLAPSE["not finite"]
    num_different = len(np.unique(fake, axis=0))
    if num_different == 1:
        return _COLLAPSE["one place"]
    if num_different < 200:
        is_rounded = np.array_equal(fake, fake.round(2))
        return _COLLAPSE["rounded" if is_rounded else "repeated"]
    is_real = metrics.nearest_neighbours(_MOONS, fake)[1] < 1e-6
    if is_real.any():
        return _COLLAPSE["the real ones" if is_real.all() else "some real ones"]
    is_bad = metrics.precision_recall(_MOONS, fake)[0] < 0.95
    is_varied = metrics.density_coverage(_MOONS, fake)[1] > 0.6
    if is_bad and is_varied:
        return _COLLAPSE["bad and varied"]
    if is_bad or is_varied:
        return _COLLAPSE["bad" if is_bad else "varied"]
    return ""


def _near(middles, spread):
    """200 points around some of the real ones, for the table below."""
    rng = np.random.default_rng(0)
    return rng.choice(middles, 200) + spread * rng.normal(size=(200, 2))


my_points = Exercise(
    reference=_near(_MOONS[:8], 0.02),
    why="each of these points could be real, and together they show only a few of the "
    "real designs: a collapse. Precision alone would praise it.",
    hint="Choose a few of the moons' points, and put new points close to them.",
    misconceptions={
        "shape": (
            _COLLAPSE["shape"],
            _near(_MOONS, 0.02)[:100],
            _near(_MOONS, 0.02).T,
            0.95,
            "points",
            [[1, 2], [3]],
            np.zeros((200, 3)),
        ),
        "not finite": (_COLLAPSE["not finite"], np.full((200, 2), np.nan)),
        "repeated": (
            _COLLAPSE["repeated"],
            np.tile(_MOONS[:20], (10, 1)),
            np.repeat(_near(_MOONS[:8], 0.02)[:100], 2, axis=0),
        ),
        "one place": (
            _COLLAPSE["one place"],
            np.zeros((200, 2)),
            np.repeat(_MOONS[:1], 200, axis=0),
        ),
        "rounded": (
            _COLLAPSE["rounded"],
            _near(_MOONS[:8], 0.02).round(2),
            _near(_MOONS[:8], 0.02).round(1),
        ),
        "the real ones": (_COLLAPSE["the real ones"], _MOONS, _MOONS[::-1]),
        "some real ones": (
            _COLLAPSE["some real ones"],
            np.concatenate([_MOONS[:1], _near(_MOONS[:8], 0.02)[1:]]),
            np.concatenate([_MOONS[:100], _near(_MOONS[:8], 0.02)[100:]]),
        ),
        "bad and varied": (
            _COLLAPSE["bad and varied"],
            points.moons(200, seed=1),
            points.moons(200, seed=42),
            _near(_MOONS, 0.4),
            _near(_MOONS[:8], 1.0),
        ),
        "bad": (
            _COLLAPSE["bad"],
            _near(_MOONS[:8], 0.1),
            _near(np.array([[9.0, 9.0]]), 0.1),
            np.random.default_rng(0).normal(size=(200, 2)),
        ),
        "varied": (
            _COLLAPSE["varied"],
            _near(_MOONS, 0.02),
            _near(_MOONS[::2], 0.02),
            points.moons(200, seed=7),
        ),
    },
    judge=_judge_collapse,
)
