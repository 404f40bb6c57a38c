"""Products are found on any even ground: areas by formula, and the same as on black."""

import re

import numpy as np
import pytest

from gan_tutorial.design import bodies, curves, handover, shading, solids
from gan_tutorial.synthetic import lamps, silhouettes, vases

GROUNDS = {
    "white": (255, 255, 255),
    "grey": (60, 60, 60),
    "blue": (40, 90, 160),
    "cream": (240, 225, 200),
}
FINER = 8  # products are drawn larger, so that their coverage is known
PICTURE = np.mgrid[:64, :80] + 0.5


def on_ground(product, covered, colour, noise=0.0, slope=0.0):
    """Pictures of products, `(n, height, width)`, on a ground that may be uneven."""
    x = np.linspace(-1, 1, covered.shape[2])[:, None]
    ground = np.clip(np.array(colour) - slope * (1 + x), 0, 255)
    images = product[..., None] + (1 - covered[..., None]) * ground
    images += np.random.default_rng(3).normal(0, noise, images.shape)
    return np.rint(images.clip(0, 255)).astype(np.uint8)


def on_nothing(product, covered):
    """The same on a transparent ground."""
    colour = np.rint(product / np.maximum(covered, 1e-9))
    images = [colour, colour, colour, np.rint(255 * covered)]
    return np.stack(images, axis=3).astype(np.uint8)


def draw(family, num, size=64):
    """Products of a family on black, and how far they cover each pixel."""
    large = family.make(num, FINER * size, seed=9)[0]
    blocks = (num, size, FINER, size, FINER)
    product, covered = (a.reshape(blocks).mean(axis=(2, 4)) for a in (large, large > 0))
    return product, covered


def disk(colour=0.0):
    """A flat disk with a radius of 20 pixels around 41.3, 30.6, and its coverage."""
    y, x = PICTURE
    covered = np.clip(20.5 - np.hypot(x - 41.3, y - 30.6), 0, 1)[None]
    return colour * covered, covered


def find(image):
    """How far the pixels of one picture are covered."""
    return silhouettes.find_products(image[None])[0]


def fill_from_border(is_ground):
    """Pixels that a border's ground reaches, one by one."""
    height, width = is_ground.shape
    reached = np.zeros_like(is_ground)
    waiting = [(y, x) for y in range(height) for x in range(width)]
    waiting = [p for p in waiting if p[0] in (0, height - 1) or p[1] in (0, width - 1)]
    while waiting:
        y, x = waiting.pop()
        inside = 0 <= y < height and 0 <= x < width
        if inside and is_ground[y, x] and not reached[y, x]:
            reached[y, x] = True
            waiting += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return reached


@pytest.mark.parametrize("colour", [(255, 255, 255), (90, 160, 30), (128, 128, 128)])
@pytest.mark.parametrize(("noise", "slope"), [(0, 0), (2, 0), (2, 8)])
def test_a_disk_and_a_rectangle_have_the_area_of_their_formulas(colour, noise, slope):
    image = on_ground(*disk(10), colour, noise, slope)[0]
    covered = find(image)
    assert covered.sum() == pytest.approx(np.pi * 20**2, rel=0.01)
    # Each row is as long as the circle's chord is there.
    chords = 2 * np.sqrt(np.maximum(20**2 - (PICTURE[0][:, 0] - 30.6) ** 2, 0))
    np.testing.assert_allclose(covered.sum(axis=1)[14:47], chords[14:47], atol=0.5)
    # A quarter of the first row is covered, and three quarters of the first column.
    box = np.zeros((1, 64, 80))
    box[0, 10:50, 20:45] = 1
    box[0, 10] *= 0.25
    box[0, :, 20] *= 0.75
    covered = find(on_ground(5 * box, box, colour, noise, slope)[0])
    assert covered.sum() == pytest.approx(39.25 * 24.75, rel=0.01)


def test_what_a_product_encloses_belongs_to_it():
    image = np.full((40, 40, 1), 230, np.uint8)
    image[8:30, 8:30] = 20
    image[12:20, 12:26] = 230  # as the ground, but closed
    image[22:30, 14:20] = 230  # open at the bottom
    covered = find(image)
    expected = ~fill_from_border(image[..., 0] == 230)
    np.testing.assert_allclose(covered, expected, atol=1e-6)


