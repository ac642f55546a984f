"""What the documents say is so: the code that a reader copies works, and names and paths exist."""

import re
import runpy
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.knobs import AXES

ROOT = Path(__file__).parent.parent
SOURCES = ROOT / "src" / "dropdecay"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
READMES = ["README.md", "README.zh-CN.md"]
COMMANDS = ["fit", "check", "predict", "report", "export", "compare", "demo", "info", "warm-up"]
DOCUMENTS = [
    *READMES, "CONTRIBUTING.md", "CHANGELOG.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
]  # fmt: skip

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def help_of(command):
    return CliRunner().invoke(app, [command, "--help"]).stdout


def python_blocks(name):
    return re.findall(r"```python\n(.*?)```", text_of(name), re.DOTALL)


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


def test_both_readmes_show_the_same_commands_and_output():
    def shown(name):
        text = text_of(name)
        commands = re.findall(r"^    (dropdecay .*)$", text, re.MULTILINE)
        return commands, re.findall(r"```text\n(.*?)```", text, re.DOTALL)

    assert shown("README.md") == shown("README.zh-CN.md")


@pytest.mark.parametrize("name", READMES)
def test_every_command_the_readme_names_exists_with_its_options(name):
    commands = re.findall(r"^    (dropdecay .*)$", text_of(name), re.MULTILINE)
    assert commands
    for line in commands:
        _, command, *words = shlex.split(line)
        usage = help_of(command)
        for option in (word for word in words if word.startswith("--")):
            assert option in usage


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_option_a_document_names_exists(name):
    usage = " ".join(map(help_of, COMMANDS))
    for option in set(re.findall(r"`(?:dropdecay \w+ )?(--[a-z][a-z-]*)", text_of(name))):
        assert re.search(rf"{option}\b(?!-)", usage), option


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_every_axis(name):
    assert [axis for axis in AXES if f"`{axis}`" not in text_of(name)] == [
        "dropout", "weight_decay",  # which have parameters and options of their own
    ]  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_a_document_points_to_are_there(name):
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(name)):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "CHANGELOG.md"])
def test_modules_a_document_names_are_there(name):
    for path in re.findall(r"`([\w./-]+(?:\.py|/))`", text_of(name)):
        if not path.endswith("-dropdecay/") and path != "model/":
            assert (ROOT / path).exists() or (SOURCES / path).exists(), path


def test_contributing_draws_the_rooms_of_the_contract():
    layers = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    picture = text_of("CONTRIBUTING.md").split("enforces it.\n\n")[1].split("\n\n")[0]
    assert [line[4:].split("  ")[0].strip() for line in picture.splitlines()] == layers


def test_contributing_names_functions_and_tables_that_their_files_have():
    table = text_of("CONTRIBUTING.md").split("|---|---|\n")[1].split("\n\n")[0]
    for path, name in re.findall(r"`([\w/]+\.py)` \(`(\w+)`\)", table):
        assert re.search(rf"^\s*(def )?{name}\b", (SOURCES / path).read_text(), re.MULTILINE), name


def test_every_dependency_names_a_file_that_imports_it():
    text = text_of("pyproject.toml")
    named = re.findall(r'"([\w-]+)>=[\d.]+"\]?,?  *# .*: (.*)$', text, re.MULTILINE)
    assert len(named) > 10
    for package, paths in named:
        module = {"scikit-learn": "sklearn"}.get(package, package)
        for path in paths.split(", "):
            assert re.search(rf"^\s*(import|from) {module}\b", (SOURCES / path).read_text(),
                             re.MULTILINE), (package, path)  # fmt: skip


def test_the_textbook_example_runs_and_shows_all_four_settings(monkeypatch, capsys):
    example = runpy.run_path(str(ROOT / "examples" / "textbook_network.py"))
    monkeypatch.setitem(example["main"].__globals__, "REPETITIONS", 2)
    example["main"]()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == list(example["SETTINGS"])
