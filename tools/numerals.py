"""List the numbers in the text of lessons that nothing in the project bears out.

    python tools/numerals.py [NOTEBOOK ...]

A number is borne out if it stands in the code, or in the outputs of the lesson (also in
the alternative texts of its figures), or in its evidence file, rounded as the text
rounds it, or beside a link to a paper. The numbers of lessons, exercises and sections,
code, links, and tables that are written from the evidence are left out. What is listed
is to be printed by a cell, measured, given a reference, or taken out. It exits with 1
where it lists anything.
"""

import json
import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
APART = re.compile(
    r"<!-- evidence:.*?<!-- /evidence -->|^```.*?^```$|`[^`\n]+`|\]\([^)]*\)|https?://\S+"
    r"|^#+ .*$|^ *\d+\. |&#?\w+;"
    r"|\b(?:lessons?|exercises?|sections?|steps?|chapters?|equation|rows?|version|Keras"
    r"|TensorFlow|Python|seeds?) (?:\d+(?:[.,–-]\d+)*(?:,? (?:and|to|or) )?)+",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[−-]?\d+)?(?![\w])")
REFERENCE = re.compile(r"arxiv\.org|doi\.org")


def as_float(text):
    """A number as the text writes it."""
    return float(text.replace(",", "").replace("−", "-"))


def numbers(text):
    """The numbers in a text, as floats."""
    return {as_float(found) for found in NUMBER.findall(text)}


def leaves(value):
    """All numbers in what `json` has read."""
    if isinstance(value, dict):
        value = list(value.values()) + list(value)
    if isinstance(value, list):
        return {number for part in value for number in leaves(part)}
    if isinstance(value, str):
        return numbers(value)
    return {float(value)} if isinstance(value, int | float) else set()


def known_numbers(notebook, evidence):
    """What the code, the outputs and the evidence of a lesson hold."""
    found = leaves(evidence)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= numbers(re.sub(r"(?<=\d)_(?=\d)", "", cell.source))
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                found |= numbers(output.get("text", "") + data.get("text/plain", ""))
                alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
                found |= numbers(alt)
    return found


def is_known(text, known):
    """Whether a number, as it is written, is one of those known, or a share in %."""
    value, digits = abs(as_float(text)), len(text.partition(".")[2].partition("e")[0])
    half = 0.5001 * 10.0**-digits
    if "e" in text:
        half = abs(value) * 0.05
    return any(
        abs(abs(number) * scale - value) <= half
        for number in known
        for scale in (1, 100)
    )


def unproved(notebook, evidence, benchmarks=()):
    """Cells and paragraphs with numbers that nothing bears out, and these numbers."""
    known, wider = known_numbers(notebook, evidence), leaves(list(benchmarks))
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        for paragraph in cell.source.split("\n\n"):
            if REFERENCE.search(paragraph):
                continue
            text = APART.sub(" ", paragraph)
            numerals = known | wider if "benchmarks" in paragraph else known
            missing = [n for n in NUMBER.findall(text) if not is_known(n, numerals)]
            if missing:
                yield index, missing, " ".join(text.split())


def main(names):
    """Prints what it finds in the named notebooks, or in all."""
    number, folder = 0, ROOT / "benchmarks" / "evidence"
    raced = [
        json.loads((folder / f"{name}.json").read_text("utf-8"))
        for name in ("time_to_quality", "ablation")
    ]
    for path in map(Path, names or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))):
        stored = folder / f"{path.name[:2]}.json"
        evidence = json.loads(stored.read_text("utf-8")) if stored.exists() else {}
        notebook = nbformat.read(path, 4)
        for index, missing, line in unproved(notebook, evidence, raced):
            number += len(missing)
            print(f"{path.name} cell {index}: {', '.join(missing)}: {line}")
    print(f"{number} numbers that nothing bears out")
    return bool(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
