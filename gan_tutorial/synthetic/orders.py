"""Orders of a shop that does not exist: a table of numbers and names, by rules.

What is returned depends on how the order came: on the web, on how late it was; in the
shop, on how dear it was for its kind; by telephone, on whether it was unusually cheap
or dear. Chance adds to it.
"""

import numpy as np

from gan_tutorial import checks

PRODUCTS, CHANNELS = ("lamp", "table", "vase"), ("phone", "shop", "web")
PRODUCT_SHARES = (0.3, 0.2, 0.5)
CHANNEL_SHARES = ((0.2, 0.2, 0.6), (0.3, 0.5, 0.2), (0.1, 0.3, 0.6))  # of each product
PRICES, WEIGHTS = (80.0, 300.0, 30.0), (2.0, 15.0, 1.0)  # medians: EUR, kg
DAYS = (8.0, 3.0, 7.0)  # mean time to deliver, of each channel


def make(num_rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Draws random orders.

    Args:
        num_rows: how many.
        seed: a whole number, 0 or more.

    Returns:
        ``(num_rows,)`` each: ``price`` in EUR, ``weight`` in kg and ``days`` to
        deliver, float; ``product``, ``channel`` and ``returned`` ("yes" or "no"), text.

    Raises:
        ValueError: an argument is not such a number.
    """
    num_rows = checks.whole_number("num_rows", num_rows, 1)
    rng = np.random.default_rng(checks.whole_number("seed", seed, 0))
    product = rng.choice(len(PRODUCTS), num_rows, p=PRODUCT_SHARES)
    ends = np.cumsum(CHANNEL_SHARES, axis=1)[product]
    channel = (rng.random(num_rows)[:, None] > ends[:, :-1]).sum(axis=1)
    dear, heavy = rng.normal(size=(2, num_rows))
    days = np.array(DAYS)[channel] * rng.gamma(4, 1 / 4, num_rows)
    score = np.choose(channel, (2 * np.abs(dear) - 2, 2 * dear - 1, days / 2 - 3.5))
    returned = rng.random(num_rows) < 1 / (1 + np.exp(-2 * score))
    return {
        "price": np.round(np.array(PRICES)[product] * np.exp(0.5 * dear), 2),
        "weight": np.round(
            np.array(WEIGHTS)[product] * np.exp(0.3 * dear + 0.3 * heavy), 2
        ),
        "days": np.round(days, 1),
        "product": np.array(PRODUCTS)[product],
        "channel": np.array(CHANNELS)[channel],
        "returned": np.where(returned, "yes", "no"),
    }
