"""Search a surface, given the task as a value."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import lesson_of
from dropdecay.data.fold_rows import MIN_MEASURED
from dropdecay.data.output_losses import loss_of_outputs
from dropdecay.data.row_scores import RowScore, row_score
from dropdecay.data.scoring import describe, loss_name, make_score
from dropdecay.engine.protocol import Engine, Problem, Score
from dropdecay.errors import BadSetting
from dropdecay.estimators.baselines import forecast_with, seconds_of_baselines, with_baselines
from dropdecay.estimators.cocktail import left_out_of
from dropdecay.estimators.pilot import encoded_pilot, setting_on_pilot
from dropdecay.estimators.surface_task import SurfaceTask, smallest_training
from dropdecay.request import Repeats, Request
from dropdecay.search import Findings, OnFit, OnForecast, OnNotice, OnPart, search
from dropdecay.selection.edges import COMPARED_BEFORE
from dropdecay.selection.plain_curves import PLAIN_BLOCKS, PLAIN_NAME
from dropdecay.selection.searched_part import ALL_ROWS, SEARCHED_ROWS
from dropdecay.selection.time_order import BY_TIME
from dropdecay.surface.affordable import check_memory_of_plan
from dropdecay.surface.budget import Budget
from dropdecay.surface.fingerprint import content_hash, fingerprint
from dropdecay.surface.pilot import Pilot
from dropdecay.surface.plan import Plan
from dropdecay.surface.row_outputs import Keeping
from dropdecay.surface.store import Store
from dropdecay.surface.stored_engine import with_store


@dataclass(frozen=True)
class Memory:
    """The engine, and the decisions of the clock; both may come from a store.

    Parameters
    ----------
    engine : Engine
    decisions : mutable mapping of str to int
    engine_for : callable
        Returns the engine for another surface, by a name that no other has.
    """

    engine: Engine
    decisions: MutableMapping[str, int]
    engine_for: Callable[[str], Engine]


OnFound = Callable[[Findings, Request, EncodedFolds], None]
"""Called with what was found and what was searched while the folds are still encoded."""


def search_surface(
    task: SurfaceTask,
    memory: Memory | None = None,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
    on_forecast: OnForecast | None = None,
    on_part: OnPart | None = None,
    on_found: OnFound | None = None,
    began: float | None = None,
) -> Findings:
    """Train the surface of a task and choose; the budget counts from ``began``, by default now."""
    memory = memory or _no_memory(task)
    cuts = cuts_of(task)
    score = None
    if task.criterion == "score":
        score = row_score(task.scoring, task.target, task.sample_weight)
    with encoded_folds(task, cuts) as encoded, _pilot_of(task) as pilot:
        plan = Plan(
            task.axes, task.setting, cuts.n_folds, task.n_seeds, task.random_state,
            adaptive=task.adaptive, n_ensemble=task.n_ensemble,
        )  # fmt: skip
        check_memory_of_plan(plan, encoded(0).X.shape[1], task.n_rows, task.n_jobs)
        seconds_after = seconds_of_baselines(task, encoded)
        budget = Budget(task.budget, memory.decisions, began=began)
        request = Request(
            problem_of(task, cuts, encoded),
            plan,
            rule=task.rule,
            criterion=task.criterion,
            loss_scale=task.target.loss_scale,
            attributes=_attributes(task, score),
            extend=task.extend,
            race=task.race,
            repeats=Repeats(
                task.n_repeats, cuts, task.sample_weight, task.groups, budget, score,
                task.plain_weight, seconds_after,
            ),
            futility=task.futility,
            folder=task.folder,
            outputs=_keeping(task) if task.records else None,
            pilot=pilot,
            loss_of_outputs=loss_of_outputs(task.target) if task.n_ensemble > 1 else None,
            left_out=left_out_of(task),
        )  # fmt: skip
        told = forecast_with(on_forecast, seconds_after)
        findings = search(
            request, memory.engine, n_jobs=task.n_jobs, timed=task.engine, on_fit=on_fit,
            on_notice=on_notice, on_forecast=told, on_part=on_part,
        )  # fmt: skip
        if on_found is not None:
            on_found(findings, request, encoded)
        return with_baselines(task, findings, encoded, cuts, budget, on_part, on_notice)


def encoded_folds(task: SurfaceTask, cuts: Cuts) -> EncodedFolds:
    """Return the rows of each cut, encoded as they are asked for; use it in a ``with`` block."""
    return EncodedFolds(
        task.encoding, task.rows, task.target.matrix, task.sample_weight, cuts.n_folds,
        cuts.training, task.folder, lesson_of(task.encoding, task.target),
    )  # fmt: skip


def problem_of(task: SurfaceTask, cuts: Cuts, encoded: EncodedFolds) -> Problem:
    """Return what all networks of a task share."""
    return Problem(cuts, encoded, score_of_rows(task), task.row_weight, task.loss_weight)


def score_of_rows(task: SurfaceTask) -> Score | None:
    """Return what scores outputs of rows."""
    return make_score(task.scoring, task.target, task.sample_weight)


def _pilot_of(task: SurfaceTask) -> AbstractContextManager[Pilot | None]:
    if task.pilot is None:
        return nullcontext()
    n_training = smallest_training(task.folds)
    return encoded_pilot(
        task.pilot, setting_on_pilot(task.setting, task.pilot, task.n_rows, n_training), n_training,
        task.encoding, task.rows, task.target.matrix, task.sample_weight, score_of_rows(task),
        task.random_state, task.folder,
        lesson_of(task.encoding, task.target),
    )  # fmt: skip


def _keeping(task: SurfaceTask) -> Keeping:
    target = task.target
    n_given = task.n_rows if task.whole is None else task.whole.numbers.size
    return Keeping(
        task.n_rows, target.output_names, target.center, target.scale, numbers=task.numbers,
        n_given=n_given,
    )  # fmt: skip


def _attributes(task: SurfaceTask, score: RowScore | None) -> dict[str, str | float | int]:
    """Return what the numbers of the results mean."""
    weight, plain = task.sample_weight, task.plain_weight
    attributes = describe(task.target, task.scoring, weight, class_weighted=plain is not None)
    if score is not None and score.constant is not None:
        attributes["baseline_score"] = score.constant
    if plain is not None:
        attributes[PLAIN_NAME] = loss_name(task.target)
        attributes[PLAIN_BLOCKS] = 1
    if task.by_time:
        attributes[BY_TIME] = 1
    if task.mixed:
        attributes[COMPARED_BEFORE] = ",".join(task.mixed)
    if task.whole is not None:
        attributes |= {SEARCHED_ROWS: task.n_rows, ALL_ROWS: task.whole.numbers.size}
    return attributes if task.pace is None else {**attributes, **task.pace.attributes()}


def cuts_of(task: SurfaceTask) -> Cuts:
    """Return the folds of a task, and how its rows are cut further."""
    recut = recut_of(task.cv, task.n_rows, task.target.labels, task.groups, task.folds, task.pilot)
    return Cuts(
        task.folds, task.random_state, recut, task.n_rows,
        min_measured=0 if task.adaptive else MIN_MEASURED,
        groups=None if task.groups is None else pd.factorize(task.groups)[0],
    )  # fmt: skip


@contextmanager
def memory_of(task: SurfaceTask, *, searches_again: bool = False) -> Iterator[Memory]:
    """Give engine and decisions; where the task has a store they remember what is finished.

    Where the surface may be searched again, they remember it until the end in any case.
    """
    with ExitStack() as stack:
        kept = _store_of(task, stack, searches_again=searches_again)
        if kept is None:
            yield _no_memory(task)
            return
        remembering = partial(with_store, task.train, together=task.engine.bits_depend_on_company)
        yield Memory(remembering(kept), kept.decisions, lambda name: remembering(kept.part(name)))
        kept.forget_states()


def _store_of(task: SurfaceTask, stack: ExitStack, *, searches_again: bool) -> Store | None:
    if task.store is not None:
        return stack.enter_context(Store(task.store, identity_of(task)))
    if not searches_again:
        return None
    try:
        identity = identity_of(task)
        folder = stack.enter_context(TemporaryDirectory(prefix="dropdecay-"))
    except (BadSetting, OSError):
        return None  # a scorer without a description, or no room: what is needed is trained again
    return stack.enter_context(Store(Path(folder) / "runs", identity))


def _no_memory(task: SurfaceTask) -> Memory:
    return Memory(task.train, {}, lambda name: task.train)


def identity_of(task: SurfaceTask) -> dict[str, str | int | dict[str, str]]:
    """Return, as JSON values, what must be equal for runs in a store to be reused.

    Settings are not included, because they are part of the name of a run. So a larger surface, or
    one with more axes, reuses the runs of a smaller one.
    """
    weights = [task.sample_weight]
    if task.plain_weight is not None:
        weights.append(task.plain_weight.own)
    optional = (each for each in (*weights, task.groups) if each is not None)
    folds = [part for fold in task.folds for part in fold]
    pilot = {}
    blocks = []
    if task.plain_weight is not None:
        blocks.append("with and without the weights of classes")
    if task.groups is not None:
        blocks.append("whole groups")
    if task.pilot is not None:
        folds += [task.pilot.rows, *(part for fold in task.pilot.folds for part in fold)]
        pilot = {"pilot": f"{task.pilot.rows.size} rows"}
    rows = (task.rows, task.target.matrix) if task.encoded is None else (task.encoded.identity,)
    return {
        "data": content_hash(*rows, *folds, *optional),
        # The same folds go on with other rows where cv can cut them anew.
        **pilot,
        # Stores of earlier versions hold blocks of rows, without the weights of classes.
        **({"blocks": ", ".join(blocks)} if blocks else {}),
        "cv": "cut anew" if cuts_of(task).cuts_anew else "the same folds again",
        "version": version("dropdecay"),
        "engine": dict(task.engine.identity),
        "encoder": fingerprint(task.encoded.encoding if task.encoded else task.encoding),
        "scoring": task.scoring if isinstance(task.scoring, str) else fingerprint(task.scoring),
        "random_state": task.random_state,
    }


AroundRefit = Callable[[Callable[[], None]], None]
"""Called with the refit as a function, which it must call."""
