"""The shape of the package: a small core, kits around it, arrows in one direction."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import nbformat
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "gan_tutorial"
# A part may import the parts of the lines above its own, and those beside it.
ORDER = """
    checks files folders evidence
    synthetic losses networks latent weights generators distribution
    data border gan metrics
    callbacks checkpoints plotting environment translation
    recipes
    command design lab
    widgets exercises __main__
""".strip().splitlines()
LEVEL = {part: level for level, line in enumerate(ORDER) for part in line.split()}
MOST_CORE_LINES = 5133
IMPORTS = ast.Import | ast.ImportFrom
IMPORT_NAMES = {"ipython": "IPython", "pillow": "PIL"}


def trees(pattern: str = "**/*.py") -> dict[Path, ast.Module]:
    """The syntax trees of the package's files, by their paths inside it."""
    paths = sorted(PACKAGE.glob(pattern))
    return {p.relative_to(PACKAGE): ast.parse(p.read_text("utf-8")) for p in paths}


def part_of(path: Path) -> str:
    """The part that a file belongs to, such as `data` or `design`."""
    return path.parts[0].removesuffix(".py")


def imports(tree: ast.Module) -> set[str]:
    """The full names that a module imports, also inside of its functions."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = node.module if not node.level else "gan_tutorial"
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def arrows() -> dict[str, set[str]]:
    """For each part of the package, the other parts that it imports."""
    found = {part: set() for part in LEVEL}
    for path, tree in trees().items():
        names = (name.split(".") for name in imports(tree))
        targets = {name[1] for name in names if name[0] == "gan_tutorial" and name[1:]}
        found.setdefault(part_of(path), set()).update(targets - {part_of(path)})
    return {part: targets for part, targets in found.items() if part != "__init__"}


def test_every_part_has_its_place_in_the_order():
    parts = {part for part, targets in arrows().items() for part in (part, *targets)}
    assert parts - {"__version__"} <= LEVEL.keys(), "give it a place in ORDER above"


def test_arrows_go_one_way():
    """The core never imports a kit, and nothing imports what stands below it."""
    against = [
        f"{part} imports {target}"
        for part, targets in arrows().items()
        for target in sorted(targets)
        if LEVEL.get(part, 99) < LEVEL.get(target, -1)
    ]
    assert against == []
    TopologicalSorter(arrows()).prepare()  # raises where parts import each other


def test_the_core_can_be_read_in_an_evening():
    files = PACKAGE.glob("*.py")
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in files}
    total = sum(lines.values())
    assert total <= MOST_CORE_LINES, (
        f"the core has {total} lines, {total - MOST_CORE_LINES} too many: {lines}. "
        "Look for what need not be there, or move what few lessons need to a kit "
        "(design, lab, widgets). Raise the number only when you decide that everybody "
        "must read more."
    )


def test_the_package_imports_only_what_it_declares():
    """What is optional is imported inside of functions, where it may be missing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = sys.stdlib_module_names | {"gan_tutorial"}
    known |= {
        IMPORT_NAMES.get(name, name) for name in names_of(project["dependencies"])
    }
    extras = [names_of(lines) for lines in project["optional-dependencies"].values()]
    for path, tree in trees().items():
        body = [node for node in tree.body if isinstance(node, IMPORTS)]
        top = ast.Module(body=body, type_ignores=[])
        for found, declared in ((top, known), (tree, known.union(*extras))):
            used = {name.split(".")[0] for name in imports(found)}
            assert used <= declared, path


def names_of(requirements: list[str]) -> set[str]:
    """The names of what `pyproject.toml` requires."""
    return {Requirement(line).name for line in requirements}


def test_nothing_heavy_is_loaded_before_it_is_needed():
    files = [path for path in trees("exercises/**/*.py") if path.stem != "__init__"]
    modules = [path.with_suffix("").as_posix().replace("/", ".") for path in files]
    code = "import sys, gan_tutorial; light = 'numpy' not in sys.modules\n"
    code += "".join(f"import gan_tutorial.{module}\n" for module in modules)
    code += "print(light, {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.strip() == "True set()", run.stderr


def names_in(tree: ast.AST) -> set[str]:
    """Every name that stands in a piece of code; what is in strings does not count."""
    fields = ((node, field) for node in ast.walk(tree) for field in ("id", "attr"))
    found = {getattr(node, field, "") for node, field in fields}
    return found | {name.split(".")[-1] for name in imports(tree)}


def test_no_public_code_is_dead():
    """What no module, lesson, benchmark or tool uses is not kept for its tests."""
    files = [*PACKAGE.rglob("*.py"), *ROOT.glob("benchmarks/*.py")]
    sources = [path.read_text("utf-8") for path in (*files, *ROOT.glob("tools/*.py"))]
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        sources += [cell.source for cell in cells if cell.cell_type == "code"]
    used = set().union(*(names_in(ast.parse(source)) for source in sources))
    for path in PACKAGE.glob("exercises/*.toml"):  # they hold code as text
        used |= set(re.findall(r"\w+", path.read_text("utf-8")))
    dead = [
        f"{path}: {node.name}"
        for path, tree in trees().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and node.name not in used
    ]
    assert dead == []
