"""The store: every finished run of a surface in one SQLite file, safe against kill -9.

Each finished run is one transaction in write-ahead mode: however the process ends, all earlier runs
are stored intact. A run's numbers depend on the run alone, so a surface that continues from a store
ends with the numbers of one that was never interrupted.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from dropdecay.engine.protocol import CURVES, Engine, Fit, OnEpoch, Problem, Recorded, Run
from dropdecay.engine.state import NetworkState
from dropdecay.errors import BadStore, Unfinished
from dropdecay.safe_text import visible
from dropdecay.surface.fingerprint import run_fingerprint

FORMAT = 5
SCHEMA = """
CREATE TABLE identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE runs (
    run TEXT PRIMARY KEY,       -- fingerprint of its setting, fold, seed, epochs and record
    point TEXT NOT NULL, fold INTEGER NOT NULL, seed INTEGER NOT NULL, -- for readers alone
    diverged INTEGER NOT NULL, wall_s REAL NOT NULL,
    curves BLOB NOT NULL,       -- float64, (n_curves, n_epochs), in the order of CURVES
    out_of_fold BLOB NOT NULL,  -- float32, (n_epochs, n_blocks)
    losses BLOB NOT NULL,       -- float64, (n_recorded, n_validation)
    outputs BLOB NOT NULL,      -- float32, (n_recorded, n_validation, n_outputs)
    checksum TEXT NOT NULL      -- of all of the above
) STRICT;
CREATE TABLE decisions (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
"""


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
        self.path = Path(path)
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
            elif version != FORMAT or not {"identity", "runs", "decisions"} <= tables:
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
        if changed:
            listed = "; ".join(
                _difference(name, there.get(name), now.get(name)) for name in changed
            )
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

    def find(self, run: Run) -> Fit | None:
        """Return the fit of a run, if it is finished.

        Raises
        ------
        BadStore
            If the stored run fails its checksum.
        """
        row = self._connection.execute(
            "SELECT * FROM runs WHERE run = ?", (run_fingerprint(run),)
        ).fetchone()
        if row is None:
            return None
        *values, checksum = row
        if checksum != _checksum(values):
            raise BadStore(
                f"The store {self.path} is damaged: a run fails its checksum. Restore the store "
                "from a copy, or remove it and start again."
            )
        _, _, _, _, diverged, wall_s, curves, out_of_fold, losses, outputs = values
        named = np.frombuffer(curves).reshape(len(CURVES), -1).copy()
        return Fit(
            run=run,
            **dict(zip(CURVES, named, strict=True)),
            out_of_fold_loss=np.frombuffer(out_of_fold, np.float32).reshape(named.shape[1], -1),
            diverged=bool(diverged),
            wall_s=wall_s,
            recorded=_recorded(run, losses, outputs),
            state=None,
        )

    def keep(self, fit: Fit) -> None:
        """Commit a finished run.

        Raises
        ------
        Unfinished
            If it cannot be written, for instance because the disk is full.
        """
        run = fit.run
        curves = np.stack([getattr(fit, name) for name in CURVES])
        out_of_fold = np.ascontiguousarray(fit.out_of_fold_loss, np.float32)
        kept = fit.recorded
        recorded = (b"", b"") if kept is None else (kept.losses.tobytes(), kept.outputs.tobytes())
        values = (
            run_fingerprint(run), json.dumps(run.point.as_dict()), run.fold, run.seed,
            int(fit.diverged), fit.wall_s, curves.tobytes(), out_of_fold.tobytes(), *recorded,
        )  # fmt: skip
        places = ", ".join("?" * (len(values) + 1))
        self._write(f"INSERT INTO runs VALUES ({places})", (*values, _checksum(values)))

    @property
    def decisions(self) -> "Decisions":
        """What was decided by the clock: kept, so that a resumed run decides the same."""
        return Decisions(self)

    def _write(self, statement: str, values: Sequence[object]) -> None:
        try:
            with self._transaction():
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
        self._store._write("INSERT OR REPLACE INTO decisions VALUES (?, ?)", (name, int(value)))

    def __delitem__(self, name: str) -> None:
        self._store._write("DELETE FROM decisions WHERE name = ?", (name,))

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
        on_epoch: OnEpoch | None = None,
        states: Mapping[Run, NetworkState] | None = None,
        keep_states: bool = False,
    ) -> Iterator[Fit]:
        missing = []
        for run in runs:
            fit = store.find(run)
            if fit is None:
                missing.append(run)
            else:
                yield fit
        for fit in engine(
            problem, missing, n_jobs=n_jobs, on_epoch=on_epoch, states=states,
            keep_states=keep_states,
        ):  # fmt: skip
            # A fit that continued from a state has only the last part of its curves.
            if states is None or fit.run not in states:
                store.keep(fit)
            yield fit

    return train


def _recorded(run: Run, losses: bytes, outputs: bytes) -> Recorded | None:
    if not losses:
        return None
    of_rows = np.frombuffer(losses).reshape(len(run.record), -1)
    of_outputs = np.frombuffer(outputs, np.float32)
    return Recorded(of_rows, of_outputs.reshape(*of_rows.shape, -1))


def _checksum(values: Sequence[object]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        digest.update(value if isinstance(value, bytes) else repr(value).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _difference(name: str, there: object, now: object) -> str:
    if name == "data":
        return "the table has changed"
    return f"{visible(name, 60)} was {visible(repr(there), 60)}, now {visible(repr(now), 60)}"
