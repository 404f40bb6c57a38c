"""Lesson 08: the evidence that vases obey, are sound and new; which search is best."""

import importlib.util
import json
import re
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest

from gan_tutorial import networks

ROOT = Path(__file__).parents[1]
CELLS = nbformat.read(
    ROOT / "notebooks/08_explore_product_appearances.ipynb", as_version=4
).cells
TEXT = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")


def _load_program():
    path = ROOT / "benchmarks/designs.py"
    spec = importlib.util.spec_from_file_location("designs", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


designs = _load_program()
RUNS = json.loads(designs.EVIDENCE.read_text())["runs"]
SEEDS = [run["seed"] for run in RUNS]


def test_the_evidence_covers_the_seeds_and_the_settings_of_the_lesson():
    assert SEEDS == [1, 2, 3] == list(designs.SEEDS)
    (parameters,) = (c for c in CELLS if "parameters" in c.metadata.get("tags", []))
    for name, value in {
        "num_vases": designs.NUM_VASES,
        "num_steps": designs.NUM_STEPS,
        "latent_dim": designs.LATENT_DIM,
        "r1_gamma": designs.R1_GAMMA,
    }.items():
        assert re.search(rf"^{name} = {value}\b", parameters.source, re.M), name


@pytest.mark.parametrize("run", RUNS, ids=SEEDS)
def test_the_generator_obeys_and_its_vases_are_sound_and_new(run):
    made, trained = run["made"], run["trained"]
    for name in designs.ASKED:
        assert made[name] >= 0.95 and trained[name] >= 0.95
        assert run["real"][name] > 0.999
        assert made[f"{name}_off"] < 0.6  # pixels
    assert made["style"] >= 0.95 and run["real"]["style"] == 1
    assert made["sound"] >= 0.95 and trained["sound"] >= 0.95
    assert made["one_piece"] > trained["one_piece"]
    assert made["near"] <= 0.02


@pytest.mark.parametrize("run", RUNS, ids=SEEDS)
def test_the_searches_end_in_the_order_that_the_lesson_gives(run):
    scores = run["search"]
    chance, evolution, gradient = (scores[name] for name in designs.SEARCHES)
    assert len(chance) == len(evolution) == len(gradient) == 5
    assert max(chance) < min(evolution) and np.mean(evolution) < np.mean(gradient)
    assert scores["real"] < min(evolution)
    assert scores["gradient_cpu_seconds"] < 5


def test_the_tables_of_the_lesson_are_those_of_the_evidence():
    for run in RUNS:
        for kind, key in (("as trained", "trained"), ("symmetric", "made")):
            figures = run[key]
            cells = [f"{figures[name]:.3f}" for name in designs.ASKED]
            shares = [figures[name] for name in ("style", "one_piece", "sound")]
            cells += [f"{100 * share:.1f} %" for share in shares]
            cells.append(f"{100 * figures['near']:.1f} %" if key == "made" else "")
            assert f"|{run['seed']}|{kind}|{'|'.join(cells)}|" in TEXT
        cells = [f"{run['search']['real']:.1f}"]
        for name in designs.SEARCHES:
            scores = run["search"][name]
            cells.append(f"{np.mean(scores):.1f} ± {np.std(scores, ddof=1):.1f}")
        assert f"|{run['seed']}|{'|'.join(cells)}|" in TEXT


def test_a_symmetric_generator_averages_with_the_mirror_image():
    plain = networks.build_generator(4, (16, 16, 1), 2, num_classes=2)
    symmetric = designs.make_symmetric(plain)
    latents = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    inputs = [latents, np.array([0, 1, 1])]
    before, after = plain(inputs).numpy(), symmetric(inputs).numpy()
    np.testing.assert_allclose(after[0, 5, 2], (before[0, 5, 2] + before[0, 5, 13]) / 2)
    np.testing.assert_array_equal(after, after[:, :, ::-1])
    assert isinstance(symmetric, keras.Model)
