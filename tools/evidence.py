"""Run lessons with several seeds, keep what they record, and write their tables.

    python tools/evidence.py 04 07           # these lessons; without numbers, all
    python tools/evidence.py --write-tables  # from the evidence there is
    python tools/evidence.py --check         # compare tables and evidence

What lesson 03 hands to `gan_tutorial.evidence.record` goes to
benchmarks/evidence/03.json. The metadata of its notebook say how it is to run, and with
which parameters in place of those that a reader finds in it:

    "gan_tutorial": {"evidence": [
        {"seeds": [1, 2, 3], "parameters": {"more_rivals": true}}]}

How a table stands in the text: see tools/tables.py. The evidence names the versions and
the number of threads (by TF_NUM_INTRAOP_THREADS; else one for each core).
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tables import fill

from gan_tutorial.files import write_whole

ROOT = Path(__file__).parents[1]


def run_lesson(path, parameters):
    """Runs a notebook with other parameters; returns what it recorded, by name."""
    notebook = nbformat.read(path, as_version=4)
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    place = ["parameters" in tag for tag in tags].index(True)
    source, lines = notebook.cells[place].source, []
    for name, value in parameters.items():
        if f"\n{name} = " not in f"\n{source}":
            raise ValueError(f"{path.name} has no parameter {name}.")
        lines.append(f"{name} = {value!r}")
    if "environment.prepare(" in source:
        lines.append("environment.prepare(seed)")
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell("\n".join(lines)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recorded.jsonl"
        client = NotebookClient(
            notebook,
            timeout=None,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
        )
        client.execute(env=os.environ | {"GAN_TUTORIAL_EVIDENCE": str(file)})
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
    found = {}
    for line in lines:
        # Six digits: what comes after them is noise, and makes the file unreadable.
        values = json.loads(line, parse_float=lambda text: float(f"{float(text):.6g}"))
        if found.keys() & values.keys():
            raise ValueError(f"{path.name} records {[*values]} more than once.")
        found |= values
    return found


def measure(path, plan):
    """Runs a lesson as its metadata ask for; returns its evidence."""
    runs = []
    for part in plan:
        for seed in part["seeds"]:
            start, parameters = time.perf_counter(), part.get("parameters", {})
            values = run_lesson(path, parameters | {"seed": seed})
            runs.append({"seed": seed, "parameters": parameters, "values": values})
            seconds = time.perf_counter() - start
            print(
                f"{path.name}, seed {seed}, {parameters}: {seconds:.0f} s", flush=True
            )
    return {
        "command": f"python tools/evidence.py {path.name[:2]}",
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")},
        "threads": int(os.environ.get("TF_NUM_INTRAOP_THREADS", os.cpu_count())),
        "runs": runs,
    }


def main(arguments, notebooks=ROOT / "notebooks", kept=ROOT / "benchmarks/evidence"):
    """Does what the command line asks for; returns 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", help="numbers, such as 04")
    parser.add_argument("--write-tables", action="store_true", help="run nothing")
    parser.add_argument("--check", action="store_true", help="run and write nothing")
    args = parser.parse_args(arguments)
    problems = []
    for path in sorted(notebooks.glob("[0-9]*.ipynb")):
        plan = nbformat.read(path, as_version=4).metadata.get("gan_tutorial", {})
        is_asked = not args.lessons or path.name[:2] in args.lessons
        if not is_asked or "evidence" not in plan:
            continue
        file = kept / f"{path.name[:2]}.json"
        try:
            if not args.check and not args.write_tables:
                evidence = json.dumps(measure(path, plan["evidence"]), indent=1)
                write_whole(file, f"{evidence}\n".encode())
            # Read now: somebody may have edited the lesson while it ran.
            notebook = nbformat.read(path, as_version=4)
            changed = fill(notebook, json.loads(file.read_text("utf-8")))
        except (CellExecutionError, OSError, ValueError) as error:
            problems.append(f"{path.name}: left as it was. {error}")
            continue
        if args.check:
            problems += [f"{path.name}: {n} is not as in {file.name}" for n in changed]
        elif changed:
            write_whole(path, f"{nbformat.writes(notebook)}\n".encode())
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
