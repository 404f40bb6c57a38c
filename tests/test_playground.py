"""The playground without a browser: its buttons, its messages, and its pace."""

import asyncio
import io
import time

import numpy as np
import pytest
from PIL import Image

from gan_tutorial.interactive import playground
from gan_tutorial.interactive.playground import OWN_POINTS, Playground
from gan_tutorial.point_game import FAMILIES


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
    play._use(game)
    play.target.value = "ring of 8"
    play._use(game)
    play.loss.value, play.batch_size.value, play.seed.value = "non_saturating", 128, 1
    play.g_rate.value, play.d_rate.value = "0.001", "0.003"
    play.reset()
    yield play
    play.pause()


def test_buttons_step_one_player_and_show_it(play):
    states = [(pixels(play), play.numbers.value)]
    play.d_button.click()
    states.append((pixels(play), play.numbers.value))
    assert (play.game.d_taken, play.game.g_taken) == (1, 0)
    play.g_button.click()
    states.append((pixels(play), play.numbers.value))
    assert (play.game.d_taken, play.game.g_taken) == (1, 1)
    for (picture, text), (next_picture, next_text) in zip(
        states, states[1:], strict=False
    ):
        assert not np.array_equal(picture, next_picture)
        assert text != next_text
    play.reset_button.click()
    np.testing.assert_array_equal(pixels(play), states[0][0])
    assert play.numbers.value == states[0][1]


def test_play_draws_stops_and_leaves_the_kernel_free(play):
    frames, gaps = [], []
    play.image.observe(lambda _: frames.append(time.perf_counter()), "value")

    async def session():
        play.d_button.click()
        play.g_button.click()
        play.play_button.value = True
        last = time.perf_counter()
        end = last + 3
        while last < end:  # what any other message to the kernel would feel
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()
        play.play_button.value = False
        await asyncio.sleep(0.3)
        taken = play.game.d_taken
        await asyncio.sleep(0.3)
        return taken

    taken = asyncio.run(session())
    assert len(frames) / 3 >= 5
    assert np.quantile(gaps, 0.99) < 0.3
    assert taken == play.game.d_taken > 20
    assert play.play_button.description == "Play"


def test_play_is_the_same_run_as_the_film(play, monkeypatch):
    views = []
    monkeypatch.setattr(playground, "plot_film", lambda found: views.extend(found))
    play.film([0, 12])
    play.game.play(12)
    np.testing.assert_array_equal(views[1].fake, play.game.look().fake)
    np.testing.assert_array_equal(views[0].record["step"], [0])


def test_only_one_plays_and_a_new_one_stops_it():
    async def session():
        first = Playground("line")
        first.play()
        await asyncio.sleep(0.2)
        second = Playground("moons")
        assert first.play_button.value is False
        first.play()
        second.play()
        await asyncio.sleep(0.2)
        states = first.play_button.value, second.play_button.value
        second.pause()
        await asyncio.sleep(0.2)
        return states

    assert asyncio.run(session()) == (False, True)


def test_it_pauses_when_nobody_may_be_watching(play, monkeypatch):
    monkeypatch.setattr(playground, "LONGEST_PLAY", 20)

    async def session():
        play.play()
        await play._task

    asyncio.run(session())
    assert 20 <= play.game.d_taken < 60
    assert "Paused" in play.message.value


def test_without_a_loop_playing_says_so(play):
    play.play_button.value = True
    assert "needs a notebook" in play.message.value
    assert play.play_button.value is False
    play.d_button.click()
    assert play.game.d_taken == 1


@pytest.mark.parametrize("text", ["0", "100", "-1", "abc", "", "nan", "inf", "0,1"])
@pytest.mark.parametrize("box", ["g_rate", "d_rate"])
def test_learning_rates_that_make_no_sense_get_a_message(play, box, text):
    getattr(play, box).value = text
    assert "The game goes on" in play.message.value
    assert float(play.game.g_optimizer.learning_rate) == pytest.approx(1e-3)
    assert float(play.game.d_optimizer.learning_rate) == pytest.approx(3e-3)
    play.d_button.click()
    assert play.game.d_taken == 1
    getattr(play, box).value = "0.004"
    assert play.message.value == ""
    used = {"g_rate": play.game.g_optimizer, "d_rate": play.game.d_optimizer}[box]
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
    play.g_button.click()
    assert play.game.g_taken == 1


def test_own_points_and_other_targets_make_a_new_game(play):
    play.own_points.value = "0\n1\n5"
    play.use_points.click()
    assert play.target.value == OWN_POINTS
    assert play.game.dim == 1
    assert set(play.game.real.ravel()) == {-2, np.float32(-1.2), 2}
    play.own_points.value = "0, 0\n1, 1\n5, 0"
    play.use_points.click()
    assert play.game.dim == 2
    for target in ("line", "two bells (on a line)"):
        play.target.value = target
        play.d_button.click()
        assert play.game.d_taken == 1


def test_a_new_game_is_compiled_without_blocking_the_kernel(play):
    async def session():
        play.target.value = "two bells (on a line)"
        assert play.d_button.disabled
        gaps, last = [], time.perf_counter()
        while play.d_button.disabled:
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()
        return gaps

    gaps = asyncio.run(session())
    assert play.game.dim == 1
    assert np.quantile(gaps, 0.95) < 0.3
    play.d_button.click()
    assert play.game.d_taken == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_loss_can_be_changed_while_the_game_goes_on(play, family):
    play.game.play(3)
    before = play.numbers.value
    play.loss.value = family
    assert (play.numbers.value == before) == (family == "non_saturating")
    play.d_button.click()
    play.g_button.click()
    assert "nan" not in play.numbers.value
    assert play.message.value == ""


def test_penalty_can_be_switched_off(play):
    assert float(play.game.gamma) == pytest.approx(0.1)
    play.penalty.value = False
    assert float(play.game.gamma) == 0
    play.target.value = "line"
    assert float(play.game.gamma) == 0
    play.penalty.value = True


def test_batch_size_and_seed(play):
    play.batch_size.value = 16
    assert play.game.batch_size == 16
    first = pixels(play)
    play.seed.value = 7
    play.reset_button.click()
    assert not np.array_equal(pixels(play), first)
    play.seed.value = -1
    play.reset_button.click()
    assert "whole number" in play.message.value
    play.target.value = "line"
    assert "whole number" in play.message.value
    play.d_button.click()
    play.film([0, 1])  # of the seed that is played


def test_numbers_without_bounds_pause_the_game(play):
    kernel = play.game.generator.get_layer("outputs").kernel
    kernel.assign(np.full(kernel.shape, np.nan, "float32"))
    play.g_button.click()
    assert "Lower the learning rates" in play.message.value
    play.reset_button.click()
    assert play.message.value == ""
    assert "nan" not in play.numbers.value


def test_a_learning_rate_typed_before_a_new_target_is_kept(play):
    play.g_rate.value = "0.002"
    play.target.value = "moons"
    assert float(play.game.g_optimizer.learning_rate) == pytest.approx(0.002)


@pytest.mark.parametrize("bad", [{"target": "cube"}, {"seed": -1}, {"seed": 0.5}])
def test_what_it_cannot_start_with_is_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        Playground(**bad)


def test_every_control_has_a_name(play):
    for name, control in vars(play).items():
        if hasattr(control, "description") and name not in ("numbers", "message"):
            assert control.description
