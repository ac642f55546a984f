"""When a gain is a bound, and what is said of it."""

import json

import numpy as np
import pytest

from dropdecay.selection.bounds import Bound, bound_of
from dropdecay.selection.choice import choose
from dropdecay.selection.verdict import reach_verdict
from dropdecay.statistics.smoothing import evaluated_epochs
from tests.selection.worlds import adaptive

EPOCHS = np.array(evaluated_epochs(60))
DROPOUT = "dropout 0.1"


def results(*endings, gain=0.1):
    """No regularization and dropout 0.1, which gains by the loss, on four folds."""
    level = np.array([1.0, 1.0 - gain, 1.2])[: len(endings), None, None]
    folds = np.array([[0.01, -0.01, 0.02, -0.02], [0.02, -0.02, 0.01, -0.01], [0.0] * 4])
    losses = level + folds[: len(endings), :, None] + 0.2 * (1.0 - EPOCHS / 60)
    found = adaptive(losses, [60] * len(endings))
    found["training_loss"].values[:] -= 0.4  # or it would underfit
    found["ending"] = ("point", np.array(endings))
    return found


def verdict_of(found):
    return reach_verdict(found, choose(found))


@pytest.mark.parametrize(
    ("none", "pick", "said"),
    [
        ("flat", "truncated",
         "Dropout 0.1 was still falling at the last epoch, 60, so the gain is a lower bound."),
        ("truncated", "flat", "No regularization was still falling at the last epoch, 60, so the "
         "gain is an upper bound."),
        ("truncated", "truncated", "Both were still falling at the last epoch, 60, so this may "
         "change either way with more epochs."),
        ("flat", "flat", None), ("flat", "unsettled", None), ("past its minimum", "flat", None),
    ],
)  # fmt: skip
def test_a_verdict_over_points_cut_off_says_what_its_gain_is_a_bound_of(none, pick, said):
    verdict = verdict_of(results(none, pick))
    assert verdict.kind == "helps"
    if said is None:
        assert "bound" not in str(verdict)
        assert "falling" not in str(verdict)
    else:
        assert said in verdict.grounds
        assert said in json.dumps(verdict.as_dict())


def test_a_point_cut_off_that_no_fold_picked_says_nothing_of_the_gain():
    assert "falling" not in str(verdict_of(results("flat", "flat", "truncated")))


def test_with_a_fixed_number_of_epochs_nothing_is_known_of_ends():
    found = results("", "").assign_attrs(epochs="fixed")
    assert bound_of(found, [1], [0]) is None


def test_where_folds_picked_no_regularization_its_end_alone_counts():
    found = results("truncated", "flat")
    assert bound_of(found, [0, 0], [0, 0]) == Bound(frozenset(), True, 60)


def test_of_several_picks_none_is_named():
    bound = Bound(frozenset({DROPOUT, "weight decay 1"}), False, 1000)
    assert bound.sentence(DROPOUT, is_gain=True) == (
        "What folds picked was still falling at the last epoch, 1,000, so the gain is a lower "
        "bound."
    )


def test_what_is_no_gain_in_loss_has_no_bounds():
    cut, uncut = Bound(frozenset({DROPOUT}), False, 60), Bound(frozenset(), True, 60)
    assert cut.sentence(DROPOUT, is_gain=False).endswith("regularization may do better than this.")
    assert uncut.sentence(DROPOUT, is_gain=False).endswith("regularization may do worse than this.")
