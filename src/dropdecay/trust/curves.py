"""ROC and precision-recall curves of classes, and how often one class is taken for another."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import (
    auc,
    confusion_matrix,
    precision_recall_curve,
    roc_curve,
)

from dropdecay.arrays import AnyArray, Float64, Int64

MOST_POINTS, FEWEST_POINTS, ALL_POINTS = 200, 20, 4000


@dataclass(frozen=True, eq=False)
class ClassCurve:
    """A curve of one class or label.

    Parameters
    ----------
    name : str
    x, y : shape (n_points,)
        ROC: rates of false and of true positives. Precision-recall: recall and precision.
    area : float
        ROC: the area under it. Precision-recall: average precision.
    """

    name: str
    x: Float64
    y: Float64
    area: float

    def thinned(self, n_points: int) -> "ClassCurve":
        """Return the curve with this many points at most; the area stays."""
        at = np.unique(np.linspace(0, self.x.size - 1, min(n_points, self.x.size)).astype(int))
        return ClassCurve(self.name, self.x[at], self.y[at], self.area)


def roc(name: str, said: Float64, happened: AnyArray, weight: Float64) -> ClassCurve | None:
    """Return the ROC curve; None: all rows are of the class, or none is."""
    if happened.all() or not happened.any():
        return None
    x, y, _ = roc_curve(happened, said, sample_weight=weight)
    return ClassCurve(name, x, y, float(auc(x, y)))


def precision_recall(
    name: str, said: Float64, happened: AnyArray, weight: Float64
) -> ClassCurve | None:
    """Return the precision-recall curve; None: all rows are of the class, or none is."""
    if happened.all() or not happened.any():
        return None
    precision, recall, _ = precision_recall_curve(
        happened, said, sample_weight=weight, drop_intermediate=True
    )
    area = -np.diff(recall) @ precision[:-1]
    return ClassCurve(name, recall[::-1], precision[::-1], float(area))


def points_for(n_curves: int) -> int:
    """Return how many points each of so many curves gets in a file."""
    return int(np.clip(ALL_POINTS // max(1, n_curves), FEWEST_POINTS, MOST_POINTS))


@dataclass(frozen=True, eq=False)
class Mistakes:
    """How often one class is taken for another.

    Parameters
    ----------
    names : tuple of str
    counts : shape (n_classes, n_classes)
        Rows of each true class (down) by predicted class (across).
    """

    names: tuple[str, ...]
    counts: Int64

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.counts.sum())

    @property
    def n_wrong(self) -> int:
        """Number of rows whose class is predicted wrong."""
        return self.n_rows - int(np.trace(self.counts))

    @property
    def sentence(self) -> str:
        """How many are wrong, and what is mistaken most often."""
        share = 100 * self.n_wrong / max(1, self.n_rows)
        found = f"{self.n_wrong:,} of {self.n_rows:,} rows are predicted wrong ({share:.2g} %)"
        off = self.counts * (1 - np.eye(len(self.counts), dtype=np.int64))
        if not self.n_wrong:
            return f"None of {self.n_rows:,} rows is predicted wrong."
        true, said = np.unravel_index(off.argmax(), off.shape)
        return (
            f"{found}; most often {self.names[true]} is taken for {self.names[said]} "
            f"({off[true, said]:,})."
        )


def mistakes(names: tuple[str, ...], true: Int64, predicted: Int64) -> Mistakes:
    """Return the confusion matrix of numbers of classes."""
    counts = confusion_matrix(true, predicted, labels=np.arange(len(names)))
    return Mistakes(names, counts)
