"""What averaging the outputs of several networks brings, on rows that none of them was trained on.

Ensembles of networks that differ in their random numbers alone (Lakshminarayanan, Pritzel &
Blundell 2017). By Jensen's inequality an average never loses more, by a convex loss such as log
loss or squared error, than its networks do in the mean; how much less is what is estimated.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from dropdecay.selection.formatting import number, percent
from dropdecay.selection.jsonable import Plain, plain_fields
from dropdecay.statistics.corrected import PairedDifference, overlap_of, paired_difference

AVERAGED, SINGLE = "ensemble_loss", "network_loss"
"""Variables of results, by fold."""

WEIGHTED_AVERAGED, WEIGHTED_SINGLE = "ensemble_weighted_loss", "network_weighted_loss"
"""The same by the loss that chooses, only where class weights weigh it."""

N_NETWORKS = "n_networks"
"""Attribute of the first of them."""

FOLDS_AVERAGED = "folds_averaged"
"""Attribute of results, where the networks of the folds are averaged in place of a refit."""


@dataclass(frozen=True)
class Ensemble:
    """An ensemble beside its networks, at the chosen point.

    The loss is the one that chooses: with class weights the weighted one.

    Parameters
    ----------
    n_networks : int
    measure : str
        Name of the loss.
    loss : float
        Of the averaged outputs: a mean over folds, in the user's units.
    single_loss : float
        What one of the networks loses by itself, in the mean.
    gain : PairedDifference
        The latter minus the former, over folds, with the interval of the corrected resampled t.
    plain : Ensemble or None
        With class weights: the same without them.
    """

    n_networks: int
    measure: str
    loss: float
    single_loss: float
    gain: PairedDifference
    plain: "Ensemble | None" = None

    def __str__(self) -> str:
        share = self.gain.mean / self.single_loss if self.single_loss else 0.0
        ends = ""
        if not np.isnan(self.gain.lower):
            lower, upper = (each / self.single_loss for each in (self.gain.lower, self.gain.upper))
            least = percent(lower).removesuffix(" %")
            ends = f" ({percent(self.gain.level)} interval {least} to {percent(upper)})"
        return (
            f"{self.n_networks} networks averaged have a {self.measure} of {number(self.loss)} on "
            f"held-out rows, one alone {number(self.single_loss)}: {percent(share)} less{ends}."
        )

    def as_dict(self) -> dict[str, Plain]:
        """Return plain JSON values; ``plain`` only where there is one."""
        fields = {**plain_fields(replace(self, plain=None)), "sentence": str(self)}
        del fields["plain"]
        return fields if self.plain is None else {**fields, "plain": self.plain.as_dict()}


def ensemble_of(results: xr.Dataset) -> Ensemble | None:
    """Return what the ensemble of a search brings; None: there is none, or nothing was recorded."""
    if AVERAGED not in results:
        return None
    name = str(results.attrs.get("loss_name", "loss"))
    plain = _of(results, AVERAGED, SINGLE, name.removeprefix("weighted "))
    if WEIGHTED_AVERAGED not in results:
        return plain
    weighted = _of(results, WEIGHTED_AVERAGED, WEIGHTED_SINGLE, name)
    return None if weighted is None else replace(weighted, plain=plain)


def _of(results: xr.Dataset, of_averaged: str, of_single: str, measure: str) -> Ensemble | None:
    """Return what averaging brings by one measure; None: nothing was recorded."""
    averaged, single = results[of_averaged].values, results[of_single].values
    known = ~np.isnan(averaged)
    if not known.any():
        return None
    n_training, n_validation = (
        results[name].values[known] for name in ("n_training", "n_validation")
    )
    return Ensemble(
        n_networks=int(results[AVERAGED].attrs[N_NETWORKS]),
        measure=measure,
        loss=float(averaged[known].mean()),
        single_loss=float(single[known].mean()),
        gain=paired_difference(
            single[known] - averaged[known], overlap_of(n_training, n_validation)
        ),
    )


def which_figures(n_networks: int, *, repeated: bool, criterion: str) -> str:
    """Say which figures of a search are of ensembles, and which of single networks."""
    ensembles = ["what to expect"] if criterion == "loss" else []
    ensembles += ["the figures of rows (rows.csv, calibration, threshold)"]
    if repeated:
        ensembles = ["the verdict, the comparison with other models", *ensembles]
    singles = "The surface and what each part brings"
    if not repeated:
        singles = "The surface, the verdict and the comparison with other models"
    return (
        f"{singles} are of single networks; {', '.join(ensembles)} and the network itself are of "
        f"{n_networks} averaged."
    )
