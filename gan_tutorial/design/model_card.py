"""A model card: one page on what a generator is for, and what it did when measured.

It travels with what the generator made: see `handover.write_set`.
"""

import math
import re
from dataclasses import dataclass

from gan_tutorial import checks
from gan_tutorial.design.drawings import flatten

FILE_NAME = "MODEL_CARD.md"
_SENTENCES = {
    "intended_use": "Intended use",
    "not_for": "Not for",
    "training_data": "Training data",
    "licence": "Licence of the training data",
    "decided_by": "Who decides",
}
_SIGNS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$])")


@dataclass(frozen=True)
class ModelCard:
    """What those who use the designs of a model should know of it.

    Numbers stand in the card with all their digits: round them before.

    Args:
        name: of the model.
        intended_use: what it was made for.
        not_for: what it should not be used for.
        training_data: what it learned from.
        licence: who may use the training data for what.
        num_examples: in the training data.
        shares: from a kind of example to its share of the training data and its share
            of what the model makes, from 0 to 1.
        metrics: from what was measured to its value, and to its floor: the same
            measure of real data.
        seeds: on which it was measured.
        decided_by: who chooses what the model makes, and answers for it.
        cpu_seconds: that the training took.
        model: `provenance.hash_weights` of the generator.

    Raises:
        ValueError: a field is empty, or not as above.

    Source: a short form of Mitchell et al., Model Cards for Model Reporting, arXiv
    1810.03993. The floors, and the shares in and out, are ours.
    """

    name: str
    intended_use: str
    not_for: str
    training_data: str
    licence: str
    num_examples: int
    shares: dict[str, tuple[float, float]]
    metrics: dict[str, tuple[float, float]]
    seeds: list[int]
    decided_by: str
    cpu_seconds: float
    model: str

    def __post_init__(self):  # noqa: D105
        for name in ("name", *_SENTENCES):
            text = getattr(self, name)
            if not isinstance(text, str) or not text.strip():
                raise ValueError(
                    f"{name} of the model card is {text!r}; expected text. If nobody "
                    "knows it, write so."
                )
        _check_pairs("shares", self.shares, 0, 1)
        _check_pairs("metrics", self.metrics, -math.inf, math.inf)
        checks.whole_number("num_examples", self.num_examples, 1)
        checks.number("cpu_seconds", self.cpu_seconds, 0)
        if not isinstance(self.seeds, list | tuple) or not self.seeds:
            raise ValueError(f"seeds is {self.seeds!r}; expected a list, such as [1].")
        for seed in self.seeds:
            checks.whole_number("A seed", seed, 0)
        if not re.fullmatch("[0-9a-f]{64}", str(self.model)):
            raise ValueError(
                f"model is {self.model!r}; expected provenance.hash_weights(generator)."
            )

    def to_markdown(self) -> str:
        """The card as a page. Signs of Markdown and HTML in it are only text."""
        lines = [f"# Model card: {_escape(self.name)}", ""]
        for name, title in _SENTENCES.items():
            lines += [f"- **{title}:** {_escape(getattr(self, name))}"]
        seeds = ", ".join(map(str, self.seeds))
        lines += [
            f"- **Training examples:** {self.num_examples}",
            f"- **Training, CPU seconds:** {float(self.cpu_seconds)}",
            f"- **Measured on the seeds:** {seeds}",
            f"- **SHA-256 of the generator:** {self.model}",
            *_table("kind | share in | share out", self.shares),
            *_table("measure | model | floor, real data", self.metrics),
        ]
        return "\n".join([*lines, ""])


def _check_pairs(name, pairs, low, high):
    if not isinstance(pairs, dict) or not pairs:
        raise ValueError(f"{name} is {pairs!r}; expected a dictionary with an entry.")
    for key, pair in pairs.items():
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(f"{name}[{key!r}] is {pair!r}; expected two numbers.")
        for value in pair:
            checks.number(f"{name}[{key!r}]", value, low, high)


def _table(head, rows):
    body = [f"| {_escape(k)} | {float(a)} | {float(b)} |" for k, (a, b) in rows.items()]
    return ["", f"| {head} |", "|---|---|---|", *body]


def _escape(text):
    return _SIGNS.sub(r"\\\1", flatten(text).strip())
