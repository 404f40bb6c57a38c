"""The benchmarks do what their figures are said to mean."""

import gzip
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
EVIDENCE = json.loads((ROOT / "benchmarks/evidence/time_to_quality.json").read_text())


def _load(name):
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


race, step_time = _load("time_to_quality"), _load("step_time")


def _write_idx(folder, num_images):
    """MNIST's own files for the test split, with pictures of noise."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (num_images, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, num_images, dtype=np.uint8)
    for kind, array, magic in (
        ("images-idx3", images, 2051),
        ("labels-idx1", labels, 2049),
    ):
        header = np.array([magic, *array.shape], ">i4").tobytes()
        path = folder / f"t10k-{kind}-ubyte.gz"
        path.write_bytes(gzip.compress(header + array.tobytes()))


def test_one_recipe_writes_ten_thousand_samples(tmp_path):
    _write_idx(tmp_path, 200)
    samples = tmp_path / "samples.npz"
    command = [sys.executable, ROOT / "benchmarks/time_to_quality.py"]
    command += ["--recipe", "ours", "--cpu-seconds", "0.1", "--seed", "5"]
    command += ["--data", "mnist", "--split", "test", "--data-dir", tmp_path]
    output = subprocess.run(
        [*command, "--samples", samples], capture_output=True, text=True, check=True
    ).stdout
    result = json.loads(output.splitlines()[-1])
    assert result["recipe"] == "ours" and result["steps"] > 0
    with np.load(samples) as file:
        images = file["images"]
    assert images.shape == (10_000, 28, 28, 1) and images.dtype == np.uint8
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".gz", ".gz", ".npz"]


def test_time_to_a_distance_lies_between_two_measurements():
    points = [(10, [240.0, 240.0, 1.0]), (40, [15.0, 15.0, 999.0])]
    # From 240 to 15 in a factor of 4: half the way in log scale is 60, after 20 s.
    assert race.seconds_to(60, points) == pytest.approx(20)
    assert race.seconds_to(240, points) == 10
    assert race.seconds_to(14, points) is None


def test_multiplications_of_a_step_by_hand():
    from gan_tutorial import networks

    discriminator = networks.build_discriminator((28, 28, 1), 32)
    by_hand = 16 * (14**2 * 32 + 7**2 * 32 * 64 + 4**2 * 64 * 128) + 4 * 4 * 128
    assert step_time.multiplications(discriminator) == by_hand
    generator = networks.build_generator(16, (28, 28, 1), 16)
    by_hand = 16 * 3136 + 16 * (7**2 * 64 * 32 + 14**2 * 32 * 16) + 28**2 * 9 * 16
    assert step_time.multiplications(generator) == by_hand


def test_the_readme_repeats_the_evidence(capsys, monkeypatch):
    monkeypatch.setattr(race, "draw", lambda *_: None)
    race.report(EVIDENCE)
    readme = (ROOT / "README.md").read_text("utf-8")
    table = [line for line in capsys.readouterr().out.splitlines() if line[:1] == "|"]
    assert len(table) == 6
    for line in table:
        assert line in readme


def test_the_race_trains_the_recipe_of_the_package(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import recipes as raced

    from gan_tutorial import recipes

    ours, batch_size = raced.ours((28, 28, 1), 10, seed=0)
    package = recipes.dcgan((28, 28, 1), 100, seed=0, num_classes=10)
    assert batch_size == recipes.BATCH_SIZE
    assert ours.d_penalty == package.d_penalty and ours.loss == package.loss
    assert ours.ema_momentum == package.ema_momentum
    assert ours.count_params() == package.count_params()
    for mine, its in (
        (ours.g_optimizer, package.g_optimizer),
        (ours.d_optimizer, package.d_optimizer),
    ):
        assert (mine.beta_1, mine.beta_2) == (its.beta_1, its.beta_2)
        assert float(mine.learning_rate) == float(its.learning_rate)


def test_simultaneous_players_move_from_the_same_weights(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import keras
    import recipes as raced

    from gan_tutorial import losses, networks

    keras.utils.set_random_seed(0)
    model = raced.SimultaneousGAN(
        networks.build_point_generator(2, 2), networks.build_point_discriminator(2)
    )
    model.compile(
        keras.optimizers.SGD(0.5), keras.optimizers.SGD(0.5), losses.NON_SATURATING
    )
    batch = {"latents": np.ones((4, 2), "f"), "images": np.zeros((4, 2), "f")}
    batch = {name: keras.ops.convert_to_tensor(v) for name, v in batch.items()}
    start = model.generator.get_weights(), model.discriminator.get_weights()
    model.train_step(batch)
    moved = model.generator.get_weights()
    # The same with a discriminator that cannot move: its step came too late.
    model.generator.set_weights(start[0])
    model.discriminator.set_weights(start[1])
    model.d_optimizer.learning_rate = 0.0
    model.train_step(batch)
    pairs = zip(moved, model.generator.get_weights(), strict=True)
    assert all(np.allclose(a, b) for a, b in pairs)
    assert not np.allclose(moved[0], start[0][0])
