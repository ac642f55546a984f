"""The first screen: what to use, what to expect, how sure that is, and what beats it."""

import math
from dataclasses import dataclass

from dropdecay.axes import NONE
from dropdecay.report.answer import BASELINE_IS_BETTER, answer_of
from dropdecay.report.answer_facts import is_tested
from dropdecay.report.gain_words import POINTS, as_good_as_all
from dropdecay.report.numbers import UNBROKEN, difference, figure
from dropdecay.report.numbers import chance as printed_chance
from dropdecay.report.sections.figures import range_text, tick
from dropdecay.report.sections.picture import Label, round_steps
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.scale import Scale, Track, scale_of
from dropdecay.report.summary import AnswerRecord, DifferenceRecord, GainRecord, expected_of
from dropdecay.report.verdict_label import BETTER
from dropdecay.selection.decimals import decimals_beside, decimals_of_interval
from dropdecay.selection.formatting import capitalized, kind_in_words
from dropdecay.selection.judgement import OPEN
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
    "none wins every fold": "No regularization wins every fold",
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


def answer_section_of(run: Run) -> Answer:
    """Return the first screen, as the summary words it, with a picture to each fact."""
    worded = run.summary.get("answer") or answer_of(run.summary).as_dict()
    minis = (_expected_mini(run), _gain_mini(run), None)
    if worded["label"] == BASELINE_IS_BETTER:
        minis = (None, None, None)  # they are of the network
    rivals = _rivals(run)
    facts = tuple(
        Fact(each["title"], each["figure"], each["unit"], _once(run, worded, each["text"]), mini,
             rivals if k == len(minis) - 1 else ())
        for k, (each, mini) in enumerate(zip(worded["facts"], minis, strict=False))
    )  # fmt: skip
    return Answer(
        label=_label(run, worded["label"]),
        is_better=worded["tone"] == BETTER,
        headline=worded["headline"],
        lead=worded["lead"],
        facts=facts,
        warnings=tuple(worded["warning"]),
        change=f"change in {run.judged.name}",
    )


def _label(run: Run, label: str) -> str:
    """Return the label as a reader meets it; open is also what had nothing to be compared with."""
    if label == OPEN and run.summary["verdict"]["gain"] is None:
        return "Open: nothing to compare with"
    return LABELS.get(label, capitalized(label))


def _once(run: Run, worded: AnswerRecord, text: str) -> str:
    """Leave out of a fact what the sentence right above has said."""
    if text == worded["lead"]:
        return ""
    for sentence in as_good_as_all(run.summary):
        if sentence in worded["lead"]:
            text = text.replace(sentence, "").strip()
    return text


def _expected_mini(run: Run) -> Mini | None:
    """Draw the expected loss on an axis that ends at the constant prediction, if it is known."""
    optimism = expected_of(run.summary) if run.by_loss else None
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
    """Draw the gain with its interval: of a loss in percent of it, of a score in its own unit."""
    gain = run.summary["verdict"]["gain"]
    if gain is None or not is_tested(gain) or not gain["baseline"]:
        return None
    if gain["lower"] is None or gain["upper"] is None:
        return None
    by = 100.0 / abs(gain["baseline"]) if run.by_loss else run.judged.scale
    mean, low, high = (
        by * (value or 0.0) for value in (gain["mean"], gain["lower"], gain["upper"])
    )
    steps = round_steps(min(0.0, low), max(0.0, high), 4)
    unit = f"{UNBROKEN}%" if run.by_loss else POINTS if run.judged.is_share else ""
    scale = scale_of(steps, tick, unit)
    decimals = decimals_of_interval(low, high)
    ends = range_text(low, high, decimals)
    name = f"Gain {figure(mean, decimals)}{unit}, 95 % interval {ends}{unit}"
    return Mini(scale.track(mean, low, high), scale, name)


def _rivals(run: Run) -> tuple[Rival, ...]:
    """List what else could be used, by how much its loss is higher, and its chance to be better."""
    rows = [*_models(run)] or [*_simpler(run)]
    errors = [error for _, _, error, _ in rows]
    decimals = decimals_beside(errors, errors)
    return tuple(
        Rival(name, difference(change, decimals), printed_chance(chance))
        for name, change, _, chance in rows[:MOST_RIVALS]
        if math.isfinite(change)
    )


def _models(run: Run) -> list[tuple[str, float, float, float]]:
    """Return name, change in loss, its error and the chance to be better, the best one first."""
    found = run.summary.get("baselines")
    if not found or not run.by_loss:
        return []
    base = float(run.surface.means.loss[max(run.surface.chosen, 0)])
    rows = []
    for each in found["models"]:
        against, chance = each["against_network"], each["chance_better"]
        if each["failed"] is not None or against["mean"] is None or chance is None:
            continue
        change = -(run.loss.gain(-against["mean"], base) or 0.0)
        error = run.loss.error(max(base, 1e-300), against["standard_error"])
        rows.append((each["name"], change, error, chance))
    return sorted(rows, key=lambda row: row[1])


def _simpler(run: Run) -> list[tuple[str, float, float, float]]:
    """Return the same of simpler regularization, from the comparisons on the surface's folds."""
    axes = regularizing(run.surface.points[0])
    base = float(run.surface.means.loss[max(run.surface.chosen, 0)])
    rows = []
    for each in run.summary["verdict"]["comparisons"]:
        gain: DifferenceRecord | GainRecord = each["gain"]
        from_all_cuts = run.summary["verdict"]["gain"]
        if each["against"] == NONE and from_all_cuts is not None and is_tested(from_all_cuts):
            gain = from_all_cuts  # as the headline
        if gain["upper"] is None or gain["mean"] is None:
            continue
        change = -(run.judged.gain(-gain["mean"], base) or 0.0)
        change = change if run.by_loss else -change
        error = run.judged.error(max(base, 1e-300), gain["standard_error"])
        sure = (gain["upper"] - gain["mean"]) / NORMAL
        name = kind_in_words(each["against"], axes)
        rows.append((name, change, error, chance_above(-gain["mean"], sure, 0.0)))
    return rows
