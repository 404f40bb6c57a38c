"""Exercises of lesson 07: clipping, Adam's first step, smooth labels, a repair."""

import numpy as np

from gan_tutorial.exercises import Exercise
from gan_tutorial.synthetic import points

_BY_VALUE = (
    "this limits each number by itself, which bends the direction. Shorten the whole "
    "gradient by one factor."
)


def _norm(gradient):
    return np.sqrt(np.sum(np.square(gradient)))


def _shorten(gradient, limit, norm):
    return gradient * min(1, limit / norm) if norm > 0 else gradient


def _shorten_if(condition, gradient, limit):
    return gradient * limit / _norm(gradient) if condition else gradient


clip_by_norm = Exercise(
    reference=lambda gradient, limit: _shorten(gradient, limit, _norm(gradient)),
    why="a gradient that is too long is shortened to the limit, in its own direction. "
    "A short one stays as it is: clipping cannot lengthen it.",
    hint="The length is the root of the sum of the squares of all numbers. Only if it "
    "is above `limit`, multiply the gradient by limit / length.",
    cases=(
        (np.array([3.0, -4.0]), 2.0),
        (np.array([3e-4, -4e-4]), 2.0),
        (np.array([[1.0, 2.0, -2.0], [4.0, -6.0, 0.5]]), 5.0),
        (np.array([-6.0, 8.0, 1.0]), 0.5),
        # Length 5: each number is below 4.5; their sum, 7, and 25 are above 6.
        (np.array([3.0, -4.0]), 4.5),
        (np.array([3.0, -4.0]), 6.0),
        (np.array([1.2, -0.9]), 3.0),  # short, but longer than 1
        (np.array([0.0, 0.0]), 3.0),
    ),
    misconceptions={
        "always": (
            "a gradient shorter than the limit became longer. Clipping only shortens: "
            "leave it as it is.",
            lambda g, limit: g / max(_norm(g), 1e-300) * limit,
            lambda g, limit: g / (_norm(g) + 1e-7) * limit,
            lambda g, limit: g / _norm(g) * limit,
        ),
        "to one": (
            "this makes every gradient of length 1. Use `limit`, and leave short "
            "gradients as they are.",
            lambda g, limit: g / max(_norm(g), 1e-300),
            lambda g, limit: g / (_norm(g) + 1e-7),
            lambda g, limit: g / _norm(g),
        ),
        "limit not used": (
            "the limit is not always 1: use the argument `limit`.",
            lambda g, limit: _shorten(g, 1, _norm(g)),
            lambda g, limit: g / _norm(g) if _norm(g) > limit else g,
        ),
        "by value": (
            _BY_VALUE,
            lambda g, limit: np.clip(g, -limit, limit),
            lambda g, limit: np.minimum(g, limit),
            lambda g, limit: np.maximum(g, -limit),
            lambda g, limit: np.clip(g, 0, limit),
            lambda g, limit: np.clip(g, -limit, limit) if _norm(g) > limit else g,
        ),
        "condition": (
            "the factor is right, but the condition is not: compare the length, the "
            "root of the sum of the squares, with `limit`.",
            lambda g, limit: _shorten_if(np.square(g).sum() > limit, g, limit),
            lambda g, limit: _shorten_if(np.square(g).mean() > limit, g, limit),
            lambda g, limit: _shorten_if(np.sqrt(np.mean(g**2)) > limit, g, limit),
            lambda g, limit: _shorten_if(np.abs(g).sum() > limit, g, limit),
            lambda g, limit: _shorten_if(np.abs(g).mean() > limit, g, limit),
            lambda g, limit: _shorten_if((np.abs(g) > limit).any(), g, limit),
            lambda g, limit: _shorten_if((np.abs(g) > limit).all(), g, limit),
            lambda g, limit: _shorten_if((g > limit).any(), g, limit),
            lambda g, limit: _shorten_if(g.sum() > limit, g, limit),
            lambda g, limit: _shorten_if(np.abs(g.sum()) > limit, g, limit),
            lambda g, limit: _shorten_if(g.size > limit, g, limit),
            lambda g, limit: _shorten_if(len(g) > limit, g, limit),
            lambda g, limit: _shorten_if(_norm(g) > limit**2, g, limit),
        ),
        "condition without the limit": (
            "compare the length with `limit`, not with 1: a gradient of length 5 is "
            "short if the limit is 6.",
            lambda g, limit: _shorten_if(_norm(g) > 1, g, limit),
            lambda g, limit: _shorten_if(np.abs(g).max() > 1, g, limit),
        ),
        "list": (
            "this is a list that holds the gradient. Take its first part, with `[0]`.",
            lambda g, limit: [_shorten(g, limit, _norm(g))],
        ),
        "other lengths": (
            "the length is the root of the sum of the *squares*.",
            lambda g, limit: _shorten(g, limit, np.abs(g).sum()),
            lambda g, limit: _shorten(g, limit, np.abs(g).max()),
            lambda g, limit: _shorten(g, limit, np.square(g).sum()),
            lambda g, limit: _shorten(g, limit, np.abs(g.sum())),
            lambda g, limit: g / g.max() * limit if g.max() > limit else g,
            lambda g, limit: _shorten(g, limit, np.sqrt(np.mean(g**2))),
            lambda g, limit: g * limit / np.abs(g).sum() if _norm(g) > limit else g,
            lambda g, limit: g * limit / np.abs(g).max() if _norm(g) > limit else g,
            lambda g, limit: g * limit / np.square(g).sum() if _norm(g) > limit else g,
        ),
        "length of a matrix": (
            "`np.linalg.norm` with an order or an axis measures something else in a "
            "matrix, and Python's `sum` adds its rows only. Call `np.linalg.norm` "
            "without them, or take the root of `np.sum` of the squares.",
            lambda g, limit: _shorten(g, limit, np.linalg.norm(g, 2)),
            lambda g, limit: _shorten(g, limit, np.linalg.norm(g, 1)),
            lambda g, limit: _shorten(g, limit, np.linalg.norm(g, np.inf)),
            lambda g, limit: (
                g
                * np.minimum(
                    1,
                    limit
                    / np.maximum(np.linalg.norm(g, axis=-1, keepdims=True), 1e-300),
                )
            ),
            lambda g, limit: (
                g
                * np.minimum(
                    1,
                    limit
                    / np.maximum(np.linalg.norm(g, axis=0, keepdims=True), 1e-300),
                )
            ),
        ),
        "upside down": (
            "the factor is upside down: it must be below 1 for long gradients.",
            lambda g, limit: g * _norm(g) / limit,
            lambda g, limit: g * min(1, _norm(g) / limit),
            lambda g, limit: g * max(1, _norm(g) / limit),
        ),
        "wrong way round": (
            "the condition is the wrong way round: shorten if the length is *above* "
            "the limit.",
            lambda g, limit: g if _norm(g) > limit else g / (_norm(g) or 1) * limit,
            lambda g, limit: g * limit / _norm(g) if 0 < _norm(g) < limit else g,
            lambda g, limit: g * max(1, limit / _norm(g)),
        ),
        "divided": (
            "the factor must depend on the length of the gradient: limit / length.",
            lambda g, limit: g / limit,
            lambda g, limit: g * limit,
            lambda g, limit: g / limit if _norm(g) > limit else g,
            lambda g, limit: g * limit if _norm(g) > limit else g,
            lambda g, limit: g - limit if _norm(g) > limit else g,
            lambda g, limit: g / _norm(g) / limit if _norm(g) > limit else g,
        ),
        "dropped": (
            "a gradient that is too long must be shortened, not thrown away.",
            lambda g, limit: g if _norm(g) <= limit else 0 * g,
            lambda g, limit: np.where(np.abs(g) <= limit, g, 0),
        ),
        "factor": (
            "give the shortened gradient, not the factor or the length.",
            lambda g, limit: min(1, limit / max(_norm(g), 1e-300)),
            lambda g, limit: min(_norm(g), limit),
            lambda g, limit: _norm(g),
        ),
        "unchanged": (
            "long gradients come out as they went in. Shorten them.",
            lambda g, limit: g,
        ),
        "turned": (
            "the direction was turned round or signs were lost. One factor above 0 "
            "does it.",
            lambda g, limit: -_shorten(g, limit, _norm(g)),
            lambda g, limit: np.abs(_shorten(g, limit, _norm(g))),
        ),
        "zero": (
            "it is right until the gradient is zero: then your function divides by 0.",
            lambda g, limit: g / _norm(g) * min(_norm(g), limit),
            lambda g, limit: g * (min(_norm(g), limit) / _norm(g)),
        ),
    },
)

