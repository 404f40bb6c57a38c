"""Exercises of lesson 02: a loss by hand, a log to read, and three losses to write."""

import numpy as np

from gan_tutorial.exercises import Exercise


def _sigmoid(logits):
    return 1 / (1 + np.exp(-logits))


def _softplus(logits):
    return np.logaddexp(0, logits)


def _keras_cost(truth, verdicts):
    """What Keras's `BinaryCrossentropy()` gives, in its float32 and with its limits.

    Args:
        truth: number or array, meant to be 1 for real and 0 for fake.
        verdicts: number or array, meant to be probabilities.
    """
    p = np.clip(np.asarray(verdicts, np.float32), 1e-7, 1 - 1e-7)
    return np.mean(-truth * np.log(p) - (1 - truth) * np.log(1 - p))


def _keras_cost_of_logits(truth, logits):
    """The same with `from_logits=True`; terms in the order of TensorFlow's formula."""
    logits = np.asarray(logits, np.float32)
    softplus_of_size = np.log1p(np.exp(-np.abs(logits)))
    return np.mean(np.maximum(logits, 0) - logits * truth + softplus_of_size)


def _also_rounded(*numbers):
    """Numbers, and the same with two digits after the point."""
    return (*numbers, *(round(float(number), 2) for number in numbers))


predict_loss = Exercise(
    reference=-np.log(0.7) - np.log(0.9),
    why="−ln 0.7 is 0.3567 for the real picture, −ln(1 − 0.1) = −ln 0.9 is 0.1054 for "
    "the fake: together 0.4620.",
    hint="Two numbers are added. The first belongs to the real picture, the second to "
    "the fake. Give the sum with at least three digits after the point.",
    tolerance=5e-4,
    misconceptions={
        "comma": (
            "in Python write a point, not a comma: 0.5, not 0,5.",
            *("0,462", "0,4620", "0,46204", "0,46", (0, 462), (0, 4620), (0, 46)),
        ),
        "words": (
            "give the number itself, such as 0.5. Then compare it with chance, 1.3863.",
            *("below", "below chance", "above", "above chance"),
        ),
        "rounded": (
            "almost: you rounded too early, or gave too few digits. Add first, and "
            "keep three digits after the point.",
            *(0.46, 0.4605, 0.461, 0.463, 0.4635, 0.464, 0.465, 0.45, 0.47),
        ),
        "labels swapped": (
            "you charged the discriminator for being right: this is the loss if real "
            "counts as 0 and fake as 1.",
            *_also_rounded(-np.log(0.3) - np.log(0.1)),
        ),
        "no 1 − D": (
            "of the fake picture D should say 0, not 1. Take the logarithm of 1 − 0.1.",
            *_also_rounded(-np.log(0.7) - np.log(0.1)),
        ),
        "1 − D twice": (
            "1 − D belongs to the fake picture. For the real one take D(x) itself.",
            *_also_rounded(-np.log(0.3) - np.log(0.9)),
        ),
        "sign lost": (
            "a logarithm of a number below 1 is negative. The minus signs of the "
            "formula make both parts positive.",
            *_also_rounded(np.log(0.63), np.log10(0.63)),
        ),
        "one part, sign lost": (
            "this is one of the two logarithms, without its minus. Turn the sign, and "
            "add the other part.",
            *_also_rounded(np.log(0.7), np.log(0.9)),
        ),
        "parts subtracted": (
            "both parts are costs, and costs are added.",
            *_also_rounded(np.log(0.9 / 0.7), np.log(0.7 / 0.9)),
        ),
        "base 10": (
            "this is the logarithm to base 10. Here ln is meant: `np.log` in Python.",
            *_also_rounded(-np.log10(0.63)),
        ),
        "base 2": (
            "this is the logarithm to base 2. Here ln is meant: `np.log` in Python.",
            *_also_rounded(-np.log2(0.63)),
        ),
        "half": (
            "this is the mean of the two parts. In this course they are added.",
            *_also_rounded(-np.log(0.63) / 2),
        ),
        "real part": (
            "this is the part of the real picture. The fake has one too.",
            *_also_rounded(-np.log(0.7)),
        ),
        "fake part": (
            "this is the part of the fake picture. The real one has one too.",
            *_also_rounded(-np.log(0.9)),
        ),
        "generator": (
            "this is the generator's loss, −ln D(G(z)). The discriminator's is asked.",
            *_also_rounded(-np.log(0.1)),
        ),
        "total": (
            "you added the generator's loss too. Each player has its own.",
            *_also_rounded(-np.log(0.63) - np.log(0.1)),
        ),
        "no logarithm": (
            "the logarithms are missing. Take −ln of each probability, then add.",
            *(0.63, 0.4, 1.6, 0.8, -0.4),
        ),
        "squares": (
            "these are squared distances, as in the least-squares family. Here the "
            "cross-entropy is asked.",
            *(0.1, 0.05),
        ),
        "sigmoid": (
            "0.7 and 0.1 are probabilities already. Use no sigmoid and no softplus.",
            *_also_rounded(_softplus(-0.7) + _softplus(0.1)),
        ),
        "not added": (
            "these are the two parts. Add them.",
            *((-np.log(0.7), -np.log(0.9)), (-np.log(0.9), -np.log(0.7))),
        ),
        "chance": (
            "that is the loss if D says 0.5 of both. Here it does better.",
            *_also_rounded(2 * np.log(2), np.log(2)),
        ),
    },
)

