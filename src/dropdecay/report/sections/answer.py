"""The first screen: what to use, what to expect, how sure that is, and what beats it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from dropdecay.report.sections.figures import (
    SPACE,
    chance_text,
    decimals_of,
    figure,
    gain_share,
    interval_decimals,
    range_text,
    tick,
)
from dropdecay.report.sections.picture import Label, round_steps
from dropdecay.report.sections.run import Run, added
from dropdecay.report.sections.scale import Scale, Track, scale_of
from dropdecay.report.summary import GainRecord
from dropdecay.report.verdict_label import BETTER, label_of, tone_of
from dropdecay.selection.formatting import capitalized, kind_in_words
from dropdecay.selection.points import regularizing
from dropdecay.statistics.hybrid import chance_above

LABELS = {
    "regularization helps": "Regularization helps here",
    "probably helps": "Regularization probably helps",
    "makes no difference": "Regularization makes no difference here",
    "probably hurts": "Regularization probably hurts",
    "regularization hurts": "Regularization hurts here",
    "hurts": "Regularization hurts here",
    "helps": "Regularization helps here",
    "open": "Open: these rows cannot tell",
    "a baseline is better": "Another model is better here",
}
"""Labels as a reader meets them, without having read the question."""

MOST_RIVALS = 5

NORMAL = 1.959964
"""Half a 95 % interval in standard errors of the normal distribution."""


@dataclass(frozen=True)
class Mini:
    """A small interval on an axis."""

    track: Track
    scale: Scale
    name: str
    also: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Rival:
    """One thing to use instead: how much worse it is, and the chance that it is better."""

    name: str
    change: str
    chance: str


@dataclass(frozen=True)
class Fact:
    """One of the three facts."""

    title: str
    figure: str
    unit: str
    text: str
    mini: Mini | None = None
    rivals: tuple[Rival, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The first screen."""

    label: str
    is_better: bool
    headline: str
    lead: str
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...]
    change: str


def answer_of(run: Run) -> Answer:
    """Return the first screen: as the summary words it, or, of older runs, from its verdict."""
    worded = added(run, "answer")
    verdict = run.summary["verdict"]
    minis = (_expected_mini(run), _gain_mini(run), None)
    rivals = _rivals(run)
    if worded:
        facts = tuple(
            Fact(each["title"], each["figure"], each["unit"], each["text"], mini,
                 rivals if k == 2 else ())
            for k, (each, mini) in enumerate(zip(worded["facts"], minis, strict=False))
        )  # fmt: skip
        label, tone = worded["label"], worded["tone"]
        headline, lead, warnings = worded["headline"], worded["lead"], worded["warning"]
    else:
        facts = tuple(_own_facts(run, minis, rivals))
        label, tone = label_of(verdict["kind"]), tone_of(verdict["kind"])
        headline, lead = verdict["recommendation"], " ".join(verdict["grounds"][:1])
        warnings = _grave(run)
    return Answer(
        label=LABELS.get(label, capitalized(label)),
        is_better=tone == BETTER,
        headline=headline.removesuffix("."),
        lead=lead,
        facts=tuple(fact for fact in facts if fact.figure),
        warnings=tuple(warnings),
        change=f"change in {run.judged.name}",
    )


def _grave(run: Run) -> list[str]:
    found = run.summary.get("table")
    return [
        each["sentence"] + (f" ({each['option']})" if each["option"] else "")
        for each in (found["findings"] if found else [])
        if each["grave"]
    ]


def _own_facts(run: Run, minis: tuple[Mini | None, ...], rivals: tuple[Rival, ...]) -> list[Fact]:
    """Word the facts of a run whose summary has no answer."""
    facts = []
    optimism, chosen = run.summary["optimism"], run.summary["choice"]["chosen"]
    score, score_error = chosen["score"], chosen["score_standard_error"]
    beside = ""
    if score is not None:
        error = run.score.error(score, score_error)
        decimals = decimals_of([error])
        unit = f"{SPACE}%" if run.score.is_share else ""
        beside = f"{capitalized(run.score.name)} {figure(run.score.value(score), decimals)}{unit}."
    if optimism is not None:
        lower, upper = (
            None if end is None else run.loss.value(end)
            for end in (optimism["lower"], optimism["upper"])
        )  # fmt: skip
        decimals = interval_decimals(lower, upper)
        text = range_text(lower, upper, decimals)
        facts.append(
            Fact("What to expect on new rows", figure(run.loss.value(optimism["corrected"]),
                                                      decimals), run.loss.name,
                 f"95{SPACE}% interval {text}. {beside}" if text else beside, minis[0])
        )  # fmt: skip
    else:
        error = run.loss.error(chosen["loss"], chosen["standard_error"])
        facts.append(
            Fact("What it reached on held-out rows",
                 figure(run.loss.value(chosen["loss"]), decimals_of([error])), run.loss.name,
                 beside)
        )  # fmt: skip
    gain = run.summary["verdict"]["gain"]
    facts.append(_how_sure(gain, minis[1]) if _is_tested(gain) else Fact(
        "How sure", "Open", "", "There is nothing to compare with."))  # fmt: skip
    if rivals:
        better = [each for each in rivals if _is_likely(each.chance)]
        facts.append(
            Fact("What beats it", capitalized(better[0].name) if better else "Nothing",
                 "" if better else f"of {len(rivals)} tried", "", None, rivals)
        )  # fmt: skip
    return facts


def _is_likely(chance: str) -> bool:
    digits = "".join(filter(str.isdigit, chance))
    return bool(digits) and int(digits) >= 90 and not chance.startswith("<")


