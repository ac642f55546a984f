"""What a process that trains is sent and answers, as bytes."""

import pickle
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import cloudpickle

from dropdecay.cluster.labour import Answer, Work, labour
from dropdecay.cluster.shared_files import read_shared
from dropdecay.errors import BadSetting


def message_for(work: Work, shared: Sequence[Path] = ()) -> bytes:
    """Return the message that asks for work, and that says in which files its values are."""
    return cast(bytes, cloudpickle.dumps((work, list(shared))))


def answer_in(message: bytes) -> Answer:
    """Return the answer in a message, or raise the error that is in it."""
    answer, error = pickle.loads(message)
    if error is not None:
        raise error
    return cast(Answer, answer)


def answer_to(
    message: bytes, held: dict[Path, Any], is_stopped: Callable[[], bool] | None = None
) -> bytes:
    """Do what a message asks for; return the answer, or the error, as a message.

    What is shared is held until work comes that does not need it.

    Parameters
    ----------
    message : bytes
    held : dict of path to value
        What was read before, and is after.
    is_stopped : callable, optional
        See ``labour``.
    """

    def do() -> Answer:
        work, paths = pickle.loads(message)
        for gone in [each for each in held if each not in paths]:
            del held[gone]
        for path in paths:
            if path not in held:
                held[path] = read_shared(path)
        return labour(work, *(held[path] for path in paths), is_stopped=is_stopped)

    return _answer_of(do)


def answer_with(
    message: bytes, values: Sequence[Any], is_stopped: Callable[[], bool] | None = None
) -> bytes:
    """Do what a message asks for with values that are at hand.

    Parameters
    ----------
    message : bytes
    values : sequence
        Those that were shared.
    is_stopped : callable, optional
        See ``labour``.
    """
    return _answer_of(lambda: labour(pickle.loads(message)[0], *values, is_stopped=is_stopped))


def _answer_of(do: Callable[[], Answer]) -> bytes:
    """Return what comes of a call, the answer or the error, as a message."""
    try:
        return cast(bytes, cloudpickle.dumps((do(), None)))
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised by the driver
        return _as_message(error)


def cannot_be_sent(error: Exception) -> BadSetting:
    """Return the error for a value that keeps itself from being pickled."""
    return BadSetting(
        f"A score or a network cannot be given to another process ({error}). Let it hold no locks, "
        "open files or connections."
    )


def _as_message(error: BaseException) -> bytes:
    """Return an error as a message; it says where in the worker it was raised."""
    where = "".join(traceback.format_exception(error))
    error.add_note(f"In a worker process:\n{where}")
    try:
        message: bytes = cloudpickle.dumps((None, error))
        pickle.loads(message)
    except Exception:  # noqa: BLE001  # errors of others may be made of anything
        message = pickle.dumps((None, RuntimeError(where)))
    return message
