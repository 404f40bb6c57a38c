"""Checks for the exercises in the notebooks.

Each lesson has a table: a module of this package with the notebook's name without its
number (`start_here` for `00_start_here`), loaded when one of its exercises is checked.
The name of an exercise is that of the variable that holds it. An answer is compared by
what it gives, not by how it is written: a function may use NumPy, TensorFlow or Keras.
It is called with positional arguments, and with copies of them.
"""

from __future__ import annotations

import copy
import dis
import importlib
import inspect
import pkgutil
import re
import signal
import textwrap
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TIME_LIMIT_S = 20.0  # for one check; where there are no timers a learner interrupts

_SYMBOLS = {"open": "○ not answered yet:", "right": "✓ right:", "wrong": "✗ not right:"}
_KINDS = {"b": "values True or False", "f": "decimal numbers"}  # NumPy's type letters
_KINDS |= dict.fromkeys("iu", "whole numbers")
_STUB_CODE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
_SIZES = (
    "arrays of different sizes cannot be combined number by number. If one number is "
    "asked for, is a mean or a sum missing?"
)
_ERRORS = {  # a part of Python's message: what it means for a beginner
    "truth value of an array": "`if` looks at one number, and this is an array. Write "
    "one calculation that works on all its numbers at once. If you used Python's sum, "
    "min or max on an array: use np.sum, np.min or np.max.",
    "can be converted to Python scalars": "a function such as `math.log` takes one "
    "number, and this is an array. Use NumPy's, such as `np.log`.",
    "type(s) for ^": "in Python ^ is not a power: write ** or np.exp.",
    "bitwise_xor": "in Python ^ is not a power, but ** is.",
    "type(s) for -: 'NoneType'": "something gives nothing back, such as `x.sort()`, "
    "which sorts x in its place. Use np.sort(x).",
    "type(s) for -: 'list'": "lists cannot be subtracted, but arrays can. Use np.sort "
    "in place of sorted, or np.array(...).",
    "could not be broadcast": _SIZES,
    "broadcastable shapes": _SIZES,  # TensorFlow's words
    "ncompatible shapes": _SIZES,
    "`t_list` should be": "tf.clip_by_global_norm takes a list of gradients, "
    "[gradient]. It gives a list and a length: take [0][0].",
    "Cannot cast ufunc": "`/=` cannot make whole numbers decimal. Make a new array.",
}


@dataclass(frozen=True)
class Exercise:
    """A question, a function to write, or a process to judge.

    Attributes:
        reference: a right answer: a function where one is asked for. Of text only
            letters and digits count, in any case: `" B) "` equals `"b"`.
        why: one sentence that says why the right answer is right.
        hint: what to think of next; shown when no misconception is recognised.
        cases: for a function, the tuples of arguments on which it is tried.
        misconceptions: by name, a message and then the wrong answers that it explains.
            The first one that gives what the learner's answer gives is shown.
        tolerance: the difference that still counts as equal, absolute and relative.
        judge: for a process, in place of all comparisons: gives "" for a right answer,
            `None` for one not given yet, otherwise the message that fits.
    """

    reference: Any
    why: str
    hint: str
    cases: tuple[tuple[Any, ...], ...] = ()
    misconceptions: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    tolerance: float = 1e-5
    judge: Callable[[Any], str | None] | None = None


@dataclass(frozen=True)
class Result:
    """What a check found; `state` is "open", "right" or "wrong"."""

    state: str
    message: str

    def __repr__(self) -> str:
        """Plain text: a notebook shows it, and screen readers can read it."""
        return textwrap.fill(f"{_SYMBOLS[self.state]} {self.message}", 80)


_OPEN = Result("open", "replace the ... above, then run both cells.")


class _TimeUp(BaseException):
    """Not an `Exception`: an `except Exception` in an answer must not stop it."""


def check(name: str, answer: Any) -> Result:
    """Check the answer to an exercise such as `"start_here.scale_pixels"`.

    It never raises, whatever the answer is, so that *Run All* does not stop here.
    """
    try:
        lesson, _, short_name = str(name).partition(".")
        tables = [module.name for module in pkgutil.iter_modules(__path__)]
        table = load_table(lesson) if lesson in tables else {}
        if short_name not in table:
            known = ", ".join(f"{lesson}.{key}" for key in table) or ", ".join(tables)
            return Result("wrong", f"no exercise is named {name!r}. Known: {known}.")
        with _time_limit(), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return grade(table[short_name], answer)
    except NotImplementedError:
        return _OPEN
    except (_TimeUp, KeyboardInterrupt):
        return Result("wrong", "it was stopped before it ended. Is a loop endless?")
    except BaseException as error:  # an answer can be any object, with any fault
        return Result("wrong", f"it led to an error, {_describe(error)}")


def load_table(lesson: str) -> dict[str, Exercise]:
    """The exercises of a lesson by name, in the order of the file."""
    module = importlib.import_module(f"{__name__}.{lesson}")
    return {key: item for key, item in vars(module).items() if type(item) is Exercise}


