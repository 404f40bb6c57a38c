"""Exercises of lesson 08: two constraints, a move, a varied choice, your own brief."""

from itertools import combinations

import numpy as np

from gan_tutorial.briefs import Brief
from gan_tutorial.exercises import Exercise, _describe, _numbers
from gan_tutorial.synthetic import lamps

# 1. How many can meet both?

both_constraints = Exercise(
    reference=[200, 500],
    why="700 + 500 is 200 more than 1,000, so at least 200 meet both; and those who "
    "meet both are among the 500. The rates of two constraints do not say how often "
    "they are met together: count it.",
    hint="Give two whole numbers in a list, such as [100, 300]. Think of the 1,000 in "
    "a row, and of the first 700 as those that meet the capacity. Where may the 500 "
    "stand, so that few or many of them are among the 700?",
    misconceptions={
        "independent": (
            "0.7 × 0.5 × 1,000 = 350 holds only if the two have nothing to do with "
            "each other. But a high vase holds much *and* falls soon. What is the "
            "least and the most that they can have in common?",
            *(350, [350, 350], [350], 0.35, [0.35, 0.35]),
        ),
        "nobody": (
            "700 and 500 are more than 1,000 together, so they cannot all be different "
            "candidates. How many must be counted twice?",
            *([0, 500], [0, 700], [0, 1000], [0, 350], 0),
        ),
        "too many": (
            "the smallest is right. Those who meet both also meet the rarer "
            "constraint: how many can that be at most?",
            *([200, n] for n in (201, *range(250, 500, 50), 499, 501, 600, 700, 1000)),
        ),
        "too few": (
            "the largest is right. For the smallest, let all the 300 that fail the "
            "capacity meet the tilt. How many of the 500 are left?",
            *([n, 500] for n in (1, 50, 100, 150, 199, 201, *range(250, 501, 50))),
        ),
        "at least one": (
            "so many can meet at least one of the two. Count those that meet both.",
            *([700, 1000], [700, 1200], 1200, [1000, 1200], 1000),
        ),
        "exactly one": (
            "so many can meet exactly one of the two. Count those that meet both.",
            *([200, 800], [800, 200], 800),
        ),
        "failing": (
            "these count candidates that *fail*. Count those that meet both.",
            *([0, 300], 300, [500, 300], [500, 800]),
        ),
        "each alone": (
            "these are the counts of the two alone. How many are in both groups?",
            *([500, 700], [700, 500], 700),
        ),
        "swapped": ("give the smallest number first.", [500, 200]),
        "one of them": (
            "this is one of the two. Give both, the smallest first, in a list such as "
            "[100, 300].",
            *(200, 500, [200], [500]),
        ),
        "shares": (
            "give numbers of candidates, not shares or per cent.",
            *([0.2, 0.5], [20, 50]),
        ),
        "text": (
            "this is text. Give two numbers in a list, without quotation marks.",
            *("200-500", "200 to 500", "from 200 to 500", "200 and 500", "500, 200"),
            *("between 200 and 500", "at least 200, at most 500"),
        ),
    },
)

# 2. The shortest move


def _move(weights, change):
    return change * weights / np.sum(weights**2)


def _norm(weights):
    return np.sqrt(np.sum(weights**2))


def _largest_only(weights, change):
    is_largest = np.arange(len(weights)) == np.argmax(np.abs(weights))
    return np.where(is_largest, change / weights, 0)


