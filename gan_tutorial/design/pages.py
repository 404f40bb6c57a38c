"""Turns a wireframe into a page that works: HTML that needs nothing but a browser.

A cell of the wireframe becomes 1.5 rem on each side, 24 CSS pixels as a rule, which is
the least that WCAG 2.2 asks of a target (criterion 2.5.8). Rows grow where text does.
"""

import html
from pathlib import Path
from urllib.parse import quote

from gan_tutorial import files
from gan_tutorial.design import wireframes
from gan_tutorial.synthetic.interfaces import PARTS, SCREENS, measure

PLACES = ("Home", "Search", "Profile")  # in the navigation
CARDS = dict(zip(SCREENS, ("Story", "Product", "Question", "Entry"), strict=True))
BUTTONS = dict(zip(SCREENS, ("Write", "Basket", "Send", "Add"), strict=True))
_PICTURE = (  # a frame with its diagonals, as in a sketch
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" '
    'preserveAspectRatio="none"><rect width="8" height="8" fill="#6ea5cd"/>'
    '<path d="M0 0 8 8M8 0 0 8" stroke="#fff" stroke-width=".06"/></svg>'
)
_TEMPLATE = Path(__file__).with_name("page.html")


def write_page(path, cells, title: str) -> Path:
    """Writes the page of a screen as one HTML file.

    Args:
        path: of the file.
        cells: one valid screen, `(32, 16)`.
        title: of the page, its heading too.

    Returns:
        The path.

    Raises:
        ValueError: the screen breaks the rules, or there is no title.
        OSError: the file cannot be written.
    """
    content = to_html(cells, title).encode()
    files.write_whole(path, content)
    return Path(path)


def to_html(cells, title: str) -> str:
    """The page as text: landmarks, headings, a list of cards, buttons with names.

    Buttons do what a prototype does: they say in a live region what was chosen. Nothing
    is loaded or sent.

    Args and errors are those of `write_page`.
    """
    if faults := wireframes.find_faults(cells):
        raise ValueError(
            f"This screen breaks the rules: {'; '.join(faults)}. Repair it, or choose "
            "another one, before it becomes a page."
        )
    if not isinstance(title, str) or not title.strip():
        raise ValueError(f"title is {title!r}; expected some words, the page's name.")
    boxes = wireframes.find_boxes(cells)
    by_part = {part: [box for box in boxes if box.part == part] for part in PARTS}
    screen = SCREENS[measure(cells[None])["labels"][0]]
    (header,), (button,), (foot,) = (
        by_part[part] for part in ("header", "button", "navigation")
    )
    tops = by_part["image"] or by_part["list"] or by_part["text"]
    texts = by_part["text"] if by_part["image"] else [None] * len(tops)
    pairs = enumerate(zip(tops, texts, strict=True), 1)
    cards = "\n".join(_card(screen, number, *pair) for number, pair in pairs)
    kind = "submit" if screen == "form" else "button"
    inner = (
        f'<ul class="cards" aria-label="{CARDS[screen]} list">\n{cards}\n</ul>\n'
        f'<button class="action" type="{kind}" {_place(button)}>{BUTTONS[screen]}'
        "</button>"
    )
    if screen == "form":
        inner = f"<form novalidate>\n{inner}\n</form>"
    here = ' aria-current="page"'
    places = "\n".join(
        f'<li><button type="button"{here if k == 0 else ""}>{name}</button></li>'
        for k, name in enumerate(PLACES)
    )
    name = html.escape(title.strip())
    page = _TEMPLATE.read_text("utf-8")
    parts = {"header": _place(header), "navigation": _place(foot), "main": inner}
    for key, value in (parts | {"places": places, "title": name}).items():
        page = page.replace(f"{{{{{key}}}}}", value)
    return page


def _card(screen, number, box, text):
    name = f"{CARDS[screen]} {number}"
    if screen == "form":
        field = f'<label for="q{number}">{name}</label>\n<input id="q{number}">'
        return f'<li class="card question" {_place(box)}>\n{field}\n</li>'
    pressed = f'<button type="button">{name}</button>'
    if text is None:
        return f'<li class="card menu" {_place(box)}>{pressed}</li>'
    whole = box._replace(height=box.height + text.height)
    picture = (
        f'alt="{name}, picture to come" src="data:image/svg+xml,{quote(_PICTURE)}"'
    )
    high = f'style="min-height: {1.5 * text.height}rem"'
    inner = f"<img {picture}>\n<h2 {high}>{pressed}</h2>"
    return f'<li class="card" {_place(whole)}>\n{inner}\n</li>'


def _place(box):
    """Where a box stands in the grid, whose lines are numbered from 1."""
    top, left = box.top + 1, box.left + 1
    return (
        f'style="grid-area: {top} / {left} / {top + box.height} / {left + box.width}"'
    )
