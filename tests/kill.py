"""End a run at random moments in every way, resume it, and compare it with one that was not."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

OPTIONS = ["--target", "y", "--dropout", "0,0.1,0.2,0.3", "--weight-decay", "0,0.1,1", "--folds",
           "4", "--epochs", "40", "--hidden", "64,64", "--jobs", "2"]  # fmt: skip
COMMAND = [sys.executable, "-m", "dropdecay", "fit"]
WAYS = (
    (signal.SIGKILL,), (signal.SIGINT,), (signal.SIGINT, signal.SIGINT), (signal.SIGTERM,),
    (signal.SIGHUP,), (signal.SIGTERM, signal.SIGKILL), (signal.SIGHUP, signal.SIGTERM),
)  # fmt: skip
"""The signals of each way to end a run, in the order in which they come."""


def write_table(folder: Path) -> Path:
    """Write a small table that can be learned."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    y = np.where(x[:, 0] * x[:, 1] > 0, "a", "b")
    lines = [",".join([*(f"{value:.4f}" for value in row), said])
             for row, said in zip(x, y, strict=True)]  # fmt: skip
    path = folder / "table.csv"
    path.write_text("\n".join(["p,q,r,s,t,y", *lines]) + "\n")
    return path


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start a fit in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def wait_for_training(
    process: "subprocess.Popen[str]", partial: Path, since: int = 0, deadline: float = 600
):
    """Wait until a network is stored; the rest of the start is of no interest to a kill.

    ``since``: when the store was written to before the process began, from ``written``.
    """
    until = time.monotonic() + deadline
    while written(partial) <= since and process.poll() is None:
        assert time.monotonic() < until, "the run did not begin"
        time.sleep(0.01)


def written(partial: Path) -> int:
    """Return when the store of a run was written to, in nanoseconds; 0: there is none."""
    log = partial / "runs.sqlite-wal"
    return log.stat().st_mtime_ns if log.exists() else 0


def end(process: "subprocess.Popen[str]", way: Sequence[signal.Signals]) -> None:
    """End a run in one of the ways; it may have ended by itself."""
    for number in way:
        os.kill(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said, said
    orderly = {0, *(128 + number for number in way), *(-number for number in way)}
    assert process.returncode in orderly, (way, process.returncode, said)


def kill_and_resume(folder: Path, n_kills: int, seed: int) -> int:
    """Kill ``n_kills`` times, then let the run finish; return how many kills met it at work."""
    rng, table, met = random.Random(seed), write_table(folder), 0
    arguments = (str(table), *OPTIONS, "--out", "killed")
    for _ in range(n_kills):
        before = written(folder / "killed.partial")
        process = start(folder, *arguments)
        wait_for_training(process, folder / "killed.partial", before)
        try:
            process.communicate(timeout=rng.uniform(0.0, 0.6))
        except subprocess.TimeoutExpired:
            end(process, WAYS[(seed + met) % len(WAYS)])
            met += 1
        if (folder / "killed").exists():
            break
        if (folder / "killed.partial" / "runs.sqlite").exists():
            arguments = ("--resume", "killed")
    if not (folder / "killed").exists():
        subprocess.run([*COMMAND, *arguments], cwd=folder, check=True, capture_output=True)
    return met


def check_identical(folder: Path) -> None:
    """Compare with a run that nobody killed, number by number."""
    arguments = [*COMMAND, str(folder / "table.csv"), *OPTIONS, "--out", "whole"]
    subprocess.run(arguments, cwd=folder, check=True, capture_output=True)
    found = []
    for name in ("killed", "whole"):
        with xr.open_dataset(folder / name / "results.nc", engine="scipy") as results:
            found.append(results.load().drop_vars("wall_s"))
    assert found[0].identical(found[1])
    weights = [(folder / name / "model" / "weights.safetensors").read_bytes()
               for name in ("killed", "whole")]  # fmt: skip
    assert weights[0] == weights[1]


def main() -> None:
    """Kill as often as the command line says."""
    import tempfile

    wanted, met, surfaces = int(sys.argv[1]), 0, 0
    while met < wanted:
        with tempfile.TemporaryDirectory() as place:
            met += kill_and_resume(Path(place), min(10, wanted - met), seed=surfaces)
            check_identical(Path(place))
        surfaces += 1
        print(f"{met} kills on {surfaces} surfaces: nothing lost, results identical")  # noqa: T201  # a script prints


if __name__ == "__main__":
    main()
