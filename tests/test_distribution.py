"""The same GAN on several devices: in one process, and in two workers.

Devices are parts of the processor. They can be made only before TensorFlow starts, so
programs of their own train on them. All must follow the run on one device.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import callbacks, checkpoints, data, distribution, gan, losses
from gan_tutorial import networks as builders

TWO_DEVICES = """
import json, pathlib, sys
from gan_tutorial import distribution
strategy = distribution.strategy(devices=2)
import keras
import numpy as np
import tensorflow as tf
from gan_tutorial import callbacks, checkpoints, data, gan, losses, networks
from gan_tutorial.synthetic import vases

path, found = pathlib.Path(sys.argv[1]), {}
images, attributes = vases.make(15, 16, seed=3)
arrays = {"images": images, "labels": attributes["style"]}


def build(where):
    with where.scope():
        keras.utils.set_random_seed(1)
        takes = {"filters": 2, "num_classes": 5}
        model = gan.GAN(
            networks.build_generator(4, (16, 16, 1), **takes),
            networks.build_discriminator((16, 16, 1), **takes),
            seed=1,
        )
        model.compile(
            keras.optimizers.SGD(0.1),  # which shows a gradient of the wrong length
            keras.optimizers.SGD(0.1),
            losses.NON_SATURATING,
            losses.R1(0.1, interval=2),
        )
        return model


def fit(model, epochs):  # batches of 8 and 7: of the 7, one device has 3, the other 4
    batches = data.batches(arrays, 8, seed=2)
    keep = callbacks.Checkpoint(path)
    first = model.finished_epochs
    model.fit(batches, epochs=epochs, initial_epoch=first, callbacks=[keep], verbose=0)


def distance(model, other):
    pairs = zip(model.get_weights(), other.get_weights())
    return max(float(np.abs(a - b).max() / (np.abs(b).max() + 1e-3)) for a, b in pairs)


def fakes(model, where):
    def make():
        context = tf.distribute.get_replica_context()
        here = slice(0, 7)
        if context.num_replicas_in_sync == 2:
            here = [slice(0, 3), slice(3, 7)][context.replica_id_in_sync_group]
        zeros = np.zeros((7, 16, 16, 1), "float32")[here]
        labels = tf.constant(np.arange(7)[here] % 5)
        return model.make_fakes({"images": zeros, "labels": labels})

    parts = where.experimental_local_results(where.run(make))
    return np.concatenate([part.numpy() for part in parts])


def message(function, *arguments, **settings):
    try:
        function(*arguments, **settings)
    except (ValueError, tf.errors.InvalidArgumentError) as error:
        return str(error)


alone = tf.distribute.get_strategy()
one, two = build(alone), build(strategy)
found["moved"] = distance(one, two)
fit(one, 2)
found["moved"] = distance(one, two)
fit(two, 1)
back, again = build(alone), build(strategy)
for model in (back, again):
    checkpoints.load(model, path)
for model in (two, back, again):
    fit(model, 2)
    found.setdefault("distances", []).append(distance(model, one))
found["accuracies"] = [m.history.history["fake_accuracy"] for m in (one, two, again)]
copies = [strategy.experimental_local_results(v.value) for v in two.weights]
found["copies"] = [len(c) for c in copies]
found["equal copies"] = all(np.array_equal(*(v.numpy() for v in c)) for c in copies)
there = fakes(one, alone)
found["fakes"] = float(np.abs(fakes(two, strategy) - there).max())
found["spread"] = float(there.std(axis=0).max())
found["made"] = two.generate(3, labels=[1, 2, 3]).shape
found["messages"] = [
    message(two.fit, arrays, batch_size=1),
    message(two.fit, arrays, batch_size=7),
    message(two.fit, tf.data.Dataset.from_tensors(data.Batches(arrays, 1)[0])),
    message(two.compile, one.g_optimizer, one.d_optimizer, one.loss),
    message(
        two.compile,
        keras.optimizers.SGD(),
        keras.optimizers.SGD(),
        one.loss,
        steps_per_execution=2,
    ),
]
print(json.dumps(found))
"""

WORKER = """
import json, sys
sys.path.insert(0, sys.argv[2])
from gan_tutorial import distribution
strategy = distribution.strategy()
import test_distribution as t
with strategy.scope():
    model = t.build()
t.train(model, sys.argv[1], 6)
number = strategy.cluster_resolver.task_id
try:
    distribution.check_same(strategy, weights=[model.get_weights()[0]], data=[number])
except ValueError as error:
    number = str(error)
