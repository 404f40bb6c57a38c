"""The playground of lesson 01: move the two players of a small GAN yourself."""

import asyncio
import html
import math
import threading

import ipywidgets as widgets

from gan_tutorial.lab.game import PointGame
from gan_tutorial.lab.game_pictures import plot_game
from gan_tutorial.synthetic import points
from gan_tutorial.widgets import (
    CONTROL,
    LOSSES,
    WRAPPED,
    Panel,
    columns,
    one_at_a_time,
    replace_previous,
)
from gan_tutorial.widgets.pictures import figure_to_png, to_html

OWN_POINTS = "your own points"
EXAMPLE = "-2, 0\n-1, 1\n0, 0\n1, 1\n2, 0"
R1_GAMMA = 0.1
RATES = (1e-6, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)  # of learning
PAUSE_S = 0.02  # between two frames, in which the buttons are answered
LONGEST_PLAY = 4_000  # frames, after which it pauses: nobody may be watching
STEPS = (0, 1, 2, 3, 5, 10, 20)  # of a player in one iteration
SPEEDS = (1, 2, 5, 10, 20)  # iterations between two pictures
BATCHES = (1, 4, 16, 64, 128, 256, 512)
ALT = (
    "The points of both players, over D's verdict as the colour of the ground; beside "
    "them the losses and the distance so far"
)


