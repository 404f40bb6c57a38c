"""Does the generator of lesson 08 obey, are its vases sound, and which search is best?

    python benchmarks/designs.py

On three seeds: trains as the lesson does, wishes for 1,000 new vases, and measures what
came: `trained` from the generator as it is, `made` averaged with its mirror image, as
the lesson does from then on, and `real` new real vases with the same wishes. Then three
searches with five seeds each, 1,000 evaluations a search, beside the best bottle of the
training set. Writes benchmarks/evidence/designs.json and prints the lesson's tables.

`one_piece`, `symmetric`, `standing` and all three together (`sound`) are shares of the
1,000, from `solids.measure_bodies`. `style` is the share that the shipped classifier
recognises, for the style at which it is lowest. `near` is the share that is nearer to
its nearest training vase than 99 % of the new real vases are to theirs.
"""

import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from gan_tutorial import environment

EVIDENCE = Path(__file__).parent / "evidence" / "designs.json"
SEEDS = (1, 2, 3)
NUM_VASES, NUM_STEPS, LATENT_DIM, R1_GAMMA = 6000, 2800, 8, 1.0
ASKED = ("height", "belly", "neck")
SEARCHES = ("chance", "evolution", "gradient")


def train(seed):
    """Trains as lesson 08 does; returns the GAN, the vases and the ranges of wishes."""
    import keras

    from gan_tutorial import data, gan, losses, networks
    from gan_tutorial.synthetic import vases

    keras.utils.set_random_seed(seed)
    asked = {name: vases.RANGES[name] for name in ASKED}
    images, attributes = vases.make(NUM_VASES, 64, seed=seed)
    wishes = data.scale_attributes(attributes, asked)
    takes = {"num_classes": len(vases.STYLES), "num_attributes": len(asked)}
    model = gan.GAN(
        networks.build_generator(LATENT_DIM, (64, 64, 1), filters=8, **takes),
        networks.build_discriminator((64, 64, 1), filters=16, **takes),
        LATENT_DIM,
        ema_momentum=0.995,
        seed=seed,
    )
    falling = keras.optimizers.schedules.PolynomialDecay(2e-3, NUM_STEPS, 0.0)
    model.compile(
        g_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=R1_GAMMA / 2,
        d_penalty_interval=4,
    )
    conditions = attributes["style"], wishes
    batches = data.batches(images, *conditions, seed=seed, steps=NUM_STEPS)
    model.fit(batches, verbose=0)
    return model, images, attributes["style"], asked


def as_points(images):
    """Pictures of 64 x 64 as rows of 32 x 32 averages."""
    blocks = images.reshape(len(images), 32, 2, 32, 2) / 255
    return blocks.mean(axis=(2, 4)).reshape(len(images), -1)


def judge(images, wanted):
    """How well pictures meet wishes, and how sound they are."""
    import keras

    from gan_tutorial import data, metrics, solids
    from gan_tutorial.synthetic import vases

    found, result = vases.measure(images), {}
    for name in ASKED:
        kept = ~np.isnan(found[name])
        r = np.corrcoef(wanted[name][kept], found[name][kept])[0, 1]
        result[name] = round(float(r), 4)
        off = 64 * np.nanmedian(np.abs(found[name] - wanted[name]))
        result[f"{name}_off"] = round(float(off), 2)
    pixels = data.to_model_range(images)
    small = keras.ops.image.resize(pixels, (28, 28), antialias=True)
    classifier = metrics.load_classifier("vases")
    named = classifier.predict(small, batch_size=500, verbose=0).argmax(axis=1)
    right = named == wanted["style"]
    by_style = [float(right[wanted["style"] == s].mean()) for s in range(5)]
    result |= {"style": round(min(by_style), 3), "all_styles": round(right.mean(), 4)}
    bodies, sound = solids.measure_bodies(images), np.ones(len(images), bool)
    for name in ("one_piece", "symmetric", "standing"):
        sound &= bodies[f"is_{name}"]
        result[name] = round(float(bodies[f"is_{name}"].mean()), 3)
    return result | {"sound": round(float(sound.mean()), 3)}


