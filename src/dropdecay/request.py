"""What a search is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path

from dropdecay.arrays import AnyArray, Floating
from dropdecay.axes import Point
from dropdecay.data.cuts import Cuts
from dropdecay.data.output_losses import LossOfOutputs
from dropdecay.data.row_scores import RowScore
from dropdecay.engine.protocol import Problem
from dropdecay.policies.contenders import PlainWeight
from dropdecay.surface.budget import Budget
from dropdecay.surface.pilot import Pilot
from dropdecay.surface.plan import Plan
from dropdecay.surface.row_outputs import Keeping


@dataclass(frozen=True)
class Repeats:
    """How often the contenders are repeated, and what is needed to judge them row by row.

    Parameters
    ----------
    n_repeats : int
        At most, the surface's own folds included; 1: none.
    cuts : Cuts, optional
        The rows of the problem, and how they are cut anew; None: nothing is repeated.
    sample_weight : shape (n_rows,) or None
    groups : shape (n_rows,) or None
    budget : Budget
    score : RowScore, optional
        Needed where a score chooses.
    plain_weight : PlainWeight, optional
        What rows count without class weights, where there are any.
    seconds_after : float
        What follows the repeats, the refit aside, takes so long.
    """

    n_repeats: int = 1
    cuts: Cuts | None = None
    sample_weight: Floating | None = None
    groups: AnyArray | None = None
    budget: Budget = field(default_factory=lambda: Budget(None, {}))
    score: RowScore | None = None
    plain_weight: PlainWeight | None = None
    seconds_after: float = 0.0


@dataclass(frozen=True)
class Request:
    """What a search is asked to do.

    Parameters
    ----------
    problem : Problem
    plan : Plan
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        What ``rule`` compares.
    loss_scale : float
        Converts the engine's loss to the user's units.
    attributes : dict
        What the numbers mean; stored with the results.
    extend : bool
        Whether to extend an axis while the best point lies at its end.
    race : bool or "auto"
        Whether to drop points that the folds so far put behind; "auto": if that pays off.
    repeats : Repeats
        How the contenders are repeated for the verdict.
    futility : bool
        Whether points that could not catch up are not trained on; see ``policies.futility``.
    folder : path, optional
        Where the states of paused runs lie. Default: the system's folder for temporary files.
    outputs : Keeping, optional
        How outputs by row are kept. Default: none are recorded.
    pilot : Pilot, optional
        A part of the rows on which the surface is trained first. Default: there is none.
    left_out : frozenset of Point
        Points of the plan that are not trained.
    loss_of_outputs : callable, optional
        Of outputs averaged over the ensemble of ``plan``. Default: single networks are judged.
    """

    problem: Problem
    plan: Plan
    rule: str
    criterion: str
    loss_scale: float
    attributes: dict[str, str | float | int]
    extend: bool = False
    race: bool | str = False
    repeats: Repeats = Repeats()
    futility: bool = False
    folder: Path | None = None
    outputs: Keeping | None = None
    pilot: Pilot | None = None
    loss_of_outputs: LossOfOutputs | None = None
    left_out: frozenset[Point] = frozenset()