first_step = Exercise(
    reference=0.01,
    why="m = 5 and v = 0.01 × 25 = 0.25, so the step is 0.001 × 5 / 0.5 = 0.01: ten "
    "times the learning rate. With bias correction it is 0.001.",
    hint="m = (1 - beta_1) × gradient, v = (1 - beta_2) × gradient², step = learning "
    "rate × m / √v.",
    tolerance=1e-6,
    misconceptions={
        "corrected": (
            "this is the step *with* bias correction, or with `beta_1` = 0.9. Without "
            "correction v is still small, because it began at 0; `beta_1` is 0.",
            0.001,
        ),
        "usual betas": (
            "this is for Adam's usual values, 0.9 and 0.999. Here they are 0 and 0.99.",
            *(0.003162, 0.00316, 0.0032),
        ),
        "usual beta_2": (
            "this is for a `beta_2` of 0.999. Here it is 0.99.",
            *(0.0316, 0.03162, 0.031623, 0.032),
        ),
        "no division": (
            "0.001 × 0.5 is learning rate × √v. √v = 0.5 is right, but divide by it: "
            "learning rate × m / √v.",
            0.0005,
        ),
        "decimal comma": (
            "write the number with a decimal point, and without quotation marks.",
            *("0,01", "0,001", "0,1", "0,02", "0,005", "0,0316", "0,0005"),
        ),
        "no root": (
            "divide by the root of v, not by v.",
            *(0.02, 0.1),
        ),
        "beta_2 itself": (
            "the new gradient enters v with the share 1 - beta_2, not beta_2.",
            *(0.001005, 0.00101, 0.00100504),
        ),
        "upside down": (
            "a smaller v makes a longer step: divide by its root.",
            *(0.0001, 0.00001, 0.0025),
        ),
        "plain": (
            "that is learning rate × gradient, the step of SGD. Adam divides by √v.",
            0.005,
        ),
        "v without the gradient": (
            "v holds the square of the gradient, so the size of the gradient cancels.",
            *(0.05, 0.5),
        ),
        "no rate": ("multiply by the learning rate, 0.001.", 10),
        "no memory": (
            "beta_1 = 0 means no memory of *earlier* gradients. The new one counts in "
            "full, so m is not 0.",
            0,
        ),
        "sign": ("give the length of the step, without its sign.", -0.01, -0.001),
    },
)


