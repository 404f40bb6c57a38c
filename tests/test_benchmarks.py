"""The benchmarks do what their figures are said to mean."""

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from test_data import TEST, write_split

from gan_tutorial import data

ROOT = Path(__file__).parents[1]


def _load(name):
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


race, step_time, report = map(_load, ("time_to_quality", "step_time", "report"))


@pytest.fixture
def raced(monkeypatch):
    """The recipes of the race."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import recipes

    return recipes


def _few_products(number=64):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (number, 28, 28, 1), dtype=np.uint8)
    names = [str(k) for k in range(10)]
    return data.DataSet("noise", images, rng.integers(0, 10, number), names, None)


def test_one_recipe_writes_ten_thousand_samples(tmp_path):
    write_split(tmp_path, TEST, 200)
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


def test_a_run_lasts_as_long_as_was_asked_and_the_rate_falls_evenly(raced, monkeypatch):
    rates, built, build = [], [], raced.EVERY["rate falls"]

    def noting(*args):
        model = build(*args)
        built.append(race.settings(model))
        step = model.train_step

        def train_step(batch):
            players = model.g_optimizer, model.d_optimizer
            rates.append([float(player.learning_rate) for player in players])
            return step(batch)

        model.run_eagerly, model.train_step = True, train_step
        return model

    monkeypatch.setitem(raced.EVERY, "rate falls", noting)
    few = _few_products()
    model, seconds, checksum = race.train("rate falls", few, 3, num_pictures=70)
    # Taken before the rate fell, so that the row is known again by its recipe.
    assert [checksum] == built != [race.settings(model)]
    assert model.steps_taken == 4 and model.batch_size == 16 and seconds > 0
    evenly = 2e-3 * np.array([1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(rates, np.transpose([evenly, evenly]))
    constant, *_ = race.train("constant rate", few, 3, num_pictures=70)
    assert float(constant.g_optimizer.learning_rate) == pytest.approx(2e-3)


def test_a_run_ends_with_its_cpu_seconds_whatever_steps_it_takes(raced):
    start = time.process_time()
    model, seconds, _ = race.train("ours", _few_products(), 3, 100_000, cpu_seconds=6)
    assert 6 <= seconds <= time.process_time() - start
    assert 0 < model.steps_taken < model.num_steps
    assert float(model.g_optimizer.learning_rate) == 0


def test_the_same_pictures_and_seed_give_the_same_samples(raced):
    first, again = (
        race.train("unlabelled", _few_products(), 3, num_pictures=48)[0]
        for _ in range(2)
    )
    made = first.generate(20, seed=0)
    np.testing.assert_array_equal(made, again.generate(20, seed=0))
    assert not np.array_equal(made, first.generate(20, seed=1))


def test_held_out_images_are_not_trained_on(monkeypatch):
    numbers = np.arange(60_000, dtype=np.uint32).view(np.uint8).reshape(60_000, 2, 2, 1)
    every = data.DataSet("numbers", numbers, np.zeros(60_000, int), ["a"], None)
    monkeypatch.setattr(data, "load", lambda name, split, data_dir: every)
    trained_on, judging = race.load("numbers", "train", hold_out=True)
    seen = set(map(bytes, trained_on.images))
    held_out = set(map(bytes, judging()))
    assert len(seen) == len(trained_on.labels) == 50_000
    assert len(held_out) == 10_000 and not seen & held_out


def test_the_race_goes_on_where_it_stopped(tmp_path, monkeypatch, raced):
    started = []

    class Answer:
        def __init__(self, command, **_):
            recipe, seed = (
                command[command.index(k) + 1] for k in ("--recipe", "--seed")
            )
            started.append((recipe, int(seed)))
            self.returncode = int(recipe == "article")
            told = {"recipe": recipe, "seed": int(seed), "settings": f"{recipe} now"}
            self.stdout = json.dumps(told | {"pictures": 64}).encode()

    rows = [
        ("ours", (1, 2), 1, 64),
        ("article", (1,), 1, 64),
        ("tutorial", (1,), 1, 64),
    ]
    monkeypatch.setattr(race, "RACE", rows)
    monkeypatch.setattr(race, "EVIDENCE", tmp_path)
    monkeypatch.setattr(race, "settings_now", lambda recipe, pictures: f"{recipe} now")
    monkeypatch.setattr(race, "load", lambda *_, **__: (_few_products(), lambda: None))
    monkeypatch.setattr(race, "Judges", lambda *_: None)
    monkeypatch.setattr(race, "measure_without_training", lambda *_: {"floor": 1})
    monkeypatch.setattr(race.subprocess, "run", Answer)
    old = {"pictures": 64, "seed": 1, "budget": 1}
    runs = [
        old | {"recipe": "ours", "settings": "ours now"},
        old | {"recipe": "tutorial", "settings": "tutorial as it was"},
        old | {"recipe": "gone", "settings": "gone now"},
    ]
    path = tmp_path / "time_to_quality.json"
    path.write_text(json.dumps({"runs": runs}))
    assert race.run_all(ablation=False, workers=1) == 1  # the article's failed
    assert started == [("ours", 2), ("article", 1), ("tutorial", 1)]
    stored = json.loads(path.read_text())["runs"]
    kept = [(run["recipe"], run["seed"], run["settings"]) for run in stored]
    assert kept == [
        ("ours", 1, "ours now"),
        ("ours", 2, "ours now"),
        ("tutorial", 1, "tutorial now"),
    ]


def test_settings_see_each_change(raced):
    raced_ours = raced.ABLATION.keys() | {"unlabelled", "plain Adam 1e-3"}
    found = {race.settings_now(recipe, 64) for recipe in raced_ours}
    assert len(found) == len(raced_ours)
    assert race.settings_now("ours", 64) in found
    assert race.settings_now("ours", 160) not in found


def test_samples_have_the_classes_as_often_as_the_training_data(raced):
    labels = np.repeat([0, 3, 7], [100, 700, 200])

    class Recorder:
        g_inputs = {"labels": None}

        def generate(self, num_images, seed, labels):
            return labels

    asked = race.sample(Recorder(), np.random.default_rng(0).permutation(labels), 1)
    assert np.bincount(asked).tolist() == [1000, 0, 0, 7000, 0, 0, 0, 2000]
    assert (asked[:-1] != asked[1:]).sum() > 1000  # mixed


def test_fresh_statistics_are_those_of_the_latents():
    import keras

    from gan_tutorial import latent, networks

    keras.utils.set_random_seed(0)
    generator = networks.build_generator(4, (16, 16, 1), 2)
    race.refresh_statistics(generator, 4, seed=5)
    drawn = latent.sample_latents(2000, 4, 5) @ generator.get_layer("start").kernel
    norm = generator.get_layer("norm_0")
    np.testing.assert_allclose(norm.moving_mean, np.mean(drawn, 0), atol=1e-5)
    np.testing.assert_allclose(norm.moving_variance, np.var(drawn, 0), rtol=1e-3)


def test_a_budget_in_pictures_by_hand(tmp_path, monkeypatch):
    rows = [
        {"batch_size": 16, "from_pictures": 0, "step_ms": 20},
        {"batch_size": 32, "from_pictures": 1000, "step_ms": 30},
    ]
    text = json.dumps({"recipes": {"ours": rows}})
    (tmp_path / "step_time.json").write_text(text)
    monkeypatch.setattr(race, "EVIDENCE", tmp_path)
    assert race.pictures_in("ours", 1) == 800  # 50 steps of 16
    assert race.pictures_in("ours", 3) == 3200  # 100 steps of 32: 2400 are over 1000


def test_what_a_step_takes_is_stored_with_the_count_of_today(raced):
    stored = json.loads((ROOT / "benchmarks/evidence/step_time.json").read_text())
    recipes = stored["recipes"]
    assert {*raced.RECIPES} <= {*recipes}
    for name, build in raced.RECIPES.items():
        for row in recipes[name]:
            model = build((28, 28, 1), 10, row["from_pictures"], 0)
            size = row["batch_size"]
            assert model.batch_size == size
            work = step_time.multiplications_of_step(model, size)
            assert row["multiplications"] == round(work), name
            share = work / (row["step_ms"] / 1000) / recipes["matrix_rate"]
            assert row["share_of_matrix_rate"] == pytest.approx(share, rel=0.01)


def test_multiplications_of_a_step_by_hand():
    from gan_tutorial import networks

    discriminator = networks.build_discriminator((28, 28, 1), 32)
    by_hand = 16 * (14**2 * 32 + 7**2 * 32 * 64 + 4**2 * 64 * 128) + 4 * 4 * 128
    assert step_time.multiplications(discriminator) == by_hand
    generator = networks.build_generator(16, (28, 28, 1), 16)
    by_hand = 16 * 3136 + 16 * (7**2 * 64 * 32 + 14**2 * 32 * 16) + 28**2 * 9 * 16
    assert step_time.multiplications(generator) == by_hand


def test_multiplications_of_the_two_kinds_of_step(raced):
    model = raced.ours((28, 28, 1), 10, 1000, seed=0)
    g = step_time.multiplications(model.generator)
    d = step_time.multiplications(model.discriminator)
    # D: 2 batches, 3 ways each, and 6 on every fourth step. G: 1 way for D; 3 of its
    # own, and 2 through D.
    assert step_time.multiplications_of_step(model, 5) == 5 * (4 * g + 9.5 * d)
    model = raced.article((28, 28, 1), 10, 1000, seed=0)
    g = step_time.multiplications(model.generator)
    d = step_time.multiplications(model.discriminator)
    assert step_time.multiplications_of_step(model, 5) == 5 * (3 * g + 7 * d)


def test_the_pages_repeat_the_evidence():
    found = [report.load(name) for name in ("time_to_quality", "ablation", "step_time")]
    page = (ROOT / "benchmarks/RESULTS.md").read_text("utf-8")
    assert page == report.page(*found), "run benchmarks/report.py"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "\n".join(report.readme_table(found[0])) in readme


def test_the_race_trains_the_recipe_of_the_package(raced):
    from gan_tutorial import recipes

    for num_pictures, batch_size in ((1600, 16), (96_000, 32), (640_000, 64)):
        ours = raced.ours((28, 28, 1), 10, num_pictures, seed=0)
        assert ours.batch_size == batch_size == recipes.batch_size(num_pictures)
        assert ours.num_steps == num_pictures // batch_size
        package = recipes.dcgan((28, 28, 1), ours.num_steps, seed=0, num_classes=10)
        assert ours.d_penalty == package.d_penalty and ours.loss == package.loss
        assert ours.ema_momentum == package.ema_momentum
        assert ours.count_params() == package.count_params()
        for mine, its in (
            (ours.g_optimizer, package.g_optimizer),
            (ours.d_optimizer, package.d_optimizer),
        ):
            assert (mine.beta_1, mine.beta_2) == (its.beta_1, its.beta_2)
            assert float(mine.learning_rate) == float(its.learning_rate)


def test_simultaneous_players_move_from_the_same_weights(raced):
    import keras

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
