"""A data set on a device, and the batches of an epoch drawn from it."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
import torch

from dropdecay.arrays import AnyArray, Floating, Int64, UInt32
from dropdecay.engine.densify import dense_parts
from dropdecay.engine.mixed_blocks import mixed_parts, most_rows_in_part, parts_in_order
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_datasets import joined, starts_of
from dropdecay.kernels.network import DenseData

Table: TypeAlias = tuple[int, Floating, Int64]
"""Where a part of some rows starts, its table, and the places of the rows in that."""


@dataclass(frozen=True)
class DeviceData:
    """Data sets on a device, one after another, to be shared by all stacks that train on them.

    Parameters
    ----------
    datasets : sequence of Dataset
        Of as many columns. A sparse one is alone.
    X : tensor, or None
        None if sparse or in blocks: its rows are moved in parts, as they are needed.
    y : tensor
    starts : sequence of int
        The first row of each data set.
    in_blocks : bool
        Whether the rows lie on disk; then there is a single data set.
    """

    datasets: Sequence[Dataset]
    X: torch.Tensor | None
    y: torch.Tensor
    starts: Sequence[int]
    in_blocks: bool = False

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.y.device

    def parts(
        self, rows: Int64, multiple: int, at: int = 0
    ) -> Iterator[tuple[int, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yield where a part starts in ``rows``, its table, its rows in that, and their targets.

        ``rows`` are those of the data set at a place.
        """
        first = self.starts[at]
        for start, part, taken in self._tables(self.datasets[at], rows, multiple):
            here = _view(rows[start : start + taken.size] + first).to(self.device)
            X = _view(part).to(self.device) if self.X is None else self.X
            in_table = _view(taken).to(self.device) if self.X is None else here
            yield start, X, in_table, self.y.index_select(0, here)

    def _tables(self, dataset: Dataset, rows: Int64, multiple: int) -> Iterator[Table]:
        if not self.in_blocks:
            return dense_parts(dataset.X, rows, multiple)
        return _tables_of(parts_in_order(dataset, rows, multiple))


def tables_of_epoch(
    dataset: Dataset, rows: Int64, multiple: int, epoch: int, key: UInt32
) -> Iterator[Table]:
    """Yield the parts of an epoch of rows that lie on disk, as ``Batches.in_turn`` takes them."""
    return _tables_of(mixed_parts(dataset, rows, multiple, epoch, key))


def _tables_of(parts: Iterator[tuple[int, DenseData, Int64]]) -> Iterator[Table]:
    return ((start, data.inputs, taken) for start, data, taken in parts)


def move(datasets: Sequence[Dataset], device: torch.device, in_blocks: bool = False) -> DeviceData:
    """Move data sets to a device; on a CPU a single one is not copied."""
    moved = [] if in_blocks else [each.X for each in datasets if isinstance(each.X, np.ndarray)]
    dense = [_view(each).to(device) for each in moved]
    y = joined([_view(each.y).to(device) for each in datasets])
    X = joined(dense) if dense else None
    return DeviceData(datasets, X, y, starts_of(datasets), in_blocks)


def _view(array: AnyArray) -> torch.Tensor:
    """View an array as a tensor, which torch warns of if it is read-only; nobody writes into it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array)


class Batch(NamedTuple):
    """Inputs, targets and shares of the rows in the mean, and their total weight.

    The first axis is the parts; of weights, (n_parts,), the only one.
    """

    x: torch.Tensor
    y: torch.Tensor
    shares: torch.Tensor
    weight: torch.Tensor


class Batches:
    """The batches of an epoch, in memory whose place never changes, as captured graphs need it.

    Parameters
    ----------
    data : DeviceData
    dataset_of : sequence of int
        The place of each part's data set in ``data``. Where there are several parts, rows have no
        weights and are not sparse.
    n_rows, size : int
        Rows in an epoch and, at most, in a batch; of each part.
    """

    def __init__(self, data: DeviceData, dataset_of: Sequence[int], n_rows: int, size: int) -> None:
        self.data, self.dataset_of = data, dataset_of
        self.n_rows, self.size = n_rows, min(size, n_rows)
        self.n_batches = -(-n_rows // self.size)
        self.weights = np.zeros(self.n_batches)
        """Of the first part, whose batches weigh as much as those of the others."""
        n_parts, y, device = len(dataset_of), data.y, data.device
        shape = (self.n_batches, n_parts, self.size)
        self._inputs = data.X  # of sparse data: a buffer for a part
        self._rows = torch.zeros(shape, dtype=torch.int64, device=device)
        self._places = self._rows if data.X is not None else torch.zeros_like(self._rows)
        self._shares = torch.zeros(shape, dtype=y.dtype, device=device)
        self._weights = torch.zeros((self.n_batches, n_parts), dtype=torch.float64, device=device)

    def send(self, rows_by_part: Sequence[Int64]) -> None:
        """Send the rows of an epoch, those of each part in their order, with their weights."""
        padding = self.n_batches * self.size - self.n_rows
        rows, shares = np.empty(self._rows.shape, np.int64), np.empty(self._rows.shape)
        for part, (of, own) in enumerate(zip(self.dataset_of, rows_by_part, strict=True)):
            by_row = self.data.datasets[of].sample_weight
            weights = np.ones(own.size) if by_row is None else by_row[own]
            shares[:, part] = np.pad(weights, (0, padding)).reshape(self.n_batches, -1)
            own = np.pad(own + self.data.starts[of], (0, padding))
            rows[:, part] = own.reshape(self.n_batches, -1)
        totals = shares.sum(axis=2)
        self.weights = totals[:, 0]
        shares /= np.where(totals > 0.0, totals, 1.0)[:, :, np.newaxis]
        for table, values in (
            (self._rows, rows), (self._shares, shares), (self._weights, totals)
        ):  # fmt: skip
            table.copy_(torch.from_numpy(values), non_blocking=True)

    def in_turn(self, tables: Iterator[Table]) -> Iterator[tuple[int, int]]:
        """Yield number and size of each batch that has weight, when its inputs are in place.

        ``tables`` hold the rows of the first part that were sent, in their order.
        """
        for start, part, taken in tables:
            if self.data.X is None:
                self._place(start, part, taken)
            for first in range(start, start + taken.size, self.size):
                if self.weights[first // self.size] > 0.0:
                    yield first // self.size, min(self.size, start + taken.size - first)

    def _place(self, start: int, part: Floating, taken: Int64) -> None:
        if self._inputs is None:
            most = len(part)  # of sparse data the first part is the largest
            if self.data.in_blocks:
                dataset = self.data.datasets[self.dataset_of[0]]
                most = min(self.n_rows, most_rows_in_part(dataset, self.size))
            shape = (most, part.shape[1])
            self._inputs = torch.empty(shape, dtype=self._shares.dtype, device=self.data.device)
        self._inputs[: len(part)].copy_(_view(part), non_blocking=True)
        self._places.view(-1)[start : start + taken.size].copy_(_view(taken))

    def read(self, at: torch.Tensor, size: int) -> Batch:
        """Read the batch whose number is in ``at``, shape (1,), and which has this many rows."""
        rows, places, shares = (
            table.index_select(0, at)[0, :, :size]
            for table in (self._rows, self._places, self._shares)
        )
        assert self._inputs is not None
        form = (len(self.dataset_of), size, -1)
        return Batch(
            self._inputs.index_select(0, places.reshape(-1)).view(form),
            self.data.y.index_select(0, rows.reshape(-1)).view(form), shares,
            self._weights.index_select(0, at)[0],
        )  # fmt: skip
