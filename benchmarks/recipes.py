"""The ways to train a GAN that `time_to_quality.py` races.

Each recipe is a function `(image_shape, num_classes, seed) -> (gan, batch_size)` that
builds and compiles a `gan.GAN`; `fit` does the rest. All train on the same pictures, in
batches from `data.batches`. Only `ours` also uses the labels.
"""

from functools import partial

import keras
import tensorflow as tf
from keras import Input, Sequential, layers

from gan_tutorial import gan, losses, recipes


def ours(image_shape, num_classes, seed):
    """The package's recipe with labels; `time_to_quality` lets the rate fall."""
    model = recipes.dcgan(image_shape, 1, seed, num_classes)
    adam = partial(keras.optimizers.Adam, beta_1=recipes.BETA_1, beta_2=recipes.BETA_2)
    # The budget is in seconds, so nobody knows over how many steps the rate is to fall.
    rates = adam(recipes.LEARNING_RATE), adam(recipes.LEARNING_RATE)
    model.compile(*rates, model.loss, model.d_penalty)
    return model, recipes.BATCH_SIZE


def unlabelled(image_shape, num_classes, seed):
    """The same recipe for pictures without labels."""
    return ours(image_shape, None, seed)


class SimultaneousGAN(gan.GAN):
    """Both players step at once, from the same fakes, and nothing is averaged.

    So do the widely used TensorFlow tutorial for a DCGAN and the article.
    """

    def discriminator_step(self, batch):
        """Both gradients at the old weights, then both updates."""
        with tf.GradientTape(persistent=True) as tape:
            fake_images = self.make_fakes(batch)
            real_logits = self.judge(batch["images"], batch)
            fake_logits = self.judge(fake_images, batch)
            g_loss = self.loss.generator(fake_logits)
            d_loss = self.loss.discriminator(real_logits, fake_logits)
        for loss, optimizer, network in (
            (g_loss, self.g_optimizer, self.generator),
            (d_loss, self.d_optimizer, self.discriminator),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
        self.trackers["g_loss"].update_state(g_loss)
        self.trackers["d_loss"].update_state(d_loss)

    def generator_step(self, batch):
        """Nothing: the generator has moved already."""

    def update_average(self):
        """Nothing: `_simultaneous` publishes the generator itself."""


def tutorial(image_shape, num_classes, seed):
    """The recipe of TensorFlow's DCGAN tutorial: its networks, Adam 1e-4, batch 256."""
    height, width, channels = image_shape
    start = (height // 4, width // 4, 256)

    def transposed(filters, strides, **kwargs):
        return layers.Conv2DTranspose(
            filters, 5, strides, padding="same", use_bias=False, **kwargs
        )

    generator = Sequential(
        [
            Input((100,), name="latents"),
            layers.Dense(start[0] * start[1] * start[2], use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            layers.Reshape(start),
            transposed(128, 1),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            transposed(64, 2),
            layers.BatchNormalization(),
            layers.LeakyReLU(),
            transposed(channels, 2, activation="tanh"),
        ]
    )
    discriminator = Sequential(
        [
            Input(image_shape, name="images"),
            layers.Conv2D(64, 5, 2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Conv2D(128, 5, 2, padding="same"),
            layers.LeakyReLU(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    return _simultaneous(generator, discriminator, seed), 256


def article(image_shape, num_classes, seed):
    """The article's networks, repaired: full size, logits, real = 1; batch 32."""
    height, width, channels = image_shape
    start = (height // 4, width // 4, 128)
    generator = Sequential(
        [
            Input((100,), name="latents"),
            layers.Dense(start[0] * start[1] * start[2], activation="relu"),
            layers.Reshape(start),
            # The article has stride 1 here, which leaves the image at half its size.
            layers.Conv2DTranspose(64, 5, 2, padding="same"),
            layers.BatchNormalization(),
            layers.LeakyReLU(negative_slope=0.01),
            layers.Conv2DTranspose(channels, 5, 2, padding="same", activation="tanh"),
        ]
    )
    discriminator = Sequential(
        [
            Input(image_shape, name="images"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.LeakyReLU(negative_slope=0.01),
            layers.Dense(1),  # a logit; the article has a sigmoid and from_logits=True
        ]
    )
    return _simultaneous(generator, discriminator, seed), 32


def _simultaneous(generator, discriminator, seed):
    model = SimultaneousGAN(generator, discriminator, seed=seed)
    model.ema_generator = model.generator
    model.compile(
        keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4), losses.NON_SATURATING
    )
    return model


RECIPES = {
    "ours": ours,
    "unlabelled": unlabelled,
    "tutorial": tutorial,
    "article": article,
}
