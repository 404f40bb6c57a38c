"""How far generated pictures are from real ones, measured in features.

Distances are plain NumPy on feature arrays `(num_images, num_features)`, real first.
The features come from small classifiers whose weights ship with the package.
"""

import numpy as np

from gan_tutorial import data, weights


def frechet_distance(real, fake) -> float:
    """Fréchet distance between two sets of features, each taken as a Gaussian.

    `|m_r - m_f|^2 + trace(S_r + S_f - 2 (S_r S_f)^(1/2))`, with means `m` and
    covariances `S` (divided by n - 1). 0 for equal sets; the unit is the square of
    the features' unit. Biased upwards for few images: compare equal numbers only.

    Args:
        real: `(num_real, num_features)`, at least 2 rows.
        fake: `(num_fake, num_features)`, at least 2 rows.

    Raises:
        ValueError: arrays that are empty, not finite, or of different widths.

    Source: Heusel et al., arXiv 1706.08500; the formula is Dowson and Landau's, Journal
    of Multivariate Analysis 12 (1982).
    """
    real, fake = _check_features(real, fake)
    means = real.mean(axis=0), fake.mean(axis=0)
    covariances = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    root_real, root_fake = (_square_root(np.atleast_2d(c)) for c in covariances)
    # trace((S_r S_f)^(1/2)) is the sum of the singular values of S_r^(1/2) S_f^(1/2),
    # which needs no root of a matrix that is not symmetric.
    overlap = np.linalg.svd(root_real @ root_fake, compute_uv=False).sum()
    spread = sum(np.trace(np.atleast_2d(c)) for c in covariances) - 2 * overlap
    # Rounding can leave a tiny negative number where the sets are equal.
    return max(float(np.sum((means[0] - means[1]) ** 2) + spread), 0.0)


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def _check_features(real, fake):
    arrays = []
    for name, array in (("real", real), ("fake", fake)):
        array = np.asarray(array, dtype=np.float64)
        if array.ndim != 2 or len(array) < 2:
            raise ValueError(
                f"{name} has shape {array.shape}; expected (num_images, num_features) "
                "with at least 2 images."
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds NaN or infinite numbers.")
        arrays.append(array)
    if arrays[0].shape[1] != arrays[1].shape[1]:
        raise ValueError(
            f"real has {arrays[0].shape[1]} features and fake {arrays[1].shape[1]}; "
            "both must come from the same feature network."
        )
    return arrays


def build_classifier(num_classes: int = 10):
    """The small classifier for 28 x 28 grey pictures in whose features we measure.

    Returns:
        Model from images float32 `(batch_size, 28, 28, 1)` in [-1, 1] to logits
        `(batch_size, num_classes)`; its layer `features` holds 128 numbers.
    """
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu", name="features"),
            layers.Dropout(0.3),
            layers.Dense(num_classes, name="logits"),
        ],
        name="classifier",
    )


def load_classifier(name: str):
    """Classifier for the data set `name`, with the weights that ship with the package.

    Raises:
        ValueError: a name without weights, or a file that is not the one that shipped.
    """
    arrays = weights.load(f"{name}_classifier")
    classifier = build_classifier(num_classes=len(arrays[-1]))
    classifier.set_weights(arrays)
    return classifier


def load_feature_network(name: str):
    """Network from pictures to the 128 features that `frechet_distance` compares.

    Args:
        name: the data set on which it was trained, "fashion_mnist" or "vases".

    Returns:
        Model from images float32 `(batch_size, 28, 28, 1)` in [-1, 1] to features
        `(batch_size, 128)`; use its `predict`.

    Raises:
        ValueError: a name without weights, or a file that is not the one that shipped.
    """
    from keras import Model

    classifier = load_classifier(name)
    return Model(
        classifier.inputs, classifier.get_layer("features").output, name="features"
    )


class PictureDistance:
    """Fréchet distance from pictures to a fixed set of real ones.

    `distance = PictureDistance("vases", real_images)`, then `distance(images)`. Compare
    only figures from equally many pictures: fewer pictures give a larger distance.

    Args:
        name: the data set of the feature network.
        real_images: uint8, or float32 in [-1, 1], `(num_images, 28, 28, 1)`.
    """

    def __init__(self, name, real_images):
        self.network = load_feature_network(name)
        self.real_features = self._features(real_images)

    def __call__(self, images) -> float:
        """Distance of `images` (ranges and shape as `real_images`)."""
        return frechet_distance(self.real_features, self._features(images))

    def _features(self, images):
        images = np.asarray(images)
        if images.shape[1:] != (28, 28, 1) or len(images) < 2:
            raise ValueError(
                f"images have shape {images.shape}; expected (num_images, 28, 28, 1) "
                "with at least 2 images, because the feature network is made for them."
            )
        if images.dtype != np.uint8:
            images = data.to_display_range(images)  # also checks the range
        images = data.to_model_range(images)
        return self.network.predict(images, batch_size=500, verbose=0)
