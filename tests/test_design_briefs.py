"""Briefs, short lists and preferences: against loops, formulas and worked examples."""

import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from gan_tutorial.design.briefs import Brief, fit_preferences, shortlist

STYLES = ("round", "bottle", "flared", "amphora")
NAMES = {"style": STYLES, "is_standing": ("no", "yes")}


def candidates():
    return {
        "capacity": np.array([0.31, 0.9, 1.0, 1.4, 2.1, np.nan]),
        "tilt": np.array([20.0, 14.0, 13.9, 16.0, 18.0, 15.0]),
        "style": np.array([0, 1, 1, 3, 2, -1]),
        "is_standing": np.array([True, True, False, True, True, False]),
    }


def brief(**constraints):
    return Brief(constraints, NAMES, {"capacity": "litres", "tilt": "degrees"})


# What is asked


def test_each_kind_of_constraint_is_checked():
    asked = brief(
        capacity=(0.9, 1.4), tilt=(14, None), style=["bottle", "amphora"],
        is_standing=["yes"],
    )  # fmt: skip
    met = asked.check(candidates())
    expected = {
        "capacity": [0, 1, 1, 1, 0, 0],  # both ends included; NaN fails
        "tilt": [1, 1, 0, 1, 1, 1],
        "style": [0, 1, 1, 1, 0, 0],
        "is_standing": [1, 1, 0, 1, 1, 0],
    }
    assert list(met) == list(expected)
    for name, values in expected.items():
        assert met[name].dtype == bool
        np.testing.assert_array_equal(met[name], values, err_msg=name)
    np.testing.assert_array_equal(asked.passes(candidates()), [0, 1, 0, 1, 0, 0])
    at_most = brief(capacity=(None, 0.9)).passes(candidates())
    np.testing.assert_array_equal(at_most, [1, 1, 0, 0, 0, 0])


def test_ends_are_included_in_the_precision_of_the_measure():
    measured = {"a": np.array([0.7, 0.3], np.float32)}  # just below 0.7, above 0.3
    np.testing.assert_array_equal(Brief({"a": (0.7, None)}).passes(measured), [1, 0])
    np.testing.assert_array_equal(Brief({"a": (None, 0.3)}).passes(measured), [0, 1])


@pytest.mark.parametrize(
    ("constraints", "message"),
    [
        ({}, "at least one"),
        ({"tilt": ("1.2", None)}, "tilt asks for .* numbers without quotes"),
        ({"tilt": ["bottle"]}, "must stand in `names`. It has those of style"),
        ({"tilt": (2, np.inf)}, "finite numbers; an open end is None"),
        ({"tilt": (3, 2.5)}, r"tilt asks for \(3, 2.5\).*contradicts itself"),
        ({"tilt": (None, None)}, "one may be None"),
        ({"tilt": 14}, "two ends"),
        ({"tilt": True}, "yes or no"),
        ({"style": (0.2, 0.4)}, "0.2 is none of its names"),
        ({"style": "bottle"}, r"a list of the names .* such as \['bottle'\]"),
        ({"style": []}, r"such as \['round'\]"),
        ({"is_standing": True}, r"such as \['yes'\]"),
        ({"style": ["botle"]}, "'botle' is none .* mean 'bottle'.*round, bottle, fl"),
    ],
)
def test_constraints_that_make_no_sense_are_refused(constraints, message):
    with pytest.raises(ValueError, match=message):
        Brief(constraints, NAMES)


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ({"capacity": [1.0], "slope": [2.0]}, "'tilt': .*There are capacity, slope"),
        ({"capacity": [1.0], "tilts": [2.0]}, "Did you mean 'tilts'"),
        ({"capacity": [1.0], "tilt": [1.0, 2.0]}, "'capacity': 1, 'tilt': 2"),
        ({"capacity": [1.0], "tilt": [[2.0]]}, r"shape \(1, 1\)"),
        ({"capacity": [1.0], "tilt": ["2"]}, "tilt has <U1"),
    ],
)
def test_measures_that_do_not_fit_are_refused(measured, message):
    asked = brief(capacity=(1, 2), tilt=(1, 2))
    for method in (asked.check, asked.explain):
        with pytest.raises(ValueError, match=message):
            method(measured)


