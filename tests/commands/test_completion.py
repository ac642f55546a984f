"""The shell completes columns of the table that is being typed, and choices."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.commands.completion import column_names

FRAME = pd.DataFrame({"age": [1.0], "a, b": ["x"], "人": ["y"]})


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", "feather"])
def test_the_columns_are_those_of_the_header(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    if ending in ("csv", "tsv"):
        FRAME.to_csv(path, index=False, sep="\t" if ending == "tsv" else ",")
    else:
        getattr(FRAME, f"to_{ending}")(path)
    assert column_names(path) == list(FRAME)


def test_a_byte_order_mark_and_semicolons_are_no_part_of_a_name(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbfage;income\n1;2\n")
    assert column_names(path) == ["age", "income"]


def completed(*words):
    """What bash is told, as typer's own script asks for it."""
    line = " ".join(["dropdecay", *words])
    asked = {
        "_DROPDECAY_COMPLETE": "complete_bash", "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)), "_TYPER_COMPLETE_ARGS": line,
    }  # fmt: skip
    return CliRunner().invoke(app, [], env=asked, prog_name="dropdecay").stdout.split()


def test_a_target_is_completed_from_the_table(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("age,agent,income\n1,2,3\n")
    assert completed("fit", str(path), "--target", "ag") == ["age", "agent"]
    assert completed("fit", str(path), "--group", "i") == ["income"]


def test_choices_are_completed():
    assert completed("fit", "--activation", "r") == ["relu"]


def test_words_that_may_be_typed_beside_others_are_completed():
    assert completed("fit", "--class-weight", "b") == ["balanced"]
    assert completed("fit", "--batch-size", "a") == ["auto"]


def test_without_a_table_nothing_is_completed_and_nothing_fails(tmp_path):
    assert completed("fit", "--target", "a") == []
    assert completed("fit", str(tmp_path / "no.csv"), "--target", "a") == []
    (tmp_path / "bad.parquet").write_text("no")
    assert completed("fit", str(tmp_path / "bad.parquet"), "--target", "a") == []
