"""Every exception and warning a user can meet.

::

    Exception
    └── DropdecayError
        ├── BadInput (ValueError)          the command line exits with 2
        │   ├── BadTable                   a file, column or cell that cannot be used
        │   ├── BadSetting                 a parameter out of range
        │   ├── BadModel                   a model folder that is damaged or not ours
        │   └── BadStore                   a store of runs that is damaged, in use or of other data
        └── FailedWork (RuntimeError)      the command line exits with 1
            ├── EveryRunDiverged
            ├── Diverged (ValueError)      one network ended in NaN or infinity
            └── Unfinished                 ended early; what is done is kept
    UserWarning
    └── DropdecayWarning
        ├── EdgeWarning                    the best point lies on the border of the surface
        └── DivergenceWarning              some runs ended in NaN or infinity
"""

from collections.abc import Iterable


class DropdecayError(Exception):
    """Base of every error this package raises on purpose."""


class BadInput(DropdecayError, ValueError):
    """Something given by the user cannot be used; the message says what to do."""


class BadTable(BadInput):
    """A file, a column or a cell cannot be used."""


class BadSetting(BadInput):
    """A parameter lies outside the values it may take."""


def unknown_choice(name: str, value: object, allowed: Iterable[str]) -> BadSetting:
    """Return the error for a name that is not among ``allowed``; it lists them."""
    listed = ", ".join(repr(each) for each in allowed)
    return BadSetting(f"{name} must be one of {listed}. Got {value!r}.")


class BadModel(BadInput):
    """A stored model is damaged, was tampered with, or does not fit the table."""


class BadStore(BadInput):
    """A store of finished runs is damaged, in use, or belongs to other data or settings."""


class FailedWork(DropdecayError, RuntimeError):
    """The input was fine; the work did not succeed."""


class EveryRunDiverged(FailedWork):
    """No point of the surface finished on every fold."""


class Diverged(FailedWork, ValueError):
    """A network's weights are no finite numbers any more; scikit-learn calls it a ValueError."""


class Unfinished(FailedWork):
    """The work ended before its time; what is done is kept, and the message says how to go on."""


class DropdecayWarning(UserWarning):
    """Base of every warning this package gives."""


class EdgeWarning(DropdecayWarning):
    """The best point lies on the border of the surface: the true best may lie outside."""


class DivergenceWarning(DropdecayWarning):
    """Some runs ended in NaN or infinity and are left out."""
