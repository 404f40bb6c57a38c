"""How far generated pictures are from real ones, measured in features.

Each measure answers one question:

* `frechet_distance`, `kernel_distance`, `sliced_wasserstein`: how close are the sets?
* `precision_recall`, `density_coverage`: are the pictures good, and are they varied?
* `class_shares`: are all types of picture there?
* `nearest_neighbours`: are they new?
* `psnr`: how far is each from the one right picture?

All but `class_shares` and `psnr`, which take pictures, are plain NumPy on feature
arrays `(num_images, num_features)`, real first, and raise a `ValueError` for arrays
that are empty, not finite, or of different widths. The features come from small
classifiers whose weights ship with the package, or, for any pictures, from convolutions
with random weights.
"""

import numpy as np

from gan_tutorial import checks, data, weights


def frechet_distance(real, fake) -> float:
    """Fréchet distance between two sets of features, each taken as a Gaussian.

    `|m_r - m_f|^2 + trace(S_r + S_f - 2 (S_r S_f)^(1/2))`, with means `m` and
    covariances `S` (divided by n - 1). 0 where means and covariances are equal; the
    unit is the square of the features' unit. Biased upwards for few images: different
    images from the same source are above 0, so compare equal numbers only.

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
    # Rounding can leave a tiny negative number where the two are equal.
    return max(float(np.sum((means[0] - means[1]) ** 2) + spread), 0.0)


def _square_root(covariance):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def kernel_distance(real, fake) -> float:
    """Kernel distance between two sets of features: the squared MMD, unbiased.

    Mean kernel between two different real ones, plus the same for fakes, minus twice
    the mean kernel between real and fake, with the kernel `(x . y / d + 1)^3` for `d`
    features. Its expected value does not depend on the number of images. For different
    images from the same source it is 0, so a single figure can be a little below 0; for
    a set and itself it is below 0. The kernel compares directions from 0: it changes
    when all features are moved by the same amount, and loses digits where their mean
    is large against their spread.

    Args:
        real: `(num_real, num_features)`, at least 2 rows.
        fake: `(num_fake, num_features)`, at least 2 rows.

    Source: Bińkowski, Sutherland, Arbel and Gretton, arXiv 1801.01401.
    """
    real, fake = _check_features(real, fake)
    within = _mean_of_other_kernels(real) + _mean_of_other_kernels(fake)
    between = _sum_of_kernels(real, fake) / (len(real) * len(fake))
    return float(within - 2 * between)


def precision_recall(real, fake, k: int = 3) -> tuple[float, float]:
    """Are the fakes good, and do they show the variety of the real ones?

    Around each image of a set stands a ball that reaches to its `k`-th nearest
    neighbour in the same set. Precision is the share of fakes in a ball of some real
    image; recall is the share of real images in a ball of some fake. A ball holds its
    own surface. Compare only figures from equally many images and the same `k`.

    Args:
        real: `(num_real, num_features)`, more than `k` rows.
        fake: `(num_fake, num_features)`, more than `k` rows.
        k: which neighbour a ball reaches, not counting its own middle.

    Source: Kynkäänniemi et al., arXiv 1904.06991.
    """
    real, fake = _check_features(real, fake)
    real_radii = _squared_radii("real", real, k)
    fake_radii = _squared_radii("fake", fake, k)
    is_good, is_found = np.zeros(len(fake), bool), np.zeros(len(real), bool)
    for rows, squared in _squared_distances(fake, real):
        is_good[rows] = (squared <= real_radii).any(axis=1)
        is_found |= (squared <= fake_radii[rows, None]).any(axis=0)
    return float(is_good.mean()), float(is_found.mean())


def density_coverage(real, fake, k: int = 5) -> tuple[float, float]:
    """The same two questions, asked with balls around real images only.

    For each fake, count the real balls it lies in; density is the mean count, divided
    by `k`. It is near 1 for different images from the same source, and above 1 where
    the fakes crowd where the real ones are dense. Coverage is the share of real images
    whose ball holds a fake. One odd fake has no ball of its own, so it cannot raise the
    coverage much. Bad fakes lie in no ball, so coverage falls for them too, however
    varied they are: read it after precision or density.

    Args:
        real: `(num_real, num_features)`, more than `k` rows.
        fake: `(num_fake, num_features)`, at least 2 rows.
        k: which neighbour a ball reaches, not counting its own middle.

    Source: Naeem, Oh, Uh, Choi and Yoo, Reliable Fidelity and Diversity Metrics for
    Generative Models, ICML 2020.
    """
    real, fake = _check_features(real, fake)
    radii = _squared_radii("real", real, k)
    num_inside, is_covered = 0, np.zeros(len(real), bool)
    for _, squared in _squared_distances(fake, real):
        inside = squared <= radii
        num_inside += inside.sum()
        is_covered |= inside.any(axis=0)
    return float(num_inside / (k * len(fake))), float(is_covered.mean())


def nearest_neighbours(real, fake) -> tuple[np.ndarray, np.ndarray]:
    """For each fake, the nearest real image.

    Compare the distances with those of held-out real images to the same `real`: fakes
    that are much nearer may be copies.

    Args:
        real: `(num_real, num_features)`, such as all training images.
        fake: `(num_fake, num_features)`.

    Returns:
        indices: int64 `(num_fake,)`, rows of `real`; one of them where several are
            equally near.
        distances: float64 `(num_fake,)`, Euclidean.
    """
    real, fake = _check_features(real, fake, least=1)
    indices, distances = np.empty(len(fake), np.int64), np.empty(len(fake))
    for rows, squared in _squared_distances(fake, real):
        indices[rows] = squared.argmin(axis=1)
        distances[rows] = np.sqrt(squared.min(axis=1))
    return indices, distances


def sliced_wasserstein(real, fake, num_directions: int = 32, seed: int = 0) -> float:
    """Mean over random directions of the Wasserstein distance along them.

    Along one direction, that is the mean way from sorted real to sorted fake numbers:
    how far the fakes must be moved. It is quick for points with few dimensions. The
    numbers of images may differ. With one feature it is the exact distance.

    Args:
        real: `(num_real, num_features)`.
        fake: `(num_fake, num_features)`.
        num_directions: how many directions.
        seed: where they come from: one seed, the same directions.
    """
    real, fake = _check_features(real, fake, least=1)
    if num_directions < 1:
        raise ValueError(f"num_directions is {num_directions}; expected 1 or more.")
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(real.shape[1], num_directions))
    directions /= np.linalg.norm(directions, axis=0)
    real, fake = (np.sort(points @ directions, axis=0) for points in (real, fake))
    # Both sorted lists are steps over the shares from 0 to 1. Between two neighbours
    # among all ends of steps both are constant, so the sum is exact.
    ends = [np.arange(len(points) + 1) / len(points) for points in (real, fake)]
    shares = np.unique(np.concatenate(ends))
    middles = (shares[:-1] + shares[1:]) / 2
    steps = [(middles * len(points)).astype(int) for points in (real, fake)]
    ways = np.abs(real[steps[0]] - fake[steps[1]])
    return float(np.mean(np.diff(shares) @ ways))


_ROWS = 500  # images compared with all others at once; keeps the memory small


def _kernel(products, num_features):
    base = products / num_features + 1
    return base * base * base  # several times quicker than ** 3


def _sum_of_kernels(a, b):
    starts = range(0, len(a), _ROWS)
    return sum(_kernel(a[i : i + _ROWS] @ b.T, b.shape[1]).sum() for i in starts)


def _mean_of_other_kernels(images):
    """Mean over all pairs of different images; the pairs with itself bias it."""
    with_itself = _kernel(np.sum(images**2, axis=1), images.shape[1]).sum()
    num_pairs = len(images) * (len(images) - 1)
    return (_sum_of_kernels(images, images) - with_itself) / num_pairs


def _squared_distances(a, b):
    """Yields rows of `a`, as a slice, and their squared distances to all of `b`."""
    # Near zero, because the difference of large squares loses digits. A median, because
    # one far point would move the mean.
    middle = np.median(b, axis=0)
    a, b = a - middle, b - middle
    a_squares, b_squares = np.sum(a**2, axis=1), np.sum(b**2, axis=1)
    for start in range(0, len(a), _ROWS):
        rows = slice(start, start + _ROWS)
        squares = a_squares[rows, None] + b_squares
        squared = squares - 2 * (a[rows] @ b.T)
        # Of small distances mostly rounding is left: work these few out one by one.
        is_small = squared < 1e-4 * squares
        for row in np.flatnonzero(is_small.any(axis=1)):
            columns = is_small[row]
            differences = a[rows][row] - b[columns]
            squared[row, columns] = np.sum(differences**2, axis=1)
        yield rows, squared


def nearest_others(features) -> np.ndarray:
    """How far each image is from the nearest other one of the same set, `(n,)`.

    Args:
        features: `(num_images, num_features)`, at least 2 rows.
    """
    features, _ = _check_features(features, features)
    return np.sqrt(_squared_radii("features", features, 1))


def _squared_radii(name, images, k):
    """Squared distance of each image to its `k`-th nearest neighbour."""
    if not 1 <= k < len(images):
        raise ValueError(
            f"k is {k} and {name} holds {len(images)} images; k must be 1 or more, and "
            "each image needs k others."
        )
    radii = np.empty(len(images))
    for rows, squared in _squared_distances(images, images):
        # In place 0 of the sorted row is the image itself.
        radii[rows] = np.partition(squared, k, axis=1)[:, k]
    return radii * (1 + 1e-9)  # rounding must not push a surface out of its ball


def _check_features(real, fake, least=2):
    arrays = []
    for name, array in (("real", real), ("fake", fake)):
        array = np.asarray(array, dtype=np.float64)
        if array.ndim != 2 or len(array) < least or array.shape[1] < 1:
            raise ValueError(
                f"{name} has shape {array.shape}; expected (num_images, num_features) "
                f"with at least {least} rows. To measure pixels, use "
                "images.reshape(len(images), -1)."
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


def class_shares(classifier, images) -> np.ndarray:
    """The share of the images that a classifier gives to each class.

    Args:
        classifier: such as `load_classifier` gives.
        images: uint8 `(num_images, 28, 28, 1)`.

    Returns:
        `(num_classes,)`, from 0 to 1; they add up to 1.

    Raises:
        ValueError: images of another shape or type.
    """
    images = data.to_model_range(_check_form(images, (28, 28, 1)))
    logits = classifier.predict(images, batch_size=500, verbose=0)
    return np.bincount(logits.argmax(axis=1), minlength=logits.shape[1]) / len(images)


def load_feature_network(name: str):
    """Network from pictures to the 128 features that `frechet_distance` compares.

    Args:
        name: the data set on which it was trained, "fashion_mnist" or "vases"; "mnist"
            has none of its own and uses that of "fashion_mnist". The network of
            "turned_fashion_mnist" has seen no labels, but turned pictures.

    Returns:
        Model from images float32 `(batch_size, 28, 28, 1)` in [-1, 1] to features
        `(batch_size, 128)`; use its `predict`.

    Raises:
        ValueError: a name without weights, or a file that is not the one that shipped.
    """
    from keras import Model

    classifier = load_classifier("fashion_mnist" if name == "mnist" else name)
    return Model(
        classifier.inputs, classifier.get_layer("features").output, name="features"
    )


def psnr(real, fake, masks=None) -> float:
    """Peak signal-to-noise ratio: how near each fake is to its own real picture.

    `10 log10(255^2 / mean squared error)` in decibels, over all pixels of all pictures;
    infinite where they are equal. 6 decibels more are half the error. It counts
    pixels, not what they show: a blurred picture beats a sharp one that is moved a
    little.

    Args:
        real: uint8 `(n, height, width, channels)`.
        fake: likewise; row `i` is to be row `i` of `real`.
        masks: bool `(n, height, width, 1)`; only pixels where it is True count. None
            for all.

    Raises:
        ValueError: pictures or masks of another form, or masks that are False all over.

    Source: Huynh-Thu and Ghanbari, Scope of validity of PSNR in image/video quality
    assessment, Electronics Letters 44 (2008).
    """
    real = data.check_pictures(real, "real")
    fake = data.check_pictures(fake, "fake")
    if real.shape != fake.shape or not real.size:
        raise ValueError(
            f"real has shape {real.shape} and fake {fake.shape}; expected the same, "
            "and at least one picture."
        )
    squares = (real.astype(np.float32) - fake) ** 2
    if masks is not None:
        masks = np.asarray(masks)
        if masks.dtype != bool or masks.shape != (*real.shape[:3], 1):
            raise ValueError(
                f"masks are {masks.dtype} of shape {masks.shape}; expected bool "
                f"{(*real.shape[:3], 1)}."
            )
        if not masks.any():
            raise ValueError("The masks are False all over, so no pixel would count.")
        squares = squares[masks[..., 0]]
    error = squares.mean(dtype=np.float64)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


class FrechetDistance:
    """Fréchet distance from pictures to a fixed set of real ones.

    `distance = FrechetDistance("vases", real_images)`, then `distance(images)`. Compare
    only figures from equally many pictures: fewer pictures give a larger distance.

    Args:
        name: the data set of the feature network; see `load_feature_network`.
        real_images: uint8 `(num_images, 28, 28, 1)`.
    """

    def __init__(self, name, real_images):
        self.network = load_feature_network(name)
        self.real_features = self.features(real_images)

    def __call__(self, images) -> float:
        """Distance of `images`, uint8 of the same shape."""
        return frechet_distance(self.real_features, self.features(images))

    def features(self, images) -> np.ndarray:
        """Features `(num_images, 128)` of `images`, for the other measures."""
        return _features(self.network, images)


def build_random_network(image_shape: tuple[int, int, int], seed: int = 0):
    """Feature network for any pictures: convolutions that keep their first weights.

    Random filters answer to edges, colours and textures, so it needs no labels, no
    training and no download. Each convolution halves the maps, until their shorter side
    is 4 or less; the mean and the maximum of each map are features.

    Args:
        image_shape: `(height, width, channels)`.
        seed: of the weights; distances compare only where it is the same.

    Returns:
        Model from images float32 `(batch_size, height, width, channels)` in [-1, 1] to
        features `(batch_size, num_features)`, 32 for each halving.

    Source: Lee, Kim and Lee, Demystifying Randomly Initialized Networks for Evaluating
    Generative Models, arXiv 2208.09218.
    """
    from keras import Input, Model, initializers, layers, random

    images = maps = Input(image_shape)
    seeds, features = random.SeedGenerator(seed), []
    while min(maps.shape[1:3]) > 4 or not features:
        start = initializers.Orthogonal(gain=2**0.5, seed=seeds)
        maps = layers.Conv2D(
            16, 3, 2, padding="same", activation="relu", kernel_initializer=start
        )(maps)
        features.append(layers.GlobalAveragePooling2D()(maps))
        features.append(layers.GlobalMaxPooling2D()(maps))
    return Model(images, layers.Concatenate()(features), name="random_features")


class OwnDistance:
    """Fréchet distance from pictures to your own, of any size and in colour.

    `distance = OwnDistance(real_images)`, then `distance(images)` with `num_images`
    pictures. Half of the real pictures are compared with; the other half gives the
    floor. The features are those of `build_random_network`, each scaled by its spread
    over the real pictures, so figures of two folders do not compare. Weak noise and a
    faint tint are not seen. `kernel_distance` of `real_features` and `features(images)`
    takes any number of images.

    Args:
        real_images: uint8 `(n, height, width, channels)`, at least 4. They need no
            labels.
        seed: of the network, the halves and the baseline.

    Attributes:
        num_images: pictures in a half. Fewer pictures give a larger distance.
        floor: distance of the other half: what real pictures get.
        baseline: distance of as many pictures from a Gaussian over all pixels of that
            other half.
    """

    def __init__(self, real_images, seed: int = 0):
        real_images = data.check_pictures(real_images, "real_images")
        seed = checks.whole_number("seed", seed, 0)
        if len(real_images) < 4:
            raise ValueError(
                f"There are {len(real_images)} real images; expected 4 or more: "
                "one half is compared with the other."
            )
        random = np.random.default_rng(seed)
        self.num_images = len(real_images) // 2
        order = random.permutation(len(real_images))[: 2 * self.num_images]
        half, other = np.split(real_images[order], 2)
        self.network = build_random_network(real_images.shape[1:], seed)
        raw = _features(self.network, half)
        # Part of the mean variance keeps a feature that hardly varies from being blown
        # up: a ground that is always white.
        variances = raw.var(axis=0)
        self.middle = raw.mean(axis=0)
        self.scale = np.sqrt(variances + 0.1 * variances.mean())
        self.real_features = (raw - self.middle) / self.scale
        self.floor = self(other)
        self.baseline = self(gaussian_pictures(other, self.num_images, random))

    def __call__(self, images) -> float:
        """Distance of `images`, uint8 of the same shape, as many as `num_images`."""
        if len(images) != self.num_images:
            raise ValueError(
                f"There are {len(images)} images; expected {self.num_images}, as in "
                "each half of the real ones: fewer would be farther by chance."
            )
        return frechet_distance(self.real_features, self.features(images))

    def features(self, images) -> np.ndarray:
        """Features `(num_images, num_features)` of any images, for other measures."""
        return (_features(self.network, images) - self.middle) / self.scale


def gaussian_pictures(images, num_images: int, random) -> np.ndarray:
    """Pictures from a Gaussian with the mean and covariance of all pixels: no GAN.

    Args:
        images: uint8 `(n, height, width, channels)`, at least 2.
        num_images: how many to draw.
        random: a NumPy generator.

    Returns:
        uint8 `(num_images, height, width, channels)`.
    """
    pixels = images.reshape(len(images), -1).astype(np.float32)
    middle = pixels.mean(axis=0)
    pixels -= middle
    # Random sums of the differences have their covariance, which itself would be too
    # large to keep: its side is the number of pixels.
    weights = random.normal(size=(num_images, len(images))) / np.sqrt(len(images) - 1)
    pieces = np.split(weights.astype(np.float32), range(100, num_images, 100))
    drawn = [  # in pieces, which need little memory
        np.rint((middle + piece @ pixels).clip(0, 255)).astype(np.uint8)
        for piece in pieces
    ]
    return np.concatenate(drawn).reshape(-1, *images.shape[1:])


def _features(network, images):
    images = _check_form(images, network.input_shape[1:])
    step = data.rows_at_once(images.shape, 500)
    pieces = np.split(images, range(step, len(images), step))  # as floats, one by one
    return np.concatenate(
        [network.predict_on_batch(data.to_model_range(piece)) for piece in pieces]
    )


def _check_form(images, shape):
    images = data.check_pictures(images)
    if images.shape[1:] != shape or len(images) < 2:
        expected = ", ".join(map(str, ("num_images", *shape)))
        raise ValueError(
            f"images have shape {images.shape}; expected ({expected}) with at least 2 "
            "images, because the feature network is made for them."
        )
    return images
