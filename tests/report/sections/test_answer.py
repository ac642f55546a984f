import pytest

from dropdecay.report.sections.answer import answer_of
from dropdecay.report.sections.run import run_of
from tests.report.everything import ADDED, ANSWER, BASELINES
from tests.report.worlds import bowl, grid, repeated, results_at, summary_of


def run_at(change=lambda summary: summary, **more):
    results = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)),
                         bowl(dropout=0.2, weight_decay=1.0))  # fmt: skip
    return run_of(results, {**change(summary_of(results)), **more})


def test_the_answer_is_what_the_summary_says_with_a_picture_to_each_fact():
    answer = answer_of(run_at(repeated, **ADDED))
    assert (answer.headline, answer.lead) == (ANSWER["headline"], ANSWER["lead"])
    assert [fact.title for fact in answer.facts] == [fact["title"] for fact in ANSWER["facts"]]
    assert [fact.mini is not None for fact in answer.facts] == [True, True, False]
    assert [rival.name for rival in answer.facts[2].rivals] == [
        "logistic regression", "gradient boosting", "always the same odds",
    ]  # fmt: skip
    assert [rival.chance for rival in answer.facts[2].rivals][1] == "<\u00a01\u00a0%"


def test_an_older_run_is_answered_from_its_verdict():
    run = run_at(repeated)
    answer = answer_of(run)
    verdict = run.summary["verdict"]
    assert answer.headline == verdict["recommendation"].removesuffix(".")
    assert answer.label == "Regularization helps here"
    expect, sure, beats = answer.facts
    assert expect.title == "What to expect on new rows"
    assert float(expect.figure) == pytest.approx(run.summary["optimism"]["corrected"], abs=0.01)
    assert sure.unit == "chance that it helps"
    assert beats.figure == "Nothing"
    assert [rival.name for rival in beats.rivals] == [
        "no regularization", "dropout alone", "weight decay alone",
    ]  # fmt: skip


def test_what_makes_the_answer_worthless_stands_above_it():
    finding = {"code": "leak", "column": "x", "sentence": "Column x gives the target away.",
               "option": "--drop x", "grave": True}  # fmt: skip
    answer = answer_of(run_at(table={"columns": [], "findings": [finding]}))
    assert answer.warnings == ("Column x gives the target away. (--drop x)",)


def test_an_open_question_is_grey_and_says_so():
    def opened(summary):
        return {**summary, "verdict": {**summary["verdict"], "kind": "open"}}

    answer = answer_of(run_at(opened))
    assert (answer.label, answer.is_better) == ("Open: these rows cannot tell", False)


def test_where_nothing_was_compared_the_chance_is_open():
    results = results_at(grid(dropout=(0.2, 0.4)), bowl(dropout=0.2))
    answer = answer_of(run_of(results, summary_of(results)))
    assert answer.facts[1].figure == "Open"
    assert answer.facts[1].mini is None


def test_rivals_are_the_other_models_where_there_are_any():
    answer = answer_of(run_at(baselines=BASELINES))
    assert answer.facts[2].rivals[0].name == "logistic regression"
