"""The README shows what the lessons show, and leads to files that exist."""

import base64
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LINKS = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)


@pytest.mark.parametrize("link", LINKS)
def test_every_file_that_the_readme_names_exists(link):
    assert (ROOT / link).exists()


def test_every_lesson_stands_in_the_readme_with_its_minutes():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        (row,) = re.findall(
            rf"^\|.*\({re.escape(f'notebooks/{path.name}')}\).*", README, re.M
        )
        minutes = float(row.split("|")[3])
        assert 0 < minutes <= 3
        text = nbformat.read(path, as_version=4).cells[0].source
        assert re.search(rf"\b{minutes:g} minutes?\b", text)


def test_pictures_are_those_of_the_stored_lessons():
    shown = {}
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for tag in cell.metadata.get("tags", []):
                if tag.startswith("picture:"):
                    shown_there = [o.data for o in cell.outputs if "data" in o]
                    figures = [data["image/png"] for data in shown_there]
                    shown[tag.removeprefix("picture:")] = base64.b64decode(figures[0])
    assert "notebooks/images/stages.png" in LINKS
    for name, content in shown.items():
        assert (ROOT / f"notebooks/images/{name}.png").read_bytes() == content
    assert "stages" in shown
