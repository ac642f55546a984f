"""Whether regularization helps: the choice against none and against each axis alone, in words.

False "helps" come from two sides. The chosen point was picked on the folds at hand: so each fold
judges a choice made on the others (``leave_one_fold_out.py``). Folds share training rows: so the
interval is Nadeau and Bengio's. In null worlds of 48 points and 5 folds the corrected test alone,
put to the chosen point on the folds that chose it, says "helps" in 4 to 7 % of them, the rule here
in 1 to 2 % (in up to 4 % where folds correlate by 0.05, more than was measured with real networks).
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
"""A gain below this share of the loss (or score) without regularization is called none."""


@dataclass(frozen=True)
class Comparison:
    """The choice against a simpler way.

    Parameters
    ----------
    against : str
        "none", or the name of an axis: that one alone.
    gain : PairedDifference
        Above 0 is in favour of the choice, in the unit of the measure. Each fold judges choices
        made on the others.
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
    """Whether regularization helps, in one sentence, and what it rests on.

    Parameters
    ----------
    kind : {"helps", "does not help", "not enough data to tell", "underfits"}
    sentence : str
    comparisons : tuple of Comparison
        Against none and each axis alone, where the surface has them; with a single axis there is
        nothing that it alone could be set against.
    effects : tuple of Effect
        Of each axis alone and of all together, as :func:`table_of_effects` gives them.
    needed : Needed or None
        Further folds or seeds that would tell, where the data do not.
    notes : tuple of str
        What else the user should know, a sentence each.
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
        """One sentence a comparison, then the notes."""
        return (*(each.sentence for each in self.comparisons), *self.notes)

    def as_dict(self) -> dict[str, Plain]:
        """Return plain JSON values."""
        return plain_fields(self)


@dataclass(frozen=True)
class _Case:
    """What all parts of a verdict are told."""

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
        """The gain over none that is worth the name."""
        return MARGIN * abs(float(self.costs[NONE].mean()))


def reach_verdict(results: xr.Dataset, choice: Choice) -> Verdict:
    """Compare the choice with simpler ways and put the answer into words.

    The gain over none is taken on folds that took no part in choosing, with its corrected 95 %
    interval (Nadeau & Bengio 2003).

    - "underfits": see :func:`explain_underfitting`;
    - "does not help": no regularization is itself chosen, or the whole interval lies below a gain
      of 1 % of the loss (of the score, if that chooses);
    - "helps": the whole interval lies above 0;
    - "not enough data to tell": otherwise, or where the surface lacks the point without
      regularization, or there is one fold.

    There is no "harms": where regularization harms, none is chosen. What each axis alone does, harm
    included, stands among the effects.

    In repeated cross-validation each fold is judged by a choice on the others of its repeat. Splits
    that make up no whole repeats hold out the same rows again, so that the others know a little of
    the fold they judge; the gain is then flattered slightly.

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
            f"({interval(gain)}), on rows that took no part in choosing."
        )
    if kind == HELPS_NOT and case.choice.chosen.is_none:
        return f"Regularization does not help here: no point has a better {measure} than none."
    if kind == HELPS_NOT:
        return (
            f"Regularization does not help here: what {chosen} gains over none is less "
            f"than {percent(MARGIN)} of the {measure} ({number(gain.mean)}; {interval(gain)})."
        )
    return (
        f"Not enough data to tell whether regularization helps: {chosen} is chosen, but "
        f"its gain in {measure} over none is uncertain ({number(gain.mean)}; {interval(gain)}); "
        f"{_what_would_tell(case, needed)}."
    )


def _without_none(case: _Case) -> str:
    if not case.axes:
        return (
            "Not enough data to tell whether regularization helps: every axis of the surface is "
            "tuned, and none regularizes."
        )
    if any(point.kind == NONE for point in case.figures.points):
        return (
            "Not enough data to tell whether regularization helps: without it the training "
            "diverged or was not finished, so there is nothing to compare with."
        )
    neutral = Point(tuple((name, knob_of(name).neutral) for name in case.axes))
    return (
        "Not enough data to tell whether regularization helps: the surface has no point without "
        f"it; include {neutral.described(' and ')}."
    )


def _needed(case: _Case, gain: PairedDifference) -> Needed:
    """Find what would tell either way: leave 0 out, or leave the margin out, whatever is nearer."""
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
        return "five folds or more would say"
    ways = []
    if needed is not None and needed.folds:
        ways.append(f"{needed.folds} more folds (other cuts of the same rows)")
    if needed is not None and needed.seeds:
        ways.append(f"{needed.seeds} more {'seed' if needed.seeds == 1 else 'seeds'}")
    if not ways:
        return "more folds or seeds of the same rows would not tell, more rows would"
    return f"about {' or '.join(ways)} would tell"


def _notes(results: xr.Dataset, choice: Choice) -> tuple[str, ...]:
    """Warn where the network is no better than always saying the same."""
    baseline, chosen = results.attrs.get("baseline_loss"), choice.chosen
    allowed = float(np.nan_to_num(chosen.standard_error))
    if baseline is None or chosen.loss < float(baseline) - allowed:
        return ()
    return (
        f"Always predicting the same gives a {results.attrs.get('loss_name', 'loss')} of "
        f"{number(float(baseline))}, about as good as this network.",
    )
