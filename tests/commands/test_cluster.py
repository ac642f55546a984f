"""``--cluster processes``: interrupted, killed, and resumed elsewhere, with the same numbers."""

import os
import signal
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.commands.options import fit_options
from dropdecay.commands.reproduce import fit_command
from dropdecay.errors import NoWorkers
from tests.cluster.test_processes import children, is_alive, needs_proc, wait_until
from tests.contract.servers import free_port
from tests.kill import OPTIONS, check_identical, start, wait_for_training, write_table

pytestmark = needs_proc
ON_PROCESSES = ("--cluster", "processes")


def started(folder, *arguments):
    """Start a fit; return it and its workers once two of them are at work."""
    process = start(folder, *arguments)
    wait_for_training(process, folder / "killed.partial")
    wait_until(lambda: len(children(of=process.pid)) == 2 or process.poll() is not None)
    return process, children(of=process.pid)


def left_in(folder):
    return {each.name for each in folder.iterdir()} - {
        "runs.sqlite", "runs.sqlite-wal", "runs.sqlite-shm", "job.json",
    }  # fmt: skip


def kept(folder):
    """How many bytes of finished runs there are."""
    return sum(each.stat().st_size for each in folder.glob("runs.sqlite*"))


def wait_for_a_run(folder):
    before = kept(folder)
    wait_until(lambda: kept(folder) > before)


def test_a_run_goes_on_where_it_is_resumed_on_processes_or_in_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table, partial = str(write_table(tmp_path)), tmp_path / "killed.partial"
    process, workers = started(tmp_path, table, *OPTIONS, "--out", "killed", *ON_PROCESSES)
    wait_for_a_run(partial)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    # Nobody is left to end the workers, or to remove what they shared.
    wait_until(lambda: not any(map(is_alive, workers)))
    wait_until(lambda: not left_in(partial))

    # The folder also says who trains, as long as nothing else is said.
    process, workers = started(tmp_path, "--resume", "killed", "--quiet")
    assert len(workers) == 2
    wait_for_a_run(partial)
    for each in workers:  # all at once; new ones take over
        os.kill(each, signal.SIGKILL)
    wait_until(lambda: len(set(children(of=process.pid)) - set(workers)) == 2)
    os.kill(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert not left_in(partial)

    done = CliRunner().invoke(app, ["fit", "--resume", "killed", "--cluster", "none"])
    assert done.exit_code == 0, done.stderr
    check_identical(tmp_path)


def test_ctrl_c_ends_a_run_and_its_workers_at_once(tmp_path):
    table = str(write_table(tmp_path))
    process, workers = started(
        tmp_path, table, *OPTIONS, "--epochs", "150", "--out", "killed", *ON_PROCESSES
    )
    wait_for_a_run(tmp_path / "killed.partial")
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=20)
    assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert process.returncode == 130
    wait_until(lambda: not any(map(is_alive, workers)), 10.0)
    assert said.strip().splitlines()[-1] == (
        "dropdecay: Stopped. Trained networks are kept. To resume: dropdecay fit --resume killed"
    )
    assert "Traceback" not in said
    assert not left_in(tmp_path / "killed.partial")


def test_the_last_line_before_the_end_says_how_many_workers_there_are(tmp_path, monkeypatch):
    monkeypatch.setattr("dropdecay.report.progress.SECONDS_BETWEEN_LINES", 0.0)
    monkeypatch.chdir(tmp_path)
    arguments = [str(write_table(tmp_path)), "--target", "y", "--dropout", "0,0.3", "--folds", "3"]
    arguments += ["--weight-decay", "0", "--epochs", "2", "--hidden", "4", "--repeats", "1"]
    done = CliRunner().invoke(app, ["fit", *arguments, "--jobs", "2", *ON_PROCESSES])
    assert done.exit_code == 0, done.stderr
    assert "; 2 workers" in done.stderr


def test_the_cluster_is_no_part_of_the_command_that_reproduces_a_run():
    options = fit_options(table=Path("t.csv"), target="y", cluster="processes")
    assert "cluster" not in fit_command(options)


@pytest.mark.parametrize(("address", "hint"), [("tcp:/x", " Did you mean 'tcp://'?"), ("farm", "")])
def test_an_unknown_cluster_is_one_clear_line(address, hint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = write_table(tmp_path)
    done = CliRunner().invoke(app, ["fit", str(table), "--target", "y", "--cluster", address])
    assert done.exit_code == 2
    assert done.stderr.strip().splitlines()[-1] == (
        f"dropdecay: --cluster {address} is not known. Clusters are 'processes' (of this machine), "
        "'tcp://HOST:8786' (Dask), 'tls://HOST:8786' (Dask), 'ray' (that this machine is part of), "
        f"'ray://HOST:10001'.{hint}"
    )
    assert not list(tmp_path.glob("*.partial"))


def test_a_cluster_that_does_not_answer_is_told_before_the_table_is_read(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    address = f"tcp://127.0.0.1:{free_port()}"
    done = CliRunner().invoke(app, ["fit", "none.csv", "--target", "y", "--cluster", address])
    assert done.exit_code == 1
    assert done.stderr.strip() == (
        f"dropdecay: No Dask scheduler answers at {address}. Start one there with: dask scheduler; "
        f"and on every machine that is to train: dask worker {address} --nworkers 1 --nthreads "
        "CORES"
    )
    assert not list(tmp_path.iterdir())


def test_a_cluster_that_is_gone_before_anything_is_trained_leaves_nothing(tmp_path, monkeypatch):
    def gone(cluster, wish):
        raise NoWorkers("They are gone.")

    monkeypatch.setattr("dropdecay.estimators.workers.workers_of", gone)
    monkeypatch.chdir(tmp_path)
    table = write_table(tmp_path)
    done = CliRunner().invoke(app, ["fit", str(table), "--target", "y", *ON_PROCESSES])
    assert done.exit_code == 1
    assert done.stderr.strip().splitlines()[-1] == "dropdecay: They are gone."
    assert list(tmp_path.iterdir()) == [table]
