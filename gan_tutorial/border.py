"""The border of the networks: what may enter is looked at here, before the first step.

`data.check_batch` looks at arrays by themselves: numbers, ranges, rows. Here they are
held against the inputs of the networks.
"""

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import data

# What leaves probabilities as they are, or between 0 and 1; a layer or a function.
_HARMLESS = """Reshape Flatten Squeeze ExpandDims Permute Transpose Identity Dropout
Cast GlobalAveragePooling2D AveragePooling2D""".split()
_ATTRIBUTES = ", as data.scale_attributes makes them"


def check_networks(generator, discriminator) -> tuple[dict, dict]:
    """The inputs of both networks by name.

    Raises:
        ValueError: two networks that cannot play together.
    """
    for network in (generator, discriminator):
        if not hasattr(network, "inputs") or not hasattr(network, "output_shape"):
            raise ValueError(
                f"Expected functional or Sequential Keras models, with an Input; came "
                f"{type(network).__name__}."
            )
    g_inputs = name_inputs(generator, "latents")
    d_inputs = name_inputs(discriminator, "images")
    if "images" not in d_inputs:
        raise ValueError(
            f"The discriminator takes {list(d_inputs)}; expected 'images' among them: "
            'Input(image_shape, name="images").'
        )
    for network in (generator, discriminator):
        kinds = [tensor.dtype for tensor in network.outputs]
        is_chain = isinstance(network, keras.Sequential)
        is_named = not is_chain and isinstance(network.output, dict)
        if kinds != ["float32"] or is_named:
            raise ValueError(
                f"The {network.name} gives {network.output_shape} as {kinds}; expected "
                "one float32 tensor: images from the generator, logits from the "
                "discriminator."
            )
        if network.weights and not network.trainable_weights:
            raise ValueError(
                f"The {network.name} cannot learn: none of its weights is trainable. "
                f"Set {network.name}.trainable = True."
            )
    made, judged = generator.output_shape[1:], tuple(d_inputs["images"].shape[1:])
    fits = len(made) == len(judged) and all(
        a == b or None in (a, b) for a, b in zip(made, judged, strict=False)
    )
    if not fits:
        raise ValueError(
            f"The generator makes images of shape {tuple(made)}, but the discriminator "
            f"takes {judged}. Build both with the same image_shape."
        )
    if _gives_probabilities(discriminator.outputs[0]):
        raise ValueError(
            "The discriminator ends in a sigmoid or softmax, so it gives "
            "probabilities; expected logits, because the losses take the sigmoid "
            "themselves. End it with Dense(1)."
        )
    return g_inputs, d_inputs


def name_inputs(network, first: str) -> dict:
    """The inputs of a network by name; the first one is `first` if it has no name."""
    tensors = list(network.inputs)
    names = [tensor.name for tensor in tensors]
    if names[0].startswith(("keras_tensor", "input_layer")):
        names[0] = first
        if first == "latents" and len(tensors[0].shape) != 2:
            raise ValueError(
                f"The {network.name} takes {tensors[0].shape} without a name; expected "
                "latents (None, latent_dim), or a condition by its "
                'name: Input(image_shape, name="source").'
            )
    return dict(zip(names, tensors, strict=True))


