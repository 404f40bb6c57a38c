"""A session of design without a screen: who decides what, and what can be undone."""

import json
import re
import threading
from dataclasses import replace

import drawing
import numpy as np
import pytest
from drawing import RANGES, STYLES
from turned_shapes import scaled

from gan_tutorial import latent
from gan_tutorial.design import curve_gan, curves, evolution, provenance
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.session import Session

BRIEF = Brief({"height": (215, None), "style": ["round", "flared"]}, {"style": STYLES})
GENERATOR = drawing.build()


def begin(**other):
    given = {"generator": GENERATOR, "ranges": RANGES, "styles": STYLES}
    return Session(**(given | {"brief": BRIEF, "num_candidates": 6} | other))


@pytest.fixture
def session():
    return begin()


def genes(session):
    """Of all designs that are shown, without their latents: style, then measures."""
    names = ("style", *RANGES)
    shown = session.state.shown.designs
    return np.array([[design.genes[name] for name in names] for design in shown])


def facts(session):
    """All that an action may change, as plain values."""
    state = session.state
    shown = [[*state.design.genes["latents"]], genes(session).tolist()]
    design = {n: v for n, v in state.design.genes.items() if n != "latents"}
    places = {place: id(it) for place, it in state.compared.items()}
    marks = [dict(generation.marks) for generation in state.generations]
    return [*shown, design, sorted(state.design.yours), places, marks] + [
        *(state.number, state.drawing, state.glaze, state.num_draws)
    ]


def test_the_first_designs_follow_from_the_seed(session):
    designs = session.state.shown.designs
    latents = np.stack([design.genes["latents"] for design in designs])
    np.testing.assert_array_equal(latents, latent.sample_latents(6, 8, seed=1))
    assert session.state.design is designs[0]
    np.testing.assert_array_equal(genes(begin()), genes(session))
    assert not (genes(begin(seed=2)) == genes(session)).all(axis=1).any()


def test_a_design_is_what_the_generator_makes_of_its_genes(session):
    for design in session.state.shown.designs:
        scaled = [
            # From the middle of the range, in widths of it, times 12 ** 0.5 * 2 / 2:
            # its ends are then at 3.46.
            (design.genes[name] - sum(ends) / 2) / (ends[1] - ends[0]) * 48**0.5
            for name, ends in RANGES.items()
        ]
        given = design.genes["latents"], [design.genes["style"]], scaled
        given = [np.atleast_2d(given[0]), np.array(given[1]), np.array([given[2]])]
        points = curve_gan.to_points(GENERATOR(given))[0]
        np.testing.assert_allclose(design.outline.points, points, rtol=1e-6)
        for name in RANGES:
            assert design.genes[name] == round(design.genes[name])
            assert design.measured[name] == pytest.approx(design.genes[name], abs=0.01)


def test_the_brief_is_held_against_what_was_made_and_not_what_was_asked():
    # A generator that makes all 10 mm lower than asked, for this measure at least.
    def measure(outline):
        measured = curves.measure(outline)
        return measured | {"height": measured["height"] - 10}

    session = begin(measure=measure)
    session.ask("style", "round")
    session.ask("height", 220)
    assert session.state.design.fails == ("height",)
    assert session.state.design.verdict == "fails: height"
    session.ask("height", 226)
    assert session.state.design.verdict == "meets the brief"
    session.ask("style", "plain")
    assert session.state.design.fails == ("style",)
    assert begin(brief=None).state.design.fails is None


# Who decided


def test_what_is_asked_is_the_designers_and_stays_by_chance(session):
    first = session.state.design
    session.ask("neck", 41.4)
    session.ask("style", "flared")
    asked = session.state.design
    assert asked.yours == {"neck", "style"}
    assert [asked.decided(name) for name in ("neck", "height")] == [
        *("yours", "the model's")
    ]
    assert asked.measured["neck"] == pytest.approx(41, abs=0.01)
    np.testing.assert_array_equal(asked.genes["latents"], first.genes["latents"])
    assert asked.genes["height"] == first.genes["height"]
    assert asked.origin == "drawn by chance, then changed"
    heights = set()
    for _ in range(3):
        session.chance()
        design = session.state.design
        assert (design.genes["neck"], design.genes["style"]) == (41, 2)
        assert design.yours == {"neck", "style"} and design.origin == "drawn by chance"
        assert not np.isin(design.genes["latents"], first.genes["latents"]).any()
        heights.add(design.genes["height"])
    assert len(heights) > 1
    session.lock("neck")  # back to the model
    session.chance()
    assert session.state.design.yours == {"style"}
    assert session.state.design.genes["neck"] != 41


