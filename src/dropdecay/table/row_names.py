"""Columns that name the row, such as a number or a code of its own: nothing to learn from."""

import numpy as np
import pandas as pd
from scipy.stats import kstest

from dropdecay.arrays import Float64
from dropdecay.safe_text import quoted
from dropdecay.table.counted_times import may_be_times
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.name_words import IDENTIFIERS, words_of
from dropdecay.table.unread import what_is_unread

MIN_ROWS = 30
NEARLY = 0.95
MAX_WORDS = 4
"""Longer text on average is not a name, and may be learnt from."""

SPARE = 1.5
"""Numbers that count rows, some of which were lost, leave no more than this factor of room."""

MIN_DIGITS = 5
LIKELY = 0.01


def row_names(typed: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the columns with a value of its own for (nearly) every row that says nothing else."""
    found = []
    for name, column in typed.items():
        known = column.dropna()
        if len(known) < MIN_ROWS or len(known) < len(column) / 2:
            continue
        what = ""
        if isinstance(column.dtype, pd.CategoricalDtype):
            what = _of_text(known)
        elif column.dtype == np.float64:
            what = _of_numbers(known.to_numpy(), str(name))
        if what:
            sentence = f"Column {quoted(name)} names the row: {what}."
            found.append(
                Finding("row-names", str(name), sentence, typed_option("--drop", str(name)))
            )
    return tuple(found)


def _of_text(known: pd.Series) -> str:
    n_values = known.nunique()
    if n_values < NEARLY * len(known):
        return ""
    texts = [str(each) for each in known.cat.categories[:500]]
    if np.mean([len(each.split()) for each in texts]) > MAX_WORDS or what_is_unread(texts):
        return ""
    return f"{n_values} different texts in {len(known)} rows"


def _of_numbers(values: Float64, name: str) -> str:
    if (values != np.round(values)).any():
        return ""
    n_values = np.unique(values).size
    if n_values < NEARLY * values.size:
        return ""
    low, high = values.min(), values.max()
    if n_values == values.size and high - low + 1 <= SPARE * values.size and not _are_years(values):
        up = bool((np.diff(values) > 0).all())
        return f"whole numbers that count {'up' if up else 'rows, in another order'}"
    if may_be_times(values, name):
        return ""
    if words_of(name) & IDENTIFIERS:
        return f"{n_values} different whole numbers in {values.size} rows"
    return f"{n_values} codes in {values.size} rows" if _are_codes(values) else ""


def _are_years(values: Float64) -> bool:
    return bool(values.min() >= 1500 and values.max() <= 2200)


def _are_codes(values: Float64) -> bool:
    """Whether numbers of one length spread evenly, as codes do and measurements hardly ever."""
    low, high = values.min(), values.max()
    n_digits = len(str(int(high)))
    even = kstest(np.unique(values), "uniform", (low, high - low)).pvalue >= LIKELY
    return bool(low >= 10 ** (n_digits - 1) and n_digits >= MIN_DIGITS and even)
