"""The store: every finished run of a surface in one SQLite file, safe against kill -9.

Each finished run is one transaction in write-ahead mode, or all that are trained in one company
where bits depend on that: however the process ends, what was stored before is intact. A surface
that continues from a store ends with the numbers of one that was never interrupted. Runs that may
go on are kept with their state, in the same transaction.
"""

import json
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Self

from dropdecay.engine.protocol import Fit, Run
from dropdecay.errors import BadStore, Unfinished
from dropdecay.safe_text import reason_of, visible
from dropdecay.surface.file_locks import has_locks
from dropdecay.surface.fingerprint import run_fingerprint
from dropdecay.surface.stored_fit import (
    COLUMNS,
    LENGTH,
    NO_FIT,
    Column,
    blob_of,
    checksum,
    columns_of,
    fit_of,
)

FORMAT = 7
SCHEMA = f"""
CREATE TABLE identity (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL
) STRICT;
CREATE TABLE runs (
    run TEXT PRIMARY KEY,       -- its part, if it is not of the surface, and its fingerprint
    {COLUMNS},
    checksum TEXT NOT NULL      -- of all of the above
) STRICT;
CREATE TABLE states (
    run TEXT PRIMARY KEY,
    state BLOB NOT NULL,        -- after the last of its epochs
    checksum TEXT NOT NULL
) STRICT;
CREATE TABLE decisions (
    name TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum TEXT NOT NULL
) STRICT;
"""
STATEMENTS = [each.strip() for each in SCHEMA.split(";\n") if each.strip()]

BESIDE = ("", "-wal", "-shm", "-journal")
"""Endings of the files that SQLite writes to."""


Statement = tuple[str, Sequence[Column]]
"""SQL, and the values in it."""


