"""Trainings that differ in one setting: on the ring of eight, and on pictures.

A table has a name for each variant, and what it changes of the settings `PLAIN` or
`RECIPE`, which are arguments of `make_gan`: `judge_on_ring(seed, **RING["R1"])`.
`tick("R1", "beta_1 0")` gives the settings of the recipe that collapses, with remedies.
Lesson 07 runs some variants, the stored comparison runs all.
"""

from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras.optimizers import SGD, Adam, RMSprop

from gan_tutorial import data, losses, metrics, networks, recipes
from gan_tutorial.gan import GAN
from gan_tutorial.lab import remedies
from gan_tutorial.synthetic import points

NUM_STEPS = 3000  # on the ring, with 128 points each
NUM_IMAGE_STEPS = 1200
BATCH_SIZE = 128


# What a variant may put in the place of something else


def same(network):
    """The network as it is."""
    return network


def with_batch_norm(network):
    """A copy with BatchNormalization between each hidden layer and its activation."""
    x = network.inputs[0]
    for layer in network.layers[1:-1]:
        x = layers.Dense(layer.units)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Dense(network.layers[-1].units)(x)
    return keras.Model(network.inputs, x)


def without_batch_norm(network):
    """A copy without BatchNormalization; the layers before it get a bias instead."""
    x = network.inputs[0]
    for layer in network.layers[1:]:
        if not isinstance(layer, layers.BatchNormalization):
            config = layer.get_config()
            if "use_bias" in config:
                config["use_bias"] = True
            x = layer.__class__.from_config(config)(x)
    return keras.Model(network.inputs, x)


def with_stddev(network):
    """A discriminator that also sees how much the points of a batch differ."""
    sees_three = networks.build_point_discriminator(point_dim=3)
    points_in = keras.Input((2,), name="images")
    return keras.Sequential([points_in, remedies.MinibatchStddev(), sees_three])


def with_translation(network):
    """A discriminator that sees its pictures moved, real and made ones."""
    pictures_in = keras.Input(network.input_shape[1:], name="images")
    return keras.Sequential([pictures_in, networks.random_translation(), network])


def clip_weights(network, limit):
    """After each step all weights lie between `-limit` and `limit` (1701.07875)."""
    for weight in network.trainable_variables:
        weight.constraint = lambda w: tf.clip_by_value(w, -limit, limit)
    return network


def smooth_labels(real_logits, fake_logits):
    """One-sided label smoothing: real counts as 0.9 (Salimans et al., 1606.03498)."""
    real_loss = tf.nn.sigmoid_cross_entropy_with_logits(
        0.9 * tf.ones_like(real_logits), real_logits
    )
    fake_loss = tf.math.softplus(fake_logits)
    return tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)


def match_features(discriminator):
    """A term for the generator: to match the mean of D's last layer (1606.03498)."""
    features = keras.Model(discriminator.inputs, discriminator.layers[-2].output)

    def distance(fake_images, batch):
        real, fake = features(batch["images"]), features(fake_images)
        gap = tf.reduce_mean(real, axis=0) - tf.reduce_mean(fake, axis=0)
        return tf.reduce_sum(tf.square(gap))

    return distance


class R1AndR2(NamedTuple):
    """R1 at the real points and, by the same formula, at the fakes.

    Attributes:
        gamma: weight of both.
        interval: as in `losses.R1`.

    Source: Mescheder et al., arXiv 1801.04406; together in R3GAN, arXiv 2501.05441.
    """

    gamma: float = 0.1
    interval: int = 1

    def __call__(self, judge, real_images, fake_images):
        """The weighted penalty, a scalar; the interval is left to the GAN."""
        squared = losses.r1_penalty(judge, real_images)
        return self.gamma / 2 * (squared + losses.r1_penalty(judge, fake_images))


def compare_with_fakes(real_logits, fake_logits):
    """D is to give a real point more than a fake (R3GAN, 2501.05441)."""
    return tf.reduce_mean(tf.math.softplus(fake_logits - real_logits))


def compare_with_real(discriminator):
    """A term for the generator: a fake is to get more than a real one (2501.05441)."""

    def loss(fake_images, batch):
        real_logits = discriminator(batch["images"])
        return compare_with_fakes(discriminator(fake_images), real_logits)

    return loss


