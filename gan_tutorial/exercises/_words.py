"""How values and errors are read and described to a learner."""

from __future__ import annotations

import re
import textwrap
import tomllib
import traceback
from pathlib import Path
from typing import Any

import numpy as np

_KINDS = {"b": "values True or False", "f": "decimal numbers"}  # NumPy's type letters
_KINDS |= dict.fromkeys("iu", "whole numbers")
_ERRORS = tomllib.loads(Path(__file__).with_name("_errors.toml").read_text("utf-8"))


def explain(error: BaseException, special: dict[str, str] | None = None) -> str:
    """One sentence about an error, without escape codes and the words around it.

    Args:
        error: the error.
        special: patterns and meanings that count before those of `_errors.toml`.
    """
    text = traceback.format_exception_only(error)[-1]
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    for pattern, meaning in ((special or {}) | _ERRORS).items():
        if found := re.search(pattern, text):  # {0} is the first group
            return meaning.format(*filter(None, found.groups()))
    name, colon, said = text.partition(": ")
    said = re.sub(r"^Exception encountered when calling .*?\n+", "", said)
    said = re.sub(r"\n+Arguments received by .*", "", said, flags=re.DOTALL)
    said = re.sub(r"\{\{.*?\}\}|\[Op:.*|; NodeDef.*| at 0x[0-9a-f]+", "", said).strip()
    name = name.rpartition(".")[2].lstrip("_").strip()
    text = textwrap.shorten(f"{name}: {said}" if colon and said else name, 200)
    text = re.sub(r"[^.?]$", r"\g<0>.", text)
    return f"run it in a cell of its own, and see in which line. It says {text}"


def numbers(value: Any) -> np.ndarray | None:
    """An array of the numbers in any kind of array, list or number, else `None`."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and None not in array:  # fractions and decimals
            array = array.astype(float)
    except Exception:
        return None
    return array if array.dtype.kind in _KINDS else None


def describe(value: Any) -> str:
    """A short description, without addresses in memory."""
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, BaseException):
        return f"an error: {explain(value)}"
    if value is None or value is ...:
        return "nothing" if value is None else "`...`"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        bases = {base.__name__ for base in type(value).__mro__}
        kinds = {"GAN": "a GAN", "Model": "a Keras model", "Layer": "a Keras layer"}
        return next((kinds[name] for name in kinds if name in bases), "a function")
    array = numbers(value)
    if array is None and isinstance(value, list | tuple):
        parts = [p.item() if isinstance(p, np.generic) else p for p in value]
        if all(part is None or isinstance(part, str | int | float) for part in parts):
            parts = tuple(parts) if isinstance(value, tuple) else parts
            return textwrap.shorten(repr(parts), 80)
        sizes = [np.shape(part) for part in value if numbers(part) is not None]
        if len(sizes) == len(value):
            sizes = [" × ".join(map(str, size)) or "1" for size in sizes]
            return f"{len(value)} parts, of {' and '.join(sizes)} numbers"
    if array is None:
        return f"a value of type {type(value).__name__}"
    kind = array.dtype.kind
    exact = array.astype(float).round(6) if kind == "f" else array
    if not exact.size:
        return "an empty list"
    text = str(exact.tolist()) if exact.size <= 12 else "an array"
    size = " × ".join(map(str, exact.shape))
    return f"{text} ({size} {_KINDS[kind]})" if size else text


def plain(value: Any) -> Any:
    """Text as a number where it is one, else its letters and digits in lower case."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return re.sub(r"[\W_]", "", value.casefold())


def same(expected: Any, given: Any, tolerance: float) -> bool:
    """Whether two values are equal, as text or as numbers of the same kind."""
    if isinstance(expected, str):
        return isinstance(given, str) and expected == given
    a, b = numbers(expected), numbers(given)
    if a is None or b is None:
        return False
    if a.size == b.size == 1:  # a single number may come as an array of one
        b = b.reshape(a.shape)
    # Python's numbers and lists may mix 1 and 1.0; an array or tensor has one type.
    typed = "b" in a.dtype.kind + b.dtype.kind or (a.ndim and hasattr(given, "dtype"))
    if typed and _KINDS[a.dtype.kind] != _KINDS[b.dtype.kind]:
        return False
    if a.shape != b.shape:
        return False
    close = {"rtol": tolerance, "atol": tolerance, "equal_nan": True}
    return np.allclose(b.astype(float), a.astype(float), **close)
