"""How much CPU a prediction of 19 rows takes beyond the import of scikit-learn's base, in turns."""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.timing import write

TURNS = 5
PYTHON = [sys.executable, "-W", "ignore"]


def cpu_of(arguments: list[str], folder: Path) -> float:
    """Run Python in a folder; return its seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*PYTHON, *arguments], check=True, capture_output=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Fit a table of numbers and names, predict 19 rows of it, print and keep the figures."""
    rng = np.random.default_rng(0)
    age, colour = rng.normal(50, 15, 400), rng.choice(["red", "green", "blue"], 400)
    frame = pd.DataFrame({"age": age, "colour": colour, "left": (age > 50) ^ (colour == "red")})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_csv(folder / "t.csv", index=False)
        frame.drop(columns="left").head(19).to_csv(folder / "new.csv", index=False)
        fit = "-m dropdecay fit t.csv -t left -o m --dropout 0,0.2 --weight-decay 0 --epochs 5"
        cpu_of([*fit.split(), "--repeats", "1", "--no-baselines"], folder)
        turns = [
            (
                cpu_of(["-c", "import sklearn.base"], folder),
                cpu_of(["-m", "dropdecay", "predict", "m", "new.csv"], folder),
            )
            for _ in range(TURNS)
        ]
    base, predict = (statistics.median(each) for each in zip(*turns, strict=True))
    beyond = statistics.median(said - imported for imported, said in turns)
    rows: list[dict[str, object]] = [
        {"what": "import sklearn.base", "cpu s": base},
        {"what": "dropdecay predict, 19 rows", "cpu s": predict},
        {"what": "beyond the import, turn by turn", "cpu s": beyond},
    ]
    for row in rows:
        print(f"{row['what']:<34}{row['cpu s']:>6.2f} s of CPU")
    write("predict_start", rows)


if __name__ == "__main__":
    main()
