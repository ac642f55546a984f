"""The surface behind the sliders of "Try it": losses, borders and weights at every setting.

    python -m benchmarks.playground    # measures it again: a minute of one core

Two half moons that overlap; 20 draws of 100 training rows and 500 test rows, no row in two of
them. A network of two hidden layers of 64 units for each, 200 epochs. Borders and weights are of
the first draw.
"""

import base64
import json
import warnings
from typing import Any

import numpy as np
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning

from benchmarks.timing import FIGURES
from dropdecay import MLPClassifier, MLPClassifierCV
from dropdecay.errors import EdgeWarning

RATES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7)
LAMBDAS = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
N_DRAWS, N_TRAINING, N_TEST, EPOCHS = 20, 100, 500, 200
NETWORK: dict[str, Any] = {
    "hidden_layer_sizes": (64, 64), "solver": "sgd", "momentum": 0.9, "learning_rate_init": 0.05,
    "batch_size": 20, "decay": "l2", "max_iter": EPOCHS, "random_state": 0,
}  # fmt: skip
LEFT, RIGHT, LOW, HIGH = -2.0, 3.0, -1.75, 2.25
COLUMNS, ROWS = 50, 40
EVERY_FIFTH = [0, *range(4, EPOCHS, 5)]
BINS = np.linspace(-1.5, 1.5, 31)


def draws() -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """Return all rows, their classes, and which rows train and judge in each draw."""
    X, y = make_moons(N_DRAWS * (N_TRAINING + N_TEST), noise=0.4, random_state=0)
    splits = [
        (own[:N_TRAINING], own[N_TRAINING:])
        for own in np.arange(len(X)).reshape(N_DRAWS, N_TRAINING + N_TEST)
    ]
    return X.astype(np.float32), y, splits


def surface() -> dict[str, Any]:
    """Return curves by rate, strength and epoch, and the losses at the end with standard errors."""
    X, y, splits = draws()
    search = MLPClassifierCV(
        **NETWORK, dropouts=RATES, weight_decays=LAMBDAS, cv=splits, fixed_epochs=True, race=False,
        extend=False, n_repeats=1, baselines=False, keep_folds=False, encoder=None, n_jobs=1,
    ).fit(X, y)  # fmt: skip
    found = search.results_.mean("seed")
    order = ("dropout", "weight_decay", "fold", "epoch")
    curves = {
        name: found[f"{name}_loss"].transpose(*order).values for name in ("training", "validation")
    }
    at_the_end = curves["validation"][..., -1]
    return {
        "epochs": found["epoch"].values[EVERY_FIFTH].tolist(),
        "training": np.round(curves["training"].mean(axis=2)[..., EVERY_FIFTH], 3).tolist(),
        "test": np.round(curves["validation"].mean(axis=2)[..., EVERY_FIFTH], 3).tolist(),
        "standard_error": np.round(
            at_the_end.std(axis=2, ddof=1) / np.sqrt(N_DRAWS), 4
        ).tolist(),
    }  # fmt: skip


def borders() -> dict[str, Any]:
    """Return, for one draw, the chance of the second class everywhere, and the weights."""
    X, y, splits = draws()
    train = splits[0][0]
    across, up = np.meshgrid(np.linspace(LEFT, RIGHT, COLUMNS), np.linspace(LOW, HIGH, ROWS))
    everywhere = np.column_stack([across.ravel(), up.ravel()]).astype(np.float32)
    chances, histograms = [], []
    for rate in RATES:
        for strength in LAMBDAS:
            fitted = MLPClassifier(
                **NETWORK, dropout=rate, weight_decay=strength, alpha=0, tol=0,
                n_iter_no_change=EPOCHS + 1,
            ).fit(X[train], y[train])  # fmt: skip
            chances.append(np.round(255 * fitted.predict_proba(everywhere)[:, 1]))
            weights = np.clip(np.concatenate([each.ravel() for each in fitted.coefs_]), -1.5, 1.5)
            histograms.append(np.histogram(weights, BINS)[0].tolist())
    points = [[*map(float, np.round(X[i], 2)), int(y[i])] for i in train]
    packed = base64.b64encode(np.array(chances, np.uint8).tobytes()).decode()
    return {"chances": packed, "weights": histograms, "points": points}


def main() -> None:
    """Measure and keep the figures, without blanks: they travel with the page."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", EdgeWarning)
    about = {
        "rates": RATES, "lambdas": LAMBDAS, "box": [LEFT, RIGHT, LOW, HIGH], "columns": COLUMNS,
        "rows": ROWS,
    }  # fmt: skip
    figures = {**about, **surface(), **borders()}
    (FIGURES / "playground.json").write_text(json.dumps(figures, separators=(",", ":")) + "\n")
    losses = np.array(figures["test"])[..., -1]
    print(losses.round(3))


if __name__ == "__main__":
    main()
