import json

import pytest

from dropdecay.report.answer import answer_of
from dropdecay.report.stored import read_run
from tests.report.worlds import bowl, grid, results_at, summary_of


def plain(text):
    return text.replace("\xa0", " ")


def gain(mean, error, *, baseline=0.1, **more):
    """A gain whose chances follow from a mean and a standard error."""
    return {
        "mean": mean, "lower": mean - 1.96 * error, "upper": mean + 1.96 * error,
        "standard_error": error, "level": 0.95, "baseline": baseline, "margin": 0.01 * baseline,
        "n_repeats": 7, "n_rows": 500, "by_repeat": [mean], "intervals": [],
        "is_exhausted": False, "constant": None, **more,
    }  # fmt: skip


def point(**figures):
    return {
        "point": {"dropout": 0.2, "weight_decay": 3.0}, "epochs": 58, "loss": 0.0608,
        "standard_error": 0.0061, "training_loss": 0.02, "gap": 0.04, "score": 0.981,
        "score_standard_error": 0.0068, "accuracy": None, "accuracy_standard_error": None,
        "plain_loss": None, "plain_loss_standard_error": None, "fold_variance": None,
        "seed_variance": None, **figures,
    }  # fmt: skip


def comparison(against, mean, error):
    found = {"mean": mean, "standard_error": error, "lower": mean - 2 * error,
             "upper": mean + 2 * error}  # fmt: skip
    return {"against": against, "gain": found, "same_folds": found, "sentence": ""}


GAIN = gain(0.0107, 0.005)


def verdict(kind="helps", gain=GAIN, **more):
    return {
        "kind": kind, "recommendation": "Use dropout 0.2 with weight decay 3.",
        "grounds": ["It lowers the log loss.", "Chances."], "sentence": "", "gain": gain,
        "comparisons": [], "effects": [], "notes": [], **more,
    }  # fmt: skip


def model(name, chance, mean, **more):
    against = {"mean": mean, "standard_error": 0.002, "lower": mean - 0.004, "upper": mean + 0.004}
    return {
        "name": name, "about": "", "in_python": "", "loss": 0.031, "standard_error": 0.003,
        "score": 0.99, "score_standard_error": 0.002, "network_loss": 0.06, "margin": 0.0006,
        "against_network": against, "chance_better": chance, "against_none": None,
        "n_repeats": 1, "seconds": 1.9, "failed": None, **more,
    }  # fmt: skip


def baselines(*models, better=None):
    return {"level": 0.95, "folds": "", "measure": "log loss", "models": list(models),
            "better": better, "sentence": ""}  # fmt: skip


def summary(chosen=None, criterion="loss", **more):
    chosen = point() if chosen is None else chosen
    return {
        "task": "classification", "rows": 569, "loss": "log loss", "score": "accuracy",
        "verdict": verdict(),
        "choice": {"best": chosen, "chosen": chosen, "one_standard_error": chosen, "rule": "best",
                   "criterion": criterion, "as_good": [], "n_points": 20, "edges": [],
                   "n_unfinished": 0},
        "optimism": {"corrected": 0.072, "lower": 0.031, "upper": 0.141}, **more,
    }  # fmt: skip


def said(found):
    """The headline, the label, and the facts as lines."""
    answer = answer_of(found)
    facts = [plain(f"{each.figure} {each.unit}. {each.text}") for each in answer.facts]
    return plain(answer.headline), answer.label, plain(answer.lead), facts


def test_an_answer_says_what_to_use_what_to_expect_how_sure_and_what_beats_it():
    alone = (comparison("none", 0.01, 0.004), comparison("dropout", 0.012, 0.004),
             comparison("weight_decay", 0.00005, 0.002))  # fmt: skip
    headline, label, lead, facts = said(summary(verdict=verdict(comparisons=alone)))
    assert (headline, label) == ("Use dropout 0.2 with weight decay 3", "regularization helps")
    assert lead == (
        "Regularization lowers the log loss on held-out rows by 11 %, compared with none. "
        "Weight decay 3 alone does as well."
    )
    assert facts == [
        "0.07 log loss. On new rows (95 % interval 0.03 to 0.14). Accuracy 98.1 % ± 0.7.",
        "98 % that it helps. 97 % that it gains more than 1 %. Gain 11 % of the loss (95 % "
        "interval 1 to 20 %).",
        "Not asked . No other model was trained beside it. Weight decay 3 alone does as well.",
    ]


