"""A run that began on one kind of cluster and ends on another."""

import os
import signal

import pytest
from typer.testing import CliRunner

pytest.importorskip("distributed")

from dropdecay.commands.app import app
from tests.cluster.test_dask import scheduler, worker
from tests.kill import OPTIONS, check_identical, start, wait_for_training, write_table


def test_a_driver_that_was_killed_on_dask_goes_on_with_processes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    partial = tmp_path / "killed.partial"
    with scheduler() as address, worker(address):
        process = start(
            tmp_path, str(write_table(tmp_path)), *OPTIONS, "--out", "killed",
            "--cluster", address,
        )  # fmt: skip
        wait_for_training(process, partial)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert (partial / "runs.sqlite").exists()

        done = CliRunner().invoke(app, ["fit", "--resume", "killed", "--cluster", "processes"])

    assert done.exit_code == 0, done.stderr
    check_identical(tmp_path)
