"""Lesson 06: its figures, and the evidence that it repeats."""

import numpy as np
from matplotlib import pyplot as plt

from gan_tutorial import metrics, plotting


def test_balls_show_the_precision_and_recall_of_the_metrics():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(40, 2))
    fakes = {"wide": rng.normal(0, 3, (30, 2)), "narrow": rng.normal(0, 0.2, (50, 2))}
    figure = plotting.plot_balls(real, fakes, k=2)
    figure.canvas.draw()
    titles = [axis.get_title() for axis in figure.axes]
    expected = []
    for name, fake in fakes.items():
        precision, recall = metrics.precision_recall(real, fake, k=2)
        expected += [
            f"{name}: precision {precision:.2f}",
            f"{name}: recall {recall:.2f}",
        ]
    assert titles == expected and len(set(titles)) == 4
    balls, *_, crosses = figure.axes[0].patches, figure.axes[0].lines[-1]
    assert len(balls) == 40
    outside = 1 - metrics.precision_recall(real, fakes["wide"], k=2)[0]
    assert len(crosses.get_xdata()) == round(30 * outside)
    assert plt.get_fignums() == []


def test_bars_have_the_heights_of_the_shares():
    shares = {"real": np.array([0.5, 0.3, 0.2]), "made": np.array([0.1, 0.9, 0.0])}
    figure = plotting.plot_shares(shares, ["bag", "coat", "shoe"])
    figure.canvas.draw()
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [0.5, 0.3, 0.2, 0.1, 0.9, 0.0]
    places = [bar.get_x() for bar in figure.axes[0].patches]
    assert len(set(np.round(places, 3))) == 6
    assert plt.get_fignums() == []