weights = [w.tolist() for w in model.get_weights()]
print(json.dumps({"message": number, "weights": weights, **model.history.history}))
"""


def build():
    """A GAN on points, without labels or statistics of a batch: quick to compile."""
    keras.utils.set_random_seed(1)
    model = gan.GAN(
        builders.build_point_generator(3, 2, width=8),
        builders.build_point_discriminator(2, width=8),
        seed=1,
    )
    rates = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)
    model.compile(*rates, losses.NON_SATURATING, losses.R1(0.1, interval=2))
    return model


def train(model, path, epochs):
    """Goes on from the checkpoint, where there is one, and says each step."""
    if os.path.exists(path):
        checkpoints.load(model, path)
    points = np.random.default_rng(0).normal(size=(51, 2)).astype(np.float32)
    say = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: print(
            "step", model.steps_taken, flush=True
        )
    )
    model.fit(
        data.batches(points, batch_size=6, seed=2),  # the last one has 3: 1 and 2
        epochs=epochs,
        initial_epoch=model.finished_epochs,
        callbacks=[say, callbacks.Checkpoint(path)],
        verbose=0,
    )


def start(program, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
    )


def result(process):
    output, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return json.loads(output.splitlines()[-1])


def start_workers(*arguments):
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(f"127.0.0.1:{free.getsockname()[1]}")
    workers = []
    for index in range(2):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": ports}, "task": task})
        workers.append(start(WORKER, *arguments, TF_CONFIG=config))
    return workers


def distance(weights, others):
    pairs = zip(weights, others, strict=True)
    return max(np.abs(np.asarray(a) - b).max() for a, b in pairs)


def test_two_devices_follow_one(tmp_path):
    found = result(start(TWO_DEVICES, tmp_path / "run.ckpt"))
    assert found["moved"] > 1e-2
    assert max(found["distances"]) < 1e-5  # also after a change of their number
    assert found["accuracies"][1:] == [pytest.approx(found["accuracies"][0])] * 2
    assert set(found["copies"]) == {2} and found["equal copies"]
    assert found["fakes"] < 1e-5 < 1e-2 < found["spread"]
    assert found["made"] == [3, 16, 16, 1]
    expected = "smallest batch has 1", "last batch has 1", "A device got no image"
    expected += "make a new one for each", "steps_per_execution is 2 with 2 devices"
    for said, wanted in zip(found["messages"], expected, strict=True):
        assert said is not None and wanted in said


def test_workers_go_on_after_one_was_killed(tmp_path):
    """One device trains an epoch; two workers go on, one dies, two new ones end."""
    path, whole, half = tmp_path / "run.ckpt", build(), build()
    train(whole, tmp_path / "whole.ckpt", 6)
    train(half, path, 1)
    assert distance(whole.get_weights(), half.get_weights()) > 1e-2

    first, second = start_workers(path, os.path.dirname(__file__))
    moment = f"step {random.randint(10, 48)}\n"  # of 54; an epoch has 9
    print("worker killed at", moment)
    assert moment in iter(second.stdout.readline, "")
    second.send_signal(signal.SIGKILL)
    second.communicate()
    _, errors = first.communicate()
    assert second.returncode == -signal.SIGKILL
    assert first.returncode != 0, "the first worker cannot go on alone"

    shutil.copy(path, tmp_path / "alone.ckpt")
    alone = build()
    train(alone, tmp_path / "alone.ckpt", 6)
    assert distance(alone.get_weights(), whole.get_weights()) < 1e-5

    found = list(map(result, start_workers(path, os.path.dirname(__file__))))
    assert found[0] == found[1]
    assert distance(found[0]["weights"], whole.get_weights()) < 1e-5
    accuracy = whole.history.history["real_accuracy"]
    assert found[0]["real_accuracy"] == pytest.approx(accuracy)
    assert "do not start alike; these differ: data. Give" in found[0]["message"]
    assert len(list(tmp_path.iterdir())) == 3  # the second worker wrote nothing


def test_devices_that_are_not_there(monkeypatch):
    tf.constant(0)  # TensorFlow has started
    assert distribution.strategy() is tf.distribute.get_strategy()
    with pytest.raises(RuntimeError, match="divided into 2 devices. Call"):
        distribution.strategy(devices=2)
    with pytest.raises(ValueError, match="devices is 0; expected a whole number"):
        distribution.strategy(devices=0)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    with pytest.raises(ValueError, match="devices is 2, but TensorFlow finds 1 GPUs"):
        distribution.strategy(devices=2)
    monkeypatch.setenv("TF_CONFIG", "{}")
    with pytest.raises(ValueError, match="devices is 2, and TF_CONFIG is set"):
        distribution.strategy(devices=2)
