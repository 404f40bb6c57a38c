"""Write the address of the repository into every file that names it.

    python tools/set_address.py [https://github.com/NAME/gan-tutorial]

Without an address, that of git's remote `origin` is taken. `[project.urls]` in
pyproject.toml holds the address. The badges of the README and the set-up cell of each
notebook repeat it, because they must work before anything is installed.
`tests/test_environment.py` holds them together.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from gan_tutorial.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
# As browsers and as git write it.
ADDRESS = re.compile(
    r"(?:https://|(?:ssh://)?git@)github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?"
)
# Where the address stands: a link, a `pip install git+`, Binder's and Colab's badge.
MENTION = r"(github\.com/|mybinder\.org/v2/gh/|colab\.research\.google\.com/github/)"


def files() -> list[Path]:
    """The files that may name the repository."""
    named = [ROOT / name for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md")]
    return named + sorted((ROOT / "notebooks").glob("*.ipynb"))


def current() -> str:
    """The repository as `NAME/REPOSITORY`, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return ADDRESS.fullmatch(project["urls"]["Repository"])[1]


def origin() -> str:
    """The address of git's remote, or "" where there is none."""
    command = ["git", "remote", "get-url", "origin"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return run.stdout.strip()


def main(address: str) -> int:
    """Replaces the current address by another one in all files that name it."""
    match = ADDRESS.fullmatch(address)
    if not match:
        print(
            f"got {address!r}, expected an address on GitHub: "
            "make address URL=https://github.com/NAME/gan-tutorial",
            file=sys.stderr,
        )
        return 1
    mention = re.compile(MENTION + re.escape(current()) + r"(?![\w-])")
    for path in filter(Path.exists, files()):
        text = path.read_text("utf-8")
        changed = mention.sub(lambda found: found[1] + match[1], text)
        if changed != text:
            write_whole(path, changed.encode())
            print(f"changed {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else origin()))
