"""Checks for the exercises in the notebooks.

Each lesson has a table: the file `<lesson>.toml` beside this one, with the notebook's
name without its number (`start_here` for `00_start_here`). An exercise asks for a value
or for a function: its entry holds the right answer, and at most six wrong ones, the
likeliest, each with a message. For all others the counterexample speaks. An entry
without a right answer asks for what a process has made; the function of its name in
`processes/<lesson>.py` judges it.

What stands in a table is written as a learner would write it, in Python. An answer is
judged by what it gives, not by how it is written: a function may use NumPy, TensorFlow
or Keras.
"""

from __future__ import annotations

import copy
import dis
import importlib
import inspect
import re
import textwrap
import tomllib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gan_tutorial.exercises import _functions, _time_limit
from gan_tutorial.exercises._words import describe, explain, numbers, plain, same

TIME_LIMIT_S = 20.0  # for one check

_SYMBOLS = {"open": "○ not answered yet:", "right": "✓ right:", "wrong": "✗ not right:"}
_RAISE_CODE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
_RAISE_CODE |= {"LOAD_GLOBAL", "PUSH_NULL", "CALL", "RAISE_VARARGS"}

Wrong = Sequence[tuple[Any, str]]  # wrong answers, each with its message


class Unanswered(Exception):
    """An answer, or a part of it, is not there yet; may say what is right so far."""


class Mistake(Exception):
    """Says what is wrong with an answer, and what to do next."""


@dataclass(frozen=True)
class Value:
    """A question with one answer: a number, several numbers, or letters.

    Attributes:
        right: the right answer. Of text only letters and digits count, in any case:
            `" B) "` equals `"b"`.
        why: one sentence that says why it is right.
        hint: what to think of next, for a wrong answer that has no message.
        wrong: pairs of a wrong answer and its message.
        tolerance: the difference that still counts as equal, absolute and relative.
        nothing: what to say of `None`.
    """

    right: Any
    why: str
    hint: str
    wrong: Wrong = ()
    tolerance: float = 1e-5
    nothing: str = (
        "this is None, which is what `print` gives back. Give the value itself."
    )

    def judge(self, answer: Any) -> str | None:
        """What is wrong with an answer; `None` if it is right."""
        given, array = plain(answer), numbers(answer)
        if array is not None:  # one row may come as a column, or in one more bracket
            given = (array.squeeze() if array.size > 1 else array).tolist()
        if same(self.right, given, self.tolerance):
            return None
        for wrong, message in self.wrong:
            if same(plain(wrong), given, self.tolerance):
                return message
        if isinstance(self.right, int | float):
            meant = [self.right, *(wrong for wrong, _ in self.wrong)]
            if message := _name_comma(answer, meant, self.tolerance):
                return message
        if isinstance(given, str) and not isinstance(self.right, str):
            return f"this is text. {_name_form(self.right)}"
        return f"{self._name_parts(given)} {self.hint}"

    def _name_parts(self, given: Any) -> str:
        """Which of several numbers are right, so that these are not blamed."""
        parts, right = numbers(given), np.asarray(self.right)
        if right.ndim == 1 and parts is not None and parts.shape == right.shape:
            pairs = zip(right, parts, strict=True)
            good = [same(a, b, self.tolerance) for a, b in pairs]
            if any(good):
                places = [str(k + 1) for k in np.flatnonzero(good)]
                *before, last = places
                text = f"number {last} of your {len(good)} is"
                if before:
                    several = f"{', '.join(before)} and {last}"
                    text = f"numbers {several} of your {len(good)} are"
                return f"{text} right, not the rest."
        return f"your answer was read as {describe(given)}."


