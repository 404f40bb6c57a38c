"""What each player minimises, as pure functions of the discriminator's logits.

Real counts as 1 and fake as 0. A discriminator loss is the sum of a mean over the
real and a mean over the fake logits. All functions return a scalar tensor.
"""

import tensorflow as tf


def non_saturating_discriminator_loss(real_logits, fake_logits):
    """Cross-entropy of calling real images real and fake images fake.

    `-log D(x) - log(1 - D(G(z)))` with `D = sigmoid(logit)`, written with softplus,
    which stays finite for large logits. By chance alone it is `2 log 2 = 1.3863`.

    Args:
        real_logits: `(batch_size, 1)`, the discriminator's output for real images.
        fake_logits: `(batch_size, 1)`, its output for generated images.

    Source: Goodfellow et al., Generative Adversarial Nets, arXiv 1406.2661.
    """
    real_loss = tf.reduce_mean(tf.math.softplus(-real_logits))
    fake_loss = tf.reduce_mean(tf.math.softplus(fake_logits))
    return real_loss + fake_loss


def non_saturating_generator_loss(fake_logits):
    """Cross-entropy of having fake images called real: `-log D(G(z))`.

    Args:
        fake_logits: `(batch_size, 1)`, the discriminator's output for fakes.

    Source: section 3 of Goodfellow et al., arXiv 1406.2661.
    """
    return tf.reduce_mean(tf.math.softplus(-fake_logits))


def minimax_discriminator_loss(real_logits, fake_logits):
    """The same as `non_saturating_discriminator_loss`: the two differ for G only.

    Args:
        real_logits: `(batch_size, 1)`.
        fake_logits: `(batch_size, 1)`.

    Source: Goodfellow et al., arXiv 1406.2661, equation 1.
    """
    return non_saturating_discriminator_loss(real_logits, fake_logits)


def minimax_generator_loss(fake_logits):
    """The discriminator's loss with the sign turned: `log(1 - D(G(z)))`, below 0.

    The game is then zero-sum, but the gradient vanishes where the discriminator is sure
    that an image is fake: the loss saturates.

    Args:
        fake_logits: `(batch_size, 1)`.

    Source: Goodfellow et al., arXiv 1406.2661, equation 1.
    """
    return -tf.reduce_mean(tf.math.softplus(fake_logits))


def least_squares_discriminator_loss(real_logits, fake_logits):
    """Half the squared distance from 1 for real and from 0 for fake images.

    Args:
        real_logits: `(batch_size, 1)`, taken as plain numbers, without a sigmoid.
        fake_logits: `(batch_size, 1)`.

    Source: Mao et al., Least Squares GANs, ICCV 2017, arXiv 1611.04076.
    """
    real_loss = tf.reduce_mean(tf.square(real_logits - 1)) / 2
    fake_loss = tf.reduce_mean(tf.square(fake_logits)) / 2
    return real_loss + fake_loss


def least_squares_generator_loss(fake_logits):
    """Half the squared distance from 1: fakes are to be called real.

    Args:
        fake_logits: `(batch_size, 1)`.

    Source: Mao et al., Least Squares GANs, ICCV 2017, arXiv 1611.04076.
    """
    return tf.reduce_mean(tf.square(fake_logits - 1)) / 2


def hinge_discriminator_loss(real_logits, fake_logits):
    """How far real logits are below 1 and fake ones above -1; beyond, nothing.

    Args:
        real_logits: `(batch_size, 1)`.
        fake_logits: `(batch_size, 1)`.

    Source: Miyato et al., arXiv 1802.05957, equation 16.
    """
    real_loss = tf.reduce_mean(tf.nn.relu(1 - real_logits))
    fake_loss = tf.reduce_mean(tf.nn.relu(1 + fake_logits))
    return real_loss + fake_loss


def hinge_generator_loss(fake_logits):
    """The mean fake logit with the sign turned.

    Args:
        fake_logits: `(batch_size, 1)`.

    Source: Miyato et al., arXiv 1802.05957, equation 17.
    """
    return -tf.reduce_mean(fake_logits)


def wasserstein_discriminator_loss(real_logits, fake_logits):
    """Mean fake minus mean real logit; it needs a discriminator of limited slope.

    Such a discriminator is called a critic, because its output is no logit of a
    probability. Limit its slope with a penalty.

    Args:
        real_logits: `(batch_size, 1)`.
        fake_logits: `(batch_size, 1)`.

    Source: Arjovsky, Chintala and Bottou, Wasserstein GAN, arXiv 1701.07875.
    """
    return tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)


def wasserstein_generator_loss(fake_logits):
    """The mean fake logit with the sign turned.

    Args:
        fake_logits: `(batch_size, 1)`.

    Source: Arjovsky, Chintala and Bottou, Wasserstein GAN, arXiv 1701.07875.
    """
    return -tf.reduce_mean(fake_logits)


def r1_penalty(discriminator, real_images, fake_images=None):
    """Mean over the real images of the squared norm of the logit's gradient.

    It keeps the discriminator from growing steep where the data are. Add
    `r1_gamma / 2` times it to the discriminator's loss.

    Args:
        discriminator: function from images to logits `(batch_size, 1)`.
        real_images: float32 `(batch_size, height, width, channels)`.
        fake_images: not used; every penalty takes the same three arguments.

    Source: Mescheder, Geiger and Nowozin, arXiv 1801.04406, equation 9.
    """
    real_images = tf.convert_to_tensor(real_images)
    with tf.GradientTape() as tape:
        tape.watch(real_images)
        # The sum, because the logit of one image depends on that image alone.
        logits_sum = tf.reduce_sum(discriminator(real_images))
    gradient = tape.gradient(logits_sum, real_images)
    return tf.reduce_mean(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]))
