"""A search on a part of the rows, and what it takes to train its choice on all of them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.encoding import categories_of, encode_rows, lesson_of
from dropdecay.data.fold_rows import Fold, fold_rows
from dropdecay.data.folds import make_folds
from dropdecay.data.pilot_rows import whole_groups
from dropdecay.data.time_folds import TIMES
from dropdecay.decay_memory import pace_of, steps_per_epoch
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, Engine, Problem, Rows, Run, run_key
from dropdecay.errors import BadInput, BadSetting, FailedWork, Parameter
from dropdecay.estimators.refit import Refit, refit, trained
from dropdecay.estimators.surface_task import SurfaceTask, smallest_training
from dropdecay.search import OnFit, OnPart
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.epochs import smoothed_to_ends
from dropdecay.settings import Setting, check_count
from dropdecay.surface.pilot import stronger

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV

LEAST = 1000
"""Fewer rows are no basis for a choice on millions."""

TENTHS = 10
"""A tenth of all rows says how long a network on all rows is trained."""

TENTH_FOLD = 0x74656E7468
"""The number of the fold that holds it out."""

PART, MEASURED = 0x70617274, 1024


def rows_to_search(search: "BaseSurfaceCV") -> int | None:
    """Return how many rows are searched; None: all.

    Raises
    ------
    BadSetting
        If it is no number, or too small for a search.
    """
    value = getattr(search, "search_rows", None)
    return None if value is None else check_count("search_rows", value, LEAST)


def draw_part(
    wanted: int,
    n_rows: int,
    labels: AnyArray | None,
    groups: AnyArray | None,
    n_folds: int,
    random_state: int,
) -> Int64:
    """Draw the rows that are searched, ascending: whole groups, or each class in proportion."""
    rng = np.random.default_rng((random_state, PART))
    if groups is not None:
        return whole_groups(groups, np.zeros(n_rows, bool), wanted, rng)
    if labels is None:
        return np.sort(rng.permutation(n_rows)[:wanted])
    drawn = []
    for each in np.unique(labels):
        own = np.flatnonzero(labels == each)
        drawn.append(rng.permutation(own)[: max(round(wanted / n_rows * own.size), n_folds)])
    return np.sort(np.concatenate(drawn))


def tenth_of(
    n_rows: int, labels: AnyArray | None, groups: AnyArray | None, random_state: int
) -> Fold:
    """Return nine tenths of the rows and the last; classes that are too rare count as one."""
    try:
        return make_folds(n_rows, labels, TENTHS, groups, random_state)[0]
    except BadInput:
        return make_folds(n_rows, None, TENTHS, groups, random_state)[0]


@dataclass(frozen=True)
class OnAllRows:
    """How the chosen point is trained on all rows.

    Parameters
    ----------
    setting : Setting
        Its weight decay forgets over as many epochs as that of the part.
    epochs : int
    """

    setting: Setting
    epochs: int


def carried_to_all(
    task: SurfaceTask,
    chosen: PointFigures,
    engine: Engine,
    on_fit: OnFit | None = None,
    on_part: OnPart | None = None,
) -> OnAllRows | None:
    """Find out how long the chosen point is to be trained on all rows; None: they were searched.

    It is trained on nine tenths of them until its loss on the last tenth is flat or past its
    minimum, unless all networks are trained for a known number of epochs.

    Raises
    ------
    FailedWork
        If it diverges.
    """
    whole = task.whole
    if whole is None:
        return None
    if on_part is not None:
        on_part("all rows")
    setting = chosen.point.applied_to(whole.setting)
    if pace_of(task.axes, task.setting, 1) is not None:
        n_part = smallest_training(task.folds)
        steps = steps_per_epoch(whole.numbers.size, whole.setting.schedule.batch_size)
        of_part = steps_per_epoch(n_part, task.setting.schedule.batch_size)
        setting = stronger(setting, of_part / steps)
    if not task.adaptive or setting.has_horizon:
        return OnAllRows(setting, chosen.epochs)
    run = Run(
        setting, chosen.point, TENTH_FOLD, 0, setting.schedule.epochs,
        run_key(task.random_state, TENTH_FOLD, 0), adaptive=True,
    )  # fmt: skip
    problem = _problem(task, {TENTH_FOLD: _rows_of_tenth(task)})[0]
    (fit,) = engine(problem, [run], n_jobs=task.n_jobs)
    if on_fit is not None:
        on_fit(fit, 1, 1)
    if fit.diverged:
        raise _diverged()
    curve = smoothed_to_ends(fit.validation_loss[None], fit.epochs, np.array([fit.end]))[0]
    return OnAllRows(setting, int(fit.epochs[np.nanargmin(curve)]))


def refit_on_all(task: SurfaceTask, chosen: PointFigures, how: OnAllRows | None) -> Refit:
    """Train the chosen point on all rows; None: all of them were searched.

    Raises
    ------
    FailedWork
        If it diverges.
    """
    if how is None:
        return refit(task, chosen)
    whole = task.whole
    assert whole is not None
    runs = [
        Run(
            how.setting, chosen.point, REFIT_FOLD, seed, how.epochs,
            run_key(task.random_state, REFIT_FOLD, seed),
        )
        for seed in range(task.n_ensemble)
    ]  # fmt: skip
    nothing = np.arange(0)
    rows = Rows(whole.numbers, np.array(whole.numbers[:MEASURED]), nothing, nothing)
    problem, encoder = _problem(task, {REFIT_FOLD: rows})
    return trained(task, problem, runs, encoder, _diverged())


def _problem(task: SurfaceTask, rows: dict[int, Rows]) -> tuple[Problem, object]:
    """Return all rows as a problem, and the encoder fitted on those that are trained on."""
    whole = task.whole
    assert whole is not None
    (fold,) = rows
    lesson = lesson_of(task.encoding, task.target.of_rows(whole.targets))
    X, encoder = encode_rows(task.encoding, whole.rows, rows[fold].training, lesson)
    data = Dataset(X, whole.targets, whole.sample_weight, categories_of(encoder))
    return Problem(rows, {fold: data}.__getitem__), encoder


def _rows_of_tenth(task: SurfaceTask) -> Rows:
    assert task.whole is not None
    training, validation = task.whole.fold
    rows = fold_rows(training[:1], validation, task.random_state, TENTH_FOLD, min_measured=0)
    if task.encoded is None:
        return fold_rows(training, validation, task.random_state, TENTH_FOLD, min_measured=0)
    # Rows on disk are in random order: neighbours are a sample, and are read much faster.
    return replace(rows, training=training, measured=np.array(training[: validation.size]))


def _diverged() -> FailedWork:
    return FailedWork(
        "On all rows the training diverged, although it did not on the part that was searched. "
        "Lower ", Parameter("learning_rate_init"), " and fit again.",
    )  # fmt: skip


def check_goes_with_part(cv: object, times: object) -> None:
    """Refuse what would say itself which rows are held out.

    Raises
    ------
    BadSetting
    """
    if times is not None:
        raise BadSetting(
            Parameter("search_rows"), " draws rows at random, and ", TIMES,
            " puts them in order. Give one of the two.",
        )  # fmt: skip
    if not isinstance(cv, (int, np.integer)) and not hasattr(cv, "split"):
        raise BadSetting(
            Parameter("search_rows"), " needs a number of folds or a splitter as ",
            Parameter("cv"), ": a list of folds names other rows.",
        )  # fmt: skip
