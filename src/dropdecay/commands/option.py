"""One option of the command line: a row of the tables in ``options_of_*.py``."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from keyword import iskeyword
from typing import Literal

from dropdecay.commands.option_kinds import Kind, Typed, Value, written

_TYPED: ContextVar[frozenset[str]] = ContextVar("typed", default=frozenset())


def hear(words: Sequence[str]) -> None:
    """Remember what was typed behind a command, so that messages name options by the same names."""
    _TYPED.set(frozenset(each.partition("=")[0] for each in words))


@dataclass(frozen=True)
class Option:
    """One option of ``dropdecay fit``.

    Parameters
    ----------
    name : str
        As typed; a name without dashes is a positional argument.
    kind : Kind
        How its value is typed and parsed.
    default : value
        None: the option has no value unless it is given.
    help : str
        Its text in ``--help``.
    parameter : str
        The estimator parameter that it sets; "": the command itself uses it.
    setting : str
        Its name among the settings of a summary; "": it is not listed there.
    if_given : bool
        Whether it is listed only where it is not the default.
    unset : str
        What the default is called beside another value; "": as it is written, or "off".
    decides : {"numbers", "place", "speed", "output"}
        What depends on it. Numbers: part of the command that reproduces a run, and fixed when the
        run is resumed. Place: fixed when the run is resumed. Speed: may change on resuming.
        Output: not stored with the run.
    metavar : str
        Placeholder of the value in ``--help``; "": that of its kind.
    aliases : tuple of str
        Other accepted names, such as one of a single letter.
    group : str
        Its heading in ``--help``.
    """

    name: str
    kind: Kind
    default: Value
    help: str
    parameter: str = ""
    setting: str = ""
    decides: Literal["numbers", "place", "speed", "output"] = "numbers"
    metavar: str = ""
    aliases: tuple[str, ...] = ()
    if_given: bool = False
    unset: str = ""
    group: str = ""

    @property
    def key(self) -> str:
        """The name of the option in Python and JSON."""
        key = self.name.lstrip("-").replace("-", "_")
        return f"{key}_" if iskeyword(key) else key

    @property
    def spoken(self) -> str:
        """What messages call it: the long name that was typed, if one was."""
        names = (each for each in self.aliases if each.startswith("--") and each in _TYPED.get())
        return next(names, self.name)

    @property
    def is_argument(self) -> bool:
        """Whether it is a positional argument."""
        return not self.name.startswith("-")

    @property
    def opposite(self) -> str:
        """The name that switches it off; "": there is none."""
        return f"--no-{self.name.lstrip('-')}" if self.kind.form == "switch" else ""

    def read(self, typed: Typed) -> Value:
        """Parse what was typed.

        Raises
        ------
        BadSetting
            If it cannot be parsed; the message names the option.
        """
        if typed is None and self.default is None:
            return None
        return self.kind.read(self.spoken, typed)

    def written(self, value: Value) -> Typed:
        """Return what a user would type to give this value."""
        return written(self.kind, value)


def in_group(group: str, *options: Option) -> tuple[Option, ...]:
    """Return options under a heading of ``--help``."""
    return tuple(replace(option, group=group) for option in options)
