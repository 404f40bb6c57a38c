"""Do the measures of lesson 06 rank what they should, and when is the GAN at its best?

    python benchmarks/measures.py

On three seeds, on products and on vases: measures sets whose truth is known, trains the
GAN of lesson 06 on 500 pictures, and measures its snapshots, all as the lesson does.
Writes benchmarks/evidence/measures.json and prints the tables that stand in the lesson.
"""

import json
import os
import platform
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "measures.json"
SEEDS = (1, 2, 3)
NUM_STEPS = 1200
NUM_CATALOGUE = 500
SIZES = (50, 100, 200, 400, 800, 1600)


def train(catalogue, seed):
    """Trains as lesson 06 does; returns the history, the generator and snapshots."""
    import keras

    from gan_tutorial import data, gan, losses, networks

    class KeepSnapshots(keras.callbacks.Callback):
        """Keeps the averaged weights after each epoch."""

        def on_epoch_end(self, epoch, logs=None):
            snapshots.append(self.model.ema_generator.get_weights())

    snapshots = []
    keras.utils.set_random_seed(seed)
    shape = catalogue.shape[1:]
    networks_of_both = (
        networks.build_generator(16, shape),
        networks.build_discriminator(shape),
    )
    model = gan.GAN(*networks_of_both, 16, ema_momentum=0.995, seed=seed)
    model.compile(
        g_optimizer=keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(2e-3, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
    )
    batches = data.batches(catalogue, batch_size=16, seed=seed, steps=NUM_STEPS // 12)
    history = model.fit(batches, epochs=12, callbacks=[KeepSnapshots()], verbose=0)
    return history.history, keras.models.clone_model(model.generator), snapshots


def draw(generator, weights, num_images, seed):
    """Pictures from a snapshot, uint8."""
    from gan_tutorial import data, latent

    generator.set_weights(weights)
    latents = latent.sample_latents(num_images, generator.input_shape[-1], seed)
    return data.to_display_range(generator.predict(latents, verbose=0))


def known_sets(held_out, images, labels):
    """Sets of 1,000 pictures whose truth is known."""
    real, others = held_out[:1000], held_out[1000:2000]
    broken = np.concatenate([real[:, :14], others[:, 14:]], axis=1)
    half = labels.max() // 2
    return {
        "real": real,
        "half broken": np.concatenate([real[:500], broken[500:]]),
        "all broken": broken,
        "half the types": images[labels <= half][:1000],
        "one type": images[labels == 0][:1000],
    }


def all_measures(reference, features):
    """The six figures of the lesson; the last four with 1,000 real pictures."""
    from gan_tutorial import metrics

    precision, recall = metrics.precision_recall(reference[:1000], features)
    density, coverage = metrics.density_coverage(reference[:1000], features)
    return {
        "frechet": round(metrics.frechet_distance(reference, features), 2),
        "kernel": round(metrics.kernel_distance(reference[:1000], features), 3),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "density": round(density, 3),
        "coverage": round(coverage, 3),
    }


def near_copies(known, held_out, made):
    """Share of `made` nearer to `known` than the nearest 1 % of held-out pictures."""
    from gan_tutorial import metrics

    _, usual = metrics.nearest_neighbours(known, held_out)
    _, distances = metrics.nearest_neighbours(known, made)
    return round(float(np.mean(distances < np.quantile(usual, 0.01))), 3)


def measure_seed(name, seed):
    """All figures for one data set and one seed."""
    from gan_tutorial import data, metrics

    images, labels = data.load_images(name)
    test_images, _ = data.load_images(name, "test")
    rng = np.random.default_rng(seed)
    test_images = test_images[rng.permutation(len(test_images))]
    validation, test, held_out = np.split(test_images, [4000, 8000])
    distance = metrics.PictureDistance(name, validation)
    reference, features = distance.real_features, distance.features
    order = NUM_CATALOGUE + rng.permutation(len(images) - NUM_CATALOGUE)
    sets = known_sets(held_out, images[order], labels[order])
    row = {"data": name, "seed": seed}
    row["sets"] = {
        key: all_measures(reference, features(pictures))
        for key, pictures in sets.items()
    }

    catalogue = images[:NUM_CATALOGUE]
    history, generator, snapshots = train(catalogue, seed)
    made = [features(draw(generator, w, 1000, seed)) for w in snapshots]
    row["validation"] = [round(distance_to(reference, m), 2) for m in made]
    kept = int(np.argmin(row["validation"]))
    row["kept"] = kept
    for key in ("g_loss", "d_loss"):
        row[key] = [round(float(value), 3) for value in history[key]]
    test_features = features(test)
    classifier = metrics.load_classifier(name)

    known, usual = features(catalogue), features(held_out[:1000])
    for key, snapshot in (("best", snapshots[kept]), ("last", snapshots[-1])):
        # From 1: NumPy takes [seed, 0] for seed, and with that we have chosen.
        draws = [draw(generator, snapshot, 1000, [seed, i]) for i in range(1, 11)]
        drawn = [features(pictures) for pictures in draws]
        found = all_measures(test_features, drawn[0])
        found["validation"] = [round(distance_to(reference, d), 2) for d in drawn]
        found["test"] = [round(distance_to(test_features, d), 2) for d in drawn]
        found["class_shares"] = metrics.class_shares(classifier, draws[0]).tolist()
        found["near_copies"] = near_copies(known, usual, drawn[0])
        row[key] = found
    half_copied = np.concatenate([known[:250], usual[:250]])
    row["copies"] = {
        "all copied": near_copies(known, usual, known),
        "half copied": near_copies(known, usual, half_copied),
        "all broken": near_copies(known, usual, features(sets["all broken"])),
        "moved": near_copies(known, usual, features(np.roll(catalogue, 1, axis=2))),
        "frechet": round(distance_to(reference, known), 2),
    }

    pools = {"real": features(held_out)}
    pools["best"] = features(draw(generator, snapshots[kept], 2000, seed))
    row["sizes"] = {}
    for key, pool in pools.items():
        for number in SIZES:
            chosen = [rng.permutation(2000)[:number] for _ in range(5)]
            row["sizes"][f"{key} {number}"] = [
                round(float(np.mean([measure(pool[c]) for c in chosen])), 3)
                for measure in (
                    lambda part: distance_to(reference, part),
                    lambda part: metrics.kernel_distance(reference[:1000], part),
                )
            ]
    return row


def distance_to(real, fake):
    """The Fréchet distance of features."""
    from gan_tutorial import metrics

    return metrics.frechet_distance(real, fake)


def measure():
    """Trains and measures everything; returns the evidence."""
    import tensorflow as tf

    environment.prepare(0)
    runs = []
    for name in ("fashion_mnist", "vases"):
        for seed in SEEDS:
            runs.append(measure_seed(name, seed))
            print(runs[-1], flush=True)
    return {
        "command": "python benchmarks/measures.py",
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores, as many threads",
        "runs": runs,
    }


def runs_of(evidence, name="fashion_mnist"):
    """The runs on one data set, in the order of their seeds."""
    return [run for run in evidence["runs"] if run["data"] == name]


def known_table(evidence):
    """Lines of the table of known sets: medians over the seeds."""
    lines = [
        "| set | Fréchet | kernel | precision | recall | density | coverage |",
        "|---|---|---|---|---|---|---|",
    ]
    runs = runs_of(evidence)
    for name in runs[0]["sets"]:
        medians = [
            np.median([run["sets"][name][key] for run in runs])
            for key in runs[0]["sets"][name]
        ]
        cells = [f"{medians[0]:.1f}", *(f"{value:.2f}" for value in medians[1:])]
        cells = [cell.replace("-0.00", "0.00") for cell in cells]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def stopping_table(evidence):
    """Lines of the table of early stopping: the best snapshot and the last one."""
    lines = [
        "| seed | snapshot | step | distance | precision | coverage | rarest type |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs_of(evidence):
        for key, epoch in (("best", run["kept"]), ("last", 11)):
            step = (epoch + 1) * NUM_STEPS // 12
            found = run[key]
            rarest = f"{min(found['class_shares']):.0%}".replace("%", " %")
            lines.append(
                f"| {run['seed']} | {key} | {step} | {np.mean(found['test']):.1f} "
                f"| {found['precision']:.2f} | {found['coverage']:.2f} | {rarest} |"
            )
    return lines


if __name__ == "__main__":
    evidence = measure()
    EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    print(*known_table(evidence), "", *stopping_table(evidence), sep="\n")
