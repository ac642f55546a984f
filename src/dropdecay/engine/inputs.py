"""What a network of the user's own takes: one array or several, row by row."""

from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import AnyArray


@dataclass(frozen=True)
class Inputs:
    """Arrays with one entry a row each.

    Parameters
    ----------
    arrays : tuple of arrays, each of shape (n_rows, ...)
    names : tuple of str, optional
        Under which ``forward`` takes them. Default: in their order.
    """

    arrays: tuple[AnyArray, ...]
    names: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.arrays[0])

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of rows, and of numbers in a row."""
        return len(self), sum(int(np.prod(each.shape[1:])) for each in self.arrays)

    @property
    def width(self) -> int | None:
        """Numbers in a row, where it is a single matrix."""
        (first, *others) = self.arrays
        return None if others or first.ndim != 2 else first.shape[1]

    @property
    def n_numeric(self) -> int | None:
        """Columns of the first array, where it is a matrix."""
        return self.arrays[0].shape[1] if self.arrays[0].ndim == 2 else None

    def __getitem__(self, rows: AnyArray | slice) -> "Inputs":
        return Inputs(tuple(each[rows] for each in self.arrays), self.names)
