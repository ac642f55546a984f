"""Does a network without dropout predict as well as scikit-learn's? Validation loss over seeds."""

import sys
import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import StandardScaler

from dropdecay import MLPClassifier, MLPRegressor

TABLES = {"digits": load_digits, "breast cancer": load_breast_cancer, "diabetes": load_diabetes}
SETTINGS = {"hidden_layer_sizes": (50,), "max_iter": 60, "alpha": 0.01}


def validation_losses(table, n_seeds, **settings):
    """Losses of both on the same held-out rows, (n_seeds, 2): ours, scikit-learn's."""
    X, y = TABLES[table](return_X_y=True)
    values = table == "diabetes"
    y = y / 100 if values else y
    kinds = (MLPRegressor, TheirRegressor) if values else (MLPClassifier, TheirClassifier)
    losses = np.empty((n_seeds, 2))
    for seed in range(n_seeds):
        rows, held, targets, truth = train_test_split(X, y, random_state=seed)
        scaler = StandardScaler().fit(rows)
        for i, kind in enumerate(kinds):
            network = kind(random_state=seed, **{**SETTINGS, **settings})
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                network.fit(scaler.transform(rows), targets)
            new = scaler.transform(held)
            losses[seed, i] = (
                mean_squared_error(truth, network.predict(new))
                if values
                else log_loss(truth, network.predict_proba(new))
            )
    return losses


def difference(losses):
    """Mean of ours minus theirs, and its standard error over seeds."""
    apart = losses[:, 0] - losses[:, 1]
    return apart.mean(), apart.std(ddof=1) / np.sqrt(len(apart))


def main(n_seeds):
    """Print both mean losses and their difference for every table; fail beyond 3 errors."""
    agree = True
    print(f"validation loss over {n_seeds} seeds, rate 0, {SETTINGS}")
    for table in TABLES:
        losses = validation_losses(table, n_seeds)
        apart, error = difference(losses)
        ours, theirs = losses.mean(axis=0)
        agree &= abs(apart) <= 3 * error
        print(
            f"{table:14s} ours {ours:.4f}  scikit-learn {theirs:.4f}  "
            f"difference {apart:+.4f} +- {error:.4f}"
        )
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(20))
