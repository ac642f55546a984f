from dropdecay.report.sections.answer import answer_section_of
from dropdecay.report.sections.run import run_of
from tests.report.everything import ADDED, ANSWER, BASELINES
from tests.report.worlds import bowl, grid, repeated, results_at, summary_of


def run_at(change=lambda summary: summary, **more):
    results = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)),
                         bowl(dropout=0.2, weight_decay=1.0))  # fmt: skip
    return run_of(results, {**change(summary_of(results)), **more})


def test_the_answer_is_what_the_summary_says_with_a_picture_to_each_fact():
    answer = answer_section_of(run_at(repeated, **ADDED))
    assert (answer.headline, answer.lead) == (ANSWER["headline"], ANSWER["lead"])
    assert [fact.title for fact in answer.facts] == [fact["title"] for fact in ANSWER["facts"]]
    assert [fact.mini is not None for fact in answer.facts] == [True, True, False]
    assert [rival.name for rival in answer.facts[2].rivals] == [
        "logistic regression", "gradient boosting", "always the same odds",
    ]  # fmt: skip
    assert [rival.chance for rival in answer.facts[2].rivals][1] == "<\u00a01\u00a0%"


def test_an_older_run_is_answered_from_what_its_summary_holds():
    run = run_at(repeated)
    answer = answer_section_of(run)
    assert answer.headline == run.summary["verdict"]["recommendation"].removesuffix(".")
    assert answer.label == "Regularization helps here"
    assert len(answer.facts) == 3
    assert [rival.name for rival in answer.facts[2].rivals] == [
        "no regularization", "dropout alone", "weight decay alone",
    ]  # fmt: skip


def test_what_makes_the_answer_worthless_stands_above_it():
    finding = {"code": "leak", "column": "x", "sentence": "Column x gives the target away.",
               "option": "--drop x", "grave": True}  # fmt: skip
    answer = answer_section_of(run_at(table={"columns": [], "findings": [finding]}))
    assert "Column x gives the target away. (--drop x)" in answer.warnings[0]
    assert answer.headline.startswith("If that column is sound: use")


def test_an_open_question_is_grey_and_says_so():
    def opened(summary):
        return {**summary, "verdict": {**summary["verdict"], "kind": "open"}}

    answer = answer_section_of(run_at(opened))
    assert (answer.label, answer.is_better) == ("Open: these rows cannot tell", False)


def test_where_nothing_was_compared_the_chance_is_open():
    results = results_at(grid(dropout=(0.2, 0.4)), bowl(dropout=0.2))
    answer = answer_section_of(run_of(results, summary_of(results)))
    assert answer.facts[1].figure == "Open"
    assert answer.facts[1].mini is None


def test_rivals_are_the_other_models_where_there_are_any():
    answer = answer_section_of(run_at(baselines=BASELINES))
    assert answer.facts[2].rivals[0].name == "logistic regression"


def test_a_rival_that_hardly_differs_does_not_lengthen_the_figures_of_the_others():
    models = [{**each, "against_network": {**each["against_network"]}}
              for each in BASELINES["models"]]  # fmt: skip
    models[0]["against_network"] |= {"mean": -5e-7, "standard_error": 1e-6}
    models[1]["against_network"] |= {"mean": 0.0127213, "standard_error": 0.06}
    rivals = answer_section_of(run_at(baselines={**BASELINES, "models": models})).facts[2].rivals
    assert {"+0.013", "<\u00a00.001"} & {each.change for each in rivals}
    assert all(len(each.change) <= 7 for each in rivals)


def test_where_another_model_is_better_no_picture_is_of_the_network():
    better = {**ANSWER, "label": "a baseline is better", "tone": "worse"}
    answer = answer_section_of(run_at(repeated, answer=better))
    assert (answer.label, answer.is_better) == ("Another model is better here", False)
    assert not [fact for fact in answer.facts if fact.mini]


def test_where_a_score_chose_no_picture_is_of_the_loss_and_more_is_better():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.0))
    summary = summary_of(results, criterion="score")
    gain = {"mean": -0.05, "lower": -0.09, "upper": -0.01, "standard_error": 0.02, "level": 0.95,
            "baseline": -0.6, "margin": 0.001, "n_repeats": 3, "n_rows": 80, "by_repeat": [-0.05],
            "intervals": [], "is_exhausted": False, "constant": 0.5}  # fmt: skip
    summary["verdict"] |= {"gain": gain, "kind": "hurts"}
    facts = answer_section_of(run_of(results, summary)).facts
    assert facts[0].mini is None
    assert facts[1].mini.name.replace("\u00a0", " ").startswith("Gain \u22125")
    (none,) = [each for each in facts[2].rivals if each.name == "no regularization"]
    assert none.change.startswith("+5")
    assert none.chance.endswith("99\u00a0%")