smallest_move = Exercise(
    reference=_move,
    why="along the weights the prediction changes fastest, by |w| for each unit of "
    "length. So the move is change / |w| long, in the direction w / |w|.",
    hint="The shortest move goes along the weights: move = t × weights. Put it into "
    "weights · move = change, and solve for the number t.",
    cases=(
        (np.array([3.0, -4.0]), 2.0),
        (np.array([0.2, 0.1, -0.5]), -0.06),
        (np.array([-0.3, 0.7, 0.1, -0.2, 0.4, 0.05, -0.6, 0.15]), 0.25),
    ),
    misconceptions={
        "unit direction": (
            "the direction is right, the length is not. This move is `change` long, "
            "but each unit of length changes the prediction by |weights|.",
            lambda w, c: c * w / _norm(w),
        ),
        "not divided": (
            "the direction is right, the length is not. Work out weights · move: it is "
            "`change` times weights · weights.",
            lambda w, c: c * w,
        ),
        "other lengths": (
            "the direction is right, the length is not: weights · move must be "
            "`change`. Divide by the sum of the *squares* of the weights.",
            lambda w, c: c * w / np.sum(w),
            lambda w, c: c * w / np.sum(np.abs(w)),
            lambda w, c: c * w / len(w),
            lambda w, c: c * w / np.mean(w**2),
            lambda w, c: c * w * np.sum(w**2),
            lambda w, c: _move(w, c) / 2,
            lambda w, c: 2 * _move(w, c),
        ),
        "each alone": (
            "each of these numbers makes the whole change by itself: all together "
            "change the prediction too much. And the small weights move most, which "
            "makes the move long.",
            lambda w, c: c / w,
        ),
        "not the shortest": (
            "this move does change the prediction by `change`, but a shorter one does, "
            "too: let each latent move in proportion to its weight.",
            _largest_only,
            lambda w, c: c / w / len(w),
            lambda w, c: np.full(len(w), c / np.sum(w)),
            lambda w, c: c * np.sign(w) / np.sum(np.abs(w)),
        ),
        "equal steps": (
            "all latents move equally far. Those with a large weight do more: let each "
            "move in proportion to its weight.",
            lambda w, c: np.full(len(w), c / len(w)),
            lambda w, c: np.full(len(w), c / _norm(w)),
            lambda w, c: np.full(len(w), c),
            lambda w, c: np.full(len(w), c / 2),
        ),
        "change not used": (
            "this is the same move for every `change`.",
            lambda w, c: w / np.sum(w**2),
            lambda w, c: w / _norm(w),
            lambda w, c: w,
            lambda w, c: 2 * w,
        ),
        "sign": (
            "signs are lost or turned round. Weights · move must be `change`, which "
            "may be below 0.",
            lambda w, c: -_move(w, c),
            lambda w, c: np.abs(_move(w, c)),
            lambda w, c: _move(w, abs(c)),
            lambda w, c: _move(np.abs(w), c),
        ),
        "one number": (
            "this is one number. Give the move itself: one number for each latent.",
            lambda w, c: c / _norm(w),
            lambda w, c: c / np.sum(w**2),
            lambda w, c: w @ _move(w, c),
            lambda w, c: np.sum(w**2),
        ),
        "column": (
            "the numbers are right, but they stand in a matrix. Give them as one "
            "array, with `.ravel()`.",
            lambda w, c: _move(w, c)[:, None],
            lambda w, c: _move(w, c)[None],
        ),
        "rounded": (
            "these numbers are rounded. Leave the rounding out.",
            lambda w, c: _move(w, c).round(2),
            lambda w, c: _move(w, c).round(3),
        ),
        "brackets": (
            "`/` and `@` are worked out from left to right: put brackets around "
            "weights @ weights.",
            lambda w, c: c * w / w @ w,
            lambda w, c: c / w @ w,
        ),
    },
)

# 3. A varied choice


def _ruler(differences):
    return np.linalg.norm(differences, axis=-1)


def _greedy(points, num, worth, first=0, again=False, distance=_ruler):
    """Adds the index of the largest worth again and again.

    The worth is a function of the distances to the chosen ones, `(n, c)`, over axis 1.
    """
    chosen = [first]
    while len(chosen) < num:
        worths = worth(distance(points[:, None] - points[chosen]), axis=1)
        if not again:
            worths[chosen] = -np.inf
        chosen.append(int(np.argmax(worths)))
    return chosen


def _pick(points, num):
    return _greedy(points, num, np.min)


def _last(distances, axis):
    return distances[:, -1].copy()


def _alike(distances, axis):
    return -distances.min(axis)


def _last_of_equals(points, num):
    end = len(points) - 1
    return [end - i for i in _greedy(points[::-1], num, np.min, first=end)]


def _best_group(points, num):
    """Of all groups with point 0, the one whose smallest distance is the largest."""
    distances = _ruler(points[:, None] - points) + np.diag([np.inf] * len(points))
    groups = [[0, *rest] for rest in combinations(range(1, len(points)), num - 1)]
    return max(groups, key=lambda group: distances[np.ix_(group, group)].min())


def _farthest(points, middle, num):
    return np.argsort(-_ruler(points - middle), kind="stable")[:num]


