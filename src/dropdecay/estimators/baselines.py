"""Other models beside the network of a task: what they are judged on, and what that costs."""

from dataclasses import replace
from typing import TYPE_CHECKING

import joblib
import numpy as np

from dropdecay.arrays import Int64
from dropdecay.baselines.columns import columns_of
from dropdecay.baselines.ground import Ground
from dropdecay.baselines.judge import judge_baselines
from dropdecay.baselines.models import most_rows
from dropdecay.data.cuts import Cuts
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import vectorizer_in
from dropdecay.data.row_scores import row_score
from dropdecay.engine.buffers import n_params
from dropdecay.engine.protocol import Matrix
from dropdecay.search import Findings, OnForecast, OnNotice, OnPart
from dropdecay.settings import Module
from dropdecay.surface.budget import Budget
from dropdecay.surface.forecast import Forecast

if TYPE_CHECKING:
    from dropdecay.estimators.surface_task import SurfaceTask

NO_TIME = "The budget was spent before other models could be judged."

FLOPS = 1e10
"""Floating-point operations that a usual core does in a second of training."""


def with_baselines(
    task: "SurfaceTask",
    findings: Findings,
    encoded: EncodedFolds,
    cuts: Cuts,
    budget: Budget,
    on_part: OnPart | None,
    on_notice: OnNotice | None,
) -> Findings:
    """Add what other models make of the same folds to what was found."""
    if not task.baselines:
        return findings
    if on_part is not None:
        on_part("baselines")
    refit_s = float(np.nanmax(findings.results["wall_s"]))
    ground = Ground(
        cuts=cuts,
        columns_of=lambda fold: _columns(task, encoded, fold),
        target=task.target,
        sample_weight=task.sample_weight,
        groups=task.groups,
        moments=task.moments,
        score=row_score(task.scoring, task.target, task.sample_weight),
        random_state=task.random_state,
        n_jobs=_n_threads(task),
        price_of_surface=_price_of_surface(task, findings, encoded),
        time_is_up=lambda n_cuts: budget.is_spent(n_cuts, refit_s, of=("baselines", task.axes)),
    )
    found = judge_baselines(task.baselines, ground, findings)
    return replace(findings, baselines=found) if found else _without(findings, NO_TIME, on_notice)


def _without(findings: Findings, why: str, on_notice: OnNotice | None) -> Findings:
    """Tell why there are no other models, and keep it."""
    if on_notice is not None:
        on_notice(why)
    return replace(findings, notices=(*findings.notices, why))


def _columns(
    task: "SurfaceTask", encoded: EncodedFolds, fold: int
) -> tuple[Matrix, tuple[Int64, ...]]:
    """Return the rows of a fold, and the columns that are made of each column of categories."""
    encoder = encoded.encoder(fold) if task.encoded is None else task.encoded.encoder
    X, categories = columns_of(encoded(fold).X, encoder)
    vectorizer = vectorizer_in(encoder)
    if vectorizer is not None:
        categories = vectorizer.one_hot_columns()
    return X, categories


def _n_threads(task: "SurfaceTask") -> int:
    """Return how many models are fitted at once: on this machine, whoever trains the networks."""
    return max(1, min(task.n_jobs, int(joblib.cpu_count())))


def _price_of_surface(task: "SurfaceTask", findings: Findings, encoded: EncodedFolds) -> float:
    """Return the seconds in which a usual core trains the surface, from its sizes alone."""
    results = findings.results
    network = task.setting.network
    if isinstance(network, Module):
        size = network.n_params
    else:
        size = n_params(replace(network, n_inputs=encoded(0).X.shape[1]))
    rows = results["end"] * results["n_training"] * results["wall_s"].notnull()
    return 6.0 * size * float(rows.sum()) / FLOPS


def seconds_of_baselines(task: "SurfaceTask", encoded: EncodedFolds) -> float:
    """Return how long the folds of the surface take, for a forecast."""
    if not task.baselines:
        return 0.0
    X, target = _columns(task, encoded, 0)[0], task.target
    n_training, n_columns = min(len(task.folds[0][0]), most_rows(X)), X.shape[1]
    a_fold = sum(
        model.forecast(n_training, n_columns, target.n_outputs) for model in task.baselines
    )
    n_folds = len(task.folds)
    return a_fold * n_folds / min(_n_threads(task), n_folds)


def forecast_with(on_forecast: OnForecast | None, seconds: float) -> OnForecast | None:
    """Return what passes a forecast on with the time of the other models."""
    if on_forecast is None:
        return None

    def pass_on(cost: Forecast) -> None:
        on_forecast(replace(cost, seconds_of_baselines=seconds))

    return pass_on
