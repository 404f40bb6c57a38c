"""What steadies a GAN, and what does not: one change at a time, on several seeds.

    python benchmarks/stability.py                 # everything, and the tables
    python benchmarks/stability.py --seeds 11 12   # other seeds, nothing is stored

Three sets of runs. On the ring of eight: a plain recipe and one change of it; a recipe
that collapses and one remedy; 3,000 steps each. On Fashion-MNIST: the recipe of lesson
04, with half the filters and 1,200 steps, and one change of it. Writes
benchmarks/evidence/stability.json; what is there already is not run again.

On the ring a run is judged at ten moments of its last sixth, every 50 steps, because a
generator that swings is good at one moment and bad at the next. The figures are the
medians of `modes` and of `good` over these ten moments (see `ring.py`). The pictures
are judged at the end: Fréchet distance of 1,000 made to 5,000 test pictures.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
import ring

EVIDENCE = Path(__file__).parent / "evidence" / "stability.json"
SEEDS = {"ring": (1, 2, 3, 4, 5), "collapse": (1, 2, 3, 4, 5), "pictures": (1, 2, 3)}
NUM_STEPS = ring.NUM_STEPS
LOOKS = range(NUM_STEPS - 450, NUM_STEPS + 1, 50)
NUM_IMAGE_STEPS = 1200


def adam(beta_1, beta_2=0.999, **kwargs):
    """Makes Adam from a learning rate."""
    from keras.optimizers import Adam

    return lambda rate: Adam(rate, beta_1=beta_1, beta_2=beta_2, **kwargs)


def other(name, factor=1.0, **kwargs):
    """Makes another of Keras's optimizers; `factor` scales the learning rate."""
    import keras

    return lambda rate: getattr(keras.optimizers, name)(factor * rate, **kwargs)


def smooth_labels(real_logits, fake_logits):
    """One-sided label smoothing: real counts as 0.9 (Salimans et al., 1606.03498)."""
    import tensorflow as tf

    real_loss = tf.nn.sigmoid_cross_entropy_with_logits(
        0.9 * tf.ones_like(real_logits), real_logits
    )
    fake_loss = tf.math.softplus(fake_logits)
    return tf.reduce_mean(real_loss) + tf.reduce_mean(fake_loss)


def clip_weights(network, limit=0.1):
    """After each step all weights lie between `-limit` and `limit` (1701.07875)."""
    import tensorflow as tf

    for weight in network.trainable_variables:
        weight.constraint = lambda w: tf.clip_by_value(w, -limit, limit)
    return network


def with_batch_norm(network):
    """A copy with BatchNormalization between each hidden layer and its activation."""
    import keras
    from keras import layers

    x = network.inputs[0]
    for layer in network.layers[1:-1]:
        x = layers.Dense(layer.units)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.Dense(network.layers[-1].units)(x)
    return keras.Model(network.inputs, x)


def with_stddev(network):
    """A discriminator that also sees how much the points of a batch differ."""
    from keras import Input, Sequential

    from gan_tutorial import networks, stabilise

    sees_three = networks.build_point_discriminator(point_dim=3)
    return Sequential([Input((2,)), stabilise.MinibatchStddev(), sees_three])


def feature_matching(model):
    """The generator is to match the mean of D's last layer (Salimans et al.)."""
    import keras
    import tensorflow as tf

    network = model.discriminator
    features = keras.Model(network.inputs, network.layers[-2].output)

    def step(real_points, conditions):
        with tf.GradientTape() as tape:
            fake_points = model._draw_fakes(real_points, conditions)
            means = [tf.reduce_mean(features(p), 0) for p in (real_points, fake_points)]
            loss = tf.reduce_sum(tf.square(means[0] - means[1]))
        variables = model.generator.trainable_variables
        model.g_optimizer.apply(tape.gradient(loss, variables), variables)

    model._generator_step = step


