"""The game on points: who moves, what is measured, and that a seed decides all."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import losses
from gan_tutorial.lab import game as game_module
from gan_tutorial.lab import game_pictures
from gan_tutorial.lab.game import RULES, PointGame
from gan_tutorial.synthetic import points
from gan_tutorial.widgets import LOSSES


def change(game, **rules):
    """Sets the usual rules, but for these."""
    game.set_rules(**RULES | rules)


def are_equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def made():
    """One game for most tests: compiling it takes a while."""
    return PointGame(points.ring, seed=1)


@pytest.fixture
def game(made):
    made.set_rules(**RULES)
    made.reset(1)
    return made


def test_each_step_moves_one_player(game):
    g_before, d_before = game.generator.get_weights(), game.discriminator.get_weights()
    game.step_d()
    assert are_equal(game.generator.get_weights(), g_before)
    assert not are_equal(game.discriminator.get_weights(), d_before)
    d_before = game.discriminator.get_weights()
    game.step_g()
    assert not are_equal(game.generator.get_weights(), g_before)
    assert are_equal(game.discriminator.get_weights(), d_before)
    assert (game.d_steps_taken, game.steps_taken) == (1, 1)


def test_reset_gives_the_game_of_that_seed_again(game):
    game.reset(5)
    first = game.play(30)
    game.reset(6)
    assert not np.array_equal(game.play(30).fake, first.fake)
    game.reset(5)
    for again in (game.play(30), PointGame(points.ring, seed=5).play(30)):
        np.testing.assert_array_equal(again.fake, first.fake)
        np.testing.assert_array_equal(again.record["d_loss"], first.record["d_loss"])


def test_a_snapshot_changes_nothing(game):
    seen = game.play(10)
    game.snapshot()
    assert seen.record["step"].tolist() == [0, 20]
    last = game.play(10)
    assert last.record["step"].tolist() == [0, 20, 40]
    game.reset(1)
    np.testing.assert_array_equal(game.play(20).fake, last.fake)


def test_rates_survive_a_reset(game):
    change(game, g_learning_rate=0.004, d_learning_rate=0.0007)
    game.reset(1)
    assert float(game.g_optimizer.learning_rate) == pytest.approx(0.004)
    assert float(game.d_optimizer.learning_rate) == pytest.approx(0.0007)
    assert game.steps_taken == 0


@pytest.mark.parametrize("name", LOSSES)
def test_players_and_record_follow_the_chosen_loss(game, name):
    game.iterate(5)
    change(game, loss=LOSSES[name])
    record = game.snapshot().record
    fake = game.discriminator(game.generator(game.latents))
    real = game.discriminator(game.real)
    assert record["step"][[0, -1]].tolist() == [0, 10]
    assert record["d_loss"][-1] == pytest.approx(
        float(LOSSES[name].discriminator(real, fake)), rel=1e-5
    )
    before = float(LOSSES[name].generator(fake))
    assert record["g_loss"][-1] == pytest.approx(before, rel=1e-5)
    game.iterate(20, d_steps=0)
    assert game.snapshot().record["g_loss"][-1] < before


def test_the_penalty_counts_with_its_weight(game):
    """The steps that are taken are those of a training with this R1."""
    moved = []
    for gamma in (0.0, 0.1, 10.0):
        game.reset(1)
        change(game, r1_gamma=gamma)
        game.iterate(20, g_steps=0)
        real = tf.constant(game.real)
        moved.append(float(losses.r1_penalty(game.discriminator, real)))
    assert moved[0] > moved[1] > 2 * moved[2]


def test_rules_come_back_without_compiling_again(game):
    game.play(1)
    before = dict(game.compiled_steps)
    change(game, loss=losses.HINGE)
    game.play(1)
    change(game, batch_size=16)
    game.play(1)
    assert all(game.compiled_steps[rules] is step for rules, step in before.items())
    for step in game.compiled_steps.values():
        assert step.experimental_get_tracing_count() == 1


def test_negative_gradients_point_downhill_for_the_generator(game):
    seen = game.play(50)

    def loss_of(fakes):
        logits = game.discriminator(tf.constant(fakes))
        return losses.non_saturating_generator_loss(logits).numpy()

    # The size: a small change of one fake alone, by differences.
    number = int(np.linalg.norm(seen.negative_gradients, axis=1).argmax())
    moved = seen.fake.copy()
    moved[number, 0] += 1e-2
    slope = (loss_of(moved) - loss_of(seen.fake)) * len(moved) / 1e-2
    expected = seen.negative_gradients[number, 0]
    assert -slope == pytest.approx(expected, rel=0.1, abs=0.02)


def test_verdict_is_the_sigmoid_at_its_place(game):
    verdict = game.play(20).verdict
    axis = np.linspace(-3, 3, 40)
    place = np.array([[axis[7], axis[30]]], "float32")  # x, y
    logit = game.discriminator(place).numpy().item()
    assert verdict[30, 7] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-4)


def test_the_distance_falls(game):
    first, last = game.snapshots([0, 200])
    assert last.record["distance"][-1] < 0.5 * first.record["distance"][-1]


def test_a_frozen_discriminator_lets_the_fakes_run_away():
    game = PointGame(points.two_bells, seed=31)
    ahead = game.play(300, g_steps=0).record
    run_away = game.play(150, d_steps=0).record
    assert run_away["g_loss"][-1] < 0.5 * ahead["g_loss"][-1]
    assert run_away["distance"][-1] > ahead["distance"][-1]
    assert ahead["d_loss"][-1] > 0.3


def test_the_minimax_gradient_vanishes_where_the_other_does_not(game):
    change(game, r1_gamma=0.0)
    game.iterate(500, g_steps=0)
    lengths = []
    for loss in (losses.MINIMAX, losses.NON_SATURATING):
        change(game, loss=loss, r1_gamma=0.0)
        gradients = game.snapshot().negative_gradients
        lengths.append(np.linalg.norm(gradients, axis=1).mean())
    assert lengths[0] < lengths[1] / 1000


def test_a_game_on_own_points():
    own = [[0, 0], [1, 2], [2, 1]]
    game = PointGame(own, seed=0)
    assert {tuple(point) for point in game.real} == {tuple(point) for point in own}
    assert game.snapshot().fake.shape == (game_module.NUM_SHOWN, 2)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"loss": "hinge"}, "loss is 'hinge'; expected a losses.Loss"),
        ({"g_learning_rate": 0}, "g_learning_rate is 0; expected a number"),
        ({"d_learning_rate": float("nan")}, "d_learning_rate is nan"),
        ({"r1_gamma": -1}, "r1_gamma is -1"),
        ({"batch_size": 2.5}, "batch_size is 2.5; expected a whole number"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, message):
    with pytest.raises(ValueError, match=message):
        PointGame(points.two_bells, **rules)


def test_numbers_of_iterations_that_cannot_be_are_refused(game):
    for iterations in ([1, 0], [-1], [0.5]):
        with pytest.raises(ValueError, match="expected a whole number, 0 or more"):
            game.snapshots(iterations)
    with pytest.raises(ValueError, match="g_steps is -1"):
        game.play(1, g_steps=-1)


@pytest.mark.parametrize("draw_points", [points.ring, points.two_bells])
def test_pictures_show_the_points_and_the_numbers(draw_points):
    first = PointGame(draw_points).snapshot()
    last = first._replace(d_steps=7, fake=np.full_like(first.fake, np.nan))
    for snapshot in (first, last):
        drawn, losses_axis, distance_axis = game_pictures.plot_game(snapshot).axes
        verdict = drawn.images[0].get_array()
        np.testing.assert_array_equal(verdict, np.atleast_2d(snapshot.verdict))
        _, labels = drawn.get_legend_handles_labels()
        assert {"real", "fake"} <= set(labels)
        assert [line.get_label() for line in losses_axis.lines] == ["L_D", "L_G"]
        assert len(distance_axis.lines) == 1
    strip = game_pictures.plot_snapshots([first, last])
    strip.canvas.draw()
    assert [axis.get_title()[:4] for axis in strip.axes] == ["D 0,", "D 7,"]
    arrows = strip.axes[0].collections[0]
    pulls = first.negative_gradients[:25, 0]
    np.testing.assert_array_equal(np.sign(arrows.U), np.sign(pulls))
