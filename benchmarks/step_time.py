"""What a step costs: of `GAN.fit` beside a loop written by hand, and of all recipes.

    python benchmarks/step_time.py             # fit and loop, with two threads
    python benchmarks/step_time.py --recipes   # the race's recipes, with one thread

`fit` and the loop train the same networks with the same losses and averages on the same
batches of 64 pictures, one step each in turn: on a shared machine only neighbours in
time compare. The recipes take turns too. Both compare the arithmetic of a step with
this machine's speed at multiplying large matrices. Results go to
benchmarks/evidence/step_time.json: run it where nothing else runs.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from gan_tutorial import environment
from gan_tutorial.files import write_whole

BATCH_SIZE, STEPS, EPOCHS = 64, 60, 5
ROUNDS, ROUND_SECONDS = 7, 2
PATH = Path(__file__).parent / "evidence" / "step_time.json"


def build(seed):
    """A GAN as in lesson 00, without the penalty, which both could only call alike."""
    import keras

    from gan_tutorial import gan, losses, networks

    keras.utils.set_random_seed(seed)
    model = gan.GAN(
        networks.build_generator(16, (28, 28, 1)),
        networks.build_discriminator((28, 28, 1)),
        seed=seed,
    )
    model.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        losses.NON_SATURATING,
    )
    return model


def make_hand_written_step(model):
    """A compiled step, to be called in a plain loop, without Keras's `fit`."""
    import tensorflow as tf

    generator, discriminator = model.generator, model.discriminator
    softplus = tf.math.softplus

    @tf.function
    def step(pictures):
        images = tf.cast(pictures, tf.float32) / 127.5 - 1
        latents = tf.random.normal((BATCH_SIZE, 16))
        fakes = generator(latents, training=True)
        with tf.GradientTape() as tape:
            real_logits = discriminator(images, training=True)
            fake_logits = discriminator(fakes, training=True)
            d_loss = tf.reduce_mean(softplus(-real_logits))
            d_loss += tf.reduce_mean(softplus(fake_logits))
        weights = discriminator.trainable_variables
        model.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        latents = tf.random.normal((BATCH_SIZE, 16))
        with tf.GradientTape() as tape:
            fakes = generator(latents, training=True)
            g_loss = tf.reduce_mean(softplus(-discriminator(fakes, training=True)))
        weights = generator.trainable_variables
        model.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        averages = model.ema_generator.weights
        for average, weight in zip(averages, generator.weights, strict=True):
            average.assign(weight + 0.99 * (average - weight))
        return d_loss, g_loss

    return step


def multiplications(network):
    """Multiplications of one image's way through a network."""
    total = 0
    for layer in network.layers:
        name = type(layer).__name__
        if name in ("Dense", "Conv2D", "Conv2DTranspose"):
            # A kernel works at each place of the smaller maps.
            maps = layer.input if name == "Conv2DTranspose" else layer.output
            total += int(np.prod(layer.kernel.shape) * np.prod(maps.shape[1:-1]))
    return total


def matrix_rate(clock=time.perf_counter):
    """Multiplications a second in a product of two large matrices."""
    import tensorflow as tf

    a = tf.random.normal((1024, 1024))
    times = []
    for _ in range(20):
        start = clock()
        tf.linalg.matmul(a, a).numpy()
        times.append(clock() - start)
    return 1024**3 / np.median(times)


