"""A GAN on points, small enough that a person can follow every step of it."""

from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import losses, metrics, networks
from gan_tutorial.gan import GAN
from gan_tutorial.synthetic import points

FAMILIES = ("non_saturating", "minimax", "least_squares", "hinge", "wasserstein")
REACH = 3.0  # the part of the line or plane that is looked at: from -3 to 3
LARGEST_RATE = 0.1  # of learning; beyond it the points fly away at once
NUM_JUDGED = 500  # points on which the losses and the distance are measured
NUM_SHOWN = 200
NUM_GRID = 40  # places along each axis where the verdict is asked


class View(NamedTuple):
    """The state of a game at one moment, as arrays.

    Attributes:
        real: `(200, dim)`, points of the target.
        fake: `(200, dim)`, what the generator makes of the same latents as ever.
        wishes: `(200, dim)`, for each fake the direction that makes the generator's
            loss smaller, the gradient with its sign turned.
        verdict: from 0 (fake) to 1 (real), `(40,)` places on the line from -3 to 3, or
            `(40, 40)`, rows from bottom to top. A probability for the two losses of the
            cross-entropy; for the others it only says where D's output is high.
        record: arrays of equal length: "step", "d_loss", "g_loss" and "distance".
        d_steps: steps that the discriminator has taken so far.
        g_steps: steps that the generator has taken so far.
    """

    real: np.ndarray
    fake: np.ndarray
    wishes: np.ndarray
    verdict: np.ndarray
    record: dict
    d_steps: int
    g_steps: int


