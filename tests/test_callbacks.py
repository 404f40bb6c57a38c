"""Samples taken while a GAN trains."""

import keras
import numpy as np
import pytest
from matplotlib.figure import Figure

from gan_tutorial import callbacks, data, gan, latent, losses, networks


def _build(**conditions):
    keras.utils.set_random_seed(5)
    model = gan.GAN(
        networks.build_generator(4, (16, 16, 1), 2, **conditions),
        networks.build_discriminator((16, 16, 1), 2, **conditions),
        latent_dim=4,
        seed=1,
    )
    model.compile(
        keras.optimizers.Adam(0.01),
        keras.optimizers.Adam(0.01),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
        run_eagerly=True,
    )
    return model


def _images(num_images=20):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, 16, 16, 1), dtype=np.uint8)


def test_stages_are_taken_during_training_at_their_steps():
    model = _build()
    stages = callbacks.SampleStages([7, 0, 3], num_images=3, seed=4)
    seen = {}

    class Copy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            step = int(self.model.g_optimizer.iterations)
            latents = latent.sample_latents(3, 4, 4)
            seen[step] = self.model.generate_from_latents(latents)

    model.fit(_images(), batch_size=4, epochs=2, callbacks=[stages, Copy()], verbose=0)
    assert [stage["step"] for stage in stages.stages] == [0, 3, 7]
    for stage in stages.stages[1:]:
        np.testing.assert_array_equal(
            stage["fixed"], data.to_display_range(seen[stage["step"]])
        )
    seconds = [stage["seconds"] for stage in stages.stages]
    assert seconds == sorted(seconds)


def test_fixed_latents_stay_and_fresh_ones_change():
    model = _build()
    stages = callbacks.SampleStages([0, 1, 2], num_images=3)
    stages.set_model(model)
    stages.on_train_begin()
    for step in (1, 2):
        model.g_optimizer.iterations.assign(step)
        stages.on_train_batch_end(0)
    fixed, fresh = ([s[kind] for s in stages.stages] for kind in ("fixed", "fresh"))
    np.testing.assert_array_equal(fixed[0], fixed[2])
    assert not np.array_equal(fresh[0], fresh[1])
    assert not np.array_equal(fixed[0], fresh[0])


def test_conditions_are_passed_on():
    model = _build(num_classes=3)
    stages = callbacks.SampleStages([0], num_images=2, labels=[2, 0])
    stages.set_model(model)
    stages.on_train_begin()
    expected = model.generate(2, labels=[2, 0], seed=0)
    np.testing.assert_array_equal(
        stages.stages[0]["fixed"], data.to_display_range(expected)
    )


def test_a_continued_run_goes_on_with_the_stages():
    model, stages = _build(), callbacks.SampleStages([2, 6])
    for epoch in range(2):
        model.fit(
            _images(),
            batch_size=5,
            epochs=epoch + 1,
            initial_epoch=epoch,
            callbacks=[stages],
            verbose=0,
        )
    assert [stage["step"] for stage in stages.stages] == [2, 6]


def test_steps_that_were_passed_give_one_stage():
    model, stages = _build(), callbacks.SampleStages([0, 2, 4, 100], num_images=2)
    model.fit(_images(), batch_size=4, epochs=1, verbose=0)
    model.fit(_images(), batch_size=4, epochs=1, callbacks=[stages], verbose=0)
    assert [stage["step"] for stage in stages.stages] == [5]


def test_the_measure_sees_the_same_thousand_latents_at_each_stage():
    model, seen = _build(num_classes=3), []
    stages = callbacks.SampleStages(
        [0, 1], labels=[2, 0], num_images=2, measure=lambda x: seen.append(x) or len(x)
    )
    stages.set_model(model)
    stages.on_train_begin()
    model.g_optimizer.iterations.assign(1)
    stages.on_train_batch_end(0)
    assert [stage["distance"] for stage in stages.stages] == [1000, 1000]
    expected = model.generate(1000, labels=np.arange(1000) % 2 * -2 + 2, seed=0)
    for images in seen:
        np.testing.assert_array_equal(images, expected)


def test_the_figure_is_shown_once_and_then_replaced(monkeypatch):
    shown = []

    class Handle:
        def update(self, figure):
            shown.append(("update", figure))

    def display(figure, display_id):
        shown.append(("display", figure))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    stages = callbacks.SampleStages([0, 1, 2], draw=lambda stages: Figure())
    _build().fit(_images(), batch_size=5, epochs=1, callbacks=[stages], verbose=0)
    assert [kind for kind, _ in shown] == ["display", "update", "update"]


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_steps_in_groups_are_not_missed(steps_per_execution):
    model, stages = _build(), callbacks.SampleStages([1, 5])
    model.steps_per_execution = steps_per_execution
    model.run_eagerly = False
    model.fit(_images(30), batch_size=5, epochs=1, callbacks=[stages], verbose=0)
    expected = [1, 5] if steps_per_execution == 1 else [3, 6]
    assert [stage["step"] for stage in stages.stages] == expected
