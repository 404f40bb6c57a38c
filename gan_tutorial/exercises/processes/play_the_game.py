"""Lesson 01: a game on points of one's own."""

import inspect

import numpy as np

from gan_tutorial.exercises import call
from gan_tutorial.exercises._words import describe


def own_game(game):
    """Looks at the points, at who has moved, and at the distance."""
    from gan_tutorial.lab.game import REACH, PointGame

    if inspect.isfunction(game):
        game = call(game)
    if not isinstance(game, PointGame):
        text = "give the game itself: the variable that holds your PointGame."
        return f"{text} This is {describe(game)}."
    shot = game.snapshot()
    distances = shot.record["distance"]
    if game.real.shape[1] != 2:
        text = "your points lie on a line. Give two numbers for each of them"
        return f"{text}: [[x, y], ...]."
    if _find_target(game.real):
        text = "these points are one of our targets. Make your own list of points"
        return f"{text}, [[x, y], ...]."
    if np.abs(game.real).max() > REACH:
        return "your points lie outside the picture. Give numbers between −2 and 2."
    if len(np.unique(game.real, axis=0)) < 5:
        return "your target has fewer than 5 different points. Draw some more."
    if 0 in (shot.d_steps, shot.g_steps):
        moved = {"D": shot.d_steps, "G": shot.g_steps}
        idle = [name for name, steps in moved.items() if not steps]
        text = f"{' and '.join(idle)} {'has' if len(idle) == 1 else 'have'}"
        return f"{text} not moved yet. Call `play`, and let both players learn."
    if not np.isfinite(distances[-1]):
        return "the game has run away. Make a new one with smaller learning rates."
    if distances[-1] >= distances[0] / 2:
        text = (
            f"the distance was {distances[0]:.2f} and is {distances[-1]:.2f} now, not"
        )
        return f"{text} less than half. Play on, or try other learning rates."
    return None


def _find_target(real):
    """The name of a target in the plane on which points lie, all over it, or None."""
    from gan_tutorial.synthetic import points

    for name, draw in points.TARGETS.items():
        target = draw(500, 0)
        if target.shape[1] == 1:
            continue
        gaps = np.linalg.norm(real[:, None] - target, axis=2)
        is_on_it = np.mean(gaps.min(axis=1) < 3 * points.RING_SPREAD) > 0.95
        if is_on_it and np.mean(gaps.min(axis=0) < 0.5) > 0.8:
            return name
    return None
