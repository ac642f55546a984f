"""Axes of a surface as data: which knobs there are, their values, and points made of them.

A surface is spanned by any axes of the table ``AXES``. Everything above this file reads axes and
points from the data and names none of them; to add one, add its row at the foot.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import product
from numbers import Real

from dropdecay.errors import BadSetting
from dropdecay.parts import ACTIVATIONS
from dropdecay.settings import (
    Setting,
    check_choice,
    check_nonnegative,
    check_positive,
    check_rate,
)

Value = float | str | tuple[float, ...] | None
"""A number, a name, one number a layer, or None where a knob can be switched off by it."""


NONE, TOGETHER = "none", "together"
"""Kinds of points: nothing regularizes; several axes do. The other kinds are names of axes."""


@dataclass(frozen=True)
class Knob:
    """One thing that can be an axis: a row of ``AXES``.

    Parameters
    ----------
    name : str
        As the estimators call the parameter, and as results call the coordinate.
    printed : str
        As a sentence calls it.
    home : {"network", "regularization", "schedule"}
        The part of a ``Setting`` that it belongs to.
    field : str
        The field of that part.
    check : callable
        Turns what a user gave into a value, or raises ``BadSetting``.
    torch, keras, sklearn : str
        What it is called there, ``{value}`` standing for the value; "": there is no such thing.
    regularizes : bool
        Whether it has a value at which it does nothing. A knob that has none is tuned.
    neutral : value
        The value at which it does nothing, if it regularizes.
    strength : callable or None
        Value -> number, larger where the value acts more strongly; None: values are names without
        an order, and an axis of them has no ends.
    stronger, weaker : callable
        Value -> values beyond it, the nearest first; empty where nothing is proposed.
    option, parameter : str
        How the axis is given on the command line and in Python, where not as ``--axis name=`` and
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
    option: str = ""
    parameter: str = ""

    @property
    def how_to_give(self) -> str:
        """The ways to give values of this axis, for messages."""
        return (
            f"{self.parameter or f'axes={{{self.name!r}: ...}}'}, "
            f"{self.option or f'--axis {self.name}='}"
        )

    def is_neutral(self, value: Value) -> bool:
        """Whether the knob does nothing at this value."""
        return self.regularizes and value == self.neutral


