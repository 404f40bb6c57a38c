"""What axe-core finds in the HTML of lessons and in widgets: nothing of ours."""

from pathlib import Path

import drawing
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from playwright.sync_api import expect
from test_lessons import LESSONS, NOTEBOOKS, run_sources

pytestmark = pytest.mark.browser

# Not ours. nbconvert colours code and prompts, in places with too little contrast, and
# it shows a link in a sentence by its colour alone.
COLOURED_BY_NBCONVERT = [".highlight", ".jp-InputPrompt", ".jp-OutputPrompt"]
OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"link-in-text-block": {"enabled": False}},
}

# Not ours either: the handles of ipywidgets' sliders have no name. A box beside each of
# ours does the same, and has one.
NAMELESS = "aria-input-field-name", "noUi-handle"

VASES = "from gan_tutorial.synthetic import vases\nimages = vases.make(64, seed=1)[0]\n"
WIDGETS = {
    "a_or_b": """from gan_tutorial.synthetic import interfaces
shops, menus = (interfaces.draw([k] * 4, [2] * 4, seed=1) for k in (1, 3))
a_or_b.AOrB(shops, menus).widget""",
    "hole": f"""{VASES}
from gan_tutorial.design.restore import fill_smoothly

hole.HolePainter(images, fill_smoothly).widget""",
    "loss_explorer": "loss_explorer.explore()",
    "playground": "playground.Playground('line').widget",
    "real_or_fake": f"{VASES}real_or_fake.RealOrFake(images, images[::-1]).widget",
    "studio": f"""{Path(drawing.__file__).read_text("utf-8")}
from gan_tutorial.design.briefs import Brief
from gan_tutorial.design.session import Session

brief = Brief({{"height": (210, None)}}, units={{"height": "mm"}})
session = Session(build(), RANGES, STYLES, brief, num_candidates=3)
session.keep(1)
session.discard(2)
session.lock("height")
session.compare("A")
session.chance()
session.compare("B")
shown = studio.Studio(session)
session.export("", [session.state.design])  # which says something
for tool in shown.tools.values():
    tool.layout.display = "flex"
shown.widget""",
}


def violations(page, **where):
    """Each rule that is broken, with the elements that break it."""
    found = Axe().run(page, options=OPTIONS, **where).response["violations"]
    faults = {fault["id"]: [it["html"] for it in fault["nodes"]] for fault in found}
    rule, part = NAMELESS
    named = [node for node in faults.pop(rule, []) if part not in node]
    return faults | ({rule: named} if named else {})


@pytest.mark.parametrize("name", LESSONS)
def test_the_html_of_a_lesson(name, page, tmp_path):
    html, _ = HTMLExporter().from_filename(NOTEBOOKS / f"{name}.ipynb")
    file = tmp_path / f"{name}.html"
    file.write_text(html, "utf-8")
    page.route("http*://**", lambda route: route.abort())  # no network: no MathJax
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    page.evaluate("for (const it of document.querySelectorAll('details')) it.open = 1")
    exclude = [[selector] for selector in COLOURED_BY_NBCONVERT]
    assert violations(page, context={"exclude": exclude}) == {}


def test_the_widgets(lab, page):
    start = "from gan_tutorial.widgets import"
    cells = [f"{start} {name}\n{source}" for name, source in WIDGETS.items()]
    run_sources(page, lab, *cells)
    for number, name in enumerate(WIDGETS):
        output = page.locator(".jp-Notebook .jp-Cell").nth(number)
        output = output.locator(".jp-OutputArea")
        output.scroll_into_view_if_needed()  # JupyterLab hides what is far away
        expect(output.get_by_role("img").first).to_be_visible(timeout=60_000)
        output.evaluate("(node, name) => node.id = name", name)
        assert violations(page, context=f"#{name}") == {}, name
