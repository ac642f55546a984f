"""Axes x folds x seeds -> runs with stable keys, fixed before anything is trained."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from dropdecay.axes import Axes, Point
from dropdecay.engine.protocol import REFIT_FOLD, Run, run_key
from dropdecay.errors import BadSetting
from dropdecay.settings import Setting, check_count


@dataclass(frozen=True)
class Plan:
    """The definition of a surface, from which every run follows.

    Within a fold and seed all points share one key, and so the initial weights, batches and uniform
    numbers: points differ only in their setting.

    Parameters
    ----------
    axes : Axes
    setting : Setting
        The setting that all points share, apart from the fields that the axes change.
    n_folds : int
    n_seeds : int
        Networks per point and fold, with different initial weights, batches and masks.
    random_state : int
        The seed of all randomness.
    adaptive : bool
        Whether each point is trained until its own mean curve ends it, rather than for
        ``setting.schedule.epochs``, which are the most then.
    n_ensemble : int
        Networks, with seeds from 0, whose outputs are averaged into one; 1: no ensemble. Where
        there is one, what is recorded is recorded of all its networks.

    Raises
    ------
    BadSetting
        If there are fewer than two folds, or a point cannot be trained, for example because its
        decay is too strong for the learning rate.
    """

    axes: Axes
    setting: Setting
    n_folds: int
    n_seeds: int
    random_state: int
    adaptive: bool = False
    n_ensemble: int = 1

    def __post_init__(self) -> None:
        check_count("n_seeds", self.n_seeds)
        check_count("n_ensemble", self.n_ensemble)
        if self.n_folds < 2:
            raise BadSetting(
                f"The surface needs at least 2 folds to estimate uncertainty. Got {self.n_folds}."
            )
        for point in self.axes.points:
            point.applied_to(self.setting)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs, fold by fold."""
        settings = {point: point.applied_to(self.setting) for point in self.axes.points}
        return tuple(
            Run(
                settings[point], point, fold, seed, self.setting.schedule.epochs,
                run_key(self.random_state, fold, seed), adaptive=self.adaptive,
            )
            for fold, seed, point in product(
                range(self.n_folds), range(self.n_seeds), self.axes.points
            )
        )  # fmt: skip

    @property
    def n_recorded(self) -> int:
        """Networks per point and fold that record: those of an ensemble, or one a seed."""
        return self.n_ensemble if self.n_ensemble > 1 else self.n_seeds

    def recording_runs(self, point: Point, fold: int, epochs: Iterable[int]) -> tuple[Run, ...]:
        """Return the runs, one a seed, that record a point on a fold at these epochs."""
        setting, record = point.applied_to(self.setting), tuple(sorted(epochs))
        return tuple(
            Run(
                setting, point, fold, seed, record[-1], run_key(self.random_state, fold, seed),
                record=record,
            )
            for seed in range(self.n_recorded)
        )  # fmt: skip


def refit_run(setting: Setting, point: Point, epochs: int, random_state: int, seed: int = 0) -> Run:
    """Return the run that trains a point on all rows; a network of an ensemble has its own seed.

    Its weight decay is the raw number found on the folds. All rows make more steps an epoch than
    the training rows of a fold, so with decoupled decay this network forgets over fewer epochs
    (4/5 of them after five folds). What the refit does about that is decided here and nowhere else:
    nothing, since the same memory was no better on real tables (``benchmarks.refit_decay``).
    """
    key = run_key(random_state, REFIT_FOLD, seed)
    return Run(point.applied_to(setting), point, REFIT_FOLD, seed, epochs, key)
