"""One self-contained page: the verdict, the interactive surface, and how to reproduce the run.

The page loads nothing, and no name from the data can become markup: the template escapes, data for
the script is JSON without ``<``, ``>`` and ``&``, and the page's content security policy allows
only the script with the hash it names.
"""

import base64
import hashlib
import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import xarray as xr
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dropdecay.axes import NONE, Point, printed_value
from dropdecay.decay_memory import Pace, forgetting_of
from dropdecay.knobs import knob_of
from dropdecay.report import line_plots
from dropdecay.report.layout import (
    Layout,
    axes_of,
    elsewhere,
    lay_out,
    paths_along,
    tau_labels,
    varied_in,
)
from dropdecay.report.line_plots import figure_plot
from dropdecay.report.page_data import PageData, page_data, scores_of
from dropdecay.report.plot_data import (
    NOWHERE,
    Surface,
    digits_after_point,
    in_digits,
    outline,
    surface_of,
    weights_of,
)
from dropdecay.report.powers import in_powers, summary_in_power
from dropdecay.report.sharpening_plot import sharpening_plot
from dropdecay.report.summary import (
    ChoiceRecord,
    EffectRecord,
    OptimismRecord,
    PointRecord,
    Summary,
    point_of,
)
from dropdecay.report.training_length import still_falling, trained_until
from dropdecay.report.verdict_label import ON_FOLDS, label_of, tone_of
from dropdecay.report.weight_plots import weight_plots, weight_sentence
from dropdecay.selection.effects import BEYOND_SUM
from dropdecay.selection.formatting import capitalized, kind_in_words
from dropdecay.selection.plain_curves import PLAIN_NAME
from dropdecay.selection.points import neutral_point, regularizing
from dropdecay.selection.time_order import NO_CORRECTION

BOX = {
    "width": line_plots.WIDTH,
    "height": line_plots.HEIGHT,
    "left": line_plots.LEFT,
    "right": line_plots.RIGHT,
    "top": line_plots.TOP,
    "bottom": line_plots.BOTTOM,
}


@dataclass(frozen=True)
class Cell:
    """One cell of the table as rendered without the script; ``point`` is -1 if there is none."""

    point: int
    text: str
    sides: str
    marks: str
    chosen: bool
    out: bool
    dropped: bool


@dataclass(frozen=True)
class Interval:
    """A gain and its interval as positions on a common scale, in percent."""

    name: str
    sentence: str
    judgement: str = ""
    mean: float | None = None
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    at_mean: float = 0.0
    at_lower: float = 0.0
    at_upper: float = 0.0


MOST_COLUMNS = 200
"""So many columns of the table are listed on the page."""


