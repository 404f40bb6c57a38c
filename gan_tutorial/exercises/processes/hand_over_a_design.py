"""Lesson 09: a product of one's own, from pictures to a folder for others."""

import contextlib
from pathlib import Path

import numpy as np

from gan_tutorial.exercises import Mistake, judge_parts, require
from gan_tutorial.exercises._words import describe, numbers

_KINDS = "dxf", "glb", "json", "png", "stl", "svg"


def own_product(answer):
    """Looks at the outlines, at the chosen one, at what was found, and at the files."""
    judge_parts(
        answer,
        points=_check_points,
        outline=_check_outline,
        findings=_check_findings,
        folder=_check_folder,
    )


def _check_points(points):
    array = numbers(points)
    is_right = array is not None and array.ndim == 3 and array.shape[1:] == (24, 2)
    require(
        is_right,
        "`points` must be the control points of many outlines, as `curves.read(images, "
        f"side_mm=300)` gives them: (n, 24, 2). This is {describe(points)}.",
    )
    require(len(array) >= 12, f"there are {len(array)} outlines; read 12 or more.")
    lost = int(np.isnan(array).any(axis=(1, 2)).sum())
    require(
        lost < len(array),
        "no product was found in any picture. Each must stand upright and whole, with "
        "a little room around it, on an even ground.",
    )
    different = len(np.unique(array[~np.isnan(array).any(axis=(1, 2))], axis=0))
    require(different >= 12, f"only {different} of them are different products.")
    return array


def _check_outline(outline, points):
    from gan_tutorial.design.curves import Outline

    require(
        isinstance(outline, Outline),
        "`outline` must be an outline, such as `curves.Outline(my_points[0])`. This is "
        f"{describe(outline)}.",
    )
    own = numbers(outline.points)
    require(
        own is not None and own.shape == (24, 2),
        "the outline must be one curve, of 24 pairs of numbers, such as "
        f"`curves.Outline(my_points[0])`. Its points are {describe(outline.points)}.",
    )
    require(
        np.isfinite(own).all(),
        "the outline holds no curve, but NaN, which stands for a picture in which no "
        "product was found: take another one.",
    )
    require(
        own[:, 0].min() > 0,
        "a control point has a radius of 0 or less. Take another picture.",
    )
    sizes = points[:, -1, 1]
    least, most = np.nanmin(sizes), np.nanmax(sizes)
    require(
        least / 3 <= own[-1, 1] <= 3 * most,
        f"the outline is {own[-1, 1]:.4g} mm high, and yours go from {least:.4g} to "
        f"{most:.4g} mm: is it one of them?",
    )
    return outline


def _check_findings(findings, _points, outline):
    """The walls with which an inspection of the outline gives these findings."""
    from gan_tutorial.design.bodies import Finding, inspect

    is_list = isinstance(findings, list | tuple) and findings
    require(
        is_list and all(isinstance(one, Finding) for one in findings),
        "`findings` must be the list that `bodies.inspect(my_outline, wall_mm=3)` "
        f"gives. This is {describe(findings)}.",
    )
    walls = {one.expected for one in findings if one.name == "wall"}
    found = [float(word) for text in walls for word in text.split() if _is_number(word)]
    given = {(one.name, one.found) for one in findings if len(findings) > 1}
    for wall in found:
        with contextlib.suppress(ValueError):  # a finding by hand can name any wall
            if given == {(one.name, one.found) for one in inspect(outline, wall)}:
                return found
    is_filled = len(findings) == 1 and not findings[0].is_fine
    require(
        not is_filled,
        f"this cannot be made: {findings[0].found}; expected {findings[0].expected}. "
        "Take a thinner wall, or another outline.",
    )
    raise Mistake(
        "these findings are not all that is found in this outline. Give the whole "
        "list, and inspect it again if you changed it since."
    )


def _is_number(word):
    try:
        return float(word) > 0
    except ValueError:
        return False


def _check_folder(folder, points, outline, walls):
    from gan_tutorial.design.handover import read_product

    is_path = isinstance(folder, str | Path)
    came = f"{Path(folder).name!r}, and no folder" if is_path else describe(folder)
    require(
        is_path and Path(folder).is_dir(),
        "`folder` must be what `handover.write_set` gives back, the folder of the set. "
        f"This is {came}.",
    )
    records = sorted(Path(folder).glob("*.json"))
    require(
        records,
        f"there is no record (JSON) in {Path(folder).name}. Give the folder that "
        "`handover.write_set` gave back, not the one around it.",
    )
    try:
        products = [read_product(path) for path in records]
    except ValueError as error:
        raise Mistake(str(error)) from None
    given = np.asarray(outline.points, float)
    own = [p for p in products if np.array_equal(p.outline.points, given)]
    require(
        own,
        "the folder holds another outline than the one that you gave here: write it "
        "again after the last change.",
    )
    is_read = (np.abs(points - own[0].outline.points) < 1e-9).all(axis=(1, 2))
    require(
        not is_read.any() or own[0].made_by != "made by a generator",
        "the files say that a generator made this outline, and you read it off a "
        'picture. Say so: `handover.Product(..., made_by="made without a generator")`.',
    )
    kinds = {path.suffix[1:] for path in Path(folder).glob(f"{own[0].number}.*")}
    missing = ", ".join(kind for kind in _KINDS if kind not in kinds)
    require(not missing, f"files are missing in the folder: {missing}.")
    require(
        any(abs(own[0].wall_mm - wall) < 1e-6 for wall in walls),
        f"you inspected a wall of {walls[0]:g} mm, and handed over one of "
        f"{own[0].wall_mm:g} mm. Inspect what you hand over.",
    )
