"""Layers that change how steadily a GAN learns; lesson 07 tries each of them.

Penalties are in `losses`, averaged weights in `gan`. Optimizers, learning rates and the
clipping of gradients are Keras's.
"""

import keras
import tensorflow as tf
from keras import layers


class MinibatchStddev(layers.Layer):
    """Tells the discriminator how much the examples of a batch differ.

    To each example it adds one number, the same for all of them: the standard deviation
    over the batch, averaged over all places. If the generator makes the same thing
    again and again, that number gives it away.

    Source: Karras et al., arXiv 1710.10196, section 3, where the number becomes one
    more feature map of a picture; the idea is the minibatch discrimination of Salimans
    et al., arXiv 1606.03498.
    """

    def call(self, examples):
        """From `(batch_size, num_features)` to `(batch_size, num_features + 1)`."""
        variances = tf.math.reduce_variance(examples, axis=0)
        # The root of 0 has no slope: without the small number it would give nan.
        stddev = tf.reduce_mean(tf.sqrt(variances + 1e-8))
        column = tf.fill([tf.shape(examples)[0], 1], stddev)
        return tf.concat([examples, column], axis=1)


class SpectralNormalization(layers.Wrapper):
    """Calls a layer with its kernel divided by its largest singular value.

    That value comes from one step of the power iteration in each call with
    `training=True`. The kernel itself stays as it is, and gradients go through the
    division, as in the paper. Keras's layer of this name writes the divided kernel back
    into the variable instead, and its gradient knows nothing of the division.

    Source: Miyato et al., Spectral Normalization for Generative Adversarial Networks,
    arXiv 1802.05957.
    """

    def build(self, input_shape):
        """Adds the direction that the kernel stretches most, a random one at first."""
        super().build(input_shape)
        self.direction = self.add_weight(
            shape=(self.layer.kernel.shape[-1], 1),
            initializer="random_normal",
            trainable=False,
        )

    def call(self, inputs, training=False):
        """What the layer makes of the inputs with the divided kernel."""
        kernel = self.layer.kernel
        matrix = tf.reshape(kernel, (-1, kernel.shape[-1]))
        direction = tf.convert_to_tensor(self.direction)
        if training:
            forwards = tf.math.l2_normalize(matrix @ direction)
            direction = tf.math.l2_normalize(tf.transpose(matrix) @ forwards)
            self.direction.assign(direction)
        direction = tf.stop_gradient(direction)
        forwards = tf.stop_gradient(tf.math.l2_normalize(matrix @ direction))
        largest = tf.reduce_sum(forwards * (matrix @ direction))
        outputs, _ = self.layer.stateless_call(
            [w / largest if w is kernel else w for w in self.layer.trainable_variables],
            self.layer.non_trainable_variables,
            inputs,
        )
        return outputs


def with_spectral_norm(network, wrapper=SpectralNormalization):
    """A copy of a network with new weights whose layers are spectrally normalised.

    Args:
        network: a Keras model; each of its layers that has a kernel is wrapped.
        wrapper: this module's `SpectralNormalization`, or that of `keras.layers`.
    """

    def copy(layer):
        new = layer.__class__.from_config(layer.get_config())
        return wrapper(new) if hasattr(layer, "kernel") else new

    return keras.models.clone_model(network, clone_function=copy)
