"""Find where a module drops units: in its parts, and in what a dry forward calls.

The dry forward runs a copy of the module, so nothing of the user's moves: no running statistics,
no counter, and not torch's generator.
"""

import copy
import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import is_lazy

from dropdecay.engine.torch_drop import Draw
from dropdecay.engine.torch_functional import DropoutCalls, Dropping, Place
from dropdecay.errors import BadInput
from dropdecay.safe_text import first_line_of

Example: TypeAlias = torch.Tensor | tuple[Any, ...] | Mapping[str, Any]
"""Inputs of one batch: the only one, all of them in order, or by their names in ``forward``."""

_SLIGHTLY = 2.0**-30
"""Too little to change what a module does, enough to tell rates apart."""


@dataclass(frozen=True)
class Site:
    """A place where a module drops units.

    Parameters
    ----------
    name : str
        As in ``named_modules``. A function's: the module that calls it and the function, such as
        ``"encoder.F.dropout"``; the second of a name gets ``"#2"``.
    kind : str
    rate : float
        As the user wrote it.
    shape : tuple of int
        Of the first mask in the example; (): none is drawn.
    layer : int
        In the counter of the masks, from 1: modules as in ``named_modules``, then functions in the
        order of their calls.
    calls : int
        How many masks one forward draws here.
    line : str
        File and line of a function that drops.
    attribute : str
        Where the module keeps the rate, such as ``"encoder.p"``; "": nowhere, as for a number
        that stands in ``forward``, so no rate can be written back.
    picked : bool
        Whether the point's rate is for this site.
    """

    name: str
    kind: str
    rate: float
    shape: tuple[int, ...]
    layer: int
    calls: int
    line: str
    attribute: str
    picked: bool = True


@dataclass(frozen=True)
class Sites:
    """The sites of a module, and which of them a call belongs to.

    Parameters
    ----------
    sites : tuple of Site
    of_module : mapping
        From the name of a module that drops, and what it drops, to the place in ``sites``.
    of_line : mapping
        From a line and its own rate to the place in ``sites``. A rate of None: any other rate.
    """

    sites: tuple[Site, ...]
    of_module: Mapping[tuple[str, str], int]
    of_line: Mapping[tuple[Place, float | None], int]

    def of(self, dropping: Dropping, rate: float, place: Place) -> int | None:
        """Return the place in ``sites`` of the site that a call belongs to, if there is one."""
        own = self.of_module.get((place.module, dropping.family))
        if own is not None:
            return own
        return self.of_line.get((place, rate), self.of_line.get((place, None)))


@dataclass(frozen=True)
class _Call:
    """A call of the dry forward that drops units."""

    dropping: Dropping
    rate: float
    place: Place
    shapes: list[tuple[int, ...]]  # of its masks, in order

    def key(self) -> tuple[str, str]:
        return self.place.module, self.dropping.family


def names_of(module: nn.Module) -> dict[int, str]:
    """Return the name of each part of a module by its id; a part with several has its first."""
    return {id(part): name for name, part in module.named_modules()}


def copied(module: nn.Module) -> nn.Module:
    """Return a deep copy."""
    try:
        return copy.deepcopy(module)
    except Exception as error:  # whatever the user's classes raise
        name = type(module).__name__
        said, _, _ = first_line_of(error).partition(". ")
        raise BadInput(
            f"{name} cannot be copied by copy.deepcopy ({said}). Keep in it only parameters, "
            "buffers and plain values (weight_norm: that of torch.nn.utils.parametrizations)."
        ) from error


def run(module: nn.Module, example: Example) -> Any:
    """Call a module with the inputs of one batch.

    Those with names are handed over by them, or, if ``forward`` knows none of these, as one dict.
    """
    if isinstance(example, Mapping):
        return module(example) if _takes_whole(module, tuple(example)) else module(**example)
    return module(*example) if isinstance(example, tuple) else module(example)


def drops_in_evaluation(module: nn.Module, example: Example) -> tuple[str, Place] | None:
    """Return a function that a module calls to drop units in evaluation mode as well, and where."""
    recorder = _Recorder(names_of(module))
    with _generators_kept(module), torch.enable_grad(), recorder:
        run(module, copy.deepcopy(example))
    return next(((each.dropping.name, each.place) for each in recorder.calls), None)


def make_parameters(module: nn.Module, example: Example) -> None:
    """Let lazy parts (``nn.LazyLinear``) draw their weights, by torch's generator as it stands."""
    if not any(map(is_lazy, (*module.parameters(), *module.buffers()))):
        return
    training = {part: part.training for part in module.modules()}
    module.eval()  # so that running statistics stay as they start
    try:
        with torch.no_grad():  # what a module keeps of a graph could not be copied
            run(module, copy.deepcopy(example))
    except RuntimeError as error:
        if not lacks_gradients(error):
            raise
        with torch.enable_grad():
            run(module, copy.deepcopy(example))
    for part in module.modules():
        part.training = training.get(part, part.training)


def lacks_gradients(error: BaseException) -> bool:
    """Return whether something failed as there was no graph to take gradients of."""
    return isinstance(error, RuntimeError) and "does not require grad" in str(error)


def _takes_whole(module: nn.Module, names: tuple[str, ...]) -> bool:
    """Return whether ``forward`` knows no input by name, but has a place for a first one."""
    try:
        asked = _parameters_of(type(module).forward)
    except (TypeError, ValueError):
        return False
    kinds = {each.kind for each in asked.values()}
    if inspect.Parameter.VAR_KEYWORD in kinds or set(names) & set(asked):
        return False
    return len(asked) > 1  # the first one is self


