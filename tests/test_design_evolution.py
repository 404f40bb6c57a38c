"""Interactive evolution: genes of first generations and of children, by hand."""

import numpy as np
import pytest

from gan_tutorial.design import evolution
from gan_tutorial.design.evolution import make_children

WIDE = {"a": (0.0, 1.0), "b": (-3.0, 5.0)}


def test_a_first_generation_covers_all_styles_and_ranges_evenly():
    drawn = evolution.draw_genes(
        5000, 2, {"a": (2.0, 4.0)}, 5, np.random.default_rng(3)
    )
    counts = np.bincount(drawn["style"], minlength=5)
    assert counts.min() > 900 and counts.sum() == 5000
    quarters = np.histogram(drawn["a"], 4, (2, 4))[0]
    assert quarters.min() > 1150 and quarters.sum() == 5000


def parents_of(num, latent_dim=3, seed=5):
    rng = np.random.default_rng(seed)
    return {
        "latents": rng.standard_normal((num, latent_dim)).astype("float32"),
        "style": rng.integers(0, 4, num),
        "a": rng.uniform(0, 1, num),
        "b": rng.uniform(-3, 5, num),
    }


def test_without_mutation_all_comes_from_the_parents():
    parents = parents_of(2)
    children = make_children(parents, 4000, 0.0, WIDE, 4, np.random.default_rng(0))
    mother, father = parents["latents"]
    is_mother = children["latents"] == mother
    assert (is_mother | (children["latents"] == father)).all()
    assert set(children["style"]) == set(parents["style"])
    # A number is the mother's if both parents are (1/4), or if they differ (1/2) and
    # it fell to her (1/2): half. Three numbers of one child are all hers in 1/4 +
    # 1/2 * 1/8 of the cases.
    np.testing.assert_allclose(is_mother.mean(axis=0), 0.5, atol=0.03)
    assert is_mother.all(axis=1).mean() == pytest.approx(0.3125, abs=0.03)
    for name in WIDE:
        low, high = sorted(parents[name])
        assert low <= children[name].min() and children[name].max() <= high
        # Both ends from one parent twice (1/4 each), and evenly between.
        middle = (low + high) / 2
        assert children[name].mean() == pytest.approx(middle, abs=0.02 * (high - low))
        within = (children[name] > low + 1e-9) & (children[name] < high - 1e-9)
        assert within.mean() == pytest.approx(0.5, abs=0.03)


def test_mutation_moves_children_by_hand_computed_amounts():
    parents = {
        "latents": np.full((1, 6), 2, "float32"),
        "style": np.array([2]),
        "a": np.array([0.5]),
        "b": np.array([1.0]),
    }
    children = make_children(parents, 8000, 0.6, WIDE, 4, np.random.default_rng(2))
    # sqrt(1 - 0.36) = 0.8: latents are 0.8 * 2, with a deviation of 0.6. So latents
    # with a variance of 1 keep it.
    assert children["latents"].dtype == np.float32
    assert children["latents"].mean() == pytest.approx(1.6, abs=0.02)
    assert children["latents"].std() == pytest.approx(0.6, abs=0.02)
    # 0.6 * 0.3 of the width, which is 1 and 8; few are reflected that far out.
    assert children["a"].std() == pytest.approx(0.18, rel=0.05)
    assert children["b"].std() == pytest.approx(1.44, rel=0.05)
    # Another style in 30 % of the cases, each of the three as often.
    shares = np.bincount(children["style"], minlength=4) / 8000
    np.testing.assert_allclose(shares, [0.1, 0.1, 0.7, 0.1], atol=0.02)
    # Where there is one style only, it stays.
    parents["style"][:] = 0
    children = make_children(parents, 50, 1.0, WIDE, 1, np.random.default_rng(4))
    assert not children["style"].any()


def test_ends_of_a_range_reflect():
    parents = parents_of(1) | {"a": np.array([0.98])}
    children = make_children(parents, 4000, 0.2, WIDE, 4, np.random.default_rng(3))
    steps = np.random.default_rng(7).standard_normal(100_000) * 0.06
    folded = [0.98 + s if 0.98 + s <= 1 else 2 - 0.98 - s for s in steps]
    assert children["a"].mean() == pytest.approx(np.mean(folded), abs=0.003)
    assert children["a"].max() <= 1
