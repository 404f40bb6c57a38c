"""Lesson 04: stages of a training."""

import numpy as np

from gan_tutorial.exercises._words import describe


def digit_stages(stages):
    """Looks at the steps, then at the pictures from the first stage to the last."""
    try:
        steps = [int(stage["step"]) for stage in stages]
        pictures = [np.asarray(stage["fixed"]) for stage in stages]
    except (TypeError, KeyError, IndexError, ValueError):
        text = "give the list of your callback after `fit`, `my_callback.stages`."
        return f"{text} This is {describe(stages)}."
    if len(steps) < 3:
        return f"take three stages: initial, middle, final. There are {len(steps)}."
    if steps != sorted(set(steps)):
        return f"each stage comes later than the one before. Yours: {steps}."
    if steps[0] != 0:
        return f"the initial stage is at step 0. Your first one is at step {steps[0]}."
    if steps[-1] != 200:
        text = f"yours is at step {steps[-1]}. Train a new GAN for 200 steps."
        return f"the final stage of this training is at step 200; {text}"
    shapes = {array.shape for array in pictures}
    if len(shapes) > 1 or pictures[0].ndim != 4 or pictures[0].dtype != np.uint8:
        return "each stage holds equally many pictures, as uint8."
    if any(np.array_equal(a, b) for a, b in zip(pictures, pictures[1:], strict=False)):
        return "two stages are equal: take each of them while `fit` runs."
    # Digits and products are nearly black or nearly white in most places.
    clear = [np.mean((array < 60) | (array > 195)) for array in pictures]
    if clear[0] > 0.25:
        return "the pictures at step 0 are too clear for an untrained generator."
    if clear[-1] < 0.5:
        return "the last pictures are still grey. Did your generator learn?"
    return _find_foreign_pictures(pictures[-1]) or _find_fresh_latents(
        stages, steps, pictures
    )


def _find_foreign_pictures(pictures):
    """Whether pictures are no digits of a generator's, as far as can be seen."""
    from gan_tutorial import data

    name = "mnist" if data.is_cached("mnist") else "vases"
    splits = [data.load(name, split).images for split in ("train", "test")]
    shape, expected = pictures.shape[1:], splits[0].shape[1:]
    if shape != expected:
        return f"these pictures have the shape {shape}; those of digits: {expected}."
    made = {image.tobytes() for image in pictures}
    if any(image.tobytes() in made for images in splits for image in images):
        return "the last pictures are real ones, not the generator's."
    if not data.is_cached("fashion_mnist"):
        return None
    # Trained on products, the mean is three times as near to theirs: 500 to 1,500.
    products = data.load("fashion_mnist", "train").images
    to_products, to_digits = (
        np.linalg.norm(pictures.mean(axis=0) - images.mean(axis=0))
        for images in (products, splits[0])
    )
    if to_products < 0.6 * to_digits:
        return (
            "the last pictures look like the products of this lesson. Train a new GAN "
            'on `data.load("mnist", fallback="vases").images`.'
        )
    return None


def _find_fresh_latents(stages, steps, pictures):
    """From step 20 on, a design resembles itself more than the others, if it is one."""
    text = "each stage must show the same designs, from fixed latents. Give the "
    for stage in stages:
        if np.array_equal(stage["fixed"], stage.get("fresh", ())):
            return f"{text}stages as the callback made them: 'fixed' is not 'fresh'."
    trained = [array for step, array in zip(steps, pictures, strict=True) if step >= 20]
    for before, after in zip(trained, trained[1:], strict=False):
        if len(before) >= 5 and _chance_of_match(before, after) > 0.02:
            return f"{text}list of your callback; these change at random."
    return None


def _chance_of_match(before, after):
    """How often pictures in another order resemble those before them as well."""
    rows = [array.reshape(len(array), -1).astype(float) for array in (before, after)]
    rows = [row - row.mean(axis=0) for row in rows]
    rows = [row / (np.linalg.norm(row, axis=1, keepdims=True) + 1e-9) for row in rows]
    alike, rng = rows[0] @ rows[1].T, np.random.default_rng(0)
    if not alike.any():  # all designs are the same: nothing to compare
        return 0.0
    others = [np.trace(alike[rng.permutation(len(alike))]) for _ in range(999)]
    return np.mean(np.array(others) >= np.trace(alike))
