"""Outputs by row: what is kept of them, within a limit of size, and the labelled variables.

Each row is judged once, by the first fold that holds it out, so that every output is one that a
network gave to a row it had not seen. Only seeds are averaged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.axes import Point, stored_values
from dropdecay.engine.protocol import Fit, Rows, Run
from dropdecay.selection.contest import Contest, Pick, RowLosses
from dropdecay.surface.results import dtype_of_losses

MOST_BYTES = 500_000_000
SAMPLE_ROWS = 1_000_000
SAMPLE = 0x726F7773
"""Stands in the seed of the sample of rows, so that nothing else draws the same numbers."""

CONTENDERS = ("none", "picks")


@dataclass(frozen=True)
class Keeping:
    """How the outputs of rows are kept.

    Parameters
    ----------
    n_rows : int
        Of the table.
    names : tuple of str
        What each output is: the probability of the class of this name, or a value.
    center, scale : shape (n_outputs,) or (1,), float64
        In the user's units an output is center + scale * the engine's.
    most_bytes : int
        Of all outputs and losses by row together.
    numbers : shape (n_rows,), int64, or None
        Of the rows in the table given to ``fit``, where these are a part of it or in another order.
    n_given : int
        Rows of that table; 0: ``n_rows``.
    """

    n_rows: int
    names: tuple[str, ...]
    center: Float64
    scale: Float64
    most_bytes: int = MOST_BYTES
    numbers: Int64 | None = None
    n_given: int = 0

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """Engines give float32; far from 0, that is too coarse for values in the user's units."""
        as_they_are = bool((self.scale == 1.0).all()) and not self.center.any()
        return np.dtype(np.float32 if as_they_are else np.float64)

    @property
    def dtype_of_losses(self) -> np.dtype[np.floating]:
        """That of losses in the user's units."""
        return dtype_of_losses(float(self.scale[0]) ** 2 if self.scale.size == 1 else 1.0)

    def bytes_per_row(self, n_columns: int, n_repeats: int) -> int:
        """Return what a row takes.

        Parameters
        ----------
        n_columns : int
            Points and contenders whose outputs are kept.
        n_repeats : int
            Repeats of the contenders whose losses are kept.
        """
        outputs = n_columns * len(self.names) * self.dtype.itemsize
        losses = len(CONTENDERS) * n_repeats * self.dtype_of_losses.itemsize
        place = 2 * np.dtype(np.int64).itemsize  # which row it is, and which fold held it out
        return outputs + losses + place

    def rows_kept(self, bytes_per_row: int, random_state: int) -> Int64:
        """Return the rows that are kept, ascending: all, or a sample that is always the same."""
        if bytes_per_row * self.n_rows <= self.most_bytes:
            return np.arange(self.n_rows)
        n_kept = min(SAMPLE_ROWS, self.n_rows, max(1, self.most_bytes // bytes_per_row))
        drawn = np.random.default_rng((random_state, SAMPLE))
        return np.sort(drawn.permutation(self.n_rows)[:n_kept])


@dataclass(frozen=True)
class Wanted:
    """Whose outputs are kept, of which rows, and the runs that record them.

    Parameters
    ----------
    points : tuple of Pick
        Each at its own epoch: the chosen one first.
    none : Pick or None
        Which of them is the best without regularization; None: there is none.
    as_good : frozenset of Point
        Which points are as good as the best.
    contest : Contest or None
        None: nothing is picked fold by fold.
    rows : shape (n_kept,)
        Positions in the table, ascending.
    runs : tuple of Run
        One a point, fold and seed, for all epochs at which it is needed.
    left_out : str
        What is not kept and why; "": nothing.
    share : float
        Network-epochs of the runs beside those of the surface.
    """

    points: tuple[Pick, ...]
    none: Pick | None
    as_good: frozenset[Point]
    contest: Contest | None
    rows: Int64
    runs: tuple[Run, ...]
    left_out: str
    share: float


def first_fold_of_row(rows: Mapping[int, Rows], n_rows: int) -> Int64:
    """Return the first fold that holds out each row, (n_rows,); -1: none does."""
    fold_of_row = np.full(n_rows, -1)
    for fold in sorted(rows, reverse=True):
        fold_of_row[rows[fold].validation] = fold
    return fold_of_row


def row_outputs(
    wanted: Wanted,
    keeping: Keeping,
    folds: Mapping[int, Rows],
    recorded: Mapping[Run, Fit],
    losses: RowLosses | None,
) -> xr.Dataset:
    """Return what was recorded, by row.

    Parameters
    ----------
    wanted : Wanted
    keeping : Keeping
    folds : mapping of int to Rows
        Of the surface.
    recorded : mapping of Run to Fit
        With all runs that are wanted.
    losses : RowLosses or None
        Of the repeats of the contenders, in the user's units.

    Returns
    -------
    xarray.Dataset
        ``out_of_fold_output`` by recorded point, row and output, with one coordinate an axis
        (``recorded_dropout``, ...), ``recorded_epoch``, and which point is chosen, none, as good;
        ``picked_output`` by contender (none, picks), row and output, with the coordinates
        ``picked_dropout``, ..., ``picked_epoch`` by contender and fold; ``contender_loss`` by
        contender, repeat and row. The coordinate ``row`` is the position in the table given to
        ``fit``, ``held_out_by`` the fold; -1: none, and the row is NaN.
    """
    fold_of_row = first_fold_of_row(folds, keeping.n_rows)
    gathered = _Gathered(wanted, keeping, folds, fold_of_row, recorded)
    n_given = keeping.n_given or keeping.n_rows
    kept = {"sample_of": n_given} if wanted.rows.size < n_given else {}
    numbers = wanted.rows if keeping.numbers is None else np.array(keeping.numbers[wanted.rows])
    place = {"long_name": "position in the table given to fit", **kept}
    outputs = np.stack([gathered.by_row(dict.fromkeys(folds, pick)) for pick in wanted.points])
    attributes = {
        "long_name": "output for a row while it was held out",
        "left_out": wanted.left_out,
        "networks": len(wanted.runs),
        "share_of_the_surface": wanted.share,
    }
    found = xr.Dataset(
        {"out_of_fold_output": (("recorded_point", "row", "output"), outputs, attributes)},
        {
            "row": ("row", numbers, place),
            "held_out_by": ("row", fold_of_row[wanted.rows]),
            "output": ("output", list(keeping.names)),
            **_recorded_points(wanted),
        },
    )
    if wanted.contest is None:
        return found
    sides = (wanted.contest.none, wanted.contest.picks)
    picked = np.stack([gathered.by_row(dict(enumerate(side))) for side in sides])
    about = {"long_name": "output of the pick that was made without the fold that held a row out"}
    found = found.assign(picked_output=(("contender", "row", "output"), picked, about))
    found = found.assign_coords({"contender": list(CONTENDERS), **_picks(sides)})
    if losses is None:
        return found
    by_repeat = np.stack([losses.none, losses.picks])[..., wanted.rows].astype(
        keeping.dtype_of_losses
    )
    about = {"long_name": "loss in each repeat of the contenders, the first cut first"}
    return found.assign(contender_loss=(("contender", "contender_repeat", "row"), by_repeat, about))


class _Gathered:
    """Gathers outputs of the rows that are kept, fold by fold."""

    def __init__(
        self,
        wanted: Wanted,
        keeping: Keeping,
        folds: Mapping[int, Rows],
        fold_of_row: Int64,
        recorded: Mapping[Run, Fit],
    ) -> None:
        self._keeping, self._size = keeping, wanted.rows.size
        at = np.full(keeping.n_rows, -1)
        at[wanted.rows] = np.arange(self._size)
        # Of each fold: which of its held-out rows are kept, and where they go.
        self._places = {}
        for fold, rows in folds.items():
            taken = (fold_of_row[rows.validation] == fold) & (at[rows.validation] >= 0)
            self._places[fold] = np.flatnonzero(taken), at[rows.validation[taken]]
        self._fits: dict[tuple[Point, int], list[Fit]] = {}
        for run in wanted.runs:
            self._fits.setdefault((run.point, run.fold), []).append(recorded[run])

    def by_row(self, judges: Mapping[int, Pick]) -> Floating:
        """Return the outputs of the pick that judges each fold, (n_kept, n_outputs)."""
        keeping = self._keeping
        outputs = np.full((self._size, len(keeping.names)), np.nan, keeping.dtype)
        for fold, pick in judges.items():
            taken, places = self._places[fold]
            if taken.size:
                mean = mean_outputs(self._fits[pick.point, fold], pick.epoch)
                outputs[places] = keeping.center + keeping.scale * mean[taken]
        return outputs


def mean_outputs(fits: Sequence[Fit], epoch: int) -> Float64:
    """Return the mean outputs of the held-out rows, (n_validation, n_outputs).

    Of an ensemble, those of its networks that did not diverge: the first was on the surface.
    """
    outputs = [outputs_at(fit, epoch) for fit in fits if fit.recorded is not None]
    mean: Float64 = np.mean(outputs, axis=0, dtype=np.float64)
    return mean


def outputs_at(fit: Fit, epoch: int) -> Floating:
    """Return what a network made of the held-out rows at an epoch that it recorded."""
    assert fit.recorded is not None, "it trained to the same bits on the surface"
    outputs: Floating = fit.recorded.outputs[fit.run.record.index(epoch)]
    return outputs


def _recorded_points(wanted: Wanted) -> dict[str, tuple[str, AnyArray | list[bool]]]:
    coordinates = {
        name: ("recorded_point", values) for name, values in _columns("recorded", wanted.points)
    }
    marks = {
        "recorded_chosen": [i == 0 for i, _ in enumerate(wanted.points)],
        "recorded_none": [pick == wanted.none for pick in wanted.points],
        "recorded_as_good": [pick.point in wanted.as_good for pick in wanted.points],
    }
    return {**coordinates, **{name: ("recorded_point", each) for name, each in marks.items()}}


def _picks(sides: Sequence[Sequence[Pick]]) -> dict[str, tuple[tuple[str, str], AnyArray]]:
    columns = _columns("picked", [pick for side in sides for pick in side])
    return {
        name: (("contender", "fold"), values.reshape(len(sides), -1)) for name, values in columns
    }


def _columns(prefix: str, picks: Sequence[Pick]) -> list[tuple[str, AnyArray]]:
    """Return the axes of the picks, as files keep them, and their epochs, by name."""
    axes = [name for name, _ in picks[0].point.values]
    return [
        *(
            (f"{prefix}_{name}", np.array(stored_values(pick.point[name] for pick in picks)))
            for name in axes
        ),
        (f"{prefix}_epoch", np.array([pick.epoch for pick in picks])),
    ]
