"""The hole painter in a real JupyterLab, by mouse and by keyboard."""

import json
import re

import pytest
from playwright.sync_api import expect
from test_lessons import run_sources
from test_studio_in_lab import Keyboard, Mouse

pytestmark = pytest.mark.browser

NOTEBOOK = """
from pathlib import Path

from gan_tutorial.design.restore import fill_smoothly
from gan_tutorial.synthetic import vases
from gan_tutorial.widgets.hole import HolePainter


def fill(images, masks):
    Path("masks.json").write_text(str(masks[0, ..., 0].tolist()))
    return fill_smoothly(images, masks)


painter = HolePainter(vases.make(3, 28, seed=1)[0], fill)
painter.widget
"""


@pytest.fixture
def area(lab, page):
    run_sources(page, lab, NOTEBOOK)
    return page.locator(".jp-Notebook .jp-OutputArea").first


@pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_a_hole_is_moved_painted_and_filled(area, hand, page, lab):
    def picture(name):
        return area.get_by_role("img", name=re.compile(rf"^Picture \d {name}"))

    def redraws(act):
        before = picture("filled").get_attribute("src")
        act()
        expect(picture("filled")).not_to_have_attribute("src", before)

    def has_hole_of(size, number=1):
        name = f"Picture {number} with a hole of {size} pixels"
        expect(area.get_by_role("img", name=name, exact=True)).to_be_visible()

    def press(name):
        hand.press(page, area.get_by_role("button", name=name, exact=True))

    expect(picture("filled")).to_be_visible(timeout=60_000)
    has_hole_of(100)
    area.get_by_role("button", name="Next picture").focus()  # from here on by Tab

    # A slider, and the box beside it.
    top = area.get_by_role("spinbutton", name="Top")
    slider = area.locator(".widget-slider", has_text="Top").get_by_role("slider")
    redraws(lambda: hand.move(page, slider))
    moved = int(float(slider.get_attribute("aria-valuenow")))
    assert moved > 9
    expect(top).to_have_value(str(moved))
    redraws(lambda: hand.fill(page, area.get_by_role("spinbutton", name="Width"), "7"))
    redraws(lambda: hand.fill(page, top, "2"))
    has_hole_of(70)
    expect(area.get_by_text(re.compile(r"^PSNR in the hole: \d"))).to_be_visible()

    # Cells.
    press("Close the hole")
    has_hole_of(0)
    expect(area.get_by_text("There is no hole.")).to_be_visible()
    for count, name in enumerate(("c5", "d5", "e5"), 1):
        press(name)
        has_hole_of(16 * count)
    press("d5")
    has_hole_of(32)
    for name, title in (("c5", "c5 is in the hole"), ("d5", "d5 is known")):
        cell = area.get_by_role("button", name=name, exact=True)
        expect(cell).to_have_attribute("title", title)
    painted = json.loads((lab.notebooks / "masks.json").read_text())
    rows = ["".join(map(str, row)) for row in painted]
    line = "0" * 8 + "1111" + "0000" + "1111" + "0" * 8
    assert rows == ["0" * 28] * 16 + [line] * 4 + ["0" * 28] * 8

    redraws(lambda: press("Next picture"))
    has_hole_of(32, number=2)

    # A hole that covers everything.
    for name, value in (("Top", 0), ("Left", 0), ("Height", 28), ("Width", 28)):
        hand.fill(page, area.get_by_role("spinbutton", name=name), str(value))
    has_hole_of(784, number=2)
    expect(area.get_by_text("nothing to fill it from")).to_be_visible()
    assert "Traceback" not in page.inner_text("body") + lab.log.read_text()
    assert page.evaluate("[...window.asked]") == []