pick_diverse = Exercise(
    reference=_pick,
    why="each new point is the one that the chosen ones stand for least. Whoever looks "
    "at the first few sees much of the whole range.",
    hint="Give a list of whole numbers (`np.zeros` makes decimal ones). Keep, for each "
    "point, its distance to the nearest chosen one. Take the point where this is "
    "largest (`np.argmax` takes the first of equal ones), then bring the distances up "
    "to date with `np.minimum`.",
    cases=(
        (  # on which every misconception gives something else
            np.array(
                [[5, 26], [8, 8], [5, 12], [2, 15], [8, 29], [1, 7], [2, 19]], float
            ),
            5,
        ),
        (np.array([[5, 5], [5, 9], [9, 5], [1, 5], [5, 1], [6, 6]], float), 3),  # ties
        (np.array([[0.0, 0, 9], [1, 2, 0], [2, 8, 8], [7, 1, 6]]), 3),
        (np.array([[2.0], [5.2], [7.0], [12.0], [8.7]]), 4),
        (np.array([[0.3, 0.1], [0.9, 0.2], [0.4, 0.8]]), 1),
    ),
    misconceptions={
        "from the first only": (
            "this goes by the distance to point 0 alone. Two points far from 0 may be "
            "neighbours: look at all that are chosen.",
            lambda p, n: [0, *_farthest(p, p[0], n - 1)],
            lambda p, n: _farthest(p, p[0], n),
        ),
        "from the middle": (
            "this takes points far from the middle, and these may be neighbours. Take "
            "the distance to the nearest chosen point.",
            lambda p, n: [0, *_farthest(p[1:], p.mean(axis=0), n - 1) + 1],
            lambda p, n: _farthest(p, p.mean(axis=0), n),
        ),
        "sum": (
            "this adds up the distances to all chosen points. A point beside one of "
            "them can be far from the others: only the nearest counts.",
            lambda p, n: _greedy(p, n, np.sum),
            lambda p, n: _greedy(p, n, np.sum, again=True),
        ),
        "last only": (
            "this looks only at the point chosen last, and jumps to and fro. Look at "
            "all that are chosen.",
            lambda p, n: _greedy(p, n, _last),
            lambda p, n: _greedy(p, n, _last, again=True),
        ),
        "farthest chosen": (
            "this takes the distance to the *farthest* chosen point. Take the nearest: "
            "first `min`, then `argmax`.",
            lambda p, n: _greedy(p, n, np.max),
            lambda p, n: _greedy(p, n, np.max, again=True),
        ),
        "alike": (
            "this adds the point most like the chosen ones. Variety needs the largest "
            "distance: `argmax`.",
            lambda p, n: _greedy(p, n, _alike),
            lambda p, n: np.argsort(_ruler(p - p[0]))[:n],
        ),
        "axis": (
            "point 0 comes again and again. Is `axis=1` missing in `np.linalg.norm`?",
            lambda p, n: [0] * n,
        ),
        "all at once": (
            "this looks for the best group as a whole. Add one point at a time to "
            "those before it, and give the indices in the order of choice.",
            _best_group,
        ),
        "scaled": (
            "these points were scaled first, as `briefs.shortlist` does. Take the "
            "distances between the points as they are.",
            lambda p, n: _pick(p / p.std(axis=0), n),
        ),
        "from 1": (
            "these indices begin at 1. Python counts from 0, and starts with point 0.",
            lambda p, n: np.add(_pick(p, n), 1),
        ),
        "ties": (
            "of several points that are equally far, take the lowest index. `np.argmax`"
            " does; a sort, or a loop with `>=`, may not.",
            _last_of_equals,
        ),
        "other start": (
            "start with point 0, the best one.",
            lambda p, n: _greedy(p, n, np.min, _farthest(p, p.mean(axis=0), 1)[0]),
            lambda p, n: _greedy(p, n, np.min, len(p) - 1),
        ),
        "other distance": (
            "this is not the distance that a ruler shows: the root of the sum of the "
            "*squared* differences. `np.linalg.norm` needs `axis=1` for it.",
            lambda p, n: _greedy(p, n, np.min, distance=lambda d: np.abs(d).sum(-1)),
            lambda p, n: _greedy(p, n, np.min, distance=lambda d: np.abs(d).max(-1)),
            lambda p, n: _greedy(p, n, np.min, distance=lambda d: np.abs(d.sum(-1))),
        ),
        "points": (
            "these are the points. Give their indices.",
            lambda p, n: p[_pick(p, n)],
        ),
        "first forgotten": (
            "point 0 is chosen too, and stands first.",
            lambda p, n: _pick(p, n)[1:],
            lambda p, n: _pick(p, min(n + 1, len(p)))[1:],
        ),
        "how many": (
            "`num` is the number of all indices, point 0 included.",
            lambda p, n: _pick(p, n + 1),
            lambda p, n: _pick(p, max(n - 1, 1)),
            lambda p, n: _pick(p, len(p)),
        ),
        "first ones": (
            "these are simply the first `num` points. Choose by the distances.",
            lambda p, n: np.arange(n),
        ),
        "sorted": (
            "give the indices in the order of choice.",
            lambda p, n: sorted(_pick(p, n)),
            lambda p, n: _pick(p, n)[::-1],
        ),
        "mask": (
            "this says of each point whether it was chosen. Give the indices, in the "
            "order of choice.",
            lambda p, n: np.isin(np.arange(len(p)), _pick(p, n)),
        ),
    },
)

