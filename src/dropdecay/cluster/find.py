"""Which workers train: those at an address, or those behind a live object."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropdecay.cluster.processes import Processes
from dropdecay.cluster.workers import Workers
from dropdecay.errors import BadSetting, Parameter

Find = Callable[[Any, int, Path | None], Workers]
"""(address or live object, number of processes, folder for files) -> workers to be closed."""


@dataclass(frozen=True)
class Kind:
    """A kind of cluster that has addresses.

    Parameters
    ----------
    example : str
        An address, and what it stands for.
    find : callable
        It imports what it needs by itself.
    """

    example: str
    find: Find


def _processes(address: str, n_processes: int, folder: Path | None) -> Workers:
    return Processes(n_processes, folder)


KINDS = {
    "processes": Kind("'processes' (of this machine)", _processes),
}
"""By their address, or by what it begins with, up to "://"."""

_LIVE: ContextVar[object] = ContextVar("cluster", default=None)


@contextmanager
def on_cluster(cluster: object) -> Iterator[None]:
    """Let every search that is fitted in a ``with`` block train on this cluster.

    It has precedence over the parameter ``cluster``, and is no parameter: estimators stay what
    can be cloned and pickled.

    Parameters
    ----------
    cluster : str or live object
        An address, as for the parameter ``cluster``, or an object that stands for workers. It
        stays open.

    Raises
    ------
    BadSetting
        If it is neither.

    Examples
    --------
    >>> import dropdecay
    >>> with dropdecay.on_cluster("processes"):
    ...     pass  # search.fit(X, y)
    """
    if not isinstance(cluster, Workers):
        _find_of(cluster)
    token = _LIVE.set(cluster)
    try:
        yield
    finally:
        _LIVE.reset(token)


def cluster_of(parameter: object) -> object:
    """Return the cluster to train on; None: there is none.

    Parameters
    ----------
    parameter : str or None
        What ``cluster`` of an estimator is.

    Raises
    ------
    BadSetting
        If it is no address.
    """
    live = _LIVE.get()
    if live is not None or parameter is None:
        return live
    if not isinstance(parameter, str):
        raise BadSetting(
            Parameter("cluster"), f" must be an address, such as 'processes'. Got {parameter!r}. "
            "A live object is given by: with dropdecay.on_cluster(...): search.fit(X, y)",
        )  # fmt: skip
    _find_of(parameter)
    return parameter


@contextmanager
def workers_of(cluster: object, n_processes: int, folder: Path | None) -> Iterator[Workers]:
    """Give the workers of a cluster; those that were opened here are closed in the end.

    Parameters
    ----------
    cluster : str or live object
        As ``cluster_of`` returned it.
    n_processes : int
        Of this machine, where the cluster is made of them.
    folder : path or None
        Where files that they share are written. None: the system's place for temporary files.
    """
    if isinstance(cluster, Workers):
        yield cluster
        return
    with closing(_find_of(cluster)(cluster, n_processes, folder)) as workers:
        yield workers


def _find_of(cluster: object) -> Find:
    """Return what finds the workers of a cluster."""
    if isinstance(cluster, str):
        for start, kind in KINDS.items():
            if cluster == start or (start.endswith("://") and cluster.startswith(start)):
                return kind.find
    raise BadSetting(Parameter("cluster", cluster), f" is not known. Clusters are {_examples()}.")


def _examples() -> str:
    return " and ".join(kind.example for kind in KINDS.values())