def _is_tested(gain: GainRecord | None) -> bool:
    return (
        gain is not None
        and gain["mean"] is not None
        and gain["standard_error"] is not None
        and not (gain["mean"] == 0.0 and gain["standard_error"] == 0.0)
    )


def _how_sure(gain: GainRecord | None, mini: Mini | None) -> Fact:
    assert gain is not None
    mean, error = gain["mean"] or 0.0, gain["standard_error"] or math.nan
    above = chance_above(mean, error, 0.0)
    helps = above >= 0.5
    chance = above if helps else 1.0 - above
    more = chance_above(mean, error, gain["margin"])
    text = ""
    if gain["baseline"]:
        scaled = [None if end is None else end / abs(gain["baseline"])
                  for end in (gain["lower"], gain["upper"])]  # fmt: skip
        low, high = (math.nan if end is None else 100 * end for end in scaled)
        what = "gain" if mean >= 0 else "loss"
        ends = range_text(low, high, 0 if max(abs(low), abs(high)) >= 5 else 1)
        text = (
            f"{chance_text(more)} that it gains more than 1{SPACE}%. The {what} is "
            f"{gain_share(abs(mean) / abs(gain['baseline']))}"
            + (f", 95{SPACE}% interval of the gain {ends}{SPACE}%." if ends else ".")
        )
    return Fact(
        "How sure", chance_text(chance),
        "chance that it helps" if helps else "chance that it hurts", text, mini,
    )  # fmt: skip


def _expected_mini(run: Run) -> Mini | None:
    """Draw the expected loss on an axis that ends at the constant prediction, if it is known."""
    optimism = run.summary["optimism"]
    if optimism is None or optimism["lower"] is None or optimism["upper"] is None:
        return None
    mean, low, high = (
        run.loss.value(value)
        for value in (optimism["corrected"], optimism["lower"], optimism["upper"])
    )
    stored = run.results.attrs.get("baseline_loss")
    constant = None if stored is None else run.loss.value(float(stored))
    also: tuple[Label, ...] = ()
    is_classes = run.summary["task"] == "classification"
    top = high if constant is None else max(high, constant)
    steps = round_steps(0.0, top, 4)
    scale = scale_of(steps, tick)
    if constant is not None:
        at = scale.place(constant)
        also = (Label(at, "same odds" if is_classes else "the mean"),)
        kept = tuple(each for each in scale.ticks if abs(each.at - at) > 22)
        scale = Scale(scale.low, scale.high, kept, scale.zero)
    name = f"{run.loss.name} {tick(round(mean, 4))}, 95 % interval {range_text(low, high, 3)}"
    return Mini(scale.track(mean, low, high), scale, name, also)


def _gain_mini(run: Run) -> Mini | None:
    """Draw the gain in percent with its interval."""
    gain = run.summary["verdict"]["gain"]
    if not _is_tested(gain) or gain is None or not gain["baseline"]:
        return None
    if gain["lower"] is None or gain["upper"] is None:
        return None
    mean, low, high = (
        100 * (value or 0.0) / abs(gain["baseline"])
        for value in (gain["mean"], gain["lower"], gain["upper"])
    )
    steps = round_steps(min(0.0, low), max(0.0, high), 4)
    scale = scale_of(steps, tick, f"{SPACE}%")
    name = f"Gain {gain_share(mean / 100)}, 95 % interval {range_text(low, high, 1)} %"
    return Mini(scale.track(mean, low, high), scale, name)


def _rivals(run: Run) -> tuple[Rival, ...]:
    """List what else could be used, by how much its loss is higher, and its chance to be better."""
    rows = [*_models(run)] or [*_simpler(run)]
    decimals = decimals_of([error for _, _, error, _ in rows])
    return tuple(
        Rival(name, figure(change, decimals, sign=True), chance_text(chance))
        for name, change, _, chance in rows[:MOST_RIVALS]
        if math.isfinite(change)
    )


def _models(run: Run) -> list[tuple[str, float, float, float]]:
    """Return name, change in loss, its error and the chance to be better, of every baseline."""
    found = added(run, "baselines")
    if not found or not run.by_loss:
        return []
    base = float(run.surface.means.loss[max(run.surface.chosen, 0)])
    rows = []
    for each in found["models"]:
        against = each.get("against_network")
        if each.get("failed") or not against:
            continue
        rows.append(_rival_row(run, each, against, base))
    return rows


def _rival_row(
    run: Run, each: Mapping[str, Any], against: Mapping[str, Any], base: float
) -> tuple[str, float, float, float]:
    change = -(run.loss.gain(-against["mean"], base) or 0.0)
    error = run.loss.error(max(base, 1e-300), against["standard_error"])
    return each["name"], change, error, each["chance_better"]


def _simpler(run: Run) -> list[tuple[str, float, float, float]]:
    """Return the same of simpler regularization, from the comparisons on the surface's folds."""
    axes = regularizing(run.surface.points[0])
    base = float(run.surface.means.loss[max(run.surface.chosen, 0)])
    rows = []
    for each in run.summary["verdict"]["comparisons"]:
        record = cast("Mapping[str, Any]", each)
        gain = record.get("gain")
        if not gain or gain["mean"] is None or gain["upper"] is None:
            continue
        change = -(run.judged.gain(-gain["mean"], base) or 0.0)
        error = run.judged.error(max(base, 1e-300), gain["standard_error"])
        sure = (gain["upper"] - gain["mean"]) / NORMAL
        name = kind_in_words(record["against"], axes)
        rows.append((name, change, error, chance_above(-gain["mean"], sure, 0.0)))
    return rows
