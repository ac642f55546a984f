"""What an ensemble at the chosen point loses on held-out rows, and its networks one by one."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from dropdecay.arrays import Floating
from dropdecay.data.output_losses import LossOfOutputs
from dropdecay.engine.protocol import Fit, Rows, Run
from dropdecay.selection.contest import Pick
from dropdecay.selection.ensemble import (
    AVERAGED,
    N_NETWORKS,
    SINGLE,
    WEIGHTED_AVERAGED,
    WEIGHTED_SINGLE,
)
from dropdecay.surface.row_outputs import mean_outputs, outputs_at


def ensemble_losses(
    chosen: Pick,
    folds: Mapping[int, Rows],
    recorded: Mapping[Run, Fit],
    loss_of_outputs: LossOfOutputs,
    row_weight: Floating | None,
    loss_weight: Floating | None = None,
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
    loss_weight : shape (n_rows,) or None
        With the weights of classes, where these weigh the loss that chooses.

    Returns
    -------
    xarray.Dataset
        ``ensemble_loss`` of the averaged outputs, and ``network_loss``, the mean over the networks
        of what each loses by itself, by fold; NaN: nothing was recorded there, or all rows of the
        fold weigh nothing. With ``loss_weight`` also ``ensemble_weighted_loss`` and
        ``network_weighted_loss``, by that.
    """
    measures = {(AVERAGED, SINGLE): row_weight}
    if loss_weight is not None:
        measures[WEIGHTED_AVERAGED, WEIGHTED_SINGLE] = loss_weight
    found = {name: np.full(len(folds), np.nan) for names in measures for name in names}
    n_networks = 0
    for place, (fold, rows) in enumerate(sorted(folds.items())):
        fits = [
            fit for run, fit in sorted(recorded.items(), key=lambda each: each[0].seed)
            if (run.fold, run.point) == (fold, chosen.point) and chosen.epoch in run.record
            and fit.recorded is not None
        ]  # fmt: skip
        held = rows.validation
        if not fits or (row_weight is not None and not row_weight[held].any()):
            continue
        n_networks = max(n_networks, len({fit.run.seed for fit in fits}))
        together = loss_of_outputs(held, mean_outputs(fits, chosen.epoch))
        one_by_one = [loss_of_outputs(held, outputs_at(fit, chosen.epoch)) for fit in fits]
        for (averaged, single), by_row in measures.items():
            weights = None if by_row is None else by_row[held]
            if weights is None or weights.any():
                found[averaged][place] = np.average(together, weights=weights)
                found[single][place] = np.mean(
                    [np.average(each, weights=weights) for each in one_by_one]
                )
    labelled = {}
    for (averaged, single), which in zip(measures, ("", ", with class weights"), strict=False):
        about = f"loss of the averaged outputs of the chosen point{which}"
        alone = f"mean loss of the networks of the chosen point, one by one{which}"
        labelled[averaged] = (
            "fold", found[averaged], {"long_name": about, N_NETWORKS: n_networks}
        )  # fmt: skip
        labelled[single] = ("fold", found[single], {"long_name": alone})
    return xr.Dataset(labelled)
