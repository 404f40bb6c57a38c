"""The ways to train a GAN that `time_to_quality.py` races.

Each recipe is a function `(image_shape, num_classes, seed) -> (model, batch_size)` that
builds and compiles a `gan.GAN`; `fit` does the rest. All train on the same pictures, in
batches from `data.batches`. Only `ours` also uses the labels.
"""

import keras
import tensorflow as tf
from keras import Input, Sequential, layers

from gan_tutorial import gan, losses, networks

NON_SATURATING = {
    "g_loss_fn": losses.non_saturating_generator_loss,
    "d_loss_fn": losses.non_saturating_discriminator_loss,
}


def ours(image_shape, num_classes, seed):
    """The recipe of lesson 00, conditioned on the class; see `time_to_quality`."""
    latent_dim = 16
    model = gan.GAN(
        networks.build_generator(latent_dim, image_shape, num_classes=num_classes),
        networks.build_discriminator(image_shape, num_classes=num_classes),
        latent_dim,
        ema_momentum=0.995,
        seed=seed,
    )
    model.compile(
        g_optimizer=keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99),
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=0.05 / 2,
        d_penalty_interval=4,
        **NON_SATURATING,
    )
    return model, 16


def unlabelled(image_shape, num_classes, seed):
    """The same recipe for pictures without labels."""
    return ours(image_shape, None, seed)


class SimultaneousGAN(gan.GAN):
    """Both players step at once, from the same fakes, and nothing is averaged.

    So do the widely used TensorFlow tutorial for a DCGAN and the article.
    """

    def train_step(self, batch):
        """Both gradients at the old weights, then both updates."""
        images, _ = self._unpack(batch)
        with tf.GradientTape(persistent=True) as tape:
            fake_images = self._draw_fakes(images, [])
            real_logits = self._judge(images, [])
            fake_logits = self._judge(fake_images, [])
            g_loss = self.g_loss_fn(fake_logits)
            d_loss = self.d_loss_fn(real_logits, fake_logits)
        for loss, optimizer, network in (
            (g_loss, self.g_optimizer, self.generator),
            (d_loss, self.d_optimizer, self.discriminator),
        ):
            variables = network.trainable_variables
            optimizer.apply(tape.gradient(loss, variables), variables)
        return {"g_loss": g_loss, "d_loss": d_loss}

    def call(self, latents, training=False):
        """Images from the generator as it is now."""
        return self.generator(latents, training=training)


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
    model = SimultaneousGAN(generator, discriminator, latent_dim=100, seed=seed)
    model.compile(
        g_optimizer=keras.optimizers.Adam(1e-4),
        d_optimizer=keras.optimizers.Adam(1e-4),
        **NON_SATURATING,
    )
    return model


RECIPES = {
    "ours": ours,
    "unlabelled": unlabelled,
    "tutorial": tutorial,
    "article": article,
}
