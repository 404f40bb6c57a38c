"""The glossary: one sorted line a term, anchors that work, every term of a lesson."""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text("utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))

BOLD = re.compile(r"\*\*(.+?)(?<!\\)\*\*")
LINE = re.compile(
    r'- (?:<a id="(?P<anchor>[a-z0-9-]+)"></a>)?'
    r"(?P<names>\*\*.+?(?<!\\)\*\*(?:, \*\*.+?\*\*)*): "
    r"(?P<meaning>[^|]+[.?]) "
    r"\((?:\[\d\d\]\(notebooks/(?P<lesson>\w+)\.ipynb\)|lesson (?P<planned>\d\d))\)"
)
# Bold in a lesson, but no terms: words that point at a place in a chart.
EMPHASISED = {"d moves", "g moves"}


class Entry(NamedTuple):
    """A line: its anchor ("" for a symbol), its names, and the lesson it links to."""

    anchor: str
    names: list[str]
    lesson: str


def entries(text: str) -> list[Entry]:
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    found = [(line, LINE.fullmatch(line)) for line in lines]
    broken = [line for line, match in found if match is None]
    assert not broken, broken
    return [
        Entry(match["anchor"] or "", BOLD.findall(match["names"]), match["lesson"])
        for _, match in found
    ]


def section(name: str) -> list[Entry]:
    _, _, after = GLOSSARY.partition(f"## {name}\n")
    return entries(re.split(r"^## ", after, flags=re.MULTILINE)[0])


def known_names() -> set[str]:
    return {name.casefold() for entry in entries(GLOSSARY) for name in entry.names}


def text_of(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def bold_terms(text: str) -> set[str]:
    """What a lesson prints in bold, but for headings such as **Predict:**.

    Bold in a table marks a row, and a number in bold is a result.
    """
    lines = [line for line in text.splitlines() if not line.startswith("|")]
    found = {term.casefold() for term in BOLD.findall("\n".join(lines))}
    return {term for term in found if re.fullmatch(r"\D.*[^.:?]|\D", term)}


def missing(text: str, names: set[str]) -> set[str]:
    """Terms of a text that no name explains, in the singular or in the plural."""
    terms = bold_terms(text) - EMPHASISED
    return {term for term in terms if not {term, term.removesuffix("s")} & names}


def test_each_line_has_one_term_one_meaning_and_one_lesson():
    assert len(section("Symbols")) > 10
    assert len(section("Terms")) > 60
    assert len(section("Symbols") + section("Terms")) == len(entries(GLOSSARY))


@pytest.mark.parametrize("name", ["Symbols", "Terms"])
def test_lines_are_sorted_and_no_name_stands_twice(name):
    first_names = [entry.names[0].casefold() for entry in section(name)]
    assert first_names == sorted(first_names)
    names = [name.casefold() for entry in section(name) for name in entry.names]
    assert len(names) == len(set(names))


def test_anchors_work():
    anchors = re.findall(r'id="(.+?)"', GLOSSARY)
    assert len(anchors) == len(set(anchors)) == len(section("Terms"))
    links = set(re.findall(r"\]\(#(.+?)\)", GLOSSARY))
    assert links <= set(anchors)
    for entry in section("Terms"):
        start = re.split(r"[^a-z0-9]", entry.names[0].casefold())[0]
        assert entry.anchor.startswith(start)


def test_each_initial_is_linked_from_the_top():
    top = GLOSSARY.partition("## ")[0]
    firsts = {}
    for entry in section("Terms"):
        firsts.setdefault(entry.names[0][0].upper(), entry.anchor)
    assert dict(re.findall(r"\[(.)\]\(#(.+?)\)", top)) == firsts


def test_each_lesson_that_is_linked_uses_the_term():
    texts = {path.stem: text_of(path).casefold() for path in LESSONS}
    for entry in section("Terms"):
        if entry.lesson:
            assert entry.lesson in texts
            names = [name.casefold() for name in entry.names]
            assert any(name in texts[entry.lesson] for name in names), entry


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_bold_term_of_a_lesson_is_explained(path):
    assert missing(text_of(path), known_names()) == set()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_lesson_links_to_the_glossary(path):
    anchors = re.findall(r"\]\(\.\./GLOSSARY\.md(?:#(.+?))?\)", text_of(path))
    assert anchors
    assert set(anchors) <= {"", *(entry.anchor for entry in entries(GLOSSARY))}


# The tests themselves


def test_a_term_without_a_line_is_found():
    text = "**Predict:** a **latent**, two **Latents**, **b2 maps** and **wombats**."
    assert missing(text, {"latent"}) == {"b2 maps", "wombats"}
    assert missing("| **row** |\n**00 Start**, **3.5** **x**", set()) == {"x"}


@pytest.mark.parametrize(
    "line",
    [
        "- **no lesson**: A meaning.",
        "- **no meaning** ([00](notebooks/00_start_here.ipynb))",
        "- **no stop**: A meaning ([00](notebooks/00_start_here.ipynb))",
        "- not bold: A meaning. (lesson 07)",
    ],
)
def test_a_broken_line_is_found(line):
    with pytest.raises(AssertionError):
        entries(line)
