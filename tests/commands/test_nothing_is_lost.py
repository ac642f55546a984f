"""Whatever ends a run: what is trained stays, and a line says how to go on."""

import os
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing

import pytest
from typer.testing import CliRunner

from dropdecay.commands import fit as fit_command
from dropdecay.commands.app import app
from dropdecay.commands.run_folder import last_words
from dropdecay.errors import BadInput
from dropdecay.estimators import fit_surface, part_of_rows, tuning
from dropdecay.report.run_files import STORE
from tests.commands.test_full_disk import OPTIONS, check_same
from tests.kill import start, wait_for_training, write_table

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")


@pytest.fixture(autouse=True, scope="module")
def hears_the_end_of_a_terminal():
    """These tests may run below nohup, which would leave SIGHUP ignored here and in processes."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def invoke(*arguments):
    return CliRunner().invoke(app, ["fit", *map(str, arguments)])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing has ended: its folder, beside it its table."""
    folder = tmp_path_factory.mktemp("whole")
    done = invoke(write_table(folder), *OPTIONS, "--out", folder / "run")
    assert done.exit_code == 0, done.output
    return folder / "run"


def n_trained(folder):
    with closing(sqlite3.connect(folder / "runs.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    return count


def last_line(done):
    return done.stderr.strip().splitlines()[-1]


def check_resumes(whole, run):
    done = invoke("--resume", run)
    assert done.exit_code == 0, done.output
    check_same(run, whole)


def raises(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def signals(*numbers):
    """Stand for work during which signals come in, one after another."""

    def work(*args, **kwargs):
        for number in numbers:
            os.kill(os.getpid(), number)
        time.sleep(5)  # the handler raises here at the latest

    return work


MEMORY = MemoryError("Unable to allocate 95.4 GiB for an array")
INPUT = OSError(5, "Input/output error")


# Where a run is after its last network: in the refit, and while it tells and writes what it found.
@pytest.mark.parametrize(
    ("module", "name", "error", "said"),
    [
        (part_of_rows, "refit", MEMORY, "not enough memory (Unable to allocate 95.4 GiB). Use"),
        (fit_command, "summarise", TypeError("x"), "TypeError: x). It is a fault of dropdecay"),
        (fit_command, "write_run", INPUT, "run cannot be written: Input/output error."),
        (fit_command, "write_run", BadInput("It is full."), "dropdecay: It is full. Trained"),
    ],
)  # fmt: skip
def test_an_error_after_the_training_keeps_every_network(
    whole, tmp_path, monkeypatch, module, name, error, said
):
    run = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr(module, name, raises(error))
        done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", run)

    assert done.exit_code == 1
    assert said in last_line(done)
    assert last_line(done).endswith(
        f"Trained networks are kept. To resume: dropdecay fit --resume {run}"
    )
    assert n_trained(tmp_path / "run.partial") >= 12
    check_resumes(whole, run)


@pytest.mark.parametrize(
    ("number", "code", "module", "name"),
    [
        (signal.SIGINT, 130, part_of_rows, "refit"),
        (signal.SIGTERM, 143, part_of_rows, "refit"),
        (signal.SIGHUP, 129, fit_command, "write_run"),
    ],
)
def test_a_signal_in_the_refit_or_while_files_are_written_keeps_every_network(
    whole, tmp_path, monkeypatch, number, code, module, name
):
    run, before = tmp_path / "run", signal.getsignal(number)
    with monkeypatch.context() as patched:
        patched.setattr(module, name, signals(number))
        done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", run)

    assert done.exit_code == code
    assert last_line(done) == (
        f"dropdecay: Stopped. Trained networks are kept. To resume: dropdecay fit --resume {run}"
    )
    assert signal.getsignal(number) == before
    check_resumes(whole, run)


@pytest.mark.parametrize("exists", [True, False])
def test_the_last_words_of_a_run_say_to_replace_the_folder_only_where_there_is_one(
    tmp_path, exists
):
    run = tmp_path / "run"
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / STORE).touch()
    if exists:
        run.mkdir()

    said = last_words(run, force=True)

    assert said.endswith(f"To resume: dropdecay fit --resume {run}" + " --force" * exists)
    assert last_words(run).endswith(f"fit --resume {run}")
    assert last_words(run, "again", force=True).endswith("To resume: again")


def test_a_run_that_waits_beside_a_finished_one_is_resumed_by_force(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "run")
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / STORE).touch()

    done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", tmp_path / "run", "--force")

    assert done.exit_code == 2
    assert f"Resume it (dropdecay fit --resume {tmp_path / 'run'} --force)" in last_line(done)


def test_an_error_before_anything_is_trained_leaves_no_folder(whole, tmp_path, monkeypatch):
    for error in (TypeError("x"), MEMORY):
        with monkeypatch.context() as patched:
            patched.setattr(tuning, "search_surface", raises(error))
            done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", tmp_path / "run")

        assert done.exit_code == 1
        assert "resume" not in last_line(done)
        assert list(tmp_path.iterdir()) == []


def test_a_signal_while_the_answer_is_printed_does_not_say_that_nothing_was_written(
    whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(fit_command, "print_summary", signals(signal.SIGINT))

    done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", tmp_path / "run")

    assert (done.exit_code, last_line(done)) == (130, "dropdecay: Stopped.")
    check_same(tmp_path / "run", whole)


def test_a_signal_before_anything_is_trained_leaves_no_folder(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(fit_surface, "memory_of", signals(signal.SIGTERM))

    done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", tmp_path / "run")

    assert (done.exit_code, last_line(done)) == (143, "dropdecay: Stopped. Nothing was written.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_process_that_trains(whole, tmp_path, number):
    shutil.copy(whole.parent / "table.csv", tmp_path)
    process = start(tmp_path, "table.csv", *OPTIONS, "--epochs", "150", "--out", "run")
    wait_for_training(process, tmp_path / "run.partial")

    os.kill(process.pid, number)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 128 + number
    assert said.strip().splitlines()[-1].endswith("To resume: dropdecay fit --resume run")
    assert invoke("--resume", tmp_path / "run").exit_code == 0


def test_a_second_ctrl_c_ends_the_process_at_once(whole, tmp_path):
    shutil.copy(whole.parent / "table.csv", tmp_path)
    process = start(tmp_path, "table.csv", *OPTIONS, "--epochs", "150", "--out", "run")
    wait_for_training(process, tmp_path / "run.partial")

    for _ in range(20):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.002)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.strip().splitlines()[-1].endswith("To resume: dropdecay fit --resume run")
    assert invoke("--resume", tmp_path / "run").exit_code == 0


def test_what_nohup_protects_from_the_end_of_the_terminal_goes_on(whole, tmp_path, monkeypatch):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        given = part_of_rows.refit
        monkeypatch.setattr(
            part_of_rows, "refit",
            lambda *args: os.kill(os.getpid(), signal.SIGHUP) or given(*args),
        )  # fmt: skip
        done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", tmp_path / "run")
    finally:
        signal.signal(signal.SIGHUP, before)

    assert done.exit_code == 0, done.output


def test_a_finished_run_that_was_cut_short_while_it_cleaned_up_is_replaced_by_force(
    whole, tmp_path
):
    run = shutil.copytree(whole, tmp_path / "run")
    for name in ("runs.sqlite", "job.json"):
        (run / name).write_bytes(b"left over")

    done = invoke(whole.parent / "table.csv", *OPTIONS, "--out", run, "--force")

    assert done.exit_code == 0, done.output
    assert not (run / "runs.sqlite").exists()
