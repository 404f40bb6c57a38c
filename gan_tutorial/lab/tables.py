"""Tables of numbers and names: for networks and back, two ways to make more, tests.

A table is a dictionary from the names of its columns to arrays of equal length. A
column holds finite numbers, or text: then each text is one of a few categories.
"""

from itertools import pairwise
from statistics import NormalDist

import keras
import numpy as np

from gan_tutorial import checks, gan, networks, recipes

MOST_CATEGORIES = 50
R1_GAMMA = 0.1
RIDGE = 1.0  # of the classifier, against weights that grow without end


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
        if values.dtype.kind not in "iufU":
            raise ValueError(
                f"Column {name!r} is of type {values.dtype}; expected numbers or text. "
                "Leave out the rows where a value is missing, or fill it first."
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
        wanted = [name for name in known if name not in without]
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


def build_table_gan(codec, num_steps, seed=None, latent_dim=16, width=128):
    """A GAN of two dense networks for rows of a `Codec`, ready for `fit`.

    For each column of text the generator ends in a softmax. The discriminator sees
    these shares beside ones and zeros, and so teaches the generator to decide.
    """
    base = networks.build_point_generator(latent_dim, codec.width, width)
    parts = [base.output[:, : len(codec.scales)]]
    parts += [keras.ops.softmax(base.output[:, part]) for part in codec.slices()]
    rows = keras.layers.Concatenate(name="rows")(parts)
    model = gan.GAN(
        keras.Model(base.inputs, rows, name="generator"),
        networks.build_point_discriminator(codec.width, width),
        ema_momentum=recipes.ema_momentum(num_steps),
        seed=seed,
    )
    recipes.compile_gan(model, num_steps, r1_gamma=R1_GAMMA)
    return model


class Copula:
    """A Gaussian copula: the columns as they are, tied together by correlations.

    All columns become normal scores; a category, a random place in a stretch of the
    bell curve as wide as its share. Their correlations are all that is learnt of how
    columns depend on each other.

    Args:
        table: to learn from.
        seed: from which the places follow.

    Source: Patki, Wedge and Veeramachaneni, The Synthetic Data Vault, 2016, doi
    10.1109/DSAA.2016.49; its categories are in order of their share.
    """

    def __init__(self, table, seed: int = 0):
        self.codec, rng = Codec(table), np.random.default_rng(seed)
        rows = self.codec.encode(table)
        columns, self.cuts = [*rows[:, : len(self.codec.scales)].T], []
        for part in self.codec.slices():
            ends = np.append(0, rows[:, part].mean(axis=0).cumsum())
            self.cuts.append([NormalDist().inv_cdf(end) for end in ends[1:-1]])
            chosen = rows[:, part].argmax(axis=1)
            places = ends[chosen] + np.diff(ends)[chosen] * rng.random(len(rows))
            places = places.clip(1e-6, 1 - 1e-6)
            columns.append([NormalDist().inv_cdf(place) for place in places])
        self.correlations = np.corrcoef(columns)

    def sample(self, num_rows: int, seed: int = 0) -> dict[str, np.ndarray]:
        """A table of so many new rows."""
        checks.whole_number("num_rows", num_rows, 1)
        rng, middle = np.random.default_rng(seed), np.zeros(len(self.correlations))
        drawn = rng.multivariate_normal(middle, self.correlations, num_rows)
        parts = [drawn[:, : len(self.codec.scales)]]
        known = self.codec.categories.values()
        places = drawn[:, len(self.codec.scales) :].T
        for place, cuts, names in zip(places, self.cuts, known, strict=True):
            parts.append(np.eye(len(names))[np.searchsorted(cuts, place)])
        return self.codec.decode(np.concatenate(parts, axis=1))


def accuracy(train, test, target: str, codec) -> float:
    """How often a classifier that learnt from one table is right in another.

    It is a logistic regression on all columns, their squares and their products, and so
    finds what depends on two columns together. It has no random numbers of its own.

    Args:
        train: a table to learn from.
        test: a table to be tested on.
        target: a column of two categories.
        codec: of the real training table, for both.

    Returns:
        A share, 0 to 1.

    Raises:
        ValueError: the target has not two categories.
    """
    names = codec.categories.get(target, ())
    if len(names) != 2:
        raise ValueError(
            f"The target {target!r} has {len(names)} categories; expected two."
        )

    def features(table):
        x = codec.encode(table, without=(target,)).astype(float)
        upper = np.triu_indices(x.shape[1])
        products = (x[:, :, None] * x[:, None])[:, *upper]
        return np.concatenate([np.ones((len(x), 1)), x, products], axis=1)

    x, y = features(train), np.asarray(train[target]) == names[1]
    weights = np.zeros(x.shape[1])
    for _ in range(12):  # steps of Newton
        shares = 1 / (1 + np.exp(-(x @ weights).clip(-30, 30)))
        slope = x.T @ (shares - y) + RIDGE * weights
        bend = (x.T * (shares * (1 - shares))) @ x + RIDGE * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    guesses = features(test) @ weights > 0
    return float(np.mean(guesses == (np.asarray(test[target]) == names[1])))


def fill(table, column: str, donors, codec, num: int = 15) -> np.ndarray:
    """Fills a column from the rows of another table that are most alike elsewhere.

    Args:
        table: whose `column` is not looked at.
        column: to be filled.
        donors: a table with all columns.
        codec: in whose numbers rows are compared.
        num: donors of one row: a number becomes their median, a category the most
            frequent one.

    Returns:
        What to put into the column, `(n,)`.
    """
    asked, known = (codec.encode(rows, without=(column,)) for rows in (table, donors))
    squares = (known**2).sum(axis=1) - 2 * asked @ known.T
    nearest = np.argpartition(squares, num - 1, axis=1)[:, :num]
    given = np.asarray(donors[column])[nearest]
    if column in codec.scales:
        return np.median(given, axis=1)
    names = codec.categories[column]
    return names[(given[..., None] == names).sum(axis=1).argmax(axis=1)]
