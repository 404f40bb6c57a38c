"""Trained generators in files that every admitted version of Keras reads.

A newer Keras writes settings that an older one does not know and refuses, although they
stand at their defaults. Here what stands at its default is left out, and so the file is
one that each version reads: by `load`, which looks at all of it first, and by
`keras.models.load_model`.

    generators.save(gan.ema_generator, "runs/generator.keras")

and later, elsewhere:

    generator = generators.load("runs/generator.keras")
    latents = latent.sample_latents(8, generator.input_shape[-1], seed=1)
    images = data.to_display_range(generator.predict(latents))
"""

import copy
import importlib
import inspect
import io
import json
import math
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf
from packaging.version import Version

from gan_tutorial import files

_CONFIG, _ABOUT, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


def save(network, path) -> None:
    """Writes a functional or `Sequential` network of Keras's own layers, whole.

    The same network gives the same bytes. How it was compiled is not kept.

    Args:
        network: of any layers that Keras has. A setting or a layer that only a newer
            Keras knows stays in the file, and an older one then refuses it.
        path: of the file; its name ends in `.keras`, or `load_model` refuses it.

    Raises:
        ValueError: the network has parts that are not Keras's own.
        OSError: the file cannot be written.
    """
    if Path(path).suffix != ".keras":
        raise ValueError(f"{path} has another ending; expected a name such as a.keras.")
    config = describe(network)
    if others := _not_of_keras(config):
        raise ValueError(
            f"The network has parts that are not Keras's own: {', '.join(others)}. "
            "Only programs that know them could read the file: write it with "
            "network.save(path), and hand the code over too."
        )
    # What was left out comes back, or the file would hold another network.
    if describe(_sketch(config)) != config:
        raise ValueError(
            "Keras does not build this network again from its description. Write it "
            "with network.save(path), which only the same version of Keras may read."
        )
    with tempfile.TemporaryDirectory() as folder:
        network.save_weights(Path(folder) / _WEIGHTS)
        weights = (Path(folder) / _WEIGHTS).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        about = {"keras_version": keras.__version__}
        # ZipInfo, because a bare name would get the time of day.
        archive.writestr(zipfile.ZipInfo(_ABOUT), json.dumps(about))
        archive.writestr(zipfile.ZipInfo(_CONFIG), json.dumps(config))
        archive.writestr(zipfile.ZipInfo(_WEIGHTS), weights)
    files.write_whole(path, buffer.getvalue())


def load(path) -> keras.Model:
    """Reads what `save` or Keras's own `save` wrote, ready to draw.

    All is looked at before memory is taken, so a file may come from anybody: a network
    is never larger than its file, and no code runs.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that holds no such network, or is damaged.
    """
    content, about = files.read(path), {}
    try:
        members = files.unzip(content)
        about = _parse(members, _ABOUT)
        return _rebuild(_parse(members, _CONFIG), members.get(_WEIGHTS, b""))
    except ValueError as error:
        advice = "Use another file, or write it again with generators.save."
        version = str(about.get("keras_version", ""))
        if _is_newer(version):
            advice = (
                f"Keras {version} wrote it and this is {keras.__version__}: update "
                "Keras, or write the file with this version."
            )
        raise ValueError(f"{path} was not read: {error}. {advice}") from None


def describe(network) -> dict:
    """All settings of a network that are not at their defaults, as JSON can hold them.

    Two versions of Keras give the same.
    """
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(network)))
    config.pop("compile_config", None)
    return _leave_out_defaults(config)


def _leave_out_defaults(value):
    if isinstance(value, list):
        return [_leave_out_defaults(part) for part in value]
    if not isinstance(value, dict):
        return value
    value = {key: _leave_out_defaults(part) for key, part in value.items()}
    settings = value.get("config")
    if isinstance(settings, dict) and (defaults := _defaults(value)) is not None:
        value["config"] = {
            key: setting
            for key, setting in settings.items()
            if setting != defaults.get(key)
            or isinstance(setting, bool) != isinstance(defaults.get(key), bool)
        }
    return value


def _defaults(part):
    """The defaults of a part of a network, by name; None where it is not Keras's."""
    module, name = part.get("module"), part.get("class_name")
    if not f"{module}.".startswith("keras."):
        return None
    kind = getattr(importlib.import_module(module), name, None)
    if not inspect.isclass(kind):
        return None
    parameters = inspect.signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _not_of_keras(value):
    """Names of the parts that need code which does not come with Keras."""
    found = []
    if isinstance(value, list):
        found = [name for part in value for name in _not_of_keras(part)]
    elif isinstance(value, dict):
        found = [name for part in value.values() for name in _not_of_keras(part)]
        module = value.get("module", "keras")
        is_known = module in (None, "builtins") or f"{module}.".startswith("keras.")
        name = value.get("class_name")
        if not is_known or ">" in str(value.get("registered_name")) or name == "Lambda":
            found.append(str(name))
    return sorted(set(found))


def _parse(members, name):
    try:
        parsed = json.loads(members[name])
    except KeyError:
        raise ValueError(f"it has no {name}, as a .keras file has") from None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ValueError(f"its {name} is damaged")
    return parsed


def _sketch(config):
    """The network with shapes and without numbers: in a graph, they take no memory."""
    with tf.Graph().as_default():
        return _build(config)


def _build(config):
    config = copy.deepcopy(config)  # Keras empties what it reads
    return keras.saving.deserialize_keras_object(config, safe_mode=True)


def _rebuild(config, weights):
    try:
        others = _not_of_keras(config)
        shapes = [w.shape for w in _sketch(config).weights] if not others else []
    except Exception:  # whatever a hostile file makes of Keras
        raise ValueError("it describes no network that Keras can build") from None
    if others:
        raise ValueError(f"parts of it are not Keras's own ({', '.join(others)})")
    if 4 * sum(map(math.prod, shapes)) > len(weights) or not _is_plain(weights):
        raise ValueError("its weights are damaged, or not those of its network")
    network = _build(config)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / _WEIGHTS).write_bytes(weights)
        try:
            network.load_weights(Path(folder) / _WEIGHTS)
        except Exception:
            raise ValueError("its weights are not those of its network") from None
    if not all(np.isfinite(weight).all() for weight in network.get_weights()):
        raise ValueError("its weights hold NaN or infinite numbers")
    return network


def _is_plain(weights):
    """Whether all arrays of an HDF5 file are in it, and as large as they claim."""
    found = []

    def look(name, _):
        link = file.get(name, getlink=True)
        item = file[name] if isinstance(link, h5py.HardLink) else None
        is_array = isinstance(item, h5py.Dataset) and not (
            item.external or item.is_virtual
        )
        is_whole = is_array and item.id.get_storage_size() == item.nbytes
        found.append(is_whole or isinstance(item, h5py.Group))

    try:
        with h5py.File(io.BytesIO(weights)) as file:
            file.visititems_links(look)
    except Exception:  # whatever a hostile file makes of HDF5
        return False
    return all(found)


def _is_newer(version):
    try:
        return Version(version) > Version(keras.__version__)
    except ValueError:
        return False
