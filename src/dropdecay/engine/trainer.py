"""What an engine knows of networks: to train one, or several that share rows and random numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.protocol import Dataset, Run
from dropdecay.engine.state import State


@dataclass(frozen=True)
class Evaluation:
    """What a network makes of some rows, in evaluation mode.

    Parameters
    ----------
    losses : shape (n_rows,), float64
    hits : shape (n_rows,), float64
        1 where all outputs are right, else 0; NaN where that has no meaning.
    outputs : shape (n_rows, n_outputs)
        Probabilities or values; empty where nobody asked for them.
    """

    losses: Float64
    hits: Float64
    outputs: Floating


class Trainer(Protocol):
    """Trains one network on its training rows."""

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        ...

    def state(self) -> State:
        """Return what training continues from; the next epoch may change it."""
        ...

    def train_one_epoch(self) -> float:
        """Take all steps of an epoch; return the mean loss in training mode.

        If it is not finite, training diverged, and the epoch was not finished.
        """
        ...

    def evaluate(self, rows: Int64, *, keep_outputs: bool) -> Evaluation:
        """Evaluate rows of the data set."""
        ...

    def weigh(self) -> tuple[float, float]:
        """Return the norm of all weights, and the share of them that is nearly zero."""
        ...


MakeTrainer = Callable[[Run, Dataset, Int64, State | None], Trainer]
"""(run, data of its fold, its training rows, what it continues from) -> its trainer."""


class Stack(Protocol):
    """Trains several networks as one: they share fold, seed, batches and random decisions."""

    def train_one_epoch(self) -> Float64:
        """Take all steps of an epoch; return every mean loss, NaN where a network diverged."""
        ...

    def evaluate(self, rows: Int64, *, keep_outputs: bool) -> tuple[Float64, Float64, Floating]:
        """Return losses and hits, (n_networks, n_rows), and outputs, (n_networks, n_rows, ...)."""
        ...

    def weigh(self) -> Float64:
        """Return what ``Trainer.weigh`` does for every network, (n_networks, 2)."""
        ...

    def states(self) -> Sequence[State]:
        """Return copies of their states."""
        ...


MakeStack = Callable[[Sequence[Run], Dataset, Int64, Sequence[State | None]], Stack]
"""(runs, data of their fold, training rows, what they continue from) -> their stack."""