def page_html(results: xr.Dataset, summary: Summary) -> str:
    """Return the whole page.

    Parameters
    ----------
    results : xarray.Dataset
    summary : mapping
        The contents of ``summary.json``.
    """
    judged = summary["loss" if summary["choice"]["criterion"] == "loss" else "score"]
    results, power = in_powers(results)
    summary = summary_in_power(summary, power)
    surface, weights = surface_of(results, summary["choice"]), weights_of(results)
    script, data = _asset("page.js"), page_data(results, surface, summary)
    layout, paths = lay_out(surface), paths_along(surface)
    axes = axes_of(surface.points)
    taus = {axis.name: tau_labels(surface, axis) for axis in axes}
    verdict = summary["verdict"]
    falling = still_falling(results, point_of(summary["choice"]["chosen"]["point"]))
    measure = summary["loss" if summary["choice"]["criterion"] == "loss" else "score"]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    environment.filters.update(short=short, printed=printed_value, title=capitalized)
    # The answer is the heading, the evidence follows below it.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.from_string(_asset("page.html.jinja")).render(
        summary=summary,
        asked=summary["asked"],
        layout=layout,
        names=[knob_of(axis.name).printed for axis in (layout.across, layout.down) if axis],
        pickable=[(axes.names.index(name), knob_of(name).printed) for name in varied_in(axes)],
        held=_held(surface, layout),
        length=[trained_until(results) or "", *map(capitalized, falling)],
        cells=_cells(surface, layout, data),
        only=_figures_of(surface, data),
        figure_plot=figure_plot(surface, paths, measure) if paths.by is None else None,
        nested=summary.get("nested"),
        scores=scores_of(results, summary),
        criterion=surface.criterion,
        n_eliminated=int(surface.eliminated.sum()),
        n_given_up=int((surface.given_up > 0).sum()),
        n_dropped=int(surface.dropped.sum()),
        fewer_folds=bool((np.maximum(surface.out_after, 0) % results.sizes["fold"]).any()),
        effects=_effects(verdict["effects"], surface),
        nothing_to_compare=_nothing_to_compare(verdict["effects"], surface),
        expected=None if summary["optimism"] is None else _expected(summary["optimism"]),
        no_correction=NO_CORRECTION,
        time_order=summary.get("time_order"),
        plain=results.attrs.get(PLAIN_NAME),
        measure=measure,
        points=_points(summary["choice"], surface.pace),
        taus=taus,
        has_taus=any(any(labels) for labels in taus.values()),
        axes=[(name, knob_of(name).printed) for name in axes.names],
        command=[shlex.quote(part) for part in shlex.split(summary["command"])],
        headline=verdict["recommendation"],
        label=label_of(verdict["kind"]),
        tone=tone_of(verdict["kind"]),
        rest=" ".join(verdict["grounds"]),
        on_folds=ON_FOLDS,
        sharpening=sharpening_plot(verdict["gain"], judged),
        weight_plots=() if weights is None else weight_plots(surface, paths, weights),
        weight_sentence="" if weights is None else weight_sentence(surface, paths, weights),
        paths=paths,
        most_columns=MOST_COLUMNS,
        box=BOX,
        n_diverged=int(results["diverged"].sum()),
        n_runs=int(results["diverged"].size),
        data=Markup(_json(data)),
        style=Markup(_asset("page.css")),
        script=Markup(script),
        script_hash=digest,
    )


def _held(surface: Surface, layout: Layout) -> str:
    """State the values of the axes not shown, and the marked points that are not in the table."""
    sentences = [layout.sentence, *elsewhere(surface, layout)]
    return " ".join(f"{capitalized(sentence)}." for sentence in sentences if sentence)


def _cells(surface: Surface, layout: Layout, data: PageData) -> list[list[Cell]]:
    """Return the rows of the table, one per value of the second axis."""
    sides = outline(surface.as_good[layout.at] & (layout.at != NOWHERE))
    signs = {"★": surface.best, "◆": surface.one_standard_error, "✔": surface.chosen}
    text = data["metrics"][surface.criterion]["text"]
    rows: list[list[Cell]] = [[] for _ in range(layout.at.shape[1])]
    for (i, j), index in np.ndenumerate(layout.at):
        marks = "".join(sign for sign, marked in signs.items() if marked == index != NOWHERE)
        there = index != NOWHERE
        rows[j].append(
            Cell(
                point=int(index),
                text=text[index] if there else "",
                sides=sides[i][j],
                marks=marks,
                chosen=surface.chosen == index,
                out=there and bool(surface.out_after[index]),
                dropped=there and bool(surface.dropped[index]),
            )
        )
    return rows


def _figures_of(surface: Surface, data: PageData) -> str:
    """Describe the chosen point, or the only one, with its figures."""
    index = data["reference"]
    figures = [f"{metric['name']} {metric['text'][index]}" for metric in data["metrics"].values()]
    return f"{capitalized(surface.points[index].described())}: validation {', '.join(figures)}."


