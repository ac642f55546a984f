"""Numbers that are codes, such as postal codes: their sizes mean nothing."""

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from dropdecay.arrays import Float64
from dropdecay.safe_text import quoted
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.name_words import CODES, IDENTIFIERS, PHONES, POSTAL, words_of

MIN_VALUES = 5
FALLING = -0.5
MAX_SHARE = 0.95
"""More different values among all rows name the rows; see ``row_names``."""


def codes(typed: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the columns of numbers that both name and shape say are codes."""
    found = []
    for name, column in typed.items():
        if column.dtype != np.float64:
            continue
        values = column.dropna().to_numpy()
        if what := _what(str(name), values):
            sentence = f"Column {quoted(name)} is read as a quantity, but seems to hold {what}."
            found.append(
                Finding(
                    "numbers-as-codes",
                    str(name),
                    sentence,
                    typed_option("--as", str(name), "=category"),
                )
            )
    return tuple(found)


def _what(name: str, values: Float64) -> str:
    words = words_of(name)
    if not words & (POSTAL | PHONES | IDENTIFIERS | CODES):
        return ""
    different = np.unique(values)
    if different.size < MIN_VALUES or (different != np.round(different)).any() or different[0] < 0:
        return ""
    digits = float(np.median(np.floor(np.log10(np.maximum(different, 1))) + 1))
    if words & POSTAL and 3 <= digits <= 9:
        return "postal codes"
    if words & PHONES and digits >= 6:
        return "telephone numbers"
    if words & (IDENTIFIERS | CODES) and different.size <= MAX_SHARE * values.size:
        return "" if _are_counts(values) else "codes"
    return ""


def _are_counts(values: Float64) -> bool:
    """Whether the larger numbers are the rarer ones, as of counts."""
    different, counts = np.unique(values, return_counts=True)
    return bool(spearmanr(different, counts).statistic < FALLING)
