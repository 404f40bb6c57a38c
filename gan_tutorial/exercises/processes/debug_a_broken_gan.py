"""Lesson 05: batches, stages and a step that were mended."""

from itertools import islice

import numpy as np

from gan_tutorial.exercises import call, require_function
from gan_tutorial.exercises._words import describe

_NOTHING = "your function gives nothing back. End it with `return`."


def mend_batches(make_batches):
    """Looks at the shapes, the range of the pixels and the order of the pictures.

    The first two pixels of a picture tell its kind, one of four, and its number in
    there. The next two are black and white.
    """
    number = np.arange(1000)
    pictures = np.empty((1000, 16, 16, 1), np.uint8)
    pictures[:] = (number % 256)[:, None, None, None]
    pictures[:, 0, 0, 0] = number // 256 * 85
    pictures[:, 0, 2, 0], pictures[:, 0, 3, 0] = 0, 255
    batches = call(make_batches, pictures)
    if batches is None:
        return _NOTHING
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        return f"a `for` loop cannot go through {describe(batches)}. Give batches."
    batches = [_pictures_of(batch) for batch in islice(iter(batches), 300)]
    if not batches:
        return "it gives no batch at all."
    for batch in batches:
        if batch.shape[1:] != (16, 16, 1) or not 1 <= len(batch) <= 16:
            text = "expected (16, 16, 16, 1): 16 pictures of 16 × 16 pixels, in grey"
            return f"a batch has the shape {batch.shape}; {text}."
    if len(batches) == 300:
        return "it does not end. One pass over the pictures is an epoch."
    pixels = np.concatenate(batches)[:, 0, :4, 0].astype(float)
    return _find_wrong_range(pixels) or _find_disorder(pixels, [*map(len, batches)])


def _pictures_of(batch):
    """The pictures of a batch, which may come with labels."""
    if isinstance(batch, dict):
        batch = batch.get("images")
    return np.asarray(batch[0] if isinstance(batch, tuple) else batch)


def _find_wrong_range(pixels):
    black, white = pixels[:, 2:].T
    if np.ptp(black) > 0.01 or np.ptp(white) > 0.01 or black[0] == white[0]:
        return "the pixels are not those of the pictures. Change their values only."
    if not np.allclose([black[0], white[0]], [-1, 1], atol=1e-3):
        text = f"0 (black) became {black[0]:.3g}, and 255 (white) became {white[0]:.3g}"
        return f"{text}. A generator that ends with tanh makes −1 and 1 of them."
    greys = (pixels + 1) * 127.5
    if np.abs(greys - np.rint(greys)).max() > 0.02:
        return "the greys between black and white are not in proportion."
    return None


def _find_disorder(pixels, sizes):
    kind, number = np.rint((pixels[:, :2] + 1) * 127.5).astype(int).T
    number += kind // 85 * 256
    # A short last batch may be left out.
    if len(set(number)) < len(number) or len(number) < 1000 - 15:
        return "each picture is to come once in an epoch, none twice, none never."
    if sizes.count(16) < len(sizes) - 1:  # one may be shorter
        return f"a batch is to hold 16 pictures. Yours hold {min(sizes)} or more."
    if np.all(np.diff(number) > 0):
        return "the range is right, but the pictures come in the order of the file."
    if np.mean(np.diff(number) == 1) > 0.5:
        return (
            "the range is right, and the batches are shuffled, but each of them still "
            "holds one kind. Which comes first, `batch` or `shuffle`?"
        )
    # 0 on average where all are mixed; 0.25 is eight times its usual deviation.
    is_moved = abs(np.corrcoef(number, np.arange(len(number)))[0, 1]) < 0.25
    kinds = np.split(kind, np.cumsum(sizes)[:-1])
    if not is_moved or np.mean([len(set(batch)) for batch in kinds]) <= 2.5:
        return "the pictures are hardly mixed: shuffle over the whole data set."
    if len(set(np.diff(number))) < 100:  # by chance, most of them are different
        return "the pictures come in a fixed pattern. Mix them by chance: `shuffle`."
    return None


