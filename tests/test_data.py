"""Loading, ranges and batches; no test here leaves this machine."""

import gzip
import http.server
import os
import socket
import struct
import tempfile
import threading
import urllib.request
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import data
from gan_tutorial.synthetic import vases

TRAIN = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
TEST = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")


def idx_bytes(array):
    """The idx format, from its description: magic number, sizes, bytes."""
    header = struct.pack(">BBBB", 0, 0, 8, array.ndim)
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return header + sizes + array.tobytes()


def write_split(folder, names, num, seed=0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (num, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, num, dtype=np.uint8)
    for name, array in zip(names, (images, labels), strict=True):
        (folder / name).write_bytes(gzip.compress(idx_bytes(array)))
    return images, labels


# --- value ranges -----------------------------------------------------------------


def test_ranges_are_exact_inverses_for_all_256_values():
    values = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    floats = data.to_model_range(values)
    assert floats.dtype == np.float32
    assert (floats.min(), floats.max()) == (-1, 1)
    assert floats[0, 15, 14, 0] == pytest.approx(254 * 2 / 255 - 1)
    back = data.to_display_range(floats)
    assert back.dtype == np.uint8
    np.testing.assert_array_equal(back, values)
    np.testing.assert_array_equal(data.to_model_range(back), floats)


def test_display_range_rounds_to_the_nearest_value():
    shades = np.float32([-1, -0.998, -0.995, 0, 1, 1.000001])
    assert data.to_display_range(shades).tolist() == [0, 0, 1, 128, 255, 255]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((1, 16, 16, 1)), "float64; expected float32"),
        (np.zeros((1, 16, 16, 1), np.uint8), "uint8; expected float32"),
        (np.full((1, 16, 16, 1), 1.01, np.float32), "1.01"),
        (np.full((1, 16, 16, 1), -7, np.float32), "-7"),
        (np.full((1, 16, 16, 1), np.nan, np.float32), "nan"),
    ],
)
def test_display_range_refuses(images, message):
    with pytest.raises(ValueError, match=message):
        data.to_display_range(images)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
def test_model_range_refuses_all_but_uint8(dtype):
    with pytest.raises(ValueError, match=f"{np.dtype(dtype)}; expected uint8"):
        data.to_model_range(np.zeros((1, 16, 16, 1), dtype))


# --- batches ----------------------------------------------------------------------


def numbered_images(num):
    """Pictures that carry their own number as their only grey value."""
    numbers = np.arange(num, dtype=np.uint8)
    return np.tile(numbers[:, None, None, None], (1, 16, 16, 1))


def numbers_in(batch):
    return np.asarray(batch["images"])[:, 0, 0, 0].astype(int).tolist()


def order_of(seed, epoch, num):
    return np.random.default_rng([seed, epoch]).permutation(num).tolist()


class Recorder(keras.Model):
    """A model that learns nothing and notes which pictures it saw in each epoch."""

    def __init__(self):
        super().__init__()
        self.built = True
        self.seen = []

    def train_step(self, batch):
        images = batch["images"][:, 0, 0, 0]
        tf.numpy_function(lambda x: self.seen.extend(x.tolist()), [images], [])
        return {"loss": 0.0}


def fit(batches, **kwargs):
    model = Recorder()
    model.compile(optimizer=None)
    model.fit(batches, shuffle=False, verbose=0, **kwargs)
    num = sum(len(batch["images"]) for batch in batches)
    return [model.seen[i : i + num] for i in range(0, len(model.seen), num)]


def test_devices_share_each_batch_evenly():
    whole = data.batches(np.arange(14.0).reshape(7, 2), batch_size=4, seed=3)
    for index, sizes in ((0, [1, 1, 2]), (1, [1, 1, 1])):
        parts = [whole.share(index, device, 3)["images"] for device in range(3)]
        assert [len(part) for part in parts] == sizes
        np.testing.assert_array_equal(np.concatenate(parts), whole[index]["images"])


def test_each_picture_comes_once_and_a_short_batch_is_kept():
    batches = data.batches(numbered_images(10), batch_size=4)
    got = list(batches)
    assert [len(batch["images"]) for batch in got] == [4, 4, 2] and len(batches) == 3
    assert all(batch["images"].dtype == np.uint8 for batch in got)
    assert sum(map(numbers_in, got), []) == order_of(0, 0, 10)
    with pytest.raises(IndexError):
        batches[3]
    few = data.batches(numbered_images(3), batch_size=16)
    assert [numbers_in(batch) for batch in few] == [order_of(0, 0, 3)]


