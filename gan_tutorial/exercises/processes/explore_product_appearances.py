"""Lesson 08: a brief for pictures of one's own."""

import numpy as np

from gan_tutorial.exercises import (
    Mistake,
    Unanswered,
    call,
    given,
    judge_parts,
    require,
)
from gan_tutorial.exercises._words import describe, explain, numbers

_LOOK = (
    "Look at the pictures, each cut to a square. On white ground measure what is dark, "
    "such as `images.min(axis=3) < 200`; on black, what is bright."
)


def own_brief(process):
    """Looks at the pictures, at what is measured, at the brief, and at the choice."""
    judge_parts(
        process,
        images=_check_images,
        measure=_check_measure,
        brief=_check_brief,
        shortlist=_check_shortlist,
    )


def _check_images(images):
    text = "`images` is a whole data set. Give the pictures in it, with `.images`."
    require(not hasattr(images, "images"), text)
    array = numbers(images)
    shape = getattr(array, "shape", ())
    is_right = len(shape) == 4 and shape[1] == shape[2] and shape[3] in (1, 3)
    require(
        is_right and array.dtype == np.uint8,
        "`images` must be pictures as `data.load(folder, image_size=64, channels=1)"
        f".images` gives them: uint8, (n, side, side, 1 or 3). This is "
        f"{describe(images)}.",
    )
    num_different = len(np.unique(array, axis=0))
    text = f"of {len(array)} pictures {num_different} are different"
    require(num_different >= 12, f"{text}. Take 12 different ones or more.")
    return array


def _check_measure(measure, images):
    """What the learner's function measures, the same for each picture alone."""
    require(
        callable(measure),
        "`measure` must be a function, by its name alone: my_measure, without "
        f"brackets and images behind it. This is {describe(measure)}.",
    )
    measured = _measure(measure, images)
    places = np.linspace(0, len(images) - 1, 6).astype(int)  # few, as it may be slow
    for place in places:
        alone = _measure(measure, images[place : place + 1])
        for name, values in measured.items():
            # Rounding may depend on how many pictures come at once.
            is_same = abs(alone[name][0] - values[place]) <= 1e-3 * np.ptp(values)
            require(
                is_same,
                f"{name} of picture {place} is different when this picture comes "
                "alone. Measure each one by itself: nothing random, no list from "
                "outside, and no mean, maximum or rank of all.",
            )
    require(len(measured) >= 2, "measure two quantities or more, such as width.")
    is_seen = any(np.ptp(values) > 0 for values in measured.values())
    require(is_seen, f"your function finds the same in all pictures. {_LOOK}")
    return measured


def _measure(measure, images):
    """What the learner's function gives, as arrays `(n,)` of decimal numbers."""
    context = f"given {len(images)} of the pictures,"
    try:
        measured = call(measure, images)
    except (Mistake, Unanswered):
        raise
    except Exception as error:
        text = f"{context} your function stopped with an error: {explain(error)}"
        raise Mistake(text) from error
    text = 'must end with `return` and a dict, such as {"width": widths}. It gave'
    is_dict = isinstance(measured, dict)
    require(is_dict, f"your function {text} {describe(measured)}.")
    arrays = {name: numbers(given(values)) for name, values in measured.items()}
    for name, array in arrays.items():
        require(
            array is not None and array.shape == (len(images),),
            f"{context} {name} must be as many numbers, one for each, such as a mean "
            f"over `axis=(1, 2, 3)`. It is {describe(measured[name])}.",
        )
        text = f"{name} is infinite or missing (NaN) for picture"
        for number in np.flatnonzero(~np.isfinite(array)):
            raise Mistake(f"{text} {number}. What is there to measure on it?")
    return {name: array.astype(float) for name, array in arrays.items()}


def _check_brief(brief, _images, measured):
    from gan_tutorial.design.briefs import Brief

    require(
        isinstance(brief, Brief),
        '`brief` must be a brief, such as `briefs.Brief({"width": (0.4, 0.6)})`, with '
        f"a range for each quantity that you ask for. This is {describe(brief)}.",
    )
    unknown = ", ".join(str(name) for name in brief.constraints if name not in measured)
    known = ", ".join(map(str, measured))
    require(not unknown, f"the brief asks for {unknown}. Your function has {known}.")
    asked = {name: measured[name] for name in brief.constraints}
    require(len(asked) >= 2, "ask for two quantities or more, to weigh them.")
    met = brief.check(measured)
    for name, values in asked.items():
        reach = f"{values.min():.4g} to {values.max():.4g}"
        text = f"{name} is {values[0]:.4g} for all pictures: nobody can choose by it."
        require(np.ptp(values) > 0, f"{text} {_LOOK}")
        is_named = name in brief.names
        unit = "" if is_named else _doubt_unit(brief.constraints[name], values)
        text = f"no picture meets {name}. It goes from {reach} here.{unit}"
        require(met[name].any(), text)
        text = f"all pictures meet {name}, so it decides nothing. It goes from {reach}."
        require(not met[name].all(), text + unit)
    require(
        np.linalg.matrix_rank(np.corrcoef(list(asked.values())), tol=1e-4) > 1,
        f"{' and '.join(asked)} say the same of these pictures. Ask for two quantities "
        f"that say different things, such as brightness and width. {_LOOK}",
    )
    num_passing = brief.passes(measured).sum()
    require(
        num_passing >= 3,
        f"{num_passing} of the pictures {'meets' if num_passing == 1 else 'meet'} all "
        "constraints, too few for a choice. "
        "`print(my_brief.explain(my_measure(my_images)))` says what stands in the way.",
    )
    return brief


def _doubt_unit(asked, values):
    """What to add where the ends of a range are of another size than all values."""
    ends, sizes = [abs(end) for end in asked if end], abs(values[values != 0])
    if not ends or 0.1 * sizes.min() < max(ends) < 10 * sizes.max():
        return ""
    text = " to ".join(f"{end:g}" for end in asked if end is not None)
    return f" You ask for {text}: in another unit, such as mm, than your function's?"


def _check_shortlist(shortlist, images, measured, brief):
    chosen, last, met = numbers(shortlist), len(images) - 1, brief.check(measured)
    require(
        chosen is not None and chosen.ndim == 1 and chosen.dtype.kind in "iu",
        "`shortlist` must be a list of the numbers of pictures, such as [4, 0, 11], "
        f"as `np.flatnonzero(passes)` gives them. This is {describe(shortlist)}.",
    )
    is_varied = len(set(chosen.tolist())) == len(chosen) >= 3
    require(is_varied, "put three different pictures or more on it, each once.")
    text = "a number on the shortlist belongs to no picture: they go from 0 to"
    require(0 <= chosen.min() and chosen.max() <= last, f"{text} {last}.")
    for number in chosen:
        failed = " and ".join(str(name) for name in met if not met[name][number])
        text = f"picture {number} is on the shortlist, but fails {failed}."
        require(not failed, text)
    # A product that the function does not see has size 0, and passes "at most".
    for name, asked in brief.constraints.items():
        values = measured[name]
        is_open = name not in brief.names and asked[0] is None and values.min() == 0
        for number in chosen if is_open else ():
            require(
                values[number] != 0,
                f"picture {number} has {name} 0: is there anything in it that your "
                f"function sees? If 0 is right, ask for (0, {asked[1]:g}).",
            )
