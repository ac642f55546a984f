"""``n_jobs`` counts the cores of this machine, whatever joblib knows of."""

import joblib
import numpy as np
import pytest
from joblib.parallel import ParallelBackendBase, parallel_config

from dropdecay import MLPClassifierCV
from dropdecay.errors import BadSetting, ParallelWarning
from dropdecay.estimators import base
from dropdecay.estimators.base import n_threads


@pytest.fixture(autouse=True)
def four_cores(monkeypatch):
    monkeypatch.setattr(base, "cpu_count", lambda: 4)


class Cluster(ParallelBackendBase):
    """Stands for joblib's backends of Dask, Ray and Spark: it has 16 slots, whatever is asked."""

    def effective_n_jobs(self, n_jobs):
        return 16

    def apply_async(self, func, callback=None):
        """Exist: older versions of joblib ask for it."""
        raise NotImplementedError


JOBS = [(None, 1), (1, 1), (2, 2), (6, 6), (-1, 4), (-2, 3), (-4, 1), (-9, 1), (np.int64(3), 3)]


@pytest.mark.parametrize(("n_jobs", "threads"), JOBS)
def test_it_has_the_meaning_that_it_has_in_scikit_learn(n_jobs, threads):
    assert n_threads(n_jobs) == threads


@pytest.mark.parametrize(("n_jobs", "threads"), JOBS)
def test_slots_of_a_cluster_are_not_counted(n_jobs, threads):
    with parallel_config(Cluster(nesting_level=0), n_jobs=16):
        assert joblib.effective_n_jobs(2) == 16
        assert n_threads(n_jobs) == threads


@pytest.mark.parametrize(("configured", "threads"), [(3, 3), (-1, 4), (None, 1)])
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_none_is_what_joblib_is_configured_to_on_this_machine(backend, configured, threads):
    with parallel_config(backend, n_jobs=configured):
        assert n_threads(None) == threads
        assert n_threads(2) == 2


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", "auto"])
def test_anything_else_is_refused(n_jobs):
    with pytest.raises(BadSetting, match="n_jobs must be a whole number other than 0, or None"):
        n_threads(n_jobs)


X = np.random.default_rng(0).normal(size=(40, 2))
SMALL = dict(dropouts=(0, 0.1), weight_decays=(0, 0.1), cv=2, max_iter=2, n_repeats=1)


@pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")
def test_a_cluster_that_joblib_is_told_to_use_is_said_to_have_no_effect():
    search = MLPClassifierCV(2, **SMALL)
    with (
        parallel_config(Cluster(nesting_level=0)),
        pytest.warns(ParallelWarning, match="parallel_config with Cluster has no effect") as told,
    ):
        search.fit(X, X[:, 0] > 0)
    assert [each.filename for each in told if each.category is ParallelWarning] == [__file__]


@pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")
@pytest.mark.parametrize("backend", ["loky", Cluster(nesting_level=1)])
def test_nothing_is_said_on_this_machine_or_inside_a_task_of_the_cluster(backend):
    with parallel_config(backend):
        MLPClassifierCV(2, **SMALL).fit(X, X[:, 0] > 0)
