"""What a process that trains is sent and answers, as bytes."""

import pickle
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import cloudpickle

from dropdecay.cluster.labour import Answer, Work, labour
from dropdecay.cluster.shared_files import read_shared
from dropdecay.errors import NotShared


def message_for(shared: Sequence[Path], work: Work) -> bytes:
    """Return the message that asks for work on shared values."""
    return cast(bytes, cloudpickle.dumps((list(shared), work)))


def answer_in(message: bytes) -> Answer:
    """Return the answer in a message, or raise the error that is in it."""
    answer, error = pickle.loads(message)
    if error is not None:
        raise error
    return cast(Answer, answer)


def answer_to(message: bytes, held: dict[Path, Any]) -> bytes:
    """Do what a message asks for; return the answer, or the error, as a message.

    What is shared is held until work comes that does not need it.
    """
    try:
        work, values = _received(message, held)
        answer = labour(work, *values)
        return cast(bytes, cloudpickle.dumps((answer, None)))
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is raised by the driver
        return _as_message(error)


def _received(message: bytes, held: dict[Path, Any]) -> tuple[Work, list[Any]]:
    """Return the work in a message, and the shared values that it needs."""
    try:
        paths, work = pickle.loads(message)
        for gone in [each for each in held if each not in paths]:
            del held[gone]
        for path in paths:
            if path not in held:
                held[path] = read_shared(path)
    except Exception as error:
        # Whatever the user's modules raise when they are imported here.
        raise NotShared(
            f"A score or a network cannot be read by another process ({error}). Define it in the "
            "script, or in a module that can be imported."
        ) from error
    return work, [held[path] for path in paths]


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
