"""Breeding and the design studio without a browser."""

import errno
import io
import json
import re
import statistics
import threading
import time

import keras
import numpy as np
import pytest
from keras import Input, Model, ops
from PIL import Image

from gan_tutorial import breeding, data, export, latent, networks
from gan_tutorial.breeding import make_children
from gan_tutorial.briefs import Brief
from gan_tutorial.interactive import studio as studio_module
from gan_tutorial.interactive.pictures import to_png
from gan_tutorial.interactive.studio import Studio
from gan_tutorial.synthetic import vases

RANGES = {name: vases.RANGES[name] for name in ("height", "belly", "neck")}
BRIEF = Brief(
    {"height": (0.72, None), "style": ["round", "bottle"]}, {"style": vases.STYLES}
)


def build_drawing():
    """A generator without weights: it draws, by formula, the vase that is asked for."""
    latents = Input((8,), name="latents")
    labels = Input((), dtype="int32", name="labels")
    attributes = Input((3,), name="attributes")
    ends = {name: np.array(ends) for name, ends in RANGES.items()}
    low, high = np.stack(list(ends.values()), axis=1).astype("float32")
    first, last = data.scale_attributes(ends, RANGES)
    asked = (attributes - first) / (last - first) * (high - low) + low
    height, belly, neck = (asked[:, i, None, None] for i in range(3))
    side = (np.arange(64, dtype="float32") + 0.5) / 64
    t = ops.divide(60 / 64 - side[:, None], height)  # 0 at the foot, 1 at the lip
    bend = 0.7 + 0.1 * latents[:, :1, None] ** 2
    bend = bend + 0.05 * ops.cast(labels, "float32")[:, None, None]
    radius = neck / 2 + (belly - neck) / 2 * ops.sin(np.pi * ops.clip(t, 0, 1) ** bend)
    shape = ops.sigmoid(150 * (radius - np.abs(side - 0.5)))
    shape = shape * ops.sigmoid(300 * t) * ops.sigmoid(300 * (1 - t))
    return Model([latents, labels, attributes], (1.8 * shape - 1)[..., None])


DRAWING = build_drawing()


