"""What goes into an engine and what comes out: the values, and the signature every engine has."""

import hashlib
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64, UInt32
from dropdecay.axes import Point
from dropdecay.engine.state import NetworkState
from dropdecay.settings import Setting

N_BLOCKS = 100
"""Out-of-fold losses are kept as means over at most this many blocks of rows a fold."""

REFIT_FOLD = -1
"""The fold label of a fit on all rows."""


@dataclass(frozen=True)
class Dataset:
    """One table of numbers, shared read-only by all runs.

    Parameters
    ----------
    X : shape (n_rows, n_features), float32 or float64, finite; in C order, or CSR
    y : shape (n_rows, n_targets), same dtype
        Class numbers in one column for the categorical loss; 0 and 1, or values, for the others.
    weights : shape (n_rows,), same dtype, or None
        Weights of the rows, >= 0; None: all one.
    """

    X: Any
    y: Floating
    weights: Floating | None = None


@dataclass(frozen=True)
class Rows:
    """Which rows of a data set a run trains on and is judged on.

    Parameters
    ----------
    training : shape (n_training,), int64
    measured : shape (n_measured,), int64
        The training rows on which the training loss is measured, in evaluation mode.
    validation : shape (n_validation,), int64
        Rows held out; may be empty.
    blocks : shape (n_validation,), int64
        Block of each validation row, 0 .. n_blocks - 1.
    """

    training: Int64
    measured: Int64
    validation: Int64
    blocks: Int64


@dataclass(frozen=True)
class Run:
    """One network to train: one setting, one fold, one seed. It carries no rows.

    Parameters
    ----------
    setting : Setting
    point : Point
        The values of the axes that made this setting.
    fold : int
        Names the rows; ``REFIT_FOLD``: all of them.
    seed : int
        Which repetition at this point and fold.
    epochs : int
        How long it is trained. ``setting.schedule.epochs`` is the horizon of its learning rates.
    key : shape (2,), uint32
        Philox key of everything random about it.
    """

    setting: Setting
    point: Point
    fold: int
    seed: int
    epochs: int
    key: UInt32 = field(repr=False, compare=False)


@dataclass(frozen=True)
class Problem:
    """What all runs share, given once.

    Parameters
    ----------
    rows : mapping of int to Rows
        Rows of each fold, by the number that runs name.
    dataset_of : callable
        Fold -> its encoded data. Asked in the thread that hands out the runs, never in a worker.
    score : callable, optional
        None: accuracy.
    """

    rows: Mapping[int, Rows]
    dataset_of: Callable[[int], Dataset]
    score: "Score | None" = None


CURVES = (
    "descent_loss",
    "training_loss",
    "validation_loss",
    "validation_score",
    "validation_accuracy",
    "weight_norm",
    "near_zero_share",
)
"""The curves of a fit, one figure an epoch, in the order in which engines and stores keep them."""


@dataclass(frozen=True)
class Fit:
    """What training one run gave.

    Curves have one entry an epoch, from the first one after the state that the run went on from,
    and are NaN from a divergence on. ``training_loss`` and
    ``validation_loss`` are measured in evaluation mode (nats or squared target units);
    ``validation_accuracy`` is the share of rows, weighted, of which every output is right, whatever
    the score is;
    ``descent_loss`` is the mean over the epoch's batches with dropout at work. ``weight_norm`` is
    the L2 norm of all weights, biases left out, and ``near_zero_share`` the share of them below
    ``kernels.weight_summary.NEAR_ZERO`` in absolute value. ``state`` is where the run may go on
    from, if asked for and if it did not diverge.
    """

    run: Run
    training_loss: Float64
    validation_loss: Float64
    validation_score: Float64
    validation_accuracy: Float64
    descent_loss: Float64
    weight_norm: Float64
    near_zero_share: Float64
    out_of_fold_loss: Floating  # (n_epochs, n_blocks)
    diverged: bool
    wall_s: float
    state: NetworkState | None = field(default=None, repr=False)


@dataclass(frozen=True)
class EpochEnd:
    """What is known when a run has finished an epoch (counted from 1)."""

    epoch: int
    descent_loss: float
    training_loss: float
    validation_loss: float
    validation_score: float
    params: Floating


Score = Callable[[Int64, Floating], float]
"""(validation rows, the network's outputs for them) -> a score; larger is better."""

OnEpoch = Callable[[Run, EpochEnd], bool]
"""Called after every epoch, from a worker thread; True ends the run."""


Attributes = Callable[[], dict[str, Any]]
"""What an estimator is fitted with if training ends here; called if a callback asks for it."""


class TrainingListener(Protocol):
    """Hears of every epoch or iteration of a single network, and may end its training."""

    n_done: int
    stopped: bool

    def begin(self) -> None:
        """Hear that a part begins."""
        ...

    def end(self, attributes: Attributes | None) -> bool:
        """Hear that a part is done; return whether training shall end here."""
        ...


class Engine(Protocol):
    """Train a list of runs; yield each fit as it is done, in any order."""

    def __call__(
        self,
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,
        on_epoch: OnEpoch | None = None,
        states: Mapping[Run, NetworkState] | None = None,
        keep_states: bool = False,
    ) -> Iterator[Fit]:
        """Train ``runs`` of ``problem``; see ``engine.cpu.train``."""
        ...


def run_key(random_state: int, fold: int, seed: int) -> UInt32:
    """Return the Philox key of a network: a stable 64-bit hash of what it is.

    The point is left out on purpose: all points of a fold and seed share their random numbers.
    """
    digest = hashlib.blake2b(
        struct.pack("<qqq", random_state, fold, seed), digest_size=8, person=b"dropdecay run"
    ).digest()
    return np.frombuffer(digest, "<u4").astype(np.uint32)
