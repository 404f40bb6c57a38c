"""Outlines as curves: against de Boor's steps, cubics by hand and exact formulas."""

import numpy as np
import pytest

from gan_tutorial.design import curves
from gan_tutorial.design.curves import NUM_POINTS, Outline
from gan_tutorial.synthetic import turned, vases


def outline_of(radii, height_mm=200.0):
    heights = height_mm * curves.greville(len(radii))
    return Outline(np.stack([np.asarray(radii, float), heights], axis=1))


def wavy(num_points=NUM_POINTS, seed=0, height_mm=200.0):
    rng = np.random.default_rng(seed)
    return outline_of(rng.uniform(20, 90, num_points), height_mm)


def de_boor(knots, points, t):
    """One point of a cubic spline by repeated mixing of two neighbours."""
    piece = max(i for i in range(3, len(points)) if knots[i] <= t)
    mixed = [np.array(points[piece - 3 + i], float) for i in range(4)]
    for level in (1, 2, 3):
        for i in range(3, level - 1, -1):
            low, high = knots[piece - 3 + i], knots[piece + 1 + i - level]
            share = (t - low) / (high - low)
            mixed[i] = (1 - share) * mixed[i - 1] + share * mixed[i]
    return mixed[3]


def bernstein(points, u):
    a, b, c, d = points
    v = 1 - u
    return v * v * v * a + 3 * v * v * u * b + 3 * v * u * u * c + u * u * u * d


# The curve


@pytest.mark.parametrize("num_points", [4, 5, 7, NUM_POINTS])
def test_a_curve_is_the_one_of_de_boors_steps(num_points):
    outline = wavy(num_points, seed=num_points)
    ends = [i / (num_points - 3) for i in range(num_points - 2)]
    knots = [0, 0, 0, *ends, 1, 1, 1]
    for t in [*np.linspace(0, 1, 41), *ends]:
        radius, height = de_boor(knots, outline.points, t)
        assert height == pytest.approx(200 * t)  # it rises evenly
        assert outline.radii(height) == pytest.approx(radius)


def test_bezier_segments_are_the_same_curve():
    outline = wavy(9, seed=4, height_mm=130)
    segments = outline.beziers()
    assert segments.shape == (6, 4, 2)
    np.testing.assert_allclose(segments[1:, 0], segments[:-1, 3])
    for points in segments:
        for u in np.linspace(0, 1, 9):
            radius, height = bernstein(points, u)
            assert outline.radii(height) == pytest.approx(radius)
    np.testing.assert_allclose(segments[0, 0], outline.points[0])
    np.testing.assert_allclose(segments[-1, 3], outline.points[-1])
    # Neighbours share a tangent: the two points beside a joint are in line with it.
    before, after = (
        segments[:-1, 3] - segments[:-1, 2],
        segments[1:, 1] - segments[1:, 0],
    )
    np.testing.assert_allclose(before, after)


def test_a_profile_goes_from_the_foot_to_the_lip():
    outline = wavy(8, height_mm=90)
    heights, radii = outline.profile(31)
    np.testing.assert_allclose(heights, np.arange(31) * 3)
    assert radii[[0, -1]] == pytest.approx(outline.points[[0, -1], 0])
    assert len(outline.profile()[0]) == 161


@pytest.mark.parametrize("heights", [[-1, 50], [50, 201], [np.nan]])
def test_heights_beyond_the_ends_are_refused(heights):
    with pytest.raises(ValueError, match="expected 0 to 200"):
        wavy().radii(heights)


# Measures


