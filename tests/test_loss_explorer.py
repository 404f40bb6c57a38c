"""The loss explorer: its numbers by hand, its curves, its controls."""

import base64
import math

import numpy as np
import pytest

from gan_tutorial.widgets import LOSSES
from gan_tutorial.widgets.loss_explorer import explore, plot_losses, work_out
from gan_tutorial.widgets.pictures import figure_to_png

LN_9, LN_4 = math.log(9), math.log(4)  # the logits of 0.9 and of 0.8


# By hand, for D(x) = 0.9 and D(G(z)) = 0.8: real part, fake part, generator's loss, and
# the slopes to the real logit, to the fake logit, and of the generator's loss.
#   cross-entropy: -ln 0.9, -ln 0.2; -ln 0.8 or ln 0.2; slopes -0.1, 0.8; -0.2 or -0.8
#   least squares: (ln 9 - 1)^2 / 2, (ln 4)^2 / 2, (ln 4 - 1)^2 / 2; slopes ln 9 - 1,
#     ln 4, ln 4 - 1
#   hinge: 0 because ln 9 > 1, 1 + ln 4, -ln 4; slopes 0, 1, -1
#   Wasserstein: -ln 9, ln 4, -ln 4; slopes -1, 1, -1
@pytest.mark.parametrize(
    ("family", "costs", "slopes"),
    [
        ("non-saturating", (0.105361, 1.609438, 0.223144), (-0.1, 0.8, -0.2)),
        ("minimax", (0.105361, 1.609438, -1.609438), (-0.1, 0.8, -0.8)),
        (
            "least squares",
            (0.716673, 0.960906, 0.074612),
            (1.197225, 1.386294, 0.386294),
        ),
        ("hinge", (0.0, 2.386294, -1.386294), (0.0, 1.0, -1.0)),
        ("Wasserstein", (-2.197225, 1.386294, -1.386294), (-1.0, 1.0, -1.0)),
    ],
)
def test_numbers_by_hand(family, costs, slopes):
    found = work_out(family, (LN_9, LN_4, LN_4))
    np.testing.assert_allclose(found, (costs, slopes), atol=2e-6)


@pytest.mark.parametrize("family", LOSSES)
def test_dots_and_tangents_lie_on_the_curves(family):
    left, right = (axis.lines for axis in plot_losses(family, 0.7, 0.2).axes)
    for curve, tangent, dot, probability in (
        (left[0], left[2], left[3], 0.7),
        (left[1], left[4], left[5], 0.2),
        (*right[:3], 0.2),
    ):
        logit, height = dot.get_xydata()[0]
        assert logit == pytest.approx(math.log(probability / (1 - probability)))
        assert np.interp(logit, *curve.get_data()) == pytest.approx(height, abs=5e-3)
        # The slope of the tangent is that of the curve, by differences.
        (x0, y0), (x1, y1) = tangent.get_xydata()
        rise = np.diff(np.interp([logit - 0.05, logit + 0.05], *curve.get_data()))
        assert (y1 - y0) / (x1 - x0) == pytest.approx(rise[0] / 0.1, abs=0.03)


@pytest.mark.parametrize("family", LOSSES)
@pytest.mark.parametrize("probability", [0.01, 0.8, 0.99])
def test_every_dot_can_be_seen(family, probability):
    for axis in plot_losses(family, probability, probability).axes:
        (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
        for line in axis.lines:
            if line.get_marker() == "o":
                x, y = line.get_xydata()[0]
                assert left < x < right and bottom < y < top


def test_the_figure_says_the_numbers_and_its_axes_stay():
    left, right = plot_losses("non-saturating", 0.9, 0.8).axes
    assert left.get_title().endswith("0.1054 + 1.6094 = 1.7148")  # the article's first
    assert right.get_title().endswith(" 0.2231")
    moved = plot_losses("non-saturating", 0.01, 0.99)
    assert moved.axes[0].axis() == left.axis()


def test_boxes_and_menu_draw_the_figure_anew():
    widget = explore(real=0.9, fake=0.8)
    panel, picture = widget.children
    family, real, fake = panel.children
    for control, value in ((real, 0.6), (fake, 0.5), (family, "hinge")):
        before = picture.value
        control.value = value
        assert picture.value != before
    png = figure_to_png(plot_losses("hinge", 0.6, 0.5))
    assert base64.b64encode(png).decode() in picture.value
    assert "loss 0.5945 + 1.0000 = 1.5945 and" in picture.value  # for whoever hears it
