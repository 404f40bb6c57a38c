"""The check of the environment names what is missing and how to get it."""

import json
import os
import re
import subprocess
import sys
from importlib import metadata

import keras
import pytest

from gan_tutorial import data, environment


def _run(code):
    environ = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environ)


def test_tensorflow_is_loaded_without_a_word_and_the_seed_set():
    code = """import keras, numpy, random
for seed in 3, 3, 4:
    environment.prepare(seed)
    print(float(keras.random.normal(())), numpy.random.rand(), random.random())"""
    run = _run(
        "from gan_tutorial import environment; environment.check();"
        f"environment.prepare(0)\n{code}"
    )
    assert run.stderr == ""
    first, again, other = run.stdout.splitlines()[-3:]
    pairs = zip(first.split(), other.split(), strict=True)
    assert first == again and all(one != two for one, two in pairs)


def test_what_compiled_code_writes_is_shown_when_loading_fails(capfd):
    with environment.quietly():
        os.write(2, b"a note\n")
    with pytest.raises(ImportError), environment.quietly():
        os.write(2, b"the reason\n")
        raise ImportError
    assert capfd.readouterr().err == "the reason\n"


@pytest.mark.parametrize(("is_cached", "sign"), [(True, "✓"), (False, "○")])
def test_check_finds_this_machine_in_order(monkeypatch, capsys, is_cached, sign):
    monkeypatch.setattr(data, "is_cached", lambda name: is_cached)
    environment.check()
    lines = capsys.readouterr().out.splitlines()
    assert not [line for line in lines if line.startswith("✗")]
    for name in environment.NEEDED:
        assert f"✓ {name} {metadata.version(name)}" in lines
    assert lines[-1].startswith(f"{sign} Fashion-MNIST")


@pytest.mark.parametrize(
    ("name", "value", "needed"),
    [
        ("dtype_policy", "mixed_float16", "float32"),
        ("dtype_policy", "float64", "float32"),
        ("floatx", "float64", "float32"),
        ("image_data_format", "channels_first", "channels_last"),
    ],
)
def test_a_setting_that_cannot_work_is_named_with_its_remedy(
    name, value, needed, capsys
):
    change = getattr(keras.config, f"set_{name}")
    change(value)
    try:
        environment.check()
        with pytest.raises(RuntimeError, match=f"{name} is {value}") as caught:
            environment.prepare(0)
    finally:
        change(needed)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"✗ {caught.value}"
    remedy = re.search(r"run  (keras\.config\.\S+)  in a cell", lines[-1])[1]
    change(value)
    eval(remedy, {"keras": keras})  # what a learner would type
    environment.prepare(0)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_leftover_file_that_wants_another_backend(tmp_path, monkeypatch, backend):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": backend}))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_BACKEND")
    run = _run("from gan_tutorial import environment; environment.check()")
    last = run.stdout.splitlines()[-1]
    assert last.startswith(f"✗ Keras's backend is {backend}"), run
    assert "KERAS_BACKEND=tensorflow" in last and str(tmp_path / "keras.json") in last


@pytest.fixture
def pretend(monkeypatch):
    """A function that sets versions of packages; None stands for a missing one."""

    def set_versions(versions):
        installed = metadata.version

        def version(name):
            found = versions[name] if name in versions else installed(name)
            if found is None:
                raise metadata.PackageNotFoundError(name)
            return found

        monkeypatch.setattr(environment.metadata, "version", version)

    return set_versions


def test_check_names_what_is_missing_and_the_remedy(pretend, capsys):
    pretend({"ipywidgets": None, "keras": "3.1.0"})
    environment.check()
    out = capsys.readouterr().out
    assert "✗ keras 3.1.0 does not suit the course" in out
    assert 'install "keras<4,' in out
    assert "✗ ipywidgets is missing" in out
    assert 'install "ipywidgets<9,' in out
    assert "✓ numpy" in out
    assert "Fashion-MNIST" not in out  # a look at it would load what is missing


def test_tensorflow_may_be_the_package_without_gpus(pretend, capsys):
    pretend({"tensorflow": None, "tensorflow-cpu": "2.20.0"})
    environment.check()
    assert "✓ tensorflow 2.20.0" in capsys.readouterr().out


def test_check_works_without_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = None; sys.modules['keras'] = None;"
        "from gan_tutorial import environment as e;"
        "e._describe_package = lambda name, r: '✗ ' + name;"
        "e.check()"
    )
    run = _run(code)
    assert run.returncode == 0 and "✗ tensorflow" in run.stdout
