"""Which workers train: those at an address, or those behind a live object."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropdecay.cluster.dask import DaskWorkers, check_that_dask_answers, connect_to_dask
from dropdecay.cluster.executor import ExecutorWorkers
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.ray import HERE, check_that_ray_answers, connect_to_ray
from dropdecay.cluster.workers import Workers
from dropdecay.errors import BadSetting, Parameter
from dropdecay.near_names import near_matches, suggestion


@dataclass(frozen=True)
class Wish:
    """What workers are to be like, as far as it is not for the cluster to say.

    Parameters
    ----------
    n_processes : int
        Of this machine, where the cluster is made of them.
    folder : path or None
        Where files that they share are written. None: the system's place for temporary files.
    gpus : sequence of mapping of str to str
        As ``ChosenEngine`` has them: where there are some, each piece of work takes one.
    maps : path or None
        A folder of large arrays, which workers anywhere are to read in its files.
    """

    n_processes: int
    folder: Path | None = None
    gpus: Sequence[Mapping[str, str]] = ()
    maps: Path | None = None

    @property
    def takes(self) -> int:
        """How many GPUs each piece of work takes."""
        return 1 if self.gpus else 0


Find = Callable[[Any, Wish], Workers]
"""(address or live object, wish) -> workers to be closed."""


@dataclass(frozen=True)
class Kind:
    """A kind of cluster that has addresses.

    Parameters
    ----------
    example : str
        An address, and what it stands for.
    find : callable
        It imports what it needs by itself.
    check : callable
        Takes an address, and raises an error if nobody answers there.
    """

    example: str
    find: Find
    check: Callable[[str], None]


def _processes(address: str, wish: Wish) -> Workers:
    if wish.gpus:  # of a GPU that networks share, each would have a part
        return Processes(len(wish.gpus), wish.folder, wish.gpus)
    return Processes(wish.n_processes, wish.folder)


def _dask(address: str, wish: Wish) -> Workers:
    return connect_to_dask(address, wish.takes, wish.maps)


def _ray(address: str, wish: Wish) -> Workers:
    return connect_to_ray(address, wish.takes, wish.maps)


def _client(client: Any, wish: Wish) -> Workers:
    return DaskWorkers(client, wish.takes, wish.maps)


def _executor(executor: Executor, wish: Wish) -> Workers:
    return ExecutorWorkers(executor)


def _is_here(address: str) -> None:
    """Refuse nothing: these workers are started when there is work."""


KINDS = {
    "processes": Kind("'processes' (of this machine)", _processes, _is_here),
    "tcp://": Kind("'tcp://HOST:8786' (Dask)", _dask, check_that_dask_answers),
    "tls://": Kind("'tls://HOST:8786' (Dask)", _dask, check_that_dask_answers),
    HERE: Kind("'ray' (that this machine is part of)", _ray, check_that_ray_answers),
    "ray://": Kind("'ray://HOST:10001'", _ray, check_that_ray_answers),
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
        An address, as for the parameter ``cluster``; a ``distributed.Client``; an executor of
        ``concurrent.futures``. It stays open.

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


def check_answers(cluster: object) -> None:
    """Refuse an address at which nobody answers, before anything is read or written for it.

    Parameters
    ----------
    cluster : str, live object or None
        As ``cluster_of`` returned it. Live objects are there.

    Raises
    ------
    BadSetting
        If the library is missing that the address needs.
    NoWorkers
    """
    if isinstance(cluster, str):
        _kind_of(cluster).check(cluster)


@contextmanager
def workers_of(cluster: object, wish: Wish) -> Iterator[Workers]:
    """Give the workers of a cluster; those that were opened here are closed in the end.

    Parameters
    ----------
    cluster : str or live object
        As ``cluster_of`` returned it.
    wish : Wish
    """
    if isinstance(cluster, Workers):
        yield cluster
        return
    with closing(_find_of(cluster)(cluster, wish)) as workers:
        yield workers


def _find_of(cluster: object) -> Find:
    """Return what finds the workers of a cluster."""
    if isinstance(cluster, str):
        return _kind_of(cluster).find
    if isinstance(cluster, Executor):
        return _executor
    if _is_client(cluster):
        return _client
    raise _not_known(cluster)


def _kind_of(address: str) -> Kind:
    for start, kind in KINDS.items():
        if address == start or (start.endswith("://") and address.startswith(start)):
            return kind
    raise _not_known(address)


def _not_known(cluster: object) -> BadSetting:
    examples = ", ".join(kind.example for kind in KINDS.values())
    near = near_matches(cluster, KINDS) if isinstance(cluster, str) else []
    return BadSetting(
        Parameter("cluster", cluster), f" is not known. Clusters are {examples}.{suggestion(near)}"
    )


def _is_client(cluster: object) -> bool:
    """Whether it is a client of Dask; nobody has one who has not imported Dask."""
    distributed: Any = sys.modules.get("distributed")
    return distributed is not None and isinstance(cluster, distributed.Client)
