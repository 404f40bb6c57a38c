"""Exercises of lesson 04: whose weights, how many steps, the average, honest stages."""

import numpy as np

from gan_tutorial.exercises import Exercise

wrong_list = Exercise(
    reference="b",
    why="`d_loss` is small if fakes get logits below zero. Downhill on it, the "
    "generator would make fakes that are easy to recognise: it would help the "
    "discriminator.",
    hint="Give one letter, such as `answer_1 = 'd'`. When is `d_loss` small?",
    misconceptions={
        "nothing": (
            "its own loss is used in its own step. In this step it moves downhill on "
            "`d_loss`: when is that small?",
            "a",
        ),
        "more is better": (
            "it would learn twice, but from two losses that want opposite things.",
            "c",
        ),
        "unchanged": (
            "its weights move, so its pictures change. In which direction?",
            "d",
        ),
    },
)

count_steps = Exercise(
    reference=4690,
    why="60,000 / 64 = 937.5, so an epoch has 938 batches, the last one short; "
    "5 × 938 = 4,690. The generator takes one step for each batch, whatever d_steps "
    "is.",
    hint="How many batches has one epoch? How many generator steps has a batch?",
    misconceptions={
        "last batch": (
            "the last batch of an epoch is short, but it counts.",
            4685,
        ),
        "half a batch": (
            "there is no half step: each epoch ends with a short batch. Work "
            "out one epoch first, then take five.",
            4687.5,
            4687,
            4688,
        ),
        "one epoch": ("that is one epoch. The training has five.", 938, 937.5),
        "one short epoch": (
            "that is one epoch without its last, short batch. That batch counts, and "
            "the training has five epochs.",
            937,
        ),
        "d_steps": (
            "so many steps the discriminator takes: d_steps is 2. The generator takes "
            "one for each batch.",
            *(9380, 9370, 9375, 9376),
        ),
        "d_steps of one epoch": (
            "these are the discriminator's steps, and only those of one epoch.",
            *(1876, 1875, 1874),
        ),
        "both players": ("count the generator's steps only.", 14070, 14055, 2814),
        "divided": (
            "`d_steps` adds steps of the discriminator. It takes none from the "
            "generator.",
            *(2345, 2344, 2343.75, 2343),
        ),
        "pictures": (
            "so many pictures are seen. How many batches is that?",
            *(300_000, 600_000, 60_000),
        ),
    },
)

update_average = Exercise(
    reference=lambda average, weight, momentum: (
        momentum * average + (1 - momentum) * weight
    ),
    why="the old average keeps its share, and the new weight gets the rest.",
    hint="With momentum 0.9, the new average is nine parts old average and one part "
    "weight.",
    cases=(
        (2.0, 12.0, 0.9),
        (-1.0, 3.0, 0.25),
        (np.array([1.0, -2.0]), np.array([5.0, 0.5]), 0.75),
    ),
    misconceptions={
        "swapped": (
            "the shares are swapped: a momentum near 1 must keep most of the old "
            "average.",
            lambda a, w, m: m * w + (1 - m) * a,
        ),
        "brackets": (
            "put 1 - momentum in brackets: (1 - momentum) * weight.",
            lambda a, w, m: m * a + 1 - m * w,
        ),
        "fixed": (
            "use the argument `momentum`, not a fixed number.",
            *(
                lambda a, w, m, k=k: k * a + (1 - k) * w
                for k in (0.9, 0.99, 0.995, 0.999)
            ),
        ),
        "plain mean": (
            "this is the mean of the two. Use the momentum.",
            lambda a, w, m: (a + w) / 2,
        ),
        "shares": (
            "the two shares must add up to 1.",
            lambda a, w, m: m * a + w,
            lambda a, w, m: a + (1 - m) * w,
            lambda a, w, m: a + m * w,
            lambda a, w, m: m * (a + w),
            lambda a, w, m: (1 - m) * (a + w),
            lambda a, w, m: m * a + m * w,
        ),
        "difference only": (
            "that is only a part. The new average has a share of the old one and a "
            "share of the weight.",
            lambda a, w, m: (1 - m) * (w - a),
            lambda a, w, m: m * (w - a),
            lambda a, w, m: m * (a - w),
            lambda a, w, m: (1 - m) * w,
            lambda a, w, m: m * a,
        ),
        "wrong way": (
            "the average moves away from the weight. Look at the sign.",
            lambda a, w, m: a - (1 - m) * (w - a),
            lambda a, w, m: m * a - (1 - m) * w,
            lambda a, w, m: w - m * (a - w),
        ),
        "weight only": (
            "this is the new weight alone. Keep a share of the old average.",
            lambda a, w, m: w,
        ),
        "no weight": (
            "this is the old average. The new weight must come in.",
            lambda a, w, m: a,
        ),
    },
)


