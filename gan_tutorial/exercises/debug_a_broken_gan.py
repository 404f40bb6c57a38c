"""Exercises of lesson 05: four broken programs, to be mended."""

import warnings
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np

from gan_tutorial.exercises import Exercise, grade

# 1. A loss with inverted labels and a sigmoid too many


def _cross_entropy(label, logits):
    """Mean of `-log p` for the label 1 and of `-log(1 - p)` for 0; p = sigmoid."""
    return np.mean(np.logaddexp(0, logits) - label * np.asarray(logits))


def _d_loss(real_label, fake_label, squash=lambda logits: logits, join=np.add):
    def loss(real_logits, fake_logits):
        return join(
            _cross_entropy(real_label, squash(real_logits)),
            _cross_entropy(fake_label, squash(fake_logits)),
        )

    return loss


def _sigmoid(logits):
    return 1 / (1 + np.exp(-np.asarray(logits, float)))


def _as_probabilities(real_label, fake_label):
    """The logits are cut to 0…1 and taken as probabilities, as Keras does."""

    def loss(real_logits, fake_logits):
        real, fake = (np.clip(x, 1e-7, 1 - 1e-7) for x in (real_logits, fake_logits))
        real_loss = -np.mean(np.log(real if real_label else 1 - real))
        return real_loss - np.mean(np.log(fake if fake_label else 1 - fake))

    return loss


def _of_each_picture(real_logits, fake_logits):
    """The right loss without its mean."""
    return np.logaddexp(0, -real_logits) + np.logaddexp(0, fake_logits)


def _negated(loss):
    return lambda real_logits, fake_logits: -loss(real_logits, fake_logits)


def _repaired_by_keras(real_logits, fake_logits):
    """The sigmoid of Keras before its loss for logits, which notices it and warns."""
    import keras

    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    real, fake = (
        keras.activations.sigmoid(keras.ops.convert_to_tensor(logits))
        for logits in (real_logits, fake_logits)
    )
    return loss(np.ones(real.shape), real) + loss(np.zeros(fake.shape), fake)


_REPAIRED = (
    "Keras has noticed its own sigmoid and undone it, with a warning. Plain maths does "
    "not. Give the loss the logits themselves, then check again."
)


