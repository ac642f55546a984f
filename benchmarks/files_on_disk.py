"""Tables in 200 Parquet files, fitted and predicted: own memory and CPU seconds by rows."""

import argparse
import os
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks.mapped import highest_while
from benchmarks.timing import write
from dropdecay import MLPRegressorCV, parquet_files, save_model
from dropdecay.commands.predict import predict_table
from dropdecay.data import encoded_files
from dropdecay.engine.mixed_blocks import mixed_parts
from dropdecay.engine.protocol import Dataset, run_key

N_FILES, N_NUMBERS = 200, 16


def write_files(folder: Path, n_rows: int) -> None:
    """Write a table of 16 numbers, two categories, a boolean and a target."""
    folder.mkdir()
    for number in range(N_FILES):
        rng = np.random.default_rng(number)
        size = n_rows // N_FILES
        X = rng.normal(size=(size, N_NUMBERS)).astype(np.float32)
        town, kind = rng.integers(0, 8, size), rng.integers(0, 5, size)
        y = X[:, 0] * X[:, 1] + 0.1 * town + (kind == 2) + rng.normal(size=size)
        columns = {f"x{place}": X[:, place] for place in range(N_NUMBERS)}
        columns |= {"town": town.astype(str), "kind": kind.astype(str), "flag": X[:, 2] > 0.5}
        table = pa.table({**columns, "y": y.astype(np.float32)})
        pa.parquet.write_table(table, folder / f"{number:03}.parquet")


def forget_cached(folder: Path) -> None:
    """Have the system forget what it holds of files in memory, so that the disk is read."""
    os.sync()
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def measured(folder: Path, n_rows: int) -> dict[str, object]:
    """Fit and predict the files of a folder; return what it took."""
    search = MLPRegressorCV(
        32, dropouts=(0, 0.2), weight_decays="tau:none,40", cv=3, max_iter=1, n_repeats=1,
        extend=False, random_state=0, n_jobs=1, search_rows=100_000, store=folder / "runs.sqlite",
    )  # fmt: skip
    seconds: dict[str, float] = {}
    write_maps = encoded_files.write_row_maps

    def timed(place: Path, *how: object, **options: object) -> None:
        began = time.process_time()
        write_maps(place, *how, **options)  # type: ignore[arg-type]  # passed on
        seconds["encode"] = time.process_time() - began
        maps = encoded_files.open_row_maps(place, int(how[2]))  # type: ignore[call-overload]
        for rows in (maps.numbers[:1000], maps.numbers):  # compiled with the first
            began = time.process_time()
            for _ in mixed_parts(Dataset(maps.X, maps.y), rows, 256, 1, run_key(0, 0, 0)):
                pass
            seconds["read"] = time.process_time() - began
        forget_cached(place)
        cold_began = time.perf_counter()
        for _ in mixed_parts(Dataset(maps.X, maps.y), maps.numbers, 256, 1, run_key(0, 0, 0)):
            pass
        seconds["read cold"] = time.perf_counter() - cold_began

    encoded_files.write_row_maps = timed
    files = parquet_files(folder, encoder_rows=10_000)
    fit_mb, _ = highest_while(lambda: search.fit(files, "y"))
    encoded_files.write_row_maps = write_maps
    save_model(search, folder / "model")
    began = time.process_time()
    predict_mb, _ = highest_while(
        lambda: predict_table(folder / "model", folder, folder / "said.csv", proba=False)
    )
    predict_s = time.process_time() - began
    return {
        "rows": n_rows, "fit MB": fit_mb, "predict MB": predict_mb,
        "encoded rows/CPU s": n_rows / seconds["encode"],
        "rows read in blocks/CPU s": n_rows / seconds["read"],
        "rows read in blocks cold/s": n_rows / seconds["read cold"],
        "predicted rows/CPU s": n_rows / predict_s,
    }  # fmt: skip


def main() -> None:
    """Print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000, 20_000_000])
    rows: list[dict[str, object]] = []
    warnings.simplefilter("ignore")
    for n_rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as place:
            write_files(Path(place) / "files", n_rows)
            rows.append(measured(Path(place) / "files", n_rows))
        print(rows[-1])
    write("files_on_disk", rows)


if __name__ == "__main__":
    main()
