"""A look at a whole table before anything is trained: all that may make the answer worth less."""

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from dropdecay.arrays import AnyArray
from dropdecay.table.codes import codes
from dropdecay.table.decide import as_numbers
from dropdecay.table.equal_rows import equal_row_findings, equal_rows
from dropdecay.table.finding import Finding
from dropdecay.table.hidden_groups import hidden_groups
from dropdecay.table.leaks import leaks
from dropdecay.table.row_names import row_names
from dropdecay.table.row_order import row_order
from dropdecay.table.sample import Folds, sample_of
from dropdecay.table.spellings import spellings
from dropdecay.table.targets_seen import missing_target, mostly_missing, target_findings
from dropdecay.table.totals import totals

SPARSE = Finding(
    "sparse", None,
    "Of a sparse table only the target is looked at: equal rows, leaks, names of rows, groups and "
    "order are left out.",
)  # fmt: skip


def look(
    typed: pd.DataFrame,
    target: pd.Series,
    task: str,
    n_folds: int,
    groups: AnyArray | None = None,
    *,
    cuts: bool = True,
    folds: Folds | None = None,
) -> tuple[Finding, ...]:
    """Return what is worth knowing of a table, the gravest first.

    Parameters
    ----------
    typed : DataFrame or sparse array, shape (n_rows, n_columns)
        The features, from ``Reading.typed``.
    target : Series, shape (n_rows,)
        Classes or numbers as ``check_target`` returns them, with a name; values may be missing.
    task : {"classification", "regression"}
    n_folds : int
    groups : shape (n_rows,), optional
        What folds keep together already.
    cuts : bool
        Whether we cut the folds; otherwise the user does.
    folds : sequence of (training rows, held-out rows), optional
        Those that the user cuts, on which leaks are looked for.
    """
    target = target.reset_index(drop=True)
    found = list(target_findings(target, task, n_folds))
    if issparse(typed):
        return (*found, SPARSE)
    names = row_names(typed)
    # What names the row says nothing of others, though it may tell the target: given by class.
    rest = typed.drop(columns=[each.column for each in names])
    found += [*names, *codes(rest), *spellings(rest), *totals(typed)]
    found += mostly_missing(rest)
    known = ~missing_target(target)
    if known.sum() > 1:
        here = slice(None) if known.all() else known
        found += _beside_target(
            typed[here].reset_index(drop=True), rest[here].reset_index(drop=True),
            target[here].reset_index(drop=True), task, n_folds,
            None if groups is None else np.asarray(groups)[known], cuts=cuts,
            folds=folds if known.all() else None,
        )  # fmt: skip
    leaking = {each.column for each in found if each.code == "leak"}
    found = [each for each in found if each.code != "row-names" or each.column not in leaking]
    return tuple(sorted(found, key=lambda each: not each.grave))


def _beside_target(
    typed: pd.DataFrame,
    rest: pd.DataFrame,
    target: pd.Series,
    task: str,
    n_folds: int,
    groups: AnyArray | None,
    *,
    cuts: bool,
    folds: Folds | None,
) -> list[Finding]:
    """Return what features and target say together; ``rest`` are those that name no row."""
    is_classes = task == "classification"
    values = np.asarray(target.astype(str) if is_classes else as_numbers(target))
    if (values == values[0]).all():
        return []
    equal = equal_rows(typed, n_folds, values if is_classes else None, groups)
    found = list(equal_row_findings(equal, values, is_classes=is_classes, cuts=cuts))
    kept = equal.rows if equal.groups is None else pd.factorize(equal.groups)[0]
    for table in _by_beginning_and_end(typed, rest):
        found += leaks(sample_of(table, values, is_classes=is_classes, together=kept, folds=folds))
    if rest.shape[1]:
        if groups is None:
            found += hidden_groups(rest, values, is_classes=is_classes)
        found += row_order(rest, values, kept, is_classes=is_classes)
    codes = {each.code for each in found}
    # A group or a date that says why neighbours are alike says what to do about it.
    if codes & {"hidden-groups", "date-order-matters"}:
        found = [each for each in found if each.code != "row-order"]
    dates = {each.column for each in found if each.code == "date-order-matters"}
    found = [each for each in found if each.code != "leak" or each.column not in dates]
    return list({(each.code, each.column): each for each in found}.values())


def _by_beginning_and_end(typed: pd.DataFrame, rest: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the table, and once more with names of rows ordered by how they end, if it has any.

    Ranges of ordered names tell a class that stands at their beginning, or at their end.
    """
    ended = {
        str(name): column.cat.reorder_categories(sorted(column.cat.categories, key=_reversed))
        for name, column in typed.items()
        if name not in rest and isinstance(column.dtype, pd.CategoricalDtype)
    }
    return [typed, typed.assign(**ended)] if ended else [typed]


def _reversed(word: str) -> str:
    return word[::-1]
