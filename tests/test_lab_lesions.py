"""The detector, its counts and Wiener's filter, against brute force and by hand."""

import numpy as np
import pytest

from gan_tutorial import metrics
from gan_tutorial.lab import lesions
from gan_tutorial.synthetic import phantoms

IMAGES, FACTS = phantoms.make(300, seed=9)


def disc(*centres, level=100):
    """A flat slice with bright discs of radius 1.5 at these places."""
    rows, columns = np.ogrid[:32, :32]
    light = np.full((32, 32), level, float)
    for row, column in centres:
        light += 60 * (np.hypot(rows - row, columns - column) < 1.6)
    return light.astype(np.uint8)[..., None]


def test_spots_are_a_difference_of_two_blurs_inside_the_body():
    image = disc((12, 20))
    image[:, :6] = 0  # no body
    rng = np.random.default_rng(0)
    image[:, 6:] += rng.integers(0, 30, (32, 26, 1)).astype(np.uint8)
    (found,) = lesions.spots(image[None])
    rows, columns = np.ogrid[:32, :32]
    for row, column in ((12, 20), (3, 9), (30, 31)):
        means = []
        for width in (0.9, 1.8):
            far = (rows - row) ** 2 + (columns - column) ** 2
            weights = np.exp(-far / (2 * width**2)) * (columns >= 6)
            means.append((weights * image[..., 0]).sum() / weights.sum())
        assert found[row, column] == pytest.approx(means[0] - means[1], abs=0.01)
    assert not found[:, :5].any()


def test_findings_are_peaks_and_no_edges():
    pictures = np.stack([disc((10, 8), (21, 17)), disc(), disc((5, 30))])
    found = lesions.find(pictures, 5)
    assert [places.tolist() for places in found] == [
        [[10, 8], [21, 17]],
        [],
        [[5, 30]],
    ]
    assert not len(lesions.find(pictures[:1], 90)[0])


def test_the_detector_finds_most_lesions_of_clean_phantoms():
    healthy, none = phantoms.make(1000, seed=10, share=0)
    threshold = lesions.choose_threshold(healthy, 0.03)
    alarms = lesions.count_findings(healthy, none, threshold)["alarms"]
    assert alarms == (pytest.approx(30, abs=1), 1000)
    hits, number = lesions.count_findings(IMAGES, FACTS, threshold)["found"]
    assert number == FACTS["number"].sum() and hits > 0.9 * number


def test_changes_are_counted_by_hand():
    clean = np.stack([disc((8, 8), (20, 20)), disc(), disc((10, 10)), disc(), disc()])
    restored = np.stack(
        [disc((8, 9)), disc((15, 15)), disc((25, 25)), disc(), disc((9, 9), (20, 9))]
    )
    centres = np.zeros((5, 3, 2), np.float32)
    centres[0, :2], centres[2, 0] = [(8, 8), (20, 20)], (10, 10)
    facts = {"number": np.array([2, 0, 1, 0, 0]), "centres": centres}
    found = lesions.count_changes(clean, restored, facts, 5)
    # Of three lesions one is found again, a pixel aside. Two of three healthy slices
    # have gained spots, one of them two.
    assert found == {"erased": (2, 3), "invented": (2, 3)}
    # A restored picture whose lesions are all too faint for a stricter detector.
    found = lesions.count_changes(clean, restored, facts, 5, 500)
    assert found == {"erased": (3, 3), "invented": (0, 3)}
    alone = lesions.count_findings(restored, facts, 5)
    assert alone == {"found": (1, 3), "alarms": (2, 3)}
    clean[1] = disc((15, 15))  # seen where nothing is: that slice is no case any more
    clean[2] = disc()  # and this lesion was not found before
    found = lesions.count_changes(clean, restored, facts, 5)
    assert found == {"erased": (1, 2), "invented": (1, 2)}


def test_wiener_is_the_best_filter_and_undoes_a_shift():
    rng = np.random.default_rng(3)
    rolled = np.roll(IMAGES, 3, axis=2)
    back = lesions.wiener(IMAGES[:200], rolled[:200], rolled[200:])
    assert metrics.psnr(IMAGES[200:], back) > 35
    noisy = IMAGES + rng.normal(0, 25, IMAGES.shape)
    noisy = np.rint(noisy).clip(0, 255).astype(np.uint8)
    mended = lesions.wiener(IMAGES[:200], noisy[:200], noisy[200:])
    gain = metrics.psnr(IMAGES[200:], mended) - metrics.psnr(IMAGES[200:], noisy[200:])
    assert gain > 5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lesions.spots(IMAGES / 255), "float64"),
        (lambda: lesions.spots(IMAGES.repeat(3, 3)), "expected grey pictures"),
        (lambda: lesions.spots(IMAGES[:0]), "at least one"),
        (lambda: lesions.find(IMAGES, np.nan), "threshold is nan"),
        (lambda: lesions.choose_threshold(IMAGES, 2), "share is 2"),
        (
            lambda: lesions.count_changes(IMAGES, IMAGES[:5], FACTS, 9),
            "expected the same phantoms",
        ),
        (lambda: lesions.wiener(IMAGES, IMAGES[:9], IMAGES), "examples have shapes"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
