"""How values and errors are read and described to a learner."""

from __future__ import annotations

import re
import textwrap
import traceback
from typing import Any

import numpy as np

_KINDS = {"b": "values True or False", "f": "decimal numbers"}  # NumPy's type letters
_KINDS |= dict.fromkeys("iu", "whole numbers")
_SIZES = (
    "arrays of different sizes cannot be combined number by number. If one number is "
    "asked for, is a mean or a sum missing?"
)
_ROWS = "the sizes of two arrays do not fit together in a product of matrices."
_ERRORS = {  # a part of the message of Python or TensorFlow: what it means
    "truth value of an array": "`if` looks at one number, and this is an array. Write "
    "one calculation that works on all its numbers at once. If you used Python's sum, "
    "min or max on an array: use np.sum, np.min or np.max.",
    "can be converted to Python scalars": "a function such as `math.log` takes one "
    "number, and this is an array. Use NumPy's, such as `np.log`.",
    "define __round__ method": "Python's `round` takes one number, and this is an "
    "array. NumPy's `np.round` takes arrays.",
    "no attribute 'sigmoid'": "NumPy has no sigmoid. Write 1 / (1 + np.exp(-x)), or "
    "use `tf.sigmoid`.",
    "no attribute 'softplus'": "softplus is in `tf.math`: `tf.math.softplus(x)`. In "
    "NumPy it is np.logaddexp(0, x).",
    "object has no attribute 'mean'": "this has no `.mean()`, as an array of NumPy has "
    "it. Use np.mean(...) or tf.reduce_mean(...).",
    "type(s) for ^": "in Python ^ is not a power: write ** or np.exp.",
    "bitwise_xor": "in Python ^ is not a power, but ** is.",
    "type(s) for -: 'NoneType'": "something gives nothing back, such as `x.sort()`, "
    "which sorts x in its place. Use np.sort(x).",
    "type(s) for -: 'list'": "lists cannot be subtracted, but arrays can. Use np.sort "
    "in place of sorted, or np.array(...).",
    "could not be broadcast": _SIZES,
    "broadcastable shapes": _SIZES,
    "ncompatible shapes": _SIZES,
    "must have the same shape": _SIZES,
    "must have the same rank": "a loss of Keras takes two arrays of the same size, the "
    "labels and what was said. For labels use np.ones_like or np.zeros_like.",
    "size-incompatible": _ROWS,
    "mismatch in its core dimension": _ROWS,
    "was expected to be a": "TensorFlow does not mix float32 and float64. Change one "
    "of them with tf.cast(x, tf.float32).",
    "is not in the list of allowed values": "this function of TensorFlow wants decimal "
    "numbers. Change whole ones with tf.cast(x, tf.float32).",
    "`t_list` should be": "tf.clip_by_global_norm takes a list of gradients, "
    "[gradient]. It gives a list and a length: take [0][0].",
    "Cannot cast ufunc": "`/=` cannot make whole numbers decimal. Make a new array.",
    "KerasTensor cannot be used": "an `Input` is a place for numbers and has none yet. "
    "Calculate with numbers.",
    "Cannot batch tensors": "pictures were put into batches twice, and the last of the "
    "first batches is shorter. Call `batch` once.",
    "total size of the tensor must be": "a Reshape gets more or fewer numbers than its "
    "shape holds. The Dense layer before it must give height × width × maps numbers.",
    "has no defined output shape": "the network does not know its input. Begin with "
    "an Input.",
    "No gradients provided": "there are no gradients. The tape recorded nothing that "
    "leads from the weights to the loss: what must be calculated inside it?",
    "Unknown variable": "one optimizer gets the weights of both players. It keeps a "
    "memory of each weight that it moves, so each player has its own.",
    "'NoneType' object": "something gives nothing back, and the program goes on with "
    "it. Is a `return` missing, or a result that was never kept?",
}


def explain(error: BaseException) -> str:
    """One sentence about an error, without escape codes and the words around it."""
    text = traceback.format_exception_only(error)[-1]
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    for part, meaning in _ERRORS.items():
        if part in text:
            return meaning
    name, colon, said = text.partition(": ")
    said = re.sub(r"^Exception encountered when calling .*?\n+", "", said)
    said = re.sub(r"\n+Arguments received by .*", "", said, flags=re.DOTALL)
    said = re.sub(r"\{\{.*?\}\}|\[Op:.*|; NodeDef.*| at 0x[0-9a-f]+", "", said).strip()
    name = name.rpartition(".")[2].lstrip("_").strip()
    text = textwrap.shorten(f"{name}: {said}" if colon and said else name, 200)
    return re.sub(r"[^.?]$", r"\g<0>.", text)


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
        return f"an error, {explain(value)}"
    if value is None or value is ...:
        return "nothing" if value is None else "`...`"
    if callable(value):
        return "a function"
    array = numbers(value)
    if array is None and isinstance(value, list | tuple):
        if all(part is None or isinstance(part, str | int | float) for part in value):
            return textwrap.shorten(repr(value), 80)
    if array is None:
        return f"a value of type {type(value).__name__}"
    kind = array.dtype.kind
    exact = array.astype(float).round(6) if kind == "f" else array
    text = str(exact.tolist()) if 0 < exact.size <= 12 else "an array"
    size = " × ".join(map(str, exact.shape))
    return f"{text} ({size} {_KINDS[kind]})" if size else text


def plain(value: Any) -> Any:
    """Text as a number where it is one, else its letters and digits in lower case."""
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
