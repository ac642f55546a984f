"""The main loop of a worker process: work comes in by a pipe, answers go out by another.

The process ends as soon as the one that started it is gone, however that ended. So this file
imports nothing heavy.
"""

import os
import struct
import threading
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from typing import IO, Any

READY = b""
"""The first message of a worker, once everything is imported."""


def send(channel: IO[bytes], message: bytes) -> None:
    """Send a message.

    Raises
    ------
    OSError
        If nobody is there to receive it.
    """
    channel.write(struct.pack("<q", len(message)))
    channel.write(message)
    channel.flush()


def receive(channel: IO[bytes]) -> bytes:
    """Wait for a message.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    (size,) = struct.unpack("<q", _read(channel, 8))
    return _read(channel, size)


def _read(channel: IO[bytes], size: int) -> bytes:
    found = channel.read(size)
    if len(found) < size:
        raise EOFError
    return found


def serve(folder: str) -> None:
    """Answer what comes in until the other side is gone; then remove the folder and end.

    Parameters
    ----------
    folder : str
        What is shared: nobody else is left to remove it if the driver was killed.
    """
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What networks and scorers of the user print, or read, has no place in the pipes.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    inbox: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        try:
            while True:
                inbox.put(receive(incoming))
        except (EOFError, OSError):
            # Training that is under way is of no use to anybody any more.
            rmtree(folder, ignore_errors=True)
            os._exit(0)

    threading.Thread(target=listen, daemon=True).start()
    # This takes seconds, in which the driver may be stopped; somebody is listening by now.
    from dropdecay.cluster.messages import answer_to, read_held

    held: dict[Path, Any] = {}
    send(outgoing, READY)
    while True:
        send(outgoing, answer_to(inbox.get(), lambda paths: read_held(paths, held)))
