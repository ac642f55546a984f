"""A whole surface, 6 dropout rates x 8 decays x 5 folds: ours, scikit-learn's and skorch's search.

scikit-learn has no dropout: it searches 8 alphas. skorch trains every point it is given as slowly
as every other, so it gets 2 rates x 2 decays. All is reported per network and epoch. Ours does not
repeat its contenders, judge other models or explain its networks, which the others do not either.
"""

import warnings
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.preprocessing import StandardScaler
from skorch import NeuralNetClassifier
from torch import nn

from benchmarks.timing import take_turns, write
from dropdecay import MLPClassifierCV

RATES = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
DECAYS = [0.0, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0]
HIDDEN, BATCH, JOBS = (128, 128), 64, 2
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)
SCORING = "neg_log_loss"


class Network(nn.Module):
    """The same network in torch."""

    def __init__(self, n_inputs: int, n_outputs: int, rate: float = 0.0) -> None:
        super().__init__()
        sizes = (n_inputs, *HIDDEN)
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(rate)]
        self.layers = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], n_outputs))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        return self.layers(rows)  # type: ignore[no-any-return]


def table_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return scaled rows and classes."""
    if name == "digits":
        X, y = load_digits(return_X_y=True)
    else:
        X, y = make_classification(
            20_000, 64, n_informative=20, n_classes=10, n_clusters_per_class=1, random_state=0
        )
    return StandardScaler().fit_transform(X).astype(np.float32), y.astype(np.int64)


def measure(name: str, epochs: int, rounds: int) -> list[dict[str, object]]:
    """Time the three on one table, and compare the loss of the network without regularization."""
    X, y = table_of(name)
    losses: dict[str, float] = {}

    def ours() -> None:
        search = MLPClassifierCV(
            hidden_layer_sizes=HIDDEN, dropouts=RATES, weight_decays=DECAYS, cv=FOLDS,
            batch_size=BATCH, max_iter=epochs, extend=False, race=False, n_repeats=1,
            baselines=False, keep_folds=False, encoder=None, n_jobs=JOBS, random_state=0,
        ).fit(X, y)  # fmt: skip
        plain = search.results_["validation_loss"].sel(dropout=0.0, weight_decay=0.0)
        losses["ours"] = float(plain.isel(epoch=-1).mean())

    def scikit_learn() -> None:
        search = GridSearchCV(
            TheirClassifier(HIDDEN, batch_size=BATCH, max_iter=epochs, random_state=0),
            {"alpha": [0.0, *(10.0**k for k in range(-5, 2))]},
            cv=FOLDS, n_jobs=JOBS, refit=False, scoring=SCORING,
        ).fit(X, y)  # fmt: skip
        losses["scikit-learn"] = -search.cv_results_["mean_test_score"][0]

    def skorch() -> None:
        search = GridSearchCV(
            NeuralNetClassifier(
                Network, module__n_inputs=X.shape[1], module__n_outputs=10,
                criterion=nn.CrossEntropyLoss, optimizer=torch.optim.AdamW, optimizer__fused=True,
                lr=1e-3, optimizer__weight_decay=0.0, batch_size=BATCH, max_epochs=epochs,
                iterator_train__shuffle=True, train_split=None, verbose=0,
            ),
            {"module__rate": [0.0, 0.5], "optimizer__weight_decay": [0.0, 0.1]},
            cv=FOLDS, n_jobs=JOBS, refit=False, scoring=SCORING,
        ).fit(X, y)  # fmt: skip
        losses["skorch"] = -search.cv_results_["mean_test_score"][0]

    trained = {
        "ours": len(RATES) * len(DECAYS) * 5 + 1,  # with the refit
        "scikit-learn": 8 * 5,
        "skorch": 4 * 5,
    }
    timed = take_turns({"ours": ours, "scikit-learn": scikit_learn, "skorch": skorch}, rounds)
    rows = []
    for who, timing in timed.items():
        factor = trained["ours"] / trained[who]
        low, middle, high = timing.ratio(timed["ours"])
        rows.append(
            {
                "table": name,
                "rows": len(y),
                "epochs": epochs,
                "who": who,
                "networks": trained[who],
                "s": timing.median,
                "ms a network and epoch": timing.median / trained[who] / epochs * 1e3,
                "per network and epoch, against ours": (
                    low * factor,
                    middle * factor,
                    high * factor,
                ),
                "validation loss, nothing regularized": losses[who],
            }
        )
    return rows


def main() -> None:
    """Print and keep both tables."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    torch.set_num_threads(1)
    rows = []
    for name, epochs, rounds in (("digits", 10, 5), ("20,000 rows", 3, 3)):
        for row in measure(name, epochs, rounds):
            rows.append(row)
            low, middle, high = row["per network and epoch, against ours"]  # type: ignore[misc]
            print(
                f"{row['table']:<12} {row['who']:<13}{row['networks']:>4} networks "
                f"{row['s']:>7.2f} s  {row['ms a network and epoch']:>8.3f} ms a network and epoch"
                f"  {middle:6.1f} ({low:.1f}-{high:.1f}) x ours   loss "
                f"{row['validation loss, nothing regularized']:.4f}",
                flush=True,
            )
    write("surface", rows, ("torch", "skorch", "scikit-learn"), jobs=JOBS, folds=5, batch=BATCH)


if __name__ == "__main__":
    main()
