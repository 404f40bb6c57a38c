"""How good are the samples after so many CPU seconds of training?

One recipe, its 10,000 samples as uint8 `images` in FILE.npz:

    python benchmarks/time_to_quality.py --recipe ours --cpu-seconds 120 --seed 1 \
        --data fashion_mnist --samples FILE.npz

The race of all recipes, which writes benchmarks/evidence/time_to_quality.json, and the
table and the plot from it:

    python benchmarks/time_to_quality.py

A CPU second is a second of one processor core (`time.process_time`), summed over all
threads of the process, and counted from building the networks to the last step; taking
samples is not counted. TensorFlow gets one thread, because on two cores a second one
costs more CPU seconds than it saves; it is the same for all recipes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from gan_tutorial import environment

ROOT = Path(__file__).parents[1]
EVIDENCE = Path(__file__).parent / "evidence" / "time_to_quality.json"
PICTURE = EVIDENCE.with_suffix(".png")
NUM_SAMPLES = 10_000
# Recipe, seed, and the CPU seconds after which samples are measured; the last ends it.
RACE = [
    *(("ours", seed, [15, 20, 30, 60, 120]) for seed in (1, 2, 3)),
    *(("unlabelled", seed, [30, 60, 120]) for seed in (1, 2, 3)),
    *(("article", seed, [30, 60]) for seed in (1, 2, 3)),
    ("tutorial", 2, [30, 60]),
    ("tutorial", 1, [30, 60, 120, 240, 480, 960, 1500]),
]


def train(recipe, data_set, cpu_seconds, seed, moments=(), at_moment=None):
    """Trains until `cpu_seconds` are used; calls `at_moment(model, seconds)` between.

    Args:
        recipe: a name from `recipes.RECIPES`.
        data_set: a `data.DataSet` with labels.
        cpu_seconds: the budget.
        seed: of everything random.
        moments: CPU seconds after which `at_moment` is called.
        at_moment: function of the model and the seconds used; its time is not counted.

    Returns:
        The trained model and the number of its steps.
    """
    import keras
    from recipes import RECIPES

    from gan_tutorial import data, recipes

    keras.utils.set_random_seed(seed)

    class Budget(keras.callbacks.Callback):
        """Ends the training when the budget is used."""

        paused, waiting = 0.0, sorted(moments)

        def on_train_batch_end(self, batch, logs=None):
            used = time.process_time() - start - self.paused
            if recipe in ("ours", "unlabelled"):
                # The learning rate falls to 0 along the share of the budget.
                rate = recipes.LEARNING_RATE * max(1 - used / cpu_seconds, 0)
                self.model.g_optimizer.learning_rate.assign(rate)
                self.model.d_optimizer.learning_rate.assign(rate)
            if self.waiting and used >= self.waiting[0]:
                at_moment(self.model, self.waiting.pop(0))
                self.paused = time.process_time() - start - used
            self.model.stop_training = used >= cpu_seconds

    start = time.process_time()
    shape, num_classes = data_set.images.shape[1:], len(data_set.class_names)
    model, batch_size = RECIPES[recipe](shape, num_classes, seed)
    arrays = {"images": data_set.images}
    if "labels" in model.g_inputs:
        arrays["labels"] = data_set.labels
    batches = data.batches(arrays, batch_size=batch_size, seed=seed)
    model.fit(batches, epochs=1_000_000, callbacks=[Budget()], verbose=0)
    return model, model.steps_taken


def run_one(args):
    """Trains one recipe, writes its samples, and prints what was measured as JSON."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    environment.prepare(args.seed)

    from gan_tutorial import data

    data_set = data.load(args.data, args.split, args.data_dir)
    result = {"recipe": args.recipe, "seed": args.seed, "distances": {}}
    measure, class_shares = _judges(args.data) if args.measure_at else (None, None)

    def sample(model):
        # The classes as often as the training data have them.
        random = np.random.default_rng(args.seed)
        asked = {"labels": random.choice(data_set.labels, NUM_SAMPLES)}
        asked = asked if "labels" in model.g_inputs else {}
        return model.generate(NUM_SAMPLES, seed=args.seed, **asked)

    def at_moment(model, seconds):
        result["distances"][f"{seconds:.0f}"] = measure(sample(model))

    model, result["steps"] = train(
        args.recipe, data_set, args.cpu_seconds, args.seed, args.measure_at, at_moment
    )
    samples = sample(model)
    if args.samples:
        temporary = args.samples.with_suffix(".part.npz")
        np.savez_compressed(temporary, images=samples)
        os.replace(temporary, args.samples)
    if measure:
        result["distances"][f"{args.cpu_seconds:.0f}"] = measure(samples)
        result["class_shares"] = class_shares(samples)
    result["tensorflow"] = tf.__version__
    print(json.dumps(result))


def _judges(name):
    """Two functions of samples: the distance from the test images, and class shares."""
    from gan_tutorial import data, metrics

    test_images = data.load(name, "test").images
    distance = metrics.FrechetDistance(name, test_images)
    classifier = metrics.load_classifier(name)
    real_shares = metrics.class_shares(classifier, test_images)

    def measure(images):
        return round(distance(images), 2)

    def class_shares(images):
        shares = metrics.class_shares(classifier, images)
        return (shares / real_shares).round(3).tolist()

    return measure, class_shares


