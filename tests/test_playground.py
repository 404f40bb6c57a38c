"""The playground without a browser: its buttons, its messages, and how it plays."""

import asyncio
import io
import threading

import numpy as np
import pytest
from PIL import Image

from gan_tutorial.widgets import LOSSES, playground
from gan_tutorial.widgets.playground import OWN_POINTS, Playground


def pixels(play):
    return np.asarray(Image.open(io.BytesIO(play.image.value)))


@pytest.fixture(scope="module")
def made():
    """One playground for most tests: compiling its game takes a while."""
    play = Playground("ring of 8", seed=1)
    return play, play.game


@pytest.fixture
def play(made):
    play, game = made
    play.target.value = "ring of 8"
    play._use(game)
    play.loss.value, play.batch_size.value, play.seed.value = "non-saturating", 128, 1
    play.g_rate.value, play.d_rate.value = "0.001", "0.003"
    play.penalty.value = True
    play.reset()
    yield play
    play.pause()


def test_buttons_step_one_player_and_show_it(play):
    states = [(pixels(play), play.numbers.value)]
    for button, taken in ((play.d_button, (1, 0)), (play.g_button, (1, 1))):
        button.click()
        assert (play.game.d_steps_taken, play.game.steps_taken) == taken
        states.append((pixels(play), play.numbers.value))
        assert not np.array_equal(states[-1][0], states[-2][0])
        assert states[-1][1] != states[-2][1]
    play.reset_button.click()
    np.testing.assert_array_equal(pixels(play), states[0][0])
    assert play.numbers.value == states[0][1]


def test_it_plays_until_it_is_paused_and_leaves_the_kernel_free(play, monkeypatch):
    """Between two frames, whatever else waits for the kernel gets its turn."""
    monkeypatch.setattr(playground, "FRAMES_PER_S", 1000)
    frames, others = [], []
    play.image.observe(lambda _: frames.append(len(others)), "value")

    async def session():
        play.play_button.value = True
        while len(frames) < 5:
            await asyncio.sleep(0)
            others.append(len(frames))
        play.play_button.value = False
        await play._task
        return play.game.d_steps_taken

    taken = asyncio.run(session())
    assert 5 <= taken == play.game.d_steps_taken
    # Each frame found the others further on than the one before.
    assert all(a < b for a, b in zip(frames, frames[1:], strict=False))
    assert play.play_button.description == "Play"


def test_a_frame_ends_when_its_time_is_over(play, monkeypatch):
    clock = iter(np.arange(0.0, 100.0, playground.SECONDS_OF_PLAY / 3))
    monkeypatch.setattr(playground.time, "perf_counter", lambda: float(next(clock)))
    play.speed.value = 30
    assert 1 <= play._play_frame() <= 3
    play.speed.value = 2
    monkeypatch.setattr(playground.time, "perf_counter", lambda: 0.0)
    assert play._play_frame() == 2


def test_the_still_pictures_are_those_of_the_same_run(play, monkeypatch):
    seen = []
    monkeypatch.setattr(playground, "plot_snapshots", seen.extend)
    play.figure([0, 12])
    np.testing.assert_array_equal(seen[1].fake, play.game.play(12).fake)
    np.testing.assert_array_equal(seen[0].record["step"], [0])
    for nonsense in ([], [5, 1], [-1]):
        with pytest.raises(ValueError, match="expected"):
            play.figure(nonsense)


def test_it_pauses_when_nobody_may_be_watching(play, monkeypatch):
    monkeypatch.setattr(playground, "LONGEST_PLAY", 20)

    async def session():
        play.play()
        await play._task

    asyncio.run(session())
    assert 20 <= play.game.d_steps_taken < 60
    assert "Paused" in play.message.value


def test_without_a_loop_playing_says_so(play):
    play.play_button.value = True
    assert "needs a notebook" in play.message.value
    assert play.play_button.value is False


