"""Tables: drawn by rules, into networks and back, made anew, filled and tried."""

import keras
import numpy as np
import pytest

from gan_tutorial.lab import table_models, tables
from gan_tutorial.synthetic import orders

TABLE = orders.make(2000, seed=3)
CODEC = tables.Codec(TABLE)
SMALL = {"size": np.array([4.0, 1.0, 9.0, 1.0]), "kind": np.array(["b", "a", "b", "c"])}


def test_orders_follow_their_rules():
    table = orders.make(20_000, seed=1)
    for name, median in zip(orders.PRODUCTS, orders.PRICES, strict=True):
        found = np.median(table["price"][table["product"] == name])
        assert found == pytest.approx(median, rel=0.03)
    share = np.mean(table["product"] == "vase")
    assert share == pytest.approx(0.5, abs=0.02)
    vases = tables.take(table, table["product"] == "vase")
    assert np.mean(vases["channel"] == "web") == pytest.approx(0.6, abs=0.02)
    for name, days in zip(orders.CHANNELS, orders.DAYS, strict=True):
        some = tables.take(table, table["channel"] == name)
        assert some["days"].mean() == pytest.approx(days, rel=0.03)
        back = some["returned"] == "yes"
        late = some["days"] > days
        usual = dict(zip(orders.PRODUCTS, orders.PRICES, strict=True))
        dear = np.log(some["price"] / [usual[kind] for kind in some["product"]]) / 0.5
        gap = {
            "web": back[late].mean() - back[~late].mean(),
            "shop": back[dear > 0.5].mean() - back[dear < 0.5].mean(),
            "phone": back[abs(dear) > 1].mean() - back[abs(dear) < 1].mean(),
        }
        assert gap[name] > 0.5, name
    again = orders.make(2000, seed=3)
    assert all((again[name] == TABLE[name]).all() for name in TABLE)


def test_normal_scores_by_hand():
    values, scores = tables.normal_scores([30, 10, 20, 20])
    assert values.tolist() == [10, 20, 30]
    # Below 10 lies half of a quarter; below 20 a quarter and half of a half.
    np.testing.assert_allclose(scores, [-1.1503494, 0, 1.1503494], atol=1e-6)


def test_rows_by_hand_and_back():
    codec = tables.Codec(SMALL)
    rows = codec.encode(SMALL)
    assert rows.dtype == np.float32 and rows.shape == (4, codec.width) == (4, 4)
    scores = [0.3186394, -0.6744898, 1.1503494, -0.6744898]
    np.testing.assert_allclose(rows[:, 0], scores, rtol=1e-6)
    assert rows[:, 1:].tolist() == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    again = codec.decode(rows)
    np.testing.assert_allclose(again["size"], SMALL["size"])
    assert again["kind"].tolist() == ["b", "a", "b", "c"]
    assert codec.decode([[9, 0.2, 0.3, 0.5]]) == {"size": [9.0], "kind": ["c"]}
    assert codec.encode(SMALL, without=("kind",)).shape == (4, 1)
    turned = dict(reversed(SMALL.items()))  # the order of the columns is no matter
    np.testing.assert_array_equal(codec.encode(turned), rows)


def test_the_gan_makes_rows_of_the_codec():
    keras.utils.set_random_seed(1)
    model = table_models.build_table_gan(CODEC, 4, seed=1, width=8)
    model.fit({"images": CODEC.encode(TABLE)[:128]}, verbose=0)
    rows = model.generate(50, seed=1)
    assert rows.shape == (50, CODEC.width)
    for part in CODEC.slices():
        np.testing.assert_allclose(rows[:, part].sum(axis=1), 1, rtol=1e-5)
        assert (rows[:, part] > 0).all()
    made = CODEC.decode(rows)
    assert set(made["returned"]) <= {"yes", "no"}
    assert made["price"].max() <= TABLE["price"].max()


def test_the_copula_keeps_columns_and_correlations():
    rng = np.random.default_rng(0)
    one, other, alone = rng.normal(size=(3, 4000))
    table = {
        "a": np.exp(one),
        "b": 3 - one + 0.5 * other,
        "c": np.where(one + alone > 0.5, "x", "y"),
    }
    made = table_models.Copula(table, 1).sample(4000, seed=2)
    for name in "ab":
        ends = np.quantile(made[name], [0.1, 0.5, 0.9])
        wanted = np.quantile(table[name], [0.1, 0.5, 0.9])
        np.testing.assert_allclose(ends, wanted, rtol=0.1, atol=0.05)
    assert np.mean(made["c"] == "x") == pytest.approx(
        np.mean(table["c"] == "x"), abs=0.03
    )
    found = np.corrcoef(np.log(made["a"]), made["b"])[0, 1]
    assert found == pytest.approx(-1 / np.sqrt(1.25), abs=0.03)
    lift = made["a"][made["c"] == "x"].mean() / made["a"][made["c"] == "y"].mean()
    assert lift > 1.5


