"""The maker's drawing in a real browser: an independent reader of SVG."""

import io

import numpy as np
import pytest
from PIL import Image
from turned_shapes import some_vases

from gan_tutorial.design import bodies, drawings

pytestmark = pytest.mark.browser


def test_a_browser_draws_the_outline_where_it_is(page):
    shape = some_vases(2)[1]
    vessel = bodies.make_vessel(shape)
    drawing = drawings.draw_vessel(vessel, "N1", 'Für 5 $ & <zwei> "Öl"')
    svg = drawings.to_svg(drawing).decode()
    page.set_content(f'<body style="margin:0">{svg[svg.index("<svg") :]}')
    text = page.locator("#text").text_content()
    assert 'Für 5 $ & <zwei> "Öl"' in text
    # 96 pixels are an inch of 25.4 mm.
    box = page.locator("svg").bounding_box()
    left, bottom, right, top = (drawing.extent + [[-5, -5], [5, 5]]).ravel()
    assert box["width"] * 25.4 / 96 == pytest.approx(right - left, abs=0.3)
    assert box["height"] * 25.4 / 96 == pytest.approx(top - bottom, abs=0.3)
    # Only the outline, thicker, to be seen: where is it dark?
    page.add_style_tag(content="g { display: none } #outline { display: inline }")
    page.set_viewport_size({"width": 1200, "height": 1600})
    with Image.open(io.BytesIO(page.screenshot())) as image:
        dark = np.asarray(image.convert("L")) < 200
    scale, checked = 25.4 / 96, 0
    for height in np.linspace(10, shape.height_mm - 10, 30):
        row = dark[int((top - height) / scale)]
        if row.any():
            x = left + (np.flatnonzero(row).max() + 0.5) * scale
            assert x == pytest.approx(shape.radii([height])[0], abs=0.8)
            checked += 1
    assert checked >= 25
