"""From picture to picture: networks, terms and both ways, against hand-made numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import pictures, same, weights

from gan_tutorial import (
    checkpoints,
    data,
    gan,
    generators,
    losses,
    networks,
    recipes,
    translation,
)

SHAPE = 16, 16, 1
RNG = np.random.default_rng(4)


def compiled(model, **changes):
    adams = keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01)
    model.compile(*adams, losses.LEAST_SQUARES, losses.R1(0.1, 2), **changes)
    return model


def u_net(channels=1, **settings):
    return networks.build_u_net((16, 16, channels), 2, **settings)


def patches(channels=1, source_channels=None):
    return networks.build_patch_discriminator((16, 16, channels), 2, source_channels)


def test_distance_by_hand():
    images = np.zeros((2, 1, 2, 3), "float32")
    fakes = np.float32([[[[1, 2, 3], [0, 0, 6]]], [[[0, 3, 0], [9, 9, 9]]]])
    masks = np.float32([[[[1], [0]]], [[[1], [0]]]])
    batch = {"images": images, "masks": masks}
    # 42 over twelve numbers; inside 9 over six.
    assert float(translation.Distance(2.0)(fakes, batch)) == pytest.approx(7.0)
    inside = translation.Distance(2.0, masked=True)
    assert float(inside(fakes, batch)) == pytest.approx(3.0)
    assert float(inside(fakes, batch | {"masks": 0 * masks})) == 0
    with pytest.raises(ValueError, match="needs masks, and the batch has .'images'"):
        inside(fakes, {"images": images})


@pytest.mark.parametrize("channels", [1, 3])
def test_outside_the_hole_the_source_comes_through(channels):
    network = u_net(channels, masked=True)
    model = gan.GAN(network, patches(channels))
    source, masks = pictures(3, channels), np.zeros((3, 16, 16, 1), bool)
    masks[1, 2:9, 3:12], masks[2] = True, True
    made = model.generate(source=source, masks=masks)
    np.testing.assert_array_equal(made[0], source[0])
    known = ~masks[1, ..., 0]
    np.testing.assert_array_equal(made[1][known], source[1][known])
    assert not np.array_equal(made[1], source[1])
    # What stands in the hole counts for nothing.
    other = np.where(masks, 255 - source, source)
    np.testing.assert_array_equal(model.generate(source=other, masks=masks), made)
    # Each form of the same masks is the same.
    for form in (255 * masks.astype("uint8"), masks.astype("float32"), 1 * masks):
        again = model.generate(source=source, masks=form)
        np.testing.assert_array_equal(again, made)
    for row in (0, 2):  # nowhere, and everywhere: neither says what its ones mean
        form = masks[row : row + 1].astype("uint8")
        one = model.generate(source=source[row : row + 1], masks=form)
        np.testing.assert_array_equal(one[0], made[row])


@pytest.mark.parametrize(
    ("source", "masks", "message"),
    [
        (pictures(2, 3), np.ones((2, 16, 16, 1), bool), r"\(2, 16, 16, 3\); expected"),
        (pictures(2, size=20), np.ones((2, 16, 16, 1), bool), r"expected \(n, 16"),
        (pictures(2), np.ones((2, 16, 16), bool), r"masks have .* \(2, 16, 16, 1\)"),
        (pictures(2), np.full((2, 16, 16, 1), 0.5), "masks are float64 .* from 0.5"),
        (pictures(2), pictures(2), "masks are uint8 .*; expected True and False"),
        (pictures(2), 2 * np.eye(2)[:, :, None, None] - 1, "masks have shape"),
    ],
)
def test_what_is_no_source_and_no_mask_is_refused(source, masks, message):
    model = gan.GAN(u_net(masked=True), patches())
    with pytest.raises(ValueError, match=message):
        model.generate(source=source, masks=masks)


@pytest.mark.parametrize("size", [28, 64])
def test_a_u_net_sees_the_whole_and_keeps_the_size(size):
    keras.utils.set_random_seed(1)
    network = networks.build_u_net((size, size, 3), 2, source_channels=7)
    names = [layer.name for layer in network.layers]
    smallest = network.get_layer("middle").output.shape[1:3]
    assert smallest == {28: (7, 7), 64: (8, 8)}[size]  # by two and by three halvings
    assert ("halve_3" in names) == (size == 64)
    source = np.zeros((1, size, size, 7), "float32")
    dotted = source.copy()
    dotted[0, size // 2, size // 2] = 9
    changed = np.abs(network(dotted) - network(source)).max(axis=(0, 3)) > 0
    assert np.ptp(np.argwhere(changed), axis=0).min() >= 16


def test_parameters_of_the_translating_networks_by_hand():
    # Two halvings: 1-2-4-8 channels, 8 in the middle, (8 + 4) to 4, (4 + 2) to 2.
    pairs = [(1, 2), (2, 4), (4, 8), (8, 8), (12, 4), (6, 2), (2, 1)]
    scales = 4 + 8 + 8 + 4 + 2  # of the normalisation; its shifts are the biases
    expected = sum(9 * a * b + b for a, b in pairs) + scales
    assert u_net().count_params() == expected
    assert u_net(masked=True).count_params() == expected + 9 * 2
    assert u_net(latent_dim=5).count_params() == expected + 9 * 5 * 8
    convolutions = 16 * (1 * 2 + 2 * 4) + 9 * 4 * 8 + 8 + (2 + 4 + 8 + 1)
    assert patches().count_params() == convolutions
    assert patches(source_channels=3).count_params() == convolutions + 16 * 3 * 2


@pytest.mark.parametrize(("num_halvings", "width"), [(1, 8), (2, 18), (3, 38)])
def test_a_logit_sees_its_patch_and_no_more(num_halvings, width):
    keras.utils.set_random_seed(2)
    judge = networks.build_patch_discriminator((64, 64, 1), 2, None, num_halvings)
    logits = judge(np.zeros((1, 64, 64, 1), "float32")).numpy()
    cells = 64 // 2**num_halvings
    assert logits.shape == (1, cells, cells, 1)
    images = tf.Variable(RNG.normal(size=(1, 64, 64, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        logit = judge(images)[0, cells // 2, cells // 2, 0]
    touched = np.argwhere(tape.gradient(logit, images)[0, ..., 0].numpy())
    assert (np.ptp(touched, axis=0) + 1).tolist() == [width, width]


def test_conditions_of_patches_are_scalar_products_by_hand():
    judge = networks.build_patch_discriminator(
        (16, 20, 3), 2, 1, num_classes=3, num_attributes=2
    )
    names = ["images", "source", "labels", "attributes"]
    assert [tensor.name for tensor in judge.inputs] == names
    rng = np.random.default_rng(9)
    images, source = rng.normal(size=(2, 16, 20, 3)), rng.normal(size=(2, 16, 20, 1))
    labels, attributes = np.array([2, 0]), np.array([[0.5, -1.0], [2.0, 3.0]])
    logits = judge([images, source, labels, attributes]).numpy()
    features = keras.Model(judge.inputs[:2], judge.get_layer("leaky_relu_3").output)
    features = features([images, source]).numpy()
    plain = judge.get_layer("logits")(features).numpy()
    tables = [
        judge.get_layer(f"{name}_embedding").weights[0].numpy()
        for name in ("label", "attribute")
    ]
    for k, (label, attribute) in enumerate(zip(labels, attributes, strict=True)):
        vector = tables[0][label] + attribute @ tables[1]
        expected = plain[k, ..., 0] + features[k] @ vector
        np.testing.assert_allclose(logits[k, ..., 0], expected, rtol=1e-4, atol=1e-5)


def test_impossible_networks_are_refused():
    with pytest.raises(ValueError, match="source has 3 channels and the image 1"):
        u_net(source_channels=3, masked=True)
    with pytest.raises(ValueError, match="30 pixels .* multiples of 4"):
        networks.build_u_net((30, 28, 1))
    with pytest.raises(ValueError, match="number of channels is 0"):
        networks.build_patch_discriminator((28, 28, 0))
    with pytest.raises(ValueError, match="latent_dim is 0"):
        u_net(latent_dim=0)


def test_repair_is_learned_from_pairs(tmp_path):
    """Pictures of one brightness each: what is missing stands beside the hole."""
    keras.utils.set_random_seed(3)
    images = np.broadcast_to(RNG.integers(20, 236, (64, 1, 1, 1)), (64, 16, 16, 1))
    images, masks = images.astype("uint8"), np.zeros((64, 16, 16, 1), bool)
    for mask, (i, j) in zip(masks, RNG.integers(0, 11, (64, 2)), strict=True):
        mask[i : i + 5, j : j + 5] = True
    model = gan.GAN(u_net(masked=True), patches(source_channels=1), seed=1)
    recipes.compile_gan(model, 150, g_term=translation.Distance(100, masked=True))
    given = {"source": np.where(masks, 0, images).astype("uint8"), "masks": masks}

    def error():
        return np.abs(model.generate(**given)[masks] - images[masks].astype(float))

    before = error().mean()
    model.fit(data.batches({"images": images} | given, 16, steps=150), verbose=0)
    assert error().mean() < before / 3
    generators.save(model.ema_generator, tmp_path / "a.keras")
    again = generators.load(tmp_path / "a.keras")
    floats = data.to_model_range(given["source"]), masks.astype("float32")
    made = data.to_display_range(again.predict(floats, verbose=0))
    np.testing.assert_allclose(made.astype(int), model.generate(**given), atol=1)


def test_a_picture_has_several_answers_with_latents():
    model = gan.GAN(u_net(latent_dim=3), patches(source_channels=1), seed=1)
    compiled(model, run_eagerly=True)
    assert model.latent_dim == 3
    model.fit({"images": pictures(6), "source": pictures(6)}, batch_size=3, verbose=0)
    source = pictures(1).repeat(2, axis=0)
    first, second = model.generate(2, seed=1, source=source)
    assert not np.array_equal(first, second)


def cycle(**settings):
    keras.utils.set_random_seed(6)
    players = u_net(), patches(), u_net(), patches()
    return translation.CycleGAN(*players, seed=1, **settings)


def unpaired(num=6):
    return {"images": pictures(num), "source": 255 - pictures(num)[::-1]}


def test_both_ways_learn_and_are_averaged_and_saved(tmp_path):
    model = compiled(cycle(), run_eagerly=True)
    parts = [
        *(model.generator, model.discriminator, model.ema_generator),
        *(model.back.generator, model.back.discriminator, model.back.ema_generator),
    ]
    before = [weights(part) for part in parts]
    figures = model.fit(unpaired(), batch_size=3, verbose=0).history
    for old, part in zip(before, parts, strict=True):
        assert not same(old[:1], weights(part)[:1])
    usual = {"d_loss", "g_loss", "real_accuracy", "fake_accuracy"}
    assert figures.keys() == usual | {f"back_{k}" for k in usual} | {"cycle_loss"}
    assert model.steps_taken == model.back.steps_taken == 2
    there = model.generate(source=pictures(2))
    back = model.back.generate(source=pictures(2))
    assert there.shape == back.shape and not np.array_equal(there, back)
    checkpoints.save(model, tmp_path / "run.ckpt")
    again = compiled(cycle())
    checkpoints.load(again, tmp_path / "run.ckpt")
    np.testing.assert_array_equal(again.back.generate(source=pictures(2)), back)
    generators.save(model.back.ema_generator, tmp_path / "back.keras")
    loaded = generators.load(tmp_path / "back.keras")
    floats = loaded.predict(data.to_model_range(pictures(2)), verbose=0)
    np.testing.assert_array_equal(data.to_display_range(floats), back)


def test_a_step_of_both_generators_against_plain_gradient_descent():
    """Its whole loss, written out again, with a weight for each of the terms."""
    model = cycle(cycle_weight=3.0, identity_weight=2.0)
    sgd = [keras.optimizers.SGD(0.1) for _ in range(2)]
    model.compile(*sgd, losses.LEAST_SQUARES)
    twin = cycle()
    batch = {name: data.to_model_range(x) for name, x in unpaired(4).items()}
    a, b = batch["source"], batch["images"]
    to_b, to_a = twin.generator, twin.back.generator
    with tf.GradientTape() as tape:
        fake_b, fake_a = to_b(a), to_a(b)
        loss = tf.reduce_mean((twin.discriminator(fake_b) - 1) ** 2) / 2
        loss += tf.reduce_mean((twin.back.discriminator(fake_a) - 1) ** 2) / 2
        loss += 3 * tf.reduce_mean(abs(to_a(fake_b) - a))
        loss += 3 * tf.reduce_mean(abs(to_b(fake_a) - b))
        loss += 2 * tf.reduce_mean(abs(to_b(b) - b))
        loss += 2 * tf.reduce_mean(abs(to_a(a) - a))
    variables = [*to_b.trainable_variables, *to_a.trainable_variables]
    steps = zip(variables, tape.gradient(loss, variables), strict=True)
    expected = [w.numpy() - 0.1 * g.numpy() for w, g in steps]
    model.generator_step(batch)
    found = weights(model.generator) + weights(model.back.generator)
    for now, then in zip(found, expected, strict=True):
        np.testing.assert_allclose(now, then, atol=1e-6)


def test_a_step_of_both_discriminators_shows_each_its_own_pictures():
    model, seen = compiled(cycle(), run_eagerly=True), []
    for one in (model, model.back):
        judge = one.judge
        one.judge = lambda x, given, judge=judge: seen.append(x) or judge(x, given)
    batch = {name: data.to_model_range(x) for name, x in unpaired(2).items()}
    fakes = model.make_fakes(batch), model.back.generator(batch["images"])
    model.discriminator_step(batch)
    expected = batch["images"], fakes[0], batch["source"], fakes[1]
    found = [x for x in seen if x is not None][:2], seen[3:5]  # the third: the penalty
    for now, then in zip([*found[0], *found[1]], expected, strict=True):
        np.testing.assert_allclose(now, then, atol=1e-5)


@pytest.mark.parametrize(
    ("player", "message"),
    [("g", "A weight is NaN .* step 1:"), ("d", "back_g_loss is nan since .* step 1:")],
)
def test_nan_on_the_way_back_stops_the_run(player, message):
    """Also where it came with the last step, after all losses were worked out."""
    model = compiled(cycle(), run_eagerly=True)
    getattr(model.back, f"{player}_optimizer").learning_rate = np.nan
    with pytest.raises(FloatingPointError, match=message):
        model.fit(unpaired(2), batch_size=2, verbose=0)
    assert model.finished_epochs == 0


def test_ways_that_do_not_meet_are_refused():
    with pytest.raises(ValueError, match=r"other makes .*16, 16, 3\).*came .*, 1\)"):
        translation.CycleGAN(u_net(), patches(), u_net(3), patches(3))
    latents = networks.build_generator(4, SHAPE, 2)
    with pytest.raises(ValueError, match=r"takes \['latents'\].*came None"):
        translation.CycleGAN(latents, patches(), u_net(), patches())
    there, back = u_net(3, source_channels=1), u_net(1, source_channels=3)
    players = there, patches(3), back, patches()
    with pytest.raises(ValueError, match="Set identity_weight=0"):
        translation.CycleGAN(*players)
    model = translation.CycleGAN(*players, identity_weight=0)
    compiled(model, run_eagerly=True)
    model.fit({"images": pictures(2, 3), "source": pictures(2)}, verbose=0)
    assert model.back.generate(source=pictures(2, 3)).shape == (2, 16, 16, 1)


def test_a_way_back_that_leaves_the_range_is_refused():
    source = keras.Input(SHAPE, name="source")
    wide = keras.Model(source, keras.layers.Conv2D(1, 1)(source) + 3)
    model = compiled(translation.CycleGAN(u_net(), patches(), wide, patches()))
    with pytest.raises(ValueError, match="End it with activation"):
        model.fit(unpaired(), verbose=0)
    assert model.steps_taken == 0


def test_images_in_a_batch_of_a_cycle_must_be_of_its_colours():
    model = compiled(cycle())
    with pytest.raises(ValueError, match=r"source have shape .*16, 3\); expected"):
        model.fit({"images": pictures(2), "source": pictures(2, 3)}, verbose=0)
