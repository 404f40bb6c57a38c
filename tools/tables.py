"""Tables in the text of a lesson, written from its evidence.

A table holds its own plan: the name that the lesson recorded, the head, a row in the
language of `str.format` and, where not all rows are to be shown, their names:

    <!-- evidence:orders
    |order|seed|distance|
    |{row}|{seed}|{distance:.0f}|
    -->
    (the table)
    <!-- /evidence -->

Without `{seed}` there is one line for all seeds: `{distance:.0f}` joins them by
slashes, `{distance[0]:.0f}` is the first, and `{distance.median:.0f}`, `.mean`,
`.spread` (standard deviation), `.low` and `.high` sum them up. `–` stands for None.
"""

import re
import statistics

BLOCK = re.compile(r"(<!-- evidence:(\w+)\n(.*?)\n-->\n).*?(<!-- /evidence -->)", re.S)


def _summary(function):
    """A property that sums up all values; where one is missing, so is the sum."""
    return property(lambda self: Figures([None]) if None in self else function(self))


class Figures(list):
    """Values of several seeds or draws, as a row in the text may ask for them."""

    median, mean = _summary(statistics.median), _summary(statistics.mean)
    low, high = _summary(min), _summary(max)
    spread = _summary(statistics.stdev)

    def __format__(self, spec):  # noqa: D105
        return "/".join("–" if v is None else format(v, spec) for v in self)


def fill(notebook, evidence):
    """Writes the tables of a notebook; returns the names of those that changed."""
    changed = []

    def replace(match):
        opening, name, plan, closing = match.groups()
        block = f"{opening}\n{make_table(evidence, name, plan)}\n\n{closing}"
        if block != match[0]:
            changed.append(name)
        return block

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = BLOCK.sub(replace, cell.source)
    return changed


def make_table(evidence, name, plan):
    """The Markdown of one table. Its runs are those like the first that recorded it.

    Raises:
        ValueError: the evidence does not have what the plan asks for.
    """
    head, line, *shown = plan.splitlines()
    runs = [run for run in evidence["runs"] if run["values"].get(name)]
    if not runs:
        raise ValueError(f"{evidence['command']} has recorded no {name}.")
    runs = [run for run in runs if run["parameters"] == runs[0]["parameters"]]
    first = runs[0]["values"][name]
    has_rows = all(isinstance(row, dict) for row in first.values())
    lines = [head, "|" + "---|" * (head.count("|") - 1)]
    try:
        for row in shown or (first if has_rows else [None]):
            found = []
            for run in runs:
                table = run["values"][name]
                found.append({"seed": run["seed"]} | (table[row] if row else table))
            if "{seed}" not in line:
                found = [{k: Figures(f.get(k) for f in found) for k in found[0]}]
            lines += [line.format(row=row, **_with_figures(f)) for f in found]
    except KeyError as error:
        raise ValueError(f"The evidence for {name} has no {error}.") from error
    return "\n".join(lines)


def _with_figures(columns):
    """Columns in which lists and gaps know how to be shown."""
    lists = {key: [v] if v is None else v for key, v in columns.items()}
    return {k: Figures(v) if isinstance(v, list) else v for k, v in lists.items()}
