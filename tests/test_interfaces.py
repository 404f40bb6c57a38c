"""Wireframes by rules: their parts, their attributes, and what is refused."""

import numpy as np
import pytest

from gan_tutorial.synthetic import interfaces
from gan_tutorial.synthetic.interfaces import PARTS, SCREENS

SIGNS = dict(zip(".H#tB=N", range(7), strict=True))
SHOP = """
HHHHHHHHHHHHHHHH
HHHHHHHHHHHHHHHH
................
.######..######.
.######..######.
.tttttt..tttttt.
................
.######.........
.######.........
.tttttt.........
................
.....BBBBBB.....
.....BBBBBB.....
"""
# Drawn by hand: a shop of three cards of 3 rows, with a gap of 1.
BY_HAND = [[SIGNS[c] for c in line] for line in SHOP.split()]
BY_HAND += [[0] * 16] * 16 + [[6] * 16] * 3
BY_HAND = np.array(BY_HAND, np.uint8)


def test_a_screen_drawn_by_hand():
    layouts = interfaces.layouts("shop", 3)
    assert (layouts == BY_HAND).all(axis=(1, 2)).sum() == 1
    found = interfaces.measure(BY_HAND[None])
    assert SCREENS[found["labels"][0]] == "shop" and found["cards"].tolist() == [3]


def test_screens_obey_the_rules_cell_by_cell():
    maps, attributes = interfaces.make(300, seed=3)
    assert maps.shape == (300, 32, 16) and maps.dtype == np.uint8
    assert {name: v.dtype for name, v in attributes.items()} == {
        "labels": np.int64,
        "cards": np.int64,
    }
    number = {part: k for k, part in enumerate(PARTS)}
    for cells in maps:
        bars = (cells == number["header"]) | (cells == number["navigation"])
        rows = np.flatnonzero(bars.any(axis=1))
        assert bars[rows].all() and len(rows) in (4, 5, 6)
        assert not (cells * ~bars)[:, [0, 15]].any()  # the margin
        button = np.argwhere(cells == number["button"])
        height, width = np.ptp(button, axis=0) + 1
        assert height * width == len(button) and (height, width) in {(2, 6), (2, 14)}
    assert np.bincount(attributes["labels"]).min() > 40
    assert set(attributes["cards"].tolist()) == {1, 2, 3, 4, 5, 6}


def test_attributes_are_read_back_at_every_size():
    maps, attributes = interfaces.make(200, seed=4)
    large, same = interfaces.make(200, 64, seed=4)
    np.testing.assert_array_equal(large[:, ::2, 1::2], maps)
    for images in (maps, large):
        found = interfaces.measure(images)
        for name in ("labels", "cards"):
            np.testing.assert_array_equal(found[name], attributes[name])
            np.testing.assert_array_equal(same[name], attributes[name])
    empty = interfaces.measure(np.zeros((1, 32, 16), int))
    assert (empty["labels"][0], empty["cards"][0]) == (-1, 0)


def test_a_wish_is_drawn_and_a_seed_repeats_it():
    labels, cards = np.repeat([0, 1, 2, 3], 6), np.tile([1, 2, 3, 4, 5, 6], 4)
    maps = interfaces.draw(labels, cards, seed=1)
    found = interfaces.measure(maps)
    np.testing.assert_array_equal(found["labels"], labels)
    np.testing.assert_array_equal(found["cards"], cards)
    np.testing.assert_array_equal(maps, interfaces.draw(labels, cards, seed=1))
    assert (maps != interfaces.draw(labels, cards, seed=2)).any()


def test_the_layouts_of_a_wish_are_counted_by_hand():
    """Six stories of 3 rows fill a screen: only low bars and the gap of 1 leave room,
    and the button stands below the cards, which is above the navigation."""
    layouts = interfaces.layouts("feed", 6)
    number = {part: k for k, part in enumerate(PARTS)}
    assert ((layouts == number["header"]).sum(axis=(1, 2)) == 32).all()
    buttons = layouts[:, 27] == number["button"]
    assert {"".join("01"[cell] for cell in row * 1) for row in buttons} == {
        "0111111111111110",
        "0111111000000000",
        "0000011111100000",
        "0000000001111110",
    }
    assert len(layouts) == 4
    for screen in SCREENS:
        for cards in (1, 4):
            found = interfaces.layouts(screen, cards)
            assert len(np.unique(found, axis=0)) == len(found) > 50


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: interfaces.draw([0], [0]), "number of cards is 0; expected .* 1 to 6"),
        (lambda: interfaces.draw([0], [1000]), "cards is 1000; expected .* 1 to 6"),
        (lambda: interfaces.draw([4], [1]), "A label is 4; expected .* 0 to 3"),
        (lambda: interfaces.layouts("blog", 2), "no screen 'blog'; expected one of"),
        (lambda: interfaces.layouts("feed", 2.5), "cards is 2.5; expected a whole"),
        (lambda: interfaces.make(0), "num_images is 0"),
        (lambda: interfaces.make(1, 33), "image_size is 33; expected a multiple of 32"),
        (lambda: interfaces.make(1, seed=-1), "seed is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