def mend_stages(record_stages):
    """Reads off the pictures of which noise, epoch, mode and range they are."""
    require_function(record_stages)
    import keras

    reveal = keras.layers.Dense(19)  # the noise, tenths of the epoch, and 1 and -1
    parts = [reveal, keras.layers.Dropout(0.5), keras.layers.Reshape((1, 19, 1))]
    generator = keras.Sequential([keras.Input((16,)), *parts])
    reveal.set_weights([0.1 * np.eye(16, 19), np.eye(19)[17] - np.eye(19)[18]])

    def train_one_epoch():
        reveal.bias.assign_add(0.1 * np.eye(19)[16])

    stages = record_stages(generator, train_one_epoch, 3)
    if stages is None:
        return _NOTHING
    try:
        stages = [np.asarray(stage, float) for stage in stages]
    except (TypeError, ValueError):
        return f"give a list with the pictures of each stage, not {describe(stages)}."
    if {stage.shape[1:] for stage in stages} != {(1, 19, 1)}:
        return "give the pictures of each stage as the generator makes them."
    if any(len(stage) != 4 for stage in stages):
        return f"a stage is to hold four pictures. Yours holds {len(stages[0])}."
    num_epochs = round(10 * float(reveal.bias[16]))
    if num_epochs != 3:
        often = {0: "never called", 1: "called once", 2: "called twice"}
        called = often.get(num_epochs, f"called {num_epochs} times")
        text = f"`train_one_epoch` was {called}, for 3 epochs"
        return f"{text}. Call it once for each epoch."
    return _find_wrong_stage([stage[:, 0, :, 0] for stage in stages])


def _find_wrong_stage(stages):
    noise = [stage[:, :16] for stage in stages]
    ends = np.concatenate(stages)[:, 17:]
    if np.ptp(ends, axis=0).any():  # by the dropout
        return "with `training=True` pictures depend on chance: use False."
    if not np.array_equal(ends[0], [1, -1]):
        return (
            f"in your stages white is {ends[0, 0]:.4g} and black is {ends[0, 1]:.4g}. "
            "Give the pictures as the generator makes them, from −1 to 1."
        )
    epochs = [round(10 * stage[0, 16]) for stage in stages]
    if epochs != [1, 2, 3]:
        text = f"your stages were drawn after {epochs} epochs; expected [1, 2, 3]"
        return f"{text}: one right after each epoch."
    if any(not np.array_equal(noise[0], other) for other in noise):
        return (
            "the moments are right. One fault is left: each stage has noise of its "
            "own, so that one design cannot be followed from stage to stage."
        )
    if len(np.unique(noise[0], axis=0)) < 4:
        return "pictures of a stage are the same. Give each one its own noise."
    return None


def mend_step(train_step):
    """Compares how both players moved with the gradients of their losses."""
    require_function(train_step)
    import keras
    import tensorflow as tf

    latents, modes, names = [], [], ("generator", "discriminator")
    players = _build_players(latents, modes)
    optimizers = [keras.optimizers.SGD(0.5) for _ in players]
    noise = np.random.default_rng(0).normal(0.3, 0.7, (12, 4, 4, 1))
    real_images = tf.constant(noise, tf.float32)
    train_step(real_images, *players, *optimizers)
    for name, optimizer in zip(names, optimizers, strict=True):
        moved = {id(variable) for variable in optimizer._trainable_variables}
        got = [
            other
            for other, player in zip(names, players, strict=True)
            if moved & set(map(id, player.trainable_variables))
        ]
        if got != [name]:
            text = f"the optimizer of the {name} moves {' and '.join(got) or 'nobody'}"
            return f"{text}. It should move the {name} alone: which weights has it?"
    for name, optimizer in zip(names, optimizers, strict=True):
        num_steps = int(optimizer.iterations)
        if num_steps != 1:
            text = f"the {name} takes {num_steps} steps for each batch"
            return f"{text}. Let each player take one."
    for rows in latents:
        if len(rows) < 2 or len(np.unique(rows, axis=0)) < len(rows):
            return (
                "pictures of one batch are made from the same latent. Draw a latent of "
                "its own for each: `keras.random.normal((len(real_images), 16))`."
            )
    # The discriminator may have no layer that works otherwise while it trains.
    if not any(isinstance(mode, int) and mode for mode in modes):
        text = "the generator is never called with `training=True`"
        return f"{text}. A step trains: its BatchNormalization must know."
    return _find_wrong_loss(real_images, *players, latents)


