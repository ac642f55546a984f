"""``--time`` on the command line: what is said, written, left out and refused."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.stored import read_run
from tests.table.test_leaks import in_periods
from tests.table.test_row_order import drifting

QUICK = ["--dropout", "0,0.3", "--weight-decay", "0", "--folds", "3", "--epochs", "3",
         "--hidden", "6", "--jobs", "1", "--no-extend"]  # fmt: skip


def table(folder, **columns):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60, 2))
    frame = pd.DataFrame({"a": values[:, 0], "b": values[:, 1]})
    frame["y"] = np.where(values[:, 0] > 0, "no", "yes")
    frame["day"] = pd.date_range("2024-01-01", periods=60).strftime("%d.%m.%Y")
    path = folder / "t.csv"
    frame.assign(**columns).sample(frac=1, random_state=0).to_csv(path, index=False)
    return path


def call(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run: its folder, what the command said, and its table."""
    folder = tmp_path_factory.mktemp("time")
    path, out = table(folder), folder / "out"
    done = call("fit", path, "--target", "y", "--time", "day", *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    return out, done, path


def test_the_column_is_left_out_and_that_is_said(run):
    out, done, _ = run
    said = " ".join(done.stderr.split())
    assert "Rows are in the order of 'day', from 2024-01-01 to 2024-02-29." in said
    assert "Nothing is learnt from this column" in said
    assert read_run(out).summary["columns"] == 2


def test_terminal_page_and_summary_set_shuffled_folds_beside_later_rows(run):
    out, done, _ = run
    sentence = read_run(out).summary["time_order"]["sentence"]
    assert sentence.startswith("Shuffled folds would say a log loss of ")
    assert sentence in " ".join(done.stdout.split())
    assert sentence in (out / "report.html").read_text()


def test_terminal_and_page_say_why_the_selection_bias_is_not_corrected(run):
    out, done, _ = run
    for said in (done.stdout, (out / "report.html").read_text()):
        assert "The selection bias of the best point is not corrected" in " ".join(said.split())
    assert json.loads((out / "summary.json").read_text())["optimism"] is None


def test_new_rows_are_predicted_with_the_column_and_without(run, tmp_path):
    out, _, path = run
    frame = pd.read_csv(path)
    frame.drop(columns=["day", "y"]).to_csv(tmp_path / "new.csv", index=False)
    assert call("predict", out, tmp_path / "new.csv").stdout == call("predict", out, path).stdout


def test_the_command_that_reproduces_the_run_names_the_column(run):
    assert "--time=day" in read_run(run[0]).summary["command"]


def test_runs_by_time_and_others_are_not_compared_without_a_word(run, tmp_path):
    out, _, path = run
    other, alike = tmp_path / "other", tmp_path / "without.csv"
    pd.read_csv(path).drop(columns="day").to_csv(alike, index=False)
    done = call("fit", alike, "--target", "y", *QUICK, "--out", other)
    assert done.exit_code == 0, done.output
    said = call("compare", out, other)
    assert "Some runs judge later rows, others shuffled ones" in said.stdout


@pytest.mark.parametrize("command", ["check", "fit"])
@pytest.mark.parametrize(
    ("day", "message"),
    [
        (["soon", "soon "] * 30, "Column 'day' holds 'soon': neither dates nor numbers"),
        ([None, *range(59)], "Column 'day': 1 row has no time"),
        ([2024] * 60, "Column 'day': all rows have the same time, 2024"),
        (
            [2022, 2023, 2024] * 20,
            "which has 2. Use --folds 2 or a finer time.",
        ),
    ],
)
def test_a_column_that_gives_no_order_is_one_clear_error(tmp_path, command, day, message):
    done = call(command, table(tmp_path, day=day), "--target", "y", "--time", "day",
                "--folds", "3")  # fmt: skip
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_one_column_is_not_both_time_and_target(tmp_path):
    done = call("check", table(tmp_path), "--target", "y", "--time", "y")
    assert "--time and --target are both 'y'" in done.stderr


def test_a_group_is_refused_with_a_sentence(tmp_path):
    done = call("fit", table(tmp_path), "--target", "y", "--time", "day", "--group", "b", *QUICK)
    assert done.exit_code == 2
    assert "--time and --group cannot be combined" in done.stderr


def test_repeats_are_not_called_cuts_where_the_folds_stay_the_same(run):
    out, done, _ = run
    page = " ".join((out / "report.html").read_text().split())
    for said in (" ".join(done.stdout.split()), page):
        assert "cuts of the same rows" not in said
    assert ", cut " not in done.stderr


def test_a_column_that_names_the_months_is_no_leak_for_later_rows(tmp_path):
    features, target, _ = in_periods()
    path = tmp_path / "months.csv"
    features.assign(y=target, when=np.arange(len(features))).to_csv(path, index=False)

    shuffled = call("check", path, "--target", "y", "--drop", "when")
    in_time = call("check", path, "--target", "y", "--time", "when")

    assert "Leak suspected: column 'month'" in " ".join(shuffled.stdout.split())
    assert "Leak" not in in_time.stdout


def test_rows_that_follow_each_other_without_a_date_are_told_how_to_be_cut(tmp_path):
    features, target = drifting(0, "classification")
    path, out = tmp_path / "t.csv", tmp_path / "out"
    features.assign(y=target).to_csv(path, index=False)

    told = " ".join(call("check", path, "--target", "y").stdout.split())
    followed = " ".join(call("check", path, "--target", "y", "--time", "row-order").stdout.split())
    done = call("fit", path, "--target", "y", "--time", "row-order", *QUICK, "--out", out)

    assert "(--time row-order, --time COLUMN or --group COLUMN)" in told
    assert "Rows are taken to stand in the order of time." in followed
    assert "share the target beyond" not in followed
    assert done.exit_code == 0, done.output
    summary = read_run(out).summary
    assert summary["columns"] == features.shape[1]
    assert summary["time_order"]["sentence"] in " ".join(done.stdout.split())
    assert "--time=row-order" in summary["command"]
    assert summary["rows_as_they_stand"]
    assert call("predict", out, path).exit_code == 0


def test_a_column_of_that_name_is_the_one_that_is_meant(tmp_path):
    path = tmp_path / "t.csv"
    frame = pd.read_csv(table(tmp_path)).rename(columns={"day": "row-order"})
    frame.to_csv(path, index=False)

    said = " ".join(call("check", path, "--target", "y", "--time", "row-order").stdout.split())

    assert "Rows are in the order of 'row-order', from 2024-01-01 to 2024-02-29." in said
