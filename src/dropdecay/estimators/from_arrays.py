"""Rows in memory and parameters -> the task of a fit, checked before anything is trained."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.utils.validation import _check_sample_weight

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.asked_of_files import searched_of
from dropdecay.data.class_weights import row_weights
from dropdecay.data.encoding import RowsLike
from dropdecay.data.folds import check_groups, check_weights, make_folds
from dropdecay.data.pilot_rows import folds_with_pilot
from dropdecay.data.time_folds import check_goes_with_times, folds_in_time, moments_of
from dropdecay.estimators.base import drawn_state
from dropdecay.estimators.equal_rows import with_equal_rows
from dropdecay.estimators.part_of_rows import (
    check_goes_with_part,
    draw_part,
    rows_to_search,
    tenth_of,
)
from dropdecay.estimators.pilot import can_have_pilot
from dropdecay.estimators.surface_task import SurfaceTask, Whole, smallest_training
from dropdecay.search import OnNotice
from dropdecay.table.reading import Reading

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV


def task_from_arrays(
    search: "BaseSurfaceCV",
    X: RowsLike,
    y: ArrayLike | None,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    times: ArrayLike | None = None,
    reading: Reading | None = None,
    on_equal_rows: OnNotice | None = None,
) -> SurfaceTask:
    """Return the task of a fit; its parameters are those of ``fit_with_hooks``."""
    encoding = search._encoding(X, reading)
    rows, y = encoding.check(search, X, y, numeric=is_regressor(search))
    weights: Floating | None = None
    if sample_weight is not None:
        weights = _check_sample_weight(sample_weight, y, dtype=np.float32, ensure_non_negative=True)
    target = search._target(y, weights, rows)
    drawn = drawn_state(search.random_state)
    groups = None if groups is None else check_groups(groups, len(y))
    labels = None if target.labels is None else np.asarray(target.labels)
    if encoding.reading is not None and times is None:
        groups = with_equal_rows(rows, search.cv, labels, groups, on_equal_rows)
    trained_weights = row_weights(target, weights, search._class_weight(), np.float32)
    cv, whole, moments = search.cv, None, None
    part = _part(search, times, labels, groups, len(y), drawn)
    if times is not None:
        check_goes_with_times(groups, search.nested)
        cv, moments = folds_in_time(times, cv, len(y)), moments_of(times)
    if part is not None:
        whole = Whole(
            rows, target.matrix, trained_weights, np.arange(len(y)),
            tenth_of(len(y), labels, groups, drawn), search._setting(target, rows),
        )  # fmt: skip
        rows = rows.iloc[part] if isinstance(rows, pd.DataFrame) else rows[part]
        target, y = target.part(part), y[part]
        labels, groups, trained_weights, weights = (
            None if each is None else each[part]
            for each in (labels, groups, trained_weights, weights)
        )
    setting = search._setting(target, rows)
    folds, pilot = make_folds(len(y), labels, cv, groups, drawn), None
    check_weights(folds, trained_weights)
    axes = search._axes(setting, smallest_training(folds))
    if can_have_pilot(axes, setting, cv, search.race, adaptive=not search.fixed_epochs):
        found = folds_with_pilot(len(y), labels, int(cv), groups, trained_weights, drawn)
        if found is not None:
            folds, pilot = found
            axes = search._axes(setting, smallest_training(folds))
    return search._task_of(
        rows=rows, target=target, encoding=encoding, sample_weight=trained_weights,
        own_weight=weights, groups=groups, cv=cv, folds=tuple(folds), moments=moments,
        pilot=pilot, random_state=drawn, setting=setting, axes=axes, whole=whole, numbers=part,
    )  # fmt: skip


def _part(
    search: "BaseSurfaceCV",
    times: object,
    labels: AnyArray | None,
    groups: AnyArray | None,
    n_rows: int,
    drawn: int,
) -> Int64 | None:
    """Return the rows that are searched; None: all."""
    wanted, cv = rows_to_search(search), search.cv
    if wanted is None:
        return None
    check_goes_with_part(cv, times)
    if searched_of(n_rows, wanted) == n_rows:
        return None
    n_folds = int(cv) if isinstance(cv, (int, np.integer)) else 1
    return draw_part(wanted, n_rows, labels, groups, n_folds, drawn)
