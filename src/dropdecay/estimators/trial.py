"""One alternative to the network of a search, trained on the folds; and a race among several."""

from collections.abc import Callable, Sequence

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.axes import Axes, Axis, Point
from dropdecay.data.cuts import Cuts
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.engine.protocol import Engine, Fit, Run
from dropdecay.estimators.fit_surface import problem_of
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.policies.race import FIRST_FOLDS, FROM_POINTS, costs_by_fold, overlap_in, races
from dropdecay.statistics.corrected import behind_leader
from dropdecay.surface.plan import Plan


class Trial:
    """A point of a task, trained on as many folds as it is asked for.

    Parameters
    ----------
    task : SurfaceTask
    point : Point
    cuts : Cuts
        The folds of the task.
    encoded : EncodedFolds
        Its rows, as it encodes them.
    engine : Engine
    on_fit : callable
        Called with every finished network.

    Raises
    ------
    BadSetting
        If the point cannot be trained, for example since its decay is too strong for the learning
        rate.
    """

    def __init__(
        self,
        task: SurfaceTask,
        point: Point,
        cuts: Cuts,
        encoded: EncodedFolds,
        engine: Engine,
        on_fit: Callable[[Fit], None],
    ) -> None:
        self._task, self._engine, self._on_fit = task, engine, on_fit
        single = Axes(tuple(Axis(name, (value,)) for name, value in point.values))
        self._plan = Plan(
            single, task.setting, cuts.n_folds, task.n_seeds, task.random_state,
            adaptive=task.adaptive,
        )  # fmt: skip
        self._problem = problem_of(task, cuts, encoded)
        self._fits: dict[Run, Fit] = {}
        self.costs: Float64 = np.full(cuts.n_folds, np.nan)
        """By fold, lower is better, in the user's units; NaN: not trained, or a network
        diverged."""

    def train(self, n_folds: int) -> None:
        """Train it on the first folds, in addition to those that it was trained on before."""
        runs = [run for run in self._plan.runs if run.fold < n_folds]
        missing = [run for run in runs if run not in self._fits]
        if not missing:
            return
        # All folds of a point end together, so that those trained before may go on.
        together = runs if runs[0].ends_with_point else missing
        for fit in self._engine(
            self._problem, together, n_jobs=self._task.n_jobs, earlier=dict(self._fits),
            keep_states=n_folds < self._plan.n_folds,
        ):  # fmt: skip
            is_news = fit.run not in self._fits
            self._fits[fit.run] = fit
            if is_news:
                self._on_fit(fit)
        by_fold: list[list[Fit]] = [[] for _ in range(n_folds)]
        for run in runs:
            by_fold[run.fold].append(self._fits[run])
        criterion = self._task.criterion
        scale = self._task.target.loss_scale if criterion == "loss" else 1.0
        self.costs[:n_folds] = scale * costs_by_fold(by_fold, criterion)


def raced(trials: Sequence[Trial | None], cuts: Cuts, race: bool | str) -> Float64:
    """Train what is in place and its alternatives on all folds, and return their costs.

    Alternatives that the corrected paired test puts behind the leader of the first three folds are
    not trained on the others. What is in place always is.

    Parameters
    ----------
    trials : sequence of Trial or None
        What is in place, then the alternatives; None: it cannot be trained.
    cuts : Cuts
    race : bool or "auto"
        As for a surface; "auto": from five folds on.

    Returns
    -------
    shape (n_trials, n_folds)
        NaN: not trained there, or a network diverged.
    """
    n_folds = cuts.n_folds

    def costs() -> Float64:
        nothing = np.full(n_folds, np.nan)
        return np.array([nothing if each is None else each.costs for each in trials])

    left = np.array([each is not None for each in trials])
    if n_folds > FIRST_FOLDS and races(race, FROM_POINTS, n_folds):
        _train([each for each in trials if each is not None], FIRST_FOLDS)
        left &= ~behind_leader(costs()[:, :FIRST_FOLDS], overlap_in(cuts))
        left[0] = True
    _train([each for each, stays in zip(trials, left, strict=True) if each and stays], n_folds)
    return costs()


def _train(trials: Sequence[Trial], n_folds: int) -> None:
    for trial in trials:
        trial.train(n_folds)
