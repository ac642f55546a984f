"""Memory: what a surface of a thousand networks takes beside its data, measured from outside."""

import json
import subprocess
import sys

import pytest

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
