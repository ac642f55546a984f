"""Axes beside dropout and weight decay: learning rates, and arguments of the user's own module."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dropdecay.axes import Axes, Axis, Point, restored_value, stored_values
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.errors import BadInput, BadSetting, Parameter
from dropdecay.knobs import PREFIX, Value
from dropdecay.settings import Module
from dropdecay.torch.own_words import LEARNING_RATE
from dropdecay.torch.trial import Trial, check_logits, try_out


@dataclass(frozen=True)
class FurtherAxes:
    """What was given as ``axes``.

    Parameters
    ----------
    axes : Axes
    given : mapping of str to mapping of Value to object
        By the name of an axis over an argument: what the user gave, by the value that stands for it
        in points.
    """

    axes: Axes
    given: Mapping[str, Mapping[Value, Any]]

    def arguments_at(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the arguments of the module at a point, as the user gave them."""
        return {
            name.removeprefix(PREFIX): each[values[name]]
            for name, each in self.given.items() if name in values
        }  # fmt: skip

    @property
    def first(self) -> dict[str, Any]:
        """The arguments with which the module is tried before all others."""
        return self.arguments_at(self.axes.points[0].as_dict())

    def variants(
        self,
        recipe: Recipe,
        inputs: Inputs,
        shape: tuple[int, ...],
        module_of: Callable[[Recipe, Trial], Module],
    ) -> dict[frozenset[tuple[str, object]], Module]:
        """Return the module for every combination of arguments; each is tried on a few rows.

        Parameters
        ----------
        recipe : Recipe
            Of the first one.
        inputs : Inputs
        shape : tuple of int
            Of its outputs for a row.
        module_of : callable
            Makes a module from a recipe and what was seen on trial.

        Raises
        ------
        BadInput
            If one cannot take the rows, or has other outputs than the first.
        """
        over = [each for each in self.axes if each.name in self.given]
        found: dict[frozenset[tuple[str, object]], Module] = {}
        for point in Axes(tuple(over)).points if over else ():
            values = {name.removeprefix(PREFIX): value for name, value in point.values}
            making: Any = recipe.make
            arguments = {**making.arguments, **self.arguments_at(point.as_dict())}
            own = replace(recipe, make=replace(making, arguments=arguments))
            trial = _tried(own, inputs, point)
            if trial.shape != shape:
                raise BadInput(
                    f"With {point.described()} a row has outputs of shape {trial.shape}, but of "
                    f"shape {shape} before. All values of an axis need outputs of one shape."
                )
            found[frozenset(values.items())] = module_of(trial.recipe, trial)
        return found


def _tried(recipe: Recipe, inputs: Inputs, point: Point) -> Trial:
    try:
        trial = try_out(recipe, inputs)
        check_logits(recipe, inputs)
    except BadInput as error:
        raise type(error)(f"With {point.described()}: ", *error.parts) from error.__cause__
    return trial


def further_axes(
    axes: Mapping[str, object] | None, arguments: Mapping[str, object], owner: str
) -> FurtherAxes:
    """Return the parameter ``axes``, checked.

    Parameters
    ----------
    axes : mapping or None
    arguments : mapping
        What the module is made with anyway, without prefix.
    owner : str
        The class of the estimator.

    Raises
    ------
    BadSetting
        If it is no mapping, or there is no such axis or value.
    """
    if axes is not None and not isinstance(axes, Mapping):
        raise BadSetting(
            Parameter("axes"), " must map names to values, such as {'lr': (0.001, 0.003)} or "
            f"{{'module__width': (64, 128)}}. Got {axes!r}.",
        )  # fmt: skip
    found, given = [], {}
    for name, values in (axes or {}).items():
        is_argument = isinstance(name, str) and name.startswith(PREFIX)
        if name not in ("lr", LEARNING_RATE) and not is_argument:
            raise BadSetting(
                f"{owner} has no axis {name!r}. Its axes are dropout (",
                Parameter("dropouts"), "), weight decay (", Parameter("weight_decays"),
                "), lr, and arguments of the module, such as module__width.",
            )  # fmt: skip
        if not is_argument:
            found.append(Axis.of(LEARNING_RATE, values))
            continue
        if name.removeprefix(PREFIX) in arguments:
            raise BadSetting(f"Use either {name} or axes={{{name!r}: ...}}, not both.")
        axis = Axis.of(name, values)
        found.append(axis)
        given[name] = _given(axis, values)
    return FurtherAxes(Axes(tuple(found)), given)


def _given(axis: Axis, values: Any) -> dict[Value, Any]:
    """Return what the user gave, by the value of the axis that stands for it."""
    listed = [values] if isinstance(values, str | int | float) or values is None else [*values]
    by_value: dict[Value, Any] = {}
    for each in listed:
        value = axis.knob.check(each)
        if by_value.setdefault(value, each) is not each and by_value[value] != each:
            raise BadSetting(
                f"Two values of {axis.name} are called {value}. Give them different names."
            )
    for value, back in zip(axis.values, _read_again(axis.values), strict=True):
        if back != value:
            raise BadSetting(
                f"{axis.name} cannot be an axis over {by_value[value]!r} beside its other values: "
                "results could not tell what it is. Give numbers alone, or names alone."
            )
    return by_value


def _read_again(values: tuple[Value, ...]) -> list[object]:
    """Return values as they come back from results."""
    found: list[object] = []
    for stored in stored_values(values):
        try:
            found.append(restored_value(stored))
        except ValueError:
            found.append(stored)
    return found
