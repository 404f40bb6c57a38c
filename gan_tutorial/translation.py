"""From picture to picture: with the right answer beside each, or from two sets.

In pairs, `gan.GAN` does it all: the generator takes "source", the discriminator sees
"images" beside it, and the generator's loss gains the distance to the right answer:

    shape = 28, 28, 1
    u_net = networks.build_u_net(shape)
    judge = networks.build_patch_discriminator(shape, source_channels=1)
    model = gan.GAN(u_net, judge)
    recipes.compile_gan(model, num_steps, g_term=translation.Distance(100))
    model.fit({"images": sharp, "source": blurred})

Without pairs, "images" and "source" are two sets, and `CycleGAN` learns both ways.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

from gan_tutorial import checks, gan


class Distance(NamedTuple):
    """How far fakes are from the images of their batch: a mean of `|fake - image|`.

    A `g_term` of `gan.GAN.compile`. It keeps what is made close to the one right
    answer. Where several answers are right it asks for their median, which is blurred;
    the discriminator asks for a sharp one.

    Attributes:
        weight: factor; 100 in the paper.
        masked: whether only pixels count whose mask is 1, as in `build_u_net`.

    Source: equation 4 of Isola, Zhu, Zhou and Efros, arXiv 1611.07004.
    """

    weight: float = 100.0
    masked: bool = False

    def __call__(self, fake_images, batch):
        """The weighted distance, a scalar; 0 where no pixel counts.

        Args:
            fake_images: float32 `(batch_size, height, width, channels)`.
            batch: "images" likewise, and "masks" `(batch_size, height, width, 1)`.

        Raises:
            ValueError: masks are needed and did not come.
        """
        distances = tf.abs(fake_images - batch["images"])
        if not self.masked:
            return self.weight * tf.reduce_mean(distances)
        if "masks" not in batch:
            raise ValueError(
                f"Distance(masked=True) needs masks, and the batch has {list(batch)}: "
                'give them by name, as "masks".'
            )
        counts = batch["masks"] * tf.ones_like(distances)  # in each channel
        inside = tf.reduce_sum(counts * distances)
        return self.weight * tf.math.divide_no_nan(inside, tf.reduce_sum(counts))


class CycleGAN(gan.GAN):
    """Two GANs that translate in opposite directions, and undo one another.

    No picture has its right answer. Instead, what is translated there and back must be
    the picture it was, and what needs no translation is left alone. A batch has
    "source" and "images", which have nothing to do with each other; cut the larger set
    to the size of the smaller one.

    `generate(source=...)` translates to the style of "images"; `back.generate(
    source=...)` translates such pictures back. Both have their `ema_generator`.

    Args:
        generator: from the input "source" to images, such as `networks.build_u_net`.
        discriminator: of the images, such as `networks.build_patch_discriminator`.
        back_generator: from its input "source", which gets images, to the source.
        back_discriminator: of sources; its input is called "images" too.
        cycle_weight: of the distance between a picture and what comes back of it.
        identity_weight: of the distance between a picture and what a generator makes of
            it that already has that style; it keeps colours. 0 where the two sets
            differ in channels.
        **settings: of both GANs; see `gan.GAN`.

    Attributes:
        back: the `gan.GAN` of the way back. `compile` gives it optimizers like yours.

    Raises:
        ValueError: networks that do not fit together, or a number out of range.

    Source: Zhu, Park, Isola and Efros, arXiv 1703.10593; its weights are 10 and, where
    the identity is used, 5. The store of earlier fakes is left out.
    """

    def __init__(
        self,
        generator,
        discriminator,
        back_generator,
        back_discriminator,
        cycle_weight=10.0,
        identity_weight=5.0,
        **settings,
    ):
        super().__init__(generator, discriminator, **settings)
        self.back = gan.GAN(back_generator, back_discriminator, **settings)
        self.cycle = Distance(checks.number("cycle_weight", cycle_weight, 0))
        self.identity = Distance(checks.number("identity_weight", identity_weight, 0))
        for one, other in ((self, self.back), (self.back, self)):
            source = one.g_inputs.get("source")
            made = other.generator.output_shape
            if source is None or source.shape[1:] != made[1:]:
                raise ValueError(
                    f"One generator takes {[*one.g_inputs]}, and the other makes "
                    f"{made}; expected that each takes, as 'source', what the other "
                    f"makes; came {None if source is None else source.shape}."
                )
        shapes = [one.generator.output_shape[1:] for one in (self, self.back)]
        if identity_weight and shapes[0] != shapes[1]:
            raise ValueError(
                f"The images have shape {shapes[0]} and the sources {shapes[1]}, so "
                "none could be left as it is. Set identity_weight=0."
            )
        figures = self.back.trackers.items()
        self.trackers |= {f"back_{name}": tracker for name, tracker in figures}
        self.trackers["cycle_loss"] = keras.metrics.Mean(name="cycle_loss")

    def compile(self, g_optimizer, d_optimizer, *args, **kwargs):
        """As `gan.GAN.compile`; all goes for both ways, also a `g_term`."""
        super().compile(g_optimizer, d_optimizer, *args, **kwargs)
        like = [
            type(optimizer).from_config(optimizer.get_config())
            for optimizer in (g_optimizer, d_optimizer)
        ]
        self.back.compile(*like, *args, **kwargs)

    def discriminator_step(self, batch):
        """One step of both discriminators, each with its own images and fakes."""
        super().discriminator_step(batch)
        self.back.discriminator_step(turn_round(batch))

    def generator_step(self, batch):
        """One step of both generators: what comes back depends on both."""
        with tf.GradientTape() as tape:
            losses = [
                self.way_loss(self, self.back, batch),
                self.way_loss(self.back, self, turn_round(batch)),
            ]
            total_loss = sum(losses) * self.share_of_batch(batch)
        both = self, self.back
        gradients = tape.gradient(total_loss, [one.g_variables for one in both])
        for one, loss, own in zip(both, losses, gradients, strict=True):
            one.g_optimizer.apply(own, one.g_variables)
            one.trackers["g_loss"].update_state(loss)

    def way_loss(self, one, other, batch):
        """What is minimised on the way of one GAN, from "source" to "images"."""
        fake_images, turned = one.make_fakes(batch), turn_round(batch)
        again = other.make_fakes(turned | {"source": fake_images})
        cycle_loss = self.cycle(again, turned)
        self.trackers["cycle_loss"].update_state(cycle_loss)
        loss = one.loss.generator(one.judge(fake_images, batch)) + cycle_loss
        if one.g_term is not None:
            loss += one.g_term(fake_images, batch)
        if self.identity.weight:
            unchanged = one.make_fakes(batch | {"source": batch["images"]})
            loss += self.identity(unchanged, batch)
        return loss

    def update_average(self):
        """Moves both averaged generators."""
        super().update_average()
        self.back.update_average()

    def _check_fakes(self, given):
        super()._check_fakes(given)
        self.back._check_fakes(turn_round(given))


def turn_round(batch) -> dict:
    """The same batch for the way back: its source are the images."""
    return batch | {"images": batch["source"], "source": batch["images"]}
