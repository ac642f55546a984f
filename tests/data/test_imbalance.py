import json
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay import MLPClassifierCV
from dropdecay.commands.app import app
from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.views import views_of
from dropdecay.report.stored import read_run

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def skewed():
    """Return data with nine in ten rows in one class."""
    rng = np.random.default_rng(0)
    y = (np.arange(200) % 10 == 0).astype(int)
    return rng.normal(size=(200, 3)) + 1.2 * y[:, None], y


def fitted(**how):
    X, y = skewed()
    search = MLPClassifierCV(
        8, dropouts=(0, 0.3), weight_decays=(0, 1), cv=3, max_iter=25, extend=False,
        random_state=0, n_jobs=1, encoder=None, **how,
    )  # fmt: skip
    return search.fit(X, y)


def test_imbalanced_classes_are_scored_by_balanced_accuracy_with_accuracy_beside_it():
    search = fitted()
    best = search.choice_.best
    found = search.cv_results_
    at = [point == search.best_params_ for point in found["params"]].index(True)
    assert found["mean_test_accuracy"][at] == pytest.approx(best.accuracy)
    assert found["mean_test_score"][at] == pytest.approx(best.score)
    assert found["rank_test_accuracy"].min() == 1
    assert best.accuracy > best.score + 0.02  # a majority-class predictor: 0.9 against 0.5
    assert search.results_["validation_accuracy"].dims == search.results_["validation_score"].dims


def test_a_score_that_the_user_asked_for_is_reported_alone():
    assert "validation_accuracy" not in fitted(scoring="accuracy").results_


def test_summary_and_page_show_both(tmp_path):
    X, y = skewed()
    table = tmp_path / "t.csv"
    pd.DataFrame(X, columns=list("abc")).assign(y=np.where(y, "ill", "well")).to_csv(
        table, index=False
    )
    out = tmp_path / "out"
    done = CliRunner().invoke(
        app,
        ["fit", str(table), "--target", "y", "--dropout", "0,0.3", "--weight-decay", "0,1",
         "--folds", "3", "--epochs", "10", "--hidden", "8", "--jobs", "1", "--no-extend", "--out",
         str(out), "--no-baselines"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Balanced accuracy" in done.output
    summary = json.loads((out / "summary.json").read_text())
    best = summary["choice"]["best"]
    assert best["accuracy"] != best["score"]
    said = " ".join(done.output.split())
    assert re.search(r"Accuracy \d+(\.\d)? % ± [\d.]+, inflated by the majority class\.", said)
    page = (out / "report.html").read_text()
    for value in ("accuracy", "score"):
        assert f'value="{value}" aria-pressed' in page
    run = read_run(out)
    names = {view.key: view.name for view in views_of(run_of(run.results, run.summary))}
    assert names["accuracy"] == "accuracy"
    assert names["score"] == "balanced accuracy"