# What is said


def test_the_table_names_what_is_asked_and_its_unit():
    asked = brief(
        capacity=(1.0, 1.4), tilt=(14, None), style=["bottle", "amphora"],
        width=(None, 0.1 + 0.2),
    )  # fmt: skip
    assert str(asked) == (
        "quantity  asked              unit\n"
        "capacity  1.0 to 1.4         litres\n"
        "tilt      at least 14        degrees\n"
        "style     bottle or amphora\n"
        "width     at most 0.3"
    )


def test_the_html_table_shows_the_same_and_is_safe():
    asked = Brief({"<b>": (1, 2), "a&b": ["<i>"]}, {"a&b": ("<i>", "o")}, {"<b>": '"'})
    rows = ElementTree.fromstring(asked._repr_html_()).findall("tr")
    cells = [[cell.text or "" for cell in row] for row in rows]
    assert cells[0] == ["quantity", "asked", "unit"]
    assert cells[1:] == [["<b>", "1 to 2", '"'], ["a&b", "<i>", ""]]
    assert [cell.tag for cell in rows[0]] == ["th"] * 3
    assert [cell.tag for cell in rows[1]] == ["td"] * 3


def test_the_costliest_constraint_is_named():
    styles = ["round", "bottle", "flared"]
    asked = brief(tilt=(14, None), capacity=(0.9, 1.4), style=styles)
    assert asked.explain(candidates()) == (
        "1 of 6 candidates pass.\n"
        "5 meet tilt: at least 14 degrees.\n"
        "3 meet capacity: 0.9 to 1.4 litres.\n"
        "4 meet style: round or bottle or flared.\n"
        "capacity costs most: without it, 3 would pass."
    )
    assert brief(tilt=(15, 17)).explain(candidates()).count("\n") == 1
    assert "costs" not in brief(tilt=(0, 90), capacity=(1, 2)).explain(
        {"tilt": [1.0, 2.0], "capacity": [1.0, 1.0]}
    )


def test_a_constraint_that_none_meets_is_named_with_what_there_is():
    text = brief(capacity=(5, 6), tilt=(14, None)).explain(candidates())
    assert text.startswith("0 of 6 candidates pass.\n0 meet capacity: 5 to 6 litres.")
    has = "the candidates have 0.31 to 2.1, the nearest 2.1."
    assert text.splitlines()[3:] == [f"capacity asks for 5 to 6 litres; {has}"]
    # A range between two candidates: the ends of all that there is would not help.
    text = brief(capacity=(1.1, 1.2)).explain(candidates())
    assert text.endswith("the candidates have 0.31 to 2.1, the nearest 1.")
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
    # Each is met once, but not together.
    text = Brief({"a": (1, 1), "b": (1, 1)}).explain({"a": [1, 0], "b": [0, 1]})
    assert "No candidate meets a and b together." in text
    # c and d clash as a pair, which is smaller.
    asked = Brief({name: (1, 1) for name in "abcd"})
    assert asked.explain(measured).splitlines()[5:] == [
        "No candidate meets c and d together.",
        "Without c, 2 would pass.",
        "Without d, 0 would pass.",
    ]


# Short lists