def _build_players(seen, modes):
    """A generator and a discriminator, always the same, that note how they are called.

    `seen` gets the latents, and `modes` what the generator is told of `training`.
    """
    import keras
    import tensorflow as tf
    from keras import layers

    class Note(layers.Layer):
        def call(self, latents, training=None):
            modes.append(training)
            # Also inside of a compiled function.
            tf.py_function(lambda x: seen.append(x.numpy()), [latents], [])
            return latents

    def dense(units, activation, seed):  # independent of what the learner has drawn
        first = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
        return layers.Dense(units, activation, kernel_initializer=first)

    images = [Note(), dense(16, "tanh", 1), layers.Reshape((4, 4, 1))]
    verdict = [layers.Flatten(), dense(8, "leaky_relu", 2), dense(1, None, 3)]
    generator = keras.Sequential([keras.Input((16,)), *images])
    return generator, keras.Sequential([keras.Input((4, 4, 1)), *verdict])


def _find_wrong_loss(real_images, new_generator, new_discriminator, latents):
    """Down which losses the players went from where `_build_players` puts them."""
    from gan_tutorial import losses

    generator, discriminator = _build_players([], [])
    d_loss = losses.non_saturating_discriminator_loss
    g_loss = losses.non_saturating_generator_loss

    def logits(some, judge=discriminator, maker=generator):
        return discriminator(real_images) if some is None else judge(maker(some))

    d_losses = {
        None: lambda some: d_loss(logits(None), logits(some)),
        "the discriminator learns to call real pictures fake. Look at the order of the "
        "logits in its loss: real ones come first.": lambda some: d_loss(
            logits(some), logits(None)
        ),
        "the generator moves first here, and the discriminator judges its new "
        "pictures. In our turn the discriminator moves first.": lambda some: d_loss(
            logits(None), logits(some, maker=new_generator)
        ),
    }
    g_losses = {
        None: lambda some: g_loss(logits(some, new_discriminator)),
        "the generator follows the discriminator of before. It moves second, when the "
        "moved discriminator has judged its pictures again.": lambda some: g_loss(
            logits(some)
        ),
        "the generator has the saturating loss now. Keep the other one.": (
            lambda some: losses.minimax_generator_loss(logits(some, new_discriminator))
        ),
    }
    return _name_loss(
        "the discriminator does not take one step down its loss. That holds the logits "
        "of real pictures and those of the generator's, each as they are.",
        *(discriminator, new_discriminator, d_losses, latents),
    ) or _name_loss(
        "the generator does not take one step down its loss. That holds the logits of "
        "its own pictures, as they are.",
        *(generator, new_generator, g_losses, latents),
    )


def _name_loss(otherwise, old, new, losses, latents):
    """The key of the loss whose gradient leads from old weights to new ones."""
    import tensorflow as tf

    def flat(arrays):
        return np.concatenate([np.ravel(array) for array in arrays])

    step = flat(old.get_weights()) - flat(new.get_weights())
    for message, loss in losses.items():
        for some in latents[:10]:  # the step may have drawn more than once
            with tf.GradientTape() as tape:
                value = loss(some)
            gradient = flat(tape.gradient(value, old.trainable_variables))
            lengths = np.linalg.norm(step) * np.linalg.norm(gradient)
            if step @ gradient > (1 - 1e-5) * lengths > 0:
                return message
    return otherwise
