"""The page about the command line says what is so."""

import re
from pathlib import Path

from typer.testing import CliRunner

from dropdecay.commands.about_install import SCHEMAS
from dropdecay.commands.app import app
from dropdecay.commands.grouped_help import EXIT_CODES
from dropdecay.commands.options import read_options
from dropdecay.commands.run_config import read_config
from dropdecay.table.read import COLUMNAR, TEXTS

PAGE = (Path(__file__).parent.parent / "docs" / "command-line.md").read_text(encoding="utf-8")


def test_its_file_of_options_can_be_read(tmp_path):
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "run.toml").write_text(block)
    found = read_options(read_config(tmp_path / "run.toml"))
    assert found["table"] == tmp_path / "customers.csv"
    assert (found["hidden"], found["drop"], found["nested"]) == ((64, 64), ("phone", "fax"), True)


def test_every_option_and_command_that_it_names_is_there():
    commands = ("fit", "check", "predict", "info", "warm-up")
    asked = [["--help"], *([each, "--help"] for each in commands)]
    helps = "".join(CliRunner().invoke(app, each).stdout for each in asked)
    assert [name for name in re.findall(r"--[a-z][a-z-]+", PAGE) if name not in helps] == []
    named = re.findall(r"dropdecay ([a-z][a-z-]+)", PAGE)
    assert [name for name in named if name not in helps] == []


def test_it_names_every_ending_schema_and_exit_code():
    assert [ending for ending in (*TEXTS, *COLUMNAR) if f"`{ending}`" not in PAGE] == []
    assert [name for name in SCHEMAS if f"`{name}`" not in PAGE and f" {name}`" not in PAGE] == []
    assert [code for code, _ in EXIT_CODES if f"| {code} |" not in PAGE] == []
