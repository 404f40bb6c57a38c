"""The widget that makes a hole: what is in the hole, what is shown and what is said."""

import re

import numpy as np
import pytest
from shown import picture

from gan_tutorial.design import restore
from gan_tutorial.widgets.hole import HolePainter

IMAGES = np.random.default_rng(3).integers(0, 256, (3, 28, 28, 1), np.uint8)


class Fill:
    """Fills with one grey, and keeps what it was given."""

    def __init__(self, grey=50):
        self.grey, self.given = grey, []

    def __call__(self, images, masks):
        self.given.append((images.copy(), masks.copy()))
        masks[:] = 0  # a function may spoil what it gets
        return np.where(self.given[-1][1], np.uint8(self.grey), images)


def square(top, left, height, width, side=28):
    mask = np.zeros((1, side, side, 1), np.uint8)
    mask[:, top : top + height, left : left + width] = 1
    return mask


def set_place(painter, **values):
    for name, value in values.items():
        painter.places[name.capitalize()][1].value = value


def pictures(painter):
    """The three pictures, one pixel for each of theirs."""
    return [picture(part)[4::8, 4::8] for part in painter._pictures]


def test_it_starts_with_a_hole_in_the_middle_filled():
    fill = Fill()
    painter = HolePainter(IMAGES, fill)
    np.testing.assert_array_equal(painter.masks, square(9, 9, 10, 10))
    assert painter.number == 0 and len(fill.given) == 1
    given, masks = fill.given[0]
    expected = IMAGES[:1].copy()
    expected[:, 9:19, 9:19] = 0  # whoever fills a hole must not see what was in it
    np.testing.assert_array_equal(given, expected)
    np.testing.assert_array_equal(masks, painter.masks)
    expected[:, 9:19, 9:19] = 50
    np.testing.assert_array_equal(painter.filled, expected)
    holed, filled, whole = pictures(painter)
    np.testing.assert_array_equal(filled, expected[0, ..., 0])
    np.testing.assert_array_equal(whole, IMAGES[0, ..., 0])
    assert set(holed[9:19, 9:19].ravel()) == {96, 160}
    holed = holed.copy()
    holed[9:19, 9:19] = whole[9:19, 9:19]
    np.testing.assert_array_equal(holed, whole)
    texts = [re.search('alt="(.*?)"', part.value)[1] for part in painter._pictures]
    assert texts[0] == "Picture 1 with a hole of 100 pixels"
    assert texts[1:] == ["Picture 1 filled", "Picture 1 whole"]
    error = np.square(IMAGES[0, 9:19, 9:19].astype(float) - 50).mean()
    decibels = 10 * np.log10(255**2 / error)
    assert f"PSNR in the hole: {decibels:.1f} dB." in painter.message.value


def test_boxes_and_sliders_move_the_hole():
    painter = HolePainter(IMAGES, Fill())
    set_place(painter, top=3, left=20, height=4, width=5)
    np.testing.assert_array_equal(painter.masks, square(3, 20, 4, 5))
    painter.places["Left"][0].value = 26  # a slider; the hole ends at the edge
    np.testing.assert_array_equal(painter.masks, square(3, 26, 4, 2))
    assert painter.places["Left"][1].value == 26
    set_place(painter, left=0, width=28)  # a stripe
    np.testing.assert_array_equal(painter.masks, square(3, 0, 4, 28))


def test_a_press_on_a_cell_opens_the_hole_there_or_closes_it():
    fill = Fill()
    painter = HolePainter(IMAGES, fill)
    pressed = [name for name, cell in painter.cells.items() if cell.value]
    assert pressed == ["c3", "d3", "e3", "c4", "d4", "e4", "c5", "d5", "e5"]
    painter.clear_button.click()
    assert not painter.masks.any()
    painter.cells["b3"].value = True
    np.testing.assert_array_equal(painter.masks, square(8, 4, 4, 4))
    kept = painter.masks
    painter.cells["g7"].value = True
    np.testing.assert_array_equal(kept, square(8, 4, 4, 4))  # what one holds stays
    two = square(8, 4, 4, 4) | square(24, 24, 4, 4)
    np.testing.assert_array_equal(painter.masks, two)
    pressed = [name for name, cell in painter.cells.items() if cell.value]
    assert pressed == ["b3", "g7"]
    before = len(fill.given)
    painter.cells["b3"].value = False
    np.testing.assert_array_equal(painter.masks, square(24, 24, 4, 4))
    assert len(fill.given) == before + 1


