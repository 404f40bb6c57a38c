"""Design briefs: what is asked, which candidates meet it, and which of them to show.

`measured` is a dict from the name of a quantity to its values, `(n,)`, one for each of
n candidates, as `vases.measure` and `solids.measure_bodies` return it.
"""

import difflib
from dataclasses import dataclass, field
from itertools import combinations
from numbers import Real

import numpy as np

from gan_tutorial import checks


@dataclass(frozen=True, repr=False)
class Brief:
    """What is asked of a product, in quantities that can be measured.

    Args:
        constraints: from the name of a quantity to the range that is asked,
            `(low, high)`, ends included, None for an open end. For a quantity that is
            numbered, such as a style, to a list of the names that will do.
        names: from such a quantity to all its names, in the order of their numbers:
            `{"style": vases.STYLES}`. What is true or false is numbered too:
            `{"is_standing": ("no", "yes")}`.
        units: from a quantity to its unit, as text.

    Raises:
        ValueError: a constraint that cannot be met or cannot be understood.
    """

    constraints: dict
    names: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)

    def __post_init__(self):  # noqa: D105
        for name, asked in self.constraints.items():
            if name in self.names:
                _check_choice(name, asked, self.names[name])
            elif not _is_range(asked):
                raise ValueError(
                    f"{name} asks for {asked!r}; expected (low, high): two numbers in "
                    "order, of which one may be None. Where words are asked for, such "
                    f"as ['yes'], give all of them in names: there is {self.names}."
                )

    def check(self, measured: dict) -> dict[str, np.ndarray]:
        """Which candidates meet each constraint, bool `(n,)`.

        NaN, which stands for what could not be measured, meets none.

        Raises:
            ValueError: a quantity that is not measured, or values that are not `(n,)`.
        """
        met = {}
        for name, asked in self.constraints.items():
            if name not in measured:
                hint = _suggest(name, measured)
                raise ValueError(f"The brief asks for {name!r}: not measured. {hint}")
            values = _as_numbers(name, measured[name], num_axes=1)
            if name in self.names:
                known = list(self.names[name])
                met[name] = np.isin(values, [known.index(choice) for choice in asked])
            else:
                # An open end becomes NaN, and no number is beyond NaN.
                low, high = np.array(asked, float).tolist()
                met[name] = ~(np.isnan(values) | (values < low) | (values > high))
        sizes = {name: len(values) for name, values in met.items()}
        if len(set(sizes.values())) != 1:
            raise ValueError(f"These differ in size: {sizes}.")
        return met

    def passes(self, measured: dict) -> np.ndarray:
        """Which candidates meet all constraints, bool `(n,)`; errors as `check`."""
        return np.all(list(self.check(measured).values()), axis=0)

    def explain(self, measured: dict) -> str:
        """How many candidates pass, and what stands in the way of the others.

        Where none passes: every constraint that no candidate meets; or else a smallest
        set of constraints that no candidate meets together. Errors as `check`.
        """
        met = self.check(measured)
        passes = np.all(list(met.values()), axis=0)
        lines = [f"{passes.sum()} of {len(passes)} candidates pass."]
        lines += [f"{met[n].sum()} meet {n}: {self._ask(n)}." for n in met]
        others = {n: [met[other] for other in met if other != n] for n in met}
        without = {n: np.logical_and.reduce(others[n]).sum() for n in met}
        if hopeless := [n for n in met if not met[n].any()]:
            for n in hopeless:
                asked, reach = self._ask(n), self._reach(n, measured[n])
                lines.append(f"{n} asks for {asked}; the candidates have {reach}.")
        elif not passes.any():
            sets = (s for k in range(2, len(met) + 1) for s in combinations(met, k))
            clash = next(s for s in sets if not np.all([met[n] for n in s], 0).any())
            lines.append(f"No candidate meets {' and '.join(clash)} together.")
            lines += [f"Without {n}, {without[n]} would pass." for n in clash]
        elif len(met) > 1 and max(without.values()) > passes.sum():
            n = max(without, key=without.get)
            lines.append(f"{n} costs most: without it, {without[n]} would pass.")
        return "\n".join(lines)

    def __str__(self):  # noqa: D105
        return "\n".join(f"{n}: {self._ask(n)}" for n in self.constraints)

    __repr__ = __str__

    def _ask(self, name):
        asked = self.constraints[name]
        if name in self.names:
            return " or ".join(asked)
        low, high = (None if end is None else round(end, 9) for end in asked)
        text = f"at least {low}" if high is None else f"{low} to {high}"
        text = f"at most {high}" if low is None else text
        return f"{text} {self.units.get(name, '')}".strip()

    def _reach(self, name, values):
        values = np.asarray(values, float)
        values = values[np.isfinite(values)]
        if name in self.names:
            found = [text for i, text in enumerate(self.names[name]) if i in values]
            return " and ".join(found) or "none of its names"
        if not values.size:
            return "no value that could be measured"
        low, high = np.array(self.constraints[name], float)
        nearest = values[np.fmax(low - values, values - high).argmin()]
        reach = f"{values.min():.4g} to {values.max():.4g}"
        return f"{reach}, the nearest {nearest:.4g}"


