"""Textures without a seam: moved round, of any size, and trained on pieces."""

import keras
import numpy as np
import pytest

from gan_tutorial import gan, generators, latent, networks, recipes

LABELS = np.array([0, 2])


@pytest.fixture(scope="module")
def network():
    """Smooth, so that a seam would be seen; no average or bias is 0 or 1."""
    network = networks.build_seamless_generator(5, 3, 4, num_classes=3)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        shape = tuple(weight.shape)
        values = rng.uniform(0.1, 1, shape)
        if len(shape) == 4:  # a kernel that is the same at each of its nine places
            values = rng.normal(size=shape[2:]) / 9 * np.sqrt(2 / shape[2])
        weight.assign(np.broadcast_to(values, shape))
    return network


def draw(network, latents, labels=LABELS):
    return network([latents, labels[: len(latents)]]).numpy()


@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (25, 25), (3, 5), (1, 2)])
def test_one_network_makes_textures_of_any_size(network, shape):
    made = draw(network, latent.sample_latents(2, (*shape, 5), 1))
    assert made.shape == (2, 8 * shape[0], 8 * shape[1], 3)
    assert np.abs(made).max() <= 1 and made.std() > 0.05


def test_a_map_moved_round_gives_the_texture_moved_round(network):
    latents = latent.sample_latents(2, (6, 9, 5), 2)
    made = draw(network, latents)
    moved = draw(network, np.roll(latents, (2, 5), axis=(1, 2)))
    np.testing.assert_allclose(moved, np.roll(made, (16, 40), axis=(1, 2)), atol=1e-5)
    assert np.abs(moved - made).max() > 0.1


def test_four_copies_of_the_latents_make_four_copies_of_the_texture(network):
    latents = latent.sample_latents(1, (4, 3, 5), 3)
    once = draw(network, latents)
    twice = draw(network, np.tile(latents, (1, 2, 2, 1)))
    np.testing.assert_allclose(twice, np.tile(once, (1, 2, 2, 1)), atol=1e-5)


def jump(images, axis):
    """Mean step across the seam, and between cells, over that inside of cells."""
    steps = np.abs(images - np.roll(images, 1, axis)).mean(axis=(0, 3 - axis, 3))
    inside = np.delete(steps, np.s_[::8]).mean()
    return steps[0] / inside, steps[8::8].mean() / inside


def test_the_seam_is_a_step_like_all_others(network):
    made = draw(network, latent.sample_latents(2, (25, 25, 5), 4))
    for axis in (1, 2):
        seam, between = jump(made, axis)
        assert 0.7 < seam < 1.3
        assert 0.9 < between < 1.1  # pixels that are only doubled would give 1.6
    cut = made[:, :196, :196]  # not a whole tile
    assert jump(cut, 1)[0] > 2 and jump(cut, 2)[0] > 2


def test_doubling_mixes_across_the_border_by_hand():
    """One doubling of a single number: what is 1 in one place fades out around it."""
    network = networks.build_seamless_generator(1, 1, 1, num_doublings=1)
    seen = keras.Model(network.inputs[0], network.get_layer("smooth_1").output)
    latents = np.zeros((1, 4, 4, 1), "float32")
    latents[0, 0, 3] = 1
    for weight in network.get_layer("maps_1").weights:
        weight.assign(np.zeros(weight.shape))
    kernel = np.zeros((3, 3, 1, 2), "float32")
    kernel[1, 1] = 1
    network.get_layer("maps_1").kernel.assign(kernel)
    made = seen(latents)[0, ..., 0].numpy() / np.float32(1 / np.sqrt(1.001))
    # Nearest and farther neighbour weigh 3/4 and 1/4, each way, and it comes round.
    line = np.array([0.25, 0, 0, 0, 0, 0.25, 0.75, 0.75])
    column = np.array([0.75, 0.75, 0.25, 0, 0, 0, 0, 0.25])
    np.testing.assert_allclose(made, np.outer(column, line), atol=1e-5)


def test_wrap_by_hand():
    maps = np.arange(6.0).reshape(1, 2, 3, 1)
    expected = [[5, 3, 4, 5, 3], [2, 0, 1, 2, 0], [5, 3, 4, 5, 3], [2, 0, 1, 2, 0]]
    np.testing.assert_array_equal(networks.wrap(maps)[0, ..., 0], expected)


