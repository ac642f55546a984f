import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

import dropdecay
from dropdecay.commands.app import app

QUICK = ["--dropout", "0,0.3", "--weight-decay", "0,1", "--folds", "3", "--epochs", "6",
         "--hidden", "8", "--jobs", "1"]  # fmt: skip


def people(n_rows=90, seed=0):
    """A messy table: text, gaps, a date, a truth; the target depends on age and colour."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, n_rows).astype(float)
    colour = rng.choice(["red", "green", "blue"], n_rows)
    left = (age > 50) ^ (colour == "red")
    age[::11] = np.nan
    return pd.DataFrame(
        {
            "age": age,
            "colour": colour,
            "since": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 999, n_rows), "D"),
            "member": rng.random(n_rows) < 0.5,
            "income": rng.lognormal(10, 1, n_rows),
            "left": np.where(left, "yes", "no"),
        }
    )


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command line inside an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def invoke(*arguments):
        return CliRunner().invoke(app, [str(each) for each in arguments])

    return invoke


@pytest.fixture
def table(tmp_path):
    people().to_csv(tmp_path / "people.csv", index=False)
    return "people.csv"


def test_fit_writes_a_folder_named_after_the_table_and_predict_reads_it(run, table, tmp_path):
    done = run("fit", table, "--target", "left", *QUICK)

    assert done.exit_code == 0, done.output
    folder = tmp_path / "people-dropdecay"
    assert sorted(path.name for path in folder.iterdir()) == [
        "model", "report.html", "results.nc", "rows.csv", "run.toml", "summary.json",
    ]  # fmt: skip
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["task"] == "classification"
    assert summary["choice"]["best"]["point"]["dropout"] in summary["axes"][0]["values"]
    with xr.open_dataset(folder / "results.nc", engine="scipy") as results:
        assert results.sizes["fold"] == 3

    predicted = run("predict", folder, table, "--out", "predictions.csv")
    assert predicted.exit_code == 0, predicted.output
    assert set(pd.read_csv(tmp_path / "predictions.csv")["prediction"]) <= {"yes", "no"}
    proba = run("predict", folder, table, "--proba")
    header, first, *_ = proba.stdout.splitlines()
    assert header == "proba_no,proba_yes"
    assert sum(map(float, first.split(","))) == pytest.approx(1, abs=1e-5)


def test_predictions_are_those_of_the_fitted_estimator_and_rows_may_lack_the_target(
    run, table, tmp_path
):
    run("fit", table, "--target", "left", *QUICK, "--out", "here")
    later = people(20, seed=1).drop(columns="left")
    later[later.columns[::-1]].to_csv(tmp_path / "later.csv", index=False)

    said = run("predict", "here", "later.csv")

    model = dropdecay.load_model(tmp_path / "here" / "model")
    assert said.stdout.splitlines()[1:] == list(model.predict(pd.read_csv(tmp_path / "later.csv")))


def test_the_summary_tells_answer_surface_files_and_what_to_do_next(run, table):
    done = run("fit", table, "--target", "left", *QUICK)
    for part in ("What to expect", "How sure", "What beats it", "★ best", "refitted on all 90 rows",
                 "networks for the surface", "Written to", "new_rows.csv --proba"):  # fmt: skip
        assert part in done.stdout
    assert re.search(
        r"90 rows, 5 columns, classification \((yes|no) \d+, (yes|no) \d+\)", done.stderr
    )


def test_axes_are_extended_with_a_notice_unless_switched_off(run, table):
    rising = ["--dropout", "0", "--weight-decay", "0,0.001,0.003", "--folds", "3", "--epochs", "20",
              "--hidden", "64", "--lr", "0.01", "--jobs", "1"]  # fmt: skip
    grown = run("fit", table, "--target", "left", *rising, "--out", "grown", "--json")
    held = run("fit", table, "--target", "left", *rising, "--out", "held", "--json", "--no-extend")

    summary = json.loads(grown.stdout)
    assert summary["notices"][0] in grown.stderr
    assert summary["notices"][0].startswith("The best weight decay, 0.003, was at the edge")
    assert json.loads(held.stdout)["notices"] == []
    assert json.loads(held.stdout)["choice"]["edges"][0]["value"] == 0.003


def test_race_is_auto_on_or_off(run, table):
    refused = run("fit", table, "--target", "left", *QUICK, "--race", "yes")
    assert refused.exit_code == 2
    assert "--race must be one of 'auto', 'on', 'off'. Got 'yes'." in refused.stderr
    raced = run("fit", table, "--target", "left", *QUICK, "--race", "on", "--json")
    assert json.loads(raced.stdout)["asked"]["race"] is True


def test_standard_output_is_nothing_but_json(run, table):
    done = run("fit", table, "--target", "left", *QUICK, "--json")
    assert json.loads(done.stdout)["verdict"]["sentence"]


def test_the_same_seed_gives_the_same_numbers(run, table):
    choices = []
    for place, seed in (("a", 1), ("b", 1), ("c", 2)):
        where = ("--json", "--out", place, "--random-state", seed)
        choices.append(json.loads(run("fit", table, "--target", "left", *QUICK, *where).stdout))
    one, same, other = (each["choice"] for each in choices)
    assert one == same
    assert one != other


def test_a_numeric_target_is_regressed_in_its_own_units(run, table, tmp_path):
    done = run("fit", table, "--target", "income", *QUICK)
    assert done.exit_code == 0, done.output
    assert "mean squared error" in done.stdout
    said = run("predict", "people-dropdecay", table)
    values = [float(line) for line in said.stdout.splitlines()[1:]]
    assert 1000 < np.median(values) < 200_000
    refused = run("predict", "people-dropdecay", table, "--proba")
    assert (refused.exit_code, "needs a classifier" in refused.stderr) == (2, True)


def test_a_group_column_is_not_a_feature_and_may_be_in_a_later_table(run, tmp_path):
    frame = people().assign(household=np.arange(90) % 12)
    frame.to_csv(tmp_path / "grouped.csv", index=False)
    done = run("fit", "grouped.csv", "--target", "left", "--group", "household", *QUICK)
    assert "90 rows, 5 columns" in done.stderr
    assert run("predict", "grouped-dropdecay", "grouped.csv").exit_code == 0


@pytest.mark.parametrize("ending", ["csv.gz", "tsv", "parquet", "feather"])
def test_tables_come_in_several_forms(run, tmp_path, ending):
    path, frame = tmp_path / f"people.{ending}", people(40)
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "feather":
        frame.to_feather(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    done = run("fit", path, "--target", "left", *QUICK)
    assert done.exit_code == 0, done.output


def spoiled(how):
    """A table with one thing wrong."""
    frame = people()
    if how == "empty":
        return frame.iloc[:0]
    if how == "one row":
        return frame.iloc[:1]
    if how == "one class":
        return frame.assign(left="yes")
    if how == "rare class":
        return frame.assign(left=["rare", "rare", *frame["left"][2:]])
    if how == "nothing in any column":
        return frame.assign(**dict.fromkeys(frame.columns.drop("left"), np.nan))
    if how == "infinite":
        return frame.assign(income=[np.inf, *frame["income"][1:]])
    if how == "target missing":
        return frame.assign(left=[None, *frame["left"][1:]])
    return frame.rename(columns={"colour": "age"})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("empty", ["no rows"]),
        ("one row", ["only one row"]),
        ("one class", ["left", "only one class", "yes"]),
        ("rare class", ["rare", "2 rows", "3 folds", "--folds 2"]),
        ("nothing in any column", ["No column", "holds any values"]),
        ("infinite", ["'income'", "inf", "row"]),
        ("target missing", ["'left'", "missing in 1 of 90 rows"]),
        ("twin columns", ["'age'", "more than one column"]),
    ],
)
def test_a_table_that_cannot_be_used_is_one_clear_line(run, tmp_path, how, words):
    spoiled(how).to_csv(tmp_path / "bad.csv", index=False)
    refused(run("fit", "bad.csv", "--target", "left", *QUICK), words, tmp_path, {"bad.csv"})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "lefd"], ["'lefd'", "'left'"]),
        (["--target", "left", "--dropout", "0,1.5"], ["--dropout must", "[0, 1)", "1.5"]),
        (["--target", "left", "--dropout", "0,1"], ["--dropout must", "[0, 1)", "1.0"]),
        (["--target", "left", "--dropout", "a"], ["--dropout", "numbers", "'a'"]),
        (["--target", "left", "--dropout", ","], ["--dropout", "at least one"]),
        (["--target", "left", "--weight-decay=-1"], ["--weight-decay must", "0 or larger", "-1"]),
        (["--target", "left", "--weight-decay", "nan"], ["--weight-decay must", "finite", "nan"]),
        (["--target", "left", "--hidden", "8,x"], ["--hidden", "'x'"]),
        (["--target", "left", "--epochs", "many"], ["--epochs", "'many'"]),
        (["--target", "left", "--activation", "swish"], ["--activation must", "'relu'", "'swish'"]),
        (["--target", "left", "--rule", "median"], ["--rule must", "'one_se'", "'median'"]),
        (["--target", "left", "--scoring", "accurracy"], ["--scoring", "'accuracy'", "accurracy"]),
        (["--target", "left", "--task", "clustering"], ["--task", "'regression'"]),
        (
            ["--target", "left", "--task", "regression"],
            ["'left'", "not a number", "Use --task classification"],
        ),
        (["--target", "left", "--folds", "1"], ["--folds must", "2 or larger"]),
        (["--target", "left", "--seeds", "0"], ["--seeds must", "1 or larger"]),
        (["--target", "left", "--jobs", "0"], ["--jobs must", "0"]),
        (["--target", "left", "--lr", "0"], ["--lr must", "larger than 0"]),
        (
            ["--target", "left", "--lr", "1", "--weight-decay", "2"],
            ["--weight-decay 2 times", "one step", "a smaller --lr."],
        ),
        (["--target", "left", "--epochs", "0"], ["--epochs must", "1 or larger"]),
        (["--target", "left", "--repeats", "0"], ["--repeats must", "1 or larger"]),
        (["--target", "left", "--futility", "--fixed-epochs"], ["--futility", "--fixed-epochs"]),
        (
            ["--target", "left", "--epochs", "auto", "--schedule", "cosine"],
            ["--schedule cosine", "--epochs auto", "such as --epochs 100, or --fixed-epochs."],
        ),
        (
            ["--target", "left", "--weight-decay", "tau:40", "--optimizer", "sgd"],
            ["--decay decoupled", "--optimizer adam"],
        ),
        (["--target", "left", "--group", "house"], ["'house'"]),
        (["--target", "left", "--out", "no/such/folder"], ["no folder", "no/such"]),
    ],
)
def test_an_option_that_cannot_be_used_is_one_clear_line(run, table, tmp_path, options, words):
    refused(run("fit", table, *QUICK, *options), words, tmp_path, {table})


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.csv", None, ["missing.csv"]),
        ("text.parquet", b"age,left\n1,2\n", ["text.parquet", "Parquet"]),
        ("table.ods", b"PK", ["table.ods", "spreadsheet"]),
        ("table.xlsx", b"PK", ["table.xlsx", "not an Excel file"]),
        ("nothing.csv", b"", ["nothing.csv", "empty"]),
        ("ragged.csv", b"a,left\n1,2\n1,2,3\n", ["ragged.csv", "3"]),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_line(run, tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    left = set() if content is None else {name}
    refused(run("fit", name, "--target", "left", *QUICK), words, tmp_path, left)


def refused(done, words, folder, left):
    """One line on standard error, exit code 2, and no file more than before."""
    assert done.exit_code == 2, done.output
    *_, last = done.stderr.strip().splitlines()
    assert last.startswith("dropdecay: ")
    for word in words:
        assert word in last
    assert "Traceback" not in done.output
    assert {path.name for path in folder.iterdir()} == left


def test_an_existing_folder_is_never_overwritten(run, table, tmp_path):
    (tmp_path / "people-dropdecay").mkdir()
    done = run("fit", table, "--target", "left", *QUICK)
    refused(done, ["people-dropdecay", "exists already"], tmp_path, {table, "people-dropdecay"})


def test_a_folder_that_cannot_be_is_told_before_the_table_is_read(run, table, tmp_path):
    (tmp_path / "people-dropdecay").mkdir()
    (tmp_path / "people.csv").write_bytes(b"\0\0")  # no table
    left = {table, "people-dropdecay"}
    done = run("fit", table, "--target", "left", *QUICK)
    refused(done, ["people-dropdecay", "exists already"], tmp_path, left)
    done = run("fit", table, "--target", "left", *QUICK, "--out", "no/where")
    refused(done, ["There is no folder no"], tmp_path, left)
    done = run("fit", "--resume", "elsewhere")
    refused(done, ["elsewhere.partial"], tmp_path, left)


@pytest.mark.skipif(sys.platform != "linux", reason="uses a place of Linux that nobody may write")
def test_an_unwritable_folder_is_reported_before_any_training(run, table, tmp_path):
    done = run("fit", table, "--target", "left", *QUICK, "--out", "/proc/run")
    refused(done, ["/proc/run", "cannot be written"], tmp_path, {table})
    assert "trained" not in done.stderr


def test_predicting_needs_the_same_columns_a_model_and_a_new_file(run, table, tmp_path):
    run("fit", table, "--target", "left", *QUICK, "--out", "here")
    people().drop(columns="age").rename(columns={"colour": "color"}).to_csv("other.csv")
    (tmp_path / "there.csv").write_text("kept")
    before = {path.name for path in tmp_path.iterdir()}
    for arguments, words in (
        (["here", "other.csv"], ["'age'", "'colour'", "'color'"]),
        (["nowhere", table], ["nowhere"]),
        (["here", table, "--out", "there.csv"], ["there.csv exists already"]),
        (["here", table, "--out", "no/such.csv"], ["There is no folder no to write into"]),
    ):
        refused(run("predict", *arguments), words, tmp_path, before)
    assert (tmp_path / "there.csv").read_text() == "kept"


def test_a_surface_that_diverges_everywhere_exits_with_1(run, table, tmp_path):
    done = run("fit", table, "--target", "income", *QUICK, "--optimizer", "sgd", "--lr", "1e6",
               "--weight-decay", "0")  # fmt: skip
    assert done.exit_code == 1
    assert "Lower the learning rate" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {table}


def test_version_and_help_answer_without_loading_anything_heavy():
    code = (
        "import sys, runpy; sys.argv = ['dropdecay', '--help']\n"
        "try: runpy.run_module('dropdecay', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'numba', 'sklearn', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "predict" in done.stdout
    assert done.stdout.strip().endswith("[]")
    assert CliRunner().invoke(app, ["--version"]).stdout == f"dropdecay {dropdecay.__version__}\n"


def test_help_names_arguments_and_files_and_no_python_types():
    wanted = {"predict": "predict [OPTIONS] RUN TABLE", "compare": "compare [OPTIONS] RUN...",
              "export": "export [OPTIONS] RUN", "fit": "fit [OPTIONS] [TABLE]",
              "demo": "demo [OPTIONS]"}  # fmt: skip
    for command, usage in wanted.items():
        said = CliRunner().invoke(app, [command, "--help"]).stdout
        assert usage in said
        assert not re.search("<(str|path|Path|list)|[{}]", said)
    listed = CliRunner().invoke(app, ["--help"]).stdout.split("Commands:")[1]
    assert "..." not in listed


def test_predict_for_a_table_of_numbers_and_names_needs_neither_skrub_nor_skops(run, tmp_path):
    people().drop(columns="since").to_csv(tmp_path / "people.csv", index=False)
    assert run("fit", "people.csv", "--target", "left", "--out", "m", *QUICK).exit_code == 0
    code = (
        "import sys; from dropdecay.commands.app import app\n"
        "try: app(['predict', 'm', 'people.csv'])\n"
        "finally: print({'skrub', 'skops', 'torch'} & {*sys.modules}, file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=tmp_path)  # fmt: skip

    assert len(done.stdout.splitlines()) == 91
    assert done.stderr.strip() == "set()"
