"""One run on its way: trained epoch by epoch, evaluated where it is asked for, and made a fit."""

import math
import time
from bisect import bisect_right
from dataclasses import dataclass
from threading import Event

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.protocol import CURVES, Dataset, Fit, Problem, Recorded, Rows, Run, Stopped
from dropdecay.engine.state import State
from dropdecay.engine.trainer import Evaluation, MakeTrainer, Trainer
from dropdecay.errors import BadStore

DESCENT_LOSS, VALIDATION_LOSS = CURVES.index("descent_loss"), CURVES.index("validation_loss")


@dataclass(frozen=True)
class _BlockMeans:
    """Makes means over blocks of rows from what each row has.

    Parameters
    ----------
    blocks : shape (n_rows,)
    weights : shape (n_rows,) or None
        What rows count; None: all alike.
    sums : shape (n_blocks,)
        Of the weights; 1 where they are 0. Where all folds share their blocks, a block may contain
        no row of this one.
    """

    blocks: Int64
    weights: Float64 | None
    sums: Float64

    @property
    def size(self) -> int:
        return self.sums.size

    def of(self, values: Float64) -> Float64:
        weighted = values if self.weights is None else values * self.weights
        return np.asarray(np.bincount(self.blocks, weighted) / self.sums)


def _block_means_of(problem: Problem, rows: Rows) -> tuple[_BlockMeans, ...]:
    """Return how blocks are measured: by rows' own weights, and with those of classes, if any."""
    own, loss = problem.row_weight, problem.loss_weight
    measures = (own,) if loss is None else (own, loss)
    in_fold = [
        None if each is None else each[rows.validation].astype(np.float64) for each in measures
    ]
    sums = [np.bincount(rows.blocks, each).astype(np.float64) for each in in_fold]
    return tuple(
        _BlockMeans(rows.blocks, weights, np.where(each > 0, each, 1))
        for weights, each in zip(in_fold, sums, strict=True)
    )


