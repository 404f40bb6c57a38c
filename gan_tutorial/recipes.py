"""The recommended training, its numbers once.

Lesson 00 and 04 show these settings in full, lesson 07 asks which of them matter.
"""

import keras

from gan_tutorial import data, losses, networks
from gan_tutorial.gan import GAN

BATCH_SIZE = 16  # of short runs; see batch_size
LATENT_DIM = 16
LEARNING_RATE = 2e-3  # of both players; see learning_rate
LARGE_SIDE = 32  # pixels; larger pictures are learned at a smaller rate
BETA_1, BETA_2 = 0.0, 0.99  # of Adam: no momentum, a short memory of the steepness
R1_GAMMA, R1_INTERVAL = 1.0, 4
MANY_STEPS = 1500  # a falling rate did harm at 1,200 steps, helped at 4,000
MANY_EPOCHS = 100  # moved pictures did harm at 96 and helped at 288 (lesson 07)


def dcgan(
    image_shape,
    num_steps,
    seed=None,
    num_classes=None,
    num_attributes=None,
    latent_dim=LATENT_DIM,
    filters=16,
    d_filters=32,
    r1_gamma=R1_GAMMA,
    num_epochs=1,
) -> GAN:
    """A DCGAN of our own size, ready for `fit`.

    Its first weights follow from `keras.utils.set_random_seed`.

    Args:
        image_shape: `(height, width, channels)`; see `networks.build_generator`.
        num_steps: generator steps of the whole run.
        seed: whole number from which the training latents follow, or None.
        num_classes: where given, both networks take labels.
        num_attributes: where given, both networks take attributes.
        latent_dim: numbers in one latent.
        filters: of the generator, at full size.
        d_filters: of the discriminator, in its first layer.
        r1_gamma: weight of the R1 penalty; None for no penalty.
        num_epochs: how often each picture will be seen. If often, because they are
            few, the discriminator sees them moved, so as not to learn them by heart.
    """
    augment = num_epochs > MANY_EPOCHS
    conditions = {"num_classes": num_classes, "num_attributes": num_attributes}
    gan = GAN(
        networks.build_generator(latent_dim, image_shape, filters, **conditions),
        networks.build_discriminator(
            image_shape, d_filters, **conditions, augment=augment
        ),
        ema_momentum=ema_momentum(num_steps),
        seed=seed,
    )
    compile_gan(gan, num_steps, r1_gamma)
    return gan


def compile_gan(gan, num_steps, r1_gamma=R1_GAMMA, g_term=None) -> None:
    """Gives a GAN the recommended optimizers, loss and penalty.

    Args:
        gan: any `gan.GAN`.
        num_steps: generator steps of the whole run.
        r1_gamma: weight of the R1 penalty; None for no penalty.
        g_term: added to the generator's loss; see `gan.GAN.compile`.
    """
    shape = gan.d_inputs["images"].shape
    sides = shape[1:3] if data.is_picture(shape) else ()
    side = max((side or LARGE_SIDE for side in sides), default=LARGE_SIDE)
    g_rate = learning_rate(num_steps, side=side)
    d_rate = learning_rate(num_steps, gan.d_steps, side)
    gan.compile(
        g_optimizer=keras.optimizers.Adam(g_rate, beta_1=BETA_1, beta_2=BETA_2),
        d_optimizer=keras.optimizers.Adam(d_rate, beta_1=BETA_1, beta_2=BETA_2),
        loss=losses.NON_SATURATING,
        d_penalty=None if r1_gamma is None else losses.R1(r1_gamma, R1_INTERVAL),
        g_term=g_term,
    )


def learning_rate(num_steps, per_step=1, side=LARGE_SIDE):
    """Of one player: constant in a short run, falling evenly to 0 in a long one.

    Twice the side halves it: at 64 pixels, the rate that suits 32 let the discriminator
    run away from 200 pictures on a white ground.

    Args:
        num_steps: generator steps of the whole run.
        per_step: steps that the player takes for one of the generator.
        side: of the pictures, in pixels.

    Returns:
        A number, or a schedule for `keras.optimizers`.
    """
    rate = LEARNING_RATE * min(1.0, LARGE_SIDE / side)
    if num_steps < MANY_STEPS:
        return rate
    return keras.optimizers.schedules.PolynomialDecay(rate, num_steps * per_step, 0.0)


def batch_size(num_pictures) -> int:
    """Pictures in a batch: more of them where there is time for many steps.

    Args:
        num_pictures: that the discriminator is to see in the whole run, each as often
            as it comes.
    """
    if num_pictures < 50_000:
        return BATCH_SIZE
    return 2 * BATCH_SIZE if num_pictures < 150_000 else 4 * BATCH_SIZE


def ema_momentum(num_steps) -> float:
    """For the average of the generator's weights: it looks back on a sixth of the run.

    Args:
        num_steps: generator steps of the whole run.

    Returns:
        Share of the old average that one step keeps: 0.995 for 1,200 steps.
    """
    return 1 - 6 / max(num_steps, 60)
