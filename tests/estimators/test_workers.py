"""A search trains on the cluster that it is given, with the same numbers as in this process."""

import io
import os
import pickle
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from sklearn.base import clone

from dropdecay import MLPClassifierCV, MLPRegressorCV, on_cluster
from dropdecay.cluster import processes
from dropdecay.engine import cpu
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.protocol import REFIT_FOLD
from dropdecay.errors import BadSetting, DropdecayWarning, NotShared
from dropdecay.report import progress as progress_module
from dropdecay.report.progress import Progress
from tests.cluster.test_find import Live
from tests.cluster.test_processes import children, needs_proc

X = np.random.default_rng(0).normal(size=(90, 3))
QUICK = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.3), "weight_decays": (0, 1), "cv": 3, "max_iter": 8,
    "n_repeats": 2, "random_state": 0, "n_jobs": 2,
}  # fmt: skip
SHORT = {"n_repeats": 1, "extend": False}


def fitted(kind=MLPClassifierCV, **changes):
    target = X[:, 0] > 0 if kind is MLPClassifierCV else X[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return kind(**{**QUICK, **changes}).fit(X, target)


def check_same(one, other):
    for name in ("validation_loss", "out_of_fold_loss"):
        np.testing.assert_array_equal(one.results_[name], other.results_[name])
    for mine, theirs in zip(one.coefs_, other.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert one.verdict_.gain == other.verdict_.gain
    assert one.choice_.best.point == other.choice_.best.point


class AtWork(Live):
    """Workers in this process that know whether they are at work."""

    def __init__(self):
        super().__init__()
        self.is_at_work, self.folds = False, set()

    def answer(self, ticket):
        self.is_at_work = True
        found = super().answer(ticket)
        self.is_at_work = False
        return found


@pytest.mark.parametrize("changes", [
    {"nested": True}, {"extend": False, "race": True, "cv": 5, "dropouts": (0, 0.1, 0.2, 0.3)},
    {"scoring": "neg_log_loss", "criterion": "score"},
])  # fmt: skip
def test_all_of_a_search_is_trained_by_the_workers(changes, monkeypatch):
    alone, live = fitted(**changes), AtWork()

    def watched(problem, runs, **options):
        assert live.is_at_work
        live.folds |= {run.fold for run in runs}
        yield from cpu.train(problem, runs, **options)

    monkeypatch.setattr(
        "dropdecay.engine.choose.choose_engine", lambda *asked: ChosenEngine(watched)
    )
    with on_cluster(live):
        by_workers = fitted(**changes)
    check_same(by_workers, alone)
    assert {0, 1, 2, REFIT_FOLD} < live.folds
    assert not live.under_way
    if "nested" in changes:
        assert by_workers.nested_.loss == alone.nested_.loss


def test_processes_give_the_same_numbers_and_are_started_once(monkeypatch):
    started, start = [], processes._Process._start
    monkeypatch.setattr(
        processes._Process, "_start", lambda self: started.append(self) or start(self)
    )
    check_same(fitted(MLPRegressorCV, cluster="processes"), fitted(MLPRegressorCV))
    assert len(started) == 2


def test_a_store_that_processes_have_filled_serves_one_process_and_the_other_way_round(tmp_path):
    alone = fitted(**SHORT)
    for number, (first, second) in enumerate([("processes", None), (None, "processes")]):
        store = tmp_path / f"{number}.db"
        fitted(store=store, cluster=first, **{**SHORT, "dropouts": (0,)})
        check_same(fitted(store=store, cluster=second, **SHORT), alone)


def test_a_cluster_is_a_parameter_that_can_be_cloned_and_pickled():
    search = MLPClassifierCV(cluster="processes")
    for copy in (clone(search), pickle.loads(pickle.dumps(search))):
        assert copy.get_params()["cluster"] == "processes"
    with on_cluster(Live()):
        assert clone(MLPClassifierCV()).get_params()["cluster"] is None


def test_a_search_that_was_fitted_on_a_live_cluster_can_be_pickled():
    with on_cluster(Live()):
        search = fitted()
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


def test_an_unknown_address_is_refused_before_anything_is_trained():
    with pytest.raises(BadSetting, match=r"cluster='farm' is not known\. Clusters are 'processes'"):
        fitted(cluster="farm")


def test_a_score_that_cannot_be_given_to_processes_is_refused_with_the_remedy():
    lock = threading.Lock()

    def score(estimator, X, y):
        return float(lock.locked())

    with pytest.raises(NotShared, match="Let it hold no locks"):
        fitted(cluster="processes", scoring=score)


@needs_proc
def test_an_error_in_a_score_is_raised_here_and_what_was_trained_is_kept(tmp_path):
    home, mark, before = os.getpid(), str(tmp_path / "bad"), set(children())

    def score(estimator, X, y):
        if os.getpid() != home and Path(mark).exists():
            raise KeyError("no such thing")
        return 1.0

    Path(mark).touch()
    with pytest.raises(KeyError, match="no such thing") as caught:
        fitted(cluster="processes", scoring=score, store=tmp_path / "runs.db", **SHORT)
    assert "In a worker process" in caught.value.__notes__[0]
    assert set(children()) == before
    Path(mark).unlink()
    again = fitted(scoring=score, store=tmp_path / "runs.db", **SHORT)
    check_same(again, fitted(scoring=score, **SHORT))


def test_progress_says_how_many_workers_there_are(monkeypatch):
    monkeypatch.setattr(progress_module, "SECONDS_BETWEEN_LINES", 0.0)
    said, workers = io.StringIO(), [2]
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        progress.update(1, 5)
        progress.update(2, 5)
        progress.count(workers.pop)
        workers.append(38)
        progress.update(3, 5, "best so far: dropout 0")
        workers.append(1)
        progress.update(4, 5)
    assert [line.partition("; ")[2] for line in said.getvalue().splitlines()[:4]] == [
        "", "", "best so far: dropout 0; 38 workers", "1 worker",
    ]  # fmt: skip
