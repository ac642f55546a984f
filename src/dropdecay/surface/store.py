"""The store: every finished run of a surface in one SQLite file, safe against kill -9.

Each finished run is one transaction in write-ahead mode: however the process ends, all earlier runs
are stored intact. A run's numbers depend on the run alone, so a surface that continues from a store
ends with the numbers of one that was never interrupted. Runs that may go on are kept with their
state, in the same transaction.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Self

from dropdecay.engine.protocol import Engine, Fit, OnCheckpoint, Problem, Run
from dropdecay.errors import BadStore, Unfinished
from dropdecay.safe_text import visible
from dropdecay.surface.fingerprint import run_fingerprint
from dropdecay.surface.stored_fit import (
    COLUMNS,
    LENGTH,
    Column,
    blob_of,
    checksum,
    columns_of,
    fit_of,
)

FORMAT = 6
SCHEMA = f"""
CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
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
CREATE TABLE decisions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
"""


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
        try:
            self._connection = sqlite3.connect(self.path, timeout=0.2, isolation_level=None)
        except sqlite3.Error as error:
            raise BadStore(self._why(error)) from None
        try:
            self._open(identity)
        except sqlite3.Error as error:
            self._connection.close()
            raise BadStore(self._why(error)) from None
        except BaseException:
            self._connection.close()
            raise

    def _open(self, identity: Mapping[str, object]) -> None:
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
            tables = {name for (name,) in self._connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'")}  # fmt: skip
            if version == 0 and not tables:
                self._begin(identity)
            elif 0 < version < FORMAT:
                raise BadStore(
                    f"The store {self.path} was written by an earlier dropdecay, which kept less "
                    "of each run. Finish it with that version, or start a new store."
                )
            elif version != FORMAT or not {"identity", "runs", "states", "decisions"} <= tables:
                raise BadStore(f"{self.path} is not a store. Give another path.")
            self._compare(identity)

    def _begin(self, identity: Mapping[str, object]) -> None:
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                self._connection.execute(statement)
        rows = [(name, json.dumps(value)) for name, value in identity.items()]
        self._connection.executemany("INSERT INTO identity VALUES (?, ?)", rows)
        self._connection.execute(f"PRAGMA user_version = {FORMAT}")

    def _compare(self, identity: Mapping[str, object]) -> None:
        rows = self._connection.execute("SELECT name, value FROM identity")
        there = {name: json.loads(value) for name, value in rows}
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
        (count,) = self._connection.execute("SELECT count(*) FROM runs").fetchone()
        return int(count)

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
        return fit_of(run, row[1:-1], state[1] if state else None)

    def length_of(self, run: Run) -> int:
        """Return at how many epochs a run has been evaluated so far, without reading them."""
        row = self._connection.execute(
            f"SELECT {LENGTH} FROM runs WHERE run = ?", (self._name_of(run),)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def _row(self, query: str, name: str) -> tuple[Column, ...] | None:
        row: tuple[Column, ...] | None = self._connection.execute(query, (name,)).fetchone()
        if row is not None and row[-1] != checksum(row[:-1]):
            raise BadStore(
                f"The store {self.path} is damaged: a run fails its checksum. Restore the store "
                "from a copy, or remove it and start again."
            )
        return row

    def keep(self, fit: Fit) -> None:
        """Commit a run, in place of what it was before, together with its state if it has one.

        Raises
        ------
        Unfinished
            If it cannot be written, for instance because the disk is full.
        """
        name = self._name_of(fit.run)
        statements = [
            _insertion("runs", (name, *columns_of(fit))),
            ("DELETE FROM states WHERE run = ?", (name,)),
        ]
        if fit.state is not None:
            statements.append(_insertion("states", (name, blob_of(fit.state))))
        self._write(*statements)

    def forget_states(self) -> None:
        """Delete all states, once no run goes on any more, and give their room back."""
        self._write(("DELETE FROM states", ()))
        self._connection.execute("PRAGMA incremental_vacuum").fetchall()

    @property
    def decisions(self) -> "Decisions":
        """What was decided by the clock: kept, so that a resumed run decides the same."""
        return Decisions(self)

    def _write(self, *statements: Statement) -> None:
        try:
            with self._transaction():
                for statement, values in statements:
                    self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise Unfinished(
                f"The store {self.path} cannot be written ({error}): is the disk full? Make room; "
                "every run before this one is there."
            ) from None

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def _why(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text or "busy" in text:
            return (
                f"Another process is using the store {self.path}. Wait for it to end, or use "
                "another store."
            )
        if "full" in text:
            return f"The store {self.path} cannot be written: the disk is full. Make room."
        if "unable to open" in text or "readonly" in text:
            return f"The store {self.path} cannot be written. Choose a writable place."
        return (
            f"The store {self.path} is damaged or not a store ({text}). It was left unchanged. "
            "Restore it from a copy, or remove it and start again."
        )


class Decisions(MutableMapping[str, bool]):
    """Decisions by name, written before they are acted on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getitem__(self, name: str) -> bool:
        row = self._store._connection.execute(
            "SELECT value FROM decisions WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            raise KeyError(name)
        return bool(row[0])

    def __setitem__(self, name: str, value: bool) -> None:
        self._store._write(("INSERT OR REPLACE INTO decisions VALUES (?, ?)", (name, int(value))))

    def __delitem__(self, name: str) -> None:
        self._store._write(("DELETE FROM decisions WHERE name = ?", (name,)))

    def __iter__(self) -> Iterator[str]:
        rows = self._store._connection.execute("SELECT name FROM decisions ORDER BY name")
        return iter([name for (name,) in rows])

    def __len__(self) -> int:
        (count,) = self._store._connection.execute("SELECT count(*) FROM decisions").fetchone()
        return int(count)


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


def with_store(engine: Engine, store: Store) -> Engine:
    """Return an engine that takes finished runs from a store and stores new ones."""

    def train(
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        missing = []
        for run in runs:
            found = None if run.ends_with_point else store.find(run)
            if found is None:
                missing.append(run)
            else:
                yield found

        def keep(fit: Fit) -> None:
            # A point may end before the epoch that a run of it had reached with fewer folds.
            if fit.epochs.size > store.length_of(fit.run):
                store.keep(fit)

        def tell(fit: Fit) -> None:
            keep(fit)
            if on_checkpoint is not None:
                on_checkpoint(fit)

        known = _Earlier(store, {} if earlier is None else earlier)
        for fit in engine(
            problem, missing, n_jobs=n_jobs, earlier=known, keep_states=keep_states,
            on_checkpoint=tell, pause=pause,
        ):  # fmt: skip
            keep(fit)
            yield fit

    return train


class _Earlier(Mapping[Run, Fit]):
    """What runs have become before: as the store has it, or else elsewhere.

    The store misses none of the epochs that it was there for.
    """

    def __init__(self, store: Store, elsewhere: Mapping[Run, Fit]) -> None:
        self._store, self._elsewhere = store, elsewhere

    def __getitem__(self, run: Run) -> Fit:
        found = self._store.find(run) if run.ends_with_point else None
        return self._elsewhere[run] if found is None else found

    def __iter__(self) -> Iterator[Run]:
        return iter(self._elsewhere)

    def __len__(self) -> int:
        return len(self._elsewhere)


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
