"""The parts of ``summary.json`` that reports read, as types."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from dropdecay.axes import Point
from dropdecay.knobs import Value
from dropdecay.report.baseline_record import BaselinesRecord
from dropdecay.report.summary_of_folds import (
    FoldNetworksRecord,
    ImportanceRecord,
    IntervalsRecord,
    PartialDependenceRecord,
)
from dropdecay.report.trust_records import TrustRecords
from dropdecay.safe_text import visible

StoredValue = float | str | list[float] | None
"""A value of an axis in JSON: a list if it has one number per layer."""


class PointRecord(TypedDict):
    """A point with its figures; None for a figure that is not a number."""

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
    plain_loss: NotRequired[float | None]
    plain_loss_standard_error: NotRequired[float | None]
    fold_variance: float | None
    seed_variance: float | None


class EdgeRecord(TypedDict):
    """An end of an axis at which the best point lies."""

    sentence: str


class ChoiceRecord(TypedDict):
    """The JSON of a ``Choice``."""

    best: PointRecord
    one_standard_error: PointRecord
    chosen: PointRecord
    rule: str
    criterion: str
    as_good: list[dict[str, StoredValue]]
    n_points: int
    edges: list[EdgeRecord]
    n_unfinished: int


class DifferenceRecord(TypedDict):
    """A paired difference with its interval."""

    mean: float
    standard_error: float | None
    lower: float | None
    upper: float | None


class ComparisonRecord(TypedDict):
    """The choice against a simpler alternative; its gain is above 0 where the choice is better."""

    against: str
    gain: DifferenceRecord
    sentence: str


class EffectRecord(TypedDict):
    """A row of the table of effects; a tuned axis has no gain."""

    name: str
    gain: DifferenceRecord | None
    sentence: str


class GainRecord(TypedDict):
    """The JSON of a ``Gain``; None for a figure that is not a number."""

    mean: float | None
    lower: float | None
    upper: float | None
    standard_error: float | None
    level: float
    baseline: float
    margin: float
    n_repeats: int
    n_rows: int | None
    by_repeat: list[float | None]
    intervals: list[tuple[float | None, float | None, float | None]]
    is_exhausted: bool
    constant: NotRequired[float | None]


class PlainLossRecord(TypedDict):
    """The JSON of a ``PlainLoss``."""

    name: str
    none: float
    chosen: float
    lower: float | None
    upper: float | None
    level: float


class VerdictRecord(TypedDict):
    """The JSON of a ``Verdict``."""

    kind: str
    recommendation: str
    grounds: list[str]
    sentence: str
    gain: GainRecord | None
    plain: NotRequired[PlainLossRecord | None]
    comparisons: list[ComparisonRecord]
    effects: list[EffectRecord]
    notes: list[str]


class OptimismRecord(TypedDict):
    """The JSON of an ``Optimism``."""

    corrected: float
    lower: float | None
    upper: float | None
    of_single: NotRequired["OptimismRecord | None"]
    plain: NotRequired["OptimismRecord"]


class EnsembleRecord(TypedDict):
    """The JSON of an ``Ensemble``."""

    n_networks: int
    measure: str
    loss: float
    single_loss: float
    gain: DifferenceRecord
    sentence: str
    plain: NotRequired["EnsembleRecord"]


class TuningStepRecord(TypedDict):
    """The JSON of a step of ``Tuning``; None for a figure that is not a number."""

    parameter: str
    values: list[str]
    losses: list[float | None]
    n_folds: list[int]
    taken: str
    gain: float | None
    standard_error: float | None
    flattery: float | None
    after_surface: bool


class TuningRecord(TypedDict):
    """The JSON of a ``Tuning``."""

    sentence: str
    params: dict[str, str]
    flattery: float | None
    is_complete: bool
    steps: list[TuningStepRecord]


class SetAsideRecord(TypedDict):
    """The JSON of a ``SetAside``; None for a figure that is not a number."""

    loss: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    n_rows: int
    chosen: PointRecord


class TimeOrderRecord(TypedDict):
    """The JSON of a ``TimeOrder``."""

    loss: float
    sentence: str


class OuterFoldRecord(TypedDict):
    """The point chosen without an outer fold, and its performance on it."""

    chosen: PointRecord
    loss: float
    score: float


class NestedRecord(TypedDict):
    """The JSON of a ``Nested``."""

    loss: DifferenceRecord
    score: DifferenceRecord
    folds: list[OuterFoldRecord]
    settings: dict[str, int]


class AskedRecord(TypedDict):
    """The options that reports show."""

    table: str
    target: str
    group: NotRequired[str | None]
    time: NotRequired[str | None]
    weight: NotRequired[str | None]


class FindingRecord(TypedDict):
    """Something that was noticed in the table."""

    code: str
    column: str | None
    sentence: str
    option: str
    grave: bool


class TableColumnRecord(TypedDict):
    """How a column of the table was read; None: it was left out."""

    column: str
    read_as: str
    missing: float | None
    distinct: int | None
    noticed: str


class TableRecord(TypedDict):
    """The account of a table."""

    columns: list[TableColumnRecord]
    findings: list[FindingRecord]


class FactRecord(TypedDict):
    """One of the three facts of an answer."""

    title: str
    figure: str
    unit: str
    text: str


class AnswerRecord(TypedDict):
    """The JSON of an ``Answer``."""

    label: str
    tone: str
    headline: str
    lead: str
    facts: list[FactRecord]
    warning: list[str]


class Summary(TrustRecords):
    """The whole summary; keys that earlier versions did not write may be missing."""

    dropdecay: str
    task: str
    task_reason: NotRequired[str]
    rows: int
    columns: int
    loss: str
    score: str
    verdict: VerdictRecord
    choice: ChoiceRecord
    optimism: OptimismRecord | None
    ensemble: NotRequired[EnsembleRecord | None]
    nested: NotRequired[NestedRecord | None]
    baselines: NotRequired[BaselinesRecord | None]
    time_order: NotRequired[TimeOrderRecord | None]
    tuning: NotRequired[TuningRecord | None]
    set_aside: NotRequired[SetAsideRecord | None]
    settings: dict[str, float | str]
    carry: NotRequired[list[str]]
    elsewhere: NotRequired[dict[str, str]]
    command: str
    asked: AskedRecord
    rows_as_they_stand: NotRequired[bool]
    wall_s: NotRequired[float]
    blas: NotRequired[str]
    versions: NotRequired[dict[str, str]]
    table_sha256: NotRequired[str]
    results_sha256: NotRequired[str]
    table: NotRequired[TableRecord]
    answer: NotRequired[AnswerRecord]
    fold_networks: NotRequired[FoldNetworksRecord | None]
    importance: NotRequired[ImportanceRecord | None]
    partial_dependence: NotRequired[list[PartialDependenceRecord] | None]
    intervals: NotRequired[IntervalsRecord | None]


def expected_of(summary: Summary) -> OptimismRecord | None:
    """Return what to expect on new rows, by the loss of the run; None: that is not known.

    Earlier versions with class weights told it by the plain loss alone.
    """
    optimism = summary["optimism"]
    is_weighted = summary["choice"]["chosen"].get("plain_loss") is not None
    return None if optimism is not None and is_weighted and "plain" not in optimism else optimism


def point_of(stored: Mapping[str, StoredValue]) -> Point:
    """Return the point that is stored as JSON."""
    return Point(tuple((name, _restored(value)) for name, value in stored.items()))


def _restored(value: StoredValue) -> Value:
    if isinstance(value, str):
        return visible(value, 60)  # printed as it is wherever points are
    return tuple(value) if isinstance(value, list) else value
