"""The formulas of the materials: each gives a square texture that comes round.

It is drawn on a torus: noise comes round, and what repeats does so a whole number of
times. A painter takes the side in pixels, how often something repeats along it, the
place in the material's own colours from 0 to 1, and a NumPy generator; it gives red,
green and blue, `(side, side, 3)`, from 0 to 1, and a little beyond.
"""

import numpy as np


def _noise(side, rng, along, across=None, turn=0.0):
    """Smooth noise that comes round, of variance 1.

    It changes over `along` pixels in the direction `turn`, given in radians from the
    row, and over `across` pixels at right angles to it.
    """
    across = along if across is None else across
    down, right = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    cos, sin = np.cos(turn), np.sin(turn)
    waves = (along * (cos * right + sin * down)) ** 2
    waves = waves + (across * (cos * down - sin * right)) ** 2
    kept = np.exp(-2 * np.pi**2 * waves)
    white = np.fft.rfft2(rng.standard_normal((side, side)))
    field = np.fft.irfft2(white * kept, (side, side))
    return (field / field.std())[..., None]


def _mix(first, second, share):
    first, second = np.asarray(first) / 255, np.asarray(second) / 255
    return first + share * (second - first)


def wood(side, count, tone, rng):
    """Rings that lie flat, `count` of them, and fine fibres."""
    y = np.arange(side)[:, None, None] / side
    turns = count * y + 0.35 * _noise(side, rng, 30, 9)
    late = (turns % 1) ** 3 * np.clip((1 - turns % 1) / 0.12, 0, 1)
    light, dark = _mix((222, 180, 125), (150, 98, 62), tone), (0.3, 0.17, 0.09)
    fibres = 0.035 * _noise(side, rng, 9, 0.5) + 0.02 * _noise(side, rng, 20, 5)
    return light + 0.75 * late * (dark - light) + fibres


def marble(side, count, tone, rng):
    """Veins in one of two slanting directions, `count` of them or so."""
    scale, turn = side / count, rng.choice([-0.7, 0.7])
    ground = _mix((242, 239, 232), (188, 198, 202), tone)
    ground = ground + 0.04 * _noise(side, rng, 0.8 * scale)
    dark = _mix((112, 106, 106), (52, 66, 78), tone)
    for wide, share in ((1.0, 0.9), (0.6, 0.5)):
        field = _noise(side, rng, 2 * wide * scale, 0.45 * wide * scale, turn)
        field = field + 0.35 * _noise(side, rng, 0.4 * wide * scale)
        vein = np.exp(0.4 - np.hypot(field / (0.12 * wide), 0.4))
        strong = np.clip(0.5 + 0.5 * _noise(side, rng, scale), 0.08, 1)
        ground = ground + share * strong * vein * (dark - ground)
    return ground


def fabric(side, count, tone, rng):
    """A plain weave of `count` threads each way, an even number."""
    pitch = side / count
    place = (np.arange(side) + 0.5) / pitch
    number, across = place.astype(int), 2 * (place % 1) - 1
    first = _mix((58, 84, 128), (142, 66, 58), tone)
    second = _mix((132, 152, 178), (206, 150, 118), tone)
    tones = 1 + 0.06 * rng.standard_normal((2, count))[:, number]
    warp = first * tones[0][None, :, None]
    weft = second * tones[1][:, None, None]
    is_warp = ((number[:, None] + number) % 2 == 0)[..., None]
    round_ = 1 - 0.45 * across**2  # a thread is bright along its middle
    bent = 1 - 0.35 * across**4  # and dives at its ends
    lit = np.where(
        is_warp,
        (round_ * bent[:, None])[..., None],
        (round_[:, None] * bent)[..., None],
    )
    return np.where(is_warp, warp, weft) * lit + 0.02 * _noise(side, rng, 0.6)


def terrazzo(side, count, tone, rng):
    """Chips of stone in four colours, at most `count` times `count` of them."""
    # One point somewhere in each cell of a grid, the middle of a chip.
    cell, place = side / count, np.arange(side)
    points = np.indices((count, count)) + rng.uniform(0.1, 0.9, (2, count, count))
    sizes = rng.uniform(-0.22, 0.22, (count, count)) * cell
    best, second = np.full((2, side, side), np.inf)
    owner = np.zeros((side, side), int)
    for row, column in np.ndindex(3, 3):  # the cell of a pixel, and those around it
        i = ((place / cell).astype(int) + row - 1)[:, None] % count
        j = ((place / cell).astype(int) + column - 1)[None] % count
        down = points[0, i, j] * cell - place[:, None]
        right = points[1, i, j] * cell - place
        ways = [(way + side / 2) % side - side / 2 for way in (down, right)]
        gap = np.hypot(*ways) - sizes[i, j]
        second = np.minimum(second, np.maximum(best, gap))
        owner = np.where(gap < best, i * count + j, owner)
        best = np.minimum(best, gap)
    chip = np.clip(second - best - 1.2, 0, 1)[..., None]
    colours = [(92, 84, 82), (178, 96, 70), (206, 176, 130), (124, 140, 132)]
    ground = _mix((236, 230, 220), (206, 208, 206), tone)
    colours = np.concatenate([np.divide(colours, 255), ground[None]])
    kinds = rng.choice(5, count * count, p=[0.24, 0.2, 0.2, 0.14, 0.22])
    chips = colours[kinds][owner]
    return ground + chip * (chips - ground) + 0.02 * _noise(side, rng, 0.7)


def brick(side, count, tone, rng):
    """Courses of bricks, `count` of them, an even number; every other is half off."""
    height, number = side / count, max(round(side * count / (2.2 * side)), 1)
    long, row = side / number, np.arange(side) + 0.5
    course = (row / height).astype(int)
    place = row / long + (course % 2 / 2)[:, None]
    down, right = (row % height)[:, None], place % 1 * long
    joint = np.minimum(np.minimum(down, height - down), np.minimum(right, long - right))
    own = rng.standard_normal((count, number))
    own = own[course[:, None], place.astype(int) % number][..., None]
    fired = _mix((168, 78, 58), (190, 128, 88), tone) * (1 + 0.13 * own)
    fired = fired + 0.03 * _noise(side, rng, 0.8)
    mortar = _mix((196, 188, 176), (224, 218, 206), tone) + 0.015 * _noise(side, rng, 1)
    return mortar + np.clip((joint - 0.5) / 0.8, 0, 1)[..., None] * (fired - mortar)
