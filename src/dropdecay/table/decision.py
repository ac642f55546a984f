"""What is decided of one column: its reading, what is said of it, and what else it may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64
from dropdecay.safe_text import quoted
from dropdecay.table.cells import Cells
from dropdecay.table.counted_times import may_be_times
from dropdecay.table.finding import Finding
from dropdecay.table.number_form import PLAIN, NumberForm, numbers_in
from dropdecay.table.reading import DROPPED, ColumnReading
from dropdecay.table.stand_in_dates import days_among, stand_in_dates_of
from dropdecay.table.stand_ins import stand_ins_of

NAMELESS = ("", "column 1", "Unnamed: 0", "index", "level_0", "X")
"""How programs name the column of row numbers that they write."""


@dataclass(frozen=True)
class ReadAs:
    """What the user decides; the rest is found.

    Parameters
    ----------
    kinds : mapping of str to str
        Column -> one of ``KINDS``.
    orders : mapping of str to tuple of str
        Column -> its words, lowest first.
    missing : tuple of str or None
        Words and numbers that stand for nothing; None: they are found.
    decimal, thousands : str or None
        The marks in numbers; None: they are found.
    drop : tuple of str
        Columns to leave out.
    keep : bool
        Whether what never varies is kept, as in a target.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    decimal: str | None = None
    thousands: str | None = None
    drop: tuple[str, ...] = ()
    keep: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words for nothing in lower case."""
        return tuple(each.strip().lower() for each in self.missing or ())

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers that stand for nothing."""
        values = numbers_in([each.strip() for each in self.missing or ()], PLAIN)
        return tuple(values[~np.isnan(values)].tolist())

    def fits(self, form: NumberForm) -> bool:
        """Return whether a form has the marks that are given."""
        return (self.decimal is None or form.clock or form.decimal == self.decimal) and (
            self.thousands is None or form.thousands in ("", self.thousands)
        )

    @property
    def decides_nothing(self) -> bool:
        """Whether marks and missing words are found."""
        return self.missing is None and self.decimal is None and self.thousands is None

    def columns(self) -> list[str]:
        """Return every column that is named."""
        return [*self.kinds, *self.orders, *self.drop]


@dataclass(frozen=True)
class ColumnDecision:
    """One column decided.

    Parameters
    ----------
    reading : ColumnReading
    findings : tuple of Finding
    others : tuple of NumberForm
        Forms that its values allow as well.
    told : bool
        Whether its own values tell its form, whatever other columns say.
    plain : shape (n_rows,) or None
        Its numbers, where it is text; None too where their form is not settled yet.
    """

    reading: ColumnReading
    findings: tuple[Finding, ...] = ()
    others: tuple[NumberForm, ...] = ()
    told: bool = False
    plain: Float64 | None = field(default=None, repr=False)


def empty(name: str) -> ColumnDecision:
    """Return a column without any values, which is left out."""
    sentence = f"Column {quoted(name)} has no values and is left out."
    return ColumnDecision(ColumnReading(name, DROPPED), (Finding("empty", name, sentence),))


def _constant(name: str, value: object) -> ColumnDecision:
    sentence = f"Column {quoted(name)} is {quoted(value)} in every row and is left out."
    return ColumnDecision(ColumnReading(name, DROPPED), (Finding("constant", name, sentence),))


def constant_or(reading: ColumnReading, cells: Cells, read_as: ReadAs) -> ColumnDecision:
    """Return the reading, or that the column is left out because it never varies."""
    if not read_as.keep and len(cells.values) == 1 and (cells.codes >= 0).all():
        return _constant(reading.name, cells.values[0])
    return ColumnDecision(reading)


def of_numbers(values: Float64, name: str, place: int, read_as: ReadAs) -> ColumnDecision:
    """Return a column of numbers: what stands for nothing in it, and whether it says anything."""
    known = values[~np.isnan(values)]
    if not known.size:
        return empty(name)
    if read_as.keep:
        return ColumnDecision(ColumnReading(name, "number", missing=read_as.words))
    if known.size == values.size and known.min() == known.max():
        return _constant(name, f"{known[0]:g}")
    if name in NAMELESS and place == 0 and _counts_rows(values):
        sentence = (
            f"The first column numbers the rows and is left out (it is named {quoted(name)})."
        )
        return ColumnDecision(
            ColumnReading(name, DROPPED), (Finding("row-numbers", name, sentence),)
        )
    if read_as.missing is not None:
        numbers = read_as.numbers
        reading = ColumnReading(name, "number", missing=read_as.words, stand_ins=numbers)
        return ColumnDecision(reading, may_be_times(known[~np.isin(known, numbers)], name))
    stand_ins = stand_ins_of(known)
    if not stand_ins:
        return ColumnDecision(ColumnReading(name, "number"), may_be_times(known, name))
    rows = int(np.isin(values, stand_ins).sum())
    s = "" if len(stand_ins) > 1 else "s"
    sentence = (
        f"Column {quoted(name)}: {' and '.join(f'{each:g}' for each in stand_ins)}, in "
        f"{counted_rows(rows)}, stand{s} far from all other values and count{s} as missing."
    )
    finding = Finding("stand-in", name, sentence, "--missing WORDS decides otherwise")
    rest = known[~np.isin(known, stand_ins)]
    return ColumnDecision(
        ColumnReading(name, "number", stand_ins=stand_ins), (finding, *may_be_times(rest, name))
    )


def of_dates(
    reading: ColumnReading, dates: pd.Series | AnyArray, read_as: ReadAs
) -> ColumnDecision:
    """Return a column of dates: which of them stand for nothing.

    Parameters
    ----------
    reading : ColumnReading
    dates : shape (n_rows,), datetime64
    read_as : ReadAs
    """
    if read_as.missing is not None:
        return ColumnDecision(replace(reading, no_dates=days_among(read_as.words)))
    days = () if read_as.keep else stand_in_dates_of(dates)
    if not days:
        return ColumnDecision(reading)
    n_rows = int(np.isin(np.asarray(dates).astype("datetime64[D]").astype(str), days).sum())
    return ColumnDecision(replace(reading, no_dates=days), (no_dates(reading.name, days, n_rows),))


def no_dates(name: str, words: Sequence[str], n_rows: int) -> Finding:
    """Return that some days, or numbers among dates, stand for no date."""
    s = "" if len(words) > 1 else "s"
    sentence = (
        f"Column {quoted(name)}: {' and '.join(words)}, in {counted_rows(n_rows)}, stand{s} for no "
        f"date and count{s} as missing."
    )
    return Finding("stand-in", name, sentence, "--missing WORDS decides otherwise")


def _counts_rows(values: Float64) -> bool:
    first = values[0]
    return first in (0, 1) and np.array_equal(values, first + np.arange(values.size))


def counted_rows(count: int) -> str:
    """Return "1 row" or "5 rows"."""
    return "1 row" if count == 1 else f"{count} rows"
