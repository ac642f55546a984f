"""A surface on two workers of Dask, one of which is killed half way: the numbers stay the same.

A scheduler and two workers are started on this machine's loopback and stopped in the end, whatever
happens. Needs ``pip install "dropdecay[dask]"``.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import xarray as xr
from sklearn.datasets import load_digits

from dropdecay import MLPClassifierCV
from dropdecay.errors import EdgeWarning

DONE_BEFORE = 6
"""Networks that are trained before a worker is killed."""


@contextmanager
def running(*command: str) -> Iterator[None]:
    """Run a command; it is ended with the processes that it has started."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command], start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def cluster() -> Iterator[str]:
    """Start a scheduler and two workers with a thread each; give the scheduler's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    quiet = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", "--death-timeout", "60")
    with (
        running("distributed.cli.dask_scheduler", "--port", port, *quiet),
        running(*worker, *quiet), running(*worker, *quiet),
    ):  # fmt: skip
        yield address


def kill_a_worker(address: str, store: Path) -> None:
    """Wait until some networks are trained, then kill a worker that is at work."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        at_work: list[str] = []
        while (n_done := n_stored(store)) < DONE_BEFORE or not at_work:
            time.sleep(0.05)
            at_work = [name for name, tasks in client.processing().items() if tasks]
        (pid,) = client.run(os.getpid, workers=at_work[:1]).values()
        os.kill(pid, signal.SIGKILL)
        print(f"{n_done} networks are trained; worker {pid} is killed.")


def n_stored(store: Path) -> int:
    """Return how many networks a store has."""
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
            (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
            return int(count)
    except sqlite3.Error:  # it is not there yet
        return 0


def search(**options: object) -> MLPClassifierCV:
    """Return a small surface over the digits, trained."""
    X, y = load_digits(return_X_y=True)
    estimator = MLPClassifierCV(
        (64, 64), dropouts=(0.0, 0.2, 0.4), weight_decays=(0.0, 0.1, 1.0), max_iter=200, cv=3,
        race=False, extend=False, random_state=0, **options,
    )  # fmt: skip
    with warnings.catch_warnings(action="ignore", category=EdgeWarning):
        return estimator.fit(X, y)


def main() -> None:
    """Train both ways and compare every number."""
    print("On this machine alone ...")
    alone = search()
    with cluster() as address, tempfile.TemporaryDirectory() as folder:
        print(f"On two workers of the scheduler at {address} ...")
        store = Path(folder) / "runs.sqlite"
        killer = threading.Thread(target=kill_a_worker, args=(address, store), daemon=True)
        killer.start()
        spread = search(cluster=address, store=store)
        killer.join()
    xr.testing.assert_identical(
        alone.results_.drop_vars("wall_s"), spread.results_.drop_vars("wall_s")
    )
    for one, other in zip(alone.coefs_, spread.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    print(f"The same numbers, bit for bit: {spread.best_params_}, and the same final network.")


if __name__ == "__main__":
    main()
