"""Levels by rules: a way in each, attributes that are read back, what is refused."""

import numpy as np
import pytest

from gan_tutorial.synthetic import levels
from gan_tutorial.synthetic.levels import KINDS, TILES, WALKABLE

SIGNS = dict(zip(".+_dSG^~#H", range(10), strict=True))  # of TILES


def read(text: str) -> np.ndarray:
    """A level drawn by hand."""
    return np.array([[SIGNS[c] for c in line] for line in text.split()], np.uint8)


def can_walk(cells) -> bool:
    """Floods from the start, over all cells at once, until nothing changes."""
    is_open, wet = cells < len(WALKABLE), cells == TILES.index("start")
    num_wet = 0
    while num_wet < wet.sum():
        num_wet, wide = wet.sum(), np.pad(wet, 1)
        near = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
        wet = wet | (near & is_open)
    return bool(wet[cells == TILES.index("goal")].any())


@pytest.mark.parametrize("side", [16, 19, 32])
def test_a_way_leads_from_the_start_to_the_goal(side):
    maps, _ = levels.make(30, side, seed=5)
    assert maps.shape == (30, side, side) and maps.dtype == np.uint8
    for cells in maps:
        assert [(cells == TILES.index(end)).sum() for end in ("start", "goal")] == [
            1,
            1,
        ]
        assert can_walk(cells)


def test_the_kinds_obey_their_rules():
    maps, facts = levels.make(300, seed=3)
    number = {tile: k for k, tile in enumerate(TILES)}
    for kind, cells in zip(facts["labels"], maps, strict=True):
        (start,), (goal,) = (np.argwhere(cells == number[t]) for t in ("start", "goal"))
        tiles = {TILES[k] for k in np.unique(cells)}
        if KINDS[kind] == "forest":
            assert start[1] == 0 and goal[1] == 15
            assert not tiles & {"wall", "floor", "house", "door"}
            assert all((row == number["water"]).any() for row in cells[[0, -1]])
        elif KINDS[kind] == "castle":
            assert start[0] == 13 and goal[0] == 2
            edges = np.stack([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
            assert (edges == number["water"]).all()
            assert (cells == number["door"]).sum() == 8
            assert not tiles & {"tree", "house", "path", "grass"}
        else:
            assert start[1] == 0 and not tiles & {"wall", "floor"}
            for y, x in np.argwhere(np.isin(cells, [number["door"], number["goal"]])):
                beside = [cells[y + d, x] for d in (-1, 1) if 0 <= y + d < 16]
                assert number["path"] in beside or number["start"] in beside
    for k in range(3):  # hardly two of a kind are the same
        assert len(np.unique(maps[k::3], axis=0)) > 90


def test_attributes_are_read_back():
    maps, facts = levels.make(120, seed=4)
    assert facts["labels"].tolist() == [0, 1, 2] * 40
    assert facts["labels"].dtype == np.int64
    found = levels.measure(maps)
    np.testing.assert_array_equal(found["labels"], facts["labels"])
    cells = np.array([read("S.^^ H+dG ^H#~"), read("SG.. .... ~~~~")])
    assert levels.measure(cells)["labels"].tolist() == [0, -1]


def test_a_seed_repeats_and_a_longer_run_begins_with_a_shorter_one():
    maps, _ = levels.make(12, seed=7)
    np.testing.assert_array_equal(maps[:5], levels.make(5, seed=7)[0])
    assert (maps != levels.make(12, seed=8)[0]).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(maps[4], levels.draw("castle", seed=[7, 4]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: levels.draw("swamp"), "no level 'swamp'; expected one of .*'castle'"),
        (lambda: levels.find_label(0), "no level 0; expected one of"),
        (
            lambda: levels.draw("city", 15),
            "side of a level is 15; expected .* 16 to 32",
        ),
        (
            lambda: levels.draw("city", seed=-1),
            "seed is -1; expected a whole number, 0",
        ),
        (lambda: levels.draw("city", seed=[1, -2]), r"seed is \[1, -2\]; .* a list of"),
        (
            lambda: levels.measure(np.zeros((16, 16), int)),
            r"shape \(16, 16\); expected \(n, height, width\)",
        ),
        (lambda: levels.make(0), "num_images is 0"),
        (lambda: levels.make(3, 33), "is 33; expected a whole number, 16 to 32"),
        (lambda: levels.make(1, seed=-1), "seed is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
