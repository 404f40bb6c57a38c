"""Data sets of product pictures: loading them, their value ranges, their batches.

Outside a network pictures are uint8, channels last; inside they are float32 in [-1, 1],
the range of the generator's tanh. `to_model_range` and `to_display_range` lead there
and back.

A batch is a dictionary: "images", and the conditions by name, such as "labels".
"""

import contextlib
import gzip
import io
import math
import os
import socket
import tempfile
import threading
import urllib.request
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from gan_tutorial import checks, folders
from gan_tutorial.synthetic import vases

CLASS_NAMES = {
    "fashion_mnist": (
        *"T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split(),
        "Ankle boot",
    ),
    "mnist": tuple("0123456789"),
    "vases": vases.STYLES,
}
CHANNELS = (1, 3, 4)  # grey, colour, colour with opacity: what makes a picture
LIMIT = 1.00001  # of a float picture: what rounding adds may pass
_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_CACHED = {  # their folder in Keras's cache, and the files there
    "fashion_mnist": ("fashion-mnist", [f for pair in _FILES.values() for f in pair]),
    "mnist": ("", ["mnist.npz"]),
}
_SERVER = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_REMEDY = "Delete it and fetch it again."
_SPREAD = 2 * math.sqrt(12)  # a range of this width has a standard deviation of 2
_PATIENCE = 8  # seconds without a byte after which the network counts as silent


