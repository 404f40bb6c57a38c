"""Screens as boxes: rules against all layouts, the clean-up and its limits, times."""

import numpy as np
import pytest
from test_interfaces import BY_HAND

from gan_tutorial.design import screens, wireframes
from gan_tutorial.design.wireframes import Box
from gan_tutorial.synthetic import interfaces

MAPS, FACTS = interfaces.make(120, seed=8)


@pytest.fixture(scope="module")
def allowed():
    """Every screen that the rules allow, as bytes."""
    return {
        cells.tobytes()
        for screen in interfaces.SCREENS
        for cards in range(1, 7)
        for cells in interfaces.layouts(screen, cards)
    }


def changed(*places, cells=BY_HAND):
    """A copy, with other parts at places."""
    cells = cells.copy()
    for place, part in places:
        cells[place] = interfaces.PARTS.index(part)
    return cells


def test_boxes_of_the_screen_drawn_by_hand():
    assert wireframes.find_boxes(BY_HAND) == (
        Box("header", 0, 0, 2, 16),
        Box("image", 3, 1, 2, 6),
        Box("image", 3, 9, 2, 6),
        Box("text", 5, 1, 1, 6),
        Box("text", 5, 9, 1, 6),
        Box("image", 7, 1, 2, 6),
        Box("text", 9, 1, 1, 6),
        Box("button", 11, 5, 2, 6),
        Box("navigation", 29, 0, 3, 16),
    )
    corner = changed((np.s_[20:24, 3], "list"), (np.s_[23, 3:6], "list"))
    assert Box("list", 20, 3, 4, 3) in wireframes.find_boxes(corner)  # one region, an L
    assert len(wireframes.find_boxes(changed((np.s_[20, 3], "list")))) == 10


def test_boxes_overlap_where_they_share_a_cell():
    rng = np.random.default_rng(0)
    for _ in range(200):
        (a, b), painted = rng.integers(1, 7, (2, 4)), np.zeros((2, 14, 14), int)
        for k, (top, left, height, width) in enumerate((a, b)):
            painted[k, top : top + height, left : left + width] = 1
        shared = painted.prod(axis=0).any()
        assert wireframes.overlap(Box("text", *a), Box("list", *b)) == shared


def test_every_fault_has_its_words():
    full = interfaces.layouts("feed", 6)[0]
    for cells, words in (
        (changed((np.s_[4, 3], "text")), "no whole rectangle"),
        (changed((np.s_[20:24, 3], "list"), (np.s_[23, 3:6], "list")), "rectangle"),
        (changed((np.s_[0:2], "background")), "not one header"),
        (changed((np.s_[2:6], "header")), "not one header"),
        (changed((np.s_[28:], "navigation")), "not one header"),
        (changed((np.s_[29, :8], "background")), "no whole rectangle"),
        (changed((np.s_[3:5, 0], "image")), "margin"),
        (changed((np.s_[11:13], "background")), "not one button"),
        (changed((np.s_[13, 5:11], "button")), "not one button"),
        (changed((np.s_[20:22, 1:7], "button")), "a button too many"),
        (changed((np.s_[20, 3], "button")), "a button too many"),
        (changed((np.s_[11:13, 4], "button")), "not one button"),
        (changed((np.s_[9, 1:7], "background")), "without their text"),
        (changed((np.s_[20, 1:15], "list")), "of two kinds"),
        (changed((np.s_[3:10], "background")), "no cards"),
        (changed((np.s_[6, 9:15], "text")), "differ in height"),
        (changed((np.s_[3:6, 1:7], "background")), "in columns"),
        (changed((np.s_[29], "navigation"), cells=full), "gaps differ"),
        (np.delete(np.insert(BY_HAND, 20, 0, axis=0), 2, axis=0), "gaps differ"),
        (np.delete(np.insert(BY_HAND, 6, 0, axis=0), 20, axis=0), "gaps differ"),
        (np.delete(np.insert(BY_HAND, 11, 0, axis=0), 20, axis=0), "gaps differ"),
    ):
        faults = wireframes.find_faults(cells)
        assert any(words in fault for fault in faults), (words, faults)


def test_the_rules_agree_with_the_set_of_all_layouts(allowed):
    """What is changed in a row, a column or a box is valid only where it is allowed."""
    assert wireframes.is_valid(MAPS).all()
    assert not wireframes.find_faults(BY_HAND) and BY_HAND.tobytes() in allowed
    rng, seen = np.random.default_rng(1), 0
    for cells in MAPS:
        one, two = rng.integers(1, 31, 2)
        moved = np.insert(np.delete(cells, one, axis=0), two, cells[two], axis=0)
        is_allowed = moved.tobytes() in allowed
        heights = [b.height for b in wireframes.find_boxes(moved)[1:-2]]
        if not is_allowed and max(heights, default=0) <= 2:
            assert wireframes.find_faults(moved)
        if is_allowed:
            assert not wireframes.find_faults(moved)
        seen += is_allowed
        gone = changed((np.s_[:, rng.integers(1, 15)], "background"), cells=cells)
        assert wireframes.find_faults(gone)
    assert 10 < seen < 110


