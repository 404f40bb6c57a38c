"""Pages made of screens in Chromium: seen whole, worked by keyboard, checked by axe."""

import pytest
from page_tree import PageTree
from playwright.sync_api import expect
from test_accessibility import violations

from gan_tutorial.design import pages, wireframes
from gan_tutorial.synthetic import interfaces

pytestmark = pytest.mark.browser

SCREENS = interfaces.SCREENS
TREE = """
() => [...document.querySelectorAll('*')].map(it => {
  const path = [];
  for (let up = it; up; up = up.parentElement) path.unshift(up.localName);
  return path.join('/');
})
"""


@pytest.fixture
def shown(page, tmp_path, request):
    """The page of a screen of one type, of two seeds."""
    page.set_viewport_size({"width": 384, "height": 800})
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))

    def show(label, cards, seed=1):
        (cells,) = interfaces.draw([label], [cards], seed)
        path = pages.write_page(tmp_path / "page.html", cells, "Pots & plants")
        page.goto(path.as_uri())
        assert set(page.requested) == {path.as_uri()} | {
            it for it in page.requested if it.startswith("data:")
        }
        return cells, path

    yield show
    assert faults == []


@pytest.mark.parametrize("label", range(4))
@pytest.mark.parametrize("cards", [1, 6])
def test_axe_finds_nothing_and_chromium_mends_nothing(shown, page, label, cards):
    _, path = shown(label, cards)
    assert page.evaluate(TREE) == [
        element[0] for element in PageTree(path.read_text("utf-8")).elements
    ]
    assert violations(page) == {}
    page.set_viewport_size({"width": 320, "height": 600})  # nothing goes off sideways
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == {}


@pytest.mark.parametrize("label", range(4))
def test_what_is_seen_is_the_wireframe(shown, page, label):
    cells, _ = shown(label, 3, seed=5)
    boxes = wireframes.find_boxes(cells)
    places = {"header": "header", "navigation": "nav", "button": ".action"}
    places |= {"image": "img", "text": "h2, .question", "list": ".menu"}
    left = page.locator(".screen").bounding_box()["x"]
    for part, selector in places.items():
        expected = [box for box in boxes if box.part == part]
        found = [it.bounding_box() for it in page.locator(selector).all()]
        assert len(found) == len(expected)
        for box, seen in zip(expected, found, strict=True):
            cells_seen = [seen["y"] / 24, (seen["x"] - left) / 24]
            cells_seen += [seen["height"] / 24, seen["width"] / 24]
            assert cells_seen == pytest.approx(box[1:], abs=0.02), part


def test_the_keyboard_reaches_and_works_everything(shown, page):
    shown(2, 2)  # a form
    status = page.get_by_role("status")
    for name in ("Question 1", "Question 2", "Send"):
        page.keyboard.press("Tab")
        here = page.get_by_label(name).or_(page.get_by_role("button", name=name))
        expect(here).to_be_focused()
        style = here.evaluate("it => getComputedStyle(it).outline")
        assert "3px" in style and "solid" in style
        if name == "Question 2":
            page.keyboard.type("yes")
    page.keyboard.press("Enter")
    expect(status).to_have_text("Sent: 1 of 2 answered")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(status).to_have_text("Search: chosen")
    current = page.locator("[aria-current=page]")
    expect(current).to_have_count(1)
    expect(current).to_have_text("Search")


@pytest.mark.parametrize(
    ("label", "card"), [(0, "Story"), (1, "Product"), (3, "Entry")]
)
def test_cards_and_button_say_what_was_chosen(shown, page, label, card):
    shown(label, 4)
    status = page.get_by_role("status")
    main = page.get_by_role("main")
    expect(main.get_by_role("listitem")).to_have_count(4)
    main.get_by_role("button", name=f"{card} 3").click()
    expect(status).to_have_text(f"{card} 3: chosen")
    action = page.locator(".action")
    action.click()
    expect(status).to_have_text(f"{action.inner_text()}: chosen")
