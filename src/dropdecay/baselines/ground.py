"""What other models are judged on: the folds, encoded rows and weights of the networks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.baselines.models import rows_at_most
from dropdecay.baselines.rows import FoldRows, HeldOut, exact_targets
from dropdecay.data.cuts import Cuts
from dropdecay.data.row_scores import RowScore
from dropdecay.data.targets import Target
from dropdecay.engine.protocol import Matrix
from dropdecay.parts import LOSSES

SEED = 0x62617365
"""Stands in the seed of what models draw, so that nothing else draws the same numbers."""


@dataclass(frozen=True)
class Ground:
    """What models are judged on.

    Parameters
    ----------
    cuts : Cuts
    columns_of : callable
        Fold -> all rows as the networks' own encoder has them, and the columns that are one
        category each of the same column of the table.
    target : Target
    sample_weight : shape (n_rows,) or None
        As in the networks' training and losses.
    groups, moments : shape (n_rows,) or None
        The latter say which rows are later than others, where folds are blocks of time.
    score : RowScore
    random_state, n_jobs : int
    price_of_surface : float
        Seconds on a usual core.
    time_is_up : callable
        Number of cuts done -> whether the budget forbids another.
    """

    cuts: Cuts
    columns_of: Callable[[int], tuple[Matrix, tuple[Int64, ...]]]
    target: Target
    sample_weight: Floating | None
    groups: AnyArray | None
    moments: Int64 | None
    score: RowScore
    random_state: int
    n_jobs: int
    price_of_surface: float
    time_is_up: Callable[[int], bool]

    def rows_of(self, fold: int) -> FoldRows:
        """Return the rows of a fold, with no more training rows than models are given."""
        rows, (X, categories), target = self.cuts[fold], self.columns_of(fold), self.target
        drawn = np.random.SeedSequence((self.random_state, SEED, fold)).generate_state(1)
        seed = int(drawn[0] >> 1)
        training = rows_at_most(rows.training, X, seed)
        weights, groups, moments = (
            None if each is None else np.asarray(each)[training]
            for each in (self.sample_weight, self.groups, self.moments)
        )
        return FoldRows(
            X[training], HeldOut(X, rows.validation), exact_targets(target)[training],
            LOSSES[target.loss].targets, target.n_outputs, weights, groups,
            categories, seed, rows.training.size, moments,
        )  # fmt: skip
