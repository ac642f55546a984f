"""How well each of several values is predicted: R2 and loss by output, of rows while held out.

The score and the loss of a point are means over outputs, in which a good one hides a bad one. What
the recorded points said of each row tells them apart.
"""

import numpy as np
import pandas as pd
import xarray as xr

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.scoring import r2_by_output
from dropdecay.data.targets import Target
from dropdecay.selection.points import axes_in, by_point
from dropdecay.statistics.folds import standard_error
from dropdecay.trust.gather import places_of

R2, LOSS = "output_r2", "output_loss"
BY_OUTPUT = ("recorded_point", "fold", "output")


def with_output_scores(
    results: xr.Dataset,
    target: Target,
    sample_weight: Floating | None,
    numbers: Int64 | None = None,
) -> xr.Dataset:
    """Return results with R2 and loss by recorded point, fold and output.

    Losses are in units of each output's variance. Unchanged for classes, for a single value, and
    where nothing was recorded. ``numbers`` are those of the rows of the target in the table given
    to ``fit``, (n_rows,); None: they are that table.
    """
    if target.values is None or target.n_outputs == 1 or "out_of_fold_output" not in results:
        return results
    rows = places_of(results["row"].values, numbers)
    judge = results["held_out_by"].values
    true = (target.values[rows] - target.center) / target.scale
    weights = np.ones(rows.size) if sample_weight is None else sample_weight[rows]
    said = (results["out_of_fold_output"].values - target.center) / target.scale
    shape = (len(said), results.sizes["fold"], target.n_outputs)
    r2, loss = np.full(shape, np.nan), np.full(shape, np.nan)
    for fold in range(shape[1]):
        here = (judge == fold) & (weights > 0)
        if not here.any():  # repeats judge again what the first folds have judged
            continue
        for point in range(shape[0]):
            errors = (true[here] - said[point, here]) ** 2
            r2[point, fold] = r2_by_output(true[here], said[point, here], weights[here])
            loss[point, fold] = np.average(errors, axis=0, weights=weights[here])
    units = {"long_name": "squared error in units of the output's variance"}
    return results.assign({R2: (BY_OUTPUT, r2), LOSS: (BY_OUTPUT, loss, units)})


def chosen_output_scores(results: xr.Dataset, target: Target, y: object) -> pd.DataFrame | None:
    """Return R2 and errors of the chosen point, a row an output; None: there is a single one.

    Outputs are called as the columns of ``y``, the targets as the user gave them, or numbered.
    """
    if R2 not in results:
        return None
    r2, loss = (_judged(results[name].values[0]) for name in (R2, LOSS))
    columns = {
        "r2": r2.mean(axis=0),
        "r2_standard_error": standard_error(r2.T),
        "loss": loss.mean(axis=0),
        "rmse": np.sqrt(loss.mean(axis=0)) * target.scale,
    }
    named = getattr(y, "columns", None)  # of pandas and of polars
    names = results["output"].values if named is None else [str(each) for each in named]
    return pd.DataFrame(columns, index=pd.Index(names, name="output"))


def _judged(by_fold: Float64) -> Float64:
    """Return the folds that judge any rows."""
    return by_fold[~np.isnan(by_fold).all(axis=1)]


def output_columns(results: xr.Dataset) -> dict[str, Float64]:
    """Return R2 and loss by point and fold, NaN for points that were not recorded, by column."""
    if R2 not in results:
        return {}
    points = by_point(results)
    place = {values: i for i, values in enumerate(_named(points, ""))}
    at = [place[values] for values in _named(points, "recorded_")]
    found = {}
    for name, short in ((R2, "r2"), (LOSS, "loss")):
        for i, output in enumerate(results["output"].values):
            column = np.full((len(place), results.sizes["fold"]), np.nan)
            column[at] = results[name].values[:, :, i]
            found[f"test_{short}_of_output_{output}"] = column
    return found


def _named(results: xr.Dataset, prefix: str) -> list[str]:
    """Return the points that coordinates name, as text, in which NaN equals NaN."""
    columns = [results[f"{prefix}{name}"].values.tolist() for name in axes_in(results)]
    return [repr(row) for row in zip(*columns, strict=True)]