def measure_without_training():
    """The floor, real against real, and a Gaussian over pixels, which is no GAN."""
    from gan_tutorial import data

    images = data.load("fashion_mnist").images
    measure, _ = _judges("fashion_mnist")
    pixels = data.to_model_range(images[:10_000]).reshape(10_000, -1)
    gaussian = []
    for seed in (1, 2, 3):
        drawn = np.random.default_rng(seed).multivariate_normal(
            pixels.mean(axis=0), np.cov(pixels.T), NUM_SAMPLES, method="eigh"
        )
        drawn = np.clip(drawn, -1, 1).reshape(-1, 28, 28, 1).astype(np.float32)
        gaussian.append(measure(data.to_display_range(drawn)))
    return {"floor": measure(images[:NUM_SAMPLES]), "gaussian": gaussian}


def race():
    """Runs what is missing in the evidence, one training at a time."""
    stored = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {"runs": []}
    rows = stored["runs"]
    if "baselines" not in stored:
        stored["baselines"] = measure_without_training()
    for recipe, seed, moments in RACE:
        if any((row["recipe"], row["seed"]) == (recipe, seed) for row in rows):
            continue
        command = [sys.executable, __file__, "--recipe", recipe, "--seed", str(seed)]
        command += ["--cpu-seconds", str(moments[-1]), "--data", "fashion_mnist"]
        command += ["--measure-at", *map(str, moments[:-1])]
        print(f"{recipe}, seed {seed}, {moments[-1]} CPU s", flush=True)
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        rows.append(json.loads(output.splitlines()[-1]))
        evidence = {
            "command": "python benchmarks/time_to_quality.py",
            "python": platform.python_version(),
            "machine": f"{os.cpu_count()} cores, one thread",
            "baselines": stored["baselines"],
            "runs": rows,
        }
        EVIDENCE.parent.mkdir(exist_ok=True)
        EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    return json.loads(EVIDENCE.read_text())


def curves(rows):
    """Recipe -> list of (CPU seconds, distances of all seeds at that moment)."""
    found = {}
    for row in rows:
        for seconds, distance in row["distances"].items():
            at = found.setdefault(row["recipe"], {}).setdefault(int(seconds), [])
            at.append(distance)
    return {recipe: sorted(points.items()) for recipe, points in found.items()}


def seconds_to(distance, points):
    """CPU seconds at which the median first falls to `distance`, or None.

    Between two measurements the distance is taken to fall evenly in log-log scale.
    """
    previous = None
    for seconds, distances in points:
        now = np.log(seconds), np.log(np.median(distances))
        if now[1] <= np.log(distance):
            if previous is None:
                return float(seconds)
            share = (previous[1] - np.log(distance)) / (previous[1] - now[1])
            return float(np.exp(previous[0] + share * (now[0] - previous[0])))
        previous = now
    return None


def report(evidence):
    """Prints the table of the README and draws its plot."""
    rows, baselines = evidence["runs"], evidence["baselines"]
    points = curves(rows)
    moments = (30, 60, 120)
    # From the second column on: medians over the seeds that were measured so long.
    print("| recipe | seeds | " + " | ".join(f"{m} CPU s" for m in moments) + " |")
    print("|---" * (len(moments) + 2) + "|")
    for recipe, at in points.items():
        medians = {second: np.median(distances) for second, distances in at}
        cells = [f"{medians[m]:.1f}" if m in medians else "" for m in moments]
        seeds = sum(row["recipe"] == recipe for row in rows)
        print(f"| {recipe} | {seeds} | " + " | ".join(cells) + " |")
    for row in rows:
        if row["recipe"] in ("ours", "unlabelled"):
            share = min(row["class_shares"])
            print(f"{row['recipe']}, seed {row['seed']}: smallest class share {share}")
            print(f"    {row['distances']}")
    for recipe, at in points.items():
        reached = seconds_to(60, at)
        print(f"{recipe}: distance 60 after {reached and round(reached)} CPU s")
    gaussian = np.median(baselines["gaussian"])
    print(f"floor {baselines['floor']}, Gaussian over pixels {gaussian}")
    draw(points, baselines["floor"], gaussian)


def draw(points, floor, gaussian):
    """Distance over CPU seconds, medians as lines and all seeds as dots."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained", dpi=110)
    axis = figure.add_subplot()
    for (recipe, at), style in zip(
        points.items(), ("o-", "D-.", "s--", "^:"), strict=True
    ):
        seconds = [second for second, _ in at]
        medians = [np.median(distances) for _, distances in at]
        (line,) = axis.loglog(seconds, medians, style, label=recipe)
        for second, distances in at:
            axis.plot([second] * len(distances), distances, ".", color=line.get_color())
    for distance, name in (
        (floor, "real pictures"),
        (gaussian, "Gaussian over pixels"),
    ):
        axis.axhline(distance, color="0.5", lw=0.8, ls=":")
        axis.text(15, distance * 1.07, name, color="0.4", fontsize=8)
    axis.set(xlabel="CPU seconds of training", ylabel="Fréchet distance (log scale)")
    axis.set_title("Fashion-MNIST, 10,000 samples against the test images")
    axis.grid(alpha=0.3, which="both")
    axis.legend()
    figure.savefig(PICTURE)


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    recipes = ("ours", "unlabelled", "tutorial", "article")
    parser.add_argument("--recipe", choices=recipes)
    parser.add_argument("--cpu-seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--data", default="fashion_mnist", choices=("fashion_mnist", "mnist", "vases")
    )
    parser.add_argument("--split", default="train", choices=("train", "test"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--measure-at", type=float, nargs="*", default=[])
    args = parser.parse_args()
    if args.recipe:
        run_one(args)
    else:
        report(race())


if __name__ == "__main__":
    main()
