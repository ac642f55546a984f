"""Training from a memory-mapped table of 4 GB: what stays in memory beyond the page cache."""

import argparse
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.timing import write
from dropdecay import MLPClassifier, MLPClassifierCV

N_COLUMNS = 1000
CHUNK = 10_000


def own_mb() -> float:
    """Return the resident memory of this process that is no mapped file, in MB (Linux)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return float(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status does not say RssAnon. This benchmark needs Linux.")


def mapped_table(path: Path, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Write a table part by part and map it, (n_rows, 1000) float32, with its classes."""
    rng = np.random.default_rng(0)
    chunk = rng.normal(size=(CHUNK, N_COLUMNS)).astype(np.float32)
    with path.open("wb") as file:
        for start in range(0, n_rows, CHUNK):
            part = chunk[: min(CHUNK, n_rows - start)]
            part[:, 1] = start / n_rows  # no part is the same as another
            part.tofile(file)
    X = np.memmap(path, np.float32, "r", shape=(n_rows, N_COLUMNS))
    return X, (np.arange(n_rows) % CHUNK % 2).astype(np.int64)


def highest_while(work) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return the highest own memory while ``work`` runs, beyond that before it, and the seconds."""
    before, highest, ended = own_mb(), [0.0], threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            highest[0] = max(highest[0], own_mb())

    watcher = threading.Thread(target=look)
    watcher.start()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    ended.set()
    watcher.join()
    return max(highest[0] - before, 0.0), seconds


def main() -> None:
    """Print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=4.0)
    n_rows = int(parser.parse_args().gigabytes * 1e9) // (4 * N_COLUMNS)
    warnings.simplefilter("ignore")
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        X, y = mapped_table(Path(folder) / "table.f32", n_rows)
        small = np.random.default_rng(0).normal(size=(100, N_COLUMNS)).astype(np.float32)
        settings = {"hidden_layer_sizes": (32,), "batch_size": 256, "random_state": 0}
        surface = {
            "dropouts": [0.0, 0.5], "weight_decays": [0.0], "cv": 2, "extend": False, "race": False,
            "encoder": None, "n_jobs": 2,
        }  # fmt: skip
        for name, make in (
            ("MLPClassifier", lambda: MLPClassifier(max_iter=1, **settings)),
            ("MLPClassifierCV", lambda: MLPClassifierCV(max_iter=1, **settings, **surface)),
        ):
            make().fit(small, np.arange(100) % 2)  # compiled beforehand
            more, seconds = highest_while(lambda make=make: make().fit(X, y))
            rows.append({"what": name, "table MB": X.nbytes / 1e6, "own MB": more, "s": seconds})
            print(f"{name:<18}{X.nbytes / 1e6:,.0f} MB mapped: {more:.0f} MB more, {seconds:.0f} s")
    write("mapped", rows)


if __name__ == "__main__":
    main()
