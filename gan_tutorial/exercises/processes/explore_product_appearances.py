"""Lesson 08: a brief for pictures of one's own."""

import numpy as np

from gan_tutorial.exercises import Mistake, Unanswered, call
from gan_tutorial.exercises._words import describe, explain, numbers

_PARTS = ("images", "measure", "brief", "shortlist")
_LOOK = (
    "Look at the pictures, each cut to a square. On white ground measure what is dark, "
    "such as `images.min(axis=3) < 200`; on black, what is bright."
)


def _require(condition, message):
    if not condition:
        raise Mistake(message)


def own_brief(process):
    """Looks at the parts in the order of the work, so that a half can be checked."""
    is_whole = isinstance(process, dict) and set(_PARTS) <= set(process)
    names = ", ".join(_PARTS)
    _require(is_whole, f"give a dict with four parts, spelled like this: {names}.")
    images = _check_images(_given(process["images"]))
    measured = _check_measure(_given(process["measure"]), images)
    met = _check_brief(_given(process["brief"]), measured)
    _check_shortlist(_given(process["shortlist"]), met)
    _check_zeros(process["shortlist"], process["brief"], measured)


def _given(part):
    if part is None or part is ...:
        raise Unanswered
    return part


def _check_images(images):
    array = numbers(images)
    _require(
        array is not None
        and array.dtype == np.uint8
        and array.ndim == 4
        and array.shape[1] == array.shape[2]
        and array.shape[3] in (1, 3),
        "`images` must be pictures as `data.load(folder, image_size=64, channels=1)"
        f".images` gives them: uint8, (n, side, side, 1 or 3). This is "
        f"{describe(images)}.",
    )
    num_different = len({image.tobytes() for image in array})
    _require(
        num_different >= 12,
        f"of {len(array)} pictures {num_different} are different. Take 12 different "
        "ones or more, so that there is something to choose.",
    )
    return array


def _check_measure(measure, images):
    measured = _measure(measure, images)
    places = np.linspace(0, len(images) - 1, 6).astype(int)  # few, as it may be slow
    alone = [_measure(measure, images[place : place + 1]) for place in places]
    backwards, again = _measure(measure, images[::-1]), _measure(measure, images)
    for name, values in measured.items():
        trials = [
            ("the second time. Leave out what is random", again[name], values),
            (
                "when the pictures come in another order. Measure those that the "
                "function is given, with no list from outside",
                *(backwards[name][::-1], values),
            ),
            (
                "when the picture comes alone. Do not compare it with the others: no "
                "mean, maximum or rank of all",
                *(np.array([one[name][0] for one in alone]), values[places]),
            ),
        ]
        for text, other, expected in trials:
            # Rounding may depend on how many pictures come at once.
            is_same = np.allclose(other, expected, atol=1e-3 * np.ptp(values))
            _require(is_same, f"{name} of a picture is different {text}.")
    _require(len(measured) >= 2, "measure two quantities or more, such as width.")
    is_seen = any(np.ptp(values) > 0 for values in measured.values())
    _require(is_seen, f"your function finds the same in all pictures. {_LOOK}")
    return measured


def _measure(measure, images):
    """What the learner's function gives, as arrays `(n,)` of decimal numbers."""
    context = f"given {len(images)} of the pictures,"
    try:
        measured = call(measure, images)
    except (Mistake, Unanswered):
        raise
    except Exception as error:
        text = f"{context} your function stopped with an error, {explain(error)}"
        raise Mistake(text) from error
    _require(
        isinstance(measured, dict),
        'your function must end with `return` and a dict, such as {"width": widths}. '
        f"It gave {describe(measured)}.",
    )
    arrays = {name: numbers(_given(values)) for name, values in measured.items()}
    for name, array in arrays.items():
        _require(
            array is not None and array.shape == (len(images),),
            f"{context} {name} must be as many numbers, one for each, such as a mean "
            f"over `axis=(1, 2, 3)`. It is {describe(measured[name])}.",
        )
        text = f"{name} is infinite or missing (NaN) for picture"
        for number in np.flatnonzero(~np.isfinite(array)):
            raise Mistake(f"{text} {number}. What is there to measure on it?")
    return {name: array.astype(float) for name, array in arrays.items()}


def _check_brief(brief, measured):
    """Which pictures meet each constraint, by its name."""
    from gan_tutorial.design.briefs import Brief

    _require(
        isinstance(brief, Brief),
        '`brief` must be a brief, such as `briefs.Brief({"width": (0.4, 0.6)})`, with '
        f"a range for each quantity that you ask for. This is {describe(brief)}.",
    )
    unknown = [str(name) for name in brief.constraints if name not in measured]
    _require(
        not unknown,
        f"the brief asks for {', '.join(unknown)}. Your function measures "
        f"{', '.join(map(str, measured))}.",
    )
    asked = {name: measured[name] for name in brief.constraints}
    _require(len(asked) >= 2, "ask for two quantities or more, to weigh them.")
    for name, values in asked.items():
        text = f"{name} is {values[0]:.4g} for all pictures: nobody can choose by it."
        _require(np.ptp(values) > 0, f"{text} {_LOOK}")
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
    chosen, last = numbers(shortlist), len(next(iter(met.values()))) - 1
    _require(
        chosen is not None and chosen.ndim == 1 and chosen.dtype.kind in "iu",
        "`shortlist` must be a list of the numbers of pictures, such as [4, 0, 11], "
        f"as `np.flatnonzero(passes)` gives them. This is {describe(shortlist)}.",
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
