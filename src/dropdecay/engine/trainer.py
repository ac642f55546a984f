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


@dataclass(frozen=True)
class Part:
    """Networks of one fold and seed: they share batches and random decisions.

    Parameters
    ----------
    runs : sequence of Run
    dataset : Dataset
        Of their fold.
    rows : shape (n_rows,), int64
        Its training rows.
    states : sequence of State or None
        What they continue from; None: from the beginning.
    """

    runs: Sequence[Run]
    dataset: Dataset
    rows: Int64
    states: Sequence[State | None]


class Stack(Protocol):
    """Trains the networks of one part or more as one, each in its place."""

    def train_one_epoch(self) -> Float64:
        """Take all steps of an epoch; return every mean loss, NaN where a network diverged."""
        ...

    def evaluate(
        self, rows: Int64, *, keep_outputs: bool, part: int = 0
    ) -> tuple[Float64, Float64, Floating]:
        """Evaluate rows of a part's data by its networks.

        Returns
        -------
        losses, hits : shape (n_networks, n_rows)
        outputs : shape (n_networks, n_rows, ...)
        """
        ...

    def weigh(self) -> Float64:
        """Return what ``Trainer.weigh`` does for every network, (n_networks, 2)."""
        ...

    def states(self) -> Sequence[State]:
        """Return copies of their states."""
        ...


MakeStack = Callable[[Sequence[Part]], Stack]
