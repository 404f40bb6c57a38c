"""Product pictures: loading them, their value ranges, and the batches for training.

Pictures are kept as uint8, channels last, until a batch is made; a network sees float32
in [-1, 1], the range of the generator's tanh.
"""

import contextlib
import gzip
import io
import math
import os
import socket
import threading
import urllib.request
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageOps

from gan_tutorial.synthetic import vases

CLASS_NAMES = {
    "fashion_mnist": (
        *"T-shirt/top Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag".split(),
        "Ankle boot",
    ),
    "mnist": tuple("0123456789"),
    "vases": vases.STYLES,
}
_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_SERVER = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_SPREAD = 2 * math.sqrt(12)  # a range of this width has a standard deviation of 2
_PATIENCE = 8  # seconds without a byte after which the network counts as silent


def load_images(
    name: str,
    split: str = "train",
    data_dir: str | os.PathLike | None = None,
    fallback: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Loads a data set of grey pictures.

    Fashion-MNIST and MNIST come from Keras's cache, into which Keras downloads them
    once. Vases are drawn, as many as Fashion-MNIST holds, so that an epoch is as long;
    their labels are the styles.

    Args:
        name: "fashion_mnist", "mnist" or "vases".
        split: "train" (60,000 pictures) or "test" (10,000).
        data_dir: folder with the original files of the split, such as
            ``train-images-idx3-ubyte.gz``, to be read instead.
        fallback: "vases" draws vases where the data set cannot be downloaded.

    Returns:
        images: uint8 ``(n, 28, 28, 1)``.
        labels: int64 ``(n,)``; `CLASS_NAMES` names them.

    Raises:
        ConnectionError: the data set is not in the cache and cannot be downloaded.
        FileNotFoundError: `data_dir` or a file in it is missing.
        ValueError: a file is damaged, or an argument is none of those above.
    """
    for argument, value, known in (
        ("data set", name, list(CLASS_NAMES)),
        ("split", split, list(_FILES)),
        ("fallback", fallback, [None, "vases"]),
    ):
        _require(value in known, f"Unknown {argument} {value!r}; choose from {known}.")
    if name == "vases":
        _require(data_dir is None, "Vases are drawn, not read; leave data_dir out.")
        number, seed = (60_000, 0) if split == "train" else (10_000, 1)
        images, attributes = vases.make(number, seed=seed)
        return images, attributes["style"]
    if data_dir is None and name == "fashion_mnist" and is_cached(name):
        data_dir = _keras_cache() / "fashion-mnist"  # It holds the original files.
    if data_dir is not None:
        return _read_split(Path(data_dir), split)
    try:
        train, test = _load_with_keras(name)
    except ConnectionError:
        if fallback is None:
            raise
        print(f"{name} cannot be downloaded; our own drawings of vases take its place.")
        return load_images(fallback, split)
    images, labels = train if split == "train" else test
    return images[..., None], labels.astype(np.int64)


def is_cached(name: str) -> bool:
    """Whether "fashion_mnist" or "mnist" is in Keras's cache: no network is needed."""
    if name == "mnist":
        return zipfile.is_zipfile(_keras_cache() / "mnist.npz")
    folder = _keras_cache() / "fashion-mnist"
    return all((folder / file).exists() for pair in _FILES.values() for file in pair)


def load_image_folder(
    folder: str | os.PathLike, image_size: int, channels: int
) -> np.ndarray:
    """Loads your own pictures: the square in the middle, scaled, on white.

    Args:
        folder: PNG, JPEG, BMP and GIF files, also in subfolders; not hidden ones.
        image_size: side in pixels, a multiple of 4 from 16 to 128.
        channels: 1 (grey) or 3 (colour).

    Returns:
        uint8 ``(n, image_size, image_size, channels)``, in the order of the paths.

    Raises:
        FileNotFoundError: the folder is missing.
        ValueError: no pictures, a broken one, or a size or channels not as above.
    """
    _check_shape((image_size, image_size, channels))
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; give one with pictures.")
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in (".png", ".jpg", ".jpeg", ".bmp", ".gif")
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    _require(paths, f"{folder} holds no .png, .jpg, .jpeg, .bmp or .gif file.")
    images = np.empty((len(paths), image_size, image_size, channels), np.uint8)
    for image, path in zip(images, paths, strict=True):
        try:
            picture = keras.utils.load_img(
                path, "rgba", image.shape[:2], "bilinear", keep_aspect_ratio=True
            )
        except Exception as error:  # Each format has errors of its own.
            raise ValueError(
                f"{path} cannot be read as a picture ({error}); mend or remove it."
            ) from error
        picture = ImageOps.exif_transpose(picture)  # Cameras store a turn apart.
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
        picture = picture.convert("L" if channels == 1 else "RGB")
        image[:] = np.asarray(picture).reshape(image.shape)
    return images


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
    _check_model_range(images)
    return np.rint((images.clip(-1, 1) + 1) * 127.5).astype(np.uint8)


def scale_attributes(
    attributes: dict[str, np.ndarray], ranges: dict[str, tuple[float, float]]
) -> np.ndarray:
    """Attributes as networks take them: 0 in the middle of a range, 3.46 at its end.

    Evenly drawn values then have a standard deviation of 2, twice that of latents, so
    that they weigh more. The scale follows from the range alone, so that the inverse,
    `unscale_attributes`, needs no data.

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
    middle, width = _middles_and_widths(ranges)
    columns = np.stack([np.asarray(attributes[name]) for name in ranges], axis=1)
    return ((columns - middle) / width * _SPREAD).astype(np.float32)


def unscale_attributes(
    values: np.ndarray, ranges: dict[str, tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Attributes by name, float32 `(n,)`; the inverse of `scale_attributes`."""
    middle, width = _middles_and_widths(ranges)
    values = np.asarray(values)
    _require(
        values.ndim == 2 and values.shape[1] == len(ranges),
        f"values have shape {values.shape}; expected (n, {len(ranges)}), a column for "
        f"each of {list(ranges)}.",
    )
    columns = (values / _SPREAD * width + middle).astype(np.float32)
    return dict(zip(ranges, columns.T, strict=True))


def _middles_and_widths(ranges):
    ends = np.array(list(ranges.values()), float)
    _require(
        ends.ndim == 2 and ends.shape[1] == 2 and (ends[:, 0] < ends[:, 1]).all(),
        f"ranges are {ranges}; expected a lower and a higher end for each name.",
    )
    return ends.mean(axis=1), ends[:, 1] - ends[:, 0]


class Batches(keras.utils.PyDataset):
    """Shuffled batches of pictures for `fit`, or for a loop of your own.

    The order depends on the seed and on `epoch` alone: a run resumed with `epoch` 3
    sees what it would have seen. `fit` moves on by itself (use `steps`, not Keras's
    `steps_per_epoch`, which stretches one pass over several epochs); in a loop of your
    own, set `epoch`.
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray | None = None,
        attributes: np.ndarray | None = None,
        batch_size: int = 16,
        seed: int = 0,
        steps: int | None = None,
    ):
        """Makes batches of float32 images in [-1, 1] and what comes with them.

        A batch is ``images``, ``(images, labels)``, ``(images, attributes)`` or
        ``(images, (labels, attributes))``.

        Args:
            images: ``(n, height, width, channels)``, uint8 or float32 in [-1, 1]; sides
                are multiples of 4 from 16 to 128, channels 1 or 3.
            labels: whole numbers ``(n,)``.
            attributes: floats ``(n, num_attributes)``.
            batch_size: pictures in a batch; the last one of an epoch may be shorter.
            seed: whole number, 0 or more.
            steps: batches in an epoch, where it is not to be one pass over all
                pictures: then an epoch is a random choice, or several passes.

        Raises:
            ValueError: an argument is not as above.
        """
        super().__init__()
        _require(batch_size >= 1, f"batch_size is {batch_size}; expected 1 or more.")
        _require(steps is None or steps >= 1, f"steps is {steps}; expected 1 or more.")
        self.images = _check_images(images)
        self.labels = _check_condition("labels", labels, images, np.int64)
        self.attributes = _check_condition("attributes", attributes, images, np.float32)
        self.batch_size = batch_size
        self.seed = seed
        self._length = len(images) if steps is None else steps * batch_size
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The epoch in whose order the batches come."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        random = np.random.default_rng([self.seed, epoch])
        passes = math.ceil(self._length / len(self.images))
        orders = [random.permutation(len(self.images)) for _ in range(passes)]
        self._order = np.concatenate(orders)[: self._length]
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
        return math.ceil(self._length / self.batch_size)

    def __getitem__(self, index):  # noqa: D105
        start = range(len(self))[index] * self.batch_size
        rows = self._order[start : start + self.batch_size]
        images = self.images[rows]
        if images.dtype == np.uint8:
            images = to_model_range(images)
        given = [v[rows] for v in (self.labels, self.attributes) if v is not None]
        if not given:
            return images
        return images, given[0] if len(given) == 1 else tuple(given)


batches = Batches  # data.batches(...) reads well


def _keras_cache():
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home).expanduser() / "datasets"


def _load_with_keras(name):
    """Keras's loader, made to fail in time where the network is silent."""
    must_download, timeout = not is_cached(name), socket.getdefaulttimeout()
    try:
        if must_download:
            _check_network()
            print(f"Downloading {name}, once ... ", end="", flush=True)
        socket.setdefaulttimeout(_PATIENCE)  # for one read; the whole may take longer
        with contextlib.redirect_stdout(io.StringIO()):  # the progress bar
            pairs = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises plain Exception.
        if name == "fashion_mnist" and is_cached(name):
            for split in _FILES:  # The network is not at fault: name the broken file.
                _read_split(_keras_cache() / "fashion-mnist", split)
        raise ConnectionError(
            f"{name} is not in Keras's cache and cannot be downloaded ({error}). Check "
            "the network; or give data_dir, a folder with the original .gz files; or "
            'fallback="vases".'
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)
    if must_download:
        print("done.")
    return pairs


def _check_network():
    """Fails unless the server answers in time, even if its name is not resolved."""
    errors = [TimeoutError(f"no answer within {_PATIENCE} seconds")]

    def ask():
        request = urllib.request.Request(_SERVER, method="HEAD")
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
    remedy = "Delete it and fetch it again."
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is no whole gzip file: {error}. {remedy}") from error
    start = 4 + 4 * num_dims
    magic, *shape = (
        int.from_bytes(content[i : i + 4], "big") for i in range(0, start, 4)
    )
    size = start + math.prod(shape)
    _require(
        magic == 0x0800 + num_dims and len(content) == size,
        f"{path} has the magic number {magic} and {len(content)} bytes; expected "
        f"{0x0800 + num_dims} and {size}. {remedy}",
    )
    return np.frombuffer(bytearray(content), np.uint8, offset=start).reshape(shape)


def _require(holds, message):
    if not holds:
        raise ValueError(message)


def _check_images(images):
    images = np.asarray(images)
    _require(
        images.dtype in (np.uint8, np.float32) and images.ndim == 4 and len(images),
        f"images are {images.dtype} of shape {images.shape}; expected uint8, or "
        "float32 in [-1, 1], of shape (n, height, width, channels).",
    )
    _check_shape(images.shape[1:])
    if images.dtype == np.float32:
        _check_model_range(images)
    return images


def _check_shape(shape):
    *sides, channels = shape
    _require(
        all(side in range(16, 129, 4) for side in sides) and channels in (1, 3),
        f"(height, width, channels) of the images are {shape}; expected sides that are "
        "multiples of 4 from 16 to 128, and 1 or 3 channels.",
    )


def _check_model_range(images):
    low, high = (images.min(), images.max()) if images.size else (0, 0)
    _require(
        low >= -1.00001 and high <= 1.00001,  # rounding may pass; nan does not
        f"images have values from {low:g} to {high:g}; expected -1 to 1, as "
        "to_model_range makes them from uint8.",
    )


def _check_condition(name, values, images, dtype):
    if values is None:
        return None
    values, is_label = np.asarray(values), dtype is np.int64
    _require(
        values.dtype.kind in ("iu" if is_label else "f")
        and values.ndim == (1 if is_label else 2)
        and len(values) == len(images)
        and np.isfinite(values).all(),
        f"{name} are {values.dtype} of shape {values.shape}; expected, for each image, "
        f"{'a whole number' if is_label else 'a row of finite floats'}.",
    )
    return values.astype(dtype)
