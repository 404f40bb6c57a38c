"""The same training on several devices of one machine, or on several machines.

    with distribution.strategy(devices=2).scope():
        gan = recipes.dcgan(...)
    gan.fit(batches)

The number of devices changes the speed, not the run: each has its own rows of the same
batch, with the latents and the share in the mean that they would have on one device.
So a run on two devices follows that on one, up to rounding, and a checkpoint of the one
goes on as the other. Not so where a layer draws by itself, as a moved picture or
Dropout does: there all devices draw the same.

Several machines are named in the environment variable TF_CONFIG, as TensorFlow expects
it; `docs/many-machines.md` shows it.
"""

import copy
import itertools
import os
import zlib

import numpy as np
import tensorflow as tf

from gan_tutorial import checks


def strategy(devices: int | None = None) -> tf.distribute.Strategy:
    """Where to train: build the GAN in the `scope()` of what comes back.

    Call it before anything else of TensorFlow.

    Args:
        devices: how many of this machine: GPUs, or where it has none, parts of the
            processor, which show that a program works and make nothing faster. None
            where TF_CONFIG names several machines, of which each gives all its GPUs;
            else None is one device.

    Raises:
        ValueError: so many devices are not there, or TF_CONFIG is set as well.
        RuntimeError: TensorFlow has started already.
    """
    if os.environ.get("TF_CONFIG"):
        if devices is not None:
            raise ValueError(
                f"devices is {devices}, and TF_CONFIG is set: it names the machines, "
                "and each gives all its GPUs. Leave devices out, or unset TF_CONFIG."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    devices = checks.whole_number("devices", 1 if devices is None else devices, 1)
    if devices == 1:
        return tf.distribute.get_strategy()
    gpus = tf.config.list_physical_devices("GPU")
    if 0 < len(gpus) < devices:
        raise ValueError(
            f"devices is {devices}, but TensorFlow finds {len(gpus)} GPUs here; "
            f"expected {len(gpus)} or fewer."
        )
    if gpus:
        return tf.distribute.MirroredStrategy([f"GPU:{i}" for i in range(devices)])
    processor = tf.config.list_physical_devices("CPU")[0]
    parts = [tf.config.LogicalDeviceConfiguration()] * devices
    if tf.config.get_logical_device_configuration(processor) != parts:
        try:
            tf.config.set_logical_device_configuration(processor, parts)
        except RuntimeError as error:
            raise RuntimeError(
                "TensorFlow has started already, so the processor cannot be divided "
                f"into {devices} devices. Call distribution.strategy first."
            ) from error
    return tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(devices)])


def num_devices() -> int:
    """Devices that train together, seen from the step of one of them."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def place_in_batch(num_rows) -> tuple:
    """Where the rows of this device stand in the batch of all, in the order of devices.

    Args:
        num_rows: rows on this device, a number or a tensor.

    Returns:
        Number of the first one, and rows on all devices together.
    """
    if num_devices() == 1:
        return 0, num_rows
    context = tf.distribute.get_replica_context()
    place, number = context.replica_id_in_sync_group, context.num_replicas_in_sync
    # As floats, because GPUs add up no int32.
    own = tf.one_hot(place, number) * tf.cast(num_rows, tf.float32)
    sizes = tf.cast(context.all_reduce(tf.distribute.ReduceOp.SUM, own), tf.int32)
    return tf.reduce_sum(sizes[:place]), tf.reduce_sum(sizes)


def feed(batches, strategy) -> tf.distribute.DistributedDataset:
    """The batches for all devices, epoch after epoch without end.

    Each device of each worker gets its own rows of every batch, and each worker reads
    only these. TensorFlow's own division leaves devices without a row: it makes 2, 2
    and 0 of 4.

    Args:
        batches: a `data.Batches`; its present epoch is the first.
        strategy: with several devices.
    """
    number, first_epoch = strategy.num_replicas_in_sync, batches.epoch
    spec = {
        name: tf.TensorSpec((None, *values.shape[1:]), values.dtype)
        for name, values in batches.arrays.items()
    }

    def feed_worker(context):
        here = number // context.num_input_pipelines
        start = here * context.input_pipeline_id
        own = copy.copy(batches)  # read ahead of what is trained

        def shares():
            for own.epoch in itertools.count(first_epoch):
                for index, device in itertools.product(range(len(own)), range(here)):
                    yield own.share(index, start + device, number)

        dataset = tf.data.Dataset.from_generator(shares, output_signature=spec)
        # Otherwise the workers would agree in every step on whether there are more.
        endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
        return dataset.apply(endless).prefetch(2 * here)

    return strategy.distribute_datasets_from_function(feed_worker)


def check_same(strategy, **values) -> None:
    """Stops all workers, if they do not start alike: they would train apart.

    Args:
        strategy: of all workers.
        **values: by name, arrays one after another that must be the same on all.

    Raises:
        ValueError: they are not, with the names of those that differ.
    """
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return
    sums = []
    for arrays in values.values():
        checksum = 0
        for array in arrays:
            checksum = zlib.crc32(np.ascontiguousarray(array), checksum)
        sums.append(checksum)
    own = strategy.run(lambda: tf.constant([sums], tf.int64))
    found = strategy.gather(own, axis=0).numpy()
    differ = [n for n, column in zip(values, found.T, strict=True) if np.ptp(column)]
    if differ:
        raise ValueError(
            f"The workers do not start alike; these differ: {', '.join(differ)}. Give "
            "all of them the same program, the same pictures and the same checkpoint, "
            "in a folder that all can read."
        )