read_the_log = Exercise(
    reference="b",
    why="a discriminator that says 0.5 of every picture gives exactly these numbers, "
    "however good or bad the pictures are.",
    hint="Give one letter, such as `answer_2 = 'd'`. Compare with the table of section "
    "4.",
    misconceptions={
        "chance means perfect": (
            "a perfect generator gives these numbers, but yours draws noise. What else "
            "gives them?",
            "a",
        ),
        "winner": (
            "a discriminator that wins has a loss near 0. Compare with the table.",
            "c",
        ),
        "mean or sum": (
            "a mean over both halves would give L_D = 0.6931 at chance. Here L_D is a "
            "sum, twice as large.",
            "d",
        ),
    },
)


def _d_cost(real, fake):
    """The right answer of the next exercise, from two arrays of costs."""
    return np.mean(real) + np.mean(fake)


def _sum_of_pairs(real, fake):
    """The costs that a loop over `zip(real, fake)` adds up."""
    return sum(-np.log(r) - np.log(1 - f) for r, f in zip(real, fake, strict=False))


loss_from_probabilities = Exercise(
    reference=lambda real_probabilities, fake_probabilities: _d_cost(
        -np.log(real_probabilities), -np.log(1 - fake_probabilities)
    ),
    why="each real picture costs −ln D(x), each fake −ln(1 − D(G(z))), and the two "
    "means are added.",
    hint="Follow one real picture, then one fake picture through your formula by hand.",
    cases=(
        (np.array([0.9]), np.array([0.8, 0.3, 0.15])),
        (np.array([0.6, 0.35, 0.95]), np.array([0.4])),
        (np.array([0.7, 0.2]), np.array([0.45, 0.9])),
        (np.array([0.02, 0.6]), np.array([0.995, 0.3])),
    ),
    misconceptions={
        "clipped": (
            "right for most verdicts, but those near 0 or 1 were cut off. A very wrong "
            "verdict must cost a lot.",
            *(
                lambda r, f, least=least: _d_cost(
                    *(-np.log(np.clip(p, least, 1 - least)) for p in (r, 1 - f))
                )
                for least in (0.2, 0.1, 0.05, 0.01)
            ),
        ),
        "truth second in Keras": (
            "a loss of Keras takes the truth first and the verdicts second: you have "
            "exchanged them.",
            lambda r, f: _keras_cost(r, 1) + _keras_cost(f, 0),
            lambda r, f: _keras_cost_of_logits(r, 1) + _keras_cost_of_logits(f, 0),
        ),
        "1 − D turned round": (
            "your result is `nan`: a negative number has no logarithm. Write 1 − D, "
            "not D − 1.",
            lambda r, f: _d_cost(-np.log(r), -np.log(f - 1)),
        ),
        "one mean forgotten": (
            "one of the two means is missing, so you give several numbers. Take the "
            "mean of the real part and the mean of the fake part, then add.",
            lambda r, f: -np.mean(np.log(r)) - np.log(1 - f),
            lambda r, f: -np.log(r) - np.mean(np.log(1 - f)),
        ),
        "cut by zip": (
            "`zip` stops at the end of the shorter batch, so pictures are lost. Go "
            "through the real ones and the fakes one after the other.",
            lambda r, f: _d_cost(
                *(-np.log(p[: min(r.size, f.size)]) for p in (r, 1 - f))
            ),
            *(
                lambda r, f, batch=batch: _sum_of_pairs(r, f) / (len(r), len(f))[batch]
                for batch in (0, 1)
            ),
        ),
        "exchanged": (
            "real and fake are exchanged, in the labels or in the arguments: your loss "
            "is small if D calls real pictures fake.",
            lambda r, f: _d_cost(-np.log(1 - r), -np.log(f)),
        ),
        "no 1 − D": (
            "of a fake, D should say 0. Its cost is the logarithm of 1 − D, not of D.",
            lambda r, f: _d_cost(-np.log(r), -np.log(f)),
        ),
        "1 − D twice": (
            "1 − D belongs to the fakes. A real picture costs −ln D.",
            lambda r, f: _d_cost(-np.log(1 - r), -np.log(1 - f)),
        ),
        "sign lost": (
            "your loss is negative. A cross-entropy is 0 or more: where is the minus?",
            lambda r, f: _d_cost(np.log(r), np.log(1 - f)),
        ),
        "one sign lost": (
            "one of the two parts has lost its minus. Both are costs, and costs are "
            "added.",
            lambda r, f: _d_cost(-np.log(r), np.log(1 - f)),
            lambda r, f: _d_cost(np.log(r), -np.log(1 - f)),
        ),
        "base 10": (
            "you used the logarithm to base 10. ln is `np.log`.",
            lambda r, f: _d_cost(-np.log10(r), -np.log10(1 - f)),
        ),
        "base 2": (
            "you used the logarithm to base 2. ln is `np.log`.",
            lambda r, f: _d_cost(-np.log2(r), -np.log2(1 - f)),
        ),
        "sum": (
            "you added up all pictures. Take the mean over the real ones and the mean "
            "over the fakes, so that the size of the batch does not matter.",
            lambda r, f: -np.sum(np.log(r)) - np.sum(np.log(1 - f)),
            lambda r, f: np.sum(-np.log(r) - np.log(1 - f)),
            lambda r, f: -np.sum(np.log(r)) - np.mean(np.log(1 - f)),
            lambda r, f: -np.mean(np.log(r)) - np.sum(np.log(1 - f)),
        ),
        "one mean": (
            "you took one mean over all pictures. In this course the mean over the "
            "real ones and the mean over the fakes are added.",
            lambda r, f: -np.mean(np.log(np.concatenate([r, 1 - f]))),
        ),
        "half": (
            "you halved the result. In this course the two means are added.",
            lambda r, f: _d_cost(-np.log(r), -np.log(1 - f)) / 2,
        ),
        "wrong length": (
            "the numbers of real pictures and of fakes can differ. Divide each sum by "
            "its own number.",
            lambda r, f: (-np.sum(np.log(r)) - np.sum(np.log(1 - f))) / len(r),
            lambda r, f: (-np.sum(np.log(r)) - np.sum(np.log(1 - f))) / len(f),
        ),
        "no mean": (
            "that is one number for each picture. A loss is one number: use means.",
            lambda r, f: -np.log(r) - np.log(1 - f),
        ),
        "two numbers": (
            "these are the two parts. Add them.",
            lambda r, f: (-np.mean(np.log(r)), -np.mean(np.log(1 - f))),
        ),
        "mean first": (
            "take the logarithms first, then the means. In the other order a single "
            "bad verdict hides among good ones.",
            lambda r, f: -np.log(np.mean(r)) - np.log(1 - np.mean(f)),
        ),
        "bracket": (
            "look at the brackets: the 1 stands inside the logarithm.",
            lambda r, f: _d_cost(-np.log(r), 1 - np.log(f)),
            lambda r, f: _d_cost(-np.log(r), -(1 - np.log(f))),
            lambda r, f: _d_cost(-np.log(r), -1 - np.log(f)),
        ),
        "plus": (
            "1 + D has crept in. A probability and its opposite add up to 1.",
            lambda r, f: _d_cost(-np.log(r), -np.log(1 + f)),
        ),
        "real part only": (
            "the fakes do not matter to your loss. They have a part too.",
            lambda r, f: -np.mean(np.log(r)),
        ),
        "fake part only": (
            "the real pictures do not matter to your loss. They have a part too.",
            lambda r, f: -np.mean(np.log(1 - f)),
        ),
        "generator": (
            "this is a loss of the generator. The discriminator's looks at real "
            "pictures too.",
            lambda r, f: -np.mean(np.log(f)),
            lambda r, f: np.mean(np.log(1 - f)),
        ),
        "total": (
            "you added the generator's loss. Each player has its own.",
            lambda r, f: _d_cost(-np.log(r), -np.log(1 - f)) - np.mean(np.log(f)),
        ),
        "sigmoid twice": (
            "the arguments are probabilities already. You sent them through a sigmoid "
            "once more (`from_logits=True` and softplus do that too).",
            lambda r, f: _d_cost(_softplus(-r), _softplus(f)),
        ),
        "no logarithm": (
            "the logarithms are missing.",
            lambda r, f: _d_cost(1 - r, f),
            lambda r, f: _d_cost(r, 1 - f),
            lambda r, f: _d_cost(-r, f),
            lambda r, f: _d_cost(-r, f - 1),
        ),
        "squares": (
            "these are squared distances, as in the least-squares family. Use "
            "logarithms.",
            lambda r, f: _d_cost((1 - r) ** 2, f**2),
            lambda r, f: _d_cost((1 - r) ** 2, f**2) / 2,
        ),
    },
)


