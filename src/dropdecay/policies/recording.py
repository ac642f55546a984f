"""Recording outputs: what the networks that matter make of every row while it is held out.

The surface is done and its epochs are known. One round trains again, to the same bits, the chosen
point, no regularization and the points as good as the best, each to its own epoch, and the picks of
every fold to theirs. A run records all epochs at which its point is needed on its fold, so that
nothing is trained twice; the contenders find their first repeat among these runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

from dropdecay.arrays import Floating
from dropdecay.axes import NONE, Point
from dropdecay.data.output_losses import LossOfOutputs
from dropdecay.engine.protocol import Rows
from dropdecay.selection.choice import Choice, cost_of
from dropdecay.selection.contest import Contest, Pick, RepeatedContest
from dropdecay.selection.epochs import Figures, figures_at_epochs
from dropdecay.selection.rules import lowest
from dropdecay.surface.ensemble_losses import ensemble_losses
from dropdecay.surface.known import Known, Policy, Proposal
from dropdecay.surface.plan import Plan
from dropdecay.surface.row_outputs import (
    CONTENDERS,
    Keeping,
    Wanted,
    first_fold_of_row,
    row_outputs,
)

CAP = 0.15
"""Points as good as the best are recorded as long as the round takes at most this share of the
network-epochs of the surface."""

Needed = dict[tuple[int, Point], set[int]]
"""Epochs by fold and point."""


@dataclass(frozen=True)
class Recording:
    """What recording needs to know besides what is known.

    Parameters
    ----------
    keeping : Keeping
    folds : mapping of int to Rows
        Of the surface.
    results_of : callable
        Known -> results and choice, from the finished surface.
    contest_of : callable
        Known -> Contest; None: nothing is picked fold by fold.
    n_repeats : int
        Of the contenders, at most: room is left for their losses.
    loss_of_outputs : callable or None
        Of outputs averaged over an ensemble; None: there is none.
    row_weight : shape (n_rows,) or None
        What rows count in its losses.
    loss_weight : shape (n_rows,) or None
        With the weights of classes, where these weigh the loss that chooses.
    found : dict
        What is wanted, worked out once.
    """

    keeping: Keeping
    folds: Mapping[int, Rows]
    results_of: Callable[[Known], tuple[xr.Dataset, Choice]]
    contest_of: Callable[[Known], Contest | None]
    n_repeats: int
    loss_of_outputs: LossOfOutputs | None = None
    row_weight: Floating | None = None
    loss_weight: Floating | None = None
    found: dict[tuple[Plan, int], Wanted] = field(default_factory=dict)


def record_outputs(asked: Recording) -> Policy:
    """Return the policy; it is asked when the surface is done."""

    def policy(known: Known) -> Proposal | None:
        wanted = what_to_record(known, asked)
        missing = tuple(run for run in wanted.runs if run not in known.recorded)
        if not missing:
            return None
        return Proposal(missing, notices=_notices(wanted, asked), part="recording outputs")

    return policy


def with_outputs(
    results: xr.Dataset, known: Known, asked: Recording, repeated: RepeatedContest | None
) -> xr.Dataset:
    """Return the results with outputs by row, and the losses of the contenders' repeats."""
    losses = None if repeated is None else repeated.losses
    wanted = what_to_record(known, asked)
    found = row_outputs(wanted, asked.keeping, asked.folds, known.recorded, losses)
    if asked.loss_of_outputs is not None:
        of_chosen = ensemble_losses(
            wanted.points[0], asked.folds, known.recorded, asked.loss_of_outputs,
            asked.row_weight, asked.loss_weight,
        )  # fmt: skip
        found = found.merge(of_chosen)
    return results.merge(found)


def share_at_most(n_points: int, as_many: float = 1.0) -> float:
    """Return the share of the network-epochs of a surface that is trained again, at most.

    Of a small surface the chosen point and none alone are more than the cap. Of an ensemble
    ``as_many`` networks are for each of the surface.
    """
    return max(CAP, as_many * min(1.0, 2 / n_points))


def what_to_record(known: Known, asked: Recording) -> Wanted:
    """Return whose outputs are recorded, of which rows, and by which runs."""
    key = known.plan, len(known.fits)
    if key not in asked.found:
        asked.found[key] = _what_to_record(known, asked)
    return asked.found[key]