@pytest.mark.parametrize("text", ["0", "100", "-1", "abc", "", "nan", "inf", "0,1"])
@pytest.mark.parametrize("player", ["g", "d"])
def test_learning_rates_that_make_no_sense_get_a_message(play, player, text):
    box = {"g": play.g_rate, "d": play.d_rate}[player]
    box.value = text
    assert "The game goes on" in play.message.value
    assert float(play.game.g_optimizer.learning_rate) == pytest.approx(1e-3)
    assert float(play.game.d_optimizer.learning_rate) == pytest.approx(3e-3)
    box.value = "0.004"
    assert play.message.value == ""
    used = {"g": play.game.g_optimizer, "d": play.game.d_optimizer}[player]
    assert float(used.learning_rate) == pytest.approx(0.004)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no point"),
        ("1, 2", "one point"),
        ("<b>vase</b>", "&lt;b&gt;vase"),
        ("1\n2\n" * 500_000, "10,000 points at most"),
    ],
    ids=["none", "one", "text", "a million"],
)
def test_points_that_make_no_sense_get_a_message(play, text, part):
    before = play.game
    play.own_points.value = text
    play.use_points.click()
    assert part in play.message.value
    assert "The game goes on" in play.message.value
    assert play.game is before


def test_own_points_and_other_targets_make_a_new_game_with_the_same_rules(play):
    play.penalty.value, play.g_rate.value = False, "0.002"
    play.own_points.value = "0\n1\n5"
    play.use_points.click()
    assert play.target.value == OWN_POINTS
    assert set(play.game.real.ravel()) == {-2, np.float32(-1.2), 2}
    play.own_points.value = "0, 0\n1, 1\n5, 0"
    play.use_points.click()
    assert play.game.dim == 2
    play.target.value = "two bells (on a line)"
    assert play.game.dim == 1
    play.d_button.click()
    assert play.game.d_steps_taken == 1
    assert play.game.d_penalty is None
    assert float(play.game.g_optimizer.learning_rate) == pytest.approx(0.002)


def test_a_new_game_is_compiled_without_blocking_the_kernel(play, monkeypatch):
    """It is made in another thread, and until then nobody can change its rules."""
    prepare, may_go_on = playground._prepared_game, threading.Event()

    def prepare_later(*args):
        assert may_go_on.wait(60)
        return prepare(*args)

    monkeypatch.setattr(playground, "_prepared_game", prepare_later)

    async def session():
        play.target.value = "two bells (on a line)"
        assert play.d_button.disabled and play.game.dim == 2
        may_go_on.set()  # reached while the game is being made
        await play._change
        assert not play.d_button.disabled

    asyncio.run(session())
    assert play.game.dim == 1


@pytest.mark.parametrize("name", LOSSES)
def test_loss_can_be_changed_while_the_game_goes_on(play, name):
    play.game.play(3)
    before = play.numbers.value
    play.loss.value = name
    assert play.game.loss == LOSSES[name]
    assert (play.numbers.value == before) == (name == "non-saturating")
    play.d_button.click()
    assert "nan" not in play.numbers.value
    assert play.message.value == ""


def test_penalty_batch_size_and_seed(play):
    play.penalty.value = False
    assert play.game.d_penalty is None
    play.penalty.value = True
    assert play.game.d_penalty.gamma == 0.1
    play.batch_size.value = 16
    assert play.game.batch_size == 16
    first = pixels(play)
    play.seed.value = 7
    play.reset_button.click()
    assert not np.array_equal(pixels(play), first)
    play.seed.value = -1
    for act in (play.reset_button.click, lambda: setattr(play.target, "value", "line")):
        play.message.value = ""
        act()
        assert "whole number" in play.message.value
    play.figure([0, 1])  # of the seed that is played


def test_numbers_without_bounds_pause_the_game(play):
    kernel = play.game.generator.get_layer("outputs").kernel
    kernel.assign(np.full(kernel.shape, np.nan, "float32"))
    play.g_button.click()
    assert "Lower the learning rates" in play.message.value
    play.reset_button.click()
    assert play.message.value == ""
    assert "nan" not in play.numbers.value


@pytest.mark.parametrize("bad", [{"target": "cube"}, {"seed": -1}, {"seed": 0.5}])
def test_what_it_cannot_start_with_is_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        Playground(**bad)


def test_every_control_has_a_name(play):
    for name, control in vars(play).items():
        if hasattr(control, "description") and name not in ("numbers", "message"):
            assert control.description
    assert play.play_button.tooltip == "Play"