class DataSet(NamedTuple):
    """Pictures, and what is known about them.

    Attributes:
        name: what it is: "fashion_mnist", "mnist", "vases", or the folder's name.
        images: uint8 `(n, height, width, channels)`.
        labels: the number of each picture's class, int64 `(n,)`, or None.
        class_names: names of the classes, in the order of their numbers.
        attributes: by name, values in natural units, `(n,)` each; or None. Networks
            take them as `scale_attributes` makes them.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    attributes: dict[str, np.ndarray] | None = None


def load(
    source: str | os.PathLike,
    split: str = "train",
    data_dir: str | os.PathLike | None = None,
    fallback: str | None = None,
    image_size: int = 64,
    channels: int = 3,
) -> DataSet:
    """Loads a data set that we know, or a folder of your own pictures.

    Fashion-MNIST and MNIST come from Keras's cache, into which Keras downloads them
    once. Vases are drawn, as many as Fashion-MNIST holds, so that an epoch is as long;
    their classes are the styles. All three have pictures of 28 x 28 grey pixels.

    Of a folder, all pictures are read, also in subfolders: PNG, JPEG, WebP, TIFF and
    whatever else Pillow reads. Each becomes a square: its middle, scaled, and white
    where it is transparent. A wide or tall picture so loses its ends, and perhaps a
    part of the product: give it margins to a square before, in the colour of its
    ground. If the pictures lie in two or more subfolders and none beside them, each
    subfolder is a class. What was left out, such as hidden files, is printed.

    Args:
        source: "fashion_mnist", "mnist", "vases", or a folder.
        split: "train" (60,000 pictures) or "test" (10,000); a folder has only "train".
        data_dir: folder with the original files of Fashion-MNIST or MNIST, such as
            ``train-images-idx3-ubyte.gz``, to be read instead.
        fallback: "vases" draws vases where the data set cannot be downloaded, or is
            damaged in the cache. The `name` of what comes back says which it is.
        image_size: for a folder, the side in pixels that the pictures get, 16 to 128.
        channels: for a folder, 1 (grey) or 3 (colour).

    Raises:
        ConnectionError: the data set is not in the cache and cannot be downloaded.
        FileNotFoundError: there is no such name and no such folder, or `data_dir` or a
            file in it is missing.
        ValueError: files are damaged, or an argument is none of those above.
    """
    for argument, value, known in (
        ("split", split, list(_FILES)),
        ("fallback", fallback, [None, "vases"]),
    ):
        _require(value in known, f"Unknown {argument} {value!r}; choose from {known}.")
    _require(
        isinstance(source, str | os.PathLike) and str(source),
        f"source is {source!r}; expected the name of a data set or a folder.",
    )
    if source not in CLASS_NAMES:
        return _load_folder(source, split, data_dir, image_size, channels)
    _require(
        (image_size, channels) == (64, 3),
        f"{source} has grey pictures of 28 x 28 pixels; leave out image_size and "
        "channels, which are for folders.",
    )
    if source == "vases":
        _require(data_dir is None, "Vases are drawn, not read; leave data_dir out.")
        number, seed = (60_000, 0) if split == "train" else (10_000, 1)
        images, attributes = vases.make(number, seed=seed)
        return DataSet(
            source, images, attributes["style"], CLASS_NAMES[source], attributes
        )
    try:
        images, labels = _load_grey_images(source, split, data_dir)
    except (ConnectionError, ValueError) as error:
        if fallback is None or data_dir is not None:
            raise
        reason = f"{source} cannot be downloaded"
        if isinstance(error, ValueError):  # a cached file is damaged inside
            reason = str(error).removesuffix(".")
        print(f"{reason}. Our own drawings of vases come instead.")
        return load(fallback, split)
    return DataSet(source, images, labels, CLASS_NAMES[source])


def is_cached(name: str) -> bool:
    """Whether "fashion_mnist" or "mnist" is in Keras's cache: no network is needed.

    All files must be there and whole, as far as their sizes and headers say.
    """
    return _find_cached(name) is not None


def to_model_range(images: np.ndarray) -> np.ndarray:
    """Turns uint8 pictures (0 to 255) into float32 in [-1, 1]."""
    images = np.asarray(images)
    _require(images.dtype == np.uint8, f"images are {images.dtype}; expected uint8.")
    return images.astype(np.float32) / 127.5 - 1


def to_display_range(images: np.ndarray) -> np.ndarray:
    """Turns float32 pictures in [-1, 1] into uint8; the inverse of `to_model_range`."""
    images = np.asarray(images)
    _require(
        images.dtype == np.float32, f"images are {images.dtype}; expected float32."
    )
    low, high = (images.min(), images.max()) if images.size else (0, 0)
    _require(
        low >= -LIMIT and high <= LIMIT,  # not for nan
        f"images have values from {low:g} to {high:g}; expected -1 to 1, as the "
        "generator's tanh gives them.",
    )
    return np.rint((images.clip(-1, 1) + 1) * 127.5).astype(np.uint8)


def check_pictures(images, name: str = "images") -> np.ndarray:
    """Pictures as all measures and figures take them.

    Returns:
        uint8 `(n, height, width, channels)`.

    Raises:
        ValueError: anything else.
    """
    images = np.asarray(images)
    _require(
        images.dtype == np.uint8 and images.ndim == 4 and images.shape[3] in CHANNELS,
        f"{name} are {images.dtype} of shape {images.shape}; expected uint8 pictures "
        "(n, height, width, channels) with 1, 3 or 4 channels. A network's float32 in "
        "[-1, 1] becomes uint8 by `data.to_display_range`.",
    )
    return images


def is_picture(shape, name: str = "images") -> bool:
    """Whether a shape `(n, height, width, channels)` is that of pictures.

    What a batch calls "latents" or "masks" is no picture, whatever its shape.
    """
    return len(shape) == 4 and shape[3] in CHANNELS and name not in ("latents", "masks")


def rows_at_once(shape, most: int = 250) -> int:
    """So many rows of a shape `(n, ...)` go through a network in little memory."""
    sides = (side or 64 for side in shape[1:3])  # None, where any size will do
    return max(min(most, 2**20 // math.prod(sides)), 1)


def scale_attributes(
    attributes: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> np.ndarray:
    """Attributes as networks take them: 0 in the middle of a range, 3.46 at its end.

    Evenly drawn values then have a standard deviation of 2, twice that of latents, so
    that they weigh more. The scale follows from the range alone, not from the data.

    Args:
        attributes: by name, `(n,)` each; others than those in `ranges` are left out.
        ranges: lowest and highest value by name, such as `vases.RANGES`.

    Returns:
        float32 `(n, len(ranges))`, columns in the order of `ranges`.

    Raises:
        ValueError: an attribute is missing, or a range has no width.
    """
    missing = [name for name in ranges if name not in attributes]
    _require(not missing, f"{missing} are missing; there are {list(attributes)}.")
    ends = np.array(list(ranges.values()), float)
    _require(
        ends.ndim == 2 and ends.shape[1] == 2 and (ends[:, 0] < ends[:, 1]).all(),
        f"ranges are {ranges}; expected a lower and a higher end for each name.",
    )
    middle, width = ends.mean(axis=1), ends[:, 1] - ends[:, 0]
    columns = np.stack([np.asarray(attributes[name]) for name in ranges], axis=1)
    return ((columns - middle) / width * _SPREAD).astype(np.float32)


class Batches(keras.utils.PyDataset):
    """Shuffled batches for `fit`, or for a loop of your own: dictionaries of arrays.

    The order depends on the seed and on `epoch` alone: a run resumed with `epoch` 3
    sees what it would have seen. `fit` moves on by itself (use `steps`, not Keras's
    `steps_per_epoch`, which stretches one pass over several epochs); in a loop of your
    own, set `epoch`.
    """

    def __init__(self, source, batch_size: int = 16, seed: int = 0, steps=None):
        """Makes batches.

        Args:
            source: a `DataSet`, of which images and labels are taken; an array of
                images; or a dictionary of arrays with equally many rows, "images" and
                conditions. uint8 stays uint8: see `check_batch` for what suits.
            batch_size: rows in a batch; the last one of an epoch may be shorter.
            seed: whole number, 0 or more.
            steps: batches in an epoch, where it is not to be one pass over all
                pictures: then an epoch is a random choice, or several passes.

        Raises:
            ValueError: an argument is not as above.
        """
        super().__init__()
        self.arrays = check_batch(as_dictionary(source))
        self.batch_size = checks.whole_number("batch_size", batch_size, 1)
        self.seed = checks.whole_number("seed", seed, 0)
        self._rows = len(self.arrays["images"])
        steps = None if steps is None else checks.whole_number("steps", steps, 1)
        self.length = self._rows if steps is None else steps * batch_size
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch in whose order the batches come."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        random = np.random.default_rng([self.seed, epoch])
        passes = math.ceil(self.length / self._rows)
        orders = [random.permutation(self._rows) for _ in range(passes)]
        self._order = np.concatenate(orders)[: self.length]
        self._epoch = epoch
        self._begun = False

    def on_epoch_begin(self):
        """Notes that an epoch has begun."""
        self._begun = True

    def on_epoch_end(self):
        """Moves on, except where `fit` calls this before its first epoch."""
        if self._begun:
            self.epoch += 1

    def __len__(self):  # noqa: D105
        return math.ceil(self.length / self.batch_size)

    def __getitem__(self, index):  # noqa: D105
        return self.share(index, 0, 1)

    def share(self, index, device, num_devices) -> dict[str, np.ndarray]:
        """The rows of batch `index` for one of several devices, numbered from 0.

        All together have each row of the batch once, in its order; none has more than
        one row above another.
        """
        start = range(len(self))[index] * self.batch_size
        rows = self._order[start : start + self.batch_size]
        ends = [len(rows) * i // num_devices for i in (device, device + 1)]
        rows = rows[slice(*ends)]
        return {name: values[rows] for name, values in self.arrays.items()}


batches = Batches  # data.batches(...) reads well


def check_batch(batch: dict) -> dict[str, np.ndarray]:
    """Looks at what a GAN is trained on by itself: a batch, or whole arrays.

    Pictures, with 1, 3 or 4 channels, are uint8, or floats in [-1, 1]. "masks" say
    where: booleans, or numbers 0 and 1, or uint8 0 and 255; inside a network they are 0
    and 1. All else, such as labels, tables, points and maps of tiles, is taken as it
    is, if its numbers are finite.

    Args:
        batch: "images" and conditions by name, with equally many rows.

    Returns:
        The same arrays: uint8 pictures as they came, masks as booleans, whole numbers
        as int32, all else as float32.

    Raises:
        ValueError: an array that does not suit, with its name and the remedy.
    """
    arrays = {name: np.asarray(values) for name, values in batch.items()}
    _require(
        "images" in arrays,
        f"The batch holds {list(arrays)}; expected 'images' among them: what the "
        "discriminator judges.",
    )
    num_rows = len(arrays["images"]) if arrays["images"].ndim else 0
    _require(num_rows, "There are no images; expected one or more.")
    for name, values in arrays.items():
        _require(
            values.ndim and len(values) == num_rows,
            f"{name} have shape {values.shape}, and there are {num_rows} images; "
            "expected one row for each image.",
        )
        arrays[name] = check_values(name, values)
    return arrays


def check_values(name, values):
    """One array of a batch, in the type in which it goes on; see `check_batch`."""
    _require(values.size, f"{name} have shape {values.shape}, so there are no numbers.")
    _require(
        values.dtype.kind in "biuf",
        f"{name} are of type {values.dtype}; expected numbers. Text becomes numbers "
        "with `class_names, labels = np.unique(texts, return_inverse=True)`.",
    )
    if name == "masks":
        return _check_masks(values)
    if values.dtype == bool and name != "images":
        values = values.astype(np.float32)
    is_float, is_uint8 = values.dtype.kind == "f", values.dtype == np.uint8
    low, high = values.min(), values.max()
    _require(np.isfinite([low, high]).all(), f"{name} hold NaN or infinite numbers.")
    if name == "images" and values.ndim == 3:
        raise ValueError(
            f"images have shape {values.shape}; expected a last axis for the channels. "
            "Grey images get it with images[..., None]."
        )
    _require(
        not is_uint8 or values.ndim != 4 or values.shape[3] in CHANNELS,
        f"{name} are uint8 of shape {values.shape}; expected pictures with 1, 3 or 4 "
        "channels. Give pictures that belong together under several names, or as "
        "floats: data.to_model_range.",
    )
    if not is_picture(values.shape, name):
        return values.astype(np.float32 if is_float else np.int32)
    values_are = f"{name} are {values.dtype} with values from {low:g} to {high:g}"
    remedy = "expected uint8 from 0 to 255, or floats from -1 to 1."
    if is_float:
        is_mask = name != "images" and np.isin(values, (0, 1)).all()
        if low >= -LIMIT and high <= LIMIT and (low < 0 or is_mask):
            return values.astype(np.float32)
        hint = "Multiply by 2 and subtract 1." if 0 <= low and high <= 1 else ""
        hint = "Divide by 127.5 and subtract 1." if high > 1 and low >= 0 else hint
        raise ValueError(f"{values_are}; {remedy} {hint}".strip())
    hint = "Multiply by 255." if (low, high) == (0, 1) else "See .astype('uint8')."
    hint = "Divide by 257 first: that is 16-bit." if high > 255 else hint
    _require(is_uint8 and (low, high) != (0, 1), f"{values_are}; {remedy} {hint}")
    return values


def _check_masks(values):
    """Masks as booleans, whichever of their forms they came in."""
    if values.dtype == bool:
        return values
    high = 255 if values.dtype == np.uint8 and values.max() > 1 else 1
    _require(
        np.isin(values, (0, high)).all(),
        f"masks are {values.dtype} with values from {values.min():g} to "
        f"{values.max():g}; expected True and False, or 0 and 1, or uint8 0 and 255. "
        "Say where the hole begins, such as masks > 127.",
    )
    return values != 0


def as_dictionary(source) -> dict:
    """The arrays of a `DataSet`, of a dictionary, or of images alone."""
    if isinstance(source, DataSet):
        source = {"images": source.images, "labels": source.labels}
    if isinstance(source, dict):
        return {name: values for name, values in source.items() if values is not None}
    _require(
        hasattr(source, "__array__"),
        f"The images came as {type(source).__name__}; expected an array of images, a "
        "dictionary of arrays, a DataSet, data.batches(...) or a tf.data.Dataset of "
        "dictionaries. `data.load(folder)` reads pictures of your own.",
    )
    return {"images": source}


def _load_folder(folder, split, data_dir, image_size, channels):
    image_size = checks.whole_number("image_size", image_size, 16, 128)
    _require(channels in (1, 3), f"channels is {channels!r}; expected 1 or 3.")
    folder = Path(os.path.abspath(os.path.expanduser(folder)))
    if not folder.is_dir():
        what = "a file, and no" if folder.is_file() else "neither a data set nor a"
        raise FileNotFoundError(
            f"{str(folder)!r} is {what} folder; expected one of {list(CLASS_NAMES)}, "
            "or a folder with pictures."
        )
    _require(split == "train", "A folder is one set of pictures; leave split out.")
    _require(data_dir is None, "A folder needs no data_dir; leave it out.")
    return DataSet(folder.name, *folders.read(folder, image_size, channels))


def _load_grey_images(name, split, data_dir):
    """Images and labels of Fashion-MNIST or MNIST."""
    if data_dir is not None:
        return _read_split(Path(data_dir).expanduser(), split)
    folder = _find_cached(name) or _download(name)
    if name == "fashion_mnist":  # The cache holds the original files.
        return _read_split(folder, split)
    path = folder / "mnist.npz"
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    except (OSError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged: {error}. {_REMEDY}") from error
    return images[..., None], labels.astype(np.int64)


def _cache_folders(name):
    """Where a data set may lie: in Keras's home; if that is read-only, also beside."""
    homes = [Path(os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras"))]
    if not (homes[0].is_dir() and os.access(homes[0], os.W_OK)):
        homes.append(Path(tempfile.gettempdir(), ".keras"))
    return [home / "datasets" / _CACHED[name][0] for home in homes]


def _find_cached(name):
    """The folder in which all files of a data set are sound, or None."""
    for folder in _cache_folders(name):
        if all(_is_sound(folder / file) for file in _CACHED[name][1]):
            return folder
    return None


def _is_sound(path):
    """Whether a cached file is what its name says, and whole. Only its ends are read.

    A login page and half a download are found so, but no wrong byte in the middle.
    """
    try:
        if path.suffix == ".npz":
            arrays = {f"{kind}_{split}.npy" for kind in "xy" for split in _FILES}
            with zipfile.ZipFile(path) as file:
                return arrays <= set(file.namelist())
        num_dims = 3 if "images" in path.name else 1
        with gzip.open(path) as file:
            magic, size, _ = _read_header(file.read(16), num_dims)
        with path.open("rb") as file:
            file.seek(-4, os.SEEK_END)  # where gzip keeps the unpacked size
            return (magic, size) == (
                0x0800 + num_dims,
                int.from_bytes(file.read(), "little"),
            )
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        return False


def _download(name):
    """Fetches what is not sound in the cache; returns the folder with all files.

    By Keras's function, made to fail in time where the network is silent.
    """
    folder, timeout = _cache_folders(name)[-1], socket.getdefaulttimeout()
    needed = [file for file in _CACHED[name][1] if not _is_sound(folder / file)]
    try:
        _check_network()
        print(f"Downloading {name}, once ... ", end="", flush=True)
        socket.setdefaulttimeout(_PATIENCE)  # for one read; the whole may take longer
        with contextlib.redirect_stdout(io.StringIO()):  # the progress bar
            for file in needed:
                keras.utils.get_file(
                    file,
                    _SERVER + file,
                    cache_subdir=str(folder),
                    force_download=True,
                )
                if not _is_sound(folder / file):
                    (folder / file).unlink()
                    raise OSError(f"what came as {file} is something else")
    except Exception as error:  # Keras raises plain Exception.
        raise ConnectionError(
            f"{name} is not in the cache {folder} and cannot be downloaded ({error}). "
            "Check the network; or give data_dir, a folder with the original .gz "
            'files; or fallback="vases".'
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)
    print("done.")
    return folder


def _check_network():
    """Fails unless the server answers in time, even if its name is not resolved."""
    errors = [TimeoutError(f"no answer within {_PATIENCE} seconds")]

    def ask():
        request = urllib.request.Request(_SERVER + "mnist.npz", method="HEAD")
        try:
            urllib.request.urlopen(request, timeout=_PATIENCE).close()
            errors.clear()
        except Exception as error:
            errors[0] = error

    # Resolving a name knows no time limit: if it hangs, it is left behind.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    if errors:
        raise errors[0]


def _read_split(folder, split):
    """Images and labels from a folder with the original files."""
    paths = [folder / file for file in _FILES[split]]
    for path in (folder, *paths):
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is missing; data_dir must hold {' and '.join(_FILES[split])}."
            )
    images, labels = _read_idx(paths[0], 3), _read_idx(paths[1], 1)
    _require(
        len(images) == len(labels),
        f"{paths[0]} holds {len(images)} images, but {paths[1]} {len(labels)} labels.",
    )
    return images[..., None], labels.astype(np.int64)


def _read_idx(path, num_dims):
    """The uint8 array in an idx file, the format of the original MNIST."""
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no whole gzip file: {error}. {_REMEDY}") from error
    magic, size, shape = _read_header(content, num_dims)
    _require(
        magic == 0x0800 + num_dims and len(content) == size,
        f"{path} has the magic number {magic} and {len(content)} bytes; expected "
        f"{0x0800 + num_dims} and {size}. {_REMEDY}",
    )
    start = size - math.prod(shape)
    return np.frombuffer(bytearray(content), np.uint8, offset=start).reshape(shape)


def _read_header(content, num_dims):
    """Magic number of an idx file, the bytes that it must have, and its shape."""
    start = 4 + 4 * num_dims
    magic, *shape = (
        int.from_bytes(content[i : i + 4], "big") for i in range(0, start, 4)
    )
    return magic, start + math.prod(shape), shape


def _require(holds, message):
    if not holds:
        raise ValueError(message)
