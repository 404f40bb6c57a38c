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
    batches = [_pictures_of(batch) for batch in islice(iter(batches), 1100)]
    if not batches:
        return "it gives no batch at all."
    for batch in batches:
        if batch.shape[1:] != (16, 16, 1) or not 1 <= len(batch) <= 16:
            text = "expected (16, 16, 16, 1): 16 pictures of 16 × 16 pixels, in grey"
            return f"a batch has the shape {batch.shape}; {text}."
    if len(batches) == 1100:
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
    if np.abs(greys - np.rint(greys)).max() > 0.1:
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
    require_function(record_stages, 3)
    for num_epochs, white in ((3, 1.0), (5, 0.5)):
        mistake = _find_wrong_record(record_stages, num_epochs, white)
        if mistake:
            return mistake
    return None


def _find_wrong_record(record_stages, num_epochs, white):
    import keras

    ends = white * (np.eye(19)[17] - np.eye(19)[18])
    reveal = keras.layers.Dense(19)  # the noise, tenths of the epoch, white and -white
    parts = [reveal, keras.layers.Dropout(0.5), keras.layers.Reshape((1, 19, 1))]
    generator = keras.Sequential([keras.Input((16,)), *parts])
    reveal.set_weights([0.1 * np.eye(16, 19), ends])

    def train_one_epoch():
        reveal.bias.assign_add(0.1 * np.eye(19)[16])

    stages = record_stages(generator, train_one_epoch, num_epochs)
    if stages is None:
        return _NOTHING
    if not hasattr(stages, "__iter__") and not hasattr(stages, "__getitem__"):
        return f"give a list with the pictures of each stage, not {describe(stages)}."
    try:
        stages = [np.asarray(stage, float) for stage in stages]
    except (TypeError, ValueError):
        return "your list is to hold the pictures of each stage, and nothing else."
    trained = round(10 * float(reveal.bias[16]))
    if trained != num_epochs:
        often = {0: "never called", 1: "called once", 2: "called twice"}
        called = often.get(trained, f"called {trained} times")
        text = f"`train_one_epoch` was {called}, for {num_epochs} epochs"
        return f"{text}. Call it once for each epoch."
    if not stages:
        return "your list holds no stage at all."
    for stage in stages:
        if stage.shape != (4, 1, 19, 1):
            text = "expected (4, 1, 19, 1): four pictures, as this generator makes them"
            return f"a stage of yours has the shape {stage.shape}; {text}."
    stages = [stage[:, 0, :, 0] for stage in stages]
    if not np.isfinite(stages).all():
        return "your stages hold values that are no numbers (NaN), or endless."
    return _find_wrong_stage(stages, white, list(range(1, num_epochs + 1)))


def _find_wrong_stage(stages, white, expected):
    noise = [stage[:, :16] for stage in stages]
    ends = np.concatenate(stages)[:, 17:]
    epochs = [round(10 * stage[0, 16]) for stage in stages]
    at_random = np.ptp(ends, axis=0).any()
    if at_random and all(np.ptp(stage[:, 17:], axis=0).any() for stage in stages):
        return "with `training=True` pictures depend on chance: use False."
    if at_random or not np.array_equal(ends[0], [white, -white]):
        return (
            f"the generator made {white:g} and {-white:g}, and in your stages these "
            f"are {ends[0, 0]:.4g} and {ends[0, 1]:.4g}. Give the pictures as the "
            "generator makes them."
        )
    if epochs != expected:
        text = f"your stages were drawn after {epochs} epochs; expected {expected}"
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
    require_function(train_step, 5)
    for make_players, num_images in ((_small_players, 12), (_unequal_players, 5)):
        mistake = _find_wrong_step(train_step, make_players, num_images)
        if mistake:
            return mistake
    return None


