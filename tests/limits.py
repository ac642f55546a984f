"""Limits of the operating system, set for a test."""

import resource
from contextlib import contextmanager


@contextmanager
def files_of_at_most(n_bytes):
    """What a disk quota does, where no small disk can be mounted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
