"""The glossary explains each term of a lesson; the pages' links and pictures hold."""

import base64
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text("utf-8")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BOLD = re.compile(r"\*\*(.+?)(?<!\\)\*\*")
# - <a id="anchor"></a>**term**, **other name**: Its meaning. ([00](notebooks/...))
LINE = re.compile(
    r'- (?:<a id="(?P<anchor>[a-z0-9-]+)"></a>)?'
    r"(?P<names>\*\*.+?(?<!\\)\*\*(?:, \*\*.+?\*\*)*): [^|]+[.?] "
    r"\((?:\[\d\d\]\(notebooks/\w+\.ipynb\)|lesson \d\d)\)"
)


def cells(path):
    return nbformat.read(path, as_version=4).cells


def entries(part):
    """The lines of a part of the glossary, as matches of LINE, or None if broken."""
    text = GLOSSARY.partition(f"## {part}\n")[2].partition("\n## ")[0]
    return [LINE.fullmatch(line) for line in text.splitlines() if line.startswith("- ")]


def bold_terms(text):
    """What a lesson prints in bold, but for rows of tables, numbers and headings."""
    lines = [line for line in text.splitlines() if not line.startswith("|")]
    found = {term.casefold() for term in BOLD.findall("\n".join(lines))}
    return {term for term in found if re.fullmatch(r"\D.*[^.:?]|\D", term)}


@pytest.mark.parametrize("part", ["Symbols", "Terms"])
def test_lines_are_whole_sorted_and_each_name_stands_once(part):
    names = [BOLD.findall(line["names"].casefold()) for line in entries(part)]
    assert names == sorted(names, key=lambda group: group[0])
    assert len(names) > 10
    assert len(sum(names, [])) == len(set(sum(names, [])))


def test_anchors_work_and_each_initial_is_linked_from_the_top():
    anchors = re.findall(r'id="(.+?)"', GLOSSARY)
    assert len(anchors) == len(set(anchors)) == len(entries("Terms"))
    assert set(re.findall(r"\]\(#(.+?)\)", GLOSSARY)) <= set(anchors)
    firsts = {}
    for line in entries("Terms"):
        firsts.setdefault(line["names"][2].upper(), line["anchor"])
    top = GLOSSARY.partition("## ")[0]
    assert dict(re.findall(r"\[(.)\]\(#(.+?)\)", top)) == firsts


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_bold_term_of_a_lesson_is_explained(path):
    known = {
        name.casefold()
        for line in (*entries("Symbols"), *entries("Terms"))
        for name in BOLD.findall(line["names"])
    }
    text = "\n\n".join(c.source for c in cells(path) if c.cell_type == "markdown")
    missing = {t for t in bold_terms(text) if not {t, t.removesuffix("s")} & known}
    assert missing == set()
    assert "](../GLOSSARY.md" in text


def test_bold_terms_are_found():
    text = "**Predict:** **Latents**, **b2 maps**\n| **row** |\n**00 Start**, **3.5**"
    assert bold_terms(text) == {"latents", "b2 maps"}


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "GLOSSARY.md", "RESOURCES.md"]
)
def test_pages_lead_to_files_that_exist_and_the_readme_to_all_lessons(name):
    text = (ROOT / name).read_text("utf-8")
    links = set(re.findall(r"\]\((?!https?:|#)([^)#]+)", text))
    assert {link for link in links if not (ROOT / link).exists()} == set()
    if name == "README.md":
        assert {f"notebooks/{path.name}" for path in LESSONS} <= links


def test_pictures_are_those_of_the_stored_lessons():
    shown = {
        tag.removeprefix("picture:"): output.data["image/png"]
        for path in LESSONS
        for cell in cells(path)
        for tag in cell.metadata.get("tags", [])
        for output in cell.get("outputs", [])
        if tag.startswith("picture:") and "image/png" in output.get("data", {})
    }
    assert shown
    for name, figure in shown.items():
        stored = (ROOT / f"notebooks/images/{name}.png").read_bytes()
        assert stored == base64.b64decode(figure), name
