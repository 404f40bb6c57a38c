"""The design studio in a real JupyterLab, by mouse and by keyboard."""

import json
import re
from pathlib import Path

import drawing
import pytest
from playwright.sync_api import expect
from test_lessons import run_sources

pytestmark = pytest.mark.browser

# A network that nobody has trained draws no vases: this stand-in draws by formula.
NOTEBOOK = """
import time
from pathlib import Path

from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.session import Session
from gan_tutorial.widgets.studio import Studio

brief = Brief({"height": (210, None), "neck": (30, 60)}, units={"height": "mm"})
session = Session(build(), RANGES, STYLES, brief, num_candidates=6)
ask, asked = session.ask, []


def ask_and_wait(name, value):
    asked.append(value)
    Path("asked.txt").write_text(str(asked))
    while Path("wait").exists():
        time.sleep(0.01)
    ask(name, value)


session.ask = ask_and_wait
studio = Studio(session)
studio.widget
"""


class Screen:
    """The widget as a person meets it, by mouse or by keyboard."""

    def __init__(self, page, hand):
        self.page, self.hand = page, hand
        self.area = page.locator(".jp-Notebook .jp-OutputArea").first
        self.open_design = self.area.get_by_role(
            "img", name="The open design", exact=True
        )
        expect(self.open_design).to_be_visible(timeout=60_000)
        self.button("Undo").focus()  # from here on by Tab

    def button(self, name):
        return self.area.get_by_role("button", name=name, exact=True)

    def press(self, name):
        self.hand.press(self.page, self.button(name).first)

    def box(self, name):
        return self.area.get_by_role("spinbutton", name=name)

    def handle(self, name):
        slider = self.area.locator(".widget-slider", has_text=name)
        return slider.get_by_role("slider")

    def says(self, text):
        text = self.area.get_by_text(re.compile(text)).first
        expect(text).to_be_visible(timeout=60_000)

    def shows(self, kept=(), discarded=()):
        """Waits until exactly these designs are marked."""
        for mark, numbers in (("kept", kept), ("discarded", discarded)):
            marked = self.area.get_by_text(re.compile(rf"^No \d+ {mark}"))
            expect(marked).to_have_count(len(numbers))
            for number in numbers:
                self.says(f"^No {number} {mark}")

    def pictures(self):
        images = self.area.get_by_role("img", name=re.compile(r"^Design \d"))
        return [image.get_attribute("src") for image in images.all()]

    def redraws(self, act):
        """Waits until the open design looks otherwise; gives how it looked before."""
        before = self.open_design.get_attribute("src")
        act()
        look = "before => document.querySelector('img[alt=\"The open design\"]').src"
        self.page.wait_for_function(f"{look} !== before", arg=before)
        return before


class Mouse:
    def press(self, page, control):
        control.click()

    def move(self, page, handle):
        handle.scroll_into_view_if_needed()
        place = handle.bounding_box()
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        for step in (3, 6, 9):
            page.mouse.move(x + step, y)
        page.mouse.up()

    def fill(self, page, box, text):
        box.click(click_count=3)  # marks what is there
        box.press_sequentially(text)
        page.keyboard.press("Enter")

    def choose(self, page, menu, name):
        menu.select_option(name)


class Keyboard:
    def press(self, page, control):
        tab_to(page, control)
        page.keyboard.press("Enter")

    def move(self, page, handle):
        tab_to(page, handle)
        for _ in range(3):
            page.keyboard.press("ArrowRight")

    def fill(self, page, box, text):
        tab_to(page, box)
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    def choose(self, page, menu, name):
        tab_to(page, menu)
        page.keyboard.type(name)  # as in any menu: what begins with it


