"""A data set on a device, and the batches of an epoch drawn from it."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.engine.densify import dense_parts
from dropdecay.engine.protocol import Dataset


@dataclass(frozen=True)
class DeviceData:
    """A data set on a device, to be shared by all stacks that train on it.

    Parameters
    ----------
    dataset : Dataset
    X : tensor, or None
        None if sparse: its rows are made dense and moved in parts, as they are needed.
    y : tensor
    """

    dataset: Dataset
    X: torch.Tensor | None
    y: torch.Tensor

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.y.device

    def parts(
        self, rows: Int64, multiple: int
    ) -> Iterator[tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yield where a part starts in ``rows``, its table, its rows in that, and their targets."""
        for start, part, taken in dense_parts(self.dataset.X, rows, multiple):
            X = _view(part).to(self.device) if self.X is None else self.X
            here = _view(rows[start : start + taken.size]).to(self.device)
            yield start, X, _view(taken).to(self.device), self.y.index_select(0, here)


def move(dataset: Dataset, device: torch.device) -> DeviceData:
    """Move a data set to a device; on a CPU nothing is copied."""
    X = _view(dataset.X).to(device) if isinstance(dataset.X, np.ndarray) else None
    return DeviceData(dataset, X, _view(dataset.y).to(device))


def _view(array: AnyArray) -> torch.Tensor:
    """View an array as a tensor, which torch warns of if it is read-only; nobody writes into it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array)


class Batch(NamedTuple):
    """Inputs, targets and shares of the rows in the mean, and their total weight, (1,)."""

    x: torch.Tensor
    y: torch.Tensor
    shares: torch.Tensor
    weight: torch.Tensor


class Batches:
    """The batches of an epoch, in memory whose place never changes, as captured graphs need it.

    Parameters
    ----------
    data : DeviceData
    n_rows, size : int
        Rows in an epoch and, at most, in a batch.
    """

    def __init__(self, data: DeviceData, n_rows: int, size: int) -> None:
        self.data, self.n_rows, self.size = data, n_rows, min(size, n_rows)
        self.n_batches = -(-n_rows // self.size)
        self.weights = np.zeros(self.n_batches)
        shape, y, device = (self.n_batches, self.size), data.y, data.device
        self._inputs = data.X  # of sparse data: a buffer for a part
        self._rows = torch.zeros(shape, dtype=torch.int64, device=device)
        self._places = self._rows if data.X is not None else torch.zeros_like(self._rows)
        self._shares = torch.zeros(shape, dtype=y.dtype, device=device)
        self._weights = torch.zeros(self.n_batches, dtype=torch.float64, device=device)

    def send(self, rows: Int64) -> None:
        """Send the rows of an epoch in their order, with their weights."""
        by_row = self.data.dataset.sample_weight
        padding = self.n_batches * self.size - rows.size
        shares = np.pad(np.ones(rows.size) if by_row is None else by_row[rows], (0, padding))
        shares = shares.astype(np.float64).reshape(self.n_batches, self.size)
        self.weights = shares.sum(axis=1)
        shares /= np.where(self.weights > 0.0, self.weights, 1.0)[:, np.newaxis]
        for table, values in (
            (self._rows, np.pad(rows, (0, padding)).reshape(shares.shape)),
            (self._shares, shares),
            (self._weights, self.weights),
        ):
            table.copy_(torch.from_numpy(values), non_blocking=True)

    def in_turn(self, rows: Int64) -> Iterator[tuple[int, int]]:
        """Yield number and size of each batch that has weight, when its inputs are in place."""
        for start, part, taken in dense_parts(self.data.dataset.X, rows, self.size):
            if self.data.X is None:
                self._place(start, part, taken)
            for first in range(start, start + taken.size, self.size):
                if self.weights[first // self.size] > 0.0:
                    yield first // self.size, min(self.size, start + taken.size - first)

    def _place(self, start: int, part: Floating, taken: Int64) -> None:
        if self._inputs is None:  # the first part is the largest
            self._inputs = torch.empty(
                part.shape, dtype=self._shares.dtype, device=self.data.device
            )
        self._inputs[: len(part)].copy_(torch.from_numpy(part), non_blocking=True)
        self._places.view(-1)[start : start + taken.size].copy_(torch.from_numpy(taken))

    def read(self, at: torch.Tensor, size: int) -> Batch:
        """Read the batch whose number is in ``at``, shape (1,), and which has this many rows."""
        rows, places, shares = (
            table.index_select(0, at)[0, :size]
            for table in (self._rows, self._places, self._shares)
        )
        assert self._inputs is not None
        return Batch(
            self._inputs.index_select(0, places), self.data.y.index_select(0, rows), shares,
            self._weights.index_select(0, at),
        )  # fmt: skip