class Playground:
    """A game on points with buttons, for JupyterLab, Colab and other notebooks.

    Show `playground.widget` as the last line of a cell. Each button also works from the
    keyboard: go to it with *Tab* and press *Enter*. A new playground closes the one
    before.

    Args:
        target: a name out of `points.TARGETS`.
        seed: whole number from which all that is random follows.

    Raises:
        ValueError: an unknown target.
    """

    def __init__(self, target="ring of 8", seed=1):
        if target not in points.TARGETS:
            raise ValueError(
                f"The target is {target!r}; expected one of {list(points.TARGETS)}."
            )
        self._lock = threading.RLock()
        self._task = None
        self._build_controls(target, seed)
        self._change_target()
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
        self.play_button.value = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._play())

    def pause(self):
        """Stops after the frame that is being made."""
        self.play_button.value = False

    @one_at_a_time
    def reset(self):
        """Starts again from the seed, with the same rules."""
        self.game.reset(self.seed.value)
        self._say("")
        self.show()

    @one_at_a_time
    def show(self):
        """Draws the state of the game, and writes its numbers."""
        seen = self.game.snapshot()
        self.image.value = to_html(figure_to_png(plot_game(seen)), ALT, width=672)
        last = {name: values[-1] for name, values in seen.record.items()}
        self.numbers.value = (
            f"steps of D: {seen.d_steps:,}, steps of G: {seen.g_steps:,}, "
            f"L_D {last['d_loss']:.4f}, L_G {last['g_loss']:.4f}, "
            f"distance {last['distance']:.4f}"
        )
        if not all(math.isfinite(value) for value in last.values()):
            self.pause()
            self._say(
                "The numbers grew beyond all bounds. Lower the learning rates, then "
                "press Reset."
            )

    # How it works

    def _say(self, message):
        """Shows a message, which screen readers read at once."""
        text = html.escape(message)
        self.message.value = f'<b role="alert">{text}</b>' if text else ""

    async def _play(self):
        try:
            for _ in range(LONGEST_PLAY):
                if not self.play_button.value:
                    return
                self._play_frame()
                await asyncio.sleep(PAUSE_S)
            self._say("Paused. Press Play to go on.")
        finally:
            self.pause()

    @one_at_a_time
    def _play_frame(self):
        self.game.iterate(self.speed.value, self.d_steps.value, self.g_steps.value)
        self.show()

    def _rules(self):
        return {
            "loss": LOSSES[self.loss.value],
            "g_learning_rate": self.g_rate.value,
            "d_learning_rate": self.d_rate.value,
            "batch_size": self.batch_size.value,
            "r1_gamma": R1_GAMMA if self.penalty.value else 0.0,
        }

    @one_at_a_time
    def _change_rules(self, _change):
        self.game.set_rules(**self._rules())
        self.show()

    @one_at_a_time
    def _change_target(self, _change=None):
        """Makes a game for the chosen points; the old one stays if they are no good."""
        try:
            if self.target.value == OWN_POINTS:
                draw_points = points.read_points(self.own_points.value)
            else:
                draw_points = points.TARGETS[self.target.value]
        except ValueError as error:
            self._say(f"{error} The game goes on with the points it has.")
            return
        self.pause()
        self.game = PointGame(draw_points, self.seed.value, **self._rules())
        # Compiles both steps, so that the first ones are quick, too. With fewer
        # iterations, TensorFlow warns of games that are made one by one.
        self.game.iterate(6)
        self.reset()

    def _change_own_points(self, _change):
        if self.target.value == OWN_POINTS:
            self._change_target()
        else:
            self.target.value = OWN_POINTS  # which calls _change_target

    def _toggle(self, change):
        self.play_button.description = "Pause" if change["new"] else "Play"
        if change["new"]:
            self.play()

    def _build_controls(self, target, seed):
        self.d_button = _button(widgets.Button, "Step D", "Move D once")
        self.g_button = _button(widgets.Button, "Step G", "Move G once")
        self.play_button = _button(
            widgets.ToggleButton, "Play", "Play on until this is pressed again"
        )
        self.reset_button = _button(widgets.Button, "Reset", "Start from the seed")
        self.message, self.image, self.numbers = (widgets.HTML() for _ in range(3))
        self.target = _dropdown("Target", [*points.TARGETS, OWN_POINTS], target)
        self.loss = _dropdown("Loss", LOSSES, "non-saturating")
        self.d_steps = _dropdown("D steps an iteration", STEPS, 1)
        self.g_steps = _dropdown("G steps an iteration", STEPS, 1)
        self.speed = _dropdown("Iterations a picture", SPEEDS, 10)
        self.d_rate = _dropdown("Learning rate D", RATES, 3e-3)
        self.g_rate = _dropdown("Learning rate G", RATES, 1e-3)
        self.batch_size = _dropdown("Batch size", BATCHES, 128)
        self.penalty = widgets.Checkbox(
            value=True, description="Penalty R1", indent=False, **CONTROL
        )
        self.seed = widgets.BoundedIntText(
            value=seed, max=2**31 - 1, description="Seed", **CONTROL
        )
        self.own_points = widgets.Textarea(
            value=EXAMPLE,
            description="Your own points",
            rows=5,
            continuous_update=False,
            **CONTROL,
        )
        controls = [self.target, self.loss, self.d_steps, self.g_steps, self.d_rate]
        controls += [self.g_rate, self.batch_size, self.speed, self.seed, self.penalty]
        controls.append(self.own_points)
        grid = widgets.GridBox(controls, layout=columns(240, 672))
        buttons = self.d_button, self.g_button, self.play_button, self.reset_button
        self.widget = Panel(
            [
                widgets.HBox(buttons, layout=WRAPPED),
                self.message,
                self.image,
                self.numbers,
                grid,
            ]
        )

    def _observe_controls(self):
        self.d_button.on_click(lambda _: self.step_d())
        self.g_button.on_click(lambda _: self.step_g())
        self.reset_button.on_click(lambda _: self.reset())
        self.play_button.observe(self._toggle, "value")
        self.target.observe(self._change_target, "value")
        self.own_points.observe(self._change_own_points, "value")
        rules = self.loss, self.g_rate, self.d_rate, self.batch_size, self.penalty
        for control in rules:
            control.observe(self._change_rules, "value")


def _button(kind, name, tooltip):
    return kind(description=name, tooltip=tooltip, layout={"width": "100px"})


def _dropdown(name, options, value):
    return widgets.Dropdown(
        options=list(options), value=value, description=name, **CONTROL
    )
