"""Right and wrong answers to the exercises, as learners write them.

`RIGHT` and `WRONG` map the name of an exercise to answers that are right, and to pairs
of a wrong answer and a part of what its message has to say. Networks, games and
trainings are made only when they are asked for: such an answer is `Made(function)`.
"""

import math
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from gan_tutorial import losses
from gan_tutorial.synthetic import points


class Made(NamedTuple):
    """An answer that `make` makes."""

    make: object


mean, softplus = tf.reduce_mean, tf.math.softplus
ones, zeros = np.ones_like, np.zeros_like
of_logits = keras.losses.BinaryCrossentropy(from_logits=True)
of_probabilities = keras.losses.BinaryCrossentropy()


def bce(labels, cross_entropy=of_logits, sign=1):
    """A loss of real and fake logits by Keras, with two labels."""
    return lambda r, f: (
        sign
        * (
            cross_entropy(labels[0] * ones(r), r)
            + cross_entropy(labels[1] * ones(f), f)
        )
    )


def divide_in_place(pixels):
    pixels //= 2
    return pixels / 127.5 - 1


def sort_in_place(real, fake):
    real.sort()
    fake.sort()
    return np.mean(np.abs(real - fake))


def loss_of_lists(real, fake):
    real, fake = [-math.log(p) for p in real], [-math.log(1 - p) for p in fake]
    return sum(real) / len(real) + sum(fake) / len(fake)


def with_keras_sigmoid(real, fake):
    real, fake = (keras.activations.sigmoid(tf.constant(x)) for x in (real, fake))
    return of_logits(ones(real), real) + of_logits(zeros(fake), fake)


# Lesson 03: generators


def generator(start=(8, 6, 32), doublings=3, channels=3, kernel=4, **changes):
    """Layers of a generator that is right unless something is changed."""
    inside = changes.get("inside", "relu")
    return [
        layers.Dense(changes.get("dense", math.prod(start)), activation=inside),
        layers.BatchNormalization(momentum=0.9),
        layers.Reshape(start),
        *[
            layers.Conv2DTranspose(8, kernel, 2, padding="same", activation=inside)
            for _ in range(doublings)
        ],
        layers.Conv2D(
            *(channels, 3), padding="same", activation=changes.get("end", "tanh")
        ),
    ]


def build(latent_dim=16, **changes):
    return lambda: Sequential([Input((latent_dim,)), *generator(**changes)])


def build_nested(**changes):
    parts = generator(**changes)
    return Sequential([Input((16,)), Sequential(parts[:3]), Sequential(parts[3:])])


class Subclassed(Model):
    def __init__(self, **changes):
        super().__init__()
        self.parts = generator(**changes)

    def call(self, latents, training=None):
        for part in self.parts:
            latents = part(latents)
        return latents


def build_functional():
    latents = images = Input((16,))
    for layer in generator():
        images = layer(images)
    return Model(latents, images)


def build_with_upsampling():
    start = [layers.Dense(4 * 3 * 8), layers.Reshape((4, 3, 8))]
    end = layers.Conv2D(3, 3, padding="same", activation="tanh")
    return Sequential([*start, layers.UpSampling2D(16), end])


# Lesson 04: stages, from latents that are followed or drawn anew


def stages(steps=(0, 50, 200), shape=(8, 16, 16, 1), fresh=False, **changes):
    """Stages that look as a training's do: grey at first, then clear designs."""
    random, taken = np.random.default_rng(0), []
    designs = random.choice([-1.0, 1.0], shape)
    for number, step in enumerate(steps):
        if fresh:
            designs = random.choice([-1.0, 1.0], shape)
        strength = changes.get("strengths", (2, 100, 120))[min(number, 2)]
        noise = random.normal(0, 2, shape)
        made = (128 + strength * designs + noise).clip(0, 255).astype(np.uint8)
        taken.append({"step": step, "seconds": 1.0 * step, "fixed": made})
        taken[-1]["fresh"] = made[::-1]
    return taken


def pasted(images):
    return [
        *stages(shape=images.shape)[:2],
        {"step": 200, "seconds": 9.0, "fixed": images},
    ]


# Lesson 05: batches, stages and steps


def batches(scale, shuffle_first=True, size=16, buffer=1000):
    def make(images):
        dataset = tf.data.Dataset.from_tensor_slices(scale(images))
        if shuffle_first:
            return dataset.shuffle(buffer).batch(size)
        return dataset.batch(size).shuffle(buffer)

    return make


