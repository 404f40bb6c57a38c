"""Functions that the tables of the lessons use in right and in wrong answers."""

import numpy as np


def sigmoid(logits):
    """The probability that belongs to a logit."""
    return 1 / (1 + np.exp(-logits))


def softplus(logits):
    """`ln(1 + e^logits)`, without large powers: the cost of calling these real."""
    return np.logaddexp(0, np.asarray(logits, float))


def cost(label, logits):
    """The mean cross-entropy of logits with a label from 0 to 1."""
    return (softplus(logits) - label * np.asarray(logits)).mean()


def smoothed(real_logits, fake_logits, target):
    """The discriminator's loss where real pictures count as real to a share only."""
    return cost(target, real_logits) + cost(0, fake_logits)


def norm(gradient):
    """The length of a gradient of any shape."""
    return np.sqrt(np.sum(np.square(gradient)))


def shorten(gradient, limit, length):
    """A gradient of some length, brought to a limit if it is longer."""
    return gradient * min(1, limit / length) if length > 0 else gradient


def stop_early(distances, patience):
    """The epoch to keep, where `patience` epochs without a better one end it."""
    best = 0
    for epoch, distance in enumerate(distances):
        if distance < distances[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def greedy(points, num, worth, twice=False):
    """Adds the index of the largest worth again and again, of distances `(n, c)`."""
    chosen = [0]
    while len(chosen) < num:
        worths = worth(np.linalg.norm(points[:, None] - points[chosen], axis=2))
        if not twice:
            worths[chosen] = -np.inf
        chosen.append(int(np.argmax(worths)))
    return chosen


def pick(points, num):
    """Adds the point that is farthest from the nearest chosen one."""
    return greedy(points, num, lambda distances: distances.min(axis=1))


def fewest_steps(is_open, start, goal, diagonal=False, around=False):
    """Steps of a shortest walk over open cells, -1 for none; or a wrong number."""
    sides = [(-1, 0), (0, -1), (0, 1), (1, 0)]
    sides += [(-1, -1), (-1, 1), (1, -1), (1, 1)] if diagonal else []
    (height, width), reached, steps = is_open.shape, {start}, 0
    last = reached
    while last and goal not in last:
        beside = {(y + down, x + right) for y, x in last for down, right in sides}
        if around:  # as an index of -1 does it
            beside = {(y % height, x % width) for y, x in beside}
        inside = {(y, x) for y, x in beside if 0 <= y < height and 0 <= x < width}
        last = {place for place in inside if is_open[place]} - reached
        reached, steps = reached | last, steps + 1
    return steps if last else -1


def euler(velocity, place, num_steps):
    """Where Euler's method ends that goes from time 0 to 1 in equal steps."""
    for k in range(num_steps):
        place = place + velocity(place, k / num_steps) / num_steps
    return place
