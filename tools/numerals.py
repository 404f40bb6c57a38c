"""List the numbers in the text of lessons that nothing in the project bears out.

    python tools/numerals.py [NOTEBOOK ...]

A number is borne out if it stands in the code, or in the outputs of the lesson (also in
the alternative texts of its figures), or in its evidence file, rounded as the text
rounds it, or beside a link to a paper, a law or a standard. A paragraph that names
`benchmarks` may take numbers from all evidence there is. Left out are numbers of
lessons and sections, minutes, displayed formulas, code, links, exercises, which state
their own numbers, and tables that are written from the evidence. What is listed is to
be printed by a cell, measured, given a reference, or taken out. It exits with 1 where
it lists anything.
"""

import json
import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
APART = re.compile(
    r"<!-- evidence:.*?<!-- /evidence -->|^```.*?^```$|\$\$.*?\$\$|`[^`\n]+`"
    r"|\]\([^)]*\)|https?://\S+"
    r"|^\|[^\n]*\bminutes\b[^\n]*(?:\n\|[^\n]*)*|[\d.]+ minutes?"
    r"|^#+ [^\n]*$|^ *\d+\. |&#?\w+;|\[(?:← )?\d\d (?=[A-Z])"
    r"|\b(?:lessons?|exercises?|sections?|steps?|chapters?|equation|rows?|version|Keras"
    r"|TensorFlow|Python|seeds?) (?:\d+(?:[.,–-]\d+)*(?:,? (?:and|to|or) )?)+",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[−-]?\d+)?(?![\w])")
CONSTANTS = {255.0, 2.718}  # the brightest pixel of a file, and e
EXERCISE = re.compile(r"^### \d+\. ", re.MULTILINE)
SOURCES = r"arxiv\.org|doi\.org|eur-lex\.europa\.eu|iptc\.org"
REFERENCE = re.compile(SOURCES)
MARKS = re.compile(rf"{SOURCES}|benchmarks")


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
    known = known_numbers(notebook, evidence) | CONSTANTS
    wider = leaves(list(benchmarks))
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown" or EXERCISE.search(cell.source):
            continue
        # What names a reference or a file must stay visible until it is split.
        kept = APART.sub(lambda m: " ".join(MARKS.findall(m[0])) + " ", cell.source)
        for paragraph in kept.split("\n\n"):
            if REFERENCE.search(paragraph):
                continue
            numerals = known | wider if "benchmarks" in paragraph else known
            text = MARKS.sub(" ", paragraph)
            missing = [n for n in NUMBER.findall(text) if not is_known(n, numerals)]
            if missing:
                yield index, missing, " ".join(text.split())


def main(names):
    """Prints what it finds in the named notebooks, or in all."""
    number, folder = 0, ROOT / "benchmarks" / "evidence"
    stored = {p.stem: json.loads(p.read_text("utf-8")) for p in folder.glob("*.json")}
    for path in map(Path, names or sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))):
        evidence = stored.get(path.name[:2], {})
        notebook = nbformat.read(path, 4)
        for index, missing, line in unproved(notebook, evidence, stored.values()):
            number += len(missing)
            print(f"{path.name} cell {index}: {', '.join(missing)}: {line}")
    print(f"{number} numbers that nothing bears out")
    return bool(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
