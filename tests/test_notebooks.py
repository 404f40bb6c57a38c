"""Every notebook keeps the rules of a lesson's page, as CONTRIBUTING.md says them.

A rule is a function that takes a page and gives its faults. At the end each rule is
shown a page that breaks it. How an exercise stands in a notebook, see CONTRIBUTING.md.
"""

import ast
import builtins
import copy
import dis
import inspect
import pkgutil
import re
import statistics
import textwrap
import types
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from gan_tutorial import data, exercises
from gan_tutorial.synthetic import vases

ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))

IMPORTS = (ast.Import, ast.ImportFrom)
LARGEST_SIZE = 1_500_000  # bytes
LONGEST, MEDIAN = 20, 8  # lines of a teaching cell
# Magics and installations, hidden imports, and modes that a learner does not see.
NOT_IN_CODE = re.compile(
    r"^\s*[!%]+\w.*|\bpip\W+install|\bimport \*|\bsys\.path|\bfrom sys import"
    r"|PYTHONPATH|\benviron\b|\bgetenv\b",
    re.MULTILINE,
)
# Progress bars, colours for terminals, times, addresses in memory.
DEBRIS = re.compile(
    r"[\x08\r\x1b━]|\dm?s/step|it/s\b|\b0x[0-9a-f]{6,}"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b"
)
DETAILS = re.compile(
    r"<details>\s*<summary>([^<]+)</summary>\n\n(.*?)\n\n</details>", re.DOTALL
)
FENCE = re.compile(r"^```python\n(.*?)\n```$", re.DOTALL | re.MULTILINE)
ANY_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


class Page(NamedTuple):
    """A notebook, the name of its file without `.ipynb`, and its size in bytes."""

    name: str
    notebook: nbformat.NotebookNode
    size: int = 0


class Task(NamedTuple):
    """An exercise; `stub` is None and `solution` is "" where there is none."""

    number: int  # of the check cell
    stub: str | None
    name: str
    answer: str
    solution: str


def load(path):
    return Page(path.stem, nbformat.read(path, as_version=4), path.stat().st_size)


def code_cells(page):
    cells = enumerate(page.notebook.cells)
    return [(i, cell) for i, cell in cells if cell.cell_type == "code"]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def text(page):
    cells = (cell for cell in page.notebook.cells if cell.cell_type == "markdown")
    return "\n\n".join(ANY_FENCE.sub("", cell.source) for cell in cells)


def outputs(cell):
    """What a cell shows, as pairs of a kind and its data."""
    for output in cell.get("outputs", []):
        yield output.output_type, output.get("text", "")
        yield from output.get("data", {}).items()


def output_text(cell):
    pairs = [(kind, data) for kind, data in outputs(cell) if isinstance(data, str)]
    return "\n".join(data for kind, data in pairs if kind != "image/png")


def tasks(page):
    """The exercises. A check cell holds only a check, of a name and an answer."""
    cells = page.notebook.cells
    for number, cell in code_cells(page):
        body = ast.parse(cell.source).body
        call = getattr(body[0], "value", None) if len(body) == 1 else None
        if ast.unparse(getattr(call, "func", ast.Pass())) != "exercises.check":
            continue
        before, after = cells[number - 1], cells[number + 1 : number + 2]
        stub = before.source if number and before.cell_type == "code" else None
        details = dict(DETAILS.findall(after[0].source) if after else [])
        solution = "\n".join(FENCE.findall(details.get("Solution", "")))
        name, answer = (ast.unparse(arg) for arg in call.args)
        yield Task(number, stub, ast.literal_eval(name), answer, solution)


def definitions(page):
    """Names of the functions and classes that a page defines outside of a class."""
    for _, cell in code_cells(page):
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name


# The rules


def is_a_small_notebook_for_any_python_3(page):
    if page.size >= LARGEST_SIZE:
        yield f"{page.size} bytes"
    if page.notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    nbformat.validate(page.notebook)


def has_a_title_a_setup_and_parameters_with_a_seed(page):
    titles = re.findall(r"^# .+", text(page), re.MULTILINE)
    if len(titles) != 1 or not page.notebook.cells[0].source.startswith("# "):
        yield f"the titles are {titles}, expected one, in the first cell"
    for tag, part in [("setup", ""), ("parameters", "seed = ")]:
        found = [c.source for _, c in code_cells(page) if tag in tags(c)]
        if len(found) != 1 or part not in found[0]:
            yield f"{len(found)} cells are tagged {tag}, expected one {part!r}"


def teaches_in_short_cells(page):
    """All code counts but set-up, imports, stubs and checks."""
    apart = {n for task in tasks(page) for n in (task.number - 1, task.number)}
    lengths = [
        sum(bool(line.strip()) for line in cell.source.splitlines())
        for number, cell in code_cells(page)
        if number not in apart and not tags(cell) & {"setup", "parameters"}
        if any(not isinstance(n, IMPORTS) for n in ast.parse(cell.source).body)
    ]
    longest, median = max(lengths, default=0), statistics.median(lengths or [0])
    found = f"longest teaching cell {longest} lines, median {median:g}"
    if longest > LONGEST or median > MEDIAN:
        yield f"{found}, expected {LONGEST} and {MEDIAN}: split it, or use the package"


