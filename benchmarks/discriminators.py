"""Does a generator learn better from a convolutional discriminator or a dense one?

    python benchmarks/discriminators.py

The two discriminators of lesson 03 train with the same generator, settings, seed and
steps as in the lesson; so does a dense one with about as many weights as the
convolutional one, and the dense one for twice the steps, because its steps are cheaper.
1,000 pictures are compared with 5,000 test pictures. Writes
benchmarks/evidence/discriminators.json and prints the table that stands in the lesson.

A CPU second is a second of one processor core, of the whole training; TensorFlow gets
one thread.
"""

import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "discriminators.json"
SEEDS = (1, 2, 3)
NUM_STEPS = 500


def build_dense_discriminator(image_shape, num_units=128):
    """The article's discriminator, mended: LeakyReLU after a linear layer, a logit."""
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input(image_shape, name="images"),
            layers.Flatten(),
            layers.Dense(num_units),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dense(1),
        ]
    )


def build_wide_dense_discriminator(image_shape):
    """The same with 166,633 weights; the convolutional one has 166,625."""
    return build_dense_discriminator(image_shape, num_units=212)


def train(build_discriminator, images, num_steps, seed):
    """Trains as lesson 03 does."""
    import keras

    from gan_tutorial import data, gan, losses, networks

    keras.utils.set_random_seed(seed)
    generator = networks.build_generator(16, images.shape[1:])
    discriminator = build_discriminator(images.shape[1:])
    model = gan.GAN(generator, discriminator, 16, seed=seed, ema_momentum=0.99)
    model.compile(
        g_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=0.05 / 2,
        d_penalty_interval=4,
    )
    batches = data.batches(images, batch_size=16, seed=seed, steps=num_steps)
    model.fit(batches, epochs=1, verbose=0)
    return model


def measure():
    """Trains and measures everything; returns the evidence."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    environment.prepare(0)
    from gan_tutorial import data, metrics, networks

    images, _ = data.load_images("fashion_mnist")
    test_images, _ = data.load_images("fashion_mnist", "test")
    distance = metrics.PictureDistance("fashion_mnist", test_images[:5000])
    pixels = data.to_model_range(images[:10_000]).reshape(10_000, -1)
    mean, covariance = pixels.mean(axis=0), np.cov(pixels.T)
    runs, gaussian = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        drawn = rng.multivariate_normal(mean, covariance, 1000, method="eigh")
        drawn = np.clip(drawn, -1, 1).reshape(-1, 28, 28, 1).astype("float32")
        gaussian.append(round(distance(drawn), 1))
        for name, build, num_steps in (
            ("convolutional", networks.build_discriminator, NUM_STEPS),
            ("dense", build_dense_discriminator, NUM_STEPS),
            ("dense, wide", build_wide_dense_discriminator, NUM_STEPS),
            ("dense", build_dense_discriminator, 2 * NUM_STEPS),
        ):
            start = time.process_time()
            model = train(build, images, num_steps, seed)
            row = {
                "discriminator": name,
                "weights": model.discriminator.count_params(),
                "steps": num_steps,
                "seed": seed,
                "cpu_seconds": round(time.process_time() - start),
                "distance": round(distance(model.generate(1000, seed=seed)), 1),
            }
            print(row, flush=True)
            runs.append(row)
    return {
        "command": "python benchmarks/discriminators.py",
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores, one thread",
        "floor": round(distance(test_images[5000:6000]), 1),
        "gaussian": gaussian,
        "runs": runs,
    }


def table(evidence):
    """The table of the lesson, as the lines of a Markdown table."""
    distances = {}
    for row in evidence["runs"]:
        key = row["discriminator"], f"{row['weights']:,}", f"{row['steps']:,}"
        distances.setdefault(key, []).append(row["distance"])
    distances["Gaussian over pixels, no GAN", "", ""] = evidence["gaussian"]
    seeds = [f"seed {seed}" for seed in sorted({r["seed"] for r in evidence["runs"]})]
    rows = [["discriminator", "weights", "steps", *seeds, "median"]]
    rows.append(["---"] * len(rows[0]))
    for key, values in distances.items():
        rows.append([*key, *(f"{value:.0f}" for value in (*values, np.median(values)))])
    return [f"|{'|'.join(row)}|" for row in rows]


def main():
    """Measures, writes the evidence and prints the table."""
    evidence = measure()
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    print(*table(evidence), sep="\n")


if __name__ == "__main__":
    main()
