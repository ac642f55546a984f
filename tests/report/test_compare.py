import io
import json
import re
import shutil
from io import StringIO

import pytest
from hypothesis import given
from rich.console import Console
from typer.testing import CliRunner

from dropdecay.checked_json import json_text
from dropdecay.commands.app import app
from dropdecay.commands.compare import usual_settings
from dropdecay.report.compare import caveats, compare_runs, print_comparison
from dropdecay.report.stored import StoredRun, read_run
from tests.report.worlds import bowl, grid, results_at, summary_of, write_folder
from tests.strangers import EACH, LONG


@pytest.fixture
def two(run_folder, tmp_path):
    """The same run twice, the second with other folds."""
    first = shutil.copytree(run_folder, tmp_path / "first")
    second = shutil.copytree(run_folder, tmp_path / "second")
    change(second, lambda summary: summary["settings"].update(folds=9))
    return first, second


def change(folder, alter):
    summary = json.loads((folder / "summary.json").read_text())
    alter(summary)
    (folder / "summary.json").write_text(json_text(summary))


def compared(*folders):
    return compare_runs({folder.name: read_run(folder) for folder in folders})


def printed(*folders, width=200):
    said = StringIO()
    print_comparison(Console(width=width, file=said), compared(*folders), usual_settings())
    return said.getvalue()


def test_runs_stand_side_by_side_with_the_settings_that_differ_and_caveats(two):
    said = printed(*two)
    assert "folds: first 4, second 9" in said
    assert "activation" not in said
    assert "different folds: compare using the standard errors" in said


def test_a_setting_that_a_run_does_not_list_is_what_it_usually_is(two):
    listed = {
        "tune": "on",
        "criterion": "score",
        "engine": "torch",
        "scoring": "roc_auc",
        "search rows": 500,
    }
    change(two[1], lambda summary: summary["settings"].update({**listed, "of later versions": 3}))
    said = printed(*two)
    assert "tune: first off, second on" in said
    assert "criterion: first loss, second score" in said
    assert "engine: first numba, second torch" in said
    assert "scoring: first auto, second roc_auc" in said
    assert "search rows: first all, second 500" in said
    assert "of later versions: first not listed, second 3" in said


def test_each_run_shows_the_label_of_its_verdict(two):
    change(two[1], lambda summary: summary["verdict"].update(kind="probably hurts"))
    first, second = (
        next(line for line in printed(*two).splitlines() if line.split()[:1] == [name])
        for name in ("first", "second")
    )
    assert first.rstrip().endswith("regularization helps")
    assert second.rstrip().endswith("probably hurts")


def test_where_a_row_does_not_fit_each_run_is_a_block_that_leaves_nothing_out(two):
    change(two[1], lambda summary: summary["verdict"].update(kind="makes no difference"))
    first = json.loads((two[0] / "summary.json").read_text())["choice"]["chosen"]
    for width in (60, 80):
        said = printed(*two, width=width)
        assert "…" not in said
        assert all(len(line) <= width for line in said.splitlines())
        assert "first [regularization helps]\n  dropout 0.2, weight decay 0.1" in said
        assert "second [makes no difference]\n" in said
        words = " ".join(said.split())
        assert f", {first['epochs']} epochs log loss {first['loss']:.3f} ± 0.002, gap" in words
        assert re.search(r"gap 0\.\d{3}, accuracy \d\d\.\d %, expected 0\.\d{3}", words)
        assert "folds: first 4, second 9" in said
        assert "different folds" in words


def test_of_class_weights_the_weighted_loss_is_to_be_expected_or_none_where_only_the_plain_is_known(
    two,
):
    plain = {"corrected": 0.11, "lower": 0.1, "upper": 0.12}
    for folder in two:
        change(folder, lambda summary: (
            summary.update(loss="weighted log loss"),
            summary["choice"]["chosen"].update(plain_loss=0.1), summary["optimism"].update(plain),
        ))  # fmt: skip
    change(two[1], lambda summary: summary["optimism"].update(corrected=0.456, plain=plain))
    earlier, now = compared(*two)
    assert (earlier["expected"], now["expected"]) == (None, 0.456)


def test_large_losses_have_few_digits_and_a_power(two):
    for folder in two:
        change(folder, lambda summary: (
            summary["choice"]["chosen"].update(
                loss=5.0367e12, standard_error=8.2e11, gap=1.432e12
            ), summary["optimism"].update(corrected=5.2297e12),
        ))  # fmt: skip
    said = printed(*two)
    assert "5.0e12 ± 0.8e12" in said
    assert "1.4e12" in said
    assert "5.2e12" in said


def test_other_random_states_are_other_folds(run_folder, tmp_path):
    other = shutil.copytree(run_folder, tmp_path / "other")
    change(other, lambda summary: summary["settings"].update({"random state": 1}))
    assert "different folds" in caveats(compared(run_folder, other))[0]
    assert caveats(compared(run_folder, run_folder)) == []


def test_runs_on_different_tables_are_called_incomparable(two):
    change(two[1], lambda summary: summary.update(table_sha256="other"))
    assert "different tables" in printed(*two)


def test_runs_of_other_axes_have_a_column_for_every_axis_of_any(run_folder, tmp_path, more_axes):
    points = grid(max_norm=(None, 2.0), dropout=(0.0, (0.1, 0.3)))
    results = results_at(points, bowl(max_norm=None, dropout=(0.1, 0.3)))
    other = write_folder(tmp_path / "other", results, summary_of(results))
    lines = printed(run_folder, other).splitlines()
    (at,) = (k for k, line in enumerate(lines) if line.split()[:1] == ["run"])
    ends = [lines[at].find(name) + len(name) for name in ("dropout", "decay", "max-norm")]

    def values(run):
        (row,) = (line for line in lines if line.split()[:1] == [run])
        return [row[:end].split()[-1] if row[end - 1] != " " else "" for end in ends]

    assert lines[at - 1].split() == ["weight"]
    assert values("out") == ["0.2", "0.1", ""]
    assert values("other") == ["0.1/0.3", "", "none"]


def test_json_carries_the_same_and_a_folder_without_a_run_is_refused(two, tmp_path):

    def compare(*arguments):
        return CliRunner().invoke(app, ["compare", *map(str, arguments)], env={"COLUMNS": "200"})

    rows = json.loads(compare(*two, "--json").stdout)["runs"]
    summary = json.loads((two[0] / "summary.json").read_text())
    assert [row["run"] for row in rows] == [str(each) for each in two]
    assert rows[0]["chosen"] == summary["choice"]["chosen"]
    refused = compare(two[0], tmp_path)
    assert (refused.exit_code, "no finished run" in refused.stderr) == (2, True)


@EACH
@given(text=LONG)
def test_untrusted_names_of_settings_and_runs_are_shown_clean(raced_folder, text):
    run = read_run(raced_folder)
    changed = {**run.summary, "settings": {**run.summary["settings"], text: text, "rule": text},
               "verdict": {**run.summary["verdict"], "kind": text}}  # fmt: skip
    printed = io.StringIO()

    rows = compare_runs({"a": run, f"b{text}": StoredRun(run.results, changed)})
    print_comparison(Console(file=printed, width=200), rows, {})

    for line in printed.getvalue().split("\n"):
        assert line.isprintable()