class RunTraining:
    """Trains one run piece by piece; pieces may run in any thread, one at a time.

    Parameters
    ----------
    problem : Problem
    dataset : Dataset
        The encoded data of the run's fold.
    run : Run
    make_trainer : callable
    earlier : Fit, optional
        What the run has become before. Without its state it is trained again from scratch, but
        evaluated only where that was not done.
    """

    def __init__(
        self,
        problem: Problem,
        dataset: Dataset,
        run: Run,
        make_trainer: MakeTrainer,
        earlier: Fit | None = None,
    ) -> None:
        self.run, self.dataset = run, dataset
        self.rows: Rows = problem.rows[run.fold]
        weights = dataset.sample_weight
        has_weight = weights is None or bool(weights[self.rows.measured].any())
        # Where no row of the sample has any weight, all training rows together have some.
        self.measured_rows = self.rows.measured if has_weight else self.rows.training
        # A run that records is read row by row: it has no need of the user's score, which further
        # cuts, unlike the surface's folds, may leave undefined.
        self._score = None if run.record else problem.score
        self._epochs: list[int] = []
        self._curves: list[list[float]] = []
        self._blocks: list[Floating] = []
        has_blocks = self.rows.blocks.size and not run.record
        self._block_means = _block_means_of(problem, self.rows) if has_blocks else ()
        self._n_blocks = sum(each.size for each in self._block_means)
        self._recorded: list[Evaluation] = []
        self._is_stopped = problem.is_stopped
        self._make_trainer = make_trainer
        self._trainer: Trainer | None = None
        self.state: State | None = None
        """What it continues from; in a stack what it has become. None: it has not begun."""
        self.wall_s, self.diverged = 0.0, False
        if earlier is not None:
            self._take_over(earlier)

    def _take_over(self, earlier: Fit) -> None:
        self._epochs = earlier.epochs.tolist()
        self._curves = np.stack([getattr(earlier, name) for name in CURVES], axis=1).tolist()
        if earlier.out_of_fold_loss.shape[1] != self._n_blocks:
            raise BadStore(
                f"A stored run has {earlier.out_of_fold_loss.shape[1]} losses an epoch for "
                f"{self._n_blocks} blocks of rows: its store is damaged. Restore the store from a "
                "copy, or remove it and start again."
            )
        self._blocks = list(earlier.out_of_fold_loss)
        # Where its point ended before, it may not count as diverged; trained on, it does.
        self.wall_s, self.diverged = earlier.wall_s, bool(np.isnan(earlier.descent_loss).any())
        self.state = earlier.state.copy() if earlier.state is not None else None

    def validation_losses(self, n_epochs: int) -> list[float]:
        """Return the loss at so many first evaluated epochs; NaN where it diverged before."""
        known = [curve[VALIDATION_LOSS] for curve in self._curves[:n_epochs]]
        return known + [math.nan] * (n_epochs - len(known))

    @property
    def reached(self) -> int:
        """The last epoch at which it was evaluated; 0: none yet."""
        return self._epochs[-1] if self._epochs else 0

    def is_before(self, end: int) -> bool:
        """Return whether there is anything left to train up to an epoch."""
        return self.reached < end and not self.diverged

    def evaluated_up_to(self, end: int) -> tuple[int, ...]:
        """Return the epochs up to one at which it is still to be evaluated."""
        evaluated = self.run.evaluated
        return evaluated[bisect_right(evaluated, self.reached) : bisect_right(evaluated, end)]

    def train_to(self, end: int, stopped: Event) -> None:
        """Train and evaluate up to an epoch; return early when stopped.

        Raises
        ------
        Stopped
            If it is the problem that is stopped.
        """
        began = time.perf_counter()
        trainer, evaluated = self.trainer(), frozenset(self.evaluated_up_to(end))
        while trainer.epoch < end and not stopped.is_set():
            self.check_stopped()
            descent_loss = trainer.train_one_epoch()
            if trainer.epoch in evaluated:
                self.record(
                    trainer.epoch, descent_loss,
                    trainer.evaluate(self.measured_rows, keep_outputs=False),
                    trainer.evaluate(self.rows.validation, keep_outputs=self.needs_outputs),
                    trainer.weigh(),
                )  # fmt: skip
            elif not np.isfinite(descent_loss):
                self.diverged = True
            if self.diverged:
                break
        self.wall_s += time.perf_counter() - began

    def trainer(self) -> Trainer:
        """Return what trains it; its memory is taken at the first call."""
        if self._trainer is None:
            run, rows = self.run, self.rows.training
            self._trainer = self._make_trainer(run, self.dataset, rows, self.state)
        return self._trainer

    def check_stopped(self) -> None:
        """Raise ``Stopped`` if the problem is stopped."""
        if self._is_stopped is not None and self._is_stopped():
            raise Stopped

    def _latest_state(self) -> State | None:
        return self.state if self._trainer is None else self._trainer.state()

    @property
    def needs_outputs(self) -> bool:
        """Whether outputs of the validation rows are recorded or scored."""
        return bool(self.run.record) or self._score is not None

    def record(
        self,
        epoch: int,
        descent_loss: float,
        training: Evaluation,
        validation: Evaluation,
        weights: tuple[float, float],
    ) -> None:
        """Keep what was measured after an epoch, or note that the network has diverged.

        Parameters
        ----------
        epoch : int
        descent_loss : float
        training : Evaluation of ``measured_rows``
        validation : Evaluation of ``rows.validation``
        weights : norm of all weights, and the share of them that is nearly zero
        """
        fit = _average(training.losses, self._weights_of(self.measured_rows))
        # A sum is finite where all of its parts are.
        self.diverged = not math.isfinite(descent_loss + fit + validation.losses.sum())
        if self.diverged:
            return
        own = self._weights_of(self.rows.validation)
        accuracy, loss = _average(validation.hits, own), _average(validation.losses, own)
        score = accuracy
        if self._score is not None and validation.losses.size:
            score = self._score(self.rows.validation, validation.outputs)
        self._epochs.append(epoch)
        self._curves.append([descent_loss, fit, loss, score, accuracy, *weights])
        if self.run.record:
            self._recorded.append(validation)
        blocks = [each.of(validation.losses) for each in self._block_means] or [np.empty(0)]
        together = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        self._blocks.append(together.astype(np.float32))

    def forget_after(self, epoch: int) -> None:
        """Forget what was measured after an epoch, to train on from there in another way."""
        n_kept = bisect_right(self._epochs, epoch)
        n_forgotten = len(self._epochs) - n_kept
        for kept in (self._epochs, self._curves, self._blocks):
            del kept[n_kept:]
        if self._recorded:
            del self._recorded[len(self._recorded) - n_forgotten :]
        self.diverged = False

    def _weights_of(self, rows: Int64) -> Floating | None:
        weights = self.dataset.sample_weight
        return None if weights is None else weights[rows]

    def fit(self, end: int, ending: str = "", *, keep_state: bool) -> Fit:
        """Return what the run has become, if ``end`` is the last epoch that counts."""
        last = max(end, self.reached) if self.run.adaptive else end
        epochs = np.array([each for each in self.run.evaluated if each <= last], np.int64)
        n_known = min(len(self._curves), epochs.size)
        curves = np.full((epochs.size, len(CURVES)), np.nan)
        blocks = np.full((epochs.size, self._n_blocks), np.nan, np.float32)
        if n_known:
            curves[:n_known], blocks[:n_known] = self._curves[:n_known], self._blocks[:n_known]
        counting = curves[: np.searchsorted(epochs, end, "right"), DESCENT_LOSS]
        return Fit(
            run=self.run,
            epochs=epochs,
            **dict(zip(CURVES, np.ascontiguousarray(curves.T), strict=True)),
            out_of_fold_loss=blocks,
            diverged=bool(np.isnan(counting).any()),
            wall_s=self.wall_s,
            end=end,
            ending=ending,
            recorded=None if self.diverged else _recorded(self._recorded),
            state=self._latest_state() if keep_state and not self.diverged else None,
        )


def _recorded(measured: list[Evaluation]) -> Recorded | None:
    """Return what was measured at the recorded epochs; None: nothing is recorded."""
    if not measured:
        return None
    outputs = np.array([each.outputs for each in measured], np.float32)
    return Recorded(np.array([each.losses for each in measured]), outputs)


def _average(values: Float64, weights: Floating | None) -> float:
    """Average figures of rows; NaN where there are none, or none has any weight."""
    if values.size == 0:
        return np.nan
    if weights is None:
        # Not with mean() or np.average(), which take two and ten times as long: a tenth of a small
        # epoch.
        return float(values.sum() / values.size)
    return float(np.average(values, weights=weights)) if weights.any() else np.nan
