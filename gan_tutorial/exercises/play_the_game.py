"""Exercises of lesson 01: order, labels, verdict, frozen player, distance, own game."""

import itertools
import re

import numpy as np

from gan_tutorial.exercises import Exercise

_ORDER = "bdace"


def _orders(keep):
    """All orders of the five letters that `keep` picks, but the right one."""
    every = ("".join(order) for order in itertools.permutations(_ORDER))
    return [order for order in every if order != _ORDER and keep(order.index)]


order_of_steps = Exercise(
    reference=_ORDER,
    why="fakes come first, because D needs some to judge. D moves, then G makes new "
    "fakes, the moved D judges them, and G moves.",
    hint="Write five letters, each once, such as 'abcde'. Who moves first in our turn? "
    "What does this player need for it?",
    misconceptions={
        "nothing to judge": (
            "D judges fakes in its step, so G must have made some before: those of b. "
            "Those of a are for G's own step.",
            *_orders(lambda at: at("d") < at("b")),
        ),
        "G first": (
            "in our turn D moves before G does. That is a convention, but keep to it.",
            *_orders(lambda at: at("b") < at("d") and at("e") < at("d")),
        ),
        "no new fakes": (
            "G moves last, when D has judged its new fakes: these are made (a) and "
            "judged (c) before the move (e).",
            *_orders(
                lambda at: (
                    at("b") < at("d") < at("e") and not at("a") < at("c") < at("e")
                )
            ),
        ),
        "too early": (
            "new fakes for G's step are made and judged after D has moved: G learns "
            "from D as it is now.",
            *_orders(
                lambda at: at("b") < at("d") < at("e") and at("a") < at("c") < at("e")
            ),
        ),
    },
)

_LABELS = {
    "form": "give five numbers in square brackets, such as [0, 0, 0, 0, 0].",
    "count": "there are five points, three real and two fake: give five labels.",
    "swapped": "that is the other way round: real is 1 and fake is 0. With these "
    "labels D would learn to call fakes real, just as G wants it, unopposed.",
    "all real": "that is what G wants to hear about its fakes. D is asked to tell "
    "them apart.",
    "all fake": "D would learn to call everything fake. What are real points?",
    "three real": "count the real points: there are three of them, and two fakes.",
    "smooth": "labels such as 0.9 are used sometimes; lesson 02 has them. Here the "
    "labels are 1 and 0.",
    "order": "the real points come first, the two fakes last.",
    "signs": "some courses write −1 for fake. Ours writes 0: it is a probability.",
    "half": "a half is what D says when it cannot tell. A label says what is true.",
    "other": "a label is 1 for a real point and 0 for a fake one.",
}


def _judge_labels(answer):
    try:
        if isinstance(answer, str):
            answer = re.findall(r"-?\d\.\d+|-?\d", answer) or "no"
        labels = np.asarray(answer, float).ravel()
    except (TypeError, ValueError):
        return _LABELS["form"]
    if labels.size != 5:
        return _LABELS["count"]
    named = {
        (1, 1, 1, 0, 0): "",
        (0, 0, 0, 1, 1): _LABELS["swapped"],
        (1, 1, 1, 1, 1): _LABELS["all real"],
        (0, 0, 0, 0, 0): _LABELS["all fake"],
        (1, 1, 1, -1, -1): _LABELS["signs"],
    }
    key = tuple(labels)
    if key in named:
        return named[key]
    if sorted(labels) == [0, 0, 1, 1, 1]:
        return _LABELS["order"]
    if set(labels) == {0, 1}:
        return _LABELS["three real"]
    if 0.5 in labels:
        return _LABELS["half"]
    is_smooth = labels[:3].min() >= 0.7 and labels[3:].max() <= 0.3
    return _LABELS["smooth" if is_smooth else "other"]


