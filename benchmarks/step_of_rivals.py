"""A training step of many networks at once: ours, torch in three ways, JAX and scikit-learn."""

import argparse
import json
from dataclasses import replace

import numpy as np

from benchmarks.processes import take_turns
from benchmarks.rivals.task import Task
from benchmarks.timing import FIGURES, write

CASES = [  # sizes, batch, networks, steps after which the losses are compared
    ((20, 50, 1), 1, 64, 1024),
    ((20, 50, 1), 32, 64, 512),
    ((64, 50, 50, 10), 32, 64, 512),
    ((64, 128, 128, 10), 64, 64, 512),
    ((64, 512, 512, 10), 128, 8, 128),
    ((784, 800, 800, 10), 128, 4, 64),
]

RIVALS = {  # name: module, whether it drops anything
    "ours": ("ours", True),
    "ours, rate 0": ("ours", False),
    "torch one by one": ("torch_eager", True),
    "torch one by one, rate 0": ("torch_eager", False),
    "torch one by one, fast mask": ("torch_eager_fast_mask", True),
    "torch stacked (bmm)": ("torch_stacked", True),
    "torch vmap": ("torch_vmap", True),
    "JAX vmap and scan": ("jax_vmap", True),
    "scikit-learn, rate 0": ("scikit", False),
}
"""scikit-learn has no dropout and no decoupled decay: its row, and ours beside it, do without."""


def measure(
    sizes: tuple[int, ...],
    batch: int,
    n_networks: int,
    judged_after: int,
    threads: int,
    rounds: int,
) -> list[dict[str, object]]:
    """Time all rivals at one shape."""
    task = Task(sizes, batch, n_networks, threads)
    plain = replace(task, dropout=0.0, weight_decay=0.0)
    tasks = {name: (module, task if drops else plain) for name, (module, drops) in RIVALS.items()}
    timed, losses = take_turns(tasks, rounds, 0.25, judged_after)
    rows = []
    for name in RIVALS:
        low, middle, high = timed[name].ratio(timed["ours"])
        rows.append(
            {
                "sizes": "-".join(map(str, sizes)),
                "batch": batch,
                "networks": n_networks,
                "threads": threads,
                "rival": name,
                "us a step and network": timed[name].median * 1e6,
                "rival / ours": (low, middle, high),
                "validation loss": float(losses[name].mean()),
                "its standard error": float(losses[name].std(ddof=1) / np.sqrt(losses[name].size)),
            }
        )
    return rows


def keep(measured: list[dict[str, object]]) -> None:
    """Write a case beside those already kept, in the place of an older one like it."""
    path, case = FIGURES / "step_of_rivals.json", ("sizes", "batch", "threads")
    kept = json.loads(path.read_text())["rows"] if path.exists() else []
    new = tuple(measured[0][key] for key in case)
    kept = [row for row in kept if tuple(row[key] for key in case) != new]
    libraries = ("torch", "jax", "scikit-learn")
    write(
        "step_of_rivals", kept + measured, libraries, optimizer="AdamW", activation="relu",
        dropout=0.5,
    )  # fmt: skip


def main() -> None:
    """Print and keep all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    for threads in chosen.threads:
        for case in CASES:
            measured = measure(*case, threads, chosen.rounds)
            keep(measured)
            first = measured[0]
            print(
                f"\n{first['sizes']}, batch {first['batch']}, {first['networks']} networks, "
                f"{threads} thread{'s' * (threads > 1)}\n{'':<30}us a step   "
                "rival / ours (quartiles)   validation loss"
            )
            for row in measured:
                low, middle, high = row["rival / ours"]  # type: ignore[misc]  # three numbers
                print(
                    f"{row['rival']:<30}{row['us a step and network']:>9.2f}   "
                    f"{middle:>6.2f} ({low:.2f}-{high:.2f})".ljust(66)
                    + f"   {row['validation loss']:.4f} +- {row['its standard error']:.4f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
