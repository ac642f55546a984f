"""How the rows of each batch are mixed in pairs, drawn for an epoch at a time."""

import numpy as np
from scipy.special import betaincinv

from dropdecay.arrays import AnyArray, Float64, UInt32
from dropdecay.kernels.network import Mixing
from dropdecay.kernels.philox import PURPOSE_MIXING, stream_words
from dropdecay.settings import Regularization

NO_MIXING = Mixing(np.empty((0, 1)), np.empty(0), np.empty(0, np.int64))
"""No batch is mixed."""


class Draws:
    """The random numbers of an epoch's mixing, which all points of a fold and seed share.

    Parameters
    ----------
    key : shape (2,), uint32
    epoch : int
        From 1.
    n_rows, batch_size : int
        Of the epoch.
    """

    def __init__(self, key: UInt32, epoch: int, n_rows: int, batch_size: int) -> None:
        self._key, self._epoch = key, epoch
        self.n_steps = -(-n_rows // batch_size)
        drawn = self._uniform(0, 4)
        self.for_mixup, self.for_cutmix, for_offset, self.for_choice = drawn.T
        sizes = np.full(self.n_steps, batch_size)
        sizes[-1] = n_rows - (self.n_steps - 1) * batch_size
        # A row that is alone in its batch is its own partner.
        self.offsets = np.where(sizes > 1, 1 + (for_offset * (sizes - 1)).astype(np.int64), 0)

    def columns(self, n_columns: int) -> Float64:
        """Return a number in (0, 1) for every step and column."""
        return self._uniform(1, n_columns)

    def _uniform(self, stream: int, n_numbers: int) -> Float64:
        stream |= PURPOSE_MIXING << 16
        words: AnyArray = stream_words(self._key, self._epoch, stream, self.n_steps * n_numbers)
        return (words.reshape(self.n_steps, n_numbers) + 0.5) * 2.0**-32


def kept_shares(regularization: Regularization, draws: Draws) -> tuple[Float64, AnyArray]:
    """Return what of a row is kept in each step, (n_steps,), and whether that is of each column.

    Mixup keeps a share of every number, drawn from Beta(mixup, mixup) (Zhang et al. 2018). Cutmix
    keeps a share of the columns as they are, drawn from Beta(cutmix, cutmix) (Yun et al. 2019, with
    columns for pixels, as in Kadra et al. 2021). With both, a fair coin decides for each batch.
    """
    mixup, cutmix = regularization.mixup, regularization.cutmix
    ones = np.ones(draws.n_steps)
    by_mixup = betaincinv(mixup, mixup, draws.for_mixup) if mixup else ones
    by_cutmix = betaincinv(cutmix, cutmix, draws.for_cutmix) if cutmix else ones
    cuts = draws.for_choice >= 0.5 if mixup else np.ones(draws.n_steps, bool)
    cuts = cuts if cutmix else np.zeros(draws.n_steps, bool)
    return np.where(cuts, by_cutmix, by_mixup), cuts


def mixing_of(
    regularization: Regularization, key: UInt32, epoch: int, n_rows: int, batch_size: int,
    n_columns: int,
) -> Mixing:  # fmt: skip
    """Return how the batches of an epoch are mixed."""
    if not regularization.mixes:
        return NO_MIXING
    draws = Draws(key, epoch, n_rows, batch_size)
    shares, cuts = kept_shares(regularization, draws)
    kept = shares[:, np.newaxis]
    if regularization.cutmix:
        cut = (draws.columns(n_columns) < kept).astype(np.float64)
        kept = np.where(cuts[:, np.newaxis], cut, kept)
        shares = kept.mean(axis=1)
    return Mixing(np.ascontiguousarray(kept), np.ascontiguousarray(shares), draws.offsets)