def test_the_measures_of_one_cubic_are_as_computed_by_hand():
    # r(u) = 20 (1-u)^3 + 150 (1-u)^2 u + 150 (1-u) u^2 + 10 u^3 = 20 + 90 u - 90 u^2
    # - 10 u^3: greatest where 3 u^2 + 18 u - 9 = 0, so u = sqrt(12) - 3.
    outline = outline_of([20, 50, 50, 10], height_mm=80)
    u = 12**0.5 - 3
    belly = 2 * (20 + 90 * u - 90 * u**2 - 10 * u**3)
    expected = {"height": 80, "belly": belly, "shoulder": u, "neck": 20, "foot": 40}
    assert curves.measure(outline) == pytest.approx(expected)
    places = {"height": 80, "belly": 80 * u, "shoulder": 80 * u, "neck": 80, "foot": 0}
    assert curves.landmarks(outline) == pytest.approx(places)


@pytest.mark.parametrize("seed", range(8))
def test_measures_are_what_a_fine_search_finds(seed):
    outline = wavy(NUM_POINTS if seed % 2 else 6, seed, height_mm=150 + 20 * seed)
    heights, radii = outline.profile(200_001)
    widest = radii.argmax()
    narrowest = widest + radii[widest:].argmin()
    found, places = curves.measure(outline), curves.landmarks(outline)
    assert found["belly"] == pytest.approx(2 * radii[widest], abs=1e-6)
    assert found["neck"] == pytest.approx(2 * radii[narrowest], abs=1e-6)
    assert found["foot"] == pytest.approx(2 * radii[0])
    assert found["height"] == pytest.approx(heights[-1])
    assert found["shoulder"] == pytest.approx(widest / 200_000, abs=1e-4)
    assert places["belly"] == pytest.approx(heights[widest], abs=0.02)
    assert places["neck"] == pytest.approx(heights[narrowest], abs=0.02)


def test_a_cylinder_has_measures_too():
    # Its slope is 0 everywhere: nothing may be divided by it.
    found = curves.measure(outline_of([30] * NUM_POINTS))
    assert [found[name] for name in ("belly", "neck", "foot")] == pytest.approx(
        [60] * 3
    )


def test_many_outlines_are_measured_as_one_by_one():
    outlines = [wavy(seed=seed, height_mm=100 + seed) for seed in range(5)]
    together = curves.measure_all(np.stack([o.points for o in outlines]))
    for i, outline in enumerate(outlines):
        alone = curves.measure(outline)
        assert {name: v[i] for name, v in together.items()} == pytest.approx(alone)


# Reading


def test_what_is_read_is_the_outline_that_was_drawn():
    images, attributes = vases.make(300, 64, seed=13)
    points = curves.read(images, side_mm=64)  # a millimetre is a pixel
    t = np.linspace(0, 1, 201)
    rows = np.tile(t, (300, 1))
    exact = 32 * turned.outline(vases.widths, vases.STYLES, attributes, rows)
    away = np.abs(points[..., 0] @ curves.basis(t).T - exact)
    assert away.mean() < 0.08
    assert np.quantile(away, 0.99) < 0.6
    height = points[:, -1, 1] - 64 * attributes["height"]
    assert np.abs(height).max() < 0.2


def test_what_is_read_has_no_more_ripples_than_the_formula():
    """A ripple bends one way and the other: third differences see it."""
    images, attributes = vases.make(300, 64, seed=15)
    matrix = curves.basis(np.linspace(0, 1, 201))
    rows = np.tile(np.linspace(0, 1, 201), (300, 1))
    exact = 32 * turned.outline(vases.widths, vases.STYLES, attributes, rows)
    best = np.linalg.lstsq(matrix, exact.T, rcond=None)[0].T
    found = curves.read(images, side_mm=64)[..., 0]
    ripples = [np.abs(np.diff(p @ matrix.T, 3)).mean() for p in (found, best)]
    assert ripples[0] < ripples[1]


def test_where_nothing_is_found_nothing_is_read():
    images, _ = vases.make(3, 32, seed=1)
    images[1] = 0
    points = curves.read(images)
    assert np.isnan(points[1]).all() and np.isfinite(points[[0, 2]]).all()
    with pytest.raises(ValueError, match="expected uint8 squares"):
        curves.read(images.astype(float))
