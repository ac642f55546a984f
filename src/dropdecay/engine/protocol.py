"""The interface of engines: their input and output values, and their signature."""

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from dropdecay.arrays import Float64, Floating, Int64, UInt32
from dropdecay.axes import Point
from dropdecay.engine.state import State
from dropdecay.settings import Setting
from dropdecay.statistics.smoothing import evaluated_epochs

Matrix: TypeAlias = Floating | csr_array
"""A table of numbers, dense in C order or sparse."""

N_BLOCKS = 100
"""Out-of-fold losses are kept as means over at most this many blocks of rows per fold."""

REFIT_FOLD = -1
"""The fold number of a fit on all rows."""


@dataclass(frozen=True)
class Dataset:
    """A table of numbers with its targets, shared read-only by all runs.

    Parameters
    ----------
    X : shape (n_rows, n_features), float32 or float64, finite; in C order or CSR
    y : shape (n_rows, n_targets), same dtype
        One column of class numbers for the categorical loss; 0 and 1, or values, for the others.
    sample_weight : shape (n_rows,), same dtype, or None
        Weights of the rows, >= 0; None: all 1.
    categories : tuple of (int, int)
        First column and number of columns of each one-hot encoded column of categories, ascending.
    """

    X: Matrix
    y: Floating
    sample_weight: Floating | None = None
    categories: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Rows:
    """The rows of a data set that a run trains on and is evaluated on.

    Parameters
    ----------
    training : shape (n_training,), int64
    measured : shape (n_measured,), int64
        The training rows on which the training loss is computed in evaluation mode.
    validation : shape (n_validation,), int64
        Held-out rows; may be empty.
    blocks : shape (n_validation,), int64
        Block of each validation row, 0 .. n_blocks - 1.
    """

    training: Int64
    measured: Int64
    validation: Int64
    blocks: Int64


@dataclass(frozen=True)
class Run:
    """One network to train: a setting, a fold and a seed, without the data.

    Parameters
    ----------
    setting : Setting
    point : Point
        The values of the axes that led to this setting.
    fold : int
        Which rows; ``REFIT_FOLD``: all of them.
    seed : int
        Which repetition at this point and fold.
    epochs : int
        How long to train it, at most. ``setting.schedule.epochs`` is the horizon of its learning
        rates.
    key : shape (2,), uint32
        Philox key of all its random numbers.
    record : tuple of int
        Epochs, ascending, at which loss and outputs of every validation row are kept. A run that
        records is evaluated at these epochs alone.
    adaptive : bool
        Whether it ends where its point does, unless its learning rate has a horizon. It is
        evaluated on a geometric grid of epochs; others, unless they record, after every epoch.
    """

    setting: Setting
    point: Point
    fold: int
    seed: int
    epochs: int
    key: UInt32 = field(repr=False, compare=False)
    record: tuple[int, ...] = ()
    adaptive: bool = False

    @property
    def evaluated(self) -> tuple[int, ...]:
        """The epochs at which it is evaluated, ascending."""
        if self.record:
            return self.record
        return evaluated_epochs(self.epochs) if self.adaptive else tuple(range(1, self.epochs + 1))

    @property
    def ends_with_point(self) -> bool:
        """Whether the mean curve of its point ends it; see ``engine.ending``.

        The curve is that of all such runs of the point that an engine is given together. A learning
        rate that falls along a known number of epochs is followed to their end instead.
        """
        return self.adaptive and not self.setting.has_horizon


@dataclass(frozen=True)
class Problem:
    """What all runs share.

    Parameters
    ----------
    rows : mapping of int to Rows
        Rows of each fold, by its number.
    dataset_of : callable
        Returns the encoded data of a fold. Called in the thread that submits the runs, never in a
        worker.
    score : callable, optional
        None: accuracy.
    row_weight : shape (n_rows,), optional
        What rows count in the blocks of out-of-fold losses: their own weights, without those of
        classes, which are a means of training. None: all alike.
    loss_weight : shape (n_rows,), optional
        What rows count in the loss that chooses, where the weights of classes weigh it: blocks are
        then measured by these too. None: there are no weights of classes.
    is_stopped : callable, optional
        Asked between epochs, in any thread; where it returns True, training ends in ``Stopped``.
        For who cannot close the iterator that an engine returns, because it is at work.
    decisions : mutable mapping of str to int, optional
        What was decided by a clock, or by the memory that was free, of which bits depend: written
        there before it is acted on, so that who goes on later decides the same. None: nobody will.
    """

    rows: Mapping[int, Rows]
    dataset_of: Callable[[int], Dataset]
    score: "Score | None" = None
    row_weight: Floating | None = None
    loss_weight: Floating | None = None
    is_stopped: Callable[[], bool] | None = None
    decisions: MutableMapping[str, int] | None = field(default=None, repr=False)


