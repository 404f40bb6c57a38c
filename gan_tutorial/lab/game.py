"""A GAN on points, small enough that a person can follow every step of it."""

from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gan_tutorial import checks, losses, metrics, networks
from gan_tutorial.gan import GAN
from gan_tutorial.synthetic import points

REACH = 3.0  # the part of the line or plane that is looked at: from -3 to 3
NUM_JUDGED = 500  # points on which the losses and the distance are measured
NUM_SHOWN = 200
NUM_GRID = 40  # places along each axis where the verdict is asked
RULES = {
    "loss": losses.NON_SATURATING,
    "g_learning_rate": 1e-3,
    "d_learning_rate": 3e-3,
    "batch_size": 128,
    "r1_gamma": 0.1,
}


class Snapshot(NamedTuple):
    """The state of a game at one moment, as arrays.

    Attributes:
        real: `(200, dim)`, points of the target.
        fake: `(200, dim)`, what the generator makes of the same latents as ever.
        negative_gradients: `(200, dim)`, for each fake the direction that makes the
            generator's loss smaller: its gradient with the sign turned.
        verdict: from 0 (fake) to 1 (real), `(40,)` places on the line from -3 to 3, or
            `(40, 40)`, rows from bottom to top. A probability for the two losses of the
            cross-entropy; for the others it only says where D's output is high.
        record: arrays of equal length: "step", "d_loss", "g_loss" and "distance".
        d_steps: steps that the discriminator has taken so far.
        g_steps: steps that the generator has taken so far.
    """

    real: np.ndarray
    fake: np.ndarray
    negative_gradients: np.ndarray
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
        **rules: as in `set_rules`; others than in `RULES`.

    Raises:
        ValueError: no `losses.Loss`, a number out of range, or no points.
    """

    def __init__(self, draw_points, seed=0, **rules):
        if not callable(draw_points):
            own_points = points.check_points(draw_points).astype("float32")
            draw_points = partial(_draw_again, own_points)
        rules = RULES | rules
        dim = draw_points(2, seed).shape[1]
        generator = networks.build_point_generator(latent_dim=2, point_dim=dim)
        discriminator = networks.build_point_discriminator(point_dim=dim)
        super().__init__(generator, discriminator, ema_momentum=0.995, seed=seed)
        self.draw_points = draw_points
        self.dim = dim
        self.compiled_steps = {}  # by player and rules
        self.compile(
            g_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
            d_optimizer=keras.optimizers.Adam(1e-3, beta_1=0.0, beta_2=0.99),
            loss=rules["loss"],
        )
        self.reset(seed)
        self.set_rules(**rules)

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
        self.record = {"step": [], "d_loss": [], "g_loss": [], "distance": []}
        self._write_down()

    def set_rules(self, loss, g_learning_rate, d_learning_rate, batch_size, r1_gamma):
        """Changes the rules; the players stay as they are.

        Args:
            loss: what both players minimise, such as `losses.HINGE`.
            g_learning_rate: of the generator, 0.000001 to 0.1.
            d_learning_rate: of the discriminator, likewise.
            batch_size: real points, and as many fakes, in one step.
            r1_gamma: weight of the R1 penalty on the discriminator; 0 for none.

        Raises:
            ValueError: a number out of range.
        """
        # With a larger rate, the points fly away at once.
        checks.number("g_learning_rate", g_learning_rate, 1e-6, 0.1)
        checks.number("d_learning_rate", d_learning_rate, 1e-6, 0.1)
        self.g_optimizer.learning_rate = g_learning_rate
        self.d_optimizer.learning_rate = d_learning_rate
        self.batch_size = checks.whole_number("batch_size", batch_size, 1)
        gamma = checks.number("r1_gamma", r1_gamma, 0)
        self.d_penalty = losses.R1(gamma) if gamma else None
        if loss != self.loss:
            self.loss = loss
            self._write_down()  # the same players, measured by other losses

    @property
    def d_steps_taken(self) -> int:
        """Discriminator steps taken so far; `steps_taken` counts the generator's."""
        return int(self.d_optimizer.iterations.numpy())

    def step_d(self):
        """One step of the discriminator; the generator stays as it is."""
        self._move("D", self.discriminator_step)

    def step_g(self):
        """One step of the generator; the discriminator stays as it is."""
        self._move("G", self._move_generator)

    def iterate(self, num_iterations, d_steps=1, g_steps=1):
        """Plays on; now and then the losses and the distance are written down.

        Args:
            num_iterations: how many.
            d_steps: the discriminator's steps in each iteration, 0 to freeze it.
            g_steps: the generator's steps in each iteration, 0 to freeze it.

        Raises:
            ValueError: a number that is no whole number from 0.
        """
        checks.whole_number("num_iterations", num_iterations, 0)
        checks.whole_number("d_steps", d_steps, 0)
        checks.whole_number("g_steps", g_steps, 0)
        for _ in range(num_iterations):
            for _ in range(d_steps):
                self.step_d()
            for _ in range(g_steps):
                self.step_g()
            if self._count_steps() >= self.record["step"][-1] + 40:
                self._write_down()

    def play(self, num_iterations, d_steps=1, g_steps=1) -> Snapshot:
        """Plays on as `iterate` does, and returns the state of the game after it."""
        self.iterate(num_iterations, d_steps, g_steps)
        return self.snapshot()

    def snapshots(self, iterations, d_steps=1, g_steps=1) -> list[Snapshot]:
        """Plays on, and takes a snapshot after each of these numbers of iterations.

        Args:
            iterations: rising whole numbers, counted from now; the first may be 0.
            d_steps: as in `iterate`.
            g_steps: as in `iterate`.

        Raises:
            ValueError: numbers other than those.
        """
        gaps = np.diff([0, *iterations]).tolist()
        return [self.play(gap, d_steps, g_steps) for gap in gaps]

    def snapshot(self) -> Snapshot:
        """The state of the game at this moment."""
        if self._count_steps() > self.record["step"][-1]:
            self._write_down()
        latents = tf.constant(self.latents[:NUM_SHOWN])
        with tf.GradientTape() as tape:
            fake = self.generator(latents)
            tape.watch(fake)
            # The sum, so that a gradient does not depend on how many are shown.
            g_loss = NUM_SHOWN * self.loss.generator(self.discriminator(fake))
        return Snapshot(
            real=self.real[:NUM_SHOWN],
            fake=fake.numpy(),
            negative_gradients=-tape.gradient(g_loss, fake).numpy(),
            verdict=self._verdict(),
            record={name: np.array(values) for name, values in self.record.items()},
            d_steps=self.d_steps_taken,
            g_steps=self.steps_taken,
        )

    def _move(self, player, step):
        """One step on new real points, compiled once for each set of rules."""
        rules = player, self.loss, self.d_penalty
        if rules not in self.compiled_steps:
            batch = {"images": tf.TensorSpec((None, self.dim))}
            self.compiled_steps[rules] = tf.function(step, input_signature=[batch])
        real_points = self.draw_points(self.batch_size, self.random)
        self.compiled_steps[rules]({"images": tf.constant(real_points)})

    def _move_generator(self, batch):
        self.generator_step(batch)
        self.update_average()

    def _count_steps(self):
        return self.d_steps_taken + self.steps_taken

    def _write_down(self):
        fake = self.generator(self.latents)
        fake_logits = self.discriminator(fake)
        d_loss = self.loss.discriminator(self.discriminator(self.real), fake_logits)
        distance = np.nan
        if np.isfinite(fake).all():
            distance = metrics.sliced_wasserstein(self.real, fake.numpy())
        values = {
            "step": self._count_steps(),
            "d_loss": float(d_loss),
            "g_loss": float(self.loss.generator(fake_logits)),
            "distance": distance,
        }
        for name, value in values.items():
            self.record[name].append(value)

    def _verdict(self):
        axis = np.linspace(-REACH, REACH, NUM_GRID, dtype="float32")
        places = np.stack(np.meshgrid(*[axis] * self.dim), axis=-1)
        logits = self.discriminator(places.reshape(-1, self.dim)).numpy()
        logits = logits.reshape(places.shape[:-1])
        if self.loss == losses.LEAST_SQUARES:  # outputs are compared with 0 and 1
            return np.clip(logits, 0, 1)
        if self.loss == losses.WASSERSTEIN:  # outputs have no fixed zero, no fixed unit
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
