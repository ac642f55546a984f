"""How far to trust predictions, as parts of ``summary.json``: their types, and what fills them."""

from typing import NotRequired, TypedDict

import numpy as np

from dropdecay.arrays import AnyArray, Int64
from dropdecay.report.run_files import ROWS
from dropdecay.trust.calibration import CalibrationCurve
from dropdecay.trust.curves import ClassCurve, points_for
from dropdecay.trust.out_of_fold import OutOfFold
from dropdecay.trust.rows_table import doubtful_labels, hardest
from dropdecay.trust.threshold import Threshold

MOST_VALUES = 2000
"""Rows of predicted against true values, at most."""

N_LABELS = 10


class BinRecord(TypedDict):
    """A bin of probabilities."""

    said: float
    happened: float
    lower: float
    upper: float
    rows: int


class CurveOfBins(TypedDict):
    """The bins of a class or label."""

    name: str
    bins: list[BinRecord]


class CalibrationRecord(TypedDict):
    """Whether probabilities can be taken at their word."""

    outputs: list[CurveOfBins]
    error: float
    temperature: float | None
    loss_after_temperature: float | None
    sentence: str


ThresholdRecord = TypedDict(
    "ThresholdRecord",
    {
        "class": str,
        "value": float,
        "measure": str,
        "before": float | None,
        "after": float | None,
        "sentence": str,
    },
)
"""From which probability on a class is predicted."""

CurveRecord = TypedDict(
    "CurveRecord", {"class": str, "x": list[float], "y": list[float], "area": float}
)
"""A curve of one class."""


class MistakesRecord(TypedDict):
    """How often one class is taken for another: true down, predicted across."""

    classes: list[str]
    counts: list[list[int]]
    wrong: int
    rows: int
    threshold: ThresholdRecord | None
    sentence: str


class CurvesRecord(TypedDict):
    """ROC and precision-recall curves."""

    roc: list[CurveRecord]
    precision_recall: list[CurveRecord]


class ValuesRecord(TypedDict):
    """Predicted against true values of one output."""

    output: str
    true: list[float]
    predicted: list[float]
    slope: float | None
    intercept: float | None
    r2: float
    rmse: float
    sentence: str


class RowRecord(TypedDict):
    """A row that is hard to predict; it counts from 1."""

    row: int
    loss: float
    true: str | float
    predicted: str | float


class LabelRecord(TypedDict):
    """A row whose label looks wrong; ``probability`` is that of what it looks like."""

    row: int
    given: str
    looks_like: str
    probability: float


class LabelsRecord(TypedDict):
    """Labels that look wrong: how many, and the least likely ones."""

    n: int
    rows: list[LabelRecord]


class OddFoldRecord(TypedDict):
    """A fold that is harder than the others; it counts from 1."""

    fold: int
    loss: float
    sentence: str


class OddRowsRecord(TypedDict):
    """Rows, labels and folds worth a look."""

    file: str
    hardest: list[RowRecord]
    labels: LabelsRecord
    folds: list[OddFoldRecord]
    sentence: str


class TrustRecords(TypedDict):
    """The keys of the summary that say how far to trust a prediction."""

    calibration: NotRequired[CalibrationRecord | None]
    mistakes: NotRequired[MistakesRecord | None]
    curves_of_classes: NotRequired[CurvesRecord | None]
    values: NotRequired[list[ValuesRecord] | None]
    odd_rows: NotRequired[OddRowsRecord | None]


def calibration_record(found: OutOfFold) -> CalibrationRecord | None:
    """Return whether probabilities can be taken at their word."""
    calibration = found.calibration()
    if calibration is None:
        return None
    return {
        "outputs": [{"name": curve.name, "bins": _bins(curve)} for curve in calibration.curves],
        "error": _short(calibration.error),
        "temperature": _or_none(calibration.temperature),
        "loss_after_temperature": _or_none(calibration.loss_after_temperature),
        "sentence": calibration.sentence,
    }


def _bins(curve: CalibrationCurve) -> list[BinRecord]:
    return [
        {"said": _short(said), "happened": _short(happened), "lower": _short(lower),
         "upper": _short(upper), "rows": int(rows)}
        for said, happened, lower, upper, rows in zip(
            curve.said, curve.happened, curve.lower, curve.upper, curve.rows, strict=True
        )
    ]  # fmt: skip


