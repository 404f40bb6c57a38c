"""The playground of lesson 01: move the two players of a small GAN yourself."""

import asyncio
import html
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import ipywidgets as widgets

from gan_tutorial import checks
from gan_tutorial.lab.game import PointGame
from gan_tutorial.lab.game_pictures import GamePicture, plot_snapshots
from gan_tutorial.synthetic import points
from gan_tutorial.widgets import LOSSES, one_at_a_time, replace_previous

OWN_POINTS = "your own points"
EXAMPLE = "-2, 0\n-1, 1\n0, 0\n1, 1\n2, 0"
R1_GAMMA = 0.1
FRAMES_PER_S = 12
SECONDS_OF_PLAY = 0.05  # the most that one frame may spend on iterations
LONGEST_PLAY = 20_000  # iterations, after which it pauses: nobody may be watching


class Playground:
    """A game on points with buttons, for JupyterLab, Colab and other notebooks.

    Show `playground.widget` as the last line of a cell. Each button also works from the
    keyboard: go to it with *Tab* and press *Enter*. A new playground closes the one
    before.

    Args:
        target: a name out of `points.TARGETS`.
        seed: whole number from which all that is random follows.

    Raises:
        ValueError: an unknown target, or a seed that is no whole number from 0.
    """

    def __init__(self, target="ring of 8", seed=1):
        if target not in points.TARGETS:
            raise ValueError(
                f"The target is {target!r}; expected one of {list(points.TARGETS)}."
            )
        self._lock = threading.RLock()
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._task = None
        self._build_controls(target, _check_seed(seed))
        self._use(_prepared_game(points.TARGETS[target], self._rules(seed)))
        self._observe_controls()
        replace_previous("playground", self.widget, self.pause)

    # What the buttons do

    @one_at_a_time
    def step_d(self):
        """One step of the discriminator."""
        self.game.step_d()
        self.show()

    @one_at_a_time
    def step_g(self):
        """One step of the generator."""
        self.game.step_g()
        self.show()

    @one_at_a_time
    def play(self):
        """Plays on and shows it until `pause`, while the notebook stays free."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._say("Playing needs a notebook. Here, use the two step buttons.")
            self.play_button.value = False
            return
        self.play_button.value = True
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._play())

    def pause(self):
        """Stops after the frame that is being made."""
        self.play_button.value = False

    @one_at_a_time
    def reset(self):
        """Starts again from the seed, with the same rules."""
        try:
            seed = _check_seed(self.seed.value)
        except ValueError as error:
            self._say(error)
            return
        self.game.reset(seed)
        self._say("")
        self.show()

    @one_at_a_time
    def show(self):
        """Draws the state of the game, and writes its numbers."""
        seen = self.game.snapshot()
        self.image.value = self._picture.draw(seen)
        last = {name: values[-1] for name, values in seen.record.items()}
        self.numbers.value = (
            f"steps of D: {seen.d_steps:,} &nbsp; steps of G: {seen.g_steps:,} &nbsp; "
            f"L_D {last['d_loss']:.4f} &nbsp; L_G {last['g_loss']:.4f} &nbsp; "
            f"distance {last['distance']:.4f}"
        )
        if not all(math.isfinite(value) for value in last.values()):
            self.pause()
            self._say(
                "The numbers grew beyond all bounds. Lower the learning rates, then "
                "press Reset."
            )

    def figure(self, iterations):
        """The same run as still pictures: same points, same rules, from the seed.

        Args:
            iterations: rising whole numbers; the game is shown after so many.

        Returns:
            A matplotlib figure.

        Raises:
            ValueError: no numbers, or others than those.
        """
        rules = self._rules(self.game.seed)
        game = PointGame(self.game.draw_points, **rules)
        steps = self.d_steps.value, self.g_steps.value
        return plot_snapshots(game.snapshots(iterations, *steps))

    # How it works

    async def _play(self):
        played = 0
        try:
            while self.play_button.value and played < LONGEST_PLAY:
                start = time.perf_counter()
                played += self._play_frame()
                rest = 1 / FRAMES_PER_S - (time.perf_counter() - start)
                # The buttons are answered while this waits.
                await asyncio.sleep(max(rest, 0.01))
            if played >= LONGEST_PLAY:
                self._say(f"Paused after {played:,} iterations. Press Play to go on.")
        finally:
            self.play_button.value = False

    @one_at_a_time
    def _play_frame(self):
        """Plays the iterations of one frame, shows it, and says how many there were."""
        end, played = time.perf_counter() + SECONDS_OF_PLAY, 0
        while played < self.speed.value and time.perf_counter() < end:
            self.game.iterate(1, self.d_steps.value, self.g_steps.value)
            played += 1
        self.show()
        return played

    @one_at_a_time
    def _use(self, game):
        self.game = game
        self._picture = GamePicture(game.dim)
        self.show()

    def _rules(self, seed):
        return {
            "seed": _check_seed(seed),
            "loss": LOSSES[self.loss.value],
            "g_learning_rate": self._rates[0],
            "d_learning_rate": self._rates[1],
            "batch_size": self.batch_size.value,
            "r1_gamma": self._gamma(),
        }

    def _gamma(self):
        return R1_GAMMA if self.penalty.value else 0.0

    @one_at_a_time
    def _change_target(self, _=None):
        """Makes a game for the chosen points; the old one stays if they are no good."""
        try:
            if self.target.value == OWN_POINTS:
                draw_points = points.read_points(self.own_points.value)
            else:
                draw_points = points.TARGETS[self.target.value]
            rules = self._rules(self.seed.value)
        except ValueError as error:
            self._say(f"{error} The game goes on with the points it has.")
            return
        self._say("")
        self.pause()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._use(_prepared_game(draw_points, rules))
        else:
            # In a thread, so that the notebook answers while the steps are compiled.
            self._disable(True)
            made = loop.run_in_executor(
                self._worker, _prepared_game, draw_points, rules
            )
            self._change = loop.create_task(self._use_later(made))

    async def _use_later(self, made):
        try:
            self._use(await made)
        finally:
            self._disable(False)

    def _disable(self, disabled):
        """Lets nobody change the rules of a game that is only being made."""
        for control in (*self._buttons, *self._settings):
            control.disabled = disabled

    @one_at_a_time
    def _change_rates(self, _=None):
        try:
            rates = [_number(box.value) for box in (self.g_rate, self.d_rate)]
            self.game.set_learning_rates(*rates)
        except ValueError as error:
            self._say(f"{error} The game goes on with the rates it has.")
        else:
            self._rates = rates
            self._say("")

    @one_at_a_time
    def _change_loss(self, change):
        self.game.set_loss(LOSSES[change["new"]])
        self.show()

    def _say(self, message):
        text = html.escape(str(message))
        self.message.value = f"<b>{text}</b>" if text else ""

    def _build_controls(self, target, seed):
        wide = {"description_width": "130px"}
        self.target = widgets.Dropdown(
            options=[*points.TARGETS, OWN_POINTS],
            value=target,
            description="Target",
            style=wide,
        )
        self.own_points = widgets.Textarea(
            value=EXAMPLE,
            description="Your own points",
            rows=5,
            continuous_update=False,
            style=wide,
        )
        self.use_points = widgets.Button(description="Use these points")
        self.d_button = widgets.Button(description="Step D")
        self.g_button = widgets.Button(description="Step G")
        self.play_button = widgets.ToggleButton(description="Play", tooltip="Play")
        self.reset_button = widgets.Button(description="Reset")
        self._buttons = (
            *(self.d_button, self.g_button, self.play_button),
            *(self.reset_button, self.use_points),
        )
        self.seed = widgets.IntText(value=seed, description="Seed", style=wide)
        self.speed = widgets.IntSlider(
            value=5, min=1, max=30, description="Iterations a frame", style=wide
        )
        self.d_steps = widgets.IntSlider(
            value=1, min=0, max=20, description="D steps an iteration", style=wide
        )
        self.g_steps = widgets.IntSlider(
            value=1, min=0, max=20, description="G steps an iteration", style=wide
        )
        self.batch_size = widgets.IntSlider(
            value=128, min=1, max=512, description="Batch size", style=wide
        )
        self.penalty = widgets.Checkbox(value=True, description="Penalty R1")
        self._rates = [1e-3, 3e-3]
        self.g_rate, self.d_rate = (
            widgets.Text(
                value=f"{rate:g}",
                description=f"Learning rate {name}",
                continuous_update=False,
                style=wide,
            )
            for name, rate in zip("GD", self._rates, strict=True)
        )
        self.loss = widgets.Dropdown(
            options=list(LOSSES), description="Loss", style=wide
        )
        self.image = widgets.Image(format="png", width=672, height=336)
        self.numbers, self.message = widgets.HTML(), widgets.HTML()
        left = [self.target, self.loss, self.d_steps, self.g_steps, self.speed]
        left += [self.d_rate, self.g_rate, self.batch_size, self.penalty, self.seed]
        self._settings = left
        right = [self.own_points, self.use_points]
        self.widget = widgets.VBox(
            [
                widgets.HBox(self._buttons[:4]),
                self.message,
                self.image,
                self.numbers,
                widgets.HBox([widgets.VBox(left), widgets.VBox(right)]),
            ]
        )

    def _observe_controls(self):
        self.d_button.on_click(lambda _: self.step_d())
        self.g_button.on_click(lambda _: self.step_g())
        self.reset_button.on_click(lambda _: self.reset())
        self.play_button.observe(self._toggle, "value")
        self.target.observe(self._change_target, "value")
        self.use_points.on_click(self._choose_own_points)
        self.loss.observe(self._change_loss, "value")
        for box in (self.g_rate, self.d_rate):
            box.observe(self._change_rates, "value")
        self.penalty.observe(lambda _: self.game.set_penalty(self._gamma()), "value")
        self.batch_size.observe(
            lambda change: self.game.set_batch_size(change["new"]), "value"
        )

    def _toggle(self, change):
        self.play_button.description = "Pause" if change["new"] else "Play"
        if change["new"]:
            self.play()

    def _choose_own_points(self, _):
        if self.target.value == OWN_POINTS:
            self._change_target()
        else:
            self.target.value = OWN_POINTS  # which calls _change_target


def _prepared_game(draw_points, rules):
    """A new game whose steps are compiled, so that the first one is quick, too."""
    game = PointGame(draw_points, **rules)
    game.play(6)  # with fewer, TensorFlow warns of games that are made one by one
    game.reset(rules["seed"])
    return game


def _check_seed(value):
    return checks.whole_number("The seed", value, 0, 2**31 - 1)


def _number(text):
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"The learning rate is {text[:30]!r}; expected a number, such as 0.002."
        ) from None
