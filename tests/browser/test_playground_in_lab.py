"""The playground of lesson 01 in a real JupyterLab, by keyboard."""

import re
import time

import nbformat
import pytest
from playwright.sync_api import expect
from test_lessons import READ_PROMPTS, choose, open_lesson, run_all

pytestmark = pytest.mark.browser

PATIENCE = 120_000  # ms; only what hangs takes longer
# Counts how often the picture is drawn anew, and on how many frames of the screen it is
# not there; keeps count in the page.
WATCH_PICTURE = """picture => {
  const area = picture.parentElement;
  window.frames_drawn = window.frames_blank = 0;
  new MutationObserver(() => window.frames_drawn++).observe(area, {childList: true});
  const look = () => {
    const shown = area.querySelector('img');
    window.frames_blank += !(shown && shown.complete && shown.naturalWidth);
    requestAnimationFrame(look);
  };
  look();
}"""
# Of each control its name and title, its width in pixels, and how far it stands out.
READ_CONTROLS = """area => {
  const right = area.getBoundingClientRect().right;
  return [...area.querySelectorAll('button, select, textarea, input')].map(it => {
    const box = it.getBoundingClientRect();
    const name = it.labels?.[0]?.textContent || it.textContent;
    return [name, it.title, box.width, box.right - right];
  });
}"""


class Game:
    """The widget as a person meets it: buttons, a picture, numbers, messages."""

    def __init__(self, page):
        self.page = page
        self.area = page.locator(".jp-Notebook .jp-Cell").nth(page.widget_cell)
        self.picture = self.area.get_by_role("img", name=re.compile("^The points of"))
        self.numbers = self.area.get_by_text(re.compile("^steps of D"))
        # JupyterLab hides what is far away, and scrolls when the last cell has run.
        for _ in range(PATIENCE // 200):
            if self.picture.is_visible() and self.numbers.inner_text():
                return
            self.area.scroll_into_view_if_needed()
            page.wait_for_timeout(200)
        pytest.fail("the widget does not show")

    def press(self, name):
        """Goes to a button and presses it, without the mouse."""
        button = self.area.get_by_role("button", name=name, exact=True)
        button.scroll_into_view_if_needed()
        button.focus()
        self.page.keyboard.press("Enter")

    def type_points(self, text):
        """Types points of one's own, and leaves the box."""
        self.area.get_by_label("Your own points").fill(text)
        self.page.keyboard.press("Tab")

    def says(self, text):
        expect(self.area.get_by_text(re.compile(text))).to_be_visible(timeout=PATIENCE)

    def state(self):
        """The picture and the numbers; both change with every step."""
        return self.picture.get_attribute("src"), self.numbers.inner_text()

    def wait_for_change(self, state):
        """Waits until both are others; only what hangs fails."""
        picture, text = state
        expect(self.picture).not_to_have_attribute("src", picture, timeout=PATIENCE)
        expect(self.numbers).not_to_have_text(text, timeout=PATIENCE)
        return self.state()

    def wait_for_frames(self, number):
        """Waits until so many more frames were drawn; returns the seconds it took."""
        start, before = time.monotonic(), self.page.evaluate("window.frames_drawn")
        self.page.wait_for_function(
            f"window.frames_drawn >= {before + number}", timeout=PATIENCE
        )
        return time.monotonic() - start


@pytest.fixture
def lesson(lab, page):
    path = lab.notebooks / "01_play_the_game.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    sources = [cell.source for cell in cells]
    (page.widget_cell,) = (
        i for i, s in enumerate(sources) if s.endswith("play.widget")
    )
    open_lesson(page, lab, "01_play_the_game")
    return page


def test_the_playground_answers(lesson, lab, capsys):
    run_all(lesson)
    game = Game(lesson)
    start = game.state()
    assert "steps of D: 0" in start[1]

    game.press("Step D")
    after_d = game.wait_for_change(start)
    assert "steps of D: 1, steps of G: 0" in after_d[1]
    game.press("Step G")
    after_g = game.wait_for_change(after_d)
    assert "steps of G: 1" in after_g[1]

    game.picture.evaluate(WATCH_PICTURE)
    game.press("Play")
    game.wait_for_change(after_g)
    seconds = game.wait_for_frames(20)
    with capsys.disabled():  # told, not judged: other programs may be running
        print(f"\nthe playground draws {20 / seconds:.1f} frames a second")

    # What makes no sense is refused in the widget, and the game goes on.
    game.type_points("hello")
    game.says("The game goes on")
    game.wait_for_frames(5)

    game.press("Pause")
    expect(game.area.get_by_role("button", name="Play", exact=True)).to_be_visible()
    game.press("Reset")
    expect(game.numbers).to_contain_text("steps of D: 0", timeout=PATIENCE)
    stopped = game.state()
    lesson.wait_for_timeout(1000)  # in which a game that goes on would draw
    assert game.state() == stopped

    game.type_points("0\n1\n5")
    game.wait_for_change(stopped)  # another target, no step taken
    start = game.state()
    assert "steps of D: 0" in start[1]
    game.press("Step D")
    game.wait_for_change(start)

    assert lesson.evaluate("window.frames_blank") == 0

    # Where there is little room, every control still has its name and enough of it.
    widget = game.area.locator(".widget-vbox").first
    widget.evaluate("widget => widget.style.width = '260px'")
    for name, title, width, outside in widget.evaluate(READ_CONTROLS):
        assert name and title != "null"
        assert width > 60 or name.strip() == "Penalty R1", name
        assert outside <= 0, name
    lesson.screenshot(path=lab.notebooks / "narrow.png")

    # A restart while it plays leaves a widget that works.
    game.press("Play")
    choose(lesson, "Kernel", "Restart Kernel and Run All Cells…")
    lesson.locator(".jp-Dialog .jp-mod-accept").click()
    game.picture.wait_for(state="detached", timeout=60_000)  # the old widget
    last = f"[{len(lesson.evaluate(READ_PROMPTS))}]:"
    lesson.wait_for_function(
        f"last => {{ const prompts = ({READ_PROMPTS})(); "
        "return prompts.at(-1) === last && !prompts.includes('[*]:') }",
        arg=last,
        timeout=240_000,
    )
    game = Game(lesson)
    start = game.state()
    assert "steps of D: 0" in start[1]
    game.press("Step D")
    assert "steps of D: 1" in game.wait_for_change(start)[1]
    errors = lesson.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
    expect(errors).to_have_count(0)