def test_locks_hold_for_children_and_belong_to_the_open_design(session):
    session.open(4)
    session.lock("belly")
    locked = session.state.design.genes["belly"]
    for number in (2, 5):
        session.keep(number)
    kept = session.kept()
    session.breed(1.0)
    shown = session.state.shown
    assert list(shown.designs[:2]) == kept
    assert [design.yours for design in kept] == [frozenset()] * 2
    assert {design.genes["belly"] for design in shown.designs[2:]} == {locked}
    assert len({design.genes["height"] for design in shown.designs[2:]}) > 1
    assert all(design.yours == {"belly"} for design in shown.designs[2:])
    assert shown.designs[3].origin == "bred in generation 2"
    session.open(1)  # nobody decided anything about this one
    session.breed(1.0)
    assert len({d.genes["belly"] for d in session.state.shown.designs[2:]}) > 1


@pytest.mark.parametrize(
    ("kept", "discarded", "parents"),
    [((2, 5), (1,), {2, 5}), ((), (1, 2), {3, 4, 5, 6})],
)
def test_children_descend_from_the_right_parents(kept, discarded, parents):
    # With a name for each design in the place of a latent, and next to no mutation.
    session = begin()
    for number, design in enumerate(session.state.shown.designs, 1):
        design.genes["latents"][0] = 10 * number
    for number in kept:
        session.keep(number)
    for number in discarded:
        session.discard(number)
    names = []
    for _ in range(4):
        session.go_to(1)
        session.breed(0.05)
        children = session.state.shown.designs[len(kept) :]
        names += [round(design.genes["latents"][0] / 10) for design in children]
    assert set(names) == parents


# The drawing


def test_a_drawing_begins_with_the_open_design_and_passes_through_its_widths(session):
    session.open(3)
    session.trace()
    design, drawn = session.state.design, session.state.drawn
    heights = np.linspace(0, design.measured["height"], 8)
    widths = 2 * design.outline.radii(heights)
    np.testing.assert_allclose(session.state.drawing, widths, atol=0.5)
    assert (np.array(session.state.drawing) % 1 == 0).all()
    session.draw(2, 131.0)
    drawn = session.state.drawn
    assert 2 * drawn.radii(2 / 7 * drawn.height_mm) == pytest.approx(131, abs=1e-6)
    assert drawn.height_mm == design.measured["height"]
    assert session.state.design is design


def test_how_far_a_design_is_off_is_measured_at_equal_shares_of_the_height(session):
    for level in range(8):
        session.draw(level, 100)
    outline = session.state.design.outline
    heights = np.arange(81) / 80 * outline.points[-1, 1]
    gaps = [abs(radius - 50) for radius in outline.radii(heights)]
    assert session.off() == pytest.approx((sum(gaps) / 81, max(gaps)), abs=1e-6)


def test_the_nearest_design_is_found_and_keeps_what_is_the_designers(session):
    session.ask("height", 240)
    session.ask("belly", 190)
    session.ask("neck", 44)
    session.ask("style", "flared")
    wanted = session.state.design
    session.trace()
    session.chance()  # all of it was the designer's
    for name in ("belly", "neck", "style"):
        session.lock(name)
    session.chance()
    session.lock("height")  # nothing is: but the drawing has a height
    before = session.off()[0]
    session.nearest()
    found = session.state.design
    after = session.off()[0]
    assert after < min(2.5, before / 3)  # the drawing has eight widths and no more
    assert found.genes["height"] == 240 and found.yours == frozenset()
    assert found.genes["style"] == wanted.genes["style"]
    assert found.genes["belly"] == pytest.approx(190, abs=8)
    assert found.origin.endswith("mm off in the mean")
    assert f"{session.state.drawing[0]:g}, " in found.origin
    session.ask("belly", 130)
    session.nearest()
    assert session.state.design.genes["belly"] == 130
    assert session.off()[0] > after
    session.undo()
    session.undo()
    assert session.state.design is found


# Undo


def test_all_actions_can_be_undone_and_done_again(session):
    actions = [
        lambda: session.ask("height", 200),
        lambda: session.ask("style", "round"),
        lambda: session.lock("neck"),
        session.chance,
        lambda: session.open(3),
        lambda: session.compare("A"),
        lambda: session.draw(4, 90),
        session.nearest,
        session.trace,
        lambda: session.paint("cobalt"),
        lambda: session.keep(2),
        lambda: session.discard(1),
        session.breed,
        lambda: session.go_to(1),
        session.breed,
    ]
    states, seen = [session.state], [facts(session)]
    for act in actions:
        act()
        assert facts(session) != seen[-1] and session.message == ""
        states.append(session.state)
        seen.append(facts(session))
    for state in states[-2::-1]:
        session.undo()
        assert session.state is state
    session.undo()
    assert session.message == "There is nothing to undo."
    assert session.state is states[0]
    for act in actions:
        act()
    assert [*facts(session)[:4], *facts(session)[5:]] == [*seen[-1][:4], *seen[-1][5:]]


