"""What a lesson has found, kept for the tables in its text.

A lesson hands its results to `record`. Where somebody runs the lesson to learn, nothing
comes of it; `make evidence` runs it with several seeds and keeps what came.
"""

import json
import math
import os

# Set by tools/evidence.py: the file to which a run of a lesson adds its results.
FILE = "GAN_TUTORIAL_EVIDENCE"


def record(**values) -> None:
    """Keeps results by name, if the lesson runs for the sake of evidence.

    Args:
        **values: numbers, text, None, NumPy arrays, and lists or dicts of these. A dict
            of dicts becomes a table: its keys name the rows, theirs the columns.

    Raises:
        TypeError: something else, such as a tensor.
        ValueError: NaN or infinity, which say that a measurement failed.
    """
    plain = {name: _as_plain(name, value) for name, value in values.items()}
    if FILE in os.environ:
        with open(os.environ[FILE], "a", encoding="utf-8") as file:
            file.write(json.dumps(plain) + "\n")


def _as_plain(name, value):
    """A value as JSON can hold it."""
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _as_plain(f"{name}[{key!r}]", v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_as_plain(f"{name}[{i}]", v) for i, v in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name} is {value}; expected a finite number to record.")
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"{name} is of type {type(value).__name__}; expected numbers, text, arrays, "
        "lists or dicts of these. A tensor becomes a number with float(...)."
    )
