"""Bodies of voxels: drawn, measured, seen by X-rays, and built again."""

import keras
import numpy as np
import pytest

from gan_tutorial import gan, networks, recipes, translation
from gan_tutorial.design import voxel_view
from gan_tutorial.design import voxels as kit
from gan_tutorial.synthetic import volumes

BODIES, FACTS = volumes.make(40, 16, seed=3)
PICTURES = kit.x_ray(BODIES)


def pieces(cells, value):
    """How many pieces the voxels of a value form, counted by flooding."""
    left, count = {tuple(place) for place in np.argwhere(cells == value)}, 0
    while left:
        todo, count = [left.pop()], count + 1
        while todo:
            place = todo.pop()
            for axis in range(3):
                for step in (-1, 1):
                    near = tuple(np.add(place, step * np.eye(3, dtype=int)[axis]))
                    if near in left:
                        left.remove(near)
                        todo.append(near)
    return count


def test_bodies_are_in_one_piece_with_one_hollow_at_most_and_repeat():
    assert BODIES.shape == (40, 16, 16, 16) and BODIES.dtype == np.uint8
    whole = [pieces(body, 1) for body in BODIES]
    assert np.mean(np.array(whole) == 1) > 0.9  # a hollow can cut off a lobe
    hollows = [pieces(np.pad(body, 1), 0) - 1 for body in BODIES]
    assert max(hollows) <= 2 and 5 < sum(hollows) < 35
    np.testing.assert_array_equal(BODIES, volumes.make(40, 16, seed=3)[0])
    assert (BODIES != volumes.make(40, 16, seed=4)[0]).any()
    assert {name: (v.min(), v.max()) for name, v in FACTS.items()} == {
        "lobes": (3, 6),
        "dents": (3, 6),
    }


def test_a_seed_gives_the_same_bodies_at_every_size():
    large, facts = volumes.make(40, 32, seed=3)
    np.testing.assert_array_equal(facts["lobes"], FACTS["lobes"])
    shares = large.reshape(40, 16, 2, 16, 2, 16, 2).mean(axis=(2, 4, 6))
    assert kit.dice(BODIES, shares > 0.5).min() > 0.85


def test_voxels_and_faces_are_counted():
    body = np.zeros((2, 4, 5, 6), int)
    body[0, :2, 1:4, 0:3] = 1  # a box of 2 x 3 x 3 at two walls of the cube
    body[0, 3, 4, 5] = 1
    found = volumes.measure(body)
    assert found["voxels"].tolist() == [19, 0]
    assert found["faces"].tolist() == [2 * (6 + 6 + 9) + 6, 0]


def test_x_rays_count_the_voxels_on_each_line_of_sight():
    body = np.zeros((1, 8, 8, 8), int)
    body[0, 1, 2, 3:7] = 1
    (seen,) = kit.x_ray(body)
    assert seen[1, 2, 0] == round(4 * 255 / 8) and np.count_nonzero(seen[..., 0]) == 1
    assert seen[1, 3:7, 1].tolist() == [round(255 / 8)] * 4  # height and depth
    assert seen[2, 3:7, 2].tolist() == [round(255 / 8)] * 4  # width and depth
    assert np.count_nonzero(seen) == 9


def test_noise_leaves_the_outline_and_moves_the_rest():
    noisy = kit.x_ray(BODIES, 1.5, seed=1)
    np.testing.assert_array_equal(noisy > 0, PICTURES > 0)
    inner = (PICTURES > 80) & (PICTURES < 175)  # far from where errors are cut off
    errors = (noisy[inner].astype(float) - PICTURES[inner]) * 16 / 255
    assert abs(errors.mean()) < 0.1 and abs(errors.std() - 1.5) < 0.1
    np.testing.assert_array_equal(noisy, kit.x_ray(BODIES, 1.5, seed=1))


def test_the_hull_agrees_with_three_loops():
    body, made = BODIES[5], kit.hull(PICTURES[5:6])[0]
    for i, j, k in np.ndindex(16, 16, 16):
        seen = body[i, j].any() and body[i, :, k].any() and body[:, j, k].any()
        assert made[i, j, k] == seen
    assert (made >= body).all() and made.sum() > body.sum()
    again = kit.x_ray(made[None])
    np.testing.assert_array_equal(again > 0, PICTURES[5:6] > 0)


