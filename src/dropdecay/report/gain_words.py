"""The gain of regularization in words: its size, its interval, its chances, and what equals it."""

from dataclasses import dataclass

from dropdecay.axes import NONE, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report import numbers
from dropdecay.report.measure import Measure
from dropdecay.report.summary import ComparisonRecord, GainRecord, Summary, point_of
from dropdecay.selection.decimals import WITHOUT_ERROR, decimals_of_interval
from dropdecay.statistics.hybrid import chance_above

POINTS = f"{numbers.UNBROKEN}points"

LEAST_SHARE = 0.001
"""Of an interval that lies within this share of the loss, ends would be written as 0."""


@dataclass(frozen=True)
class Chances:
    """The chances of a gain above 0, above the margin, and within it either way."""

    helps: float
    more: float
    within: float


def chances_of(gain: GainRecord) -> Chances:
    """Return the chances that a gain and its standard error imply."""
    mean, error = gain["mean"] or 0.0, gain["standard_error"] or 0.0
    at_least, more = (chance_above(mean, error, end) for end in (-gain["margin"], gain["margin"]))
    return Chances(chance_above(mean, error, 0.0), more, at_least - more)


def size_of_gain(gain: GainRecord, measure: Measure) -> str:
    """Write the size of a gain: a share of the loss, or of a score the difference."""
    size = abs(gain["mean"] or 0.0)
    if measure.lower_is_better and gain["baseline"] > 0.0:
        return _share(size, gain)
    return f"{numbers.figure(measure.scale * size, _decimals(gain, measure))}{unit_of(measure)}"


def unit_of(measure: Measure) -> str:
    """Return what stands behind a difference: shares differ by points."""
    return POINTS if measure.is_share else ""


def _share(size: float, gain: GainRecord) -> str:
    """Write a size as a share of the loss, with no more digits than its interval allows."""
    lower, upper, baseline = gain["lower"], gain["upper"], gain["baseline"]
    if lower is None or upper is None:
        return numbers.share(size / baseline)
    return numbers.share_within(size / baseline, lower / baseline, upper / baseline)


def gain_and_interval(gain: GainRecord, measure: Measure) -> str:
    """Write "gain 14 % of the loss (95 % interval 1 to 28 %)"; "" without an interval.

    What surely costs is a cost: its size has no sign.
    """
    mean, lower, upper, baseline = (
        gain["mean"], gain["lower"], gain["upper"], gain["baseline"],
    )  # fmt: skip
    if mean is None or lower is None or upper is None:
        return ""
    word = "gain"
    if upper < 0.0:
        word, mean, lower, upper = "cost", -mean, -upper, -lower
    if measure.lower_is_better and baseline > 0.0:
        if max(map(abs, (mean, lower, upper))) < LEAST_SHARE * baseline:
            return (
                f"the difference is less than {numbers.share(LEAST_SHARE)} of the loss either way"
            )
        ends = numbers.share_interval(lower / baseline, upper / baseline)
        said = f"{word} {_share(mean, gain)} of the loss"
    else:
        mean, lower, upper = (measure.scale * each for each in (mean, lower, upper))
        decimals, unit = _decimals(gain, measure), unit_of(measure)
        ends = numbers.interval(lower, upper, decimals)
        written = numbers.figure if word == "cost" else numbers.difference
        said = f"{word} {written(mean, decimals)}{unit}"
    return f"{said} ({numbers.level(gain['level'])} interval {ends})"


def _decimals(gain: GainRecord, measure: Measure) -> int:
    ends = [measure.scale * end for end in (gain["lower"], gain["upper"]) if end is not None]
    return decimals_of_interval(*ends) if len(ends) == 2 else WITHOUT_ERROR


def as_good_as_all(summary: Summary) -> list[str]:
    """Say which axis alone does as well as the choice, or is not told apart from it."""
    chosen = point_of(summary["choice"]["chosen"]["point"])
    as_well, unclear = [], []
    for each in summary["verdict"]["comparisons"]:
        name = each.get("against", NONE)
        # An axis that is the choice itself, or switched off in it, is no alternative.
        if name == NONE or len(chosen.active) < 2 or name not in chosen.active:
            continue
        alone = f"{knob_of(name).printed} {printed_value(chosen[name])} alone"
        if _is_as_good(each, summary["verdict"]["gain"]):
            as_well.append(alone)
        elif _is_unclear(each):
            unclear.append(alone)
    return [
        *(f"{each[:1].upper()}{each[1:]} does as well." for each in as_well),
        *(f"{each[:1].upper()}{each[1:]} is not clearly worse." for each in unclear),
    ]


def _is_as_good(comparison: ComparisonRecord, gain: GainRecord | None) -> bool:
    """Whether it is within one standard error, and that error is small beside what is gained.

    The less a comparison can tell, the wider its standard error: alone it says nothing.
    """
    mean, error = comparison["gain"]["mean"], comparison["gain"]["standard_error"]
    if mean is None or error is None or gain is None:
        return False
    return mean <= error <= max((gain["mean"] or 0.0) / 2.0, gain["margin"])


def _is_unclear(comparison: ComparisonRecord) -> bool:
    lower, upper = comparison["gain"]["lower"], comparison["gain"]["upper"]
    return lower is not None and upper is not None and lower <= 0.0 <= upper


def in_sentence(chance: str) -> str:
    """Write a printed chance as a sentence has it: "more than 99 %"."""
    words = {">": "more than", "<": "less than"}
    return f"{words[chance[0]]} {chance[2:]}" if chance[:1] in words else chance
