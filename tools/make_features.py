"""Trains the classifiers in whose features `gan_tutorial.metrics` measures.

    python tools/make_features.py [fashion_mnist] [vases]

Needs the data sets; stores weights and checksums in gan_tutorial/weights.
"""

import sys

from gan_tutorial import data, environment, metrics, weights


def make_classifier(name):
    """Trains one classifier and prints how often it is right on the test images."""
    import keras

    environment.prepare(seed=0)
    images, labels = data.load_images(name)
    classifier = metrics.build_classifier(num_classes=len(data.CLASS_NAMES[name]))
    classifier.compile(
        keras.optimizers.Adam(),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    classifier.fit(
        data.to_model_range(images), labels, batch_size=128, epochs=4, verbose=2
    )
    images, labels = data.load_images(name, "test")
    _, accuracy = classifier.evaluate(data.to_model_range(images), labels, verbose=0)
    print(f"{name}: right on {accuracy:.1%} of the test images")
    weights.save(f"{name}_classifier", classifier.get_weights())


if __name__ == "__main__":
    for data_set in sys.argv[1:] or ["fashion_mnist", "vases"]:
        make_classifier(data_set)
