"""Paths in a circle or to no file: a sentence and exit code 2 from every command."""

import os

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.strangers import clean

COMMANDS = {
    "fit": ["fit", "ODD", "--out", "out"],
    "fit --dry-run": ["fit", "ODD", "--dry-run"],
    "fit --out": ["fit", "table.csv", "--out", "ODD/out"],
    "fit --config": ["fit", "table.csv", "--config", "ODD"],
    "fit --resume": ["fit", "--resume", "ODD"],
    "check": ["check", "ODD"],
    "predict model": ["predict", "ODD", "table.csv"],
    "predict rows": ["predict", "run", "ODD"],
    "report": ["report", "ODD"],
    "compare": ["compare", "ODD", "ODD"],
    "export": ["export", "ODD"],
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
    assert sorted(place.iterdir()) == before
