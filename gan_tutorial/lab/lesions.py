"""Finding lesions in phantoms, and counting what a restoration did to them.

Nothing here is fit for pictures of patients. Pictures are uint8 `(n, height, width,
1)`; each function raises a `ValueError` for others.
"""

import numpy as np

from gan_tutorial import checks, data

REACH = 2.0  # pixels within which a finding counts as the lesion; they are 4 apart
GROUND = 50  # grey levels: what is brighter is body
WIDTH = 0.9  # pixels: of the narrow Gaussian; the wide one has twice that


def spots(images) -> np.ndarray:
    """How much each place is brighter than what is around it, in grey levels.

    A difference of two Gaussians, of widths `WIDTH` and twice that. Only the body
    counts, so that its edge is no spot.

    Returns:
        float32 `(n, height, width)`; 0 outside the body.

    Source: Marr and Hildreth, Theory of edge detection, Proceedings of the Royal
    Society B 207 (1980).
    """
    light = _check_grey(images)[..., 0].astype(np.float32)
    body = (_blur(light, WIDTH) > GROUND).astype(np.float32)
    narrow, wide = (
        _blur(body * light, width) / np.maximum(_blur(body, width), 1e-6)
        for width in (WIDTH, 2 * WIDTH)
    )
    return body * (narrow - wide)


def find(images, threshold: float) -> list[np.ndarray]:
    """Where a detector sees lesions: peaks of `spots` at or above a threshold.

    Args:
        images: pictures.
        threshold: in grey levels; see `choose_threshold`.

    Returns:
        For each picture the peaks, float `(k, 2)`: row and column, in pixels. A peak is
        no lower than any of the 24 pixels around it.
    """
    threshold = checks.number("threshold", threshold, 0)
    heights = spots(images)
    padded = np.pad(heights, ((0, 0), (2, 2), (2, 2)), constant_values=-np.inf)
    around = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), (1, 2))
    peaks = (heights == around.max(axis=(3, 4))) & (heights >= threshold)
    peaks &= heights > 0  # no plateau outside the body
    return [np.argwhere(peak).astype(float) for peak in peaks]


def choose_threshold(healthy_images, share: float = 0.03) -> float:
    """The threshold at which so many healthy pictures have a finding.

    Args:
        healthy_images: pictures without lesions, for validation only.
        share: of them, from 0 to 1.
    """
    share = checks.number("share", share, 0, 1)
    return float(np.quantile(spots(healthy_images).max(axis=(1, 2)), 1 - share))


def is_found(places, centre) -> bool:
    """Whether one of the places, `(k, 2)`, is within `REACH` of a centre, `(2,)`."""
    return bool((np.linalg.norm(places - centre, axis=1) <= REACH).any())


def count_findings(images, facts, threshold: float) -> dict[str, tuple]:
    """Counts what the detector finds, and what it takes for a lesion.

    Args:
        images: pictures.
        facts: `number` and `centres` of their lesions, as `phantoms.make` gives them.
        threshold: of the detector.

    Returns:
        `found`: how many lesions it finds, and how many there are. `alarms`: in how
        many healthy pictures it finds something, and how many healthy ones there are.
    """
    if not {"number", "centres"} <= set(facts) or len(images) != len(facts["number"]):
        raise ValueError(
            f"There are {len(images)} images, and facts {sorted(facts)}; expected "
            "`number` and `centres` of each image, as phantoms.make gives them."
        )
    hits, alarms = [], []
    for k, places in enumerate(find(images, threshold)):
        number = facts["number"][k]
        centres = facts["centres"][k, :number]
        hits += [is_found(places, centre) for centre in centres]
        alarms += [len(places) > 0] if number == 0 else []
    return {"found": (sum(hits), len(hits)), "alarms": (sum(alarms), len(alarms))}


def count_changes(
    clean, restored, facts, threshold: float, threshold_after: float | None = None
) -> dict[str, tuple]:
    """Counts what a restoration does to lesions, as the detector sees it.

    Args:
        clean: pictures as they should be.
        restored: what was made of damaged ones; row by row the same phantoms.
        facts: `number` and `centres` of their lesions, as `phantoms.make` gives them.
        threshold: of the detector.
        threshold_after: of the detector in the restored pictures, if another: it trades
            erased lesions for invented ones.

    Returns:
        `erased`: how many lesions the detector finds in the clean picture and not in
        the restored one, and how many it finds in the clean one. `invented`: in how
        many healthy pictures it finds something only after restoration, and in how many
        healthy ones it finds nothing before.
    """
    if np.shape(clean) != np.shape(restored) or len(clean) != len(facts["number"]):
        raise ValueError(
            f"clean has shape {np.shape(clean)}, restored {np.shape(restored)}, and "
            f"there are {len(facts['number'])} facts; expected the same phantoms."
        )
    erased, silent = [], []
    before = find(clean, threshold)
    after = find(restored, threshold_after or threshold)
    for k, number in enumerate(facts["number"]):
        for centre in facts["centres"][k, :number]:
            if is_found(before[k], centre):
                erased.append(not is_found(after[k], centre))
        if number == 0 and len(before[k]) == 0:
            silent.append(len(after[k]) > 0)
    return {
        "erased": (sum(erased), len(erased)),
        "invented": (sum(silent), len(silent)),
    }


def wiener(examples, damaged_examples, damaged) -> np.ndarray:
    """Wiener's filter, with each frequency's factor as the examples ask for it.

    Of all linear filters that treat every place alike, it has the least squared error
    on the examples; so it suits any blur and noise, and needs no setting.

    Args:
        examples: whole pictures.
        damaged_examples: the same, damaged.
        damaged: what to restore, of the same size.

    Returns:
        uint8, like `damaged`.

    Source: Wiener, Extrapolation, Interpolation, and Smoothing of Stationary Time
    Series (1949).
    """
    given = examples, damaged_examples, damaged
    right, wrong, new = (_check_grey(one)[..., 0].astype(np.float32) for one in given)
    if right.shape != wrong.shape or right.shape[1:] != new.shape[1:]:
        raise ValueError(
            f"The examples have shapes {right.shape} and {wrong.shape}, the damaged "
            f"pictures {new.shape}; expected the same, but for the number of the last."
        )
    middle, ground = right.mean(axis=0), wrong.mean(axis=0)
    x, y = np.fft.rfft2(right - middle), np.fft.rfft2(wrong - ground)
    power = np.maximum((np.abs(y) ** 2).sum(axis=0), 1e-6)
    factors = (x * y.conj()).sum(axis=0) / power
    restored = np.fft.irfft2(factors * np.fft.rfft2(new - ground), s=new.shape[1:])
    return np.rint(restored + middle).clip(0, 255).astype(np.uint8)[..., None]


def _blur(fields, width):
    """A Gaussian over `(n, height, width)`, as one matrix for each direction."""
    ways = [np.subtract.outer(*[np.arange(side)] * 2) for side in fields.shape[1:]]
    rows, columns = (np.exp(-((way / width) ** 2) / 2) for way in ways)
    rows /= rows.sum(axis=1, keepdims=True)
    columns /= columns.sum(axis=1, keepdims=True)
    return (rows @ fields @ columns.T).astype(np.float32)


def _check_grey(images):
    images = data.check_pictures(images)
    if images.shape[3] != 1 or not len(images):
        raise ValueError(
            f"images have shape {images.shape}; expected grey pictures "
            "(n, height, width, 1), at least one."
        )
    return images
