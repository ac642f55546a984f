"""The surface in the form of GridSearchCV's ``cv_results_``, for code that reads that."""

from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from dropdecay.arrays import AnyArray, Float64
from dropdecay.knobs import Value
from dropdecay.selection.epochs import figures_at_epochs
from dropdecay.selection.points import axes_in, by_point


def grid_search_form(results: xr.Dataset) -> dict[str, Any]:
    """Return columns by name, one entry a point, the first axis varying slowest.

    Scores and losses are those of each point's best epoch, seeds averaged within a fold. Beside
    GridSearchCV's ``test_score`` stand ``test_loss`` and ``train_loss``, ranked from the lowest,
    and ``epochs``; where classes are imbalanced, ``test_accuracy`` beside the balanced one. Points
    with a run that diverged hold NaN and rank last. A fit's time holds its evaluations: score times
    are 0.
    """
    figures = figures_at_epochs(results)
    times = by_point(results)["wall_s"].mean("seed").transpose("point", "fold").values
    form: dict[str, Any] = {
        "mean_fit_time": times.mean(axis=1),
        "std_fit_time": times.std(axis=1),
        "mean_score_time": np.zeros(len(times)),
        "std_score_time": np.zeros(len(times)),
    }
    for name in axes_in(results):
        form[f"param_{name}"] = _column([point[name] for point in figures.points])
    form["params"] = [point.as_dict() for point in figures.points]
    form |= _columns("test_score", figures.score)
    form["rank_test_score"] = _ranks(-form["mean_test_score"])
    if "validation_accuracy" in results:
        form |= _columns("test_accuracy", figures.accuracy)
        form["rank_test_accuracy"] = _ranks(-form["mean_test_accuracy"])
    form |= _columns("test_loss", figures.loss)
    form["rank_test_loss"] = _ranks(form["mean_test_loss"])
    form |= _columns("train_loss", figures.training_loss)
    form["epochs"] = figures.epochs
    return form


def _column(values: list[Value]) -> AnyArray:
    """Return the values of an axis, as numbers where all are numbers."""
    if all(isinstance(value, float) for value in values):
        return np.ma.masked_array(np.array(values))
    column = np.empty(len(values), object)
    column[:] = values
    return np.ma.masked_array(column)


def _columns(name: str, by_fold: Float64) -> dict[str, Float64]:
    """Return every fold, the mean, and GridSearchCV's standard deviation (ddof 0)."""
    split = {f"split{fold}_{name}": by_fold[:, fold] for fold in range(by_fold.shape[1])}
    return {**split, f"mean_{name}": by_fold.mean(axis=1), f"std_{name}": by_fold.std(axis=1)}


def _ranks(values: Float64) -> AnyArray:
    """Rank from the lowest, 1; equal ones share the lower rank, NaN are last."""
    ranks: AnyArray = rankdata(np.where(np.isnan(values), np.inf, values), method="min")
    return ranks.astype(np.int32)
