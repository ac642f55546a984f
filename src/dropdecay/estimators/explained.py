"""What the networks of the folds say of a search: importance, partial dependence, coverage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import Float64, Floating
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.output_losses import losses_of_outputs
from dropdecay.data.targets import Target, class_probabilities
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.estimators.intervals import LEVEL
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.explain.coverage import Coverage, coverage_of_classes, coverage_of_values
from dropdecay.explain.dependence import (
    MOST_OUTPUTS,
    Outputs,
    PartialDependence,
    partial_dependence,
)
from dropdecay.explain.fold_networks import FoldNetworks
from dropdecay.explain.held_out import HeldOut, blocks_of, dense, names_of
from dropdecay.explain.importance import MOST_ROWS, Importance, importance_of
from dropdecay.request import Request
from dropdecay.search import Findings
from dropdecay.statistics.corrected import overlap_of
from dropdecay.trust.gather import places_of

MOST_NUMBERS = 20_000_000
"""Of all held-out rows together, encoded and dense."""
SAMPLE = 0x68656C64
"""Stands in the seed of the sample of rows, so that nothing else draws the same numbers."""


@dataclass(frozen=True)
class Explained:
    """What was found.

    Parameters
    ----------
    importance : Importance or None
    dependence : tuple of PartialDependence
    coverage : Coverage or None
    """

    importance: Importance | None = None
    dependence: tuple[PartialDependence, ...] = ()
    coverage: Coverage | None = None


def explain(
    task: SurfaceTask,
    findings: Findings,
    request: Request,
    encoded: EncodedFolds,
    networks: FoldNetworks,
    names: Sequence[str] | None,
) -> Explained:
    """Read the networks of the folds; nothing is trained.

    Parameters
    ----------
    task, findings, request, encoded
        Of the search, while its folds are encoded.
    networks : FoldNetworks
        Of the chosen point.
    names : sequence of str, optional
        Of the columns, where the rows are an array.
    """
    target, folds = task.target, _held_out(task, request, encoded, networks, names)
    sizes = np.array([[len(part) for part in fold] for fold in task.folds])
    overlap = overlap_of(sizes[:, 0], sizes[:, 1])
    coverage = _coverage(task, findings, networks)

    def loss_of(held_out: HeldOut, outputs: Floating) -> Float64:
        n_times = len(outputs) // len(held_out.targets)
        targets = np.tile(held_out.targets, (n_times, 1))
        by_time = losses_of_outputs(target.loss, outputs, targets).reshape(n_times, -1)
        weights = held_out.weights
        if weights is None or not weights.any():
            return np.asarray(target.loss_scale * by_time.mean(axis=1))
        return np.asarray(target.loss_scale * np.average(by_time, axis=1, weights=weights))

    if not folds:
        return Explained(coverage=coverage)
    loss_name = str(findings.results.attrs["loss_name"])
    with one_blas_thread():  # once, not in each of some hundred predictions
        importance = importance_of(folds, loss_name, loss_of, overlap, task.random_state)
        if importance is None or any(each.rows is None for each in folds):
            return Explained(importance, coverage=coverage)
        columns = [each.column for each in importance.columns]
        dependence = partial_dependence(folds, columns, _outputs(target), overlap)
    return Explained(importance, dependence, coverage)


def _held_out(
    task: SurfaceTask,
    request: Request,
    encoded: EncodedFolds,
    networks: FoldNetworks,
    names: Sequence[str] | None,
) -> list[HeldOut]:
    """Return a sample of the rows that each fold holds out; empty where columns are unknown."""
    if task.encoded is None:
        columns = tuple(names_of(task.rows, names))
    else:
        reading = task.encoded.encoding.reading
        columns = () if reading is None else tuple(each.name for each in reading.learnt_from)
    n_features = networks.folds[0].network.n_inputs or 1
    n_each = min(MOST_ROWS, MOST_NUMBERS // n_features) // len(networks.folds)
    found = []
    for number, fold in enumerate(networks.folds):
        drawn = np.random.default_rng((task.random_state, SAMPLE, number))
        taken = drawn.permutation(request.problem.rows[number].validation)[: max(2, n_each)]
        X = dense(encoded(number).X[taken])
        blocks = blocks_of(fold.encoder, columns, X.shape[1])
        if task.encoded is not None and blocks is None:
            return []
        weights = task.sample_weight
        rows = task.rows.iloc[taken] if isinstance(task.rows, pd.DataFrame) else task.rows[taken]
        found.append(
            HeldOut(
                fold, columns, None if task.encoded is not None else rows, X, blocks,
                task.target.matrix[taken], None if weights is None else weights[taken],
            )
        )  # fmt: skip
    return found


def _outputs(target: Target) -> Outputs:
    if target.classes is None:
        names = target.output_names[:MOST_OUTPUTS]

        def values(outputs: Floating) -> Float64:
            return np.asarray(target.center + target.scale * outputs)[:, : len(names)]

        return Outputs(names, values, are_probabilities=False)
    every, which = target.output_names, np.arange(target.n_outputs)
    if target.n_outputs > MOST_OUTPUTS:
        # The classes that most rows have, or the labels.
        which = np.sort(np.argsort(-target.exact_outputs.sum(axis=0), kind="stable")[:MOST_OUTPUTS])

    def probabilities(outputs: Floating) -> Float64:
        return outputs[:, which].astype(np.float64)

    return Outputs(tuple(every[i] for i in which), probabilities, are_probabilities=True)


def _coverage(task: SurfaceTask, findings: Findings, networks: FoldNetworks) -> Coverage | None:
    target, results = task.target, findings.results
    if target.classes is None:
        return coverage_of_values(networks, LEVEL)
    if target.labels is None:
        return None
    of_chosen = results["out_of_fold_output"].values[0]  # the chosen point is recorded first
    judge, rows = results["held_out_by"].values, results["row"].values
    judging = [i for i, fold in enumerate(networks.folds) if len(fold.misfits)]
    held = np.isin(judge, judging)
    places = places_of(rows[held], task.numbers)
    return coverage_of_classes(
        networks,
        class_probabilities(of_chosen[held]).astype(np.float64),
        target.matrix[places, 0].astype(np.int64),
        np.searchsorted(judging, judge[held]),
        LEVEL,
    )
