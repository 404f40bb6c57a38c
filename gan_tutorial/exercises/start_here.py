"""Exercises of lesson 00: how many numbers, which range, and one step downhill."""

import numpy as np

from gan_tutorial.exercises import Exercise

count_numbers = Exercise(
    reference=784,
    why="each of the 28 rows has 28 places, and 28 × 28 = 784.",
    hint="The answer is one whole number. How many small squares has the picture?",
    misconceptions={
        "one side": ("28 numbers fill one row. How many rows are there?", 28),
        "sum": ("you added sides. Every row has 28 places, so multiply.", 56, 112),
        "levels": ("those are the grey levels. Count the places.", 255, 256),
        "colours": ("three numbers for each place give colour, not grey.", 2352),
        "input": ("16 numbers go into the generator. Count what comes out.", 16),
        "verdict": ("one number is what the discriminator gives for a picture.", 1),
    },
)

scale_pixels = Exercise(
    reference=lambda pixels: pixels / 127.5 - 1,
    why="a range 255 wide is divided by 127.5 to be 2 wide, and moved down by 1.",
    hint="Follow black (0) and white (255) through your formula by hand.",
    cases=(
        (np.array([0, 255], np.uint8),),
        (np.array([[0, 51, 127], [128, 204, 255]], np.uint8),),
        (np.array([10, 20, 40], np.uint8),),
    ),
    misconceptions={
        "zero to one": (
            "your values go from 0 to 1. Black has to be −1, and mid-grey 0.",
            lambda p: p / 255,
        ),
        "not shifted": (
            "your values go from 0 to 2. Black has to be −1, so subtract 1 at the end.",
            lambda p: p / 127.5,
        ),
        "not divided": (
            "your values go from −127.5 to 127.5. Divide, so that white is 1.",
            lambda p: p - 127.5,
        ),
        "half the range": (
            "your values go from −0.5 to 0.5. The range has to be 2 wide.",
            lambda p: p / 255 - 0.5,
        ),
        "wraps": (
            "uint8 cannot hold numbers below 0 or above 255: it starts again at the "
            "other end. Divide first, which makes decimal numbers.",
            lambda p: p * 2 / 255 - 1,
            lambda p: (p * 2 - 255) / 255,
            lambda p: (p - 127) / 127,
            lambda p: (p - 127) / 127.5,
            lambda p: (p - 128) / 127,
            lambda p: (p - 128) / 127.5,
            lambda p: (p - 128) / 128,
        ),
        "ends missed": (
            "close, but black and white do not both arrive at −1 and 1. Half of 255 is "
            "127.5.",
            lambda p: p / 128 - 1,
            lambda p: p / 127 - 1,
            lambda p: (p - 127.5) / 128,
            lambda p: (p - 128.0) / 127.5,
        ),
        "black and white swapped": (
            "the range is right, but black became 1 and white became −1.",
            lambda p: 1 - p / 127.5,
        ),
        "stretched": (
            "you used the darkest or the brightest pixel of each picture. Dark "
            "pictures would not stay dark: always use 0 and 255.",
            lambda p: (p - p.min()) / (p.max() - p.min()) * 2 - 1,
            lambda p: p / p.max() * 2 - 1,
        ),
        "rounded": (
            "your values are whole numbers: the shades between are lost.",
            lambda p: p // 127.5 - 1,
            lambda p: (p / 127.5 - 1).astype(int),
            lambda p: (p / 127.5 - 1).round(),
        ),
    },
)

step_downhill = Exercise(
    reference=lambda weight, gradient, learning_rate: weight - learning_rate * gradient,
    why="the gradient points uphill, so the step goes against it.",
    hint="The new weight is the old weight plus or minus a small change.",
    cases=(
        (1.0, 2.0, 0.1),
        (-3.0, -0.5, 0.4),
        (np.array([1.0, -2.0]), np.array([0.5, 4.0]), 0.25),
    ),
    misconceptions={
        "uphill": (
            "your step goes uphill, and the loss grows. Go against the gradient.",
            lambda w, g, rate: w + rate * g,
        ),
        "no learning rate": (
            "your step is as long as the gradient. The learning rate shortens it.",
            lambda w, g, rate: w - g,
            lambda w, g, rate: w + g,
        ),
        "no gradient": (
            "your step does not depend on the slope. Use the gradient.",
            lambda w, g, rate: w - rate,
            lambda w, g, rate: w + rate,
        ),
        "only the change": (
            "that is only the change. Give the new weight.",
            lambda w, g, rate: -rate * g,
            lambda w, g, rate: rate * g,
        ),
        "weight multiplied": (
            "the change does not depend on the weight: do not multiply by the weight.",
            lambda w, g, rate: w * (1 - rate * g),
            lambda w, g, rate: w * rate * g,
        ),
        "brackets": (
            "multiply first, learning rate by gradient. Subtract that from the weight.",
            lambda w, g, rate: (w - rate) * g,
            lambda w, g, rate: (w - g) * rate,
        ),
    },
)
