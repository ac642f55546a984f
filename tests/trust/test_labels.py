"""Labels that look wrong: cleanlab's answer, planted ones found, and degenerate classes."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from dropdecay.trust.labels import looks_like
from tests.trust.worlds import drawn_classes


@pytest.mark.parametrize("sure", [1.0, 4.0])
@pytest.mark.parametrize(("n_rows", "n_classes"), [(600, 2), (600, 3), (2000, 6)])
def test_the_rows_are_those_of_cleanlab(n_rows, n_classes, sure):
    filters = pytest.importorskip("cleanlab.filter", reason="cleanlab is not installed")
    said, true = drawn_classes(n_rows, n_classes, 3, sure)

    theirs = filters.find_label_issues(true, said, filter_by="confident_learning", n_jobs=1)

    ours = looks_like(said, true)
    assert np.flatnonzero(ours >= 0).tolist() == np.flatnonzero(theirs).tolist()
    assert (ours >= 0).sum() >= 10
    assert (ours != true).all()


def planted(seed, apart, n_rows=1000):
    """Three classes of points, 5 % of the labels wrong, and what folds say of them."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 3, n_rows)
    X = rng.normal(size=(n_rows, 5)) + apart * np.eye(3, 5)[true]
    wrong = rng.uniform(size=n_rows) < 0.05
    given = np.where(wrong, (true + rng.integers(1, 3, n_rows)) % 3, true)
    said = cross_val_predict(LogisticRegression(), X, given, method="predict_proba")
    own = said[np.arange(n_rows), given]
    return looks_like(said, given), own, true, wrong


# docs/trust.md states these shares: of overlapping classes, of which nobody gets more than 87 % of
# the rows right, and of classes that lie apart.
@pytest.mark.parametrize(
    ("apart", "precision", "recall", "first_20"),
    [(2.0, 0.537, 0.684, 0.885), (3.0, 0.962, 0.771, 1.0)],
)
def test_planted_wrong_labels_are_found(apart, precision, recall, first_20):
    shares = []
    for seed in range(10):
        like, own, true, wrong = planted(seed, apart)
        found = like >= 0
        assert (like[found & wrong] == true[found & wrong]).mean() > 0.9
        first = np.argsort(np.where(found, own, 2.0))[:20]
        shares.append([wrong[found].mean(), found[wrong].mean(), wrong[first].mean()])
    np.testing.assert_allclose(np.mean(shares, 0), [precision, recall, first_20], atol=0.005)


def test_a_class_without_rows_and_a_class_with_one_row_hurt_nobody():
    said, _ = drawn_classes(50, 4)
    given = np.zeros(50, int)
    given[7] = 2
    assert set(looks_like(said, given).tolist()) <= {-1, 0, 2}


@pytest.mark.parametrize("said", [[0.5, 0.5], [0.9, 0.1]])
def test_constant_predictions_show_no_wrong_labels_but_those_of_the_rarer_class(said):
    given = np.arange(20) % 2
    like = looks_like(np.tile(said, (20, 1)), given)
    assert (like[given == 0] == -1).all()


def test_three_rows():
    said = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    assert looks_like(said, np.array([0, 0, 0])).tolist() == [-1, -1, -1]
