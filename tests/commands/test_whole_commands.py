"""Commands as people type them: from a file of options, from standard input, over an older run."""

import json
import logging
import os
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from dropdecay.commands.about_install import SCHEMAS, schema_text
from dropdecay.commands.app import app
from dropdecay.report.stored import SUMMARY_SCHEMA
from tests.commands.test_app import QUICK, people

SMALL = [*QUICK, "--repeats", "1", "--no-extend"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table and a run of it, which no test changes."""
    where = tmp_path_factory.mktemp("whole")
    people().to_csv(where / "people.csv", index=False)
    done = invoke(where, "fit", "people.csv", "-t", "left", *SMALL, "-o", "run", "--json")
    assert done.exit_code == 0, done.output
    (where / "fit.json").write_text(done.stdout)
    return where


def invoke(where, *arguments, text=None):
    """Run the command line in a folder."""
    before = Path.cwd()
    os.chdir(where)
    try:
        return CliRunner().invoke(app, [str(each) for each in arguments], input=text,
                                  env={"COLUMNS": "100"})  # fmt: skip
    finally:
        os.chdir(before)


def valid(command, text):
    """The JSON of a command, checked against the schema that is published for it."""
    found = json.loads(text)
    schema = json.loads(schema_text(command))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    return found


def test_every_schema_is_a_file_and_every_file_a_schema():
    there = {each.name for each in (files("dropdecay.commands") / "schemas").iterdir()}
    assert there == {f"{name}.schema.json" for name in SCHEMAS}


def test_what_fit_prints_is_the_summary_and_follows_its_schema(folder):
    printed = valid("fit", (folder / "fit.json").read_text())
    written = json.loads((folder / "run" / "summary.json").read_text())
    assert set(written) - set(printed) == {"checksum", "results_sha256"}  # of the files
    assert printed == {name: written[name] for name in printed}
    assert printed["schema"] == SUMMARY_SCHEMA


def test_what_other_commands_print_follows_their_schemas(folder):
    compared = invoke(folder, "compare", "run", "run", "--json")
    assert len(valid("compare", compared.stdout)["runs"]) == 1
    checked = invoke(folder, "check", "people.csv", "-t", "left", "--json")
    assert valid("check", checked.stdout)["rows"] == 90
    said = valid("predict", invoke(folder, "predict", "run", "people.csv", "--json", "--id",
                                   "colour", "--proba").stdout)  # fmt: skip
    assert said["columns"] == ["colour", "proba_no", "proba_yes"]
    assert len(said["predictions"]) == 90
    exported = invoke(folder, "export", "run", "--torch", "net.safetensors", "--json")
    assert valid("export", exported.stdout)["written"] == ["net.safetensors"]
    assert "dropdecay" in valid("info", invoke(folder, "info", "--json").stdout)


def test_compare_writes_a_page_and_overwrites_nothing(folder):
    done = invoke(folder, "compare", "run", "run", "--out", "compare.html", "--json")
    assert done.exit_code == 0, done.output
    assert valid("compare", done.stdout)["runs"][0]["run"] == "run"
    page = (folder / "compare.html").read_text()
    assert page.startswith("<!doctype html>")
    assert ">run<" in page
    again = invoke(folder, "compare", "run", "--out", "compare.html")
    assert again.exit_code == 2
    assert "compare.html exists already" in again.stderr


def test_a_schema_is_printed_and_an_unknown_one_names_the_near_one(folder):
    assert json.loads(invoke(folder, "info", "--schema", "fit").stdout)["title"]
    done = invoke(folder, "info", "--schema", "predct")
    assert (done.exit_code, "Did you mean 'predict'?" in done.stderr) == (2, True)


def test_json_and_a_file_of_predictions_exclude_each_other(folder):
    done = invoke(folder, "predict", "run", "people.csv", "--json", "-o", "p.csv")
    assert (done.exit_code, "Leave one of them out." in done.stderr) == (2, True)


def test_a_run_is_reproduced_from_its_own_file_of_options(folder):
    done = invoke(folder, "fit", "--config", "run/run.toml", "-o", "again", "--json")
    assert done.exit_code == 0, done.output
    first, again = json.loads((folder / "fit.json").read_text()), json.loads(done.stdout)
    for key in ("choice", "verdict", "axes", "table_sha256"):
        assert again[key] == first[key]


def test_a_typed_option_wins_over_the_file(folder):
    done = invoke(folder, "fit", "--config", "run/run.toml", "--dry-run", "--folds", "4", "--json")
    assert valid("check", done.stdout)["forecast"]["networks"] == 4 * 4


def test_a_dry_run_tells_columns_networks_time_and_memory_and_writes_nothing(folder):
    before = {each.name for each in folder.iterdir()}
    done = invoke(folder, "fit", "people.csv", "-t", "left", *SMALL, "--dry-run")
    assert "90 rows, 5 columns" in done.stdout
    assert "for the surface (12 networks)" in " ".join(done.stdout.split())
    assert "Memory for its results: less than 1 MB" in " ".join(done.stdout.split())
    assert {each.name for each in folder.iterdir()} == before


def test_rows_may_come_from_standard_input(folder):
    rows = (folder / "people.csv").read_text()
    done = invoke(folder, "fit", "-", "-t", "left", *SMALL, "-o", "piped", text=rows)
    assert done.exit_code == 0, done.output
    checked = invoke(folder, "check", "-", "-t", "left", "--json", text=rows)
    assert json.loads(checked.stdout)["rows"] == 90
    one, other = (invoke(folder, "predict", each, "people.csv").stdout for each in ("run", "piped"))
    assert one == other


def test_force_replaces_a_run_and_nothing_else(folder):
    copy = folder / "copy"
    table = ["fit", "people.csv", "-t", "left", *SMALL, "-q"]
    assert invoke(folder, *table, "-o", "copy").exit_code == 0
    refused = invoke(folder, *table, "-o", "copy")
    assert (refused.exit_code, "exists already" in refused.stderr) == (2, True)
    before = (copy / "summary.json").stat().st_mtime_ns
    assert invoke(folder, *table, "-o", "copy", "--force").exit_code == 0
    assert (copy / "summary.json").stat().st_mtime_ns > before
    (copy / "notes.txt").write_text("mine")
    refused = invoke(folder, *table, "-o", "copy", "--force")
    assert (refused.exit_code, "holds notes.txt" in refused.stderr) == (2, True)
    assert (copy / "notes.txt").read_text() == "mine"


def test_resuming_a_finished_run_tells_its_result(folder):
    done = invoke(folder, "fit", "--resume", "run")
    answer = json.loads((folder / "run" / "summary.json").read_text())["answer"]
    assert done.exit_code == 0
    said = f"run is finished already. {answer['headline']}. {answer['lead']}"
    assert " ".join(done.stdout.split()) == " ".join(said.split())
    valid("fit", invoke(folder, "fit", "--resume", "run", "--json").stdout)


def test_verbose_tells_versions_cores_folds_and_times_and_a_log_keeps_them(folder):
    done = invoke(folder, "fit", "people.csv", "-t", "left", *SMALL, "-o", "told", "-v",
                  "--log-file", "log.txt")  # fmt: skip
    assert done.exit_code == 0, done.output
    for words in ("numpy", " cores", "3 folds, 4 points", " s to train"):
        assert words in done.stderr
        assert words in (folder / "log.txt").read_text()
    assert "Written to told" in (folder / "log.txt").read_text()
    assert not logging.getLogger("dropdecay").handlers  # a later command in this process is as ever


def test_info_names_what_a_bug_report_needs(folder):
    told = invoke(folder, "info").stdout
    for words in (f"{sys.version_info.major}.{sys.version_info.minor}", "numba", "BLAS", "kernels"):
        assert words in told
