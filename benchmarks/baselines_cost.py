"""What other models cost beside the default surface, and what they say of it, on real tables.

    python -m benchmarks.baselines_cost FOLDER [--tables kc1,spambase]

FOLDER holds one Parquet file a table, ``target`` its last column. At most 3,000 rows of a table
marked so below are used. Seconds are those of the processor, on one thread, so that other work on
the machine does not count.
"""

import argparse
import time
import warnings
from pathlib import Path

import pandas as pd

from dropdecay import MLPClassifierCV, MLPRegressorCV

TABLES = {
    "credit_g": None, "kc1": None, "adult": 3000, "california_housing": 3000, "spambase": None,
}  # fmt: skip


def cost(folder: Path, name: str) -> str:
    """Fit the default surface and return a row of the table of docs/benchmarks.md."""
    frame = pd.read_parquet(folder / f"{name}.parquet")
    if TABLES[name] is not None:
        frame = frame.sample(TABLES[name], random_state=0, ignore_index=True)
    kind = MLPRegressorCV if name == "california_housing" else MLPClassifierCV
    search, began = kind(random_state=0, n_jobs=1), time.process_time()
    at: dict[str, float] = {}

    def on_part(part: str) -> None:
        at[part] = time.process_time() - began

    def around_refit(refit) -> None:
        at["refit"] = time.process_time() - began
        refit()

    search.fit_with_hooks(
        frame.iloc[:, :-1], frame.iloc[:, -1], on_part=on_part, around_refit=around_refit
    )
    found, before = search.baselines_, at["baselines"]
    own = at["refit"] - before
    cuts = ", ".join(str(each.n_repeats) for each in found.models)
    return (
        f"| {name} | {len(frame):,} | {before:.1f} | {own:.1f} | {100 * own / before:.0f} % "
        f"| {cuts} | {found.sentence} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES), help="names, with commas between")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    for each in asked.tables.split(","):
        print(cost(asked.folder, each), flush=True)
