"""Every notebook keeps the rules of a lesson's page.

A rule is a function that takes a page and gives a list of faults. The second half of
this file shows each rule a page that breaks it.

How an exercise stands in a notebook: a code cell with the stub, a code cell with only
`exercises.check("<lesson>.<name>", <answer>)`, and a text cell with the solution:

    <details><summary>Solution</summary>

    ```python
    answer_1 = 3072
    ```

    </details>

To run a stub or a solution, these cells of the notebook run first, in their order: of
each code cell its top-level `import` lines, and in full the cells that are tagged
`parameters` or `exercise-setup`.
"""

import ast
import builtins
import copy
import dis
import re
import statistics
import sys
import types
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from gan_tutorial import exercises

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gan_tutorial"
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))

LARGEST_SIZE = 1_500_000
INSTALL = re.compile(r"^\s*[!%]+\s*(?:pip|conda|uv)\b|pip\W+install", re.MULTILINE)
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:work|tmp|home|root|opt|usr|Users)/|[A-Z]:\\Users\\|file://"
)
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
    size: int


class Task(NamedTuple):
    """An exercise; `stub` is None and `solution` is "" where there is none."""

    number: int  # of the check cell
    stub: str | None
    name: str
    answer: str
    solution: str


RULES = []


def rule(function):
    RULES.append(function)
    return function


def load(path: Path) -> Page:
    notebook = nbformat.read(path, as_version=4)
    return Page(path.stem, notebook, path.stat().st_size)


# Reading a page


def code_cells(page):
    cells = enumerate(page.notebook.cells)
    return [(i, cell) for i, cell in cells if cell.cell_type == "code"]


def text_cells(page):
    return [cell for cell in page.notebook.cells if cell.cell_type == "markdown"]


def tags(cell):
    return cell.metadata.get("tags", [])


