"""How good are the samples after so many CPU seconds, or pictures seen, of training?

One training, its 10,000 samples as uint8 `images` in FILE.npz:

    python benchmarks/time_to_quality.py --recipe ours --cpu-seconds 120 --seed 1 \
        --data fashion_mnist --samples FILE.npz

The race of all recipes, judged by the test images, and what single changes of our
recipe do, judged by 10,000 training images on which it did not train. Both go on where
they stopped; `report.py` writes the tables:

    python benchmarks/time_to_quality.py --race
    python benchmarks/time_to_quality.py --ablation

A CPU second is a second of one processor core (`time.process_time`). With
`--cpu-seconds` it is counted from building the networks to the last step; taking
samples is not counted. TensorFlow gets one thread, because on two cores a second one
costs more CPU seconds than it saves.

How many steps fit into a CPU second depends on the machine and its neighbours. So the
race has nominal seconds: a number of pictures seen, which is what fitted into them at
the milliseconds a step of evidence/step_time.json, for which the recipes took turns and
nothing else ran; building the networks is left out. With `--pictures` and one thread,
the same number and seed give the same samples again, on the same kind of machine.

Both judges learned from all 60,000 training images, also from those that the ablation
holds out; none has seen a test image.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from gan_tutorial import environment
from gan_tutorial.files import write_whole

ROOT = Path(__file__).parents[1]
EVIDENCE = Path(__file__).parent / "evidence"
NUM_SAMPLES, NUM_HELD_OUT = 10_000, 10_000
# Recipe, seeds, nominal CPU seconds, pictures seen (see `pictures_in`).
RACE = [
    ("ours", (1, 2, 3), 60, 25_888),
    ("ours", (1, 2, 3), 120, 72_960),
    ("unlabelled", (1, 2, 3), 120, 72_736),
    ("plain Adam 1e-3", (1, 2, 3), 120, 79_584),
    ("plain Adam 2e-4", (1, 2, 3), 120, 79_584),
    ("tutorial, tuned", (1, 2, 3), 120, 22_752),
    ("article", (1, 2, 3), 120, 110_048),
    ("tutorial", (1,), 120, 27_136),
    ("ours", (1, 2, 3), 360, 235_712),
    ("ours", (1,), 1000, 654_848),
    ("unlabelled", (1, 2, 3), 360, 240_640),
]
# Which changes are tried in runs of so many pictures.
_ALWAYS = "constant rate", "rate falls", "no R1"
ABLATION_RUNS = {
    128_000: _ALWAYS,
    9600: (*_ALWAYS, "rate falls in the second half"),
    19_200: (*_ALWAYS, "rate falls in the second half", "R1 of 0.05", "R1 of 5"),
}
ABLATION_SEEDS = 4, 5, 6
TUNING_PICTURES = 22_752  # in 120 nominal seconds


def train(recipe, data_set, seed, num_pictures, cpu_seconds=None):
    """Trains one recipe.

    Args:
        recipe: a name from `recipes.EVERY`.
        data_set: a `data.DataSet`.
        seed: of everything random.
        num_pictures: that the discriminator sees; about so many, with `cpu_seconds`.
        cpu_seconds: the budget, in place of the pictures.

    Returns:
        The trained model, the CPU seconds it took, and the checksum of its settings.
    """
    import keras
    from recipes import EVERY

    from gan_tutorial import data

    keras.utils.set_random_seed(seed)

    class Budget(keras.callbacks.Callback):
        """Lets the learning rate fall along the budget, and ends with it."""

        def on_train_begin(self, logs=None):
            self.optimizers = self.model.g_optimizer, self.model.d_optimizer
            self.rates = [float(o.learning_rate) for o in self.optimizers]

        def on_train_batch_end(self, batch, logs=None):
            used = (batch + 1) / self.model.num_steps
            if cpu_seconds:
                used = (time.process_time() - start) / cpu_seconds
            if self.model.falls:
                left = min(max(1 - used, 0) / self.model.falls, 1)
                for optimizer, rate in zip(self.optimizers, self.rates, strict=True):
                    optimizer.learning_rate.assign(rate * left)
            self.model.stop_training = used >= 1

    start = time.process_time()
    shape, num_classes = data_set.images.shape[1:], len(data_set.class_names)
    model = EVERY[recipe](shape, num_classes, num_pictures, seed)
    checksum = settings(model)  # now, because the training changes its learning rate
    arrays = {"images": data_set.images}
    if "labels" in model.g_inputs:
        arrays["labels"] = data_set.labels
    # One epoch, as long as the run may get.
    steps = model.num_steps * (10 if cpu_seconds else 1)
    batches = data.batches(arrays, model.batch_size, seed, steps=steps)
    model.fit(batches, callbacks=[Budget()], verbose=0)
    return model, time.process_time() - start, checksum


def settings(model):
    """A checksum of all on which a training depends, but for data and seed."""
    parts = [model.generator.get_config(), model.discriminator.get_config()]
    parts += [o.get_config() for o in (model.g_optimizer, model.d_optimizer)]
    parts += [loss.__name__ for loss in model.loss] + [repr(model.d_penalty)]
    parts += [type(model).__name__, model.ema_momentum, model.d_steps]
    parts += [model.batch_size, model.num_steps, model.falls]
    text = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def sample(model, labels, seed):
    """10,000 images; where the model takes labels, each as often as in `labels`."""
    given = {}
    if "labels" in model.g_inputs:
        random = np.random.default_rng(seed)
        evenly = np.linspace(0, len(labels), NUM_SAMPLES, endpoint=False).astype(int)
        given["labels"] = random.permutation(np.sort(labels)[evenly])
    return model.generate(NUM_SAMPLES, seed=seed, **given)


def refresh_statistics(network, latent_dim, seed):
    """Sets the averages of BatchNormalization to those of 2,000 fresh latents.

    They move slowly, so that after few steps they are still near their first values.
    """
    import keras

    from gan_tutorial import latent

    norms = [
        layer
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for layer in norms:
        layer.momentum = 0.0
    network(latent.sample_latents(2000, latent_dim, seed), training=True)


class Judges:
    """Distances from the judging images in two feature spaces, and class shares.

    The classifier has learned the ten classes; the other network has seen no labels,
    but learned by how far a picture was turned.
    """

    def __init__(self, name, images):
        from gan_tutorial import metrics

        self.classifier, self.shares = None, None
        own = "fashion_mnist" if name == "mnist" else name
        self.distances = {"classifier": metrics.FrechetDistance(own, images)}
        if own == "fashion_mnist":
            turned = metrics.FrechetDistance("turned_fashion_mnist", images)
            self.distances["turned"] = turned
        if name != "mnist":  # its classes have no classifier here
            self.classifier = metrics.load_classifier(own)
            self.shares = metrics.class_shares(self.classifier, images)

    def __call__(self, images):
        """What is to be stored about these images."""
        from gan_tutorial import metrics

        found = {name: round(d(images), 2) for name, d in self.distances.items()}
        if self.classifier is not None:
            shares = metrics.class_shares(self.classifier, images) / self.shares
            found["smallest class share"] = round(float(shares.min()), 3)
        return found


def load(name, split, data_dir=None, hold_out=False):
    """The pictures to train on, and those to be judged by."""
    from gan_tutorial import data

    data_set = data.load(name, split, data_dir)
    if not hold_out:
        return data_set, lambda: data.load(name, "test", data_dir).images
    kept = data_set._replace(
        images=data_set.images[:-NUM_HELD_OUT], labels=data_set.labels[:-NUM_HELD_OUT]
    )
    return kept, lambda: data_set.images[-NUM_HELD_OUT:]


def run_one(args):
    """Trains one recipe, writes its samples, and prints what was measured as JSON."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    environment.prepare(args.seed)
    data_set, judging = load(args.data, args.split, args.data_dir, args.hold_out)
    pictures, budget = args.pictures, None
    if pictures is None:
        budget = args.cpu_seconds
        pictures = pictures_in(args.recipe, budget)
    model, seconds, checksum = train(args.recipe, data_set, args.seed, pictures, budget)
    result = {
        "recipe": args.recipe,
        "data": data_set.name,
        "seed": args.seed,
        "steps": model.steps_taken,
        "pictures": model.steps_taken * model.batch_size,
        "cpu_seconds": round(seconds, 1),
        "settings": checksum,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }
    samples = sample(model, data_set.labels, args.seed)
    if args.samples:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, images=samples)
        write_whole(args.samples, buffer.getvalue())
    if args.judge:
        judges = Judges(args.data, judging())
        result["averaged"] = judges(samples)
        networks = {"averaged": model.ema_generator, "not averaged": model.generator}
        for name, network in networks.items():
            model.ema_generator = network
            if network is model.generator:
                result[name] = judges(sample(model, data_set.labels, args.seed))
            if "labels" not in model.g_inputs:
                refresh_statistics(network, model.latent_dim, args.seed)
                fresh = judges(sample(model, data_set.labels, args.seed))
                result[f"{name}, fresh statistics"] = fresh
    print(json.dumps(result))


