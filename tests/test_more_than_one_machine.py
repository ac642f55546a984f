"""The page for clusters: its code runs on the loopback, its commands exist, and so do its words."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("distributed")

from dropdecay.commands.app import app
from tests.cluster.test_dask import cluster

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "more-than-one-machine.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
NOT_RUN = TEXT.split("### Started by something else")[1].split("\n## ")[0]
ADDRESS = "tcp://10.0.0.5:8786"
COMMANDS = re.findall(r"^    (\S.*)$", TEXT, re.MULTILINE)
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def test_the_code_of_the_page_runs_from_top_to_bottom(capsys):
    names = {}
    with cluster(2) as workers:
        address = workers._address
        for block in BLOCKS:
            if block not in NOT_RUN:
                code = block.replace(ADDRESS, address)
                exec(compile(code, "more-than-one-machine.md", "exec"), names)
    said = capsys.readouterr().out.splitlines()
    shown = re.findall(r"^ *print\(.*\)  # (.*)$", TEXT, re.MULTILINE)
    assert said == shown == ["True", "True"]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block in NOT_RUN])
def test_code_that_is_not_run_is_python(block):
    compile(block, "more-than-one-machine.md", "exec")


def test_options_of_our_commands_are_there():
    ours = [command for command in COMMANDS if command.startswith("dropdecay ")]
    help_text = CliRunner().invoke(app, ["fit", "--help"]).stdout
    assert len(ours) == 4
    for command in ours:
        assert set(re.findall(r"--[\w-]+", command)) <= set(re.findall(r"--[\w-]+", help_text))


@pytest.mark.parametrize("program", ["dask worker", "dask scheduler"])
def test_options_of_dask_are_there(program):
    module = f"distributed.cli.{program.replace(' ', '_')}"
    help_text = subprocess.run(
        [sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True
    ).stdout
    used = [command for command in COMMANDS if command.startswith(program)]
    assert used
    for command in used:
        assert set(re.findall(r"--[\w-]+", command)) <= set(re.findall(r"--[\w-]+", help_text))


def test_the_image_is_built_as_the_page_says():
    assert re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE) == ["BASE"]
    assert re.search(r"^COPY (\w+) /\1$", DOCKERFILE, re.MULTILINE)[1] == "wheel"
    for command in COMMANDS:
        if "pip wheel" in command:
            assert f"#     {command}\n" in DOCKERFILE
            assert shlex.split(command)[-2:] == ["wheel", "."]
