"""All ways to install the course agree, and so do all places that name it."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}
ENVIRONMENTS = ("environment.yml", ".binder/environment.yml")

# Absolute folders of some machine. What base64 writes never follows a quote or space.
MACHINE_PATH = re.compile(
    r"(?<![\w+/=.~}$)])/(?:work|tmp|root|home|Users)/\w|[A-Z]:\\+Users\\"
)


def requirements(lines) -> dict[str, Requirement]:
    """Requirements by their canonical names."""
    parsed = map(Requirement, lines)
    return {canonicalize_name(item.name): item for item in parsed}


RUNTIME = requirements(PROJECT["dependencies"])
DEV = requirements(PYPROJECT["dependency-groups"]["dev"])
BUILD = requirements(PYPROJECT["build-system"]["requires"])


def read_environment(name: str) -> tuple[str, dict[str, Requirement]]:
    """Python's version and the requirements of a conda environment."""
    content = yaml.safe_load((ROOT / name).read_text("utf-8"))
    conda = [line for line in content["dependencies"] if isinstance(line, str)]
    (pip,) = (line["pip"] for line in content["dependencies"] if line not in conda)
    # repo2docker understands this form of the version only.
    (python,) = (line for line in conda if line.startswith("python"))
    (version,) = re.fullmatch(r"python=(\d+\.\d+)", python).groups()
    lines = [line for line in conda + pip if line not in (python, "pip")]
    return version, requirements(lines)


def read_lock() -> list[Requirement]:
    """The pins of requirements.lock; every line must be a pin, a hash or a remark."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    logical = re.sub(r"\s*#.*", "", text).replace("\\\n", " ").splitlines()
    lines = [line.strip() for line in logical if line.strip()]
    pin = re.compile(
        r"([\w.-]+==[\w.+!-]+(?: ; .+?)?)(?:\s+--hash=sha256:[0-9a-f]{64})+"
    )
    assert [line for line in lines if not pin.fullmatch(line)] == []
    return [Requirement(pin.fullmatch(line)[1]) for line in lines]


def bound(item: Requirement, operator: str) -> str | None:
    """The version that stands after an operator, such as `<`."""
    return next((s.version for s in item.specifier if s.operator == operator), None)


def tracked_texts() -> dict[str, str]:
    """The text files of the repository that git would commit."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.check_output(command, cwd=ROOT, text=True).splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a clone of the repository, or no git")
    texts = {}
    for name in names:
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            texts[name] = content.decode("utf-8")
    return texts


