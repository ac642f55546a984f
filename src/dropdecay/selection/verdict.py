"""Whether regularization helps: the gain of choosing over none, how sure it is, and what to do.

False "helps" come from two sides. The chosen point was picked on the folds at hand: so each fold,
and each row, is judged by a pick made on the other folds (``leave_one_fold_out.py``). And folds,
cuts and networks are luck: so the contenders are repeated (``contest.py``) and the interval counts
rows and repeats (``statistics.hybrid``). Without repeats the interval is the corrected resampled
t's, a heuristic for k folds that is honest and wide.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from dropdecay.arrays import Float64, Int64
from dropdecay.axes import NONE
from dropdecay.selection.bounds import bound_of
from dropdecay.selection.choice import Choice, cost_of
from dropdecay.selection.contest import Obstacle, RepeatedContest
from dropdecay.selection.effects import Effect, table_of_effects
from dropdecay.selection.ensemble import Ensemble, which_figures
from dropdecay.selection.epochs import Figures, figures_at_epochs
from dropdecay.selection.formatting import (
    capitalized,
    change,
    kind_in_words,
    number,
    regularization,
)
from dropdecay.selection.gain import Gain
from dropdecay.selection.jsonable import Plain, plain_fields
from dropdecay.selection.judgement import MARGIN, OPEN, label_of
from dropdecay.selection.leave_one_fold_out import (
    Curves,
    curves_of,
    kinds_in,
    left_out_cost,
    left_out_picks,
)
from dropdecay.selection.plain_loss import PlainLoss, plain_from_folds, plain_from_repeats
from dropdecay.selection.points import by_point, regularizing
from dropdecay.selection.rules import RULES
from dropdecay.selection.searched_part import about_part
from dropdecay.selection.time_order import BY_TIME
from dropdecay.selection.underfit import explain_underfitting
from dropdecay.selection.verdict_words import (
    Answer,
    grounds,
    grounds_without_none,
    recommendation,
    why_no_more,
)
from dropdecay.statistics.corrected import PairedDifference, paired_difference

UNDERFITS = "underfits"

ALL = "all"
"""Key of the costs of choosing among all points."""


@dataclass(frozen=True)
class Comparison:
    """The choice against a simpler way, on the folds of the surface.

    Parameters
    ----------
    against : str
        "none", or the name of an axis: that one alone.
    gain : PairedDifference
        Above 0 is in favour of the choice, in the unit of the measure. Each fold judges choices
        made on the others. The interval is taken by itself, whatever the others say.
    same_folds : PairedDifference
        The gain of the chosen point on the very folds that chose it: flattered, for comparison.
    sentence : str
    """

    against: str
    gain: PairedDifference
    same_folds: PairedDifference
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What to do, what to expect of it, and how sure that is.

    Parameters
    ----------
    kind : str
        One of ``judgement.LABELS``, or "underfits".
    recommendation : str
        What to do, in one sentence.
    grounds : tuple of str
        What to expect and how sure that is, a sentence each.
    gain : Gain or None
        Of choosing over no regularization; None: there is nothing to compare with.
    comparisons : tuple of Comparison
        Against none and each axis alone, where the surface has them; with a single axis there is
        nothing that it alone could be set against.
    effects : tuple of Effect
        Of each axis alone and of all together, as :func:`table_of_effects` gives them.
    notes : tuple of str
        What else the user should know, a sentence each.
    plain : PlainLoss or None
        The loss without class weights, where these weigh the loss that chooses.
    """

    kind: str
    recommendation: str
    grounds: tuple[str, ...]
    gain: Gain | None
    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]
    notes: tuple[str, ...]
    plain: PlainLoss | None = None

    def __str__(self) -> str:
        return " ".join((self.recommendation, *self.grounds))

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a comparison, then the notes."""
        return (*(each.sentence for each in self.comparisons), *self.notes)

    def as_dict(self) -> dict[str, Plain]:
        """Return plain JSON values."""
        return {**plain_fields(self), "sentence": str(self)}


@dataclass(frozen=True)
class _Case:
    """What all parts of a verdict need."""

    curves: Curves
    figures: Figures
    choice: Choice
    costs: Mapping[str, Float64]
    measure: str
    constant: float | None
    by_time: bool

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that can regularize."""
        return regularizing(self.choice.chosen.point)

    @property
    def by_loss(self) -> bool:
        return self.choice.criterion == "loss"


