"""Trains the networks whose weights ship with the package, and stores them.

    python tools/make_weights.py [NAME ...]

Without arguments all of them: the classifiers in whose features `gan_tutorial.metrics`
measures, and the generator that lesson 00 shows first. Needs Fashion-MNIST.
"""

import sys

import numpy as np

from gan_tutorial import data, environment, gan, losses, metrics, networks, weights

GENERATOR_STEPS = 7500  # two epochs of batches of 16


def make_classifier(data_set):
    """Trains one classifier and prints how often it is right on the test images."""
    import keras

    images, labels = data.load_images(data_set)
    classifier = metrics.build_classifier(len(data.CLASS_NAMES[data_set]))
    classifier.compile(
        keras.optimizers.Adam(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    classifier.fit(
        data.to_model_range(images), labels, batch_size=128, epochs=4, verbose=2
    )
    images, labels = data.load_images(data_set, "test")
    _, accuracy = classifier.evaluate(data.to_model_range(images), labels, verbose=0)
    print(f"{data_set}: right on {accuracy:.1%} of the test images")
    return classifier


def make_generator(data_set):
    """Trains the GAN of lesson 00 for longer and prints its distance."""
    import keras

    images, labels = data.load_images(data_set)
    shape, num_classes = images.shape[1:], len(data.CLASS_NAMES[data_set])
    model = gan.GAN(
        networks.build_generator(16, shape, num_classes=num_classes),
        networks.build_discriminator(shape, num_classes=num_classes),
        latent_dim=16,
        ema_momentum=0.995,
        seed=0,
    )
    falling = keras.optimizers.schedules.PolynomialDecay(2e-3, GENERATOR_STEPS, 0.0)
    model.compile(
        g_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        d_optimizer=keras.optimizers.Adam(falling, beta_1=0.0, beta_2=0.99),
        g_loss_fn=losses.non_saturating_generator_loss,
        d_loss_fn=losses.non_saturating_discriminator_loss,
        d_penalty_fn=losses.r1_penalty,
        d_penalty_weight=0.05 / 2,
        d_penalty_interval=4,
    )
    model.fit(data.batches(images, labels), epochs=2, verbose=2)
    test_images, _ = data.load_images(data_set, "test")
    samples = model.generate(10_000, labels=np.arange(10_000) % num_classes, seed=0)
    distance = metrics.PictureDistance(data_set, test_images)(samples)
    print(f"{data_set}: 10,000 samples at a distance of {distance:.2f}")
    return model.ema_generator


MAKERS = {
    "fashion_mnist_classifier": lambda: make_classifier("fashion_mnist"),
    "vases_classifier": lambda: make_classifier("vases"),
    "fashion_mnist_generator": lambda: make_generator("fashion_mnist"),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MAKERS:
        environment.prepare(seed=0)
        weights.save(name, MAKERS[name]().get_weights())