def brute_force(scores, features, passes, num_designs, budget):
    """The definition, in plain Python."""
    able = [i for i in range(len(scores)) if passes[i]]
    best, worst = max(scores[i] for i in able), min(scores[i] for i in able)
    columns = [[features[i][j] for i in able] for j in range(len(features[0]))]
    spreads = []
    for column in columns:
        middle = sum(column) / len(column)
        spreads.append((sum((x - middle) ** 2 for x in column) / len(column)) ** 0.5)

    def apart(i, j):
        parts = [
            (features[i][k] - features[j][k]) / spread
            for k, spread in enumerate(spreads)
            if len(set(columns[k])) > 1
        ]
        return sum(part**2 for part in parts) ** 0.5

    good = [i for i in able if best - scores[i] <= budget * (best - worst)]
    chosen = [max(able, key=lambda i: (scores[i], -i))]
    while len(chosen) < min(num_designs, len(able)):
        if rest := [i for i in good if i not in chosen]:
            key = {i: (min(apart(i, j) for j in chosen), -i) for i in rest}
        else:
            rest = [i for i in able if i not in chosen]
            key = {i: (scores[i], -i) for i in rest}
        chosen.append(max(rest, key=key.get))
    return chosen


def test_short_lists_follow_the_definition():
    rng = np.random.default_rng(2)
    for trial in range(60):
        n, k = rng.integers(3, 30), rng.integers(1, 4)
        # Whole scores and some designs twice, so that there are ties; a constant
        # feature now and then.
        scores = rng.integers(0, 8, n).astype(float)
        features = rng.normal(size=(n, k)) * [3.0, 0.1, 40.0][:k]
        features[n // 2 :] = features[: n - n // 2]
        features[:, 0] *= trial % 4 > 0
        passes = rng.random(n) < 0.7
        passes[rng.integers(n)] = True
        for budget in (0, 0.3, 1):
            found = shortlist(scores, features, passes, 5, budget)
            expected = brute_force(scores, features, passes, 5, budget)
            assert found.tolist() == expected
            assert found.dtype.kind == "i"


def test_the_budget_buys_variety_with_score():
    scores = np.array([9.0, 10.0, 9.8, 9.7, 5.0, 8.2, 99.0])
    features = np.array([[0.0], [1.0], [1.1], [1.2], [-7.0], [3.0], [50.0]])
    passes = np.array([True] * 6 + [False])
    for budget, expected in [
        (0, [1, 2, 3]),  # the best ones
        (0.05, [1, 2, 3]),  # only 2 is good enough: 3 fills the list
        (0.2, [1, 0, 3]),  # 0, 2, 3 are good enough: down to 9
        (0.4, [1, 5, 0]),  # 5 as well
        (1, [1, 4, 5]),  # all
    ]:
        found = shortlist(scores, features, passes, 3, budget)
        assert found.tolist() == expected, budget
    assert shortlist(scores, features, passes, 1, 1).tolist() == [1]
    assert sorted(shortlist(scores, features, passes, 9)) == list(range(6))


def test_features_count_alike_whatever_their_unit_and_what_fails_does_not_count():
    rng = np.random.default_rng(4)
    scores, features = rng.random(40), rng.random((40, 3))
    passes = rng.random(40) < 0.6
    first = shortlist(scores, features, passes, 6, 0.5)
    scores[~passes], features[~passes] = np.nan, np.inf
    scaled = np.column_stack([features * [1000, 0.01, 1], np.full(40, 0.1)])
    second = shortlist(10 + 3 * scores, scaled, passes, 6, 0.5)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(passes=np.zeros(4, bool)), "none passes, brief.explain says why"),
        (dict(passes=np.ones(4)), "passes has float64"),
        (dict(scores=np.arange(5.0)), "'scores': 5"),
        (dict(scores=np.array([0, 1, np.nan, 2])), "scores holds NaN"),
        (dict(features=np.eye(4)[0]), r"features has .* \(4,\); give numbers"),
        (dict(num_designs=2.5), "num_designs is 2.5; expected a whole number, 1"),
        (dict(variety_budget=10), "variety_budget is 10; expected a number, 0 to 1"),
    ],
)
def test_short_lists_of_nonsense_are_refused(changes, message):
    sound = dict(scores=np.arange(4.0), features=np.eye(4), passes=np.ones(4, bool))
    with pytest.raises(ValueError, match=message):
        shortlist(**sound | {"num_designs": 2} | changes)


# Preferences


