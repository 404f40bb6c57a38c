"""Right and wrong answers to the exercises, as learners write them.

`RIGHT` and `WRONG` map the name of an exercise to answers that are right, and to pairs
of a wrong answer and a part of what its message has to say. They are the hard ones:
the usual mistakes stand in the tables themselves.
"""

import math
from types import SimpleNamespace

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, Sequential, layers

from gan_tutorial import data, losses, metrics, translation  # noqa: F401, for mutants
from gan_tutorial.design import restore
from gan_tutorial.lab.game import PointGame
from gan_tutorial.synthetic import points, vases

mean, softplus = tf.reduce_mean, tf.math.softplus
ones, zeros = np.ones_like, np.zeros_like
of_logits = keras.losses.BinaryCrossentropy(from_logits=True)
of_probabilities = keras.losses.BinaryCrossentropy()


def bce(real_label, fake_label, cross_entropy=of_logits, sign=1):
    """A loss of real and fake logits by Keras, with two labels."""

    def loss(real, fake):
        real = cross_entropy(real_label * ones(real), real)
        return sign * (real + cross_entropy(fake_label * ones(fake), fake))

    return loss


def mutant(source, *changes):
    """The function of a source, after changes: old text, new text, and so on."""
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in source
        source = source.replace(old, new)
    namespace = dict(globals())
    exec(source, namespace)
    return namespace["answer"]


def loss_of_lists(real, fake):
    real, fake = [-math.log(p) for p in real], [-math.log(1 - p) for p in fake]
    return sum(real) / len(real) + sum(fake) / len(fake)


def with_keras_sigmoid(real, fake):
    real, fake = (keras.activations.sigmoid(tf.constant(x)) for x in (real, fake))
    return of_logits(ones(real), real) + of_logits(zeros(fake), fake)


# Lesson 01: games that were played


CORNER = np.array([[x, abs(x)] for x in np.linspace(-2, 2, 6)])


LETTER_E = [[x, y] for y in (-2, 0, 2) for x in range(-2, 3)] + [[-2, -1], [-2, 1]]


class Played(PointGame):
    """Stands for a game on some points, after so many steps."""

    def __init__(self, target=CORNER, steps=(9, 9), distances=(2.0, 0.9)):
        super().__init__(target, seed=1)
        self.steps, self.distances = steps, distances

    def snapshot(self):
        d_steps, g_steps = self.steps
        record = {"distance": self.distances}
        return SimpleNamespace(record=record, d_steps=d_steps, g_steps=g_steps)


# Lesson 03: a layer that Keras counts, and generators


def parameters_of_keras(kernel_size, channels, filters):
    layer = layers.Conv2D(filters, kernel_size)
    layer.build((None, 8, 8, channels))
    return layer.count_params()