def test_an_axis_alone_that_is_within_its_interval_but_not_near_is_not_said_to_do_as_well():
    found = summary(verdict=verdict(comparisons=(comparison("dropout", 0.006, 0.004),)))
    assert "Dropout 0.2 alone is not clearly worse." in said(found)[2]


def test_a_comparison_that_can_tell_little_does_not_say_that_an_axis_does_as_well():
    found = summary(verdict=verdict(comparisons=(comparison("weight_decay", 0.02, 0.03),)))
    assert "Weight decay 3 alone is not clearly worse." in said(found)[2]


def test_where_every_fold_picks_none_the_label_and_the_parts_say_so():
    nothing = gain(0.0, 0.0)
    effect = {"name": "dropout", "gain": gain(-0.2, 0.02), "sentence": ""}
    chosen = point(point={"dropout": 0.0, "weight_decay": 0.0})
    found = verdict("open", nothing, recommendation="Use no regularization.", effects=[effect])
    _, label, lead, facts = said(summary(chosen, verdict=found))
    assert label == "none wins every fold"
    assert lead == "Whichever fold was left out, the others picked no regularization."
    assert facts[1] == (
        "Every fold picks no regularization. Dropout alone is worse: the 95 % interval lies below "
        "zero."
    )

    unclear = {**found, "effects": [{**effect, "gain": gain(-0.2, 0.2)}]}
    assert "does not prove that it is best" in said(summary(chosen, verdict=unclear))[3][1]


def test_an_open_answer_does_not_call_nothing_a_rise():
    found = summary(verdict=verdict("open", gain(-0.00001, 0.004)))
    assert said(found)[2].startswith("On these rows regularization neither lowers nor raises the")


def test_where_none_is_recommended_nothing_is_said_of_its_parts():
    part = comparison("weight_decay", 0.006, 0.004)
    without = verdict("open", gain(-0.001, 0.004), comparisons=(part,),
                      recommendation="Use no regularization.")  # fmt: skip
    lead, facts = said(summary(verdict=without))[2:]
    assert "fit again with dropout 0 and weight decay 0 alone to go without" in lead
    assert "alone" not in facts[2]


def test_an_open_answer_recommends_and_names_the_rows_that_would_settle_it():
    grounds = ["It lowers.", "Chance.", "About 2,500 rows would settle it."]
    found = summary(verdict=verdict("open", gain(0.003, 0.004), grounds=grounds))
    headline, label, lead, facts = said(found)
    assert (headline, label) == ("Use dropout 0.2 with weight decay 3", "open")
    assert lead.endswith("by 3 %, compared with none. Recommended meanwhile: it costs nothing.")
    assert facts[1].endswith("About 2,500 rows would settle it.")


@pytest.mark.parametrize(
    ("kind", "mean", "sure"),
    [("hurts", -0.02, "> 99 % that it hurts"), ("probably hurts", -0.006, "93 % that it hurts"),
     ("makes no difference", 0.0001, "98 % that it matters less than 1 %")],
)  # fmt: skip
def test_the_chance_is_that_of_what_the_label_says(kind, mean, sure):
    error = 0.0004 if kind == "makes no difference" else 0.004
    facts = said(summary(verdict=verdict(kind, gain(mean, error))))[3]
    assert facts[1].startswith(sure)


def test_where_none_is_better_it_says_how_to_fit_without():
    harmful = verdict("hurts", gain(-0.02, 0.004), recommendation="Use no regularization.")
    headline, label, lead, _ = said(summary(verdict=harmful))
    assert (headline, label) == ("Use no regularization", "regularization hurts")
    assert lead == (
        "Regularization raises the log loss on held-out rows by 20 %, compared with none. The "
        "saved network has dropout 0.2 with weight decay 3, lowest on the surface; fit again with "
        "dropout 0 and weight decay 0 alone to go without."
    )


def test_no_difference_of_no_regularization_is_said_with_its_chance():
    chosen = point(point={"dropout": 0.0, "weight_decay": 0.0})
    none = verdict("makes no difference", gain(0.0, 0.0004),
                   recommendation="Use no regularization.")  # fmt: skip
    headline, _, lead, _ = said(summary(chosen, verdict=none))
    assert headline == "Use no regularization: it makes no difference here"
    assert lead == "Regularization changes the log loss by less than 1 %: 99 % sure."


