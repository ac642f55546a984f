import io
import json

import numpy as np
import pytest
from rich.console import Console
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold, ShuffleSplit

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.commands.summary import folds_in_words
from dropdecay.data.fold_rows import repeats_of, rows_of_folds
from dropdecay.report.plot_data import surface_of
from dropdecay.report.terminal.summary import print_summary
from tests.report.terminal.screens import summary_of

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def table(n_rows=90):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, 4))
    return X, (X[:, 0] + X[:, 1] + rng.normal(size=n_rows) > 0).astype(int)


def fitted(cv, kind=MLPClassifierCV):
    X, y = table()
    search = kind(8, dropouts=(0, 0.3), weight_decays=(0, 1), cv=cv, max_iter=8, extend=False,
                  random_state=0, encoder=None, n_jobs=1, n_repeats=1)  # fmt: skip
    return search.fit(X, y if kind is MLPClassifierCV else X[:, 0] + y)


@pytest.mark.parametrize(
    ("cv", "kind"),
    [(RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0), MLPClassifierCV),
     (RepeatedKFold(n_splits=5, n_repeats=2, random_state=0), MLPRegressorCV)],
)  # fmt: skip
def test_repeats_are_detected_and_share_their_blocks_of_rows(cv, kind):
    search = fitted(cv, kind)
    results = search.results_
    assert results["repeat"].values.tolist() == [0] * 5 + [1] * 5
    rows = results["block_rows"].values
    np.testing.assert_array_equal(rows[:5].sum(axis=0), rows[5:].sum(axis=0))
    assert rows[:5].sum() == 90
    # Blocks without rows of a fold do not count: the others give the fold's mean.
    blocks = results["out_of_fold_loss"].isel(dropout=0, weight_decay=0, seed=0, epoch=3).values
    whole = results["validation_loss"].isel(dropout=0, weight_decay=0, seed=0, epoch=3).values
    np.testing.assert_allclose(
        np.nansum(np.where(rows > 0, blocks, 0) * rows, axis=1) / rows.sum(axis=1), whole,
        rtol=1e-5,
    )  # fmt: skip
    assert search.optimism_.lower < search.optimism_.corrected < search.optimism_.upper


def test_a_row_is_in_the_same_block_in_every_repeat():
    cv = RepeatedKFold(n_splits=5, n_repeats=2, random_state=0)
    blocks = np.zeros((2, 90), int)
    for number, rows in rows_of_folds(list(cv.split(np.zeros((90, 1)))), 0).items():
        blocks[number // 5, rows.validation] = rows.blocks
    np.testing.assert_array_equal(*blocks)
    assert len(set(blocks[0])) == 90


def test_the_naive_estimate_is_the_mean_over_all_folds():
    search = fitted(RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0))
    assert search.optimism_.naive == pytest.approx(search.choice_.chosen.loss, rel=1e-4)


def test_summary_is_printed_for_repeats_and_for_splits():
    for cv in (RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0),
               ShuffleSplit(4, test_size=0.3, random_state=0)):  # fmt: skip
        search = fitted(cv)
        out = io.StringIO()
        print_summary(Console(file=out, width=120), search.results_, summary_of(search))
        assert "on new rows (95 % interval" in out.getvalue()
        json.dumps(search.choice_.as_dict(), allow_nan=False)


def test_the_surface_and_settings_include_the_repeats():
    search = fitted(RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0))
    choice = search.choice_.as_dict()
    drawn = surface_of(search.results_, choice)
    at = drawn.best
    assert drawn.means.loss_error[at] == pytest.approx(choice["best"]["standard_error"])
    assert folds_in_words(search.results_) == "5 x 2"
    assert folds_in_words(fitted(5).results_) == 5
    assert "log loss" in search._repr_html_()


def test_folds_are_distinguished_from_repeats():
    a, b, c, d = (np.array(rows) for rows in ([0, 1], [2, 3], [0, 2], [1, 3]))
    assert repeats_of([a, b]).tolist() == [0, 0]
    assert repeats_of([a, b, c, d]).tolist() == [0, 0, 1, 1]
    assert repeats_of([a, b, c]).tolist() == [0, 1, 2]
    assert repeats_of([a, a]).tolist() == [0, 1]
