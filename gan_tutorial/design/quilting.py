"""A tile from one picture without any training: its pieces, sewn together.

Source: Efros and Freeman, Image Quilting for Texture Synthesis and Transfer, SIGGRAPH
2001, whose textures end at a border; here the whole is sewn to itself, too.
"""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design.tiles import check_textures

_CHOICES = 40  # pieces among which the best is taken


def quilt(image, side: int, block: int = 24, overlap: int = 8, seed: int = 0):
    """A tile from one picture, without training: pieces of it, sewn where they fit.

    Each new piece is the one of 40 random pieces that best fits what lies beneath its
    overlap, and is cut along the line where the two differ least. At last the whole is
    sewn to itself in the same way, so that its opposite sides meet.

    Args:
        image: uint8 `(height, width, channels)`, larger than a block.
        side: of the tile, in pixels.
        block: side of a piece.
        overlap: pixels by which pieces overlap, less than half a block.
        seed: from which the choice follows.

    Returns:
        uint8 `(side, side, channels)`.
    """
    image = check_textures([image])[0]
    side = checks.whole_number("side", side, block)
    overlap = checks.whole_number("overlap", overlap, 1, block // 2)
    rng, step = np.random.default_rng(seed), block - overlap
    if min(image.shape[:2]) <= block:
        raise ValueError(
            f"The picture is {image.shape[0]} x {image.shape[1]} pixels; expected more "
            f"than a block, {block} pixels. Give a larger one or a smaller block."
        )
    num = -(-side // step)
    cloth = np.zeros((num * step + overlap, num * step + overlap, image.shape[2]))
    for i, j in np.ndindex(num, num):
        part = cloth[i * step : i * step + block, j * step : j * step + block]
        tops = rng.integers(image.shape[0] - block + 1, size=_CHOICES)
        lefts = rng.integers(image.shape[1] - block + 1, size=_CHOICES)
        pieces = [
            image[t : t + block, x : x + block]
            for t, x in zip(tops, lefts, strict=True)
        ]
        known = np.zeros((block, block), bool)
        known[: overlap * (i > 0)] = known[:, : overlap * (j > 0)] = True
        misses = [np.square(piece - part)[known].sum() for piece in pieces]
        piece = pieces[int(np.argmin(misses))]
        cost = np.square(piece - part).sum(axis=2)
        is_new = np.ones((block, block), bool)
        if i:
            is_new[:overlap] &= cut(cost[:overlap].T).T
        if j:
            is_new[:, :overlap] &= cut(cost[:, :overlap])
        part[is_new] = piece[is_new]
    for _ in range(2):  # the columns, then the rows
        cloth = cloth[:, : side + overlap].transpose(1, 0, 2)
        first, beyond = cloth[:overlap], cloth[side:]
        is_first = cut(np.square(first - beyond).sum(axis=2).T).T
        sewn = np.where(is_first[..., None], first, beyond)
        cloth = np.concatenate([sewn, cloth[overlap:side]])
    return cloth.astype(np.uint8)


def cut(cost) -> np.ndarray:
    """What lies at or to the right of the cheapest way from the top to the bottom.

    From row to row the way moves by one column at most.

    Args:
        cost: `(height, width)`, of a way through each place.

    Returns:
        bool `(height, width)`.
    """
    total = np.array(cost, float)
    for row in range(1, len(total)):
        before = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(before[:-2], before[1:-1]), before[2:])
    place, places = int(total[-1].argmin()), []
    for row in total[::-1]:
        low = max(place - 1, 0) if places else 0
        high = place + 2 if places else None
        place = low + int(row[low:high].argmin())
        places.append(place)
    return np.arange(total.shape[1]) >= np.array(places[::-1])[:, None]