# 4. A brief of one's own


_LOOK = (
    "Look at the pictures: of each, the square in the middle is cut out. On white "
    "ground measure what is dark, such as `images.min(axis=3) < 200`; on black, what "
    "is bright."
)


class _Fault(Exception):
    """Says what is wrong with a process, and what to do next."""


def _require(condition, message):
    if not condition:
        raise _Fault(message)


def _judge_process(process):
    """Looks at the parts in the order of the work, so that a half can be checked."""
    try:
        _require(
            isinstance(process, dict)
            and {"images", "measure", "brief", "shortlist"} <= set(process),
            "give a dict with four parts, spelled like this: images, measure, brief, "
            "shortlist.",
        )
        images = _check_images(_given(process["images"]))
        measured = _check_measure(_given(process["measure"]), images)
        brief = _given(process["brief"])
        met = _check_brief(brief, measured)
        _check_shortlist(_given(process["shortlist"]), met)
        _check_zeros(process["shortlist"], brief, measured)
    except NotImplementedError:
        return None
    except _Fault as fault:
        return str(fault)
    return ""


def _given(part):
    if part is None or part is ...:
        raise NotImplementedError
    return part


def _check_images(images):
    array = _numbers(images)
    _require(
        array is not None
        and array.dtype == np.uint8
        and array.ndim == 4
        and array.shape[1] == array.shape[2]
        and array.shape[3] in (1, 3),
        "`images` must be pictures as `data.load_image_folder(folder, 64, 1)` gives "
        f"them: uint8, (n, side, side, 1 or 3). This is {_describe(images)}.",
    )
    num_different = len({image.tobytes() for image in array})
    _require(
        num_different >= 12,
        f"of {len(array)} pictures {num_different} are different. Take 12 different "
        "ones or more, so that there is something to choose.",
    )
    return array


def _check_measure(measure, images):
    _require(
        callable(measure),
        "`measure` must be your function, by its name alone. It is tried on your "
        "pictures in another order, and on single ones.",
    )
    measured, again = _measure(measure, images), _measure(measure, images)
    backwards = _measure(measure, images[::-1])
    places = np.linspace(0, len(images) - 1, 6).astype(int)  # few, as it may be slow
    alone = [_measure(measure, images[place : place + 1]) for place in places]
    for name, values in measured.items():
        # Rounding may depend on how many pictures come at once.
        close = {"rtol": 1e-5, "atol": 1e-3 * np.ptp(values)}
        _require(
            np.allclose(again[name], values, **close),
            f"{name} is different the second time. Leave out what is random.",
        )
        _require(
            np.allclose(backwards[name][::-1], values, **close),
            f"{name} of a picture changes when the pictures come in the reverse order. "
            "Measure those that the function is given, `images`, each by itself: no "
            "list from outside, and nothing that depends on the place in it.",
        )
        _require(
            np.allclose([one[name][0] for one in alone], values[places], **close),
            f"{name} of a picture is different when the picture comes alone. Do not "
            "compare it with the others: no mean, maximum or rank of all.",
        )
    _require(
        len(measured) >= 2,
        "measure two quantities or more, such as brightness and width.",
    )
    _require(
        any(np.ptp(values) > 0 for values in measured.values()),
        f"your function finds the same in all pictures. {_LOOK}",
    )
    return measured


def _measure(measure, images):
    """What the learner's function gives, as arrays `(n,)` of decimal numbers."""
    given = images.copy()
    try:
        measured = measure(given)
    except NotImplementedError:
        raise
    except Exception as error:
        raise _Fault(
            f"given {len(images)} of the pictures, your function stopped with an "
            f"error, {_describe(error)}"
        ) from error
    if measured is ...:
        raise NotImplementedError
    _require(
        np.array_equal(given, images),
        "your function changes the pictures that it is given. Begin with "
        "`images = images.copy()`.",
    )
    _require(
        isinstance(measured, dict),
        'your function must end with `return` and a dict, such as {"width": widths}. '
        f"It gave {_describe(measured)}.",
    )
    arrays = {name: _numbers(_given(values)) for name, values in measured.items()}
    for name, array in arrays.items():
        _require(
            array is not None and array.shape == (len(images),),
            f"given {len(images)} of the pictures, {name} must be as many numbers, one "
            f"for each. It is {_describe(measured[name])}. A mean over "
            "`axis=(1, 2, 3)`, for example, gives one number a picture.",
        )
        _require(
            np.isfinite(array).all(),
            f"{name} is infinite or missing (NaN) for picture "
            f"{np.argmin(np.isfinite(array))}. What is there to measure on it?",
        )
    return {name: array.astype(float) for name, array in arrays.items()}


