"""Options and file -> a table that is read, looked at and ready for a fit; nothing is trained."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Bool, Int64
from dropdecay.commands.options import FitOptions
from dropdecay.commands.roles import Roles, read_as_of, roles_of
from dropdecay.errors import BadTable, unknown_choice
from dropdecay.safe_text import quoted, visible
from dropdecay.table.account import account_of
from dropdecay.table.check import TASKS, check_features, check_target, missing_rows, recognise_task
from dropdecay.table.decide import decide
from dropdecay.table.finding import Finding
from dropdecay.table.look import look
from dropdecay.table.reading import Reading
from dropdecay.table.row_order import OF_ORDER
from dropdecay.table.times import printed_time, read_times
from dropdecay.table.two_tables import refuse_second_table

MOST_CLASSES = 6
"""More are not named."""


@dataclass(frozen=True)
class Prepared:
    """A table that is ready for a fit.

    Parameters
    ----------
    features : DataFrame
    target : shape (n_rows,)
    roles : Roles
        Times as they are read.
    task, reason : str
    reading : Reading
    account : DataFrame
        See ``account.account_of``.
    findings : tuple of Finding
    notes : tuple of str
        What was found out about the file.
    kept : shape (n_rows,), int64, or None
        Positions of the rows in the table as it was read; None: all are there.
    """

    features: pd.DataFrame
    target: AnyArray
    roles: Roles
    task: str
    reason: str
    reading: Reading
    account: pd.DataFrame
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    kept: Int64 | None = None


def prepared(options: FitOptions, frame: pd.DataFrame, *, is_part: bool = False) -> Prepared:
    """Look at a table that is in memory, or at a part of one, which holds no block of time whole.

    Raises
    ------
    BadInput
        If nothing could be trained on it; the message names the thing and the remedy.
    """
    read_as, roles = read_as_of(options), roles_of(options, frame)
    findings: tuple[Finding, ...] = ()
    kept = None
    if options.values["drop_missing_target"]:
        gone = missing_rows(roles.target, read_as.missing)
        kept = np.flatnonzero(~gone)
        frame, findings = _with_target(frame, gone)
        roles = roles_of(options, frame)
    try:
        task, reason = _task_of(options, roles.target, read_as.missing)
        target = check_target(roles.target, task, read_as.missing)
    except BadTable:
        refuse_second_table(frame)  # of which the target may hold words
        raise
    features = check_features(roles.features)
    decided = decide(features, read_as)
    features = decided.with_numbers(features)
    findings = (*findings, *decided.findings)
    folds = None
    if roles.times is not None:
        from dropdecay.data.time_folds import folds_in_time  # numba with it: a third of a second

        times, noticed = read_times(roles.times, read_as)
        if not is_part:
            folds = folds_in_time(times, options.values["folds"], len(times))
        roles, findings = replace(roles, times=times), (*noticed, *findings)
    typed = decided.reading.typed(features)
    known = pd.Series(target, name=roles.target.name)
    noticed = look(
        typed, known, task, cast(int, options.values["folds"]),
        None if roles.groups is None else np.asarray(roles.groups), cuts=roles.times is None,
        folds=folds,
    )  # fmt: skip
    findings += tuple(each for each in noticed if roles.times is None or each.code not in OF_ORDER)
    account = account_of(decided.reading, typed, findings)
    return Prepared(
        features, target, roles, task, reason, decided.reading, account, findings, kept=kept
    )


def _with_target(frame: pd.DataFrame, gone: Bool) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Leave rows without a target out, and say how many."""
    if not gone.any():
        return frame, ()
    sentence = f"{int(gone.sum())} of {gone.size} rows have no target and are left out."
    kept = frame[~gone].reset_index(drop=True)
    return kept, (Finding("missing-target", None, sentence),)


def about_classes(found: Prepared) -> str:
    """Name the classes with their rows, the most frequent first; "" of values and many labels."""
    if found.task != "classification" or found.target.ndim != 1:
        return ""
    counts = pd.Series(found.target).value_counts(sort=True)
    named = [f"{visible(name, 30)} {n_rows:,}" for name, n_rows in counts.items()]
    more = len(named) - MOST_CLASSES
    if more > 1:
        named[MOST_CLASSES:] = [f"and {more} more"]
    return f" ({', '.join(named)})"


def about_times(roles: Roles) -> list[str]:
    """Say what the column of times is used for, if there is one."""
    if roles.times is None:
        return []
    if roles.take_rows_as_they_stand:
        return ["Rows are taken to stand in the order of time."]
    first, last = printed_time(roles.times.min()), printed_time(roles.times.max())
    return [
        f"Rows are in the order of {quoted(roles.times.name)}, from {first} to {last}. Nothing is "
        "learnt from this column: networks predict badly beyond the times that they have seen."
    ]


def _task_of(options: FitOptions, y: pd.Series, missing: Collection[str] | None) -> tuple[str, str]:
    """Return the task and how it was decided."""
    if options.task not in (allowed := ("auto", *TASKS)):
        raise unknown_choice("task", options.task, allowed)
    if options.task != "auto":
        return options.task, "Set by --task."
    recognition = recognise_task(y, missing)
    (other,) = set(TASKS) - {recognition.task}
    override = f" (Override with --task {other}.)" if recognition.is_open else ""
    return recognition.task, f"{recognition.reason}{override}"
