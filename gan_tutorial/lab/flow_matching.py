"""Flow matching: a network that learns in which direction noise becomes data.

The rival of the GAN in lesson 14. It has one network, no discriminator, and needs
several passes for one picture.
"""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import Input, layers

from gan_tutorial import border, checks, data, gan, latent

LEAST = 0.05  # of the way counts as left in a network that guesses its end


class FlowMatching(keras.Model):
    """Trains a velocity network by flow matching along straight lines.

    From noise `z` to data `x` leads the line `(1 - t) z + t x`, with `t` from 0 to 1.
    Its direction is `x - z`. The network sees the place and `t`, and learns the mean
    direction of all lines through that place, by the squared error.

    Args:
        velocity: Keras model with the inputs "images", "times" `(batch_size, 1)`, and
            conditions by name; its output has the shape of its images.
        ema_momentum: share of the old average of the weights that one step keeps; in
            step `t` at most `(1 + t) / (10 + t)`, as in `gan.GAN`.
        seed: whole number from which noise and times follow.
        near_end: where less of the way is left than this share, an error of direction
            counts less, by the square of how much less. For networks that guess the end
            of the way: close to it, a small error there is a large one of direction.

    Source: Lipman et al., Flow Matching for Generative Modeling, arXiv 2210.02747; with
    straight lines from noise to data also Liu, Gong and Liu, arXiv 2209.03003. Errors
    near the end are bounded as by Li and He, arXiv 2511.13720.
    """

    def __init__(self, velocity, ema_momentum=0.99, seed=0, near_end=0.0):
        super().__init__(name="flow_matching")
        self.inputs_by_name = border.name_inputs(velocity, "images")
        for name in ("images", "times"):
            if name not in self.inputs_by_name:
                raise ValueError(
                    f"The velocity network takes {list(self.inputs_by_name)}; expected "
                    f'also "{name}": name it, as in Input((1,), name="times").'
                )
        self.velocity = velocity
        self.ema_velocity = keras.models.clone_model(velocity)
        self.ema_velocity.set_weights(velocity.get_weights())
        self.ema_momentum = checks.number("ema_momentum", ema_momentum, 0, 0.999999)
        self.near_end = checks.number("near_end", near_end, 0, 1)
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.built = True

    @property
    def metrics(self):
        """The figure that `fit` reports; Keras starts it anew in every epoch."""
        return [self.loss_tracker]

    def train_step(self, batch):
        """One step on a batch as `gan.GAN.fit` takes it."""
        batch = gan.to_network(batch)
        images = batch["images"]
        shape = tf.shape(images)
        noise = keras.random.normal(shape, seed=self.seed_generator)
        times = keras.random.uniform((shape[0], 1), seed=self.seed_generator)
        share = tf.reshape(times, (-1, *[1] * (len(images.shape) - 1)))
        given = batch | {"images": (1 - share) * noise + share * images, "times": times}
        counts = tf.minimum((1 - share) / max(self.near_end, 1e-9), 1)
        with tf.GradientTape() as tape:
            direction = gan.call(self.velocity, self.inputs_by_name, given, True)
            loss = tf.reduce_mean(tf.square(counts * (direction - (images - noise))))
        variables = self.velocity.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        step = tf.cast(self.optimizer.iterations, tf.float32)
        momentum = tf.minimum(self.ema_momentum, (1 + step) / (10 + step))
        pairs = zip(self.ema_velocity.weights, self.velocity.weights, strict=True)
        for average, weight in pairs:
            average.assign(weight + momentum * (average - weight))
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def generate(self, num_images, num_steps, seed=None, **conditions):
        """New data: Euler's method from noise, in equal steps, with averaged weights.

        Args:
            num_images: how many.
            num_steps: passes through the network for each.
            seed: as in `latent.sample_latents`.
            **conditions: arrays by name, one row for each image.

        Returns:
            uint8 where the network makes pictures, as `gan.GAN.generate` does; else
            float32, as the network makes them.
        """
        num_steps = checks.whole_number("num_steps", num_steps, 1)
        shape = (None, *self.inputs_by_name["images"].shape[1:])
        made = latent.sample_latents(num_images, shape[1:], seed)
        size = data.rows_at_once(shape)
        for start in range(0, num_images, size):  # in pieces: little memory
            rows = slice(start, start + size)
            given = {name: np.asarray(v)[rows] for name, v in conditions.items()}
            for step in range(num_steps):
                places = made[rows]
                times = np.full((len(places), 1), step / num_steps, np.float32)
                given |= {"images": places, "times": times}
                direction = gan.call(self.ema_velocity, self.inputs_by_name, given)
                made[rows] = places + direction.numpy() / num_steps
        if data.is_picture(shape):
            return data.to_display_range(made.clip(-1, 1))
        return made


def build_velocity(image_shape, num_classes: int, width: int = 512):
    """A dense network that says, for pictures on their way, where to go next.

    It guesses the picture at which the way ends. From there the velocity follows: what
    is left of the way, divided by what is left of the time. In some 15 seconds on one
    core, dense layers learned more than the convolutions that we tried.

    Args:
        image_shape: of the data, such as `(height, width, channels)`.
        num_classes: of the labels.
        width: numbers in each layer.

    Returns:
        Model from `[images, times, labels]` to velocities of the images' shape.

    Source: that the network should guess the picture itself is Li and He's, arXiv
    2511.13720; time as waves, as in Ho, Jain and Abbeel, arXiv 2006.11239.
    """
    width = checks.whole_number("width", width, 1)
    images, times = Input(image_shape, name="images"), Input((1,), name="times")
    labels = Input((), dtype="int32", name="labels")
    angles = times * (math.pi * 2.0 ** np.arange(-1, 4, dtype=np.float32))
    waves = layers.Concatenate()([keras.ops.sin(angles), keras.ops.cos(angles)])
    told = layers.Dense(64)(waves) + layers.Embedding(num_classes, 64)(labels)
    told = layers.Dense(64, activation="swish")(layers.Activation("swish")(told))

    x = layers.Concatenate()([layers.Flatten()(images), told])
    x = layers.Dense(width)(x)
    for _ in range(2):  # each block adds a correction, at first none
        y = layers.Concatenate()([layers.LayerNormalization()(x), told])
        y = layers.Dense(width, activation="swish")(y)
        x += layers.Dense(width, kernel_initializer="zeros")(y)
    x = layers.LayerNormalization()(x)
    ends = layers.Dense(math.prod(image_shape), activation="tanh")(x)
    ends = layers.Reshape(image_shape)(ends)
    left = layers.Reshape((1,) * len(image_shape))(keras.ops.maximum(1 - times, LEAST))
    return keras.Model([images, times, labels], (ends - images) / left)
