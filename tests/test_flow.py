"""The chart of an iteration against what a real training step does."""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import losses, networks
from gan_tutorial.gan import GAN
from gan_tutorial.lab import flow
from gan_tutorial.synthetic import points


class TracedGAN(GAN):
    """Notes the edges of the chart that its steps take."""

    edges = ()

    def note(self, *names):
        self.edges = [*self.edges, *zip(names, names[1:], strict=False)]

    def make_fakes(self, batch):
        self.note("latents", "generator G", "fake images")
        return super().make_fakes(batch)

    def judge(self, images, batch):
        kind = "real" if images is batch["images"] else "fake"
        self.note(f"{kind} images", "discriminator D", f"verdict on {kind}")
        return super().judge(images, batch)


def d_loss(real_logits, fake_logits):
    """Pulls the real logits up and the fake ones down, each with its own slope."""
    return tf.reduce_mean(-2.0 * real_logits) + tf.reduce_mean(3.0 * fake_logits)


def test_a_real_step_goes_along_the_edges_of_the_chart():
    keras.utils.set_random_seed(0)
    generator = networks.build_point_generator(2, 2)
    gan = TracedGAN(generator, networks.build_point_discriminator(2), seed=0)
    loss = losses.Loss(losses.non_saturating_generator_loss, d_loss)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), loss)
    batch = {
        "images": tf.constant(points.ring(16, 0)),
        "latents": tf.random.stateless_normal((16, 2), (1, 2)),
    }
    players = {"D": gan.discriminator, "G": gan.generator}
    before = {name: network.get_weights() for name, network in players.items()}

    # What the updates should be, worked out a second time.
    with tf.GradientTape(persistent=True) as tape:
        fakes = gan.generator(batch["latents"])
        logits = [gan.discriminator(places) for places in (batch["images"], fakes)]
        loss_of_d = d_loss(*logits)
    d_slopes = tape.gradient(loss_of_d, gan.discriminator.trainable_variables)
    gan.discriminator_step(batch)
    after = gan.discriminator.get_weights()
    for old, new, slope in zip(before["D"], after, d_slopes, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * slope, atol=1e-5)
    for old, new in zip(before["G"], gan.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    gan.note("verdict on real", "loss of D", "update of D")
    gan.note("verdict on fake", "loss of D")

    with tf.GradientTape() as tape:
        fakes = gan.generator(batch["latents"])
        with tf.GradientTape() as through_d:
            through_d.watch(fakes)
            loss_of_g = losses.non_saturating_generator_loss(gan.discriminator(fakes))
        message = through_d.gradient(loss_of_g, fakes)  # back through D
    g_slopes = tape.gradient(fakes, gan.generator.trainable_variables, message)
    gan.generator_step(batch)
    after_g = gan.generator.get_weights()
    for old, new, slope in zip(before["G"], after_g, g_slopes, strict=True):
        np.testing.assert_allclose(new, old - 0.1 * slope, atol=1e-5)
    for old, new in zip(after, gan.discriminator.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)
    gan.note("verdict on fake", "loss of G", "back through D", "update of G")
    assert set(gan.edges) == set(flow.EDGES)


def test_chart_shows_every_box_and_every_edge():
    (axis,) = flow.plot_chart().axes
    boxes = {name for edge in flow.EDGES for name in edge}
    texts = [text.get_text().replace("\n", " ") for text in axis.texts]
    assert set(filter(None, texts)) == boxes
    arrows = [text for text in axis.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(flow.EDGES)
