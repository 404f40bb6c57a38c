"""Who gives what to whom in one turn of a GAN: the chart, and a trace to check it."""

from contextlib import ExitStack
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import plotting

# From, to. Real and fake images go to one and the same discriminator. Each loss moves
# one player; the generator's loss reaches it through the discriminator.
EDGES = (
    ("latents", "generator G"),
    ("generator G", "fake images"),
    ("fake images", "discriminator D"),
    ("real images", "discriminator D"),
    ("discriminator D", "verdict on real"),
    ("discriminator D", "verdict on fake"),
    ("verdict on real", "loss of D"),
    ("verdict on fake", "loss of D"),
    ("loss of D", "update of D"),
    ("verdict on fake", "loss of G"),
    ("loss of G", "back through D"),
    ("back through D", "update of G"),
)
_PLACES = {  # column and row of each box, from the top left
    "latents": (0, 2),
    "generator G": (1, 2),
    "fake images": (2, 2),
    "real images": (2, 0),
    "discriminator D": (3, 1),
    "verdict on real": (4, 0),
    "verdict on fake": (4, 2),
    "loss of D": (5, 0),
    "update of D": (6, 0),
    "loss of G": (5, 2),
    "back through D": (6, 2),
    "update of G": (7, 2),
}
_COLORS = {"D": "#CFE3F1", "G": "#F9DCCB"}  # of a player and what belongs to it


def mermaid() -> str:
    """The chart in the Mermaid language, which JupyterLab draws."""
    names = list(_PLACES)
    rows = [
        f'  n{names.index(a)}["{a}"] --> n{names.index(b)}["{b}"]' for a, b in EDGES
    ]
    return "\n".join(["flowchart LR", *rows])


def plot_chart():
    """The chart as a picture."""
    figure, axes = plotting.new_figure(11, 3.2)
    axis = axes[0, 0]
    axis.set_position((0, 0, 1, 1))
    axis.set(xlim=(-0.6, 7.6), ylim=(2.6, -0.6))
    axis.axis("off")
    boxes = {}
    for name, place in _PLACES.items():
        boxes[name] = axis.text(
            *place,
            name.replace(" ", "\n", 1),
            ha="center",
            va="center",
            fontsize=12,
            linespacing=1.3,
            bbox={
                "boxstyle": "round,pad=0.5",
                "facecolor": _COLORS.get(name[-1], "#F2F2F2"),
                "edgecolor": "0.4",
            },
        )
    for start, end in EDGES:
        axis.annotate(
            "",
            xy=_PLACES[end],
            xytext=_PLACES[start],
            arrowprops={
                "arrowstyle": "-|>",
                "color": "0.25",
                "lw": 1.4,
                "patchA": boxes[start].get_bbox_patch(),
                "patchB": boxes[end].get_bbox_patch(),
            },
        )
    return figure


def trace(gan, real_images) -> list[tuple[str, str]]:
    """Takes one real turn and writes down every edge that data or gradients took.

    The turn is the model's own `train_step`, run without compilation. An update counts
    as coming from a loss if the gradients that were applied equal those of this loss,
    worked out a second time: for the generator by way of the fake images, which is the
    way back through the discriminator.

    Args:
        gan: a compiled `gan.GAN` without conditions and without a penalty. It learns
            from this turn as from any other.
        real_images: one batch, as `train_step` takes it.

    Returns:
        Edges (from, to) in the order in which they were met, some more than once.
    """
    recorder = _Recorder(gan)
    real_images = recorder.name(tf.convert_to_tensor(real_images), "real images")
    watched = {
        (keras.random, "normal"): recorder.draw,
        (gan.generator, "call"): recorder.generate,
        (gan, "_judge"): recorder.judge,
        (gan, "d_loss_fn"): recorder.loss_of("loss of D"),
        (gan, "g_loss_fn"): recorder.loss_of("loss of G"),
        (gan.d_optimizer, "apply"): recorder.update,
        (gan.g_optimizer, "apply"): recorder.update,
    }
    with ExitStack() as stack:
        recorder.tape = stack.enter_context(tf.GradientTape(persistent=True))
        for (owner, name), watch in watched.items():
            stand_in = _call_through(watch, getattr(owner, name))
            stack.enter_context(mock.patch.object(owner, name, stand_in))
        gan.train_step(real_images)
    return recorder.edges()


def _call_through(watch, function):
    return lambda *args, **kwargs: watch(function, *args, **kwargs)


class _Recorder:
    """Notes what the parts of a GAN take and give. Tensors are known by identity."""

    def __init__(self, gan):
        self.gan = gan
        self.names = {}  # by identity: the tensor, which is kept, and its name
        self.losses = []
        self.events = []  # edges, and updates whose source is still to be found

    def name(self, tensor, name):
        self.names[id(tensor)] = tensor, name
        return tensor

    def note(self, tensors, end):
        for tensor in tensors:
            if id(tensor) in self.names:
                self.events.append((self.names[id(tensor)][1], end))

    def draw(self, function, *args, **kwargs):
        return self.name(function(*args, **kwargs), "latents")

    def generate(self, function, latents, **kwargs):
        self.note([latents], "generator G")
        self.fake_images = self.name(function(latents, **kwargs), "fake images")
        self.events.append(("generator G", "fake images"))
        return self.fake_images

    def judge(self, function, images, conditions):
        self.note([images], "discriminator D")
        kind = self.names[id(images)][1].split()[0]
        self.events.append(("discriminator D", f"verdict on {kind}"))
        return self.name(function(images, conditions), f"verdict on {kind}")

    def loss_of(self, name):
        def watch(function, *logits):
            self.note(logits, name)
            loss = function(*logits)
            self.losses.append((name, loss, self.fake_images))
            return loss

        return watch

    def update(self, function, gradients, variables):
        self.events.append((list(gradients), list(variables), list(self.losses)))
        return function(gradients, variables)

    def edges(self):
        found = []
        for event in self.events:
            found += [event] if len(event) == 2 else self.edges_of_update(*event)
        return found

    def edges_of_update(self, gradients, variables, losses):
        is_generator = _same_objects(variables, self.gan.generator.trainable_variables)
        for name, loss, fake_images in losses:
            if is_generator:
                message = self.tape.gradient(loss, fake_images)
                expected = self.tape.gradient(fake_images, variables, message)
                steps = [name, "back through D", "update of G"]
            else:
                expected = self.tape.gradient(loss, variables)
                steps = [name, "update of D"]
            if _equal(expected, gradients):
                return list(zip(steps, steps[1:], strict=False))
        return []


def _same_objects(first, second):
    return [id(item) for item in first] == [id(item) for item in second]


def _equal(expected, given):
    if len(expected) != len(given) or any(gradient is None for gradient in expected):
        return False
    first, second = (
        np.concatenate([np.ravel(g) for g in gs]) for gs in (expected, given)
    )
    return np.linalg.norm(first - second) < 1e-3 * np.linalg.norm(first)
