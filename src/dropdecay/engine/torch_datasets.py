"""Data sets on a device, one after another, for the networks of several folds in one stack."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from dropdecay.engine.protocol import Dataset
from dropdecay.engine.trainer import Part


class OnDevice(Protocol):
    """Data sets on a device."""

    @property
    def datasets(self) -> Sequence[Dataset]:
        """Which they are, in their order."""
        ...


Kept = TypeVar("Kept", bound=OnDevice)


class Latest(Generic[Kept]):
    """Keeps the latest data sets on their device.

    Parameters
    ----------
    move : callable
        (data sets, whatever else ``of`` is given) -> these data sets on the device.
    """

    def __init__(self, move: Callable[..., Kept]) -> None:
        self._move = move
        self._latest: Kept | None = None

    def of(self, datasets: Sequence[Dataset], *others: Any) -> Kept:
        """Return data sets on the device."""
        latest = self._latest
        if latest is None or [*map(id, latest.datasets)] != [*map(id, datasets)]:
            self._latest = latest = None  # its memory is given back first
            self._latest = latest = self._move(datasets, *others)
        return latest


def datasets_of(parts: Sequence[Part]) -> list[Dataset]:
    """Return the data sets of parts, each once: seeds share those of their fold."""
    return [*{id(part.dataset): part.dataset for part in parts}.values()]


def place_of(dataset: Dataset, datasets: Sequence[Dataset]) -> int:
    """Return the place of a data set among others."""
    return next(at for at, each in enumerate(datasets) if each is dataset)


def starts_of(datasets: Sequence[Dataset]) -> list[int]:
    """Return the first row of each data set where they are joined."""
    starts: list[int] = np.cumsum([0, *(len(each.y) for each in datasets)])[:-1].tolist()
    return starts


def joined(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return tensors one after another; a single one is not copied."""
    return tensors[0] if len(tensors) == 1 else torch.cat([*tensors])
