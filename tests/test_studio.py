"""The design studio without a browser: what its controls do, and what they show."""

import base64
import html
import io
import re

import drawing
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image
from shown import picture

from gan_tutorial.design import shading
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.session import Session
from gan_tutorial.widgets.pictures import draw_drawing, to_html
from gan_tutorial.widgets.studio import Studio

GENERATOR = drawing.build()
BRIEF = Brief({"height": (215, None), "neck": (30, 60)}, units={"height": "mm"})


def open_studio(**other):
    given = {"brief": BRIEF, "num_candidates": 4} | other
    return Studio(Session(GENERATOR, drawing.RANGES, drawing.STYLES, **given))


@pytest.fixture
def studio():
    return open_studio()


def press(buttons, name):
    next(button for button in buttons if button.description == name).click()


def words(widget):
    """What an HTML widget says."""
    return re.sub("<[^>]*>", " ", widget.value).split()


def test_controls_begin_at_what_the_open_design_was_asked(studio):
    design = studio.session.state.design
    for name, (slider, box) in studio.measures.items():
        assert slider.value == box.value == design.genes[name]
        assert (slider.min, slider.max) == drawing.RANGES[name]
        assert slider.step == 1
    assert studio.style.value == drawing.STYLES[design.genes["style"]]
    labels = [button.description for button in studio.lock_buttons.values()]
    assert labels == [f"{n}: the model's" for n in ("style", "height", "belly", "neck")]


@pytest.mark.parametrize("control", [0, 1], ids=["slider", "box"])
def test_a_move_redraws_and_marks_the_measure_as_the_designers(studio, control):
    before = picture(studio._picture).astype(float)
    studio.measures["height"][control].value = 259.0
    assert studio.measures["height"][1 - control].value == 259
    design = studio.session.state.design
    assert design.genes["height"] == 259 and design.yours == {"height"}
    assert studio.lock_buttons["height"].description == "height: yours"
    assert studio.lock_buttons["neck"].description == "neck: the model's"
    assert words(studio._made["height"]) == ["made", "259.0", "mm"]
    # The same scale for all: a higher vessel reaches higher on the picture.
    tops = [
        np.flatnonzero(np.abs(p[:, 140] - p[0, 140]).max(axis=1) > 25)[0]
        for p in (before, picture(studio._picture).astype(float))
    ]
    assert tops[1] < tops[0] - 10
    shown = shading.shade(
        design.outline, glaze="celadon", width_px=280, frame_mm=studio._frame_mm
    )
    off = np.abs(picture(studio._picture) - shown.astype(float))
    assert off.mean() < 2  # it is a JPEG


def test_a_slider_that_reckons_with_fractions_decides_nothing():
    # JupyterLab's sliders send back where they were put: 0.41 as 0.41000000000000003.
    studio = open_studio()
    slider, _ = studio.measures["neck"]
    slider.value += 1e-9
    state = studio.session.state
    assert state.design.yours == frozenset() and not studio.session._past
    assert slider.value == pytest.approx(state.design.genes["neck"])
    slider.value = 44.0000000001
    assert studio.session.state.design.genes["neck"] == 44
    assert slider.value == 44.0000000001  # nothing is sent against a hand on it


def test_menus_and_buttons_do_what_the_session_does(studio):
    session = studio.session
    studio.style.value = "flared" if studio.style.value == "plain" else "plain"
    assert drawing.STYLES[session.state.design.genes["style"]] == studio.style.value
    assert session.state.design.yours == {"style"}
    studio.lock_buttons["style"].click()
    assert session.state.design.yours == frozenset()
    studio.glaze.value = "cobalt"
    assert session.state.glaze == "cobalt"
    blue = picture(studio._picture)[175, 140].astype(int)
    assert blue[2] > blue[0] + 20
    open_design = session.state.design
    studio.design_buttons["Chance"].click()
    assert session.state.design is not open_design
    studio.design_buttons["Undo"].click()
    assert session.state.design is open_design
    press(studio.card_buttons["Keep"], "Keep 3")
    press(studio.card_buttons["Discard"], "Discard 1")
    assert session.state.shown.marks == {3: "kept", 1: "discarded"}
    press(studio.card_buttons["Open"], "Open 2")
    assert session.state.design is session.state.shown.designs[1]
    studio.mutation.value = 0.9
    studio.breed_button.click()
    assert session.state.number == studio.generation.value == 2
    assert session.state.shown.marks == {1: "kept"}
    assert [name for name, _ in studio.generation.options] == ["1", "2, bred from 1"]
    studio.generation.value = 1
    assert session.state.number == 1
    assert len(session._past) == 8
    studio.widths[2][0].value = 97
    assert session.state.drawing[2] == 97 == studio.widths[2][1].value
    studio.nearest_button.click()
    assert session.state.design.origin.startswith("nearest to the drawn widths")
    studio.trace_button.click()
    assert session.state.drawing[2] != 97