def _find_wrong_step(train_step, make_players, num_images):
    import tensorflow as tf

    latents, modes, moved = [], [], []
    players = make_players(latents, modes)
    modes.clear()  # Keras has called them already, to build them
    optimizers = [_optimizer(k, players, moved) for k in range(2)]
    shape = num_images, *players[0].output_shape[1:]
    noise = np.random.default_rng(0).normal(0.3, 0.7, shape)
    real_images = tf.constant(noise, tf.float32)
    train_step(real_images, *players, *optimizers)
    return (
        _find_wrong_moves(players, optimizers, moved)
        or _find_wrong_calls(latents, modes)
        or _find_wrong_loss(real_images, players, make_players([], []), latents)
    )


_NAMES = "generator", "discriminator"


def _small_players(latents, modes):
    parts = [_dense(16, "tanh", 1), (4, 4, 1)]
    return _build_players(latents, modes, parts, [_dense(8, "leaky_relu", 2)])


def _unequal_players(latents, modes):
    """A generator with six weights, and a discriminator with four, of other sizes."""
    parts = [_dense(20, "tanh", 4), _dense(9, "relu", 5), _dense(30, "tanh", 6)]
    return _build_players(latents, modes, [*parts, (3, 5, 2)], [_dense(3, "tanh", 7)])


def _dense(units, activation, seed):
    """A layer whose first weights are independent of what the learner has drawn."""
    from keras import initializers, layers

    first = initializers.RandomNormal(stddev=0.5, seed=seed)
    return layers.Dense(units, activation, kernel_initializer=first)


def _build_players(seen, modes, parts, verdict):
    """A generator and a discriminator, always the same, that note how they are called.

    `seen` gets the latents, and `modes` what the generator is told of `training`. The
    last of `parts` is the shape of a picture.
    """
    import keras
    import tensorflow as tf
    from keras import layers

    class Note(layers.Layer):
        def call(self, latents, training=None):
            modes.append(training)
            if tf.executing_eagerly():  # a time limit in a `py_function` ends Python
                seen.append(latents.numpy())
            else:
                tf.py_function(lambda x: seen.append(x.numpy()), [latents], [])
            return latents

    *parts, shape = parts
    generator = [keras.Input((16,)), Note(), *parts, layers.Reshape(shape)]
    verdict = [keras.Input(shape), layers.Flatten(), *verdict, _dense(1, None, 3)]
    return keras.Sequential(generator), keras.Sequential(verdict)