def test_conditions_stay_with_their_pictures():
    num, images = np.arange(10), numbered_images(10)
    attributes = np.stack([num, 100 - num], axis=1) / 2
    masks = np.zeros((10, 16, 16, 1))
    masks[5:] = 1
    given = {"images": images, "labels": num, "attributes": attributes, "masks": masks}
    for batch in data.batches(given, batch_size=4):
        assert list(batch) == list(given)
        kinds = [values.dtype for values in batch.values()]
        assert kinds == ["uint8", "int32", "float32", "bool"]
        assert numbers_in(batch) == batch["labels"].tolist()
        np.testing.assert_array_equal(batch["attributes"], attributes[batch["labels"]])
        np.testing.assert_array_equal(batch["masks"], masks[batch["labels"]])
    own = data.DataSet("own", images, num, attributes={"height": num})
    for batch in data.batches(own, batch_size=4):
        assert list(batch) == ["images", "labels"]
        assert numbers_in(batch) == batch["labels"].tolist()


def test_the_order_depends_on_seed_and_epoch_alone():
    images = numbered_images(50)
    one, other = data.batches(images, seed=4), data.batches(images, seed=4)
    one.epoch = 7
    list(one)
    one.epoch = 2
    other.epoch = 2
    assert numbers_in(one[1]) == numbers_in(other[1]) == order_of(4, 2, 50)[16:32]
    other.epoch = 3
    assert numbers_in(one[1]) != numbers_in(other[1])
    assert numbers_in(data.batches(images, seed=5)[0]) != numbers_in(one[0])


@pytest.mark.parametrize("steps", [1, 2, 6])
def test_an_epoch_can_have_any_number_of_steps(steps):
    batches = data.batches(numbered_images(10), batch_size=4, seed=1, steps=steps)
    for epoch in (0, 5):
        batches.epoch = epoch
        seen = [numbers_in(batch) for batch in batches]
        assert [len(numbers) for numbers in seen] == [4] * steps
        counts = np.bincount(np.concatenate(seen), minlength=10)
        assert counts.max() - counts.min() == 1  # 4, 8 and 24 draws of 10 pictures
        batches.epoch = epoch
        assert [numbers_in(batch) for batch in batches] == seen
    orders = fit(batches, epochs=2)
    assert orders[0] == sum(seen, []) and orders[1] != orders[0]
    batches.epoch = 6
    assert fit(batches) == orders[1:]


@pytest.mark.parametrize("num", [3, 10])
def test_fit_goes_through_the_epochs_in_turn_and_resumes(num):
    batches = data.batches(numbered_images(num), batch_size=4, seed=1)
    orders = [order_of(1, epoch, num) for epoch in range(7)]
    assert fit(batches, epochs=3) == orders[:3]
    assert batches.epoch == 3
    assert fit(batches, initial_epoch=3, epochs=5) == orders[3:5]

    resumed = data.batches(numbered_images(num), batch_size=4, seed=1)
    resumed.epoch = 3
    assert fit(resumed, initial_epoch=3, epochs=7) == orders[3:]
    resumed.epoch = 0
    assert fit(resumed, epochs=2) == orders[:2]


def test_an_epoch_that_was_broken_off_is_not_seen_again_unless_set():
    class BreakOff(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                raise KeyboardInterrupt

    batches = data.batches(numbered_images(10), batch_size=4)
    with pytest.raises(KeyboardInterrupt):
        fit(batches, epochs=2, callbacks=[BreakOff()])
    assert fit(batches) == [order_of(0, 1, 10)]
    with pytest.raises(KeyboardInterrupt):
        fit(batches, epochs=2, callbacks=[BreakOff()])
    batches.epoch = 0
    assert fit(batches) == [order_of(0, 0, 10)]


def test_floats_pass_unchanged():
    floats = np.random.default_rng(0).uniform(-1, 1, (5, 20, 16, 3)).astype("float32")
    tiles = np.eye(8, dtype="float32")[np.arange(5 * 16).reshape(5, 4, 4) % 8]
    for images in (floats, tiles, floats[:, 0, 0]):
        got = data.batches(images, seed=2)[0]["images"]
        np.testing.assert_array_equal(got, images[order_of(2, 0, 5)])


# What arrays may hold is tested in test_border.py, where `fit` gets them.
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "pictures"}, "came as str; expected"),
        ({"source": numbered_images(4).astype(float)}, "float64 .* from 0 to 3"),
        ({"source": {"images": numbered_images(4), "labels": 3}}, r"shape \(\), and"),
        ({"batch_size": 0}, "batch_size is 0; expected a whole number, 1 or more"),
        ({"steps": 0}, "steps is 0; expected"),
        ({"seed": -1}, "seed is -1; expected a whole number, 0 or more"),
    ],
)
def test_batches_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.batches(**({"source": numbered_images(4)} | arguments))


