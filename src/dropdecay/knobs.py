"""The knobs that can be axes of a surface: one table with all that the package knows of each.

To add an axis, add its row to ``AXES`` at the end; all layers above read it from there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from numbers import Real

from dropdecay.errors import BadSetting
from dropdecay.knob_steps import (
    HIGHEST_L1,
    HIGHEST_LEARNING_RATE,
    HIGHEST_NOISE,
    LOWEST_LEARNING_RATE,
    doubled,
    half_decades_above,
    half_decades_below,
    halved,
    longer_memory,
    rates_above,
    rates_below,
    shorter_memory,
)
from dropdecay.near_names import suggestion
from dropdecay.parts import ACTIVATIONS
from dropdecay.settings import check_choice, check_nonnegative, check_positive, check_rate

Value = float | str | tuple[float, ...] | None
"""A number, a name, one number per layer, or None for a knob that None switches off."""


@dataclass(frozen=True)
class Knob:
    """One thing that can be an axis: a row of ``AXES``.

    Parameters
    ----------
    name : str
        The parameter of the estimators, and the coordinate of results.
    printed : str
        Its name in sentences and tables.
    home : {"network", "regularization", "schedule", "arguments"}
        The part of a ``Setting`` that it belongs to; "arguments": those that a module of the user's
        own is made with.
    field : str
        The field of that part, or the argument.
    check : callable
        Converts what a user gave to a value, or raises ``BadSetting``.
    torch, keras, sklearn : str
        How that library spells it, with ``{value}`` for the value; "": it has no equivalent.
    regularizes : bool
        Whether it has a neutral value; a knob without one is tuned.
    neutral : value
        The value at which it has no effect, if it regularizes.
    strength : callable or None
        Value -> number, larger for values with a stronger effect; None: values are names without
        an order, and an axis of them has no ends.
    stronger, weaker : callable
        Value -> values beyond it, the nearest first; empty if there are none to propose.
    has_memory : bool
        Whether a value may be a memory in epochs (``decay_memory``). Then values are factors apart,
        nothing is near to the neutral one, and the axis grows by memory where that is known.
    usual : tuple of values
        What a cocktail tries in place of the neutral value; (): it leaves the knob alone.
    option, parameter : str
        How the axis is given on the command line and in Python, if not as ``--axis name=`` and
        ``axes={"name": ...}``.
    """

    name: str
    printed: str
    home: str
    field: str
    check: Callable[[object], Value]
    torch: str
    keras: str
    sklearn: str
    regularizes: bool = True
    neutral: Value = 0.0
    strength: Callable[[Value], float] | None = None
    stronger: Callable[[Value], tuple[Value, ...]] = lambda value: ()
    weaker: Callable[[Value], tuple[Value, ...]] = lambda value: ()
    has_memory: bool = False
    usual: tuple[Value, ...] = ()
    option: str = ""
    parameter: str = ""

    @property
    def how_to_give(self) -> str:
        """How to give values of this axis in Python and on the command line, for messages."""
        return (
            f"{self.parameter or f'axes={{{self.name!r}: ...}}'}, "
            f"{self.option or f'--axis {self.name}='}"
        )

    def is_neutral(self, value: Value) -> bool:
        """Whether the knob has no effect at this value."""
        return self.regularizes and value == self.neutral


ARGUMENTS = "arguments"
"""The home of knobs that are arguments of the user's own module."""

PREFIX = "module__"
"""In front of the names of these."""


def is_axis(name: object) -> bool:
    """Return whether there can be an axis of this name."""
    return isinstance(name, str) and (name in AXES or name.startswith(PREFIX))


def knob_of(name: str) -> Knob:
    """Return the knob of this name.

    Raises
    ------
    BadSetting
        If there is none; the message lists the names.
    """
    if name.startswith(PREFIX):
        return _knob_of_argument(name)
    if name not in AXES:
        hint = suggestion(get_close_matches(name, AXES, n=1))
        raise BadSetting(f"An axis must be one of {', '.join(AXES)}. Got {name!r}.{hint}")
    return AXES[name]


