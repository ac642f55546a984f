"""search_rows: a part of the rows is searched, and its choice is trained on all of them."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.model_selection import KFold

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.decay_memory import Pace
from dropdecay.engine import training
from dropdecay.engine.choose import ChosenEngine
from dropdecay.errors import BadSetting
from dropdecay.estimators import part_of_rows
from dropdecay.estimators.part_of_rows import TENTH_FOLD, draw_part, tenth_of

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

N_ROWS = 2000
SMALL = {
    "hidden_layer_sizes": 8, "dropouts": (0, 0.2), "weight_decays": "tau:none,10", "cv": 3,
    "random_state": 0, "n_repeats": 1, "max_iter": 30, "extend": False, "batch_size": 32,
    "n_jobs": 1, "encoder": None, "learning_rate_init": 0.005,
}  # fmt: skip
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N_ROWS, 5)).astype(np.float32)
VALUES = X[:, 0] * X[:, 1] + 0.3 * RNG.normal(size=N_ROWS)
CLASSES = np.where(VALUES > 0.2, "up", np.where(VALUES < -0.6, "down", "flat"))


@pytest.fixture(autouse=True)
def few_rows_are_enough(monkeypatch):
    monkeypatch.setattr(part_of_rows, "LEAST", 20)


@pytest.fixture
def runs(monkeypatch):
    """Every run that is trained from now on, with its problem."""
    seen = []

    def watched(engine):
        def train(problem, runs, **how):
            for fit in engine(problem, runs, **how):
                seen.append((fit.run, problem.rows[fit.run.fold]))
                yield fit

        return train

    choose = MLPRegressorCV._engine

    def chosen(self):
        found = choose(self)
        return ChosenEngine(watched(found.train), found.identity, found.stack)

    monkeypatch.setattr("dropdecay.estimators.base_cv.BaseMLPCV._engine", chosen)
    return seen


def fitted(y=VALUES, kind=MLPRegressorCV, rows=X, fit=None, **how):
    return kind(**{**SMALL, "search_rows": 400, **how}).fit(rows, y, **(fit or {}))


def test_folds_hold_rows_of_the_part_and_the_refit_trains_on_all(runs):
    search = fitted()

    surface = [rows for run, rows in runs if 0 <= run.fold < 3]
    assert max(rows.training.max() for rows in surface) < 400
    assert {rows.training.size + rows.validation.size for rows in surface} == {400}
    tenth = next(rows for run, rows in runs if run.fold == TENTH_FOLD)
    assert (tenth.training.size, tenth.validation.size) == (1800, 200)
    last_run, last = runs[-1]
    assert sorted(last.training) == list(range(N_ROWS))
    assert last_run.epochs == search.epochs_ == search.n_iter_
    assert search.score(X, VALUES) > 0.7


def test_the_weight_decay_forgets_over_as_many_epochs_as_on_the_part(runs):
    search = fitted(weight_decay=0.5, weight_decays="auto")

    _, last = runs[-1]
    smallest = min(rows.training.size for run, rows in runs if 0 <= run.fold < 3)
    on_part = Pace(0.005, -(-smallest // 32)).memory_of(0.5)
    on_all = Pace(0.005, -(-last.training.size // 32))
    used = runs[-1][0].setting.regularization.weight_decay
    assert on_all.memory_of(used) == pytest.approx(on_part, rel=1e-6)
    assert search.results_.attrs["refit_weight_decay"] == used
    # What was found is in the numbers of the part.
    assert search.chosen_params_["weight_decay"] == 0.5


def test_a_penalty_has_no_memory_and_stays_as_it_is(runs):
    fitted(decay="l2", weight_decays=(0.01,))

    assert runs[-1][0].setting.regularization.weight_decay == 0.01


def test_the_tenth_says_how_long_by_its_own_curve(runs):
    search = fitted(max_iter=200)

    run = next(run for run, _ in runs if run.fold == TENTH_FOLD)
    assert run.adaptive
    assert search.epochs_ < run.epochs
    assert search.epochs_ != search.choice_.chosen.epochs


def test_with_fixed_epochs_nothing_is_held_out_of_all_rows(runs):
    search = fitted(fixed_epochs=True, max_iter=5)

    assert TENTH_FOLD not in {run.fold for run, _ in runs}
    assert search.epochs_ == search.choice_.chosen.epochs


def test_the_verdict_speaks_of_the_part_and_says_so():
    search = fitted()

    said = "All of this is said of networks on a random part of 400 of 2,000 rows."
    assert any(each.startswith(said) for each in search.verdict_.notes)
    assert not any(each.startswith("All of this") for each in
                   fitted(search_rows=None).verdict_.notes)  # fmt: skip


def test_outputs_are_kept_by_the_numbers_that_rows_have_in_the_whole_table():
    results = fitted().results_

    assert results["row"].attrs["sample_of"] == N_ROWS
    said = results["out_of_fold_output"].isel(recorded_point=0, output=0)
    assert said.sizes["row"] == 400
    assert np.corrcoef(said, VALUES[said["row"].values])[0, 1] > 0.7


@pytest.mark.parametrize("form", ["table", "sparse"])
def test_any_kind_of_rows_may_be_searched_in_a_part(form):
    rows = pd.DataFrame(X).add_prefix("x") if form == "table" else csr_array(X)

    search = fitted(rows=rows, encoder="auto")

    assert search.score(rows, VALUES) > 0.6
    assert search.results_.attrs["searched_rows"] == 400


def test_classes_weights_and_groups_go_with_their_rows():
    weights = np.where(CLASSES == "flat", 0.5, 1.0)

    search = fitted(CLASSES, MLPClassifierCV, class_weight="balanced",
                    fit={"sample_weight": weights, "groups": np.arange(N_ROWS) // 2})  # fmt: skip

    assert search.score(X, CLASSES) > 0.7
    assert search.results_.attrs["searched_rows"] == 400


def test_a_store_keeps_the_network_that_says_how_long(tmp_path, monkeypatch):
    first = fitted(store=tmp_path / "runs.sqlite", keep_folds=False)
    epochs, train = [], training.train_one_epoch
    monkeypatch.setattr(training, "train_one_epoch", lambda *how: epochs.append(how) or train(*how))

    again = fitted(store=tmp_path / "runs.sqlite", keep_folds=False)

    assert len(epochs) == again.epochs_ == first.epochs_  # those of the refit alone
    np.testing.assert_array_equal(again.coefs_[0], first.coefs_[0])


def test_where_hardly_any_row_would_be_left_out_all_are_searched():
    assert "searched_rows" not in fitted(search_rows=1900).results_.attrs
    assert "searched_rows" not in fitted(search_rows=5000).results_.attrs


def test_a_part_has_each_class_in_proportion_and_every_fold_has_one_of_it():
    labels = np.repeat([0, 1, 2], (1500, 480, 20))

    part = draw_part(200, N_ROWS, labels, None, 5, 0)

    assert np.bincount(labels[part]).tolist() == [150, 48, 5]
    assert (np.diff(part) > 0).all()


def test_a_part_and_a_tenth_hold_whole_groups():
    groups = np.random.default_rng(0).integers(0, 300, N_ROWS)

    part = draw_part(400, N_ROWS, None, groups, 5, 0)
    _, tenth = tenth_of(N_ROWS, None, groups, 0)

    for rows, wanted in ((part, 400), (tenth, 200)):
        assert not set(groups[rows]) & set(np.delete(groups, rows))
        assert rows.size == pytest.approx(wanted, abs=12)


@pytest.mark.parametrize(
    ("how", "fit", "message"),
    [
        ({"search_rows": 5}, {}, "search_rows must be a whole number, 20 or larger. Got 5."),
        ({}, {"times": np.arange(N_ROWS)}, "search_rows draws rows at random, and times puts"),
        ({"cv": [*KFold(3).split(X)]}, {}, "search_rows needs a number of folds or a splitter"),
    ],
)
def test_what_does_not_go_with_a_part_is_refused(how, fit, message):
    with pytest.raises(BadSetting) as caught:
        fitted(fit=fit, **how)

    assert str(caught.value).startswith(message)