def in_range(images):
    return images / 127.5 - 1


def batches_by_hand(images):
    rows = np.random.default_rng(2).permutation(len(images))
    for start in range(0, len(images), 16):
        yield in_range(images[rows[start : start + 16]]), start


def batches_twice(images):
    return batches(in_range, size=24)(images).batch(16)


def shuffles_in_place(images):
    np.random.default_rng(0).shuffle(images)
    return [in_range(images[i : i + 16]) for i in range(0, len(images), 16)]


def stages_during(same_noise=True, training=False, num=4, when="during"):
    def record(generator, train_one_epoch, num_epochs):
        noise, taken = np.random.default_rng(0).normal(size=(9, num, 16)), []
        for epoch in range(num_epochs):
            if when == "before":
                taken.append(generator(noise[0]))
            train_one_epoch()
            if when == "during":
                now = noise[0 if same_noise else epoch]
                taken.append(generator(now, training=training).numpy())
        if when == "after":
            taken = [generator(noise[epoch]) for epoch in range(num_epochs)]
        return taken

    return record


def d_right(real, fake):
    return losses.non_saturating_discriminator_loss(real, fake)


def g_right(fake):
    return losses.non_saturating_generator_loss(fake)


def step(d_loss=d_right, g_loss=g_right, **changes):
    """A training step, right unless something is changed."""

    def train_step(real_images, generator, discriminator, g_optimizer, d_optimizer):
        num = changes.get("num_fakes", len(real_images))
        latents = keras.random.normal((num, 16))
        players = {"g": generator, "d": discriminator}

        def fakes():
            if changes.get("noise_for_fakes"):
                return keras.random.normal((num, 4, 4, 1))
            new = keras.random.normal((num, 16))
            return generator(new if changes.get("new_latents") else latents)

        def teach(optimizer, weights, loss):
            weights = [w for name in weights for w in players[name].trainable_variables]
            with tf.GradientTape() as tape:
                value = loss()
            gradients = tape.gradient(value, weights)
            if optimizer is None:
                return lambda: None
            return lambda: optimizer.apply_gradients(
                zip(gradients, weights, strict=True)
            )

        def for_d():
            return d_loss(discriminator(real_images), discriminator(fakes()))

        def for_g():
            return g_loss(discriminator(generator(latents, training=True)))

        moves = [
            lambda: teach(d_optimizer, changes.get("d_moves", "d"), for_d),
            lambda: teach(g_optimizer, changes.get("g_moves", "g"), for_g),
        ]
        if changes.get("order") == "at once":
            ready = [move() for move in moves]
            for apply in ready:
                apply()
            return
        for number in changes.get("order", (0, 1)):
            moves[number]()()

    return train_step


def step_with_concat(real_images, generator, discriminator, g_optimizer, d_optimizer):
    variables = discriminator.trainable_weights
    with tf.GradientTape() as tape:
        fakes = generator(tf.random.normal((12, 16)), training=True)
        logits = discriminator(tf.concat([fakes, real_images], axis=0))
        d_loss = of_logits(tf.concat([tf.zeros((12, 1)), tf.ones((12, 1))], 0), logits)
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)
    with tf.GradientTape() as tape:
        logits = discriminator(generator(tf.random.normal((20, 16))))
        g_loss = of_logits(tf.ones_like(logits), logits)
    variables = generator.trainable_weights
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)


def step_without_tape(real_images, generator, discriminator, g_optimizer, d_optimizer):
    step(g_moves="")(real_images, generator, discriminator, None, d_optimizer)
    logits = discriminator(generator(keras.random.normal((12, 16))))
    with tf.GradientTape() as tape:
        g_loss = g_right(logits)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)


def twice(logits):
    return tf.sigmoid(logits)


# Lessons 06 and 07: points, and GANs that make them


def near(middles, spread, seed=0):
    rng = np.random.default_rng(seed)
    return rng.choice(middles, 200) + spread * rng.normal(size=(200, 2))


def one_moon(seed):
    made = points.moons(600, seed=seed)
    return made[made[:, 1] > 0.2][:200]


MOONS = points.moons(200, seed=0)


class Trained:
    """Stands for a GAN that was trained; makes the same points always."""

    def __init__(self, samples, iterations=3000):
        class Optimizer:
            pass

        self.samples, self.g_optimizer = samples, Optimizer()
        self.g_optimizer.iterations = iterations

    def generate(self, num_images, seed=None):
        return self.samples


