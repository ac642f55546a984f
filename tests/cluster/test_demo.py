"""``make cluster-demo`` does what it says, and leaves nothing running."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("distributed")

ROOT = Path(__file__).parent.parent.parent


def sessions_of(name):
    """The processes whose command line has a word."""
    found = set()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found |= {each.parent.name} if name in each.read_bytes().decode() else set()
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")
def test_the_numbers_are_the_same_and_nothing_is_left():
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-m", "examples.cluster_demo"], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 4, done.stdout + done.stderr
    address = lines[1].split()[-2]
    assert "is killed" in lines[2]
    assert lines[3].startswith("The same numbers, bit for bit")
    assert not sessions_of(address)
