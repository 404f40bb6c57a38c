"""Trains the networks whose weights ship with the package, and stores them.

    python tools/make_weights.py [NAME ...]

Without arguments all of them: the classifiers in whose features `gan_tutorial.metrics`
measures, and the generator that lesson 00 shows first. Needs Fashion-MNIST.
"""

import sys

import numpy as np

from gan_tutorial import data, environment, metrics, recipes, weights

GENERATOR_STEPS = 7500  # two epochs of batches of 16


def make_classifier(data_set):
    """Trains one classifier and prints how often it is right on the test images."""
    import keras

    _, images, labels, *_ = data.load(data_set)
    classifier = metrics.build_classifier(len(data.CLASS_NAMES[data_set]))
    classifier.compile(
        keras.optimizers.Adam(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    classifier.fit(
        data.to_model_range(images), labels, batch_size=128, epochs=4, verbose=2
    )
    _, images, labels, *_ = data.load(data_set, "test")
    _, accuracy = classifier.evaluate(data.to_model_range(images), labels, verbose=0)
    print(f"{data_set}: right on {accuracy:.1%} of the test images")
    return classifier


def make_generator(data_set):
    """Trains the GAN of lesson 00 for longer and prints its distance."""
    products, test = data.load(data_set), data.load(data_set, "test")
    num_classes = len(products.class_names)
    model = recipes.dcgan(products.images.shape[1:], GENERATOR_STEPS, 0, num_classes)
    model.fit(products, batch_size=recipes.BATCH_SIZE, epochs=2, verbose=2)
    samples = model.generate(10_000, seed=0, labels=np.arange(10_000) % num_classes)
    distance = metrics.FrechetDistance(data_set, test.images)(samples)
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
