"""Makers and their judge: against loops, and catalogues whose answer is known."""

import numpy as np
import pytest

from gan_tutorial import metrics
from gan_tutorial.design import contest
from gan_tutorial.synthetic import vases

ASKED = {"height": (0.58, 0.86), "belly": (0.42, 0.74)}


def product(**values):
    """Three vases of one style, but for the measures given."""
    middle = {name: np.full(3, np.mean(ends)) for name, ends in vases.RANGES.items()}
    return middle | {"style": np.zeros(3, int)} | values


@pytest.fixture(scope="module")
def catalogue():
    images, attributes = vases.make(60, 48, seed=3)
    return images, attributes


def test_the_nearest_come_first_and_other_styles_last():
    measured = {
        "style": np.array([0, 1, 0, 0, 1]),
        "height": np.array([0.6, 0.7, 0.8, 0.75, 0.6]),
        "belly": np.array([0.5, 0.5, 0.5, 0.6, 0.7]),
        "foot": np.array([0.9, 0.0, 0.0, 0.0, 0.0]),  # nobody asks for it
    }
    wishes = {
        "style": np.array([0, 1]),
        "height": np.array([0.7, 0.61]),
        "belly": np.array([0.54, 0.7]),
    }
    # From (0.7, 0.54), squared: .0116, -, .0116, .0061; others .0016 and .0356.
    found = contest.find_nearest(wishes, measured, 5)
    assert found[0, 0] == 3
    assert set(found[0, 1:3]) == {0, 2}
    assert found[0, 3:].tolist() == [1, 4]
    assert found[1, :2].tolist() == [4, 1]
    with pytest.raises(ValueError, match="6 answers are asked for.* has 5 designs"):
        contest.find_nearest(wishes, measured, 6)


def test_each_wish_may_have_designs_of_its_own():
    measured = {
        "style": np.array([[0, 0, -1], [1, 0, 1]]),
        "height": np.array([[0.6, 0.7, np.nan], [0.6, 0.7, 0.7]]),
    }
    wishes = {"style": np.array([0, 1]), "height": np.array([0.7, 0.69])}
    found = contest.find_nearest(wishes, measured, 3)
    assert found.tolist() == [[1, 0, 2], [2, 0, 1]]


def test_look_up_and_blends_show_designs_and_means_of_two(catalogue):
    images, attributes = catalogue
    wishes = {n: attributes[n][:4] for n in ("style", *ASKED)}
    shown = contest.look_up(images, attributes)(wishes, 3, 0)
    assert shown.shape == (4, 3, 48, 48, 1)
    assert (shown[:, 0] == images[:4]).all()
    near = contest.find_nearest(wishes, attributes, 5)
    blended = contest.blends(images, attributes)(wishes, 10, 0)
    pairs = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3), (0, 4), (1, 4), (2, 4)]
    for number, (i, j) in enumerate([*pairs, (3, 4)]):
        mean = images[near[2, i]].astype(float) / 2 + images[near[2, j]] / 2
        assert np.abs(blended[2, number] - mean).max() <= 0.5
        assert blended.dtype == np.uint8


def test_stretched_designs_have_the_wished_height_and_belly(catalogue):
    images, attributes = catalogue
    wishes = {"style": np.array([0, 3]), "height": np.array([0.84, 0.6])}
    wishes["belly"] = np.array([0.45, 0.7])
    # Heights and widths are mended, so the least stretched designs are taken.
    near = contest.find_nearest(wishes, attributes, 3)
    made = contest.stretches(images, attributes)(wishes, 3, 0).reshape(-1, 48, 48, 1)
    found = vases.measure(made)
    for name in ("height", "belly"):
        np.testing.assert_allclose(found[name], wishes[name].repeat(3), atol=0.012)
    old = attributes["shoulder"][near].ravel()  # a share of the height
    np.testing.assert_allclose(found["shoulder"], old, atol=0.02)
    necks = attributes["neck"][near] / attributes["belly"][near]
    necks = (necks * wishes["belly"][:, None]).ravel()
    np.testing.assert_allclose(found["neck"], necks, atol=0.015)
    assert (made[:, 46:] == 0).all()  # nothing below the ground
    assert (made[:, 44, 24] > 0).all()
    same = {name: attributes[name][:5] for name in ("style", "height", "belly", "neck")}
    assert (contest.stretches(images, attributes)(same, 1, 0)[:, 0] == images[:5]).all()


