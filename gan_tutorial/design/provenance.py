"""Where a generated design comes from, so that it can be drawn again."""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np

from gan_tutorial import border, data, gan, generators


@dataclass(frozen=True)
class Provenance:
    """From what a generator draws a design again, and who decided what.

    Args:
        latents: the numbers from which the generator drew it, `(latent_dim,)`.
        model: `hash_weights` of that generator.
        conditions: what else the generator took, by name, such as
            `{"labels": 3, "attributes": [0.5, -1.2]}`.
        seed: from which the latents were drawn, if any.
        brief: what was asked for, any text.
        asked: style and measures, by name.
        designer_decided: the names of those that the designer set.
        model_decided: the others, and the outline that meets them.
        origin: how the design came about.
    """

    latents: list[float]
    model: str
    conditions: dict = field(default_factory=dict)
    seed: int | None = None
    brief: str = ""
    asked: dict = field(default_factory=dict)
    designer_decided: list[str] = field(default_factory=list)
    model_decided: list[str] = field(default_factory=list)
    origin: str = ""


def make_provenance(generator, latents, conditions=None, **known) -> Provenance:
    """A `Provenance` of plain numbers, which a file can hold exactly.

    Args:
        generator: the network that drew the design.
        latents: as it took them, `(latent_dim,)`.
        conditions: what else it took, by name.
        **known: the other fields of a `Provenance`, but the model.

    Raises:
        ValueError: latents or conditions that this generator does not take.
    """
    inputs = _check(generator, {"latents": latents} | (conditions or {}))
    plain = {name: values[0].tolist() for name, values in inputs.items()}
    latents = plain.pop("latents")
    return Provenance(latents, hash_weights(generator), plain, **known)


def hash_weights(generator) -> str:
    """SHA-256 of all that decides what a network draws.

    These are its weights, its layers with their settings, such as an activation or a
    slope, and how they are connected; not their names. The hash changes when one bit of
    a weight does, and when something is added behind the last layer. It is the same in
    each version of Keras.
    """
    described = generators.describe(generator)["config"]["layers"]
    numbers = {layer["config"]["name"]: i for i, layer in enumerate(described)}
    text = json.dumps([_settings(layer, numbers) for layer in described])
    digest = hashlib.sha256(text.encode())
    for array in generator.get_weights():
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def draw(generator, provenance: Provenance) -> np.ndarray:
    """The design that a provenance tells of, bit for bit (on the same machine).

    In a batch, sums may be taken in another order, and the last bits may differ.

    Returns:
        As `gan.GAN.generate`, for one: uint8 `(height, width, channels)` where the
        generator makes pictures; else float32, such as `curve_gan.to_points` takes.

    Raises:
        ValueError: another model made the design, or it holds what this model does
            not take.
    """
    found = hash_weights(generator)
    if found != provenance.model:
        raise ValueError(
            "This design came from another model: its weights have the hash "
            f"{provenance.model[:12]}…, these have {found[:12]}…. Load the weights "
            "with which the design was made."
        )
    inputs = border.name_inputs(generator, "latents")
    given = _check(generator, {"latents": provenance.latents} | provenance.conditions)
    made = np.asarray(gan.call(generator, inputs, gan.to_network(given)))
    return (data.to_display_range(made) if data.is_picture(made.shape) else made)[0]


def _check(generator, given):
    """What a generator takes, checked, as a batch of one, by name."""
    wanted = border.name_inputs(generator, "latents")
    if set(given) != set(wanted):
        raise ValueError(f"The generator takes {list(wanted)}; given {list(given)}.")
    batch = {name: np.asarray(values)[None] for name, values in given.items()}
    return border.check_inputs(batch, wanted)


def _settings(value, numbers):
    """What of a layer's description decides its output; `numbers` stand for names.

    Left out is how weights were begun and bounded.
    """
    if isinstance(value, dict):
        return {
            key: _settings(part, numbers)
            for key, part in sorted(value.items())
            if key not in ("module", "registered_name", "build_config", "trainable")
            and not key.endswith(("initializer", "regularizer", "constraint"))
        }
    if isinstance(value, list | tuple):
        return [_settings(part, numbers) for part in value]
    return numbers.get(value, value) if isinstance(value, str) else value
