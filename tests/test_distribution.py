"""The same GAN on several devices: in one process, and in two workers.

Devices are logical ones that share a processor. They can be made only before TensorFlow
starts, so each test runs a program of its own.
"""

import json
import os
import socket
import subprocess
import sys

PRELUDE = """
import json, os, sys
import numpy as np
import tensorflow as tf

cpus = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    cpus[0], [tf.config.LogicalDeviceConfiguration()] * int(sys.argv[1])
)
import keras
from gan_tutorial import data, gan, losses, networks
from gan_tutorial.synthetic import vases

images, attributes = vases.make(16, 16, seed=3)
labels = attributes["style"].astype("int32")


def build():
    keras.utils.set_random_seed(1)
    takes = {"filters": 4, "num_classes": 5}
    model = gan.GAN(
        networks.build_generator(4, (16, 16, 1), **takes),
        networks.build_discriminator((16, 16, 1), **takes),
        seed=1,
    )
    model.compile(
        keras.optimizers.SGD(0.1),
        keras.optimizers.SGD(0.1),
        losses.NON_SATURATING,
        losses.R1(0.1, interval=2),
    )
    return model
"""

TWO_REPLICAS = """
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
latents = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
found = {}
for rows in (8, 7):  # 7: one device gets four images, the other three
    batch = {"images": images, "labels": labels, "latents": latents}
    batch = {name: values[:rows] for name, values in batch.items()}
    one = build()
    one.fit(tf.data.Dataset.from_tensors(batch), verbose=0)
    with strategy.scope():
        two = build()
    start = build().get_weights()
    two.fit(tf.data.Dataset.from_tensors(batch), verbose=0)
    pairs = list(zip(one.get_weights(), two.get_weights(), start))
    found[f"difference {rows}"] = max(
        float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-3)) for a, b, _ in pairs
    )
    found[f"moved {rows}"] = max(float(np.abs(a - c).max()) for a, _, c in pairs)

arrays = {"images": images, "labels": labels}
history = two.fit(arrays, batch_size=8, epochs=2, verbose=0)
found["losses"] = history.history["d_loss"]


def make():
    zeros = {"images": tf.zeros((4, 16, 16, 1)), "labels": tf.zeros(4, tf.int32)}
    return two.make_fakes(zeros)


made = strategy.experimental_local_results(strategy.run(make))
found["fakes differ"] = float(np.abs(made[0] - made[1]).max())
found["made"] = two.generate(3, labels=[1, 2, 3]).shape
print(json.dumps(found))
"""

WORKER = """
strategy = tf.distribute.MultiWorkerMirroredStrategy()
with strategy.scope():
    model = build()
batches = tf.data.Dataset.from_tensor_slices({"images": images, "labels": labels})
history = model.fit(batches.batch(8).repeat(2), verbose=0)
weights = np.concatenate([w.ravel() for w in model.get_weights()])
print(json.dumps({"sum": float(np.abs(weights).sum()), **history.history}))
"""


def start(program, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
    )


def result(process):
    output, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    return json.loads(output.splitlines()[-1])


def test_two_replicas_take_the_step_of_one_device():
    found = result(start(TWO_REPLICAS, "2"))
    for rows in (8, 7):
        assert found[f"moved {rows}"] > 1e-3
        assert found[f"difference {rows}"] < 1e-5
    assert len(found["losses"]) == 2
    assert found["fakes differ"] > 0.1
    assert found["made"] == [3, 16, 16, 1]


def test_two_workers_train_and_agree():
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(f"127.0.0.1:{free.getsockname()[1]}")
    cluster = {"worker": ports}
    workers = [
        start(
            WORKER,
            "1",
            TF_CONFIG=json.dumps(
                {"cluster": cluster, "task": {"type": "worker", "index": index}}
            ),
        )
        for index in range(2)
    ]
    first, second = map(result, workers)
    assert first == second
    assert 0 < first["d_loss"][0] < 3
