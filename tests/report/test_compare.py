import io
import json
import shutil

import pytest
from hypothesis import given
from rich.console import Console
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.report.compare import compare_runs, print_comparison
from dropdecay.report.stored import StoredRun, read_run
from tests.strangers import EACH, LONG


@pytest.fixture
def two(run_folder, tmp_path):
    """The same run twice, the second with other folds."""
    first = shutil.copytree(run_folder, tmp_path / "first")
    second = shutil.copytree(run_folder, tmp_path / "second")
    summary = json.loads((second / "summary.json").read_text())
    summary["settings"]["folds"] = 9
    (second / "summary.json").write_text(json.dumps(summary))
    return first, second


def compare(*arguments):
    return CliRunner().invoke(app, ["compare", *map(str, arguments)], env={"COLUMNS": "200"})


def test_runs_stand_side_by_side_with_the_settings_that_differ_and_doubts(two):
    done = compare(*two)
    assert done.exit_code == 0, done.output
    assert f"folds: {two[0]} 3, {two[1]} 9" in done.stdout.replace("\n", "")
    assert "activation" not in done.stdout
    assert "cut the rows differently" in done.stdout


def test_runs_on_other_tables_are_said_to_be_incomparable(two):
    summary = json.loads((two[1] / "summary.json").read_text())
    summary["table_sha256"] = "other"
    (two[1] / "summary.json").write_text(json.dumps(summary))
    assert "different tables" in compare(*two).stdout


def test_json_carries_the_same_and_a_folder_without_a_run_is_refused(two, tmp_path):
    rows = json.loads(compare(*two, "--json").stdout)
    summary = json.loads((two[0] / "summary.json").read_text())
    assert [row["run"] for row in rows] == [str(each) for each in two]
    assert rows[0]["chosen"] == summary["choice"]["chosen"]
    refused = compare(two[0], tmp_path)
    assert (refused.exit_code, "no finished run" in refused.stderr) == (2, True)


@EACH
@given(text=LONG)
def test_what_strangers_call_settings_and_runs_is_shown_clean(raced_folder, text):
    run = read_run(raced_folder)
    changed = {**run.summary, "settings": {**run.summary["settings"], text: text, "rule": text},
               "verdict": {**run.summary["verdict"], "kind": text}}  # fmt: skip
    printed = io.StringIO()

    rows = compare_runs({"a": run, f"b{text}": StoredRun(run.results, changed)})
    print_comparison(Console(file=printed, width=200), rows)

    for line in printed.getvalue().split("\n"):
        assert line.isprintable()
