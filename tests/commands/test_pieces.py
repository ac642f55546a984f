"""A file that is predicted in pieces gives the numbers that the whole file gives."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.table.written_tables import written_tables

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
