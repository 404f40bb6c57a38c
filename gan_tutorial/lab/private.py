"""A GAN whose discriminator takes little from any one picture.

The updates are those of differential privacy, but nothing here keeps an account of
them: no epsilon follows from this code. Lesson 14 attacks it and looks at what is left.
"""

import keras
import tensorflow as tf

from gan_tutorial import checks, gan


class NoisyGAN(gan.GAN):
    """A `GAN` with clipped and noisy gradients in the discriminator's step.

    Real pictures reach the weights in one way only: through the mean of the gradients
    of single pairs, each clipped, with noise added. The generator sees no real picture,
    so its step is that of any GAN.

    Args:
        generator: from "latents" alone; see `gan.GAN`.
        discriminator: from "images" alone, without BatchNormalization, whose running
            averages would keep real pictures without noise.
        limit: the length to which the gradient of each pair is clipped, above 0.
        noise: standard deviation of what is added to each number of the sum, in units
            of `limit`; 0 for none.
        **settings: of `gan.GAN`.

    Raises:
        ValueError: as `gan.GAN`, and for conditions or BatchNormalization.

    Source: Abadi et al., Deep Learning with Differential Privacy, arXiv 1607.00133,
    algorithm 1. Unlike there, batches are no independent draws. Noise in the
    discriminator's gradient alone is Xie et al.'s, arXiv 1802.06739, who clip weights.
    """

    def __init__(self, generator, discriminator, limit, noise, **settings):
        super().__init__(generator, discriminator, **settings)
        inputs = {*self.g_inputs, *self.d_inputs}
        if inputs != {"latents", "images"}:
            raise ValueError(
                f"The networks take {sorted(inputs)}; expected latents and images "
                "only: a condition would be a second way from the pictures to the "
                "weights."
            )
        parts = discriminator._flatten_layers()
        if any(isinstance(part, keras.layers.BatchNormalization) for part in parts):
            raise ValueError(
                "The discriminator has BatchNormalization, which keeps averages of the "
                "real pictures without noise; expected one without it, such as "
                "networks.build_discriminator(image_shape)."
            )
        self.limit = checks.number("limit", limit, 1e-6)
        self.noise = checks.number("noise", noise, 0)

    def compile(
        self, g_optimizer, d_optimizer, loss, d_penalty=None, g_term=None, **kwargs
    ):
        """As `gan.GAN.compile`, without a penalty and without a term.

        Raises:
            ValueError: as there, and for a penalty or a term.
        """
        if d_penalty is not None or g_term is not None:
            raise ValueError(
                f"d_penalty is {d_penalty!r} and g_term is {g_term!r}; expected None: "
                "they would be ways from the real pictures to the weights without "
                "clipping and noise."
            )
        super().compile(g_optimizer, d_optimizer, loss, **kwargs)

    def discriminator_step(self, batch):
        """One step on a batch in the networks' range: clip each, add up, add noise."""
        pairs = batch["images"], self.make_fakes(batch)
        kinds = (tf.float32,) * (len(self.d_variables) + 1)
        *clipped, logits = tf.map_fn(
            self.clipped_gradient, pairs, fn_output_signature=kinds
        )
        gradient = [self.noisy_mean(rows) for rows in clipped]
        self.d_optimizer.apply(gradient, self.d_variables)

        real_logits, fake_logits = tf.split(logits, 2, axis=1)
        d_loss = self.loss.discriminator(real_logits, fake_logits)
        self.trackers["d_loss"].update_state(d_loss)
        self.trackers["real_accuracy"].update_state(real_logits > 0)
        self.trackers["fake_accuracy"].update_state(fake_logits < 0)

    def clipped_gradient(self, pair):
        """The gradient of one real picture and one fake, no longer than `limit`.

        Args:
            pair: the two pictures, `(height, width, channels)` each.

        Returns:
            An array for each of `d_variables`, and the two logits.
        """
        with tf.GradientTape() as tape:
            logits = self.discriminator(tf.stack(pair), training=True)
            d_loss = self.loss.discriminator(logits[:1], logits[1:])
        gradient = tape.gradient(d_loss, self.d_variables)
        clipped, _ = tf.clip_by_global_norm(gradient, self.limit)
        return *clipped, tf.reshape(logits, [2])

    def noisy_mean(self, rows):
        """The mean of gradients `(num_pairs, ...)`, after noise has met their sum."""
        spread, shape = self.noise * self.limit, rows.shape[1:]
        noise = keras.random.normal(shape, 0, spread, seed=self.seed_generator)
        num_pairs = tf.cast(tf.shape(rows)[0], tf.float32)
        return (tf.reduce_sum(rows, axis=0) + noise) / num_pairs
