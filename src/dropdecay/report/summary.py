"""The parts of ``summary.json`` that reports read, as types."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from dropdecay.axes import Point
from dropdecay.knobs import Value

StoredValue = float | str | list[float] | None
"""A value of an axis as JSON holds it: a list where it is one number a layer."""


class PointRecord(TypedDict):
    """A point with its figures; None: the figure is not a number."""

    point: dict[str, StoredValue]
    epochs: int
    loss: float
    standard_error: float | None
    training_loss: float
    gap: float
    score: float | None
    score_standard_error: float | None
    accuracy: float | None
    accuracy_standard_error: float | None
    fold_variance: float | None
    seed_variance: float | None


class EdgeRecord(TypedDict):
    """An end of an axis at which the best point lies."""

    sentence: str


class ChoiceRecord(TypedDict):
    """What ``Choice.as_dict`` gives."""

    best: PointRecord
    one_standard_error: PointRecord
    chosen: PointRecord
    rule: str
    criterion: str
    as_good: list[dict[str, StoredValue]]
    n_points: int
    edges: list[EdgeRecord]
    n_unfinished: int


class GainRecord(TypedDict):
    """A paired difference with its interval."""

    mean: float
    standard_error: float | None
    lower: float | None
    upper: float | None


class ComparisonRecord(TypedDict):
    """The choice against a simpler one."""

    sentence: str


class EffectRecord(TypedDict):
    """A row of the table of effects; no gain: the axis is tuned."""

    name: str
    gain: GainRecord | None
    sentence: str


class VerdictRecord(TypedDict):
    """What ``Verdict.as_dict`` gives."""

    kind: str
    sentence: str
    comparisons: list[ComparisonRecord]
    effects: list[EffectRecord]
    notes: list[str]


class OptimismRecord(TypedDict):
    """What ``Optimism.as_dict`` gives."""

    corrected: float
    lower: float | None
    upper: float | None


class OuterFoldRecord(TypedDict):
    """What was chosen without one outer fold."""

    chosen: PointRecord
    loss: float
    score: float


class NestedRecord(TypedDict):
    """What ``Nested.as_dict`` gives."""

    loss: GainRecord
    score: GainRecord
    folds: list[OuterFoldRecord]
    settings: dict[str, int]


class AskedRecord(TypedDict):
    """What the user asked for."""

    table: str
    target: str


class Summary(TypedDict):
    """All of it; what earlier versions did not write may be missing."""

    dropdecay: str
    task: str
    task_reason: NotRequired[str]
    rows: int
    columns: int
    loss: str
    score: str
    verdict: VerdictRecord
    choice: ChoiceRecord
    optimism: OptimismRecord
    nested: NotRequired[NestedRecord | None]
    settings: dict[str, float | str]
    carry: NotRequired[list[str]]
    command: str
    asked: AskedRecord
    wall_s: NotRequired[float]
    blas: NotRequired[str]
    versions: NotRequired[dict[str, str]]
    table_sha256: NotRequired[str]


def point_of(stored: Mapping[str, StoredValue]) -> Point:
    """Return the point that JSON holds."""
    return Point(tuple((name, _restored(value)) for name, value in stored.items()))


def _restored(value: StoredValue) -> Value:
    return tuple(value) if isinstance(value, list) else value
