"""Lesson 04: stages of a training."""

import numpy as np

from gan_tutorial.exercises._words import describe

NUM_STEPS, FEWEST = 200, 8


def digit_stages(answer):
    """Looks at the steps, then at the pictures from the first stage to the last."""
    stages, steps, pictures = _read(answer)
    if stages is None:
        text = "give the list of your callback after `fit`, `my_callback.stages`."
        return f"{text} This is {describe(answer)}."
    return (
        _judge_steps(steps, getattr(getattr(answer, "model", None), "steps_taken", 0))
        or _judge_pictures(pictures)
        or _find_foreign_pictures(pictures)
        or _find_fresh_latents(stages, steps, pictures)
    )


def _read(answer):
    """Stages, their steps and their pictures; None where there are none to read."""
    try:
        stages = list(getattr(answer, "stages", answer))  # also of the callback itself
        steps = [int(stage["step"]) for stage in stages]
        return stages, steps, [np.asarray(stage["fixed"]) for stage in stages]
    except Exception:  # an answer can be anything
        return None, [], []


def _judge_steps(steps, steps_taken):
    if len(steps) < 3:
        text = "take three stages: at the start, between, at the end."
        return f"{text} There are {len(steps)}."
    if steps != sorted(set(steps)):
        return f"each stage comes later than the one before. Yours: {steps}."
    if steps[0] != 0:
        return f"the first stage is at step 0. Yours is at step {steps[0]}."
    if steps[-1] != NUM_STEPS:
        text = f"yours is at step {steps[-1]}. Train a new GAN for 200 steps."
        return f"the last stage of this training is at step 200; {text}"
    if steps_taken > NUM_STEPS:
        return f"this GAN has taken {steps_taken} steps. Train a new one for 200."
    if not any(50 <= step <= 150 for step in steps):
        return f"take one stage at a step from 50 to 150. Yours are at {steps}."
    return None


def _judge_pictures(pictures):
    kinds = sorted({str(array.dtype) for array in pictures})
    if kinds != ["uint8"]:
        text = "give the stages as the callback keeps them: pictures of type uint8."
        return f"{text} These are {', '.join(kinds)}."
    shapes = ", ".join(str(array.shape) for array in pictures)
    if any(array.ndim != 4 for array in pictures):
        text = "a stage has four sides: pictures, height, width and channels"
        return f"{text}. The shapes are {shapes}."
    if len({array.shape for array in pictures}) > 1:
        return f"each stage holds equally many pictures. The shapes are {shapes}."
    if len(pictures[0]) < FEWEST:
        text = (
            f"take eight pictures or more at each stage. There are {len(pictures[0])}."
        )
        return f"{text} `num_images` says how many."
    if any(np.array_equal(a, b) for a, b in zip(pictures, pictures[1:], strict=False)):
        return "two stages are equal: take each of them while `fit` runs."
    # Digits and products are nearly black or nearly white in most places.
    clear = [np.mean((array < 60) | (array > 195)) for array in pictures]
    if clear[0] > 0.25:
        return "the pictures at step 0 are too clear for an untrained generator."
    if clear[-1] < 0.5:
        return "the last pictures are still grey. Did your generator learn?"
    if (pictures[-1] == pictures[-1][:1]).all():
        return "the last pictures are all the same one. Take several latents."
    return None


def _find_fresh_latents(stages, steps, pictures):
    """From step 50 on, a design resembles itself more than the others, if it is one."""
    text = "each stage must show the same designs, from fixed latents. Give the "
    for stage in stages:
        if np.array_equal(stage["fixed"], stage.get("fresh", ())):
            return f"{text}stages as the callback made them: 'fixed' is not 'fresh'."
    trained = [array for step, array in zip(steps, pictures, strict=True) if step >= 50]
    for before, after in zip(trained, trained[1:], strict=False):
        if _chance_of_match(before, after) > 0.01:
            return f"{text}list of your callback; these change at random."
    return None


def _chance_of_match(before, after):
    """How often pictures in another order resemble those before them as well."""
    rows = [array.reshape(len(array), -1).astype(float) for array in (before, after)]
    rows = [row - row.mean(axis=0) for row in rows]
    rows = [row / (np.linalg.norm(row, axis=1, keepdims=True) + 1e-9) for row in rows]
    alike, rng = rows[0] @ rows[1].T, np.random.default_rng(0)
    others = [np.trace(alike[rng.permutation(len(alike))]) for _ in range(999)]
    return np.mean(np.array(others) >= np.trace(alike))


def _find_foreign_pictures(pictures):
    """Whether pictures are no digits of a generator's, as far as can be seen."""
    from gan_tutorial import data

    name = "mnist" if data.is_cached("mnist") else "vases"
    digits = data.load(name, "train").images
    shape, expected = pictures[0].shape[1:], digits.shape[1:]
    if shape != expected:
        return f"these pictures have the shape {shape}; those of digits: {expected}."
    if not data.is_cached("fashion_mnist"):
        return None
    # Trained on products, the mean is three times as near to theirs: 500 to 1,500.
    products = data.load("fashion_mnist", "train").images
    to_products, to_digits = (
        np.linalg.norm(pictures[-1].mean(axis=0) - images.mean(axis=0))
        for images in (products, digits)
    )
    if to_products < 0.6 * to_digits:
        return (
            "the last pictures look like the products of this lesson. Train a new GAN "
            'on `data.load("mnist", fallback="vases").images`.'
        )
    return None
