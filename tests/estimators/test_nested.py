import json
import re
from contextlib import suppress
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from typer.testing import CliRunner

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.commands.app import app
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import REFIT_FOLD
from dropdecay.errors import BadInput, BadSetting
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.estimators.nested import nested_folds
from dropdecay.selection.jsonable import as_plain
from dropdecay.statistics.corrected import paired_difference
from tests.data.test_imbalance import skewed

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

SMALL = {
    "hidden_layer_sizes": 8, "dropouts": (0, 0.3), "weight_decays": (0, 1), "cv": 3,
    "max_iter": 8, "extend": False, "random_state": 0, "encoder": None, "n_repeats": 1,
}  # fmt: skip


def table(n_rows=90):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(n_rows, 4))
    return X, (X[:, 0] + X[:, 1] + rng.normal(size=n_rows) > 0).astype(int)


def test_the_choice_is_made_without_the_rows_that_judge_it():
    X, y = table()
    nested = MLPClassifierCV(**SMALL, nested=True, n_jobs=1).fit(X, y).nested_
    other = y.copy()
    outer = list(KFold(3).split(X))
    cut = {**SMALL, "cv": KFold(3)}
    first = MLPClassifierCV(**cut, nested=True, n_jobs=1).fit(X, y).nested_
    other[outer[0][1]] = 1 - other[outer[0][1]]
    turned = MLPClassifierCV(**cut, nested=True, n_jobs=1).fit(X, other).nested_
    assert as_plain(turned.folds[0].chosen) == as_plain(first.folds[0].chosen)
    assert turned.folds[0].score == pytest.approx(1 - first.folds[0].score)
    assert turned.folds[0].loss != first.folds[0].loss
    assert len(nested.folds) == 3
    assert sum(nested.settings.values()) == 3


def test_mean_and_interval_are_those_of_the_corrected_variance():
    X, y = table()
    nested = MLPClassifierCV(**SMALL, nested=True, n_jobs=1).fit(X, y).nested_
    losses = np.array([fold.loss for fold in nested.folds])
    expected = paired_difference(losses, 0.5)
    assert asdict(nested.loss) == pytest.approx(asdict(expected))
    assert nested.loss.standard_error == pytest.approx(
        losses.std(ddof=1) * np.sqrt(1 / 3 + 30 / 60)
    )


def test_it_is_the_same_for_any_number_of_threads_and_changes_nothing_else():
    X, y = table()
    plain, one, two = (
        MLPClassifierCV(**SMALL, nested=nested, n_jobs=n_jobs).fit(X, y)
        for nested, n_jobs in ((False, 1), (True, 1), (True, 2))
    )
    assert one.nested_ == two.nested_ or str(one.nested_) == str(two.nested_)
    assert plain.nested_ is None
    np.testing.assert_array_equal(plain.predict_proba(X), one.predict_proba(X))


def test_losses_of_values_are_in_their_own_units():
    X, _ = table()
    small, large = (
        MLPRegressorCV(**SMALL, nested=True, n_jobs=1).fit(X, unit * X[:, 0]).nested_.loss
        for unit in (1, 1000)
    )
    assert large.mean == pytest.approx(1e6 * small.mean, rel=1e-3)
    assert large.lower == pytest.approx(1e6 * small.lower, rel=1e-2)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        # A fold of the surface as well, which is met first.
        (slice(0, 30), "All validation rows of fold 0 have weight 0"),
        (slice(30, 50), "All validation rows of inner fold 0 of outer fold 0 have weight 0"),
        (slice(0, 20), "All validation rows of inner fold 0 of outer fold 1 have weight 0"),
        (slice(20, 40), "All validation rows of inner fold 1 of outer fold 2 have weight 0"),
    ],
)
def test_an_inner_fold_without_weight_is_refused_before_anything_is_trained(rows, message):
    X, y = table()
    weights = np.ones(90)
    weights[rows] = 0.0
    trained = []
    search = MLPClassifierCV(**{**SMALL, "cv": KFold(3)}, nested=True, n_jobs=1)
    with pytest.raises(BadInput, match=message):
        search.fit_with_hooks(X, y, sample_weight=weights, on_fit=lambda *fit: trained.append(fit))
    assert trained == []


