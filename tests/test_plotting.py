"""Figures: what they show, and that none is left open."""

import base64
import io

import keras
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from gan_tutorial import metrics, plotting
from gan_tutorial.lab import figures


def _images(num_images=5, channels=1):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (num_images, 16, 20, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_holds_every_image_in_its_place(channels):
    images = _images(5, channels)
    sheet = plotting.image_grid(images, columns=3, gap=2)
    assert sheet.shape == (2 * 16 + 2, 3 * 20 + 4, channels)
    np.testing.assert_array_equal(sheet[18:, 22:42], images[4])
    np.testing.assert_array_equal(sheet[:16, 44:], images[2])
    assert (sheet[18:, 44:] == 255).all() and (sheet[16:18] == 255).all()


def test_opacity_is_shown_on_white():
    image = np.full((1, 4, 4, 4), 100, np.uint8)
    image[..., 3] = [[0, 255, 51, 204]]
    grid = plotting.image_grid(image, 1)
    assert grid.shape == (4, 4, 3)
    assert grid[0, :, 0].tolist() == [255, 100, 224, 131]


def test_floats_are_refused():
    with pytest.raises(ValueError, match="float64.*expected uint8.*to_display_range"):
        plotting.plot_images(np.zeros((1, 4, 4, 1)))


def _figures():
    stages = [
        {"step": s, "seconds": 1.0, "fixed": _images(), "fresh": _images()}
        for s in (0, 50)
    ]
    history = keras.callbacks.History()
    history.history = {"d_loss": [1.4, 1.2], "g_loss": [0.7, 0.9]}
    yield plotting.plot_images(_images(), title="five")
    yield figures.plot_agreement({"a": (np.arange(3), np.arange(3))}, ("x", "y"))
    yield plotting.plot_images(_images(channels=3), columns=2)
    yield plotting.plot_image_rows({"a": _images(), "b": _images(3)}, 5)
    yield plotting.plot_stages(stages, _images(9))
    stages = [stage | {"distance": 12.3} for stage in stages]
    yield figures.plot_numbers({"a": np.eye(3), "b": np.ones((40, 50))})
    yield figures.plot_descent(lambda w: (w - 1) ** 2, [4.0, 3.0, 2.0])
    yield plotting.plot_stages(stages, _images(11), with_fresh=True)
    yield plotting.plot_losses(history)


def test_figures_are_returned_and_not_left_open():
    for figure in _figures():
        assert isinstance(figure, Figure)
        figure.canvas.draw()
    assert plt.get_fignums() == []


def test_a_notebook_gets_a_figure_with_its_alternative_text(monkeypatch):
    shell = InteractiveShell()
    select_figure_formats(shell, {"png"})
    monkeypatch.setattr(plotting, "get_ipython", lambda: shell)
    rows = {"made\nof 16": _images(4), "real": _images(2)}
    for figure, alt in (
        (
            plotting.plot_image_rows(rows, 2, "chairs"),
            "6 pictures in rows of 2; chairs; made, of 16; real",
        ),
        (
            plotting.plot_curves({"loss": {"D": ([0, 5], [1.23456, 2])}}),
            "loss; step; D from 1.23 to 2",
        ),
        (
            figures.plot_points({"8 of 8": np.eye(2)}, np.zeros((3, 2))),
            "8 of 8; 3 points: real; 2 points: made",
        ),
        (
            figures.plot_numbers({"a": np.array([[0, 0.25]]), "b": np.ones((40, 50))}),
            "a; 0, 0.25; b",
        ),
    ):
        shown, metadata = shell.display_formatter.format(figure)
        png = base64.b64decode(shown["image/png"])
        assert Image.open(io.BytesIO(png)).width > 100
        assert metadata == {"image/png": {"alt": alt}}
        assert shown["text/plain"].startswith("<")


def test_dark_images_look_dark():
    figure = plotting.plot_images(np.full((1, 16, 16, 1), 40, np.uint8))
    image = figure.axes[0].images[0]
    assert image.get_clim() == (0, 255)


def test_numbers_stand_in_small_arrays_only():
    figure = figures.plot_numbers(
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


def test_fresh_samples_stand_beside_the_fixed_ones():
    fixed, fresh, real = _images(2), 255 - _images(2), _images(5)
    stages = [{"step": 0, "seconds": 0, "fixed": fixed, "fresh": fresh}]
    figure = plotting.plot_stages(stages, real, with_fresh=True)
    first, last = (np.asarray(a.images[0].get_array()) for a in figure.axes)
    white = np.full_like(fixed[:1], 255)
    row = plotting.image_grid(np.concatenate([fixed, white, fresh]), 5).squeeze()
    np.testing.assert_array_equal(first, row)
    np.testing.assert_array_equal(last, plotting.image_grid(real, 5).squeeze())


def test_film_has_a_picture_for_each_stage_and_rests_at_the_end():
    stages = [{"fixed": np.full((3, 4, 4, 1), 80 * k, np.uint8)} for k in range(3)]
    film = Image.open(io.BytesIO(figures.animate_stages(stages, 3)))
    assert (film.n_frames, film.info["loop"]) == (3, 0)
    assert film.size == (2 * 16, 2 * 4)
    times = []
    for frame, shade in enumerate((160, 0, 80)):  # the end comes first
        film.seek(frame)
        times.append(film.info.get("duration"))
        pixels = np.asarray(film.convert("L"))
        assert (pixels[:, :8] == shade).all() and (pixels[:, 8:12] == 255).all()
    assert times == [4000, 2000, 2000]


def test_the_strongest_maps_are_shown_enlarged_from_black_to_white():
    parts = (
        keras.layers.Conv2D(3, 2, 2, use_bias=False),
        keras.layers.Conv2DTranspose(1, 2, 2),
    )
    network = keras.Sequential([keras.Input((4, 4, 1)), *parts])
    kernel = np.zeros((2, 2, 1, 3), np.float32)
    kernel[0, 0, 0] = 0, 1, -9  # the first map stays 0, the last varies most
    parts[0].set_weights([kernel])
    pictures = np.zeros((2, 4, 4, 1), np.float32)
    pictures[1, 2, 2] = 1
    figure = figures.plot_feature_maps(network, pictures, network.layers)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["2 × 2\nmap 2", "2 × 2\nmap 1", "picture\n4 × 4"]
    strongest, second, _ = (np.asarray(a.images[0].get_array()) for a in figure.axes)
    # Two pictures of 4 x 4 pixels with a gap of 2 between them.
    assert strongest.shape == (4, 10)
    assert (strongest[:, :4] == 0).all() and (second[:, :4] == 0).all()
    bright = np.zeros((4, 4))
    bright[2:, 2:] = 255
    np.testing.assert_array_equal(second[:, 6:], bright)
    np.testing.assert_array_equal(strongest[:, 6:], 255 - bright)


def test_curves_keep_their_names_colours_and_dots():
    x = np.linspace(0, 2, 5)
    panels = {"up": {"a": x, "b": 3 * x}, "only b": {"b": x - 4}}
    figure = figures.plot_functions(panels, x, dots=[("b", 1.25)], xlabel="x")
    left, right = figure.axes
    a, b, dot, _zero = left.lines
    np.testing.assert_array_equal(a.get_xydata(), [[v, v] for v in x])
    assert dot.get_xydata().tolist() == [[1.25, 3.75]]
    assert a.get_color() != b.get_color() == right.lines[0].get_color()
    shown = [[text.get_text() for text in axis.texts] for axis in figure.axes]
    assert shown == [["3.75"], ["-2.75"]]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_losses_stand_beside_their_gradients():
    functions = {"square": lambda x: x * x, "falling": lambda x: -3 * x}
    figure = figures.plot_loss_functions(functions, np.linspace(-1, 2, 7), dot=1.5)
    heights, slopes = figure.axes
    x = np.linspace(-1, 2, 7)
    # Of each name the curve and its dot, then the line at 0.
    square, square_dot, falling, falling_dot, _zero = heights.lines
    np.testing.assert_allclose(square.get_ydata(), x**2)
    np.testing.assert_allclose(falling.get_ydata(), -3 * x)
    assert square_dot.get_xydata().tolist() == [[1.5, 2.25]]
    assert falling_dot.get_xydata().tolist() == [[1.5, -4.5]]
    np.testing.assert_allclose(slopes.lines[0].get_ydata(), 2 * x)
    np.testing.assert_allclose(slopes.lines[2].get_ydata(), np.full(7, -3.0))
    players = {plotting.REAL_COLOR, plotting.FAKE_COLOR}
    assert players.isdisjoint({square.get_color(), falling.get_color()})


def test_densities_and_the_verdict_stand_in_each_panel():
    x = np.arange(3.0)
    panels = {"one": (x / 10, x / 5, x / 4), "two": (x / 5, x / 10, x / 2)}
    figure = figures.plot_densities(panels, x)
    assert [axis.get_title() for axis in figure.axes] == ["one", "two"]
    for axis, expected in zip(figure.axes, panels.values(), strict=True):
        heights = [line.get_ydata() for line in axis.lines[:3]]
        # Without the first place, where there are no data.
        np.testing.assert_array_equal(heights, np.array(expected)[:, 1:])


def test_agreement_shows_each_pair_and_the_line_where_they_are_equal():
    pairs = {"a": (np.array([1.0, 4]), np.array([2.0, 3])), "b": ([0, 1], [np.nan, 5])}
    figure = figures.plot_agreement(pairs, ("asked", "measured"))
    first, second = figure.axes
    line, points = first.lines
    assert line.get_xydata().tolist() == [[1, 1], [4, 4]]
    assert points.get_xydata().tolist() == [[1, 2], [4, 3]]
    assert second.lines[0].get_xydata().tolist() == [[0, 0], [5, 5]]  # not from NaN
    assert (first.get_xlabel(), first.get_ylabel()) == ("asked", "measured")


def test_balls_show_the_precision_and_recall_of_the_metrics():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(40, 2))
    fakes = {"wide": rng.normal(0, 3, (30, 2)), "narrow": rng.normal(0, 0.2, (50, 2))}
    figure = figures.plot_balls(real, fakes)
    figure.canvas.draw()
    titles = [axis.get_title() for axis in figure.axes]
    expected = []
    for name, fake in fakes.items():
        precision, recall = metrics.precision_recall(real, fake)
        expected += [
            f"{name}: precision {precision:.2f}",
            f"{name}: recall {recall:.2f}",
        ]
    assert titles == expected and len(set(titles)) == 4
    balls = figure.axes[0].patches
    crosses = figure.axes[0].lines[-1]
    assert len(balls) == 40
    outside = 1 - metrics.precision_recall(real, fakes["wide"])[0]
    assert len(crosses.get_xdata()) == round(30 * outside)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_comes_back_from_the_file_that_holds_it(channels):
    (picture,) = _images(1, channels)
    for given in (picture, Image.fromarray(picture.squeeze())):
        with Image.open(io.BytesIO(plotting.encode(given))) as image:
            assert image.format == "PNG"
            np.testing.assert_array_equal(np.asarray(image), picture.squeeze())
    figure, _ = plotting.new_figure(2, 1)
    options = {"dpi": 50, "metadata": {"Software": None, "Title": "two"}}
    with Image.open(io.BytesIO(plotting.encode(figure, **options))) as image:
        assert image.size == (100, 50) and image.info["Title"] == "two"
    assert plotting.encode(figure, "JPEG")[:3] == b"\xff\xd8\xff"
