"""Paths in a circle or to no file, libraries that are not there: a sentence from every command."""

import os

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.strangers import clean

COMMANDS = {
    "fit": ["fit", "ODD", "--target", "y", "--out", "out"],
    "fit --dry-run": ["fit", "ODD", "--target", "y", "--dry-run"],
    "fit --out": ["fit", "table.csv", "--target", "y", "--out", "ODD/out"],
    "fit --config": ["fit", "table.csv", "--target", "y", "--config", "ODD"],
    "fit --resume": ["fit", "--resume", "ODD"],
    "check": ["check", "ODD", "--target", "y"],
    "predict model": ["predict", "ODD", "table.csv"],
    "report": ["report", "ODD"],
    "compare": ["compare", "ODD", "ODD"],
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a table and odd paths, which is the present one."""
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{i},{i % 3},{'yes' if i % 2 else 'no'}\n" for i in range(30))
    (tmp_path / "table.csv").write_text("a,b,y\n" + rows)
    (tmp_path / "circle.csv").symlink_to("back.csv")
    (tmp_path / "back.csv").symlink_to("circle.csv")
    (tmp_path / "empty.csv").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["circle", "empty", "pipe"])
def test_an_odd_path_is_one_sentence_and_nothing_is_written(place, name, command):
    before = sorted(place.iterdir())
    words = [word.replace("ODD", f"{name}.csv") for word in COMMANDS[command]]
    if command == "fit --out" and name == "empty":
        pytest.skip("it is a folder that can be written to")

    done = CliRunner().invoke(app, words)

    assert done.exit_code == 2, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("dropdecay: ")]
    clean(line)
    assert f"{name}.csv" in line or command == "predict model"
    assert f"Did you mean '{name}.csv'" not in line
    assert sorted(place.iterdir()) == before


def test_a_library_that_cannot_be_loaded_is_told_as_such(place, monkeypatch):
    def fail(*_, **__):
        raise OSError("liborc.so: cannot map zero-fill pages")  # as dlopen does, without a number

    monkeypatch.setattr("dropdecay.commands.check.check_table_file", fail)

    done = CliRunner().invoke(app, ["check", "table.csv", "--target", "y"])

    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("dropdecay: A library cannot be loaded: liborc.so: cannot map")
