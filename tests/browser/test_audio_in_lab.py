"""A tune that a lesson plays, in JupyterLab: Chromium can read it, and plays it."""

import re

import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import run_all

pytestmark = pytest.mark.browser

NOTEBOOK = """
from IPython.display import Audio

from gan_tutorial.design import sound
from gan_tutorial.synthetic import tunes

roll = tunes.draw([2], [0], seed=1)[0]
Audio(sound.synthesise(roll, 0.14), rate=sound.RATE, normalize=False)
"""


def test_a_tune_can_be_played(lab, page):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(NOTEBOOK.strip())]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    notebook.metadata.kernelspec = kernel
    nbformat.write(notebook, lab.notebooks / "tune.ipynb")
    page.goto(lab.address.replace("00_start_here", "tune"))
    page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=600_000)
    run_all(page)
    player = page.locator(".jp-Notebook .jp-OutputArea audio")
    expect(player).to_have_count(1)
    page.wait_for_function(
        "player => player.readyState >= 1 || player.error",
        arg=player.element_handle(),
    )
    assert player.evaluate("player => player.error && player.error.message") is None
    duration = player.evaluate("player => player.duration")
    assert duration == pytest.approx(32 * 0.14, abs=0.01)
    player.evaluate("player => { player.muted = true; return player.play(); }")
    page.wait_for_function(
        "player => player.currentTime > 0.3", arg=player.element_handle()
    )
    assert page.evaluate("[...window.asked]") == []