def _softplus(x):
    return np.logaddexp(0, np.asarray(x, float))


def _real(logits, target):
    return target * _softplus(-logits) + (1 - target) * _softplus(logits)


def _cross_entropy(labels, outputs):
    """Keras's, of outputs that are taken for probabilities."""
    outputs = np.clip(outputs, np.float32(1e-7), np.float32(1) - np.float32(1e-7))
    return -(labels * np.log(outputs) + (1 - labels) * np.log(1 - outputs))


def _sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


smooth_loss = Exercise(
    reference=lambda real_logits, fake_logits, target: (
        _real(real_logits, target).mean() + _softplus(fake_logits).mean()
    ),
    why="real pictures count as real to the share `target` and as fake for the rest; "
    "made ones stay wholly fake.",
    hint="For real logits, mix the loss of the answer real, softplus(-logit), with "
    "that of the answer fake, softplus(logit), in the shares target and 1 - target.",
    cases=(
        (
            np.array([[2.0], [-1.0], [4.0]], "float32"),
            np.array([[-3.0], [0.5]], "float32"),
            0.9,
        ),
        (
            np.array([[0.3], [-2.5]], "float32"),
            np.array([[1.0], [-0.2], [-4.0]], "float32"),
            0.7,
        ),
        (
            np.array([[1.5], [3.0]], "float32"),
            np.array([[0.7], [-2.0], [0.1]], "float32"),
            1.0,
        ),
    ),
    misconceptions={
        "two-sided": (
            "the fakes are smoothed too. One-sided smoothing leaves them wholly fake: "
            "a softer answer would tell the generator to keep making what it makes.",
            lambda r, f, t: _real(r, t).mean() + _real(f, 1 - t).mean(),
        ),
        "Keras's smoothing, two-sided": (
            "Keras's `label_smoothing` smooths the labels of made ones as well: leave "
            "it out for them. And it makes a label 1 to 1 - smoothing / 2: for real "
            "ones it must be 2 × (1 - target).",
            lambda r, f, t: _real(r, (1 + t) / 2).mean() + _real(f, (1 - t) / 2).mean(),
            lambda r, f, t: _real(r, 1 - t / 2).mean() + _real(f, t / 2).mean(),
        ),
        "fakes as real": (
            "made ones got the target of the real ones. Their target is 0.",
            lambda r, f, t: _real(r, t).mean() + _real(f, t).mean(),
        ),
        "labels and logits swapped": (
            "labels and logits are swapped. Keras's losses take the labels first.",
            lambda r, f, t: (_softplus(t) - t * r).mean() + np.log(2),
            lambda r, f, t: (_softplus(t) - t * r).mean() + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + np.log(2),
            lambda r, f, t: _cross_entropy(r, t).mean() + _cross_entropy(f, 0).mean(),
        ),
        "softplus of the mean": (
            "first softplus, then the mean: the loss of each picture counts, not the "
            "loss of a mean logit.",
            lambda r, f, t: _real(r.mean(), t) + _softplus(f.mean()),
            lambda r, f, t: _real(r.mean(), t) + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + _softplus(f.mean()),
        ),
        "no mean": (
            "give one number: take the mean over the pictures in each part.",
            lambda r, f, t: _real(r, t) + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + _softplus(f),
            lambda r, f, t: (
                t * _softplus(-r).mean() + (1 - t) * _softplus(r) + _softplus(f).mean()
            ),
            lambda r, f, t: (
                t * _softplus(-r) + (1 - t) * _softplus(r).mean() + _softplus(f).mean()
            ),
            lambda r, f, t: np.ravel(_real(r, t)) + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + np.ravel(_softplus(f)),
        ),
        "only the fakes": (
            "the real ones are to be smoothed, not the fakes.",
            lambda r, f, t: _softplus(-r).mean() + _real(f, 1 - t).mean(),
            lambda r, f, t: _softplus(-r).mean() + t * _softplus(f).mean(),
        ),
        "half": (
            "the share 1 - target is missing: real pictures count as fake to that "
            "share.",
            lambda r, f, t: t * _softplus(-r).mean() + _softplus(f).mean(),
            lambda r, f, t: t * _softplus(-r).mean() + (1 - t) * _softplus(f).mean(),
        ),
        "shares swapped": (
            "the two shares are swapped: with target 0.9 a real picture is mostly "
            "real.",
            lambda r, f, t: _real(r, 1 - t).mean() + _softplus(f).mean(),
        ),
        "signs": (
            "the signs are turned: a large logit for a real picture must give a small "
            "loss.",
            lambda r, f, t: _real(-r, t).mean() + _softplus(-f).mean(),
            lambda r, f, t: _real(r, t).mean() + _softplus(-f).mean(),
            lambda r, f, t: -_real(r, t).mean() - _softplus(f).mean(),
        ),
        "target not used": (
            "this is the loss without smoothing. Use `target`.",
            lambda r, f, t: _softplus(-r).mean() + _softplus(f).mean(),
        ),
        "fixed": (
            "use the argument `target`, not a fixed number.",
            lambda r, f, t: _real(r, 0.9).mean() + _softplus(f).mean(),
        ),
        "sum": (
            "take the mean over each batch, so that the loss does not grow with it.",
            lambda r, f, t: _real(r, t).sum() + _softplus(f).sum(),
            lambda r, f, t: _real(r, t).sum() + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + _softplus(f).sum(),
        ),
        "halved": (
            "in this course the discriminator's loss is the *sum* of the two means.",
            lambda r, f, t: (_real(r, t).mean() + _softplus(f).mean()) / 2,
            lambda r, f, t: np.concatenate([_real(r, t), _softplus(f)]).mean(),
        ),
        "all scaled": (
            "the target must not scale the whole loss: only the answer for real "
            "pictures is softer.",
            lambda r, f, t: t * (_softplus(-r).mean() + _softplus(f).mean()),
            lambda r, f, t: t * _real(r, t).mean() + _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + t * _softplus(f).mean(),
            lambda r, f, t: _real(r, t).mean() + (1 - t) * _softplus(f).mean(),
            lambda r, f, t: (
                t * _softplus(-r).mean()
                + (1 - t) * _softplus(r).mean()
                + t * _softplus(f).mean()
            ),
        ),
        "subtracted": (
            "add the two parts: the discriminator wants both to be small.",
            lambda r, f, t: _real(r, t).mean() - _softplus(f).mean(),
        ),
        "two parts": (
            "give one number, the sum, and not the two parts.",
            lambda r, f, t: (_real(r, t).mean(), _softplus(f).mean()),
        ),
        "Keras's smoothing": (
            "Keras's `label_smoothing` = s makes the target 1 - s / 2. Here s must be "
            "2 × (1 - target).",
            lambda r, f, t: _real(r, (1 + t) / 2).mean() + _softplus(f).mean(),
            lambda r, f, t: _real(r, 1 - t / 2).mean() + _softplus(f).mean(),
        ),
        "one part": (
            "this is one part of the loss. Add the real and the fake part.",
            lambda r, f, t: _real(r, t).mean(),
            lambda r, f, t: _softplus(f).mean(),
        ),
        "scaled logits": (
            "the target is a share of the *answer*, it does not scale the logits or "
            "the probability.",
            lambda r, f, t: _softplus(-t * r).mean() + _softplus(f).mean(),
            lambda r, f, t: _softplus(-r / t).mean() + _softplus(f).mean(),
            lambda r, f, t: -np.log(t * _sigmoid(r)).mean() + _softplus(f).mean(),
            lambda r, f, t: _softplus(t - r).mean() + _softplus(f).mean(),
        ),
        "squares": (
            "these are squared differences. Use the cross-entropy, with softplus.",
            lambda r, f, t: ((_sigmoid(r) - t) ** 2).mean() + (_sigmoid(f) ** 2).mean(),
            lambda r, f, t: ((r - t) ** 2).mean() + (f**2).mean(),
        ),
        "logits as probabilities": (
            "the inputs are logits. A sigmoid, or `from_logits=True`, is missing.",
            lambda r, f, t: (
                -(t * np.log(np.clip(r, 1e-7, 1 - 1e-7))).mean()
                - ((1 - t) * np.log(1 - np.clip(r, 1e-7, 1 - 1e-7))).mean()
                - np.log(1 - np.clip(f, 1e-7, 1 - 1e-7)).mean()
            ),
        ),
        "sigmoid twice": (
            "a sigmoid was taken twice: give the logits as they are.",
            lambda r, f, t: (
                _real(_sigmoid(r), t).mean() + _softplus(_sigmoid(f)).mean()
            ),
        ),
    },
)


