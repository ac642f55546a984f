"""Memory: what a surface of a thousand networks takes beside its data, and what each adds."""

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from dropdecay.axes import Axes
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.protocol import CURVES, Fit, Problem
from dropdecay.request import Request
from dropdecay.search import search
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.surface.plan import Plan

BOUND_MIB = 64
"""What the surface may take beside the libraries, the compiled kernels and the data."""

CODE = """
import json, resource, sys, warnings
import numpy as np
from dropdecay import MLPClassifierCV

def peak_mib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(20_000, 10)).astype(np.float32)
y = X[:, 0] + rng.normal(size=20_000) > 0
settings = dict(batch_size=2000, max_iter=1, random_state=0, n_jobs=2, extend=False, race=False)
MLPClassifierCV(4, dropouts=(0, 0.1), weight_decays=(0, 0.1), cv=5, **settings).fit(X, y)
before = peak_mib()
n = int(sys.argv[1])
search = MLPClassifierCV(4, dropouts=np.linspace(0, 0.5, n), weight_decays=np.linspace(0, 1, 20),
                         cv=5, **settings).fit(X, y)
print(json.dumps({"networks": int(search.results_["validation_loss"].isel(epoch=0).size),
                  "before": before, "after": peak_mib()}))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX only")
def test_a_thousand_networks_on_twenty_thousand_rows_stay_under_the_bound():
    done = subprocess.run([sys.executable, "-c", CODE, "10"], capture_output=True, text=True,
                          check=True)  # fmt: skip

    found = json.loads(done.stdout)

    assert found["networks"] == 1000
    assert found["after"] - found["before"] < BOUND_MIB, found


def peak_of_search(n_rates):
    """Return the most bytes that a search held, whose networks cost nothing to train."""
    axes = Axes.of({"dropout": np.linspace(0, 0.5, n_rates), "weight_decay": np.linspace(0, 1, 10)})
    setting = Setting(Network(None, (3,), 2), Regularization(), Schedule(100, 10))
    rows = {fold: fold_rows(np.arange(100, 600), np.arange(100), 0, fold) for fold in range(5)}
    plan = Plan(axes, setting, len(rows), 1, 0)

    def engine(problem, runs, **_):
        for run in runs:
            curve = 1.0 + np.random.default_rng(run.fold).random(100)
            yield Fit(
                run=run, epochs=np.arange(1, 101), end=100,
                **{name: curve.copy() for name in CURVES},
                out_of_fold_loss=np.repeat(curve[:, None], 100, axis=1).astype(np.float32),
                diverged=False, wall_s=0.0,
            )  # fmt: skip

    request = Request(
        Problem(rows, lambda fold: None), plan, rule="best", criterion="loss", loss_scale=1.0,
        attributes={"loss_name": "log loss"},
    )  # fmt: skip
    tracemalloc.start()
    search(request, engine)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_a_search_holds_little_more_of_a_network_than_its_results_do():
    peak_of_search(2)  # whatever is imported only then
    few, many = peak_of_search(5), peak_of_search(10)

    per_network = (many - few) / 250

    of_results = 100 * (100 * 4 + 5 * 8)  # out-of-fold losses of 100 blocks, and curves, by epoch
    assert of_results < per_network < 1.5 * of_results
