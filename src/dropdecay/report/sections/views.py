"""What the cells of the surface can show: the figure that chose, the gap, and the scores."""

from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.report.measure import Measure, score_measure
from dropdecay.report.numbers import UNBROKEN, figure, has_error
from dropdecay.report.plot_data import NOWHERE, Surface
from dropdecay.report.sections.figures import decimals_of, spread
from dropdecay.report.sections.run import Run, steps_from_best
from dropdecay.statistics.folds import standard_error

ACCURACY = "accuracy"

MOST_OF_SHARES = 2
"""Decimals of a percentage at most: also where all rows are right, and there is no error."""


@dataclass(frozen=True)
class View:
    """One thing that cells can show; lists run over points.

    Parameters
    ----------
    key, name : str
    texts, spreads : tuple of str
        "" at points without a figure on all folds.
    steps : shape (n_points,)
        Standard errors from the best, 1 to 3; 0: no colour.
    note : str
        What figures and colours mean.
    """

    key: str
    name: str
    texts: tuple[str, ...]
    spreads: tuple[str, ...]
    steps: Int64
    note: str


def views_of(run: Run) -> tuple[View, ...]:
    """Return all views, the one that chose first."""
    figures, folds = run.figures, run.n_folds
    mean = f"mean over {folds} folds {chr(177)} standard error" if folds > 1 else "one fold"
    loss = _view(run, "loss", run.loss, figures.loss, f"{mean}; lower is better")
    gap = _gap(run)
    scores = [_view(run, "score", run.score, figures.score, f"{mean}; higher is better")]
    if np.isfinite(figures.accuracy).any():
        shown = score_measure(ACCURACY)
        scores.insert(0, _view(run, ACCURACY, shown, figures.accuracy, f"{mean}; higher is better"))
    if run.by_loss:
        return (loss, gap, *scores)
    chose = scores.pop()
    return (chose, loss, gap, *scores)


def _view(run: Run, key: str, measure: Measure, by_fold: Float64, note: str) -> View:
    means = by_fold.mean(axis=1)
    errors = standard_error(by_fold, run.figures.folds_per_repeat)
    values, shown = measure.values(means), measure.errors(means, errors)
    cost = by_fold if measure.lower_is_better else -by_fold
    steps = steps_from_best(cost, run.figures.folds_per_repeat)
    if key == run.surface.criterion and run.surface.best != NOWHERE:
        # The region is the choice's own.
        steps = np.where(run.surface.as_good, 1, np.where(steps == 1, 2, steps))
    if measure is not run.judged:
        note = f"{note}; outlined: as good by {run.judged.name}"
    return _written(key, measure.name, values, shown, steps, note, measure.is_share)


def _gap(run: Run) -> View:
    loss, training = (
        run.loss.values(each) for each in (run.figures.loss, run.figures.training_loss)
    )
    by_fold = loss - training
    return _written(
        "gap", "gap", by_fold.mean(axis=1), standard_error(by_fold, run.figures.folds_per_repeat),
        np.zeros(len(by_fold), np.int64),
        f"held-out minus training loss; outlined: as good by {run.judged.name}", False,
    )  # fmt: skip


def _written(
    key: str, name: str, values: Float64, errors: Float64, steps: Int64, note: str, is_share: bool
) -> View:
    known = np.isfinite(values)
    told = [has_error(*each) for each in zip(values.tolist(), errors.tolist(), strict=True)]
    errors = np.where(told, errors, 0.0)
    decimals = decimals_of(errors[known].tolist())
    if is_share:
        decimals = min(decimals, MOST_OF_SHARES)
    unit = f"{UNBROKEN}%" if is_share else ""
    return View(
        key=key,
        name=name,
        texts=tuple(
            figure(value, decimals) + unit if there else ""
            for value, there in zip(values.tolist(), known.tolist(), strict=True)
        ),
        spreads=tuple(
            spread(error, decimals) if there else ""
            for error, there in zip(errors.tolist(), known.tolist(), strict=True)
        ),
        steps=steps,
        note=note,
    )


def state_of(surface: Surface, index: int) -> tuple[str, str]:
    """Say why a point has no figure on all folds, and since when; ("", "") if it has."""
    if surface.given_up[index]:
        return "given up", f"after {surface.given_up[index]}{UNBROKEN}epochs"
    if surface.dropped[index]:
        return "left out", "a part of the cocktail" if surface.is_mixed else "on the pilot"
    if folds := int(surface.out_after[index]):
        return "stopped", f"after {folds}{UNBROKEN}fold" + ("s" if folds > 1 else "")
    return ("diverged", "") if surface.diverged[index] else ("", "")


def differences(run: Run) -> tuple[str, ...]:
    """Say of every point how far it lies from the chosen one on the folds they share.

    Differences are paired by fold, in the unit of the loss that is shown; of stopped points over
    the folds they were trained on.
    """
    chosen = run.surface.chosen
    if chosen == NOWHERE:
        return ("",) * len(run.surface.points)
    by_fold = np.where(np.isfinite(run.figures.loss), run.figures.loss, _losses_of_stopped(run))
    away = run.loss.values(by_fold) - run.loss.values(run.figures.loss[chosen])
    return tuple(_difference(run, index, away[index]) for index in range(len(run.surface.points)))


def _difference(run: Run, index: int, away: Float64) -> str:
    there = np.isfinite(away)
    if index == run.surface.chosen or not there.any():
        return ""
    mean = float(away[there].mean())
    error = float(standard_error(away[there], run.figures.folds_per_repeat))
    decimals = decimals_of([error])
    size = f"{figure(abs(mean), decimals)} {spread(error, decimals)}".strip()
    on = "On the same folds" if there.all() else f"On the {int(there.sum())} folds they share"
    what = "lower" if mean < 0 else "higher"
    return f"{on} its {run.loss.name} is {size} {what} than that of the chosen setting."


def _losses_of_stopped(run: Run) -> Float64:
    """Return the loss of every point by fold at the lowest epoch of its own mean curve."""
    curves = run.results["validation_loss"].mean("seed", skipna=False)
    values = curves.transpose("point", "fold", "epoch").values.astype(np.float64)
    found = np.full(values.shape[:2], np.nan)
    for index in np.flatnonzero(run.surface.out_after > 0):
        trained = np.isfinite(values[index]).any(axis=1)
        mean = values[index][trained].mean(axis=0)
        if np.isfinite(mean).any():
            found[index, trained] = values[index][trained][:, int(np.nanargmin(mean))]
    return found
