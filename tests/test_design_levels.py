"""Levels that a network made: read, walked through, repaired, compared, collapsed."""

from collections import deque
from itertools import pairwise

import numpy as np
import pytest
from test_levels import can_walk, read

from gan_tutorial.design import collapse, levels
from gan_tutorial.synthetic import levels as rules

MAPS, FACTS = rules.make(90, seed=6)
# Straight on lie two trees; the way around by the water and back is longer.
BY_HAND = read("""
..~....
S+^^+G.
..#####
""")


def worn(share, seed):
    """Levels in which some cells hold other tiles; start and goal stay."""
    rng, maps = np.random.default_rng(seed), MAPS.copy()
    hit = (rng.random(maps.shape) < share) & ~np.isin(maps, [rules.START, rules.GOAL])
    maps[hit] = rng.choice([0, 1, 2, 3, 6, 7, 8, 9], hit.sum())
    return maps


def walk(cells):
    """The number of steps from start to goal by breadth-first search, or None."""
    (start,) = map(tuple, np.argwhere(cells == rules.START))
    steps, waiting = {start: 0}, deque([start])
    while waiting:
        y, x = waiting.popleft()
        for place in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            inside = all(
                0 <= p < side for p, side in zip(place, cells.shape, strict=True)
            )
            if inside and place not in steps and cells[place] < len(rules.WALKABLE):
                steps[place] = steps[y, x] + 1
                waiting.append(place)
    return steps.get(tuple(np.argwhere(cells == rules.GOAL)[0]))


def test_a_route_by_hand():
    up = [(1, 0), (0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 5)]
    over = [(1, 0), (1, 1), *up[2:6], (1, 4), (1, 5)]  # as long, as cheap
    assert levels.find_route(BY_HAND) in (up, over)
    mended = levels.repair(BY_HAND[None])[0]
    assert np.argwhere(mended != BY_HAND).tolist() == [[0, 2]]
    assert mended[0, 2] == rules.PATH and can_walk(mended)
    walled = levels.repair([read("S#G ### ^^^")])[0]
    assert walled[0, 1] == rules.DOOR


def test_routes_are_shortest_walks_where_one_can_walk():
    for cells in np.concatenate([MAPS, worn(0.4, 1)]):
        route, steps = levels.find_route(cells), walk(cells)
        moves = np.abs(np.diff(route, axis=0)).sum(axis=1)
        assert (moves == 1).all() and len(set(route)) == len(route)
        blocked = sum(cells[place] >= len(rules.WALKABLE) for place in route)
        assert (blocked == 0) == (steps is not None)
        assert steps is None or steps == len(route) - 1


def test_playable_is_what_can_be_flooded():
    maps = worn(0.4, 2)
    found = levels.is_playable(maps)
    assert found.tolist() == [can_walk(cells) for cells in maps]
    assert 10 < found.sum() < 80
    two, none = MAPS[0].copy(), MAPS[0].copy()
    two[two == rules.PATH] = rules.GOAL
    none[none == rules.START] = rules.PATH
    assert levels.is_playable([MAPS[0], two, none]).tolist() == [True, False, False]


def test_the_repair_changes_the_fewest_cells():
    maps = worn(0.5, 3)
    mended = levels.repair(maps)
    assert levels.is_playable(mended).all()
    is_fine = levels.is_playable(maps)
    np.testing.assert_array_equal(mended[is_fine], maps[is_fine])
    changes = (mended != maps).sum(axis=(1, 2))
    assert (changes[~is_fine] > 0).all()
    # Against relaxation: the least number of blocked cells to each place, by sweeps.
    for cells, num in zip(maps[:30], changes, strict=False):
        price = (cells >= len(rules.WALKABLE)).astype(float)
        least = np.where(cells == rules.START, 0.0, np.inf)
        for _ in range(80):
            wide = np.pad(least, 1, constant_values=np.inf)
            beside = wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]
            least = np.minimum(least, np.min(beside, axis=0) + price)
        assert least[cells == rules.GOAL] == num


def test_networks_take_one_channel_for_each_tile():
    hot = levels.one_hot(MAPS)
    assert hot.shape == (90, 16, 16, 10) and hot.dtype == np.float32
    assert (hot.sum(axis=-1) == 1).all() and hot[0, :, :, rules.START].sum() == 1
    np.testing.assert_array_equal(levels.to_maps(0.5 * hot + 0.01), MAPS)