def fresh_points(num_steps, rng):
    """New points of the ring for each step."""
    return np.concatenate([points.ring(BATCH_SIZE, rng) for _ in range(num_steps)])


def sorted_points(num_steps, rng):
    """Whole batches from one bell, 50 of each in turn: data that were not shuffled."""
    bells = np.arange(num_steps * BATCH_SIZE) // (50 * BATCH_SIZE) % 8
    noise = rng.standard_normal((num_steps * BATCH_SIZE, 2))
    return (points.ring_modes()[bells] + points.RING_SPREAD * noise).astype("float32")


def same_points(num_steps, rng):
    """Draws from 40 points of the ring, always the same."""
    kept = points.ring(40, 12345)
    return kept[rng.integers(len(kept), size=num_steps * BATCH_SIZE)]


R1 = {"d_penalty": losses.R1(0.1)}
NO_R1 = {"d_penalty": None}
SMOOTH = {"loss": losses.NON_SATURATING._replace(discriminator=smooth_labels)}
PAPERS_NORM = {"change_d": remedies.with_spectral_norm}
KERAS_NORM = {
    "change_d": partial(
        remedies.with_spectral_norm, wrapper=layers.SpectralNormalization
    )
}
GRADIENT_PENALTY = {"d_penalty": losses.GradientPenalty(1.0)}
NO_OTHER_LOSS = losses.NON_SATURATING._replace(generator=lambda logits: 0.0)
FEATURES_ONLY = {"loss": NO_OTHER_LOSS, "make_g_term": match_features}
R3GAN = {
    "loss": NO_OTHER_LOSS._replace(discriminator=compare_with_fakes),
    "make_g_term": compare_with_real,
    "d_penalty": R1AndR2(0.1),
}

# On the ring of eight

PLAIN = {"beta_1": 0.5, "g_rate": 1e-3, "d_rate": 1e-3}
RECOMMENDED_ADAM = {"beta_1": 0.0, "beta_2": 0.99, "g_rate": 4e-3, "d_rate": 4e-3}
RECOMMENDED = RECOMMENDED_ADAM | R1 | {"ema_momentum": 0.995}
WASSERSTEIN = {"loss": losses.WASSERSTEIN, "d_steps": 5}
TENFOLD_RATES = {"g_rate": 1e-2, "d_rate": 1e-2}


def sgd(rate, momentum=0.0):
    """SGD for both players."""
    optimizer = partial(SGD, momentum=momentum)
    return {"optimizer": optimizer, "g_rate": rate, "d_rate": rate}


def clipped(limit):
    """A critic whose weights stay between `-limit` and `limit`."""
    return WASSERSTEIN | {"change_d": partial(clip_weights, limit=limit)}


RING = {
    "plain": {},
    "beta_1 0.9": {"beta_1": 0.9},
    "beta_1 0": {"beta_1": 0.0},
    "RMSprop": {"optimizer": RMSprop},
    "SGD, rate 0.1": sgd(0.1),
    "SGD, rate 0.1, momentum 0.9": sgd(0.1, 0.9),
    "SGD, rate 0.01, momentum 0.9": sgd(0.01, 0.9),
    "both rates times 10": TENFOLD_RATES,
    "both rates divided by 10": {"g_rate": 1e-4, "d_rate": 1e-4},
    "G's rate times 10": {"g_rate": 1e-2},
    "D's rate times 4": {"d_rate": 4e-3},
    "falling rates": {"is_falling": True},
    "5 steps of D": {"d_steps": 5},
    "clipped gradients": {"clipnorm": 1.0},
    "both rates times 10, clipped gradients": TENFOLD_RATES | {"clipnorm": 1.0},
    "spectral norm": PAPERS_NORM,
    "Keras's spectral norm": KERAS_NORM,
    "BatchNorm in G": {"change_g": with_batch_norm},
    "BatchNorm in D": {"change_d": with_batch_norm},
    "label smoothing": SMOOTH,
    "feature matching": FEATURES_ONLY,
    "minibatch stddev": {"change_d": with_stddev},
    "not shuffled": {"real_points": sorted_points},
    "only 40 real points": {"real_points": same_points},
    "minimax loss": {"loss": losses.MINIMAX},
    "least squares loss": {"loss": losses.LEAST_SQUARES},
    "hinge loss": {"loss": losses.HINGE},
    "R3GAN's loss": R3GAN,
    "Wasserstein loss alone": {"loss": losses.WASSERSTEIN},
    "Wasserstein, 5 steps of D, weights clipped at 0.1": clipped(0.1),
    "Wasserstein, 5 steps of D, weights clipped at 0.01": clipped(0.01),
    "Wasserstein, 5 steps of D, gradient penalty times 1": WASSERSTEIN
    | GRADIENT_PENALTY,
    "Wasserstein, 5 steps of D, gradient penalty times 10": WASSERSTEIN
    | {"d_penalty": losses.GradientPenalty(10.0)},
    "R1": R1,
    "averaged weights": {"ema_momentum": 0.995},
    "recommended": RECOMMENDED,
    "recommended, only its Adam": RECOMMENDED_ADAM,
    "recommended, beta_1 0.9": RECOMMENDED | {"beta_1": 0.9},
    "recommended, without R1": RECOMMENDED | NO_R1,
    "recommended, not averaged": RECOMMENDED | {"ema_momentum": 0.0},
    "recommended, falling rates": RECOMMENDED | {"is_falling": True},
}

