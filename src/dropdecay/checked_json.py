"""JSON that the program writes and reads again: of bounded size, unambiguous, with a checksum.

The checksum finds damage. It is no signature: whoever forges the contents can forge it.
"""

import hashlib
import json
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dropdecay.errors import BadInput
from dropdecay.file_limits import Limit
from dropdecay.safe_text import visible

CHECKSUM = "checksum"


def json_text(contents: Mapping[str, object], *, finite: bool = True) -> str:
    """Return an object as JSON, with a checksum of all that it holds as its last key.

    Parameters
    ----------
    contents : mapping
    finite : bool, default True
        Whether NaN and infinity are refused, which are no JSON but Python reads.

    Raises
    ------
    TypeError, ValueError
        If JSON cannot hold the contents.
    """
    plain = json.loads(json.dumps(contents, allow_nan=not finite))
    return json.dumps({**plain, CHECKSUM: checksum_of(plain)}, indent=1)


def checksum_of(contents: Mapping[str, object]) -> str:
    """Return a hash of an object as ``json.loads`` returns it, without its checksum."""
    rest = {key: value for key, value in contents.items() if key != CHECKSUM}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_json(
    path: Path,
    limit: Limit,
    *,
    sealed_since: tuple[str, int] | None = None,
    finite: bool = True,
    kind: type[BadInput] = BadInput,
) -> dict[str, Any]:
    """Return the object in a file, without its checksum.

    Parameters
    ----------
    path : path
    limit : Limit
    sealed_since : tuple of str and int, optional
        The key of the version, and the first one that has a checksum. Default: a file may lack it.
        One that is there is always compared.
    finite : bool, default True
        As for :func:`json_text`.
    kind : type
        Of the error about its size.

    Raises
    ------
    OSError, ValueError, RecursionError
        If the file cannot be read, is no such JSON, or has changed. The message is the second half
        of a sentence.
    BadInput
        Of the given type, if the file is too large.
    """
    name = visible(path.name)
    found_there = path.stat()
    if not stat.S_ISREG(found_there.st_mode):
        raise ValueError("it is not a regular file")  # reading a pipe would never end
    limit.check(name, found_there.st_size, kind=kind)
    with path.open("rb") as file:
        data = file.read(limit.allowed() + 1)
    limit.check(name, len(data), kind=kind)  # it may have grown
    found = _parsed(data, finite=finite)
    if CHECKSUM in found:
        if found.pop(CHECKSUM) != checksum_of(found):
            raise ValueError("it has changed since it was written (its checksum differs)")
    elif sealed_since is not None:
        key, first = sealed_since
        version = found.get(key)
        if isinstance(version, int) and version >= first:
            raise ValueError("it has no checksum")
    return found


def _parsed(data: bytes, *, finite: bool) -> dict[str, Any]:
    """Return the JSON object that bytes hold; readers must not differ in what it says."""
    strict: dict[str, Any] = {"parse_constant": _no_number, "parse_float": _finite}
    found = json.loads(data.decode(), object_pairs_hook=unique_keys, **(strict if finite else {}))
    if not isinstance(found, dict):
        raise ValueError("it must be a JSON object")
    return found


def unique_keys(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Make a JSON object, rejecting duplicate keys: readers differ in which one they use."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(written: str) -> float:
    value = float(written)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value