@dataclass(frozen=True)
class Function:
    """A function to write. It is called with positional arguments, copies of the cases.

    Attributes:
        right: a function that is right.
        cases: the tuples of arguments on which an answer is tried.
        why: one sentence that says why it is right.
        hint: what to think of next; follows the counterexample.
        wrong: pairs of a wrong function and its message.
        errors: what errors mean in this exercise, as in `_errors.toml`.
        tolerance: the difference that still counts as equal, absolute and relative.
        nothing: what to say of `None`.
    """

    right: Callable[..., Any]
    cases: Sequence[tuple[Any, ...]]
    why: str
    hint: str
    wrong: Wrong = ()
    errors: dict[str, str] = field(default_factory=dict)
    tolerance: float = 1e-5
    nothing: str = (
        "this is None, and no function. Give your function by its name, without "
        "brackets: the check calls it."
    )

    def judge(self, function: Any) -> str | None:
        """What is wrong with a function; `None` if it is right."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            given = call_each(function, self.cases)
        if all(value is None for value in given):
            text = "End it with `return` and the result; `print` only shows it."
            return f"your function gives nothing back, which is None. {text}"
        for case, value in enumerate(given):
            if isinstance(value, Mistake):
                return str(value)
            if isinstance(value, BaseException):
                inputs = f" It was called with {self._inputs(case)}." if case else ""
                meaning = explain(value, self.errors)
                text = f"{meaning}{inputs} Mend the error first, then check"
                return f"your function stopped with an error: {text} again."
        first = self._first_difference(self.right, given)
        if first is None:
            return _name_repair(caught)
        for wrong, message in self.wrong:
            if self._first_difference(wrong, given) is None:
                return message
        return self._counterexample(first, given[first])

    def _first_difference(self, other: Any, given: list[Any]) -> int | None:
        outcomes = call_each(other, self.cases)
        for case, (expected, value) in enumerate(zip(outcomes, given, strict=True)):
            if not same(expected, value, self.tolerance):
                return case
        return None

    def _counterexample(self, case: int, value: Any) -> str:
        expected = call_each(self.right, self.cases)[case]
        inputs = self._inputs(case)
        if isinstance(value, str):
            return f"your function gives text, {value[:40]!r}. {_name_form(expected)}"
        if value is None:
            text = "That way through it ends without `return`."
            return f"for {inputs} your function gave nothing back. {text}"
        if callable(value):
            text = "not what comes out of it. Are brackets missing, as in `x.mean()`?"
            return f"your function gives {describe(value)}, {text}"
        text = f"for {inputs} your function gave {describe(value)}; expected"
        return f"{text}: {describe(expected)}. {self.hint}"

    def _inputs(self, case: int) -> str:
        names = inspect.signature(self.right).parameters
        pairs = zip(names, self.cases[case], strict=True)
        return ", ".join(f"{name} = {describe(value)}" for name, value in pairs)


@dataclass(frozen=True)
class Process:
    """Something that a learner has built, trained or mended.

    Attributes:
        judge: function from an answer to what is wrong with it, `None` if it is right.
        why: one sentence that says why it is right.
        nothing: what to say of `None`.
    """

    judge: Callable[[Any], str | None]
    why: str
    nothing: str = (
        "this is None, which is what `print` gives back, and what methods give back "
        "that change something. Give what you have made, by its name."
    )


@dataclass(frozen=True)
class Result:
    """What a check found; `state` is "open", "right" or "wrong"."""

    state: str
    message: str

    def __repr__(self) -> str:
        """Plain text: a notebook shows it, and screen readers can read it."""
        return textwrap.fill(f"{_SYMBOLS[self.state]} {self.message}", 80)


def check(name: str, answer: Any) -> Result:
    """Check the answer to an exercise such as `"start_here.scale_pixels"`.

    It never raises, whatever the answer is, so that *Run All* does not stop here.
    """
    try:
        lesson, _, short_name = str(name).partition(".")
        table = load_table(lesson) if lesson in list_lessons() else {}
        if short_name not in table:
            known = [f"{lesson}.{key}" for key in table] or list_lessons()
            text = f"no exercise is named {name!r}. Known: {', '.join(known)}."
            return Result("wrong", text)
        limit = _time_limit.TimeLimit(TIME_LIMIT_S)
        with warnings.catch_warnings(), np.errstate(all="ignore"), limit:
            warnings.simplefilter("ignore")
            return grade(table[short_name], answer)
    except _time_limit.TimeUp:
        text = f"it did not end within {TIME_LIMIT_S:g} seconds. Is a loop endless?"
        return Result("wrong", text)
    except KeyboardInterrupt:
        return Result("wrong", "you stopped it before it ended.")
    except BaseException as error:  # an answer can be any object, with any fault
        return Result("wrong", f"your answer led to an error: {explain(error)}")


def list_lessons() -> list[str]:
    """The names of the lessons that have exercises."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.toml"))


