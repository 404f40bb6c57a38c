"""Checkpoints: resuming bit for bit, also after SIGKILL, and refusing damaged files."""

import errno
import io
import json
import os
import signal
import subprocess
import sys

import keras
import numpy as np
import pytest
from tiny import build, pictures

from gan_tutorial import callbacks, checkpoints, data, files, gan, losses


def _build(**changes):
    return build(**{"d_penalty": losses.R1(1.0, 3), "run_eagerly": True} | changes)


def _batches():
    return data.batches(pictures(40), batch_size=8, seed=2)


def _values(model):
    variables = [*model.variables, *model.g_optimizer.variables]
    return [v.numpy() for v in [*variables, *model.d_optimizer.variables]]


def _assert_same(first, second):
    for a, b in zip(_values(first), _values(second), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def whole_run():
    model = _build(run_eagerly=False)
    model.fit(_batches(), epochs=4, verbose=0)
    return model


def test_stopped_and_resumed_equals_never_stopped(tmp_path, whole_run):
    first = _build(run_eagerly=False)
    first.fit(
        _batches(),
        epochs=2,
        callbacks=[callbacks.Checkpoint(tmp_path / "run.ckpt")],
        verbose=0,
    )
    second = _build(run_eagerly=False)
    checkpoints.load(second, tmp_path / "run.ckpt")
    assert second.finished_epochs == 2
    second.fit(_batches(), epochs=4, initial_epoch=2, verbose=0)
    _assert_same(second, whole_run)
    assert second.history.history == whole_run.history.history
    assert [path.name for path in tmp_path.iterdir()] == ["run.ckpt"]


SCRIPT = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import keras
from gan_tutorial import callbacks, checkpoints
import test_checkpoints as t
path, model = Path(sys.argv[1]), t._build(run_eagerly=False)
if path.exists():
    checkpoints.load(model, path)
    os.replace = lambda *_: print("about to rename", flush=True) or time.sleep(600)
def report(batch, logs):
    print("step", model.steps_taken, flush=True)
model.fit(t._batches(), epochs=4, initial_epoch=model.finished_epochs, verbose=0,
          callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=report),
                     callbacks.Checkpoint(path)])
"""


def test_killed_while_it_trains_and_while_it_writes(tmp_path, whole_run):
    """Real processes, killed by the system at these moments; a third run goes on."""
    path = tmp_path / "run.ckpt"
    command = [sys.executable, "-c", SCRIPT, str(path), os.path.dirname(__file__)]
    for moment in ("step 8\n", "about to rename\n"):  # five steps are an epoch
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert moment in iter(process.stdout.readline, "")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    resumed = _build(run_eagerly=False)
    checkpoints.load(resumed, path)
    assert resumed.finished_epochs == 1
    resumed.fit(_batches(), epochs=4, initial_epoch=1, verbose=0)
    _assert_same(resumed, whole_run)


def _refused(path, message, model=None):
    model = model or _build()
    before = _values(model)
    with pytest.raises(ValueError, match=message):
        checkpoints.load(model, path)
    for old, new in zip(before, _values(model), strict=True):
        np.testing.assert_array_equal(old, new)
    assert model.finished_epochs == 0


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "run.ckpt"
    checkpoints.save(_build(), path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    places = [0, 63, 64, 65, len(content) - 1, *rng.integers(0, len(content), 10)]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 0x20
        path.write_bytes(damaged)
        _refused(path, "damaged or not a checkpoint")
    for size in (30, 65, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        _refused(path, "damaged or not a checkpoint")


def test_other_networks_and_optimizers_are_refused(tmp_path):
    path = tmp_path / "run.ckpt"
    checkpoints.save(_build(), path)
    _refused(path, "in the generator .* yours has", _build(filters=4))
    _refused(path, "in the g_optimizer", _build(optimizer=keras.optimizers.RMSprop))
    message = "in the settings it has d_steps 1, yours has d_steps 2"
    _refused(path, message, _build(d_steps=2))
    message = "in the settings it has .*interval=3.*, yours has d_penalty None"
    _refused(path, message, _build(d_penalty=None))


class _TwoWays(gan.GAN):
    """A GAN with another one inside, which learns in the same step."""

    def train_step(self, batch):
        self.back.train_step(batch)
        return super().train_step(batch)


def _two_ways(filters=2):
    back, first = _build(filters=filters), _build()
    model = _TwoWays(first.generator, first.discriminator, seed=1)
    model.back = back
    adams = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)
    model.compile(*adams, losses.NON_SATURATING, run_eagerly=True)
    return model


def test_a_gan_inside_a_gan_is_kept_too(tmp_path):
    path, whole = tmp_path / "run.ckpt", _two_ways()
    whole.fit(_batches(), epochs=1, callbacks=[callbacks.Checkpoint(path)], verbose=0)
    whole.fit(_batches(), epochs=2, initial_epoch=1, verbose=0)
    again = _two_ways()
    checkpoints.load(again, path)
    again.fit(_batches(), epochs=2, initial_epoch=1, verbose=0)
    _assert_same(again, whole)
    _assert_same(again.back, whole.back)
    _refused(path, "in the back.generator it has", _two_ways(filters=4))
    _refused(path, "it has .*back.g_optimizer.*, yours has", _build())


def test_a_checkpoint_of_an_older_version_is_refused(tmp_path):
    path, buffer = tmp_path / "run.ckpt", io.BytesIO()
    state = {"finished_epochs": 1, "history": {}, "model": {}}  # it had no format
    np.savez(buffer, state=np.array(json.dumps(state)), **{"0000": np.ones(3)})
    path.write_bytes(checkpoints._digest(buffer.getvalue()) + buffer.getvalue())
    _refused(path, "another version of gan_tutorial.* wrote it. Train again")


def test_a_missing_folder_is_named_before_the_training(tmp_path):
    model = _build()
    keep = callbacks.Checkpoint(tmp_path / "none" / "run.ckpt")
    with pytest.raises(FileNotFoundError, match="no folder .*none"):
        model.fit(_batches(), epochs=1, callbacks=[keep], verbose=0)
    assert model.steps_taken == 0


def test_a_missing_file_and_a_gan_that_is_not_compiled(tmp_path):
    with pytest.raises(FileNotFoundError):
        checkpoints.load(_build(), tmp_path / "none.ckpt")
    model = _build()
    model.compiled = False
    with pytest.raises(ValueError, match="Compile the GAN first"):
        checkpoints.save(model, tmp_path / "run.ckpt")


class _Evil:
    """Makes a folder where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def _hostile(whole, evil):
    """Files with a right checksum that hold something else; each with a message."""
    state = json.loads(str(whole["state"]))

    def with_state(**changes):
        changed = {k: v for k, v in (state | changes).items() if v is not None}
        return whole | {"state": np.array(json.dumps(changed))}

    def with_array(change):
        return whole | {"0003": change(whole["0003"])}

    broken = with_array(lambda a: np.full_like(a, np.nan))
    endless = whole | {"state": np.array('{"format": ' + "[" * 100_000)}
    form = "not in the form of a checkpoint"
    yield whole | {"state": np.array(evil, dtype=object)}, "state.npy in it is no array"
    yield whole | {"0002": np.array([evil], dtype=object)}, "0002.npy in it is no array"
    yield endless, form
    yield whole | {"state": np.array("[2]")}, form
    yield whole | {"state": np.array("\\x00")}, form
    yield {k: v for k, v in whole.items() if k != "state"}, form
    yield {k: v for k, v in whole.items() if k != "0003"}, form
    yield whole | {"9999": np.ones(2)}, form
    yield with_array(lambda a: a.reshape(-1, 1, 1)), r"array of .*; the GAN expects"
    yield (
        with_array(lambda a: a.astype(np.float64)),
        "float64 .* the GAN expects float32",
    )
    yield broken, "NaN or infinite.* Use an older checkpoint"
    for key in ("history", "model", "finished_epochs"):
        yield with_state(**{key: None}), form
        yield with_state(**{key: "1"}), form
    yield with_state(finished_epochs=-1), form
    yield with_state(finished_epochs=1.5), form
    yield with_state(history={"d_loss": ["a"]}), form
    yield with_state(history={"d_loss": 3}), form
    yield with_state(model={"settings": 3}), form
    yield with_state(model={"settings": []}), "it belongs to other networks"