def _two_ways(cost, safe_cost):
    """A wrong answer from probabilities, and the same from logits, which overflows not.

    Args:
        cost: function from probabilities to costs.
        safe_cost: function from logits to the same costs.
    """
    return (
        lambda logits: np.mean(cost(_sigmoid(logits))),
        lambda logits: np.mean(safe_cost(logits)),
    )


loss_from_logits = Exercise(
    reference=lambda fake_logits: np.mean(_softplus(-fake_logits)),
    why="−ln sigmoid(logit) is softplus(−logit), which stays finite.",
    hint="One fake with the logit 0 (D = 0.5) must cost 0.6931. A logit of −1000 must "
    "cost 1000, and one of 1000 nothing.",
    cases=(
        (np.array([[2.0], [-1.0], [0.5]], np.float32),),
        (np.array([[-3.0], [1.5]], np.float32),),
        (np.array([[1000.0], [-1000.0], [4.0]], np.float32),),
    ),
    misconceptions={
        "unstable": (
            "right for small logits, but −1000 or 1000 makes it infinite or `nan`. Do "
            "not compute the sigmoid first: use softplus.",
            lambda x: np.mean(-np.log(_sigmoid(x))),
            lambda x: np.mean(np.log(1 + np.exp(-x))),
            lambda x: np.mean(-np.log(np.exp(x) / (1 + np.exp(x)))),
            lambda x: np.mean(np.log(1 + np.exp(x)) - x),
        ),
        "clipped": (
            "right for small logits, but −1000 does not cost 1000: something was cut "
            "off, perhaps after a sigmoid. Use the logits as they are.",
            *(
                lambda x, least=least: np.mean(
                    -np.log(np.clip(_sigmoid(x.astype(float)), least, 1 - least))
                )
                for least in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
            ),
            *(
                lambda x, least=least: np.mean(-np.log(_sigmoid(x) + least))
                for least in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
            ),
            *(
                lambda x, least=least: np.mean(-np.log(np.maximum(_sigmoid(x), least)))
                for least in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-10, 1e-12)
            ),
            *(
                lambda x, size=size: np.mean(_softplus(-np.clip(x, -size, size)))
                for size in (10, 20, 30, 50, 80, 88, 100, 500)
            ),
        ),
        "truth second in Keras": (
            "a loss of Keras takes the truth first and the logits second: you have "
            "exchanged them.",
            lambda x: _keras_cost_of_logits(x, 1),
            lambda x: _keras_cost(x, 1),
            lambda x: _keras_cost(_sigmoid(x), 1),
            lambda x: _keras_cost_of_logits(x, 0),
        ),
        "discriminator": (
            "you added −ln(1 − D), as the discriminator does. The generator pays "
            "−ln D(G(z)) alone.",
            *(
                lambda x, share=share: share * np.mean(_softplus(-x) + _softplus(x))
                for share in (1, 0.5)
            ),
        ),
        "half": (
            "you halved the result. The mean over the fakes is the loss.",
            lambda x: np.mean(_softplus(-x)) / 2,
        ),
        "called fake": (
            "this is −ln(1 − D), the cost of the fakes for the discriminator. The "
            "generator wants them called real: log of D, not of 1 − D.",
            *_two_ways(lambda p: -np.log(1 - p), _softplus),
        ),
        "minimax": (
            "this is the minimax loss ln(1 − D). The non-saturating one is asked.",
            *_two_ways(lambda p: np.log(1 - p), lambda x: -_softplus(x)),
        ),
        "sign lost": (
            "your loss is negative. A cross-entropy is 0 or more: where is the minus?",
            *_two_ways(np.log, lambda x: -_softplus(-x)),
        ),
        "sum": (
            "you added up all fakes. Take the mean, so that the size of the batch does "
            "not matter.",
            lambda x: np.sum(_softplus(-x)),
            lambda x: np.sum(-np.log(_sigmoid(x))),
            lambda x: np.sum(np.log(1 + np.exp(-x))),
        ),
        "no mean": (
            "that is one number for each fake. A loss is one number: take the mean.",
            lambda x: _softplus(-x),
            lambda x: -np.log(_sigmoid(x)),
            lambda x: np.log(1 + np.exp(-x)),
            lambda x: _softplus(-x)[:, 0],
        ),
        "base 10": (
            "you used the logarithm to base 10. ln is `np.log`.",
            *_two_ways(lambda p: -np.log10(p), lambda x: _softplus(-x) / np.log(10)),
        ),
        "base 2": (
            "you used the logarithm to base 2. ln is `np.log`.",
            *_two_ways(lambda p: -np.log2(p), lambda x: _softplus(-x) / np.log(2)),
        ),
        "sigmoid twice": (
            "a sigmoid was applied twice: softplus, or `from_logits=True`, has one "
            "inside. Give it the logits as they are.",
            *_two_ways(
                lambda p: _softplus(-p), lambda x: _softplus(-_sigmoid(_sigmoid(x)))
            ),
            lambda x: np.mean(-np.log(_sigmoid(_sigmoid(_sigmoid(x))))),
        ),
        "sigmoid twice, called fake": (
            "a sigmoid was applied twice, and 1 − D was taken where D was meant.",
            lambda x: np.mean(_softplus(_sigmoid(x))),
        ),
        "taken as probabilities": (
            "you took the logits as probabilities. A logit of −1 has no logarithm: "
            "bring in the sigmoid, by softplus or by `from_logits=True`.",
            lambda x: np.mean(-np.log(x)),
            lambda x: np.sum(-np.log(x)),
            lambda x: np.mean(-np.log(np.clip(x, 1e-7, 1 - 1e-7))),
        ),
        "no logarithm": (
            "the logarithm is missing.",
            lambda x: np.mean(1 - _sigmoid(x)),
            lambda x: np.mean(_sigmoid(x)),
            lambda x: -np.mean(_sigmoid(x)),
            lambda x: np.mean(np.exp(-x)),
        ),
        "critic": (
            "this is the generator's loss of the hinge and Wasserstein families.",
            lambda x: -np.mean(x),
        ),
        "critic, sign lost": (
            "the mean logit alone: the logarithm is missing, and the sign is turned.",
            lambda x: np.mean(x),
        ),
        "least squares": (
            "this is the least-squares family. The cross-entropy is asked.",
            lambda x: np.mean((x - 1) ** 2),
            lambda x: np.mean((x - 1) ** 2) / 2,
        ),
        "hinge": (
            "relu cuts the curve off. Softplus is its smooth relative.",
            lambda x: np.mean(np.maximum(0, -x)),
            lambda x: np.mean(np.maximum(0, 1 - x)),
        ),
        "mean first": (
            "take the loss of each fake first, then the mean.",
            lambda x: _softplus(-np.mean(x)),
            lambda x: -np.log(np.mean(_sigmoid(x))),
            lambda x: -np.log(_sigmoid(np.mean(x))),
        ),
    },
)


