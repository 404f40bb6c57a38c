"""Exercises of lesson 00: how many numbers, which range, and one step downhill."""

import numpy as np

from gan_tutorial.exercises import Exercise

count_numbers = Exercise(
    reference=3072,
    why="32 rows of 32 pixels with 3 numbers each: 32 × 32 × 3 = 3072.",
    hint="The answer is one whole number. How many pixels, and how many numbers each?",
    misconceptions={
        "one side": ("32 pixels fill one row. How many rows are there?", 32),
        "sum": ("you added, or counted one row. Count all the rows.", 64, 67, 96),
        "grey": ("that is the number of pixels. How many numbers has each one?", 1024),
        "levels": ("so many values can one number have. Count numbers.", 255, 256),
        "products": ("our products have 28 × 28 pixels. This picture has more.", 784),
        "input": ("the 16 numbers go in. Count only what comes out.", 16, 3088, 49152),
        "verdict": ("one number is what the discriminator gives for a picture.", 1),
        "power": ("in Python ^ is not a power: write 32 * 32.", 34, 38, 98, 102),
        "sides": ("these are the sides. How many numbers together?", (32, 32, 3)),
    },
)

scale_pixels = Exercise(
    reference=lambda pixels: pixels / 127.5 - 1,
    why="a range 255 wide is divided by 127.5 to be 2 wide, and moved down by 1.",
    hint="Follow black (0), white (255) and one grey between them through your formula "
    "by hand.",
    cases=(  # pictures, so that loops over rows and columns work too
        (np.array([[0, 255]], np.uint8),),
        (np.array([[0, 51, 127], [128, 204, 255]], np.uint8),),
        (np.array([[10, 20, 40]], np.uint8),),
    ),
    misconceptions={
        "zero to one": (
            "your values go from 0 to 1. Black has to be −1, and mid-grey 0.",
            lambda p: p / 255,
        ),
        "not shifted": (
            "Black is 0 now, and has to be −1. What is missing?",
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
            lambda p: p * 2 - 1,
            lambda p: p - 1,
            lambda p: p - 127,
            lambda p: p - 128,
            *(lambda p, half=half: (p - 127) / half for half in (127, 127.5, 128)),
            *(lambda p, half=half: (p - 128) / half for half in (127, 127.5, 128)),
            lambda p: 2 * (p - p.min()) / (p.max() - p.min()) - 1,
            lambda p: 2 * p / p.max() - 1,
        ),
        "ends missed": (
            "close, but black and white do not both arrive at −1 and 1. What is "
            "exactly half of 255?",
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
            "the shades between black and white are rounded. Keep all decimals.",
            lambda p: p // 127.5 - 1,
            lambda p: (p / 127.5 - 1).astype(int),
            *(lambda p, n=n: (p / 127.5 - 1).round(n) for n in range(4)),
            lambda p: np.where(p < 128, -1, 1),
            lambda p: np.where(p < 128, -1.0, 1.0),
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
        "divided": (
            "a smaller learning rate must give a smaller step.",
            lambda w, g, rate: w - g / rate,
            lambda w, g, rate: w + g / rate,
        ),
        "no gradient": (
            "your step does not depend on the slope. Use the gradient.",
            lambda w, g, rate: w - rate,
            lambda w, g, rate: w + rate,
            lambda w, g, rate: w - rate * w,
        ),
        "no sign": (
            "look at the sign of the gradient.",
            lambda w, g, rate: w - rate * abs(g),
            lambda w, g, rate: w + rate * abs(g),
        ),
        "no step": ("the weight did not change.", lambda w, g, rate: w),
        "many steps": ("take one step only.", lambda w, g, rate: w - 10 * rate * g),
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
            "look at the brackets: what should be multiplied first?",
            lambda w, g, rate: (w - rate) * g,
            lambda w, g, rate: (w - g) * rate,
        ),
    },
)
