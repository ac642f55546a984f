"""Other models in ``summary.json``, as types."""

from typing import TypedDict


class DifferenceRecord(TypedDict):
    """The JSON of a ``Difference``; None for a figure that is not a number."""

    mean: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


class BaselineRecord(TypedDict):
    """The JSON of a ``Baseline``; where it failed, all its figures are None."""

    name: str
    about: str
    in_python: str
    loss: float | None
    standard_error: float | None
    score: float | None
    score_standard_error: float | None
    network_loss: float | None
    margin: float | None
    against_network: DifferenceRecord
    chance_better: float | None
    against_none: DifferenceRecord | None
    n_repeats: int
    seconds: float
    failed: str | None


class BaselinesRecord(TypedDict):
    """The JSON of a ``Baselines``."""

    level: float
    folds: str
    measure: str
    models: list[BaselineRecord]
    better: str | None
    sentence: str
