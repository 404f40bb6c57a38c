"""The loss explorer: its numbers by hand, its curves, typed values."""

import io
import math
import re
import threading

import numpy as np
import pytest
from matplotlib import pyplot as plt
from PIL import Image

from gan_tutorial.widgets import LOSSES
from gan_tutorial.widgets.loss_explorer import LossExplorer, work_out

LN_9, LN_4 = math.log(9), math.log(4)  # the logits of 0.9 and of 0.8


# By hand, for D(x) = 0.9 and D(G(z)) = 0.8: real part, fake part, generator's loss, and
# the slopes to the real logit, to the fake logit, and of the generator's loss.
#   cross-entropy: -ln 0.9, -ln 0.2; -ln 0.8 or ln 0.2; slopes -0.1, 0.8; -0.2 or -0.8
#   least squares: (ln 9 - 1)^2 / 2, (ln 4)^2 / 2, (ln 4 - 1)^2 / 2; slopes ln 9 - 1,
#     ln 4, ln 4 - 1
#   hinge: 0 because ln 9 > 1, 1 + ln 4, -ln 4; slopes 0, 1, -1
#   Wasserstein: -ln 9, ln 4, -ln 4; slopes -1, 1, -1
@pytest.mark.parametrize(
    ("family", "numbers"),
    [
        ("non-saturating", (0.105361, 1.609438, 0.223144, -0.1, 0.8, -0.2)),
        ("minimax", (0.105361, 1.609438, -1.609438, -0.1, 0.8, -0.8)),
        ("least squares", (0.716673, 0.960906, 0.074612, 1.197225, 1.386294, 0.386294)),
        ("hinge", (0.0, 2.386294, -1.386294, 0.0, 1.0, -1.0)),
        ("Wasserstein", (-2.197225, 1.386294, -1.386294, -1.0, 1.0, -1.0)),
    ],
)
def test_numbers_by_hand(family, numbers):
    found = work_out(family, LN_9, LN_4)
    names = "real_part", "fake_part", "g_loss", "d_real_slope", "d_fake_slope"
    assert [found[name] for name in (*names, "g_slope")] == pytest.approx(
        numbers, abs=2e-6
    )
    assert found["d_loss"] == pytest.approx(numbers[0] + numbers[1], abs=2e-6)


def texts(explorer):
    """The words of the table, without its tags."""
    return re.sub(r"<[^>]+>", " ", explorer.numbers.value).split()


def test_the_table_shows_the_first_example_of_the_article():
    explorer = LossExplorer(0.9, 0.8)
    words = texts(explorer)
    for number in ("2.20", "1.39", "0.1054", "1.6094", "1.7148", "0.2231", "-0.2000"):
        assert number in words


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.picture.value))).astype(int)


def test_a_move_of_a_slider_changes_numbers_and_picture():
    explorer = LossExplorer(0.9, 0.8)
    before = pixels(explorer)
    explorer.real.slider.value = 0.6
    assert explorer.real.text.value == "0.6"
    assert "0.5108" in texts(explorer)  # -ln 0.6
    # Only the left panel shows D(x).
    changed = np.abs(pixels(explorer) - before).max(axis=(0, 2)) > 50
    assert changed[: len(changed) // 2].any()
    assert not changed[len(changed) // 2 :].any()
    explorer.real.slider.value = 0.9
    np.testing.assert_array_equal(pixels(explorer), before)
    assert plt.get_fignums() == []


def test_the_quick_picture_is_the_still_one():
    explorer = LossExplorer(0.3, 0.6, "hinge")
    file = io.BytesIO()
    explorer.figure().savefig(file, dpi=80)
    still = np.asarray(Image.open(file).convert("RGB")).astype(int)
    assert still.shape == pixels(explorer).shape
    assert np.abs(still - pixels(explorer)).mean() < 1


@pytest.mark.parametrize("family", LOSSES)
def test_dots_and_tangents_lie_on_the_curves(family):
    explorer = LossExplorer(0.7, 0.2, family)
    figure = explorer.figure()
    left, right = figure.axes
    numbers = work_out(family, math.log(7 / 3), math.log(1 / 4))
    # Each curve is followed by its tangent and its dot.
    for axis, start, probability, name in (
        (left, 0, 0.7, "real_part"),
        (left, 3, 0.2, "fake_part"),
        (right, 0, 0.2, "g_loss"),
    ):
        curve, tangent, dot = axis.lines[start : start + 3]
        logit = math.log(probability / (1 - probability))
        assert dot.get_xydata()[0] == pytest.approx([logit, numbers[name]])
        on_curve = np.interp(logit, *curve.get_data())
        assert on_curve == pytest.approx(numbers[name], abs=5e-3)
        # The slope of the tangent is that of the curve, by differences.
        (x0, y0), (x1, y1) = tangent.get_xydata()
        rise = np.diff(np.interp([logit - 0.05, logit + 0.05], *curve.get_data()))
        assert (y1 - y0) / (x1 - x0) == pytest.approx(rise[0] / 0.1, abs=0.03)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.25", 0.25), (" ,5 ", 0.5), ("1e-2", 0.01), ("0.123", 0.12), ("0.1249", 0.12)],
)
def test_a_typed_probability_moves_the_slider_in_its_steps(typed, value):
    explorer = LossExplorer()
    explorer.fake.text.value = typed
    assert explorer.fake.slider.value == value
    assert explorer.fake.text.value == f"{value:g}"
    assert explorer.fake.message.value == ""


@pytest.mark.parametrize(
    "typed",
    ["0", "1", "2", "-1", "text", "", "nan", "inf", "80%", "1/2", "<b>", "0.999"],
)
def test_what_makes_no_sense_gets_a_message(typed):
    explorer = LossExplorer(0.9, 0.8)
    before = explorer.numbers.value, explorer.picture.value
    explorer.fake.text.value = typed
    message = explorer.fake.message.value
    assert (typed or "Nothing") in message
    assert "from 0.01 to 0.99" in message
    assert (explorer.numbers.value, explorer.picture.value) == before
    explorer.fake.slider.value = 0.5
    assert explorer.fake.message.value == ""
    assert explorer.fake.text.value == "0.5"


def test_the_family_can_be_changed_and_changed_back():
    explorer = LossExplorer(0.9, 0.8)
    first = explorer.numbers.value, explorer.picture.value
    for name in LOSSES:
        explorer.family.value = name
        assert f"{work_out(name, LN_9, LN_4)['g_loss']:.4f}" in texts(explorer)
    explorer.family.value = "non-saturating"
    assert (explorer.numbers.value, explorer.picture.value) == first


def test_every_control_has_a_description():
    explorer = LossExplorer()
    controls = [explorer.family]
    for control in (explorer.real, explorer.fake):
        controls += [control.slider, control.text]
    assert all(control.description for control in controls)
    assert explorer.real.slider.continuous_update


def test_two_moves_at_the_same_time_do_not_mix():
    explorer = LossExplorer()
    values = np.arange(1, 99) / 100

    def move(slider):
        for value in values.tolist():
            slider.value = value

    sliders = explorer.real.slider, explorer.fake.slider
    threads = [threading.Thread(target=move, args=[slider]) for slider in sliders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    once_more = LossExplorer(0.98, 0.98)
    assert explorer.numbers.value == once_more.numbers.value
    assert explorer.picture.value == once_more.picture.value