_STAGES = {
    "no stages": "give the list of your callback after `fit`, such as "
    "`my_callback.stages`.",
    "too few": "take three stages or more: initial, middle, final.",
    "not in order": "each stage must come later than the one before it.",
    "drawn after": "two stages hold the same pictures, so both are from one generator. "
    "Take the stages while `fit` runs. Is the learning rate above 0?",
    "other latents": "each stage must show equally many pictures, as uint8.",
    "other run": "the last stage must be at step 200 or near it. Train a new GAN on "
    "digits; these stages are of another run.",
    "no initial": "the initial stage is missing: it is at step 0.",
    "still grey": "the last pictures are still grey. Take more steps, or look whether "
    "your own loss or learning rate lets the generator learn.",
}


def _judge_stages(stages):
    try:
        steps = [int(stage["step"]) for stage in stages]
        pictures = [np.asarray(stage["fixed"]) for stage in stages]
    except (TypeError, KeyError, IndexError, ValueError):
        return _STAGES["no stages"]
    if len(steps) < 3:
        return _STAGES["too few"]
    if steps != sorted(set(steps)):
        return _STAGES["not in order"]
    if any(p.shape != pictures[0].shape or p.dtype != np.uint8 for p in pictures):
        return _STAGES["other latents"]
    if any(np.array_equal(a, b) for a, b in zip(pictures, pictures[1:], strict=False)):
        return _STAGES["drawn after"]
    if steps[0] != 0:
        return _STAGES["no initial"]
    if not 100 <= steps[-1] <= 1000:
        return _STAGES["other run"]
    # Digits and products are nearly black or nearly white in most places.
    clear = [np.mean((p < 60) | (p > 195)) for p in pictures]
    if clear[-1] < 0.5 or clear[-1] <= clear[0]:
        return _STAGES["still grey"]
    return ""


def _make_stages(steps, shades):
    """Stages for the table below: each of one shade, some with three pictures."""
    return [
        {"step": step, "fixed": np.full((3, 16, 16, 1), shade, np.uint8)}
        for step, shade in zip(steps, shades, strict=True)
    ]


digit_stages = Exercise(
    reference=_make_stages([0, 50, 200], [127, 70, 0]),
    why="the stages were taken while the generator learned, from the same latents.",
    hint="Look at the cell with `SampleStages` in section 4.",
    misconceptions={
        "no stages": (_STAGES["no stages"], 200, "stages", [1, 2, 3], {"step": 0}),
        "too few": (_STAGES["too few"], [], _make_stages([0, 200], [127, 0])),
        "not in order": (
            _STAGES["not in order"],
            _make_stages([0, 200, 50], [127, 0, 70]),
            _make_stages([0, 0, 0], [0, 0, 0]),
        ),
        "drawn after": (
            _STAGES["drawn after"],
            _make_stages([0, 50, 200], [0, 0, 0]),
            _make_stages([0, 50, 200], [127, 0, 0]),
        ),
        "other latents": (
            _STAGES["other latents"],
            [
                {"step": step, "fixed": np.zeros((step + 1, 16, 16, 1), np.uint8)}
                for step in range(3)
            ],
        ),
        "no initial": (
            _STAGES["no initial"],
            _make_stages([1, 50, 200], [127, 70, 0]),
        ),
        "other run": (
            _STAGES["other run"],
            _make_stages([0, 100, 1200], [127, 70, 0]),
            _make_stages([0, 1, 2], [127, 70, 0]),
        ),
        "still grey": (
            _STAGES["still grey"],
            _make_stages([0, 50, 200], [127, 100, 130]),
            _make_stages([0, 50, 200], [0, 100, 127]),
        ),
    },
    judge=_judge_stages,
)