def says_what_its_pictures_show(page):
    cells = [*page.notebook.cells, new_code_cell("")]
    for number, (cell, following) in enumerate(zip(cells, cells[1:], strict=False)):
        is_figure = any(kind.startswith("image/") for kind, _ in outputs(cell))
        if is_figure and following.cell_type != "markdown":
            yield f"cell {number}: no text after the figure"
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                if not output.metadata.get("image/png", {}).get("alt"):
                    yield f"cell {number}: a figure without alternative text"
    without = r"!\[\s*\]\([^)]*\)|<img(?![^>]*\balt=\"[^\"])[^>]*>"
    yield from (f"no alternative text: {it}" for it in re.findall(without, text(page)))


def links_lead_somewhere(page):
    """To a picture, a lesson or the glossary: these are what a learner's copy has."""
    anchors = re.findall(r'id="(.+?)"', (ROOT / "GLOSSARY.md").read_text("utf-8"))
    known = {"../GLOSSARY.md", *(f"../GLOSSARY.md#{anchor}" for anchor in anchors)}
    for path in (ROOT / "notebooks").rglob("*.*"):
        known.add(path.relative_to(ROOT / "notebooks").as_posix())
    headings = re.findall(r"^#+ (.+)", text(page), re.MULTILINE)
    known |= {"#" + heading.replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\((?!https?://)([^)\s]+)", text(page)))
    yield from (f"leads nowhere: {link}" for link in sorted(links - known))


def hides_nothing_in_its_code(page):
    for number, cell in code_cells(page):
        if "setup" not in tags(cell):
            found = NOT_IN_CODE.finditer(cell.source)
            yield from (f"cell {number}: {match[0]}" for match in found)


def functions_read_no_notebook_variables(page):
    """They may read built-in and imported names, and other functions and classes."""
    known = set(dir(builtins)) | set(definitions(page))
    for _, cell in code_cells(page):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.alias):
                known.add(node.asname or node.name.split(".")[0])
    for number, cell in code_cells(page):
        for code in inner_code(compile(cell.source, "cell", "exec")):
            if not code.co_name.startswith("<"):
                for name in sorted(globals_read(code) - known):
                    yield f"cell {number}: {code.co_name} reads {name}"


def inner_code(code):
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def globals_read(code):
    instructions = dis.get_instructions(code)
    names = {step.argval for step in instructions if step.opname == "LOAD_GLOBAL"}
    return names.union(*map(globals_read, inner_code(code)))


def shows_the_code_of_the_package(page):
    """Where a cell is tagged `defines:<module>.<name>`; docstrings and types apart.

    `<name>` can be `<class>.<method>`; the method may then stand without its class.
    """
    for number, cell in code_cells(page):
        for tag in sorted(tag for tag in tags(cell) if tag.startswith("defines:")):
            name = tag.removeprefix("defines:")
            source = inspect.getsource(pkgutil.resolve_name(f"gan_tutorial.{name}"))
            (in_package,) = ast.parse(textwrap.dedent(source)).body
            in_cell = ast.walk(ast.parse(cell.source))
            found = {getattr(node, "name", ""): node for node in in_cell}
            shown = found.get(name.split(".")[-1], ast.Pass())
            if bare(shown) != bare(in_package):
                yield f"cell {number}: {name} differs from the package"


def bare(node):
    node = copy.deepcopy(node)
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            part.annotation = None
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            part.returns = None
            if ast.get_docstring(part) is not None:
                part.body = part.body[1:]
    return ast.dump(node)


def stores_one_clean_run(page):
    counts = [cell.execution_count for _, cell in code_cells(page)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"execution counts {counts}"
    for number, cell in enumerate(page.notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"cell {number}: {output.get('name', 'error')}"
        for part in DEBRIS.findall(output_text(cell)):
            yield f"cell {number}: {part!r}"


def exercises_stand_as_they_should(page):
    found, lesson = list(tasks(page)), re.sub(r"^\d+_", "", page.name)
    names = [f"{lesson}.{name}" for name in exercises.load_table(lesson)]
    if sorted(task.name for task in found) != sorted(names):
        yield f"the page checks {[task.name for task in found]}, the table has {names}"
    for task in found:
        if task.stub is None or not task.solution:
            yield f"{task.name}: no stub before, or no folded solution after the check"
        if not output_text(page.notebook.cells[task.number]).strip().startswith("○"):
            yield f"{task.name}: the stored output is not `○ not answered yet`"
    if len(DETAILS.findall(text(page))) != text(page).count("<details"):
        yield "a <details> block has not the blank lines that it needs to fold"


def stubs_are_open_and_solutions_are_right(page):
    """After the cells that exercises need."""
    setup = {"__name__": "notebook"}
    for _, cell in code_cells(page):
        module = ast.parse(cell.source)
        if not {"parameters", "exercise-setup"} & tags(cell):
            module.body = [node for node in module.body if isinstance(node, IMPORTS)]
        exec(compile(module, page.name, "exec"), setup)
    for task in tasks(page):
        namespace = dict(setup)
        for source, expected in [(task.stub or "", "open"), (task.solution, "right")]:
            exec(compile(source, task.name, "exec"), namespace)
            state = exercises.check(task.name, eval(task.answer, namespace)).state
            if state != expected:
                yield f"{task.name}: {state}, expected {expected}"


RULES = [
    is_a_small_notebook_for_any_python_3,
    has_a_title_a_setup_and_parameters_with_a_seed,
    teaches_in_short_cells,
    says_what_its_pictures_show,
    links_lead_somewhere,
    hides_nothing_in_its_code,
    functions_read_no_notebook_variables,
    shows_the_code_of_the_package,
    stores_one_clean_run,
    exercises_stand_as_they_should,
    stubs_are_open_and_solutions_are_right,
]


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    """Exercises that train need no file, and few pictures."""
    images, load = vases.make(64, seed=1)[0], data.load

    def load_few(source, *args, **options):
        if source in ("mnist", "vases"):
            return data.DataSet(source, images)
        return load(source, *args, **options)

    monkeypatch.setattr(data, "load", load_few)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook(rule, path):
    assert list(rule(load(path))) == []


def test_each_function_is_defined_in_one_notebook_and_the_setup_is_one():
    pages = [load(path) for path in PATHS]
    names = Counter(name for page in pages for name in set(definitions(page)))
    assert [name for name, count in names.items() if count > 1] == []
    cells = [cell for page in pages for _, cell in code_cells(page)]
    starts = {cell.source for cell in cells if "setup" in tags(cell)}
    # A lesson that needs more packages brings them behind the common part.
    assert len({start.partition("\n\n# This lesson also")[0] for start in starts}) == 1


# The rules themselves: each sees the fault in a lesson that is otherwise good


def code(source, text="", tags=()):
    outputs = [new_output("stream", text=text)] if text else []
    return new_code_cell(source, outputs=outputs, metadata={"tags": list(tags)})


FIGURE = new_code_cell(outputs=[new_output("display_data", {"image/png": "aGk="})])
OTHER_CODE = code("def lerp(a, b, t):\n    return b", tags=["defines:latent.lerp"])
BAD_CELLS = [
    (is_a_small_notebook_for_any_python_3, code("1" * LARGEST_SIZE), "bytes"),
    (has_a_title_a_setup_and_parameters_with_a_seed, new_markdown_cell("# 2"), "# 2"),
    (has_a_title_a_setup_and_parameters_with_a_seed, code("", tags=["setup"]), "2 cel"),
    (teaches_in_short_cells, code("value = 1\n" * 21), "21 lines"),
    (says_what_its_pictures_show, FIGURE, "no text after the figure"),
    (says_what_its_pictures_show, FIGURE, "a figure without alternative text"),
    (says_what_its_pictures_show, new_markdown_cell("![](a.png)"), "![](a.png)"),
    (links_lead_somewhere, new_markdown_cell("[x](../GLOSSARY.md#no)"), "#no"),
    (links_lead_somewhere, new_markdown_cell("[x](../README.md)"), "README"),
    (hides_nothing_in_its_code, code("!pip install keras"), "!pip"),
    (hides_nothing_in_its_code, code("from math import *"), "import *"),
    (hides_nothing_in_its_code, code("sys.path += ['a']"), "sys.path"),
    (hides_nothing_in_its_code, code("os.environ['QUICK']"), "environ"),
    (functions_read_no_notebook_variables, code("def f():\n    return seed"), "seed"),
    (shows_the_code_of_the_package, OTHER_CODE, "latent.lerp"),
    (stores_one_clean_run, code(""), "execution counts"),
    (stores_one_clean_run, code("", text="3/3 - 12ms/step"), "2ms/step"),
    (exercises_stand_as_they_should, code("exercises.check('a.b', 1)"), "a.b"),
    (exercises_stand_as_they_should, new_markdown_cell("<details>\na"), "blank lines"),
    (
        stubs_are_open_and_solutions_are_right,
        code("exercises.check('start_here.count_numbers', 3072)"),
        "count_numbers: right, expected open",
    ),
]


@pytest.mark.parametrize(("rule", "cell", "part"), BAD_CELLS)
def test_rule_sees_its_fault(rule, cell, part):
    page = load(PATHS[0])
    before = set(rule(page))
    page.notebook.cells.append(cell)
    size = page.size + len(cell.source)
    faults = set(rule(page._replace(size=size))) - before
    assert any(part in fault for fault in faults), faults
    assert {rule for rule, _, _ in BAD_CELLS} == set(RULES)
