"""Flow matching: a network that learns in which direction noise becomes data.

The rival of the GAN in lesson 14. It has one network, no discriminator, and needs
several passes for one picture.
"""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import checks, latent


class FlowMatching(keras.Model):
    """Trains a velocity network by flow matching along straight lines.

    From noise `z` to data `x` leads the line `(1 - t) z + t x`, with `t` from 0 to 1.
    Its direction is `x - z`. The network sees the place and `t`, and learns the mean
    direction of all lines through that place, by the squared error.

    Args:
        velocity: Keras model with the inputs "images", "times" `(batch_size, 1)`, and
            conditions by name; its output has the shape of its images.
        ema_momentum: share of the old average of the weights that one step keeps.
        seed: whole number from which noise and times follow.

    Source: Lipman et al., Flow Matching for Generative Modeling, arXiv 2210.02747; with
    straight lines from noise to data also Liu, Gong and Liu, arXiv 2209.03003.
    """

    def __init__(self, velocity, ema_momentum=0.99, seed=0):
        super().__init__(name="flow_matching")
        self.velocity = velocity
        self.ema_velocity = keras.models.clone_model(velocity)
        self.ema_velocity.set_weights(velocity.get_weights())
        self.ema_momentum = checks.number("ema_momentum", ema_momentum, 0, 0.999999)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def train_step(self, batch):
        """One step on a batch as `gan.GAN.fit` takes it, already in [-1, 1]."""
        images = batch["images"]
        shape = tf.shape(images)
        noise = keras.random.normal(shape, seed=self.seed_generator)
        times = keras.random.uniform((shape[0], 1), seed=self.seed_generator)
        share = tf.reshape(times, (-1, *[1] * (len(images.shape) - 1)))
        places = (1 - share) * noise + share * images
        with tf.GradientTape() as tape:
            given = batch | {"images": places, "times": times}
            error = self.velocity(given, training=True) - (images - noise)
            loss = tf.reduce_mean(tf.square(error))
        variables = self.velocity.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        pairs = zip(self.ema_velocity.weights, self.velocity.weights, strict=True)
        for average, weight in pairs:
            average.assign(weight + self.ema_momentum * (average - weight))
        return {"loss": loss}

    def generate(self, num_images, num_steps, seed=None, **conditions):
        """New data, in the network's range: Euler's method from noise, in equal steps.

        Args:
            num_images: how many.
            num_steps: passes through the network for each.
            seed: as in `latent.sample_latents`.
            **conditions: arrays by name, one row for each image.
        """
        num_steps = checks.whole_number("num_steps", num_steps, 1)
        shape = tuple(self.velocity.output.shape[1:])
        places = latent.sample_latents(num_images, shape, seed)
        for step in range(num_steps):
            times = np.full((num_images, 1), step / num_steps, np.float32)
            given = conditions | {"images": places, "times": times}
            direction = self.ema_velocity.predict(given, batch_size=500, verbose=0)
            places = places + direction / num_steps
        return places
