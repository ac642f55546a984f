"""``--cocktail`` on the command line: what is forecast, told and written."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.numbers import with_true_minus
from dropdecay.report.stored import read_run

QUICK = ["--dropout", "0,0.1", "--weight-decay", "0,0.1", "--folds", "3", "--epochs", "6", "--lr",
         "0.01", "--hidden", "4", "--jobs", "1", "--no-extend", "--no-baselines", "--repeats", "1",
         "--keep-folds", "off", "--cocktail"]  # fmt: skip
ALONE = [
    f"--axis={name}" for name in (
        "l1=0", "weight_average=0", "input_dropout=0", "cutmix=0", "dropconnect=0",
        "max_norm=none", "label_smoothing=0",
    )
]  # fmt: skip


def call(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run in which noise stayed and mixup too: its folder, and what was said."""
    folder = tmp_path_factory.mktemp("cocktail")
    a = np.random.default_rng(0).normal(size=90)
    path, out = folder / "t.csv", folder / "out"
    pd.DataFrame({"a": a, "y": np.where(np.abs(a) < 0.7, "in", "out")}).to_csv(path, index=False)
    with pytest.MonkeyPatch.context() as patched:
        said = iter([1, 1, *[0] * 99])
        patched.setattr("dropdecay.selection.tuning.taken", lambda *_: next(said))
        patched.setattr("dropdecay.selection.tuning.flattery", lambda *_: 0.0)
        done = call("fit", path, "--target", "y", *QUICK, *ALONE, "--out", out)
    assert done.exit_code == 0, done.output
    return out, done, path


def test_summary_terminal_and_page_say_what_was_tried_and_what_stayed(run):
    out, done, _ = run
    stored = read_run(out)
    tuning, page = stored.summary["tuning"], (out / "report.html").read_text()
    assert tuning["params"] == {"input_noise": "0.1", "mixup": "0.2"}
    said = with_true_minus(" ".join(tuning["sentence"].split()))
    assert said in " ".join(done.stdout.split())
    assert "What was tuned" in page
    assert page.count("in the cocktail</td>") == len(tuning["steps"]) == 4
    axes = {each["name"]: each["values"] for each in stored.summary["axes"]}
    assert (axes["input_noise"], axes["mixup"]) == ([0.0, 0.1], [0.0, 0.2])
    assert stored.summary["settings"]["cocktail"] == "on"
    assert "--cocktail" in stored.summary["command"]


def test_points_with_a_part_of_the_mixture_are_said_to_be_left_out(run):
    out, done, _ = run
    assert "left out: a part of the cocktail" in " ".join(done.stdout.split()) or (
        "a part of the cocktail" in (out / "report.html").read_text()
    )


def test_a_dry_run_counts_what_it_takes(run):
    done = call("fit", run[2], "--target", "y", *QUICK, *ALONE, "--dry-run", "--json")
    assert json.loads(done.stdout)["forecast"]["seconds_of_tuning_at_most"] > 0
