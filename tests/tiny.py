"""A tiny GAN that several tests train: the same one for the same arguments."""

import keras
import numpy as np

from gan_tutorial import gan, losses, networks

SIZE = 16


def build(
    *conditions, rate=0.01, filters=2, optimizer=keras.optimizers.Adam, **changes
):
    """A compiled GAN of 16 x 16 grey pixels; few steps are quicker eagerly."""
    keras.utils.set_random_seed(5)
    settings = {"d_steps": 1, "ema_momentum": 0.99, "seed": 1}
    settings = {name: changes.pop(name, value) for name, value in settings.items()}
    model = gan.GAN(
        networks.build_generator(4, (SIZE, SIZE, 1), filters, *conditions),
        networks.build_discriminator((SIZE, SIZE, 1), 2, *conditions),
        **settings,
    )
    usual = {"loss": losses.NON_SATURATING, "run_eagerly": True}
    model.compile(optimizer(rate), optimizer(rate), **(usual | changes))
    return model


def pictures(num_images=10, channels=1, size=SIZE):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, size, size, channels), dtype=np.uint8)


def weights(network):
    return [w.numpy() for w in network.trainable_variables]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
