"""Lesson 10: a repair of one's own."""

import numpy as np

from gan_tutorial.exercises import (
    Mistake,
    call,
    judge_parts,
    require,
    require_function,
)
from gan_tutorial.exercises._words import describe, numbers

_MOST = 64  # pictures that are filled: a learner's function may be slow


def own_repair(answer):
    """Looks at the pictures, at their holes, and at what fills them."""
    judge_parts(answer, images=_check_images, masks=_check_masks, fill=_check_fill)


def _check_images(images):
    text = "`images` is a whole data set. Give the pictures in it, with `.images`."
    require(not hasattr(images, "images"), text)
    array = numbers(images)
    is_right = array is not None and array.ndim == 4 and array.shape[3] in (1, 3, 4)
    require(
        is_right and array.dtype == np.uint8,
        "`images` must be uint8 pictures (n, height, width, 1 or 3), from 0 to 255. "
        f"This is {describe(images)}.",
    )
    num_different = len(np.unique(array, axis=0))
    text = f"of {len(array)} pictures {num_different} are different"
    require(num_different >= 4, f"{text}. Take 4 different ones or more.")
    return array


def _check_masks(masks, images):
    array, expected = numbers(masks), (*images.shape[:3], 1)
    size = " × ".join(map(str, expected))
    require(
        array is not None and array.shape == expected,
        f"`masks` must be {size} for these pictures: one mask for each, as high and as "
        f"wide, with one channel. This is {describe(masks)}.",
    )
    require(
        np.isin(array, (0, 1)).all(),
        "a mask is 1 in the hole and 0 where a pixel is known. Yours go from "
        f"{array.min():g} to {array.max():g}: write `(masks > 0).astype(np.uint8)`.",
    )
    shares = array.mean(axis=(1, 2, 3))
    for share, word in ((0, "nothing"), (1, "everything")):
        found = np.flatnonzero(shares == share)
        where = f"the hole of picture {found[0]}" if len(found) else ""
        require(not len(found), f"{where} covers {word}, so it cannot be filled.")
    require(
        shares.mean() <= 0.5,
        f"your holes are {shares.mean():.0%} of the pictures, more than half: is the "
        "mask inverted? It is 1 in the hole. If it is not, make the holes smaller.",
    )
    array = array.astype(np.uint8)
    require(
        (images * array).any(),
        "all that your holes hide is black, so black fills them without an error. Put "
        "the holes where the products are.",
    )
    return array


def _check_fill(fill, images, masks):
    require_function(fill, 2, "def fill(images, masks):")
    images, masks = images[:_MOST], masks[:_MOST]
    black = np.where(masks, np.uint8(0), images)  # the fill must not see the answer
    value = call(fill, black, masks)
    filled = numbers(value)
    size = " × ".join(map(str, images.shape))
    is_whole = filled is not None and filled.shape == images.shape
    if is_whole and filled.dtype != np.uint8:
        least, most = float(filled.min()), float(filled.max())
        raise Mistake(
            f"`fill` gives {filled.dtype}, from {least:.3g} to {most:.3g}. Bring the "
            "numbers to 0 to 255, then make uint8 of them: `filled.astype(np.uint8)`."
        )
    require(
        is_whole,
        f"given {len(images)} of the pictures, with black holes, and their masks, "
        f"`fill` must give filled ones: uint8, {size}. It gave {describe(value)}.",
    )
    hole = np.broadcast_to(masks, images.shape) == 1
    moved = (filled != images)[~hole].mean()
    require(
        moved == 0,
        f"{moved:.1%} of the known pixels are changed. Keep what is known: end with "
        "`np.where(masks, filled, images)`.",
    )
    require(
        (filled != black)[hole].any(),
        "the holes are as black as before: what is the filling?",
    )
    require(
        (filled != images)[hole].any(),
        "each hidden pixel is exactly right, so your function knows the whole "
        "pictures. Use only those that it is given, whose holes are black. If you look "
        "up in the same set, leave each picture itself out.",
    )
    own, floor = _decibels(images, filled, hole), _decibels(images, black, hole)
    require(
        own > floor,
        f"in the holes your filling has {own:.1f} dB, and black has {floor:.1f}. Look "
        "at some: is anything from around the hole used?",
    )


def _decibels(images, filled, hole):
    squares = np.square(images.astype(float) - filled)[hole]
    return 10 * np.log10(255**2 / squares.mean())
