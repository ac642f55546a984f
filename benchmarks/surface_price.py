"""What a whole surface costs beside the steps of its networks, part by part.

``python -m benchmarks.surface_price`` fits digits at 128-128, batch 64, with a store and a refit,
on one thread: four points to 200 epochs at most, nine to 60, and the 36 of the default to 60, in
turns, three times each; the median share of each part is kept. Contenders are not repeated, and no
other models are judged. Then, in turns: 48 decays beside eight alphas of scikit-learn's search,
both without dropout for ten epochs in the same five folds, on one thread and one of BLAS. Times are
those of the processor, so that other work does not count.
"""

import tempfile
import threading
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.timing import Timing, write
from dropdecay import MLPClassifierCV, search
from dropdecay.data import encoded_folds
from dropdecay.engine.bundle import Bundle
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.training import CpuTrainer
from dropdecay.estimators import explained
from dropdecay.surface.store import Store

SETTINGS = {
    "hidden_layer_sizes": (128, 128), "batch_size": 64, "random_state": 0, "n_jobs": 1, "cv": 5,
    "n_repeats": 1, "baselines": False, "extend": False, "race": False,
}  # fmt: skip
SURFACES = {
    "2 x 2 points, 200 epochs": {
        "dropouts": (0, 0.5), "weight_decays": (0, 0.1), "max_iter": 200,
    },
    "3 x 3 points, 60 epochs": {
        "dropouts": (0, 0.2, 0.4), "weight_decays": (0, 0.1, 1), "max_iter": 60,
    },
    "36 points of the default, 60 epochs": {"max_iter": 60},
}  # fmt: skip
ROUNDS = 3
PARTS = (
    ("steps", CpuTrainer, "train_one_epoch"),
    ("evaluation", CpuTrainer, "evaluate"),
    ("bookkeeping of epochs", RunTraining, "train_to"),
    ("bookkeeping of epochs", Bundle, "end_trainings"),
    ("encodings", encoded_folds, "encode_rows"),
    ("store", Store, "keep"),
    ("choice and verdict", search, "choose"),
    ("choice and verdict", search, "contest_of"),
    ("choice and verdict", search, "reach_verdict"),
    ("expected loss", search, "estimate_optimism"),
    ("explanations", explained, "explain"),
)
REST = "handing over between threads, refit's data and all else"


def price(how):
    """Return the seconds of the processor of each part of a fit, and how many epochs it took.

    What a part calls that is a part itself counts there alone.
    """
    seconds, calls, local = Counter(), Counter(), threading.local()

    def timed(part, work):
        def call(*args, **options):
            inner = local.__dict__.setdefault("inner", [])
            began = time.thread_time()
            inner.append(0.0)
            try:
                return work(*args, **options)
            finally:
                spent = time.thread_time() - began
                seconds[part] += spent - inner.pop()
                calls[part] += 1
                if inner:
                    inner[-1] += spent

        return call

    X, y = load_digits(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as patches:
        for part, owner, name in PARTS:
            work = timed(part, getattr(owner, name))
            patches.enter_context(patch.object(owner, name, work))
        fitted = MLPClassifierCV(**SETTINGS, **how, store=Path(folder) / "runs.db")
        began = time.process_time()
        fitted.fit(X.astype(np.float32), y)
        whole = time.process_time() - began
    seconds[REST] = whole - seconds.total()
    return seconds, calls["steps"]


def beside_scikit_learn(rounds=2):
    """Return how often scikit-learn's time an epoch of a network is ours, with quartiles."""
    X, y = load_digits(return_X_y=True)
    X = StandardScaler().fit_transform(X).astype(np.float32)
    folds, epochs = StratifiedKFold(5, shuffle=True, random_state=0), 10
    decays, alphas = (0.0, *np.geomspace(1e-3, 3.0, 47)), 10.0 ** np.arange(-6, 2)

    def ours():
        MLPClassifierCV(
            **SETTINGS | {"cv": folds}, dropouts=(0.0,), weight_decays=decays, max_iter=epochs,
            keep_folds=False, encoder=None,
        ).fit(X, y)  # fmt: skip

    def theirs():
        network = TheirClassifier((128, 128), batch_size=64, max_iter=epochs, random_state=0)
        with threadpool_limits(1):
            GridSearchCV(
                network, {"alpha": alphas}, cv=folds, refit=False, scoring="neg_log_loss"
            ).fit(X, y)

    spent = {ours: [], theirs: []}
    for _ in range(rounds + 1):
        for contender, seconds in spent.items():
            began = time.process_time()
            contender()
            seconds.append(time.process_time() - began)
    # The first round does not count; ours trains one network more, the refit.
    by_network = [np.array(spent[each][1:]) / n for each, n in ((theirs, 40), (ours, 241))]
    return Timing(by_network[0]).ratio(Timing(by_network[1]))


def main():
    """Measure and keep the figures."""
    warnings.simplefilter("ignore")
    price({**SURFACES["2 x 2 points, 200 epochs"], "max_iter": 1})  # compiled beforehand
    prices = {name: [] for name in SURFACES}
    for _ in range(ROUNDS):
        for name, how in SURFACES.items():
            prices[name].append(price(how))
    found = []
    for name, rounds in prices.items():
        n_epochs = rounds[0][1]
        ratios = [seconds.total() / seconds["steps"] for seconds, _ in rounds]
        shares = {
            part: float(np.median([seconds[part] / seconds["steps"] for seconds, _ in rounds]))
            for part in (*dict.fromkeys(part for part, _, _ in PARTS), REST)
        }
        found.append({
            "surface": name, "network-epochs": n_epochs, "ratio": float(np.median(ratios)),
            "lowest": min(ratios), "highest": max(ratios), **shares,
        })  # fmt: skip
        listed = ", ".join(f"{part} {share:.3f}" for part, share in shares.items())
        print(f"{name}: {np.median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f}) x the steps "
              f"of {n_epochs:,} network-epochs: {listed}")  # fmt: skip
    low, middle, high = beside_scikit_learn()
    found.append(
        {"surface": "48 points at rate 0, 10 epochs", "scikit-learn / ours": (low, middle, high)}
    )
    print(f"scikit-learn takes {middle:.2f} ({low:.2f}-{high:.2f}) x our time a network and epoch")
    write("surface_price", found)


if __name__ == "__main__":
    main()
