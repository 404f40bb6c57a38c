"""What all widgets share: a new one closes the one before."""

import asyncio
import gc
import re
import weakref

import drawing
import numpy as np
import pytest
from ipywidgets import HTML, Button, HBox, Image, ToggleButton, VBox
from ipywidgets.widgets import widget as widget_module

from gan_tutorial.design.restore import zero_fill
from gan_tutorial.design.session import Session
from gan_tutorial.lab.game import PointGame
from gan_tutorial.widgets import replace_previous
from gan_tutorial.widgets.hole import HolePainter
from gan_tutorial.widgets.loss_explorer import explore
from gan_tutorial.widgets.playground import Playground
from gan_tutorial.widgets.real_or_fake import RealOrFake
from gan_tutorial.widgets.studio import Studio

PICTURES = np.zeros((12, 16, 16, 1), np.uint8)


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch):
    """What a step does is not asked here."""
    monkeypatch.setattr(PointGame, "_move", lambda self, player, step: None)


def count_open():
    """Widgets that the kernel knows; version 7 and 8 keep them in different places."""
    known = getattr(widget_module, "_instances", None)
    return len(widget_module.Widget.widgets if known is None else known)


def parts(widget):
    """A widget and all that is in it."""
    return [widget, *(p for w in getattr(widget, "children", ()) for p in parts(w))]


every_widget = pytest.mark.parametrize(
    "build",
    [
        lambda: Playground("line"),
        explore,
        lambda: HolePainter(PICTURES, zero_fill),
        lambda: RealOrFake(PICTURES, PICTURES, num_pairs=2),
        lambda: Studio(
            Session(drawing.build(), drawing.RANGES, drawing.STYLES, num_candidates=2)
        ),
    ],
    ids=["playground", "loss explorer", "hole painter", "real or fake", "studio"],
)


@every_widget
def test_controls_have_names_and_pictures_say_what_they_show(build):
    built = build()
    for part in parts(getattr(built, "widget", built)):
        assert not isinstance(part, Image), "ipywidgets.Image has no alternative text"
        if isinstance(part, HTML):
            pictures = re.findall("<img .*?>", part.value)
            assert all(re.match('<img alt="[^"]{5}', found) for found in pictures)
        elif hasattr(part, "description"):
            assert part.description
        if isinstance(part, ToggleButton):
            assert part.tooltip  # else its title is "null"
        if isinstance(part, HBox):
            assert part.layout.flex_flow == "row wrap"  # for narrow screens


@every_widget
def test_where_no_kernel_runs_a_whole_sentence_stands_in_its_place(build):
    built = build()
    shown = getattr(built, "widget", built)._repr_mimebundle_()
    assert shown["text/plain"].endswith("still picture near this cell needs none.")


@every_widget
def test_a_cell_that_runs_again_leaves_nothing_behind(build):
    built = build()
    first, num_open = weakref.ref(built), count_open()
    built = build()
    assert count_open() == num_open
    assert getattr(built, "widget", built).comm is not None
    gc.collect()
    assert first() is None


def test_parts_in_parts_are_closed_with_their_styles():
    num_open, button = count_open(), Button()
    replace_previous("test", VBox([HBox([button, HTML()]), HTML()]))
    assert count_open() > num_open + 5
    replace_previous("test", None)
    assert count_open() == num_open
    assert button.comm is None


def test_a_playground_that_plays_is_stopped_before_it_is_replaced():
    async def session():
        first = Playground("line")
        first.play()
        await asyncio.sleep(0)
        second = Playground("line")
        assert first.play_button.value is False
        await first._task
        second.play()
        await asyncio.sleep(0)
        assert second.play_button.value is True
        second.pause()
        await second._task

    asyncio.run(session())
