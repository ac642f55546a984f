"""What each column of a table is for, and how it is read, by the options of ``dropdecay fit``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from dropdecay.commands.options import FitOptions
from dropdecay.errors import BadSetting, BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.decision import ReadAs
from dropdecay.table.missing import is_text_like, tidied
from dropdecay.table.names import AS_THEY_STAND, did_you_mean
from dropdecay.table.read import require_column, split_target
from dropdecay.table.reading import KINDS, ColumnReading

ASKED_KINDS = tuple(each for each in KINDS if each != "ordinal")
SINGLE = ("--target", "--group", "--time", "--weight")
AS_EXAMPLE, ORDINAL_EXAMPLE = "zip=category", "'size=small<medium<large'"


@dataclass(frozen=True)
class Roles:
    """The columns of a table by what they are for.

    Parameters
    ----------
    features : DataFrame
    target : Series
    groups, weights, times : Series or None
    ids : tuple of str
        Of the columns that predict carries along.
    names : tuple of str
        Of those columns that nothing is learnt from.
    """

    features: pd.DataFrame
    target: pd.Series
    groups: pd.Series | None
    weights: pd.Series | None
    times: pd.Series | None
    ids: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def take_rows_as_they_stand(self) -> bool:
        """Whether the rows stand in the order of time, and no column says it."""
        return self.times is not None and self.times.name not in self.names


def roles_of(options: FitOptions, frame: pd.DataFrame) -> Roles:
    """Split a table by the roles that the options give its columns.

    Raises
    ------
    BadSetting
        If one column is given two roles that exclude each other.
    BadTable
        If there is no such column, or the weights are no weights.
    """
    names = [str(name) for name in frame.columns]
    _check_names(options, names)
    # Names are looked for as they were typed, and else without blanks around them.
    rest, columns = frame, {}
    for option, name in _asked(options, names):
        rest, columns[option] = split_target(rest, name)
    ids = _texts(options, "id")
    rest = rest.drop(columns=[name for name in dict.fromkeys(ids) if name in rest.columns])
    weights, groups = columns.get("--weight"), columns.get("--group")
    times = columns.get("--time")
    if takes_rows_as_they_stand(options, names):
        times = pd.Series(np.arange(len(frame)), name=AS_THEY_STAND)
    return Roles(
        rest, columns["--target"], None if groups is None else _groups(groups),
        None if weights is None else _weights(weights), times, tuple(ids),
        tuple(dict.fromkeys([*(str(each.name) for each in columns.values()), *ids])),
    )  # fmt: skip


def takes_rows_as_they_stand(options: FitOptions, columns: Sequence[str]) -> bool:
    """Whether the rows are to stand in the order of time, though no column says it."""
    return options.values["time"] == AS_THEY_STAND and AS_THEY_STAND not in columns


def _asked(options: FitOptions, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return the options that name one column that is no feature, the target first."""
    given = {option: options.values[option.lstrip("-")] for option in SINGLE}
    if takes_rows_as_they_stand(options, columns):
        given["--time"] = None
    return [(option, cast(str, name)) for option, name in given.items() if name is not None]


def _check_names(options: FitOptions, columns: Sequence[str]) -> None:
    """Refuse names of columns that are not there, or that are given two roles."""
    taken: dict[str, str] = {}
    for option, name in _asked(options, columns):
        require_column(name if name in columns else name.strip(), columns)
        if name in taken:
            raise BadSetting(f"{option} and {taken[name]} are both {quoted(name)}.")
        taken[name] = option
    # What names a row may also say what it belongs to, or when it was.
    named = {"--id": _texts(options, "id")}
    beside = {name: option for name, option in taken.items() if option == "--target"}
    read = {
        "--drop": _texts(options, "drop"),
        "--categorical": _texts(options, "categorical"),
        "--as": [name for name, _ in _pairs(options, "as_", AS_EXAMPLE)],
        "--ordinal": [name for name, _ in _pairs(options, "ordinal", ORDINAL_EXAMPLE)],
    }
    taken |= dict.fromkeys(named["--id"], "--id")
    for names, others in ((named, beside), (read, taken)):
        for option, name in ((option, name) for option, each in names.items() for name in each):
            require_column(name, columns)
            if name in others:
                raise BadSetting(f"{option} and {others[name]} are both {quoted(name)}.")


