"""The flow chart against real training steps, good and broken ones."""

from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import flow, losses, networks
from gan_tutorial.gan import GAN
from gan_tutorial.point_game import PointGame
from gan_tutorial.synthetic import points

NOTEBOOK = Path(__file__).parents[1] / "notebooks/01_play_the_game.ipynb"
BATCH = points.ring(16, 0)


def point_gan(kind=GAN, **kwargs):
    gan = kind(
        networks.build_point_generator(2, 2),
        networks.build_point_discriminator(2),
        latent_dim=2,
        seed=0,
        **kwargs,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
    )
    return gan


@pytest.mark.parametrize("d_steps", [1, 3])
def test_trace_of_a_real_step_is_the_chart(d_steps):
    edges = flow.trace(point_gan(d_steps=d_steps), BATCH)
    assert set(edges) == set(flow.EDGES)
    make = [("latents", "generator G"), ("generator G", "fake images")]
    judge = [("fake images", "discriminator D"), ("discriminator D", "verdict on fake")]
    d_step = [
        *make,
        ("real images", "discriminator D"),
        ("discriminator D", "verdict on real"),
        *judge,
        ("verdict on real", "loss of D"),
        ("verdict on fake", "loss of D"),
        ("loss of D", "update of D"),
    ]
    g_step = [
        *make,
        *judge,
        ("verdict on fake", "loss of G"),
        ("loss of G", "back through D"),
        ("back through D", "update of G"),
    ]
    assert edges == d_step * d_steps + g_step


def test_trace_of_images():
    gan = GAN(
        networks.build_generator(4, (16, 16, 1), 4),
        networks.build_discriminator((16, 16, 1), 4),
        latent_dim=4,
    )
    gan.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.hinge_generator_loss,
        losses.hinge_discriminator_loss,
    )
    images = np.random.default_rng(0).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    assert set(flow.trace(gan, images)) == set(flow.EDGES)


def test_trace_leaves_the_model_as_it_was_but_for_one_turn():
    game, other = (PointGame(points.ring, seed=1, r1_gamma=0.0) for _ in range(2))
    flow.trace(game, BATCH)
    other.train_step(tf.constant(BATCH))
    for a, b in zip(game.weights, other.weights, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
    game.play(1)  # and it still works


class Selfless(GAN):
    """Moves the discriminator downhill on the generator's loss."""

    def _discriminator_step(self, real_images, conditions):
        with tf.GradientTape() as tape:
            fakes = self._draw_fakes(real_images, conditions)
            loss = self.g_loss_fn(self._judge(fakes, conditions))
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(loss, variables), variables)


class Blind(GAN):
    """Never shows the discriminator a real image."""

    def _discriminator_step(self, real_images, conditions):
        fakes = self._draw_fakes(real_images, conditions)
        super()._discriminator_step(fakes, conditions)


class Still(GAN):
    """Moves the discriminator alone."""

    def _generator_step(self, real_images, conditions):
        pass


def test_trace_sees_what_is_wrong():
    chart = set(flow.EDGES)
    selfless = set(flow.trace(point_gan(Selfless), BATCH))
    assert ("loss of G", "update of D") in selfless - chart
    blind = set(flow.trace(point_gan(Blind), BATCH))
    assert ("real images", "discriminator D") in chart - blind
    still = set(flow.trace(point_gan(Still), BATCH))
    assert ("back through D", "update of G") in chart - still


def test_update_that_no_loss_explains_has_no_edge():
    with_penalty = point_gan()
    with_penalty.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(1e-3),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
    )
    edges = flow.trace(with_penalty, BATCH)
    assert "update of D" not in {end for _, end in edges}


def test_chart_shows_every_box_and_every_edge():
    figure = flow.plot_chart()
    (axis,) = figure.axes
    boxes = {name for edge in flow.EDGES for name in edge}
    texts = [text.get_text().replace("\n", " ") for text in axis.texts]
    assert set(filter(None, texts)) == boxes
    arrows = [text for text in axis.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == len(flow.EDGES)


def test_lesson_shows_the_same_chart_in_mermaid():
    text = "".join(cell.source for cell in nbformat.read(NOTEBOOK, 4).cells)
    assert f"```mermaid\n{flow.mermaid()}\n```" in text
