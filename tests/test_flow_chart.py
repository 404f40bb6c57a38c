"""The chart of an iteration against what a real training step does."""

import keras
import tensorflow as tf

from gan_tutorial import losses, networks
from gan_tutorial.gan import GAN
from gan_tutorial.lab import flow_chart
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


def test_a_real_step_goes_along_the_edges_of_the_chart():
    generator = networks.build_point_generator(2, 2)
    gan = TracedGAN(generator, networks.build_point_discriminator(2), seed=0)

    def d_loss(real_logits, fake_logits):
        gan.note("verdict on real", "loss of D")
        gan.note("verdict on fake", "loss of D", "update of D")
        return losses.non_saturating_discriminator_loss(real_logits, fake_logits)

    def g_loss(fake_logits):
        # Gradients reach G by no other way than through the verdict of D.
        gan.note("verdict on fake", "loss of G", "back through D", "update of G")
        return losses.non_saturating_generator_loss(fake_logits)

    loss = losses.Loss(g_loss, d_loss)
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), loss)
    gan.train_step({"images": tf.constant(points.ring(16, 0))})
    assert set(gan.edges) == set(flow_chart.EDGES)


def test_chart_shows_every_box_and_every_edge():
    chart = flow_chart.plot_chart()
    (axis,) = chart.axes
    boxes = {name for edge in flow_chart.EDGES for name in edge}
    texts = [text.get_text().replace("\n", " ") for text in axis.texts]
    assert set(filter(None, texts)) == boxes
    arrows = [text for text in axis.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(flow_chart.EDGES)
    assert all(
        f"{start} to {end}" in chart.description for start, end in flow_chart.EDGES
    )