def load_table(lesson: str) -> dict[str, Value | Function | Process]:
    """The exercises of a lesson by name, in the order of its file."""
    text = Path(__file__).with_name(f"{lesson}.toml").read_text(encoding="utf-8")
    return {
        name: _build(lesson, name, **item) for name, item in tomllib.loads(text).items()
    }


def _build(lesson: str, name: str, **entry: Any) -> Value | Function | Process:
    def read(python: str) -> Any:
        return eval(python, vars(_functions))  # the course's own tables only

    if "right" not in entry:
        module = importlib.import_module(f"{__name__}.processes.{lesson}")
        return Process(judge=getattr(module, name), **entry)
    entry["right"] = read(entry["right"])
    wrong = entry.pop("wrong", {})
    entry["wrong"] = [(read(answer), message) for answer, message in wrong.items()]
    if "cases" not in entry:
        return Value(**entry)
    entry["cases"] = [read(f"({case},)") for case in entry["cases"]]
    return Function(**entry)


def grade(exercise: Value | Function | Process, answer: Any) -> Result:
    """The result of an answer; other than `check` it may raise."""
    if answer is None:
        return Result("wrong", exercise.nothing)
    try:
        if _is_open(answer):
            raise Unanswered
        message = exercise.judge(answer)
    except Unanswered as unanswered:
        text = str(unanswered) or "replace the ... above, then run both cells."
        return Result("open", text)
    except Mistake as mistake:
        message = str(mistake)
    return Result("wrong", message) if message else Result("right", exercise.why)


def require(condition: bool, message: str) -> None:
    """Raises a `Mistake` where an answer is not as it should be."""
    if not condition:
        raise Mistake(message)


def given(part: Any) -> Any:
    """A part of an answer; `Unanswered` where it is still missing."""
    if part is None or part is ...:
        raise Unanswered
    return part


def judge_parts(answer: Any, **checks: Callable[..., Any]) -> None:
    """Judges a dict part by part in the order of the work: a half can be checked.

    Args:
        answer: anything.
        **checks: by the name of a part, a function that raises where the part is not as
            it should be; takes the part, and what the checks before it gave.

    Raises:
        Mistake: no dict with these parts, or what a check raises.
        Unanswered: a part is still missing; says which ones before it are right.
    """
    names, found = list(checks), []
    require(
        isinstance(answer, dict) and set(names) <= set(answer),
        f"give a dict with {len(names)} parts, spelled like this: {', '.join(names)}.",
    )
    for name, look in checks.items():
        try:
            found.append(look(given(answer[name]), *found))
        except Unanswered:
            right = " and ".join(f"`{part}`" for part in names[: len(found)])
            text = f"{right} right so far, `{name}` still open. Replace its ..., then "
            raise Unanswered(f"{text}run both cells." if found else "") from None


def require_function(answer: Any, num_arguments: int, first_line: str = "") -> None:
    """Makes sure that an answer is a function that takes so many arguments.

    Args:
        answer: anything.
        num_arguments: how many it must take.
        first_line: how to begin it, where the notebook does not show that.

    Raises:
        Mistake: it is something else.
        Unanswered: it is a stub.
    """
    if isinstance(answer, str):
        raise Mistake("give a function, by its name without quotation marks.")
    if not callable(answer):
        raise Mistake(
            "give a function, by its name without brackets. This is "
            f"{describe(answer)}."
        )
    if _is_open(answer):
        raise Unanswered
    try:
        inspect.signature(answer).bind(*[None] * num_arguments)
    except ValueError:  # it does not say what it takes
        return
    except TypeError:
        if isinstance(answer, type):
            raise Mistake(f"give a function. This is {describe(answer)}.") from None
        often = {0: "without arguments", 1: "with one argument"}
        given = often.get(num_arguments, f"with {num_arguments} arguments")
        text = (
            ", as its first line said before. Keep the names in its brackets, and "
            "their order."
        )
        if first_line:
            text = f": begin it with `{first_line}`."
        raise Mistake(f"the check calls your function {given}{text}") from None


