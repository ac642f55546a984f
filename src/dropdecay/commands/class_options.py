"""The options that classifiers alone have: what classes weigh, how probabilities are cut."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.commands.options import FitOptions
from dropdecay.data.class_weights import BALANCED
from dropdecay.errors import BadSetting, Parameter
from dropdecay.safe_text import quoted
from dropdecay.trust.threshold import parse_threshold


def of_classes(options: FitOptions, task: str, target: AnyArray | None = None) -> dict[str, Any]:
    """Return the parameters of classifiers that are given.

    Parameters
    ----------
    options : FitOptions
    task : str
    target : array, optional
        Rows with the classes; without, weights of classes by name are left out.

    Raises
    ------
    BadSetting
        If one is given and numbers are predicted.
    """
    values = {name: options.values[name] for name in ("class_weight", "temperature", "threshold")}
    given: dict[str, Any] = {name: value for name, value in values.items() if value}
    for name, value in given.items():
        if task != "classification":
            raise BadSetting(
                Parameter(name, value), " needs classes, and the target holds numbers. Leave it "
                "out.",
            )  # fmt: skip
    if "threshold" in given:
        given["threshold"] = parse_threshold(str(given["threshold"]), "--threshold")
    if "class_weight" in given:
        given["class_weight"] = _weights_of(given["class_weight"], target)
    return given


def _weights_of(typed: Sequence[str], target: AnyArray | None) -> dict[object, float] | str | None:
    """Return the weights of the classes that are meant by what was typed."""
    if tuple(typed) == (BALANCED,):
        return BALANCED
    if target is None:
        return None
    classes = np.unique(target).tolist()
    weights: dict[object, float] = {}
    for name, _, weight in (each.rpartition("=") for each in typed):
        meant = _class_of(name, classes)
        if meant in weights:  # by another name, such as 1 and 1.0
            raise BadSetting(
                f"--class-weight gives class {quoted(meant)} two weights. Give it one."
            )
        weights[meant] = float(weight)
    return weights


def _class_of(name: str, classes: list[object]) -> object:
    """Return the class of this name; the name itself if there is none."""
    for each in classes:
        if name == str(each) or (isinstance(each, bool) and name.lower() == str(each).lower()):
            return each
    for each in classes:
        if isinstance(each, (int, float)) and not isinstance(each, bool) and _is(name, each):
            return each
    return name


def _is(text: str, number: float) -> bool:
    try:
        return float(text) == number
    except ValueError:
        return False
