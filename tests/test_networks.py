"""Shapes, sizes and conditions of the two networks."""

import keras
import numpy as np
import pytest

from gan_tutorial import gan, networks, recipes


@pytest.mark.parametrize(
    "image_shape",
    [(16, 16, 1), (28, 28, 1), (32, 48, 3), (64, 64, 4), (100, 100, 1), (128, 128, 7)],
)
def test_generator_and_discriminator_meet(image_shape):
    generator = networks.build_generator(5, image_shape, 4)
    discriminator = networks.build_discriminator(image_shape, 4)
    images = generator(np.random.default_rng(0).normal(size=(3, 5)).astype("float32"))
    assert images.shape == (3, *image_shape)
    assert np.abs(images).max() <= 1
    assert discriminator(images).shape == (3, 1)


def test_parameter_counts_by_hand():
    generator = networks.build_generator(16, (28, 28, 1), 16)
    convolutions = 4 * 4 * (64 * 32 + 32 * 16) + 16 + 3 * 3 * 16 + 1
    dense, norms = 16 * 7 * 7 * 64, 4 * (7 * 7 * 64 + 32)
    assert generator.count_params() == dense + convolutions + norms
    discriminator = networks.build_discriminator((28, 28, 1), 32)
    convolutions = 4 * 4 * (32 + 32 * 64 + 64 * 128) + 32 + 64 + 128
    assert discriminator.count_params() == convolutions + 4 * 4 * 128 + 1


@pytest.mark.parametrize(
    ("sides", "halvings"),
    [((16, 16), 2), ((28, 28), 2), ((32, 48), 3), ((64, 48), 3), ((128, 128), 4)],
)
def test_halvings_by_hand(sides, halvings):
    # To 4 x 4, 7 x 7, 4 x 6, 8 x 6 and 8 x 8.
    assert networks.count_halvings(*sides) == halvings


def test_inputs_and_vectors_of_conditions():
    assert networks.condition_inputs(None, None) == []
    conditions = networks.condition_inputs(3, 2)
    vectors = networks.embed_conditions(conditions, 3, 5)
    assert [vector.shape for vector in vectors] == [(None, 5), (None, 5)]
    assert networks.one_or_list(conditions) is conditions
    assert networks.one_or_list(conditions[:1]) is conditions[0]


def test_conditions_change_what_is_made_and_how_it_is_judged():
    generator = networks.build_generator(4, (16, 16, 1), 4, 3, 2)
    discriminator = networks.build_discriminator((16, 16, 1), 4, 3, 2)
    assert [t.name for t in generator.inputs] == ["latents", "labels", "attributes"]
    assert [t.name for t in discriminator.inputs] == ["images", "labels", "attributes"]
    latents = np.ones((2, 4), "float32")
    same = np.array([1, 1]), np.ones((2, 2), "float32")
    for labels, attributes in [
        (np.array([0, 2]), same[1]),
        (same[0], np.array([[0, 1], [1, 0]], "float32")),
    ]:
        images = np.asarray(generator([latents, labels, attributes]))
        assert not np.allclose(images[0], images[1])
        logits = np.asarray(discriminator([images[[0, 0]], labels, attributes]))
        assert logits[0] != pytest.approx(logits[1])


@pytest.mark.parametrize(
    ("image_shape", "message"),
    [
        ((30, 28, 1), "30 pixels .* multiples of 4"),
        ((12, 12, 1), "12 pixels"),
        ((132, 132, 1), "132 pixels"),
        ((28, 28, 0), "number of channels is 0; expected a whole number"),
        ((28, 28), "expected \\(height, width, channels\\)"),
    ],
)
def test_impossible_shapes_are_refused(image_shape, message):
    with pytest.raises(ValueError, match=message):
        networks.build_generator(4, image_shape, 4)
    with pytest.raises(ValueError, match=message):
        networks.build_discriminator(image_shape, 4)


def test_a_symmetric_generator_averages_with_the_mirror_image():
    plain = networks.build_generator(4, (16, 16, 1), 2, num_classes=2)
    symmetric = networks.make_symmetric(plain)
    latents = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    inputs = [latents, np.array([0, 1, 1])]
    before, after = plain(inputs).numpy(), symmetric(inputs).numpy()
    np.testing.assert_allclose(after[0, 5, 2], (before[0, 5, 2] + before[0, 5, 13]) / 2)
    np.testing.assert_array_equal(after, after[:, :, ::-1])


def test_translated_images_are_cut_from_a_frame_of_their_own_edges():
    images = np.random.default_rng(0).uniform(-1, 1, (12, 16, 16, 2)).astype("float32")
    layer = networks.random_translation(0.125, seed=1)
    moved = np.asarray(layer(images, training=True))
    framed = np.pad(images, [(0, 0), (2, 2), (2, 2), (0, 0)], mode="edge")
    found = set()
    for image, frame in zip(moved, framed, strict=True):
        places = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.array_equal(image, frame[i : i + 16, j : j + 16])
        ]
        assert len(places) == 1  # one of the 25 shifts, whole and unchanged
        found.add(places[0])
    assert len(found) > 5  # not all by the same way
    np.testing.assert_array_equal(layer(images, training=False), images)


def test_a_discriminator_that_sees_moved_images_trains_with_its_penalty():
    keras.utils.set_random_seed(0)
    model = recipes.dcgan((16, 16, 1), 8, 0, 3, 2, 4, 4, 4, num_epochs=101)
    layer = model.discriminator.get_layer("moved")
    assert layer.move.fill_mode == "nearest"
    rng = np.random.default_rng(0)
    arrays = {
        "images": rng.integers(0, 256, (16, 16, 16, 1), dtype=np.uint8),
        "labels": rng.integers(0, 3, 16),
        "attributes": rng.normal(size=(16, 2)).astype("float32"),
    }
    before = [w.numpy() for w in model.d_variables]
    model.fit(arrays, batch_size=8, epochs=4, verbose=0)
    assert model.steps_taken == 8
    after = [w.numpy() for w in model.d_variables]
    pairs = zip(before, after, strict=True)
    assert all(not np.array_equal(old, new) for old, new in pairs)


def test_the_recipe_moves_images_only_where_each_is_seen_often():
    for num_epochs, moves in ((1, False), (100, False), (101, True)):
        model = recipes.dcgan((16, 16, 1), 10, num_epochs=num_epochs)
        names = [layer.name for layer in model.discriminator.layers]
        assert ("moved" in names) == moves


def rates(model, steps):
    """The learning rates of a model's players before these steps of their own."""
    optimizers = model.g_optimizer, model.d_optimizer
    found = []
    for optimizer in optimizers:
        optimizer.iterations.assign(steps)
        found.append(float(optimizer.learning_rate))
    return found


def test_the_rate_stays_in_a_short_run_and_falls_to_0_in_a_long_one():
    short = recipes.dcgan((16, 16, 1), 1499, filters=4, d_filters=4)
    assert rates(short, 1400) == pytest.approx([2e-3, 2e-3])
    long = recipes.dcgan((16, 16, 1), 2000, filters=4, d_filters=4)
    assert rates(long, 500) == pytest.approx([1.5e-3, 1.5e-3])
    assert rates(long, 2000) == [0, 0]


def test_a_discriminator_with_two_steps_learns_until_the_end():
    model = gan.GAN(
        networks.build_generator(4, (16, 16, 1), filters=4),
        networks.build_discriminator((16, 16, 1), filters=4),
        d_steps=2,
    )
    recipes.compile_gan(model, 2000)
    assert rates(model, 2000) == pytest.approx([0, 1e-3])  # half of its 4,000 steps
