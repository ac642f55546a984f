"""What a process that trains is sent and answers, as bytes."""

import pickle
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import cloudpickle

from dropdecay.cluster.labour import Answer, Work, labour
from dropdecay.cluster.shared_files import read_shared
from dropdecay.errors import NotShared


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
    message: bytes,
    values_of: Callable[[Sequence[Path]], Sequence[Any]],
    is_stopped: Callable[[], bool] | None = None,
) -> bytes:
    """Do what a message asks for; return the answer, or the error, as a message.

    Parameters
    ----------
    message : bytes
    values_of : callable
        The files in the message, if there are any -> the values that were shared.
    is_stopped : callable, optional
        See ``labour``.
    """
    try:
        try:
            work, paths = pickle.loads(message)
            values = values_of(paths)
        except Exception as error:
            # Whatever the user's modules raise when they are imported here.
            raise unreadable(error) from error
        answer = labour(work, *values, is_stopped=is_stopped)
        return cast(bytes, cloudpickle.dumps((answer, None)))
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised by the driver
        return _as_message(error)


def read_held(paths: Sequence[Path], held: dict[Path, Any]) -> list[Any]:
    """Return values from files; each is held until values are asked for without it."""
    for gone in [each for each in held if each not in paths]:
        del held[gone]
    for path in paths:
        if path not in held:
            held[path] = read_shared(path)
    return [held[path] for path in paths]


def unsendable(error: Exception) -> NotShared:
    """Return the error for a value that keeps itself from being pickled."""
    return NotShared(
        f"A score or a network cannot be given to another process ({error}). Let it hold no locks, "
        "open files or connections."
    )


def unreadable(error: Exception) -> NotShared:
    """Return the error for a value that a worker cannot unpickle."""
    if isinstance(error, NotShared):
        return error
    return NotShared(
        f"A score or a network cannot be read by another process ({error}). Define it in the "
        "script, or in a module that can be imported."
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
