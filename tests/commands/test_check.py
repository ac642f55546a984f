"""``dropdecay check`` tells how a table is read, and trains nothing."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay import check_table
from dropdecay.commands.app import app
from dropdecay.table.finding import CODES


@pytest.fixture
def messy(tmp_path):
    """Return a file with a column for several findings."""
    rng = np.random.default_rng(0)
    n_rows = 60
    table = pd.DataFrame({
        "": np.arange(1, n_rows + 1),
        "price": [f"${each:,.0f}" for each in rng.lognormal(7, 1, n_rows)],
        "sensor": np.where(np.arange(n_rows) % 9, rng.integers(0, 50, n_rows), -999),
        "same": "a",
        "plain": rng.normal(size=n_rows),
        "y": rng.choice(["yes", "no"], n_rows),
    })  # fmt: skip
    path = tmp_path / "messy.csv"
    table.to_csv(path, index=False)
    return path


def run(*words):
    return CliRunner().invoke(app, [str(each) for each in words])


def test_what_was_noticed_is_told_with_the_option_that_decides_otherwise(messy):
    done = run("check", messy, "--target", "y")

    assert done.exit_code == 1
    text = " ".join(done.stdout.split())
    assert "Column 'price' is read as numbers in '$'. (--as price=category)" in text
    assert "Column 'sensor': -999, in 7 rows, stands far from all other values" in text
    assert "plain" not in text
    assert "1 more column: --all lists every one." in text


def test_every_column_is_listed_on_request(messy):
    assert "plain" in run("check", messy, "--target", "y", "--all").stdout


def test_a_table_without_findings_ends_with_zero(tmp_path):
    path = tmp_path / "clean.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame({"a": rng.normal(size=40), "y": rng.choice(["u", "v"], 40)}).to_csv(
        path, index=False
    )

    done = run("check", path, "--target", "y")

    assert done.exit_code == 0
    assert "Nothing was noticed." in done.stdout


def test_ignored_findings_do_not_count(messy):
    ignored = [word for code in CODES for word in ("--ignore", code)]

    assert run("check", messy, "--target", "y", *ignored).exit_code == 0


def test_an_unknown_code_is_refused(messy):
    done = run("check", messy, "--target", "y", "--ignore", "stand-inn")

    assert done.exit_code == 2
    assert "no finding has this code. Did you mean 'stand-in'?" in done.stderr


def test_the_account_is_given_as_json(messy):
    account = json.loads(run("check", messy, "--target", "y", "--json").stdout)

    sensor = next(each for each in account["columns"] if each["column"] == "sensor")
    assert sensor["missing"] == pytest.approx(7 / 60)
    assert {each["code"] for each in account["findings"]} >= {"unit", "stand-in", "constant"}


def test_a_dry_run_of_fit_is_a_check(messy, tmp_path):
    out = tmp_path / "run"

    done = run("fit", messy, "--target", "y", "--dry-run", "--out", out)

    assert done.exit_code == 1
    assert "Column 'sensor'" in done.stdout
    assert not out.exists()


def test_fit_stops_before_training_on_a_finding_of_choice(messy, tmp_path):
    out = tmp_path / "run"

    done = run("fit", messy, "--target", "y", "--fail-on", "stand-in", "--out", out)

    assert done.exit_code == 2
    assert "Stopped by --fail-on stand-in." in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--as", "price"], "--as must be such as zip=category. Got 'price'."),
        (["--as", "price=money"], "--as price=money: a column is read as number, boolean"),
        (["--as", "pric=number"], "has no column 'pric'. Did you mean 'price'?"),
        (["--ordinal", "y=a"], "--ordinal y=a: give different words, lowest first"),
        (["--decimal", ";"], "--decimal must be one of '.', ','. Got ';'."),
        (["--drop", "y"], "--drop and --target are both 'y'."),
        (["--weight", "y"], "--weight and --target are both 'y'."),
        (["--id", "y"], "--id and --target are both 'y'."),
        (["--id", "price", "--drop", "price"], "--drop and --id are both 'price'."),
        (["--categorical", "same", "--group", "same"], "--categorical and --group are both 'same'"),
        (
            ["--categorical", "price", "--as", "price=number"],
            "--categorical price and --as price=number contradict.",
        ),
        (["--group", "sensors"], "no column 'sensors'. Did you mean 'sensor'?"),
        (["--time", "Y"], "no column 'Y'. Did you mean 'y'?"),
        (["--id", "pric"], "no column 'pric'. Did you mean 'price'?"),
        (["--categorical", "prise"], "no column 'prise'. Did you mean 'price'?"),
        (["--weight", "sensor"], "Column 'sensor', row 1: '-999' is no weight."),
    ],
)
def test_an_option_that_cannot_be_is_named(messy, words, message):
    done = run("check", messy, "--target", "y", *words)

    assert done.exit_code == 2
    assert message in done.stderr


def test_a_column_of_numbers_is_read_as_names_on_request(messy):
    done = run("check", messy, "--target", "y", "--categorical", "sensor", "--json")

    columns = {each["column"]: each["read_as"] for each in json.loads(done.stdout)["columns"]}
    assert columns["sensor"] in ("category", "text")


def test_nothing_is_learnt_from_a_column_that_names_the_rows(messy):
    done = run("check", messy, "--target", "y", "--id", "price", "--id", "sensor", "--json")

    columns = [each["column"] for each in json.loads(done.stdout)["columns"]]
    assert "plain" in columns
    assert not {"price", "sensor"} & set(columns)


def test_python_gives_the_account_as_a_table():
    table = pd.DataFrame({"a": ["$5", "$6", "$7"], "b": [1.0, None, 2.0], "c": ["x", "x", "x"]})

    account = check_table(table, ["u", "v", "u"])

    assert account["column"].tolist() == ["a", "b", "c"]
    assert account["read as"].tolist() == ["number in $", "number", "left out"]
    assert account["missing"].tolist()[:2] == [0, pytest.approx(1 / 3)]
    assert account["noticed"].tolist() == ["unit", "", "constant"]
    assert account.attrs["findings"] == [
        "Column 'a' is read as numbers in '$'. (--as a=category)",
        "Column 'c' is 'x' in every row and is left out.",
        "Classes 'v' (1), 'u' (2) of the target: fewer rows than 5 folds.",
    ]
