"""The loss without class weights, by point and epoch, from the blocks of rows that results hold."""

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64, Floating
from dropdecay.selection.points import POINT, by_point

PLAIN_NAME = "plain_loss_name"
"""Attribute of results: what the loss is called without class weights; only where there are any."""

PLAIN_BLOCKS = "plain_blocks"
"""Attribute of results, 1: blocks of rows hold that loss. Those of earlier versions do not where
rows have weights of their own, for they counted all rows alike."""

WEIGHTED_BLOCKS, LOSS_WEIGHT = "out_of_fold_weighted_loss", "block_loss_weight"
"""Variables of results, only where there are class weights: what blocks of rows lose by the loss
that chooses, and what they count in it."""


def plain_by_epoch(results: xr.Dataset) -> Float64 | None:
    """Return the plain loss, (n_points, n_folds, n_seeds, n_epochs).

    None: there are no class weights, or blocks do not hold it.
    """
    if PLAIN_BLOCKS not in results.attrs:
        return None
    results = by_point(results)
    blocks = results["out_of_fold_loss"].transpose(POINT, "fold", "seed", "epoch", "block")
    weights = weights_of_blocks(results)[:, None, None, :]

    def plain(own: Floating) -> Float64:
        # Where all folds share their blocks, a block may contain no row of a fold.
        losses = np.where(weights > 0, own.astype(np.float64), 0.0)
        return np.asarray((losses * weights).sum(axis=-1) / weights.sum(axis=-1))

    # One by one: all blocks together are by far the largest array of a search.
    return np.stack([plain(own) for own in blocks.values])


def weights_of_blocks(results: xr.Dataset, name: str | None = None) -> Float64:
    """Return what each block counts, (n_folds, n_blocks): the sum of the weights of its rows.

    ``name``: of the variable that holds it. Default: rows' own weights.
    """
    if name is None:
        name = "block_weight" if "block_weight" in results else "block_rows"
    return results[name].transpose("fold", "block").values.astype(np.float64)
