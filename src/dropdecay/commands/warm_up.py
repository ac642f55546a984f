"""``dropdecay warm-up``: compile all kernels ahead, for instance into the image of a container."""

import time
import warnings
from typing import Any

import numpy as np
from rich.console import Console

from dropdecay.estimators.mlp import MLPClassifier, MLPRegressor
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV
from dropdecay.kernels.compiled import CACHE
from dropdecay.safe_text import visible

ROWS, COLUMNS = 60, 3


def warm_up() -> None:
    """Train and ask networks of every kind for an epoch; print where the kernels are kept."""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch is too few, on purpose
        compile_all()
    console = Console()
    console.print(
        f"Kernels are compiled ({time.perf_counter() - began:.0f} s), in {visible(CACHE)}",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip


def compile_all() -> None:
    """Call every kernel with every type of array that fits and predictions give it."""
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(ROWS, COLUMNS)), rng.normal(size=ROWS)
    targets = (X[:, 0] + noise > 0, np.digitize(X[:, 0] + noise, [-0.5, 0.5]), noise)
    surface: dict[str, Any] = {
        "dropouts": (0.0, 0.5), "weight_decays": (0.0, 1.0), "axes": {"max_norm": (None, 1.0)},
        "cv": 2, "n_repeats": 2, "extend": False, "n_jobs": 1,
    }  # fmt: skip
    short: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 1, "random_state": 0}
    for y in targets:
        kind, single = (
            (MLPRegressorCV, MLPRegressor) if y is noise else (MLPClassifierCV, MLPClassifier)
        )
        kind(**short, **surface).fit(X, y).predict(X)
        for rows in (X, X.astype(np.float32)):
            for solver in ("adam", "sgd", "lbfgs"):
                network = single(**short, solver=solver, dropout=0.0 if solver == "lbfgs" else 0.5)
                network.fit(rows, y).predict(rows)
            dropped = single(**short, dropout=0.5).fit(rows, y)
            (dropped.predict if y is noise else dropped.predict_proba)(rows, mc_dropout=2)
