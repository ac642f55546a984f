"""The facts below the headline: what to expect, how sure that is, and what beats it."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.axes import NONE
from dropdecay.report import numbers
from dropdecay.report.baseline_record import BaselineRecord
from dropdecay.report.gain_words import (
    as_good_as_all,
    chances_of,
    gain_and_interval,
    unit_of,
)
from dropdecay.report.measure import Measure, loss_measure, score_measure
from dropdecay.report.powers import power_of
from dropdecay.report.summary import GainRecord, Summary, expected_of, point_of
from dropdecay.selection.decimals import decimals_of_interval
from dropdecay.selection.effects import BEYOND_SUM
from dropdecay.selection.formatting import capitalized, kind_in_words, listed
from dropdecay.selection.judgement import HURTS, NO_DIFFERENCE, OPEN, PROBABLY_HURTS
from dropdecay.selection.points import regularizing
from dropdecay.selection.verdict import UNDERFITS

EXPECT, SURE, BEATS, NETWORK = "What to expect", "How sure", "What beats it", "The network"


@dataclass(frozen=True)
class Fact:
    """A fact below the headline.

    Parameters
    ----------
    title : str
        "What to expect", "How sure", "What beats it", or "The network".
    figure, unit : str
        The number that stands large, and what it is of; the unit may be empty.
    text : str
        What a reader should know besides, in sentences; may be empty.
    """

    title: str
    figure: str
    unit: str
    text: str


def better_model(summary: Summary) -> BaselineRecord | None:
    """Return the other model that is better than the network, if one is."""
    found = summary.get("baselines")
    name = None if found is None else found["better"]
    return next((each for each in rivals(summary) if each["name"] == name), None)


def rivals(summary: Summary) -> list[BaselineRecord]:
    """Return the other models that can be compared with the network."""
    found = summary.get("baselines")
    return [] if not found else [each for each in found["models"] if each["failed"] is None]


def is_tested(gain: GainRecord | None) -> bool:
    """Return whether regularization was compared with none."""
    return (
        gain is not None
        and gain["mean"] is not None
        and gain["standard_error"] is not None
        and not (gain["mean"] == 0.0 and gain["standard_error"] == 0.0)
    )


def margin_of(gain: GainRecord) -> str:
    """Name the gain that is worth the name; a score has no zero to take a share from."""
    lead = "" if gain.get("constant") is None else " of the lead over a constant prediction"
    return f"1{numbers.UNBROKEN}%{lead}"


def expect(summary: Summary) -> Fact:
    """Return what the network is to be expected to lose on new rows, or to score."""
    choice, chosen = summary["choice"], summary["choice"]["chosen"]
    nested, optimism = summary.get("nested"), summary["optimism"]
    of_one = _of_one(summary)
    beside = f" {capitalized(_score(summary))}{of_one}." if chosen["score"] is not None else ""
    if chosen.get("accuracy") is not None:
        accuracy = chosen["accuracy"], chosen["accuracy_standard_error"]
        figure = _figure_with_error(score_measure("accuracy"), *accuracy)
        beside += f" Accuracy {figure}{_on_every_fold(*accuracy)}, inflated by the majority class."
    beside += _tuned_on_these(summary)
    if choice["criterion"] == "score":
        score, error = chosen["score"], chosen["score_standard_error"]
        how = "On the held-out rows that chose it, so new rows may do a little worse."
        if nested is not None:
            score, error = nested["score"]["mean"], nested["score"]["standard_error"]
            how = "By nested cross-validation."
        how += f" The same{every}." if (every := _on_every_fold(score, error)) else ""
        shown = score_measure(summary["score"])
        loss = _figure_with_error(_loss(summary), chosen["loss"], chosen["standard_error"])
        return Fact(EXPECT, _figure_with_error(shown, score, error), shown.name,
                    f"{how} {capitalized(_loss(summary).name)} {loss}{of_one}."
                    f"{_tuned_on_these(summary)}")  # fmt: skip
    if nested is not None:
        ends = (nested["loss"]["mean"], nested["loss"]["lower"], nested["loss"]["upper"])
        how, measure = " by nested cross-validation", _loss(summary, ends[0])
    elif (aside := summary.get("set_aside")) is not None:
        ends = (aside["loss"], aside["lower"], aside["upper"])
        how = f", by {numbers.count(aside['n_rows'])} rows that tuning did not see"
        measure = _loss(summary, ends[0])
    elif optimism is not None:
        ends = (optimism["corrected"], optimism["lower"], optimism["upper"])
        how, measure = "", _loss(summary, ends[0], is_plain=expected_of(summary) is None)
        beside = _without_class_weights(summary) + beside
    else:
        return _expect_uncorrected(summary, beside)
    mean, lower, upper = (None if each is None else measure.value(each) for each in ends)
    if mean is None or lower is None or upper is None:
        return _expect_uncorrected(summary, beside)
    decimals = decimals_of_interval(lower, upper)
    text = f"On new rows ({numbers.level(0.95)} interval {numbers.interval(lower, upper)}){how}."
    return Fact(
        EXPECT,
        numbers.figure(mean, decimals),
        measure.name,
        text + _one_alone(summary, decimals) + beside,
    )


def _without_class_weights(summary: Summary) -> str:
    """Say what the plain loss is to be expected to be, where class weights weigh the one above."""
    optimism = summary["optimism"]
    if optimism is None or "plain" not in optimism:
        return ""
    found = optimism["plain"]
    measure = _loss(summary, found["corrected"], is_plain=True)
    mean, lower, upper = (
        None if each is None else measure.value(each)
        for each in (found["corrected"], found["lower"], found["upper"])
    )
    if mean is None or lower is None or upper is None:
        return ""
    figure = numbers.figure(mean, decimals_of_interval(lower, upper))
    ends = f"{numbers.level(0.95)} interval {numbers.interval(lower, upper)}"
    return f" Without class weights: {measure.name} {figure} ({ends})."


def _tuned_on_these(summary: Summary) -> str:
    """Say that what is expected flatters itself, where tuning took something on the same rows."""
    tuning = summary.get("tuning")
    by_loss = summary["choice"]["criterion"] == "loss"
    is_judged = summary.get("nested") or (by_loss and summary.get("set_aside"))
    if tuning is None or not tuning["params"] or is_judged:
        return ""
    return " Tuning saw these rows too, which flatters the network: --nested tells without."


def _one_alone(summary: Summary, decimals: int) -> str:
    """Say what one network alone is to be expected to lose, where several are averaged."""
    ensemble, optimism = summary.get("ensemble"), summary["optimism"]
    if not ensemble or optimism is None or summary.get("nested") or summary.get("set_aside"):
        return ""
    single = optimism.get("of_single") or optimism
    measure = _loss(summary, single["corrected"])
    alone, averaged = (
        numbers.figure(measure.value(each["corrected"]), decimals) for each in (single, optimism)
    )
    figure = "about the same" if alone == averaged else alone
    return f" {ensemble['n_networks']} networks averaged; one alone {figure}."


def _of_one(summary: Summary) -> str:
    """Say that figures are of single networks, where the fitted network is an ensemble."""
    return " for one network alone" if summary.get("ensemble") else ""


def _network_loss(summary: Summary) -> tuple[float | None, float | None]:
    """Return what the network loses on the rows that chose it, and the standard error."""
    chosen, ensemble = summary["choice"]["chosen"], summary.get("ensemble")
    # Earlier versions told of ensembles without class weights alone.
    is_known = ensemble and ensemble.get("measure", summary["loss"]) == summary["loss"]
    loss = ensemble["loss"] if ensemble and is_known else chosen["loss"]
    return loss, chosen["standard_error"]


def _expect_uncorrected(summary: Summary, beside: str) -> Fact:
    """Return the loss on the rows that chose, where nothing says by how much that flatters."""
    measure = _loss(summary)
    how = "on the held-out rows that chose it, so new rows may do a little worse."
    if summary.get("time_order") is not None:
        how = "on later rows, which chose it, so new rows may do a little worse."
    figure = _figure_with_error(measure, *_network_loss(summary))
    return Fact(EXPECT, figure, measure.name, capitalized(how) + beside)


def expect_instead(summary: Summary, better: BaselineRecord) -> Fact:
    """Return what the better model and the network reach."""
    chosen = summary["choice"]["chosen"]
    measure = _loss(summary)
    mine = _network_loss(summary)
    its = better["loss"], better["standard_error"]
    if summary["choice"]["criterion"] == "score":
        measure = score_measure(summary["score"])
        mine = chosen["score"], chosen["score_standard_error"]
        its = better["score"], better["score_standard_error"]
    return Fact(EXPECT, _figure_with_error(measure, *its), measure.name,
                f"From {better['name']}; {_figure_with_error(measure, *mine)} from the network at "
                "its best.")  # fmt: skip


def _loss(summary: Summary, about: float | None = None, *, is_plain: bool = False) -> Measure:
    """Return the loss as it is shown; the plain one does without the weights of classes."""
    value = summary["choice"]["chosen"]["loss"] if about is None else about
    name = summary["loss"].removeprefix("weighted ") if is_plain else summary["loss"]
    return loss_measure(name, summary["task"], power_of(np.array(value)))


def judged_of(summary: Summary) -> Measure:
    """Return what the gain is measured by: the loss, or the score that chose."""
    if summary["choice"]["criterion"] == "score":
        return score_measure(summary["score"])
    # A squared error has no readable difference: its root has none that adds up.
    return loss_measure(summary["loss"], "", 0)


def _figure_with_error(measure: Measure, stored: float | None, error: float | None) -> str:
    """Write a stored figure and its error as shown."""
    if stored is None:
        return numbers.UNKNOWN
    shown = numbers.with_error(measure.value(stored), measure.error(stored, error))
    if not measure.is_share:
        return shown
    return numbers.percent_with_error(stored, error)


def _on_every_fold(value: float | None, error: float | None) -> str:
    """Say that folds do not differ in a figure, which then has no standard error."""
    is_known = value is not None and error is not None and math.isfinite(error)
    return " on every fold" if is_known and not numbers.has_error(value, error) else ""


def _score(summary: Summary) -> str:
    chosen, measure = summary["choice"]["chosen"], score_measure(summary["score"])
    score = chosen["score"], chosen["score_standard_error"]
    return f"{measure.name} {_figure_with_error(measure, *score)}{_on_every_fold(*score)}"


def how_sure(summary: Summary) -> Fact:
    """Return the chance that stands behind the headline."""
    verdict, gain = summary["verdict"], summary["verdict"]["gain"]
    if none_wins(summary):
        return Fact(SURE, "Every fold", "picks no regularization", _without_a_rival(summary))
    if gain is None or not is_tested(gain):
        why = verdict["grounds"][:1]
        if verdict["kind"] == UNDERFITS:
            why = ["Whether regularization helps can be told once the network learns more."]
        return Fact(SURE, "Open", "", " ".join(why))
    chances, kind = chances_of(gain), verdict["kind"]
    more = f"{numbers.chance_in_words(chances.more)} that it gains more than {margin_of(gain)}"
    if kind == NO_DIFFERENCE:
        figure, unit = chances.within, f"that it matters less than {margin_of(gain)}"
    elif chances.helps < 0.5:
        figure, unit = 1.0 - chances.helps, "that it hurts"
    else:
        figure, unit = chances.helps, "that it helps"
    if kind in (HURTS, PROBABLY_HURTS):
        more = ""
    said = [more, gain_and_interval(gain, judged_of(summary))]
    text = [f"{capitalized(each)}." for each in said if each]
    if kind == OPEN:
        text += [
            each for each in verdict["grounds"] if "would settle" in each or "ruled out" in each
        ]
    return Fact(SURE, numbers.chance(figure), unit, " ".join(text))


def none_wins(summary: Summary) -> bool:
    """Return whether all folds pick none, so that no gain over it was there to be tested."""
    gain, chosen = summary["verdict"]["gain"], summary["choice"]["chosen"]
    is_zero = gain is not None and gain["mean"] == 0.0 and gain["standard_error"] == 0.0
    return is_zero and point_of(chosen["point"]).kind == NONE


def goes_without(summary: Summary) -> bool:
    """Return whether none is recommended though the saved network is regularized."""
    chosen = point_of(summary["choice"]["chosen"]["point"])
    advice = summary["verdict"]["recommendation"]
    return advice == "Use no regularization." and chosen.kind != NONE


def _without_a_rival(summary: Summary) -> str:
    """Say what the parts show where nothing competed with none."""
    names = regularizing(point_of(summary["choice"]["chosen"]["point"]))
    worse = [
        kind_in_words(each["name"], names)
        for each in summary["verdict"]["effects"]
        if each["name"] != BEYOND_SUM and each["gain"] and (each["gain"]["upper"] or 0.0) < 0.0
    ]
    if not worse:
        return "Nothing competed with it there, which does not prove that it is best."
    verb = "is" if len(worse) == 1 else "are"
    said = (
        f"{capitalized(listed(worse))} {verb} worse: the {numbers.level(0.95)} interval lies below"
    )
    return f"{said} zero."


def how_sure_instead(summary: Summary, better: BaselineRecord) -> Fact:
    """Return the chance that another model is better, and by how much it is."""
    chance = better["chance_better"]
    against, network = better["against_network"], better["network_loss"]
    mean, lower, upper = (against[end] for end in ("mean", "lower", "upper"))
    text = ""
    by_loss = summary["choice"]["criterion"] == "loss"
    if mean is not None and lower is not None and upper is not None:
        if by_loss and network:
            ends = numbers.share_interval(-upper / network, -lower / network)
            lower_by = numbers.share_within(-mean / network, -upper / network, -lower / network)
            text = f"Its loss is {lower_by} lower"
        else:
            measure = judged_of(summary)
            mean, lower, upper = (measure.scale * each for each in (mean, lower, upper))
            ends = numbers.interval(-upper, -lower)
            size = numbers.figure(-mean, decimals_of_interval(lower, upper))
            text = f"Its {measure.name} is better by {size}{unit_of(measure)}"
        text += f" ({numbers.level(0.95)} interval {ends})."
    return Fact(SURE, numbers.chance(math.nan if chance is None else chance),
                f"that {better['name']} is better", text)  # fmt: skip


def what_beats_it(summary: Summary) -> Fact:
    """Return what does better than the network, of everything that stands beside it."""
    tried = rivals(summary)
    simpler = [] if goes_without(summary) else as_good_as_all(summary)
    if summary["verdict"]["kind"] in (HURTS, PROBABLY_HURTS):
        return _none_beats_it(tried)
    if not tried:
        text = " ".join(["No other model was trained beside it.", *simpler])
        return Fact(BEATS, "Not asked", "", text)
    best = max(tried, key=lambda each: each["chance_better"] or 0.0)
    chance = best["chance_better"]
    if chance is None:
        return Fact(BEATS, "Open", "", " ".join(["There is no interval.", *simpler]))
    figure, unit = "Nothing", f"of {_counted(len(tried))} tried"
    closest = f"{capitalized(best['name'])} comes closest"
    if chance > 0.5:
        figure, unit = "Perhaps", best["name"]
        closest = capitalized(best["name"])
    text = f"{closest}: chance that it is better {numbers.chance(chance)}."
    return Fact(BEATS, figure, unit, " ".join([*simpler, text]))


def _none_beats_it(tried: list[BaselineRecord]) -> Fact:
    """Return that no regularization does, and which other model comes closest to the network."""
    asked = [each for each in tried if each["chance_better"] is not None]
    text = ""
    if asked:
        best = max(asked, key=lambda each: each["chance_better"] or 0.0)
        chance = numbers.chance(best["chance_better"] or 0.0)
        text = f"Of other models {best['name']} comes closest: chance that it is better {chance}."
    return Fact(BEATS, "No regularization", "at all", text)


def _counted(number: int) -> str:
    words = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)


def the_network(summary: Summary) -> Fact:
    """Return how the network does at its best, where another model is better."""
    chosen, gain = summary["choice"]["chosen"], summary["verdict"]["gain"]
    said = f"At its best with {point_of(chosen['point']).described(' and ')}."
    if gain is not None and is_tested(gain):
        chance = numbers.chance(chances_of(gain).helps)
        words = gain_and_interval(gain, judged_of(summary))
        said += f" Chance that regularization helps it: {chance}; {words}."
    measure, mine = _loss(summary), _network_loss(summary)
    if summary["choice"]["criterion"] == "score":
        measure, mine = judged_of(summary), (chosen["score"], chosen["score_standard_error"])
    return Fact(NETWORK, _figure_with_error(measure, *mine), measure.name, said)
