"""Write the references into RESOURCES.md, and list citations that disagree with them.

    python tools/references.py          # list wrong citations, and exit with 1 if any
    python tools/references.py --write  # the lists of RESOURCES.md

references.toml says how a reference is written. A list in RESOURCES.md stands between
`<!-- references:SECTION -->` and `<!-- /references -->`. What a citation is, and what
is compared, see tools/citations.py.
"""

import re
import sys
import tomllib
from pathlib import Path

from citations import faults, paragraphs

from gan_tutorial.files import write_whole

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"(<!-- references:(\w+) -->\n).*?(<!-- /references -->)", re.DOTALL)


def load(root=ROOT):
    """All references by identifier; `authors` are lists of surnames."""
    found = tomllib.loads((root / "references.toml").read_text("utf-8"))
    return {key: v | {"authors": v["authors"].split(", ")} for key, v in found.items()}


def join(names):
    """Up to three names, or the first one and others."""
    *first, last = names if len(names) <= 3 else (names[0], "others")
    return f"{', '.join(first)} and {last}" if first else last


def as_link(key):
    """An identifier or address as Markdown; the ISBN of a book leads nowhere."""
    kind, _, number = key.rpartition(" ")
    if kind == "ISBN":
        return key
    if not kind:
        return f"[{key.removeprefix('https://').removesuffix('/')}]({key})"
    server = {"arXiv": "arxiv.org/abs", "doi": "doi.org"}[kind]
    return f"[{key}](https://{server}/{number})"


def as_line(key, reference):
    """A reference as a line of RESOURCES.md."""
    places = ", ".join(as_link(k) for k in (key, reference.get("link")) if k)
    year = f" ({reference['year']})" if "year" in reference else ""
    names, title = join(reference["authors"]), reference["title"]
    whose = "" if names == title else f"{names}, "
    return f"- {whose}*{title}*{year}, {places}: {reference['why']}"


def fill(text, references):
    """RESOURCES.md with the lists that the references ask for."""

    def replace(match):
        asked = (r for r in references.items() if r[1].get("section") == match[2])
        lines = [as_line(key, reference) for key, reference in asked]
        return "\n".join([match[1], *lines, "", match[3]])

    return BLOCK.sub(replace, text)


def main(arguments, root=ROOT):
    """Does what the command line asks for; returns 1 if something is wrong."""
    references, page = load(root), root / "RESOURCES.md"
    if arguments == ["--write"]:
        write_whole(page, fill(page.read_text("utf-8"), references).encode())
    found = [
        f"{name}: {fault}"
        for name, text, is_source in paragraphs(root)
        for fault in faults(name, text, is_source, references)
    ]
    print("\n".join(found), end="\n" * bool(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
