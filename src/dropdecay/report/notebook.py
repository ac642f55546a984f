"""A fitted surface in a notebook: the verdict and the table of cells, as HTML."""

import math

import pandas as pd
import xarray as xr
from markupsafe import Markup

from dropdecay.arrays import Float64
from dropdecay.axes import printed_value
from dropdecay.knobs import knob_of
from dropdecay.report import numbers
from dropdecay.report.layout import Layout, elsewhere, lay_out
from dropdecay.report.plot_data import (
    NOWHERE,
    Surface,
    colour_positions,
    surface_of,
)
from dropdecay.report.powers import in_powers
from dropdecay.report.verdict_label import label_of
from dropdecay.safe_text import visible
from dropdecay.selection.choice import Choice
from dropdecay.selection.decimals import decimals_of
from dropdecay.selection.verdict import Verdict

LOSS_DECIMALS = 3
"""Of a loss in units of the variance, which lies near 1 or below."""

GOOD, BAD = (68, 1, 84), (253, 231, 37)
"""The ends of the viridis scale, which colour-blind readers can distinguish."""
MIDDLE = (33, 145, 140)


def surface_html(
    results: xr.Dataset, choice: Choice, verdict: Verdict, outputs: pd.DataFrame | None = None
) -> str:
    """Return the surface as a small table without a script; every name is escaped.

    ``outputs`` are the scores of several values, a row each, as estimators keep them.
    """
    results, _ = in_powers(results)
    surface = surface_of(results, choice)
    layout = lay_out(surface)
    body = _one_point(surface, layout, results) if layout.across is None else Markup("")
    if layout.across is not None:
        body = Markup("<p>{}</p>{}").format(
            _caption(surface, layout, str(results.attrs[f"{choice.criterion}_name"])),
            _table(surface, layout),
        )
    if outputs is not None:
        body += _outputs(outputs)
    return str(
        Markup('<div class="dropdecay"><p><b>{}</b> [{}]<br>{}</p>{}</div>').format(
            verdict.recommendation, label_of(verdict.kind), " ".join(verdict.grounds), body
        )
    )


def _one_point(surface: Surface, layout: Layout, results: xr.Dataset) -> Markup:
    index, means = int(layout.at[0, 0]), surface.means
    decimals = decimals_of(float(means.loss_error[index]))
    return Markup("<p>{}: validation {} {}, gap {}, {} {}.</p>").format(
        surface.points[index].described(),
        results.attrs["loss_name"],
        numbers.with_error(float(means.loss[index]), float(means.loss_error[index])),
        numbers.figure(float(means.gap[index]), decimals),
        results.attrs["score_name"],
        numbers.with_error(float(means.score[index]), float(means.score_error[index])),
    )


def _outputs(scores: pd.DataFrame) -> Markup:
    """Return R2 and errors of every value, and together."""
    lines = [
        (
            visible(str(name), 60),
            numbers.with_error(row["r2"], row["r2_standard_error"]),
            numbers.figure(row["loss"], LOSS_DECIMALS),
            numbers.figure(row["rmse"], decimals_of(float(row["rmse"]) / 100)),
        )
        for name, row in scores.iterrows()
    ]
    means = (numbers.figure(float(scores[each].mean()), LOSS_DECIMALS) for each in ("r2", "loss"))
    cells = Markup("").join(
        Markup("<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>").format(*line)
        for line in (*lines, ("together", *means, ""))
    )
    return Markup(
        "<p>Each value at the chosen setting, on held-out rows; losses in its variance.</p>"
        "<table><tr><th>value</th><th>R2</th><th>loss</th><th>RMSE</th></tr>{}</table>"
    ).format(cells)


def _caption(surface: Surface, layout: Layout, measure: str) -> str:
    shown = [knob_of(axis.name).printed for axis in (layout.down, layout.across) if axis]
    places = f"{shown[0]} down" + (f", {shown[1]} across" if len(shown) > 1 else "")
    held = f", {layout.sentence}" if layout.sentence else ""
    sentences = [
        f"Validation {measure}, {places}{held}",
        "★ best, ◆ one-SE choice, underlined: within one standard error of the best"
        + (", x: eliminated by the race" if surface.eliminated.any() else "")
        + (", ^: given up, unable to catch up" if surface.given_up.any() else "")
        + (f", -: {_why_dropped(surface)}" if surface.dropped.any() else "")
        + (", NaN: diverged" if surface.diverged.any() else ""),
        *elsewhere(surface, layout),
    ]
    return "".join(f"{sentence}. " for sentence in sentences).rstrip()


def _why_dropped(surface: Surface) -> str:
    return "left out, a part of the cocktail" if surface.is_mixed else "dropped on the pilot"


def _table(surface: Surface, layout: Layout) -> Markup:
    """Return the table; a path is one column."""
    assert layout.across is not None  # one point has no table
    down, rows = (layout.across, layout.at)
    head = Markup("")
    if layout.down is not None:
        down, rows = layout.down, layout.at.T
        cells = Markup("").join(
            Markup("<th>{}</th>").format(printed_value(value)) for value in layout.across.values
        )
        head = Markup("<tr><th></th>{}</tr>").format(cells)
    by_loss = surface.criterion == "loss"
    values, _ = _figures(surface)
    positions, _, _ = colour_positions(values, low_is_good=by_loss)
    lines = [
        Markup("<tr><th>{}</th>{}</tr>").format(
            printed_value(value),
            Markup("").join(_cell(surface, index, float(positions[index])) for index in row),
        )
        for value, row in zip(down.values, rows.tolist(), strict=True)
    ]
    return Markup('<table style="border-collapse:separate">{}{}</table>').format(
        head, Markup("").join(lines)
    )


def _figures(surface: Surface) -> tuple[Float64, Float64]:
    """Return what chose, and its errors."""
    means = surface.means
    if surface.criterion == "score":
        return means.score, means.score_error
    return means.loss, means.loss_error


def _cell(surface: Surface, index: int, position: float) -> Markup:
    if index == NOWHERE:
        return Markup("<td></td>")
    if math.isnan(position):
        text = surface.mark_of_unfinished(index)
        return Markup('<td style="text-align:right;opacity:.6">{}</td>').format(text)
    marks = ("★" if surface.best == index else "") + (
        "◆" if surface.one_standard_error == index else ""
    )
    values, errors = _figures(surface)
    return Markup(
        '<td style="background:{};color:{};font-weight:{};text-align:right">{}&nbsp;{}</td>'
    ).format(
        _colour(position),
        "#fff" if position < 0.55 else "#000",
        "bold;text-decoration:underline" if surface.as_good[index] else "normal",
        numbers.figure(float(values[index]), decimals_of(errors.tolist())),
        marks,
    )


def _colour(position: float) -> str:
    low, high = (GOOD, MIDDLE) if position < 0.5 else (MIDDLE, BAD)
    share = 2 * position if position < 0.5 else 2 * position - 1
    parts = (round(a + share * (b - a)) for a, b in zip(low, high, strict=True))
    return f"rgb({','.join(map(str, parts))})"
