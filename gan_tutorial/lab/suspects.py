"""Four models that were made to please a measure, for lesson 06.

Who wants to solve the lesson's riddle reads no further.

A hands in its training pictures: each measure that compares sets is content. B repeats
one typical picture: all are good. C paints noise until its Fréchet distance is small. D
lays pictures of one type on top of each other, and keeps equally many of each type:
none is rare.
"""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import data, metrics

NUM_LAYERS = 5  # pictures of which D makes one
_STEPS, _RATE = 120, 0.1  # of C's painting


def deliver(catalogue, types, new_images, name: str, seed: int = 0) -> dict:
    """What each model hands in: as many pictures as the catalogue has.

    Args:
        catalogue: uint8 `(n, 28, 28, 1)`, the training pictures.
        types: the class of each, `(n,)`; at least `NUM_LAYERS` of each.
        new_images: uint8, other real pictures, of which one is used.
        name: data set of the classifier that is to be pleased; see
            `metrics.load_classifier`.
        seed: of all random numbers.

    Returns:
        Pictures uint8, of the catalogue's shape, by the letters A to D.
    """
    rng = np.random.default_rng(seed)
    network = metrics.load_feature_network(name)
    known, others = (_predict(network, images) for images in (catalogue, new_images))
    typical = new_images[_most_typical(known, others)]
    return {
        "A": rng.permutation(catalogue),
        "B": np.repeat(typical[None], len(catalogue), axis=0),
        "C": _paint(known, network, catalogue.shape, rng),
        "D": _lay_over(catalogue, types, metrics.load_classifier(name), rng),
    }


def _predict(network, images):
    return network.predict(data.to_model_range(images), batch_size=500, verbose=0)


def _most_typical(known, others):
    """The index of the one that lies among the five nearest of most known ones."""
    squares = np.sum(known**2, axis=1)
    radii = np.sort(squares[:, None] + squares - 2 * known @ known.T, axis=1)[:, 5]
    to_known = np.sum(others**2, axis=1)[:, None] + squares - 2 * others @ known.T
    return np.sum(to_known <= radii, axis=1).argmax()


def _paint(known, network, shape, rng):
    """Noise, moved downhill on the Fréchet distance of its features to known ones."""
    start = np.clip(rng.normal(-0.5, 0.4, shape), -1, 1)
    images = tf.Variable(start, dtype=tf.float32)
    rate = keras.optimizers.schedules.CosineDecay(_RATE, _STEPS)
    optimizer = keras.optimizers.Adam(rate)
    mean, covariance = _moments(tf.constant(known))
    root = tf.linalg.sqrtm(covariance + 1e-3 * tf.eye(len(covariance)))

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            now = _moments(network(images))
            # The roots of these eigenvalues add up to trace((S_real S_fake)^(1/2)).
            overlaps = tf.linalg.eigvalsh(root @ now[1] @ root)
            roots = tf.sqrt(tf.maximum(overlaps, 0) + 1e-4)
            loss = tf.reduce_sum((now[0] - mean) ** 2)
            loss += tf.linalg.trace(now[1]) - 2 * tf.reduce_sum(roots)
        optimizer.apply([tape.gradient(loss, images)], [images])
        images.assign(tf.clip_by_value(images, -1, 1))

    for _ in range(_STEPS):
        step()
    return data.to_display_range(images.numpy())


def _moments(features):
    mean = tf.reduce_mean(features, axis=0)
    around = features - mean
    num_others = tf.cast(tf.shape(features)[0] - 1, tf.float32)
    return mean, tf.matmul(around, around, transpose_a=True) / num_others


def _lay_over(catalogue, types, classifier, rng):
    """Means of pictures of one type; of those, the ones that look most like it."""
    kinds, kept = np.unique(types), []
    for kind, places in zip(
        kinds, np.array_split(np.arange(len(catalogue)), len(kinds)), strict=True
    ):
        members = np.flatnonzero(types == kind)
        drawn = [
            rng.choice(members, NUM_LAYERS, replace=False)
            for _ in range(4 * len(places))
        ]
        made = np.rint(catalogue[np.array(drawn)].mean(axis=1)).astype(np.uint8)
        logits = _predict(classifier, made)
        lead = logits[:, kind] - np.delete(logits, kind, axis=1).max(axis=1)
        kept.append(made[np.argsort(-lead)[: len(places)]])
    return rng.permutation(np.concatenate(kept))
