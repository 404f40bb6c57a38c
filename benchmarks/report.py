"""Writes benchmarks/RESULTS.md and the plot from the evidence.

    python benchmarks/report.py

Cells give the median over the seeds and, behind it, the lowest and the highest; cells
of one seed carry a star.
"""

import io
import json
from pathlib import Path

import numpy as np

from gan_tutorial.files import write_whole

FOLDER = Path(__file__).parent
EVIDENCE = FOLDER / "evidence"
PICTURE = EVIDENCE / "time_to_quality.png"
JUDGES = {"classifier": "classifier", "turned": "label-free judge"}


def load(name):
    """What a file of evidence holds."""
    return json.loads((EVIDENCE / f"{name}.json").read_text())


def cell(values):
    """Median and range of the values of several seeds, as text."""
    values = [value for value in values if value is not None]
    if not values:
        return ""
    if len(values) == 1:
        return f"{values[0]:.3g}*"
    return f"{np.median(values):.3g} ({min(values):.3g}–{max(values):.3g})"


def grouped(runs, *keys):
    """The runs in lists that agree in `keys`, in order of appearance."""
    groups = {}
    for run in runs:
        groups.setdefault(tuple(run[key] for key in keys), []).append(run)
    return groups


def table(head, rows):
    """A Markdown table as a list of lines."""
    lines = [head, ["---"] * len(head), *rows]
    return ["|" + "|".join(map(str, line)) + "|" for line in lines]


KINDS = ("averaged", "averaged, fresh statistics", "not averaged")


def race_rows(race):
    """One row for each recipe and budget."""
    groups = grouped(race["runs"], "recipe", "budget")
    recipes = list(dict.fromkeys(recipe for recipe, _ in groups))
    for recipe, budget in sorted(groups, key=lambda k: (recipes.index(k[0]), k[1])):
        runs = groups[recipe, budget]

        def of(what, kind="averaged", runs=runs):
            return cell([run.get(kind, {}).get(what) for run in runs])

        first = runs[0]
        row = [recipe, budget, f"{first['steps']:,}", f"{first['pictures']:,}"]
        yield [
            *row,
            *map(of, JUDGES),
            of("smallest class share"),
            *(of(judge, kind) for kind in KINDS[1:] for judge in JUDGES),
            cell([run["cpu_seconds"] for run in runs]),
        ]


HEAD = ["recipe", "nominal CPU s", "steps", "pictures seen", *JUDGES.values()]
HEAD.append("smallest class share")


def race_table(race):
    """All that was measured in the race."""
    more = [f"{kind}: {judge}" for kind in KINDS[1:] for judge in JUDGES.values()]
    return table([*HEAD, *more, "measured CPU s"], race_rows(race))


def readme_table(race):
    """Ours at all budgets, the others at one."""
    rows = [
        row[: len(HEAD)]
        for row in race_rows(race)
        if row[0] in ("ours", "unlabelled") or row[1] == 120
    ]
    return table(HEAD, rows)


def tuning_table(ablation):
    """The learning rates that were tried for the tutorial's networks."""
    rows = [
        [run["recipe"], run["steps"], *(cell([run["averaged"][j]]) for j in JUDGES)]
        for run in ablation["runs"]
        if "tutorial" in run["recipe"]
    ]
    return table(["recipe", "steps", *JUDGES.values()], rows)


def ablation_table(ablation):
    """Single changes of our recipe, by number of steps."""
    runs = [run for run in ablation["runs"] if "tutorial" not in run["recipe"]]
    groups = grouped(runs, "recipe", "steps")
    recipes = list(dict.fromkeys(recipe for recipe, _ in groups))
    lengths = sorted({steps for _, steps in groups})
    rows = []
    for recipe in recipes:
        row = [recipe]
        for steps in lengths:
            found = [run["averaged"] for run in groups.get((recipe, steps), [])]
            row += [cell([f[what] for f in found]) for what in JUDGES]
            row.append(cell([f["smallest class share"] for f in found]))
        rows.append(row)
    head = ["recipe"]
    for steps in lengths:
        head += [f"{steps:,} steps: classifier", "label-free", "class share"]
    return table(head, rows)


def step_table(recipes):
    """What a step of each recipe costs."""
    head = ["recipe", "batch", "ms a step", "million multiplications"]
    rows = [
        [
            name,
            row["batch_size"],
            f"{row['step_ms']:.3g}",
            round(row["multiplications"] / 1e6),
            f"{row['share_of_matrix_rate']:.0%}",
        ]
        for name, found in recipes.items()
        if isinstance(found, list)
        for row in found
    ]
    return table([*head, "share of the matrix rate"], rows)


def draw(race):
    """Distance over CPU seconds by both judges: medians as lines, all seeds as dots."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained", dpi=110)
    axes = figure.subplots(1, 2)
    styles = ("o-", "D-.", "s--", "^:", "v--", "P-", "x:")
    for axis, (judge, title) in zip(axes, JUDGES.items(), strict=True):
        by_recipe = grouped(race["runs"], "recipe")
        for ((recipe,), runs), style in zip(by_recipe.items(), styles, strict=False):
            points = [
                (budget, [run["averaged"][judge] for run in at])
                for (budget,), at in sorted(grouped(runs, "budget").items())
            ]
            seconds = [second for second, _ in points]
            medians = [np.median(found) for _, found in points]
            (line,) = axis.loglog(seconds, medians, style, label=recipe)
            for second, found in points:
                axis.plot([second] * len(found), found, ".", color=line.get_color())
        for name, found in race["without training"].items():
            axis.axhline(found[judge], color="0.5", lw=0.8, ls=":")
            axis.text(60, found[judge] * 1.07, name, color="0.4", fontsize=8)
        axis.set(xlabel="nominal CPU seconds of training", title=title)
        axis.grid(alpha=0.3, which="both")
    axes[0].set_ylabel("Fréchet distance (log scale)")
    axes[0].legend(fontsize=8, loc="upper right")
    buffer = io.BytesIO()
    figure.savefig(buffer)
    write_whole(PICTURE, buffer.getvalue())


def section(title, lines):
    """A table with its heading, or nothing where it has no rows yet."""
    return [f"## {title}", "", *lines, ""] if len(lines) > 2 else []


def page(race, ablation, times):
    """The whole of benchmarks/RESULTS.md."""
    lines = [
        "# What the benchmarks found",
        "",
        "Written by `python benchmarks/report.py` from the files in `evidence/`. Cells",
        "give the median over the seeds, the lowest and the highest; a star marks a",
        "single seed. The distances are those of the averaged generator, but where a",
        "column says something else. *Fresh statistics*: those of BatchNormalization",
        "are worked out again, because their averages are young after few steps.",
        "*Smallest class share*: each class's share of the samples, divided by its",
        "share of the judging images, both by the classifier; the least of the ten.",
        "",
        "## The race, judged by the test images",
        "",
        *race_table(race),
        "",
        *section(
            "Single changes of the recipe, judged by held-out training images",
            ablation_table(ablation),
        ),
        "## The settings tried for *tutorial, tuned*, judged by held-out images",
        "",
        *tuning_table(ablation),
        "",
        "## A step",
        "",
        *step_table(times["recipes"]),
        "",
    ]
    return "\n".join(lines)


def report():
    """Writes the page and the plot; prints the table of the README."""
    race, ablation, times = map(load, ("time_to_quality", "ablation", "step_time"))
    text = page(race, ablation, times)
    write_whole(FOLDER / "RESULTS.md", text.encode())
    draw(race)
    print("\n".join(readme_table(race)))


if __name__ == "__main__":
    report()
