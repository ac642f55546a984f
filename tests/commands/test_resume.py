import json
import os
import shutil
import signal
import sqlite3
import sys
import time

import pytest
from typer.testing import CliRunner

from dropdecay.checked_json import json_text
from dropdecay.commands.app import app
from tests.kill import (
    OPTIONS,
    check_identical,
    kill_and_resume,
    start,
    wait_for_training,
    write_table,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes the POSIX way")


def test_a_run_that_is_killed_again_and_again_ends_with_identical_numbers(tmp_path):
    assert kill_and_resume(tmp_path, 3, seed=1) >= 1
    check_identical(tmp_path)
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == [
        "model", "report.html", "results.nc", "rows.csv", "run.toml", "summary.json",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A run that Ctrl-C has ended: its folder, what it said, and how long it took to end."""
    folder = tmp_path_factory.mktemp("interrupted")
    table = write_table(folder)
    process = start(folder, str(table), *OPTIONS, "--epochs", "150", "--out", "out")
    wait_for_training(process, folder / "out.partial")
    time.sleep(0.3)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=20)
    return folder, said, time.monotonic() - began, process.returncode


@pytest.fixture
def copy(interrupted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(interrupted[0] / "out.partial", tmp_path / "out.partial")
    return tmp_path


def test_ctrl_c_ends_at_once_and_says_how_to_resume(interrupted):
    folder, said, took_s, code = interrupted
    assert took_s < 10.0  # two seconds where nothing else runs
    assert code == 130
    assert said.strip().splitlines()[-1] == (
        "dropdecay: Stopped. Trained networks are kept. To resume: dropdecay fit --resume out"
    )
    assert not (folder / "out").exists()
    names = {path.name for path in (folder / "out.partial").iterdir()}
    assert {"runs.sqlite", "job.json"} <= names
    assert names <= {"runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm", "job.json"}


def invoke(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


def test_what_does_not_fit_an_unfinished_run_is_refused_and_nothing_is_lost(copy):
    job = json.loads((copy / "out.partial" / "job.json").read_text())
    for arguments, words in (
        (["--resume", "out", "--lr", "0.01"], "--lr was 0.001, now 0.01"),
        (["--resume", "out", "--dropout", "0"], "--dropout was 0,0.1,0.2,0.3, now 0."),
        (["--resume", "elsewhere"], "no unfinished run elsewhere.partial"),
        (["--resume", "elsewhere.partial"], "no unfinished run elsewhere.partial"),
        (["--resume", "out.partial", "--lr", "0.01"], "--lr was 0.001, now 0.01"),
        (["--resume", "."], "no unfinished run"),
        ([job["table"], *OPTIONS, "--out", "out"], "dropdecay fit --resume out"),
    ):
        done = invoke(*arguments)
        assert done.exit_code == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    assert (copy / "out.partial" / "runs.sqlite").exists()


def test_a_table_that_has_changed_is_refused(copy):
    job = json.loads((copy / "out.partial" / "job.json").read_text())
    lines = (copy.parent / job["table"]).read_text().splitlines()
    (copy / "changed.csv").write_text("\n".join([lines[0], "9,9,9,9,9,a", *lines[2:]]))
    job["table"] = str(copy / "changed.csv")
    (copy / "out.partial" / "job.json").write_text(json_text(job))
    done = invoke("--resume", "out")
    assert done.exit_code == 2
    assert "the table has changed" in done.stderr
    assert (copy / "out.partial" / "runs.sqlite").exists()


def test_an_unfinished_run_without_its_store_or_with_a_damaged_one_is_one_clear_line(copy):
    store = copy / "out.partial" / "runs.sqlite"
    store.write_bytes(b"not a database " * 400)
    for name in ("-wal", "-shm"):
        store.with_name(store.name + name).unlink(missing_ok=True)
    done = invoke("--resume", "out")
    assert (done.exit_code, "damaged" in done.stderr) == (2, True)
    store.unlink()
    done = invoke("--resume", "out")
    assert (done.exit_code, "lacks runs.sqlite" in done.stderr) == (2, True)


def test_a_second_process_on_a_run_is_refused(copy):
    first = sqlite3.connect(copy / "out.partial" / "runs.sqlite", isolation_level=None)
    first.execute("PRAGMA locking_mode = EXCLUSIVE")
    first.execute("BEGIN IMMEDIATE")
    second = start(copy, "--resume", "out")
    _, said = second.communicate(timeout=60)
    first.close()
    assert second.returncode == 2
    assert "Another process is using the store" in said


def test_incomplete_outputs_are_written_anew(copy):
    model = copy / "out.partial" / "model"
    model.mkdir()
    (model / "weights.safetensors").write_bytes(b"half")
    done = invoke("--resume", "out", "--jobs", "2")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (copy / "out" / "model").iterdir()) != [
        "weights.safetensors"
    ]
    assert not (copy / "out.partial").exists()
