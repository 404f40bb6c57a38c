"""How good is Fashion-MNIST after 360 CPU seconds of training, with and without labels?

    python benchmarks/six_minutes.py

Runs `time_to_quality.py` with 360 CPU seconds, one training at a time, and writes
benchmarks/evidence/six_minutes.json; runs that are there already are not repeated. The
learning rate falls to 0 over the whole time, so that the figures on the way are those
of a training that is not done.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np

EVIDENCE = Path(__file__).parent / "evidence" / "six_minutes.json"
RUNS = [(recipe, seed) for recipe in ("unlabelled", "ours") for seed in (1, 2, 3)]
MOMENTS = (120, 240)  # and at the end
BUDGET = 360


def race():
    """Runs what is missing in the evidence."""
    stored = json.loads(EVIDENCE.read_text())["runs"] if EVIDENCE.exists() else []
    for recipe, seed in RUNS:
        if any((row["recipe"], row["seed"]) == (recipe, seed) for row in stored):
            continue
        program = Path(__file__).with_name("time_to_quality.py")
        command = [sys.executable, program, "--recipe", recipe, "--seed", str(seed)]
        command += ["--cpu-seconds", str(BUDGET), "--data", "fashion_mnist"]
        command += ["--measure-at", *map(str, MOMENTS)]
        output = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        stored.append(json.loads(output.splitlines()[-1]))
        print(recipe, seed, stored[-1]["distances"], flush=True)
        evidence = {
            "command": "python benchmarks/six_minutes.py",
            "python": platform.python_version(),
            "machine": f"{os.cpu_count()} cores, one thread",
            "runs": stored,
        }
        EVIDENCE.write_text(json.dumps(evidence, indent=1) + "\n")
    return stored


def table(runs):
    """The table of lesson 07, as the lines of a Markdown table."""
    lines = ["|recipe|seed 1|seed 2|seed 3|median|smallest class|"]
    lines.append("|---" * 6 + "|")
    for recipe, name in (("unlabelled", "without labels"), ("ours", "with labels")):
        rows = [row for row in runs if row["recipe"] == recipe]
        values = [row["distances"][str(BUDGET)] for row in rows]
        cells = [f"{value:.1f}" for value in (*values, np.median(values))]
        share = np.median([min(row["class_shares"]) for row in rows])
        lines.append(f"|{name}|{'|'.join(cells)}|{share:.2f}|")
    return lines


if __name__ == "__main__":
    print(*table(race()), sep="\n")