def _judge_loss(by_value, loss):
    """Compares values, and looks for Keras's warning: it repairs one fault silently."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = grade(by_value, loss)
    if result.state == "open":
        return None
    if any("produced by a Sigmoid" in str(warning.message) for warning in caught):
        return _REPAIRED
    return "" if result.state == "right" else result.message


mend_loss = Exercise(
    reference=_d_loss(1, 0),
    why="real pictures have the label 1 and made ones 0, and the sigmoid is taken "
    "once.",
    hint="Which label do real pictures have? How often is the sigmoid taken? The loss "
    "is one number, the sum of two means.",
    tolerance=1e-4,
    cases=(
        (
            np.array([[2.0], [-0.5], [1.0]], np.float32),
            np.array([[-1.0], [0.25], [-3.0]], np.float32),
        ),
        (
            np.array([[0.5], [3.0]], np.float32),
            np.array([[1.5], [-0.75]], np.float32),
        ),
    ),
    misconceptions={
        "nothing mended": (
            "it gives what it gave before. Two faults are in it: what the labels say, "
            "and what happens to the logits before the loss.",
            _d_loss(0, 1, _sigmoid),
        ),
        "labels only": (
            "the labels are right now. One fault is left: the sigmoid is taken twice, "
            "before the loss and in it.",
            _d_loss(1, 0, _sigmoid),
        ),
        "sigmoid only": (
            "the sigmoid is taken once now. One fault is left: what do the labels say "
            "about the real pictures?",
            _d_loss(0, 1),
        ),
        "one sigmoid": (
            "one part is right now. In the other one the sigmoid is still taken twice.",
            lambda r, f: _cross_entropy(1, _sigmoid(r)) + _cross_entropy(0, f),
            lambda r, f: _cross_entropy(1, r) + _cross_entropy(0, _sigmoid(f)),
        ),
        "logits first": (
            "the loss takes the labels first and then the logits. Here they are "
            "exchanged.",
            lambda r, f: _cross_entropy(r, np.ones(1)) + _cross_entropy(f, np.zeros(1)),
        ),
        "smooth labels": (
            "labels such as 0.9 are a technique of its own (smoothing). Here a real "
            "picture has the label 1, a made one 0.",
            *(_d_loss(label, 0) for label in (0.9, 0.95, 0.8)),
            _d_loss(0.9, 0.1),
        ),
        "one label": (
            "now both kinds of pictures have the same label, so nothing tells them "
            "apart.",
            *(
                _d_loss(label, label, f)
                for label in (0, 1)
                for f in (np.array, _sigmoid)
            ),
        ),
        "logits as probabilities": (
            "without the sigmoid, the loss must know that it gets logits: keep "
            "`from_logits=True`.",
            _as_probabilities(1, 0),
            _as_probabilities(0, 1),
        ),
        "minus": (
            "one part has the wrong sign. Both parts are at least 0, and so is their "
            "sum.",
            _d_loss(1, 0, join=np.subtract),
            _d_loss(1, 0, join=lambda real_loss, fake_loss: fake_loss - real_loss),
        ),
        "negated": (
            "the sign of the whole loss is wrong. A cross-entropy is never below 0, "
            "and the optimizer makes it small. To take a minus does not exchange the "
            "labels.",
            *(
                _negated(_d_loss(real, 1 - real, squash))
                for real in (1, 0)
                for squash in (np.array, _sigmoid)
            ),
        ),
        "no mean": (
            "this is one loss for each picture. Take the mean over the pictures.",
            _of_each_picture,
            lambda r, f: _of_each_picture(r, f)[:, 0],
        ),
        "half": (
            "this is half of it. The two parts are added, not averaged.",
            _d_loss(
                1, 0, join=lambda real_loss, fake_loss: (real_loss + fake_loss) / 2
            ),
        ),
        "one part": (
            "this is one part only. The discriminator learns from real and from made "
            "pictures.",
            _d_loss(1, 0, join=lambda real_loss, fake_loss: real_loss),
            _d_loss(1, 0, join=lambda real_loss, fake_loss: fake_loss),
        ),
        "generator's loss": (
            "that is the loss of the generator.",
            lambda r, f: _cross_entropy(1, f),
        ),
        "sum": (
            "this grows with the number of pictures. Take the mean of each part.",
            lambda r, f: len(r) * _cross_entropy(1, r) + len(f) * _cross_entropy(0, f),
        ),
        "another loss": (
            "this is a loss of another family. Mend this one: cross-entropy.",
            lambda r, f: np.mean(f) - np.mean(r),
            lambda r, f: np.mean(np.maximum(1 - r, 0)) + np.mean(np.maximum(1 + f, 0)),
            lambda r, f: (np.mean((r - 1) ** 2) + np.mean(f**2)) / 2,
            lambda r, f: np.mean((r - 1) ** 2) + np.mean(f**2),
        ),
    },
)
mend_loss = replace(
    mend_loss,
    judge=partial(_judge_loss, mend_loss),
    misconceptions={
        "repaired by Keras": (_REPAIRED, _repaired_by_keras),
        **mend_loss.misconceptions,
    },
)


# 2. Batches of one kind each, in the wrong range

_BATCHES = {
    "no function": "give the mended function by its name alone: `batches_to_mend`.",
    "nothing": "your function gives nothing back. End it with `return`.",
    "no batches": "your function has to give something that a `for` loop can go "
    "through, batch by batch.",
    "no images": "each batch has to hold 16 pictures of 16 × 16 pixels: the shape is "
    "(16, 16, 16, 1).",
    "whole numbers": "the pixels are still whole numbers from 0 to 255. A network "
    "needs decimal numbers from −1 to 1.",
    "0 to 255": "the pixels still go from 0 to 255. A generator that ends with tanh "
    "makes −1 to 1.",
    "0 to 1": "one fault is left: the pixels go from 0 to 1, but a generator that ends "
    "with tanh makes −1 to 1.",
    "both": "both faults are still in it: the range of the pixels, and the order in "
    "which the pictures come.",
    "half a range": "the pixels go from −1 to 0, the dark half of the range. Was "
    "something multiplied first? No uint8 is above 255: 2 × 200 becomes 144.",
    "inverted": "the greys are inverted: dark became light. 0 should become −1, and "
    "255 should become 1.",
    "turned": "the pictures are turned or mirrored. Only the pixels' values should "
    "change, not their places.",
    "fixed order": "each batch has all kinds, but the pictures come in a fixed "
    "pattern. Mix them by chance: `shuffle`.",
    "other range": "the pixels are not in the range from −1 to 1, exactly.",
    "batches shuffled": "one fault is left: the batches are shuffled, but each of them "
    "still holds one kind. Which comes first, `batch` or `shuffle`?",
    "not shuffled": "the range is right, but the pictures come in the order of the "
    "file.",
    "small buffer": "the pictures are hardly mixed. The buffer of `shuffle` must be as "
    "large as the data set.",
    "repeated": "some pictures come again and others do not come. Each one should come "
    "once in an epoch.",
    "endless": "it does not end. One pass over the pictures is an epoch.",
}
_NUM_PICTURES, _PER_KIND = 1000, 256


def _sorted_pictures():
    """Four kinds of pictures, one after the other.

    The first two pixels tell the kind and the number, the next two are marks: black,
    then white.
    """
    numbers = np.arange(_NUM_PICTURES)
    pictures = np.empty((_NUM_PICTURES, 16, 16, 1), np.uint8)
    pictures[:] = (numbers % _PER_KIND)[:, None, None, None]
    pictures[:, 0, 0, 0] = numbers // _PER_KIND * 85
    pictures[:, 0, 2, 0] = 0
    pictures[:, 0, 3, 0] = 255
    return pictures


def _judge_batches(make_batches):
    if not callable(make_batches):
        return _BATCHES["no function"]
    images = _sorted_pictures()
    batches = make_batches(images.copy())
    if batches is None:
        return _BATCHES["nothing"]
    try:
        batches = [_pictures_of(batch) for batch in islice(iter(batches), 300)]
    except TypeError:
        return _BATCHES["no batches"]
    if not batches or any(batch.shape[1:] != (16, 16, 1) for batch in batches):
        return _BATCHES["no images"]
    if max(map(len, batches)) != 16:
        return _BATCHES["no images"]
    if len(batches) == 300:
        return _BATCHES["endless"]
    pixels = np.concatenate(batches)[..., 0]
    low, high = pixels.min(), pixels.max()
    in_0_to_1 = 0 <= low < 0.1 and 0.9 < high <= 1
    if in_0_to_1:
        pixels = 2 * pixels - 1
    elif pixels.dtype.kind in "iu":
        return _BATCHES["whole numbers"]
    elif high > 200:
        return _BATCHES["0 to 255"]
    elif -1.01 < low < -0.9 and -0.1 < high < 0.1:
        return _BATCHES["half a range"]
    elif not (-1.0001 < low < -0.9 and 0.9 < high < 1.0001):
        return _BATCHES["other range"]
    fault = _find_changed_pictures(pixels)
    if fault:
        return fault
    pixels = (pixels[:, 0, :2] + 1) * 127.5
    fault = _find_disorder(pixels, list(map(len, batches)))
    if in_0_to_1:
        return _BATCHES["both" if fault else "0 to 1"]
    return fault


def _pictures_of(batch):
    """The pictures of a batch, which may come with labels."""
    return np.asarray(batch[0] if isinstance(batch, tuple) else batch)


def _find_changed_pictures(pixels):
    """What was done to the pictures, from -1 to 1, as their two marks tell it."""

    def has_marks(pictures):
        return np.allclose(pictures[:, 0, 2:4], [-1, 1], atol=0.01)

    if has_marks(pixels):
        return ""
    if has_marks(-pixels):
        return _BATCHES["inverted"]
    sideways = pixels.swapaxes(1, 2)
    turned = [
        pictures[:, ::down, ::right]
        for pictures in (pixels, sideways)
        for down in (1, -1)
        for right in (1, -1)
    ]
    return _BATCHES["turned" if any(map(has_marks, turned)) else "other range"]


def _find_disorder(pixels, sizes):
    """What is wrong with the order of the pictures.

    `pixels` holds the first two pixels of each, from 0 to 255: its kind and number.
    """
    whole = np.rint(pixels).astype(int)
    if np.abs(pixels - whole).max() > 0.02:
        return _BATCHES["other range"]
    numbers = whole[:, 0] // 85 * _PER_KIND + whole[:, 1]
    # A short last batch may be left out.
    if len(set(numbers)) < len(numbers) or len(numbers) < _NUM_PICTURES - 15:
        return _BATCHES["repeated"]
    if np.all(np.diff(numbers) > 0):
        return _BATCHES["not shuffled"]
    # By chance, most steps from one number to the next differ from each other.
    has_pattern = len(set(np.diff(numbers))) < 100
    # 0 on average where all are mixed; 0.25 is eight times its usual deviation.
    is_moved = np.corrcoef(numbers, np.arange(len(numbers)))[0, 1] < 0.25
    kinds = np.split(whole[:, 0], np.cumsum(sizes)[:-1])
    if np.mean([len(set(batch)) for batch in kinds]) < 2.5:
        return _BATCHES["batches shuffled" if is_moved else "small buffer"]
    if has_pattern:
        return _BATCHES["fixed order"]
    return "" if is_moved else _BATCHES["small buffer"]


def _batches(scale, order, size=16, seed=0):
    """Function that makes batches: of pictures, or of shuffled batches of pictures."""

    def make_batches(images):
        random = np.random.default_rng(seed)
        images = scale(images)
        if order == "pictures":
            images = images[random.permutation(len(images))]
        if order == "buffer":
            keys = np.arange(len(images)) + random.uniform(0, 30, len(images))
            images = images[np.argsort(keys)]
        batches = [images[i : i + size] for i in range(0, len(images), size)]
        if order == "batches":
            batches = [batches[i] for i in random.permutation(len(batches))]
        return batches

    return make_batches


def _to_model_range(images):
    return images / 127.5 - 1


def _interleave(images):
    """The kinds in turns, without chance: each 62nd picture, from each start."""
    stride = len(images) // 16
    parts = [images[start::stride] for start in range(stride)]
    return _to_model_range(np.concatenate(parts))


mend_batches = Exercise(
    reference=_batches(_to_model_range, "pictures"),
    why="the pixels go from −1 to 1, and the pictures are shuffled before they are put "
    "into batches: each batch has pictures of all kinds.",
    hint="Look at the range of the pixels, and at the kinds in one batch.",
    judge=_judge_batches,
    misconceptions={
        "no function": (_BATCHES["no function"], 16, [np.zeros((16, 16, 16, 1))]),
        "nothing": (_BATCHES["nothing"], lambda images: None),
        "no batches": (_BATCHES["no batches"], lambda images: 3),
        "no images": (
            _BATCHES["no images"],
            lambda images: images / 127.5 - 1,
            lambda images: [images / 127.5 - 1],
            _batches(_to_model_range, "pictures", size=32),
            lambda images: [],
        ),
        "whole numbers": (
            _BATCHES["whole numbers"],
            _batches(lambda images: images, "pictures"),
            _batches(lambda images: images, "batches"),
        ),
        "0 to 255": (
            _BATCHES["0 to 255"],
            _batches(lambda images: images.astype("float32"), "pictures"),
        ),
        "both": (
            _BATCHES["both"],
            _batches(lambda images: images / 255, "batches"),
            _batches(lambda images: images / 255, "none"),
        ),
        "0 to 1": (
            _BATCHES["0 to 1"],
            _batches(lambda images: images / 255, "pictures"),
        ),
        "half a range": (
            _BATCHES["half a range"],
            _batches(lambda images: images * 2 / 255 - 1, "pictures"),
            _batches(lambda images: images / 255 - 1, "pictures"),
        ),
        "other range": (
            _BATCHES["other range"],
            _batches(lambda images: images / 127.5, "pictures"),
            _batches(lambda images: images / 255 * 2 - 2, "pictures"),
            _batches(lambda images: images / 255 - 0.5, "pictures"),
        ),
        "inverted": (
            _BATCHES["inverted"],
            _batches(lambda images: 1 - images / 127.5, "pictures"),
            _batches(lambda images: 1 - images / 255, "pictures"),
        ),
        "turned": (
            _BATCHES["turned"],
            _batches(lambda images: _to_model_range(images)[:, ::-1], "pictures"),
            _batches(lambda images: _to_model_range(images)[:, :, ::-1], "pictures"),
            _batches(lambda images: _to_model_range(images).swapaxes(1, 2), "pictures"),
        ),
        "fixed order": (
            _BATCHES["fixed order"],
            _batches(_interleave, "none"),
            _batches(lambda images: _interleave(images)[::-1], "none"),
        ),
        "batches shuffled": (
            _BATCHES["batches shuffled"],
            _batches(_to_model_range, "batches"),
        ),
        "not shuffled": (_BATCHES["not shuffled"], _batches(_to_model_range, "none")),
        "small buffer": (_BATCHES["small buffer"], _batches(_to_model_range, "buffer")),
        "repeated": (
            _BATCHES["repeated"],
            lambda images: [
                _to_model_range(images[np.random.default_rng(i).integers(0, 1000, 16)])
                for i in range(60)
            ],
        ),
    },
)


# 3. Stages that are all drawn from the final generator

_STAGES = {
    "no function": "give the mended function by its name alone: `stages_to_mend`.",
    "nothing": "your function gives nothing back. End it with `return`.",
    "no pictures": "give a list with the pictures of each stage, as the generator "
    "makes them.",
    "four": "each stage has to hold four pictures, of four designs.",
    "extra": "there is one stage too many, from before the training. Draw one after "
    "each epoch.",
    "not trained": "`train_one_epoch` must be called once for each epoch, and no more.",
    "nothing mended": "it gives what it gave before: all stages are of the final "
    "generator. They look different only because each has noise of its own.",
    "after": "one fault is left: all stages are of the final generator. When is "
    "each of them drawn?",
    "before": "all stages are of the generator before its training. When is each of "
    "them drawn?",
    "noise": "one fault is left: each stage has noise of its own, so that one design "
    "cannot be followed from stage to stage.",
    "no end": "the stage after the last epoch is missing.",
    "too few": "there must be one stage after each epoch, in their order.",
    "batch statistics": "the stages are drawn with `training=True`: then each picture "
    "depends on the others of its batch. Use what will be published: training=False.",
    "one noise": "all pictures of a stage are the same. Give each one its own noise.",
}


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


def _judge_stages(record_stages):
    if not callable(record_stages):
        return _STAGES["no function"]
    num_epochs, calls = 3, []
    generator, epoch = _build_counting_generator()

    def train_one_epoch():
        calls.append(1)
        epoch.assign(len(calls))

    stages = record_stages(generator, train_one_epoch, num_epochs)
    if stages is None:
        return _STAGES["nothing"]
    try:
        stages = [np.asarray(stage, float) for stage in stages]
    except (TypeError, ValueError):
        return _STAGES["no pictures"]
    shapes = {stage.shape for stage in stages}
    if len(shapes) != 1 or min(shapes)[1:] != (1, 18, 1):
        return _STAGES["no pictures"]
    if len(stages[0]) != 4:
        return _STAGES["four"]
    if len(calls) != num_epochs:
        return _STAGES["not trained"]
    noise = [stage[:, 0, :16, 0] for stage in stages]
    epochs = [int(stage[0, 0, 16, 0]) for stage in stages]
    modes = [stage[0, 0, 17, 0] for stage in stages]
    same_noise = all(np.array_equal(noise[0], other) for other in noise[1:])
    if len(stages) > 1 and set(epochs) == {num_epochs}:
        return _STAGES["after" if same_noise else "nothing mended"]
    if set(epochs) == {0}:
        return _STAGES["before"]
    if epochs == list(range(num_epochs)):
        return _STAGES["no end"]
    if epochs == list(range(num_epochs + 1)):
        return _STAGES["extra"]
    if epochs != [1, 2, 3]:
        return _STAGES["too few"]
    if not same_noise:
        return _STAGES["noise"]
    if np.ptp(noise[0], axis=0).max() == 0:
        return _STAGES["one noise"]
    return _STAGES["batch statistics"] if any(modes) else ""


def _recorder(when="during", same_noise=True, training=False, num_pictures=4):
    """Function that records stages, right unless something is changed."""

    def record_stages(generator, train_one_epoch, num_epochs):
        random = np.random.default_rng(0)
        noise, stages = random.normal(size=(num_pictures, 16)), []

        def draw():
            other = random.normal(size=(num_pictures, 16))
            stages.append(generator(noise if same_noise else other, training=training))

        for _ in range(num_epochs):
            if when == "before each":
                draw()
            train_one_epoch()
            if when == "during":
                draw()
        if when == "after":
            for _ in range(num_epochs):
                draw()
        return stages

    return record_stages


def _before(generator, train_one_epoch, num_epochs):
    noise = np.random.default_rng(0).normal(size=(4, 16))
    stages = [generator(noise) for _ in range(num_epochs)]
    for _ in range(num_epochs):
        train_one_epoch()
    return stages


def _trained_too_often(generator, train_one_epoch, num_epochs):
    noise, stages = np.random.default_rng(0).normal(size=(4, 16)), []
    for epoch in range(num_epochs):
        for _ in range(epoch + 1):
            train_one_epoch()
        stages.append(generator(noise))
    return stages


mend_stages = Exercise(
    reference=_recorder(),
    why="each stage is drawn right after its epoch, always from the same noise.",
    hint="Of which generator is each stage, and from which noise?",
    judge=_judge_stages,
    misconceptions={
        "no function": (_STAGES["no function"], [1, 2, 3], "record_stages"),
        "nothing": (_STAGES["nothing"], lambda generator, train, n: None),
        "no pictures": (
            _STAGES["no pictures"],
            lambda generator, train, n: 3,
            lambda generator, train, n: [],
            lambda generator, train, n: [train() for _ in range(n)],
        ),
        "four": (
            _STAGES["four"],
            *(_recorder(num_pictures=number) for number in (1, 8, 16)),
        ),
        "extra": (
            _STAGES["extra"],
            lambda generator, train, n: [
                generator(np.eye(4, 16))
                for epoch in range(n + 1)
                if not epoch or not train()
            ],
        ),
        "not trained": (
            _STAGES["not trained"],
            _trained_too_often,
            lambda generator, train, n: [generator(np.eye(4, 16)) for _ in range(n)],
        ),
        "nothing mended": (_STAGES["nothing mended"], _recorder("after", False)),
        "after": (_STAGES["after"], _recorder("after")),
        "before": (_STAGES["before"], _before),
        "noise": (_STAGES["noise"], _recorder(same_noise=False)),
        "no end": (
            _STAGES["no end"],
            _recorder("before each"),
            _recorder("before each", False),
        ),
        "too few": (
            _STAGES["too few"],
            lambda generator, train, n: [
                generator(np.eye(4, 16)) for _ in range(n) if train() or _ != 1
            ],
        ),
        "batch statistics": (_STAGES["batch statistics"], _recorder(training=True)),
        "one noise": (
            _STAGES["one noise"],
            lambda generator, train, n: [
                train() or generator(np.ones((4, 16))) for _ in range(n)
            ],
        ),
    },
)


# 4. A training step with a crash and two silent faults

_STEP = {
    "no function": "give the mended function by its name alone: `step_to_mend`.",
    "crash": "it stops: no gradients. The tape of the generator recorded nothing that "
    "leads from its weights to its loss. What must be calculated again inside it?",
    "one optimizer": "it stops: one optimizer gets the weights of both players. It "
    "keeps a memory of each weight that it moves, so each player has its own.",
    "mismatch": "it stops: gradients of one player are applied to the weights of the "
    "other. Take the gradient for the same list.",
    "nobody": "no weight moved. Does each player take a step with its optimizer?",
    "d only": "only the discriminator moved. The generator must take a step as well.",
    "g only": "only the generator moved. The discriminator must take a step as well.",
    "stale weights": "it runs now, but the optimizer of the generator moves the "
    "discriminator. Which list of weights does it get?",
    "d moves both": "the optimizer of the discriminator also moves the generator, "
    "downhill on `d_loss`. Give it the discriminator's weights only.",
    "g moves both": "the optimizer of the generator also moves the discriminator. Give "
    "it the generator's weights only.",
    "exchanged": "each optimizer moves the other player. Exchange the two lists.",
    "inverted": "the discriminator learns to call real pictures fake. Look at the "
    "order of the logits in its loss: real ones come first.",
    "wrong way": "the generator moves so that its pictures get lower logits. It should "
    "fool the discriminator.",
    "at once": "the generator follows the discriminator of before. They should "
    "move in turns: its pictures are judged again after the discriminator's step.",
    "generator first": "the generator moves first. In this step the discriminator "
    "moves first, and the generator follows its new verdict.",
    "too often": "a player moves more than once. In this step each player moves once.",
    "saturating": "the generator has another loss now, which saturates: it hardly "
    "teaches where the fakes are recognised. Keep the non-saturating loss.",
}


def _build_players(log):
    """Small networks that note their inputs and when pictures are judged."""
    import keras
    from keras import layers

    class Judge(layers.Dense):
        def call(self, inputs, training=None):
            log.append(("judge", 0))
            return super().call(inputs, training=training)

    def weights(name):  # independent of what else the learner has drawn
        return keras.initializers.RandomNormal(stddev=0.3, seed=len(name))

    class Note(layers.Layer):
        def call(self, inputs):
            log.append(("latents", inputs))
            return inputs

    latents = keras.Input((16,))
    x = layers.Dense(16, "tanh", kernel_initializer=weights("first"))(Note()(latents))
    generator = keras.Model(latents, layers.Reshape((4, 4, 1))(x))
    images = keras.Input((4, 4, 1))
    x = layers.Dense(8, "leaky_relu", kernel_initializer=weights("second"))(
        layers.Flatten()(images)
    )
    discriminator = keras.Model(
        images, Judge(1, kernel_initializer=weights("third"))(x)
    )
    return generator, discriminator


def _build_optimizer(name, log):
    import keras

    class Noting(keras.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            grads = list(grads)
            if trainable_variables is not None:
                trainable_variables = list(trainable_variables)
                log.append((name, {id(variable) for variable in trainable_variables}))
                log.append((f"{name}'s gradient", grads))
            return super().apply(grads, trainable_variables)

    return Noting(0.05)


def _mean_logit(discriminator, images):
    return float(np.mean(np.asarray(discriminator(images))))


def _judge_step(train_step):
    if not callable(train_step):
        return _STEP["no function"]
    import keras

    log = []  # of ("judge", 0), and of an optimizer's name and what it moves
    generator, discriminator = _build_players(log)
    players = {"g": generator, "d": discriminator}
    optimizers = {name: _build_optimizer(name, log) for name in players}
    random = np.random.default_rng(0)
    real_images = random.normal(0.8, 0.1, (12, 4, 4, 1)).astype("float32")
    real_images = keras.ops.convert_to_tensor(real_images)
    latents = random.normal(size=(256, 16)).astype("float32")
    old_fakes = generator(latents)
    judged = [_mean_logit(discriminator, x) for x in (real_images, old_fakes)]

    log.clear()
    keras.utils.set_random_seed(0)
    try:
        train_step(real_images, *players.values(), optimizers["g"], optimizers["d"])
    except Exception as error:
        if "No gradients provided" in str(error):
            return _STEP["crash"]
        if "Unknown variable" in str(error):
            return _STEP["one optimizer"]
        if "AssignSubVariableOp" in str(error):
            return _STEP["mismatch"]
        raise
    events = list(log)

    own = {k: {id(v) for v in net.trainable_variables} for k, net in players.items()}
    moved = {"g": set(), "d": set()}  # by optimizer: whose weights it moves
    for name, variables in events:
        if name in moved:
            moved[name] |= {k for k in own if own[k] & variables}
    fault = _find_wrong_weights(moved)
    if fault:
        return fault
    judged_after = [_mean_logit(discriminator, x) for x in (real_images, old_fakes)]
    gain = np.subtract(judged_after, judged)
    if gain[0] - gain[1] <= 0:  # the real ones should gain, the fakes lose
        return _STEP["inverted"]
    if _mean_logit(discriminator, generator(latents)) <= judged_after[1]:
        return _STEP["wrong way"]
    names = [name for name, _ in events]
    steps = [number for number, name in enumerate(names) if name in players]
    if "judge" not in names[steps[0] : steps[-1]]:
        return _STEP["at once"]
    if len(steps) > 2:
        return _STEP["too often"]
    if names[steps[0]] == "g":
        return _STEP["generator first"]
    if _is_saturating(events, _build_players([])[0], discriminator):
        return _STEP["saturating"]
    return ""


def _is_saturating(events, generator, discriminator):
    """Whether the gradient of the generator was that of the saturating loss.

    Args:
        events: what was noted in a step that moved the discriminator, then the
            generator, each once.
        generator: as it was before this step.
        discriminator: as it is now.
    """
    import tensorflow as tf

    from gan_tutorial import fault_lab, losses

    notes = dict(events)  # the last ones
    latents, gradients = notes["latents"], notes["g's gradient"]
    if not hasattr(latents, "numpy"):  # inside a compiled function
        return False
    with tf.GradientTape(persistent=True) as tape:
        logits = discriminator(generator(latents))
        both = [
            loss(logits)
            for loss in (
                losses.non_saturating_generator_loss,
                losses.minimax_generator_loss,
            )
        ]
    right, saturating = (
        fault_lab.cosine(gradients, tape.gradient(loss, generator.trainable_variables))
        for loss in both
    )
    return saturating > 0.9999 and saturating - right > 1e-5


def _find_wrong_weights(moved):
    """What is wrong with whose weights each optimizer moves."""
    faults = {
        (frozenset(), frozenset()): "nobody",
        (frozenset(), frozenset("d")): "d only",
        (frozenset("g"), frozenset()): "g only",
        (frozenset("d"), frozenset("d")): "stale weights",
        (frozenset("d"), frozenset("g")): "exchanged",
    }
    found = faults.get((frozenset(moved["g"]), frozenset(moved["d"])))
    if not found and "g" in moved["d"]:
        found = "d moves both"
    if not found and "d" in moved["g"]:
        found = "g moves both"
    return _STEP[found] if found else ""


def _one_optimizer(real_images, generator, discriminator, g_optimizer, d_optimizer):
    _stepper()(real_images, generator, discriminator, d_optimizer, d_optimizer)


def _mismatch(real_images, generator, discriminator, g_optimizer, d_optimizer):
    import tensorflow as tf

    from gan_tutorial import losses

    _stepper(g_weights="")(real_images, generator, discriminator, None, d_optimizer)
    with tf.GradientTape() as tape:
        logits = discriminator(generator(tf.ones((12, 16))))
        loss = losses.non_saturating_generator_loss(logits)
    gradients = tape.gradient(loss, generator.trainable_variables)
    g_optimizer.apply(gradients, discriminator.trainable_variables[:2])


def _stepper(
    inverted=False,
    again="inside",
    g_weights="g",
    d_weights="d",
    sign=1,
    saturating=False,
):
    """Function that takes a step of each player, right unless something is changed."""

    def train_step(real_images, generator, discriminator, g_optimizer, d_optimizer):
        import keras
        import tensorflow as tf

        from gan_tutorial import losses

        weights = {
            "g": generator.trainable_variables,
            "d": discriminator.trainable_variables,
            "both": generator.trainable_variables + discriminator.trainable_variables,
        }
        latents = keras.random.normal((len(real_images), 16))
        with tf.GradientTape(persistent=True) as tape:
            fake_logits = discriminator(generator(latents, training=True))
            logits = discriminator(real_images), fake_logits
            logits = logits[::-1] if inverted else logits
            d_loss = losses.non_saturating_discriminator_loss(*logits)
            if again == "at once":
                g_loss = losses.non_saturating_generator_loss(fake_logits)
        if again == "at once":
            g_gradients = tape.gradient(g_loss, weights[g_weights])
        if d_weights:
            variables = weights[d_weights]
            d_optimizer.apply(tape.gradient(d_loss, variables), variables)
        if again != "at once":
            with tf.GradientTape() as tape:
                if again == "inside":
                    fake_logits = discriminator(generator(latents, training=True))
                loss = losses.non_saturating_generator_loss
                if saturating:
                    loss = losses.minimax_generator_loss
                g_loss = sign * loss(fake_logits)
            if g_weights:
                g_gradients = tape.gradient(g_loss, weights[g_weights])
        if g_weights:
            g_optimizer.apply(g_gradients, weights[g_weights])

    return train_step


def _generator_first(*args):
    _stepper(d_weights="")(*args)
    _stepper(g_weights="")(*args)


def _d_twice(*args):
    _stepper(g_weights="")(*args)
    _stepper()(*args)


mend_step = Exercise(
    reference=_stepper(),
    why="the discriminator learns which pictures are real, then its new verdict "
    "teaches the generator, and each optimizer moves its own player.",
    hint="Read it line by line: what is recorded, which loss, whose weights?",
    judge=_judge_step,
    misconceptions={
        "no function": (_STEP["no function"], 1.0, "train_step"),
        "crash": (
            _STEP["crash"],
            _stepper(inverted=True, again="outside", g_weights="d"),
            _stepper(again="outside"),
            _stepper(again="outside", g_weights="d"),
        ),
        "one optimizer": (_STEP["one optimizer"], _one_optimizer),
        "mismatch": (_STEP["mismatch"], _mismatch),
        "nobody": (
            _STEP["nobody"],
            lambda *args: None,
            _stepper(g_weights="", d_weights=""),
        ),
        "d only": (_STEP["d only"], _stepper(g_weights="")),
        "g only": (_STEP["g only"], _stepper(d_weights="")),
        "stale weights": (
            _STEP["stale weights"],
            _stepper(g_weights="d"),
            _stepper(g_weights="d", inverted=True),
        ),
        "d moves both": (
            _STEP["d moves both"],
            _stepper(d_weights="both"),
            _stepper(d_weights="g"),
        ),
        "g moves both": (_STEP["g moves both"], _stepper(g_weights="both")),
        "exchanged": (_STEP["exchanged"], _stepper(g_weights="d", d_weights="g")),
        "inverted": (_STEP["inverted"], _stepper(inverted=True)),
        "wrong way": (_STEP["wrong way"], _stepper(sign=-1)),
        "at once": (_STEP["at once"], _stepper(again="at once")),
        "generator first": (_STEP["generator first"], _generator_first),
        "too often": (_STEP["too often"], _d_twice),
        "saturating": (_STEP["saturating"], _stepper(saturating=True)),
    },
)
