"""``--tune`` on the command line: what is forecast, told and written."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.stored import read_run

QUICK = ["--dropout", "0.1", "--weight-decay", "0.1", "--folds", "3", "--epochs", "4", "--lr",
         "0.01", "--hidden", "4", "--jobs", "1", "--no-extend", "--no-baselines", "--repeats", "1",
         "--keep-folds", "off"]  # fmt: skip


def call(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run: its folder, what the command said, and its table."""
    folder = tmp_path_factory.mktemp("tune")
    a = np.random.default_rng(0).normal(size=90)
    path, out = folder / "t.csv", folder / "out"
    pd.DataFrame({"a": a, "y": np.where(np.abs(a) < 0.7, "in", "out")}).to_csv(path, index=False)
    done = call("fit", path, "--target", "y", "--tune", *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    return out, done, path


def test_terminal_page_and_summary_say_what_led_and_by_how_much(run):
    out, done, _ = run
    tuning = read_run(out).summary["tuning"]
    assert tuning["params"]
    assert "ahead by" in tuning["sentence"]
    assert " ".join(tuning["sentence"].split()) in " ".join(done.stdout.split())
    assert tuning["sentence"] in (out / "report.html").read_text()
    assert "Tuning: " in done.stderr


def test_the_settings_are_those_that_were_taken(run):
    summary = read_run(run[0]).summary
    printed = {
        "numeric_encoding": "numeric encoding", "category_encoding": "category encoding",
        "learning_rate_init": "learning rate", "hidden_layer_sizes": "hidden",
        "activation": "activation", "batch_size": "batch size",
    }  # fmt: skip
    for name, value in summary["tuning"]["params"].items():
        assert str(summary["settings"][printed[name]]) == value
    assert summary["settings"]["tune"] == "on"
    assert "--tune" in summary["command"]


def test_a_dry_run_counts_what_tuning_takes(run):
    path = run[2]
    done = call("fit", path, "--target", "y", "--tune", *QUICK, "--dry-run", "--json")
    assert json.loads(done.stdout)["forecast"]["seconds_of_tuning_at_most"] > 0