def generator(start=(8, 6, 32), doublings=3, kernel=4, channels=3, **changes):
    """Layers of a generator that is right unless something is changed."""
    inside, end = changes.get("inside", "relu"), changes.get("end", "tanh")
    return [
        layers.Dense(changes.get("dense", math.prod(start)), activation=inside),
        layers.BatchNormalization(momentum=0.9),
        layers.Reshape(start),
        *[
            layers.Conv2DTranspose(8, kernel, 2, padding="same", activation=inside)
            for _ in range(doublings)
        ],
        layers.Conv2D(channels, 3, padding="same", activation=end),
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


def build_with_upsampling():
    start = [layers.Dense(4 * 3 * 8), layers.Reshape((4, 3, 8))]
    end = layers.Conv2D(3, 3, padding="same", activation="tanh")
    return Sequential([*start, layers.UpSampling2D(16), end])


def build_constant():
    nothing = [layers.Dense(1, "sigmoid"), layers.Rescaling(0.0)]
    return Sequential([*nothing, *generator()])


def build_one_colour():
    start = [layers.Dense(3, "tanh"), layers.Reshape((1, 1, 3))]
    return Sequential([*start, layers.UpSampling2D((64, 48))])


# Lesson 04: stages, from latents that are followed or drawn anew


def stages(steps=(0, 50, 200), shape=(8, 28, 28, 1), fresh=False, **changes):
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


class Trained:
    """A callback that has kept stages, and its GAN."""

    def __init__(self, stages, steps_taken=200):
        self.stages = stages
        self.model = SimpleNamespace(steps_taken=steps_taken)


def repeated(stage):
    return stage | {"fixed": np.repeat(stage["fixed"][:1], 8, axis=0)}


# Lesson 05: batches, stages and steps


def in_range(images):
    return images / 127.5 - 1


def batches(scale=in_range, size=16, buffer=1000):
    return lambda images: (
        tf.data.Dataset.from_tensor_slices(scale(images)).shuffle(buffer).batch(size)
    )


def batch_first(images):
    dataset = tf.data.Dataset.from_tensor_slices(in_range(images))
    return dataset.batch(16).shuffle(1000)


def batches_by_hand(images):
    rows = np.random.default_rng(2).permutation(len(images))
    for start in range(0, len(images), 16):
        yield in_range(images[rows[start : start + 16]]), start


def shuffles_in_place(images):
    np.random.default_rng(0).shuffle(images)
    return [in_range(images[i : i + 16]) for i in range(0, len(images), 16)]


def every_50th(images):
    return in_range(np.concatenate([images[k::50] for k in range(50)]))


STAGES = """
def answer(generator, train_one_epoch, num_epochs):
    noise, taken = np.random.default_rng(0).normal(size=(9, 4, 16)), []
    for epoch in range(num_epochs):
        train_one_epoch()
        taken.append(generator(noise[0], training=False).numpy())
    return taken
"""


def rescaled_stages(change):
    old = "generator(noise[0], training=False).numpy()"
    made = f"(lambda made: {change})({old})"
    return mutant(STAGES, "size=(9", "scale=0.3, size=(9", old, made)


STEP = """
def answer(real_images, generator, discriminator, g_optimizer, d_optimizer):
    latents = keras.random.normal((12, 16))
    with tf.GradientTape() as tape:
        fakes = generator(latents, training=True)
        real, fake = discriminator(real_images), discriminator(fakes)
        d_loss = losses.non_saturating_discriminator_loss(real, fake)
    variables = discriminator.trainable_variables
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)
    with tf.GradientTape() as tape:
        fake = discriminator(generator(latents, training=True), training=True)
        g_loss = losses.non_saturating_generator_loss(fake)
    variables = generator.trainable_variables
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)
"""
D_LOSS = "losses.non_saturating_discriminator_loss(real, fake)"
G_LOSS = "losses.non_saturating_generator_loss(fake)"
AT_ONCE = (  # G's fakes are judged by the discriminator of before
    "    d_optimizer.apply(tape.gradient(d_loss, variables), variables)\n",
    "    later = tape.gradient(d_loss, variables)\n",
    "    g_optimizer.apply(",
    "    gradient = tape.gradient(g_loss, variables)\n"
    "    d_optimizer.apply(later, discriminator.trainable_variables)\n"
    "    g_optimizer.apply(gradient, variables)  # ",
)
NOISE_FOR_FAKES = "fakes = keras.random.normal((12, 4, 4, 1))  # generator("
JUDGED_AGAIN = (
    "        fake = discriminator(generator(latents, training=True), training=True)\n"
)


D_STEP, G_STEP = STEP[: STEP.rindex("    with")], STEP[STEP.rindex("    with") :]
D_HEAD, D_STEP = D_STEP[: D_STEP.index("    with")], D_STEP[D_STEP.index("    with") :]
G_FIRST, D_TWICE = D_HEAD + G_STEP + D_STEP, D_HEAD + 2 * D_STEP + G_STEP


def step_with_concat(real_images, generator, discriminator, g_optimizer, d_optimizer):
    variables, num = discriminator.trainable_weights, len(real_images)
    with tf.GradientTape() as tape:
        fakes = generator(tf.random.normal((num, 16)), training=True)
        pictures = tf.concat([fakes, real_images], axis=0)
        logits = discriminator(pictures)
        targets = tf.concat([tf.zeros((num, 1)), tf.ones((num, 1))], 0)
        d_loss = of_logits(targets, logits)
    d_optimizer.apply(tape.gradient(d_loss, variables), variables)
    with tf.GradientTape() as tape:
        logits = discriminator(generator(tf.random.normal((20, 16)), training=True))
        g_loss = of_logits(tf.ones_like(logits), logits)
    variables = generator.trainable_weights
    g_optimizer.apply(tape.gradient(g_loss, variables), variables)


# Lessons 06 and 07: points, and GANs that make them


def near(middles, spread, seed=0):
    rng = np.random.default_rng(seed)
    return rng.choice(middles, 200) + spread * rng.normal(size=(200, 2))


def one_moon(seed):
    made = points.moons(600, seed=seed)
    return made[made[:, 1] > 0.2][:200]


MOONS = points.moons(200, seed=0)
COLLAPSE = near(MOONS[:8], 0.02)


def trained(samples, iterations=3000):
    """Stands for a GAN that was trained; makes the same points always."""
    optimizer = SimpleNamespace(iterations=iterations)
    return SimpleNamespace(g_optimizer=optimizer, generate=lambda n, seed=None: samples)


def ring_of(num_modes, spread):
    noise = np.random.default_rng(0).standard_normal((2000, 2))
    return np.resize(points.ring_modes()[:num_modes], (2000, 2)) + spread * noise


# Lesson 08


def pick_with_loops(points, num):
    chosen = [0]
    while len(chosen) < num:
        gaps = [min(math.dist(p, points[j]) for j in chosen) for p in points]
        chosen.append(gaps.index(max(gaps)))
    return tuple(chosen)


def without_mask(update, axis=1):
    """A choice that brings distances up to date in another way, and may repeat one."""

    def pick(points, num):
        chosen = [0]
        worth = np.linalg.norm(points - points[0], axis=axis)
        while len(chosen) < num:
            chosen.append(int(np.argmax(worth)))
            new = np.linalg.norm(points - points[chosen[-1]], axis=axis)
            worth = update(worth, new)
        return chosen

    return pick


def near_first(differences, num):
    """Without `kind="stable"`, as one writes it first."""
    return np.argsort(np.linalg.norm(differences, axis=1))[:num]


# Lesson 09


def slices(heights, radii):
    """In cubic millimetres."""
    return np.pi * ((radii[1:] + radii[:-1]) / 2) ** 2 * np.diff(heights)


def by_halves(points, t):
    """A point of a Bézier curve, by de Casteljau."""
    while len(points) > 1:
        points = [(1 - t) * p + t * q for p, q in zip(points, points[1:], strict=False)]
    return points[0]


# Lesson 10


def psnr_with_loops(image, filled, mask):
    squares = [
        (int(image[i, j, k]) - int(filled[i, j, k])) ** 2
        for i, j, k in np.ndindex(image.shape)
        if mask[i, j, 0]
    ]
    if not any(squares):
        return math.inf
    return 20 * math.log10(255) - 10 * math.log10(sum(squares) / len(squares))


def psnr_of(pick):
    """A PSNR of the differences that a function picks."""
    return lambda *args: 10 * np.log10(255**2 / np.mean(pick(*args) ** 2))


def distance_by_mask(fake_images, images, masks):
    return tf.reduce_mean(tf.boolean_mask(abs(fake_images - images), masks[..., 0]))


def mask_in_brackets(fake_images, images, masks):
    distances = tf.abs(fake_images - images)
    return tf.reduce_mean(distances[masks == 1])


def cycle(there, back, source, images):
    losses = [
        keras.losses.MeanAbsoluteError()(*pair)
        for pair in ((source, back(there(source))), (images, there(back(images))))
    ]
    return losses[0] + losses[1]


WHOLE = vases.make(12, 28, seed=5)[0]
HOLES = restore.hole_masks(12, 28, 12, seed=1)
NEAREST = vases.make(40, 28, seed=6)[0]


def repair(**changes):
    """A right repair with some parts changed."""
    right = {"images": WHOLE, "masks": HOLES, "fill": restore.fill_smoothly}
    return right | changes


def finished(change):
    """The right filling, changed by a function of it, the pictures and the masks."""
    return repair(fill=lambda i, m: change(restore.fill_smoothly(i, m), i, m))


def spoils(images, masks):
    images[:] = 200
    return images


def by_cells(a, b):
    return any(
        a[0] <= y < a[0] + a[2] and a[1] <= x < a[1] + a[3]
        for y in range(b[0], b[0] + b[2])
        for x in range(b[1], b[1] + b[3])
    )


def pad_by_hand(picture, n):
    return np.concatenate([picture[-n:], picture, picture[:n]])


RIGHT = {
    "start_here.count_numbers": [32 * 32 * 3, "3072", 3072.0, np.int64(3072), [3072]],
    "start_here.scale_pixels": [
        lambda p: np.interp(p, [0, 255], [-1, 1]),
        lambda p: p.astype(np.float16) / 127.5 - 1,
        lambda p: [[value / 127.5 - 1 for value in row] for row in p],
        lambda p: tf.cast(p, tf.float32) / 127.5 - 1,
        keras.layers.Rescaling(1 / 127.5, offset=-1.0),
    ],
    "start_here.step_downhill": [lambda w, g, rate: np.subtract(w, g * rate)],
    "play_the_game.order_of_steps": [
        *("bdace", "B, D, A, C, E", list("bdace"), np.array(list("bdace"))),
    ],
    "play_the_game.labels_for_d": [
        *((1.0, 1, 1, 0, 0), np.eye(5)[:3].sum(0), np.array([[1], [1], [1], [0], [0]])),
    ],
    "play_the_game.verdict": [
        *(tf.sigmoid, lambda x: np.exp(x) / (1 + np.exp(x))),
        lambda x: 1 / (1 + 2.718**-x),
    ],
    "play_the_game.distance_on_a_line": [
        lambda r, f: sum(abs(np.sort(r) - np.sort(f))) / len(r),
        lambda r, f: mean(tf.abs(tf.sort(r) - tf.sort(f))),
    ],
    "play_the_game.own_game": [Played(), lambda: Played(), Played(LETTER_E)],
    "work_out_the_losses.predict_loss": [0.462, "0.462", -math.log(0.63), [0.46204]],
    "work_out_the_losses.best_verdict": [12 / 48, "0.25", [0.25], tf.constant(0.25)],
    "work_out_the_losses.loss_from_probabilities": [
        loss_of_lists,
        lambda r, f: -mean(tf.math.log(r)) - mean(tf.math.log(1 - f)),
        bce(1, 0, of_probabilities),
    ],
    "work_out_the_losses.loss_from_logits": [
        losses.non_saturating_generator_loss,
        lambda x: of_logits(ones(x), x),
        lambda x: np.mean(np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))),
    ],
    "build_a_dcgan.predict_shape": [(16, 10, 24), np.array([16, 10, 24])],
    "build_a_dcgan.count_parameters": [parameters_of_keras],
    "build_a_dcgan.stamps_evenly": [lambda k, s: np.bool_(k % s == 0)],
    "build_a_dcgan.build_my_generator": [
        *(build(), build_nested, build_nested(), Subclassed, Subclassed()),
        *(build_with_upsampling, build(inside="tanh"), build(kernel=2)),
        build(end=lambda x: tf.clip_by_value(x, -1, 1)),  # a range is asked for
        lambda: Sequential(generator()),
    ],
    "train_the_dcgan.count_steps": [5 * 938, "4690"],
    "train_the_dcgan.update_average": [
        lambda a, w, m: tf.constant(a) * m + tf.constant(w) * (1 - m),
    ],
    "train_the_dcgan.digit_stages": [
        *(stages(), stages((0, 150, 200)), stages((0, 20, 100, 200))),
        *(stages(shape=(12, 28, 28, 1)), Trained(stages())),
    ],
    "debug_a_broken_gan.mend_loss": [
        losses.non_saturating_discriminator_loss,
        bce(1, 0),
        lambda r, f: bce(1, 0, of_probabilities)(tf.sigmoid(r), tf.sigmoid(f)),
        tf.function(lambda r, f: mean(softplus(-r)) + mean(softplus(f))),
    ],
    "debug_a_broken_gan.mend_batches": [
        *(batches(), batches(lambda i: i / 255 * 2 - 1, buffer=5000)),
        batches(lambda images: (in_range(images), images[:, 0, 0, 0])),
        lambda images: batches()(images).map(lambda x: {"images": x}),
        lambda images: batches()(images).take(62),
        batches_by_hand,
    ],
    "debug_a_broken_gan.mend_stages": [
        mutant(STAGES),
        mutant(STAGES, "return taken", "return np.array(taken)"),
        lambda generator, train, num: [
            train() or generator.predict(np.eye(4, 16), verbose=0) for _ in range(num)
        ],
    ],
    "debug_a_broken_gan.mend_step": [
        *(mutant(STEP), mutant(STEP, "(12, 16)", "(7, 16)"), step_with_concat),
        tf.function(step_with_concat),
        mutant(STEP, D_LOSS, "of_logits(ones(real), real) + of_logits(0 * fake, fake)"),
        mutant(STEP, G_LOSS, f"2 * {G_LOSS}"),
        mutant(STEP, G_LOSS, f"{G_LOSS} + 1.0"),  # its gradient is the same
    ],
    "measure_the_samples.count_balls": [[4 / 5, 2 / 4], (0.8, 0.5)],
    "measure_the_samples.my_points": [
        *(near(MOONS[:8], 0.005), COLLAPSE.tolist(), near(MOONS[:8], 0.05)),
        *(near(MOONS[:1], 0.02, seed) for seed in range(5)),
        *(one_moon(seed) for seed in range(1, 8)),
    ],
    "stabilise_training.first_step": [0.01, "0.01", 0.001 * 5 / (0.01 * 25) ** 0.5],
    "stabilise_training.clip_by_norm": [tf.clip_by_norm],
    "stabilise_training.smooth_loss": [lambda r, f, t: bce(t, 0)(r, f)],
    "stabilise_training.repair": [trained(ring_of(8, 0.1))],
    "explore_product_appearances.both_constraints": [[500 - 300, 500], (200.0, 500)],
    "explore_product_appearances.look_up": [
        lambda w, d, n: sorted(range(len(d)), key=lambda i: math.dist(d[i], w))[:n],
        lambda w, d, n: ((d - w) ** 2).sum(axis=1).argsort(kind="stable")[:n].tolist(),
    ],
    "explore_product_appearances.pick_diverse": [pick_with_loops],
    "hand_over_a_design.twice_as_large": ["MORE", ["more"]],
    "hand_over_a_design.point_on_curve": [
        lambda p, t: tuple(
            [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3] @ p
        ),
        by_halves,
    ],
    "hand_over_a_design.litres": [
        lambda h, r: sum(
            math.pi * ((r[i] + r[i + 1]) / 2) ** 2 * (h[i + 1] - h[i]) / 1e6
            for i in range(len(h) - 1)
        ),
    ],
    "repair_enlarge_restyle.two_fillings": [(40, 115.0), [[40.0, 115]]],
    "repair_enlarge_restyle.hole_psnr": [
        psnr_with_loops,
        lambda i, f, m: metrics.psnr(i[None], f[None], m[None] == 1),
        lambda i, f, m: (
            20
            * np.log10(
                255
                / np.std(
                    np.append(
                        *[
                            s * (i[m[..., 0] > 0] - 1.0 * f[m[..., 0] > 0])
                            for s in (1, -1)
                        ]
                    )
                )
            )
        ),
    ],
    "repair_enlarge_restyle.mend_loss": [
        distance_by_mask,
        lambda f, i, m: translation.Distance(1, True)(f, {"images": i, "masks": m}),
        lambda f, i, m: tf.reduce_sum(m * abs(f - i)) / tf.reduce_sum(m * ones(i)),
    ],
    "repair_enlarge_restyle.cycle_loss": [cycle],
    "repair_enlarge_restyle.own_repair": [
        repair(),
        repair(
            masks=HOLES.astype(bool), fill=lambda i, m: restore.fill_smoothly(i, m, 1)
        ),
        repair(masks=restore.stripe_masks(12), images=WHOLE.repeat(3, axis=3)),
        repair(fill=lambda i, m: restore.nearest(i, m, NEAREST)),
        repair(
            masks=HOLES.astype(float), fill=lambda i, m: np.where(m, 90, i).astype("u1")
        ),
    ],
    "design_materials_and_interfaces.waves_that_fit": [
        lambda s, w: [
            math.sin(2 * math.pi * max(round(s / w), 1) * x / s) for x in range(s)
        ],
        lambda s, w: np.sin(np.linspace(0, 2 * np.pi * max(round(s / w), 1), s + 1))[
            :-1
        ],
    ],
    "design_materials_and_interfaces.pad_round": [
        lambda p, n: pad_by_hand(pad_by_hand(p, n).T, n).T,
        lambda p, n: np.tile(p, (3, 3))[
            len(p) - n : 2 * len(p) + n, p.shape[1] - n : 2 * p.shape[1] + n
        ],
    ],
    "design_materials_and_interfaces.twice_as_far": [150.0, "150", np.array([150])],
    "design_materials_and_interfaces.overlap": [
        by_cells,
    ],
}
ONE_STEP = "does not take one step down its loss"
WRONG = {
    "start_here.count_numbers": [
        (3072 * 16, "how many numbers each?"),
        ("32*32*3", "without quotation marks"),
        (True, "one whole number"),
    ],
    "start_here.scale_pixels": [
        (lambda p: np.round(p / 127.5 - 1, 2), "your function gave"),
        (lambda p: (p / 127.5 - 1).astype(int), "your function gave"),
        (lambda p: round(p / 127.5) - 1, "`np.round` takes arrays"),
    ],
    "play_the_game.order_of_steps": [("abcde", "Who moves first"), (7, "read as 7")],
    "play_the_game.labels_for_d": [
        (["real"] * 3 + ["fake"] * 2, "without quotation marks"),
        ([255, 255, 255, 0, 0], "numbers 4 and 5 of your 5 are right"),
        ([1, 1, 1, None, None], "1 where it is real"),
    ],
    "play_the_game.verdict": [
        (lambda x: np.sigmoid(x), "no sigmoid of this name"),
        (lambda x: 1 / (1 + math.exp(-x)), "takes one number"),
    ],
    "play_the_game.own_game": [
        (None, "Give the game itself"),
        (3, "give the game itself"),
        (Played(points.moons), "one of our targets"),
        (Played(lambda k, s: points.ring(k, s)), "one of our targets"),
        (Played(points.ring(100, 0)), "one of our targets"),
        (Played(points.grid(100, 0)), "one of our targets"),
        (Played(np.linspace(-2, 2, 5)), "two numbers for each"),
        (PointGame, "This is the class PointGame"),
        (Played().generator, "This is a Keras model"),
        (Played().iterate, "This is a function"),
        (lambda game: game, "without arguments"),
        (Played(20 * MOONS), "outside"),
        (Played(MOONS[:3]), "fewer than 5"),
        (Played(steps=(0, 0)), "D and G have not moved"),
        (Played(steps=(1, 0)), "G has not moved"),
        (Played(distances=(2.0, 1.1)), "not less than half"),
        (Played(distances=(2.0, math.nan)), "run away"),
    ],
    "work_out_the_losses.predict_loss": [
        ((0, 462), "a decimal point, not a comma"),
        ("0,462", "a decimal point, not a comma"),
        ((7, 9), "read as [7, 9] (2 whole numbers). Two numbers are added"),
        ([0, 1], "read as [0, 1] (2 whole numbers). Two numbers are added"),
        (print(), "what `print` gives back"),
        (0.4615, "read as 0.4615"),
    ],
    "work_out_the_losses.loss_from_probabilities": [
        (lambda r, f: (-np.log(r) - np.log(1 - f)).mean(), "different sizes"),
        (lambda r, f: -np.log(np.mean(r)) - np.log(1 - np.mean(f)), "expected"),
        (bce(1, 0), "sigmoid once more"),
    ],
    "work_out_the_losses.loss_from_logits": [
        (lambda x: np.mean(-np.log(1 / (1 + np.exp(-x)) + 1e-7)), "expected: 333"),
        (lambda x: softplus(-x), "3 × 1 decimal numbers"),
    ],
    "build_a_dcgan.stamps_evenly": [
        (lambda k, s: str(k % s == 0), "Give True or False, without quotation marks"),
        (lambda k, s: int(k % s == 0), "True or False"),
        (lambda k, s: k in (s, 2 * s, 3 * s), "kernel_size = 8, stride = 2"),
    ],
    "build_a_dcgan.build_my_generator": [
        (build(start=(7, 7, 8), doublings=2, channels=1), "28 pixels high and 28"),
        (build(channels=1), "3 numbers, not 1"),
        (build(start=(6, 8, 8)), "lie on their side"),
        (build(latent_dim=100), "takes 100 numbers for each picture"),
        (lambda size: build()(), "without arguments"),
        (lambda: small(16), "the name `small` is not known"),  # noqa: F821
        (build(end=tf.sign), "no gradient reaches its weights"),
        (lambda: generator(), "gives a list"),
        (lambda: Sequential([Input(16)]), "write `Input((16,))`"),
        (lambda: Sequential([Input((16,)), layers.ReLU]), "its brackets"),
        (lambda: Sequential([Input((16,)), *generator()[:2], *generator()[3:]]), "row"),
        (lambda: Sequential([layers.Dens(8)]), "nothing named `Dens`"),
        (lambda: Sequential([layers.Dense((8, 6))]), "takes one size, not several"),
        (lambda: Sequential([layers.Reshape(8, 6, 32)]), "takes one shape"),
        (lambda: Sequential(*generator()), "takes one list"),
        (Model, "a class of your own a method `call`"),
        (lambda: 1 / 0, "stops with an error: it divides by 0."),
        (build(dense=100), "height × width × maps"),
        (build(end="sigmoid"), "reach only from"),
        *((build(inside="tanh", end=end), "leave the range") for end in (None, "relu")),
        (lambda: Subclassed(inside="tanh", end=None), "leave the range"),
        (build(kernel=(4, 5)), "kernel of 5 with a stride of 2"),
        (lambda: build_nested(kernel=3), "checkerboard"),
        (lambda: Subclassed(kernel=5), "checkerboard"),
        (lambda: None, "gives nothing back"),
        (lambda: (64, 48, 3), "return the model"),
        (build_constant, "the same picture"),
        (build_one_colour, "one colour, the same at all places"),
    ],
    "train_the_dcgan.digit_stages": [
        (200, "give the list of your callback"),
        (stages()[:2], "There are 2"),
        (stages((0, 200, 50)), "each stage comes later"),
        (stages((1, 50, 200)), "is at step 0"),
        (stages((0, 50, 199)), "is at step 200"),
        (stages((0, 50, 1200)), "is at step 200"),
        (Trained(stages(), 400), "has taken 400 steps"),
        (stages((0, 5, 200)), "from 50 to 150"),
        (stages(shape=(3, 28, 28, 1)), "eight pictures or more"),
        ([s | {"fixed": s["fixed"] / 255} for s in stages()], "These are float64"),
        ([s | {"fixed": s["fixed"][..., 0]} for s in stages()], "The shapes are"),
        (stages()[:2] + [repeated(stages()[2])], "all the same one"),
        (None, "no list of stages"),
        (stages(strengths=(2, 20, 20)), "still grey"),
        (stages(strengths=(100, 100, 120)), "too clear"),
        (stages(shape=(8, 16, 16, 1)), "the shape (16, 16, 1)"),
        (stages(fresh=True), "change at random"),
        ([s | {"fixed": s["fresh"]} for s in stages()], "'fixed' is not 'fresh'"),
        ([s | {"fixed": stages()[0]["fixed"]} for s in stages()], "are equal"),
    ],
    "debug_a_broken_gan.mend_loss": [
        (with_keras_sigmoid, "undone"),
        (bce(2, -2), "your function gave"),
        (bce(1, 0, of_probabilities), "your function gave"),
        (lambda r, f: softplus(-r) + softplus(f), "different sizes"),
    ],
    "debug_a_broken_gan.mend_batches": [
        (16, "give a function"),
        (lambda images: None, "gives nothing back"),
        (lambda images: 3, "cannot go through 3"),
        (in_range, "has the shape (16, 16, 1)"),
        (lambda images: [], "no batch"),
        (batches(size=32), "has the shape (32, 16, 16, 1)"),
        (batches(size=8), "Yours hold 8"),
        (batches(size=1), "Yours hold 1"),
        (lambda: batches(), "with one argument"),
        (lambda images: batches(size=24)(images).batch(16), "batches twice"),
        (batches(lambda images: images), "255 (white) became 255"),
        (batches(lambda images: images / 255), "0 (black) became 0"),
        (batches(lambda images: images * 2 / 255 - 1), "255 (white) became -0.00392"),
        (batches(lambda images: in_range(images)[:, ::-1]), "not those"),
        (batches(lambda images: in_range(images).round(1)), "proportion"),
        (batch_first, "Which comes first"),
        (batches(buffer=1), "in the order of the file"),
        (batches(buffer=60), "hardly mixed"),
        (batches(lambda images: in_range(images)[::-1], buffer=1), "hardly mixed"),
        (lambda images: batches()(images).repeat(), "does not end"),
        (lambda images: batches()(images).repeat(2), "once in an epoch"),
        (batches(every_50th, buffer=1), "fixed pattern"),
        (shuffles_in_place, "overwrites the values"),
    ],
    "debug_a_broken_gan.mend_stages": [
        ([1, 2, 3], "give a function"),
        (lambda generator, train, num: None, "gives nothing back"),
        (lambda generator, train, num: 3, "not 3"),
        (mutant(STAGES, "range(num_epochs)", "range(3)"), "3 times, for 5 epochs"),
        (mutant(STAGES, "4, 16", "8, 16"), "the shape (8, 1, 19, 1)"),
        (mutant(STAGES, "return taken", "return 3 * taken[2:]"), "after [3, 3, 3]"),
        (mutant(STAGES, "noise[0]", "noise[epoch]"), "noise of its own"),
        (mutant(STAGES, "noise[0]", "noise[0, :1].repeat(4, 0)"), "are the same"),
        (mutant(STAGES, "training=False", "training=True"), "training=True"),
        (mutant(STAGES, "train_one_epoch()", "pass"), "was never called"),
        (
            mutant(STAGES, "train_one_epoch()", "epoch or train_one_epoch()"),
            "called once",
        ),
        (rescaled_stages("(made + 1) * 127.5"), "these are 255 and 0"),
        (rescaled_stages("(made + 1) / 2"), "these are 1 and 0"),
        (rescaled_stages("data.to_display_range(made)"), "as the generator makes"),
        (rescaled_stages("made / made.max()"), "are 1 and -1"),
    ],
    "debug_a_broken_gan.mend_step": [
        (1.0, "give a function"),
        (lambda *players: None, "generator is not used"),
        (mutant(STEP, JUDGED_AGAIN, ""), "no gradients"),
        (mutant(STEP, "variables = generator", "# "), "generator moves the discrimin"),
        (mutant(STEP, "g_optimizer.apply", "d_optimizer.apply"), "discriminator moves"),
        (mutant(STEP, "(real, fake)", "(fake, real)"), "call real pictures fake"),
        (tf.function(mutant(STEP, "(real, fake)", "(fake, real)")), "call real"),
        (mutant(STEP, D_LOSS, f"-{D_LOSS}"), f"discriminator {ONE_STEP}"),
        (mutant(STEP, D_LOSS, "mean(softplus(-real))"), f"discriminator {ONE_STEP}"),
        (mutant(STEP, D_LOSS, "mean(softplus(fake))"), f"discriminator {ONE_STEP}"),
        (
            mutant(STEP, "(real, fake)", "(tf.sigmoid(real), tf.sigmoid(fake))"),
            "without a sigmoid",
        ),
        (
            mutant(
                STEP,
                "fakes = generator(",
                NOISE_FOR_FAKES,
            ),
            ONE_STEP,
        ),
        (mutant(STEP, G_LOSS, f"-{G_LOSS}"), f"generator {ONE_STEP}"),
        (mutant(STEP, G_LOSS, "-mean(fake)"), f"generator {ONE_STEP}"),
        (mutant(STEP, G_LOSS, f"{G_LOSS} + {D_LOSS}"), f"generator {ONE_STEP}"),
        (mutant(STEP, G_LOSS, "mean(softplus(-tf.sigmoid(fake)))"), "no sigmoid"),
        (
            mutant(STEP, "= generator.trainable_variables", "= generator.weights[:2]"),
            "generator is not given all of its weights",
        ),
        (mutant(STEP, "(12, 16)", "(12, 8)"), "another size than it was built for"),
        (lambda images, generator: None, "Keep the names in its brackets"),
        (None, "without brackets"),
        (mutant(STEP, *AT_ONCE), "discriminator of before"),
        (mutant(G_FIRST), "the generator moves first"),
        (mutant(D_TWICE), "the discriminator takes 2 steps"),
        (mutant(STEP, "keras.random.normal(", "tf.zeros("), "the same latent"),
        (mutant(STEP, "(12, 16)", "(1, 16)"), "the same latent"),
        (
            mutant(STEP, "normal((12, 16))", "normal((1, 16)) + tf.zeros((12, 1))"),
            "same",
        ),
        (mutant(STEP, "training=True", "training=False"), "generator is never called"),
        (
            mutant(STEP, "generator(latents, training=True), ", "generator(latents), "),
            "not",
        ),
    ],
    "train_the_dcgan.count_steps": [
        ("4,690", "no comma between the thousands"),
        ((4, 690), "no comma between the thousands"),
    ],
    "measure_the_samples.count_balls": [
        ([0.8, 0.49], "number 1 of your 2 is right"),
        ({"precision": 0.8, "recall": 0.5}, "Give two shares"),
        ("0.8, 0.5", "without quotation marks"),
    ],
    "measure_the_samples.stop_early": [
        (lambda d, p: len(d) - 1, "your function gave"),
        (lambda d, p: d.sort() or 0, "overwrites the values"),
    ],
    "measure_the_samples.my_points": [
        (COLLAPSE[:100], "(100 × 2 decimal numbers)"),
        (np.full((200, 2), np.nan), "missing"),
        (COLLAPSE.round(2), "are different"),
        (np.concatenate([MOONS[:1], COLLAPSE[1:]]), "1 of these is a real point"),
        (near(MOONS[:8], 0.3), "closer to real points"),
        *((points.moons(200, seed), "more of the real points") for seed in range(1, 9)),
    ],
    "stabilise_training.first_step": [(1, "√v")],
    "stabilise_training.clip_by_norm": [
        (lambda g, limit: tf.clip_by_global_norm([g], limit)[0], "your function gave"),
        (tf.clip_by_global_norm, "[0][0]"),
    ],
    "stabilise_training.smooth_loss": [
        (lambda r, f, t: bce(t, 0)(r, f) / 2, "your function gave"),
        (lambda r, f, t: bce(t, 1 - t)(r, f), "the fakes are smoothed too"),
    ],
    "stabilise_training.repair": [
        (None, "Give the GAN itself"),
        (SimpleNamespace(generate=len), "Compile it first"),
        ("my_gan", "This is 'my_gan'"),
        (trained(ring_of(8, 0.1), 0), "not trained"),
        (trained(np.zeros((2000, 28, 28, 1))), "no points"),
        (trained(np.full((2000, 2), np.nan)), "too large"),
        (trained(ring_of(7, 0.1)), "covers 7 of 8"),
        (trained(ring_of(8, 0.2)), "90 % is the goal"),
    ],
    "explore_product_appearances.look_up": [
        (lambda w, d, n: np.abs(d - w).argmin(axis=0)[:n], "your function gave"),
        (lambda w, d, n: np.argsort(np.linalg.norm(d - w))[:n], "axis"),
        (lambda w, d, n: near_first(d - w, n), "equally near designs"),
        (lambda w, d, n: d[near_first(d - w, n)], "Give their indices"),
        (lambda w, d, n: near_first((d - w).T, n), "a length for each column"),
        (lambda w, d, n: near_first((d - w) / np.ptp(d, axis=0), n), "as they are"),
        (lambda w, d, n: near_first(d - w, 1), "this is the nearest design alone"),
        (lambda w, d, n: np.abs(d - w).sum(axis=1).argsort()[:n], "`np.linalg.norm`"),
        (lambda w, d, n: np.abs(d - w).max(axis=1).argsort()[:n], "`np.linalg.norm`"),
        (lambda w, d, n: near_first(d, n), "`designs - wish`"),
        (lambda w, d, n: 1 + near_first(d - w, n), "your function gave [2, 3]"),
    ],
    "explore_product_appearances.pick_diverse": [
        (without_mask(lambda old, new: old + new), "adds up the distances"),
        (without_mask(np.maximum), "a point comes twice"),
        (without_mask(lambda old, new: new), "a point comes twice"),
        (without_mask(lambda old, new: old), "bring the distances up to date"),
        (without_mask(np.minimum, axis=0), "nearest chosen one"),
        (lambda p, n: without_mask(np.minimum)(p, n + 1), "gave [0, 4, 3, 1]"),
        (lambda p, n: sorted(pick_with_loops(p, n)), "in the order of choice"),
        (lambda p, n: p[[*pick_with_loops(p, n)]], "a list of whole numbers"),
        (lambda p, n: np.array(pick_with_loops(p, n), float), "decimal numbers"),
        (lambda p, n: np.add(pick_with_loops(p, n), 1), "points = [[0.0, 0.0], [0.0,"),
    ],
    "hand_over_a_design.twice_as_large": [
        (9.3, "one word"),
        ("more than 8", "one word"),
    ],
    "hand_over_a_design.point_on_curve": [
        (lambda p, t: t * p[0] + (1 - t) * p[3], "expected"),
        (lambda p, t: (p[0] + 3 * p[1] + 3 * p[2] + p[3]) / 8, "expected"),
        (lambda p, t: np.array([(1 - t) ** 3, t**3]), "expected"),
        (lambda p, t: by_halves(p[[0, 2, 1, 3]], t), "have changed places"),
        (lambda p, t: by_halves(p, t)[0], "expected: [4.0, 6.0]"),
        (lambda p, t: by_halves(p[::-1], t), "runs backwards"),
        (lambda p, t: p.mean(axis=0), "shares"),
    ],
    "hand_over_a_design.litres": [
        (lambda h, r: np.pi * np.mean(r) ** 2 * (h[-1] - h[0]) / 1e6, "expected"),
        (lambda h, r: math.pi * r**2 * h / 1e6, "expected"),
        (lambda h, r: np.sum(np.pi * r**2 * np.diff(h)) / 1e6, "error"),
        (lambda h, r: slices(h, r) / 1e6, "Add them up"),
        (lambda h, r: slices(h, r).sum() / 1e3, "in cubic centimetres"),
        (lambda h, r: slices(h, 2 * r).sum() / 1e6, "four times too much"),
        (lambda h, r: slices(h, r / 2).sum() / 1e6, "expected: 1.036726"),
        (lambda h, r: np.sum(np.pi * r[1:] ** 2 * np.diff(h)) / 1e6, "mean of both"),
        (lambda h, r: np.trapezoid(np.pi * r**2, h) / 1e6, "mean of the two areas"),
    ],
    "repair_enlarge_restyle.hole_psnr": [
        (lambda i, f, m: np.mean(np.square(1.0 * i - f)[m[..., 0] == 1]), "expected: "),
        (
            lambda i, f, m: 10 * np.log10(255**2 / np.mean((1.0 * i - f)[m == 1])),
            "fit to",
        ),
        (lambda i, f, m: psnr_with_loops(i, f, m) / 2, "your function gave"),
        (lambda i, f, m: min(psnr_with_loops(i, f, m), 100), "expected: inf"),
        (lambda i, f, m: metrics.psnr(i, f, m), "expected uint8 pictures"),
        (lambda i, f, m: math.log10(255**2 / np.square(i - 1.0 * f)), "math"),
        (lambda i, f, m: metrics.psnr(i[None], f[None]), "counts all pixels"),
        (psnr_of(lambda i, f, m: (1.0 * i - f)[m]), "0 and 1 are read as positions"),
        (psnr_of(lambda i, f, m: (1.0 * i - f)[m[..., 0]]), "read as positions"),
        (psnr_of(lambda i, f, m: (np.int16(i) - f)[m[..., 0] == 1]), "can overflow"),
    ],
    "repair_enlarge_restyle.mend_loss": [
        (mask_in_brackets, "`masks[..., 0] == 1`"),
        (
            lambda f, i, m: tf.reduce_mean(tf.boolean_mask(abs(f - i), m == 1)),
            "in `tf.boolean_mask` or in square brackets, write `masks[..., 0] == 1`",
        ),
        (lambda f, i, m: np.mean(abs(f - i)[m == 1]), "must fit to the array"),
        (lambda f, i, m: np.mean(abs(f - i)[m]), "a mask of True and False"),
        (lambda f, i, m: tf.reduce_sum(m * abs(f - i)), "your function gave"),
        (lambda f, i, m: tf.reduce_sum(m * (f - i)) / tf.reduce_sum(m), "gave"),
        (lambda f, i, m: tf.reduce_mean(m * abs(f - i)), "divides by all pixels"),
        (lambda f, i, m: tf.reduce_mean((1 - m) * abs(f - i)), "as it was"),
        (lambda f, i, m: m * abs(f - i), "your function gave"),
        (lambda f, i: tf.reduce_mean(abs(f - i)), "with 3 arguments"),
        (None, "Write `answer_3 = hole_distance`"),
    ],
    "repair_enlarge_restyle.cycle_loss": [
        (lambda t, b, s, i: tf.reduce_mean(abs(t(s) - i)), "there and back"),
        (lambda t, b, s, i: np.abs(t(s) - i).mean(), "picture with itself"),
        (lambda t, b, s, i: keras.losses.MeanAbsoluteError()(i, t(s)), "with itself"),
        (lambda t, b, s, i: abs(b(t(s)) - s) + abs(t(b(i)) - i), "of each way first"),
        (lambda t, b, s, i: mean(abs(t(s) - s)) + mean(abs(b(i) - i)), "itself"),
        (lambda t, b, s, i: mean(abs(b(t(s)) - s)), "one of two ways"),
        (lambda t, b, s, i: mean(abs(t(b(i)) - i)), "begins with `source`"),
        (lambda t, b, s, i: abs(b(t(s)) - s), "your function gave"),
    ],
    "repair_enlarge_restyle.own_repair": [
        (restore.fill_smoothly, "give a dict with 3 parts"),
        ({"images": WHOLE, "mask": HOLES, "fill": len}, "images, masks, fill"),
        (repair(images=data.DataSet("vases", WHOLE)), "`.images`"),
        (repair(images=data.to_model_range(WHOLE)), "`images` must be uint8 pictures"),
        (repair(images=WHOLE[0]), "(28 × 28 × 1 whole numbers)"),
        (repair(images=WHOLE[[1] * 12]), "of 12 pictures 1 are different"),
        (repair(masks=HOLES[0]), "must be 12 × 28 × 28 × 1 for these pictures"),
        (repair(masks=HOLES.repeat(3, axis=3)), "with one channel"),
        (repair(masks="holes"), "This is 'holes'"),
        (repair(masks=HOLES * np.uint8(255)), "Yours go from 0 to 255"),
        (repair(masks=HOLES * 0), "the hole of picture 0 covers nothing"),
        (repair(masks=HOLES * 0 + 1), "the hole of picture 0 covers everything"),
        (
            repair(images=np.where(HOLES, np.uint8(0), WHOLE)),
            "all that your holes hide is black",
        ),
        (repair(fill="fill_smoothly"), "by its name without quotation marks"),
        (repair(fill=WHOLE), "by its name without brackets"),
        (repair(masks=1 - HOLES), "82% of the pictures, more than half: is the mask"),
        (
            repair(fill=lambda images: images),
            "with 2 arguments: begin it with `def fill(images, masks):`.",
        ),
        (repair(fill=lambda i, m: 1 / 0), "it divides by 0"),
        (repair(fill=spoils), "overwrites the values"),
        (repair(fill=lambda i, m: None), "It gave nothing"),
        (
            repair(fill=lambda i, m: i / 255),
            "`fill` gives float64, from 0 to 0.969. Bring the numbers to 0 to 255",
        ),
        (finished(lambda f, i, m: tf.cast(f, tf.float32)), "`filled.astype(np.uint8)`"),
        (finished(lambda f, i, m: f > 9), "gives bool, from 0 to 1"),
        (
            repair(fill=lambda i, m: i[:1]),
            "12 × 28 × 28 × 1. It gave an array (1 × 28",
        ),
        (repair(fill=restore.zero_fill), "as black as before"),
        (repair(fill=lambda i, m: WHOLE), "exactly right, so your function knows"),
        (
            repair(fill=lambda i, m: restore.nearest(i, m, WHOLE)),
            "leave each picture itself out",
        ),
        (
            finished(lambda f, i, m: restore.blur(f, 1)),
            "of the known pixels are changed",
        ),
        (finished(lambda f, i, m: np.where(m, 255 - f, i)), "dB, and black has"),
    ],
    "design_materials_and_interfaces.waves_that_fit": [
        (lambda s, w: np.sin(2 * np.pi * np.arange(s) / w), "does not fit"),
        (lambda s, w: np.cos(2 * np.pi * round(s / w) * np.arange(s) / s), "a sine"),
        (lambda s, w: round(s / w), "expected"),
        (
            lambda s, w: np.sin(2 * np.pi * (s // w) * np.arange(s) / s),
            "expected: [0.0, 0.707107, -1.0,",
        ),
        (
            lambda s, w: np.sin(2 * np.pi * math.ceil(s / w) * np.arange(s) / s),
            "expected: [0.0, 0.974928,",
        ),
    ],
    "design_materials_and_interfaces.pad_round": [
        (lambda p, n: np.roll(p, n, (0, 1)), "expected"),
        (pad_by_hand, "now the columns"),
        (lambda p, n: np.tile(p, (3, 3)), "expected"),
        (lambda p, n: np.concatenate([p[:n], p, p[-n:]]), "gave [[4, 9], [4, 9],"),
        (lambda p, n: np.pad(p, n, mode="symmetric"), "expected: [[9, 4, 9, 4], [9,"),
        (lambda p, n: pad_by_hand(p, 1), "expected"),
    ],
    "design_materials_and_interfaces.twice_as_far": [
        (16, "read as 16"),
        (93.3, "does not grow in the same ratio"),
        ("150 mm", "without quotation marks"),
        (1500, "Which number has the logarithm 4"),
    ],
    "design_materials_and_interfaces.overlap": [
        (lambda a, b: True, "your function gave"),
        (lambda a, b: a[0] < b[0] + b[2] and a[1] < b[1] + b[3], "rows alone first"),
        (lambda a, b: a[0] == b[0] and a[1] == b[1], "expected"),
        (lambda a, b: 1 if by_cells(a, b) else 0, "give `True` or `False`"),
        (lambda a, b: not by_cells(a, b), "expected"),
    ],
}
