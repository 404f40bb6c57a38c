"""What `GAN.fit` costs beside a loop written by hand, and beside a matrix product.

    python benchmarks/step_time.py [--threads 2]

Both train the same networks with the same losses and averages on the same batches of
64 pictures, one epoch each in turn. Prints JSON: the medians of the milliseconds a step
and their ratio, and which share of this machine's speed at multiplying matrices the
arithmetic of a step reaches. One thread, because on two busy cores the times of two
threads spread by a third from one epoch to the next.
"""

import argparse
import json
import time

import numpy as np

from gan_tutorial import environment

BATCH_SIZE, STEPS, ROUNDS = 64, 60, 5


def build(seed):
    """A GAN as in lesson 00, without the penalty, which both could only call alike."""
    import keras

    from gan_tutorial import gan, losses, networks

    keras.utils.set_random_seed(seed)
    model = gan.GAN(
        networks.build_generator(16, (28, 28, 1)),
        networks.build_discriminator((28, 28, 1)),
        latent_dim=16,
        seed=seed,
    )
    model.compile(
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
        losses.non_saturating_generator_loss,
        losses.non_saturating_discriminator_loss,
    )
    return model


def make_hand_written_loop(model):
    """One epoch as a plain loop over a compiled step, without Keras's `fit`."""
    import tensorflow as tf

    generator, discriminator = model.generator, model.discriminator
    softplus = tf.math.softplus

    @tf.function
    def step(images):
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

    def epoch(batches):
        for i in range(len(batches)):
            step(tf.convert_to_tensor(batches[i]))

    return epoch


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


def matrix_rate():
    """Multiplications a second in a product of two large matrices."""
    import tensorflow as tf

    a = tf.random.normal((1024, 1024))
    times = []
    for _ in range(20):
        start = time.perf_counter()
        tf.linalg.matmul(a, a).numpy()
        times.append(time.perf_counter() - start)
    return 1024**3 / np.median(times)


def main():
    """Measures in turn and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    environment.prepare(0)
    from gan_tutorial import data

    images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE * STEPS, 28, 28, 1))
    images = images.astype(np.uint8)
    fitted, looped = build(0), build(0)
    loop = make_hand_written_loop(looped)
    batches = data.batches(images, batch_size=BATCH_SIZE)
    runs = {
        "fit": lambda: fitted.fit(batches, epochs=1, verbose=0),
        "loop": lambda: loop(batches),
    }
    seconds = {name: [] for name in runs}
    rates = []
    for turn in range(ROUNDS + 1):
        # Each goes first in every other turn.
        for name, run in list(runs.items())[:: 1 if turn % 2 else -1]:
            start = time.perf_counter()
            run()
            if turn > 0:  # the first turn also traces the graph
                seconds[name].append(time.perf_counter() - start)
        rates.append(matrix_rate())
    medians = {name: np.median(values) / STEPS for name, values in seconds.items()}
    # A step: D sees two batches forwards and backwards, G makes two and learns from one
    # through D, whose own weights then need no gradient.
    g, d = multiplications(fitted.generator), multiplications(fitted.discriminator)
    work = BATCH_SIZE * (g + 2 * 3 * d + 3 * g + 2 * d)
    result = {f"{name}_ms": round(1000 * value, 2) for name, value in medians.items()}
    result["fit_to_loop"] = round(float(medians["fit"] / medians["loop"]), 3)
    share = work / medians["fit"] / np.median(rates)
    result["share_of_matrix_rate"] = round(float(share), 3)
    print(json.dumps(result | {"threads": threads}))


if __name__ == "__main__":
    main()
