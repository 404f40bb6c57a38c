"""Phantoms: what their attributes say is in the pictures, and what is refused."""

import numpy as np
import pytest

from gan_tutorial.synthetic import phantoms

IMAGES, FACTS = phantoms.make(400, seed=5)


def test_forms_and_facts_agree():
    assert IMAGES.shape == (400, 32, 32, 1) and IMAGES.dtype == np.uint8
    labels, number = FACTS["labels"], FACTS["number"]
    assert labels.dtype == number.dtype == np.int64
    np.testing.assert_array_equal(labels, number > 0)
    assert set(number.tolist()) == {0, 1, 2, 3} and 160 < labels.sum() < 240
    exists = np.arange(3) < number[:, None]
    for name, (low, high) in (("radii", (1.4, 2.0)), ("contrasts", (45, 70))):
        values = FACTS[name]
        assert values.dtype == np.float32 and values.shape == (400, 3)
        assert low <= values[exists].min() and values[exists].max() <= high
        assert not values[~exists].any() and not FACTS["centres"][~exists].any()
    for one in range(3):
        for other in range(one + 1, 3):
            ways = FACTS["centres"][:, one] - FACTS["centres"][:, other]
            assert np.hypot(*ways[number > other].T).min() > 4


def test_lesions_are_bright_where_the_facts_say():
    """Around a true centre it is brighter than at the same place without lesions."""
    for k in np.flatnonzero(FACTS["number"]):
        for centre in FACTS["centres"][k, : FACTS["number"][k]]:
            row, column = np.rint(centre).astype(int)
            rows, columns = np.ogrid[:32, :32]
            far = np.hypot(rows - row, columns - column)
            light = IMAGES[k, ..., 0].astype(float)
            ring = light[(far > 3.5) & (far < 5) & (light > 50)]
            assert light[far < 1.5].mean() - ring.mean() > 12


def test_a_share_of_none_and_of_all_and_a_seed_that_repeats():
    well, facts = phantoms.make(30, seed=5, share=0)
    ill, others = phantoms.make(30, seed=5, share=1)
    assert not facts["number"].any() and not facts["radii"].any()
    assert others["labels"].all()
    changed = (well != ill).reshape(30, -1).sum(axis=1)  # lesions alone differ
    assert (changed > 4).all() and (changed < 160).all()
    np.testing.assert_array_equal(ill, phantoms.make(30, seed=5, share=1)[0])
    assert (ill != phantoms.make(30, seed=6, share=1)[0]).any()


def test_lengths_grow_with_the_picture():
    large, facts = phantoms.make(50, 64, seed=5)
    small, others = phantoms.make(50, 32, seed=5, share=0)
    assert large.shape == (50, 64, 64, 1)
    drawn = facts["radii"][facts["radii"] > 0]
    assert 2.8 <= drawn.min() and drawn.max() <= 4
    areas = [(one > 50).mean() for one in (large, small)]
    assert areas[0] == pytest.approx(areas[1], rel=0.03)


def test_another_scanner_shifts_what_is_measured():
    before = phantoms.measure(IMAGES)
    after = phantoms.measure(phantoms.scan_again(IMAGES, seed=2))
    assert {name: v.shape for name, v in after.items()} == {
        "level": (400,),
        "contrast": (400,),
        "noise": (400,),
    }
    np.testing.assert_allclose(after["level"], 25 + 0.8 * before["level"], atol=1)
    assert (after["contrast"] < 0.9 * before["contrast"]).all()
    assert before["noise"].max() == 0 and abs(after["noise"].mean() - 6) < 0.3
    flat = np.full((1, 32, 32, 1), 90, np.uint8)
    found = phantoms.measure(flat)
    assert (found["level"][0], found["contrast"][0], found["noise"][0]) == (90, 0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: phantoms.make(0), "num_images is 0"),
        (lambda: phantoms.make(1, 31), "image_size is 31; expected .* 32 or more"),
        (lambda: phantoms.make(1, seed=-1), "seed is -1"),
        (
            lambda: phantoms.make(1, share=1.5),
            "share is 1.5; expected .* 0 to 1",
        ),
        (lambda: phantoms.make(1, share=float("nan")), "share is nan"),
        (lambda: phantoms.measure(IMAGES / 255), "float64, .* expected uint8"),
        (lambda: phantoms.scan_again(IMAGES[..., 0]), r"uint8, \(400, 32, 32\)"),
        (lambda: phantoms.scan_again(IMAGES, 0.5), "seed is 0.5"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
