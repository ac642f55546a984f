"""What a network loses on rows that were set aside before anything was tuned."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from dropdecay.arrays import AnyArray, Float64, Floating
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.jsonable import Plain, plain_fields

LEVEL = 0.95


@dataclass(frozen=True)
class SetAside:
    """The loss on rows set aside, of the network that was found without them.

    Parameters
    ----------
    loss, standard_error, lower, upper : float
        Mean over the rows, its standard error over them, and the 95 % interval by Student's t.
    n_rows : int
    chosen : PointFigures
        The point that was chosen without the rows.
    """

    loss: float
    standard_error: float
    lower: float
    upper: float
    n_rows: int
    chosen: PointFigures

    def as_dict(self) -> dict[str, Plain]:
        """Return plain values, ready for JSON."""
        return plain_fields(self)


def set_aside_of(
    losses: Float64,
    chosen: PointFigures,
    weights: Floating | None = None,
    groups: AnyArray | None = None,
) -> SetAside:
    """Summarise the losses of rows set aside.

    The variance of the weighted mean is that of sums over groups, which are independent of each
    other (Cochran 1977, section 9A.1): n / (n - 1) * sum_g (sum_i w_i (l_i - m))^2 / (sum_i w_i)^2.

    Parameters
    ----------
    losses : shape (n_rows,)
    chosen : PointFigures
    weights : shape (n_rows,), optional
    groups : shape (n_rows,), optional
        Default: every row is a group of its own.
    """
    weight = np.ones(losses.size) if weights is None else weights.astype(np.float64)
    mean = float(np.average(losses, weights=weight))
    own = np.arange(losses.size) if groups is None else np.unique(groups, return_inverse=True)[1]
    sums = np.bincount(own, weights=weight * (losses - mean))
    sums = sums[np.bincount(own, weights=weight) > 0]  # what weighs nothing is no further group
    n = sums.size
    error = float(np.sqrt(n / max(n - 1, 1) * (sums**2).sum()) / weight.sum()) if n > 1 else np.nan
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, max(n - 1, 1))) * error
    return SetAside(mean, error, mean - reach, mean + reach, losses.size, chosen)