def grade(exercise: Exercise, answer: Any) -> Result:
    """Compare an answer with the reference and with the misconceptions."""
    if _is_empty(answer):
        return _OPEN
    if exercise.judge:
        problem = exercise.judge(answer)
        if problem is None:
            return _OPEN
        return Result("wrong", problem) if problem else Result("right", exercise.why)
    if callable(exercise.reference) and not callable(answer):
        got = _describe(answer)
        return Result("wrong", f"give a function, by its name alone. This is {got}.")

    given = _outcomes(exercise, answer)
    if all(_is_empty(value) for value in given):
        if None in given and not _is_stub(answer):
            text = "End it with `return` and the result; `print` only shows it."
            return Result("wrong", f"your function gives nothing back. {text}")
        return Result("open", "replace the ... in your function, and end with return.")
    for value in given:
        if isinstance(value, BaseException):
            text = f"{_describe(value)} Mend the error first, then check again."
            return Result("wrong", f"your function stopped with an error, {text}")

    def failures(other: Any) -> list[int]:
        pairs = zip(_outcomes(exercise, other), given, strict=True)
        same = [_same(a, b, exercise.tolerance) for a, b in pairs]
        return [case for case, equal in enumerate(same) if not equal]

    failed = failures(exercise.reference)
    if not failed:
        return Result("right", exercise.why)
    for message, *wrong_answers in exercise.misconceptions.values():
        if any(not failures(wrong) for wrong in wrong_answers):
            return Result("wrong", message)
    first = failed[0]
    got = _describe(given[first])
    expected = _outcomes(exercise, exercise.reference)[first]
    if isinstance(given[first], str) and _numbers(expected) is not None:
        wanted = "a number" if np.size(expected) == 1 else "numbers"
        text = f"this is text. Give {wanted} without quotation marks."
        return Result("wrong", text)
    if not callable(exercise.reference):
        return Result("wrong", f"your answer was read as {got}. {exercise.hint}")
    names = inspect.signature(exercise.reference).parameters
    pairs = zip(names, exercise.cases[first], strict=True)
    inputs = ", ".join(f"{name} = {_describe(value)}" for name, value in pairs)
    text = f"for {inputs} your function gave {got}; expected: {_describe(expected)}."
    return Result("wrong", f"{text} {exercise.hint}")


def _is_empty(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(part is None or part is ... for part in value)
    return value is None or value is ... or isinstance(value, NotImplementedError)


def _is_stub(function: Any) -> bool:
    """Whether the code does nothing: `...`, `pass`, a docstring or `return None`."""
    code = getattr(function, "__code__", None)
    return bool(code) and {i.opname for i in dis.get_instructions(code)} <= _STUB_CODE


def _outcomes(exercise: Exercise, answer: Any) -> list[Any]:
    """What a function gives for each case (a value or an exception), or the answer."""
    if not callable(exercise.reference):
        return [_plain(answer)]
    outcomes = []
    for args in exercise.cases:
        try:
            outcomes.append(answer(*copy.deepcopy(args)))
        except (Exception, SystemExit) as error:
            outcomes.append(error)
    return outcomes


def _plain(value: Any) -> Any:
    """Text as a number where it is one, else its letters and digits in lower case."""
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return re.sub(r"[\W_]", "", value.casefold())


def _same(expected: Any, given: Any, tolerance: float) -> bool:
    if isinstance(expected, str):
        return isinstance(given, str) and expected == given
    a, b = _numbers(expected), _numbers(given)
    if a is None or b is None:
        return False
    if a.size == b.size == 1:  # a single number may come as an array of one
        b = b.reshape(a.shape)
    # Python's numbers and lists may mix 1 and 1.0; an array or tensor has one type.
    typed = "b" in a.dtype.kind + b.dtype.kind or (a.ndim and hasattr(given, "dtype"))
    if typed and _KINDS[a.dtype.kind] != _KINDS[b.dtype.kind]:
        return False
    a, b = a.astype(float), b.astype(float)
    close = {"rtol": tolerance, "atol": tolerance, "equal_nan": True}
    return a.shape == b.shape and np.allclose(b, a, **close)


def _numbers(value: Any) -> np.ndarray | None:
    """An array of the numbers in any kind of array, list or number, else `None`."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":  # fractions and decimals
            array = array.astype(float)
    except Exception:
        return None
    return array if array.dtype.kind in _KINDS else None


def _describe(value: Any) -> str:
    """A short description, without addresses in memory."""
    if isinstance(value, str):
        return repr(value[:40])
    if isinstance(value, BaseException):
        text = textwrap.shorten(traceback.format_exception_only(value)[-1], 200)
        meanings = [meaning for part, meaning in _ERRORS.items() if part in text]
        return meanings[0] if meanings else re.sub(r"[^.?]$", r"\g<0>.", text)
    if value is None or callable(value):
        return "nothing" if value is None else "a function"
    numbers = _numbers(value)
    if numbers is None:
        return f"a value of type {type(value).__name__}"
    kind = numbers.dtype.kind
    exact = numbers.astype(float).round(6) if kind == "f" else numbers
    text = str(exact.tolist()) if 0 < exact.size <= 12 else "an array"
    size = " × ".join(map(str, exact.shape))
    return f"{text} ({size} {_KINDS[kind]})" if size else text


@contextmanager
def _time_limit() -> Iterator[None]:
    """Stop what runs after `TIME_LIMIT_S`, where the system and the thread allow it."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not (hasattr(signal, "setitimer") and in_main_thread):
        yield
        return

    def stop(*_: Any) -> None:
        raise _TimeUp

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