def test_stretch_takes_the_design_whose_neck_fits_afterwards():
    # Stretched to twice the belly, necks of 0.10 and 0.13 become 0.20 and 0.26.
    truth = product(
        belly=np.array([0.30, 0.30, 0.62]), neck=np.array([0.10, 0.13, 0.2])
    )
    wishes = {"style": np.array([0]), "height": truth["height"][:1]}
    wishes |= {"belly": np.array([0.60]), "neck": np.array([0.255])}
    maker = contest.stretches(vases.draw(truth, 64), truth)
    found = vases.measure(maker(wishes, 3, 0)[0])
    np.testing.assert_allclose(found["neck"], [0.26, 0.2 * 60 / 62, 0.20], atol=0.012)
    np.testing.assert_allclose(found["belly"], 0.6, atol=0.012)


def test_the_formula_keeps_the_wishes_and_varies_the_rest():
    wishes = {"style": np.array([1, 4]), "height": np.array([0.8, 0.6])}
    wishes["belly"] = np.array([0.5, 0.7])
    made = contest.from_formula(64)(wishes, 20, seed=5)
    found = vases.measure(made.reshape(-1, 64, 64, 1))
    for name in ("height", "belly"):
        np.testing.assert_allclose(found[name], np.repeat(wishes[name], 20), atol=0.01)
    assert found["style"].tolist() == [1] * 20 + [4] * 20
    assert np.ptp(found["foot"][:20]) > 0.1
    assert np.ptp(found["neck"][:20]) > 0.08
    again = contest.from_formula(64)(wishes, 20, seed=5)
    assert (again == made).all()


class Recorded:
    """Stands in for a GAN: pictures whose first pixels are what it was given."""

    def generate(self, latents, labels, attributes):
        made = np.zeros((len(latents), 48, 48, 1), np.uint8)
        made[:, 0, 0, 0] = labels
        made[:, 0, 1, 0] = np.rint(attributes[:, 1] * 10 + 100)
        made[:, 0, 2, 0] = np.rint(latents[:, 2] * 10 + 100)
        return made


def test_a_gan_gets_each_wish_with_latents_of_its_own():
    wishes = {"style": np.array([2, 0])} | {n: np.array(e) for n, e in ASKED.items()}
    maker = contest.from_gan(Recorded(), 4, ASKED, num_tries=1)
    made = maker(wishes, 3, seed=1)[:, :, 0, :3, 0]
    assert made[..., 0].tolist() == [[2] * 3, [0] * 3]
    assert made[..., 1].tolist() == [[65] * 3, [135] * 3]  # 0.42 is -3.46, 0.74 is 3.46
    assert len(np.unique(made[..., 2])) > 3


class Careless:
    """Stands in for a GAN whose vases are too high, by as much as a latent says."""

    def generate(self, latents, labels, attributes):
        self.latents = latents[:, 0]
        middle = {n: np.full(len(latents), np.mean(e)) for n, e in vases.RANGES.items()}
        middle["height"] = 0.7 + 0.02 * np.clip(latents[:, 0], -4, 4)
        return vases.draw(middle | {"style": labels}, 48)