def test_cells_say_whether_most_of_them_is_in_the_hole():
    painter = HolePainter(IMAGES, Fill())
    set_place(painter, top=1, left=0, height=3, width=7)
    assert [n for n, c in painter.cells.items() if c.value] == ["a1", "b1"]
    styles = [painter.cells[name].button_style for name in ("a1", "b1", "c1")]
    assert styles == ["primary", "primary", ""]
    assert painter.cells["b1"].tooltip == "b1 is in the hole"
    assert painter.cells["c1"].tooltip == "c1 is known"


def test_cells_cover_a_picture_of_any_size_once():
    images = np.zeros((1, 45, 5, 3), np.uint8)
    painter = HolePainter(images, Fill())
    assert len(painter.cells) == 7 * 5
    painter.clear()
    for number, cell in enumerate(painter.cells.values(), 1):
        before = int(painter.masks.sum())
        cell.value = True
        assert int(painter.masks.sum()) in (before + 6, before + 7)
        assert number < 35 or painter.masks.all()


def test_nothing_to_fill_and_nothing_to_fill_from_are_told_in_words():
    fill = Fill()
    painter = HolePainter(IMAGES, fill)
    painter.clear()
    assert "There is no hole." in painter.message.value
    np.testing.assert_array_equal(painter.filled, IMAGES[:1])
    before = len(fill.given)
    set_place(painter, top=0, left=0, height=28, width=28)
    assert "nothing to fill it from" in painter.message.value
    assert painter.masks.all() and not painter.filled.any()
    assert len(fill.given) == before + 3  # the last of the four moves left nothing
    set_place(painter, height=27)
    assert "PSNR" in painter.message.value


def test_the_hole_stays_for_the_next_picture_and_the_last_is_followed_by_the_first():
    painter = HolePainter(IMAGES, Fill())
    set_place(painter, top=0, height=4)
    for number in (1, 2, 0):
        painter.next_button.click()
        assert painter.number == number
        np.testing.assert_array_equal(painter.masks, square(0, 9, 4, 10))
        np.testing.assert_array_equal(pictures(painter)[2], IMAGES[number, ..., 0])


@pytest.mark.parametrize("kind", [np.uint8, bool])
def test_holes_of_ones_own_go_with_their_pictures(kind):
    masks = restore.hole_masks(3, 28, 7, seed=2)
    kept = masks.copy()
    painter = HolePainter(IMAGES, Fill(), masks.astype(kind))
    for number in (0, 1, 2, 0):
        np.testing.assert_array_equal(painter.masks, masks[number : number + 1])
        assert painter.masks.dtype == np.uint8
        painter.cells["a1"].value = not painter.cells["a1"].value
        painter.next_picture()
    np.testing.assert_array_equal(masks, kept)


def fails(images, masks):
    raise RuntimeError("no <network>")


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (fails, "The filling stopped with an error: no &lt;network&gt;"),
        (lambda images, masks: images / 255, "float64 of shape (1, 28, 28, 1); expec"),
        (lambda images, masks: images[0], "is uint8 of shape (28, 28, 1); expected"),
        (lambda images, masks: None, "The filling is object of shape ()"),
    ],
)
def test_a_faulty_filling_is_told_and_the_widget_goes_on(fill, message):
    painter = HolePainter(IMAGES, fill)
    assert message in painter.message.value
    np.testing.assert_array_equal(
        painter.filled, restore.zero_fill(IMAGES[:1], painter.masks)
    )
    set_place(painter, top=0)
    np.testing.assert_array_equal(painter.masks, square(0, 9, 10, 10))


@pytest.mark.parametrize(
    ("images", "masks", "message"),
    [
        (IMAGES / 255, None, "images are float64"),
        (IMAGES[:0], None, "at least one"),
        (IMAGES, np.zeros((3, 20, 28, 1), np.uint8), "masks have shape"),
        (IMAGES, np.full((3, 28, 28, 1), 255, np.uint8), "from 255 to 255"),
    ],
)
def test_what_is_no_picture_or_no_mask_is_refused(images, masks, message):
    with pytest.raises(ValueError, match=message):
        HolePainter(images, Fill(), masks)