def test_an_outer_fold_without_weight_is_refused_before_anything_is_trained():
    X, y = table()
    search = MLPClassifierCV(**SMALL, nested=True, n_jobs=1)
    _, held = nested_folds(task_from_arrays(search, X, y, None, None))[0].outer
    trained = []
    with pytest.raises(BadInput, match="All validation rows of outer fold 0 have weight 0"):
        search.fit_with_hooks(
            X, y, sample_weight=~np.isin(np.arange(90), held), on_fit=lambda *_: trained.append(1)
        )
    assert trained == []


def test_groups_stay_together_and_a_list_of_folds_is_refused():
    X, y = table()
    groups = np.arange(90) // 6
    assert len(MLPClassifierCV(**SMALL, nested=True).fit(X, y, groups).nested_.folds) == 3
    with pytest.raises(BadSetting, match="list of folds"):
        MLPClassifierCV(**{**SMALL, "cv": list(KFold(3).split(X))}, nested=True).fit(X, y)
    with pytest.raises(BadSetting, match="True or False"):
        MLPClassifierCV(**SMALL, nested="yes").fit(X, y)


def test_the_command_line_prints_a_line_and_keeps_it(tmp_path):
    X, y = skewed()
    path, out = tmp_path / "t.csv", tmp_path / "out"
    pd.DataFrame(X, columns=list("abc")).assign(y=np.where(y, "ill", "well")).to_csv(
        path, index=False
    )
    done = CliRunner().invoke(
        app,
        ["fit", str(path), "--target", "y", "--dropout", "0,0.3", "--weight-decay", "0,1",
         "--folds", "3", "--epochs", "5", "--hidden", "8", "--jobs", "1", "--no-extend", "--out",
         str(out), "--nested", "--no-baselines"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    said = " ".join(done.output.split())
    assert re.search(r"log loss [\d.]+ on new rows \(95 % interval .*\) by nested cross-val", said)
    assert "outer fold 3 of 3" in said
    summary = json.loads((out / "summary.json").read_text())
    assert len(summary["nested"]["folds"]) == 3
    assert "Nested cross-validation" in (out / "report.html").read_text()
    assert "--nested" in summary["command"]


class Killed(Exception):
    """In place of a signal."""


def fitted(X, y, *, killed_after=None, **how):
    """Fit; return the search and the runs that were trained for it.

    The networks of the folds, which no store keeps, are not asked for.
    """
    asked = {**SMALL, "nested": True, "keep_folds": False, **how}
    search, trained, n_nested = MLPClassifierCV(**asked), [], 0

    def engine(problem, runs, **options):
        for fit in train(problem, runs, **options):
            trained.append(fit.run)
            yield fit

    def on_nested_fit(fit, done, total):
        nonlocal n_nested
        n_nested += 1
        if n_nested == killed_after:
            raise Killed

    search._engine = lambda: ChosenEngine(engine)
    with suppress(Killed):
        search.fit_with_hooks(X, y, on_nested_fit=on_nested_fit)
    return search, trained


@pytest.mark.parametrize("fixed_epochs", [False, True])
def test_an_interrupted_one_goes_on_from_the_store_with_the_same_numbers(tmp_path, fixed_epochs):
    X, y = table()
    how = {"fixed_epochs": fixed_epochs}
    whole, runs = fitted(X, y, **how)
    how["store"] = tmp_path / "runs.db"
    _, before = fitted(X, y, killed_after=17, **how)
    resumed, after = fitted(X, y, **how)
    assert str(resumed.nested_) == str(whole.nested_)
    assert np.array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    if fixed_epochs:
        # An engine hands on one or two fits more than were told of. The refit is not kept.
        assert len(runs) <= len(before) + len(after) <= len(runs) + 1
    _, again = fitted(X, y, **how)
    assert [run.fold for run in again if not run.ends_with_point] == [REFIT_FOLD]


def test_other_rows_of_an_outer_fold_have_another_name():
    X, y = table()
    folds = nested_folds(task_from_arrays(MLPClassifierCV(**SMALL), X, y))
    names = {fold.name for fold in folds}
    names |= {replace(fold, seed=1).name for fold in folds}
    names |= {replace(fold, inner=fold.inner[::-1]).name for fold in folds}
    assert len(names) == 9
