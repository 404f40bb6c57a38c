"""The two-alternative test: its pairs, its score, and its errors."""

import threading

import numpy as np
import pytest
from matplotlib import pyplot as plt
from shown import picture

from gan_tutorial.widgets import choice, real_or_fake
from gan_tutorial.widgets.real_or_fake import RealOrFake

# Each real picture has one even shade, each made one an odd shade: all are different.
REAL = np.broadcast_to(np.arange(0, 80, 2).reshape(40, 1, 1, 1), (40, 16, 20, 1))
FAKE = REAL + 1
REAL, FAKE = REAL.astype(np.uint8), FAKE.astype(np.uint8)


@pytest.fixture(autouse=True)
def quick_clicks(monkeypatch):
    """The tests press at once; see below for what that means to a real double click."""
    monkeypatch.setattr(choice, "_LEAST_LOOK_S", 0.0)


def _shades(test):
    """Shades of the two pictures that are shown now, left and right."""
    pictures = [picture(part) for part in test._pictures]
    assert all(pixels.shape == (156, 196) for pixels in pictures)
    return [int(pixels[0, 0]) for pixels in pictures]


def _press(test, is_right):
    """Presses the button of the real picture, or the other one."""
    real_side = [shade % 2 for shade in _shades(test)].index(0)
    test.buttons[real_side if is_right else 1 - real_side].click()


def _text(test):
    return test.widget.children[0].value + test.widget.children[-1].value


def test_each_pair_has_one_real_picture_and_none_comes_twice():
    test, seen = RealOrFake(REAL, FAKE, num_pairs=30), []
    for _ in range(30):
        shades = _shades(test)
        assert sorted(shade % 2 for shade in shades) == [0, 1]
        seen += shades
        test.buttons[0].click()
    assert len(set(seen)) == 60
    still = {int(image.flat[0]) for images in test._shown for image in images[30:]}
    assert len(still) == 16 and not still & set(seen)


def test_pairs_show_one_class_where_labels_are_known():
    # The classes are unequally frequent, and a fifth one is never made.
    real_labels = np.arange(40) % 5
    fake_labels = np.array([0, 0, 1, 2, 3, 3, 3, 3] * 5)
    known = {"real_labels": real_labels, "fake_labels": fake_labels}
    test, seen = RealOrFake(REAL, FAKE, num_pairs=8, **known), []
    shown = [images[:, 0, 0, 0] for images in test._shown]
    for left, right in zip(*shown, strict=True):
        real, fake = sorted((int(left), int(right)), key=lambda shade: shade % 2)
        assert real_labels[real // 2] == fake_labels[fake // 2] != 4
        seen += [real, fake]
    assert len(seen) == len(set(seen)) == 32


def test_the_real_one_is_left_as_often_as_right():
    sides = [RealOrFake(REAL, FAKE, 20, seed).sides.mean() for seed in range(40)]
    assert np.mean(sides) == pytest.approx(0.5, abs=0.06)
    assert len(set(sides)) > 3
    again = RealOrFake(REAL, FAKE, 20, 7).sides
    np.testing.assert_array_equal(again, RealOrFake(REAL, FAKE, 20, 7).sides)


def test_the_score_counts_and_says_where_the_real_one_was():
    test = RealOrFake(REAL, FAKE, num_pairs=4)
    assert "Pair 1 of 4" in _text(test) and "No answer yet" in _text(test)
    side = real_or_fake.SIDES[test.sides[0]]
    _press(test, is_right=True)
    assert "Pair 2 of 4" in _text(test)
    assert f"Right: the real one was {side}. Score: 1 of 1" in _text(test)
    _press(test, is_right=False)
    assert "Wrong: " in _text(test) and "Score: 1 of 2" in _text(test)
    assert "50%" in _text(test) and "9% to 91%" in _text(test)
    assert test.answers == [True, False]


@pytest.mark.parametrize(
    ("num_right", "verdict"),
    [
        (20, "You see which ones are made"),
        (11, "does not show that you see a difference"),
        (1, "take made pictures for real ones"),
    ],
)
def test_the_verdict_follows_the_interval(num_right, verdict):
    test = RealOrFake(REAL, FAKE)
    for number in range(20):
        assert "interval holds" not in _text(test)
        _press(test, is_right=number < num_right)
    assert verdict in _text(test) and "All 20 pairs" in _text(test)
    assert all(button.disabled for button in test.buttons)
    before = _text(test)
    test.buttons[1].click()  # a late click changes nothing
    assert _text(test) == before and len(test.answers) == 20


def test_a_double_click_answers_one_pair_only(monkeypatch):
    monkeypatch.setattr(choice, "_LEAST_LOOK_S", 0.5)
    now = [100.0]
    monkeypatch.setattr(choice.time, "monotonic", lambda: now[0])
    test = RealOrFake(REAL, FAKE)
    for seconds, num_answers in ((0.6, 1), (0.2, 1), (0.2, 1), (0.2, 2), (0.0, 2)):
        now[0] += seconds
        test.buttons[0].click()
        assert len(test.answers) == num_answers


def test_clicks_from_many_threads_are_taken_one_by_one(monkeypatch):
    """24 clicks on 20 pairs: none is left out, and each is told before the next."""
    test, starts, seen = RealOrFake(REAL, FAKE), threading.Barrier(8), []
    describe = test.summarise

    def describe_slowly():
        before = len(test.answers)
        threading.Event().wait(0.005)  # lets other threads run
        seen.append((before, len(test.answers)))
        return describe()

    def press():
        starts.wait()
        for _ in range(3):
            test.buttons[0].click()

    monkeypatch.setattr(test, "summarise", describe_slowly)
    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [(number, number) for number in range(1, 21)]
    assert test.answers == [bool(side == 0) for side in test.sides[:20]]


def test_colour_is_shown_too():
    real = np.random.default_rng(0).integers(0, 256, (10, 16, 16, 3), np.uint8)
    test = RealOrFake(real, 255 - real, num_pairs=2)
    assert picture(test._pictures[0]).shape == (196, 196, 3)


def test_still_figure_shows_other_pairs_and_their_solution():
    test = RealOrFake(REAL, FAKE, num_pairs=12)
    figure = test.figure()
    figure.canvas.draw()
    labels = [label.get_text() for label in figure.axes[-1].get_xticklabels()]
    assert labels == [
        f"{'bottom' if side else 'top'}\nis real" for side in test.sides[12:]
    ]
    for axis, images in zip(figure.axes, test._shown, strict=True):
        shown = axis.images[0].get_array()
        np.testing.assert_array_equal(shown[:16, :20], images[12][..., 0])
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"real_images": REAL[:27]}, "only 27 pairs of one class; needed are 28"),
        ({"fake_images": REAL.astype("float32")}, "fake_images .* expected uint8"),
        ({"fake_images": FAKE[:, :, :16]}, "two sizes one could tell them apart"),
        ({"num_pairs": 0}, "num_pairs is 0"),
        ({"real_labels": np.zeros(40)}, "both real_labels and fake_labels, or neither"),
        (
            {"real_labels": np.zeros(40), "fake_labels": [0] * 10 + [7] * 30},
            "only 10 pairs of one class",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        RealOrFake(**{"real_images": REAL, "fake_images": FAKE} | changed)
