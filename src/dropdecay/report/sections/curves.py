"""How it learns: the curves of the chosen setting, of none, and of the cell that was clicked."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.knobs import knob_of
from dropdecay.report.plot_data import NOWHERE, Curves, curves_of
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import tick
from dropdecay.report.sections.picture import (
    Dot,
    Frame,
    Picture,
    Shape,
    inner_steps,
    labels,
    round_steps,
)
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.views import View
from dropdecay.selection.epochs import ends_of
from dropdecay.selection.formatting import capitalized

MOST_NUMBERS = 300_000
"""Curves are thinned beyond this, so that a page of 1,000 settings stays a few MB."""

REACH = 2.5
"""The plot ends at so many times the loss of the settings that are compared: of a setting that
overfits wildly, or of the first epochs, only the way out of the picture is seen."""

HELD_OUT, TRAINING = "validation_loss", "training_loss"
PANELS = {HELD_OUT: "held-out", TRAINING: "training"}
DIGITS = 1000
"""Curves in the page have so many steps to the leading power of ten of the plot's height."""


@dataclass(frozen=True)
class Series:
    """One setting in the table below the curves."""

    kind: str
    word: str
    index: int
    name: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class Packed:
    """The curves of all settings, by panel and setting, at some epochs, in whole units."""

    unit: float
    epochs: tuple[int, ...]
    values: dict[str, list[list[int | None]]]


@dataclass(frozen=True)
class Learning:
    """The section, and what the script needs to draw the curves of any setting."""

    sentence: str
    panels: tuple[tuple[str, Picture], ...]
    series: tuple[Series, ...]
    naming: str
    columns: tuple[str, ...]
    csv: str
    clicked: int
    frame: Frame
    packed: Packed


def learning_of(run: Run, views: tuple[View, ...]) -> Learning:
    """Return the section with the chosen setting, none, and the one-SE choice as if clicked."""
    surface, curves = run.surface, curves_of(run.results)
    shown = {name: run.loss.values(curves.mean[name]) for name in PANELS}
    chosen = max(surface.chosen, 0)
    series = [("ch", "chosen", chosen)]
    if run.none not in (chosen, NOWHERE):
        series.append(("no", "none", run.none))
    clicked = surface.one_standard_error
    clicked = clicked if clicked not in (NOWHERE, chosen) else _another(run, chosen)
    # A single setting has no other to click.
    laid_over = [("cm", "clicked", clicked)] if len(surface.points) > 1 else []
    frame = _frame(run, curves, shown, [*(index for _, _, index in series), clicked])
    steps = round_steps(frame.bottom, frame.top)
    epochs = [each for each in inner_steps(1, frame.right, 4) if each.is_integer()]
    panels = tuple(
        (
            PANELS[name],
            _panel(run, name, curves, shown[name], frame, steps, epochs,
                   [*series, *laid_over]),
        )
        for name in PANELS
    )  # fmt: skip
    return Learning(
        sentence=_sentence(run, shown[HELD_OUT], curves),
        panels=panels,
        series=tuple(
            Series(kind, word, index, run.name_of(index), _figures(run, views, index))
            for kind, word, index in [*series, *laid_over]
        ),
        naming=", ".join(knob_of(name).printed for name in run.named_axes),
        columns=("epochs", *(view.name for view in views)),
        csv=_csv(run, curves, shown, [index for _, _, index in series]),
        clicked=clicked,
        frame=frame,
        packed=_packed(curves, shown, frame),
    )


def _another(run: Run, chosen: int) -> int:
    """Return the setting shown as if clicked where the one-SE choice is the chosen one."""
    loss = run.surface.means.loss.copy()
    loss[[index for index in (chosen, run.none) if index >= 0]] = np.nan
    return int(np.nanargmin(loss)) if np.isfinite(loss).any() else chosen


def _frame(run: Run, curves: Curves, shown: dict[str, Float64], indices: list[int]) -> Frame:
    """Return one frame for both panels and all settings."""
    ends, loss = ends_of(run.results), run.loss.values(run.surface.means.loss)
    # As far as the settings shown were trained, and no setting's own epoch is cut off.
    epochs = run.figures.epochs[run.surface.as_good]
    last = max(int(ends[indices].max()), int(epochs.max(initial=2)))
    late = (curves.epochs >= min(3, last)) & (curves.epochs <= last)
    held_out, training = (shown[name][:, late] for name in PANELS)
    known = [loss[index] for index in indices if np.isfinite(loss[index])]
    highest = _largest(held_out[indices], 1.0)
    top = min(highest, REACH * max(known)) if known and max(known) > 0.0 else highest
    # What is trained may lose more than what is held out, where much is dropped.
    top = max([top, *(_last(training[index], top) for index in indices)])
    lowest = -_largest(-np.concatenate([held_out[indices], training[indices]]), 0.0)
    bottom = 0.0 if 0.0 <= lowest < 0.6 * top else lowest
    steps = round_steps(bottom, top)
    return Frame(1, last, steps[0], steps[-1])


