"""What the course cites, compared with its list of references.

A citation is an arXiv number, a DOI or, in a lesson, the address of a page outside of
the course. It must be in references.toml, and what stands before it must agree:

- names, as in "Chen and Fuge", "Karras et al." or "Isola and others";
- what stands between them and the citation: the title, in full or up to its colon,
  a venue with its year, or words that begin with a small letter.

Each year in the Source of a docstring, or in a line of a lesson's Go further, must be
that of a reference whose first author is named there. Code in Markdown is left out.
"""

import re

import nbformat

CITATION = re.compile(
    r"(?:\]\()?(?:"
    r"(?:arXiv[: ]|(?:https?://)?arxiv\.org/(?:abs|pdf)/)(?P<arxiv>\d{4}\.\d{4,5})\b"
    r"|(?<![\w./-])(?P<bare>\d{4}\.\d{5})\b"
    r"|(?:doi[: ] ?|https?://(?:dx\.)?doi\.org/)(?P<doi>10\.(?:[\w./:;-]|\(\w+\))+)"
    r"|(?P<page>https?://[^\s)\]>\"']+))"
)
OURS = re.compile(r"mybinder\.org|colab\.research\.google\.com|github\.com/OWNER")
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
NAME = r"(?:(?:van|den|der|de|von) )*[A-ZÀ-ÖØ-Þ][\w-]+"
NAMES = re.compile(rf"({NAME}(?:, {NAME})*),? (?:and ({NAME})|et al\.|and others)")
VENUE = re.compile(r"[A-Z][\w'.]*(?: [\w'.()]+)*,? \(?(?:19|20)\d\d\)?")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
TO_ADD = 'Check it and add: "{}" = {{ year = …, authors = "A, B", title = "…" }}'


def paragraphs(root):
    """All that may cite, as `split` gives it."""
    for path in sorted(root.glob("notebooks/[0-9]*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield from split(path.name, cell.source)
    files = [*root.glob("*.md"), *root.glob("docs/*.md")]
    for folder in ("gan_tutorial", "benchmarks", "tools"):
        files += root.glob(f"{folder}/**/*.py")
    for path in sorted(files):
        yield from split(path.relative_to(root).as_posix(), path.read_text("utf-8"))


def split(name, text):
    """The paragraphs, items and rows of a file or cell, each on one line.

    Each comes with the name of the file, and with whether it is a Source or an item of
    Go further, which name works by author and year.
    """
    goes_further = text.lstrip().startswith("## Go further")
    if not name.endswith(".py"):
        text = CODE.sub("", text)
    for part in re.split(r'\n\s*\n|\n(?=- |\|)|"""', text):
        part = " ".join(part.split())
        yield name, part, "Source: " in part or goes_further and part.startswith("- ")


def faults(name, text, is_source, references):
    """What is wrong with the citations of one paragraph, as sentences."""
    start, not_lesson = 0, not name.endswith(".ipynb")
    for match in CITATION.finditer(text):
        before, start = text[start : match.start()], match.end()
        if match["page"] and (not_lesson or OURS.search(match["page"])):
            continue
        key = _key(match, references)
        if key in references:
            yield from _disagreements(key, before, references[key])
        else:
            yield f"{key} is not in references.toml. {TO_ADD.format(key)}"
    if is_source:
        words = CITATION.sub("", text.partition("Source: ")[2] or text)
        for year in YEAR.findall(words):
            same = [v for v in references.values() if v.get("year") == int(year)]
            if not any(re.search(rf"\b{v['authors'][0]}\b", words) for v in same):
                yield (
                    f"“{words}”: references.toml has nothing of {year} whose first "
                    f"author is named here. {TO_ADD.format('doi 10.…')}"
                )


def _key(match, references):
    """The identifier that a citation has in the list."""
    if number := match["arxiv"] or match["bare"]:
        return f"arXiv {number}"
    if match["doi"]:
        return f"doi {match['doi'].rstrip('.:;')}"
    page = match["page"].rstrip(".,;:")
    for key, reference in references.items():
        if page.rstrip("/") in (key.rstrip("/"), reference.get("link", "").rstrip("/")):
            return key
    return page


def _disagreements(key, before, reference):
    """What the words before a citation say otherwise than its reference."""
    title, authors = reference["title"], reference["authors"]
    for known in (title, title.partition(":")[0]):
        before = re.sub(re.escape(known), "", before, flags=re.IGNORECASE)
    # The names that stand last, if there are any.
    for match in [*NAMES.finditer(before)][-1:]:
        named = match[1].split(", ") + [match[2]] * bool(match[2])
        if named != (authors if match[2] else authors[: len(named)]):
            yield f"{key} is by {', '.join(authors)}, not by {match[0]}"
        rest = VENUE.sub("", before[match.end() :]).strip(" ,.*[](")
        if rest[:1].isupper():
            yield f"{key} has the title “{title}”, not “{rest}”"