def test_nothing_changes_and_no_code_runs_when_a_file_is_refused(tmp_path):
    path, model = tmp_path / "run.ckpt", _build()
    checkpoints.save(_build(filters=2, rate=0.5), path)  # each value would differ
    whole = files.read_arrays(path.read_bytes()[65:])
    for arrays, message in _hostile(whole, _Evil(tmp_path / "broken_in")):
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        content = buffer.getvalue()
        path.write_bytes(checkpoints._digest(content) + content)
        _refused(path, f"run.ckpt.*{message}", model)
    assert not (tmp_path / "broken_in").exists()


def test_a_load_that_is_interrupted_changes_nothing(tmp_path, monkeypatch):
    trained, model = _build(), _build()
    trained.fit(_batches(), epochs=1, verbose=0)
    checkpoints.save(trained, tmp_path / "run.ckpt")
    before, assign = _values(model), keras.Variable.assign
    last = model.d_optimizer.variables[-1]
    calls = []

    def interrupted(self, value):
        if self is last and not calls:
            calls.append(1)
            raise KeyboardInterrupt
        return assign(self, value)

    monkeypatch.setattr(type(last), "assign", interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.load(model, tmp_path / "run.ckpt")
    for old, new in zip(before, _values(model), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_learning_rate_that_the_file_replaces_is_named(tmp_path, capsys):
    path, rates = tmp_path / "run.ckpt", ("g_optimizer", "d_optimizer")
    checkpoints.save(_build(rate=0.25), path)

    def load(rate):
        model = _build(rate=rate)
        checkpoints.load(model, path)
        found = [float(getattr(model, name).learning_rate) for name in rates]
        return found, capsys.readouterr().out

    assert load(0.25) == ([0.25, 0.25], "")
    found, said = load(0.5)
    assert found == [0.25, 0.25] and said.count("\n") == 2
    assert all(f"{name} goes on with" in said for name in rates)
    assert "0.25, and not with yours. To keep yours, go on with gan.g_opt" in said
    assert "gan.d_optimizer.learning_rate = 0.5\n" in said
    # A schedule is not in the file, and its optimizer has one variable less.
    message = "g_optimizer has .* yours has .* a schedule is none"
    _refused(path, message, _build(rate=keras.optimizers.schedules.CosineDecay(1, 9)))


@pytest.mark.parametrize("obstacle", ["a folder", "a full disk"])
def test_a_checkpoint_that_cannot_be_written_is_named_before_the_training(
    tmp_path, monkeypatch, obstacle
):
    model, path = _build(), tmp_path / "run.ckpt"
    path.mkdir() if obstacle == "a folder" else path.write_bytes(b"an older run")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    if obstacle == "a full disk":
        monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="run.ckpt was not written: .*Give a folder"):
        keep = callbacks.Checkpoint(path)
        model.fit(_batches(), epochs=1, callbacks=[keep], verbose=0)
    assert model.steps_taken == 0 and list(tmp_path.iterdir()) == [path]
    assert path.is_dir() or path.read_bytes() == b"an older run"
