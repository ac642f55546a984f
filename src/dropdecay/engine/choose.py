"""Which engine trains multilayer perceptrons, on which device: named by the user, loaded here."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dropdecay.engine.protocol import Engine
from dropdecay.errors import BadSetting, Parameter, unknown_choice
from dropdecay.safe_text import first_line_of

NUMBA = "numba"
"""The name of the engine of ``engine/cpu.py``, in stores too."""

ENGINES = (NUMBA, "torch")

HOW_TO_INSTALL = 'pip install "dropdecay[torch]"'


def _of_numba() -> Engine:
    from dropdecay.engine.cpu import train

    return train


def _identity_of_numba() -> Mapping[str, str]:
    from dropdecay.engine.machine import machine_fingerprint

    return {"name": NUMBA, **machine_fingerprint()}


@dataclass(frozen=True)
class ChosenEngine:
    """An engine, and what the search must know of it.

    Parameters
    ----------
    train : Engine
    identity : mapping of str to str
        What must be equal for it to give the same numbers.
    stack : int
        How many networks it trains as one.
    is_serial : bool
        Whether it trains one network after another, each to the same bits in any process.
    bits_depend_on_company : bool
        Whether the last digits of a network depend on what is trained with it, which then is the
        unit of storing.
    gpus : sequence of mapping of str to str
        Of each GPU that it may use, what a process has in its environment that uses that one alone;
        none: it trains on the processor.
    """

    train: Engine = field(default_factory=_of_numba)
    identity: Mapping[str, str] = field(default_factory=_identity_of_numba)
    stack: int = 1
    is_serial: bool = False
    bits_depend_on_company: bool = False
    gpus: Sequence[Mapping[str, str]] = ()


def choose_engine(name: str, device: str, n_jobs: int) -> ChosenEngine:
    """Return an engine by name.

    Parameters
    ----------
    name : {"numba", "torch"}
    device : str
        "auto", "cpu", "cuda" or "cuda:1" and the like.
    n_jobs : int
        Threads that torch may use on a CPU; the other engine is told when it is called.

    Raises
    ------
    BadSetting
        If there is no such engine or device, or torch is not installed.
    """
    if name not in ENGINES:
        raise unknown_choice("engine", name, ENGINES)
    if name == "torch":
        return _of_torch(device, n_jobs)
    if device not in ("auto", "cpu"):
        raise BadSetting(
            Parameter("device", device), " needs ", Parameter("engine", "torch"), ": ",
            Parameter("engine", NUMBA), " runs on the processor alone.",
        )  # fmt: skip
    return ChosenEngine()


def import_torch(needed_by: Parameter) -> Any:
    """Return torch, which is imported only where it is asked for.

    Raises
    ------
    BadSetting
        If it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise BadSetting(
            needed_by, f" needs torch, which is not installed. Install it: {HOW_TO_INSTALL}."
        ) from None
    return torch


def torch_device(name: str, torch: Any) -> Any:
    """Return a device of torch.

    Raises
    ------
    BadSetting
        If there is none of that name on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    # In one of these ways a build of torch says that it cannot use a device, or knows no such name.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = first_line_of(error)
        known = "" if reason.startswith("Expected one of") else f" ({reason})"
        raise BadSetting(
            Parameter("device", name), f" cannot be used here{known}. Use ",
            Parameter("device", "cpu"), ", or ", Parameter("device", "auto"),
            ", which takes a GPU where there is one.",
        ) from None  # fmt: skip
    return device


def device_fingerprint(device: Any, torch: Any) -> dict[str, str]:
    """Return what results of torch depend on besides the runs."""
    from dropdecay.engine.machine import machine_fingerprint

    name = device.type
    if name == "cuda":
        name = f"cuda {torch.cuda.get_device_name(device)}"
    return {"torch": str(torch.__version__), "device": name, **machine_fingerprint()}


def gpus_of(device: Any, torch: Any) -> tuple[Mapping[str, str], ...]:
    """Return ``ChosenEngine.gpus`` for a device; one with a number is the only one."""
    if device.type != "cuda":
        return ()
    if device.index is not None:
        return ({},)
    seen = os.environ.get(VISIBLE) or ",".join(map(str, range(torch.cuda.device_count())))
    return tuple({VISIBLE: each.strip()} for each in seen.split(","))


VISIBLE = "CUDA_VISIBLE_DEVICES"


def _of_torch(device: str, n_jobs: int) -> ChosenEngine:
    torch = import_torch(Parameter("engine", "torch"))
    from dropdecay.engine.torch_engine import dense_engine

    found = torch_device(device, torch)
    identity = {"name": "torch", **device_fingerprint(found, torch)}
    engine = dense_engine(found, n_jobs)
    return ChosenEngine(
        engine, identity, STACK, bits_depend_on_company=True, gpus=gpus_of(found, torch)
    )


STACK = 64
"""Networks that the torch engine stacks when it is timed."""
