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
from gan_tutorial.synthetic import turned, vases

SIDE_MM = 300.0  # what a picture's side is in the world
_NUM_NEAR = 5  # designs of which `blends` takes pairs: ten of them
_EFFORT = 0.1  # what a stretch counts beside a measure that is off as much


def find_nearest(wishes, measured, num_answers: int) -> np.ndarray:
    """Indices of the designs nearest to wishes, `(n, num_answers)`, the nearest first.

    Designs of another style come after all those of the wished one; what could not be
    measured comes last.

    Args:
        wishes: `(n,)` each.
        measured: what was measured on the designs: `(m,)` each where all wishes choose
            from the same ones, else `(n, m)`.
        num_answers: how many for each wish.

    Raises:
        ValueError: there are fewer designs.
    """
    num_designs = measured["style"].shape[-1]
    if num_answers > num_designs:
        raise ValueError(
            f"{num_answers} answers are asked for, and the catalogue has "
            f"{num_designs} designs. Ask for fewer."
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
    """A maker that stretches designs of the catalogue to the wished height and belly.

    They stay on the ground; neck and foot grow with the belly. It takes the designs
    that fit best once they are stretched, and of equally good ones those that it has to
    stretch least.
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
        height, belly = wishes["height"][:, None], wishes["belly"][:, None]
        across = belly / measured["belly"]
        stretched = {name: measured[name] + 0 * across for name in wishes}
        for name in {"neck", "foot"} & wishes.keys():
            stretched[name] *= across
        # Height and belly will be right in any case: they decide between equals.
        for name, wish in {"height": height, "belly": belly}.items():
            stretched[name] = wish + _EFFORT * (measured[name] - wish)
        near = find_nearest(wishes, stretched, num_answers)
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


def from_gan(gan, latent_dim: int, ranges: dict, num_tries: int = 5) -> Callable:
    """A maker that asks a conditional `GAN`, and shows the best of what it gives.

    Each answer is measured, as are the designs of a catalogue: of `num_tries` times as
    many latents as answers, those nearest to the wish are shown, the nearest first.

    The GAN takes labels, and attributes scaled by `data.scale_attributes`.
    """

    def make(wishes, num_answers, seed):
        num_latents = num_tries * num_answers
        values = {n: np.repeat(a, num_latents) for n, a in wishes.items()}
        made = gan.generate(
            latents=latent.sample_latents(len(values["style"]), latent_dim, seed),
            labels=values["style"],
            attributes=data.scale_attributes(values, ranges),
        )
        found = vases.measure(made)
        found = {name: found[name].reshape(-1, num_latents) for name in wishes}
        near = find_nearest(wishes, found, num_answers)
        made = made.reshape(-1, num_latents, *made.shape[1:])
        return made[np.arange(len(near))[:, None], near]

    return make


def as_outlines(images) -> np.ndarray:
    """How wide the product is in each row of pictures, in mm, float32 `(n, side)`.

    The tone of the clay does not matter.
    """

    def read(covered):
        return {"widths": SIDE_MM * np.clip(covered, 0, 1).mean(axis=2)}

    return turned.measure(images, read)["widths"]


class Judge:
    """Judges answers by their pictures, beside those of a catalogue.

    Other pictures from the same source show how near new designs usually come.
    """

    def __init__(self, images, new_images):  # noqa: D107
        self.known = as_outlines(images)
        measured = vases.measure(images)
        names = [name for name in measured if name != "style"]
        self.usual = {name: _spread(measured[name]) for name in names}
        _, ways = metrics.nearest_neighbours(self.known, as_outlines(new_images))
        self.least = np.quantile(ways, 0.01)

    def __call__(self, pictures, wishes) -> dict[str, float]:
        """Judges a maker's answers to wishes.

        * first_mm, all_mm: how far the first answer, and all, are off in the wished
          measures, on average, in mm; the median. What cannot be measured is off by
          more than anything else;
        * sound: per cent in one piece, symmetric, standing, and of the wished style;
        * variety: standard deviation of what was not asked for, among the sound answers
          to one wish, in per cent of that in the catalogue; NaN where no wish has two;
        * near: per cent whose outline is nearer to one of the catalogue than those of
          99 of 100 new designs are.
        """
        num_answers = pictures.shape[1]
        flat = pictures.reshape(-1, *pictures.shape[2:])
        found = vases.measure(flat) | solids.measure_bodies(flat)
        found = {name: a.reshape(-1, num_answers) for name, a in found.items()}
        asked = [name for name in wishes if name != "style"]
        off = [np.abs(found[name] - wishes[name][:, None]) for name in asked]
        off = np.nan_to_num(SIDE_MM * np.mean(off, axis=0), nan=np.inf)
        is_sound = found["style"] == wishes["style"][:, None]
        for name in ("is_one_piece", "is_symmetric", "is_standing"):
            is_sound &= found[name]
        left_open = [name for name in self.usual if name not in asked]
        shares = [
            _spread(np.where(is_sound, found[n], np.nan).T).mean() / self.usual[n]
            for n in left_open
        ]
        variety = np.ma.filled(np.ma.stack(shares).mean().astype(float), np.nan)
        _, ways = metrics.nearest_neighbours(self.known, as_outlines(flat))
        return {
            "first_mm": float(np.median(off[:, 0])),
            "all_mm": float(np.median(off)),
            "sound": 100 * float(is_sound.mean()),
            "variety": 100 * float(variety),
            "near": 100 * float(np.mean(ways < self.least)),
        }


def _spread(values):
    """Standard deviations of the columns; what could not be measured is left out."""
    return np.ma.masked_invalid(values).std(axis=0, ddof=1)
