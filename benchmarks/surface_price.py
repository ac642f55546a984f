"""What a whole surface costs beside the steps of its networks, part by part.

``python -m benchmarks.surface_price`` fits digits at 128-128, batch 64, with a store and a refit,
on one thread: four points to 200 epochs at most, and nine to 60. Contenders are not repeated, and
no other models are judged. Then, in turns: 48 decays beside eight alphas of scikit-learn's search,
both without dropout for ten epochs in the same five folds, on one thread and one of BLAS.
Times are those of the processor, so that other work does not count.
"""

import tempfile
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
from dropdecay import MLPClassifierCV
from dropdecay.data import encoded_folds
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
}  # fmt: skip
PARTS = {
    "steps": (CpuTrainer, "train_one_epoch"),
    "evaluation": (CpuTrainer, "evaluate"),
    "encodings": (encoded_folds, "encode_rows"),
    "store": (Store, "keep"),
    "explanations": (explained, "explain"),
}
REST = "choosing, verdict, refit's data and all else"


def price(how):
    """Return the seconds of the processor of each part of a fit, and how many epochs it took."""
    seconds, calls = Counter(), Counter()

    def timed(part, work):
        def call(*args, **options):
            began = time.thread_time()
            try:
                return work(*args, **options)
            finally:
                seconds[part] += time.thread_time() - began
                calls[part] += 1

        return call

    X, y = load_digits(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as patches:
        for part, (owner, name) in PARTS.items():
            work = timed(part, getattr(owner, name))
            patches.enter_context(patch.object(owner, name, work))
        search = MLPClassifierCV(**SETTINGS, **how, store=Path(folder) / "runs.db")
        began = time.process_time()
        search.fit(X.astype(np.float32), y)
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
        for search, seconds in spent.items():
            began = time.process_time()
            search()
            seconds.append(time.process_time() - began)
    # The first round does not count; ours trains one network more, the refit.
    by_network = [np.array(spent[search][1:]) / n for search, n in ((theirs, 40), (ours, 241))]
    return Timing(by_network[0]).ratio(Timing(by_network[1]))


def main():
    """Measure and keep the figures."""
    warnings.simplefilter("ignore")
    price({**SURFACES["2 x 2 points, 200 epochs"], "max_iter": 1})  # compiled beforehand
    found = []
    for name, how in SURFACES.items():
        seconds, n_epochs = price(how)
        ratio = seconds.total() / seconds["steps"]
        shares = {part: each / seconds["steps"] for part, each in seconds.items()}
        found.append({"surface": name, "network-epochs": n_epochs, "ratio": ratio, **shares})
        listed = ", ".join(f"{part} {share:.3f}" for part, share in shares.items())
        print(f"{name}: {ratio:.3f} x the steps of {n_epochs:,} network-epochs: {listed}")
    low, middle, high = beside_scikit_learn()
    found.append(
        {"surface": "48 points at rate 0, 10 epochs", "scikit-learn / ours": (low, middle, high)}
    )
    print(f"scikit-learn takes {middle:.2f} ({low:.2f}-{high:.2f}) x our time a network and epoch")
    write("surface_price", found)


if __name__ == "__main__":
    main()