def test_the_classical_way_finds_the_body_without_noise():
    exact = kit.reconstruct(PICTURES, 30, smoothing=0)
    assert kit.dice(BODIES, exact).mean() > 0.97
    gaps = exact.sum((1, 2, 3), dtype=int) - BODIES.sum((1, 2, 3), dtype=int)
    assert np.abs(gaps).max() <= 2  # levels of X-ray pictures are rounded
    noisy = kit.x_ray(BODIES, 1.5, seed=1)
    scores = [
        kit.dice(BODIES, made).mean()
        for made in (
            kit.hull(noisy),
            kit.reconstruct(noisy, smoothing=0),
            kit.reconstruct(noisy),
        )
    ]
    assert scores[2] > scores[1] + 0.01 and scores[2] > scores[0] + 0.02


def test_smooth_is_the_mean_of_27():
    rng = np.random.default_rng(0)
    field = rng.random((1, 5, 6, 7))
    made = kit.smooth(field)
    assert made[0, 2, 3, 4] == pytest.approx(field[0, 1:4, 2:5, 3:6].mean())
    assert made[0, 0, 0, 0] == pytest.approx(field[0, :2, :2, :2].sum() / 27)


def test_the_look_up_finds_the_nearest_pictures():
    noisy = kit.x_ray(BODIES[[7, 2]], 0.3, seed=1)
    found = kit.look_up(noisy, PICTURES, BODIES)
    np.testing.assert_array_equal(found, BODIES[[7, 2]])


def test_dice_by_hand():
    one, two = np.zeros((2, 3, 4, 4, 4), int)
    one[0].flat[:6], two[0].flat[2:12] = 1, 1  # 4 common of 6 and 10
    one[1, 0, 0, 0] = 1
    np.testing.assert_allclose(kit.dice(one, two), [8 / 16, 0, 1])


def test_the_sculptor_stays_in_the_hull_and_plays_with_a_gan():
    keras.utils.set_random_seed(1)
    judge = networks.build_patch_discriminator((16, 16, 16), 2, source_channels=3)
    model = gan.GAN(kit.build_sculptor(16, 2), judge, seed=1)
    recipes.compile_gan(model, 2, g_term=translation.Distance(20))
    given = {"images": 2.0 * BODIES - 1, "source": PICTURES}
    model.fit(given, batch_size=20, verbose=0)
    made = model.generate(source=PICTURES)
    assert made.shape == (40, 16, 16, 16) and np.abs(made).max() <= 1
    assert (made[kit.hull(PICTURES) == 0] == -1).all()


def test_a_body_in_the_light():
    ball = np.linalg.norm(np.mgrid[-7.5:8, -7.5:8, -7.5:8], axis=0) < 6
    picture = voxel_view.shade(ball, side=100)
    assert picture.shape == (100, 100, 1) and picture.dtype == np.uint8
    radius = np.sqrt((picture < 255).sum() / np.pi) / 100 * 1.2 * 16
    assert radius == pytest.approx(6, abs=0.4)
    body = BODIES[0]
    seen = [voxel_view.shade(body, angle, 64)[..., 0] < 255 for angle in (0, 180)]
    assert np.mean(seen[0] == seen[1][:, ::-1]) > 0.99  # the outline from behind
    turned = body[:, :, ::-1].transpose(0, 2, 1)  # seen along the width, from its start
    seen = [voxel_view.shade(*given, 64) for given in ((body, 90), (turned, 0))]
    assert np.abs(np.subtract(*seen, dtype=float)).mean() < 0.5
    assert picture[40, 40] > picture[60, 60]  # the light comes from the upper left


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: volumes.make(0), "num_volumes is 0"),
        (lambda: volumes.make(1, 4), "size is 4; expected a whole number, 8 to 64"),
        (lambda: volumes.measure(BODIES[0]), r"shape \(16, 16, 16\); expected \(n,"),
        (lambda: volumes.measure(BODIES * 2), "other numbers than 0 and 1"),
        (lambda: kit.x_ray(BODIES[:, :8]), r"sides of \(8, 16, 16\) voxels"),
        (lambda: kit.x_ray(BODIES, -1), "noise is -1; expected a number, 0"),
        (lambda: kit.hull(PICTURES[..., :2]), r"shape \(40, 16, 16, 2\); expected"),
        (lambda: kit.hull(PICTURES / 255), "float64; expected uint8"),
        (lambda: kit.dice(BODIES, BODIES[:3]), r"and \(3, 16, 16, 16\); expected eq"),
        (lambda: kit.build_sculptor(18), "size is 18; expected a multiple of 4"),
        (lambda: voxel_view.shade(BODIES), "single one|shape"),
        (lambda: voxel_view.shade(BODIES[0], np.nan), "angle is nan; expected"),
    ],
)
def test_what_is_no_body_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
