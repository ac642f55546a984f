"""The loss without class weights, by point and epoch, from the blocks of rows that results hold."""

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.selection.points import POINT, by_point

PLAIN_NAME = "plain_loss_name"
"""Attribute of results: what the loss is called without class weights; only where there are any."""

PLAIN_BLOCKS = "plain_blocks"
"""Attribute of results, 1: blocks of rows hold that loss. Where rows have weights of their own they
do not, for blocks count all rows alike."""


def plain_by_epoch(results: xr.Dataset) -> Float64 | None:
    """Return the plain loss, (n_points, n_folds, n_seeds, n_epochs).

    None: there are no class weights, or there are sample weights besides.
    """
    if PLAIN_BLOCKS not in results.attrs:
        return None
    results = by_point(results)
    blocks = results["out_of_fold_loss"].transpose(POINT, "fold", "seed", "epoch", "block")
    rows = results["block_rows"].transpose("fold", "block").values[:, None, None, :]
    # Where all folds share their blocks, a block may contain no row of a fold.
    losses = np.where(rows > 0, blocks.values.astype(np.float64), 0.0)
    return np.asarray((losses * rows).sum(axis=-1) / rows.sum(axis=-1))
