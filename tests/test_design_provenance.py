"""Provenance: it comes back, draws the same again, and knows its generator."""

import json
from dataclasses import asdict

import keras
import numpy as np
import pytest

from gan_tutorial import data, latent
from gan_tutorial.design import provenance
from gan_tutorial.networks import build_generator, make_symmetric

CONDITIONS = {"labels": 2, "attributes": [0.1, -0.7]}


def build():
    return build_generator(6, (16, 16, 1), 4, num_classes=3, num_attributes=2)


@pytest.fixture(scope="module")
def generator():
    return build()


def test_it_comes_back_and_draws_the_same_bit_for_bit(generator):
    latents = latent.sample_latents(1, 6, 4)
    known = {"seed": 4, "brief": "a low lamp, 20 €", "designer_decided": ["neck"]}
    made = provenance.make_provenance(generator, latents[0], CONDITIONS, **known)
    assert made.brief == known["brief"] and made.designer_decided == ["neck"]
    again = provenance.Provenance(**json.loads(json.dumps(asdict(made))))
    assert again == made
    inputs = [latents, np.array([2]), np.array([[0.1, -0.7]], np.float32)]
    expected = data.to_display_range(np.asarray(generator(inputs)))[0]
    np.testing.assert_array_equal(provenance.draw(generator, again), expected)
    # A generator built anew draws the same, if it has the same weights.
    other = build()
    with pytest.raises(ValueError, match="from another model"):
        provenance.draw(other, again)
    other.set_weights(generator.get_weights())
    np.testing.assert_array_equal(provenance.draw(other, again), expected)


def test_generators_are_drawn_through_the_inputs_that_they_name():
    latents = keras.Input((4,), name="latents")
    source = keras.Input((8, 8, 1), name="source")
    maps = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64)(latents))
    masks = keras.Input((8, 8, 1), name="masks")
    picture = keras.ops.tanh(maps * source * masks)
    network = keras.Model([source, masks, latents], picture)
    half = np.full((8, 8, 1), -0.5, np.float32)
    where = np.eye(8, dtype=bool)[..., None]
    made = provenance.make_provenance(
        network, [0.5, -1, 2, 0.1], {"source": half, "masks": where}
    )
    drawn = network(
        [half[None], 1.0 * where[None], np.array([[0.5, -1, 2, 0.1]], np.float32)]
    )
    np.testing.assert_array_equal(
        provenance.draw(network, made), data.to_display_range(np.asarray(drawn))[0]
    )


def test_the_hash_knows_all_that_decides_a_design(generator, tmp_path):
    def like(change):
        network = build()
        network.set_weights(generator.get_weights())
        change(network)
        return network

    def change_one_bit(network):
        weights = network.get_weights()
        weights[-1][0] = np.nextafter(weights[-1][0], np.float32(9))
        network.set_weights(weights)

    def change_activation(network):
        network.get_layer("images").activation = keras.activations.sigmoid

    others = [like(change_one_bit), like(change_activation), make_symmetric(generator)]
    others += [keras.Model(generator.inputs, generator.output - x) for x in (0.1, 0.2)]
    hashes = {provenance.hash_weights(network) for network in (generator, *others)}
    assert len(hashes) == len(others) + 1
    # But neither names, nor a way through a file, change it.
    first, second = make_symmetric(generator), make_symmetric(like(lambda _: None))
    assert provenance.hash_weights(first) == provenance.hash_weights(second)
    first.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")
    assert provenance.hash_weights(again) == provenance.hash_weights(first)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": 99}, "labels go from 99 to 99; expected .* 0 to 2"),
        ({"labels": -1}, "labels go from -1 to -1; expected .* 0 to 2"),
        ({"labels": 1.5}, "labels are of type float64; expected whole numbers"),
        ({"labels": 2**70}, "labels are of type object; expected whole numbers"),
        ({"labels": "round"}, "labels are of type <U5"),
        ({"latents": [0.1] * 5 + [np.inf]}, "latents hold NaN, infinite"),
        ({"attributes": [0.5, np.nan]}, "attributes hold NaN"),
        ({"attributes": []}, r"attributes have shape \(1, 0\); expected \(1, 2\)"),
        ({"latents": [0.1] * 5}, r"latents have shape \(1, 5\)"),
        ({"masks": 1}, "takes .*'attributes'.*; given .*'masks'"),
    ],
)
def test_what_does_not_fit_is_refused(generator, changes, message):
    conditions = CONDITIONS | changes
    latents = conditions.pop("latents", [0.1] * 6)
    with pytest.raises(ValueError, match=message):
        provenance.make_provenance(generator, latents, conditions)
    # Likewise where a file from someone else holds them.
    other = provenance.Provenance(
        latents, provenance.hash_weights(generator), conditions
    )
    with pytest.raises(ValueError, match=message):
        provenance.draw(generator, other)
