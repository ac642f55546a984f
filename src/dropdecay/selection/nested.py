"""Nested cross-validation: the performance of the whole procedure on rows it never saw."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.jsonable import Plain, as_plain, plain_fields
from dropdecay.statistics.corrected import PairedDifference, overlap_of, paired_difference


@dataclass(frozen=True)
class OuterFold:
    """The point chosen without an outer fold, and how the network refitted without it performs."""

    chosen: PointFigures
    loss: float
    score: float


@dataclass(frozen=True)
class Nested:
    """The estimate of nested cross-validation.

    Parameters
    ----------
    loss, score : PairedDifference
        Means over outer folds, with Nadeau and Bengio's corrected standard errors and 95 %
        intervals. The spread over held-out rows alone would give intervals that are too narrow,
        since folds share training rows (Bates, Hastie & Tibshirani 2021).
    folds : tuple of OuterFold
    """

    loss: PairedDifference
    score: PairedDifference
    folds: tuple[OuterFold, ...]

    @property
    def settings(self) -> dict[str, int]:
        """How many outer folds chose each setting, most frequent first."""
        return dict(Counter(str(fold.chosen.point) for fold in self.folds).most_common())

    def as_dict(self) -> dict[str, Plain]:
        """Return the estimate as plain JSON values."""
        return {**plain_fields(self), "settings": as_plain(self.settings)}


def summarise_nested(folds: Sequence[OuterFold], n_training: Int64, n_test: Int64) -> Nested:
    """Combine the outer folds.

    Parameters
    ----------
    folds : sequence of OuterFold
    n_training, n_test : shape (n_folds,)
        Number of rows of each outer fold.
    """
    overlap = overlap_of(n_training, n_test)
    return Nested(
        loss=paired_difference(np.array([fold.loss for fold in folds]), overlap),
        score=paired_difference(np.array([fold.score for fold in folds]), overlap),
        folds=tuple(folds),
    )
