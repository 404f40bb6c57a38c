"""The game on points: who moves, what is measured, and that a seed decides all."""

import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial import losses, point_game
from gan_tutorial.point_game import FAMILIES, PointGame
from gan_tutorial.synthetic import points


def weights(network):
    return [weight.numpy() for weight in network.weights]


def are_equal(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.fixture(scope="module")
def game():
    """One game for all tests that reset it: compiling it takes a while."""
    return PointGame(points.ring, seed=1)


def test_each_step_moves_one_player(game):
    game.reset(1)
    g_before, d_before = weights(game.generator), weights(game.discriminator)
    game.step_d()
    assert are_equal(weights(game.generator), g_before)
    assert not are_equal(weights(game.discriminator), d_before)
    d_before = weights(game.discriminator)
    game.step_g()
    assert not are_equal(weights(game.generator), g_before)
    assert are_equal(weights(game.discriminator), d_before)
    assert (game.d_taken, game.g_taken) == (1, 1)


def test_reset_gives_the_game_of_that_seed_again(game):
    game.reset(5)
    game.play(30)
    first = game.look()
    game.reset(6)
    game.play(30)
    other = game.look()
    game.reset(5)
    game.play(30)
    again = game.look()
    new = PointGame(points.ring, seed=5)
    new.play(30)
    for view in (again, new.look()):
        np.testing.assert_array_equal(view.fake, first.fake)
        np.testing.assert_array_equal(view.record["d_loss"], first.record["d_loss"])
    assert not np.array_equal(other.fake, first.fake)


def test_looking_changes_nothing(game):
    game.reset(2)
    game.play(10)
    looked = game.look()
    game.look()
    game.play(10)
    assert np.array_equal(looked.record["step"], [0, 20])
    assert np.array_equal(game.look().record["step"], [0, 20, 40])
    first = game.look().fake
    game.reset(2)
    game.play(20)
    np.testing.assert_array_equal(game.look().fake, first)


def test_rates_survive_a_reset(game):
    game.set_learning_rates(0.004, 0.0007)
    game.reset(1)
    assert float(game.g_optimizer.learning_rate) == pytest.approx(0.004)
    assert float(game.d_optimizer.learning_rate) == pytest.approx(0.0007)
    assert int(game.g_optimizer.iterations) == 0
    game.set_learning_rates(1e-3, 3e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_losses_are_those_of_the_family(game, family):
    game.reset(3)
    game.play(5)
    game.set_loss(family)
    game.play(1)
    record = game.look().record
    fake = game.discriminator(game.generator(game.latents))
    real = game.discriminator(game.real)
    d_loss = getattr(losses, f"{family}_discriminator_loss")(real, fake)
    g_loss = getattr(losses, f"{family}_generator_loss")(fake)
    assert record["d_loss"][-1] == pytest.approx(float(d_loss), rel=1e-5)
    assert record["g_loss"][-1] == pytest.approx(float(g_loss), rel=1e-5)
    game.set_loss("non_saturating")


def test_loss_is_changed_without_compiling_again(game):
    game.reset(1)
    for family in FAMILIES:
        game.set_loss(family)
        game.set_batch_size(16 + len(family))
        game.play(1)
    assert game._d_step.experimental_get_tracing_count() == 1
    assert game._g_step.experimental_get_tracing_count() == 1
    game.set_loss("non_saturating")
    game.set_batch_size(128)


def test_wishes_point_downhill_for_the_generator(game):
    game.reset(4)
    game.play(50)
    view = game.look()

    def loss_of(fakes):
        logits = game.discriminator(tf.constant(fakes))
        return losses.non_saturating_generator_loss(logits).numpy()

    step = 1e-3 * view.wishes / np.abs(view.wishes).max()
    assert loss_of(view.fake + step) < loss_of(view.fake)
    # The size: a small change of one fake alone, by differences.
    moved = view.fake.astype("float32").copy()
    number = int(np.linalg.norm(view.wishes, axis=1).argmax())
    moved[number, 0] += 1e-2
    slope = (loss_of(moved) - loss_of(view.fake)) * len(moved) / 1e-2
    assert -slope == pytest.approx(view.wishes[number, 0], rel=0.1, abs=0.02)


def test_verdict_is_the_sigmoid_at_its_place(game):
    game.reset(1)
    game.play(20)
    verdict = game.look().verdict
    axis = np.linspace(-3, 3, 40)
    place = np.array([[axis[7], axis[30]]], "float32")  # x, y
    logit = game.discriminator(place).numpy().item()
    assert verdict[30, 7] == pytest.approx(1 / (1 + np.exp(-logit)), rel=1e-4)


def test_the_distance_falls_on_every_target():
    for name, draw in points.TARGETS.items():
        for seed in (11, 12, 13):
            game = PointGame(draw, seed=seed)
            first, last = game.film([0, 300])
            fell = last.record["distance"][-1] / first.record["distance"][-1]
            assert fell < 0.5, f"{name}, seed {seed}: {fell:.2f}"


def test_ring_is_covered_in_balance_and_collapses_without_it(game):
    for seed in (21, 22, 23):
        game.reset(seed)
        game.play(1500)
        modes, good = points.count_modes(game.look().fake)
        assert modes == 8 and good > 0.5
    for seed in (21, 22, 23):
        game.reset(seed)
        views = game.film([200, 250, 300], g_steps=20)
        assert max(points.count_modes(view.fake)[0] for view in views) <= 3


def test_a_frozen_discriminator_lets_the_fakes_run_away():
    for seed in (31, 32, 33):
        game = PointGame(points.two_bells, seed=seed)
        game.play(400, g_steps=0)
        losses_before = game.look().record
        game.play(150, d_steps=0)
        record = game.look().record
        assert record["g_loss"][-1] < 0.5 * losses_before["g_loss"][-1]
        assert record["distance"][-1] > 1.2 * losses_before["distance"][-1]
        assert losses_before["d_loss"][-1] > 0.3


def test_the_minimax_pull_vanishes_where_the_other_does_not(game):
    def pulls(seed):
        for loss in ("minimax", "non_saturating"):
            ahead = PointGame(points.ring, seed, loss=loss, r1_gamma=0.0)
            ahead.play(500, g_steps=0)
            yield np.linalg.norm(ahead.look().wishes, axis=1).mean()

    for seed in (41, 42, 43):
        minimax, non_saturating = pulls(seed)
        assert minimax < non_saturating / 1000


def test_a_game_on_own_points():
    own = points.scale_points([[0, 0], [1, 3], [2, 1]])
    game = PointGame(own, seed=0)
    assert {tuple(point) for point in game.real} == {tuple(point) for point in own}
    game.play(2)
    assert game.look().fake.shape == (point_game.NUM_SHOWN, 2)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"loss": "mean"}, "'mean'"),
        ({"g_learning_rate": 0}, "rate of G is 0"),
        ({"d_learning_rate": 100}, "rate of D is 100"),
        ({"d_learning_rate": float("nan")}, "nan"),
        ({"r1_gamma": -1}, "r1_gamma is -1"),
        ({"r1_gamma": float("nan")}, "r1_gamma is nan"),
        ({"batch_size": 0}, "batch size is 0"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules, message):
    with pytest.raises(ValueError, match=message):
        PointGame(points.two_bells, **rules)
