"""Make the learner's own copies of the lessons, without outputs.

    python tools/learner_copies.py [FOLDER]

FOLDER is `work` beside `notebooks` unless named. A copy holds no outputs, so that no
answer stands under a *Predict*, and FOLDER holds the pictures and the glossary too, so
that it works wherever it lies. What a learner wrote is never overwritten:

- a copy that is missing is made; to start a lesson again, delete its copy;
- a copy that was not changed is replaced when its lesson has a new version;
- beside a copy that was changed, the new version is written as `NAME.new.ipynb`, once.

`FOLDER/.lessons.json` holds, for each file, the fingerprint of the version that was
written last. Without it nothing is lost: each copy that differs counts as changed.
"""

import hashlib
import json
import sys
from pathlib import Path

import nbformat

from gan_tutorial.files import write_whole

ROOT = Path(__file__).resolve().parents[1]


def fresh_lesson(path: Path) -> bytes:
    """A lesson without what a run left in it, its links made for the copies' folder."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = cell.source.replace("](../GLOSSARY.md", "](GLOSSARY.md")
    return (nbformat.writes(notebook) + "\n").encode()


def fresh_files(root: Path) -> dict[str, bytes]:
    """All files of the copies' folder by their names, as they are made today."""
    lessons = root / "notebooks"
    files = {path.name: fresh_lesson(path) for path in sorted(lessons.glob("*.ipynb"))}
    for path in sorted((lessons / "images").glob("*.*")):
        files[f"images/{path.name}"] = path.read_bytes()
    glossary = (root / "GLOSSARY.md").read_text("utf-8")
    files["GLOSSARY.md"] = glossary.replace("](notebooks/", "](").encode()
    return files


def fingerprint(name: str, content: bytes) -> str:
    """A hash of what a person writes: of a notebook, the sources of its cells."""
    if name.endswith(".ipynb"):
        try:
            cells = nbformat.reads(content.decode(), as_version=4).cells
            # JupyterLab adds an empty cell when the last one is run.
            sources = [(c.cell_type, c.source) for c in cells if c.source.strip()]
            content = json.dumps(sources).encode()
        except Exception:  # a damaged notebook: its bytes are what it is
            pass
    return hashlib.sha256(content).hexdigest()


def read_record(path: Path) -> dict[str, str]:
    """The fingerprints by file name; empty if the record is missing or damaged."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    record = record if isinstance(record, dict) else {}
    return {name: mark for name, mark in record.items() if isinstance(mark, str)}


def place_beside(path: Path, known: set) -> Path:
    """Where a new version goes: a name that is free, or holds an unchanged version."""
    number = 1
    while True:
        ending = ".new" if number == 1 else f".new-{number}"
        place = path.with_name(f"{path.stem}{ending}{path.suffix}")
        if not place.exists() or fingerprint(place.name, place.read_bytes()) in known:
            return place
        number += 1


def update(folder: Path, root: Path = ROOT) -> list[str]:
    """Makes and renews the copies.

    Returns:
        One line for each copy of which a learner should know.

    Raises:
        OSError: if the folder cannot be written to. Each file is then whole.
    """
    stored = read_record(folder / ".lessons.json")
    record, lines = dict(stored), []
    is_new = not any(folder.glob("*.ipynb"))
    for name, content in fresh_files(root).items():
        path, last, now = folder / name, stored.get(name), fingerprint(name, content)
        if not path.exists():
            write_whole(path, content)
            if name.endswith(".ipynb") and not is_new:
                lines.append(f"{name}: a fresh copy.")
        elif last != now:
            own = fingerprint(name, path.read_bytes())
            if own == last:
                write_whole(path, content)
                lines.append(f"{name}: there is a new version, and you have it now.")
            elif own != now:
                beside = place_beside(path, {last, now})
                write_whole(beside, content)
                text = f"Yours stays as it is; the new one is {beside.name}, beside it."
                lines.append(f"{name}: there is a new version. {text}")
        record[name] = now
    if record != stored:
        write_whole(folder / ".lessons.json", json.dumps(record, indent=1).encode())
    if is_new:
        lines.append(f"Your copies of the lessons are in {folder}: change them freely.")
    return lines


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "work"
    try:
        for line in update(target):
            print(line)
    except OSError as error:
        sys.exit(
            f"The copies of the lessons cannot be written: {error}.\n"
            "Name a folder of yours: make lab LAB_ROOT=/path/to/folder"
        )
