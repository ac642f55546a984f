"""Servers of other libraries on the loopback, started for a test and ended by their numbers."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

ENDING_S = 10.0


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def listens(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(*command, first_on_path=(), log=None, **environment):
    """Run a command of this interpreter; it is ended with all that it has started."""
    path = os.pathsep.join([*map(str, first_on_path), *sys.path])
    process = subprocess.Popen(
        [sys.executable, *map(str, command)], start_new_session=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdin=subprocess.DEVNULL, stdout=log or subprocess.DEVNULL,
        stderr=log or subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        end(process)


def end(process):
    """End a process that leads a session, and whatever else is in the session."""
    process.terminate()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_for(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
