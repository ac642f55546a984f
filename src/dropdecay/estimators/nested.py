"""Nested cross-validation: repeat the whole search on outer training rows, evaluate on the rest.

There is one search per outer fold, each as large as the original one, so the cost is multiplied by
the number of folds. A store keeps its runs beside those of the surface, apart by their outer fold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.data.encoding import categories_of, encode_rows, lesson_of
from dropdecay.data.fold_rows import Fold, fold_rows
from dropdecay.data.folds import check_weights, make_folds
from dropdecay.data.output_losses import loss_of_outputs
from dropdecay.data.pilot_rows import PilotRows, folds_with_pilot
from dropdecay.data.row_scores import row_score
from dropdecay.data.scoring import make_score
from dropdecay.engine.protocol import Dataset, Engine, Fit, Problem, run_key
from dropdecay.errors import BadSetting, FailedWork, Parameter
from dropdecay.estimators.fit_surface import Memory
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.estimators.tuning import Found, Listeners, find
from dropdecay.search import OnFit, OnNotice
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.nested import Nested, OuterFold, summarise_nested
from dropdecay.surface.fingerprint import fingerprint
from dropdecay.surface.plan import refit_run
from dropdecay.surface.row_outputs import mean_outputs

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV

OUTER = 0x6E657374
"""Part of the seed of all outer folds, so that no inner fold draws the same numbers."""


LEAST_OUTER = 3
"""Folds of rows on disk: each search has one less, and needs two."""


def check_nested(nested: object, cv: object) -> bool:
    """Return whether nested cross-validation is requested.

    Raises
    ------
    BadSetting
        If ``nested`` is not a bool, or ``cv`` is a list of folds, which cannot split subsets.
    """
    if not isinstance(nested, (bool, np.bool_)):
        raise BadSetting(Parameter("nested"), f" must be True or False. Got {nested!r}.")
    if nested and not (isinstance(cv, (int, np.integer)) or hasattr(cv, "split")):
        raise BadSetting(
            Parameter("nested", True), " splits the rows again within each fold, which a list of "
            "folds cannot do. Pass a number or a splitter as ", Parameter("cv"), ".",
        )  # fmt: skip
    return bool(nested)


@dataclass(frozen=True)
class NestedFold:
    """Training and test rows of an outer fold, how its training rows are cut, and its seed."""

    outer: Fold
    inner: tuple[Fold, ...]
    pilot: PilotRows | None
    seed: int

    @property
    def name(self) -> str:
        """What a store calls it: no other way to cut the same rows has this name."""
        return f"outer fold {fingerprint(self)}"


def nested_folds(task: SurfaceTask) -> tuple[NestedFold, ...]:
    """Cut the rows twice, before anything is trained.

    Outer and inner folds are made by the same ``cv``; the outer ones use another seed than the
    folds of the surface itself.

    Raises
    ------
    BadInput
        If rows cannot be cut, or all rows of a part have weight 0.
    """
    if task.encoded is not None:
        return _folds_on_disk(task)
    outer = _split(task, None, _seed(task, 0))
    check_weights(outer, task.sample_weight, "outer fold {}")
    folds = []
    for number, fold in enumerate(outer):
        training, seed = fold[0], _seed(task, 1 + number)
        inner, pilot = _inner(task, training, seed)
        check_weights(inner, task.sample_weight, f"inner fold {{}} of outer fold {number}")
        folds.append(NestedFold(fold, inner, pilot, seed))
    return tuple(folds)


def _folds_on_disk(task: SurfaceTask) -> tuple[NestedFold, ...]:
    """Return the folds of the surface as outer folds; the inner folds of one are the others.

    Rows on disk lie where their folds are. The teaching rows, and with them the pilot, are in all
    training rows, those of the outer folds too.
    """
    folds = []
    for number, outer in enumerate(task.folds):
        others = (fold for at, fold in enumerate(task.folds) if at != number)
        inner = tuple(
            (training[np.isin(training, outer[1], invert=True)], held) for training, held in others
        )
        check_weights(inner, task.sample_weight, f"inner fold {{}} of outer fold {number}")
        folds.append(NestedFold(outer, inner, task.pilot, _seed(task, 1 + number)))
    return tuple(folds)


def nested_estimate(
    search: "BaseSurfaceCV",
    task: SurfaceTask,
    folds: Sequence[NestedFold],
    memory: Memory,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
) -> Nested:
    """Search on the training rows of each outer fold, and evaluate the refit on the test rows.

    What the search tunes is tuned anew on these rows alone.
    """
    outer_folds = []
    for number, fold in enumerate(folds):
        if on_notice is not None:
            on_notice(f"Nested cross-validation: outer fold {number + 1} of {len(folds)}.")
        found = searched_without(search, task, fold, memory, on_fit, on_notice)
        chosen = found.findings.choice.chosen
        outer_folds.append(_evaluate(found.task, found.memory.engine, fold.outer, chosen))
    n_training, n_test = zip(*(map(len, fold.outer) for fold in folds), strict=True)
    return summarise_nested(outer_folds, np.array(n_training), np.array(n_test))


def searched_without(
    search: "BaseSurfaceCV",
    task: SurfaceTask,
    fold: NestedFold,
    memory: Memory,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
) -> Found:
    """Make the whole search again on the training rows of an outer fold."""
    own = replace(
        task, folds=fold.inner, pilot=fold.pilot, random_state=fold.seed, n_repeats=1,
        records=False, baselines=(), budget=None,
    )  # fmt: skip

    def apart(part: str) -> Engine:
        return memory.engine_for(f"{fold.name}, {part}")

    # Nothing is repeated, so that no decision of the clock is left to remember.
    remembered = replace(
        memory, engine=memory.engine_for(fold.name), engine_for=apart, decisions={}
    )
    return find(search, own, remembered, Listeners(on_fit, on_notice))


def _inner(task: SurfaceTask, rows: Int64, seed: int) -> tuple[tuple[Fold, ...], PilotRows | None]:
    """Return folds, and a pilot if the task has one, of these rows alone."""
    if task.pilot is not None:
        labels, groups, weights = (
            None if each is None else each[rows]
            for each in (task.target.labels, task.groups, task.sample_weight)
        )
        found = folds_with_pilot(rows.size, labels, len(task.folds), groups, weights, seed)
        if found is not None:
            folds, pilot = found
            return _within(rows, folds), replace(pilot, rows=rows[pilot.rows])
    return _within(rows, _split(task, rows, seed)), None


def _within(rows: Int64, folds: Sequence[Fold]) -> tuple[Fold, ...]:
    """Return folds of positions within rows as folds of the rows of the table."""
    return tuple((rows[training], rows[validation]) for training, validation in folds)


def _split(task: SurfaceTask, rows: Int64 | None, seed: int) -> list[Fold]:
    """Split these rows, by default all, into folds of positions within them."""
    labels, groups = task.target.labels, task.groups
    if rows is None:
        return make_folds(task.n_rows, labels, task.cv, groups, seed)
    labels = None if labels is None else labels[rows]
    groups = None if groups is None else groups[rows]
    return make_folds(rows.size, labels, task.cv, groups, seed)


def refitted(
    task: SurfaceTask, engine: Engine, fold: Fold, chosen: PointFigures, *, records: bool
) -> list[Fit]:
    """Train the chosen point on the training rows of an outer fold, once for each seed.

    Raises
    ------
    FailedWork
        If it diverges.
    """
    lesson = lesson_of(task.encoding, task.target)
    X, encoder = encode_rows(task.encoding, task.rows, fold[0], lesson)
    data = Dataset(X, task.target.matrix, task.sample_weight, categories_of(encoder))
    refit = refit_run(task.setting, chosen.point, chosen.epochs, task.random_state)
    runs = [
        replace(
            refit, fold=OUTER, seed=seed, key=run_key(task.random_state, OUTER, seed),
            record=(chosen.epochs,) if records else (),
        )
        for seed in range(task.n_ensemble)
    ]  # fmt: skip
    problem = Problem(
        {OUTER: fold_rows(*fold, task.random_state, OUTER)},
        {OUTER: data}.__getitem__,
        make_score(task.scoring, task.target, task.sample_weight),
    )
    fits = sorted(engine(problem, runs, n_jobs=task.n_jobs), key=lambda fit: fit.run.seed)
    if any(fit.diverged for fit in fits):
        raise FailedWork(
            "A refit in nested cross-validation diverged, although its folds did not. Lower ",
            Parameter("learning_rate_init"), " and fit again.",
        )  # fmt: skip
    return fits


def _evaluate(task: SurfaceTask, engine: Engine, fold: Fold, chosen: PointFigures) -> OuterFold:
    """Refit the chosen point on the training rows and evaluate it once, on the test rows."""
    is_ensemble = task.n_ensemble > 1
    fits = refitted(task, engine, fold, chosen, records=is_ensemble)
    if is_ensemble:
        outputs, rows = mean_outputs(fits, chosen.epochs), fold[1]
        weights = None if task.sample_weight is None else task.sample_weight[rows]
        losses = loss_of_outputs(task.target)(rows, outputs)
        score = row_score(task.scoring, task.target, task.sample_weight).of(rows, outputs)
        return OuterFold(chosen, float(np.average(losses, weights=weights)), score)
    (fit,) = fits
    loss = task.target.loss_scale * float(fit.validation_loss[-1])
    return OuterFold(chosen, loss, float(fit.validation_score[-1]))


def _seed(task: SurfaceTask, number: int) -> int:
    """Return the seed number 0, for the outer split, or that of an outer fold, from 1."""
    drawn = np.random.SeedSequence((task.random_state, OUTER, number)).generate_state(1)
    return int(drawn[0] >> 1)
