"""Every citation of the course is in references.toml, and agrees with it."""

import ast
import re
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest
import references
from citations import faults, split

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "RESOURCES.md").read_text("utf-8")
KNOWN = references.load()
PROGRAMS = dict(re.findall(r"```python\n# (\w+)(.*?)```", PAGE, re.DOTALL))


def test_references_are_whole():
    allowed = {"title", "authors", "year", "link", "section", "why"}
    for key, reference in KNOWN.items():
        assert {"title", "authors"} <= reference.keys() <= allowed, key
        assert ("section" in reference) == ("why" in reference), key
        assert "year" in reference or key.startswith("https://"), key
        if "why" in reference:
            assert f"<!-- references:{reference['section']} -->" in PAGE, key
            assert reference["why"].endswith("."), key


def test_identifiers_can_be_what_they_say():
    for key, reference in KNOWN.items():
        if found := re.fullmatch(r"arXiv (\d\d)(\d\d)\.\d{4,5}", key):
            year, month = map(int, found.groups())
            assert 1 <= month <= 12, key
            # A paper is listed some weeks after a talk, or up to two years before one.
            assert -1 <= reference["year"] - 2000 - year <= 2, key
        elif key.startswith("ISBN "):
            digits = [int(digit) for digit in key if digit.isdigit()]
            assert len(digits) == 13, key
            assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0, key
        else:
            assert re.match(r"doi 10\.\d{4,}/|https://", key), key


def test_the_page_shows_the_references():
    assert references.fill(PAGE, KNOWN) == PAGE, "run `make tables`"


def test_all_citations_agree_with_the_references(capsys):
    assert references.main([]) == 0, capsys.readouterr().out


def found(text, name="lesson.ipynb"):
    return [fault for part in split(name, text) for fault in faults(*part, KNOWN)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("See arXiv 2999.12345.", 'add: "arXiv 2999.12345" = { year'),
        ("(Karras et al., 2999.12345)", "arXiv 2999.12345 is not in"),
        ("[here](https://arxiv.org/abs/1912.00000)", "arXiv 1912.00000 is not in"),
        ("see doi 10.1000/182.", "doi 10.1000/182 is not in"),
        ("[A](https://doi.org/10.1000/182), B", "doi 10.1000/182 is not in"),
        ("[a page](https://example.org/a).", "https://example.org/a is not in"),
        ("Isherwood et al., arXiv 1701.07875", "not by Isherwood et al."),
        ("[Chen and Fuge](https://arxiv.org/abs/1411.1784)", "by Mirza, Osindero"),
        ("of Arjovsky and Bottou, arXiv\n    1701.07875", "not by Arjovsky and Bottou"),
        ("Theis and van den Oord, arXiv 1511.01844", "not by Theis and van den Oord"),
        (
            "Mao et al., Least Squares GANs, ICCV 2017, arXiv 1611.04076",
            "not “Least Squares GANs”",
        ),
        (
            "- Mirza and Osindero, *Conditional GANs*, [arXiv 1411.1784]",
            "not “Conditional GANs”",
        ),
    ],
)
def test_a_citation_that_is_wrong_is_seen(text, message):
    (fault,) = found(text)
    assert message in fault


@pytest.mark.parametrize(
    "text",
    [
        "Kusner and Hernández-Lobato, arXiv 1611.04051; Jang, Gu and Poole, "
        "arXiv\n    1611.01144. Theis, van den Oord and Bethge (arXiv 1511.01844)",
        "- Kahng and others, *GAN Lab*, IEEE TVCG 25(1), 2019, [doi "
        "10.1109/TVCG.2018.2864500](https://doi.org/10.1109/TVCG.2018.2864500): a game",
        "Dowson and Landau, Journal 12 (1982), doi 10.1016/0047-259X(82)90077-X.",
        "On [steps](https://arxiv.org/abs/1912.04958) (Yazıcı et al.'s average, arXiv "
        "1806.04498). Karras et al., every sixteenth, [1912.04958]",
        "See [the demo](https://poloclub.github.io/ganlab/), and `arXiv 2999.12345`.",
        "A loss of 1234.5678, or 0.12345, in 2014.",
        "## Go further\n\nIn 2026 all is new.\n\n- Piegl and Tiller, *Book*, 1997: B.",
    ],
)
def test_a_citation_that_is_right_passes(text):
    assert found(text) == []


def test_works_without_a_number_are_known_by_author_and_year():
    text = "Words of 1900.\n\n    Source: Wilson, Journal 22 ({}).\n"
    assert found(text.format(1927), "a.py") == []
    (fault,) = found(text.format(1928), "a.py")
    assert "nothing of 1928 whose first author is named here. Check it and add" in fault
    assert found("## Go further\n\n- Piegl and Tiller, *The NURBS Book*, 1996: all.")


def test_lessons_and_sections_that_the_page_names_exist():
    named = re.findall(r"\]\((notebooks/\w+\.ipynb)\), \*(.+?)\*", PAGE)
    assert len(named) > 5
    for path, heading in named:
        cells = nbformat.read(ROOT / path, as_version=4).cells
        text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        headings = re.findall(r"^#+ (?:\d+\. )?(.+)$", text, re.MULTILINE)
        assert heading in headings, (path, heading)
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#(.+?)\)", PAGE)) <= anchors


def network(weights):
    """A discriminator or generator with one dense layer, without a bias."""
    layer = keras.layers.Dense(weights.shape[1], use_bias=False)
    model = keras.Sequential([keras.Input(weights.shape[:1]), layer])
    model.set_weights([weights])
    return model


@pytest.mark.parametrize("library", ["TensorFlow", "Keras"])
def test_the_steps_of_the_discriminator_do_what_numpy_does(library):
    rng = np.random.default_rng(1)
    real, latents = rng.normal(1, 1, (5, 3)), rng.normal(0, 1, (3, 2))
    makes, judges = rng.normal(0, 1, (2, 3)), rng.normal(0, 1, (3, 1))
    pictures = np.concatenate([real, latents @ makes])
    targets = np.repeat([1.0, 0.0], [5, 3])[:, None]
    verdicts = 1 / (1 + np.exp(-pictures @ judges))
    loss = -np.log(np.where(targets == 1, verdicts, 1 - verdicts)).mean()
    slope = pictures.T @ (verdicts - targets) / len(pictures)

    names, optimizer = {}, keras.optimizers.SGD(0.5)
    exec(PROGRAMS[library].partition("\n")[2], names)
    d, g = network(judges), network(makes)
    if library == "Keras":
        d.compile(optimizer, loss=names["cross_entropy"])
    rest = [optimizer] if library == "TensorFlow" else []
    tensors = real.astype("float32"), latents.astype("float32")
    given = names["discriminator_step"](d, g, *rest, *tensors)
    assert float(given) == pytest.approx(loss, rel=1e-5)
    assert d.get_weights()[0] == pytest.approx(judges - 0.5 * slope, rel=1e-4, abs=1e-6)
    assert g.get_weights()[0] == pytest.approx(makes, rel=1e-6)


def test_the_step_in_pytorch_reads_like_the_others():
    """PyTorch is not installed here: only that it is Python, with the same names."""
    program = ast.parse(f"#{PROGRAMS['PyTorch']}").body
    (step,) = [node for node in program if isinstance(node, ast.FunctionDef)]
    given = [argument.arg for argument in step.args.args]
    assert given == ["discriminator", "generator", "optimizer", "real", "latents"]
    assert "does not run this" in PROGRAMS["PyTorch"]