def test_obeys_wants_type_and_number_of_cards():
    wishes = screens.to_wishes(FACTS)
    assert screens.obeys(MAPS, wishes).all()
    assert not screens.obeys(MAPS, (wishes + 1) % 24).any()
    assert screens.wish("shop", 3) == 8 == screens.to_wishes({"labels": 1, "cards": 3})
    spoilt = MAPS.copy()
    spoilt[:, 30, 5] = 0
    assert not screens.obeys(spoilt, wishes).any()


def test_networks_take_one_channel_for_each_part():
    hot = screens.one_hot(BY_HAND[None])
    assert hot.shape == (1, 32, 16, 7) and hot.dtype == np.float32
    assert (hot.sum(axis=-1) == 1).all() and hot[0, 11, 5].tolist() == [0] * 4 + [
        1,
        0,
        0,
    ]
    np.testing.assert_array_equal(screens.to_maps(0.3 * hot - 1), BY_HAND[None])


def test_the_clean_up_mends_what_is_ragged(allowed):
    np.testing.assert_array_equal(screens.repair(MAPS), MAPS)
    rng, ragged = np.random.default_rng(2), MAPS.copy()
    hit = rng.random(ragged.shape) < 0.04
    ragged[hit] = rng.integers(0, 7, hit.sum())
    assert not wireframes.is_valid(ragged).any()
    mended = screens.repair(ragged)
    assert (mended == MAPS).all(axis=(1, 2)).mean() > 0.9
    assert all(
        cells.tobytes() in allowed for cells in mended[wireframes.is_valid(mended)]
    )


def test_the_clean_up_is_no_generator():
    """Of noise it makes nothing, and it changes an eighth of the cells at most."""
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 7, (60, 32, 16)).astype(np.uint8)
    np.testing.assert_array_equal(screens.repair(noise), noise)
    empty = np.zeros((1, 32, 16), np.uint8)
    np.testing.assert_array_equal(screens.repair(empty), empty)
    worn = MAPS.copy()
    hit = rng.random(MAPS.shape) < 0.1
    worn[hit] = rng.integers(0, 7, hit.sum())
    moved = (screens.repair(worn) != worn).sum(axis=(1, 2))
    assert 30 < moved.max() <= 64
    worn[hit] = 6  # now the most that a cell can be wrong
    worn[:, 10:14] = 1
    np.testing.assert_array_equal(screens.repair(worn), worn)


def test_the_look_up_gives_screens_of_the_catalogue():
    known = {cells.tobytes() for cells in MAPS}
    wishes = screens.to_wishes(FACTS)[[5, 5, 60, 7]]
    found = screens.look_up(MAPS, FACTS, wishes, seed=1)
    assert screens.obeys(found, wishes).all()
    assert all(cells.tobytes() in known for cells in found)
    few = {name: values[:3] for name, values in FACTS.items()}
    lacking = min(set(range(24)) - set(screens.to_wishes(few)))
    with pytest.raises(ValueError, match=rf"has the wishes \[{lacking}\]"):
        screens.look_up(MAPS[:3], few, [lacking])


def test_variety_is_the_mean_share_of_cells_that_differ():
    one, two, three = (np.zeros((32, 16), np.uint8) for _ in range(3))
    two[:8], three[:2] = 3, 3  # 128 and 32 of 512 cells; 96 between them
    assert screens.variety([one, two, three]) == pytest.approx(256 / 3 / 512)


def test_times_follow_fitts_and_mackenzie():
    # 9 rows up and 12 columns across: 15 cells; the smaller side is 3: log2(6) bits.
    targets = [Box("button", 19, 17, 5, 3), Box("list", 27, 5, 1, 6)]
    times = screens.tap_times(targets, start=(30.5, 6.5))
    by_hand = [230 + 166 * np.log2(6), 230 + 166 * np.log2(np.hypot(3, 1.5) + 1)]
    np.testing.assert_allclose(times, by_hand)


def test_pictures_show_parts_in_their_colours():
    (picture,) = screens.draw(BY_HAND[None], 6)
    assert picture.shape == (192, 96, 3) and picture.dtype == np.uint8
    for row, column in ((0, 0), (4, 2), (12, 7), (31, 15)):
        colour = bytes(picture[6 * row + 3, 6 * column + 3]).hex()
        assert f"#{colour}" == screens.COLOURS.split()[BY_HAND[row, column]]
    all_parts = np.tile(np.arange(16, dtype=np.uint8) % 7, (1, 32, 1))
    colours = screens.draw(all_parts, 4)[0, 2, 2:28:4]
    assert np.diff(np.sort(colours @ [0.3, 0.59, 0.11])).min() > 3  # in grey, too


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: screens.wish("feed", 0),
            "cards is 0; expected a whole number, 1 to 6",
        ),
        (lambda: screens.wish("feed", 1000), "cards is 1000; expected .* 1 to 6"),
        (lambda: screens.wish("blog", 1), "no screen 'blog'; expected one of"),
        (lambda: screens.one_hot(MAPS / 6), "float64; expected whole numbers"),
        (lambda: wireframes.is_valid(MAPS[:, :16]), r"shape \(120, 16, 16\)"),
        (lambda: screens.repair(MAPS + 5), "parts go from 5 to 11; expected"),
    ],
)
def test_what_is_no_screen_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
