"""Builders for the generator and the discriminator.

Images have sides that are multiples of 4 from 16 to 128, and 1 channel (grey), 3
(colour) or 4 (colour and opacity). `filters` is the number of channels at full size;
each halving of the image doubles it, up to `MAX_FILTERS`. Both networks can take
conditions: a class label, continuous attributes, or both.

The networks for points at the end of the builders are small and dense, without any of
this.
"""

import math

import keras
import tensorflow as tf
from keras import Input, Model, layers

from gan_tutorial import checks

MAX_FILTERS = 256


def build_generator(
    latent_dim: int,
    image_shape: tuple[int, int, int],
    filters: int = 16,
    num_classes: int | None = None,
    num_attributes: int | None = None,
) -> Model:
    """Network from latents to images.

    A dense layer makes a small stack of feature maps; transposed convolutions double
    its sides until the image has its full size.

    Args:
        latent_dim: numbers in one latent.
        image_shape: `(height, width, channels)`.
        filters: channels of the last feature maps, at full size.
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.

    Returns:
        Model from `latents`, or `[latents, labels, attributes]` as far as wanted, to
        images float32 in [-1, 1].

    Source: Radford, Metz and Chintala, arXiv 1511.06434.
    """
    height, width, channels = check_image_shape(image_shape)
    latent_dim = checks.whole_number("latent_dim", latent_dim, 1)
    filters = checks.whole_number("filters", filters, 1)
    num_doublings = count_halvings(height, width)
    scale = 2**num_doublings

    latents = Input((latent_dim,), name="latents")
    conditions = condition_inputs(num_classes, num_attributes)
    # Labels become vectors as long as the latents, so that neither drowns the other.
    parts = [latents, *embed_conditions(conditions, num_classes, latent_dim)]
    x = layers.Concatenate(name="all_inputs")(parts) if conditions else latents

    widths = [min(filters * 2**k, MAX_FILTERS) for k in range(num_doublings, -1, -1)]
    start = (height // scale, width // scale, widths[0])
    # A bias before BatchNormalization would be subtracted again, so there is none.
    # Here it works on each number, not on each map: that was measured to be better.
    x = layers.Dense(math.prod(start), use_bias=False, name="start")(x)
    x = batch_norm("norm_0")(x)
    x = layers.ReLU(name="relu_0")(x)
    x = layers.Reshape(start, name="maps")(x)
    for k, num_filters in enumerate(widths[1:], start=1):
        # At full size BatchNormalization costs time and was not seen to help.
        is_last = k == num_doublings
        x = layers.Conv2DTranspose(
            num_filters,
            4,
            strides=2,
            padding="same",
            use_bias=is_last,
            name=f"double_{k}",
        )(x)
        if not is_last:
            x = batch_norm(f"norm_{k}")(x)
        x = layers.ReLU(name=f"relu_{k}")(x)
    images = layers.Conv2D(
        channels, 3, padding="same", activation="tanh", name="images"
    )(x)
    return Model(one_or_list([latents, *conditions]), images, name="generator")


def build_discriminator(
    image_shape: tuple[int, int, int],
    filters: int = 32,
    num_classes: int | None = None,
    num_attributes: int | None = None,
    augment: bool = False,
) -> Model:
    """Network from images to one logit each: above 0 says real, below 0 says fake.

    Strided convolutions halve the image until it is small; a dense layer reads it.
    Conditions enter by projection: the logit gains the scalar product of the features
    and a learnt vector that belongs to the condition.

    Args:
        image_shape: `(height, width, channels)`.
        filters: channels of the first feature maps; each halving doubles them.
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.
        augment: whether it sees images moved; see `RandomlyMoved`.

    Returns:
        Model from `images`, or `[images, labels, attributes]` as far as wanted, to
        logits `(batch_size, 1)`, without a sigmoid.

    Source: Radford, Metz and Chintala, arXiv 1511.06434; for the conditions Miyato and
    Koyama, cGANs with Projection Discriminator, arXiv 1802.05637.
    """
    height, width, _ = check_image_shape(image_shape)
    filters = checks.whole_number("filters", filters, 1)
    images = Input(image_shape, name="images")
    conditions = condition_inputs(num_classes, num_attributes)

    x = RandomlyMoved(name="moved")(images) if augment else images
    for k in range(count_halvings(height, width) + 1):
        num_filters = min(filters * 2**k, MAX_FILTERS)
        x = layers.Conv2D(
            num_filters, 4, strides=2, padding="same", name=f"halve_{k + 1}"
        )(x)
        x = layers.LeakyReLU(negative_slope=0.2, name=f"leaky_relu_{k + 1}")(x)
    features = layers.Flatten(name="features")(x)
    logits = layers.Dense(1, name="logits")(features)
    for vector in embed_conditions(conditions, num_classes, features.shape[-1]):
        projection = layers.Dot(axes=1, name=f"{vector.name}_projection")
        logits = layers.Add()([logits, projection([features, vector])])
    return Model(one_or_list([images, *conditions]), logits, name="discriminator")


def random_translation(reach: float = 0.125, seed: int | None = None) -> layers.Layer:
    """Keras's layer that moves each image by its own random number of pixels.

    At the front of a discriminator, which then sees real *and* generated images moved:
    few training images are harder to learn by heart, and the generator need not draw
    moved ones. The pixels at the edge are repeated.

    Args:
        reach: the longest way, as a share of the side.
        seed: whole number from which the ways follow, or None.

    Source: the translation of Zhao et al., Differentiable Augmentation for
    Data-Efficient GAN Training, arXiv 2006.10738.
    """
    still = {"fill_mode": "nearest", "interpolation": "nearest"}  # no pixel is mixed
    return layers.RandomTranslation(reach, reach, **still, seed=seed)


@keras.saving.register_keras_serializable("gan_tutorial")
class RandomlyMoved(layers.Layer):
    """Moves each image by `random_translation`, or leaves it, at random.

    Attributes:
        probability: variable, that an image is moved; 1 at first. See
            `callbacks.AdaptiveAugmentation`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.move = random_translation()
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape):
        """Makes the variable."""
        self.probability = self.add_weight(
            (), "ones", trainable=False, name="probability"
        )

    def call(self, images):
        """Images of the same shape, some of them moved."""
        shape = keras.ops.shape(images)[0], 1, 1, 1
        drawn = keras.random.uniform(shape, seed=self.seed_generator)
        return keras.ops.where(drawn < self.probability, self.move(images), images)


def make_symmetric(generator: Model) -> Model:
    """The same generator, its pictures averaged with their mirror images.

    For products that are alike on both sides, after training. What stands on one side
    only gets half as bright.

    Args:
        generator: a functional model to images.
    """
    picture = generator.output
    mirrored = keras.ops.flip(picture, axis=2)
    return keras.Model(generator.inputs, (picture + mirrored) / 2, name="symmetric")


def build_point_generator(latent_dim: int, point_dim: int, width: int = 64) -> Model:
    """Small dense network from latents to points, for games that can be watched.

    Args:
        latent_dim: numbers in one latent.
        point_dim: numbers in one point: 1 on a line, 2 in a plane.
        width: numbers in each of the two layers between.

    Returns:
        Model from latents `(batch_size, latent_dim)` to points `(batch_size,
        point_dim)`, of any size.
    """
    return _dense_network(latent_dim, point_dim, width, "generator")


def build_point_discriminator(point_dim: int, width: int = 64) -> Model:
    """Small dense network from points to one logit each.

    Its input is named `images`, as is all that a discriminator judges.

    Args:
        point_dim: numbers in one point.
        width: numbers in each of the two layers between.

    Returns:
        Model from points `(batch_size, point_dim)` to logits `(batch_size, 1)`.
    """
    return _dense_network(point_dim, 1, width, "discriminator")


def _dense_network(num_inputs, num_outputs, width, name):
    inputs = Input((num_inputs,), name="latents" if name == "generator" else "images")
    x = layers.Dense(width, activation="relu", name="layer_1")(inputs)
    x = layers.Dense(width, activation="relu", name="layer_2")(x)
    return Model(inputs, layers.Dense(num_outputs, name="outputs")(x), name=name)


def batch_norm(name: str) -> layers.Layer:
    """BatchNormalization; several devices share the statistics of the whole batch."""
    num_replicas = tf.distribute.get_strategy().num_replicas_in_sync
    return layers.BatchNormalization(
        momentum=0.9, synchronized=num_replicas > 1, name=name
    )


def condition_inputs(num_classes: int | None, num_attributes: int | None) -> list:
    """Inputs for labels and attributes, as far as they are wanted."""
    conditions = []
    if num_classes is not None:
        checks.whole_number("num_classes", num_classes, 1)
        conditions.append(Input((), dtype="int32", name="labels"))
    if num_attributes is not None:
        checks.whole_number("num_attributes", num_attributes, 1)
        conditions.append(Input((num_attributes,), name="attributes"))
    return conditions


def embed_conditions(conditions: list, num_classes: int | None, size: int) -> list:
    """One learnt vector of `size` numbers for each condition."""
    vectors = []
    for condition in conditions:
        if condition.name == "labels":
            embedding = layers.Embedding(int(num_classes), size, name="label_embedding")
            vectors.append(embedding(condition))
        else:
            embedding = layers.Dense(size, use_bias=False, name="attribute_embedding")
            vectors.append(embedding(condition))
    return vectors


def count_halvings(height: int, width: int) -> int:
    """Two halvings at least, then on while both sides are even and one is above 8."""
    halvings, height, width = 2, height // 4, width // 4
    while height % 2 == width % 2 == 0 and max(height, width) > 8:
        halvings, height, width = halvings + 1, height // 2, width // 2
    return halvings


def check_image_shape(image_shape: tuple) -> tuple[int, int, int]:
    """Height, width and channels; a `ValueError` where they cannot be built."""
    if len(image_shape) != 3:
        raise ValueError(
            f"image_shape is {image_shape}; expected (height, width, channels)."
        )
    height, width, channels = image_shape
    for side in (height, width):
        if side % 4 or not 16 <= side <= 128:
            raise ValueError(
                f"An image side of {side} pixels cannot be built: sides must be "
                "multiples of 4 from 16 to 128. Resize or pad the images."
            )
    if channels not in (1, 3, 4):
        raise ValueError(f"Images have {channels} channels; expected 1, 3 or 4.")
    return height, width, channels


def one_or_list(inputs: list):
    """The only input, or the list of several."""
    return inputs[0] if len(inputs) == 1 else inputs
