"""MNIST as in table 2 of Srivastava et al. 2014: dropout with and without max-norm.

    python -m benchmarks.srivastava_mnist MNIST.parquet [--device cuda --epochs 100]

784-1024-1024-1024-10, ReLU, one surface of dropout x max-norm with a fifth of the inputs dropped.
Test errors of the paper, in percent: dropout 1.25, with max-norm 1.06; its standard net, two layers
of 800 logistic units, 1.60. Folds choose the point; the network trained on all 60,000 rows is
scored once on the official 10,000. The same is done without max-norm, and without regularization.
The file has a row an image, pixels of 0 to 255 first and the digit last, in the official order.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.timing import device_name, write
from dropdecay import MLPClassifierCV

HIDDEN, INPUT_DROPOUT = (1024, 1024, 1024), 0.2
DROPOUTS, MAX_NORMS, N_FOLDS = (0, 0.25, 0.5), (None, 1, 2, 3, 4), 3
N_TRAINING = 60_000
PAPER = {"dropout and max-norm": 1.06, "dropout": 1.25, "none": 1.60}


def main() -> None:
    """Search three times, score on the test images, print, and keep each figure as it comes."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("file", type=Path)
    asked.add_argument("--rows", type=int, default=N_TRAINING, help="of the training set")
    asked.add_argument("--epochs", type=int, default=100, help="for all networks")
    asked.add_argument("--hidden", type=int, nargs="+", default=HIDDEN)
    asked.add_argument("--batch-size", type=int, default=128)
    asked.add_argument("--device", default="cpu")
    given = asked.parse_args()
    table = pd.read_parquet(given.file)
    pixels = table.iloc[:, :-1].to_numpy(np.float32) / 255
    digits = table.iloc[:, -1].to_numpy().astype(int)
    few = slice(given.rows)
    X_test, y_test = pixels[N_TRAINING:], digits[N_TRAINING:]

    # The rate falls along a cosine, so that the last epochs settle; the paper trains far longer.
    common = {
        "hidden_layer_sizes": tuple(given.hidden), "weight_decays": (0,), "extend": False,
        "cv": N_FOLDS, "n_repeats": 1, "encoder": None, "engine": "torch", "device": given.device,
        "batch_size": given.batch_size, "learning_rate": "cosine", "max_iter": given.epochs,
        "fixed_epochs": True, "baselines": False, "random_state": 0, "verbose": True,
    }  # fmt: skip
    ways = {
        "dropout and max-norm": {
            "dropouts": DROPOUTS, "axes": {"max_norm": MAX_NORMS}, "input_dropout": INPUT_DROPOUT,
        },
        "dropout": {"dropouts": DROPOUTS, "input_dropout": INPUT_DROPOUT},
        "none": {"dropouts": (0,)},
    }  # fmt: skip
    rows = []
    for name, own in ways.items():
        began = time.perf_counter()
        search = MLPClassifierCV(**common, **own).fit(pixels[few], digits[few])
        seconds = time.perf_counter() - began
        row = {
            "way": name, "test error, %": 100 * (1 - search.score(X_test, y_test)),
            "paper, %": PAPER[name], "chosen": search.chosen_params_, "epochs": search.epochs_,
            "verdict": str(search.verdict_), "seconds": seconds,
        }  # fmt: skip
        print(", ".join(f"{key}: {value}" for key, value in row.items()), flush=True)
        rows.append(row)
        write(
            f"srivastava_mnist_{given.device.partition(':')[0]}", rows, libraries=("torch",),
            device=device_name(given.device), rows_trained=len(digits[few]), epochs=given.epochs,
            hidden=given.hidden,
        )  # fmt: skip


if __name__ == "__main__":
    main()
