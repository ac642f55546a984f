"""Whether regularization helps: the choice against none and against each axis alone, in words.

A false "helps" has two sources. The chosen point was selected on the same folds: therefore each
fold evaluates a choice made on the others (``leave_one_fold_out.py``). Folds share training rows:
therefore the interval is Nadeau and Bengio's. In simulations without any effect (48 points, 5
folds), the corrected test of the chosen point on the folds that chose it says "helps" in 4 to 7 %
of cases, the rule here in 1 to 2 % (up to 4 % if folds correlate by 0.05, which is more than was
measured with real networks).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import NONE, Point
from dropdecay.knobs import knob_of
from dropdecay.selection.choice import Choice, cost_of
from dropdecay.selection.effects import Effect, table_of_effects
from dropdecay.selection.epochs import Figures, figures_at_epochs
from dropdecay.selection.formatting import (
    change,
    interval,
    kind_in_words,
    number,
    percent,
    regularization,
)
from dropdecay.selection.jsonable import Plain, plain_fields
from dropdecay.selection.leave_one_fold_out import Curves, curves_of, kinds_in, left_out_cost
from dropdecay.selection.points import by_point, regularizing
from dropdecay.selection.rules import RULES
from dropdecay.selection.underfit import explain_underfitting
from dropdecay.statistics.corrected import PairedDifference, paired_difference
from dropdecay.statistics.folds import variance_components
from dropdecay.statistics.sample_size import Needed, needed_to_tell

HELPS, HELPS_NOT = "helps", "does not help"
UNCLEAR, UNDERFITS = "not enough data to tell", "underfits"

ALL = "all"
"""Key of the costs of choosing among all points."""

MARGIN = 0.01
"""A gain below this share of the unregularized loss (or score) counts as no gain."""


@dataclass(frozen=True)
class Comparison:
    """The choice against a simpler alternative.

    Parameters
    ----------
    against : str
        "none", or the name of an axis used alone.
    gain : PairedDifference
        Above 0 favours the choice, in the unit of the measure. Each fold evaluates choices made on
        the others.
    same_folds : PairedDifference
        The gain of the chosen point on the folds that chose it: optimistic, for comparison.
    sentence : str
    """

    against: str
    gain: PairedDifference
    same_folds: PairedDifference
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """Whether regularization helps, in one sentence, with the evidence.

    Parameters
    ----------
    kind : {"helps", "does not help", "not enough data to tell", "underfits"}
    sentence : str
    comparisons : tuple of Comparison
        Against none and each axis alone, if the surface has such points; with a single axis,
        against none only.
    effects : tuple of Effect
        See :func:`table_of_effects`.
    needed : Needed or None
        How many more folds or seeds would settle an unclear verdict.
    notes : tuple of str
        What else the user should know, one sentence each.
    """

    kind: str
    sentence: str
    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]
    needed: Needed | None
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence per comparison, then the notes."""
        return (*(each.sentence for each in self.comparisons), *self.notes)

    def as_dict(self) -> dict[str, Plain]:
        """Return the verdict as plain JSON values."""
        return plain_fields(self)


@dataclass(frozen=True)
class _Case:
    """What all parts of a verdict need."""

    curves: Curves
    figures: Figures
    choice: Choice
    costs: Mapping[str, Float64]
    measure: str

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that can regularize."""
        return regularizing(self.choice.chosen.point)

    @property
    def by_loss(self) -> bool:
        return self.choice.criterion == "loss"

    @property
    def margin(self) -> float:
        """The smallest gain over none that counts."""
        return MARGIN * abs(float(self.costs[NONE].mean()))


def reach_verdict(results: xr.Dataset, choice: Choice) -> Verdict:
    """Compare the choice with simpler alternatives and put the answer into words.

    The gain over none is measured on folds held out of the selection, with its corrected 95 %
    interval (Nadeau & Bengio 2003).

    - "underfits": see :func:`explain_underfitting`;
    - "does not help": an unregularized point is chosen, or the whole interval lies below a gain of
      1 % of the loss (of the score, if that is the criterion);
    - "helps": the whole interval lies above 0;
    - "not enough data to tell": otherwise, or if the surface has no unregularized point, or there
      is a single fold.

    There is no "harms": if regularization harms, none is chosen. The effects show what each axis
    does alone, harm included.

    In repeated cross-validation each fold evaluates a choice made on the others of its repeat.
    Splits that do not form whole repeats hold out some rows again, so the other folds have seen a
    little of the fold that evaluates their choice, and the gain is slightly optimistic.

    Parameters
    ----------
    results : xarray.Dataset
    choice : Choice
    """
    results = by_point(results)
    case = _make_case(results, choice)
    comparisons = tuple(
        _compare(case, kind) for kind in _simpler_than_all(case.axes) if kind in case.costs
    )
    gain = next((each.gain for each in comparisons if each.against == NONE), None)
    underfitting = explain_underfitting(results, case.curves, choice)
    kind = UNDERFITS if underfitting else _kind(case, gain)
    needed = _needed(case, gain) if kind == UNCLEAR and gain is not None else None
    return Verdict(
        kind=kind,
        sentence=underfitting or _sentence(case, kind, gain, needed),
        comparisons=comparisons,
        effects=table_of_effects(
            case.costs,
            choice.chosen.point,
            case.figures.overlap,
            case.measure,
            lower_is_better=case.by_loss,
        ),
        needed=needed,
        notes=_notes(results, choice),
    )


def _make_case(results: xr.Dataset, choice: Choice) -> _Case:
    curves = curves_of(results)
    members = {kind: curves.members(kind) for kind in kinds_in(curves)}
    costs = {
        kind: left_out_cost(curves, among, choice.rule, choice.criterion)
        for kind, among in {**members, ALL: curves.finished}.items()
    }
    attribute = "loss_name" if choice.criterion == "loss" else "score_name"
    measure = str(results.attrs.get(attribute, choice.criterion))
    return _Case(curves, figures_at_epochs(results), choice, costs, measure)


def _simpler_than_all(axes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds to compare with; a single axis is not compared with itself."""
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
        words = "this is the chosen setting"
    else:
        what = change(gain, case.measure, lower_is_better=case.by_loss)
        words = f"{what}, {_judgement(gain)}"
    sentence = f"Against {kind_in_words(against, case.axes)}: {words}."
    return Comparison(against, gain, same_folds, sentence)


