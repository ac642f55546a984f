"""Small tables in files that are treated as large ones."""

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPRegressorCV, parquet_files
from dropdecay.data import row_maps
from dropdecay.engine import mixed_blocks
from dropdecay.table.files import ParquetFiles

N_ROWS = 3000
SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0, 0.2), "weight_decays": "tau:none,20", "cv": 3,
    "random_state": 0, "n_repeats": 2, "max_iter": 6, "extend": False, "batch_size": 64,
    "n_jobs": 1,
}  # fmt: skip


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """A small table is read in many parts and lies in many buckets and blocks."""
    monkeypatch.setattr(ParquetFiles.parts, "__defaults__", (None, 500))
    monkeypatch.setattr(row_maps, "BUCKET_BYTES", 8000)
    monkeypatch.setattr(mixed_blocks, "BLOCK_BYTES", 1000)
    monkeypatch.setattr(mixed_blocks, "FEWEST_ROWS", 16)
    monkeypatch.setattr(mixed_blocks, "BLOCKS_MIXED", 8)


def homes():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(N_ROWS, 3)), columns=["a", "b", "c"])
    table["town"] = rng.choice(["x", "y", "z"], N_ROWS)
    table.loc[7, "a"] = np.nan
    table["owner"] = rng.integers(0, 300, N_ROWS)
    table["price"] = 50 + table["b"] * table["c"] + (table["town"] == "x") + rng.normal(size=N_ROWS)
    table["class"] = np.select([table["price"] > 51, table["price"] < 49.5], ["high", "low"], "mid")
    return table


HOMES = homes()


def written(folder, table=HOMES, n_files=5, target="price", encoder_rows=300):
    """The table in files sorted by its target, as files often are."""
    folder.mkdir(exist_ok=True)
    table = table.sort_values("price").drop(columns={"price", "class"} - {target})
    for number, rows in enumerate(np.array_split(np.arange(len(table)), n_files)):
        table.iloc[rows].to_parquet(folder / f"{number}.parquet", index=False)
    return parquet_files(folder, encoder_rows=encoder_rows)


def fitted(files, target="price", kind=MLPRegressorCV, fit=None, **how):
    return kind(**{**SMALL, **how}).fit(files, target, **(fit or {}))


def same(one, other):
    xr_one, xr_other = (each.results_.drop_vars("wall_s") for each in (one, other))
    return xr_one.identical(xr_other) and all(
        np.array_equal(*each) for each in zip(one.coefs_, other.coefs_, strict=True)
    )
