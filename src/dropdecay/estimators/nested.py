"""Nested cross-validation: the whole choice made again on outer training rows, judged on the rest.

As many searches as there are outer folds, each as large as the one it judges, so it costs that many
times as much. Nothing of it is stored: after an interruption it begins again.
"""

from dataclasses import replace

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.data.encoding import encode_rows
from dropdecay.data.fold_rows import Fold, fold_rows
from dropdecay.data.folds import make_folds
from dropdecay.data.scoring import make_score
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Problem, run_key
from dropdecay.errors import BadSetting, FailedWork
from dropdecay.estimators.fit_surface import SurfaceTask, search_surface
from dropdecay.search import OnFit, OnNotice
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.nested import Nested, OuterFold, summarise_nested
from dropdecay.surface.plan import refit_run

OUTER = 0x6E657374
"""Stands in the seed of all outer folds, so that no inner fold draws the same numbers."""


def check_nested(nested: object, cv: object) -> bool:
    """Return whether nested cross-validation is asked for.

    Raises
    ------
    BadSetting
        If ``nested`` is not a bool, or ``cv`` is a list of folds, which cannot be cut anew.
    """
    if not isinstance(nested, (bool, np.bool_)):
        raise BadSetting(f"nested must be True or False. Got {nested!r}.")
    if nested and not (isinstance(cv, (int, np.integer)) or hasattr(cv, "split")):
        raise BadSetting(
            "nested=True cuts the rows anew inside each fold, which a list of folds cannot do. "
            "Give cv as a number or a splitter."
        )
    return bool(nested)


def nested_estimate(
    task: SurfaceTask, on_fit: OnFit | None = None, on_notice: OnNotice | None = None
) -> Nested:
    """Make the choice on the training rows of each outer fold and judge its refit on the others.

    Outer and inner folds are cut by the same ``cv``, the outer ones from another seed than those
    of the surface itself.
    """
    outer = _cut(task, None, _seed(task, 0))
    judged = []
    for number, fold in enumerate(outer):
        if on_notice is not None:
            on_notice(f"Nested cross-validation: outer fold {number + 1} of {len(outer)}.")
        training, seed = fold[0], _seed(task, 1 + number)
        inner = tuple((training[a], training[b]) for a, b in _cut(task, training, seed))
        own = replace(task, folds=inner, random_state=seed)
        findings = search_surface(own, on_fit=on_fit, on_notice=on_notice)
        judged.append(_judge(own, fold, findings.choice.chosen))
    return summarise_nested(
        judged, np.array([a.size for a, _ in outer]), np.array([b.size for _, b in outer])
    )


def _cut(task: SurfaceTask, rows: Int64 | None, seed: int) -> list[Fold]:
    """Cut rows, all of them by default, into folds; the folds count among these rows."""
    labels, groups = task.target.labels, task.groups
    if rows is None:
        return make_folds(task.n_rows, labels, task.cv, groups, seed)
    labels = None if labels is None else labels[rows]
    groups = None if groups is None else groups[rows]
    return make_folds(rows.size, labels, task.cv, groups, seed)


def _judge(task: SurfaceTask, fold: Fold, chosen: PointFigures) -> OuterFold:
    """Refit the chosen point on the training rows and look at the test rows, once."""
    X, _ = encode_rows(task.encoding, task.rows, fold[0])
    run = replace(
        refit_run(task.setting, chosen.point, chosen.epochs, task.random_state),
        fold=OUTER,
        key=run_key(task.random_state, OUTER, 0),
    )
    problem = Problem(
        {OUTER: fold_rows(*fold, task.random_state, OUTER)},
        {OUTER: Dataset(X, task.target.matrix, task.sample_weight)}.__getitem__,
        make_score(task.scoring, task.target, task.sample_weight),
    )
    (fit,) = train(problem, [run])
    if fit.diverged:
        raise FailedWork(
            "A refit of the nested cross-validation diverged although its folds did not. Lower "
            "learning_rate_init and fit again."
        )
    loss = task.target.scale**2 * float(fit.validation_loss[-1])
    return OuterFold(chosen, loss, float(fit.validation_score[-1]))


def _seed(task: SurfaceTask, number: int) -> int:
    """Return a seed of its own for the outer cut, 0, and for each outer fold, from 1."""
    drawn = np.random.SeedSequence((task.random_state, OUTER, number)).generate_state(1)
    return int(drawn[0] >> 1)
