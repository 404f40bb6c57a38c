"""The design studio in a real JupyterLab, by mouse and by keyboard."""

import re
from pathlib import Path

import drawing
import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import run_all

from gan_tutorial.design import export

pytestmark = pytest.mark.browser

# A network that nobody has trained draws no vases: this stand-in draws them by formula.
NOTEBOOK = """\
from gan_tutorial.design.briefs import Brief
from gan_tutorial.widgets.studio import Studio

studio = Studio(
    build(),
    vases.measure,
    lambda measured: measured["belly"],
    Brief({"height": (0.7, None), "neck": (0.2, 0.3)}, units={"height": "of the side"}),
    RANGES,
    vases.STYLES,
)
studio.widget
"""


class Screen:
    """The widget as a person meets it, by mouse or by keyboard."""

    def __init__(self, page, press):
        self.page, self._press = page, press
        self.area = page.locator(".jp-Notebook .jp-OutputArea").first
        self.headline = self.area.get_by_text(re.compile(r"^Generation \d.* meet the"))
        self.generation = self.area.get_by_label("Generation")
        expect(self.headline).to_be_visible(timeout=60_000)
        self.area.get_by_role("button", name="Breed").focus()  # from here on by Tab

    def press(self, name):
        self._press(self.page, self.area.get_by_role("button", name=name, exact=True))

    def says(self, text):
        expect(self.area.get_by_text(re.compile(text)).first).to_be_visible()

    def shows(self, kept=(), discarded=()):
        """Waits until exactly these candidates are marked."""
        for mark, numbers in (("kept", kept), ("discarded", discarded)):
            marked = self.area.get_by_text(re.compile(rf"^No \d+ {mark}"))
            expect(marked).to_have_count(len(numbers))
            for number in numbers:
                self.says(f"^No {number} {mark}")

    def pictures(self):
        images = self.area.get_by_role("img", name=re.compile("^Candidate"))
        return [image.get_attribute("src") for image in images.all()]


def click(page, control):
    control.click()


def tab_to(page, control):
    """Goes to a control by Tab alone, from where the focus is."""
    control.evaluate("node => window.wanted = node")
    for key in ["Tab"] * 45 + ["Shift+Tab"] * 90:
        if page.evaluate("window.wanted === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"Tab does not reach {control}")


def tab_and_press(page, control):
    tab_to(page, control)
    page.keyboard.press("Enter")


def choose_by_mouse(screen, number):
    screen.generation.select_option(index=number - 1)


def choose_by_keyboard(screen, number):
    tab_to(screen.page, screen.generation)
    screen.page.keyboard.type(str(number))  # as in any menu: what begins with it


def fill_by_mouse(screen, box, text):
    box.click(click_count=3)  # marks what is there
    box.press_sequentially(text)


def fill_by_keyboard(screen, box, text):
    tab_to(screen.page, box)
    screen.page.keyboard.press("Control+A")
    screen.page.keyboard.type(text)


@pytest.fixture
def lesson(lab, page):
    source = Path(drawing.__file__).read_text("utf-8") + NOTEBOOK
    cells = [nbformat.v4.new_code_cell(source)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    notebook.metadata.kernelspec = kernel
    nbformat.write(notebook, lab.notebooks / "studio.ipynb")
    page.goto(lab.address.replace("00_start_here", "studio"))
    page.get_by_text(re.compile(r"^Python 3.* \| Idle$")).wait_for(timeout=60_000)
    run_all(page)
    return page


@pytest.mark.parametrize(
    ("press", "choose", "fill"),
    [
        (click, choose_by_mouse, fill_by_mouse),
        (tab_and_press, choose_by_keyboard, fill_by_keyboard),
    ],
    ids=["mouse", "keyboard"],
)
def test_a_session(lesson, lab, press, choose, fill):
    screen = Screen(lesson, press)
    screen.shows()
    first = screen.pictures()
    for name in ("Keep 3", "Discard 5", "Keep 7", "Lock height"):
        screen.press(name)
    screen.shows(kept=[3, 7], discarded=[5])

    screen.press("Breed")
    screen.says("^Generation 2, bred from 1:")
    screen.shows(kept=[1, 2])
    second = screen.pictures()
    assert second[:2] == [first[2], first[6]]
    assert not set(second[2:]) & set(first)

    screen.press("Undo")
    screen.says("^Generation 1:")
    screen.shows(kept=[3, 7], discarded=[5])
    assert screen.pictures() == first
    unlock = re.compile(r"^Unlock height \(0\.\d\d\)$")
    screen.press(unlock)
    screen.says("^Lock height$")
    screen.press("Undo")
    screen.says(unlock)
    screen.press("Breed")
    screen.says("^Generation 2, bred from 1:")
    assert screen.pictures() == second

    choose(screen, 1)
    screen.says("^Generation 1:")
    assert screen.pictures() == first
    screen.press("Breed")
    screen.says("^Generation 3, bred from 1:")

    fill(screen, screen.area.get_by_label("Folder"), "my designs")
    screen.press("Export")
    screen.says("^8 files are in .*my designs")
    folder = lab.notebooks / "my designs"
    kinds = [f"design_{k}.{kind}" for k in (1, 2) for kind in ("json", "stl", "svg")]
    assert sorted(path.name for path in folder.iterdir()) == [
        *kinds,
        "generator.keras",
        "sheet.png",
    ]
    assert export.read_design(folder / "design_2.json").seed == 1

    # What makes no sense is answered in words, and nothing breaks.
    screen.press("Keep 1")
    screen.press("Keep 2")
    screen.shows()
    screen.press("Export")
    screen.says("^Nothing is kept")
    lesson.screenshot(path=lab.notebooks / "studio.png")
    assert "Traceback" not in lesson.inner_text("body") + lab.log.read_text()
    assert lesson.evaluate("[...window.asked]") == []


def test_mutation_moves_by_keyboard(lesson):
    screen = Screen(lesson, tab_and_press)
    mutation = screen.area.get_by_role("spinbutton", name="Mutation")
    tab_to(lesson, mutation)
    for _ in range(3):
        lesson.keyboard.press("ArrowUp")
    expect(mutation).to_have_value("0.45")
    screen.press("Breed")
    screen.says("^Generation 2, bred from 1:")