def measure_without_training(judges, images):
    """The floor, real against real, and a Gaussian over pixels, which is no GAN."""
    from gan_tutorial import data

    pixels = data.to_model_range(images[:NUM_SAMPLES]).reshape(NUM_SAMPLES, -1)
    drawn = np.random.default_rng(1).multivariate_normal(
        pixels.mean(axis=0), np.cov(pixels.T), NUM_SAMPLES, method="eigh"
    )
    drawn = np.clip(drawn, -1, 1).reshape(-1, *images.shape[1:]).astype(np.float32)
    return {
        "real pictures": judges(images[:NUM_SAMPLES]),
        "Gaussian over pixels": judges(data.to_display_range(drawn)),
    }


def pictures_in(recipe, cpu_seconds):
    """How many pictures a recipe sees in a budget; see `step_time.py --recipes`."""
    stored = json.loads((EVIDENCE / "step_time.json").read_text())["recipes"]
    # A recipe may take larger batches in longer runs: the last that suits the budget.
    found = 0
    for row in stored.get(recipe, stored["ours"]):
        if found < row["from_pictures"]:
            break
        found = round(1000 * cpu_seconds / row["step_ms"] * row["batch_size"])
    return max(found, 1)


def plan(ablation):
    """What is to be run: (recipe, seed, pictures, nominal CPU seconds or None)."""
    from recipes import TUNING

    if not ablation:
        return [
            (recipe, seed, pictures, seconds)
            for recipe, seeds, seconds, pictures in RACE
            for seed in seeds
        ]
    return [
        (recipe, seed, pictures, None)
        for pictures, recipes in ABLATION_RUNS.items()
        for seed in ABLATION_SEEDS
        for recipe in recipes
    ] + [(recipe, 1, TUNING_PICTURES, None) for recipe in TUNING]


