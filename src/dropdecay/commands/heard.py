"""What of the package's log a command prints: ``--quiet`` and ``--verbose``, while it works."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("dropdecay")


@contextmanager
def heard(*, quiet: bool, verbose: bool) -> Iterator[None]:
    """Set what is printed to standard error while the context lasts; then all is as before.

    Parameters
    ----------
    quiet : bool
        Errors alone.
    verbose : bool
        Progress too, without times and levels. `quiet` wins.
    """
    level, propagates = LOGGER.level, LOGGER.propagate
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    if quiet:
        LOGGER.setLevel(logging.ERROR)
    elif verbose:
        LOGGER.addHandler(handler)
        LOGGER.propagate = False
        LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.propagate = propagates
        LOGGER.setLevel(level)
