"""Trainings that differ in one setting: on the ring of eight, and on pictures.

A table has a name for each variant, and what it changes of the settings `PLAIN` or
`RECIPE`, which are arguments of `make_gan`: `judge_on_ring(seed, **RING["R1, γ 0.1"])`.
Lesson 07 runs some variants, the stored comparison runs all.
"""

from functools import partial

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


def adam(beta_1, beta_2=0.999, **kwargs):
    """A function from a learning rate to Adam."""
    return partial(Adam, beta_1=beta_1, beta_2=beta_2, **kwargs)


R1 = {"d_penalty": losses.R1(0.1)}
NO_R1 = {"d_penalty": None}
SMOOTH = {"loss": losses.NON_SATURATING._replace(discriminator=smooth_labels)}
PAPERS_NORM = {"change_d": remedies.with_spectral_norm}
KERAS_NORM = {
    "change_d": partial(
        remedies.with_spectral_norm, wrapper=layers.SpectralNormalization
    )
}
CLIPPED_WEIGHTS = {"change_d": partial(clip_weights, limit=0.1)}
GRADIENT_PENALTY = {"d_penalty": losses.GradientPenalty(1.0)}
FEATURES_ONLY = {
    "loss": losses.NON_SATURATING._replace(generator=lambda logits: 0.0),
    "make_g_term": match_features,
}

# On the ring of eight

PLAIN = {"optimizer": adam(0.5), "g_rate": 1e-3, "d_rate": 1e-3}
RECOMMENDED_ADAM = {"optimizer": adam(0.0, 0.99), "g_rate": 4e-3, "d_rate": 4e-3}
RECOMMENDED = RECOMMENDED_ADAM | R1 | {"ema_momentum": 0.995, "is_falling": True}
WASSERSTEIN = {"loss": losses.WASSERSTEIN, "d_steps": 5}
SGD_RATES = {"g_rate": 0.1, "d_rate": 0.1}
TENFOLD_RATES = {"g_rate": 1e-2, "d_rate": 1e-2}

RING = {
    "plain: Adam 1e-3, β₁ 0.5": {},
    "Adam, β₁ 0.9": {"optimizer": adam(0.9)},
    "Adam, β₁ 0": {"optimizer": adam(0.0)},
    "RMSprop": {"optimizer": RMSprop},
    "SGD, rate 0.1": {"optimizer": SGD} | SGD_RATES,
    "SGD, rate 0.1, momentum 0.9": {"optimizer": partial(SGD, momentum=0.9)}
    | SGD_RATES,
    "learning rates × 10": TENFOLD_RATES,
    "learning rates ÷ 10": {"g_rate": 1e-4, "d_rate": 1e-4},
    "G's rate × 10": {"g_rate": 1e-2},
    "D's rate × 4": {"d_rate": 4e-3},
    "falling rates": {"is_falling": True},
    "5 steps of D": {"d_steps": 5},
    "gradient norm clipped at 1": {"optimizer": adam(0.5, global_clipnorm=1.0)},
    "rates × 10, norm clipped at 1": {"optimizer": adam(0.5, global_clipnorm=1.0)}
    | TENFOLD_RATES,
    "spectral norm in D": PAPERS_NORM,
    "Keras's spectral norm in D": KERAS_NORM,
    "BatchNorm in G": {"change_g": with_batch_norm},
    "BatchNorm in D": {"change_d": with_batch_norm},
    "label smoothing, 0.9": SMOOTH,
    "feature matching": FEATURES_ONLY,
    "minibatch stddev": {"change_d": with_stddev},
    "not shuffled": {"real_points": sorted_points},
    "only 40 real points": {"real_points": same_points},
    "minimax loss": {"loss": losses.MINIMAX},
    "least squares loss": {"loss": losses.LEAST_SQUARES},
    "hinge loss": {"loss": losses.HINGE},
    "Wasserstein loss alone": {"loss": losses.WASSERSTEIN},
    "Wasserstein, 5 steps of D, weights clipped at 0.1": WASSERSTEIN | CLIPPED_WEIGHTS,
    "Wasserstein, 5 steps of D, gradient penalty × 1": WASSERSTEIN | GRADIENT_PENALTY,
    "R1, γ 0.1": R1,
    "averaged weights, 0.995": {"ema_momentum": 0.995},
    "recommended": RECOMMENDED,
    "recommended, only its Adam": RECOMMENDED_ADAM,
    "recommended, β₁ 0.9": RECOMMENDED | {"optimizer": adam(0.9, 0.99)},
    "recommended, without R1": RECOMMENDED | NO_R1,
    "recommended, not averaged": RECOMMENDED | {"ema_momentum": 0.0},
    "recommended, rate not falling": RECOMMENDED | {"is_falling": False},
}

COLLAPSING = {"optimizer": adam(0.9), "g_rate": 3e-3, "d_rate": 3e-4}
EQUAL_RATES = {"g_rate": 1e-3, "d_rate": 1e-3}
COLLAPSE = {
    "G ten times as fast, β₁ 0.9": COLLAPSING,
    "β₁ 0": COLLAPSING | {"optimizer": adam(0.0)},
    "equal rates, 1e-3": COLLAPSING | EQUAL_RATES,
    "10 steps of D": COLLAPSING | {"d_steps": 10},
    "R1, γ 0.1": COLLAPSING | R1,
    "averaged weights, 0.995": COLLAPSING | {"ema_momentum": 0.995},
    "falling rates": COLLAPSING | {"is_falling": True},
    "gradient norm clipped at 1": COLLAPSING
    | {"optimizer": adam(0.9, global_clipnorm=1.0)},
    "spectral norm in D": COLLAPSING | PAPERS_NORM,
    "Keras's spectral norm in D": COLLAPSING | KERAS_NORM,
    "label smoothing, 0.9": COLLAPSING | SMOOTH,
    "minibatch stddev": COLLAPSING | {"change_d": with_stddev},
    "equal rates, β₁ 0, β₂ 0.99, R1": EQUAL_RATES | {"optimizer": adam(0.0, 0.99)} | R1,
}


