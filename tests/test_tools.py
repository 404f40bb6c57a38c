"""The programs behind `make lab`, `make notebooks` and `make address`."""

import base64
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import learner_copies
import nbformat
import numerals
import pytest
import venv_state
from nbformat import v4
from PIL import Image

ROOT = Path(__file__).parents[1]


def run_tool(name, *arguments):
    """Runs a program in a process of its own, as make does."""
    command = [sys.executable, name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def write_notebook(path, *sources):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [v4.new_code_cell(source) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


def files_in(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# The learner's copies


@pytest.fixture
def course(tmp_path):
    """A course of two lessons."""
    write_notebook(tmp_path / "notebooks/01.ipynb", "1")
    lesson = write_notebook(tmp_path / "notebooks/00.ipynb", "6 * 7", "answer = ...")
    notebook = nbformat.read(lesson, as_version=4)
    text = "![A](images/a.png) [x](../GLOSSARY.md#x) [next](01.ipynb)"
    notebook.cells.append(v4.new_markdown_cell(text))
    notebook.cells[0].outputs = [v4.new_output("stream", text="42")]
    notebook.cells[0].execution_count = 1
    notebook.metadata["widgets"] = {"state": {}}
    nbformat.write(notebook, lesson)
    (tmp_path / "notebooks/images").mkdir()
    (tmp_path / "notebooks/images/a.png").write_bytes(b"picture")
    (tmp_path / "GLOSSARY.md").write_text("- x ([00](notebooks/00.ipynb))")
    return tmp_path


@pytest.fixture
def work(course, tmp_path_factory):
    """The copies, in a folder elsewhere."""
    folder = tmp_path_factory.mktemp("elsewhere") / "work"
    (line,) = learner_copies.update(folder, course)
    assert str(folder) in line
    return folder


def edit(path, source, number=1):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[number].source = source
    nbformat.write(notebook, path)
    return path.read_bytes()


def test_copies_have_no_outputs_and_all_that_they_link_to(work, course):
    assert learner_copies.update(work, course) == []
    notebook = nbformat.read(work / "00.ipynb", as_version=4)
    assert [cell.get("outputs", []) for cell in notebook.cells] == [[], [], []]
    assert notebook.cells[0].execution_count is None
    assert "widgets" not in notebook.metadata
    text = notebook.cells[2].source
    assert text == "![A](images/a.png) [x](GLOSSARY.md#x) [next](01.ipynb)"
    assert (work / "images/a.png").read_bytes() == b"picture"
    assert (work / "GLOSSARY.md").read_text() == "- x ([00](00.ipynb))"


def test_an_unchanged_copy_is_renewed_and_a_deleted_one_comes_back(work, course):
    # What JupyterLab does to a copy that is only run.
    notebook = nbformat.read(work / "00.ipynb", as_version=4)
    notebook.cells[0].outputs = [v4.new_output("stream", text="42")]
    notebook.cells.append(v4.new_code_cell(""))
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Mine"}
    nbformat.write(notebook, work / "00.ipynb")
    edit(course / "notebooks/00.ipynb", "better = ...")
    (work / "01.ipynb").unlink()
    renewed, fresh = learner_copies.update(work, course)
    assert "00.ipynb: there is a new version, and you have it now" in renewed
    assert fresh == "01.ipynb: a fresh copy."
    assert b"better" in (work / "00.ipynb").read_bytes()
    assert learner_copies.update(work, course) == []


def test_a_changed_copy_stays_and_the_new_version_lies_beside_it(work, course):
    own = edit(work / "00.ipynb", "answer = 42")
    assert learner_copies.update(work, course) == []  # the lesson is still the same
    for source, said in [("second", "00.new.ipynb"), ("third", "00.new.ipynb")]:
        edit(course / "notebooks/00.ipynb", source)
        (line,) = learner_copies.update(work, course)
        assert said in line and source.encode() in (work / said).read_bytes()
        assert learner_copies.update(work, course) == []
    # The new version is worked on too: the next one finds a name of its own.
    own_new = edit(work / "00.new.ipynb", "answer = 43")
    edit(course / "notebooks/00.ipynb", "fourth")
    (line,) = learner_copies.update(work, course)
    assert "00.new-2.ipynb" in line
    assert (work / "00.ipynb").read_bytes() == own
    assert (work / "00.new.ipynb").read_bytes() == own_new


@pytest.mark.parametrize("record", [None, b"{", b"[]", b'{"00.ipynb": []}', b"\xff"])
def test_without_its_record_nothing_is_lost(work, course, record):
    own = edit(work / "00.ipynb", "answer = 42")
    (work / "01.ipynb").write_text("no notebook")
    (work / ".lessons.json").unlink()
    if record:
        (work / ".lessons.json").write_bytes(record)
    lines = learner_copies.update(work, course)
    assert ["00.new.ipynb" in lines[0], "01.new.ipynb" in lines[1]] == [True, True]
    assert (work / "00.ipynb").read_bytes() == own
    assert (work / "01.ipynb").read_text() == "no notebook"
    assert learner_copies.update(work, course) == []


def test_a_folder_that_cannot_be_written_is_named_with_a_way_out(tmp_path):
    (tmp_path / "work").write_text("a file is here")
    result = run_tool(ROOT / "tools/learner_copies.py", tmp_path / "work")
    assert result.returncode == 1
    assert "make lab LAB_ROOT=" in result.stderr and "Traceback" not in result.stderr
    assert files_in(tmp_path) == {"work": b"a file is here"}


# The environment


def test_faults_of_an_environment_are_found(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "requirements.lock").write_text(
        "numpy==0.1 \\\n    --hash=sha256:0\nabsent==1 ; python_version > '3'\n"
        "other==1 ; python_version < '3'\n"
    )
    wrong, absent, elsewhere = venv_state.faults(tmp_path)
    assert wrong.endswith("expected ==0.1") and "absent None" in absent
    assert "gan_tutorial is " in elsewhere  # it was moved here from another folder


# The stored notebooks and the address


def test_run_notebooks_stores_outputs_and_nothing_of_the_machine(tmp_path):
    bad = write_notebook(tmp_path / "01.ipynb", "print(1)", "1 / 0")
    before = bad.read_bytes()
    slider = "import ipywidgets\n\nipywidgets.IntSlider()"
    figure = (
        "from PIL import Image\nImage.new('RGBA', (2, 1), (9, 8, 7, 255))",
        "Image.new('RGBA', (2, 1), (9, 8, 7, 6))",
    )
    good = write_notebook(tmp_path / "02.ipynb", "print(6 * 7)", slider, *figure)
    again = tmp_path / "03.ipynb"
    shutil.copy(good, again)
    # A notebook that fails stays as it was, and the others run all the same.
    result = run_tool(ROOT / "tools/run_notebooks.py", bad, good, again)
    assert result.returncode == 1
    assert "01.ipynb: FAILED" in result.stderr
    assert "ZeroDivisionError" in result.stderr
    assert bad.read_bytes() == before

    notebook = nbformat.read(good, as_version=4)
    assert notebook.cells[0].outputs[0].text == "42\n"
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    # Of a widget, which does nothing without a kernel, its text.
    assert notebook.cells[1].outputs[0].data == {"text/plain": "IntSlider(value=0)"}
    assert "widgets" not in notebook.metadata
    # Figures keep their pixels, and their opacity only where something shows through.
    shown = [cell.outputs[0].data["image/png"] for cell in notebook.cells[2:]]
    shown = [Image.open(io.BytesIO(base64.b64decode(data))) for data in shown]
    assert [picture.getpixel((1, 0)) for picture in shown] == [(9, 8, 7), (9, 8, 7, 6)]
    assert good.read_bytes() == again.read_bytes()


def test_set_address_writes_it_everywhere_or_nowhere(tmp_path):
    tool = tmp_path / "tools/set_address.py"
    tool.parent.mkdir()
    shutil.copy(ROOT / "tools/set_address.py", tool.parent)
    texts = {
        "pyproject.toml": '[project.urls]\nRepository = "https://github.com/{}"\n',
        "README.md": "https://mybinder.org/v2/gh/{}/HEAD?urlpath=lab\n"
        "https://github.com/old/course-of-others https://github.com/other/course\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text.format("old/course"))
    write_notebook(
        tmp_path / "notebooks/00.ipynb", '"git+https://github.com/old/course"'
    )
    before = files_in(tmp_path)
    for address in ("https://github.com/new", "https://example.org/a/b"):
        assert f"got {address!r}, expected" in run_tool(tool, address).stderr
    assert "got ''" in run_tool(tool).stderr  # and there is no remote
    assert files_in(tmp_path) == before

    assert run_tool(tool, "https://github.com/new.name/a.git").returncode == 0
    after = files_in(tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    remote = ["git", "remote", "add", "origin", "git@github.com:my/own.git"]
    subprocess.run(remote, cwd=tmp_path, check=True)
    assert run_tool(tool).returncode == 0
    for name, text in texts.items():
        assert after[name].decode() == text.format("new.name/a")
        assert (tmp_path / name).read_text() == text.format("my/own")
    assert b'\\"git+https://github.com/new.name/a\\"' in after["notebooks/00.ipynb"]
    assert json.loads((tmp_path / "notebooks/00.ipynb").read_text())


def test_the_lessons_have_no_number_that_nothing_bears_out(capsys):
    assert not numerals.main([]), capsys.readouterr().out


def test_numbers_that_nothing_bears_out_are_listed():
    figure = v4.new_output("execute_result", {"image/png": "aGk=", "text/plain": "<F>"})
    figure.metadata = {"image/png": {"alt": "loss from 2.25 to 0.5"}}
    outputs = [v4.new_output("stream", text="share 0.8333, 12,000 steps\n"), figure]
    cells = [
        v4.new_code_cell("size = 60_000 - 28", outputs=outputs),
        v4.new_markdown_cell(
            "# 31 ideas\n\n0.83 or 83 % of 28, 60,000 and 12,000, in lesson 04, `77`."
            "\n\nNot 0.84, nor 0.834, nor −9.\n\n```python\nx = 55\n```\n\n"
            "It falls to 0.5; by the evidence 4.7. "
            "[A paper](https://arxiv.org/abs/1234.5678) says 99."
            "\n\n<!-- evidence:a\n|b|\n-->\n|41|\n<!-- /evidence -->"
        ),
        v4.new_markdown_cell("The file in `benchmarks` has 1.97."),
        v4.new_markdown_cell("No file has 1.97, and none has 4.8."),
    ]
    notebook, evidence = v4.new_notebook(cells=cells), {"runs": [{"x": [4.71]}]}
    found = list(numerals.unproved(notebook, evidence, [{"median": 1.974}]))
    missing = [(index, names) for index, names, _ in found]
    assert missing == [(1, ["0.84", "0.834", "−9"]), (3, ["1.97", "4.8"])]
    for _, _, line in found:
        assert "has" in line or "Not" in line
