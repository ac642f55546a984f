"""Results and target -> the out-of-fold outputs of the chosen point."""

from dataclasses import replace

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.output_losses import LARGEST, SMALLEST
from dropdecay.data.targets import Target, class_probabilities
from dropdecay.parts import LOSSES
from dropdecay.safe_text import visible
from dropdecay.trust.out_of_fold import OutOfFold
from dropdecay.trust.threshold import Wanted


def gather(
    results: xr.Dataset,
    target: Target,
    sample_weight: Floating | None,
    numbers: Int64 | None = None,
) -> OutOfFold | None:
    """Return the outputs of the chosen point; None: none were kept, or a row has no class or value.

    Parameters
    ----------
    results : xarray.Dataset
        With ``out_of_fold_output``, as ``surface.row_outputs`` gives it.
    target : Target
        Of the rows that were searched.
    sample_weight : shape (n_rows,) or None
        Of the same rows, without weights of classes.
    numbers : shape (n_rows,), int64, or None
        Of these rows in the table given to ``fit``; None: they are that table.
    """
    scored = target.own_loss is None or target.own_loss.is_scored
    if "out_of_fold_output" not in results or not scored:
        return None
    row, fold = results["row"].values, results["held_out_by"].values
    place = places_of(row, numbers)
    weight = np.ones(row.size) if sample_weight is None else sample_weight[place].astype(float)
    kept = (fold >= 0) & (weight > 0.0)
    if not kept.any():
        return None
    row, fold, place, weight = row[kept], fold[kept], place[kept], weight[kept]
    outputs = results["out_of_fold_output"].values[0][kept].astype(np.float64)
    kind, true, outputs = _true_and_outputs(target, place, outputs)
    names = target.output_names if kind == "values" else _class_names(target)
    several = kind == "values" and target.n_outputs > 1
    n_given = int(results["row"].attrs.get("sample_of", results.sizes["row"]))
    return OutOfFold(
        kind=kind, names=names, true=true, outputs=outputs, fold=fold, row=row, weight=weight,
        classes=None if kind != "classes" else np.asarray(target.classes),
        is_squared=kind != "values" and LOSSES[target.loss].parameter == "squared_error",
        unit=target.scale if several else np.ones(1),
        n_given=n_given,
        is_sample=numbers is None and n_given > results.sizes["row"],
    )  # fmt: skip


def places_of(row: Int64, numbers: Int64 | None) -> Int64:
    """Return where rows of the table given to ``fit`` lie among the rows that were searched."""
    if numbers is None:
        return row
    order = np.argsort(numbers)
    return np.asarray(order[np.searchsorted(numbers, row, sorter=order)])


def _class_names(target: Target) -> tuple[str, ...]:
    return tuple(visible(each, None) for each in np.asarray(target.classes).tolist())


def _true_and_outputs(
    target: Target, place: Int64, outputs: Float64
) -> tuple[str, Floating | Int64, Float64]:
    if target.classes is None:
        values = target.matrix if target.values is None else target.values
        return "values", values[place].astype(np.float64), outputs
    if target.labels is None:
        return (
            "labels",
            target.matrix[place].astype(np.int64),
            np.clip(outputs, SMALLEST, LARGEST),
        )
    if outputs.shape[1] == 1:
        outputs = np.asarray(class_probabilities(np.clip(outputs, SMALLEST, LARGEST)), np.float64)
    total = outputs.sum(axis=1, keepdims=True)
    return "classes", target.matrix[place, 0].astype(np.int64), outputs / total


def applied(found: OutOfFold, *, temperature: bool, threshold: Wanted) -> OutOfFold:
    """Return the outputs as the model will use them: at its temperature, cut at its threshold."""
    if temperature:
        found = found.cooled()
    if threshold is None:
        return found
    return replace(found, threshold=found.choose_threshold(threshold))
