"""Intervals against a search over all shares, and areas against all pairs."""

import itertools
import math

import numpy as np
import pytest

from gan_tutorial.lab import intervals


@pytest.mark.parametrize(
    ("num_right", "num_asked"), [(0, 4), (3, 7), (10, 10), (15, 20), (520, 1000)]
)
def test_interval_ends_where_the_count_is_196_standard_errors_away(
    num_right, num_asked
):
    share = num_right / num_asked
    inside = [
        p
        for p in np.linspace(0, 1, 200_001)
        if abs(share - p) <= 1.96 * math.sqrt(p * (1 - p) / num_asked) + 1e-12
    ]
    low, high = intervals.wilson(num_right, num_asked)
    assert (low, high) == pytest.approx((inside[0], inside[-1]), abs=1e-5)


def test_the_area_counts_all_pairs():
    rng = np.random.default_rng(1)
    for ill, well in ((3, 5), (20, 31), (1, 4)):
        scores = rng.integers(0, 6, ill + well).astype(float)  # with ties
        labels = np.repeat([1, 0], [ill, well])
        pairs = itertools.product(scores[:ill], scores[ill:])
        by_hand = np.mean([(a > b) + (a == b) / 2 for a, b in pairs])
        area, low, high = intervals.auc(scores, labels)
        assert area == pytest.approx(by_hand) and 0 <= low <= area <= high <= 1
    assert intervals.auc([1, 2, 3], [0, 1, 1]) == (1, 1, 1)


def test_the_interval_of_an_area_covers_it_as_often_as_it_says():
    rng, labels, hits = np.random.default_rng(2), np.repeat([1, 0], [40, 60]), 0
    for _ in range(400):
        _, low, high = intervals.auc(rng.normal(labels, 1), labels)
        hits += low <= 0.7602 <= high  # of two Gaussians, 1 apart
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: intervals.wilson(0, 0), "cases is 0; expected a whole number, 1"),
        (lambda: intervals.wilson(4, 3), "hits is 4; expected a whole number, 0 to 3"),
        (lambda: intervals.auc([1.0, np.nan], [0, 1]), "one finite score"),
        (lambda: intervals.auc([1.0, 2.0, 3.0], [0, 1]), r"labels \(2,\)"),
        (
            lambda: intervals.auc([1.0, 2.0], [0, 0]),
            r"labels hold \[0\]",
        ),
    ],
)
def test_what_has_no_interval_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
