"""Intervals of scores that are no means over rows hold the truth, where it is known."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from benchmarks.score_coverage import CASES, accuracy, auc, balanced_accuracy, coverage, r2


def test_the_metrics_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    true, said = rng.random(50) < 0.3, rng.random(50)
    assert auc(true, said) == pytest.approx(roc_auc_score(true, said))
    assert balanced_accuracy(true, said) == pytest.approx(balanced_accuracy_score(true, said > 0.5))
    assert accuracy(true, said) == pytest.approx((true == (said > 0.5)).mean())
    assert r2(said, said**2) == pytest.approx(r2_score(said, said**2))


@pytest.mark.parametrize(
    "case", [CASES[0], CASES[3], CASES[4], CASES[5]], ids=lambda each: each.name
)
def test_the_gain_of_learners_from_elsewhere_is_covered_as_promised(case):
    found = coverage(case, 100, 3, elsewhere=True)
    share, _, _, count, total = found["covers"]
    assert total == 100
    # 95 % are promised; 100 tables may show less by chance.
    assert binomtest(count, total, 0.95, "less").pvalue > 0.005, share
    assert abs(found["off by"]) < 3.5 * found["off by, standard error"]
    # Jackknife variances err upwards (Efron & Stein 1981): most for AUCs of few rows nearly alike.
    assert 0.8 < found["standard deviation said"] / found["standard deviation"] < 1.5