def _optimizer(place, players, moved):
    """Plain descent for one of two players, which notes what it is given to move.

    It is built before: a compiled function may not make variables in its second call.
    """
    import keras

    class Noted(keras.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            if trainable_variables is None:
                trainable_variables = players[place].trainable_variables
            variables = list(trainable_variables)
            moved.append((place, {id(variable) for variable in variables}))
            super().apply(grads, variables)

    optimizer = Noted(0.5)
    optimizer.build([v for player in players for v in player.trainable_variables])
    return optimizer


def _find_wrong_moves(players, optimizers, moved):
    own = [set(map(id, player.trainable_variables)) for player in players]
    given = [set().union(*(ids for k, ids in moved if k == place)) for place in (0, 1)]
    got = [[n for n, o in zip(_NAMES, own, strict=True) if o & ids] for ids in given]
    for place in sorted((0, 1), key=lambda place: -len(got[place])):
        name = _NAMES[place]
        if not got[place]:
            text = f"the optimizer of the {name} is not used"
            return f"{text}. Let it move the weights of the {name}."
        if got[place] != [name]:
            text = f"the optimizer of the {name} moves the "
            text += f"{' and the '.join(got[place])}. It should move the {name} alone"
            return f"{text}: which weights does it get?"
    for place, name in enumerate(_NAMES):
        if given[place] != own[place]:
            text = f"the optimizer of the {name} is not given all of its weights"
            return f"{text}. They are `{name}.trainable_variables`."
    for optimizer, name in zip(optimizers, _NAMES, strict=True):
        num_steps = int(optimizer.iterations)
        if num_steps != 1:
            text = f"the {name} takes {num_steps} steps for each batch"
            return f"{text}. Let each player take one."
    return None


def _find_wrong_calls(latents, modes):
    for rows in latents:
        if len(rows) < 2 or len(np.unique(rows, axis=0)) < len(rows):
            return (
                "pictures of one batch are made from the same latent. Draw a latent of "
                "its own for each: `tf.random.normal((tf.shape(images)[0], 16))`."
            )
    # The discriminator may have no layer that works otherwise while it trains.
    if not modes or not all(isinstance(mode, int) and mode for mode in modes):
        often = "not always" if any(modes) else "never"
        text = f"the generator is {often} called with `training=True`"
        return f"{text}. A step trains: its BatchNormalization must know."
    return None


def _find_wrong_loss(real_images, new, old, latents):
    """Down which losses the players went from their old weights to their new ones."""
    from gan_tutorial import losses

    (new_generator, new_discriminator), (generator, discriminator) = new, old
    d_loss = losses.non_saturating_discriminator_loss
    g_loss = losses.non_saturating_generator_loss

    def logits(some, judge=discriminator, maker=generator):
        return judge(real_images if some is None else maker(some))

    def right_d_loss(some):
        return d_loss(logits(None), logits(some))

    def right_g_loss(some):
        return g_loss(logits(some, new_discriminator))

    d_losses = {
        None: right_d_loss,
        "the discriminator learns to call real pictures fake. Look at the order of the "
        "logits in its loss: real ones come first.": lambda some: d_loss(
            logits(some), logits(None)
        ),
        "the generator moves first here, and the discriminator judges its new "
        "pictures. In our order the discriminator moves first.": lambda some: d_loss(
            logits(None), logits(some, maker=new_generator)
        ),
    }
    g_losses = {
        None: right_g_loss,
        "the generator follows the discriminator of before. It moves second, when the "
        "moved discriminator has judged its pictures again.": lambda some: g_loss(
            logits(some)
        ),
    }
    return _name_loss(
        "That loss holds the logits of real pictures, with the target 1, and those of "
        "the generator's pictures, with 0. It takes them without a sigmoid.",
        *("discriminator", discriminator, new_discriminator, d_losses, latents),
    ) or _name_loss(
        "That loss holds what the moved discriminator says of the generator's own "
        "pictures, with the target 1, and nothing else: no sigmoid.",
        *("generator", generator, new_generator, g_losses, latents),
    )


def _name_loss(hint, name, old, new, losses, latents):
    """The key of the loss whose gradient leads from old weights to new ones.

    Where it is none of these, a sentence with what the loss became, and should become.
    """
    import tensorflow as tf

    def flat(arrays):
        return np.concatenate([np.ravel(array) for array in arrays])

    step, values = flat(old.get_weights()) - flat(new.get_weights()), []
    for message, loss in losses.items():
        for some in latents[:10]:  # the step may have drawn more than once
            with tf.GradientTape() as tape:
                value = loss(some)
            gradient = tape.gradient(value, old.trainable_variables)
            lengths = np.linalg.norm(step) * np.linalg.norm(flat(gradient))
            if step @ flat(gradient) > (1 - 1e-5) * lengths > 0:
                return message
            if message is None:
                values = values or [value, gradient, some]
    before, gradient, some = values
    kept, reached = old.get_weights(), []
    for weights in (
        new.get_weights(),
        [w - 0.5 * g for w, g in zip(kept, gradient, strict=True)],
    ):
        old.set_weights(weights)
        reached.append(float(losses[None](some)))
    old.set_weights(kept)
    return (
        f"the {name} does not take one step down its loss. On {len(some)} pictures "
        f"that loss went from {before:.3f} to {reached[0]:.3f}; a right step ends at "
        f"{reached[1]:.3f}. {hint}"
    )
