"""How a fit and its state become columns of the store, and are read again, bit for bit."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.engine.ending import ending_alone
from dropdecay.engine.protocol import CURVES, Fit, Recorded, Run
from dropdecay.engine.state import ARRAYS, ModuleState, NetworkState, State

COLUMNS = """
    point TEXT NOT NULL, fold INTEGER NOT NULL, seed INTEGER NOT NULL, -- for readers alone
    diverged INTEGER NOT NULL, wall_s REAL NOT NULL,
    epochs BLOB NOT NULL,       -- int64, (n_epochs,): the evaluated ones
    curves BLOB NOT NULL,       -- float64, (n_curves, n_epochs), in the order of CURVES
    out_of_fold BLOB NOT NULL,  -- float32, (n_epochs, n_blocks)
    losses BLOB NOT NULL,       -- float64, (n_recorded, n_validation)
    outputs BLOB NOT NULL       -- float32, (n_recorded, n_validation, n_outputs)
"""

LENGTH = "length(epochs) / 8"
"""How many epochs a row has. The length of a blob is known before it: nothing of it is read."""

COUNTS = ("steps", "epoch", "rows_seen")

NO_FIT = (AssertionError, AttributeError, KeyError, OverflowError, RecursionError, TypeError,
          ValueError)  # fmt: skip
"""What columns that :func:`columns_of` did not write raise."""

Column = str | int | float | bytes


def columns_of(fit: Fit) -> tuple[Column, ...]:
    """Return the values of ``COLUMNS``."""
    run, kept = fit.run, fit.recorded
    curves = np.stack([getattr(fit, name) for name in CURVES])
    out_of_fold = np.ascontiguousarray(fit.out_of_fold_loss, np.float32)
    recorded = (b"", b"") if kept is None else (kept.losses.tobytes(), kept.outputs.tobytes())
    return (
        json.dumps(run.point.as_dict()), run.fold, run.seed, int(fit.diverged), fit.wall_s,
        fit.epochs.tobytes(), curves.tobytes(), out_of_fold.tobytes(), *recorded,
    )  # fmt: skip


def fit_of(run: Run, columns: Sequence[Column], state: Column | None) -> Fit:
    """Return the fit of a run; where it ends with its point, its end follows from all of them."""
    _, _, _, diverged, wall_s, *blobs = columns
    epochs, curves, out_of_fold, losses, outputs = map(_bytes, blobs)
    assert isinstance(wall_s, float)  # by the schema
    evaluated = np.frombuffer(epochs, np.int64).copy()
    named = np.frombuffer(curves).reshape(len(CURVES), evaluated.size).copy()
    if not evaluated.size or evaluated[0] < 1 or (np.diff(evaluated) < 1).any():
        raise ValueError("epochs that do not ascend")
    return Fit(
        run=run,
        epochs=evaluated,
        **dict(zip(CURVES, named, strict=True)),
        out_of_fold_loss=np.frombuffer(out_of_fold, np.float32).reshape(evaluated.size, -1),
        diverged=bool(diverged),
        wall_s=wall_s,
        end=run.epochs,
        ending=ending_alone(run, diverged=bool(diverged)),
        recorded=_recorded(run, losses, outputs),
        state=None if state is None else state_of(_bytes(state)),
    )


def blob_of(state: State) -> bytes:
    """Return a state as bytes: a line of JSON, then its arrays."""
    head: dict[str, object] = {
        "key": state.key.tolist(),
        "learning_rate": state.learning_rate,
        "steps": state.steps,
        "epoch": state.epoch,
        "rows_seen": state.rows_seen,
    }
    if isinstance(state, ModuleState):
        named = state.arrays
        head["arrays"] = [[name, each.dtype.str, each.shape] for name, each in named.items()]
        return b"".join((json.dumps(head).encode(), b"\n", *(a.tobytes() for a in named.values())))
    head["dtype"], head["averages"] = state.params.dtype.name, bool(state.average.size)
    arrays = (getattr(state, name) for name in ARRAYS)
    return b"".join((json.dumps(head).encode(), b"\n", *arrays))


def state_of(blob: bytes) -> State:
    """Return the state that :func:`blob_of` wrote."""
    end = blob.index(b"\n")
    head = json.loads(blob[:end])
    head["key"] = np.array(head["key"], np.uint32)
    if "arrays" in head:
        return ModuleState(_named_arrays(blob, end + 1, head.pop("arrays")), **head)
    arrays = np.frombuffer(blob, head.pop("dtype"), offset=end + 1)
    n_whole = len(ARRAYS) if head.pop("averages") else len(ARRAYS) - 1
    values = [*arrays.reshape(n_whole, -1).copy(), arrays[:0]]
    if head["key"].shape != (2,) or not all(type(head[name]) is int for name in COUNTS):
        raise ValueError("a state with other counts than a network has")
    return NetworkState(*values[: len(ARRAYS)], **head)


def _named_arrays(
    blob: bytes, start: int, listed: Iterable[tuple[str, str, Sequence[int]]]
) -> dict[str, AnyArray]:
    """Return the arrays that lie in a blob, one after another."""
    named = {}
    for name, dtype, shape in listed:
        size = math.prod(shape)
        named[name] = np.frombuffer(blob, dtype, size, start).reshape(shape).copy()
        start += named[name].nbytes
    return named


def checksum(values: Sequence[Column]) -> str:
    """Return a hash of columns, by which damage is noticed."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        digest.update(value if isinstance(value, bytes) else repr(value).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _recorded(run: Run, losses: bytes, outputs: bytes) -> Recorded | None:
    if not losses:
        return None
    of_rows = np.frombuffer(losses).reshape(len(run.record), -1)
    of_outputs = np.frombuffer(outputs, np.float32)
    return Recorded(of_rows, of_outputs.reshape(*of_rows.shape, -1))


def _bytes(value: Column) -> bytes:
    assert isinstance(value, bytes)  # by the schema
    return value