def test_another_model_that_is_better_is_the_answer():
    found = baselines(
        model("gradient boosting", 0.999, -0.01),
        model("logistic regression", 0.2, 0.01),
        better="gradient boosting",
    )
    headline, label, _, facts = said(summary(baselines=found))
    assert headline == "Use gradient boosting here, not this network"
    assert label == "a baseline is better"
    assert facts == [
        "0.031 ± 0.003 log loss. From gradient boosting; 0.061 ± 0.006 from the network at its "
        "best.",
        "> 99 % that gradient boosting is better. Its loss is 17 % lower (95 % interval 10 to "
        "23 %).",
        "0.061 ± 0.006 log loss. At its best with dropout 0.2 and weight decay 3. Chance that "
        "regularization helps it: 98 %; gain 11 % of the loss (95 % interval 1 to 20 %).",
    ]


def test_a_constant_that_is_better_is_not_recommended_like_a_model():
    found = baselines(model("always the mean", 0.999, -0.01), better="always the mean")
    assert said(summary(baselines=found))[0] == (
        "Do not use this network: always the mean is better"
    )


def test_models_that_are_not_better_are_counted_and_the_closest_named():
    found = baselines(model("gradient boosting", 0.004, 0.05), model("ridge regression", 0.3, 0.01),
                      model("mine", None, 0.0, failed="It failed"))  # fmt: skip
    assert said(summary(baselines=found))[3][2] == (
        "Nothing of two tried. Ridge regression comes closest: chance that it is better 30 %."
    )


def test_a_grave_finding_makes_the_answer_conditional():
    leak = {"code": "leak", "column": "settled_on", "sentence": "Leak suspected: settled_on.",
            "option": "--drop settled_on", "grave": True}  # fmt: skip
    answer = answer_of(summary(table={"columns": [], "findings": [leak]}))
    assert answer.headline == "If that column is sound: use dropout 0.2 with weight decay 3"
    assert answer.warning == (
        "The answer below is probably worthless. Leak suspected: settled_on. (--drop settled_on)",
    )
    assert answer.tone == "unclear"


def test_values_show_the_root_of_their_loss_in_the_unit_of_the_target():
    chosen = point(loss=2500.0, standard_error=200.0, score=0.61, score_standard_error=0.02)
    found = summary(chosen, task="regression", loss="mean squared error", score="r2",
                    optimism={"corrected": 2600.0, "lower": 2100.0, "upper": 3100.0})  # fmt: skip
    assert said(found)[3][0] == "51 RMSE. On new rows (95 % interval 46 to 56). R² 0.61 ± 0.02."


def test_tiny_and_large_losses_are_in_powers_of_ten():
    name = "mean squared error (in units of each output's variance)"
    found = summary(point(loss=6e-7, standard_error=1e-8), task="regression", loss=name,
                    optimism={"corrected": 6.1e-7, "lower": 5e-7, "upper": 7e-7})  # fmt: skip
    assert said(found)[3][0].startswith(f"610 {name} / 1e-9. On new rows (95 % interval 500 to 700")


def test_with_class_weights_the_loss_that_chose_is_to_be_expected_and_the_plain_one_beside():
    chosen = point(plain_loss=0.05, plain_loss_standard_error=0.01)
    both = {"corrected": 0.412, "lower": 0.301, "upper": 0.541,
            "plain": {"corrected": 0.0723, "lower": 0.0512, "upper": 0.0981}}  # fmt: skip
    found = summary(chosen, loss="weighted log loss", optimism=both)
    assert said(found)[3][0] == (
        "0.41 weighted log loss. On new rows (95 % interval 0.30 to 0.54). Without class weights: "
        "log loss 0.072 (95 % interval 0.051 to 0.098). Accuracy 98.1 % ± 0.7."
    )
    # Earlier versions told the plain one alone.
    earlier = said(summary(chosen, loss="weighted log loss"))[3][0]
    assert earlier.startswith("0.07 log loss. On new")
    assert "class weights" not in earlier


def test_a_score_that_chose_is_what_to_expect():
    found = summary(criterion="score", optimism=None, verdict=verdict(gain=gain(0.012, 0.003)))
    assert said(found)[3][0] == (
        "98.1 % ± 0.7 accuracy. On the held-out rows that chose it, so new rows may do a little "
        "worse. Log loss 0.061 ± 0.006."
    )
    assert "Gain +1.2 points (95 % interval 0.6 to 1.8)." in said(found)[3][1]


