"""A search with tuning: a coarse round over the network, the surface around what led, once back.

The coarse round goes through the parameters one by one and compares each with its alternatives at
a mildly regularized point; all are trained on the same folds from the same random numbers, wherever
shapes allow. Then the surface is searched. At the point that it chose, the parameters are compared
once more; then the regularizers of a cocktail, where one is asked for. Where that changes any, the
surface is searched again.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from dropdecay.axes import Point
from dropdecay.data.cuts import Cuts
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.engine.protocol import Engine, Fit
from dropdecay.errors import BadSetting
from dropdecay.estimators.alternatives import (
    alternatives_to,
    asked_of,
    check_tune,
    mild_point,
    same_point,
    task_with,
)
from dropdecay.estimators.cocktail import (
    N_PASSES,
    check_cocktail,
    is_mixed,
    mixed_task,
    regularizers_of,
    to_mix,
    value_of,
)
from dropdecay.estimators.fit_surface import (
    Memory,
    OnFound,
    cuts_of,
    encoded_folds,
    search_surface,
)
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.estimators.trial import Trial, raced
from dropdecay.knobs import AXES
from dropdecay.policies.race import overlap_in
from dropdecay.search import Findings, OnFit, OnForecast, OnNotice, OnPart
from dropdecay.selection.tuning import Step, Tuning, step_of, value_in_words
from dropdecay.surface.budget import Budget
from dropdecay.surface.forecast import Forecast

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV

COARSE_SHARE, BACK_SHARE, COCKTAIL_SHARE = 0.25, 0.5, 0.6
"""Shares of the budget after which no further parameter is compared, before the surface and after
it, and no further regularizer."""


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


def check_tuning(search: "BaseSurfaceCV", task: SurfaceTask) -> None:
    """Refuse what cannot be tuned or mixed, before anything is trained.

    Raises
    ------
    BadSetting
    """
    check_tune(search, task)
    check_cocktail(search, task)


def searches_again(search: "BaseSurfaceCV") -> bool:
    """Return whether the surface may be searched more than once."""
    return asked_of(search) is not None or is_mixed(search)


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
    began = time.monotonic()

    def search_it(
        task: SurfaceTask, memory: Memory, tell: Listeners, hears: OnFound | None
    ) -> Findings:
        return search_surface(
            task, memory, tell.on_fit, tell.on_notice, tell.on_forecast, tell.on_part, hears, began
        )

    def whole(task: SurfaceTask, memory: Memory, tell: Listeners) -> Findings:
        return search_it(task, memory, tell, None if on_found is None else on_found(task))

    if not searches_again(search):
        return Found(task, memory, whole(task, memory, listeners), None)
    listeners = replace(listeners, on_notice=once(listeners.on_notice))
    with _Tuner(search, task, memory, listeners, began) as tuner:
        tuner.tell_forecast()
        silent = replace(listeners, on_forecast=None)
        is_tuned = asked_of(search) is not None
        if is_tuned:
            tuner.tune(mild_point(task.axes), COARSE_SHARE, after_surface=False)
        now, remembered = tuner.task(), tuner.memory()
        first = search_it(surface_alone(now), remembered, silent, None)
        chosen = same_point(first.choice.chosen.point, now, task)
        before = dict(tuner.changed)
        if is_tuned:
            tuner.tune(chosen, BACK_SHARE, after_surface=True)
        if is_mixed(search):
            tuner.mix(chosen)
        if tuner.changed != before:
            now, remembered = mixed_task(search, task, tuner.changed), tuner.memory()
        # Where nothing was changed, the runs of the first surface are remembered.
        return Found(now, remembered, whole(now, remembered, silent), tuner.tuning())


def surface_alone(task: SurfaceTask) -> SurfaceTask:
    """Return the task without what follows a surface: outputs, repeats and other models.

    They are for the surface that is searched last, and would spend the budget before it.
    """
    return replace(task, n_repeats=1, records=False, baselines=())


def once(tell: OnNotice | None) -> OnNotice | None:
    """Return what tells a sentence the first time only: two surfaces may say the same."""
    if tell is None:
        return None
    told: set[str] = set()

    def tell_new(sentence: str) -> None:
        if sentence not in told:
            told.add(sentence)
            tell(sentence)

    return tell_new


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
        self._is_complete, self._n_done, self._total = True, 0, 0
        self._trials: dict[object, Trial | None] = {}
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

    def n_networks(self, alternatives: Iterable[Sequence[object]]) -> int:
        """How many networks one pass trains at most, by the alternatives of each parameter."""
        n_each = self._cuts.n_folds * self.given.n_seeds
        return n_each * (1 + sum(map(len, alternatives)))

    def tell_forecast(self) -> None:
        """Tell what everything will cost, by the surface of the parameters as given."""
        if self.listeners.on_forecast is None:
            return
        cost = _forecast_of(self.given, self.kept)
        passes = 0
        if asked_of(self.search) is not None:
            passes += 2 * self.n_networks(alternatives_to(self.search, self.given).values())
        if is_mixed(self.search):
            tried = [knob.usual for knob in regularizers_of(self.search, self.given)]
            passes += N_PASSES * self.n_networks(tried)
        seconds = passes * cost.seconds / max(cost.networks, 1)
        if self.given.budget is None and not self.search.nested:
            seconds = 2 * seconds + cost.seconds  # the search without the rows set aside
        self.listeners.on_forecast(replace(cost, tuning_networks=passes, seconds_of_tuning=seconds))

    def tune(self, point: Point, share: float, *, after_surface: bool) -> None:
        """Go through the parameters of the network once, at a point of the task as given."""
        others = alternatives_to(self.search, self.task())
        self._total = self.n_networks(others.values())
        self._tell_part("tuning at the chosen point" if after_surface else "tuning")
        place = f"{'after' if after_surface else 'before'} the surface"
        self._compare(others.items(), point, share, place, after_surface=after_surface)

    def mix(self, point: Point) -> None:
        """Go through the regularizers of a cocktail, twice if any is kept."""
        knobs = regularizers_of(self.search, self.given)
        self._total = self.n_networks(knob.usual for knob in knobs)
        for number in range(1, N_PASSES + 1):
            self._tell_part(f"cocktail, pass {number}")
            before = dict(self.changed)
            others = to_mix(self.search, self.given, self.changed)
            place = f"pass {number} of the cocktail"
            self._compare(others, point, COCKTAIL_SHARE, place, after_surface=True)
            if self.changed == before or not self._is_complete:
                return

    def _tell_part(self, name: str) -> None:
        self._n_done = 0
        if self.listeners.on_part is not None:
            self.listeners.on_part(name)

    def _compare(
        self,
        alternatives: Iterable[tuple[str, Sequence[object]]],
        point: Point,
        share: float,
        place: str,
        *,
        after_surface: bool,
    ) -> None:
        """Compare each parameter with its alternatives, and take what leads."""
        for parameter, others in alternatives:
            if self._budget.is_past(
                share, f"{parameter}, {place}", of=(self.given.axes, self.given.setting)
            ):
                self._is_complete = False
                return
            now = self._value_of(parameter)
            # Tuning may go back to what was given.
            values = [*dict.fromkeys((now, *others, self._given_value(parameter)))]
            tried = [self._trial(self._with(parameter, value), point) for value in values]
            costs = raced(tried, self._cuts, self.given.race)
            overlap = overlap_in(self._cuts)
            step = step_of(parameter, values, costs, overlap, after_surface=after_surface)
            self._steps.append(step)
            taken = self._with(parameter, values[step.taken])
            self.changed.clear()
            self.changed.update(taken)
            if step.taken and self.listeners.on_notice is not None:
                self.listeners.on_notice(f"Tuning: {step}.")

    def _given_value(self, parameter: str) -> object:
        value = getattr(self.search, parameter)
        if parameter in AXES and AXES[parameter].regularizes:
            return value_of(self.search, parameter, {})
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

    def _trial(self, changed: Mapping[str, object], point: Point) -> Trial | None:
        """Return a point with some parameters changed; None: it cannot be trained."""
        key = point, tuple(sorted((name, value_in_words(each)) for name, each in changed.items()))
        if key in self._trials:
            return self._trials[key]
        try:
            task = self.task(changed)
            here = same_point(point, self.given, task)
            self._trials[key] = Trial(
                task, here, self._cuts, self._folds_of(task, changed),
                self.memory(changed).engine, self._tell,
            )  # fmt: skip
        except BadSetting:
            self._trials[key] = None  # such a decay cannot be trained at this learning rate
        return self._trials[key]

    def _tell(self, fit: Fit) -> None:
        self._n_done += 1
        if self.listeners.on_fit is not None:
            self.listeners.on_fit(fit, self._n_done, max(self._n_done, self._total))


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
