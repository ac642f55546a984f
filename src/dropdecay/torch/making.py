"""How a user's class, function or instance becomes new networks, and what identifies it."""

import copy
import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any, cast

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.torch_sites import check_in_sight
from dropdecay.engine.torch_state import numpy_of
from dropdecay.errors import BadSetting, DropdecayError, Parameter
from dropdecay.safe_text import first_line_of
from dropdecay.surface.fingerprint import content_hash, fingerprint

INITS = ("fresh", "given")

LONG = 80
"""Characters of what is no longer shown in a message."""


@dataclass(frozen=True)
class Making:
    """Makes networks from what the user gave as ``module``.

    Parameters
    ----------
    given : class, function or nn.Module
    arguments : mapping
        Passed to a class or function.
    n_outputs : int or None
        Passed as well, if it has a parameter of this name that is not given; so are ``n_inputs``
        and ``n_numeric``, which follow from the rows, and ``cardinalities``.
    cardinalities : tuple of int or None
        Of a table: how many codes each column of categories has.
    init : {"fresh", "given"}
        Of an instance: whether its weights are drawn anew, or are where training starts.
    """

    given: Any
    arguments: Mapping[str, Any]
    n_outputs: int | None
    init: str = "fresh"
    cardinalities: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        """What the user calls it."""
        kind = type(self.given) if isinstance(self.given, nn.Module) else self.given
        kind = kind.func if isinstance(kind, partial) else kind
        name = str(getattr(kind, "__name__", type(kind).__name__))
        return "module" if name == "<lambda>" else name

    def __call__(self, rows: Inputs) -> nn.Module:
        """Return a new network for rows like these.

        Raises
        ------
        BadSetting
            If there is none, or its weights cannot be drawn.
        """
        if isinstance(self.given, nn.Module):
            if self.init == "fresh":
                return drawn_anew(self.given)
            _check_usable(self.name, self.given)
            return copy.deepcopy(self.given).cpu()
        try:
            made = self.given(**self.arguments, **self._filled_in(rows))
        except TypeError as error:
            raise BadSetting(
                f"{self.name} cannot be made: {error}. Give its arguments as module__NAME=..."
            ) from None
        except DropdecayError:
            raise
        except Exception as error:  # whatever the user's code raises
            raise BadSetting(
                f"{self.name} cannot be made ({type(error).__name__}: {first_line_of(error)}). "
                "Make one by itself to see where."
            ) from error
        if not isinstance(made, nn.Module):
            raise BadSetting(
                Parameter("module"), f" must make a torch.nn.Module. {self.name} made a "
                f"{type(made).__name__}.",
            )  # fmt: skip
        _check_usable(self.name, made)
        return made

    def _filled_in(self, rows: Inputs) -> dict[str, object]:
        known = {
            "n_inputs": rows.width, "n_numeric": rows.n_numeric, "n_outputs": self.n_outputs,
            "cardinalities": self.cardinalities,
        }  # fmt: skip
        asked = parameters_of(self.given)
        return {
            name: value for name, value in known.items()
            if value is not None and name in asked and name not in self.arguments
        }  # fmt: skip


def _check_usable(name: str, module: nn.Module) -> None:
    """Refuse a network whose dropout is out of sight, or with parameters of no use here."""
    check_in_sight(module)
    for place, each in module.named_parameters():
        if each.is_complex() and each.requires_grad:
            raise BadSetting(
                f"{place} of {name} is complex, and what is trained must be real numbers. Keep its "
                "two parts, as nn.Parameter(torch.view_as_real(w)), and let forward compute with "
                f"torch.view_as_complex(self.{place.rpartition('.')[2]})."
            )
    for place, each in (*module.named_parameters(), *module.named_buffers()):
        if each.is_meta:
            raise BadSetting(
                f"{place} of {name} is on the device 'meta', where it has a shape and no numbers. "
                "Make the network without that device, or call to_empty(device='cpu') and load "
                "its weights."
            )


