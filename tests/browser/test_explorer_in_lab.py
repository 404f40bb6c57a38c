"""The loss explorer in JupyterLab: by keyboard, typed, quick, and after a restart."""

import re
import statistics

import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import choose, run_all

pytestmark = pytest.mark.browser

NAME = "02_work_out_the_losses"
NUM_MOVES = 20
MILLISECONDS_BEYOND_EMPTY = 100

# The least that a slider can do: the kernel hears of it and writes a label.
EMPTY = """
import ipywidgets
from IPython.display import display

empty_slider, empty_label = ipywidgets.FloatSlider(), ipywidgets.Label("0")


def copy(change):
    empty_label.value = str(change["new"])


empty_slider.observe(copy, "value")
display(ipywidgets.HBox([empty_slider, empty_label]))
"""

# From each key that goes down to the next change of the watched element.
WATCH = """(cell, part) => {
    window.delays = [];
    let start = null;
    document.addEventListener('keydown', () => { start = performance.now(); }, true);
    const options = {attributes: true, characterData: true, childList: true,
                     subtree: true};
    new MutationObserver(() => {
        if (start !== null) window.delays.push(performance.now() - start);
        start = null;
    }).observe(cell.querySelector(part), options);
}"""


def median_delay(page, cell, part: str) -> float:
    """Milliseconds from an arrow key on the first slider of a cell to the answer."""
    cell.scroll_into_view_if_needed()
    cell.evaluate(WATCH, part)
    handle = cell.locator(".noUi-handle").first
    handle.focus()
    for number in range(NUM_MOVES + 1):
        page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")
        page.wait_for_function(f"window.delays.length > {number}", timeout=10_000)
    return statistics.median(page.evaluate("window.delays")[1:])


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


def test_the_loss_explorer_answers(lab, page, capsys):
    path = lab.notebooks / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    number = next(
        number
        for number, cell in enumerate(notebook.cells)
        if "explorer.widget" in cell.source
    )
    notebook.cells.append(nbformat.v4.new_code_cell(EMPTY))
    nbformat.write(notebook, path)

    page.goto(lab.address.replace("00_start_here", NAME))
    page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=60_000)
    cells = page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(len(notebook.cells))
    run_all(page)
    explorer, empty = cells.nth(number), cells.nth(len(notebook.cells) - 1)
    explorer.scroll_into_view_if_needed()
    play(page, explorer)

    least = median_delay(page, empty, ".widget-label:last-child")
    whole = median_delay(page, explorer, ".widget-image")
    with capsys.disabled():
        print(f"\na move: {whole:.0f} ms, of which an empty one takes {least:.0f} ms")
    assert whole - least < MILLISECONDS_BEYOND_EMPTY

    choose(page, "Kernel", "Restart Kernel and Run All Cells…")
    page.locator(".jp-Dialog .jp-mod-accept").click()
    # The moves left D(x) at 0.91. A new explorer starts at 0.9.
    expect(explorer).to_contain_text("= 1.7148", timeout=60_000)
    explorer.scroll_into_view_if_needed()
    play(page, explorer)
