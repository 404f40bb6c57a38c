"""Outlines of turned products for tests, by formula, in mm."""

import numpy as np

from gan_tutorial.design import curves
from gan_tutorial.synthetic import turned, vases


def outline(height, radii):
    """The outline nearest to radii at evenly spaced heights, by least squares."""
    matrix = curves.basis(np.linspace(0, 1, len(radii)))
    points = np.linalg.lstsq(matrix, radii, rcond=None)[0]
    return curves.Outline(np.stack([points, height * curves.greville()], axis=1))


def scaled(shape, factor):
    """The same shape in another size."""
    return curves.Outline(shape.points * factor)


def cylinder(height=120, radius=40):
    return outline(height, np.full(101, radius))


def some_vases(number, seed=1, side=300):
    """Outlines of vases of several styles; pictures would be `side` mm high."""
    _, attributes = vases.make(number, 16, seed)
    t = np.linspace(0, 1, 321)[None].repeat(number, axis=0)
    widths = turned.outline(vases.widths, vases.STYLES, attributes, t)
    heights = side * attributes["height"].astype(float)
    return [
        outline(height, side / 2 * width)
        for height, width in zip(heights, widths, strict=True)
    ]
