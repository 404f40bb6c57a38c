"""The parts of lesson 07 against numbers worked out by hand and other formulas."""

import importlib
import json
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import gan, losses, networks, plotting, stabilise

ROOT = Path(__file__).parents[1]
LESSON = nbformat.read(ROOT / "notebooks/07_stabilise_training.ipynb", as_version=4)


def test_stddev_of_a_batch_by_hand():
    # First column: 1 and 5 differ from 3 by 2. Second column: no difference.
    examples = np.array([[1.0, 7.0], [5.0, 7.0]], "float32")
    outputs = stabilise.MinibatchStddev()(examples).numpy()
    np.testing.assert_allclose(outputs, [[1, 7, 1], [5, 7, 1]], atol=1e-3)


def test_stddev_of_equal_examples_has_a_gradient():
    examples = tf.ones((4, 3))
    with tf.GradientTape() as tape:
        tape.watch(examples)
        outputs = stabilise.MinibatchStddev()(examples)
    assert np.isfinite(tape.gradient(outputs, examples)).all()
    assert np.allclose(outputs[:, 3], 0, atol=1e-3)


def test_shifted_images_are_cut_from_a_frame():
    images = np.random.default_rng(0).uniform(-1, 1, (6, 8, 8, 2)).astype("float32")
    layer = stabilise.RandomShift(share=0.25, ground=-1.0, seed=1)
    shifted = layer(images, training=True).numpy()
    framed = np.full((6, 12, 12, 2), -1.0, "float32")
    framed[:, 2:10, 2:10] = images
    found = set()
    for image, frame in zip(shifted, framed, strict=True):
        places = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.array_equal(image, frame[i : i + 8, j : j + 8])
        ]
        assert len(places) == 1  # it is one of the 25 shifts, whole and unchanged
        found.add(places[0])
    assert len(found) > 1  # not all by the same way
    np.testing.assert_array_equal(layer(images, training=False), images)


def test_all_shifts_are_as_likely():
    dot = np.zeros((5000, 8, 8, 1), "float32")
    dot[:, 4, 4] = 1.0
    shifted = stabilise.RandomShift(share=0.125, ground=0.0, seed=0)(dot, training=True)
    shares = np.mean(shifted, axis=0)[..., 0]
    np.testing.assert_allclose(shares[3:6, 3:6], 1 / 9, atol=0.015)
    assert shares.sum() == pytest.approx(1, abs=1e-5)


def test_gradients_go_back_to_the_place_they_came_from():
    images = tf.zeros((1, 8, 8, 1))
    layer = stabilise.RandomShift(share=0.25, seed=3)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(layer(images, training=True))
    gradient = tape.gradient(total, images).numpy()[0, ..., 0]
    # What stays in the frame counts once, what was pushed out not at all: whole rows
    # and columns, two of each at the most.
    rows, columns = gradient.max(axis=1), gradient.max(axis=0)
    np.testing.assert_array_equal(gradient, np.outer(rows, columns))
    assert set(rows) | set(columns) <= {0.0, 1.0}
    assert rows.sum() >= 6 and columns.sum() >= 6


def test_spectral_norm_bounds_every_layer():
    network = networks.build_point_discriminator(2)
    network.set_weights([5 * weight for weight in network.get_weights()])
    before = [np.linalg.svd(w)[1][0] for w in network.get_weights()[::2]]
    bounded = stabilise.with_spectral_norm(network)
    points = np.random.default_rng(0).standard_normal((64, 2)).astype("float32")
    for _ in range(60):  # each call takes one step of the power iteration
        bounded(points, training=True)
    after = [np.linalg.svd(layer.layer.kernel)[1][0] for layer in bounded.layers[1:]]
    assert min(before) > 2
    np.testing.assert_allclose(after, 1, atol=0.05)
    squared = losses.squared_gradient_norms(bounded, tf.constant(points))
    assert np.sqrt(squared).max() <= 1.1


def test_spectral_norm_trains_in_a_gan():
    model = gan.GAN(
        networks.build_point_generator(2, 2),
        stabilise.with_spectral_norm(networks.build_point_discriminator(2)),
        2,
        seed=0,
    )
    model.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.hinge_generator_loss,
        losses.hinge_discriminator_loss,
    )
    before = model.discriminator.get_weights()
    model.train_step(tf.random.normal((8, 2)))
    after = model.discriminator.get_weights()
    assert any(not np.allclose(a, b) for a, b in zip(before, after, strict=True))


def test_power_iteration_against_the_decomposition():
    matrix = np.random.default_rng(4).standard_normal((30, 20))
    estimates = stabilise.power_iteration(matrix, 200, seed=1)
    largest = np.linalg.svd(matrix)[1][0]
    assert estimates[-1] == pytest.approx(largest, rel=1e-4)
    assert (np.diff(estimates) >= -1e-9).all() and estimates[0] < 0.95 * largest
    # A matrix that only stretches: after one step 3^2 and 1 stand in the vector.
    start = np.random.default_rng(2).standard_normal(2)
    forwards = np.array([3.0, 1.0]) * start
    by_hand = np.linalg.norm(np.array([3.0, 1.0]) * forwards / np.linalg.norm(forwards))
    first = stabilise.power_iteration(np.diag([3.0, 1.0]), 1, seed=2)
    assert first[0] == pytest.approx(by_hand)


def test_points_stand_in_their_panels():
    real, made = np.zeros((3, 2)), np.array([[1.0, 2.0], [-1.0, 9.0]])
    figure = plotting.plot_points({"one": made, "two": -made}, real)
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    for axis, expected in zip(figure.axes, (made, -made), strict=True):
        np.testing.assert_array_equal(axis.lines[0].get_xydata(), real)
        shown = np.clip(expected, -3, 3)  # a point outside stands on the frame
        np.testing.assert_array_equal(axis.lines[1].get_xydata(), shown)
        assert axis.get_xlim() == axis.get_ylim() == (-3, 3)


