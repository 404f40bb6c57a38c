"""Drifting: a generator learns to hit its own points, moved towards real ones.

One pass makes a point, as in a GAN; a formula is in the discriminator's place.
"""

import keras
import tensorflow as tf

from gan_tutorial import checks, latent


class Drifting(keras.Model):
    """Trains a generator of points by drifting.

    Each step moves made points by `drift_at_all_scales`, and brings the generator
    nearer to the moved ones by the squared error.

    Args:
        generator: Keras model from "latents" to points `(batch_size, dim)`.
        temperatures: as in `drift_at_all_scales`.
        ema_momentum: share of the old average of the weights that one step keeps.
        seed: whole number from which the training latents follow.

    Source: algorithm 1 of Deng, Li, Li, Du and He, Generative Modeling via Drifting,
    arXiv 2602.04770, for points: without features, classes, guidance and a queue of
    real samples. The unit of length is not divided out of the loss.
    """

    def __init__(
        self, generator, temperatures=(0.02, 0.05, 0.2), ema_momentum=0.99, seed=0
    ):
        super().__init__(name="drifting")
        checks.number("The lowest temperature", min(temperatures), 1e-3)
        self.temperatures = temperatures
        self.generator = generator
        self.ema_generator = keras.models.clone_model(generator)
        self.ema_generator.set_weights(generator.get_weights())
        self.ema_momentum = checks.number("ema_momentum", ema_momentum, 0, 0.999999)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def train_step(self, batch):
        """One step on `{"images": real points}`, with as many made ones."""
        real = batch["images"]
        shape = tf.shape(real)[0], self.generator.input_shape[1]
        latents = keras.random.normal(shape, seed=self.seed_generator)
        with tf.GradientTape() as tape:
            made = self.generator(latents, training=True)
            moved = made + drift_at_all_scales(made, real, self.temperatures)
            loss = tf.reduce_mean(tf.square(made - tf.stop_gradient(moved)))
        variables = self.generator.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        pairs = zip(self.ema_generator.weights, self.generator.weights, strict=True)
        for average, weight in pairs:
            average.assign(weight + self.ema_momentum * (average - weight))
        return {"loss": loss}

    def generate(self, num_images, seed=None):
        """New points, float32 `(num_images, dim)`, in one pass."""
        latents = latent.sample_latents(num_images, self.generator.input_shape[1], seed)
        return self.ema_generator(latents).numpy()


def drift_at_all_scales(made, real, temperatures):
    """The drift for several temperatures, each brought to the same length, added up.

    Temperatures are shares of the mean distance; see `drift`. Source: section A.6 of
    arXiv 2602.04770.
    """
    mean_distance = tf.reduce_mean(distances(made, tf.concat([real, made], axis=0)))
    total = tf.zeros_like(made)
    for temperature in temperatures:
        way = drift(made, real, temperature * mean_distance)
        length = tf.sqrt(tf.reduce_mean(tf.square(way)))
        total += tf.math.divide_no_nan(way, length)
    return mean_distance / made.shape[1] ** 0.5 * total


def drift(points, real, temperature, made=None):
    """How far points `(num_points, dim)` move: to `real` ones, away from `made` ones.

    A weight falls to `1/e` over the distance `temperature`. By default the points repel
    one another, none itself. Source: algorithm 2 of arXiv 2602.04770.
    """
    others = points if made is None else made
    own = 1e6 * tf.eye(tf.shape(points)[0]) if made is None else 0.0
    lengths = [distances(points, real), distances(points, others) + own]
    nearness = -tf.concat(lengths, axis=1) / temperature
    by_row, by_column = (tf.nn.log_softmax(nearness, k) for k in (1, 0))
    weights = tf.exp((by_row + by_column) / 2)  # geometric mean of two shares
    sizes = tf.shape(real)[0], tf.shape(others)[0]
    pull, push = tf.split(weights, sizes, axis=1)
    pulls, pushes = (tf.reduce_sum(w, 1, keepdims=True) for w in (pull, push))
    return pushes * (pull @ real) - pulls * (push @ others)


def distances(a, b):
    """From each row of `a` to each row of `b`, `(rows of a, rows of b)`."""
    gaps = tf.transpose(a)[:, :, None] - tf.transpose(b)[:, None]
    return tf.norm(gaps, axis=0)
