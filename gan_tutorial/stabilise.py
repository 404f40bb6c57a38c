"""Small parts that change how steadily a GAN learns; lesson 07 tries each of them.

Penalties are in `losses`, averaged weights in `gan`. Optimizers, learning rates and the
clipping of gradients are Keras's.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


class MinibatchStddev(layers.Layer):
    """Tells the discriminator how much the examples of a batch differ.

    To each example it adds one number, the same for all of them: the standard deviation
    over the batch, averaged over all places. If the generator makes the same thing
    again and again, that number gives it away.

    Source: after the minibatch discrimination of Salimans et al., arXiv 1606.03498.
    """

    def call(self, examples):
        """From `(batch_size, num_features)` to `(batch_size, num_features + 1)`."""
        variances = tf.math.reduce_variance(examples, axis=0)
        # The root of 0 has no slope: without the small number it would give nan.
        stddev = tf.reduce_mean(tf.sqrt(variances + 1e-8))
        column = tf.fill([tf.shape(examples)[0], 1], stddev)
        return tf.concat([examples, column], axis=1)


class RandomShift(layers.Layer):
    """Moves each image by its own random number of pixels, through which gradients go.

    Put it before the discriminator: it then sees real *and* generated images shifted,
    so that the generator need not learn to draw shifted ones.

    Args:
        share: the longest shift, as a share of the side.
        ground: value of the pixels that come in from outside.
        seed: whole number from which the shifts follow, or None.

    Source: Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training,
    arXiv 2006.10738.
    """

    def __init__(self, share=0.125, ground=-1.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.share = share
        self.ground = ground
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=False):
        """Images of the same shape; unchanged where `training` is False."""
        if not training:
            return images
        for axis in (1, 2):
            images = self._shift(images, axis)
        return images

    def _shift(self, images, axis):
        side = images.shape[axis]
        reach = round(self.share * side)
        padding = [[reach, reach] if k == axis else [0, 0] for k in range(4)]
        padded = tf.pad(images, padding, constant_values=self.ground)
        starts = keras.random.randint(
            (tf.shape(images)[0], 1), 0, 2 * reach + 1, seed=self.seed_generator
        )
        return tf.gather(padded, starts + tf.range(side), axis=axis, batch_dims=1)


def with_spectral_norm(network):
    """A copy of a network with new weights whose layers are spectrally normalised.

    Each layer with a kernel is wrapped in Keras's `SpectralNormalization`. It divides
    the kernel by its largest singular value, found by power iteration, in each call
    with `training=True`.

    Args:
        network: a Keras model.

    Source: Miyato et al., Spectral Normalization for Generative Adversarial Networks,
    arXiv 1802.05957.
    """

    def copy(layer):
        new = layer.__class__.from_config(layer.get_config())
        return layers.SpectralNormalization(new) if hasattr(layer, "kernel") else new

    return keras.models.clone_model(network, clone_function=copy)


def power_iteration(matrix, num_steps, seed=0):
    """Estimates of the largest singular value of a matrix, after each step.

    A random vector is sent forwards and backwards through the matrix. Each time it
    turns further towards the direction that the matrix stretches most.

    Args:
        matrix: `(rows, columns)`.
        num_steps: how many estimates.
        seed: whole number from which the first vector follows.

    Returns:
        `(num_steps,)`; the estimates rise.

    Source: Miyato et al., arXiv 1802.05957, section 2.1.
    """
    vector = np.random.default_rng(seed).standard_normal(matrix.shape[1])
    estimates = []
    for _ in range(num_steps):
        forwards = matrix @ vector
        vector = matrix.T @ (forwards / np.linalg.norm(forwards))
        estimates.append(np.linalg.norm(vector))
    return np.array(estimates)