# Lesson 07 and its evidence


@pytest.fixture
def stability(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("stability")


def _medians(stability, table, figure):
    """Name of a change -> median over the seeds."""
    values = {}
    for row in json.loads(stability.EVIDENCE.read_text())["runs"]:
        if row["table"] == table:
            values.setdefault(row["change"], []).append(row[figure])
    return {change: float(np.median(seeds)) for change, seeds in values.items()}


def test_the_lesson_repeats_the_evidence(stability):
    evidence = json.loads(stability.EVIDENCE.read_text())
    lines = [
        line for rows in stability.tables(evidence).values() for line in rows.values()
    ]
    shown = [line for cell in LESSON.cells for line in cell.source.splitlines()]
    assert len(lines) > 60 and set(lines) <= set(shown)
    # And no other figures for these changes.
    changes = {line.split("|")[1] for line in lines}
    assert {s for s in shown if s[:1] == "|" and s.split("|")[1] in changes} == set(
        lines
    )


def test_the_evidence_has_all_changes_and_seeds(stability):
    rows = json.loads(stability.EVIDENCE.read_text())["runs"]
    found = {(row["table"], row["change"], row["seed"]) for row in rows}
    assert len(found) == len(rows)
    assert found == {
        (table, change, seed)
        for table, changes in (
            ("ring", stability.ring_changes()),
            ("collapse", stability.collapse_changes()),
            ("pictures", stability.image_changes()),
        )
        for change in changes
        for seed in stability.SEEDS[table]
    }


def test_what_the_lesson_says_of_the_ring(stability):
    good = _medians(stability, "ring", "good")
    modes = _medians(stability, "ring", "modes")
    plain = good["plain: Adam 1e-3, β₁ 0.5"]
    assert good["Adam, β₁ 0.9"] < plain - 0.1
    assert abs(good["RMSprop"] - good["Adam, β₁ 0"]) < 0.05
    assert 2 <= modes["SGD, rate 0.1"] <= 3 and modes["SGD, rate 0.1, momentum 0.9"] < 1
    assert good["learning rates ÷ 10"] < 0.2 < plain <= good["learning rates × 10"]
    assert good["D's rate × 4"] >= plain and modes["G's rate × 10"] == 0
    assert good["falling rates"] < plain
    for change in ("gradient norm clipped at 1", "label smoothing"):
        assert abs(good[change] - plain) < 0.05
    assert good["spectral norm in D"] < plain - 0.05
    assert modes["spectral norm in D"] == 8
    assert good["BatchNorm in G"] < plain - 0.05 and good["BatchNorm in D"] < 0.05
    assert good["feature matching"] < plain - 0.1
    assert modes["not shuffled"] == 1 and modes["only 40 real points"] < 8
    assert (
        good["Wasserstein loss alone"] + 0.1
        < good["Wasserstein, weights clipped"] + 0.05
        < good["Wasserstein, gradient penalty"]
    )
    assert good["recommended"] > max(plain + 0.05, good["recommended, β₁ 0.9"] + 0.1)
    for part in ("without R1", "not averaged", "rate not falling"):
        assert abs(good[f"recommended, {part}"] - good["recommended"]) < 0.02


def test_what_the_lesson_says_of_the_collapse(stability):
    runs = json.loads(stability.EVIDENCE.read_text())["runs"]
    survivors = {}
    for row in runs:
        if row["table"] == "collapse":
            survivors[row["change"]] = survivors.get(row["change"], 0)
            survivors[row["change"]] += row["modes"] > 3
    number = len(stability.SEEDS["collapse"])
    assert {change: count for change, count in survivors.items() if count} == {
        "10 steps of D": number,
        "minibatch stddev": number,
        "equal rates, β₁ 0, R1": number,
        "β₁ 0": number - 1,
        "equal rates, 1e-3": number - 1,
    }
    fast = [row["modes"] for row in runs if row["change"] == "G's rate × 10"]
    assert sorted(fast)[:3] == [0, 0, 0] and len(fast) == 5 and sorted(fast)[3] > 3


def test_what_the_lesson_says_of_pictures(stability):
    distance = _medians(stability, "pictures", "averaged")
    recipe = distance["recipe of lesson 04"]
    assert recipe + 5 < distance["β₁ 0.5"] < distance["β₁ 0.9"] - 10
    assert recipe + 1 < distance["without R1"]
    assert distance["spectral norm in D, no R1"] > recipe + 1
    assert abs(distance["label smoothing"] - recipe) < 2
    assert recipe + 15 < distance["no BatchNorm in G"]
    assert distance["not shuffled"] > 5 * recipe
    assert distance["rate not falling"] < recipe
    assert distance["3,600 steps, rate not falling"] < distance["3,600 steps"]
    for number in ("60,000 pictures", "200 pictures"):
        without = recipe if number == "60,000 pictures" else distance[number]
        assert distance[f"{number}, random shifts"] > without + 5
    longer = "3,600 steps, 200 pictures"
    assert distance[longer] > distance["200 pictures"] + 5
    assert distance[f"{longer}, random shifts"] < distance[longer] / 2
    text = "\n".join(cell.source for cell in LESSON.cells)
    last = _medians(stability, "pictures", "last")
    assert (
        f"{distance['rate not falling']} against {last['rate not falling']} for the "
        f"last generator, and {recipe} against {last['recipe of lesson 04']}"
    ) in text
    pair = distance["200 pictures"], distance[longer]
    assert f"ended worse ({pair[1]:.0f} against {pair[0]:.0f})" in text
    assert f"reach {distance[f'{longer}, random shifts']:.0f}" in text
