"""The page on tables larger than memory: its code and commands run, and what it prints is said."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app

PAGE = Path(__file__).parent.parent / "docs" / "more-than-memory.md"
TEXT = PAGE.read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the code of the page has run, and what it printed."""
    place = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(place)
        yield place


def test_the_code_runs_from_top_to_bottom_and_prints_what_the_page_says(folder, capsys):
    names = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), names)

    said = capsys.readouterr().out.splitlines()
    assert said == re.findall(r"^print\(.*\)  # (.*)$", TEXT, re.MULTILINE)
    assert len(said) == 6


def test_the_commands_run(folder):
    for number in range(4):
        (folder / "homes" / f"part-{number}.parquet").rename(
            folder / "homes" / f"2024-{number}.parquet"
        )
    commands = re.findall(r"^    dropdecay (.*)$", TEXT, re.MULTILINE)
    assert len(commands) == 4
    quick = ["--dropout", "0,0.2", "--weight-decay", "0", "--epochs", "3", "--hidden", "4",
             "--folds", "3", "--repeats", "1", "--no-extend"]  # fmt: skip
    for number, command in enumerate(commands):
        words = shlex.split(command)
        if words[0] == "fit":
            words += [*quick, *(["--out", f"run-{number}"] if number else [])]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    assert len(pd.read_parquet("prices.parquet")) == 4000
    assert len(list(Path("prices").glob("2024-*.parquet"))) == 4
