"""The sentences of a verdict, for every label and every case that changes them."""

from collections import Counter

import pytest

from dropdecay.axes import Point
from dropdecay.selection.formatting import regularization
from dropdecay.selection.judgement import (
    HELPS,
    HURTS,
    LABELS,
    NO_DIFFERENCE,
    OPEN,
    PROBABLY_HELPS,
    PROBABLY_HURTS,
    label_of,
)
from dropdecay.selection.verdict_words import Answer, grounds, printed_chance, recommendation
from tests.selection.test_gain import gain_of
from tests.selection.worlds import at

CHOSEN = at(0.1, 1.0)
NONE = at(0.0, 0.0)


def answer_of(mean=0.2, error=0.05, *, chosen=CHOSEN, picks=None, **more):
    """Return an answer to a gain over a loss of 5, of which 0.05 is worth the name."""
    of_gain = {name: more.pop(name) for name in tuple(more) if hasattr(gain_of(), name)}
    gain = gain_of(mean, error, **of_gain)
    return Answer(
        **{
            "label": label_of(mean, error, gain.margin), "chosen": chosen, "epochs": 8,
            "epochs_of_none": 8, "picks": Counter(picks or {regularization(chosen): 5}),
            "gain": gain, "measure": "log loss", "by_loss": True, "n_networks": 45,
            "cuts_anew": True, **more,
        }
    )  # fmt: skip


