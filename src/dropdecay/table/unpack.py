"""The bytes of a file, unpacked if it is compressed."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa

from dropdecay.errors import BadTable
from dropdecay.file_limits import PACKED_TABLE
from dropdecay.safe_text import visible
from dropdecay.table.contents import binary_kind, looks_like
from dropdecay.table.names import did_you_mean, listed


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file.

    Raises
    ------
    BadTable
        If there is no such file (similar names are suggested), or it cannot be read.
    """
    try:
        if path.is_dir():
            raise BadTable(f"{visible(path)} is a folder. Give a file in it.")
        if not path.exists():
            raise missing(path)
        if not path.is_file():
            raise BadTable(
                f"{visible(path)} is not a regular file. Save the table to a file first."
            )
        return path.read_bytes()
    except MemoryError:
        raise BadTable(
            f"{visible(path)} does not fit into memory. Save it as a folder of Parquet files, "
            "which are read part by part."
        ) from None
    except PermissionError:
        raise BadTable(
            f"{visible(path)} cannot be read: permission denied. Ask for permission to read it."
        ) from None
    except OSError as error:
        raise BadTable(
            f"{visible(path)} cannot be read: {error.strerror}. Check the path."
        ) from None


def missing(path: Path) -> BadTable:
    """Return the error about a file that does not exist."""
    folder = path.parent
    try:
        neighbours = sorted(each.name for each in folder.iterdir() if each.name != path.name)
    except OSError:
        return BadTable(
            f"{visible(path)} does not exist: there is no folder {visible(folder)}. Check the path."
        )
    return BadTable(
        f"There is no file {visible(path)}.{did_you_mean(path.name, neighbours)} Check the name "
        "and the folder."
    )


Unpacker = Callable[[BinaryIO], Any]  # a file to read, of one of several classes


def _from_zstandard(packed: BinaryIO) -> BinaryIO:
    stream: BinaryIO = pa.CompressedInputStream(packed, "zstd")
    return stream


UNPACKERS: dict[str, tuple[str, Unpacker]] = {
    ".gz": ("a gzip file", lambda packed: gzip.GzipFile(fileobj=packed)),
    ".bz2": ("a bzip2 file", bz2.BZ2File),
    ".xz": ("an xz file", lzma.LZMAFile),
    ".zst": ("a Zstandard file", _from_zstandard),
}
"""Extension -> what the file is called, and what unpacks it part by part."""

PART = 2**24
"""Bytes that are unpacked at a time."""


def unpacked(data: bytes, ending: str, file: str, rename: str) -> bytes:
    """Return what a file compressed by gzip, bzip2, xz or Zstandard holds.

    Parameters
    ----------
    data : bytes
    ending : str
        A key of ``UNPACKERS``.
    file : str
        Name of the file in messages.
    rename : str
        What to do about a file of another format.

    Raises
    ------
    BadTable
    """
    kind, unpack = UNPACKERS[ending]
    if binary_kind(data) != kind:
        raise BadTable(
            f"{file} does not match its extension: it is {looks_like(data)}, not {kind}. {rename}"
        )
    try:
        with unpack(io.BytesIO(data)) as stream:
            return _at_most(stream, file, len(data))
    except BadTable:
        raise
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        raise _damaged(file) from None


def _at_most(stream: BinaryIO, file: str, size: int) -> bytes:
    """Return all that is unpacked, as long as it is not too much for a file of this size."""
    parts, total = [], 0
    while part := stream.read(PART):
        total += len(part)
        PACKED_TABLE.check(file, total, size, BadTable)
        parts.append(part)
    return b"".join(parts)


def check_archive(archive: zipfile.ZipFile, file: str, size: int) -> None:
    """Refuse a zip archive whose files would take too much memory, by its list of them.

    Raises
    ------
    BadTable
    """
    PACKED_TABLE.check(file, sum(each.file_size for each in archive.infolist()), size, BadTable)


def _damaged(file: str) -> BadTable:
    return BadTable(
        f"{file} is damaged or truncated: it cannot be unzipped. Copy or download it again."
    )


def only_member(data: bytes, file: str) -> tuple[str, bytes]:
    """Return the name and the contents of the one file in a zip archive.

    Raises
    ------
    BadTable
        If it holds none or several, has a password, or is damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [
                each.filename
                for each in archive.infolist()
                if not each.is_dir() and not _is_clutter(each.filename)
            ]
            if len(names) != 1:
                inside = f"{len(names)} files ({listed(names)})" if names else "no file"
                raise BadTable(
                    f"{file} holds {inside}. Unpack it, and give the file with the table."
                )
            check_archive(archive, file, len(data))
            return PurePosixPath(names[0]).name, archive.read(names[0])
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError):
        raise _damaged(file) from None
    except (RuntimeError, NotImplementedError):
        raise BadTable(f"{file} has a password, or cannot be unpacked here. Unpack it.") from None


def _is_clutter(name: str) -> bool:
    """Whether a file in an archive is one that macOS adds."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("._")