def test_moves_of_one_slider_are_undone_together(session):
    first = session.state
    for height in (200, 201, 202):
        session.ask("height", height)
    session.ask("neck", 50)
    for width in (60, 61):
        session.draw(3, width)
    session.draw(4, 70)
    found = []
    for _ in range(4):
        session.undo()
        design = session.state.design
        found.append((design.genes["height"], design.genes["neck"]))
    assert session.state is first
    assert [pair[0] for pair in found] == [202, 202, 202, first.design.genes["height"]]
    assert found[1][1] == 50 != found[2][1]
    session.ask("height", 200)
    session.undo()
    session.ask("height", 201)  # another move, after an undo
    session.undo()
    assert session.state is first


def test_an_old_generation_comes_back_and_a_new_one_is_appended(session):
    session.keep(4)
    session.breed()
    session.breed()
    third = session.state.shown
    session.go_to(1)
    assert session.state.shown.marks == {4: "kept"}
    past = len(session._past)
    session.go_to(1)  # already there: nothing that could be undone
    assert len(session._past) == past
    session.breed()
    assert [generation.parent for generation in session.state.generations] == [
        *(None, 1, 2, 1)
    ]
    assert session.state.number == 4 and session.state.generations[2] is third
    assert session.state.shown.marks == {1: "kept"}
    assert not np.array_equal(genes(session)[1:], genes(begin())[1:])


def test_marks_exclude_each_other_and_come_off(session):
    session.keep(3)
    session.discard(3)
    session.keep(5)
    assert session.state.shown.marks == {3: "discarded", 5: "kept"}
    assert session.kept() == [session.state.shown.designs[4]]
    session.keep(5)
    assert session.state.shown.marks == {3: "discarded"}


@pytest.mark.parametrize("mark", ["keep", "discard"])
def test_without_parents_or_room_nothing_is_bred(session, mark):
    for number in range(1, 7):
        getattr(session, mark)(number)
    state = session.state
    session.breed()
    assert "children need parents, and room" in session.message
    assert session.state is state
    session.keep(1)
    assert session.message == ""


def test_actions_from_many_threads_are_taken_one_by_one(session, monkeypatch):
    look = evolution.Generation.mark

    def look_slowly(*arguments):
        threading.Event().wait(0.01)  # lets other threads run
        return look(*arguments)

    monkeypatch.setattr(evolution.Generation, "mark", look_slowly)
    session.on_change = lambda: session.state.shown.find("kept")
    threads = [threading.Thread(target=session.keep, args=[n]) for n in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session.kept()) == 6 and len(session._past) == 6


# Export


def test_files_say_what_the_designer_decided_and_draw_the_design_again(
    session, tmp_path
):
    session.ask("neck", 60)
    session.lock("style")
    session.paint("honey")
    design = session.state.design
    place = session.export(tmp_path / "new", [design])
    assert place.parent == tmp_path / "new"
    assert session.message == f"{len(list(place.iterdir()))} files are in {place}."
    (path,) = place.glob("*.json")
    read = json.loads(path.read_text("utf-8"))
    said = read["recipe"]
    assert said["designer_decided"] == ["style", "neck"]
    assert said["model_decided"] == ["outline", "height", "belly"]
    assert said["asked"]["style"] == STYLES[design.genes["style"]]
    assert said["asked"]["neck"] == 60 and said["seed"] == 1
    assert said["origin"] == "drawn by chance, then changed"
    assert read["brief"] == str(BRIEF) and read["glaze"] == "honey"
    assert read["wishes"] == {name: name not in design.fails for name in read["wishes"]}
    given = [said["latents"]], said["conditions"]["labels"]
    given = *given, [said["conditions"]["attributes"]]
    given = [np.array(values, kind) for values, kind in zip(given, "fif", strict=True)]
    points = curve_gan.to_points(GENERATOR([given[0], given[1][None], given[2]]))[0]
    np.testing.assert_allclose(read["outline"]["points"], points, rtol=1e-5)
    again = provenance.Provenance(**said)
    drawn = provenance.draw(GENERATOR, again)
    assert drawn.dtype == np.float32 and drawn.shape == (curves.NUM_POINTS + 1,)
    points = curve_gan.to_points(drawn[None])[0]
    np.testing.assert_allclose(read["outline"]["points"], points, rtol=1e-6)
    with pytest.raises(ValueError, match="from another model"):
        provenance.draw(curve_gan.build_generator(8, 3, 3), again)


