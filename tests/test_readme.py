"""The code that a reader copies works: blocks of the READMEs and the examples."""

import re
import runpy
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md"]

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def python_blocks(name):
    return re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


def test_the_python_of_the_readme_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = python_blocks("README.md")
    assert len(blocks) >= 4
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)


def test_both_readmes_show_the_same_code():
    def code(name):
        return [re.sub(r"#.*", "", block) for block in python_blocks(name)]

    assert code("README.md") == code("README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_every_command_the_readme_names_exists_with_its_options(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = re.findall(r"^    (dropdecay .*)$", text, re.MULTILINE)
    assert commands
    for line in commands:
        _, command, *words = shlex.split(line)
        usage = CliRunner().invoke(app, [command, "--help"]).stdout
        for option in (word for word in words if word.startswith("--")):
            assert option in usage


@pytest.mark.parametrize("name", READMES)
def test_files_the_readme_points_to_are_there(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_the_textbook_example_runs_and_shows_all_four_settings(monkeypatch, capsys):
    example = runpy.run_path(str(ROOT / "examples" / "textbook_network.py"))
    monkeypatch.setitem(example["main"].__globals__, "REPETITIONS", 2)
    example["main"]()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == list(example["SETTINGS"])
