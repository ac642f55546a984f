"""``dropdecay predict --interval``: the columns it adds, and what it says where there are none."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.commands.app import app
from dropdecay.commands.options import spelled
from dropdecay.errors import Parameter
from tests.commands.test_predict import QUICK, customers, fitted, printed, refused

ROWS = customers()[["age", "town"]]
CLASSES = np.where(ROWS["age"] > 50, "old", "young")
VALUES = ROWS["age"].to_numpy() * 2


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder of small models."""
    place = tmp_path_factory.mktemp("models")
    for name, estimator, y in (
        ("classes", MLPClassifierCV(**QUICK), CLASSES),
        ("off", MLPClassifierCV(**QUICK, keep_folds=False), CLASSES),
        ("labels", MLPClassifierCV(**QUICK), np.c_[CLASSES == "old", ROWS["town"] == "Ulm"] * 1),
        ("values", MLPRegressorCV(**QUICK), VALUES),
        ("three", MLPRegressorCV(**QUICK), np.c_[VALUES, -VALUES, VALUES**2]),
    ):
        save_model(fitted(estimator, y), place / name)
    single = MLPClassifier(8, max_iter=600, tol=0.1).fit(ROWS[["age"]].to_numpy(), CLASSES)
    save_model(single, place / "single")
    return place


@pytest.fixture
def ask(kept, tmp_path, monkeypatch):
    """Run ``dropdecay predict`` in a folder that holds customers.csv."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    customers().to_csv("customers.csv", index=False)
    carry = ("--id", "customer")
    return lambda model, table, *words: CliRunner().invoke(
        app, ["predict", str(kept / model), table, *carry, *words]
    )


def test_values_get_a_lower_and_an_upper_end(ask, kept):
    found = printed(ask("values", "customers.csv", "--interval", "0.8"))
    assert list(found) == ["customer", "prediction", "lower", "upper"]
    expected = load_model(kept / "values").predict_interval(ROWS, 0.8)
    np.testing.assert_allclose(found[["lower", "upper"]].astype(float), expected, rtol=1e-6)
    assert (found["lower"].astype(float) < found["upper"].astype(float)).all()


def test_each_of_several_values_has_its_own_ends(ask):
    found = printed(ask("three", "customers.csv", "--interval", "0.9"))
    assert list(found) == [
        "customer", "prediction_0", "prediction_1", "prediction_2",
        "lower_0", "upper_0", "lower_1", "upper_1", "lower_2", "upper_2",
    ]  # fmt: skip


@pytest.mark.parametrize("proba", [[], ["--proba"]])
def test_classes_get_a_set(ask, kept, proba):
    found = printed(ask("classes", "customers.csv", "--interval", "0.9", *proba))
    assert list(found)[-1] == "set"
    sets = load_model(kept / "classes").predict_set(ROWS, 0.9)
    words = {(True, False): "old", (False, True): "young", (True, True): "old | young"}
    assert found["set"].tolist() == [words[tuple(each)] for each in sets.tolist()]


def test_ends_keep_their_type_in_a_file(ask):
    assert ask("values", "customers.csv", "--interval", "0.9", "--out", "p.parquet"
                   ).exit_code == 0  # fmt: skip
    assert (pd.read_parquet("p.parquet").dtypes[2:] == np.float64).all()


@pytest.mark.parametrize("level", ["0", "1", "90", "-0.1"])
def test_a_level_that_is_no_share_is_refused_before_anything_is_read(ask, level):
    refused(ask("nowhere", "nothing.csv", "--interval", level),
            "--interval must be between 0 and 1, such as 0.9. Got", level)  # fmt: skip


def test_models_without_networks_of_folds_name_the_remedy(ask, kept):
    refused(ask("off", "customers.csv", "--interval", "0.9"),
            "--interval needs the networks of the folds", "--keep-folds on")  # fmt: skip
    refused(ask("single", "customers.csv", "--interval", "0.9"),
            "--interval needs the networks of the folds", "single network", "fit")  # fmt: skip
    refused(ask("labels", "customers.csv", "--interval", "0.9"), "many labels")
    assert spelled(Parameter("keep_folds", True)) == "--keep-folds on"
