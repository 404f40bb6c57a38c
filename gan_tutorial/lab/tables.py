"""Tables of numbers and names: their checks, and their way into networks and back.

A table is a dictionary from the names of its columns to arrays of equal length. A
column holds finite numbers, or text: then each text is one of a few categories.
"""

from itertools import pairwise
from statistics import NormalDist

import numpy as np

MOST_CATEGORIES = 50


def check_table(table) -> dict[str, np.ndarray]:
    """The columns as arrays.

    Raises:
        ValueError: no columns, or columns that are empty, of unequal length, not
            finite, or neither numbers nor text.
    """
    if not isinstance(table, dict) or not table:
        raise ValueError('Expected a table, such as {"price": prices, "kind": kinds}.')
    columns = {name: np.asarray(values) for name, values in table.items()}
    shapes = {name: values.shape for name, values in columns.items()}
    shape = next(iter(shapes.values()))
    if len(shape) != 1 or not shape[0] or set(shapes.values()) != {shape}:
        raise ValueError(
            f"The columns have shapes {shapes}; expected as many values in each, and "
            "one or more."
        )
    for name, values in columns.items():
        is_mixed = values.dtype.kind == "U" and not all(
            isinstance(value, str) for value in table[name]
        )
        if is_mixed or values.dtype.kind not in "iufU":
            raise ValueError(
                f"Column {name!r} is {'mixed' if is_mixed else values.dtype}; expected "
                "numbers or text. Leave out the rows where a value is missing, or fill "
                "it first."
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise ValueError(
                f"Column {name!r} holds NaN or infinite numbers; leave out these rows, "
                "or fill them first."
            )
    return columns


def take(table, rows) -> dict[str, np.ndarray]:
    """Some rows of a table, by their numbers or by True and False."""
    return {name: np.asarray(values)[rows] for name, values in table.items()}


def normal_scores(values) -> tuple[np.ndarray, np.ndarray]:
    """The different values of a column, and where each would lie on a bell curve.

    The share of values below, and half of those that are equal, is looked up in the
    normal distribution: the middle value gets 0, whatever the scale or the skew.

    Returns:
        The values in rising order, and their scores, float64 `(k,)` each.
    """
    found, counts = np.unique(np.asarray(values, float), return_counts=True)
    shares = (counts.cumsum() - counts / 2) / counts.sum()
    return found, np.array([NormalDist().inv_cdf(share) for share in shares])


class Codec:
    """Tables as networks take them, and back.

    A number becomes its normal score, a category becomes one 1 among zeros. What comes
    back lies between the smallest and the largest number known.

    Args:
        table: from which the columns are known.

    Attributes:
        scales: for each column of numbers, what `normal_scores` gives.
        categories: for each column of text, its categories in order.
        width: numbers in one encoded row; first the numbers, then the categories.

    Raises:
        ValueError: what `check_table` refuses; a column with one value only, or text
            with more than 50 categories.
    """

    def __init__(self, table):
        self.scales, self.categories = {}, {}
        for name, values in check_table(table).items():
            found = np.unique(values)
            is_text = values.dtype.kind == "U"
            if len(found) < 2 or (is_text and len(found) > MOST_CATEGORIES):
                raise ValueError(
                    f"Column {name!r} has {len(found)} different values; expected 2 or "
                    f"more, and of text {MOST_CATEGORIES} at most. Leave it out."
                )
            if is_text:
                self.categories[name] = found
            else:
                self.scales[name] = normal_scores(values)
        self.width = len(self.scales) + sum(map(len, self.categories.values()))

    def encode(self, table, without=()) -> np.ndarray:
        """float32 `(n, width)`; columns `without` are left out.

        Raises:
            ValueError: a column is missing, or holds a category that is not known.
        """
        known = [*self.scales, *self.categories]
        without = (without,) if isinstance(without, str) else without
        wanted = [name for name in known if name not in without]
        table = table if isinstance(table, dict) else {}
        missing = [name for name in wanted if name not in table]
        if missing:
            raise ValueError(f"The columns {missing} are missing; expected {wanted}.")
        table, parts = check_table({name: table[name] for name in wanted}), []
        for name, values in table.items():
            if name in self.scales:
                if values.dtype.kind == "U":
                    raise ValueError(f"Column {name!r} is text; expected numbers.")
                parts.append(np.interp(values, *self.scales[name])[:, None])
                continue
            hits = values[:, None] == self.categories[name]
            if not hits.any(axis=1).all():
                unknown = sorted(set(values[~hits.any(axis=1)].tolist()))
                raise ValueError(
                    f"Column {name!r} holds {unknown}; known are "
                    f"{self.categories[name].tolist()}."
                )
            parts.append(hits)
        return np.concatenate(parts, axis=1).astype(np.float32)

    def decode(self, rows) -> dict[str, np.ndarray]:
        """The way back; of a category's numbers the largest wins."""
        rows, table = np.asarray(rows), {}
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"Rows of shape {rows.shape}; expected (n, {self.width}).")
        if rows.dtype.kind not in "iuf" or not np.isfinite(rows).all():
            raise ValueError("The rows hold NaN or infinite numbers, or text.")
        for k, (name, (values, scores)) in enumerate(self.scales.items()):
            table[name] = np.interp(rows[:, k], scores, values)
        for part, (name, known) in zip(
            self.slices(), self.categories.items(), strict=True
        ):
            table[name] = known[rows[:, part].argmax(axis=1)]
        return table

    def slices(self) -> list[slice]:
        """Where each column of text stands in a row."""
        sizes = [len(self.scales), *map(len, self.categories.values())]
        return [slice(a, b) for a, b in pairwise(np.cumsum(sizes).tolist())]
