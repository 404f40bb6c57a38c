"""The design studio without a browser."""

import re
import threading

import drawing
import numpy as np
import pytest
from drawing import RANGES
from ipywidgets.widgets.widget import _instances

from gan_tutorial import latent, networks
from gan_tutorial.design import evolution, export
from gan_tutorial.design.briefs import Brief
from gan_tutorial.synthetic import vases
from gan_tutorial.widgets.studio import Studio

BRIEF = Brief(
    {"height": (0.72, None), "style": ["round", "bottle"]}, {"style": vases.STYLES}
)


DRAWING = drawing.build()


def open_studio(seed=1, num_candidates=12, **other):
    given = {
        "generator": DRAWING,
        "measure": vases.measure,
        "score": lambda measured: np.log(measured["height"]),
        "brief": BRIEF,
        "ranges": RANGES,
        "styles": vases.STYLES,
    } | other
    return Studio(**given, seed=seed, num_candidates=num_candidates)


@pytest.fixture
def studio():
    return open_studio()


def marks(studio):
    shown = studio.state.shown
    return tuple((shown.rows(mark) + 1).tolist() for mark in ("kept", "discarded"))


def genes(studio):
    shown = studio.state.shown.genes
    return np.column_stack([shown["latents"], shown["style"], *map(shown.get, RANGES)])


def texts(studio):
    return [widget.value for widget in studio._texts]


def test_the_first_generation_is_drawn_from_the_seed(studio):
    shown = studio.state.shown
    latents = latent.sample_latents(12, 8, seed=1)
    np.testing.assert_array_equal(shown.genes["latents"], latents)
    # What was asked is what the formula drew, and what is read back.
    np.testing.assert_allclose(
        shown.measured["height"], shown.genes["height"], atol=0.005
    )
    np.testing.assert_array_equal(genes(open_studio(seed=1)), genes(studio))
    assert not np.isin(genes(open_studio(seed=2)), genes(studio)).all()
    # The seed counts for the children of the same parents, too.
    bred = [evolution.next_genes(studio.state, 0.3, RANGES, 5, s) for s in (1, 2)]
    assert not np.isin(bred[0]["height"], bred[1]["height"]).any()


# The session


def test_kept_ones_come_first_and_stay_as_they_are(studio):
    for number in (7, 2, 11):
        studio.keep(number)
    studio.discard(1)
    before = studio.state.shown
    studio.breed()
    shown = studio.state.shown
    rows = [1, 6, 10]
    for name, values in shown.genes.items():
        np.testing.assert_array_equal(values[:3], before.genes[name][rows])
    np.testing.assert_array_equal(shown.images[:3], before.images[rows])
    np.testing.assert_array_equal(shown.scores[:3], before.scores[rows])
    assert marks(studio) == ([1, 2, 3], []) and shown.parent == 1
    assert len(shown.images) == 12


@pytest.mark.parametrize(
    ("kept", "discarded", "parents"),
    [((4, 9), (1,), (4, 9)), ((), (1, 2), range(3, 13))],
)
def test_children_descend_from_the_right_parents(kept, discarded, parents):
    # With a name for each candidate in the place of a latent, and next to no mutation.
    studio = open_studio()
    studio.state.shown.genes["latents"][:, 0] = 10 * np.arange(1, 13)
    studio.mutation.value = 0.05
    for number in kept:
        studio.keep(number)
    for number in discarded:
        studio.discard(number)
    for _ in range(4):
        studio.go_to(1)
        studio.breed()
    bred = studio.state.generations[1:]
    names = [g.genes["latents"][len(kept) :, 0] for g in bred]
    found = set(np.rint(np.concatenate(names) / 10).astype(int))
    assert found <= set(parents) and len(found) > len(set(parents)) / 2


@pytest.mark.parametrize("name", ["style", "neck"])
def test_a_lock_freezes_children_until_it_is_taken_off(studio, name):
    studio.mutation.value = 1
    for number in (8, 5):
        studio.keep(number)
    value = studio.state.shown.genes[name][4]
    studio.lock(name)
    shown = vases.STYLES[value] if name == "style" else f"{value:.2f}"
    assert studio.lock_buttons[name].description == f"Unlock {name} ({shown})"
    for _ in range(2):
        studio.breed()
        children = studio.state.shown.genes[name][2:]
        np.testing.assert_array_equal(children, np.full(10, value))
    assert len(set(studio.state.shown.genes["height"][2:])) > 1
    studio.lock(name)
    studio.breed()
    assert len(set(studio.state.shown.genes[name][2:])) > 1
    assert studio.lock_buttons[name].description == f"Lock {name}"


def test_actions_that_make_no_sense_say_what_to_do_and_change_nothing(studio):
    state = studio.state
    studio.undo()
    assert "nothing to undo" in studio.message.value
    studio.lock("neck")
    assert "Keep a candidate first" in studio.message.value
    assert studio.export() == [] and "Nothing is kept" in studio.message.value
    assert studio.state is state
    for number in range(1, 13):
        studio.discard(number)
    assert studio.message.value == ""
    state = studio.state
    studio.breed()
    assert "need parents" in studio.message.value and studio.state is state
    for number in range(1, 13):
        studio.keep(number)
    state = studio.state
    studio.breed()
    assert "and room" in studio.message.value and studio.state is state
    assert studio.export("  ") == []
    assert "folder has no name" in studio.message.value