labels_for_d = Exercise(
    reference=[1, 1, 1, 0, 0],
    why="D is told the truth: 1 for each real point, 0 for each fake.",
    hint="Real is 1 and fake is 0.",
    misconceptions={
        "form": (_LABELS["form"], ["real", "fake"], {"real": 1}, "real real fake"),
        "three real": (_LABELS["three real"], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]),
        "smooth": (_LABELS["smooth"], [0.9, 0.9, 0.9, 0, 0], [0.9] * 3 + [0.1] * 2),
        "count": (_LABELS["count"], [1, 0], 1, [1, 1, 1], "10"),
        "swapped": (_LABELS["swapped"], [0, 0, 0, 1, 1], "00011"),
        "all real": (_LABELS["all real"], [1, 1, 1, 1, 1]),
        "all fake": (_LABELS["all fake"], [0, 0, 0, 0, 0]),
        "order": (_LABELS["order"], [1, 0, 1, 0, 1], [0, 0, 1, 1, 1]),
        "signs": (_LABELS["signs"], [1, 1, 1, -1, -1]),
        "half": (_LABELS["half"], [0.5] * 5, [1, 1, 1, 0.5, 0.5]),
        "other": (_LABELS["other"], [1, 2, 3, 4, 5], [1, 1, 1, 2, 2]),
    },
    judge=_judge_labels,
)


def _sigmoid(logit):
    return 1 / (1 + np.exp(-logit))


verdict = Exercise(
    reference=_sigmoid,
    why="a logit of 0 gives ½, a large one nearly 1, a very negative one nearly 0.",
    hint="The formula is 1 / (1 + e^(−logit)). Try a logit of 0: what comes out?",
    cases=((0.5,), (np.array([2.0, -3.0]),), (np.array([[-0.25], [8.0], [-9.0]]),)),
    misconceptions={
        "sigmoid twice": (
            "this is the sigmoid of the sigmoid, never below ½. Take it once.",
            lambda x: _sigmoid(_sigmoid(x)),
        ),
        "sign lost": (
            "a large logit has to give a verdict near 1, and yours gives one near 0. "
            "Look at the sign in the exponent.",
            lambda x: _sigmoid(-x),
            lambda x: 1 - _sigmoid(x),
        ),
        "no sigmoid": (
            "this is the logit itself, which can be any number. Squeeze it between 0 "
            "and 1.",
            lambda x: x,
            lambda x: np.clip(x, 0, 1),
        ),
        "threshold": (
            "this only says yes or no. D also says how sure it is.",
            lambda x: np.where(np.asarray(x) > 0, 1.0, 0.0),
            lambda x: np.round(_sigmoid(x)),
            lambda x: np.asarray(x) > 0,
            lambda x: (np.asarray(x) > 0).astype(int),
            lambda x: np.sign(x),
        ),
        "ten for e": (
            "this has 10 in place of e. Use np.exp, which is e to the power.",
            lambda x: 1 / (1 + 10.0 ** (-np.asarray(x))),
        ),
        "two for e": (
            "this has 2 in place of e. Use np.exp, which is e to the power.",
            lambda x: 1 / (1 + 2.0 ** (-np.asarray(x))),
        ),
        "from minus one": (
            "this goes from −1 to 1, as pixels do. A probability goes from 0 to 1.",
            np.tanh,
            lambda x: 2 * _sigmoid(x) - 1,
        ),
        "other slope": (
            "it goes from 0 to 1, but too steeply or not steeply enough. Do not scale "
            "the logit.",
            lambda x: (np.tanh(x) + 1) / 2,
            lambda x: _sigmoid(x / 2),
        ),
        "clipped": (
            "very sure verdicts are cut off. Give the verdict as it is.",
            lambda x: np.clip(_sigmoid(x), 0.01, 0.99),
            lambda x: _sigmoid(np.clip(x, -5, 5)),
        ),
        "odds": (
            "this is e to the power of the logit: the odds, which go above 1. Divide.",
            lambda x: np.exp(x),
            lambda x: np.exp(-np.asarray(x)),
        ),
        "no fraction": (
            "this is 1 + e^(logit) or 1 + e^(−logit). Divide 1 by it, and put brackets "
            "around the sum: 1 / 1 + x is (1 / 1) + x.",
            lambda x: 1 + np.exp(-x),
            lambda x: 1 + np.exp(x),
        ),
        "minus below": (
            "there is a minus below the line where a plus belongs.",
            lambda x: 1 / (1 - np.exp(-x)),
        ),
        "logarithm": (
            "the logarithm of the verdict belongs to the loss. Give the verdict.",
            lambda x: np.log(_sigmoid(x)),
            lambda x: -np.log(_sigmoid(x)),
        ),
        "softmax": (
            "this makes the verdicts of a batch add up to 1. Each stands alone.",
            lambda x: np.exp(x) / np.sum(np.exp(x)),
        ),
    },
)