# --- data sets --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
@pytest.mark.parametrize(("split", "files"), [("train", TRAIN), ("test", TEST)])
def test_data_dir_is_read_and_needs_only_the_wanted_split(tmp_path, name, split, files):
    expected_images, expected_labels = write_split(tmp_path, files, 7)
    found = data.load(name, split, data_dir=str(tmp_path))
    images, labels = found.images, found.labels
    assert (found.name, found.class_names) == (name, data.CLASS_NAMES[name])
    assert images.shape == (7, 28, 28, 1)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(images[..., 0], expected_images)
    np.testing.assert_array_equal(labels, expected_labels)
    images[0] = 0  # They are ours to change.


def _flip(packed):
    middle = len(packed) // 2
    return packed[:middle] + bytes([packed[middle] ^ 255]) + packed[middle + 1 :]


def _repacked(change):
    return lambda packed: gzip.compress(change(gzip.decompress(packed)))


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        (TRAIN[0], None, "is missing"),
        (TRAIN[1], None, "is missing"),
        (TRAIN[0], lambda packed: packed[:-100], "no whole gzip file"),
        (TRAIN[0], gzip.decompress, "no whole gzip file"),
        (TRAIN[0], _flip, "no whole gzip file"),
        (TRAIN[1], lambda packed: b"", "expected 2049"),
        (TRAIN[0], _repacked(lambda c: c[:-1]), "5503 bytes; expected 2051 and 5504"),
        (TRAIN[0], _repacked(lambda c: c[:6]), "expected 2051"),
        (TRAIN[1], _repacked(lambda c: c + b"0"), "16 bytes; expected 2049 and 15"),
        (TRAIN[0], _repacked(lambda c: b"\0\0\x0b" + c[3:]), "magic number 2819"),
        (
            TRAIN[1],
            _repacked(lambda c: idx_bytes(np.zeros(6, np.uint8))),
            "7 images, but .* 6 labels",
        ),
    ],
)
def test_a_damaged_file_is_named(tmp_path, file, damage, message):
    write_split(tmp_path, TRAIN, 7)
    path = tmp_path / file
    packed = path.read_bytes()
    path.unlink()
    if damage is not None:
        path.write_bytes(damage(packed))
    error = FileNotFoundError if damage is None else ValueError
    with pytest.raises(error, match=message) as caught:
        data.load("mnist", data_dir=tmp_path, fallback="vases")
    assert str(path) in str(caught.value)


def test_a_missing_data_dir_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is missing"):
        data.load("mnist", data_dir=tmp_path / "nowhere", fallback="vases")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mnist", "validation"), "split 'validation'.*'train', 'test'"),
        (("mnist", "train", None, "mnist"), "fallback 'mnist'"),
        (("vases", "train", "folder"), "leave data_dir out"),
    ],
)
def test_load_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.load(*arguments)


def test_vases_have_their_style_as_label():
    _, images, labels, names, attributes = data.load("vases", "test")
    assert names == vases.STYLES and set(attributes) > set(vases.RANGES)
    assert images.shape == (10_000, 28, 28, 1)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    measured = vases.measure(images[:500])["style"]
    assert np.mean(measured == labels[:500]) > 0.95
    assert set(labels) == set(range(len(data.CLASS_NAMES["vases"])))


def test_the_splits_of_vases_are_as_large_as_those_of_fashion_mnist(few_vases):
    train, test = data.load("vases").images, data.load("vases", "test").images
    assert (len(train), len(test)) == (60, 10)
    assert (train[:10] != test).any(axis=(1, 2, 3)).all()