COLLAPSING = {"beta_1": 0.9, "g_rate": 3e-3, "d_rate": 3e-4}
REMEDIES = {
    "rates 1e-3": {"g_rate": 1e-3, "d_rate": 1e-3},
    "rates 4e-3": {"g_rate": 4e-3, "d_rate": 4e-3},
    "beta_1 0": {"beta_1": 0.0},
    "beta_2 0.99": {"beta_2": 0.99},
    "10 steps of D": {"d_steps": 10},
    "R1": R1,
    "R3GAN's loss": R3GAN,
    "averaged weights": {"ema_momentum": 0.995},
    "falling rates": {"is_falling": True},
    "clipped gradients": {"clipnorm": 1.0},
    "spectral norm": PAPERS_NORM,
    "Keras's spectral norm": KERAS_NORM,
    "label smoothing": SMOOTH,
    "minibatch stddev": {"change_d": with_stddev},
}


def tick(*names) -> dict:
    """The settings of the recipe that collapses, changed by remedies.

    Args:
        *names: of `REMEDIES`.

    Raises:
        ValueError: an unknown name, or two remedies that change the same thing.
    """
    settings, ticked_by = dict(COLLAPSING), {}
    for name in names:
        if name not in REMEDIES:
            raise ValueError(f"No remedy is named {name!r}. Known: {[*REMEDIES]}.")
        for setting, value in REMEDIES[name].items():
            other = ticked_by.setdefault(setting, name)
            if other != name:
                raise ValueError(
                    f"{other!r} and {name!r} both set {setting}: tick one of them."
                )
            settings[setting] = value
    return settings


_SLOW = "rates 1e-3", "beta_1 0"
_FAST = "rates 4e-3", "beta_1 0", "beta_2 0.99"
TICKED = [
    (),
    *((name,) for name in REMEDIES if name not in ("rates 4e-3", "beta_2 0.99")),
    _SLOW,
    (*_SLOW, "R1"),
    (*_SLOW, "beta_2 0.99"),
    (*_SLOW, "beta_2 0.99", "R1"),
    _FAST,
    (*_FAST, "R1"),
    (*_FAST, "averaged weights"),
    (*_FAST, "averaged weights", "R1"),
]
COLLAPSE = {" + ".join(names) or "nothing ticked": tick(*names) for names in TICKED}