_REPAIR = {
    "no model": "give the GAN that you built and trained: begin with "
    "`my_gan = build_ring_gan(seed)`, compile and train it under this name. Not its "
    "name in quotation marks, not its samples, not what `train_on_points` returned.",
    "not compiled": "this GAN has no rules yet. Call its `compile`, then train it.",
    "not trained": "this GAN was not trained. Call `train_on_points` with it.",
    "no points": "this GAN does not make points in a plane. Build it with "
    "`build_ring_gan`.",
    "flown away": "its samples are no finite numbers: a learning rate is too large.",
    "collapsed": "it still collapses: 3 modes of 8 or fewer. Is one player much faster "
    "than the other? How long does Adam remember (`beta_1`)? Was it trained for "
    "thousands of turns?",
    "some modes": "it covers more than 3 modes, but not all 8. Is `d_steps` 1? Do both "
    "players have the same learning rate, of 1e-3 or more, and `beta_1=0`? Otherwise "
    "train longer.",
    "not good": "it covers all 8 modes, but fewer than 90 % of its samples are good. "
    "Try the Adam of section 5 for both players (4e-3, `beta_1=0`, `beta_2=0.99`), "
    "then average the weights (`ema_momentum=0.995`), or train longer.",
}


def _judge_repair(model):
    if not (hasattr(model, "generate") and hasattr(model, "generator")):
        return _REPAIR["no model"]
    optimizer = getattr(model, "g_optimizer", None)
    if optimizer is None:
        return _REPAIR["not compiled"]
    if int(optimizer.iterations) == 0:
        return _REPAIR["not trained"]
    samples = np.asarray(model.generate(2000, seed=12))
    if samples.ndim != 2 or samples.shape[1] != 2:
        return _REPAIR["no points"]
    if not np.isfinite(samples).all():
        return _REPAIR["flown away"]
    modes, good = points.count_modes(samples)
    if modes < 8:
        return _REPAIR["collapsed" if modes <= 3 else "some modes"]
    return "" if good >= 0.9 else _REPAIR["not good"]