def _what_to_record(known: Known, asked: Recording) -> Wanted:
    results, choice = asked.results_of(known)
    contest, figures = asked.contest_of(known), figures_at_epochs(results)
    none = _best_none(figures, choice)
    chosen = Pick(choice.chosen.point, choice.chosen.epochs)
    always = [chosen, *([none] if none is not None and none != chosen else [])]
    others = [each for each in _as_good(figures, choice) if each not in always]
    held = first_fold_of_row(asked.folds, asked.keeping.n_rows)
    folds = [fold for fold in asked.folds if (held == fold).any()]
    needed = _needed(always, contest, folds)
    of_surface = sum(fit.end for fit in known.fits.values())

    def share(needed: Needed) -> float:
        return known.plan.n_recorded * sum(map(max, needed.values())) / of_surface

    n_affordable = 0
    while n_affordable < len(others):
        more = _needed([*always, *others[: n_affordable + 1]], contest, folds)
        if share(more) > CAP:
            break
        needed, n_affordable = more, n_affordable + 1
    per_row = _bytes_per_row(asked, len(always) + n_affordable, contest)
    why = f"beyond {CAP:.0%} of the surface".replace("%", " %")
    if n_affordable and per_row * asked.keeping.n_rows > asked.keeping.most_bytes:
        needed, n_affordable = _needed(always, contest, folds), 0
        per_row = _bytes_per_row(asked, len(always), contest)
        why = f"outputs by row would take more than {asked.keeping.most_bytes / 1e6:g} MB"
    n_left_out = len(others) - n_affordable
    named = f"{n_left_out} of {len(choice.as_good)} points as good as the best: {why}"
    return Wanted(
        points=(*always, *others[:n_affordable]),
        none=none,
        as_good=frozenset(choice.as_good),
        contest=contest,
        rows=asked.keeping.rows_kept(per_row, known.plan.random_state),
        runs=tuple(
            run
            for (fold, point), epochs in needed.items()
            for run in known.plan.recording_runs(point, fold, epochs)
        ),
        left_out=named if n_left_out else "",
        share=share(needed),
    )


def _best_none(figures: Figures, choice: Choice) -> Pick | None:
    """Return the best point without regularization, at its own epoch."""
    is_none = np.array([point.kind == NONE for point in figures.points], bool)
    members = np.flatnonzero(is_none & figures.finished)
    if not members.size:
        return None
    at = members[lowest(cost_of(figures, choice.criterion)[members])]
    return Pick(figures.points[at], int(figures.epochs[at]))


def _as_good(figures: Figures, choice: Choice) -> list[Pick]:
    """Return the points as good as the best, each at its own epoch, the lowest loss first."""
    loss = dict(zip(figures.points, figures.loss.mean(axis=1).tolist(), strict=True))
    epochs = dict(zip(figures.points, figures.epochs.tolist(), strict=True))
    return [Pick(point, epochs[point]) for point in sorted(choice.as_good, key=loss.__getitem__)]


def _needed(points: Sequence[Pick], contest: Contest | None, folds: Sequence[int]) -> Needed:
    """Return which epochs of which points are needed on each fold."""
    needed: Needed = {}
    for fold in folds:
        judges = () if contest is None else (contest.none[fold], contest.picks[fold])
        for pick in (*points, *judges):
            needed.setdefault((fold, pick.point), set()).add(pick.epoch)
    return needed


def _bytes_per_row(asked: Recording, n_points: int, contest: Contest | None) -> int:
    if contest is None:
        return asked.keeping.bytes_per_row(n_points, 0)
    return asked.keeping.bytes_per_row(n_points + len(CONTENDERS), asked.n_repeats)


def _notices(wanted: Wanted, asked: Recording) -> tuple[str, ...]:
    n_kept, n_rows = wanted.rows.size, asked.keeping.n_rows
    if n_kept == n_rows:
        return ()
    return (
        f"Outputs by row are kept for a random sample of {n_kept:,} of the {n_rows:,} rows: all "
        f"would take more than {asked.keeping.most_bytes / 1e6:g} MB. The sample is always the "
        "same.",
    )
