"""The ring of eight: its measures, its training, and what its evidence claims."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from gan_tutorial import gan, losses, networks
from gan_tutorial.point_game import train_on_points
from gan_tutorial.synthetic import points

ROOT = Path(__file__).parents[1]


def _load(name):
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ring = _load("ring")


def _build(seed=0):
    keras.utils.set_random_seed(seed)
    model = gan.GAN(
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
        2,
        seed=seed,
    )
    model.compile(
        keras.optimizers.SGD(0.01),
        keras.optimizers.SGD(0.01),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
    )
    return model


def test_the_measures_by_hand():
    # Two modes of radius 2, at (2, 0) and (0, 2), and two points that belong nowhere.
    samples = np.array(
        [[2.0, 0.0], [2.0, 0.1], [2.0, -0.1], [0.0, 2.2], [0, 0], [1, 1]]
    )
    measured = ring.measure(samples)
    assert measured["modes"] == 2
    assert measured["good"] == pytest.approx(4 / 6, abs=1e-4)
    variance = np.var(samples[:, 0]) + np.var(samples[:, 1])
    assert measured["extent"] == pytest.approx(np.sqrt(variance), abs=1e-3)
    # The docstring's figures about the real points: 1 - exp(-3^2 / 2), and the radius.
    real = ring.measure(points.ring(200_000, 0))
    assert real["good"] == pytest.approx(1 - np.exp(-4.5), abs=0.001)
    assert real["extent"] == pytest.approx(np.sqrt(2**2 + 2 * 0.1**2), abs=0.01)
    assert real["modes"] == 8


def test_training_on_points_takes_the_steps_of_the_class():
    model, by_hand = _build(), _build()
    seen = train_on_points(
        model,
        points.ring,
        num_steps=3,
        batch_size=5,
        seed=7,
        looks=(0, 2, 3),
        look=lambda m: int(m.g_optimizer.iterations),
    )
    random = np.random.default_rng(7)
    for _ in range(3):
        by_hand.train_step(keras.ops.convert_to_tensor(points.ring(5, random)))
    assert seen == [0, 2, 3]
    pairs = zip(model.get_weights(), by_hand.get_weights(), strict=True)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in pairs)
    assert not np.allclose(model.get_weights()[0], _build().get_weights()[0])


def test_training_on_points_wants_a_step():
    with pytest.raises(ValueError, match="expected 1 or more"):
        train_on_points(_build(), points.ring, num_steps=0)


@pytest.mark.parametrize(
    ("recipe", "seed", "is_as_said"),
    [
        ("recommended", 4321, lambda row: row["modes"] == 8 and row["good"] >= 0.9),
        ("collapse", 4321, lambda row: row["modes"] <= 3),
    ],
)
def test_a_recipe_on_a_seed_of_which_nothing_is_stored(recipe, seed, is_as_said):
    command = [sys.executable, ROOT / "benchmarks/ring.py", "--recipe", recipe]
    output = subprocess.run(
        [*command, "--seed", str(seed)], capture_output=True, text=True, check=True
    ).stdout
    row = json.loads(output)
    assert (row["recipe"], row["seed"]) == (recipe, seed)
    assert is_as_said(row), row


def test_the_evidence_says_what_is_claimed():
    runs = json.loads(ring.EVIDENCE.read_text())["runs"]
    assert [(row["recipe"], row["seed"]) for row in runs] == [
        (recipe, seed) for recipe in ring.RECIPES for seed in ring.SEEDS
    ]
    half = len(runs) // 2
    assert all(row["modes"] == 8 and row["good"] >= 0.9 for row in runs[:half])
    assert all(row["modes"] <= 3 for row in runs[half:])
