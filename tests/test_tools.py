"""The programs behind `make notebooks` and `make address`."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat import v4

ROOT = Path(__file__).parents[1]


def run_tool(name, *arguments):
    """Runs a program in a process of its own, as make does."""
    command = [sys.executable, name, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def write_notebook(path, *sources):
    cells = [v4.new_code_cell(source) for source in sources]
    nbformat.write(v4.new_notebook(cells=cells), path)
    return path


def test_run_notebooks_stores_outputs_and_nothing_of_the_machine(tmp_path):
    bad = write_notebook(tmp_path / "01.ipynb", "print(1)", "1 / 0")
    before = bad.read_bytes()
    slider = "import ipywidgets\n\nipywidgets.IntSlider()"
    good = write_notebook(tmp_path / "02.ipynb", "print(6 * 7)", slider)

    # A notebook that fails stays as it was, and the others run all the same.
    result = run_tool(ROOT / "tools/run_notebooks.py", bad, good)
    assert result.returncode == 1
    assert "01.ipynb: FAILED" in result.stderr
    assert "ZeroDivisionError" in result.stderr
    assert bad.read_bytes() == before

    notebook = nbformat.read(good, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].outputs[0].text == "42\n"
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    view = notebook.cells[1].outputs[0].data["application/vnd.jupyter.widget-view+json"]
    state = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state
    assert state[view["model_id"]].model_name == "IntSliderModel"
    assert {file.name for file in tmp_path.iterdir()} == {"01.ipynb", "02.ipynb"}

    # Once more: the same file, byte for byte.
    stored = good.read_bytes()
    result = run_tool(ROOT / "tools/run_notebooks.py", good)
    assert result.returncode == 0, result.stderr
    assert good.read_bytes() == stored


def copy_of_the_repository(folder):
    """The files that set_address.py reads, with an address of their own."""
    (folder / "tools").mkdir()
    shutil.copy(ROOT / "tools/set_address.py", folder / "tools")
    project = '[project.urls]\nRepository = "https://github.com/old/course"\n'
    (folder / "pyproject.toml").write_text(project)
    readme = """https://mybinder.org/v2/gh/old/course/HEAD?urlpath=lab
https://colab.research.google.com/github/old/course/blob/main/x.ipynb
https://github.com/old/course-of-others https://github.com/other/course
"""
    (folder / "README.md").write_text(readme)
    (folder / "notebooks").mkdir()
    source = '"git+https://github.com/old/course"'
    return write_notebook(folder / "notebooks/00.ipynb", source)


def test_set_address_writes_it_everywhere(tmp_path):
    notebook = copy_of_the_repository(tmp_path)
    tool = tmp_path / "tools/set_address.py"
    result = run_tool(tool, "https://github.com/new.name/gan-course.git")
    assert result.returncode == 0, result.stderr
    project = (tmp_path / "pyproject.toml").read_text()
    assert '"https://github.com/new.name/gan-course"' in project
    assert (tmp_path / "README.md").read_text().splitlines() == [
        "https://mybinder.org/v2/gh/new.name/gan-course/HEAD?urlpath=lab",
        "https://colab.research.google.com/github/new.name/gan-course/blob/main/x.ipynb",
        "https://github.com/old/course-of-others https://github.com/other/course",
    ]
    (cell,) = nbformat.read(notebook, as_version=4).cells
    assert cell.source == '"git+https://github.com/new.name/gan-course"'
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"pyproject.toml", "README.md", "00.ipynb", "set_address.py"}


def test_set_address_refuses_what_is_no_repository(tmp_path):
    copy_of_the_repository(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    for address in ("", "https://github.com/new", "https://example.org/a/b"):
        result = run_tool(tmp_path / "tools/set_address.py", address)
        assert result.returncode == 1
        assert f"got {address!r}, expected an address on GitHub" in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
