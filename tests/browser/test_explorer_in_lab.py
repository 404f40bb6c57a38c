"""The loss explorer in JupyterLab: by keyboard, typed, and after a restart."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import choose, run_all

pytestmark = pytest.mark.browser

NAME = "02_work_out_the_losses"


def type_into(box, value: str) -> None:
    box.fill(value)
    box.press("Enter")


def play(page, explorer) -> None:
    """Moves the explorer in all ways; the numbers are worked out by hand."""
    family = explorer.get_by_label("family")
    real, fake = explorer.get_by_label("or type it").all()
    picture = explorer.locator(".widget-image")

    expect(explorer).to_contain_text("0.1054 + 1.6094 = 1.7148")  # the first example
    before = picture.get_attribute("src")
    explorer.locator(".noUi-handle").first.press("ArrowLeft")  # D(x) from 0.90 to 0.89
    expect(real).to_have_value("0.89")
    expect(explorer).to_contain_text("0.1165 + 1.6094 = 1.7260")  # -ln 0.89 = 0.1165
    expect(picture).not_to_have_attribute("src", before)

    type_into(real, "0.5")
    type_into(fake, "0,123")  # a comma will do; rounded to 0.12
    expect(fake).to_have_value("0.12")
    expect(explorer).to_contain_text("0.6931 + 0.1278 = 0.8210")  # -ln 0.88 = 0.1278
    for value in ("0", "1", "2", "-1", "text"):
        type_into(fake, value)
        expect(explorer).to_contain_text(f"'{value}' is no number from 0.01 to 0.99")
        expect(explorer).to_contain_text("0.8210")  # the last numbers that made sense
    type_into(fake, "0.5")
    expect(explorer).not_to_contain_text("is no number")
    expect(explorer).to_contain_text("0.6931 + 0.6931 = 1.3863")

    family.select_option("hinge")  # at the logits 0 and 0: 1 + 1
    expect(explorer).to_contain_text("1.0000 + 1.0000 = 2.0000")
    family.select_option("non-saturating")
    type_into(real, "0.9")
    type_into(fake, "0.8")
    expect(explorer).to_contain_text("1.7148")
    assert explorer.get_by_text("Traceback").count() == 0


def test_the_loss_explorer_answers(lab, page):
    notebook = nbformat.read(lab.notebooks / f"{NAME}.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells]
    (number,) = (i for i, text in enumerate(sources) if "explorer.widget" in text)

    page.goto(lab.address.replace("00_start_here", NAME))
    page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=60_000)
    cells = page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(len(notebook.cells))
    run_all(page)
    explorer = cells.nth(number)
    explorer.scroll_into_view_if_needed()
    play(page, explorer)

    explorer.locator(".noUi-handle").first.press("ArrowRight")
    expect(explorer).not_to_contain_text("= 1.7148")
    choose(page, "Kernel", "Restart Kernel and Run All Cells…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    # The move left D(x) at 0.91. A new explorer starts at 0.9.
    expect(explorer).to_contain_text("= 1.7148", timeout=240_000)
    explorer.scroll_into_view_if_needed()
    play(page, explorer)
