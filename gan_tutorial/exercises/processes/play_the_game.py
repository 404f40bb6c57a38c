"""Lesson 01: a game on points of one's own."""

import numpy as np

from gan_tutorial.exercises import Unanswered
from gan_tutorial.exercises._words import describe


def own_game(game):
    """Looks at the points, at who has moved, and at the distance."""
    from gan_tutorial.lab.game import REACH, PointGame
    from gan_tutorial.synthetic import points

    if callable(game) and not isinstance(game, PointGame | type):
        game = game()
        if game is ...:
            raise Unanswered
    if not isinstance(game, PointGame):
        text = "give the game itself: the variable that holds your PointGame."
        return f"{text} This is {describe(game)}."
    shot = game.snapshot()
    distances = shot.record["distance"]
    if game.draw_points in points.TARGETS.values():
        return "these points are one of our targets. Draw your own list of points."
    if np.abs(game.real).max() > REACH:
        return "your points lie outside the picture. Give numbers between −2 and 2."
    if len(np.unique(game.real, axis=0)) < 5:
        return "your target has fewer than 5 different points. Draw some more."
    if 0 in (shot.d_steps, shot.g_steps):
        moved = {"D": shot.d_steps, "G": shot.g_steps}
        text = " and ".join(name for name, steps in moved.items() if not steps)
        return f"{text} has not moved yet. Call `iterate`, and let both players learn."
    if not np.isfinite(distances[-1]):
        return "the game has run away. Make a new one with smaller learning rates."
    if distances[-1] >= distances[0] / 2:
        text = (
            f"the distance was {distances[0]:.2f} and is {distances[-1]:.2f} now, not"
        )
        return f"{text} less than half. Play on, or try other learning rates."
    return None
