"""How much memory networks take while they are trained, and how much this process may have."""

import sys
from contextlib import suppress
from pathlib import Path

from dropdecay.engine.buffers import n_params
from dropdecay.errors import BadSetting, Parameter
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Schedule

GROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where Linux says how much a container may have: groups of version 2, and of version 1."""

ITEM = 4
"""Bytes of a float32."""


def memory_of_network(network: Network, schedule: Schedule) -> int:
    """Return the bytes that a network takes at least while it is trained.

    Parameters and gradients, two moments of each (of Adam; SGD has none or one), and activations
    and slopes of a batch.
    """
    copies = 4 if OPTIMIZERS[schedule.optimizer].is_adaptive else 2
    activations = 2 * schedule.batch_size * sum(network.sizes)
    return ITEM * (copies * n_params(network) + activations)


def memory_limit() -> int | None:
    """Return how many bytes this process may have: of the machine, its container or its shell.

    None: the system does not say.
    """
    found = [*_of_machine(), *_of_groups(), *_of_shell()]
    return min(found) if found else None


SMALLER = ("Use smaller ", Parameter("hidden_layer_sizes"), ".")
"""What to do about networks that do not fit."""


def check_memory(needed: int, what: str, *remedy: str | Parameter) -> None:
    """Refuse what cannot fit into memory.

    Parameters
    ----------
    needed : int
        Bytes, at least.
    what : str
        What needs them, to begin the sentence.
    *remedy : str or Parameter
        What to do, a sentence.

    Raises
    ------
    BadSetting
        With the figures.
    """
    limit = memory_limit()
    if limit is not None and needed > limit:
        raise BadSetting(
            f"{what} would take {in_words(needed)} of memory at least; there are "
            f"{in_words(limit)}. ",
            *remedy,
        )


def in_words(n_bytes: int) -> str:
    """Return a number of bytes for a reader, such as "3.2 GB"."""
    size = n_bytes / 2**20
    for unit in ("MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:,.1f} {unit}" if size < 100 else f"{size:,.0f} {unit}"
        size /= 1024
    raise AssertionError("the last unit has been returned")


def _of_machine() -> list[int]:
    if sys.platform == "win32":
        return []
    import os

    with suppress(OSError, ValueError):
        return [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    return []


def _of_groups() -> list[int]:
    found = []
    for path in GROUP_LIMITS:
        with suppress(OSError, ValueError):  # "max" is no limit
            found.append(int(path.read_text()))
    return found


def _of_shell() -> list[int]:
    if sys.platform == "win32":
        return []
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return [] if soft == resource.RLIM_INFINITY else [soft]