def test_a_figure_that_is_the_same_on_every_fold_has_no_standard_error():
    same = point(score=0.6, score_standard_error=0.0)
    assert said(summary(same))[3][0].endswith("Accuracy 60.0 % on every fold.")
    found = summary(same, criterion="score", optimism=None)
    assert said(found)[3][0].startswith(
        "60.0 % accuracy. On the held-out rows that chose it, so new rows may do a little worse. "
        "The same on every fold."
    )
    both = point(accuracy=0.9, accuracy_standard_error=1e-17, score=0.5, score_standard_error=0.0)
    assert (
        "Accuracy 90.0 % on every fold, inflated by the majority class."
        in said(summary(both))[3][0]
    )


def test_a_gain_that_would_be_written_as_0_to_0_is_told_in_words():
    tiny = verdict("makes no difference", gain(1e-6, 2e-6))
    assert (
        "The difference is less than 0.1 % of the loss either way."
        in said(summary(verdict=tiny))[3][1]
    )


ENSEMBLE = {"n_networks": 5, "loss": 0.058, "single_loss": 0.061, "gain": {}, "sentence": ""}


def test_of_an_ensemble_it_is_said_what_one_network_alone_has():
    def expected(single, **more):
        optimism = {"corrected": 0.072, "lower": 0.031, "upper": 0.141,
                    "of_single": {"corrected": single, "lower": 0.03, "upper": 0.14}}  # fmt: skip
        return said(summary(**{"ensemble": ENSEMBLE, "optimism": optimism, **more}))[3][0]

    assert expected(0.083) == (
        "0.07 log loss. On new rows (95 % interval 0.03 to 0.14). 5 networks averaged; one alone "
        "0.08. Accuracy 98.1 % ± 0.7 for one network alone."
    )
    assert "5 networks averaged; one alone about the same." in expected(0.073)
    assert expected(0.083, optimism=None).startswith("0.058 ± 0.006 log loss.")
    assert expected(0.083, criterion="score").endswith("0.061 ± 0.006 for one network alone.")
    assert "averaged" not in said(summary(ensemble=None))[3][0]


def test_of_an_ensemble_its_own_loss_stands_beside_a_better_model_with_class_weights_too():
    chosen = point(plain_loss=0.05, plain_loss_standard_error=0.01)
    found = {"measure": "log loss", "models": [model("boosting", 0.99, -0.03)],
             "better": "boosting", "sentence": "", "level": 0.95, "folds": ""}  # fmt: skip
    own = {**ENSEMBLE, "measure": "weighted log loss"}
    weighted = {"loss": "weighted log loss", "baselines": found}
    facts = said(summary(chosen, ensemble=own, **weighted))[3]
    assert "0.058 ± 0.006 from the network at its best." in facts[0]
    assert facts[2].startswith("0.058 ± 0.006 weighted log loss.")
    # Earlier versions knew the plain loss of an ensemble alone, which is another measure.
    earlier = said(summary(chosen, ensemble={**own, "measure": "log loss"}, **weighted))[3]
    assert "0.061 ± 0.006 from the network" in earlier[0]


def test_nested_cross_validation_is_preferred_and_rows_in_time_have_no_correction():
    nested = {"loss": {"mean": 0.08, "standard_error": 0.01, "lower": 0.06, "upper": 0.1},
              "score": {"mean": 0.97, "standard_error": 0.01, "lower": 0.95, "upper": 0.99},
              "folds": [], "settings": {}}  # fmt: skip
    assert said(summary(nested=nested))[3][0].startswith(
        "0.08 log loss. On new rows (95 % interval 0.06 to 0.10) by nested cross-validation."
    )
    later = summary(optimism=None, time_order={"loss": 0.06, "sentence": ""})
    assert said(later)[3][0].startswith("0.061 ± 0.006 log loss. On later rows, which chose it,")


def test_what_is_expected_of_a_tuned_network_is_said_to_flatter_itself_unless_it_is_nested():
    flatters = "Tuning saw these rows too, which flatters the network"
    tuning = {"sentence": "", "params": {"activation": "tanh"}, "flattery": 0.0, "steps": [],
              "is_complete": True}  # fmt: skip
    nested = {"loss": {"mean": 0.08, "standard_error": 0.01, "lower": 0.06, "upper": 0.1},
              "score": {"mean": 0.97, "standard_error": 0.01, "lower": 0.95, "upper": 0.99},
              "folds": [], "settings": {}}  # fmt: skip
    for criterion in ("loss", "score"):
        assert flatters in said(summary(criterion=criterion, tuning=tuning))[3][0]
        assert (
            flatters not in said(summary(criterion=criterion, tuning=tuning, nested=nested))[3][0]
        )
        aside = {"loss": 0.08, "standard_error": 0.01, "lower": 0.06, "upper": 0.1, "n_rows": 114}
        judged = said(summary(criterion=criterion, tuning=tuning, set_aside=aside))[3][0]
        assert (flatters in judged) == (criterion == "score")
        if criterion == "loss":
            assert judged.startswith(
                "0.08 log loss. On new rows (95 % interval 0.06 to 0.10), by 114 rows that tuning "
                "did not see."
            )
        unchanged = {**tuning, "params": {}}
        assert flatters not in said(summary(criterion=criterion, tuning=unchanged))[3][0]


