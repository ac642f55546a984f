"""Rows mixed in pairs for all networks of a stack: what ``kernels.mixing`` does, on any device."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from dropdecay.arrays import UInt32
from dropdecay.engine.mixing import Draws, kept_shares
from dropdecay.settings import Setting


class Pairs(NamedTuple):
    """How the rows of a batch are mixed.

    Parameters
    ----------
    order : shape (n_parts, n_rows), int64
        The partner of every row.
    kept : shape (K, 1, 1) or (K, 1, n_columns)
        A row's own share of its inputs.
    own : shape (K, 1)
        A row's own share of the target.
    """

    order: torch.Tensor
    kept: torch.Tensor
    own: torch.Tensor


class PairMixing:
    """The mixing of an epoch's batches, in memory whose place never changes.

    Parameters
    ----------
    settings_by_part : sequence of sequences of Setting
        Of the networks that share random numbers.
    keys : sequence of shape (2,), uint32
        One a part.
    n_rows, batch_size, n_columns : int
    like : tensor
        Tells type and device.
    """

    def __init__(
        self,
        settings_by_part: Sequence[Sequence[Setting]],
        keys: Sequence[UInt32],
        n_rows: int,
        batch_size: int,
        n_columns: int,
        like: torch.Tensor,
    ) -> None:
        self._knobs = [[each.regularization for each in part] for part in settings_by_part]
        self._keys, self._n_rows, self._batch_size = keys, n_rows, batch_size
        self._part_of = np.repeat(np.arange(len(keys)), [len(part) for part in self._knobs])
        self.cuts = any(each.cutmix for part in self._knobs for each in part)
        n_steps, n_networks = -(-n_rows // batch_size), self._part_of.size
        self._shares, self._is_cut = like.new_empty(2, n_steps, n_networks, 1, 1)
        n_drawn = n_columns if self.cuts else 0
        self._columns = like.new_empty(n_steps, len(keys), 1, n_drawn, dtype=torch.float64)
        self._limits = like.new_empty(n_steps, n_networks, 1, 1, dtype=torch.float64)
        self._offsets = torch.zeros(n_steps, len(keys), 1, dtype=torch.int64, device=like.device)
        self._places = torch.from_numpy(self._part_of).to(like.device)

    def send(self, epoch: int) -> None:
        """Send what the batches of an epoch need."""
        draws = [Draws(key, epoch, self._n_rows, self._batch_size) for key in self._keys]
        drawn = [
            kept_shares(knobs, draws[part]) for part, own in enumerate(self._knobs) for knobs in own
        ]
        shares, is_cut = (np.stack(each, axis=1) for each in zip(*drawn, strict=True))
        offsets = np.stack([each.offsets for each in draws], axis=1)
        tables = [(self._shares, shares), (self._is_cut, is_cut), (self._offsets, offsets)]
        if self.cuts:
            n_columns = self._columns.shape[3]
            columns = np.stack([each.columns(n_columns) for each in draws], axis=1)
            tables += [(self._columns, columns), (self._limits, shares)]
        for table, values in tables:
            table.copy_(torch.from_numpy(values).view(table.shape), non_blocking=True)

    def read(self, at: torch.Tensor, n_rows: int) -> Pairs:
        """Read how the batch is mixed whose number is in ``at``, shape (1,)."""
        offsets = self._offsets.index_select(0, at)[0]
        order = (torch.arange(n_rows, device=offsets.device) + offsets) % n_rows
        kept = self._shares.index_select(0, at)[0]
        if self.cuts:
            drawn = self._columns.index_select(0, at)[0].index_select(0, self._places)
            own = (drawn < self._limits.index_select(0, at)[0]).to(kept.dtype)
            kept = torch.where(self._is_cut.index_select(0, at)[0] > 0.0, own, kept)
        return Pairs(order, kept, kept.mean(2))


def partners(values: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Return what the partners of rows have.

    Parameters
    ----------
    values : shape (n, n_rows, width)
    order : shape (n, n_rows)
    """
    return torch.take_along_dim(values, order.unsqueeze(2), 1)