def tree(cell):
    """The syntax tree of a code cell; magics become calls."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def nodes(page):
    for number, cell in code_cells(page):
        for node in ast.walk(tree(cell)):
            yield number, node


def output_texts(cell):
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/") or kind == "image/svg+xml":
                yield data


def is_figure(cell):
    outputs = cell.get("outputs", [])
    return any(kind.startswith("image/") for o in outputs for kind in o.get("data", {}))


def is_check(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func) == "exercises.check"
    )


def tasks(page):
    """The exercises whose check cell holds only a check of a name and an answer."""
    found = []
    cells = page.notebook.cells
    for number, cell in code_cells(page):
        body = tree(cell).body
        if not (len(body) == 1 and is_check(getattr(body[0], "value", None))):
            continue
        args = body[0].value.args
        if len(args) != 2 or not isinstance(args[0], ast.Constant):
            continue
        before, after = cells[number - 1], cells[number + 1 : number + 2]
        stub = before.source if number and before.cell_type == "code" else None
        details = dict(DETAILS.findall(after[0].source) if after else [])
        solution = "\n".join(FENCE.findall(details.get("Solution", "")))
        task = Task(number, stub, args[0].value, ast.unparse(args[1]), solution)
        found.append(task)
    return found


def definitions(page):
    """Names of the functions and classes that a page defines outside of a class."""
    for _, cell in code_cells(page):
        for node in tree(cell).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name


# The rules: the file


@rule
def is_a_valid_notebook(page):
    try:
        nbformat.validate(page.notebook)
    except nbformat.ValidationError as error:
        return [str(error).splitlines()[0]]
    return []


@rule
def names_the_kernel(page):
    name = page.notebook.metadata.get("kernelspec", {}).get("name")
    return [] if name == "python3" else [f"kernel {name!r}, expected 'python3'"]


@rule
def is_small(page):
    return [] if page.size < LARGEST_SIZE else [f"{page.size} bytes"]


# The rules: the page


@rule
def starts_with_its_only_title(page):
    text = "\n".join(ANY_FENCE.sub("", cell.source) for cell in text_cells(page))
    titles = re.findall(r"^# .+", text, re.MULTILINE)
    first = page.notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        return ["the first cell is no title"]
    return [] if len(titles) == 1 else [f"more than one title: {titles}"]


@rule
def keeps_the_cell_budget(page):
    lengths = [
        len([line for line in cell.source.splitlines() if line.strip()])
        for _, cell in code_cells(page)
    ]
    faults = []
    if not 12 <= len(lengths) <= 25:
        faults.append(f"{len(lengths)} code cells, expected 12 to 25")
    if statistics.median(lengths or [0]) > 6:
        faults.append(f"median of {statistics.median(lengths)} lines, expected 6")
    if max(lengths, default=0) > 35:
        faults.append(f"a cell of {max(lengths)} lines, expected 35")
    if len(text_cells(page)) < len(lengths):
        faults.append(f"{len(text_cells(page))} text cells, {len(lengths)} code cells")
    return faults


@rule
def has_enough_words_and_not_too_many(page):
    text = "\n".join(ANY_FENCE.sub("", cell.source) for cell in text_cells(page))
    words = len(re.sub(r"<[^>]+>", "", text).split())
    return [] if 1000 <= words <= 2500 else [f"{words} words, expected 1,000 to 2,500"]


@rule
def has_one_setup_and_one_parameters_cell(page):
    faults = []
    for tag in ("setup", "parameters"):
        cells = [cell for _, cell in code_cells(page) if tag in tags(cell)]
        if len(cells) != 1:
            faults.append(f"{len(cells)} cells tagged {tag!r}, expected one")
        elif tag == "parameters":
            targets = [
                ast.unparse(target)
                for node in tree(cells[0]).body
                if isinstance(node, ast.Assign)
                for target in node.targets
            ]
            if "seed" not in targets:
                faults.append("no seed among the parameters")
    return faults


@rule
def says_something_after_each_figure(page):
    cells = [*page.notebook.cells, None]
    return [
        f"cell {number}: no text after the figure"
        for number, (cell, following) in enumerate(zip(cells, cells[1:], strict=False))
        if is_figure(cell) and getattr(following, "cell_type", "") != "markdown"
    ]


# The rules: code


@rule
def installs_only_in_setup(page):
    return [
        f"cell {number}: installs a package"
        for number, cell in code_cells(page)
        if "setup" not in tags(cell) and INSTALL.search(cell.source)
    ]


@rule
def has_no_star_import(page):
    return [
        f"cell {number}: {ast.unparse(node)}"
        for number, node in nodes(page)
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]


@rule
def leaves_the_import_path_alone(page):
    return [
        f"cell {number}: changes where Python looks for packages"
        for number, cell in code_cells(page)
        if re.search(r"\bsys\.path\b|\bfrom sys import\b|PYTHONPATH", cell.source)
    ]


@rule
def has_no_hidden_mode(page):
    return [
        f"cell {number}: depends on an environment variable"
        for number, cell in code_cells(page)
        if "setup" not in tags(cell)
        and re.search(r"\b(?:environ|getenv)\b", cell.source)
    ]


@rule
def functions_read_no_notebook_variables(page):
    """They may read built-in and imported names, and other functions and classes."""
    known = set(dir(builtins)) | set(definitions(page))
    for _, node in nodes(page):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (alias.asname or alias.name.split(".")[0] for alias in node.names)
            known.update(names)
    return [
        f"cell {number}: {code.co_name} reads {name}"
        for number, cell in code_cells(page)
        for code in inner_code(compile(tree(cell), "cell", "exec"))
        if not code.co_name.startswith("<")
        for name in sorted(globals_read(code) - known)
    ]


def inner_code(code):
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def globals_read(code):
    instructions = dis.get_instructions(code)
    names = {step.argval for step in instructions if step.opname == "LOAD_GLOBAL"}
    return names.union(*map(globals_read, inner_code(code)))


@rule
def shows_the_code_of_the_package(page):
    """A cell tagged `defines:<module>.<name>` equals the package's code.

    Docstrings, annotations and comments apart. `<name>` can be `<class>.<method>`: the
    method may then stand alone or inside its class.
    """
    faults = []
    for number, cell in code_cells(page):
        for tag in tags(cell):
            if not tag.startswith("defines:"):
                continue
            name = tag.removeprefix("defines:")
            in_package = package_definition(name)
            in_cell = find_definition(tree(cell), name.split(".")[-2:])
            in_cell = in_cell or find_definition(tree(cell), name.split(".")[-1:])
            if in_package is None:
                faults.append(f"cell {number}: the package has no {name}")
            elif in_cell is None:
                faults.append(f"cell {number}: {name} is not in the cell")
            elif bare(in_package) != bare(in_cell):
                faults.append(f"cell {number}: {name} differs from the package")
    return faults


def package_definition(name):
    """The syntax tree of e.g. `losses.r1_penalty`, found without an import."""
    parts = name.split(".")
    for split in range(len(parts) - 1, 0, -1):
        path = PACKAGE.joinpath(*parts[:split])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.exists():
                module = ast.parse(file.read_text("utf-8"))
                return find_definition(module, parts[split:])
    return None


def find_definition(node, names):
    for name in names:
        matches = [child for child in node.body if getattr(child, "name", "") == name]
        if not matches:
            return None
        node = matches[-1]
    return node


class _Bare(ast.NodeTransformer):
    """Takes docstrings and annotations away."""

    def visit(self, node):
        node = self.generic_visit(node)
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        if isinstance(node, ast.AnnAssign):
            if node.value is None:
                return None
            return ast.Assign(targets=[node.target], value=node.value)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
            node.body = node.body or [ast.Pass()]
        return node


def bare(node):
    return ast.dump(_Bare().visit(copy.deepcopy(node)))


# The rules: stored outputs


@rule
def ran_once_from_top_to_bottom(page):
    counts = [cell.execution_count for _, cell in code_cells(page)]
    expected = list(range(1, len(counts) + 1))
    return [] if counts == expected else [f"execution counts {counts}"]


@rule
def has_no_error_or_warning_in_outputs(page):
    return [
        f"cell {number}: {output.get('name', output.output_type)}"
        for number, cell in code_cells(page)
        for output in cell.outputs
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


@rule
def has_no_debris_in_outputs(page):
    """No progress bars, times of day, colours for terminals or memory addresses."""
    return [
        f"cell {number}: {DEBRIS.search(text)[0]!r}"
        for number, cell in code_cells(page)
        for text in output_texts(cell)
        if DEBRIS.search(text)
    ]


@rule
def names_no_machine_path(page):
    return [
        f"cell {number}: {MACHINE_PATH.search(text)[0]!r}"
        for number, cell in enumerate(page.notebook.cells)
        for text in [cell.source, *output_texts(cell)]
        if MACHINE_PATH.search(text)
    ]


# The rules: exercises


@rule
def has_exercises_as_they_should_stand(page):
    found = tasks(page)
    names = sorted(task.name for task in found)
    known = exercises_of(re.sub(r"^\d+_", "", page.name))
    faults = []
    if sum(is_check(node) for _, node in nodes(page)) != len(found):
        faults.append("a check cell holds other things than one name and one answer")
    if len(found) < 3:
        faults.append(f"{len(found)} exercises, expected 3 or more")
    if names != known:
        faults.append(f"the page checks {names}, the table has {known}")
    for task in found:
        if task.stub is None:
            faults.append(f"{task.name}: no stub in the cell before the check")
        if not task.solution:
            faults.append(f"{task.name}: no solution in the cell after the check")
    return faults


def exercises_of(lesson):
    try:
        return sorted(f"{lesson}.{name}" for name in exercises.load_table(lesson))
    except ModuleNotFoundError:
        return []


@rule
def folds_its_details_everywhere(page):
    """JupyterLab and nbconvert need the blank lines, see the top of this file."""
    return [
        f"cell {number}: a <details> block without its blank lines"
        for number, cell in enumerate(page.notebook.cells)
        if cell.cell_type == "markdown"
        and cell.source.count("<details") != len(DETAILS.findall(cell.source))
    ]


@rule
def stubs_are_not_answered_yet(page):
    states = {task.name: state_after(page, task, task.stub) for task in tasks(page)}
    return [f"{name}: {state}" for name, state in states.items() if state != "open"]


@rule
def solutions_are_right(page):
    states = {
        task.name: state_after(page, task, task.stub, task.solution)
        for task in tasks(page)
    }
    return [f"{name}: {state}" for name, state in states.items() if state != "right"]


@rule
def shows_exercises_not_answered_yet(page):
    shown = {
        task.name: "".join(output_texts(page.notebook.cells[task.number]))
        for task in tasks(page)
    }
    return [f"{name}: {text!r}" for name, text in shown.items() if text[:1] != "○"]


def state_after(page, task, *sources):
    """The state of a check after running these sources; see the top of this file."""
    namespace = {"__name__": "notebook"}
    for _, cell in code_cells(page):
        module = tree(cell)
        if not {"parameters", "exercise-setup"} & set(tags(cell)):
            imports = (ast.Import, ast.ImportFrom)
            module.body = [node for node in module.body if isinstance(node, imports)]
        exec(compile(module, page.name, "exec"), namespace)
    for source in sources:
        exec(compile(source or "", task.name, "exec"), namespace)
    return exercises.check(task.name, eval(task.answer, namespace)).state


# Rules over all pages


def repeated_definitions(pages):
    names = Counter(name for page in pages for name in set(definitions(page)))
    return [name for name, count in names.items() if count > 1]


def different_setups(pages):
    cells = [cell for page in pages for _, cell in code_cells(page)]
    sources = {cell.source for cell in cells if "setup" in tags(cell)}
    return sorted(sources) if len(sources) > 1 else []


# The notebooks


def test_there_are_notebooks():
    assert PATHS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize("check_page", RULES, ids=lambda function: function.__name__)
def test_notebook(check_page, path):
    assert check_page(load(path)) == []


def test_each_function_is_defined_in_one_notebook():
    assert repeated_definitions(map(load, PATHS)) == []


def test_setup_is_the_same_in_all_notebooks():
    assert different_setups(map(load, PATHS)) == []


# The rules themselves: a good page, and pages with one fault


def text_cell(source):
    return nbformat.v4.new_markdown_cell(source)


def code_cell(source, *outputs, tags=()):
    metadata = {"tags": list(tags)}
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def shown(**data):
    data = {kind.replace("_", "/"): value for kind, value in data.items()}
    return nbformat.v4.new_output("display_data", data)


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", text=text, name=name)


def exercise(name, answer, stub, solution):
    return [
        text_cell("Answer this."),
        code_cell(stub),
        code_cell(
            f'exercises.check("start_here.{name}", {answer})',
            shown(text_plain="○ not answered yet"),
        ),
        text_cell(
            "<details><summary>Solution</summary>\n\n"
            f"```python\n{solution}\n```\n\n</details>"
        ),
    ]


def good_page():
    """Cells 0–3: title, set-up, text, parameters; 4 and 5: a figure and its text."""
    cells = [
        text_cell("# Learn something\n\n```python\n# no second title\n```"),
        code_cell("import math\n\nfrom gan_tutorial import exercises", tags=["setup"]),
        text_cell("Set-up."),
        code_cell("seed = 0\nscale = 127.5", tags=["parameters"]),
        code_cell("value = math.pi", shown(image_png="aGk=", text_plain="<Figure>")),
        text_cell("You see a figure."),
    ]
    for number in range(8):
        cells += [
            text_cell("word " * 150),
            code_cell(f"value = {number}\nvalue", printed("0.5")),
        ]
    cells += exercise("count_numbers", "answer_1", "answer_1 = ...", "answer_1 = 3072")
    cells += exercise(
        "scale_pixels",
        "scale_pixels",
        "def scale_pixels(pixels):\n    ...",
        "def scale_pixels(pixels):\n    return pixels / 127.5 - 1",
    )
    cells += exercise(
        "step_downhill",
        "step",
        "def step(weight, gradient, learning_rate):\n    return ...",
        "def step(weight, gradient, learning_rate):\n"
        "    return weight - learning_rate * gradient",
    )
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    page = Page("00_start_here", notebook, 1000)
    for count, (_, cell) in enumerate(code_cells(page), start=1):
        cell.execution_count = count
    return page


def change_cell(number, **changes):
    def change(page):
        page.notebook.cells[number].update(changes)
        return page

    return change


def in_cell(number, old, new):
    def change(page):
        cell = page.notebook.cells[number]
        assert old in cell.source
        cell.source = cell.source.replace(old, new)
        return page

    return change


def insert(number, *cells):
    def change(page):
        page.notebook.cells[number:number] = cells
        return page

    return change


def drop(number, count=1):
    def change(page):
        del page.notebook.cells[number : number + count]
        return page

    return change


def without_kernel(page):
    del page.notebook.metadata["kernelspec"]
    return page


def output(value, number=4):
    return change_cell(number, outputs=[value])


def lengthen(page):
    for number in [4, *range(7, 22, 2)]:
        page.notebook.cells[number].source = "value = 1\n" * 7
    return page


CELLS = [code_cell("1"), text_cell("One.")]
FIGURE = code_cell("1", shown(image_png="aGk="))
SECOND_SETUP = code_cell("seed", tags=["setup"])
ERROR = nbformat.v4.new_output("error", ename="E", evalue="")
METHOD = "class Model:\n    def call(self):\n        return [seed for _ in 'ab']"
LAMBDA = "def f():\n    return lambda x: x * scale"

FAULTS = [
    (is_a_valid_notebook, change_cell(0, id="not valid!"), "not valid!"),
    (names_the_kernel, without_kernel, "None"),
    (is_small, lambda page: page._replace(size=LARGEST_SIZE), "1500000"),
    (starts_with_its_only_title, drop(0), "no title"),
    (starts_with_its_only_title, insert(0, code_cell("1")), "no title"),
    (starts_with_its_only_title, insert(3, text_cell("# Other")), "# Other"),
    (keeps_the_cell_budget, drop(8, 14), "10 code cells"),
    (keeps_the_cell_budget, insert(3, *CELLS * 9), "26 code cells"),
    (keeps_the_cell_budget, lengthen, "median of 7"),
    (keeps_the_cell_budget, change_cell(3, source="a = 1\n" * 36), "a cell of 36"),
    (keeps_the_cell_budget, insert(3, *CELLS[:1] * 2), "17 text cells, 19 code"),
    (has_enough_words_and_not_too_many, drop(6, 4), "words"),
    (has_enough_words_and_not_too_many, insert(3, text_cell("a " * 1400)), "words"),
    (has_one_setup_and_one_parameters_cell, change_cell(3, source="a = 3"), "no seed"),
    (has_one_setup_and_one_parameters_cell, change_cell(3, metadata={}), "0 cells"),
    (has_one_setup_and_one_parameters_cell, change_cell(1, metadata={}), "0 cells"),
    (has_one_setup_and_one_parameters_cell, insert(3, SECOND_SETUP), "2 cells"),
    (says_something_after_each_figure, drop(5, 2), "cell 4"),
    (says_something_after_each_figure, insert(34, FIGURE), "cell 34"),
    (installs_only_in_setup, change_cell(4, source="!pip install keras"), "cell 4"),
    (installs_only_in_setup, change_cell(4, source="%pip install keras"), "cell 4"),
    (installs_only_in_setup, change_cell(4, source="f('pip', 'install')"), "cell 4"),
    (has_no_star_import, change_cell(4, source="from math import *"), "math"),
    (
        leaves_the_import_path_alone,
        change_cell(4, source="sys.path += ['a']"),
        "cell 4",
    ),
    (leaves_the_import_path_alone, change_cell(4, source="from sys import path"), "4"),
    (has_no_hidden_mode, change_cell(4, source="os.environ.get('QUICK')"), "cell 4"),
    (has_no_hidden_mode, change_cell(4, source="os.getenv('QUICK')"), "cell 4"),
    (functions_read_no_notebook_variables, change_cell(4, source=METHOD), "reads seed"),
    (
        functions_read_no_notebook_variables,
        change_cell(4, source=LAMBDA),
        "reads scale",
    ),
    (ran_once_from_top_to_bottom, change_cell(3, execution_count=None), "[1, None, 3"),
    (ran_once_from_top_to_bottom, change_cell(3, execution_count=7), "[1, 7, 3"),
    (has_no_error_or_warning_in_outputs, output(printed("a", "stderr")), "stderr"),
    (has_no_error_or_warning_in_outputs, output(ERROR), "error"),
    (has_no_debris_in_outputs, output(printed("1/9\x08\x08")), "x08"),
    (has_no_debris_in_outputs, output(printed("━━━━ 9/9")), "━"),
    (has_no_debris_in_outputs, output(printed("3/3 - 1s - 12ms/step")), "2ms/step"),
    (has_no_debris_in_outputs, output(printed("\x1b[32mgreen")), "x1b"),
    (has_no_debris_in_outputs, output(printed("on 2025-01-31 09:15")), "2025"),
    (has_no_debris_in_outputs, output(printed("at 09:15:00")), "09:15:00"),
    (has_no_debris_in_outputs, output(shown(text_plain="at 0x7f00deadbeef")), "0x7f"),
    (has_no_debris_in_outputs, output(shown(text_html="<b>50it/s</b>")), "it/s"),
    (names_no_machine_path, change_cell(4, source="open('/home/a/x')"), "/home/"),
    (names_no_machine_path, output(printed("in /tmp/x.py")), "/tmp/"),
    (names_no_machine_path, change_cell(5, source="In C:\\Users\\a."), "C:"),
    (has_exercises_as_they_should_stand, drop(22, 4), "2 exercises"),
    (has_exercises_as_they_should_stand, drop(23), "no stub"),
    (has_exercises_as_they_should_stand, drop(25), "no solution"),
    (
        has_exercises_as_they_should_stand,
        in_cell(25, "Solution", "Hint"),
        "no solution",
    ),
    (has_exercises_as_they_should_stand, in_cell(25, "python", ""), "no solution"),
    (has_exercises_as_they_should_stand, in_cell(24, "count", "guess"), "guess"),
    (has_exercises_as_they_should_stand, in_cell(24, ")", "); 1"), "a check cell"),
    (has_exercises_as_they_should_stand, in_cell(24, ", answer_1", ""), "a check"),
    (has_exercises_as_they_should_stand, lambda page: page._replace(name="1_a"), "[]"),
    (
        folds_its_details_everywhere,
        in_cell(25, "</summary>\n", "</summary>"),
        "cell 25",
    ),
    (folds_its_details_everywhere, in_cell(25, "\n\n</details>", "\n</details>"), "25"),
    (stubs_are_not_answered_yet, in_cell(23, "...", "3072"), "count_numbers: right"),
    (stubs_are_not_answered_yet, in_cell(23, "...", "1"), "count_numbers: wrong"),
    (solutions_are_right, in_cell(25, "3072", "32"), "count_numbers: wrong"),
    (solutions_are_right, in_cell(29, "127.5", "255"), "scale_pixels: wrong"),
    (shows_exercises_not_answered_yet, change_cell(24, outputs=[]), "count_numbers"),
    (shows_exercises_not_answered_yet, output(printed("✓ right"), 24), "✓"),
]


@pytest.mark.parametrize("check_page", RULES, ids=lambda function: function.__name__)
def test_good_page_keeps_each_rule(check_page):
    assert check_page(good_page()) == []


@pytest.mark.parametrize(("check_page", "change", "part"), FAULTS)
def test_rule_sees_its_fault(check_page, change, part):
    faults = check_page(change(good_page()))
    assert part in faults[0]


def test_each_rule_is_shown_a_fault():
    tried = {check_page for check_page, _, _ in FAULTS}
    assert tried | {shows_the_code_of_the_package} == set(RULES)


def test_addresses_on_the_web_are_no_machine_paths():
    page = change_cell(5, source="See https://example.org/home/page.")(good_page())
    assert names_no_machine_path(page) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return math.sqrt(len(x)) + g(x)\n\ndef g(x):\n    return f(x)",
        "f = [value for value in range(3)]\nsorted(f, key=lambda x: value)",
        "def f(x, k=seed):\n    def inner(y):\n        return x + y\n    return inner",
        "class C:\n    size = scale\n    def f(self):\n        return C()",
        "%time value = 3",
    ],
)
def test_functions_may_read_functions_modules_and_their_own(source):
    page = change_cell(4, source=source)(good_page())
    assert functions_read_no_notebook_variables(page) == []


def test_solution_may_use_imports_parameters_and_tagged_cells():
    page = in_cell(29, "127.5", "half(scale)")(good_page())
    assert solutions_are_right(page) != []
    helper = code_cell("def half(x):\n    return math.floor(2 * x) / 2", tags=["plain"])
    page = insert(4, helper)(page)
    helper.metadata["tags"] = ["exercise-setup"]
    assert solutions_are_right(page) == []


SHOWN = '''
class Net(Base):
    """What it is."""

    def call(self, x: int = 1) -> int:
        """What it does."""
        y: int = x + 1
        return y


def loss(logits: list[float], scale=2.0) -> float:
    """What it means."""
    return scale * sum(logits)  # why
'''
LOSS = "import math\n\ndef loss(logits, scale=2.0):\n    return scale * sum(logits)"
CALL = "def call(self, x=1):\n    y = x + 1\n    return y"
CLASS = (
    "class Net(Base):\n    def call(self, x=1):\n        y = x + 1\n        return y"
)


@pytest.mark.parametrize(
    ("name", "source", "is_equal"),
    [
        ("shown.loss", LOSS, True),
        ("shown.loss", SHOWN, True),
        ("deep.shown.loss", LOSS, True),
        ("deep.loss", LOSS, True),
        ("shown.Net", CLASS, True),
        ("shown.Net.call", CLASS, True),
        ("shown.Net.call", CLASS.replace("Base", "Model"), True),
        ("shown.Net.call", CALL, True),
        ("shown.Net", CLASS.replace("Base", "Model"), False),
        ("shown.Net.call", CALL.replace("1", "2"), False),
        ("shown.loss", LOSS.replace("2.0", "1.0"), False),
        ("shown.loss", LOSS.replace("scale * ", ""), False),
        ("shown.loss", "loss = sum", False),
        ("shown.other", LOSS, False),
        ("missing.loss", LOSS, False),
        ("loss", LOSS, False),
    ],
)
def test_taught_code_is_compared(name, source, is_equal, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "deep").mkdir()
    for file in ("shown.py", "deep/shown.py", "deep/__init__.py"):
        (tmp_path / file).write_text(SHOWN, "utf-8")
    page = insert(4, code_cell(source, tags=[f"defines:{name}"]))(good_page())
    assert (shows_the_code_of_the_package(page) == []) is is_equal


def test_function_in_two_notebooks_is_found():
    pages = [good_page(), good_page()._replace(name="01_other")]
    assert sorted(repeated_definitions(pages)) == ["scale_pixels", "step"]
    assert repeated_definitions(pages[:1]) == []


def test_another_setup_is_found():
    other = in_cell(1, "math", "math as m")(good_page())
    assert len(different_setups([good_page(), other])) == 2
    assert different_setups([good_page(), good_page()]) == []
