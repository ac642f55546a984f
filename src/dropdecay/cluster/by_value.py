"""Functions that are sent as they stand, to where this package may be missing or another one."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

PACKAGE = "dropdecay"


def by_value(module: str, name: str) -> Callable[..., Any]:
    """Return a function that calls one of this package on a worker.

    Where it cannot, it returns why, as a text. It knows nothing but its own few lines, so that the
    worker, and whoever passes it on, can load it in any case.

    Parameters
    ----------
    module, name : str
        The function that is called there with whatever this one is called with.
    """
    # Not by an import: the package itself stands above this room.
    package, version = PACKAGE, import_module(PACKAGE).__version__

    def call(*arguments: Any) -> Any:
        import socket
        from importlib import import_module

        where = f"A worker on {socket.gethostname()}"
        install = f"Install it there: pip install {package}=={version}"
        try:
            found = import_module(package).__version__
            if found != version:
                return f"{where} has {package} {found}, this machine {version}. {install}"
            function = getattr(import_module(module), name)
        except ImportError as error:
            return f"{where} cannot load {package} ({error}). {install}"
        return function(*arguments)

    return call
