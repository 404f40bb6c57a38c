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
