"""A file that is predicted in pieces gives the numbers that the whole file gives."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.table.written_tables import COLUMNS, written_tables

QUICK = ["--dropout", "0", "--weight-decay", "0,1", "--folds", "2", "--epochs", "2", "--hidden",
         "2", "--jobs", "1", "--repeats", "1", "--no-extend", "--batch-size", "32"]  # fmt: skip


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)


# A fit with its page takes seconds; tests/table/test_pieces.py reads hundreds of pieces.
@settings(max_examples=5)
@given(written_tables())
def test_a_file_in_pieces_is_predicted_as_the_whole_file(table):
    proba = ["--proba"] if table.rows[0][-1] in ("yes", "no") else []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        file = table.write(folder / "whole.csv")
        done = run("fit", file, "--target", "y", "--out", folder / "out", *QUICK)
        if done.exit_code == 2:  # a table that nothing can be learnt from
            return
        assert done.exit_code == 0, done.output

        def predicted(chosen):
            said = run("predict", folder / "out", table.write(folder / "part.csv", chosen), *proba)
            assert said.exit_code == 0, said.output
            return pd.read_csv(io.StringIO(said.stdout))

        expected = predicted(None)
        assert len(expected) == len(table.rows)
        in_pieces = pd.concat(map(predicted, table.pieces), ignore_index=True)
    order = np.concatenate(table.pieces)
    np.testing.assert_allclose(in_pieces, expected.iloc[order], rtol=1e-6, atol=1e-6)


N_ROWS = 60
KINDS = [
    "few codes", "codes", "versions", "dates", "days first", "points in dates", "named months",
    "dates as numbers", "zones", "two forms of dates", "clock", "decimal commas", "thousands",
    "points for thousands", "money", "minus behind", "accounts", "no-break blanks", "full width",
    "percent", "units", "unread", "truth", "perhaps", "bits", "answers", "likely words",
    "stand-ins", "ordered", "towns", "marks", "free text", "long numbers", "months in German",
    "part numbers", "rare", "spellings",
]  # fmt: skip


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A model of a table with all kinds of columns, its table as text, and what it predicts."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("pieces")
    cells = pd.DataFrame({kind: COLUMNS[kind](rng, N_ROWS) for kind in KINDS}, dtype=object)
    cells = cells.apply(lambda column: column.sample(frac=1, random_state=rng).to_numpy())
    cells = cells.mask(rng.random(cells.shape) < 0.03, "")
    cells["y"] = np.where(rng.random(N_ROWS) < 0.5, "yes", "no")
    write(cells, folder / "whole.csv")
    done = run("fit", folder / "whole.csv", "-t", "y", "--out", folder / "out", *QUICK)
    assert done.exit_code == 0, done.output
    return folder, cells, predicted(folder, folder / "whole.csv")


def write(cells, file):
    if file.suffix == ".parquet":
        cells.to_parquet(file)
    else:
        file.write_text(cells.to_csv(index=False, sep=";"), "utf-8")


def predicted(folder, file):
    text = None
    if file.name == "-":
        text = (folder / "part.csv").read_bytes()
    words = ["predict", str(folder / "out"), str(file), "--proba"]
    said = CliRunner().invoke(app, words, input=text, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    return pd.read_csv(io.StringIO(said.stdout))


@settings(max_examples=30)
@given(
    st.lists(st.integers(0, N_ROWS - 1), min_size=1, max_size=N_ROWS) | st.permutations(range(60)),
    st.sampled_from(["part.csv", "part.parquet", "-"]),
    st.booleans(),
)
@example([0], "part.csv", False)
@example([7], "-", False)
@example([59], "part.parquet", True)
def test_any_rows_of_a_file_get_the_numbers_that_they_get_in_the_whole(fitted, rows, how, with_y):
    folder, cells, expected = fitted
    part = cells.iloc[rows].drop(columns=[] if with_y else "y")
    write(part, folder / ("part.csv" if how == "-" else how))

    found = predicted(folder, folder / how if how != "-" else Path("-"))

    np.testing.assert_allclose(found, expected.iloc[rows], rtol=1e-6, atol=1e-6)