def reach_verdict(
    results: xr.Dataset,
    choice: Choice,
    repeated: RepeatedContest | None = None,
    obstacle: Obstacle | None = None,
    ensemble: Ensemble | None = None,
) -> Verdict:
    """Compare the choice with no regularization and put the answer into words.

    The labels are those of :mod:`selection.judgement`, or "underfits"
    (:func:`explain_underfitting`). "open" is also the label where nothing can be compared: the
    surface lacks the point without regularization, there is one fold, or every fold picks none.

    In repeated cross-validation each fold is judged by a choice on the others of its repeat. Splits
    that make up no whole repeats hold out the same rows again, so that the others know a little of
    the fold they judge; the gain is then flattered slightly.

    Parameters
    ----------
    results : xarray.Dataset
    choice : Choice
    repeated : RepeatedContest, optional
        What repeating the contenders has shown; None: the folds of the surface alone speak.
    obstacle : Obstacle, optional
        Why there are no more repeats, or none, if one could not be judged.
    ensemble : Ensemble, optional
        What averaging several networks brings; the repeats are then of ensembles.
    """
    results = by_point(results)
    case = _make_case(results, choice)
    comparisons = tuple(
        _compare(case, kind) for kind in _simpler_than_all(case.axes) if kind in case.costs
    )
    against_none = next((each.gain for each in comparisons if each.against == NONE), None)
    gain = None if against_none is None else _gain(case, against_none, repeated)
    underfitting = explain_underfitting(results, case.curves, choice)
    plain = None if gain is None or gain.is_untested else _plain(results, case, repeated)
    kind, todo, why = _answer(results, case, gain, repeated, underfitting)
    return Verdict(
        kind=kind,
        recommendation=todo,
        grounds=why,
        gain=gain,
        comparisons=comparisons,
        effects=table_of_effects(
            case.costs,
            choice.chosen.point,
            case.figures.overlap,
            case.measure,
            lower_is_better=case.by_loss,
        ),
        notes=(
            *(() if plain is None else (plain.sentence,)),
            *_of_ensemble(ensemble, choice, repeated),
            *_notes(results, choice, repeated),
            *(() if obstacle is None else (why_no_more(obstacle, case.measure, repeated),)),
        ),
        plain=plain,
    )


def _answer(
    results: xr.Dataset,
    case: _Case,
    gain: Gain | None,
    repeated: RepeatedContest | None,
    underfitting: str | None,
) -> tuple[str, str, tuple[str, ...]]:
    """Return label, recommendation and grounds."""
    chosen = case.choice.chosen
    if underfitting:
        why, _, todo = underfitting.partition("; ")
        return UNDERFITS, capitalized(todo), (f"{why}.",)
    if gain is None:
        words = grounds_without_none(case.axes, case.figures.points)
        setting = chosen.point if case.axes else chosen.point.described()
        return OPEN, f"Use {setting}.", (words,)
    label = OPEN if gain.is_untested else label_of(gain.mean, gain.standard_error, gain.margin)
    (none, _), (points, _) = _picks(case)
    answer = Answer(
        label=label,
        chosen=chosen.point,
        epochs=chosen.epochs,
        epochs_of_none=_epochs_of_none(case),
        picks=Counter(regularization(case.curves.points[point]) for point in points),
        gain=gain,
        measure=case.measure,
        by_loss=case.by_loss,
        n_networks=0 if repeated is None else repeated.n_networks,
        cuts_anew=repeated is not None and repeated.cuts_anew,
        bound=bound_of(results, points.tolist(), none.tolist()),
    )
    return label, recommendation(answer), grounds(answer)


def _picks(case: _Case) -> tuple[tuple[Int64, Int64], tuple[Int64, Int64]]:
    """Return the points without regularization, and of all, that folds pick, with their epochs."""
    none, picks = (
        left_out_picks(case.curves, members, case.choice.rule, case.choice.criterion)
        for members in (case.curves.members(NONE), case.curves.finished)
    )
    return none, picks


def _gain(case: _Case, on_folds: PairedDifference, repeated: RepeatedContest | None) -> Gain:
    """Return the gain over none: from the repeats where there are any, else from the folds."""
    if repeated is not None:
        found, baseline = repeated.gain, repeated.baseline
        if not case.by_loss:
            baseline = _lead(baseline, case)
        return Gain(
            found.mean, found.lower, found.upper, found.standard_error, found.level,
            baseline=baseline, margin=MARGIN * abs(baseline), n_repeats=found.n_repeats,
            # More rows in time are no further independent ones: how many would settle it is open.
            n_rows=None if case.by_time else found.n_rows, by_repeat=found.by_repeat,
            intervals=repeated.intervals, is_exhausted=found.is_exhausted, constant=case.constant,
        )  # fmt: skip
    baseline = _lead(float(case.costs[NONE].mean()), case)
    z = float(stats.norm.ppf(0.5 + on_folds.level / 2))
    return Gain(
        on_folds.mean, on_folds.lower, on_folds.upper, (on_folds.upper - on_folds.mean) / z,
        on_folds.level, baseline=baseline, margin=MARGIN * baseline, n_repeats=1, n_rows=None,
        by_repeat=(on_folds.mean,), intervals=(), is_exhausted=False, constant=case.constant,
    )  # fmt: skip