def test_a_flood_reaches_what_a_walk_does():
    free = np.random.default_rng(2).random((4, 30, 37)) < 0.65
    border = np.ones((30, 37), bool)
    border[1:-1, 1:-1] = False
    reached = silhouettes.flood(np.broadcast_to(border, free.shape), free)
    assert 0.1 < reached.mean() < 0.64
    for one, free_ in zip(reached, free, strict=True):
        np.testing.assert_array_equal(one, fill_from_border(free_))


@pytest.mark.parametrize("family", [vases, lamps])
@pytest.mark.parametrize("ground", [*GROUNDS, "none"])
def test_a_product_is_the_same_on_any_ground(family, ground):
    product, covered = draw(family, 6)
    dark = on_ground(product, covered, (0, 0, 0))
    if ground == "none":
        images = on_nothing(product, covered)
    else:
        images = on_ground(product, covered, GROUNDS[ground])
    # A white top of a lamp on white is refused: nothing tells where it ends.
    found = silhouettes.find_products(images)
    kept = found.any(axis=(1, 2))
    assert kept.sum() >= 5
    images, dark, found, covered = (a[kept] for a in (images, dark, found, covered))
    assert np.abs(found - covered).sum(axis=2).mean() < 0.5  # pixels in a row
    expected = family.measure(dark) | solids.measure_bodies(dark)
    measured = family.measure(images) | solids.measure_bodies(images)
    assert (measured["style"] == expected["style"]).all()
    for name in ("is_symmetric", "is_standing"):
        assert (measured[name] == expected[name]).all(), name
    for name in family.RANGES:
        assert np.abs(measured[name] - expected[name]).mean() < 0.6 / 64, name
    for name, most in (("capacity", 0.06), ("slenderness", 0.02)):
        np.testing.assert_allclose(measured[name], expected[name], rtol=most)
    radii, others = (curves.read(a, side_mm=64)[..., 0] for a in (images, dark))
    # In pixels across: where an outline is nearly level, a little height is much.
    ways = np.abs(radii - others)
    assert ways.mean() < 0.3 and np.quantile(ways, 0.95) < 0.9
    volumes, others = ((a**2).mean(axis=1) for a in (radii, others))
    np.testing.assert_allclose(volumes, others, rtol=0.05)


def cases():
    y, x = PICTURE
    rng = np.random.default_rng(4)
    box = np.zeros((64, 80, 1), np.uint8)
    box[10:50, 20:60] = 255
    low = np.full((64, 80, 1), 128, np.uint8)
    low[10:50, 20:60] = 145
    half = np.where(box > 0, np.linspace(40, 210, 80)[:, None], 130).astype(np.uint8)
    corners = 60 + 150 * (((x - 40) / 40) ** 2 + ((y - 32) / 32) ** 2) / 2
    return {
        "black": 0 * box,
        "white": box | 255,
        "nothing": np.zeros((64, 80, 4), np.uint8),
        "all covered": np.full((64, 80, 4), 255, np.uint8),
        "noise": rng.integers(0, 256, (64, 80, 3)).astype(np.uint8),
        "faint noise": rng.normal(128, 7, (64, 80, 1)).astype(np.uint8),
        "cut at the foot": np.roll(box, 14, axis=0),
        "cut at the side, on white": 255 - np.roll(box, 20, axis=1),
        "from side to side": np.roll(box, 14, axis=0) | box[:, :1] | box[:, ::-1],
        "a little darker": low,
        "of the ground's colour at its edge": half,
        "uneven": np.where(box > 0, 255, corners[..., None]).astype(np.uint8),
        "cut, on nothing": np.roll(np.repeat(box, 4, axis=2), 14, axis=0),
        "hardly there": np.repeat(box, 4, axis=2) // 3,
    }


@pytest.mark.parametrize("case", [*cases()])
def test_where_no_product_is_found_all_refuse_with_one_sentence(case):
    image, sentence = cases()[case], re.escape(silhouettes.NOT_FOUND)
    assert not find(image).any()
    square = image[None, :, 8:72]
    outline = curves.Outline(curves.read(square)[0])
    for use in (
        bodies.make_vessel,
        bodies.inspect,
        shading.shade,
        handover.Product,
    ):
        with pytest.raises(ValueError, match=sentence):
            use(outline)
    for measure in (vases.measure, lamps.measure, solids.measure_bodies):
        for name, values in measure(square).items():
            nothing = np.isnan(values) if values.dtype.kind == "f" else values <= 0
            assert nothing.all(), name