class PointGame(GAN):
    """The two players on points of a line or plane. Each can move alone.

    Both have two layers of 64 numbers, and Adam (`beta_1` 0, `beta_2` 0.99). Losses and
    distance are always measured on the same 500 points and latents, so that they change
    only if a player moved.

    Args:
        draw_points: function `(num_points, seed) -> (num_points, 1 or 2)`, such as
            `points.ring`, whose seed may be a NumPy generator; or an array of points
            `(num_points, 1 or 2)`, which are drawn from again and again.
        seed: whole number from which all that is random follows.
        loss: a name out of `FAMILIES`.
        g_learning_rate: of the generator.
        d_learning_rate: of the discriminator.
        batch_size: real points, and as many fakes, in one step.
        r1_gamma: weight of the R1 penalty on the discriminator.

    Raises:
        ValueError: an unknown loss, a number out of range, or no points.
    """

    def __init__(
        self,
        draw_points,
        seed=0,
        loss="non_saturating",
        g_learning_rate=1e-3,
        d_learning_rate=3e-3,
        batch_size=128,
        r1_gamma=0.1,
    ):
        if not callable(draw_points):
            own_points = points.check_points(draw_points).astype("float32")
            draw_points = partial(_draw_again, own_points)
        dim = draw_points(2, seed).shape[1]
        generator = networks.build_point_generator(latent_dim=2, point_dim=dim)
        discriminator = networks.build_point_discriminator(point_dim=dim)
        super().__init__(generator, discriminator, 2, ema_momentum=0.995, seed=seed)
        self.draw_points = draw_points
        self.dim = dim
        # A number that the compiled steps read, so that none is compiled again.
        self.family = keras.Variable(0, dtype="int32", trainable=False)
        self.gamma = keras.Variable(0.0, trainable=False)
        self.record = None
        self.set_loss(loss)
        self.set_penalty(r1_gamma)
        self.set_batch_size(batch_size)
        self.compile(
            g_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
            d_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
            g_loss_fn=lambda *logits: self._loss("generator", logits),
            d_loss_fn=lambda *logits: self._loss("discriminator", logits),
            d_penalty_fn=self._penalty_if_wanted,
        )
        self.set_learning_rates(g_learning_rate, d_learning_rate)
        signature = [tf.TensorSpec((None, dim))]
        self._d_step = tf.function(self._move_discriminator, input_signature=signature)
        self._g_step = tf.function(self._move_generator, input_signature=signature)
        self.reset(seed)

    def reset(self, seed):
        """Starts again: new weights, empty memories, the same rules."""
        self.seed = seed
        rng = np.random.default_rng(seed)
        for network in (self.generator, self.discriminator):
            network.set_weights([_first_values(w.shape, rng) for w in network.weights])
        self.ema_generator.set_weights(self.generator.get_weights())
        for optimizer in (self.g_optimizer, self.d_optimizer):
            rate = float(optimizer.learning_rate)
            for variable in optimizer.variables:
                variable.assign(keras.ops.zeros_like(variable))
            optimizer.learning_rate = rate
        self.seed_generator.state.assign(keras.random.SeedGenerator(seed).state)
        self.random = rng
        self.real = self.draw_points(NUM_JUDGED, rng)
        self.latents = rng.standard_normal((NUM_JUDGED, 2)).astype("float32")
        self.d_taken = self.g_taken = 0
        self.record = {"step": [], "d_loss": [], "g_loss": [], "distance": []}
        self._write_down()

    def set_loss(self, family):
        """Changes what both players minimise; `family` is a name out of `FAMILIES`."""
        if family not in FAMILIES:
            raise ValueError(f"The loss is {family!r}; expected one of {FAMILIES}.")
        self.family.assign(FAMILIES.index(family))
        if self.record:
            self._write_down()  # the same players, measured by other losses

    def set_learning_rates(self, g_learning_rate, d_learning_rate):
        """Changes how far the players move in a step."""
        for name, rate in (("G", g_learning_rate), ("D", d_learning_rate)):
            if not 0 < rate <= LARGEST_RATE:  # also refuses NaN
                raise ValueError(
                    f"The learning rate of {name} is {rate:g}; expected more than 0, "
                    f"and {LARGEST_RATE} at most. Try 0.002."
                )
        self.g_optimizer.learning_rate = g_learning_rate
        self.d_optimizer.learning_rate = d_learning_rate

    def set_penalty(self, r1_gamma):
        """Changes the weight of the R1 penalty; 0 switches it off."""
        if not 0 <= r1_gamma <= 100:  # also refuses NaN
            raise ValueError(f"r1_gamma is {r1_gamma}; expected 0 to 100. Try 0.1.")
        self.gamma.assign(r1_gamma)

    def set_batch_size(self, batch_size):
        """Changes how many real and fake points one step sees."""
        if not 1 <= batch_size <= 2048:
            raise ValueError(
                f"The batch size is {batch_size}; expected 1 to 2,048. Try 128."
            )
        self.batch_size = int(batch_size)

    def step_d(self):
        """One step of the discriminator; the generator stays as it is."""
        self._d_step(self.draw_points(self.batch_size, self.random))
        self.d_taken += 1

    def step_g(self):
        """One step of the generator; the discriminator stays as it is."""
        self._g_step(self.draw_points(self.batch_size, self.random))
        self.g_taken += 1

    def play(self, num_turns, d_steps=1, g_steps=1):
        """Plays turns; now and then the losses and the distance are written down.

        Args:
            num_turns: how many.
            d_steps: the discriminator's steps in each turn, 0 to freeze it.
            g_steps: the generator's steps in each turn, 0 to freeze it.
        """
        for _ in range(num_turns):
            for _ in range(d_steps):
                self.step_d()
            for _ in range(g_steps):
                self.step_g()
            if self.d_taken + self.g_taken >= self.record["step"][-1] + 40:
                self._write_down()

    def film(self, turns, d_steps=1, g_steps=1):
        """Plays on, and looks at the game after each of these numbers of turns.

        Args:
            turns: rising whole numbers, counted from now; the first may be 0.
            d_steps: as in `play`.
            g_steps: as in `play`.

        Returns:
            List of `View`, one for each number.
        """
        views, played = [], 0
        for turn in turns:
            self.play(turn - played, d_steps, g_steps)
            played = turn
            views.append(self.look())
        return views

    def look(self):
        """The state of the game at this moment, as a `View`."""
        if self.d_taken + self.g_taken > self.record["step"][-1]:
            self._write_down()
        latents = tf.constant(self.latents[:NUM_SHOWN])
        with tf.GradientTape() as tape:
            fake = self.generator(latents)
            tape.watch(fake)
            # The sum, so that the size of a wish does not depend on how many are shown.
            g_loss = NUM_SHOWN * self.g_loss_fn(self.discriminator(fake))
        return View(
            real=self.real[:NUM_SHOWN],
            fake=fake.numpy(),
            wishes=-tape.gradient(g_loss, fake).numpy(),
            verdict=self._verdict(),
            record={name: np.array(values) for name, values in self.record.items()},
            d_steps=self.d_taken,
            g_steps=self.g_taken,
        )

    def _move_discriminator(self, real):
        self._discriminator_step(real, [])

    def _move_generator(self, real):
        self._generator_step(real, [])
        self._update_average()

    def _penalty_if_wanted(self, *args):
        def penalty():
            return self.gamma / 2 * losses.r1_penalty(*args)

        return tf.cond(self.gamma > 0, penalty, lambda: 0.0)

    def _loss(self, player, logits):
        choices = [getattr(losses, f"{name}_{player}_loss") for name in FAMILIES]
        family = tf.convert_to_tensor(self.family)
        return tf.switch_case(family, [partial(loss, *logits) for loss in choices])

    def _write_down(self):
        fake = self.generator(self.latents)
        fake_logits = self.discriminator(fake)
        d_loss = self.d_loss_fn(self.discriminator(self.real), fake_logits)
        values = {
            "step": self.d_taken + self.g_taken,
            "d_loss": float(d_loss),
            "g_loss": float(self.g_loss_fn(fake_logits)),
            "distance": _distance(self.real, fake.numpy()),
        }
        is_again = self.record["step"][-1:] == [values["step"]]
        for name, value in values.items():
            self.record[name][len(self.record[name]) - is_again :] = [value]

    def _verdict(self):
        axis = np.linspace(-REACH, REACH, NUM_GRID, dtype="float32")
        places = np.stack(np.meshgrid(*[axis] * self.dim), axis=-1)
        logits = self.discriminator(places.reshape(-1, self.dim)).numpy()
        logits = logits.reshape(places.shape[:-1])
        family = FAMILIES[int(self.family)]
        if family == "least_squares":  # its outputs are compared with 0 and 1
            return np.clip(logits, 0, 1)
        if family == "wasserstein":  # its outputs have no fixed zero and no fixed unit
            logits = (logits - np.median(logits)) / (logits.std() + 1e-9)
        return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _first_values(shape, rng):
    """Zero for biases; for weights Glorot and Bengio's uniform distribution."""
    if len(shape) == 1:
        return np.zeros(shape, "float32")
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape).astype("float32")


