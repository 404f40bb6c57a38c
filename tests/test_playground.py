"""The playground without a browser: its buttons, its messages, and how it plays."""

import asyncio

import numpy as np
import pytest
from shown import picture

from gan_tutorial import losses
from gan_tutorial.widgets import playground
from gan_tutorial.widgets.playground import OWN_POINTS, Playground


@pytest.fixture(scope="module")
def made():
    """One playground for all tests: compiling its game takes a while."""
    return Playground("ring of 8", seed=1)


@pytest.fixture
def play(made):
    made.reset()
    yield made
    made.pause()


def test_buttons_step_one_player_and_show_it(play):
    states = [(picture(play.image), play.numbers.value)]
    for button, taken in ((play.d_button, (1, 0)), (play.g_button, (1, 1))):
        button.click()
        assert (play.game.d_steps_taken, play.game.steps_taken) == taken
        states.append((picture(play.image), play.numbers.value))
        assert not np.array_equal(states[-1][0], states[-2][0])
        assert states[-1][1] != states[-2][1]
    play.reset_button.click()
    np.testing.assert_array_equal(picture(play.image), states[0][0])
    assert play.numbers.value == states[0][1]


def test_it_plays_until_it_is_paused_and_leaves_the_kernel_free(play, monkeypatch):
    """Between two frames, whatever else waits for the kernel gets its turn."""
    monkeypatch.setattr(playground, "PAUSE_S", 0)
    frames, others = [], []
    play.image.observe(lambda _: frames.append(len(others)), "value")
    play.speed.value, play.d_steps.value = 2, 3

    async def session():
        play.play_button.value = True
        while len(frames) < 5:
            await asyncio.sleep(0)
            others.append(len(frames))
        assert play.play_button.description == "Pause"
        play.play_button.value = False
        await play._task

    asyncio.run(session())
    assert (play.game.d_steps_taken, play.game.steps_taken) == (30, 10)
    # Each frame found the others further on than the one before.
    assert all(a < b for a, b in zip(frames, frames[1:], strict=False))
    assert play.play_button.description == "Play"
    play.d_steps.value = 1


def test_it_pauses_when_nobody_may_be_watching(play, monkeypatch):
    monkeypatch.setattr(playground, "LONGEST_PLAY", 3)

    async def session():
        play.play()
        await play._task

    asyncio.run(session())
    assert play.game.d_steps_taken == 3 * play.speed.value
    assert "Paused" in play.message.value


def test_rules_can_be_changed_while_the_game_goes_on(play):
    play.d_button.click()
    before = play.numbers.value
    play.penalty.value = False
    play.batch_size.value = 16
    play.g_rate.value, play.d_rate.value = 0.0001, 0.03
    assert play.numbers.value == before
    play.loss.value = "hinge"
    assert play.numbers.value != before
    game = play.game
    assert (game.loss, game.d_penalty, game.batch_size) == (losses.HINGE, None, 16)
    assert float(game.g_optimizer.learning_rate) == pytest.approx(0.0001)
    assert float(game.d_optimizer.learning_rate) == pytest.approx(0.03)
    assert game.d_steps_taken == 1


def test_points_that_make_no_sense_get_a_message(play):
    before = play.game
    for text in ("", "vase"):
        play.own_points.value = text
        assert "The game goes on" in play.message.value
        assert play.game is before
    play.target.value = "ring of 8"
    assert play.message.value == ""


def test_own_points_and_other_targets_make_a_new_game_with_the_same_rules(play):
    play.penalty.value, play.g_rate.value, play.seed.value = False, 0.01, 7
    play.own_points.value = "0\n1\n5"
    assert play.target.value == OWN_POINTS
    assert set(play.game.real.ravel()) == {-2, np.float32(-1.2), 2}
    play.own_points.value = "0, 0\n1, 1\n5, 0"
    assert play.game.dim == 2
    assert (play.game.d_steps_taken, play.game.seed) == (0, 7)
    assert play.game.d_penalty is None
    assert float(play.game.g_optimizer.learning_rate) == pytest.approx(0.01)


def test_numbers_without_bounds_pause_the_game(play):
    kernel = play.game.generator.get_layer("outputs").kernel
    kernel.assign(np.full(kernel.shape, np.nan, "float32"))
    play.g_button.click()
    assert "Lower the learning rates" in play.message.value
    play.reset_button.click()
    assert play.message.value == ""
    assert "nan" not in play.numbers.value


def test_what_it_cannot_start_with_is_refused():
    with pytest.raises(ValueError, match="expected one of"):
        Playground("cube")


def test_messages_are_text_and_read_aloud(play):
    play.own_points.value = "<b>5</b>"
    assert play.message.value.startswith('<b role="alert">Line 1 is &#x27;&lt;b&gt;5')