def mistakes_record(found: OutOfFold) -> MistakesRecord | None:
    """Return how often one class is taken for another, and the threshold used or suggested."""
    mistakes = found.mistakes()
    if mistakes is None:
        return None
    threshold = found.threshold or found.suggested_threshold()
    return {
        "classes": list(mistakes.names),
        "counts": mistakes.counts.tolist(),
        "wrong": mistakes.n_wrong,
        "rows": mistakes.n_rows,
        "threshold": None if threshold is None else _threshold(threshold),
        "sentence": mistakes.sentence,
    }


def _threshold(threshold: Threshold) -> ThresholdRecord:
    return {
        "class": threshold.name,
        "value": _short(threshold.value),
        "measure": threshold.measure,
        "before": _or_none(threshold.before),
        "after": _or_none(threshold.after),
        "sentence": threshold.sentence,
    }


def curves_record(found: OutOfFold) -> CurvesRecord | None:
    """Return ROC and precision-recall curves, thinned."""
    if found.kind == "values":
        return None
    return {"roc": _curves(found.roc()), "precision_recall": _curves(found.precision_recall())}


def _curves(curves: tuple[ClassCurve, ...]) -> list[CurveRecord]:
    thinned = [curve.thinned(points_for(len(curves))) for curve in curves]
    return [
        {"class": each.name, "x": _list(each.x), "y": _list(each.y), "area": _short(each.area)}
        for each in thinned
    ]


def values_record(found: OutOfFold) -> list[ValuesRecord] | None:
    """Return predicted against true values, of a sample of rows that is always the same."""
    if found.kind != "values":
        return None
    n_rows = found.row.size
    at = np.sort(np.random.default_rng(0).permutation(n_rows)[:MOST_VALUES])
    return [
        {
            "output": each.name,
            "true": _list(each.true[at]),
            "predicted": _list(each.predicted[at]),
            "slope": None if each.slope is None else _short(each.slope.value),
            "intercept": None if each.intercept is None else _short(each.intercept.value),
            "r2": _short(each.r2),
            "rmse": _short(each.rmse),
            "sentence": each.sentence,
        }
        for each in found.values()
    ]


def odd_rows_record(found: OutOfFold, numbers: Int64 | None = None) -> OddRowsRecord:
    """Return rows, labels and folds worth a look.

    Parameters
    ----------
    found : OutOfFold
    numbers : shape (n_rows,), int64, or None
        Positions in the user's file of the rows given to ``fit``; None: the same.
    """
    number = found.row + 1 if numbers is None else numbers[found.row] + 1
    doubtful = doubtful_labels(found)
    labels: list[LabelRecord] = [
        {
            "row": int(number[place]),
            "given": found.names[found.true[place]],
            "looks_like": found.names[found.label_looks_like[place]],
            "probability": _short(found.outputs[place, found.label_looks_like[place]]),
        }
        for place in doubtful[:N_LABELS].tolist()
    ]
    return {
        "file": ROWS,
        "hardest": [
            {
                "row": int(number[place]),
                "loss": _short(found.loss[place]),
                "true": _told(found, found.true, place),
                "predicted": _told(found, found.predicted, place),
            }
            for place in hardest(found).tolist()
        ],
        "labels": {"n": int(doubtful.size), "rows": labels},
        "folds": [
            {"fold": each.fold + 1, "loss": _short(each.loss), "sentence": each.sentence}
            for each in found.odd_folds
        ],
        "sentence": found.sentence,
    }


def _told(found: OutOfFold, what: AnyArray, place: int) -> str | float:
    """Return what is true or predicted of a row, as one value."""
    if found.kind == "classes":
        name: str = found.names[what[place]]
        return name
    if found.kind == "labels":
        return ", ".join(name for name, on in zip(found.names, what[place], strict=True) if on)
    if len(found.names) == 1:
        return _short(what[place, 0])
    return ", ".join(f"{each:.6g}" for each in what[place])


def _short(value: float) -> float:
    return float(f"{float(value):.6g}")


def _or_none(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else _short(value)


def _list(values: AnyArray) -> list[float]:
    return [_short(value) for value in values]


def trust_records(found: OutOfFold | None, numbers: Int64 | None = None) -> TrustRecords:
    """Return the keys of the summary that say how far to trust a prediction."""
    if found is None:
        nothing: TrustRecords = {
            "calibration": None, "mistakes": None, "curves_of_classes": None, "values": None,
            "odd_rows": None,
        }  # fmt: skip
        return nothing
    return {
        "calibration": calibration_record(found),
        "mistakes": mistakes_record(found),
        "curves_of_classes": curves_record(found),
        "values": values_record(found),
        "odd_rows": odd_rows_record(found, numbers),
    }
