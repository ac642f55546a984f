"""How long a start takes: the help, the import, and the first fit with and without compiling."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.timing import Timing, write

FIT = """
import time
import numpy as np
from dropdecay import {name}
rng = np.random.default_rng(0)
X, y = rng.normal(size=(200, 5)).astype(np.float32), rng.integers(0, 2, 200)
began = time.perf_counter()
{name}(hidden_layer_sizes=(16,), {settings}, random_state=0).fit(X, y)
print(time.perf_counter() - began)
"""
SINGLE = FIT.format(name="MLPClassifier", settings="max_iter=1")
SURFACE = FIT.format(
    name="MLPClassifierCV",
    settings="dropouts=[0.0], weight_decays=[0.0], max_iter=1, extend=False",
)
STARTS = {
    "dropdecay --help": ["-m", "dropdecay", "--help"],
    "python -c pass": ["-c", "pass"],
    "import dropdecay": ["-c", "import dropdecay"],
    "import dropdecay.MLPClassifier": ["-c", "from dropdecay import MLPClassifier"],
    "import scikit-learn's MLPClassifier": [
        "-c", "from sklearn.neural_network import MLPClassifier",
    ],
}  # fmt: skip


def once(arguments: list[str], cache: Path | None = None) -> tuple[float, str]:
    """Run Python; return its seconds and what it printed."""
    environment = {**os.environ, **({"NUMBA_CACHE_DIR": str(cache)} if cache else {})}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments], check=True, capture_output=True, text=True,
        env=environment,
    )  # fmt: skip
    return time.perf_counter() - began, done.stdout


def main() -> None:
    """Print and keep the figures."""
    import numpy as np

    rows: list[dict[str, object]] = []
    seconds: dict[str, list[float]] = {name: [] for name in STARTS}
    for turn in range(8):
        for name, arguments in STARTS.items():
            taken, _ = once(arguments)
            if turn > 0:
                seconds[name].append(taken)
    for name, each in seconds.items():
        timing = Timing(np.array(each))
        rows.append({"what": name, "s": timing.median, "slowest s": float(max(each))})
    for name, code in (("MLPClassifier", SINGLE), ("MLPClassifierCV", SURFACE)):
        cache = Path(tempfile.mkdtemp())
        try:
            for what in ("clean cache", "cached"):
                _, printed = once(["-c", code], cache)
                rows.append({"what": f"{name}.fit, {what}", "s": float(printed)})
        finally:
            shutil.rmtree(cache)
    for row in rows:
        print(f"{row['what']:<40}{row['s']:>8.2f} s")
    write("start", rows)


if __name__ == "__main__":
    main()