def _groups(column: pd.Series) -> pd.Series:
    """Return groups without blanks around their names, None where a row has none."""
    tidy = tidied(column)
    if not is_text_like(tidy):
        return tidy
    names = [each.strip() if isinstance(each, str) else each for each in tidy]
    return pd.Series(names, tidy.index, dtype=object, name=column.name)


def _weights(column: pd.Series) -> pd.Series:
    name = str(column.name)
    values = pd.Series(ColumnReading(name, "number").typed(column.reset_index(drop=True)))
    if values.isna().any() or (values < 0).any():
        row = int((values.isna() | (values < 0)).to_numpy().argmax())
        raise BadTable(
            f"Column {quoted(name)}, row {row + 1}: {quoted(column.iloc[row])} is no weight. Every "
            "row needs one, 0 or larger."
        )
    return pd.Series(values.to_numpy(), name=name)


def read_as_of(options: FitOptions) -> ReadAs:
    """Return how the options say that columns are read.

    Raises
    ------
    BadSetting
        If an option is not of its form.
    """
    missing = options.values["missing"]
    words = None
    if isinstance(missing, str):
        parts = tuple(each.strip() for each in missing.split(",") if each.strip())
        words = () if parts == ("none",) else parts
    return ReadAs(
        kinds=_kinds(options),
        orders={
            name: _order(name, words) for name, words in
            _pairs(options, "ordinal", ORDINAL_EXAMPLE)
        },
        missing=words,
        decimal=_mark(options, "decimal"),
        thousands=_mark(options, "thousands"),
        drop=tuple(_texts(options, "drop")),
    )  # fmt: skip


def _texts(options: FitOptions, key: str) -> Sequence[str]:
    return cast(tuple[str, ...], options.values[key] or ())


def _pairs(options: FitOptions, key: str, example: str) -> list[tuple[str, str]]:
    pairs = []
    for text in _texts(options, key):
        name, equals, value = text.rpartition("=")
        if not equals or not name or not value:
            raise BadSetting(f"--{key.rstrip('_')} must be such as {example}. Got {quoted(text)}.")
        pairs.append((name, value))
    return pairs


def _kinds(options: FitOptions) -> dict[str, str]:
    kinds = {name: _kind(name, kind) for name, kind in _pairs(options, "as_", AS_EXAMPLE)}
    for name in _texts(options, "categorical"):
        if kinds.setdefault(name, "category") != "category":
            raise BadSetting(f"--categorical {name} and --as {name}={kinds[name]} contradict.")
    return kinds


def _kind(name: str, kind: str) -> str:
    if kind not in ASKED_KINDS:
        raise BadSetting(
            f"--as {name}={kind}: a column is read as {', '.join(ASKED_KINDS)}."
            f"{did_you_mean(kind, ASKED_KINDS)}"
        )
    return kind


def _order(name: str, text: str) -> tuple[str, ...]:
    words = tuple(each.strip() for each in text.split("<"))
    if len(set(words)) < 2 or len(set(words)) != len(words) or "" in words:
        raise BadSetting(f"--ordinal {name}={text}: give different words, lowest first: a<b<c.")
    return words


def _mark(options: FitOptions, key: str) -> str | None:
    mark = cast(str | None, options.values[key])
    allowed = {"decimal": (".", ","), "thousands": (".", ",", "'", " ")}[key]
    named = {"point": ".", "comma": ",", "space": " ", "apostrophe": "'"}
    mark = None if mark is None else named.get(mark, mark)
    if mark is not None and mark not in allowed:
        raise BadSetting(f"--{key} must be one of {', '.join(map(repr, allowed))}. Got {mark!r}.")
    return mark
