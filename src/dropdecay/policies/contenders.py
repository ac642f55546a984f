"""Repeating the contenders: none and the picks again, on new cuts, until the verdict is sure.

The surface is done. Of its own networks, those that the verdict needs are trained once more to
record what they make of every row (the same bits), unless outputs were recorded before
(``policies.recording``); then each repeat cuts the rows anew and trains the contenders alone. After
every repeat from the third the verdict is looked at.

Where a loss chooses, a row is judged by its loss; where a score chooses, by what it contributes to
the score of its judge (``data.row_scores``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dropdecay.arrays import AnyArray, Bool, Float64, Floating, Int64
from dropdecay.axes import Point
from dropdecay.data.cuts import Cuts
from dropdecay.data.output_losses import LossOfOutputs
from dropdecay.data.row_scores import RowScore
from dropdecay.engine.protocol import Fit, Run
from dropdecay.selection.contest import (
    Contest,
    Counting,
    Obstacle,
    Pick,
    RepeatedContest,
    RowLosses,
    losses_of_repeat,
)
from dropdecay.selection.judgement import is_decided, judge
from dropdecay.statistics.hybrid import RepeatedGain
from dropdecay.statistics.jackknife import blocks_of
from dropdecay.surface.known import Known, Policy, Proposal
from dropdecay.surface.row_outputs import mean_outputs, outputs_at

FIRST_LOOK = 3
"""Repeats before the first look: fewer say too little about the spread between them."""

MAX_REPEATS, MAX_REPEATS_UNTIL_SURE = 10, 20
"""From the first of these on, repeats end where more would hardly narrow the interval. Asked
earlier, that costs a tenth of all answers (docs/statistics.md)."""


POINTS_A_REPEAT = 2.2
"""Points of the surface whose training takes as long as that of a repeat: 18 % of one of 12 points,
with fixed epochs and with adaptive ones, in twelve made worlds."""

MAX_BLOCKS = 50
"""Blocks of rows that are left out of a score. The standard error of a gain is then known to about
10 %, and each repeat asks the scorer at most 100 times a fold: a second with scikit-learn's."""

BLOCKS = 0x626C6F636B
"""Stands in the seed of these blocks, so that nothing else draws the same numbers."""


def repeats_at_most(n_repeats: int, until_sure: bool) -> int:
    """Return how often the contenders are trained, at most."""
    return max(n_repeats, MAX_REPEATS_UNTIL_SURE) if until_sure else n_repeats


def share_of_repeats(asked: "Contenders | None", n_points: int, as_many: float) -> float:
    """Return what all repeats beyond the surface take, at most, as a share of the surface.

    Of ensembles ``as_many`` networks are for each of the surface.
    """
    return 0.0 if asked is None else (asked.n_repeats - 1) * as_many * POINTS_A_REPEAT / n_points


@dataclass(frozen=True)
class PlainWeight:
    """What a row counts without class weights: its own weight, (n_rows,), or None: as any other."""

    own: Floating | None


