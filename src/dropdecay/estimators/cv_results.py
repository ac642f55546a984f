"""The surface in the form of GridSearchCV's ``cv_results_``, for code that reads that."""

from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from dropdecay.arrays import AnyArray, Float64
from dropdecay.selection.epochs import points_at_epochs

AXES = ("dropout", "weight_decay")


def grid_search_form(results: xr.Dataset) -> dict[str, Any]:
    """Return columns by name, one entry a point: dropout outside, weight decay inside.

    Scores and losses are those of each point's best epoch, seeds averaged within a fold. Beside
    GridSearchCV's ``test_score`` stand ``test_loss`` and ``train_loss``, ranked from the lowest,
    and ``epochs``; where classes are imbalanced, ``test_accuracy`` beside the balanced one. Points
    with a run that diverged hold NaN and rank last. A fit's time holds its evaluations: score times
    are 0.
    """
    points = points_at_epochs(results)
    times = results["wall_s"].transpose(*AXES, "fold", "seed").mean("seed").values
    times = times.reshape(len(points.epochs), -1)
    axes = {"dropout": points.dropout, "weight_decay": points.weight_decay}
    form: dict[str, Any] = {
        "mean_fit_time": times.mean(axis=1),
        "std_fit_time": times.std(axis=1),
        "mean_score_time": np.zeros(len(times)),
        "std_score_time": np.zeros(len(times)),
    }
    form |= {f"param_{name}": np.ma.masked_array(values) for name, values in axes.items()}
    form["params"] = [
        {name: float(values[i]) for name, values in axes.items()} for i in range(len(times))
    ]
    form |= _columns("test_score", points.score)
    form["rank_test_score"] = _ranks(-form["mean_test_score"])
    if "validation_accuracy" in results:
        form |= _columns("test_accuracy", points.accuracy)
        form["rank_test_accuracy"] = _ranks(-form["mean_test_accuracy"])
    form |= _columns("test_loss", points.loss)
    form["rank_test_loss"] = _ranks(form["mean_test_loss"])
    form |= _columns("train_loss", points.training_loss)
    form["epochs"] = points.epochs
    return form


def _columns(name: str, by_fold: Float64) -> dict[str, Float64]:
    """Return every fold, the mean, and GridSearchCV's standard deviation (ddof 0)."""
    split = {f"split{fold}_{name}": by_fold[:, fold] for fold in range(by_fold.shape[1])}
    return {**split, f"mean_{name}": by_fold.mean(axis=1), f"std_{name}": by_fold.std(axis=1)}


def _ranks(values: Float64) -> AnyArray:
    """Rank from the lowest, 1; equal ones share the lower rank, NaN are last."""
    ranks: AnyArray = rankdata(np.where(np.isnan(values), np.inf, values), method="min")
    return ranks.astype(np.int32)
