"""Lesson 07: a GAN that was repaired."""

import numpy as np

from gan_tutorial.exercises._words import describe


def repair(model):
    """Draws samples of a trained GAN and counts the modes."""
    from gan_tutorial.synthetic import points

    if isinstance(model, type) or not hasattr(model, "generate"):
        text = "give the GAN that you built, compiled and trained, by its name alone"
        return f"{text}. This is {describe(model)}."
    if getattr(model, "g_optimizer", None) is None:
        text = "this GAN has no optimizers yet. Compile it first, then call"
        return f"{text} `train_on_points`."
    steps = int(model.g_optimizer.iterations)
    if steps == 0:
        return "this GAN was not trained. Call `train_on_points`."
    samples = np.asarray(model.generate(2000, seed=12))
    if samples.shape != (2000, 2):
        return "this GAN makes no points in a plane. Build it with `build_ring_gan`."
    if not np.isfinite(samples).all():
        return "its samples are no finite numbers: a learning rate is too large."
    modes, good = points.count_modes(samples)
    found = f"it covers {modes} of 8 modes, and {good:.0%} of its samples are good"
    if modes < 8:
        return (
            f"{found}. Is one player much faster than the other? How much of its old "
            f"direction does Adam keep (`beta_1`)? It took {steps:,} steps; thousands "
            "are needed."
        )
    if good < 0.9:
        return (
            f"{found}; 90 % is the goal. Try the Adam of section 5 for both players, "
            "then average the weights (`ema_momentum=0.995`), or train longer."
        )
    return None
