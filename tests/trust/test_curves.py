"""ROC and precision-recall curves and mistakes, against scikit-learn's figures."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score

from dropdecay.trust.curves import mistakes, points_for, precision_recall, roc
from tests.trust.worlds import drawn_classes

SAID, TRUE = drawn_classes(500, 2)
WEIGHT = np.random.default_rng(1).uniform(0.1, 3.0, 500)


@pytest.mark.parametrize("weight", [np.ones(500), WEIGHT], ids=["even", "weighted"])
@pytest.mark.parametrize("decimals", [1, 9])  # with ties, and without
def test_areas_are_those_of_scikit_learn(weight, decimals):
    said = SAID[:, 1].round(decimals)
    area = roc("b", said, TRUE, weight).area
    assert area == pytest.approx(roc_auc_score(TRUE, said, sample_weight=weight))
    area = precision_recall("b", said, TRUE, weight).area
    assert area == pytest.approx(average_precision_score(TRUE, said, sample_weight=weight))


def test_a_curve_is_thinned_from_end_to_end_and_keeps_its_area():
    curve = roc("b", SAID[:, 1], TRUE, WEIGHT)
    thin = curve.thinned(20)
    assert thin.x.size == 20
    assert [thin.x[0], thin.x[-1], thin.y[0], thin.y[-1]] == pytest.approx([0, 1, 0, 1])
    assert set(thin.x) <= set(curve.x)
    assert thin.area == curve.area
    assert curve.thinned(10_000).x.size == curve.x.size


@pytest.mark.parametrize("happened", [np.zeros(3, int), np.ones(3, int)])
def test_rows_of_one_class_have_no_curve(happened):
    said = np.array([0.1, 0.2, 0.3])
    assert roc("b", said, happened, np.ones(3)) is None
    assert precision_recall("b", said, happened, np.ones(3)) is None


def test_many_classes_share_the_points_of_a_file():
    assert [points_for(n) for n in (0, 1, 20, 100, 5000)] == [200, 200, 200, 40, 20]


def test_mistakes_are_the_confusion_matrix_of_all_classes():
    said, true = drawn_classes(200, 4)
    predicted = said.argmax(axis=1)
    found = mistakes(tuple("abcd"), true, predicted)
    assert (found.counts == confusion_matrix(true, predicted)).all()
    assert (found.n_rows, found.n_wrong) == (200, (true != predicted).sum())
    off = found.counts - np.diag(np.diag(found.counts))
    a, b = divmod(off.argmax(), 4)
    assert found.sentence.endswith(
        f"; most often {'abcd'[a]} is taken for {'abcd'[b]} ({off.max()})."
    )


def test_a_class_that_nobody_has_is_counted_as_none():
    found = mistakes(("a", "b", "c"), np.array([0, 0, 1]), np.array([0, 0, 1]))
    assert found.counts.tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert found.sentence == "None of 3 rows is predicted wrong."