frozen_d = Exercise(
    reference="c",
    why="G is only told in which direction D's output grows. A D that never learns "
    "keeps its hills where they are, and nothing tells the fakes to spread.",
    hint="Give one letter, such as 'd'. What is G told about its points?",
    misconceptions={
        "like real": (
            "that needs a D that learns: it would notice that fakes pile up somewhere.",
            "a",
        ),
        "stay": ("G has a gradient at the start, so it moves.", "b"),
        "back": (
            "G moves downhill on its loss. At the start its loss was higher.",
            "d",
        ),
    },
)


def _as_arrays(function):
    return lambda real, fake: function(np.asarray(real), np.asarray(fake))


distance_on_a_line = Exercise(
    reference=_as_arrays(
        lambda real, fake: np.mean(np.abs(np.sort(real) - np.sort(fake)))
    ),
    why="sorted points are the cheapest pairs, and the mean says how far one point has "
    "to move.",
    hint="Try [0, 3] and [3, 1] on paper: which point goes where, and how far?",
    cases=(
        (np.array([0.0, 3.0]), np.array([1.0, 3.5])),
        (np.array([4.0, -1.0, 2.5]), np.array([0.5, 7.0, -3.0])),
        (np.array([1.0, 1.5, -2.0, 8.0]), np.array([2.0, -0.5, 3.0, 1.0])),
    ),
    misconceptions={
        "not sorted": (
            "you paired the points as they stand. Sort both sets first.",
            _as_arrays(lambda r, f: np.mean(np.abs(r - f))),
            _as_arrays(lambda r, f: np.mean(np.abs(np.sort(r) - f))),
            _as_arrays(lambda r, f: np.mean(np.abs(r - np.sort(f)))),
        ),
        "sum for mean": (
            "this is the sum. With twice as many points it would be twice as large: "
            "take the mean.",
            _as_arrays(lambda r, f: np.sum(np.abs(np.sort(r) - np.sort(f)))),
            _as_arrays(lambda r, f: np.sum(np.abs(r - f))),
        ),
        "sign lost": (
            "distances to the left and to the right cancel out. Take the absolute "
            "value of each before the mean.",
            _as_arrays(lambda r, f: np.mean(np.sort(r) - np.sort(f))),
            _as_arrays(lambda r, f: np.mean(np.sort(f) - np.sort(r))),
            _as_arrays(lambda r, f: np.abs(np.mean(r) - np.mean(f))),
        ),
        "squared": (
            "these are squares. A move of 2 counts twice as much as one of 1, not four "
            "times.",
            _as_arrays(lambda r, f: np.mean((np.sort(r) - np.sort(f)) ** 2)),
            _as_arrays(lambda r, f: np.sqrt(np.mean((np.sort(r) - np.sort(f)) ** 2))),
            _as_arrays(lambda r, f: np.mean((r - f) ** 2)),
            _as_arrays(lambda r, f: np.linalg.norm(np.sort(r) - np.sort(f))),
            _as_arrays(lambda r, f: np.linalg.norm(r - f)),
        ),
        "other direction": (
            "one set is sorted upwards and the other downwards.",
            _as_arrays(lambda r, f: np.mean(np.abs(np.sort(r) - np.sort(f)[::-1]))),
        ),
        "nearest": (
            "you took the nearest point for each, so that several can have the same "
            "partner. Fakes that all sit on one real point would look perfect.",
            _as_arrays(lambda r, f: np.abs(r[:, None] - f).min(axis=0).mean()),
            _as_arrays(lambda r, f: np.abs(r[:, None] - f).min(axis=1).mean()),
        ),
        "all pairs": (
            "you took the mean over all pairs. It is not 0 even for equal sets.",
            _as_arrays(lambda r, f: np.abs(r[:, None] - f).mean()),
        ),
        "middle for mean": (
            "that is the median or the largest of the moves. Take the mean.",
            _as_arrays(lambda r, f: np.median(np.abs(np.sort(r) - np.sort(f)))),
            _as_arrays(lambda r, f: np.max(np.abs(np.sort(r) - np.sort(f)))),
        ),
        "each move": (
            "these are the moves of the single points. Take their mean.",
            _as_arrays(lambda r, f: np.abs(np.sort(r) - np.sort(f))),
        ),
    },
)

