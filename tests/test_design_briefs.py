"""Briefs, short lists and preferences: against loops, formulas and worked examples."""

import math
import statistics

import numpy as np
import pytest

from gan_tutorial.design.briefs import Brief, shortlist

NAMES = {"style": ("round", "bottle", "flared", "amphora"), "stands": ("no", "yes")}
CANDIDATES = {
    "capacity": np.array([0.31, 0.9, 1.0, 1.4, 2.1, np.nan]),
    "tilt": np.array([20.0, 14.0, 13.9, 16.0, 18.0, 15.0]),
    "style": np.array([0, 1, 1, 3, 2, -1]),
    "stands": np.array([True, True, False, True, True, False]),
}


def brief(**constraints):
    return Brief(constraints, NAMES, {"capacity": "litres", "tilt": "degrees"})


# What is asked


def test_each_kind_of_constraint_is_checked_and_told():
    asked = brief(
        capacity=(0.9, 1.4), tilt=(14, None), style=["bottle", "amphora"],
        stands=["yes"], width=(None, 0.1 + 0.2),
    )  # fmt: skip
    measured = CANDIDATES | {"width": np.full(6, 0.3, np.float32)}  # just above 0.3
    measured["width"][5] = 0.4
    met = asked.check(measured)
    expected = {
        "capacity": [0, 1, 1, 1, 0, 0],  # both ends included; NaN fails
        "tilt": [1, 1, 0, 1, 1, 1],
        "style": [0, 1, 1, 1, 0, 0],
        "stands": [1, 1, 0, 1, 1, 0],
        "width": [1, 1, 1, 1, 1, 0],
    }
    assert list(met) == list(expected)
    for name, values in expected.items():
        assert met[name].dtype == bool
        np.testing.assert_array_equal(met[name], values, err_msg=name)
    np.testing.assert_array_equal(asked.passes(measured), [0, 1, 0, 1, 0, 0])
    assert (
        str(asked)
        == repr(asked)
        == (
            "capacity: 0.9 to 1.4 litres\n"
            "tilt: at least 14 degrees\n"
            "style: bottle or amphora\n"
            "stands: yes\n"
            "width: at most 0.3"
        )
    )


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({"tilt": ("1.2", None)}, "tilt asks for .*expected .*two numbers in order"),
        ({"tilt": ["bottle"]}, "give all of them in names: there is .*style"),
        ({"tilt": (2, np.inf)}, "two numbers in order"),
        ({"tilt": (3, 2.5)}, "two numbers in order"),
        ({"tilt": (None, None)}, "one may be None"),
        ({"tilt": 14}, "two numbers in order"),
        ({"style": "bottle"}, r"a list of the names .* such as \['round'\]"),
        ({"style": []}, "a list of the names"),
        ({"style": ["botle"]}, "'botle': none of .* mean 'bottle'.*round, bottle, fl"),
    ],
)
def test_constraints_that_make_no_sense_are_refused(constraints, message):
    with pytest.raises(ValueError, match=message):
        brief(**constraints)


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        (
            {"capacity": [1.0], "tilts": [2.0]},
            "'tilt': .*mean 'tilts'.*capacity, tilts",
        ),
        ({"capacity": [1.0], "tilt": [1.0, 2.0]}, "'capacity': 1, 'tilt': 2"),
        ({"capacity": [1.0], "tilt": [[2.0]]}, r"shape \(1, 1\)"),
        ({"capacity": [1.0], "tilt": ["2"]}, "tilt has <U1"),
    ],
)
def test_measures_that_do_not_fit_are_refused(measured, message):
    with pytest.raises(ValueError, match=message):
        brief(capacity=(1, 2), tilt=(1, 2)).explain(measured)


def test_the_costliest_constraint_is_named():
    styles = ["round", "bottle", "flared"]
    asked = brief(tilt=(14, None), capacity=(0.9, 1.4), style=styles)
    assert asked.explain(CANDIDATES) == (
        "1 of 6 candidates pass.\n"
        "5 meet tilt: at least 14 degrees.\n"
        "3 meet capacity: 0.9 to 1.4 litres.\n"
        "4 meet style: round or bottle or flared.\n"
        "capacity costs most: without it, 3 would pass."
    )
    assert brief(tilt=(15, 17)).explain(CANDIDATES).count("\n") == 1


def test_a_constraint_that_none_meets_is_named_with_what_there_is():
    # A range between two candidates: the ends of all that there is would not help.
    text = brief(capacity=(1.1, 1.2), tilt=(14, None)).explain(CANDIDATES)
    has = "the candidates have 0.31 to 2.1, the nearest 1."
    assert text.splitlines()[3:] == [f"capacity asks for 1.1 to 1.2 litres; {has}"]
    measured = {"style": [0, 2, 0, -1], "tilt": [np.nan] * 4}
    text = brief(style=["amphora"], tilt=(1, None)).explain(measured)
    assert "style asks for amphora; the candidates have round and flared." in text
    assert "degrees; the candidates have no value that could be measured." in text


