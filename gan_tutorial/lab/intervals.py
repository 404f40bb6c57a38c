"""Shares and areas with their 95 % intervals."""

import math

import numpy as np

from gan_tutorial import checks

Z_95 = 1.96  # standard deviations to both sides that hold 95 % of a normal distribution


def wilson(hits: int, cases: int) -> tuple[float, float]:
    """The 95 % interval of Wilson for a share, `hits` of `cases`.

    Args:
        hits: how often it happened.
        cases: how often it could have happened, 1 or more.

    Returns:
        The ends, from 0 to 1.

    Raises:
        ValueError: no cases, or more hits than cases.

    Source: Wilson, Probable inference, the law of succession, and statistical
    inference, Journal of the American Statistical Association 22 (1927).
    """
    n = checks.whole_number("cases", cases, 1)
    p, z = checks.whole_number("hits", hits, 0, n) / n, Z_95
    middle = p + z**2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    low, high = ((middle + side * half) / (1 + z**2 / n) for side in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def auc(scores, labels) -> tuple[float, float, float]:
    """How often a random positive case scores higher than a random negative one.

    The area under the ROC curve: 0.5 is chance, 1 perfect. Of equal scores, each counts
    half.

    Args:
        scores: `(n,)`, higher for what looks positive.
        labels: `(n,)`, 1 for positive cases, such as ill or member, else 0; both must
            occur.

    Returns:
        The area, and the ends of its 95 % interval.

    Raises:
        ValueError: not one finite score for each label, or labels of one kind only.

    Source: Hanley and McNeil, The meaning and use of the area under a receiver
    operating characteristic (ROC) curve, Radiology 143 (1982).
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    if (
        scores.ndim != 1
        or scores.shape != labels.shape
        or not np.isfinite(scores).all()
    ):
        raise ValueError(
            f"scores have shape {scores.shape} and labels {labels.shape}; expected one "
            "finite score for each label."
        )
    if set(np.unique(labels).tolist()) != {0, 1}:
        raise ValueError(
            f"labels hold {np.unique(labels).tolist()}; expected 0 and 1, and at least "
            "one of each: without both there is nothing to compare."
        )
    ordered = np.sort(scores)
    first, last = (np.searchsorted(ordered, scores, side) for side in ("left", "right"))
    ranks, is_positive = (first + 1 + last) / 2, labels == 1
    num, others = int(is_positive.sum()), int((~is_positive).sum())
    area = (ranks[is_positive].sum() - num * (num + 1) / 2) / (num * others)
    q_1, q_2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (num - 1) * (q_1 - area**2)
    variance = (variance + (others - 1) * (q_2 - area**2)) / (num * others)
    half = Z_95 * math.sqrt(max(variance, 0))
    return float(area), max(area - half, 0.0), min(area + half, 1.0)
