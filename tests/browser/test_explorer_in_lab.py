"""The loss explorer in JupyterLab, by keyboard alone."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import open_lesson, run_all

pytestmark = pytest.mark.browser

NAME = "02_work_out_the_losses"


def test_the_loss_explorer_answers(lab, page):
    notebook = nbformat.read(lab.notebooks / f"{NAME}.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells]
    (number,) = (i for i, text in enumerate(sources) if ".explore(" in text)

    open_lesson(page, lab, NAME)
    cells = page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(len(notebook.cells))
    run_all(page)
    explorer = cells.nth(number)
    explorer.scroll_into_view_if_needed()
    picture = explorer.get_by_role("img", name=re.compile("^Curves with a dot"))
    real = explorer.get_by_role("spinbutton", name="D(x)", exact=True)
    fake = explorer.get_by_role("spinbutton", name="D(G(z))", exact=True)

    def changes_when(act):
        before = picture.get_attribute("src")
        act()
        expect(picture).not_to_have_attribute("src", before)

    changes_when(lambda: real.press("ArrowDown"))
    expect(real).to_have_value("0.89")

    def type_into(box, text):
        box.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    changes_when(lambda: type_into(fake, "0.12"))
    expect(fake).to_have_value("0.12")
    for typed, shown in (("2", "0.99"), ("-1", "0.01"), ("text", "0.01")):
        type_into(fake, typed)
        expect(fake).to_have_value(shown)
    changes_when(lambda: explorer.get_by_label("family").select_option("hinge"))
    assert explorer.get_by_text("Traceback").count() == 0
