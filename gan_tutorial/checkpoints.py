"""Saving a training run to one file, and going on from it.

A checkpoint holds everything on which the next step depends: the weights of both
networks, the averaged weights, the memory of both optimizers, the state of the random
numbers, the epoch and the history. A run that was stopped and resumed ends with the
same weights, bit for bit, as one that was not (on the same machine), if it is given the
same pictures in `data.batches` and the same loss functions, which no file can hold.
Save at the end of an epoch: that is where a resumed run goes on.

The file is a line with the SHA-256 of the rest, then a plain NumPy archive without
pickled objects: a damaged file is recognised, and loading one cannot run code.
"""

import hashlib
import io
import json
from pathlib import Path

import keras
import numpy as np

from gan_tutorial import files

_SETTINGS = "seed", "latent_dim", "d_steps", "ema_momentum", "d_penalty"
_FORMAT = 2  # another number where a checkpoint holds other things


def save(gan, path) -> None:
    """Writes the state of a compiled `gan.GAN` to `path`, whole or not at all.

    Where several workers train, all of them must call this, and the first one writes.

    Raises:
        OSError: the file cannot be written.
    """
    arrays = {f"{i:04}": v.numpy() for i, v in enumerate(_variables(gan))}
    arrays["state"] = np.array(json.dumps(_state(gan)))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    content = buffer.getvalue()
    if gan.distribute_strategy.extended.should_checkpoint:
        files.write_whole(path, _digest(content) + content)


def load(gan, path) -> None:
    """Puts a compiled `gan.GAN` into the state that `save` wrote to `path`.

    Go on with `gan.fit(..., initial_epoch=gan.finished_epochs)`, also on another number
    of devices or workers; all workers load the same file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a damaged file, or a checkpoint of other networks or optimizers. The
            GAN then stays as it was.
    """
    path = Path(path)
    content = path.read_bytes()
    digest, content = content[:65], content[65:]
    if digest != _digest(content):
        raise ValueError(
            f"{path} is damaged or not a checkpoint: its content does not match its "
            "checksum. Nothing was loaded. Use an older checkpoint or train again."
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        state = json.loads(str(archive["state"]))
        if state.get("format") != _FORMAT:
            raise ValueError(
                f"{path} was written by an older version of gan_tutorial, which kept "
                "other things. Nothing was loaded. Train again, or use that version."
            )
        variables = _variables(gan)
        if state["model"] != _state(gan)["model"]:
            raise ValueError(
                f"{path} belongs to other networks or optimizers: "
                f"{_first_difference(state['model'], _state(gan)['model'])}. "
                "Build and compile the GAN as it was when the checkpoint was saved."
            )
        values = [archive[f"{i:04}"] for i in range(len(variables))]
    # All are checked before the first is changed.
    for variable, value in zip(variables, values, strict=True):
        if tuple(variable.shape) != value.shape:
            raise ValueError(
                f"{path} holds an array of shape {value.shape}; the GAN expects "
                f"{tuple(variable.shape)}. Nothing was loaded."
            )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    gan.finished_epochs = state["finished_epochs"]
    gan.history = keras.callbacks.History()
    gan.history.history = state["history"]


def _variables(gan):
    if not gan.compiled:
        raise ValueError(
            "Compile the GAN first: a checkpoint holds its optimizers' state too."
        )
    optimizers = _parts(gan, keras.optimizers.Optimizer).values()
    return [*gan.variables, *(v for o in optimizers for v in o.variables)]


def _parts(gan, kind):
    """The attributes of a GAN that are of a kind, by name, also of a GAN inside it."""
    found = {}
    for name, value in vars(gan).items():
        if isinstance(value, kind) and not hasattr(value, "g_optimizer"):
            found[name] = value
        elif hasattr(value, "g_optimizer"):
            inside = _parts(value, kind).items()
            found |= {f"{name}.{own_name}": part for own_name, part in inside}
    return found


def _state(gan):
    history = gan.history.history if gan.history is not None else {}
    optimizers = _parts(gan, keras.optimizers.Optimizer)
    return {
        "format": _FORMAT,
        "finished_epochs": gan.finished_epochs,
        "history": {key: [float(v) for v in values] for key, values in history.items()},
        "model": {
            "settings": [f"{name} {getattr(gan, name)}" for name in _SETTINGS],
            **{k: _describe_network(v) for k, v in _parts(gan, keras.Model).items()},
            **{k: _describe_optimizer(v) for k, v in optimizers.items()},
        },
    }


def _describe_network(network):
    """One line a layer: its kind, the shapes of its weights, the shape it puts out."""
    return [
        f"{type(layer).__name__} {[tuple(w.shape) for w in layer.weights]} -> "
        f"{tuple(getattr(layer.output, 'shape', ()))}"
        for layer in network.layers
    ]


def _describe_optimizer(optimizer):
    # Not the learning rate, which is a stored variable or a schedule made anew, and not
    # the name, which counts the optimizers made so far.
    config = optimizer.get_config().items()
    unlike = ("learning_rate", "name")
    lines = [f"{key} {value}" for key, value in sorted(config) if key not in unlike]
    return [type(optimizer).__name__, len(optimizer.variables), *lines]


def _first_difference(saved, built):
    if saved.keys() != built.keys():
        return f"it has {', '.join(saved)}, yours has {', '.join(built)}"
    for part in saved:
        if saved[part] != built[part]:
            for old, new in zip(saved[part], built[part], strict=False):
                if old != new:
                    return f"in the {part} it has {old}, yours has {new}"
            return f"its {part} has {len(saved[part])} parts, yours {len(built[part])}"
    return "unknown"


def _digest(content):
    return hashlib.sha256(content).hexdigest().encode() + b"\n"
