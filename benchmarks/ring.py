"""Does the recommended recipe cover the ring of eight, and does the bad one collapse?

One training, about 3 seconds of one processor core. It prints one line of JSON:

    python benchmarks/ring.py --recipe recommended --seed 3

`modes` counts the bells (of eight) that have at least 1 % of 10,000 samples within
three standard deviations of their middle; `good` is the share of samples that are so
near to any of them. The ring has radius 2, a bell standard deviation 0.1, and of the
real points 0.989 are good. `extent` is the standard deviation of the samples from
their middle; that of the real points is 2.0. All three belong to the generator that
the recipe publishes: the averaged one if it averages, else the last one.

Without a recipe, both are run on twenty seeds, and benchmarks/evidence/ring.json is
written:

    python benchmarks/ring.py
"""

import argparse
import json
import os
import platform
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "ring.json"
SEEDS = (*range(10), *range(100, 110))
NUM_STEPS = 3000
NUM_SAMPLES = 10_000
LATENT_DIM = 2


def build(seed, ema_momentum, change_g=None, change_d=None, d_steps=1):
    """Two dense networks with two layers of 64, which two functions may change."""
    import keras

    from gan_tutorial import gan, networks

    keras.utils.set_random_seed(seed)
    generator = networks.build_point_generator(LATENT_DIM, point_dim=2)
    discriminator = networks.build_point_discriminator(point_dim=2)
    return gan.GAN(
        change_g(generator) if change_g else generator,
        change_d(discriminator) if change_d else discriminator,
        LATENT_DIM,
        d_steps=d_steps,
        ema_momentum=ema_momentum,
        seed=seed,
    )


def recommended(seed):
    """No momentum, R1, averaged weights, a learning rate that falls to zero."""
    import keras

    from gan_tutorial import losses

    model = build(seed, ema_momentum=0.995)
    falling = keras.optimizers.schedules.PolynomialDecay(4e-3, NUM_STEPS, 0.0)
    model.compile(
        g_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=0.1 / 2,
    )
    return model


def collapse(seed):
    """A generator ten times as fast as the discriminator, and Adam's usual momentum."""
    import keras

    from gan_tutorial import losses

    model = build(seed, ema_momentum=0.0)
    model.compile(
        g_optimizer=keras.optimizers.Adam(3e-3),
        d_optimizer=keras.optimizers.Adam(3e-4),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
    )
    return model


RECIPES = {"recommended": recommended, "collapse": collapse}


def measure(samples):
    """`modes`, `good` and `extent` of points `(num_points, 2)`."""
    from gan_tutorial.synthetic import points

    modes, good = points.count_modes(samples)
    distances = np.linalg.norm(samples - samples.mean(axis=0), axis=1)
    extent = float(np.sqrt(np.mean(distances**2)))
    return {"modes": modes, "good": round(good, 4), "extent": round(extent, 3)}


def run(recipe, seed):
    """Trains one recipe with one seed and measures it."""
    from gan_tutorial.point_game import train_on_points
    from gan_tutorial.synthetic import points

    model = RECIPES[recipe](seed)
    train_on_points(model, points.ring, NUM_STEPS, batch_size=128, seed=seed)
    samples = model.generate(NUM_SAMPLES, seed=seed)
    return {"recipe": recipe, "seed": seed, **measure(samples)}


def start():
    """TensorFlow with one thread: for such small networks a second one costs time."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    environment.prepare(0)
    import tensorflow as tf

    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores, one thread",
    }


def race():
    """All recipes on all seeds; writes the evidence."""
    evidence = {"command": "python benchmarks/ring.py", **start(), "runs": []}
    for recipe in RECIPES:
        for seed in SEEDS:
            evidence["runs"].append(run(recipe, seed))
            print(json.dumps(evidence["runs"][-1]), flush=True)
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    return evidence


def report(evidence):
    """For each recipe, on how many seeds it does what it is said to do."""
    for recipe in RECIPES:
        runs = [row for row in evidence["runs"] if row["recipe"] == recipe]
        covers = sum(row["modes"] == 8 and row["good"] >= 0.9 for row in runs)
        fails = sum(row["modes"] <= 3 for row in runs)
        median = np.median([row["good"] for row in runs])
        print(
            f"{recipe}: 8 modes and 90 % good on {covers} of {len(runs)} seeds, "
            f"3 modes or fewer on {fails}; median of good {median:.3f}"
        )


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", choices=RECIPES)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.recipe:
        start()
        print(json.dumps(run(args.recipe, args.seed)))
    else:
        report(race())


if __name__ == "__main__":
    main()