def settings_now(recipe, pictures):
    """The checksum of the settings that a recipe has now."""
    import keras
    from recipes import EVERY

    keras.backend.clear_session()  # so that layers get the names of a fresh process
    return settings(EVERY[recipe]((28, 28, 1), 10, pictures, 0))


def run_all(ablation, workers):
    """Runs what the evidence lacks, and stores each result as it comes."""
    path = EVIDENCE / ("ablation.json" if ablation else "time_to_quality.json")
    stored = json.loads(path.read_text()) if path.exists() else {"runs": []}
    tasks = {task[:3]: task for task in plan(ablation)}
    asked = {key[::2]: settings_now(*key[::2]) for key in tasks}

    def key_of(run):
        return run["recipe"], run["seed"], run["pictures"]

    # A run of a recipe that has changed since is no evidence any more.
    stored["runs"] = [
        run
        for run in stored["runs"]
        if run["settings"] == asked.get((run["recipe"], run["pictures"]))
        and key_of(run) in tasks
    ]
    done = {key_of(run) for run in stored["runs"]}
    data_set, judging = load("fashion_mnist", "train", hold_out=ablation)
    if "without training" not in stored:
        judges = Judges("fashion_mnist", judging())
        stored["without training"] = measure_without_training(judges, data_set.images)
    stored |= {
        "command": "python benchmarks/time_to_quality.py "
        + ("--ablation" if ablation else "--race"),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores; one thread for each run",
    }

    def store():
        stored["runs"].sort(key=lambda run: [*tasks].index(key_of(run)))
        write_whole(path, (json.dumps(stored, indent=1) + "\n").encode())

    def run(task):
        recipe, seed, pictures, seconds = task
        command = [sys.executable, __file__, "--recipe", recipe, "--judge"]
        command += ["--pictures", str(pictures), "--seed", str(seed)]
        command += ["--hold-out"] * ablation
        result = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        if result.returncode:
            return None
        return json.loads(result.stdout.splitlines()[-1]) | {"budget": seconds}

    store()
    missing = [task for key, task in tasks.items() if key not in done]
    failed = []
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(run, task): task for task in missing}
        for future in as_completed(futures):
            result = future.result()
            if result is None:
                failed.append(futures[future])
            else:
                stored["runs"].append(result)
                store()
            print(result or f"failed: {futures[future]}", flush=True)
    return len(failed)


def main():
    """Reads the command line."""
    from recipes import EVERY

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", choices=[*EVERY])
    parser.add_argument("--cpu-seconds", type=float, default=120)
    parser.add_argument("--pictures", type=int, help="seen, in place of CPU seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--data", default="fashion_mnist", choices=("fashion_mnist", "mnist", "vases")
    )
    parser.add_argument("--split", default="train", choices=("train", "test"))
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--judge", action="store_true", help="measure the samples")
    parser.add_argument(
        "--hold-out", action="store_true", help="judge by held-out training images"
    )
    parser.add_argument("--race", action="store_true")
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--workers", type=int, default=2, help="runs at the same time")
    args = parser.parse_args()
    if args.recipe:
        run_one(args)
    elif args.race or args.ablation:
        sys.exit(run_all(args.ablation, args.workers))
    else:
        parser.error("say --recipe, --race or --ablation")


if __name__ == "__main__":
    main()
