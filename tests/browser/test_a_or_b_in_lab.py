"""A or B in JupyterLab, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import expect
from test_lessons import run_sources

pytestmark = pytest.mark.browser

NOTEBOOK = """
from gan_tutorial.synthetic import interfaces
from gan_tutorial.widgets.a_or_b import AOrB

shops = interfaces.draw([1] * 4, [2] * 4, seed=1)
menus = interfaces.draw([3] * 4, [2] * 4, seed=2)
test = AOrB(shops, menus, "press the button", names=("shop", "menu"))
test.widget
"""


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_four_pairs_are_answered(lab, page, hand):
    run_sources(page, lab, NOTEBOOK)
    area = page.locator(".jp-Notebook .jp-OutputArea").first
    menu = area.get_by_role("img", name=re.compile("^Screen [AB]: header.* list in"))
    expect(menu).to_have_count(1)
    box = menu.bounding_box()
    assert box["width"] * 2 == pytest.approx(box["height"], abs=2)
    buttons = [area.get_by_role("button", name=side, exact=True) for side in "AB"]
    for number in range(1, 5):
        expect(area.get_by_text(f"Pair {number} of 4. Task: press")).to_be_visible()
        page.wait_for_timeout(600)  # who is quicker than half a second does not look
        side = menu.get_attribute("alt")[len("Screen ")]
        button = buttons["AB".index(side)]
        if hand == "mouse":
            button.click()
        else:  # B is one Tab behind A
            buttons[0].focus()
            if side == "B":
                page.keyboard.press("Tab")
            expect(button).to_be_focused()
            page.keyboard.press("Enter")
        if number < 4:
            expect(
                area.get_by_text(re.compile(f"menu {number} of {number}"))
            ).to_be_visible()
    expect(area.get_by_text("All 4 pairs are answered.")).to_be_visible()
    expect(area.get_by_text(re.compile("shop 0, menu 4 of 4"))).to_be_visible()
    for button in buttons:
        expect(button).to_be_disabled()
