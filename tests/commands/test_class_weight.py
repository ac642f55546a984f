"""Classes weigh what ``--class-weight`` says, as ``class_weight=`` does in Python."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay import MLPClassifierCV
from dropdecay.commands.app import app
from dropdecay.commands.fit import quiet_warnings

SMALL = [
    "--dropout", "0,0.3", "--weight-decay", "0,1", "--folds", "2", "--epochs", "4", "--hidden",
    "3", "--jobs", "1", "--no-extend", "--repeats", "1", "--no-baselines", "--json", "--quiet",
]  # fmt: skip
CLASSES = {
    "text": (np.array(["no", "yes, at = once"]), "yes, at = once=5", "yes, at = once"),
    "numbers": (np.array([0, 1]), "1=5", 1),
    "truths": (np.array([False, True]), "true=5", True),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(classes=CLASSES["text"][0], name="t.csv"):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 4 == 0
    X = pd.DataFrame(rng.normal(size=(60, 2)) + y[:, None], columns=["a", "b"])
    X.assign(y=classes[y.astype(int)]).to_csv(name, index=False)
    return X, classes[y.astype(int)]


def fit(*arguments):
    done = CliRunner().invoke(app, ["fit", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_class_under_two_names_has_one_weight():
    table(CLASSES["numbers"][0])
    typed = ["--class-weight", "1=2", "--class-weight", "1.0=3"]
    done = CliRunner().invoke(app, ["fit", "t.csv", "-t", "y", *SMALL, *typed, "--out", "run"])
    assert done.exit_code == 2
    assert "--class-weight gives class '1' two weights. Give it one." in done.output


@pytest.mark.parametrize("kind", CLASSES)
def test_a_class_is_named_as_the_table_names_it_and_the_numbers_are_those_of_python(kind):
    classes, typed, name = CLASSES[kind]
    X, y = table(classes)
    found = fit("t.csv", "-t", "y", *SMALL, "--class-weight", typed, "--out", "run")
    search = MLPClassifierCV(
        (3,), dropouts=(0.0, 0.3), weight_decays=(0.0, 1.0), cv=2, max_iter=4, n_jobs=1,
        extend=False, n_repeats=1, baselines=False, random_state=0, class_weight={name: 5.0},
    )  # fmt: skip
    with quiet_warnings():
        search.fit(X, y)
    assert found["loss"] == "weighted log loss"
    best = search.choice_.as_dict()["best"]
    assert found["choice"]["best"]["point"] == best["point"]
    assert found["choice"]["best"]["loss"] == pytest.approx(best["loss"], rel=1e-12)
    assert found["settings"]["class weights"] == typed


def test_balanced_and_the_file_of_options_train_the_same_run_again():
    table()
    first = fit("t.csv", "-t", "y", *SMALL, "--class-weight", "balanced", "--out", "one")
    assert first["settings"]["class weights"] == "balanced"
    assert "--class-weight=balanced" in first["command"]
    assert 'class-weight = ["balanced"]' in Path("one/run.toml").read_text()
    again = fit("--config", "one/run.toml", "--json", "--quiet", "--out", "two")
    assert again["choice"] == first["choice"]
    assert again["loss"] == "weighted log loss"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--class-weight", "balancd"], "Got 'balancd'. Did you mean 'balanced'?"),
        (["--class-weight", "yes"], "must be balanced, alone, or CLASS=WEIGHT such as yes=5."),
        (["--class-weight", "yes=-2"], "a weight is a finite number, 0 or larger. Got '-2'."),
        (["--class-weight", "yes=inf"], "a weight is a finite number, 0 or larger. Got 'inf'."),
        (["--class-weight", "yes=nan"], "a weight is a finite number, 0 or larger. Got 'nan'."),
        (["--class-weight", "yes=much"], "a weight is a finite number, 0 or larger. Got 'much'."),
        (["--class-weight", "yes=1", "--class-weight", "yes=2"], "gives class 'yes' two weights."),
        (["--class-weight", "balanced", "--class-weight", "a=1"], "balanced, alone"),
        (["--class-weight", "a=1", "--task", "regression"], "--class-weight a=1 needs classes"),
    ],
)
def test_what_no_table_could_make_good_is_refused_before_one_is_looked_for(arguments, words):
    done = CliRunner().invoke(app, ["fit", "no.csv", "-t", "y", *arguments])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("dropdecay: --class-weight")
    assert words in line


@pytest.mark.parametrize(
    ("target", "typed", "words"),
    [
        ("y", "yess=2", "--class-weight names 'yess', and there is no such class. Did you mean "),
        ("a", "1=2", "--class-weight 1=2 needs classes, and the target holds numbers."),
    ],
)
def test_what_the_table_does_not_have_is_refused_before_anything_is_trained(target, typed, words):
    table(np.array(["no", "yes"]))
    done = CliRunner().invoke(
        app, ["fit", "t.csv", "-t", target, *SMALL, "--class-weight", typed, "--out", "run"]
    )
    assert done.exit_code == 2
    assert words in done.stderr.splitlines()[-1]


def test_weights_that_leave_no_row_any_weight_are_refused():
    table(np.array(["no", "yes"]))
    weights = ["--class-weight", "no=0", "--class-weight", "yes=0"]
    done = CliRunner().invoke(app, ["fit", "t.csv", "-t", "y", *SMALL, *weights])
    assert done.exit_code == 2
    assert "have weight 0" in done.stderr
