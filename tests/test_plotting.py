"""Figures: what they show, and that none is left open."""

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from gan_tutorial import data, plotting


def _images(num_images=5, channels=1):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, 16, 20, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_holds_every_image_in_its_place(channels):
    images = _images(5, channels)
    sheet = plotting.tile(images, columns=3, gap=2)
    assert sheet.shape == (2 * 16 + 2, 3 * 20 + 4, channels)
    np.testing.assert_array_equal(sheet[18:, 22:42], images[4])
    np.testing.assert_array_equal(sheet[:16, 44:], images[2])
    assert (sheet[18:, 44:] == 255).all() and (sheet[16:18] == 255).all()


def test_model_range_and_display_range_look_the_same():
    images = _images()
    sheets = [plotting.tile(x, 2) for x in (images, data.to_model_range(images))]
    np.testing.assert_array_equal(*sheets)


def _figures():
    stages = [
        {"step": s, "seconds": 1.0, "fixed": _images(), "fresh": _images()}
        for s in (0, 50)
    ]
    history = keras.callbacks.History()
    history.history = {"d_loss": [1.4, 1.2], "g_loss": [0.7, 0.9]}
    yield plotting.plot_images(_images(), title="five")
    yield plotting.plot_images(_images(channels=3), columns=2)
    yield plotting.plot_image_rows({"a": _images(), "b": _images(3)}, 5)
    yield plotting.plot_stages(stages, _images(9))
    stages = [stage | {"distance": 12.3} for stage in stages]
    yield plotting.plot_numbers({"a": np.eye(3), "b": np.ones((40, 50))})
    yield plotting.plot_descent(lambda w: (w - 1) ** 2, [4.0, 3.0, 2.0])
    yield plotting.plot_stages(stages, _images(9), kind="fresh")
    yield plotting.plot_losses(history)


def test_figures_are_returned_and_not_left_open():
    for figure in _figures():
        assert isinstance(figure, Figure)
        figure.canvas.draw()
    assert plt.get_fignums() == []


def test_dark_images_look_dark():
    figure = plotting.plot_images(np.full((1, 16, 16, 1), 40, np.uint8))
    image = figure.axes[0].images[0]
    assert image.get_clim() == (0, 255)


def test_numbers_stand_in_small_arrays_only():
    figure = plotting.plot_numbers(
        {
            "a": np.array([[0, 0.25], [3, -7]]),
            "b": np.ones((40, 50)),
            "pixels": np.array([[200, 255]], np.uint8),
        }
    )
    texts = [[text.get_text() for text in axis.texts] for axis in figure.axes]
    assert texts == [["0", "0.25", "3", "-7"], [], ["200", "255"]]


@pytest.mark.parametrize("measured", [False, True])
def test_stages_are_labelled_and_end_with_real_products(measured):
    stages = [{"step": s, "seconds": s / 10, "fixed": _images(3)} for s in (0, 1500)]
    ending = "\ndistance 12" if measured else ""
    if measured:
        stages = [stage | {"distance": 12.3} for stage in stages]
    figure = plotting.plot_stages(stages, _images(9))
    labels = [axis.get_ylabel() for axis in figure.axes]
    first, second = f"step 0\n0 s{ending}", f"step 1,500\n150 s{ending}"
    assert labels == [first, second, "real\nproducts"]


def test_the_strongest_maps_are_shown_enlarged_from_black_to_white():
    maps = np.zeros((2, 2, 2, 3), np.float32)
    maps[0, 0, 0, 1], maps[1, 1, 1, 2] = 1, -9
    pictures = np.zeros((2, 4, 4, 1), np.float32)
    figure = plotting.plot_feature_maps({"layer": maps, "picture": pictures})
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["layer\nmap 2", "layer\nmap 1", "picture"]
    strongest, second, _ = (np.asarray(a.images[0].get_array()) for a in figure.axes)
    # Two pictures of 4 x 4 pixels with a gap of 2 between them.
    assert strongest.shape == (4, 10)
    assert (strongest[:, :4] == 255).all()
    np.testing.assert_array_equal(strongest[[1, 2, 3], [6, 7, 8]], [255, 255, 0])
    assert (second[:2, :2] == 255).all() and second[:, 6:].max() == 0