def objective(weights, preferred, rejected, strength):
    """Log-probability of the choices, minus the penalty, one pair after the other."""
    total = -strength / 2 * sum(w**2 for w in weights)
    for a, b in zip(preferred, rejected, strict=True):
        worth_a, worth_b = (np.exp(np.dot(weights, x)) for x in (a, b))
        total += np.log(worth_a / (worth_a + worth_b))
    return total


def pairs(m=30, k=3, seed=0):
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(2, m, k))
    better = rng.random(m) < 1 / (1 + np.exp(-(first - second) @ [2.0, -1.0, 0.2][:k]))
    better = better[:, None]
    return np.where(better, first, second), np.where(better, second, first)


@pytest.mark.parametrize("strength", [0.1, 1, 7.5])
def test_weights_are_at_the_top_of_the_objective(strength):
    preferred, rejected = pairs()
    weights = fit_preferences(preferred, rejected, strength)
    assert weights.shape == (3,)
    top = objective(weights, preferred, rejected, strength)
    for i in range(3):
        step = 1e-4 * np.eye(3)[i]
        above = objective(weights + step, preferred, rejected, strength)
        below = objective(weights - step, preferred, rejected, strength)
        assert abs(above - below) / 2e-4 < 1e-6
        assert top > max(above, below)


def test_one_weight_by_hand():
    # 3 of 4 choices for 1 over 0 have odds of 3, without a penalty.
    hand = fit_preferences([[1], [1], [1], [0]], [[0], [0], [0], [1]], 1e-9)[0]
    assert hand == pytest.approx(np.log(3), abs=1e-6)


@pytest.mark.parametrize("strength", [1e-6, 1, 100])
def test_choices_that_never_contradict_give_finite_weights(strength):
    # (1 + exp(w)) strength w = 1: one choice, for 1 over 0.
    (weight,) = fit_preferences([[1]], [[0]], strength)
    assert (1 + np.exp(weight)) * strength * weight == pytest.approx(1, rel=1e-6)


def test_steps_that_would_go_too_far_are_shortened():
    # Most pairs differ little and a few very much: full Newton steps never settle here.
    for seed in range(60):
        rng = np.random.default_rng(seed)
        spread = 10.0 ** rng.uniform(-3, 4, (20, 1))
        preferred = spread * rng.standard_t(1.2, (20, 2))
        rejected, strength = np.zeros((20, 2)), 10.0 ** rng.uniform(-3, 2)
        weights = fit_preferences(preferred, rejected, strength)
        doubts = 1 / (1 + np.exp(np.clip(preferred @ weights, -500, 500)))
        slope = doubts @ preferred - strength * weights
        assert np.abs(slope).max() < 1e-6 * np.abs(preferred).sum()


@pytest.mark.parametrize(
    ("preferred", "rejected", "strength", "message"),
    [
        (np.ones((2, 3)), np.ones((3, 3)), 1, r"'rejected': \(3, 3\)"),
        (np.ones(3), np.ones(3), 1, r"preferred has .* \(3,\); give numbers, \(n, k\)"),
        (np.ones((0, 3)), np.ones((0, 3)), 1, "at least one"),
        (np.ones((1, 1)), [[np.nan]], 1, "rejected holds NaN"),
        (np.ones((1, 1)), np.ones((1, 1)), 0, "strength is 0; give a number above 0"),
    ],
)
def test_choices_that_make_no_sense_are_refused(preferred, rejected, strength, message):
    with pytest.raises(ValueError, match=message):
        fit_preferences(preferred, rejected, strength)


def test_briefs_need_no_tensorflow():
    code = "import sys, gan_tutorial.design.briefs; print('tensorflow' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"


def test_a_brief_in_one_line():
    brief = Brief(
        {"style": ["a", "c"], "capacity": (1.5, None)},
        {"style": ("a", "b", "c")},
        {"capacity": "litres"},
    )
    assert brief.summarise() == "style a or c; capacity at least 1.5 litres"
    assert repr(brief) == str(brief)
