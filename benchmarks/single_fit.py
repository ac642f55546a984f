"""One network, ``fit`` alone: ours against scikit-learn's, on the same rows and settings."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier as TheirClassifier

from benchmarks.timing import take_turns, write
from dropdecay import MLPClassifier

CASES = [
    ((20, 50, 1), 1, 500),
    ((20, 50, 1), 32, 5000),
    ((64, 50, 50, 10), 32, 5000),
    ((64, 128, 128, 10), 64, 5000),
    ((64, 512, 512, 10), 128, 2000),
    ((784, 800, 800, 10), 128, 2000),
]
EPOCHS = 3


def measure(sizes: tuple[int, ...], batch_size: int, n_rows: int) -> dict[str, object]:
    """Time one architecture: Adam, relu, float32 rows, three epochs, no dropout."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, sizes[0])).astype(np.float32)
    n_classes = max(2, sizes[-1])  # two classes have one output
    y = (X @ rng.normal(size=(sizes[0], n_classes))).argmax(axis=1)
    settings = {
        "hidden_layer_sizes": sizes[1:-1], "batch_size": batch_size, "max_iter": EPOCHS,
        "random_state": 0,
    }  # fmt: skip
    losses: dict[str, float] = {}

    def fit(name: str, kind: type) -> None:
        losses[name] = kind(**settings).fit(X, y).loss_

    timed = take_turns(
        {
            "ours": lambda: fit("ours", MLPClassifier),
            "scikit-learn": lambda: fit("scikit-learn", TheirClassifier),
        },
        rounds=7,
    )
    return {
        "sizes": "-".join(map(str, sizes)),
        "batch": batch_size,
        "rows": n_rows,
        "ours s": timed["ours"].median,
        "scikit-learn s": timed["scikit-learn"].median,
        "scikit-learn / ours": timed["scikit-learn"].ratio(timed["ours"]),
        "training loss, ours and theirs": (losses["ours"], losses["scikit-learn"]),
    }


def main() -> None:
    """Print and keep all cases; scikit-learn's products may use all cores, ours use one."""
    rows = []
    print("network             batch   ours s   theirs s   theirs / ours (quartiles)   losses")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for case in CASES:
            row = measure(*case)
            low, middle, high = row["scikit-learn / ours"]
            ours, theirs = row["training loss, ours and theirs"]
            print(
                f"{row['sizes']:<20}{row['batch']:>4}  {row['ours s']:>7.3f}  "
                f"{row['scikit-learn s']:>8.3f}   {middle:5.1f} ({low:.1f}-{high:.1f})"
                f"   {ours:.3f} {theirs:.3f}"
            )
            rows.append(row)
    write("single_fit", rows, epochs=EPOCHS, threads="ours 1, scikit-learn's BLAS all cores")


if __name__ == "__main__":
    main()
