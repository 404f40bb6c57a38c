"""A GAN that draws outlines: it sets the control points of curves, and no pixels.

To the networks an outline is a vector of `NUM_POINTS + 1` numbers: the natural
logarithms of its height and of its points' radii, in decimetres. So every number that a
network can say is a length above 0, and vessels of some 200 mm have numbers near 0.

Source: Chen and Fuge, BézierGAN, arXiv 1808.08871, whose generator sets the points of
a Bézier curve and the places where it is looked at. Here the places are given, because
the radius of a turned product is a function of its height.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import Input, Model, layers

from gan_tutorial import checks, losses, networks, recipes
from gan_tutorial.design import curves
from gan_tutorial.gan import GAN

LATENT_DIM = 8
BATCH_SIZE = 64
WIDTH = 128  # numbers in each hidden layer
BETA_1, BETA_2 = 0.5, 0.99  # of Adam; with momentum wishes were met better (one seed)
R1_GAMMA = 0.03  # 0.3 and more took variety away, 0.01 did as well (one seed each)
_UNIT_MM = 100
_ENLARGED = 5  # times: the bends that the discriminator sees
_NUM_LEVELS = 161  # heights at which training measures a curve
_SHARP = 0.2  # mm: what is that much narrower than the belly counts 1/e for its place


def to_vectors(points) -> np.ndarray:
    """Outlines as networks take them.

    Args:
        points: control points in mm, `(n, NUM_POINTS, 2)`, as `curves.read` gives them.

    Returns:
        float32 `(n, NUM_POINTS + 1)`.

    Raises:
        ValueError: an array of another shape, or a length that is not above 0, such as
            NaN, which stands for a picture without a product.
    """
    points = np.asarray(points, float)
    if points.ndim != 3 or points.shape[1:] != (curves.NUM_POINTS, 2):
        raise ValueError(
            f"points have shape {points.shape}; expected (n, {curves.NUM_POINTS}, 2)."
        )
    lengths = np.concatenate([points[:, -1:, 1], points[..., 0]], axis=1)
    if not (bad := ~(lengths > 0).all(axis=1)).any():
        return np.log(lengths / _UNIT_MM).astype(np.float32)
    raise ValueError(
        f"{bad.sum()} of {len(points)} outlines, the first of them number "
        f"{bad.argmax()}, hold NaN or lengths of 0 and less; expected lengths in mm "
        "above 0. Leave such outlines out."
    )


def to_points(vectors) -> np.ndarray:
    """Control points in mm, float64 `(n, NUM_POINTS, 2)`: the way back."""
    lengths = _UNIT_MM * np.exp(np.asarray(vectors, float))
    heights = lengths[:, :1] * curves.greville()
    return np.stack([lengths[:, 1:], heights], axis=2)


def build_generator(
    latent_dim: int = LATENT_DIM,
    num_classes: int | None = None,
    num_attributes: int | None = None,
) -> Model:
    """Small dense network from latents and conditions to outlines.

    The last layer sees the inputs, too: what follows from a wish in a straight line,
    such as the height, need not pass through the others.

    Args:
        latent_dim: numbers in one latent; at least as many as attributes.
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.

    Returns:
        Model from `latents`, or `[latents, labels, attributes]` as far as wanted, to
        vectors `(batch_size, NUM_POINTS + 1)`.
    """
    latent_dim = checks.whole_number("latent_dim", latent_dim, num_attributes or 1)
    latents = Input((latent_dim,), name="latents")
    conditions = networks.condition_inputs(num_classes, num_attributes)
    parts = [latents, *networks.embed_conditions(conditions, num_classes, latent_dim)]
    given = layers.Concatenate(name="given")(parts) if conditions else latents
    x = given
    for k in (1, 2, 3):
        x = layers.Dense(WIDTH, activation="relu", name=f"layer_{k}")(x)
    x = layers.Concatenate(name="straight")([x, given])
    vectors = layers.Dense(curves.NUM_POINTS + 1, name="outlines")(x)
    inputs = networks.one_or_list([latents, *conditions])
    return Model(inputs, vectors, name="generator")


def build_discriminator(
    num_classes: int | None = None,
    num_attributes: int | None = None,
) -> Model:
    """Small dense network from outlines to one logit each.

    It sees the control points and how the line through them bends, many times enlarged:
    ripples are small, but in a glaze everybody sees them.
    Conditions enter by projection, as in `networks.build_discriminator`.

    Args:
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.

    Returns:
        Model from `images`, which are vectors, or `[images, labels, attributes]` as far
        as wanted, to logits `(batch_size, 1)`.
    """
    vectors = Input((curves.NUM_POINTS + 1,), name="images")
    conditions = networks.condition_inputs(num_classes, num_attributes)
    radii = vectors[:, 1:]
    bends = radii[:, 2:] - 2 * radii[:, 1:-1] + radii[:, :-2]
    x = layers.Concatenate(name="points_and_bends")([vectors, _ENLARGED * bends])
    for k in (1, 2, 3):
        x = layers.Dense(WIDTH, name=f"layer_{k}")(x)
        x = layers.LeakyReLU(negative_slope=0.2, name=f"leaky_relu_{k}")(x)
    logits = layers.Dense(1, name="logits")(x)
    for vector in networks.embed_conditions(conditions, num_classes, WIDTH):
        projection = layers.Dot(axes=1, name=f"{vector.name}_projection")
        logits = layers.Add()([logits, projection([x, vector])])
    inputs = networks.one_or_list([vectors, *conditions])
    return Model(inputs, logits, name="discriminator")


def check_ranges(ranges: dict) -> None:
    """Makes sure that ranges of measures are what a generator can be asked for.

    A network tells its attributes apart by their places alone. So measures come in one
    order, that of `curves.MEASURES`, and none is taken for another.

    Args:
        ranges: lowest and highest value of each attribute, in mm (shoulder: a share).

    Raises:
        ValueError: no range, one of something that is not measured, another order, or
            a lower end that is not the lower one.
    """
    names = [name for name in curves.MEASURES if name in ranges]
    if not ranges or sorted(ranges) != sorted(names):
        raise ValueError(
            f"ranges are of {list(ranges)}; expected some of "
            f"{', '.join(curves.MEASURES)}."
        )
    if list(ranges) != names:
        raise ValueError(
            f"ranges come in the order {', '.join(ranges)}; expected "
            f"{', '.join(names)}, the order in which generators are trained."
        )
    for name, (low, high) in ranges.items():
        if not low < high:
            raise ValueError(
                f"{name} goes from {low:g} to {high:g}; expected the lower end first."
            )


class MissedWishes:
    """How far outlines are from the measures that were asked, for `g_term`.

    The game alone teaches a generator to heed wishes roughly. This term measures its
    curves and says by how much they miss, so that it also learns by plain regression.
    Only what can be measured on the generator's own curve is compared; no real outline
    is copied.

    Args:
        ranges: as `check_ranges` wants them: those of `data.scale_attributes`.

    Raises:
        ValueError: other ranges.
    """

    def __init__(self, ranges: dict):
        check_ranges(ranges)
        self.ranges = dict(ranges)

    def __call__(self, fake_images, batch):
        """The mean difference, a scalar, in standard deviations of a range."""
        measured = measure_vectors(fake_images)
        away = []
        for i, (name, (low, high)) in enumerate(self.ranges.items()):
            spread = (high - low) / 12**0.5  # which data.scale_attributes makes 2
            value = (measured[name] - (low + high) / 2) / spread
            away.append(tf.abs(value - batch["attributes"][:, i] / 2))
        return tf.reduce_mean(away)


def measure_vectors(vectors) -> dict:
    """`curves.measure_all` for vectors, as tensors `(n,)` that have slopes.

    The curve is looked at in 161 places. The belly's place is a mean of places, of
    which the wider ones count much more.
    """
    t = np.linspace(0, 1, _NUM_LEVELS)
    lengths = _UNIT_MM * tf.exp(vectors)
    radii = lengths[:, 1:] @ tf.constant(curves.basis(t).T, tf.float32)
    places = tf.constant(t, tf.float32)
    shares = tf.nn.softmax(radii / _SHARP, axis=1)
    widest = tf.argmax(radii, axis=1, output_type=tf.int32)[:, None]
    is_above = tf.range(_NUM_LEVELS)[None] >= widest
    neck = tf.reduce_min(tf.where(is_above, radii, radii.dtype.max), axis=1)
    return {
        "height": lengths[:, 0],
        "belly": 2 * tf.reduce_max(radii, axis=1),
        "shoulder": tf.linalg.matvec(shares, places),
        "neck": 2 * neck,
        "foot": 2 * lengths[:, 1],
    }


def build_gan(
    ranges: dict, num_classes: int | None, num_steps: int, seed: int | None = None
) -> GAN:
    """A GAN of outlines, ready for `fit` with batches of `BATCH_SIZE`.

    Its first weights follow from `keras.utils.set_random_seed`.

    Args:
        ranges: as in `MissedWishes`.
        num_classes: styles, where the networks are to take labels; else None.
        num_steps: generator steps of the whole run; 3,000 suffice for vases.
        seed: whole number from which the training latents follow, or None.
    """
    conditions = {"num_classes": num_classes, "num_attributes": len(ranges)}
    gan = GAN(
        build_generator(**conditions),
        build_discriminator(**conditions),
        ema_momentum=recipes.ema_momentum(num_steps),
        seed=seed,
    )
    g_optimizer, d_optimizer = (
        keras.optimizers.Adam(
            recipes.learning_rate(num_steps), beta_1=BETA_1, beta_2=BETA_2
        )
        for _ in range(2)
    )
    gan.compile(
        g_optimizer,
        d_optimizer,
        losses.NON_SATURATING,
        losses.R1(R1_GAMMA, recipes.R1_INTERVAL),
        g_term=MissedWishes(ranges),
    )
    return gan