def measure(fitted, step, batches):
    """Seconds of each step of `fit` and of the loop, which take turns."""
    import keras
    import tensorflow as tf

    class TakeTurns(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            middle = time.perf_counter()
            step(tf.convert_to_tensor(batches[batch]["images"]))
            end = time.perf_counter()
            seconds.append((middle - self.start, end - middle))
            self.start = end

    seconds = []
    fitted.fit(batches, epochs=EPOCHS, verbose=0, callbacks=[TakeTurns()])
    return np.transpose(seconds[5:])  # the first steps also trace the graphs


def multiplications_of_step(model, batch_size):
    """Multiplications of one step of the game, the penalty included.

    A way back costs twice the way there; once, where only the gradient of the images
    is wanted, or only that of the weights.
    """
    g, d = multiplications(model.generator), multiplications(model.discriminator)
    # D learns from two batches. G makes a batch, and learns from it through D, whose
    # own weights then need no gradient.
    work = 2 * 3 * d + 3 * g + 2 * d
    if hasattr(model, "is_simultaneous"):
        work -= d  # the same way there serves both players
    else:
        work += g  # D's fakes are others
    if model.d_penalty is not None:
        # A way there and one back to the images, and both backwards again.
        work += 6 * d / model.d_penalty.interval
    return batch_size * work


def compare_with_loop():
    """Milliseconds of a step of `fit` and of the loop."""
    from gan_tutorial import data

    images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE * STEPS, 28, 28, 1))
    batches = data.batches(images.astype(np.uint8), batch_size=BATCH_SIZE)
    fitted = build(0)
    rates = [matrix_rate()]
    seconds = measure(fitted, make_hand_written_step(build(0)), batches)
    rates.append(matrix_rate())
    fit, loop = np.median(seconds, axis=1)
    work = multiplications_of_step(fitted, BATCH_SIZE)
    return {
        "fit_ms": round(1000 * fit, 2),
        "loop_ms": round(1000 * loop, 2),
        "fit_to_loop": round(fit / loop, 3),
        "share_of_matrix_rate": round(work / fit / np.mean(rates), 3),
    }


def compare_recipes():
    """CPU milliseconds a step of each recipe of the race, medians of rounds."""
    import keras
    from recipes import RECIPES

    from gan_tutorial import data

    rng = np.random.default_rng(0)
    arrays = {
        "images": rng.integers(0, 256, (20_000, 28, 28, 1), dtype=np.uint8),
        "labels": rng.integers(0, 10, 20_000),
    }
    models, first, seconds, rates = {}, {}, {}, []

    def run(key, steps):
        model = models[key]
        batches = data.batches(arrays, model.batch_size, seed=0, steps=steps)
        done = model.finished_epochs
        start = time.process_time()
        model.fit(batches, epochs=done + 1, initial_epoch=done, verbose=0)
        return (time.process_time() - start) / steps

    for name, build_recipe in RECIPES.items():
        for num_pictures in (0, 50_000, 150_000):
            keras.utils.set_random_seed(0)
            model = build_recipe((28, 28, 1), 10, num_pictures, 0)
            key = name, model.batch_size
            if key not in models:
                models[key], first[key] = model, num_pictures
                run(key, 4)  # traces the graph, and the penalty
                seconds[key] = [run(key, 4)]
    for _ in range(ROUNDS):
        rates.append(matrix_rate(time.process_time))
        for key, found in seconds.items():
            # As many steps as make a round, in fours because of the lazy penalty.
            found.append(run(key, 4 * max(round(ROUND_SECONDS / found[0] / 4), 1)))
    result = {}
    for key, found in seconds.items():
        (name, batch_size), step = key, np.median(found[1:])
        work = multiplications_of_step(models[key], batch_size)
        row = {
            "batch_size": batch_size,
            "from_pictures": first[key],
            "step_ms": round(1000 * step, 2),
            "multiplications": round(work),
            "share_of_matrix_rate": round(work / step / np.median(rates), 3),
        }
        result.setdefault(name, []).append(row)
    return result | {"matrix_rate": float(f"{np.median(rates):.3g}")}


def main():
    """Measures, prints and stores."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipes", action="store_true")
    args = parser.parse_args()
    import tensorflow as tf

    threads = 1 if args.recipes else 2
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    environment.prepare(0)
    result = compare_recipes() if args.recipes else compare_with_loop()
    print(json.dumps(result, indent=1))
    stored = json.loads(PATH.read_text()) if PATH.exists() else {}
    stored["recipes" if args.recipes else "fit"] = result | {"threads": threads}
    write_whole(PATH, (json.dumps(stored, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
