"""Exercises of lesson 03: shapes, parameters, even stamps, and your own generator."""

import numpy as np

from gan_tutorial.exercises import Exercise

predict_shape = Exercise(
    reference=(16, 10, 24),
    why="the stride halves both sides, and each of the 24 kernels makes one map.",
    hint="Three whole numbers: what does the stride do to each side, and how many maps "
    "come out?",
    misconceptions={
        "no stride": (
            "the layer moves by two pixels at a time. What does that do to the sides?",
            (32, 20, 24),
        ),
        "doubled": (
            "a transposed convolution doubles the sides. This one is not transposed.",
            (64, 40, 24),
        ),
        "kernel": (
            "you divided by the size of the kernel. The stride sets the sides.",
            (8, 5, 24),
        ),
        "no padding": (
            'that is right without padding. With "same" zeros are put around the maps.',
            (15, 9, 24),
            (14, 8, 24),
            (29, 17, 24),
        ),
        "channels kept": (
            "each kernel reads all three channels and gives one map. How many kernels?",
            (16, 10, 3),
            (32, 20, 3),
        ),
        "channels mixed": (
            "each kernel adds up what it finds in all channels: one map a kernel.",
            (16, 10, 72),
            (16, 10, 27),
            (16, 10, 8),
        ),
        "kernel size": (
            "4 is the side of a kernel. How many kernels are there?",
            (16, 10, 4),
        ),
        "order": ("the order is height, width, channels.", (24, 16, 10), (10, 16, 24)),
        "one number": (
            "that is how many numbers come out. Give the three parts of the shape.",
            3840,
        ),
    },
)

count_parameters = Exercise(
    reference=lambda kernel_size, channels, filters: (
        kernel_size * kernel_size * channels * filters + filters
    ),
    why="each map that comes out has k × k weights for every channel that goes in, and "
    "one bias.",
    hint="Count for one filter first: its kernel is square, with a table of weights "
    "for each channel that comes in. Then add its bias.",
    cases=((3, 16, 1), (4, 1, 32), (5, 3, 7)),
    misconceptions={
        "no bias": (
            "the biases are missing: one for each filter.",
            lambda k, c, f: k * k * c * f,
        ),
        "one bias": (
            "each filter has a bias of its own, not one for all.",
            lambda k, c, f: k * k * c * f + 1,
        ),
        "bias a channel": (
            "a bias is added to what comes out: one for each filter, not each channel.",
            lambda k, c, f: k * k * c * f + c,
            lambda k, c, f: (k * k * f + 1) * c,
            lambda k, c, f: (k * k + 1) * c * f,
        ),
        "no channels": (
            "a kernel reads all channels that come in, with other weights for each.",
            lambda k, c, f: k * k * f + f,
            lambda k, c, f: k * k * f,
        ),
        "one filter": (
            "that is one filter. How many are there?",
            lambda k, c, f: k * k * c + 1,
            lambda k, c, f: k * k * c,
        ),
        "not square": (
            "the kernel is square: it has rows and columns.",
            lambda k, c, f: k * c * f + f,
            lambda k, c, f: k * c * f,
            lambda k, c, f: 2 * k * c * f + f,
        ),
        "added": (
            "channels and filters are multiplied: each filter reads each channel.",
            lambda k, c, f: k * k * c + f,
            lambda k, c, f: k * k * (c + f),
            lambda k, c, f: k * k * (c + f) + f,
            lambda k, c, f: k * k + c * f + f,
        ),
        "power": (
            "in Python ^ is not a power: write kernel_size * kernel_size.",
            lambda k, c, f: (k ^ 2) * c * f + f,
            lambda k, c, f: k ^ 2 * c * f + f,
        ),
    },
)

stamps_evenly = Exercise(
    reference=lambda kernel_size, stride: kernel_size % stride == 0,
    why="only then does every place get equally many stamps.",
    hint="Along one line: how many stamps cover the first place after a stamp begins, "
    "and how many the last one before the next begins?",
    cases=((4, 2), (5, 2), (3, 3), (4, 3), (2, 3), (6, 3), (2, 4), (3, 1), (2, 2)),
    misconceptions={
        "even kernel": (
            "that looks at the kernel alone. Try a kernel of 4 with a stride of 3.",
            lambda k, s: k % 2 == 0,
        ),
        "even numbers": (
            "not all even pairs work, and odd ones can. Try 3 and 3, then 2 and 4.",
            lambda k, s: k % 2 == 0 and s % 2 == 0,
            lambda k, s: (k - s) % 2 == 0,
        ),
        "odd kernel": (
            "a kernel of 5 with a stride of 2 was the uneven one.",
            lambda k, s: k % 2 == 1,
            lambda k, s: k % 2 != 0,
        ),
        "large enough": (
            "the stamps leave no holes then, but they may still overlap unevenly.",
            lambda k, s: k >= s,
            lambda k, s: k > s,
        ),
        "the other way": (
            "you divided the stride by the kernel. Which of them is the larger?",
            lambda k, s: s % k == 0,
        ),
        "uneven": (
            "your function says True where the stamps are uneven: turn it round.",
            lambda k, s: k % s != 0,
            lambda k, s: bool(k % s),
        ),
        "remainder": (
            "that is a number. Give True or False: compare it with something.",
            lambda k, s: k % s,
            lambda k, s: k / s,
            lambda k, s: k // s,
        ),
        "no overlap": (
            "that is even, but so are stamps that overlap everywhere equally often.",
            lambda k, s: k == s,
        ),
        "double": (
            "a kernel of twice the stride is even, but it is not the only one.",
            lambda k, s: k == 2 * s,
        ),
        "always": (
            "your function gives one answer for all. Use both numbers.",
            lambda k, s: True,
            lambda k, s: False,
        ),
    },
)