def test_the_best_of_many_latents_are_shown_the_nearest_first():
    gan, wishes = Careless(), {"style": np.array([1, 3]), "height": np.full(2, 0.7)}
    wishes["belly"] = np.full(2, 0.58)
    made = contest.from_gan(gan, 4, ASKED, num_tries=10)(wishes, 2, seed=1)
    assert made.shape == (2, 2, 48, 48, 1)
    found = vases.measure(made.reshape(-1, 48, 48, 1))
    assert found["style"].tolist() == [1, 1, 3, 3]
    best = np.sort(np.abs(gan.latents.reshape(2, 20)), axis=1)[:, :2]
    off = np.abs(found["height"] - 0.7).reshape(2, 2)
    np.testing.assert_allclose(off, 0.02 * best, atol=0.006)


def test_the_judge_by_hand(catalogue):
    images, attributes = catalogue
    judge = contest.Judge(images, vases.make(40, 48, seed=4)[0])
    # 6 and 3 mm of 300 too high, and none; 3 mm too wide in each, of two measures.
    truth = product(height=np.array([0.72, 0.71, 0.70]), belly=np.full(3, 0.58))
    wish = {"style": np.array([0]), "height": np.array([0.7])}
    wish["belly"] = np.array([0.57])
    row = judge(vases.draw(truth, 48)[None], wish)
    assert row["first_mm"] == pytest.approx(4.5, abs=0.4)
    assert row["all_mm"] == pytest.approx(3, abs=0.4)  # the median of 4.5, 3 and 1.5
    assert row["sound"] == 100
    assert row["variety"] < 10
    other = judge(vases.draw(truth | {"style": np.array([0, 1, 0])}, 48)[None], wish)
    assert other["sound"] == pytest.approx(200 / 3)
    broken = vases.draw(truth, 48)
    broken[0, 30, 24] = 0  # a hole
    assert (vases.measure(broken)["style"] == 0).all()
    assert judge(broken[None], wish)["sound"] == pytest.approx(200 / 3)
    empty = np.concatenate([np.zeros((2, 48, 48, 1), np.uint8), broken[2:]])
    assert judge(empty[None], wish)["all_mm"] == np.inf  # two of three are misses
    assert np.isnan(judge(empty[None], wish)["variety"])


def test_variety_is_that_of_the_catalogue_for_the_catalogue(catalogue):
    attributes = catalogue[1] | {"style": np.zeros(60, int)}
    images = vases.draw(attributes, 48)
    judge = contest.Judge(images, vases.make(40, 48, seed=4)[0])
    wish = {n: attributes[n][:1] for n in ("style", *ASKED)}
    row = judge(images[None], wish)
    assert row["variety"] == pytest.approx(100, abs=0.1)
    assert row["near"] == 100
    # Widths by counting: a half-covered pixel is a quarter as bright as the middle.
    lit = np.minimum(images[..., 0] / (images.max(axis=(1, 2)) / 2)[:, None], 1)
    outlines = contest.as_outlines(images)
    np.testing.assert_allclose(outlines, 300 * lit.mean(axis=2), atol=0.01)
    # Two that are broken, and differ from all others, count for nothing.
    broken = images.copy()
    broken[:2, 30, 20:28] = 0
    rest = judge(images[None, 2:], wish)
    assert judge(broken[None], wish)["variety"] == pytest.approx(rest["variety"])


def test_what_is_as_far_as_new_designs_is_not_near(catalogue):
    images, _ = catalogue
    new = vases.make(200, 48, seed=4)[0]
    judge = contest.Judge(images, new)
    wish = {"style": np.array([0]), "height": np.array([0.7])}
    assert judge(new[None], wish)["near"] == pytest.approx(1, abs=0.01)
    _, ways = metrics.nearest_neighbours(judge.known, contest.as_outlines(new))
    assert (ways < judge.least).sum() == 2


def test_a_copy_in_another_clay_is_near(catalogue):
    images, _ = catalogue
    judge = contest.Judge(images, vases.make(200, 48, seed=4)[0])
    wish = {"style": np.array([0]), "height": np.array([0.7])}
    for tone in (0.92, 0.7):
        darker = np.rint(tone * images).astype(np.uint8)
        assert judge(darker[None], wish)["near"] == 100
