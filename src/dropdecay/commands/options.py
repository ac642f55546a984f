"""The options of ``dropdecay fit``: one table, and the values that a user gave.

An option is one row in the file of its group, ``options_of_*.py``. The command line with its help
and defaults, the parameters of the estimator, the job file of ``--resume``, the settings in the
summary and the command that reproduces a run are all derived from the rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import FLAG, Typed, Value
from dropdecay.commands.options_of_data import DATA
from dropdecay.commands.options_of_network import NETWORK
from dropdecay.commands.options_of_output import OUTPUT
from dropdecay.commands.options_of_statistics import STATISTICS
from dropdecay.commands.options_of_surface import SURFACE
from dropdecay.errors import BadInput, BadSetting, Parameter, Said

OPTIONS = (*DATA, *SURFACE, *NETWORK, *STATISTICS, *OUTPUT)
"""Every option, in the order of ``--help``."""

READING = (
    "table", "--target", "--task", "--group", "--time", "--weight", "--drop-missing-target",
    "--id", "--drop", "--categorical", "--as", "--ordinal", "--missing", "--decimal",
    "--thousands", "--encoding", "--folds", "--ignore", "--encoder-rows",
)  # fmt: skip
"""The options that say how a table is read: those of ``dropdecay check``."""

CHECK_OPTIONS = in_group(
    "Output",
    Option("--all", FLAG, False, "List every column.", decides="output"),
    Option("--json", FLAG, False, "Print as JSON.", decides="output"),
)
"""What ``dropdecay check`` takes besides."""

ASKED = tuple(option for option in OPTIONS if option.decides != "output")
"""The options that are stored with a run: all but those of its output."""


def spelled(parameter: Parameter) -> str:
    """Return a parameter as it is given on the command line; as in Python if it has no option."""
    by_name = {option.key: option for option in OPTIONS}
    by_name |= {option.parameter: option for option in OPTIONS if option.parameter}
    option = by_name.get(parameter.name)
    if option is None:
        return str(parameter)
    if parameter.value is Said.NOTHING:
        return option.spoken
    typed = option.written(cast(Value, parameter.value))
    if isinstance(typed, bool) or typed is None:
        return option.opposite or option.spoken if typed is False else option.spoken
    each = [typed] if isinstance(typed, str) else typed
    return " ".join(f"{option.spoken} {one}" for one in each)


@dataclass(frozen=True)
class FitOptions:
    """The options that a run of ``dropdecay fit`` was given.

    Parameters
    ----------
    values : mapping
        A value for every option of ``ASKED``, by its key.

    Raises
    ------
    BadInput
        If there is no table or no target.
    """

    values: Mapping[str, Value]

    def __post_init__(self) -> None:
        if others := {option.key for option in ASKED} ^ set(self.values):
            raise TypeError(f"options that are missing or unknown: {sorted(others)}")
        for key, missing in (("table", "a table"), ("target", "--target COLUMN")):
            if self.values[key] is None:
                raise BadInput(f"fit needs {missing}: dropdecay fit TABLE --target COLUMN.")

    @property
    def table(self) -> Path:
        """The file with the rows."""
        return cast(Path, self.values["table"])

    @property
    def target(self) -> str:
        """The column to predict."""
        return cast(str, self.values["target"])

    @property
    def out(self) -> Path | None:
        """The folder to write; None: one named after the table."""
        return cast(Path | None, self.values["out"])

    @property
    def task(self) -> str:
        """The task, or "auto"."""
        return cast(str, self.values["task"])

    @property
    def group(self) -> str | None:
        """The column of groups that are never split across folds."""
        return cast(str | None, self.values["group"])

    @property
    def ignored(self) -> tuple[str, ...]:
        """Codes of findings that are not told."""
        return cast(tuple[str, ...], self.values["ignore"] or ())

    @property
    def fatal(self) -> tuple[str, ...]:
        """Codes of findings that stop the run before it begins."""
        return cast(tuple[str, ...], self.values["fail_on"] or ())

    @property
    def encoder_rows(self) -> int | None:
        """How many rows of files teach the encoder; None: as many as are usual."""
        return cast(int | None, self.values["encoder_rows"])

    @property
    def encoding(self) -> str | None:
        """The encoding of the table; None: found out."""
        return cast(str | None, self.values["encoding"])

    def changed(self, **values: Value) -> "FitOptions":
        """Return these options with some values changed."""
        return FitOptions({**self.values, **values})

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the estimators; an option without a value sets none."""
        return {
            option.parameter: self.values[option.key] for option in ASKED
            if option.parameter and self.values[option.key] is not None
        }  # fmt: skip

    def as_dict(self) -> dict[str, object]:
        """Return the values in a form that JSON can hold."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in self.values.items()
        }


def fit_options(**values: Value) -> FitOptions:
    """Return options with these values, by key, and defaults for the others."""
    return FitOptions({**{option.key: option.default for option in ASKED}, **values})


def read_options(typed: Mapping[str, Typed]) -> dict[str, Value]:
    """Parse options as they were typed, by key.

    Raises
    ------
    BadSetting
        If an option is unknown or its value cannot be parsed.
    """
    known = {option.key: option for option in OPTIONS}
    if unknown := set(typed) - set(known):
        raise BadSetting(f"There is no option {min(unknown)!r}.")
    return {key: known[key].read(each) for key, each in typed.items()}
