"""The answer of a run: what to use, what to expect of it, how sure that is, and what beats it.

It is composed from what ``summary.json`` holds, so that a report made again says the same.
"""

from dataclasses import asdict, dataclass
from typing import cast

from dropdecay.axes import NONE, Point
from dropdecay.report import numbers
from dropdecay.report.answer_facts import (
    Fact,
    better_model,
    expect,
    expect_instead,
    goes_without,
    how_sure,
    how_sure_instead,
    is_tested,
    judged_of,
    margin_of,
    none_wins,
    the_network,
    what_beats_it,
)
from dropdecay.report.gain_words import POINTS, as_good_as_all, chances_of, size_of_gain
from dropdecay.report.summary import AnswerRecord, FindingRecord, GainRecord, Summary, point_of
from dropdecay.report.verdict_label import UNCLEAR, WORSE, label_of, tone_of
from dropdecay.selection.formatting import capitalized
from dropdecay.selection.judgement import HURTS, NO_DIFFERENCE, OPEN, PROBABLY_HURTS
from dropdecay.selection.points import neutral_point
from dropdecay.selection.verdict import UNDERFITS

BASELINE_IS_BETTER = "a baseline is better"

NONE_WINS = "none wins every fold"

WORTHLESS = "The answer below is probably worthless."


@dataclass(frozen=True)
class Answer:
    """What a reader learns first.

    Parameters
    ----------
    label, tone : str
        The kind of verdict in a few words, and "better", "worse" or "unclear".
    headline : str
        What to do, without a full stop.
    lead : str
        What that brings, in a sentence or two.
    facts : tuple of Fact
        Three: what to expect, how sure that is, what beats it (or how the network does).
    warning : tuple of str
        What in the table may make all of this worthless; the headline then depends on it.
    """

    label: str
    tone: str
    headline: str
    lead: str
    facts: tuple[Fact, ...]
    warning: tuple[str, ...] = ()

    def as_dict(self) -> AnswerRecord:
        """Return plain JSON values."""
        values = {**asdict(self), "warning": list(self.warning)}
        return cast(AnswerRecord, {**values, "facts": [asdict(each) for each in self.facts]})


def answer_of(summary: Summary) -> Answer:
    """Compose the answer of a run.

    Parameters
    ----------
    summary : mapping
        The contents of ``summary.json``; parts that an earlier version did not write are done
        without.
    """
    kind, better = summary["verdict"]["kind"], better_model(summary)
    found = summary.get("table")
    grave = [each for each in (found["findings"] if found else []) if each["grave"]]
    label, tone, headline = label_of(kind), tone_of(kind), _headline(summary)
    if kind == OPEN and none_wins(summary):
        label = NONE_WINS
    facts = (expect(summary), how_sure(summary), what_beats_it(summary))
    if better is not None:
        label, tone = BASELINE_IS_BETTER, WORSE
        headline = f"Use {better['name']} here, not this network"
        if better["name"].startswith("always"):
            headline = f"Do not use this network: {better['name']} is better"
        facts = (
            expect_instead(summary, better), how_sure_instead(summary, better),
            the_network(summary),
        )  # fmt: skip
    if grave:
        # Nothing is recommended without a condition.
        tone, headline = (
            UNCLEAR,
            f"If {_what(grave)} is sound: {headline[:1].lower()}{headline[1:]}",
        )
    return Answer(label, tone, headline, _lead(summary), facts, _warning(grave))


def _what(grave: list[FindingRecord]) -> str:
    alone = len(grave) == 1 and grave[0]["column"] is not None
    return "that column" if alone else "the table"


def _warning(grave: list[FindingRecord]) -> tuple[str, ...]:
    said = [
        f"{each['sentence']} ({each['option']})" if each["option"] else each["sentence"]
        for each in grave
    ]
    return (f"{WORTHLESS} {said[0]}", *said[1:]) if said else ()


def _headline(summary: Summary) -> str:
    """Return what to do with the network; an open answer recommends, too."""
    kind, gain = summary["verdict"]["kind"], summary["verdict"]["gain"]
    said = summary["verdict"]["recommendation"].removesuffix(".")
    if kind == NO_DIFFERENCE and gain is not None and _chosen(summary).kind == NONE:
        return f"{said}: it makes no difference here"
    return said


def _chosen(summary: Summary) -> Point:
    return point_of(summary["choice"]["chosen"]["point"])


def _lead(summary: Summary) -> str:
    """Say in a sentence or two what regularization brings."""
    verdict, gain = summary["verdict"], summary["verdict"]["gain"]
    if none_wins(summary):
        return "Whichever fold was left out, the others picked no regularization."
    if gain is None or not is_tested(gain) or verdict["kind"] == UNDERFITS:
        return " ".join(verdict["grounds"][:1])
    said = [_what_it_does(summary, gain)]
    if goes_without(summary):
        neutral = neutral_point(_chosen(summary).active).described(" and ")
        said.append(
            f"The saved network has {_chosen(summary)}, lowest on the surface; fit again with "
            f"{neutral} alone to go without."
        )
    elif verdict["kind"] == OPEN and better_model(summary) is None:
        said.append("Recommended meanwhile: it costs nothing.")
    elif verdict["kind"] not in (OPEN, NO_DIFFERENCE, HURTS, PROBABLY_HURTS):
        said += as_good_as_all(summary)
    return " ".join(said)


def _what_it_does(summary: Summary, gain: GainRecord) -> str:
    """Say by how much regularization changes the measure on rows held out."""
    by_loss = summary["choice"]["criterion"] == "loss"
    measure = summary["loss"] if by_loss else summary["score"]
    if summary["verdict"]["kind"] == NO_DIFFERENCE:
        sure = numbers.chance_in_words(chances_of(gain).within)
        return f"Regularization changes the {measure} by less than {margin_of(gain)}: {sure} sure."
    verb = "lowers" if ((gain["mean"] or 0.0) >= 0.0) == by_loss else "raises"
    size = size_of_gain(gain, judged_of(summary))
    if summary["verdict"]["kind"] == OPEN and not size.removesuffix(POINTS).strip(
        "0. %\N{NO-BREAK SPACE}"
    ):
        return f"On these rows regularization neither lowers nor raises the {measure}."
    seems = " seems to" if summary["verdict"]["kind"] == OPEN else ""
    verb = verb.removesuffix("s") if seems else verb
    return capitalized(
        f"regularization{seems} {verb} the {measure} on held-out rows by "
        f"{size}, compared with none."
    )
