"""Samples taken while a GAN trains."""

import keras
import numpy as np
import pytest
from matplotlib.figure import Figure
from tiny import build, pictures

from gan_tutorial import callbacks, latent


def test_stages_are_taken_during_training_at_their_steps():
    model = build()
    stages = callbacks.Samples([7, 0, 3], num_images=3, seed=4)
    seen = {}

    class Copy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            step = self.model.steps_taken
            latents = latent.sample_latents(3, 4, 4)
            seen[step] = self.model.generate(latents=latents)

    model.fit(
        pictures(20), batch_size=4, epochs=2, callbacks=[stages, Copy()], verbose=0
    )
    assert [stage["step"] for stage in stages.stages] == [0, 3, 7]
    for stage in stages.stages[1:]:
        np.testing.assert_array_equal(stage["fixed"], seen[stage["step"]])
    seconds = [stage["seconds"] for stage in stages.stages]
    assert seconds == sorted(seconds)


def test_fixed_latents_stay_and_fresh_ones_change():
    model = build()
    stages = callbacks.Samples([0, 1, 2], num_images=3)
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
    model = build(3)
    stages = callbacks.Samples([0], num_images=2, conditions={"labels": [2, 0]})
    stages.set_model(model)
    stages.on_train_begin()
    expected = model.generate(2, labels=[2, 0], seed=0)
    np.testing.assert_array_equal(stages.stages[0]["fixed"], expected)


def test_a_continued_run_goes_on_with_the_stages():
    model, stages = build(), callbacks.Samples([2, 6])
    for epoch in range(2):
        model.fit(
            pictures(20),
            batch_size=5,
            epochs=epoch + 1,
            initial_epoch=epoch,
            callbacks=[stages],
            verbose=0,
        )
    assert [stage["step"] for stage in stages.stages] == [2, 6]


def test_steps_that_were_passed_give_one_stage():
    model, stages = build(), callbacks.Samples([0, 2, 4, 100], num_images=2)
    model.fit(pictures(20), batch_size=4, epochs=1, verbose=0)
    model.fit(pictures(20), batch_size=4, epochs=1, callbacks=[stages], verbose=0)
    assert [stage["step"] for stage in stages.stages] == [5]


def test_the_measure_sees_the_same_thousand_latents_at_each_stage():
    model, seen = build(3), []
    stages = callbacks.Samples(
        [0, 1],
        conditions={"labels": [2, 0]},
        num_images=2,
        measure=lambda x: seen.append(x) or len(x),
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
    stages = callbacks.Samples([0, 1, 2], draw=lambda stages: Figure())
    build().fit(pictures(20), batch_size=5, epochs=1, callbacks=[stages], verbose=0)
    assert [kind for kind, _ in shown] == ["display", "update", "update"]


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_steps_in_groups_are_not_missed(steps_per_execution):
    settings = {"run_eagerly": False, "steps_per_execution": steps_per_execution}
    model, stages = build(**settings), callbacks.Samples([1, 5])
    model.fit(pictures(30), batch_size=5, epochs=1, callbacks=[stages], verbose=0)
    expected = [1, 5] if steps_per_execution == 1 else [3, 6]
    assert [stage["step"] for stage in stages.stages] == expected
