"""Embeddings of categories against one-hot columns, over the same folds, table by table.

    python -m benchmarks.category_embeddings FOLDER [--seeds 5] [--summary]

FOLDER is that of ``benchmarks.accuracy``. Tables are those with a column of 9 to 39 categories, the
only ones that can change; at most 3,000 of their rows are used. What tuning asks is asked: at mild
regularization, five folds, which of both loses less. One line a table and seed, which deals the
folds and draws the weights, is appended to ``benchmarks/figures/category_embeddings.jsonl``;
interrupted, it goes on.
"""

import argparse
import json
import os
import time
import warnings
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from scipy import stats

from benchmarks.timing import FIGURES
from dropdecay import MLPClassifierCV
from dropdecay.errors import DropdecayWarning

FILE = FIGURES / "category_embeddings.jsonl"
TABLES = ("crx", "credit_g", "adult", "bank_marketing")
MOST_ROWS = 3000
ASKED = {
    "tune": {"category_encoding": ("embedding",)}, "dropouts": (0.1,), "weight_decays": (0.3,),
    "cv": 5, "race": False, "extend": False, "n_repeats": 1, "baselines": False, "n_jobs": 1,
    "keep_folds": False,
}  # fmt: skip


def measure(folder: Path, name: str, seed: int) -> dict[str, Any]:
    """Compare both on some rows of a table."""
    table = pd.read_parquet(folder / f"{name}.parquet").sample(frac=1.0, random_state=seed)
    table = table.iloc[:MOST_ROWS]
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search = MLPClassifierCV(**ASKED, random_state=seed)
        search.fit(table.iloc[:, :-1], table.iloc[:, -1])
    assert search.tuning_ is not None
    step = search.tuning_.steps[0]
    return {
        "table": name, "seed": seed, "rows": len(table),
        "one_hot": round(step.losses[0], 6), "embedding": round(step.losses[1], 6),
        "gain": round(step.gain, 6), "standard_error": round(step.standard_error, 6),
        "is_taken": bool(step.taken), "cpu_seconds": round(time.process_time() - began, 1),
    }  # fmt: skip


def known_rows() -> list[dict[str, Any]]:
    """Return what was measured before."""
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    return [json.loads(line) for line in lines]


def summary(rows: pd.DataFrame) -> str:
    """Return the loss of embeddings against one-hot, in percent, by table and over tables."""
    rows = rows.assign(
        percent=100 * (rows["embedding"] / rows["one_hot"] - 1),
        error=100 * rows["standard_error"] / rows["one_hot"],
    )
    by_table = rows.groupby("table").agg(
        rows=("rows", "first"), seeds=("seed", "size"), one_hot=("one_hot", "mean"),
        embedding=("embedding", "mean"), percent=("percent", "mean"), error=("error", "mean"),
        taken=("is_taken", "sum"),
    )  # fmt: skip
    means = by_table["percent"]
    half = float(stats.t.ppf(0.975, len(means) - 1) * stats.sem(means))
    mean = means.mean()
    over = f"{mean:+.2f} % ({mean - half:+.2f} to {mean + half:+.2f}) over {len(means)} tables"
    return f"{by_table.round(4).to_string()}\n{over}"


def main() -> None:
    """Measure what is missing, and tell what is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--summary", action="store_true")
    asked = parser.parse_args()
    if not asked.summary:
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        done = {(row["table"], row["seed"]) for row in known_rows()}
        for seed, name in product(range(asked.seeds), TABLES):
            if (name, seed) in done:
                continue
            row = measure(asked.folder, name, seed)
            with FILE.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(*row.values(), flush=True)
    print(summary(pd.DataFrame(known_rows())))


if __name__ == "__main__":
    main()
