"""A search with tuning: a coarse round over the network, the surface around what led, once back.

The coarse round goes through the parameters one by one and compares each with its alternatives at
a mildly regularized point; all are trained on the same folds from the same random numbers, wherever
shapes allow. Then the surface is searched. At the point that it chose, the parameters are compared
once more, and where that changes any, the surface is searched again.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.axes import Axes, Axis, Point
from dropdecay.data.cuts import Cuts
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.engine.protocol import Engine, Fit, Problem
from dropdecay.errors import BadSetting
from dropdecay.estimators.alternatives import (
    alternatives_to,
    asked_of,
    mild_point,
    same_point,
    task_with,
)
from dropdecay.estimators.fit_surface import (
    Memory,
    OnFound,
    cuts_of,
    encoded_folds,
    score_of_rows,
    search_surface,
)
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.policies.race import costs_by_fold, overlap_in
from dropdecay.search import Findings, OnFit, OnForecast, OnNotice, OnPart
from dropdecay.selection.tuning import Step, Tuning, step_of, value_in_words
from dropdecay.surface.budget import Budget
from dropdecay.surface.forecast import Forecast
from dropdecay.surface.plan import Plan

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV

COARSE_SHARE, BACK_SHARE = 0.25, 0.5
"""Shares of the budget after which no further parameter is compared, before the surface and after
it."""


@dataclass(frozen=True)
class Found:
    """What a search found, and the task that it ended with.

    Parameters
    ----------
    task : SurfaceTask
        With the parameters that tuning took.
    memory : Memory
        Where its runs are kept.
    findings : Findings
    tuning : Tuning or None
        None: nothing was tuned.
    """

    task: SurfaceTask
    memory: Memory
    findings: Findings
    tuning: Tuning | None


@dataclass(frozen=True)
class Listeners:
    """Who is told of what; as for ``search.search``."""

    on_fit: OnFit | None = None
    on_notice: OnNotice | None = None
    on_forecast: OnForecast | None = None
    on_part: OnPart | None = None


def find(
    search: "BaseSurfaceCV",
    task: SurfaceTask,
    memory: Memory,
    listeners: Listeners,
    on_found: Callable[[SurfaceTask], OnFound] | None = None,
) -> Found:
    """Search the surface of a task, and tune before and after it if the estimator says so.

    Parameters
    ----------
    search : estimator
    task : SurfaceTask
    memory : Memory
    listeners : Listeners
    on_found : callable, optional
        Returns what is called with the findings of a task.
    """

    def search_it(task: SurfaceTask, memory: Memory, began: float, tell: Listeners) -> Findings:
        return search_surface(
            task, memory, tell.on_fit, tell.on_notice, tell.on_forecast, tell.on_part,
            None if on_found is None else on_found(task), began,
        )  # fmt: skip

    began = time.monotonic()
    if asked_of(search) is None:
        return Found(task, memory, search_it(task, memory, began, listeners), None)
    with _Tuner(search, task, memory, listeners, began) as tuner:
        tuner.tell_forecast()
        silent = replace(listeners, on_forecast=None)
        point = mild_point(task.axes)
        tuner.compare(point, COARSE_SHARE, after_surface=False)
        now, remembered = tuner.task(), tuner.memory()
        findings = search_it(now, remembered, began, silent)
        chosen = same_point(findings.choice.chosen.point, now, task)
        before = dict(tuner.changed)
        tuner.compare(chosen, BACK_SHARE, after_surface=True)
        if tuner.changed != before:
            now, remembered = tuner.task(), tuner.memory()
            findings = search_it(now, remembered, began, silent)
        return Found(now, remembered, findings, tuner.tuning())


@dataclass
class _Tuner:
    """Compares alternatives one parameter after the other, and knows what was taken so far.

    Parameters
    ----------
    search, given, kept, listeners, began
        As for :func:`find`: ``given`` and ``kept`` are the task and the memory before tuning.
    changed : dict
        The parameters that were taken in place of those that were given.
    """

    search: "BaseSurfaceCV"
    given: SurfaceTask
    kept: Memory
    listeners: Listeners
    began: float
    changed: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._steps: list[Step] = []
        self._encoded: dict[object, EncodedFolds] = {}
        self._is_complete = True
        self._cuts: Cuts = cuts_of(self.given)
        self._budget = Budget(self.given.budget, self.kept.decisions, began=self.began)
        self._stack = ExitStack()

    def __enter__(self) -> "_Tuner":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def task(self, changed: Mapping[str, object] | None = None) -> SurfaceTask:
        """Return the task with what was taken so far, or with other parameters."""
        return task_with(self.search, self.given, self.changed if changed is None else changed)

    def memory(self, changed: Mapping[str, object] | None = None) -> Memory:
        """Return where runs are kept: those on rows encoded otherwise stand apart."""
        changed = self.changed if changed is None else changed
        if "numeric_encoding" not in changed:
            return self.kept
        name, engine_for = f"numeric encoding {changed['numeric_encoding']}", self.kept.engine_for

        def apart(part: str) -> Engine:
            return engine_for(f"{name}, {part}")

        return replace(self.kept, engine=engine_for(name), engine_for=apart)

    def tuning(self) -> Tuning:
        """Return what was compared and taken."""
        return Tuning(tuple(self._steps), dict(self.changed), self._is_complete)

    @property
    def n_networks(self) -> int:
        """How many networks one pass trains."""
        n_each = self._cuts.n_folds * self.given.n_seeds
        return n_each * (1 + sum(map(len, alternatives_to(self.search, self.given).values())))

    def tell_forecast(self) -> None:
        """Tell what everything will cost, by the surface of the parameters as given."""
        if self.listeners.on_forecast is None:
            return
        cost = _forecast_of(self.given, self.kept)
        seconds = 2 * self.n_networks * cost.seconds / max(cost.networks, 1)
        if self.given.budget is None and not self.search.nested:
            seconds = 2 * seconds + cost.seconds  # the search without the rows set aside
        self.listeners.on_forecast(
            replace(cost, tuning_networks=2 * self.n_networks, seconds_of_tuning=seconds)
        )

    def compare(self, point: Point, share: float, *, after_surface: bool) -> None:
        """Go through the parameters once, at a point of the task as given."""
        if self.listeners.on_part is not None:
            self.listeners.on_part("tuning at the chosen point" if after_surface else "tuning")
        costs: dict[object, Float64] = {}
        done = 0

        def cost(changed: Mapping[str, object]) -> Float64:
            nonlocal done
            key = tuple(sorted((name, value_in_words(value)) for name, value in changed.items()))
            if key not in costs:
                costs[key], done = self._costs(changed, point, done)
            return costs[key]

        for parameter, others in alternatives_to(self.search, self.task()).items():
            place = f"{parameter}, {'after' if after_surface else 'before'} the surface"
            if self._budget.is_past(share, place, of=(self.given.axes, self.given.setting)):
                self._is_complete = False
                return
            now = self._value_of(parameter)
            # Tuning may go back to what was given.
            values = [*dict.fromkeys((now, *others, self._given_value(parameter)))]
            found = np.array([cost(self._with(parameter, value)) for value in values])
            overlap = overlap_in(self._cuts)
            step = step_of(parameter, values, found, overlap, after_surface=after_surface)
            self._steps.append(step)
            self.changed = self._with(parameter, values[step.taken])
            if step.taken and self.listeners.on_notice is not None:
                self.listeners.on_notice(f"Tuning: {step}.")

    def _given_value(self, parameter: str) -> object:
        value = getattr(self.search, parameter)
        if parameter == "hidden_layer_sizes":
            return self.given.setting.layers.hidden_layer_sizes
        return self.given.setting.schedule.batch_size if parameter == "batch_size" else value

    def _value_of(self, parameter: str) -> object:
        return self.changed.get(parameter, self._given_value(parameter))

    def _with(self, parameter: str, value: object) -> dict[str, object]:
        """Return what was taken so far with another value of one parameter."""
        others = {name: each for name, each in self.changed.items() if name != parameter}
        if value == self._given_value(parameter):
            return others
        return {**others, parameter: value}

    def _folds_of(self, task: SurfaceTask, changed: Mapping[str, object]) -> EncodedFolds:
        """Return the folds, encoded once for each encoding."""
        name = changed.get("numeric_encoding", "as given")
        if name not in self._encoded:
            folds = encoded_folds(task, self._cuts)
            self._encoded[name] = self._stack.enter_context(folds)
        return self._encoded[name]

    def _costs(self, changed: Mapping[str, object], point: Point, done: int) -> tuple[Float64, int]:
        """Train a network per fold and seed; return its costs by fold, and how many are done."""
        nothing = np.full(self._cuts.n_folds, np.nan)
        try:
            task = self.task(changed)
            here = same_point(point, self.given, task)
            single = Axes(tuple(Axis(name, (value,)) for name, value in here.values))
            plan = Plan(
                single, task.setting, self._cuts.n_folds, task.n_seeds, task.random_state,
                adaptive=task.adaptive,
            )  # fmt: skip
        except BadSetting:
            return nothing, done  # such a decay cannot be trained at this learning rate
        encoded = self._folds_of(task, changed)
        problem = Problem(self._cuts, encoded, score_of_rows(task), task.row_weight)
        fits: dict[tuple[int, int], Fit] = {}
        for fit in self.memory(changed).engine(problem, plan.runs, n_jobs=task.n_jobs):
            fits[fit.run.fold, fit.run.seed] = fit
            done += 1
            if self.listeners.on_fit is not None:
                self.listeners.on_fit(fit, done, max(done, self.n_networks))
        folds, seeds = range(self._cuts.n_folds), range(task.n_seeds)
        costs = costs_by_fold([[fits[f, s] for s in seeds] for f in folds], task.criterion)
        by_loss = task.criterion == "loss"
        return costs * (task.target.loss_scale if by_loss else 1.0), done


class _Heard(Exception):
    """Carries a forecast out of a search before anything is trained."""

    def __init__(self, forecast: Forecast) -> None:
        super().__init__()
        self.forecast = forecast


def _forecast_of(task: SurfaceTask, memory: Memory) -> Forecast:
    def stop(forecast: Forecast) -> NoReturn:
        raise _Heard(forecast)

    try:
        search_surface(task, memory, on_forecast=stop)
    except _Heard as heard:
        return heard.forecast
    raise AssertionError("a search tells its forecast before it trains")
