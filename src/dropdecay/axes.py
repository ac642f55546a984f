"""Axes of a surface as data: a knob with its values, the grid that they span, and its points.

No layer above this one names an axis; all read axes and points from the data.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from numbers import Real

from dropdecay.errors import BadSetting
from dropdecay.knobs import ARGUMENTS, Knob, Value, knob_of
from dropdecay.settings import Module, Setting

NONE, TOGETHER = "none", "together"
"""Kinds of points: no axis regularizes; several do. The other kinds are names of axes."""


def printed_value(value: Value) -> str:
    """Write a value of an axis for tables and sentences."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "/".join(f"{each:g}" for each in value)
    return value if isinstance(value, str) else f"{value:g}"


@dataclass(frozen=True)
class Axis:
    """A knob with the distinct values to try, weakest first; names stay in the order given."""

    name: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, name: str, values: object) -> "Axis":
        """Check and sort one value or an iterable of values.

        Raises
        ------
        BadSetting
            If there is no such axis, a value is not allowed, or there are no values.
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
        """The knob that this axis turns."""
        return knob_of(self.name)


@dataclass(frozen=True)
class Point:
    """The values of all axes of a surface, by name."""

    values: tuple[tuple[str, Value], ...]

    @classmethod
    def of(cls, **values: Value) -> "Point":
        """Make a point from values by name."""
        return cls(tuple(values.items()))

    def __getitem__(self, name: str) -> Value:
        return dict(self.values)[name]

    def as_dict(self) -> dict[str, Value]:
        """Return the values by name, as the estimators take them."""
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
        """``NONE``, the name of the only axis that regularizes here, or ``TOGETHER``."""
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
        arguments = changed.pop(ARGUMENTS, None)
        if arguments is not None:
            assert isinstance(setting.network, Module)  # only a module has such axes
            setting = replace(setting, network=setting.network.made_with(arguments))
        parts = {home: replace(getattr(setting, home), **new) for home, new in changed.items()}
        return replace(setting, **parts)

    def described(self, joined_by: str = ", ") -> str:
        """Name every value: "dropout 0.2, weight decay 0"."""
        return joined_by.join(
            f"{knob_of(name).printed} {printed_value(value)}" for name, value in self.values
        )

    def __str__(self) -> str:
        """Name the active and the tuned values: "dropout 0.2 with weight decay 1".

        Three or more active ones are listed: "dropout 0.2, weight decay 1 and max-norm 4".
        """
        words = {
            name: f"{knob_of(name).printed} {printed_value(value)}" for name, value in self.values
        }
        active = [words[name] for name in self.active]
        joined = (
            f"{', '.join(active[:-1])} and {active[-1]}"
            if len(active) > 2
            else " with ".join(active)
        )
        tuned = [words[name] for name in words if not knob_of(name).regularizes]
        return ", ".join([joined or "no regularization", *tuned])


@dataclass(frozen=True)
class Axes:
    """The axes that span a surface; the first varies slowest among the points."""

    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Axes":
        """Make axes from values by name, checked and sorted."""
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
        """Return the axes with further values on one of them."""
        return Axes(
            tuple(
                Axis.of(name, (*axis.values, *values)) if axis.name == name else axis
                for axis in self.axes
            )
        )


def parse_axis(text: str) -> Axis:
    """Parse an axis as given on the command line: ``max_norm=none,2,4``.

    Values are separated by commas; a value with one number per layer is written ``0.1/0.3``.

    Raises
    ------
    BadSetting
        If the text is malformed, or the axis or a value is not allowed.
    """
    name, equals, rest = text.partition("=")
    parts = [part.strip() for part in rest.split(",") if part.strip()]
    if not equals or not parts:
        raise BadSetting(f"Write an axis as NAME=VALUES, such as max_norm=none,2,4. Got {text!r}.")
    return Axis.of(name.strip(), [parse_value(part) for part in parts])


def parse_value(text: str) -> Value:
    """Parse one value of an axis: a number, "none", numbers joined by "/", or a name."""
    if text.lower() == "none":
        return None
    try:
        numbers = tuple(float(part) for part in text.split("/"))
    except ValueError:
        return text
    return numbers if len(numbers) > 1 else numbers[0]


def stored_values(values: Iterable[Value]) -> list[float] | list[str]:
    """Return values in a form for files: numbers with NaN for None, or else all as strings.

    A string is the name itself, or JSON if any value has one number per layer.
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