def _check_brief(brief, measured):
    """Which pictures meet each constraint, by its name."""
    _require(
        isinstance(brief, Brief),
        '`brief` must be a brief, such as `briefs.Brief({"width": (0.4, 0.6)})`, with '
        "a range for each quantity that you ask for.",
    )
    unknown = [str(name) for name in brief.constraints if name not in measured]
    _require(
        not unknown,
        f"the brief asks for {', '.join(unknown)}. Your function measures "
        f"{', '.join(map(str, measured))}.",
    )
    _require(
        len(brief.constraints) >= 2,
        "ask for two quantities or more: with one alone there is nothing to weigh.",
    )
    asked = {name: measured[name] for name in brief.constraints}
    for name, values in asked.items():
        _require(
            np.ptp(values) > 0,
            f"{name} is {values[0]:.4g} for all pictures: nobody can choose by it. "
            f"{_LOOK}",
        )
    _require(
        np.linalg.matrix_rank(np.corrcoef(list(asked.values())), tol=1e-4) > 1,
        f"{' and '.join(asked)} say the same of these pictures. Ask for two quantities "
        f"that say different things, such as brightness and width. {_LOOK}",
    )
    met = brief.check(measured)
    for name, is_met in met.items():
        reach = f"{measured[name].min():.4g} to {measured[name].max():.4g}"
        _require(is_met.any(), f"no picture meets {name}. It goes from {reach} here.")
        _require(
            not is_met.all(),
            f"all pictures meet {name}, so it decides nothing. It goes from {reach}.",
        )
    num_passing = np.all(list(met.values()), axis=0).sum()
    _require(
        num_passing >= 3,
        f"{num_passing} of the pictures meet all constraints, too few for a choice. "
        "`print(my_brief.explain(my_measure(my_images)))` says what stands in the way.",
    )
    return met


def _check_shortlist(shortlist, met):
    chosen, last = _numbers(shortlist), len(next(iter(met.values()))) - 1
    _require(
        chosen is not None and chosen.ndim == 1 and chosen.dtype.kind in "iu",
        "`shortlist` must be a list of the numbers of pictures, such as [4, 0, 11]. "
        "`np.flatnonzero(passes)` gives the numbers of all that pass.",
    )
    _require(
        len(set(chosen.tolist())) == len(chosen) >= 3,
        "put three different pictures or more on the shortlist, each once.",
    )
    _require(
        chosen.min() >= 0 and chosen.max() <= last,
        f"a number on the shortlist belongs to no picture: they go from 0 to {last}.",
    )
    for number in chosen:
        failed = [str(name) for name, is_met in met.items() if not is_met[number]]
        _require(
            not failed,
            f"picture {number} is on the shortlist, but fails {' and '.join(failed)}.",
        )


def _check_zeros(shortlist, brief, measured):
    """A product that the function does not see has size 0, and passes "at most"."""
    for name, asked in brief.constraints.items():
        values = measured[name]
        is_open = name not in brief.names and asked[0] is None and values.min() == 0
        for number in shortlist if is_open else ():
            _require(
                values[number] != 0,
                f"picture {number} has {name} 0: is there anything in it that your "
                f"function sees? If 0 is right, ask for (0, {asked[1]:g}).",
            )


def _measure_lamps(images):
    is_lamp = images.max(axis=3) > 60
    widths = is_lamp.sum(axis=2).max(axis=1) / images.shape[2]
    return {"width": widths, "brightness": images.mean(axis=(1, 2, 3))}


own_brief = Exercise(
    reference={
        "images": lamps.make(24, 32)[0],
        "measure": _measure_lamps,
        "brief": Brief({"width": (0.6, None), "brightness": (40, None)}),
        "shortlist": [13, 1, 21],
    },
    why="each quantity is read off the picture itself, each constraint decides "
    "something, and all on the shortlist meet the brief. Now look at the pictures that "
    "it left out: did you measure what you meant?",
    hint="Work in the order images, measure, brief, shortlist, and check after each.",
    judge=_judge_process,
)