_GAME = {
    "no game": "give the game itself: the variable that holds your PointGame.",
    "course target": "these points are one of our targets. Draw your own: a list or "
    "array of points, or a function that makes them.",
    "outside": "your points lie outside the picture. Give numbers between −2 and 2, or "
    "use points.scale_points.",
    "few points": "your target has fewer than 5 different points. Draw some more.",
    "not played": "the game has not been played yet. Call its method `play`.",
    "one player": "only one player has moved. Let both of them learn.",
    "no numbers": "the game has run away: its distance is no number any more. Make a "
    "new one with smaller learning rates.",
    "not learned": "the distance has not fallen to half of what it was at the start. "
    "Play on, or make a new game with other learning rates.",
}


def _judge_game(game):
    from gan_tutorial import point_game
    from gan_tutorial.point_game import PointGame
    from gan_tutorial.synthetic import points

    if callable(game) and not isinstance(game, PointGame | type):
        game = game()
    if not isinstance(game, PointGame):
        return _GAME["no game"]
    if game.draw_points in points.TARGETS.values():
        return _GAME["course target"]
    if np.abs(game.real).max() > point_game.REACH:
        return _GAME["outside"]
    if len(np.unique(game.real, axis=0)) < 5:
        return _GAME["few points"]
    if game.d_taken + game.g_taken == 0:
        return _GAME["not played"]
    if 0 in (game.d_taken, game.g_taken):
        return _GAME["one player"]
    distances = game.look().record["distance"]
    if not np.isfinite(distances[-1]):
        return _GAME["no numbers"]
    return "" if distances[-1] < distances[0] / 2 else _GAME["not learned"]


def _game(num_points=6, turns=0, d_steps=1, g_steps=1, draw=None, scale=1, **rules):
    """A function that makes and plays a game, for the answers below."""

    def play():
        from gan_tutorial.point_game import PointGame
        from gan_tutorial.synthetic import points

        places = np.linspace(-2, 2, num_points)
        own = scale * np.stack([places, np.abs(places)], axis=1)
        game = PointGame(getattr(points, draw) if draw else own, seed=1, **rules)
        game.play(turns, d_steps, g_steps)
        return game

    return play


own_game = Exercise(
    reference=_game(turns=300),
    why="both players moved, and the distance fell to less than half.",
    hint="Look at the experiment with two balanced players in section 4.",
    misconceptions={
        "no game": (_GAME["no game"], "game", 3, [[0, 0], [1, 1]], lambda: None),
        "course target": (_GAME["course target"], _game(draw="moons")),
        "outside": (_GAME["outside"], _game(scale=20)),
        "few points": (_GAME["few points"], _game(num_points=3)),
        "not played": (_GAME["not played"], _game()),
        "one player": (
            _GAME["one player"],
            _game(turns=1, g_steps=0),
            _game(turns=1, d_steps=0),
        ),
        "not learned": (
            _GAME["not learned"],
            _game(turns=2),
            _game(turns=60, g_learning_rate=1e-5),
        ),
    },
    judge=_judge_game,
)
