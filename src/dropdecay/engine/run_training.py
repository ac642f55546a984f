"""One run on its way: trained epoch by epoch, evaluated where it is asked for, and made a fit."""

import math
import time
from dataclasses import dataclass
from threading import Event

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.protocol import CURVES, Dataset, Fit, Problem, Recorded, Rows, Run, Score
from dropdecay.engine.state import NetworkState, initial_state
from dropdecay.engine.training import TrainingSetup, evaluate, set_up, train_one_epoch
from dropdecay.kernels.weight_summary import weigh

DESCENT_LOSS, VALIDATION_LOSS = CURVES.index("descent_loss"), CURVES.index("validation_loss")


class RunTraining:
    """Trains one run piece by piece; pieces may run in any thread, one at a time.

    Parameters
    ----------
    problem : Problem
    dataset : Dataset
        The encoded data of the run's fold.
    run : Run
    earlier : Fit, optional
        What the run has become before. Without its state it is trained again from scratch, but
        evaluated only where that was not done.
    """

    def __init__(
        self, problem: Problem, dataset: Dataset, run: Run, earlier: Fit | None = None
    ) -> None:
        self.run, self._dataset = run, dataset
        self._rows: Rows = problem.rows[run.fold]
        weights = dataset.sample_weight
        has_weight = weights is None or bool(weights[self._rows.measured].any())
        # Where no row of the sample has any weight, all training rows together have some.
        self._measured_rows = self._rows.measured if has_weight else self._rows.training
        # A run that records is read row by row: it has no need of the user's score, which further
        # cuts, unlike the surface's folds, may leave undefined.
        self._score = None if run.record else problem.score
        self._epochs: list[int] = []
        self._curves: list[list[float]] = []
        self._blocks: list[Floating] = []
        own = problem.row_weight
        self._in_block = None if own is None else own[self._rows.validation].astype(np.float64)
        of_blocks = np.bincount(self._rows.blocks, self._in_block)
        # Where all folds share their blocks, a block may contain no row of this fold.
        self._of_blocks = np.where(of_blocks > 0, of_blocks, 1)
        has_blocks = self._rows.blocks.size and not run.record
        self._n_blocks = of_blocks.size if has_blocks else 0
        self._recorded: list[_Measured] = []
        self._setup: TrainingSetup | None = None
        self._state: NetworkState | None = None
        self._wall_s, self.diverged = 0.0, False
        if earlier is not None:
            self._take_over(earlier)

    def _take_over(self, earlier: Fit) -> None:
        self._epochs = earlier.epochs.tolist()
        self._curves = np.stack([getattr(earlier, name) for name in CURVES], axis=1).tolist()
        self._blocks = list(earlier.out_of_fold_loss)
        # Where its point ended before, it may not count as diverged; trained on, it does.
        self._wall_s, self.diverged = earlier.wall_s, bool(np.isnan(earlier.descent_loss).any())
        self._state = earlier.state.copy() if earlier.state is not None else None

    def validation_losses(self, epochs: Int64) -> Float64:
        """Return the validation loss at the first evaluated epochs; NaN where it diverged before.

        Parameters
        ----------
        epochs : shape (n_epochs,)
            All evaluated ones up to some point.
        """
        losses = np.full(epochs.size, np.nan)
        known = [curve[VALIDATION_LOSS] for curve in self._curves[: epochs.size]]
        losses[: len(known)] = known
        return losses

    @property
    def _reached(self) -> int:
        return self._epochs[-1] if self._epochs else 0

    def is_before(self, end: int) -> bool:
        """Return whether there is anything left to train up to an epoch."""
        return self._reached < end and not self.diverged

    def train_to(self, end: int, stopped: Event) -> None:
        """Train and evaluate up to an epoch; return early when stopped."""
        began = time.perf_counter()
        setup, state = self._prepared()
        evaluated = frozenset(each for each in self.run.evaluated if self._reached < each <= end)
        while state.epoch < end and not stopped.is_set():
            descent_loss = train_one_epoch(setup, state)
            if state.epoch in evaluated:
                self._evaluate(setup, state, descent_loss)
            elif not np.isfinite(descent_loss):
                self.diverged = True
            if self.diverged:
                break
        self._wall_s += time.perf_counter() - began

    def _prepared(self) -> tuple[TrainingSetup, NetworkState]:
        """Return the memory to train in, and the network: it is made at the first piece."""
        if self._setup is None:
            self._setup = set_up(self.run.setting, self._dataset, self._rows.training)
        if self._state is None:
            self._state = initial_state(self._setup.setting, self.run.key, self._dataset.X.dtype)
        return self._setup, self._state

    def _evaluate(self, setup: TrainingSetup, state: NetworkState, descent_loss: float) -> None:
        training = _measure(setup, state.params, self._measured_rows, None).loss
        measured = _measure(
            setup, state.params, self._rows.validation, self._score,
            keep_outputs=bool(self.run.record),
        )  # fmt: skip
        # A sum is finite where all of its parts are.
        self.diverged = not math.isfinite(descent_loss + training + measured.losses.sum())
        if self.diverged:
            return
        summary = weigh(state.params[: setup.n_weights])
        self._epochs.append(state.epoch)
        self._curves.append(
            [descent_loss, training, measured.loss, measured.score, measured.accuracy, *summary]
        )
        if self.run.record:
            self._recorded.append(measured)
        blocks = np.empty(0)
        if self._n_blocks:
            losses = measured.losses * (1.0 if self._in_block is None else self._in_block)
            blocks = np.bincount(self._rows.blocks, losses) / self._of_blocks
        self._blocks.append(blocks.astype(np.float32))

    def fit(self, end: int, ending: str = "", *, keep_state: bool) -> Fit:
        """Return what the run has become, if ``end`` is the last epoch that counts."""
        last = max(end, self._reached) if self.run.adaptive else end
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
            wall_s=self._wall_s,
            end=end,
            ending=ending,
            recorded=None if self.diverged else _recorded(self._recorded),
            state=self._state if keep_state and not self.diverged else None,
        )


