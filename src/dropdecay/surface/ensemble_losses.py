"""What an ensemble at the chosen point loses on held-out rows, and its networks one by one."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from dropdecay.arrays import Floating
from dropdecay.data.output_losses import LossOfOutputs
from dropdecay.engine.protocol import Fit, Rows, Run
from dropdecay.selection.contest import Pick
from dropdecay.selection.ensemble import AVERAGED, N_NETWORKS, SINGLE
from dropdecay.surface.row_outputs import mean_outputs, outputs_at


def ensemble_losses(
    chosen: Pick,
    folds: Mapping[int, Rows],
    recorded: Mapping[Run, Fit],
    loss_of_outputs: LossOfOutputs,
    row_weight: Floating | None,
) -> xr.Dataset:
    """Return the losses of the chosen point by fold, weighted by rows' own weights.

    Parameters
    ----------
    chosen : Pick
    folds : mapping of int to Rows
    recorded : mapping of Run to Fit
        With the networks of the ensemble on all folds that were recorded.
    loss_of_outputs : callable
    row_weight : shape (n_rows,) or None

    Returns
    -------
    xarray.Dataset
        ``ensemble_loss`` of the averaged outputs, and ``network_loss``, the mean over the networks
        of what each loses by itself, by fold; NaN: nothing was recorded there, or all rows of the
        fold weigh nothing.
    """
    averaged, single = np.full((2, len(folds)), np.nan)
    n_networks = 0
    for place, (fold, rows) in enumerate(sorted(folds.items())):
        fits = [
            fit for run, fit in sorted(recorded.items(), key=lambda each: each[0].seed)
            if (run.fold, run.point) == (fold, chosen.point) and chosen.epoch in run.record
            and fit.recorded is not None
        ]  # fmt: skip
        held = rows.validation
        weights = None if row_weight is None else row_weight[held]
        if not fits or (weights is not None and not weights.any()):
            continue
        n_networks = max(n_networks, len({fit.run.seed for fit in fits}))
        averaged[place] = np.average(
            loss_of_outputs(held, mean_outputs(fits, chosen.epoch)), weights=weights
        )
        single[place] = np.mean(
            [
                np.average(loss_of_outputs(held, outputs_at(fit, chosen.epoch)), weights=weights)
                for fit in fits
            ]
        )
    about = {
        "long_name": "loss of the averaged outputs of the chosen point",
        N_NETWORKS: n_networks,
    }
    alone = {"long_name": "mean loss of the networks of the chosen point, one by one"}
    return xr.Dataset({AVERAGED: ("fold", averaged, about), SINGLE: ("fold", single, alone)})