def make_gan(
    seed,
    generator,
    discriminator,
    num_steps,
    g_rate,
    d_rate,
    beta_1=0.9,
    beta_2=0.999,
    clipnorm=None,
    optimizer=None,
    is_falling=False,
    loss=losses.NON_SATURATING,
    d_penalty=None,
    make_g_term=None,
    d_steps=1,
    ema_momentum=0.0,
    change_g=same,
    change_d=same,
) -> GAN:
    """A compiled GAN with one set of settings.

    Args:
        seed: whole number from which the training latents follow.
        generator: before `change_g`.
        discriminator: before `change_d`.
        num_steps: of the whole run.
        g_rate: learning rate of the generator.
        d_rate: learning rate of the discriminator.
        beta_1: of Adam; so are the next two.
        beta_2: likewise.
        clipnorm: length to which a longer gradient is shortened, or None.
        optimizer: in place of Adam, a function from a learning rate to an optimizer.
        is_falling: whether the rates fall to 0 over the run, in a straight line.
        loss: as in `GAN.compile`.
        d_penalty: as in `GAN.compile`.
        make_g_term: function from the discriminator to a `g_term` of `GAN.compile`.
        d_steps: as in `GAN`.
        ema_momentum: as in `GAN`; 0 does not average.
        change_g: function from the generator to another one.
        change_d: likewise, for the discriminator.
    """
    generator, discriminator = change_g(generator), change_d(discriminator)
    gan = GAN(generator, discriminator, d_steps, ema_momentum, seed)
    if optimizer is None:
        optimizer = partial(
            Adam, beta_1=beta_1, beta_2=beta_2, global_clipnorm=clipnorm
        )
    rates = g_rate, d_rate
    if is_falling:
        falling = keras.optimizers.schedules.PolynomialDecay
        rates = (falling(rate, num_steps, 0.0) for rate in rates)
    g_term = make_g_term and make_g_term(discriminator)
    gan.compile(*map(optimizer, rates), loss, d_penalty, g_term)
    return gan


def measure(samples) -> dict[str, float]:
    """How well samples `(num_points, 2)` cover the ring of eight.

    Returns:
        `modes` and `good` (`points.count_modes`), `distance`, the way to 2,000 real
        points (`metrics.sliced_wasserstein`), and `width`, the standard deviation of
        the good samples around their modes; NaN if there are none. The distance hardly
        sees groups that are too narrow.
    """
    modes, good = points.count_modes(samples)
    distance = metrics.sliced_wasserstein(points.ring(2000, seed=0), samples)
    ways = np.linalg.norm(samples[:, None] - points.ring_modes(), axis=2).min(axis=1)
    near = ways[ways < 3 * points.RING_SPREAD]
    width = np.sqrt(np.mean(near**2) / 2) if near.size else np.nan
    return {"modes": modes, "good": good, "distance": distance, "width": width}


def describe(found, between="\n") -> str:
    """What was measured, in words, in two parts with something between them."""
    if found["distance"] is None:
        return f"it broke: its numbers{between}are no longer finite"
    modes, good, distance, width = found.values()
    shown = "–" if width is None or np.isnan(width) else f"{width:.2f}"
    modes = f"{modes:g} of 8 modes, {good:.0%} good"
    return f"{modes}{between}distance {distance:.2f}, width {shown}"


def judge_on_ring(seed, num_steps=NUM_STEPS, **options) -> dict[str, float]:
    """The measures of `train_on_ring`, which has the same arguments."""
    return train_on_ring(seed, num_steps, **options)[0]


def train_on_ring(
    seed, num_steps=NUM_STEPS, real_points=fresh_points, **changes
) -> tuple[dict[str, float], np.ndarray]:
    """Trains one variant on the ring of eight and says how well it covers it.

    A generator that swings is good at one moment and bad at the next: so it is judged
    at ten moments, every 50 steps until the end.

    Args:
        seed: whole number from which all that is random follows.
        num_steps: generator steps.
        real_points: function `(num_steps, rng)` to the points of all steps.
        **changes: settings of `make_gan` in place of those in `PLAIN`.

    Returns:
        The medians of what `measure` finds in 2,000 samples, and the samples of the
        end. Where numbers became NaN or infinite, there are no modes, nothing is good,
        and distance and width are None; so is the width where nothing was good.
    """
    keras.utils.set_random_seed(seed)
    players = (
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
    )
    gan = make_gan(seed, *players, num_steps, **PLAIN | changes)
    seen = []

    def look_if_due(batch, logs):
        if num_steps - gan.steps_taken in range(0, 500, 50):
            samples = gan.generate(2000, seed=seed)
            if not np.isfinite(samples).all():  # the last step broke the weights
                raise FloatingPointError
            seen.append([*measure(samples).values()])

    real = real_points(num_steps, np.random.default_rng(seed))
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=look_if_due)
    try:
        gan.fit(_in_this_order(real, BATCH_SIZE), verbose=0, callbacks=[watch])
        medians = np.median(seen, axis=0).round(3)
    except FloatingPointError:
        medians = 0, 0, np.nan, np.nan
    medians = [None if np.isnan(value) else float(value) for value in medians]
    names = "modes", "good", "distance", "width"
    found = dict(zip(names, medians, strict=True))
    return found, gan.generate(2000, seed=seed)


