"""Lesson 05: batches, stages and a step that were mended."""

from itertools import islice

import numpy as np

from gan_tutorial.exercises import call, require_function
from gan_tutorial.exercises._words import describe

_NOTHING = "your function gives nothing back. End it with `return`."


_NUM_PICTURES, _PER_KIND = 1000, 256


def _sorted_pictures():
    """Four kinds of pictures, one after the other.

    The first two pixels tell the kind and the number, the next two are black and white.
    """
    number = np.arange(_NUM_PICTURES)
    pictures = np.empty((_NUM_PICTURES, 16, 16, 1), np.uint8)
    pictures[:] = (number % _PER_KIND)[:, None, None, None]
    pictures[:, 0, 0, 0] = number // _PER_KIND * 85
    pictures[:, 0, 2, 0], pictures[:, 0, 3, 0] = 0, 255
    return pictures


def _pictures_of(batch):
    """The pictures of a batch, which may come with labels."""
    if isinstance(batch, dict):
        batch = batch.get("images")
    return np.asarray(batch[0] if isinstance(batch, tuple) else batch)


def mend_batches(make_batches):
    """Looks at the shapes, the range of the pixels and the order of the pictures."""
    batches = call(make_batches, _sorted_pictures())
    if batches is None:
        return _NOTHING
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        return f"a `for` loop cannot go through {describe(batches)}. Give batches."
    batches = [_pictures_of(batch) for batch in islice(iter(batches), 300)]
    if not batches:
        return "it gives no batch at all."
    for batch in batches:
        if batch.shape[1:] != (16, 16, 1) or not 1 <= len(batch) <= 16:
            text = "16 pictures, each 16 pixels high and 16 wide, in grey"
            got = f"a batch has the shape {batch.shape}"
            return f"{got}; expected (16, 16, 16, 1): {text}."
    if len(batches) == 300:
        return "it does not end. One pass over the pictures is an epoch."
    pixels = np.concatenate(batches)[..., 0].astype(float)
    black, white = pixels[:, 0, 2], pixels[:, 0, 3]
    if np.ptp(black) > 0.01 or np.ptp(white) > 0.01 or black[0] == white[0]:
        return "the pixels are not those of the pictures. Change their values only."
    if not np.allclose([black[0], white[0]], [-1, 1], atol=1e-3):
        text = f"0 (black) became {black[0]:.3g}, and 255 (white) became {white[0]:.3g}"
        return f"{text}. A generator that ends with tanh makes −1 and 1 of them."
    return _find_disorder((pixels[:, 0, :2] + 1) * 127.5, [*map(len, batches)])


def _find_disorder(pixels, sizes):
    """What is wrong with the order; `pixels` are the kind and the number of each."""
    whole = np.rint(pixels).astype(int)
    if np.abs(pixels - whole).max() > 0.02:
        return "the greys between black and white are not in proportion."
    number = whole[:, 0] // 85 * _PER_KIND + whole[:, 1]
    # A short last batch may be left out.
    if len(set(number)) < len(number) or len(number) < _NUM_PICTURES - 15:
        return "each picture is to come once in an epoch, none twice, none never."
    if sizes.count(16) < len(sizes) - 1:  # one may be shorter
        return f"a batch is to hold 16 pictures. Yours hold {min(sizes)} or more."
    if np.all(np.diff(number) > 0):
        return "the range is right, but the pictures come in the order of the file."
    kinds = np.split(whole[:, 0], np.cumsum(sizes)[:-1])
    is_mixed = np.mean([len(set(batch)) for batch in kinds]) > 2.5
    # 0 on average where all are mixed; 0.25 is eight times its usual deviation.
    is_moved = np.corrcoef(number, np.arange(len(number)))[0, 1] < 0.25
    if not is_mixed and is_moved:
        return (
            "the range is right, and the batches are shuffled, but each of them still "
            "holds one kind. Which comes first, `batch` or `shuffle`?"
        )
    if not is_moved:
        return "the pictures are hardly mixed: shuffle over the whole data set."
    if len(set(np.diff(number))) < 100:  # by chance, most of them are different
        return "the pictures come in a fixed pattern. Mix them by chance: `shuffle`."
    return None


# 3. Stages that are all drawn from the final generator


def _build_counting_generator():
    """A generator whose pictures show their noise, its epoch, and its mode."""
    import keras

    class Reveal(keras.layers.Layer):
        def build(self, shape):
            self.epoch = self.add_weight(shape=(), initializer="zeros", name="epoch")

        def call(self, noise, training=False):
            ones = keras.ops.ones_like(noise[:, :1])
            mode = ones if training else 0 * ones
            parts = [noise, self.epoch * ones, mode]
            return keras.ops.concatenate(parts, axis=1)[:, None, :, None]

    noise = keras.Input((16,))
    reveal = Reveal()
    return keras.Model(noise, reveal(noise)), reveal.epoch


