"""Every file of a run changed at random, by accident or by a forger; nothing may break or mislead.

After an accident no checksum fits: the file is refused in one sentence, or the answer is the
same. A forger makes them right again: the file is refused in one sentence, or gives an answer.
"""

import hashlib
import io
import json
import random
import shutil
import signal
import sqlite3
import warnings
import zipfile
from collections.abc import Callable
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import xarray as xr

from dropdecay import MLPClassifierCV
from dropdecay.checked_json import CHECKSUM, json_text
from dropdecay.commands.compare import compare_folders
from dropdecay.commands.finished import tell_finished
from dropdecay.commands.fit import run_frame
from dropdecay.commands.job_file import read_job, write_job
from dropdecay.commands.options import fit_options, read_options
from dropdecay.commands.predict import predict_table
from dropdecay.commands.report import write_report
from dropdecay.commands.run_config import read_config
from dropdecay.errors import BadInput, FailedWork
from dropdecay.report.stored import RESULTS_HASH, hash_of
from dropdecay.surface.stored_fit import checksum

SECONDS = 60
"""What a single file may take, on a machine that has other work too."""

STRANGE = [None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 1e300, -1e-300, float("nan"), "", "a",
           "\x1b[2J\n", "../../etc/passwd", "x" * 10**5, [], {}, [[]], {"a": 1}, [None] * 3,
           "nan", "float32", "number"]  # fmt: skip


# Changes


def changed_bytes(data: bytes, rng: random.Random) -> bytes:
    """Flip, remove, insert, repeat or cut off some bytes."""
    found = bytearray(data)
    at = rng.randrange(len(found) or 1)
    size = rng.choice([1, 1, 2, 8, 64, 1000])
    way = rng.randrange(6)
    if way == 0:
        for _ in range(rng.choice([1, 1, 3, 30])):
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    elif way == 1:
        del found[at : at + size]
    elif way == 2:
        found[at:at] = rng.randbytes(size)
    elif way == 3:
        found[at : at + size] = rng.choice([b"\0", b"\xff", b"9"]) * size
    elif way == 4:
        del found[at:]
    else:
        other = rng.randrange(len(found))
        found[at : at + size] = found[other : other + size]
    return bytes(found)


def strange(rng: random.Random) -> object:
    """Return a value that belongs nowhere, its own, since later changes may go into it."""
    return deepcopy(rng.choice(STRANGE))


def places_in(value: object, found: list | None = None) -> list:
    """Return all containers in a JSON value, with each of their keys."""
    found = [] if found is None else found
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        found.append((value, key))
        places_in(value[key], found)
    return found


def changed_json(value: object, rng: random.Random) -> None:
    """Replace, remove or add something, anywhere."""
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        places = places_in(value)
        if not places:
            return
        inside, key = rng.choice(places)
        way = rng.randrange(5)
        if way == 0:
            del inside[key]
        elif way == 1:
            other, its_key = rng.choice(places)
            inside[key] = json.loads(json.dumps(other[its_key]))
        elif way == 2 and isinstance(inside, dict):
            inside[rng.choice(["new", "", "\x1b[31m", "type"])] = strange(rng)
        elif way == 3 and isinstance(inside[key], (int, float)):
            inside[key] = rng.choice([-1, 0.5, 2, 1000]) * inside[key]
        else:
            inside[key] = strange(rng)


# Forgers: they change a file and make all checksums right


def forge_json(path: Path, rng: random.Random) -> None:
    described = json.loads(path.read_text())
    described.pop(CHECKSUM, None)
    changed_json(described, rng)
    path.write_text(json_text(described, finite=False))


