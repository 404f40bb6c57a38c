"""Trains the networks whose weights ship with the package, and stores them.

    python tools/make_weights.py [NAME ...]

Without arguments all of them: the networks in whose features `gan_tutorial.metrics`
measures, and the generator that lesson 00 shows first. Needs Fashion-MNIST.
"""

import sys
from functools import partial

import numpy as np

from gan_tutorial import data, environment, metrics, recipes, weights

GENERATOR_PICTURES = 420_000  # that its discriminator sees: seven epochs


def make_classifier(data_set, turned=False):
    """Trains one classifier and prints how often it is right on the test images.

    Args:
        data_set: name of the pictures.
        turned: whether to learn by how many quarter turns a picture was turned, in
            place of its label, which needs no labels: Gidaris, Singh and Komodakis,
            Unsupervised Representation Learning by Predicting Image Rotations, arXiv
            1803.07728.
    """
    import keras

    def examples(split):
        products = data.load(data_set, split)
        images, labels = products.images, products.labels
        if turned:
            labels = np.random.default_rng(0).integers(0, 4, len(images))
            images = np.stack(list(map(np.rot90, images, labels)))
        return data.to_model_range(images), labels

    images, labels = examples("train")
    classifier = metrics.build_classifier(4 if turned else labels.max() + 1)
    classifier.compile(
        keras.optimizers.Adam(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    classifier.fit(images, labels, batch_size=128, epochs=4, verbose=2)
    _, accuracy = classifier.evaluate(*examples("test"), verbose=0)
    kind = "turns of " if turned else ""
    print(f"{kind}{data_set}: right on {accuracy:.1%} of the test images")
    return classifier


def make_generator(data_set):
    """Trains the GAN of lesson 00 for longer and prints its distance."""
    products, test = data.load(data_set), data.load(data_set, "test")
    num_classes = len(products.class_names)
    batch_size = recipes.batch_size(GENERATOR_PICTURES)
    num_steps = GENERATOR_PICTURES // batch_size
    model = recipes.dcgan(products.images.shape[1:], num_steps, 0, num_classes)
    batches = data.batches(products, batch_size, seed=0, steps=num_steps)
    model.fit(batches, verbose=2)
    samples = model.generate(10_000, seed=0, labels=np.arange(10_000) % num_classes)
    distance = metrics.FrechetDistance(data_set, test.images)(samples)
    print(f"{data_set}: 10,000 samples at a distance of {distance:.2f}")
    return model.ema_generator


MAKERS = {
    "fashion_mnist_classifier": partial(make_classifier, "fashion_mnist"),
    "turned_fashion_mnist_classifier": partial(make_classifier, "fashion_mnist", True),
    "vases_classifier": partial(make_classifier, "vases"),
    "fashion_mnist_generator": partial(make_generator, "fashion_mnist"),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MAKERS:
        environment.prepare(seed=0)
        weights.save(name, MAKERS[name]().get_weights())
