"""Lesson 03: a generator of one's own."""

import numpy as np

from gan_tutorial.exercises import call
from gan_tutorial.exercises._words import describe, explain


def build_my_generator(answer):
    """Judges by what the network makes, however it is put together."""
    is_model = hasattr(answer, "get_weights") and not isinstance(answer, type)
    model = answer if is_model else call(answer)
    if model is None:
        return "your function gives nothing back. End it with `return`."
    if not hasattr(model, "get_weights"):
        return f"your function has to return the model. It gave {describe(model)}."
    latents = np.random.default_rng(0).normal(size=(8, 16)).astype("float32")
    try:
        images = np.asarray(model(latents))
    except (ValueError, TypeError) as error:
        if "of input shape to have value" not in str(error):
            raise
        return f"it does not take 16 numbers for each picture: {explain(error)}"
    if images.ndim != 4 or len(images) != 8:
        return f"from 8 latents it makes {describe(images)}, not 8 pictures in colour."
    height, width, channels = images.shape[1:]
    if (height, width, channels) != (64, 48, 3):
        size = f"{height} pixels high, {width} wide, and have {channels} channels"
        return f"its pictures are {size}. They should be 64 high, 48 wide, and have 3."
    if np.ptp(images, axis=0).max() == 0:
        return "all latents give the same picture."
    return _find_wrong_range(model, latents) or _find_uneven_kernel(model)


def _find_wrong_range(model, latents):
    """With weights that are far too large, only the last activation sets the range."""
    weights = model.get_weights()
    try:
        model.set_weights([20 * weight for weight in weights])
        images = np.asarray(model(latents))
    finally:
        model.set_weights(weights)
    if not np.abs(images).max() <= 1:
        return "its pixels can leave the range from −1 to 1. What ends the last layer?"
    if images.min() > -0.9 or images.max() < 0.9:
        reach = f"{images.min():.1f} to {images.max():.1f}"
        return f"its pixels reach only from {reach}, and black is −1, white is 1."
    return None


def _find_uneven_kernel(model):
    from keras.layers import Conv2DTranspose

    for layer in model._flatten_layers():  # also those inside of others
        if isinstance(layer, Conv2DTranspose):
            sides = zip(layer.kernel_size, layer.strides, strict=True)
            if any(kernel % stride for kernel, stride in sides):
                text = f"a kernel of {layer.kernel_size[0]} with a stride of"
                return f"all is right but the checkerboard: {text} {layer.strides[0]}."
    return None
