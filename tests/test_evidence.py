"""Lessons are the experiments: what they record, and the tables that show it."""

import json
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import v4

from gan_tutorial import evidence

ROOT = Path(__file__).parents[1]
TABLE = """Words before.

<!-- evidence:runs
|change|{head}|
|{{row}}|{cells}|
-->
<!-- /evidence -->

Words after."""


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    import evidence as program

    yield program
    for name in ("evidence", "tables", "writing"):
        sys.modules.pop(name, None)


def _write_lesson(folder, source, table, seeds=(1, 2)):
    cells = [
        v4.new_code_cell("seed = 0\ntimes = 1", metadata={"tags": ["parameters"]}),
        v4.new_code_cell(f"from gan_tutorial import evidence\n\n{source}"),
        v4.new_markdown_cell(table),
    ]
    plan = [{"seeds": list(seeds), "parameters": {"times": 10}}]
    metadata = {"gan_tutorial": {"evidence": plan}}
    path = folder / "07_a_lesson.ipynb"
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def _text(path):
    return nbformat.read(path, as_version=4).cells[-1].source


def test_a_lesson_runs_with_its_seeds_and_its_table_is_written(tmp_path, tool, capsys):
    source = """evidence.record(runs={
    "plain": {"score": 10 * seed + times / 40, "draws": [seed, 3], "gap": None}
})"""
    cells = "{seed}|{score:.1f}|{draws.mean:g}|{gap:.1f}"
    table = TABLE.format(head="seed|score|mean|gap", cells=cells)
    path = _write_lesson(tmp_path, source, table)
    assert tool.main([], tmp_path, tmp_path) == 0

    kept = json.loads((tmp_path / "07.json").read_text())
    assert kept["command"] == "python tools/evidence.py 07"
    assert {"python", "tensorflow", "keras", "numpy", "threads"} < set(kept)
    assert [run["seed"] for run in kept["runs"]] == [1, 2]
    assert kept["runs"][1]["parameters"] == {"times": 10}
    assert kept["runs"][1]["values"]["runs"]["plain"]["score"] == 20.25
    assert "|plain|1|10.2|2|–|\n|plain|2|20.2|2.5|–|\n" in _text(path)
    assert _text(path).startswith("Words before.") and "Words after" in _text(path)
    assert tool.main(["--check"], tmp_path, tmp_path) == 0

    # A figure that somebody changed by hand is seen, and put right.
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = notebook.cells[-1].source.replace("20.2", "21.2")
    nbformat.write(notebook, path)
    capsys.readouterr()
    assert tool.main(["--check"], tmp_path, tmp_path) == 1
    assert "07_a_lesson.ipynb: runs is not as in 07.json" in capsys.readouterr().err
    assert "21.2" in _text(path)
    assert tool.main(["--write-tables"], tmp_path, tmp_path) == 0
    assert "20.2" in _text(path)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("evidence.record(a=1)\nevidence.record(a=1)", "records ['a'] more than once"),
    ],
)
def test_a_lesson_that_fails_leaves_its_table(tmp_path, tool, capsys, source, message):
    path = _write_lesson(tmp_path, source, TABLE.format(head="", cells=""))
    before = path.read_bytes()
    (tmp_path / "07.json").write_text("old")
    assert tool.main(["07"], tmp_path, tmp_path) == 1
    assert message in capsys.readouterr().err
    assert path.read_bytes() == before
    assert (tmp_path / "07.json").read_text() == "old"


def test_a_table_of_all_seeds_and_of_chosen_rows(tool):
    from tables import make_table

    def run(seed, good):
        rows = {"plain": {"good": good}, "R1": {"good": good + 1}, "more": {"good": 0}}
        return {"seed": seed, "parameters": {}, "values": {"ring": rows}}

    kept = {"command": "it", "runs": [run(1, 5), run(2, 9), run(3, 6)]}
    kept["runs"].append({"seed": 1, "parameters": {"data_set": "vases"}, "values": {}})
    cells = "{good:.0f}|{good[1]:.0f}|{good.median:.1f}|{good.spread:.2f}"
    plan = f"|change|a|b|c|d|\n|{{row}}|{cells}|\nR1\nplain"
    assert make_table(kept, "ring", plan).splitlines() == [
        "|change|a|b|c|d|",
        "|---|---|---|---|---|",
        "|R1|6/10/7|10|7.0|2.08|",
        "|plain|5/9/6|9|6.0|2.08|",
    ]
    with pytest.raises(ValueError, match="has no 'other'"):
        make_table(kept, "ring", "|a|\n|{good}|\nother")
    with pytest.raises(ValueError, match="has recorded no rings"):
        make_table(kept, "rings", plan)
    # Where a seed has no value, what would sum up all seeds is a gap, too.
    kept["runs"][1]["values"]["ring"]["plain"]["good"] = None
    table = make_table(kept, "ring", "|a|\n|{good.median:.1f} {good.low:.0f}|\nplain")
    assert table.splitlines()[-1] == "|– –|"


def test_record_keeps_plain_values_and_refuses_the_rest(tmp_path, monkeypatch):
    evidence.record(unseen=1)  # nobody asks: nothing happens
    file = tmp_path / "recorded"
    monkeypatch.setenv(evidence.FILE, str(file))
    evidence.record(a=np.float32(0.5), b=np.arange(2), c={"d": (1, None, "text")})
    evidence.record(e=True)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert lines == [
        {"a": 0.5, "b": [0, 1], "c": {"d": [1, None, "text"]}},
        {"e": True},
    ]
    for wrong in (np.nan, [1, float("inf")], {"a": np.array([np.nan])}):
        with pytest.raises(ValueError, match="expected a finite number to record"):
            evidence.record(wrong=wrong)
    with pytest.raises(
        TypeError, match=r"wrong\['a'\] is of type set; expected numbers"
    ):
        evidence.record(wrong={"a": {1}})
    assert len(file.read_text().splitlines()) == 2


def test_stored_tables_are_those_of_the_evidence(tool, capsys):
    assert tool.main(["--check"]) == 0, capsys.readouterr().err
