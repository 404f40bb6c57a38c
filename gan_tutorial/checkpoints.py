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
import math
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
    if gan.distribute_strategy.extended.should_checkpoint:
        files.write_whole(path, pack(gan))


def pack(gan) -> bytes:
    """What `save` writes."""
    arrays = {f"{i:04}": v.numpy() for i, v in enumerate(_variables(gan))}
    arrays["state"] = np.array(json.dumps(_state(gan)))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    content = buffer.getvalue()
    return _digest(content) + content


def load(gan, path) -> None:
    """Puts a compiled `gan.GAN` into the state that `save` wrote to `path`.

    Go on with `gan.fit(..., initial_epoch=gan.finished_epochs)`, also on another number
    of devices or workers; all workers load the same file.

    The learning rates come from the file too; where they replace others, a line says
    so, and you can set yours again. A schedule is not in the file: yours goes on from
    the step that the file names.

    Args:
        gan: with the networks and optimizers of the one that was saved.
        path: of the checkpoint.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a damaged file, or a checkpoint of other networks or optimizers. The
            GAN then stays as it was.
    """
    variables, path = _variables(gan), Path(path)
    size = sum(8 * math.prod(variable.shape) for variable in variables)
    content = files.read(path, most=max(2**31, 2 * size))
    digest, content = content[:65], content[65:]
    if digest != _digest(content):
        raise ValueError(
            f"{path} is damaged or not a checkpoint: its content does not match its "
            "checksum. Nothing was loaded. Use an older checkpoint or train again."
        )
    try:
        values, state = _check(files.read_arrays(content), gan, variables)
    except ValueError as error:
        raise ValueError(f"{path} was not loaded: {error}.") from None
    rates = _rates(gan)
    before = {name: float(rate.numpy()) for name, rate in rates.items()}
    _assign(variables, values)
    gan.finished_epochs = state["finished_epochs"]
    gan.history = keras.callbacks.History()
    gan.history.history = state["history"]
    for name, rate in rates.items():
        if before[name] != float(rate.numpy()):
            print(
                f"The {name} goes on with the learning rate of the file, "
                f"{rate.numpy():.6g}, and not with yours. To keep yours, go on with "
                f"gan.{name}.learning_rate = {before[name]:.6g}"
            )


def _check(arrays, gan, variables):
    """The values and the state that a file holds, if they are those of this GAN."""
    damaged = "it is not in the form of a checkpoint. Use another file"
    try:
        state = json.loads(str(arrays.pop("state")))
    except (KeyError, ValueError, RecursionError):
        state = None
    if not isinstance(state, dict):
        raise ValueError(damaged)
    if state.get("format") != _FORMAT:
        raise ValueError(
            "another version of gan_tutorial, which kept other things, wrote it. Train "
            "again, or use that version"
        )
    built = _state(gan)["model"]
    if not _is_state(state):
        raise ValueError(damaged)
    if state["model"] != built:
        raise ValueError(
            "it belongs to other networks or optimizers: "
            f"{_first_difference(state['model'], built)}. Build and compile the GAN as "
            "it was when the checkpoint was saved"
        )
    values = [arrays.pop(f"{i:04}", None) for i in range(len(variables))]
    if arrays or any(value is None for value in values):
        raise ValueError(damaged)
    for variable, value in zip(variables, values, strict=True):
        expected = tuple(variable.shape), variable.numpy().dtype
        if (value.shape, value.dtype) != expected:
            raise ValueError(
                f"it holds an array of {value.dtype} {value.shape}; the GAN expects "
                f"{expected[1]} {expected[0]}. Use another file"
            )
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(
                "it holds NaN or infinite numbers: that run had broken down. Use an "
                "older checkpoint"
            )
    return values, state


def _is_state(state):
    """Whether each part of a state is of its kind."""
    epochs, history = state.get("finished_epochs"), state.get("history")
    model = state.get("model")
    return (
        type(epochs) is int
        and epochs >= 0
        and all(isinstance(part, dict) for part in (history, model))
        and all(
            isinstance(lines, list) for lines in [*model.values(), *history.values()]
        )
        and all(type(v) is float for values in history.values() for v in values)
    )


def _assign(variables, values):
    """Assigns all values, or none where that is interrupted."""
    before = [variable.numpy() for variable in variables]
    try:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    except BaseException:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        raise


def _rates(gan):
    """The variables of the learning rates, by optimizer; schedules have none."""
    optimizers = _parts(gan, keras.optimizers.Optimizer).items()
    return {
        name: optimizer.learning_rate
        for name, optimizer in optimizers
        if any(optimizer.learning_rate is v for v in optimizer.variables)
    }


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
                if isinstance(old, int) and old != new:
                    return (
                        f"the {part} has {old} variables, yours has {new}; a learning "
                        "rate that is a number is one of them, a schedule is none"
                    )
                if old != new:
                    return f"in the {part} it has {old}, yours has {new}"
            return f"its {part} has {len(saved[part])} parts, yours {len(built[part])}"
    return "unknown"


def _digest(content):
    return hashlib.sha256(content).hexdigest().encode() + b"\n"