@dataclass(frozen=True)
class _Measured:
    """Figures of some rows in evaluation mode; outputs are empty where nobody wants them."""

    loss: float
    score: float
    accuracy: float
    losses: Float64
    outputs: Floating


def _recorded(measured: list[_Measured]) -> Recorded | None:
    """Return what was measured at the recorded epochs; None: nothing is recorded."""
    if not measured:
        return None
    outputs = np.array([each.outputs for each in measured], np.float32)
    return Recorded(np.array([each.losses for each in measured]), outputs)


def _measure(
    setup: TrainingSetup,
    params: Floating,
    rows: Int64,
    score: Score | None,
    *,
    keep_outputs: bool = False,
) -> _Measured:
    """Measure rows in evaluation mode."""
    if rows.size == 0:
        return _Measured(np.nan, np.nan, np.nan, np.empty(0), np.empty((0, 0)))
    keep_outputs = keep_outputs or score is not None
    losses, hits, outputs = evaluate(setup, params, rows, keep_outputs=keep_outputs)
    weights = None if setup.dataset.sample_weight is None else setup.dataset.sample_weight[rows]
    accuracy, mean = _average(hits, weights), _average(losses, weights)
    scored = score(rows, outputs) if score else accuracy
    return _Measured(mean, scored, accuracy, losses, outputs)


def _average(values: Float64, weights: Floating | None) -> float:
    """Average figures of rows; NaN where no row has any weight."""
    if weights is None:
        # Not with mean() or np.average(), which take two and ten times as long: a tenth of a small
        # epoch.
        return float(values.sum() / values.size)
    return float(np.average(values, weights=weights)) if weights.any() else np.nan
