"""Run notebooks from top to bottom and store their outputs.

    python tools/run_notebooks.py [NOTEBOOK ...]

Without arguments every notebook in `notebooks/` runs, in order. A notebook is
written only when all its cells ran, and holds nothing that changes from one run
to the next but what its cells show. The figure of a cell tagged `picture:NAME`
is also written to `notebooks/images/NAME.png`, for the README.
"""

import base64
import io
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

from gan_tutorial.files import write_whole

WIDGET = "application/vnd.jupyter.widget-view+json"
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def keep_words(notebook: nbformat.NotebookNode) -> None:
    """Takes out the views of widgets, which do nothing where no kernel runs.

    What is left of each is its text, which every viewer shows.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)


def keep_small(notebook: nbformat.NotebookNode) -> None:
    """Packs opaque PNG figures without their opacity; no pixel changes."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" not in data:
                continue
            picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
            if picture.mode == "RGBA" and picture.getextrema()[3] == (255, 255):
                packed = io.BytesIO()
                picture.convert("RGB").save(packed, "PNG", optimize=True)
                data["image/png"] = base64.b64encode(packed.getvalue()).decode()


def pictures(notebook: nbformat.NotebookNode) -> dict[str, bytes]:
    """The PNG figures of the cells that are tagged `picture:NAME`, by name."""
    found = {}
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("picture:"):
                shown = [o.data for o in cell.outputs if "data" in o]
                (figure,) = (data["image/png"] for data in shown if "image/png" in data)
                found[tag.removeprefix("picture:")] = base64.b64decode(figure)
    return found


def run(path: Path) -> None:
    """Runs one notebook and replaces its file.

    Raises:
        CellExecutionError: if a cell raises. The file then stays as it was.
    """
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook,
        timeout=1800,  # seconds for one cell; only a cell that hangs needs as many
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": path.parent}},
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
    )
    client.execute()
    # The version of Python that ran it is a property of the machine.
    language = {"name": "python"}
    notebook.metadata |= {"kernelspec": KERNEL, "language_info": language}
    keep_words(notebook)
    keep_small(notebook)
    write_whole(path, f"{nbformat.writes(notebook)}\n".encode())
    for name, content in pictures(notebook).items():
        write_whole(path.parent / "images" / f"{name}.png", content)


def main(names: list[str]) -> int:
    """Runs the named notebooks, or all; returns 1 if one of them fails."""
    failed = []
    for path in map(Path, names or sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))):
        start = time.perf_counter()
        try:
            run(path)
        except CellExecutionError as error:
            failed.append(path.name)
            print(f"{path.name}: FAILED, left as it was\n{error}", file=sys.stderr)
        else:
            print(f"{path.name}: {time.perf_counter() - start:.0f} s")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
