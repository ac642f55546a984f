"""What each held-out row contributes to a score: how repeats are judged where a score chooses.

A score such as the AUC compares the rows of one network with each other. So it is taken of all rows
that the network was held out from, and a row counts with the jackknife pseudo-value of its block
(``statistics.jackknife``) under the network that judges it. Where a score is a mean over rows, as
accuracy is, that is the mean of the block.
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.scoring import Scoring, make_score
from dropdecay.data.targets import Target
from dropdecay.engine.protocol import Score
from dropdecay.statistics.jackknife import pseudo_values


@dataclass(frozen=True)
class RowScore:
    """A score, as repeats need it.

    Parameters
    ----------
    score : callable
        Larger is better.
    weights : shape (n_rows,) or None
        What a row counts in the score; None: all rows count alike.
    constant : float or None
        The score of always predicting the class frequencies or the mean, on all rows; None: it is
        not defined.
    """

    score: Score
    weights: Floating | None
    constant: float | None

    def of(self, rows: Int64, outputs: Floating) -> float:
        """Return the score of rows together; NaN where it is not defined."""
        return _scored(self.score, rows, outputs)

    def by_row(self, rows: Int64, outputs: Floating, blocks: Int64) -> Float64:
        """Return what each row contributes to the score of one network on all of these rows.

        Parameters
        ----------
        rows : shape (n_rows,)
            The validation rows of the network.
        outputs : shape (n_rows, n_outputs)
        blocks : shape (n_rows,)
            The block that each row is left out with; -1: it is not asked for.

        Returns
        -------
        shape (n_rows,)
            NaN where it is not asked for, and where the score is not defined without the block.
        """
        mass = np.ones(rows.size) if self.weights is None else self.weights[rows]
        return pseudo_values(
            lambda kept: _scored(self.score, rows[kept], outputs[kept]),
            blocks,
            mass.astype(np.float64),
        )


def row_score(scoring: Scoring, target: Target, sample_weight: Floating | None = None) -> RowScore:
    """Return the score of ``scoring`` as repeats need it, weighted as on the surface."""
    score = make_score(scoring, target, sample_weight)
    is_weighted = score is None or (scoring is None and target.classes is None)
    weights = sample_weight if is_weighted else None
    score = score or _Accuracy(target.matrix.astype(np.int64), sample_weight)
    rows = np.arange(len(target.matrix))
    constant = _scored(score, rows, target.constant_outputs(sample_weight))
    return RowScore(score, weights, constant if math.isfinite(constant) else None)


def _scored(score: Score, rows: Int64, outputs: Floating) -> float:
    """Return a score; NaN where it is not defined."""
    # Blocks are left out a thousand times: the surface has warned already where it matters.
    with warnings.catch_warnings(action="ignore"):
        try:
            return float(score(rows, outputs))
        except Exception:  # noqa: BLE001  # any scorer, on rows that may lack a class
            return math.nan


@dataclass(frozen=True, eq=False)
class _Accuracy:
    """The score that the engine counts itself: the share of rows with all outputs right."""

    true: Int64
    sample_weight: Floating | None

    def __call__(self, rows: Int64, outputs: Floating) -> float:
        several_classes = outputs.shape[1] > self.true.shape[1]
        said = outputs.argmax(axis=1)[:, None] if several_classes else outputs > 0.5
        hits = (said == self.true[rows]).all(axis=1)
        own = self.sample_weight
        weights = None if own is None else own[rows].astype(np.float64)
        return float(np.average(hits, weights=weights))