def call(function: Any, *args: Any) -> Any:
    """What a learner's function gives for copies of the arguments.

    Raises:
        Mistake: it is no function, or it changed an argument.
        Unanswered: it is a stub, or it gave `...`.
    """
    require_function(function, len(args))
    copies = copy.deepcopy(args)
    value = function(*copies)
    for before, after in zip(args, copies, strict=True):
        if isinstance(before, np.ndarray | list) and not same(before, after, 0.0):
            raise Mistake(
                "your function overwrites the values that it is given, and whoever "
                "calls it may still need them. Make new ones: write `x = x / 2`, not "
                "`x /= 2`, or begin with a copy."
            )
    if value is ...:
        raise Unanswered
    return value


def call_each(function: Any, cases: Sequence[tuple[Any, ...]]) -> list[Any]:
    """What a function gives for each tuple of arguments: a value or an exception.

    Raises:
        Unanswered: it gives `...` for all of them.
    """
    outcomes = []
    for args in cases:
        try:
            outcomes.append(call(function, *args))
        except (Exception, SystemExit) as error:
            outcomes.append(error)
    if all(isinstance(value, Unanswered) for value in outcomes):
        raise Unanswered
    return [... if isinstance(value, Unanswered) else value for value in outcomes]


def _name_repair(caught: list[warnings.WarningMessage]) -> str | None:
    """What to say where Keras mends a sigmoid too many, so that the value is right."""
    if any("produced by a Sigmoid" in str(warning.message) for warning in caught):
        return (
            "the value is right, but only because Keras has noticed its own sigmoid "
            "and undone it, with a warning. Give the loss the logits themselves."
        )
    return None


def _name_comma(answer: Any, meant: list[Any], tolerance: float) -> str | None:
    """What to say of a comma inside a number: of 0,5 or "0,5", and of 4,690.

    Python makes two numbers of it. Whoever gives a pair may mean one: so the comma is
    blamed only if the pair begins with 0, or is one of the numbers that are `meant`.
    """
    if isinstance(answer, tuple) and all(type(part) is int for part in answer):
        answer = ",".join(map(str, answer))
    found = isinstance(answer, str) and re.fullmatch(r"\s*-?(\d*),(\d+)\s*", answer)
    if not found:
        return None
    whole, rest = found.groups()

    def is_meant(number: float) -> bool:
        return any(same(other, number, tolerance) for other in meant)

    if len(rest) == 3 and is_meant(int(whole + rest)):
        return "in Python write no comma between the thousands: 60000, not 60,000."
    if whole in ("", "0") or is_meant(float(f"{whole}.{rest}")):
        return "in Python write a decimal point, not a comma: 0.5, not 0,5."
    return None


def _name_form(expected: Any) -> str:
    """Says what to give in place of text."""
    if numbers(expected).dtype.kind == "b":
        return "Give True or False, without quotation marks."
    if np.ndim(expected):
        return "Give numbers, such as [1, 2], without quotation marks."
    return "Give a number, without quotation marks."


def _is_open(answer: Any) -> bool:
    if isinstance(answer, list | tuple):
        return any(part is ... for part in answer)
    if answer is ...:
        return True
    names = getattr(getattr(answer, "__code__", None), "co_names", ())
    return names == ("NotImplementedError",) and _is_code(answer, _RAISE_CODE)


def _is_code(function: Any, instructions: set[str]) -> bool:
    """Whether a function does nothing beyond some instructions of Python's."""
    code = getattr(function, "__code__", None)
    found = {i.opname for i in dis.get_instructions(code)} if code else {""}
    return found <= instructions