def make_gan(
    seed,
    generator,
    discriminator,
    num_steps,
    optimizer,
    g_rate,
    d_rate,
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
        optimizer: function from a learning rate to a Keras optimizer.
        g_rate: learning rate of the generator.
        d_rate: learning rate of the discriminator.
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
    rates = g_rate, d_rate
    if is_falling:
        falling = keras.optimizers.schedules.PolynomialDecay
        rates = (falling(rate, num_steps, 0.0) for rate in rates)
    g_term = make_g_term and make_g_term(discriminator)
    gan.compile(*map(optimizer, rates), loss, d_penalty, g_term)
    return gan


def judge_on_ring(
    seed, num_steps=NUM_STEPS, real_points=fresh_points, **changes
) -> dict[str, float]:
    """Trains one variant on the ring of eight and says how well it covers it.

    A generator that swings is good at one moment and bad at the next: so it is judged
    at ten moments, every 50 steps until the end.

    Args:
        seed: whole number from which all that is random follows.
        num_steps: generator steps.
        real_points: function `(num_steps, rng)` to the points of all steps.
        **changes: settings of `make_gan` in place of those in `PLAIN`.

    Returns:
        The medians of `modes` and `good` (`points.count_modes`) and of `distance`
        (`metrics.sliced_wasserstein`) of 2,000 samples. Where numbers became NaN or
        infinite, there are no modes, nothing is good, and the distance is None.
    """
    keras.utils.set_random_seed(seed)
    players = (
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
    )
    gan = make_gan(seed, *players, num_steps, **PLAIN | changes)
    reference, seen = points.ring(2000, seed=0), []

    def look_if_due(batch, logs):
        if num_steps - gan.steps_taken in range(0, 500, 50):
            samples = gan.generate(2000, seed=seed)
            if not np.isfinite(samples).all():  # the last step broke the weights
                raise FloatingPointError
            distance = metrics.sliced_wasserstein(reference, samples)
            seen.append((*points.count_modes(samples), distance))

    real = real_points(num_steps, np.random.default_rng(seed))
    watch = keras.callbacks.LambdaCallback(on_train_batch_end=look_if_due)
    try:
        gan.fit(_in_this_order(real, BATCH_SIZE), verbose=0, callbacks=[watch])
    except FloatingPointError:
        return {"modes": 0, "good": 0, "distance": None}
    names = "modes", "good", "distance"
    return dict(zip(names, np.median(seen, axis=0).round(3).tolist(), strict=True))


# On pictures

RECIPE = {  # of lesson 04, with half the filters
    "optimizer": adam(recipes.BETA_1, recipes.BETA_2),
    "g_rate": recipes.LEARNING_RATE,
    "d_rate": recipes.LEARNING_RATE,
    "is_falling": True,
    "d_penalty": losses.R1(recipes.R1_GAMMA, recipes.R1_INTERVAL),
}
FEW = {"number": 200}
LONG = {"num_steps": 3600}
TRANSLATED = {"change_d": with_translation}
PICTURES = {
    "recipe of lesson 04": {},
    "Adam's defaults, no R1, not falling": NO_R1
    | {"optimizer": Adam, "g_rate": 1e-3, "d_rate": 1e-3, "is_falling": False},
    "rate not falling": {"is_falling": False},
    "β₁ 0.9": {"optimizer": adam(0.9, 0.99)},
    "β₁ 0.5": {"optimizer": adam(0.5, 0.99)},
    "without R1": NO_R1,
    "spectral norm in D, no R1": NO_R1 | PAPERS_NORM,
    "Keras's spectral norm in D, no R1": NO_R1 | KERAS_NORM,
    "no BatchNorm in G": {"change_g": without_batch_norm},
    "label smoothing, 0.9": SMOOTH,
    "not shuffled": {"is_sorted": True},
    "200 pictures": FEW,
    "200 pictures, translated": FEW | TRANSLATED,
    "60,000 pictures, translated": TRANSLATED,
    "3,600 steps": LONG,
    "3,600 steps, rate not falling": LONG | {"is_falling": False},
    "3,600 steps, 200 pictures": LONG | FEW,
    "3,600 steps, 200 pictures, translated": LONG | FEW | TRANSLATED,
}


def judge_on_pictures(
    seed,
    data_set,
    distance,
    num_steps=NUM_IMAGE_STEPS,
    number=None,
    is_sorted=False,
    **changes,
) -> dict[str, float]:
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
        The distance of the `averaged` generator and of the `last` one.
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
    averaged = distance(gan.generate(1000, seed=seed))
    gan.ema_generator.set_weights(gan.generator.get_weights())
    last = distance(gan.generate(1000, seed=seed))
    return {"averaged": round(averaged, 1), "last": round(last, 1)}


def _in_this_order(images, batch_size):
    return tf.data.Dataset.from_tensor_slices({"images": images}).batch(batch_size)