def test_undo_goes_back_to_the_start_and_bred_again_is_the_same(studio):
    screens = [texts(studio)]
    actions = [
        lambda: studio.keep(2),
        lambda: studio.discard(3),
        studio.breed,
        lambda: studio.lock("height"),
        lambda: studio.go_to(1),
        studio.breed,
    ]
    states = [studio.state]
    for act in actions:
        act()
        states.append(studio.state)
        screens.append(texts(studio))
    last = genes(studio)
    for state, screen in zip(states[-2::-1], screens[-2::-1], strict=True):
        studio.undo()
        assert studio.state is state and texts(studio) == screen
        assert studio.generation.value == state.number
        assert len(studio.generation.options) == len(state.generations)
    studio.undo()
    assert "nothing to undo" in studio.message.value
    for act in actions:
        act()
    np.testing.assert_array_equal(genes(studio), last)


def test_an_old_generation_comes_back_and_a_new_one_is_appended(studio):
    studio.keep(4)
    studio.breed()
    studio.breed()
    third = studio.state.shown
    studio.go_to(2)
    studio.go_to(2)  # already there: nothing that could be undone
    studio.go_to(1)
    assert marks(studio) == ([4], [])
    assert "Generation 1:" in studio._headline.value
    studio.undo()
    assert studio.state.number == 2
    studio.breed()
    assert "Generation 4, bred from 2:" in studio._headline.value
    assert [name for name, _ in studio.generation.options] == [
        *("1", "2, bred from 1", "3, bred from 2", "4, bred from 2")
    ]
    assert studio.state.generations[2] is third
    assert not np.array_equal(studio.state.shown.images[1:], third.images[1:])


def test_choices_pair_kept_with_discarded_of_one_generation(studio):
    pairs = []
    for kept, discarded in (((2, 6), (3, 9, 10)), ((8,), (4, 12))):
        for number in kept:
            studio.keep(number)
        for number in discarded:
            studio.discard(number)
        heights = studio.state.shown.measured["height"]
        kept, _ = marks(studio)
        pairs += [(heights[k - 1], heights[d - 1]) for k in kept for d in discarded]
        studio.breed()
    preferred, rejected = studio.choices()
    assert len(pairs) == 6 + 6
    found = zip(preferred["height"], rejected["height"], strict=True)
    assert sorted(found) == sorted(pairs)


# The screen


def test_buttons_do_what_the_methods_do(studio):
    studio.keep_buttons[2].click()
    studio.discard_buttons[4].click()
    assert marks(studio) == ([3], [5])
    studio.keep_buttons[4].click()  # the marks exclude each other
    studio.keep_buttons[2].click()  # again: takes it away
    assert marks(studio) == ([5], [])
    studio.lock_buttons["neck"].click()
    assert list(studio.state.locks) == ["neck"]
    studio.breed_button.click()
    assert studio.state.number == 2 and marks(studio) == ([1], [])
    studio.generation.value = 1
    assert studio.state.number == 1 and marks(studio) == ([5], [])
    studio.undo_button.click()
    assert studio.state.number == 2 == studio.generation.value


def test_each_candidate_shows_what_is_known_about_it():
    scores = np.array([0.5, np.nan, 2.0])
    measured = {
        "height": np.array([0.8, np.nan, 0.6]),
        "style": np.array([1, -1, 4]),
    }
    studio = open_studio(
        num_candidates=3, measure=lambda _: measured, score=lambda _: scores
    )
    studio.keep(1)
    studio.discard(3)
    shown = [re.sub("<[^>]*>", " ", text).split() for text in texts(studio)]
    assert shown == [
        "No 1 kept score 0.5 meets the brief".split(),
        "No 2 no score fails: height, style".split(),
        "No 3 discarded score 2 fails: height, style".split(),
    ]
    assert "1 of 3 meet the brief" in studio._headline.value
    assert "height: at least 0.72; style: round or bottle" in studio._headline.value
    pictures = [picture.value for picture in studio._pictures]
    assert ["opacity: 0.25" in picture for picture in pictures] == [False, False, True]
    assert ["#0072B2" in picture for picture in pictures] == [True, False, False]
    assert 'alt="Candidate 2"' in pictures[1]


def test_names_cannot_bring_code_into_the_page():
    brief = Brief({"<img src=x>": (0, 1), "height": (2, None)})
    odd = {"<img src=x>": np.full(12, 5.0)}
    studio = open_studio(brief=brief, measure=lambda i: vases.measure(i) | odd)
    assert "fails: &lt;img src=x&gt;" in texts(studio)[0]
    assert "<img" not in studio._headline.value + "".join(texts(studio))


