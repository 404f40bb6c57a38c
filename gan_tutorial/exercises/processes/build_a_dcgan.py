"""Lesson 03: a generator of one's own."""

import numpy as np

from gan_tutorial.exercises import Mistake, Unanswered, call
from gan_tutorial.exercises._words import describe, explain

# What Keras says of usual mistakes here, as in `_errors.toml`; {0} is a group.
_CAUSES = {
    r"name '([A-Z]\w+)' is not defined": "it uses `{0}`, which has no meaning yet. "
    "Layers are written with `layers.` before the name, as in `layers.Dense`.",
    r"activation function identifier: \d+|Dense\.__\w+__\(\) takes|units=\(": "a "
    "Dense layer takes one size, not several: multiply them, as the small generator "
    "does.",
    r"activation function identifier: (\w+)": "Keras knows no activation `{0}`. Look "
    "at how it is spelt.",
    r"Cannot convert '(.+?)' to a shape": "an Input takes a shape: write `Input((16,))`"
    ", with the comma.",
    r"min_ndim=4, found ndim=2|ndim=4, found ndim=2": "a convolution gets one long row "
    "of numbers. It needs height, width and maps: put a Reshape before it.",
    r"input_shape=\(\d+, \d": "a Reshape gets a table where it needs one long row. An "
    "`Input((16,))` gives a row.",
    r"Reshape\.__\w+__\(\) takes": "a Reshape takes one shape, in brackets of its own: "
    "`Reshape((7, 7, 64))`.",
    r"Expected `trainable` to be a boolean|Sequential\.__\w+__\(\) takes": "Sequential "
    "takes one list. Write square brackets around all layers.",
    r"`padding` argument": 'a padding is either "same" or "valid".',
    r"expected a positive integer|Invalid value for argument `filters`": "the size of "
    "a layer must be a whole number above 0. Divide with `//`, not with `/`.",
    r"would be zero or negative": "a kernel is larger than the maps that it gets. Is a "
    "padding missing?",
    r"InputLayer has no positional": "the Input has to be the first in the list.",
    r"expects \d+ (?:named )?input": "your model asks for more than the latent. It "
    "should take 16 numbers, and nothing else.",
    r"input shape to have value (\d+)|expected shape=\(None, (\d+)\)": "it takes {0} "
    "numbers for each picture, not 16.",
    r"Invalid input shape": "it does not take 16 numbers for each picture. Compare its "
    "Input with that of the small generator.",
    r"instances of `?keras.Layer": "an entry of the list is no layer. Has each of them "
    "its brackets, as in `layers.ReLU()`?",
    r"have a `call\(\)` method": "Keras finds no layers in your model. A Sequential "
    "needs a list of layers, and a class of your own a method `call`.",
}


def build_my_generator(answer):
    """Judges by what the network makes, however it is put together."""
    is_model = hasattr(answer, "get_weights") and not isinstance(answer, type)
    model = answer if is_model else _build(answer)
    if model is None:
        return "your function gives nothing back. End it with `return`."
    if isinstance(model, list):
        return "your function gives a list. Put it into `Sequential(...)`."
    if isinstance(model, type):
        return f"your function gives a class. Write brackets: `{model.__name__}()`."
    if not hasattr(model, "get_weights"):
        return f"your function has to return the model. It gave {describe(model)}."
    latents = np.random.default_rng(0).normal(size=(64, 16)).astype("float32")
    images = _draw(model, latents)
    if images is None:
        return "its `call` gives nothing back. End it with `return`."
    if isinstance(images, dict | list | tuple):
        return "your model gives several things. It should give the pictures alone."
    images = np.asarray(images)
    return (
        _find_wrong_shape(images)
        or _find_sameness(images)
        or _find_wrong_range(model, latents)
        or _find_stillness(model, latents)
        or _find_uneven_kernel(model)
    )


def _build(answer):
    try:
        return call(answer)
    except (Mistake, Unanswered):
        raise
    except Exception as error:
        text = "your function stops with an error"
        raise Mistake(f"{text}: {explain(error, _CAUSES)}") from None


def _draw(model, latents):
    try:
        return model(latents)
    except Exception as error:
        text = "your model makes no pictures from 16 numbers each"
        raise Mistake(f"{text}: {explain(error, _CAUSES)}") from None


def _find_wrong_shape(images):
    if images.ndim != 4:
        made = " × ".join(map(str, images.shape[1:]))
        return f"a picture has height, width and channels. Yours have the shape {made}."
    height, width, channels = images.shape[1:]
    if (height, width) == (48, 64):
        return "its pictures lie on their side: a shape begins with the height."
    if (height, width) != (64, 48):
        size = f"{height} pixels high and {width} wide"
        return f"its pictures are {size}. They should be 64 high and 48 wide."
    if channels != 3:
        return f"the sides are right. In colour a pixel has 3 numbers, not {channels}."
    if len(images) != 64:
        return f"from 64 latents it makes {len(images)} pictures."
    return None


def _find_sameness(images):
    if np.ptp(images, axis=0).max() == 0:
        return "all latents give the same picture."
    if np.ptp(images, axis=(1, 2)).max() == 0:
        return "each picture has one colour, the same at all places."
    return None


def _find_wrong_range(model, latents):
    """With weights that are far too large, only the last activation sets the range."""
    weights = model.get_weights()
    try:
        model.set_weights([20 * weight for weight in weights])
        images = np.asarray(model(latents))
    finally:
        model.set_weights(weights)
    if not np.abs(images).max() <= 1:
        end = "Look at what ends the last layer; one further inside does not limit it."
        return f"with large weights its pixels leave the range from −1 to 1. {end}"
    if images.min() > -0.9 or images.max() < 0.9:
        reach = f"{images.min():.1f} to {images.max():.1f}".replace("-", "−")
        return f"its pixels reach only from {reach}, and black is −1, white is 1."
    return None


def _find_stillness(model, latents):
    """Whether a gradient comes from the pictures to the weights: all learning needs."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        brightness = tf.reduce_sum(model(latents)[:, ::5])
    gradients = tape.gradient(brightness, model.trainable_variables)
    if not any(g is not None and np.any(g) for g in gradients):
        text = "Each step must have a slope, and be made of Keras's or TensorFlow's"
        return f"no gradient reaches its weights, so it cannot learn. {text} functions."
    return None


def _find_uneven_kernel(model):
    from keras.layers import Conv2DTranspose

    for layer in model._flatten_layers():  # also those inside of others
        if isinstance(layer, Conv2DTranspose):
            for kernel, stride in zip(layer.kernel_size, layer.strides, strict=True):
                if kernel % stride:
                    text = f"a kernel of {kernel} with a stride of {stride}"
                    return f"all is right but the checkerboard: {text}."
    return None