def _build(start=(8, 6, 32), doublings=3, channels=3, kernel=4, **changes):
    """Function that builds a generator, right unless something is changed."""

    def build():
        from keras import Input, Sequential, layers

        doubling = [
            layers.Conv2DTranspose(8, kernel, 2, padding="same", activation="relu")
            for _ in range(doublings)
        ]
        activation = changes.get("activation", "tanh")
        return Sequential(
            [
                Input((changes.get("latent_dim", 16),)),
                layers.Dense(int(np.prod(start)), activation="relu"),
                layers.Reshape(start),
                *doubling,
                layers.Conv2D(channels, 3, padding="same", activation=activation),
            ]
        )

    return build


def _build_dense():
    from keras import Input, Sequential, layers

    pixels = layers.Dense(64 * 48 * 3, activation="tanh")
    return Sequential([Input((16,)), pixels, layers.Reshape((64, 48, 3))])


_SHAPES = {  # the shape that came out: what it tells
    (28, 28, 1): "it still makes 28 × 28 grey pictures. Change the start first.",
    (32, 24, 3): "the sides are half of what they should be: one more doubling.",
    (128, 96, 3): "the sides are twice what they should be: one doubling too many.",
    (48, 64, 3): "height and width are exchanged. The height comes first.",
    (64, 48, 1): "the pictures are grey. The last layer needs three filters.",
    (64, 64, 3): "the pictures are square. Start from maps that are not square.",
}


def _judge_generator(build):
    model = build() if callable(build) and not hasattr(build, "layers") else build
    if model is ...:
        return None
    if model is None:
        return "your function gives nothing back. End it with `return`."
    if not hasattr(model, "layers"):
        return "your function has to return the model."
    if model.input_shape != (None, 16):
        return "the generator gets 16 numbers for each picture: Input((16,))."
    made = tuple(model.output_shape[1:])
    if made in _SHAPES:
        return _SHAPES[made]
    if made != (64, 48, 3):
        text = "Which start becomes 64 and 48 by doubling? If it is right, look at"
        return f"it makes {made}. {text} `padding` and at the channels."
    growing = [
        layer
        for layer in model.layers
        if hasattr(layer, "kernel_size") and max(layer.strides) > 1
    ]
    enlarging = [layer for layer in model.layers if hasattr(layer, "interpolation")]
    if not growing + enlarging:
        return "the shape is right, but no layer doubles maps. Use transposed ones."
    for layer in growing:
        if any(k % s for k, s in zip(layer.kernel_size, layer.strides, strict=True)):
            return "the shape is right, but these kernels stamp unevenly."
    latents = np.random.default_rng(0).normal(0, 1000, (8, 16)).astype("float32")
    images = np.asarray(model(latents))
    if np.abs(images).max() > 1:
        return "its pixels leave the range from −1 to 1. What does the last layer need?"
    if images.min() >= 0:
        return "its pixels are never below 0: the last layer needs another activation."
    return ""


build_my_generator = Exercise(
    reference=_build(),
    why="8 × 6 doubled three times is 64 × 48, with three channels from −1 to 1.",
    hint="Change one layer at a time and look at its shape.",
    judge=_judge_generator,
    misconceptions={
        "unchanged": (_SHAPES[28, 28, 1], _build((7, 7, 64), 2, 1)),
        "too few": (_SHAPES[32, 24, 3], _build(doublings=2)),
        "too many": (_SHAPES[128, 96, 3], _build(doublings=4)),
        "exchanged": (_SHAPES[48, 64, 3], _build((6, 8, 32))),
        "grey": (_SHAPES[64, 48, 1], _build(channels=1)),
        "square": (_SHAPES[64, 64, 3], _build((8, 8, 32)), _build((16, 16, 8), 2)),
        "start of 7": (
            "it makes (56, 56, 3). Which start becomes 64 and 48 by doubling? If it is "
            "right, look at `padding` and at the channels.",
            _build((7, 7, 64)),
        ),
        "nothing": (
            "your function gives nothing back. End it with `return`.",
            lambda: None,
        ),
        "other latents": (
            "the generator gets 16 numbers for each picture: Input((16,)).",
            _build(latent_dim=100),
        ),
        "no model": ("your function has to return the model.", lambda: (64, 48, 3)),
        "dense": (
            "the shape is right, but no layer doubles maps. Use transposed ones.",
            _build_dense,
        ),
        "uneven": (
            "the shape is right, but these kernels stamp unevenly.",
            _build(kernel=5),
            _build(kernel=3),
        ),
        "no tanh": (
            "its pixels leave the range from −1 to 1. What does the last layer need?",
            _build(activation=None),
            _build(activation="relu"),
        ),
        "sigmoid": (
            "its pixels are never below 0: the last layer needs another activation.",
            _build(activation="sigmoid"),
        ),
    },
)
