"""Do the silent faults of lesson 05 look alike on every seed?

    python benchmarks/faults.py

Trains the GAN of lesson 05 as the lesson does, on three seeds: mended, with inverted
labels, and with pictures that are sorted by kind. Keeps the last losses, the gradient
of the generator, the distance of 1,000 pictures from 5,000 test pictures, and the share
of the commonest kind. Then compares two momenta of BatchNormalization, and the message
to the generator before and after a step of the discriminator. Writes
benchmarks/evidence/faults.json and prints the table that stands in the lesson.
"""

import json
import os
import platform
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "faults.json"
SEEDS = (1, 2, 3)
NUM_STEPS = 400
EARLY_STEPS = 60  # at which the momenta are compared
FAULTS = ("mended", "labels", "shuffle")


def sort_by_kind(images, labels, num_images, seed):
    """A random choice of pictures, sorted by kind, as batches in this order."""
    import tensorflow as tf

    from gan_tutorial import data

    rows = np.random.default_rng(seed).permutation(len(images))[:num_images]
    rows = rows[np.argsort(labels[rows], kind="stable")]
    pictures = data.to_model_range(images[rows])
    return tf.data.Dataset.from_tensor_slices(pictures).batch(16)


def train(fault, images, labels, seed):
    """Trains with one fault, or mended; returns the model, losses and gradients."""
    from gan_tutorial import data, fault_lab, losses

    def inverted(real_logits, fake_logits):
        return losses.non_saturating_discriminator_loss(fake_logits, real_logits)

    mended = losses.non_saturating_discriminator_loss
    d_loss_fn = inverted if fault == "labels" else mended
    model = fault_lab.build_plain_gan(seed, 16, images.shape[1:], d_loss_fn)
    record = fault_lab.GradientRecord()
    if fault == "shuffle":
        batches, epochs = sort_by_kind(images, labels, 16 * NUM_STEPS, seed), 1
    else:
        steps = NUM_STEPS // 20
        batches = data.batches(images, batch_size=16, seed=seed, steps=steps)
        epochs = 20
    history = model.fit(batches, epochs=epochs, callbacks=[record], verbose=0).history
    return model, history, record


def compare_momenta(images, seed):
    """Mean difference between pictures in training mode and in inference mode."""
    import tensorflow as tf

    from gan_tutorial import data, fault_lab, latent, losses

    loss = losses.non_saturating_discriminator_loss
    found = {}
    for momentum in (0.99, 0.9):
        shape = images.shape[1:]
        model = fault_lab.build_plain_gan(seed, 16, shape, loss, momentum)
        batches = data.batches(images, batch_size=16, seed=seed, steps=EARLY_STEPS)
        model.fit(batches, epochs=1, verbose=0)
        latents = tf.constant(latent.sample_latents(64, 16, seed=0))
        kept = model.generator(latents, training=False)
        seen = model.generator(latents, training=True)
        found[str(momentum)] = round(float(tf.reduce_mean(tf.abs(kept - seen))), 3)
    return found


def compare_messages(images, seed):
    """Cosine of the messages before and after a step of D, at two times."""
    import tensorflow as tf

    from gan_tutorial import data, fault_lab, latent, losses

    loss = losses.non_saturating_discriminator_loss
    found = {}
    for steps in (0, NUM_STEPS):
        model = fault_lab.build_plain_gan(seed, 16, images.shape[1:], loss)
        if steps:
            batches = data.batches(images, batch_size=16, seed=seed, steps=steps // 20)
            model.fit(batches, epochs=20, verbose=0)
        latents = tf.constant(latent.sample_latents(64, 16, seed))
        real_images = data.to_model_range(images[:64])
        found[str(steps)] = round(
            fault_lab.compare_messages(model, real_images, latents), 2
        )
    return found


def measure():
    """Trains and measures everything; returns the evidence."""
    environment.prepare(0)
    import tensorflow as tf

    from gan_tutorial import data, metrics

    runs, momenta, messages = [], [], []
    for name in ("fashion_mnist", "vases"):
        images, labels = data.load_images(name)
        test_images, _ = data.load_images(name, "test")
        distance = metrics.PictureDistance(name, test_images[:5000])
        classifier = metrics.load_classifier(name)
        for seed in SEEDS:
            for fault in FAULTS:
                model, history, record = train(fault, images, labels, seed)
                pictures = model.generate(1000, seed=0)
                kinds = classifier.predict(pictures, verbose=0).argmax(axis=1)
                row = {
                    "data": name,
                    "fault": fault,
                    "seed": seed,
                    "d_loss": round(float(history["d_loss"][-1]), 4),
                    "g_loss": round(float(history["g_loss"][-1]), 4),
                    "gradient": [float(f"{norm:.2e}") for norm in record.norms],
                    "distance": round(distance(pictures), 1),
                    "largest_share": round(float(np.bincount(kinds).max() / 1000), 3),
                }
                print(row, flush=True)
                runs.append(row)
            momenta.append(
                {"data": name, "seed": seed, **compare_momenta(images, seed)}
            )
            print(momenta[-1], flush=True)
            found = compare_messages(images, seed)
            messages.append({"data": name, "seed": seed, **found})
            print(messages[-1], flush=True)
    return {
        "command": "python benchmarks/faults.py",
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores, as many threads",
        "steps": NUM_STEPS,
        "runs": runs,
        "momenta": momenta,
        "messages": messages,
    }


def table(evidence, name="fashion_mnist"):
    """The table of the lesson, as the lines of a Markdown table."""
    lines = [
        "| | seed | D's loss | G's loss | G's gradient | distance | largest share |",
        "|---|---|---|---|---|---|---|",
    ]
    titles = {"mended": "mended", "labels": "inverted labels", "shuffle": "sorted"}
    for fault, title in titles.items():
        for row in evidence["runs"]:
            if (row["data"], row["fault"]) != (name, fault):
                continue
            # In a sorted run the losses of its only epoch are means over all of it.
            losses = [f"{row[key]:.2f}" for key in ("d_loss", "g_loss")]
            if fault == "shuffle":
                losses = ["–", "–"]
            norm = row["gradient"][-1]
            cells = [title, row["seed"], *losses]
            cells += [f"{norm:.2f}" if norm > 0.01 else f"{norm:.5f}"]
            cells += [f"{row['distance']:.0f}", f"{100 * row['largest_share']:.0f} %"]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def main():
    """Measures, writes the evidence and prints the tables."""
    evidence = measure()
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    for name in ("fashion_mnist", "vases"):
        print(*table(evidence, name), sep="\n")


if __name__ == "__main__":
    main()
