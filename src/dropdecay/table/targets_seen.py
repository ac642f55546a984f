"""What is odd about a target: missing values, rare classes, ratings, numbers as text."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dropdecay.arrays import Bool
from dropdecay.safe_text import quoted
from dropdecay.table.cells import cells_of
from dropdecay.table.decision import counted_rows
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.missing import is_text_like
from dropdecay.table.number_form import PLAIN, forms_of, numbers_in
from dropdecay.table.spellings import spellings

MAX_LISTED = 3
RATINGS = range(5, 11)
"""So many whole numbers in a row from 0 or 1 may be ratings."""

FEWEST_NUMBERS = 10
MAX_MISSING = 0.95
"""A column with a larger share of missing values says little."""


UNNAMED = "the target"
"""What a target without a name is called."""


def missing_target(target: pd.Series) -> Bool:
    """Return which rows have no target; words are classes, whatever they say."""
    return np.asarray(target.isna(), bool)


def target_findings(target: pd.Series, task: str, n_folds: int) -> tuple[Finding, ...]:
    """Return what is odd about the target.

    Parameters
    ----------
    target : Series, shape (n_rows,)
        As :func:`dropdecay.table.check.check_target` returns it; values may be missing.
    task : {"classification", "regression"}
    n_folds : int
    """
    name, found = UNNAMED if target.name is None else str(target.name), []
    missing = missing_target(target)
    if missing.any():
        sentence = (
            f"Target {quoted(name)} is missing in {int(missing.sum())} of {missing.size} rows. "
            "Nothing can be learnt from them."
        )
        found.append(Finding("missing-target", name, sentence, "--drop-missing-target", grave=True))
    known = target[~missing]
    if task == "classification":
        found += _of_classes(name, known, n_folds)
    return tuple(found)


def _of_classes(name: str, known: pd.Series, n_folds: int) -> list[Finding]:
    counts = known.astype(str).value_counts()
    rare = counts[counts < n_folds].sort_values()
    found = []
    if number := _as_text(name, known):
        return [number]
    found += _spelled_alike(name, known)
    if len(rare):
        shown = ", ".join(
            f"{quoted(each)} ({count})" for each, count in rare.head(MAX_LISTED).items()
        )
        more = f" and {len(rare) - MAX_LISTED} more" if len(rare) > MAX_LISTED else ""
        classes = "Class" if len(rare) == 1 else "Classes"
        of = name if name == UNNAMED else quoted(name)
        sentence = f"{classes} {shown}{more} of {of}: fewer rows than {n_folds} folds."
        option = f"--folds {int(rare.iloc[0])}" if rare.iloc[0] > 1 and not more else ""
        found.append(Finding("rare-classes", name, sentence, option, grave=True))
    if _are_ratings(known):
        sentence = (
            f"Target {quoted(name)} holds whole numbers from {known.min():g} to {known.max():g}. "
            "If they are ratings, they have an order, which classes do not know of."
        )
        found.append(Finding("ratings", name, sentence, "--task regression"))
    return found


def _spelled_alike(name: str, known: pd.Series) -> list[Finding]:
    """Return that classes are spelled in several ways, such as "yes" and "Yes"."""
    if not is_text_like(known):
        return []
    words = pd.DataFrame({name: pd.Categorical(known.astype(str))})
    return [
        replace(each, sentence=each.sentence.replace("Column", "Target", 1))
        for each in spellings(words)
    ]


def _are_ratings(known: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(known) or pd.api.types.is_bool_dtype(known):
        return False
    different = np.unique(known.to_numpy(np.float64))
    low = different[0]
    in_a_row = np.array_equal(different, low + np.arange(different.size))
    # Ratings gather in the middle or at an end; digits and codes are as good as even.
    counts = known.value_counts()
    uneven = counts.max() >= 1.5 * counts.min()
    return bool(low in (0, 1) and different.size in RATINGS and in_a_row and uneven)


def _as_text(name: str, known: pd.Series) -> Finding | None:
    """Return that classes are numbers written as text, such as prices."""
    if not is_text_like(known) or isinstance(known.dtype, pd.CategoricalDtype):
        return None
    values = cells_of(known).values
    forms = forms_of(values)
    if len(values) < FEWEST_NUMBERS or not forms:
        return None
    numbers = numbers_in(values, forms[0])
    written = "numbers" if forms[0] == PLAIN else f"numbers such as {quoted(values[0])}"
    sentence = (
        f"Target {quoted(name)} holds {written} as text, {len(values)} different ones from "
        f"{numbers.min():g} to {numbers.max():g}: {counted_rows(len(known))} are taken for classes."
    )
    return Finding("numbers-as-classes", name, sentence, "--task regression", grave=True)


def mostly_missing(typed: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the columns that hold a value in hardly any row."""
    counts = typed.isna().sum()
    return tuple(
        Finding(
            "mostly-missing", str(name),
            f"Column {quoted(name)} has no value in {count} of {len(typed)} rows.",
            typed_option("--drop", str(name)),
        )
        for name, count in counts.items()
        if count > MAX_MISSING * len(typed)
    )  # fmt: skip
