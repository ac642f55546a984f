"""How often intervals and sets hold the truth of rows while they are held out.

The row's own fold says what to expect of it, and the misfits of all other folds how far off that
may be. Nothing is trained, and no row judges itself.
"""

from dataclasses import asdict, dataclass

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.explain.fold_networks import FoldNetworks
from dropdecay.selection.formatting import number, percent
from dropdecay.statistics.cv_plus import largest_covered


@dataclass(frozen=True)
class Coverage:
    """What intervals or sets are worth, found on held-out rows.

    Parameters
    ----------
    level : float
        The share that is asked for.
    covered : float
        The share of rows that hold the truth; a mean over several outputs.
    width : float or None
        Of the intervals, in the user's units; None for classes and several outputs.
    set_size : float or None
        Mean number of classes in a set; None for values.
    sentence : str
    """

    level: float
    covered: float
    width: float | None
    set_size: float | None
    sentence: str

    def as_dict(self) -> dict[str, object]:
        """Return this as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        return self.sentence


def coverage_of_values(networks: FoldNetworks, level: float) -> Coverage | None:
    """Return how often the intervals of held-out rows hold their values; None: too few rows."""
    n_outputs = networks.judging[0].misfits.shape[1]
    covered, widths = [], []
    for output in range(n_outputs):
        limits = _limits(networks, output, level)
        if limits is None:
            return None
        pairs = list(zip(networks.misfits(output), limits, strict=True))
        covered.append(np.concatenate([own <= limit for own, limit in pairs]).mean())
        widths.append(np.concatenate([np.full(own.size, 2 * limit) for own, limit in pairs]).mean())
    share, width = float(np.mean(covered)), float(widths[0]) if n_outputs == 1 else None
    wide = "" if width is None else f" and are {number(width)} wide"
    return Coverage(
        level, share, width, None,
        f"{percent(level)} intervals hold {percent(share)} of the held-out values{wide}.",
    )  # fmt: skip


def coverage_of_classes(
    networks: FoldNetworks, said: Float64, true: Int64, judge: Int64, level: float
) -> Coverage | None:
    """Return how often the sets of held-out rows hold their classes; None: too few rows.

    Parameters
    ----------
    networks : FoldNetworks
    said : shape (n_rows, n_classes)
        Probabilities by the network that held the row out.
    true : shape (n_rows,)
        Number of the class.
    judge : shape (n_rows,)
        The fold that held the row out, by its place among ``networks.judging``.
    level : float
    """
    limits = _limits(networks, 0, level)
    if limits is None:
        return None
    sets = 1.0 - said <= limits[judge, None]
    sets[np.arange(len(said)), said.argmax(axis=1)] = True
    share, size = float(sets[np.arange(len(said)), true].mean()), float(sets.sum(axis=1).mean())
    return Coverage(
        level, share, None, size,
        f"{percent(level)} sets hold the true class of {percent(share)} of the held-out rows, with "
        f"{number(size)} of {said.shape[1]} classes on average.",
    )  # fmt: skip


def _limits(networks: FoldNetworks, output: int, level: float) -> Float64 | None:
    """Return, for each fold, the misfit that its rows rarely exceed, by those of the others."""
    misfits = networks.misfits(output)
    if len(misfits) < 2:
        return None
    limits = np.array(
        [
            largest_covered(np.concatenate([*misfits[:i], *misfits[i + 1 :]]), level)
            for i in range(len(misfits))
        ]
    )
    return limits if np.isfinite(limits).all() else None
