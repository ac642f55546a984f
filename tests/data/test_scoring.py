import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from dropdecay.data.scoring import is_imbalanced, make_score, score_name
from dropdecay.data.targets import class_target, value_target
from dropdecay.errors import BadSetting


def target_of(counts, loss="log_loss"):
    labels = np.repeat(np.array(["a", "b", "c"])[: len(counts)], counts)
    return class_target(labels, loss, np.float32)


@pytest.mark.parametrize(("counts", "skewed"), [((30, 10), True), ((29, 10), False),
                                                ((20, 60, 25), True)])  # fmt: skip
def test_classes_are_imbalanced_from_a_ratio_of_three_on(counts, skewed):
    target = target_of(counts)
    assert is_imbalanced(target) is skewed
    assert score_name(None, target) == ("balanced accuracy" if skewed else "accuracy")
    assert (make_score(None, target) is not None) is skewed


@pytest.mark.parametrize(
    ("counts", "loss"), [((60, 15), "log_loss"), ((60, 15), "squared_error"),
                         ((60, 15, 9), "log_loss")],
)  # fmt: skip
def test_balanced_accuracy_equals_scikit_learns(counts, loss):
    target = target_of(counts, loss)
    rng = np.random.default_rng(0)
    rows = rng.permutation(sum(counts))[:40]
    outputs = rng.random((40, target.n_outputs))
    predicted = outputs.argmax(axis=1) if target.n_outputs > 1 else outputs[:, 0] > 0.5
    true = np.unique(target.labels, return_inverse=True)[1][rows]
    found = make_score(None, target)(rows, outputs)
    assert found == pytest.approx(balanced_accuracy_score(true, predicted))


def test_a_class_without_held_out_rows_does_not_count():
    target = target_of((30, 10, 10))
    rows = np.r_[0:30, 40:45]  # none of the middle class
    outputs = np.eye(3)[np.zeros(35, int)]
    assert make_score(None, target)(rows, outputs) == pytest.approx(0.5)


def test_accuracy_requested_by_name_stays_accuracy():
    assert score_name("accuracy", target_of((30, 5))) == "accuracy"


@pytest.mark.parametrize(
    ("target", "scoring", "kind"),
    [
        (class_target(np.array(["no", "yes"] * 9), "log_loss", np.float32), "r2", "classes"),
        (class_target(np.arange(18) % 3, "log_loss", np.float32), "f1", "classes"),
        (
            value_target(np.linspace(-1.0, 1.0, 18), np.float32, standardize=True),
            "roc_auc",
            "numbers",
        ),
    ],
)
def test_a_scorer_for_another_kind_of_target_is_refused_before_anything_is_trained(
    target, scoring, kind
):
    with pytest.raises(BadSetting, match=f"scoring='{scoring}' cannot score this target of {kind}"):
        make_score(scoring, target)


@pytest.mark.parametrize("scoring", ["r2", "neg_mean_poisson_deviance"])
def test_a_deviance_is_taken_though_some_rows_are_zero(scoring):
    counts = np.arange(18) % 3.0
    target = value_target(counts, np.float32, standardize=False, loss="poisson")
    assert make_score(scoring, target) is not None


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc_ovr", "top_k_accuracy", "f1_macro"])
@pytest.mark.parametrize("counts", [(20, 20), (20, 20, 20)])
def test_scorers_of_classes_and_probabilities_are_taken(scoring, counts):
    assert make_score(scoring, target_of(counts)) is not None
