"""The user's module with our masks at its dropout sites.

The module is not changed: while a step is on, its calls that drop units get our masks instead of
torch's. The mask of a site depends on key, step, site and call alone, so the points of a fold and
seed share it, and one that is dropped at a rate is dropped at every larger rate.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np
import torch
from torch import nn
from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

from dropdecay.arrays import UInt32
from dropdecay.engine.torch_drop import Draw, Kept
from dropdecay.engine.torch_find_sites import (
    Example,
    Site,
    Sites,
    copied,
    find_sites,
    make_parameters,
    names_of,
)
from dropdecay.engine.torch_functional import DropoutCalls, Dropping, Place
from dropdecay.engine.torch_masks import draw_decisions_of_keys
from dropdecay.errors import BadInput, BadSetting, Parameter, unknown_choice
from dropdecay.kernels.masks import ONE, threshold_of
from dropdecay.settings import check_nonnegative, check_rate

WAYS = ("replace", "scale")
"""What a point's value is: the rate of each picked site, or a factor of the rate it has."""

_WRAPPERS = {
    "ScriptModule": "the module that torch.jit.script or torch.jit.trace was given",
    "OptimizedModule": "the module that torch.compile was given",
    "DataParallel": "its .module",
    "DistributedDataParallel": "its .module",
}
"""Modules whose dropout is out of sight, and what to pass instead of them."""

Value = float | Sequence[float]
"""A point's rate or factor: one for every picked site, or one for each."""


