"""A contest between ways to answer wishes with pictures of products.

A *wish* is a style and some measures. Wishes are a dict of `(n,)` arrays: `style`, and
the measures that are asked for. A *maker* is a function from wishes, the number of
answers to each, and a seed, to pictures, uint8 `(n, num_answers, side, side, 1)`.

A catalogue is known by its pictures, and by what was measured on them. Makers may look
at nothing else, but for `from_formula`.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from gan_tutorial import data, latent, metrics
from gan_tutorial.design import solids
from gan_tutorial.synthetic import vases

SIDE_MM = 300.0  # what a picture's side is in the world
_NUM_NEAR = 5  # designs of which `blends` takes pairs: ten of them


def find_nearest(wishes, measured, num_answers: int) -> np.ndarray:
    """Indices of the designs nearest to wishes, `(n, num_answers)`, the nearest first.

    Designs of another style come after all those of the wished one. `measured` is what
    was measured on the catalogue, `(m,)` each.

    Raises:
        ValueError: the catalogue has fewer designs.
    """
    if num_answers > len(measured["style"]):
        raise ValueError(
            f"{num_answers} answers are asked for, and the catalogue has "
            f"{len(measured['style'])} designs. Ask for fewer."
        )
    asked = [name for name in wishes if name != "style"]
    gaps = [wishes[name][:, None] - measured[name] for name in asked]
    distances = np.linalg.norm(gaps, axis=0)
    is_other = wishes["style"][:, None] != measured["style"]
    order = np.argsort(distances + 1e3 * is_other, axis=1, kind="stable")
    return order[:, :num_answers]


def look_up(images, measured) -> Callable:
    """A maker that shows the nearest designs of the catalogue."""

    def make(wishes, num_answers, seed):
        return images[find_nearest(wishes, measured, num_answers)]

    return make


def blends(images, measured) -> Callable:
    """A maker that shows mean pictures of two designs: pairs of the nearest five.

    The first answer is that of the nearest two. There are no more than ten answers.
    """

    def make(wishes, num_answers, seed):
        near = find_nearest(wishes, measured, _NUM_NEAR)
        pairs = [(i, j) for j in range(_NUM_NEAR) for i in range(j)]
        one, other = np.array(pairs[:num_answers]).T
        both = images[near[:, one]].astype(np.uint16) + images[near[:, other]]
        return ((both + 1) // 2).astype(np.uint8)

    return make


def stretches(images, measured) -> Callable:
    """A maker that shows the nearest designs, stretched to the wished height and belly.

    They stay on the ground, and the neck grows with the belly.
    """
    size = images.shape[1:3]
    ground, middle = size[0] - size[0] // 14, size[1] / 2

    def stretch(index, height, belly):
        up, across = (
            measured["height"][index] / height,
            measured["belly"][index] / belly,
        )
        # From a place in the new picture to one in the old: x, then y.
        places = (across, 0, middle * (1 - across), 0, up, ground * (1 - up))
        drawn = Image.fromarray(images[index, ..., 0]).transform(
            size, Image.Transform.AFFINE, places, Image.Resampling.BILINEAR
        )
        return np.asarray(drawn)[..., None]

    def make(wishes, num_answers, seed):
        near = find_nearest(wishes, measured, num_answers)
        sizes = zip(near, wishes["height"], wishes["belly"], strict=True)
        return np.array([[stretch(i, h, b) for i in row] for row, h, b in sizes])

    return make


def from_formula(image_size: int) -> Callable:
    """A maker that knows the formula, and draws at random what nobody asked for."""

    def make(wishes, num_answers, seed):
        rng = np.random.default_rng(seed)
        values = {n: np.repeat(a, num_answers) for n, a in wishes.items()}
        for name, (low, high) in vases.RANGES.items():
            if name not in wishes:
                values[name] = rng.uniform(low, high, len(values["style"]))
        drawn = vases.draw(values, image_size, seed)
        return drawn.reshape(-1, num_answers, *drawn.shape[1:])

    return make


def from_gan(gan, latent_dim: int, ranges: dict) -> Callable:
    """A maker that asks a conditional `GAN`, with new latents for each answer.

    It takes labels, and attributes that were scaled by `data.scale_attributes`.
    """

    def make(wishes, num_answers, seed):
        values = {n: np.repeat(a, num_answers) for n, a in wishes.items()}
        made = gan.generate(
            latents=latent.sample_latents(len(values["style"]), latent_dim, seed),
            labels=values["style"],
            attributes=data.scale_attributes(values, ranges),
        )
        return made.reshape(-1, num_answers, *made.shape[1:])

    return make


def as_points(images) -> np.ndarray:
    """Pictures at half their size, as rows of numbers from 0 to 1."""
    num, side = images.shape[:2]
    blocks = images.reshape(num, side // 2, 2, side // 2, 2).astype(np.float32)
    return blocks.mean(axis=(2, 4)).reshape(num, -1) / 255


class Judge:
    """Judges answers by their pictures, beside those of a catalogue.

    Other pictures from the same source show how near new designs usually come.
    """

    def __init__(self, images, new_images):  # noqa: D107
        self.known = as_points(images)
        measured = vases.measure(images)
        names = [name for name in measured if name != "style"]
        self.usual = {name: _spread(measured[name]) for name in names}
        _, ways = metrics.nearest_neighbours(self.known, as_points(new_images))
        self.least = np.quantile(ways, 0.01)

    def __call__(self, pictures, wishes) -> dict[str, float]:
        """Judges a maker's answers to wishes.

        * first_mm, all_mm: how far the first answer, and all, are off in the wished
          measures, on average, in mm; the median;
        * sound: per cent in one piece, symmetric, standing, and of the wished style;
        * variety: standard deviation of what was not asked for, among the answers to
          one wish, in per cent of that in the catalogue;
        * apart: root of the mean squared difference of two such answers' pictures, in
          per cent of white;
        * near: per cent nearer to the catalogue than 99 of 100 new designs are.
        """
        num_answers = pictures.shape[1]
        flat = pictures.reshape(-1, *pictures.shape[2:])
        found = vases.measure(flat) | solids.measure_bodies(flat)
        found = {name: a.reshape(-1, num_answers) for name, a in found.items()}
        asked = [name for name in wishes if name != "style"]
        off = [np.abs(found[name] - wishes[name][:, None]) for name in asked]
        off = SIDE_MM * np.mean(off, axis=0)
        is_sound = found["style"] == wishes["style"][:, None]
        for name in ("is_one_piece", "is_symmetric", "is_standing"):
            is_sound &= found[name]
        left_open = [name for name in self.usual if name not in asked]
        shares = [_spread(found[n].T).mean() / self.usual[n] for n in left_open]
        points = as_points(flat)
        _, ways = metrics.nearest_neighbours(self.known, points)
        points = points.reshape(*found["style"].shape, -1)
        return {
            "first_mm": float(np.nanmedian(off[:, 0])),
            "all_mm": float(np.nanmedian(off)),
            "sound": 100 * float(is_sound.mean()),
            "variety": 100 * float(np.mean(shares)),
            "apart": 100 * float(_mean_apart(points)),
            "near": 100 * float(np.mean(ways < self.least)),
        }


def _spread(values):
    """Standard deviations of the columns; what could not be measured is left out."""
    return np.ma.masked_invalid(values).std(axis=0, ddof=1)


def _mean_apart(points):
    """Root of the mean squared difference, the mean of all pairs, `(n, a, k)`."""
    pairs = [(i, j) for j in range(points.shape[1]) for i in range(j)]
    gaps = [points[:, i] - points[:, j] for i, j in pairs]
    return np.mean([np.sqrt(np.mean(gap**2, axis=1)) for gap in gaps])
