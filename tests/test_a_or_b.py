"""A or B: sides, answers, seconds, and what a summary may claim."""

import pytest
from shown import picture

from gan_tutorial.design import screens, wireframes
from gan_tutorial.synthetic import interfaces
from gan_tutorial.widgets import choice
from gan_tutorial.widgets.a_or_b import AOrB

FORMS = interfaces.draw([2] * 12, [1, 2, 3] * 4, seed=1)
MENUS = interfaces.draw([3] * 12, [1, 2, 3] * 4, seed=2)


@pytest.fixture
def clock(monkeypatch):
    """The time in seconds, which a test can move on."""
    now = [100.0]
    monkeypatch.setattr(choice.time, "monotonic", lambda: now[0])
    return now


def kinds(test):
    """What the two pictures show, left and right: form or menu."""
    found = []
    for part in test._pictures:
        cells = picture(part)[5::10, 5::10].astype(int)  # the middles of the cells
        list_colour = list(bytes.fromhex(screens.COLOURS.split()[5][1:]))
        found.append("menu" if (cells == list_colour).all(axis=2).any() else "form")
    return found


def text(test):
    return test.widget.children[0].value + test.widget.children[-1].value


def choose(test, clock, kind, seconds=2.0):
    clock[0] += seconds
    test.buttons[kinds(test).index(kind)].click()


def test_the_sides_change_in_half_of_the_pairs(clock):
    test, seen = AOrB(FORMS, MENUS, seed=3), []
    for _ in range(12):
        seen.append(kinds(test))
        choose(test, clock, "menu")
    assert sorted(map(sorted, seen)) == [["form", "menu"]] * 12
    assert [pair[0] == "menu" for pair in seen] == test.swapped.tolist()
    assert test.swapped.sum() == 6
    assert test.answers == [1] * 12  # on whichever side it stood
    assert AOrB(FORMS, MENUS, seed=3).swapped.tolist() == test.swapped.tolist()


def test_the_seconds_are_those_since_the_pair_was_shown(clock):
    test = AOrB(FORMS, MENUS, names=("form", "menu"))
    assert "Pair 1 of 12" in text(test) and "No answer yet" in text(test)
    for kind, seconds in (("form", 1.5), ("menu", 4.0), ("form", 0.7)):
        choose(test, clock, kind, seconds)
    assert test.answers == [0, 1, 0]
    assert test.seconds == pytest.approx([1.5, 4.0, 0.7])
    assert "form 2, menu 1 of 3" in text(test) and "Mean time 2.1 s" in text(test)
    assert "so few answers show no preference" in text(test)


def test_the_end_and_its_verdict(clock):
    test = AOrB(FORMS, MENUS, names=("form", "menu"))
    for _ in range(12):
        choose(test, clock, "form")
    # Wilson's interval of 0 in 12: from 0 to 1.96**2 / (12 + 1.96**2) = 24 %.
    assert "0% to 24%" in text(test) and "All 12 pairs" in text(test)
    assert "You prefer one of them" in text(test)


def test_each_pair_keeps_its_task(clock):
    tasks = [f"find {word}" for word in "abcdefghijkl"]
    test, seen = AOrB(FORMS, MENUS, tasks), {}
    for _ in range(12):
        task = text(test).partition("Task: ")[2][:6]
        seen[task] = test._pictures[0].value
        choose(test, clock, "menu")
    assert sorted(seen) == tasks
    one = FORMS[4]
    assert any(wireframes.describe(one) in shown for shown in [seen["find e"]]) or (
        wireframes.describe(MENUS[4]) in seen["find e"]
    )


def test_pictures_are_told_in_words():
    test = AOrB(FORMS[:1], MENUS[:1])
    for part, side in zip(test._pictures, "AB", strict=True):
        assert f'alt="Screen {side}: header in rows 1 to ' in part.value
        assert "button in rows" in part.value
    assert [button.tooltip for button in test.buttons] == ["Screen A", "Screen B"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((FORMS, MENUS[:3]), "as many of both"),
        ((FORMS[0], MENUS[0]), "as many of both"),
        ((FORMS[:0], MENUS[:0]), "1 or more"),
        ((FORMS / 6, MENUS), "expected whole numbers"),
        ((FORMS, MENUS, ["a", "b"]), "no tasks for 12 pairs"),
        ((FORMS, MENUS, " "), "no tasks"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        AOrB(*arguments)
