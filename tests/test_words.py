"""Lines of advertising: the grammar, their codes, Gumbel-softmax and the chain."""

from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from gan_tutorial.lab import words
from gan_tutorial.latent import sample_latents


def test_the_grammar_allows_what_agrees():
    assert len(words.LINES) == len(set(words.LINES)) == 2 * 4 * 3 * 3 * 2 * 3
    assert len(words.WORDS) == 27
    assert "these small lamps look bright today" in words.LINES
    assert "this new chair stands tall always" in words.LINES
    for wrong in (
        "this small lamps look bright today",
        "these small lamps looks bright today",
        "these small lamps look warm today",
        "these lamps small look bright today",
    ):
        assert wrong not in words.LINES


def test_codes_are_read_back():
    codes = words.encode(words.LINES)
    assert codes.shape == (432, 162) and codes.dtype == np.float32
    np.testing.assert_array_equal(codes.reshape(432, 6, 27).sum(axis=2), 1)
    assert tuple(words.decode(codes)) == words.LINES
    assert words.decode(codes[:1] * 0.1 + 0.02) == [words.LINES[0]]


def test_gumbel_noise_draws_words_by_their_probability():
    """The largest of logits and noise is a draw by softmax: counted on many."""
    chances = np.array([0.1, 0.2, 0.7])
    noise = words.gumbel(sample_latents(20_000, 3, seed=1)).numpy()
    drawn = np.argmax(np.log(chances) + noise, axis=1)
    np.testing.assert_allclose(np.bincount(drawn) / 20_000, chances, atol=0.01)
    assert abs(noise.mean() - np.euler_gamma) < 0.02  # its known mean
    assert np.isfinite(words.gumbel(np.array([-40.0, 40.0], np.float32))).all()


def test_gumbel_softmax_by_hand():
    logits, noise = np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[0.5, 0.5], [2.0, 1]])
    shares = words.gumbel_softmax(logits, noise, 0.5).numpy()
    expected = 1 / (1 + np.exp(-2.0))
    np.testing.assert_allclose(shares, [[expected, 1 - expected]] * 2, rtol=1e-6)
    np.testing.assert_allclose(
        words.gumbel_softmax(logits, noise, 0.01).numpy(), [[1, 0]] * 2, atol=1e-6
    )


def test_the_writer_repeats_itself_and_has_a_gradient():
    writer = words.build_writer(0.5)
    latents = sample_latents(5, 16 + words.CODE, seed=2)
    with tf.GradientTape() as tape:
        made = writer(latents)
        total = tf.reduce_sum(made[:, 0])
    assert made.shape == (5, words.CODE)
    np.testing.assert_allclose(tf.reduce_sum(made, axis=1), 6, rtol=1e-5)
    np.testing.assert_array_equal(made, writer(latents))
    for gradient in tape.gradient(total, writer.trainable_variables):
        assert np.abs(gradient).max() > 0
    for part in (slice(0, 16), slice(16, None)):  # the line follows from both
        others = latents.copy()
        others[:, part] = 0
        assert np.abs(made - writer(others)).max() > 0.01


def test_the_chain_knows_only_the_last_words():
    lines = ["a b c d e f", "a b c d e f", "g b h d i f"]
    firsts = Counter(line[0] for line in words.chain(lines, 3000, 1, seed=1))
    assert abs(firsts["a"] / 3000 - 2 / 3) < 0.03
    free = Counter(words.chain(lines, 3000, 1, seed=1))
    assert len(free) == 8  # three places where it forgets which line it is in
    # a, then c, then e: each with the chance 2/3.
    assert abs(free["a b c d e f"] / 3000 - 8 / 27) < 0.03
    assert set(words.chain(lines, 200, 2, seed=1)) == set(lines)
    assert words.chain(np.array(lines), 20, 1, 3) == words.chain(lines, 20, 1, 3)
    assert words.chain(lines, 20, 1, seed=3) == words.chain(lines, 20, 1, seed=3)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: words.encode(["this lamp"]),
            "A line is 'this lamp'; expected 6 words",
        ),
        (lambda: words.encode(["a b c d e f"]), "all of them in WORDS"),
        (
            lambda: words.decode(np.full((1, words.CODE), np.nan)),
            "The codes are not finite; the training may have failed",
        ),
        (
            lambda: words.chain(["a b c d e f", "a b  c"], 9, 1),
            "A line is 'a b c'; expected 6 words",
        ),
        (lambda: words.build_writer(0), "temperature is 0; expected a number, 0.001"),
        (lambda: words.chain([], 1, 1), "no lines to learn from"),
        (lambda: words.chain(words.LINES, 0, 1), "num_lines is 0"),
        (lambda: words.chain(words.LINES, 1, 0), "order is 0"),
        (lambda: words.chain(words.LINES, 1, 1, seed=-1), "seed is -1"),
    ],
)
def test_what_makes_no_sense_is_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
