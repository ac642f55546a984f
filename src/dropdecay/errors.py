"""Every exception and warning a user can meet.

::

    Exception
    └── DropdecayError
        ├── BadInput (ValueError)          the command line exits with 2
        │   ├── BadTable                   a file, column or cell that cannot be used
        │   ├── BadSetting                 a parameter out of range
        │   │   └── NotShared              what cannot be given to workers
        │   ├── BadModel                   a model folder that is damaged or not ours
        │   └── BadStore                   a store that is damaged, in use or for other data
        └── FailedWork (RuntimeError)      the command line exits with 1
            ├── EveryRunDiverged
            ├── Diverged (ValueError)      a network ended in NaN or infinity
            └── Unfinished                 cut short; finished work is kept
                ├── EndedBySignal          by Ctrl-C, for instance
                └── NoWorkers              nobody is there to do the work
    UserWarning
    └── DropdecayWarning
        ├── EdgeWarning                    the best point is on the edge of the surface
        ├── DivergenceWarning              some runs ended in NaN or infinity
        ├── TableWarning                   a column is read in a way that is not obvious
        ├── ParallelWarning                a cluster that joblib knows of is not used
        ├── LeakWarning                    networks may be judged better than they are
        ├── ScaleWarning                   columns of very different scale, which train badly
        └── UnseenWarning                  rows to predict hold categories unknown to the model
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self

from dropdecay.near_names import near_matches, suggestion


class Said(Enum):
    """Stands for a value that is not said, since None may be one."""

    NOTHING = "nothing"


@dataclass(frozen=True)
class Parameter:
    """A parameter in the message of an error, which Python and the command line spell differently.

    Parameters
    ----------
    name : str
        In Python.
    value : object
        The value that it has, or that it should be given. Default: the parameter alone is named.
    in_python : str
        What Python says in its place, where it has no such parameter.
    """

    name: str
    value: object = Said.NOTHING
    in_python: str = ""

    def __str__(self) -> str:
        if self.in_python:
            return self.in_python
        return self.name if self.value is Said.NOTHING else f"{self.name}={self.value!r}"


class DropdecayError(Exception):
    """Base of every error this package raises on purpose.

    Parameters
    ----------
    *parts : str or Parameter
        The message in pieces. It spells parameters as Python does.
    """

    def __init__(self, *parts: str | Parameter) -> None:
        super().__init__("".join(map(str, parts)))
        self.parts = parts

    def spelled(self, spell: Callable[[Parameter], str]) -> str:
        """Return the message with its parameters spelled in another way."""
        return "".join(spell(each) if isinstance(each, Parameter) else each for each in self.parts)

    def renamed(self, names: Mapping[str, str]) -> Self:
        """Return the error for an estimator whose parameters have other names.

        Parameters
        ----------
        names : mapping
            From the name of a parameter everywhere else to that of the estimator.
        """
        parts = (
            replace(each, name=names.get(each.name, each.name))
            if isinstance(each, Parameter)
            else each
            for each in self.parts
        )
        return type(self)(*parts)


class BadInput(DropdecayError, ValueError):
    """The user's input cannot be used; the message says what to do."""


class BadTable(BadInput):
    """A file, a column or a cell cannot be used."""


class BadSetting(BadInput):
    """A parameter has a value that is not allowed."""


class NotShared(BadSetting):
    """Something of the user's cannot be given to workers."""


def unknown_choice(name: str, value: object, allowed: Iterable[str]) -> BadSetting:
    """Return the error for a name that is not in ``allowed``; its message lists them."""
    names = list(allowed)
    listed = ", ".join(map(repr, names))
    near = near_matches(value, names) if isinstance(value, str) else []
    return BadSetting(
        Parameter(name), f" must be one of {listed}. Got {value!r}.{suggestion(near)}"
    )


class BadModel(BadInput):
    """A stored model is damaged, was tampered with, or does not fit the table."""


class BadStore(BadInput):
    """A store of finished runs is damaged, in use, or belongs to different data or settings."""


class FailedWork(DropdecayError, RuntimeError):
    """The input was valid, but the work did not succeed."""


class EveryRunDiverged(FailedWork):
    """No point of the surface finished on every fold."""


class Diverged(FailedWork, ValueError):
    """A network's weights are no longer finite; scikit-learn raises a ValueError for this."""


class Unfinished(FailedWork):
    """The work stopped early; finished work is kept, and the message says how to continue."""


class EndedBySignal(Unfinished):
    """A signal, such as Ctrl-C, has ended the work.

    Parameters
    ----------
    *parts : str or Parameter
    exit_code : int
        With which the process ends: 128 and the number of the signal.
    """

    def __init__(self, *parts: str | Parameter, exit_code: int = 130) -> None:
        super().__init__(*parts)
        self.exit_code = exit_code


class NoWorkers(Unfinished):
    """There are no workers: they cannot be reached, or do not start."""


def not_enough_memory(error: MemoryError) -> str:
    """Return a sentence for work that did not fit into memory, and what to do."""
    size = " ".join(str(error).split()).partition(" for an array")[0].rstrip(".")
    return (
        f"There is not enough memory{f' ({size})' if size else ''}. Use smaller hidden layers or "
        "fewer rows, or end other programs."
    )


class DropdecayWarning(UserWarning):
    """Base of every warning this package gives."""


class EdgeWarning(DropdecayWarning):
    """The best point is on the edge of the surface: the true best may be outside."""


class DivergenceWarning(DropdecayWarning):
    """Some runs ended in NaN or infinity and are excluded."""


class TableWarning(DropdecayWarning):
    """A column is read in a way that is not obvious, such as a number that counts as missing."""


class ParallelWarning(DropdecayWarning):
    """A cluster that joblib was told to use has no effect here."""


class LeakWarning(DropdecayWarning):
    """Networks may be judged better than they are: a column, a group or an order tells too much."""


class ScaleWarning(DropdecayWarning):
    """A single network is given columns of very different scale, which it takes as they are."""


class UnseenWarning(DropdecayWarning):
    """Rows to predict hold categories that the model has not seen; they tell it nothing."""