def find_latent_dim(generator, g_inputs: dict, image_shape):
    """What one latent is in training: see `gan.GAN.latent_dim`.

    Args:
        generator: a network that makes equally many pixels of each latent of a map.
        g_inputs: its inputs by name.
        image_shape: `(height, width, channels)` of the images that are judged.

    Raises:
        ValueError: no map of latents gives images of this shape.
    """
    if "latents" not in g_inputs:
        return None
    shape = tuple(g_inputs["latents"].shape[1:])
    if len(shape) == 1:
        return shape[0]
    if None not in shape or None in image_shape or len(shape) != 3:
        return shape

    def made(*sides):
        return made_shape(generator, g_inputs, {"latents": (1, *sides, shape[2])})[1:3]

    trial = [side or 8 for side in shape[:2]]
    steps = [max(a // b, 1) for a, b in zip(made(*trial), trial, strict=True)]
    pairs = zip(image_shape[:2], steps, strict=True)
    sides = [max(side // step, 1) for side, step in pairs]
    if made(*sides) != tuple(image_shape[:2]):
        raise ValueError(
            f"The generator makes {steps[0]} x {steps[1]} pixels of each latent, so "
            f"its images cannot be {image_shape[0]} x {image_shape[1]}; expected sides "
            "that are multiples of these."
        )
    return *sides, shape[2]


def made_shape(generator, g_inputs: dict, shapes: dict) -> tuple:
    """The shape of what a generator makes; `shapes` names those of its inputs.

    Where one is not named, it is that with which the generator was built.
    """
    shapes = [shapes.get(name, (1, *t.shape[1:])) for name, t in g_inputs.items()]
    is_chain = isinstance(generator, keras.Sequential)
    form = generator.inputs[0] if is_chain else generator.input
    shapes = keras.tree.pack_sequence_as(form, shapes)
    return tuple(generator.compute_output_shape(shapes))


def check_first(batch, inputs: dict) -> dict[str, np.ndarray]:
    """Looks at the first batch of a stream of them.

    Args:
        batch: a dictionary, or images alone; arrays or tensors.
        inputs: of the networks, by name.

    Returns:
        What the networks take of it, as `check_inputs` gives it.

    Raises:
        ValueError: a batch that does not suit.
    """
    if batch is None:
        raise ValueError("The stream is empty; expected batches.")
    if isinstance(batch, list | tuple):
        raise ValueError(
            f"A batch came as {type(batch).__name__}; expected a dictionary, such "
            'as {"images": images, "labels": labels}. For pairs, use '
            'dataset.map(lambda x, y: {"images": x, "labels": y}).'
        )
    batch = batch if isinstance(batch, dict) else {"images": batch}
    rank, expected = np.ndim(batch.get("images")), inputs["images"].shape
    if rank == len(expected) - 1 and np.shape(batch["images"])[-1:] == expected[-1:]:
        raise ValueError(
            f"The first images have shape {np.shape(batch['images'])}: the stream "
            "gives them one by one. Put them in batches with dataset.batch(16)."
        )
    return check_inputs(data.check_batch(batch), inputs)


def watch(stream, first: dict, inputs: dict, faults: list):
    """The same stream, of which every batch is looked at when its turn comes.

    Only at what training itself would not notice: float pictures that leave [-1, 1],
    and numbers of classes. That costs a tenth of a millisecond for each batch. Other
    streams come back as they are.

    Args:
        stream: a `tf.data.Dataset`.
        first: its first batch, as `check_first` gives it.
        inputs: of the networks, by name.
        faults: a list that gets the error, of which TensorFlow hands on the text only.
    """
    ranges = _ranges(first, inputs)
    if not ranges:
        return stream

    def look(batch):
        given = batch if isinstance(batch, dict) else {"images": batch}
        names, tensors = list(given), list(given.values())

        def explain(*arrays):
            _explain(dict(zip(names, arrays, strict=True)), inputs, faults)
            return True

        are_fine = [
            tf.reduce_all((given[name] >= low) & (given[name] <= high))
            for name, (low, high) in ranges.items()
        ]  # NaN is in no range
        looked = tf.cond(
            tf.reduce_all(are_fine),
            lambda: True,
            lambda: tf.numpy_function(explain, tensors, tf.bool),
        )
        with tf.control_dependencies([looked]):
            return tf.nest.map_structure(tf.identity, batch)

    return stream.map(look)


def watch_generator(batches, first, inputs: dict, faults: list):
    """`watch` for a Python generator of batches, of which the first one is taken.

    Yields:
        Each batch in a tuple, because Keras takes nothing else.
    """
    ranges = _ranges(check_first(first, inputs), inputs)

    def read(batch):
        given = batch if isinstance(batch, dict) else {"images": batch}
        arrays = {name: np.asarray(given[name]) for name in inputs if name in given}
        return arrays, {name: (a.dtype, a.shape[1:]) for name, a in arrays.items()}

    _, form = read(first)
    yield (first,)
    for batch in batches:
        arrays, found = read(batch)
        is_fine = found == form and all(
            np.all((arrays[name] >= low) & (arrays[name] <= high))
            for name, (low, high) in ranges.items()
        )
        if not is_fine:
            _explain(batch, inputs, faults)
        yield (batch,)


def _explain(batch, inputs, faults):
    """Raises the error of a batch in which something was seen, if there is one."""
    try:
        check_first(batch, inputs)
    except ValueError as error:
        faults.append(ValueError(f"In a later batch, {error}"))
        raise


def _ranges(first, inputs):
    """Lowest and highest value that later batches may hold, by name."""
    ranges = {}
    for name, values in first.items():
        num_classes = "int" in inputs[name].dtype and _num_classes(inputs[name])
        if num_classes:
            ranges[name] = 0, num_classes - 1
        elif values.dtype == np.float32 and data.is_picture(values.shape, name):
            ranges[name] = -data.LIMIT, data.LIMIT
    return ranges


def check_inputs(given: dict, inputs: dict, num_rows=None) -> dict[str, np.ndarray]:
    """Holds arrays against the inputs of networks, and gives those that they take.

    Args:
        given: arrays by name.
        inputs: the networks' input tensors by name. Only "latents" may be missing,
            because the GAN draws them.
        num_rows: how many rows each array must have; None where the first one decides.

    Returns:
        int32 for inputs of whole numbers, else uint8 pictures, masks as booleans, or
        float32.

    Raises:
        ValueError: something is missing, or of the wrong shape, type or range.
    """
    missing = [name for name in inputs if name not in given and name != "latents"]
    if missing:
        raise ValueError(
            f"The networks take {list(inputs)}; {missing} did not come. Give them by "
            f"name{_ATTRIBUTES if 'attributes' in missing else ''}."
        )
    checked = {}
    for name, tensor in inputs.items():
        if name not in given:
            continue
        values, shape = np.asarray(given[name]), tuple(tensor.shape[1:])
        fits = values.ndim == len(shape) + 1 and all(
            side in (None, got)
            for side, got in zip(shape, values.shape[1:], strict=True)
        )
        if not fits or len(values) < 1 or len(values) != (num_rows or len(values)):
            sides = ", ".join(map(str, (num_rows or "n", *shape)))
            raise ValueError(
                f"{name} have shape {values.shape}; expected ({sides}"
                f"{'' if shape else ','})."
            )
        num_rows = len(values)
        check = _check_numbers if "int" in tensor.dtype else _check_floats
        checked[name] = check(name, values, tensor)
    return checked


def _check_floats(name, values, _tensor):
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise ValueError(
            f"{name} hold NaN, infinite numbers or no numbers at all ({values.dtype}); "
            "expected finite numbers."
        )
    if name == "masks" or data.is_picture(values.shape, name):
        return data.check_values(name, values)
    return values.astype(np.float32)


def _check_numbers(name, values, tensor):
    """Whole numbers; where they go to an Embedding, it knows how many there are."""
    num_classes = _num_classes(tensor)
    end = "" if num_classes is None else f" to {num_classes - 1}"
    if values.dtype.kind not in "iu":
        raise ValueError(
            f"{name} are of type {values.dtype}; expected whole numbers from 0{end}. "
            "Names become numbers with class_names.index(name)."
        )
    if values.min() < 0 or (num_classes and values.max() >= num_classes):
        raise ValueError(
            f"{name} go from {values.min()} to {values.max()}; expected whole numbers "
            f"from 0{end}."
        )
    return values.astype(np.int32)


def _num_classes(tensor):
    """How many classes an input can name; None where no Embedding takes it."""
    source = tensor._keras_history.operation
    for node in source._outbound_nodes:
        if isinstance(node.operation, keras.layers.Embedding):
            return node.operation.input_dim
    return None


def _gives_probabilities(tensor):
    """Whether a tensor comes from a sigmoid or softmax, as far as can be seen."""
    history = getattr(tensor, "_keras_history", None)
    if history is None:
        return False
    operation = history.operation
    if getattr(operation, "outputs", None):  # a nested model
        return _gives_probabilities(operation.outputs[history.tensor_index])
    layer = getattr(operation, "layer", operation)  # what SpectralNormalization wraps
    function = getattr(layer, "activation", getattr(layer, "function", None))
    name = getattr(function, "__name__", type(layer).__name__).lower()
    is_bare = isinstance(layer, keras.layers.Activation) and name == "linear"
    if is_bare or type(layer).__name__ in _HARMLESS:
        node = operation._inbound_nodes[history.node_index]
        return _gives_probabilities(node.input_tensors[0])
    return name in ("sigmoid", "hard_sigmoid", "hardsigmoid", "softmax")