@dataclass(frozen=True)
class Contenders:
    """What repeating needs to know besides what is known.

    Parameters
    ----------
    cuts : Cuts
    contest_of : callable
        Known -> Contest, from the finished surface; None: there is nothing to compare.
    n_repeats : int
        At most, the surface's own folds included.
    loss_scale : float
        From the engine's loss to the user's units.
    sample_weight : shape (n_rows,) or None
        What a row counts in the gain.
    groups : shape (n_rows,) or None
        Rows that vary together; where a score chooses, the blocks of rows that are left out of it.
    time_is_up : callable
        (known, number of repeats done) -> whether the budget forbids another.
    score : RowScore or None
        What chooses; None: the loss.
    plain_weight : PlainWeight or None
        Without class weights, where these weigh the loss that chooses.
    by_fold : bool
        Whether rows of one fold of the surface vary together, as blocks of time do.
    loss_of_outputs : callable, optional
        The contenders are ensembles, judged by the means of their outputs. Default: networks of
        one point, each judged by itself.
    runs, losses, is_over : dict
        By repeat, worked out once: every look asks for all repeats before it, and the surface no
        longer changes. The last one says whether the look after a repeat ended the repeats.
    """

    cuts: Cuts
    contest_of: Callable[[Known], Contest | None]
    n_repeats: int
    loss_scale: float
    sample_weight: Floating | None
    groups: AnyArray | None
    time_is_up: Callable[[Known, int], bool]
    score: RowScore | None = None
    plain_weight: PlainWeight | None = None
    by_fold: bool = False
    loss_of_outputs: LossOfOutputs | None = None
    runs: dict[int, tuple[Run, ...]] = field(default_factory=dict)
    losses: dict[int, tuple[Float64, Float64] | Obstacle] = field(default_factory=dict)
    is_over: dict[int, bool] = field(default_factory=dict)

    @property
    def constant(self) -> float:
        """Minus the score of a constant prediction; 0 for a loss."""
        return 0.0 if self.score is None or self.score.constant is None else -self.score.constant

    @property
    def counting(self) -> Counting:
        """How rows count in the gain."""
        units = self.cuts.first_fold_of_row if self.by_fold else self.groups
        blocks = None if self.score is None else self.groups
        return Counting(self.sample_weight, units, self.by_fold, blocks)

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the repeats ended where they did, if a repeat could not be judged."""
        return next((each for each in self.losses.values() if isinstance(each, Obstacle)), None)


def repeat_contenders(asked: Contenders) -> Policy:
    """Return the policy."""

    def policy(known: Known) -> Proposal | None:
        if asked.n_repeats < 2:
            return None
        contest = asked.contest_of(known)
        if contest is None or contest.same_everywhere:
            return None
        for repeat in range(asked.n_repeats):
            runs = _runs(known, asked, contest, repeat)
            missing = tuple(run for run in runs if not _is_recorded(run, known))
            if missing:
                what = "cut" if asked.cuts.cuts_anew else "training"
                part = f"{what} {repeat + 1} of at most {asked.n_repeats}"
                return Proposal(missing, part=f"sharpening, {part}")
            if repeat not in asked.is_over:
                asked.is_over[repeat] = _is_over(known, asked, contest, repeat + 1)
            if asked.is_over[repeat]:
                return None
        return None

    return policy


def _is_over(known: Known, asked: Contenders, contest: Contest, n_done: int) -> bool:
    """Return whether the repeats so far are enough, or all there can be."""
    if n_done >= asked.n_repeats:
        return True
    losses = row_losses(known, asked, contest, n_done)
    if losses is None or len(losses.none) < n_done:
        return True  # the repeats before it are all there are
    if n_done >= FIRST_LOOK:
        gain, baseline = gain_of(losses, asked)
        if is_decided(judge(gain, baseline, asked.constant)):
            return True
        if n_done >= MAX_REPEATS and gain.is_exhausted:
            return True
    return asked.time_is_up(known, n_done)


def repeated_contest(known: Known, asked: Contenders) -> RepeatedContest | None:
    """Return what the finished repeats say; None where there are fewer than two of them."""
    contest = asked.contest_of(known)
    if contest is None or contest.same_everywhere:
        return None
    n_repeats = 0
    while n_repeats < asked.n_repeats and all(
        _is_recorded(run, known) for run in _runs(known, asked, contest, n_repeats)
    ):
        n_repeats += 1
    losses = row_losses(known, asked, contest, n_repeats)
    if losses is None or len(losses.none) < 2:
        return None
    gain, baseline = gain_of(losses, asked)
    plain = asked.plain_weight
    return RepeatedContest(
        contest=contest,
        losses=losses,
        gain=gain,
        intervals=tuple(_intervals(losses, asked)),
        baseline=baseline,
        n_networks=sum(_is_recorded(run, known) for runs in asked.runs.values() for run in runs),
        cuts_anew=asked.cuts.cuts_anew or gain.n_repeats <= asked.cuts.n_given,
        plain=(
            None if plain is None
            else replace(asked.counting, weights=plain.own).gain(losses.none, losses.picks)
        ),
        counting=asked.counting,
    )  # fmt: skip


def _is_recorded(run: Run, known: Known) -> bool:
    """Return whether what a run would record is known, from itself or one that records more."""
    return run in known.recorded or any(
        (other.fold, other.seed) == (run.fold, run.seed)
        and other.point == run.point
        and set(run.record) <= set(other.record)
        for other in known.recorded
    )


def _runs(known: Known, asked: Contenders, contest: Contest, repeat: int) -> tuple[Run, ...]:
    if repeat not in asked.runs:
        asked.runs[repeat] = runs_of_repeat(known, asked.cuts, contest, repeat)
    return asked.runs[repeat]


def runs_of_repeat(known: Known, cuts: Cuts, contest: Contest, repeat: int) -> tuple[Run, ...]:
    """Return the networks of one repeat; those of the surface's own folds are trained again."""
    n_folds, fold_of_row = cuts.n_folds, cuts.first_fold_of_row
    runs: list[Run] = []
    for fold in folds_of_repeat(cuts, contest, repeat):
        own = _holds_the_first_folds(cuts, repeat)
        firsts = [fold % n_folds] if own else np.unique(fold_of_row[cuts[fold].validation]).tolist()
        for point, epochs in contest.epochs_of(firsts).items():
            runs += known.plan.recording_runs(point, fold, epochs)
    return tuple(runs)


