"""What learns from a table: a GAN and a copula that make more rows, and two trials."""

from statistics import NormalDist

import keras
import numpy as np

from gan_tutorial import checks, gan, networks, recipes
from gan_tutorial.lab.tables import Codec

R1_GAMMA = 0.1
RIDGE = 1.0  # of the classifier, against weights that grow without end


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
    bell curve as wide as its share. Their correlations are all that is learned of how
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
        self.correlations = np.atleast_2d(np.corrcoef(columns))

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
    """How often a classifier that learned from one table is right in another.

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

    for table in (train, test):
        codec.encode(table)  # refuses a target that is missing, short or unknown
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

    Raises:
        ValueError: a column that is not known or is missing, or more donors wanted than
            there are.
    """
    if column not in [*codec.scales, *codec.categories]:
        raise ValueError(f"There is no column {column!r} in this table.")
    codec.encode(donors)  # refuses a column that is missing or has other values
    asked, known = (codec.encode(rows, without=(column,)) for rows in (table, donors))
    checks.whole_number("num", num, 1, len(known))
    squares = (known**2).sum(axis=1) - 2 * asked @ known.T
    nearest = np.argpartition(squares, num - 1, axis=1)[:, :num]
    given = np.asarray(donors[column])[nearest]
    if column in codec.scales:
        return np.median(given, axis=1)
    names = codec.categories[column]
    return names[(given[..., None] == names).sum(axis=1).argmax(axis=1)]
