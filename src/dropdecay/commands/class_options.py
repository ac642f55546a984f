"""The options that classifiers alone have: how probabilities are scaled and cut."""

from typing import Any

from dropdecay.commands.options import FitOptions
from dropdecay.errors import BadSetting, Parameter
from dropdecay.trust.threshold import parse_threshold


def of_classes(options: FitOptions, task: str) -> dict[str, Any]:
    """Return the parameters of classifiers that are given.

    Raises
    ------
    BadSetting
        If one is given and numbers are predicted.
    """
    values = {name: options.values[name] for name in ("temperature", "threshold")}
    given: dict[str, Any] = {name: value for name, value in values.items() if value}
    for name, value in given.items():
        if task != "classification":
            raise BadSetting(
                Parameter(name, value), " needs classes, and the target holds numbers. Leave it "
                "out.",
            )  # fmt: skip
    if "threshold" in given:
        given["threshold"] = parse_threshold(str(given["threshold"]), "--threshold")
    return given