def row_losses(
    known: Known, asked: Contenders, contest: Contest, n_repeats: int
) -> RowLosses | None:
    """Return the losses of every row in the first repeats, up to one that cannot be judged.

    None: there is none before that.
    """
    fits: dict[tuple[Point, int], list[Fit]] = {}
    # Sums depend on their order, and fits come in the order in which threads finish them.
    for run, fit in sorted(known.recorded.items(), key=lambda each: each[0].seed):
        fits.setdefault((run.point, run.fold), []).append(fit)

    def loss_of(pick: Pick, fold: int, here: Bool) -> Float64 | Obstacle:
        # Others recorded for something else.
        own = [fit for fit in fits[pick.point, fold] if pick.epoch in fit.run.record]
        if any(fit.recorded is None for fit in own):
            return Obstacle.DIVERGED
        rows = asked.cuts[fold].validation
        if asked.loss_of_outputs is not None:
            outputs = mean_outputs(own, pick.epoch)
            if asked.score is None:
                return asked.loss_of_outputs(rows[here], outputs[here])
            return _minus_scores(rows, [outputs], here, asked, asked.score)
        if asked.score is None:
            return _mean_losses(own, pick.epoch, asked.loss_scale)[here]
        of_seeds = [outputs_at(fit, pick.epoch) for fit in own]
        return _minus_scores(rows, of_seeds, here, asked, asked.score)

    cuts, fold_of_row = asked.cuts, asked.cuts.first_fold_of_row
    none, picks = [], []
    for repeat in range(n_repeats):
        if repeat not in asked.losses:
            validation = {
                fold: cuts[fold].validation for fold in folds_of_repeat(cuts, contest, repeat)
            }
            own = _holds_the_first_folds(cuts, repeat)
            found = losses_of_repeat(contest, fold_of_row, validation, loss_of, own)
            asked.losses[repeat] = found
        judged = asked.losses[repeat]
        if isinstance(judged, Obstacle):
            break
        none.append(judged[0])
        picks.append(judged[1])
    return RowLosses(np.array(none), np.array(picks)) if none else None


def _mean_losses(fits: Sequence[Fit], epoch: int, loss_scale: float) -> Float64:
    """Return the loss of every validation row, a mean over seeds."""
    of_seeds = [
        fit.recorded.losses[fit.run.record.index(epoch)] for fit in fits if fit.recorded is not None
    ]
    return np.asarray(loss_scale * np.mean(of_seeds, axis=0))


def _minus_scores(
    rows: Int64, outputs: Sequence[Floating], here: Bool, asked: Contenders, score: RowScore
) -> Float64 | Obstacle:
    """Return minus what these rows contribute to the score of the fold, a mean over outputs."""
    block_of_row = np.arange(asked.cuts.n_rows) if asked.groups is None else asked.groups
    blocks = np.where(here, block_of_row[rows], -1)
    by_row = [score.by_row(rows, each, blocks)[here] for each in outputs]
    found = np.asarray(-np.mean(by_row, axis=0))
    return Obstacle.UNDEFINED if np.isnan(found).any() else found


def _intervals(losses: RowLosses, asked: Contenders) -> Iterator[tuple[float, float, float]]:
    """Yield how the gain stood after each repeat from the second."""
    for n_repeats in range(2, len(losses.none) + 1):
        so_far = RowLosses(losses.none[:n_repeats], losses.picks[:n_repeats])
        gain, _ = gain_of(so_far, asked)
        yield gain.mean, gain.lower, gain.upper


def gain_of(losses: RowLosses, asked: Contenders) -> tuple[RepeatedGain, float]:
    """Return the gain over none, and the loss of none, over the rows that were judged."""
    return asked.counting.gain(losses.none, losses.picks)


def _holds_the_first_folds(cuts: Cuts, repeat: int) -> bool:
    """Return whether the folds of a repeat hold out what those of the surface do."""
    return repeat == 0 or not cuts.cuts_anew


def folds_of_repeat(cuts: Cuts, contest: Contest, repeat: int) -> list[int]:
    """Return the folds of a repeat; where the surface has several repeats, they are the first."""
    cut, given = divmod(repeat, cuts.n_given)
    folds = np.arange(cuts.n_folds) + cut * cuts.n_folds
    return (folds[contest.repeat == given] if cuts.n_given > 1 else folds).tolist()


def blocks_left_out(cuts: Cuts, groups: Int64 | None, random_state: int) -> Int64:
    """Return the block of each row that is left out of a score together, (n_rows,)."""
    units = np.arange(cuts.n_rows) if groups is None else groups
    rng = np.random.default_rng((random_state, BLOCKS))
    return blocks_of(units, cuts.first_fold_of_row, MAX_BLOCKS, rng)