def _lead(cost: float, case: _Case) -> float:
    """Return how far a cost lies from a constant prediction's where a score is judged, else 0."""
    return abs(cost if case.constant is None else cost + case.constant)


def _plain(results: xr.Dataset, case: _Case, repeated: RepeatedContest | None) -> PlainLoss | None:
    """Return the loss without class weights, where these weigh the loss that is judged."""
    if not case.by_loss:
        return None
    if repeated is not None:
        return plain_from_repeats(results, repeated)
    none, picks = _picks(case)
    return plain_from_folds(results, none, picks, case.figures.overlap)


def _epochs_of_none(case: _Case) -> int:
    """Return the epoch of the best point without regularization."""
    members = np.flatnonzero(case.curves.members(NONE))
    cost = cost_of(case.figures, case.choice.criterion)[members]
    return int(case.figures.epochs[members[RULES["best"](cost, case.figures.gap[members])]])


def _make_case(results: xr.Dataset, choice: Choice) -> _Case:
    curves = curves_of(results)
    members = {kind: curves.members(kind) for kind in kinds_in(curves)}
    costs = {
        kind: left_out_cost(curves, among, choice.rule, choice.criterion)
        for kind, among in {**members, ALL: curves.finished}.items()
    }
    attribute = "loss_name" if choice.criterion == "loss" else "score_name"
    measure = str(results.attrs.get(attribute, choice.criterion))
    constant = None if choice.criterion == "loss" else results.attrs.get("baseline_score")
    return _Case(
        curves, figures_at_epochs(results), choice, costs, measure,
        None if constant is None else float(constant), BY_TIME in results.attrs,
    )  # fmt: skip


def _simpler_than_all(axes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds to compare with; the one axis of a path is all there is to choose from."""
    if not axes:
        return ()
    return (NONE, *axes) if len(axes) > 1 else (NONE,)


def _compare(case: _Case, against: str) -> Comparison:
    figures, choice = case.figures, case.choice
    overlap = figures.overlap
    gain = paired_difference((case.costs[against] - case.costs[ALL]).mean(axis=1), overlap)
    members = np.flatnonzero(case.curves.members(against))
    cost = cost_of(figures, choice.criterion)
    pick = RULES[choice.rule](cost[members], figures.gap[members], figures.folds_per_repeat)
    other, chosen = members[pick], figures.index_of(choice.chosen.point)
    same_folds = paired_difference(cost[other] - cost[chosen], overlap)
    if chosen in members:
        words = "this is the choice itself"
    elif np.array_equal(case.costs[against], case.costs[ALL]):
        words = "no difference on any fold"
    else:
        what = change(gain, case.measure, lower_is_better=case.by_loss)
        words = f"{what}, {_judgement(gain)}"
    sentence = f"Against {kind_in_words(against, case.axes)}: {words}."
    return Comparison(against, gain, same_folds, sentence)


def _judgement(gain: PairedDifference) -> str:
    if gain.lower > 0.0:
        return "better"
    return "worse" if gain.upper < 0.0 else "no clear difference"


def _of_ensemble(
    ensemble: Ensemble | None, choice: Choice, repeated: RepeatedContest | None
) -> tuple[str, ...]:
    if ensemble is None:
        return ()
    which = which_figures(
        ensemble.n_networks, repeated=repeated is not None, criterion=choice.criterion
    )
    return str(ensemble), which


def _notes(
    results: xr.Dataset, choice: Choice, repeated: RepeatedContest | None
) -> tuple[str, ...]:
    notes = []
    baseline, chosen = results.attrs.get("baseline_loss"), choice.chosen
    allowed = float(np.nan_to_num(chosen.standard_error))
    if baseline is not None and chosen.loss >= float(baseline) - allowed:
        # The network is no better than always predicting the same.
        notes.append(
            f"Always predicting the same gives a {results.attrs.get('loss_name', 'loss')} of "
            f"{number(float(baseline))}, about as good as this network."
        )
    if (part := about_part(results.attrs)) is not None:
        notes.append(part)
    if BY_TIME in results.attrs:
        notes.append(
            f"The later rows are {results.sizes['fold']} blocks of time; each judges networks "
            "trained on the rows before it. Intervals count blocks and are approximate: blocks of "
            "time are not independent."
        )
        return tuple(notes)
    if repeated is not None and repeated.n_rows_left_out:
        rows = repeated.n_rows_left_out
        are, have = ("row is", "has") if rows == 1 else ("rows are", "have")
        notes.append(f"{rows} {are} held out by no fold and {have} no say in this.")
    if repeated is not None and not repeated.cuts_anew:
        notes.append(
            "The given folds cannot be cut anew: repeats trained new networks on the same folds, "
            "so the luck of the cut is not averaged out."
        )
    return tuple(notes)