def shortlist(
    scores, features, passes, num_designs: int, quality_weight: float = 1.0
) -> np.ndarray:
    """A short list of good designs that differ from each other.

    Each design is seen as an arrow, the longer the better its score, and two arrows
    point the more in one direction the more alike the designs are. The list begins with
    the longest arrow; then comes, one by one, the arrow that reaches farthest out of
    the space of those on the list. That makes the determinant of their kernel
    `q_i S_ij q_j` grow most in each step, with `q = exp(quality_weight * score)` for
    scores from 0 (the worst that passes) to 1, and `S = exp(-distance^2 / 2k)`. Ties go
    to the lower index. Where no arrow reaches out any more, as of designs that are
    there twice, the next best scores follow.

    Args:
        scores: of the candidates, `(n,)`; higher is better.
        features: `(n, k)`; distances are Euclidean, after each feature has been divided
            by its standard deviation.
        passes: which candidates may be listed at all, bool `(n,)`. Best, worst and
            standard deviations are theirs.
        num_designs: length of the list.
        quality_weight: 0 where only the variety counts; the more, the more scores do.

    Returns:
        Indices, int `(num_designs,)`; shorter where fewer pass.

    Raises:
        ValueError: no candidate passes, or arguments that do not fit.

    Source: Kulesza and Taskar, Determinantal Point Processes for Machine Learning,
    arXiv 1207.6083; the greedy choice is Chen, Zhang and Zhou's, arXiv 1709.05135.
    """
    scores = _as_numbers("scores", scores, num_axes=1)
    features = _as_numbers("features", features, num_axes=2)
    passes = np.asarray(passes)
    if passes.shape != scores.shape or passes.dtype != bool or not passes.any():
        raise ValueError(
            f"passes has {passes.dtype} values of shape {passes.shape}; expected bool, "
            f"{scores.shape}, at least one True. Where none passes, brief.explain says "
            "why."
        )
    if len(features) != len(scores):
        raise ValueError(f"{len(scores)} scores and {len(features)} rows of features.")
    num_designs = checks.whole_number("num_designs", num_designs, 1)
    quality_weight = checks.number("quality_weight", quality_weight, 0, 100)
    indices = np.flatnonzero(passes)
    scores, features = scores[passes].astype(float), features[passes].astype(float)
    _require_finite({"scores": scores, "features": features})

    spreads = features.std(axis=0)
    features = features / np.where(spreads > 0, spreads, 1)
    below = (scores.max() - scores) / (np.ptp(scores) or 1)  # from 0 to 1
    quality = np.exp(-quality_weight * below)
    by_score = np.argsort(below, kind="stable")
    reach = quality**2  # squared, out of the space of the chosen ones
    least, chosen = 1e-9 * reach, []
    parts = np.empty((0, len(scores)))  # of all arrows along the space's axes
    while len(chosen) < min(num_designs, len(scores)):
        is_open = reach > least
        is_open[chosen] = False
        if is_open.any():
            one = np.where(is_open, reach, -1).argmax()
            squares = np.sum((features - features[one]) ** 2, axis=1)
            alike = np.exp(-squares / (2 * features.shape[1]))
            axis = quality * alike * quality[one] - parts[:, one] @ parts
            axis /= np.sqrt(reach[one])
            parts, reach = np.vstack([parts, axis]), reach - axis**2
        else:
            one = next(i for i in by_score if i not in chosen)
        chosen.append(one)
    return indices[chosen]


def _is_range(asked):
    if not isinstance(asked, tuple | list) or len(asked) != 2:
        return False
    ends = [end for end in asked if end is not None]
    are_numbers = all(isinstance(end, Real) and np.isfinite(end) for end in ends)
    return bool(ends) and are_numbers and ends == sorted(ends)


def _check_choice(name, asked, known):
    if not isinstance(asked, tuple | list) or not asked:
        raise ValueError(
            f"{name} asks for {asked!r}; expected a list of the names that will do, "
            f"such as [{known[0]!r}]."
        )
    for choice in asked:
        if choice not in known:
            hint = _suggest(choice, known)
            raise ValueError(f"{name} asks for {choice!r}: none of its names. {hint}")


def _suggest(name, known):
    known = [str(one) for one in known]
    close = difflib.get_close_matches(str(name), known, n=1)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    return f"{meant}There are {', '.join(known)}."


def _as_numbers(name, values, num_axes):
    array = np.asarray(values)
    if array.ndim != num_axes or not array.size or array.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} has {array.dtype} values of shape {array.shape}; give numbers, "
            f"{'(n,)' if num_axes == 1 else '(n, k)'}, and at least one."
        )
    return array


def _require_finite(arrays):
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinity; leave such designs out.")
