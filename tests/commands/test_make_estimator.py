"""Options that no table could make good are refused before a table is read."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.commands.make_estimator import check_without_table, make_estimator
from dropdecay.commands.options import fit_options
from dropdecay.errors import BadSetting
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV


def options(**values):
    return fit_options(table=Path("no.csv"), target="y", **values)


def test_the_task_says_which_estimator_it_is():
    assert type(make_estimator(options(), "classification")) is MLPClassifierCV
    assert make_estimator(options(folds=7), "regression").cv == 7
    assert type(make_estimator(options(), "regression")) is MLPRegressorCV


@pytest.mark.parametrize(
    "values",
    [
        {}, {"scoring": "r2"}, {"scoring": "roc_auc"}, {"scoring": "f1"}, {"folds": 5000},
        {"weight_decay": "tau:0.01"}, {"search_rows": 10**9}, {"cluster": "tcp://nowhere:1"},
        {"task": "regression"}, {"threshold": "f1"},
        {"batch_size": 10**6}, {"nested": True}, {"budget": 5.0}, {"folds": 100, "nested": True},
    ],
    ids=str,
)  # fmt: skip
def test_what_some_table_makes_good_is_accepted(values):
    check_without_table(options(**values))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--folds", "1"], "--folds must be a whole number, 2 or larger. Got 1."),
        (["--scoring", "accurcy"], "Got 'accurcy'. Did you mean 'accuracy'"),
        (["--scoring", "roc_auc", "--task", "regression"], "--scoring roc_auc cannot score"),
        (["--dropout", "0,1.5"], "--dropout must"),
        (["--lr", "1", "--weight-decay", "2"], "--weight-decay 2 times"),
        (["--weight-decay", "tau:40", "--optimizer", "sgd"], "--decay decoupled"),
        (["--futility", "--fixed-epochs"], "--futility"),
        (["--axis", "max_nrm=1"], "Did you mean 'max_norm'?"),
        (["--ignore", "leek"], "--ignore leek: no finding has this code. Did you mean 'leak'?"),
        (["--fail-on", "leek"], "--fail-on leek: no finding has this code."),
        (["--as", "zip=catgory"], "Did you mean 'category'?"),
        (["--decimal", ";"], "--decimal must be one of"),
        (["--dropout", "atuo"], "must be auto or numbers separated by commas"),
        (["--dropout", "atuo"], "Did you mean 'auto'?"),
        (
            ["--batch-size", "aut"],
            "auto or a whole number. Got 'aut'. Did you mean 'auto'?",
        ),
        (["--axis", "max_norm=nonne,2"], "Did you mean 'none'?"),
        (["--threshold", "balanced_acuracy"], "Did you mean 'balanced_accuracy' or 'accuracy'?"),
        (["--cluster", "proceses"], "Did you mean 'processes'?"),
        (["--encoding", "gb1803"], "Did you mean 'gb18030'"),
        (["--config", "no.toml"], "--config: there is no file no.toml. Check the path."),
        (["--seeds", "0"], "--seeds must"),
        (["--jobs", "0"], "--jobs must"),
    ],
)
def test_the_table_is_not_even_looked_for(arguments, words):
    done = CliRunner().invoke(app, ["fit", "no.csv", "--target", "y", *arguments])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert words in line


def test_an_option_must_be_bad_for_both_tasks_where_the_task_is_open():
    check_without_table(options(scoring="roc_auc"))
    with pytest.raises(BadSetting):
        check_without_table(options(scoring="roc_auc", task="regression"))
