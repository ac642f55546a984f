"""The answer in the terminal: warnings, what to use, the facts, and what a better model is."""

import math

from dropdecay.report import numbers
from dropdecay.report.answer_facts import (
    BEATS,
    EXPECT,
    NETWORK,
    SURE,
    better_model,
    judged_of,
    rivals,
)
from dropdecay.report.gain_words import in_sentence
from dropdecay.report.summary import AnswerRecord, FactRecord, Summary
from dropdecay.report.terminal.writing import Page
from dropdecay.report.verdict_label import BETTER, UNCLEAR, WORSE
from dropdecay.selection.decimals import decimals_beside

STYLES = {BETTER: "blue", WORSE: "yellow", UNCLEAR: "dim"}
"""By the tone of a label."""

TITLES = 19
"""Width of the column of titles, with its margin."""


def print_answer(page: Page, answer: AnswerRecord, saved: str) -> None:
    """Print warnings, the headline with its label, the facts, and what was saved.

    Parameters
    ----------
    page : Page
    answer : mapping
        As in ``summary.json``.
    saved : str
        What was saved, in words.
    """
    for sentence in answer["warning"]:
        page.prose(sentence, "! ", "  ", style="bold yellow")
    if answer["warning"]:
        page.line("")
    _print_headline(page, answer)
    page.line("")
    for fact in answer["facts"]:
        _print_titled(page, fact["title"], fact_in_words(fact))
    _print_titled(page, "Saved", saved)
    page.line("")


def _print_titled(page: Page, title: str, text: str) -> None:
    page.prose(text, f"  {title}".ljust(TITLES), " " * TITLES)


def _print_headline(page: Page, answer: AnswerRecord) -> None:
    """Print what to do; its label stands at the right end, or below where it does not fit."""
    label, style = f"● {page.kept(answer['label'])}", STYLES.get(answer["tone"], "")
    *lines, last = page.wrapped(answer["headline"]) or [""]
    for line in lines:
        page.line((line, "bold"))
    room = min(page.width, 120) - len(last) - len(label)
    if room < 2:
        page.line((last, "bold"))
        page.line((label, style))
        return
    page.line((last, "bold"), " " * room, (label, style))


def fact_in_words(fact: FactRecord) -> str:
    """Write a fact as the sentence that its figure, its unit and its text make."""
    title, figure, unit, text = fact["title"], fact["figure"], fact["unit"], fact["text"]
    if title == EXPECT:
        return f"{unit} {figure} {text[:1].lower()}{text[1:]}"
    if title == NETWORK:
        return f"{unit} {figure}. {text}"
    if title == SURE and unit:
        return f"{in_sentence(figure)} {unit}. {text}"
    if title == BEATS and unit:
        return f"{figure.lower()} {unit}. {text}"
    return text


def print_instead(page: Page, summary: Summary) -> None:
    """Print what could be used instead, where another model is better, and how it is made."""
    better = better_model(summary)
    if better is None:
        return
    by_loss, measure = summary["choice"]["criterion"] == "loss", judged_of(summary)
    sign = measure.scale if by_loss else -measure.scale
    # The lower the better, whatever judges; without a figure last.
    models = sorted(
        rivals(summary), key=lambda each: math.inf if (mean := each["against_network"]["mean"])
        is None else mean
    )  # fmt: skip
    errors = [measure.scale * (each["against_network"]["standard_error"] or 0.0) for each in models]
    decimals = decimals_beside(errors, errors)
    names = [page.kept(each["name"]) for each in models]
    width = max(len("Instead"), *map(len, names))
    change = "change in loss" if by_loss else f"change in {measure.name}"
    page.line("  ", ("Instead".ljust(width), "bold"), f"  {change:>16}  chance better     time")
    for name, each in zip(names, models, strict=True):
        mean, chance = each["against_network"]["mean"], each["chance_better"]
        moved = numbers.difference(None if mean is None else sign * mean, decimals)
        sure = numbers.UNKNOWN if chance is None else numbers.chance(chance)
        style = STYLES[BETTER] if each is better else ""
        page.line(
            (f"  {name.ljust(width)}  {moved:>{max(16, len(change))}}  {sure:>13}  "
             f"{numbers.duration(each['seconds']):>7}", style)
        )  # fmt: skip
    if better["in_python"]:
        page.line("")
        page.line(f"In Python: {page.kept(better['in_python'])}")
    page.line("")