@pytest.mark.real_data
@pytest.mark.parametrize(("split", "of_each"), [("train", 6000), ("test", 1000)])
def test_real_fashion_mnist_is_what_keras_loads(split, of_each, capsys):
    _, images, labels, *_ = data.load("fashion_mnist", split)
    assert images.shape == (10 * of_each, 28, 28, 1)
    assert np.bincount(labels).tolist() == [of_each] * 10
    train, test = keras.datasets.fashion_mnist.load_data()
    expected_images, expected_labels = train if split == "train" else test
    np.testing.assert_array_equal(images[..., 0], expected_images)
    np.testing.assert_array_equal(labels, expected_labels)
    assert len(data.CLASS_NAMES["fashion_mnist"]) == 10
    assert capsys.readouterr().out == ""
    assert data.is_cached("fashion_mnist")


# --- no network, or a silent one --------------------------------------------------


@pytest.fixture
def few_vases(monkeypatch):
    make = vases.make
    monkeypatch.setattr(
        vases, "make", lambda num, **kwargs: make(num // 1000, **kwargs)
    )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty Keras cache."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    folder = tmp_path / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def dead_network(monkeypatch):
    def fail(*args, **kwargs):
        raise socket.gaierror("no such host")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.fixture
def hanging_look_up(monkeypatch):
    done = threading.Event()
    finished = threading.Event()

    def hang(*args, **kwargs):
        done.wait()
        finished.set()
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield
    done.set()
    finished.wait(5)


@pytest.fixture
def silent_server(monkeypatch):
    """A server at every address that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
        yield


@pytest.fixture
def server(monkeypatch):
    """A local server in place of Keras's; its `send` writes the body of an answer."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def do_GET(self):
            body = files.get(Path(self.path).name)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            local.send(self.wfile, body)

        def log_message(self, *args):
            pass

    files = {}
    local = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    local.daemon_threads = True
    local.files = files
    local.stop = threading.Event()
    local.send = lambda out, body: out.write(body)
    real_open = urllib.request.urlopen

    def open_locally(request, *args, **kwargs):
        if isinstance(request, urllib.request.Request):
            path, method = request.full_url, request.get_method()
        else:
            path, method = request, "GET"
        url = f"http://127.0.0.1:{local.server_port}/{Path(path).name}"
        request = urllib.request.Request(url, method=method)
        return real_open(request, *args, **kwargs)

    monkeypatch.setattr(urllib.request, "urlopen", open_locally)
    thread = threading.Thread(target=local.serve_forever, args=(0.05,))
    thread.start()
    yield local
    local.stop.set()
    local.shutdown()
    local.server_close()
    thread.join()


def fill(server, tmp_path):
    """Puts a small Fashion-MNIST on the server; returns its arrays by split."""
    source = tmp_path / "source"
    source.mkdir()
    arrays = {
        "train": write_split(source, TRAIN, 30),
        "test": write_split(source, TEST, 20, seed=1),
    }
    for path in source.iterdir():
        server.files[path.name] = path.read_bytes()
    return arrays


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("mnist", "dead_network"),
        ("fashion_mnist", "hanging_look_up"),
        ("mnist", "silent_server"),
    ],
)
def test_no_network_gives_a_clear_error_or_the_fallback(
    network, name, cache, request, capsys, few_vases, monkeypatch
):
    request.getfixturevalue(network)
    monkeypatch.setattr(data, "_PATIENCE", 0.3)
    with pytest.raises(ConnectionError) as caught:
        data.load(name)
    for part in (name, "cannot be downloaded", "data_dir", 'fallback="vases"'):
        assert part in str(caught.value)
    assert capsys.readouterr().out == ""

    found, expected = (
        data.load(name, "test", fallback="vases"),
        data.load("vases", "test"),
    )
    assert found.name == "vases" and found.class_names == vases.STYLES
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.labels, expected.labels)
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and f"{name} cannot be downloaded" in out
    assert list(cache.iterdir()) == []
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize("how", ["falls silent", "breaks off"])
def test_a_download_that_fails_is_given_up_and_cleaned_away(
    how, cache, server, tmp_path, capsys, few_vases, monkeypatch
):
    fill(server, tmp_path)
    monkeypatch.setattr(data, "_PATIENCE", 0.5)

    def send(out, body):
        out.write(body[: len(body) // 2])
        out.flush()
        if how == "falls silent":
            server.stop.wait(20)

    server.send = send
    with pytest.raises(ConnectionError, match="cannot be downloaded"):
        data.load("fashion_mnist")
    assert socket.getdefaulttimeout() is None
    capsys.readouterr()
    data.load("fashion_mnist", fallback="vases")
    assert capsys.readouterr().out.count("\n") == 1
    assert list(cache.iterdir()) == []


def test_a_missing_file_on_the_server_is_told(cache, server):
    with pytest.raises(ConnectionError, match="404"):
        data.load("fashion_mnist")


def test_a_download_is_kept(cache, server, tmp_path, capsys, monkeypatch):
    arrays = fill(server, tmp_path)
    _, images, labels, *_ = data.load("fashion_mnist", "test")
    np.testing.assert_array_equal(images[..., 0], arrays["test"][0])
    np.testing.assert_array_equal(labels, arrays["test"][1])
    assert capsys.readouterr().out == "Downloading fashion_mnist, once ... done.\n"
    assert data.is_cached("fashion_mnist")

    # From now on the cache is enough; Keras would not use one that is read-only.
    server.files.clear()
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", None)
    _, images, labels, *_ = data.load("fashion_mnist")
    np.testing.assert_array_equal(images[..., 0], arrays["train"][0])
    np.testing.assert_array_equal(labels, arrays["train"][1])
    assert capsys.readouterr().out == ""


def write_mnist(path, num=9):
    rng = np.random.default_rng(2)
    arrays = {
        f"{kind}_{split}": rng.integers(0, 10, shape, dtype=np.uint8)
        for split, rows in (("train", num), ("test", num - 4))
        for kind, shape in (("x", (rows, 28, 28)), ("y", rows))
    }
    np.savez(path, **arrays)
    return arrays


LOGIN = b"<!DOCTYPE html><title>Log in to the network</title>"
UNSOUND = {
    "half a download": lambda content: content[: len(content) // 2],
    "all but the end": lambda content: content[:-1],
    "a login page": lambda content: LOGIN,
    "a packed login page": lambda content: gzip.compress(LOGIN),
    "the other file": lambda content: gzip.compress(idx_bytes(np.zeros(3, np.uint8))),
    "nothing": lambda content: b"",
}


@pytest.mark.parametrize("others", ["there", "to be downloaded"])
@pytest.mark.parametrize("damage", UNSOUND)
def test_what_is_not_sound_in_the_cache_is_fetched_again(
    damage, others, cache, server, tmp_path, capsys
):
    arrays = fill(server, tmp_path)
    for name, content in server.files.items():
        if name == TRAIN[0]:
            (cache / name).write_bytes(UNSOUND[damage](content))
        elif others == "there":
            (cache / name).write_bytes(content)
    assert not data.is_cached("fashion_mnist")
    images = data.load("fashion_mnist").images
    np.testing.assert_array_equal(images[..., 0], arrays["train"][0])
    assert data.is_cached("fashion_mnist")
    assert capsys.readouterr().out == "Downloading fashion_mnist, once ... done.\n"


def test_a_login_page_is_no_download(cache, server, tmp_path, few_vases, capsys):
    fill(server, tmp_path)
    server.files[TEST[1]] = LOGIN
    with pytest.raises(ConnectionError, match="labels-idx1.* is something else"):
        data.load("fashion_mnist")
    assert not (cache / TEST[1]).exists() and not data.is_cached("fashion_mnist")
    assert data.load("fashion_mnist", fallback="vases").name == "vases"


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist"])
def test_a_wrong_byte_inside_is_named_or_vases_come(
    name, cache, dead_network, few_vases, capsys
):
    for names in (TRAIN, TEST):
        write_split(cache, names, 7)
    write_mnist(cache.parent / "mnist.npz")
    path = cache / TRAIN[0] if name == "fashion_mnist" else cache.parent / "mnist.npz"
    path.write_bytes(_flip(path.read_bytes()))
    with pytest.raises(ValueError, match="Delete it and fetch it again") as caught:
        data.load(name)
    assert str(path) in str(caught.value)
    assert data.load(name, fallback="vases").name == "vases"
    out = capsys.readouterr().out
    assert str(path) in out and "again. Our own drawings of vases" in out


@pytest.mark.parametrize(("split", "num"), [("train", 9), ("test", 5)])
def test_mnist_is_read_from_the_cache_alone(cache, dead_network, split, num):
    arrays = write_mnist(cache.parent / "mnist.npz")
    assert data.is_cached("mnist") and not data.is_cached("fashion_mnist")
    _, images, labels, *_ = data.load("mnist", split)
    assert images.shape == (num, 28, 28, 1) and labels.dtype == np.int64
    np.testing.assert_array_equal(images[..., 0], arrays[f"x_{split}"])
    np.testing.assert_array_equal(labels, arrays[f"y_{split}"])


def no_home(tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as without HOME
    monkeypatch.chdir(tmp_path)


def home_is_a_file(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))


def home_is_read_only(tmp_path, monkeypatch):
    access = os.access  # The tests may run as root, who may write everywhere.
    shut = tmp_path / "shut"
    shut.mkdir()
    monkeypatch.setenv("KERAS_HOME", str(shut))
    monkeypatch.setattr(
        os, "access", lambda path, mode: path != shut and access(path, mode)
    )


HOMES = [no_home, home_is_a_file, home_is_read_only]


@pytest.mark.parametrize("home", HOMES)
def test_without_a_home_the_cache_lies_beside(
    home, cache, server, tmp_path, monkeypatch, capsys
):
    arrays = fill(server, tmp_path)
    home(tmp_path, monkeypatch)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    for _ in range(2):
        images = data.load("fashion_mnist", "test").images
        np.testing.assert_array_equal(images[..., 0], arrays["test"][0])
        assert data.is_cached("fashion_mnist")
        server.files.clear()
    assert capsys.readouterr().out == "Downloading fashion_mnist, once ... done.\n"


@pytest.mark.parametrize("home", HOMES)
def test_without_any_place_to_write_vases_come(
    home, cache, server, tmp_path, monkeypatch, capsys, few_vases
):
    fill(server, tmp_path)
    home(tmp_path, monkeypatch)
    monkeypatch.setattr(
        tempfile, "gettempdir", lambda: str(tmp_path / "source" / TRAIN[0])
    )
    assert not data.is_cached("fashion_mnist")
    with pytest.raises(ConnectionError, match="cannot be downloaded.*give data_dir"):
        data.load("fashion_mnist")
    assert data.load("fashion_mnist", fallback="vases").name == "vases"


def test_arguments_for_folders_are_refused_elsewhere():
    for name in data.CLASS_NAMES:
        for wrong in ({"image_size": 32}, {"channels": 1}):
            with pytest.raises(
                ValueError, match=f"{name} has grey .* 28 x 28 .*folders"
            ):
                data.load(name, **wrong)
    assert data.load("vases", "test", image_size=64, channels=3).name == "vases"


def test_half_an_mnist_in_the_cache_needs_the_network(cache, dead_network):
    (cache.parent / "mnist.npz").write_bytes(b"PK half a file")
    assert not data.is_cached("mnist")
    with pytest.raises(ConnectionError):
        data.load("mnist")


def test_scaled_attributes_by_hand():
    ranges = {"neck": (0.1, 0.3), "height": (2.0, 8.0)}
    attributes = {
        "height": np.array([2.0, 5.0, 6.5]),
        "other": np.zeros(3),
        "neck": np.array([0.3, 0.2, 0.15]),
    }
    scaled = data.scale_attributes(attributes, ranges)
    # A range's ends lie at 2 * 3 ** 0.5, and a quarter of the range at half of that.
    end = 2 * 3**0.5
    expected = [[end, -end], [0, 0], [-end / 2, end / 2]]
    np.testing.assert_allclose(scaled, expected, atol=1e-6)
    assert scaled.dtype == np.float32


def test_attributes_that_cannot_be_scaled_are_named():
    with pytest.raises(ValueError, match=r"\['neck'\] are missing"):
        data.scale_attributes({"height": np.zeros(2)}, {"neck": (0, 1)})
    with pytest.raises(ValueError, match="a lower and a higher end"):
        data.scale_attributes({"neck": np.zeros(2)}, {"neck": (1, 1)})
