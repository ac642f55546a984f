"""One self-contained page: the verdict, the surface to click through, and how to make it again.

Nothing is loaded from anywhere, and no name that comes from the data can become markup: the
template escapes, numbers for the script travel as JSON without ``<``, ``>`` and ``&``, and the
page's own policy lets only the one script run whose hash it names.
"""

import base64
import hashlib
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import xarray as xr
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dropdecay.arrays import Float64
from dropdecay.report.eliminated import folds_until_out, on_own_folds
from dropdecay.report.plot_data import (
    Surface,
    colour_positions,
    curves_of,
    digits_after_point,
    outline,
    surface_of,
    weights_of,
)
from dropdecay.report.reproduce import fit_command
from dropdecay.report.weight_plots import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    weight_plots,
    weight_sentence,
)
from dropdecay.selection.formatting import NAMES

MAX_CURVE_NUMBERS = 400_000
"""Longer curves are thinned, so that a page stays under 5 MB."""

FIGURES = (
    "loss", "loss_error", "gap", "score", "score_error", "accuracy", "accuracy_error", "epochs",
)  # fmt: skip

SERIES = {
    "training": "training_loss",
    "validation": "validation_loss",
    "score": "validation_score",
    "accuracy": "validation_accuracy",
}
SCORES = ("accuracy", "score")


def page_html(results: xr.Dataset, summary: Mapping[str, Any]) -> str:
    """Return the whole page.

    Parameters
    ----------
    results : xarray.Dataset
    summary : mapping
        What ``summary.json`` holds.
    """
    surface, weights = surface_of(results, summary["choice"]), weights_of(results)
    script, data = _own("page.js"), page_data(results, surface, summary)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    environment.filters["short"] = short
    # The answer large, what it rests on below it.
    headline, _, rest = summary["verdict"]["sentence"].partition(": ")
    command = summary.get("command") or fit_command(summary["asked"])
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_own("page.html.jinja")).render(
        summary=summary,
        asked=summary["asked"],
        surface=surface,
        cells=_cells(surface, data),
        nested=summary.get("nested"),
        scores=_scores(results, summary),
        n_eliminated=int((folds_until_out(results) > 0).sum()),
        effects=_effects(summary["verdict"]["effects"]),
        expected=_expected(summary["optimism"]),
        measure=summary["loss" if summary["choice"]["criterion"] == "loss" else "score"],
        points=_points(summary["choice"]),
        command=[shlex.quote(part) for part in shlex.split(command)],
        headline=headline.removesuffix(".") + ".",
        rest=rest[:1].upper() + rest[1:],
        weights=weights,
        weight_plots=() if weights is None else weight_plots(surface, weights),
        weight_sentence="" if weights is None else weight_sentence(surface, weights),
        box={
            "width": WIDTH,
            "height": HEIGHT,
            "left": LEFT,
            "right": RIGHT,
            "top": TOP,
            "bottom": BOTTOM,
        },
        n_diverged=int(results["diverged"].sum()),
        n_runs=int(results["diverged"].size),
        data=Markup(_json(data)),
        style=Markup(_own("page.css")),
        script=Markup(script),
        script_hash=digest,
    )