def _cross_entropy(logits, target):
    """Mean cross-entropy of sigmoid(logits) with a target from 0 to 1."""
    return np.mean(target * _softplus(-logits) + (1 - target) * _softplus(logits))


smoothed_loss = Exercise(
    reference=lambda real_logits, fake_logits: (
        _cross_entropy(real_logits, 0.9) + _cross_entropy(fake_logits, 0.0)
    ),
    why="a real picture pays 0.9 of −ln D, the price of a real one, and 0.1 of "
    "−ln(1 − D), the price of a fake. Fakes cost what they cost before.",
    hint="A real logit of 0 costs 0.6931. A real logit of ln 9 = 2.197 (D = 0.9) costs "
    "least, 0.3251. Fakes cost softplus(logit).",
    cases=(
        (np.array([[2.0], [-1.0], [4.0]], np.float32), np.array([[0.5]], np.float32)),
        (np.array([[-0.7]], np.float32), np.array([[1.5], [-3.0]], np.float32)),
        (np.array([[3.0], [0.4]], np.float32), np.array([[-2.0], [0.3]], np.float32)),
    ),
    misconceptions={
        "truth second in Keras": (
            "a loss of Keras takes the truth first and the logits second: you have "
            "exchanged them.",
            *(
                lambda r, f, cost=cost, truth=truth: cost(r, truth) + cost(f, 0)
                for cost in (_keras_cost_of_logits, _keras_cost)
                for truth in (0.9, 1)
            ),
        ),
        "mean first": (
            "take the loss of each picture first, then the means.",
            lambda r, f: _cross_entropy(np.mean(r), 0.9) + _softplus(np.mean(f)),
            lambda r, f: (
                -(
                    0.9 * np.log(np.mean(_sigmoid(r)))
                    + 0.1 * np.log(1 - np.mean(_sigmoid(r)))
                    + np.log(1 - np.mean(_sigmoid(f)))
                )
            ),
        ),
        "a tenth of the fakes": (
            "the 0.1 belongs to the real pictures too: 0.1 of −ln(1 − D(x)), not of "
            "the fakes.",
            *(
                lambda r, f, share=share: (
                    0.9 * _cross_entropy(r, 1) + share * _cross_entropy(f, 0)
                )
                for share in (0.1, 1.1)
            ),
            lambda r, f: (
                0.9 * _cross_entropy(r, 1)
                + 0.1 * _cross_entropy(f, 1)
                + _cross_entropy(f, 0)
            ),
        ),
        "one mean forgotten": (
            "one of the two means is missing, so you give several numbers. Take the "
            "mean of the real part and the mean of the fake part, then add.",
            lambda r, f: _cross_entropy(r, 0.9) + _softplus(f),
            lambda r, f: (
                0.9 * _softplus(-r) + 0.1 * _softplus(r) + _cross_entropy(f, 0)
            ),
        ),
        "not smoothed": (
            "this is the loss without smoothing: the target of real pictures is 1.",
            lambda r, f: _cross_entropy(r, 1) + _cross_entropy(f, 0),
        ),
        "both smoothed": (
            "the fakes are smoothed too. One-sided means: their target stays 0.",
            lambda r, f: _cross_entropy(r, 0.9) + _cross_entropy(f, 0.1),
        ),
        "wrong side": (
            "you smoothed the fakes. Smooth the real pictures.",
            lambda r, f: _cross_entropy(r, 1) + _cross_entropy(f, 0.1),
            lambda r, f: _cross_entropy(r, 1) + 0.9 * _cross_entropy(f, 0),
        ),
        "a tenth forgotten": (
            "0.9 of −ln D is there, but 0.1 of −ln(1 − D) is missing. Without it D = 1 "
            "would still cost least.",
            lambda r, f: 0.9 * _cross_entropy(r, 1) + _cross_entropy(f, 0),
        ),
        "shares exchanged": (
            "the shares are exchanged: your target for real pictures is 0.1.",
            lambda r, f: _cross_entropy(r, 0.1) + _cross_entropy(f, 0),
        ),
        "labels swapped": (
            "real and fake are exchanged, in the labels or in the arguments.",
            lambda r, f: _cross_entropy(f, 0.9) + _cross_entropy(r, 0),
            lambda r, f: _cross_entropy(r, 0) + _cross_entropy(f, 1),
        ),
        "both real": (
            "the fakes have the target 0.9 too. Theirs is 0.",
            lambda r, f: _cross_entropy(r, 0.9) + _cross_entropy(f, 0.9),
        ),
        "real counts as 1 for fakes": (
            "your target for fakes is 1. Theirs is 0.",
            lambda r, f: _cross_entropy(r, 0.9) + _cross_entropy(f, 1),
        ),
        "logits scaled": (
            "you scaled the logits. Smoothing changes the label, not the logit.",
            lambda r, f: _cross_entropy(0.9 * r, 1) + _cross_entropy(f, 0),
            lambda r, f: _cross_entropy(r - 0.1, 1) + _cross_entropy(f, 0),
        ),
        "probabilities scaled": (
            "you scaled the probability. Smoothing changes the label.",
            lambda r, f: np.mean(-np.log(0.9 * _sigmoid(r))) + _cross_entropy(f, 0),
        ),
        "whole scaled": (
            "you scaled the loss. Smoothing changes the label of the real pictures.",
            *(
                lambda r, f, k=k: k * (_cross_entropy(r, 1) + _cross_entropy(f, 0))
                for k in (0.9, 1.1)
            ),
        ),
        "another target": (
            "the target of real pictures is 0.9.",
            *(
                lambda r, f, k=k: _cross_entropy(r, k) + _cross_entropy(f, 0)
                for k in (0.5, 0.7, 0.75, 0.8, 0.85, 0.99, 1.1)
            ),
        ),
        "Keras's option": (
            "Keras's `label_smoothing=0.1` moves the labels towards ½, so 1 becomes "
            "0.95. Give the labels 0.9 yourself.",
            lambda r, f: _cross_entropy(r, 0.95) + _cross_entropy(f, 0),
            lambda r, f: _cross_entropy(r, 0.95) + _cross_entropy(f, 0.05),
        ),
        "one mean": (
            "you took one mean over all pictures. Add the mean over the real ones and "
            "the mean over the fakes.",
            lambda r, f: (
                (len(r) * _cross_entropy(r, 0.9) + len(f) * _cross_entropy(f, 0))
                / (len(r) + len(f))
            ),
        ),
        "half": (
            "you halved the result. In this course the two means are added.",
            lambda r, f: (_cross_entropy(r, 0.9) + _cross_entropy(f, 0)) / 2,
        ),
        "sum": (
            "you added up all pictures. Take the two means.",
            lambda r, f: (
                len(r) * _cross_entropy(r, 0.9) + len(f) * _cross_entropy(f, 0)
            ),
        ),
        "no mean": (
            "that is one number for each picture. A loss is one number: use means.",
            lambda r, f: 0.9 * _softplus(-r) + 0.1 * _softplus(r) + _softplus(f),
        ),
        "sign lost": (
            "your loss is negative. Where is the minus?",
            lambda r, f: -_cross_entropy(r, 0.9) - _cross_entropy(f, 0),
        ),
        "one sign lost": (
            "one part has the wrong sign. All parts are costs, and costs are added.",
            lambda r, f: (
                np.mean(0.9 * _softplus(-r) - 0.1 * _softplus(r)) + _cross_entropy(f, 0)
            ),
            lambda r, f: 0.9 * -_cross_entropy(r, 1) + _cross_entropy(f, 0),
            lambda r, f: _cross_entropy(r, 0.9) - _cross_entropy(f, 0),
            lambda r, f: _cross_entropy(f, 0) - _cross_entropy(r, 0.9),
        ),
        "base 10": (
            "you used the logarithm to base 10. ln is `np.log`.",
            lambda r, f: (_cross_entropy(r, 0.9) + _cross_entropy(f, 0)) / np.log(10),
        ),
        "sigmoid twice": (
            "a sigmoid was applied twice: softplus, or `from_logits=True`, has one "
            "inside. Give it the logits as they are.",
            lambda r, f: (
                _cross_entropy(_sigmoid(r), 0.9) + _cross_entropy(_sigmoid(f), 0)
            ),
        ),
        "taken as probabilities": (
            "you took the logits as probabilities. Bring in the sigmoid, by softplus "
            "or by `from_logits=True`.",
            lambda r, f: _keras_cost(0.9, r) + _keras_cost(0, f),
            lambda r, f: np.mean(-0.9 * np.log(r) - 0.1 * np.log(1 - r)) + np.mean(f),
        ),
        "real part only": (
            "the fakes do not matter to your loss. They have a part too.",
            lambda r, f: _cross_entropy(r, 0.9),
        ),
        "fake part only": (
            "the real pictures do not matter to your loss. They have a part too.",
            lambda r, f: _cross_entropy(f, 0),
        ),
    },
)