def test_a_new_studio_closes_the_widgets_of_the_one_before():
    counts, keep = [], open_studio().keep
    for _ in range(3):
        studio = open_studio(num_candidates=3)
        counts.append(len(_instances))
    assert counts[0] == counts[1] == counts[2]
    keep(1)  # what is closed does no harm
    studio.keep_buttons[0].click()
    assert marks(studio) == ([1], [])


def test_figure_frames_the_kept_and_pales_the_discarded(studio):
    studio.keep(2)
    studio.breed()
    studio.discard(5)
    shown, figure = studio.state.shown, studio.figure()
    figure.canvas.draw()
    assert figure.get_suptitle().startswith("Generation 2, bred from 1: ")
    axes = figure.axes
    assert [axis.images[0].get_alpha() for axis in axes] == [1] * 4 + [0.25] + [1] * 7
    framed = [axis.spines["left"].get_visible() for axis in axes]
    assert framed == [True] + [False] * 11
    np.testing.assert_array_equal(
        axes[3].images[0].get_array(), shown.images[3, ..., 0]
    )
    assert f"score {shown.scores[0]:.3g}" in axes[0].get_title()


def test_clicks_from_many_threads_are_taken_one_by_one(studio, monkeypatch):
    mark = evolution.State.mark

    def mark_slowly(*arguments):
        threading.Event().wait(0.01)  # lets other threads run
        return mark(*arguments)

    monkeypatch.setattr(evolution.State, "mark", mark_slowly)
    threads = [threading.Thread(target=b.click) for b in studio.keep_buttons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks(studio) == (list(range(1, 13)), []) and len(studio._past) == 12
    assert all(" kept" in text for text in texts(studio))


# Export


def test_exported_designs_are_those_that_were_kept(studio, tmp_path):
    studio.keep(3)
    studio.breed()
    studio.keep(9)
    folder = tmp_path / "new" / "designs"
    studio.folder.value = str(folder)
    studio.export_button.click()
    assert f"8 files are in {folder}" in studio.message.value
    shown = studio.state.shown
    for k, row in ((1, 0), (2, 8)):
        design = export.read_design(folder / f"design_{k}.json")
        assert design.seed == 1 and design.brief == str(BRIEF)
        # Bit for bit the picture that was on the screen.
        np.testing.assert_array_equal(export.draw(DRAWING, design), shown.images[row])
        # 300 mm is the whole side.
        assert height_of(folder / f"design_{k}.svg") == pytest.approx(
            300 * shown.measured["height"][row], abs=0.01
        )


def height_of(path):
    """Of an outline in mm, without the two margins."""
    return float(re.search(r'height="([\d.]+)mm"', path.read_text())[1]) - 4


def test_what_cannot_be_made_is_left_out_with_a_reason(studio, tmp_path):
    studio.keep(2)
    written = studio.export(tmp_path, side_mm=15)  # a neck of 3 mm or less
    names = ["design_1.json", "design_1.svg", "sheet.png", "generator.keras"]
    assert [path.name for path in written] == names
    assert "design_1.stl was left out: A wall of 4 mm" in studio.message.value
    expected = 15 * studio.state.shown.measured["height"][1]
    assert height_of(tmp_path / "design_1.svg") == pytest.approx(expected, abs=0.01)
    assert studio.export(tmp_path / "sheet.png") == []
    assert "sheet.png was not written: File exists. Give a" in studio.message.value
    assert studio.export("a\0b") == []
    assert "holds a character that no name can hold" in studio.message.value


# Errors


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda studio: studio.keep(0), "candidate is 0; .*whole number, 1 to 12"),
        (lambda studio: studio.discard(13), "candidate is 13; .*whole number, 1 to 12"),
        (lambda studio: studio.go_to(2), "generation is 2; .*, 1 to 1"),
        (lambda studio: studio.lock("width"), "no gene 'width' to lock.*'belly'"),
    ],
)
def test_what_is_not_there_is_refused(studio, action, message):
    with pytest.raises(ValueError, match=message):
        action(studio)
    assert studio.state.number == 1 and not studio._past


def plain(num_classes=None, num_attributes=None):
    return networks.build_generator(4, (16, 16, 1), 2, num_classes, num_attributes)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"generator": plain()}, r"takes \['latents'\]; given .*'attributes'"),
        ({"generator": plain(5, 2)}, r"attributes have shape \(1, 3\); .* \(1, 2\)"),
        ({"generator": plain(4, 3)}, "labels go from 4 to 4; expected .* 0 to 3"),
        ({"brief": Brief({"weight": (1, 2)})}, "asks for 'weight'"),
        ({"measure": lambda images: {"height": np.ones(3)}}, r"height has .* \(3,\)"),
        ({"measure": lambda images: {}, "score": len}, r"height has .* \(\)"),
        ({"score": lambda measured: 0.5}, r"score has .* \(\); expected \(12,\)"),
        ({"seed": 0.5}, "seed is 0.5; expected a whole number, 0 or more"),
        ({"num_candidates": 1}, "num_candidates is 1; expected .* 2 or more"),
    ],
)
def test_what_does_not_fit_is_refused(other, message):
    with pytest.raises(ValueError, match=message):
        open_studio(**other)
