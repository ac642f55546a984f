"""An engine that looks ahead: every network is also judged on rows that nobody else sees."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dropdecay.axes import Point
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Fit, Problem, Recorded, Rows, Run, run_key
from dropdecay.settings import Regularization


class FarSightedEngine:
    """Trains as the CPU engine does and notes every network's loss on new rows.

    The new rows ride along as a last block of validation rows, so each network is trained once.
    They must have weight 0, and all others 1: then they have no say in any loss, nor in the end of
    a point.

    Parameters
    ----------
    new_rows : array of int
    is_null : bool
        Whether every point is trained without regularization, from random numbers of its own.
    """

    def __init__(self, new_rows: np.ndarray, *, is_null: bool) -> None:
        self._new_rows, self._is_null = new_rows, is_null
        self.by_epoch: dict[tuple[Point, int], dict[int, float]] = {}
        """Loss on new rows of the networks of the surface, by point and fold, and by epoch."""
        self.recorded: dict[tuple[Point, int, int], float] = {}
        """Of those that record, by point, fold and epoch."""
        self.kept: dict[Run, Fit] = {}
        """What those that record gave."""
        self.epochs: dict[Run, int] = {}
        """How long each run was trained."""
        self._fits: dict[Run, Fit] = {}

    def __call__(self, problem: Problem, runs: Sequence[Run], **_: Any) -> Iterator[Fit]:
        """Train runs; what comes out speaks of their own validation rows alone."""
        asked = {self._in_this_world(run): run for run in runs}
        seen = {fold: self._with_new_rows(problem.rows[fold]) for fold in {r.fold for r in runs}}
        whole = replace(problem, rows=seen)
        for fit in train(whole, list(asked), earlier=self._fits, keep_states=True):
            run = asked[fit.run]
            self.epochs[run] = int(fit.epochs[-1])
            if run.adaptive:
                self._fits[fit.run] = fit
            fit = replace(fit, state=None)
            own = self._recorded(fit, run) if run.record else self._on_surface(fit, run)
            yield replace(own, run=run)

    def _on_surface(self, fit: Fit, run: Run) -> Fit:
        beyond = fit.out_of_fold_loss[:, -1].astype(float)
        self.by_epoch[run.point, run.fold] = dict(zip(fit.epochs.tolist(), beyond, strict=True))
        blocks = fit.out_of_fold_loss[:, :-1]
        return replace(fit, out_of_fold_loss=blocks, validation_score=-fit.validation_loss)

    def _recorded(self, fit: Fit, run: Run) -> Fit:
        if fit.recorded is None:
            return self._keep(fit, run)
        n_own = fit.recorded.losses.shape[1] - self._new_rows.size
        for epoch, losses in zip(run.record, fit.recorded.losses, strict=True):
            self.recorded[run.point, run.fold, epoch] = float(losses[n_own:].mean())
        own = Recorded(fit.recorded.losses[:, :n_own], fit.recorded.outputs[:, :n_own])
        return self._keep(replace(fit, recorded=own), run)

    def _keep(self, fit: Fit, run: Run) -> Fit:
        self.kept[run] = replace(fit, run=run)
        return fit

    def _with_new_rows(self, rows: Rows) -> Rows:
        last = int(rows.blocks.max()) + 1
        return replace(
            rows,
            validation=np.concatenate([rows.validation, self._new_rows]),
            blocks=np.concatenate([rows.blocks, np.full(self._new_rows.size, last)]),
        )

    def _in_this_world(self, run: Run) -> Run:
        if not self._is_null:
            return run
        point = run.setting.regularization
        number = int(1000 * point.dropout) * 10**6 + int(1000 * point.weight_decay)
        return replace(
            run,
            setting=replace(run.setting, regularization=Regularization()),
            key=run.key ^ run_key(number, run.fold, run.seed),
        )