def ring_of(num_modes, spread):
    noise = np.random.default_rng(0).standard_normal((2000, 2))
    return np.resize(points.ring_modes()[:num_modes], (2000, 2)) + spread * noise


def game(iterations=0, num_points=6, draw=None, scale=1, d_steps=1, g_steps=1):
    """A game that is made and played when it is asked for."""

    def play():
        from gan_tutorial.lab.game import PointGame

        places = np.linspace(-2, 2, num_points)
        own = scale * np.stack([places, np.abs(places)], axis=1)
        played = PointGame(draw or own, seed=1)
        played.iterate(iterations, d_steps, g_steps)
        return played

    return Made(play)


def clip(gradient, limit):
    length = np.linalg.norm(gradient)
    return gradient if length <= limit else gradient / length * limit


def pick_with_loops(points, num):
    chosen = [0]
    while len(chosen) < num:
        gaps = [min(math.dist(p, points[j]) for j in chosen) for p in points]
        chosen.append(gaps.index(max(gaps)))
    return tuple(chosen)


def pick_scaled(points, num):
    return pick_with_loops(points / points.std(axis=0), num)


RIGHT = {
    "start_here.count_numbers": [32 * 32 * 3, "3072", 3072.0, np.int64(3072), [3072]],
    "start_here.scale_pixels": [
        lambda p: p.astype("float32") / 255 * 2 - 1,
        lambda p: np.interp(p, [0, 255], [-1, 1]),
        lambda p: [[value / 127.5 - 1 for value in row] for row in p],
        lambda p: tf.cast(p, tf.float32) / 127.5 - 1,
        keras.layers.Rescaling(1 / 127.5, offset=-1.0),
    ],
    "start_here.step_downhill": [lambda w, g, rate: np.subtract(w, g * rate)],
    "play_the_game.order_of_steps": ["bdace", "B, D, A, C, E", list("bdace")],
    "play_the_game.labels_for_d": [
        [1, 1, 1, 0, 0],
        (1.0, 1, 1, 0, 0),
        np.eye(5)[:3].sum(0),
    ],
    "play_the_game.verdict": [tf.sigmoid, lambda x: np.exp(x) / (1 + np.exp(x))],
    "play_the_game.frozen_d": ["c", "(C)", "c."],
    "play_the_game.distance_on_a_line": [
        lambda r, f: np.mean(
            [abs(a - b) for a, b in zip(np.sort(r), np.sort(f), strict=True)]
        ),
        lambda r, f: mean(tf.abs(tf.sort(r) - tf.sort(f))),
    ],
    "play_the_game.own_game": [game(200)],
    "work_out_the_losses.predict_loss": [0.462, "0.462", -math.log(0.63), [0.46204]],
    "work_out_the_losses.read_the_log": ["b", " B) "],
    "work_out_the_losses.loss_from_probabilities": [
        loss_of_lists,
        lambda r, f: -np.log1p(-f).mean() - np.log(r).mean(),
        lambda r, f: -mean(tf.math.log(r)) - mean(tf.math.log(1 - f)),
        bce((1, 0), of_probabilities),
    ],
    "work_out_the_losses.loss_from_logits": [
        losses.non_saturating_generator_loss,
        lambda x: of_logits(ones(x), x),
        lambda x: -mean(tf.math.log_sigmoid(x)),
        lambda x: np.mean(np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))),
    ],
    "work_out_the_losses.smoothed_loss": [
        bce((0.9, 0)),
        lambda r, f: mean(softplus(f)) + mean(softplus(r) - 0.9 * r),
        lambda r, f: losses.non_saturating_discriminator_loss(r, f) + mean(r) / 10,
    ],
    "build_a_dcgan.predict_shape": [(16, 10, 24), [16, 10, 24], np.array([16, 10, 24])],
    "build_a_dcgan.count_parameters": [lambda k, c, f: (k**2 * c + 1) * f],
    "build_a_dcgan.stamps_evenly": [lambda k, s: np.bool_(k % s == 0)],
    "build_a_dcgan.build_my_generator": [
        *(build(), build_nested, Subclassed, build_functional, build_with_upsampling),
        *(build(inside="tanh"), build(kernel=2), Made(build_nested), Made(Subclassed)),
        lambda: Sequential(generator()),
        lambda: Sequential(
            [layers.Dense(64 * 48 * 3, "tanh"), layers.Reshape((64, 48, 3))]
        ),
    ],
    "train_the_dcgan.wrong_list": ["b"],
    "train_the_dcgan.count_steps": [5 * 938, "4690"],
    "train_the_dcgan.update_average": [
        lambda a, w, m: a + (1 - m) * (w - a),
        lambda a, w, m: tf.constant(a) * m + tf.constant(w) * (1 - m),
    ],
    "train_the_dcgan.digit_stages": [
        stages(),
        stages((0, 5, 200)),
        stages((0, 20, 100, 200)),
        stages(shape=(3, 16, 16, 1)),
    ],
    "debug_a_broken_gan.mend_loss": [
        bce((1, 0)),
        losses.non_saturating_discriminator_loss,
        lambda r, f: bce((1, 0), of_probabilities)(tf.sigmoid(r), tf.sigmoid(f)),
        tf.function(lambda r, f: mean(softplus(-r)) + mean(softplus(f))),
    ],
    "debug_a_broken_gan.mend_batches": [
        batches(in_range),
        batches(lambda images: images / 255 * 2 - 1, buffer=5000),
        batches(lambda images: (in_range(images), images[:, 0, 0, 0])),
        lambda images: batches(in_range)(images).map(lambda x: {"images": x}),
        lambda images: batches(in_range)(images).take(62),
        batches_by_hand,
    ],
    "debug_a_broken_gan.mend_stages": [
        stages_during(),
        lambda generator, train, num: np.array(stages_during()(generator, train, num)),
        lambda generator, train, num: [
            train() or generator.predict(np.eye(4, 16), verbose=0) for _ in range(num)
        ],
    ],
    "debug_a_broken_gan.mend_step": [
        *(step(), step(new_latents=True), step(num_fakes=7), step_with_concat),
        *(tf.function(step()), tf.function(step_with_concat)),
        step(lambda r, f: of_logits(ones(r), r) + of_logits(zeros(f), f)),
        step(g_loss=lambda f: 2 * g_right(f)),
    ],
    "measure_the_samples.spot_copies": ["c"],
    "measure_the_samples.count_balls": [[4 / 5, 2 / 4], (0.8, 0.5)],
    "measure_the_samples.stop_early": [
        lambda d, p: next(
            (
                k
                for k in range(len(d))
                if d[k] == min(d[: k + p + 1]) < min([9e9, *d[:k]])
            ),
            0,
        ),
    ],
    "measure_the_samples.my_points": [
        *(near(MOONS[:8], spread) for spread in (0.005, 0.02, 0.05)),
        *(near(MOONS[:1], 0.02, seed) for seed in range(5)),
        *(one_moon(seed) for seed in range(1, 8)),
        near(MOONS[:8], 0.02).tolist(),
    ],
    "stabilise_training.first_step": [0.01, "0.01", 0.001 * 5 / (0.01 * 25) ** 0.5],
    "stabilise_training.clip_by_norm": [clip, tf.clip_by_norm],
    "stabilise_training.smooth_loss": [
        lambda r, f, t: bce((t, 0))(r, f),
        lambda r, f, t: mean(softplus(r)) - t * mean(r) + mean(softplus(f)),
    ],
    "stabilise_training.repair": [Trained(ring_of(8, 0.1))],
    "explore_product_appearances.both_constraints": [[500 - 300, 500], (200.0, 500)],
    "explore_product_appearances.smallest_move": [
        lambda w, c: [c * x / sum(w * w) for x in w],
        lambda w, c: np.linalg.pinv(w[None]) @ [c],
    ],
    "explore_product_appearances.pick_diverse": [pick_with_loops],
}
WRONG = {
    "start_here.count_numbers": [
        (3072 * 16, "how many numbers each?"),
        ("32*32*3", "without quotation marks"),
        (True, "one whole number"),
    ],
    "start_here.scale_pixels": [
        (lambda p: p / 2, "expected: [[-1.0, 1.0]]"),
        (lambda p: np.round(p / 127.5 - 1, 2), "your function gave"),
        (lambda p: (p / 127.5 - 1).astype(int), "your function gave"),
        (lambda p: round(p / 127.5) - 1, "`np.round` takes arrays"),
        (divide_in_place, "overwrites the values"),
        (lambda p: print(p), "gives nothing back"),
    ],
    "start_here.step_downhill": [(lambda w, g, r: f"{w - r * g}", "this is text")],
    "play_the_game.order_of_steps": [("abcde", "Who moves first"), (7, "read as 7")],
    "play_the_game.labels_for_d": [
        (["real"] * 3 + ["fake"] * 2, "without quotation marks"),
        ([2, 2, 2, -2, -2], "A label is 1"),
        ([255, 255, 255, 0, 0], "number 4 and 5 of your 5 is right"),
        ([1, 1, 1, None, None], "A label is 1"),
    ],
    "play_the_game.verdict": [
        (lambda x: np.sigmoid(x), "NumPy has no sigmoid"),
        (lambda x: 1 / (1 + 10.0**-x), "your function gave"),
        (lambda x: 1 / (1 + math.exp(-x)), "`math.log` takes one"),
    ],
    "play_the_game.distance_on_a_line": [
        (sort_in_place, "overwrites the values"),
        (lambda r, f: np.abs(np.mean(r) - np.mean(f)), "your function gave"),
    ],
    "play_the_game.own_game": [
        (None, "Give the game itself"),
        (3, "give the game itself"),
        (game(draw=points.moons), "one of our targets"),
        (game(scale=20), "outside"),
        (game(num_points=3), "fewer than 5"),
        (game(), "D and G has not moved"),
        (game(1, g_steps=0), "G has not moved"),
        (game(2), "not less than half"),
    ],
    "work_out_the_losses.predict_loss": [
        (0.35, "Two numbers are added"),
        ("below", "text"),
    ],
    "work_out_the_losses.loss_from_probabilities": [
        (lambda r, f: (-np.log(r) - np.log(1 - f)).mean(), "different sizes"),
        (lambda r, f: -np.log(r).mean() - np.log(1 - f), "your function gave"),
        (lambda r, f: -np.log(np.mean(r)) - np.log(1 - np.mean(f)), "expected"),
        (bce((1, 0)), "sigmoid once more"),
    ],
    "work_out_the_losses.loss_from_logits": [
        (lambda x: np.mean(-np.log(1 / (1 + np.exp(-x)) + 1e-7)), "expected: 333"),
        (lambda x: of_probabilities(ones(x), tf.sigmoid(x)), "expected: 333"),
        (lambda x: softplus(-x), "3 × 1 decimal numbers"),
        (lambda x: (x**2).mean(), "your function gave"),
    ],
    "work_out_the_losses.smoothed_loss": [
        (bce((0.8, 0)), "your function gave"),
        (bce((0.9, 0.1)), "the fakes are smoothed too"),
        (bce((0.9, 0), sign=-1), "your function gave"),
        (lambda r, f: bce((0.9, 0))(f, r), "your function gave"),
    ],
    "build_a_dcgan.predict_shape": [((16, 10, 5), "number 1 and 2 of your 3 is right")],
    "build_a_dcgan.stamps_evenly": [
        (lambda k, s: str(k % s == 0), "Give True or False, without quotation marks"),
        (lambda k, s: int(k % s == 0), "True or False"),
        (lambda k, s: True, "True or False"),
    ],
    "build_a_dcgan.build_my_generator": [
        (
            build(start=(7, 7, 8), doublings=2, channels=1),
            "28 pixels high, 28 wide, and have 1",
        ),
        (build(doublings=2), "32 pixels high, 24 wide"),
        (build(doublings=4), "128 pixels high, 96 wide"),
        (build(start=(6, 8, 8)), "48 pixels high, 64 wide"),
        (build(channels=1), "64 pixels high, 48 wide, and have 1"),
        (build(latent_dim=100), "16 numbers"),
        (build(dense=100), "height × width × maps"),
        (build(end="sigmoid"), "reach only from"),
        (build(end=None), "leave the range"),
        (build(end="relu"), "leave the range"),
        (build(inside="tanh", end=None), "leave the range"),
        (build(kernel=5), "checkerboard"),
        (lambda: build_nested(kernel=3), "checkerboard"),
        (lambda: Subclassed(kernel=5), "checkerboard"),
        (lambda: None, "gives nothing back"),
        (lambda: (64, 48, 3), "return the model"),
        (lambda: layers.Reshape((64, 48)), "height × width × maps"),
        (
            lambda: Sequential(
                [layers.Dense(1, "sigmoid"), layers.Rescaling(0.0), *generator()]
            ),
            "the same picture",
        ),
    ],
    "train_the_dcgan.update_average": [(lambda a, w, m: a, "your function gave")],
    "train_the_dcgan.digit_stages": [
        (200, "give the list of your callback"),
        (stages()[:2], "There are 2"),
        (stages((0, 200, 50)), "each stage comes later"),
        (stages((1, 50, 200)), "is at step 0"),
        (stages((0, 50, 199)), "is at step 200"),
        (stages((0, 100, 1200)), "is at step 200"),
        (stages(strengths=(2, 20, 20)), "still grey"),
        (stages(strengths=(100, 100, 120)), "too clear"),
        (stages(fresh=True), "change at random"),
        ([s | {"fixed": s["fresh"]} for s in stages()], "'fixed' is not 'fresh'"),
        ([s | {"fixed": stages()[0]["fixed"]} for s in stages()], "are equal"),
    ],
    "debug_a_broken_gan.mend_loss": [
        (with_keras_sigmoid, "undone"),
        (bce((2, -2)), "your function gave"),
        (bce((1, 0), of_probabilities), "your function gave"),
        (bce((0.9, 0)), "your function gave"),
        (lambda r, f: softplus(-r) + softplus(f), "different sizes"),
        (bce((1, 0), sign=-1), "your function gave"),
    ],
    "debug_a_broken_gan.mend_batches": [
        (16, "give a function"),
        (lambda images: None, "gives nothing back"),
        (lambda images: 3, "cannot go through 3"),
        (in_range, "has the shape (16, 16, 1)"),
        (lambda images: [in_range(images)], "has the shape (1000, 16, 16, 1)"),
        (lambda images: [], "no batch"),
        (batches(in_range, size=32), "has the shape (32, 16, 16, 1)"),
        (batches(in_range, size=8), "Yours hold 8"),
        (batches_twice, "put into batches twice"),
        (batches(lambda images: images), "255 (white) became 255"),
        (batches(lambda images: images / 255), "0 (black) became 0"),
        (batches(lambda images: images * 2 / 255 - 1), "255 (white) became -0.00392"),
        (batches(lambda images: 1 - images / 127.5), "0 (black) became 1"),
        (batches(lambda images: in_range(images)[:, ::-1]), "not those"),
        (batches(lambda images: in_range(images).round(1)), "proportion"),
        (batches(in_range, shuffle_first=False), "which comes first".capitalize()),
        (batches(in_range, buffer=1), "in the order of the file"),
        (batches(in_range, buffer=60), "hardly mixed"),
        (lambda images: batches(in_range)(images).repeat(), "does not end"),
        (lambda images: batches(in_range)(images).repeat(2), "once in an epoch"),
        (
            batches(
                lambda i: in_range(np.concatenate([i[k::50] for k in range(50)])),
                buffer=1,
            ),
            "fixed pattern",
        ),
        (shuffles_in_place, "overwrites the values"),
    ],
    "debug_a_broken_gan.mend_stages": [
        ([1, 2, 3], "give a function"),
        (lambda generator, train, num: None, "gives nothing back"),
        (lambda generator, train, num: 3, "not 3"),
        (stages_during(num=8), "Yours holds 8"),
        (stages_during(when="after"), "after [3, 3, 3] epochs"),
        (stages_during(when="before"), "after [0, 1, 2] epochs"),
        (stages_during(same_noise=False), "noise of its own"),
        (stages_during(training=True), "training=True"),
        (
            lambda generator, train, num: [
                generator(np.eye(4, 16)) for _ in range(num)
            ],
            "called 0 times",
        ),
        (
            lambda generator, train, num: [
                train() or generator(np.ones((4, 16))) for _ in range(num)
            ],
            "are the same",
        ),
    ],
    "debug_a_broken_gan.mend_step": [
        (1.0, "give a function"),
        (lambda *players: None, "generator moves nobody"),
        (step_without_tape, "no gradients"),
        (step(d_moves="g"), "discriminator moves generator"),
        (step(g_moves="d"), "generator moves discriminator"),
        (step(d_moves="dg"), "discriminator moves generator and discriminator"),
        (step(g_moves="gd"), "generator moves generator and discriminator"),
        (step(lambda r, f: d_right(f, r)), "call real pictures fake"),
        (step(lambda r, f: -d_right(r, f)), "one step down its loss"),
        (step(lambda r, f: mean(softplus(-r))), "one step down its loss"),
        (step(lambda r, f: mean(softplus(f))), "one step down its loss"),
        (step(lambda r, f: d_right(twice(r), twice(f))), "one step down its loss"),
        (step(lambda r, f: d_right(r, f) + g_right(f)), "one step down its loss"),
        (step(losses.least_squares_discriminator_loss), "one step down its loss"),
        (step(losses.hinge_discriminator_loss), "one step down its loss"),
        (step(losses.wasserstein_discriminator_loss), "one step down its loss"),
        (step(noise_for_fakes=True), "discriminator does not take one step"),
        (step(order=(0, 0, 1)), "discriminator does not take one step"),
        (step(g_loss=lambda f: -g_right(f)), "generator does not take one step"),
        (step(g_loss=lambda f: g_right(twice(f))), "generator does not take one"),
        (step(g_loss=losses.least_squares_generator_loss), "generator does not take"),
        (step(g_loss=losses.wasserstein_generator_loss), "generator does not take"),
        (step(g_loss=losses.minimax_generator_loss), "saturating loss"),
        (step(order=(0, 1, 1)), "generator does not take one step"),
        (step(order="at once"), "discriminator of before"),
        (step(order=(1, 0)), "one step down its loss"),
        (tf.function(step(lambda r, f: d_right(f, r))), "call real pictures fake"),
    ],
    "measure_the_samples.count_balls": [
        ([0.8, 0.49], "number 1 of your 2 is right"),
        ([0.79, 0.5], "number 2 of your 2 is right"),
        ({"precision": 0.8, "recall": 0.5}, "give two shares".capitalize()),
        ("0.8, 0.5", "without quotation marks"),
    ],
    "measure_the_samples.stop_early": [
        (lambda d, p: len(d) - 1, "your function gave"),
        (lambda d, p: d.sort() or 0, "overwrites the values"),
    ],
    "measure_the_samples.my_points": [
        (near(MOONS, 0.02)[:100], "(100 × 2 decimal numbers)"),
        (np.full((200, 2), np.nan), "missing"),
        (np.zeros((200, 2)), "only 1 of the 200"),
        (near(MOONS[:8], 0.02).round(2), "are different"),
        (MOONS, "200 of these are real points"),
        (np.concatenate([MOONS[:1], near(MOONS[:8], 0.02)[1:]]), "1 of these are real"),
        (near(MOONS[:8], 0.3), "closer to real points"),
        *(
            (points.moons(200, seed=seed), "more of the real points")
            for seed in range(1, 9)
        ),
    ],
    "stabilise_training.first_step": [("0,01", "without quotation marks"), (1, "√v")],
    "stabilise_training.clip_by_norm": [
        (lambda g, limit: tf.clip_by_global_norm([g], limit)[0], "your function gave"),
        (tf.clip_by_global_norm, "[0][0]"),
        (lambda g, limit: g * limit, "your function gave"),
    ],
    "stabilise_training.smooth_loss": [
        (lambda r, f, t: bce((t, 0))(r, f) / 2, "your function gave"),
        (lambda r, f, t: bce((t, 1 - t))(r, f), "the fakes are smoothed too"),
        (
            lambda r, f, t: t * softplus(-r) + (1 - t) * softplus(r) + softplus(f),
            "different sizes",
        ),
    ],
    "stabilise_training.repair": [
        (None, "Give the GAN itself"),
        ("my_gan", "This is 'my_gan'"),
        (Trained(ring_of(8, 0.1), 0), "not trained"),
        (Trained(np.zeros((2000, 28, 28, 1))), "no points"),
        (Trained(np.full((2000, 2), np.nan)), "too large"),
        (Trained(ring_of(7, 0.1)), "covers 7 of 8"),
        (Trained(ring_of(8, 0.2)), "90 % is the goal"),
    ],
    "explore_product_appearances.both_constraints": [
        ([150, 500], "number 2 of your 2 is right"),
        ("200-500", "Give numbers"),
    ],
    "explore_product_appearances.smallest_move": [
        (lambda w, c: c / np.sum(w**2), "your function gave"),
        (lambda w, c: -c * w / (w @ w), "your function gave"),
    ],
    "explore_product_appearances.pick_diverse": [
        (lambda p, n: np.array(pick_with_loops(p, n), float), "decimal numbers"),
        (lambda p, n: np.add(pick_with_loops(p, n), 1), "your function gave"),
        (pick_scaled, "scaled first"),
    ],
}
