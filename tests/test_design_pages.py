"""Pages made of screens: sound HTML, a name for everything, nothing from outside."""

import errno

import numpy as np
import pytest
from page_tree import PageTree
from test_interfaces import BY_HAND

from gan_tutorial.design import pages, screens
from gan_tutorial.synthetic import interfaces

SCREENS = dict(
    zip(interfaces.SCREENS, interfaces.draw([0, 1, 2, 3], [2, 5, 4, 3], 1), strict=True)
)
TITLE = 'Für 5 & <zwei> "Öl" {{main}} 花瓶'


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_is_sound_html_and_everything_has_a_name(screen):
    cells = SCREENS[screen]
    text = pages.to_html(cells, TITLE)
    assert text.startswith("<!DOCTYPE html>\n")
    page = PageTree(text)
    ((root, _),), ((_, title),), ((_, heading),) = map(
        page.find, ("html", "title", "h1")
    )
    assert root == {"lang": "en"} and title == heading == TITLE
    for tag in ("header", "main", "nav"):
        assert len(page.find(tag)) == 1
    cards = [e for path, *e in page.elements if path.endswith("main/ul/li")]
    cards = cards or [e for p, *e in page.elements if p.endswith("main/form/ul/li")]
    assert len(cards) == interfaces.measure(cells[None])["cards"][0]
    names = [name for _, name in page.find("button")]
    assert all(names) and len(set(names)) == len(names)
    assert names[-3:] == ["Home", "Search", "Profile"]
    assert all(attributes["type"] for attributes, _ in page.find("button"))
    pictures = [a["alt"] for a, _ in page.find("img")]
    assert len(set(pictures)) == (len(cards) if screen in ("feed", "shop") else 0)
    labelled = [a["for"] for a, _ in page.find("label")]
    assert labelled == [a["id"] for a, _ in page.find("input")]
    assert len(labelled) == (len(cards) if screen == "form" else 0)
    assert len(page.find("h2")) == len(pictures)
    assert ["status"] == [a["role"] for _, a, _ in page.elements if "role" in a]


def test_places_are_those_of_the_wireframe():
    page = PageTree(pages.to_html(BY_HAND, "Three pots"))
    areas = [
        a["style"] for _, a, _ in page.elements if "grid-area" in a.get("style", "")
    ]
    assert [area.removeprefix("grid-area: ") for area in areas] == [
        "1 / 1 / 3 / 17",  # lines of the grid: top, left, bottom, right
        "4 / 2 / 7 / 8",
        "4 / 10 / 7 / 16",
        "8 / 2 / 11 / 8",
        "12 / 6 / 14 / 12",
        "30 / 1 / 33 / 17",
    ]


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_comes_from_outside(screen):
    text = pages.to_html(SCREENS[screen], "A title")
    assert "//" not in text.replace("http%3A//www.w3.org/2000/svg", "")
    page = PageTree(text)
    used = {name for _, attributes, _ in page.elements for name in attributes}
    assert not used & {"href", "srcset", "action", "onclick", "integrity"}
    assert all(a["src"].startswith("data:") for a, _ in page.find("img"))


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = pages.write_page(tmp_path / "new" / "page.html", BY_HAND, TITLE)
    assert path.read_text("utf-8") == pages.to_html(BY_HAND, TITLE)
    before = path.read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="was not written: No space left"):
        pages.write_page(path, SCREENS["menu"], TITLE)
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 1


@pytest.mark.parametrize(
    ("cells", "title", "message"),
    [
        (
            np.zeros((32, 16), np.uint8),
            "x",
            "breaks the rules: there is not one header",
        ),
        (np.roll(BY_HAND, 1, axis=1), "x", "breaks the rules: .* margin"),
        (screens.one_hot(BY_HAND[None]), "x", "float32; expected whole numbers"),
        (BY_HAND, "  ", "title is '  '; expected some words"),
        (BY_HAND, None, "title is None; expected some words"),
    ],
)
def test_what_cannot_become_a_page_is_refused(cells, title, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        pages.write_page(tmp_path / "page.html", cells, title)
    assert not list(tmp_path.iterdir())
