"""What each player minimises, as pure functions of the discriminator's logits.

Real counts as 1 and fake as 0. A discriminator loss is the sum of a mean over the
real and a mean over the fake logits. All functions return a scalar tensor. Logits have
any shape that begins with `batch_size`: a PatchGAN has one for each patch.

`Loss` joins the two functions of a family, and `R1` and `GradientPenalty` are penalties
with their settings: values that `gan.GAN.compile` takes.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf


class Loss(NamedTuple):
    """What both players minimise.

    Attributes:
        generator: function `(fake_logits)` to a scalar.
        discriminator: function `(real_logits, fake_logits)` to a scalar.
    """

    generator: Callable
    discriminator: Callable


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

    Source: Mao et al., ICCV 2017, arXiv 1611.04076.
    """
    real_loss = tf.reduce_mean(tf.square(real_logits - 1)) / 2
    fake_loss = tf.reduce_mean(tf.square(fake_logits)) / 2
    return real_loss + fake_loss


def least_squares_generator_loss(fake_logits):
    """Half the squared distance from 1: fakes are to be called real.

    Args:
        fake_logits: `(batch_size, 1)`.

    Source: Mao et al., ICCV 2017, arXiv 1611.04076.
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


NON_SATURATING = Loss(non_saturating_generator_loss, non_saturating_discriminator_loss)
MINIMAX = Loss(minimax_generator_loss, minimax_discriminator_loss)
LEAST_SQUARES = Loss(least_squares_generator_loss, least_squares_discriminator_loss)
HINGE = Loss(hinge_generator_loss, hinge_discriminator_loss)
WASSERSTEIN = Loss(wasserstein_generator_loss, wasserstein_discriminator_loss)


class R1(NamedTuple):
    """The R1 penalty with its weight: `gamma / 2` times `r1_penalty`.

    Attributes:
        gamma: weight; larger makes the discriminator flatter around the real images.
        interval: the penalty is taken on every so many-th step only, and then counts as
            many times: *lazy regularisation*, because gradients of gradients are
            costly.

    Source: Mescheder, Geiger and Nowozin, arXiv 1801.04406; for the interval Karras et
    al., arXiv 1912.04958.
    """

    gamma: float = 0.1
    interval: int = 1

    def __call__(self, judge, real_images, fake_images=None):
        """The weighted penalty, a scalar; the interval is left to the GAN."""
        return self.gamma / 2 * r1_penalty(judge, real_images)


class GradientPenalty(NamedTuple):
    """The gradient penalty of Wasserstein GANs with its weight.

    Attributes:
        weight: factor of `gradient_penalty`; 10 in the paper.
        interval: as in `R1`.

    Source: Gulrajani et al., arXiv 1704.00028.
    """

    weight: float = 10.0
    interval: int = 1

    def __call__(self, judge, real_images, fake_images):
        """The weighted penalty, a scalar; the interval is left to the GAN."""
        return self.weight * gradient_penalty(judge, real_images, fake_images)


def r1_penalty(discriminator, real_images):
    """Mean over the real images of the squared norm of the logit's gradient.

    It keeps the discriminator from growing steep where the data are. Add
    `r1_gamma / 2` times it to the discriminator's loss.

    Args:
        discriminator: function from images to logits `(batch_size, 1)`.
        real_images: float32 `(batch_size, height, width, channels)`, or points
            `(batch_size, num_dims)`.

    Raises:
        ValueError: images of whole numbers, which have no gradient, or of an unknown
            number of axes, or none at all. In compiled code with an unknown batch size,
            no images give nan.

    Source: Mescheder, Geiger and Nowozin, arXiv 1801.04406, equation 9.
    """
    return tf.reduce_mean(squared_gradient_norms(discriminator, real_images))


def gradient_penalty(discriminator, real_images, fake_images):
    """Mean of `(norm of the logit's gradient - 1)^2` between real and fake images.

    Each real image is mixed with one fake: `weight * real + (1 - weight) * fake`, the
    weight drawn anew for each pair, evenly from 0 to 1. There the slope of a critic
    is to be 1, as the Wasserstein losses need it. Add 10 times it to them, as in the
    paper. The weights follow from `keras.utils.set_random_seed`.

    Args:
        discriminator: function from images to logits `(batch_size, 1)`, without
            BatchNormalization, which would mix the images of a batch.
        real_images: float32 `(batch_size, height, width, channels)`, or points
            `(batch_size, num_dims)`.
        fake_images: likewise. Where one batch is longer, the rest of it is left out.

    Raises:
        ValueError: images of whole numbers, which have no gradient, or of an unknown
            number of axes, or none at all. In compiled code with an unknown batch size,
            no images give nan.

    Source: Gulrajani et al., arXiv 1704.00028, equation 3.
    """
    real_images = _check_images(real_images)
    fake_images = _check_images(tf.cast(fake_images, real_images.dtype))
    num_pairs = tf.minimum(tf.shape(real_images)[0], tf.shape(fake_images)[0])
    real_images, fake_images = real_images[:num_pairs], fake_images[:num_pairs]
    # One weight an image, in a shape that fits all its pixels.
    shape = [num_pairs] + [1] * (real_images.shape.rank - 1)
    weights = tf.random.uniform(shape, dtype=real_images.dtype)
    mixed_images = weights * real_images + (1 - weights) * fake_images
    squared_norms = squared_gradient_norms(discriminator, mixed_images)
    # The root of 0 has no slope: without the small number it would give nan.
    return tf.reduce_mean(tf.square(tf.sqrt(squared_norms + 1e-12) - 1))


def squared_gradient_norms(discriminator, images):
    """Squared norm of the logit's gradient with respect to each image.

    Args:
        discriminator: function from images to logits `(batch_size, ...)`; where there
            are several for an image, their mean counts.
        images: floats `(batch_size, height, width, channels)`, or points.

    Returns:
        `(batch_size,)`.

    Raises:
        ValueError: images of whole numbers, which have no gradient, or of an unknown
            number of axes, or none at all.
    """
    images = _check_images(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = discriminator(images)
        # Of a PatchGAN, the logit of an image is the mean of those of its patches. Of
        # a batch the sum, because the logit of one image depends on that image alone.
        num_logits = tf.cast(tf.size(logits) // tf.shape(logits)[0], logits.dtype)
        logits_sum = tf.reduce_sum(logits) / num_logits
    # A discriminator that ignores its images has slope 0.
    gradient = tape.gradient(logits_sum, images, unconnected_gradients="zero")
    return tf.reduce_sum(tf.square(gradient), axis=list(range(1, images.shape.rank)))


def _check_images(images):
    images = tf.convert_to_tensor(images)
    if not images.dtype.is_floating:
        raise ValueError(
            f"The images are {images.dtype.name}; a gradient needs float32. "
            "`data.to_model_range` makes it from uint8."
        )
    if images.shape.rank is None:
        raise ValueError(
            "The images have an unknown number of axes. Give the function a signature, "
            "or call `images.set_shape([None, height, width, channels])` first."
        )
    if images.shape.rank < 1 or images.shape[0] == 0:
        raise ValueError(
            f"The images have shape {tuple(images.shape)}; expected a batch with at "
            "least one image."
        )
    return images