def test_a_network_that_underfits_is_told_what_to_change_first():
    under = verdict("underfits", None, recommendation="First try more epochs.",
                    grounds=["The network underfits: why."])  # fmt: skip
    headline, label, lead, facts = said(summary(verdict=under))
    assert (headline, label) == ("First try more epochs", "the network underfits")
    assert lead == "The network underfits: why."
    assert facts[1] == (
        "Open . Whether regularization helps can be told once the network learns more."
    )


@pytest.mark.parametrize(
    "axes",
    [{"dropout": [0.2], "weight_decay": [1.0]}, {"dropout": [0.0, 0.2]},
     {"weight_decay": [0.3, 1.0]}, {"dropout": [0.0, 0.2], "weight_decay": [0.0, 1.0]},
     {"dropout": [0.0, 0.2], "weight_decay": [0.0, 1.0], "max_norm": [None, 2.0]}],
)  # fmt: skip
@pytest.mark.parametrize("criterion", ["loss", "score"])
def test_surfaces_of_any_axes_have_an_answer(axes, criterion, monkeypatch):
    results = results_at(grid(**axes), bowl(dropout=0.2, weight_decay=1.0)
                         if len(axes) > 1 else bowl())  # fmt: skip
    found = summary_of(results, criterion=criterion)
    answer = answer_of(found).as_dict()
    assert json.loads(json.dumps(answer)) == answer
    assert answer["headline"].startswith("Use ")
    assert [each["title"] for each in answer["facts"]] == [
        "What to expect", "How sure", "What beats it",
    ]  # fmt: skip
    shown = json.dumps(answer)
    assert "nan" not in shown.lower().replace("unan", "")
    assert "-0.0" not in shown


def test_a_run_without_a_stored_answer_gets_one_when_it_is_read(run_folder):
    run = read_run(run_folder)
    assert run.summary["answer"] == answer_of(run.summary).as_dict()


def test_a_gain_without_an_interval_is_open():
    one_fold = gain(0.01, 0.0, standard_error=None, lower=None, upper=None)
    found = verdict("open", one_fold, grounds=["One fold gives no interval; five would."])
    assert said(summary(verdict=found))[3][1] == "Open . One fold gives no interval; five would."


def test_where_regularization_hurts_none_beats_it_and_the_cost_has_no_sign():
    harmful = verdict("hurts", gain(-0.02, 0.004), recommendation="Use no regularization.")
    found = baselines(model("gradient boosting", 0.1, 0.01))
    facts = said(summary(verdict=harmful, baselines=found))[3]
    assert facts[1].startswith("> 99 % that it hurts. Cost 20 % of the loss (95 % interval 1")
    assert facts[2].startswith("No regularization at all")
    assert facts[2].endswith(
        "Of other models gradient boosting comes closest: chance that it is better 10 %."
    )


def test_what_a_score_loses_is_told_in_points_and_as_a_cost_without_a_sign():
    hurts = verdict("hurts", gain(-0.051, 0.02, baseline=-0.6, constant=0.5))
    costs = summary(criterion="score", optimism=None, score="balanced accuracy", verdict=hurts)
    answer = answer_of(costs)
    assert "balanced accuracy on held-out rows by 5.1 points" in plain(answer.lead)
    assert "Cost 5.1 points (95 % interval 1.2 to 9.0)." in said(costs)[3][1]


def test_beside_a_better_model_the_network_is_shown_by_the_score_that_chose():
    found = {"measure": "accuracy", "models": [model("boosting", 0.99, -0.03)],
             "better": "boosting", "sentence": "", "level": 0.95, "folds": ""}  # fmt: skip
    facts = said(summary(criterion="score", optimism=None, baselines=found))[3]
    assert facts[2].startswith("98.1 % ± 0.7 accuracy.")
    assert "Its accuracy is better by 3.0 points (95 % interval 2.6 to 3.4)." in facts[1]
