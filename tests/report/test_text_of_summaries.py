"""Whatever text a received summary holds, no command prints a control character of it, or a tag."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from dropdecay.checked_json import json_text
from dropdecay.commands.app import app

NASTY = "x\x1b[2J\nerror: run rm -rf ~\u202e[bold]<script>alert(1)</script>" + "y" * 1000
N_LEAVES = 25


def texts_in(value, path=()):
    """Return the paths of all texts in a JSON value."""
    if isinstance(value, str):
        return [path]
    parts = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    return [found for key, each in parts for found in texts_in(each, (*path, key))]


def planted(summary, path):
    changed = json.loads(json.dumps(summary))
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = NASTY
    return changed


@pytest.fixture
def folder(raced_folder, tmp_path):
    return shutil.copytree(raced_folder, tmp_path / "run")


def test_no_text_of_a_summary_reaches_the_terminal_or_the_page_as_it_is(folder, monkeypatch):
    monkeypatch.setattr("dropdecay.commands.report.find_spec", lambda name: None)
    path = folder / "summary.json"
    summary = json.loads(path.read_text())
    del summary["checksum"]
    leaves = texts_in(summary)
    shown = 0
    for leaf in leaves[:: max(1, len(leaves) // N_LEAVES)]:
        path.write_text(json_text(planted(summary, leaf)))
        for command in (["compare"], ["fit", "--resume"], ["report"]):
            done = CliRunner().invoke(app, [*command, str(folder)])
            assert done.exit_code in (0, 2), (leaf, done.exception)
            for line in (done.stdout + done.stderr).split("\n"):
                assert line.isprintable(), (leaf, line)
                assert not line.startswith("error: run"), leaf
            shown += "\\x1b[2J" in done.stdout
        if done.exit_code == 0:
            assert "<script>alert(1)" not in (folder / "report.html").read_text(), leaf
    assert shown  # else nothing was tried


def test_a_value_of_an_axis_that_is_text_is_shown_clean(folder):
    path = folder / "summary.json"
    summary = json.loads(path.read_text())
    del summary["checksum"]
    summary["choice"]["chosen"]["point"] = {"activation": NASTY}
    path.write_text(json_text(summary))

    done = CliRunner().invoke(app, ["compare", str(folder)])

    assert all(line.isprintable() for line in (done.stdout + done.stderr).split("\n"))