def test_a_table_with_many_categories_lets_each_keep_its_share():
    table = {"n": np.arange(600.0), "kind": np.repeat(["a", "b", "c"], [60, 240, 300])}
    made = table_models.Copula(table).sample(3000, 1)
    shares = [np.mean(made["kind"] == name) for name in "abc"]
    np.testing.assert_allclose(shares, [0.1, 0.4, 0.5], atol=0.03)


def test_the_classifier_finds_what_two_columns_say_together():
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 2000))
    answer = np.where(one * two > 0, "up", "down")
    table = {"one": one, "two": two, "answer": answer}
    train, test = (
        tables.take(table, slice(*ends)) for ends in ((0, 1500), (1500, None))
    )
    codec = tables.Codec(train)
    assert table_models.accuracy(train, test, "answer", codec) > 0.95
    wrong = train | {"answer": np.where(train["answer"] == "up", "down", "up")}
    assert table_models.accuracy(wrong, test, "answer", codec) < 0.05
    noise = train | {"answer": rng.permutation(train["answer"])}
    assert 0.4 < table_models.accuracy(noise, test, "answer", codec) < 0.6


def test_a_gap_is_filled_from_the_most_alike():
    donors = {
        "size": np.array([1.0, 2.0, 3.0, 50.0, 60.0, 70.0, 80.0]),
        "price": np.array([10.0, 30.0, 11.0, 500.0, 900.0, 700.0, 100.0]),
        "kind": np.array(["a", "b", "a", "c", "c", "b", "b"]),
    }
    codec = tables.Codec(donors)
    asked = {"size": np.array([2.0, 60.0]), "kind": np.array(["a", "c"])}
    prices = table_models.fill(asked, "price", donors, codec, num=2)
    assert prices.tolist() == [10.5, 700.0]  # the rows of the same kind
    asked = {"size": np.array([1.0, 75.0]), "price": np.array([10.0, 600.0])}
    kinds = table_models.fill(asked, "kind", donors, codec, num=3)
    assert kinds.tolist() == ["a", "c"] or kinds.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tables.Codec({}), "Expected a table, such as"),
        (lambda: tables.Codec(TABLE | {"days": TABLE["days"][:5]}), "as many values"),
        (lambda: tables.Codec({"a": np.ones((2, 2))}), "as many values in each"),
        (lambda: tables.Codec({"a": np.array([1.0, np.nan])}), "'a' holds NaN"),
        (lambda: tables.Codec({"a": np.array([1.0, None])}), "numbers or text. Leave"),
        (lambda: tables.Codec({"a": np.ones(5)}), "'a' has 1 different values"),
        (lambda: tables.Codec({"a": np.arange(60).astype(str)}), "has 60 different"),
        (lambda: CODEC.encode({"price": [1.0]}), r"columns \['weight', 'days', 'pr"),
        (
            lambda: CODEC.encode(TABLE | {"channel": np.full(2000, "fax")}),
            r"'channel' holds \['fax'\]; known are \['phone', 'shop', 'web'\]",
        ),
        (lambda: CODEC.encode(TABLE | {"days": np.full(2000, "3")}), "'days' is text"),
        (lambda: CODEC.decode(np.ones((3, 2))), r"expected \(n, 11\)"),
        (
            lambda: table_models.accuracy(TABLE, TABLE, "product", CODEC),
            "'product' has 3 categories; expected two",
        ),
        (lambda: table_models.Copula(TABLE).sample(0), "num_rows is 0"),
        (lambda: table_models.fill(SMALL, "days", TABLE, CODEC), "are missing"),
        (lambda: table_models.fill(TABLE, "age", TABLE, CODEC), "no column 'age'"),
        (lambda: table_models.fill(TABLE, "days", SMALL, CODEC), "are missing"),
        (
            lambda: table_models.fill(TABLE, "days", TABLE, CODEC, num=3000),
            "num is 3000; expected a whole number, 1 to 2000",
        ),
        (lambda: orders.make(0), "num_rows is 0"),
    ],
)
def test_what_is_no_table_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