def mend_stages(record_stages):
    """Reads off the pictures of which noise, epoch and mode they are."""
    require_function(record_stages)
    generator, epoch = _build_counting_generator()

    def train_one_epoch():
        epoch.assign_add(1)

    stages = record_stages(generator, train_one_epoch, 3)
    if stages is None:
        return _NOTHING
    try:
        stages = [np.asarray(stage, float) for stage in stages]
    except (TypeError, ValueError):
        return f"give a list with the pictures of each stage, not {describe(stages)}."
    if {stage.shape[1:] for stage in stages} != {(1, 18, 1)}:
        return "give the pictures of each stage as the generator makes them."
    if any(len(stage) != 4 for stage in stages):
        return f"a stage is to hold four pictures. Yours holds {len(stages[0])}."
    if int(epoch.numpy()) != 3:
        text = f"`train_one_epoch` was called {int(epoch.numpy())} times"
        return f"{text}, for 3 epochs. Call it once for each epoch."
    noise = [stage[:, 0, :16, 0] for stage in stages]
    epochs = [int(stage[0, 0, 16, 0]) for stage in stages]
    if epochs != [1, 2, 3]:
        text = f"your stages were drawn after {epochs} epochs; expected [1, 2, 3]"
        return f"{text}: one right after each epoch."
    if any(not np.array_equal(noise[0], other) for other in noise[1:]):
        return (
            "the moments are right. One fault is left: each stage has noise of its "
            "own, so that one design cannot be followed from stage to stage."
        )
    if len(np.unique(noise[0], axis=0)) < 4:
        return "pictures of a stage are the same. Give each one its own noise."
    if any(stage[0, 0, 17, 0] for stage in stages):
        return "with `training=True` pictures depend on each other: use False."
    return None


# 4. A training step with a crash and two silent faults


def _build_players(seen):
    """A generator and a discriminator, always the same; `seen` gets the latents."""
    import keras
    import tensorflow as tf
    from keras import layers

    class Note(layers.Layer):
        def call(self, latents):  # also inside of a compiled function
            tf.py_function(lambda x: seen.append(x.numpy()), [latents], [])
            return latents

    def dense(units, activation, seed):  # independent of what the learner has drawn
        first = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
        return layers.Dense(units, activation, kernel_initializer=first)

    images = [Note(), dense(16, "tanh", 1), layers.Reshape((4, 4, 1))]
    verdict = [layers.Flatten(), dense(8, "leaky_relu", 2), dense(1, None, 3)]
    generator = keras.Sequential([keras.Input((16,)), *images])
    return generator, keras.Sequential([keras.Input((4, 4, 1)), *verdict])


def _build_optimizer(moved):
    """Plain gradient descent; `moved` gets the ids of the weights that it moves."""
    import keras

    class Noting(keras.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            moved.add(id(variable))
            super().update_step(gradient, variable, learning_rate)

    return Noting(0.5)


def mend_step(train_step):
    """Compares how both players moved with the gradients of their losses."""
    require_function(train_step)
    import tensorflow as tf

    seen, moved_by_g, moved_by_d = [], set(), set()
    generator, discriminator = players = _build_players(seen)
    noise = np.random.default_rng(0).normal(0.3, 0.7, (12, 4, 4, 1))
    real_images = tf.constant(noise, tf.float32)
    optimizers = _build_optimizer(moved_by_g), _build_optimizer(moved_by_d)
    train_step(real_images, *players, *optimizers)

    names = {"generator": generator, "discriminator": discriminator}
    for name, moved in zip(names, (moved_by_g, moved_by_d), strict=True):
        got = [
            player
            for player, network in names.items()
            if moved & {id(variable.value) for variable in network.trainable_variables}
        ]
        if got != [name]:
            text = f"the optimizer of the {name} moves {' and '.join(got) or 'nobody'}"
            return f"{text}. It should move the {name} alone: which weights has it?"
    return _find_wrong_step(real_images, generator, discriminator, seen)


def _find_wrong_step(real_images, new_generator, new_discriminator, latents):
    """Which losses the players went down, from where `_build_players` puts them."""
    from gan_tutorial import losses

    generator, discriminator = _build_players([])
    d_loss = losses.non_saturating_discriminator_loss
    g_loss = losses.non_saturating_generator_loss

    def judge(some):
        return discriminator(generator(some))

    d_losses = {
        None: lambda some: d_loss(discriminator(real_images), judge(some)),
        "the discriminator learns to call real pictures fake. Look at the order of the "
        "logits in its loss: real ones come first.": lambda some: d_loss(
            judge(some), discriminator(real_images)
        ),
    }
    g_losses = {
        None: lambda some: g_loss(new_discriminator(generator(some))),
        "the generator follows the discriminator of before. It moves second, when the "
        "moved discriminator has judged its pictures again.": lambda some: g_loss(
            judge(some)
        ),
        "the generator has the saturating loss now. Keep the other one.": (
            lambda some: losses.minimax_generator_loss(
                new_discriminator(generator(some))
            )
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

    pairs = zip(old.get_weights(), new.get_weights(), strict=True)
    step = np.concatenate([np.ravel(before - after) for before, after in pairs])
    for message, loss in losses.items():
        for some in latents[:10]:  # the step may have drawn more than once
            with tf.GradientTape() as tape:
                value = loss(some)
            gradient = tape.gradient(value, old.trainable_variables)
            gradient = np.concatenate([np.ravel(part) for part in gradient])
            lengths = np.linalg.norm(step) * np.linalg.norm(gradient)
            if step @ gradient > (1 - 1e-5) * lengths > 0:
                return message
    return otherwise
