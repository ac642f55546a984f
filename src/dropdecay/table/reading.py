"""How a table is read: what each column is, decided once and kept, so that all later ones match.

Nothing here depends on the target or on which rows are in which fold: what does, such as centres
and categories, is learnt inside the folds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted, visible
from dropdecay.table.cells import Cells, as_float, cells_of, floats, kinds_of_values
from dropdecay.table.counted_times import COUNTS
from dropdecay.table.date_form import ANY_ISO, DIGITS, DateForm, parsed_dates
from dropdecay.table.missing import is_plain_number, is_text_like, is_written, tidied
from dropdecay.table.named_months import PIVOT
from dropdecay.table.names import did_you_mean, listed
from dropdecay.table.number_form import (
    FORMS,
    PLAIN,
    NumberForm,
    forms_of,
    numbers_in,
    written_plainly,
)
from dropdecay.table.stand_in_dates import days_among, without_days
from dropdecay.table.time_zone import is_known

KINDS = ("number", "boolean", "date", "category", "ordinal")
"""What a column can hold; ordinal are words that have an order."""

FIRST, LAST = "0001-01-01T00:00:00", "9999-12-31T23:59:59"
"""What calendars of Python reach, and text can say."""

DROPPED = "left out"
"""The kind of a column that nothing is learnt from."""

LONGEST_UNIT, LONGEST_PATTERN = 40, 100

BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


@dataclass(frozen=True)
class ColumnReading:
    """How one column is read.

    Parameters
    ----------
    name : str
    kind : str
        One of ``KINDS`` or ``DROPPED``.
    numbers : NumberForm
        How text is read as a number.
    dates : DateForm
        How text is read as a date.
    missing : tuple of str
        Words in lower case that stand for nothing in this column, besides those that always do.
    stand_ins : tuple of float
        Numbers that stand for nothing.
    order : tuple of str
        Words of an ordinal column, lowest first.
    no_dates : tuple of str
        Days that stand for nothing, as 9999-12-31.
    """

    name: str
    kind: str
    numbers: NumberForm = PLAIN
    dates: DateForm = ANY_ISO
    missing: tuple[str, ...] = ()
    stand_ins: tuple[float, ...] = ()
    order: tuple[str, ...] = ()
    no_dates: tuple[str, ...] = ()

    def typed(self, column: pd.Series) -> AnyArray | pd.Series:
        """Return a column of a table as this one is read.

        Returns
        -------
        shape (n_rows,): float64 for numbers and ordinals, NaN where missing; ``boolean``,
        ``datetime64[us]`` or categorical with text for the others.

        Raises
        ------
        BadTable
            If a cell cannot be read so; the message names it.
        """
        if is_plain_number(column) and self.kind == "number":
            return self._without_stand_ins(finite(column.to_numpy(np.float64), self.name))
        if self.kind == "number" and self.numbers == PLAIN and not self.missing:
            plain = written_plainly(column)
            if plain is not None:
                return self._without_stand_ins(finite(plain, self.name))
        if self.kind == "number" or not is_written(column):
            column = tidied(column)
            if is_text_like(column):
                kinds_of_values(column)
        if self.kind == "number":
            return self._as_numbers(column)
        if self.kind == "boolean":
            return self._as_booleans(column)
        if self.kind == "date":
            return without_days(self._as_dates(column), self.no_dates)
        return self._as_ranks(column) if self.kind == "ordinal" else self._as_categories(column)

    def _cells(self, column: pd.Series) -> Cells:
        return cells_of(column, frozenset(self.missing))

    def _as_numbers(self, column: pd.Series) -> Float64:
        if pd.api.types.is_datetime64_any_dtype(column):
            raise BadTable(
                f"Column {quoted(self.name)} holds dates, but the model was fitted on numbers. "
                "Give it the same kind of values."
            )
        if not is_text_like(column):
            return self._without_stand_ins(finite(floats(column), self.name))
        codes, found = pd.factorize(np.asarray(column, object))
        present = np.array([str(each).strip().lower() not in self.missing for each in found], bool)
        values = self._number_values(found.tolist(), self.numbers)
        if np.isnan(values[present]).any():
            # A later file may be written with other marks, if they can mean but one thing.
            texts = [str(each).strip() for each in found[present] if isinstance(each, str)]
            forms = forms_of(texts)
            if len(forms) == 1 and forms[0].unit in ("", self.numbers.unit):
                values = self._number_values(found.tolist(), forms[0])
        self._refuse(
            Cells(codes, found.tolist()), np.isnan(values) & present,
            "is not a number, but the column holds numbers",
        )  # fmt: skip
        return self._without_stand_ins(finite(np.append(values, np.nan)[codes], self.name))

    def _number_values(self, values: list[object], form: NumberForm) -> Float64:
        """Return the numbers that values of any type stand for, NaN for those that are none."""
        numbers = np.array([as_float(each) for each in values], np.float64)
        places = [place for place, each in enumerate(values) if isinstance(each, str)]
        texts = [str(values[place]).strip() for place in places]
        numbers[places] = numbers_in(texts, form)
        return numbers

    def _without_stand_ins(self, values: Float64) -> Float64:
        if not self.stand_ins:
            return values
        return np.where(np.isin(values, self.stand_ins), np.nan, values)

    def _as_booleans(self, column: pd.Series) -> pd.Series:
        cells = self._cells(column)
        known = [BOOLEANS.get(each.lower()) for each in cells.values]
        self._refuse(
            cells, np.array([each is None for each in known], bool),
            "is neither true nor false, as all values of the column must be",
        )  # fmt: skip
        return pd.Series(cells.spread(np.array(known, object), pd.NA), dtype="boolean")

    def _as_dates(self, column: pd.Series) -> pd.Series:
        if pd.api.types.is_datetime64_any_dtype(column):
            dates = column.reset_index(drop=True)
            self._refuse_far_dates(dates)
            if dates.dt.tz is not None:
                # Hours of the day are those of the time zone of the fit.
                dates = dates.dt.tz_convert(self.dates.zone or "UTC").dt.tz_localize(None)
            return dates.astype("datetime64[us]")
        if self.dates.pattern in COUNTS:
            return self._as_counted_times(column)
        if not is_text_like(column) and self.dates.pattern not in DIGITS.values():
            raise BadTable(
                f"Column {quoted(self.name)} holds numbers, but the model was fitted on dates. "
                "Give it the same kind of values."
            )
        cells = self._cells(column)
        parsed = parsed_dates(cells.values, self.dates).to_numpy()
        self._refuse(cells, np.isnat(parsed), "is not a date in the format of the others")
        return pd.Series(cells.spread(parsed, np.datetime64("NaT")))

    def _as_counted_times(self, column: pd.Series) -> pd.Series:
        values = self._as_numbers(column)
        dates = COUNTS[self.dates.pattern].dates(values)
        far = (dates.isna() & ~np.isnan(values)).to_numpy()
        if far.any():
            raise BadTable(
                f"Column {quoted(self.name)}, row {int(far.argmax()) + 1}: {values[far][0]:.15g} "
                f"{self.dates.pattern} lie outside of the years 1 to 9999. Correct it, or leave "
                "the field empty."
            )
        return dates

    def _refuse_far_dates(self, dates: pd.Series) -> None:
        """Refuse dates that calendars do not reach; files may hold them as seconds or days."""
        unit = dates.dt.unit
        if unit == "ns":
            return  # from 1677 to 2262
        # In their own unit: seconds may be too many microseconds.
        plain = dates if dates.dt.tz is None else dates.dt.tz_convert("UTC").dt.tz_localize(None)
        values = plain.to_numpy(f"datetime64[{unit}]")
        far = (values < np.datetime64(FIRST, unit)) | (values > np.datetime64(LAST, unit))
        if far.any():
            raise BadTable(
                f"Column {quoted(self.name)}, row {int(far.argmax()) + 1} holds a date outside of "
                "the years 1 to 9999. Correct it, or leave the field empty."
            )

    def _as_categories(self, column: pd.Series) -> pd.Series:
        cells = self._cells(column)
        # Three times as fast as argsort, which knows nothing of text.
        order = sorted(range(len(cells.values)), key=cells.values.__getitem__)
        place = np.append(np.argsort(order), -1)
        names = [cells.values[each] for each in order]
        found = pd.Categorical.from_codes(place[cells.codes], pd.Index(names, dtype=object))
        return pd.Series(found)

    def _as_ranks(self, column: pd.Series) -> Float64:
        cells = self._cells(column)
        rank = {word.lower(): float(number) for number, word in enumerate(self.order)}
        ranks = np.array([rank.get(each.lower(), np.nan) for each in cells.values], np.float64)
        self._refuse(cells, np.isnan(ranks), f"is none of the ordered words {listed(self.order)}")
        return cells.spread(ranks, np.nan)

    def _refuse(self, cells: Cells, rejected: AnyArray, why: str) -> None:
        if rejected.any():
            rows = np.flatnonzero(np.append(rejected, False)[cells.codes])
            value = str(cells.values[int(cells.codes[rows[0]])])
            raise BadTable(
                f"Column {quoted(self.name)}, row {rows[0] + 1}: {quoted(value)} {why}. Correct "
                "it, or leave the field empty."
            )


def finite(values: Float64, name: str) -> Float64:
    """Return numbers of a column, all finite or NaN.

    Raises
    ------
    BadTable
        If one is infinite.
    """
    infinite = np.isinf(values)
    if infinite.any():
        raise BadTable(
            f"Column {quoted(name)}, row {int(infinite.argmax()) + 1} is infinite. Numbers must be "
            "finite. Correct it, or leave the field empty."
        )
    return values


@dataclass(frozen=True)
class Reading:
    """How a table is read.

    Parameters
    ----------
    columns : tuple of ColumnReading
        In the order of the table, those that are left out too.
    """

    columns: tuple[ColumnReading, ...]

    @property
    def learnt_from(self) -> tuple[ColumnReading, ...]:
        """The columns that are not left out."""
        return tuple(each for each in self.columns if each.kind != DROPPED)

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that are learnt from, each as it is read.

        Parameters
        ----------
        frame : DataFrame
            From ``frames.as_frame``; columns in any order, those that are left out or not.

        Raises
        ------
        BadTable
            If columns are missing or unknown, or a cell cannot be read.
        """
        self._check_names(frame)
        columns = {each.name: each.typed(frame[each.name]) for each in self.learnt_from}
        for column in columns.values():
            if isinstance(column, pd.Series):
                column.index = frame.index
        return pd.DataFrame(columns, index=frame.index)

    def _check_names(self, frame: pd.DataFrame) -> None:
        known = {each.name for each in self.columns}
        missing = [each.name for each in self.learnt_from if each.name not in frame]
        extra = [name for name in map(str, frame) if name not in known]
        if not missing and not extra:
            return
        parts = []
        if missing:
            hint = did_you_mean(missing[0], extra) if extra else ""
            parts.append(f"Missing: {listed(missing)}.{hint.replace('Did', 'For the first, did')}")
        if extra:
            parts.append(f"Unknown: {listed(extra)}.")
        raise BadTable(
            f"The columns are not those that the model was fitted on. {' '.join(parts)} Rename, "
            "add or remove columns; their order does not matter."
        )

    def as_list(self) -> list[dict[str, object]]:
        """Return the reading as JSON values; see :meth:`from_list`."""
        return [_without_defaults(asdict(each)) for each in self.columns]

    @classmethod
    def from_list(cls, stored: Sequence[Mapping[str, object]]) -> "Reading":
        """Return the reading that :meth:`as_list` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is not of that form.
        """
        return cls(tuple(_column_reading(each) for each in stored))


