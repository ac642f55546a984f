"""Runs that end together: those of a point, checkpoint by checkpoint, or one alone."""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.axes import Point
from dropdecay.engine.ending import PAUSED, Ending, ending_alone
from dropdecay.engine.protocol import Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.trainer import MakeTrainer
from dropdecay.errors import BadSetting

CHECKPOINT_SECONDS = 30.0
"""A bundle that goes on for longer is told of in between, so that its work can be kept."""


class Bundle:
    """Trains runs side by side until the rule of their point ends them.

    Parameters
    ----------
    trainings : sequence of RunTraining
    ending : Ending, optional
        None: there is one, trained to its own last epoch.
    pause : int, optional
        It pauses at the first checkpoint from this epoch on.
    """

    def __init__(
        self, trainings: Sequence[RunTraining], ending: Ending | None, pause: int | None = None
    ) -> None:
        self._trainings, self._ending, self._pause = trainings, ending, pause
        # Sums depend on their order, and runs may come in any.
        self._in_order = sorted(trainings, key=lambda each: (each.run.fold, each.run.seed))
        by_fold: dict[int, list[int]] = {}
        for place, each in enumerate(self._in_order):
            by_fold.setdefault(each.run.fold, []).append(place)
        self._by_fold = [*by_fold.values()]
        run = trainings[0].run
        self._checkpoints = iter(ending.checkpoints() if ending else (run.epochs,))
        self._evaluated = np.array(run.evaluated, np.int64)
        self.at = 0
        """The epoch of the checkpoint that it is at, or on its way to."""
        self._why, self._n_out, self._is_over = "", 0, False
        self._told = time.monotonic()

    @property
    def is_alone(self) -> bool:
        """Whether it is a single run, which ends by itself."""
        return self._ending is None

    @property
    def runs(self) -> list[Run]:
        """Its runs."""
        return [each.run for each in self._trainings]

    def next_trainings(self) -> list[RunTraining]:
        """Return what must be trained up to ``at``, the next checkpoint; nothing if it is over.

        Checkpoints that all runs have reached before are passed at once.
        """
        while not self._is_over:
            self.at = next(self._checkpoints)
            behind = [each for each in self._trainings if each.is_before(self.at)]
            if behind:
                self._n_out = len(behind)
                return behind
            self._look()
        return []

    def end_trainings(self, n_trained: int = 1) -> bool:
        """Count so many as trained; return whether they were the last before the checkpoint."""
        self._n_out -= n_trained
        if self._n_out:
            return False
        self._look()
        return True

    def tell(self, on_checkpoint: OnCheckpoint | None) -> None:
        """Tell what the runs have become, if that is long ago. They must be at a checkpoint.

        Those of a bundle that is over are about to be returned.
        """
        if on_checkpoint is None or self._is_over:
            return
        if not is_long_ago(self._told):
            return
        on_checkpoint([*self.fits(keep_states=True)])
        self._told = time.monotonic()

    def fits(self, *, keep_states: bool) -> Iterator[Fit]:
        """Return what the runs have become at this checkpoint."""
        for each in self._trainings:
            yield each.fit(self.at, self._why, keep_state=keep_states)

    def _look(self) -> None:
        """Find out, at a checkpoint, whether the bundle is over, and why."""
        if self._ending is None:
            (alone,) = self._trainings
            self._why, self._is_over = ending_alone(alone.run, diverged=alone.diverged), True
            return
        epochs = self._evaluated[: np.searchsorted(self._evaluated, self.at, "right")]
        self._why = self._ending.why(self._losses(epochs), epochs)
        if not self._why and self._pause is not None and self.at >= self._pause:
            self._why = PAUSED
        self._is_over = bool(self._why)

    def _losses(self, epochs: Int64) -> Float64:
        """Return the mean over seeds by fold, (n_folds, n_epochs), in the order of the folds."""
        losses = np.array([each.validation_losses(epochs.size) for each in self._in_order])
        if len(self._by_fold) == len(losses):
            return losses
        return np.array([losses[places].mean(axis=0) for places in self._by_fold])


def is_long_ago(moment: float) -> bool:
    """Return whether so much was done since some moment that it should be kept."""
    return time.monotonic() - moment >= CHECKPOINT_SECONDS


def bundles_of(
    problem: Problem,
    runs: Sequence[Run],
    make_trainer: MakeTrainer,
    earlier: Mapping[Run, Fit] | None = None,
    pause: int | None = None,
) -> Iterator[Bundle]:
    """Return the bundles of these runs, in the order in which their first runs come.

    Raises
    ------
    BadSetting
        If the schedule of a run cannot be followed, before anything is trained.
    """
    for run in runs:
        _check(run)

    def begun(run: Run) -> RunTraining:
        before = None if earlier is None else earlier.get(run)
        return RunTraining(problem, problem.dataset_of(run.fold), run, make_trainer, before)

    for together in ending_together(runs):
        first = together[0]
        if not first.ends_with_point:
            yield Bundle([begun(first)], None)
        else:
            smallest = min(problem.rows[each.fold].training.size for each in together)
            ending = Ending.of(first.setting, first.epochs, smallest)
            yield Bundle([begun(each) for each in together], ending, pause)


def ending_together(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Return the runs of each bundle, in the order in which their first runs come."""
    own: dict[Point, list[Run]] = {}
    for run in runs:
        if run.ends_with_point:
            own.setdefault(run.point, []).append(run)
    for run in runs:
        if not run.ends_with_point:
            yield [run]
        elif run.point in own:
            yield own.pop(run.point)


def _check(run: Run) -> None:
    """Refuse a run that cannot be trained as requested."""
    if run.setting.schedule.learning_rate_schedule == "adaptive":
        raise BadSetting(
            "learning_rate='adaptive' depends on early stopping, which networks of a surface do "
            "not use. Choose another learning_rate."
        )
