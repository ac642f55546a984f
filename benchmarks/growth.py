"""How time and memory grow with rows, networks, hidden units and threads; a picture of each."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.timing import Timing, write

Row = dict[str, Any]

PICTURES = Path(__file__).parent.parent / "docs"
ROUNDS = {"rows": 3, "networks": 3, "hidden": 3, "threads": 7}

CASES = {
    "rows": [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000],
    "networks": [5, 10, 25, 50, 100, 250, 500, 1000],
    "hidden": [16, 32, 64, 128, 256, 512, 1024, 2048],
    "threads": [1, 2],
}
SETTINGS = {
    "rows": "one network 20-64-64-2, batch 256, one epoch; the table alone takes 80 bytes a row",
    "networks": "64-64-10 on 1,000 rows, batch 64, 5 epochs, 2 threads",
    "hidden": "one network 20-h-h-2 on 2,000 rows, batch 128, one epoch",
    "threads": "100 networks 64-128-128-10 on 1,797 rows, batch 64, 20 epochs",
}

ONE = """
import json, resource, sys, time, warnings
import numpy as np
from sklearn.datasets import load_digits
from dropdecay import MLPClassifier, MLPClassifierCV
warnings.simplefilter("ignore")
what, n = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)

def rows(n):
    X = rng.normal(size=(n, 20)).astype(np.float32)
    return X, (X[:, 0] > 0).astype(np.int64)

def digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y

def surface(X, y, hidden, n_points, jobs, epochs):
    decays = np.linspace(0.0, 1.0, n_points).tolist()
    return lambda: MLPClassifierCV(
        hidden_layer_sizes=hidden, dropouts=[0.1], weight_decays=decays, cv=5, batch_size=64,
        max_iter=epochs, extend=False, race=False, encoder=None, n_jobs=jobs, random_state=0,
    ).fit(X, y)

def single(X, y, hidden, batch):
    return lambda: MLPClassifier(hidden, batch_size=batch, max_iter=1, random_state=0).fit(X, y)

if what == "rows":
    work = single(*rows(n), (64, 64), 256)
elif what == "hidden":
    work = single(*rows(2000), (n, n), 128)
elif what == "networks":
    X, y = digits()
    work = surface(X[:1000], y[:1000], (64,), n // 5, 2, 5)
else:
    work = surface(*digits(), (128, 128), 20, n, 20)
single(*rows(300), (8,), 32)()
surface(*[each[:100] for each in digits()], (8,), 2, 1, 5)()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
work()
seconds = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"s": seconds, "MB before": before / 1024, "peak MB": peak / 1024}))
"""


def measure(what: str, sizes: list[int]) -> list[Row]:
    """Let all sizes take turns, each turn in a process of its own, whose peak of memory it is."""
    found: dict[int, list[dict[str, float]]] = {n: [] for n in sizes}
    for _ in range(ROUNDS[what]):
        for n in sizes:
            done = subprocess.run(
                [sys.executable, "-c", ONE, what, str(n)], check=True, capture_output=True,
                text=True,
            )  # fmt: skip
            found[n].append(json.loads(done.stdout))
    timings = {n: Timing(np.array([each["s"] for each in found[n]])) for n in sizes}
    return [
        {
            "what": what, "n": n, "s": timings[n].median,
            "first / this": timings[sizes[0]].ratio(timings[n]),
            **{key: float(np.median([each[key] for each in found[n]]))
               for key in ("MB before", "peak MB")},
        }
        for n in sizes
    ]  # fmt: skip


def exponent(rows: list[Row]) -> float:
    """Fit s = a * n ** exponent to the upper half of the sizes, where fixed costs are small."""
    half = rows[len(rows) // 2 :] if len(rows) > 2 else rows
    n, s = (np.log([float(row[key]) for row in half]) for key in ("n", "s"))
    return float(np.polyfit(n, s, 1)[0])


def draw(what: str, rows: list[Row]) -> None:
    """Draw time and memory over size."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator, NullFormatter

    n = [row["n"] for row in rows]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    left.plot(n, [row["s"] for row in rows], "o-", color="#0b6e99")
    left.set(xlabel=what, ylabel="seconds")
    right.plot(n, [row["peak MB"] for row in rows], "o-", color="#b5521b")
    right.set(xlabel=what, ylabel="MB", title="peak memory of the process")
    right.set_ylim(0, 1.15 * max(row["peak MB"] for row in rows))
    if what == "threads":
        faster = rows[-1]["first / this"][1]
        left.set(ylim=(0, None), title=f"time: two are {faster:.2f} times as fast")
    else:
        left.set(xscale="log", yscale="log", title=f"time: exponent {exponent(rows):.2f}")
        left.yaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
        left.yaxis.set_major_formatter("{x:g}")
        left.yaxis.set_minor_formatter(NullFormatter())
        right.set_xscale("log")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        if what in ("threads", "hidden"):
            axes.set_xticks(n, [str(each) for each in n])
            axes.minorticks_off()
    figure.suptitle(SETTINGS[what], fontsize=9)
    figure.savefig(PICTURES / f"growth-{what}.png", dpi=110)
    plt.close(figure)


def main() -> None:
    """Print, keep and draw all sizes."""
    kept: list[Row] = []
    exponents = {}
    for what, sizes in CASES.items():
        rows = measure(what, sizes)
        exponents[what] = exponent(rows)
        draw(what, rows)
        kept += rows
        print(f"{what}: {SETTINGS[what]}; time grows with exponent {exponents[what]:.2f}")
        low, middle, high = rows[-1]["first / this"]
        print(f"  the first takes {middle:.3g} ({low:.3g}-{high:.3g}) times as long as the last")
        for row in rows:
            print(f"  {row['n']:>9,}  {row['s']:>8.3f} s  {row['peak MB']:>7.0f} MB", flush=True)
    write("growth", kept, exponents=exponents, settings=SETTINGS)


if __name__ == "__main__":
    main()
