"""Rows that seem to sum up the others, as spreadsheets and reports put them below or between."""

from collections.abc import Hashable

import numpy as np
import pandas as pd

from dropdecay.safe_text import quoted
from dropdecay.table.codes_of import codes_of
from dropdecay.table.decision import counted_rows
from dropdecay.table.finding import Finding

WORDS = frozenset([
    "total", "totals", "grand total", "sum", "subtotal", "sub-total", "sub total", "average",
    "mean", "summe", "gesamt", "gesamtsumme", "zwischensumme", "mittelwert", "durchschnitt",
    "somme", "sous-total", "total général", "moyenne", "suma", "totale", "合计", "合計", "总计",
    "總計", "小计", "小計", "総計", "평균", "계", "합계",
])  # fmt: skip
"""In lower case, without a colon behind them."""

FEWEST_OTHERS = 3
"""Different words beside it, so that it is no category among few: "total" or "partial"."""

MAX_SHARE = 0.3
"""Of the rows."""


def totals(typed: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the columns in which a word says that its row sums others up."""
    return tuple(
        finding
        for name, column in typed.items()
        if isinstance(column.dtype, pd.CategoricalDtype)
        and (finding := _of_column(name, column)) is not None
    )


def _of_column(name: Hashable, column: pd.Series) -> Finding | None:
    words = [str(each) for each in column.cat.categories]
    places = [place for place, each in enumerate(words) if each.lower().rstrip(" :") in WORDS]
    if not places or len(words) - len(places) < FEWEST_OTHERS - 1:
        return None
    rows = np.isin(codes_of(column), places)
    if not rows.any() or rows.mean() > MAX_SHARE:
        return None
    sentence = (
        f"Column {quoted(name)} is {quoted(words[places[0]])} in {counted_rows(int(rows.sum()))}, "
        f"the first of them row {int(rows.argmax()) + 1}, which may sum up others."
    )
    return Finding("totals", str(name), sentence, "remove such rows from the table")