def test_a_start_and_a_goal_are_where_their_shares_are_largest():
    shares = np.zeros((1, 2, 3, 10))
    shares[..., rules.TREE], shares[0, 0, 1, rules.WATER] = 0.5, 0.6
    shares[0, :, :, rules.START] = [[0.1, 0.7, 0.8], [0, 0, 0.1]]
    shares[0, :, :, rules.GOAL] = [[0.8, 0.2, 0.9], [0, 0, 0.1]]
    given = shares.copy()
    assert levels.to_maps(shares).tolist() == read("G~S ^^^")[None].tolist()
    assert levels.to_maps(shares[:0]).shape == (0, 2, 3)
    assert levels.to_maps(shares[:, :1, 1:]).tolist() == read("GS")[None].tolist()
    np.testing.assert_array_equal(shares, given)


def test_patterns_by_hand():
    one, two = read("..^ ^.~"), read("^^^ ^^^")
    shares = levels.pattern_shares([one])
    assert shares[0, 0, 6, 0] == shares[0, 6, 0, 7] == 0.5 and shares.sum() == 1
    assert levels.pattern_distance([one], [two]) == 1
    assert levels.pattern_distance([one], [one, one]) == 0
    # Two in three of the squares of both are new to `one`: shares 1/4, 1/4, 1/2.
    half = [one, two]
    middle = np.array([3 / 8, 3 / 8, 1 / 4])
    parts = [
        sum(p * np.log2(p / m) for p, m in zip(ps, middle, strict=True) if p)
        for ps in ([1 / 2, 1 / 2, 0], [1 / 4, 1 / 4, 1 / 2])
    ]
    assert levels.pattern_distance([one], half) == pytest.approx(sum(parts) / 2)


def test_changes_are_counted_to_the_nearest():
    other = MAPS[3:6].copy()
    other[1, 4, 4:7] = 9 - other[1, 4, 4:7]
    assert levels.count_changes(other, MAPS).tolist() == [0, 3, 0]


def test_what_collapses_has_only_squares_of_the_examples():
    """And whole edges, one start and one goal, at places of one example."""
    for k in range(3):
        examples = MAPS[k::3]
        made = collapse.collapse(examples, 2, seed=k)
        assert made.shape == (2, 16, 16) and made.dtype == np.uint8
        known = levels.pattern_shares(examples) > 0
        assert known[levels.pattern_shares(made) > 0].all()
        for cells in made:
            ends = np.isin(cells, [rules.START, rules.GOAL]) * cells
            allowed = np.isin(examples, [rules.START, rules.GOAL]) * examples
            assert (ends == allowed).all(axis=(1, 2)).any()
        at_edge = {pair for cells in examples for pair in pairwise(cells[:, 0])}
        assert {pair for cells in made for pair in pairwise(cells[:, 0])} <= at_edge
        assert (levels.count_changes(made, examples) > 5).all()
    np.testing.assert_array_equal(made[:1], collapse.collapse(examples, 1, seed=2))


def test_squares_of_one_example_leave_one_level():
    """All its squares differ, so the level itself comes back."""
    cells = read("S.^ ~#H +dG")
    np.testing.assert_array_equal(collapse.collapse([cells], 2), [cells, cells])


def test_what_never_collapses_is_said_in_words(monkeypatch):
    monkeypatch.setattr(collapse, "MOST_TRIES", 0)
    with pytest.raises(ValueError, match="After 0 tries no level came of 30 examples"):
        collapse.collapse(MAPS[::3], 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: levels.one_hot(MAPS[0]), r"shape \(16, 16\) and type uint8; expected"),
        (lambda: levels.one_hot(MAPS + 3), "go from 3 to 12; .* TILES, 0 to 9"),
        (lambda: levels.repair(MAPS / 9), "type float64; expected whole numbers"),
        (lambda: levels.find_route([["S", "G"], [".", "."]]), "type <U1; expected"),
        (lambda: levels.is_playable(MAPS[:0]), r"shape \(0, 16, 16\)"),
        (lambda: levels.find_route(MAPS[0] * 0), "0 starts and 0 goals; expected one"),
        (lambda: levels.repair([read("SGG ...")]), "1 starts and 2 goals"),
        (
            lambda: levels.to_maps(np.zeros((2, 16, 16, 7))),
            r"\(2, 16, 16, 7\); expected",
        ),
        (
            lambda: levels.to_maps(np.full((1, 2, 2, 10), np.inf)),
            "The shares are not finite; the training may have failed",
        ),
        (lambda: levels.to_maps(np.zeros((3, 1, 1, 10))), "and 2 cells or more"),
        (
            lambda: levels.count_changes(MAPS, MAPS[:, :8]),
            r"\(90, 16, 16\) and \(90, 8, 16\); expected levels of the same size",
        ),
        (lambda: collapse.collapse(MAPS[:3], 1, seed=-1), "seed is -1; expected a who"),
        (lambda: collapse.collapse(MAPS[:3], 0), "num_images is 0"),
        (lambda: collapse.collapse(MAPS[0], 1), r"shape \(16, 16\)"),
    ],
)
def test_what_is_no_level_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