BY_LABEL = {
    NO_DIFFERENCE: (0.01, 0.01), HELPS: (0.2, 0.05), HURTS: (-0.2, 0.05),
    PROBABLY_HELPS: (0.2, 0.12), PROBABLY_HURTS: (-0.2, 0.12), OPEN: (0.1, 0.12),
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_every_label_recommends_something(label):
    answer = answer_of(*BY_LABEL[label])
    assert answer.label == label
    assert recommendation(answer) == {
        NO_DIFFERENCE: "Use dropout 0.1 with weight decay 1 or no regularization: they are equally "
                       "good.",
        HURTS: "Use no regularization.", PROBABLY_HURTS: "Use no regularization.",
    }.get(label, "Use dropout 0.1 with weight decay 1.")  # fmt: skip


def test_a_gain_that_helps():
    assert grounds(answer_of()) == (
        "It lowers the log loss by 4 % (0.20; 95 % interval 0.10 to 0.30).",
        "Chance that it helps: more than 99 %, that it gains more than 1 %: more than 99 % "
        "(3 cuts of the same rows, 45 more networks).",
    )


def test_a_gain_that_probably_helps_says_how_many_rows_would_settle_it():
    effect, chances, rows = grounds(answer_of(0.2, 0.12, n_rows=500))
    assert effect == "It lowers the log loss by 4 % (0.20; 95 % interval -0.04 to 0.44)."
    assert chances.startswith("Chance that it helps: 95 %, that it gains more than 1 %: 89 % (3")
    assert rows == "About 1,400 rows would settle it."


def test_a_loss_is_told_in_its_own_direction_and_not_of_the_recommended_setting():
    effect, chances, *_ = grounds(answer_of(-0.2, 0.05))
    assert effect == "Regularization raises the log loss by 4 % (0.20; 95 % interval 0.10 to 0.30)."
    assert chances.startswith(
        "Chance that it helps: less than 1 %, that it gains more than 1 %: le"
    )
    effect, *_ = grounds(answer_of(-0.2, 0.12))
    assert "raises the log loss by 4 % (0.20; 95 % interval -0.04 to 0.44)." in effect


def test_no_difference_is_told_by_its_own_chance_and_asks_for_nothing_more():
    assert grounds(answer_of(0.01, 0.02)) == (
        "Regularization lowers the log loss by 0.2 % (0.01; 95 % interval -0.03 to 0.05).",
        "Chance that it makes a difference of less than 1 %: 98 % "
        "(3 cuts of the same rows, 45 more networks).",
    )


def test_where_more_networks_would_hardly_help_it_says_so():
    *_, last = grounds(answer_of(0.1, 0.12, is_exhausted=True))
    assert last == "More networks would hardly sharpen this; about 1,100 rows would settle it."


def test_an_absurd_number_of_rows_is_no_advice():
    *_, last = grounds(answer_of(0.026, 0.12))
    assert last == "No realistic number of rows would settle so small a difference."


def test_fewer_rows_than_there_are_is_no_advice_and_what_is_known_is_told():
    answer = answer_of(-0.03, 0.027, n_rows=500)
    assert answer.label == OPEN
    *_, last = grounds(answer)
    assert last == "A gain of more than 1 % is as good as ruled out already."


@pytest.mark.parametrize("label", LABELS)
def test_more_folds_are_never_the_advice_and_only_open_questions_ask_for_rows(label):
    said = " ".join(grounds(answer_of(*BY_LABEL[label])))
    assert "fold" not in said
    settled = label in (NO_DIFFERENCE, HELPS, HURTS)
    assert ("rows would settle" in said) != settled


def test_without_repeats_rows_are_unknown_and_the_folds_speak():
    said = grounds(answer_of(0.1, 0.12, n_rows=None, n_repeats=1))
    assert len(said) == 2
    assert said[1].endswith("(from the folds of the surface alone).")


def test_repeats_on_given_folds_are_no_cuts():
    assert (
        "(3 trainings on the same folds, 45 more networks)"
        in grounds(answer_of(cuts_anew=False))[1]
    )


def test_both_epochs_are_told_where_they_differ():
    said = grounds(answer_of(epochs=213, epochs_of_none=56))
    assert said[2] == (
        "Each at its own best epoch: 213 for dropout 0.1 with weight decay 1, 56 for no "
        "regularization."
    )


def test_where_folds_picked_differently_the_gain_is_that_of_the_way_of_choosing():
    picks = {"dropout 0.1 with weight decay 1": 3, "weight decay 1": 1, "dropout 0.1": 1}
    said = grounds(answer_of(picks=picks))
    assert said[0].startswith("Regularization lowers the log loss")
    assert said[-1] == (
        "The gain is that of choosing this way, each fold judging what the others picked: "
        "dropout 0.1 with weight decay 1 (3), dropout 0.1 (1), weight decay 1 (1)."
    )


def test_tuned_axes_are_named_in_the_recommendation_and_not_among_what_was_picked():
    chosen = Point.of(dropout=0.2, step_size=0.01)
    answer = answer_of(chosen=chosen, epochs=9)
    assert recommendation(answer) == "Use dropout 0.2, step size 0.01."
    assert grounds(answer)[0].startswith("It lowers")
    assert "9 for dropout 0.2, 8 for no regularization." in grounds(answer)[2]


def test_a_score_is_told_without_a_share():
    said = grounds(answer_of(measure="accuracy", by_loss=False))
    assert said[0] == "It raises the accuracy by 0.20 (95 % interval 0.10 to 0.30)."
    said = grounds(answer_of(-0.2, 0.05, measure="accuracy", by_loss=False))
    assert said[0].startswith("Regularization lowers the accuracy by 0.20 (95 % interval 0.10 to")


def test_where_none_competed_with_itself_nothing_is_proved():
    answer = answer_of(0.0, 0.0, chosen=NONE, label=OPEN)
    assert recommendation(answer) == "Use no regularization."
    assert grounds(answer) == (
        "Whichever fold was left out, the others picked no regularization, so nothing competed "
        "with it; that does not prove that it is best.",
    )


def test_where_regularization_changes_no_judgement_it_is_not_said_that_folds_picked_none():
    picks = {"dropout 0.1 with weight decay 1": 3, "no regularization": 2}
    answer = answer_of(0.0, 0.0, label=OPEN, measure="accuracy", by_loss=False, picks=picks)
    assert grounds(answer) == (
        "Wherever it was judged, regularization has the same accuracy as none: nothing tells them "
        "apart. The folds picked dropout 0.1 with weight decay 1 (3), no regularization (2).",
    )


def test_a_difference_that_no_rows_would_settle_is_told_without_a_number():
    *_, last = grounds(answer_of(0.0, 0.12, margin=0.0, baseline=0.0, by_loss=False))
    assert last == "No realistic number of rows would settle so small a difference."


def test_one_fold_has_no_interval():
    assert grounds(answer_of(0.2, float("nan"), label=OPEN)) == (
        "One fold gives no interval; five folds or more would.",
    )


@pytest.mark.parametrize(
    ("chance", "words"),
    [(1.0, "more than 99 %"), (0.9901, "more than 99 %"), (0.99, "99 %"), (0.5, "50 %"),
     (0.01, "1 %"), (0.0099, "less than 1 %"), (0.0, "less than 1 %")],
)  # fmt: skip
def test_a_chance_is_never_written_as_certain(chance, words):
    assert printed_chance(chance) == words


def test_tuned_axes_are_named_also_where_nothing_regularizes():
    tuned = Point.of(dropout=0.0, learning_rate_init=0.01)
    answer = answer_of(0.0, 0.0, chosen=tuned, label=OPEN)
    assert recommendation(answer) == "Use no regularization, learning rate 0.01."