def forge_bytes(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(changed_bytes(data, rng) if data else b"\0")


def forge_in_model(path: Path, rng: random.Random) -> None:
    """Change a file of a model along with its size and hash."""
    data = path.read_bytes()
    if path.suffix == ".skops":
        data = changed_archive(data, rng)
    elif rng.random() < 0.5:
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + length])
        changed_json(header, rng)
        text = json.dumps(header).encode()
        data = len(text).to_bytes(8, "little") + text + data[8 + length :]
    else:
        data = changed_bytes(data, rng)
    path.write_bytes(data)
    model = path.parent / "model.json"
    described = json.loads(model.read_text())
    described.pop(CHECKSUM)
    described["files"][path.name] = {
        "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    model.write_text(json_text(described))


def changed_archive(data: bytes, rng: random.Random) -> bytes:
    """Change a file in a zip archive, its description more often than an array."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        names = old.namelist()
        chosen = "schema.json" if rng.random() < 0.7 else rng.choice(names)
        for name in names:
            content = old.read(name)
            if name == chosen:
                if name.endswith(".json"):
                    schema = json.loads(content)
                    changed_json(schema, rng)
                    content = json.dumps(schema).encode()
                else:
                    content = changed_bytes(content, rng)
            new.writestr(name, content)
    return buffer.getvalue()


def forge_results(path: Path, rng: random.Random) -> None:
    if rng.random() < 0.5:
        forge_bytes(path, rng)
    else:
        with xr.open_dataset(path, engine="scipy") as opened:
            results = opened.load()
        name = rng.choice(sorted(map(str, results.variables)))
        way = rng.randrange(6)
        if way == 0:
            results = results.drop_vars(name)
        elif way == 1:
            results = results.assign_attrs({rng.choice(sorted(results.attrs)): "other"})
        elif way == 2:
            results = results.isel({rng.choice(sorted(map(str, results.sizes))): 0})
        elif way == 3:
            size = rng.choice(sorted(map(str, results.sizes)))
            results = results.isel({size: slice(rng.randrange(1, 3))})
        elif way == 4:
            results = results.drop_attrs()
        elif results[name].dtype.kind == "f":
            results[name] = results[name] * rng.choice([np.nan, np.inf, 0.0, -1.0, 1e300])
        path.write_bytes(bytes(results.to_netcdf(engine="scipy")))
    summary = path.parent / "summary.json"
    described = json.loads(summary.read_text())
    described.pop(CHECKSUM)
    described[RESULTS_HASH] = hash_of(path.read_bytes())
    summary.write_text(json_text(described, finite=False))


def forge_store(path: Path, rng: random.Random) -> None:
    """Change a value of a row, mostly along with the checksum of the row."""
    with sqlite3.connect(path) as connection:
        table = rng.choice(["runs", "runs", "states", "decisions", "identity"])
        rows = connection.execute(f"SELECT rowid, * FROM {table}").fetchall()
        if not rows:
            return
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        number, *values = rng.choice(rows)
        at = rng.randrange(len(values))
        value = values[at]
        if isinstance(value, bytes):
            values[at] = changed_bytes(value, rng) if value else b"\1" * 8
        elif isinstance(value, (int, float)):
            values[at] = type(value)(rng.choice([0, 1, -1, 2**40]))
        else:
            values[at] = rng.choice([value[:-1], f"{value}x", "{}", "[", "\x1b[2J"])
        if columns[-1] == "checksum" and at < len(values) - 1:
            values[-1] = checksum(values[:-1])
        given = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(f"UPDATE {table} SET {given} WHERE rowid = ?", (*values, number))
    connection.close()


# What reads the files


def predictions(folder: Path) -> str:
    return said(
        lambda: predict_table(folder / "run", folder / "t.csv", None, proba=True, interval=0.9)
    )


def pages(folder: Path) -> str:
    """Return the page and what is printed; pictures, made of the same records, take long."""
    run = folder / "run"
    with patch("dropdecay.commands.report.find_spec", return_value=None):
        said(lambda: write_report(run))
    page = (run / "report.html").read_text()
    return page + said(lambda: compare_folders([run], as_json=False)) + said(
        lambda: tell_finished(run, as_json=False, quiet=False)
    )  # fmt: skip


def surface(folder: Path) -> str:
    search = MLPClassifierCV(
        4, dropouts=(0, 0.3), weight_decays=(0.1,), cv=2, max_iter=3, random_state=0, n_jobs=1,
        extend=False, n_repeats=1, baselines=False, keep_folds=False, store=folder / "runs.sqlite",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 3))
    search.fit(rows, rows[:, 0] > 0)
    numbers = search.results_.drop_vars("wall_s")
    return f"{numbers.to_dict()} {search.coefs_} {search.predict_proba(rows).tolist()}"


def job(folder: Path) -> str:
    found = read_job(folder)
    return f"{found.options.as_dict()} {found.table}"


def config(folder: Path) -> str:
    read_options({**unread(), **read_config(folder / "run" / "run.toml")})
    return ""


def unread() -> dict:
    from dropdecay.commands.options import OPTIONS

    return {each.key: each.written(each.default) for each in OPTIONS}


def said(step: Callable[[], None]) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        step()
    return out.getvalue()


@dataclass(frozen=True)
class Mutated:
    """A file of a run, what forges it, and what reads it."""

    file: str
    read: Callable[[Path], str]
    forge: Callable[[Path, random.Random], None] | None = None


FILES = (
    Mutated("run/model/model.json", predictions, forge_json),
    Mutated("run/model/weights.safetensors", predictions, forge_in_model),
    Mutated("run/model/encoder.skops", predictions, forge_in_model),
    Mutated("run/model/folds.safetensors", predictions, forge_in_model),
    Mutated("run/model/fold-encoders.skops", predictions, forge_in_model),
    Mutated("run/summary.json", pages, forge_json),
    Mutated("run/results.nc", pages, forge_results),
    Mutated("run/run.toml", config),
    Mutated("job.json", job, forge_json),
    Mutated("runs.sqlite", surface, forge_store),
)


def make_originals(folder: Path) -> None:
    """Write a table, a run of it, the options of one, and a store that lacks some runs."""
    rng = np.random.default_rng(0)
    n = 60
    frame = pd.DataFrame({
        "a": rng.normal(size=n), "b": rng.choice(["x", "y", "z"], n),
        "when": pd.date_range("2020-01-01", periods=n).astype(str),
        "text": [f"word {i * 7919 % 97} of {i}" for i in range(n)],
    })  # fmt: skip
    frame.loc[3, "a"] = np.nan
    frame["y"] = np.where(frame["a"].fillna(0) + rng.normal(size=n) > 0, "yes", "no")
    frame.to_csv(folder / "t.csv", index=False)
    typed = {
        "table": str(folder / "t.csv"), "target": "y", "dropout": "0,0.3", "weight_decay": "0,0.1",
        "hidden": "4", "folds": "3", "epochs": "3", "extend": False, "repeats": "1", "jobs": "1",
    }  # fmt: skip
    options = fit_options(**read_options(typed))
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        run_frame(options, pd.read_csv(folder / "t.csv"), folder / "run", as_json=True, quiet=True)
    write_job(folder, options)
    surface(folder)
    with sqlite3.connect(folder / "runs.sqlite") as connection:
        connection.execute("DELETE FROM runs WHERE rowid = (SELECT max(rowid) FROM runs)")
    connection.close()


# Trying


@contextmanager
def in_time():
    """Break off what does not end."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"no answer within {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def answer_of(mutated: Mutated, original: Path, place: Path) -> str:
    """Return what the files say as they are."""
    copy = Path(shutil.copytree(original, place / "copy"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mutated.read(copy)
    finally:
        shutil.rmtree(copy)


def try_one(mutated: Mutated, original: Path, place: Path, seed: str, answer: str) -> str:
    """Change a file, read it, and return how that ended; assert that it may end so."""
    rng = random.Random(seed)
    copy = Path(shutil.copytree(original, place / "copy"))
    try:
        path = copy / mutated.file
        forged = mutated.forge is not None and rng.random() < 0.5
        with warnings.catch_warnings(), in_time():
            warnings.simplefilter("ignore")
            (mutated.forge if forged else forge_bytes)(path, rng)
            try:
                found = mutated.read(copy)
            except (BadInput, FailedWork) as error:
                line = str(error)
                assert 20 < len(line) < 1200, line
                assert line.isprintable(), repr(line)
                return "refused"
        if forged:
            assert isinstance(found, str)
            return "another answer" if found != answer else "the same answer"
        assert found == answer, "another answer, silently"
        return "the same answer"
    finally:
        shutil.rmtree(copy)