def _judgement(gain: PairedDifference) -> str:
    if gain.lower > 0.0:
        return "better"
    return "worse" if gain.upper < 0.0 else "no clear difference"


def _kind(case: _Case, gain: PairedDifference | None) -> str:
    if gain is None:
        return UNCLEAR
    if case.choice.chosen.is_none:
        return HELPS_NOT
    if gain.upper < case.margin:
        return HELPS_NOT
    return HELPS if gain.lower > 0.0 else UNCLEAR


def _sentence(case: _Case, kind: str, gain: PairedDifference | None, needed: Needed | None) -> str:
    if gain is None:
        return _without_none(case)
    measure, chosen = case.measure, regularization(case.choice.chosen.point)
    if kind == HELPS:
        verb = "lowers" if case.by_loss else "raises"
        share = gain.mean / abs(float(case.costs[NONE].mean()))
        amount = f"{percent(share)}, {number(gain.mean)}" if case.by_loss else number(gain.mean)
        return (
            f"Regularization helps: {chosen} {verb} the {measure} by {amount} "
            f"({interval(gain)}), measured on folds held out of the selection."
        )
    if kind == HELPS_NOT and case.choice.chosen.is_none:
        return f"Regularization does not help here: no setting beats the unregularized {measure}."
    if kind == HELPS_NOT:
        return (
            f"Regularization does not help here: the gain of {chosen} over none is below "
            f"{percent(MARGIN)} of the {measure} ({number(gain.mean)}; {interval(gain)})."
        )
    return (
        f"Not enough data to tell whether regularization helps: {chosen} is chosen, but "
        f"its gain in {measure} over none is uncertain ({number(gain.mean)}; {interval(gain)}); "
        f"{_what_would_tell(case, needed)}."
    )


def _without_none(case: _Case) -> str:
    if not case.axes:
        return (
            "Not enough data to tell whether regularization helps: no axis of the surface "
            "regularizes."
        )
    if any(point.kind == NONE for point in case.figures.points):
        return (
            "Not enough data to tell whether regularization helps: training without it diverged or "
            "did not finish, so there is no baseline to compare with."
        )
    neutral = Point(tuple((name, knob_of(name).neutral) for name in case.axes))
    return (
        "Not enough data to tell whether regularization helps: the surface has no unregularized "
        f"point; include {neutral.described(' and ')}."
    )


def _needed(case: _Case, gain: PairedDifference) -> Needed:
    """Return what would settle the verdict: excluding 0 or the margin, whichever is nearer."""
    by_seed = case.costs[NONE] - case.costs[ALL]
    components = variance_components(by_seed)
    return needed_to_tell(
        max(gain.mean, case.margin - gain.mean),
        float(components.fold),
        float(components.seed),
        n_folds=by_seed.shape[0],
        n_seeds=by_seed.shape[1],
        overlap=case.figures.overlap,
        n_repeats=int(case.curves.repeat.max()) + 1,
    )


def _what_would_tell(case: _Case, needed: Needed | None) -> str:
    if case.costs[ALL].shape[0] < 2:
        return "use at least five folds"
    ways = []
    if needed is not None and needed.folds:
        ways.append(f"{needed.folds} more folds (other splits of the same rows)")
    if needed is not None and needed.seeds:
        ways.append(f"{needed.seeds} more {'seed' if needed.seeds == 1 else 'seeds'}")
    if not ways:
        return "more folds or seeds would not settle it, more rows would"
    return f"about {' or '.join(ways)} would settle it"


def _notes(results: xr.Dataset, choice: Choice) -> tuple[str, ...]:
    """Warn if the network is no better than a constant prediction."""
    baseline, chosen = results.attrs.get("baseline_loss"), choice.chosen
    allowed = float(np.nan_to_num(chosen.standard_error))
    if baseline is None or chosen.loss < float(baseline) - allowed:
        return ()
    return (
        f"A constant prediction has a {results.attrs.get('loss_name', 'loss')} of "
        f"{number(float(baseline))}, about as good as this network.",
    )
