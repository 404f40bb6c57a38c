"""Checks of numbers that people type or networks give: each says what it expects."""

import math
from numbers import Integral, Real

import numpy as np


def whole_number(name: str, value, low: int, high: int | None = None) -> int:
    """`value` as an `int`.

    Args:
        name: of the argument, for the message.
        value: what came.
        low: the lowest number that will do.
        high: the highest one, or None for no end.

    Raises:
        ValueError: it is no whole number from `low` to `high`.
    """
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or value < low or (high is not None and value > high):
        end = " or more" if high is None else f" to {high}"
        raise ValueError(f"{name} is {value!r}; expected a whole number, {low}{end}.")
    return int(value)


def number(name: str, value, low: float, high: float = math.inf) -> float:
    """`value` as a `float`.

    Args:
        name: of the argument, for the message.
        value: what came.
        low: the lowest number that will do.
        high: the highest one.

    Raises:
        ValueError: it is no finite number from `low` to `high`.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        end = ", or more" if high == math.inf else f" to {high:g}"
        raise ValueError(f"{name} is {value!r}; expected a number, {low:g}{end}.")
    return float(value)


def finite(name: str, values) -> np.ndarray:
    """`values` as an array; a `ValueError` where some are NaN or infinite."""
    if not np.isfinite(values := np.asarray(values)).all():
        raise ValueError(f"{name} are not finite; the training may have failed.")
    return values