def test_every_python_is_named_everywhere():
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert [f"3.{n}" for n in range(20) if allowed.contains(f"3.{n}")] == list(PYTHONS)
    classifier = "Programming Language :: Python :: "
    classifiers = [c for c in PROJECT["classifiers"] if c.startswith(classifier)]
    assert classifiers == [classifier + version for version in PYTHONS]
    script = (ROOT / "tools/make_venv.sh").read_text("utf-8")
    assert "(3, 11) <= sys.version_info[:2] < (3, 14)" in script
    assert all(f"python{version}" in script for version in PYTHONS)
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    matrix = workflow["jobs"]["unit"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_environment_stays_inside_the_project_ranges(name):
    version, found = read_environment(name)
    assert version in PYTHONS
    for needed in RUNTIME.values():
        here = found.get(needed.name) or found[needed.name + "-cpu"]
        assert needed.specifier.contains(bound(here, ">=")), here
        assert bound(here, "<") == bound(needed, "<"), here


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_environment_uses_conda_forge_alone(name):
    content = yaml.safe_load((ROOT / name).read_text("utf-8"))
    assert content["channels"] in (["conda-forge"], ["conda-forge", "nodefaults"])


def test_conda_environment_brings_the_tests():
    _, found = read_environment("environment.yml")
    extra = {name: item for name, item in found.items() if name not in RUNTIME}
    assert {"nbval", "pytest"} <= extra.keys()
    assert all(DEV[name].specifier == item.specifier for name, item in extra.items())


def test_binder_differs_only_in_its_tensorflow():
    version, found = read_environment(".binder/environment.yml")
    assert version == read_environment("environment.yml")[0]
    assert found.pop("tensorflow-cpu").specifier == RUNTIME["tensorflow"].specifier
    assert found.keys() == RUNTIME.keys() - {"tensorflow"}
    # postBuild installs the package, so that notebooks do not rebuild all the rest.
    post_build = ROOT / ".binder/postBuild"
    assert "pip install --no-deps --no-cache-dir -e ." in post_build.read_text("utf-8")
    if sys.platform != "win32":
        assert post_build.stat().st_mode & 0o111


def test_project_does_not_depend_on_one_build_of_tensorflow():
    # Colab and owners of a GPU have another one than `tensorflow-cpu`.
    assert "tensorflow-cpu" not in RUNTIME
    assert all(not item.marker and not item.url for item in RUNTIME.values())


@pytest.mark.parametrize(
    ("package", "version"),
    # What Colab had installed in August 2026.
    [("tensorflow", "2.20.0"), ("keras", "3.13.2"), ("ipywidgets", "7.7.1")]
    + [("numpy", "2.1.3")],
)
def test_project_accepts_what_colab_has(package, version):
    assert RUNTIME[package].specifier.contains(version)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_lock_satisfies_every_range(system, python):
    machine = {
        "sys_platform": system,
        "os_name": SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
    }
    pins = [
        pin for pin in read_lock() if pin.marker is None or pin.marker.evaluate(machine)
    ]
    versions = {canonicalize_name(pin.name): bound(pin, "==") for pin in pins}
    assert len(versions) == len(pins), "one package is pinned twice"
    for name, needed in (RUNTIME | DEV | BUILD).items():
        assert needed.specifier.contains(versions[name]), f"{needed}: {versions[name]}"


def test_lock_names_no_index():
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert not re.search(r"://|--(?:extra-)?index|--find-links|--trusted-host", text)


def test_package_imports_only_what_it_declares():
    declared = {name.replace("-", "_") for name in RUNTIME}
    # ipywidgets brings IPython, matplotlib brings Pillow: neither works without it.
    allowed = declared | sys.stdlib_module_names | {"gan_tutorial", "IPython", "PIL"}
    undeclared = set()
    for path in (ROOT / "gan_tutorial").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "gan_tutorial"]
            else:
                continue
            undeclared |= {name.split(".")[0] for name in names} - allowed
    assert undeclared == set()


def test_wheel_holds_the_package_with_its_data_and_nothing_else(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for path in (ROOT / "gan_tutorial").rglob("*") if path.is_file())
    names = {path.relative_to(ROOT).as_posix() for path in files}
    assert packed == {name for name in names if "__pycache__" not in name}


def test_no_text_names_a_folder_of_a_machine():
    texts = tracked_texts()
    assert "pyproject.toml" in texts
    # These two hold examples of what must be found.
    for name in ("tests/test_environment.py", "tests/test_notebooks.py"):
        texts.pop(name, None)
    found = {name: MACHINE_PATH.findall(text) for name, text in texts.items()}
    assert {name: paths for name, paths in found.items() if paths} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('open("/home/ada/x")', True),
        ("see /tmp/x", True),
        (r'"C:\\Users\\ada"', True),
        ("https://example.org/home/ada", False),
        ("aGVsbG8/tmp/d29ybGQ=", False),
    ],
)
def test_folders_of_a_machine_are_recognised(text, found):
    assert bool(MACHINE_PATH.search(text)) == found


def test_address_is_the_same_in_readme_and_notebooks():
    address = PROJECT["urls"]["Repository"]
    name = address.removeprefix("https://github.com/")
    readme = (ROOT / "README.md").read_text("utf-8")
    lesson = "notebooks/00_start_here.ipynb"
    binder = f"https://mybinder.org/v2/gh/{name}/HEAD?urlpath=lab/tree/{lesson}"
    colab = f"https://colab.research.google.com/github/{name}/blob/main/{lesson}"
    assert f"({binder})" in readme
    assert f"({colab})" in readme
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        (setup,) = (c for c in cells if "setup" in c.metadata.get("tags", []))
        assert re.findall(r"git\+[^\"'\s]+", setup.source) == [f"git+{address}"], path