def _effects(effects: Sequence[EffectRecord], surface: Surface) -> list[Interval]:
    """Return each effect with the position of its interval on a common scale."""
    gains = [each["gain"] for each in effects if each["gain"] is not None]
    ends = [end for gain in gains for end in (gain["mean"], gain["lower"], gain["upper"])]
    reach = max((abs(end) for end in ends if end is not None), default=0.0) or 1.0

    def place(end: float) -> float:
        return round(50 + 48 * end / reach, 2)

    listed = []
    for each in effects:
        name, gain = _effect_name(each["name"], surface), each["gain"]
        if gain is None:
            listed.append(Interval(name, each["sentence"].removeprefix(f"{capitalized(name)}: ")))
            continue
        mean, lower, upper = gain["mean"], gain["lower"], gain["upper"]
        listed.append(
            Interval(
                name=name,
                sentence=each["sentence"],
                judgement=_judgement(lower, upper),
                mean=mean,
                standard_error=gain["standard_error"],
                lower=lower,
                upper=upper,
                at_mean=place(mean),
                at_lower=place(mean if lower is None else lower),
                at_upper=place(mean if upper is None else upper),
            )
        )
    return listed


def _effect_name(name: str, surface: Surface) -> str:
    axes = regularizing(surface.points[0])
    if name == BEYOND_SUM:
        return "combined, beyond the sum"
    tuned = name in surface.points[0].as_dict() and name not in axes
    return knob_of(name).printed if tuned else kind_in_words(name, axes)


def _nothing_to_compare(effects: Sequence[EffectRecord], surface: Surface) -> str:
    """Explain why there are no gains; "" if there are."""
    if any(each["gain"] is not None for each in effects):
        return ""
    if any(point.kind == NONE for point in surface.points):
        return (
            "Some networks without regularization did not finish, so there is no baseline to "
            "compare with."
        )
    names = regularizing(surface.points[0])
    none = neutral_point(names).described(" and ")
    return f"The surface has no unregularized point. Include {none} to see the gain of each axis."


def _judgement(lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return "unclear"
    return "better" if lower > 0 else "worse" if upper < 0 else "unclear"


def _expected(optimism: OptimismRecord) -> dict[str, str]:
    """Return the expected loss on new rows, with the digits that its interval justifies."""
    lower, upper = optimism["lower"], optimism["upper"]
    error = None if lower is None or upper is None else (upper - lower) / 4
    ends = {"corrected": optimism["corrected"], "lower": lower, "upper": upper}
    return {name: short(value, error) for name, value in ends.items()}


def _points(
    choice: ChoiceRecord, pace: Pace | None
) -> list[tuple[str, PointRecord, dict[str, str]]]:
    """Return name, figures and printed values of the best point and the one-SE choice.

    They are one entry if they are the same point.
    """
    best, one_se = choice["best"], choice["one_standard_error"]
    same = best["point"] == one_se["point"]
    named = [("★◆ best and one-SE", best)] if same else [("★ best", best), ("◆ one-SE", one_se)]
    return [(name, each, _values(point_of(each["point"]), pace)) for name, each in named]


def _values(point: Point, pace: Pace | None) -> dict[str, str]:
    """Return the printed values of a point, its decay with its memory."""
    forgets = forgetting_of(point, pace)
    return {
        name: printed_value(value) + (f" ({forgets[name]})" if name in forgets else "")
        for name, value in point.values
    }


def short(value: float | None, error: float | None = None, sign: bool = False) -> str:
    """Write a figure with the digits that its error justifies."""
    if value is None or not math.isfinite(value):
        return "–"  # noqa: RUF001  # an en dash stands for no figure
    decimals = digits_after_point(math.nan if error is None else error)
    return in_digits(value, decimals, "+" if sign else "")


def _asset(name: str) -> str:
    return (files("dropdecay.report") / name).read_text(encoding="utf-8")


def _json(value: PageData) -> str:
    """Write JSON that is safe inside a script element, whatever strings it contains."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