def _last(values: Float64, otherwise: float) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if known.size else otherwise


def _largest(values: Float64, otherwise: float) -> float:
    return float(np.nanmax(values)) if np.isfinite(values).any() else otherwise


def _panel(
    run: Run, name: str, curves: Curves, shown: Float64, frame: Frame, steps: list[float],
    epochs: list[float], series: list[tuple[str, str, int]],
) -> Picture:  # fmt: skip
    at = curves.epochs.tolist()
    chosen = series[0][2]
    error = run.loss.errors(curves.mean[name][chosen], np.nan_to_num(curves.error[name][chosen]))
    low, high = shown[chosen] - error, shown[chosen] + error
    lines = [
        Shape(f"{kind} clip", frame.line(at, shown[index])) for kind, _, index in reversed(series)
    ]
    dots = []
    for kind, _, index in series:
        epoch = int(run.figures.epochs[index])
        height = float(shown[index][at.index(epoch)]) if epoch in at else math.nan
        inside = frame.left <= epoch <= frame.right and frame.bottom <= height <= frame.top
        if inside:
            dots.append(Dot(frame.x(epoch), frame.y(height), kind))
    return Picture(
        caption=f"{capitalized(run.loss.name)} on {PANELS[name]} rows",
        of_what="",
        name=f"{capitalized(run.loss.name)} on {PANELS[name]} rows by epoch",
        ticks_x=labels(epochs, frame.x, tick),
        ticks_y=labels(steps, frame.y, tick),
        title_x="epoch",
        shapes=(
            *frame.grid(steps),
            Shape("bd clip", frame.band(at, low.tolist(), high.tolist())),
            *lines,
        ),
        dots=tuple(dots),
        height=200,  # it grows with the table beside it
    )


def _sentence(run: Run, held_out: Float64, curves: Curves) -> str:
    said = []
    if run.none >= 0:
        epoch = int(run.figures.epochs[run.none])
        curve = held_out[run.none]
        later = curve[curves.epochs > epoch]
        at = float(run.loss.value(float(run.surface.means.loss[run.none])))
        error = run.loss.error(
            float(run.surface.means.loss[run.none]),
            float(np.nan_to_num(run.surface.means.loss_error[run.none])),
        )
        overfits = np.isfinite(later).any() and float(np.nanmax(later)) > at + error
        then = " and then overfits" if overfits else ""
        said.append(f"Without regularization the network is best at epoch {epoch:,}{then}.")
    said.append("Dots mark each setting\N{RIGHT SINGLE QUOTATION MARK}s own best epoch")
    if run.n_folds > 1:
        return " ".join(said) + "; the band is ±\N{NO-BREAK SPACE}one standard error."
    return " ".join(said) + "."


def _figures(run: Run, views: tuple[View, ...], index: int) -> tuple[str, ...]:
    epochs = int(run.figures.epochs[index])
    return (
        f"{epochs:,}" if epochs else "",
        *(f"{view.texts[index]} {view.spreads[index]}".strip() for view in views),
    )


def _csv(run: Run, curves: Curves, shown: dict[str, Float64], indices: list[int]) -> str:
    rows = [
        [run.surface.points[index].described(), epoch, *(float(each[index][k]) for each in
                                                         shown.values())]
        for index in indices
        for k, epoch in enumerate(curves.epochs.tolist())
        if np.isfinite(shown[HELD_OUT][index][k])
    ]  # fmt: skip
    return csv_link(["setting", "epoch", "held_out", "training"], rows)


def _packed(curves: Curves, shown: dict[str, Float64], frame: Frame) -> Packed:
    """Return all curves as whole numbers of a unit, thinned where they are many."""
    n_points = len(shown[HELD_OUT])
    inside = int((curves.epochs <= frame.right).sum())
    every = math.ceil(2 * n_points * inside / MOST_NUMBERS)
    kept = np.unique(np.r_[0:inside:every, inside - 1])
    unit = 10.0 ** math.floor(math.log10(max(abs(frame.top), abs(frame.bottom)))) / DIGITS
    return Packed(
        unit=unit,
        epochs=tuple(curves.epochs[kept].tolist()),
        values={
            PANELS[name]: [_whole(row[kept] / unit) for row in values]
            for name, values in shown.items()
        },
    )


def _whole(values: Float64) -> list[int | None]:
    return [round(value) if math.isfinite(value) else None for value in values.tolist()]