def page_data(results: xr.Dataset, surface: Surface, summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page's script draws, as plain values; lists run [dropout][weight decay]."""
    shown, curves = _figures(results, summary["choice"]), curves_of(results)
    scores = _scores(results, summary)
    n_epochs = results.sizes["epoch"]
    step = math.ceil(surface.loss.size * n_epochs * 2 * len(curves.mean) / MAX_CURVE_NUMBERS)
    kept = np.unique(np.r_[0:n_epochs:step, n_epochs - 1])
    return {
        "dropout": surface.dropout,
        "weight_decay": surface.weight_decay,
        "epochs": shown["epochs"].tolist(),
        "n_epochs": n_epochs,
        "n_folds": results.sizes["fold"],
        "out_after": folds_until_out(results).tolist(),
        "metrics": {
            "loss": _metric(summary["loss"], "loss", surface, shown),
            "gap": _metric("gap", "gap", surface, shown),
            **{name: _metric(scores[name], name, surface, shown) for name in scores},
        },
        "errors": {name: _rounded(shown[f"{name}_error"]) for name in ("loss", *scores)},
        "at": (kept + 1).tolist(),
        "curves": {
            name: {
                "mean": _rounded(curves.mean[source][..., kept]),
                "error": _rounded(curves.error[source][..., kept]),
            }
            for name, source in SERIES.items()
            if source in curves.mean
        },
    }


def _scores(results: xr.Dataset, summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the scores: accuracy first where it stands beside a balanced one."""
    beside = {"accuracy": "accuracy"} if SERIES["accuracy"] in results else {}
    return {**beside, "score": summary["score"]}


def _figures(results: xr.Dataset, choice: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of every point, those of an eliminated one on its own folds."""

    def reduce(part: xr.Dataset) -> dict[str, Any]:
        surface = surface_of(part, choice)
        return {name: getattr(surface, name) for name in FIGURES}

    return on_own_folds(results, reduce)


def _metric(name: str, figure: str, surface: Surface, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Describe what the cells show; an eliminated point has a text but no colour."""
    positions, good, bad = colour_positions(
        getattr(surface, figure), low_is_good=figure not in SCORES
    )
    shown, errors = figures[figure], figures[f"{figure if figure in SCORES else 'loss'}_error"]
    finite = errors[np.isfinite(errors)]
    decimals = digits_after_point(float(np.median(finite)) if finite.size else math.nan)
    plus = "+" if figure == "gap" else ""
    texts = [
        [f"{value:{plus}.{decimals}f}" if math.isfinite(value) else "" for value in row]
        for row in shown
    ]
    return {
        "name": name,
        "values": _rounded(shown),
        "position": _rounded(positions, 3),
        "text": texts,
        "good": f"{good:.{decimals}f}",
        "bad": f"{bad:.{decimals}f}",
        "capped": bool((positions >= 1).sum() > 1),
    }


def _rounded(values: Float64, digits: int = 5) -> Any:
    """Return nested lists of numbers with a few digits; null where there is none."""
    if values.ndim > 1:
        return [_rounded(each, digits) for each in values]
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values]


def _cells(surface: Surface, data: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the table's rows, weight decay downwards, with what the script does not change."""
    sides = outline(surface.as_good)
    rows = []
    for j in range(len(surface.weight_decay)):
        row = []
        for i in range(len(surface.dropout)):
            marks = [
                mark for mark, place in
                (("★", surface.best), ("◆", surface.one_standard_error), ("✔", surface.chosen))
                if place == (i, j)
            ]  # fmt: skip
            text = data["metrics"]["loss"]["text"][i][j]
            row.append(
                {
                    "i": i,
                    "j": j,
                    "sides": sides[i][j],
                    "marks": "".join(marks),
                    "chosen": surface.chosen == (i, j),
                    "out_after": data["out_after"][i][j],
                    "text": text,
                }
            )
        rows.append(row)
    return rows


def _effects(effects: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each effect with the place of its interval on one common scale, in percent."""
    ends = [each["gain"][end] for each in effects for end in ("mean", "lower", "upper")]
    reach = max((abs(end) for end in ends if end is not None), default=0.0) or 1.0
    listed = []
    for each in effects:
        gain = each["gain"]
        ordered = ((name, gain[name] if gain[name] is not None else gain["mean"])
                   for name in ("mean", "lower", "upper"))  # fmt: skip
        places = {name: round(50 + 48 * value / reach, 2) for name, value in ordered}
        judgement = "unclear"
        if gain["lower"] is not None:
            judgement = (
                "better" if gain["lower"] > 0 else "worse" if gain["upper"] < 0 else judgement
            )
        name = NAMES.get(each["name"], each["name"])
        listed.append({"name": name, "judgement": judgement, "at": places, **gain})
    return listed


def _expected(optimism: Mapping[str, Any]) -> dict[str, str]:
    """Return what to expect on new rows, with the digits that its interval allows."""
    lower, upper = optimism["lower"], optimism["upper"]
    error = None if lower is None or upper is None else (upper - lower) / 4
    return {name: short(optimism[name], error) for name in ("corrected", "lower", "upper")}


def _points(choice: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the points that matter, the same one once."""
    best, one_se = choice["best"], choice["one_standard_error"]
    same = all(best[axis] == one_se[axis] for axis in ("dropout", "weight_decay"))
    named = [("★◆ best and one-SE", best)] if same else [("★ best", best), ("◆ one-SE", one_se)]
    return [{"name": name, **point} for name, point in named]


def short(value: float | None, error: float | None = None, sign: bool = False) -> str:
    """Write a figure with the digits that its error allows."""
    if value is None or not math.isfinite(value):
        return "–"  # noqa: RUF001  # an en dash says: no figure
    decimals = digits_after_point(math.nan if error is None else error)
    return f"{value:{'+' if sign else ''}.{decimals}f}"


def _own(name: str) -> str:
    return (files("dropdecay.report") / name).read_text(encoding="utf-8")


def _json(value: object) -> str:
    """Write JSON that may stand inside a script element, whatever the strings in it say."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