@cache
def _knob_of_argument(name: str) -> Knob:
    argument = name.removeprefix(PREFIX)
    return Knob(
        name=name, printed=f"module {argument}", home=ARGUMENTS, field=argument,
        check=lambda value: _argument(name, value), torch=f"{argument}={{value}}",
        keras=f"{argument}={{value}}", sklearn="", regularizes=False,
    )  # fmt: skip


def _argument(name: str, value: object) -> Value:
    """Return what stands for a value that the user's module is made with: a number or a name."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, (list, tuple)) and all(isinstance(each, Real) for each in value):
        return tuple(map(float, value))
    named = value if isinstance(value, str) else getattr(value, "__name__", "")
    if not named:
        raise BadSetting(
            f"{name} cannot be an axis over {value!r}. Give numbers, tuples of numbers, strings, "
            "or classes and functions, which are told apart by their names."
        )
    return str(named)


def _rates(name: str) -> Callable[[object], Value]:
    """Return a check for one rate for all layers, or a tuple of one per layer."""

    def check(value: object) -> Value:
        if isinstance(value, (list, tuple)):
            rates = tuple(check_rate(name, each) for each in value)
            return rates if any(rates) else 0.0
        return check_rate(name, value)

    return check


def _size(value: Value) -> float:
    """Order numbers by size, and rates per layer by their mean."""
    if isinstance(value, tuple):
        return sum(value) / max(len(value), 1)
    assert isinstance(value, float)  # the check of the knob made it one
    return value


def _tightness(value: Value) -> float:
    """Order bounds from none to the tightest."""
    return -math.inf if value is None else -_size(value)


AXES: dict[str, Knob] = {
    knob.name: knob
    for knob in (
        Knob(
            name="dropout",
            printed="dropout",
            home="regularization",
            field="dropout",
            check=_rates("dropout"),
            torch="nn.Dropout({value})",
            keras="layers.Dropout({value})",
            sklearn="",
            strength=_size,
            stronger=rates_above,
            weaker=rates_below,
            option="--dropout",
            parameter="dropouts",
        ),
        Knob(
            name="dropout_factor",
            printed="dropout factor",
            home="regularization",
            field="dropout_factor",
            check=lambda value: check_nonnegative("dropout_factor", value),
            torch="every nn.Dropout's own rate times {value}",
            keras="",
            sklearn="",
            strength=_size,
            stronger=lambda value: (2 * value,) if isinstance(value, float) and value < 4 else (),
            weaker=lambda value: (value / 2, 0.0) if isinstance(value, float) and value else (),
            parameter="dropouts",
        ),
        Knob(
            name="weight_decay",
            printed="weight decay",
            home="regularization",
            field="weight_decay",
            check=lambda value: check_nonnegative("weight_decay", value),
            torch="optim.AdamW(..., weight_decay={value})",
            keras="optimizers.Adam(..., weight_decay={value})",
            sklearn="",
            strength=_size,
            stronger=half_decades_above,
            weaker=half_decades_below,
            has_memory=True,
            option="--weight-decay",
            parameter="weight_decays",
        ),
        Knob(
            name="l1",
            printed="L1",
            home="regularization",
            field="l1",
            check=lambda value: check_nonnegative("l1", value),
            torch="weight.copy_(F.softshrink(weight, lr * {value})) after each step",
            keras="kernel.assign(sign(kernel) * relu(abs(kernel) - lr * {value})) after each step",
            sklearn="",
            strength=_size,
            stronger=lambda value: half_decades_above(value, HIGHEST_L1),
            weaker=half_decades_below,
            usual=(0.01, 0.1),
        ),
        Knob(
            name="weight_average",
            printed="weight average",
            home="regularization",
            field="weight_average",
            check=lambda value: check_rate("weight_average", value),
            torch="optim.swa_utils.AveragedModel(model, "
            "multi_avg_fn=get_ema_multi_avg_fn({value})), updated after each step",
            keras="use_ema=True, ema_momentum={value} in the optimizer",
            sklearn="",
            strength=_size,
            stronger=longer_memory,
            weaker=shorter_memory,
            usual=(0.99, 0.999),
        ),
        Knob(
            name="input_dropout",
            printed="input dropout",
            home="regularization",
            field="input_dropout",
            check=lambda value: check_rate("input_dropout", value),
            torch="nn.Dropout({value}) before the first layer",
            keras="layers.Dropout({value}) before the first layer",
            sklearn="",
            strength=_size,
            stronger=rates_above,
            weaker=rates_below,
            usual=(0.05, 0.2),
        ),
        Knob(
            name="input_noise",
            printed="input noise",
            home="regularization",
            field="input_noise",
            check=lambda value: check_nonnegative("input_noise", value),
            torch="x + {value} * torch.randn_like(x) before the first layer, in training",
            keras="layers.GaussianNoise({value}) before the first layer",
            sklearn="",
            strength=_size,
            stronger=lambda value: half_decades_above(value, HIGHEST_NOISE),
            weaker=half_decades_below,
            usual=(0.1, 0.3),
        ),
        Knob(
            name="mixup",
            printed="mixup",
            home="regularization",
            field="mixup",
            check=lambda value: check_nonnegative("mixup", value),
            torch="a = Beta({value}, {value}).sample(); x = a * x + (1 - a) * x.roll(k, 0), and a "
            "and 1 - a times the losses of y and y.roll(k, 0)",
            keras="",
            sklearn="",
            strength=_size,
            stronger=doubled,
            weaker=halved,
            usual=(0.2, 1.0),
        ),
        Knob(
            name="cutmix",
            printed="cutmix",
            home="regularization",
            field="cutmix",
            check=lambda value: check_nonnegative("cutmix", value),
            torch="own = torch.rand(x.shape[1]) < Beta({value}, {value}).sample(); x = "
            "torch.where(own, x, x.roll(k, 0)), with losses by own.float().mean() as in mixup",
            keras="",
            sklearn="",
            strength=_size,
            stronger=doubled,
            weaker=halved,
            usual=(0.2, 1.0),
        ),
        Knob(
            name="dropconnect",
            printed="DropConnect",
            home="regularization",
            field="dropconnect",
            check=lambda value: check_rate("dropconnect", value),
            torch="F.dropout(weight, {value}) of every hidden layer in each step",
            keras="",
            sklearn="",
            strength=_size,
            stronger=rates_above,
            weaker=rates_below,
            usual=(0.1, 0.3),
        ),
        Knob(
            name="max_norm",
            printed="max-norm",
            home="regularization",
            field="max_norm",
            check=lambda value: None if value is None else check_positive("max_norm", value),
            torch="torch.renorm(weight, 2, 0, {value}) on every hidden layer after each step",
            keras="constraints.MaxNorm({value}) on every hidden kernel",
            sklearn="",
            neutral=None,
            strength=_tightness,
            stronger=lambda value: (value / 2, value / 4) if isinstance(value, float) else (),
            weaker=lambda value: (2 * value, 4 * value) if isinstance(value, float) else (),
            usual=(2.0, 1.0),
        ),
        Knob(
            name="label_smoothing",
            printed="label smoothing",
            home="network",
            field="label_smoothing",
            check=lambda value: check_rate("label_smoothing", value),
            torch="nn.CrossEntropyLoss(label_smoothing={value})",
            keras="losses.CategoricalCrossentropy(label_smoothing={value})",
            sklearn="",
            strength=_size,
            stronger=lambda value: rates_above(value)[:1],
            weaker=rates_below,
            usual=(0.02, 0.1),
        ),
        Knob(
            name="learning_rate_init",
            printed="learning rate",
            home="schedule",
            field="learning_rate",
            check=lambda value: check_positive("learning_rate_init", value),
            torch="lr={value}",
            keras="learning_rate={value}",
            sklearn="learning_rate_init={value}",
            regularizes=False,
            strength=_size,
            stronger=lambda value: half_decades_above(value, HIGHEST_LEARNING_RATE),
            weaker=lambda value: half_decades_below(value, LOWEST_LEARNING_RATE),
        ),
        Knob(
            name="activation",
            printed="activation",
            home="network",
            field="activation",
            check=lambda value: check_choice("activation", value, ACTIVATIONS),
            torch="",
            keras="activation={value}",
            sklearn="activation={value}",
            regularizes=False,
        ),
    )
}
"""Every knob by name; a row is all that the package knows of an axis."""
