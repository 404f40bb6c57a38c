"""Lines of advertising by a small grammar, and two ways to write more of them.

A line has six words, such as "these small lamps look bright today". The rules: the
first word and the verb agree in number with the noun, each verb has its own endings,
and a time comes last.
"""

from collections import defaultdict
from itertools import product

import keras
import numpy as np
from keras import ops

from gan_tutorial import checks, networks

NUMBERS = {
    "this": ("lamp cup chair", "looks feels stands"),
    "these": ("lamps cups chairs", "look feel stand"),
}
ADJECTIVES, TIMES = "new small blue light", "today tonight always"
ENDINGS = "bright fresh", "soft warm", "firm tall"  # of the verbs, in their order
LENGTH = 6  # words in a line


def _grammar():
    for first, (nouns, verbs) in NUMBERS.items():
        for verb, endings in zip(verbs.split(), ENDINGS, strict=True):
            slots = first, ADJECTIVES, nouns, verb, endings, TIMES
            yield from map(" ".join, product(*(slot.split() for slot in slots)))


LINES = tuple(_grammar())  # all that the grammar allows
WORDS = tuple(sorted({word for line in LINES for word in line.split()}))
CODE = LENGTH * len(WORDS)  # numbers in the code of a line


def encode(lines) -> np.ndarray:
    """Lines as networks take them: for each word a 1 at its place in `WORDS`.

    Args:
        lines: texts of six words, in any order.

    Returns:
        float32 ``(num_lines, CODE)``.

    Raises:
        ValueError: a line of another length, or with a word that is not in `WORDS`.
    """
    for line in lines:
        words = line.split()
        if len(words) != LENGTH or not set(words) <= set(WORDS):
            raise ValueError(
                f"A line is {line!r}; expected {LENGTH} words, all of them in WORDS."
            )
    numbers = [[WORDS.index(word) for word in line.split()] for line in lines]
    return np.eye(len(WORDS), dtype=np.float32)[numbers].reshape(-1, CODE)


def decode(codes) -> list[str]:
    """The way back: each word is the one with the largest number.

    Raises:
        ValueError: numbers that are not finite.
    """
    codes = checks.finite("The codes", codes)
    numbers = codes.reshape(-1, LENGTH, len(WORDS)).argmax(axis=2)
    return [" ".join(WORDS[k] for k in line) for line in numbers]


def gumbel(normal):
    """Gumbel noise from normal numbers: -ln(-ln u), where u is even from 0 to 1."""
    even = (1 + ops.erf(normal / 2**0.5)) / 2
    return -ops.log(-ops.log(ops.clip(even, 1e-6, 1 - 1e-6)))


def gumbel_softmax(logits, noise, temperature: float):
    """Shares of the words, in place of one word, so that logits have a gradient.

    The largest share is that of the word that ``argmax(logits + noise)`` would take,
    which is a draw by ``softmax(logits)``. A low temperature brings it near 1.

    Args:
        logits: ``(..., num_words)``.
        noise: of the same shape, see `gumbel`.
        temperature: above 0.

    Returns:
        Shares that add up to 1, of the same shape.

    Raises:
        ValueError: a temperature that is no number from 0.001.

    Source: Jang, Gu and Poole, arXiv 1611.01144; Maddison, Mnih and Teh, arXiv
    1611.00712; in a GAN Kusner and Hernández-Lobato, arXiv 1611.04051.
    """
    checks.number("temperature", temperature, 0.001)
    return ops.softmax((logits + noise) / temperature)


def build_writer(temperature: float, latent_dim: int = 16, width: int = 64):
    """Generator from latents to codes of lines, each word a set of shares.

    The first `latent_dim` latents choose the logits of all words; the others become
    the noise, so that latents give the same line again.

    Args:
        temperature: see `gumbel_softmax`.
        latent_dim: numbers from which the logits follow.
        width: numbers in each of the two layers between.

    Returns:
        Model from latents ``(batch_size, latent_dim + CODE)`` to codes ``(batch_size,
        CODE)``.
    """
    latents = keras.Input((latent_dim + CODE,), name="latents")
    network = networks.build_point_generator(latent_dim, CODE, width)
    each_word = -1, LENGTH, len(WORDS)
    logits = ops.reshape(network(latents[:, :latent_dim]), each_word)
    noise = ops.reshape(gumbel(latents[:, latent_dim:]), each_word)
    shares = gumbel_softmax(logits, noise, temperature)
    return keras.Model(latents, ops.reshape(shares, (-1, CODE)), name="generator")


def chain(lines, num_lines: int, order: int, seed: int = 0) -> list[str]:
    """A Markov chain: each word is one that followed the last few in some line.

    Args:
        lines: what to learn from, of six words.
        num_lines: how many to write.
        order: how many words the chain looks back, 1 or more.
        seed: from which the choice follows.

    Returns:
        Lines, of which some may be alike.

    Raises:
        ValueError: no lines, shorter ones, or a number that is not as above.
    """
    checks.whole_number("num_lines", num_lines, 1)
    checks.whole_number("order", order, 1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    split = [line.split() for line in lines]
    if not split:
        raise ValueError("There are no lines to learn from; expected one or more.")
    followers = defaultdict(list)
    for words in split:
        if len(words) < LENGTH:
            raise ValueError(f"A line is {' '.join(words)!r}; expected {LENGTH} words.")
        for k, word in enumerate(words):
            followers[tuple(words[max(k - order, 0) : k])].append(word)
    made = []
    for _ in range(num_lines):
        words = []
        while len(words) < LENGTH:
            known = followers[tuple(words[-order:])]
            words.append(known[rng.integers(len(known))])
        made.append(" ".join(words))
    return made