_DEFAULT = asdict(ColumnReading("", ""))


def _without_defaults(stored: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in stored.items() if value != _DEFAULT[name]}


def _column_reading(stored: Mapping[str, object]) -> ColumnReading:
    given = dict(stored)
    if given["kind"] not in (*KINDS, DROPPED):
        raise ValueError(f"unknown kind {given['kind']!r}")
    for name, form in (("numbers", NumberForm), ("dates", DateForm)):
        if name in given:
            given[name] = form(**given[name])  # type: ignore[arg-type]  # checked by its own names
    for name in ("missing", "stand_ins", "order", "no_dates"):
        if name in given:
            given[name] = tuple(given[name])  # type: ignore[arg-type]
    reading = ColumnReading(**given)  # type: ignore[arg-type]
    try:
        msgspec.convert(asdict(reading), ColumnReading)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    if days_among(reading.no_dates) != reading.no_dates:
        raise ValueError("days that are none")
    _check_forms(reading.numbers, reading.dates)
    return reading


def _check_forms(numbers: NumberForm, dates: DateForm) -> None:
    """Refuse forms that are never found: they would become patterns, or names of files."""
    if NumberForm(numbers.decimal, numbers.thousands) not in FORMS:
        raise ValueError("marks of numbers that are none")
    if len(numbers.unit) > LONGEST_UNIT or "\n" in numbers.unit:
        raise ValueError("a unit that is none")
    if len(dates.pattern) > LONGEST_PATTERN:
        raise ValueError("a form of dates that is none")
    if not 0 <= dates.pivot <= PIVOT:
        raise ValueError("a century that is none")
    if dates.zone is not None and not is_known(dates.zone):
        raise ValueError(
            f"the time zone {visible(dates.zone)} is not known to this machine; if it knows none, "
            "pip install tzdata"
        )