def tab_to(page, control):
    """Goes to a control by Tab alone, from where the focus is."""
    control.evaluate("node => window.wanted = node")
    for key in ["Tab"] * 70 + ["Shift+Tab"] * 140:
        if page.evaluate("window.wanted === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"Tab does not reach {control}")


@pytest.fixture
def lesson(lab, page):
    run_sources(page, lab, Path(drawing.__file__).read_text("utf-8") + NOTEBOOK)
    return page


@pytest.mark.parametrize("hand", [Mouse(), Keyboard()], ids=["mouse", "keyboard"])
def test_a_session(lesson, lab, hand):
    screen = Screen(lesson, hand)

    # One design: a slider, a box, a lock, chance, undo.
    height, neck = screen.box("height, mm"), screen.box("neck, mm")
    before = float(height.input_value())
    screen.says("^height: the model's$")
    handle = screen.handle("height, mm")
    screen.redraws(lambda: hand.move(lesson, handle))
    screen.says("^height: yours$")
    moved = float(handle.get_attribute("aria-valuenow"))
    assert before < moved
    expect(height).to_have_value(f"{moved:g}")
    screen.says(rf"^made {moved:.1f} mm$")
    assert neck.input_value() != "43"
    screen.redraws(lambda: hand.fill(lesson, neck, "43"))
    screen.says("^made 43.0 mm$")
    screen.press("belly: the model's")
    belly = screen.box("belly, mm").input_value()
    looked = screen.redraws(lambda: screen.press("Chance"))
    for box, value in ((height, f"{moved:g}"), (neck, "43")):
        expect(box).to_have_value(value)
    expect(screen.box("belly, mm")).to_have_value(belly)
    screen.press("Undo")
    expect(screen.open_design).to_have_attribute("src", looked)

    # Many designs.
    screen.shows()
    first = screen.pictures()
    for name in ("Keep 3", "Discard 5", "Keep 6"):
        screen.press(name)
    screen.shows(kept=[3, 6], discarded=[5])
    screen.press("Breed")
    screen.says("^Generation 2, bred from 1")
    screen.shows(kept=[1, 2])
    second = screen.pictures()
    assert second[:2] == [first[2], first[5]]
    assert not set(second[2:]) & set(first)
    screen.press("Undo")
    screen.shows(kept=[3, 6], discarded=[5])
    assert screen.pictures() == first
    screen.press("Breed")
    screen.shows(kept=[1, 2])
    assert screen.pictures() == second
    hand.choose(lesson, screen.area.get_by_label("Generation"), "1")
    screen.shows(kept=[3, 6], discarded=[5])
    screen.redraws(lambda: screen.press("Open 2"))
    screen.press("Put in A")

    # A drawing, and what comes nearest.
    screen.press("Draw an outline")
    hand.fill(lesson, screen.box("width 4, mm"), "155")
    screen.redraws(lambda: screen.press("Nearest design"))
    screen.says("^Nearest to the drawn widths ([0-9]+, ){3}155, ")

    screen.press("Put in B")
    screen.press("Compare two")
    for name in ("Design A", "Design B"):
        expect(screen.area.get_by_role("img", name=name)).to_be_visible()
    expect(screen.area.get_by_role("row", name=re.compile("^height"))).to_be_visible()

    screen.press("Export")
    hand.fill(lesson, screen.area.get_by_label("Folder"), "my designs")
    screen.press("Export all kept")
    screen.says("^13 files are in .*my designs")
    (folder,) = (lab.notebooks / "my designs").iterdir()
    kinds = sorted(path.suffix for path in folder.iterdir())
    assert kinds == sorted([*".dxf .glb .json .png .stl .svg".split() * 2, ".png"])
    read = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")]
    assert [it["recipe"]["designer_decided"] for it in read] == [[], []]

    # What makes no sense is answered in words, and nothing breaks.
    screen.press("Generations")
    for name in ("Keep 3", "Keep 6"):
        screen.press(name)
    screen.shows(discarded=[5])
    screen.press("Export")
    screen.press("Export all kept")
    screen.says("^Nothing is kept")
    assert "Traceback" not in lesson.inner_text("body") + lab.log.read_text()
    assert lesson.evaluate("[...window.asked]") == []


def test_moves_that_come_while_it_draws_do_not_pile_up(lesson, lab):
    screen = Screen(lesson, Keyboard())
    box = screen.box("height, mm")
    before = float(box.input_value())
    wait = lab.notebooks / "wait"
    wait.touch()
    tab_to(lesson, screen.handle("height, mm"))
    for _ in range(15):
        lesson.keyboard.press("ArrowRight")
    wait.unlink()
    screen.says(rf"^made {before + 15:.1f} mm$")
    expect(box).to_have_value(f"{before + 15:g}")
    asked = json.loads((lab.notebooks / "asked.txt").read_text())
    assert asked[-1] == before + 15 and len(asked) <= 3