def sorted_ring(num_points, random):
    """Whole batches from one bell, bell after bell: data that were not shuffled."""
    from gan_tutorial.synthetic import points

    sorted_ring.turn = (getattr(sorted_ring, "turn", -1) + 1) % 400
    middle = points.ring_modes()[sorted_ring.turn // 50]
    noise = points.RING_SPREAD * random.standard_normal((num_points, 2))
    return (middle + noise).astype("float32")


def same_points(number):
    """Draws from so many points of the ring, always the same."""
    from gan_tutorial.synthetic import points

    kept = points.ring(number, 12345)
    return lambda num_points, random: kept[random.integers(number, size=num_points)]


def ring_run(
    seed,
    g_rate=1e-3,
    d_rate=1e-3,
    optimizer=None,
    loss="non_saturating",
    d_loss_fn=None,
    penalty=None,
    weight=1.0,
    d_steps=1,
    momentum=0.0,
    is_falling=False,
    generator=None,
    discriminator=None,
    prepare=None,
    draw_points=None,
):
    """One training on the ring; without changes, the plain recipe."""
    import keras

    from gan_tutorial import losses
    from gan_tutorial.point_game import train_on_points
    from gan_tutorial.synthetic import points

    make = optimizer or adam(0.5)
    rates = g_rate, d_rate
    if is_falling:
        falling = keras.optimizers.schedules.PolynomialDecay
        rates = (falling(rate, NUM_STEPS, 0.0) for rate in rates)
    g_optimizer, d_optimizer = map(make, rates)
    model = ring.build(seed, momentum, generator, discriminator, d_steps)
    model.compile(
        g_optimizer,
        d_optimizer,
        getattr(losses, f"{loss}_generator_loss"),
        d_loss_fn or getattr(losses, f"{loss}_discriminator_loss"),
        penalty and getattr(losses, penalty),
        weight,
    )
    if prepare:
        prepare(model)

    def look(model):
        return ring.measure(model.generate(2000, seed=seed))

    draw = draw_points or points.ring
    seen = train_on_points(model, draw, NUM_STEPS, 128, seed, LOOKS, look)
    medians = {k: np.median([row[k] for row in seen]) for k in ("modes", "good")}
    return {key: round(float(value), 3) for key, value in medians.items()}


def ring_changes():
    """Name -> changes of the plain recipe, a few words a name."""
    from gan_tutorial.stabilise import with_spectral_norm

    r1 = {"penalty": "r1_penalty", "weight": 0.1 / 2}
    recommended = {
        "optimizer": adam(0.0, 0.99),
        "g_rate": 4e-3,
        "d_rate": 4e-3,
        "momentum": 0.995,
        "is_falling": True,
        **r1,
    }
    return {
        "plain: Adam 1e-3, β₁ 0.5": {},
        "Adam, β₁ 0.9": {"optimizer": adam(0.9)},
        "Adam, β₁ 0": {"optimizer": adam(0.0)},
        "RMSprop": {"optimizer": other("RMSprop")},
        "SGD, rate 0.1": {"optimizer": other("SGD", 100)},
        "SGD, rate 0.1, momentum 0.9": {"optimizer": other("SGD", 100, momentum=0.9)},
        "learning rates × 10": {"g_rate": 1e-2, "d_rate": 1e-2},
        "learning rates ÷ 10": {"g_rate": 1e-4, "d_rate": 1e-4},
        "G's rate × 10": {"g_rate": 1e-2},
        "D's rate × 4": {"d_rate": 4e-3},
        "falling rates": {"is_falling": True},
        "5 steps of D": {"d_steps": 5},
        "gradient norm clipped at 1": {"optimizer": adam(0.5, global_clipnorm=1.0)},
        "rates × 10, norm clipped at 1": {
            "g_rate": 1e-2,
            "d_rate": 1e-2,
            "optimizer": adam(0.5, global_clipnorm=1.0),
        },
        "spectral norm in D": {"discriminator": with_spectral_norm},
        "BatchNorm in G": {"generator": with_batch_norm},
        "BatchNorm in D": {"discriminator": with_batch_norm},
        "label smoothing": {"d_loss_fn": smooth_labels},
        "feature matching": {"prepare": feature_matching},
        "minibatch stddev": {"discriminator": with_stddev},
        "not shuffled": {"draw_points": sorted_ring},
        "only 40 real points": {"draw_points": same_points(40)},
        "minimax loss": {"loss": "minimax"},
        "least squares loss": {"loss": "least_squares"},
        "hinge loss": {"loss": "hinge"},
        "Wasserstein loss alone": {"loss": "wasserstein"},
        "Wasserstein, weights clipped": {
            "loss": "wasserstein",
            "discriminator": clip_weights,
            "d_steps": 5,
        },
        "Wasserstein, gradient penalty": {
            "loss": "wasserstein",
            "penalty": "gradient_penalty",
            "weight": 1.0,
            "d_steps": 5,
        },
        "R1": r1,
        "averaged weights": {"momentum": 0.995},
        "recommended": recommended,
        "recommended, only its Adam": {
            "optimizer": adam(0.0, 0.99),
            "g_rate": 4e-3,
            "d_rate": 4e-3,
        },
        "recommended, β₁ 0.9": {**recommended, "optimizer": adam(0.9, 0.99)},
        "recommended, without R1": {**recommended, "penalty": None},
        "recommended, not averaged": {**recommended, "momentum": 0.0},
        "recommended, rate not falling": {**recommended, "is_falling": False},
    }


def collapse_changes():
    """Name -> changes of the recipe that collapses."""
    from gan_tutorial.stabilise import with_spectral_norm

    bad = {"g_rate": 3e-3, "d_rate": 3e-4, "optimizer": adam(0.9)}
    return {
        "G ten times as fast, β₁ 0.9": bad,
        "β₁ 0": {**bad, "optimizer": adam(0.0)},
        "equal rates, 1e-3": {**bad, "g_rate": 1e-3, "d_rate": 1e-3},
        "10 steps of D": {**bad, "d_steps": 10},
        "R1": {**bad, "penalty": "r1_penalty", "weight": 0.1 / 2},
        "averaged weights": {**bad, "momentum": 0.995},
        "falling rates": {**bad, "is_falling": True},
        "gradient norm clipped at 1": {
            **bad,
            "optimizer": adam(0.9, global_clipnorm=1.0),
        },
        "spectral norm in D": {**bad, "discriminator": with_spectral_norm},
        "label smoothing": {**bad, "d_loss_fn": smooth_labels},
        "minibatch stddev": {**bad, "discriminator": with_stddev},
        "equal rates, β₁ 0, R1": {
            **bad,
            "g_rate": 1e-3,
            "d_rate": 1e-3,
            "optimizer": adam(0.0, 0.99),
            "penalty": "r1_penalty",
            "weight": 0.1 / 2,
        },
    }


def image_run(
    seed,
    data_set,
    beta_1=0.0,
    beta_2=0.99,
    rate=2e-3,
    is_falling=True,
    penalty="r1_penalty",
    d_loss_fn=None,
    generator=None,
    discriminator=None,
    number=None,
    is_sorted=False,
    num_steps=NUM_IMAGE_STEPS,
):
    """One training on pictures; without changes, the recipe of lesson 04.

    Gives the distances of the averaged generator and of the generator itself.
    """
    import keras

    from gan_tutorial import data, gan, losses, networks

    images, labels, measure = data_set
    if number:
        images = images[:number]
    keras.utils.set_random_seed(seed)
    g = networks.build_generator(16, (28, 28, 1), filters=8)
    d = networks.build_discriminator((28, 28, 1), filters=16)
    g, d = generator(g) if generator else g, discriminator(d) if discriminator else d
    model = gan.GAN(g, d, 16, ema_momentum=0.995, seed=seed)
    if is_falling:
        rate = keras.optimizers.schedules.PolynomialDecay(rate, num_steps, 0.0)
    model.compile(
        keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2),
        keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2),
        losses.non_saturating_generator_loss,
        d_loss_fn or losses.non_saturating_discriminator_loss,
        penalty and getattr(losses, penalty),
        0.05 / 2,
        4,
    )
    batches = data.batches(images, batch_size=16, seed=seed, steps=num_steps)
    if is_sorted:  # one class after the other, as often as they come
        import tensorflow as tf

        order = np.random.default_rng(seed).permutation(len(images))[: 16 * num_steps]
        order = order[np.argsort(labels[order], kind="stable")]
        pictures = data.to_model_range(images[order])
        batches = tf.data.Dataset.from_tensor_slices(pictures).batch(16)
    model.fit(batches, epochs=1, verbose=0)
    averaged = model.generate(1000, seed=seed)
    model.ema_generator.set_weights(model.generator.get_weights())
    last = model.generate(1000, seed=seed)
    return {"averaged": round(measure(averaged), 1), "last": round(measure(last), 1)}