def test_labels_and_attributes_change_the_texture(network):
    latents = latent.sample_latents(1, (2, 2, 5), 5)
    first, second = draw(network, latents.repeat(2, axis=0))
    assert np.abs(first - second).max() > 0.01
    keras.utils.set_random_seed(1)  # of so few maps, all may be dead by chance
    other = networks.build_seamless_generator(5, 1, 2, num_attributes=2)
    tones = np.float32([[0, 1], [3, -1]])
    first, second = other([latents.repeat(2, axis=0), tones]).numpy()
    assert np.abs(first - second).max() > 1e-3


def test_it_comes_back_from_its_file_with_open_sides(network, tmp_path):
    generators.save(network, tmp_path / "a.keras")
    again = generators.load(tmp_path / "a.keras")
    for shape in ((8, 8), (5, 2)):
        latents = latent.sample_latents(2, (*shape, 5), 6)
        np.testing.assert_array_equal(draw(again, latents), draw(network, latents))


def trained(side=32, **settings):
    keras.utils.set_random_seed(1)
    model = gan.GAN(
        networks.build_seamless_generator(4, 1, 2, num_doublings=2, **settings),
        networks.build_discriminator((side, 24, 1), 2, **settings),
        seed=1,
    )
    recipes.compile_gan(model, 4)
    model.run_eagerly = True  # quicker for two steps
    return model


def test_it_trains_on_pieces_and_makes_larger_ones():
    model = trained(num_classes=2)
    assert model.latent_dim == (8, 6, 4)  # 32 and 24 pixels by 4
    before = model.generator.get_weights()
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 24, 1), np.uint8)
    model.fit({"images": images, "labels": np.arange(8) % 2}, batch_size=4, verbose=0)
    assert model.steps_taken == 2
    assert not np.array_equal(before[0], model.generator.get_weights()[0])
    made = model.generate(3, seed=1, labels=[0, 1, 1])
    assert made.shape == (3, 32, 24, 1) and made.dtype == np.uint8
    latents = latent.sample_latents(3, (8, 6, 4), 1)
    np.testing.assert_array_equal(
        model.generate(latents=latents, labels=[0, 1, 1]), made
    )
    large = model.generate(latents=latent.sample_latents(1, (50, 25, 4)), labels=[1])
    assert large.shape == (1, 200, 100, 1)


def test_the_latents_of_a_step_are_new_maps_from_the_seed():
    model, again = trained(), trained()
    batch = {"images": np.zeros((3, 32, 24, 1), "float32")}
    first, second = model.make_fakes(batch), model.make_fakes(batch)
    assert first.shape == (3, 32, 24, 1) and not np.allclose(first, second)
    np.testing.assert_array_equal(again.make_fakes(batch), first)
    drawn = latent.draw((3, 8, 6, 4), keras.random.SeedGenerator(1)).numpy()
    assert len(np.unique(drawn)) == drawn.size and abs(drawn.mean()) < 0.15


def test_sampled_maps_follow_the_seed():
    few, more = (latent.sample_latents(n, (3, 2, 4), 7) for n in (2, 5))
    assert few.shape == (2, 3, 2, 4)
    np.testing.assert_array_equal(few, more[:2])
    flat = latent.sample_latents(2, 24, 7)
    np.testing.assert_array_equal(few.reshape(2, 24), flat)


def test_images_that_no_map_of_latents_makes_are_refused():
    network = networks.build_seamless_generator(4, 1, 2)
    judge = networks.build_discriminator((36, 32, 1), 2)
    with pytest.raises(ValueError, match="8 x 8 pixels .* cannot be 36 x 32"):
        gan.GAN(network, judge)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"latents": np.ones((1, 4, 4))}, r"\(1, 4, 4\); expected \(1, None"),
        ({"latents": np.ones((1, 4, 4, 3))}, r"\(1, 4, 4, 3\); expected"),
        ({"num_images": 1, "latents": np.ones((1, 4, 4, 4))}, "and not both"),
    ],
)
def test_latents_of_another_form_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        trained().generate(**arguments)
    with pytest.raises(ValueError, match="latent_dim is None; expected a whole number"):
        latent.sample_latents(1, (None, None, 4))
