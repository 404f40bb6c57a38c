"""Where the product is in a picture, whatever the ground.

The ground is what the border of a picture shows: black, white, any colour, or nothing
where the picture is transparent. It may be a little noisy, and a little lighter on one
side. This is for drawings, and for what networks make that learned from them. It is not
for photographs: their shadows and rooms are no even ground.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

EDGE = 0.5  # brightness of a product at its outline, where its middle is about 1
NOT_FOUND = (
    "No product was found in the picture; expected one whole product, with a little "
    "room around it, on an even ground that it stands out from, or on a transparent "
    "one."
)
_FAINT = 0.1  # what differs less than this from the ground does not stand out
_BLACK = 0.1  # no brighter is a ground that counts as black
_SMALL = 0.005  # share of a picture: what covers less is a speck
_STEPS = 3 / 255  # differences that rounding makes


def find_products(images) -> np.ndarray:
    """How far the pixels of pictures are covered: 0 is ground, 1 is product.

    A transparent picture says it itself. On a black ground products are lit, and darker
    at their edges: a pixel is covered when it is half as bright as the brightest one,
    and the middle of a product is covered up to twice. On any other ground a product is
    what the ground does not reach from the border, with all that it encloses. Where the
    two meet, a pixel is covered as far as its colour has gone from that of the ground
    to that of the product beside it.

    Args:
        images: uint8 `(n, height, width, 1, 3 or 4)`.

    Returns:
        float32 `(n, height, width)`; 0 all over where no product stands out along its
        outline, where one reaches the border, and where the ground is not even.
    """
    colours = images[..., :3].astype(np.float32) / 255
    border = np.ones(images.shape[1:3], bool)
    border[1:-1, 1:-1] = False
    ground = _fit_plane(colours, border)
    ground[ground < _STEPS] = 0  # what networks leave of black
    away = np.abs(colours - ground).max(axis=3)
    peak = away.max(axis=(1, 2), keepdims=True)
    noise = away[:, border].max(axis=1)[:, None, None]
    opacity = images[..., 3] if images.shape[3] == 4 else np.full(away.shape, 255)
    is_clear = np.median(opacity[:, border], axis=1) < 128
    is_black = ~is_clear & (ground.max(axis=(1, 2, 3)) < _BLACK)
    is_other = ~is_clear & ~is_black
    covered = away / np.maximum(EDGE * peak, 1e-6)
    covered[is_clear] = opacity[is_clear] / 255
    is_near = away <= np.maximum(1.5 * noise, _STEPS)  # the border is a small sample
    covered[is_other] = _cover(away[is_other], is_near[is_other], border)
    is_even = is_clear | is_black | (noise < _FAINT)[:, 0, 0]
    is_plain = is_even & (is_clear | (peak >= _FAINT)[:, 0, 0])
    shape = covered > 0.5
    is_large = shape.mean(axis=(1, 2)) > _SMALL
    is_found = is_plain & is_large & ~shape[:, border].any(axis=1)
    return np.where(is_found[:, None, None], covered, 0)


def flood(reached, free) -> np.ndarray:
    """All that can be reached through what is free, from pixel to pixel side by side.

    Args:
        reached: where to begin, bool `(n, height, width)`.
        free: where one can go, likewise.
    """
    reached, count = reached & free, -1
    while count != (count := np.count_nonzero(reached)):
        for _ in range(4):  # sweep down, then from each of the other sides
            for i in range(1, free.shape[1]):
                reached[:, i] |= reached[:, i - 1] & free[:, i]
            reached, free = (np.rot90(a, axes=(1, 2)) for a in (reached, free))
    return reached


def _fit_plane(colours, border):
    """The ground under all pixels: planes through the colours of the border."""
    height, width = border.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y], axis=2).astype(np.float32)
    return np.einsum(
        "hwk,kp,npc->nhwc",
        terms,
        np.linalg.pinv(terms[border]),
        colours[:, border],
        optimize=True,
    )


def _cover(away, is_near, border):
    """Coverage where products are told from the ground by colour alone.

    Args:
        away: how far each pixel is from the ground's colour, `(n, height, width)`.
        is_near: which pixels could be ground.
        border: mask of the pictures' border.
    """
    ground = flood(np.broadcast_to(border, away.shape), is_near)
    beside = np.pad(ground, ((0, 0), (1, 1), (1, 1)))
    sides = beside[:, 2:, 1:-1], beside[:, :-2, 1:-1], beside[:, 1:-1, 2:]
    edge = ~ground & np.any([*sides, beside[:, 1:-1, :-2]], axis=0)
    whole = ~ground & ~edge
    # The product's colour at its edge goes on as it comes from the inside.
    seen = whole & ~is_near
    near, num_near = _sum_around(away * seen, 1), _sum_around(seen, 1)
    far, num_far = _sum_around(away * seen, 2) - near, _sum_around(seen, 2) - num_near
    near, far = near / np.maximum(num_near, 1), far / np.maximum(num_far, 1)
    goes_on = np.maximum(3 * near - 2 * far, 0.8 * near)
    full = np.where((num_near > 0) & (num_far > 0), goes_on, near)
    full = np.maximum(full, _around(away * edge, 1).max(axis=(3, 4)))
    covered = np.where(edge, np.minimum(away / np.maximum(full, 1e-6), 1), whole)
    # No colour tells where a product ends that is of the ground's colour at its edge.
    is_faint = edge & (_around(away, 1).max(axis=(3, 4)) < _FAINT)
    stands_out = is_faint.sum(axis=(1, 2)) <= 0.02 * edge.sum(axis=(1, 2))
    return covered * stands_out[:, None, None]


def _sum_around(values, reach):
    return _around(values.astype(np.float32), reach).sum(axis=(3, 4))


def _around(values, reach):
    """Squares around all pixels: two more axes."""
    padded = np.pad(values, ((0, 0), (reach,) * 2, (reach,) * 2))
    side = 2 * reach + 1
    return sliding_window_view(padded, (side, side), axis=(1, 2))