def _draw_again(places, num_points, seed=None):
    return places[np.random.default_rng(seed).integers(len(places), size=num_points)]


def _distance(real, fake):
    if not np.isfinite(fake).all():
        return np.nan
    return metrics.sliced_wasserstein(real, fake)


def train_on_points(
    model, draw_points, num_steps, batch_size=128, seed=0, looks=(), look=None
):
    """Trains a `GAN` on points; quicker than `fit` for networks as small as these.

    Args:
        model: a compiled `GAN` from latents to points.
        draw_points: function `(num_points, random) -> (num_points, dim)`, such as
            `points.ring`; `random` is a NumPy generator.
        num_steps: turns of both players.
        batch_size: real points in one step.
        seed: whole number from which the real points follow.
        looks: numbers of turns after which `look` is called.
        look: function of the model.

    Returns:
        List of what `look` gave, in order.

    Raises:
        ValueError: no step at all.
    """
    if num_steps < 1:
        raise ValueError(f"num_steps is {num_steps}; expected 1 or more. Try 2000.")
    random = np.random.default_rng(seed)
    step = tf.function(model.train_step)
    seen = [look(model)] if 0 in looks else []
    for number in range(1, num_steps + 1):
        step(tf.constant(draw_points(batch_size, random)))
        if number in looks:
            seen.append(look(model))
    return seen
