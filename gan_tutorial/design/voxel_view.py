"""Pictures of a body of voxels in the light, from any side."""

import numpy as np

from gan_tutorial import checks
from gan_tutorial.design.voxels import smooth
from gan_tutorial.synthetic.volumes import check_volumes

LIGHT = np.array([0.4, 0.5, 0.8])  # from the left, from above, from the viewer
LEVEL = 0.4  # of the smoothed body, where its surface is drawn
REACH = 0.6  # of the picture, from the middle, in sides of the cube


def shade(volume, angle: float = 0.0, side: int = 128) -> np.ndarray:
    """A body in the light, turned about its upright axis.

    Args:
        volume: one body, `(height, width, depth)`, of equal sides.
        angle: in degrees; at 0 one looks along the depth, at 90 along the width.
        side: of the picture, in pixels.

    Returns:
        uint8 `(side, side, 1)`, white around the body.

    Raises:
        ValueError: no such volume, or no finite angle.
    """
    field = smooth(check_volumes(np.asarray(volume)[None]))[0]
    checks.whole_number("side", side, 2)
    if len(set(field.shape)) != 1:
        raise ValueError(f"The volume has shape {field.shape}; expected equal sides.")
    turn, size = np.radians(checks.number("angle", angle, -36000, 36000)), len(field)
    ways = np.linspace(-REACH, REACH, side)
    # Linear between the voxels: first in height, then in width and depth.
    heights = (ways + 0.5) * size - 0.5
    tents = np.maximum(1 - np.abs(heights[:, None] - np.arange(size)), 0)
    rows = np.pad(np.tensordot(tents, field, 1), ((0, 0), (1, 1), (1, 1)))
    across, into = ways[:, None], ways
    places = (
        across * np.cos(turn) + into * np.sin(turn),
        into * np.cos(turn) - across * np.sin(turn),
    )
    places = [np.clip((place + 0.5) * size + 0.5, 0, size + 0.99) for place in places]
    (x, z), (dx, dz) = np.divmod(places, 1)
    x, z = x.astype(int), z.astype(int)
    front = (1 - dz) * rows[:, x, z] + dz * rows[:, x, z + 1]
    back = (1 - dz) * rows[:, x + 1, z] + dz * rows[:, x + 1, z + 1]
    values = (1 - dx) * front + dx * back  # (row, across, into)
    # What is seen is where a line of sight first meets the body.
    first = np.maximum((values > LEVEL).argmax(axis=2), 1)[..., None]
    before, after = (
        np.take_along_axis(values, first - k, axis=2)[..., 0] for k in (1, 0)
    )
    depths = first[..., 0] - (after - LEVEL) / np.maximum(after - before, 1e-9)
    is_body = after > LEVEL
    slopes = np.gradient(np.where(is_body, depths, side))
    facing = np.stack([-slopes[1], -slopes[0], np.ones_like(depths)], axis=-1)
    facing /= np.linalg.norm(facing, axis=-1, keepdims=True)
    light = np.clip(facing @ (LIGHT / np.linalg.norm(LIGHT)), 0, 1)
    grey = np.where(is_body, 60 + 180 * light, 255)
    return np.rint(grey).astype(np.uint8)[..., None]