class MaskedModule:
    """A module whose dropout uses our masks.

    Parameters
    ----------
    module : nn.Module
        Trained and evaluated through this object's ``module``. Lazy parts draw their weights here.
    example : Tensor, tuple or dict
        Inputs of one batch, with which a copy of the module is run to find its sites.
    sites : str or function, optional
        Which sites a point's rate is for, by name: a pattern such as ``"encoder.*"``, or a
        function from a name to a bool. The others keep the rates they have, with our masks.
        Default: all.
    dropout : {"replace", "scale"}
        What a point's value is: the rate of each picked site, or a factor of the rate it has; the
        product stays below 1.
    found : Sites, optional
        Of another module of the same making. Default: they are looked for, which runs copies of
        the module.
    """

    def __init__(
        self,
        module: nn.Module,
        example: Example,
        *,
        sites: str | Callable[[str], bool] | None = None,
        dropout: str = "replace",
        found: Sites | None = None,
    ) -> None:
        if dropout not in WAYS:
            raise unknown_choice("dropout_mode", dropout, WAYS)
        check_in_sight(module)
        make_parameters(module, example)
        found = find_sites(module, example) if found is None else found
        picked = _picked(module, found.sites, sites)
        self.found = found
        self.module = module
        self.dropout = dropout
        self._found = Sites(picked, found.of_module, found.of_line)
        self._names = names_of(module)
        self._key = np.zeros(2, np.uint32)
        self._thresholds = [threshold_of(site.rate) for site in picked]

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every site, in the order of ``Site.layer``."""
        return self._found.sites

    def rates(self, value: Value) -> tuple[float, ...]:
        """Return the rate of every site at a point.

        Parameters
        ----------
        value : float or sequence of float
            One for every picked site, or one for each of them.

        Raises
        ------
        BadSetting
            If the value is out of range, or the module has no dropout that it could change.
        """
        picked = [site for site in self.sites if site.picked]
        values = self._checked(value, picked)
        by_name = dict(zip((site.name for site in picked), values, strict=True))
        rates = tuple(self._rate(site, by_name.get(site.name)) for site in self.sites)
        _check_shared(self.sites, rates)
        return rates

    def at(self, value: Value, key: UInt32) -> None:
        """Train at this point from now on, with the masks of a key.

        Parameters
        ----------
        value : float or sequence of float
            As in ``rates``.
        key : shape (2,), uint32
            Of fold and seed; the points of both share it.
        """
        self._thresholds = [threshold_of(rate) for rate in self.rates(value)]
        self._key = key

    def step(
        self,
        number: int | torch.Tensor,
        rates: torch.Tensor | None = None,
        keyed: "Keyed | None" = None,
    ) -> DropoutCalls:
        """Return a context in which the module drops by the masks of a step.

        Backward belongs into it as well if the module checkpoints its activations. A module or
        part in evaluation mode drops nothing.

        Parameters
        ----------
        number : int or tensor of one int64
            Counts from 1.
        rates : Tensor, shape (n_sites,), optional
            As ``rates`` returns them, instead of those of ``at``. Under ``torch.func.vmap`` each
            network has its own, and they share the decisions.
        keyed : Keyed, optional
            Where networks of several keys are mapped, instead of the key of ``at``.
        """
        keyed = Keyed([self._key]) if keyed is None else keyed
        if rates is None:
            return _Masks(self._names, self._found, keyed, number, self._thresholds)
        thresholds = (rates.double() * ONE).round().unbind()
        return _Masks(self._names, self._found, keyed, number, thresholds)

    def written_back(self, value: Value) -> nn.Module:
        """Return a copy in evaluation mode, with the rates of a point where it keeps its own.

        A site without ``attribute`` is left as it is written.
        """
        copy = copied(self.module)
        for site, rate in zip(self.sites, self.rates(value), strict=True):
            if site.picked and site.attribute:
                part, _, attribute = site.attribute.rpartition(".")
                setattr(copy.get_submodule(part), attribute, float(rate))
        return copy.eval()

    def _rate(self, site: Site, value: float | None) -> float:
        if value is None:
            return site.rate
        return value if self.dropout == "replace" else min(value * site.rate, (ONE - 1) / ONE)

    def _checked(self, value: Value, picked: Sequence[Site]) -> Sequence[float]:
        check = check_rate if self.dropout == "replace" else check_nonnegative
        name = type(self.module).__name__
        if np.ndim(value) > 0:
            values = [check("dropout", each) for each in np.ravel(value).tolist()]
            if len(values) != len(picked):
                raise BadSetting(
                    f"A point of {len(values)} dropout values does not fit {name}: its sites are "
                    f"{_listed(picked)}. Give one value for all, or {len(picked)}."
                )
            return values
        number = check("dropout", value)
        nothing = 0 if self.dropout == "replace" else 1
        if not picked and number != nothing:
            raise BadSetting(
                f"{name} has no dropout: add nn.Dropout layers where units shall be dropped, or "
                "search weight decay alone: ",
                Parameter("dropouts", (nothing,)),
                ".",
            )
        if self.dropout == "scale" and number != nothing and not any(s.rate for s in picked):
            raise BadSetting(
                f"The dropout rates of {name} are all 0, and 0 times a factor is 0: use ",
                Parameter("dropout_mode", "replace"),
                ".",
            )
        return [number] * len(picked)


def described(masked: MaskedModule, value: Value | None = None) -> list[str]:
    """Return a line for each site: its name, its kind, and what is done with it.

    Parameters
    ----------
    value : float or sequence of float, optional
        Of one point. Default: of any.
    """
    rates = [None] * len(masked.sites) if value is None else masked.rates(value)
    return [
        f"{site.name} ({_kind(site)}): {_done(site, rate, masked.dropout)}"
        for site, rate in zip(masked.sites, rates, strict=True)
    ]


def _kind(site: Site) -> str:
    named_so = site.line and site.kind in site.name  # a function's name says what it is
    return ", ".join(filter(None, ("" if named_so else site.kind, site.line)))


def _done(site: Site, rate: float | None, dropout: str) -> str:
    if site.calls == 0:
        return "not called, so nothing is done"
    if not site.picked:
        return f"keeps its rate {site.rate:g}"
    if rate is not None:
        done = f"rate {site.rate:g} becomes {rate:g}"
    elif dropout == "replace":
        done = f"rate {site.rate:g} is replaced"
    else:
        done = f"rate {site.rate:g} is multiplied"
    return done if site.attribute else f"{done}; edit the line to keep the rate that is chosen"


@dataclass(frozen=True)
class Keyed:
    """The keys of masks, and whose is whose.

    Parameters
    ----------
    keys : sequence of shape (2,), uint32
    of_network : tensor of one int64, or None
        Under ``torch.func.vmap`` the place of each network's key. None: there is one key.
    """

    keys: Sequence[UInt32]
    of_network: torch.Tensor | None = None


class _Masks(DropoutCalls):
    """Drops by the masks of one step."""

    def __init__(
        self,
        names: dict[int, str],
        sites: Sites,
        keyed: "Keyed",
        step: int | torch.Tensor,
        thresholds: Sequence[int | torch.Tensor],
    ) -> None:
        super().__init__(names)
        self._sites, self._keyed, self._step, self._thresholds = sites, keyed, step, thresholds
        self._uses = [0] * len(sites.sites)
        self._drawn = [0] * len(sites.sites)

    def dropped(self, call: Dropping, rate: float, place: Place) -> Draw:
        at = self._sites.of(call, rate, place)
        if at is None:
            raise BadInput(
                f"{call.name} at {place} was not called for the first batch. Let forward call it "
                "for every batch and outside of torch.compile, or use nn.Dropout there."
            )
        site, threshold = self._sites.sites[at], self._thresholds[at]
        again = torch._C._current_graph_task_id() != -1  # a checkpoint repeats its forward
        if again and self._uses[at] > 1:
            raise BadInput(
                f"{site.name} is called several times, and its calls cannot be told apart under "
                "torch.utils.checkpoint. Give each place an nn.Dropout of its own."
            )
        n_drawn = 0 if again else self._drawn[at]
        self._uses[at] += not again

        def draw(shape: Sequence[int], device: torch.device) -> Kept | None:
            nonlocal n_drawn
            number, n_drawn = n_drawn, n_drawn + 1
            self._drawn[at] = max(self._drawn[at], n_drawn)
            if isinstance(threshold, int) and threshold == 0:
                return None
            decisions = self._decisions(math.prod(shape), device, site.layer, number)
            return Kept((decisions >= threshold).view(*shape), threshold)

        return draw

    def _decisions(self, n: int, device: torch.device, layer: int, call: int) -> torch.Tensor:
        # Floats hold 16 bits exactly, and a CPU compares them four times as fast.
        dtype = torch.float32 if device.type == "cpu" else torch.int32
        # Outside of torch.func: its transforms wrap a new tensor, which then has no memory.
        with temporarily_clear_interpreter_stack():
            decisions = torch.empty((len(self._keyed.keys), n), dtype=dtype, device=device)
            draw_decisions_of_keys(decisions, self._keyed.keys, self._step, layer, call)
        if self._keyed.of_network is None:
            return decisions[0]
        return decisions.index_select(0, self._keyed.of_network.view(1))[0]


def _picked(
    module: nn.Module, sites: tuple[Site, ...], wanted: str | Callable[[str], bool] | None
) -> tuple[Site, ...]:
    """Say which of the sites that are called the point's rate is for."""

    def is_picked(site: Site) -> bool:
        if site.calls == 0 or wanted is None:
            return site.calls > 0
        return fnmatchcase(site.name, wanted) if isinstance(wanted, str) else wanted(site.name)

    picked = tuple(replace(site, picked=bool(is_picked(site))) for site in sites)
    called = [site for site in sites if site.calls > 0]
    if called and not any(site.picked for site in picked):
        raise BadSetting(
            Parameter("sites", wanted),
            f" picks none of the dropout sites of {type(module).__name__}: {_listed(called)}.",
        )
    kept = {site.attribute for site in picked if site.calls > 0 and not site.picked}
    return tuple(
        # What the others read as well is not ours to write.
        replace(site, attribute="") if site.picked and site.attribute in kept else site
        for site in picked
    )


