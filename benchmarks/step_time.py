"""What `GAN.fit` costs beside a loop written by hand, and beside a matrix product.

    python benchmarks/step_time.py [--threads 1]

Both train the same networks with the same losses and averages on the same batches of
64 pictures, one step each in turn: on a shared machine only neighbours in time compare.
Prints JSON: the medians of the milliseconds a step and their ratio, and which share of
this machine's speed at multiplying matrices the arithmetic of a step reaches.
"""

import argparse
import json
import time

import numpy as np

from gan_tutorial import environment

BATCH_SIZE, STEPS, EPOCHS = 64, 60, 5


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


def main():
    """Measures and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    environment.prepare(0)
    from gan_tutorial import data

    images = np.random.default_rng(0).integers(0, 256, (BATCH_SIZE * STEPS, 28, 28, 1))
    batches = data.batches(images.astype(np.uint8), batch_size=BATCH_SIZE)
    fitted = build(0)
    rates = [matrix_rate()]
    seconds = measure(fitted, make_hand_written_step(build(0)), batches)
    rates.append(matrix_rate())
    fit, loop = np.median(seconds, axis=1)
    # A step: D sees two batches forwards and backwards, G makes two and learns from one
    # through D, whose own weights then need no gradient.
    g, d = multiplications(fitted.generator), multiplications(fitted.discriminator)
    work = BATCH_SIZE * (g + 2 * 3 * d + 3 * g + 2 * d)
    result = {
        "fit_ms": round(1000 * fit, 2),
        "loop_ms": round(1000 * loop, 2),
        "fit_to_loop": round(fit / loop, 3),
        "share_of_matrix_rate": round(work / fit / np.mean(rates), 3),
        "threads": threads,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