def test_cards_say_and_show_what_is_known(studio):
    session = studio.session
    session.keep(1)
    session.discard(3)
    for number, design in enumerate(session.state.shown.designs, 1):
        picture_of, text = studio._cards[number - 1]
        mark = {1: ["kept"], 3: ["discarded"]}.get(number, [])
        assert words(text) == ["No", str(number), *mark, *design.verdict.split()]
        assert f'alt="Design {number}"' in picture_of.value
        assert ("opacity: 0.25" in picture_of.value) == (number == 3)
        assert ("#0072B2" in picture_of.value) == (number == 1)
    num_passing = sum(not design.fails for design in session.state.shown.designs)
    headline = " ".join(words(studio._headline))
    assert headline.startswith(f"Generation 1: {num_passing} of 4 meet the brief")
    assert "height: at least 215 mm; neck: 30 to 60" in headline


def test_without_a_brief_nothing_is_said_of_one():
    studio = open_studio(brief=None)
    shown = [studio._headline, studio._facts, *(text for _, text in studio._cards)]
    assert all("brief" not in part.value for part in shown)
    assert words(studio._headline) == ["Generation", "1"]
    assert words(studio._facts)[:4] == "Drawn by chance; shoulder".split()
    assert "share; foot 89.39 mm." in studio._facts.value


def test_what_others_do_with_the_session_is_shown(studio):
    studio.session.ask("belly", 133)
    assert studio.measures["belly"][0].value == 133
    studio.session.undo()
    assert studio.lock_buttons["belly"].description == "belly: the model's"
    studio.session.undo()
    assert "There is nothing to undo." in studio.message.value
    studio.session.lock("neck")
    assert studio.message.value == ""


def test_one_tool_is_shown_at_a_time(studio):
    for name, button in studio.tool_buttons.items():
        button.click()
        shown = [n for n, part in studio.tools.items() if part.layout.display != "none"]
        assert shown == [name]


def test_two_designs_stand_side_by_side_with_what_differs(studio):
    session = studio.session
    session.ask("height", 200)
    studio.design_buttons["Put in A"].click()
    assert (
        words(studio._compared) == "Put one design in A and another one in B.".split()
    )
    session.ask("height", 231)
    session.lock("height")
    studio.design_buttons["Put in B"].click()
    assert re.findall('alt="([^"]*)"', studio._compared.value) == [
        "Design A",
        "Design B",
    ]
    rows = re.findall("<tr>(.*?)</tr>", studio._table.value)
    rows = [re.findall(">([^<]*)</t", html.unescape(row)) for row in rows]
    rows = {name: cells for name, *cells in rows}
    assert rows["measure"] == ["A", "B", "B less A"]
    assert rows["height"] == ["200.0 mm, yours", "231.0 mm, the model's", "+31.0"]
    assert rows["style"][2] == "the same"
    assert rows["foot"][2] == "+0.00"
    assert rows["brief"][0].startswith("fails: height")


