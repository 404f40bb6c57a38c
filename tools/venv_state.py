"""Say what is not in order in a virtual environment, one line a fault.

    .venv/bin/python -I tools/venv_state.py

It looks at what is there and trusts no stamp: whether the packages have the versions
of requirements.lock, and whether `gan_tutorial` is that of this folder, installed with
the ranges of pyproject.toml.
"""

import re
import sys
import tomllib
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def faults(root: Path) -> list[str]:
    """What must be mended, for the environment that runs this; empty if nothing."""
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError as error:
        return [str(error)]
    found = []
    lock = (root / "requirements.lock").read_text("utf-8")
    for line in re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE):
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate():
            version = version_of(pin.name)
            if not version or not pin.specifier.contains(version, prereleases=True):
                found.append(f"{pin.name} {version}, expected {pin.specifier}")
    spec = find_spec("gan_tutorial")
    if spec is None or Path(spec.origin).resolve().parent != root / "gan_tutorial":
        return [*found, f"gan_tutorial is {spec and spec.origin}"]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    asked = set(map(Requirement, project["dependencies"]))
    known = map(Requirement, metadata.requires("gan-tutorial") or [])
    if asked != {one for one in known if "extra" not in str(one.marker)}:
        found.append("gan_tutorial was installed with other ranges than pyproject.toml")
    return found


def version_of(name: str) -> str | None:
    """The installed version of a package, if there is one."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit("\n".join(faults(ROOT)) or 0)
