"""Which rows go wrong: classes taken for others, how well they are told apart, hard rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.report.numbers import UNBROKEN, figure
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import even_figures, share, tick
from dropdecay.report.sections.picture import Frame, Picture, Shape, labels
from dropdecay.report.sections.run import Run
from dropdecay.report.trust_records import CurveRecord

MOST_CLASSES = 12
"""Of more classes the pairs most often confused are listed."""

MOST_PAIRS = 10


@dataclass(frozen=True)
class Confusion:
    """True classes down, predicted ones across; ``steps`` colour the mistakes, 0 to 3."""

    sentence: str
    threshold: str
    classes: tuple[str, ...]
    rows: tuple[tuple[tuple[str, int, bool], ...], ...]
    pairs: tuple[tuple[str, str, str], ...]
    csv: str


@dataclass(frozen=True)
class Ranking:
    """ROC and precision-recall curves."""

    sentence: str
    panels: tuple[Picture, ...]
    csv: str


@dataclass(frozen=True)
class OddRows:
    """Rows that the folds find hardest, and labels that look wrong."""

    sentence: str
    hardest: tuple[tuple[str, str, str, str], ...]
    lost: str
    labels: tuple[tuple[str, str, str, str], ...]
    folds: tuple[str, ...]
    file: str


def confusion_of(run: Run) -> Confusion | None:
    """Return how often each class was taken for another."""
    found = run.summary.get("mistakes")
    if not found or not found["counts"]:
        return None
    classes, counts = list(map(str, found["classes"])), np.asarray(found["counts"])
    threshold = found["threshold"]
    many = len(classes) > MOST_CLASSES
    wrong = np.where(np.eye(len(classes), dtype=bool), 0, counts)
    return Confusion(
        sentence=found["sentence"],
        threshold="" if threshold is None else threshold["sentence"],
        classes=() if many else tuple(classes),
        rows=() if many else _table(counts, wrong),
        pairs=_pairs(classes, wrong) if many else (),
        csv=csv_link(
            ["true", *classes],
            [[name, *row] for name, row in zip(classes, counts.tolist(), strict=True)],
        ),
    )


def _table(counts: AnyArray, wrong: AnyArray) -> tuple[tuple[tuple[str, int, bool], ...], ...]:
    most = max(int(wrong.max()), 1)
    return tuple(
        tuple(
            (f"{count:,}", int(np.ceil(3 * wrong[i, j] / most)), i == j)
            for j, count in enumerate(row)
        )
        for i, row in enumerate(counts.tolist())
    )


def _pairs(classes: list[str], wrong: AnyArray) -> tuple[tuple[str, str, str], ...]:
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]
    places = zip(*np.unravel_index(order, wrong.shape), strict=True)
    return tuple(
        (classes[i], classes[j], f"{int(wrong[i, j]):,}") for i, j in places if wrong[i, j]
    )


def ranking_of(run: Run) -> Ranking | None:
    """Return the curves of the classes; of two classes those of the last."""
    found = run.summary.get("curves_of_classes")
    if not found or not found["roc"]:
        return None
    roc, recall = (_shown(found[key]) for key in ("roc", "precision_recall"))
    if len(roc) == 1:
        said = f"Area under the ROC curve {figure(roc[0]['area'], 3)}"
        said += f", under precision and recall {figure(recall[0]['area'], 3)}." if recall else "."
    else:
        areas = {str(each["class"]): each["area"] for each in roc}
        worst = min(areas, key=lambda name: areas[name])
        said = (
            f"Each class against all others; hardest is {worst}, with an area under the ROC curve "
            f"of {figure(areas[worst], 3)}."
        )
    of_what = f"of {roc[0]['class']}" if len(roc) == 1 else ""
    return Ranking(
        sentence=said,
        panels=(
            _panel(roc, "Found", of_what, "taken for it wrongly", even=True),
            _panel(recall, "Right where it says so", of_what, "found", even=False),
        ),
        csv=csv_link(
            ["curve", "class", "x", "y"],
            [[key, each["class"], x, y] for key in ("roc", "precision_recall")
             for each in found[key] for x, y in zip(each["x"], each["y"], strict=True)],
        ),
    )  # fmt: skip


def _shown(curves: list[CurveRecord]) -> list[CurveRecord]:
    return curves[-1:] if len(curves) <= 2 else curves


def _panel(
    curves: list[CurveRecord], caption: str, of_what: str, title_x: str, *, even: bool
) -> Picture:
    frame, steps = Frame(0.0, 1.0, 0.0, 1.0), (0.0, 0.5, 1.0)

    def percent(value: float) -> str:
        return tick(100 * value)

    worst = min(range(len(curves)), key=lambda k: curves[k]["area"], default=0)
    ordered = [*(k for k in range(len(curves)) if k != worst), worst]
    return Picture(
        caption=caption,
        of_what=of_what,
        name=f"{caption} {of_what} against {title_x}",
        ticks_x=labels(steps, frame.x, percent, f"{UNBROKEN}%"),
        ticks_y=labels(steps, frame.y, percent, f"{UNBROKEN}%"),
        title_x=title_x,
        shapes=(
            *frame.grid(steps),
            *((Shape("even", frame.line([0, 1], [0, 1])),) if even else ()),
            *(
                Shape("ch" if k == worst else "no thin",
                      frame.line(curves[k]["x"], curves[k]["y"]))
                for k in ordered[: len(curves)]
            ),
        ),
        height=210,
    )  # fmt: skip


def odd_rows_of(run: Run) -> OddRows | None:
    """Return the rows that are worth a look."""
    found = run.summary.get("odd_rows")
    if not found:
        return None
    worst = found["hardest"]
    values = _texts([each[what] for what in ("true", "predicted") for each in worst])
    losses = even_figures([run.loss.value(each["loss"]) for each in worst])
    hardest = tuple(
        (f"{each['row']:,}", true, predicted, loss)
        for each, true, predicted, loss in zip(
            worst, values[: len(worst)], values[len(worst) :], losses, strict=True
        )
    )
    suspicious = tuple(
        (f"{each['row']:,}", _text(each["given"]), _text(each["looks_like"]),
         share(each["probability"]))
        for each in found["labels"]["rows"]
    )  # fmt: skip
    folds = tuple(
        each["sentence"] for each in found["folds"] if each["sentence"] not in found["sentence"]
    )
    if not (hardest or suspicious or found["folds"]):
        return None
    lost = "error" if run.loss.is_root else "loss"
    return OddRows(found["sentence"], hardest, lost, suspicious, folds, found["file"])


def _text(value: str | float) -> str:
    return tick(value) if isinstance(value, float) else str(value)


def _texts(values: Sequence[str | float]) -> list[str]:
    numbers = [each for each in values if isinstance(each, float)]
    if len(numbers) == len(values):
        return even_figures(numbers)
    return [_text(each) for each in values]
