"""The model card: complete, escaped, exact, and beside the designs it belongs to."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from turned_shapes import cylinder

from gan_tutorial.design import handover, model_card
from gan_tutorial.design.provenance import Provenance

CARD = model_card.ModelCard(
    name="Bags",
    intended_use="Sketches of bags",
    not_for="Products as they are",
    training_data="Photographs of a shop",
    licence="MIT",
    num_examples=4321,
    shares={"bag": (0.02, 0.1 + 0.2), "boot": (1, 0)},
    metrics={"distance": (-17.25, 1e-7), "agreement, %": (93, 99.5)},
    seeds=[3, 1],
    decided_by="A designer",
    cpu_seconds=4.0625,
    model="0123456789abcdef" * 4,
)


def read_tables(page):
    """The numbers of each row of the tables, by the name of the row."""
    rows = re.findall(r"^\| (.+) \| (\S+) \| (\S+) \|$", page, re.M)
    return {name: (float(a), float(b)) for name, a, b in rows if a[0] in "-0123456789"}


def test_numbers_of_numpy_stand_as_pythons_do():
    given = {"shares": {"bag": (np.float64(0.02), 0.5)}, "cpu_seconds": np.float64(4.5)}
    given |= {"num_examples": np.int64(12), "seeds": [np.int64(3)]}
    page = replace(CARD, **given).to_markdown()
    assert "np." not in page and "| bag | 0.02 | 0.5 |" in page


def unescape(text):
    return re.sub(r"\\(.)", r"\1", text)


def test_all_that_is_known_stands_in_the_page_with_all_digits():
    page = CARD.to_markdown()
    expected = CARD.shares | CARD.metrics
    assert read_tables(page) == {k: tuple(map(float, v)) for k, v in expected.items()}
    listed = dict(re.findall(r"^- \*\*(.+):\*\* (.+)$", page, re.M))
    assert list(listed.values()) == [
        *(CARD.intended_use, CARD.not_for, CARD.training_data, CARD.licence),
        *("A designer", "4321", "4.0625", "3, 1", CARD.model),
    ]
    assert page.startswith("# Model card: Bags\n\n- ") and page.endswith("|\n")


@pytest.mark.parametrize(
    "text",
    [
        "a | b",
        "<script>alert(1)</script> &amp; **bold** _x_ `y` $z$ ~~no~~ \\",
        "[a](http://b.c) ![d](e) # f\n# g\r\n\n- h\t1. i",
    ],
)
def test_signs_of_markdown_are_only_text(text):
    plain = " ".join(text.splitlines()).replace("\t", " ")
    card = replace(CARD, name=text, licence=text, shares={text: (0.5, 0.25)})
    page, usual = card.to_markdown(), CARD.to_markdown()
    # No line, column or element more than a harmless text makes.
    assert len(page.splitlines()) == len(usual.splitlines()) - 1
    bare = re.sub(r"\\.", "", page)
    assert bare.count("|") == usual.count("|") - 4
    assert not re.search(r"[<&`\[$~\\]|(?<!^)#", bare.replace("*", ""))
    title = unescape(page.splitlines()[0].removeprefix("# Model card: "))
    assert re.sub(r" +", " ", title) == re.sub(r" +", " ", plain).strip()
    (row,) = (line for line in page.splitlines() if line.endswith("| 0.5 | 0.25 |"))
    assert re.sub(r" +", " ", unescape(row)).startswith(
        "| " + re.sub(r" +", " ", plain).strip() + " | 0.5"
    )


@pytest.mark.parametrize("name", ["name", "intended_use", "not_for", "licence"])
@pytest.mark.parametrize("empty", ["", " \n", None])
def test_a_missing_field_is_named(name, empty):
    message = f"^{name} of the model card is .*; expected text. If nobody knows"
    with pytest.raises(ValueError, match=message):
        replace(CARD, **{name: empty})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("shares", {}, "shares is {}; expected a dictionary"),
        ("shares", {"bag": (2, 1)}, r"shares\['bag'\] is 2; expected a number, 0 to 1"),
        ("shares", {"bag": 0.02}, r"shares\['bag'\] is 0.02; expected two numbers"),
        ("metrics", {"d": (1, float("nan"))}, r"metrics\['d'\] is nan; expected a num"),
        ("metrics", {"d": (1, None)}, r"metrics\['d'\] is None; expected a number"),
        ("num_examples", 0, "num_examples is 0"),
        ("cpu_seconds", -1, "cpu_seconds is -1"),
        ("seeds", [], "seeds is .*; expected a list"),
        ("seeds", [1, 2.5], "A seed is 2.5; expected a whole number"),
        ("model", "0123", "model is '0123'; expected provenance.hash_weights"),
    ],
)
def test_what_is_no_number_of_its_kind_is_named(name, value, message):
    with pytest.raises(ValueError, match=message):
        replace(CARD, **{name: value})


def write(folder, products, card=CARD):
    place = handover.write_set(folder, products, width_px=16, card=card)
    return {path.name: path.read_bytes() for path in place.iterdir()}


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(handover, "draw_sheet", lambda *_: b"a sheet")


def test_a_set_holds_its_card_and_each_made_design_names_it(tmp_path, quick):
    known = Provenance([0.5], CARD.model)
    made = handover.Product(cylinder(), "made", provenance=known)
    drawn = handover.Product(cylinder(30, 60), made_by="made without a generator")
    written = write(tmp_path, [made, drawn])
    assert written[model_card.FILE_NAME].decode() == CARD.to_markdown()
    records = [json.loads(written[f"{p.number}.json"]) for p in (made, drawn)]
    named = [record.get("model_card") for record in records]
    assert named == [model_card.FILE_NAME, None]
    path = next(tmp_path.rglob(f"{made.number}.json"))
    assert handover.read_product(path).number == made.number
    without = write(tmp_path / "other", [made], None)
    assert model_card.FILE_NAME not in without
    assert b"model_card" not in without[f"{made.number}.json"]


def test_the_card_of_another_model_is_refused(tmp_path, quick):
    other = handover.Product(cylinder(), "odd", provenance=Provenance([1.0], "f" * 64))
    with pytest.raises(ValueError, match="'odd', cannot be handed over: the card is"):
        write(tmp_path / "new", [other])
    assert not (tmp_path / "new").exists()


def test_a_card_is_written_with_all_files_or_not_at_all(tmp_path, quick, monkeypatch):
    design = [handover.Product(cylinder())]
    before = write(tmp_path, design)
    replaced = handover.files.os.replace

    def fail(start, end):
        if str(end).endswith(model_card.FILE_NAME):
            raise OSError(28, "No space left on device")
        replaced(start, end)

    monkeypatch.setattr(handover.files.os, "replace", fail)
    with pytest.raises(OSError, match="was not written"):
        write(tmp_path, design, replace(CARD, name="Other bags"))
    monkeypatch.undo()
    place = next(tmp_path.rglob(model_card.FILE_NAME)).parent
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
