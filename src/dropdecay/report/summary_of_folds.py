"""The parts of ``summary.json`` that come from the networks of the folds, as types."""

from typing import TypedDict


class FoldNetworksRecord(TypedDict):
    """Whether the networks of the folds are in the model's folder."""

    kept: bool
    bytes: int
    why_not: str


class ColumnImportanceRecord(TypedDict):
    """The JSON of a ``ColumnImportance``."""

    column: str
    rise: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    by_fold: list[float]


class ImportanceRecord(TypedDict):
    """The JSON of an ``Importance``."""

    loss: str
    columns: list[ColumnImportanceRecord]
    n_rows: int
    n_orders: int
    n_left_out: int
    sentence: str


class PartialDependenceRecord(TypedDict):
    """The JSON of a ``PartialDependence``."""

    column: str
    kind: str
    values: list[float | str]
    output: str
    mean: list[float]
    lower: list[float | None]
    upper: list[float | None]


class IntervalsRecord(TypedDict):
    """The JSON of a ``Coverage``."""

    level: float
    covered: float
    width: float | None
    set_size: float | None
    sentence: str
