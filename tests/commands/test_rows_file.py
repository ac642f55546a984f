"""``rows.csv``, the options of classes, and what a run says of them."""

import json
import re
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from typer.testing import CliRunner

from dropdecay import load_model
from dropdecay.commands import rows_file
from dropdecay.commands.app import app
from dropdecay.commands.rows_file import _short, tell_rows, write_rows
from tests.trust.worlds import drawn_classes, found_of

QUICK = ["--dropout", "0,0.2", "--weight-decay", "0", "--epochs", "20", "--hidden", "8", "--folds",
         "3", "--repeats", "1", "--no-extend", "--jobs", "1", "--lr", "0.02"]  # fmt: skip


def table(n_rows=120):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)).round(3), columns=list("xyz"))
    frame["left"] = np.where(frame.x + 0.5 * rng.normal(size=n_rows) > 0.8, "yes", "no")
    frame["size"] = (50 * frame.y + rng.normal(size=n_rows)).round(2)
    return frame


def run(folder, frame, *options):
    frame.to_csv(folder / "t.csv", index=False)
    words = ["fit", str(folder / "t.csv"), *QUICK, "--out", str(folder / "run"), *options]
    done = CliRunner().invoke(app, words)
    return done, folder / "run"


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """A run on classes, with rows that have no target, a temperature and a threshold."""
    frame = table()
    frame.loc[[0, 7], "left"] = None
    options = ["--target", "left", "--drop", "size", "--drop-missing-target", "--temperature",
               "--threshold", "1:4"]  # fmt: skip
    return frame, *run(tmp_path_factory.mktemp("classes"), frame, *options)


def test_rows_are_numbered_as_in_the_file_even_where_some_were_left_out(classes):
    frame, done, folder = classes
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(folder / "rows.csv")
    assert list(rows) == ["row", "fold", "true", "predicted", "probability", "loss", "noted"]
    assert sorted(rows["row"]) == sorted({*range(1, 121)} - {1, 8})
    assert (frame["left"].to_numpy()[rows["row"] - 1] == rows["true"]).all()
    assert set(rows["fold"]) == {1, 2, 3}
    told = json.loads((folder / "summary.json").read_text())["odd_rows"]
    assert [each["row"] for each in told["hardest"]] == rows["row"][:10].tolist()
    assert told["file"] == "rows.csv"


def test_the_last_lines_name_the_file(classes):
    _, done, folder = classes
    said = " ".join(done.output.split())
    assert "rows.csv every row, as held out" in said
    rows = pd.read_csv(folder / "rows.csv", keep_default_na=False)
    n_doubtful = rows["noted"].str.contains("label looks wrong").sum()
    assert ("Look at rows.csv:" in said) == bool(n_doubtful)


def test_the_model_has_the_temperature_and_the_threshold_that_were_asked_for(classes):
    _, _, folder = classes
    model = load_model(folder / "model")
    summary = json.loads((folder / "summary.json").read_text())
    assert model.temperature_ == pytest.approx(summary["calibration"]["temperature"], rel=1e-5)
    threshold = summary["mistakes"]["threshold"]
    assert model.threshold_ == pytest.approx(threshold["value"], rel=1e-5)
    assert model.threshold_ < 0.5
    assert (threshold["class"], threshold["measure"]) == ("yes", "cost per row")
    assert "--temperature --threshold=1:4" in summary["command"]
    assert summary["settings"]["threshold"] == "1:4"


def test_numbers_have_rows_and_values(tmp_path):
    done, folder = run(tmp_path, table(), "--target", "size", "--drop", "left")
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(folder / "rows.csv")
    assert list(rows) == ["row", "fold", "true", "predicted", "loss", "noted"]
    np.testing.assert_allclose(rows["loss"], (rows["true"] - rows["predicted"]) ** 2, rtol=1e-4)
    assert len(json.loads((folder / "summary.json").read_text())["values"]) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--temperature"], "--temperature needs classes, and the target holds numbers."),
        (["--threshold", "0.3"], "--threshold 0.3 needs classes, and the target holds numbers."),
        (["--threshold", "auc"], "--threshold must be balanced_accuracy, f1, matthews_corrcoef"),
    ],
)
def test_what_numbers_cannot_have_is_refused(tmp_path, options, said):
    done, folder = run(tmp_path, table(), "--target", "size", "--drop", "left", *options)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())
    assert not folder.exists()


def test_a_long_table_has_the_hardest_rows_and_all_that_are_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(rows_file, "MOST_ROWS", 5)
    said, true = drawn_classes(300, 3)
    found = found_of(true, said)
    write_rows(tmp_path, found)
    rows = pd.read_csv(tmp_path / "rows.csv", keep_default_na=False)
    assert len(rows) == (found.rows()["noted"] != "").sum()


def test_names_of_strangers_stay_in_their_cells(tmp_path):
    names = ('a "quoted", name', "two\nlines", "half\ud800")
    said, true = drawn_classes(30, 3)
    write_rows(tmp_path, found_of(true, said, classes=np.array(names)))
    rows = pd.read_csv(tmp_path / "rows.csv")
    assert set(rows["true"]) <= {*names[:2], "half\\ud800"}
    assert len(rows) == 30


def test_where_nothing_stands_out_nothing_is_said():
    console = Console(file=StringIO(), width=100)
    tell_rows(console, found_of(np.zeros(30, int), np.tile([0.9, 0.1], (30, 1))))
    assert console.file.getvalue() == ""
    said, true = drawn_classes(300, 3)
    tell_rows(console, found_of(true, said))
    assert re.match(r"Look at rows\.csv: \d+ labels look wrong; where", console.file.getvalue())


@pytest.mark.parametrize("unit", [1e60, 1e-60, 1.0])
def test_losses_are_written_in_any_unit(unit):
    losses = pd.Series([0.1, 0.0, np.nan]) * unit

    np.testing.assert_allclose(_short(losses), losses, rtol=1e-6)
