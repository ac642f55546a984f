"""Limits of the operating system, set for a test."""

import shutil
import subprocess
from contextlib import contextmanager

import pytest


@contextmanager
def files_of_at_most(n_bytes):
    """What a disk quota does, where no small disk can be mounted."""
    resource = pytest.importorskip("resource")  # POSIX only
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(place, n_kib):
    """A disk of its own at a new folder; where none can be mounted the test is skipped."""
    place.mkdir()
    try:
        asked = ["mount", "-t", "tmpfs", "-o", f"size={n_kib}k", "tmpfs", str(place)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command for a small disk")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(disk, left_kib):
    """Leave so much room on a disk, and give the file that takes the rest."""
    file = disk / "filler"
    free = shutil.disk_usage(disk).free
    file.write_bytes(bytes(max(0, free - 1024 * left_kib)))
    return file