def open_studio(seed=1, num_candidates=12, **other):
    given = {
        "generator": DRAWING,
        "measure": vases.measure,
        "score": lambda measured: measured["belly"] - measured["neck"],
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
    return sorted(shown.kept), sorted(shown.discarded)


def genes(studio):
    shown = studio.state.shown.genes
    return np.column_stack([shown["latents"], shown["style"], *map(shown.get, RANGES)])


def texts(studio):
    return [widget.value for widget in studio._texts]


# The genes


def test_first_generation_is_drawn_from_the_seed(studio):
    shown = studio.state.shown
    np.testing.assert_array_equal(
        shown.genes["latents"], latent.sample_latents(12, 8, seed=1)
    )
    # What was asked is what the formula drew, and what is read back.
    for name in RANGES:
        asked = shown.genes[name]
        low, high = RANGES[name]
        assert low <= asked.min() < asked.max() <= high
    np.testing.assert_allclose(
        shown.measured["height"], shown.genes["height"], atol=0.005
    )
    np.testing.assert_array_equal(genes(open_studio(seed=1)), genes(studio))
    assert not np.isin(genes(open_studio(seed=2)), genes(studio)).all()


def test_first_generation_covers_all_styles_and_ranges_evenly():
    drawn = breeding.draw_genes(5000, 2, {"a": (2.0, 4.0)}, 5, seed=3)
    counts = np.bincount(drawn["style"], minlength=5)
    assert counts.min() > 900 and counts.sum() == 5000
    quarters = np.histogram(drawn["a"], 4, (2, 4))[0]
    assert quarters.min() > 1150 and quarters.sum() == 5000


def parents_of(num, latent_dim=3, seed=5):
    rng = np.random.default_rng(seed)
    return {
        "latents": rng.standard_normal((num, latent_dim)).astype("float32"),
        "style": rng.integers(0, 4, num),
        "a": rng.uniform(0, 1, num),
        "b": rng.uniform(-3, 5, num),
    }


WIDE = {"a": (0.0, 1.0), "b": (-3.0, 5.0)}


def test_without_mutation_all_comes_from_the_parents():
    parents = parents_of(2)
    children = make_children(parents, 4000, 0.0, WIDE, 4, np.random.default_rng(0))
    mother, father = parents["latents"]
    is_mother = children["latents"] == mother
    assert (is_mother | (children["latents"] == father)).all()
    assert set(children["style"]) <= set(parents["style"])
    # A number is the mother's if both parents are (1/4), or if they differ (1/2) and
    # it fell to her (1/2): half. Three numbers of one child are all hers in 1/4 +
    # 1/2 * 1/8 of the cases.
    np.testing.assert_allclose(is_mother.mean(axis=0), 0.5, atol=0.03)
    assert is_mother.all(axis=1).mean() == pytest.approx(0.3125, abs=0.03)
    for name in WIDE:
        low, high = sorted(parents[name])
        assert low <= children[name].min() and children[name].max() <= high
        # Both ends from one parent twice (1/4 each), and evenly between.
        middle = (low + high) / 2
        assert children[name].mean() == pytest.approx(middle, abs=0.02 * (high - low))
        within = (children[name] > low + 1e-9) & (children[name] < high - 1e-9)
        assert within.mean() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("mutation", [0.05, 0.3, 0.7, 1.0])
def test_mutation_keeps_latents_normal_and_attributes_in_range(mutation):
    parents = parents_of(3000, latent_dim=4)
    children = make_children(parents, 9000, mutation, WIDE, 4, np.random.default_rng(1))
    latents = children["latents"]
    assert latents.dtype == np.float32
    np.testing.assert_allclose(latents.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose(latents.std(axis=0), 1, atol=0.04)
    for name, (low, high) in WIDE.items():
        assert low <= children[name].min() and children[name].max() <= high
        assert np.isin(children[name], (low, high)).mean() < 0.01  # not heaped there


def test_mutation_moves_children_by_hand_computed_amounts():
    parents = {
        "latents": np.full((1, 6), 2, "float32"),
        "style": np.array([2]),
        "a": np.array([0.5]),
        "b": np.array([1.0]),
    }
    children = make_children(parents, 8000, 0.6, WIDE, 4, np.random.default_rng(2))
    # sqrt(1 - 0.36) = 0.8: latents are 0.8 * 2, with a deviation of 0.6.
    assert children["latents"].mean() == pytest.approx(1.6, abs=0.02)
    assert children["latents"].std() == pytest.approx(0.6, abs=0.02)
    # 0.6 * 0.3 of the width, which is 1 and 8; few are reflected that far out.
    assert children["a"].std() == pytest.approx(0.18, rel=0.05)
    assert children["b"].std() == pytest.approx(1.44, rel=0.05)
    # Another style in 30 % of the cases, each of the three as often.
    shares = np.bincount(children["style"], minlength=4) / 8000
    np.testing.assert_allclose(shares, [0.1, 0.1, 0.7, 0.1], atol=0.02)


def test_ends_of_a_range_reflect():
    parents = parents_of(1) | {"a": np.array([0.98])}
    children = make_children(parents, 4000, 0.2, WIDE, 4, np.random.default_rng(3))
    steps = np.random.default_rng(7).standard_normal(100_000) * 0.06
    folded = [0.98 + s if 0.98 + s <= 1 else 2 - 0.98 - s for s in steps]
    assert children["a"].mean() == pytest.approx(np.mean(folded), abs=0.003)
    assert children["a"].max() <= 1


def test_one_style_only_stays():
    parents = parents_of(2) | {"style": np.zeros(2, int)}
    children = make_children(parents, 50, 1.0, WIDE, 1, np.random.default_rng(4))
    assert not children["style"].any()


# The session


def test_marks_toggle_and_exclude_each_other(studio):
    studio.keep(3)
    studio.discard(5)
    assert marks(studio) == ([3], [5])
    studio.keep(5)
    studio.discard(3)
    assert marks(studio) == ([5], [3])
    studio.keep(5)
    studio.discard(3)
    assert marks(studio) == ([], [])


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
    [((4, 9), (1,), (4, 9)), ((), (1, 2), range(3, 13)), ((), (), range(1, 13))],
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
    for _ in range(6):
        studio.go_to(1)
        studio.breed()
    bred = studio.state.generations[1:]
    names = [g.genes["latents"][len(kept) :, 0] for g in bred]
    found = set(np.rint(np.concatenate(names) / 10).astype(int))
    assert found <= set(parents) and len(found) > len(set(parents)) / 2


def test_same_seed_and_same_actions_give_the_same_candidates():
    def session(studio):
        studio.keep(2)
        studio.lock("belly")
        studio.breed()
        studio.mutation.value = 0.8
        studio.keep(6)
        studio.breed()
        studio.go_to(2)
        studio.breed()
        return genes(studio), studio.state.shown.images

    first, again = session(open_studio()), session(open_studio())
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(session(open_studio(seed=9))[0], first[0])
    # The seed counts for the children of the same parents, too.
    state = open_studio().state
    bred = [breeding.next_genes(state, 0.3, RANGES, 5, seed) for seed in (1, 2)]
    assert not np.isin(bred[0]["height"], bred[1]["height"]).any()


@pytest.mark.parametrize("name", ["style", *RANGES])
def test_a_lock_freezes_children_until_it_is_taken_off(studio, name):
    studio.mutation.value = 1
    for number in (8, 5):
        studio.keep(number)
    value = studio.state.shown.genes[name][4]
    studio.lock(name)
    shown = vases.STYLES[value] if name == "style" else f"{value:.2f}"
    assert f"{name} locked at {shown}" in studio._locked.value
    assert studio.lock_buttons[name].description == f"Unlock {name}"
    for _ in range(2):
        studio.breed()
        children = studio.state.shown.genes[name][2:]
        np.testing.assert_array_equal(children, np.full(10, value))
    others = ({"style", *RANGES} - {name}).pop()
    assert len(set(studio.state.shown.genes[others][2:])) > 1
    studio.lock(name)
    studio.breed()
    assert len(set(studio.state.shown.genes[name][2:])) > 1
    assert "nothing is locked" in studio._locked.value


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
    assert "All are discarded" in studio.message.value and studio.state is state
    for number in range(1, 13):
        studio.keep(number)
    state = studio.state
    studio.breed()
    assert "no room for children" in studio.message.value and studio.state is state
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
    studio.discard(12)
    studio.go_to(2)  # already there: nothing that could be undone
    studio.go_to(1)
    assert marks(studio) == ([4], [])
    assert "Generation 1:" in studio._headline.value
    studio.go_to(2)
    assert marks(studio) == ([1], [12])
    studio.breed()
    assert "Generation 4, bred from 2:" in studio._headline.value
    assert [name for name, _ in studio.generation.options] == [
        *("1", "2, bred from 1", "3, bred from 2", "4, bred from 2")
    ]
    assert studio.state.generations[2] is third
    assert not np.array_equal(studio.state.shown.images[1:], third.images[1:])
    for _ in range(4):
        studio.undo()
    assert studio.state.number == 2 and marks(studio) == ([1], [])


def test_choices_pair_kept_with_discarded_of_one_generation(studio):
    for side in studio.choices():
        assert {name: len(values) for name, values in side.items()} == dict.fromkeys(
            studio.state.shown.measured, 0
        )
    pairs = []

    def mark(kept, discarded):
        for number in kept:
            studio.keep(number)
        for number in discarded:
            studio.discard(number)
        heights = studio.state.shown.measured["height"]
        for k in sorted(studio.state.shown.kept):
            for d in discarded:
                pairs.append((heights[k - 1], heights[d - 1]))

    mark((2, 6), (3, 9, 10))
    studio.breed()
    mark((8,), (4, 12))
    studio.go_to(1)
    preferred, rejected = studio.choices()
    assert len(pairs) == 6 + 6
    found = zip(preferred["height"], rejected["height"], strict=True)
    assert sorted(found) == sorted(pairs)
    assert (
        preferred["style"].dtype
        == vases.measure(studio.state.shown.images)["style"].dtype
    )


# The screen


def test_buttons_do_what_the_methods_do(studio):
    studio.keep_buttons[2].click()
    studio.discard_buttons[4].click()
    assert marks(studio) == ([3], [5])
    studio.lock_buttons["neck"].click()
    assert list(studio.state.locks) == ["neck"]
    studio.breed_button.click()
    assert studio.state.number == 2 and marks(studio) == ([1], [])
    studio.generation.value = 1
    assert studio.state.number == 1 and marks(studio) == ([3], [5])
    studio.undo_button.click()
    assert studio.state.number == 2 == studio.generation.value


def test_a_double_click_breeds_once(studio, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(studio_module.time, "monotonic", lambda: now[0])
    for seconds, generations in ((0, 2), (0.2, 2), (0.2, 3), (5, 4)):
        now[0] += seconds
        studio.breed_button.click()
        assert len(studio.state.generations) == generations


def test_breed_right_after_going_back_is_no_double_click(studio, monkeypatch):
    monkeypatch.setattr(studio_module.time, "monotonic", lambda: 100.0)
    studio.breed_button.click()
    studio.generation.value = 1
    studio.breed_button.click()
    assert studio.state.number == 3 and studio.state.shown.parent == 1


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
    assert "height at least 0.72; style round or bottle" in studio._headline.value
    pictures = [picture.value for picture in studio._pictures]
    assert ["opacity: 0.25" in picture for picture in pictures] == [False, False, True]
    assert ["#0072B2" in picture for picture in pictures] == [True, False, False]
    names = [button.description for button in studio.discard_buttons]
    assert names == ["Discard 1", "Discard 2", "Discard 3"]
    assert 'alt="Candidate 2"' in pictures[1]


def test_names_cannot_bring_code_into_the_page():
    brief = Brief({"<img src=x>": (0, 1), "height": (2, None)})
    studio = open_studio(
        brief=brief,
        measure=lambda images: (
            vases.measure(images) | {"<img src=x>": np.full(len(images), 5.0)}
        ),
    )
    assert "fails: &lt;img src=x&gt;" in texts(studio)[0]
    assert "<img" not in studio._headline.value + "".join(texts(studio))


def test_png_repeats_pixels():
    image = np.arange(24, dtype=np.uint8).reshape(4, 6, 1) * 10
    for picture in (image, np.repeat(image, 3, axis=2)):
        png = np.asarray(Image.open(io.BytesIO(to_png(picture, 18))))
        np.testing.assert_array_equal(
            png, picture.squeeze().repeat(3, axis=0).repeat(3, axis=1)
        )


def test_figure_frames_the_kept_and_pales_the_discarded(studio):
    studio.keep(2)
    studio.breed()
    studio.discard(5)
    shown, figure = studio.state.shown, studio.figure()
    figure.canvas.draw()
    passing = sum(
        height >= 0.72 and style in (0, 1)
        for height, style in zip(
            shown.measured["height"], shown.measured["style"], strict=True
        )
    )
    assert figure.get_suptitle() == (
        f"Generation 2, bred from 1: {passing} of 12 meet the brief"
    )
    axes = figure.axes
    assert [axis.images[0].get_alpha() for axis in axes] == [1] * 4 + [0.25] + [1] * 7
    framed = [axis.spines["left"].get_visible() for axis in axes]
    assert framed == [True] + [False] * 11
    np.testing.assert_array_equal(
        axes[3].images[0].get_array(), shown.images[3, ..., 0]
    )
    assert f"score {shown.scores[0]:.3g}" in axes[0].get_title()
    verdicts = {axis.get_xlabel().replace("\n", " ") for axis in axes}
    assert verdicts <= {
        "meets the brief",
        "fails: height",
        "fails: style",
        "fails: height, style",
    }


def test_clicks_from_many_threads_are_taken_one_by_one(studio, monkeypatch):
    keep = breeding.State.keep

    def keep_slowly(state, number):
        threading.Event().wait(0.01)  # lets other threads run
        return keep(state, number)

    monkeypatch.setattr(breeding.State, "keep", keep_slowly)
    threads = [threading.Thread(target=b.click) for b in studio.keep_buttons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks(studio) == (list(range(1, 13)), []) and len(studio._past) == 12
    assert all(" kept" in text for text in texts(studio))


def test_breeding_answers_at_once():
    generator = networks.build_generator(8, (64, 64, 1), 8, 5, 3)
    studio, seconds = open_studio(generator=generator), []
    for _ in range(7):
        start = time.perf_counter()
        studio.breed()
        seconds.append(time.perf_counter() - start)
    assert statistics.median(seconds) < 0.5


# Export


def test_exported_designs_are_those_that_were_kept(studio, tmp_path):
    studio.keep(3)
    studio.breed()
    for number in (9, 5):
        studio.keep(number)
    studio.folder.value = str(tmp_path / "new" / "designs")
    studio.export_button.click()
    folder = tmp_path / "new" / "designs"
    names = [f"design_{k}.{kind}" for k in (1, 2, 3) for kind in ("json", "svg", "stl")]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*names, "sheet.png", "generator.keras"]
    )
    assert f"11 files are in {folder}" in studio.message.value
    shown = studio.state.shown
    for k, row in ((1, 0), (2, 4), (3, 8)):
        design = export.read_design(folder / f"design_{k}.json")
        assert design.seed == 1 and design.label == shown.genes["style"][row]
        assert design.scores == {"score": float(shown.scores[row])}
        assert design.brief == str(BRIEF)
        # Bit for bit the picture that was on the screen.
        np.testing.assert_array_equal(
            export.load_design(folder / f"design_{k}.json", DRAWING), shown.images[row]
        )
        # 300 mm is the whole side.
        content = (folder / f"design_{k}.stl").read_bytes()
        facets = np.frombuffer(content[84:], [("floats", "<f4", 12), ("unused", "<u2")])
        heights = facets["floats"][:, [5, 8, 11]]  # z of the corners
        assert np.ptp(heights) == pytest.approx(300 * shown.genes["height"][row], abs=2)
    assert [d.label for d in studio.designs()] == list(shown.genes["style"][[0, 4, 8]])
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.width > 600


def test_files_of_an_earlier_export_are_named(studio, tmp_path):
    for number in (1, 4):
        studio.keep(number)
    studio.export(tmp_path)
    assert "Older files" not in studio.message.value
    studio.keep(4)
    assert len(studio.export(tmp_path)) == 5
    older = "design_2.json, design_2.stl, design_2.svg"
    assert f"Older files stay there: {older}." in studio.message.value
    studio.keep(4)
    studio.export(tmp_path)
    assert "Older files" not in studio.message.value


def test_side_gives_the_size(studio, tmp_path):
    studio.keep(1)
    studio.export(tmp_path, side_mm=150)
    box = re.search(r'height="([\d.]+)mm"', (tmp_path / "design_1.svg").read_text())
    expected = 150 * studio.state.shown.measured["height"][0] + 4  # and two margins
    assert float(box[1]) == pytest.approx(expected, abs=0.01)


def test_what_cannot_be_made_is_left_out_with_a_reason(tmp_path):
    studio = open_studio(score=lambda measured: np.full(12, np.nan))
    studio.keep(2)
    written = studio.export(tmp_path, side_mm=15)  # a neck of 3 mm or less
    assert [path.name for path in written] == [
        "design_1.json",
        "design_1.svg",
        "sheet.png",
        "generator.keras",
    ]
    assert "design_1.stl was left out: A wall of 4 mm" in studio.message.value
    assert (
        json.loads((tmp_path / "design_1.json").read_text())["design"]["scores"] == {}
    )


def test_an_empty_picture_leaves_only_its_recipe(tmp_path):
    dark = keras.Sequential([keras.Input((64, 64, 1)), keras.layers.ReLU()])
    generator = Model(DRAWING.inputs, -1 - 0 * dark(DRAWING.output))
    studio = open_studio(generator=generator)
    assert "no score" in texts(studio)[0]
    studio.keep(1)
    written = [path.name for path in studio.export(tmp_path)]
    assert written == ["design_1.json", "sheet.png", "generator.keras"]
    for kind in ("svg", "stl"):
        assert f"design_1.{kind} was left out" in studio.message.value


def test_folders_that_cannot_be_written_get_a_message(studio, tmp_path, monkeypatch):
    studio.keep(1)
    (tmp_path / "file").write_text("in the way")
    assert studio.export(tmp_path / "file") == []
    assert "0 files are in" in studio.message.value
    assert "The export stopped: [Errno 17] File exists" in studio.message.value

    def fail(source, target):
        if str(target).endswith(".svg"):
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    replace = export.os.replace
    monkeypatch.setattr(export.os, "replace", fail)
    assert studio.export(tmp_path / "full") == []
    assert "No space left on device" in studio.message.value
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["design_1.json"]


# Errors


@pytest.mark.parametrize("number", [0, 13, -1, 1.0, True, "3", None])
def test_candidates_that_are_not_there_are_refused(studio, number):
    for act in (studio.keep, studio.discard):
        with pytest.raises(ValueError, match=r"expected a whole number, 1 to 12"):
            act(number)
    with pytest.raises(ValueError, match=r"generation is .*, 1 to 1"):
        studio.go_to(0 if number == 1.0 else number)
    assert studio.state.number == 1 and not studio._past


def test_unknown_genes_are_refused(studio):
    with pytest.raises(ValueError, match="no gene 'width' to lock.*'belly'"):
        studio.lock("width")


@pytest.mark.parametrize("side_mm", [0, -3, np.nan, np.inf, "300", None])
def test_sizes_that_make_no_sense_are_refused(studio, side_mm, tmp_path):
    studio.keep(1)
    with pytest.raises(ValueError, match="side_mm is .*expected a number above 0"):
        studio.export(tmp_path, side_mm)
    assert not list(tmp_path.iterdir())


def plain(num_classes=None, num_attributes=None):
    return networks.build_generator(4, (16, 16, 1), 2, num_classes, num_attributes)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"generator": plain()}, r"takes \['latents'\].*num_classes"),
        ({"generator": plain(5)}, "takes .*'labels'.*expected latents, labels and"),
        ({"generator": plain(5, 2)}, r"takes 2 attributes, but .*\['height', 'belly'"),
        ({"generator": plain(4, 3)}, "knows 4 classes, but styles has 5 names"),
        ({"ranges": RANGES | {"neck": (0.3, 0.1)}}, "range of neck is 0.3 to 0.1"),
        ({"ranges": RANGES | {"neck": (np.nan, 1)}}, "range of neck is nan to 1"),
        ({"ranges": {"style": (0, 1), "b": (0, 1), "c": (0, 1)}}, "none named 'style'"),
        ({"brief": Brief({"weight": (1, 2)})}, "asks for 'weight'"),
        (
            {"measure": lambda images: {"height": np.zeros(3)}},
            r"gives height of shape \(3,\); expected \(12,\)",
        ),
        (
            {"measure": lambda images: {"a": np.zeros(12)}},
            "expected 'height' among them",
        ),
        (
            {"score": lambda measured: 0.5},
            r"score gives numbers of shape \(\); expected \(12,\)",
        ),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 0.5}, "seed is 0.5; expected a whole number, 0 or more"),
        ({"num_candidates": 1}, "num_candidates is 1; expected .* 2 or more"),
        ({"num_candidates": "12"}, "num_candidates is '12'"),
    ],
)
def test_what_does_not_fit_is_refused(other, message):
    with pytest.raises(ValueError, match=message):
        open_studio(**other)
