"""Whether a scheduler of torch fits the epochs that it is stepped after: many are made for batches.

What a schedule is meant for is seldom said in it. So its length is compared with the epochs where
it has one, and the learning rates of all epochs are looked at whatever it is.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import torch
from torch import nn

from dropdecay.errors import BadSetting, DropdecayWarning, Parameter
from dropdecay.warn_user import warn_user

LENGTHS = {
    "OneCycleLR": "total_steps", "CosineAnnealingLR": "T_max", "CosineAnnealingWarmRestarts": "T_0",
    "PolynomialLR": "total_iters", "LinearLR": "total_iters", "ConstantLR": "total_iters",
    "CyclicLR": "total_size",
}  # fmt: skip
"""Where a scheduler keeps the steps that it takes, or that its first period takes."""

WORDS = ("num_training_steps", "num_warmup_steps")
"""What the schedules of transformers, which are LambdaLR, call their steps."""

FAR, MOST = 100, 10_000
"""How often the epochs, and how many steps at most, a schedule is followed to see it change."""

FEW = 3
"""Of fewer epochs it is nothing that the rate rises or stays: somebody tries things out."""


def check_epochs(factory: Any, rate: float, epochs: int) -> None:
    """Refuse a scheduler that does not fit the epochs, and warn of one that hardly can be meant so.

    Parameters
    ----------
    factory : callable
        Optimizer -> scheduler.
    rate : float
    epochs : int

    Raises
    ------
    BadSetting
        If it ends before the epochs do, would stop in its midst, or gives a negative rate.
    """
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1, 1))], lr=rate)
    made = factory(optimizer)
    rates = [_rate(optimizer)]
    try:
        for _ in range(epochs):
            optimizer.step()
            made.step()
            rates.append(_rate(optimizer))
    except ValueError as error:
        raise BadSetting(
            Parameter("scheduler"), f" cannot be stepped after each of {epochs} epochs: "
            f"{str(error).rstrip('.')}. Give it as many steps as ",
            Parameter("max_epochs", epochs), ".",
        ) from None  # fmt: skip
    used, kind = rates[:epochs], type(made).__name__
    for part, has, where in _parts(made, epochs):
        _check_length(part, has, where, epochs)
    if (lowest := min(used)) < 0:
        raise BadSetting(
            Parameter("scheduler"), f" gives a negative learning rate, {lowest:.3g}, in epoch "
            f"{used.index(lowest) + 1} of {epochs}. It is stepped after every epoch: give it as "
            "many steps as ", Parameter("max_epochs", epochs), ".",
        )  # fmt: skip
    if said := _said_of(used) or _never_changes(made, optimizer, used):
        warn_user(
            f"This {kind} is stepped after every epoch, {epochs} times, {said}", DropdecayWarning
        )


def _rate(optimizer: torch.optim.Optimizer) -> float:
    return float(optimizer.param_groups[0]["lr"])


def _parts(made: Any, has: int, where: str = "") -> Iterator[tuple[Any, int, str]]:
    """Return every scheduler inside of one, how many epochs it has, and in what it is."""
    inside, name = getattr(made, "_schedulers", None), type(made).__name__
    if inside is None:
        yield made, has, where
        return
    starts = [0, *getattr(made, "_milestones", ())]
    if len(starts) == 1:  # all at once
        starts *= len(inside)
        stops = [has] * len(inside)
    else:
        stops = [*starts[1:], has]
    for number, (part, start, stop) in enumerate(zip(inside, starts, stops, strict=True), start=1):
        if start >= has > 0:
            raise BadSetting(
                Parameter("scheduler"), f" is stepped after every epoch, {has} times, but part "
                f"{number} of this {name}, a {type(part).__name__}, begins after {start} steps, so "
                "it never would. Count milestones in epochs.",
            )  # fmt: skip
        yield from _parts(part, min(stop, has) - start, name)


def _check_length(part: Any, has: int, where: str, epochs: int) -> None:
    """Refuse a scheduler that takes more steps than there are epochs for it."""
    kind, steps = type(part).__name__, _length(part)
    if steps <= has + 1:  # the last may be the end
        return
    this = f"this {kind} takes {steps} steps"
    if where:
        this = f"the {kind} in this {where} takes {steps} steps and has {has}"
    raise BadSetting(
        Parameter("scheduler"), f" is stepped after every epoch, {epochs} times, but {this}, so it "
        "would stop in its midst. Give it as many steps as ", Parameter("max_epochs", epochs),
        *((" has left for it",) if where else ()),
        ", or 'cosine' or 'one_cycle', which go by batches.",
    )  # fmt: skip


def _length(part: Any) -> int:
    """Return how many steps a scheduler takes, as far as it says; 0: it does not."""
    steps = getattr(part, LENGTHS.get(type(part).__name__, ""), None) or 0
    for each in getattr(part, "lr_lambdas", ()):
        given = each.keywords if isinstance(each, partial) else {}
        known = (given.get(word) for word in WORDS)
        steps = max(steps, *(value for value in known if isinstance(value, int)), 0)
    return int(steps)


def _said_of(rates: Sequence[float]) -> str:
    """Say what nobody wants of learning rates, one an epoch."""
    n = len(rates)
    if n >= FEW and rates[-1] > rates[-2] * (1 + 1e-9):
        low = min(range(n), key=rates.__getitem__)
        return (
            f"and the learning rate rises until the end, from {rates[low]:.3g} in epoch {low + 1} "
            f"to {rates[-1]:.3g}. Give it as many steps as max_epochs={n}, counted in epochs."
        )
    learning = [at for at, each in enumerate(rates) if each > 0]
    idle = n - 1 - learning[-1] if learning else n
    if idle < 2 and rates[0] > 0:  # a schedule may end at 0
        return ""
    where = f"the last {idle} epochs" if rates[0] > 0 else "epoch 1"
    return (
        f"and the learning rate is 0 in {where}, where nothing is learnt. Give it as many steps as "
        f"max_epochs={n}, or a lowest rate above 0."
    )


def _never_changes(made: Any, optimizer: torch.optim.Optimizer, rates: Sequence[float]) -> str:
    """Say that a schedule, stepped after these epochs, first acts when training is over."""
    if len(rates) < FEW or {*rates} != {rates[0]}:
        return ""
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        for step in range(len(rates), min(FAR * len(rates), MOST)):
            if _rate(optimizer) != rates[0]:
                return (
                    f"and does nothing: the learning rate first changes after {step} steps. Count "
                    "its steps in epochs."
                )
            made.step()
    return ""