def test_what_cannot_be_written_is_said_in_a_sentence(session, tmp_path):
    design = [session.state.design]
    assert session.export(tmp_path, session.kept()) is None
    assert "Nothing is kept" in session.message
    for name in ("  ", "a\0b"):
        assert session.export(name, design) is None
        assert "no name of a folder" in session.message
    file = tmp_path / "file"
    file.write_text("mine")
    assert session.export(file, design) is None
    assert session.message.startswith("Nothing was exported: ")
    assert file.read_text() == "mine" and list(tmp_path.iterdir()) == [file]
    small = replace(design[0], outline=scaled(design[0].outline, 0.05))
    assert session.export(tmp_path, [small]) is None  # two walls fill its neck
    assert re.search("exported: Design 1 of 1, .* wall of 4 mm", session.message)
    assert list(tmp_path.iterdir()) == [file]


# Errors


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda s: s.keep(0), "design is 0; .*whole number, 1 to 6"),
        (lambda s: s.discard(7), "design is 7; .*whole number, 1 to 6"),
        (lambda s: s.open(7), "design is 7; .*whole number, 1 to 6"),
        (lambda s: s.go_to(2), "generation is 2; .*, 1 to 1"),
        (lambda s: s.lock("width"), "no gene 'width'; .*'belly'"),
        (lambda s: s.ask("width", 3), "no gene 'width'; .*'belly'"),
        (lambda s: s.ask("neck", 29), "neck is 29; expected a number, 29.5 to 72.5"),
        (lambda s: s.ask("style", 1), "no style 1; expected one of .*'round'"),
        (lambda s: s.draw(8, 3), "level is 8; .*, 0 to 7"),
        (lambda s: s.draw(1, 0), "width is 0; expected a number, 1, or more"),
        (lambda s: s.compare("C"), "place is 'C'; expected 'A' or 'B'"),
        (lambda s: s.paint("gold"), "no glaze 'gold'; expected one of .*celadon"),
        (lambda s: s.breed(0), "mutation is 0; expected a number, 0.01 to 1"),
    ],
)
def test_what_is_not_there_is_refused(session, action, message):
    state = session.state
    with pytest.raises(ValueError, match=message):
        action(session)
    assert session.state is state and not session._past


def test_where_a_measure_fails_nothing_changes_and_the_message_says_so():
    def measure(outline):
        if outline.height_mm > 259:
            raise ValueError("The kiln is too low.")
        return curves.measure(outline)

    session, told = begin(measure=measure), []
    session.on_change = lambda: told.append(session.message)
    before = session.state
    session.ask("height", 260)
    assert session.state is before and not session._past
    assert "measure stopped with ValueError: The kiln is too low. Let it" in told[-1]
    session.ask("height", 250)
    assert session.state.design.measured["height"] == pytest.approx(250, abs=0.01)
    assert told[-1] == ""


def test_what_cannot_be_measured_meets_no_brief():
    def measure(outline):
        return curves.measure(outline) | {"capacity": np.nan}

    session = begin(measure=measure, brief=Brief({"capacity": (0, None)}))
    assert session.state.design.fails == ("capacity",)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"generator": curve_gan.build_generator()}, r"takes \['latents'\]; .*labels"),
        (
            {"generator": curve_gan.build_generator(8, 3, 2)},
            r"attributes have shape \(1, 3\); .* \(1, 2\)",
        ),
        (
            {"generator": curve_gan.build_generator(8, 2, 3)},
            "labels go from 2 to 2; expected .* 0 to 1",
        ),
        ({"ranges": {"belly": (1, 2)}}, r"hold \['belly'\]; expected height too"),
        (
            {"ranges": {name: RANGES[name] for name in ("belly", "height", "neck")}},
            "the order belly, height, neck; expected height, belly, neck",
        ),
        ({"ranges": RANGES | {"neck": (72, 30)}}, "neck goes from 72 to 30; .* lower"),
        (
            {"measure": lambda outline: 1 / 0},
            "stopped with ZeroDivisionError: division by zero.* give NaN",
        ),
        (
            {"measure": lambda outline: {"height": 200.0, "weight": 1.0}},
            "measure gives height, weight; expected height, belly, neck among them",
        ),
        ({"brief": Brief({"weight": (1, 2)})}, "asks for 'weight'"),
        ({"seed": 0.5}, "seed is 0.5; expected a whole number, 0 or more"),
        ({"num_candidates": 1}, "num_candidates is 1; expected .* 2 or more"),
    ],
)
def test_what_does_not_fit_is_refused(other, message):
    with pytest.raises(ValueError, match=message):
        begin(**other)
