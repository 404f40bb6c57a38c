"""Lesson 06: its figures, and the evidence that it repeats."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from gan_tutorial import metrics, plotting

ROOT = Path(__file__).parents[1]
LESSON = (ROOT / "notebooks/06_measure_the_samples.ipynb").read_text("utf-8")


def _load_program():
    path = ROOT / "benchmarks/measures.py"
    spec = importlib.util.spec_from_file_location("measures", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


measures = _load_program()
EVIDENCE = json.loads(measures.EVIDENCE.read_text())
RUNS = {(run["data"], run["seed"]): run for run in EVIDENCE["runs"]}
PRODUCTS = [RUNS["fashion_mnist", seed] for seed in (1, 2, 3)]


def _figures(run, names, key):
    return [run["sets"][name][key] for name in names]


def test_the_evidence_covers_both_data_sets_and_three_seeds():
    assert set(RUNS) == {(d, s) for d in ("fashion_mnist", "vases") for s in (1, 2, 3)}


@pytest.mark.parametrize("run", RUNS.values(), ids=map(str, RUNS))
def test_known_sets_are_ranked_as_lesson_06_says(run):
    quality = "real", "half broken", "all broken"
    variety = "real", "half the types", "one type"
    for key in ("frechet", "kernel"):
        for names in (quality, variety):
            first, second, third = _figures(run, names, key)
            assert first < second < third
        assert run["sets"]["all broken"][key] < run["sets"]["one type"][key]
    for names, key in (
        (quality, "precision"),
        (quality, "density"),
        (variety, "recall"),
        (variety, "coverage"),
    ):
        first, second, third = _figures(run, names, key)
        assert first > second > third
    # A bad fake lies in no ball, so coverage falls for it, too.
    first, second, third = _figures(run, quality, "coverage")
    assert first > second > third and third < 0.6
    # What the faults leave alone.
    assert min(_figures(run, quality, "recall")) > 0.8
    assert min(_figures(run, variety, "precision")) > 0.8


@pytest.mark.parametrize("run", RUNS.values(), ids=map(str, RUNS))
def test_copies_are_counted_as_lesson_06_says(run):
    copies = run["copies"]
    assert copies["all copied"] == 1 and 0.5 <= copies["half copied"] < 0.52
    assert copies["moved"] < 0.2 and copies["all broken"] == 0
    for snapshot in ("best", "last"):
        assert run[snapshot]["near_copies"] < 0.01


@pytest.mark.parametrize("run", RUNS.values(), ids=map(str, RUNS))
def test_small_sets_look_worse_to_the_frechet_distance(run):
    for pool in ("real", "best"):
        sizes = [run["sizes"][f"{pool} {number}"][0] for number in measures.SIZES]
        assert sizes[0] > sizes[2] > sizes[-1]


def test_lesson_06_repeats_the_evidence_about_early_stopping():
    for line in measures.stopping_table(EVIDENCE):
        assert line in LESSON
    for run in PRODUCTS:
        assert 0 < run["kept"] < 11
        assert run["g_loss"] == sorted(run["g_loss"])
        assert max(run["best"]["test"]) < min(run["last"]["test"])
        assert run["best"]["kernel"] < run["last"]["kernel"]
        for key in ("precision", "density", "coverage"):
            assert run["best"][key] < run["last"][key]
        assert min(run["best"]["class_shares"]) > min(run["last"]["class_shares"])
    assert PRODUCTS[0]["best"]["precision"] < 0.65


@pytest.mark.parametrize("run", RUNS.values(), ids=map(str, RUNS))
def test_the_report_uses_none_of_the_pictures_that_chose(run):
    # NumPy takes [seed, 0] for seed: a draw with it would repeat the choice.
    chosen = run["validation"][run["kept"]]
    assert chosen == min(run["validation"])
    assert chosen not in run["best"]["validation"]
    assert "for i in range(1, 11)]" in LESSON


def test_chance_in_the_real_pictures_moves_the_last_snapshot():
    last = PRODUCTS[0]["last"]
    ends = [
        2.26 * np.std(last[key], ddof=1) / np.sqrt(10) for key in ("validation", "test")
    ]
    difference = np.mean(last["validation"]) - np.mean(last["test"])
    assert difference > sum(ends)


def test_lesson_06_says_of_vases_what_was_measured():
    ratios = []
    for seed in (1, 2, 3):
        run = RUNS["vases", seed]
        ratios.append(np.mean(run["last"]["test"]) / np.mean(run["best"]["test"]))
    assert sorted(round(ratio, 2) for ratio in ratios)[:2] == [1.0, 1.01]
    assert max(ratios) > 1.2
    assert "the turn comes on one seed of three" in LESSON


def test_balls_show_the_precision_and_recall_of_the_metrics():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(40, 2))
    fakes = {"wide": rng.normal(0, 3, (30, 2)), "narrow": rng.normal(0, 0.2, (50, 2))}
    figure = plotting.plot_balls(real, fakes, k=2)
    figure.canvas.draw()
    titles = [axis.get_title() for axis in figure.axes]
    expected = []
    for name, fake in fakes.items():
        precision, recall = metrics.precision_recall(real, fake, k=2)
        expected += [
            f"{name}: precision {precision:.2f}",
            f"{name}: recall {recall:.2f}",
        ]
    assert titles == expected and len(set(titles)) == 4
    *balls, outline = figure.axes[0].patches
    crosses = figure.axes[0].lines[-1]
    assert len(balls) == 40
    assert outline.radius == max(ball.radius for ball in balls)
    outside = 1 - metrics.precision_recall(real, fakes["wide"], k=2)[0]
    assert len(crosses.get_xdata()) == round(30 * outside)
    assert plt.get_fignums() == []


def test_bars_have_the_heights_of_the_shares():
    shares = {"real": np.array([0.5, 0.3, 0.2]), "made": np.array([0.1, 0.9, 0.0])}
    figure = plotting.plot_shares(shares, ["bag", "coat", "shoe"])
    figure.canvas.draw()
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [0.5, 0.3, 0.2, 0.1, 0.9, 0.0]
    places = [bar.get_x() for bar in figure.axes[0].patches]
    assert len(set(np.round(places, 3))) == 6
    assert plt.get_fignums() == []
