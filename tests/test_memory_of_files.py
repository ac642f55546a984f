"""Memory: what a table in files takes beside its data on disk, measured from outside."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

SMALL, LARGE, N_COLUMNS, IN_A_FILE = 100_000, 1_000_000, 12, 20_000
BOUND_MIB = 100
"""What ten times the rows may take beside what they take on disk; as a table they are 500 MB.

Seen were -8 to 56: the peak of an allocator that gives back when it likes."""

CODE = """
import json, sys, threading, time, warnings
from pathlib import Path
from dropdecay import MLPRegressorCV, parquet_files, save_model
from dropdecay.commands.predict import predict_table
from dropdecay.data import row_maps
from dropdecay.engine import mixed_blocks
from dropdecay.table.files import ParquetFiles

# Pieces that are much smaller than either table.
ParquetFiles.parts.__defaults__ = (None, 16_384)
row_maps.BUCKET_BYTES, mixed_blocks.BLOCK_BYTES = 2**22, 2**16

folder = Path(sys.argv[1])
highest, ended = 0.0, threading.Event()

def own_mib():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return float(line.split()[1]) / 1024

def look():
    global highest
    while not ended.wait(0.01):
        highest = max(highest, own_mib())

warnings.simplefilter("ignore")
threading.Thread(target=look, daemon=True).start()
search = MLPRegressorCV(
    4, dropouts=(0, 0.1), weight_decays=(0,), cv=2, max_iter=1, n_repeats=1, extend=False,
    random_state=0, n_jobs=1, search_rows=20_000, store=folder / "runs.sqlite",
)
search.fit(parquet_files(folder, encoder_rows=2000), "y")
fitted = highest
save_model(search, folder / "model")
predict_table(folder / "model", folder, folder / "said.parquet", proba=False)
ended.set()
print(json.dumps({"fit": fitted, "predict": highest}))
"""


def in_files(folder, n_rows):
    folder.mkdir()
    for number in range(n_rows // IN_A_FILE):
        rng = np.random.default_rng(number)
        X = rng.normal(size=(IN_A_FILE, N_COLUMNS))
        town = np.array(["a", "b", "c"])[rng.integers(0, 3, len(X))]
        columns = {f"x{each}": X[:, each] for each in range(N_COLUMNS)}
        table = pa.table({**columns, "town": town, "y": X[:, 0] * X[:, 1]})
        pa.parquet.write_table(table, folder / f"{number}.parquet")
    return folder


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="RssAnon is Linux's")
def test_ten_times_the_rows_take_no_more_memory_to_fit_and_to_predict(tmp_path):
    found = {}
    for n_rows in (SMALL, LARGE):
        folder = in_files(tmp_path / str(n_rows), n_rows)
        done = subprocess.run([sys.executable, "-c", CODE, str(folder)], capture_output=True,
                              text=True, check=True)  # fmt: skip
        found[n_rows] = json.loads(done.stdout)

    for work in ("fit", "predict"):
        assert found[LARGE][work] - found[SMALL][work] < BOUND_MIB, found
