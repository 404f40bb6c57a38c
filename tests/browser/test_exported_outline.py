"""An exported outline, drawn by a real browser."""

import numpy as np
import pytest

from gan_tutorial.design import export, outlines
from gan_tutorial.synthetic import vases

pytestmark = pytest.mark.browser


def test_a_browser_draws_the_outline(chromium, tmp_path):
    image = vases.make(1, 64, seed=3)[0][0]
    export.write_svg(tmp_path / "vase.svg", image, 120, "A vase")
    page = chromium.new_page()
    page.goto((tmp_path / "vase.svg").as_uri())
    box = page.evaluate(
        """() => {
            const path = document.querySelector("path"), box = path.getBBox();
            const size = path.ownerSVGElement.getBoundingClientRect();
            return [box.height, path.getTotalLength(), size.height];
        }"""
    )
    assert box[0] == pytest.approx(120, abs=0.2)
    points = outlines.outline(image)
    around = np.linalg.norm(np.roll(points, 1, axis=0) - points, axis=1).sum()
    assert box[1] == pytest.approx(around * 120 / np.ptp(points[:, 1]), rel=0.01)
    # With its margins of 2 mm, at the 96 pixels that an inch has on the web.
    assert box[2] == pytest.approx(124 / 25.4 * 96, abs=1)
    assert page.title() == "A vase"
    page.close()
