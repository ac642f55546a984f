"""Runs that end together: those of a point, checkpoint by checkpoint, or one alone."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from threading import Event

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.axes import Point
from dropdecay.engine.ending import PAUSED, Ending, ending_alone
from dropdecay.engine.protocol import Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining

CHECKPOINT_SECONDS = 30.0
"""A bundle that goes on for longer is told of in between, so that its work can be kept."""

Piece = Callable[[Event], None]
"""Trains one run to the next checkpoint, or until it is stopped."""


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
        run = trainings[0].run
        self._checkpoints = iter(ending.checkpoints() if ending else (run.epochs,))
        self._evaluated = np.array(run.evaluated, np.int64)
        self._at, self._why, self._n_out, self._is_over = 0, "", 0, False
        self._told = time.monotonic()

    def next_pieces(self) -> list[Piece]:
        """Return what leads to the next checkpoint; nothing where the bundle is over.

        Checkpoints that all runs have reached before are passed at once.
        """
        while not self._is_over:
            self._at = next(self._checkpoints)
            behind = [each for each in self._trainings if each.is_before(self._at)]
            if behind:
                self._n_out = len(behind)
                return [partial(each.train_to, self._at) for each in behind]
            self._look()
        return []

    def end_piece(self) -> bool:
        """Count a piece as done; return whether it was the last one before the checkpoint."""
        self._n_out -= 1
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
        if time.monotonic() - self._told < CHECKPOINT_SECONDS:
            return
        for fit in self.fits(keep_states=True):
            on_checkpoint(fit)
        self._told = time.monotonic()

    def fits(self, *, keep_states: bool) -> Iterator[Fit]:
        """Return what the runs have become at this checkpoint."""
        for each in self._trainings:
            yield each.fit(self._at, self._why, keep_state=keep_states)

    def _look(self) -> None:
        """Find out, at a checkpoint, whether the bundle is over, and why."""
        if self._ending is None:
            (alone,) = self._trainings
            self._why, self._is_over = ending_alone(alone.run, diverged=alone.diverged), True
            return
        epochs = self._evaluated[: np.searchsorted(self._evaluated, self._at, "right")]
        self._why = self._ending.why(self._losses(epochs), epochs)
        if not self._why and self._pause is not None and self._at >= self._pause:
            self._why = PAUSED
        self._is_over = bool(self._why)

    def _losses(self, epochs: Int64) -> Float64:
        """Return the mean over seeds by fold, (n_folds, n_epochs), in the order of the folds."""
        by_fold: dict[int, list[Float64]] = {}
        # Sums depend on their order, and runs may come in any.
        for each in sorted(self._trainings, key=lambda each: (each.run.fold, each.run.seed)):
            by_fold.setdefault(each.run.fold, []).append(each.validation_losses(epochs))
        return np.array([np.mean(seeds, axis=0) for seeds in by_fold.values()])


def bundles_of(
    problem: Problem, runs: Sequence[Run], earlier: Mapping[Run, Fit], pause: int | None = None
) -> Iterator[Bundle]:
    """Return the bundles of these runs, in the order in which their first runs come."""
    own: dict[Point, list[Run]] = {}
    for run in runs:
        if run.ends_with_point:
            own.setdefault(run.point, []).append(run)

    def begun(run: Run) -> RunTraining:
        return RunTraining(problem, problem.dataset_of(run.fold), run, earlier.get(run))

    for run in runs:
        if not run.ends_with_point:
            yield Bundle([begun(run)], None)
        elif run.point in own:
            together = own.pop(run.point)
            smallest = min(problem.rows[each.fold].training.size for each in together)
            ending = Ending.of(run.setting, run.epochs, smallest)
            yield Bundle([begun(each) for each in together], ending, pause)
