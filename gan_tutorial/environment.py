"""What this machine has for the course, and how to mend what is missing."""

import os
import platform
import sys
import tempfile
from contextlib import contextmanager
from importlib import metadata

from packaging.requirements import Requirement

# In the notebooks' order of need; their version ranges come from the package itself.
NEEDED = ("tensorflow", "keras", "numpy", "matplotlib", "pillow", "ipywidgets")


def prepare(seed: int) -> None:
    """Starts TensorFlow quietly and sets every random generator from one seed.

    TensorFlow writes notes about this machine to the standard error stream when it is
    first loaded. They are no errors, but they look like it, so they are put aside; if
    loading fails they are shown.

    Args:
        seed: whole number, from which Python, NumPy, TensorFlow and Keras draw.

    Raises:
        RuntimeError: Keras has a setting with which the lessons cannot work.
    """
    unfit = _load_tensorflow()
    if unfit:
        raise RuntimeError(" ".join(unfit))
    import keras

    keras.utils.set_random_seed(seed)


def check() -> None:
    """Prints what was found, and for all that is missing how to get it.

    Call it before `prepare`, which fails where TensorFlow is missing.
    """
    print(f"✓ Python {platform.python_version()}")
    print(f"✓ {_count_cores()} processor cores")
    ranges = _version_ranges()
    lines = [_describe_package(name, ranges.get(name, "")) for name in NEEDED]
    print(*lines, sep="\n")
    if not any(line.startswith("✗") for line in lines):
        lines = [f"✗ {setting}" for setting in _load_tensorflow()]
        print(*(lines or [_describe_pictures()]), sep="\n")


def _describe_package(name, version_range):
    remedy = f'run  %pip install "{name}{version_range}"  in a cell, restart the kernel'
    try:
        version = _version(name)
    except metadata.PackageNotFoundError:
        return f"✗ {name} is missing: {remedy}"
    if version_range and not Requirement(name + version_range).specifier.contains(
        version, prereleases=True
    ):
        return f"✗ {name} {version} does not suit the course: {remedy}"
    return f"✓ {name} {version}"


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # TensorFlow without GPUs, as on Binder
        return metadata.version(f"{name}-cpu")


def _describe_pictures():
    from gan_tutorial import data

    if data.is_cached("fashion_mnist"):
        return "✓ Fashion-MNIST is on this machine"
    return (
        "○ Fashion-MNIST is not here yet: it is fetched once (30 MB) where there is a "
        "network; without one the lessons draw vases instead"
    )


def _version_ranges():
    """The ranges that the installed package asks for, such as `{"numpy": ">=1.26"}`."""
    try:
        requirements = metadata.requires("gan-tutorial") or []
    except metadata.PackageNotFoundError:
        return {}
    parsed = (Requirement(text) for text in requirements)
    return {r.name.lower(): str(r.specifier) for r in parsed if r.marker is None}


def _count_cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _load_tensorflow():
    """Loads it quietly; a sentence for each setting of Keras that does not suit."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with quietly():
        try:
            import keras
            import tensorflow as tf
        except ModuleNotFoundError as error:
            if error.name in ("keras", "tensorflow"):
                raise
            return [_describe_setting("backend", error.name, "tensorflow")]
        tf.config.list_logical_devices()
    config = keras.config
    settings = {
        "backend": (config.backend(), "tensorflow"),
        "floatx": (config.floatx(), "float32"),
        "dtype_policy": (config.dtype_policy().name, "float32"),
        "image_data_format": (config.image_data_format(), "channels_last"),
    }
    return [
        _describe_setting(name, value, needed)
        for name, (value, needed) in settings.items()
        if value != needed
    ]


def _describe_setting(name, value, needed):
    """A setting that is left from other work, and how to change it."""
    remedy = f'run  keras.config.set_{name}("{needed}")  in a cell'
    if name == "backend":  # Keras looks at it once, when it is loaded.
        remedy = "start Jupyter with the environment variable KERAS_BACKEND=tensorflow"
    folder = os.environ.get("KERAS_HOME") or "~/.keras"
    return (
        f"Keras's {name} is {value}, and the course needs {needed}: {remedy}; or mend "
        f"the file {folder}/keras.json, if it stands there, and restart the kernel."
    )


@contextmanager
def quietly():
    """Diverts the standard error stream, also what compiled code writes to it."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except Exception:
            aside.seek(0)
            os.write(saved, aside.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
