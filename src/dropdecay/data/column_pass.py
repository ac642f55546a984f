"""One pass over target, groups and weights of a table in files: what must be known of all rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float32, Float64, Int64
from dropdecay.data.dealing import MOST_KNOWN, numbers_of_groups
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.check import ANSWERS
from dropdecay.table.files import ParquetFiles
from dropdecay.table.missing import MISSING_WORDS, is_text_like

MOST_CLASSES = 10_000


@dataclass(frozen=True)
class Roles:
    """Which columns are no features.

    Parameters
    ----------
    target : str
    groups, weights, times : str or None
    """

    target: str
    groups: str | None = None
    weights: str | None = None
    times: str | None = None

    @property
    def names(self) -> list[str]:
        """All of them."""
        named = (self.target, self.groups, self.weights, self.times)
        return [each for each in named if each is not None]


@dataclass(frozen=True)
class Seen:
    """What all rows say.

    Parameters
    ----------
    classes : shape (n_classes,) or None
        In order; None: the target is a quantity.
    counts : shape (n_classes,)
        Rows of each class; of a quantity, all rows.
    center, scale : float
        Weighted mean and standard deviation of a quantity.
    groups : shape (n_groups,) or None
        Their random numbers, ascending; None: there are none, or too many to count.
    """

    classes: AnyArray | None
    counts: Int64
    center: float
    scale: float
    groups: Float64 | None


@dataclass
class _Moments:
    """Mean and spread of a quantity, part by part (Chan, Golub & LeVeque 1983)."""

    weight: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: Float64, weights: Float64) -> None:
        weight = float(weights.sum())
        if weight == 0.0:
            return
        mean = float(np.average(values, weights=weights))
        squares = float(weights @ (values - mean) ** 2)
        both, apart = self.weight + weight, mean - self.mean
        self.squares += squares + apart**2 * self.weight * weight / both
        self.mean += apart * weight / both
        self.weight = both


@dataclass
class _Counts:
    """Rows by class, part by part."""

    of: dict[object, int] = field(default_factory=dict)

    def add(self, values: AnyArray, name: str) -> None:
        for value, count in pd.Series(values).value_counts().items():
            self.of[value] = self.of.get(value, 0) + int(count)
        if len(self.of) > MOST_CLASSES:
            raise BadTable(
                f"Target {quoted(name)} holds more than {MOST_CLASSES:,} different values, too "
                "many for classes. Choose another target, or a regressor."
            )


def pass_over(files: ParquetFiles, roles: Roles, random_state: int, *, numeric: bool) -> Seen:
    """Read target, groups and weights of all rows, part by part, and check them.

    Parameters
    ----------
    files : ParquetFiles
    roles : Roles
    random_state : int
        That of the groups' numbers.
    numeric : bool
        Whether the target is a quantity.

    Raises
    ------
    BadTable
        If a cell of these columns cannot be used; the message says in which file and row.
    """
    moments, counts, n_rows = _Moments(), _Counts(), 0
    drawn: Float64 | None = np.empty(0)
    # Times have been read before.
    for part in files.parts(replace(roles, times=None).names):
        weights = weights_in(part, roles, files)
        values = target_in(part, roles, files, numeric=numeric)
        if numeric:
            moments.add(values, np.ones(len(part)) if weights is None else weights.astype(float))
        else:
            counts.add(values, roles.target)
        if roles.groups is not None and drawn is not None:
            numbers = numbers_of_groups(groups_in(part, roles, files), random_state)
            drawn = np.union1d(drawn, numbers)
            drawn = None if drawn.size > MOST_KNOWN else drawn
        n_rows += len(part)
    groups = None if roles.groups is None else drawn
    if numeric:
        scale = np.sqrt(moments.squares / moments.weight) if moments.weight else 0.0
        _check_varies(moments.mean, scale, roles.target)
        return Seen(None, np.array([n_rows]), moments.mean, float(scale), groups)
    return _of_classes(counts.of, groups)


def _of_classes(counts: Mapping[object, int], groups: Float64 | None) -> Seen:
    listed = list(counts)
    given = np.array(listed, object if isinstance(listed[0], str) else None)
    classes, order = np.unique(given, return_index=True)
    in_order = [counts[listed[each]] for each in order.tolist()]
    return Seen(classes, np.array(in_order), 0.0, 1.0, groups)


def _check_varies(mean: float, scale: float, name: str) -> None:
    if not scale > 1e-12 * abs(mean):
        raise BadTable(
            f"Target {quoted(name)} is {mean:g} in every row. There is nothing to learn. Choose "
            "another target."
        )


def target_in(part: pd.DataFrame, roles: Roles, files: ParquetFiles, *, numeric: bool) -> AnyArray:
    """Return the target of a part: float64, or classes as booleans, int64 or text."""
    column = part[roles.target]
    name = f"Target {quoted(roles.target)}"
    column = column.astype(object) if is_text_like(column) else column
    is_text = column.map(lambda value: isinstance(value, str)) if column.dtype == object else None
    if is_text is not None and is_text.any():
        if numeric:
            row = column[is_text].index[0]
            raise BadTable(
                f"{name} is text in {files.place(row)}: {quoted(column[row])}. A quantity must be "
                "stored as numbers. Convert the column, or fit a classifier."
            )
        return _as_text(column, name, files)
    if pd.api.types.is_datetime64_any_dtype(column):
        raise BadTable(f"{name} holds dates. Choose another target, or convert them to numbers.")
    _refuse_missing(column.isna(), name, files)
    if pd.api.types.is_bool_dtype(column) or all(isinstance(each, bool) for each in column):
        truths = column.to_numpy(bool)
        return truths.astype(np.float64) if numeric else truths
    values = column.to_numpy(np.float64)
    _refuse(~np.isfinite(values), column, f"{name} is infinite", "Correct it", files)
    if numeric:
        return values
    _refuse(
        values != np.round(values), column, f"{name} is not a whole number, so it is no class",
        "Use a regressor, or give whole numbers or text", files,
    )  # fmt: skip
    return values.astype(np.int64)


def _as_text(column: pd.Series, name: str, files: ParquetFiles) -> AnyArray:
    texts = column.map(lambda value: value if pd.isna(value) else str(value).strip())
    codes, found = pd.factorize(texts)
    words = {each for each in found if each.lower() in MISSING_WORDS - ANSWERS}
    _refuse_missing(texts.isna() | texts.isin(words), name, files)
    return np.asarray(found, object)[codes]


def codes_of(values: AnyArray, seen: Seen) -> Int64:
    """Return the class number of each row of a part; 0 throughout for a quantity."""
    if seen.classes is None:
        return np.zeros(values.size, np.int64)
    return np.searchsorted(seen.classes, values).astype(np.int64)


def weights_in(part: pd.DataFrame, roles: Roles, files: ParquetFiles) -> Float32 | None:
    """Return the weights of a part, all finite and 0 or larger; None: rows have none."""
    if roles.weights is None:
        return None
    column, name = part[roles.weights], f"Weight {quoted(roles.weights)}"
    values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    bad = ~(np.isfinite(values) & (values >= 0))
    _refuse(bad, column, f"{name} is no weight", "Every row needs one, 0 or larger", files)
    return values.astype(np.float32)


def groups_in(part: pd.DataFrame, roles: Roles, files: ParquetFiles) -> AnyArray:
    """Return the groups of a part, none of them missing; text without blanks around it."""
    assert roles.groups is not None  # or nobody asks
    column = part[roles.groups]
    if is_text_like(column):
        column = column.astype(object)
        column = column.map(lambda value: value.strip() if isinstance(value, str) else value)
    _refuse_missing(column.isna(), f"Group {quoted(roles.groups)}", files)
    return column.to_numpy()


def _refuse_missing(missing: pd.Series, name: str, files: ParquetFiles) -> None:
    if missing.any():
        row = int(missing.index[int(np.argmax(missing))])
        raise BadTable(
            f"{name} is missing in {files.place(row)}. Every row needs one. Fill it in, or leave "
            "such rows out of the files."
        )


def _refuse(bad: AnyArray, column: pd.Series, what: str, remedy: str, files: ParquetFiles) -> None:
    if bad.any():
        row = int(column.index[int(np.argmax(bad))])
        raise BadTable(f"{what} in {files.place(row)}: {quoted(column[row])}. {remedy}.")
