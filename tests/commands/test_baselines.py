"""Other models on the command line: judged by default, left out on request, kept in the summary."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app

SMALL = [
    "--target", "y", "--hidden", "4", "--dropout", "0,0.2", "--weight-decay", "0,1", "--folds", "3",
    "--epochs", "4", "--no-extend", "--repeats", "1", "--jobs", "1",
]  # fmt: skip


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 2))
    frame = pd.DataFrame(X, columns=["a", "b"])
    frame["y"] = np.where(X[:, 0] + 0.1 * rng.normal(size=90) > 0, "yes", "no")
    frame.to_csv("t.csv", index=False)
    return tmp_path


def fitted(*options):
    done = CliRunner().invoke(app, ["fit", "t.csv", *SMALL, *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_summary_has_them_and_the_terminal_shows_them(table):
    shown = fitted()
    found = json.loads((table / "t-dropdecay" / "summary.json").read_text())["baselines"]
    assert [each["name"] for each in found["models"]] == [
        "always the same odds", "logistic regression", "gradient boosting",
    ]  # fmt: skip
    best = min(found["models"], key=lambda each: each["loss"])
    assert found["better"] == best["name"]
    assert best["against_network"]["upper"] < 0 < best["seconds"]
    assert f"Use {best['name']} here, not this network" in " ".join(shown.split())
    assert f"In Python: {best['in_python']}" in " ".join(shown.split())


def test_they_can_be_left_out(table):
    shown = fitted("--no-baselines")
    summary = json.loads((table / "t-dropdecay" / "summary.json").read_text())
    assert summary["baselines"] is None
    assert "No other model was trained beside it." in " ".join(shown.split())
    assert "--no-baselines" in summary["command"]
