"""Axes x folds x seeds -> runs with stable keys, decided before anything is trained."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from dropdecay.data.fold_rows import Fold, fold_rows, repeats_of
from dropdecay.engine.protocol import N_BLOCKS, REFIT_FOLD, Rows, Run, run_key
from dropdecay.errors import BadSetting
from dropdecay.settings import Regularization, Schedule, axis_values, check_count


@dataclass(frozen=True)
class Axes:
    """The knobs that span the surface, each ascending and without repetition."""

    dropout: tuple[float, ...]
    weight_decay: tuple[float, ...]

    @classmethod
    def of(cls, dropout: float | Iterable[float], weight_decay: float | Iterable[float]) -> "Axes":
        """Check and order the values of both axes."""
        return cls(
            axis_values("dropout", dropout, "rate"),
            axis_values("weight_decay", weight_decay, "strength"),
        )

    @property
    def n_points(self) -> int:
        """Number of points on the surface."""
        return len(self.dropout) * len(self.weight_decay)

    def joined_by(self, axis: str, values: Iterable[float]) -> "Axes":
        """Return axes of which one has more values."""
        return replace(self, **{axis: tuple(sorted({*getattr(self, axis), *values}))})


@dataclass(frozen=True)
class Plan:
    """All runs of a surface, decided before any of them is trained."""

    axes: Axes
    folds: tuple[Rows, ...]
    n_seeds: int
    runs: tuple[Run, ...]

    def runs_of(self, fold: int) -> list[Run]:
        """Return the runs of one fold."""
        return [run for run in self.runs if run.fold == fold]


def make_plan(
    axes: Axes,
    folds: Sequence[Fold],
    n_seeds: int,
    random_state: int,
    *,
    base: Regularization,
    schedule: Schedule,
) -> Plan:
    """Lay out every run of the surface.

    Within a fold and seed all points get the same key, and so the same initial weights, batches
    and uniform numbers: points differ by their regularization alone.

    Parameters
    ----------
    axes : Axes
    folds : sequence of (training rows, validation rows)
    n_seeds : int
        Repetitions with other initial weights, batches and masks, at every point and fold.
    random_state : int
        Everything random follows from it.
    base : Regularization
        What all points share: input dropout and the kind of decay.
    schedule : Schedule
        Only asked whether it can bear the strongest decay.

    Raises
    ------
    BadSetting
        If there are fewer than two folds, or a decay is too strong for the learning rate.
    """
    check_count("n_seeds", n_seeds)
    if len(folds) < 2:
        raise BadSetting(
            f"The surface needs at least 2 folds to tell how sure it is. Got {len(folds)}."
        )
    points = [
        replace(base, dropout=rate, weight_decay=strength)
        for rate, strength in product(axes.dropout, axes.weight_decay)
    ]
    for point in points:
        schedule.check_against(point)
    blocks = None
    if repeats_of([validation for _, validation in folds]).any():
        # Each row is held out several times: a block then holds the same rows in every repeat.
        n_rows = 1 + max(int(validation.max()) for _, validation in folds)
        drawn = np.random.default_rng((random_state, 0, 1))
        blocks = drawn.permutation(n_rows) % min(N_BLOCKS, n_rows)
    rows = tuple(
        fold_rows(training, validation, random_state, number, blocks)
        for number, (training, validation) in enumerate(folds)
    )
    runs = tuple(
        Run(point, fold, seed, run_key(random_state, fold, seed), rows[fold])
        for fold, seed, point in product(range(len(rows)), range(n_seeds), points)
    )
    return Plan(axes, rows, n_seeds, runs)


def refit_run(regularization: Regularization, n_rows: int, random_state: int) -> Run:
    """Return the run that trains one network on all rows."""
    rows = fold_rows(np.arange(n_rows), np.arange(0), random_state, REFIT_FOLD)
    return Run(regularization, REFIT_FOLD, 0, run_key(random_state, REFIT_FOLD, 0), rows)
