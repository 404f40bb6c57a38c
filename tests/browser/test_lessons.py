"""The lessons as a learner meets them: JupyterLab, *Run > Run All Cells*."""

import re
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
# Only what hangs is ended: no cell comes to its end for so long, or all take so long.
SECONDS_WITHOUT_PROGRESS, SECONDS_IN_ALL = 600, 1800
PEAK_MEMORY = 2e9  # bytes; Binder ends a kernel at 2 GB

# The prompts of the code cells, and the pictures that a cell shows.
READ_PROMPTS = """() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .map(prompt => prompt.textContent.trim())"""
COUNT_PICTURES = """cells => cells.flatMap(cell => [...cell.querySelectorAll(
    '.jp-OutputArea-output img, .jp-OutputArea-output canvas')])
    .filter(picture => (picture.naturalWidth ?? picture.width) > 0).length"""


def choose(page, menu: str, entry: str) -> None:
    """Clicks an entry of JupyterLab's menu."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}$")).click()


def run_all(page, training_cell: int = 0) -> tuple[float, float]:
    """Runs all cells and waits until no cell waits or runs.

    Returns:
        Seconds to the first picture of the training cell, and to the end.
    """
    training = page.locator(".jp-Notebook .jp-Cell").nth(training_cell)
    choose(page, "Run", "Run All Cells")
    start = progress = time.perf_counter()
    first_samples, before = float("inf"), []
    while True:
        now = time.perf_counter()
        if first_samples == float("inf"):
            training.scroll_into_view_if_needed()
            if training.evaluate(f"cell => ({COUNT_PICTURES})([cell])"):
                first_samples = now - start
        prompts = page.evaluate(READ_PROMPTS)
        if prompts[0] == "[1]:" and "[*]:" not in prompts:
            return first_samples, now - start
        if prompts != before:
            before, progress = prompts, now
        # A dialog says that the kernel died, among other things.
        asked = page.evaluate("[...window.asked]")
        late = now - progress > SECONDS_WITHOUT_PROGRESS or now - start > SECONDS_IN_ALL
        if asked or late:
            pytest.fail(f"no end after {now - start:.0f} s: {asked or prompts}")
        time.sleep(0.25)


def open_lesson(page, lab, name: str) -> None:
    """Opens a notebook; JupyterLab ignores *Run All Cells* until its kernel answers."""
    page.goto(lab.address.replace("00_start_here", name))
    page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=600_000)


def run_sources(page, lab, *sources: str) -> None:
    """Opens a notebook with a cell for each source, and runs it."""
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    metadata = {"kernelspec": kernel}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, lab.notebooks / "own.ipynb")
    open_lesson(page, lab, "own")
    run_all(page)


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_runs_in_jupyterlab(name, lab, page, capsys):
    path = lab.notebooks / f"{name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    # How soon its first picture comes is told, for the budget of 2 minutes in lesson
    # 00. A lesson without such a cell trains nothing.
    training_cells = [
        number
        for number, cell in enumerate(cells)
        if "first-samples" in cell.metadata.get("tags", [])
    ]

    open_lesson(page, lab, name)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(cells))
    first_samples, end = run_all(page, *training_cells)
    shown = page.locator(".jp-Notebook .jp-Cell").evaluate_all(COUNT_PICTURES)
    # The pictures of the text, which the copy must have beside it.
    missing = page.locator(".jp-MarkdownCell img").evaluate_all(
        "all => all.filter(img => !img.naturalWidth).map(img => img.src)"
    )
    assert missing == []
    page.screenshot(path=path.with_suffix(".png"))
    with capsys.disabled():
        print(f"\nfirst samples after {first_samples:.0f} s, end after {end:.0f} s")

    choose(page, "File", "Save Notebook")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    outputs = [output for cell in cells for output in cell.outputs]
    errors = [output for output in outputs if output.output_type == "error"]
    assert not errors, errors[0].ename + ": " + errors[0].evalue
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))

    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    printed = [output.text for output in outputs if output.output_type == "stream"]
    # As Python and TensorFlow write them; lesson 05 quotes some in its own words.
    assert not [text for text in printed if re.search(r"Warning:|WARNING", text)]

    # Without a network and without kept data the lesson goes on with vases.
    loads = any("fallback=" in cell.source for cell in cells)
    assert "".join(printed).count("Our own drawings of vases") == loads

    pictures = sum("image/png" in output.get("data", {}) for output in outputs)
    assert pictures >= 3
    assert shown >= pictures
    if training_cells:
        assert first_samples <= end

    assert page.evaluate("[...window.asked]") == []
    hosts = {urlsplit(url).hostname for url in page.requested}
    assert hosts <= {"127.0.0.1", None}, "something outside this machine was asked for"

    if sys.platform == "linux":
        peak = lab.kernel_peak_memory()
        with capsys.disabled():
            print(f"peak memory of the kernel: {peak / 1e6:.0f} MB")
        assert peak < PEAK_MEMORY