def knob_of(name: str) -> Knob:
    """Return the knob of a name, or say which there are."""
    if name not in AXES:
        near = get_close_matches(name, AXES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise BadSetting(f"An axis must be one of {', '.join(AXES)}. Got {name!r}.{hint}")
    return AXES[name]


def printed_value(value: Value) -> str:
    """Write a value of an axis as tables and sentences show it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "/".join(f"{each:g}" for each in value)
    return value if isinstance(value, str) else f"{value:g}"


@dataclass(frozen=True)
class Axis:
    """A knob with the values to try, weakest first and without repetition; names as given."""

    name: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, name: str, values: object) -> "Axis":
        """Check and order values: one, or an iterable of them.

        Raises
        ------
        BadSetting
            If there is no such axis, a value is not allowed, or there is none.
        """
        knob = knob_of(name)
        single = isinstance(values, (Real, str)) or values is None
        if not single and not isinstance(values, Iterable):
            raise BadSetting(f"{name} needs a value or a sequence of values. Got {values!r}.")
        listed = [values] if single or not isinstance(values, Iterable) else list(values)
        if not listed:
            raise BadSetting(f"{name} needs at least one value.")
        checked = dict.fromkeys(knob.check(value) for value in listed)
        strength = knob.strength
        ordered = checked if strength is None else sorted(checked, key=strength)
        return cls(name, tuple(ordered))

    @property
    def knob(self) -> Knob:
        """What this axis turns."""
        return knob_of(self.name)


@dataclass(frozen=True)
class Point:
    """The values of all axes of a surface, by name."""

    values: tuple[tuple[str, Value], ...]

    @classmethod
    def of(cls, **values: Value) -> "Point":
        """Make a point of values by name."""
        return cls(tuple(values.items()))

    def __getitem__(self, name: str) -> Value:
        return dict(self.values)[name]

    def as_dict(self) -> dict[str, Value]:
        """Return the values by name, as the single estimators take them."""
        return dict(self.values)

    @property
    def active(self) -> tuple[str, ...]:
        """The axes that regularize at this point, by name."""
        return tuple(
            name for name, value in self.values
            if knob_of(name).regularizes and not knob_of(name).is_neutral(value)
        )  # fmt: skip

    @property
    def kind(self) -> str:
        """What regularizes here: ``NONE``, the one axis that does, or ``TOGETHER``: several."""
        active = self.active
        if len(active) > 1:
            return TOGETHER
        return active[0] if active else NONE

    def applied_to(self, setting: Setting) -> Setting:
        """Return a setting with the values of this point."""
        changed: dict[str, dict[str, Value]] = {}
        for name, value in self.values:
            knob = knob_of(name)
            changed.setdefault(knob.home, {})[knob.field] = value
        parts = {home: replace(getattr(setting, home), **new) for home, new in changed.items()}
        return replace(setting, **parts)

    def described(self, joined_by: str = ", ") -> str:
        """Name every value: "dropout 0.2, weight decay 0"."""
        return joined_by.join(
            f"{knob_of(name).printed} {printed_value(value)}" for name, value in self.values
        )

    def __str__(self) -> str:
        """Name what is switched on, and tuned: "dropout 0.2 with weight decay 1"."""
        on = [name for name, _ in self.values if name in self.active]
        said = " with ".join(f"{knob_of(name).printed} {printed_value(self[name])}" for name in on)
        tuned = [
            f"{knob_of(name).printed} {printed_value(value)}"
            for name, value in self.values
            if not knob_of(name).regularizes
        ]
        return ", ".join([said or "no regularization", *tuned])


@dataclass(frozen=True)
class Axes:
    """The axes that span a surface; the first varies slowest among the points."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Axes":
        """Make axes of values by name, checked and in order."""
        return cls(tuple(Axis.of(name, each) for name, each in values.items()))

    def __iter__(self) -> Iterator[Axis]:
        return iter(self.axes)

    def __getitem__(self, name: str) -> Axis:
        return next(axis for axis in self.axes if axis.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the axes, in order."""
        return tuple(axis.name for axis in self.axes)

    @property
    def n_points(self) -> int:
        """Number of points of the full grid."""
        return math.prod(len(axis.values) for axis in self.axes)

    @property
    def points(self) -> tuple[Point, ...]:
        """All points of the grid."""
        rows = product(*(axis.values for axis in self.axes))
        return tuple(Point(tuple(zip(self.names, row, strict=True))) for row in rows)

    def joined_by(self, name: str, values: Iterable[Value]) -> "Axes":
        """Return axes of which one has more values."""
        return Axes(
            tuple(
                Axis.of(name, (*axis.values, *values)) if axis.name == name else axis
                for axis in self.axes
            )
        )


def parse_axis(text: str) -> Axis:
    """Read an axis as the command line takes it: ``max_norm=none,2,4``.

    Values are separated by commas; one number a layer is written ``0.1/0.3``.

    Raises
    ------
    BadSetting
        If the text has another form, or the axis or a value is not allowed.
    """
    name, equals, rest = text.partition("=")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if not equals or not parts:
        raise BadSetting(
            f"An axis is given as NAME=VALUES, such as max_norm=none,2,4. Got {text!r}."
        )
    return Axis.of(name.strip(), [parse_value(part) for part in parts])


def parse_value(text: str) -> Value:
    """Read one value of an axis from text: a number, "none", numbers joined by "/", or a name."""
    if text.lower() == "none":
        return None
    try:
        numbers = tuple(float(part) for part in text.split("/"))
    except ValueError:
        return text
    return numbers if len(numbers) > 1 else numbers[0]


def stored_values(values: Iterable[Value]) -> list[float] | list[str]:
    """Return values as a file can hold them: numbers with NaN for None, or all of them as text.

    Text is the name itself, or JSON where a value holds one number a layer.
    """
    listed = list(values)
    if any(isinstance(value, tuple) for value in listed):
        return [json.dumps(value) for value in listed]
    if any(isinstance(value, str) for value in listed):
        return [str(value) for value in listed]
    return [math.nan if value is None else float(value) for value in listed]  # type: ignore[arg-type]


def restored_value(stored: object) -> Value:
    """Return the value that :func:`stored_values` wrote."""
    if not isinstance(stored, str):
        number = float(stored)  # type: ignore[arg-type]  # a NumPy number
        return None if math.isnan(number) else number
    try:
        read = json.loads(stored)
    except ValueError:
        return stored  # a name
    if isinstance(read, list):
        return tuple(map(float, read))
    return None if read is None else float(read)


HIGHEST_RATE = 0.8
HIGHEST_DECAY = 30.0
LOWEST_LEARNING_RATE, HIGHEST_LEARNING_RATE = 1e-5, 0.1
"""Beyond these nothing is proposed: training collapses, or stands still."""

RATE_STEP = 0.1


def rates_above(rate: Value) -> tuple[Value, ...]:
    """Return the next two rates above, in steps of 0.1, up to 0.8."""
    if not isinstance(rate, float) or rate >= HIGHEST_RATE:
        return ()
    steps = (round(rate + RATE_STEP, 3), round(rate + 2 * RATE_STEP, 3))
    return tuple(step for step in steps if step <= HIGHEST_RATE) or (HIGHEST_RATE,)


def rates_below(rate: Value) -> tuple[Value, ...]:
    """Return half the rate, and none."""
    return (round(rate / 2, 3), 0.0) if isinstance(rate, float) and rate > 0.0 else ()


def half_decades_above(value: Value, highest: float = HIGHEST_DECAY) -> tuple[Value, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 above a value, up to the highest."""
    if not isinstance(value, float) or value <= 0.0:
        return ()
    above = [each for each in _half_decades(value) if each > value * (1 + 1e-9)][:2]
    return tuple(each for each in above if each <= highest)


def half_decades_below(value: Value, lowest: float = 0.0) -> tuple[Value, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 below a value, the nearest first."""
    if not isinstance(value, float) or value <= 0.0:
        return ()
    below = [each for each in _half_decades(value) if each < value * (1 - 1e-9)][-2:]
    return tuple(each for each in reversed(below) if each >= lowest)


def _half_decades(value: float) -> list[float]:
    decade = math.floor(math.log10(value))
    # From text, so that 0.3 is 0.3 and not 0.30000000000000004.
    return [float(f"{digit}e{decade + i}") for i in (-2, -1, 0, 1, 2) for digit in (1, 3)]


def _rates(name: str) -> Callable[[object], Value]:
    """Return a check of rates: one for all layers, or a tuple of one a layer."""

    def check(value: object) -> Value:
        if isinstance(value, (list, tuple)):
            return tuple(check_rate(name, each) for each in value)
        return check_rate(name, value)

    return check


def _size(value: Value) -> float:
    """Order numbers by size, rates a layer by their mean."""
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
            option="--weight-decay",
            parameter="weight_decays",
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
"""The knobs there are. A row is all that the package knows of an axis."""
