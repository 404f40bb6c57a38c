"""Lessons run with the versions that Colab has, and files go from one to the other.

`make colab` installs these versions in an environment of their own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-colab" / "bin" / "python"
LESSONS = ("00_start_here", "02_work_out_the_losses", "04_train_the_dcgan")


@pytest.fixture
def colab_kernel(tmp_path, monkeypatch):
    """The name of a kernel that runs in the other environment."""
    spec = {
        "argv": [str(PYTHON), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "as on Colab",
        "language": "python",
        "env": {"PYTHONPATH": str(ROOT)},
    }
    folder = tmp_path / "kernels" / "colab"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), "utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    # As for a learner: what keeps TensorFlow quiet must be in the lesson.
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    return "colab"


@pytest.mark.colab
@pytest.mark.real_data
@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_runs_and_says_nothing_on_stderr(lesson, colab_kernel):
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", 4)
    NotebookClient(
        notebook,
        timeout=1800,  # seconds for one cell; only a cell that hangs needs as many
        kernel_name=colab_kernel,
        resources={"metadata": {"path": ROOT / "notebooks"}},
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.get("name") == "stderr"]
    assert said == []
    versions = {line for o in outputs for line in o.get("text", "").splitlines()}
    assert "✓ tensorflow 2.20.0" in versions or lesson != LESSONS[0]


@pytest.mark.colab
@pytest.mark.parametrize("writer", [sys.executable, str(PYTHON)])
def test_what_one_version_of_keras_writes_the_other_reads(writer, tmp_path):
    """Generators, recipes and checkpoints, with the lowest version and this one."""
    (reader,) = {sys.executable, str(PYTHON)} - {writer}
    versions = []
    for python, action in ((writer, "write"), (reader, "read")):
        command = [python, ROOT / "tests" / "colab" / "across.py", action, tmp_path]
        settings = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "text": True}
        run = subprocess.run(command, capture_output=True, **settings)
        assert run.returncode == 0, run.stderr
        versions.append(run.stdout.split()[-1])
    assert "3.13.2" in versions and len(set(versions)) == 2
