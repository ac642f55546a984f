"""Optimizer and learning-rate schedule of a search over modules, as the user gives them."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import torch
from torch import nn

from dropdecay.engine.torch_rates import Factors
from dropdecay.engine.torch_recipe import check_optimizer
from dropdecay.errors import BadSetting, Parameter
from dropdecay.safe_text import first_line_of
from dropdecay.settings import HORIZON_SCHEDULES, check_choice, check_positive
from dropdecay.torch.scheduler_epochs import check_epochs

GROUPS = "param_groups"
"""The argument of an optimizer, in skorch, that gives parameters rates of their own."""

Scheduler = Callable[[torch.optim.Optimizer], Any]
"""Makes a scheduler of torch."""

WITH_AN_END = ("OneCycleLR", "CosineAnnealingLR", "PolynomialLR", "LinearLR", "SequentialLR")


def optimizer_of(
    optimizer: Any, rate: float, arguments: Mapping[str, Any]
) -> Callable[..., torch.optim.Optimizer]:
    """Return what makes an optimizer that decays nothing, given parameters and learning rate.

    Parameters
    ----------
    optimizer : class or None
        None: AdamW.
    rate : float
        The parameter ``lr``.
    arguments : mapping
        The ``optimizer__`` parameters, without their prefix.

    Raises
    ------
    BadSetting
        If it cannot be made, or is not one that can be used here.
    """
    optimizer = torch.optim.AdamW if optimizer is None else optimizer
    check_optimizer(optimizer)
    for name in ("lr", "weight_decay", "params"):
        if name in arguments:
            raise BadSetting(
                f"optimizer__{name} is not the optimizer's here: use ",
                Parameter("lr" if name == "lr" else "weight_decays"), ".",
            )  # fmt: skip
    check_positive("lr", rate)
    options = {name: each for name, each in arguments.items() if name != GROUPS}
    if _can_be_fused(optimizer) and not {"foreach", "fused"} & {*options}:
        options["fused"] = True
    try:
        made = _made(optimizer, rate, options)
        if made.defaults.get("weight_decay"):
            options["weight_decay"] = 0.0  # ours acts, on the right parameters
            _made(optimizer, rate, options)
    except (TypeError, ValueError) as error:
        given = [f"optimizer__{name}" for name in arguments]
        raise BadSetting(
            f"{optimizer.__name__} cannot be made: {error}. Its arguments are given as "
            f"{', '.join(given) or 'optimizer__NAME=...'}."
        ) from None
    return partial(optimizer, **options)


def lr_factors_of(arguments: Mapping[str, Any], rate: float) -> Factors:
    """Return which parameters have which share of the learning rate, as skorch's users say it.

    Parameters
    ----------
    arguments : mapping
        The ``optimizer__`` parameters, without their prefix. ``param_groups`` are pairs of a
        pattern of names and ``{"lr": ...}``.
    rate : float
        The parameter ``lr``.

    Raises
    ------
    BadSetting
        If they are something else, or a rate is not above 0, or above ``rate``.
    """
    found, given = [], arguments.get(GROUPS, ())
    for each in given if isinstance(given, list | tuple) else (given,):
        is_pair = isinstance(each, list | tuple) and len(each) == 2
        pattern, options = each if is_pair else (None, None)
        if not (isinstance(pattern, str) and isinstance(options, Mapping) and [*options] == ["lr"]):
            raise BadSetting(
                f"optimizer__{GROUPS} must be pairs of a pattern of names and a learning rate, "
                f"such as [('body.*', {{'lr': 0.0001}})]. Got {each!r}. Which parameters decay is "
                "for decays=; the rest is the same for all."
            )
        own = check_positive(f"the lr of {pattern!r}", options["lr"])
        if own > rate:
            raise BadSetting(
                f"The lr of {pattern!r}, {own:g}, is above that of all others. Give the largest "
                "as ", Parameter("lr"), f" and smaller ones in optimizer__{GROUPS}.",
            )  # fmt: skip
        found.append((pattern, own / rate))
    return tuple(found)


def scheduler_of(scheduler: object, rate: float) -> Scheduler | None:
    """Return the factory of a scheduler of torch; None: a schedule of ours, or none.

    Raises
    ------
    BadSetting
        If it is neither, or one that watches a validation loss.
    """
    if scheduler is None or isinstance(scheduler, str):
        check_choice("scheduler", scheduler or "constant", ("constant", *HORIZON_SCHEDULES))
        return None
    if not callable(scheduler):
        is_made = hasattr(scheduler, "step")
        given = f"one that is made: {type(scheduler).__name__}" if is_made else repr(scheduler)
        raise BadSetting(
            Parameter("scheduler"), " must be 'cosine', 'one_cycle', or a function that takes "
            f"an optimizer and returns a scheduler of torch. Got {given}.",
        )  # fmt: skip
    try:
        made = scheduler(_made(torch.optim.SGD, rate, {}))
    except Exception as error:  # whatever the user's function raises
        raise BadSetting(
            Parameter("scheduler"), f" cannot be made ({first_line_of(error)}). Give a function of "
            "the optimizer alone, such as lambda optimizer: "
            "torch.optim.lr_scheduler.StepLR(optimizer, 10).",
        ) from error  # fmt: skip
    if not hasattr(made, "step"):
        raise BadSetting(
            Parameter("scheduler"), " must return a scheduler of torch, such as "
            f"torch.optim.lr_scheduler.StepLR(optimizer, 10). It returned {made!r}.",
        )  # fmt: skip
    if type(made).__name__ == "ReduceLROnPlateau":
        raise BadSetting(
            Parameter("scheduler"), " cannot be ReduceLROnPlateau: it watches one network's "
            "validation loss, which no fold may do. Use 'cosine', or a schedule by epochs.",
        )  # fmt: skip
    return cast(Scheduler, scheduler)


def has_end(scheduler: object, rate: float) -> bool:
    """Return whether the learning rate falls along a known number of epochs."""
    factory = scheduler_of(scheduler, rate)
    if factory is None:
        return scheduler in HORIZON_SCHEDULES
    return type(factory(_made(torch.optim.SGD, rate, {}))).__name__ in WITH_AN_END


def check_steps(scheduler: object, rate: float, epochs: int) -> None:
    """Refuse a scheduler of torch that does not fit the epochs; see ``check_epochs``."""
    factory = scheduler_of(scheduler, rate)
    if factory is not None:
        check_epochs(factory, rate, epochs)


def _made(optimizer: type, rate: float, options: Mapping[str, Any]) -> torch.optim.Optimizer:
    """Return an optimizer of nothing much, to see whether it can be made."""
    made = optimizer([nn.Parameter(torch.zeros(1, 1))], lr=rate, **options)
    return cast(torch.optim.Optimizer, made)


def _can_be_fused(optimizer: type) -> bool:
    """Return whether an optimizer of torch can take its step in one pass over all parameters."""
    is_of_torch = optimizer.__module__.startswith("torch.optim.")
    if optimizer is torch.optim.Adagrad:  # on a processor alone
        return False
    return is_of_torch and "fused" in inspect.signature(optimizer).parameters
