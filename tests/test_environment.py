"""All ways to install the course agree, and so do all places that name it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from packaging.requirements import Requirement
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


def requirements(lines):
    """Requirements by their canonical names."""
    return {canonicalize_name(item.name): item for item in map(Requirement, lines)}


RUNTIME = requirements(PROJECT["dependencies"])
DEV = requirements(PYPROJECT["dependency-groups"]["dev"])
BUILD = requirements(PYPROJECT["build-system"]["requires"])


def bound(item, operator):
    """The version that stands after an operator, such as `<`."""
    return next((s.version for s in item.specifier if s.operator == operator), None)


def test_every_python_is_named_everywhere():
    assert PROJECT["requires-python"] == f">={PYTHONS[0]},<3.14"
    names = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if ":: 3." in c]
    assert tuple(names) == PYTHONS
    script = (ROOT / "tools/make_venv.sh").read_text("utf-8")
    assert "(3, 11) <= sys.version_info[:2] < (3, 14)" in script
    assert all(f"python{version}" in script for version in PYTHONS)
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    matrix = workflow["jobs"]["unit"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_environments_stay_inside_the_ranges_of_the_project(name):
    content = yaml.safe_load((ROOT / name).read_text("utf-8"))
    assert set(content["channels"]) <= {"conda-forge", "nodefaults"}
    conda = [line for line in content["dependencies"] if isinstance(line, str)]
    (pip,) = (line["pip"] for line in content["dependencies"] if line not in conda)
    # repo2docker understands this form of the version only.
    (python,) = (line for line in conda if line.startswith("python"))
    assert python.removeprefix("python=") in PYTHONS
    found = requirements(line for line in conda + pip if line not in (python, "pip"))
    for needed in RUNTIME.values():
        here = found.pop(needed.name, None) or found.pop(f"{needed.name}-cpu")
        assert needed.specifier.contains(bound(here, ">=")), here
        assert bound(here, "<") == bound(needed, "<"), here
    # What is left brings the tests, where there are any.
    assert all(DEV[name].specifier == item.specifier for name, item in found.items())


@pytest.mark.parametrize(
    ("package", "version"),
    # What Colab had installed in August 2026. It installs the course without the rest.
    [("tensorflow", "2.20.0"), ("keras", "3.13.2"), ("ipywidgets", "7.7.1")]
    + [("numpy", "2.1.3"), ("ipython", "7.34.0")],
)
def test_project_accepts_what_colab_has(package, version):
    assert RUNTIME[package].specifier.contains(version)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_lock_pins_by_hash_and_satisfies_every_range(system, python):
    text = (ROOT / "requirements.lock").read_text("utf-8")
    lines = re.sub(r"\s*#.*", "", text).replace("\\\n", " ").splitlines()
    pin = r"([\w.-]+==[\w.+!-]+(?: ; .+?)?)(?:\s+--hash=sha256:[0-9a-f]{64})+"
    pins = [Requirement(re.fullmatch(pin, s.strip())[1]) for s in lines if s.strip()]
    machine = {
        "sys_platform": system,
        "os_name": SYSTEMS[system],
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
    }
    pins = [p for p in pins if p.marker is None or p.marker.evaluate(machine)]
    versions = {canonicalize_name(pin.name): bound(pin, "==") for pin in pins}
    assert len(versions) == len(pins), "one package is pinned twice"
    for name, needed in (RUNTIME | DEV | BUILD).items():
        assert needed.specifier.contains(versions[name]), f"{needed}: {versions[name]}"


def test_wheel_holds_the_package_with_its_data_and_nothing_else(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for path in (ROOT / "gan_tutorial").rglob("*") if path.is_file())
    names = {path.relative_to(ROOT).as_posix() for path in files}
    assert packed == {name for name in names if "__pycache__" not in name}


def test_no_text_names_a_folder_of_a_machine():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if run.returncode:
        pytest.skip("not a clone of the repository")
    found = {}
    for name in run.stdout.splitlines():
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            found[name] = MACHINE_PATH.findall(content.decode("utf-8"))
    assert {name: paths for name, paths in found.items() if paths} == {}
    assert "pyproject.toml" in found


def test_address_is_the_same_in_readme_and_notebooks():
    """Of the notebooks one will do: all have the same set-up cell."""
    address = PROJECT["urls"]["Repository"]
    name = address.removeprefix("https://github.com/")
    readme = (ROOT / "README.md").read_text("utf-8")
    badges = r"(?:mybinder\.org/v2/gh|com/github)/([\w.-]+/[\w.-]+)"
    assert set(re.findall(badges, readme)) <= {name}
    lesson = (ROOT / "notebooks/00_start_here.ipynb").read_text("utf-8")
    assert re.findall(r"git\+[^\"'\\\s]+", lesson) == [f"git+{address}"]
