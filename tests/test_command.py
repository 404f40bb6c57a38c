"""The command line: a folder becomes a run, which goes on, reports and draws."""

import json
import re
import sqlite3

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

from gan_tutorial import __main__, callbacks, data, generators, latent, recipes
from gan_tutorial.command import plan as plans
from gan_tutorial.command import run as runs

STEPS = 6


def draw_products(folder, number=12, size=20):
    """Red discs and blue bars on white, of different sizes, in two subfolders."""
    random = np.random.default_rng(0)
    for kind, colour in (("bars", (30, 60, 200)), ("discs", (200, 40, 40))):
        (folder / kind).mkdir(parents=True)
        for k in range(number // 2):
            picture = Image.new("RGB", (size, size), "white")
            half = int(random.integers(3, 8))
            box = [size // 2 - half, 3, size // 2 + half, size - 4]
            pen = ImageDraw.Draw(picture)
            (pen.rectangle if kind == "bars" else pen.ellipse)(box, fill=colour)
            picture.save(folder / kind / f"{k}.png")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return draw_products(tmp_path_factory.mktemp("pictures") / "two kinds")


@pytest.fixture(scope="module", autouse=True)
def moved_pictures():
    """All runs here are short, and show the discriminator moved pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipes, "MANY_EPOCHS", 5)
        yield


@pytest.fixture(scope="module")
def finished(folder, tmp_path_factory):
    """A run that nothing stopped."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert __main__.main(["train", str(folder), "--out", str(out), "--steps", "6"]) == 0
    return out


def test_a_run_leaves_a_generator_stages_and_a_page(finished):
    note = json.loads((finished / "run.json").read_text("utf-8"))
    assert note["class_names"] == ["bars", "discs"]
    assert note["plan"]["image_size"] == 20 and note["plan"]["channels"] == 3
    steps = [json.loads(p.read_text())["step"] for p in finished.glob("stages/*.json")]
    assert sorted(steps) == [0, 1, 2, 3, 6]  # 2, 10, 25, 50 and 100 % of six parts
    page = (finished / "report.html").read_text("utf-8")
    pictures = re.findall(r"<img[^>]*>", page)
    assert len(pictures) == 4 + 5  # and one for each stage
    assert all(re.search(r'alt="[^"]+" src="data:', picture) for picture in pictures)
    assert "http" not in page  # it opens without a network
    for text in (
        "WARNING: 12 pictures are few",
        "floor",
        "copies",
        "--label=&quot;bars",
    ):
        assert text in page
    assert not [*finished.rglob("*.tmp")]


@pytest.mark.parametrize("part", [1, 4])
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    finished, folder, tmp_path, monkeypatch, part, capsys
):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.steps_taken == part + 1:
                raise KeyboardInterrupt

    command = ["train", str(folder), "--out", str(tmp_path), "--steps", "6"]
    with monkeypatch.context() as stopping:
        progress = runs.Progress
        stopping.setattr(runs, "Progress", lambda plan: [progress(plan), Stop()])
        assert __main__.main(command) == 130
    assert not (tmp_path / "report.html").exists()
    assert __main__.main(command[:-2]) == 0  # the number of steps is known
    assert f"Going on after step {part} of 6" in capsys.readouterr().out
    for name in ("generator.keras", "report.html", "run.checkpoint"):
        assert (tmp_path / name).read_bytes() == (finished / name).read_bytes(), name


def test_samples_are_the_generators_pictures_of_the_kind_that_was_asked(
    finished, tmp_path
):
    out = tmp_path / "made"
    command = ["sample", str(finished), "--num", "3", "--label", "discs"]
    assert __main__.main([*command, "--seed", "4", "--out", str(out)]) == 0
    paths = sorted(out.iterdir())
    assert [p.name for p in paths] == [f"discs_seed4_{k:05}.png" for k in (1, 2, 3)]
    generator = generators.load(finished / "generator.keras")
    latents = latent.sample_latents(3, recipes.LATENT_DIM, 4)
    made = data.to_display_range(generator.predict([latents, np.ones(3, int)]))
    for path, picture in zip(paths, made, strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)


@pytest.mark.parametrize(
    "options, message",
    [
        (["sample", "{run}", "--label", "sofas"], "knows no 'sofas': its kinds are"),
        (["sample", "{run}", "--num", "0"], "--num is 0"),
        (["sample", "{empty}"], "holds no finished run"),
        (["train", "{empty}/none"], "There is no folder"),
        (["train", "{pictures}", "--steps", "0"], "--steps is 0"),
        (["train", "{pictures}", "--minutes", "nan"], "--minutes is nan"),
        (["train", "{pictures}", "--size", "66"], "66 pixels"),
        (["train", "{pictures}", "--out", "{pictures}/run"], "inside of the pictures"),
        (
            ["train", "{pictures}", "--out", "{run}", "--steps", "9"],
            "begun with steps 6",
        ),
        (["train", "{other}", "--out", "{run}"], "are not those with which the run"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    options, message, finished, folder, tmp_path, capsys
):
    other = draw_products(tmp_path / "other", number=10)
    places = {"run": finished, "pictures": folder, "empty": tmp_path, "other": other}
    before = {p: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    assert __main__.main([option.format(**places) for option in options]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and "Traceback" not in error
    after = {p: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    assert before == after


def test_options_that_agree_with_a_run_are_no_contradiction(finished, folder):
    out = ["--out", str(finished), "--size", "20", "--channels", "3", "--seed", "0"]
    before = (finished / "report.html").read_bytes()
    assert __main__.main(["train", str(folder), *out, "--steps", "6"]) == 0
    assert (finished / "report.html").read_bytes() == before


@pytest.mark.parametrize("note", ["{}", "[]", "{", '{"plan": {"size": 3}}'])
def test_a_damaged_note_is_named(note, folder, tmp_path, capsys):
    (tmp_path / "run.json").write_text(note)
    assert __main__.main(["train", str(folder), "--out", str(tmp_path)]) == 1
    assert "run.json is damaged" in capsys.readouterr().err
    assert (tmp_path / "run.json").read_text() == note


def test_a_place_that_cannot_be_used_is_named(folder, tmp_path, capsys):
    (tmp_path / ".lock").write_bytes(b"of another program" * 100)
    assert __main__.main(["train", str(folder), "--out", str(tmp_path)]) == 1
    assert "cannot be used (file is not a database)" in capsys.readouterr().err


def test_several_machines_need_a_number_of_steps(folder, monkeypatch, capsys):
    monkeypatch.setenv("TF_CONFIG", "{}")
    assert __main__.main(["train", str(folder)]) == 1
    assert "Give --steps" in capsys.readouterr().err


@pytest.mark.parametrize("number, is_equal", [(2, False), (6, True)])
def test_there_must_be_something_to_learn(number, is_equal, tmp_path, capsys):
    folder = draw_products(tmp_path / "few", number)
    if is_equal:
        for path in folder.rglob("*.png"):
            Image.new("RGB", (20, 20), "grey").save(path)
    out = str(tmp_path / "run")
    assert __main__.main(["train", str(folder), "--out", out, "--steps", "2"]) == 1
    message = "are equal" if is_equal else "2 pictures; expected 4 or more"
    assert message in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_two_runs_do_not_work_in_one_folder(folder, tmp_path, capsys):
    with runs.alone_in(tmp_path):
        command = ["train", str(folder), "--out", str(tmp_path), "--steps", "2"]
        assert __main__.main(command) == 1
    assert "Another run is at work" in capsys.readouterr().err
    with runs.alone_in(tmp_path):  # the lock was let go
        pass
    with pytest.raises(sqlite3.ProgrammingError), runs.alone_in(tmp_path):
        raise sqlite3.ProgrammingError  # what goes wrong inside is not swallowed


def pictures_of(number, num_classes=0):
    names = tuple("abcdef"[:num_classes])
    labels = np.arange(number) % num_classes if names else None
    images = np.zeros((number, 16, 16, 1), np.uint8)
    return data.DataSet("toys", images, labels, names)


def test_the_plan_follows_from_the_pictures_and_says_why(monkeypatch):
    monkeypatch.setattr(recipes, "MANY_EPOCHS", 100)
    plan, reasons = plans.make(pictures_of(1600, 3), seed=7, steps=2000)
    assert plan == plans.Plan(16, 1, 16, 40, 50, 3, 20.0, 7)
    assert not plan.augments and "20 times, so they are shown as" in " ".join(reasons)
    assert reasons[-1].endswith("a (534), b (533), c (533).")
    plan, reasons = plans.make(pictures_of(30), seed=0, steps=1000)
    assert plan.augments and plan.num_classes is None  # 1000 * 16 / 30 = 533 times
    assert "533" in " ".join(reasons) and reasons[-1].startswith("WARNING: 30 pictures")
    plan, _ = plans.make(pictures_of(1600), seed=0, steps=5000)
    assert plan.batch_size == 32  # 5,000 steps of 16 see more than 50,000 pictures


@pytest.mark.parametrize(
    "times, num_steps, batch_size",
    [
        ({16: 0.1}, 2500, 16),  # 0.9 * 300 s / 0.1 s = 2,700
        ({16: 0.05, 32: 0.06}, 4000, 32),  # 5,400 of 16 are many; 4,500 of 32
        ({16: 0.05, 32: 0.1}, 3000, 16),  # 2,700 of 32 would be few: not so many of 16
        ({16: 0.01, 32: 0.015, 64: 0.02}, 12000, 64),  # 27,000, 18,000 and 13,500
    ],
)
def test_minutes_become_steps_at_the_speed_of_the_machine(
    monkeypatch, times, num_steps, batch_size
):
    now = [0.0]

    class FakeGAN:
        def fit(self, batches, verbose):
            assert batches.length == 30 * batches.batch_size
            now[0] += 30 * times[batches.batch_size]

    monkeypatch.setattr(plans.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(plans.Plan, "build", lambda plan: FakeGAN())
    pictures = pictures_of(20)
    plan, reasons = plans.make(pictures, seed=0, minutes=5)
    assert (plan.num_steps, plan.batch_size) == (num_steps, batch_size)
    assert "about 5 minutes" in reasons[0] and f"--steps {num_steps} " in reasons[0]
    again, _ = plans.make(pictures, seed=0, steps=num_steps)
    assert again == plan


def test_small_pictures_stay_small_and_large_ones_become_64(tmp_path):
    for side, expected in ((500, 64), (50, 48), (10, 16)):
        folder = tmp_path / str(side)
        folder.mkdir()
        for k in range(3):
            Image.new("RGB", (side + 9 * k, side)).save(folder / f"{k}.png")
        assert plans.choose_size(folder) == expected


def test_grey_pictures_without_kinds_are_trained_grey(tmp_path):
    drawn, folder = draw_products(tmp_path / "drawn", number=4), tmp_path / "grey"
    folder.mkdir()
    for k, path in enumerate(sorted(drawn.rglob("*.png")) * 2):  # each twice
        with Image.open(path) as picture:
            picture.convert("L").convert("RGB").save(folder / f"{k}.png")
    out = tmp_path / "run"
    assert runs.train(folder, out, steps=1) == out / "report.html"
    assert json.loads((out / "run.json").read_text())["plan"]["channels"] == 1
    runs.sample(out, tmp_path / "made", num=1)
    with Image.open(next((tmp_path / "made").iterdir())) as picture:
        assert picture.mode == "L" and picture.filename.endswith("made/seed0_00001.png")
    assert "8 of your pictures are there more than once" in (
        (out / "report.html").read_text("utf-8")
    )


def test_more_images_are_moved_while_the_discriminator_is_sure():
    model = recipes.dcgan((16, 16, 1), 10, filters=2, d_filters=2, num_epochs=101)
    adapt = callbacks.AdaptiveAugmentation(target=0.6, step=0.3)
    adapt.set_model(model)
    share = model.discriminator.get_layer("moved").probability
    assert float(share) == 1
    adapt.on_train_begin()
    assert float(share) == 0  # a new run starts without
    found = []
    for accuracy in (0.81, 0.9, 1.0, 0.99, 0.79, 0.5, 0.2, 0.0, 0.3):
        adapt.on_epoch_end(0, {"real_accuracy": accuracy})  # the sign is 2 a - 1
        found.append(round(float(share), 2))
    assert found == [0.3, 0.6, 0.9, 1, 0.7, 0.4, 0.1, 0, 0]
    share.assign(0.25)
    model.g_optimizer.iterations.assign(5)
    adapt.on_train_begin()
    assert float(share) == 0.25  # a run that goes on keeps it


def test_adaptive_augmentation_needs_the_layer_that_moves():
    adapt = callbacks.AdaptiveAugmentation()
    adapt.set_model(recipes.dcgan((16, 16, 1), 10, filters=2, d_filters=2))
    with pytest.raises(ValueError, match="no layer that moves images.*augment=True"):
        adapt.on_train_begin()


def test_large_pictures_are_learned_at_a_smaller_rate():
    """Twice the side, half the rate, above 32 pixels; points have no side."""
    found = []
    for side in (28, 32, 64, 128):
        model = recipes.dcgan((side, 16, 3), 10, filters=1, d_filters=1)
        found.append(float(model.g_optimizer.learning_rate))
    assert found == pytest.approx([2e-3, 2e-3, 1e-3, 5e-4])
    model = recipes.dcgan((128, 16, 3), 3000, filters=1, d_filters=1)
    model.d_optimizer.iterations.assign(1500)
    assert float(model.d_optimizer.learning_rate) == pytest.approx(2.5e-4)


def test_a_share_of_the_images_is_moved():
    from gan_tutorial import networks

    keras.utils.set_random_seed(0)
    layer = networks.RandomlyMoved()
    images = np.random.default_rng(0).normal(size=(400, 16, 16, 1)).astype("float32")
    layer(images)
    for share in (0.0, 0.25, 1.0):
        layer.probability.assign(share)
        moved = layer(images, training=True).numpy()
        is_moved = (moved != images).any(axis=(1, 2, 3)).mean()
        # One of 25 ways is none at all.
        assert is_moved == pytest.approx(share * 24 / 25, abs=0.06)