class _Optimizer:
    def __init__(self, iterations):
        self.iterations = iterations


class _Made:
    """Stands for a trained GAN in the table below; makes the same points always."""

    generator = None

    def __init__(self, samples, iterations=3000):
        self.samples = samples
        self.g_optimizer = None if iterations is None else _Optimizer(iterations)

    def generate(self, num_images, seed=None):
        return self.samples


def _ring_of(num_modes, spread):
    noise = np.random.default_rng(0).standard_normal((2000, 2))
    return np.resize(points.ring_modes()[:num_modes], (2000, 2)) + spread * noise


repair = Exercise(
    reference=_Made(_ring_of(8, 0.1)),
    why="it covers all 8 modes, with at least 90 % good samples. Now take one of your "
    "changes back, to see which of them was needed.",
    hint="Look at the recommended recipe of section 5.",
    misconceptions={
        "no model": (_REPAIR["no model"], "model", 8, _ring_of(8, 0.1), [8, 0.95]),
        "not compiled": (_REPAIR["not compiled"], _Made(_ring_of(8, 0.1), None)),
        "not trained": (_REPAIR["not trained"], _Made(_ring_of(8, 0.1), 0)),
        "no points": (_REPAIR["no points"], _Made(np.zeros((2000, 28, 28, 1)))),
        "flown away": (_REPAIR["flown away"], _Made(np.full((2000, 2), np.nan))),
        "collapsed": (
            _REPAIR["collapsed"],
            _Made(_ring_of(1, 0.01)),
            _Made(_ring_of(3, 0.1)),
            _Made(np.zeros((2000, 2))),
        ),
        "some modes": (
            _REPAIR["some modes"],
            _Made(_ring_of(4, 0.1)),
            _Made(_ring_of(7, 0.1)),
        ),
        "not good": (_REPAIR["not good"], _Made(_ring_of(8, 0.2))),
    },
    judge=_judge_repair,
)
