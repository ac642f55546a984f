import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, make_scorer

from dropdecay.data.scoring import check_scoring_fits, is_imbalanced, make_score, score_name
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


CLASSES = {
    "two": class_target(np.array([0, 1] * 9), "log_loss", np.float32),
    "text": class_target(np.array(["no", "yes"] * 9), "log_loss", np.float32),
    "three": class_target(np.arange(18) % 3, "log_loss", np.float32),
    "labels": class_target(np.eye(3, dtype=int)[np.arange(18) % 3], "log_loss", np.float32),
}
VALUES = {
    "numbers": np.linspace(-1.0, 1.0, 18),
    "counts": np.arange(18) % 3.0,
    "outputs": np.linspace(-1.0, 1.0, 36).reshape(18, 2) * [50_000, 0.5],
}
TARGETS = CLASSES | {
    name: value_target(y, np.float32, standardize=True) for name, y in VALUES.items()
}


@pytest.mark.parametrize(
    ("name", "scoring", "words"),
    [
        ("text", "r2", "2 classes: "),
        ("three", "f1", r"3 classes: .* Use scoring='f1_macro' or scoring='f1_weighted'\.$"),
        ("three", "roc_auc", r"3 classes: .* Use scoring='roc_auc_ovr' or scoring='accuracy'\.$"),
        ("text", "f1", "2 classes: .*pos_label=1 is not a valid label.* Use scoring='f1_macro'"),
        ("labels", "f1", "3 labels: .* Use scoring='f1_macro'"),
        ("numbers", "roc_auc", "numbers: .*the estimator has none.* Use scoring='r2'"),
        ("numbers", "neg_mean_gamma_deviance", "numbers: .*strictly positive"),
        ("outputs", "neg_mean_poisson_deviance", "2 outputs: .* Use scoring='r2'"),
    ],
)
def test_a_scorer_for_another_kind_of_target_is_refused_with_one_that_fits(name, scoring, words):
    with pytest.raises(
        BadSetting, match=f"^scoring='{scoring}' cannot score this target of {words}"
    ):
        check_scoring_fits(scoring, TARGETS[name])


@pytest.mark.parametrize(
    ("scoring", "words"),
    [
        (lambda estimator, X, y: float("nan"), "it gives nan for good predictions"),
        (lambda estimator, X, y: float("inf"), "it gives inf"),
        (lambda estimator, X, y: None, "TypeError: must be real number, not NoneType"),
        (lambda estimator, X, y: X["age"].mean(), "IndexError"),
        (make_scorer(f1_score), "ValueError: .*continuous"),
    ],
)
def test_a_scorer_of_the_user_is_called_once_on_made_up_answers(scoring, words):
    with pytest.raises(BadSetting, match=rf"^scoring \(.*\) cannot score .* numbers: ({words})"):
        check_scoring_fits(scoring, TARGETS["numbers"])


def test_a_scorer_sees_predictions_that_vary_and_probabilities_within_their_limits():
    def correlation(estimator, X, y):
        return np.corrcoef(estimator.predict(X), y)[0, 1]

    def log_odds(estimator, X, y):
        return np.log(estimator.predict_proba(X)).mean()

    check_scoring_fits(correlation, TARGETS["numbers"])
    check_scoring_fits(log_odds, TARGETS["three"])


@pytest.mark.parametrize("name", ["counts", "numbers", "outputs"])
def test_a_scorer_sees_the_values_exactly_as_they_were_given(name):
    seen = []

    check_scoring_fits(lambda estimator, X, y: seen.append(y) or 1.0, TARGETS[name])

    np.testing.assert_array_equal(seen[0], VALUES[name])


@pytest.mark.parametrize(
    ("name", "scoring"),
    [
        ("counts", "neg_mean_poisson_deviance"),  # though some are 0
        ("counts", "neg_mean_squared_log_error"),
        ("outputs", "r2"),
        ("labels", "roc_auc"),
        ("labels", "f1_samples"),
        ("two", "f1"),
        *((name, scoring) for name in ("two", "text", "three")
          for scoring in ("neg_log_loss", "roc_auc_ovr", "top_k_accuracy", "f1_macro")),
    ],
)  # fmt: skip
def test_scorers_that_fit_are_taken(name, scoring):
    check_scoring_fits(scoring, TARGETS[name])


@pytest.mark.parametrize("scoring", [["r2"], {"a": "r2"}, ("r2", "max_error"), 3])
def test_only_one_scorer_is_taken(scoring):
    kind = type(scoring).__name__
    with pytest.raises(BadSetting, match=f"^scoring must be one scorer: .* Got a {kind}"):
        check_scoring_fits(scoring, TARGETS["numbers"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mse", "neg_mean_squared_error"),
        ("mean_absolute_error", "neg_mean_absolute_error"),
        ("AUC", "roc_auc"),
        ("R2", "r2"),
        ("log_loss", "neg_log_loss"),
        ("accurracy", "accuracy"),
    ],
)
def test_a_name_that_is_not_scikit_learns_is_answered_with_the_one_that_is(typed, meant):
    with pytest.raises(BadSetting, match=f"Did you mean '{meant}'"):
        check_scoring_fits(typed, TARGETS["two"])
