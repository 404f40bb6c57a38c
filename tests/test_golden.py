"""A small training ends at the weights at which it once ended.

An earlier implementation of the same algorithm stored them: `golden_small.npz` holds
the weights of the generator, the discriminator and the averaged generator.
"""

from pathlib import Path

import keras
import numpy as np

from gan_tutorial import data, gan, losses, networks
from gan_tutorial.synthetic import vases

STORED = Path(__file__).with_name("golden_small.npz")

# The distance between two sets of weights, as a share of the way that training went.
# The same machine gives 0.0 exactly. First weights that differ by 1e-7 of themselves,
# as by rounding, end up to 2e-5 apart, and by 1e-6 up to 3e-4. Another algorithm ends
# at 0.16 or more in one of the networks: the penalty with its sign turned, in each step
# or not counted four times, one discriminator step in place of two, no average.
TOLERANCE = 0.01


def _players(model):
    parts = model.generator, model.discriminator, model.ema_generator
    return [np.concatenate([w.ravel() for w in p.get_weights()]) for p in parts]


def test_eight_iterations_end_at_the_stored_weights():
    keras.utils.set_random_seed(1)
    images, attributes = vases.make(64, 16, seed=3)
    ranges = {name: vases.RANGES[name] for name in ("height", "belly", "neck")}
    arrays = {
        "images": images,
        "labels": attributes["style"],
        "attributes": data.scale_attributes(attributes, ranges),
    }
    model = gan.GAN(
        networks.build_generator(4, (16, 16, 1), 4, 5, 3),
        networks.build_discriminator((16, 16, 1), 4, 5, 3),
        d_steps=2,
        seed=1,
    )
    start = _players(model)
    rate = keras.optimizers.schedules.PolynomialDecay(2e-3, 8, 0.0)
    model.compile(
        keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99),
        keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99),
        losses.NON_SATURATING,
        losses.R1(0.1, 4),
    )
    model.fit(data.batches(arrays, batch_size=8, seed=1, steps=8), verbose=0)
    with np.load(STORED, allow_pickle=False) as archive:
        flat = np.concatenate([archive[name].ravel() for name in archive.files])
    ends = np.cumsum([len(part) for part in start])
    distances = [
        np.linalg.norm(now - then) / np.linalg.norm(then - first)
        for now, then, first in zip(
            _players(model), np.split(flat, ends[:-1]), start, strict=True
        )
    ]
    print("distances from the stored weights:", *distances)
    assert max(distances) < TOLERANCE