# On pictures

RECIPE = {  # of lesson 04, with half the filters
    "beta_1": recipes.BETA_1,
    "beta_2": recipes.BETA_2,
    "g_rate": recipes.LEARNING_RATE,
    "d_rate": recipes.LEARNING_RATE,
    "d_penalty": losses.R1(recipes.R1_GAMMA, recipes.R1_INTERVAL),
}
FEW = {"number": 200}
LONG = {"num_steps": 3600, "is_falling": True}
TRANSLATED = {"change_d": with_translation}
PICTURES = {
    "recipe of lesson 04": {},
    "Adam's defaults, no R1": NO_R1
    | REMEDIES["rates 1e-3"]
    | {"beta_1": 0.9, "beta_2": 0.999},
    "rate falls": {"is_falling": True},
    "beta_1 0.9": {"beta_1": 0.9},
    "beta_1 0.5": {"beta_1": 0.5},
    "without R1": NO_R1,
    "spectral norm, no R1": NO_R1 | PAPERS_NORM,
    "Keras's spectral norm, no R1": NO_R1 | KERAS_NORM,
    "no BatchNorm in G": {"change_g": without_batch_norm},
    "label smoothing": SMOOTH,
    "not shuffled": {"is_sorted": True},
    "200 pictures": FEW,
    "200 pictures, translated": FEW | TRANSLATED,
    "60,000 pictures, translated": TRANSLATED,
    "3,600 steps": LONG,
    "3,600 steps, rate not falling": LONG | {"is_falling": False},
    "3,600 steps, 200 pictures": LONG | FEW,
    "3,600 steps, 200 pictures, translated": LONG | FEW | TRANSLATED,
}


def judge_on_pictures(seed, data_set, distance, **options) -> dict[str, float]:
    """The measures of `train_on_pictures`, which has the same arguments."""
    return train_on_pictures(seed, data_set, distance, **options)[0]


def train_on_pictures(
    seed,
    data_set,
    distance,
    num_steps=NUM_IMAGE_STEPS,
    number=None,
    is_sorted=False,
    **changes,
) -> tuple[dict[str, float], np.ndarray]:
    """Trains one variant, with half the filters, and measures 1,000 of its pictures.

    Args:
        seed: whole number from which all that is random follows.
        data_set: a `data.DataSet`.
        distance: a `metrics.FrechetDistance`.
        num_steps: generator steps.
        number: of pictures that are used, from the first on; None for all.
        is_sorted: whether the pictures come class by class.
        **changes: settings of `make_gan` in place of those in `RECIPE`.

    Returns:
        The distance of the `averaged` generator and of the `last` one; the pictures of
        the averaged one.
    """
    keras.utils.set_random_seed(seed)
    images, size = data_set.images[:number], recipes.BATCH_SIZE
    gan = make_gan(
        seed,
        networks.build_generator(recipes.LATENT_DIM, images.shape[1:], filters=8),
        networks.build_discriminator(images.shape[1:], filters=16),
        num_steps,
        **RECIPE | {"ema_momentum": recipes.ema_momentum(num_steps)} | changes,
    )
    batches = data.batches(images, size, seed, steps=num_steps)
    if is_sorted:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(images))[: size * num_steps]
        order = order[np.argsort(data_set.labels[order], kind="stable")]
        batches = _in_this_order(images[order], size)
    gan.fit(batches, verbose=0)
    pictures = gan.generate(1000, seed=seed)
    averaged = distance(pictures)
    gan.ema_generator.set_weights(gan.generator.get_weights())
    last = distance(gan.generate(1000, seed=seed))
    return {"averaged": round(averaged, 1), "last": round(last, 1)}, pictures


def _in_this_order(images, batch_size):
    return tf.data.Dataset.from_tensor_slices({"images": images}).batch(batch_size)