def without_batch_norm(network):
    """A copy without BatchNormalization; the layers before it get a bias instead."""
    import keras
    from keras import layers

    x = network.inputs[0]
    for layer in network.layers[1:]:
        if not isinstance(layer, layers.BatchNormalization):
            config = layer.get_config()
            if "use_bias" in config:
                config["use_bias"] = True
            x = layer.__class__.from_config(config)(x)
    return keras.Model(network.inputs, x)


def with_random_shift(network):
    """A discriminator that sees its pictures shifted, real and made ones."""
    from keras import Input, Sequential

    from gan_tutorial import stabilise

    return Sequential([Input((28, 28, 1)), stabilise.RandomShift(), network])


def image_changes():
    """Name -> changes of the recipe for pictures."""
    from gan_tutorial.stabilise import with_spectral_norm

    return {
        "recipe of lesson 04": {},
        "Adam's defaults, no R1, not falling": {
            "rate": 1e-3,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "penalty": None,
            "is_falling": False,
        },
        "rate not falling": {"is_falling": False},
        "β₁ 0.9": {"beta_1": 0.9},
        "β₁ 0.5": {"beta_1": 0.5},
        "without R1": {"penalty": None},
        "spectral norm in D, no R1": {
            "penalty": None,
            "discriminator": with_spectral_norm,
        },
        "no BatchNorm in G": {"generator": without_batch_norm},
        "label smoothing": {"d_loss_fn": smooth_labels},
        "not shuffled": {"is_sorted": True},
        "200 pictures": {"number": 200},
        "200 pictures, random shifts": {
            "number": 200,
            "discriminator": with_random_shift,
        },
        "60,000 pictures, random shifts": {"discriminator": with_random_shift},
        "3,600 steps": {"num_steps": 3600},
        "3,600 steps, rate not falling": {"num_steps": 3600, "is_falling": False},
        "3,600 steps, 200 pictures": {"num_steps": 3600, "number": 200},
        "3,600 steps, 200 pictures, random shifts": {
            "num_steps": 3600,
            "number": 200,
            "discriminator": with_random_shift,
        },
    }