def test_the_smallest_clash_is_named():
    # Each candidate meets two of a, b and c, and none meets c and d.
    table = np.array(
        [[1, 1, 0, 1], [1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 1], [1, 0, 0, 1]]
    )
    measured = dict(zip("abcd", table.T, strict=True))
    asked = Brief({name: (1, 1) for name in "abc"})
    assert asked.explain(measured).splitlines()[4:] == [
        "No candidate meets a and b and c together.",
        "Without a, 1 would pass.",
        "Without b, 1 would pass.",
        "Without c, 2 would pass.",
    ]
    asked = Brief({name: (1, 1) for name in "abcd"})
    assert "meets c and d together" in asked.explain(measured)  # a pair is smaller


# Short lists


def brute_force(scores, features, passes, num_designs, weight):
    """The definition: each design makes the determinant as large as it can."""
    able = [i for i in range(len(scores)) if passes[i]]
    best, worst = max(scores[i] for i in able), min(scores[i] for i in able)
    spreads = [statistics.pstdev(column) for column in features[able].T]

    def kernel(i, j):
        gaps = [
            (features[i, k] - features[j, k]) / spread
            for k, spread in enumerate(spreads)
            if spread > 1e-12
        ]
        alike = math.exp(-sum(gap**2 for gap in gaps) / (2 * len(spreads)))
        quality = [math.exp(weight * scores[m] / (best - worst)) for m in (i, j)]
        return quality[0] * alike * quality[1]

    chosen = []
    for _ in range(min(num_designs, len(able))):
        rest = [i for i in able if i not in chosen]
        lists = {i: [*chosen, i] for i in rest}
        volumes = {
            i: np.linalg.det([[kernel(m, n) for n in of] for m in of])
            for i, of in lists.items()
        }
        chosen.append(max(rest, key=volumes.get))
    return chosen


def test_short_lists_follow_the_definition():
    rng = np.random.default_rng(2)
    for trial in range(30):
        n, k = rng.integers(5, 20), rng.integers(1, 4)
        scores, features = rng.normal(size=n), rng.normal(size=(n, k))
        features *= [3.0, 0.1, 40.0][:k]
        if k > 1 and trial % 4 == 0:
            features[:, 0] = 7.0
        passes = rng.random(n) < 0.7
        passes[rng.integers(n, size=2)] = True
        passes[:2] = True
        length = min(4, passes.sum()) if k > 1 else 2  # on a line rounding decides
        for weight in (0.5, 1, 4):
            expected = brute_force(scores, features, passes, length, weight)
            with_nonsense = scores.copy(), features.copy()
            for array in with_nonsense:
                array[~passes] = np.nan  # these do not count
            found = shortlist(*with_nonsense, passes, length, weight)
            assert found.tolist() == expected
            assert found.dtype.kind == "i"


def test_designs_that_are_there_twice_come_last_the_best_first():
    features = np.array([[0.0, 1], [0, 1], [5, 2], [0, 1]])
    scores, passes = np.array([3.0, 4, 1, 4]), np.ones(4, bool)
    assert shortlist(scores, features, passes, 9).tolist() == [1, 2, 3, 0]
    assert shortlist(scores, features, ~passes | (scores < 4), 9).tolist() == [0, 2]
    same = shortlist(np.ones(4), features, passes, 3, quality_weight=0)
    assert same.tolist() == [0, 2, 1]  # ties go to the lower index


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(passes=np.zeros(4, bool)), "none passes, brief.explain says why"),
        (dict(passes=np.ones(4)), "passes has float64"),
        (dict(scores=np.arange(5.0)), r"expected bool, \(5,\)"),
        (dict(scores=np.array([0, 1, np.nan, 2])), "scores holds NaN"),
        (dict(features=np.eye(4)[0]), r"features has .* \(4,\); give numbers"),
        (dict(num_designs=2.5), "num_designs is 2.5"),
        (dict(features=np.eye(4)[:3]), "4 scores and 3 rows"),
        (dict(quality_weight=-1), "quality_weight is -1"),
    ],
)
def test_short_lists_of_nonsense_are_refused(changes, message):
    sound = dict(scores=np.arange(4.0), features=np.eye(4), passes=np.ones(4, bool))
    with pytest.raises(ValueError, match=message):
        shortlist(**sound | {"num_designs": 2} | changes)
