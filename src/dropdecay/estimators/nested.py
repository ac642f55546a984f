"""Nested cross-validation: the whole choice made again on outer training rows, judged on the rest.

As many searches as there are outer folds, each as large as the one it judges, so it costs that many
times as much. Nothing of it is stored: after an interruption it begins again.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.encoding import encode_rows
from dropdecay.data.fold_rows import Fold, fold_rows
from dropdecay.data.folds import make_folds
from dropdecay.data.scoring import make_score
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.errors import BadSetting, FailedWork
from dropdecay.search import OnFit, OnNotice
from dropdecay.selection.nested import Nested, OuterFold, summarise_nested

OUTER = 0x6E657374
"""Stands in the seed of all outer folds, so that no inner fold draws the same numbers."""


def check_nested(nested: Any, cv: Any) -> bool:
    """Return whether nested cross-validation is asked for.

    Raises
    ------
    BadSetting
        If ``nested`` is no truth, or ``cv`` is a list of folds, which cannot be cut anew.
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
    estimator: Any,
    task: Any,
    labels: AnyArray | None,
    groups: AnyArray | None,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
) -> Nested:
    """Make the choice on the training rows of each outer fold and judge its refit on the others.

    Outer and inner folds are cut by the same ``cv``, the outer ones from another seed than those
    of the surface itself.

    Parameters
    ----------
    estimator : MLPClassifierCV or MLPRegressorCV
    task
        Its rows and target.
    labels, groups : shape (n_rows,) or None
    on_fit, on_notice : callable, optional
    """
    outer = make_folds(task.n_rows, labels, estimator.cv, groups, _seed(task, 0))
    judged = []
    for number, fold in enumerate(outer):
        if on_notice is not None:
            on_notice(f"Nested cross-validation: outer fold {number + 1} of {len(outer)}.")
        training, seed = fold[0], _seed(task, 1 + number)
        cuts = make_folds(
            training.size, _of(labels, training), estimator.cv, _of(groups, training), seed
        )
        inner = [(training[a], training[b]) for a, b in cuts]
        own = replace(task, random_state=seed)
        findings = estimator._search(own, inner, on_fit, on_notice, engine=train)
        judged.append(_judge(estimator, own, fold, findings.choice.chosen))
    return summarise_nested(
        judged, np.array([a.size for a, _ in outer]), np.array([b.size for _, b in outer])
    )


def _judge(estimator: Any, task: Any, fold: Fold, chosen: Any) -> OuterFold:
    """Refit the chosen point on the training rows and look at the test rows, once."""
    X, _ = encode_rows(task.encoding, task.rows, fold[0])
    run = replace(
        estimator._refit_run(chosen, task),
        rows=fold_rows(*fold, task.random_state, OUTER),
        key=run_key(task.random_state, OUTER, 0),
    )
    (fit,) = train(
        estimator._network(X.shape[1], task.target),
        Dataset(X, task.target.matrix, task.weights),
        [run],
        replace(task.schedule, epochs=chosen.epochs),
        score=make_score(estimator.scoring, task.target, task.weights),
    )
    if fit.diverged:
        raise FailedWork(
            "A refit of the nested cross-validation diverged although its folds did not. Lower "
            "learning_rate_init and fit again."
        )
    loss = task.target.scale**2 * float(fit.validation_loss[-1])
    return OuterFold(chosen, loss, float(fit.validation_score[-1]))


def _of(values: AnyArray | None, rows: Int64) -> AnyArray | None:
    return None if values is None else values[rows]


def _seed(task: Any, number: int) -> int:
    """Return a seed of its own for the outer cut, 0, and for each outer fold, from 1."""
    drawn = np.random.SeedSequence((task.random_state, OUTER, number)).generate_state(1)
    return int(drawn[0] >> 1)