class Store:
    """Finished runs on disk; use it in a ``with`` block, by one process at a time.

    Parameters
    ----------
    path : path
        An existing store is continued, otherwise a new one is created.
    identity : mapping of str to plain JSON values
        What all runs of a store share: the problem and everything its numbers depend on. A store
        of another identity is refused, with the differences named.

    Raises
    ------
    BadStore
        If the file is in use, damaged, of a later version or of another identity.
    """

    def __init__(self, path: str | os.PathLike[str], identity: Mapping[str, object]) -> None:
        self.path, self._part = Path(path), ""
        if not self.path.parent.is_dir():
            raise BadStore(f"There is no folder {self.path.parent} for the store. Create it.")
        self._refuse_links()
        try:
            self._connection = sqlite3.connect(self.path, timeout=0.2, isolation_level=None)
        except sqlite3.Error as error:
            raise BadStore(self._why(error)) from None
        try:
            self._open(identity)
        except sqlite3.Error as error:
            self._connection.close()
            raise BadStore(self._why(error)) from None
        except (ValueError, RecursionError) as error:
            self._connection.close()
            if isinstance(error, BadStore):
                raise
            raise self._damaged(reason_of(error)) from None
        except BaseException:
            self._connection.close()
            raise

    def _refuse_links(self) -> None:
        """SQLite follows links, and would write to what somebody's folder points at."""
        for ending in BESIDE:
            path = self.path.with_name(f"{self.path.name}{ending}")
            mode = path.lstat().st_mode if os.path.lexists(path) else stat.S_IFREG
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise BadStore(
                    f"{visible(path)} is a link or no regular file, which no store is. Remove it, "
                    "or give another path."
                )

    def _open(self, identity: Mapping[str, object]) -> None:
        # What a file says of functions and triggers is not run.
        self._connection.execute("PRAGMA trusted_schema = OFF")
        self._connection.execute("PRAGMA cell_size_check = ON")
        # The exclusive lock, held until the end, keeps a second process out.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if not self.path.stat().st_size:
            # States come and go, and shall leave no empty room behind.
            self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > FORMAT:
                raise BadStore(
                    f"The store {self.path} is of format {version}; this version reads up to "
                    f"{FORMAT}. Install a later dropdecay."
                )
            made = [statement for (statement,) in self._connection.execute(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")]  # fmt: skip
            if version == 0 and not made:
                self._begin(identity)
            elif 0 < version < FORMAT:
                raise BadStore(
                    f"The store {self.path} was written by an earlier dropdecay, which kept less "
                    "of each run. Finish it with that version, or start a new store."
                )
            elif version != FORMAT or made != STATEMENTS:
                raise BadStore(f"{self.path} is not a store. Give another path.")
            self._compare(identity)

    def _begin(self, identity: Mapping[str, object]) -> None:
        for statement in STATEMENTS:
            self._connection.execute(statement)
        for name, value in identity.items():
            self._connection.execute(*_insertion("identity", (name, json.dumps(value))))
        self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    def _compare(self, identity: Mapping[str, object]) -> None:
        there = {
            str(name): json.loads(str(value))
            for name, value, _ in map(self._intact, self._rows("SELECT * FROM identity"))
        }
        now = json.loads(json.dumps(dict(identity)))
        changed = [name for name in {**there, **now} if there.get(name) != now.get(name)]
        listed = "; ".join(_difference(name, there.get(name), now.get(name)) for name in changed)
        if changed == ["engine"]:
            raise BadStore(
                f"The store {self.path} was started on another kind of machine or with another "
                f"engine: {listed}. The numbers would not be those of one fit. Continue it where "
                "it was started, or start a new store."
            )
        if changed:
            raise BadStore(
                f"The store {self.path} was started with other data or settings: {listed}. Use "
                "the original ones, or start a new store."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def __len__(self) -> int:
        return int(self._rows("SELECT count(*) FROM runs")[0][0])

    def part(self, name: str) -> "Store":
        """Return the same store for the runs of another surface, which stand apart by this name.

        Close only the whole.
        """
        part = copy(self)
        part._part = f"{name}: "
        return part

    def _name_of(self, run: Run) -> str:
        return self._part + run_fingerprint(run)

    def find(self, run: Run) -> Fit | None:
        """Return the fit of a run, if it is finished.

        Raises
        ------
        BadStore
            If the stored run fails its checksum.
        """
        name = self._name_of(run)
        row = self._row("SELECT * FROM runs WHERE run = ?", name)
        if row is None:
            return None
        state = self._row("SELECT * FROM states WHERE run = ?", name)
        try:
            return fit_of(run, row[1:-1], state[1] if state else None)
        except NO_FIT:
            raise self._damaged("a run is not of the form of a run") from None

    def length_of(self, run: Run) -> int:
        """Return at how many epochs a run has been evaluated so far, without reading them."""
        query = f"SELECT {LENGTH} FROM runs WHERE run = ?"
        rows = self._rows(query, (self._name_of(run),))
        return int(rows[0][0]) if rows else 0

    def _row(self, query: str, name: str) -> tuple[Column, ...] | None:
        rows = self._rows(query, (name,))
        return self._intact(rows[0]) if rows else None

    def _rows(self, query: str, values: Sequence[Column] = ()) -> list[tuple[Column, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise BadStore(self._why(error)) from None

    def _intact(self, row: tuple[Column, ...]) -> tuple[Column, ...]:
        """Return a row, if it is as it was written."""
        if row[-1] != checksum(row[:-1]):
            raise self._damaged("a run fails its checksum")
        return row

    def _damaged(self, why: str) -> BadStore:
        return BadStore(
            f"The store {visible(self.path)} is damaged: {why}. Restore the store from a copy, or "
            "remove it and start again."
        )

    def keep(self, *fits: Fit) -> None:
        """Commit runs, all or none, each in place of what it was before, with its state if any.

        Raises
        ------
        Unfinished
            If they cannot be written, for instance because the disk is full.
        """
        self._write(statement for fit in fits for statement in self._keeping(fit))

    def _keeping(self, fit: Fit) -> Iterator[Statement]:
        name = self._name_of(fit.run)
        yield _insertion("runs", (name, *columns_of(fit)))
        yield "DELETE FROM states WHERE run = ?", (name,)
        if fit.state is not None:
            yield _insertion("states", (name, blob_of(fit.state)))

    def forget_states(self) -> None:
        """Delete all states, once no run goes on any more, and give their room back."""
        self._write([("DELETE FROM states", ())])
        self._connection.execute("PRAGMA incremental_vacuum").fetchall()

    @property
    def decisions(self) -> "Decisions":
        """What was decided by clock or memory: kept, so that a resumed run decides the same."""
        return Decisions(self)

    def _write(self, statements: Iterable[Statement]) -> None:
        try:
            with self._transaction():
                for statement, values in statements:
                    self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise Unfinished(
                f"The store {self.path} cannot be written ({reason_of(error)}): is the disk "
                "full? Make room; every run before this one is there."
            ) from None

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _why(self, error: sqlite3.Error) -> str:
        text = reason_of(error)
        if ("locked" in text or "busy" in text or "protocol" in text) and not has_locks(
            self.path.parent
        ):
            return (
                f"The store {visible(self.path)} cannot be used: its file system has no locks, so "
                "nothing would keep a second process out. Choose a folder on another disk."
            )
        if "locked" in text or "busy" in text:
            return (
                f"Another process is using the store {self.path}. Wait for it to end, or use "
                "another store."
            )
        if "full" in text:
            return f"The store {self.path} cannot be written: the disk is full. Make room."
        if "unable to open" in text or "readonly" in text:
            return f"The store {self.path} cannot be written. Choose a writable place."
        if "I/O" in text:
            return (
                f"The store {visible(self.path)} cannot be read or written: the disk reports an "
                f"error ({text}). Check the disk."
            )
        return (
            f"The store {self.path} is damaged or not a store ({text}). It was left unchanged. "
            "Restore it from a copy, or remove it and start again."
        )


class Decisions(MutableMapping[str, int]):
    """Decisions by name, written before they are acted on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> int:
        row = self._store._row("SELECT * FROM decisions WHERE name = ?", name)
        if row is None:
            raise KeyError(name)
        return int(row[1])

    def __setitem__(self, name: str, value: int) -> None:
        self._store._write([_insertion("decisions", (name, int(value)))])

    def __delitem__(self, name: str) -> None:
        self._store._write([("DELETE FROM decisions WHERE name = ?", (name,))])

    def __iter__(self) -> Iterator[str]:
        rows = self._store._rows("SELECT name FROM decisions ORDER BY name")
        return iter([str(name) for (name,) in rows])

    def __len__(self) -> int:
        return int(self._store._rows("SELECT count(*) FROM decisions")[0][0])


class _Transaction:
    """BEGIN IMMEDIATE to COMMIT; ROLLBACK on an error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._connection.execute("COMMIT")
        elif self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def _insertion(table: str, values: Sequence[Column]) -> Statement:
    places = ", ".join("?" * (len(values) + 1))
    return f"INSERT OR REPLACE INTO {table} VALUES ({places})", (*values, checksum(values))


def _difference(name: str, there: object, now: object) -> str:
    if name == "data":
        return "the table has changed"
    if isinstance(there, dict) and isinstance(now, dict):
        parts = [part for part in {**there, **now} if there.get(part) != now.get(part)]
        return "; ".join(
            _difference(f"{name} {part}", there.get(part), now.get(part)) for part in parts
        )
    return f"{visible(name, 60)} was {visible(repr(there), 60)}, now {visible(repr(now), 60)}"
