"""The ways to train a GAN that `time_to_quality.py` compares.

Each recipe is a function `(image_shape, num_classes, num_pictures, seed) -> gan.GAN`
that builds and compiles; `num_pictures` says how many pictures the discriminator is to
see in the whole run. `gan.batch_size` says how many a batch has, `gan.num_steps` how
many steps these are, and `gan.falls` in which last share of the run the learning rate
falls to 0: True is the whole run, False is never. All keep a running average of the
generator's weights, and train on the same pictures. Of those in `RECIPES`, only `ours`
uses labels.
"""

from functools import partial

import keras
import tensorflow as tf
from keras import Input, Sequential, layers

from gan_tutorial import gan, losses, networks, recipes


def ours(image_shape, num_classes, num_pictures, seed, falls=None, **changes):
    """The package's recipe; `changes` are arguments of `recipes.dcgan`.

    `falls` is chosen as the package chooses it, where None is given.
    """
    batch_size = recipes.batch_size(num_pictures)
    num_steps = max(num_pictures // batch_size, 1)
    model = recipes.dcgan(image_shape, num_steps, seed, num_classes, **changes)
    if falls is None:
        falls = num_steps >= recipes.MANY_STEPS
    # As plain numbers: `time_to_quality` lets them fall, by steps or by CPU seconds.
    adam = partial(
        keras.optimizers.Adam,
        recipes.LEARNING_RATE,
        beta_1=recipes.BETA_1,
        beta_2=recipes.BETA_2,
    )
    model.compile(adam(), adam(), model.loss, model.d_penalty)
    model.batch_size, model.num_steps, model.falls = batch_size, num_steps, falls
    return model


def unlabelled(image_shape, num_classes, num_pictures, seed, **changes):
    """The same recipe for pictures without labels."""
    return ours(image_shape, None, num_pictures, seed, **changes)


def plain_adam(image_shape, num_classes, num_pictures, seed, rate=2e-4, beta_1=0.5):
    """Our networks and batches with Radford's Adam: no labels, penalty or falling rate.

    Source of the rate 2e-4 and of β₁ 0.5: Radford, Metz and Chintala, arXiv 1511.06434.
    """
    batch_size = recipes.batch_size(num_pictures)
    num_steps = max(num_pictures // batch_size, 1)
    model = gan.GAN(
        networks.build_generator(recipes.LATENT_DIM, image_shape),
        networks.build_discriminator(image_shape),
        ema_momentum=recipes.ema_momentum(num_steps),
        seed=seed,
    )
    adam = partial(keras.optimizers.Adam, rate, beta_1=beta_1)
    model.compile(adam(), adam(), losses.NON_SATURATING)
    model.batch_size, model.num_steps, model.falls = batch_size, num_steps, False
    return model


class SimultaneousGAN(gan.GAN):
    """Both players step at once, from the same fakes.

    So do the widely used TensorFlow tutorial for a DCGAN and the article.
    """

    is_simultaneous = True

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
        return  # TensorFlow cannot compile a body that is a docstring alone


def tutorial(
    image_shape,
    num_classes,
    num_pictures,
    seed,
    rate=1e-4,
    batch_size=256,
    falls=False,
    beta_1=0.9,
):
    """The DCGAN of TensorFlow's tutorial: its networks, Adam 1e-4, batches of 256."""
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
    players = generator, discriminator
    return _simultaneous(players, num_pictures, seed, rate, batch_size, falls, beta_1)


def article(image_shape, num_classes, num_pictures, seed):
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
    return _simultaneous(
        (generator, discriminator), num_pictures, seed, 1e-4, 32, False
    )


def _simultaneous(players, num_pictures, seed, rate, batch_size, falls, beta_1=0.9):
    num_steps = max(num_pictures // batch_size, 1)
    momentum = recipes.ema_momentum(num_steps)
    model = SimultaneousGAN(*players, ema_momentum=momentum, seed=seed)
    adam = partial(keras.optimizers.Adam, rate, beta_1=beta_1)
    model.compile(adam(), adam(), losses.NON_SATURATING)
    model.batch_size, model.num_steps, model.falls = batch_size, num_steps, falls
    return model


RECIPES = {
    "ours": ours,
    "unlabelled": unlabelled,
    "plain Adam 2e-4": plain_adam,
    "plain Adam 1e-3": partial(plain_adam, rate=1e-3),
    "tutorial": tutorial,
    "tutorial, tuned": partial(
        tutorial, rate=4e-3, batch_size=32, falls=True, beta_1=0.5
    ),
    "article": article,
}
# One thing changed in ours; `time_to_quality.py --ablation` compares them.
ABLATION = {
    "constant rate": partial(ours, falls=False),
    "rate falls": partial(ours, falls=True),
    "rate falls in the second half": partial(ours, falls=0.5),
    "no R1": partial(ours, r1_gamma=None),
    "R1 of 0.05": partial(ours, r1_gamma=0.05),
    "R1 of 5": partial(ours, r1_gamma=5.0),
}
# Among these the settings of "tutorial, tuned" were chosen: those with the least
# product of the two judges' distances.
TUNING = {
    f"tutorial, batches of 32, rate falling from {rate:g}, β₁ {beta_1}": partial(
        tutorial, rate=rate, batch_size=32, falls=True, beta_1=beta_1
    )
    for beta_1 in (0.9, 0.5)
    for rate in (2e-4, 1e-3, 4e-3, 8e-3)
}
EVERY = RECIPES | ABLATION | TUNING
