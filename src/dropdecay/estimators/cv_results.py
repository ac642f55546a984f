"""The surface in the format of GridSearchCV's ``cv_results_``."""

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from dropdecay.arrays import AnyArray, Float64
from dropdecay.estimators.output_scores import output_columns
from dropdecay.knobs import Value
from dropdecay.selection.epochs import figures_at_epochs
from dropdecay.selection.plain_curves import PLAIN_BLOCKS
from dropdecay.selection.points import axes_in, by_point


def grid_search_format(results: xr.Dataset) -> dict[str, AnyArray | list[dict[str, Value]]]:
    """Return columns by name, with one entry per point; the first axis varies slowest.

    Scores and losses are those of each point's best epoch, averaged over seeds within a fold. In
    addition to GridSearchCV's ``test_score`` there are ``test_loss``, ranked from the lowest,
    ``train_loss`` and ``epochs``, and for imbalanced classes ``test_accuracy``. Losses are those
    that choose: with class weights the weighted ones, and ``test_plain_loss`` is without. With
    several values there are ``test_r2_of_output_0``, ``test_loss_of_output_0`` and so on of the
    recorded points, NaN at the others. Points with a diverged run, and those that were
    eliminated, given up or dropped on a pilot, are NaN and rank last. Fit times include evaluation,
    so score times are 0.
    """
    figures = figures_at_epochs(results)
    times = by_point(results)["wall_s"].mean("seed").transpose("point", "fold").values
    scores = _columns("test_score", figures.score)
    losses = _columns("test_loss", figures.loss)
    accuracies = {}
    if "validation_accuracy" in results:
        accuracies = _columns("test_accuracy", figures.accuracy)
        accuracies["rank_test_accuracy"] = _ranks(-accuracies["mean_test_accuracy"])
    plain = {}
    if PLAIN_BLOCKS in results.attrs:
        plain = _columns("test_plain_loss", figures.plain_loss)
        plain["rank_test_plain_loss"] = _ranks(plain["mean_test_plain_loss"])
    return {
        "mean_fit_time": times.mean(axis=1),
        "std_fit_time": times.std(axis=1),
        "mean_score_time": np.zeros(len(times)),
        "std_score_time": np.zeros(len(times)),
        **{
            f"param_{name}": _column([point[name] for point in figures.points])
            for name in axes_in(results)
        },
        "params": [point.as_dict() for point in figures.points],
        **scores,
        "rank_test_score": _ranks(-scores["mean_test_score"]),
        **accuracies,
        **losses,
        "rank_test_loss": _ranks(losses["mean_test_loss"]),
        **plain,
        **_columns("train_loss", figures.training_loss),
        **_of_outputs(results),
        "epochs": figures.epochs,
    }


def _of_outputs(results: xr.Dataset) -> dict[str, AnyArray]:
    columns = (_columns(name, each) for name, each in output_columns(results).items())
    return {name: each for found in columns for name, each in found.items()}


def _column(values: list[Value]) -> AnyArray:
    """Return the values of an axis, as a numeric array if all are numbers."""
    if all(isinstance(value, float) for value in values):
        return np.ma.masked_array(np.array(values))
    column = np.empty(len(values), object)
    column[:] = values
    return np.ma.masked_array(column)


def _columns(name: str, by_fold: Float64) -> dict[str, AnyArray]:
    """Return each fold, the mean, and the standard deviation as in GridSearchCV (ddof 0)."""
    split = {f"split{fold}_{name}": by_fold[:, fold] for fold in range(by_fold.shape[1])}
    return {**split, f"mean_{name}": by_fold.mean(axis=1), f"std_{name}": by_fold.std(axis=1)}


def _ranks(values: Float64) -> AnyArray:
    """Rank from 1 for the lowest; ties share the lower rank, and NaN come last."""
    ranks: AnyArray = rankdata(np.where(np.isnan(values), np.inf, values), method="min")
    return ranks.astype(np.int32)
