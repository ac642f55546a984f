"""How much the best point flatters itself."""

from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from dropdecay.errors import EveryRunDiverged
from dropdecay.selection.epochs import SURFACE, choose_epochs
from dropdecay.statistics.bootstrap import bootstrap_minimum


@dataclass(frozen=True)
class Optimism:
    """The lowest mean loss, and what to expect of it on new rows.

    Parameters
    ----------
    naive : float
        Lowest mean out-of-fold loss over rows: the minimum of many, and so too low.
    corrected, lower, upper : float
        Bootstrap bias-corrected estimate (BBC-CV) and its 95 % interval.
    """

    naive: float
    corrected: float
    lower: float
    upper: float

    @property
    def optimism(self) -> float:
        """Corrected minus naive."""
        return self.corrected - self.naive

    def as_dict(self) -> dict[str, float]:
        """Return plain JSON values."""
        return {**asdict(self), "optimism": self.optimism}


def estimate_optimism(results: xr.Dataset, *, random_state: int = 0) -> Optimism:
    """Estimate the loss of the best point on new rows, selection taken into account.

    Each point's out-of-fold losses are taken at its own epoch, averaged over seeds; the units that
    are resampled are blocks of validation rows.

    Raises
    ------
    EveryRunDiverged
        If no point finished on every fold.
    """
    epochs = choose_epochs(results)
    at = results["out_of_fold_loss"].sel(epoch=epochs.clip(min=1)).mean("seed", skipna=False)
    at = at.transpose(*SURFACE, "fold", "block")
    losses = at.values.reshape(epochs.size, -1).astype(np.float64)[epochs.values.ravel() > 0]
    if not losses.size:
        raise EveryRunDiverged("Every point of the surface diverged. Lower the learning rate.")
    rows = results["block_rows"].transpose("fold", "block").values.ravel().astype(np.float64)
    present = rows > 0
    losses, rows = losses[:, present], rows[present]
    rng = np.random.default_rng(random_state)
    found = bootstrap_minimum(losses, rows, rng)
    naive = float(np.average(losses, axis=1, weights=rows).min())
    return Optimism(naive, found.mean, found.lower, found.upper)