def compare_searches(model, images, styles, is_odd):
    """Scores of the best real bottle, and of each search on five seeds.

    `one_piece` and `odd` are shares of the five winners. `short` is the gradient once
    more, with latents that are cut to a length of `sqrt(LATENT_DIM)`.
    """
    import tensorflow as tf

    from gan_tutorial import data, search, solids
    from gan_tutorial.synthetic import vases

    bottle = vases.STYLES.index("bottle")

    def draw(points, longest=np.inf):
        latents = points[:, :LATENT_DIM]
        if np.isfinite(longest):
            latents = tf.clip_by_norm(latents, longest, axes=1)
        labels = tf.fill([len(points)], bottle)
        return model.ema_generator([latents, labels, 2 * points[:, LATENT_DIM:]])

    def score_images(images):
        volume, tilt = search.measure_softly(images)
        return tilt - 40 * tf.abs(volume - 2.0)

    bottles = data.to_model_range(images[styles == bottle])
    result = {"real": round(float(np.max(score_images(bottles))), 2)}
    for name, method, longest in (
        ("chance", search.search_at_random, np.inf),
        ("evolution", search.search_by_evolution, np.inf),
        ("gradient", search.search_by_gradient, np.inf),
        ("short", search.search_by_gradient, LATENT_DIM**0.5),
    ):
        start = time.process_time()
        runs = [
            method(
                lambda points, longest=longest: score_images(draw(points, longest)),
                LATENT_DIM + len(ASKED),
                1000,
                seed=seed,
            )
            for seed in range(5)
        ]
        seconds = (time.process_time() - start) / 5
        points = tf.constant(np.stack([run.point for run in runs]))
        winners = data.to_display_range(draw(points, longest).numpy())
        bodies = solids.measure_bodies(winners)
        result[name] = {
            "scores": [round(run.score, 2) for run in runs],
            "after_300": [round(run.curve[299], 2) for run in runs],
            "cpu_seconds": round(seconds, 2),
            "one_piece": float(bodies["is_one_piece"].mean()),
            "odd": float(is_odd(winners).mean()),
            "length": round(
                float(np.linalg.norm(points[:, :LATENT_DIM], axis=1).mean()), 2
            ),
        }
    return result


def run(seed):
    """Trains with one seed and measures all."""
    from gan_tutorial import data, latent, metrics, networks
    from gan_tutorial.synthetic import vases

    start, wall = time.process_time(), time.perf_counter()
    model, images, styles, asked = train(seed)
    cpu, wall = time.process_time() - start, time.perf_counter() - wall
    new_images, wanted = vases.make(1000, 64, seed=seed + 1)
    inputs = (
        latent.sample_latents(1000, LATENT_DIM, seed),
        wanted["style"],
        data.scale_attributes(wanted, asked),
    )
    trained = data.to_display_range(model.generate_from_latents(*inputs))
    model.ema_generator = networks.make_symmetric(model.ema_generator)
    made = data.to_display_range(model.generate_from_latents(*inputs))
    known = as_points(images)
    _, usual = metrics.nearest_neighbours(known, as_points(new_images))
    _, ways = metrics.nearest_neighbours(known, as_points(made))
    near = float(np.mean(ways < np.quantile(usual, 0.01)))

    def is_odd(images):
        _, ways = metrics.nearest_neighbours(known, as_points(images))
        return ways > np.quantile(usual, 0.99)

    return {
        "seed": seed,
        "cpu_seconds": round(cpu),
        "seconds": round(wall),
        "trained": judge(trained, wanted),
        "made": judge(made, wanted) | {"near": round(near, 3)},
        "real": judge(new_images, wanted),
        "search": compare_searches(model, images, styles, is_odd),
    }


def print_tables(evidence):
    """The tables of lesson 08."""
    columns = (*ASKED, "style", "one_piece", "symmetric", "standing", "sound")
    for row in evidence["runs"]:
        for kind in ("trained", "made", "real"):
            cells = [f"{row[kind][c]:.3f}" for c in columns]
            print(f"| {row['seed']} {kind} |", " | ".join(cells), "|")
    for row in evidence["runs"]:
        found = row["search"]
        cells = []
        for name in (*SEARCHES, "short"):
            scores = found[name]["scores"]
            cells.append(f"{np.mean(scores):.1f} ± {np.std(scores, ddof=1):.1f}")
            cells.append(f"odd {found[name]['odd']:.0%}")
        print(f"| {row['seed']} | {found['real']:.1f} |", " | ".join(cells), "|")


def main():
    """Runs all seeds and writes the evidence."""
    environment.prepare(0)
    import tensorflow as tf

    evidence = {
        "command": "python benchmarks/designs.py",
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "machine": f"{os.cpu_count()} cores",
        "runs": [],
    }
    for seed in SEEDS:
        evidence["runs"].append(run(seed))
        print(json.dumps(evidence["runs"][-1]), flush=True)
        EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    print_tables(evidence)


if __name__ == "__main__":
    main()
