"""On a full disk: a clear line, nothing lost, and identical numbers once there is room."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.kill import COMMAND, write_table
from tests.limits import files_of_at_most, fill, small_disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="mounts and limits, POSIX only")

OPTIONS = ["--target", "y", "--dropout", "0,0.2", "--weight-decay", "0,0.1", "--folds", "3",
           "--epochs", "20", "--hidden", "8", "--jobs", "1", "--race", "off",
           "--repeats", "1"]  # fmt: skip
DISK_KIB = 2048


def invoke(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def fails_in_one_line(done):
    """The one line that a command ended with; anything else is no orderly end."""
    assert done.exit_code in (1, 2), (done.exit_code, done.output, done.exception)
    assert isinstance(done.exception, SystemExit)
    lines = [line for line in done.stderr.splitlines() if line.startswith("dropdecay: ")]
    assert len(lines) == 1
    assert "Traceback" not in done.stderr
    return lines[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that had all the room it needed: its folder, beside it its table."""
    folder = tmp_path_factory.mktemp("roomy")
    done = invoke("fit", write_table(folder), *OPTIONS, "--out", folder / "run")
    assert done.exit_code == 0, done.output
    return folder / "run"


@pytest.fixture
def disk(tmp_path):
    """A disk of 2 MiB, empty."""
    with small_disk(tmp_path / "disk", DISK_KIB) as place:
        yield place


def check_same(found, whole):
    """The same numbers, weights and files as of a run that was never stopped."""
    assert {path.name for path in found.iterdir()} == {path.name for path in whole.iterdir()}
    results = []
    for folder in (found, whole):
        with xr.open_dataset(folder / "results.nc", engine="scipy") as stored:
            results.append(stored.load().drop_vars("wall_s"))
    assert results[0].identical(results[1])
    weights = [(each / "model" / "weights.safetensors").read_bytes() for each in (found, whole)]
    assert weights[0] == weights[1]


N_NETWORKS = 12 + 5
"""Of the surface, and those that record outputs."""


# From "nothing at all" over the store's first page and the middle of the training, of the surface
# and of what records, to the model, the results and the page, which are written last.
@pytest.mark.parametrize("left_kib", [0, 16, 92, 240, 420, 530, 560])
def test_a_run_on_a_full_disk_can_be_resumed_once_there_is_room(disk, whole, left_kib):
    table = whole.parent / "table.csv"
    filler = fill(disk, left_kib)

    line = fails_in_one_line(invoke("fit", table, *OPTIONS, "--out", disk / "run"))

    assert "Make room" in line
    assert not (disk / "run").exists()
    begun = (disk / "run.partial" / "runs.sqlite").exists()
    assert begun == (left_kib > 0)
    n_kept = count_runs(disk / "run.partial") if begun else 0
    assert n_kept == N_NETWORKS or left_kib < 530
    again = ["--resume", disk / "run"] if begun else [table, *OPTIONS, "--out", disk / "run"]
    if begun:
        assert f"To resume: dropdecay fit --resume {disk / 'run'}" in line
        fails_in_one_line(invoke("fit", *again))  # it is still full: still nothing is lost
        assert count_runs(disk / "run.partial") >= n_kept
        assert n_kept > 0 or left_kib == 16  # room for a store, and for no network
    filler.unlink()
    done = invoke("fit", *again)
    assert done.exit_code == 0, done.output
    check_same(disk / "run", whole)


PAUSING = [*OPTIONS, "--hidden", "32,32", "--epochs", "60", "--futility"]
"""Points wait for each other at 32 epochs, with states as large as what else is kept of them."""


def test_a_disk_that_is_full_when_networks_pause_ends_no_process(tmp_path):
    table = write_table(tmp_path)
    assert invoke("fit", table, *PAUSING, "--out", tmp_path / "whole").exit_code == 0
    said = []
    for left_kib in (96, 104):  # the store takes one network
        with small_disk(tmp_path / str(left_kib), 2 * DISK_KIB) as disk:
            filler, run = fill(disk, left_kib), disk / "run"

            # In a process of its own: the system kills one that writes to a mapped file here.
            asked = [*COMMAND, str(table), *PAUSING, "--out", str(run)]
            done = subprocess.run(asked, capture_output=True, text=True, check=False)

            assert done.returncode == 1, (done.returncode, done.stderr)
            said.append(done.stderr.strip().splitlines()[-1])
            assert "Make room" in said[-1]
            assert f"To resume: dropdecay fit --resume {run}" in said[-1]
            assert count_runs(disk / "run.partial") > 0
            filler.unlink()
            assert invoke("fit", "--resume", run).exit_code == 0
            check_same(run, tmp_path / "whole")
    assert any("States of paused networks could not be kept" in line for line in said)


def count_runs(folder):
    """How many networks the store holds; counted in a copy, since SQLite needs room to look."""
    with tempfile.TemporaryDirectory() as place:
        for file in folder.glob("runs.sqlite*"):
            shutil.copy(file, place)
        connection = sqlite3.connect(Path(place) / "runs.sqlite")
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        (count,) = (
            connection.execute("SELECT count(*) FROM runs").fetchone()
            if ("runs",) in tables else (0,)  # there was room for the file and for no more
        )  # fmt: skip
        connection.close()
    return count


@pytest.mark.parametrize("n_kib", [80, 120])
def test_a_run_that_hit_a_file_size_limit_can_be_resumed(tmp_path, whole, n_kib):
    table = whole.parent / "table.csv"

    with files_of_at_most(1024 * n_kib):
        line = fails_in_one_line(invoke("fit", table, *OPTIONS, "--out", tmp_path / "run"))

    assert f"To resume: dropdecay fit --resume {tmp_path / 'run'}" in line
    assert 0 < count_runs(tmp_path / "run.partial") < 12
    done = invoke("fit", "--resume", tmp_path / "run")
    assert done.exit_code == 0, done.output
    check_same(tmp_path / "run", whole)


@pytest.mark.parametrize(
    "command",
    [["predict", "RUN", "TABLE", "--out", "DISK/p.csv"], ["export", "RUN", "--onnx", "DISK/m.onnx"],
     ["export", "RUN", "--torch", "DISK/m.safetensors"], ["report", "COPY"]],
    ids=lambda command: " ".join(command[::2]),
)  # fmt: skip
def test_what_is_written_later_is_whole_or_not_there(disk, whole, command):
    shutil.copytree(whole, disk / "copy")
    page = (disk / "copy" / "report.html").read_bytes()
    fill(disk, 0)
    before = sorted(path.name for path in disk.rglob("*"))
    names = {"RUN": whole, "COPY": disk / "copy", "TABLE": whole.parent / "table.csv"}
    given = [names.get(part, part.replace("DISK", str(disk))) for part in command]

    line = fails_in_one_line(invoke(*given))

    assert "No space left on device. Make room and try again." in line
    assert sorted(path.name for path in disk.rglob("*")) == before
    assert (disk / "copy" / "report.html").read_bytes() == page


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("asked", ["--help", "info"])
def test_what_cannot_be_printed_is_told_in_one_line(asked):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND[:-1], asked], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "dropdecay: No space left on device: what is printed.\n"
