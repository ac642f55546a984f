"""``dropdecay warm-up``: compile all kernels ahead, for instance into the image of a container."""

import json
import sys
import time
import warnings
from typing import Any

import numpy as np
from rich.console import Console

from dropdecay.engine.buffers import initial_params
from dropdecay.engine.compiled_outputs import compiled_outputs
from dropdecay.engine.protocol import run_key
from dropdecay.estimators.mlp import MLPClassifier, MLPRegressor
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV
from dropdecay.kernels.compiled import CACHE, are_compiled
from dropdecay.safe_text import visible
from dropdecay.settings import Network

WARM_UP_SCHEMA = 1
"""The version of what --json prints."""

ROWS, COLUMNS = 60, 3


def warm_up(*, as_json: bool = False) -> None:
    """Train and ask networks of every kind for an epoch; print where the kernels are kept."""
    were_compiled = are_compiled()
    if not were_compiled:
        print("Compiling all kernels: about a minute.", file=sys.stderr)  # noqa: T201  # it is long
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one epoch is too few, on purpose
        compile_all()
    took = time.perf_counter() - began
    if as_json:
        told = {"schema": WARM_UP_SCHEMA, "folder": str(CACHE), "seconds": round(took, 1),
                "were_compiled": were_compiled}  # fmt: skip
        print(json.dumps(told, indent=1))  # noqa: T201  # --json asks for this output
        return
    console = Console()
    console.print(
        f"Kernels are compiled ({took:.0f} s), in {visible(CACHE)}",
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
    small = Network(COLUMNS, (4,), 1)
    for dtype in (np.float32, np.float64):  # predictions of few rows do without kernels
        params = initial_params(small, run_key(0, 0, 0), dtype)
        compiled_outputs(small, params[None], X.astype(dtype))