@lru_cache(maxsize=256)
def _parameters_of(forward: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(forward).parameters


def find_sites(module: nn.Module, example: Example) -> Sites:
    """Find every site of a module whose parameters are made."""
    calls = _calls(copied(module), example)
    sites, of_module = _in_modules(module, calls)
    own = set(of_module)
    functional = [i for i, call in enumerate(calls) if call.key() not in own]
    attributes = _attributes(module, example, calls) if functional else []
    at_attribute = {site.attribute: i for i, site in enumerate(sites) if site.calls == 0}
    of_line: dict[tuple[Place, float | None], int] = {}
    names = Counter[str]()
    for i in functional:
        call = calls[i]
        at = of_line.get((call.place, call.rate), at_attribute.get(attributes[i]))
        if at is None:
            at = len(sites)
            name = ".".join(filter(None, (call.place.module, call.dropping.name)))
            names[name] += 1
            name = name if names[name] == 1 else f"{name}#{names[name]}"
            kind = call.dropping.name
            sites.append(Site(name, kind, call.rate, (), at + 1, 0, "", attributes[i]))
        of_line[call.place, call.rate] = at
        of_line.setdefault((call.place, None), at)
        sites[at] = replace(_called(sites[at], call), line=str(call.place))
        if attributes[i] != sites[at].attribute:
            sites[at] = replace(sites[at], attribute="")
    return Sites(tuple(sites), of_module, of_line)


def _in_modules(
    module: nn.Module, calls: Sequence[_Call]
) -> tuple[list[Site], dict[tuple[str, str], int]]:
    """Return the sites that are modules, and the place of each by name and family."""
    sites: list[Site] = []
    of_module: dict[tuple[str, str], int] = {}
    for name, part in module.named_modules():
        described = _described(part)
        if described is None:
            continue
        family, kind, attribute = described
        of_module[name, family] = len(sites)
        where = ".".join(filter(None, (name, attribute)))
        rate = float(getattr(part, attribute))
        site = Site(name or kind, kind, rate, (), len(sites) + 1, 0, "", where)
        for call in calls:
            if call.key() == (name, family):
                site = _called(site, call)
        sites.append(site)
    return sites, of_module


def _described(part: nn.Module) -> tuple[str, str, str] | None:
    """Return what a module drops, its kind, and the attribute that holds the rate."""
    if isinstance(part, _DropoutNd):
        ours = type(part).__module__.startswith("torch.nn.")
        return "units", f"nn.{type(part).__name__}" if ours else type(part).__name__, "p"
    if isinstance(part, nn.MultiheadAttention):
        return "attention", "attention", "dropout"
    if isinstance(part, nn.RNNBase) and part.num_layers > 1:
        return "layers", f"between {part.mode.split('_')[0]} layers", "dropout"
    return None


def _called(site: Site, call: _Call) -> Site:
    shape = site.shape or next(iter(call.shapes), ())
    return replace(site, shape=shape, calls=site.calls + len(call.shapes))


class _Recorder(DropoutCalls):
    """Notes the calls that drop, and lets them drop nothing."""

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__(names)
        self.calls: list[_Call] = []

    def dropped(self, call: Dropping, rate: float, place: Place) -> Draw:
        noted = _Call(call, rate, place, [])
        self.calls.append(noted)

        def draw(shape: Sequence[int], device: torch.device) -> None:
            noted.shapes.append(tuple(shape))

        return draw


def _calls(module: nn.Module, example: Example) -> list[_Call]:
    """Run a module once in training mode, which changes it."""
    recorder = _Recorder(names_of(module))
    module.train()
    # With gradients: a forward may ask for some, as physical models do.
    with _generators_kept(module), torch.enable_grad(), recorder:
        try:
            run(module, copy.deepcopy(example))
        except Exception as error:
            name = type(module).__name__
            raise BadInput(
                f"{name} fails on a batch of the data: {first_line_of(error)}."
            ) from error
    return recorder.calls


@contextmanager
def _generators_kept(module: nn.Module) -> Iterator[None]:
    devices = {each.device for each in (*module.parameters(), *module.buffers())}
    with torch.random.fork_rng(devices=[each for each in devices if each.type == "cuda"]):
        torch.default_generator.manual_seed(0)  # layers left out at random: the same ones each time
        yield


def _attributes(module: nn.Module, example: Example, calls: Sequence[_Call]) -> list[str]:
    """Return, for each call, the attribute of a module that its rate comes from, or "".

    Every number that may be a rate is moved a little, each by another amount; the rates that
    arrive in a second dry forward then tell where they come from.
    """
    moved = copied(module)
    rates = {call.rate for call in calls}
    named: dict[float, str] = {}
    for name, part in moved.named_modules():
        for attribute, value in _values(part).items():
            if _may_be_a_rate(attribute, value) and value in rates:
                little = (len(named) + 1) * _SLIGHTLY
                unlike = value * (1 - little) if value else little
                named[unlike] = ".".join(filter(None, (name, attribute)))
                vars(part)[attribute] = unlike
    try:
        again = _calls(moved, example)
    except BadInput:  # a module that takes only the numbers it was made with
        return [""] * len(calls)
    if [call.key() for call in again] != [call.key() for call in calls]:
        return [""] * len(calls)
    return [named.get(call.rate, "") for call in again]


def _values(part: nn.Module) -> dict[str, Any]:
    """Return what a module holds itself or by its class."""
    theirs = [kind for kind in type(part).__mro__ if not kind.__module__.startswith("torch.")]
    by_class = {name: value for kind in reversed(theirs) for name, value in vars(kind).items()}
    return {**by_class, **vars(part)}


def _may_be_a_rate(attribute: str, value: object) -> bool:
    if isinstance(value, bool):
        return False
    named_so = attribute == "p" or "drop" in attribute
    return isinstance(value, float) or (isinstance(value, int) and named_so)