def making_of(
    module: object,
    arguments: Mapping[str, Any],
    n_outputs: int | None,
    init: str,
    cardinalities: tuple[int, ...] | None = None,
) -> Making:
    """Return how networks are made.

    Raises
    ------
    BadSetting
        If ``module`` is no class, function or instance, or ``init`` does not fit it.
    """
    is_instance = isinstance(module, nn.Module)
    if not is_instance and not callable(module):
        raise BadSetting(
            Parameter("module"), " must be a class of torch.nn.Module, a function that returns "
            f"one, or an instance. Got {_shown(module)}.",
        )  # fmt: skip
    if init not in INITS:
        raise BadSetting(Parameter("init"), f" must be one of {INITS}. Got {init!r}.")
    if is_instance and arguments:
        raise BadSetting(
            f"module__{next(iter(arguments))} is for a class; module is an instance of "
            f"{type(module).__name__}. Give the class instead."
        )
    if not is_instance and init == "given":
        raise BadSetting(
            Parameter("init", "given"), " starts from the weights of an instance, but module is a "
            "class or function. Give an instance, such as module=Net().",
        )  # fmt: skip
    weights = [*module.parameters()] if isinstance(module, nn.Module) else []
    if init == "given" and weights and all(map(is_lazy, weights)):
        raise BadSetting(
            Parameter("init", "given"), " starts from the weights of the instance, but those of "
            f"{type(module).__name__} are drawn when it first sees rows. Run a batch through it "
            "and load its weights, or leave ", Parameter("init"), " out.",
        )  # fmt: skip
    return Making(module, dict(arguments), n_outputs, init, cardinalities)


def _shown(module: object) -> str:
    """Return what was given as a module in a few words: networks of skorch go on for lines."""
    shown = repr(module)
    if isinstance(getattr(module, "module", None), type | nn.Module):
        return f"a {type(module).__name__}: give its module"
    return shown if len(shown) < LONG and "\n" not in shown else f"a {type(module).__name__}"


def parameters_of(made_by: object) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a class or function; none where they cannot be known."""
    try:
        return inspect.signature(cast(Callable[..., object], made_by)).parameters
    except (TypeError, ValueError):
        return {}


def drawn_anew(module: nn.Module) -> nn.Module:
    """Return a copy of an instance, on the CPU, with all weights drawn again.

    Raises
    ------
    BadSetting
        If a part has weights of its own and no way to draw them, or the module cannot be used.
    """
    name = type(module).__name__
    _check_usable(name, module)
    module = copy.deepcopy(module).cpu()
    # From the inside out, so that a part may have the last word on what is inside of it.
    for place, part in reversed([*module.named_modules()]):
        weights = dict(part.named_parameters(recurse=False))
        own = [key for key, each in weights.items() if each.requires_grad]
        if weights and not own:
            continue  # frozen weights are meant to stay
        reset = getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)
        if reset is not None:
            reset()
        elif own:
            where = f"{place}.{own[0]}" if place else own[0]
            raise BadSetting(
                f"The weights of {name} cannot be drawn anew: {where} belongs to a "
                f"{type(part).__name__} without reset_parameters(). Give the class in place of the "
                "instance, or ",
                Parameter("init", "given"), " to start all networks from these weights.",
            )  # fmt: skip
    return module


def identity_of(*parts: Any) -> str:
    """Return a hash of everything that makes a network: code, arguments, weights, settings."""
    return hashlib.sha256("\n".join(map(_described, parts)).encode()).hexdigest()


def code_of(module: nn.Module) -> tuple[str, ...]:
    """Return the code of every class that a network is built from."""
    kinds = {kind for part in module.modules() for kind in type(part).__mro__}
    return tuple(sorted(map(_source, kinds)))


def _described(value: Any) -> str:
    if isinstance(value, nn.Module):
        made = (each for each in value.state_dict().values() if not is_lazy(each))
        held = content_hash(*map(numpy_of, made))
        numbers = [_plain_values(part) for part in value.modules()]
        return f"{code_of(value)} {value!r} {numbers} {held}"
    if isinstance(value, torch.Tensor):
        return content_hash(numpy_of(value))
    if isinstance(value, Making):
        asked = [value.n_outputs, value.init, value.cardinalities]
        return _described([value.given, value.arguments, *asked])
    if isinstance(value, Mapping):
        return _described([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        return repr([*map(_described, value)])
    if inspect.isclass(value):
        return "".join(map(_source, value.__mro__))
    if isinstance(value, partial):
        return _described([value.func, value.args, value.keywords])
    try:
        return fingerprint(value)
    except BadSetting:
        return repr(value)


def _source(kind: Callable[..., Any] | type) -> str:
    """Return the code of what the user wrote; of a library's the name."""
    module = str(getattr(kind, "__module__", ""))
    name = f"{module}.{getattr(kind, '__qualname__', kind)}"
    if module.split(".")[0] in ("torch", "builtins"):
        return f"{name} "
    try:
        return f"{name} {inspect.getsource(kind)}"
    except (OSError, TypeError):  # typed into a session
        own = (each for each in vars(kind).values() if isinstance(each, FunctionType))
        return f"{name} {[*map(fingerprint, own)]}"


def _plain_values(part: nn.Module) -> dict[str, str]:
    """Return what a part holds besides tensors and parts, such as label_smoothing."""
    return {
        name: repr(value) for name, value in vars(part).items()
        if name != "training" and isinstance(value, bool | int | float | str | tuple | None)
    }  # fmt: skip