def race(seeds, rows, store):
    """Runs what is missing: the ring, the collapse, the pictures."""
    from gan_tutorial import data, metrics

    images, labels = data.load_images("fashion_mnist")
    test_images, _ = data.load_images("fashion_mnist", "test")
    measure = metrics.PictureDistance("fashion_mnist", test_images[:5000])
    run_image = partial(image_run, data_set=(images, labels, measure))
    for table, run, changes in (
        ("ring", ring_run, ring_changes()),
        ("collapse", ring_run, collapse_changes()),
        ("pictures", run_image, image_changes()),
    ):
        for name, change in changes.items():
            for seed in seeds or SEEDS[table]:
                if (table, name, seed) not in rows:
                    sorted_ring.turn = -1
                    rows[table, name, seed] = run(seed, **change)
                    print(table, name, seed, rows[table, name, seed], flush=True)
                    store(rows)
    return rows


def tables(evidence):
    """For each set of runs the lines of its table in the lesson, by name."""
    found = {}
    for row in evidence["runs"]:
        figures = found.setdefault((row["table"], row["change"]), [])
        figures.append(row)
    lines = {"ring": {}, "collapse": {}, "pictures": {}}
    for (table, change), rows in found.items():
        if table == "pictures":
            values = [row["averaged"] for row in rows]
            cells = [f"{value:.0f}" for value in (*values, np.median(values))]
        else:
            shares = [100 * row["good"] for row in rows]
            cells = [f"{row['modes']:g}" for row in rows]
            cells = ["/".join(cells), "/".join(f"{share:.0f}" for share in shares)]
            cells.append(f"{np.median(shares):.0f}")
        lines[table][change] = f"|{change}|{'|'.join(cells)}|"
    return lines


def main():
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="*")
    args = parser.parse_args()
    header = {"command": "python benchmarks/stability.py", **ring.start()}
    names = ("table", "change", "seed")
    rows = {}
    if EVIDENCE.exists() and not args.seeds:
        stored = json.loads(EVIDENCE.read_text())["runs"]
        rows = {
            tuple(row[name] for name in names): {
                key: value for key, value in row.items() if key not in names
            }
            for row in stored
        }

    order = [
        (table, name)
        for table, changes in (
            ("ring", ring_changes()),
            ("collapse", collapse_changes()),
            ("pictures", image_changes()),
        )
        for name in changes
    ]

    def as_evidence(rows):
        # Sorted, because later runs may have filled gaps.
        pairs = sorted(rows.items(), key=lambda pair: order.index(pair[0][:2]))
        runs = [dict(zip(names, key, strict=True)) | row for key, row in pairs]
        return {**header, "runs": runs}

    def store(rows):
        if not args.seeds:
            EVIDENCE.write_text(json.dumps(as_evidence(rows), indent=1) + "\n")

    race(args.seeds, rows, store)
    for lines in tables(as_evidence(rows)).values():
        print(*lines.values(), sep="\n", end="\n\n")


if __name__ == "__main__":
    main()