def test_the_drawing_is_a_silhouette_beside_its_sliders():
    session = Session(GENERATOR, drawing.RANGES, drawing.STYLES)
    for level, width in enumerate((80, 100, 150, 180, 150, 90, 60, 100)):
        session.draw(level, width)
    made, drawn = session.state.design.outline, session.state.drawn
    svg = draw_drawing(drawn, made, 280, 32)
    assert 'width="280" height="256"' in svg
    svg = base64.b64decode(re.search('base64,([^"]*)', svg)[1]).decode()
    # The lip stands in the middle of the first row, the foot in that of the last.
    scale = 7 * 32 / drawn.height_mm
    spots = re.findall('<circle cx="([^"]*)" cy="([^"]*)"', svg)
    spots = np.array(spots, float)
    np.testing.assert_allclose(spots[:, 1], 16 + 32 * np.arange(8)[::-1], atol=0.06)
    half = scale * np.array([80, 100, 150, 180, 150, 90, 60, 100]) / 2
    np.testing.assert_allclose(spots[:, 0], 140 + half, atol=0.06)
    lines = re.findall('<polygon points="([^"]*)"', svg)
    for line, outline in zip(lines, (drawn, made), strict=True):
        x, y = np.array([pair.split(",") for pair in line.split()], float).T
        assert x.max() + x.min() == pytest.approx(280, abs=0.2)
        belly = scale * 2 * outline.radii(np.linspace(0, outline.height_mm, 999)).max()
        assert x.max() - x.min() == pytest.approx(belly, rel=0.005)
        assert y.max() == pytest.approx(240) and y.min() >= 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_pictures_in_html_have_their_size_and_a_text(kind):
    file = io.BytesIO()
    Image.new("RGB", (40, 60)).save(file, kind)
    text = to_html(file.getvalue(), 'a "pot"', 20, "opacity: 0.5")
    assert text.startswith('<img alt="a &quot;pot&quot;" src="data:image/')
    assert f"image/{kind.lower()};base64," in text
    assert 'width="20" height="30"' in text and "opacity: 0.5" in text


def test_names_cannot_bring_code_into_the_page():
    odd = "<img src=x>"

    def measure(outline):
        height = outline.height_mm
        return dict.fromkeys(("height", "belly", "neck"), height) | {odd: 5.0}

    brief = Brief({odd: (0, 1)}, units={odd: "<b>"})
    studio = open_studio(brief=brief, measure=measure)
    studio.session.compare("A")
    studio.session.compare("B")
    shown = [studio._facts, studio._headline, studio._table, *studio._cards[0][1:]]
    assert all("<img src=x" not in part.value for part in shown)
    assert "fails: &lt;img src=x&gt;" in studio._facts.value


def test_exported_is_what_is_open_or_what_is_kept(studio, tmp_path):
    studio.folder.value = str(tmp_path)
    press(studio.export_buttons, "Export all kept")
    assert "Nothing is kept" in studio.message.value
    studio.session.keep(2)
    studio.session.keep(4)
    press(studio.export_buttons, "Export all kept")
    assert f"13 files are in {tmp_path}" in studio.message.value
    press(studio.export_buttons, "Export this design")
    assert f"7 files are in {tmp_path}" in studio.message.value
    assert len(list(tmp_path.iterdir())) == 2


def test_a_new_studio_closes_the_widgets_of_the_one_before():
    counts, old = [], open_studio()
    for _ in range(3):
        studio = open_studio(num_candidates=3)
        counts.append(len(_instances))
    assert counts[0] == counts[1] == counts[2]
    old.session.keep(1)  # what is closed does no harm
    press(studio.card_buttons["Keep"], "Keep 1")
    assert studio.session.state.shown.marks == {1: "kept"}


def test_the_figure_frames_the_kept_and_pales_the_discarded(studio):
    studio.session.keep(2)
    studio.session.breed()
    studio.session.discard(3)
    figure = studio.figure()
    figure.canvas.draw()
    assert figure.get_suptitle() == "Generation 2"
    assert [axis.images[0].get_alpha() for axis in figure.axes] == [1, 1, 0.25, 1]
    framed = [axis.spines["left"].get_visible() for axis in figure.axes]
    assert framed == [True, False, False, False]
    assert figure.axes[0].get_title() == "1 kept"
    verdict = studio.session.state.shown.designs[1].verdict
    assert figure.axes[1].get_xlabel().replace("\n", " ") == verdict