def _check_shared(sites: Sequence[Site], rates: Sequence[float]) -> None:
    seen: dict[str, tuple[str, float]] = {}
    for site, rate in zip(sites, rates, strict=True):
        if not (site.picked and site.attribute):
            continue
        name, other = seen.setdefault(site.attribute, (site.name, rate))
        if other != rate:
            raise BadSetting(
                f"{name} and {site.name} both read {site.attribute}: give them one dropout value."
            )


def check_in_sight(module: nn.Module) -> None:
    """Refuse a module whose dropout is out of sight.

    Raises
    ------
    BadInput
    """
    for part in module.modules():
        for kind in type(part).__mro__:
            if kind.__module__.startswith("torch") and kind.__name__ in _WRAPPERS:
                raise BadInput(
                    f"Dropout inside {type(part).__name__} cannot be seen: pass "
                    f"{_WRAPPERS[kind.__name__]}."
                )
        if _is_compiled(part):
            raise BadInput(
                f"Dropout inside {type(part).__name__} cannot be seen, since torch.compile changed "
                "its forward: leave torch.compile out."
            )


def _is_compiled(part: nn.Module) -> bool:
    """Return whether ``compile()`` of a module was called, or its forward is compiled."""
    is_in_place = getattr(part, "_compiled_call_impl", None) is not None
    return is_in_place or hasattr(part.forward, "_torchdynamo_orig_callable")


def _listed(sites: Sequence[Site]) -> str:
    return ", ".join(site.name for site in sites) or "none"
