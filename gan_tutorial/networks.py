"""Builders for the generator and the discriminator.

Images have sides that are multiples of 4 from 16 to 128, and 1 channel (grey), 3
(colour) or 4 (colour and opacity); what has other channels is a map, such as of labels,
with one channel for each. `filters` is the number of channels at full size;
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
    and a learned vector that belongs to the condition.

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


def build_u_net(
    image_shape: tuple[int, int, int],
    filters: int = 16,
    source_channels: int | None = None,
    latent_dim: int | None = None,
    masked: bool = False,
) -> Model:
    """Network from a picture to a picture of the same size, pixel for pixel.

    Strided convolutions halve the source until it is small, and so see it whole; then
    it is enlarged again. At each size, what was seen on the way down joins what comes
    up, so that fine lines need not pass through the small maps. A source that is
    smaller than the image is enlarged first, by whatever method. Instance normalisation
    keeps two networks that only learn from one another from going black.

    Args:
        image_shape: `(height, width, channels)` of the images.
        filters: channels of the feature maps at full size.
        source_channels: of the source, where it has others than the image.
        latent_dim: where given, the network also takes latents, which join at the
            smallest maps. Beside a distance to one right image, it learns to ignore
            them.
        masked: whether it also takes masks `(batch_size, height, width, 1)`, 1 in the
            hole and 0 elsewhere. What the source has in the hole then counts for
            nothing, and what it has elsewhere is in the image as it was.

    Returns:
        Model from `source`, or `[source, masks, latents]` as far as wanted, to images
        float32 in [-1, 1].

    Source: Ronneberger, Fischer and Brox, arXiv 1505.04597; as a generator Isola, Zhu,
    Zhou and Efros, arXiv 1611.07004. Instance normalisation is Ulyanov, Vedaldi and
    Lempitsky's, arXiv 1607.08022.
    """
    height, width, channels = check_image_shape(image_shape)
    filters = checks.whole_number("filters", filters, 1)
    source_channels = checks.whole_number(
        "source_channels", channels if source_channels is None else source_channels, 1
    )
    if masked and source_channels != channels:
        raise ValueError(
            f"The source has {source_channels} channels and the image {channels}; "
            "expected as many, because outside the hole the one is the other."
        )
    source = Input((height, width, source_channels), name="source")
    inputs, x = [source], source
    if masked:
        masks = Input((height, width, 1), name="masks")
        inputs.append(masks)
        known = source * (1 - masks)
        x = layers.Concatenate(name="all_inputs")([known, masks])

    num_halvings = count_halvings(height, width)
    widths = [min(filters * 2**k, MAX_FILTERS) for k in range(num_halvings + 1)]
    seen = []  # on the way down, at each size
    for k, num_filters in enumerate(widths):
        name = f"halve_{k}" if k else "full_size"
        # The first maps are left as they are, and so tell how bright a picture is.
        x = _convolve(x, num_filters, name, strides=2 if k else 1, norm=k > 0)
        seen.append(x)
    if latent_dim is not None:
        latent_dim = checks.whole_number("latent_dim", latent_dim, 1)
        inputs.append(Input((latent_dim,), name="latents"))
        spread = layers.RepeatVector(math.prod(x.shape[1:3]), name="spread")(inputs[-1])
        spread = layers.Reshape((*x.shape[1:3], latent_dim), name="maps")(spread)
        x = layers.Concatenate(name="with_latents")([x, spread])
    x = _convolve(x, widths[-1], "middle")
    for k in reversed(range(num_halvings)):
        x = layers.UpSampling2D(interpolation="bilinear", name=f"enlarge_{k}")(x)
        x = layers.Concatenate(name=f"join_{k}")([x, seen[k]])
        x = _convolve(x, widths[k], f"double_{k}")
    images = layers.Conv2D(
        channels, 3, padding="same", activation="tanh", name="images"
    )(x)
    if masked:
        images = images * masks + known
    return Model(one_or_list(inputs), images, name="generator")


def _convolve(x, num_filters, name, strides=1, norm=True):
    """A convolution of 3 x 3; instance normalisation, if wanted; ReLU."""
    x = layers.Conv2D(
        num_filters, 3, strides, padding="same", use_bias=not norm, name=name
    )(x)
    if norm:  # each map of each picture by itself
        x = layers.GroupNormalization(groups=-1, name=f"norm_{name}")(x)
    return layers.ReLU(name=f"relu_{name}")(x)


def build_patch_discriminator(
    image_shape: tuple[int, int, int],
    filters: int = 32,
    source_channels: int | None = None,
    num_halvings: int = 2,
    num_classes: int | None = None,
    num_attributes: int | None = None,
) -> Model:
    """Network from images to one logit for each patch: is this piece real?

    It judges edges and textures, and leaves to a distance what the whole should be. A
    logit sees a patch of 18 pixels with two halvings, of 38 with three.

    Args:
        image_shape: `(height, width, channels)`.
        filters: channels of the first feature maps; each halving doubles them.
        source_channels: where given, the network also takes the source of each image,
            with so many channels, and judges whether the two belong together.
        num_halvings: strided convolutions, 1 or more; with each, patches grow.
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.
            As in `build_discriminator`, conditions enter by projection: of each patch.

    Returns:
        Model from `images`, or `[images, source, labels, attributes]` as far as wanted,
        to logits `(batch_size, rows, columns, 1)`, without a sigmoid.

    Source: section 3.2.2 of Isola, Zhu, Zhou and Efros, arXiv 1611.07004; for the
    conditions Miyato and Koyama, arXiv 1802.05637.
    """
    height, width, _ = check_image_shape(image_shape)
    filters = checks.whole_number("filters", filters, 1)
    num_halvings = checks.whole_number("num_halvings", num_halvings, 1)
    images = Input(image_shape, name="images")
    inputs, x = [images], images
    if source_channels is not None:
        channels = checks.whole_number("source_channels", source_channels, 1)
        inputs.append(Input((height, width, channels), name="source"))
        x = layers.Concatenate(name="all_inputs")(inputs)
    for k in range(num_halvings + 1):
        is_last = k == num_halvings
        x = layers.Conv2D(
            min(filters * 2**k, MAX_FILTERS),
            3 if is_last else 4,
            strides=1 if is_last else 2,
            padding="same",
            name="same_size" if is_last else f"halve_{k + 1}",
        )(x)
        x = layers.LeakyReLU(negative_slope=0.2, name=f"leaky_relu_{k + 1}")(x)
    logits = layers.Conv2D(1, 1, name="logits")(x)
    conditions = condition_inputs(num_classes, num_attributes)
    for vector in embed_conditions(conditions, num_classes, x.shape[-1]):
        projection = layers.Dot(axes=(3, 1), name=f"{vector.name}_projection")
        projected = keras.ops.expand_dims(projection([x, vector]), -1)
        logits = layers.Add()([logits, projected])
    return Model(one_or_list([*inputs, *conditions]), logits, name="discriminator")


def build_seamless_generator(
    latent_dim: int,
    channels: int = 3,
    filters: int = 16,
    num_classes: int | None = None,
    num_attributes: int | None = None,
    num_doublings: int = 3,
) -> Model:
    """Network from maps of latents to textures that continue at their opposite side.

    Nothing in it knows of a border: what a convolution misses beyond one side, it takes
    from the other. So a map that is moved round gives the same texture moved round, a
    larger map gives a larger texture, and copies side by side meet as any two cells of
    a map do. Each doubling mixes neighbours, also across the border.

    Args:
        latent_dim: numbers in each cell of a map.
        channels: of the textures.
        filters: channels of the last feature maps, at full size.
        num_classes: where given, the network also takes labels `(batch_size,)`.
        num_attributes: where given, also attributes `(batch_size, num_attributes)`.
        num_doublings: each doubles the sides: 3 give 8 x 8 pixels for each cell.

    Returns:
        Model from `latents` `(batch_size, rows, columns, latent_dim)`, or `[latents,
        labels, attributes]` as far as wanted, to images float32 in [-1, 1]
        `(batch_size, 8 * rows, 8 * columns, channels)`, for any rows and columns.

    Source: Jetchev, Bergmann and Vollgraf, Texture Synthesis with Spatial Generative
    Adversarial Networks, arXiv 1611.08207, whose networks also take maps of any size;
    for latents that are alike in all cells Bergmann, Jetchev and Vollgraf, arXiv
    1705.06566.
    """
    latent_dim = checks.whole_number("latent_dim", latent_dim, 1)
    channels = checks.whole_number("channels", channels, 1)
    filters = checks.whole_number("filters", filters, 1)
    num_doublings = checks.whole_number("num_doublings", num_doublings, 1)
    latents = Input((None, None, latent_dim), name="latents")
    conditions = condition_inputs(num_classes, num_attributes)
    parts = [latents]
    for vector in embed_conditions(conditions, num_classes, latent_dim):
        everywhere = layers.Reshape((1, 1, latent_dim))(vector)
        parts.append(everywhere + keras.ops.zeros_like(latents))
    x = layers.Concatenate(name="all_inputs")(parts) if conditions else latents
    for k in reversed(range(num_doublings + 1)):
        is_last = k == 0  # full size; see build_generator
        x = layers.Conv2D(
            min(filters * 2**k, MAX_FILTERS), 3, use_bias=is_last, name=f"maps_{k}"
        )(wrap(x))
        if not is_last:
            x = batch_norm(f"norm_{k}")(x)
        x = layers.ReLU(name=f"relu_{k}")(x)
        if not is_last:
            # Each pixel twice, then two means of 2 x 2: that is bilinear enlargement,
            # whose own gradients take far longer.
            x = wrap(layers.UpSampling2D(name=f"double_{k}")(x))
            for name in (f"mean_{k}", f"smooth_{k}"):
                x = layers.AveragePooling2D(2, strides=1, name=name)(x)
    images = layers.Conv2D(channels, 3, activation="tanh", name="images")(wrap(x))
    return Model(one_or_list([latents, *conditions]), images, name="generator")


def wrap(maps):
    """Feature maps with one more row and column at each side, from the opposite one.

    A convolution of 3 x 3 with `padding="valid"` then gives maps of the same size, as
    on a torus.
    """
    maps = keras.ops.concatenate([maps[:, -1:], maps, maps[:, :1]], axis=1)
    return keras.ops.concatenate([maps[:, :, -1:], maps, maps[:, :, :1]], axis=2)


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
    """One learned vector of `size` numbers for each condition."""
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
    return height, width, checks.whole_number("The number of channels", channels, 1)


def one_or_list(inputs: list):
    """The only input, or the list of several."""
    return inputs[0] if len(inputs) == 1 else inputs