class Stopped(Exception):  # not an error
    """Training was to stop; see ``Problem.is_stopped``."""


@dataclass(frozen=True)
class Recorded:
    """What a network makes of every validation row, at the epochs that its run records.

    Parameters
    ----------
    losses : shape (n_recorded, n_validation), float64
        In evaluation mode, in the engine's units.
    outputs : shape (n_recorded, n_validation, n_outputs), float32
        Probabilities or values.
    """

    losses: Float64
    outputs: Floating


CURVES = (
    "descent_loss",
    "training_loss",
    "validation_loss",
    "validation_score",
    "validation_accuracy",
    "weight_norm",
    "near_zero_share",
)
"""The curves of a fit, one value per evaluated epoch, in the order in which stores keep them."""


@dataclass(frozen=True)
class Fit:
    """The result of training one run.

    Parameters
    ----------
    run : Run
    epochs : shape (n_epochs,), int64
        At which it was evaluated, ascending; NaN in the curves from the one on in which it
        diverged. Those of an adaptive run may go on beyond ``end``.
    training_loss, validation_loss : shape (n_epochs,)
        In evaluation mode, in nats or squared target units.
    validation_score : shape (n_epochs,)
    validation_accuracy : shape (n_epochs,)
        The weighted share of rows with all outputs right, whatever the score is.
    descent_loss : shape (n_epochs,)
        Mean over the batches of the epoch, with dropout on.
    weight_norm : shape (n_epochs,)
        L2 norm of all weights without biases.
    near_zero_share : shape (n_epochs,)
        The share of them below ``kernels.weight_summary.NEAR_ZERO`` in absolute value.
    out_of_fold_loss : shape (n_epochs, n_blocks)
        Means over the rows of a block, by ``Problem.row_weight``; where there is a
        ``Problem.loss_weight``, those by that follow, (n_epochs, 2 * n_blocks).
    diverged : bool
        Whether it did up to ``end``; beyond, nothing counts.
    wall_s : float
    end : int
        The last epoch that counts: of an adaptive run that at which its point ended.
    ending : str
        Why an adaptive run ended, as ``engine.ending`` calls it; empty for others.
    recorded : Recorded, optional
    state : State, optional
        After the last epoch, if requested and if it never diverged: what it continues from.
    """

    run: Run
    epochs: Int64
    training_loss: Float64
    validation_loss: Float64
    validation_score: Float64
    validation_accuracy: Float64
    descent_loss: Float64
    weight_norm: Float64
    near_zero_share: Float64
    out_of_fold_loss: Floating
    diverged: bool
    wall_s: float
    end: int
    ending: str = ""
    recorded: Recorded | None = field(default=None, repr=False)
    state: State | None = field(default=None, repr=False)

    @property
    def counting_epochs(self) -> Int64:
        """The first of its epochs, up to the last that counts."""
        return self.epochs[self.epochs <= self.end]


Score = Callable[[Int64, Floating], float]
"""(validation rows, the network's outputs for them) -> a score; larger is better."""

OnCheckpoint = Callable[[Sequence[Fit]], None]
"""Called with what runs that are under way together have become so far, their states included.

From there, and from what was given before, they go on as if they had never stopped. An engine whose
bits depend on company calls it with all that it trains together, and with nothing where all of that
was given: what it gave since the last call counts from then on.
"""


Attributes = Callable[[], dict[str, object]]
"""Returns the fitted attributes of an estimator as if training ended now."""


class TrainingListener(Protocol):
    """Is told of every epoch or iteration of a single network, and may stop its training."""

    n_done: int
    stopped: bool

    def begin(self) -> None:
        """Report that an epoch or iteration begins."""
        ...

    def end(self, attributes: Attributes | None) -> bool:
        """Report that an epoch or iteration is done; return whether to stop training."""
        ...


class Engine(Protocol):
    """Train a list of runs; yield each fit when it is done, in any order."""

    def __call__(
        self,
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        """Train ``runs`` of ``problem``; see ``engine.cpu.train``."""
        ...


def run_key(random_state: int, fold: int, seed: int) -> UInt32:
    """Return the Philox key of a network, a stable 64-bit hash.

    It does not depend on the point, so that all points of a fold and seed share their random
    numbers.
    """
    digest = hashlib.blake2b(
        struct.pack("<qqq", random_state, fold, seed), digest_size=8, person=b"dropdecay run"
    ).digest()
    return np.frombuffer(digest, "<u4").astype(np.uint32)
