"""Do the stages of lesson 04 get better on every seed, and does the order matter?

    python benchmarks/turns.py

Trains the DCGAN of lesson 04 as the lesson does: in turns, and with both players at
once, on three seeds. Keeps the distance at the three stages (1,000 pictures against
5,000 test pictures) and the losses of each epoch. Writes benchmarks/evidence/turns.json
and prints the tables that stand in the lesson.
"""

import json
import os
import platform
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "turns.json"
SEEDS = (1, 2, 3)
NUM_STEPS = 1200


def train(order, images, distance, seed):
    """Trains as lesson 04 does; returns the distances of the stages and the history."""
    import keras
    import tensorflow as tf

    from gan_tutorial import callbacks, data, gan, losses, networks

    class SimultaneousGAN(gan.GAN):
        """Both gradients are taken before either player moves."""

        def train_step(self, batch):
            real_images, conditions = self._unpack(batch)
            variables = self.generator.trainable_variables
            with tf.GradientTape() as tape:
                fake_images = self._draw_fakes(real_images, conditions)
                g_loss = self.g_loss_fn(self._judge(fake_images, conditions))
            g_gradient = tape.gradient(g_loss, variables)
            self._discriminator_step(real_images, conditions)
            self.g_optimizer.apply(g_gradient, variables)
            self.trackers["g_loss"].update_state(g_loss)
            self._update_average()
            return {name: tracker.result() for name, tracker in self.trackers.items()}

    keras.utils.set_random_seed(seed)
    kind = {"in turns": gan.GAN, "at once": SimultaneousGAN}[order]
    generator = networks.build_generator(16, images.shape[1:])
    discriminator = networks.build_discriminator(images.shape[1:])
    model = kind(generator, discriminator, 16, ema_momentum=0.995, seed=seed)
    falling = keras.optimizers.schedules.PolynomialDecay(2e-3, NUM_STEPS, 0.0)
    model.compile(
        g_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=0.05 / 2,
        d_penalty_interval=4,
    )
    steps = [0, NUM_STEPS // 12, NUM_STEPS]
    stages = callbacks.SampleStages(steps, seed=seed, measure=distance)
    batches = data.batches(images, batch_size=16, seed=seed, steps=NUM_STEPS // 12)
    history = model.fit(batches, epochs=12, callbacks=[stages], verbose=0).history
    return [stage["distance"] for stage in stages.stages], history


def measure():
    """Trains and measures everything; returns the evidence."""
    import tensorflow as tf

    environment.prepare(0)
    from gan_tutorial import data, metrics

    runs, floors = [], {}
    for name in ("fashion_mnist", "vases"):
        images, _ = data.load_images(name)
        test_images, _ = data.load_images(name, "test")
        distance = metrics.PictureDistance(name, test_images[:5000])
        floors[name] = round(distance(test_images[5000:6000]), 1)
        for order in ("in turns", "at once"):
            for seed in SEEDS:
                distances, history = train(order, images, distance, seed)
                row = {"data": name, "order": order, "seed": seed}
                row["distances"] = [round(d, 1) for d in distances]
                for key in ("d_loss", "g_loss"):
                    row[key] = [round(float(value), 3) for value in history[key]]
                print(row, flush=True)
                runs.append(row)
    return {
        "command": "python benchmarks/turns.py",
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores, as many threads",
        "floors": floors,
        "runs": runs,
    }


def table(evidence, name="fashion_mnist"):
    """The table of the lesson, as the lines of a Markdown table."""
    lines = ["| turns | seed | initial | middle | final |", "|---|---|---|---|---|"]
    for row in evidence["runs"]:
        if row["data"] == name:
            cells = [row["order"], row["seed"], *(f"{d:.0f}" for d in row["distances"])]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def main():
    """Measures, writes the evidence and prints the tables."""
    evidence = measure()
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    for name in evidence["floors"]:
        print(*table(evidence, name), sep="\n")
        orders = {row["order"] for row in evidence["runs"]}
        for order in sorted(orders):
            final = [
                row["distances"][-1]
                for row in evidence["runs"]
                if (row["data"], row["order"]) == (name, order)
            ]
            print(f"{name}, {order}: median {np.median(final)}")


if __name__ == "__main__":
    main()
